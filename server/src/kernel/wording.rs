//! A text in one or several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{Fault, Invalid};
use super::text::{self, Locale};

/// A short text, by language. At least one language has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wording(BTreeMap<String, String>);

impl Wording {
    /// The longest text, in characters, as the database says too.
    pub const LONGEST: usize = 120;

    /// A text that comes with Kipimo, in each of its languages.
    #[must_use]
    pub fn shipped(en: &str, sw: &str) -> Self {
        Self([(Locale::En, en), (Locale::Sw, sw)].into_iter().map(|(locale, said)| (locale.as_str().to_owned(), said.to_owned())).collect())
    }

    /// As typed, a field a language: `{prefix}_en`, `{prefix}_sw`. One of them is enough.
    pub fn parse(bad: &mut Invalid, prefix: &str, typed: &[(Locale, &str)]) -> Option<Self> {
        let mut said = BTreeMap::new();
        for (locale, text) in typed {
            let name = format!("{prefix}_{}", locale.as_str());
            let text = bad.keep(&name, text::line(text, 0, Self::LONGEST))?;
            if !text.is_empty() {
                said.insert(locale.as_str().to_owned(), text);
            }
        }
        if said.is_empty() {
            bad.note(&format!("{prefix}_{}", Locale::En.as_str()), "required");
            return None;
        }
        Some(Self(said))
    }

    /// As typed in one line, languages in their order with a bar between: `Female | Mwanamke`.
    ///
    /// # Errors
    /// As [`text::line`]; `too_many` for more languages than there are.
    pub fn parse_line(line: &str) -> Result<Self, Fault> {
        let parts: Vec<&str> = line.split('|').collect();
        if parts.len() > Locale::ALL.len() {
            return Err("too_many");
        }
        let mut said = BTreeMap::new();
        for (locale, part) in Locale::ALL.into_iter().zip(parts) {
            let part = text::line(part, 0, Self::LONGEST)?;
            if !part.is_empty() {
                said.insert(locale.as_str().to_owned(), part);
            }
        }
        if said.is_empty() { Err("required") } else { Ok(Self(said)) }
    }

    /// The same in one line, as [`Wording::parse_line`] reads it.
    #[must_use]
    pub fn line(&self) -> String {
        let said = Locale::ALL.map(|locale| self.only(locale));
        said.join(" | ").trim_end_matches(['|', ' ']).trim_start().to_owned()
    }

    /// The text in a language, or in one that has it.
    #[must_use]
    pub fn say(&self, locale: Locale) -> &str {
        self.0
            .get(locale.as_str())
            .or_else(|| self.0.get(Locale::En.as_str()))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether it is said like this in any language, whatever the case.
    #[must_use]
    pub fn is_said(&self, text: &str) -> bool {
        self.0.values().any(|said| said.to_lowercase() == text.to_lowercase())
    }

    /// The text in a language; empty where it is not said in it.
    #[must_use]
    pub fn only(&self, locale: Locale) -> &str {
        self.0.get(locale.as_str()).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_stands_for_the_other() {
        let both = Wording::parse_line("Female | Mwanamke").unwrap();
        assert_eq!((both.say(Locale::En), both.say(Locale::Sw)), ("Female", "Mwanamke"));
        let one = Wording::parse_line(" | Mwanamke").unwrap();
        assert_eq!((one.say(Locale::En), one.only(Locale::En)), ("Mwanamke", ""));
        for (line, fault) in [("", "required"), ("|", "required"), ("a|b|c", "too_many"), (&"x".repeat(121), "too_long")] {
            assert_eq!(Wording::parse_line(line), Err(fault), "{line:?}");
        }
        for line in ["Female | Mwanamke", "Female", "| Mwanamke"] {
            assert_eq!(Wording::parse_line(line).unwrap().line(), line);
        }
    }

    #[test]
    fn fields_are_named_by_language() {
        let mut bad = Invalid::default();
        assert_eq!(Wording::parse(&mut bad, "name", &[(Locale::En, " "), (Locale::Sw, "")]), None);
        assert_eq!(bad, Invalid::one("name_en", "required"));
        let mut bad = Invalid::default();
        let said = Wording::parse(&mut bad, "name", &[(Locale::En, ""), (Locale::Sw, " Umri ")]);
        assert_eq!(said.map(|said| said.say(Locale::En).to_owned()), Some("Umri".to_owned()));
    }
}
