//! A report that was approved becomes a publication: its sections and figures as they stand then are frozen, hashed and signed.

use chrono::SecondsFormat;
use uuid::Uuid;

use super::gather::{Gathered, gather};
use super::review;
use super::state::{Act, State, next};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, PublishedEvidenceId, ReportId, SnapshotId};
use crate::kernel::text;
use crate::projects::periods;
use crate::projects::publication::{Identity, key_for_signing, remember_groups, remember_places, restated, statement};
use crate::projects::snapshot::{Block, Content};
use crate::projects::tracking::remember_published;

/// Publishes a report that was approved: its sections and figures as they stand now, verified ones only, are frozen, hashed and signed. Where
/// it reads otherwise than when it was approved, that is told and asked first: `as_it_is`. From the second version on it says why there is
/// another one; of the first nothing is asked.
///
/// # Errors
/// Refusal, not found, `report_not_approved`, `changed_since_approval`, a missing reason, stale where it was opened again meanwhile or a file
/// was taken away, or the database's.
pub async fn publish(cx: &Cx, project: ProjectId, report: ReportId, reason: &str, as_it_is: bool) -> Result<SnapshotId> {
    let mut w = cx.write(Can::PublishReport(project)).await?;
    // verified figures stay as they are from here until they are kept; and so does what was told, by which is judged what may be: one
    // publication of a project after the other
    periods::hold_all(w.conn(), project).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('publish:' || $1::text, 0))", project.to_string())
        .execute(w.conn())
        .await?;
    let gathered = gather(cx, w.reader(), project, report, None).await?;
    next(gathered.state, Act::Publish).map_err(Error::Rule)?;
    keep(w, project, report, reason, as_it_is, gathered).await
}

async fn keep(
    mut w: Writer,
    project: ProjectId,
    report: ReportId,
    reason: &str,
    as_it_is: bool,
    mut gathered: Gathered,
) -> Result<SnapshotId> {
    // files before the report, as whoever takes one away holds them: none of them goes meanwhile
    let files = hold_files(&mut w, project, &gathered.content).await?;
    let (to, self_approved) = hold(&mut w, project, report, &gathered, as_it_is).await?;
    let (version, identity) = identify(&mut w, project, report, reason, &gathered.content).await?;
    gathered.content.identity = Some(Identity { self_approved, ..identity });
    let key = key_for_signing(&mut w).await?;
    let bytes = gathered.content.bytes()?;
    let sum = sha256(&bytes);
    let id = SnapshotId::new();
    sqlx::query!(
        "insert into app.report_snapshot (id, project_id, report_id, version, content, sha256, signature, key_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        project.0,
        report.0,
        version,
        bytes,
        &sum[..],
        &key.sign(&statement(&sum))[..],
        key.public().id()
    )
    .execute(w.conn())
    .await?;
    remember_published(&mut w, project, id, &gathered.table, &gathered.columns).await?;
    if let Some(column) = gathered.columns.last() {
        remember_groups(&mut w, project, id, column, &gathered.table).await?;
        remember_places(&mut w, project, id, column, &gathered.by_place).await?;
    }
    remember_files(&mut w, project, id, &files).await?;
    sqlx::query!("update app.report set status = $2 where id = $1", report.0, to.as_str()).execute(w.conn()).await?;
    w.commit(Event::ReportPublished { snapshot: id, report, project, sha256: hex(&sum) }).await?;
    Ok(id)
}

/// Holds the report's row: two publications get two versions, and its text is the one that was approved. Its figures may have moved on since:
/// whoever publishes says that they know. Answers where that brings it, and whether one person handed it over and approved it.
async fn hold(w: &mut Writer, project: ProjectId, report: ReportId, gathered: &Gathered, as_it_is: bool) -> Result<(State, bool)> {
    let held = review::hold(w, project, report).await?;
    let to = next(held.state, Act::Publish).map_err(Error::Rule)?;
    if held.row_version != gathered.row_version {
        return Err(Error::Stale);
    }
    let now = gathered.sha256()?;
    if !as_it_is && held.approved_sha256.is_some_and(|approved| approved[..] != now[..]) {
        return Err(Error::field("as_it_is", "changed_since_approval"));
    }
    Ok((to, held.self_approved))
}

/// What names the version that is published now; the report's row is held.
async fn identify(w: &mut Writer, project: ProjectId, report: ReportId, reason: &str, content: &Content) -> Result<(i32, Identity)> {
    let organisation = w.cx().standing()?.slug.clone();
    // the moment at which this transaction began is the one that the row gets
    let now = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(w.conn()).await?;
    let before = sqlx::query!(
        "select version, content, sha256 from app.report_snapshot where project_id = $1 and report_id = $2 order by version desc limit 1",
        project.0,
        report.0
    )
    .fetch_optional(w.conn())
    .await?;
    let first = Identity {
        organisation,
        report: report.to_string(),
        version: "1".to_owned(),
        published_at: now.to_rfc3339_opts(SecondsFormat::Micros, true),
        supersedes: None,
        reason: None,
        restated: Vec::new(),
        self_approved: false,
    };
    let Some(before) = before else { return Ok((1, first)) };
    let reason = text::line(reason, 10, 500).map_err(|fault| Error::field("reason", fault))?;
    let version = before.version + 1;
    let identity = Identity {
        version: version.to_string(),
        supersedes: Some(hex(&before.sha256)),
        reason: Some(reason),
        restated: restated(&Content::parse(&before.content)?, content),
        ..first
    };
    Ok((version, identity))
}

/// The files that a content shows.
fn files_of(content: &Content) -> Vec<Uuid> {
    let items =
        content.sections.iter().filter_map(|section| if let Block::Evidence { items, .. } = &section.block { Some(items) } else { None });
    let mut files: Vec<Uuid> = items.flatten().filter_map(|item| item.id.parse().ok()).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// Holds the files that a content shows.
///
/// # Errors
/// Stale, where donors may not see one of them any more; or the database's.
async fn hold_files(w: &mut Writer, project: ProjectId, content: &Content) -> Result<Vec<Uuid>> {
    let files = files_of(content);
    if files.is_empty() {
        return Ok(files);
    }
    let held = sqlx::query_scalar!(
        "select id from app.evidence
         where project_id = $1 and id = any ($2) and deleted_at is null and donor_visible and consent <> 'missing' order by id for share",
        project.0,
        &files
    )
    .fetch_all(w.conn())
    .await?;
    if held.len() == files.len() { Ok(files) } else { Err(Error::Stale) }
}

/// Remembers which files a publication shows: they stay.
async fn remember_files(w: &mut Writer, project: ProjectId, snapshot: SnapshotId, files: &[Uuid]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = files.iter().map(|_| PublishedEvidenceId::new().0).collect();
    sqlx::query!(
        "insert into app.published_evidence (id, project_id, snapshot_id, evidence_id)
         select t.id, $1, $2, t.evidence_id from unnest($3::uuid[], $4::uuid[]) as t(id, evidence_id)",
        project.0,
        snapshot.0,
        &ids,
        files
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
