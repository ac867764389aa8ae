//! One indicator's figures by place.

use std::collections::BTreeMap;

use super::{Cell, Column, Rolled, cell};
use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::{LocationId, ProjectId};
use crate::projects::indicators::Indicator;

/// The figure of a year of each place that has one. One statement.
pub(crate) async fn by_place(r: &mut Reader, project: ProjectId, year: i32, indicator: &Indicator) -> Result<Vec<(LocationId, Cell)>> {
    let Some(whole) = Column::of_year(year).pop() else { return Ok(Vec::new()) };
    let rows = sqlx::query!(
        r#"select r.location_id as "location!: LocationId", r.period_start, r.period_end, r.actual, r.num, r.den, r.provisional,
             r.provisional_num, r.provisional_den, r.target, r.self_verified, r.new_data, current_date as "today!"
           from app.period_rollup r
           where r.project_id = $1 and r.indicator_id = $2 and r.location_id is not null and r.period_start >= $3 and r.period_end <= $4
           order by r.period_start"#,
        project.0,
        indicator.id.0,
        whole.start,
        whole.end
    )
    .fetch_all(r.conn())
    .await?;
    let mut by_place: BTreeMap<LocationId, Vec<Rolled>> = BTreeMap::new();
    for row in rows {
        by_place.entry(row.location).or_default().push(Rolled {
            indicator: indicator.id,
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
    by_place.into_iter().map(|(place, rolled)| Ok((place, cell(indicator, &whole, &rolled)?))).collect()
}
