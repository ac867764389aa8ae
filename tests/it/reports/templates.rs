//! Templates of reports: kept by the organisation, taken along by a report that begins from one.

use server::projects::reports::{self, ReportForm};
use uuid::Uuid;

use super::REPORTS;
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

#[tokio::test]
async fn templates_are_made_changed_and_begun_from() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let new = [
        ("org", "amani-wash"),
        ("name", "For the agency"),
        ("for_donor", "An agency"),
        ("locale", "en"),
        ("template", "shipped:short"),
        ("back", "/o/amani-wash/report-templates"),
    ];
    let made = meal.post("/fn/report-templates/add", &new).await;
    assert!(made.location.contains("notice=report-template-added"), "{}", made.location);
    assert!(meal.post("/fn/report-templates/add", &new).await.location.contains("flash="), "its name is taken");
    let id = one::<Uuid>(&stage, "select id from app.report_template").await.to_string();
    let page = format!("/o/amani-wash/report-templates/{id}");
    let body = meal.get(&page).await.body;
    assert!(body.contains("Progress by result") && body.contains("name=\"title-5\""), "{body}");
    let fields = [
        ("org", "amani-wash"),
        ("report_template", id.as_str()),
        ("row_version", "1"),
        ("name", "For the agency"),
        ("for_donor", ""),
        ("locale", "en"),
        ("back", page.as_str()),
        ("key-0", "summary"),
        ("title-0", "In short"),
        ("block-0", "none"),
        ("place-0", "2"),
        ("title-1", ""),
        ("block-1", "none"),
        ("title-3", "Figures"),
        ("block-3", "tracking"),
        ("place-3", "1"),
        ("required-3", "yes"),
    ];
    assert!(meal.post("/fn/report-templates/update", &fields).await.location.contains("notice=saved"));
    let late = meal.post("/fn/report-templates/update", &fields).await;
    let shown = meal.get(late.location.split('#').next().unwrap()).await.body;
    assert!(shown.contains("class=\"notice warning\"") && shown.contains("In short"), "{shown}");
    let mut wrong = fields.to_vec();
    wrong.retain(|(name, _)| !matches!(*name, "place-3" | "row_version"));
    wrong.extend([("place-3", "first"), ("row_version", "2")]);
    let back = meal.post("/fn/report-templates/update", &wrong).await;
    let shown = meal.get(back.location.split('#').next().unwrap()).await.body;
    assert!(shown.contains("value=\"first\"") && shown.contains("This is not a figure."), "{shown}");
    // a report takes its sections along
    let (pm, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let form = ReportForm { title: "R".into(), span: "2025".into(), locale: "en".into(), template: id.clone() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    let outline = reports::find(&pm, project, report).await.unwrap().outline;
    let found: Vec<_> = outline.iter().map(|section| (section.title.as_str(), section.block.as_str(), section.required)).collect();
    assert_eq!(found, [("Figures", "tracking", true), ("In short", "none", false)]);
    // withdrawn, it is offered no more
    let archive =
        [("org", "amani-wash"), ("report_template", id.as_str()), ("archived", "yes"), ("back", "/o/amani-wash/report-templates")];
    assert!(meal.post("/fn/report-templates/archive", &archive).await.location.contains("notice=saved"));
    for template in [id.as_str(), "shipped:none", "nonsense"] {
        let form = ReportForm { template: template.into(), ..form.clone() };
        assert!(reports::create(&pm, project, &form).await.is_err(), "{template}");
    }
    assert!(!signed_in(&stage, "pm@amani.test").await.get(REPORTS).await.body.contains("For the agency"));
}
