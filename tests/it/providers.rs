//! Signing in through the provider of an organisation: who is let in, and every way in which a provider, a browser or an
//! administrator could lie.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use serde_json::{Value, json};
use server::identity::providers::Providers;

use crate::accounts::letters;
use crate::provider_double::{ProviderDouble, Signed, name_server};
use crate::stage::{Browser, Stage, fresh_code};

pub const PAGE: &str = "/o/amani-wash/admin/sign-in";
pub const ORG: (&str, &str) = ("org", "amani-wash");
pub const BACK: (&str, &str) = ("back", PAGE);

/// An organisation with a provider, and its administrator's browser.
pub struct Scene {
    pub stage: Stage,
    pub provider: ProviderDouble,
    pub admin: Browser,
    pub record: Arc<Mutex<Option<String>>>,
}

impl Scene {
    /// With a provider that is set up and whose domain is not shown yet.
    pub async fn set_up() -> Self {
        let (mut stage, provider, record) = (Stage::new().await, ProviderDouble::start().await, Arc::default());
        let server = name_server(Arc::clone(&record)).await;
        stage.providers = Providers::new("http://localhost:3000", &["127.0.0.0/8".parse().unwrap()], Some(server)).unwrap();
        let mut admin = Browser::new(&stage);
        admin.sign_in(&stage, "admin@amani.test").await;
        let mut scene = Self { stage, provider, admin, record };
        let issuer = scene.provider.issuer.clone();
        let page = scene.set(&issuer, "amani.test", "").await;
        assert!(page.contains("notice=saved"), "{page}");
        scene
    }

    /// With one that lets people in.
    pub async fn new() -> Self {
        let mut scene = Self::set_up().await;
        scene.show_domain().await;
        scene
    }

    pub async fn set(&mut self, issuer: &str, domain: &str, version: &str) -> String {
        let fields = [
            ORG,
            BACK,
            ("issuer", issuer),
            ("client_id", "kipimo"),
            ("client_secret", "the client secret"),
            ("domain", domain),
            ("groups_claim", "groups"),
            ("row_version", version),
        ];
        self.admin.post("/fn/providers/set", &fields).await.location
    }

    pub async fn show_domain(&mut self) {
        let page = self.admin.get(PAGE).await.body;
        let proof = page.split("kipimo-domain=").nth(1).unwrap().split('<').next().unwrap();
        *self.record.lock().unwrap() = Some(format!("kipimo-domain={proof}"));
        let page = self.admin.post("/fn/providers/verify-domain", &[ORG, BACK]).await;
        assert!(page.location.contains("notice=domain-verified"), "{}", page.location);
    }

    pub async fn version(&mut self) -> String {
        let page = self.admin.get(PAGE).await.body;
        page.split("name=\"row_version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// A browser on its way to the provider; what it brings there.
    pub async fn depart(&self, browser: &mut Browser, query: &str) -> Value {
        let page = browser.post("/fn/providers/find", &[("email", "anybody@amani.test"), ("next", "/o/amani-wash/projects")]).await;
        let way = browser.get(&page.location).await;
        assert!(way.body.contains("Amani"), "{}", page.location);
        let href = way.body.split("href=\"/login/organisation/").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let page = browser.get(&format!("/login/organisation/{href}{query}")).await;
        assert!(page.location.starts_with(&format!("{}/authorize?", self.provider.issuer)), "{}", page.location);
        let query = page.location.split('?').nth(1).unwrap();
        let asked: Value = query.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), json!(v))).collect();
        self.provider.says.lock().unwrap().asked = asked.clone();
        asked
    }

    /// A browser that goes to the provider and comes back; where it lands.
    pub async fn come(&self, browser: &mut Browser) -> String {
        let asked = self.depart(browser, "").await;
        self.arrive(browser, &format!("code=good&state={}", asked["state"].as_str().unwrap())).await
    }

    pub async fn arrive(&self, browser: &mut Browser, query: &str) -> String {
        {
            let id: uuid::Uuid = sqlx::query_scalar("select id from app.tenant where slug = 'amani-wash'")
                .fetch_one(&mut self.stage.superuser().await)
                .await
                .unwrap();
            browser.get(&format!("/login/organisation/{id}/back?{query}")).await.location
        }
    }

    pub async fn lands(&self, claims: Value) -> String {
        self.provider.says(claims);
        self.come(&mut Browser::new(&self.stage)).await
    }

    pub async fn roles_of(&self, email: &str) -> String {
        sqlx::query_scalar(
            "select coalesce(max(array_to_string(m.roles, ' ')), 'nobody') from app.membership m
             join app.tenant t on t.id = m.tenant_id and t.slug = 'amani-wash' join auth.user_account u on u.id = m.user_id where u.email = $1",
        )
        .bind(email)
        .fetch_one(&mut self.stage.superuser().await)
        .await
        .unwrap()
    }

    pub async fn add_role(&mut self, group: &str, role: &str) -> String {
        self.admin.post("/fn/providers/add-role", &[ORG, BACK, ("group", group), ("role", role)]).await.location
    }
}

/// Where somebody lands of whom a provider's answer made nobody.
pub fn problem(code: &str) -> String {
    format!("problem=provider-{code}")
}

/// The end of an address, which says what went wrong.
pub fn end(location: &str) -> String {
    location.rsplit(['?', '&']).next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn who_a_provider_vouches_for_joins_as_a_viewer() {
    let scene = Scene::new().await;
    scene.provider.says(json!({}));
    let mut browser = Browser::new(&scene.stage);
    assert_eq!(scene.come(&mut browser).await, "/o/amani-wash/projects");
    for page in ["/o/amani-wash", "/o/amani-wash/projects", "/o/amani-wash/admin/roles"] {
        assert_eq!(browser.get(page).await.status, StatusCode::OK, "{page}");
    }
    assert_eq!(browser.get("/o/amani-wash/projects/wells").await.status, StatusCode::NOT_FOUND, "no project is theirs yet");
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "viewer");
    assert_eq!(scene.stage.count("audit.event where action = 'membership.joined_by_provider'").await, 1);
    assert_eq!(
        scene.stage.count("audit.event where position('zawadi'::bytea in canon) > 0 or position('subject-1'::bytea in canon) > 0").await,
        0
    );
    // somebody else who has the address at the provider by now is not let in as them
    assert_eq!(end(&scene.lands(json!({"sub": "subject-2"})).await), problem("address-taken"));
    // and comes again as the same person, whatever they are called by now
    assert_eq!(scene.lands(json!({"email": "zawadi.moyo@amani.test"})).await, "/o/amani-wash/projects");
    assert_eq!(scene.stage.count("auth.user_account where email like 'zawadi%'").await, 1);
    assert_eq!(scene.stage.count("app.provider_identity").await, 1);
    // the server showed its secret, and the code was bound to this browser
    let says = scene.provider.says.lock().unwrap();
    assert!(says.authorization.iter().all(|header| header.starts_with("Basic ")));
    assert!(says.exchanged.iter().all(|form| form["code_verifier"].as_str().is_some_and(|verifier| verifier.len() >= 43)));
    assert_eq!(says.asked["code_challenge_method"], "S256");
}

#[tokio::test]
async fn a_provider_is_believed_only_what_it_signed_for_this_attempt() {
    let scene = Scene::new().await;
    let now = chrono::Utc::now().timestamp();
    for (claims, code) in [
        (json!({"iss": "https://elsewhere.test"}), "not-believed"),
        (json!({"aud": "another"}), "not-believed"),
        (json!({"aud": ["kipimo", "another"]}), "not-believed"),
        (json!({"nonce": "another"}), "not-believed"),
        (json!({"nonce": null}), "not-believed"),
        (json!({"exp": now - 60}), "not-believed"),
        (json!({"iat": now - 3_600}), "not-believed"),
        (json!({"iat": now + 3_600, "exp": now + 7_200}), "not-believed"),
        (json!({"sub": ""}), "not-believed"),
        (json!({"sub": "a".repeat(256)}), "not-believed"),
        (json!({"email": null}), "email"),
        (json!({"email_verified": false}), "email"),
        (json!({"email": "no address"}), "email"),
        (json!({"email": "zawadi@baraka.test"}), "domain"),
        (json!({"email": "zawadi@amani.test.evil.test"}), "domain"),
        (json!({"email": "zawadi@sub.amani.test"}), "domain"),
    ] {
        assert_eq!(end(&scene.lands(claims.clone()).await), problem(code), "{claims}");
        // these are more attempts than one network has
        scene.stage.run("delete from rl.gcra").await;
    }
    for signed in [Signed::Elsewhere, Signed::Secret, Signed::None] {
        scene.provider.says(json!({}));
        scene.provider.says.lock().unwrap().signed = signed;
        assert_eq!(end(&scene.come(&mut Browser::new(&scene.stage)).await), problem("not-believed"), "{signed:?}");
    }
    // what else it knows is about the same person
    scene.provider.says(json!({}));
    scene.provider.says.lock().unwrap().more = json!({"sub": "subject-2", "email": "zawadi@amani.test"});
    assert_eq!(end(&scene.come(&mut Browser::new(&scene.stage)).await), problem("not-believed"));
    assert_eq!(scene.stage.count("auth.user_account where email like 'zawadi%'").await, 0);
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_that_asked_and_once() {
    let scene = Scene::new().await;
    scene.provider.says(json!({}));
    let (mut mine, mut other) = (Browser::new(&scene.stage), Browser::new(&scene.stage));
    let asked = scene.depart(&mut mine, "").await;
    let state = asked["state"].as_str().unwrap().to_owned();
    let good = format!("code=good&state={state}");
    assert_eq!(end(&scene.arrive(&mut other, &good).await), problem("expired"), "a browser that asked nothing");
    scene.depart(&mut other, "").await;
    assert_eq!(end(&scene.arrive(&mut other, &good).await), problem("expired"), "another's state");
    for (query, code) in [
        (format!("code=good&state={state}&iss=https%3A%2F%2Felsewhere.test"), "not-believed"),
        (format!("error=access_denied&state={state}"), "refused"),
        (format!("code=bad&state={state}"), "not-believed"),
        (format!("state={state}"), "refused"),
        ("code=good&state=".to_owned(), "expired"),
        (String::new(), "expired"),
    ] {
        let mut again = Browser::new(&scene.stage);
        mine.copy_cookies(&mut again);
        scene.provider.says.lock().unwrap().asked = asked.clone();
        assert_eq!(end(&scene.arrive(&mut again, &query).await), problem(code), "{query}");
        assert!(again.get("/").await.location.is_empty(), "nobody is signed in");
    }
    scene.provider.says.lock().unwrap().asked = asked;
    assert_eq!(scene.arrive(&mut mine, &good).await, "/o/amani-wash/projects");
    assert_eq!(end(&scene.arrive(&mut mine, &good).await), problem("expired"), "it was used up");
}

#[tokio::test]
async fn nobody_is_sent_to_a_provider_by_another_site_or_takes_anothers_answer() {
    let scene = Scene::new().await;
    scene.provider.says(json!({}));
    let id: uuid::Uuid = sqlx::query_scalar("select id from app.provider").fetch_one(&mut scene.stage.superuser().await).await.unwrap();
    let mut browser = Browser::new(&scene.stage);
    let page = browser.get_from_elsewhere(&format!("/login/organisation/{id}?next=/o/amani-wash")).await;
    assert!(page.location.starts_with("/login/organisation?provider="), "{}", page.location);
    // each provider has a way back of its own: the answer of one is not taken for another's
    let asked = scene.depart(&mut browser, "").await;
    assert!(asked["redirect_uri"].as_str().unwrap().contains(&id.to_string()));
    let other = uuid::Uuid::new_v4();
    let page = browser.get(&format!("/login/organisation/{other}/back?code=good&state={}", asked["state"].as_str().unwrap())).await;
    assert_eq!(end(&page.location), problem("expired"));
    assert_eq!(scene.provider.says.lock().unwrap().exchanged.len(), 0, "and no code is shown to anybody");
}

#[tokio::test]
async fn a_provider_stands_for_the_password_and_not_for_the_second_factor() {
    let scene = Scene::new().await;
    scene.provider.says(json!({"email": "meal@amani.test", "sub": "meal"}));
    let mut browser = Browser::new(&scene.stage);
    assert_eq!(scene.come(&mut browser).await, "/o/amani-wash/projects");
    assert!(letters(&scene.stage).await.iter().any(|letter| letter.contains("sign-in opens your account")), "told once");
    scene.provider.says(json!({"email": "admin@amani.test", "sub": "admin"}));
    let mut browser = Browser::new(&scene.stage);
    let page = scene.come(&mut browser).await;
    assert!(page.starts_with("/login/code"), "{page}");
    assert_eq!(browser.get("/o/amani-wash").await.location, "/login/code");
    let code = fresh_code(&scene.stage, "admin@amani.test").await;
    assert_eq!(browser.post("/fn/sessions/confirm", &[("code", &code)]).await.location, "/o/amani-wash");
    assert_eq!(scene.roles_of("admin@amani.test").await, "tenant_admin", "nothing is lost");
    assert_eq!(scene.roles_of("meal@amani.test").await, "meal_officer");
}

#[tokio::test]
async fn a_provider_opens_no_account_that_is_not_its_organisations() {
    let mut scene = Scene::new().await;
    // who operates the platform, who was let go, whose account is closed, and who has taken another address
    scene.stage.run("update auth.user_account set email = 'root@amani.test' where email = 'root@kipimo.test'").await;
    assert_eq!(end(&scene.lands(json!({"email": "root@amani.test", "sub": "root"})).await), problem("closed"));
    scene
        .stage
        .run(
            "update app.membership set revoked_at = now() where user_id = (select id from auth.user_account where email = 'pm@amani.test')",
        )
        .await;
    assert_eq!(end(&scene.lands(json!({"email": "pm@amani.test", "sub": "pm"})).await), problem("let-go"));
    scene.stage.run("update auth.user_account set status = 'disabled' where email = 'field@amani.test'").await;
    assert_eq!(end(&scene.lands(json!({"email": "field@amani.test", "sub": "field"})).await), problem("closed"));
    assert_eq!(scene.lands(json!({"email": "viewer@amani.test", "sub": "viewer"})).await, "/o/amani-wash/projects");
    scene.stage.run("update auth.user_account set email = 'viewer@home.test' where email = 'viewer@amani.test'").await;
    assert_eq!(end(&scene.lands(json!({"email": "viewer@amani.test", "sub": "viewer"})).await), problem("domain"));
    assert_eq!(scene.stage.count("audit.event where action = 'session.refused' and entity_type = 'provider'").await, 4);
    // another issuer's subjects are other people, and who came by the one before is out
    scene.provider.says(json!({}));
    let mut zawadi = Browser::new(&scene.stage);
    scene.come(&mut zawadi).await;
    assert_eq!(zawadi.get("/o/amani-wash").await.status, StatusCode::OK);
    let other = ProviderDouble::start().await;
    let (version, issuer) = (scene.version().await, other.issuer.clone());
    scene.set(&issuer, "amani.test", &version).await;
    scene.show_domain().await;
    assert!(zawadi.get("/o/amani-wash").await.location.starts_with("/login"));
    scene.provider = other;
    assert_eq!(scene.lands(json!({"email": "viewer@amani.test", "sub": "viewer"})).await, "/o/amani-wash/projects");
    assert_eq!(scene.stage.count("app.provider_identity where subject = 'viewer'").await, 2);
}

#[tokio::test]
async fn who_was_invited_and_comes_by_the_provider_has_what_the_invitation_brings() {
    let mut scene = Scene::new().await;
    scene.admin.post("/fn/programmes/add", &[ORG, BACK, ("name", "North"), ("programme_kind", "client")]).await;
    let programme: uuid::Uuid =
        sqlx::query_scalar("select id from app.programme").fetch_one(&mut scene.stage.superuser().await).await.unwrap();
    let north = format!("programme-{programme}");
    let fields =
        [ORG, BACK, ("emails", "zawadi@amani.test"), ("role-project_manager", "yes"), ("kept_to", "programmes"), (north.as_str(), "yes")];
    scene.admin.post("/fn/invitations/send", &fields).await;
    scene.lands(json!({})).await;
    assert_eq!(scene.roles_of("zawadi@amani.test").await, "project_manager");
    assert_eq!(scene.stage.count("app.membership where cardinality(programme_ids) = 1").await, 1, "and is kept to its programmes");
    assert_eq!(scene.stage.count("app.invitation where accepted_at is not null").await, 1);
}

#[tokio::test]
async fn an_organisation_that_demands_its_provider_is_open_to_no_password() {
    let mut scene = Scene::new().await;
    scene.admin.post("/fn/providers/require", &[ORG, BACK, ("required", "yes")]).await;
    let mut browser = Browser::new(&scene.stage);
    browser.sign_in(&scene.stage, "meal@amani.test").await;
    let page = browser.get("/o/amani-wash/projects").await;
    assert!(page.location.starts_with("/login/organisation?provider="), "{}", page.location);
    assert_eq!(browser.get("/settings/security").await.status, StatusCode::OK, "the account is the person's own");
    let page = browser.post("/fn/values/save", &[ORG]).await;
    assert!(page.status != StatusCode::OK);
    scene.provider.says(json!({"email": "meal@amani.test", "sub": "meal"}));
    assert_eq!(scene.come(&mut browser).await, "/o/amani-wash/projects");
    assert_eq!(browser.get("/o/amani-wash/projects").await.status, StatusCode::OK);
    // the session goes on under another id and is still the provider's
    assert!(browser.post("/fn/accounts/update", &[("name", "Neema"), ("locale", "en")]).await.location.contains("notice=saved"));
    // nor is the address exchanged that holds them to it
    scene.stage.run("update auth.session set stepped_up_at = now()").await;
    let page = browser.post("/fn/emails/change", &[("email", "meal@home.test"), ("back", "/settings/account")]).await;
    assert!(page.location.contains("flash="), "{}", page.location);
    assert_eq!(browser.get("/o/amani-wash/projects").await.status, StatusCode::OK);
    // administrators, and who has an address elsewhere, need not
    assert_eq!(scene.admin.get("/o/amani-wash").await.status, StatusCode::OK);
    scene.stage.run("update auth.user_account set email = 'field@consultants.test' where email = 'field@amani.test'").await;
    let mut consultant = Browser::new(&scene.stage);
    consultant.sign_in(&scene.stage, "field@consultants.test").await;
    assert_eq!(consultant.get("/o/amani-wash/projects").await.status, StatusCode::OK);
    // taken away, it lets nobody in, and who came by it is out
    assert!(scene.admin.post("/fn/providers/remove", &[ORG, BACK]).await.location.contains("notice=provider-removed"));
    assert!(browser.get("/o/amani-wash/projects").await.location.starts_with("/login?"));
    assert_eq!(scene.stage.count("app.provider").await + scene.stage.count("app.provider_role").await, 0);
}

#[tokio::test]
async fn who_has_no_password_proves_themselves_by_the_provider() {
    let scene = Scene::new().await;
    scene.provider.says(json!({}));
    let mut browser = Browser::new(&scene.stage);
    // who was let through there without being asked has proven nothing
    scene.come(&mut browser).await;
    let page = browser.post("/fn/emails/change", &[("email", "z@amani.test"), ("back", "/settings/account")]).await;
    assert!(page.location.starts_with("/settings/confirm"), "{}", page.location);
    let page = browser.get(&page.location).await;
    assert!(page.body.contains("again=true"), "{}", page.body);
    // a sign-in there of an hour ago is no proof
    let asked = scene.depart(&mut browser, "&again=true").await;
    assert_eq!((&asked["prompt"], &asked["max_age"]), (&json!("login"), &json!("0")));
    let query = format!("code=good&state={}", asked["state"].as_str().unwrap());
    scene.provider.says(json!({"auth_time": chrono::Utc::now().timestamp() - 3_600}));
    assert_eq!(end(&scene.arrive(&mut browser, &query).await), problem("not-believed"));
    let asked = scene.depart(&mut browser, "&again=true").await;
    scene.provider.says(json!({}));
    scene.provider.says.lock().unwrap().asked = asked.clone();
    let query = format!("code=good&state={}", asked["state"].as_str().unwrap());
    assert_eq!(scene.arrive(&mut browser, &query).await, "/o/amani-wash/projects");
    let page = browser.post("/fn/emails/change", &[("email", "z@amani.test"), ("back", "/settings/account")]).await;
    assert!(page.location.contains("notice=email-asked"), "{}", page.location);
}
