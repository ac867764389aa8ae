//! Real reports of water, sanitation and hygiene in refugee camps (openwashdata
//! `unhcrwash`, CC-BY-4.0), which lie beside the checkout on machines that have
//! them.

use std::collections::BTreeSet;
use std::path::Path;

use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::super::issue::IssueCode;
use super::super::mapping::Mapping;
use super::super::plan::{Catalogue, LocationEntry, LocationRef, PeriodEntry, PeriodRef, Plan, PlannedValue, plan_import};
use super::super::suggest::suggest_mapping;
use super::super::table::preview;
use super::{indicator, mapping};
use crate::kernel::calendar::Frequency;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/unhcr-wash/unhcrwash.csv");

const MONTHLY: [&str; 10] = [
    "persons_per_handpump",
    "persons_per_tap",
    "liters_per_person_per_day",
    "non_chlorinated_0_cfu",
    "chlorinated_safe_water_quality",
    "households_with_toilet",
    "persons_per_toilet",
    "persons_per_shower",
    "persons_per_hygiene_promoter",
    "refugee_pop",
];

const ANNUAL: [&str; 8] = [
    "liters_per_person_household",
    "potable_water_storage_10l",
    "protected_water_sources",
    "menstrual_hygiene_satisfaction",
    "household_toilet",
    "defecate_in_toilet",
    "access_to_soap",
    "solid_waste_disposal_access",
];

fn read_file() -> Option<Vec<u8>> {
    let bytes = std::fs::read(Path::new(FILE)).ok();
    if bytes.is_none() {
        eprintln!("skipped: {FILE} is not there");
    }
    bytes
}

fn real_catalogue() -> Catalogue {
    let monthly = MONTHLY.into_iter().map(|code| (code, Frequency::Monthly));
    let annual = ANNUAL.into_iter().map(|code| (code, Frequency::Annual));
    Catalogue {
        indicators: monthly.chain(annual).zip(1..).map(|((code, frequency), number)| indicator(number, code, frequency)).collect(),
        ..Catalogue::default()
    }
}

fn real_mapping() -> Mapping {
    mapping(json!({
        "layout": "wide",
        "dates": {"start": "start_date", "end": "end_date"},
        "location": {"code": "location_id", "name": "location_name", "parent": "country"},
        "indicators": "*",
        "missing": ["NA", ""],
        "create": ["locations", "periods"],
    }))
}

#[test]
fn a_project_that_has_only_its_indicators_takes_the_file() {
    let Some(bytes) = read_file() else { return };
    let plan = plan_import(&bytes, &real_mapping(), &real_catalogue());

    // 40,017 figures; 14 stand twice, and one more stands in a row with such.
    assert_eq!((plan.rows, plan.values.len()), (5_406, 40_002));
    assert_eq!((plan.valid_rows, plan.invalid_rows), (5_403, 3));
    assert_eq!((plan.errors, plan.warnings, plan.issues_total), (14, 31, 45));
    let of = |code| plan.issues.iter().filter(move |issue| issue.code == code);
    let duplicates: BTreeSet<_> = of(IssueCode::Duplicate).map(|issue| (issue.row, issue.other_row)).collect();
    let expected = [(5153, 5113), (5155, 5120), (5156, 5123)];
    assert_eq!(duplicates, expected.map(|(row, other)| (row, Some(other))).into());
    assert_eq!(of(IssueCode::RowEmpty).count(), 31);

    let countries = plan.new_locations.iter().filter(|l| l.parent.is_none());
    assert_eq!((plan.new_locations.len(), countries.count()), (222, 29));
    let years = plan.new_periods.iter().filter(|p| p.kind == Frequency::Annual);
    assert_eq!((plan.new_periods.len(), years.count()), (92, 10));
    let sum: Decimal = plan.values.iter().filter_map(PlannedValue::value).sum();
    assert_eq!(sum.normalize().to_string(), "1238267711.37");
}

#[test]
fn applied_twice_the_file_adds_nothing() {
    let Some(bytes) = read_file() else { return };
    let mut catalogue = real_catalogue();
    let first = plan_import(&bytes, &real_mapping(), &catalogue);
    apply(&mut catalogue, &first);
    let again = plan_import(&bytes, &real_mapping(), &catalogue);
    assert_eq!(again.values, []);
    assert_eq!((again.new_locations.len(), again.new_periods.len()), (0, 0));
    // Every figure was there already, but for the one that only fell with its row.
    assert_eq!((again.errors, again.valid_rows, again.warnings), (40_016, 31, 31));
}

/// What writing a plan leaves in the project.
fn apply(catalogue: &mut Catalogue, plan: &Plan) {
    let location_id = |index: usize| Uuid::from_u64_pair(1, index as u64);
    let period_id = |index: usize| Uuid::from_u64_pair(2, index as u64);
    for (index, location) in plan.new_locations.iter().enumerate() {
        catalogue.locations.push(LocationEntry { id: location_id(index), code: location.code.clone(), active: true });
    }
    for (index, period) in plan.new_periods.iter().enumerate() {
        catalogue.periods.push(PeriodEntry { id: period_id(index), kind: period.kind, start: period.start, end: period.end, open: true });
    }
    for value in &plan.values {
        let period = match plan.period_of(value) {
            PeriodRef::Existing(id) => id,
            PeriodRef::New(index) => period_id(index),
        };
        let location = plan.location_of(value).map(|location| match location {
            LocationRef::Existing(id) => id,
            LocationRef::New(index) => location_id(index),
        });
        catalogue.taken.insert((plan.indicator_of(value), period, location));
    }
}

#[test]
fn the_mapping_of_the_file_is_suggested() {
    let Some(bytes) = read_file() else { return };
    let headers = preview(&bytes).unwrap().headers;
    let codes: Vec<String> = MONTHLY.iter().chain(&ANNUAL).map(|c| (*c).to_owned()).collect();
    let suggested = suggest_mapping(&headers, &codes);
    let expected = Mapping { create_locations: false, create_periods: false, ..real_mapping() };
    assert_eq!(suggested, expected);
}
