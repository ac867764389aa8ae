//! The caller, and the log.

use axum::Json;
use axum::extract::Query;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::Caller;
use super::document::BySeq;
use super::{Page, Paging, Problem};
use crate::access::{Permission, Reach, Role};
use crate::audit::log::{self, Filter};
use crate::kernel::error::Error;
use crate::kernel::text::is_of_a_calendar;

/// A permission of the caller and how far it goes.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Held {
    permission: &'static str,
    /// `names`, `own`, `locations`, `projects` or `everywhere`.
    reach: &'static str,
}

/// The caller.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    email: String,
    name: String,
    organisation: String,
    roles: Vec<&'static str>,
    projects: Vec<Uuid>,
    permissions: Vec<Held>,
}

/// Who calls, and what they may do.
#[utoipa::path(get, path = "/me", responses((status = 200, body = Me)))]
pub(crate) async fn me(Caller(cx): Caller) -> Result<Json<Me>, Problem> {
    let standing = cx.standing()?;
    let mut roles: Vec<Role> = cx.actor().roles_in(None).map(|(role, _)| role).collect();
    roles.sort_unstable();
    roles.dedup();
    let permissions = Permission::ALL
        .iter()
        .filter_map(|permission| {
            let reach = roles.iter().map(|role| permission.grant(*role).reach).max()?;
            (reach > Reach::Snapshot).then(|| Held { permission: permission.name(), reach: reach.as_str() })
        })
        .collect();
    Ok(Json(Me {
        email: cx.actor().email().to_owned(),
        name: cx.actor().name().to_owned(),
        organisation: standing.slug.clone(),
        roles: roles.iter().map(|role| role.as_str()).collect(),
        projects: cx.actor().projects().iter().map(|id| id.0).collect(),
        permissions,
    }))
}

/// What is looked for in the log.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The beginning of an action, e.g. `value.`.
    action: Option<String>,
    /// A person's id.
    actor: Option<Uuid>,
    /// An object's id.
    entity: Option<Uuid>,
    /// From this day, where the organisation is.
    from: Option<NaiveDate>,
    /// To this day, inclusive, where the organisation is.
    to: Option<NaiveDate>,
}

/// An event of the log.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Event {
    seq: i64,
    at: DateTime<Utc>,
    action: String,
    actor: Option<String>,
    actor_kind: String,
    entity_type: Option<String>,
    entity: Option<Uuid>,
    project: Option<String>,
    result: String,
}

/// A day of a filter, as calendars write it.
fn day(field: &str, day: Option<NaiveDate>) -> Result<Option<NaiveDate>, Error> {
    match day {
        Some(day) if !is_of_a_calendar(day) => Err(Error::field(field, "not_a_date")),
        day => Ok(day),
    }
}

/// The log, newest first.
#[utoipa::path(get, path = "/audit", params(Wanted, BySeq), responses((status = 200, body = Page<Event>)))]
pub(crate) async fn audit(Caller(cx): Caller, Query(wanted): Query<Wanted>, Query(paging): Query<Paging>) -> Result<Page<Event>, Problem> {
    let before = paging.cursor()?;
    let Wanted { action, actor, entity, from, to } = wanted;
    let (from, to) = (day("from", from)?, day("to", to)?);
    let filter = Filter { action, actor, entity, from, to, before, project: None, upto: None, acts_only: false };
    let lines = log::page(&cx, &filter, paging.limit() + 1).await?;
    let events = lines
        .into_iter()
        .map(|line| Event {
            seq: line.seq,
            at: line.at,
            action: line.action,
            actor: line.actor,
            actor_kind: line.actor_kind,
            entity_type: line.entity_type,
            entity: line.entity_id,
            project: line.project,
            result: line.result,
        })
        .collect();
    Ok(paging.cut(events, |event| event.seq.to_string()))
}
