//! How an indicator is measured, combined and judged: the choices made on its
//! reference sheet that the arithmetic depends on.

use std::error::Error;
use std::fmt;

use rust_decimal::Decimal;

use super::text_enum::text_enum;

text_enum! {
    /// What an indicator measures.
    Kind {
        /// A count.
        Number => "number",
        /// 100 × numerator ÷ denominator.
        Percentage => "percentage",
        /// Numerator ÷ denominator.
        Ratio => "ratio",
        /// A mean, with or without the numerator and denominator it came from.
        Average => "average",
        /// An amount of money.
        Currency => "currency",
        /// A mark on a scale.
        Score => "score",
        /// Reached (1) or not (0).
        YesNo => "yes_no",
        /// Text only: no arithmetic.
        Qualitative => "qualitative",
    }
}

text_enum! {
    /// Which way is better.
    Direction {
        /// More is better.
        Increase => "increase",
        /// Less is better.
        Decrease => "decrease",
        /// Staying near the target is better.
        Maintain => "maintain",
        /// Neither; judged as an increase.
        None => "none",
    }
}

text_enum! {
    /// What the figure of a period stands for.
    Accumulation {
        /// The results of that period alone.
        NonCumulative => "non_cumulative",
        /// The sum of all results up to that period.
        CumulativeSum => "cumulative_sum",
        /// Each location's latest stand: what is typed is already a total.
        RunningTotal => "running_total",
    }
}

text_enum! {
    /// How several entries of one location in one period become one figure.
    AggWithin {
        /// Their sum.
        Sum => "sum",
        /// The one collected last.
        Latest => "latest",
        /// Their mean.
        Avg => "avg",
        /// The largest.
        Max => "max",
        /// The smallest.
        Min => "min",
    }
}

text_enum! {
    /// How the figures of several locations become one.
    AggLocations {
        /// Their sum.
        Sum => "sum",
        /// The mean over the locations that have data.
        Avg => "avg",
        /// The largest.
        Max => "max",
        /// The smallest.
        Min => "min",
        /// Sum of numerators ÷ sum of denominators.
        Ratio => "ratio",
        /// Never combined: only a figure entered without a location is a total.
        None => "none",
    }
}

text_enum! {
    /// How the figures of several periods become one.
    AggPeriods {
        /// Their sum.
        Sum => "sum",
        /// The mean over the periods that have data.
        Avg => "avg",
        /// The largest.
        Max => "max",
        /// The smallest.
        Min => "min",
        /// The last one that has data.
        Latest => "latest",
        /// Sum of numerators ÷ sum of denominators.
        RatioOfSums => "ratio_of_sums",
        /// Never combined.
        None => "none",
    }
}

text_enum! {
    /// How an actual is compared with its target.
    Formula {
        /// Actual ÷ target.
        Ratio => "ratio",
        /// The share of the way from the baseline to the target.
        ProgressFromBaseline => "progress_from_baseline",
    }
}

/// Limits between the colours, in per cent of achievement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The least that is on track.
    pub amber: Decimal,
    /// The least that is at risk; below it an indicator is off track.
    pub red: Decimal,
    /// The most that is on track; above it the surplus needs explaining.
    pub over: Decimal,
}

impl Default for Thresholds {
    /// On track within ±15 % of the target, off track below 70 %.
    fn default() -> Self {
        Self { amber: Decimal::from(85), red: Decimal::from(70), over: Decimal::from(115) }
    }
}

/// Everything on an indicator's reference sheet that its arithmetic needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// What is measured.
    pub kind: Kind,
    /// Which way is better.
    pub direction: Direction,
    /// What the figure of a period stands for.
    pub accumulation: Accumulation,
    /// Entries of one location and period → one figure. A running total always
    /// takes the latest, see [`Method::effective_within`].
    pub within: AggWithin,
    /// Locations → total.
    pub locations: AggLocations,
    /// Periods → quarter, year, whole project.
    pub periods: AggPeriods,
    /// Running totals only: a silent location keeps its last figure.
    pub carry_forward: bool,
    /// How actual and target are compared.
    pub formula: Formula,
    /// Decimal places shown, 0 to 4. Never used before display.
    pub decimals: u32,
    /// The value before the project, in the unit of the indicator.
    pub baseline: Option<Decimal>,
    /// The limits between the colours.
    pub rag: Thresholds,
}

impl Method {
    /// Most decimal places an indicator may show.
    pub const MAX_DECIMALS: u32 = 4;

    /// Refuses combinations whose result would mean nothing.
    ///
    /// # Errors
    ///
    /// The first rule that the method breaks.
    pub fn check(&self) -> Result<(), MethodFault> {
        let percentage = self.kind == Kind::Percentage;
        if percentage && self.locations != AggLocations::Ratio {
            return Err(MethodFault::PercentageAcrossLocations);
        }
        let keeps_parts = matches!(self.periods, AggPeriods::RatioOfSums | AggPeriods::Latest);
        if percentage && !keeps_parts {
            return Err(MethodFault::PercentageAcrossPeriods);
        }
        let running = self.accumulation == Accumulation::RunningTotal;
        if running && self.periods != AggPeriods::Latest {
            return Err(MethodFault::RunningTotalAcrossPeriods);
        }
        if self.kind == Kind::Qualitative && self.baseline.is_some() {
            return Err(MethodFault::QualitativeWithNumbers);
        }
        if self.decimals > Self::MAX_DECIMALS {
            return Err(MethodFault::TooManyDecimals);
        }
        if self.rag.red > self.rag.amber || self.rag.amber > self.rag.over {
            return Err(MethodFault::ThresholdsOutOfOrder);
        }
        Ok(())
    }

    /// Whether sums and means are taken of numerators and denominators apart,
    /// so that 5/10 and 90/100 make 95/110 and never a mean of percentages.
    #[must_use]
    pub fn combines_parts(&self) -> bool {
        self.kind == Kind::Percentage || self.locations == AggLocations::Ratio || self.periods == AggPeriods::RatioOfSums
    }

    /// Whether a mean gives every entry, location or period the same weight,
    /// however many people stand behind it. A page should say so beside it.
    #[must_use]
    pub fn is_unweighted(&self) -> bool {
        let averages = self.effective_within() == AggWithin::Avg || self.locations == AggLocations::Avg || self.periods == AggPeriods::Avg;
        averages && !self.combines_parts()
    }

    /// The rule within one location and period that is really applied.
    ///
    /// Entries of a running total are stands of the same count: only the latest
    /// holds, and adding two of them would count everybody twice.
    #[must_use]
    pub fn effective_within(&self) -> AggWithin {
        match self.accumulation {
            Accumulation::RunningTotal => AggWithin::Latest,
            Accumulation::NonCumulative | Accumulation::CumulativeSum => self.within,
        }
    }

    /// Whether the cells of a breakdown must add up to the total.
    ///
    /// Means, marks and latest values of groups do not add up; numerators and
    /// denominators always do.
    #[must_use]
    pub fn cells_add_up(&self) -> bool {
        let adds = matches!(self.kind, Kind::Number | Kind::Currency);
        self.combines_parts() || (adds && self.within == AggWithin::Sum)
    }
}

/// Why a [`Method`] was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodFault {
    /// Percentages combine across locations only as Σ numerators ÷ Σ denominators.
    PercentageAcrossLocations,
    /// Percentages combine across periods only as ratio of sums or latest.
    PercentageAcrossPeriods,
    /// The total of a running total is its latest figure.
    RunningTotalAcrossPeriods,
    /// A qualitative indicator has no numbers, so no baseline value.
    QualitativeWithNumbers,
    /// More than [`Method::MAX_DECIMALS`] decimal places.
    TooManyDecimals,
    /// The limits must rise: red ≤ amber ≤ over.
    ThresholdsOutOfOrder,
}

impl fmt::Display for MethodFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PercentageAcrossLocations => "a percentage needs agg_locations = ratio",
            Self::PercentageAcrossPeriods => "a percentage needs agg_periods = ratio_of_sums or latest",
            Self::RunningTotalAcrossPeriods => "a running total needs agg_periods = latest",
            Self::QualitativeWithNumbers => "a qualitative indicator has no baseline value",
            Self::TooManyDecimals => "at most 4 decimal places",
            Self::ThresholdsOutOfOrder => "thresholds must rise: red, amber, over",
        })
    }
}

impl Error for MethodFault {}
