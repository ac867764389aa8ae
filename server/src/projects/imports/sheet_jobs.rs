//! The imports of sheets (a framework, a register): which there were, what is kept of one, and that it was applied. Each kind says in `Made`
//! what it makes; those of no project are the organisation's, and of one kind alone.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::kept::kept_problems;
use super::problem::Problem;
use crate::access::Writer;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, ProjectId};

/// An import of a sheet.
#[derive(Clone, Debug)]
pub struct SheetJob<Made> {
    /// Its id.
    pub id: ImportId,
    /// The file's name.
    pub filename: String,
    /// `ready`, `parsed` (nothing new in it), `has_errors`, `failed` or `applied`: when it was checked or applied.
    pub status: String,
    /// Rows of the file.
    pub rows: i32,
    /// Errors, when it was checked.
    pub errors: i32,
    /// What it made, or would have when it was checked.
    pub made: Json<Made>,
    /// Who checked it.
    pub by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What is kept of the file of an import.
pub(in crate::projects) enum Kept {
    /// All of it: somebody may still decide.
    File(Vec<u8>),
    /// Of a file that brought nothing, what was found in it.
    Found(Vec<Problem>),
    /// Nothing any more.
    Nothing,
}

/// The imports of a kind, newest first, at most 50.
///
/// # Errors
/// The database's.
pub(in crate::projects) async fn list<Made>(conn: &mut PgConnection, project: Option<ProjectId>, kind: &str) -> Result<Vec<SheetJob<Made>>>
where
    Made: DeserializeOwned + Send + Unpin + 'static,
{
    Ok(sqlx::query_as!(
        SheetJob,
        r#"select j.id as "id!: ImportId", j.filename as "filename!", j.status as "status!", j.rows_total as "rows!", j.errors as "errors!",
             j.creates as "made!: Json<Made>", p.name as "by?", j.created_at as "created_at!"
           from (select * from app.import_job where kind = $2 and ($1::uuid is null or project_id = $1) order by created_at desc limit 50) j
           left join gate.people() p on p.id = j.created_by order by j.created_at desc"#,
        project.map(|project| project.0),
        kind
    )
    .fetch_all(conn)
    .await?)
}

/// An import, and what is kept of its file.
///
/// # Errors
/// Not found, or the database's.
pub(in crate::projects) async fn find<Made>(
    conn: &mut PgConnection,
    project: Option<ProjectId>,
    kind: &str,
    import: ImportId,
) -> Result<(SheetJob<Made>, Kept)>
where
    Made: DeserializeOwned + Send + Unpin + 'static,
{
    let job: SheetJob<Made> = sqlx::query_as!(
        SheetJob,
        r#"select j.id as "id!: ImportId", j.filename as "filename!", j.status as "status!", j.rows_total as "rows!", j.errors as "errors!",
             j.creates as "made!: Json<Made>", p.name as "by?", j.created_at as "created_at!"
           from app.import_job j left join gate.people() p on p.id = j.created_by
           where j.id = $3 and j.kind = $2 and ($1::uuid is null or j.project_id = $1)"#,
        project.map(|project| project.0),
        kind,
        import.0
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    let kept = match content(&mut *conn, project, kind, import).await? {
        Some(bytes) => Kept::File(bytes),
        None if matches!(job.status.as_str(), "parsed" | "failed") => Kept::Found(kept_problems(conn, import).await?),
        None => Kept::Nothing,
    };
    Ok((job, kept))
}

/// The file of an import on which somebody may still decide.
///
/// # Errors
/// The database's.
pub(in crate::projects) async fn content(
    conn: &mut PgConnection,
    project: Option<ProjectId>,
    kind: &str,
    import: ImportId,
) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar!(
        "select content from app.import_job where id = $3 and kind = $2 and ($1::uuid is null or project_id = $1)
           and status <> 'applied' and created_at > now() - interval '1 day'",
        project.map(|project| project.0),
        kind,
        import.0
    )
    .fetch_optional(conn)
    .await?
    .flatten())
}

/// Takes the decision on an import: two people decide one after the other, and the second finds it done.
///
/// # Errors
/// `import_not_ready`, or the database's.
pub(in crate::projects) async fn claim(w: &mut Writer, import: ImportId) -> Result<()> {
    sqlx::query!("select id from app.import_job where id = $1 and content is not null and status <> 'applied' for update", import.0)
        .fetch_optional(w.conn())
        .await?
        .ok_or(Error::Rule("import_not_ready"))?;
    Ok(())
}

/// Says that an import was applied, and what it made. Its file is kept no longer.
///
/// # Errors
/// The database's.
pub(in crate::projects) async fn applied<Made: Serialize + Sync>(w: &mut Writer, import: ImportId, made: Made) -> Result<()> {
    sqlx::query!(
        "update app.import_job set status = 'applied', applied_at = now(), content = null, creates = $2 where id = $1",
        import.0,
        Json(made) as _
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
