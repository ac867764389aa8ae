//! What the API is sent by mistake or on purpose: refused as a problem document, with nothing changed, and written down where it is known who
//! sent it.

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::http::api::{self, ApiState};
use sqlx::AssertSqlSafe;
use tower::ServiceExt;

use crate::stage::Stage;

const JSON: &str = "application/json";
/// A fixed Ed25519 key that is not ours: of the first test vector of RFC 8032, in PKCS #8, and its public half.
const SECRET: &str = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// A program that is sent what it should not be.
struct Caller {
    site: Router,
    token: String,
    project: String,
}

/// An answer: its status, its kind and what it says.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    kind: String,
    body: Value,
}

impl Caller {
    async fn new(stage: &Stage) -> Self {
        let token = server::demo::token(&stage.owner, "pm@amani.test").await.unwrap();
        let project = stage.project("pm@amani.test", "wells").await.to_string();
        Self { site: stage.site(), token: token.expose_secret().to_owned(), project }
    }

    async fn ask(&self, token: &str, call: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(format!("/api/v1{}", path.replace("{id}", &self.project)));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.site.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, kind, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    async fn send(&self, call: &str, kind: &str, body: impl Into<Body>) -> Answer {
        // `/token` is asked by nobody
        let token = if call.ends_with("/token") { "" } else { self.token.as_str() };
        let kinds: Vec<_> = Some(("content-type", kind)).filter(|_| !kind.is_empty()).into_iter().collect();
        self.ask(token, call, &kinds, body).await
    }
}

/// Everything that a call of the API can change, as one text.
async fn everything(stage: &Stage) -> Vec<String> {
    const TABLES: [&str; 9] = [
        "project",
        "indicator_value",
        "period_submission",
        "period_rollup",
        "api_idempotency",
        "donor_link",
        "import_job",
        "location",
        "reporting_period",
    ];
    let mut conn = stage.superuser().await;
    let mut all = Vec::new();
    for table in TABLES {
        let text = format!("select coalesce(md5(string_agg(t::text, ';' order by t::text)), 'empty') from app.{table} t");
        all.push(sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut conn).await.unwrap());
    }
    all
}

const REFUSED: &str = "audit.event e join app.tenant t on t.id = e.tenant_id where e.action = 'api.refused' and e.result = 'denied'
    and e.actor_kind = 'api_token' and t.slug = 'amani-wash'";

/// Sends what is refused: a problem document of that status, nothing changed, and an event where somebody is known.
async fn is_refused(stage: &Stage, caller: &Caller, call: &str, kind: &str, body: Vec<u8>, expected: StatusCode) {
    let shown = format!("{call} {kind:?} {}", String::from_utf8_lossy(&body[..body.len().min(120)]));
    let (before, told) = (everything(stage).await, stage.count(REFUSED).await);
    let answer = caller.send(call, kind, body).await;
    assert_eq!((answer.status, answer.kind.as_str()), (expected, "application/problem+json"), "{shown} {answer:?}");
    assert_eq!(answer.body["status"], expected.as_u16(), "{shown}");
    assert!(answer.body["type"].as_str().unwrap().starts_with("urn:kipimo:problem:"), "{shown}");
    assert_eq!(everything(stage).await, before, "{shown}: something was changed");
    let known = i64::from(!call.ends_with("/token"));
    assert_eq!(stage.count(REFUSED).await - told, known, "{shown}: in the log");
}

const VALUES: &str = "POST /projects/{id}/values";
const REVIEWS: &str = "POST /projects/{id}/reviews";
const PROJECT: &str = "PATCH /projects/{id}";
const LINKS: &str = "POST /donor-links";
const IMPORTS: &str = "POST /projects/{id}/imports";
const TOKEN: &str = "POST /token";

#[tokio::test]
async fn nothing_is_assigned_that_the_document_does_not_name() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let other = "00000000-0000-4000-8000-000000000000";
    let value = |more: Value| {
        let mut value = json!({"indicator": "wells_repaired", "period": "2026-Q4", "value": "1"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let link = |more: &str| json!({"project": caller.project, "snapshot": other, "recipient_name": "D", more: other});
    let cases = [
        (VALUES, json!([value(json!({"status": "verified"}))])),
        (VALUES, json!([value(json!({"verified_by": other, "verified_at": "2026-01-01T00:00:00Z"}))])),
        (VALUES, json!([value(json!({"id": other}))])),
        (VALUES, json!([value(json!({"submitted_by": other}))])),
        // somebody else's organisation
        (VALUES, json!([value(json!({"tenant_id": other}))])),
        (VALUES, json!({"values": [value(json!({}))], "tenant_id": other})),
        (VALUES, json!({"values": [value(json!({}))], "project_id": other})),
        (REVIEWS, json!({"values": "all", "decision": "verified", "tenant_id": other})),
        (REVIEWS, json!({"values": "all", "decision": "verified", "self_verified": true})),
        (PROJECT, json!({"tenant_id": other})),
        (PROJECT, json!({"status": "cancelled"})),
        (PROJECT, json!({"row_version": 1})),
        (PROJECT, json!({"code": "mine"})),
        (LINKS, link("tenant_id")),
        (LINKS, link("created_by")),
        (LINKS, link("hard_until")),
        (TOKEN, json!({"token": caller.token, "scope": "audit"})),
        (TOKEN, json!({"token": caller.token, "tid": other})),
    ];
    for (call, body) in cases {
        is_refused(&stage, &caller, call, JSON, body.to_string().into(), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    // nor is anything of it looked at where it is no part of a body
    let plain = caller.ask(&caller.token, "GET /projects", &[], Body::empty()).await;
    let tenant: uuid::Uuid =
        sqlx::query_scalar("select id from app.tenant where slug = 'baraka-health'").fetch_one(&mut stage.superuser().await).await.unwrap();
    let tenant = tenant.to_string();
    let call = format!("GET /projects?tenant_id={tenant}&tid={tenant}");
    let smuggled =
        caller.ask(&caller.token, &call, &[("x-tenant-id", tenant.as_str()), ("x-forwarded-for", "10.0.0.1")], Body::empty()).await;
    assert_eq!((smuggled.status, smuggled.body), (StatusCode::OK, plain.body));
    // the organisation reads of it in its log, and no other one does
    let admin = stage.program("admin@amani.test").await;
    let (_, log) = admin.get("/audit?action=api.&limit=1").await;
    assert_eq!((log["items"][0]["action"].as_str(), log["items"][0]["result"].as_str()), (Some("api.refused"), Some("denied")), "{log}");
    let (_, log) = stage.program("admin@baraka.test").await.get("/audit?action=api.").await;
    assert_eq!(log["items"], json!([]));
}

#[tokio::test]
async fn a_key_that_stands_twice_is_refused() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let id = &caller.project;
    let value = r#"{"indicator":"wells_repaired","period":"2026-Q4","value":"1"}"#;
    let cases = [
        (VALUES, r#"[{"indicator":"wells_repaired","period":"2026-Q4","value":"1","value":"2"}]"#.to_owned()),
        (VALUES, r#"[{"indicator":"wells_repaired","\u0069ndicator":"b","period":"2026-Q4","value":"1"}]"#.to_owned()),
        (VALUES, format!(r#"{{"values":[],"values":[{value}]}}"#)),
        (VALUES, r#"[{"indicator":"a","period":"b","disaggregation":{"sex=female":"1","sex=female":"2"}}]"#.to_owned()),
        (REVIEWS, r#"{"values":"all","decision":"returned","decision":"verified"}"#.to_owned()),
        (PROJECT, r#"{"title":"One","title":"Two"}"#.to_owned()),
        (LINKS, format!(r#"{{"project":"{id}","project":"{id}","snapshot":"{id}","recipient_name":"D"}}"#)),
        (TOKEN, format!(r#"{{"token":"{0}","token":"{0}"}}"#, caller.token)),
    ];
    for (call, body) in cases {
        is_refused(&stage, &caller, call, JSON, body.into(), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    // of an address, and of headers: nobody guesses which was meant
    let twice = caller.ask(&caller.token, "GET /projects?limit=1&limit=2", &[], Body::empty()).await;
    assert_eq!((twice.status, twice.kind.as_str()), (StatusCode::BAD_REQUEST, "application/problem+json"));
    let before = everything(&stage).await;
    let keys = [("content-type", JSON), ("idempotency-key", "key-number-one"), ("idempotency-key", "key-number-two")];
    let twice = caller.ask(&caller.token, VALUES, &keys, format!("[{value}]")).await;
    assert_eq!(twice.body["errors"]["Idempotency-Key"], "twice", "{twice:?}");
    let bearer = format!("Bearer {}", caller.token);
    let twice =
        caller.ask(&caller.token, VALUES, &[("content-type", JSON), ("authorization", bearer.as_str())], format!("[{value}]")).await;
    assert_eq!(twice.status, StatusCode::UNAUTHORIZED, "{twice:?}");
    assert_eq!(everything(&stage).await, before);
}

/// The parts of an import, one after the other.
fn parts(all: &[(&str, &str)]) -> Vec<u8> {
    let part = |(head, body): &(&str, &str)| format!("--edge\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n");
    format!("{}--edge--\r\n", all.iter().map(part).collect::<String>()).into_bytes()
}

#[tokio::test]
async fn an_import_is_a_file_and_its_mapping_each_once() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let kind = "multipart/form-data; boundary=edge";
    let file = ("name=\"file\"; filename=\"f.csv\"", "from,to,wells_repaired\n2026-01-01,2026-03-31,1\n");
    let columns = r#"{"layout":"wide","dates":{"start":"from","end":"to"},"indicators":"*","create":[]}"#;
    let mapping = ("name=\"mapping\"", columns);
    let twice = r#"{"layout":"wide","dates":{"start":"from","end":"to"},"indicators":{"a":"b","a":"c"},"create":[]}"#;
    let long =
        r#"{"layout":"long","dates":{"start":"a","end":"b"},"indicator":"c","value":"d","dimensions":{"x":"sex","x":"age"},"create":[]}"#;
    let foreign = r#"{"layout":"wide","dates":{"start":"from","end":"to"},"indicators":"*","create":[],"tenant_id":"x"}"#;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = " ".repeat(600 * 1024);
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let cases = [
        (parts(&[file, mapping, file]), unprocessable),
        (parts(&[file, mapping, mapping]), unprocessable),
        (parts(&[file, mapping, ("name=\"tenant_id\"", "00000000-0000-4000-8000-000000000000")]), unprocessable),
        (parts(&[file]), unprocessable),
        (parts(&[mapping]), unprocessable),
        (parts(&[file, ("name=\"mapping\"", twice)]), unprocessable),
        (parts(&[file, ("name=\"mapping\"", long)]), unprocessable),
        (parts(&[file, ("name=\"mapping\"", foreign)]), unprocessable),
        (parts(&[file, ("name=\"mapping\"", deep.as_str())]), unprocessable),
        (parts(&[file, ("name=\"mapping\"", large.as_str())]), StatusCode::PAYLOAD_TOO_LARGE),
        (b"--edge\r\nnot a part".to_vec(), unprocessable),
    ];
    for (body, expected) in cases {
        is_refused(&stage, &caller, IMPORTS, kind, body, expected).await;
    }
    for kind in ["multipart/form-data", "text/csv", JSON, ""] {
        is_refused(&stage, &caller, IMPORTS, kind, parts(&[file, mapping]), StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    }
    let dry = caller.send("POST /projects/{id}/imports?dry_run=true", kind, parts(&[file, mapping])).await;
    assert_eq!(dry.status, StatusCode::OK, "{dry:?}");
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let cases = [
        (VALUES, json!([{"indicator": "wells_repaired", "period": "2026-Q4", "value": "1"}])),
        (REVIEWS, json!({"values": "all", "decision": "verified"})),
        (PROJECT, json!({"title": "Another"})),
        (LINKS, json!({"project": caller.project, "snapshot": caller.project, "recipient_name": "D"})),
        (TOKEN, json!({"token": caller.token})),
    ];
    for (call, body) in cases {
        for kind in
            ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"]
        {
            is_refused(&stage, &caller, call, kind, body.to_string().into(), StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
        }
    }
    // what is compressed may unpack to anything: it is refused before anybody asks who sends it
    let before = everything(&stage).await;
    let packed = caller.ask(&caller.token, VALUES, &[("content-type", JSON), ("content-encoding", "gzip")], "[]").await;
    assert_eq!((packed.status, packed.kind.as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/problem+json"));
    assert_eq!(everything(&stage).await, before);
}

#[tokio::test]
async fn what_is_too_large_too_deep_or_not_json_is_refused() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("{open}{close}");
    let objects = format!("{}1{}", r#"{"values":"#.repeat(20_000), "}".repeat(20_000));
    let many = format!("[{}]", vec![r#"{"indicator":"a","period":"b","value":"1"}"#; 1_001].join(","));
    let (bad, unprocessable) = (StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY);
    let cases = [
        (VALUES, " ".repeat(2 * 1024 * 1024 + 1), StatusCode::PAYLOAD_TOO_LARGE),
        (VALUES, deep.clone(), unprocessable),
        (VALUES, open.clone(), unprocessable),
        (VALUES, objects, unprocessable),
        (VALUES, format!(r#"[{{"indicator":{deep}}}]"#), unprocessable),
        (VALUES, r#"{"values":"#.to_owned(), bad),
        (VALUES, String::new(), bad),
        (VALUES, "null".to_owned(), unprocessable),
        (VALUES, "[] []".to_owned(), bad),
        (REVIEWS, format!(r#"{{"values":{deep},"decision":"verified"}}"#), unprocessable),
        (REVIEWS, r#"{"values":"some","decision":"verified"}"#.to_owned(), unprocessable),
        (PROJECT, format!(r#"{{"title":{deep}}}"#), unprocessable),
        (LINKS, format!(r#"{{"project":{deep}}}"#), unprocessable),
        (TOKEN, format!(r#"{{"token":"{}"}}"#, "x".repeat(5_000)), StatusCode::PAYLOAD_TOO_LARGE),
        (TOKEN, format!(r#"{{"token":{}}}"#, "[".repeat(2_000)), unprocessable),
    ];
    for (call, body, expected) in cases {
        is_refused(&stage, &caller, call, JSON, body.into(), expected).await;
    }
    is_refused(&stage, &caller, VALUES, JSON, b"[\"\xff\xfe\"]".to_vec(), bad).await;
    // more than a batch takes can be read, and is refused by the act
    let before = everything(&stage).await;
    let answer = caller.send(VALUES, JSON, many).await;
    assert_eq!((answer.status, answer.body["errors"]["values"].as_str()), (unprocessable, Some("batch_size")), "{answer:?}");
    assert_eq!(everything(&stage).await, before);
}

/// What is signed by somebody else, in every way of saying where the key is to be found: nobody is asked for one, nobody is let in, and no
/// organisation's log is written by who is nobody.
#[tokio::test]
async fn a_token_that_brings_its_own_key_opens_nothing() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let good = caller.send(TOKEN, JSON, json!({"token": caller.token}).to_string()).await;
    let good = good.body["access_token"].as_str().unwrap().to_owned();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(good.as_str()).unwrap().claims;
    let read = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let kid = read(good.split('.').next().unwrap())["kid"].clone();
    let unhex = |text: &str| (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect::<Vec<u8>>();
    let theirs = URL_SAFE_NO_PAD.encode(unhex(PUBLIC));
    // who offers the key, if anybody came for it
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let there = format!("http://{}/keys.json", listener.local_addr().unwrap());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": theirs});
    let signed = |header: Value, claims: &Value| {
        let header: Header = serde_json::from_value(header).unwrap();
        let key = match header.alg {
            Algorithm::HS256 => EncodingKey::from_secret(theirs.as_bytes()),
            _ => EncodingKey::from_ed_der(&unhex(SECRET)),
        };
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    };
    let base = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
    let with = |name: &str, value: Value| {
        let mut header = base.clone();
        header[name] = value;
        header
    };
    let unsigned = |alg: &str| {
        let head = json!({"alg": alg, "typ": "at+jwt", "kid": kid}).to_string();
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    let mut stranger = claims.clone();
    stranger["tid"] = json!("00000000-0000-4000-8000-000000000000");
    let forged = [
        signed(base.clone(), &claims),
        signed(with("jku", json!(there)), &claims),
        signed(with("x5u", json!(there)), &claims),
        signed(with("jwk", jwk.clone()), &claims),
        signed(with("kid", json!(there)), &claims),
        signed(with("kid", json!("' or '1'='1")), &claims),
        signed(with("kid", json!("../../../../dev/null")), &claims),
        signed(with("kid", json!("")), &claims),
        signed(with("alg", json!("HS256")), &claims),
        signed(base.clone(), &stranger),
        unsigned("none"),
        unsigned("NONE"),
        unsigned(""),
        unsigned("EdDSA"),
    ];
    let (before, told) = (everything(&stage).await, stage.count("audit.event where kind = 'act'").await);
    let body = json!([{"indicator": "wells_repaired", "period": "2026-Q4", "value": "1"}]).to_string();
    for forged in forged {
        let answer = caller.ask(&forged, VALUES, &[("content-type", JSON)], body.clone()).await;
        assert_eq!((answer.status, answer.kind.as_str()), (StatusCode::UNAUTHORIZED, "application/problem+json"), "{forged}");
        assert_eq!(answer.body["type"], "urn:kipimo:problem:signed_out", "{forged}");
    }
    assert_eq!(everything(&stage).await, before);
    assert_eq!(stage.count("audit.event where kind = 'act'").await, told, "who is nobody writes in no log");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came for the key");
    assert_eq!(caller.ask(&good, "GET /me", &[], Body::empty()).await.status, StatusCode::OK);
}

/// Who sends what cannot be read is let in first, on one connection at a time.
#[tokio::test]
async fn a_refusal_needs_one_connection() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let db = server::db::Db::connect(stage.runtime.clone(), stage.keys.clone(), 1);
    let api = ApiState { db, trusted_proxies: std::sync::Arc::new(Vec::new()), public_url: stage.public_url.clone() };
    let narrow = Caller { site: api::router(api), token: caller.token.clone(), project: caller.project.clone() };
    is_refused(&stage, &narrow, VALUES, "text/plain", b"[]".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
}
