//! What our own workbooks say, in every language: so that an import reads them back, whoever took them out.

use server::access::Role;
use server::kernel::calendar::Frequency;
use server::kernel::text::Locale;
use server::projects::framework::TEMPLATES;
use server::projects::framework::import::{DETAILS, Vocabulary};
use server::projects::indicators::{DATA_USES, KINDS, QUALITY};
use server::projects::progress::{Accumulation, AggLocations, AggPeriods, Direction, Formula, Kind};

use super::framework::HEADS;
use crate::text::Say;

/// The words of the workbook of a framework, in every language.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    let mut words = Vocabulary::default();
    for say in Locale::ALL.map(Say::new) {
        let named = HEADS.iter().chain(&[("field-location", "location")]).map(|(key, name)| (say.t(key), *name));
        words.heads.extend(named.chain(DETAILS.iter().map(|field| (say.word("field", field), *field))));
        words.levels.extend(TEMPLATES.iter().flat_map(|template| template.levels).map(|level| (say.word("level", level), *level)));
        for (field, family, all) in choices() {
            words.choices.extend(all.into_iter().map(|word| (say.word(family, word), field, word)));
        }
        words.months.extend((1..=12).map(|month| (say.t(&format!("month-{month}")), month)));
        words.loose.push(say.t("framework-loose"));
    }
    words
}

/// The fields that hold words: each with the family of its texts, and the words.
fn choices() -> [(&'static str, &'static str, Vec<&'static str>); 12] {
    [
        ("kind", "kind", KINDS.map(Kind::as_str).to_vec()),
        ("frequency", "frequency", Frequency::ALL.map(Frequency::as_str).to_vec()),
        ("direction", "direction", Direction::ALL.iter().map(|word| word.as_str()).collect()),
        ("accumulation", "accumulation", Accumulation::ALL.iter().map(|word| word.as_str()).collect()),
        ("agg_locations", "agg-locations", AggLocations::ALL.iter().map(|word| word.as_str()).collect()),
        ("agg_periods", "agg-periods", AggPeriods::ALL.iter().map(|word| word.as_str()).collect()),
        ("achievement_formula", "achievement-formula", Formula::ALL.iter().map(|word| word.as_str()).collect()),
        ("responsible_role", "role", Role::ALL.map(Role::as_str).to_vec()),
        ("iati_measure", "iati-measure", vec!["1", "2", "3", "4", "5"]),
        ("whether", "whether", vec!["true", "false"]),
        ("data_use", "data-use", DATA_USES.to_vec()),
        ("quality_assurance", "quality", QUALITY.to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_text_means_two_things() {
        let words = vocabulary();
        let mut heads: HashMap<String, &str> = HashMap::new();
        for (text, name) in &words.heads {
            let first = heads.entry(text.to_lowercase()).or_insert(name);
            assert_eq!(*first, *name, "{text}");
        }
        let mut choices: HashMap<(&str, String), &str> = HashMap::new();
        for (text, field, word) in &words.choices {
            let first = choices.entry((field, text.to_lowercase())).or_insert(word);
            assert_eq!(*first, *word, "{field} {text}");
            assert!(!matches!(*field, "data_use" | "quality_assurance") || !text.contains(','), "{text} would be two");
        }
        assert_eq!(words.months.len(), 24);
    }
}
