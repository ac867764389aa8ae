//! What is kept of a checked file: all of it, where somebody may still decide on it, and not of too many; else what was found in it.

use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::jobs::JobIssue;
use super::problem::Problem;
use crate::access::Writer;
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{EventId, ImportId, ProjectId};

/// Files of a person that wait for a decision at the most.
const MOST_OF_PERSON: i64 = 20;
/// Files of an organisation that wait for a decision at the most.
const MOST_OF_ORGANISATION: i64 = 100;

/// Whether the file of an import that was checked so is kept until it is decided.
pub(in crate::projects) fn stays(status: &str) -> bool {
    matches!(status, "ready" | "has_errors")
}

/// That one more file may wait for a decision.
///
/// # Errors
/// `too_many_files_wait`, or the database's.
pub(in crate::projects) async fn expect_room(w: &mut Writer) -> Result<()> {
    let waiting = sqlx::query!(
        r#"select count(*) filter (where created_by = (select app.actor())) as "own!", count(*) as "all!" from app.import_job
           where content is not null and status in ('ready', 'has_errors') and created_at > now() - interval '1 day'"#
    )
    .fetch_one(w.conn())
    .await?;
    let is_room = waiting.own < MOST_OF_PERSON && waiting.all < MOST_OF_ORGANISATION;
    if is_room { Ok(()) } else { Err(Error::Rule("too_many_files_wait")) }
}

/// A sheet that was looked through, and how it stands.
pub(in crate::projects) struct Checked<'a, M> {
    /// The project it is for; none for what is the organisation's.
    pub project: Option<ProjectId>,
    /// What it is of.
    pub kind: &'a str,
    /// Its name.
    pub filename: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Rows beneath the heads.
    pub rows: u32,
    /// Problems with which nothing is written.
    pub errors: u32,
    /// Those that are warnings.
    pub warnings: u32,
    /// Whether all of it can be written, and is something.
    pub is_ready: bool,
    /// What was found.
    pub problems: &'a [Problem],
    /// What it would make.
    pub made: M,
}

/// Keeps a sheet until it is decided, or, of one that brings nothing or cannot be read, what was found in it.
///
/// # Errors
/// `too_many_files_wait`, or the database's.
pub(in crate::projects) async fn keep<M: Serialize + Sync>(w: &mut Writer, checked: Checked<'_, M>) -> Result<ImportId> {
    let id = ImportId::new();
    let filename: String = checked.filename.chars().filter(|c| !c.is_control()).take(200).collect();
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let status = match checked.errors {
        _ if checked.is_ready => "ready",
        0 => "parsed",
        _ if checked.rows == 0 => "failed",
        _ => "has_errors",
    };
    let content = stays(status).then_some(checked.bytes);
    if content.is_some() {
        expect_room(w).await?;
    }
    sqlx::query!(
        "insert into app.import_job (id, project_id, kind, filename, sha256, mapping, content, status, rows_total, errors, warnings,
           creates)
         values ($1, $2, $3, $4, $5, '{}', $6, $7, $8, $9, $10, $11)",
        id.0,
        checked.project.map(|project| project.0),
        checked.kind,
        filename,
        &sha256(checked.bytes)[..],
        content,
        status,
        count(checked.rows),
        count(checked.errors),
        count(checked.warnings),
        Json(checked.made) as _
    )
    .execute(w.conn())
    .await?;
    if content.is_none() {
        keep_problems(w, id, checked.problems).await?;
    }
    Ok(id)
}

/// Keeps what was found in a sheet that is not kept itself.
async fn keep_problems(w: &mut Writer, import: ImportId, problems: &[Problem]) -> Result<()> {
    let issues: Vec<&JobIssue> = problems.iter().map(|problem| &problem.issue).collect();
    let ords: Vec<i32> = (0..issues.len()).filter_map(|i| i32::try_from(i).ok()).collect();
    sqlx::query!(
        "insert into app.import_issue (tenant_id, id, import_id, ord, row_number, column_name, severity, code, value, other_row)
         select (select app.tenant()), t.id, $1, t.ord, t.row_number, t.column_name, t.severity, t.code, left(t.value, 400), t.other_row
         from unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[])
           as t(id, ord, row_number, column_name, severity, code, value, other_row)",
        import.0,
        &issues.iter().map(|_| EventId::new().0).collect::<Vec<Uuid>>(),
        &ords,
        &issues.iter().map(|i| i.row_number).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.column_name.as_ref().map(|c| c.chars().take(200).collect())).collect::<Vec<Option<String>>>()
            as &[Option<String>],
        &issues.iter().map(|i| i.severity.clone()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.code.clone()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.value.clone()).collect::<Vec<_>>(),
        &issues.iter().map(|i| i.other_row).collect::<Vec<Option<i32>>>() as &[Option<i32>]
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// What was found in a sheet that is not kept itself; by its rows, since the cells are not known any more.
pub(super) async fn kept_problems(conn: &mut sqlx::PgConnection, import: ImportId) -> Result<Vec<Problem>> {
    let issues = sqlx::query_as!(
        JobIssue,
        "select row_number, column_name, severity, code, value, other_row from app.import_issue where import_id = $1 order by ord",
        import.0
    )
    .fetch_all(conn)
    .await?;
    Ok(issues.into_iter().map(|issue| Problem { cell: issue.row_number.to_string(), issue, sheet: 0 }).collect())
}
