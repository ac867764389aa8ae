//! The one place where several figures become one.

use rust_decimal::Decimal;

use super::figure::{Figure, Overflow, Parts, fit, sum};
use super::method::{AggLocations, AggPeriods, AggWithin, Method};

/// What is done with several figures, whatever it is that they differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Sum,
    Avg,
    Max,
    Min,
    Latest,
    /// They are not combined.
    Apart,
}

impl From<AggWithin> for Fold {
    fn from(how: AggWithin) -> Self {
        match how {
            AggWithin::Sum => Self::Sum,
            AggWithin::Latest => Self::Latest,
            AggWithin::Avg => Self::Avg,
            AggWithin::Max => Self::Max,
            AggWithin::Min => Self::Min,
        }
    }
}

impl From<AggLocations> for Fold {
    fn from(how: AggLocations) -> Self {
        match how {
            // A method with a ratio combines parts: its sum is Σ n ÷ Σ d.
            AggLocations::Sum | AggLocations::Ratio => Self::Sum,
            AggLocations::Avg => Self::Avg,
            AggLocations::Max => Self::Max,
            AggLocations::Min => Self::Min,
            AggLocations::None => Self::Apart,
        }
    }
}

impl From<AggPeriods> for Fold {
    fn from(how: AggPeriods) -> Self {
        match how {
            AggPeriods::Sum | AggPeriods::RatioOfSums => Self::Sum,
            AggPeriods::Avg => Self::Avg,
            AggPeriods::Max => Self::Max,
            AggPeriods::Min => Self::Min,
            AggPeriods::Latest => Self::Latest,
            AggPeriods::None => Self::Apart,
        }
    }
}

/// Combines figures given in order of time. Of no figures there is no result.
///
/// `None` also when the method combines parts and a figure has none: leaving it
/// out silently would pass a part for the whole.
pub(super) fn fold(method: &Method, how: Fold, figures: &[Figure]) -> Result<Option<Figure>, Overflow> {
    match how {
        Fold::Latest => Ok(figures.last().copied()),
        Fold::Max => Ok(figures.iter().copied().max_by_key(|figure| figure.value())),
        Fold::Min => Ok(figures.iter().copied().min_by_key(|figure| figure.value())),
        Fold::Apart => Ok(None),
        Fold::Sum | Fold::Avg if figures.len() < 2 => Ok(figures.first().copied()),
        Fold::Sum if method.combines_parts() => add_parts(method, figures),
        Fold::Avg if method.combines_parts() => average_parts(method, figures),
        Fold::Sum => {
            let total = fit(sum(figures.iter().map(|figure| figure.value()))?)?;
            Ok(Some(Figure::number(total)))
        }
        Fold::Avg => {
            let total = sum(figures.iter().map(|figure| figure.value()))?;
            Ok(Some(Figure::number(share(total, figures.len())?)))
        }
    }
}

/// Σ n ÷ Σ d.
fn add_parts(method: &Method, figures: &[Figure]) -> Result<Option<Figure>, Overflow> {
    let Some(sums) = sum_parts(figures)? else {
        return Ok(None);
    };
    Figure::quotient(method.kind, sums).map(Some)
}

/// The value of Σ n ÷ Σ d, weighing in later steps as one mean measurement:
/// three visits to the same 100 people are 100 people.
fn average_parts(method: &Method, figures: &[Figure]) -> Result<Option<Figure>, Overflow> {
    let Some(sums) = sum_parts(figures)? else {
        return Ok(None);
    };
    let mean = Parts { num: share(sums.num, figures.len())?, den: share(sums.den, figures.len())? };
    Figure::weighing(sums.quotient(method.kind)?, mean).map(Some)
}

/// The sums of the parts, or nothing when a figure has none.
fn sum_parts(figures: &[Figure]) -> Result<Option<Parts>, Overflow> {
    let parts: Option<Vec<Parts>> = figures.iter().map(|figure| figure.parts()).collect();
    let Some(parts) = parts else {
        return Ok(None);
    };
    Ok(Some(Parts { num: sum(parts.iter().map(|parts| parts.num))?, den: sum(parts.iter().map(|parts| parts.den))? }))
}

/// One of `count` equal shares.
pub(super) fn share(total: Decimal, count: usize) -> Result<Decimal, Overflow> {
    total.checked_div(Decimal::from(count)).ok_or(Overflow)
}
