//! Where something that a check found is mended.

/// The page that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// What the project says of itself under the standard.
    Publication,
    /// Title, summary or days of the project.
    Project,
    /// The results framework.
    Framework,
    /// An indicator, by its code.
    Indicator(String),
    /// The budget.
    Budget,
}

impl Mend {
    /// Where the element or attribute at a place comes from. `indicators` are the codes of those that were written, result by result.
    #[must_use]
    pub(super) fn of(place: &str, indicators: &[Vec<String>]) -> Self {
        let mut steps = place.split('/').filter(|step| !step.is_empty()).skip(2).map(step);
        match steps.next() {
            Some(("result", result)) => match steps.next() {
                Some(("indicator", indicator)) => {
                    let code = indicators.get(result - 1).and_then(|of_result| of_result.get(indicator - 1));
                    code.map_or(Self::Framework, |code| Self::Indicator(code.clone()))
                }
                _ => Self::Framework,
            },
            Some(("budget", _)) => Self::Budget,
            Some(("title" | "description" | "activity-date" | "activity-status", _)) => Self::Project,
            _ => Self::Publication,
        }
    }
}

/// The name of a step of a place, and its position among those of its name, from 1.
fn step(step: &str) -> (&str, usize) {
    let Some((name, rest)) = step.split_once('[') else { return (step, 1) };
    (name, rest.trim_end_matches(']').parse().ok().filter(|at| *at > 0).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_finding_is_mended() {
        let codes = [vec!["a.1".to_owned()], vec!["b.1".to_owned(), "b.2".to_owned()]];
        let of = |code: &str| Mend::Indicator(code.to_owned());
        let cases = [
            ("/iati-activities/iati-activity", Mend::Publication),
            ("/iati-activities/iati-activity/@xml:lang", Mend::Publication),
            ("/iati-activities/iati-activity/sector[2]/@percentage", Mend::Publication),
            ("/iati-activities/iati-activity/reporting-org/@ref", Mend::Publication),
            ("/iati-activities/iati-activity/description", Mend::Project),
            ("/iati-activities/iati-activity/activity-date[1]/@iso-date", Mend::Project),
            ("/iati-activities/iati-activity/budget[3]", Mend::Budget),
            ("/iati-activities/iati-activity/result[2]", Mend::Framework),
            ("/iati-activities/iati-activity/result[2]/title/narrative", Mend::Framework),
            ("/iati-activities/iati-activity/result/indicator/baseline", of("a.1")),
            ("/iati-activities/iati-activity/result[2]/indicator[2]/period[9]/actual", of("b.2")),
            ("/iati-activities/iati-activity/result[3]/indicator", Mend::Framework),
            ("/iati-activities/iati-activity/result[0]/indicator[0]", of("a.1")),
            ("", Mend::Publication),
        ];
        for (place, expected) in cases {
            assert_eq!(Mend::of(place, &codes), expected, "{place}");
        }
    }
}
