//! An indicator's targets, and its sheet: what was planned beside what was reported.

use rust_decimal::Decimal;

use super::framework::{Node, hold_open, nodes};
use super::indicators::{Indicator, of_project};
use super::overview::sees_totals;
use super::progress::{Rag, rag};
use super::{Project, open};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, PeriodId, ProjectId};

/// Sets an indicator's targets for periods, for the whole project; an empty figure removes one.
///
/// # Errors
/// Refusal, refused fields (named by the period's id), or the database's.
pub async fn set_targets(cx: &Cx, project: ProjectId, indicator: IndicatorId, targets: &[(PeriodId, String)]) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let mut bad = Invalid::default();
    let mut parsed = Vec::with_capacity(targets.len());
    for (period, typed) in targets {
        if let Some(value) = bad.keep(&period.to_string(), figure(typed)) {
            parsed.push((*period, value));
        }
    }
    bad.check()?;
    // the permission is for this project: an indicator of another is not found, even where the person knows its id
    if of_project(w.conn(), project, Some(&[indicator.0])).await?.is_empty() {
        return Err(Error::NotFound);
    }
    for (period, value) in &parsed {
        match value {
            Some(value) => {
                sqlx::query!(
                    "insert into app.target (id, project_id, indicator_id, period_id, value) values ($1, $2, $3, $4, $5)
                     on conflict (tenant_id, indicator_id, period_id, location_id) do update set value = excluded.value
                     where app.target.value <> excluded.value",
                    crate::kernel::ids::TargetId::new().0,
                    project.0,
                    indicator.0,
                    period.0,
                    value
                )
                .execute(w.conn())
                .await?
            }
            None => {
                sqlx::query!(
                    "delete from app.target where indicator_id = $1 and period_id = $2 and location_id is null and project_id = $3",
                    indicator.0,
                    period.0,
                    project.0
                )
                .execute(w.conn())
                .await?
            }
        };
    }
    let touched: Vec<_> = parsed.iter().map(|(period, _)| (indicator, *period)).collect();
    super::rollup::recompute(w.conn(), project, &touched).await?;
    w.commit(Event::TargetsSet { indicator, project, count: parsed.len() }).await
}

/// An indicator's sheet: itself, its targets and what was reported.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The project.
    pub project: Project,
    /// The indicator.
    pub indicator: Indicator,
    /// The version that an edit of it must name.
    pub row_version: i32,
    /// The results that it may measure.
    pub nodes: Vec<Node>,
    /// Its periods, newest first, at most 60, with target, figures and colour.
    pub periods: Vec<SheetPeriod>,
}

/// A period on an indicator's sheet.
#[derive(Clone, Debug)]
pub struct SheetPeriod {
    /// The period.
    pub id: PeriodId,
    /// Its name.
    pub name: String,
    /// The target typed for it.
    pub target: Option<Decimal>,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is not yet verified.
    pub provisional: Option<Decimal>,
    /// The colour.
    pub rag: Rag,
}

/// An indicator's sheet.
///
/// # Errors
/// Not found, or the database's.
pub async fn sheet(cx: &Cx, project_code: &str, code: &str) -> Result<Sheet> {
    let (mut r, project) = open(cx, project_code).await?;
    let row = sqlx::query!("select id, row_version from app.indicator where project_id = $1 and code = $2", project.id.0, code)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let id = row.id;
    let indicator = of_project(r.conn(), project.id, Some(&[id])).await?.pop().ok_or(Error::NotFound)?;
    let nodes = nodes(r.conn(), project.id).await?;
    let sees_figures = sees_totals(cx, project.id);
    let periods = sqlx::query!(
        r#"select p.id as "id: PeriodId", p.name, p.end_date < current_date as "ended!", t.value as "target?",
             r.actual as "actual?", r.provisional as "provisional?", r.target as "effective?"
           from (select tenant_id, id, name, start_date, end_date from app.reporting_period
                 where project_id = $1 and kind = $2 order by start_date desc limit 60) p
           left join app.target t on t.tenant_id = p.tenant_id and t.period_id = p.id and t.indicator_id = $3 and t.location_id is null
           left join app.period_rollup r on r.tenant_id = p.tenant_id and r.period_id = p.id and r.indicator_id = $3
             and r.location_id is null
           order by p.start_date desc"#,
        project.id.0,
        indicator.frequency.as_str(),
        id
    )
    .fetch_all(r.conn())
    .await?;
    let periods = periods
        .into_iter()
        .map(|row| {
            let actual = row.actual.filter(|_| sees_figures);
            SheetPeriod {
                id: row.id,
                name: row.name,
                target: row.target,
                actual,
                provisional: row.provisional.filter(|_| sees_figures),
                rag: rag(&indicator.method, actual, row.effective.or(row.target), row.ended),
            }
        })
        .collect();
    Ok(Sheet { project, indicator, row_version: row.row_version, nodes, periods })
}
