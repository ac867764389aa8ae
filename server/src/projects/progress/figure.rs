//! A figure that somebody measured, and the rounding with which it is shown.

use std::error::Error;
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::method::Kind;

/// Decimal places at which computed values are taken as exact before they are
/// rounded for display. A third added three times is 0.999…9; without this a
/// sum that is exactly half-way would be rounded down.
const EXACT_PLACES: u32 = 20;

/// A number is too large for the column that keeps it, `numeric(24,6)`:
/// 18 digits before the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number has more than 18 digits before the point")
    }
}

impl Error for Overflow {}

/// Numerator and denominator of one figure; the denominator is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parts {
    /// What was counted.
    pub num: Decimal,
    /// Out of how many.
    pub den: Decimal,
}

/// A measured figure. "No data" is the absence of a figure, `Option::None`;
/// a figure of 0 is data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure {
    value: Decimal,
    parts: Option<Parts>,
}

impl Figure {
    /// A figure without numerator and denominator.
    #[must_use]
    pub const fn number(value: Decimal) -> Self {
        Self { value, parts: None }
    }

    /// A figure worked out from numerator and denominator: 100·n/d for a
    /// percentage, n/d for every other kind. 0/0 measures nobody: no figure.
    ///
    /// # Errors
    ///
    /// A negative denominator, something counted out of nothing, or a result
    /// that does not fit.
    pub fn of_parts(kind: Kind, num: Decimal, den: Decimal) -> Result<Option<Self>, FigureFault> {
        if den < Decimal::ZERO {
            return Err(FigureFault::NegativeDenominator);
        }
        if den.is_zero() {
            return if num.is_zero() { Ok(None) } else { Err(FigureFault::CountedOutOfNothing) };
        }
        Ok(Some(Self::quotient(kind, Parts { num, den })?))
    }

    /// A stored row: numerator and denominator win over the value, which is
    /// derived from them; three nulls are no figure.
    ///
    /// # Errors
    ///
    /// As [`Figure::of_parts`], and when only one of numerator and denominator
    /// is there.
    pub fn read(kind: Kind, value: Option<Decimal>, num: Option<Decimal>, den: Option<Decimal>) -> Result<Option<Self>, FigureFault> {
        match (num, den) {
            (Some(num), Some(den)) => Self::of_parts(kind, num, den),
            (None, None) => Ok(value.map(Self::number)),
            _ => Err(FigureFault::HalfAFraction),
        }
    }

    /// The figure in the unit of its indicator, unrounded.
    #[must_use]
    pub const fn value(self) -> Decimal {
        self.value
    }

    /// Numerator and denominator, when the figure has them.
    #[must_use]
    pub const fn parts(self) -> Option<Parts> {
        self.parts
    }

    /// The numerator, when the figure has one.
    #[must_use]
    pub fn num(self) -> Option<Decimal> {
        self.parts.map(|parts| parts.num)
    }

    /// The denominator, when the figure has one.
    #[must_use]
    pub fn den(self) -> Option<Decimal> {
        self.parts.map(|parts| parts.den)
    }

    /// The figure of a fraction whose denominator is above 0.
    pub(super) fn quotient(kind: Kind, parts: Parts) -> Result<Self, Overflow> {
        Self::weighing(parts.quotient(kind)?, parts)
    }

    /// A figure whose value was worked out from more than the parts with which
    /// it counts in later steps.
    pub(super) fn weighing(value: Decimal, parts: Parts) -> Result<Self, Overflow> {
        let parts = Parts { num: fit(parts.num)?, den: fit(parts.den)? };
        Ok(Self { value: fit(value)?, parts: Some(parts) })
    }
}

impl Parts {
    /// 100·n/d for a percentage, n/d for every other kind.
    pub(super) fn quotient(self, kind: Kind) -> Result<Decimal, Overflow> {
        let scale = match kind {
            Kind::Percentage => Decimal::ONE_HUNDRED,
            _ => Decimal::ONE,
        };
        // Multiplied first: a quotient rounded to 28 digits must not be scaled up.
        let scaled = self.num.checked_mul(scale).ok_or(Overflow)?;
        scaled.checked_div(self.den).ok_or(Overflow)
    }
}

/// Why numerator and denominator make no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureFault {
    /// A denominator counts things and cannot be below 0.
    NegativeDenominator,
    /// The denominator is 0 and the numerator is not.
    CountedOutOfNothing,
    /// Only one of numerator and denominator is given.
    HalfAFraction,
    /// The number does not fit its column.
    Overflow,
}

impl From<Overflow> for FigureFault {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl fmt::Display for FigureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegativeDenominator => f.write_str("the denominator is below 0"),
            Self::CountedOutOfNothing => f.write_str("something counted out of nothing"),
            Self::HalfAFraction => f.write_str("numerator and denominator come together"),
            Self::Overflow => Overflow.fmt(f),
        }
    }
}

impl Error for FigureFault {}

/// A value as it is displayed: rounded half-up, away from zero, with exactly
/// `decimals` places. There is no other rounding anywhere in the arithmetic.
#[must_use]
pub fn shown(value: Decimal, decimals: u32) -> Decimal {
    let half_up = RoundingStrategy::MidpointAwayFromZero;
    let mut shown = value.round_dp_with_strategy(EXACT_PLACES, half_up).round_dp_with_strategy(decimals, half_up);
    if shown.is_zero() {
        // −0.04 must not be printed as −0.0.
        shown.set_sign_positive(true);
    }
    shown.rescale(decimals);
    shown
}

/// Passes a number on when its column can keep it.
pub(super) fn fit(value: Decimal) -> Result<Decimal, Overflow> {
    let limit = Decimal::from(10_i64.pow(18));
    if shown(value, 6).abs() < limit { Ok(value) } else { Err(Overflow) }
}

/// The sum of numbers; of none at all, 0.
///
/// Not yet checked against the column: a mean may be small where its sum is not.
pub(super) fn sum(numbers: impl IntoIterator<Item = Decimal>) -> Result<Decimal, Overflow> {
    numbers.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add).ok_or(Overflow)
}
