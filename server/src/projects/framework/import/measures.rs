//! The indicators of a sheet, their codes, and their targets.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::columns::{Heads, What};
use super::fields::{self, Cells};
use super::plan::Stand;
use super::tree::{Slot, Standing, alike};
use super::words::{Numbered, Words, letter};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::Error;
use crate::kernel::ids::{LocationId, PeriodId};
use crate::projects::imports::{At, Log, Row};
use crate::projects::indicators::IndicatorForm;
use crate::projects::periods::State;

/// A target that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTarget {
    /// The name of its period.
    pub period_name: String,
    /// The figure.
    pub value: Decimal,
    pub(super) period: PeriodId,
    /// The place; none for all of the project.
    pub(super) place: Option<LocationId>,
}

/// An indicator that is made.
#[derive(Clone, Debug)]
pub struct NewIndicator {
    /// The row that it stands in.
    pub row: u32,
    /// The number of the result that it measures; empty for none.
    pub result: String,
    /// What it says.
    pub form: IndicatorForm,
    /// Its targets.
    pub targets: Vec<NewTarget>,
    pub(super) slot: Option<Slot>,
}

/// Indicators as they are read.
pub(super) struct Measures<'a> {
    stand: &'a Stand,
    words: &'a Words,
    /// More of each, by code.
    details: HashMap<String, Cells>,
    /// The codes of those that are made, with their rows and their places in the list.
    codes: HashMap<String, (u32, usize)>,
    /// The codes of those that the project has already.
    there: HashSet<String>,
    /// What has a target already.
    planned: HashSet<(usize, PeriodId, Option<LocationId>)>,
    made: Vec<NewIndicator>,
}

/// The code of an indicator.
enum Code {
    /// It is made under this one.
    Free(String),
    /// The project has it already.
    There(String),
    /// It is none, or taken: which was said.
    None,
}

impl<'a> Measures<'a> {
    pub(super) fn new(stand: &'a Stand, words: &'a Words) -> Self {
        let (details, codes, there, planned) = (HashMap::new(), HashMap::new(), HashSet::new(), HashSet::new());
        Self { stand, words, details, codes, there, planned, made: Vec::new() }
    }

    /// What another sheet says of an indicator; of two rows the first.
    pub(super) fn add_details(&mut self, code: &str, cells: Cells) {
        self.details.entry(code.to_owned()).or_insert(cells);
    }

    /// Adds an indicator; `number` is what stands in the column of numbers, where those are of indicators.
    #[expect(clippy::too_many_arguments, reason = "a row, and where it stands")]
    pub(super) fn add(
        &mut self,
        log: &mut Log,
        first: At,
        standing: Option<&Standing>,
        number: Option<&str>,
        mut cells: Cells,
        heads: &Heads,
        row: &Row,
    ) {
        let title = cells.get("title").map(|(_, text)| fields::one_line(text)).unwrap_or_default();
        let written = cells.get("code").map(|(at, text)| (*at, text.clone()));
        let code = match written {
            Some((at, code)) => self.written(log, at, code, &title),
            None => self.lettered(log, first, standing, number, &title),
        };
        let code = match code {
            Code::Free(code) => code,
            Code::There(code) => {
                log.warning(first, "indicator_there", &code);
                self.there.insert(code);
                return;
            }
            Code::None => return,
        };
        for (field, cell) in self.details.remove(&code).into_iter().flatten() {
            cells.entry(field).or_insert(cell);
        }
        let mut form = fields::form(&cells, first, self.words, log);
        form.code.clone_from(&code);
        if let Err(Error::Invalid(invalid)) = form.parse() {
            for (field, fault) in &invalid.0 {
                let (at, text) = cells.get(field.as_str()).map_or((first, ""), |(at, text)| (*at, text.as_str()));
                log.error(at, &format!("fault_{fault}"), text);
            }
        }
        self.codes.insert(code, (first.row, self.made.len()));
        self.made.push(NewIndicator {
            row: first.row,
            result: standing.map(|standing| standing.number.clone()).unwrap_or_default(),
            form,
            targets: Vec::new(),
            slot: standing.and_then(|standing| standing.slot),
        });
        self.targets_of(log, self.made.len() - 1, heads, row, At { column: None, ..first }, None);
    }

    /// A code that the sheet gives.
    fn written(&self, log: &mut Log, at: At, code: String, title: &str) -> Code {
        if let Some((earlier, _)) = self.codes.get(&code) {
            log.error_beside(at, "indicator_twice", &code, *earlier);
            return Code::None;
        }
        match self.stand.codes.get(&code) {
            None => Code::Free(code),
            Some(Some(there)) if title.is_empty() || alike(there, title) => Code::There(code),
            Some(_) => {
                log.error(at, "indicator_code_taken", &code);
                Code::None
            }
        }
    }

    /// A code of the number of the result, or of the indicator itself where it has a letter, as sheets number indicators.
    fn lettered(&self, log: &mut Log, at: At, standing: Option<&Standing>, number: Option<&str>, title: &str) -> Code {
        let numbered = number.and_then(Numbered::of).filter(|numbered| !(numbered.parts.is_empty() && numbered.letter.is_empty()));
        if let Some(own) = numbered.as_ref().filter(|numbered| !numbered.letter.is_empty()) {
            return self.written(log, at, format!("{}{}", own.number(), own.letter), title);
        }
        let base = numbered.map(|numbered| numbered.number());
        let base = base.or_else(|| standing.map(|standing| standing.number.clone())).unwrap_or_default();
        for code in (0..1_000).map(|n| format!("{base}{}", letter(n))) {
            match self.stand.codes.get(&code) {
                Some(Some(there)) if alike(there, title) => return Code::There(code),
                Some(_) => {}
                None if self.codes.contains_key(&code) => {}
                None => return Code::Free(code),
            }
        }
        log.error(at, "indicator_code_taken", &base);
        Code::None
    }

    /// Targets of a row of a sheet of them.
    pub(super) fn targets(&mut self, log: &mut Log, code: (At, &str), place: Option<(At, &str)>, heads: &Heads, row: &Row, at: At) {
        let Some((_, indicator)) = self.codes.get(code.1).copied() else {
            // of what is passed over, targets are too
            if !self.there.contains(code.1) {
                log.error(code.0, "indicator_unknown", code.1);
            }
            return;
        };
        let place = match place {
            None => None,
            Some((at, text)) => match self.stand.places.get(text) {
                Some(place) => Some(*place),
                None => return log.error(at, "location_unknown", text),
            },
        };
        self.targets_of(log, indicator, heads, row, at, place);
    }

    /// The targets that stand beneath periods in a row.
    fn targets_of(&mut self, log: &mut Log, indicator: usize, heads: &Heads, row: &Row, at: At, place: Option<LocationId>) {
        for (column, head, text) in heads.filled(row) {
            if let Some(What::Period(frequency, name)) = head.map(|head| &head.what) {
                self.target(log, indicator, at.at(column), (*frequency, name.as_str()), text, place);
            }
        }
    }

    fn target(
        &mut self,
        log: &mut Log,
        indicator: usize,
        at: At,
        (frequency, name): (Frequency, &str),
        text: &str,
        place: Option<LocationId>,
    ) {
        let Some(of) = self.made.get_mut(indicator) else { return };
        if of.form.frequency != frequency.as_str() {
            return log.error(at, "period_other_frequency", text);
        }
        let Some(period) = self.stand.periods.iter().find(|period| period.kind == frequency && period.name == name) else {
            return log.error(at, "period_unknown", text);
        };
        if period.state == State::Locked {
            return log.error(at, "period_locked", text);
        }
        let is_percentage = of.form.kind == "percentage";
        let value = match fields::figure(text, is_percentage) {
            Ok(value) => value,
            Err(code) => return log.error(at, code.as_str(), text),
        };
        if is_percentage {
            fields::warn_of_percentage(log, at, value, text);
        }
        if !self.planned.insert((indicator, period.id, place)) {
            return log.error(at, "target_twice", text);
        }
        of.targets.push(NewTarget { period_name: period.name.clone(), value, period: period.id, place });
    }

    /// The indicators; details of codes that no row has are told.
    pub(super) fn finish(self, log: &mut Log) -> Vec<NewIndicator> {
        let mut left: Vec<(At, String)> = self
            .details
            .iter()
            .filter(|(code, _)| !self.there.contains(*code) && !self.codes.contains_key(*code))
            .filter_map(|(code, cells)| Some((cells.get("code")?.0, code.clone())))
            .collect();
        left.sort_by_key(|(at, _)| (at.sheet, at.row));
        for (at, code) in left {
            log.warning(at, "code_unknown", &code);
        }
        self.made
    }
}
