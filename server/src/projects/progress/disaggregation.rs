//! Whether a breakdown, e.g. by sex, agrees with its total.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use rust_decimal::Decimal;

use super::figure::{Figure, FigureFault, Overflow, Parts, fit, sum};
use super::method::{Kind, Method};
use super::text_enum::text_enum;

text_enum! {
    /// How the values of a dimension relate to the whole.
    DimensionKind {
        /// Everybody is in exactly one cell: the cells make the total.
        ExclusiveExhaustive => "exclusive_exhaustive",
        /// Nobody is in two cells, some may be in none.
        ExclusivePartial => "exclusive_partial",
        /// The same person may be in several cells.
        Overlapping => "overlapping",
    }
}

/// What a total or a cell of a breakdown holds. Unlike a [`Figure`] it may be 0
/// out of 0: a group that nobody belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A value without numerator and denominator.
    Number(Decimal),
    /// Numerator and denominator; the denominator may be 0.
    Parts(Parts),
}

/// A breakdown that agrees with its total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breakdown {
    /// The total: computed from the cells where they are exhaustive, else as
    /// it was typed.
    pub total: Option<Quantity>,
    /// What no cell of a partial breakdown accounts for, to be shown as
    /// unknown; `None` when the cells account for everything.
    pub unknown: Option<Quantity>,
    /// Whether anything is missing from the breakdown.
    pub incomplete: bool,
}

/// Why a breakdown was refused. Cells are named by their place, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakdownFault {
    /// A cell of an exhaustive breakdown has no figure, not even 0.
    MissingCell {
        /// Which one.
        cell: usize,
    },
    /// Cells without the total they belong to.
    MissingTotal,
    /// A value where numerator and denominator belong, or the other way round;
    /// `None` is the total.
    MixedUp {
        /// Which one.
        cell: Option<usize>,
    },
    /// The typed total is not the sum of the cells.
    TotalDiffers {
        /// Which number.
        of: Part,
        /// Typed total − sum of the cells.
        by: Decimal,
    },
    /// The cells add up to more than the total.
    SumExceedsTotal {
        /// Which number.
        of: Part,
        /// Sum of the cells − total.
        by: Decimal,
    },
    /// One cell is more than the total.
    CellExceedsTotal {
        /// Which one.
        cell: usize,
        /// Which number.
        of: Part,
        /// Cell − total.
        by: Decimal,
    },
    /// More were counted than there were to count.
    NumeratorExceedsDenominator {
        /// Which cell; `None` is what remains for the unknown.
        cell: Option<usize>,
    },
    /// A sum is too large to be kept.
    Overflow,
}

/// Which number of a figure a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The value of a figure without numerator and denominator.
    Value,
    /// The numerator.
    Numerator,
    /// The denominator.
    Denominator,
}

impl fmt::Display for BreakdownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCell { cell } => write!(f, "cell {cell} has no figure"),
            Self::MissingTotal => f.write_str("the total is missing"),
            Self::MixedUp { cell: Some(cell) } => {
                write!(f, "cell {cell} is not measured like the indicator")
            }
            Self::MixedUp { cell: None } => f.write_str("the total is not measured like the indicator"),
            Self::TotalDiffers { by, .. } => write!(f, "total minus sum of cells is {by}"),
            Self::SumExceedsTotal { by, .. } => write!(f, "the cells exceed the total by {by}"),
            Self::CellExceedsTotal { cell, by, .. } => {
                write!(f, "cell {cell} exceeds the total by {by}")
            }
            Self::NumeratorExceedsDenominator { cell: Some(cell) } => {
                write!(f, "cell {cell} counts more than there are")
            }
            Self::NumeratorExceedsDenominator { cell: None } => f.write_str("the unknown remainder counts more than there are"),
            Self::Overflow => Overflow.fmt(f),
        }
    }
}

impl Error for BreakdownFault {}

impl Quantity {
    /// A stored row or cell; three nulls are no quantity.
    ///
    /// # Errors
    ///
    /// As [`Figure::read`].
    pub fn read(kind: Kind, value: Option<Decimal>, num: Option<Decimal>, den: Option<Decimal>) -> Result<Option<Self>, FigureFault> {
        let figure = Figure::read(kind, value, num, den)?;
        Ok(match (num, den) {
            (Some(num), Some(den)) => Some(Self::Parts(Parts { num, den })),
            _ => figure.map(|figure| Self::Number(figure.value())),
        })
    }

    /// The figure to show; none for 0 out of 0.
    ///
    /// # Errors
    ///
    /// As [`Figure::of_parts`].
    pub fn figure(self, kind: Kind) -> Result<Option<Figure>, FigureFault> {
        match self {
            Self::Number(value) => Ok(Some(Figure::number(value))),
            Self::Parts(Parts { num, den }) => Figure::of_parts(kind, num, den),
        }
    }

    /// Whether more was counted than there was to count.
    fn overcounts(self) -> bool {
        matches!(self, Self::Parts(Parts { num, den }) if num > den)
    }

    /// The number that takes part in sums as `part`.
    fn get(self, part: Part) -> Option<Decimal> {
        match (self, part) {
            (Self::Number(value), Part::Value) => Some(value),
            (Self::Parts(parts), Part::Numerator) => Some(parts.num),
            (Self::Parts(parts), Part::Denominator) => Some(parts.den),
            _ => None,
        }
    }

    /// Puts a quantity together, number by number.
    fn build<E>(method: &Method, mut number: impl FnMut(Part) -> Result<Decimal, E>) -> Result<Self, E> {
        if method.combines_parts() {
            let num = number(Part::Numerator)?;
            let den = number(Part::Denominator)?;
            Ok(Self::Parts(Parts { num, den }))
        } else {
            number(Part::Value).map(Self::Number)
        }
    }
}

/// Checks the cells of one dimension, or of a cross-table, against the total.
///
/// Cells of means, marks and latest values do not add up and are not checked,
/// see [`Method::cells_add_up`]. A breakdown of which no cell was reported is
/// incomplete, not wrong.
///
/// # Errors
///
/// Every fault found, so that a form can mark all of them at once.
pub fn check_breakdown(
    method: &Method,
    kind: DimensionKind,
    total: Option<Quantity>,
    cells: &[Option<Quantity>],
) -> Result<Breakdown, Vec<BreakdownFault>> {
    let reported = cells.iter().any(Option::is_some);
    let partial = kind == DimensionKind::ExclusivePartial && total.is_some();
    if !method.cells_add_up() || !(reported || partial) {
        return Ok(Breakdown { total, unknown: None, incomplete: cells.iter().any(Option::is_none) });
    }
    let faults = faults_of_cells(method, total, cells);
    if !faults.is_empty() {
        return Err(faults);
    }
    match kind {
        DimensionKind::ExclusiveExhaustive => exhaustive(method, total, cells),
        DimensionKind::ExclusivePartial => partial_cells(method, total, cells),
        DimensionKind::Overlapping => overlapping(method, total, cells),
    }
}

/// Totals of the margins of a cross-table, e.g. of each sex over all ages: give
/// every cell the key of the margin it belongs to. Null + 5 = 5; a margin of
/// nulls alone is null. Cells that do not add up have no totals.
///
/// # Errors
///
/// [`Overflow`] when a total is too large to be kept.
pub fn subtotals<M: Copy + Ord>(method: &Method, cells: &[(M, Option<Quantity>)]) -> Result<BTreeMap<M, Option<Quantity>>, Overflow> {
    let mut margins: BTreeMap<M, Vec<Quantity>> = BTreeMap::new();
    for (margin, cell) in cells {
        margins.entry(*margin).or_default().extend(*cell);
    }
    let total = |(margin, cells): (M, Vec<Quantity>)| {
        if cells.is_empty() || !method.cells_add_up() {
            return Ok((margin, None));
        }
        let total = Quantity::build(method, |part| add_up(&cells, part))?;
        Ok((margin, Some(total)))
    };
    margins.into_iter().map(total).collect()
}

/// The cells make the total, so each of them must be there.
fn exhaustive(method: &Method, typed: Option<Quantity>, cells: &[Option<Quantity>]) -> Result<Breakdown, Vec<BreakdownFault>> {
    let missing = cells.iter().enumerate().filter(|(_, cell)| cell.is_none());
    let mut faults: Vec<BreakdownFault> = missing.map(|(cell, _)| BreakdownFault::MissingCell { cell }).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let present: Vec<Quantity> = cells.iter().copied().flatten().collect();
    let total = Quantity::build(method, |part| add_up(&present, part)).map_err(overflow)?;
    for part in parts_of(method) {
        if let Some(by) = typed.and_then(|typed| excess(typed, total, *part))
            && !by.is_zero()
        {
            faults.push(BreakdownFault::TotalDiffers { of: *part, by });
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Breakdown { total: Some(total), unknown: None, incomplete: false })
}

/// What the cells leave of the total is unknown.
fn partial_cells(method: &Method, total: Option<Quantity>, cells: &[Option<Quantity>]) -> Result<Breakdown, Vec<BreakdownFault>> {
    let total = total.ok_or_else(|| vec![BreakdownFault::MissingTotal])?;
    let present: Vec<Quantity> = cells.iter().copied().flatten().collect();
    let known = Quantity::build(method, |part| add_up(&present, part)).map_err(overflow)?;
    let exceeding = parts_of(method).iter().filter_map(|part| {
        let by = excess(known, total, *part)?;
        (by > Decimal::ZERO).then_some(BreakdownFault::SumExceedsTotal { of: *part, by })
    });
    let faults: Vec<BreakdownFault> = exceeding.collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let unknown = Quantity::build(method, |part| excess(total, known, part).ok_or(Overflow)).map_err(overflow)?;
    if method.kind == Kind::Percentage && unknown.overcounts() {
        return Err(vec![BreakdownFault::NumeratorExceedsDenominator { cell: None }]);
    }
    let remains = |part: &Part| unknown.get(*part).is_some_and(|number| !number.is_zero());
    let incomplete = parts_of(method).iter().any(remains);
    Ok(Breakdown { total: Some(total), unknown: incomplete.then_some(unknown), incomplete })
}

/// The same person may be in several cells, but no cell holds more than all.
fn overlapping(method: &Method, total: Option<Quantity>, cells: &[Option<Quantity>]) -> Result<Breakdown, Vec<BreakdownFault>> {
    let total = total.ok_or_else(|| vec![BreakdownFault::MissingTotal])?;
    let mut faults = Vec::new();
    for (cell, quantity) in cells.iter().enumerate() {
        for part in parts_of(method) {
            if let Some(by) = quantity.and_then(|quantity| excess(quantity, total, *part))
                && by > Decimal::ZERO
            {
                let of = *part;
                faults.push(BreakdownFault::CellExceedsTotal { cell, of, by });
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Breakdown { total: Some(total), unknown: None, incomplete: cells.iter().any(Option::is_none) })
}

/// Faults of single numbers, whatever the dimension.
fn faults_of_cells(method: &Method, total: Option<Quantity>, cells: &[Option<Quantity>]) -> Vec<BreakdownFault> {
    let named = cells.iter().enumerate().map(|(cell, it)| (Some(cell), *it));
    let mut faults = Vec::new();
    for (cell, quantity) in named.chain([(None, total)]) {
        let Some(quantity) = quantity else { continue };
        if parts_of(method).iter().any(|part| quantity.get(*part).is_none()) {
            faults.push(BreakdownFault::MixedUp { cell });
        } else if cell.is_some() && method.kind == Kind::Percentage && quantity.overcounts() {
            faults.push(BreakdownFault::NumeratorExceedsDenominator { cell });
        }
    }
    faults
}

/// The numbers that a quantity of this method consists of.
fn parts_of(method: &Method) -> &'static [Part] {
    if method.combines_parts() { &[Part::Numerator, Part::Denominator] } else { &[Part::Value] }
}

/// The sum of one number of every cell.
fn add_up(cells: &[Quantity], part: Part) -> Result<Decimal, Overflow> {
    fit(sum(cells.iter().filter_map(|cell| cell.get(part)))?)
}

/// How much larger the left number is than the right one.
fn excess(left: Quantity, right: Quantity, part: Part) -> Option<Decimal> {
    left.get(part)?.checked_sub(right.get(part)?)
}

fn overflow(_: Overflow) -> Vec<BreakdownFault> {
    vec![BreakdownFault::Overflow]
}
