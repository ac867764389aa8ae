//! The indicator tracking table: baseline, target, actual, achievement and colour, by quarter and year, for the project
//! or one location, broken down by dimensions where that is asked for. A fixed number of statements, whatever the size.

mod export;
mod groups;
mod places;
mod restated;
mod series;

pub use export::{csv, figures, take_out};
pub use groups::{By, Group, GroupCell};
pub use restated::Restated;

pub(crate) use groups::break_down;
pub(super) use places::{AtPlace, by_place, by_places};
pub(crate) use restated::{mark as mark_restated, remember as remember_published};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::Project;
use super::dimensions::Dimension;
use super::disaggregation;
use super::framework::{Node, nodes};
use super::indicators::{self, Indicator};
use super::locations::{self, Location};
use super::progress::{Figure, Kind, Parts, Rag, achievement, across_periods, rag, target_across_periods};
use crate::access::{Can, Cx, Reader};
use crate::audit::filters::{self, Page, SavedFilter};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};

/// A column of the table: a quarter or the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// `2024-Q1`, or `2024` for the year: stands in addresses.
    pub key: String,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
}

impl Column {
    /// The four quarters of a year and the year itself.
    #[must_use]
    pub fn of_year(year: i32) -> Vec<Self> {
        let span = |frequency: Frequency, month: u32| {
            let day = NaiveDate::from_ymd_opt(year, month, 1)?;
            let (start, end) = frequency.calendar_period(day)?;
            let key = frequency.period_name(start).replace(' ', "-");
            Some(Self { key, start, end })
        };
        [1, 4, 7, 10].into_iter().filter_map(|month| span(Frequency::Quarterly, month)).chain(span(Frequency::Annual, 1)).collect()
    }

    /// The column of a key.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let year = key.split('-').next()?.parse().ok().filter(|year| (1990..=2100).contains(year))?;
        Self::of_year(year).into_iter().find(|column| column.key == key)
    }

    /// Whether a span of days lies within it.
    pub(crate) fn holds(&self, start: NaiveDate, end: NaiveDate) -> bool {
        start >= self.start && end <= self.end
    }
}

/// A figure of the table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The column.
    pub key: String,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The numerator and denominator that it was worked out of, where it was.
    pub(crate) parts: Option<Parts>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// The target.
    pub target: Option<Decimal>,
    /// Per cent of the target, unrounded.
    pub achievement: Option<Decimal>,
    /// The colour.
    pub rag: Rag,
    /// Whether somebody verified what they had submitted.
    pub self_verified: bool,
    /// Whether the figure only repeats an earlier one: nothing was verified for the periods of this column.
    pub carried: bool,
    /// Whether any period of this indicator lies within the column.
    pub has_period: bool,
    /// What it was in the newest report that told it, where it reads otherwise now.
    pub restated: Option<Restated>,
}

/// An indicator's line.
#[derive(Clone, Debug)]
pub struct Line {
    /// The indicator.
    pub indicator: Indicator,
    /// Its figures, one a column.
    pub cells: Vec<Cell>,
    /// Its figures by the values of its dimensions, where they are asked for.
    pub groups: Vec<Group>,
    /// The periods that it has figures of, in order of time: groups are of the same.
    pub(crate) reported: Vec<Reported>,
    /// Its figures in order of time: the year's periods, or ten years of annual figures.
    pub trend: Vec<Point>,
}

/// A period of a trend.
#[derive(Clone, Debug)]
pub struct Point {
    /// The period's name.
    pub period: String,
    /// Its first day.
    pub(crate) start: NaiveDate,
    /// Its last day.
    pub(crate) end: NaiveDate,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// The target.
    pub target: Option<Decimal>,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// The project.
    pub project: Project,
    /// The framework.
    pub nodes: Vec<Node>,
    /// Years that have periods, newest first.
    pub years: Vec<i32>,
    /// The year shown.
    pub year: i32,
    /// The columns.
    pub columns: Vec<Column>,
    /// The locations that this person may see.
    pub locations: Vec<Location>,
    /// The location shown; none for all together.
    pub location: Option<Location>,
    /// The dimensions that any indicator is broken down by.
    pub dimensions: Vec<Dimension>,
    /// By which of them the table is.
    pub by: Option<By>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A period with figures of an indicator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reported {
    start: NaiveDate,
    end: NaiveDate,
    official: bool,
    provisional: bool,
}

struct Rolled {
    indicator: IndicatorId,
    period_name: String,
    period_start: NaiveDate,
    period_end: NaiveDate,
    actual: Option<Decimal>,
    num: Option<Decimal>,
    den: Option<Decimal>,
    provisional: Option<Decimal>,
    provisional_num: Option<Decimal>,
    provisional_den: Option<Decimal>,
    target: Option<Decimal>,
    self_verified: bool,
    new_data: bool,
    today: NaiveDate,
}

fn figure(kind: Kind, value: Option<Decimal>, num: Option<Decimal>, den: Option<Decimal>) -> Option<Figure> {
    // a percentage is kept with its parts, from which it is read back; a plain figure by its value
    match (num, den) {
        (Some(num), Some(den)) => Figure::of_parts(kind, num, den).ok().flatten(),
        _ => value.map(Figure::number),
    }
}

/// The table of a year; without one, of the newest year that has a figure.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn table(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, by: Option<By>) -> Result<Tracking> {
    Ok(read(cx, code, year, location, by).await?.1)
}

/// The same with what this person keeps of it under a name, for the page.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn page(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, by: Option<By>) -> Result<(Tracking, Vec<SavedFilter>)> {
    let (mut r, table) = read(cx, code, year, location, by).await?;
    let kept = filters::of(&mut r, &Page::of_project(&table.project.code, "tracking")).await?;
    Ok((table, kept))
}

async fn read(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, by: Option<By>) -> Result<(Reader, Tracking)> {
    let (mut r, project) = super::open(cx, code, Can::ViewTracking).await?;
    let Frame { nodes, years, year, locations, location } = frame(&mut r, &project, year, location).await?;
    let place = location.as_ref().map(|l| l.id);
    let mut lines = lines(&mut r, project.id, year, place).await?;
    if place.is_none() {
        // reports tell of all places together
        mark_restated(&mut r, project.id, year, &mut lines).await?;
    }
    let dimensions: Vec<Dimension> =
        disaggregation::of_project(r.conn(), project.id, None).await?.dimensions().into_iter().cloned().collect();
    if let Some(by) = &by {
        break_down(&mut r, project.id, year, place, by, &dimensions, &mut lines).await?;
    }
    let columns = Column::of_year(year);
    Ok((r, Tracking { project, nodes, years, year, columns, locations, location, dimensions, by, lines }))
}

/// What of a project's figures is looked at: the year and the place, and what else there is to choose.
pub(super) struct Frame {
    pub nodes: Vec<Node>,
    pub years: Vec<i32>,
    pub year: i32,
    pub locations: Vec<Location>,
    pub location: Option<Location>,
}

/// The year that is asked for, else the newest that has a figure; the location that is asked for, if this person may see it.
pub(super) async fn frame(r: &mut Reader, project: &Project, year: Option<i32>, location: Option<&str>) -> Result<Frame> {
    let within = r.scope.locations().map(<[LocationId]>::to_vec);
    let ids = within.as_ref().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let locations = locations::of_project(r.conn(), project.id, ids.as_deref()).await?;
    let location = chosen(&locations, location, within.is_some())?;
    let (years, newest) = years(r, project.id).await?;
    let year = year.or(newest).or_else(|| years.first().copied()).unwrap_or_else(|| project.start_date.year());
    let nodes = nodes(r.conn(), project.id).await?;
    Ok(Frame { nodes, years, year, locations, location })
}

/// Who is limited to locations sees one of theirs, never the total of places that they may not see.
fn chosen(locations: &[Location], asked: Option<&str>, limited: bool) -> Result<Option<Location>> {
    match asked.filter(|code| !code.is_empty()) {
        Some(code) => locations.iter().find(|l| l.code == code).cloned().map(Some).ok_or(Error::NotFound),
        None if limited => locations.first().cloned().map(Some).ok_or(Error::NotFound),
        None => Ok(None),
    }
}

/// Years that have periods, newest first, and the newest that has a figure.
async fn years(r: &mut Reader, project: ProjectId) -> Result<(Vec<i32>, Option<i32>)> {
    let row = sqlx::query!(
        r#"select array(select distinct extract(year from end_date)::int as year from app.reporting_period
               where project_id = $1 order by year desc) as "years!",
             (select extract(year from period_end)::int from app.period_rollup
               where project_id = $1 and location_id is null and provisional is not null
               order by period_end desc limit 1) as newest"#,
        project.0
    )
    .fetch_one(r.conn())
    .await?;
    Ok((row.years, row.newest))
}

/// The lines of a year, for all locations together or one.
pub(crate) async fn lines(r: &mut Reader, project: ProjectId, year: i32, location: Option<LocationId>) -> Result<Vec<Line>> {
    let indicators = indicators::of_project(r.conn(), project, None).await?;
    let columns = Column::of_year(year);
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return Ok(Vec::new()) };
    let mut by_indicator = series::of_project(r, project, (first.start, last.end), location).await?;
    indicators
        .into_iter()
        .filter(|indicator| indicator.method.kind != Kind::Qualitative)
        .map(|indicator| {
            let rolled = by_indicator.remove(&indicator.id).unwrap_or_default();
            let cells = columns.iter().map(|column| cell(&indicator, column, &rolled)).collect::<Result<_>>()?;
            let reported = rolled
                .iter()
                .map(|row| Reported {
                    start: row.period_start,
                    end: row.period_end,
                    official: row.actual.is_some(),
                    provisional: row.provisional.is_some(),
                })
                .collect();
            let trend = rolled
                .into_iter()
                .map(|row| Point {
                    period: row.period_name,
                    start: row.period_start,
                    end: row.period_end,
                    actual: row.actual,
                    provisional: row.provisional,
                    target: row.target,
                })
                .collect();
            Ok(Line { indicator, cells, groups: Vec::new(), reported, trend })
        })
        .collect()
}

fn cell(indicator: &Indicator, column: &Column, rolled: &[Rolled]) -> Result<Cell> {
    let method = &indicator.method;
    let within: Vec<&Rolled> = rolled.iter().filter(|row| column.holds(row.period_start, row.period_end)).collect();
    let too_large = |_| Error::Rule("figure_too_large");
    let combine = |figures: Vec<Option<Figure>>| {
        if figures.is_empty() { Ok(None) } else { across_periods(method, &figures).map_err(too_large) }
    };
    let actual = combine(within.iter().map(|row| figure(method.kind, row.actual, row.num, row.den)).collect())?;
    let provisional =
        combine(within.iter().map(|row| figure(method.kind, row.provisional, row.provisional_num, row.provisional_den)).collect())?;
    let targets: Vec<_> = within.iter().map(|row| row.target).collect();
    let target = if targets.is_empty() { None } else { target_across_periods(method, &targets).map_err(too_large)? };
    let parts = actual.and_then(Figure::parts);
    let actual = actual.map(Figure::value);
    Ok(Cell {
        key: column.key.clone(),
        actual,
        parts,
        provisional: provisional.map(Figure::value),
        target,
        achievement: achievement(method, actual, target),
        rag: rag(method, actual, target, within.first().is_some_and(|row| column.end < row.today)),
        self_verified: within.iter().any(|row| row.self_verified),
        carried: actual.is_some() && !within.iter().any(|row| row.new_data),
        has_period: !within.is_empty(),
        restated: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_year() {
        let keys: Vec<_> = Column::of_year(2024).into_iter().map(|c| c.key).collect();
        assert_eq!(keys, ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2024"]);
        assert_eq!(Column::parse("2024-Q2").unwrap().end, NaiveDate::from_ymd_opt(2024, 6, 30).unwrap());
        assert!(Column::parse("2024-Q5").is_none());
        assert!(Column::parse("9999").is_none());
        assert!(Column::parse("").is_none());
    }
}
