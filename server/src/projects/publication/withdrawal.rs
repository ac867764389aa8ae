//! A published report is taken back: the record stays, and who comes to read it is told.

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ReportId, ReportWithdrawalId, SnapshotId};
use crate::kernel::text;

/// Takes back a published version, for good: links to it show no figure of it any more. A corrected version can follow.
///
/// # Errors
/// Refusal, a missing reason, not found, a version that was withdrawn already, or the database's.
pub async fn withdraw(cx: &Cx, project: ProjectId, snapshot: SnapshotId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::PublishReport(project)).await?;
    let reason = text::line(reason, 10, 500).map_err(|fault| Error::field("reason", fault))?;
    // the report's row first, as who publishes does
    let found = sqlx::query!(
        r#"select r.id as "report: ReportId", s.version from app.report_snapshot s
           join app.report r on r.tenant_id = s.tenant_id and r.id = s.report_id
           where s.project_id = $1 and s.id = $2 for update of r"#,
        project.0,
        snapshot.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    sqlx::query!(
        "insert into app.report_withdrawal (id, project_id, snapshot_id, reason) values ($1, $2, $3, $4)",
        ReportWithdrawalId::new().0,
        project.0,
        snapshot.0,
        reason
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, Error::Rule("already_withdrawn")))?;
    // a report is what its newest version is, unless it is written again already
    sqlx::query!(
        "update app.report set status = 'withdrawn'
         where id = $1 and status = 'published'
           and not exists (select from app.report_snapshot s where s.report_id = $1 and s.version > $2)",
        found.report.0,
        found.version
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportWithdrawn { snapshot, report: found.report, project, reason }).await
}
