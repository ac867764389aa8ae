//! The words of a sheet: heads of columns, levels and choices, as Kipimo writes them in every language, and as sheets that people use do.

use std::collections::{HashMap, HashSet};

use crate::kernel::calendar::Frequency;
use crate::kernel::text::Locale;
use crate::projects::framework::{self, TEMPLATES, Template};
use crate::projects::imports::period_named;

pub(super) use crate::projects::imports::plain;

/// What Kipimo's own workbooks say, in every language: each text with what it stands for.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Heads of columns: `level`, `number`, `result`, `description`, `assumptions`, `risks`, `location`, or the field of an indicator.
    pub heads: Vec<(String, &'static str)>,
    /// Levels of the templates, by their keys.
    pub levels: Vec<(String, &'static str)>,
    /// Choices: the text, the field and the word. `whether` is the field of every box.
    pub choices: Vec<(String, &'static str, &'static str)>,
    /// Names of months, from 1.
    pub months: Vec<(String, u32)>,
    /// The heading of indicators that hang under no result.
    pub loose: Vec<String>,
}

/// Heads of the sheets that organisations hand round, beside our own.
const HEADS: [(&str, &str); 44] = [
    ("level", "level"),
    ("result level", "level"),
    ("no", "number"),
    ("number", "number"),
    // of our own sheets in Swahili, as they were
    ("nambari", "number"),
    ("result", "result"),
    ("result statement", "result"),
    ("description", "description"),
    ("assumptions", "assumptions"),
    ("risks", "risks"),
    ("code", "code"),
    ("indicator code", "code"),
    ("indicator", "title"),
    ("indicators", "title"),
    ("indicator name", "title"),
    ("sector", "aside"),
    ("source", "aside"),
    ("definition", "definition"),
    ("rationale or justification for indicator", "rationale"),
    ("unit of measure", "unit"),
    ("unit", "unit"),
    ("number (#) or percentage (%)", "kind"),
    ("rationale for target", "target_rationale"),
    ("baseline", "baseline_value"),
    ("baseline value", "baseline_value"),
    ("direction of change", "direction"),
    ("target frequency", "frequency"),
    ("frequency", "frequency"),
    ("reporting frequency", "frequency"),
    ("target", "eop_target"),
    ("end target", "eop_target"),
    ("end-of-project target", "eop_target"),
    ("life of program target", "eop_target"),
    ("means of verification / data source", "means_of_verification"),
    ("means of verification", "means_of_verification"),
    ("data source", "data_source"),
    ("data collection method", "collection_method"),
    ("data points", "aside"),
    ("responsible person(s) and team", "aside"),
    ("method of analysis", "analysis_method"),
    ("information use", "aside"),
    ("data quality assurance details", "aside"),
    ("data issues", "data_limitations"),
    ("comments", "aside"),
];

/// Choices of the same sheets.
const CHOICES: [(&str, &str, &str); 26] = [
    ("number (#)", "kind", "number"),
    ("#", "kind", "number"),
    ("number", "kind", "number"),
    ("percentage (%)", "kind", "percentage"),
    ("%", "kind", "percentage"),
    ("percent", "kind", "percentage"),
    ("percentage", "kind", "percentage"),
    ("increase (+)", "direction", "increase"),
    ("increase", "direction", "increase"),
    ("+", "direction", "increase"),
    ("decrease (-)", "direction", "decrease"),
    ("decrease", "direction", "decrease"),
    ("-", "direction", "decrease"),
    ("maintain", "direction", "maintain"),
    ("not applicable", "direction", "none"),
    ("n/a", "direction", "none"),
    ("none", "direction", "none"),
    ("annual", "frequency", "annual"),
    ("annually", "frequency", "annual"),
    ("semi-annual", "frequency", "semi_annual"),
    ("semi-annually", "frequency", "semi_annual"),
    ("tri-annual", "frequency", "tri_annual"),
    // these are told, and taken as yearly
    ("life of program (lop) only", "frequency", "once"),
    ("lop", "frequency", "once"),
    ("midline and endline", "frequency", "midline_endline"),
    ("event", "frequency", "event"),
];

/// Levels that stand in one place, whatever a framework calls them: the first is what all of them lead to.
const RANKS: [&[&str]; 4] = [
    &["goal", "impact", "overall objective", "strategic objective", "development objective", "vision"],
    &["outcome", "purpose", "specific objective", "objective", "intermediate result"],
    &["output", "result"],
    &["activity", "input"],
];

/// Every word by which a sheet is read, as [`plain`] writes it.
#[derive(Debug)]
pub(super) struct Words {
    heads: HashMap<String, &'static str>,
    levels: HashMap<String, Vec<&'static str>>,
    choices: HashMap<(&'static str, String), &'static str>,
    months: HashMap<String, u32>,
    loose: HashSet<String>,
}

/// One of several: `outcomes` is `outcome`.
fn singular(text: &str) -> String {
    match text.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => text.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(text).to_owned(),
    }
}

impl Words {
    /// The words of the sheets that people use, and our own. Ours stand behind: of one text, the first meaning holds.
    pub(super) fn of(own: &Vocabulary) -> Self {
        let mut words =
            Self { heads: HashMap::new(), levels: HashMap::new(), choices: HashMap::new(), months: HashMap::new(), loose: HashSet::new() };
        let heads = HEADS.iter().copied().chain(own.heads.iter().map(|(text, name)| (text.as_str(), *name)));
        for (text, name) in heads {
            words.heads.entry(plain(text)).or_insert(name);
        }
        for (text, key) in &own.levels {
            words.levels.entry(singular(&plain(text))).or_default().push(*key);
        }
        let choices = CHOICES.iter().copied().chain(own.choices.iter().map(|(text, field, word)| (text.as_str(), *field, *word)));
        for (text, field, word) in choices {
            words.choices.entry((field, plain(text))).or_insert(word);
        }
        for frequency in Frequency::ALL {
            words.choices.entry(("frequency", frequency.as_str().to_owned())).or_insert(frequency.as_str());
        }
        words.months.extend(own.months.iter().map(|(text, month)| (plain(text), *month)));
        words.loose.extend(own.loose.iter().map(|text| plain(text)));
        words
    }

    /// What stands beneath a head.
    pub(super) fn head(&self, text: &str) -> Option<&'static str> {
        self.heads.get(&plain(text)).copied()
    }

    /// The word that a choice is kept as.
    pub(super) fn choice(&self, field: &'static str, text: &str) -> Option<&'static str> {
        self.choices.get(&(field, plain(text))).copied()
    }

    /// Whether a heading is that of indicators under no result.
    pub(super) fn is_loose(&self, text: &str) -> bool {
        self.loose.contains(&plain(text))
    }

    /// How deep a level stands in a framework, 0 at the top: by its own name, or by the place that it has in every framework.
    pub(super) fn depth(&self, text: &str, template: &str, own_levels: &[String]) -> Option<usize> {
        let text = singular(&plain(text));
        let keys = self.levels.get(&text).map(Vec::as_slice).unwrap_or_default();
        let spoken = |key: &&str| key.replace('_', " ");
        // an own level has a name in each language
        let ways = |name: &String| Locale::ALL.map(|locale| singular(&plain(&framework::spoken(name, locale)))).to_vec();
        let names: Vec<Vec<String>> = if own_levels.is_empty() {
            Template::of(template).unwrap_or(TEMPLATES[0]).levels.iter().map(|key| vec![spoken(key)]).collect()
        } else {
            own_levels.iter().map(ways).collect()
        };
        let said: Vec<String> = std::iter::once(text.clone()).chain(keys.iter().map(spoken)).collect();
        if let Some(at) = names.iter().position(|names| names.iter().any(|name| said.contains(name))) {
            return Some(at);
        }
        let rank = RANKS.iter().find(|rank| said.iter().any(|word| rank.contains(&word.as_str())))?;
        let mut same = names.iter().enumerate().filter(|(_, names)| names.iter().any(|name| rank.contains(&name.as_str())));
        // where two levels share the place, which of them is meant is a guess
        match (same.next(), same.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    /// The period that a head names, `2026 Q1` or `Mar 2026`, as periods are named everywhere.
    pub(super) fn period(&self, text: &str) -> Option<(Frequency, String)> {
        period_named(text, &self.months)
    }
}

/// The number of a result as written, and the letter of an indicator behind it: `1.2a`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbered {
    /// The parts of the number; none for the top that some sheets do not number.
    pub(super) parts: Vec<u32>,
    /// The letter; empty for none.
    pub(super) letter: String,
}

impl Numbered {
    /// Reads a cell.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = plain(text);
        let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let letter = text.get(digits.len()..).unwrap_or_default().to_owned();
        let digits = digits.trim_end_matches(['.', ' ', '-']);
        let part = |part: &str| part.parse::<u32>().ok().filter(|n| (1..=9_999).contains(n) && part.len() <= 4);
        let parts: Option<Vec<u32>> = if digits.is_empty() { Some(Vec::new()) } else { digits.split('.').map(part).collect() };
        Some(Self { parts: parts?, letter }).filter(|numbered| numbered.letter.len() <= 2)
    }

    /// The number of a result at a depth, every part said: some sheets number what stands beneath the top from 1.
    pub(super) fn full(&self, depth: usize) -> Option<Vec<u32>> {
        match self.parts.len() {
            said if said == depth + 1 => Some(self.parts.clone()),
            said if said == depth => Some(std::iter::once(1).chain(self.parts.iter().copied()).collect()),
            _ => None,
        }
    }

    /// The number as text, without the letter.
    pub(super) fn number(&self) -> String {
        dotted(&self.parts)
    }
}

/// `1.2.1`
pub(super) fn dotted(parts: &[u32]) -> String {
    parts.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// `a`, `b`, …, `z`, `aa`: counted from 0.
pub(super) fn letter(at: usize) -> String {
    crate::projects::imports::letters(at).to_lowercase()
}
