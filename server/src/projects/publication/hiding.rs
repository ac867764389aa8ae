//! Which groups a report hides, by what it shows itself and by what earlier reports told; and what it tells, for those that follow.

use std::collections::HashMap;

use chrono::Datelike;
use rust_decimal::Decimal;

use crate::access::{Reader, Writer};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, ProjectId, SnapshotId};
use crate::projects::progress::{Accumulation, Earlier, Kind, Told, hidden, shown};
use crate::projects::tracking::{Column, Group, GroupCell, Line};

/// What was told of an indicator's groups: by column, dimension and code of the value.
type Columns = HashMap<String, HashMap<(String, String), Told>>;

/// Marks the groups of a column that are hidden. One statement, whatever the size.
pub(crate) async fn hide(r: &mut Reader, project: ProjectId, column: &Column, threshold: Decimal, lines: &mut [Line]) -> Result<()> {
    let year = column.start.year();
    // of a running total the last columns of the year before tell increments too
    let keys: Vec<String> = [year - 1, year].into_iter().flat_map(Column::of_year).map(|column| column.key).collect();
    let rows = sqlx::query!(
        r#"select distinct on (g.indicator_id, g.dimension_key, g.code, g.column_key)
             g.indicator_id as "indicator: IndicatorId", g.dimension_key, g.code, g.column_key, g.actual,
             bool_or(g.hidden) over (partition by g.indicator_id, g.dimension_key, g.code, g.column_key) as "hidden!"
           from app.published_group g
           where g.project_id = $1 and g.column_key = any ($2)
           order by g.indicator_id, g.dimension_key, g.code, g.column_key, g.published_at desc"#,
        project.0,
        &keys
    )
    .fetch_all(r.conn())
    .await?;
    let mut told: HashMap<IndicatorId, Columns> = HashMap::new();
    for row in rows {
        let cell = match row.actual {
            // hidden once, hidden for good
            _ if row.hidden => Told::Hidden,
            Some(figure) => Told::Figure(figure),
            None => Told::Nothing,
        };
        told.entry(row.indicator).or_default().entry(row.column_key).or_default().insert((row.dimension_key, row.code), cell);
    }
    for line in lines {
        let told = told.remove(&line.indicator.id).unwrap_or_default();
        hide_in(line, column, threshold, &told);
    }
    Ok(())
}

/// Only of what counts people or things: behind a mean, a mark or an amount of money nobody knows how few there are.
pub(crate) fn is_told_by_group(line: &Line) -> bool {
    line.indicator.method.kind == Kind::Number || line.indicator.method.combines_parts()
}

fn hide_in(line: &mut Line, column: &Column, threshold: Decimal, told: &Columns) {
    if !is_told_by_group(line) {
        return;
    }
    let runs = line.indicator.method.accumulation != Accumulation::NonCumulative && !line.indicator.method.combines_parts();
    for groups in line.groups.chunk_by_mut(|a, b| a.dimension == b.dimension) {
        let flags = flags(groups, column, threshold, told, runs);
        for (group, flag) in groups.iter_mut().zip(flags) {
            if let Some(cell) = group.cells.iter_mut().find(|cell| cell.key == column.key) {
                cell.hidden = flag;
            }
        }
    }
}

/// Whether the groups of one dimension are hidden in a column.
fn flags(groups: &[Group], column: &Column, threshold: Decimal, told: &Columns, runs: bool) -> Vec<bool> {
    let adds_up = groups.iter().all(|group| group.may_add_up);
    let counts = |key: &str| -> Vec<Option<Decimal>> { groups.iter().map(|group| of(group, key).and_then(people)).collect() };
    let of_column = |key: &str| -> Option<Vec<Told>> {
        let column = told.get(key)?;
        let name = |group: &Group| (group.dimension.clone(), group.code.clone().unwrap_or_default());
        let cells: Vec<Told> = groups.iter().map(|group| column.get(&name(group)).copied().unwrap_or(Told::Nothing)).collect();
        // the dimension may not have been there yet
        cells.iter().any(|cell| *cell != Told::Nothing).then_some(cells)
    };
    // what a quarter hides its year hides too: it is the other quarters and the rest. It may have been told, or be told one day
    let mut already = vec![false; groups.len()];
    for part in parts(column) {
        let would = hidden(&counts(&part.key), &[], &[], threshold, adds_up);
        let was = of_column(&part.key).unwrap_or_default();
        for (at, already) in already.iter_mut().enumerate() {
            *already |= would[at] || was.get(at) == Some(&Told::Hidden);
        }
    }
    let mut earlier: Vec<Earlier> = of_column(&column.key).map(|cells| Earlier { same_column: true, cells }).into_iter().collect();
    if runs {
        let others = told.keys().filter(|key| **key != column.key);
        earlier.extend(others.filter_map(|key| of_column(key)).map(|cells| Earlier { same_column: false, cells }));
    }
    hidden(&counts(&column.key), &already, &earlier, threshold, adds_up)
}

fn of<'a>(group: &'a Group, key: &str) -> Option<&'a GroupCell> {
    group.cells.iter().find(|cell| cell.key == key)
}

/// The columns that are parts of a column: the quarters of a year.
fn parts(column: &Column) -> Vec<Column> {
    let of_year = Column::of_year(column.start.year());
    of_year.into_iter().filter(|part| part.key != column.key && column.holds(part.start, part.end)).collect()
}

/// How many people, or things, are behind a figure of a group: of a fraction the fewest of those that were asked, those that were counted
/// and those that were not.
fn people(cell: &GroupCell) -> Option<Decimal> {
    let Some(parts) = cell.parts else { return cell.actual };
    [parts.den, parts.num, parts.den - parts.num].into_iter().filter(|count| *count > Decimal::ZERO).min().or(Some(Decimal::ZERO))
}

/// Remembers what a report tells by group, in its last column.
pub(crate) async fn remember(w: &mut Writer, project: ProjectId, snapshot: SnapshotId, column: &Column, lines: &[Line]) -> Result<()> {
    let told: Vec<(&Line, &Group, &GroupCell)> = lines
        .iter()
        .filter(|line| is_told_by_group(line))
        .flat_map(|line| line.groups.iter().filter_map(move |group| Some((line, group, of(group, &column.key)?))))
        .filter(|(_, _, cell)| cell.hidden || cell.actual.is_some())
        .collect();
    // as it is shown: digits beyond are told by nobody
    let figure = |line: &Line, cell: &GroupCell| {
        cell.actual.filter(|_| !cell.hidden).map(|value| shown(value, line.indicator.method.decimals).round_dp(6))
    };
    sqlx::query!(
        "insert into app.published_group (project_id, snapshot_id, column_key, indicator_id, dimension_key, code, actual, hidden)
         select $1, $2, $3, t.indicator_id, t.dimension_key, t.code, t.actual, t.hidden
         from unnest($4::uuid[], $5::text[], $6::text[], $7::numeric[], $8::boolean[]) as t(indicator_id, dimension_key, code, actual, hidden)",
        project.0,
        snapshot.0,
        column.key,
        &told.iter().map(|(line, ..)| line.indicator.id.0).collect::<Vec<_>>(),
        &told.iter().map(|(_, group, _)| group.dimension.clone()).collect::<Vec<_>>(),
        &told.iter().map(|(_, group, _)| group.code.clone().unwrap_or_default()).collect::<Vec<_>>(),
        &told.iter().map(|(line, _, cell)| figure(line, cell)).collect::<Vec<_>>() as &[Option<Decimal>],
        &told.iter().map(|(_, _, cell)| cell.hidden).collect::<Vec<_>>()
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
