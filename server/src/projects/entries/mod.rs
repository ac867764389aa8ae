//! Entering a period's figures.

mod save;
mod typed;

pub use save::save;
pub(crate) use typed::{Total, cells_as_typed, settle};
pub use typed::{Typed, TypedCell};

use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::disaggregation::{self, Cells, Schemes};
use super::indicators::{self, Indicator};
use super::locations::{self, Location};
use super::periods::{self, Closure, Period, State, admits_entry, answers_for_figures};
use super::progress::{Figure, Kind};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId, ProjectId, ValueId};

/// A value as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id.
    pub id: ValueId,
    /// The figure.
    pub value: Option<Decimal>,
    /// The numerator.
    pub num: Option<Decimal>,
    /// The denominator.
    pub den: Option<Decimal>,
    /// What was counted of each group.
    pub cells: Cells,
    /// `draft`, `submitted`, `returned` or `verified`.
    pub status: String,
    /// Why it was returned.
    pub return_note: Option<String>,
    /// A remark.
    pub comment: String,
    /// The version that an edit must name.
    pub row_version: i32,
    /// Pieces of evidence.
    pub evidence: i64,
}

impl Standing {
    /// Its total as text: as the page sends it back, and as it is told from one that was typed in its place.
    #[must_use]
    pub fn total(&self) -> String {
        Total { value: self.value, num: self.num, den: self.den }.text()
    }

    /// Whether it may still be changed by entering.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        matches!(self.status.as_str(), "draft" | "returned")
    }
}

/// What the entry page shows.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The period.
    pub period: Period,
    /// Indicators of its frequency.
    pub indicators: Vec<Indicator>,
    /// The locations that this person may enter for.
    pub locations: Vec<Location>,
    /// The location shown; none for the project as a whole.
    pub location: Option<LocationId>,
    /// Values of that location, by indicator.
    pub values: HashMap<IndicatorId, Standing>,
    /// The figures of the period before, for comparison.
    pub before: HashMap<IndicatorId, Decimal>,
    /// By what figures of this period are broken down.
    pub schemes: Schemes,
    /// Why nothing may be entered; none if it may.
    pub shut: Option<Closure>,
}

/// The entry page of a period and location.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn sheet(cx: &Cx, project: ProjectId, period: PeriodId, location: Option<LocationId>) -> Result<Sheet> {
    let mut r = cx.read(Can::EnterValues(project)).await?;
    let all = periods::of_project(r.conn(), project).await?;
    let period = all.iter().find(|p| p.id == period).cloned().ok_or(Error::NotFound)?;
    let within = r.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let locations = locations::of_project(r.conn(), project, within.as_deref()).await?;
    let location = match location {
        Some(id) => Some(locations.iter().find(|l| l.id == id).ok_or(Error::NotFound)?.id),
        // who keeps to some places enters for one of them, never for the project as a whole
        None if within.is_some() => Some(locations.first().ok_or(Error::NotFound)?.id),
        None => locations.first().map(|l| l.id),
    };
    let mut indicators = indicators::of_project(r.conn(), project, None).await?;
    indicators.retain(|i| i.frequency == period.kind && i.method.kind != Kind::Qualitative);
    let previous = all.iter().filter(|p| p.kind == period.kind && p.end < period.start).max_by_key(|p| p.end).map(|p| p.id.0);
    let rows = sqlx::query!(
        r#"select id as "id: ValueId", indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId", value, num, den, status,
             return_note, comment, row_version, nullif(cells, '{}') as cells,
             (select count(*) from app.evidence e where e.tenant_id = v.tenant_id and e.value_id = v.id and e.deleted_at is null
                and ($4::uuid is null or e.created_by = $4)) as "evidence!"
           from app.indicator_value v
           where v.project_id = $1 and v.period_id = any ($2) and v.location_id is not distinct from $3 and v.deleted_at is null"#,
        project.0,
        &[Some(period.id.0), previous].into_iter().flatten().collect::<Vec<Uuid>>(),
        location.map(|l| l.0),
        super::evidence::own_only(cx, project)
    )
    .fetch_all(r.conn())
    .await?;
    let schemes = disaggregation::of_project(r.conn(), project, None).await?;
    let (mut values, mut before) = (HashMap::new(), HashMap::new());
    for row in rows {
        if row.period == period.id {
            let kind = indicators.iter().find(|i| i.id == row.indicator).map(|i| i.method.kind);
            let cells = row.cells.as_ref().zip(kind).map(|(stored, kind)| Cells::read(kind, stored)).transpose()?.unwrap_or_default();
            let standing = Standing {
                id: row.id,
                value: row.value,
                num: row.num,
                den: row.den,
                cells,
                status: row.status,
                return_note: row.return_note,
                comment: row.comment,
                row_version: row.row_version,
                evidence: row.evidence,
            };
            values.insert(row.indicator, standing);
        } else if let Some(method) = indicators.iter().find(|i| i.id == row.indicator).map(|i| &i.method)
            && let Ok(Some(figure)) = Figure::read(method.kind, row.value, row.num, row.den)
        {
            before.insert(row.indicator, figure.value());
        }
    }
    let shut = match admits_entry(period.state, answers_for_figures(cx, project)) {
        Ok(()) => None,
        Err(why) => Some(periods::closure(cx, r.conn(), project, &period, why).await?),
    };
    Ok(Sheet { period, indicators, locations, location, values, before, schemes, shut })
}

/// The periods that a person may enter figures for now, newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn open_periods(cx: &Cx, project: ProjectId) -> Result<Vec<Period>> {
    let mut r = cx.read(Can::EnterValues(project)).await?;
    let mut all = periods::of_project(r.conn(), project).await?;
    all.retain(|p| p.state != State::Planned);
    all.reverse();
    Ok(all)
}
