//! From entries to the figures of periods and of the whole project.
//!
//! The order is fixed: within a location and period, then across locations,
//! then across periods. No data stays no data: it is never counted as 0.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::entry::{Basis, Entry, Selection, within};
use super::figure::{Figure, Overflow, fit, sum};
use super::fold::{Fold, fold, share};
use super::method::{Accumulation, AggLocations, AggPeriods, Method};

/// The figures of one indicator, period by period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<K> {
    /// One for each period of the project, in order of time.
    pub periods: Vec<PeriodFigures<K>>,
}

/// The figures of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodFigures<K> {
    /// All locations combined.
    pub total: Option<Figure>,
    /// The locations that have a figure; `None` is the project as a whole.
    pub locations: BTreeMap<Option<K>, LocationFigure>,
    /// Whether anything was recorded for this very period. Without it a
    /// cumulative or carried figure only repeats an earlier one.
    pub new_data: bool,
    /// How many locations recorded something for this very period.
    pub locations_with_data: usize,
}

/// The figure of one location in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocationFigure {
    /// The figure, accumulated as the method says.
    pub figure: Figure,
    /// Whether the location recorded something for this very period.
    pub new_data: bool,
}

/// Works out the figures of each of the `periods` periods.
///
/// Entries of other periods, without a figure, or without numerator and
/// denominator where these are combined do not count;
/// [`explain`](super::explain::explain) names each of them with its reason.
///
/// # Errors
///
/// [`Overflow`] when a figure is too large to be kept.
pub fn series<K: Copy + Ord>(method: &Method, periods: usize, entries: &[Entry<K>], basis: Basis) -> Result<Series<K>, Overflow> {
    let selection = Selection::of(method, periods, entries, basis);
    let mut figures: Vec<PeriodFigures<K>> = Vec::with_capacity(periods);
    for cells in &selection.periods {
        let mut reported = BTreeMap::new();
        for (location, cell) in cells {
            if let Some(figure) = within(method, cell)? {
                reported.insert(*location, figure);
            }
        }
        figures.push(accumulate(method, figures.last(), &reported)?);
    }
    Ok(Series { periods: figures })
}

/// The figure of the whole project: see [`across_periods`].
///
/// # Errors
///
/// [`Overflow`] when the figure is too large to be kept.
pub fn end_of_project<K>(method: &Method, series: &Series<K>) -> Result<Option<Figure>, Overflow> {
    let totals: Vec<Option<Figure>> = series.periods.iter().map(|period| period.total).collect();
    across_periods(method, &totals)
}

/// Several periods as one, e.g. months as a quarter, in order of time.
///
/// Cumulative sums and running totals already contain what came before: their
/// last figure stands. One single period is its own figure, even where periods
/// are never combined.
///
/// # Errors
///
/// [`Overflow`] when the figure is too large to be kept.
pub fn across_periods(method: &Method, figures: &[Option<Figure>]) -> Result<Option<Figure>, Overflow> {
    if let [only] = figures {
        return Ok(*only);
    }
    let present: Vec<Figure> = figures.iter().copied().flatten().collect();
    fold(method, fold_of_periods(method), &present)
}

/// The targets of several periods as one, in order of time, so that a quarter's
/// actual is compared with a quarter's target.
///
/// Targets of percentages without numerator and denominator cannot be weighed
/// against each other: the last one holds. Targets that have them are combined
/// by [`across_periods`].
///
/// # Errors
///
/// [`Overflow`] when the target is too large to be kept.
pub fn target_across_periods(method: &Method, targets: &[Option<Decimal>]) -> Result<Option<Decimal>, Overflow> {
    if let [only] = targets {
        return Ok(*only);
    }
    let present = || targets.iter().copied().flatten();
    let Some(last) = present().last() else {
        return Ok(None);
    };
    match fold_of_periods(method) {
        Fold::Sum | Fold::Avg | Fold::Latest if method.combines_parts() => Ok(Some(last)),
        Fold::Latest => Ok(Some(last)),
        Fold::Sum => fit(sum(present())?).map(Some),
        Fold::Avg => share(sum(present())?, present().count()).map(Some),
        Fold::Max => Ok(present().max()),
        Fold::Min => Ok(present().min()),
        Fold::Apart => Ok(None),
    }
}

/// What the targets of a project's periods, in order of time, come to at its end: their sum, or the last of targets that are sums already.
/// Nothing where each period has a standard to keep.
///
/// # Errors
///
/// [`Overflow`] when the target is too large to be kept.
pub fn target_of_end(method: &Method, targets: &[Option<Decimal>]) -> Result<Option<Decimal>, Overflow> {
    let grows = method.accumulation != Accumulation::NonCumulative || method.periods == AggPeriods::Sum;
    if grows { target_across_periods(method, targets) } else { Ok(None) }
}

/// Whether groups, each combined by the method on its own, still make the whole across locations and periods: sums of sums do, and so do
/// the stands of one and the same period. Means and extremes of groups do not.
#[must_use]
pub fn groups_make_the_whole(method: &Method) -> bool {
    let places = matches!(method.locations, AggLocations::Sum | AggLocations::Ratio);
    method.cells_add_up() && places && matches!(fold_of_periods(method), Fold::Sum | Fold::Latest)
}

/// Whether the figure of several periods is that of the last one that has data.
#[must_use]
pub fn last_period_stands(method: &Method) -> bool {
    fold_of_periods(method) == Fold::Latest
}

/// What becomes of the figures of several periods.
pub(super) fn fold_of_periods(method: &Method) -> Fold {
    match method.accumulation {
        Accumulation::NonCumulative => Fold::from(method.periods),
        Accumulation::CumulativeSum | Accumulation::RunningTotal => Fold::Latest,
    }
}

/// The total of the locations of one period. Where locations are not combined,
/// only what was recorded for the project as a whole is its total.
pub(super) fn across_locations<K: Copy + Ord>(
    method: &Method,
    locations: &BTreeMap<Option<K>, Figure>,
) -> Result<Option<Figure>, Overflow> {
    let how = Fold::from(method.locations);
    if how == Fold::Apart {
        return Ok(locations.get(&None).copied());
    }
    let figures: Vec<Figure> = locations.values().copied().collect();
    fold(method, how, &figures)
}

/// An earlier sum and what is added to it; null + 5 = 5, null + null = null.
pub(super) fn add(method: &Method, earlier: Option<Figure>, added: Option<Figure>) -> Result<Option<Figure>, Overflow> {
    let figures: Vec<Figure> = [earlier, added].into_iter().flatten().collect();
    fold(method, Fold::Sum, &figures)
}

/// Turns what was recorded in a period into its figures.
fn accumulate<K: Copy + Ord>(
    method: &Method,
    before: Option<&PeriodFigures<K>>,
    reported: &BTreeMap<Option<K>, Figure>,
) -> Result<PeriodFigures<K>, Overflow> {
    let mut figures = match (method.accumulation, before) {
        (Accumulation::CumulativeSum, Some(before)) => before.figures(),
        (Accumulation::RunningTotal, Some(before)) if method.carry_forward => before.figures(),
        _ => BTreeMap::new(),
    };
    for (location, figure) in reported {
        let earlier = match method.accumulation {
            Accumulation::CumulativeSum => figures.get(location).copied(),
            Accumulation::NonCumulative | Accumulation::RunningTotal => None,
        };
        if let Some(figure) = add(method, earlier, Some(*figure))? {
            figures.insert(*location, figure);
        }
    }
    let total = match method.accumulation {
        Accumulation::CumulativeSum => {
            let earlier = before.and_then(|before| before.total);
            add(method, earlier, across_locations(method, reported)?)?
        }
        Accumulation::NonCumulative | Accumulation::RunningTotal => across_locations(method, &figures)?,
    };
    let locations = figures.into_iter().map(|(location, figure)| {
        let new_data = reported.contains_key(&location);
        (location, LocationFigure { figure, new_data })
    });
    Ok(PeriodFigures { total, locations: locations.collect(), new_data: !reported.is_empty(), locations_with_data: reported.len() })
}

impl<K: Copy + Ord> PeriodFigures<K> {
    fn figures(&self) -> BTreeMap<Option<K>, Figure> {
        let figure = |(location, entry): (&Option<K>, &LocationFigure)| (*location, entry.figure);
        self.locations.iter().map(figure).collect()
    }
}
