//! What an import finds wrong in a sheet whose heads it looked for itself, cell by cell.

use std::collections::BTreeMap;

use super::issue::{Severity, visible};
use super::jobs::JobIssue;
use super::sheets::letters;

/// Problems kept with their texts; the rest are only counted.
const MOST_KEPT: usize = 1_000;

/// A problem, with the cell as spreadsheets name it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The cell: `D12`, with its sheet before it where there are several; the row alone where no cell is to blame.
    pub cell: String,
    /// Row, head, severity, code and what stands there.
    pub issue: JobIssue,
    /// The number of its sheet, counted from 0.
    pub(in crate::projects) sheet: usize,
}

/// A cell, or a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::projects) struct At {
    /// The number of the sheet, counted from 0.
    pub(in crate::projects) sheet: usize,
    /// The number of the row, counted from 1.
    pub(in crate::projects) row: u32,
    /// The column, counted from 0.
    pub(in crate::projects) column: Option<usize>,
}

impl At {
    pub(in crate::projects) fn row(sheet: usize, row: u32) -> Self {
        Self { sheet, row, column: None }
    }

    /// A cell of the same row.
    pub(in crate::projects) fn at(self, column: usize) -> Self {
        Self { column: Some(column), ..self }
    }
}

/// Collects problems: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(in crate::projects) struct Log {
    /// Names of the sheets.
    pub(in crate::projects) sheets: Vec<String>,
    /// Heads by sheet and column.
    pub(in crate::projects) heads: BTreeMap<(usize, usize), String>,
    pub(in crate::projects) kept: Vec<Problem>,
    /// How many of them are warnings.
    pub(in crate::projects) kept_warnings: usize,
    pub(in crate::projects) errors: u32,
    pub(in crate::projects) warnings: u32,
}

impl Log {
    pub(in crate::projects) fn critical(&mut self, at: At, code: &str, value: &str) {
        self.push(at, Severity::Critical, code, value, None);
    }

    pub(in crate::projects) fn error(&mut self, at: At, code: &str, value: &str) {
        self.push(at, Severity::Error, code, value, None);
    }

    /// An error that an earlier or a later row explains.
    pub(in crate::projects) fn error_beside(&mut self, at: At, code: &str, value: &str, other: u32) {
        self.push(at, Severity::Error, code, value, Some(other));
    }

    pub(in crate::projects) fn warning(&mut self, at: At, code: &str, value: &str) {
        self.push(at, Severity::Warning, code, value, None);
    }

    fn push(&mut self, at: At, severity: Severity, code: &str, value: &str, other: Option<u32>) {
        let count = if severity == Severity::Warning { &mut self.warnings } else { &mut self.errors };
        *count = count.saturating_add(1);
        if self.kept.len() >= MOST_KEPT {
            if severity == Severity::Warning || self.kept_warnings == 0 {
                return;
            }
            // errors have the first claim on the room, lest a thousand harmless warnings hide the one error further down
            if let Some(last) = self.kept.iter().rposition(|kept| kept.issue.severity == Severity::Warning.as_str()) {
                self.kept.remove(last);
            }
            self.kept_warnings -= 1;
        }
        self.kept_warnings += usize::from(severity == Severity::Warning);
        let number = |row: u32| i32::try_from(row).unwrap_or(i32::MAX);
        let issue = JobIssue {
            row_number: number(at.row),
            column_name: at.column.and_then(|column| self.heads.get(&(at.sheet, column)).cloned()),
            severity: severity.as_str().to_owned(),
            code: code.to_owned(),
            value: visible(value),
            other_row: other.map(number),
        };
        let cell = format!("{}{}", at.column.map(letters).unwrap_or_default(), at.row);
        let cell = match self.sheets.get(at.sheet) {
            Some(name) if self.sheets.len() > 1 => format!("{name}!{cell}"),
            _ => cell,
        };
        self.kept.push(Problem { cell, issue, sheet: at.sheet });
    }

    /// What was found, critical first, then errors, then warnings, each in the order of the sheets.
    pub(in crate::projects) fn sorted(&mut self) -> Vec<Problem> {
        let mut kept = std::mem::take(&mut self.kept);
        let rank = |severity: &str| ["critical", "error", "warning"].iter().position(|other| *other == severity);
        kept.sort_by_key(|problem| (rank(&problem.issue.severity), problem.sheet, problem.issue.row_number));
        kept
    }
}
