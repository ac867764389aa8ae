//! Every visible word, from the catalogues in `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, static_loader};
use server::kernel::text::Locale;
use unic_langid::langid;

static_loader! {
    static CATALOGUES = {
        locales: "../locales",
        fallback_language: "en",
        // the marks that isolate values would stand in attributes and titles too; pages isolate with <bdi>
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static EN: LanguageIdentifier = langid!("en");
static SW: LanguageIdentifier = langid!("sw");

/// Speaks a language, and tells times by the clock of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Say(pub Locale, Tz);

/// A text with values that is said again and again, in each cell of a table: the catalogue is read once. For texts whose grammar does not
/// turn on what is put in.
#[derive(Clone, Debug)]
pub struct Phrase {
    begins: String,
    /// Which value comes, and the text behind it.
    goes_on: Vec<(usize, String)>,
}

/// The first of the characters that stand for values while a phrase is read: Unicode gives them to nobody.
const FIRST_MARK: u32 = 0xe000;

impl Phrase {
    /// The text with values put in, in the order in which they were named.
    #[must_use]
    pub fn fill(&self, values: &[&str]) -> String {
        let mut said = self.begins.clone();
        for (value, text) in &self.goes_on {
            said.push_str(values.get(*value).copied().unwrap_or_default());
            said.push_str(text);
        }
        said
    }
}

impl Say {
    /// Speaks a language, and tells universal time.
    #[must_use]
    pub const fn new(locale: Locale) -> Self {
        Self(locale, Tz::UTC)
    }

    /// The same by the clock of a place.
    #[must_use]
    pub const fn at(self, zone: Tz) -> Self {
        Self(self.0, zone)
    }

    /// A moment as it is told there.
    #[must_use]
    pub fn there(self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.1)
    }

    fn language(self) -> &'static LanguageIdentifier {
        match self.0 {
            Locale::En => &EN,
            Locale::Sw => &SW,
        }
    }

    /// Both catalogues are complete, so the language is looked up as it is; only a missing key goes the long way, which
    /// weighs languages against each other.
    fn find(self, key: &str, values: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>) -> Option<String> {
        CATALOGUES.lookup_single_language(self.language(), key, values).ok()
    }

    /// The text of a key.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        self.find(key, None).unwrap_or_else(|| CATALOGUES.lookup(self.language(), key))
    }

    /// The text of a key with values put in.
    #[must_use]
    pub fn with(self, key: &str, values: &[(&'static str, &str)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        self.find(key, Some(&values)).unwrap_or_else(|| CATALOGUES.lookup_with_args(self.language(), key, &values))
    }

    /// The text of a key, to be filled in many times.
    #[must_use]
    pub fn phrase(self, key: &str, names: &[&'static str]) -> Phrase {
        let marks: Vec<char> = (FIRST_MARK..).take(names.len()).filter_map(char::from_u32).collect();
        let texts: Vec<String> = marks.iter().map(ToString::to_string).collect();
        let values: Vec<_> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        let text = self.with(key, &values);
        let mut phrase = Phrase { begins: String::new(), goes_on: Vec::new() };
        for character in text.chars() {
            match (marks.iter().position(|mark| *mark == character), phrase.goes_on.last_mut()) {
                (Some(value), _) => phrase.goes_on.push((value, String::new())),
                (None, Some((_, text))) => text.push(character),
                (None, None) => phrase.begins.push(character),
            }
        }
        phrase
    }

    /// The text of a key for a count, in its plural form.
    #[must_use]
    pub fn count(self, key: &str, count: i64) -> String {
        let values = HashMap::from([(Cow::Borrowed("count"), FluentValue::from(count))]);
        self.find(key, Some(&values)).unwrap_or_else(|| CATALOGUES.lookup_with_args(self.language(), key, &values))
    }

    /// The text of a key for as many things as there are, in its plural form.
    #[must_use]
    pub fn count_of(self, key: &str, many: usize) -> String {
        self.count(key, i64::try_from(many).unwrap_or(i64::MAX))
    }

    /// The text of a key for a count, in its plural form, with other values put in.
    #[must_use]
    pub fn count_with(self, key: &str, count: i64, values: &[(&'static str, &str)]) -> String {
        let mut all: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        all.insert(Cow::Borrowed("count"), FluentValue::from(count));
        self.find(key, Some(&all)).unwrap_or_else(|| CATALOGUES.lookup_with_args(self.language(), key, &all))
    }

    /// The text of a word of the domain, e.g. `status` and `on_track`: key `status-on-track`.
    #[must_use]
    pub fn word(self, family: &str, word: &str) -> String {
        let key = format!("{family}-{}", word.replace(['_', '.'], "-"));
        self.find(&key, None).or_else(|| CATALOGUES.try_lookup(self.language(), &key)).unwrap_or_else(|| word.replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_says_what_the_catalogue_says() {
        for say in [Say::new(Locale::En), Say::new(Locale::Sw)] {
            let phrase = say.phrase("explain-label", &["indicator", "column"]);
            for (indicator, column) in [("ind_1", "Q1 2025"), ("", ""), ("{ $column }", "ind_1")] {
                assert_eq!(phrase.fill(&[indicator, column]), say.with("explain-label", &[("indicator", indicator), ("column", column)]));
            }
            assert_eq!(say.phrase("no-data", &[]).fill(&[]), say.t("no-data"));
        }
    }
}
