//! The way from entries to a figure, step by step, for a page to print.
//!
//! Steps carry numbers, never words: the page finds the words.

use std::collections::BTreeMap;
use std::ops::Range;

use super::aggregate::{Series, across_locations, add, fold_of_periods, series};
use super::entry::{Basis, Cell, Entry, Excluded, Exclusion, Selection, figures, within};
use super::figure::{Figure, Overflow};
use super::fold::{Fold, fold};
use super::method::{Accumulation, AggLocations, AggPeriods, AggWithin, Method};

/// Which figure is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The total of one period, by its place in time from 0.
    Period(usize),
    /// The figure of the whole project.
    EndOfProject,
}

/// One step of a calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<K> {
    /// Several entries of one location and period became one figure.
    WithinLocation {
        /// Where; `None` for the project as a whole.
        location: Option<K>,
        /// The place of the period in time.
        period: usize,
        /// The rule.
        how: AggWithin,
        /// The figures of the entries, oldest first.
        inputs: Vec<Figure>,
        /// What they became.
        result: Figure,
    },
    /// A silent location kept the figure of an earlier period.
    CarriedForward {
        /// Where.
        location: Option<K>,
        /// The period in which it was recorded.
        from_period: usize,
        /// The figure kept.
        figure: Figure,
    },
    /// The locations of a period became its total.
    AcrossLocations {
        /// The place of the period in time.
        period: usize,
        /// The rule.
        how: AggLocations,
        /// Each location's figure.
        inputs: Vec<(Option<K>, Figure)>,
        /// What they became; none when the rule is not to combine them.
        result: Option<Figure>,
    },
    /// The results of a period were added to the sum of the earlier ones.
    AddedUp {
        /// The place of the period in time.
        period: usize,
        /// The sum so far.
        earlier: Option<Figure>,
        /// What the period added.
        added: Option<Figure>,
        /// The new sum.
        result: Option<Figure>,
    },
    /// The totals of periods became the figure of the project.
    AcrossPeriods {
        /// The rule.
        how: AggPeriods,
        /// Each period's place in time and total.
        inputs: Vec<(usize, Figure)>,
        /// What they became.
        result: Option<Figure>,
    },
}

/// A figure, how it came about and out of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<K> {
    /// The figure explained.
    pub result: Option<Figure>,
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step<K>>,
    /// The entries behind it, by period and location.
    pub included: Vec<Entry<K>>,
    /// The entries that do not count towards it, and why.
    pub excluded: Vec<Excluded<K>>,
}

/// Explains the figure that [`series`] gives as the total of a
/// period, or [`end_of_project`](super::end_of_project) for the project.
///
/// For the figure of a single location pass its entries alone, with `location`
/// set to `None`.
///
/// # Errors
///
/// [`Overflow`] when a figure is too large to be kept.
pub fn explain<K: Copy + Ord>(
    method: &Method,
    periods: usize,
    entries: &[Entry<K>],
    basis: Basis,
    scope: Scope,
) -> Result<Explanation<K>, Overflow> {
    let Selection { periods: cells, excluded } = Selection::of(method, periods, entries, basis);
    let covered = match scope {
        Scope::Period(period) if period < periods => covered_by(method, period),
        Scope::Period(_) => 0..0,
        Scope::EndOfProject => {
            let series = series(method, periods, entries, basis)?;
            covered_by_project(method, &series)
        }
    };
    let mut account = Account { method, cells: &cells, steps: Vec::new() };
    let result = account.add_up(scope, covered.clone())?;
    let mut explanation = Explanation { result, steps: account.steps, included: Vec::new(), excluded };
    explanation.sort_out(method, &cells, scope, &covered);
    Ok(explanation)
}

/// The periods whose entries the figure of a period is made of.
fn covered_by(method: &Method, period: usize) -> Range<usize> {
    let reaches_back = match method.accumulation {
        Accumulation::NonCumulative => false,
        Accumulation::CumulativeSum => true,
        Accumulation::RunningTotal => method.carry_forward,
    };
    if reaches_back { 0..period + 1 } else { period..period + 1 }
}

/// The periods whose entries the figure of the project is made of.
fn covered_by_project<K>(method: &Method, series: &Series<K>) -> Range<usize> {
    let periods = &series.periods;
    match fold_of_periods(method) {
        how if how == Fold::Latest || periods.len() == 1 => {
            periods.iter().rposition(|period| period.total.is_some()).map_or(0..0, |last| covered_by(method, last))
        }
        Fold::Apart => 0..0,
        _ => 0..periods.len(),
    }
}

/// Why a whole cell does not count, if it does not.
fn left_out<K: Copy + Ord>(
    method: &Method,
    cells: &[BTreeMap<Option<K>, Cell<K>>],
    scope: Scope,
    covered: &Range<usize>,
    (period, location): (usize, Option<K>),
) -> Option<Exclusion> {
    let apart = method.locations == AggLocations::None && location.is_some();
    let superseded = || {
        let later = cells.get(period + 1..covered.end);
        later.is_some_and(|later| later.iter().any(|cells| cells.contains_key(&location)))
    };
    if covered.is_empty() && scope == Scope::EndOfProject {
        // Data without any figure for the project: they are kept apart.
        Some(Exclusion::NotCombined)
    } else if !covered.contains(&period) {
        Some(Exclusion::OtherPeriod)
    } else if apart {
        Some(Exclusion::NotCombined)
    } else if method.accumulation == Accumulation::RunningTotal && superseded() {
        Some(Exclusion::Superseded)
    } else {
        None
    }
}

impl<K: Copy + Ord> Explanation<K> {
    /// Says of every entry whether it counts.
    fn sort_out(&mut self, method: &Method, cells: &[BTreeMap<Option<K>, Cell<K>>], scope: Scope, covered: &Range<usize>) {
        let only_latest = method.effective_within() == AggWithin::Latest;
        for (period, locations) in cells.iter().enumerate() {
            for (location, cell) in locations {
                let reason = left_out(method, cells, scope, covered, (period, *location));
                for (index, entry) in cell.iter().enumerate() {
                    let replaced = only_latest && index + 1 < cell.len();
                    let reason = reason.or(replaced.then_some(Exclusion::Superseded));
                    match reason {
                        Some(reason) => self.excluded.push(Excluded { entry: *entry, reason }),
                        None => self.included.push(*entry),
                    }
                }
            }
        }
    }
}

/// The steps taken so far.
struct Account<'a, K> {
    method: &'a Method,
    cells: &'a [BTreeMap<Option<K>, Cell<K>>],
    steps: Vec<Step<K>>,
}

impl<K: Copy + Ord> Account<'_, K> {
    /// Takes every step to the figure made of the covered periods.
    fn add_up(&mut self, scope: Scope, covered: Range<usize>) -> Result<Option<Figure>, Overflow> {
        let Some(last) = covered.clone().last() else {
            return Ok(None);
        };
        match (self.method.accumulation, scope) {
            (Accumulation::CumulativeSum, _) => self.accumulate(covered),
            (Accumulation::RunningTotal, _) => self.stand(covered, last),
            (Accumulation::NonCumulative, Scope::EndOfProject) if covered.len() > 1 => self.combine(covered),
            (Accumulation::NonCumulative, _) => self.recorded(last),
        }
    }

    /// Cumulative sum: each period's results on top of the earlier ones.
    fn accumulate(&mut self, covered: Range<usize>) -> Result<Option<Figure>, Overflow> {
        let mut total = None;
        for period in covered {
            let added = self.recorded(period)?;
            if added.is_some() {
                let earlier = total;
                total = add(self.method, earlier, added)?;
                self.steps.push(Step::AddedUp { period, earlier, added, result: total });
            }
        }
        Ok(total)
    }

    /// Running total: the latest stand of each location.
    fn stand(&mut self, covered: Range<usize>, last: usize) -> Result<Option<Figure>, Overflow> {
        let mut stands = BTreeMap::new();
        for period in covered {
            let Some(cells) = self.cells.get(period) else {
                continue;
            };
            for (location, cell) in cells {
                if let Some(figure) = within(self.method, cell)? {
                    stands.insert(*location, (period, figure));
                }
            }
        }
        self.drop_apart(&mut stands);
        for (location, (period, figure)) in &stands {
            if *period == last {
                self.within_location(*location, last, *figure);
            } else {
                self.steps.push(Step::CarriedForward { location: *location, from_period: *period, figure: *figure });
            }
        }
        let figures = stands.into_iter().map(|(key, (_, figure))| (key, figure));
        self.across(last, &figures.collect())
    }

    /// The totals of all periods as one.
    fn combine(&mut self, covered: Range<usize>) -> Result<Option<Figure>, Overflow> {
        let mut inputs = Vec::new();
        for period in covered {
            if let Some(total) = self.recorded(period)? {
                inputs.push((period, total));
            }
        }
        let totals: Vec<Figure> = inputs.iter().map(|(_, total)| *total).collect();
        let result = fold(self.method, fold_of_periods(self.method), &totals)?;
        self.steps.push(Step::AcrossPeriods { how: self.method.periods, inputs, result });
        Ok(result)
    }

    /// What was recorded in one period, all locations together.
    fn recorded(&mut self, period: usize) -> Result<Option<Figure>, Overflow> {
        let Some(cells) = self.cells.get(period) else {
            return Ok(None);
        };
        let mut locations = BTreeMap::new();
        for (location, cell) in cells {
            if let Some(figure) = within(self.method, cell)? {
                locations.insert(*location, figure);
            }
        }
        self.drop_apart(&mut locations);
        for (location, figure) in &locations {
            self.within_location(*location, period, *figure);
        }
        self.across(period, &locations)
    }

    /// Where locations are not combined only the project's own figure counts.
    fn drop_apart<T>(&self, locations: &mut BTreeMap<Option<K>, T>) {
        if self.method.locations == AggLocations::None {
            locations.retain(|location, _| location.is_none());
        }
    }

    /// Notes how entries became one figure, where there were several.
    fn within_location(&mut self, location: Option<K>, period: usize, result: Figure) {
        let cell = self.cells.get(period).and_then(|cells| cells.get(&location));
        let inputs = cell.map_or_else(Vec::new, |cell| figures(cell));
        if inputs.len() > 1 {
            self.steps.push(Step::WithinLocation { location, period, how: self.method.effective_within(), inputs, result });
        }
    }

    fn across(&mut self, period: usize, locations: &BTreeMap<Option<K>, Figure>) -> Result<Option<Figure>, Overflow> {
        let result = across_locations(self.method, locations)?;
        if !locations.is_empty() {
            self.steps.push(Step::AcrossLocations {
                period,
                how: self.method.locations,
                inputs: locations.iter().map(|(key, figure)| (*key, *figure)).collect(),
                result,
            });
        }
        Ok(result)
    }
}
