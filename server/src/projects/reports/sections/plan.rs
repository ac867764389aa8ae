//! Which sections a report has: added and changed by whoever plans it.

use super::{hold, kind_of};
use crate::access::{Can, Cx, Permission, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProjectId, ReportId, ReportSectionId, UserId};
use crate::kernel::text;
use crate::projects::members::who_may;
use crate::projects::reports::review::hold_open;
use crate::projects::reports::templates::MOST_SECTIONS;

/// A section as whoever plans the report typed it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanForm<'a> {
    /// Its heading.
    pub title: &'a str,
    /// What it shows.
    pub block: &'a str,
    /// The account of who writes it; empty for nobody in particular.
    pub assigned_to: &'a str,
    /// What its writer is told.
    pub guidance: &'a str,
    /// Whether the report needs it.
    pub required: bool,
}

struct Planned {
    title: String,
    block: &'static str,
    assigned_to: Option<UserId>,
    guidance: String,
}

impl PlanForm<'_> {
    fn parse(self) -> Result<Planned> {
        let mut bad = Invalid::default();
        let title = bad.keep("title", text::line(self.title, 1, 200));
        let block = bad.keep("block", kind_of(self.block));
        let assigned_to = bad.keep(
            "assigned_to",
            match self.assigned_to.trim() {
                "" => Ok(None),
                id => id.parse().map(Some).map_err(|_| "not_a_choice"),
            },
        );
        let guidance = bad.keep("guidance", text::prose(self.guidance, 500));
        match (title, block, assigned_to, guidance) {
            (Some(title), Some(block), Some(assigned_to), Some(guidance)) => Ok(Planned { title, block, assigned_to, guidance }),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// That somebody can be given a section. Whoever has it keeps it, though they left the project.
async fn expect_writer(w: &mut Writer, project: ProjectId, id: Option<ReportSectionId>, writer: Option<UserId>) -> Result<()> {
    let Some(writer) = writer else { return Ok(()) };
    let has_it = sqlx::query_scalar!(
        r#"select exists(select from app.report_section where id = $1 and assigned_to = $2) as "has!""#,
        id.map(|id| id.0),
        writer.0
    )
    .fetch_one(w.conn())
    .await?;
    let people = who_may(w.conn(), project, Permission::ReportSectionWrite).await?;
    let is_known = has_it || people.iter().any(|(person, _)| *person == writer);
    if is_known { Ok(()) } else { Err(Error::field("assigned_to", "not_a_choice")) }
}

/// The place behind the sections that a report has.
///
/// # Errors
/// `report_full`, or the database's.
pub(super) async fn next_place(w: &mut Writer, report: ReportId) -> Result<i32> {
    let there = sqlx::query!(
        r#"select count(*) as "count!", coalesce(max(ord), 0) as "last!" from app.report_section where report_id = $1 and deleted_at is null"#,
        report.0
    )
    .fetch_one(w.conn())
    .await?;
    let is_full = usize::try_from(there.count).is_ok_and(|count| count >= MOST_SECTIONS);
    if is_full { Err(Error::Rule("report_full")) } else { Ok(there.last.saturating_add(1)) }
}

/// Adds a section after the others.
///
/// # Errors
/// Refusal, refused fields, not found, `report_closed`, `report_full`, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, report: ReportId, form: PlanForm<'_>) -> Result<ReportSectionId> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    hold_open(&mut w, project, report).await?;
    expect_writer(&mut w, project, None, new.assigned_to).await?;
    let ord = next_place(&mut w, report).await?;
    let id = ReportSectionId::new();
    // a key of its own for good: what was published with one is found again by it
    let key = format!("section-{}", id.0.simple().to_string().chars().rev().take(12).collect::<String>());
    sqlx::query!(
        "insert into app.report_section (id, project_id, report_id, ord, key, title, block, guidance, required, assigned_to)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        project.0,
        report.0,
        ord,
        key,
        new.title,
        new.block,
        new.guidance,
        form.required,
        new.assigned_to.map(|user| user.0)
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSectionAdded { section: id, project }).await?;
    Ok(id)
}

/// Changes what a section is called, what it shows, who writes it and whether it is needed.
///
/// # Errors
/// Refusal, refused fields, not found, `report_closed`, stale, or the database's.
pub async fn plan(cx: &Cx, project: ProjectId, report: ReportId, id: ReportSectionId, form: PlanForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    hold_open(&mut w, project, report).await?;
    hold(&mut w, project, report, id, row_version).await?;
    expect_writer(&mut w, project, Some(id), new.assigned_to).await?;
    sqlx::query!(
        "update app.report_section set title = $2, block = $3, guidance = $4, required = $5, assigned_to = $6 where id = $1",
        id.0,
        new.title,
        new.block,
        new.guidance,
        form.required,
        new.assigned_to.map(|user| user.0)
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSectionPlanned { section: id, project }).await
}
