//! From the sheets of a file and the framework as it stands to what would be made. Nothing here touches a database: a dry run shows the
//! plan, applying it writes exactly the plan, all of it or nothing.
//!
//! A row says a result (by a heading of its own, or in columns), or an indicator of one. The level and the number of a result say where it
//! hangs. What the framework has already is passed over, never changed.

use std::collections::{BTreeMap, HashMap};

use super::super::edit::MOST_RESULTS;
use super::super::level::takes_indicators;
use super::super::{Node, NodeForm};
use super::Job;
use super::columns::{Heads, Of, What};
use super::fields::{self, Cells};
use super::measures::{Measures, NewIndicator};
use super::tree::{NewResult, Said, Slot, Standing, Tree};
use super::words::{Vocabulary, Words};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::ids::LocationId;
use crate::projects::imports::{Annotated, At, Log, Problem, Row, Sheet, every_row};
use crate::projects::periods::Period;

/// The most indicators that one file brings.
const MOST_INDICATORS: usize = 2_000;

/// Rows that hold something, in all sheets together.
const MOST_ROWS: usize = 5_000;
/// Columns of a sheet.
const MOST_COLUMNS: usize = 200;

/// The framework as it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Stand {
    /// The key of the template.
    pub(super) template: String,
    /// The project's own names of its levels; empty for those of the template.
    pub(super) own_levels: Vec<String>,
    /// Whether results of each level carry indicators, as far as it is said.
    pub(super) level_indicators: Vec<bool>,
    /// Its results.
    pub(super) nodes: Vec<Node>,
    /// Titles of its indicators by code; none where the code is taken by one that was taken out.
    pub(super) codes: HashMap<String, Option<String>>,
    /// The project's periods.
    pub(super) periods: Vec<Period>,
    /// Its places by code.
    pub(super) places: HashMap<String, LocationId>,
}

/// What a file would bring.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Rows beneath the heads.
    pub rows: u32,
    /// Results that are made, parents before their children.
    pub results: Vec<NewResult>,
    /// Indicators that are made, in the order of the file.
    pub indicators: Vec<NewIndicator>,
    /// The first 1,000 problems: critical ones, errors, warnings.
    pub problems: Vec<Problem>,
    /// Those that are critical or errors: with one of them, nothing is made.
    pub errors: u32,
    /// Those that are warnings.
    pub warnings: u32,
    sheets: Vec<Sheet>,
    heads: Vec<Option<Heads>>,
}

impl Plan {
    /// The plan of a file that cannot be read.
    pub(super) fn refused(code: &str, row: u32, value: &str) -> Self {
        let mut log = Log::default();
        log.critical(At::row(0, row), code, value);
        Self { problems: log.sorted(), errors: log.errors, ..Self::default() }
    }

    /// What was found in a file that is not kept, since it brought nothing.
    pub(super) fn found(job: &Job, problems: Vec<Problem>) -> Self {
        let count = |n: i32| u32::try_from(n).unwrap_or_default();
        let warnings = problems.iter().filter(|problem| problem.issue.severity == "warning").count();
        let warnings = u32::try_from(warnings).unwrap_or(u32::MAX);
        Self { rows: count(job.rows), problems, errors: count(job.errors), warnings, ..Self::default() }
    }

    /// Targets that are made.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.indicators.iter().map(|indicator| indicator.targets.len()).sum()
    }

    /// Whether it may be applied: nothing is wrong, and there is something to make.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.errors == 0 && !(self.results.is_empty() && self.indicators.is_empty())
    }

    /// Whether the file could be read, so that its sheets can come back with what is wrong in them.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !self.sheets.is_empty()
    }

    /// What tells one plan from another: a person applies what they were shown.
    #[must_use]
    pub fn mark(&self) -> String {
        let results = self.results.iter().map(|result| format!("{result:?}"));
        let indicators =
            self.indicators.iter().map(|indicator| format!("{}|{:?}|{:?}", indicator.result, indicator.form, indicator.targets));
        hex(&sha256(results.chain(indicators).collect::<Vec<_>>().join("\n").as_bytes()))
    }

    /// The sheets that were read, every row beneath its heads as it came, with what is wrong in it.
    #[must_use]
    pub fn annotated(&self) -> Vec<Annotated> {
        let read = self.sheets.iter().zip(&self.heads).enumerate().filter_map(|(at, (sheet, heads))| Some((at, sheet, heads.as_ref()?)));
        let texts = |heads: &Heads| heads.columns.iter().map(|(column, head)| (*column, head.text.clone())).collect::<BTreeMap<_, _>>();
        read.map(|(at, sheet, heads)| every_row(sheet, at, heads.row, &texts(heads), &self.problems)).collect()
    }
}

/// Plans an import.
pub(super) fn plan(sheets: Vec<Sheet>, stand: &Stand, vocabulary: &Vocabulary) -> Plan {
    // every row comes back with as many cells as there are columns: few cells far apart must not become very many
    let wide = sheets.iter().flat_map(|sheet| &sheet.rows).find(|row| row.cells.keys().any(|column| *column >= MOST_COLUMNS));
    if wide.is_some() || sheets.iter().map(|sheet| sheet.rows.len()).sum::<usize>() > MOST_ROWS {
        return Plan::refused("framework_sheet_too_large", wide.map_or(1, |row| row.number), "");
    }
    let words = Words::of(vocabulary);
    let mut heads: Vec<Option<Heads>> = sheets.iter().map(|sheet| Heads::find(sheet, &words)).collect();
    let mut log = Log { sheets: sheets.iter().map(|sheet| sheet.name.clone()).collect(), ..Log::default() };
    let Some(main) = heads.iter().position(|heads| heads.as_ref().is_some_and(|heads| heads.of == Of::Framework)) else {
        return Plan::refused("framework_heads_missing", 1, "");
    };
    for (at, of) in heads.iter_mut().enumerate() {
        // a second framework in one file is not read: which of them is meant is a guess
        let is_second = at != main && of.as_ref().is_some_and(|heads| heads.of == Of::Framework);
        if (of.is_none() && !sheets[at].rows.is_empty()) || is_second {
            log.warning(At::row(at, 1), "sheet_unread", &sheets[at].name);
            *of = None;
        }
    }
    for (at, sheet) in sheets.iter().enumerate() {
        if let Some(heads) = &heads[at] {
            look_over(&mut log, at, sheet, heads);
        }
    }
    let mut planner = Planner {
        sheet: main,
        tree: Tree::new(&stand.nodes, &stand.template, &stand.own_levels, &words),
        measures: Measures::new(stand, &words),
        level_indicators: &stand.level_indicators,
        standing: None,
        log,
    };
    planner.details(&sheets, &heads);
    let mut rows = 0;
    if let Some(heads) = &heads[main] {
        for row in sheets[main].rows.iter().filter(|row| row.number > heads.row) {
            rows += 1;
            planner.row(heads, row);
        }
    }
    planner.targets(&sheets, &heads);
    planner.finish(rows, sheets, heads)
}

/// What is wrong with the heads of a sheet, or with how its cells are merged.
fn look_over(log: &mut Log, at: usize, sheet: &Sheet, heads: &Heads) {
    log.heads.extend(heads.columns.iter().map(|(column, head)| ((at, *column), head.text.clone())));
    let row = At::row(at, heads.row);
    for column in heads.twice() {
        log.critical(row.at(column), "head_twice", &heads.columns[&column].text);
    }
    for (first, last) in &sheet.merged {
        // across one row they are a heading, and above the heads nobody looks
        if first.0 != last.0 && last.0 >= heads.row {
            let column = usize::try_from(first.1).unwrap_or_default();
            log.critical(At::row(at, first.0 + 1).at(column), "sheet_merged", "");
        }
    }
    for (column, head) in &heads.columns {
        let holds = sheet.rows.iter().any(|row| row.number > heads.row && row.cells.contains_key(column));
        match head.what {
            What::Unknown if holds => log.warning(row.at(*column), "column_unread", &head.text),
            What::Aside if holds => log.warning(row.at(*column), "column_kept_aside", &head.text),
            _ => {}
        }
    }
}

struct Planner<'a> {
    /// The sheet that the framework stands on.
    sheet: usize,
    tree: Tree<'a>,
    measures: Measures<'a>,
    /// Whether results of each level carry indicators, as far as it is said.
    level_indicators: &'a [bool],
    /// The result that rows without one of their own belong to.
    standing: Option<Standing>,
    log: Log,
}

impl Planner<'_> {
    /// What sheets say of indicators by their codes.
    fn details(&mut self, sheets: &[Sheet], heads: &[Option<Heads>]) {
        for (at, sheet, heads) in of_kind(sheets, heads, Of::Details) {
            for row in sheet.rows.iter().filter(|row| row.number > heads.row) {
                let (code, cells) = (heads.cell(row, &What::Field("code")), cells(at, heads, row));
                if let Some((_, code)) = code {
                    self.measures.add_details(code, cells);
                }
            }
        }
    }

    /// Targets by period, in sheets of their own.
    fn targets(&mut self, sheets: &[Sheet], heads: &[Option<Heads>]) {
        for (at, sheet, heads) in of_kind(sheets, heads, Of::Targets) {
            for row in sheet.rows.iter().filter(|row| row.number > heads.row) {
                let at = At::row(at, row.number);
                let Some((column, code)) = heads.cell(row, &What::Field("code")) else { continue };
                let place = heads.cell(row, &What::Location).map(|(column, text)| (at.at(column), text));
                self.measures.targets(&mut self.log, (at.at(column), code), place, heads, row, at);
            }
        }
    }

    /// A row of the framework.
    fn row(&mut self, heads: &Heads, row: &Row) {
        let (at, before) = (At::row(self.sheet, row.number), self.log.errors);
        let filled: Vec<_> = heads.filled(row).collect();
        let level = heads.cell(row, &What::Level).map(|(column, text)| (at.at(column), text));
        if let [(column, head, text)] = filled[..]
            && head.is_none_or(|head| head.what == What::Level)
        {
            self.heading(at.at(column), text);
            return;
        }
        let said = Said { level, number: heads.cell(row, &What::Number).map(|(column, text)| (at.at(column), text)) };
        // rows that are prepared and not filled in say what every row says beforehand
        let says = |what: &What| match what {
            What::Field(field) => !matches!(*field, "kind" | "direction"),
            What::Period(..) | What::Aside => true,
            _ => false,
        };
        let measures = filled.iter().any(|(_, head, _)| head.is_some_and(|head| says(&head.what)));
        if heads.column(&What::Result("title")).is_some() {
            self.in_columns(heads, row, at, &said);
        } else if measures {
            self.under_heading(at, &said);
        }
        if measures {
            let standing = self.standing.as_ref();
            if standing.is_none() && self.log.errors == before {
                self.log.error(at, "indicator_without_result", "");
            }
            let bare = |result: &&Standing| result.slot.is_some() && !takes_indicators(self.level_indicators, result.depth);
            if let Some(result) = standing.filter(bare) {
                self.log.error(said.level.map_or(at, |(at, _)| at), "level_without_indicators", &result.number);
            }
            let number = said.number.map(|(_, text)| text).filter(|_| heads.column(&What::Result("title")).is_none());
            let first = heads.column(&What::Field("title")).map_or(at, |column| at.at(column));
            self.measures.add(&mut self.log, first, standing, number, cells(self.sheet, heads, row), heads, row);
        }
    }

    /// A row that is one text: `Outcome 1.2: Mothers are seen`.
    fn heading(&mut self, at: At, text: &str) {
        if self.tree.is_loose(text) {
            self.standing = Some(Standing::none());
            return;
        }
        let Some((before, title)) = text.split_once(':') else {
            // a level alone is a row that was prepared and not filled in
            if self.tree.depth(text).is_none() {
                self.log.error(at, "row_unclear", text);
            }
            return;
        };
        let (level, number) = match before.trim().rsplit_once(' ') {
            Some((level, number)) if number.starts_with(|c: char| c.is_ascii_digit()) => (level, number),
            _ => (before, ""),
        };
        let said = Said { level: Some((at, level.trim())), number: Some((at, number)) };
        let found = self.tree.result(&mut self.log, at, at, &said, NodeForm::titled(&fields::one_line(title)));
        self.standing = Some(found.unwrap_or_else(Standing::none));
    }

    /// Results in columns: a row with a title is one, a row without belongs to the one before, or to the one that it names.
    fn in_columns(&mut self, heads: &Heads, row: &Row, at: At, said: &Said<'_>) {
        let text = |name| heads.cell(row, &What::Result(name));
        let prose = |name| text(name).map(|(_, text)| text.to_owned()).unwrap_or_default();
        if let Some((column, title)) = text("title") {
            let form = NodeForm {
                title: fields::one_line(title),
                description: prose("description"),
                assumptions: prose("assumptions"),
                risks: prose("risks"),
            };
            let found = self.tree.result(&mut self.log, at, at.at(column), said, form);
            self.standing = Some(found.unwrap_or_else(Standing::none));
        } else if said.level.is_some() || said.number.is_some() {
            self.standing = self.tree.refer(&mut self.log, at, said);
        }
    }

    /// Results in headings, or in none: then an indicator's row names the level and the number of its result.
    fn under_heading(&mut self, at: At, said: &Said<'_>) {
        match self.standing.as_ref().filter(|standing| standing.is_heading) {
            None => self.standing = self.tree.refer(&mut self.log, at, said),
            Some(heading) if heading.slot.is_some() => {
                if let Some((level_at, level)) = said.level
                    && self.tree.depth(level) != Some(heading.depth)
                {
                    self.log.error(level_at, "level_differs", level);
                }
            }
            Some(_) => {}
        }
    }

    fn finish(mut self, rows: u32, sheets: Vec<Sheet>, heads: Vec<Option<Heads>>) -> Plan {
        let whole = At::row(self.sheet, 1);
        if self.tree.count() > MOST_RESULTS {
            self.log.critical(whole, "framework_full", &self.tree.count().to_string());
        }
        let (results, places) = self.tree.finish(&mut self.log);
        let mut indicators = self.measures.finish(&mut self.log);
        if indicators.len() > MOST_INDICATORS {
            self.log.critical(whole, "too_many_indicators", &indicators.len().to_string());
        }
        for indicator in &mut indicators {
            if let Some(Slot::New(draft)) = indicator.slot {
                let place = places.get(draft).and_then(Option::as_ref);
                indicator.slot = place.map(|(at, _)| Slot::New(*at));
                indicator.result = place.map(|(_, number)| number.clone()).unwrap_or_default();
            }
        }
        if results.is_empty() && indicators.is_empty() && self.log.errors == 0 {
            self.log.warning(whole, "nothing_new", "");
        }
        let problems = self.log.sorted();
        Plan { rows, results, indicators, problems, errors: self.log.errors, warnings: self.log.warnings, sheets, heads }
    }
}

/// The sheets of a kind, with their numbers and heads.
fn of_kind<'s>(sheets: &'s [Sheet], heads: &'s [Option<Heads>], of: Of) -> impl Iterator<Item = (usize, &'s Sheet, &'s Heads)> {
    let all = sheets.iter().zip(heads).enumerate();
    all.filter_map(move |(at, (sheet, heads))| Some((at, sheet, heads.as_ref().filter(|heads| heads.of == of)?)))
}

/// The cells of an indicator by field. What there is no field for stands at the end of the definition, beneath its head.
fn cells(sheet: usize, heads: &Heads, row: &Row) -> Cells {
    let at = At::row(sheet, row.number);
    let (mut cells, mut asides) = (Cells::new(), Vec::new());
    for (column, head, text) in heads.filled(row) {
        match head.map(|head| (&head.what, &head.text)) {
            Some((What::Field(field), _)) => {
                cells.insert(*field, (at.at(column), text.to_owned()));
            }
            Some((What::Aside, head)) => asides.push((column, format!("{}: {text}", head.trim_end_matches('*')))),
            _ => {}
        }
    }
    if let Some((column, _)) = asides.first() {
        let aside = asides.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
        let (_, definition) = cells.entry("definition").or_insert_with(|| (at.at(*column), String::new()));
        *definition = if definition.is_empty() { aside } else { format!("{definition}\n\n{aside}") };
    }
    cells
}
