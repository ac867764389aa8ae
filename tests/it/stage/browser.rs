//! Who comes to the site: a browser in which somebody is signed in, or nobody.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::SecretString;
use tower::ServiceExt;

use super::{PASSWORD, Stage, TOTP};

/// The body of a form with a file, and its kind.
pub fn multipart(fields: &[(&str, &str)], file: (&str, &[u8])) -> (String, Vec<u8>) {
    const EDGE: &str = "edge-of-a-part";
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    let (name, bytes) = file;
    let head = format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n");
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={EDGE}"), body)
}

/// A browser without script: keeps cookies, posts forms, does not follow.
pub struct Browser {
    site: Router,
    cookies: Vec<(String, String)>,
    /// The host that it asks; none where that does not matter.
    pub host: Option<&'static str>,
}

pub struct Page {
    pub status: StatusCode,
    pub location: String,
    pub headers: http::HeaderMap,
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

/// A browser in which somebody is signed in.
pub async fn signed_in(stage: &Stage, email: &str) -> Browser {
    let mut browser = Browser::new(stage);
    browser.sign_in(stage, email).await;
    browser
}

impl Browser {
    pub fn new(stage: &Stage) -> Self {
        Self { site: stage.site(), cookies: Vec::new(), host: None }
    }

    async fn send(&mut self, mut request: Request<Body>) -> Page {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        if let Some(host) = self.host {
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response: Response<Body> = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let location = parts.headers.get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, location, headers: parts.headers, body, bytes: bytes.to_vec() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Asks with a method and headers of one's own: a program, or a browser that looks beforehand.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let request =
            headers.iter().fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Follows a link on another site.
    pub async fn get_from_elsewhere(&mut self, path: &str) -> Page {
        self.send(Request::get(path).header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap()).await
    }

    /// Posts a form with a file.
    pub async fn send_file(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Page {
        let (kind, body) = multipart(fields, file);
        let request =
            Request::post(path).header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin").body(Body::from(body)).unwrap();
        self.send(request).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<_> = fields.iter().map(|(n, v)| format!("{}={}", app::answers::encode(n), app::answers::encode(v))).collect();
        let body = body.join("&");
        let request = Request::post(path)
            .header(header::CONTENT_LENGTH, body.len())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// A post that does not say where it comes from.
    pub async fn post_from_nowhere(&mut self, path: &str) -> Page {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// A post that another site made.
    pub async fn post_from_elsewhere(&mut self, path: &str) -> Page {
        let request = Request::post(path).header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
        self.send(request).await
    }

    pub fn copy_cookies(&self, other: &mut Browser) {
        other.cookies.clone_from(&self.cookies);
    }

    /// Signs in; with a second factor where it is asked for.
    pub async fn sign_in(&mut self, stage: &Stage, email: &str) -> Page {
        let page = self.post("/fn/sessions/open", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        if !page.location.starts_with("/login/code") {
            return page;
        }
        let code = fresh_code(stage, email).await;
        self.post("/fn/sessions/confirm", &[("code", &code)]).await
    }
}

/// A code that has not been used: the test forgets the last one, so that it need not wait half a minute.
pub async fn fresh_code(stage: &Stage, email: &str) -> String {
    let mut conn = stage.superuser().await;
    sqlx::query("update auth.user_account set totp_last_step = 0 where email = $1").bind(email).execute(&mut conn).await.unwrap();
    let now: i64 = sqlx::query_scalar("select extract(epoch from clock_timestamp())::bigint").fetch_one(&mut conn).await.unwrap();
    server::identity::totp::code_at(&SecretString::from(TOTP), u64::try_from(now).unwrap()).unwrap()
}
