//! Second factors, recovery codes, proving oneself again, and the list of sessions, as a browser without script does it.

use http::StatusCode;
use secrecy::SecretString;
use server::identity::totp::code_at;

use crate::accounts::letters;
use crate::stage::{Browser, PASSWORD, Page, Stage, fresh_code};

const SECURITY: &str = "/settings/security";

/// The secret that the page shows, without its spaces.
fn shown_secret(page: &Page) -> SecretString {
    let text = page.body.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    SecretString::from(text.replace(' ', ""))
}

async fn now(stage: &Stage) -> u64 {
    let now: i64 =
        sqlx::query_scalar("select extract(epoch from clock_timestamp())::bigint").fetch_one(&mut stage.superuser().await).await.unwrap();
    u64::try_from(now).unwrap()
}

/// Sets up an authenticator; answers the code that confirmed it and the page that follows.
async fn set_up(stage: &Stage, browser: &mut Browser) -> (String, Page) {
    assert_eq!(browser.post("/fn/factors/offer", &[("back", SECURITY)]).await.location, SECURITY);
    let secret = shown_secret(&browser.get(SECURITY).await);
    let code = code_at(&secret, now(stage).await).unwrap();
    let page = browser.post("/fn/factors/confirm", &[("code", &code), ("back", SECURITY)]).await;
    assert!(page.location.contains("notice=factor-added"), "{}", page.location);
    let shown = browser.get(&page.location).await;
    (code, shown)
}

fn codes_of(page: &Page) -> Vec<String> {
    let list = page.body.split("<ol class=\"codes\">").nth(1).unwrap().split("</ol>").next().unwrap();
    list.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// An action in the newest events of the organisation.
async fn logged(stage: &Stage, action: &'static str) -> i64 {
    stage.count(&format!("audit.event where action = '{action}'")).await
}

#[tokio::test]
async fn an_authenticator_is_set_up_and_its_first_code_works_once() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut elsewhere = Browser::new(&stage);
    elsewhere.sign_in(&stage, "meal@amani.test").await;

    let (used, shown) = set_up(&stage, &mut browser).await;
    let codes = codes_of(&shown);
    assert_eq!(codes.len(), 10);
    assert!(!browser.get(SECURITY).await.body.contains(&codes[0]), "they are shown once");
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK, "this session goes on");
    assert!(elsewhere.get("/o/amani-wash").await.location.starts_with("/login"), "a session that was begun with less has ended");

    // the code that confirmed it signs nobody in
    let mut next = Browser::new(&stage);
    let page = next.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    assert!(page.location.starts_with("/login/code"), "{}", page.location);
    let refused = next.post("/fn/sessions/confirm", &[("code", &used), ("back", "/login/code")]).await;
    assert!(refused.location.contains("flash="), "{}", refused.location);
    assert_eq!(logged(&stage, "second_factor.added").await, 1);
    assert_eq!(
        stage.count("auth.user_account where email = 'meal@amani.test' and totp_secret is not null and totp_offered is null").await,
        1
    );
}

#[tokio::test]
async fn a_wrong_code_sets_nothing_up() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    browser.post("/fn/factors/offer", &[("back", SECURITY)]).await;
    let page = browser.post("/fn/factors/confirm", &[("code", "000000"), ("back", SECURITY)]).await;
    let shown = browser.get(page.location.split('#').next().unwrap()).await;
    assert!(shown.body.contains("aria-invalid=\"true\"") && !shown.body.contains("000000"), "a code is not given back");
    assert_eq!(stage.count("auth.user_account where email = 'meal@amani.test' and totp_confirmed_at is not null").await, 0);
    // what was offered a quarter of an hour ago proves nothing any more
    stage.run("update auth.user_account set totp_offered_at = now() - interval '16 minutes' where email = 'meal@amani.test'").await;
    assert!(!browser.get(SECURITY).await.body.contains("class=\"secret\""));
}

#[tokio::test]
async fn a_recovery_code_signs_in_once_and_proves_nothing_else() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let codes = codes_of(&set_up(&stage, &mut browser).await.1);

    let typed = codes[0].to_lowercase().replace('-', " ");
    let mut lost = Browser::new(&stage);
    lost.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    assert_eq!(lost.post("/fn/sessions/confirm", &[("code", &typed)]).await.location, "/o/amani-wash");
    let mut again = Browser::new(&stage);
    again.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    let refused = again.post("/fn/sessions/confirm", &[("code", &typed), ("back", "/login/code")]).await;
    assert!(refused.location.contains("flash="), "used up");

    stage.run("update auth.session set stepped_up_at = now() - interval '11 minutes'").await;
    let refused = lost.post("/fn/step-up/prove", &[("code", &codes[1]), ("back", "/settings/confirm")]).await;
    assert!(refused.location.contains("flash="), "a recovery code is no proof: {}", refused.location);
    assert_eq!(stage.count("auth.recovery_code where used_at is not null").await, 1);
    assert_eq!(logged(&stage, "recovery_code.used").await, 1);
    assert_eq!(stage.count("auth.notice where kind = 'recovery_code_used'").await, 1);
}

#[tokio::test]
async fn one_recovery_code_used_twice_at_once_signs_in_once() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let code = codes_of(&set_up(&stage, &mut browser).await.1).remove(0);
    let mut both = Vec::new();
    for _ in 0..2 {
        let mut browser = Browser::new(&stage);
        browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
        both.push(browser);
    }
    let [one, two] = both.get_disjoint_mut([0, 1]).unwrap();
    let fields = [("code", code.as_str()), ("back", "/login/code")];
    let (a, b) = tokio::join!(one.post("/fn/sessions/confirm", &fields), two.post("/fn/sessions/confirm", &fields));
    let inside = [a.location, b.location].iter().filter(|location| *location == "/o/amani-wash").count();
    assert_eq!(inside, 1);
}

#[tokio::test]
async fn who_must_have_a_factor_reaches_nothing_else_without_one() {
    let stage = Stage::new().await;
    stage.run("update auth.user_account set totp_secret = null, totp_confirmed_at = null where email = 'admin@amani.test'").await;
    let mut browser = Browser::new(&stage);
    browser.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    for path in ["/", "/o/amani-wash", "/o/amani-wash/projects", "/o/amani-wash/audit", "/settings/account"] {
        assert_eq!(browser.get(path).await.location, SECURITY, "{path}");
    }
    let page = browser.post("/fn/projects/create", &[("org", "amani-wash"), ("code", "x"), ("title", "X")]).await;
    assert_eq!(page.location, SECURITY);
    set_up(&stage, &mut browser).await;
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);

    // and it cannot be taken off again, only replaced
    let page = browser.post("/fn/factors/remove", &[("back", SECURITY)]).await;
    let shown = browser.get(page.location.split('#').next().unwrap()).await;
    assert!(shown.body.contains("Your role needs a second factor. Set up another"), "{}", page.location);
    assert_eq!(stage.count("auth.user_account where email = 'admin@amani.test' and totp_confirmed_at is not null").await, 1);
}

#[tokio::test]
async fn an_organisation_may_demand_a_factor_of_more_roles() {
    let stage = Stage::new().await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let members = "/o/amani-wash/admin/members";
    let form = "/fn/organisations/set-factor-roles";
    let page = admin.post(form, &[("org", "amani-wash"), ("role-tenant_admin", "yes"), ("back", members)]).await;
    assert!(page.location.contains("flash="), "that role always needs one");
    let page = admin.post(form, &[("org", "amani-wash"), ("role-meal_officer", "yes"), ("back", members)]).await;
    assert!(page.location.contains("notice=factor-roles-set"), "{}", page.location);
    assert_eq!(stage.count("app.tenant where second_factor_roles = '{meal_officer}'").await, 1, "of this organisation alone");
    assert!(admin.get(members).await.body.contains("name=\"role-meal_officer\" value=\"yes\" checked"));
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    assert_eq!(browser.get("/o/amani-wash").await.location, SECURITY);
    let mut other = Browser::new(&stage);
    other.sign_in(&stage, "pm@amani.test").await;
    assert_eq!(other.get("/o/amani-wash").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_matters_asks_for_proof_again_and_loses_nothing() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    stage.run("update auth.session set stepped_up_at = now() - interval '11 minutes'").await;
    let export = "/o/amani-wash/projects/wells/export";
    let page = browser.post(export, &[]).await;
    assert_eq!(page.location, format!("/settings/confirm?next={export}"));
    let refused = browser.post("/fn/factors/offer", &[("back", SECURITY)]).await;
    assert!(refused.location.starts_with("/settings/confirm?next="), "{}", refused.location);
    assert_eq!(stage.count("auth.user_account where totp_offered is not null").await, 0);

    let wrong = browser.post("/fn/step-up/prove", &[("password", "wrong"), ("next", export), ("back", "/settings/confirm")]).await;
    assert!(wrong.location.contains("flash="));
    assert_eq!(browser.post(export, &[]).await.status, StatusCode::SEE_OTHER, "nothing was gained");
    let right = browser.post("/fn/step-up/prove", &[("password", PASSWORD), ("next", export)]).await;
    assert_eq!(right.location, export);
    assert_eq!(browser.post(export, &[]).await.status, StatusCode::OK);
    let away = browser.post("/fn/step-up/prove", &[("password", PASSWORD), ("next", "//elsewhere.test")]).await;
    assert_eq!(away.location, SECURITY, "never to another site");
    assert_eq!((logged(&stage, "step_up.refused").await, logged(&stage, "step_up.given").await), (1, 2));
}

#[tokio::test]
async fn proving_oneself_does_not_lengthen_a_session_and_its_old_id_is_dead() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut thief = Browser::new(&stage);
    browser.copy_cookies(&mut thief);
    stage.run("update auth.session set created_at = now() - interval '6 days', absolute_until = now() + interval '1 day'").await;
    browser.post("/fn/step-up/prove", &[("password", PASSWORD), ("next", "/")]).await;
    assert_eq!(stage.count("auth.session where revoked_at is null and absolute_until < now() + interval '25 hours'").await, 1);
    assert!(thief.get("/o/amani-wash").await.location.starts_with("/login"));
    // a session that was ended meanwhile stays ended
    stage.run("update auth.session set revoked_at = now()").await;
    let page = browser.post("/fn/step-up/prove", &[("password", PASSWORD), ("next", "/")]).await;
    assert!(page.location.starts_with("/login"), "{}", page.location);
    assert_eq!(stage.count("auth.session where revoked_at is null").await, 0);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let stage = Stage::new().await;
    let mut one = Browser::new(&stage);
    one.sign_in(&stage, "meal@amani.test").await;
    let mut two = Browser::new(&stage);
    two.sign_in(&stage, "meal@amani.test").await;
    let mut stranger = Browser::new(&stage);
    stranger.sign_in(&stage, "meal@baraka.test").await;
    let page = one.get(SECURITY).await;
    assert_eq!(page.body.matches("name=\"id\"").count(), 1, "the other session can be ended, this one is signed out of");
    assert!(page.body.contains("127.0.0.0/24"), "the network is shown to its owner");
    let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(stranger.post("/fn/sessions/end", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(two.get("/o/amani-wash").await.status, StatusCode::OK);
    one.post("/fn/sessions/end", &[("id", &id)]).await;
    assert!(two.get("/o/amani-wash").await.location.starts_with("/login"));

    let mut three = Browser::new(&stage);
    three.sign_in(&stage, "meal@amani.test").await;
    one.post("/fn/sessions/end-others", &[]).await;
    assert!(three.get("/o/amani-wash").await.location.starts_with("/login"));
    assert_eq!(one.get("/o/amani-wash").await.status, StatusCode::OK);
    assert_eq!(stranger.get("/o/baraka-health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn taking_a_factor_off_ends_everything_that_was_begun_with_it() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    set_up(&stage, &mut browser).await;
    let program = stage.program("meal@amani.test").await;
    assert_eq!(program.get("/me").await.0, StatusCode::OK);
    let page = browser.post("/fn/factors/remove", &[("back", SECURITY)]).await;
    assert!(page.location.contains("notice=factor-removed"), "{}", page.location);
    assert_eq!(program.get("/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
    assert_eq!(stage.count("auth.recovery_code").await, 0);
    let mut next = Browser::new(&stage);
    assert_eq!(next.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await.location, "/o/amani-wash");
}

#[tokio::test]
async fn news_of_an_account_reach_its_owner_sealed() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "admin@amani.test").await;
    assert_eq!(stage.count("auth.mail").await, 0, "the first sign-in of all is no news");
    let code = fresh_code(&stage, "admin@amani.test").await;
    let mut other = Browser::new(&stage);
    other.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    other.post("/fn/sessions/confirm", &[("code", &code)]).await;
    assert_eq!(stage.count("auth.notice where kind = 'new_device'").await, 1);
    assert_eq!(stage.count("auth.mail").await, 1);
    assert_eq!(stage.count("auth.mail where position('admin@amani.test'::bytea in sealed) > 0").await, 0);
    // the same browser once more is no news
    let code = fresh_code(&stage, "admin@amani.test").await;
    other.post("/logout", &[]).await;
    other.post("/fn/sessions/open", &[("email", "admin@amani.test"), ("password", PASSWORD)]).await;
    other.post("/fn/sessions/confirm", &[("code", &code)]).await;
    assert_eq!(stage.count("auth.notice where kind = 'new_device'").await, 1);

    let letters = letters(&stage).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("To: admin@amani.test") && letters[0].contains("text/html"), "{}", letters[0]);
    assert_eq!(stage.count("auth.mail").await, 0, "what was sent is gone");
}

#[tokio::test]
async fn a_session_that_was_begun_with_the_password_alone_opens_nothing_once_there_is_a_factor() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    // as if the sign-in had been under way while the factor was set up elsewhere
    stage.run("update auth.user_account set totp_confirmed_at = now(), totp_secret = 'x' where email = 'meal@amani.test'").await;
    assert!(browser.get("/o/amani-wash").await.location.starts_with("/login"));
    let page = browser.post("/fn/recovery-codes/renew", &[("back", SECURITY)]).await;
    assert!(page.location.starts_with("/login"), "{}", page.location);
}

#[tokio::test]
async fn an_offered_secret_is_shown_to_who_has_just_proven_themselves_alone() {
    let stage = Stage::new().await;
    let mut owner = Browser::new(&stage);
    let mut left_open = Browser::new(&stage);
    left_open.sign_in(&stage, "meal@amani.test").await;
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    owner.sign_in(&stage, "meal@amani.test").await;
    owner.post("/fn/factors/offer", &[("back", SECURITY)]).await;
    assert!(owner.get(SECURITY).await.body.contains("class=\"secret\""));
    assert!(!left_open.get(SECURITY).await.body.contains("class=\"secret\""));
}

#[tokio::test]
async fn a_session_that_goes_on_under_a_new_id_is_ended_all_the_same() {
    let stage = Stage::new().await;
    let mut owner = Browser::new(&stage);
    owner.sign_in(&stage, "meal@amani.test").await;
    for round in 0..8 {
        let mut other = Browser::new(&stage);
        other.sign_in(&stage, "meal@amani.test").await;
        stage.run("delete from rl.gcra").await;
        let proof = [("password", PASSWORD), ("next", "/")];
        let (_, ended) = tokio::join!(other.post("/fn/step-up/prove", &proof), owner.post("/fn/sessions/end-others", &[]));
        assert!(ended.location.contains("notice=sessions-ended"), "{}", ended.location);
        assert!(other.get("/o/amani-wash").await.location.starts_with("/login"), "round {round}");
    }
}

#[tokio::test]
async fn signing_out_with_an_id_that_was_just_left_ends_the_session_too() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut before = Browser::new(&stage);
    browser.copy_cookies(&mut before);
    browser.post("/fn/step-up/prove", &[("password", PASSWORD), ("next", "/")]).await;
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK, "it goes on under a new id");
    before.post("/logout", &[]).await;
    assert!(browser.get("/o/amani-wash").await.location.starts_with("/login"));
}

#[tokio::test]
async fn a_slow_request_revives_no_session_that_was_signed_out_of() {
    let stage = Stage::new().await;
    for round in 0..8 {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, "meal@amani.test").await;
        let mut slow = Browser::new(&stage);
        browser.copy_cookies(&mut slow);
        stage.run("delete from rl.gcra").await;
        let proof = [("password", PASSWORD), ("next", "/")];
        tokio::join!(slow.post("/fn/step-up/prove", &proof), browser.post("/logout", &[]));
        assert!(slow.get("/o/amani-wash").await.location.starts_with("/login"), "round {round}");
        assert_eq!(stage.count("auth.session where revoked_at is null").await, 0, "round {round}");
    }
}
