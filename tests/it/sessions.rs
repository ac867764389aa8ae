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

#[tokio::test]
async fn nobody_is_led_out_of_the_site() {
    let stage = Stage::new().await;
    for elsewhere in
        ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", "/\u{b}/x", "/\0/x"]
    {
        let mut browser = Browser::new(&stage);
        let fields = [("email", "meal@amani.test"), ("password", PASSWORD), ("next", elsewhere)];
        let page = browser.post("/fn/sessions/open", &fields).await;
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/o/amani-wash"), "{elsewhere:?}");
        let page = browser.post("/fn/locations/add", &[("org", "amani-wash"), ("back", elsewhere)]).await;
        assert!(page.location.is_empty() || page.location.starts_with("/?flash="), "{elsewhere:?} {}", page.location);
    }
}

#[tokio::test]
async fn texts_that_no_database_holds_are_refused_in_a_sentence() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    let page = browser.post("/fn/sessions/open", &[("email", "a\0@b.org"), ("password", "x"), ("back", "/login")]).await;
    assert!(!page.status.is_server_error(), "{}", page.status);
    browser.sign_in(&stage, "meal@amani.test").await;
    for path in ["/o/%00", "/o/amani-wash/projects/%00", "/o/amani-wash/audit?action=%00", "/o/amani-wash/audit/abc"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = browser.post("/fn/visits/open", &[("public_id", "a\0b"), ("secret", "c")]).await;
    assert!(!page.status.is_server_error(), "{}", page.status);
}

#[tokio::test]
async fn who_is_nobody_leaves_little_behind() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    let junk = "x".repeat(9_000);
    let page = browser.post("/fn/visits/open", &[("public_id", "a"), ("secret", "b"), ("junk", &junk)]).await;
    assert!(page.status.is_client_error() && page.location.is_empty(), "{}", page.status);
    let guess = [("email", "nobody@nowhere.test"), ("password", "x"), ("back", "/login")];
    for _ in 0..8 {
        browser.post("/fn/sessions/open", &guess).await;
    }
    assert!(stage.count("auth.flash").await < 8, "what a limit refused is not kept");
}

/// The framework does not escape within a textarea: we do.
#[tokio::test]
async fn what_was_typed_stays_within_its_field() {
    const HOSTILE: &str = "</textarea><meta http-equiv=refresh content=0><b>&amp;";
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    let back = "/o/amani-wash/projects/wells/learning";
    let fields = [("org", "amani-wash"), ("project", project.as_str()), ("on_day", ""), ("why", HOSTILE), ("back", back)];
    let page = browser.post("/fn/learning-entries/add", &fields).await;
    let shown = browser.get(page.location.split('#').next().unwrap()).await;
    assert!(shown.body.contains("&lt;/textarea>&lt;meta http-equiv=refresh content=0>&lt;b>&amp;amp;"), "{}", shown.body);
    assert!(!shown.body.contains("<meta http-equiv"));
    for path in ["/o/amani-wash/projects/wells/entry", "/o/amani-wash/projects/wells/setup", "/o/amani-wash/projects/wells/import", back] {
        let page = browser.get(path).await.body;
        let raw = page.split("<textarea").skip(1).filter(|rest| rest.split("</textarea>").next().unwrap().matches('<').count() > 0).count();
        assert_eq!(raw, 0, "{path}");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_rests_and_at_its_time_in_any_case() {
    let stage = Stage::new().await;
    for age in
        ["last_seen = now() - idle_seconds * interval '1 second' - interval '1 second'", "absolute_until = now() - interval '1 second'"]
    {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, "meal@amani.test").await;
        assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
        let statement = format!("update auth.session set {age} where revoked_at is null");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut stage.superuser().await).await.unwrap();
        assert!(browser.get("/o/amani-wash").await.location.starts_with("/login"), "{age}");
    }
    // who rules is signed out sooner, and nobody's session is longer than a week
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    assert_eq!(
        stage.count("auth.session where kind = 'session' and idle_seconds = 1800 and absolute_until < now() + interval '13 hours'").await,
        1
    );
    assert_eq!(stage.count("auth.session where absolute_until > created_at + interval '7 days'").await, 0);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let program = stage.program("meal@amani.test").await;
    stage.run("update auth.user_account set status = 'disabled' where email = 'meal@amani.test'").await;
    assert!(browser.get("/o/amani-wash").await.location.starts_with("/login"));
    assert_eq!(program.get("/me").await.0, StatusCode::UNAUTHORIZED);
    let page = browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD), ("back", "/login")]).await;
    assert!(page.location.contains("flash="), "and does not come in again");
}

#[tokio::test]
async fn each_sign_in_has_an_id_of_its_own_that_no_row_holds() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut before = Browser::new(&stage);
    browser.copy_cookies(&mut before);
    browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    assert!(before.get("/o/amani-wash").await.location.starts_with("/login"), "the id of before is dead");
    assert_eq!(stage.count("auth.session where octet_length(id_hash) <> 32").await, 0);
    assert_eq!(stage.count("auth.session where revoked_at is null").await, 1);
}

/// A session check is one statement, for an ordinary page and for one of one's own account alike.
#[tokio::test]
async fn a_session_check_is_one_statement() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    browser.get("/device").await;
    let before = crate::stage::statements();
    browser.get("/login").await;
    assert_eq!(crate::stage::statements() - before, 1);
}
