//! Charts made on the server: SVG that needs no script, prints, and says in words or in a table what it shows.

mod bars;
mod drawn;
mod map;
mod spark;
mod ticks;
mod trend;

pub use bars::{colour_bar, colour_counts, share_bar};
pub use drawn::{colours_drawn, map_drawn, trend_drawn};
pub use map::{Spot, map};
pub use spark::sparkline;
pub use trend::{TrendPoint, in_unit, trend};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A figure as a place in a drawing: what is written beside it is the exact one.
fn place_of(value: Decimal) -> Option<f64> {
    value.to_f64()
}

/// A tenth of a unit is finer than any screen.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// So many, as a number of a drawing.
fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The points of a series in runs: where there is no figure, a line is broken.
fn runs(points: impl IntoIterator<Item = (f64, Option<f64>)>) -> Vec<Vec<(f64, f64)>> {
    let mut out: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (x, y) in points {
        match (y, out.last_mut()) {
            (Some(y), Some(run)) => run.push((x, y)),
            _ => out.push(Vec::new()),
        }
    }
    out.retain(|run| !run.is_empty());
    out
}

/// A run as a polyline takes it.
fn text(run: &[(f64, f64)]) -> String {
    run.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}
