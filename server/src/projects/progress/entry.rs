//! Entries that people recorded, and which of them count.

use std::collections::BTreeMap;
use std::fmt::Display;

use rust_decimal::Decimal;

use super::figure::{Figure, Overflow};
use super::fold::{Fold, fold};
use super::method::Method;

/// One recorded value. `K` names a location. Drafts and returned values are
/// nobody's figures yet and are never passed in.
///
/// The order of the fields is the order in which entries are combined, so that
/// the order in which they arrive cannot matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry<K> {
    /// Where; `None` for the project as a whole.
    pub location: Option<K>,
    /// The place of its period in time, from 0.
    pub period: usize,
    /// The day on which it was collected, as a day number.
    pub collected_on: i32,
    /// Decides between entries of one day: the larger is the later one. The
    /// same entry delivered twice has it twice and counts once.
    pub sequence: u128,
    /// Verified. Submitted values are provisional.
    pub official: bool,
    /// `None` when it says "no data" or has a denominator of 0.
    pub figure: Option<Figure>,
}

/// Which entries count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Verified ones only.
    Official,
    /// Verified and submitted ones.
    Provisional,
}

/// Why an entry does not count towards a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// Submitted, and only verified entries count.
    NotVerified,
    /// The same entry a second time.
    Duplicate,
    /// It belongs to a period that the figure does not cover.
    OtherPeriod,
    /// It records "no data", or a denominator of 0.
    NoFigure,
    /// A value without numerator and denominator, where these are combined.
    WithoutParts,
    /// A later entry of the same location takes its place.
    Superseded,
    /// Locations, or periods, are not combined into this figure.
    NotCombined,
}

/// An entry that does not count, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excluded<K> {
    /// The entry.
    pub entry: Entry<K>,
    /// Why it does not count.
    pub reason: Exclusion,
}

/// The entries of one location in one period, in order of time.
pub(super) type Cell<K> = Vec<Entry<K>>;

/// The entries that count, by period and location, and the rest.
pub(super) struct Selection<K> {
    pub(super) periods: Vec<BTreeMap<Option<K>, Cell<K>>>,
    pub(super) excluded: Vec<Excluded<K>>,
}

impl<K: Copy + Ord> Selection<K> {
    /// Sorts entries into the `periods` periods of the project.
    pub(super) fn of(method: &Method, periods: usize, entries: &[Entry<K>], basis: Basis) -> Self {
        let mut selection = Self { periods: vec![BTreeMap::new(); periods], excluded: Vec::new() };
        let mut before = None;
        for entry in sorted(entries) {
            let reason = if before == Some(entry) { Some(Exclusion::Duplicate) } else { unfit(method, basis, &entry) };
            before = Some(entry);
            selection.place(entry, reason);
        }
        selection
    }

    fn place(&mut self, entry: Entry<K>, reason: Option<Exclusion>) {
        let period = self.periods.get_mut(entry.period);
        match (reason, period) {
            (None, Some(cells)) => cells.entry(entry.location).or_default().push(entry),
            (None, None) => self.exclude(entry, Exclusion::OtherPeriod),
            (Some(reason), _) => self.exclude(entry, reason),
        }
    }

    fn exclude(&mut self, entry: Entry<K>, reason: Exclusion) {
        self.excluded.push(Excluded { entry, reason });
    }
}

/// Why an entry can count for no period at all.
fn unfit<K>(method: &Method, basis: Basis, entry: &Entry<K>) -> Option<Exclusion> {
    let Some(figure) = entry.figure else {
        return Some(Exclusion::NoFigure);
    };
    if basis == Basis::Official && !entry.official {
        return Some(Exclusion::NotVerified);
    }
    if method.combines_parts() && figure.parts().is_none() {
        return Some(Exclusion::WithoutParts);
    }
    None
}

/// The figures of a cell, in order of time.
pub(super) fn figures<K>(cell: &[Entry<K>]) -> Vec<Figure> {
    cell.iter().filter_map(|entry| entry.figure).collect()
}

/// The figure of one location in one period.
pub(super) fn within<K>(method: &Method, cell: &[Entry<K>]) -> Result<Option<Figure>, Overflow> {
    fold(method, Fold::from(method.effective_within()), &figures(cell))
}

/// The text whose hash names the inputs of a result: equal for equal inputs, in
/// whatever order and however often they were delivered, and for numbers that
/// differ only in trailing zeros.
///
/// It covers the method and every entry, verified or not, so that one hash
/// vouches for the official and the provisional figure together.
#[must_use]
pub fn inputs_text<K: Copy + Ord + Display>(method: &Method, periods: usize, entries: &[Entry<K>]) -> String {
    let mut lines = vec![method_line(method, periods)];
    let mut sorted = sorted(entries);
    sorted.dedup();
    lines.extend(sorted.iter().map(entry_line));
    lines.join("\n")
}

fn sorted<K: Copy + Ord>(entries: &[Entry<K>]) -> Vec<Entry<K>> {
    let mut sorted = entries.to_vec();
    sorted.sort_unstable();
    sorted
}

fn method_line(method: &Method, periods: usize) -> String {
    [
        method.kind.as_str(),
        method.direction.as_str(),
        method.accumulation.as_str(),
        method.within.as_str(),
        method.locations.as_str(),
        method.periods.as_str(),
        if method.carry_forward { "carry" } else { "-" },
        method.formula.as_str(),
        &method.decimals.to_string(),
        &plain(method.baseline),
        &plain(Some(method.rag.amber)),
        &plain(Some(method.rag.red)),
        &plain(Some(method.rag.over)),
        &periods.to_string(),
    ]
    .join("|")
}

fn entry_line<K: Display>(entry: &Entry<K>) -> String {
    let location = entry.location.as_ref();
    let status = if entry.official { "verified" } else { "submitted" };
    let figure = entry.figure;
    [
        location.map_or_else(String::new, ToString::to_string),
        entry.period.to_string(),
        entry.collected_on.to_string(),
        entry.sequence.to_string(),
        status.to_owned(),
        plain(figure.map(Figure::value)),
        plain(figure.and_then(Figure::num)),
        plain(figure.and_then(Figure::den)),
    ]
    .join("|")
}

/// A number without trailing zeros; nothing for none.
fn plain(number: Option<Decimal>) -> String {
    number.map_or_else(String::new, |number| number.normalize().to_string())
}
