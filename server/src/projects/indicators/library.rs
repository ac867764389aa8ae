//! The library of indicators: sheets that projects begin from. An organisation keeps its own, and some come with Kipimo.

mod shipped;

pub use shipped::{SHIPPED, Shipped};

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::{of_project, references};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LibraryIndicatorId, ProjectId};

/// What of a sheet belongs to its project, and is not kept: where it stood and what is to be reached there, and by whom.
const OF_THE_PROJECT: [&str; 13] = [
    "baseline_value",
    "baseline_num",
    "baseline_den",
    "baseline_date",
    "baseline_na",
    "baseline_note",
    "eop_target",
    "eop_target_num",
    "eop_target_den",
    "target_rationale",
    "responsible_membership_id",
    "dqa_last_date",
    "dqa_next_date",
];

/// An indicator of the organisation's library.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id.
    pub id: LibraryIndicatorId,
    /// Its code, by which it is kept once.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What stands on the sheet, by the names of the columns.
    pub fields: BTreeMap<String, String>,
    /// Whether it is offered no more.
    pub archived: bool,
}

async fn all(conn: &mut sqlx::PgConnection) -> Result<Vec<Kept>> {
    Ok(sqlx::query!(
        r#"select id as "id: LibraryIndicatorId", code, title, fields as "fields: Json<BTreeMap<String, String>>", archived
           from app.indicator_library order by code"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Kept { id: row.id, code: row.code, title: row.title, fields: row.fields.0, archived: row.archived })
    .collect())
}

/// The library, by code.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Kept>> {
    let mut r = cx.read(Can::KeepLibrary).await?;
    all(r.conn()).await
}

/// What a project may begin an indicator from, by code.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offered(cx: &Cx, project: ProjectId) -> Result<Vec<Kept>> {
    let mut r = cx.read(Can::EditFramework(project)).await?;
    Ok(all(r.conn()).await?.into_iter().filter(|kept| !kept.archived).collect())
}

/// Keeps an indicator's sheet as it stands; in the place of one of the same code where that is said.
///
/// # Errors
/// Refusal, not found; `in_library` where there is one of the same code; or the database's.
pub async fn keep(cx: &Cx, project: ProjectId, indicator: IndicatorId, replace: bool) -> Result<()> {
    cx.admit(Can::KeepLibrary).await?;
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let of = of_project(r.conn(), project, Some(&[indicator.0])).await?.pop().ok_or(Error::NotFound)?;
    let reference = references(r.conn(), project, Some(&[indicator.0])).await?.remove(&indicator).ok_or(Error::NotFound)?;
    drop(r);
    let mut w = cx.write(Can::KeepLibrary).await?;
    let said = [of.columns(), reference.columns()].concat();
    let fields: BTreeMap<&str, String> =
        said.into_iter().filter(|(name, value)| !value.is_empty() && !OF_THE_PROJECT.contains(name)).collect();
    let id = sqlx::query_scalar!(
        r#"insert into app.indicator_library (id, code, title, fields) values ($1, $2, $3, $4)
           on conflict (tenant_id, code) do update set title = excluded.title, fields = excluded.fields, archived = false where $5
           returning id as "id: LibraryIndicatorId""#,
        LibraryIndicatorId::new().0,
        of.code,
        of.title,
        Json(&fields) as _,
        replace
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or_else(|| Error::field("replace", "in_library"))?;
    w.commit(Event::LibraryIndicatorKept(id)).await
}

/// Offers an indicator of the library no more, or again.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn archive(cx: &Cx, id: LibraryIndicatorId, archived: bool) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let done = sqlx::query!("update app.indicator_library set archived = $2 where id = $1", id.0, archived).execute(w.conn()).await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(if archived { Event::LibraryIndicatorArchived(id) } else { Event::LibraryIndicatorOffered(id) }).await
}
