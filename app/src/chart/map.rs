//! Places on a plain map: no pictures from elsewhere, so that nobody is told what is looked at, and it prints.

use leptos::prelude::*;
use rust_decimal::Decimal;

use super::ticks::Axis;
use super::{place_of, round};
use crate::text::Say;

pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 320.0;
const PAD: f64 = 44.0;
/// How large the largest circle is, and the smallest that holds a figure.
const LARGEST: f64 = 22.0;
pub(super) const SMALLEST: f64 = 4.0;
/// So many names are written beside their places at the most: more of them cannot be read.
pub(super) const MOST_NAMES: usize = 25;

/// A place to be drawn.
#[derive(Clone, Debug)]
pub struct Spot {
    /// What is written beside it.
    pub name: String,
    /// Degrees north.
    pub lat: Decimal,
    /// Degrees east.
    pub lon: Decimal,
    /// By which it is drawn large or small; none for a place without a figure.
    pub size: Option<Decimal>,
    /// Whether that is not verified yet.
    pub provisional: bool,
    /// What is read where it is pointed at.
    pub says: String,
    /// The word of its colour, where it has one.
    pub colour: Option<&'static str>,
}

/// Where a line of the grid lies, and of how many degrees it is.
type Degree = (f64, String);

/// The square of the map's middle, on which degrees of both kinds are as long as they are on the ground there.
pub(super) struct Sheet {
    middle: (f64, f64),
    /// Units of the drawing to a degree of latitude.
    scale: f64,
    /// How much shorter a degree of longitude is.
    narrow: f64,
}

impl Sheet {
    pub fn around(points: &[(f64, f64)]) -> Option<Self> {
        let of = |pick: fn(&(f64, f64)) -> f64| {
            let (low, high) = points.iter().map(pick).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
            (low <= high).then_some((low, high))
        };
        let ((south, north), (west, east)) = (of(|p| p.0)?, of(|p| p.1)?);
        let middle = (f64::midpoint(south, north), f64::midpoint(west, east));
        let narrow = middle.0.to_radians().cos().max(0.05);
        // a lone place, or several in one town, are shown with the land around: a tenth of a degree is eleven kilometres
        let high = (north - south).max(0.1);
        let wide = ((east - west) * narrow).max(0.1);
        let scale = ((HEIGHT - 2.0 * PAD) / high).min((WIDTH - 2.0 * PAD) / wide);
        Some(Self { middle, scale, narrow })
    }

    pub fn at(&self, (lat, lon): (f64, f64)) -> (f64, f64) {
        let x = WIDTH / 2.0 + (lon - self.middle.1) * self.narrow * self.scale;
        let y = HEIGHT / 2.0 - (lat - self.middle.0) * self.scale;
        (round(x), round(y))
    }

    /// The lines of whole degrees, or parts of them, that cross the map: where, and of how many degrees.
    fn grid(&self, say: Say) -> (Vec<Degree>, Vec<Degree>) {
        let (tall, wide) = (HEIGHT / 2.0 / self.scale, WIDTH / 2.0 / self.scale / self.narrow);
        let lats = Axis::around(self.middle.0 - tall, self.middle.0 + tall, 3);
        let lons = Axis::around(self.middle.1 - wide, self.middle.1 + wide, 4);
        let name = |degrees: f64, decimals: u32, [plus, minus]: [&str; 2]| {
            let side = if degrees < -1e-9 { minus } else { plus };
            say.with(side, &[("degrees", &format!("{:.*}", usize::try_from(decimals).unwrap_or(0), degrees.abs()))])
        };
        let rows =
            lats.ticks.iter().map(|lat| (self.at((*lat, self.middle.1)).1, name(*lat, lats.decimals, ["degrees-north", "degrees-south"])));
        let columns =
            lons.ticks.iter().map(|lon| (self.at((self.middle.0, *lon)).0, name(*lon, lons.decimals, ["degrees-east", "degrees-west"])));
        let inside = |at: &f64, end: f64| *at > 8.0 && *at < end - 8.0;
        (rows.filter(|(y, _)| inside(y, HEIGHT)).collect(), columns.filter(|(x, _)| inside(x, WIDTH)).collect())
    }
}

/// How large a circle is, so that its area is to the largest's as its figure is.
pub(super) fn radius(size: f64, most: f64) -> f64 {
    if most <= 0.0 || size <= 0.0 {
        return SMALLEST;
    }
    round((LARGEST * (size / most).sqrt()).max(SMALLEST))
}

/// The places on a map; nothing where none of them has a point. The table beside it holds the figures.
#[must_use]
pub fn map(say: Say, label: &str, spots: &[Spot]) -> AnyView {
    let points: Vec<_> = spots.iter().filter_map(|spot| Some((place_of(spot.lat)?, place_of(spot.lon)?))).collect();
    let Some(sheet) = Sheet::around(&points) else { return ().into_any() };
    let size = |spot: &Spot| spot.size.and_then(place_of).map(f64::abs);
    let most = spots.iter().filter_map(size).fold(0.0, f64::max);
    let mut drawn: Vec<_> =
        spots.iter().zip(points).map(|(spot, point)| (spot, sheet.at(point), size(spot).map(|s| radius(s, most)))).collect();
    // the largest first, so that none is hidden behind it
    drawn.sort_by(|a, b| b.2.partial_cmp(&a.2).unwrap_or(std::cmp::Ordering::Equal));
    let has_names = drawn.len() <= MOST_NAMES;
    let (rows, columns) = sheet.grid(say);
    let grid = view! {
        {rows.into_iter().map(|(y, name)| view! { <line class="grid-line" x1="0" x2="480" y1=y.to_string() y2=y.to_string()/><text class="degree" x="4" y=(y - 3.0).to_string()>{name}</text> }).collect_view()}
        {columns.into_iter().map(|(x, name)| view! { <line class="grid-line" y1="0" y2="320" x1=x.to_string() x2=x.to_string()/><text class="degree" x=(x + 3.0).to_string() y="316">{name}</text> }).collect_view()}
    };
    let marks: Vec<_> = drawn
        .iter()
        .map(|(spot, (x, y), r)| {
            let class = match (r, spot.colour) {
                (None, _) => "spot spot-none".to_owned(),
                (Some(_), _) if spot.provisional => "spot spot-prov".to_owned(),
                (Some(_), None) => "spot".to_owned(),
                (Some(_), Some(colour)) => format!("spot part-{colour}"),
            };
            let r = r.unwrap_or(SMALLEST);
            view! { <circle class=class cx=x.to_string() cy=y.to_string() r=r.to_string()><title>{spot.says.clone()}</title></circle> }
        })
        .collect();
    let names: Vec<_> = drawn
        .iter()
        .filter(|_| has_names)
        .map(|(spot, (x, y), r)| {
            let beside = r.unwrap_or(SMALLEST) + 5.0;
            // what would run out of the sheet stands on the other side
            let (at, anchor) = if *x > WIDTH * 0.72 { (x - beside, "end") } else { (x + beside, "start") };
            view! { <text class="figure" x=round(at).to_string() y=round(y + 4.0).to_string() text-anchor=anchor>{spot.name.clone()}</text> }
        })
        .collect();
    view! { <svg class="map" viewBox="0 0 480 320" role="img" aria-label=label.to_owned()>{grid}{marks}{names}</svg> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_on_the_sheet_as_on_the_ground() {
        let points = [(-4.5, 30.0), (-3.5, 31.0)];
        let sheet = Sheet::around(&points).unwrap();
        let (low, high) = (sheet.at(points[0]), sheet.at(points[1]));
        assert!(low.0 < high.0 && low.1 > high.1, "north is up, east is right");
        for (x, y) in [low, high] {
            assert!((PAD - 1.0..=WIDTH - PAD + 1.0).contains(&x) && (PAD - 1.0..=HEIGHT - PAD + 1.0).contains(&y));
        }
        let lone = Sheet::around(&[(0.0, 0.0)]).unwrap();
        assert_eq!(lone.at((0.0, 0.0)), (240.0, 160.0));
        assert!(Sheet::around(&[]).is_none());
    }

    #[test]
    fn areas_are_as_figures() {
        assert!((radius(100.0, 100.0) - LARGEST).abs() < 1e-9);
        assert!((radius(25.0, 100.0) - LARGEST / 2.0).abs() < 1e-9);
        assert!((radius(0.0, 100.0) - SMALLEST).abs() < 1e-9);
        assert!((radius(0.0, 0.0) - SMALLEST).abs() < 1e-9);
    }
}
