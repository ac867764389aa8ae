//! Which groups a report hides, by what it shows itself and by what earlier reports told; and what it tells, for those that follow.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::judge::{Cells, Columns, keys_beside, runs, told};
use crate::access::{Reader, Writer};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, ProjectId, SnapshotId};
use crate::projects::progress::{Kind, shown};
use crate::projects::tracking::{Column, Group, GroupCell, Line};

/// What names a group of an indicator: its dimension, and the code of its value; none of that for those of whom it was not said.
type Name = (String, String);

fn name(group: &Group) -> Name {
    (group.dimension.clone(), group.code.clone().unwrap_or_default())
}

/// Marks the groups of a column that are hidden. One statement, whatever the size.
pub(crate) async fn hide(r: &mut Reader, project: ProjectId, column: &Column, threshold: Decimal, lines: &mut [Line]) -> Result<()> {
    let rows = sqlx::query!(
        r#"select distinct on (g.indicator_id, g.dimension_key, g.code, g.column_key)
             g.indicator_id as "indicator: IndicatorId", g.dimension_key, g.code, g.column_key, g.actual,
             bool_or(g.hidden) over (partition by g.indicator_id, g.dimension_key, g.code, g.column_key) as "hidden!"
           from app.published_group g
           where g.project_id = $1 and g.column_key = any ($2)
           order by g.indicator_id, g.dimension_key, g.code, g.column_key, g.published_at desc"#,
        project.0,
        &keys_beside(column)
    )
    .fetch_all(r.conn())
    .await?;
    let mut before: HashMap<IndicatorId, Columns<Name>> = HashMap::new();
    for row in rows {
        let columns = before.entry(row.indicator).or_default();
        columns.entry(row.column_key).or_default().insert((row.dimension_key, row.code), told(row.hidden, row.actual));
    }
    for line in lines {
        let before = before.remove(&line.indicator.id).unwrap_or_default();
        hide_in(line, column, threshold, &before);
    }
    Ok(())
}

/// Only of what counts people or things: behind a mean, a mark or an amount of money nobody knows how few there are.
pub(crate) fn is_told_by_group(line: &Line) -> bool {
    line.indicator.method.kind == Kind::Number || line.indicator.method.combines_parts()
}

fn hide_in(line: &mut Line, column: &Column, threshold: Decimal, told: &Columns<Name>) {
    if !is_told_by_group(line) {
        return;
    }
    let runs = runs(&line.indicator.method);
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
fn flags(groups: &[Group], column: &Column, threshold: Decimal, told: &Columns<Name>, runs: bool) -> Vec<bool> {
    let counts = |key: &str| -> Vec<Option<Decimal>> { groups.iter().map(|group| of(group, key).and_then(people)).collect() };
    let adds_up = groups.iter().all(|group| group.may_add_up);
    Cells { names: groups.iter().map(name).collect(), counts: &counts, told, adds_up, runs }.hidden_in(column, threshold)
}

fn of<'a>(group: &'a Group, key: &str) -> Option<&'a GroupCell> {
    group.cells.iter().find(|cell| cell.key == key)
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
