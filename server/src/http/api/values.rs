//! Values: read, submitted and reviewed.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::Sent;
use super::caller::Caller;
use super::document::ById;
use super::{Page, Paging, Problem, decimal};
use crate::access::Can;
use crate::kernel::crypto::sha256;
use crate::kernel::error::Error;
use crate::kernel::ids::{ProjectId, ValueId};
use crate::kernel::json::unique_texts;
use crate::projects::disaggregation::MOST_CELLS;
use crate::projects::reviews::{self, Decision, Selection};
use crate::projects::submissions::{self, MAX_BATCH, NewValue};
use crate::projects::{self, periods, values as acts};

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
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(unique_texts(deserializer, MOST_CELLS)?.into_iter().collect()))
    }
}

/// A batch: a list of values, or an object that holds one.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum Batch {
    /// The values.
    List(Vec<Given>),
    /// `{"values": […]}`
    Wrapped(Wrapped),
}

/// A batch in an object.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrapped {
    /// The values.
    #[serde(deserialize_with = "as_many_as_are_looked_at")]
    values: Vec<Given>,
}

/// Read value by value: nothing is kept of a body but what a batch may hold, however much of it there is.
struct Many;

impl<'de> Visitor<'de> for Many {
    type Value = Vec<Given>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Given>, A::Error> {
        let mut values = Vec::new();
        // one more than a batch takes says that there are too many
        while values.len() <= MAX_BATCH {
            match list.next_element()? {
                Some(value) => values.push(value),
                None => return Ok(values),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(values)
    }
}

fn as_many_as_are_looked_at<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Given>, D::Error> {
    deserializer.deserialize_seq(Many)
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Batch;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of values, or an object that holds one")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Batch, A::Error> {
                Many.visit_seq(list).map(Batch::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Batch, A::Error> {
                Wrapped::deserialize(value::MapAccessDeserializer::new(map)).map(Batch::Wrapped)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// The ids of what was submitted, in order.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Submitted {
    values: Vec<Uuid>,
}

/// Submits up to 1,000 values, all or nothing. What was a draft or returned is submitted anew; what waits or is verified
/// already is refused. The same `Idempotency-Key` with the same body answers the same, for thirty days.
#[utoipa::path(post, path = "/projects/{id}/values", params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = Batch,
    responses((status = 201, body = Submitted)))]
pub(crate) async fn submit(
    Caller(cx): Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    sent: Sent<Batch>,
) -> Result<(StatusCode, Json<Submitted>), Problem> {
    projects::find_to_change(&cx, ProjectId(id)).await?;
    let (Batch::List(given) | Batch::Wrapped(Wrapped { values: given })) = sent.body;
    let key = key_of(&headers)?;
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
    let hash = sha256(&[&id.as_bytes()[..], &sent.bytes[..]].concat());
    let ids = submissions::submit(&cx, ProjectId(id), &values, key.map(|key| (key, hash))).await?;
    Ok((StatusCode::CREATED, Json(Submitted { values: ids.into_iter().map(|id| id.0).collect() })))
}

/// The key under which a batch is done once.
fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut keys = headers.get_all("idempotency-key").iter();
    match (keys.next().map(axum::http::HeaderValue::to_str), keys.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Error::field("Idempotency-Key", "twice")),
        (Some(Ok(key)), None) => Ok(Some(key)),
        // taken for no key, it would protect from nothing
        (Some(Err(_)), None) => Err(Error::field("Idempotency-Key", "not_ascii")),
    }
}

/// What is reviewed: `"all"`, or ids.
#[derive(utoipa::ToSchema)]
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
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AllWord {
    All,
}

impl<'de> Deserialize<'de> for Which {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Which;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"all\", or a list of ids")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Which, E> {
                if text == "all" { Ok(Which::All(AllWord::All)) } else { Err(E::unknown_variant(text, &["all"])) }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Which, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(list)).map(Which::These)
            }
        }
        deserializer.deserialize_any(Either)
    }
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
pub(crate) async fn review(Caller(cx): Caller, Path(id): Path<Uuid>, sent: Sent<Review>) -> Result<Json<Reviewed>, Problem> {
    let (project, review) = (ProjectId(id), sent.body);
    projects::find_to_change(&cx, project).await?;
    let selection = match review.values {
        Which::These(ids) => Selection::These(ids.into_iter().map(ValueId).collect()),
        Which::All(AllWord::All) => match review.period {
            None => Selection::All(None),
            Some(text) => Selection::All(Some(periods::named(&cx, Can::ReviewValues(project), project, &text).await?)),
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
