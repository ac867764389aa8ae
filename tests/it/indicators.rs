//! Indicators and their targets: changed while the framework is open, retired and taken up again, by people who do not see one another.

use http::StatusCode;
use uuid::Uuid;

use crate::framework::{EDITOR, refused, send, taken};
use crate::programmes::one;
use crate::stage::{Browser, Page, Stage, signed_in};

/// What the form of an indicator sends as it was shown.
async fn sheet_columns(stage: &Stage) -> Vec<(&'static str, String)> {
    let sheet = server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap();
    let mut columns = [sheet.indicator.columns(), sheet.reference.columns()].concat();
    // boxes are sent where they are ticked
    columns.retain(|(name, value)| !matches!(*name, "data_use" | "quality_assurance") && value != "false");
    columns.iter_mut().filter(|(_, value)| value == "true").for_each(|(_, value)| "yes".clone_into(value));
    columns.push(("back", "/o/amani-wash/projects/wells/indicators/wells_repaired".to_owned()));
    columns.push(("code", "wells_repaired".to_owned()));
    columns.push(("indicator", sheet.indicator.id.to_string()));
    columns.push(("row_version", sheet.row_version.to_string()));
    columns.push(("result_node_id", sheet.indicator.node.map(|node| node.to_string()).unwrap_or_default()));
    columns
}

fn changed(columns: &[(&'static str, String)], column: &str, value: &str) -> Vec<(&'static str, String)> {
    columns.iter().map(|(name, stands)| (*name, if *name == column { value.to_owned() } else { stands.clone() })).collect()
}

async fn change_indicator(stage: &Stage, pm: &mut Browser, fields: Vec<(&'static str, String)>) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    send(stage, pm, "indicators/update", &fields).await
}

#[tokio::test]
async fn an_indicator_changes_and_its_figures_follow() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let mut columns = sheet_columns(&stage).await;
    let with = |column: &str, value: &str| changed(&columns, column, value);
    // a result that is none of the project's, or that is gone, is none to hang on: it would be seen nowhere
    let foreign: Uuid =
        one(&stage, "select n.id from app.result_node n join app.project p on p.id = n.project_id where p.code = 'camps' limit 1").await;
    let page = change_indicator(&stage, &mut pm, with("result_node_id", &foreign.to_string())).await;
    assert!(page.location.contains("flash="), "{} {}", page.status, page.location);
    let page = change_indicator(&stage, &mut pm, with("frequency", "annual")).await;
    assert!(page.location.contains("flash="), "{} {}", page.status, page.location);
    let page = change_indicator(&stage, &mut pm, with("kind", "score")).await;
    assert!(
        pm.get(page.location.split('#').next().unwrap_or_default()).await.body.contains("Figures have been reported for it"),
        "{}",
        page.location
    );
    // from the sum of places to their largest: the figures that pages read follow in the same change
    let sums = "select coalesce(sum(actual), 0)::text from app.period_rollup r join app.indicator i on i.id = r.indicator_id
                where i.code = 'wells_repaired' and r.location_id is null";
    let before: String = one(&stage, sums).await;
    let page = change_indicator(&stage, &mut pm, with("agg_locations", "max")).await;
    assert!(page.location.contains("notice=saved"), "{} {}", page.status, page.location);
    let after: String = one(&stage, sums).await;
    assert_ne!(before, after);
    columns = sheet_columns(&stage).await;
    let with = |column: &str, value: &str| changed(&columns, column, value);
    stage.run("update app.reporting_period p set state = 'locked' from app.project j where j.id = p.project_id and j.code = 'wells'").await;
    let page = change_indicator(&stage, &mut pm, with("agg_locations", "sum")).await;
    assert!(pm.get(page.location.split('#').next().unwrap_or_default()).await.body.contains("they are settled"), "{}", page.location);
    let page = change_indicator(&stage, &mut pm, with("title", "Read better")).await;
    assert!(page.location.contains("notice=saved"), "{} {}", page.status, page.location);
    let page = change_indicator(&stage, &mut pm, with("title", "Overtaken")).await;
    assert!(page.location.contains("flash="), "an edit of an older version");
    let titled: i64 = stage.count("app.indicator where title = 'Overtaken'").await;
    assert_eq!(titled, 0);
}

/// Everybody writes what they changed, and nothing that they only looked at.
#[tokio::test]
async fn two_people_who_set_targets_keep_both() {
    let stage = Stage::new().await;
    let (mut pm, mut meal) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let sheet = server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap();
    let (id, page) = (sheet.indicator.id.to_string(), "/o/amani-wash/projects/wells/indicators/wells_repaired");
    let (first, second) = (&sheet.periods[0], &sheet.periods[1]);
    let names = [first, second].map(|p| (format!("was-{}", p.id), format!("target-{}", p.id)));
    let was = [first, second].map(|p| p.target.map(|t| t.normalize().to_string()).unwrap_or_default());
    let form = |a, b| {
        [
            ("back", page),
            ("indicator", id.as_str()),
            (names[0].0.as_str(), was[0].as_str()),
            (names[0].1.as_str(), a),
            (names[1].0.as_str(), was[1].as_str()),
            (names[1].1.as_str(), b),
        ]
    };
    taken(&stage, &mut meal, "indicators/set_targets", &form("101", &was[1])).await;
    taken(&stage, &mut pm, "indicators/set_targets", &form(&was[0], "202")).await;
    let stand =
        |n: &str| format!("select value::bigint from app.target where indicator_id = '{id}' and period_id = '{n}' and location_id is null");
    let (a, b): (i64, i64) = (one(&stage, &stand(&first.id.to_string())).await, one(&stage, &stand(&second.id.to_string())).await);
    assert_eq!((a, b), (101, 202));
    // the same one twice is told, with what stands there
    let body = refused(&stage, &mut pm, "indicators/set_targets", &form("999", &was[1]), "compare it with what stands there now").await;
    assert!(body.contains("101") && body.contains("value=\"999\""));
    // of a period of another kind there is no target, and a locked one's are settled
    stage
        .run(
            "insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
             select tenant_id, gen_random_uuid(), id, 'annual', 'Of the year', '2025-01-01', '2025-12-31' from app.project where code = 'wells'",
        )
        .await;
    let other: Uuid = one(&stage, "select id from app.reporting_period where name = 'Of the year'").await;
    let name = format!("target-{other}");
    let page = send(&stage, &mut pm, "indicators/set_targets", &[("indicator", &id), (&name, "7")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    stage.run("update app.reporting_period p set state = 'locked' from app.project j where j.id = p.project_id and j.code = 'wells'").await;
    let fresh =
        [("back", "/o/amani-wash/projects/wells/indicators/wells_repaired"), ("indicator", id.as_str()), (names[0].1.as_str(), "5")];
    refused(&stage, &mut pm, "indicators/set_targets", &fresh, "locked").await;
}

/// A target of the whole project that its periods do not come to is a mistake in one of the two, and is told where either is decided.
#[tokio::test]
async fn targets_of_periods_that_do_not_come_to_the_end_are_told() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let page = "/o/amani-wash/projects/wells/indicators/wells_repaired";
    let planned: rust_decimal::Decimal = one(
        &stage,
        "select sum(t.value) from app.target t join app.indicator i on i.id = t.indicator_id where i.code = 'wells_repaired' and t.location_id is null",
    )
    .await;
    let planned = planned.normalize().to_string();
    assert!(!pm.get(page).await.body.contains("the target at the end is"), "nothing is said of the end yet");
    for (end, told) in [("1000", true), (planned.as_str(), false), ("95.5", true), ("", false)] {
        let columns = sheet_columns(&stage).await;
        let saved = change_indicator(&stage, &mut pm, changed(&columns, "eop_target", end)).await;
        assert!(saved.location.contains("notice=saved"), "{end}: {} {}", saved.status, saved.location);
        let said = format!("The targets of the periods come to {planned}; the target at the end is");
        for (path, more) in [(page, ""), (EDITOR, "Targets of periods that do not come to the target at the end")] {
            let body = pm.get(path).await.body;
            assert_eq!((body.contains(&said), body.contains(more)), (told, told || more.is_empty()), "{end} {path}: {body}");
        }
    }
    // a period's target moves the sum: 12 of 96 are taken away
    let columns = sheet_columns(&stage).await;
    assert!(change_indicator(&stage, &mut pm, changed(&columns, "eop_target", &planned)).await.location.contains("notice=saved"));
    let sheet = server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap();
    let first = sheet.periods.last().unwrap();
    let (id, target) = (sheet.indicator.id.to_string(), format!("target-{}", first.id));
    taken(&stage, &mut pm, "indicators/set_targets", &[("back", page), ("indicator", &id), (&target, "")]).await;
    assert!(pm.get(page).await.body.contains("The targets of the periods come to 84; the target at the end is 96."));
}

#[tokio::test]
async fn a_retired_indicator_is_asked_for_no_more_and_comes_back_with_its_figures() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let page = "/o/amani-wash/projects/wells/indicators/wells_repaired";
    let of = |columns: Vec<(&'static str, String)>, name: &str| {
        columns.into_iter().find(|(n, _)| *n == name).map(|(_, v)| v).unwrap_or_default()
    };
    let columns = sheet_columns(&stage).await;
    let (id, version) = (of(columns.clone(), "indicator"), of(columns, "row_version"));
    let retire = [("back", page), ("indicator", id.as_str()), ("row_version", version.as_str())];
    let waits =
        stage.count(&format!("app.indicator_value where indicator_id = '{id}' and status <> 'verified' and deleted_at is null")).await;
    assert!(waits > 0, "the demonstration has figures that wait");
    refused(&stage, &mut pm, "indicators/retire", &retire, "Have them verified or removed first").await;
    stage.run("update app.indicator_value set deleted_at = now() where status <> 'verified'").await;
    let sums = format!("select coalesce(sum(actual), 0)::text from app.period_rollup where indicator_id = '{id}' and location_id is null");
    let before: String = one(&stage, &sums).await;
    let answer = send(&stage, &mut pm, "indicators/retire", &retire).await.location;
    assert!(answer.starts_with(EDITOR) && answer.contains("notice=indicator-retired"), "{answer}");
    assert!(pm.get(EDITOR).await.body.contains("Retired indicators"));
    assert_eq!(pm.get(page).await.status, StatusCode::NOT_FOUND);
    for path in ["", "/tracking", "/entry"] {
        assert!(!pm.get(&format!("/o/amani-wash/projects/wells{path}")).await.body.contains("wells_repaired"), "{path}");
    }
    refused(&stage, &mut pm, "indicators/revive", &[("indicator", &id), ("row_version", &version)], "compare it with what stands there")
        .await;
    let version: i32 = one(&stage, &format!("select row_version from app.indicator where id = '{id}'")).await;
    taken(&stage, &mut pm, "indicators/revive", &[("indicator", &id), ("row_version", &version.to_string())]).await;
    assert_eq!(pm.get(page).await.status, StatusCode::OK);
    let after: String = one(&stage, &sums).await;
    assert_eq!(before, after);
}

/// The whole sheet is kept, told in words, and part of what is approved; an indicator that is not for donors is in no report.
#[tokio::test]
async fn the_whole_sheet_is_kept_and_told() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let columns = sheet_columns(&stage).await;
    let person =
        server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap().people[0].clone();
    let rest = |extra: &[(&'static str, &str)]| {
        let whole = [
            ("rationale", "A broken well sends children to the river"),
            ("means_of_verification", "Hand-over notes"),
            ("responsible_role", "meal_officer"),
            ("responsible_membership_id", &person.0.to_string()),
            ("data_use-donor_reporting", "yes"),
            ("quality_assurance-spot_checks", "yes"),
            ("quality_assurance-shadowing", "yes"),
            ("dqa_last_date", "2026-01-31"),
            ("iati_measure", "1"),
            ("rag_amber", "90"),
            ("is_public", ""),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        let extra = extra.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let kept = columns.iter().filter(|(name, _)| !whole.iter().any(|(other, _)| other == name)).cloned();
        let said = extra.clone().map(|(name, _)| name).collect::<Vec<_>>();
        kept.chain(whole.clone()).filter(|(name, _)| !said.contains(name)).chain(extra).collect::<Vec<_>>()
    };
    for (field, value, why) in [
        ("responsible_membership_id", Uuid::nil().to_string(), "Please choose one of the options"),
        ("dqa_next_date", "2025-01-31".to_owned(), "before the first day"),
        ("rag_red", "95".to_owned(), "The limits must rise"),
        ("baseline_num", "5".to_owned(), "Give both numerator and denominator"),
        ("rationale", "x".repeat(4001), "too long"),
    ] {
        let mut fields = rest(&[]);
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = change_indicator(&stage, &mut pm, fields).await;
        assert!(page.location.contains("flash="), "{field}: {} {}", page.status, page.location);
        let body = pm.get(page.location.split('#').next().unwrap_or_default()).await.body;
        assert!(body.contains(why) && body.contains("children to the river") == (field != "rationale"), "{field}: {body}");
    }
    let page = change_indicator(&stage, &mut pm, rest(&[("is_key", "yes")])).await;
    assert!(page.location.contains("notice=saved"), "{} {}", page.status, page.location);
    let body = pm.get("/o/amani-wash/projects/wells/indicators/wells_repaired").await.body;
    for text in
        ["key indicator", "not shown to donors", "children to the river", "spot checks, accompanied collection", &person.1, "MEAL officer"]
    {
        assert!(body.contains(text), "{text}: {body}");
    }
    let (cx, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let version = server::projects::framework::current(&cx, project).await.unwrap();
    let of = version.indicators.iter().find(|indicator| indicator.code == "wells_repaired").unwrap();
    assert_eq!((of.fields["quality_assurance"].as_str(), of.fields["is_public"].as_str()), ("spot_checks, shadowing", "false"));
    let form =
        server::projects::reports::ReportForm { title: "R".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
    let report = server::projects::reports::create(&cx, project, &form).await.unwrap();
    let snapshot = crate::stage::publish(&stage, project, report).await;
    let (content, _) = server::projects::reports::read_snapshot(&cx, project, snapshot.0).await.unwrap();
    let codes: Vec<&str> = content.indicators.iter().map(|item| item.code.as_str()).collect();
    assert!(!codes.contains(&"wells_repaired") && codes.contains(&"people_served"), "{codes:?}");
    // two people who tick boxes see both
    let overtaken = change_indicator(&stage, &mut pm, rest(&[("is_public", "yes"), ("data_use-internal_management", "yes")])).await;
    let body = pm.get(overtaken.location.split('#').next().unwrap_or_default()).await.body;
    assert!(body.contains("reports to donors, decisions of the management") && body.contains("Shown to donors"), "{body}");
}

/// What one project measures well another begins from, and nothing of the first project goes with it.
#[tokio::test]
async fn a_sheet_is_kept_in_the_library_and_begun_from() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let page = "/o/amani-wash/projects/wells/indicators/points_working";
    let indicator: Uuid = one(&stage, "select id from app.indicator where code = 'points_working'").await;
    assert!(!pm.get(page).await.body.contains("Put it in the library") && meal.get(page).await.body.contains("Put it in the library"));
    let indicator = indicator.to_string();
    let keep = [("back", page), ("indicator", indicator.as_str())];
    taken(&stage, &mut meal, "library/keep", &keep).await;
    // what somebody else kept is replaced where that is said, and only there
    let body = refused(&stage, &mut meal, "library/keep", &keep, "Tick the box to replace it").await;
    assert!(body.contains("name=\"replace\""));
    taken(&stage, &mut meal, "library/keep", &[&keep[..], &[("replace", "yes")]].concat()).await;
    let fields: serde_json::Value = one(&stage, "select fields from app.indicator_library where code = 'points_working'").await;
    assert_eq!((&fields["kind"], fields.get("baseline_value"), fields.get("eop_target")), (&serde_json::json!("percentage"), None, None));
    let library = "/o/amani-wash/library";
    let body = meal.get(library).await.body;
    assert!(body.contains("points_working") && body.contains("SDG 6.1.1"), "{body}");
    let begin = "/o/amani-wash/projects/camps/indicators";
    let body = pm.get(&format!("{begin}?from=points_working")).await.body;
    assert!(body.contains("Water points that work") && body.contains("value=\"percentage\" selected"), "{body}");
    assert_eq!(pm.get(&format!("{begin}?from=nothing")).await.status, StatusCode::NOT_FOUND);
    let body = pm.get(&format!("{begin}?from=sdg_6_1_1")).await.body;
    assert!(body.contains("free of faecal") && body.contains("value=\"ratio_of_sums\" selected"), "{body}");
    // it is taken as it stands
    let camps = stage.project("pm@amani.test", "camps").await.to_string();
    let shipped = server::projects::indicators::library::SHIPPED[0].sheet(server::kernel::text::Locale::En);
    let mut fields: Vec<(&str, &str)> = shipped.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("org", "amani-wash"),
        ("project", camps.as_str()),
        ("code", "water_safe"),
        ("rationale", ""),
        ("is_public", "yes"),
        ("back", begin),
    ]);
    let done = pm.post("/fn/indicators/add", &fields).await;
    assert!(done.location.contains("notice=indicator-added"), "{} {}", done.status, done.location);
    // and offered no more once that is said
    let kept: Uuid = one(&stage, "select id from app.indicator_library").await;
    taken(&stage, &mut meal, "library/archive", &[("back", library), ("kept", &kept.to_string()), ("archived", "yes")]).await;
    assert_eq!(pm.get(&format!("{begin}?from=points_working")).await.status, StatusCode::NOT_FOUND);
    assert!(meal.get(library).await.body.contains("no longer offered"));
}
