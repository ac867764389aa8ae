//! The figures of each value of each dimension, by period, as a whole and by location: kept in the transaction that changes values, like
//! the rollup, and combined by the same method.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::indicators::Indicator;
use super::periods::Period;
use super::progress::{Basis, Entry, Figure, series};
use super::values::Counted;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::ProjectId;

/// A figure of one value of a dimension.
pub(super) struct Group {
    indicator: Uuid,
    period: Uuid,
    location: Option<Uuid>,
    dimension: String,
    code: String,
    start: NaiveDate,
    end: NaiveDate,
    official: Option<Figure>,
    provisional: Option<Figure>,
}

/// Entries of one value of a dimension, by its key and code.
type Entries = BTreeMap<(String, String), Vec<Entry<Uuid>>>;

/// The figures of an indicator's cells in the periods of a span, added to `out`.
///
/// # Errors
/// `figure_too_large`; or cells that cannot be read.
pub(super) fn groups_of(
    indicator: &Indicator,
    span: &[&Period],
    values: &[Counted],
    overlapping: &[String],
    out: &mut Vec<Group>,
) -> Result<()> {
    let method = &indicator.method;
    let too_large = |_| Error::Rule("figure_too_large");
    let carried_past = carried_past(indicator, span, values);
    for ((dimension, code), entries) in entries(indicator, span, values, overlapping)? {
        let official = series(method, span.len(), &entries, Basis::Official).map_err(too_large)?;
        let provisional = series(method, span.len(), &entries, Basis::Provisional).map_err(too_large)?;
        for (at, period) in span.iter().enumerate().take(carried_past) {
            let (sure, maybe) = (&official.periods[at], &provisional.periods[at]);
            for location in maybe.locations.keys().copied().flatten().map(Some).chain([None]) {
                let figures = match location {
                    None => (sure.total, maybe.total),
                    Some(_) => (sure.locations.get(&location).map(|f| f.figure), maybe.locations.get(&location).map(|f| f.figure)),
                };
                if figures == (None, None) {
                    continue;
                }
                out.push(Group {
                    indicator: indicator.id.0,
                    period: period.id.0,
                    location,
                    dimension: dimension.clone(),
                    code: code.clone(),
                    start: period.start,
                    end: period.end,
                    official: figures.0,
                    provisional: figures.1,
                });
            }
        }
    }
    Ok(())
}

/// The first period in which what is carried forward would be cells that a later report, without cells, took the place of: groups end there.
fn carried_past(indicator: &Indicator, span: &[&Period], values: &[Counted]) -> usize {
    if !indicator.method.carry_forward {
        return span.len();
    }
    let place = |value: &Counted| span.iter().position(|period| period.id == value.period);
    let overtaken = values.iter().filter(|value| value.cells.is_none()).filter_map(|value| {
        let at = place(value)?;
        let had = values
            .iter()
            .any(|other| other.location == value.location && other.cells.is_some() && place(other).is_some_and(|before| before < at));
        had.then_some(at)
    });
    overtaken.min().unwrap_or(span.len())
}

/// The entries of each value of each dimension. One that was reported without its cells says nothing of any.
fn entries(indicator: &Indicator, span: &[&Period], values: &[Counted], overlapping: &[String]) -> Result<Entries> {
    let mut out = Entries::new();
    let overlaps = |key: &str| overlapping.iter().any(|other| other == key);
    for value in values.iter().filter(|value| value.cells.is_some()) {
        let Some(at) = span.iter().position(|period| period.id == value.period) else { continue };
        let (cells, entry) = (value.cells(indicator)?, value.entry(indicator, at, span[at].end)?);
        for ((dimension, code), quantity) in cells.margins(&indicator.method, &overlaps).map_err(|_| Error::Rule("figure_too_large"))? {
            let figure =
                quantity.figure(indicator.method.kind).map_err(|fault| Error::Internal(format!("cells of value {}: {fault}", value.id)))?;
            out.entry((dimension.to_owned(), code.to_owned())).or_default().push(Entry { figure, ..entry });
        }
    }
    Ok(out)
}

/// A column of the rows to be written.
fn column<T>(groups: &[Group], get: impl Fn(&Group) -> T) -> Vec<T> {
    groups.iter().map(get).collect()
}

/// Puts these figures in the place of those that stood for these indicators and periods.
pub(super) async fn replace(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    indicators: &[Uuid],
    periods: &[Uuid],
    groups: &[Group],
) -> Result<()> {
    sqlx::query!(
        "delete from app.period_breakdown b using unnest($1::uuid[], $2::uuid[]) as t(indicator_id, period_id)
         where b.indicator_id = t.indicator_id and b.period_id = t.period_id and b.project_id = $3",
        indicators,
        periods,
        project.0
    )
    .execute(&mut *conn)
    .await?;
    if groups.is_empty() {
        return Ok(());
    }
    let rounded = |figure: Option<Figure>| figure.map(|figure| figure.value().round_dp(6));
    sqlx::query!(
        "insert into app.period_breakdown (tenant_id, project_id, indicator_id, period_id, location_id, dimension_key, code, period_start,
           period_end, actual, num, den, provisional, provisional_num, provisional_den)
         select (select app.tenant()), $1, t.* from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::date[],
           $8::date[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[]) as t",
        project.0,
        &column(groups, |p| p.indicator),
        &column(groups, |p| p.period),
        &column(groups, |p| p.location) as &[Option<Uuid>],
        &column(groups, |p| p.dimension.clone()),
        &column(groups, |p| p.code.clone()),
        &column(groups, |p| p.start),
        &column(groups, |p| p.end),
        &column(groups, |p| rounded(p.official)) as &[Option<Decimal>],
        &column(groups, |p| p.official.and_then(Figure::num)) as &[Option<Decimal>],
        &column(groups, |p| p.official.and_then(Figure::den)) as &[Option<Decimal>],
        &column(groups, |p| rounded(p.provisional)) as &[Option<Decimal>],
        &column(groups, |p| p.provisional.and_then(Figure::num)) as &[Option<Decimal>],
        &column(groups, |p| p.provisional.and_then(Figure::den)) as &[Option<Decimal>]
    )
    .execute(conn)
    .await?;
    Ok(())
}
