//! What a provider holds people to: neither another address, nor a token, nor a session of before gets around it.

use http::StatusCode;
use serde_json::json;

use crate::providers::{BACK, ORG, Scene, end, problem};
use crate::stage::{Browser, Stage};

/// Makes a token that reads, in this browser.
async fn token(browser: &mut Browser) -> String {
    let fields = [ORG, ("back", "/o/amani-wash/admin/tokens"), ("name", "nightly"), ("lifetime", "30"), ("scope-read", "yes")];
    let page = browser.post("/fn/tokens/create", &fields).await;
    let page = browser.get(page.location.split('#').next().unwrap()).await;
    let at = page.body.find("kipimo_pat_").unwrap_or_else(|| panic!("no token: {}", page.body));
    page.body[at..at + 47].to_owned()
}

async fn reads(stage: &Stage, token: &str) -> StatusCode {
    use tower::ServiceExt;
    let request = http::Request::builder().uri("/api/v1/projects").header("authorization", format!("Bearer {token}"));
    stage.site().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn an_address_of_the_domain_is_not_left_in_time_for_a_demand() {
    let scene = Scene::set_up().await;
    let mut browser = Browser::new(&scene.stage);
    browser.sign_in(&scene.stage, "meal@amani.test").await;
    let change = [("email", "meal@home.test"), ("back", "/settings/account")];
    // before the domain is shown it is anybody's who says so
    assert!(browser.post("/fn/emails/change", &change).await.location.contains("notice=email-asked"));
    let mut scene = scene;
    scene.show_domain().await;
    assert!(browser.post("/fn/emails/change", &change).await.location.contains("flash="));
    // within the domain it may change
    assert!(browser.post("/fn/emails/change", &[("email", "neema@amani.test"), change[1]]).await.location.contains("notice=email-asked"));
    // administrators are not held
    assert!(scene.admin.post("/fn/emails/change", &[("email", "a@home.test"), change[1]]).await.location.contains("notice=email-asked"));
}

#[tokio::test]
async fn a_token_made_with_the_password_does_not_get_around_a_demand() {
    let mut scene = Scene::new().await;
    let mut browser = Browser::new(&scene.stage);
    browser.sign_in(&scene.stage, "meal@amani.test").await;
    let before = token(&mut browser).await;
    let admins = token(&mut scene.admin).await;
    assert_eq!(reads(&scene.stage, &before).await, StatusCode::OK);
    scene.admin.post("/fn/providers/require", &[ORG, BACK, ("required", "yes")]).await;
    assert_eq!(reads(&scene.stage, &before).await, StatusCode::UNAUTHORIZED);
    assert_eq!(reads(&scene.stage, &admins).await, StatusCode::OK, "administrators are not held");
    scene.provider.says(json!({"email": "meal@amani.test", "sub": "meal"}));
    scene.come(&mut browser).await;
    scene.stage.run("update auth.session set stepped_up_at = now()").await;
    let after = token(&mut browser).await;
    assert_eq!(reads(&scene.stage, &after).await, StatusCode::OK);
    assert_eq!(reads(&scene.stage, &before).await, StatusCode::UNAUTHORIZED);
    // the provider that it was made by is no more
    let (issuer, version) = (scene.provider.issuer.clone(), scene.version().await);
    scene.set(&issuer, "other.test", &version).await;
    let version = scene.version().await;
    scene.set(&issuer, "amani.test", &version).await;
    scene.show_domain().await;
    scene.admin.post("/fn/providers/require", &[ORG, BACK, ("required", "yes")]).await;
    assert_eq!(reads(&scene.stage, &after).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_arrives_while_the_provider_is_exchanged_is_let_in_by_neither() {
    let mut scene = Scene::new().await;
    scene.provider.says(json!({}));
    let mut browser = Browser::new(&scene.stage);
    let asked = scene.depart(&mut browser, "").await;
    assert!(scene.admin.post("/fn/providers/remove", &[ORG, BACK]).await.location.contains("notice=provider-removed"));
    let issuer = scene.provider.issuer.clone();
    scene.set(&issuer, "amani.test", "").await;
    scene.show_domain().await;
    let query = format!("code=good&state={}", asked["state"].as_str().unwrap());
    assert_eq!(end(&scene.arrive(&mut browser, &query).await), problem("expired"));
    // nor does a session go on that the one before has begun, even where it was not ended with it
    scene.come(&mut browser).await;
    assert_eq!(browser.get("/o/amani-wash/projects").await.status, StatusCode::OK);
    scene.stage.run("update app.provider set generation = gen_random_uuid()").await;
    assert!(browser.get("/o/amani-wash/projects").await.location.starts_with("/login?"));
}

#[tokio::test]
async fn a_former_address_makes_nobody_new() {
    let mut scene = Scene::set_up().await;
    let mut browser = Browser::new(&scene.stage);
    browser.sign_in(&scene.stage, "field@amani.test").await;
    scene.stage.run("delete from auth.mail").await;
    browser.post("/fn/emails/change", &[("email", "field@home.test"), ("back", "/settings/account")]).await;
    let letter = crate::accounts::letters(&scene.stage).await.into_iter().find(|letter| letter.contains("To: field@home.test")).unwrap();
    let secret = letter.split("/settings/email#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let page = browser.post("/fn/emails/confirm", &[("secret", &secret)]).await;
    assert!(page.location.contains("notice="), "{}", page.location);
    scene.show_domain().await;
    let arrival = json!({"email": "field@amani.test", "sub": "somebody"});
    assert_eq!(end(&scene.lands(arrival.clone()).await), problem("address-taken"));
    assert_eq!(scene.stage.count("auth.user_account where email = 'field@amani.test'").await, 0);
    // the address is somebody else's now, whom the organisation has invited by it
    let fields = [ORG, ("back", "/o/amani-wash/admin/members"), ("emails", "field@amani.test"), ("role-viewer", "yes")];
    scene.admin.post("/fn/invitations/send", &fields).await;
    assert_eq!(end(&scene.lands(arrival).await), problem("address-taken"), "they take the invitation up with a password first");
}

#[tokio::test]
async fn an_account_of_before_is_linked_and_written_down_at_once() {
    let scene = Scene::new().await;
    scene.lands(json!({"email": "meal@amani.test", "sub": "meal"})).await;
    assert_eq!(scene.stage.count("audit.event where action = 'membership.linked_by_provider'").await, 1);
    scene.lands(json!({"email": "meal@amani.test", "sub": "meal"})).await;
    assert_eq!(scene.stage.count("audit.event where action = 'membership.linked_by_provider'").await, 1);
}
