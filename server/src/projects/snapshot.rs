//! What a report froze: canonical JSON, read back exactly as it was published.

mod how;
mod sections;
mod table;

pub use how::How;
pub use table::{FigureRow, csv, figure_rows};
pub use sections::{Block, BudgetLine, Count, EvidenceItem, LearningEntry, Place, PlaceFigure, ResultCounts, Section};

use serde::{Deserialize, Serialize};

use super::progress::{Kind, hidden, shown};
use super::tracking::{Column, GroupCell, Line};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::Locale;
use chrono::Datelike;
use rust_decimal::Decimal;

/// A published report. Every figure is a string: what is hashed is what is read.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Content {
    /// The version of this form: `2` since there are sections.
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
    /// What was written, in paragraphs; empty since there are sections.
    pub narrative: String,
    /// Whether the figures were generated for a demonstration.
    pub generated_data: bool,
    /// The columns' keys.
    pub columns: Vec<String>,
    /// The indicators.
    pub indicators: Vec<Item>,
    /// The sections, in order. Snapshots of before had none, and keep their bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
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
    /// How its figures come about. Snapshots of before did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
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
    /// What it was in the report before that told it, where it reads otherwise now; a dash where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restated_from: Option<String>,
}

/// What holds for figures that leave the organisation.
#[derive(Clone, Copy, Debug)]
pub struct Outside {
    /// Groups of fewer are hidden.
    pub threshold: Decimal,
    /// The language of the report.
    pub locale: Locale,
}

impl Outside {
    /// The columns that are parts of a column: the quarters of a year.
    fn within(column: &str) -> Vec<Column> {
        let Some(whole) = Column::parse(column) else { return Vec::new() };
        Column::of_year(whole.start.year()).into_iter().filter(|part| part.key != whole.key && whole.holds(part.start, part.end)).collect()
    }
}

/// The figures of a column by group, dimension by dimension. Only of what counts people or things: behind a mean, a mark or an amount of
/// money nobody knows how few there are.
fn groups(line: &Line, column: &str, outside: &Outside) -> Vec<Group> {
    let method = &line.indicator.method;
    if method.kind != Kind::Number && !method.combines_parts() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for groups in line.groups.chunk_by(|a, b| a.dimension == b.dimension) {
        let whole = groups.iter().all(|group| group.make_the_whole);
        let of =
            |key: &str| -> Vec<Option<&GroupCell>> { groups.iter().map(|group| group.cells.iter().find(|cell| cell.key == key)).collect() };
        let hidden_in = |key: &str, already: &[bool]| {
            let counts: Vec<_> = of(key).iter().map(|cell| cell.and_then(people)).collect();
            hidden(&counts, already, outside.threshold, whole)
        };
        // what a quarter hides its year hides too: it is the other quarters and the rest
        let mut already = vec![false; groups.len()];
        for part in Outside::within(column) {
            for (already, hidden) in already.iter_mut().zip(hidden_in(&part.key, &[])) {
                *already |= hidden;
            }
        }
        let hidden = hidden_in(column, &already);
        out.extend(groups.iter().zip(of(column)).zip(hidden).map(|((group, cell), hidden)| Group {
            dimension: group.dimension_name.say(outside.locale).to_owned(),
            label: group.label.as_ref().map(|label| label.say(outside.locale).to_owned()),
            // rounded as it is shown: digits beyond would tell what it was worked out of
            actual: text(cell.and_then(|cell| cell.actual).map(|value| shown(value, method.decimals))).filter(|_| !hidden),
            hidden,
        }));
    }
    if out.iter().all(|group| group.actual.is_none() && !group.hidden) { Vec::new() } else { out }
}

/// How many people, or things, are behind a figure of a group: of a fraction the fewest of those that were asked, those that were counted
/// and those that were not.
fn people(cell: &GroupCell) -> Option<Decimal> {
    let Some(parts) = cell.parts else { return cell.actual };
    [parts.den, parts.num, parts.den - parts.num].into_iter().filter(|count| *count > Decimal::ZERO).min().or(Some(Decimal::ZERO))
}

/// A figure as it is frozen.
pub(super) fn text(value: Option<Decimal>) -> Option<String> {
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
                    achievement: text(cell.achievement.map(|a| shown(a, 1))),
                    rag: cell.rag.as_str().to_owned(),
                    self_verified: cell.self_verified,
                    restated_from: cell.restated.as_ref().map(|told| text(told.was).unwrap_or_else(|| "–".to_owned())),
                })
                .collect(),
            trend: line.trend.iter().map(|point| (point.period.clone(), text(point.actual))).collect(),
            groups: columns.last().map(|column| groups(line, &column.key, outside)).unwrap_or_default(),
            how: Some(How::of(&line.indicator)),
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
