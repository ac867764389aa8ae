//! Projects with generated figures: `wells` of `amani-wash` and `clinics` of `baraka-health`.

use rust_decimal::Decimal;

use super::acting;
use super::wash::people;
use crate::access::Cx;
use crate::db::Db;
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};
use crate::projects::disaggregation::{self, SchemeForm};
use crate::projects::entries::{self, Typed, TypedCell};
use crate::projects::framework::NodeForm;
use crate::projects::indicators::{self, IndicatorForm, WhyForm};
use crate::projects::locations::{self, LocationForm};
use crate::projects::reviews::{self, Decision, Selection};
use crate::projects::{self, ProjectForm, framework, periods, targets};

/// Code, title, kind, unit, accumulation, locations, periods, a quarter's target.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const WELLS: [Row; 4] = [
    ("wells_repaired", "Wells repaired and handed over", "number", "wells", "non_cumulative", "sum", "sum", "12"),
    ("people_served", "People with a water point within 500 m", "number", "people", "running_total", "sum", "latest", "18000"),
    (
        "points_working",
        "Water points that work on the day of the visit",
        "percentage",
        "%",
        "non_cumulative",
        "ratio",
        "ratio_of_sums",
        "90",
    ),
    ("committees_trained", "Water committees trained", "number", "committees", "cumulative_sum", "sum", "sum", "24"),
];

const CLINICS: [Row; 3] = [
    ("visits", "Outpatient visits", "number", "visits", "non_cumulative", "sum", "sum", "4500"),
    (
        "fully_immunised",
        "Children under one year who are fully immunised",
        "percentage",
        "%",
        "non_cumulative",
        "ratio",
        "ratio_of_sums",
        "85",
    ),
    ("health_workers", "Community health workers who are active", "number", "people", "running_total", "sum", "latest", "120"),
];

/// Code, name, degrees north and east.
type Place = (&'static str, &'static str, &'static str, &'static str);

const WARDS: [Place; 3] =
    [("KAS", "Kasulu", "-4.5767", "30.1028"), ("KIB", "Kibondo", "-3.5861", "30.7204"), ("KAK", "Kakonko", "-3.2822", "30.9631")];
const DISTRICTS: [Place; 3] =
    [("LIR", "Lira", "2.2350", "32.9097"), ("GUL", "Gulu", "2.7747", "32.2990"), ("KIT", "Kitgum", "3.2783", "32.8867")];

struct Project<'a> {
    domain: &'a str,
    code: &'a str,
    title: &'a str,
    summary: &'a str,
    rows: &'a [Row],
    places: &'a [Place],
}

pub(super) async fn wells(db: &Db, owner: &mut sqlx::PgConnection) -> Result<()> {
    let summary = "Repairing wells and training those who look after them. All figures are generated for the demonstration.";
    let rows = &WELLS[..];
    let project = Project { domain: "amani.test", code: "wells", title: "Wells that last", summary, rows, places: &WARDS };
    generate(db, owner, &project).await
}

pub(super) async fn load(db: &Db, owner: &mut sqlx::PgConnection) -> Result<()> {
    let summary = "Primary care in three districts. All figures are generated for the demonstration.";
    let rows = &CLINICS[..];
    let project = Project { domain: "baraka.test", code: "clinics", title: "Clinics within reach", summary, rows, places: &DISTRICTS };
    generate(db, owner, &project).await
}

async fn generate(db: &Db, owner: &mut sqlx::PgConnection, p: &Project<'_>) -> Result<()> {
    let admin = acting(db, owner, &format!("admin@{}", p.domain)).await?;
    if projects::find(&admin, p.code).await.is_ok() {
        return Ok(());
    }
    let form = ProjectForm {
        code: p.code.into(),
        title: p.title.into(),
        summary: p.summary.into(),
        start_date: "2025-01-01".into(),
        end_date: "2027-12-31".into(),
        template: String::new(),
    };
    let id = projects::create(&admin, &form, true).await?;
    let goal = framework::add(&admin, id, None, &NodeForm::titled("Healthier families")).await?;
    let outcome = framework::add(&admin, id, Some(goal), &NodeForm::titled("Services that people can reach and trust")).await?;
    let mut added = Vec::new();
    for row in p.rows {
        added.push((indicators::add(&admin, id, &indicator(row, &outcome.to_string())).await?, row));
    }
    let mut places = Vec::new();
    for (code, name, lat, lon) in p.places {
        places.push(locations::add(&admin, id, LocationForm { code, name, lat, lon }).await?);
    }
    periods::make(&admin, id, "quarterly", "2025-01-01", "2026-12-31").await?;
    targets(&admin, id, &added).await?;
    for (indicator, _) in added.iter().filter(|(_, row)| is_by_sex(row)) {
        let by = SchemeForm { dimensions: ["sex".into(), String::new(), String::new()], ..SchemeForm::default() };
        disaggregation::set(&admin, id, *indicator, &by, &WhyForm::default()).await?;
    }
    people(&admin, owner, id, p.domain).await?;
    let field = acting(db, owner, &format!("field@{}", p.domain)).await?;
    let meal = acting(db, owner, &format!("meal@{}", p.domain)).await?;
    figures(&field, &meal, id, &added, &places).await
}

fn indicator(row: &Row, node: &str) -> IndicatorForm {
    let (code, title, kind, unit, accumulation, agg_locations, agg_periods, target) = *row;
    IndicatorForm {
        code: code.into(),
        title: title.into(),
        definition: String::new(),
        unit: unit.into(),
        kind: kind.into(),
        direction: "increase".into(),
        accumulation: accumulation.into(),
        agg_locations: agg_locations.into(),
        agg_periods: agg_periods.into(),
        frequency: "quarterly".into(),
        decimals: if kind == "percentage" { "1" } else { "0" }.into(),
        baseline_value: "0".into(),
        eop_target: if agg_periods == "sum" { String::new() } else { target.into() },
        result_node_id: node.into(),
        data_source: "Generated".into(),
        ..IndicatorForm::default()
    }
}

async fn targets(admin: &Cx, project: ProjectId, added: &[(IndicatorId, &Row)]) -> Result<()> {
    let all = periods::list(admin, project).await?;
    for (indicator, row) in added {
        let step: Decimal = row.7.parse().unwrap_or_default();
        let rises = row.4 == "cumulative_sum";
        let targets: Vec<_> = all
            .iter()
            .enumerate()
            .map(|(i, period)| targets::Typed {
                period: period.id,
                was: None,
                value: if rises { (step * Decimal::from(i + 1)).to_string() } else { step.to_string() },
            })
            .collect();
        targets::set_targets(admin, project, *indicator, &targets, &WhyForm::default()).await?;
    }
    Ok(())
}

/// Figures of every quarter up to the third of 2026: the field officer submits, the MEAL officer verifies all but the
/// last, so that there is something to review.
async fn figures(field: &Cx, meal: &Cx, project: ProjectId, added: &[(IndicatorId, &Row)], places: &[LocationId]) -> Result<()> {
    let all = periods::list(meal, project).await?;
    let reported = &all[..all.len().min(7)];
    for (quarter, period) in reported.iter().enumerate() {
        for (place, location) in places.iter().enumerate() {
            let typed: Vec<Typed> = added.iter().enumerate().map(|(i, (id, row))| typed(*id, row, i, quarter, place)).collect();
            entries::save(field, project, period.id, Some(*location), &typed, true, "").await?;
        }
        if quarter + 1 < reported.len() {
            reviews::decide(meal, project, &Selection::All(Some(period.id)), &Decision::Verify).await?;
        }
    }
    Ok(())
}

/// Whether an indicator of the demonstration is broken down by sex: those that count people whom the work reaches.
fn is_by_sex(row: &Row) -> bool {
    matches!(row.0, "people_served" | "visits")
}

/// A figure by sex: a few more women than men, and of some it was not written down.
fn by_sex(value: usize, place: usize) -> Vec<TypedCell> {
    let (female, unknown) = (value * (53 + place) / 100, value * (place + 1) / 200);
    [("female", female), ("male", value - female - unknown), ("other", 0), ("unknown", unknown)]
        .map(|(code, n)| TypedCell { key: format!("sex={code}"), value: n.to_string(), ..TypedCell::default() })
        .to_vec()
}

/// A figure that wavers around a third of the target, the same every time.
fn typed(id: IndicatorId, row: &Row, indicator: usize, quarter: usize, place: usize) -> Typed {
    let target: usize = row.7.parse().unwrap_or(0);
    let waver = (indicator * 37 + quarter * 17 + place * 29) % 40 + 78;
    let mut typed = Typed { indicator: id.to_string(), ..Typed::default() };
    if row.2 == "percentage" {
        let den = 120 + place * 35 + quarter * 4;
        typed.num = (den * target * waver / 10_000).min(den).to_string();
        typed.den = den.to_string();
    } else {
        let value = (target * waver * (quarter + 8) / 12 / 300).max(1);
        typed.value = value.to_string();
        if is_by_sex(row) {
            typed.cells = by_sex(value, place);
        }
    }
    typed
}
