//! An indicator's figures of a year by place.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::{LocationId, ProjectId};
use crate::projects::indicators::Indicator;
use crate::projects::locations::Location;
use crate::projects::progress::Rag;
use crate::projects::tracking;

/// An indicator by place.
#[derive(Clone, Debug)]
pub struct Map {
    /// The indicator.
    pub indicator: Indicator,
    /// The places that this person may see, by name.
    pub places: Vec<MapPlace>,
}

/// A place with its figure of the year.
#[derive(Clone, Debug)]
pub struct MapPlace {
    /// The place.
    pub location: Location,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// The colour; only where the place has a target of its own.
    pub rag: Option<Rag>,
}

/// The figures of one indicator and year, of each place. One statement.
pub(super) async fn of_indicator(
    r: &mut Reader,
    project: ProjectId,
    year: i32,
    indicator: &Indicator,
    locations: &[Location],
) -> Result<Map> {
    let mut cells: HashMap<LocationId, _> = tracking::by_place(r, project, year, indicator).await?.into_iter().collect();
    let places = locations
        .iter()
        .map(|location| {
            let cell = cells.remove(&location.id);
            MapPlace {
                location: location.clone(),
                actual: cell.as_ref().and_then(|cell| cell.actual),
                provisional: cell.as_ref().and_then(|cell| cell.provisional),
                rag: cell.filter(|cell| cell.target.is_some()).map(|cell| cell.rag),
            }
        })
        .collect();
    Ok(Map { indicator: indicator.clone(), places })
}
