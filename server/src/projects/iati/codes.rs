//! What Kipimo's words are in the standard's code lists.

use chrono::NaiveDate;

use super::document::{ActivityDate, ActivityStatus, DateKind, Measure, ResultKind};
use crate::projects::framework::ResultType;
use crate::projects::progress::Kind;
use crate::projects::{Project, framework};

/// Days after its end for which a project's money may not be settled yet.
const SETTLING_DAYS: i64 = 365;

/// How far a project is: one that ended is settled a year later.
pub(super) fn status(status: &str, end: NaiveDate, today: NaiveDate) -> ActivityStatus {
    match status {
        "pipeline" => ActivityStatus::Pipeline,
        "suspended" => ActivityStatus::Suspended,
        "cancelled" => ActivityStatus::Cancelled,
        "completed" if (today - end).num_days() > SETTLING_DAYS => ActivityStatus::Closed,
        "completed" => ActivityStatus::Finalisation,
        _ => ActivityStatus::Implementation,
    }
}

/// The days of a project: as planned. On which day it really began or ended nobody has said.
pub(super) fn dates(project: &Project) -> Vec<ActivityDate> {
    [(DateKind::PlannedStart, project.start_date), (DateKind::PlannedEnd, project.end_date)]
        .into_iter()
        .map(|(kind, date)| ActivityDate { kind, date })
        .collect()
}

/// The kind of result that a level is: as it is said of an own level (`said`, codes of the list), or by its name in the template; where a
/// project names its levels itself and says no more, the top is an impact, the bottom an output, and what lies between an outcome.
pub(super) fn result_kind(template: &str, own_levels: &[String], said: &[i16], level: i16) -> ResultKind {
    let at = usize::try_from(level).unwrap_or_default();
    if !own_levels.is_empty() {
        let said = said.get(at).and_then(|code| u8::try_from(*code).ok()).and_then(ResultKind::from_code);
        if let Some(kind) = said {
            return kind;
        }
        return match at {
            0 if own_levels.len() > 1 => ResultKind::Impact,
            _ if at + 1 >= own_levels.len() => ResultKind::Output,
            _ => ResultKind::Outcome,
        };
    }
    let template = framework::Template::of(template).unwrap_or(framework::TEMPLATES[0]);
    match ResultType::of_level(template.levels.get(at).copied().unwrap_or_default()) {
        ResultType::Impact => ResultKind::Impact,
        ResultType::Outcome => ResultKind::Outcome,
        ResultType::Output => ResultKind::Output,
        ResultType::Other => ResultKind::Other,
    }
}

/// What the figures of an indicator are: as its sheet says, or as follows from its kind. Words are never numbers, whatever the sheet says.
pub(super) fn measure(kind: Kind, said: Option<i16>) -> Measure {
    let said = said.and_then(|code| u8::try_from(code).ok()).and_then(Measure::from_code);
    let fits = |measure: &Measure| (*measure == Measure::Qualitative) == (kind == Kind::Qualitative);
    said.filter(fits).unwrap_or(match kind {
        Kind::Percentage => Measure::Percentage,
        Kind::Score => Measure::Ordinal,
        Kind::YesNo => Measure::Nominal,
        Kind::Qualitative => Measure::Qualitative,
        _ => Measure::Unit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn how_far_a_project_is() {
        let cases = [
            ("pipeline", "2026-12-31", ActivityStatus::Pipeline),
            ("active", "2026-12-31", ActivityStatus::Implementation),
            ("active", "2020-12-31", ActivityStatus::Implementation),
            ("suspended", "2026-12-31", ActivityStatus::Suspended),
            ("completed", "2026-01-31", ActivityStatus::Finalisation),
            ("completed", "2024-01-31", ActivityStatus::Closed),
            ("cancelled", "2024-01-31", ActivityStatus::Cancelled),
        ];
        for (text, end, expected) in cases {
            assert_eq!(status(text, day(end), day("2026-06-30")), expected, "{text} {end}");
        }
    }

    #[test]
    fn levels_are_results_of_a_kind() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let cases = [
            ("goal_outcome_output_activity", own(&[]), 0, ResultKind::Impact),
            ("goal_outcome_output_activity", own(&[]), 1, ResultKind::Outcome),
            ("goal_outcome_output_activity", own(&[]), 2, ResultKind::Output),
            ("goal_outcome_output_activity", own(&[]), 3, ResultKind::Other),
            ("ec", own(&[]), 3, ResultKind::Output),
            ("usaid_2", own(&[]), 1, ResultKind::Outcome),
            ("unknown", own(&[]), 9, ResultKind::Other),
            ("ec", own(&["Ndoto", "Lengo", "Zao"]), 0, ResultKind::Impact),
            ("ec", own(&["Ndoto", "Lengo", "Zao"]), 1, ResultKind::Outcome),
            ("ec", own(&["Ndoto", "Lengo", "Zao"]), 2, ResultKind::Output),
            ("ec", own(&["Zao"]), 0, ResultKind::Output),
        ];
        for (template, own, level, expected) in cases {
            assert_eq!(result_kind(template, &own, &[], level), expected, "{template} {own:?} {level}");
        }
        let own = own(&["Ndoto", "Lengo", "Zao"]);
        // what is said counts, as far as it goes
        let found = [0, 1, 2].map(|level| result_kind("ec", &own, &[9, 1], level));
        assert_eq!(found, [ResultKind::Other, ResultKind::Output, ResultKind::Output]);
    }

    #[test]
    fn every_level_of_every_template_is_known() {
        for template in framework::TEMPLATES {
            for (at, key) in template.levels.iter().enumerate() {
                let kind = result_kind(template.key, &[], &[], i16::try_from(at).unwrap());
                assert_eq!(kind == ResultKind::Other, matches!(*key, "activity" | "input"), "{} {key}", template.key);
            }
        }
    }

    #[test]
    fn what_figures_are() {
        assert_eq!(measure(Kind::Percentage, None), Measure::Percentage);
        assert_eq!(measure(Kind::Number, None), Measure::Unit);
        assert_eq!(measure(Kind::Number, Some(3)), Measure::Nominal);
        assert_eq!(measure(Kind::Qualitative, None), Measure::Qualitative);
        assert_eq!(measure(Kind::Number, Some(5)), Measure::Unit, "figures are no words");
        assert_eq!(measure(Kind::Qualitative, Some(1)), Measure::Qualitative, "nor words figures");
        assert_eq!(measure(Kind::Score, Some(9)), Measure::Ordinal, "a code that the standard does not know is none");
    }
}
