//! Taking a file away, into the bin, back out of it, and for good.

use std::time::Duration;

use uuid::Uuid;

use super::{follow, rights};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, PeriodId, ProjectId, TenantId};
use crate::kernel::text;
use crate::projects::framework;

/// How long the store may take to say that it has a file, while a connection waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Puts a file into the bin: what somebody added themselves, or anything for who answers for the figures. Its name is typed, so that it is
/// this one. What a verified figure or a published report rests on stays. Nobody opens a file that lies in the bin.
///
/// # Errors
/// Refusal, not found, another name (`confirm`), `evidence_in_use`, or the database's.
pub async fn remove(cx: &Cx, project: ProjectId, id: EvidenceId, typed: &str) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    let rights = rights(cx, project);
    if !rights.adds {
        return Err(Error::NotFound);
    }
    let own = (!rights.rules).then_some(cx.user()?.0);
    let row = sqlx::query!(
        "select filename, value_id, report_id from app.evidence
         where project_id = $1 and id = $2 and deleted_at is null and ($3::uuid is null or created_by = $3) for update",
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    text::called(typed, &row.filename).map_err(|fault| Error::field("confirm", fault))?;
    if is_in_use(&mut w, id, row.value_id, row.report_id).await? {
        return Err(Error::Rule("evidence_in_use"));
    }
    sqlx::query!("update app.evidence set deleted_at = now() where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::EvidenceRemoved { evidence: id, project }).await
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

/// Takes a file back out of the bin, to what it was evidence of; of a figure that was entered again, to that one.
///
/// # Errors
/// Not found; `bin_parent_gone` where the result that it is of is in the bin too, `bin_file_gone` where the store has it no more, busy where
/// the store does not answer; or the database's.
pub(crate) async fn take_back(w: &mut Writer, files: &Files, tenant: TenantId, project: ProjectId, id: EvidenceId) -> Result<()> {
    // the result that it is of does not go meanwhile
    framework::hold_shared(w.conn(), project).await?;
    let row = sqlx::query!(
        r#"select e.result_node_id is null or n.deleted_at is null as "is_there!", v.period_id as "period?: PeriodId"
           from app.evidence e
           left join app.result_node n on n.tenant_id = e.tenant_id and n.id = e.result_node_id
           left join app.indicator_value v on v.tenant_id = e.tenant_id and v.id = e.value_id
           where e.project_id = $1 and e.id = $2 and e.deleted_at is not null for update of e"#,
        project.0,
        id.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if !row.is_there {
        return Err(Error::Rule("bin_parent_gone"));
    }
    if !tokio::time::timeout(PATIENCE, files.has(tenant.0, id.0)).await.map_err(|_| Error::Busy)?? {
        return Err(Error::Rule("bin_file_gone"));
    }
    sqlx::query!("update app.evidence set deleted_at = null where id = $1", id.0).execute(w.conn()).await?;
    match row.period {
        Some(period) => follow(w.conn(), project, &[period]).await,
        None => Ok(()),
    }
}

/// Deletes a file that lies in the bin for good, before its time: people did not agree to be shown, or its room is needed. For who answers for
/// the figures; its name is typed. That it was there stays in the log; what it showed does not stay anywhere.
///
/// # Errors
/// Refusal, not found, another name (`confirm`), `evidence_in_use`, or the database's.
pub async fn delete(cx: &Cx, files: &Files, project: ProjectId, id: EvidenceId, typed: &str) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    if !rights(cx, project).rules {
        return Err(Error::NotFound);
    }
    let filename = sqlx::query_scalar!(
        "select filename from app.evidence where project_id = $1 and id = $2 and deleted_at is not null for update",
        project.0,
        id.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    text::called(typed, &filename).map_err(|fault| Error::field("confirm", fault))?;
    let done = sqlx::query_scalar!(r#"select gate.delete_evidence($1) as "done!""#, id.0).fetch_one(w.conn()).await?;
    if !done {
        return Err(Error::Rule("evidence_in_use"));
    }
    w.commit(Event::EvidenceDeleted { evidence: id, project }).await?;
    forget(files, cx.standing()?.tenant, id).await;
    Ok(())
}

/// Forgets the file of a row that is no more. Where the store fails, the clock finds it a week later, named by nothing.
pub(crate) async fn forget(files: &Files, tenant: TenantId, id: EvidenceId) {
    if let Err(error) = files.forget(tenant.0, id.0).await {
        tracing::error!(%error, %id, "a file that was deleted could not be forgotten");
    }
}
