//! Limits that stop guessing and keep no owner out, counted for all servers together.

use http::StatusCode;
use server::identity::limits;

use crate::accounts::{letters, secret_in};
use crate::stage::{Browser, PASSWORD, Stage, fresh_code};

/// As many wrong passwords as the account stands, from everywhere.
async fn guess_at(stage: &Stage, email: &str) {
    for _ in 0..100 {
        limits::count(&stage.db, limits::ACCOUNT, email).await.unwrap();
    }
}

async fn open(browser: &mut Browser, email: &str, password: &str) -> String {
    let page = browser.post("/fn/sessions/open", &[("email", email), ("password", password), ("back", "/login")]).await;
    page.location
}

#[tokio::test]
async fn guessing_from_one_network_is_slowed_down_on_every_server() {
    let stage = Stage::new().await;
    let beside = stage.beside();
    let mut statuses = Vec::new();
    for i in 0..8 {
        let mut browser = Browser::new(if i % 2 == 0 { &stage } else { &beside });
        let page = browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", "wrong"), ("back", "/login")]).await;
        statuses.push(page.status);
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(page.headers.contains_key("retry-after"));
        }
    }
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count(), 3, "{statuses:?}");
}

#[tokio::test]
async fn sessions_are_shared_by_every_server() {
    let stage = Stage::new().await;
    let mut here = Browser::new(&stage);
    here.sign_in(&stage, "meal@amani.test").await;
    let mut there = Browser::new(&stage.beside());
    here.copy_cookies(&mut there);
    assert_eq!(there.get("/o/amani-wash").await.status, StatusCode::OK);
    there.post("/logout", &[]).await;
    assert!(here.get("/o/amani-wash").await.location.starts_with("/login"));
}

#[tokio::test]
async fn nobodys_guessing_keeps_the_owner_out() {
    let stage = Stage::new().await;
    let mut owner = Browser::new(&stage);
    owner.sign_in(&stage, "meal@amani.test").await;
    owner.post("/logout", &[]).await;
    guess_at(&stage, "meal@amani.test").await;

    // a browser that was the owner's goes in as always
    assert_eq!(open(&mut owner, "meal@amani.test", PASSWORD).await, "/o/amani-wash");
    // another one learns nothing: right and wrong passwords are one answer
    let mut stranger = Browser::new(&stage);
    let mut shown = Vec::new();
    for password in [PASSWORD, "wrong"] {
        let location = open(&mut stranger, "meal@amani.test", password).await;
        let path = location.split('#').next().unwrap().to_owned();
        shown.push(stranger.get(&path).await.body);
        assert!(location.starts_with("/login?flash="), "{location}");
    }
    assert_eq!(shown[0], shown[1]);

    // and the owner's own new browser is let in by a letter, the password still being asked for
    let letters = letters(&stage).await;
    let letter = letters.iter().find(|letter| letter.contains("/device#")).unwrap();
    let secret = secret_in(letter, "device");
    let page = stranger.post("/fn/sessions/trust", &[("secret", &secret)]).await;
    assert_eq!(page.location, "/login?notice=device-trusted");
    assert!(stranger.get("/o/amani-wash").await.location.starts_with("/login"), "it signs nobody in");
    assert_eq!(open(&mut stranger, "meal@amani.test", PASSWORD).await, "/o/amani-wash");
    let again = Browser::new(&stage).post("/fn/sessions/trust", &[("secret", &secret), ("back", "/device")]).await;
    assert!(again.location.contains("flash="), "the link works once");
}

#[tokio::test]
async fn an_unknown_account_is_guarded_alike() {
    let stage = Stage::new().await;
    let mut shown = Vec::new();
    for email in ["meal@amani.test", "nobody@amani.test"] {
        guess_at(&stage, email).await;
        let mut browser = Browser::new(&stage);
        let location = open(&mut browser, email, "wrong").await;
        let page = browser.get(location.split('#').next().unwrap()).await;
        shown.push(page.body.replace(email, "").replace(location.as_str(), ""));
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(stage.count("auth.letter_request").await, 2);
}

#[tokio::test]
async fn guessing_at_codes_keeps_no_known_browser_out() {
    let stage = Stage::new().await;
    let mut owner = Browser::new(&stage);
    owner.sign_in(&stage, "admin@amani.test").await;
    owner.post("/logout", &[]).await;
    // somebody has learnt the password, and tries codes until the account's limit is reached
    for round in 0..5 {
        let mut thief = Browser::new(&stage);
        let email = "admin@amani.test";
        assert!(open(&mut thief, email, PASSWORD).await.starts_with("/login/code"), "round {round}");
        for _ in 0..4 {
            thief.post("/fn/sessions/confirm", &[("code", "000000"), ("back", "/login/code")]).await;
        }
    }
    let mut thief = Browser::new(&stage);
    open(&mut thief, "admin@amani.test", PASSWORD).await;
    let page = thief.post("/fn/sessions/confirm", &[("code", "000000"), ("back", "/login/code")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let shown = thief.get(page.location.split('#').next().unwrap()).await;
    assert!(page.headers.contains_key("retry-after") && shown.body.contains("role=\"alert\""));
    assert!(open(&mut owner, "admin@amani.test", PASSWORD).await.starts_with("/login/code"));
    let code = fresh_code(&stage, "admin@amani.test").await;
    assert_eq!(owner.post("/fn/sessions/confirm", &[("code", &code)]).await.location, "/o/amani-wash");
}

#[tokio::test]
async fn a_neighbour_uses_up_no_attempt_of_a_known_browser() {
    let stage = Stage::new().await;
    let mut owner = Browser::new(&stage);
    owner.sign_in(&stage, "meal@amani.test").await;
    owner.post("/logout", &[]).await;
    let mut neighbour = Browser::new(&stage);
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        let fields = [("email", "meal@amani.test"), ("password", "wrong"), ("back", "/login")];
        last = neighbour.post("/fn/sessions/open", &fields).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(open(&mut owner, "meal@amani.test", PASSWORD).await, "/o/amani-wash");
}

#[tokio::test]
async fn asking_for_resets_uses_up_no_letter_that_lets_the_owner_in() {
    let stage = Stage::new().await;
    guess_at(&stage, "meal@amani.test").await;
    for _ in 0..4 {
        Browser::new(&stage).post("/fn/passwords/forgot", &[("email", "meal@amani.test"), ("back", "/forgot")]).await;
    }
    let before = stage.count("auth.letter_request").await;
    open(&mut Browser::new(&stage), "meal@amani.test", PASSWORD).await;
    assert_eq!(stage.count("auth.letter_request").await, before + 1);
}

/// Who holds a connection and waits for a second one stands in everybody's way.
#[tokio::test]
async fn many_invitations_at_once_hold_nobody_up() {
    let stage = Stage::new().await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let invite = |n: usize| {
        let mut browser = Browser::new(&stage);
        admin.copy_cookies(&mut browser);
        async move {
            let email = format!("z{n}@amani.test");
            let fields =
                [("org", "amani-wash"), ("emails", email.as_str()), ("role-viewer", "yes"), ("back", "/o/amani-wash/admin/members")];
            browser.post("/fn/invitations/send", &fields).await.location
        }
    };
    let sent = futures_util::future::join_all((0..30).map(invite)).await;
    assert!(sent.iter().all(|location| location.contains("notice=invited")), "{sent:?}");
}
