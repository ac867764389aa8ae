//! From a draft to what can be published: handed over, given back, approved by somebody else, opened again.

use super::gather::gather;
use super::state::{Act, State, next};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ReportId, UserId};
use crate::kernel::text;
use crate::projects::periods;

/// How a report stands, its row held for the transaction.
pub(super) struct Held {
    pub state: State,
    pub row_version: i32,
    /// The hash of what could be read when it was approved.
    pub approved_sha256: Option<Vec<u8>>,
    /// Whether who approved it had handed it over.
    pub self_approved: bool,
    submitted_by: Option<UserId>,
}

/// Holds a report alone: its text and its state stay as they are meanwhile.
///
/// # Errors
/// Not found, or the database's.
pub(super) async fn hold(w: &mut Writer, project: ProjectId, report: ReportId) -> Result<Held> {
    let row = sqlx::query!(
        r#"select status, row_version, approved_sha256, self_approved, submitted_by as "submitted_by: UserId" from app.report
           where project_id = $1 and id = $2 and deleted_at is null for update"#,
        project.0,
        report.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let state = State::of(&row.status);
    Ok(Held {
        state,
        row_version: row.row_version,
        approved_sha256: row.approved_sha256,
        self_approved: row.self_approved,
        submitted_by: row.submitted_by,
    })
}

/// Holds a report whose text may be changed, beside others who change it.
///
/// # Errors
/// Not found, `report_closed`, or the database's.
pub(super) async fn hold_open(w: &mut Writer, project: ProjectId, report: ReportId) -> Result<()> {
    let status = sqlx::query_scalar!(
        "select status from app.report where project_id = $1 and id = $2 and deleted_at is null for share",
        project.0,
        report.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if State::of(&status).is_open() { Ok(()) } else { Err(Error::Rule("report_closed")) }
}

/// Holds a report for an act, and says where that brings it.
async fn step(w: &mut Writer, project: ProjectId, report: ReportId, act: Act, row_version: i32) -> Result<(Held, State)> {
    let held = hold(w, project, report).await?;
    if held.row_version != row_version {
        return Err(Error::Stale);
    }
    let to = next(held.state, act).map_err(Error::Rule)?;
    Ok((held, to))
}

/// Letters of all sections of a report at the most.
const MOST_LETTERS: usize = 200_000;
/// Lines and cells of tables of all sections at the most: each is set by itself on every page and every paper.
const MOST_PIECES: usize = 20_000;

/// Whether what was written is more than a report shows.
fn is_too_long(bodies: &[String]) -> bool {
    let letters: usize = bodies.iter().map(|body| body.chars().count()).sum();
    // what may become a line or a cell, whether it does or not
    let pieces: usize = bodies.iter().map(|body| body.bytes().filter(|byte| matches!(byte, b'\n' | b'|')).count() + 1).sum();
    letters > MOST_LETTERS || pieces > MOST_PIECES
}

/// Hands a report over to be read, once every section that it needs is ready.
///
/// # Errors
/// Refusal, not found, stale, `report_closed`, `report_not_ready`, `report_too_long`, or the database's.
pub async fn submit(cx: &Cx, project: ProjectId, report: ReportId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let (_, to) = step(&mut w, project, report, Act::Submit, row_version).await?;
    let is_ready = sqlx::query_scalar!(
        r#"select not exists(select from app.report_section
             where project_id = $1 and report_id = $2 and deleted_at is null and required and status <> 'ready') as "ready!""#,
        project.0,
        report.0
    )
    .fetch_one(w.conn())
    .await?;
    if !is_ready {
        return Err(Error::Rule("report_not_ready"));
    }
    let bodies = sqlx::query_scalar!(
        "select body from app.report_section where project_id = $1 and report_id = $2 and deleted_at is null",
        project.0,
        report.0
    )
    .fetch_all(w.conn())
    .await?;
    if is_too_long(&bodies) {
        return Err(Error::Rule("report_too_long"));
    }
    sqlx::query!(
        "update app.report set status = $2, submitted_by = $3, submitted_at = now(), approved_by = null, approved_at = null,
           approved_sha256 = null, self_approved = false, review_note = '' where id = $1",
        report.0,
        to.as_str(),
        cx.user()?.0
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSubmitted { report, project }).await
}

/// Gives a report back, with what is to be changed.
///
/// # Errors
/// Refusal, a missing note, not found, stale, `report_not_in_review`, or the database's.
pub async fn request_changes(cx: &Cx, project: ProjectId, report: ReportId, note: &str, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::ApproveReport(project)).await?;
    let note = text::prose(note, 2000).and_then(|note| if note.is_empty() { Err("required") } else { Ok(note) });
    let note = note.map_err(|fault| Error::field("changes", fault))?;
    let (_, to) = step(&mut w, project, report, Act::RequestChanges, row_version).await?;
    sqlx::query!("update app.report set status = $2, review_note = $3 where id = $1", report.0, to.as_str(), note)
        .execute(w.conn())
        .await?;
    w.commit(Event::ReportChangesRequested { report, project, note }).await
}

/// Says that a report can be published as it reads now: not who handed it over, unless the organisation allows that; then it is flagged.
///
/// # Errors
/// Refusal, not found, stale, `report_not_in_review`, `own_report`, or the database's.
pub async fn approve(cx: &Cx, project: ProjectId, report: ReportId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::ApproveReport(project)).await?;
    // verified figures stay as they are until it is written down what they were
    periods::hold_all(w.conn(), project).await?;
    let shown = gather(cx, w.reader(), project, report, None).await?.sha256()?;
    let (held, to) = step(&mut w, project, report, Act::Approve, row_version).await?;
    let me = cx.user()?;
    let is_own = held.submitted_by == Some(me);
    if is_own && !cx.standing()?.self_verify_allowed {
        return Err(Error::Rule("own_report"));
    }
    sqlx::query!(
        "update app.report set status = $2, approved_by = $3, approved_at = now(), self_approved = $4, approved_sha256 = $5,
           review_note = '' where id = $1",
        report.0,
        to.as_str(),
        me.0,
        is_own,
        &shown[..]
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportApproved { report, project, self_approved: is_own }).await
}

/// Opens a report again that was closed; what was published stays as it is, and the next publication is a new version.
///
/// # Errors
/// Refusal, a missing reason, not found, stale, `report_open`, or the database's.
pub async fn reopen(cx: &Cx, project: ProjectId, report: ReportId, reason: &str, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    let (_, to) = step(&mut w, project, report, Act::Reopen, row_version).await?;
    sqlx::query!(
        "update app.report set status = $2, submitted_by = null, submitted_at = null, approved_by = null, approved_at = null,
           approved_sha256 = null, self_approved = false, review_note = $3 where id = $1",
        report.0,
        to.as_str(),
        reason
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportReopened { report, project, reason }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_so_many_letters_and_so_many_pieces() {
        let bodies = |each: &str, times: usize, sections: usize| vec![each.repeat(times); sections];
        for (bodies, expected) in [
            (Vec::new(), false),
            (bodies("é", 20_000, 10), false),
            (bodies("é", 20_000, 11), true),
            (bodies("- a\n", 5_000, 3), false),
            (bodies("- a\n", 5_000, 4), true),
            (bodies("|a", 9_000, 3), true),
        ] {
            assert_eq!(is_too_long(&bodies), expected, "{} sections", bodies.len());
        }
    }
}
