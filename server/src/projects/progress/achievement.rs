//! Actual against target: the percentage and its colour.

use rust_decimal::Decimal;

use super::figure::shown;
use super::method::{Direction, Formula, Method};
use super::text_enum::text_enum;

/// Decimal places with which an achievement is shown and judged.
pub const ACHIEVEMENT_DECIMALS: u32 = 1;

text_enum! {
    /// The colour of an indicator in a period.
    Rag {
        /// Above the upper limit: a flag to explain, no better green.
        Over => "over",
        /// Near the target.
        OnTrack => "on_track",
        /// Below the target.
        AtRisk => "at_risk",
        /// Far below the target.
        OffTrack => "off_track",
        /// Grey: the period is over and nothing was recorded.
        NoData => "no_data",
        /// Grey: there is no target that a figure could be compared with.
        NoTarget => "no_target",
        /// Grey: the period is not over yet.
        NotDue => "not_due",
    }
}

/// How an achievement was worked out, with the numbers used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Working {
    /// actual ÷ target × 100.
    Ratio {
        /// What was achieved.
        actual: Decimal,
        /// What was planned; not 0.
        target: Decimal,
        /// In per cent, unrounded.
        result: Decimal,
    },
    /// (actual − baseline) ÷ (target − baseline) × 100; negative when things
    /// are worse than before the project.
    Progress {
        /// What was achieved.
        actual: Decimal,
        /// Where the project began.
        baseline: Decimal,
        /// What was planned; not the baseline.
        target: Decimal,
        /// In per cent, unrounded.
        result: Decimal,
    },
    /// (2 − actual ÷ target) × 100: less is better, and nobody knows where the
    /// project began.
    Reduction {
        /// What was achieved.
        actual: Decimal,
        /// What was planned; not 0.
        target: Decimal,
        /// In per cent, unrounded.
        result: Decimal,
    },
    /// There is no achievement to show.
    NotAvailable(NotAvailable),
}

/// Why there is no achievement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotAvailable {
    /// Nothing was recorded.
    NoActual,
    /// Nothing was planned.
    NoTarget,
    /// A share of 0 is undefined.
    ZeroTarget,
    /// Progress needs a baseline.
    NoBaseline,
    /// The result has too many digits.
    TooLarge,
}

impl Working {
    /// The achievement in per cent, unrounded.
    #[must_use]
    pub const fn result(self) -> Option<Decimal> {
        match self {
            Self::Ratio { result, .. } | Self::Progress { result, .. } | Self::Reduction { result, .. } => Some(result),
            Self::NotAvailable(_) => None,
        }
    }
}

/// The achievement in per cent, unrounded; see [`working`].
#[must_use]
pub fn achievement(method: &Method, actual: Option<Decimal>, target: Option<Decimal>) -> Option<Decimal> {
    working(method, actual, target).result()
}

/// Works out an achievement.
///
/// - Maintain: a ratio.
/// - Decrease: progress from the baseline, or a reduction without one.
/// - Increase: as the indicator's formula says.
/// - A target that equals the baseline leaves no way to go: then a ratio or,
///   for a decrease, a reduction.
#[must_use]
pub fn working(method: &Method, actual: Option<Decimal>, target: Option<Decimal>) -> Working {
    let Some(target) = target else {
        return Working::NotAvailable(NotAvailable::NoTarget);
    };
    let Some(actual) = actual else {
        return Working::NotAvailable(NotAvailable::NoActual);
    };
    let from_baseline = method.formula == Formula::ProgressFromBaseline;
    let worked = match (method.direction, method.baseline) {
        (Direction::Maintain, _) => ratio(actual, target),
        (Direction::Decrease, Some(baseline)) if baseline != target => progress(actual, baseline, target),
        (Direction::Decrease, _) => reduction(actual, target),
        (Direction::Increase | Direction::None, baseline) => match baseline {
            _ if !from_baseline => ratio(actual, target),
            None => Err(NotAvailable::NoBaseline),
            Some(baseline) if baseline == target => ratio(actual, target),
            Some(baseline) => progress(actual, baseline, target),
        },
    };
    worked.unwrap_or_else(Working::NotAvailable)
}

/// The colour, judged on the achievement as it is shown, so that two figures
/// that look the same never differ in colour.
///
/// `period_ended` is whether the period's last day has passed: until then an
/// indicator is not due. A missing target comes before missing data.
#[must_use]
pub fn rag(method: &Method, actual: Option<Decimal>, target: Option<Decimal>, period_ended: bool) -> Rag {
    if !period_ended {
        return Rag::NotDue;
    }
    match working(method, actual, target) {
        Working::NotAvailable(NotAvailable::NoActual) => Rag::NoData,
        // To hold zero, e.g. no accidents, is met by exactly zero.
        Working::NotAvailable(NotAvailable::ZeroTarget) if method.direction == Direction::Maintain => {
            if actual.is_some_and(|actual| actual.is_zero()) { Rag::OnTrack } else { Rag::OffTrack }
        }
        Working::NotAvailable(_) => Rag::NoTarget,
        Working::Ratio { result, .. } | Working::Progress { result, .. } | Working::Reduction { result, .. } => colour(method, result),
    }
}

/// The colour of an achievement in per cent.
fn colour(method: &Method, achievement: Decimal) -> Rag {
    let limits = &method.rag;
    let shown = shown(achievement, ACHIEVEMENT_DECIMALS);
    if shown >= limits.amber && shown <= limits.over {
        Rag::OnTrack
    } else if method.direction == Direction::Maintain {
        // To drift away is as bad upwards as downwards.
        Rag::OffTrack
    } else if shown > limits.over {
        Rag::Over
    } else if shown >= limits.red {
        Rag::AtRisk
    } else {
        Rag::OffTrack
    }
}

fn ratio(actual: Decimal, target: Decimal) -> Result<Working, NotAvailable> {
    let result = percent(Some(actual), Some(target))?;
    Ok(Working::Ratio { actual, target, result })
}

fn progress(actual: Decimal, baseline: Decimal, target: Decimal) -> Result<Working, NotAvailable> {
    let covered = actual.checked_sub(baseline);
    let whole = target.checked_sub(baseline);
    let result = percent(covered, whole)?;
    Ok(Working::Progress { actual, baseline, target, result })
}

fn reduction(actual: Decimal, target: Decimal) -> Result<Working, NotAvailable> {
    // (2 − a/t) = (2t − a)/t, with a single division.
    let twice = target.checked_add(target);
    let kept = twice.and_then(|twice| twice.checked_sub(actual));
    let result = percent(kept, Some(target))?;
    Ok(Working::Reduction { actual, target, result })
}

/// `part` in per cent of `whole`; `None` stands for too many digits.
fn percent(part: Option<Decimal>, whole: Option<Decimal>) -> Result<Decimal, NotAvailable> {
    let (Some(part), Some(whole)) = (part, whole) else {
        return Err(NotAvailable::TooLarge);
    };
    if whole.is_zero() {
        return Err(NotAvailable::ZeroTarget);
    }
    let scaled = part.checked_mul(Decimal::ONE_HUNDRED);
    scaled.and_then(|scaled| scaled.checked_div(whole)).ok_or(NotAvailable::TooLarge)
}
