//! The table as a file.

use rust_decimal::Decimal;

use super::{By, Cell, Group, GroupCell, Line, Tracking, table};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::{Locale, harmless};
use crate::projects::values::export::last_row;

/// The table to be taken out, and the fact that it was in the log: an export is an event, whatever kind of file is made of it.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn take_out(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, by: Option<By>) -> Result<Tracking> {
    let table = table(cx, code, year, location, by).await?;
    let w = cx.write(Can::ExportTracking(table.project.id)).await?;
    w.commit(Event::TrackingExported { project: table.project.id, rows: figures(&table) }).await?;
    Ok(table)
}

/// How many figures a file of the table holds: what the log says, and the file itself.
#[must_use]
pub fn figures(table: &Tracking) -> usize {
    let of = |line: &Line| told(line).count() + line.groups.iter().map(|group| group_told(group).count()).sum::<usize>();
    table.lines.iter().map(of).sum()
}

/// The figures of a line that a file holds: those of columns with a period.
fn told(line: &Line) -> impl Iterator<Item = &Cell> {
    line.cells.iter().filter(|cell| cell.has_period)
}

/// Those of a group: where there is a figure.
fn group_told(group: &Group) -> impl Iterator<Item = &GroupCell> {
    group.cells.iter().filter(|cell| cell.actual.is_some() || cell.provisional.is_some())
}

/// The table as CSV: a row a figure, for programs and for tables of one's own, and a last one that says how many there are.
///
/// # Errors
/// If it cannot be written, which would be a fault of this program.
pub fn csv(table: &Tracking, locale: Locale) -> Result<Vec<u8>> {
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::NonNumeric).from_writer(Vec::new());
    let place = table.location.as_ref().map_or("", |l| l.code.as_str());
    let failed = |error: csv::Error| Error::Internal(format!("csv: {error}"));
    out.write_record(HEADER).map_err(failed)?;
    for line in &table.lines {
        for cell in told(line) {
            out.write_record(whole_record(line, place, cell)).map_err(failed)?;
        }
        for group in &line.groups {
            let label = group.label.as_ref().map_or(NOT_SAID, |label| label.say(locale));
            for cell in group_told(group) {
                out.write_record(group_record(line, place, [group.dimension_name.say(locale), label], cell)).map_err(failed)?;
            }
        }
    }
    out.write_record(last_row::<{ HEADER.len() }>(figures(table))).map_err(failed)?;
    out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))
}

/// The columns of the file.
const HEADER: [&str; 13] = [
    "code",
    "indicator",
    "unit",
    "location",
    "baseline",
    "dimension",
    "group",
    "column",
    "target",
    "actual",
    "provisional",
    "achievement",
    "status",
];

/// The group of what was reported without saying of which.
const NOT_SAID: &str = "?";

fn number(value: Option<Decimal>) -> String {
    value.map(|v| v.normalize().to_string()).unwrap_or_default()
}

fn whole_record(line: &Line, place: &str, cell: &Cell) -> [String; 13] {
    let [code, title, unit] = named(line);
    [
        code,
        title,
        unit,
        harmless(place),
        number(line.indicator.method.baseline),
        String::new(),
        String::new(),
        cell.key.clone(),
        number(cell.target),
        number(cell.actual),
        number(cell.provisional),
        number(cell.achievement.map(|a| a.round_dp(1))),
        cell.rag.as_str().to_owned(),
    ]
}

fn group_record(line: &Line, place: &str, [dimension, group]: [&str; 2], cell: &GroupCell) -> [String; 13] {
    let [code, title, unit] = named(line);
    let none = String::new;
    let (actual, provisional) = (number(cell.actual), number(cell.provisional));
    let place = harmless(place);
    [code, title, unit, place, none(), harmless(dimension), harmless(group), cell.key.clone(), none(), actual, provisional, none(), none()]
}

fn named(line: &Line) -> [String; 3] {
    [&line.indicator.code, &line.indicator.title, &line.indicator.unit].map(|text| harmless(text))
}
