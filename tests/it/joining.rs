//! Joining by an invitation, and setting up the account of who operates the platform.

use http::StatusCode;

use crate::accounts::{NEW, letters, secret_in, sign_in_with};
use crate::stage::{Browser, Stage};

/// An administrator's browser, and the secret of an invitation that it sent.
async fn invited(stage: &Stage, email: &str) -> (Browser, String) {
    let mut admin = Browser::new(stage);
    admin.sign_in(stage, "admin@amani.test").await;
    let fields =
        [("org", "amani-wash"), ("emails", email), ("role-viewer", "yes"), ("locale", "sw"), ("back", "/o/amani-wash/admin/members")];
    let page = admin.post("/fn/invitations/send", &fields).await;
    assert!(page.location.contains("notice=invited"), "{}", page.location);
    let letter = letters(stage).await.into_iter().find(|letter| letter.contains("/invite#")).unwrap();
    (admin, secret_in(&letter, "invite"))
}

#[tokio::test]
async fn who_is_invited_joins_once() {
    let stage = Stage::new().await;
    let (_, secret) = invited(&stage, "zawadi@amani.test").await;
    let mut browser = Browser::new(&stage);
    assert!(browser.get("/invite").await.body.contains("new_password"));
    let fields = [("secret", secret.as_str()), ("name", "Zawadi Moyo"), ("new_password", NEW), ("back", "/invite")];
    assert_eq!(browser.post("/fn/invitations/join", &fields).await.location, "/login?notice=joined");
    let mut again = Browser::new(&stage);
    assert!(again.post("/fn/invitations/join", &fields).await.location.contains("flash="), "used up");
    assert_eq!(sign_in_with(&stage, "zawadi@amani.test", NEW).await.location, "/o/amani-wash");
    assert_eq!(
        stage
            .count(
                "app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'zawadi@amani.test' and roles = '{viewer}'"
            )
            .await,
        1
    );
    assert_eq!(stage.count("audit.event where action in ('invitation.sent', 'invitation.accepted')").await, 2);
    assert_eq!(stage.count("audit.event where position('zawadi'::bytea in canon) > 0").await, 0, "the log holds no address");
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_or_has_expired_is_none() {
    let stage = Stage::new().await;
    let (mut admin, secret) = invited(&stage, "zawadi@amani.test").await;
    let page = admin.get("/o/amani-wash/admin/members").await;
    assert!(page.body.contains("zawadi@amani.test"));
    let id = page.body.split("name=\"invitation\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    admin.post("/fn/invitations/revoke", &[("org", "amani-wash"), ("invitation", &id), ("back", "/o/amani-wash/admin/members")]).await;
    let fields = [("secret", secret.as_str()), ("name", "Z"), ("new_password", NEW), ("back", "/invite")];
    let mut browser = Browser::new(&stage);
    assert!(browser.post("/fn/invitations/join", &fields).await.location.contains("flash="));
    assert_eq!(stage.count("auth.user_account where email = 'zawadi@amani.test'").await, 0);
    // no role that rules comes by an invitation
    let fields = [("org", "amani-wash"), ("emails", "z@amani.test"), ("role-tenant_admin", "yes"), ("back", "/o/amani-wash/admin/members")];
    assert!(admin.post("/fn/invitations/send", &fields).await.location.contains("flash="));
}

#[tokio::test]
async fn a_super_admin_is_set_up_by_a_link_from_the_command_line() {
    let stage = Stage::new().await;
    let mut owner = stage.superuser().await;
    let path = server::identity::set_up::invite_super_admin(&mut owner, "ops@kipimo.test").await.unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&path).split('#').nth(1).unwrap().to_owned();
    assert!(sign_in_with(&stage, "ops@kipimo.test", "").await.location.contains("flash="), "no password, no way in");
    let mut browser = Browser::new(&stage);
    let fields = [("secret", secret.as_str()), ("name", "Ops"), ("new_password", NEW), ("back", "/set-up")];
    assert_eq!(browser.post("/fn/accounts/set-up", &fields).await.location, "/login?notice=joined");
    browser.post("/fn/sessions/open", &[("email", "ops@kipimo.test"), ("password", NEW)]).await;
    assert_eq!(browser.get("/").await.location, "/settings/security", "a second factor comes first");
    assert!(server::identity::set_up::invite_super_admin(&mut owner, "meal@amani.test").await.is_err());
}

#[tokio::test]
async fn nobody_changes_their_roles_by_inviting_themselves() {
    let stage = Stage::new().await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    for email in ["admin@amani.test", "meal@amani.test"] {
        let fields = [("org", "amani-wash"), ("emails", email), ("role-viewer", "yes"), ("back", "/o/amani-wash/admin/members")];
        assert!(admin.post("/fn/invitations/send", &fields).await.location.contains("flash="), "{email}");
    }
    assert_eq!(stage.count("app.invitation").await, 0);
}

#[tokio::test]
async fn an_earlier_set_up_link_is_dead_once_there_is_another() {
    let stage = Stage::new().await;
    let mut owner = stage.superuser().await;
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let path = server::identity::set_up::invite_super_admin(&mut owner, "ops@kipimo.test").await.unwrap();
        secrets.push(secrecy::ExposeSecret::expose_secret(&path).split('#').nth(1).unwrap().to_owned());
    }
    let mut browser = Browser::new(&stage);
    for (secret, works) in [(&secrets[0], false), (&secrets[1], true), (&secrets[0], false), (&secrets[1], false)] {
        let fields = [("secret", secret.as_str()), ("name", "Ops"), ("new_password", NEW), ("back", "/set-up")];
        assert_eq!(browser.post("/fn/accounts/set-up", &fields).await.location.starts_with("/login"), works);
    }
}

#[tokio::test]
async fn who_has_an_account_joins_with_it_and_nobody_else_does() {
    let stage = Stage::new().await;
    let (mut admin, secret) = invited(&stage, "meal@baraka.test").await;
    let mut nobody = Browser::new(&stage);
    let fields = [("secret", secret.as_str()), ("name", "X"), ("new_password", NEW), ("back", "/invite")];
    let page = nobody.post("/fn/invitations/join", &fields).await;
    assert!(page.location.contains("flash="), "an account is not made twice");
    let mut other = Browser::new(&stage);
    other.sign_in(&stage, "pm@baraka.test").await;
    let page = other.post("/fn/invitations/accept", &[("secret", &secret), ("back", "/invite")]).await;
    assert!(page.location.contains("flash="), "{}", page.location);
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@baraka.test").await;
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND);
    let page = browser.post("/fn/invitations/accept", &[("secret", &secret)]).await;
    assert_eq!(page.location, "/o/amani-wash?notice=joined-as");
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
    assert_eq!(browser.get("/o/baraka-health").await.status, StatusCode::OK, "one sign-in serves both");

    // and an administrator ends the sessions of a member, of their own organisation only
    let id: uuid::Uuid = sqlx::query_scalar(
        "select m.id from app.membership m join app.tenant t on t.id = m.tenant_id join auth.user_account u on u.id = m.user_id
         where t.slug = 'amani-wash' and u.email = 'meal@baraka.test'",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let foreign: uuid::Uuid = sqlx::query_scalar(
        "select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'pm@baraka.test'",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let page = admin.post("/fn/members/end-sessions", &[("org", "amani-wash"), ("member", &foreign.to_string())]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(other.get("/o/baraka-health").await.status == StatusCode::OK);
    admin
        .post("/fn/members/end-sessions", &[("org", "amani-wash"), ("member", &id.to_string()), ("back", "/o/amani-wash/admin/members")])
        .await;
    assert!(browser.get("/o/amani-wash").await.location.starts_with("/login"));
}
