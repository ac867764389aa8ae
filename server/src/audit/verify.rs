//! Proving the log: every link is recomputed from the bytes of its event, from the first to the head.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Connection;
use uuid::Uuid;

use super::log::of_many_rows;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::error::Result;

/// The result for one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// So many events, all as they were sealed.
    Intact(i64),
    /// The first event that is not what was sealed, and what is wrong with it.
    Broken(i64, &'static str),
}

/// The columns that repeat what the bytes say, so that pages can filter.
struct Row {
    seq: i64,
    act: bool,
    hash: Vec<u8>,
    id: Option<Uuid>,
    at: Option<DateTime<Utc>>,
    kind: Option<String>,
    action: Option<String>,
    entity_type: Option<String>,
    entity_id: Option<Uuid>,
    project_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    actor_kind: Option<String>,
    impersonator_id: Option<Uuid>,
    session_kind: Option<String>,
    request_id: Option<Uuid>,
    result: Option<String>,
    ip_index: Option<Vec<u8>>,
    ip_net_index: Option<Vec<u8>>,
    canon: Option<Vec<u8>>,
    content_hash: Option<Vec<u8>>,
    // what the link is looked for by
    link_actor: Option<Uuid>,
    link_project: Option<Uuid>,
    family: String,
}

/// Verifies one organisation's chain; the nil id is the platform's own.
///
/// The connection must see every row: the owner's or the backup's login with the organisation's setting, or a superuser.
///
/// # Errors
/// The database's.
pub async fn chain(conn: &mut sqlx::PgConnection, tenant: Uuid) -> Result<Verdict> {
    // one moment of the log, however much is written to it meanwhile
    let mut tx = conn.begin_with("begin isolation level repeatable read, read only").await?;
    let conn = &mut *tx;
    let head = sqlx::query!("select seq, hash from audit.head where tenant_id = $1", tenant).fetch_optional(&mut *conn).await?;
    let (mut before, mut seq) = ([0u8; 32], 0i64);
    // events of many rows: where they stand, and of how many they tell
    let mut many: HashMap<Uuid, (i64, usize)> = HashMap::new();
    loop {
        let rows = sqlx::query_as!(
            Row,
            r#"select k.seq, k.act, k.hash, k.actor_id as link_actor, k.project_id as link_project, k.family as "family!", e.id as "id?", e.at as "at?", e.kind as "kind?", e.action as "action?", e.entity_type, e.entity_id,
                 e.project_id, e.actor_id, e.actor_kind as "actor_kind?", e.impersonator_id, e.session_kind as "session_kind?",
                 e.request_id, e.result as "result?", e.ip_index, e.ip_net_index, e.canon as "canon?", e.content_hash as "content_hash?"
               from audit.link k left join audit.event e on e.tenant_id = k.tenant_id and e.id = k.event_id
               where k.tenant_id = $1 and k.seq > $2 order by k.seq limit 500"#,
            tenant,
            seq
        )
        .fetch_all(&mut *conn)
        .await?;
        if rows.is_empty() {
            break;
        }
        let told: BTreeMap<Uuid, BTreeSet<Uuid>> = rows.iter().filter_map(rows_told).collect();
        let found = touched(&mut *conn, tenant, &told).await?;
        for row in rows {
            match check(&row, seq, &before, tenant) {
                Ok(hash) => before = hash,
                Err(why) => return Ok(Verdict::Broken(seq + 1, why)),
            }
            seq = row.seq;
            if let Some((event, things)) = row.id.and_then(|id| told.get_key_value(&id)) {
                if found.get(event) != Some(things) {
                    return Ok(Verdict::Broken(seq, "what it tells of is not found by it"));
                }
                many.insert(*event, (seq, things.len()));
            }
        }
    }
    if let Some(at) = touched_beyond(&mut *conn, tenant, &many, seq + 1).await? {
        return Ok(Verdict::Broken(at, "it is found by what it does not tell of"));
    }
    let unsealed = sqlx::query_scalar!(
        r#"select exists(select from audit.event e where e.tenant_id = $1
             and not exists (select from audit.link k where k.tenant_id = e.tenant_id and k.event_id = e.id)) as "yes!""#,
        tenant
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(match head {
        // every organisation has been founded by an act: a chain of nothing is one that was removed
        None if seq == 0 && !unsealed && tenant.is_nil() => Verdict::Intact(0),
        None => Verdict::Broken(seq.max(1), "the head of the chain is missing"),
        Some(head) if head.seq > seq => Verdict::Broken(seq + 1, "the end of the chain is missing"),
        Some(head) if head.seq == seq && head.hash == before && !unsealed => Verdict::Intact(seq),
        _ if unsealed => Verdict::Broken(seq + 1, "an event is not sealed"),
        _ => Verdict::Broken(seq.max(1), "the head does not fit the chain"),
    })
}

/// Which of the rows that these events tell of are found by `audit.touched`.
async fn touched(
    conn: &mut sqlx::PgConnection,
    tenant: Uuid,
    told: &BTreeMap<Uuid, BTreeSet<Uuid>>,
) -> Result<BTreeMap<Uuid, BTreeSet<Uuid>>> {
    let mut found: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    if told.is_empty() {
        return Ok(found);
    }
    let (events, things): (Vec<Uuid>, Vec<Uuid>) = told.iter().flat_map(|(event, rows)| rows.iter().map(|row| (*event, *row))).unzip();
    let rows = sqlx::query!(
        "select x.event_id, x.entity_id from unnest($2::uuid[], $3::uuid[]) as t(event_id, entity_id)
         join audit.touched x on x.tenant_id = $1 and x.entity_id = t.entity_id and x.event_id = t.event_id",
        tenant,
        &events,
        &things
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        found.entry(row.event_id).or_default().insert(row.entity_id);
    }
    Ok(found)
}

/// The first event that `audit.touched` names for more rows than the event tells of; `end` where there is no such event.
async fn touched_beyond(conn: &mut sqlx::PgConnection, tenant: Uuid, told: &HashMap<Uuid, (i64, usize)>, end: i64) -> Result<Option<i64>> {
    let rows = sqlx::query!(r#"select event_id, count(*) as "count!" from audit.touched where tenant_id = $1 group by 1"#, tenant)
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match told.get(&row.event_id) {
            Some((seq, count)) => (usize::try_from(row.count) != Ok(*count)).then_some(*seq),
            None => Some(end),
        })
        .min())
}

/// The rows that the bytes of an event tell of, where they are many.
fn rows_told(row: &Row) -> Option<(Uuid, BTreeSet<Uuid>)> {
    if row.entity_id.is_some() || row.kind.as_deref() != Some("row") {
        return None;
    }
    let canon: Value = serde_json::from_slice(row.canon.as_deref()?).ok()?;
    if !of_many_rows(&canon) {
        return None;
    }
    Some((row.id?, canon["changes"].as_object()?.keys().filter_map(|id| id.parse().ok()).collect()))
}

fn check(row: &Row, before_seq: i64, before: &[u8; 32], tenant: Uuid) -> std::result::Result<[u8; 32], &'static str> {
    if row.seq != before_seq + 1 {
        return Err("a link is missing");
    }
    let (Some(canon), Some(content_hash)) = (&row.canon, &row.content_hash) else { return Err("the event is missing") };
    if sha256(canon)[..] != content_hash[..] {
        return Err("the event's bytes were changed");
    }
    let hash = link_hash(before, row.seq, content_hash);
    if hash[..] != row.hash[..] {
        return Err("the event is not the one that was sealed here");
    }
    let canon: Value = serde_json::from_slice(canon).map_err(|_| "the event's bytes are not JSON")?;
    let found_by = row.link_actor == row.actor_id && row.link_project == row.project_id;
    let found_by = found_by && row.action.as_deref().and_then(|action| action.split('.').next()) == Some(row.family.as_str());
    if found_by && agrees(row, &canon, tenant) { Ok(hash) } else { Err("a column was changed") }
}

/// hash(n) = SHA-256( hash(n-1) ‖ seq as 8 bytes, big-endian ‖ content hash )
#[must_use]
pub fn link_hash(before: &[u8; 32], seq: i64, content_hash: &[u8]) -> [u8; 32] {
    let mut input = before.to_vec();
    input.extend_from_slice(&seq.to_be_bytes());
    input.extend_from_slice(content_hash);
    sha256(&input)
}

/// Whether the columns say what the bytes say.
fn agrees(row: &Row, canon: &Value, tenant: Uuid) -> bool {
    let is = |key: &str, column: Option<String>| canon[key].as_str().map(str::to_owned) == column;
    let id = |id: Option<Uuid>| id.map(|id| id.to_string());
    let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|b| hex(b));
    is("tenant", id(Some(tenant)))
        && is("id", id(row.id))
        && is("at", row.at.map(|at| at.timestamp_micros().to_string()))
        && is("kind", row.kind.clone())
        && row.act == (canon["kind"] == "act")
        && is("action", row.action.clone())
        && is("entity_type", row.entity_type.clone())
        && is("entity", id(row.entity_id))
        && is("project", id(row.project_id))
        && is("actor", id(row.actor_id))
        && is("actor_kind", row.actor_kind.clone())
        && is("impersonator", id(row.impersonator_id))
        && is("session_kind", row.session_kind.clone())
        && is("request", id(row.request_id))
        && is("result", row.result.clone())
        && is("ip_index", bytes(&row.ip_index))
        && is("ip_net_index", bytes(&row.ip_net_index))
}

/// Every chain that there is, with its organisation's name in addresses (`platform` for the platform's own), or one.
///
/// # Errors
/// The database's.
pub async fn chains(conn: &mut sqlx::PgConnection, slug: Option<&str>) -> Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!(
        // a chain whose head was removed is listed too, by what is left of it, and by its organisation
        r#"select coalesce(t.slug, case h.tenant_id when '00000000-0000-0000-0000-000000000000' then 'platform' else h.tenant_id::text end)
             as "slug!", h.tenant_id as "tenant_id!"
           from (
             select tenant_id from audit.head union select tenant_id from audit.link union select tenant_id from audit.event
             union select id from app.tenant
           ) h
           left join app.tenant t on t.id = h.tenant_id
           where $1::text is null or coalesce(t.slug, 'platform') = $1 order by 1"#,
        slug
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.slug, row.tenant_id)).collect())
}
