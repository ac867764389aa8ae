//! A project at a glance: its framework with every indicator's last figure.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::framework::{Node, nodes};
use super::indicators::{self, Indicator, Row, rows_of};
use super::progress::{Rag, rag};
use super::{Project, open};
use crate::access::{Can, Cx, decide};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};

/// The last figure that an indicator has.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The period that it is of.
    pub period: String,
    /// The last day of that period.
    pub period_end: NaiveDate,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is submitted and not yet verified.
    pub provisional: Option<Decimal>,
    /// The target of the period.
    pub target: Option<Decimal>,
    /// Per cent of the target, unrounded.
    pub achievement: Option<Decimal>,
    /// The colour.
    pub rag: Rag,
}

/// An indicator with its last figure.
#[derive(Clone, Debug)]
pub struct Line {
    /// The indicator.
    pub indicator: Indicator,
    /// Its last figure; none before the first.
    pub latest: Option<Latest>,
}

/// A project with its framework and every indicator's last figure.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The project.
    pub project: Project,
    /// The tree.
    pub nodes: Vec<Node>,
    /// The indicators.
    pub lines: Vec<Line>,
}

impl TryFrom<Row> for Line {
    type Error = Error;

    fn try_from(mut row: Row) -> Result<Self> {
        let of = row.latest_period.take().zip(row.latest_end);
        let (actual, provisional, target, achievement) = (row.actual, row.provisional, row.target, row.achievement);
        let ended = row.ended.unwrap_or(false);
        let indicator = Indicator::try_from(row)?;
        let latest = of.map(|(period, period_end)| Latest {
            period,
            period_end,
            actual,
            provisional,
            target,
            achievement,
            rag: rag(&indicator.method, actual, target, ended),
        });
        Ok(Self { indicator, latest })
    }
}

/// A project with its framework and every indicator's last figure: three statements, whatever the size.
///
/// # Errors
/// Not found, or the database's.
pub async fn get(cx: &Cx, code: &str) -> Result<Overview> {
    let (mut r, project) = open(cx, code, Can::ReadProject).await?;
    let nodes = nodes(r.conn(), project.id).await?;
    // a field officer's view keeps to their locations: they see the framework, and their figures on the entry page
    let lines = if sees_totals(cx, project.id) {
        rows_of!(
            r#"l.period_name as "latest_period?", l.period_end as "latest_end?", l.actual as "actual?", l.provisional as "provisional?",
               l.target as "target?", l.achievement as "achievement?", l.period_end < (select app.today()) as "ended?""#,
            "left join lateral (
               select p.name as period_name, c.period_end, c.actual, c.provisional, c.target, c.achievement
               from app.period_rollup c join app.reporting_period p on p.tenant_id = c.tenant_id and p.id = c.period_id
               where c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.location_id is null and c.provisional is not null
               order by c.period_end desc limit 1
             ) l on true",
            project.id.0,
            None::<&[uuid::Uuid]>
        )
        .fetch_all(r.conn())
        .await?
        .into_iter()
        .map(Line::try_from)
        .collect::<Result<_>>()?
    } else {
        let indicators = indicators::of_project(r.conn(), project.id, None).await?;
        indicators.into_iter().map(|indicator| Line { indicator, latest: None }).collect()
    };
    Ok(Overview { project, nodes, lines })
}

/// Whether a person may see figures of all locations together: not who is limited to some of them.
pub(super) fn sees_totals(cx: &Cx, project: ProjectId) -> bool {
    decide(cx.actor(), Can::ViewTracking(project)).is_ok_and(|scope| scope.locations().is_none())
}
