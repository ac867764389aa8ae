//! Values: what was reported, and the entries that the arithmetic is made of.

pub mod export;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::disaggregation::Cells;
use super::indicators::Indicator;
use super::progress::{Entry, Figure};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId, ProjectId, ValueId};

/// A value that counts, or may count once verified.
pub(crate) struct Counted {
    pub id: ValueId,
    pub indicator: IndicatorId,
    pub period: PeriodId,
    pub location: Option<LocationId>,
    pub collected_on: Option<NaiveDate>,
    pub value: Option<Decimal>,
    pub num: Option<Decimal>,
    pub den: Option<Decimal>,
    /// Its cells as they are kept; none where it has none.
    pub cells: Option<Value>,
    pub verified: bool,
    pub self_verified: bool,
}

impl Counted {
    /// What was counted of each group; empty where nothing was said of any.
    pub(crate) fn cells(&self, indicator: &Indicator) -> Result<Cells> {
        self.cells.as_ref().map_or_else(|| Ok(Cells::default()), |stored| Cells::read(indicator.method.kind, stored))
    }

    /// The entry of the arithmetic, at the ordinal of its period.
    pub(crate) fn entry(&self, indicator: &Indicator, period: usize, period_end: NaiveDate) -> Result<Entry<Uuid>> {
        let figure = Figure::read(indicator.method.kind, self.value, self.num, self.den)
            .map_err(|fault| Error::Internal(format!("value {}: {fault}", self.id)))?;
        Ok(Entry {
            location: self.location.map(|l| l.0),
            period,
            collected_on: self.collected_on.unwrap_or(period_end).num_days_from_ce(),
            sequence: self.id.0.as_u128(),
            official: self.verified,
            figure,
        })
    }
}

/// Submitted and verified values of indicators in periods.
pub(crate) async fn counted(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    indicators: &[Uuid],
    periods: &[Uuid],
) -> Result<Vec<Counted>> {
    Ok(sqlx::query_as!(
        Counted,
        r#"select id as "id: ValueId", indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId",
             location_id as "location: LocationId", collected_on, value, num, den, nullif(cells, '{}') as cells,
             status = 'verified' as "verified!", self_verified
           from app.indicator_value
           where project_id = $1 and indicator_id = any ($2) and period_id = any ($3)
             and status in ('submitted', 'verified') and deleted_at is null"#,
        project.0,
        indicators,
        periods
    )
    .fetch_all(conn)
    .await?)
}

/// A value in a list, with codes for names.
#[derive(Clone, Debug)]
pub struct ListedValue {
    /// Its id.
    pub id: ValueId,
    /// The indicator's code.
    pub indicator: String,
    /// The period's name.
    pub period: String,
    /// The period.
    pub period_id: PeriodId,
    /// The location's code.
    pub location: Option<String>,
    /// The figure.
    pub value: Option<Decimal>,
    /// The numerator.
    pub num: Option<Decimal>,
    /// The denominator.
    pub den: Option<Decimal>,
    /// What was counted of each group; none where nothing is broken down.
    pub cells: Option<Value>,
    /// `draft`, `submitted`, `returned` or `verified`.
    pub status: String,
}

/// Values of a project, oldest first, after an id.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page(cx: &Cx, project: ProjectId, after: Option<Uuid>, limit: i64) -> Result<Vec<ListedValue>> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    // drafts and what was returned are for who enters or takes everything out; others see what the tracking table counts
    let unfinished = cx.may(Can::EnterValues(project)) || cx.may(Can::ExportValues(project));
    let within = r.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    Ok(sqlx::query_as!(
        ListedValue,
        r#"select v.id as "id: ValueId", i.code as "indicator", p.name as "period", p.id as "period_id: PeriodId",
             l.code as "location?", v.value, v.num, v.den, nullif(v.cells, '{}') as cells, v.status
           from (select tenant_id, id, indicator_id, period_id, location_id, value, num, den, cells, status from app.indicator_value
                 where project_id = $1 and deleted_at is null and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
                   and ($3::uuid[] is null or location_id = any ($3)) and ($5 or status in ('submitted', 'verified'))
                 order by id limit $4) v
           join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
           join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
           left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
           order by v.id"#,
        project.0,
        after,
        within.as_deref(),
        limit,
        unfinished
    )
    .fetch_all(r.conn())
    .await?)
}
