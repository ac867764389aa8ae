//! What is recorded of each indicator's periods.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::Rolled;
use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};

/// Asked period by period, each of which an index leads to.
macro_rules! rolled {
    ($r:expr, $place:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Rolled,
            r#"select r.indicator_id as "indicator: IndicatorId", p.name as period_name, r.period_start, r.period_end, r.actual, r.num, r.den,
                 r.provisional, r.provisional_num, r.provisional_den, r.target, r.self_verified, r.new_data, (select app.today()) as "today!"
               from app.reporting_period p
               join app.period_rollup r on r.tenant_id = p.tenant_id and r.project_id = p.project_id and r.period_id = p.id
                 and r.period_end = p.end_date
               where p.project_id = $1 and p.end_date <= $3 and p.start_date >= case when p.kind = 'annual' then $4::date else $2::date end
                 and "# + $place + "
               order by r.period_start",
            $($value),+
        )
        .fetch_all($r.conn())
        .await?
    };
}

/// What is recorded of the periods within some days of a year, and of annual ones within ten years that end with it, by indicator in order of
/// time; of all locations together, or one.
pub(super) async fn of_project(
    r: &mut Reader,
    project: ProjectId,
    (first, last): (NaiveDate, NaiveDate),
    location: Option<LocationId>,
) -> Result<HashMap<IndicatorId, Vec<Rolled>>> {
    let decade = NaiveDate::from_ymd_opt(first.year() - 9, 1, 1).unwrap_or(first);
    let rows = match location {
        Some(location) => rolled!(r, "r.location_id = $5", project.0, first, last, decade, location.0),
        None => rolled!(r, "r.location_id is null", project.0, first, last, decade),
    };
    let mut by_indicator: HashMap<IndicatorId, Vec<Rolled>> = HashMap::new();
    for row in rows {
        by_indicator.entry(row.indicator).or_default().push(row);
    }
    Ok(by_indicator)
}
