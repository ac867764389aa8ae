//! A register as it stands, to be taken out, changed and sent back.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::Register;
use super::budget::Money;
use super::locations::Place;
use super::plan::Stand;
use super::targets::{Aims, Measure};
use super::write;
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::calendar::{Frequency, periods_between};
use crate::kernel::error::Result;
use crate::kernel::ids::{LocationId, ProjectId};
use crate::projects::progress::Kind;

/// Columns of periods or quarters, the newest: more than a sheet takes would not come back.
const MOST_COLUMNS: usize = 200;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// A field of the register.
    Field(&'static str),
    /// A quarter by its name, `2026 Q1`, and what of it: `planned` or `spent`.
    Amount(String, &'static str),
    /// Targets of a period by its name.
    Period(String),
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A figure.
    Figure(Decimal),
    /// Yes or no.
    Whether(bool),
}

impl Cell {
    fn figure(value: Option<impl Into<Decimal>>) -> Self {
        value.map_or(Self::Empty, |value| Self::Figure(value.into()))
    }

    fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

/// A register, taken out.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// Takes a register out, for who may change it. Places are the organisation's own list; what belongs to a project leaves it by the right to
/// export.
///
/// # Errors
/// Refusal, or the database's.
pub async fn take_out(cx: &Cx, register: Register) -> Result<Taken> {
    cx.admit(register.can()).await?;
    let out = match register {
        Register::Locations => Can::TakeOutLocations,
        Register::Budget(project) | Register::Targets(project) => Can::ExportTracking(project),
    };
    let mut w = cx.write(out).await?;
    let stand = write::stand(w.conn(), register).await?;
    let taken = match stand {
        Stand::Locations(places) => of_places(&places),
        Stand::Budget(money) => of_budget(&money, days(w.conn(), register.project()).await?),
        Stand::Targets(aims) => of_targets(&aims),
    };
    let (action, project) = (register.kind().exported(), register.project());
    w.commit(Event::RegisterTakenOut { action, project, rows: taken.rows.len() }).await?;
    Ok(taken)
}

/// The first and the last day of the project.
async fn days(conn: &mut sqlx::PgConnection, project: Option<ProjectId>) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let Some(project) = project else { return Ok(None) };
    let days = sqlx::query!("select start_date, end_date from app.project where id = $1", project.0).fetch_optional(conn).await?;
    Ok(days.map(|days| (days.start_date, days.end_date)))
}

pub(super) fn of_places(places: &[Place]) -> Taken {
    let codes: HashMap<LocationId, &str> = places.iter().map(|place| (place.id, place.code.as_str())).collect();
    let rows = places.iter().map(|place| {
        vec![
            Cell::text(&place.code),
            Cell::text(&place.name),
            Cell::text(place.parent.and_then(|parent| codes.get(&parent)).copied().unwrap_or_default()),
            Cell::Figure(place.level.into()),
            Cell::figure(place.lat),
            Cell::figure(place.lon),
            Cell::figure(place.population),
            Cell::Whether(place.active),
        ]
    });
    let columns = ["code", "name", "parent", "level", "lat", "lon", "population", "active"].map(Column::Field).to_vec();
    Taken { columns, rows: rows.collect() }
}

/// Quarters of the project, and every one that has an amount.
pub(super) fn of_budget(money: &Money, days: Option<(NaiveDate, NaiveDate)>) -> Taken {
    let planned = days.map(|(first, last)| periods_between(Frequency::Quarterly, first, last)).unwrap_or_default();
    let all: BTreeSet<NaiveDate> = planned
        .into_iter()
        .map(|(start, _)| start)
        .chain(money.lines.iter().flat_map(|line| line.amounts.keys().copied()))
        .filter(|quarter| (1990..=2100).contains(&quarter.year()))
        .collect();
    let quarters: Vec<NaiveDate> = all.iter().rev().take(MOST_COLUMNS).rev().copied().collect();
    let amounts = quarters.iter().flat_map(|quarter| {
        let name = Frequency::Quarterly.period_name(*quarter);
        [Column::Amount(name.clone(), "planned"), Column::Amount(name, "spent")]
    });
    let columns = ["code", "name", "result"].map(Column::Field).into_iter().chain(amounts).collect();
    let rows = money.lines.iter().map(|line| {
        let cells = quarters.iter().flat_map(|quarter| {
            let (planned, spent) = line.amounts.get(quarter).copied().unwrap_or_default();
            [Cell::figure(planned), Cell::figure(spent)]
        });
        let first = [Cell::text(&line.code), Cell::text(&line.name), Cell::text(&money.number(line.node))];
        first.into_iter().chain(cells).collect::<Vec<_>>()
    });
    let rows = rows.collect();
    Taken { columns, rows }
}

/// A row an indicator, and one more for each place that has targets of its own; a column a period.
pub(super) fn of_targets(aims: &Aims) -> Taken {
    let measures: Vec<&Measure> = aims.measures.iter().filter(|measure| measure.kind != Kind::Qualitative).collect();
    let asked = |kind: Frequency| measures.iter().any(|measure| measure.frequency == kind);
    let mut names: Vec<&str> = Vec::new();
    for period in aims.periods.iter().rev().filter(|period| asked(period.kind)) {
        if names.len() < MOST_COLUMNS && !names.contains(&period.name.as_str()) {
            names.push(&period.name);
        }
    }
    names.reverse();
    let periods: HashMap<_, _> = aims.periods.iter().map(|period| ((period.kind, period.name.as_str()), period.id)).collect();
    let of_places: HashSet<_> = aims.there.keys().map(|(indicator, _, place)| (*indicator, *place)).collect();
    let mut places: Vec<(&str, Option<LocationId>)> = aims.places.iter().map(|(code, id)| (code.as_str(), Some(*id))).collect();
    places.sort_unstable();
    let mut rows = Vec::new();
    for measure in &measures {
        let own = places.iter().copied().filter(|(_, place)| of_places.contains(&(measure.id, *place)));
        for (code, place) in std::iter::once(("", None)).chain(own) {
            let cells = names.iter().map(|name| {
                let period = periods.get(&(measure.frequency, *name));
                let target = period.and_then(|period| aims.there.get(&(measure.id, *period, place)));
                Cell::figure(target.map(|(value, _)| *value))
            });
            let first = [Cell::text(&measure.code), Cell::text(&measure.title), Cell::text(code)];
            rows.push(first.into_iter().chain(cells).collect::<Vec<_>>());
        }
    }
    let of_periods = names.iter().map(|name| Column::Period((*name).to_owned()));
    let columns = ["code", "title", "location"].map(Column::Field).into_iter().chain(of_periods).collect();
    Taken { columns, rows }
}
