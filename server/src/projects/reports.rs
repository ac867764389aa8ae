//! Reports: built of sections, read by somebody else, published as immutable snapshots.

mod blocks;
pub mod comments;
mod gather;
mod map;
pub mod needs;
mod publish;
pub mod review;
pub mod sections;
pub mod state;
pub mod templates;

pub use self::publish::publish;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use self::gather::gather;
use self::sections::Outlined;
use self::state::State;
use self::templates::Part;
use super::snapshot::Content;
use super::tracking::Column;
use crate::access::{Can, Cx, Reader, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProjectId, ReportId, ReportSectionId, SnapshotId};
use crate::kernel::text::{self, Locale};

/// A report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Its title.
    pub title: String,
    /// First day reported on.
    pub period_from: NaiveDate,
    /// Last day reported on.
    pub period_to: NaiveDate,
    /// The language it is written in.
    pub locale: String,
    /// Where it stands: the text of a [`State`].
    pub status: String,
    /// The version that an edit must name.
    pub row_version: i32,
}

impl Report {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        State::of(&self.status)
    }
}

/// Who handed a report over, who read it, and what they said.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Who handed it over.
    pub submitted_by: Option<String>,
    /// When.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Whether that is who looks: then somebody else approves it.
    pub is_own: bool,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<DateTime<Utc>>,
    /// Whether that is who had handed it over.
    pub self_approved: bool,
    /// What is to be changed, or why it was opened again.
    pub note: String,
}

/// A report with everything around it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The report.
    pub report: Report,
    /// Who read it.
    pub reviewed: Reviewed,
    /// Its sections, in order.
    pub outline: Vec<Outlined>,
    /// Its publications, newest first.
    pub published: Vec<Published>,
}

/// A published snapshot, without its content.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its id.
    pub id: SnapshotId,
    /// 1 for the first publication.
    pub version: i32,
    /// SHA-256 of its content.
    pub sha256: Vec<u8>,
    /// When.
    pub published_at: DateTime<Utc>,
    /// By whom.
    pub by: Option<String>,
    /// The fingerprint of the key that signed it; none of before signing began.
    pub key_id: Option<String>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// By whom.
    pub withdrawn_by: Option<String>,
    /// Why.
    pub withdrawn_because: Option<String>,
}

/// A report as typed. The span is a column of the tracking table: a quarter or a year.
#[derive(Clone, Debug, Default)]
pub struct ReportForm {
    /// Title.
    pub title: String,
    /// `2024-Q1` or `2024`.
    pub span: String,
    /// `en` or `sw`.
    pub locale: String,
    /// What it begins from: the id of a template, the key of one that comes with Kipimo, or nothing for one section.
    pub template: String,
}

struct New {
    title: String,
    span: Column,
    locale: Locale,
}

impl ReportForm {
    fn parse(&self) -> Result<New> {
        let mut bad = Invalid::default();
        let title = bad.keep("title", text::line(&self.title, 1, 200));
        let span = bad.keep("span", Column::parse(self.span.trim()).ok_or("not_a_choice"));
        let locale = bad.keep("locale", Locale::parse(&self.locale).ok_or("not_a_choice"));
        match (title, span, locale) {
            (Some(title), Some(span), Some(locale)) => Ok(New { title, span, locale }),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

impl New {
    fn frequency(&self) -> &'static str {
        if self.span.key.contains('Q') { "quarterly" } else { "annual" }
    }
}

/// The reports of a project, newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Report>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    Ok(sqlx::query_as!(
        Report,
        r#"select id as "id: ReportId", title, period_from, period_to, locale, status, row_version from app.report
           where project_id = $1 and deleted_at is null order by created_at desc limit 100"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// One report.
async fn report_of(r: &mut Reader, project: ProjectId, report: ReportId) -> Result<Report> {
    sqlx::query_as!(
        Report,
        r#"select id as "id: ReportId", title, period_from, period_to, locale, status, row_version from app.report
           where project_id = $1 and id = $2 and deleted_at is null"#,
        project.0,
        report.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

/// A report with its sections and its publications.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn find(cx: &Cx, project: ProjectId, report: ReportId) -> Result<Whole> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let me = cx.user()?;
    let found = report_of(&mut r, project, report).await?;
    let reviewed = sqlx::query_as!(
        Reviewed,
        r#"select sender.name as "submitted_by?", p.submitted_at, coalesce(p.submitted_by = $3, false) as "is_own!", approver.name as "approved_by?",
             p.approved_at, p.self_approved as "self_approved!", p.review_note as "note!"
           from app.report p
           left join gate.people() sender on sender.id = p.submitted_by
           left join gate.people() approver on approver.id = p.approved_by
           where p.project_id = $1 and p.id = $2"#,
        project.0,
        report.0,
        me.0
    )
    .fetch_one(r.conn())
    .await?;
    let outline = sections::outline(&mut r, project, report, me).await?;
    let published = sqlx::query_as!(
        Published,
        r#"select s.id as "id: SnapshotId", s.version, s.sha256, s.published_at,
             (select p.name from gate.people() p where p.id = s.published_by) as "by?", s.key_id,
             w.withdrawn_at as "withdrawn_at?", (select p.name from gate.people() p where p.id = w.withdrawn_by) as "withdrawn_by?",
             w.reason as "withdrawn_because?"
           from app.report_snapshot s
           left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
           where s.report_id = $1 order by s.version desc"#,
        report.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok(Whole { report: found, reviewed, outline, published })
}

/// Starts a report with the sections of its template.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn create(cx: &Cx, project: ProjectId, form: &ReportForm) -> Result<ReportId> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    let parts = templates::parts_of(&mut w, &form.template, new.locale).await?;
    let id = ReportId::new();
    sqlx::query!(
        "insert into app.report (id, project_id, period_from, period_to, frequency, title, locale) values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        project.0,
        new.span.start,
        new.span.end,
        new.frequency(),
        new.title,
        new.locale.as_str()
    )
    .execute(w.conn())
    .await?;
    begin(&mut w, project, id, &parts).await?;
    w.commit(Event::ReportSaved { report: id, project }).await?;
    Ok(id)
}

/// Writes down the sections that a report begins with.
async fn begin(w: &mut Writer, project: ProjectId, report: ReportId, parts: &[Part]) -> Result<()> {
    let each = |text: fn(&Part) -> &str| parts.iter().map(|part| text(part).to_owned()).collect::<Vec<String>>();
    let ids: Vec<Uuid> = parts.iter().map(|_| ReportSectionId::new().0).collect();
    sqlx::query!(
        "insert into app.report_section (id, project_id, report_id, ord, key, title, block, guidance, required)
         select t.id, $1, $2, t.ord::int, t.key, t.title, t.block, t.guidance, t.required
         from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
           with ordinality as t(id, key, title, block, guidance, required, ord)",
        project.0,
        report.0,
        &ids,
        &each(|part| part.key.as_str()),
        &each(|part| part.title.as_str()),
        &each(|part| part.block.as_str()),
        &each(|part| part.guidance.as_str()),
        &parts.iter().map(|part| part.required).collect::<Vec<bool>>()
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// Changes title, span and language of a report.
///
/// # Errors
/// Refusal, refused fields, not found, `report_closed`, [`Error::Stale`] where somebody changed it since `row_version`, or the database's.
pub async fn update(cx: &Cx, project: ProjectId, report: ReportId, form: &ReportForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    let held = review::hold(&mut w, project, report).await?;
    if !held.state.is_open() {
        return Err(Error::Rule("report_closed"));
    }
    if held.row_version != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!(
        "update app.report set title = $2, locale = $3, period_from = $4, period_to = $5, frequency = $6 where id = $1",
        report.0,
        new.title,
        new.locale.as_str(),
        new.span.start,
        new.span.end,
        new.frequency()
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSaved { report, project }).await
}

/// A report as it would be published now, or one section of it, for who may comment on it. Whoever writes their own sections alone sees of
/// those what is written.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn preview(cx: &Cx, project: ProjectId, report: ReportId, only: Option<ReportSectionId>) -> Result<Content> {
    let mut r = cx.read(Can::CommentReport(project)).await?;
    Ok(gather(cx, &mut r, project, report, only).await?.content)
}

/// A published snapshot, as the organisation's own people read it.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn read_snapshot(cx: &Cx, project: ProjectId, snapshot: Uuid) -> Result<(Content, Vec<u8>)> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    // it holds totals of all places: who keeps to some of them sees none
    if r.scope.locations().is_some() {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query!("select content, sha256 from app.report_snapshot where project_id = $1 and id = $2", project.0, snapshot)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok((Content::parse(&row.content)?, row.sha256))
}

/// What became of a published version.
#[derive(Clone, Debug)]
pub struct Stands {
    /// Which version it is.
    pub version: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// When and why it was withdrawn, if it was.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    /// The newest version, if it is another one, and since when.
    pub newer: Option<(i32, DateTime<Utc>)>,
}

/// What became of a published version, for the organisation's own people.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn stands(cx: &Cx, project: ProjectId, snapshot: Uuid) -> Result<Stands> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    let row = sqlx::query!(
        r#"select s.version, s.published_at, w.withdrawn_at as "withdrawn_at?", w.reason as "reason?", n.version as "newer_version?",
             n.published_at as "newer_at?"
           from app.report_snapshot s
           left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
           left join lateral (
             select v.version, v.published_at from app.report_snapshot v
             where v.tenant_id = s.tenant_id and v.report_id = s.report_id and v.version > s.version
             order by v.version desc limit 1
           ) n on true
           where s.project_id = $1 and s.id = $2"#,
        project.0,
        snapshot
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Stands {
        version: row.version,
        published_at: row.published_at,
        withdrawn: row.withdrawn_at.zip(row.reason),
        newer: row.newer_version.zip(row.newer_at),
    })
}
