//! Setting up the provider of an organisation: the proof of its domain, what groups bring, and what an administrator could try.

use http::StatusCode;
use serde_json::{Value, json};

use crate::isolation;
use crate::provider_double::ProviderDouble;
use crate::providers::{BACK, ORG, PAGE, Scene};
use crate::stage::Browser;

#[tokio::test]
async fn groups_bring_roles_but_none_that_rules() {
    let mut scene = Scene::new().await;
    for role in ["tenant_admin", "safeguarding_focal", "super_admin", ""] {
        assert!(scene.add_role("staff", role).await.contains("flash="), "{role}");
    }
    assert!(scene.add_role("meal", "meal_officer").await.contains("notice=saved"));
    assert!(scene.add_role("field", "field_officer").await.contains("notice=saved"));
    let who = |groups: Value| json!({"groups": groups});
    assert_eq!(scene.lands(who(json!(["meal", "tenant_admin", "unknown"]))).await, "/o/amani-wash/projects");
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "meal_officer");
    scene.lands(who(json!(["field", "meal"]))).await;
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "field_officer meal_officer");
    scene.lands(json!({})).await;
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "field_officer meal_officer", "a provider that says nothing changes nothing");
    scene.lands(who(json!([]))).await;
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "viewer");
    // roles that no group brings are an administrator's to give and to take
    scene.lands(json!({"email": "admin@amani.test", "sub": "admin", "groups": ["field"]})).await;
    assert_eq!(scene.roles_of("admin@amani.test").await, "tenant_admin", "nobody's who rules follow groups");
    // and the groups may come from the user info endpoint
    scene.provider.says(json!({}));
    scene.provider.says.lock().unwrap().more = json!({"sub": "subject-1", "groups": ["field"]});
    scene.come(&mut Browser::new(&scene.stage)).await;
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "field_officer viewer");
}

#[tokio::test]
async fn nobody_is_let_in_before_the_domain_says_so() {
    let mut scene = Scene::set_up().await;
    let mut browser = Browser::new(&scene.stage);
    let page = browser.post("/fn/providers/find", &[("email", "a@amani.test"), ("back", "/login/organisation")]).await;
    assert!(page.location.contains("flash="));
    let id: uuid::Uuid = sqlx::query_scalar("select id from app.provider").fetch_one(&mut scene.stage.superuser().await).await.unwrap();
    assert_eq!(browser.get(&format!("/login/organisation/{id}")).await.status, StatusCode::NOT_FOUND);
    for said in [None, Some("kipimo-domain=".to_owned()), Some("v=spf1 -all".to_owned())] {
        *scene.record.lock().unwrap() = said;
        let page = scene.admin.post("/fn/providers/verify-domain", &[ORG, BACK]).await;
        assert!(page.location.contains("flash="), "{}", page.location);
    }
    assert!(scene.admin.post("/fn/providers/require", &[ORG, BACK, ("required", "yes")]).await.location.contains("flash="));
    scene.show_domain().await;
    // another organisation cannot have the same domain
    let mut other = Browser::new(&scene.stage);
    other.sign_in(&scene.stage, "admin@baraka.test").await;
    let fields = [
        ("org", "baraka-health"),
        ("issuer", scene.provider.issuer.as_str()),
        ("client_id", "kipimo"),
        ("domain", "amani.test"),
        ("groups_claim", "groups"),
        ("back", "/o/baraka-health/admin/sign-in"),
    ];
    assert!(other.post("/fn/providers/set", &fields).await.location.contains("notice=saved"));
    let page = other.get("/o/baraka-health/admin/sign-in").await.body;
    let proof = page.split("kipimo-domain=").nth(1).unwrap().split('<').next().unwrap();
    *scene.record.lock().unwrap() = Some(format!("kipimo-domain={proof}"));
    let page = other.post("/fn/providers/verify-domain", &[("org", "baraka-health"), ("back", "/o/baraka-health/admin/sign-in")]).await;
    let page = other.get(page.location.split('#').next().unwrap()).await;
    assert!(page.body.contains("Another organisation has shown"), "{}", page.body);
    // another domain is to be shown anew, and nobody is let in until then
    let (version, issuer) = (scene.version().await, scene.provider.issuer.clone());
    scene.set(&issuer, "amani.example", &version).await;
    assert_eq!(browser.get(&format!("/login/organisation/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_administrator_cannot_make_the_server_ask_anything() {
    let mut scene = Scene::set_up().await;
    for issuer in [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254",
        "http://10.0.0.1",
        "https://[::1]:5432",
        "http://id.amani.test",
        "file:///etc/passwd",
        "https://nowhere.invalid",
    ] {
        let version = scene.version().await;
        let location = scene.set(issuer, "amani.test", &version).await;
        assert!(location.contains("flash="), "{issuer}");
    }
    // one that calls itself differently is not it
    scene.provider.says.lock().unwrap().issuer = Some("https://elsewhere.test".into());
    let (version, issuer) = (scene.version().await, scene.provider.issuer.clone());
    assert!(scene.set(&issuer, "amani.test", &version).await.contains("flash="));
    // the secret is sealed, shown nowhere, and not sent to another issuer
    let page = scene.admin.get(PAGE).await.body;
    assert!(!page.contains("the client secret"));
    assert_eq!(scene.stage.count("app.provider where position('the client secret'::bytea in client_secret) > 0").await, 0);
    let other = ProviderDouble::start().await;
    let fields = [
        ORG,
        BACK,
        ("issuer", other.issuer.as_str()),
        ("client_id", "kipimo"),
        ("client_secret", ""),
        ("domain", "amani.test"),
        ("groups_claim", "groups"),
        ("row_version", version.as_str()),
    ];
    assert!(scene.admin.post("/fn/providers/set", &fields).await.location.contains("notice=saved"));
    assert_eq!(scene.stage.count("app.provider where client_secret is null").await, 1);
    assert!(scene.admin.post("/fn/providers/set", &fields).await.location.contains("flash="), "an edit of an older version");
}

#[tokio::test]
async fn sql_within_an_organisation_shows_no_domain() {
    let scene = Scene::set_up().await;
    let tenant: uuid::Uuid = sqlx::query_scalar("select id from app.tenant where slug = 'amani-wash'")
        .fetch_one(&mut scene.stage.superuser().await)
        .await
        .unwrap();
    let mut conn = isolation::enter(&scene.stage, tenant).await;
    for (statement, works) in [
        ("update app.provider set groups_claim = 'roles'", true),
        ("update app.provider set verified_at = now()", false),
        ("update app.provider set domain = 'baraka.test', verified_at = now()", false),
        ("select 1 / gate.verify_provider(repeat('0', 64))::int", false),
    ] {
        assert_eq!(isolation::try_it(&mut conn, statement.to_owned()).await.is_ok(), works, "{statement}");
    }
}
