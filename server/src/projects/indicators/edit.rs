//! Adding an indicator and changing one, while its framework is open.

use sqlx::types::Json;
use uuid::Uuid;

use super::super::framework::{Status, hold_open, nodes};
use super::super::periods::{self, State};
use super::super::progress::{Accumulation, AggPeriods};
use super::super::{indicators, rollup};
use super::changes::{self, WhyForm};
use super::form::{IndicatorForm, NewIndicator};
use super::{Indicator, reference};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{IndicatorId, MembershipId, ProjectId, ResultNodeId};

/// A result that it measures is one of the project's, is there still, and stands on a level that carries indicators.
async fn expect_result(conn: &mut sqlx::PgConnection, project: ProjectId, node: Option<ResultNodeId>) -> Result<()> {
    let Some(node) = node else { return Ok(()) };
    match nodes(conn, project).await?.iter().find(|other| other.id == node) {
        None => Err(Error::field("result_node_id", "not_a_choice")),
        Some(node) if !node.takes_indicators => Err(Error::field("result_node_id", "level_without_indicators")),
        Some(_) => Ok(()),
    }
}

/// Adds an indicator.
///
/// # Errors
/// Refusal, refused fields (`taken` for a code in use, `level_without_indicators`), or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: &IndicatorForm) -> Result<IndicatorId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let new = form.parse()?;
    expect_result(w.conn(), project, new.node).await?;
    reference::expect_member(w.conn(), &new.reference).await?;
    let id = insert(&mut w, project, &new).await?;
    w.commit(Event::IndicatorAdded { indicator: id, project }).await?;
    Ok(id)
}

/// Writes an indicator that may be written, behind the others.
///
/// # Errors
/// `taken` for a code in use; or the database's.
pub(in crate::projects) async fn insert(w: &mut Writer, project: ProjectId, new: &NewIndicator) -> Result<IndicatorId> {
    let id = IndicatorId::new();
    let m = &new.method;
    sqlx::query!(
        r#"insert into app.indicator (id, project_id, result_node_id, code, title, definition, kind, unit, decimals, direction,
             accumulation, agg_within, agg_locations, agg_periods, baseline_value, eop_target, frequency, data_source, numerator_label,
             denominator_label, carry_forward, achievement_formula, rag_amber, rag_red, rag_over, sort, rationale, baseline_num, baseline_den,
             baseline_date, baseline_na, baseline_note, eop_target_num, eop_target_den, target_rationale, means_of_verification,
             collection_method, responsible_role, responsible_membership_id, analysis_method, data_use, quality_assurance, data_limitations,
             dqa_last_date, dqa_next_date, is_key, is_public, iati_export, iati_measure)
           select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
             (select coalesce(max(sort), 0) + 1 from app.indicator where project_id = $2), r.rationale, r.baseline_num, r.baseline_den,
             r.baseline_date, r.baseline_na, r.baseline_note, r.eop_target_num, r.eop_target_den, r.target_rationale, r.means_of_verification,
             r.collection_method, r.responsible_role, r.responsible_membership_id, r.analysis_method, r.data_use, r.quality_assurance,
             r.data_limitations, r.dqa_last_date, r.dqa_next_date, r.is_key, r.is_public, r.iati_export, r.iati_measure
           from jsonb_populate_record(null::app.indicator, $26) r"#,
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
        new.data_source,
        new.numerator_label,
        new.denominator_label,
        m.carry_forward,
        m.formula.as_str(),
        m.rag.amber,
        m.rag.red,
        m.rag.over,
        Json(&new.reference) as _
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "code"))?;
    Ok(id)
}

/// What combines and judges figures stays, once a period with figures of the indicator is locked: those are settled.
async fn expect_settled_figures_stay(w: &mut Writer, project: ProjectId, before: &Indicator, all: &NewIndicator) -> Result<()> {
    let new = &all.method;
    let mut invalid = Invalid::default();
    let old = &before.method;
    // where periods are not added up, it is the target of each that has none of its own
    let stands_for_periods = old.periods != AggPeriods::Sum && old.accumulation == Accumulation::NonCumulative;
    for (field, stays) in [
        ("kind", old.kind == new.kind),
        ("direction", old.direction == new.direction),
        ("accumulation", old.accumulation == new.accumulation),
        ("agg_locations", old.locations == new.locations),
        ("agg_periods", old.periods == new.periods),
        ("baseline_value", old.baseline == new.baseline),
        // beneath the box of what is carried forward there is no room to say so
        ("accumulation", old.carry_forward == new.carry_forward),
        ("eop_target", before.eop_target == all.eop_target || !stands_for_periods),
        ("achievement_formula", old.formula == new.formula),
        ("rag_amber", old.rag == new.rag),
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
        before.id.0,
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
pub async fn update(cx: &Cx, project: ProjectId, id: IndicatorId, form: &IndicatorForm, why: &WhyForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let status = hold_open(w.conn(), project).await?;
    if form.reference.is_none() {
        // a page from before the sheet was whole: sent as it is, it would wipe the rest
        return Err(Error::Stale);
    }
    let new = form.parse()?;
    let why = why.parse(status)?;
    expect_result(w.conn(), project, new.node).await?;
    let before = columns(&mut w, project, id).await?;
    if new.reference.responsible_membership_id != before.holder {
        reference::expect_member(w.conn(), &new.reference).await?;
    }
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
    if there.reported && before.indicator.method.combines_parts() != m.combines_parts() {
        // figures without numerator and denominator would count nowhere
        invalid.note("agg_locations", "has_figures");
    }
    invalid.check()?;
    expect_settled_figures_stay(&mut w, project, &before.indicator, &new).await?;
    sqlx::query!(
        r#"update app.indicator i set result_node_id = $2, title = $3, definition = $4, kind = $5, unit = $6, decimals = $7, direction = $8,
             accumulation = $9, agg_within = case when i.kind = $5 then i.agg_within else $10 end, agg_locations = $11, agg_periods = $12,
             baseline_value = $13, eop_target = $14, frequency = $15, data_source = $16, numerator_label = $17, denominator_label = $18,
             carry_forward = $19, achievement_formula = $20, rag_amber = $21, rag_red = $22, rag_over = $23,
             rationale = r.rationale, baseline_num = r.baseline_num, baseline_den = r.baseline_den, baseline_date = r.baseline_date,
             baseline_na = r.baseline_na, baseline_note = r.baseline_note, eop_target_num = r.eop_target_num,
             eop_target_den = r.eop_target_den, target_rationale = r.target_rationale, means_of_verification = r.means_of_verification,
             collection_method = r.collection_method, responsible_role = r.responsible_role,
             responsible_membership_id = r.responsible_membership_id, analysis_method = r.analysis_method, data_use = r.data_use,
             quality_assurance = r.quality_assurance, data_limitations = r.data_limitations, dqa_last_date = r.dqa_last_date,
             dqa_next_date = r.dqa_next_date, is_key = r.is_key, is_public = r.is_public, iati_export = r.iati_export,
             iati_measure = r.iati_measure
           from jsonb_populate_record(null::app.indicator, $24) r where i.id = $1"#,
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
        new.data_source,
        new.numerator_label,
        new.denominator_label,
        m.carry_forward,
        m.formula.as_str(),
        m.rag.amber,
        m.rag.red,
        m.rag.over,
        Json(&new.reference) as _
    )
    .execute(w.conn())
    .await?;
    recompute(&mut w, project, id).await?;
    let after = columns(&mut w, project, id).await?;
    changes::note(&mut w, project, id, &why, &changes::beside(before.fields, &after.fields)).await?;
    w.commit(Event::IndicatorUpdated { indicator: id, project }).await
}

/// Everything that an indicator says, by names and not by ids.
struct Said {
    indicator: Indicator,
    fields: Vec<(&'static str, String)>,
    /// The id of who answers for it.
    holder: Option<MembershipId>,
}

async fn columns(w: &mut Writer, project: ProjectId, id: IndicatorId) -> Result<Said> {
    let indicator = indicators::of_project(w.conn(), project, Some(&[id.0])).await?.pop().ok_or(Error::NotFound)?;
    let reference = reference::references(w.conn(), project, Some(&[id.0])).await?.remove(&id).ok_or(Error::NotFound)?;
    let node = nodes(w.conn(), project).await?.into_iter().find(|node| Some(node.id) == indicator.node);
    let node = node.map(|node| format!("{} {}", node.number, node.title)).unwrap_or_default();
    let holder = reference.responsible_membership_id;
    let fields = [indicator.columns(), reference.named(), vec![("result_node_id", node)]].concat();
    Ok(Said { indicator, fields, holder })
}

/// Notes that an indicator was retired or taken up again, by the reason of the revision.
async fn note_status(w: &mut Writer, project: ProjectId, id: IndicatorId, status: Status, from: &str, to: &str) -> Result<()> {
    let why = changes::of_revision(w, project, status).await?;
    changes::note(w, project, id, &why, &[("status".to_owned(), from.to_owned(), to.to_owned())]).await
}

/// Retires an indicator: it is asked for no more and counts nowhere, and what was reported stays. Nothing of it may wait for anybody.
///
/// # Errors
/// Refusal, not found, stale; `figures_wait`, `framework_approved`; or the database's.
pub async fn retire(cx: &Cx, project: ProjectId, id: IndicatorId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let status = hold_open(w.conn(), project).await?;
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
    note_status(&mut w, project, id, status, "active", "retired").await?;
    w.commit(Event::IndicatorRetired { indicator: id, project }).await
}

/// Takes a retired indicator up again: its figures count as before.
///
/// # Errors
/// Refusal, not found, stale; `framework_approved`; or the database's.
pub async fn revive(cx: &Cx, project: ProjectId, id: IndicatorId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let status = hold_open(w.conn(), project).await?;
    set_status(&mut w, project, id, "retired", "active", row_version).await?;
    note_status(&mut w, project, id, status, "retired", "active").await?;
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
