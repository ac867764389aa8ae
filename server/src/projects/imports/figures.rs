//! The figures of one row.

use std::collections::HashMap;

use csv::StringRecord;
use rust_decimal::Decimal;

use super::cell;
use super::columns::FigureColumns;
use super::issue::{IssueCode, RowIssues};
use super::plan::IndicatorEntry;

/// A figure and the column that answers for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    pub(super) column: usize,
    /// Index of the indicator in the catalogue.
    pub(super) indicator: usize,
    pub(super) amount: Amount,
}

/// What is reported.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    /// A plain figure.
    Value(Decimal),
    /// A fraction, for indicators that are computed from their parts.
    Fraction {
        /// The part.
        numerator: Decimal,
        /// The whole: positive, or zero under a zero.
        denominator: Decimal,
    },
}

/// Reads figures; holds what it needs to know of the file and the project.
#[derive(Debug)]
pub(super) struct FigureReader<'a> {
    columns: FigureColumns,
    missing: Vec<&'a str>,
    indicators: &'a [IndicatorEntry],
    by_code: HashMap<&'a str, usize>,
}

impl<'a> FigureReader<'a> {
    pub(super) fn new(columns: FigureColumns, missing: &'a [String], indicators: &'a [IndicatorEntry]) -> Self {
        Self {
            columns,
            missing: missing.iter().map(|text| text.trim()).collect(),
            indicators,
            by_code: indicators.iter().map(|i| i.code.as_str()).zip(0..).collect(),
        }
    }

    /// A trimmed cell, unless it stands for "no value".
    pub(super) fn cell<'r>(&self, record: &'r StringRecord, column: usize) -> Option<&'r str> {
        let text = record.get(column)?.trim();
        (!self.missing.contains(&text)).then_some(text)
    }

    /// A trimmed cell of text: empty is nothing, whatever the mapping says.
    pub(super) fn text<'r>(&self, record: &'r StringRecord, column: usize) -> Option<&'r str> {
        self.cell(record, column).filter(|text| !text.is_empty())
    }

    /// Puts the figures of a row into `figures` and answers whether the row has
    /// any, sound or not.
    pub(super) fn read(&self, record: &StringRecord, figures: &mut Vec<Figure>, issues: &mut RowIssues<'_>) -> bool {
        figures.clear();
        match &self.columns {
            FigureColumns::Wide(columns) => {
                let mut any = false;
                for &(column, indicator) in columns {
                    let Some(text) = self.cell(record, column) else {
                        continue;
                    };
                    any = true;
                    figures.extend(number(text, column, issues).map(|value| Figure { column, indicator, amount: Amount::Value(value) }));
                }
                any
            }
            FigureColumns::Long { indicator, value, fraction, .. } => {
                let cells = LongCells {
                    indicator: *indicator,
                    value: self.located(record, *value),
                    numerator: self.located(record, fraction.map(|f| f.0)),
                    denominator: self.located(record, fraction.map(|f| f.1)),
                };
                figures.extend(self.long(record, &cells, issues));
                cells.first().is_some()
            }
        }
    }

    /// The columns that say of which group a row is, with the keys of their dimensions.
    pub(super) fn dimensions(&self) -> &[(usize, String)] {
        match &self.columns {
            FigureColumns::Wide(_) => &[],
            FigureColumns::Long { dimensions, .. } => dimensions,
        }
    }

    fn located<'r>(&self, record: &'r StringRecord, column: Option<usize>) -> Option<(usize, &'r str)> {
        let column = column?;
        Some((column, self.cell(record, column)?))
    }

    fn long(&self, record: &StringRecord, cells: &LongCells<'_>, issues: &mut RowIssues<'_>) -> Option<Figure> {
        let first = cells.first()?;
        let Some(code) = self.text(record, cells.indicator) else {
            issues.cell(IssueCode::IndicatorMissing, cells.indicator, "");
            return None;
        };
        let Some(&indicator) = self.by_code.get(code) else {
            issues.cell(IssueCode::IndicatorUnknown, cells.indicator, code);
            return None;
        };
        let needs_fraction = self.indicators.get(indicator)?.needs_fraction;
        let (column, amount) = if needs_fraction { cells.fraction(first, issues)? } else { cells.plain(first, issues)? };
        Some(Figure { column, indicator, amount })
    }
}

/// The cells of a long row that are not missing, with their columns.
struct LongCells<'r> {
    indicator: usize,
    value: Option<(usize, &'r str)>,
    numerator: Option<(usize, &'r str)>,
    denominator: Option<(usize, &'r str)>,
}

impl<'r> LongCells<'r> {
    fn first(&self) -> Option<(usize, &'r str)> {
        self.value.or(self.numerator).or(self.denominator)
    }

    fn plain(&self, first: (usize, &str), issues: &mut RowIssues<'_>) -> Option<(usize, Amount)> {
        let Some((column, text)) = self.value else {
            issues.cell(IssueCode::ValueMissing, first.0, first.1);
            return None;
        };
        if let Some((ignored, text)) = self.numerator.or(self.denominator) {
            issues.cell(IssueCode::FractionIgnored, ignored, text);
        }
        Some((column, Amount::Value(number(text, column, issues)?)))
    }

    fn fraction(&self, first: (usize, &str), issues: &mut RowIssues<'_>) -> Option<(usize, Amount)> {
        let (part, whole) = match (self.numerator, self.denominator) {
            (Some(part), Some(whole)) => (part, whole),
            (None, None) => {
                issues.cell(IssueCode::FractionMissing, first.0, first.1);
                return None;
            }
            (Some((column, text)), None) | (None, Some((column, text))) => {
                issues.cell(IssueCode::FractionIncomplete, column, text);
                return None;
            }
        };
        if let Some((column, text)) = self.value {
            issues.cell(IssueCode::ValueIgnored, column, text);
        }
        let numerator = number(part.1, part.0, issues);
        let denominator = number(whole.1, whole.0, issues);
        let (numerator, denominator) = numerator.zip(denominator)?;
        let undefined = denominator.is_zero() && !numerator.is_zero();
        if undefined || denominator < Decimal::ZERO {
            issues.cell(IssueCode::FractionInvalid, whole.0, whole.1);
            return None;
        }
        let amount = Amount::Fraction { numerator, denominator };
        Some((part.0, amount))
    }
}

fn number(text: &str, column: usize, issues: &mut RowIssues<'_>) -> Option<Decimal> {
    cell::number(text).map_err(|code| issues.cell(code, column, text)).ok()
}
