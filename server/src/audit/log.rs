//! Reading the log: the newest first, by filters, a page at a time.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::access::{Can, Cx, Permission, Reach, Reader, Role};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::ProjectId;

/// Rows on a page.
pub const PAGE: i64 = 25;

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The beginning of an action, e.g. `value.`.
    pub action: Option<String>,
    /// Who did it.
    pub actor: Option<Uuid>,
    /// What it was done to.
    pub entity: Option<Uuid>,
    /// In which project.
    pub project: Option<ProjectId>,
    /// From this day.
    pub from: Option<NaiveDate>,
    /// To this day, inclusive.
    pub to: Option<NaiveDate>,
    /// Only before this place in the chain.
    pub before: Option<i64>,
    /// Acts only, without the row changes that they made.
    pub acts_only: bool,
}

impl Filter {
    /// Whether it asks for acts and leaves nothing else out.
    fn is_plain(&self) -> bool {
        let Self { action, actor, entity, project, from, to, before: _, acts_only } = self;
        *acts_only
            && action.as_deref().is_none_or(str::is_empty)
            && (actor.is_none() && entity.is_none() && project.is_none() && from.is_none() && to.is_none())
    }
}

/// An event in a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place in the chain.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `act` or `row`.
    pub kind: String,
    /// `noun.verb`.
    pub action: String,
    /// The kind of thing.
    pub entity_type: Option<String>,
    /// The thing.
    pub entity_id: Option<Uuid>,
    /// `user`, `api_token`, `donor_link`, `system` or `public`.
    pub actor_kind: String,
    /// Who.
    pub actor_id: Option<Uuid>,
    /// Their name, if they are of this organisation or operate the platform.
    pub actor: Option<String>,
    /// Whether they operate the platform.
    pub operator: bool,
    /// The super-admin behind it.
    pub impersonator_id: Option<Uuid>,
    /// `ok`, `denied` or `error`.
    pub result: String,
    /// The project's code.
    pub project: Option<String>,
}

/// What the events of safeguarding begin with.
const SAFEGUARDING: &str = "safeguarding.";

/// The log has two streams: safeguarding's, for focal points, and everything else, as far as a person's other roles reach.
#[derive(Default)]
struct Limits {
    /// Whether they read safeguarding's.
    safeguarding: bool,
    /// Whether they read anything of the rest;
    rest: bool,
    /// of these projects only, or of all,
    projects: Option<Vec<Uuid>>,
    /// and only what they did themselves, or what everybody did.
    own: Option<Uuid>,
}

impl Limits {
    /// Whether they leave out nothing but safeguarding's stream.
    fn is_everything(&self) -> bool {
        self.rest && self.projects.is_none() && self.own.is_none()
    }
}

fn limits(cx: &Cx, project: Option<ProjectId>) -> Limits {
    let reach = |role: Role| Permission::AuditRead.grant(role).reach;
    let roles = || cx.actor().roles_in(project).map(|(role, _)| role);
    let widest = roles().filter(|role| *role != Role::SafeguardingFocal).map(reach).max().unwrap_or(Reach::No);
    let safeguarding = roles().any(|role| role == Role::SafeguardingFocal);
    let mut within = Limits { safeguarding, rest: widest > Reach::No, projects: project.map(|p| vec![p.0]), own: None };
    match widest {
        Reach::Own => within.own = cx.actor().user().map(|user| user.0),
        // where the role that opens the log is the one that they have there: another project's role opens nothing
        Reach::Projects if project.is_none() => {
            let opens = |p: &ProjectId| cx.actor().roles_in(Some(*p)).any(|(role, _)| reach(role) >= Reach::Projects);
            within.projects = Some(cx.actor().projects().into_iter().filter(opens).map(|p| p.0).collect());
        }
        _ => {}
    }
    // a token that keeps to projects keeps to their events
    if let Some(limits) = cx.actor().limits.as_ref().filter(|limits| !limits.projects.is_empty()) {
        let all = within.projects.unwrap_or_else(|| limits.projects.iter().map(|p| p.0).collect());
        within.projects = Some(all.into_iter().filter(|id| limits.holds(ProjectId(*id))).collect());
    }
    within
}

/// Lines of the log from a query of events, which is cut to a page before the codes of projects are joined: the log is never
/// sorted as a whole. Names are added by [`name_actors`].
macro_rules! lines_of {
    ([$($events:literal),+], $($value:expr),+) => {
        sqlx::query_as!(
            Line,
            r#"select e.seq as "seq!", e.at as "at!", e.kind as "kind!", e.action as "action!", e.entity_type, e.entity_id,
                 e.actor_kind as "actor_kind!", e.actor_id, null as "actor?", false as "operator!", e.impersonator_id, e.result as "result!",
                 p.code as "project?"
               from (
                 select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id,
                   v.impersonator_id, v.result, v.project_id
                 from "#
                $(+ $events)+
                + r#"
               ) e
               left join app.project p on p.tenant_id = e.tenant_id and p.id = e.project_id
               order by e.seq desc"#,
            $($value),+
        )
    };
}

/// The query of a page; `$from` says where the events come from, and ends in a condition.
macro_rules! page_from {
    ($from:literal, $filter:expr, $within:expr, $limit:expr) => {
        lines_of!(
            [
                $from,
                r#"
                   and k.seq < coalesce($1::bigint, 9223372036854775807)
                   and ($2::text is null or starts_with(v.action, $2))
                   and ($3::uuid is null or v.actor_id = $3)
                   and ($4::uuid is null or v.entity_id = $4)
                   and case when starts_with(v.action, $10) then $9
                     else $13 and ($5::uuid[] is null or v.project_id = any ($5)) and ($6::uuid is null or v.actor_id = $6) end
                   and ($7::date is null or v.at >= $7) and ($8::date is null or v.at < $8 + 1)
                   and (k.act or not $11)
                 order by k.seq desc limit $12"#
            ],
            $filter.before,
            $filter.action.as_deref().filter(|action| !action.is_empty()),
            $filter.actor,
            $filter.entity,
            $within.projects.as_deref(),
            $within.own,
            $filter.from,
            $filter.to,
            $within.safeguarding,
            SAFEGUARDING,
            $filter.acts_only,
            $limit,
            $within.rest
        )
    };
}

/// People by id, with their names.
pub type People = Vec<(Uuid, String)>;

/// A page of the log. Project staff see the events of their projects, field officers their own.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page(cx: &Cx, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    Ok(page_with_people(cx, filter, limit).await?.0)
}

/// A page of the log, and the people that it can be filtered by: those of the organisation, or nobody for who sees only
/// what they did themselves.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page_with_people(cx: &Cx, filter: &Filter, limit: i64) -> Result<(Vec<Line>, People)> {
    let mut r = cx.read(Can::ReadAudit(filter.project)).await?;
    let mut lines = lines(cx, &mut r, filter, limit).await?;
    let first: People = sqlx::query!(r#"select id as "id!", name as "name!" from gate.people() order by name limit 500"#)
        .fetch_all(r.conn())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    name_actors(&mut r, &mut lines, &first).await?;
    let shown = if limits(cx, filter.project).own.is_some() { People::new() } else { first };
    Ok((lines, shown))
}

/// Writes the names of the organisation's people beside what they did. The list that the page shows anyway holds nearly all
/// of them; only who comes after its end is asked for.
async fn name_actors(r: &mut Reader, lines: &mut [Line], first: &People) -> Result<()> {
    let mut names: HashMap<Uuid, String> = first.iter().cloned().collect();
    if first.len() == 500 {
        let others: Vec<Uuid> = lines.iter().filter_map(|line| line.actor_id).filter(|id| !names.contains_key(id)).collect();
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

/// The newest acts, or those before a place, for who reads everything but perhaps safeguarding: the page that is opened most
/// often. With next to nothing to choose from, the database plans it once and not at each opening.
async fn newest_acts(r: &mut Reader, before: i64, safeguarding: bool, limit: i64) -> Result<Vec<Line>> {
    let rows = lines_of!(
        ["audit.link k
         cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
         where k.act and k.seq < $1 and ($2 or not starts_with(v.action, $3))
         order by k.seq desc limit $4"],
        before,
        safeguarding,
        SAFEGUARDING,
        limit
    );
    Ok(rows.fetch_all(r.conn()).await?)
}

async fn lines(cx: &Cx, r: &mut Reader, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let within = limits(cx, filter.project);
    if filter.is_plain() && within.is_everything() {
        return newest_acts(r, filter.before.unwrap_or(i64::MAX), within.safeguarding, limit).await;
    }
    // `offset 0` keeps the order of work whatever the planner knows of the filters: back from the end of the chain, event by
    // event. Acts have an index of their own, so that the thousands of rows of an import are not walked over.
    Ok(match filter {
        Filter { entity: Some(_), .. } => {
            page_from!(
                "audit.event v join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id where v.entity_id = $4",
                filter,
                within,
                limit
            )
            .fetch_all(r.conn())
            .await?
        }
        Filter { acts_only: true, .. } => {
            page_from!(
            "audit.link k cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
                 where k.act",
            filter,
            within,
            limit
        )
            .fetch_all(r.conn())
            .await?
        }
        _ => {
            page_from!(
            "audit.link k cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
                 where true",
            filter,
            within,
            limit
        )
            .fetch_all(r.conn())
            .await?
        }
    })
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

/// One event, opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The line.
    pub line: Line,
    /// What changed.
    pub changes: Vec<Change>,
    /// Why.
    pub reason: Option<String>,
    /// The request; everything that it did has the same.
    pub request_id: Option<Uuid>,
    /// Its hash in the chain.
    pub hash: Vec<u8>,
    /// Other events of the same request, at most 50.
    pub same_request: Vec<(i64, String)>,
}

/// One event of the log.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn open(cx: &Cx, seq: i64) -> Result<Opened> {
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
    Ok(Opened {
        changes: changes(&canon),
        reason: canon["reason"].as_str().map(str::to_owned),
        request_id: row.request_id,
        hash: row.hash,
        same_request,
        line,
    })
}

fn changes(canon: &Value) -> Vec<Change> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    canon["changes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(field, pair)| Change { field: field.clone(), old: text(&pair[0]), new: text(&pair[1]) })
        .collect()
}
