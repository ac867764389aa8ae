//! Submitting values from a program: a batch, all or nothing, once however often it is sent.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::disaggregation::{self, Cells, Scheme};
use super::entries::{Total, TypedCell, cells_as_typed, settle};
use super::indicators::{self, Indicator};
use super::periods::{self, Period, admits_entry, answers_for_figures};
use super::progress::{Figure, Kind};
use super::{envelopes, evidence, framework, locations, rollup};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId, ProjectId, ValueId};

/// Values in a batch at the most.
pub const MAX_BATCH: usize = 1_000;
/// After so many faults no further value is looked at: who sends a thousand mends them in turn.
const MAX_FAULTS: usize = 200;

/// A value as sent.
#[derive(Clone, Debug, Default)]
pub struct NewValue {
    /// The indicator's code.
    pub indicator: String,
    /// The period's id or name.
    pub period: String,
    /// The location's code.
    pub location: Option<String>,
    /// The figure.
    pub value: String,
    /// The numerator.
    pub num: String,
    /// The denominator.
    pub den: String,
    /// What was counted of each group, by the key of a cell: a figure, or `numerator/denominator`.
    pub cells: Vec<(String, String)>,
}

struct Parsed {
    indicator: IndicatorId,
    period: PeriodId,
    location: Option<LocationId>,
    value: Option<Decimal>,
    num: Option<Decimal>,
    den: Option<Decimal>,
    cells: Cells,
}

/// What one figure is kept for.
type Cell = (IndicatorId, PeriodId, Option<LocationId>);

impl Parsed {
    fn cell(&self) -> Cell {
        (self.indicator, self.period, self.location)
    }
}

/// Submits a batch. `once` is the caller's key and the hash of what was sent.
///
/// # Errors
/// Refusal; refused fields, named `{place in the batch}.{field}`; `idempotency_key_reused`; a rule of a period; or the
/// database's. Then nothing was written.
pub async fn submit(cx: &Cx, project: ProjectId, values: &[NewValue], once: Option<(&str, [u8; 32])>) -> Result<Vec<ValueId>> {
    let mut w = cx.write(Can::EnterValues(project)).await?;
    if values.is_empty() || values.len() > MAX_BATCH {
        return Err(Error::field("values", "batch_size"));
    }
    if let Some((key, hash)) = once
        && let Some(before) = answered(&mut w, key, hash).await?
    {
        // who holds a connection and waits for another one stands in everybody's way
        drop(w);
        // the first request may not have been answered yet: what is answered is on the disk
        cx.confirm().await?;
        return Ok(before);
    }
    framework::hold_shared(w.conn(), project).await?;
    let parsed = parse(&mut w, project, values).await?;
    let mut touched_periods: Vec<PeriodId> = parsed.iter().map(|p| p.period).collect();
    touched_periods.sort_unstable();
    touched_periods.dedup();
    hold_periods(&mut w, project, &touched_periods).await?;
    let ids = write(&mut w, project, &parsed).await?;
    let mut touched: Vec<_> = parsed.iter().map(|p| (p.indicator, p.period)).collect();
    touched.sort_unstable();
    touched.dedup();
    envelopes::begin(w.conn(), project, &touched_periods).await?;
    evidence::follow(w.conn(), project, &touched_periods).await?;
    rollup::recompute(w.conn(), project, &touched).await?;
    if let Some((key, hash)) = once {
        remember(&mut w, key, hash, &ids).await?;
    }
    let period = touched_periods.first().copied().filter(|_| touched_periods.len() == 1);
    w.commit(Event::ValuesSubmitted { project, period, count: ids.len() }).await?;
    Ok(ids)
}

/// Asks again with the periods' rows locked, so that the lock of a period and an entry cannot pass each other.
async fn hold_periods(w: &mut Writer, project: ProjectId, ids: &[PeriodId]) -> Result<()> {
    let senior = answers_for_figures(w.cx(), project);
    for id in ids {
        let period = periods::hold(w.conn(), project, *id).await?;
        admits_entry(period.state, senior).map_err(Error::Rule)?;
    }
    Ok(())
}

/// What was answered to this key before; a second request at the same time waits for the first.
async fn answered(w: &mut Writer, key: &str, hash: [u8; 32]) -> Result<Option<Vec<ValueId>>> {
    if key.len() < 8 {
        return Err(Error::field("Idempotency-Key", "too_short"));
    }
    if key.len() > 128 {
        return Err(Error::field("Idempotency-Key", "too_long"));
    }
    let actor = w.cx().user()?;
    let before = remembered(w, key, hash).await?;
    if before.is_some() {
        return Ok(before);
    }
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("idempotency:{actor}:{key}")).execute(w.conn()).await?;
    remembered(w, key, hash).await
}

async fn remembered(w: &mut Writer, key: &str, hash: [u8; 32]) -> Result<Option<Vec<ValueId>>> {
    let actor = w.cx().user()?;
    let row = sqlx::query!("select request_hash, response from app.api_idempotency where key = $1 and actor_id = $2", key, actor.0)
        .fetch_optional(w.conn())
        .await?;
    match row {
        None => Ok(None),
        Some(row) if row.request_hash[..] == hash[..] => {
            serde_json::from_value(row.response).map(Some).map_err(|error| Error::Internal(format!("idempotency: {error}")))
        }
        Some(_) => Err(Error::Rule("idempotency_key_reused")),
    }
}

async fn remember(w: &mut Writer, key: &str, hash: [u8; 32], ids: &[ValueId]) -> Result<()> {
    sqlx::query!(
        "insert into app.api_idempotency (id, key, request_hash, response) values ($1, $2, $3, $4)",
        Uuid::now_v7(),
        key,
        &hash[..],
        serde_json::json!(ids)
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

async fn parse(w: &mut Writer, project: ProjectId, values: &[NewValue]) -> Result<Vec<Parsed>> {
    let senior = answers_for_figures(w.cx(), project);
    // words are no figures, whichever way they come
    let measured = indicators::of_project(w.conn(), project, None).await?.into_iter().filter(|i| i.method.kind != Kind::Qualitative);
    let indicators: HashMap<String, Indicator> = measured.map(|i| (i.code.clone(), i)).collect();
    let periods = periods::of_project(w.conn(), project).await?;
    let places: HashMap<String, LocationId> =
        locations::of_project(w.conn(), project, None).await?.into_iter().map(|l| (l.code, l.id)).collect();
    let schemes = disaggregation::of_project(w.conn(), project, None).await?;
    let (mut bad, mut out) = (Invalid::default(), Vec::with_capacity(values.len()));
    let mut seen = HashSet::new();
    for (at, new) in values.iter().enumerate() {
        if bad.0.len() > MAX_FAULTS {
            break;
        }
        let name = |field: &str| format!("{at}.{field}");
        let indicator = bad.keep(&name("indicator"), indicators.get(&new.indicator).ok_or("not_found"));
        let period = bad.keep(&name("period"), find(&periods, indicator, &new.period).ok_or("not_found"));
        let location = match &new.location {
            None => Some(None),
            Some(code) => bad.keep(&name("location"), places.get(code).copied().map(Some).ok_or("not_found")),
        };
        let (value, num, den) = (figure(&new.value), figure(&new.num), figure(&new.den));
        let figures = (bad.keep(&name("value"), value), bad.keep(&name("numerator"), num), bad.keep(&name("denominator"), den));
        let (Some(indicator), Some(period), Some(location), (Some(value), Some(num), Some(den))) = (indicator, period, location, figures)
        else {
            continue;
        };
        if !w.scope.holds_location(location) {
            bad.note(&name("location"), "not_found");
        }
        if let Err(shut) = admits_entry(period.state, senior) {
            bad.note(&name("period"), shut);
        }
        if num.is_some() != den.is_some() {
            bad.note(&name("value"), "fraction_incomplete");
            continue;
        }
        let total = Total { value, num, den };
        let settled = match schemes.at(indicator.id, period.start) {
            Some(scheme) => broken_down(&mut bad, &name, indicator, scheme, total, &new.cells),
            None if new.cells.is_empty() => Some((total, Cells::default())),
            None => {
                bad.note(&name("disaggregation"), "not_broken_down");
                None
            }
        };
        let Some((Total { value, num, den }, cells)) = settled else { continue };
        let incomplete =
            num.is_some() != den.is_some() || (value.is_none() && num.is_none()) || (indicator.needs_fraction() && num.is_none());
        if indicator.needs_fraction() && value.is_some() {
            bad.note(&name("value"), "fraction_needed");
        }
        if incomplete || Figure::read(indicator.method.kind, value, num, den).is_err() {
            bad.note(&name("value"), "figure_not_valid");
        }
        let parsed = Parsed { indicator: indicator.id, period: period.id, location, value, num, den, cells };
        if !seen.insert(parsed.cell()) {
            bad.note(&name("value"), "twice_in_the_batch");
        }
        out.push(parsed);
    }
    bad.check()?;
    Ok(out)
}

/// A figure with its cells, and the total that agrees with them.
fn broken_down(
    bad: &mut Invalid,
    name: &dyn Fn(&str) -> String,
    indicator: &Indicator,
    scheme: &Scheme,
    total: Total,
    sent: &[(String, String)],
) -> Option<(Total, Cells)> {
    let typed: Vec<TypedCell> = sent
        .iter()
        .map(|(key, text)| match text.split_once('/') {
            Some((num, den)) => TypedCell { key: key.clone(), num: num.to_owned(), den: den.to_owned(), ..TypedCell::default() },
            None => TypedCell { key: key.clone(), value: text.clone(), ..TypedCell::default() },
        })
        .collect();
    let field = |cell: &str| name(&format!("disaggregation.{cell}"));
    let cells = cells_as_typed(bad, indicator, scheme, &typed, &|_, cell| field(cell))?;
    settle(&indicator.method, scheme, total, &cells, true)
        .map_err(|faults| {
            for (cell, fault) in faults {
                bad.note(&cell.map_or_else(|| name("value"), |cell| field(&cell)), fault);
            }
        })
        .ok()
        .map(|total| (total, cells))
}

fn find<'a>(periods: &'a [Period], indicator: Option<&Indicator>, text: &str) -> Option<&'a Period> {
    let id = text.parse::<PeriodId>().ok();
    let fits = |p: &&Period| indicator.is_none_or(|i| i.frequency == p.kind);
    periods.iter().filter(fits).find(|p| Some(p.id) == id || p.name == text)
}

/// Writes the batch. A draft or a returned value of the same indicator, period and location is submitted anew with the
/// figure sent; one that waits or is verified already stands, and is named.
async fn write(w: &mut Writer, project: ProjectId, parsed: &[Parsed]) -> Result<Vec<ValueId>> {
    let user = w.cx().user()?.0;
    // in one order for everybody, so that two batches wait for each other and never in a circle
    let mut ordered: Vec<&Parsed> = parsed.iter().collect();
    ordered.sort_unstable_by_key(|new| new.cell());
    let rows = sqlx::query!(
        r#"insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, source, value, num, den, status,
             submitted_by, submitted_at, created_by, cells)
           select (select app.tenant()), t.id, $1, t.indicator_id, t.period_id, t.location_id, 'api', t.value, t.num, t.den, 'submitted', $2,
             now(), $2, t.cells
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::numeric[], $8::numeric[], $9::numeric[], $10::jsonb[])
             as t(id, indicator_id, period_id, location_id, value, num, den, cells)
           on conflict (tenant_id, indicator_id, period_id, location_id) where deleted_at is null
           do update set source = 'api', import_id = null, value = excluded.value, num = excluded.num, den = excluded.den,
             cells = excluded.cells, status = 'submitted',
             submitted_by = excluded.submitted_by, submitted_at = excluded.submitted_at
           where indicator_value.status in ('draft', 'returned')
           returning id as "id: ValueId", indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId",
             location_id as "location: LocationId""#,
        project.0,
        user,
        &ordered.iter().map(|_| ValueId::new().0).collect::<Vec<_>>(),
        &ordered.iter().map(|p| p.indicator.0).collect::<Vec<_>>(),
        &ordered.iter().map(|p| p.period.0).collect::<Vec<_>>(),
        &ordered.iter().map(|p| p.location.map(|l| l.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &ordered.iter().map(|p| p.value).collect::<Vec<_>>() as &[Option<Decimal>],
        &ordered.iter().map(|p| p.num).collect::<Vec<_>>() as &[Option<Decimal>],
        &ordered.iter().map(|p| p.den).collect::<Vec<_>>() as &[Option<Decimal>],
        &ordered.iter().map(|p| p.cells.stored()).collect::<Vec<_>>()
    )
    .fetch_all(w.conn())
    .await?;
    let written: HashMap<Cell, ValueId> = rows.into_iter().map(|row| ((row.indicator, row.period, row.location), row.id)).collect();
    let (mut bad, mut ids) = (Invalid::default(), Vec::with_capacity(parsed.len()));
    for (at, new) in parsed.iter().enumerate() {
        ids.extend(bad.keep(&format!("{at}.value"), written.get(&new.cell()).copied().ok_or("already_submitted")));
    }
    bad.check()?;
    Ok(ids)
}
