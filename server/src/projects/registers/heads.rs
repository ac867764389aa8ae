//! The sheet of a register: in which row its heads stand, and what stands beneath each.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};

use super::Kind;
use crate::kernel::calendar::Frequency;
use crate::projects::budgets::quarters;
use crate::projects::imports::{ADDED, At, Log, Row, Sheet, period_named, plain};

/// The rows among which the heads are looked for.
const FIRST_ROWS: u32 = 20;
/// Rows beneath the heads.
const MOST_ROWS: usize = 20_000;
/// Columns that hold something.
const MOST_COLUMNS: usize = 500;
/// Rows times columns: every row comes back with as many cells as there are columns.
const MOST_CELLS: usize = 400_000;

/// What Kipimo's own workbooks say, in every language: each text with what it stands for.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Heads of columns: the text, and the field beneath it.
    pub heads: Vec<(String, &'static str)>,
    /// Names of months, from 1.
    pub months: Vec<(String, u32)>,
    /// Words for yes and no.
    pub whether: Vec<(String, bool)>,
}

/// Heads of the sheets of places that are handed round, beside our own: each with its field.
const LOCATIONS: [(&str, &str); 21] = [
    ("code", "code"),
    ("p-code", "code"),
    ("pcode", "code"),
    ("location code", "code"),
    ("location id", "code"),
    ("name", "name"),
    ("location name", "name"),
    ("parent", "parent"),
    ("parent code", "parent"),
    ("parent p-code", "parent"),
    ("parent pcode", "parent"),
    ("level", "level"),
    ("admin level", "level"),
    ("latitude", "lat"),
    ("lat", "lat"),
    ("longitude", "lon"),
    ("lon", "lon"),
    ("long", "lon"),
    ("lng", "lon"),
    ("population", "population"),
    ("active", "active"),
];
/// The same of budgets.
const BUDGET: [(&str, &str); 13] = [
    ("code", "code"),
    ("line", "code"),
    ("line code", "code"),
    ("budget line code", "code"),
    ("name", "name"),
    ("line name", "name"),
    ("result", "result"),
    ("result number", "result"),
    ("quarter", "quarter"),
    ("planned", "planned"),
    ("budget", "planned"),
    ("spent", "spent"),
    ("expenditure", "spent"),
];
/// The same of targets.
const TARGETS: [(&str, &str); 20] = [
    ("code", "code"),
    ("indicator code", "code"),
    ("indicator", "title"),
    ("title", "title"),
    ("location", "location"),
    ("location code", "location"),
    ("location id", "location"),
    ("period", "period"),
    ("start", "start"),
    ("start date", "start"),
    ("end", "end"),
    ("end date", "end"),
    ("target", "target"),
    ("target value", "target"),
    ("value", "target"),
    ("numerator", "numerator"),
    ("denominator", "denominator"),
    ("note", "note"),
    ("notes", "note"),
    ("comment", "note"),
];

/// Every word by which a sheet of one kind is read, as [`plain`] writes it.
#[derive(Debug)]
pub(super) struct Words {
    kind: Kind,
    heads: HashMap<String, &'static str>,
    months: HashMap<String, u32>,
    whether: HashMap<String, bool>,
}

/// The words of a head; what programs write with underscores is read too.
fn head_text(text: &str) -> String {
    plain(&text.replace('_', " "))
}

impl Words {
    pub(super) fn of(kind: Kind, own: &Vocabulary) -> Self {
        let shipped = match kind {
            Kind::Locations => &LOCATIONS[..],
            Kind::Budget => &BUDGET[..],
            Kind::Targets => &TARGETS[..],
        };
        let own_heads = own.heads.iter().map(|(text, field)| (text.as_str(), *field)).filter(|(_, field)| kind.fields().contains(field));
        let mut heads = HashMap::new();
        for (text, field) in shipped.iter().copied().chain(own_heads) {
            heads.entry(head_text(text)).or_insert(field);
        }
        let words = [("yes", true), ("true", true), ("1", true), ("no", false), ("false", false), ("0", false)];
        let mut whether: HashMap<String, bool> = words.into_iter().map(|(text, is)| (text.to_owned(), is)).collect();
        whether.extend(own.whether.iter().map(|(text, is)| (plain(text), *is)));
        Self { kind, heads, months: own.months.iter().map(|(text, month)| (plain(text), *month)).collect(), whether }
    }

    /// Whether a cell says yes or no.
    pub(super) fn whether(&self, text: &str) -> Option<bool> {
        self.whether.get(&plain(text)).copied()
    }

    /// The period that a cell names.
    pub(super) fn period(&self, text: &str) -> Option<(Frequency, String)> {
        period_named(text, &self.months)
    }

    /// The first day of the quarter that a cell names: `2026-Q1`, or that day itself.
    pub(super) fn quarter(&self, text: &str) -> Option<NaiveDate> {
        let day = match self.period(text) {
            Some((Frequency::Quarterly, name)) => quarter_of(&name)?,
            Some(_) => return None,
            None => text.trim().parse().ok()?,
        };
        is_quarter(day).then_some(day)
    }

    fn what(&self, text: &str) -> What {
        if ADDED.contains(&text.trim()) {
            return What::Added;
        }
        let text = head_text(text);
        if let Some(field) = self.heads.get(&text) {
            return What::Field(*field);
        }
        let found = match self.kind {
            Kind::Locations => None,
            Kind::Budget => self.amount(&text),
            Kind::Targets => self.period(&text).map(|(frequency, name)| What::Period(frequency, name)),
        };
        found.unwrap_or(What::Unknown)
    }

    /// A quarter with what is said of it: `2026 Q1 planned`, `spent 2026-Q1`.
    fn amount(&self, text: &str) -> Option<What> {
        let mut words = self.heads.iter().filter(|(_, field)| matches!(**field, "planned" | "spent"));
        words.find_map(|(word, field)| {
            let rest = text.strip_suffix(word.as_str()).or_else(|| text.strip_prefix(word.as_str()))?;
            let quarter = self.quarter(rest.trim_matches([' ', ':', '-', '(', ')']))?;
            Some(What::Amount(quarter, *field))
        })
    }
}

/// Whether a day begins a quarter, of the years that projects have.
fn is_quarter(day: NaiveDate) -> bool {
    (1990..=2100).contains(&day.year()) && quarters(day.year()).contains(&day)
}

/// The first day of a quarter by its name: `2026 Q1`.
fn quarter_of(name: &str) -> Option<NaiveDate> {
    let (year, number) = name.split_once(" Q")?;
    let number: u32 = number.parse().ok()?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, number.checked_sub(1)? * 3 + 1, 1)
}

/// What stands beneath a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A field of the register.
    Field(&'static str),
    /// What was `planned` or `spent` in the quarter that begins on a day.
    Amount(NaiveDate, &'static str),
    /// Targets of a period.
    Period(Frequency, String),
    /// What an earlier answer to the same sheet said.
    Added,
    /// Nothing that is known.
    Unknown,
}

/// A head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// As it is written.
    pub(super) text: String,
    /// What it means.
    pub(super) what: What,
}

/// A sheet that was read, with its heads.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The sheet.
    pub(super) sheet: Sheet,
    /// The row of the heads.
    pub(super) row: u32,
    /// The heads by column, counted from 0.
    pub(super) columns: BTreeMap<usize, Head>,
}

impl Table {
    /// The first sheet of a file; none where it cannot be read as this register, of which the log says why.
    pub(super) fn open(mut sheets: Vec<Sheet>, words: &Words, log: &mut Log) -> Option<Self> {
        log.sheets = sheets.iter().map(|sheet| sheet.name.clone()).collect();
        for (at, sheet) in sheets.iter().enumerate().skip(1).filter(|(_, sheet)| !sheet.rows.is_empty()) {
            log.warning(At::row(at, 1), "sheet_unread", &sheet.name);
        }
        let sheet = if sheets.is_empty() { Sheet::default() } else { sheets.swap_remove(0) };
        let found = sheet.rows.iter().take_while(|row| row.number <= FIRST_ROWS).find_map(|row| {
            let head = |text: &String| Head { text: text.trim().to_owned(), what: words.what(text) };
            let columns: BTreeMap<usize, Head> = row.cells.iter().map(|(column, text)| (*column, head(text))).collect();
            is_head(&columns).then_some((row.number, columns))
        });
        let Some((row, columns)) = found else {
            log.critical(At::row(0, 1), words.kind.heads_missing(), "");
            return None;
        };
        log.heads.extend(columns.iter().map(|(column, head)| ((0, *column), head.text.clone())));
        let table = Self { sheet, row, columns };
        if !table.fits() {
            log.critical(At::row(0, row), "register_too_large", "");
            return None;
        }
        table.look_over(log);
        Some(table)
    }

    fn fits(&self) -> bool {
        let rows = self.sheet.rows.len();
        let last = self.sheet.rows.iter().filter_map(|row| row.cells.last_key_value().map(|(column, _)| *column)).max();
        let columns = last.map_or(0, |column| column.saturating_add(1));
        rows <= MOST_ROWS && columns <= MOST_COLUMNS && rows * columns <= MOST_CELLS
    }

    /// What is wrong with the heads, or with how cells are merged.
    fn look_over(&self, log: &mut Log) {
        let row = At::row(0, self.row);
        for (column, head) in &self.columns {
            let is_known = !matches!(head.what, What::Added | What::Unknown);
            if is_known && self.column(&head.what) != Some(*column) {
                log.critical(row.at(*column), "head_twice", &head.text);
            }
            let holds = || self.rows().any(|row| row.cells.contains_key(column));
            if head.what == What::Unknown && holds() {
                log.warning(row.at(*column), "column_unread", &head.text);
            }
        }
        for (first, last) in &self.sheet.merged {
            // above the heads nobody looks
            if last.0 >= self.row {
                let column = usize::try_from(first.1).unwrap_or_default();
                log.critical(At::row(0, first.0 + 1).at(column), "sheet_merged", "");
            }
        }
    }

    /// The rows beneath the heads.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        let heads = self.row;
        self.sheet.rows.iter().filter(move |row| row.number > heads)
    }

    /// The same, each as a line to be read; rows that hold only what an earlier answer added are none.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let says = move |row: &&Row| row.cells.keys().any(|column| self.columns.get(column).is_none_or(|head| head.what != What::Added));
        self.rows().filter(says).map(move |row| Line { at: At::row(0, row.number), table: self, row })
    }

    /// The column of something.
    fn column(&self, what: &What) -> Option<usize> {
        self.columns.iter().find(|(_, head)| head.what == *what).map(|(column, _)| *column)
    }

    /// Whether there is a column of a field.
    pub(super) fn has(&self, field: &'static str) -> bool {
        self.column(&What::Field(field)).is_some()
    }

    /// The head of a field as it is written.
    pub(super) fn head_of(&self, field: &'static str) -> String {
        self.column(&What::Field(field)).and_then(|column| self.columns.get(&column)).map(|head| head.text.clone()).unwrap_or_default()
    }

    /// The heads by column, as they are written.
    pub(super) fn texts(&self) -> BTreeMap<usize, String> {
        self.columns.iter().map(|(column, head)| (*column, head.text.clone())).collect()
    }
}

/// Whether a row is that of the heads: a code, and something beside it.
fn is_head(columns: &BTreeMap<usize, Head>) -> bool {
    let beside = columns.values().filter(|head| !matches!(head.what, What::Added | What::Unknown | What::Field("code" | "title")));
    columns.values().any(|head| head.what == What::Field("code")) && beside.count() > 0
}

/// A row to be read.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    /// Where it stands.
    pub(super) at: At,
    table: &'t Table,
    row: &'t Row,
}

impl<'t> Line<'t> {
    /// What it holds of a field, trimmed; none for nothing.
    pub(super) fn cell(&self, field: &'static str) -> Option<(At, &'t str)> {
        let column = self.table.column(&What::Field(field))?;
        Some((self.at.at(column), self.row.cells.get(&column)?.trim()))
    }

    /// Its code, or that it has none.
    pub(super) fn code(&self, log: &mut Log) -> Option<(At, &'t str)> {
        let found = self.cell("code");
        if found.is_none() {
            log.error(self.at, "code_missing", "");
        }
        found
    }

    /// What it holds beneath heads that are no field's.
    pub(super) fn others(&self) -> impl Iterator<Item = (At, &'t Head, &'t str)> {
        let (at, columns) = (self.at, &self.table.columns);
        self.row.cells.iter().filter_map(move |(column, text)| Some((at.at(*column), columns.get(column)?, text.trim())))
    }
}
