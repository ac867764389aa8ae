//! The edges of the API: what a token carries by itself, lists that are longer than a page of the site, days that no calendar has.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};
use server::projects::periods;

use crate::stage::{Program, Stage, multipart};

const JSON: &str = "application/json";
/// No refusal of what a token may do.
const DENIED: &str = "audit.event where action = 'permission.denied'";

/// A program of a person, whose token carries one scope.
async fn with_scope(stage: &Stage, email: &str, carried: &'static str) -> Program {
    let program = stage.program(email).await;
    assert!(stage.run(carried).await > 0);
    program
}

#[tokio::test]
async fn a_token_that_only_writes_needs_no_reading() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await;
    let wells = stage.project("meal@amani.test", "wells").await;
    periods::make(&stage.cx("meal@amani.test").await, project, "monthly", "2024-01-01", "2024-01-31").await.unwrap();
    let before = stage.count(DENIED).await;
    let values = with_scope(&stage, "meal@amani.test", "update app.api_token set scopes = '{values}'").await;
    let body = json!([{"indicator": "refugee_pop", "period": "2024-01", "value": "1200"}]).to_string();
    let (status, answer) = values.call("POST", &format!("/projects/{project}/values"), JSON, body.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let mapping = r#"{"layout":"wide","dates":{"start":"a","end":"b"},"indicators":"*","create":["periods"]}"#;
    let (kind, file) = multipart(&[("mapping", mapping)], ("f.csv", b"a,b,refugee_pop\n2024-02-01,2024-02-29,7\n"));
    let (status, answer) = values.call("POST", &format!("/projects/{project}/imports?dry_run=true"), &kind, file).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let review = with_scope(&stage, "pm@amani.test", "update app.api_token set scopes = '{review}'").await;
    let decision = json!({"values": "all", "period": "2024-01", "decision": "verified"}).to_string();
    let (status, answer) = review.call("POST", &format!("/projects/{project}/reviews"), JSON, decision.clone()).await;
    assert_eq!((status, answer["decided"].as_i64()), (StatusCode::OK, Some(1)), "{answer}");
    assert_eq!(stage.count(DENIED).await, before);
    // and carries no more than that: both tokens review now, and nothing else
    for (method, path, body) in [
        ("GET", format!("/projects/{project}"), String::new()),
        ("GET", format!("/projects/{project}/values"), String::new()),
        ("GET", "/projects".to_owned(), String::new()),
        ("PATCH", format!("/projects/{project}"), json!({"title": "Mine"}).to_string()),
        ("POST", format!("/projects/{project}/values"), body.clone()),
    ] {
        let (status, answer) = values.call(method, &path, JSON, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} {answer}");
    }
    // what the token does not name is not there
    stage.run("update app.api_token set scopes = '{values}', project_ids = array(select id from app.project where code = 'camps')").await;
    for (method, what, body) in [("POST", "values", body), ("POST", "reviews", decision)] {
        let (status, _) = values.call(method, &format!("/projects/{wells}/{what}"), JSON, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{what}");
    }
}

#[tokio::test]
async fn a_list_is_whole_however_long_it_is() {
    let stage = Stage::new().await;
    let made = stage
        .run(
            "insert into app.project (tenant_id, id, code, title, start_date, end_date)
             select t.id, gen_random_uuid(), 'p-' || i, 'P ' || i, '2026-01-01', '2026-12-31'
             from generate_series(1, 1100) i, app.tenant t where t.slug = 'amani-wash'",
        )
        .await;
    let program = stage.program("admin@amani.test").await;
    let (mut seen, mut after) = (BTreeSet::new(), String::new());
    loop {
        let (status, page) = program.get(&format!("/projects?limit=200{after}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        for item in page["items"].as_array().unwrap() {
            assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "nothing is said twice");
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let all =
        stage.count("app.project p join app.tenant t on t.id = p.tenant_id where t.slug = 'amani-wash' and p.deleted_at is null").await;
    assert!(made == 1100 && i64::try_from(seen.len()).unwrap() == all, "{} of {all}", seen.len());
}

/// Days that no calendar has, in a filter or in a cursor that somebody made up, are a fault of who asks.
#[tokio::test]
async fn a_day_that_no_calendar_has_is_refused() {
    let stage = Stage::new().await;
    let program = stage.program("pm@amani.test").await;
    let tracking = format!("/projects/{}/tracking", stage.project("pm@amani.test", "wells").await);
    let rest = "_00000000-0000-4000-8000-000000000000".repeat(3);
    for path in [
        "/audit?from=-9999-01-01".to_owned(),
        "/audit?to=-9999-01-01".to_owned(),
        "/audit?to=%2B99999-01-01".to_owned(),
        "/audit?after=99999999999999999999".to_owned(),
        "/projects?after=nonsense".to_owned(),
        format!("{tracking}?after=-9999-01-01{rest}"),
        format!("{tracking}?after=%2B99999-01-01{rest}"),
    ] {
        let (status, answer) = program.get(&path).await;
        assert!(
            status.is_client_error() && answer["type"].as_str().is_some_and(|kind| kind.starts_with("urn:kipimo:problem:")),
            "{path} {answer}"
        );
    }
    for path in ["/audit?from=0001-01-01&to=9999-12-31".to_owned(), format!("{tracking}?after=0001-01-01{rest}")] {
        let (status, answer) = program.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{path} {answer}");
    }
}

#[tokio::test]
async fn words_take_no_figures_from_programs_either() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await;
    periods::make(&stage.cx("meal@amani.test").await, project, "monthly", "2024-01-01", "2024-01-31").await.unwrap();
    assert_eq!(stage.run("update app.indicator set kind = 'qualitative', baseline_value = null where code = 'refugee_pop'").await, 1);
    let body = json!([{"indicator": "refugee_pop", "period": "2024-01", "value": "1200"}]);
    let program = stage.program("meal@amani.test").await;
    let (status, answer): (StatusCode, Value) = program.call("POST", &format!("/projects/{project}/values"), JSON, body.to_string()).await;
    assert_eq!((status, answer["errors"]["0.indicator"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("not_found")), "{answer}");
}

/// What its owner may not do for want of a second factor, no token of theirs does: neither as it is nor signed for a day.
#[tokio::test]
async fn who_comes_to_rule_without_a_second_factor_rules_by_no_token() {
    let stage = Stage::new().await;
    let program = stage.program("meal@amani.test").await;
    let token = server::demo::token(&stage.owner, "meal@amani.test").await.unwrap();
    let given = json!({"token": secrecy::ExposeSecret::expose_secret(&token)}).to_string();
    let (status, given) = program.call("POST", "/token", JSON, given).await;
    assert_eq!(status, StatusCode::OK, "{given}");
    let signed = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let mut browser = crate::stage::Browser::new(&stage);
    for (roles, expected) in [
        (
            "update app.membership m set roles = '{meal_officer, tenant_admin}' from auth.user_account u where u.id = m.user_id and u.email = 'meal@amani.test'",
            StatusCode::UNAUTHORIZED,
        ),
        (
            "update app.membership m set roles = '{meal_officer, safeguarding_focal}' from auth.user_account u where u.id = m.user_id and u.email = 'meal@amani.test'",
            StatusCode::UNAUTHORIZED,
        ),
        (
            "update app.membership m set roles = '{meal_officer}' from auth.user_account u where u.id = m.user_id and u.email = 'meal@amani.test'",
            StatusCode::OK,
        ),
    ] {
        assert_eq!(stage.run(roles).await, 1);
        assert_eq!(program.get("/me").await.0, expected, "{roles}");
        assert_eq!(browser.ask("GET", "/api/v1/me", &[("authorization", signed.as_str())], "").await.status, expected, "{roles}");
    }
}
