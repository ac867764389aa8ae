//! The decision on a checked import: it is applied at once, or by a background job where it is large. The same work either way.

use super::apply as writing;
use super::jobs::{open, plan, stand, status_of};
use super::mapping::Mapping;
use super::plan::Plan;
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::jobs::{self, Kind, New, Pulse};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, JobId, ProjectId};

/// An import of more values than this is applied by a background job: it takes longer than a page waits.
pub const MOST_AT_ONCE: i32 = 5_000;

/// What came of the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// So many values were written.
    Applied(usize),
    /// A background job will write them.
    Queued(JobId),
}

/// Decides that a checked import is applied: all of it, or its valid rows if that was asked for.
///
/// # Errors
/// As [`apply`]; `job_waits`, where a job is about to apply it.
pub async fn decide(cx: &Cx, project: ProjectId, import: ImportId, valid_rows: bool) -> Result<Decided> {
    let mut w = cx.write(Can::RunImport(project)).await?;
    let checked = sqlx::query!(
        "select values_total, errors from app.import_job where project_id = $1 and id = $2 and kind = 'values'
           and status in ('ready', 'has_errors') and content is not null",
        project.0,
        import.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::Rule("import_not_ready"))?;
    if checked.values_total <= MOST_AT_ONCE {
        drop(w);
        return apply(cx, project, import, valid_rows).await.map(Decided::Applied);
    }
    if checked.errors > 0 && !valid_rows {
        return Err(Error::Rule("import_has_errors"));
    }
    let new = New { project, kind: Kind::Import, subject: import.0, params: serde_json::json!({ "valid_rows": valid_rows }) };
    let job = jobs::ask(&mut w, &new).await?;
    w.commit(Event::JobAsked { job, project, kind: Kind::Import.as_str() }).await?;
    Ok(Decided::Queued(job))
}

/// Applies a checked import: all of it, or its valid rows if that was asked for.
///
/// # Errors
/// Refusal; `import_has_errors` where not all rows are valid and that was not asked for; `import_not_ready`; busy;
/// or the database's. Then nothing was written.
pub async fn apply(cx: &Cx, project: ProjectId, import: ImportId, valid_rows: bool) -> Result<usize> {
    write(cx, project, import, valid_rows, None).await
}

/// The same as the work of a background job, which ends with it.
///
/// # Errors
/// As [`apply`]; `job_cancelled` or `job_lost`. Then nothing was written.
pub(crate) async fn apply_in_job(cx: &Cx, project: ProjectId, import: ImportId, valid_rows: bool, pulse: &Pulse) -> Result<usize> {
    write(cx, project, import, valid_rows, Some(pulse)).await
}

async fn write(cx: &Cx, project: ProjectId, import: ImportId, valid_rows: bool, pulse: Option<&Pulse>) -> Result<usize> {
    let (turn, mut w) = open(cx, project).await?;
    if pulse.is_some() {
        w.allow_long_waits().await?;
    }
    // planned again under the lock: what was free at the dry run may be taken by now. As in an undo the periods are held before the row
    let catalogue = stand(&mut w, project).await?;
    let job = sqlx::query!(
        "select content, mapping from app.import_job where project_id = $1 and id = $2 and kind = 'values'
           and status in ('ready', 'has_errors') for update",
        project.0,
        import.0
    )
    .fetch_optional(w.conn())
    .await?;
    let content = job.as_ref().and_then(|job| job.content.clone());
    let (Some(job), Some(content)) = (job, content) else { return Err(Error::Rule("import_not_ready")) };
    let mapping: Mapping = serde_json::from_value(job.mapping).map_err(|error| Error::Internal(format!("mapping: {error}")))?;
    let plan = plan(turn, content.into(), mapping, catalogue).await?;
    let values = write_plan(&mut w, project, import, &plan, valid_rows, pulse).await?;
    sqlx::query!(
        "update app.import_job set status = 'applied', applied_at = now(), values_total = $2,
           -- a file of which rows are left to be mended stays until the clock forgets it, a day after it was checked
           content = case when errors > 0 then content end
         where id = $1",
        import.0,
        i32::try_from(values).unwrap_or(i32::MAX)
    )
    .execute(w.conn())
    .await?;
    if let Some(pulse) = pulse {
        pulse.finish(&mut w, values).await?;
    }
    w.commit(Event::ImportApplied { import, project, values }).await?;
    Ok(values)
}

async fn write_plan(
    w: &mut Writer,
    project: ProjectId,
    import: ImportId,
    plan: &Plan,
    valid_rows: bool,
    pulse: Option<&Pulse>,
) -> Result<usize> {
    if status_of(plan) == "failed" || (plan.errors > 0 && !valid_rows) {
        return Err(Error::Rule("import_has_errors"));
    }
    if plan.values.is_empty() {
        return Err(Error::Rule("import_empty"));
    }
    writing::write(w, project, import, plan, pulse).await
}
