//! What the document of the API says of every call alike: its refusals, and how pages are asked for.

use serde::Serialize;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// `urn:kipimo:problem:` and a stable code.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    /// Field → code, where fields were refused.
    errors: Option<std::collections::BTreeMap<String, String>>,
}

/// What any call may be refused for.
const REFUSALS: [(&str, &str); 7] = [
    ("400", "The address, a parameter or the body cannot be read."),
    ("401", "No token, or one that does not live."),
    ("403", "The token's owner may not do this, or the token does not carry it."),
    ("404", "There is no such thing, or none that the caller may see."),
    ("422", "What was sent can be read and not be done; `errors` says which field and why."),
    ("429", "Too often; `Retry-After` says when to come back."),
    ("503", "The database is away or busy; the same call may succeed later."),
];
/// And what one with a body may be refused for.
const OF_BODIES: [(&str, &str); 2] = [("413", "The body is too large."), ("415", "The body is of another kind than the call takes.")];

/// Adds the refusals that every call shares.
pub(super) fn with_refusals(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            refuse(operation);
        }
    }
    let name = ProblemDocument::name().into_owned();
    document.components.get_or_insert_default().schemas.insert(name, ProblemDocument::schema());
    document
}

fn refuse(operation: &mut Operation) {
    let of_bodies = OF_BODIES.iter().filter(|_| operation.request_body.is_some());
    for (status, why) in REFUSALS.iter().chain(of_bodies) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDocument::name()))).build();
        let response = ResponseBuilder::new().description(*why).content("application/problem+json", content).build();
        operation.responses.responses.insert((*status).to_owned(), response.into());
    }
}

/// How many items a page has, and where it begins in a list that is ordered by ids.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes Paging to readers of the document")]
pub(crate) struct ById {
    /// Items on a page: 50 without it, at most 200.
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<Uuid>,
}

/// The same for a list that is ordered by codes.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes Paging to readers of the document")]
pub(crate) struct ByCode {
    /// Items on a page: 50 without it, at most 200.
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The same for the log.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes Paging to readers of the document")]
pub(crate) struct BySeq {
    /// Items on a page: 50 without it, at most 200.
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<i64>,
}

/// The same for the tracking table.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes Paging to readers of the document")]
pub(crate) struct ByPlace {
    /// Items on a page: 50 without it, at most 200.
    limit: Option<i64>,
    /// The `next` of the page before: the last day of a period, an indicator, a period and a location.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){3}$")]
    after: Option<String>,
}
