//! Values: read, submitted and reviewed.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::Caller;
use super::document::ById;
use super::projects::period_of;
use super::{Page, Paging, Problem, decimal};
use crate::kernel::crypto::sha256;
use crate::kernel::error::Error;
use crate::kernel::ids::{ProjectId, ValueId};
use crate::projects::disaggregation::MOST_CELLS;
use crate::projects::reviews::{self, Decision, Selection};
use crate::projects::submissions::{self, NewValue};
use crate::projects::{self, values as acts};

/// A value.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Reported {
    id: Uuid,
    /// The indicator's code.
    indicator: String,
    /// The period's name.
    period: String,
    period_id: Uuid,
    /// The location's code.
    location: Option<String>,
    value: Option<String>,
    numerator: Option<String>,
    denominator: Option<String>,
    /// What was counted of each group: `{"age=18-24|sex=female": "60"}`, or `"30/50"`; null where nothing is broken down.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    disaggregation: Option<serde_json::Value>,
    /// `draft`, `submitted`, `returned` or `verified`.
    status: String,
}

/// The values of a project.
#[utoipa::path(get, path = "/projects/{id}/values", params(("id" = Uuid, Path), ById), responses((status = 200, body = Page<Reported>)))]
pub(crate) async fn page(Caller(cx): Caller, Path(id): Path<Uuid>, Query(paging): Query<Paging>) -> Result<Page<Reported>, Problem> {
    let after = paging.cursor()?;
    let values = acts::page(&cx, ProjectId(id), after, paging.limit() + 1).await?;
    if values.is_empty() {
        // no values yet, or no such project
        projects::find_by_id(&cx, ProjectId(id)).await?;
    }
    let values = values
        .into_iter()
        .map(|v| Reported {
            id: v.id.0,
            indicator: v.indicator,
            period: v.period,
            period_id: v.period_id.0,
            location: v.location,
            value: decimal(v.value),
            numerator: decimal(v.num),
            denominator: decimal(v.den),
            disaggregation: v.cells,
            status: v.status,
        })
        .collect();
    Ok(paging.cut(values, |v| v.id.to_string()))
}

/// A value to be submitted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    /// The indicator's code.
    indicator: String,
    /// The period's id or name.
    period: String,
    /// The location's code.
    location: Option<String>,
    /// The figure, a decimal in a string.
    value: Option<String>,
    numerator: Option<String>,
    denominator: Option<String>,
    /// What was counted of each group, by the key of a cell: `{"age=18-24|sex=female": "60"}`, or `"30/50"` of a percentage.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    disaggregation: Option<Unique>,
}

/// An object of texts, each key of it once.
pub(crate) struct Unique(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> serde::de::Visitor<'de> for Keys {
            type Value = Unique;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
                let mut seen = std::collections::BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if seen.len() >= MOST_CELLS || seen.insert(key, value).is_some() {
                        return Err(serde::de::Error::custom("a key twice, or too many keys"));
                    }
                }
                Ok(Unique(seen.into_iter().collect()))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A batch: a list of values, or an object that holds one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum Batch {
    /// The values.
    List(Vec<Given>),
    /// `{"values": […]}`
    Wrapped {
        /// The values.
        values: Vec<Given>,
    },
}

/// The ids of what was submitted, in order.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Submitted {
    values: Vec<Uuid>,
}

/// Submits up to 1,000 values, all or nothing. What was a draft or returned is submitted anew; what waits or is verified
/// already is refused. The same `Idempotency-Key` with the same body answers the same.
#[utoipa::path(post, path = "/projects/{id}/values", params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = Batch,
    responses((status = 201, body = Submitted)))]
pub(crate) async fn submit(
    Caller(cx): Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<(StatusCode, Json<Submitted>), Problem> {
    projects::find_by_id(&cx, ProjectId(id)).await?;
    let batch: Batch = serde_json::from_slice(&body).map_err(|_| Error::field("body", "not_valid_json"))?;
    let (Batch::List(given) | Batch::Wrapped { values: given }) = batch;
    let key = match headers.get("idempotency-key").map(axum::http::HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(key),
        // taken for no key, it would protect from nothing
        Some(Err(_)) => return Err(Error::field("Idempotency-Key", "not_ascii").into()),
    };
    let values: Vec<NewValue> = given
        .into_iter()
        .map(|g| NewValue {
            indicator: g.indicator,
            period: g.period,
            location: g.location,
            value: g.value.unwrap_or_default(),
            num: g.numerator.unwrap_or_default(),
            den: g.denominator.unwrap_or_default(),
            cells: g.disaggregation.map(|cells| cells.0).unwrap_or_default(),
        })
        .collect();
    // the project stands in the address, not in the body: the same body sent to another project is another request
    let hash = sha256(&[&id.as_bytes()[..], &body[..]].concat());
    let ids = submissions::submit(&cx, ProjectId(id), &values, key.map(|key| (key, hash))).await?;
    Ok((StatusCode::CREATED, Json(Submitted { values: ids.into_iter().map(|id| id.0).collect() })))
}

/// What is reviewed: `"all"`, or ids.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum Which {
    /// `"all"`
    All(AllWord),
    /// These values.
    These(Vec<Uuid>),
}

/// What is decided.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the words to readers of the document")]
pub(crate) enum Word {
    Verified,
    Returned,
}

/// All values that wait.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AllWord {
    All,
}

/// A review.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    values: Which,
    /// The period's id or name, with `"all"`.
    period: Option<String>,
    #[schema(value_type = Word)]
    decision: String,
    /// Why, when returned.
    note: Option<String>,
}

/// What came of a review.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Reviewed {
    decided: usize,
    /// Left, because the caller submitted them.
    own: usize,
    /// Left, because their period is locked.
    locked: usize,
}

/// Verifies or returns values that wait.
#[utoipa::path(post, path = "/projects/{id}/reviews", params(("id" = Uuid, Path)), request_body = Review,
    responses((status = 200, body = Reviewed)))]
pub(crate) async fn review(Caller(cx): Caller, Path(id): Path<Uuid>, Json(review): Json<Review>) -> Result<Json<Reviewed>, Problem> {
    let project = ProjectId(id);
    projects::find_by_id(&cx, project).await?;
    let selection = match review.values {
        Which::These(ids) => Selection::These(ids.into_iter().map(ValueId).collect()),
        Which::All(AllWord::All) => match review.period {
            None => Selection::All(None),
            Some(text) => Selection::All(Some(period_of(&cx, project, &text).await?)),
        },
    };
    let decision = match review.decision.as_str() {
        "verified" => Decision::Verify,
        "returned" => Decision::Return(review.note.unwrap_or_default()),
        _ => return Err(Error::field("decision", "not_a_choice").into()),
    };
    let outcome = reviews::decide(&cx, project, &selection, &decision).await?;
    Ok(Json(Reviewed { decided: outcome.decided, own: outcome.own, locked: outcome.locked }))
}
