//! Places where a project works.

use rust_decimal::Decimal;

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
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
    /// Where it lies, where that is known.
    pub point: Option<Point>,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// Where a place lies, in degrees of WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// North of the equator.
    pub lat: Decimal,
    /// East of Greenwich.
    pub lon: Decimal,
}

impl Point {
    /// The point of two numbers; none for two empty fields. Six decimals, as figures have them, are a tenth of a metre.
    fn parse(lat: &str, lon: &str, invalid: &mut Invalid) -> Option<Self> {
        let degrees = |text: &str, most: i64| match figure(text) {
            Ok(Some(value)) if value.abs() > Decimal::from(most) => Err("not_on_earth"),
            Ok(value) => Ok(value),
            Err(fault) => Err(fault),
        };
        let (lat, lon) = (invalid.keep("lat", degrees(lat, 90)), invalid.keep("lon", degrees(lon, 180)));
        match (lat.flatten(), lon.flatten()) {
            (Some(lat), Some(lon)) => return Some(Self { lat, lon }),
            (None, None) => {}
            (None, Some(_)) => invalid.note("lat", "required"),
            (Some(_), None) => invalid.note("lon", "required"),
        }
        None
    }
}

/// A place as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocationForm<'a> {
    /// Its code; never changed later, since files name it.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Degrees north; empty if nobody knows.
    pub lat: &'a str,
    /// Degrees east.
    pub lon: &'a str,
}

struct Placed {
    id: LocationId,
    code: String,
    name: String,
    parent: Option<String>,
    lat: Option<Decimal>,
    lon: Option<Decimal>,
    row_version: i32,
}

impl From<Placed> for Location {
    fn from(row: Placed) -> Self {
        let point = row.lat.zip(row.lon).map(|(lat, lon)| Point { lat, lon });
        Self { id: row.id, code: row.code, name: row.name, parent: row.parent, point, row_version: row.row_version }
    }
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
    let rows = sqlx::query_as!(
        Placed,
        r#"select l.id as "id: LocationId", l.code, l.name, parent.name as "parent?", l.lat, l.lon, l.row_version
           from app.project_location pl
           join app.location l on l.tenant_id = pl.tenant_id and l.id = pl.location_id
           left join app.location parent on parent.tenant_id = l.tenant_id and parent.id = l.parent_id
           where pl.project_id = $1 and l.active and ($2::uuid[] is null or l.id = any ($2))
           order by l.name, l.code"#,
        project.0,
        within
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Location::from).collect())
}

/// The place that the organisation has by a code; refused where it is switched off.
async fn by_code(conn: &mut sqlx::PgConnection, code: &str) -> Result<Option<LocationId>> {
    let place =
        sqlx::query!(r#"select id as "id: LocationId", active from app.location where code = $1"#, code).fetch_optional(conn).await?;
    match place {
        Some(place) if !place.active => Err(Error::field("code", "switched_off")),
        place => Ok(place.map(|place| place.id)),
    }
}

/// Adds a place to a project; one that the organisation has by that code is taken as it is, not made twice.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: LocationForm<'_>) -> Result<LocationId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let mut invalid = Invalid::default();
    let code = invalid.keep("code", text::line(form.code, 1, 60));
    let name = invalid.keep("name", text::line(form.name, 1, 200));
    let point = Point::parse(form.lat, form.lon, &mut invalid);
    let (Some(code), Some(name), true) = (code, name, invalid.0.is_empty()) else { return Err(Error::Invalid(invalid)) };
    let id = if let Some(id) = by_code(w.conn(), &code).await? {
        id
    } else {
        let id = LocationId::new();
        let done = sqlx::query!(
            "insert into app.location (id, code, name, lat, lon) values ($1, $2, $3, $4, $5) on conflict (tenant_id, code) do nothing",
            id.0,
            code,
            name,
            point.map(|p| p.lat),
            point.map(|p| p.lon)
        )
        .execute(w.conn())
        .await?;
        // somebody made it at this very moment
        if done.rows_affected() == 0 { by_code(w.conn(), &code).await?.ok_or(Error::Stale)? } else { id }
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

/// Changes the name of a place and where it lies, for every project that works there.
///
/// # Errors
/// Refusal, not found, refused fields, [`Error::Stale`] where somebody changed it since `row_version`, or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: LocationId, form: LocationForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(form.name, 1, 200));
    let point = Point::parse(form.lat, form.lon, &mut invalid);
    let (Some(name), true) = (name, invalid.0.is_empty()) else { return Err(Error::Invalid(invalid)) };
    let here = sqlx::query_scalar!(
        r#"select exists(select from app.project_location where project_id = $1 and location_id = $2) as "here!""#,
        project.0,
        id.0
    )
    .fetch_one(w.conn())
    .await?;
    if !here {
        return Err(Error::NotFound);
    }
    let done = sqlx::query!(
        "update app.location set name = $2, lat = $3, lon = $4 where id = $1 and row_version = $5",
        id.0,
        name,
        point.map(|p| p.lat),
        point.map(|p| p.lon),
        row_version
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::LocationUpdated { location: id, project }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points() {
        let at = |lat: &str, lon: &str| Some((lat.to_owned(), lon.to_owned()));
        let cases = [
            ("", "", Ok(None)),
            ("-3.95", "39.7", Ok(at("-3.95", "39.7"))),
            ("90", "-180", Ok(at("90", "-180"))),
            ("0.1234567", "0", Err(("lat", "too_precise"))),
            ("-3.95", "", Err(("lon", "required"))),
            ("", "39", Err(("lat", "required"))),
            ("90.1", "0", Err(("lat", "not_on_earth"))),
            ("0", "181", Err(("lon", "not_on_earth"))),
        ];
        for (lat, lon, expected) in cases {
            let mut invalid = Invalid::default();
            let point = Point::parse(lat, lon, &mut invalid).map(|p| (p.lat.to_string(), p.lon.to_string()));
            let fault = invalid.0.first_key_value().map(|(field, fault)| (field.as_str(), *fault));
            assert_eq!(fault.map_or(Ok(point), Err), expected, "{lat} {lon}");
        }
    }
}
