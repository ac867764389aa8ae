//! The budget: lines, what is planned and spent by quarter, and two people who change one line.

use http::StatusCode;
use uuid::Uuid;

use crate::stage::{Browser, Page, Stage, signed_in};

const BUDGET: &str = "/o/amani-wash/projects/wells/budget";

/// A project manager with a line of the goal.
async fn with_a_line(stage: &Stage) -> (Browser, String, String) {
    let mut pm = signed_in(stage, "pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    let node: Uuid = sqlx::query_scalar(
        "select n.id from app.result_node n join app.project p on p.id = n.project_id where p.code = 'wells' and n.number = '1'",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let node = node.to_string();
    let fields =
        [("org", "amani-wash"), ("project", &project), ("code", "A.1"), ("name", "Pumps & <pipes>"), ("node", &node), ("back", BUDGET)];
    assert!(pm.post("/fn/budgets/add", &fields).await.location.contains("notice=budget-line-added"));
    assert!(pm.post("/fn/budgets/add", &fields).await.location.contains("flash="), "the code is taken");
    let line: Uuid = sqlx::query_scalar("select id from app.budget_line").fetch_one(&mut stage.superuser().await).await.unwrap();
    (pm, project, line.to_string())
}

async fn save(browser: &mut Browser, project: &str, line: &str, version: &str, amounts: &[(&str, &str, &str)]) -> Page {
    let mut fields = vec![("org".to_owned(), "amani-wash".to_owned()), ("project".to_owned(), project.to_owned())];
    fields.push((format!("version-{line}"), version.to_owned()));
    fields.push(("back".to_owned(), format!("{BUDGET}?year=2025")));
    for (what, quarter, value) in amounts {
        fields.push((format!("{what}-{line}-{quarter}"), (*value).to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/fn/budgets/save", &fields).await
}

#[tokio::test]
async fn what_was_spent_stands_beside_what_was_achieved() {
    let stage = Stage::new().await;
    let (mut pm, project, line) = with_a_line(&stage).await;
    let amounts = [
        ("planned", "2025-01-01", "1000"),
        ("spent", "2025-01-01", "800.5"),
        ("planned", "2025-04-01", "1000"),
        ("spent", "2025-04-01", ""),
    ];
    assert!(save(&mut pm, &project, &line, "1", &amounts).await.location.contains("notice=saved"));
    let page = pm.get(&format!("{BUDGET}?year=2025")).await.body;
    assert!(page.contains("value=\"800.5\"") && page.contains("40.0 %") && page.contains("Pumps &amp; &lt;pipes"), "{page}");
    // who reads sees the same without a field, and the colours of the result
    let viewer = signed_in(&stage, "viewer@amani.test").await.get(&format!("{BUDGET}?year=2025")).await.body;
    assert!(viewer.contains("801") && !viewer.contains("name=\"planned-") && viewer.contains("bar-parts"), "{viewer}");
    assert!(viewer.contains("1,200"), "what is left of the whole project: {viewer}");
    assert_eq!(stage.count("audit.event where action = 'budget.saved'").await, 1);
    for email in ["field@amani.test", "safeguarding@amani.test"] {
        assert_eq!(signed_in(&stage, email).await.get(BUDGET).await.status, StatusCode::FORBIDDEN, "{email}");
    }
}

#[tokio::test]
async fn amounts_are_kept_all_or_none() {
    let stage = Stage::new().await;
    let (mut pm, project, line) = with_a_line(&stage).await;
    for bad in [("planned", "2025-04-01", "-1"), ("planned", "2025-04-01", "a lot"), ("spent", "2025-05-01", "1")] {
        let page = save(&mut pm, &project, &line, "1", &[("planned", "2025-01-01", "5"), bad]).await;
        assert!(page.location.contains("flash="), "{bad:?}: {} {}", page.status, page.location);
        assert_eq!(stage.count("app.budget_amount").await, 0, "{bad:?}");
    }
    for (name, value) in [("planned-x-2025-01-01", "5"), ("version-x", "1")] {
        let page = pm.post("/fn/budgets/save", &[("org", "amani-wash"), ("project", &project), (name, value)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{name}");
    }
    let foreign = stage.project("meal@amani.test", "camps").await.to_string();
    let page = save(&mut pm, &foreign, &line, "1", &[("planned", "2025-01-01", "5")]).await;
    assert!(page.status == StatusCode::NOT_FOUND || page.location.contains("flash="), "a line of another project: {}", page.status);
    assert_eq!(stage.count("app.budget_amount").await, 0);
}

#[tokio::test]
async fn two_people_who_change_one_line_see_each_other() {
    let stage = Stage::new().await;
    let (mut pm, project, line) = with_a_line(&stage).await;
    let mut other = signed_in(&stage, "pm@amani.test").await;
    assert!(save(&mut pm, &project, &line, "1", &[("planned", "2025-01-01", "100")]).await.location.contains("notice=saved"));
    let late = save(&mut other, &project, &line, "1", &[("planned", "2025-01-01", "200")]).await;
    let page = other.get(&late.location).await.body;
    assert!(page.contains("value=\"200\"") && page.contains("now 100"), "{}: {page}", late.location);
    // a line that was not touched gives way to the colleague's, and holds nobody up
    let mut fields = vec![("org".to_owned(), "amani-wash".to_owned()), ("project".to_owned(), project.clone())];
    fields.extend([(format!("version-{line}"), "1".to_owned()), (format!("was-{line}"), "|".to_owned())]);
    fields.extend([(format!("planned-{line}-2025-01-01"), String::new()), (format!("spent-{line}-2025-01-01"), String::new())]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(other.post("/fn/budgets/save", &fields).await.location.contains("notice=saved"));
    let kept: rust_decimal::Decimal =
        sqlx::query_scalar("select planned from app.budget_amount").fetch_one(&mut stage.superuser().await).await.unwrap();
    assert_eq!(kept, 100.into());
    // what reads as it stands is no change, whatever version it was made from
    assert!(save(&mut other, &project, &line, "1", &[("planned", "2025-01-01", "100")]).await.location.contains("notice=saved"));
    assert!(save(&mut other, &project, &line, "2", &[("planned", "2025-01-01", "200")]).await.location.contains("notice=saved"));
    let remove = |version: &str| {
        let chosen = format!("{line} {version}");
        [("org", "amani-wash".to_owned()), ("project", project.clone()), ("line", chosen), ("confirm", "A.1".to_owned())]
    };
    for (version, gone) in [("1", false), ("3", true)] {
        let fields = remove(version);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(pm.post("/fn/budgets/remove", &fields).await.location.contains("notice="), gone, "{version}");
    }
    assert!(!pm.get(BUDGET).await.body.contains("Pumps"));
}
