//! Adding an indicator and changing one, while its framework is open.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::super::framework::{hold_open, nodes};
use super::super::periods::{self, State};
use super::super::progress::{Accumulation, AggLocations, AggPeriods, AggWithin, Direction, Formula, Kind, Method, Thresholds};
use super::super::{indicators, rollup};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};
use crate::kernel::text;

/// What can be measured in this version.
pub const KINDS: [Kind; 7] = [Kind::Number, Kind::Percentage, Kind::Average, Kind::Ratio, Kind::Currency, Kind::Score, Kind::YesNo];
/// How often it can be reported: those that the calendar makes periods of.
pub const FREQUENCIES: [Frequency; 5] =
    [Frequency::Monthly, Frequency::Quarterly, Frequency::TriAnnual, Frequency::SemiAnnual, Frequency::Annual];

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
        let kind = bad.keep("kind", self.kind.parse::<Kind>().ok().filter(|kind| KINDS.contains(kind)).ok_or("not_a_choice"));
        let direction = bad.keep("direction", self.direction.parse::<Direction>().map_err(|_| "not_a_choice"));
        let accumulation = bad.keep("accumulation", self.accumulation.parse::<Accumulation>().map_err(|_| "not_a_choice"));
        let locations = bad.keep("agg_locations", self.agg_locations.parse::<AggLocations>().map_err(|_| "not_a_choice"));
        let periods = bad.keep("agg_periods", self.agg_periods.parse::<AggPeriods>().map_err(|_| "not_a_choice"));
        let frequency = bad.keep("frequency", Frequency::parse(&self.frequency).filter(|f| FREQUENCIES.contains(f)).ok_or("not_a_choice"));
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

/// A result that it measures is one of the project's, and is there still.
async fn expect_result(conn: &mut sqlx::PgConnection, project: ProjectId, node: Option<ResultNodeId>) -> Result<()> {
    let Some(node) = node else { return Ok(()) };
    let there = nodes(conn, project).await?.iter().any(|other| other.id == node);
    if there { Ok(()) } else { Err(Error::field("result_node_id", "not_a_choice")) }
}

/// Adds an indicator.
///
/// # Errors
/// Refusal, refused fields (`taken` for a code in use), or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: &IndicatorForm) -> Result<IndicatorId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let new = form.parse()?;
    expect_result(w.conn(), project, new.node).await?;
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

/// What combines and judges figures stays, once a period with figures of the indicator is locked: those are settled.
async fn expect_settled_figures_stay(w: &mut Writer, project: ProjectId, id: IndicatorId, new: &Method) -> Result<()> {
    let Some(before) = indicators::of_project(w.conn(), project, Some(&[id.0])).await?.pop() else { return Err(Error::NotFound) };
    let mut invalid = Invalid::default();
    let old = &before.method;
    for (field, stays) in [
        ("kind", old.kind == new.kind),
        ("direction", old.direction == new.direction),
        ("accumulation", old.accumulation == new.accumulation),
        ("agg_locations", old.locations == new.locations),
        ("agg_periods", old.periods == new.periods),
        ("baseline_value", old.baseline == new.baseline),
    ] {
        if !stays {
            invalid.note(field, "figures_locked");
        }
    }
    if invalid.0.is_empty() {
        return Ok(());
    }
    let locked = periods::of_project(w.conn(), project).await?;
    let locked: Vec<Uuid> = locked.iter().filter(|period| period.state == State::Locked).map(|period| period.id.0).collect();
    let settled = sqlx::query_scalar!(
        r#"select exists(select from app.period_rollup
           where project_id = $1 and indicator_id = $2 and period_id = any ($3) and provisional is not null) as "yes!""#,
        project.0,
        id.0,
        &locked
    )
    .fetch_one(w.conn())
    .await?;
    if settled { Err(Error::Invalid(invalid)) } else { Ok(()) }
}

/// Changes an indicator; the code, which stands in addresses and files, stays. What is measured stays once there are figures, and how often
/// once there are figures or targets, which belong to periods. Its figures are worked out anew.
///
/// # Errors
/// Refusal, not found, refused fields (`has_figures`, `has_targets`, `figures_locked`), stale; `framework_approved`; or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: IndicatorId, form: &IndicatorForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let new = form.parse()?;
    expect_result(w.conn(), project, new.node).await?;
    // editors take turns by now; who enters figures holds no more than the key of this row
    let there = sqlx::query!(
        r#"select kind, frequency, row_version,
             exists(select from app.indicator_value v where v.tenant_id = i.tenant_id and v.indicator_id = i.id and v.deleted_at is null) as "reported!",
             exists(select from app.target t where t.tenant_id = i.tenant_id and t.indicator_id = i.id) as "planned!"
           from app.indicator i where id = $1 and project_id = $2 and deleted_at is null"#,
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
    if (there.reported || there.planned) && there.frequency != new.frequency.as_str() {
        invalid.note("frequency", if there.reported { "has_figures" } else { "has_targets" });
    }
    if there.reported {
        let before = indicators::of_project(w.conn(), project, Some(&[id.0])).await?.pop().ok_or(Error::NotFound)?;
        if before.method.combines_parts() != m.combines_parts() {
            // figures without numerator and denominator would count nowhere
            invalid.note("agg_locations", "has_figures");
        }
    }
    invalid.check()?;
    expect_settled_figures_stay(&mut w, project, id, m).await?;
    sqlx::query!(
        "update app.indicator set result_node_id = $2, title = $3, definition = $4, kind = $5, unit = $6, decimals = $7, direction = $8,
           accumulation = $9, agg_within = case when kind = $5 then agg_within else $10 end, agg_locations = $11, agg_periods = $12, baseline_value = $13, eop_target = $14,
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
    recompute(&mut w, project, id).await?;
    w.commit(Event::IndicatorUpdated { indicator: id, project }).await
}

/// Retires an indicator: it is asked for no more and counts nowhere, and what was reported stays. Nothing of it may wait for anybody.
///
/// # Errors
/// Refusal, not found, stale; `figures_wait`, `framework_approved`; or the database's.
pub async fn retire(cx: &Cx, project: ProjectId, id: IndicatorId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let waits = sqlx::query_scalar!(
        r#"select exists(select from app.indicator_value
           where project_id = $1 and indicator_id = $2 and deleted_at is null and status <> 'verified') as "yes!""#,
        project.0,
        id.0
    )
    .fetch_one(w.conn())
    .await?;
    if waits {
        return Err(Error::Rule("figures_wait"));
    }
    set_status(&mut w, project, id, "active", "retired", row_version).await?;
    w.commit(Event::IndicatorRetired { indicator: id, project }).await
}

/// Takes a retired indicator up again: its figures count as before.
///
/// # Errors
/// Refusal, not found, stale; `framework_approved`; or the database's.
pub async fn revive(cx: &Cx, project: ProjectId, id: IndicatorId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    set_status(&mut w, project, id, "retired", "active", row_version).await?;
    recompute(&mut w, project, id).await?;
    w.commit(Event::IndicatorRevived { indicator: id, project }).await
}

async fn set_status(w: &mut Writer, project: ProjectId, id: IndicatorId, from: &str, to: &str, row_version: i32) -> Result<()> {
    let there = sqlx::query!(
        "select row_version, status from app.indicator where id = $1 and project_id = $2 and deleted_at is null",
        id.0,
        project.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there.row_version != row_version || there.status != from {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.indicator set status = $2 where id = $1", id.0, to).execute(w.conn()).await?;
    Ok(())
}

/// Works the figures of an indicator out anew, in every period that it has.
async fn recompute(w: &mut Writer, project: ProjectId, id: IndicatorId) -> Result<()> {
    let Some(indicator) = indicators::of_project(w.conn(), project, Some(&[id.0])).await?.pop() else { return Err(Error::NotFound) };
    let periods = periods::of_project(w.conn(), project).await?;
    let touched: Vec<_> = periods.iter().filter(|period| period.kind == indicator.frequency).map(|period| (id, period.id)).collect();
    rollup::recompute(w.conn(), project, &touched).await
}
