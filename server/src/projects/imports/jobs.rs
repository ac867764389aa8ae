//! An import as people see it: checked, then applied, perhaps undone.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::issue::Issue;
use super::kept::{expect_room, stays};
use super::mapping::Mapping;
use super::plan::{Catalogue, Creates, Plan, plan_import};
use super::suggest::suggest_mapping;
use super::table::preview;
use super::{MAX_FILE, apply as writing};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{EventId, ImportId, IndicatorId, JobId, PeriodId, ProjectId};
use crate::kernel::threads::{self, Turn};
use crate::projects::{indicators, rollup};

/// An import.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: ImportId,
    /// The file's name.
    pub filename: String,
    /// `ready`, `has_errors`, `failed`, `applied` or `undone`.
    pub status: String,
    /// Rows of the file.
    pub rows_total: i32,
    /// Rows without an error.
    pub rows_valid: i32,
    /// Values of valid rows.
    pub values_total: i32,
    /// Errors.
    pub errors: i32,
    /// Warnings.
    pub warnings: i32,
    /// What it makes beside values.
    pub creates: Json<Creates>,
    /// Who checked it.
    pub by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Whether the file itself is still kept.
    pub kept: bool,
    /// The background job that applies it, while there is one.
    pub job: Option<JobId>,
}

/// A problem of an import.
#[derive(Clone, Debug)]
pub struct JobIssue {
    /// The line of the file.
    pub row_number: i32,
    /// The column.
    pub column_name: Option<String>,
    /// `critical`, `error` or `warning`.
    pub severity: String,
    /// Its code.
    pub code: String,
    /// What stands there.
    pub value: String,
    /// The other row, for a duplicate.
    pub other_row: Option<i32>,
}

/// What an import came to, for programs.
#[derive(Debug)]
pub struct Outcome {
    /// Rows of the file.
    pub rows: u32,
    /// Values of valid rows, or written.
    pub values: usize,
    /// The problems, at most 1,000.
    pub issues: Vec<Issue>,
    /// Whether anything was written.
    pub applied: bool,
    /// The import; none for a dry run.
    pub import: Option<ImportId>,
}

/// That a person may import, and a file is no larger than one may be.
async fn expect(cx: &Cx, project: ProjectId, bytes: &[u8]) -> Result<()> {
    cx.admit(Can::RunImport(project)).await?;
    if bytes.len() > MAX_FILE { Err(Error::TooLarge) } else { Ok(()) }
}

/// A turn, waited for by who may import and with nothing held, and the door.
pub(super) async fn open(cx: &Cx, project: ProjectId) -> Result<(Turn, Writer)> {
    cx.admit(Can::RunImport(project)).await?;
    let turn = turn().await?;
    let mut w = cx.write(Can::RunImport(project)).await?;
    w.allow_long_work().await?;
    Ok((turn, w))
}

/// Files that are read at a time: each may unpack to much.
static READING: Semaphore = Semaphore::const_new(2);

/// A turn to read a file, and to plan with what it holds: waited for with nothing held.
pub(in crate::projects) async fn turn() -> Result<Turn> {
    Turn::take(&READING).await
}

/// Reads a file on a thread of its own, so that pages go on.
pub(in crate::projects) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    threads::on_a_thread(&READING, work).await
}

/// Two imports of one project take turns: the second must see what the first has taken.
pub(in crate::projects) async fn hold(w: &mut Writer, project: ProjectId) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('import:' || $1::text, 0))", project.to_string()).execute(w.conn()).await?;
    Ok(())
}

/// The project as it stands, held to the end of the transaction.
pub(super) async fn stand(w: &mut Writer, project: ProjectId) -> Result<Catalogue> {
    hold(w, project).await?;
    writing::catalogue(w, project).await
}

/// What the file would write into a project as it stands.
pub(super) async fn plan(turn: Turn, bytes: Arc<Vec<u8>>, mapping: Mapping, catalogue: Catalogue) -> Result<Plan> {
    let (plan, _) = turn.work(move || plan_import(&bytes, &mapping, &catalogue)).await?;
    Ok(plan)
}

pub(super) fn status_of(plan: &Plan) -> &'static str {
    if plan.rows == 0 || plan.issues.iter().any(|i| i.severity == super::Severity::Critical) {
        "failed"
    } else if plan.errors > 0 {
        "has_errors"
    } else {
        "ready"
    }
}

/// A dry run from the page: what would happen is kept, with the file, until it is decided.
///
/// # Errors
/// Refusal, too large, busy; `too_many_files_wait`; or the database's.
pub async fn check(cx: &Cx, project: ProjectId, filename: &str, bytes: Vec<u8>, mapping: &Mapping) -> Result<ImportId> {
    expect(cx, project, &bytes).await?;
    let (turn, mut w) = open(cx, project).await?;
    let catalogue = stand(&mut w, project).await?;
    let bytes = Arc::new(bytes);
    let plan = plan(turn, Arc::clone(&bytes), mapping.clone(), catalogue).await?;
    let id = ImportId::new();
    insert_job(&mut w, project, id, filename, &bytes, mapping, &plan, status_of(&plan)).await?;
    let event = Event::ImportChecked { import: id, project: Some(project), rows: plan.rows, errors: plan.errors };
    w.commit(event).await?;
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "one row, written once")]
async fn insert_job(
    w: &mut Writer,
    project: ProjectId,
    id: ImportId,
    filename: &str,
    bytes: &[u8],
    mapping: &Mapping,
    plan: &Plan,
    status: &str,
) -> Result<()> {
    let filename: String = filename.chars().filter(|c| !c.is_control()).take(200).collect();
    let mapping = serde_json::to_value(mapping).map_err(|error| Error::Internal(format!("mapping: {error}")))?;
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let keeps = stays(status);
    if keeps {
        expect_room(w).await?;
    }
    sqlx::query!(
        "insert into app.import_job (id, project_id, filename, sha256, mapping, content, status, rows_total, rows_valid, values_total,
           errors, warnings, creates)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        project.0,
        filename,
        &sha256(bytes)[..],
        mapping,
        keeps.then_some(bytes),
        status,
        count(plan.rows),
        count(plan.valid_rows),
        i32::try_from(plan.values.len()).unwrap_or(i32::MAX),
        count(plan.errors),
        count(plan.warnings),
        Json(Creates::of(plan)) as _
    )
    .execute(w.conn())
    .await?;
    let issues = &plan.issues;
    let ords: Vec<i32> = (0..issues.len()).filter_map(|i| i32::try_from(i).ok()).collect();
    sqlx::query!(
        "insert into app.import_issue (tenant_id, id, import_id, ord, row_number, column_name, severity, code, value, other_row)
         select (select app.tenant()), t.id, $1, t.ord, t.row_number, t.column_name, t.severity, t.code, left(t.value, 400), t.other_row
         from unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[])
           as t(id, ord, row_number, column_name, severity, code, value, other_row)",
        id.0,
        &issues.iter().map(|_| EventId::new().0).collect::<Vec<Uuid>>(),
        &ords,
        &issues.iter().map(|i| count(i.row)).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.column.as_ref().map(|c| c.chars().take(200).collect())).collect::<Vec<Option<String>>>()
            as &[Option<String>],
        &issues.iter().map(|i| i.severity.as_str().to_owned()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.code.as_str().to_owned()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.value.clone()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.other_row.map(count)).collect::<Vec<Option<i32>>>() as &[Option<i32>]
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// The whole import in one call, for programs. Errors of the file are part of the answer.
///
/// # Errors
/// Refusal, too large, busy, or the database's.
pub async fn run(
    cx: &Cx,
    project: ProjectId,
    filename: &str,
    bytes: Vec<u8>,
    mapping: &Mapping,
    dry_run: bool,
    valid_rows: bool,
) -> Result<Outcome> {
    expect(cx, project, &bytes).await?;
    let (turn, mut w) = open(cx, project).await?;
    let catalogue = stand(&mut w, project).await?;
    let bytes = Arc::new(bytes);
    let plan = plan(turn, Arc::clone(&bytes), mapping.clone(), catalogue).await?;
    let refused = status_of(&plan) == "failed" || (plan.errors > 0 && !valid_rows) || plan.values.is_empty();
    if dry_run || refused {
        let (rows, values) = (plan.rows, plan.values.len());
        return Ok(Outcome { rows, values, issues: plan.issues, applied: false, import: None });
    }
    let import = ImportId::new();
    insert_job(&mut w, project, import, filename, &bytes, mapping, &plan, "applied").await?;
    drop(bytes);
    let values = writing::write(&mut w, project, import, &plan, None).await?;
    w.commit(Event::ImportApplied { import, project, values }).await?;
    Ok(Outcome { rows: plan.rows, values, issues: plan.issues, applied: true, import: Some(import) })
}

/// Takes an import back: its values count nowhere any more, and its file can be sent again. Not once any of them has been verified: that is
/// work of others.
///
/// # Errors
/// Refusal; `import_not_applied` or `import_verified`; `period_locked`, `period_submitted` or `period_not_open`; or the database's.
pub async fn undo(cx: &Cx, project: ProjectId, import: ImportId) -> Result<usize> {
    let mut w = cx.write(Can::RunImport(project)).await?;
    w.allow_long_work().await?;
    // no period is submitted or locked meanwhile, and no figure entered
    hold(&mut w, project).await?;
    let periods = crate::projects::periods::hold_alone_all(w.conn(), project, None).await?;
    let applied = sqlx::query_scalar!(
        "select id from app.import_job where project_id = $1 and id = $2 and kind = 'values' and status = 'applied' for update",
        project.0,
        import.0
    )
    .fetch_optional(w.conn())
    .await?;
    if applied.is_none() {
        return Err(Error::Rule("import_not_applied"));
    }
    let values = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId", status from app.indicator_value
           where import_id = $1 and deleted_at is null order by id for update"#,
        import.0
    )
    .fetch_all(w.conn())
    .await?;
    if values.iter().any(|v| v.status == "verified") {
        return Err(Error::Rule("import_verified"));
    }
    let shut = |id| periods.iter().find(|p| p.id == id).and_then(|p| crate::projects::periods::admits_entry(p.state, true).err());
    if let Some(shut) = values.iter().find_map(|value| shut(value.period)) {
        return Err(Error::Rule(shut));
    }
    sqlx::query!("update app.indicator_value set deleted_at = now() where import_id = $1 and deleted_at is null", import.0)
        .execute(w.conn())
        .await?;
    sqlx::query!("update app.import_job set status = 'undone', undone_at = now() where id = $1", import.0).execute(w.conn()).await?;
    let mut touched: Vec<_> = values.iter().map(|v| (v.indicator, v.period)).collect();
    touched.sort_unstable();
    touched.dedup();
    rollup::recompute(w.conn(), project, &touched).await?;
    w.commit(Event::ImportUndone { import, project, values: values.len() }).await?;
    Ok(values.len())
}

/// The imports of a project, newest first, at most 50.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Job>> {
    let mut r = cx.read(Can::RunImport(project)).await?;
    Ok(sqlx::query_as!(
        Job,
        r#"select j.id as "id!: ImportId", j.filename as "filename!", j.status as "status!", j.rows_total as "rows_total!",
             j.rows_valid as "rows_valid!", j.values_total as "values_total!", j.errors as "errors!", j.warnings as "warnings!",
             j.creates as "creates!: Json<Creates>", p.name as "by?", j.created_at as "created_at!", j.content is not null as "kept!",
             (select b.id from app.background_job b where b.tenant_id = j.tenant_id and b.kind = 'import' and b.subject_id = j.id
               and b.state in ('waiting', 'running')) as "job?: JobId"
           from (select * from app.import_job where project_id = $1 and kind = 'values' order by created_at desc limit 50) j
           left join gate.people() p on p.id = j.created_by order by j.created_at desc"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// An import with its problems, errors first.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn find(cx: &Cx, project: ProjectId, import: ImportId) -> Result<(Job, Vec<JobIssue>)> {
    let mut r = cx.read(Can::RunImport(project)).await?;
    let job = sqlx::query_as!(
        Job,
        r#"select j.id as "id!: ImportId", j.filename as "filename!", j.status as "status!", j.rows_total as "rows_total!",
             j.rows_valid as "rows_valid!", j.values_total as "values_total!", j.errors as "errors!", j.warnings as "warnings!",
             j.creates as "creates!: Json<Creates>", p.name as "by?", j.created_at as "created_at!", j.content is not null as "kept!",
             (select b.id from app.background_job b where b.tenant_id = j.tenant_id and b.kind = 'import' and b.subject_id = j.id
               and b.state in ('waiting', 'running')) as "job?: JobId"
           from app.import_job j left join gate.people() p on p.id = j.created_by
           where j.project_id = $1 and j.id = $2 and j.kind = 'values'"#,
        project.0,
        import.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let issues = sqlx::query_as!(
        JobIssue,
        "select row_number, column_name, severity, code, value, other_row from app.import_issue where import_id = $1
         order by case severity when 'critical' then 0 when 'error' then 1 else 2 end, ord",
        import.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok((job, issues))
}

/// The mapping of a file by the names of its columns, with places and periods made where they are missing; none where the
/// names do not tell. A file that cannot be read gets one too: its check says why.
///
/// # Errors
/// Refusal, or the database's.
pub async fn guess(cx: &Cx, project: ProjectId, bytes: Vec<u8>) -> Result<Option<Mapping>> {
    cx.admit(Can::RunImport(project)).await?;
    let headers = on_a_thread(move || preview(&bytes).map(|seen| seen.headers)).await?;
    let mut r = cx.read(Can::RunImport(project)).await?;
    let codes: Vec<String> = indicators::of_project(r.conn(), project, None).await?.into_iter().map(|i| i.code).collect();
    let readable = headers.is_ok();
    let mapping = Mapping { create_locations: true, create_periods: true, ..suggest_mapping(&headers.unwrap_or_default(), &codes) };
    let dated = !mapping.dates.start.is_empty() && !mapping.dates.end.is_empty();
    Ok(Some(mapping).filter(|_| dated || !readable))
}

/// The column mapping that the project's last import used.
///
/// # Errors
/// Refusal, or the database's.
pub async fn saved_mapping(cx: &Cx, project: ProjectId) -> Result<Option<String>> {
    let mut r = cx.read(Can::RunImport(project)).await?;
    Ok(sqlx::query_scalar!(
        r#"select jsonb_pretty(mapping) as "mapping!" from app.import_job where project_id = $1 and kind = 'values'
           order by created_at desc limit 1"#,
        project.0
    )
    .fetch_optional(r.conn())
    .await?)
}
