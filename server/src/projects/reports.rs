//! Reports: written as drafts, published as immutable snapshots.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::dimensions;
use super::framework::nodes;
use super::indicators::references;
use super::publication::{Identity, hide, key_for_signing, remember_groups, restated, statement};
use super::snapshot::{Content, FORM, Item, Outside, columns_within};
use super::tracking::{By, Column, Line, break_down, lines, mark_restated, remember_published};
use crate::access::{Can, Cx, Writer};
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

/// Publishes a report for the first time.
///
/// # Errors
/// As [`publish_version`].
pub async fn publish(cx: &Cx, project: ProjectId, report: ReportId) -> Result<SnapshotId> {
    publish_version(cx, project, report, "").await
}

/// Publishes a report: its figures as they stand now, verified ones only, are frozen, hashed and signed. From the second version on it says
/// why there is another one; of the first nothing is asked.
///
/// # Errors
/// Refusal, a missing reason, not found, or the database's.
pub async fn publish_version(cx: &Cx, project: ProjectId, report: ReportId, reason: &str) -> Result<SnapshotId> {
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
    let seen = publications(r.conn(), project).await?;
    if let Some(column) = columns.last() {
        hide(&mut r, project, column, threshold.into(), &mut table).await?;
    }
    let outside = Outside { locale: Locale::parse(&draft.locale).unwrap_or(Locale::En) };
    drop(r);
    let content = Content {
        v: FORM.into(),
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
                Item::of(line, &columns, result, &outside)
            })
            .collect(),
        columns: columns.iter().map(|c| c.key.clone()).collect(),
        identity: None,
    };
    let told = Told { table: &table, columns: &columns, seen };
    keep(cx, project, report, content, reason, &told).await
}

/// What a report tells, and how many the project had published when that was judged.
struct Told<'a> {
    table: &'a [Line],
    columns: &'a [Column],
    seen: i64,
}

/// How many versions of reports a project has published.
async fn publications(conn: &mut PgConnection, project: ProjectId) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from app.report_snapshot where project_id = $1"#, project.0)
        .fetch_one(conn)
        .await?)
}

async fn keep(cx: &Cx, project: ProjectId, report: ReportId, mut content: Content, reason: &str, told: &Told<'_>) -> Result<SnapshotId> {
    let mut w = cx.write(Can::PublishReport(project)).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('publish:' || $1::text, 0))", project.to_string())
        .execute(w.conn())
        .await?;
    // what may be told was judged by what had been: two at a time would each not know of the other
    if publications(w.conn(), project).await? != told.seen {
        return Err(Error::Stale);
    }
    let (version, identity) = identify(&mut w, project, report, reason, &content).await?;
    content.identity = Some(identity);
    let key = key_for_signing(&mut w).await?;
    let bytes = content.bytes()?;
    let sum = sha256(&bytes);
    let id = SnapshotId::new();
    sqlx::query!(
        "insert into app.report_snapshot (id, project_id, report_id, version, content, sha256, signature, key_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        project.0,
        report.0,
        version,
        bytes,
        &sum[..],
        &key.sign(&statement(&sum))[..],
        key.public().id()
    )
    .execute(w.conn())
    .await?;
    remember_published(&mut w, project, id, told.table, told.columns).await?;
    if let Some(column) = told.columns.last() {
        remember_groups(&mut w, project, id, column, told.table).await?;
    }
    sqlx::query!("update app.report set status = 'published' where id = $1", report.0).execute(w.conn()).await?;
    w.commit(Event::ReportPublished { snapshot: id, report, project, sha256: hex(&sum) }).await?;
    Ok(id)
}

/// What names the version that is published now. The report's row is locked first: two publications get two versions.
async fn identify(w: &mut Writer, project: ProjectId, report: ReportId, reason: &str, content: &Content) -> Result<(i32, Identity)> {
    let organisation = w.cx().standing()?.slug.clone();
    // the moment at which this transaction began is the one that the row gets; a row that is waited for is another statement's
    let now =
        sqlx::query_scalar!(r#"select now() as "now!" from app.report where project_id = $1 and id = $2 for update"#, project.0, report.0)
            .fetch_optional(w.conn())
            .await?
            .ok_or(Error::NotFound)?;
    let before = sqlx::query!(
        "select version, content, sha256 from app.report_snapshot where project_id = $1 and report_id = $2 order by version desc limit 1",
        project.0,
        report.0
    )
    .fetch_optional(w.conn())
    .await?;
    let first = Identity {
        organisation,
        report: report.to_string(),
        version: "1".to_owned(),
        published_at: now.to_rfc3339_opts(SecondsFormat::Micros, true),
        supersedes: None,
        reason: None,
        restated: Vec::new(),
    };
    let Some(before) = before else { return Ok((1, first)) };
    let reason = text::line(reason, 10, 500).map_err(|fault| Error::field("reason", fault))?;
    let version = before.version + 1;
    let identity = Identity {
        version: version.to_string(),
        supersedes: Some(hex(&before.sha256)),
        reason: Some(reason),
        restated: restated(&Content::parse(&before.content)?, content),
        ..first
    };
    Ok((version, identity))
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
