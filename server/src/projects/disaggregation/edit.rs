//! Saying by what an indicator is broken down.

use chrono::NaiveDate;

use super::super::dimensions::{self, Dimension, Shipped};
use super::super::framework::hold_open;
use super::super::indicators::{self, WhyForm, changes};
use super::super::periods;
use super::super::progress::Kind;
use super::{BEGINNING, MOST_CELLS, MOST_DIMENSIONS, Scheme, of_project};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{DimensionId, DisaggregationId, IndicatorId, ProjectId};

/// A scheme as chosen.
#[derive(Clone, Debug, Default)]
pub struct SchemeForm {
    /// The dimensions, in the order shown: an id, or the key of one that comes with Kipimo; empty for none.
    pub dimensions: [String; MOST_DIMENSIONS],
    /// The first day of the period that it begins with; empty for from the beginning.
    pub valid_from: String,
    /// Whether nothing is submitted without its cells.
    pub required: bool,
    /// What all schemes of the indicator said when they were shown.
    pub was: String,
}

/// Says by what an indicator is broken down in periods from one on. What was reported stays: a scheme begins after the last period that has
/// cells of another one.
///
/// # Errors
/// Refusal, not found, refused fields (`twice`, `too_many_cells`, `has_breakdowns`, `not_a_choice`), stale; `framework_approved`; or the
/// database's.
pub async fn set(cx: &Cx, project: ProjectId, indicator: IndicatorId, form: &SchemeForm, why: &WhyForm) -> Result<()> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let why = why.parse(hold_open(w.conn(), project).await?)?;
    let of = indicators::of_project(w.conn(), project, Some(&[indicator.0])).await?.pop().ok_or(Error::NotFound)?;
    let before = of_project(w.conn(), project, Some(&[indicator.0])).await?;
    if before.text(indicator) != form.was {
        return Err(Error::Stale);
    }
    let from = begins(&mut w, project, &of, &form.valid_from).await?;
    dimensions::hold(&mut w).await?;
    let chosen = chosen(&mut w, form).await?;
    if of.method.kind == Kind::Qualitative && !chosen.is_empty() {
        return Err(Error::field("first_id", "not_a_choice"));
    }
    let new =
        Scheme { valid_from: from, dimensions: chosen, required: form.required && form.dimensions.iter().any(|d| !d.trim().is_empty()) };
    if new.size() > MOST_CELLS {
        return Err(Error::field("first_id", "too_many_cells"));
    }
    // the same dimensions in another order have the same cells
    let keys = |scheme: &Scheme| {
        let mut ids: Vec<_> = scheme.dimensions.iter().map(|dimension| dimension.id).collect();
        ids.sort_unstable();
        ids
    };
    let first = from.unwrap_or(BEGINNING);
    let stands = before.of(indicator).iter().rfind(|scheme| scheme.valid_from.unwrap_or(BEGINNING) <= first);
    let next = before.of(indicator).iter().filter_map(|scheme| scheme.valid_from).find(|day| *day > first);
    if stands.map(keys).unwrap_or_default() != keys(&new) && has_cells(&mut w, project, indicator, first, next).await? {
        return Err(Error::field("valid_from", "has_breakdowns"));
    }
    write(&mut w, project, indicator, &new).await?;
    let after = of_project(w.conn(), project, Some(&[indicator.0])).await?;
    let changed = [("disaggregation".to_owned(), before.text(indicator), after.text(indicator))];
    changes::note(&mut w, project, indicator, &why, &changed).await?;
    w.commit(Event::DisaggregationSet { indicator, project }).await
}

/// The day on which the scheme begins: that of a period of the indicator.
async fn begins(w: &mut Writer, project: ProjectId, of: &indicators::Indicator, typed: &str) -> Result<Option<NaiveDate>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let day: NaiveDate = typed.trim().parse().map_err(|_| Error::field("valid_from", "not_a_choice"))?;
    let periods = periods::of_project(w.conn(), project).await?;
    let is_one = periods.iter().any(|period| period.kind == of.frequency && period.start == day);
    if is_one { Ok(Some(day)) } else { Err(Error::field("valid_from", "not_a_choice")) }
}

/// The dimensions chosen; one that comes with Kipimo becomes the organisation's own.
async fn chosen(w: &mut Writer, form: &SchemeForm) -> Result<Vec<Dimension>> {
    const FIELDS: [&str; MOST_DIMENSIONS] = ["first_id", "second_id", "third_id"];
    let mut ids: Vec<DimensionId> = Vec::new();
    for (field, typed) in FIELDS.into_iter().zip(&form.dimensions).filter(|(_, typed)| !typed.trim().is_empty()) {
        let id = match Shipped::of(typed.trim()) {
            Some(shipped) => dimensions::adopt(w, shipped).await?,
            None => typed.trim().parse().map_err(|_| Error::field(field, "not_a_choice"))?,
        };
        if ids.contains(&id) {
            return Err(Error::field(field, "twice"));
        }
        ids.push(id);
    }
    let known = dimensions::all(w.conn()).await?;
    let find = |id: &DimensionId| known.iter().find(|dimension| dimension.id == *id).cloned();
    ids.iter().map(|id| find(id).ok_or_else(|| Error::field("first_id", "not_a_choice"))).collect()
}

/// Whether any figure of a period that begins on a day or later, and before another day, has cells.
async fn has_cells(w: &mut Writer, project: ProjectId, indicator: IndicatorId, from: NaiveDate, before: Option<NaiveDate>) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists(
             select from app.indicator_value v join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
             where v.project_id = $1 and v.indicator_id = $2 and v.deleted_at is null and v.cells <> '{}' and p.start_date >= $3
               and ($4::date is null or p.start_date < $4)) as "yes!""#,
        project.0,
        indicator.0,
        from,
        before
    )
    .fetch_one(w.conn())
    .await?)
}

async fn write(w: &mut Writer, project: ProjectId, indicator: IndicatorId, new: &Scheme) -> Result<()> {
    let id = |at: usize| new.dimensions.get(at).map(|dimension| dimension.id.0);
    sqlx::query!(
        "insert into app.disaggregation (id, project_id, indicator_id, valid_from, first_id, second_id, third_id, required)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, indicator_id, valid_from) do update set first_id = excluded.first_id, second_id = excluded.second_id,
           third_id = excluded.third_id, required = excluded.required",
        DisaggregationId::new().0,
        project.0,
        indicator.0,
        new.valid_from.unwrap_or(BEGINNING),
        id(0),
        id(1),
        id(2),
        new.required
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
