//! What a program sends in a body, read strictly. What cannot be read changes nothing; where it is known who sent it, the organisation's
//! log says that it came.

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{ApiState, Problem};
use crate::access::Cx;
use crate::kernel::error::Result;

/// Who sends, where that is known, and to which call: what the log is told of a body that cannot be read.
pub(crate) struct Sender {
    cx: Option<Cx>,
    call: String,
}

impl Sender {
    /// Of a request whose caller was asked for before its body.
    fn of(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Self { cx: request.extensions().get::<Cx>().cloned(), call: format!("{} {path}", request.method()) }
    }

    async fn note(&self, why: &'static str) -> Result<()> {
        match &self.cx {
            Some(cx) => cx.refused(&self.call, why).await,
            None => Ok(()),
        }
    }

    /// A refusal of the protocol's, once it is written down.
    async fn refuse(&self, status: StatusCode) -> Problem {
        let why = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            _ => "bad_request",
        };
        match self.note(why).await {
            Ok(()) => Problem::Plain(status, why),
            Err(error) => error.into(),
        }
    }

    /// What was read of a body; a refusal is written down first.
    pub(crate) async fn or_noted<T>(&self, read: Result<T>) -> Result<T, Problem> {
        match read {
            Ok(read) => Ok(read),
            Err(error) => {
                self.note(error.code()).await?;
                Err(error.into())
            }
        }
    }
}

/// A JSON body: as it was understood, and as it came.
pub(crate) struct Sent<T> {
    pub(crate) body: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned + Send> FromRequest<ApiState> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let sender = Sender::of(&request);
        match read(request, state).await {
            Ok(sent) => Ok(sent),
            Err(status) => Err(sender.refuse(status).await),
        }
    }
}

async fn read<T: DeserializeOwned>(request: Request, state: &ApiState) -> Result<Sent<T>, StatusCode> {
    if !is_json(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let bytes = Bytes::from_request(request, state).await.map_err(|refused| refused.status())?;
    let body = serde_json::from_slice(&bytes).map_err(|error| match error.classify() {
        Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
        Category::Io | Category::Syntax | Category::Eof => StatusCode::BAD_REQUEST,
    })?;
    Ok(Sent { body, bytes })
}

/// Whether a body says that it is JSON: `application/json`, or a kind that is made of it.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// A body of parts, for a file, and who sends it.
pub(crate) struct SentParts {
    pub(crate) parts: Multipart,
    pub(crate) sender: Sender,
}

impl FromRequest<ApiState> for SentParts {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let sender = Sender::of(&request);
        match Multipart::from_request(request, state).await {
            Ok(parts) => Ok(Self { parts, sender }),
            Err(_) => Err(sender.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE).await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_that_it_is() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/json", false),
            ("application/jsonp", false),
            ("application/json, text/plain", false),
            ("text/plain; application/json", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            let headers: HeaderMap = [(header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect();
            assert_eq!(is_json(&headers), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
