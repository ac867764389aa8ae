//! `amani-wash`: project `camps` with the eighteen indicators of camp monitoring, empty and ready for a file; and
//! project `wells` with generated figures, so that there is something to look at.

use super::acting;
use crate::access::{Cx, Role};
use crate::db::Db;
use crate::kernel::error::Result;
use crate::kernel::ids::{MembershipId, ProjectId};
use crate::projects::framework::NodeForm;
use crate::projects::indicators::{self, IndicatorForm};
use crate::projects::{self, ProjectForm, framework, members};

/// Code, title, unit, direction, standard, decimals. Standards: UNHCR WASH Manual, post-emergency phase.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Reported each month.
const MONTHLY: [Row; 10] = [
    ("persons_per_handpump", "Persons per usable handpump, well or spring", "persons", "decrease", "250", "0"),
    ("persons_per_tap", "Persons per usable water tap", "persons", "decrease", "100", "0"),
    ("liters_per_person_per_day", "Average litres of potable water per person and day", "l", "increase", "20", "1"),
    ("non_chlorinated_0_cfu", "Water quality tests at non-chlorinated points with 0 CFU per 100 ml", "%", "increase", "95", "1"),
    (
        "chlorinated_safe_water_quality",
        "Water quality tests at chlorinated points with safe chlorine and turbidity",
        "%",
        "increase",
        "95",
        "1",
    ),
    ("households_with_toilet", "Households with a household toilet or latrine", "%", "increase", "85", "1"),
    ("persons_per_toilet", "Persons per toilet or latrine", "persons", "decrease", "20", "1"),
    ("persons_per_shower", "Persons per bath shower", "persons", "decrease", "50", "1"),
    ("persons_per_hygiene_promoter", "Persons per hygiene promoter", "persons", "decrease", "1000", "0"),
    ("refugee_pop", "Refugee population", "persons", "none", "", "0"),
];

/// Reported each year, from household surveys.
const ANNUAL: [Row; 8] = [
    ("liters_per_person_household", "Average litres of water collected per person at household level", "l", "increase", "20", "1"),
    ("potable_water_storage_10l", "Households with at least 10 litres of water storage", "%", "increase", "80", "1"),
    ("protected_water_sources", "Households collecting water from protected or treated sources", "%", "increase", "95", "1"),
    ("menstrual_hygiene_satisfaction", "Women of reproductive age satisfied with menstrual hygiene facilities", "%", "increase", "90", "1"),
    ("household_toilet", "Households with a latrine", "%", "increase", "85", "1"),
    ("defecate_in_toilet", "Households defecating in a toilet", "%", "increase", "95", "1"),
    ("access_to_soap", "Households with access to soap", "%", "increase", "90", "1"),
    ("solid_waste_disposal_access", "Households with access to a waste disposal facility", "%", "increase", "90", "1"),
];

pub(super) async fn load(db: &Db, owner: &mut sqlx::PgConnection) -> Result<()> {
    let admin = acting(db, owner, "admin@amani.test").await?;
    if projects::find(&admin, "camps").await.is_ok() {
        return Ok(());
    }
    let camps = ProjectForm {
        code: "camps".into(),
        title: "Water and sanitation in refugee camps".into(),
        summary: "Eighteen indicators of camp monitoring, with the published standards as targets. Ready for a file of reports: \
                  averages in per cent come without numerator and denominator, so they are combined unweighted."
            .into(),
        start_date: "2013-01-01".into(),
        end_date: "2026-12-31".into(),
        template: String::new(),
    };
    let project = projects::create(&admin, &camps, false).await?;
    let goal = framework::add(&admin, project, None, &NodeForm::titled("Refugees live in dignity and health")).await?;
    let water = framework::add(&admin, project, Some(goal), &NodeForm::titled("Enough safe water for every person")).await?;
    let sanitation = framework::add(&admin, project, Some(goal), &NodeForm::titled("Safe sanitation and hygiene")).await?;
    for (frequency, rows) in [("monthly", &MONTHLY[..]), ("annual", &ANNUAL[..])] {
        for row in rows {
            let is_water = ["handpump", "tap", "liters", "chlorinated", "storage", "water_sources"].iter().any(|w| row.0.contains(w));
            let node = if is_water { water } else { sanitation };
            indicators::add(&admin, project, &form(row, frequency, &node.to_string())).await?;
        }
    }
    people(&admin, owner, project, "amani.test").await?;
    super::health::wells(db, owner).await
}

fn form(row: &Row, frequency: &str, node: &str) -> IndicatorForm {
    let (code, title, unit, direction, standard, decimals) = *row;
    let population = code == "refugee_pop";
    IndicatorForm {
        code: code.into(),
        title: title.into(),
        definition: String::new(),
        unit: unit.into(),
        kind: if population { "number" } else { "average" }.into(),
        direction: direction.into(),
        accumulation: "non_cumulative".into(),
        agg_locations: if population { "sum" } else { "avg" }.into(),
        agg_periods: if population { "latest" } else { "avg" }.into(),
        frequency: frequency.into(),
        decimals: decimals.into(),
        baseline_value: String::new(),
        eop_target: standard.into(),
        result_node_id: node.into(),
        data_source: if frequency == "annual" { "Household survey" } else { "Monthly report card" }.into(),
        ..IndicatorForm::default()
    }
}

/// Everybody of the organisation works in the project, in their own role.
pub(super) async fn people(admin: &Cx, owner: &mut sqlx::PgConnection, project: ProjectId, domain: &str) -> Result<()> {
    for (local, role) in
        [("pm", Role::ProjectManager), ("meal", Role::MealOfficer), ("field", Role::FieldOfficer), ("viewer", Role::Viewer)]
    {
        let member = membership(owner, &format!("{local}@{domain}")).await?;
        members::assign(admin, project, member, role, &[]).await?;
    }
    Ok(())
}

async fn membership(owner: &mut sqlx::PgConnection, email: &str) -> Result<MembershipId> {
    let actor = crate::identity::authenticate::on_command_line(owner, email).await?;
    actor.standing().map(|s| s.membership).ok_or(crate::kernel::error::Error::NotFound)
}
