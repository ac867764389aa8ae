//! Levels: what is said of one in a template of the organisation's, and of all of them in the row of a project.

use serde::{Deserialize, Serialize};

use super::{ResultType, TEMPLATES, Template};
use crate::kernel::text::Locale;
use crate::kernel::wording::Wording;

/// The most levels that a framework has.
pub const MOST_LEVELS: usize = 8;
/// The longest name of a level in one language, in characters.
pub(super) const LONGEST_LEVEL: usize = 60;

/// A level of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// What it is called, by language.
    pub label: Wording,
    /// What its results are under the IATI standard.
    #[serde(rename = "iati_result_type")]
    pub result_type: ResultType,
    /// Whether its results carry indicators.
    #[serde(rename = "allow_indicators")]
    pub allows_indicators: bool,
}

/// Levels as the row of a project holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// The key of the template that comes with Kipimo; it counts where there are no own names.
    pub(crate) template: String,
    /// The project's own names, top down, a line each: `Goal | Lengo kuu`.
    pub(crate) own: Vec<String>,
    /// What results of each own level are under the IATI standard, as far as it is said.
    pub(crate) result_types: Vec<i16>,
    /// Whether results of each own level carry indicators, as far as it is said.
    pub(crate) indicators: Vec<bool>,
}

impl Levels {
    /// Those of a template that comes with Kipimo.
    pub(crate) fn shipped(template: Template) -> Self {
        Self { template: template.key.to_owned(), ..Self::default() }
    }

    /// A copy of the levels of a template of the organisation's.
    pub(super) fn copied(levels: &[Level]) -> Self {
        Self {
            template: TEMPLATES[0].key.to_owned(),
            own: levels.iter().map(|level| level.label.line()).collect(),
            result_types: levels.iter().map(|level| level.result_type.code()).collect(),
            indicators: levels.iter().map(|level| level.allows_indicators).collect(),
        }
    }

    /// The same with names that somebody typed: what is said of a level stays with its place.
    pub(super) fn named(self, own: Vec<String>) -> Self {
        let (mut result_types, mut indicators) = (self.result_types, self.indicators);
        result_types.truncate(own.len());
        indicators.truncate(own.len());
        Self { own, result_types, indicators, ..self }
    }

    /// Whether results of a level carry indicators: unless it is said that they do not.
    pub(super) fn takes_indicators(&self, level: i16) -> bool {
        takes_indicators(&self.indicators, usize::try_from(level).unwrap_or_default())
    }
}

/// Whether results so deep carry indicators: unless it is said that they do not.
pub(super) fn takes_indicators(said: &[bool], depth: usize) -> bool {
    said.get(depth).copied().unwrap_or(true)
}

/// What an own level is called in a language.
#[must_use]
pub fn spoken(name: &str, locale: Locale) -> String {
    Wording::parse_line(name).map_or_else(|_| name.to_owned(), |said| said.say(locale).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_called_by_its_name_in_a_language() {
        assert_eq!((spoken("Vision | Dira", Locale::Sw), spoken("Vision", Locale::Sw)), ("Dira".to_owned(), "Vision".to_owned()));
        assert_eq!(spoken("one|two|three", Locale::En), "one|two|three", "from before there were languages");
    }
}
