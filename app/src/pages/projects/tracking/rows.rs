//! The rows of the tracking table. Of hundreds of indicators they are thousands of cells, so they are written by a template and not built as
//! a view: texts and addresses are worked out once, and a figure goes from the table into the page.

use std::collections::HashMap;

use askama::Template;
use leptos::prelude::RenderHtml;
use rust_decimal::Decimal;
use server::kernel::error::{Error, Result};
use server::kernel::wording::Wording;
use server::projects::progress::{Accumulation, AggPeriods, Method, Rag};
use server::projects::tracking::{Cell, Group, Line, Restated, Tracking};

use super::place_of;
use crate::answers::encode;
use crate::chart;
use crate::format::{column, day_of, figure};
use crate::parts;
use crate::text::{Phrase, Say};

/// What every cell says and leads to.
pub(super) struct Words<'a> {
    say: Say,
    /// The project's address.
    base: &'a str,
    /// The location shown, as it stands in an address.
    place: String,
    /// The columns as people read them.
    columns: Vec<String>,
    explain: Phrase,
    trend: Phrase,
    colours: HashMap<Rag, String>,
    no_data: String,
    provisional: String,
    carried: String,
    self_verified: String,
    unweighted: String,
}

#[derive(Template)]
#[template(path = "tracking/rows.html")]
struct Rows<'a> {
    words: &'a Words<'a>,
    rows: Vec<Row<'a>>,
}

/// An indicator's row, and those of its groups beneath it. A figure that is not there is none.
struct Row<'a> {
    code: &'a str,
    unit: &'a str,
    title: &'a str,
    unweighted: bool,
    baseline: Option<String>,
    end_target: Option<String>,
    cells: Vec<Shown<'a>>,
    /// A drawing, as markup: escaped by the view that drew it.
    trend: String,
    groups: Vec<GroupRow>,
}

/// The three cells of a column.
struct Shown<'a> {
    has_period: bool,
    key: &'a str,
    target: Option<String>,
    actual: Option<String>,
    explain: String,
    self_verified: bool,
    carried: bool,
    provisional: Option<String>,
    restated: Option<ShownRestated>,
    achievement: Option<String>,
    rag: &'static str,
    colour: &'a str,
}

struct ShownRestated {
    was: String,
    told: String,
}

/// The figures of one value of a dimension.
struct GroupRow {
    dimension: String,
    label: String,
    cells: Vec<ShownGroup>,
}

struct ShownGroup {
    is_shown: bool,
    actual: Option<String>,
    provisional: Option<String>,
}

impl<'a> Words<'a> {
    pub(super) fn of(say: Say, base: &'a str, table: &Tracking) -> Self {
        Self {
            say,
            base,
            place: encode(place_of(table)),
            columns: table.columns.iter().map(|c| column(&c.key)).collect(),
            explain: say.phrase("explain-label", &["indicator", "column"]),
            trend: say.phrase("trend-label", &["indicator"]),
            colours: parts::colours(say),
            no_data: say.t("no-data"),
            provisional: say.t("provisional"),
            carried: say.t("carried"),
            self_verified: say.t("self-verified"),
            unweighted: say.t("unweighted"),
        }
    }

    /// The columns as people read them.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows of some lines, as markup.
    ///
    /// # Errors
    /// Where the template cannot be filled.
    pub(super) fn rows(&self, lines: &[&Line]) -> Result<String> {
        let rows = lines.iter().map(|line| self.row(line)).collect();
        Rows { words: self, rows }.render().map_err(|error| Error::Internal(format!("rows of the tracking table: {error}")))
    }

    fn row<'b>(&'b self, line: &'b Line) -> Row<'b> {
        let indicator = &line.indicator;
        let decimals = indicator.method.decimals;
        let points: Vec<_> = line.trend.iter().map(|point| point.actual).collect();
        let target = line.cells.last().and_then(|cell| cell.target).filter(|_| shares_scale(&indicator.method));
        Row {
            code: &indicator.code,
            unit: &indicator.unit,
            title: &indicator.title,
            unweighted: indicator.method.is_unweighted(),
            baseline: shown(indicator.method.baseline, decimals),
            end_target: shown(indicator.eop_target, decimals),
            cells: line.cells.iter().zip(&self.columns).map(|(cell, column)| self.cell(line, cell, column)).collect(),
            trend: chart::sparkline(&points, target, &self.trend.fill(&[&indicator.title])).to_html(),
            groups: line.groups.iter().map(|group| self.group(decimals, group)).collect(),
        }
    }

    fn cell<'b>(&'b self, line: &'b Line, cell: &'b Cell, column: &str) -> Shown<'b> {
        let decimals = line.indicator.method.decimals;
        Shown {
            has_period: cell.has_period,
            key: &cell.key,
            target: shown(cell.target, decimals),
            actual: shown(cell.actual, decimals),
            explain: self.explain.fill(&[&line.indicator.code, column]),
            self_verified: cell.self_verified,
            carried: cell.carried,
            provisional: beside(cell.actual, cell.provisional, decimals),
            restated: cell.restated.as_ref().map(|told| self.restated(told, decimals)),
            achievement: shown(cell.achievement, 1),
            rag: cell.rag.as_str(),
            colour: self.colours.get(&cell.rag).map_or("", String::as_str),
        }
    }

    fn restated(&self, restated: &Restated, decimals: u32) -> ShownRestated {
        let was = restated.was.map_or_else(|| "–".to_owned(), |was| figure(was, decimals));
        let day = day_of(self.say, restated.at);
        ShownRestated {
            was: self.say.with("restated", &[("was", &was)]),
            told: self.say.with("restated-in", &[("report", &restated.report), ("day", &day)]),
        }
    }

    fn group(&self, decimals: u32, group: &Group) -> GroupRow {
        let said = |wording: &Wording| wording.say(self.say.0).to_owned();
        GroupRow {
            dimension: said(&group.dimension_name),
            label: group.label.as_ref().map_or_else(|| self.say.t("group-not-said"), said),
            cells: group
                .cells
                .iter()
                .map(|cell| ShownGroup {
                    is_shown: cell.actual.is_some() || cell.provisional.is_some(),
                    actual: shown(cell.actual, decimals),
                    provisional: beside(cell.actual, cell.provisional, decimals),
                })
                .collect(),
        }
    }
}

fn shown(value: Option<Decimal>, decimals: u32) -> Option<String> {
    value.map(|value| figure(value, decimals))
}

/// A figure with what is not yet verified, where that is another one: beside the verified figure, never in its place.
fn beside(actual: Option<Decimal>, provisional: Option<Decimal>, decimals: u32) -> Option<String> {
    shown(provisional.filter(|_| provisional != actual), decimals)
}

/// Whether a year's target may be drawn beside the figures of its periods: where periods are added up, it is many times them.
fn shares_scale(method: &Method) -> bool {
    method.accumulation != Accumulation::NonCumulative || method.periods != AggPeriods::Sum
}
