//! What the clock asks for: what has had its time is forgotten, by one server, and rules are judged.

use chrono::{TimeDelta, Utc};
use http::StatusCode;
use server::projects::learning::triggers;
use server::projects::reviews::Selection;
use server::worker::{End, sweeps};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::imports::SMALL;
use crate::jobs::{asked, checked, files, press, worker};
use crate::learning::rules::{two_months, verify};
use crate::learning::{send, user};
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

#[tokio::test]
async fn the_clock_is_kept_by_one_server() {
    let stage = Stage::new().await;
    let other = stage.beside();
    assert!(sweeps::begin(&stage.db, "jobs").await.unwrap());
    assert!(!sweeps::begin(&other.db, "jobs").await.unwrap());
    assert!(sweeps::begin(&other.db, "rules").await.unwrap(), "something else");
    stage.run("update gate.clock set begun_at = now() - interval '61 minutes' where name = 'jobs'").await;
    assert!(sweeps::begin(&other.db, "jobs").await.unwrap());
    assert!(!sweeps::begin(&stage.db, "jobs").await.unwrap());
}

#[tokio::test]
async fn files_of_imports_are_forgotten_after_a_day_but_for_what_a_job_needs() {
    let stage = Stage::new().await;
    asked(&stage).await;
    checked(&stage, "old.csv", SMALL).await;
    assert_eq!(sweeps::forget_import_files(&stage.db).await.unwrap(), 0, "of today");
    stage.run("update app.import_job set created_at = now() - interval '25 hours'").await;
    checked(&stage, "new.csv", SMALL).await;
    assert_eq!(sweeps::forget_import_files(&stage.db).await.unwrap(), 1);
    assert_eq!(stage.count("app.import_job where content is null and filename = 'old.csv'").await, 1);
    assert_eq!(stage.count("app.import_job where content is not null").await, 2);
    // and the job still finds its file
    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    assert_eq!(worker.work(&job).await.unwrap(), End::Done);
}

#[tokio::test]
async fn jobs_are_forgotten_a_month_after_they_were_over() {
    let stage = Stage::new().await;
    let (mut meal, path) = asked(&stage).await;
    press(&mut meal, "cancel", &path).await;
    let age = |days: &'static str| {
        let sql = format!("update app.background_job set finished_at = now() - interval '{days}'");
        let stage = &stage;
        async move { sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap() }
    };
    age("29 days").await;
    assert_eq!(sweeps::forget_jobs(&stage.db).await.unwrap(), 0);
    age("31 days").await;
    assert_eq!(sweeps::forget_jobs(&stage.db).await.unwrap(), 1);
    assert_eq!(meal.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.count("audit.event where action = 'background_job.delete'").await, 1, "it is in the log");
}

#[tokio::test]
async fn answers_to_programs_are_forgotten_after_a_month() {
    let stage = Stage::new().await;
    let row = "insert into app.api_idempotency (tenant_id, id, actor_id, key, request_hash, response, created_at)
      select id, gen_random_uuid(), gen_random_uuid(), 'nightly-' || days, sha256('r'), '[]', now() - days * interval '1 day'
      from app.tenant, unnest(array[29, 31]) days where slug = 'amani-wash'";
    stage.run(row).await;
    assert_eq!(sweeps::forget_answers(&stage.db).await.unwrap(), 1);
    assert_eq!(stage.count("app.api_idempotency where key = 'nightly-29'").await, 1);
    assert_eq!(stage.count("app.api_idempotency").await, 1);
    assert_eq!(sweeps::forget_answers(&stage.db).await.unwrap(), 0);
    assert_eq!(stage.count("audit.event where action = 'api_idempotency.delete'").await, 1, "it is in the log");
}

#[tokio::test]
async fn files_that_no_evidence_names_are_forgotten_after_a_week() {
    let stage = Stage::new().await;
    let store = files(&stage);
    let tenant: Uuid = one(&stage, "select id from app.tenant where slug = 'amani-wash'").await;
    let (named, orphan, foreign) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let row = format!(
        "set session_replication_role = replica;
         insert into app.evidence (tenant_id, id, project_id, report_id, filename, mime, bytes, sha256, consent)
         values ('{tenant}', '{named}', '{named}', '{named}', 'f.pdf', 'application/pdf', 1, sha256('f'), 'not_needed')"
    );
    sqlx::raw_sql(AssertSqlSafe(row)).execute(&mut stage.superuser().await).await.unwrap();
    for (of, id) in [(tenant, named), (tenant, orphan), (foreign, orphan)] {
        store.put(of, id, b"sealed".to_vec()).await.unwrap();
    }
    let yesterday = Utc::now() - TimeDelta::days(1);
    assert_eq!(sweeps::forget_files(&stage.db, &store, yesterday).await.unwrap(), 0, "its row may be on its way");
    // as a day later: it is seen that nothing names it
    let later = yesterday + TimeDelta::days(2);
    assert_eq!(sweeps::forget_files(&stage.db, &store, later).await.unwrap(), 0, "a newer backup may name it");
    let week_ago = "update gate.unnamed_file set found_at = now() - interval '8 days'";
    assert_eq!(stage.run(week_ago).await, 1);
    // nobody looked for more than a day: this may be an older backup, and the week begins anew
    stage.run("update gate.clock set begun_at = now() - interval '25 hours' where name = 'file_round'").await;
    assert_eq!(sweeps::forget_files(&stage.db, &store, later).await.unwrap(), 0);
    assert_eq!(stage.run(week_ago).await, 1);
    assert_eq!(sweeps::forget_files(&stage.db, &store, later).await.unwrap(), 1);
    assert!(store.get(tenant, named).await.is_ok() && store.get(tenant, orphan).await.is_err());
    assert!(store.get(foreign, orphan).await.is_ok(), "of an organisation that this database does not know");
}

#[tokio::test]
async fn rules_are_judged_by_the_clock_too() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let [first, second] = two_months(&stage).await;
    let indicator = one::<Uuid>(&stage, "select id from app.indicator where code = 'wells_repaired'").await.to_string();
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let owner = user(&stage, "field@amani.test").await;
    // verified before there is a rule, as figures may be before their period is over
    assert_eq!(triggers::judge_by_clock(&stage.db).await.unwrap(), 0, "there is no rule");
    for period in [first, second] {
        verify(&stage, project, Selection::All(Some(period))).await;
    }
    let rule = [("indicator", indicator.as_str()), ("periods", "2"), ("owner", owner.as_str()), ("within_days", "14")];
    let added = send(&mut meal, "trigger-rules/add", &project.to_string(), &rule).await;
    assert!(added.location.contains("notice=rule-added"), "{}", added.location);
    // a figure that waits for its review stands in the way of a judgement
    let last = "where period_id = (select id from app.reporting_period where name = 'Second month')";
    let wait = format!("set session_replication_role = replica; update app.indicator_value set status = 'submitted' {last}");
    sqlx::raw_sql(AssertSqlSafe(wait)).execute(&mut stage.superuser().await).await.unwrap();
    assert_eq!(triggers::judge_by_clock(&stage.db).await.unwrap(), 0);
    let goes_on = format!("set session_replication_role = replica; update app.indicator_value set status = 'verified' {last}");
    sqlx::raw_sql(AssertSqlSafe(goes_on)).execute(&mut stage.superuser().await).await.unwrap();
    assert_eq!(triggers::judge_by_clock(&stage.db).await.unwrap(), 1);
    assert_eq!(triggers::judge_by_clock(&stage.db).await.unwrap(), 0, "it was asked for already");
    let given = "app.adaptation_action a join auth.user_account u on u.id = a.owner_id
      where a.source = 'rule' and a.created_by is null and u.email = 'field@amani.test'";
    assert_eq!(stage.count(given).await, 1);
    assert_eq!(stage.count("audit.event where action = 'adaptation_action.insert' and actor_kind = 'system'").await, 1);
    let act = "audit.event where kind = 'act' and action = 'learning.actions_asked' and actor_kind = 'system' and actor_id is null";
    assert_eq!(stage.count(act).await, 1, "told as an act of the system");
}
