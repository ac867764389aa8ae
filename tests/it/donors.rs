//! Donor links: the days on which they die, and what a visit may see.

use http::StatusCode;
use secrecy::ExposeSecret;
use server::donors::console;
use server::donors::links::{self, LinkForm, NewLink};
use server::kernel::ids::{ProjectId, SnapshotId};
use server::projects::reports::sections::{self, TextForm};
use server::projects::reports::{self, ReportForm};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::stage::{Browser, Page, Stage, publish};

/// A published report of the wells.
pub async fn published(stage: &Stage) -> (ProjectId, SnapshotId) {
    let pm = stage.cx("pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await;
    let form = ReportForm { title: "Wells in 2025".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    let section = reports::find(&pm, project, report).await.unwrap().outline[0].id;
    sections::write(&pm, project, report, section, TextForm { body: "It rained.", status: "ready" }, 1).await.unwrap();
    (project, publish(stage, project, report).await)
}

/// A link to it, as a project manager makes one.
pub async fn link_as(stage: &Stage, form: &LinkForm<'_>) -> (ProjectId, NewLink) {
    let (project, snapshot) = published(stage).await;
    (project, links::create(&stage.cx("pm@amani.test").await, project, snapshot, form).await.unwrap())
}

async fn link(stage: &Stage) -> (ProjectId, NewLink) {
    link_as(stage, &LinkForm::to("A donor")).await
}

/// Public id and secret.
pub fn parts(link: &NewLink) -> (String, String) {
    let path = link.path.expose_secret();
    let (entrance, secret) = path.split_once('#').unwrap();
    (entrance.trim_start_matches("/d/").to_owned(), secret.to_owned())
}

/// Moves every link into the past; the checks hold for the moved moments too.
pub async fn age(stage: &Stage, by: &str) {
    let columns = ["created_at", "rolling_until", "hard_until", "last_human_use", "renewed_at", "told_14_for", "told_3_for"];
    let moved = columns.map(|column| format!("{column} = {column} - interval '{by}'")).join(", ");
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(format!("set session_replication_role = replica; update app.donor_link set {moved}")))
        .execute(&mut conn)
        .await
        .unwrap();
}

/// What the door's form holds.
pub async fn token(donor: &mut Browser, public_id: &str) -> String {
    let page = donor.get(&format!("/d/{public_id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let field = page.body.split("name=\"door\"").nth(1).unwrap();
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Shows a secret at the door.
pub async fn show(donor: &mut Browser, public_id: &str, secret: &str) -> Page {
    let entrance = token(donor, public_id).await;
    donor.post("/fn/visits/open", &[("public_id", public_id), ("secret", secret), ("door", &entrance)]).await
}

async fn visit(stage: &Stage, link: &NewLink) -> (Browser, StatusCode) {
    let (public_id, secret) = parts(link);
    let mut donor = Browser::new(stage);
    let opened = show(&mut donor, &public_id, &secret).await;
    if opened.status == StatusCode::SEE_OTHER {
        let page = donor.get("/donor").await;
        assert!(page.body.contains("Wells in 2025") && page.body.contains("It rained."));
    }
    (donor, opened.status)
}

/// How attempts to open a link came out, the newest first.
pub async fn outcomes(stage: &Stage, email: &str, link: &NewLink) -> Vec<String> {
    let (_, log) = console::one(&stage.cx(email).await, link.id).await.unwrap();
    log.into_iter().filter(|access| access.kind == "visit").map(|access| access.outcome).collect()
}

#[tokio::test]
async fn a_link_lives_ninety_days_from_its_last_visit_and_a_year_at_most() {
    // days between visits, and whether the last one still opens it
    let table: [(&[i32], bool); 7] = [
        (&[89], true),
        (&[90], false),
        (&[89, 89], true),
        (&[89, 90], false),
        (&[80, 80, 80, 80], true),
        (&[80, 80, 80, 80, 44], true),
        (&[80, 80, 80, 80, 45], false),
    ];
    for (waits, opens) in table {
        let stage = Stage::new().await;
        let (_, link) = link(&stage).await;
        let mut last = StatusCode::OK;
        for (i, days) in waits.iter().enumerate() {
            age(&stage, &format!("{days} days")).await;
            last = visit(&stage, &link).await.1;
            if i + 1 < waits.len() {
                assert_eq!(last, StatusCode::SEE_OTHER, "{waits:?} at {i}");
            }
        }
        assert_eq!(last == StatusCode::SEE_OTHER, opens, "{waits:?}");
    }
}

/// How many rows the exchange and the look of a visit answer, in a transaction whose clock stands still, with so much left to live.
async fn at_the_end(conn: &mut PgConnection, left: &str) -> (i64, i64) {
    sqlx::raw_sql(AssertSqlSafe(format!(
        "begin; set local session_replication_role = replica;
         update app.donor_link set public_id = 'the-only-link-00', secret_hash = sha256('s'), rolling_until = now() + interval '{left}';
         insert into app.donor_visit (tenant_id, id, link_id, secret_hash, expires_at)
           select tenant_id, gen_random_uuid(), id, sha256('v'), now() + interval '1 hour' from app.donor_link;
         set local session_replication_role = origin"
    )))
    .execute(&mut *conn)
    .await
    .unwrap();
    let opened = sqlx::query_scalar(
        "select count(*) from gate.open_link('the-only-link-00', sha256('s'), gen_random_uuid(), sha256('n'), gen_random_uuid(), null, null, null)",
    )
    .fetch_one(&mut *conn)
    .await
    .unwrap();
    // the opening rolled the link, if it did: the visit is looked at as the link stood
    sqlx::raw_sql(AssertSqlSafe(format!(
        "set local session_replication_role = replica; update app.donor_link set rolling_until = now() + interval '{left}';
         set local session_replication_role = origin"
    )))
    .execute(&mut *conn)
    .await
    .unwrap();
    let seen = sqlx::query_scalar("select count(*) from gate.look(sha256('v'), 'page', '/donor', gen_random_uuid(), true)")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    sqlx::raw_sql("rollback").execute(conn).await.unwrap();
    (opened, seen)
}

#[tokio::test]
async fn exactly_at_its_end_a_link_is_dead_for_the_exchange_and_for_visits_that_are_open() {
    let stage = Stage::new().await;
    link(&stage).await;
    let mut conn = stage.superuser().await;
    for (left, lives) in [("1 microsecond", 1), ("0 seconds", 0), ("-1 microsecond", 0)] {
        assert_eq!(at_the_end(&mut conn, left).await, (lives, lives), "{left}");
    }
}

#[tokio::test]
async fn only_a_completed_visit_rolls_and_at_most_once_a_day() {
    let stage = Stage::new().await;
    let (_, link) = link(&stage).await;
    let ends = || async {
        let ends: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select rolling_until from app.donor_link").fetch_one(&mut stage.superuser().await).await.unwrap();
        ends
    };
    age(&stage, "10 days").await;
    let made = ends().await;
    let (public_id, _) = parts(&link);
    assert_eq!(show(&mut Browser::new(&stage), &public_id, "wrong").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ends().await, made, "a wrong secret rolls nothing");
    let (mut donor, _) = visit(&stage, &link).await;
    let rolled = ends().await;
    assert!(rolled > made);
    donor.get("/donor").await;
    visit(&stage, &link).await;
    assert_eq!(ends().await, rolled, "neither a look nor another visit of the same day");
    age(&stage, "23 hours").await;
    let aged = ends().await;
    visit(&stage, &link).await;
    assert_eq!(ends().await, aged);
    age(&stage, "1 hour").await;
    visit(&stage, &link).await;
    assert!(ends().await > rolled - chrono::TimeDelta::hours(1));
}

#[tokio::test]
async fn the_database_refuses_longer_lives_and_a_second_one() {
    let stage = Stage::new().await;
    link(&stage).await;
    let mut conn = stage.superuser().await;
    let mut refused = async |change: &str| {
        let done = sqlx::raw_sql(AssertSqlSafe(format!("update app.donor_link set {change}"))).execute(&mut conn).await;
        assert!(done.is_err(), "{change}");
    };
    for change in [
        "rolling_until = created_at + interval '91 days'",
        "hard_until = created_at + interval '366 days'",
        "days = 91",
        "days = 30",
        "renewed_at = now() + interval '100 days', rolling_until = hard_until + interval '1 day'",
        "mail_code = true",
    ] {
        refused(change).await;
    }
    stage.run("update app.donor_link set revoked_at = now()").await;
    refused("revoked_at = null").await;
    let mut conn = stage.superuser().await;
    assert!(sqlx::raw_sql("update app.report_snapshot set version = 2").execute(&mut conn).await.is_err(), "snapshots never change");
}

#[tokio::test]
async fn revoking_ends_an_open_visit_at_once_and_refusals_look_alike() {
    let stage = Stage::new().await;
    let (project, link) = link(&stage).await;
    let (mut donor, opened) = visit(&stage, &link).await;
    assert_eq!(opened, StatusCode::SEE_OTHER);
    let pm = stage.cx("pm@amani.test").await;
    links::revoke(&pm, project, link.id, "no longer needed").await.unwrap();
    let gone = donor.get("/donor").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let (public_id, secret) = parts(&link);
    let entrance = token(&mut donor, &public_id).await;
    let refusals = [(public_id.as_str(), secret.as_str()), (public_id.as_str(), "wrong"), ("0000000000000000", secret.as_str()), ("", "")];
    let mut bodies = std::collections::HashSet::from([gone.body]);
    for (id, secret) in refusals {
        let page = donor.post("/fn/visits/open", &[("public_id", id), ("secret", secret), ("door", &entrance)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        bodies.insert(page.body);
    }
    assert_eq!(bodies.len(), 1, "unknown, wrong and revoked are one answer");
    assert_eq!(outcomes(&stage, "pm@amani.test", &link).await, ["wrong_secret", "revoked", "ok"]);
    // and each is an act of the log, of the link it was tried with
    let filter = server::audit::log::Filter { entity: Some(link.id.0), acts_only: true, ..Default::default() };
    let acts = server::audit::log::page(&pm, &filter, 10).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|line| (line.action.as_str(), line.actor_kind.as_str(), line.result.as_str())).collect();
    assert_eq!(
        acts,
        [
            ("donor_link.refused", "donor_link", "denied"),
            ("donor_link.refused", "donor_link", "denied"),
            ("donor_link.revoked", "user", "ok"),
            ("donor_link.opened", "donor_link", "ok"),
            ("donor_link.created", "user", "ok"),
        ]
    );
    // what is nobody's link is an event of the platform
    let guesses =
        "audit.event where action = 'donor_link.refused' and tenant_id = '00000000-0000-0000-0000-000000000000' and result = 'denied'";
    assert_eq!(stage.count(guesses).await, 2);
}

#[tokio::test]
async fn every_look_is_written_down_without_an_address() {
    let stage = Stage::new().await;
    let (_, link) = link(&stage).await;
    let (mut donor, _) = visit(&stage, &link).await;
    // again within the minute
    donor.get("/donor?print").await;
    let (_, log) = console::one(&stage.cx("pm@amani.test").await, link.id).await.unwrap();
    let lines: Vec<_> = log.iter().map(|a| (a.kind.as_str(), a.outcome.as_str(), a.page.as_deref())).collect();
    assert_eq!(lines, [("page", "ok", Some("/donor")), ("visit", "ok", None)]);
    assert!(log[0].visitor.is_some() && log[0].visitor == log[1].visitor, "one visitor, by a mark");
    assert_eq!(stage.count("app.donor_link_access where ip_index is not null and octet_length(ip_index) = 16").await, 2);
    // a minute later it is another look
    stage.run("update app.donor_link_access set at = at - interval '2 minutes' where kind = 'page'").await;
    donor.get("/donor").await;
    assert_eq!(stage.count("app.donor_link_access where kind = 'page'").await, 2);
}
