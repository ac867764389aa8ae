//! Reading the log: the newest first, by filters, a page at a time.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::filters::SavedFilter;
use super::lines;
pub use super::question::{Filter, Line, PAGE, action_of};
use super::question::{SAFEGUARDING, limits};
use crate::access::{Can, Cx, Reader};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::SavedFilterId;

/// People by id, with their names.
pub type People = Vec<(Uuid, String)>;

/// A page of the log. Project staff see the events of their projects, field officers their own.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page(cx: &Cx, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let mut r = cx.read(Can::ReadAudit(filter.project)).await?;
    let mut lines = lines::of(&mut r, filter, &limits(cx, filter.project), limit).await?;
    let first = people(&mut r).await?;
    name_actors(&mut r, &mut lines, &first).await?;
    Ok(lines)
}

/// A page of the log with what stands beside it.
#[derive(Clone, Debug)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Line>,
    /// The people that it can be filtered by: those of the organisation, or nobody for who sees only what they did themselves.
    pub people: People,
    /// The filters that this person keeps, by name.
    pub filters: Vec<SavedFilter>,
}

/// A page of the log with what it can be filtered by.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page_with_filters(cx: &Cx, filter: &Filter, limit: i64) -> Result<Page> {
    let mut r = cx.read(Can::ReadAudit(filter.project)).await?;
    let within = limits(cx, filter.project);
    let mut lines = lines::of(&mut r, filter, &within, limit).await?;
    // one statement: this is the page that is opened most often
    let rows = sqlx::query!(
        r#"(select id as "id!", name as "name!", null as query from gate.people() where colleague order by name limit 500)
           union all (select id, name, query from app.saved_filter where page = 'audit' order by name limit 100)"#
    )
    .fetch_all(r.conn())
    .await?;
    let (mut people, mut filters) = (People::new(), Vec::new());
    for row in rows {
        match row.query {
            None => people.push((row.id, row.name)),
            Some(query) => filters.push(SavedFilter { id: SavedFilterId(row.id), name: row.name, query }),
        }
    }
    name_actors(&mut r, &mut lines, &people).await?;
    if within.own.is_some() {
        people.clear();
    }
    Ok(Page { lines, people, filters })
}

pub(super) async fn people(r: &mut Reader) -> Result<People> {
    let rows = sqlx::query!(r#"select id as "id!", name as "name!" from gate.people() where colleague order by name limit 500"#)
        .fetch_all(r.conn())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Writes the names of the organisation's people beside what they did. The list that the page shows anyway holds nearly all
/// of them; only who comes after its end, or is no colleague, is asked for.
pub(super) async fn name_actors(r: &mut Reader, lines: &mut [Line], first: &People) -> Result<()> {
    let mut names: HashMap<Uuid, String> = first.iter().cloned().collect();
    let others: Vec<Uuid> = lines.iter().filter_map(|line| line.actor_id).filter(|id| !names.contains_key(id)).collect();
    if !others.is_empty() {
        let rows = sqlx::query!(r#"select id as "id!", name as "name!" from gate.people() where id = any ($1)"#, &others)
            .fetch_all(r.conn())
            .await?;
        names.extend(rows.into_iter().map(|row| (row.id, row.name)));
    }
    for line in lines.iter_mut() {
        line.actor = line.actor_id.and_then(|id| names.get(&id).cloned());
    }
    name_operators(r, lines).await
}

/// Writes the names of who operates the platform beside what nobody of the organisation did: who looked in is no stranger to it.
async fn name_operators(r: &mut Reader, lines: &mut [Line]) -> Result<()> {
    let strangers: Vec<Uuid> = lines.iter().filter(|line| line.actor.is_none()).filter_map(|line| line.actor_id).collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(r#"select id as "id!", name as "name!" from gate.operators_named($1)"#, &strangers).fetch_all(r.conn()).await?;
    let operators: HashMap<Uuid, String> = rows.into_iter().map(|row| (row.id, row.name)).collect();
    for line in lines.iter_mut().filter(|line| line.actor.is_none()) {
        line.actor = line.actor_id.and_then(|id| operators.get(&id).cloned());
        line.operator = line.actor.is_some();
    }
    Ok(())
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// A row among those that one event tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The row.
    pub id: Uuid,
    /// What changed in it.
    pub changes: Vec<Change>,
}

/// One event, opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The line.
    pub line: Line,
    /// What changed, where it tells of one thing;
    pub changes: Vec<Change>,
    /// and where it tells of many rows, each of them (or the one that was asked for).
    pub rows: Vec<Told>,
    /// Why.
    pub reason: Option<String>,
    /// The request; everything that it did has the same.
    pub request_id: Option<Uuid>,
    /// Its hash in the chain.
    pub hash: Vec<u8>,
    /// Other events of the same request, at most 50.
    pub same_request: Vec<(i64, String)>,
}

/// One event of the log; of many rows all of them, or `only` one.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn open(cx: &Cx, seq: i64, only: Option<Uuid>) -> Result<Opened> {
    let mut r = cx.read(Can::ReadAudit(None)).await?;
    let within = limits(cx, None);
    let row = sqlx::query!(
        r#"select k.seq, k.hash, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id, v.impersonator_id, v.result,
             v.request_id, v.canon, (select who.name from gate.people() who where who.id = v.actor_id) as "actor?",
             (select p.code from app.project p where p.tenant_id = v.tenant_id and p.id = v.project_id) as "project?"
           from audit.link k join audit.event v on v.tenant_id = k.tenant_id and v.id = k.event_id
           where k.seq = $1 and case when starts_with(v.action, $5) then $4
             else $6 and ($2::uuid[] is null or v.project_id = any ($2)) and ($3::uuid is null or v.actor_id = $3) end"#,
        seq,
        within.projects.as_deref(),
        within.own,
        within.safeguarding,
        SAFEGUARDING,
        within.rest
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let same_request = match row.request_id {
        Some(request) => sqlx::query!(
            r#"select k.seq, v.action from audit.event v join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id
               where v.request_id = $1 and k.seq <> $2 and case when starts_with(v.action, $6) then $5
                 else $7 and ($3::uuid[] is null or v.project_id = any ($3)) and ($4::uuid is null or v.actor_id = $4) end
               order by k.seq limit 50"#,
            request,
            seq,
            within.projects.as_deref(),
            within.own,
            within.safeguarding,
            SAFEGUARDING,
            within.rest
        )
        .fetch_all(r.conn())
        .await?
        .into_iter()
        .map(|row| (row.seq, row.action))
        .collect(),
        None => Vec::new(),
    };
    let mut line = [Line {
        seq: row.seq,
        at: row.at,
        kind: row.kind,
        action: row.action,
        entity_type: row.entity_type,
        entity_id: row.entity_id,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        actor: row.actor,
        operator: false,
        impersonator_id: row.impersonator_id,
        result: row.result,
        project: row.project,
    }];
    name_operators(&mut r, &mut line).await?;
    let [line] = line;
    let canon: Value = serde_json::from_slice(&row.canon).map_err(|error| Error::Internal(format!("event {seq}: {error}")))?;
    let told = &canon["changes"];
    let many = of_many_rows(&canon);
    Ok(Opened {
        changes: if many { Vec::new() } else { changes(told) },
        rows: if many { rows(told, only) } else { Vec::new() },
        reason: canon["reason"].as_str().map(str::to_owned),
        request_id: row.request_id,
        hash: row.hash,
        same_request,
        line,
    })
}

/// Whether an event tells of many rows, each under its id: `migrations/0054_log_many_rows.sql`.
pub(super) fn of_many_rows(canon: &Value) -> bool {
    canon["v"] == "2"
}

fn rows(told: &Value, only: Option<Uuid>) -> Vec<Told> {
    told.as_object()
        .into_iter()
        .flatten()
        .filter_map(|(id, row)| Some(Told { id: id.parse().ok()?, changes: changes(row) }))
        .filter(|row| only.is_none_or(|only| only == row.id))
        .collect()
}

fn changes(told: &Value) -> Vec<Change> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    told.as_object()
        .into_iter()
        .flatten()
        .map(|(field, pair)| Change { field: field.clone(), old: text(&pair[0]), new: text(&pair[1]) })
        .collect()
}
