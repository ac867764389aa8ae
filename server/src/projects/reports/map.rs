//! Where the project works, with what was counted at each place: what a section shows, and what is remembered of it.

use super::blocks::{last, left_out};
use super::gather::Basis;
use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::LocationId;
use crate::projects::indicators::Indicator;
use crate::projects::locations::{self, Location};
use crate::projects::progress::{AggLocations, Kind};
use crate::projects::publication::{ByPlace, by_place};
use crate::projects::snapshot::{Block, Place, PlaceFigure, text};

/// Indicators of a map at the most, those of the framework's first results.
const MOST_MAPPED: usize = 8;

/// The map of a report.
pub(super) struct Mapped {
    pub block: Block,
    /// What it tells by place.
    pub told: ByPlace,
}

/// The places of the project, with what was counted at each. Behind a mean, a mark or money nobody knows how few there are: of counts alone,
/// of which places are parts. Small ones are hidden, in this report and where another one told more.
pub(super) async fn filled(r: &mut Reader, basis: &Basis<'_>) -> Result<Mapped> {
    let all = locations::of_project(r.conn(), basis.project, None).await?;
    let is_counted = |indicator: &&Indicator| indicator.method.kind == Kind::Number && indicator.method.locations == AggLocations::Sum;
    let counted: Vec<&Indicator> = basis.table.iter().map(|line| &line.indicator).filter(is_counted).collect();
    let mapped: Vec<&Indicator> = counted.iter().copied().take(MOST_MAPPED).collect();
    let listed: Vec<LocationId> = all.iter().map(|place| place.id).collect();
    let told = match basis.columns.last() {
        Some(column) => by_place(r, basis.project, column, basis.threshold, &mapped, &listed).await?,
        None => ByPlace::new(),
    };
    let places = all.iter().map(|place| shown_at(place, &mapped, &told)).collect();
    Ok(Mapped { block: Block::Map { column: last(basis), places, more: left_out(counted.len(), mapped.len()) }, told })
}

fn shown_at(place: &Location, mapped: &[&Indicator], told: &ByPlace) -> Place {
    let figure = |indicator: &&Indicator| {
        let at = told.get(&(indicator.id, place.id)).copied().unwrap_or_default();
        PlaceFigure { code: indicator.code.clone(), actual: text(at.actual), hidden: at.hidden }
    };
    Place {
        name: place.name.clone(),
        latitude: text(place.point.map(|point| point.lat)),
        longitude: text(place.point.map(|point| point.lon)),
        figures: mapped.iter().map(figure).collect(),
    }
}
