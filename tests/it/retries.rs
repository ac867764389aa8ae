//! A batch that is sent again and again under one key: done once, whatever is sent at the same moment and to which server.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::audit::verify::Verdict;
use server::db::Db;
use server::http::api::{self, ApiState};
use server::projects::periods;
use tower::ServiceExt;

use crate::audit::verdict;
use crate::stage::Stage;

/// How often the batch is sent, and how many wait for an answer at a time.
const SENT: usize = 10_000;
const AT_ONCE: usize = 100;
const KEY: &str = "months-2024-01-and-02";

/// A program that sends batches of a project.
struct Sender {
    token: String,
    path: String,
}

/// What was answered: the status, the kind and the text.
type Answer = (u16, String, String);

impl Sender {
    async fn new(stage: &Stage) -> Self {
        let token = server::demo::token(&stage.owner, "meal@amani.test").await.unwrap();
        let project = stage.project("meal@amani.test", "camps").await;
        periods::make(&stage.cx("meal@amani.test").await, project, "monthly", "2024-01-01", "2024-02-29").await.unwrap();
        Self { token: token.expose_secret().to_owned(), path: format!("/api/v1/projects/{project}/values") }
    }

    async fn send(&self, site: &Router, key: &str, body: &Value) -> Answer {
        let request = Request::post(&self.path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = site.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, kind, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn batch(figure: &str) -> Value {
    let value = |period: &str| json!({"indicator": "refugee_pop", "period": period, "value": figure});
    json!([value("2024-01"), value("2024-02")])
}

/// What batches leave behind: values, remembered answers, acts, changed rows, and the requests that did all that.
async fn effects(stage: &Stage) -> [i64; 6] {
    const REQUESTS: &str = "(select distinct request_id from audit.event
        where action in ('value.submitted', 'indicator_value.insert', 'indicator_value.update', 'api_idempotency.insert')) r";
    [
        stage.count("app.indicator_value where source = 'api'").await,
        stage.count("app.api_idempotency").await,
        stage.count("audit.event where action = 'value.submitted' and kind = 'act'").await,
        stage.count("audit.event where action = 'indicator_value.insert'").await,
        stage.count("audit.event where action = 'indicator_value.update'").await,
        stage.count(REQUESTS).await,
    ]
}

/// What one batch of two values adds to them.
fn once(before: [i64; 6]) -> [i64; 6] {
    let [values, answers, acts, inserts, updates, requests] = before;
    [values + 2, answers + 1, acts + 1, inserts + 2, updates, requests + 1]
}

async fn chain_is_intact(stage: &Stage) -> bool {
    matches!(verdict(stage, "amani-wash").await, Verdict::Intact(_))
}

#[tokio::test]
async fn ten_thousand_retries_have_one_effect_and_one_answer() {
    let stage = Stage::new().await;
    let sender = Sender::new(&stage).await;
    let sites = [stage.site(), stage.beside().site()];
    let (before, body, left) = (effects(&stage).await, batch("1200"), Cell::new(SENT));
    let one_of_many = async || {
        let mut answers: BTreeMap<Answer, usize> = BTreeMap::new();
        while let Some(rest) = left.get().checked_sub(1) {
            left.set(rest);
            let answer = sender.send(&sites[rest % sites.len()], KEY, &body).await;
            *answers.entry(answer).or_default() += 1;
        }
        answers
    };
    let all = join_all((0..AT_ONCE).map(|_| one_of_many())).await;
    let mut answers: BTreeMap<Answer, usize> = BTreeMap::new();
    for (answer, count) in all.into_iter().flatten() {
        *answers.entry(answer).or_default() += count;
    }
    assert_eq!(answers.values().sum::<usize>(), SENT);
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|((status, ..), _)| *status == 201);
    assert_eq!(done.len(), 1, "one answer for all: {done:?}");
    for ((status, kind, text), count) in &refused {
        // busy is said, never half done
        assert!(matches!(*status, 409 | 429 | 503) && kind == "application/problem+json", "{count} times {status} {kind} {text}");
    }
    // they wait for the first one, and then for nobody
    assert!(*done[0].1 >= SENT / 10 * 9, "{refused:?}");
    assert_eq!(effects(&stage).await, once(before));
    assert!(chain_is_intact(&stage).await);
    let again = sender.send(&sites[0], KEY, &body).await;
    assert_eq!(&again, done[0].0, "and the same ever after");
}

#[tokio::test]
async fn of_several_batches_under_one_key_one_is_taken() {
    let stage = Stage::new().await;
    let sender = Sender::new(&stage).await;
    let sites = [stage.site(), stage.beside().site()];
    let before = effects(&stage).await;
    let batches = ["1200", "1300", "1400"].map(batch);
    let sent = (0..150).map(|n| {
        let (site, body) = (&sites[n % sites.len()], &batches[n % batches.len()]);
        let sender = &sender;
        async move { (n % 3, sender.send(site, KEY, body).await) }
    });
    let mut taken = BTreeMap::new();
    for (which, (status, kind, text)) in join_all(sent).await {
        match status {
            201 => *taken.entry((which, text)).or_insert(0) += 1,
            422 => assert!(kind == "application/problem+json" && text.contains("urn:kipimo:problem:idempotency_key_reused"), "{text}"),
            _ => panic!("{status} {text}"),
        }
    }
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(effects(&stage).await, once(before));
    let ((which, _), _) = taken.pop_first().unwrap();
    let figure = format!("app.indicator_value where source = 'api' and value = {}", ["1200", "1300", "1400"][which]);
    assert_eq!(stage.count(&figure).await, 2, "the one that was answered");
}

/// Who holds a connection and waits for a second one stands in everybody's way, in the end in their own.
#[tokio::test]
async fn a_retry_needs_one_connection_at_a_time() {
    let stage = Stage::new().await;
    let sender = Sender::new(&stage).await;
    let db = Db::connect(stage.runtime.clone(), stage.keys.clone(), 1);
    let site = api::router(ApiState { db, trusted_proxies: Arc::new(Vec::new()), public_url: stage.public_url.clone() });
    let first = sender.send(&site, KEY, &batch("1200")).await;
    assert_eq!(first.0, 201, "{first:?}");
    assert_eq!(sender.send(&site, KEY, &batch("1200")).await, first);
}

/// A key is used up by what was done and by nothing else.
#[tokio::test]
async fn what_was_refused_can_be_sent_anew_under_its_key() {
    let stage = Stage::new().await;
    let sender = Sender::new(&stage).await;
    let site = stage.site();
    let before = effects(&stage).await;
    let unknown = json!([{"indicator": "unheard_of", "period": "2024-01", "value": "1"}]);
    assert_eq!(sender.send(&site, KEY, &unknown).await.0, 422);
    let long = "k".repeat(129);
    for key in ["short", "", long.as_str()] {
        assert_eq!(sender.send(&site, key, &batch("1200")).await.0, 422, "{key}");
    }
    assert_eq!(effects(&stage).await, before);
    let done = sender.send(&site, KEY, &batch("1200")).await;
    assert_eq!(done.0, 201, "{done:?}");
    assert_eq!(effects(&stage).await, once(before));
    // another person's key is another key
    let other = server::demo::token(&stage.owner, "pm@amani.test").await.unwrap();
    let other = Sender { token: other.expose_secret().to_owned(), path: sender.path.clone() };
    let (status, _, text) = other.send(&site, KEY, &batch("1200")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY.as_u16() && text.contains("already_submitted"), "{status} {text}");
    assert_eq!(effects(&stage).await, once(before));
}
