//! Taking a section out of its report, into the bin, and back out of it.

use super::hold;
use super::plan::next_place;
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ReportId, ReportSectionId};
use crate::kernel::text;
use crate::projects::reports::review::hold_open;

/// Puts a section into the bin, with what is written in it. Its heading is typed, so that it is this one.
///
/// # Errors
/// Refusal, not found, `report_closed`, stale, another heading (`confirm`), or the database's.
pub async fn remove(cx: &Cx, project: ProjectId, report: ReportId, id: ReportSectionId, row_version: i32, typed: &str) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    hold_open(&mut w, project, report).await?;
    hold(&mut w, project, report, id, row_version).await?;
    let title = sqlx::query_scalar!("select title from app.report_section where id = $1", id.0).fetch_one(w.conn()).await?;
    text::called(typed, &title).map_err(|fault| Error::field("confirm", fault))?;
    sqlx::query!("update app.report_section set deleted_at = now() where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::ReportSectionRemoved { section: id, project }).await
}

/// Takes a section back out of the bin, behind the others of its report.
///
/// # Errors
/// Not found, `report_closed`, `report_full`, `bin_code_taken` where another section has its key, or the database's.
pub(crate) async fn take_back(w: &mut Writer, project: ProjectId, id: ReportSectionId) -> Result<()> {
    let report = sqlx::query_scalar!(
        r#"select report_id as "report: ReportId" from app.report_section where project_id = $1 and id = $2 and deleted_at is not null"#,
        project.0,
        id.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    hold_open(w, project, report).await?;
    let ord = next_place(w, report).await?;
    let done =
        sqlx::query!("update app.report_section set deleted_at = null, ord = $2 where id = $1 and deleted_at is not null", id.0, ord)
            .execute(w.conn())
            .await
            .map_err(|error| Error::on_duplicate(error, Error::Rule("bin_code_taken")))?;
    if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
