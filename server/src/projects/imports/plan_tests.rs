//! The rules of the import, as tables.

mod broken_down;
mod calendars;
mod cells;
mod files;
mod locations;
mod long_files;
mod mappings;
mod real_file;
mod rules;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::issue::Issue;
use super::mapping::Mapping;
use super::plan::{Catalogue, IndicatorEntry, LocationEntry, PeriodEntry, Plan, plan_import};
use crate::kernel::calendar::Frequency;
use crate::projects::progress::samples::count;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn indicator(number: u128, code: &str, frequency: Frequency) -> IndicatorEntry {
    IndicatorEntry { id: id(number), code: code.to_owned(), frequency, needs_fraction: false, method: count(), schemes: Vec::new() }
}

fn period(number: u128, kind: Frequency, start: &str, end: &str) -> PeriodEntry {
    PeriodEntry { id: id(number), kind, start: day(start), end: day(end), open: true }
}

/// Monthly litres (1) and taps (2), annual soap (3); the camp C1 (20); January
/// 2023 (30) and the year 2023 (31).
fn catalogue() -> Catalogue {
    Catalogue {
        indicators: vec![
            indicator(1, "litres", Frequency::Monthly),
            indicator(2, "taps", Frequency::Monthly),
            indicator(3, "soap", Frequency::Annual),
        ],
        locations: vec![LocationEntry { id: id(20), code: "C1".to_owned(), active: true }],
        periods: vec![
            period(30, Frequency::Monthly, "2023-01-01", "2023-01-31"),
            period(31, Frequency::Annual, "2023-01-01", "2023-12-31"),
        ],
        ..Catalogue::default()
    }
}

fn mapping(json: Value) -> Mapping {
    serde_json::from_value(json).unwrap()
}

/// A wide mapping of `start,end,site` that may create what the words say.
fn wide(create: &[&str]) -> Mapping {
    mapping(json!({
        "layout": "wide",
        "dates": {"start": "start", "end": "end"},
        "location": {"code": "site"},
        "indicators": "*",
        "create": create,
    }))
}

const HEADER: &str = "start,end,site,litres,taps,soap\n";

/// Plans rows under [`HEADER`].
fn plan_rows(rows: &str, create: &[&str], catalogue: &Catalogue) -> Plan {
    plan_import(format!("{HEADER}{rows}").as_bytes(), &wide(create), catalogue)
}

/// Row, column and code of each issue: `"2 litres number_invalid"`.
fn found(issues: &[Issue]) -> Vec<String> {
    issues
        .iter()
        .map(|issue| {
            let column = issue.column.as_deref().unwrap_or("-");
            format!("{} {column} {}", issue.row, issue.code.as_str())
        })
        .collect()
}

/// Row and figure of each planned value: `"2 20.5"`.
fn figures(plan: &Plan) -> Vec<String> {
    plan.values
        .iter()
        .map(|value| match (value.value(), value.parts()) {
            (Some(figure), None) => format!("{} {figure}", value.row),
            (None, Some(parts)) => format!("{} {}/{}", value.row, parts.num, parts.den),
            other => format!("{} {other:?}", value.row),
        })
        .collect()
}
