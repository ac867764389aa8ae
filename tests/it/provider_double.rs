//! A provider and a name server that say whatever a test tells them to, true or not. They answer over sockets, as real ones do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::net::{TcpListener, UdpSocket};

/// A fixed Ed25519 key of the test vectors of RFC 8032 (test 1), in PKCS #8, and its public half.
const SECRET: &str = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// How the ID token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    Right,
    /// By a key that the provider does not publish.
    Elsewhere,
    /// By a secret that both sides know.
    Secret,
    /// Not at all.
    None,
}

/// What it says, and what it was asked.
pub struct Says {
    /// Claims that take the place of the true ones; null leaves one out.
    pub claims: Value,
    /// Claims of the user info endpoint.
    pub more: Value,
    pub signed: Signed,
    pub issuer: Option<String>,
    /// The last nonce and challenge that a browser brought.
    pub asked: Value,
    /// The forms that the token endpoint was sent.
    pub exchanged: Vec<Value>,
    pub authorization: Vec<String>,
}

#[derive(Clone)]
pub struct ProviderDouble {
    pub issuer: String,
    pub says: Arc<Mutex<Says>>,
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

impl ProviderDouble {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let says = Says {
            claims: json!({}),
            more: json!({}),
            signed: Signed::Right,
            issuer: None,
            asked: json!({}),
            exchanged: Vec::new(),
            authorization: Vec::new(),
        };
        let double = Self { issuer, says: Arc::new(Mutex::new(says)) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(|State(double): State<Self>| async move { double.configuration() }))
            .route(
                "/keys",
                get(|| async {
                    Json(json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "1", "alg": "EdDSA",
                "x": URL_SAFE_NO_PAD.encode(unhex(PUBLIC))}]}))
                }),
            )
            .route(
                "/token",
                post(|State(double): State<Self>, headers: HeaderMap, Form(form): Form<Value>| async move { double.token(&headers, form) }),
            )
            .route("/me", get(|State(double): State<Self>| async move { Json(double.says.lock().unwrap().more.clone()) }))
            .with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        double
    }

    fn configuration(&self) -> Json<Value> {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let issuer = self.says.lock().unwrap().issuer.clone().unwrap_or_else(|| self.issuer.clone());
        Json(json!({
            "issuer": issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
            "userinfo_endpoint": at("/me"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"]
        }))
    }

    fn token(&self, headers: &HeaderMap, form: Value) -> Response {
        let mut says = self.says.lock().unwrap();
        let nonce = says.asked["nonce"].clone();
        says.exchanged.push(form.clone());
        says.authorization.push(headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default());
        if form["code"] != "good" {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
        }
        let now = chrono::Utc::now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": "kipimo", "sub": "subject-1", "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now,
            "email": "zawadi@amani.test", "email_verified": true, "name": "Zawadi Moyo"
        });
        for (claim, value) in says.claims.as_object().unwrap() {
            claims[claim] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut header = Header::new(if says.signed == Signed::Secret { Algorithm::HS256 } else { Algorithm::EdDSA });
        header.kid = Some("1".into());
        let token = match says.signed {
            Signed::Right => jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&unhex(SECRET))).unwrap(),
            Signed::Elsewhere => {
                let other = SECRET.replace("9d61b19d", "9d61b19e");
                jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&unhex(&other))).unwrap()
            }
            Signed::Secret => jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"the client secret")).unwrap(),
            Signed::None => {
                let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                format!("{}.{}.", part(&json!({"alg": "none", "kid": "1"})), part(&claims))
            }
        };
        Json(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token})).into_response()
    }

    /// Claims that take the place of the true ones from now on.
    pub fn says(&self, claims: Value) {
        let mut says = self.says.lock().unwrap();
        says.more = json!({"sub": claims.get("sub").cloned().unwrap_or_else(|| json!("subject-1"))});
        says.claims = claims;
        says.signed = Signed::Right;
    }
}

/// A name server that gives every question for a TXT record the same text, or says that there is no such name.
pub async fn name_server(text: Arc<Mutex<Option<String>>>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let text = text.lock().unwrap().clone();
            socket.send_to(&answer(&buffer[..length], text.as_deref()), from).await.unwrap();
        }
    });
    address
}

/// RFC 1035, section 4: the question again, and one record that names it by a pointer.
fn answer(question: &[u8], text: Option<&str>) -> Vec<u8> {
    let mut end = 12;
    while question[end] != 0 {
        end += 1 + usize::from(question[end]);
    }
    let asked = &question[12..end + 5];
    let mut out = question[..2].to_vec();
    let (code, count) = if text.is_some() { (0x80, 1) } else { (0x83, 0) };
    out.extend_from_slice(&[0x81, code, 0, 1, 0, count, 0, 0, 0, 0]);
    out.extend_from_slice(asked);
    if let Some(text) = text {
        let length = u8::try_from(text.len()).unwrap();
        out.extend_from_slice(&[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length]);
        out.extend_from_slice(text.as_bytes());
    }
    out
}
