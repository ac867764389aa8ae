//! The results framework: order, levels, approval, revision, and two people who change the same thing.

use http::StatusCode;
use uuid::Uuid;

use crate::isolation::try_it;
use crate::programmes::{enter_as, one};
use crate::stage::{Browser, Page, Stage, signed_in};

const ORG: (&str, &str) = ("org", "amani-wash");
pub const EDITOR: &str = "/o/amani-wash/projects/wells/framework";
const BACK: (&str, &str) = ("back", EDITOR);

/// Posts one of the forms of the framework of `wells`.
pub async fn send(stage: &Stage, browser: &mut Browser, form: &str, fields: &[(&str, &str)]) -> Page {
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    let mut all = vec![ORG, ("project", &project)];
    all.extend_from_slice(fields);
    if !fields.iter().any(|(name, _)| *name == "back") {
        all.push(BACK);
    }
    browser.post(&format!("/fn/{form}"), &all).await
}

/// What the editor says that would be approved.
async fn shown(browser: &mut Browser) -> String {
    let body = browser.get(EDITOR).await.body;
    body.split("name=\"shown\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

pub async fn approve(stage: &Stage, browser: &mut Browser, reason: &str) {
    let shown = shown(browser).await;
    taken(stage, browser, "framework/approve", &[("shown", &shown), ("reason", reason)]).await;
}

pub async fn taken(stage: &Stage, browser: &mut Browser, form: &str, fields: &[(&str, &str)]) {
    let page = send(stage, browser, form, fields).await;
    assert!(
        page.status == StatusCode::SEE_OTHER && !page.location.contains("flash="),
        "{form} {fields:?}: {} {}",
        page.status,
        page.location
    );
}

/// The page on which a refused form stands again.
pub async fn refused(stage: &Stage, browser: &mut Browser, form: &str, fields: &[(&str, &str)], why: &str) -> String {
    let page = send(stage, browser, form, fields).await;
    assert!(page.location.contains("flash="), "{form} {fields:?}: {} {}", page.status, page.location);
    let body = browser.get(page.location.split('#').next().unwrap_or_default()).await.body;
    let main = body.split("<main").nth(1).unwrap_or_default();
    assert!(body.contains(why), "{form}: {why} is not said: {}", main.split("</main").next().unwrap_or_default());
    body
}

pub async fn node(stage: &Stage, title: &str) -> String {
    one::<Uuid>(stage, &format!("select id from app.result_node where title = '{title}' and deleted_at is null")).await.to_string()
}

/// Numbers and titles of the framework of `wells`, in order.
pub async fn tree(stage: &Stage) -> Vec<String> {
    sqlx::query_scalar(
        "select n.number || ' ' || n.title from app.result_node n join app.project p on p.id = n.project_id
         where p.code = 'wells' and n.deleted_at is null order by string_to_array(n.number, '.')::int[]",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn results_are_ordered_moved_and_taken_out() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let before = tree(&stage).await;
    assert_eq!(before.len(), 2, "{before:?}");
    let goal = node(&stage, "Healthier families").await;
    for title in ["Second", "Third"] {
        taken(&stage, &mut pm, "framework/add", &[("parent", &goal), ("title", title), ("assumptions", "It rains"), ("risks", "")]).await;
    }
    let (second, third) = (node(&stage, "Second").await, node(&stage, "Third").await);
    taken(&stage, &mut pm, "framework/add", &[("parent", &third), ("title", "Beneath the third")]).await;
    taken(&stage, &mut pm, "framework/shift", &[("node", &third), ("direction", "up")]).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Third", "1.2.1 Beneath the third", "1.3 Second"]);
    // the first does not go further up, and nothing is written
    taken(&stage, &mut pm, "framework/shift", &[("node", &goal), ("direction", "up")]).await;
    taken(&stage, &mut pm, "framework/transfer", &[("node", &third), ("parent", &goal)]).await;
    let below = node(&stage, "Beneath the third").await;
    taken(&stage, &mut pm, "framework/transfer", &[("node", &below), ("parent", &second)]).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Third", "1.3 Second", "1.3.1 Beneath the third"]);
    let at_second = format!("{EDITOR}/results/{second}");
    // a parent of another level would make a circle, or a hole
    refused(
        &stage,
        &mut pm,
        "framework/transfer",
        &[("back", &at_second), ("node", &second), ("parent", &below)],
        "Please choose one of the options",
    )
    .await;
    let out = [("back", at_second.as_str()), ("node", &second), ("confirm", "1.3")];
    refused(&stage, &mut pm, "framework/remove", &out, "Something hangs on this result").await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &third), ("confirm", "1.2")]).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Second", "1.2.1 Beneath the third"]);
    let moved: i64 = stage.count("audit.event where action = 'framework.node_moved'").await;
    assert_eq!(moved, 2);
    // of another project, nothing is found
    let foreign: Uuid =
        one(&stage, "select n.id from app.result_node n join app.project p on p.id = n.project_id where p.code <> 'wells' limit 1").await;
    let foreign = foreign.to_string();
    let page = send(&stage, &mut pm, "framework/change", &[("node", &foreign), ("title", "Mine"), ("row_version", "1")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn levels_are_a_donors_or_ones_own() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let version: i32 = one(&stage, "select row_version from app.project where code = 'wells'").await;
    let version = version.to_string();
    let set = |template, own, version| [("framework_template", template), ("framework_levels", own), ("row_version", version)];
    refused(&stage, &mut pm, "framework/set-levels", &set("none_of_them", "", &version), "Please choose one of the options").await;
    refused(&stage, &mut pm, "framework/set-levels", &set("fcdo", "Only one", &version), "Results stand deeper than that").await;
    taken(&stage, &mut pm, "framework/set-levels", &set("usaid_2", "Vision\nPillar\nResult", &version)).await;
    let body = pm.get("/o/amani-wash/projects/wells").await.body;
    assert!(body.contains("Vision") && body.contains("Pillar") && !body.contains(">Goal<"), "{body}");
    let body = refused(&stage, &mut pm, "framework/set-levels", &set("ec", "", &version), "Somebody else changed this meanwhile").await;
    assert!(body.contains("European Commission") && body.contains("USAID results framework"), "both stand there: {body}");
}

#[tokio::test]
async fn an_approved_framework_changes_by_a_revision_only() {
    let stage = Stage::new().await;
    let (mut pm, mut meal) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let goal = node(&stage, "Healthier families").await;
    let page = send(&stage, &mut meal, "framework/approve", &[("reason", "as agreed with the donor")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "who proposes does not approve");
    assert_eq!(stage.count("audit.event where action = 'permission.denied'").await, 1, "and the attempt stands in the log");
    refused(&stage, &mut pm, "framework/revise", &[("reason", "as agreed")], "It can be changed already").await;
    refused(&stage, &mut pm, "framework/approve", &[("reason", "")], "Reason").await;
    // an approval is of what was seen
    let seen = shown(&mut pm).await;
    taken(&stage, &mut meal, "framework/add", &[("parent", &goal), ("title", "Slipped in")]).await;
    refused(&stage, &mut pm, "framework/approve", &[("shown", &seen), ("reason", "as agreed")], "compare it with what stands there now")
        .await;
    let slipped = node(&stage, "Slipped in").await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &slipped), ("confirm", "1.2")]).await;
    let gone = format!("{EDITOR}/results/{slipped}");
    let fields = [("back", gone.as_str()), ("node", &slipped), ("title", "A long thought"), ("row_version", "1")];
    let body = refused(&stage, &mut meal, "framework/change", &fields, "A colleague took this result out").await;
    assert!(body.contains("A long thought"), "what was typed is there to be copied");
    approve(&stage, &mut pm, "as agreed with the donor").await;
    refused(&stage, &mut pm, "framework/approve", &[("reason", "once more")], "It is approved already").await;

    // nothing changes, whatever way it comes
    let indicator: Uuid = one(&stage, "select id from app.indicator where code = 'wells_repaired'").await;
    let indicator = indicator.to_string();
    let (why, beneath) = ("The framework is approved", format!("{EDITOR}/results/{goal}"));
    refused(&stage, &mut pm, "framework/add", &[("back", "/o/amani-wash/projects/wells"), ("parent", &goal), ("title", "Another")], why)
        .await;
    refused(&stage, &mut pm, "framework/change", &[("back", &beneath), ("node", &goal), ("title", "Another"), ("row_version", "1")], why)
        .await;
    refused(&stage, &mut pm, "framework/shift", &[("node", &goal), ("direction", "down")], why).await;
    let sheet = server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap();
    let target = format!("target-{}", sheet.periods[0].id);
    refused(
        &stage,
        &mut pm,
        "indicators/set_targets",
        &[("back", "/o/amani-wash/projects/wells/indicators/wells_repaired"), ("indicator", &indicator), (&target, "7")],
        why,
    )
    .await;
    let body = pm.get("/o/amani-wash/projects/wells/indicators/wells_repaired").await.body;
    assert!(!body.contains(&target), "no field for what cannot be changed");
    let mut door = enter_as(&stage, "pm@amani.test", "").await;
    for sql in [
        "update app.result_node set title = 'x'".to_owned(),
        "update app.indicator set title = 'x'".to_owned(),
        "delete from app.target".to_owned(),
        "update app.target set value = value + 1".to_owned(),
        format!("update app.indicator set deleted_at = now() where id = '{indicator}'"),
    ] {
        let table_of_wells = format!(
            "{sql}{} project_id = (select id from app.project where code = 'wells')",
            if sql.contains("where") { " and" } else { " where" }
        );
        assert_eq!(try_it(&mut door, table_of_wells.clone()).await, Err("KP001".to_owned()), "{table_of_wells}");
    }
    for sql in [
        "update app.project set framework_levels = '{Vision,Result}' where code = 'wells'",
        "update app.project set framework_status = 'draft' where code = 'wells'",
        "update app.project set framework_status = 'under_revision' where code = 'wells'",
        "update app.project set framework_status = 'approved' where code = 'camps'",
    ] {
        let done = try_it(&mut door, sql.to_owned()).await;
        assert!(matches!(done.as_ref().map_err(String::as_str), Err("KP001" | "23514")), "{sql}: {done:?}");
    }
    for sql in ["update app.framework_version set reason = 'another'", "delete from app.framework_version"] {
        assert_eq!(try_it(&mut door, sql.to_owned()).await, Err("42501".to_owned()), "{sql}");
    }
    drop(door);

    // a MEAL officer begins the revision, and what it changes is shown
    taken(&stage, &mut meal, "framework/revise", &[("reason", "the rains came late")]).await;
    let version: i32 = one(&stage, &format!("select row_version from app.result_node where id = '{goal}'")).await;
    let version = version.to_string();
    taken(&stage, &mut meal, "framework/change", &[("node", &goal), ("title", "Families in better health"), ("row_version", &version)])
        .await;
    let on_its_page = ("back", "/o/amani-wash/projects/wells/indicators/wells_repaired");
    let new_target = [on_its_page, ("indicator", indicator.as_str()), (target.as_str(), "7771")];
    let body = refused(&stage, &mut meal, "indicators/set_targets", &new_target, "Kind of reason").await;
    assert!(body.contains("7771"), "what was approved changes for a reason only, and what was typed is kept");
    let because = [("reason", "half a year of floods"), ("reason_codes-change_in_context", "yes")];
    taken(&stage, &mut meal, "indicators/set_targets", &[&new_target[..], &because[..]].concat()).await;
    let changes = meal.get(&format!("{EDITOR}/changes")).await.body;
    for text in ["Changes since version 1", "Healthier families", "Families in better health", "7771"] {
        assert!(changes.contains(text), "{text}: {changes}");
    }
    let sheet = meal.get(on_its_page.1).await.body;
    for text in ["Changed after approval", "half a year of floods", "change in context", "7771", "not approved yet"] {
        assert!(sheet.contains(text), "{text}: {sheet}");
    }
    approve(&stage, &mut pm, "the donor agreed to the delay").await;
    assert!(meal.get(on_its_page.1).await.body.contains("approved with version 2"));
    let (first, second) = (pm.get(&format!("{EDITOR}/versions/1")).await.body, pm.get(&format!("{EDITOR}/versions/2")).await.body);
    assert!(first.contains("Healthier families") && !first.contains("Families in better health"), "{first}");
    assert!(
        second.contains("Changes since version 1")
            && second.contains("7771")
            && second.contains("the donor agreed")
            && second.contains("the rains came late"),
        "{second}"
    );
    assert_eq!(pm.get(&format!("{EDITOR}/versions/3")).await.status, StatusCode::NOT_FOUND);
    let acts: Vec<String> =
        sqlx::query_scalar("select action from audit.event where kind = 'act' and action like 'framework.%' order by at")
            .fetch_all(&mut stage.superuser().await)
            .await
            .unwrap();
    assert_eq!(acts[acts.len() - 4..], ["framework.approved", "framework.revision_begun", "framework.node_changed", "framework.approved"]);
    let log = pm.get("/o/amani-wash/audit?action=framework.").await.body;
    assert!(log.contains("Approved the framework") && log.contains("Began a revision"), "{log}");
}

#[tokio::test]
async fn two_people_who_change_one_thing_lose_neither_text() {
    let stage = Stage::new().await;
    let (mut pm, mut meal) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let goal = node(&stage, "Healthier families").await;
    let (page, project) = (format!("{EDITOR}/results/{goal}"), stage.project("pm@amani.test", "wells").await.to_string());
    let version = |body: &str| {
        let value = body.split("name=\"row_version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        value.unwrap_or_default().to_owned()
    };
    let shown = version(&pm.get(&page).await.body);
    let change = |title, version| {
        [ORG, ("back", page.as_str()), ("project", project.as_str()), ("node", goal.as_str()), ("title", title), ("row_version", version)]
    };
    assert!(meal.post("/fn/framework/change", &change("Theirs", shown.as_str())).await.location.contains("notice=saved"));
    let answer = pm.post("/fn/framework/change", &change("Mine", shown.as_str())).await.location;
    assert!(answer.contains("flash="), "{answer}");
    let body = pm.get(answer.split('#').next().unwrap_or_default()).await.body;
    assert!(body.contains("Stands there now") && body.contains("Theirs") && body.contains("value=\"Mine\""), "{body}");
    let met = format!("audit.event where kind = 'act' and action = 'conflict.met' and entity_id = '{goal}' and project_id = '{project}'");
    assert_eq!(stage.count(&met).await, 1, "that they met stays in the log");
    assert!(pm.get("/o/amani-wash/audit?action=conflict.").await.body.contains("Met a change that a colleague had made meanwhile"));
    let again = version(&body);
    assert_ne!(again, shown);
    assert!(pm.post("/fn/framework/change", &change("Mine", again.as_str())).await.location.contains("notice=saved"));
    assert_eq!(node(&stage, "Mine").await, goal);
    let kept = format!("audit.event where entity_id = '{goal}' and convert_from(canon, 'UTF8') like '%Theirs%'");
    assert!(stage.count(&kept).await > 0, "what was written over stands in the log");
    assert_eq!(stage.count(&met).await, 1, "and putting one in the place of the other is no other conflict");
}
