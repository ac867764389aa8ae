//! Who operates the platform: the console, closed to everybody else, and visits of support that hide nothing.

use http::StatusCode;
use sqlx::AssertSqlSafe;

use crate::accounts::letters;
use crate::matrix::PEOPLE;
use crate::stage::{Browser, Stage};

pub const ORG: &str = "amani-wash";
pub const REASON: (&str, &str) = ("reason", "they cannot find the values of May");

pub async fn operator(stage: &Stage) -> Browser {
    let mut browser = Browser::new(stage);
    browser.sign_in(stage, "root@kipimo.test").await;
    browser
}

pub async fn tenant(stage: &Stage, slug: &str) -> String {
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from app.tenant where slug = $1").bind(slug).fetch_one(&mut stage.superuser().await).await.unwrap();
    id.to_string()
}

fn version(page: &str) -> String {
    page.split("name=\"row_version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_console_is_there_for_who_operates_the_platform_alone() {
    let stage = Stage::new().await;
    let id = tenant(&stage, ORG).await;
    let pages = ["/platform", "/platform/log", "/platform/organisations/new", &format!("/platform/organisations/{id}")].map(str::to_owned);
    let forms =
        ["platform/create-organisation", "platform/set-organisation", "platform/invite-administrator", "support/begin", "support/end"];
    let mut root = operator(&stage).await;
    for path in &pages {
        let page = root.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("Unknown localization"), "{path}");
    }
    for (email, _) in PEOPLE {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, email).await;
        for path in &pages {
            assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{email} {path}");
        }
        for form in forms {
            let fields = [("organisation", id.as_str()), ("visit", id.as_str()), ("slug", ORG)];
            assert_eq!(browser.post(&format!("/fn/{form}"), &fields).await.status, StatusCode::NOT_FOUND, "{email} {form}");
        }
    }
    let mut nobody = Browser::new(&stage);
    for path in &pages {
        assert!(nobody.get(path).await.location.starts_with("/login"), "{path}");
    }
    for form in forms {
        assert!(nobody.post(&format!("/fn/{form}"), &[]).await.location.starts_with("/login"), "{form}");
    }
    // what organisations hold is not seen from here
    let page = root.get(&pages[3]).await.body;
    for person in ["meal@amani.test", "admin@amani.test", "wells"] {
        assert!(!page.contains(person), "{person}");
    }
    assert_eq!(root.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_organisation_is_made_with_its_first_administrator() {
    let stage = Stage::new().await;
    let mut root = operator(&stage).await;
    stage.run("delete from auth.mail").await;
    let fields = |slug, plan, email| {
        [
            ("name", "Upendo Water"),
            ("slug", slug),
            ("plan", plan),
            ("region", "eu-1"),
            ("default_locale", "sw"),
            ("email", email),
            ("back", "/platform/organisations/new"),
        ]
    };
    for bad in [
        fields("amani-wash", "seed", "first@upendo.test"),
        fields("upendo", "free", "first@upendo.test"),
        fields("upendo", "seed", "first"),
    ] {
        assert!(root.post("/fn/platform/create-organisation", &bad).await.location.contains("flash="), "{bad:?}");
    }
    let page = root.post("/fn/platform/create-organisation", &fields("upendo", "seed", "first@upendo.test")).await;
    assert!(page.location.contains("notice=organisation-created"), "{}", page.location);
    let letter = letters(&stage).await.pop().unwrap();
    assert!(letter.contains("To: first@upendo.test") && letter.contains("Upendo Water"), "{letter}");
    let secret = letter.split("/invite#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let mut first = Browser::new(&stage);
    let fields =
        [("secret", secret.as_str()), ("name", "Furaha Mollel"), ("new_password", "a quiet river under stars"), ("back", "/invite")];
    let page = first.post("/fn/invitations/join", &fields).await;
    assert!(!page.location.contains("flash="), "{}", page.location);
    let page = first.post("/fn/sessions/open", &[("email", "first@upendo.test"), ("password", "a quiet river under stars")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    // who rules sets a second factor up before anything else
    assert_eq!(first.get("/o/upendo").await.location, "/settings/security");
    let roles: Vec<String> =
        sqlx::query_scalar("select roles from app.membership m join app.tenant t on t.id = m.tenant_id where t.slug = 'upendo'")
            .fetch_one(&mut stage.superuser().await)
            .await
            .unwrap();
    assert_eq!(roles, ["tenant_admin"]);
    let upendo = tenant(&stage, "upendo").await;
    let log = stage.count(&format!("audit.event where tenant_id = '{upendo}' and action = 'organisation.created'")).await;
    assert_eq!(log, 1, "the organisation's own log begins with it");
    assert!(root.get("/platform/log").await.body.contains("Organisation created"));
    server::platform::organisations::tell_of_administrators(&stage.db).await.unwrap();
    assert_eq!(stage.count("auth.notice where kind like 'administrator%'").await, 0, "there was nobody to tell");
    // the plan has room for three projects
    stage
        .run("insert into app.project (tenant_id, id, code, title, start_date, end_date)
              select t.id, gen_random_uuid(), 'p' || n, 'P', '2026-01-01', '2026-12-31' from app.tenant t, generate_series(1, 3) n where t.slug = 'upendo'")
        .await;
    stage.run("insert into app.membership (tenant_id, id, user_id, roles, accepted_at) select t.id, gen_random_uuid(), u.id, '{tenant_admin}', now() from app.tenant t, auth.user_account u where t.slug = 'upendo' and u.email = 'admin@baraka.test'").await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@baraka.test").await;
    let fields = [
        ("org", "upendo"),
        ("code", "fourth"),
        ("title", "A fourth"),
        ("start_date", "2026-01-01"),
        ("end_date", "2026-12-31"),
        ("back", "/o/upendo/projects"),
    ];
    let page = admin.post("/fn/projects/create", &fields).await;
    assert!(page.location.contains("flash="), "{}", page.location);
    assert!(admin.get(&page.location).await.body.contains("no room for more"));
    stage.run("update app.tenant set plan = 'core' where slug = 'upendo'").await;
    assert!(admin.post("/fn/projects/create", &fields).await.location.starts_with("/o/upendo/projects/fourth"));
}

/// The form by which an organisation is suspended or goes on.
fn set_to<'a>(id: &'a str, here: &'a str, row_version: &'a str, status: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("organisation", id),
        ("row_version", row_version),
        ("plan", "pro"),
        ("region", "default"),
        ("status", status),
        ("reason", "the invoice of a year ago"),
        ("back", here),
    ]
}

fn secret_of(letters: &[String], to: &str) -> String {
    let letter = letters.iter().rev().find(|letter| letter.contains(&format!("To: {to}")) && letter.contains("/invite#")).unwrap();
    letter.split("/invite#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

async fn roles(stage: &Stage, email: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select m.roles from app.membership m join auth.user_account u on u.id = m.user_id join app.tenant t on t.id = m.tenant_id
         where u.email = $1 and t.slug = 'amani-wash'",
    )
    .bind(email)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap()
}

/// Takes an invitation up; whether it was refused.
async fn refused(stage: &Stage, email: &str, secret: &str) -> Option<String> {
    let mut browser = Browser::new(stage);
    browser.sign_in(stage, email).await;
    stage.run("update auth.session set stepped_up_at = now() where kind = 'session'").await;
    let page = browser.post("/fn/invitations/accept", &[("secret", secret), ("back", "/invite")]).await;
    if !page.location.contains("flash=") {
        return None;
    }
    Some(browser.get(&page.location).await.body)
}

#[tokio::test]
async fn an_administrator_is_appointed_where_nobody_could_decide() {
    let stage = Stage::new().await;
    let (mut root, id) = (operator(&stage).await, tenant(&stage, ORG).await);
    stage.run("delete from auth.mail").await;
    // nobody who rules here has an account any more
    stage.run("update auth.user_account set status = 'disabled' where email like '%admin@amani.test'").await;
    let invite = |email, reason| [("organisation", id.as_str()), ("email", email), ("reason", reason), ("back", "/platform")];
    for (email, reason) in [("x", REASON.1), ("pm@amani.test", "no"), ("root@kipimo.test", REASON.1)] {
        assert!(root.post("/fn/platform/invite-administrator", &invite(email, reason)).await.location.contains("flash="), "{email}");
    }
    assert!(root.post("/fn/platform/invite-administrator", &invite("pm@amani.test", REASON.1)).await.location.contains("notice=invited"));
    let secret = secret_of(&letters(&stage).await, "pm@amani.test");
    // it is theirs to take, and nobody else's
    assert!(refused(&stage, "meal@amani.test", &secret).await.is_some());
    assert!(refused(&stage, "pm@amani.test", &secret).await.is_none());
    assert_eq!(roles(&stage, "pm@amani.test").await, ["project_manager", "tenant_admin"]);
    assert_eq!(stage.count("audit.event where action = 'organisation.administrator_invited'").await, 1);
}

#[tokio::test]
async fn administrators_are_told_of_one_from_outside_and_may_object() {
    let stage = Stage::new().await;
    let (mut root, id) = (operator(&stage).await, tenant(&stage, ORG).await);
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let members = "/o/amani-wash/admin/members";
    let invite = async |root: &mut Browser, email| {
        stage.run("delete from auth.mail").await;
        let fields = [("organisation", id.as_str()), ("email", email), REASON, ("back", "/platform")];
        assert!(root.post("/fn/platform/invite-administrator", &fields).await.location.contains("notice=invited"));
        // each administrator is told once
        for _ in 0..2 {
            server::platform::organisations::tell_of_administrators(&stage.db).await.unwrap();
        }
        letters(&stage).await
    };
    let told = invite(&mut root, "pm@amani.test").await;
    let to_admin = told.iter().filter(|letter| letter.contains("To: admin@amani.test")).count();
    assert_eq!(to_admin, 1, "{told:?}");
    assert!(admin.get("/settings/inbox").await.body.contains("invited another administrator"));
    assert!(admin.get("/o/amani-wash/audit").await.body.contains("Root Operator (operates the platform)"), "who did it has a name");
    // nobody takes it up before it is approved, and who was asked cannot approve it
    let secret = secret_of(&told, "pm@amani.test");
    let said = refused(&stage, "pm@amani.test", &secret).await.unwrap();
    assert!(said.contains("have been told of this invitation"), "{said}");
    let invitation: uuid::Uuid =
        sqlx::query_scalar("select id from app.invitation where revoked_at is null").fetch_one(&mut stage.superuser().await).await.unwrap();
    let invitation = invitation.to_string();
    let fields = [("org", ORG), ("invitation", invitation.as_str()), ("back", members)];
    let mut pm = Browser::new(&stage);
    pm.sign_in(&stage, "pm@amani.test").await;
    assert_eq!(pm.post("/fn/invitations/approve", &fields).await.status, StatusCode::FORBIDDEN);
    assert!(admin.get(members).await.body.contains("/fn/invitations/approve"));
    assert!(admin.post("/fn/invitations/approve", &fields).await.location.contains("notice=invitation-approved"));
    assert!(!admin.get(members).await.body.contains("/fn/invitations/approve"));
    stage.run("delete from auth.mail").await;
    assert!(refused(&stage, "pm@amani.test", &secret).await.is_none());
    assert_eq!(roles(&stage, "pm@amani.test").await, ["project_manager", "tenant_admin"]);
    server::platform::organisations::tell_of_administrators(&stage.db).await.unwrap();
    let told = letters(&stage).await;
    assert!(told.iter().any(|letter| letter.contains("To: admin@amani.test") && letter.contains("has another administrator")), "{told:?}");
    assert!(!told.iter().any(|letter| letter.contains("To: pm@amani.test") && letter.contains("has another administrator")), "{told:?}");
    let mut joined = Browser::new(&stage);
    joined.sign_in(&stage, "pm@amani.test").await;
    assert!(!joined.get("/settings/inbox").await.body.contains("has another administrator"), "who joined is not told of themselves");
    // who objects takes it back; who says nothing for three days has had their time
    let secret = secret_of(&invite(&mut root, "meal@amani.test").await, "meal@amani.test");
    let invitation: uuid::Uuid = sqlx::query_scalar("select id from app.invitation where revoked_at is null and accepted_at is null")
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    admin.post("/fn/invitations/revoke", &[("org", ORG), ("invitation", &invitation.to_string()), ("back", members)]).await;
    assert!(refused(&stage, "meal@amani.test", &secret).await.unwrap().contains("does not work"));
    let secret = secret_of(&invite(&mut root, "meal@amani.test").await, "meal@amani.test");
    stage.run("update app.invitation set holds_until = now() where holds_until > now()").await;
    assert!(refused(&stage, "meal@amani.test", &secret).await.is_none());
}

#[tokio::test]
async fn whoever_rules_when_it_is_taken_up_is_asked() {
    let stage = Stage::new().await;
    let (mut root, id) = (operator(&stage).await, tenant(&stage, ORG).await);
    let invite = async |root: &mut Browser, email: &str| {
        stage.run("delete from auth.mail").await;
        let fields = [("organisation", id.as_str()), ("email", email), REASON, ("back", "/platform")];
        assert!(root.post("/fn/platform/invite-administrator", &fields).await.location.contains("notice=invited"));
        secret_of(&letters(&stage).await, email)
    };
    // invited while nobody ruled: the first who comes is asked about the second
    stage.run("update auth.user_account set status = 'disabled' where email = 'admin@amani.test'").await;
    let (first, second) = (invite(&mut root, "pm@amani.test").await, invite(&mut root, "meal@amani.test").await);
    assert!(refused(&stage, "pm@amani.test", &first).await.is_none());
    assert!(refused(&stage, "meal@amani.test", &second).await.unwrap().contains("have been told of this invitation"));
    stage.run("delete from auth.mail").await;
    server::platform::organisations::tell_of_administrators(&stage.db).await.unwrap();
    assert!(letters(&stage).await.iter().any(|letter| letter.contains("To: pm@amani.test") && letter.contains("was invited")));
    // the yes of who rules no more does not count
    stage.run("update app.invitation set approved_at = now(), approved_by = (select id from auth.user_account where email = 'viewer@amani.test') where accepted_at is null").await;
    assert!(refused(&stage, "meal@amani.test", &second).await.is_some());
    stage.run("update app.invitation set approved_at = null, approved_by = null where accepted_at is null").await;
    // a closed organisation can object to nothing: what nobody approved ends there
    let here = format!("/platform/organisations/{id}");
    for status in ["suspended", "active"] {
        let row_version = version(&root.get(&here).await.body);
        let fields = set_to(&id, &here, &row_version, status);
        assert!(root.post("/fn/platform/set-organisation", &fields).await.location.contains("notice=saved"));
        stage.run("update app.invitation set holds_until = now() where holds_until is not null").await;
        assert!(refused(&stage, "meal@amani.test", &second).await.unwrap().contains("does not work"), "{status}");
    }
}

#[tokio::test]
async fn a_full_plan_takes_nobody_more_and_sends_again_what_was_sent() {
    let stage = Stage::new().await;
    stage.run("update app.tenant set plan = 'seed' where slug = 'amani-wash'").await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    // six there are, ten may be
    let list: Vec<String> = (1..=5).map(|n| format!("new{n}@amani.test")).collect();
    let back = ("back", "/o/amani-wash/admin/members");
    let page = admin.post("/fn/invitations/send", &[("org", ORG), back, ("emails", &list.join("\n")), ("role-viewer", "yes")]).await;
    assert!(admin.get(&page.location).await.body.contains("no room for more"), "{}", page.location);
    assert_eq!(stage.count("app.invitation where revoked_at is null").await, 4);
    let page = admin.post("/fn/invitations/send", &[("org", ORG), back, ("emails", "new1@amani.test"), ("role-viewer", "yes")]).await;
    assert!(!page.location.contains("flash="), "{}", page.location);
}

#[tokio::test]
async fn who_operates_the_platform_is_signed_out_soonest() {
    let stage = Stage::new().await;
    for (email, idle, most) in
        [("viewer@amani.test", 28_800, 604_800), ("admin@amani.test", 1_800, 43_200), ("root@kipimo.test", 900, 28_800)]
    {
        Browser::new(&stage).sign_in(&stage, email).await;
        let found: (i32, i64) = sqlx::query_as(
            "select s.idle_seconds, extract(epoch from s.absolute_until - s.created_at)::bigint from auth.session s
             join auth.user_account u on u.id = s.user_id where u.email = $1 and s.kind = 'session'",
        )
        .bind(email)
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
        assert_eq!(found, (idle, most), "{email}");
    }
}

#[tokio::test]
async fn who_is_suspended_is_out_until_it_goes_on() {
    let stage = Stage::new().await;
    let (mut root, id) = (operator(&stage).await, tenant(&stage, ORG).await);
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    let program = stage.program("meal@amani.test").await;
    let here = format!("/platform/organisations/{id}");
    for (status, page_status, api_status) in
        [("suspended", StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED), ("active", StatusCode::OK, StatusCode::OK)]
    {
        let row_version = version(&root.get(&here).await.body);
        let fields = set_to(&id, &here, &row_version, status);
        assert!(root.post("/fn/platform/set-organisation", &fields).await.location.contains("notice=saved"));
        assert!(root.post("/fn/platform/set-organisation", &fields).await.location.contains("flash="), "an edit of what is no more");
        assert_eq!(meal.get("/o/amani-wash/projects").await.status, page_status);
        assert_eq!(program.get("/projects").await.0, api_status);
    }
    assert_eq!(stage.count("audit.event where action in ('organisation.suspended', 'organisation.resumed')").await, 2);
}

#[tokio::test]
async fn sql_of_the_console_reads_no_organisation_and_needs_an_operator() {
    use sqlx::ConnectOptions;
    let stage = Stage::new().await;
    let user = |email: &'static str| {
        let stage = &stage;
        async move {
            sqlx::query_scalar::<_, uuid::Uuid>("select id from auth.user_account where email = $1")
                .bind(email)
                .fetch_one(&mut stage.superuser().await)
                .await
                .unwrap()
        }
    };
    let (root, admin) = (user("root@kipimo.test").await, user("admin@amani.test").await);
    let amani = tenant(&stage, ORG).await;
    let nil = uuid::Uuid::nil();
    let enter = async |role: &str, tenant: &str, who: uuid::Uuid| {
        let mut conn = stage.runtime.connect().await.unwrap();
        let body = format!("{tenant}|{who}|user|session||{}||9999999999", uuid::Uuid::new_v4());
        let mac = stage.keys.sign_context(&body);
        sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role {role}; set local app.ctx = '{body}|{mac}'")))
            .execute(&mut conn)
            .await
            .unwrap();
        conn
    };
    let asks = |what: &str| format!("select count(*) from {what}");
    let mut conn = enter("kipimo_platform", &nil.to_string(), root).await;
    assert!(crate::isolation::try_it(&mut conn, asks("gate.platform_organisations(null, '', '', 10)")).await.is_ok());
    for table in ["app.tenant", "app.indicator_value", "app.membership", "auth.user_account", "auth.session", "audit.event"] {
        assert_eq!(crate::isolation::try_it(&mut conn, asks(table)).await, Err("42501".into()), "{table}");
    }
    for (role, setting, who) in [
        ("kipimo_platform", nil.to_string(), admin),
        ("kipimo_platform", amani.clone(), root),
        ("kipimo_tenant", nil.to_string(), root),
        ("kipimo_tenant", amani.clone(), root),
    ] {
        let mut conn = enter(role, &setting, who).await;
        let done = crate::isolation::try_it(&mut conn, asks("gate.platform_organisations(null, '', '', 10)")).await;
        assert_eq!(done, Err("42501".into()), "{role} {setting}");
    }
    // nor does a door's SQL invite somebody who rules
    let mut conn = crate::isolation::enter(&stage, amani.parse().unwrap()).await;
    let insert = "insert into app.invitation (id, email, roles, secret_hash) values (gen_random_uuid(), 'x@amani.test', '{tenant_admin}', sha256('x'))";
    assert_eq!(crate::isolation::try_it(&mut conn, insert.to_owned()).await, Err("42501".into()));
    let visit = format!(
        "insert into app.support_visit (id, operator_id, operator_name, user_id, reason, ticket, until) values (gen_random_uuid(), '{root}', 'x', '{admin}', 'because of it', '1', now())"
    );
    assert_eq!(crate::isolation::try_it(&mut conn, visit).await, Err("42501".into()));
}
