//! Which sheet holds what, and what stands beneath each head. The heads stand in one of the first rows, wherever.

use std::collections::BTreeMap;

use super::words::Words;
use crate::kernel::calendar::Frequency;
use crate::projects::imports::{ADDED, Row, Sheet};

/// The rows among which the heads are looked for.
const FIRST_ROWS: u32 = 20;

/// What stands beneath a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The level of a result.
    Level,
    /// Its number, or that of an indicator.
    Number,
    /// A text of a result: `title`, `description`, `assumptions` or `risks`.
    Result(&'static str),
    /// A field of an indicator.
    Field(&'static str),
    /// The code of the place that targets are of.
    Location,
    /// Targets of a period.
    Period(Frequency, String),
    /// What Kipimo has no field for, and is kept beside the definition.
    Aside,
    /// What an earlier answer to the same sheet said.
    Added,
    /// Nothing that is known.
    Unknown,
}

impl What {
    fn of(text: &str, words: &Words) -> Self {
        if ADDED.contains(&text.trim()) {
            return Self::Added;
        }
        match words.head(text) {
            Some("level") => Self::Level,
            Some("number") => Self::Number,
            Some("result") => Self::Result("title"),
            Some(text @ ("description" | "assumptions" | "risks")) => Self::Result(text),
            Some("location") => Self::Location,
            Some("aside") => Self::Aside,
            Some(field) => Self::Field(field),
            None => words.period(text).map_or(Self::Unknown, |(frequency, name)| Self::Period(frequency, name)),
        }
    }
}

/// What a sheet is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Results and their indicators.
    Framework,
    /// More of indicators, by their codes.
    Details,
    /// Targets of indicators, by their codes.
    Targets,
}

/// A head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// As it is written.
    pub(super) text: String,
    /// What it means.
    pub(super) what: What,
}

/// The heads of a sheet.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    /// What the sheet is of.
    pub(super) of: Of,
    /// The row that they stand in.
    pub(super) row: u32,
    /// The heads by column, counted from 0.
    pub(super) columns: BTreeMap<usize, Head>,
}

impl Heads {
    /// The heads of a sheet; none where none of the first rows has them.
    pub(super) fn find(sheet: &Sheet, words: &Words) -> Option<Self> {
        sheet.rows.iter().take_while(|row| row.number <= FIRST_ROWS).find_map(|row| Self::of_row(row, words))
    }

    fn of_row(row: &Row, words: &Words) -> Option<Self> {
        let head = |text: &String| Head { text: text.trim().to_owned(), what: What::of(text, words) };
        let columns: BTreeMap<usize, Head> = row.cells.iter().map(|(column, text)| (*column, head(text))).collect();
        let has = |what: &What| columns.values().any(|head| head.what == *what);
        let says_more =
            |head: &Head| matches!(head.what, What::Field(field) if !matches!(field, "code" | "title" | "eop_target" | "baseline_value"));
        let of = if has(&What::Level) && (has(&What::Field("title")) || has(&What::Result("title"))) {
            Of::Framework
        } else if !has(&What::Field("code")) {
            return None;
        } else if columns.values().any(|head| matches!(head.what, What::Period(..))) {
            Of::Targets
        } else if columns.values().any(says_more) {
            Of::Details
        } else {
            return None;
        };
        Some(Self { of, row: row.number, columns })
    }

    /// The column of something.
    pub(super) fn column(&self, what: &What) -> Option<usize> {
        self.columns.iter().find(|(_, head)| head.what == *what).map(|(column, _)| *column)
    }

    /// What a row holds of something, trimmed, with its column.
    pub(super) fn cell<'r>(&self, row: &'r Row, what: &What) -> Option<(usize, &'r str)> {
        let column = self.column(what)?;
        Some((column, row.cells.get(&column)?.trim()))
    }

    /// The columns whose meaning another column before them has already.
    pub(super) fn twice(&self) -> Vec<usize> {
        let many = |what: &What| matches!(what, What::Aside | What::Added | What::Unknown);
        let known = self.columns.iter().filter(|(_, head)| !many(&head.what));
        known.filter(|(column, head)| self.column(&head.what) != Some(**column)).map(|(column, _)| *column).collect()
    }

    /// The cells of a row, but for what an earlier answer added.
    pub(super) fn filled<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (usize, Option<&'a Head>, &'a str)> {
        let heads = &self.columns;
        row.cells
            .iter()
            .map(move |(column, text)| (*column, heads.get(column), text.trim()))
            .filter(|(_, head, _)| head.is_none_or(|head| head.what != What::Added))
    }
}
