//! An indicator as typed.

use rust_decimal::Decimal;

use super::super::progress::{
    Accumulation, AggLocations, AggPeriods, AggWithin, Direction, Figure, Formula, Kind, Method, Thresholds, shown,
};
use super::reference::{Reference, ReferenceForm};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::ResultNodeId;
use crate::kernel::text;

/// What can be measured in this version.
pub const KINDS: [Kind; 7] = [Kind::Number, Kind::Percentage, Kind::Average, Kind::Ratio, Kind::Currency, Kind::Score, Kind::YesNo];
/// How often it can be reported: those that the calendar makes periods of.
pub const FREQUENCIES: [Frequency; 5] =
    [Frequency::Monthly, Frequency::Quarterly, Frequency::TriAnnual, Frequency::SemiAnnual, Frequency::Annual];

/// An indicator as typed.
#[derive(Clone, Debug, Default)]
pub struct IndicatorForm {
    /// Code.
    pub code: String,
    /// Title.
    pub title: String,
    /// Definition.
    pub definition: String,
    /// Unit.
    pub unit: String,
    /// `number`, `percentage`, `average`, …
    pub kind: String,
    /// `increase`, `decrease`, …
    pub direction: String,
    /// `non_cumulative`, …
    pub accumulation: String,
    /// How locations are combined.
    pub agg_locations: String,
    /// How periods are combined.
    pub agg_periods: String,
    /// `monthly`, …
    pub frequency: String,
    /// Decimals shown.
    pub decimals: String,
    /// Baseline.
    pub baseline_value: String,
    /// End-of-project target, or standard.
    pub eop_target: String,
    /// The result it measures; empty for none.
    pub result_node_id: String,
    /// Where figures come from.
    pub data_source: String,
    /// What the numerator counts.
    pub numerator_label: String,
    /// What the denominator counts.
    pub denominator_label: String,
    /// Whether a silent location keeps its last figure; running totals only.
    pub carry_forward: bool,
    /// How actual and target are compared; empty for the usual.
    pub achievement_formula: String,
    /// The least that is on track, in per cent; empty for the usual.
    pub rag_amber: String,
    /// The least that is at risk.
    pub rag_red: String,
    /// The most that is on track.
    pub rag_over: String,
    /// The rest of its sheet; none where it is not said.
    pub reference: Option<ReferenceForm>,
}

/// An indicator that may be written.
pub(in crate::projects) struct NewIndicator {
    pub(super) code: String,
    pub(super) title: String,
    pub(super) definition: String,
    pub(super) unit: String,
    pub(super) method: Method,
    pub(super) frequency: Frequency,
    pub(super) eop_target: Option<Decimal>,
    pub(super) node: Option<ResultNodeId>,
    pub(super) data_source: String,
    pub(super) numerator_label: String,
    pub(super) denominator_label: String,
    pub(super) reference: Reference,
}

impl IndicatorForm {
    /// Reads the fields: the one rule of what an indicator may say.
    ///
    /// # Errors
    /// Those that are refused.
    pub(in crate::projects) fn parse(&self) -> Result<NewIndicator> {
        let mut bad = Invalid::default();
        let code = bad.keep("code", text::code(&self.code));
        let title = bad.keep("title", text::line(&self.title, 1, 300));
        let definition = bad.keep("definition", text::prose(&self.definition, 4000));
        let unit = bad.keep("unit", text::line(&self.unit, 0, 40));
        let data_source = bad.keep("data_source", text::line(&self.data_source, 0, 300));
        let kind = bad.keep("kind", self.kind.parse::<Kind>().ok().filter(|kind| KINDS.contains(kind)).ok_or("not_a_choice"));
        let direction = bad.keep("direction", self.direction.parse::<Direction>().map_err(|_| "not_a_choice"));
        let accumulation = bad.keep("accumulation", self.accumulation.parse::<Accumulation>().map_err(|_| "not_a_choice"));
        let locations = bad.keep("agg_locations", self.agg_locations.parse::<AggLocations>().map_err(|_| "not_a_choice"));
        let periods = bad.keep("agg_periods", self.agg_periods.parse::<AggPeriods>().map_err(|_| "not_a_choice"));
        let frequency = bad.keep("frequency", Frequency::parse(&self.frequency).filter(|f| FREQUENCIES.contains(f)).ok_or("not_a_choice"));
        let decimals = bad.keep("decimals", self.decimals.trim().parse::<u32>().ok().filter(|d| *d <= 4).ok_or("not_a_choice"));
        let baseline = bad.keep("baseline_value", figure(&self.baseline_value));
        let eop_target = bad.keep("eop_target", figure(&self.eop_target));
        let node = bad.keep(
            "result_node_id",
            match self.result_node_id.trim() {
                "" => Ok(None),
                id => id.parse().map(Some).map_err(|_| "not_a_choice"),
            },
        );
        let numerator_label = bad.keep("numerator_label", text::line(&self.numerator_label, 0, 200));
        let denominator_label = bad.keep("denominator_label", text::line(&self.denominator_label, 0, 200));
        let (formula, rag) = (self.formula(&mut bad), self.thresholds(&mut bad));
        let reference = self.reference.clone().unwrap_or_default().parse(&mut bad);
        let parsed = (|| {
            let method = Method {
                kind: kind?,
                direction: direction?,
                accumulation: accumulation?,
                within: if kind? == Kind::Average { AggWithin::Avg } else { AggWithin::Sum },
                locations: locations?,
                periods: periods?,
                carry_forward: self.carry_forward && accumulation? == Accumulation::RunningTotal,
                formula: formula?,
                decimals: decimals?,
                baseline: baseline?,
                rag: rag?,
            };
            let (baseline, eop_target) = figures(&mut bad, &method, eop_target?, reference.as_ref()?)?;
            let method = Method { baseline, ..method };
            if method.check().is_err() {
                bad.note("agg_periods", "method_does_not_fit");
            }
            Some(NewIndicator {
                code: code?,
                title: title?,
                definition: definition?,
                unit: unit?,
                method,
                frequency: frequency?,
                eop_target,
                node: node?,
                data_source: data_source?,
                numerator_label: numerator_label?,
                denominator_label: denominator_label?,
                reference: reference?,
            })
        })();
        match parsed {
            Some(new) if bad.0.is_empty() => Ok(new),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

impl IndicatorForm {
    fn formula(&self, bad: &mut Invalid) -> Option<Formula> {
        match self.achievement_formula.trim() {
            "" => Some(Formula::Ratio),
            text => bad.keep("achievement_formula", text.parse().map_err(|_| "not_a_choice")),
        }
    }

    /// The limits between the colours: those that are usual where none are typed.
    fn thresholds(&self, bad: &mut Invalid) -> Option<Thresholds> {
        let usual = Thresholds::default();
        let mut limit = |field, typed: &str, usual| bad.keep(field, figure(typed)).map(|limit| limit.unwrap_or(usual));
        let (amber, red, over) = (
            limit("rag_amber", &self.rag_amber, usual.amber),
            limit("rag_red", &self.rag_red, usual.red),
            limit("rag_over", &self.rag_over, usual.over),
        );
        let rag = Thresholds { amber: amber?, red: red?, over: over? };
        if rag.red > rag.amber || rag.amber > rag.over || rag.red < Decimal::ZERO {
            bad.note("rag_amber", "limits_must_rise");
            return None;
        }
        Some(rag)
    }
}

/// Baseline and target at the end, as typed or as their numerators and denominators make them.
fn figures(
    bad: &mut Invalid,
    method: &Method,
    eop_target: Option<Decimal>,
    reference: &Reference,
) -> Option<(Option<Decimal>, Option<Decimal>)> {
    if reference.baseline_na && (method.baseline.is_some() || reference.baseline_num.is_some()) {
        bad.note("baseline_value", "baseline_or_none");
    }
    for (field, num) in [("baseline_num", reference.baseline_num), ("eop_target_num", reference.eop_target_num)] {
        if num.is_some() && !method.combines_parts() {
            bad.note(field, "parts_not_combined");
        }
    }
    let baseline = bad.keep("baseline_value", either(method, method.baseline, reference.baseline_num, reference.baseline_den));
    let eop_target = bad.keep("eop_target", either(method, eop_target, reference.eop_target_num, reference.eop_target_den));
    Some((baseline?, eop_target?))
}

/// A figure as typed, or as its numerator and denominator make it: both only where they read the same.
///
/// # Errors
/// `parts_differ`; `figure_not_valid` for parts that make none.
fn either(method: &Method, typed: Option<Decimal>, num: Option<Decimal>, den: Option<Decimal>) -> Result<Option<Decimal>, Fault> {
    if num.is_none() {
        return Ok(typed);
    }
    let made = Figure::read(method.kind, None, num, den).ok().flatten().ok_or("figure_not_valid")?.value().round_dp(6);
    match typed {
        Some(typed) if shown(typed, method.decimals) != shown(made, method.decimals) => Err("parts_differ"),
        // what reads the same is the same: figures that are settled stay as they are
        Some(typed) => Ok(Some(typed)),
        None => Ok(Some(made)),
    }
}
