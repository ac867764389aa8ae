//! Errors as RFC 9457 problem documents with a stable type.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::kernel::error::Error;

/// An error on its way out.
pub enum Problem {
    /// What an act refused.
    Of(Error),
    /// What the protocol demands: a status and a stable code.
    Plain(StatusCode, &'static str),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Of(error)
    }
}

fn document(status: StatusCode, code: &str) -> Value {
    json!({
        "type": format!("urn:kipimo:problem:{code}"),
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": code.replace('_', " "),
    })
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Of(error) => error,
            Self::Plain(status, code) => return answer(status, &document(status, code)),
        };
        if error.status().is_server_error() {
            tracing::error!(%error, "call failed");
        }
        let mut body = document(error.status(), error.code());
        if let Error::Invalid(invalid) = &error {
            body["errors"] = json!(invalid.0);
        }
        let mut response = answer(error.status(), &body);
        if let Error::Limited(seconds) = error
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// Refusals of the layers above the handlers (unreadable JSON, wrong method, too large) become problem documents too.
pub async fn dress(response: Response) -> Response {
    let status = response.status();
    let dressed = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == "application/problem+json");
    if dressed || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = match status {
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::REQUEST_TIMEOUT => "timed_out",
        status if status.is_client_error() => "bad_request",
        _ => "internal",
    };
    answer(status, &document(status, code))
}
