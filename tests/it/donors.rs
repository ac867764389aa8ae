//! Donor links: the days on which they die, and what a visit may see.

use http::StatusCode;
use secrecy::ExposeSecret;
use server::donors::links;
use server::kernel::ids::ProjectId;
use server::projects::reports::sections::{self, TextForm};
use server::projects::reports::{self, ReportForm};
use sqlx::AssertSqlSafe;

use crate::stage::{Browser, Stage, publish};

async fn link(stage: &Stage) -> (ProjectId, links::NewLink) {
    let pm = stage.cx("pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await;
    let form = ReportForm { title: "Wells in 2025".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    let section = reports::find(&pm, project, report).await.unwrap().outline[0].id;
    sections::write(&pm, project, report, section, TextForm { body: "It rained.", status: "ready" }, 1).await.unwrap();
    let snapshot = publish(stage, project, report).await;
    (project, links::create(&pm, project, snapshot, "A donor", "").await.unwrap())
}

fn parts(link: &links::NewLink) -> (String, String) {
    let path = link.path.expose_secret();
    let (door, secret) = path.split_once('#').unwrap();
    (door.trim_start_matches("/d/").to_owned(), secret.to_owned())
}

/// Moves the link's dates into the past by so many days; the checks hold for the moved dates too.
async fn age(stage: &Stage, days: i32) {
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "set session_replication_role = replica;
         update app.donor_link set created_at = created_at - interval '{days} days', rolling_until = rolling_until - interval '{days} days',
           hard_until = hard_until - interval '{days} days', last_human_use = last_human_use - interval '{days} days'"
    )))
    .execute(&mut conn)
    .await
    .unwrap();
}

async fn visit(stage: &Stage, link: &links::NewLink) -> (Browser, StatusCode) {
    let (public_id, secret) = parts(link);
    let mut donor = Browser::new(stage);
    let opened = donor.post("/fn/visits/open", &[("public_id", &public_id), ("secret", &secret)]).await;
    if opened.status == StatusCode::SEE_OTHER {
        let page = donor.get("/donor").await;
        assert!(page.body.contains("Wells in 2025") && page.body.contains("It rained."));
    }
    (donor, opened.status)
}

#[tokio::test]
async fn a_link_lives_ninety_days_from_its_last_visit_and_a_year_at_most() {
    // days between visits, and whether the last one still opens it
    let table: [(&[i32], bool); 5] = [(&[89], true), (&[90], false), (&[89, 89], true), (&[89, 90], false), (&[80, 80, 80, 80, 45], false)];
    for (waits, opens) in table {
        let stage = Stage::new().await;
        let (_, link) = link(&stage).await;
        let mut last = StatusCode::OK;
        for (i, days) in waits.iter().enumerate() {
            age(&stage, *days).await;
            last = visit(&stage, &link).await.1;
            if i + 1 < waits.len() {
                assert_eq!(last, StatusCode::SEE_OTHER, "{waits:?} at {i}");
            }
        }
        assert_eq!(last == StatusCode::SEE_OTHER, opens, "{waits:?}");
    }
}

#[tokio::test]
async fn the_database_refuses_longer_lives() {
    let stage = Stage::new().await;
    let (_, _link) = link(&stage).await;
    let mut conn = stage.superuser().await;
    for change in ["rolling_until = created_at + interval '91 days'", "hard_until = created_at + interval '366 days'"] {
        assert!(sqlx::raw_sql(AssertSqlSafe(format!("update app.donor_link set {change}"))).execute(&mut conn).await.is_err(), "{change}");
    }
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
    let refusals = [(public_id.as_str(), secret.as_str()), (public_id.as_str(), "wrong"), ("0000000000000000", secret.as_str()), ("", "")];
    let mut bodies = std::collections::HashSet::new();
    for (id, secret) in refusals {
        let page = donor.post("/fn/visits/open", &[("public_id", id), ("secret", secret)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        bodies.insert(page.body);
    }
    assert_eq!(bodies.len(), 1, "unknown, wrong and revoked are one answer");
    let log = links::accesses(&pm, project, link.id).await.unwrap();
    let outcomes: Vec<_> = log.iter().map(|a| a.outcome.as_str()).collect();
    assert_eq!(outcomes, ["wrong_secret", "revoked", "ok"]);
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
}

#[tokio::test]
async fn opening_the_door_changes_nothing() {
    let stage = Stage::new().await;
    let (project, link) = link(&stage).await;
    let (public_id, _) = parts(&link);
    let mut scanner = Browser::new(&stage);
    assert_eq!(scanner.get(&format!("/d/{public_id}")).await.status, StatusCode::OK);
    let pm = stage.cx("pm@amani.test").await;
    assert!(links::accesses(&pm, project, link.id).await.unwrap().is_empty());
}
