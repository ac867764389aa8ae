//! Changes through the API name the version that they were made from.

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::stage::Stage;

struct Answer {
    status: StatusCode,
    tag: String,
    body: Value,
}

async fn call(stage: &Stage, token: &str, method: &str, path: &str, condition: Option<(&str, &str)>, body: Value) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some((name, value)) = condition {
        request = request.header(name, value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = stage.site().oneshot(request.body(body).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    if status.is_client_error() {
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    }
    let tag = headers.get(header::ETAG).map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
    Answer { status, tag, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

#[tokio::test]
async fn a_change_of_what_is_no_more_is_refused() {
    let stage = Stage::new().await;
    let token = server::demo::token(&stage.owner, "pm@amani.test").await.unwrap();
    let token = token.expose_secret();
    let path = format!("/projects/{}", stage.project("pm@amani.test", "wells").await);
    let read = call(&stage, token, "GET", &path, None, Value::Null).await;
    assert_eq!(read.status, StatusCode::OK);
    let same = call(&stage, token, "GET", &path, Some(("if-none-match", &read.tag)), Value::Null).await;
    assert_eq!((same.status, same.body), (StatusCode::NOT_MODIFIED, Value::Null));
    let title = json!({"title": "Wells that last longer"});
    for (condition, status, code) in [
        (None, StatusCode::PRECONDITION_REQUIRED, "version_required"),
        (Some(("if-match", "\"999\"")), StatusCode::PRECONDITION_FAILED, "stale"),
        (Some(("if-match", "*")), StatusCode::PRECONDITION_FAILED, "stale"),
    ] {
        let refused = call(&stage, token, "PATCH", &path, condition, title.clone()).await;
        assert_eq!((refused.status, refused.body["type"].as_str().unwrap()), (status, format!("urn:kipimo:problem:{code}").as_str()));
    }
    let before = read.body["summary"].clone();
    let done = call(&stage, token, "PATCH", &path, Some(("if-match", &read.tag)), title.clone()).await;
    assert_eq!((done.status, &done.body["title"], &done.body["summary"]), (StatusCode::OK, &title["title"], &before));
    assert_ne!(done.tag, read.tag);
    let again = call(&stage, token, "PATCH", &path, Some(("if-match", &read.tag)), title.clone()).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "somebody has changed it since: oneself");
    // nothing is assigned that the document does not name
    for body in [
        json!({"status": "closed"}),
        json!({"tenant_id": "x"}),
        json!({"row_version": 1}),
        json!({"title": ""}),
        json!({"start_date": "2030-01-01"}),
    ] {
        let refused = call(&stage, token, "PATCH", &path, Some(("if-match", &done.tag)), body.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    assert_eq!(stage.count("audit.event where action = 'project.updated'").await, 1);
    assert_eq!(stage.count("audit.event where action = 'conflict.met' and entity_type = 'project'").await, 3, "each is in the log");
    // the same of another organisation is not there
    let stranger = server::demo::token(&stage.owner, "pm@baraka.test").await.unwrap();
    let hidden = call(&stage, stranger.expose_secret(), "PATCH", &path, Some(("if-match", &done.tag)), title).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_key_sent_many_times_at_once_has_one_effect() {
    let stage = Stage::new().await;
    let token = server::demo::token(&stage.owner, "meal@amani.test").await.unwrap();
    let project = stage.project("meal@amani.test", "camps").await;
    let meal = stage.cx("meal@amani.test").await;
    server::projects::periods::make(&meal, project, "monthly", "2024-01-01", "2024-01-31").await.unwrap();
    let path = format!("/projects/{project}/values");
    let before = stage.count("audit.event where action = 'value.submitted'").await;
    let body = json!([{"indicator": "refugee_pop", "period": "2024-01", "value": "1200"}]);
    // sixty-four at a time, and again
    let sender = async || {
        let mut made = None;
        for _ in 0..8 {
            let key = Some(("idempotency-key", "month-2024-01"));
            let answer = call(&stage, token.expose_secret(), "POST", &path, key, body.clone()).await;
            match answer.status {
                StatusCode::CREATED => assert_eq!(*made.get_or_insert_with(|| answer.body.clone()), answer.body, "the same answer"),
                // busy is said, never half done
                status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body),
            }
        }
        made
    };
    let answers = futures_util::future::join_all((0..64).map(|_| sender())).await;
    let made: Vec<_> = answers.into_iter().flatten().collect();
    assert!(!made.is_empty() && made.iter().all(|answer| *answer == made[0]), "the same answer for all");
    assert_eq!(stage.count("audit.event where action = 'value.submitted'").await, before + 1);
}
