//! What every request passes and every answer carries: a nonce, security headers, and the refusal of cross-site writes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::kernel::crypto::{base64url, random};

/// The nonce of a response, minted here and used by the page's scripts.
#[derive(Clone, Debug)]
pub struct Nonce(pub String);

/// What the headers of every answer promise.
#[derive(Clone, Debug)]
pub struct Promises {
    /// Whether the public address is https: then browsers are told never to come otherwise.
    https: bool,
    /// Where a form may lead.
    forms: Arc<str>,
}

impl Promises {
    /// For a site that is served by https or not, whose forms lead to the host they stand on and to these.
    #[must_use]
    pub fn new(https: bool, forms: Option<&str>) -> Self {
        Self { https, forms: forms.map_or_else(|| "'self'".into(), |more| format!("'self' {more}").into()) }
    }
}

/// Adds nonce and headers.
pub async fn headers(State(promises): State<Promises>, mut request: Request, next: Next) -> Response {
    let Ok(nonce) = random::<16>().map(|bytes| base64url(&bytes)) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let donor = request.uri().path().starts_with("/d/") || request.uri().path().starts_with("/donor");
    let path_is_portal = request.uri().path().starts_with("/donor");
    let mut response = next.run(request).await;
    let (headers, forms) = (response.headers_mut(), &promises.forms);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action {forms}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    );
    // a file that somebody sent is given out with a stricter one
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&policy)
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // the door of a link posts a form, whose origin browsers hide under `no-referrer`; its secret is no part of a referrer
    let referrer = if path_is_portal { "no-referrer" } else { "same-origin" };
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("x-content-type-options", "nosniff");
    set("referrer-policy", referrer);
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if donor {
        set("x-robots-tag", "noindex, nofollow");
    }
    if promises.https {
        set("strict-transport-security", "max-age=63072000; includeSubDomains");
    }
    // what is not a file of the site is somebody's: it is kept by no cache
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Stricter than `CsrfLayer`: a write with a cookie must say where it comes from. Programs with a bearer token send no
/// cookie and are let through.
pub async fn same_site_writes(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    let says_where = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    let with_cookie = headers.contains_key(header::COOKIE);
    if !safe && with_cookie && !says_where && !headers.contains_key(header::AUTHORIZATION) {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// No address of ours holds a NUL, and PostgreSQL takes none.
pub async fn no_nul_in_addresses(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|path| path.as_str().contains("%00")) {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

/// Compressed request bodies can unpack to anything: none is taken.
pub async fn no_compressed_bodies(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    next.run(request).await
}
