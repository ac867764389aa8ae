//! How the figures of an indicator come about, as a published report keeps it: by the words of its reference sheet.

use serde::{Deserialize, Serialize};

use super::Item;
use crate::projects::indicators::Indicator;

/// How figures come about.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct How {
    /// Whether it is one of those that tell most.
    #[serde(default, skip_serializing_if = "is_not")]
    pub key: bool,
    /// What is measured: `number`, `percentage`, …
    pub kind: String,
    /// Which way is better.
    pub direction: String,
    /// What the figure of a period stands for.
    pub accumulation: String,
    /// How entries of one place and period become one figure.
    pub within: String,
    /// How places become one figure.
    pub places: String,
    /// And periods.
    pub periods: String,
    /// How a figure is compared with its target.
    pub formula: String,
    /// How often it is reported.
    pub frequency: String,
    /// What the numerator and the denominator count, where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<(String, String)>,
    /// Where figures come from; empty if that is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The least that is on track, the least that is at risk and the most that is on track, in per cent.
    pub limits: (String, String, String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_not(flag: &bool) -> bool {
    !flag
}

impl How {
    /// What the reference sheet of an indicator says.
    #[must_use]
    pub fn of(indicator: &Indicator) -> Self {
        let method = &indicator.method;
        let limit = |value: rust_decimal::Decimal| value.normalize().to_string();
        Self {
            key: false,
            kind: method.kind.as_str().to_owned(),
            direction: method.direction.as_str().to_owned(),
            accumulation: method.accumulation.as_str().to_owned(),
            within: method.effective_within().as_str().to_owned(),
            places: method.locations.as_str().to_owned(),
            periods: method.periods.as_str().to_owned(),
            formula: method.formula.as_str().to_owned(),
            frequency: indicator.frequency.as_str().to_owned(),
            parts: indicator.needs_fraction().then(|| (indicator.numerator_label.clone(), indicator.denominator_label.clone())),
            source: indicator.data_source.clone(),
            limits: (limit(method.rag.amber), limit(method.rag.red), limit(method.rag.over)),
        }
    }
}

impl Item {
    /// The same, as one of those that tell most or not.
    #[must_use]
    pub fn marked(mut self, is_key: bool) -> Self {
        if let Some(how) = self.how.as_mut() {
            how.key = is_key;
        }
        self
    }
}
