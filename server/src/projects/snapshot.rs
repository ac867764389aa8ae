//! What a report froze: canonical JSON, read back exactly as it was published.

use serde::{Deserialize, Serialize};

use super::progress::{DimensionKind, Kind, Method, hidden};
use super::tracking::{Cell, Column, Line, Part};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::Locale;
use rust_decimal::Decimal;

/// A published report. Every figure is a string: what is hashed is what is read.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Content {
    /// The version of this form.
    pub v: String,
    /// The organisation's name.
    pub organisation: String,
    /// The project's title.
    pub project: String,
    /// The project's code.
    pub project_code: String,
    /// The report's title.
    pub title: String,
    /// The language it was written in.
    pub locale: String,
    /// First day reported on.
    pub from: String,
    /// Last day reported on.
    pub to: String,
    /// What was written, in paragraphs.
    pub narrative: String,
    /// Whether the figures were generated for a demonstration.
    pub generated_data: bool,
    /// The columns' keys.
    pub columns: Vec<String>,
    /// The indicators.
    pub indicators: Vec<Item>,
}

/// An indicator of a published report.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Item {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What is measured.
    pub definition: String,
    /// The unit.
    pub unit: String,
    /// Decimals shown.
    pub decimals: String,
    /// The number of the result it measures, and that result's title.
    pub result: Option<(String, String)>,
    /// The baseline.
    pub baseline: Option<String>,
    /// Whether its figures are unweighted means.
    pub unweighted: bool,
    /// Its figures, one a column.
    pub cells: Vec<Figure>,
    /// Its verified figures in order of time: a period's name and the figure.
    pub trend: Vec<(String, Option<String>)>,
    /// Its verified figures of the last column by group, small groups hidden. Snapshots of before had none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

/// A figure of one group.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Group {
    /// The dimension, in the language of the report.
    pub dimension: String,
    /// What the group is called; none for those of whom it was not said.
    pub label: Option<String>,
    /// The verified figure; none where nothing was reported, or where it is hidden.
    pub actual: Option<String>,
    /// Whether it is hidden because it, or another one with it, is of few people.
    pub hidden: bool,
}

/// A figure of a published report: verified values only.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Figure {
    /// The verified figure.
    pub actual: Option<String>,
    /// The target.
    pub target: Option<String>,
    /// Per cent of the target, to one decimal.
    pub achievement: Option<String>,
    /// The colour.
    pub rag: String,
    /// Whether somebody verified what they had submitted.
    pub self_verified: bool,
}

/// What holds for figures that leave the organisation.
#[derive(Clone, Copy, Debug)]
pub struct Outside {
    /// Groups of fewer are hidden.
    pub threshold: Decimal,
    /// The language of the report.
    pub locale: Locale,
}

/// The figures of a column by group, dimension by dimension.
fn groups(line: &Line, column: &str, outside: &Outside) -> Vec<Group> {
    let method = &line.indicator.method;
    let mut out = Vec::new();
    for parts in line.parts.chunk_by(|a, b| a.dimension == b.dimension) {
        let cells: Vec<(&Part, Option<&Cell>)> =
            parts.iter().map(|part| (part, part.cells.iter().find(|cell| cell.key == column))).collect();
        let counts: Vec<_> = cells.iter().map(|(_, cell)| cell.and_then(|cell| people(method, cell))).collect();
        let exclusive = parts.iter().all(|part| part.kind != DimensionKind::Overlapping);
        let hidden = hidden(&counts, outside.threshold, exclusive && method.cells_add_up());
        out.extend(cells.iter().zip(hidden).map(|((part, cell), hidden)| Group {
            dimension: part.dimension_name.say(outside.locale).to_owned(),
            label: part.label.as_ref().map(|label| label.say(outside.locale).to_owned()),
            actual: text(cell.and_then(|cell| cell.actual)).filter(|_| !hidden),
            hidden,
        }));
    }
    if out.iter().all(|group| group.actual.is_none() && !group.hidden) { Vec::new() } else { out }
}

/// How many people, or things, are behind a figure of a group; none where it counts nobody, e.g. an amount of money.
fn people(method: &Method, cell: &Cell) -> Option<Decimal> {
    match (cell.parts, method.kind) {
        (Some(parts), _) => Some(if parts.num.is_zero() { parts.den } else { parts.num.min(parts.den) }),
        (None, Kind::Number) => cell.actual,
        _ => None,
    }
}

fn text(value: Option<Decimal>) -> Option<String> {
    value.map(|v| v.normalize().to_string())
}

impl Item {
    /// The frozen form of a line of the tracking table, for some of its columns.
    ///
    /// Groups are of the last column alone: with quarters and their year side by side a hidden group could be worked out.
    #[must_use]
    pub fn of(line: &Line, columns: &[Column], result: Option<(String, String)>, outside: &Outside) -> Self {
        let method = &line.indicator.method;
        Self {
            code: line.indicator.code.clone(),
            title: line.indicator.title.clone(),
            definition: line.indicator.definition.clone(),
            unit: line.indicator.unit.clone(),
            decimals: method.decimals.to_string(),
            result,
            baseline: text(method.baseline),
            unweighted: method.is_unweighted(),
            cells: line
                .cells
                .iter()
                .filter(|cell| columns.iter().any(|column| column.key == cell.key))
                .map(|cell| Figure {
                    actual: text(cell.actual),
                    target: text(cell.target),
                    achievement: text(cell.achievement.map(|a| super::progress::shown(a, 1))),
                    rag: cell.rag.as_str().to_owned(),
                    self_verified: cell.self_verified,
                })
                .collect(),
            trend: line.trend.iter().map(|(name, value)| (name.clone(), text(*value))).collect(),
            groups: columns.last().map(|column| groups(line, &column.key, outside)).unwrap_or_default(),
        }
    }
}

impl Content {
    /// The bytes that are hashed and kept.
    ///
    /// # Errors
    /// If it cannot be written, which would be a fault of this program.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        crate::kernel::json::frozen(self)
    }

    /// The content of kept bytes.
    ///
    /// # Errors
    /// If they are not of this form.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| Error::Internal(format!("snapshot: {error}")))
    }
}

/// The columns that lie within a report's span.
#[must_use]
pub fn columns_within(from: chrono::NaiveDate, to: chrono::NaiveDate, year: i32) -> Vec<Column> {
    let whole_year = Frequency::Annual.calendar_period(from).is_some_and(|span| span == (from, to));
    Column::of_year(year)
        .into_iter()
        .filter(|column| column.start >= from && column.end <= to)
        .filter(|column| whole_year || column.key.contains('Q'))
        .collect()
}
