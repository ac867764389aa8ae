//! Visits of support, which hide nothing and end with what allowed them.

use http::StatusCode;

use crate::accounts::letters;
use crate::platform::{ORG, REASON, operator, tenant};
use crate::stage::{Browser, Stage};

/// An organisation that lets support in.
async fn open(stage: &Stage) {
    stage.run("update app.tenant set support_access = true").await;
}

async fn begin(browser: &mut Browser, email: &str) -> String {
    let fields = [("slug", ORG), ("email", email), REASON, ("ticket", "HELP-7"), ("back", "/platform")];
    browser.post("/fn/support/begin", &fields).await.location
}

#[tokio::test]
async fn a_visit_is_told_seen_and_over() {
    let stage = Stage::new().await;
    let mut root = operator(&stage).await;
    assert!(begin(&mut root, "meal@amani.test").await.contains("flash="), "nobody is let in who was not allowed to");
    open(&stage).await;
    stage.run("delete from auth.mail").await;
    for nobody in ["root@kipimo.test", "meal@baraka.test", "ghost@amani.test", ""] {
        assert!(begin(&mut root, nobody).await.contains("flash="), "{nobody}");
    }
    stage.run("update auth.session set stepped_up_at = now() - interval '6 minutes'").await;
    assert!(begin(&mut root, "meal@amani.test").await.starts_with("/settings/confirm"), "proven too long ago");
    stage.run("update auth.session set stepped_up_at = now()").await;
    assert_eq!(begin(&mut root, "meal@amani.test").await, "/o/amani-wash");
    // every page says so, and is written down
    for page in ["/o/amani-wash/projects?q=new%20wells", "/o/amani-wash/projects/wells/tracking"] {
        let page = root.get(page).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Root Operator, you act as") && page.body.contains("/fn/support/end"), "{}", page.body);
    }
    // the operator's own pages stay their own, and another organisation is none
    assert!(!root.get("/settings/account").await.body.contains("meal@amani.test"));
    assert_eq!(root.get("/o/baraka-health").await.status, StatusCode::NOT_FOUND);
    // the administrators are told, and see who, why and at what
    let told = letters(&stage).await;
    assert!(
        told.iter().any(|letter| letter.contains("To: admin@amani.test") && letter.contains("/o/amani-wash/admin/support")),
        "{told:?}"
    );
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let seen = admin.get("/o/amani-wash/admin/support").await.body;
    for fact in
        ["Root Operator", "HELP-7", REASON.1, "/o/amani-wash/projects?q=new wells", "/o/amani-wash/projects/wells/tracking", "still here"]
    {
        assert!(seen.contains(fact), "{fact}");
    }
    assert!(admin.get("/settings/inbox").await.body.contains("Support is looking into"));
    // what is refused is refused in the log too, with who was behind it
    let p = stage.project("meal@amani.test", "wells").await.to_string();
    for (form, fields) in [
        ("tokens/create", vec![("name", "x"), ("lifetime", "30"), ("scope-read", "yes")]),
        ("donor-links/create", vec![("project", p.as_str()), ("snapshot", p.as_str())]),
        ("entries/save", vec![("project", p.as_str()), ("period", p.as_str())]),
        ("reviews/decide", vec![("project", p.as_str()), ("what", "verify-project")]),
        ("imports/apply", vec![("project", p.as_str()), ("import", p.as_str())]),
        ("projects/create", vec![("code", "x")]),
        ("organisations/set", vec![("row_version", "1")]),
    ] {
        let fields: Vec<_> = [("org", ORG)].into_iter().chain(fields).collect();
        assert_eq!(root.post(&format!("/fn/{form}"), &fields).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    assert!(stage.count("audit.event where action = 'permission.denied' and impersonator_id is not null").await > 0);
    assert_eq!(stage.count("audit.event where session_kind = 'impersonation' and impersonator_id is null").await, 0);
    assert_eq!(stage.count("audit.event where action = 'support.looked' and impersonator_id is not null").await, 2);
    // stopped, the operator is themselves again
    let visit: uuid::Uuid = sqlx::query_scalar("select id from app.support_visit").fetch_one(&mut stage.superuser().await).await.unwrap();
    let page = root.post("/fn/support/end", &[("visit", &visit.to_string())]).await;
    assert_eq!(page.location, "/platform?notice=support-ended");
    assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND);
    assert_eq!(root.get("/platform").await.status, StatusCode::OK);
    assert!(letters(&stage).await.iter().any(|letter| letter.contains("has left")));
    let chain = tenant(&stage, ORG).await.parse().unwrap();
    let mut conn = stage.superuser().await;
    assert!(matches!(server::audit::verify::chain(&mut conn, chain).await, Ok(server::audit::verify::Verdict::Intact { .. })));
}

#[tokio::test]
async fn a_visit_ends_with_its_time_with_the_permission_and_with_who_began_it() {
    let stage = Stage::new().await;
    open(&stage).await;
    let mut root = operator(&stage).await;
    for ended in [
        "update auth.session set created_at = now() - interval '40 minutes', absolute_until = now() - interval '11 minutes' where kind = 'impersonation'",
        "update app.tenant set support_access = false",
        "update app.tenant set status = 'suspended' where slug = 'amani-wash'",
        "update auth.user_account set generation = generation + 1 where email = 'meal@amani.test'",
    ] {
        stage.run("update auth.session set stepped_up_at = now() where kind = 'session'").await;
        assert_eq!(begin(&mut root, "meal@amani.test").await, "/o/amani-wash", "{ended}");
        assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::OK, "{ended}");
        stage.run(ended).await;
        assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND, "{ended}");
        // it is told to be over, and what ended it taken back, it stays so
        server::platform::support_visits::end_old(&stage.db).await.unwrap();
        assert_eq!(stage.count("app.support_visit where ended_at is null").await, 0, "{ended}");
        stage.run("update app.tenant set support_access = true, status = 'active'").await;
        assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND, "{ended}");
    }
    // off and on again before anybody looked: what was ended stays ended
    for twice in [
        ["update app.tenant set support_access = false", "update app.tenant set support_access = true"],
        ["update app.tenant set status = 'suspended'", "update app.tenant set status = 'active'"],
    ] {
        stage.run("update auth.session set stepped_up_at = now() where kind = 'session'").await;
        assert_eq!(begin(&mut root, "meal@amani.test").await, "/o/amani-wash");
        assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::OK);
        for step in twice {
            stage.run(step).await;
        }
        assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND, "{twice:?}");
        server::platform::support_visits::end_old(&stage.db).await.unwrap();
        assert_eq!(stage.count("app.support_visit where ended_at is null").await, 0);
    }
    stage.run("update auth.session set stepped_up_at = now() where kind = 'session'").await;
    // one at a time, and the one that ends by another is told too
    begin(&mut root, "field@amani.test").await;
    stage.run("delete from auth.mail").await;
    begin(&mut root, "viewer@amani.test").await;
    assert_eq!(stage.count("app.support_visit where ended_at is null").await, 1);
    assert_eq!(letters(&stage).await.iter().filter(|letter| letter.contains("has left")).count(), 1);
    // the operator signs out, and is nowhere
    let mut copy = Browser::new(&stage);
    root.copy_cookies(&mut copy);
    assert_eq!(copy.get("/o/amani-wash").await.status, StatusCode::OK);
    root.post("/logout", &[]).await;
    assert_ne!(copy.get("/o/amani-wash").await.status, StatusCode::OK);
    // whose time is over is told by the server itself
    stage.run("delete from auth.mail").await;
    stage.run("update app.support_visit set started_at = now() - interval '40 minutes', until = now() - interval '11 minutes' where ended_at is null").await;
    server::platform::support_visits::end_old(&stage.db).await.unwrap();
    server::platform::support_visits::end_old(&stage.db).await.unwrap();
    assert_eq!(letters(&stage).await.iter().filter(|letter| letter.contains("has left")).count(), 1);
    assert_eq!(stage.count("app.support_visit where ended_at is null").await, 0);
}
