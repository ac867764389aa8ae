//! Writing what an import planned: a handful of statements for every few thousand values.

use std::collections::HashSet;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::plan::{Catalogue, IndicatorEntry, LocationEntry, LocationRef, PeriodEntry, PeriodRef, Plan, PlannedValue};
use crate::access::Writer;
use crate::jobs::Pulse;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, IndicatorId, LocationId, PeriodId, ProjectId, ValueId};
use crate::projects::disaggregation::Cells;
use crate::projects::{disaggregation, envelopes, evidence, indicators, periods, progress::Kind, rollup};

/// Values that one statement writes: few enough that somebody who waits sees them come, and may still say no.
const AT_A_TIME: usize = 5_000;

/// What the project has already.
pub(super) async fn catalogue(w: &mut Writer, project: ProjectId) -> Result<Catalogue> {
    // held to the end of the transaction: a period cannot be locked between this and the writing
    let periods = periods::hold_all(w.conn(), project).await?;
    let indicators = indicators::of_project(w.conn(), project, None).await?;
    let schemes = disaggregation::of_project(w.conn(), project, None).await?;
    // those too that are switched off: their codes are taken
    let locations = sqlx::query!("select id, code, active from app.location").fetch_all(w.conn()).await?;
    let taken = sqlx::query!(
        "select indicator_id, period_id, location_id from app.indicator_value where project_id = $1 and deleted_at is null",
        project.0
    )
    .fetch_all(w.conn())
    .await?;
    Ok(Catalogue {
        indicators: indicators
            .into_iter()
            .filter(|i| i.method.kind != Kind::Qualitative)
            .map(|i| IndicatorEntry {
                id: i.id.0,
                needs_fraction: i.needs_fraction(),
                method: i.method,
                schemes: schemes.of(i.id).to_vec(),
                frequency: i.frequency,
                code: i.code,
            })
            .collect(),
        locations: locations.into_iter().map(|l| LocationEntry { id: l.id, code: l.code, active: l.active }).collect(),
        periods: periods
            .into_iter()
            .map(|p| PeriodEntry {
                id: p.id.0,
                kind: p.kind,
                start: p.start,
                end: p.end,
                open: periods::admits_entry(p.state, true).is_ok(),
            })
            .collect(),
        taken: taken.into_iter().map(|v| (v.indicator_id, v.period_id, v.location_id)).collect::<HashSet<_>>(),
    })
}

/// Where a plan's periods and places are, once they are written.
struct Made {
    periods: Vec<PeriodId>,
    places: Vec<Uuid>,
}

impl Made {
    fn period(&self, period: &PeriodRef) -> PeriodId {
        match period {
            PeriodRef::Existing(id) => PeriodId(*id),
            PeriodRef::New(i) => self.periods[*i],
        }
    }

    fn place(&self, place: &LocationRef) -> Uuid {
        match place {
            LocationRef::Existing(id) => *id,
            LocationRef::New(i) => self.places[*i],
        }
    }
}

/// Writes places, periods and values of a plan, and the rollup that follows from them; within a job it is told how far that is.
pub(super) async fn write(w: &mut Writer, project: ProjectId, import: ImportId, plan: &Plan, pulse: Option<&Pulse>) -> Result<usize> {
    let places = write_locations(w, plan).await?;
    let spans: Vec<_> = plan.new_periods.iter().map(|p| (PeriodId::new(), p.kind, p.start, p.end)).collect();
    if !spans.is_empty() {
        periods::insert(w.conn(), project, &spans).await?;
    }
    let made = Made { periods: spans.iter().map(|span| span.0).collect(), places };
    let used: HashSet<Uuid> = plan.values.iter().filter_map(|value| plan.location_of(value)).map(|place| made.place(&place)).collect();
    attach_locations(w, project, &used.into_iter().collect::<Vec<_>>()).await?;
    let total = plan.values.len();
    for (turn, values) in plan.values.chunks(AT_A_TIME).enumerate() {
        if let Some(pulse) = pulse {
            pulse.at(turn * AT_A_TIME, total);
        }
        write_values(w, project, import, plan, &made, values).await?;
    }
    if let Some(pulse) = pulse {
        pulse.at(total, total);
    }
    let touched: HashSet<_> =
        plan.values.iter().map(|value| (IndicatorId(plan.indicator_of(value)), made.period(&plan.period_of(value)))).collect();
    let touched: Vec<_> = touched.into_iter().collect();
    let touched_periods: HashSet<_> = touched.iter().map(|(_, p)| *p).collect();
    let touched_periods: Vec<_> = touched_periods.into_iter().collect();
    envelopes::begin(w.conn(), project, &touched_periods).await?;
    evidence::follow(w.conn(), project, &touched_periods).await?;
    rollup::recompute(w.conn(), project, &touched).await?;
    Ok(total)
}

/// A column of the rows to be written.
fn column<T>(values: &[PlannedValue], get: impl Fn(&PlannedValue) -> T) -> Vec<T> {
    values.iter().map(get).collect()
}

async fn write_values(
    w: &mut Writer,
    project: ProjectId,
    import: ImportId,
    plan: &Plan,
    made: &Made,
    values: &[PlannedValue],
) -> Result<()> {
    let user = w.cx().user()?.0;
    let no_cells = Cells::default().stored();
    sqlx::query!(
        "insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, source, import_id, value, num, den,
           status, submitted_by, submitted_at, created_by, cells)
         select (select app.tenant()), t.id, $1, t.indicator_id, t.period_id, t.location_id, 'import', $2, t.value, t.num, t.den,
           'submitted', $3, now(), $3, t.cells
         from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::numeric[], $9::numeric[], $10::numeric[], $11::jsonb[])
           as t(id, indicator_id, period_id, location_id, value, num, den, cells)",
        project.0,
        import.0,
        user,
        &column(values, |_| ValueId::new().0),
        &column(values, |v| plan.indicator_of(v)),
        &column(values, |v| made.period(&plan.period_of(v)).0),
        &column(values, |v| plan.location_of(v).map(|place| made.place(&place))) as &[Option<Uuid>],
        &column(values, PlannedValue::value) as &[Option<Decimal>],
        &column(values, |v| v.parts().map(|parts| parts.num)) as &[Option<Decimal>],
        &column(values, |v| v.parts().map(|parts| parts.den)) as &[Option<Decimal>],
        &column(values, |v| v.cells.as_ref().map_or_else(|| no_cells.clone(), |cells| cells.stored()))
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

async fn write_locations(w: &mut Writer, plan: &Plan) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = plan.new_locations.iter().map(|_| LocationId::new().0).collect();
    let parents: Vec<Option<Uuid>> = plan
        .new_locations
        .iter()
        .map(|l| {
            l.parent.as_ref().map(|parent| match parent {
                LocationRef::Existing(id) => *id,
                LocationRef::New(i) => ids[*i],
            })
        })
        .collect();
    let codes: Vec<String> = plan.new_locations.iter().map(|l| l.code.clone()).collect();
    let names: Vec<String> = plan.new_locations.iter().map(|l| l.name.clone()).collect();
    if !ids.is_empty() {
        sqlx::query!(
            "insert into app.location (tenant_id, id, parent_id, code, name, admin_level)
             select (select app.tenant()), t.id, t.parent_id, t.code, t.name, case when t.parent_id is null then 0 else 1 end
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as t(id, parent_id, code, name)",
            &ids,
            &parents as &[Option<Uuid>],
            &codes,
            &names
        )
        .execute(w.conn())
        .await
        // another project, or who keeps the places, made one of them since they were read
        .map_err(|error| Error::on_duplicate(error, Error::Rule("places_changed")))?;
    }
    Ok(ids)
}

/// Every place with a value is one of the project.
async fn attach_locations(w: &mut Writer, project: ProjectId, used: &[Uuid]) -> Result<()> {
    let ids: Vec<Uuid> = used.iter().map(|_| LocationId::new().0).collect();
    sqlx::query!(
        "insert into app.project_location (tenant_id, id, project_id, location_id)
         select (select app.tenant()), t.id, $1, t.location_id from unnest($2::uuid[], $3::uuid[]) as t(id, location_id)
         on conflict (tenant_id, project_id, location_id) do nothing",
        project.0,
        &ids,
        used
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
