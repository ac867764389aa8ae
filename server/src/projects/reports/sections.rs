//! The sections of a report: who writes which, what stands in it, and whether it is ready. A field officer writes what is assigned to them.

mod plan;
mod removal;

pub use plan::{PlanForm, add, plan};
pub use removal::remove;

pub(crate) use removal::take_back;

use uuid::Uuid;

use super::comments::{self, Comment};
use super::review::hold_open;
use super::{Report, report_of};
use crate::access::{Can, Cx, Permission, Reader, Scope, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{ProjectId, ReportId, ReportSectionId, UserId};
use crate::kernel::{markdown, text};
use crate::projects::members::who_may;
use crate::projects::snapshot::Block;

/// How far a section has come.
pub const STATES: [&str; 3] = ["to_do", "draft", "ready"];
/// Letters of a section at the most.
pub const MOST_LETTERS: usize = 20_000;

/// A section in the outline of its report.
#[derive(Clone, Debug)]
pub struct Outlined {
    /// Its id.
    pub id: ReportSectionId,
    /// Its heading.
    pub title: String,
    /// What it shows beside its words: one of [`Block::KINDS`].
    pub block: String,
    /// Whether the report needs it.
    pub required: bool,
    /// Who writes it.
    pub assignee: Option<String>,
    /// Whether that is who looks.
    pub mine: bool,
    /// One of [`STATES`].
    pub status: String,
    /// Comments that nobody has settled.
    pub comments: i64,
    /// The version that an edit must name.
    pub row_version: i32,
}

impl Outlined {
    /// Whether the report cannot be handed over because of it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.required && self.status != "ready"
    }
}

/// The sections of a report, in order.
pub(super) async fn outline(r: &mut Reader, project: ProjectId, report: ReportId, me: UserId) -> Result<Vec<Outlined>> {
    Ok(sqlx::query_as!(
        Outlined,
        r#"select s.id as "id: ReportSectionId", s.title, s.block, s.required, who.name as "assignee?", s.assigned_to is not distinct from $3 as "mine!",
             s.status, c.open as "comments!", s.row_version
           from app.report_section s
           cross join lateral (
             select count(*) as open from app.report_comment c
             where c.tenant_id = s.tenant_id and c.section_id = s.id and c.resolved_at is null
           ) c
           left join gate.people() who on who.id = s.assigned_to
           where s.project_id = $1 and s.report_id = $2 and s.deleted_at is null order by s.ord, s.id"#,
        project.0,
        report.0,
        me.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// A section, whole.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its id.
    pub id: ReportSectionId,
    /// Its heading.
    pub title: String,
    /// What is written, in the safe subset of Markdown.
    pub body: String,
    /// What it shows beside that: one of [`Block::KINDS`].
    pub block: String,
    /// What its writer is told.
    pub guidance: String,
    /// Whether the report needs it.
    pub required: bool,
    /// Who writes it.
    pub assigned_to: Option<UserId>,
    /// Their name.
    pub assignee: Option<String>,
    /// Whether that is who looks.
    pub mine: bool,
    /// One of [`STATES`].
    pub status: String,
    /// Who changed it last.
    pub by: Option<String>,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// A section with its report, its comments, and who can be given it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The report.
    pub report: Report,
    /// The section.
    pub section: Section,
    /// The comments, the oldest first.
    pub comments: Vec<Comment>,
    /// Who can be given it, by name; empty for who gives nobody any.
    pub people: Vec<(UserId, String)>,
}

/// Whose sections alone a permission reaches; none for everybody's.
pub(super) fn own(scope: &Scope) -> Option<Uuid> {
    match scope {
        Scope::Own(user) => Some(user.0),
        _ => None,
    }
}

/// One section, for who may comment on it.
///
/// # Errors
/// Refusal, not found (also of what somebody else writes, for who writes their own alone), or the database's.
pub async fn open(cx: &Cx, project: ProjectId, report: ReportId, id: ReportSectionId) -> Result<Opened> {
    let mut r = cx.read(Can::CommentReport(project)).await?;
    let (own, me) = (own(&r.scope), cx.user()?);
    let section = sqlx::query_as!(
        Section,
        r#"select s.id as "id!: ReportSectionId", s.title as "title!", s.body as "body!", s.block as "block!", s.guidance as "guidance!",
             s.required as "required!", s.assigned_to as "assigned_to?: UserId", who.name as "assignee?",
             s.assigned_to is not distinct from $5 as "mine!", s.status as "status!", last.name as "by?", s.row_version as "row_version!"
           from app.report_section s
           left join gate.people() who on who.id = s.assigned_to
           left join gate.people() last on last.id = s.updated_by
           where s.project_id = $1 and s.report_id = $2 and s.id = $3 and s.deleted_at is null and ($4::uuid is null or s.assigned_to = $4)"#,
        project.0,
        report.0,
        id.0,
        own,
        me.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let report = report_of(&mut r, project, report).await?;
    let comments = comments::of(&mut r, id).await?;
    let people =
        if cx.may(Can::WriteReport(project)) { who_may(r.conn(), project, Permission::ReportSectionWrite).await? } else { Vec::new() };
    Ok(Opened { report, section, comments, people })
}

/// What a section shows, of the words that there are.
pub(super) fn kind_of(typed: &str) -> Result<&'static str, Fault> {
    Block::KINDS.into_iter().find(|kind| *kind == typed).ok_or("not_a_choice")
}

/// A section as its writer typed it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextForm<'a> {
    /// What is written.
    pub body: &'a str,
    /// How far it has come.
    pub status: &'a str,
}

impl TextForm<'_> {
    fn parse(self) -> Result<(String, &'static str)> {
        let mut bad = Invalid::default();
        let body = bad.keep("body", text::prose(self.body, MOST_LETTERS).and_then(|body| markdown::check(&body).map(|()| body)));
        let status = bad.keep("status", STATES.into_iter().find(|state| *state == self.status).ok_or("not_a_choice"));
        match (body, status) {
            (Some(body), Some(status)) => Ok((body, status)),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Holds a section for a change; for who writes their own alone, one of theirs.
async fn hold(w: &mut Writer, project: ProjectId, report: ReportId, id: ReportSectionId, row_version: i32) -> Result<String> {
    let own = own(&w.scope);
    let row = sqlx::query!(
        "select row_version, block from app.report_section
         where project_id = $1 and report_id = $2 and id = $3 and deleted_at is null and ($4::uuid is null or assigned_to = $4) for update",
        project.0,
        report.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if row.row_version == row_version { Ok(row.block) } else { Err(Error::Stale) }
}

/// Writes a section.
///
/// # Errors
/// Refusal, refused fields (`required` for one that is ready and shows nothing), not found, `report_closed`, stale, or the database's.
pub async fn write(cx: &Cx, project: ProjectId, report: ReportId, id: ReportSectionId, form: TextForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteSection(project)).await?;
    let (body, status) = form.parse()?;
    hold_open(&mut w, project, report).await?;
    let block = hold(&mut w, project, report, id, row_version).await?;
    if status == "ready" && body.is_empty() && block == "none" {
        return Err(Error::field("body", "required"));
    }
    sqlx::query!("update app.report_section set body = $2, status = $3 where id = $1", id.0, body, status).execute(w.conn()).await?;
    w.commit(Event::ReportSectionWritten { section: id, project, status }).await
}

/// Changes places with the section before, or after. At the end of the row nothing is done.
///
/// # Errors
/// Refusal, not found, `report_closed`, or the database's.
pub async fn shift(cx: &Cx, project: ProjectId, report: ReportId, id: ReportSectionId, up: bool) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    hold_open(&mut w, project, report).await?;
    let rows = sqlx::query!(
        r#"select id as "id: ReportSectionId", ord from app.report_section
           where project_id = $1 and report_id = $2 and deleted_at is null order by ord, id for update"#,
        project.0,
        report.0
    )
    .fetch_all(w.conn())
    .await?;
    let at = rows.iter().position(|row| row.id == id).ok_or(Error::NotFound)?;
    let beside = if up { at.checked_sub(1) } else { Some(at + 1) };
    let Some(other) = beside.and_then(|beside| rows.get(beside)) else { return Ok(()) };
    sqlx::query!(
        "update app.report_section s set ord = t.ord from unnest($1::uuid[], $2::int[]) as t(id, ord) where s.report_id = $3 and s.id = t.id",
        &[id.0, other.id.0][..],
        &[other.ord, rows[at].ord][..],
        report.0
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSectionMoved { section: id, project }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_fits_and_is_of_a_known_state() {
        // body, status, the field that is refused
        let long = "x".repeat(MOST_LETTERS + 1);
        let wide = format!("{}\n{}", "|a".repeat(40), "|-".repeat(40));
        for (body, status, refused) in [
            ("", "to_do", None),
            ("# A", "ready", None),
            ("a", "done", Some(("status", "not_a_choice"))),
            (long.as_str(), "draft", Some(("body", "too_long"))),
            ("a\u{202e}b", "draft", Some(("body", "control_characters"))),
            (wide.as_str(), "draft", Some(("body", "table_too_large"))),
        ] {
            let found = match (TextForm { body, status }).parse() {
                Err(Error::Invalid(bad)) => bad.0.into_iter().next(),
                _ => None,
            };
            assert_eq!(found, refused.map(|(field, fault)| (field.to_owned(), fault)), "{status}");
        }
    }

    #[test]
    fn what_a_section_shows_is_of_the_list() {
        assert_eq!(kind_of("tracking"), Ok("tracking"));
        for typed in ["", "Tracking", "feedback"] {
            assert_eq!(kind_of(typed), Err("not_a_choice"), "{typed}");
        }
    }
}
