//! The figures of the tracking table one by one, as programs read them: a page at a time, in an order that stays.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::indicators::{self, Indicator};
use super::progress::{Rag, rag};
use crate::access::{Can, Cx};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, PeriodId, ProjectId};
use crate::kernel::text::is_of_a_calendar;

/// A figure of one period, for programs.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its place in the list.
    pub place: Place,
    /// The indicator's code.
    pub indicator: String,
    /// The period's name.
    pub period: String,
    /// The location's code; none for all together.
    pub location: Option<String>,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// The target.
    pub target: Option<Decimal>,
    /// Per cent of the target.
    pub achievement: Option<Decimal>,
    /// The colour.
    pub rag: Rag,
}

/// A place in the list of figures: a page begins after it, whatever was written since the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last day of the period.
    pub period_end: NaiveDate,
    /// The indicator.
    pub indicator: IndicatorId,
    /// The period.
    pub period: PeriodId,
    /// The location; nil for all together, which come first.
    pub location: Uuid,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}_{}_{}", self.period_end, self.indicator, self.period, self.location)
    }
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('_');
        let mut next = || parts.next().ok_or(());
        let day: NaiveDate = next()?.parse().map_err(|_| ())?;
        let place = Self {
            // somebody made it up
            period_end: Some(day).filter(|day| is_of_a_calendar(*day)).ok_or(())?,
            indicator: next()?.parse().map_err(|_| ())?,
            period: next()?.parse().map_err(|_| ())?,
            location: next()?.parse().map_err(|_| ())?,
        };
        if parts.next().is_none() { Ok(place) } else { Err(()) }
    }
}

/// The figures of a period, or of every period: totals first, then each location, a page at a time.
///
/// # Errors
/// Refusal, or the database's.
pub async fn items(cx: &Cx, project: ProjectId, period: Option<PeriodId>, after: Option<Place>, limit: i64) -> Result<Vec<Item>> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    let within = r.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let indicators: HashMap<IndicatorId, Indicator> =
        indicators::of_project(r.conn(), project, None).await?.into_iter().map(|i| (i.id, i)).collect();
    let shown: Vec<Uuid> = indicators.keys().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.indicator_id as "indicator: IndicatorId", r.period_id as "period_id: PeriodId", r.period_end, r.place as "place!",
             p.name as "period", l.code as "location?", r.actual, r.provisional, r.target, r.achievement,
             r.period_end < (select app.today()) as "ended!"
           from (
             select c.*, coalesce(c.location_id, '00000000-0000-0000-0000-000000000000') as place from app.period_rollup c
             where c.project_id = $1 and c.indicator_id = any ($2) and ($3::uuid is null or c.period_id = $3)
               and ($4::uuid[] is null or c.location_id = any ($4))
               and ($5::date is null or (c.period_end, c.indicator_id, c.period_id,
                 coalesce(c.location_id, '00000000-0000-0000-0000-000000000000')) > ($5, $6, $7, $8))
             order by c.period_end, c.indicator_id, c.period_id, place limit $9
           ) r
           join app.reporting_period p on p.tenant_id = r.tenant_id and p.id = r.period_id
           left join app.location l on l.tenant_id = r.tenant_id and l.id = r.location_id
           order by r.period_end, r.indicator_id, r.period_id, r.place"#,
        project.0,
        &shown,
        period.map(|p| p.0),
        within.as_deref(),
        after.map(|a| a.period_end),
        after.map(|a| a.indicator.0),
        after.map(|a| a.period.0),
        after.map(|a| a.location),
        limit
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let indicator = indicators.get(&row.indicator)?;
            Some(Item {
                place: Place { period_end: row.period_end, indicator: row.indicator, period: row.period_id, location: row.place },
                indicator: indicator.code.clone(),
                period: row.period,
                location: row.location,
                actual: row.actual,
                provisional: row.provisional,
                target: row.target,
                achievement: row.achievement,
                rag: rag(&indicator.method, row.actual, row.target, row.ended),
            })
        })
        .collect())
}
