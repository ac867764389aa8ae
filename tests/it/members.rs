//! Ruling members: roles, what takes two people, letting go, and who works where.

use http::StatusCode;

use crate::accounts::letters;
use crate::stage::{Browser, Stage, signed_in};

const ORG: (&str, &str) = ("org", "amani-wash");
const LIST: &str = "/o/amani-wash/admin/members";
const BACK: (&str, &str) = ("back", LIST);

async fn member(stage: &Stage, email: &str) -> String {
    let id: uuid::Uuid = sqlx::query_scalar(
        "select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = $1 order by m.created_at limit 1",
    )
    .bind(email)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    id.to_string()
}

async fn roles(stage: &Stage, email: &str) -> String {
    sqlx::query_scalar(
        "select array_to_string(m.roles, ' ') from app.membership m join auth.user_account u on u.id = m.user_id where u.email = $1 limit 1",
    )
    .bind(email)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap()
}

/// The id of a waiting request, as the page names it.
async fn waiting(browser: &mut Browser) -> String {
    let page = browser.get(LIST).await.body;
    page.split("name=\"grant\" value=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
}

async fn ask(browser: &mut Browser, member: &str, role: &str) -> String {
    let fields = [ORG, BACK, ("member", member), ("role", role), ("reason", "she leads the office from May on")];
    browser.post("/fn/grants/ask", &fields).await.location
}

async fn decide(browser: &mut Browser, grant: &str, decision: &str) -> String {
    browser.post("/fn/grants/decide", &[ORG, BACK, ("grant", grant), ("decision", decision)]).await.location
}

#[tokio::test]
async fn an_administrator_sets_roles_of_others_and_nobody_their_own() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let id = member(&stage, "viewer@amani.test").await;
    let page = admin.get(&format!("{LIST}/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let set = [
        ORG,
        BACK,
        ("member", id.as_str()),
        ("row_version", "1"),
        ("job_title", "Data clerk"),
        ("role-viewer", "yes"),
        ("role-meal_officer", "yes"),
    ];
    assert!(admin.post("/fn/members/set-roles", &set).await.location.contains("notice=saved"));
    assert_eq!(roles(&stage, "viewer@amani.test").await, "meal_officer viewer");
    assert!(admin.post("/fn/members/set-roles", &set).await.location.contains("flash="), "an edit of an older version");
    assert_eq!(letters(&stage).await.iter().filter(|letter| letter.contains("what you may do there")).count(), 1);
    // a role that takes two is not given by one, and nobody is left without any
    let two = [ORG, BACK, ("member", id.as_str()), ("row_version", "2"), ("job_title", ""), ("role-tenant_admin", "yes")];
    assert!(admin.post("/fn/members/set-roles", &two).await.location.contains("flash="));
    let none = [ORG, BACK, ("member", id.as_str()), ("row_version", "2"), ("job_title", "")];
    assert!(admin.post("/fn/members/set-roles", &none).await.location.contains("flash="));
    assert_eq!(roles(&stage, "viewer@amani.test").await, "meal_officer viewer");
    let mine = member(&stage, "admin@amani.test").await;
    let own = [
        ORG,
        BACK,
        ("member", mine.as_str()),
        ("row_version", "1"),
        ("job_title", ""),
        ("role-tenant_admin", "yes"),
        ("role-meal_officer", "yes"),
    ];
    assert!(admin.post("/fn/members/set-roles", &own).await.location.contains("flash="));
    assert_eq!(roles(&stage, "admin@amani.test").await, "tenant_admin");
    // and of no other organisation
    let foreign = member(&stage, "viewer@baraka.test").await;
    assert_eq!(admin.get(&format!("{LIST}/{foreign}")).await.status, StatusCode::NOT_FOUND);
    let set = [ORG, ("member", foreign.as_str()), ("row_version", "1"), ("job_title", ""), ("role-viewer", "yes")];
    assert_eq!(admin.post("/fn/members/set-roles", &set).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_second_administrator_takes_two_people() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let id = member(&stage, "pm@amani.test").await;
    assert!(ask(&mut admin, &id, "meal_officer").await.contains("flash="), "that takes one");
    assert!(ask(&mut admin, &id, "tenant_admin").await.contains("notice=grant-asked"));
    assert!(ask(&mut admin, &id, "tenant_admin").await.contains("flash="), "it waits already");
    let grant = waiting(&mut admin).await;
    assert!(decide(&mut admin, &grant, "approve").await.contains("flash="), "who asked does not decide");
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    assert_eq!(pm.post("/fn/grants/decide", &[ORG, ("grant", &grant), ("decision", "approve")]).await.status, StatusCode::FORBIDDEN);
    // there is no other administrator: a focal point confirms, and was told
    assert!(letters(&stage).await.iter().any(|letter| letter.contains("To: safeguarding@amani.test")));
    let mut focal = signed_in(&stage, "safeguarding@amani.test").await;
    assert_eq!(waiting(&mut focal).await, grant);
    assert!(decide(&mut focal, &grant, "approve").await.contains("notice=grant-decided"));
    assert_eq!(roles(&stage, "pm@amani.test").await, "project_manager tenant_admin");
    assert_eq!(focal.post("/fn/grants/decide", &[ORG, ("grant", &grant), ("decision", "refuse")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pm.get("/o/amani-wash").await.location, "/settings/security", "an administrator has a second factor first");
    assert_eq!(stage.count("audit.event where action in ('role_grant.asked', 'role_grant.approved')").await, 2);
    // with two administrators a focal point no longer decides
    let id = member(&stage, "meal@amani.test").await;
    ask(&mut admin, &id, "tenant_admin").await;
    let grant: uuid::Uuid = sqlx::query_scalar("select id from app.role_grant_request where decision = 'pending'")
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    let grant = grant.to_string();
    assert!(decide(&mut focal, &grant, "approve").await.contains("flash="));
    assert!(admin.post("/fn/grants/withdraw", &[ORG, BACK, ("grant", &grant)]).await.location.contains("notice=grant-withdrawn"));
    assert_eq!(roles(&stage, "meal@amani.test").await, "meal_officer");
}

#[tokio::test]
async fn a_focal_point_is_confirmed_by_one_or_after_three_days() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let id = member(&stage, "meal@amani.test").await;
    ask(&mut admin, &id, "safeguarding_focal").await;
    let grant = waiting(&mut admin).await;
    let mut focal = signed_in(&stage, "safeguarding@amani.test").await;
    assert!(decide(&mut focal, &grant, "refuse").await.contains("notice=grant-decided"));
    assert!(
        letters(&stage).await.iter().any(|letter| letter.contains("To: admin@amani.test") && letter.contains("was decided")),
        "who asked"
    );
    assert_eq!(roles(&stage, "meal@amani.test").await, "meal_officer");
    // none is left, and a second administrator confirms after three days
    stage.run("update app.membership set roles = '{tenant_admin}' where user_id = (select id from auth.user_account where email = 'pm@amani.test')").await;
    stage.run("update auth.user_account set totp_secret = t.totp_secret, totp_confirmed_at = now() from auth.user_account t where auth.user_account.email = 'pm@amani.test' and t.email = 'admin@amani.test'").await;
    stage.run("update app.membership set roles = '{viewer}' where 'safeguarding_focal' = any (roles)").await;
    ask(&mut admin, &id, "safeguarding_focal").await;
    let grant = waiting(&mut admin).await;
    let cx = stage.cx("pm@amani.test").await;
    let grant: server::kernel::ids::GrantId = grant.parse().unwrap();
    let early = server::tenancy::grants::decide(&cx, grant, true).await;
    assert_eq!(early.unwrap_err().code(), "too_early");
    stage.run("update app.role_grant_request set created_at = now() - interval '73 hours' where decision = 'pending'").await;
    server::tenancy::grants::decide(&cx, grant, true).await.unwrap();
    assert_eq!(roles(&stage, "meal@amani.test").await, "meal_officer safeguarding_focal");
}

#[tokio::test]
async fn nobody_waits_for_a_decision_that_nobody_can_make() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let (pm, focal) = (member(&stage, "pm@amani.test").await, member(&stage, "safeguarding@amani.test").await);
    stage.run("delete from auth.mail").await;
    ask(&mut admin, &focal, "tenant_admin").await;
    assert_eq!(stage.count("app.role_grant_request").await, 0, "the only one who could is the one who would get it");
    assert!(ask(&mut admin, &pm, "tenant_admin").await.contains("notice=grant-asked"));
    let told = letters(&stage).await;
    assert_eq!(told.iter().filter(|letter| letter.contains("waits for a second person")).count(), 1, "{told:?}");
}

#[tokio::test]
async fn another_title_is_no_other_role() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let id = member(&stage, "pm@amani.test").await;
    stage.run("delete from auth.mail").await;
    for (title, role, letters_sent) in [("Head", "role-project_manager", 0), ("Head", "role-viewer", 1)] {
        let page = admin.get(&format!("/o/amani-wash/admin/members/{id}")).await.body;
        let version = page.split("name=\"row_version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let fields = [ORG, BACK, ("member", &id), ("row_version", &version), ("job_title", title), (role, "yes")];
        let location = admin.post("/fn/members/set-roles", &fields).await.location;
        assert!(location.contains("notice="), "{location}");
        assert_eq!(letters(&stage).await.len(), letters_sent, "{role}");
    }
}

#[tokio::test]
async fn an_organisation_keeps_an_administrator() {
    let stage = Stage::new().await;
    let id = member(&stage, "admin@amani.test").await;
    // a second one takes the first away, and then nobody takes the second
    stage.run("update app.membership set roles = '{tenant_admin}' where user_id = (select id from auth.user_account where email = 'pm@amani.test')").await;
    let (first, second) = (stage.cx("admin@amani.test").await, stage.cx("pm@amani.test").await);
    let other = member(&stage, "pm@amani.test").await;
    let (a, b) = tokio::join!(
        server::tenancy::members::let_go(&first, other.parse().unwrap(), "left the organisation"),
        server::tenancy::members::let_go(&second, id.parse().unwrap(), "left the organisation"),
    );
    let faults: Vec<_> = [a, b].into_iter().filter_map(Result::err).map(|error| error.code()).collect();
    assert_eq!(faults.len(), 1, "of two at once one is kept: {faults:?}");
    assert_eq!(stage.count("app.membership m join app.tenant t on t.id = m.tenant_id where t.slug = 'amani-wash' and 'tenant_admin' = any (roles) and revoked_at is null").await, 1);
    assert_eq!(stage.count("app.membership where revoked_at is not null").await, 1);
}

#[tokio::test]
async fn who_is_let_go_is_out_at_once_and_everywhere() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let program = stage.program("field@amani.test").await;
    assert_eq!(field.get("/o/amani-wash").await.status, StatusCode::OK);
    let id = member(&stage, "field@amani.test").await;
    stage
        .run("insert into app.invitation (tenant_id, id, email, roles, secret_hash) select id, gen_random_uuid(), 'field@amani.test', '{viewer}', sha256('i') from app.tenant where slug = 'amani-wash'")
        .await;
    ask(&mut admin, &id, "tenant_admin").await;
    let go = [ORG, BACK, ("member", id.as_str()), ("reason", "the contract ended")];
    assert!(admin.post("/fn/members/let-go", &go).await.location.contains("notice=member-let-go"));
    assert_eq!(stage.count("app.invitation where revoked_at is null").await, 0, "nothing on its way brings them back");
    assert_eq!(stage.count("app.role_grant_request where decision = 'withdrawn'").await, 1);
    assert_eq!(field.get("/o/amani-wash").await.status, StatusCode::NOT_FOUND);
    assert_eq!(field.get("/settings/account").await.status, StatusCode::OK, "the account stays theirs");
    assert_eq!(program.get("/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.count(&format!("app.project_member where membership_id = '{id}'")).await, 0);
    assert!(!admin.get(LIST).await.body.contains("field@amani.test"));
    assert_eq!(admin.get(&format!("{LIST}/{id}")).await.status, StatusCode::NOT_FOUND);
    let mine = member(&stage, "admin@amani.test").await;
    let go = [ORG, BACK, ("member", mine.as_str()), ("reason", "the contract ended")];
    assert!(admin.post("/fn/members/let-go", &go).await.location.contains("flash="));
}

#[tokio::test]
async fn a_factor_is_reset_only_where_no_other_organisation_relies_on_it() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let focal = member(&stage, "safeguarding@amani.test").await;
    let refused = admin.post("/fn/members/reset-factors", &[ORG, BACK, ("member", &focal)]).await;
    assert!(refused.location.contains("flash="), "whose word counts as a second person's");
    stage.run("update auth.user_account set totp_secret = t.totp_secret, totp_confirmed_at = now() from auth.user_account t where auth.user_account.email = 'meal@amani.test' and t.email = 'admin@amani.test'").await;
    stage.run("update app.tenant set second_factor_roles = '{meal_officer}' where slug = 'amani-wash'").await;
    let id = member(&stage, "meal@amani.test").await;
    stage
        .run("insert into auth.recovery_code (user_id, hash) select id, sha256('x') from auth.user_account where email = 'meal@amani.test'")
        .await;
    stage.enrol("meal@amani.test", "baraka-health").await;
    let reset = [ORG, BACK, ("member", id.as_str())];
    assert!(admin.post("/fn/members/reset-factors", &reset).await.location.contains("flash="));
    stage.run("update app.membership set revoked_at = now() where tenant_id = (select id from app.tenant where slug = 'baraka-health') and roles = '{viewer}'").await;
    assert!(admin.post("/fn/members/reset-factors", &reset).await.location.contains("notice=member-reset"));
    assert_eq!(stage.count("auth.recovery_code").await, 0);
    let mut meal = Browser::new(&stage);
    let page = meal.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", crate::stage::PASSWORD)]).await;
    assert!(!page.location.starts_with("/login/code"), "{}", page.location);
    assert_eq!(meal.get("/o/amani-wash").await.location, "/settings/security", "and sets up another one first");
    assert_eq!(stage.count("auth.notice where kind = 'factors_reset'").await, 1);
    let mine = member(&stage, "admin@amani.test").await;
    assert!(admin.post("/fn/members/reset-factors", &[ORG, BACK, ("member", &mine)]).await.location.contains("flash="));
}

#[tokio::test]
async fn people_are_assigned_to_projects_and_kept_to_places() {
    let stage = Stage::new().await;
    let (mut pm, mut viewer) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "viewer@amani.test").await);
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    stage.run("delete from app.project_member where role = 'viewer'").await;
    assert_eq!(viewer.get("/o/amani-wash/projects/wells").await.status, StatusCode::NOT_FOUND);
    let id = member(&stage, "viewer@amani.test").await;
    let back = ("back", "/o/amani-wash/projects/wells/setup");
    let assign = |role| [ORG, back, ("project", project.as_str()), ("member", id.as_str()), ("role", role)];
    assert!(pm.post("/fn/project-members/assign", &assign("field_officer")).await.location.contains("notice=saved"));
    assert_eq!(viewer.get("/o/amani-wash/projects/wells").await.status, StatusCode::OK);
    // a manager makes no managers, and changes nothing about themselves
    assert_eq!(pm.post("/fn/project-members/assign", &assign("project_manager")).await.status, StatusCode::FORBIDDEN);
    let person: uuid::Uuid = sqlx::query_scalar("select id from app.project_member where membership_id = $1 and role = 'field_officer'")
        .bind(id.parse::<uuid::Uuid>().unwrap())
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    let person = person.to_string();
    let page = pm.get(&format!("/o/amani-wash/projects/wells/people/{person}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let place = page.body.split("name=\"location-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let field = format!("location-{place}");
    let limit = [ORG, back, ("project", project.as_str()), ("person", person.as_str()), (field.as_str(), "yes")];
    assert!(pm.post("/fn/project-members/limit", &limit).await.location.contains("notice=saved"));
    assert_eq!(stage.count(&format!("app.project_member where id = '{person}' and location_ids = '{{{place}}}'")).await, 1);
    // a place of no project of theirs is no place
    let foreign = format!("location-{}", uuid::Uuid::new_v4());
    let limit = [ORG, back, ("project", project.as_str()), ("person", person.as_str()), (foreign.as_str(), "yes")];
    assert!(pm.post("/fn/project-members/limit", &limit).await.location.contains("flash="), "none left would mean all");
    assert!(
        pm.post("/fn/project-members/assign", &assign("field_officer")).await.location.contains("flash="),
        "nor does assigning lift it"
    );
    assert_eq!(stage.count(&format!("app.project_member where id = '{person}' and cardinality(location_ids) = 1")).await, 1);
    let remove = [ORG, back, ("project", project.as_str()), ("person", person.as_str())];
    assert_eq!(viewer.post("/fn/project-members/remove", &remove).await.status, StatusCode::FORBIDDEN);
    let own: uuid::Uuid =
        sqlx::query_scalar("select pm.id from app.project_member pm where pm.project_id = $1 and pm.role = 'project_manager'")
            .bind(project.parse::<uuid::Uuid>().unwrap())
            .fetch_one(&mut stage.superuser().await)
            .await
            .unwrap();
    let own = own.to_string();
    let mine = [ORG, back, ("project", project.as_str()), ("person", own.as_str())];
    assert!(pm.post("/fn/project-members/remove", &mine).await.location.contains("flash="), "not one's own");
    assert!(pm.post("/fn/project-members/remove", &remove).await.location.contains("notice=saved"));
    assert_eq!(viewer.get("/o/amani-wash/projects/wells").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ten_are_invited_at_once_and_who_cannot_be_stays_in_the_form() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let ten: Vec<String> = (0..10).map(|i| format!("new{i}@amani.test")).collect();
    let text = format!("{}\nno address, meal@amani.test", ten.join("\r\n"));
    let page =
        admin.post("/fn/invitations/send", &[ORG, BACK, ("emails", &text), ("role-viewer", "yes"), ("role-field_officer", "yes")]).await;
    let shown = admin.get(page.location.split('#').next().unwrap()).await.body;
    assert!(shown.contains("no address\nmeal@amani.test</textarea>"), "{shown}");
    assert_eq!(stage.count("app.invitation where roles = '{viewer,field_officer}' or roles = '{field_officer,viewer}'").await, 10);
    assert_eq!(stage.count("auth.mail").await, 10);
    for (emails, role) in [("", "role-viewer"), ("a@amani.test", "role-none")] {
        let page = admin.post("/fn/invitations/send", &[ORG, BACK, ("emails", emails), (role, "yes")]).await;
        assert!(page.location.contains("flash="), "{emails} {role}");
    }
}

#[tokio::test]
async fn the_list_is_searched_and_goes_on() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    stage
        .run(
            "with made as (insert into auth.user_account (id, email, name) select gen_random_uuid(), 'person' || i || '@amani.test', 'Person ' || lpad(i::text, 4, '0')
               from generate_series(1, 250) i returning id)
             insert into app.membership (tenant_id, id, user_id, roles, accepted_at)
             select (select id from app.tenant where slug = 'amani-wash'), gen_random_uuid(), id, '{viewer}', now() from made",
        )
        .await;
    let (mut path, mut seen) = (format!("{LIST}?q=person"), 0);
    loop {
        let page = admin.get(&path).await.body;
        seen += page.matches("@amani.test</td>").count();
        let Some(next) = page.split("rel=\"next\" href=\"").nth(1) else { break };
        path = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, 250);
    assert!(admin.get(&format!("{LIST}?q=PERSON+0007")).await.body.contains("person7@amani.test"));
    assert!(admin.get(&format!("{LIST}?q=%25")).await.body.contains("class=\"empty\""), "no pattern");
    // who sees names alone finds nobody by an address
    let mut focal = signed_in(&stage, "safeguarding@amani.test").await;
    assert!(focal.get(&format!("{LIST}?q=person7%40amani")).await.body.contains("class=\"empty\""));
}

#[tokio::test]
async fn a_role_in_one_project_opens_the_log_of_no_other() {
    let stage = Stage::new().await;
    // a MEAL officer of the organisation and of one project, who enters figures in the other
    stage
        .run(
            "update app.project_member pm set role = 'field_officer' from app.project p, app.membership m, auth.user_account u
             where p.id = pm.project_id and p.code = 'wells' and m.id = pm.membership_id and u.id = m.user_id and u.email = 'meal@amani.test'",
        )
        .await;
    let program = stage.program("meal@amani.test").await;
    let (status, log) = program.get("/audit?limit=200").await;
    assert_eq!(status, StatusCode::OK);
    let text = log.to_string();
    assert!(text.contains("\"camps\"") && !text.contains("\"wells\""), "{text}");
}
