//! The rollup: each indicator's figure by period, as a whole and by location, kept in the transaction that changes
//! values or targets. Pages read it and never sum values.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::indicators::{self, Indicator};
use super::periods::{self, Period};
use super::progress::{Accumulation, AggLocations, AggPeriods, Basis, Entry, Figure, PeriodFigures, achievement, inputs_text, series};
use super::values::{Counted, counted};
use super::{breakdowns, dimensions};
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, PeriodId, ProjectId};

/// One row of the rollup.
struct Cell {
    indicator: Uuid,
    period: Uuid,
    location: Option<Uuid>,
    start: NaiveDate,
    end: NaiveDate,
    official: Option<Figure>,
    provisional: Option<Figure>,
    target: Option<Decimal>,
    achievement: Option<Decimal>,
    locations: i32,
    new_data: bool,
    self_verified: bool,
    hash: Vec<u8>,
}

/// Indicators, and of each the periods that a change touched.
type Wanted = BTreeMap<Uuid, HashSet<Uuid>>;

/// Cells of the whole project (an indicator in a period) that are rebuilt at a time; one indicator at the least.
const AT_A_TIME: usize = 200;

/// Targets by indicator, period and location.
type Targets = HashMap<(Uuid, Uuid, Option<Uuid>), Decimal>;

/// Rebuilds the cells that a change of these indicators in these periods can move. Where a period's figure contains what
/// came before (cumulative sums, running totals), all periods of the indicator are rebuilt.
///
/// # Errors
/// `figure_too_large`, or the database's.
pub(crate) async fn recompute(conn: &mut sqlx::PgConnection, project: ProjectId, touched: &[(IndicatorId, PeriodId)]) -> Result<()> {
    if touched.is_empty() {
        return Ok(());
    }
    // two writers of one project take turns, so that the later one sees the earlier one's values
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('rollup:' || $1::text, 0))", project.to_string())
        .execute(&mut *conn)
        .await?;
    let mut wanted = Wanted::new();
    for (indicator, period) in touched {
        wanted.entry(indicator.0).or_default().insert(period.0);
    }
    let all_periods = periods::of_project(conn, project).await?;
    for some in in_turn(wanted) {
        rebuild(conn, project, &some, &all_periods).await?;
    }
    Ok(())
}

/// The indicators with the periods that are to be rebuilt, a few at a time: memory holds the values of those alone.
fn in_turn(wanted: Wanted) -> Vec<Wanted> {
    let (mut turns, mut cells) = (Vec::new(), AT_A_TIME);
    for (indicator, periods) in wanted {
        if cells + periods.len() > AT_A_TIME {
            turns.push(Wanted::new());
            cells = 0;
        }
        cells += periods.len();
        if let Some(turn) = turns.last_mut() {
            turn.insert(indicator, periods);
        }
    }
    turns
}

async fn rebuild(conn: &mut sqlx::PgConnection, project: ProjectId, wanted: &Wanted, all_periods: &[Period]) -> Result<()> {
    let ids: Vec<Uuid> = wanted.keys().copied().collect();
    let indicators = indicators::of_project(conn, project, Some(&ids)).await?;
    let mut spans: Vec<(&Indicator, Vec<&Period>)> = Vec::new();
    for indicator in &indicators {
        let whole = indicator.method.accumulation != Accumulation::NonCumulative;
        let mine = &wanted[&indicator.id.0];
        let span = all_periods.iter().filter(|p| p.kind == indicator.frequency && (whole || mine.contains(&p.id.0))).collect();
        spans.push((indicator, span));
    }
    let period_ids: Vec<Uuid> = {
        let set: HashSet<Uuid> = spans.iter().flat_map(|(_, span)| span.iter().map(|p| p.id.0)).collect();
        set.into_iter().collect()
    };
    let mut by_indicator: HashMap<IndicatorId, Vec<Counted>> = HashMap::new();
    for value in counted(conn, project, &ids, &period_ids).await? {
        by_indicator.entry(value.indicator).or_default().push(value);
    }
    let targets = targets(conn, &ids, &period_ids).await?;
    let overlapping =
        if by_indicator.values().flatten().any(|value| value.cells.is_some()) { dimensions::overlapping(conn).await? } else { Vec::new() };
    let (mut cells, mut groups) = (Vec::new(), Vec::new());
    for (indicator, span) in &spans {
        let values = by_indicator.remove(&indicator.id).unwrap_or_default();
        cells_of(indicator, span, &values, &targets, &mut cells)?;
        breakdowns::groups_of(indicator, span, &values, &overlapping, &mut groups)?;
    }
    let (gone_indicators, gone_periods): (Vec<Uuid>, Vec<Uuid>) =
        spans.iter().flat_map(|(i, span)| span.iter().map(|p| (i.id.0, p.id.0))).unzip();
    replace(conn, project, &gone_indicators, &gone_periods, &cells).await?;
    breakdowns::replace(conn, project, &gone_indicators, &gone_periods, &groups).await
}

async fn targets(conn: &mut sqlx::PgConnection, indicators: &[Uuid], periods: &[Uuid]) -> Result<Targets> {
    let rows = sqlx::query!(
        "select indicator_id, period_id, location_id, value from app.target where indicator_id = any ($1) and period_id = any ($2)",
        indicators,
        periods
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.indicator_id, row.period_id, row.location_id), row.value)).collect())
}

/// The target of a cell: its own; else, where places are not added up, the whole project's for that period; else, where
/// periods are not added up, the standard to be kept throughout.
fn target_of(indicator: &Indicator, period: Uuid, location: Option<Uuid>, targets: &Targets) -> Option<Decimal> {
    let own = targets.get(&(indicator.id.0, period, location)).copied();
    let shares_places = indicator.method.locations != AggLocations::Sum;
    let shares_periods = indicator.method.periods != AggPeriods::Sum && indicator.method.accumulation == Accumulation::NonCumulative;
    own.or_else(|| (location.is_none() || shares_places).then(|| targets.get(&(indicator.id.0, period, None)).copied()).flatten())
        .or_else(|| ((location.is_none() || shares_places) && shares_periods).then_some(indicator.eop_target).flatten())
}

fn cells_of(indicator: &Indicator, span: &[&Period], values: &[Counted], targets: &Targets, out: &mut Vec<Cell>) -> Result<()> {
    let ordinal: HashMap<Uuid, usize> = span.iter().enumerate().map(|(i, p)| (p.id.0, i)).collect();
    let mut entries = Vec::with_capacity(values.len());
    let mut flagged: HashSet<(usize, Option<Uuid>)> = HashSet::new();
    for value in values {
        let Some(&at) = ordinal.get(&value.period.0) else { continue };
        entries.push(value.entry(indicator, at, span[at].end)?);
        if value.self_verified {
            flagged.extend([(at, value.location.map(|l| l.0)), (at, None)]);
        }
    }
    let too_large = |_| Error::Rule("figure_too_large");
    let official = series(&indicator.method, span.len(), &entries, Basis::Official).map_err(too_large)?;
    let provisional = series(&indicator.method, span.len(), &entries, Basis::Provisional).map_err(too_large)?;
    let mut by_period: Vec<Vec<Entry<Uuid>>> = vec![Vec::new(); span.len()];
    for entry in entries {
        by_period[entry.period].push(entry);
    }
    for (at, period) in span.iter().enumerate() {
        let (sure, maybe) = (&official.periods[at], &provisional.periods[at]);
        let hash = sha256(inputs_text(&indicator.method, 1, &by_period[at]).as_bytes()).to_vec();
        let places = maybe.locations.keys().copied().flatten().map(Some).chain([None]);
        for location in places {
            let (official, provisional, new_data) = figures(sure, maybe, location);
            let target = target_of(indicator, period.id.0, location, targets);
            let typed_target = targets.contains_key(&(indicator.id.0, period.id.0, location));
            if official.is_none() && provisional.is_none() && !typed_target {
                continue;
            }
            out.push(Cell {
                indicator: indicator.id.0,
                period: period.id.0,
                location,
                start: period.start,
                end: period.end,
                official,
                provisional,
                target,
                achievement: achievement(&indicator.method, official.map(Figure::value), target).and_then(storable),
                locations: i32::try_from(maybe.locations_with_data).unwrap_or(i32::MAX),
                new_data,
                self_verified: flagged.contains(&(at, location)),
                hash: hash.clone(),
            });
        }
    }
    Ok(())
}

fn figures(sure: &PeriodFigures<Uuid>, maybe: &PeriodFigures<Uuid>, location: Option<Uuid>) -> (Option<Figure>, Option<Figure>, bool) {
    if location.is_none() {
        return (sure.total, maybe.total, sure.new_data);
    }
    let at = maybe.locations.get(&location);
    let here = sure.locations.get(&location);
    (here.map(|f| f.figure), at.map(|f| f.figure), here.is_some_and(|f| f.new_data))
}

/// A figure as `numeric(24, 6)` keeps it; an achievement beyond that is of no use to anybody.
fn storable(value: Decimal) -> Option<Decimal> {
    (value.abs() < Decimal::from(1_000_000_000_000_000_000_i64)).then(|| value.round_dp(6))
}

/// A column of the rows to be written.
fn column<T>(cells: &[Cell], get: impl Fn(&Cell) -> T) -> Vec<T> {
    cells.iter().map(get).collect()
}

async fn replace(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    gone_indicators: &[Uuid],
    gone_periods: &[Uuid],
    cells: &[Cell],
) -> Result<()> {
    sqlx::query!(
        "delete from app.period_rollup r using unnest($1::uuid[], $2::uuid[]) as t(indicator_id, period_id)
         where r.indicator_id = t.indicator_id and r.period_id = t.period_id and r.project_id = $3",
        gone_indicators,
        gone_periods,
        project.0
    )
    .execute(&mut *conn)
    .await?;
    let rounded = |figure: Option<Decimal>| figure.map(|value| value.round_dp(6));
    sqlx::query!(
        "insert into app.period_rollup (tenant_id, project_id, indicator_id, period_id, location_id, period_start, period_end,
           actual, num, den, provisional, provisional_num, provisional_den, target, achievement, locations, new_data, self_verified,
           inputs_hash)
         select (select app.tenant()), $1, t.* from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::date[],
           $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[],
           $15::int[], $16::bool[], $17::bool[], $18::bytea[]) as t",
        project.0,
        &column(cells, |c| c.indicator),
        &column(cells, |c| c.period),
        &column(cells, |c| c.location) as &[Option<Uuid>],
        &column(cells, |c| c.start),
        &column(cells, |c| c.end),
        &column(cells, |c| rounded(c.official.map(Figure::value))) as &[Option<Decimal>],
        &column(cells, |c| c.official.and_then(Figure::num)) as &[Option<Decimal>],
        &column(cells, |c| c.official.and_then(Figure::den)) as &[Option<Decimal>],
        &column(cells, |c| rounded(c.provisional.map(Figure::value))) as &[Option<Decimal>],
        &column(cells, |c| c.provisional.and_then(Figure::num)) as &[Option<Decimal>],
        &column(cells, |c| c.provisional.and_then(Figure::den)) as &[Option<Decimal>],
        &column(cells, |c| c.target) as &[Option<Decimal>],
        &column(cells, |c| c.achievement) as &[Option<Decimal>],
        &column(cells, |c| c.locations),
        &column(cells, |c| c.new_data),
        &column(cells, |c| c.self_verified),
        &column(cells, |c| c.hash.clone())
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_rebuilt_a_few_at_a_time_and_each_once() {
        // cells of each indicator, and how many are rebuilt in each turn
        let table: [(&[usize], &[usize]); 5] =
            [(&[], &[]), (&[1], &[1]), (&[120, 80, 1], &[200, 1]), (&[500, 3], &[500, 3]), (&[150, 60, 140], &[150, 200])];
        for (indicators, expected) in table {
            let wanted: Wanted = (0u128..)
                .zip(indicators)
                .map(|(i, cells)| (Uuid::from_u128(i), (0u128..).take(*cells).map(Uuid::from_u128).collect()))
                .collect();
            let turns = in_turn(wanted.clone());
            assert_eq!(turns.iter().map(|turn| turn.values().map(HashSet::len).sum::<usize>()).collect::<Vec<_>>(), expected);
            assert_eq!(turns.into_iter().flatten().collect::<Wanted>(), wanted);
        }
    }
}
