//! Which places a report hides in its maps, by what it shows itself and by what earlier reports told; and what it tells, for those that
//! follow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Datelike;
use rust_decimal::Decimal;

use super::judge::{Cells, Columns, keys_beside, runs, told};
use crate::access::{Reader, Writer};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId, SnapshotId};
use crate::projects::indicators::Indicator;
use crate::projects::progress::shown;
use crate::projects::tracking::{AtPlace, Column, by_places};

/// What a report tells of an indicator at a place, in its last column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldAt {
    /// The figure, as it is shown; none where there is none, or where it is hidden.
    pub actual: Option<Decimal>,
    /// Whether it is hidden.
    pub hidden: bool,
}

/// What a report tells by place.
pub(crate) type ByPlace = BTreeMap<(IndicatorId, LocationId), ToldAt>;

/// What may be told in a column of indicators by place, each a count of which places are parts. `listed` are the places that are shown; those
/// that are not shown any more and still count are told only as hidden, where they are. Two statements, whatever the size.
pub(crate) async fn by_place(
    r: &mut Reader,
    project: ProjectId,
    column: &Column,
    threshold: Decimal,
    indicators: &[&Indicator],
    listed: &[LocationId],
) -> Result<ByPlace> {
    let found = by_places(r, project, &Column::of_year(column.start.year()), indicators).await?;
    let mut before = before(r, project, column).await?;
    let mut out = ByPlace::new();
    for indicator in indicators {
        let here: HashMap<LocationId, &AtPlace> = found.iter().filter(|at| at.indicator == indicator.id).map(|at| (at.place, at)).collect();
        let of = |place: LocationId, key: &str| -> Option<Decimal> { here.get(&place)?.cells.iter().find(|cell| cell.key == key)?.actual };
        let counting = here.keys().copied().filter(|place| of(*place, &column.key).is_some());
        // in an order that stays when places are renamed: of two alike the same one is hidden
        let names: Vec<LocationId> = listed.iter().copied().chain(counting).collect::<BTreeSet<_>>().into_iter().collect();
        let counts = |key: &str| -> Vec<Option<Decimal>> { names.iter().map(|place| of(*place, key)).collect() };
        let told = before.remove(&indicator.id).unwrap_or_default();
        let cells = Cells { names: names.clone(), counts: &counts, told: &told, adds_up: true, runs: runs(&indicator.method) };
        let flags = cells.hidden_in(column, threshold);
        for ((place, actual), hidden) in names.iter().zip(counts(&column.key)).zip(flags) {
            if hidden || listed.contains(place) {
                let actual = actual.filter(|_| !hidden).map(|value| shown(value, indicator.method.decimals));
                out.insert((indicator.id, *place), ToldAt { actual, hidden });
            }
        }
    }
    Ok(out)
}

/// What earlier reports told by place.
async fn before(r: &mut Reader, project: ProjectId, column: &Column) -> Result<HashMap<IndicatorId, Columns<LocationId>>> {
    let rows = sqlx::query!(
        r#"select distinct on (p.indicator_id, p.location_id, p.column_key)
             p.indicator_id as "indicator: IndicatorId", p.location_id as "place: LocationId", p.column_key, p.actual,
             bool_or(p.hidden) over (partition by p.indicator_id, p.location_id, p.column_key) as "hidden!"
           from app.published_place p
           where p.project_id = $1 and p.column_key = any ($2)
           order by p.indicator_id, p.location_id, p.column_key, p.published_at desc"#,
        project.0,
        &keys_beside(column)
    )
    .fetch_all(r.conn())
    .await?;
    let mut out: HashMap<IndicatorId, Columns<LocationId>> = HashMap::new();
    for row in rows {
        let columns = out.entry(row.indicator).or_default();
        columns.entry(row.column_key).or_default().insert(row.place, told(row.hidden, row.actual));
    }
    Ok(out)
}

/// Remembers what a report tells by place, in its last column.
pub(crate) async fn remember(w: &mut Writer, project: ProjectId, snapshot: SnapshotId, column: &Column, told: &ByPlace) -> Result<()> {
    let told: Vec<_> = told.iter().filter(|(_, at)| at.hidden || at.actual.is_some()).collect();
    if told.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into app.published_place (project_id, snapshot_id, column_key, indicator_id, location_id, actual, hidden)
         select $1, $2, $3, t.indicator_id, t.location_id, t.actual, t.hidden
         from unnest($4::uuid[], $5::uuid[], $6::numeric[], $7::boolean[]) as t(indicator_id, location_id, actual, hidden)",
        project.0,
        snapshot.0,
        column.key,
        &told.iter().map(|((indicator, _), _)| indicator.0).collect::<Vec<_>>(),
        &told.iter().map(|((_, place), _)| place.0).collect::<Vec<_>>(),
        &told.iter().map(|(_, at)| at.actual.map(|actual| actual.round_dp(6))).collect::<Vec<_>>() as &[Option<Decimal>],
        &told.iter().map(|(_, at)| at.hidden).collect::<Vec<_>>()
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
