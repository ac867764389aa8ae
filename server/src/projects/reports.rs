//! Reports: written as drafts, published as immutable snapshots.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::dimensions;
use super::framework::nodes;
use super::indicators::references;
use super::snapshot::{Content, Item, Outside, columns_within};
use super::tracking::{By, Column, Line, break_down, lines, mark_restated, remember_published};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProjectId, ReportId, SnapshotId};
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
    /// What is written.
    pub narrative: String,
    /// The language it is written in.
    pub locale: String,
    /// `draft`, `published`, …
    pub status: String,
    /// The version that an edit must name.
    pub row_version: i32,
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
}

/// A report as typed. The span is a column of the tracking table: a quarter or a year.
#[derive(Clone, Debug, Default)]
pub struct ReportForm {
    /// Title.
    pub title: String,
    /// `2024-Q1` or `2024`.
    pub span: String,
    /// Narrative.
    pub narrative: String,
    /// `en` or `sw`.
    pub locale: String,
}

struct New {
    title: String,
    span: Column,
    narrative: String,
    locale: Locale,
}

impl ReportForm {
    fn parse(&self) -> Result<New> {
        let mut bad = Invalid::default();
        let title = bad.keep("title", text::line(&self.title, 1, 200));
        let span = bad.keep("span", Column::parse(self.span.trim()).ok_or("not_a_choice"));
        let narrative = bad.keep("narrative", text::prose(&self.narrative, 20_000));
        let locale = bad.keep("locale", Locale::parse(&self.locale).ok_or("not_a_choice"));
        match (title, span, narrative, locale) {
            (Some(title), Some(span), Some(narrative), Some(locale)) => Ok(New { title, span, narrative, locale }),
            _ => Err(Error::Invalid(bad)),
        }
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
        r#"select id as "id: ReportId", title, period_from, period_to, narrative, locale, status, row_version from app.report
           where project_id = $1 and deleted_at is null order by created_at desc limit 100"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// A report with its publications, newest first.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn find(cx: &Cx, project: ProjectId, report: ReportId) -> Result<(Report, Vec<Published>)> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let found = sqlx::query_as!(
        Report,
        r#"select id as "id: ReportId", title, period_from, period_to, narrative, locale, status, row_version from app.report
           where project_id = $1 and id = $2 and deleted_at is null"#,
        project.0,
        report.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let published = sqlx::query_as!(
        Published,
        r#"select s.id as "id: SnapshotId", s.version, s.sha256, s.published_at,
             (select p.name from gate.people() p where p.id = s.published_by) as "by?"
           from app.report_snapshot s where s.report_id = $1 order by s.version desc"#,
        report.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok((found, published))
}

/// Starts a report.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn create(cx: &Cx, project: ProjectId, form: &ReportForm) -> Result<ReportId> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    let id = ReportId::new();
    sqlx::query!(
        "insert into app.report (id, project_id, period_from, period_to, frequency, title, narrative, locale)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        project.0,
        new.span.start,
        new.span.end,
        if new.span.key.contains('Q') { "quarterly" } else { "annual" },
        new.title,
        new.narrative,
        new.locale.as_str()
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ReportSaved { report: id, project }).await?;
    Ok(id)
}

/// Changes title, narrative and language of a report.
///
/// # Errors
/// Refusal, refused fields, [`Error::Stale`] where somebody changed it since `row_version`, or the database's.
pub async fn update(cx: &Cx, project: ProjectId, report: ReportId, form: &ReportForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteReport(project)).await?;
    let new = form.parse()?;
    let done = sqlx::query!(
        "update app.report set title = $3, narrative = $4, locale = $5, period_from = $6, period_to = $7
         where project_id = $1 and id = $2 and row_version = $8 and deleted_at is null",
        project.0,
        report.0,
        new.title,
        new.narrative,
        new.locale.as_str(),
        new.span.start,
        new.span.end,
        row_version
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::Stale);
    }
    w.commit(Event::ReportSaved { report, project }).await
}

/// Publishes a report: its figures as they stand now, verified ones only, are frozen and hashed.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn publish(cx: &Cx, project: ProjectId, report: ReportId) -> Result<SnapshotId> {
    let organisation = cx.standing()?.tenant_name.clone();
    let mut r = cx.read(Can::PublishReport(project)).await?;
    let draft = sqlx::query!(
        r#"select r.title, r.period_from, r.period_to, r.narrative, r.locale, p.title as project, p.code, p.generated_data
           from app.report r join app.project p on p.tenant_id = r.tenant_id and p.id = r.project_id
           where r.project_id = $1 and r.id = $2 and r.deleted_at is null"#,
        project.0,
        report.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let columns = columns_within(draft.period_from, draft.period_to, draft.period_from.year());
    let tree = nodes(r.conn(), project).await?;
    let mut table = lines(&mut r, project, draft.period_from.year(), None).await?;
    let shown: HashMap<_, _> = references(r.conn(), project, None).await?;
    table.retain(|line| shown.get(&line.indicator.id).is_some_and(|reference| reference.is_public));
    mark_restated(&mut r, project, draft.period_from.year(), &mut table).await?;
    let known = dimensions::all(r.conn()).await?;
    break_down(&mut r, project, draft.period_from.year(), None, &By::All, &known, &mut table).await?;
    let threshold =
        sqlx::query_scalar!("select small_cell_threshold from app.tenant where id = (select app.tenant())").fetch_one(r.conn()).await?;
    let outside = Outside { threshold: threshold.into(), locale: Locale::parse(&draft.locale).unwrap_or(Locale::En) };
    drop(r);
    let content = Content {
        v: "1".into(),
        organisation,
        project: draft.project,
        project_code: draft.code,
        title: draft.title,
        locale: draft.locale,
        from: draft.period_from.to_string(),
        to: draft.period_to.to_string(),
        narrative: draft.narrative,
        generated_data: draft.generated_data,
        indicators: table
            .iter()
            .map(|line| {
                let result = tree.iter().find(|n| Some(n.id) == line.indicator.node).map(|n| (n.number.clone(), n.title.clone()));
                let is_key = shown.get(&line.indicator.id).is_some_and(|reference| reference.is_key);
                Item::of(line, &columns, result, &outside).marked(is_key)
            })
            .collect(),
        columns: columns.iter().map(|c| c.key.clone()).collect(),
        sections: Vec::new(),
    };
    keep(cx, project, report, &content, &table, &columns).await
}

async fn keep(cx: &Cx, project: ProjectId, report: ReportId, content: &Content, table: &[Line], columns: &[Column]) -> Result<SnapshotId> {
    let bytes = content.bytes()?;
    let sum = sha256(&bytes);
    let mut w = cx.write(Can::PublishReport(project)).await?;
    // the report's row is locked first: two publications get two versions
    let version = sqlx::query_scalar!(
        r#"with held as (select tenant_id, id from app.report where project_id = $1 and id = $2 for update)
           select coalesce(max(s.version), 0) + 1 as "version!"
           from held left join app.report_snapshot s on s.tenant_id = held.tenant_id and s.report_id = held.id"#,
        project.0,
        report.0
    )
    .fetch_one(w.conn())
    .await?;
    let id = SnapshotId::new();
    sqlx::query!(
        "insert into app.report_snapshot (id, project_id, report_id, version, content, sha256) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        project.0,
        report.0,
        version,
        bytes,
        &sum[..]
    )
    .execute(w.conn())
    .await?;
    remember_published(&mut w, project, id, table, columns).await?;
    sqlx::query!("update app.report set status = 'published' where id = $1", report.0).execute(w.conn()).await?;
    w.commit(Event::ReportPublished { snapshot: id, report, project, sha256: hex(&sum) }).await?;
    Ok(id)
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
