//! Writing what was typed, as a draft or submitted.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::disaggregation::Cells;
use super::super::indicators::{self, Indicator};
use super::super::periods::{self, Period, State, admits_entry, answers_for_figures};
use super::super::rollup;
use super::super::{disaggregation, envelopes, evidence};
use super::typed::{Asked, Parsed, Typed, parse};
use crate::access::{Can, Cx, Scope, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId, ProjectId, ValueId};
use crate::kernel::text;

/// Saves what was typed for a location, as a draft or submitted. Nothing typed and nothing there is nothing to save;
/// a draft whose figure was cleared is removed. `late` is why the figures come after the period's window has closed: it goes to the log.
///
/// # Errors
/// Refusal; refused fields, named `late`, `value-{indicator}` and the like; [`Error::Stale`] where somebody else changed a value
/// since it was shown; a rule of the period; or the database's. Then nothing was saved.
pub async fn save(
    cx: &Cx,
    project: ProjectId,
    period: PeriodId,
    location: Option<LocationId>,
    typed: &[Typed],
    submit: bool,
    late: &str,
) -> Result<usize> {
    let mut w = cx.write(Can::EnterValues(project)).await?;
    let period = periods::hold(w.conn(), project, period).await?;
    admits_entry(period.state, answers_for_figures(cx, project)).map_err(Error::Rule)?;
    check_location(&mut w, project, location).await?;
    let named: Vec<Uuid> = typed.iter().filter_map(|line| line.indicator.parse::<IndicatorId>().ok()).map(|id| id.0).collect();
    let indicators = indicators::of_project(w.conn(), project, Some(&named)).await?;
    let schemes = disaggregation::of_project(w.conn(), project, Some(&named)).await?;
    let broken_down: Vec<&Indicator> = indicators.iter().filter(|indicator| schemes.at(indicator.id, period.start).is_some()).collect();
    let reported = reported(&mut w, &broken_down, &period, location).await?;
    let parsed = parse(typed, &indicators, &Asked { schemes: &schemes, reported: &reported, period: &period }, submit);
    let (mut parsed, late) = both(parsed, late_reason(period.state, late))?;
    // two who save the same figures take them in one order
    parsed.sort_by_key(|new| new.indicator);
    let (mut touched, mut added) = (Vec::new(), false);
    let to = Slot { project, period: period.id, location, submit };
    for new in &parsed {
        let saved = save_one(&mut w, &to, new).await?;
        added |= saved == Saved::Added;
        if saved != Saved::AsBefore {
            touched.push((new.indicator, period.id));
        }
    }
    let count = touched.len();
    if added {
        envelopes::begin(w.conn(), project, &[period.id]).await?;
        evidence::follow(w.conn(), project, &[period.id]).await?;
    }
    if submit {
        // a draft counts nowhere, neither before nor after
        rollup::recompute(w.conn(), project, &touched).await?;
    }
    w.commit(Event::ValuesSaved { period: period.id, project, count, submitted: submit, late }).await?;
    Ok(count)
}

/// Why figures come late, on one line; none is asked for while the period is open.
fn late_reason(state: State, typed: &str) -> Result<Option<String>> {
    match state {
        State::Closed => {
            let words = typed.split_whitespace().collect::<Vec<_>>().join(" ");
            text::line(&words, 3, 500).map(Some).map_err(|code| Error::field("late", code))
        }
        _ => Ok(None),
    }
}

/// Two things that were typed: the faults of both are told together.
fn both<A, B>(one: Result<A>, other: Result<B>) -> Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Error::Invalid(mut faults)), Err(Error::Invalid(more))) => {
            faults.0.extend(more.0);
            Err(Error::Invalid(faults))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The cells that figures have already, by indicator: also of values that are asked for no more. Figures that are not broken down have none.
async fn reported(
    w: &mut Writer,
    indicators: &[&Indicator],
    period: &Period,
    location: Option<LocationId>,
) -> Result<HashMap<IndicatorId, Cells>> {
    if indicators.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", cells from app.indicator_value
           where indicator_id = any ($1) and period_id = $2 and location_id is not distinct from $3 and deleted_at is null and cells <> '{}'"#,
        &indicators.iter().map(|indicator| indicator.id.0).collect::<Vec<_>>(),
        period.id.0,
        location.map(|l| l.0)
    )
    .fetch_all(w.conn())
    .await?;
    let read = |indicator: IndicatorId, cells: &serde_json::Value| {
        let of = indicators.iter().find(|other| other.id == indicator)?;
        Some(Cells::read(of.method.kind, cells).map(|cells| (indicator, cells)))
    };
    rows.iter().filter_map(|row| read(row.indicator, &row.cells)).collect()
}

/// The location must be one of the project, and one that this person may enter for.
async fn check_location(w: &mut Writer, project: ProjectId, location: Option<LocationId>) -> Result<()> {
    if !w.scope.holds_location(location) || matches!(w.scope, Scope::Own(_)) {
        return Err(Error::NotFound);
    }
    let Some(location) = location else { return Ok(()) };
    let known = sqlx::query_scalar!(
        r#"select exists(select from app.project_location where project_id = $1 and location_id = $2) as "yes!""#,
        project.0,
        location.0
    )
    .fetch_one(w.conn())
    .await?;
    if known { Ok(()) } else { Err(Error::NotFound) }
}

/// What saving a value did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saved {
    AsBefore,
    Changed,
    Added,
}

/// Where a value is kept: its period and location, and whether it is submitted at once.
struct Slot {
    project: ProjectId,
    period: PeriodId,
    location: Option<LocationId>,
    submit: bool,
}

impl Slot {
    fn status(&self) -> &'static str {
        if self.submit { "submitted" } else { "draft" }
    }
}

/// Writes one value.
async fn save_one(w: &mut Writer, to: &Slot, new: &Parsed) -> Result<Saved> {
    match new.row_version {
        None if !new.has_figure() => Ok(Saved::AsBefore),
        None => add(w, to, new).await,
        Some(shown) => {
            let changed = if new.has_figure() { change(w, to, new, shown).await? } else { clear(w, to, new, shown).await? };
            if changed { Ok(Saved::Changed) } else { unchanged(w, to, new, shown).await }
        }
    }
}

/// Somebody may have entered the same figure meanwhile: theirs stands, and this person is told.
async fn add(w: &mut Writer, to: &Slot, new: &Parsed) -> Result<Saved> {
    let user = w.cx().user()?.0;
    let added = sqlx::query!(
        "insert into app.indicator_value (id, project_id, indicator_id, period_id, location_id, value, num, den, comment, status,
           submitted_by, submitted_at, cells)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then $12::uuid end, case when $11 then now() end, $13)
         on conflict (tenant_id, indicator_id, period_id, location_id) where deleted_at is null do nothing",
        ValueId::new().0,
        to.project.0,
        new.indicator.0,
        to.period.0,
        to.location.map(|l| l.0),
        new.value,
        new.num,
        new.den,
        new.comment,
        to.status(),
        to.submit,
        user,
        new.cells.stored()
    )
    .execute(w.conn())
    .await?;
    if added.rows_affected() == 1 { Ok(Saved::Added) } else { Err(Error::Stale) }
}

/// Changes a draft or a returned value that is still as it was shown; answers whether it did. A returned one that nobody touched stays returned
/// until it is submitted again.
async fn change(w: &mut Writer, to: &Slot, new: &Parsed, shown: i32) -> Result<bool> {
    let user = w.cx().user()?.0;
    let done = sqlx::query!(
        "update app.indicator_value set value = $5, num = $6, den = $7, comment = $8, status = $9, source = 'manual', import_id = null,
           cells = $12, submitted_by = case when $10 then $11::uuid end, submitted_at = case when $10 then now() end
         where indicator_id = $1 and period_id = $2 and location_id is not distinct from $3 and deleted_at is null
           and row_version = $4 and status in ('draft', 'returned')
           and ($10 or (value, num, den, comment, cells) is distinct from ($5, $6, $7, $8, $12))",
        new.indicator.0,
        to.period.0,
        to.location.map(|l| l.0),
        shown,
        new.value,
        new.num,
        new.den,
        new.comment,
        to.status(),
        to.submit,
        user,
        new.cells.stored()
    )
    .execute(w.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a draft or a returned value whose figure was cleared; answers whether it did.
async fn clear(w: &mut Writer, to: &Slot, new: &Parsed, shown: i32) -> Result<bool> {
    let done = sqlx::query!(
        "update app.indicator_value set deleted_at = now()
         where indicator_id = $1 and period_id = $2 and location_id is not distinct from $3 and deleted_at is null
           and row_version = $4 and status in ('draft', 'returned')",
        new.indicator.0,
        to.period.0,
        to.location.map(|l| l.0),
        shown
    )
    .execute(w.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Why nothing was changed: it is as it was shown (the same figure, or shown read-only: no edit), or somebody was faster.
async fn unchanged(w: &mut Writer, to: &Slot, new: &Parsed, shown: i32) -> Result<Saved> {
    let as_shown = sqlx::query_scalar!(
        r#"select exists(select from app.indicator_value
           where indicator_id = $1 and period_id = $2 and location_id is not distinct from $3 and deleted_at is null
             and row_version = $4) as "yes!""#,
        new.indicator.0,
        to.period.0,
        to.location.map(|l| l.0),
        shown
    )
    .fetch_one(w.conn())
    .await?;
    if as_shown { Ok(Saved::AsBefore) } else { Err(Error::Stale) }
}
