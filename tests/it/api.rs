//! The API as programs see it.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};
use server::access::Can;
use server::kernel::ids::ProjectId;

use crate::stage::{Program, Stage, multipart};

/// Every item of a list, a few at a time; between pages something may happen.
async fn all(program: &Program, path: &str, mut between: impl AsyncFnMut(usize)) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    for page in 0.. {
        let (status, answer) = program.get(&format!("{path}?limit=20{after}")).await;
        assert_eq!(status, StatusCode::OK, "{path} {answer}");
        items.extend(answer["items"].as_array().unwrap().clone());
        let Some(next) = answer["next"].as_str() else { break };
        after = format!("&after={next}");
        between(page).await;
    }
    items
}

#[tokio::test]
async fn every_demonstration_person_gets_a_token_that_carries_their_own_rights() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    for (email, may_read) in
        [("admin@amani.test", true), ("field@amani.test", true), ("viewer@amani.test", true), ("meal@baraka.test", false)]
    {
        let program = stage.program(email).await;
        let (status, me) = program.get("/me").await;
        assert_eq!((status, me["email"].as_str()), (StatusCode::OK, Some(email)), "{me}");
        let (status, _) = program.get(&format!("/projects/{project}")).await;
        assert_eq!(status, if may_read { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{email}");
    }
}

#[tokio::test]
async fn pages_of_the_tracking_table_leave_nothing_out_and_say_nothing_twice() {
    let stage = Stage::new().await;
    let program = stage.program("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await;
    let path = format!("/projects/{project}/tracking");
    let key = |item: &Value| format!("{} {} {}", item["indicator"], item["period_id"], item["location"]);
    let before: Vec<String> = all(&program, &path, async |_| {}).await.iter().map(key).collect();
    assert!(before.len() > 60, "several pages");
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    // rows that come and go before the place that was read to move nothing
    let gone = "delete from app.period_rollup where (indicator_id, period_id) in (select indicator_id, period_id from app.period_rollup r
        join app.project p on p.id = r.project_id where p.code = 'wells' order by r.period_end, r.indicator_id limit 1)";
    let during = all(&program, &path, async |page| {
        if page == 1 {
            let done = sqlx::raw_sql(gone).execute(&mut stage.superuser().await).await.unwrap();
            assert!(done.rows_affected() > 0);
        }
    })
    .await;
    let during: Vec<String> = during.iter().map(key).collect();
    assert_eq!(during, before, "what went before the place that was read to moves nothing");
    let (status, _) = program.get(&format!("{path}?after=nonsense")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_batch_is_a_list_or_an_object_that_holds_one_and_is_taken_once() {
    let stage = Stage::new().await;
    let program = stage.program("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await;
    let meal = stage.cx("meal@amani.test").await;
    server::projects::periods::make(&meal, project, "monthly", "2024-01-01", "2024-02-28").await.unwrap();
    let path = format!("/projects/{project}/values");
    let value = |period: &str| json!({ "indicator": "refugee_pop", "period": period, "value": "1200" });
    for body in [json!([value("2024-01")]), json!({ "values": [value("2024-02")] })] {
        let (status, answer) = program.call("POST", &path, "application/json", body.to_string()).await;
        assert_eq!((status, answer["values"].as_array().map(Vec::len)), (StatusCode::CREATED, Some(1)), "{answer}");
    }
    let (status, answer) = program.call("POST", &path, "application/json", json!([value("2024-01")]).to_string()).await;
    assert_eq!((status, answer["errors"]["0.value"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("already_submitted")), "{answer}");
    let (status, _) = program.call("POST", &path, "application/json", "{\"values\":").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

/// Every call of the API with what it needs; none where it needs no more than a token. `{id}` is the project.
fn calls(p: ProjectId) -> Vec<(&'static str, &'static str, &'static str, Option<Can>)> {
    vec![
        ("GET", "/me", "", None),
        ("GET", "/audit", "", Some(Can::ReadAudit(None))),
        ("GET", "/projects", "", Some(Can::ListProjects)),
        ("GET", "/projects/{id}", "", Some(Can::ReadProject(p))),
        ("PATCH", "/projects/{id}", "{}", Some(Can::UpdateProject(p))),
        ("GET", "/projects/{id}/indicators", "", Some(Can::ReadProject(p))),
        ("GET", "/projects/{id}/periods", "", Some(Can::ReadProject(p))),
        ("GET", "/projects/{id}/tracking", "", Some(Can::ViewTracking(p))),
        ("GET", "/projects/{id}/values", "", Some(Can::ViewTracking(p))),
        ("POST", "/projects/{id}/values", "[]", Some(Can::EnterValues(p))),
        ("POST", "/projects/{id}/reviews", r#"{"values":[],"decision":"verified"}"#, Some(Can::ReviewValues(p))),
        ("POST", "/projects/{id}/imports", "", Some(Can::RunImport(p))),
        (
            "POST",
            "/donor-links",
            r#"{"project":"{id}","snapshot":"00000000-0000-0000-0000-000000000000","recipient_name":"D"}"#,
            Some(Can::CreateDonorLink(p)),
        ),
        ("DELETE", "/donor-links", "", Some(Can::RevokeDonorLink(None))),
    ]
}

/// Calls that the test above cannot make: the exchange of a token, which needs none, and a link to be revoked, which must
/// be there (tests of donors). This list may only shrink.
const ELSEWHERE: [&str; 2] = ["POST /token", "DELETE /donor-links/{id}"];

#[tokio::test]
async fn every_call_is_allowed_to_exactly_who_may() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let document = serde_json::to_value(server::http::api::openapi()).unwrap();
    let known: BTreeSet<String> = calls(project).iter().map(|(method, path, ..)| format!("{method} {path}")).collect();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let call = format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1"));
            assert!(known.contains(&call) || ELSEWHERE.contains(&call.as_str()), "{call} is in no list of this test");
        }
    }
    let id = project.to_string();
    let (import, _) = multipart(&[], ("f", b""));
    for (email, role) in crate::matrix::PEOPLE {
        let program = stage.program(email).await;
        for (method, path, body, can) in calls(project) {
            let kind = if path.ends_with("imports") { import.as_str() } else { "application/json" };
            let (status, answer) = program.call(method, &path.replace("{id}", &id), kind, body.replace("{id}", &id)).await;
            let expected = can.is_none_or(|can| crate::matrix::allows(can, role));
            assert_eq!(status != StatusCode::FORBIDDEN, expected, "{email} {method} {path} {status} {answer}");
            assert!(!status.is_server_error() && status != StatusCode::UNAUTHORIZED, "{email} {method} {path} {status} {answer}");
        }
    }
    let stranger = stage.program("admin@baraka.test").await;
    for (method, path, body, _) in calls(project).into_iter().filter(|call| call.1.contains("{id}")) {
        let kind = if path.ends_with("imports") { import.as_str() } else { "application/json" };
        let (status, _) = stranger.call(method, &path.replace("{id}", &id), kind, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
    }
}
