//! The frameworks that donors ask for, each with the names of its levels; a project may name its levels itself.

use serde::{Deserialize, Serialize};

/// A framework as a donor or an agency lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its stable key.
    pub key: &'static str,
    /// The keys of its levels, top down; pages name them in the reader's language.
    pub levels: &'static [&'static str],
}

/// Every template that comes with Kipimo. The first is what a project begins with.
pub const TEMPLATES: [Template; 6] = [
    Template { key: "goal_outcome_output_activity", levels: &["goal", "outcome", "output", "activity"] },
    Template { key: "fcdo", levels: &["impact", "outcome", "output", "input"] },
    Template { key: "ec", levels: &["overall_objective", "specific_objective", "purpose", "result", "activity"] },
    Template { key: "usaid_1", levels: &["goal", "purpose", "sub_purpose", "output", "input"] },
    Template { key: "usaid_2", levels: &["strategic_objective", "intermediate_result", "sub_intermediate_result", "output", "input"] },
    Template { key: "usaid_ffp", levels: &["goal", "purpose", "sub_purpose", "intermediate_outcome", "output"] },
];

impl Template {
    /// The template of a key.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        TEMPLATES.into_iter().find(|template| template.key == key)
    }
}

/// How many levels a project has: its own, or those of its template.
#[must_use]
pub fn levels(template: &str, own: &[String]) -> usize {
    if own.is_empty() { Template::of(template).unwrap_or(TEMPLATES[0]).levels.len() } else { own.len() }
}

/// What results of a level are under the IATI standard (code list `ResultType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "i16", try_from = "i16")]
pub enum ResultType {
    /// What changed in the long run.
    Impact,
    /// What changed.
    Outcome,
    /// What was made or done.
    Output,
    /// Anything else.
    Other,
}

impl ResultType {
    /// Every type, from the top of a framework down.
    pub const ALL: [Self; 4] = [Self::Impact, Self::Outcome, Self::Output, Self::Other];

    /// Its stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::Outcome => "outcome",
            Self::Output => "output",
            Self::Other => "other",
        }
    }

    /// The type of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The code in the standard's list.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Output => 1,
            Self::Outcome => 2,
            Self::Impact => 3,
            Self::Other => 9,
        }
    }

    /// The type of a code.
    #[must_use]
    pub fn of_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a level of the templates that come with Kipimo is, by its key.
    #[must_use]
    pub fn of_level(key: &str) -> Self {
        match key {
            "goal" | "impact" | "overall_objective" | "strategic_objective" => Self::Impact,
            "outcome"
            | "specific_objective"
            | "purpose"
            | "sub_purpose"
            | "intermediate_result"
            | "sub_intermediate_result"
            | "intermediate_outcome" => Self::Outcome,
            "output" | "result" => Self::Output,
            _ => Self::Other,
        }
    }
}

impl From<ResultType> for i16 {
    fn from(kind: ResultType) -> Self {
        kind.code()
    }
}

impl TryFrom<i16> for ResultType {
    type Error = &'static str;

    fn try_from(code: i16) -> Result<Self, Self::Error> {
        Self::of_code(code).ok_or("not a type of result")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_codes_are_of_one_type_each() {
        for kind in ResultType::ALL {
            assert_eq!((ResultType::parse(kind.as_str()), ResultType::of_code(kind.code())), (Some(kind), Some(kind)));
        }
        assert_eq!((ResultType::parse("goal"), ResultType::of_code(4)), (None, None));
    }
}
