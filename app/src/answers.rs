//! From a problem to a page that says what to do. The page is the same whatever was asked for, so that what is hidden
//! and what does not exist look alike, byte for byte.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use server::kernel::error::Error;

use crate::forms;
use crate::shell;
use crate::text::Say;
use crate::visit::{Problem, locale};

/// What a handler answers.
pub type Answer = Result<Response, Problem>;

/// Marks an answer whose page is still to be made.
#[derive(Clone, Debug)]
struct Refused {
    code: &'static str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(path) => Redirect::to(&path).into_response(),
            Self::Refused(error) | Self::Partly(_, error) => refusal(&error),
        }
    }
}

fn refusal(error: &Error) -> Response {
    if error.status().is_server_error() {
        tracing::error!(%error, "request failed");
    }
    let mut response = error.status().into_response();
    say_when(error, &mut response);
    response.extensions_mut().insert(Refused { code: error.code() });
    response
}

/// Says in a header when it may be tried again, where that is all that is wrong.
pub(crate) fn say_when(error: &Error, response: &mut Response) {
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Makes the page of a refusal, in the language of the request.
pub async fn pages_of_refusals(request: Request, next: Next) -> Response {
    let say = Say::new(locale(request.headers()));
    let path = request.uri().path_and_query().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let is_page = !request.uri().path().starts_with("/api/");
    let is_portal = ["/fn/visits/", "/donor"].iter().any(|start| request.uri().path().starts_with(start));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
    let code = match response.extensions().get::<Refused>() {
        Some(refused) => refused.code,
        // an address that cannot be read (a word where a number belongs) is answered in plain text by the layers below
        None if !is_page || (response.headers().contains_key(header::CONTENT_TYPE) && !is_plain_refusal(&response)) => return response,
        // answers of the layers below pages: no such route, not from here, too large
        None => match response.status() {
            StatusCode::BAD_REQUEST if reads => "not_found",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "not_found",
            StatusCode::FORBIDDEN => "cross_site",
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => "bad_request",
            StatusCode::REQUEST_TIMEOUT => "busy",
            status if status.is_server_error() => "internal",
            _ => return response,
        },
    };
    // for a donor: the same words whether the link never was, has ended or was taken back
    let code = if code == "not_found" && is_portal { "no_report" } else { code };
    if code == "signed_out" {
        let next = if reads { format!("/login?next={}", encode(&path)) } else { "/login".to_owned() };
        return Redirect::to(&next).into_response();
    }
    // what was posted to a page is sent again from that page, which an address in a browser can show
    if code == "step_up" && is_page {
        return Redirect::to(&forms::step_up(&path)).into_response();
    }
    let status = if matches!(code, "not_found" | "no_report") { StatusCode::NOT_FOUND } else { response.status() };
    let retry = response.headers().get(header::RETRY_AFTER).cloned();
    let mut page = (status, shell::bare(say, &say.word("problem-title", code), move || body(say, code))).into_response();
    if let Some(retry) = retry {
        page.headers_mut().insert(header::RETRY_AFTER, retry);
    }
    page
}

fn is_plain_refusal(response: &Response) -> bool {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    plain && response.status().is_client_error()
}

fn body(say: Say, code: &'static str) -> impl IntoView {
    view! {
        <div class="error-page">
            <h1>{say.word("problem-title", code)}</h1>
            <p>{say.word("problem", code)}</p>
            <p><a class="btn btn-primary" href="/">{say.t("go-home")}</a></p>
        </div>
    }
}

/// Percent-encodes what stands in a query.
#[must_use]
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
