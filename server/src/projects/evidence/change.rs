//! What is said of a file, taking one away, and evidence that goes on with its figure.

use uuid::Uuid;

use super::{EvidenceForm, rights};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, PeriodId, ProjectId};

/// Changes what is said of a file: who answers for the project's figures.
///
/// # Errors
/// Refusal, refused fields, stale (also of what is there no more), or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: EvidenceId, form: EvidenceForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    if !rights(cx, project).rules {
        return Err(Error::NotFound);
    }
    let mut bad = Invalid::default();
    let said = form.parse(true, &mut bad);
    let (Some(said), true) = (said, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let done = sqlx::query!(
        "update app.evidence set title = $4, taken_on = $5, consent = $6, donor_visible = $7
         where project_id = $1 and id = $2 and row_version = $3 and deleted_at is null",
        project.0,
        id.0,
        row_version,
        said.title,
        said.taken_on,
        said.consent.as_str(),
        said.donor_visible
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::EvidenceUpdated { evidence: id, project }).await
}

/// Takes a file away, for good: what somebody added themselves, or anything for who answers for the figures. What a verified figure or a
/// published report rests on stays.
///
/// # Errors
/// Refusal, not found, `evidence_in_use`, or the database's.
pub async fn remove(cx: &Cx, files: &Files, project: ProjectId, id: EvidenceId) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    let rights = rights(cx, project);
    if !rights.adds {
        return Err(Error::NotFound);
    }
    let own = (!rights.rules).then_some(cx.user()?.0);
    let row = sqlx::query!(
        "select value_id, report_id from app.evidence
         where project_id = $1 and id = $2 and deleted_at is null and ($3::uuid is null or created_by = $3) for update",
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if is_in_use(&mut w, id, row.value_id, row.report_id).await? {
        return Err(Error::Rule("evidence_in_use"));
    }
    sqlx::query!("update app.evidence set deleted_at = now() where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::EvidenceRemoved { evidence: id, project }).await?;
    // that it was there stays in the log; what it showed does not stay anywhere
    let tenant = cx.standing()?.tenant;
    if let Err(error) = files.forget(tenant.0, id.0).await {
        tracing::error!(%error, %id, "a file that was taken away could not be forgotten");
    }
    Ok(())
}

/// Whether a verified figure or a published report rests on it; nobody verifies or publishes that meanwhile.
async fn is_in_use(w: &mut Writer, id: EvidenceId, value: Option<Uuid>, report: Option<Uuid>) -> Result<bool> {
    let verified =
        sqlx::query_scalar!(r#"select status = 'verified' as "verified!" from app.indicator_value where id = $1 for share"#, value)
            .fetch_optional(w.conn())
            .await?;
    sqlx::query!("select id from app.report where id = $1 for share", report).fetch_optional(w.conn()).await?;
    let published = sqlx::query_scalar!(
        r#"select exists(select from app.report_snapshot where report_id = $1)
             or exists(select from app.published_evidence where evidence_id = $2) as "published!""#,
        report,
        id.0
    )
    .fetch_one(w.conn())
    .await?;
    Ok(verified.unwrap_or(false) || published)
}

/// Evidence of a figure that was cleared goes on with the figure that is entered in its place.
pub(crate) async fn follow(conn: &mut sqlx::PgConnection, project: ProjectId, periods: &[PeriodId]) -> Result<()> {
    let periods: Vec<Uuid> = periods.iter().map(|period| period.0).collect();
    sqlx::query!(
        // from the few files to their figures, step by step: joined freely, the figures that were just written are gone through first,
        // of which the planner knows nothing yet
        "update app.evidence e set value_id = moved.value_id
         from (
           select kept.tenant_id, kept.id, v.id as value_id
           from app.evidence kept
           cross join lateral (
             select old.tenant_id, old.indicator_id, old.period_id, old.location_id from app.indicator_value old
             where old.tenant_id = kept.tenant_id and old.id = kept.value_id and old.deleted_at is not null and old.period_id = any ($2)
             limit 1
           ) old
           cross join lateral (
             select v.id from app.indicator_value v
             where v.tenant_id = old.tenant_id and v.indicator_id = old.indicator_id and v.period_id = old.period_id
               and v.location_id is not distinct from old.location_id and v.deleted_at is null
             limit 1
           ) v
           where kept.project_id = $1 and kept.deleted_at is null
         ) moved
         where e.tenant_id = moved.tenant_id and e.id = moved.id",
        project.0,
        &periods
    )
    .execute(conn)
    .await?;
    Ok(())
}
