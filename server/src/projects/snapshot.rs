//! What a report froze: canonical JSON, read back exactly as it was published.

mod how;
mod sections;
mod table;

pub use how::How;
pub use sections::{Block, BudgetLine, Count, EvidenceItem, LearningEntry, Place, PlaceFigure, ResultCounts, Section};
pub use table::{FigureRow, csv, figure_rows};

use serde::{Deserialize, Serialize};

use super::progress::{Parts, shown};
use super::publication::Identity;
use super::tracking::{Cell, Column, Line, Point};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::Locale;
use chrono::NaiveDate;
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
    /// Which report of whom this is, and what it replaces. Content of before, `v` 1, had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// The version of this form that is written.
pub const FORM: &str = "2";

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
    /// Its verified figures in order of time, until the end of the report: a period's name and the figure.
    pub trend: Vec<(String, Option<String>)>,
    /// Those of the periods within the last column, which its figure is made of. Snapshots of before did not tell them apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<(String, Option<String>)>,
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
    /// The numerator and the denominator that it was worked out of, where it was and neither tells of few people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<(String, String)>,
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

/// The figures of a column by group, dimension by dimension. Which are hidden was marked before ([`super::publication`]).
fn groups(line: &Line, column: &str, locale: Locale) -> Vec<Group> {
    if !super::publication::is_told_by_group(line) {
        return Vec::new();
    }
    let out: Vec<Group> = line
        .groups
        .iter()
        .map(|group| {
            let cell = group.cells.iter().find(|cell| cell.key == column);
            let hidden = cell.is_some_and(|cell| cell.hidden);
            Group {
                dimension: group.dimension_name.say(locale).to_owned(),
                label: group.label.as_ref().map(|label| label.say(locale).to_owned()),
                // rounded as it is shown: digits beyond would tell what it was worked out of
                actual: text(cell.and_then(|cell| cell.actual).map(|value| shown(value, line.indicator.method.decimals)))
                    .filter(|_| !hidden),
                hidden,
            }
        })
        .collect();
    if out.iter().all(|group| group.actual.is_none() && !group.hidden) { Vec::new() } else { out }
}

/// Whether the numerators and denominators of a line may be told: of every column or of none, since what one column keeps back is the rest of
/// the others; and of none where a group is hidden, which a rate and a count could give away.
fn tells_parts(line: &Line, told: &[&Cell], threshold: Decimal) -> bool {
    line.indicator.method.combines_parts()
        && !told.iter().filter_map(|cell| cell.parts).any(|parts| is_of_few(parts, threshold))
        && !line.groups.iter().flat_map(|group| &group.cells).any(|cell| cell.hidden)
}

/// Whether those that were asked, those that were counted or those that were not are fewer than may be told.
fn is_of_few(parts: Parts, threshold: Decimal) -> bool {
    [parts.num, parts.den, parts.den - parts.num].into_iter().any(|count| count > Decimal::ZERO && count < threshold)
}

/// A figure as it is frozen.
pub(super) fn text(value: Option<Decimal>) -> Option<String> {
    value.map(exact)
}

fn exact(value: Decimal) -> String {
    value.normalize().to_string()
}

impl Item {
    /// The frozen form of a line of the tracking table, for some of its columns, until the last day `to` of a report. A numerator or
    /// denominator below `threshold` is not told.
    ///
    /// Groups are of the last column alone: with quarters and their year side by side a hidden group could be worked out.
    #[must_use]
    pub fn of(
        line: &Line,
        columns: &[Column],
        to: NaiveDate,
        threshold: Decimal,
        result: Option<(String, String)>,
        locale: Locale,
    ) -> Self {
        let method = &line.indicator.method;
        let told: Vec<&Cell> = line.cells.iter().filter(|cell| columns.iter().any(|column| column.key == cell.key)).collect();
        let tells_parts = tells_parts(line, &told, threshold);
        let frozen = |point: &Point| (point.period.clone(), text(point.actual));
        let is_input = |point: &&Point| columns.last().is_some_and(|column| column.holds(point.start, point.end));
        Self {
            code: line.indicator.code.clone(),
            title: line.indicator.title.clone(),
            definition: line.indicator.definition.clone(),
            unit: line.indicator.unit.clone(),
            decimals: method.decimals.to_string(),
            result,
            baseline: text(method.baseline),
            unweighted: method.is_unweighted(),
            cells: told
                .into_iter()
                .map(|cell| Figure {
                    actual: text(cell.actual),
                    parts: cell.parts.filter(|_| tells_parts).map(|Parts { num, den }| (exact(num), exact(den))),
                    target: text(cell.target),
                    achievement: text(cell.achievement.map(|a| shown(a, 1))),
                    rag: cell.rag.as_str().to_owned(),
                    self_verified: cell.self_verified,
                    restated_from: cell.restated.as_ref().map(|told| text(told.was).unwrap_or_else(|| "–".to_owned())),
                })
                .collect(),
            // what came after the report is no part of it, whenever it is published
            trend: line.trend.iter().filter(|point| point.end <= to).map(frozen).collect(),
            inputs: line.trend.iter().filter(is_input).map(frozen).collect(),
            groups: columns.last().map(|column| groups(line, &column.key, locale)).unwrap_or_default(),
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

    /// The same without anything that was reported: what remains of a report that was withdrawn. Each field is named here, so that a new one
    /// is judged.
    #[must_use]
    pub fn name_only(self) -> Self {
        Self {
            v: self.v,
            organisation: self.organisation,
            project: self.project,
            project_code: self.project_code,
            title: self.title,
            locale: self.locale,
            from: self.from,
            to: self.to,
            narrative: String::new(),
            generated_data: self.generated_data,
            columns: Vec::new(),
            indicators: Vec::new(),
            sections: Vec::new(),
            identity: self.identity.map(|identity| Identity { restated: Vec::new(), ..identity }),
        }
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
pub fn columns_within(from: NaiveDate, to: NaiveDate, year: i32) -> Vec<Column> {
    let whole_year = Frequency::Annual.calendar_period(from).is_some_and(|span| span == (from, to));
    Column::of_year(year)
        .into_iter()
        .filter(|column| column.start >= from && column.end <= to)
        .filter(|column| whole_year || column.key.contains('Q'))
        .collect()
}

/// Content that tests make.
#[cfg(test)]
pub(crate) mod samples {
    use super::{Block, Content, FORM, Figure, Group, Item, Section};

    /// Content of these columns and indicators.
    pub fn content(columns: &[&str], indicators: Vec<Item>) -> Content {
        let text = |text: &str| text.to_owned();
        Content {
            v: text(FORM),
            organisation: text("Amani"),
            project: text("Wells"),
            project_code: text("wells"),
            title: text("R"),
            locale: text("en"),
            from: text("2025-01-01"),
            to: text("2025-12-31"),
            narrative: text("It rained."),
            generated_data: false,
            columns: columns.iter().copied().map(text).collect(),
            indicators,
            sections: vec![Section { key: text("one"), title: text("Rain"), body: text("It poured."), block: Block::Tracking }],
            identity: None,
        }
    }

    /// An indicator: its figures, one a column, and its groups, each with what it is called, its figure and whether that is hidden.
    pub fn item(code: &str, cells: &[Option<&str>], groups: &[(&str, Option<&str>, bool)]) -> Item {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let figure = |actual: Option<&str>| Figure {
            actual: owned(actual),
            parts: None,
            target: None,
            achievement: None,
            rag: "no_target".to_owned(),
            self_verified: false,
            restated_from: None,
        };
        let group = |(label, actual, hidden): &(&str, Option<&str>, bool)| Group {
            dimension: "Sex".to_owned(),
            label: Some((*label).to_owned()),
            actual: owned(*actual),
            hidden: *hidden,
        };
        Item {
            code: code.to_owned(),
            title: code.to_owned(),
            definition: String::new(),
            unit: String::new(),
            decimals: "0".to_owned(),
            result: None,
            baseline: None,
            unweighted: false,
            cells: cells.iter().copied().map(figure).collect(),
            trend: Vec::new(),
            inputs: Vec::new(),
            groups: groups.iter().map(group).collect(),
            how: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{content, item};
    use super::*;

    #[test]
    fn content_of_before_still_reads() {
        let old = br#"{"columns":["2025"],"from":"2025-01-01","generated_data":false,"indicators":[],"locale":"en","narrative":"","organisation":"Amani","project":"Wells","project_code":"wells","title":"R","to":"2025-12-31","v":"1"}"#;
        let content = Content::parse(old).unwrap();
        assert_eq!((content.v.as_str(), &content.identity), ("1", &None));
        assert_eq!(content.bytes().unwrap(), old, "and is the same when it is written");
    }

    #[test]
    fn parts_of_few_are_not_told() {
        let cases =
            [("45", "100", false), ("0", "100", false), ("100", "100", false), ("3", "100", true), ("97", "100", true), ("2", "4", true)];
        for (num, den, expected) in cases {
            let parts = Parts { num: num.parse().unwrap(), den: den.parse().unwrap() };
            assert_eq!(is_of_few(parts, Decimal::from(5)), expected, "{num} of {den}");
        }
    }

    #[test]
    fn a_figure_of_before_had_no_parts_and_keeps_its_bytes() {
        let old = br#"{"achievement":null,"actual":"45","rag":"no_target","self_verified":false,"target":null}"#;
        let figure: Figure = serde_json::from_slice(old).unwrap();
        assert_eq!((figure.parts.clone(), crate::kernel::json::frozen(&figure).unwrap().as_slice()), (None, &old[..]));
    }

    #[test]
    fn what_remains_of_a_withdrawn_report_has_no_figure() {
        let left = content(&["2025"], vec![item("a", &[Some("1234")], &[])]).name_only();
        let text = String::from_utf8(left.bytes().unwrap()).unwrap();
        assert!(text.contains("Wells") && ["1234", "rained", "poured", "Rain"].iter().all(|told| !text.contains(told)), "{text}");
    }
}
