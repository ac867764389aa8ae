//! Templates of the organisation's own, what a project takes of them, and results that are put at a place.

use http::StatusCode;

use crate::framework::{EDITOR, node, refused, send, taken, tree};
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

const TEMPLATES: &str = "/o/amani-wash/templates";
const WELLS: &str = "/o/amani-wash/projects/wells";

/// A template of two levels, with a row left free between them: the upper one carries no indicators.
fn ours<'a>(name: &'a str, lower: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("back", TEMPLATES),
        ("name", name),
        ("level_en-1", "Vision"),
        ("level_sw-1", "Dira"),
        ("result_type-1", "impact"),
        ("level_en-2", " "),
        ("result_type-2", "outcome"),
        ("allows_indicators-2", "yes"),
        ("level_en-3", lower),
        ("result_type-3", "output"),
        ("allows_indicators-3", "yes"),
    ]
}

/// The only template.
async fn only(stage: &Stage) -> String {
    one::<uuid::Uuid>(stage, "select id from app.framework_template").await.to_string()
}

/// The version of `wells`.
async fn version(stage: &Stage) -> String {
    one::<i32>(stage, "select row_version from app.project where code = 'wells'").await.to_string()
}

/// The levels of a project with what is said of them.
async fn levels(stage: &Stage, code: &str) -> (Vec<String>, Vec<i16>, Vec<bool>) {
    let column = |name: &str| format!("select framework_{name} from app.project where code = '{code}'");
    (one(stage, &column("levels")).await, one(stage, &column("result_types")).await, one(stage, &column("level_indicators")).await)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_project_keeps_the_levels_that_it_took_when_the_template_changes() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let page = meal.get(&format!("{TEMPLATES}?copy=fcdo")).await.body;
    assert!(page.contains("value=\"Impact\"") && page.contains("value=\"Pembejeo\""), "a shipped one in both languages: {page}");
    assert_eq!(meal.get(&format!("{TEMPLATES}?copy=nothing")).await.status, StatusCode::NOT_FOUND);
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let id = only(&stage).await;
    let kept: serde_json::Value = one(&stage, "select levels from app.framework_template").await;
    let vision = serde_json::json!({ "label": { "en": "Vision", "sw": "Dira" }, "iati_result_type": 3, "allow_indicators": false });
    assert_eq!((kept.as_array().map(Vec::len), &kept[0]), (Some(2), &vision), "the row left free is left out");

    // it is offered beside the shipped ones, and copied
    let body = pm.get(EDITOR).await.body;
    assert!(body.contains("Ours: Vision → Fruit") && body.contains("FCDO: Impact"), "{body}");
    let set = |own, version| [("framework_template", id.as_str()), ("framework_levels", own), ("row_version", version)];
    let before = version(&stage).await;
    taken(&stage, &mut pm, "framework/set-levels", &set("", &before)).await;
    let copied = (names(&["Vision | Dira", "Fruit"]), vec![3, 1], vec![false, true]);
    assert_eq!(levels(&stage, "wells").await, copied);
    let body = pm.get(EDITOR).await.body;
    for text in [">Vision<", "no indicators", "output"] {
        assert!(body.contains(text), "{text}: {body}");
    }
    assert!(!body.contains(">Goal<"), "{body}");
    // other names beside a template would lose one of the two
    let now = version(&stage).await;
    refused(&stage, &mut pm, "framework/set-levels", &set("Other\nNames", &now), "wrote other names too").await;

    // the template changes, and the project does not
    let at = format!("{TEMPLATES}/{id}");
    let change = |lower, version| {
        let mut fields = ours("Ours", lower);
        fields[0] = ("back", at.as_str());
        fields.extend([("template", id.as_str()), ("row_version", version)]);
        fields
    };
    taken(&stage, &mut meal, "templates/update", &change("Harvest", "1")).await;
    assert!(meal.get(TEMPLATES).await.body.contains("Harvest"));
    assert_eq!(levels(&stage, "wells").await, copied);
    // whoever saved later sees both
    let body = refused(&stage, &mut meal, "templates/update", &change("Crop", "1"), "Somebody else changed this meanwhile").await;
    assert!(body.contains("Harvest") && body.contains("value=\"Crop\""), "{body}");
    taken(&stage, &mut meal, "templates/update", &change("Crop", "2")).await;

    // offered no more, it cannot be taken; offered again, it can
    let archive = |archived| [("back", TEMPLATES), ("template", id.as_str()), ("archived", archived)];
    taken(&stage, &mut meal, "templates/archive", &archive("yes")).await;
    assert!(meal.get(TEMPLATES).await.body.contains("no longer offered"));
    assert!(!pm.get(EDITOR).await.body.contains("Ours: Vision"));
    refused(&stage, &mut pm, "framework/set-levels", &set("", &now), "Please choose one of the options").await;
    taken(&stage, &mut meal, "templates/archive", &archive("no")).await;
    // names that are changed by hand keep what is said of their places
    let by_hand = [("framework_template", "ec"), ("framework_levels", "Dream\nFruit\nSeed"), ("row_version", now.as_str())];
    taken(&stage, &mut pm, "framework/set-levels", &by_hand).await;
    assert_eq!(levels(&stage, "wells").await, (names(&["Dream", "Fruit", "Seed"]), vec![3, 1], vec![false, true]));
    let acts = "audit.event where kind = 'act' and action like 'library.template_%'";
    assert_eq!(stage.count(acts).await, 5, "made, changed twice, archived and offered again");
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let body = refused(&stage, &mut meal, "templates/add", &ours("ours", "Fruit"), "This is already in use").await;
    assert!(body.contains("value=\"Fruit\"") && body.contains("id=\"templates-add-name-e\""), "{body}");
    let body = refused(&stage, &mut meal, "templates/add", &ours("Another", "Dira"), "This is there twice").await;
    assert!(body.contains("href=\"#templates-add-level_en-3\"") && body.contains("id=\"templates-add-level_en-3\""), "{body}");
    refused(&stage, &mut meal, "templates/add", &ours("Another", "A | B"), "Leave out the bar").await;
    let empty = [("back", TEMPLATES), ("name", "Empty"), ("result_type-1", "impact"), ("allows_indicators-1", "yes")];
    refused(&stage, &mut meal, "templates/add", &empty, "Please fill this in").await;
    assert_eq!(stage.count("app.framework_template").await, 1);
}

#[tokio::test]
async fn templates_are_kept_by_who_keeps_the_library_and_seen_by_no_other_organisation() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let id = only(&stage).await;
    for email in ["viewer@amani.test", "pm@amani.test"] {
        let mut browser = signed_in(&stage, email).await;
        assert_eq!(browser.get(TEMPLATES).await.status, StatusCode::FORBIDDEN, "{email}");
        assert_eq!(send(&stage, &mut browser, "templates/add", &ours("Mine", "Fruit")).await.status, StatusCode::FORBIDDEN, "{email}");
    }
    let mut stranger = signed_in(&stage, "meal@baraka.test").await;
    assert_eq!(stranger.get(&format!("{TEMPLATES}/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&format!("/o/baraka-health/templates/{id}")).await.status, StatusCode::NOT_FOUND);
    let mut fields = ours("Theirs", "Fruit");
    fields.extend([("org", "baraka-health"), ("template", id.as_str()), ("row_version", "1")]);
    assert_eq!(stranger.post("/fn/templates/update", &fields).await.status, StatusCode::NOT_FOUND);
    let archive = [("org", "baraka-health"), ("template", id.as_str()), ("archived", "yes")];
    assert_eq!(stranger.post("/fn/templates/archive", &archive).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_project_begins_with_a_template() {
    let stage = Stage::new().await;
    let (mut meal, mut admin) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "admin@amani.test").await);
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let id = only(&stage).await;
    let list = "/o/amani-wash/projects";
    assert!(admin.get(list).await.body.contains("Ours: Vision → Fruit"));
    let create = |code, template| {
        let [org, back, title] = [("org", "amani-wash"), ("back", list), ("title", "Orchards")];
        [org, back, title, ("code", code), ("start_date", "2026-01-01"), ("end_date", "2026-12-31"), ("framework_template", template)]
    };
    let wrong = admin.post("/fn/projects/create", &create("orchards", "nothing")).await;
    assert!(wrong.location.contains("flash="), "{} {}", wrong.status, wrong.location);
    let body = admin.get(wrong.location.split('#').next().unwrap_or_default()).await.body;
    assert!(body.contains("Please choose one of the options") && body.contains("value=\"Orchards\""), "{body}");
    for (code, template, expected) in [
        ("orchards", id.as_str(), (names(&["Vision | Dira", "Fruit"]), vec![3, 1], vec![false, true])),
        ("gardens", "ec", (Vec::new(), Vec::new(), Vec::new())),
        ("fields", "", (Vec::new(), Vec::new(), Vec::new())),
    ] {
        let page = admin.post("/fn/projects/create", &create(code, template)).await;
        assert!(page.location.contains("notice=project-created"), "{code}: {} {}", page.status, page.location);
        assert_eq!(levels(&stage, code).await, expected, "{code}");
    }
    let shipped: String = one(&stage, "select framework_template from app.project where code = 'gardens'").await;
    assert_eq!(shipped, "ec");
}

#[tokio::test]
async fn a_level_without_indicators_carries_none() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let mut bare = ours("Bare", "Fruit");
    bare.retain(|(name, _)| *name != "allows_indicators-3");
    taken(&stage, &mut meal, "templates/add", &bare).await;
    let of = |name: &str| format!("select id from app.framework_template where name = '{name}'");
    let ours = one::<uuid::Uuid>(&stage, &of("Ours")).await.to_string();
    let bare = one::<uuid::Uuid>(&stage, &of("Bare")).await.to_string();
    let now = version(&stage).await;
    let set = |template| [("framework_template", template), ("framework_levels", ""), ("row_version", now.as_str())];
    // what is measured already is in the way
    refused(&stage, &mut pm, "framework/set-levels", &set(&bare), "a level that carries none there").await;
    taken(&stage, &mut pm, "framework/set-levels", &set(&ours)).await;
    let (goal, fruit) = (node(&stage, "Healthier families").await, node(&stage, "Services that people can reach and trust").await);
    let body = pm.get(WELLS).await.body;
    let choices = body.split("id=\"indicators-add-result_node_id\"").nth(1).unwrap_or_default();
    let choices = choices.split("</select>").next().unwrap_or_default();
    assert!(choices.contains(&fruit) && !choices.contains(&goal), "{choices}");
    let add = |node| {
        [
            ("back", WELLS),
            ("code", "trees"),
            ("title", "Trees"),
            ("kind", "number"),
            ("direction", "increase"),
            ("accumulation", "non_cumulative"),
            ("agg_locations", "sum"),
            ("agg_periods", "sum"),
            ("frequency", "quarterly"),
            ("decimals", "0"),
            ("result_node_id", node),
        ]
    };
    let body = refused(&stage, &mut pm, "indicators/add", &add(&goal), "Results of this level carry no indicators").await;
    assert!(body.contains("value=\"trees\""), "what was typed is kept");
    taken(&stage, &mut pm, "indicators/add", &add(&fruit)).await;
}

#[tokio::test]
async fn the_type_of_a_level_stands_in_the_iati_file_and_what_was_approved_keeps_it() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let iati = format!("{WELLS}/iati");
    let before = pm.post(&iati, &[("as", "draft")]).await.body;
    assert!(before.contains("<result type=\"2\"") && !before.contains("<result type=\"1\""), "{before}");
    taken(&stage, &mut meal, "templates/add", &ours("Ours", "Fruit")).await;
    let (id, now) = (only(&stage).await, version(&stage).await);
    let set = [("framework_template", id.as_str()), ("framework_levels", ""), ("row_version", now.as_str())];
    taken(&stage, &mut pm, "framework/set-levels", &set).await;
    let after = pm.post(&iati, &[("as", "draft")]).await.body;
    assert!(after.contains("<result type=\"1\"") && !after.contains("<result type=\"2\""), "{after}");
    let cx = stage.cx("pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await;
    let shown = server::projects::framework::current(&cx, project).await.unwrap();
    assert_eq!((&shown.result_types, &shown.level_indicators), (&names(&["impact", "output"]), &names(&["false", "true"])));
    server::projects::framework::approve(&cx, project, &shown.mark().unwrap(), "as agreed").await.unwrap();
    assert_eq!(server::projects::framework::version(&cx, project, 1).await.unwrap(), shown);
    // and nothing of it changes then, whatever way it comes
    let mut door = crate::programmes::enter_as(&stage, "pm@amani.test", "").await;
    for column in ["framework_result_types = '{9}'", "framework_level_indicators = '{true}'"] {
        let sql = format!("update app.project set {column} where code = 'wells'");
        assert_eq!(crate::isolation::try_it(&mut door, sql).await, Err("KP001".to_owned()), "{column}");
    }
}

#[tokio::test]
async fn a_result_is_put_at_a_place_as_it_was_seen() {
    let stage = Stage::new().await;
    let (mut pm, mut meal) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let goal = node(&stage, "Healthier families").await;
    for title in ["Second", "Third"] {
        taken(&stage, &mut pm, "framework/add", &[("parent", &goal), ("title", title)]).await;
    }
    let (second, third) = (node(&stage, "Second").await, node(&stage, "Third").await);
    taken(&stage, &mut pm, "framework/add", &[("parent", &third), ("title", "Beneath")]).await;
    let seen = |id: &str| format!("select row_version from app.result_node where id = '{id}'");
    let shown = one::<i32>(&stage, &seen(&third)).await.to_string();
    let body = pm.get(EDITOR).await.body;
    assert!(body.contains("id=\"tree-told\"") && body.contains("data-action=\"/fn/framework/place\""), "{body}");
    let put = |node, place, version| [("node", node), ("place", place), ("row_version", version)];
    let page = send(&stage, &mut pm, "framework/place", &put(third.as_str(), "0", shown.as_str())).await;
    assert!(page.location.contains("notice=node-moved"), "{} {}", page.status, page.location);
    assert_eq!(
        tree(&stage).await[1..],
        ["1.1 Third", "1.1.1 Beneath", "1.2 Services that people can reach and trust", "1.3 Second"],
        "all beneath goes with it"
    );
    // whoever saw the order as it was moves nothing, and sees the order as it is
    let changed = "A colleague changed the order";
    let body = refused(&stage, &mut meal, "framework/place", &put(&third, "2", &shown), changed).await;
    assert!(body.contains("class=\"tree\""), "{body}");
    let now = one::<i32>(&stage, &seen(&third)).await.to_string();
    refused(&stage, &mut meal, "framework/place", &put(&third, "3", &now), changed).await;
    // where it stands already, nothing is written
    taken(&stage, &mut meal, "framework/place", &put(&third, "0", &now)).await;
    taken(&stage, &mut meal, "framework/place", &put(&third, "2", &now)).await;
    assert_eq!(tree(&stage).await[1..2], ["1.1 Services that people can reach and trust"]);
    assert_eq!(stage.count("audit.event where kind = 'act' and action = 'framework.node_moved'").await, 2);
    taken(&stage, &mut pm, "framework/remove", &[("node", &second), ("confirm", "1.2")]).await;
    refused(&stage, &mut meal, "framework/place", &put(&second, "0", "1"), "A colleague took this result out").await;
    let page = send(&stage, &mut pm, "framework/place", &put(&third, "first", &now)).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
