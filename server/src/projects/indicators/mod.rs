//! Indicators: what is measured, and by which method its figures are combined and judged.

pub(crate) mod changes;
mod edit;
mod form;
pub mod library;
mod reference;

pub use changes::{Change, REASON_CODES, WhyForm};
pub use edit::{add, retire, revive, update};
pub use form::{FREQUENCIES, IndicatorForm, KINDS};
pub use reference::{DATA_USES, QUALITY, Reference, ReferenceForm};

pub(super) use edit::insert;
pub(crate) use reference::references;

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::disaggregation::{self, Schemes};
use super::progress::{Accumulation, AggLocations, AggPeriods, AggWithin, Direction, Formula, Kind, Method, Thresholds};
use crate::access::{Can, Cx};
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};

/// An indicator with its method.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorId,
    /// Its code, unique in the project.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What exactly is measured.
    pub definition: String,
    /// The unit, as shown beside figures.
    pub unit: String,
    /// What the numerator counts; empty if it has none.
    pub numerator_label: String,
    /// What the denominator counts.
    pub denominator_label: String,
    /// How often it is reported.
    pub frequency: Frequency,
    /// How figures are combined and judged.
    pub method: Method,
    /// The target at the end of the project, or the standard to be kept throughout.
    pub eop_target: Option<Decimal>,
    /// The result it measures.
    pub node: Option<ResultNodeId>,
    /// Where the figures come from.
    pub data_source: String,
}

impl Indicator {
    /// Whether a value is typed as numerator and denominator: where these are combined, a plain figure counts nowhere.
    #[must_use]
    pub fn needs_fraction(&self) -> bool {
        self.method.combines_parts()
    }

    /// What it says, by the names of the columns, as text: for telling one version from another and for changing it.
    #[must_use]
    pub fn columns(&self) -> Vec<(&'static str, String)> {
        let figure = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
        let m = &self.method;
        vec![
            ("title", self.title.clone()),
            ("definition", self.definition.clone()),
            ("unit", self.unit.clone()),
            ("kind", m.kind.as_str().to_owned()),
            ("decimals", m.decimals.to_string()),
            ("numerator_label", self.numerator_label.clone()),
            ("denominator_label", self.denominator_label.clone()),
            ("frequency", self.frequency.as_str().to_owned()),
            ("direction", m.direction.as_str().to_owned()),
            ("accumulation", m.accumulation.as_str().to_owned()),
            ("agg_locations", m.locations.as_str().to_owned()),
            ("agg_periods", m.periods.as_str().to_owned()),
            ("baseline_value", figure(m.baseline)),
            ("eop_target", figure(self.eop_target)),
            ("data_source", self.data_source.clone()),
            ("agg_within", m.within.as_str().to_owned()),
            ("carry_forward", m.carry_forward.to_string()),
            ("achievement_formula", m.formula.as_str().to_owned()),
            ("rag_amber", m.rag.amber.normalize().to_string()),
            ("rag_red", m.rag.red.normalize().to_string()),
            ("rag_over", m.rag.over.normalize().to_string()),
        ]
    }
}

/// The columns of an indicator, as the database has them.
pub(crate) struct Row {
    pub id: IndicatorId,
    pub code: String,
    pub title: String,
    pub definition: String,
    pub unit: String,
    pub numerator_label: String,
    pub denominator_label: String,
    pub frequency: String,
    pub kind: String,
    pub direction: String,
    pub accumulation: String,
    pub agg_within: String,
    pub agg_locations: String,
    pub agg_periods: String,
    pub carry_forward: bool,
    pub achievement_formula: String,
    pub decimals: i16,
    pub baseline_value: Option<Decimal>,
    pub rag_amber: Decimal,
    pub rag_red: Decimal,
    pub rag_over: Decimal,
    pub eop_target: Option<Decimal>,
    pub node: Option<ResultNodeId>,
    pub data_source: String,
    pub project: ProjectId,
    // the last figure, where it is asked for
    pub latest_period: Option<String>,
    pub latest_end: Option<NaiveDate>,
    pub actual: Option<Decimal>,
    pub provisional: Option<Decimal>,
    pub target: Option<Decimal>,
    pub achievement: Option<Decimal>,
    pub ended: Option<bool>,
}

/// The query of a project's indicators in their order; what stands beside each comes from the join. With `where`, of those that it names.
macro_rules! rows_of {
    ($beside:literal, $join:literal, $($value:expr),+) => {
        $crate::projects::indicators::rows_of!(
            $beside, $join where "i.project_id = $1 and ($2::uuid[] is null or i.id = any ($2))", $($value),+
        )
    };
    ($beside:literal, $join:literal where $which:literal, $($value:expr),+) => {
        sqlx::query_as!(
            $crate::projects::indicators::Row,
            r#"select i.id as "id: IndicatorId", i.code, i.title, i.definition, i.unit, i.numerator_label, i.denominator_label, i.frequency,
                 i.kind, i.direction, i.accumulation, i.agg_within, i.agg_locations, i.agg_periods, i.carry_forward, i.achievement_formula,
                 i.decimals, i.baseline_value, i.rag_amber, i.rag_red, i.rag_over, i.eop_target, i.result_node_id as "node: ResultNodeId",
                 i.data_source, i.project_id as "project: ProjectId", "# + $beside + " from app.indicator i " + $join + " where i.deleted_at is null and i.status = 'active' and " + $which
                 + " order by i.sort, i.code",
            $($value),+
        )
    };
}

pub(super) use rows_of;

fn known<T: FromStr>(text: &str) -> Result<T> {
    T::from_str(text).map_err(|_| Error::Internal(format!("unknown word in the database: {text}")))
}

impl TryFrom<Row> for Indicator {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            method: Method {
                kind: known::<Kind>(&row.kind)?,
                direction: known::<Direction>(&row.direction)?,
                accumulation: known::<Accumulation>(&row.accumulation)?,
                within: known::<AggWithin>(&row.agg_within)?,
                locations: known::<AggLocations>(&row.agg_locations)?,
                periods: known::<AggPeriods>(&row.agg_periods)?,
                carry_forward: row.carry_forward,
                formula: known::<Formula>(&row.achievement_formula)?,
                decimals: u32::try_from(row.decimals).unwrap_or(0),
                baseline: row.baseline_value,
                rag: Thresholds { amber: row.rag_amber, red: row.rag_red, over: row.rag_over },
            },
            frequency: Frequency::parse(&row.frequency).ok_or_else(|| Error::Internal(format!("unknown frequency: {}", row.frequency)))?,
            id: row.id,
            code: row.code,
            title: row.title,
            definition: row.definition,
            unit: row.unit,
            numerator_label: row.numerator_label,
            denominator_label: row.denominator_label,
            eop_target: row.eop_target,
            node: row.node,
            data_source: row.data_source,
        })
    }
}

/// The indicators of a project in their order; only those named, if any are.
pub(crate) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId, only: Option<&[uuid::Uuid]>) -> Result<Vec<Indicator>> {
    rows_of!(
        r#"null as "latest_period?", null::date as "latest_end?", null::numeric as "actual?", null::numeric as "provisional?",
           null::numeric as "target?", null::numeric as "achievement?", null::boolean as "ended?""#,
        "",
        project.0,
        only
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Indicator::try_from)
    .collect()
}

/// An indicator that was retired.
#[derive(Clone, Debug)]
pub struct Retired {
    /// Its id.
    pub id: IndicatorId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The version that taking it up again must name.
    pub row_version: i32,
}

/// The indicators of a project that were retired, in their order.
pub(crate) async fn retired(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Retired>> {
    Ok(sqlx::query_as!(
        Retired,
        r#"select id as "id: IndicatorId", code, title, row_version from app.indicator
           where project_id = $1 and status = 'retired' and deleted_at is null order by sort, code"#,
        project.0
    )
    .fetch_all(conn)
    .await?)
}

/// The indicators of a project, and by what each is broken down.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<(Vec<Indicator>, Schemes)> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    Ok((of_project(r.conn(), project, None).await?, disaggregation::of_project(r.conn(), project, None).await?))
}
