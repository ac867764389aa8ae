//! The rows beneath an indicator: its figures by the values of its dimensions, and what was reported without saying of which value.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Cell, Column, Line, Reported, figure};
use crate::access::Reader;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};
use crate::kernel::wording::Wording;
use crate::projects::dimensions::Dimension;
use crate::projects::progress::{
    DimensionKind, Figure, Method, Overflow, Parts, across_periods, groups_make_the_whole, last_period_stands,
};

/// The figures of one value of a dimension. They are judged by no target: the whole has one.
#[derive(Clone, Debug)]
pub struct Group {
    /// The dimension's key.
    pub dimension: String,
    /// The dimension's name.
    pub dimension_name: Wording,
    /// Whether the groups of this dimension make the whole, what was not said among them.
    pub make_the_whole: bool,
    /// Whether they could, in a column of a single period and place: nobody is in two of them.
    pub(crate) may_add_up: bool,
    /// The value's code; none for what was reported without saying of which value.
    pub(crate) code: Option<String>,
    /// What the value is called; none for what was reported without saying of which value.
    pub label: Option<Wording>,
    /// Its figures, one a column.
    pub cells: Vec<GroupCell>,
}

/// A figure of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupCell {
    /// The column.
    pub key: String,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The numerator and denominator that it was worked out of, where it was.
    pub parts: Option<Parts>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// Whether it is hidden where figures leave the organisation: said when a report is published.
    pub(crate) hidden: bool,
}

/// By which dimensions the table is broken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By each that an indicator has.
    All,
    /// By one, by its key.
    One(String),
}

impl By {
    /// As an address says it; nothing for no breakdown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            // no key of a dimension can be that
            "*" => Some(Self::All),
            key => Some(Self::One(key.to_owned())),
        }
    }
}

/// A figure of one value of a dimension in one period.
struct Broken {
    start: NaiveDate,
    end: NaiveDate,
    official: Option<Figure>,
    provisional: Option<Figure>,
}

/// Figures by dimension and code.
type ByValue = BTreeMap<(String, String), Vec<Broken>>;

/// Puts beneath each line its figures by the values of `known` dimensions. One statement, whatever the size.
pub(crate) async fn break_down(
    r: &mut Reader,
    project: ProjectId,
    year: i32,
    location: Option<LocationId>,
    by: &By,
    known: &[Dimension],
    lines: &mut [Line],
) -> Result<()> {
    let columns = Column::of_year(year);
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return Ok(()) };
    let key = match by {
        By::All => None,
        By::One(key) => Some(key.as_str()),
    };
    let rows = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", dimension_key, code, period_start, period_end, actual, num, den, provisional,
             provisional_num, provisional_den
           from app.period_breakdown
           where project_id = $1 and location_id is not distinct from $2 and period_start >= $3 and period_end <= $4
             and ($5::text is null or dimension_key = $5) and indicator_id = any ($6)"#,
        project.0,
        location.map(|l| l.0),
        first.start,
        last.end,
        key,
        &lines.iter().map(|line| line.indicator.id.0).collect::<Vec<_>>()
    )
    .fetch_all(r.conn())
    .await?;
    let kinds: HashMap<IndicatorId, _> = lines.iter().map(|line| (line.indicator.id, line.indicator.method.kind)).collect();
    let mut found: HashMap<IndicatorId, ByValue> = HashMap::new();
    for row in rows {
        let Some(kind) = kinds.get(&row.indicator).copied() else { continue };
        let broken = Broken {
            start: row.period_start,
            end: row.period_end,
            official: figure(kind, row.actual, row.num, row.den),
            provisional: figure(kind, row.provisional, row.provisional_num, row.provisional_den),
        };
        found.entry(row.indicator).or_default().entry((row.dimension_key, row.code)).or_default().push(broken);
    }
    // a group has a dozen periods: that many short lists are put in order of time faster than all rows at once
    for series in found.values_mut().flat_map(BTreeMap::values_mut) {
        series.sort_unstable_by_key(|broken| (broken.start, broken.end));
    }
    for line in lines {
        if let Some(by_value) = found.remove(&line.indicator.id) {
            line.groups = groups_of(line, &columns, &by_value, known).map_err(|_| Error::Rule("figure_too_large"))?;
        }
    }
    Ok(())
}

fn groups_of(line: &Line, columns: &[Column], by_value: &ByValue, known: &[Dimension]) -> Result<Vec<Group>, Overflow> {
    let method = &line.indicator.method;
    let mut out = Vec::new();
    for dimension in known {
        let make_the_whole = dimension.kind != DimensionKind::Overlapping && groups_make_the_whole(method);
        let may_add_up = dimension.kind != DimensionKind::Overlapping && method.cells_add_up();
        let group = |code, label, cells| Group {
            dimension: dimension.key.clone(),
            dimension_name: dimension.name.clone(),
            make_the_whole,
            may_add_up,
            code,
            label,
            cells,
        };
        let mut groups = Vec::new();
        for value in &dimension.values {
            let Some(broken) = by_value.get(&(dimension.key.clone(), value.code.clone())) else { continue };
            let cells = columns.iter().map(|column| cell(method, column, &line.reported, broken)).collect::<Result<_, _>>()?;
            groups.push(group(Some(value.code.clone()), Some(value.label.clone()), cells));
        }
        let rest = if make_the_whole && !groups.is_empty() { rest(method, &line.cells, &groups) } else { None };
        out.append(&mut groups);
        out.extend(rest.map(|cells| group(None, None, cells)));
    }
    Ok(out)
}

/// The figure of a group in a column. Where the whole is that of its last period, the group's is of the same one: of an earlier period it
/// would stand beside a whole that it is no part of.
fn cell(method: &Method, column: &Column, reported: &[Reported], broken: &[Broken]) -> Result<GroupCell, Overflow> {
    let combined = |of: &dyn Fn(&Broken) -> Option<Figure>, has: &dyn Fn(&Reported) -> bool| {
        let last = reported.iter().rfind(|period| column.holds(period.start, period.end) && has(period));
        let counts = |group: &&Broken| {
            column.holds(group.start, group.end)
                && (!last_period_stands(method) || last.is_some_and(|last| (last.start, last.end) == (group.start, group.end)))
        };
        let figures: Vec<_> = broken.iter().filter(counts).map(of).collect();
        if figures.is_empty() { Ok(None) } else { across_periods(method, &figures) }
    };
    let actual = combined(&|group| group.official, &|period| period.official)?;
    let provisional = combined(&|group| group.provisional, &|period| period.provisional)?;
    Ok(GroupCell {
        key: column.key.clone(),
        actual: actual.map(Figure::value),
        parts: actual.and_then(Figure::parts),
        provisional: provisional.map(Figure::value),
        hidden: false,
    })
}

/// What was reported without saying of which value, so that no reader takes the groups for all there is. Of fractions none is told: what
/// is left of a percentage is no percentage.
fn rest(method: &Method, whole: &[Cell], groups: &[Group]) -> Option<Vec<GroupCell>> {
    if method.combines_parts() {
        return None;
    }
    let left = |total: Option<Decimal>, of: &dyn Fn(&Group) -> Option<Decimal>| {
        let known: Decimal = groups.iter().filter_map(of).sum();
        total.map(|total| total - known).filter(|left| *left > Decimal::ZERO)
    };
    let cells: Vec<GroupCell> = whole
        .iter()
        .enumerate()
        .map(|(at, cell)| GroupCell {
            key: cell.key.clone(),
            actual: left(cell.actual, &|group| group.cells.get(at)?.actual),
            parts: None,
            provisional: left(cell.provisional, &|group| group.cells.get(at)?.provisional),
            hidden: false,
        })
        .collect();
    cells.iter().any(|cell| cell.actual.is_some() || cell.provisional.is_some()).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::progress::samples::{count, cumulative, running};
    use crate::projects::progress::{AggPeriods, AggWithin, Method};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Two quarters: the whole was reported in both, cells in the first alone.
    #[test]
    fn a_group_is_of_the_period_that_the_whole_is_of() {
        let [first, second, .., year] = &Column::of_year(2026)[..] else { panic!("five columns") };
        let period = |column: &Column| Reported { start: column.start, end: column.end, official: true, provisional: true };
        let reported = [period(first), period(second)];
        let broken =
            [Broken { start: day("2026-01-01"), end: day("2026-03-31"), official: Some(Figure::number(3.into())), provisional: None }];
        let shown = |method: &Method, column: &Column| cell(method, column, &reported, &broken).unwrap().actual.map(|n| n.to_string());
        assert_eq!(shown(&running(false), first), Some("3".into()));
        assert_eq!(shown(&running(false), year), None, "the year stands as its second quarter does, of which no group was told");
        assert_eq!(shown(&cumulative(), year), None);
        assert_eq!(shown(&count(), year), Some("3".into()), "sums take what there is, and the rest is shown as not said");
        let stands = Method { within: AggWithin::Sum, ..running(false) };
        assert!(groups_make_the_whole(&count()) && groups_make_the_whole(&stands));
        assert!(
            !groups_make_the_whole(&Method { periods: AggPeriods::Max, ..count() }),
            "the largest of each group is no part of the largest"
        );
    }
}
