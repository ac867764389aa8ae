//! Indicators: what is measured, and by which method its figures are combined and judged.

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::framework::hold_open;
use super::progress::{Accumulation, AggLocations, AggPeriods, AggWithin, Direction, Formula, Kind, Method, Thresholds};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};
use crate::kernel::text;

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
    /// Whether a value is typed as numerator and denominator.
    #[must_use]
    pub fn needs_fraction(&self) -> bool {
        self.method.kind == Kind::Percentage
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
    // the last figure, where it is asked for
    pub latest_period: Option<String>,
    pub latest_end: Option<NaiveDate>,
    pub actual: Option<Decimal>,
    pub provisional: Option<Decimal>,
    pub target: Option<Decimal>,
    pub achievement: Option<Decimal>,
    pub ended: Option<bool>,
}

/// The query of a project's indicators in their order; what stands beside each comes from the join.
macro_rules! rows_of {
    ($beside:literal, $join:literal, $($value:expr),+) => {
        sqlx::query_as!(
            $crate::projects::indicators::Row,
            r#"select i.id as "id: IndicatorId", i.code, i.title, i.definition, i.unit, i.numerator_label, i.denominator_label, i.frequency,
                 i.kind, i.direction, i.accumulation, i.agg_within, i.agg_locations, i.agg_periods, i.carry_forward, i.achievement_formula,
                 i.decimals, i.baseline_value, i.rag_amber, i.rag_red, i.rag_over, i.eop_target, i.result_node_id as "node: ResultNodeId",
                 i.data_source, "# + $beside + " from app.indicator i " + $join + " where i.project_id = $1 and i.deleted_at is null
                 and i.status = 'active' and ($2::uuid[] is null or i.id = any ($2)) order by i.sort, i.code",
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

/// The indicators of a project.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Indicator>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    of_project(r.conn(), project, None).await
}

/// An indicator as typed.
#[derive(Clone, Debug, Default)]
pub struct IndicatorForm {
    /// Code.
    pub code: String,
    /// Title.
    pub title: String,
    /// Definition.
    pub definition: String,
    /// Unit.
    pub unit: String,
    /// `number`, `percentage`, `average`, …
    pub kind: String,
    /// `increase`, `decrease`, …
    pub direction: String,
    /// `non_cumulative`, …
    pub accumulation: String,
    /// How locations are combined.
    pub agg_locations: String,
    /// How periods are combined.
    pub agg_periods: String,
    /// `monthly`, …
    pub frequency: String,
    /// Decimals shown.
    pub decimals: String,
    /// Baseline.
    pub baseline_value: String,
    /// End-of-project target, or standard.
    pub eop_target: String,
    /// The result it measures; empty for none.
    pub result_node_id: String,
    /// Where figures come from.
    pub data_source: String,
}

struct NewIndicator {
    code: String,
    title: String,
    definition: String,
    unit: String,
    method: Method,
    frequency: Frequency,
    eop_target: Option<Decimal>,
    node: Option<ResultNodeId>,
    data_source: String,
}

impl IndicatorForm {
    fn parse(&self) -> Result<NewIndicator> {
        let mut bad = Invalid::default();
        let code = bad.keep("code", text::code(&self.code));
        let title = bad.keep("title", text::line(&self.title, 1, 300));
        let definition = bad.keep("definition", text::prose(&self.definition, 4000));
        let unit = bad.keep("unit", text::line(&self.unit, 0, 40));
        let data_source = bad.keep("data_source", text::line(&self.data_source, 0, 300));
        let kind = bad.keep("kind", self.kind.parse::<Kind>().map_err(|_| "not_a_choice"));
        let direction = bad.keep("direction", self.direction.parse::<Direction>().map_err(|_| "not_a_choice"));
        let accumulation = bad.keep("accumulation", self.accumulation.parse::<Accumulation>().map_err(|_| "not_a_choice"));
        let locations = bad.keep("agg_locations", self.agg_locations.parse::<AggLocations>().map_err(|_| "not_a_choice"));
        let periods = bad.keep("agg_periods", self.agg_periods.parse::<AggPeriods>().map_err(|_| "not_a_choice"));
        let frequency = bad.keep("frequency", Frequency::parse(&self.frequency).ok_or("not_a_choice"));
        let decimals = bad.keep("decimals", self.decimals.trim().parse::<u32>().ok().filter(|d| *d <= 4).ok_or("not_a_choice"));
        let baseline = bad.keep("baseline_value", figure(&self.baseline_value));
        let eop_target = bad.keep("eop_target", figure(&self.eop_target));
        let node = bad.keep(
            "result_node_id",
            match self.result_node_id.trim() {
                "" => Ok(None),
                id => id.parse().map(Some).map_err(|_| "not_a_choice"),
            },
        );
        let parsed = (|| {
            let method = Method {
                kind: kind?,
                direction: direction?,
                accumulation: accumulation?,
                within: if kind? == Kind::Average { AggWithin::Avg } else { AggWithin::Sum },
                locations: locations?,
                periods: periods?,
                carry_forward: false,
                formula: Formula::Ratio,
                decimals: decimals?,
                baseline: baseline?,
                rag: Thresholds::default(),
            };
            if method.check().is_err() {
                bad.note("agg_periods", "method_does_not_fit");
            }
            Some(NewIndicator {
                code: code?,
                title: title?,
                definition: definition?,
                unit: unit?,
                method,
                frequency: frequency?,
                eop_target: eop_target?,
                node: node?,
                data_source: data_source?,
            })
        })();
        match parsed {
            Some(new) if bad.0.is_empty() => Ok(new),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Adds an indicator.
///
/// # Errors
/// Refusal, refused fields (`taken` for a code in use), or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: &IndicatorForm) -> Result<IndicatorId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let new = form.parse()?;
    let id = IndicatorId::new();
    let m = &new.method;
    sqlx::query!(
        "insert into app.indicator (id, project_id, result_node_id, code, title, definition, kind, unit, decimals, direction,
           accumulation, agg_within, agg_locations, agg_periods, baseline_value, eop_target, frequency, data_source, sort)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
           (select coalesce(max(sort), 0) + 1 from app.indicator where project_id = $2))",
        id.0,
        project.0,
        new.node.map(|n| n.0),
        new.code,
        new.title,
        new.definition,
        m.kind.as_str(),
        new.unit,
        i16::try_from(m.decimals).unwrap_or(0),
        m.direction.as_str(),
        m.accumulation.as_str(),
        m.within.as_str(),
        m.locations.as_str(),
        m.periods.as_str(),
        m.baseline,
        new.eop_target,
        new.frequency.as_str(),
        new.data_source
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "code"))?;
    w.commit(Event::IndicatorAdded { indicator: id, project }).await?;
    Ok(id)
}

/// Changes an indicator; the code, which stands in addresses and files, stays. What is measured and how often stays once there are figures.
/// Its figures are worked out anew.
///
/// # Errors
/// Refusal, not found, refused fields (`has_figures`), stale; `framework_approved`; or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: IndicatorId, form: &IndicatorForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let new = form.parse()?;
    let there = sqlx::query!(
        r#"select kind, frequency, row_version,
             exists(select from app.indicator_value v where v.tenant_id = i.tenant_id and v.indicator_id = i.id and v.deleted_at is null) as "reported!"
           from app.indicator i where id = $1 and project_id = $2 and deleted_at is null for update"#,
        id.0,
        project.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there.row_version != row_version {
        return Err(Error::Stale);
    }
    let m = &new.method;
    let mut invalid = Invalid::default();
    if there.reported && there.kind != m.kind.as_str() {
        invalid.note("kind", "has_figures");
    }
    if there.reported && there.frequency != new.frequency.as_str() {
        invalid.note("frequency", "has_figures");
    }
    invalid.check()?;
    sqlx::query!(
        "update app.indicator set result_node_id = $2, title = $3, definition = $4, kind = $5, unit = $6, decimals = $7, direction = $8,
           accumulation = $9, agg_within = $10, agg_locations = $11, agg_periods = $12, baseline_value = $13, eop_target = $14,
           frequency = $15, data_source = $16 where id = $1",
        id.0,
        new.node.map(|n| n.0),
        new.title,
        new.definition,
        m.kind.as_str(),
        new.unit,
        i16::try_from(m.decimals).unwrap_or(0),
        m.direction.as_str(),
        m.accumulation.as_str(),
        m.within.as_str(),
        m.locations.as_str(),
        m.periods.as_str(),
        m.baseline,
        new.eop_target,
        new.frequency.as_str(),
        new.data_source
    )
    .execute(w.conn())
    .await?;
    let periods = super::periods::of_project(w.conn(), project).await?;
    let touched: Vec<_> = periods.iter().filter(|period| period.kind == new.frequency).map(|period| (id, period.id)).collect();
    super::rollup::recompute(w.conn(), project, &touched).await?;
    w.commit(Event::IndicatorUpdated { indicator: id, project }).await
}
