//! Restatements: figures that read otherwise in a published report than they do now.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Column, Line};
use crate::access::{Reader, Writer};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, ProjectId, SnapshotId};
use crate::projects::progress::shown;

/// What a figure was when it was last told to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restated {
    /// The figure then; none where there was none.
    pub was: Option<Decimal>,
    /// The title of the report.
    pub report: String,
    /// When it was published.
    pub at: DateTime<Utc>,
}

/// Marks the figures of a year's columns that read otherwise in the newest report that told them. One statement, whatever the size.
pub(crate) async fn mark(r: &mut Reader, project: ProjectId, year: i32, lines: &mut [Line]) -> Result<()> {
    let keys: Vec<String> = Column::of_year(year).into_iter().map(|column| column.key).collect();
    let rows = sqlx::query!(
        r#"select distinct on (f.indicator_id, f.column_key) f.indicator_id as "indicator: IndicatorId", f.column_key, f.actual,
             f.published_at, p.title
           from app.published_figure f
           join app.report_snapshot s on s.tenant_id = f.tenant_id and s.id = f.snapshot_id
           join app.report p on p.tenant_id = s.tenant_id and p.id = s.report_id
           where f.project_id = $1 and f.column_key = any ($2)
           order by f.indicator_id, f.column_key, f.published_at desc"#,
        project.0,
        &keys
    )
    .fetch_all(r.conn())
    .await?;
    let mut told: HashMap<(IndicatorId, String), Restated> = rows
        .into_iter()
        .map(|row| ((row.indicator, row.column_key), Restated { was: row.actual, report: row.title, at: row.published_at }))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    for line in lines {
        let decimals = line.indicator.method.decimals;
        for cell in &mut line.cells {
            let told = told.remove(&(line.indicator.id, cell.key.clone()));
            // as it is shown: a difference that nobody can see is none
            let read = |value: Option<Decimal>| value.map(|value| shown(value, decimals));
            cell.restated = told.filter(|told| read(told.was) != read(cell.actual));
        }
    }
    Ok(())
}

/// Remembers what a report tells: the figures of its columns.
pub(crate) async fn remember(w: &mut Writer, project: ProjectId, snapshot: SnapshotId, lines: &[Line], columns: &[Column]) -> Result<()> {
    let told: Vec<_> = lines
        .iter()
        .flat_map(|line| line.cells.iter().map(move |cell| (line.indicator.id.0, cell)))
        .filter(|(_, cell)| columns.iter().any(|column| column.key == cell.key))
        .collect();
    sqlx::query!(
        "insert into app.published_figure (project_id, snapshot_id, indicator_id, column_key, actual)
         select $1, $2, t.indicator_id, t.column_key, t.actual from unnest($3::uuid[], $4::text[], $5::numeric[]) as t(indicator_id, column_key, actual)",
        project.0,
        snapshot.0,
        &told.iter().map(|(indicator, _)| *indicator).collect::<Vec<Uuid>>(),
        &told.iter().map(|(_, cell)| cell.key.clone()).collect::<Vec<_>>(),
        &told.iter().map(|(_, cell)| cell.actual.map(|actual| actual.round_dp(6))).collect::<Vec<_>>() as &[Option<Decimal>]
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
