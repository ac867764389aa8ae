//! The frameworks that donors ask for, each with the names of its levels; a project may name its levels itself.

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
