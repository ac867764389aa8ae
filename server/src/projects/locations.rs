//! Places where a project works.

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{LocationId, ProjectId};
use crate::kernel::text;

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The name of the place that it lies in.
    pub parent: Option<String>,
}

/// The places of a project that this person may see there, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Location>> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    let within = r.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    of_project(r.conn(), project, within.as_deref()).await
}

pub(crate) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId, within: Option<&[uuid::Uuid]>) -> Result<Vec<Location>> {
    Ok(sqlx::query_as!(
        Location,
        r#"select l.id as "id: LocationId", l.code, l.name, parent.name as "parent?"
           from app.project_location pl
           join app.location l on l.tenant_id = pl.tenant_id and l.id = pl.location_id
           left join app.location parent on parent.tenant_id = l.tenant_id and parent.id = l.parent_id
           where pl.project_id = $1 and l.active and ($2::uuid[] is null or l.id = any ($2))
           order by l.name, l.code"#,
        project.0,
        within
    )
    .fetch_all(conn)
    .await?)
}

/// Adds a place to a project; one that the organisation has by that code is taken, not made twice.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, code: &str, name: &str) -> Result<LocationId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let mut invalid = Invalid::default();
    let code = invalid.keep("code", text::line(code, 1, 60));
    let name = invalid.keep("name", text::line(name, 1, 200));
    let (Some(code), Some(name)) = (code, name) else { return Err(Error::Invalid(invalid)) };
    let found =
        sqlx::query_scalar!(r#"select id as "id: LocationId" from app.location where code = $1"#, code).fetch_optional(w.conn()).await?;
    let id = if let Some(id) = found {
        id
    } else {
        let id = LocationId::new();
        sqlx::query!("insert into app.location (id, code, name) values ($1, $2, $3)", id.0, code, name).execute(w.conn()).await?;
        id
    };
    sqlx::query!(
        "insert into app.project_location (id, project_id, location_id) values ($1, $2, $3)",
        LocationId::new().0,
        project.0,
        id.0
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "code"))?;
    w.commit(Event::LocationAdded { location: id, project }).await?;
    Ok(id)
}
