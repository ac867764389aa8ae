//! An indicator's targets, and its sheet: what was planned beside what was reported.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::dimensions::{self, Dimension};
use super::disaggregation::{self, Scheme};
use super::framework::{Node, hold_open, nodes};
use super::indicators::{Change, Indicator, Reference, WhyForm, changes, of_project, references};
use super::overview::sees_totals;
use super::periods::{self, State};
use super::progress::{Rag, rag, target_of_end};
use super::{Project, open};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, MembershipId, PeriodId, ProjectId, TargetId};

/// Periods that a sheet shows at the most, the newest.
const MOST_PERIODS: usize = 60;

/// A target as typed.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The period.
    pub period: PeriodId,
    /// What stood there when it was shown; none where nobody saw it before.
    pub was: Option<String>,
    /// The figure; empty for none.
    pub value: String,
}

/// Sets an indicator's targets for periods, for the whole project; an empty figure removes one. What reads as it was shown stays as it is,
/// whoever changed it since.
///
/// # Errors
/// Refusal, refused fields (named by the period's id; `period_locked` for one whose figures are settled), not found, stale;
/// `framework_approved`; or the database's.
pub async fn set_targets(cx: &Cx, project: ProjectId, indicator: IndicatorId, typed: &[Typed], why: &WhyForm) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let status = hold_open(w.conn(), project).await?;
    let wanted = parse(typed)?;
    let why = why.parse(status)?;
    // the permission is for this project: an indicator of another is not found, even where the person knows its id
    let of = of_project(w.conn(), project, Some(&[indicator.0])).await?.pop().ok_or(Error::NotFound)?;
    let periods = periods::of_project(w.conn(), project).await?;
    let mut bad = Invalid::default();
    for (id, _) in &wanted {
        let period = periods.iter().find(|period| period.id == *id && period.kind == of.frequency).ok_or(Error::NotFound)?;
        if period.state == State::Locked {
            bad.note(&id.to_string(), "period_locked");
        }
    }
    bad.check()?;
    let ids: Vec<Uuid> = wanted.iter().map(|(id, _)| id.0).collect();
    let there = expect_as_shown(&mut w, indicator, &ids, typed).await?;
    let (set, clear): (Vec<_>, Vec<_>) = wanted.iter().partition(|(_, value)| value.is_some());
    let fresh: Vec<Uuid> = set.iter().map(|_| TargetId::new().0).collect();
    let (places, values): (Vec<Uuid>, Vec<Decimal>) = set.iter().filter_map(|(id, value)| Some((id.0, (*value)?))).unzip();
    sqlx::query!(
        "insert into app.target (id, project_id, indicator_id, period_id, value)
         select f.id, $1, $2, f.period, f.value from unnest($3::uuid[], $4::uuid[], $5::numeric[]) as f(id, period, value)
         on conflict (tenant_id, indicator_id, period_id, location_id) do update set value = excluded.value
         where app.target.value <> excluded.value",
        project.0,
        indicator.0,
        &fresh,
        &places,
        &values
    )
    .execute(w.conn())
    .await?;
    let gone: Vec<Uuid> = clear.iter().map(|(id, _)| id.0).collect();
    sqlx::query!(
        "delete from app.target where project_id = $1 and indicator_id = $2 and period_id = any ($3) and location_id is null",
        project.0,
        indicator.0,
        &gone
    )
    .execute(w.conn())
    .await?;
    let text = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
    let changed: Vec<_> = wanted
        .iter()
        .map(|(id, value)| {
            let name = periods.iter().find(|period| period.id == *id).map_or_else(String::new, |period| period.name.clone());
            (format!("target-{name}"), text(there.get(&id.0).copied()), text(*value))
        })
        .collect();
    changes::note(&mut w, project, indicator, &why, &changed).await?;
    let touched: Vec<_> = wanted.iter().map(|(period, _)| (indicator, *period)).collect();
    super::rollup::recompute(w.conn(), project, &touched).await?;
    w.commit(Event::TargetsSet { indicator, project, count: wanted.len() }).await
}

/// The figures that read differently from what was shown.
fn parse(typed: &[Typed]) -> Result<Vec<(PeriodId, Option<Decimal>)>> {
    let mut bad = Invalid::default();
    let mut wanted = Vec::with_capacity(typed.len());
    for line in typed {
        if let Some(value) = bad.keep(&line.period.to_string(), figure(&line.value))
            && line.was.as_deref().map(figure) != Some(Ok(value))
        {
            wanted.push((line.period, value));
        }
    }
    bad.check()?;
    Ok(wanted)
}

/// Nobody changed these targets since they were shown: what they are.
async fn expect_as_shown(w: &mut Writer, indicator: IndicatorId, ids: &[Uuid], typed: &[Typed]) -> Result<HashMap<Uuid, Decimal>> {
    let there: HashMap<Uuid, Decimal> = sqlx::query!(
        "select period_id, value from app.target where indicator_id = $1 and period_id = any ($2) and location_id is null",
        indicator.0,
        ids
    )
    .fetch_all(w.conn())
    .await?
    .into_iter()
    .map(|row| (row.period_id, row.value))
    .collect();
    let overtaken = |line: &&Typed| line.was.as_deref().is_some_and(|was| figure(was) != Ok(there.get(&line.period.0).copied()));
    if typed.iter().filter(|line| ids.contains(&line.period.0)).any(|line| overtaken(&line)) { Err(Error::Stale) } else { Ok(there) }
}

/// An indicator's sheet: itself, its targets and what was reported.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The project.
    pub project: Project,
    /// The indicator.
    pub indicator: Indicator,
    /// The rest of its reference sheet.
    pub reference: Reference,
    /// What changed of it after its framework was approved, the newest first.
    pub changes: Vec<Change>,
    /// Who works in the project, by name: who may answer for it.
    pub people: Vec<(MembershipId, String)>,
    /// The version that an edit of it must name.
    pub row_version: i32,
    /// The results that it may measure.
    pub nodes: Vec<Node>,
    /// By what it is broken down, in order of time.
    pub schemes: Vec<Scheme>,
    /// The dimensions that it may be broken down by.
    pub dimensions: Vec<Dimension>,
    /// Its periods, newest first, at most [`MOST_PERIODS`], with target, figures and colour.
    pub periods: Vec<SheetPeriod>,
    /// What the targets of all its periods come to, where that is not its target at the end.
    pub planned_otherwise: Option<Decimal>,
}

/// An indicator whose targets by period do not come to its target at the end.
#[derive(Clone, Debug)]
pub struct AtOdds {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Decimals shown.
    pub decimals: u32,
    /// What the targets of its periods come to.
    pub planned: Decimal,
    /// Its target at the end.
    pub end: Decimal,
}

/// What targets by period, in order of time, come to where that is not the target at the end; nothing where one of the two is not said.
fn otherwise(indicator: &Indicator, targets: &[Option<Decimal>]) -> Result<Option<Decimal>> {
    let planned = target_of_end(&indicator.method, targets).map_err(|_| Error::Rule("figure_too_large"))?;
    Ok(planned.filter(|planned| indicator.eop_target.is_some_and(|end| end != *planned)))
}

/// The indicators of a project whose targets by period do not come to their target at the end, in their order.
///
/// # Errors
/// `figure_too_large`, or the database's.
pub(super) async fn at_odds(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<AtOdds>> {
    let rows = sqlx::query!(
        r#"select t.indicator_id as "indicator: IndicatorId", t.value from app.target t
           join app.reporting_period p on p.tenant_id = t.tenant_id and p.id = t.period_id
           where t.project_id = $1 and t.location_id is null order by p.start_date"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut typed: HashMap<IndicatorId, Vec<Option<Decimal>>> = HashMap::new();
    for row in rows {
        typed.entry(row.indicator).or_default().push(Some(row.value));
    }
    let mut found = Vec::new();
    for indicator in of_project(conn, project, None).await? {
        let targets = typed.remove(&indicator.id).unwrap_or_default();
        if let (Some(planned), Some(end)) = (otherwise(&indicator, &targets)?, indicator.eop_target) {
            found.push(AtOdds { code: indicator.code, title: indicator.title, decimals: indicator.method.decimals, planned, end });
        }
    }
    Ok(found)
}

/// A period on an indicator's sheet.
#[derive(Clone, Debug)]
pub struct SheetPeriod {
    /// The period.
    pub id: PeriodId,
    /// Its name.
    pub name: String,
    /// Its first day.
    pub start: NaiveDate,
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
    let (mut r, project) = open(cx, project_code, Can::ReadProject).await?;
    let row = sqlx::query!("select id, row_version from app.indicator where project_id = $1 and code = $2", project.id.0, code)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let id = row.id;
    let indicator = of_project(r.conn(), project.id, Some(&[id])).await?.pop().ok_or(Error::NotFound)?;
    let nodes = nodes(r.conn(), project.id).await?;
    let sees_figures = sees_totals(cx, project.id);
    let periods = sqlx::query!(
        r#"select p.id as "id: PeriodId", p.name, p.start_date, p.end_date < (select app.today()) as "ended!", t.value as "target?",
             r.actual as "actual?", r.provisional as "provisional?", r.target as "effective?"
           from (select tenant_id, id, name, start_date, end_date from app.reporting_period
                 where project_id = $1 and kind = $2) p
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
    let targets: Vec<Option<Decimal>> = periods.iter().rev().map(|row| row.target).collect();
    let planned_otherwise = otherwise(&indicator, &targets)?;
    let periods = periods
        .into_iter()
        .take(MOST_PERIODS)
        .map(|row| {
            let actual = row.actual.filter(|_| sees_figures);
            SheetPeriod {
                id: row.id,
                name: row.name,
                start: row.start_date,
                target: row.target,
                actual,
                provisional: row.provisional.filter(|_| sees_figures),
                rag: rag(&indicator.method, actual, row.effective.or(row.target), row.ended),
            }
        })
        .collect();
    let schemes = disaggregation::of_project(r.conn(), project.id, Some(&[id])).await?.of(indicator.id).to_vec();
    let dimensions = dimensions::all(r.conn()).await?;
    let reference = references(r.conn(), project.id, Some(&[id])).await?.remove(&indicator.id).ok_or(Error::NotFound)?;
    let changes = changes::of(r.conn(), project.id, indicator.id).await?;
    let people = sqlx::query!(
        r#"select distinct m.id as "id: MembershipId", p.name as "name!" from app.project_member pm
           join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id and m.revoked_at is null
           join gate.people() p on p.id = m.user_id where pm.project_id = $1 order by 2 limit 500"#,
        project.id.0
    )
    .fetch_all(r.conn())
    .await?;
    let people = people.into_iter().map(|person| (person.id, person.name)).collect();
    let row_version = row.row_version;
    Ok(Sheet { project, indicator, reference, changes, people, row_version, nodes, schemes, dimensions, periods, planned_otherwise })
}
