//! From the cells of an indicator to the form that a person would have filled in: whether it is right, the form says.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::words::{Words, plain};
use crate::projects::imports::{At, IssueCode, Log, number};
use crate::projects::indicators::{IndicatorForm, ReferenceForm};

/// The fields of an indicator that a workbook says by its code, beside those in the matrix: ours has a sheet of them.
pub const DETAILS: [&str; 36] = [
    "definition",
    "kind",
    "decimals",
    "direction",
    "accumulation",
    "agg_locations",
    "agg_periods",
    "carry_forward",
    "numerator_label",
    "denominator_label",
    "achievement_formula",
    "rag_amber",
    "rag_red",
    "rag_over",
    "rationale",
    "baseline_num",
    "baseline_den",
    "baseline_date",
    "baseline_na",
    "baseline_note",
    "eop_target_num",
    "eop_target_den",
    "target_rationale",
    "means_of_verification",
    "collection_method",
    "responsible_role",
    "analysis_method",
    "data_use",
    "quality_assurance",
    "data_limitations",
    "dqa_last_date",
    "dqa_next_date",
    "is_key",
    "is_public",
    "iati_export",
    "iati_measure",
];

/// Fields that hold a figure.
const FIGURES: [&str; 9] = [
    "baseline_value",
    "eop_target",
    "baseline_num",
    "baseline_den",
    "eop_target_num",
    "eop_target_den",
    "rag_amber",
    "rag_red",
    "rag_over",
];
/// Fields that hold one word of several.
const CHOICES: [&str; 9] = [
    "kind",
    "frequency",
    "direction",
    "accumulation",
    "agg_locations",
    "agg_periods",
    "achievement_formula",
    "responsible_role",
    "iati_measure",
];
/// Boxes.
const BOXES: [&str; 5] = ["carry_forward", "baseline_na", "is_key", "is_public", "iati_export"];
/// Fields that hold one line: line ends in their cells are spaces.
const LINES: [&str; 5] = ["title", "unit", "data_source", "numerator_label", "denominator_label"];
/// What stands for a baseline that there is not and will not be.
const NONE: [&str; 4] = ["n/a", "na", "not applicable", "none"];
/// What stands for one that is still to be measured.
const LATER: [&str; 5] = ["tbd", "to be determined", "tbc", "to be confirmed", "pending"];

/// The cells of an indicator by field.
pub(super) type Cells = BTreeMap<&'static str, (At, String)>;

/// Text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A figure as a sheet shows it: that of a percentage may have its sign.
pub(in crate::projects) fn figure(text: &str, is_percentage: bool) -> Result<Decimal, IssueCode> {
    let text = text.trim();
    let bare = if is_percentage { text.strip_suffix('%').unwrap_or(text).trim_end() } else { text };
    number(bare)
}

/// Says of a percentage what most often goes wrong with it.
pub(in crate::projects) fn warn_of_percentage(log: &mut Log, at: At, value: Decimal, text: &str) {
    if value > Decimal::ONE_HUNDRED {
        log.warning(at, "percent_over", text);
    } else if value > Decimal::ZERO && value <= Decimal::ONE && !text.contains('%') {
        log.warning(at, "percent_small", text);
    }
}

/// Reads the cells of an indicator; what is wrong in them is noted, and stands in the form as if it had not been said.
pub(super) fn form(cells: &Cells, first: At, words: &Words, log: &mut Log) -> IndicatorForm {
    let mut reader = Reader { cells, words, log, decimals: 0 };
    let kind = reader.kind();
    let is_percentage = kind == "percentage";
    let mut form = usual(kind);
    let mut reference = ReferenceForm::default();
    for (field, (at, text)) in cells {
        let (field, at) = (*field, *at);
        if field == "kind" || text.trim().is_empty() {
            continue;
        }
        if FIGURES.contains(&field) {
            reader.figure(field, at, text, is_percentage, &mut form, &mut reference);
        } else if CHOICES.contains(&field) {
            if let Some(word) = reader.choice(field, at, text) {
                set(&mut form, &mut reference, field, word.to_owned());
            }
        } else if BOXES.contains(&field) {
            if let Some(word) = reader.word("whether", at, text) {
                tick(&mut form, &mut reference, field, word == "true");
            }
        } else if matches!(field, "data_use" | "quality_assurance") {
            let list = reader.list(field, at, text);
            if field == "data_use" { reference.data_use = list } else { reference.quality_assurance = list }
        } else {
            let text = if LINES.contains(&field) { one_line(text) } else { text.clone() };
            set(&mut form, &mut reference, field, text);
        }
    }
    if form.frequency.is_empty() {
        if !cells.contains_key("frequency") {
            reader.log.error(first, "frequency_missing", "");
        }
        // it is said what is wrong: the form need not say it again
        "quarterly".clone_into(&mut form.frequency);
    }
    if !cells.contains_key("decimals") {
        form.decimals = reader.decimals.to_string();
    }
    form.reference = Some(reference);
    form
}

/// What a new indicator of a kind begins with, as on the form; how its figures combine follows from the kind.
fn usual(kind: &str) -> IndicatorForm {
    let (locations, periods) = match kind {
        "percentage" | "ratio" => ("ratio", "ratio_of_sums"),
        "average" | "score" => ("avg", "avg"),
        _ => ("sum", "sum"),
    };
    IndicatorForm {
        kind: kind.to_owned(),
        direction: "increase".to_owned(),
        accumulation: "non_cumulative".to_owned(),
        agg_locations: locations.to_owned(),
        agg_periods: periods.to_owned(),
        decimals: "0".to_owned(),
        ..IndicatorForm::default()
    }
}

struct Reader<'a> {
    cells: &'a Cells,
    words: &'a Words,
    log: &'a mut Log,
    /// The most decimals that a figure has.
    decimals: u32,
}

impl Reader<'_> {
    /// What is measured: as it is said, or as the unit says.
    fn kind(&mut self) -> &'static str {
        let unit = self.cells.get("unit").map(|(_, unit)| plain(unit)).unwrap_or_default();
        let by_unit = if matches!(unit.as_str(), "%" | "percent" | "percentage") { "percentage" } else { "number" };
        match self.cells.get("kind") {
            Some((at, text)) if !text.trim().is_empty() => self.word("kind", *at, text).unwrap_or(by_unit),
            _ => by_unit,
        }
    }

    fn word(&mut self, field: &'static str, at: At, text: &str) -> Option<&'static str> {
        let word = self.words.choice(field, text);
        if word.is_none() {
            self.log.error(at, "word_unknown", text);
        }
        word
    }

    /// A word; how often is told apart where Kipimo has no such periods.
    fn choice(&mut self, field: &'static str, at: At, text: &str) -> Option<&'static str> {
        match self.word(field, at, text)? {
            "once" | "midline_endline" | "event" if field == "frequency" => {
                self.log.warning(at, "frequency_annual", text);
                Some("annual")
            }
            word => Some(word),
        }
    }

    fn list(&mut self, field: &'static str, at: At, text: &str) -> Vec<String> {
        let parts: Vec<&str> = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        parts.into_iter().filter_map(|part| self.word(field, at, part)).map(str::to_owned).collect()
    }

    fn figure(
        &mut self,
        field: &'static str,
        at: At,
        text: &str,
        is_percentage: bool,
        form: &mut IndicatorForm,
        reference: &mut ReferenceForm,
    ) {
        let is_baseline = field == "baseline_value";
        if is_baseline && NONE.contains(&plain(text).as_str()) {
            reference.baseline_na = true;
            return;
        }
        if is_baseline && LATER.contains(&plain(text).as_str()) {
            self.log.warning(at, "baseline_later", text);
            return;
        }
        let is_of_it = matches!(field, "baseline_value" | "eop_target");
        match figure(text, is_percentage && is_of_it) {
            Ok(value) => {
                if is_of_it {
                    self.decimals = self.decimals.max(value.normalize().scale().min(4));
                    if is_percentage {
                        warn_of_percentage(self.log, at, value, text);
                    }
                }
                set(form, reference, field, value.normalize().to_string());
            }
            Err(code) => self.log.error(at, code.as_str(), text),
        }
    }
}

fn tick(form: &mut IndicatorForm, reference: &mut ReferenceForm, field: &str, is: bool) {
    match field {
        "carry_forward" => form.carry_forward = is,
        "baseline_na" => reference.baseline_na |= is,
        "is_key" => reference.is_key = is,
        "is_public" => reference.is_public = is,
        "iati_export" => reference.iati_export = is,
        _ => {}
    }
}

fn set(form: &mut IndicatorForm, reference: &mut ReferenceForm, field: &str, text: String) {
    let place = match field {
        "code" => &mut form.code,
        "title" => &mut form.title,
        "definition" => &mut form.definition,
        "unit" => &mut form.unit,
        "frequency" => &mut form.frequency,
        "direction" => &mut form.direction,
        "accumulation" => &mut form.accumulation,
        "agg_locations" => &mut form.agg_locations,
        "agg_periods" => &mut form.agg_periods,
        "decimals" => &mut form.decimals,
        "baseline_value" => &mut form.baseline_value,
        "eop_target" => &mut form.eop_target,
        "data_source" => &mut form.data_source,
        "numerator_label" => &mut form.numerator_label,
        "denominator_label" => &mut form.denominator_label,
        "achievement_formula" => &mut form.achievement_formula,
        "rag_amber" => &mut form.rag_amber,
        "rag_red" => &mut form.rag_red,
        "rag_over" => &mut form.rag_over,
        "rationale" => &mut reference.rationale,
        "baseline_num" => &mut reference.baseline_num,
        "baseline_den" => &mut reference.baseline_den,
        "baseline_date" => &mut reference.baseline_date,
        "baseline_note" => &mut reference.baseline_note,
        "eop_target_num" => &mut reference.eop_target_num,
        "eop_target_den" => &mut reference.eop_target_den,
        "target_rationale" => &mut reference.target_rationale,
        "means_of_verification" => &mut reference.means_of_verification,
        "collection_method" => &mut reference.collection_method,
        "responsible_role" => &mut reference.responsible_role,
        "analysis_method" => &mut reference.analysis_method,
        "data_limitations" => &mut reference.data_limitations,
        "dqa_last_date" => &mut reference.dqa_last_date,
        "dqa_next_date" => &mut reference.dqa_next_date,
        "iati_measure" => &mut reference.iati_measure,
        _ => return,
    };
    *place = text;
}
