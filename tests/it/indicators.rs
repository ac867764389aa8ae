//! Indicators and their targets: changed while the framework is open, retired and taken up again, by people who do not see one another.

use http::StatusCode;
use uuid::Uuid;

use crate::framework::{EDITOR, refused, send, signed_in, taken};
use crate::programmes::one;
use crate::stage::{Browser, Page, Stage};

/// What the form of an indicator sends as it was shown.
async fn sheet_columns(stage: &Stage) -> Vec<(&'static str, String)> {
    let sheet = server::projects::targets::sheet(&stage.cx("pm@amani.test").await, "wells", "wells_repaired").await.unwrap();
    let mut columns = sheet.indicator.columns();
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
