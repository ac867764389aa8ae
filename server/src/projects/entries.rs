//! Entering a period's figures.

use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::indicators::{self, Indicator};
use super::locations::{self, Location};
use super::periods::{self, Period, State, admits_entry, enters_late};
use super::progress::{Figure, FigureFault, Kind};
use super::rollup;
use crate::access::{Can, Cx, Scope, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId, ProjectId, ValueId};
use crate::kernel::text;

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
    /// `draft`, `submitted`, `returned` or `verified`.
    pub status: String,
    /// Why it was returned.
    pub return_note: Option<String>,
    /// A remark.
    pub comment: String,
    /// The version that an edit must name.
    pub row_version: i32,
}

impl Standing {
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
    /// Why nothing may be entered; none if it may.
    pub shut: Option<Fault>,
}

/// A figure as typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The indicator.
    pub indicator: String,
    /// The figure; empty for none.
    pub value: String,
    /// The numerator.
    pub num: String,
    /// The denominator.
    pub den: String,
    /// A remark.
    pub comment: String,
    /// The version that was shown; empty for a new value.
    pub row_version: String,
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
             return_note, comment, row_version
           from app.indicator_value
           where project_id = $1 and period_id = any ($2) and location_id is not distinct from $3 and deleted_at is null"#,
        project.0,
        &[Some(period.id.0), previous].into_iter().flatten().collect::<Vec<Uuid>>(),
        location.map(|l| l.0)
    )
    .fetch_all(r.conn())
    .await?;
    let (mut values, mut before) = (HashMap::new(), HashMap::new());
    for row in rows {
        if row.period == period.id {
            let standing = Standing {
                id: row.id,
                value: row.value,
                num: row.num,
                den: row.den,
                status: row.status,
                return_note: row.return_note,
                comment: row.comment,
                row_version: row.row_version,
            };
            values.insert(row.indicator, standing);
        } else if let Some(method) = indicators.iter().find(|i| i.id == row.indicator).map(|i| &i.method)
            && let Ok(Some(figure)) = Figure::read(method.kind, row.value, row.num, row.den)
        {
            before.insert(row.indicator, figure.value());
        }
    }
    let shut = admits_entry(period.state, enters_late(cx, project)).err();
    Ok(Sheet { period, indicators, locations, location, values, before, shut })
}

struct Parsed {
    indicator: IndicatorId,
    value: Option<Decimal>,
    num: Option<Decimal>,
    den: Option<Decimal>,
    comment: String,
    row_version: Option<i32>,
}

impl Parsed {
    fn has_figure(&self) -> bool {
        self.value.is_some() || self.num.is_some()
    }
}

/// Saves what was typed for a location, as a draft or submitted. Nothing typed and nothing there is nothing to save;
/// a draft whose figure was cleared is removed.
///
/// # Errors
/// Refusal; refused fields, named `value-{indicator}` and the like; [`Error::Stale`] where somebody else changed a value
/// since it was shown; a rule of the period; or the database's. Then nothing was saved.
pub async fn save(
    cx: &Cx,
    project: ProjectId,
    period: PeriodId,
    location: Option<LocationId>,
    typed: &[Typed],
    submit: bool,
) -> Result<usize> {
    let mut w = cx.write(Can::EnterValues(project)).await?;
    let period = periods::hold(w.conn(), project, period).await?;
    admits_entry(period.state, enters_late(cx, project)).map_err(Error::Rule)?;
    check_location(&mut w, project, location).await?;
    let named: Vec<Uuid> = typed.iter().filter_map(|line| line.indicator.parse::<IndicatorId>().ok()).map(|id| id.0).collect();
    let indicators = indicators::of_project(w.conn(), project, Some(&named)).await?;
    let parsed = parse(typed, &indicators, &period)?;
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
        super::envelopes::begin(w.conn(), project, &[period.id]).await?;
    }
    if submit {
        // a draft counts nowhere, neither before nor after
        rollup::recompute(w.conn(), project, &touched).await?;
    }
    w.commit(Event::ValuesSaved { period: period.id, project, count, submitted: submit }).await?;
    Ok(count)
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

fn parse(typed: &[Typed], indicators: &[Indicator], period: &Period) -> Result<Vec<Parsed>> {
    let mut bad = Invalid::default();
    let mut out = Vec::new();
    for line in typed {
        let indicator = line.indicator.parse::<IndicatorId>().ok();
        let Some(indicator) = indicators.iter().find(|i| Some(i.id) == indicator && i.frequency == period.kind) else {
            bad.note("indicator", "not_found");
            continue;
        };
        let key = |part: &str| format!("{part}-{}", indicator.id);
        let value = bad.keep(&key("value"), figure(&line.value)).flatten();
        let num = bad.keep(&key("num"), figure(&line.num)).flatten();
        let den = bad.keep(&key("den"), figure(&line.den)).flatten();
        let comment = bad.keep(&key("comment"), text::prose(&line.comment, 2000)).unwrap_or_default();
        if num.is_some() != den.is_some() {
            bad.note(&key(if num.is_some() { "den" } else { "num" }), "fraction_incomplete");
            continue;
        }
        if indicator.needs_fraction() && value.is_some() {
            bad.note(&key("value"), "fraction_needed");
        }
        if let Err(fault) = Figure::read(indicator.method.kind, value, num, den) {
            bad.note(&key(if num.is_some() { "den" } else { "value" }), fault_code(fault));
        }
        out.push(Parsed { indicator: indicator.id, value, num, den, comment, row_version: line.row_version.trim().parse().ok() });
    }
    bad.check()?;
    Ok(out)
}

fn fault_code(fault: FigureFault) -> Fault {
    tracing::debug!(?fault, "figure refused");
    "figure_not_valid"
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
           submitted_by, submitted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then $12::uuid end, case when $11 then now() end)
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
        user
    )
    .execute(w.conn())
    .await?;
    if added.rows_affected() == 1 { Ok(Saved::Added) } else { Err(Error::Stale) }
}

/// Changes a draft or a returned value that is still as it was shown; answers whether it did.
async fn change(w: &mut Writer, to: &Slot, new: &Parsed, shown: i32) -> Result<bool> {
    let user = w.cx().user()?.0;
    let done = sqlx::query!(
        "update app.indicator_value set value = $5, num = $6, den = $7, comment = $8, status = $9, source = 'manual', import_id = null,
           submitted_by = case when $10 then $11::uuid end, submitted_at = case when $10 then now() end
         where indicator_id = $1 and period_id = $2 and location_id is not distinct from $3 and deleted_at is null
           and row_version = $4 and status in ('draft', 'returned')
           and (value, num, den, comment, status) is distinct from ($5, $6, $7, $8, $9)",
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
        user
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
