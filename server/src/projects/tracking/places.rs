//! Indicators' figures by place.

use std::collections::BTreeMap;

use super::{Cell, Column, Rolled, cell};
use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};
use crate::projects::indicators::Indicator;

/// The figures of one indicator at one place, one a column.
pub(crate) struct AtPlace {
    pub indicator: IndicatorId,
    pub place: LocationId,
    pub cells: Vec<Cell>,
}

/// The figure of a year of each place that has one. One statement.
pub(crate) async fn by_place(r: &mut Reader, project: ProjectId, year: i32, indicator: &Indicator) -> Result<Vec<(LocationId, Cell)>> {
    let Some(whole) = Column::of_year(year).pop() else { return Ok(Vec::new()) };
    let found = by_places(r, project, &[whole], &[indicator]).await?;
    Ok(found.into_iter().filter_map(|mut at| Some((at.place, at.cells.pop()?))).collect())
}

/// The figures of indicators at each place that has some, in columns of which the last ends last. One statement.
pub(crate) async fn by_places(r: &mut Reader, project: ProjectId, columns: &[Column], indicators: &[&Indicator]) -> Result<Vec<AtPlace>> {
    let (Some(start), Some(end)) = (columns.iter().map(|column| column.start).min(), columns.iter().map(|column| column.end).max()) else {
        return Ok(Vec::new());
    };
    let wanted: Vec<uuid::Uuid> = indicators.iter().map(|indicator| indicator.id.0).collect();
    let rows = sqlx::query!(
        r#"select r.indicator_id as "indicator: IndicatorId", r.location_id as "location!: LocationId", r.period_start, r.period_end, r.actual,
             r.num, r.den, r.provisional, r.provisional_num, r.provisional_den, r.target, r.self_verified, r.new_data, (select app.today()) as "today!"
           from app.period_rollup r
           where r.project_id = $1 and r.indicator_id = any ($2) and r.location_id is not null and r.period_start >= $3 and r.period_end <= $4
           order by r.period_start"#,
        project.0,
        &wanted,
        start,
        end
    )
    .fetch_all(r.conn())
    .await?;
    let mut found: BTreeMap<(IndicatorId, LocationId), Vec<Rolled>> = BTreeMap::new();
    for row in rows {
        found.entry((row.indicator, row.location)).or_default().push(Rolled {
            indicator: row.indicator,
            period_name: String::new(),
            period_start: row.period_start,
            period_end: row.period_end,
            actual: row.actual,
            num: row.num,
            den: row.den,
            provisional: row.provisional,
            provisional_num: row.provisional_num,
            provisional_den: row.provisional_den,
            target: row.target,
            self_verified: row.self_verified,
            new_data: row.new_data,
            today: row.today,
        });
    }
    found
        .into_iter()
        .filter_map(|((id, place), rolled)| Some((*indicators.iter().find(|indicator| indicator.id == id)?, place, rolled)))
        .map(|(indicator, place, rolled)| {
            let cells = columns.iter().map(|column| cell(indicator, column, &rolled)).collect::<Result<_>>()?;
            Ok(AtPlace { indicator: indicator.id, place, cells })
        })
        .collect()
}
