//! Signing in, as a browser without script does it.

use http::StatusCode;

use crate::stage::{Browser, PASSWORD, Stage, fresh_code};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_one_answer() {
    let stage = Stage::new().await;
    let mut bodies = Vec::new();
    for email in ["meal@amani.test", "nobody@amani.test"] {
        let mut browser = Browser::new(&stage);
        let page = browser.post("/fn/sessions/open", &[("email", email), ("password", "wrong"), ("back", "/login")]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        let shown = browser.get(&page.location).await;
        assert!(shown.body.contains(email), "what was typed is kept");
        assert!(!shown.body.contains("wrong"), "a password is not");
        bodies.push(shown.body.replace(email, "").replace(page.location.as_str(), ""));
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn a_code_is_owed_and_works_once() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    let page = browser.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    assert!(page.location.starts_with("/login/code"));
    assert_eq!(browser.get("/o/amani-wash").await.location, "/login/code", "half a sign-in opens nothing");
    let code = fresh_code(&stage, "admin@amani.test").await;
    let page = browser.post("/fn/sessions/confirm", &[("code", &code)]).await;
    assert_eq!(page.location, "/o/amani-wash");
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);

    let mut second = Browser::new(&stage);
    second.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    let replay = second.post("/fn/sessions/confirm", &[("code", &code), ("back", "/login/code")]).await;
    assert!(replay.location.starts_with("/login/code?flash="), "{}", replay.location);
}

#[tokio::test]
async fn five_wrong_codes_end_the_challenge() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    for _ in 0..5 {
        browser.post("/fn/sessions/confirm", &[("code", "000000"), ("back", "/login/code")]).await;
    }
    let code = fresh_code(&stage, "admin@amani.test").await;
    let page = browser.post("/fn/sessions/confirm", &[("code", &code)]).await;
    assert_eq!(page.location, "/login");
}

#[tokio::test]
async fn signing_out_kills_the_session_on_the_server() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut copy = Browser::new(&stage);
    browser.copy_cookies(&mut copy);
    assert_eq!(copy.get("/o/amani-wash").await.status, StatusCode::OK);
    browser.post("/logout", &[]).await;
    assert!(copy.get("/o/amani-wash").await.location.starts_with("/login"), "a copied cookie is dead too");
}

#[tokio::test]
async fn guesses_are_slowed_down_for_unknown_accounts_too() {
    let stage = Stage::new().await;
    for email in ["field@amani.test", "nobody@nowhere.test"] {
        let mut browser = Browser::new(&stage);
        let mut last = browser.post("/fn/sessions/open", &[("email", email), ("password", "x"), ("back", "/login")]).await;
        for _ in 0..5 {
            last = browser.post("/fn/sessions/open", &[("email", email), ("password", "x"), ("back", "/login")]).await;
        }
        assert!(last.headers.contains_key("retry-after"), "{email}");
    }
}

#[tokio::test]
async fn two_servers_count_attempts_together() {
    let first = Stage::new().await;
    let second = first.beside();
    let guess = [("email", "field@amani.test"), ("password", "x"), ("back", "/login")];
    for stage in [&first, &second, &first, &second, &first] {
        let page = Browser::new(stage).post("/fn/sessions/open", &guess).await;
        assert!(!page.headers.contains_key("retry-after"));
    }
    for stage in [&second, &first] {
        assert!(Browser::new(stage).post("/fn/sessions/open", &guess).await.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn writes_from_elsewhere_are_refused() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    assert_eq!(browser.post_from_nowhere("/fn/projects/create").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post_from_elsewhere("/logout").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_organisation_and_none_are_the_same_page_byte_for_byte() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut bodies = std::collections::HashSet::new();
    for path in ["/o/baraka-health", "/o/nowhere", "/o/baraka-health/projects/clinics", "/o/amani-wash/projects/nothing", "/nothing"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        bodies.insert(page.body);
    }
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn sign_ins_good_and_bad_are_in_the_log() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", "wrong")]).await;
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut conn = stage.superuser().await;
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit.event where action like 'session.%' order by at").fetch_all(&mut conn).await.unwrap();
    assert_eq!(actions, ["session.refused", "session.started"]);
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    for path in ["/", "/login", "/nothing", "/favicon.svg"] {
        let page = browser.get(path).await;
        for header in ["content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy"] {
            assert!(page.headers.contains_key(header), "{path} {header}");
        }
        assert!(!page.body.contains("<script"), "{path} needs no script");
    }
}
