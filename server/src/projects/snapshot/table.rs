//! The figures of a published report as rows, for those who go on working with them. What is hidden in the report has no figure here.

use super::{Content, Item};
use crate::kernel::error::{Error, Result};
use crate::kernel::text::harmless;

/// A figure with everything that tells which one it is. Numbers are as they were published: all their digits, none grouped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FigureRow {
    /// The indicator's code.
    pub code: String,
    /// Its title.
    pub indicator: String,
    /// Its unit.
    pub unit: String,
    /// The result's number and title.
    pub result: String,
    /// The dimension, of a group's figure.
    pub dimension: String,
    /// The group; `?` for those of whom it was not said.
    pub group: String,
    /// The column.
    pub column: String,
    /// The baseline.
    pub baseline: String,
    /// The target.
    pub target: String,
    /// The verified figure.
    pub actual: String,
    /// Per cent of the target.
    pub achievement: String,
    /// The colour, or `hidden`.
    pub status: String,
    /// What an earlier report told.
    pub restated_from: String,
}

/// The names of the columns, in the order of [`FigureRow::cells`].
pub const HEADER: [&str; 13] = [
    "code",
    "indicator",
    "unit",
    "result",
    "dimension",
    "group",
    "column",
    "baseline",
    "target",
    "actual",
    "achievement",
    "status",
    "restated_from",
];

/// The group of what was reported without saying of which.
const NOT_SAID: &str = "?";

impl FigureRow {
    fn of(item: &Item) -> Self {
        Self {
            code: item.code.clone(),
            indicator: item.title.clone(),
            unit: item.unit.clone(),
            result: item.result.as_ref().map(|(number, title)| format!("{number} {title}")).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Its cells as a file takes them: text that a spreadsheet would take for a formula is none any more.
    #[must_use]
    pub fn cells(&self) -> [String; 13] {
        [
            harmless(&self.code),
            harmless(&self.indicator),
            harmless(&self.unit),
            harmless(&self.result),
            harmless(&self.dimension),
            harmless(&self.group),
            self.column.clone(),
            self.baseline.clone(),
            self.target.clone(),
            self.actual.clone(),
            self.achievement.clone(),
            self.status.clone(),
            self.restated_from.clone(),
        ]
    }
}

/// Every figure of a report: those of each indicator by column, then those of its groups.
#[must_use]
pub fn figure_rows(content: &Content) -> Vec<FigureRow> {
    let mut rows = Vec::new();
    for item in &content.indicators {
        for (column, cell) in content.columns.iter().zip(&item.cells) {
            rows.push(FigureRow {
                column: column.clone(),
                baseline: item.baseline.clone().unwrap_or_default(),
                target: cell.target.clone().unwrap_or_default(),
                actual: cell.actual.clone().unwrap_or_default(),
                achievement: cell.achievement.clone().unwrap_or_default(),
                status: cell.rag.clone(),
                restated_from: cell.restated_from.clone().unwrap_or_default(),
                ..FigureRow::of(item)
            });
        }
        for group in &item.groups {
            rows.push(FigureRow {
                dimension: group.dimension.clone(),
                group: group.label.clone().unwrap_or_else(|| NOT_SAID.to_owned()),
                column: content.columns.last().cloned().unwrap_or_default(),
                actual: group.actual.clone().filter(|_| !group.hidden).unwrap_or_default(),
                status: if group.hidden { "hidden".to_owned() } else { String::new() },
                ..FigureRow::of(item)
            });
        }
    }
    rows
}

/// The rows as CSV.
///
/// # Errors
/// If they cannot be written, which would be a fault of this program.
pub fn csv(content: &Content) -> Result<Vec<u8>> {
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::NonNumeric).from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Internal(format!("csv: {error}"));
    out.write_record(HEADER).map_err(failed)?;
    for row in figure_rows(content) {
        out.write_record(row.cells()).map_err(failed)?;
    }
    out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content() -> Content {
        let figure = |actual: Option<&str>| json!({ "actual": actual, "target": "100", "achievement": null, "rag": "on_track", "self_verified": false, "restated_from": "7" });
        let group = |label: Option<&str>, actual: Option<&str>, hidden: bool| json!({ "dimension": "Sex", "label": label, "actual": actual, "hidden": hidden });
        let item = json!({
            "code": "=cmd", "title": "@SUM(1)", "definition": "", "unit": "people", "decimals": "0", "result": ["1.1", "Water"],
            "baseline": null, "unweighted": false, "cells": [figure(Some("50")), figure(None)], "trend": [],
            // a figure that should not be there is not told either
            "groups": [group(Some("F"), Some("40"), false), group(Some("M"), Some("3"), true), group(None, None, false)],
        });
        let content = json!({
            "v": "2", "organisation": "Amani", "project": "Wells", "project_code": "wells", "title": "R", "locale": "en",
            "from": "2025-01-01", "to": "2025-12-31", "narrative": "", "generated_data": false, "columns": ["2025-Q1", "2025"],
            "indicators": [item],
        });
        serde_json::from_value(content).unwrap()
    }

    #[test]
    fn every_figure_is_a_row_and_what_is_hidden_stays_so() {
        let told: Vec<_> =
            figure_rows(&content()).into_iter().map(|row| [row.column, row.group, row.actual, row.status].join("|")).collect();
        assert_eq!(told, ["2025-Q1||50|on_track", "2025|||on_track", "2025|F|40|", "2025|M||hidden", "2025|?||"]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        let text = String::from_utf8(csv(&content()).unwrap()).unwrap();
        assert!(text.contains("\"'=cmd\"") && text.contains("\"'@SUM(1)\"") && !text.contains("\"=") && !text.contains("\"@"), "{text}");
    }
}
