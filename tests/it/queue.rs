//! The queue of background jobs: whose turn it is, how many may wait, what is waited for, and whose jobs go with their sessions.

use server::worker::End;
use sqlx::AssertSqlSafe;

use crate::imports::SMALL;
use crate::jobs::{IMPORTED, apply, asked, checked, job_of, run_out, waits_for_a_lock, worker};
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

/// More jobs like the one that waits, past all rules.
async fn more(stage: &Stage, count: i32) {
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.background_job (tenant_id, id, project_id, kind, subject_id, asked_by, generation)
         select tenant_id, gen_random_uuid(), project_id, kind, gen_random_uuid(), asked_by, generation
         from app.background_job, generate_series(1, {count})"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

#[tokio::test]
async fn an_organisation_that_asks_for_many_waits_for_its_own() {
    let stage = Stage::new().await;
    asked(&stage).await;
    more(&stage, 1).await;
    let other = "set session_replication_role = replica;
        insert into app.background_job (tenant_id, id, project_id, kind, subject_id, asked_by, generation)
        select id, gen_random_uuid(), gen_random_uuid(), 'import', gen_random_uuid(), gen_random_uuid(), 1
        from app.tenant where slug = 'baraka-health'";
    sqlx::raw_sql(other).execute(&mut stage.superuser().await).await.unwrap();
    let worker = worker(&stage);
    let mut tenants = Vec::new();
    for _ in 0..3 {
        tenants.push(worker.take().await.unwrap().unwrap().tenant);
    }
    assert_ne!(tenants[0], tenants[1], "the second is another organisation's, though it was asked for last");
    assert_eq!(tenants[0], tenants[2]);
}

#[tokio::test]
async fn only_so_many_jobs_wait() {
    let stage = Stage::new().await;
    asked(&stage).await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let (project, import) = checked(&stage, "more.csv", SMALL).await;
    stage.run("update app.import_job set values_total = 6000").await;
    // five of one person; then, with these as colleagues', twenty of the organisation
    for (count, whose) in [(4, "a person"), (3, "an organisation")] {
        more(&stage, count).await;
        let refused = apply(&mut meal, project, import).await;
        assert!(refused.location.contains("flash="), "{whose}: {} {}", refused.status, refused.location);
        let body = meal.get(refused.location.split('#').next().unwrap()).await.body;
        assert!(body.contains("Five jobs of yours may wait"), "{whose}: {body}");
        let theirs = "set session_replication_role = replica;
            update app.background_job set asked_by = gen_random_uuid() where subject_id not in (select id from app.import_job)";
        sqlx::raw_sql(theirs).execute(&mut stage.superuser().await).await.unwrap();
    }
    stage.run("delete from app.background_job where subject_id not in (select id from app.import_job)").await;
    job_of(&apply(&mut meal, project, import).await);
}

#[tokio::test]
async fn a_worker_that_is_late_does_what_nobody_else_took() {
    let stage = Stage::new().await;
    asked(&stage).await;
    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    run_out(&stage).await;
    assert_eq!(worker.work(&job).await.unwrap(), End::Done);
    assert_eq!(stage.count(IMPORTED).await, 3);
}

/// Holds up imports of the project until the transaction ends.
async fn hold_up(stage: &Stage) -> sqlx::PgConnection {
    let project = stage.project("meal@amani.test", "camps").await;
    let mut holds = stage.superuser().await;
    let hold = format!("begin; select pg_advisory_xact_lock(hashtextextended('import:{project}', 0))");
    sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut holds).await.unwrap();
    holds
}

#[tokio::test]
async fn a_job_waits_for_another_import_longer_than_a_page_would() {
    let stage = Stage::new().await;
    asked(&stage).await;
    let database: String = one(&stage, "select current_database()::text").await;
    let short = format!("alter role kipimo_app in database \"{database}\" set lock_timeout = '5ms'");
    sqlx::raw_sql(AssertSqlSafe(short)).execute(&mut stage.superuser().await).await.unwrap();
    let other = stage.beside();
    let worker = worker(&other);
    let job = worker.take().await.unwrap().unwrap();
    let mut holds = hold_up(&stage).await;
    let (end, ()) = tokio::join!(worker.work(&job), async {
        // each look takes its time, all of them many times what a page would wait
        for _ in 0..30 {
            waits_for_a_lock(&stage).await;
        }
        sqlx::raw_sql("commit").execute(&mut holds).await.unwrap();
    });
    assert_eq!(end.unwrap(), End::Done);
}

#[tokio::test]
async fn what_took_too_long_is_not_tried_again() {
    let stage = Stage::new().await;
    let (mut meal, path) = asked(&stage).await;
    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    let _holds = hold_up(&stage).await;
    let (end, ()) = tokio::join!(worker.work(&job), async {
        waits_for_a_lock(&stage).await;
        // as its own limit would
        let ends = "(select pg_cancel_backend(w.pid) as is_done from (
              select l.pid from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database() offset 0
            ) w) ended where is_done";
        assert_eq!(stage.count(ends).await, 1);
    });
    assert_eq!(end.unwrap(), End::Failed("took_too_long"));
    assert!(worker.take().await.unwrap().is_none());
    assert!(meal.get(&path).await.body.contains("It took longer than it may"));
}

#[tokio::test]
async fn who_is_signed_out_has_their_jobs_cancelled() {
    let stage = Stage::new().await;
    let (mut meal, _) = asked(&stage).await;
    let cancelled = "app.background_job where state = 'cancelled'";
    // somebody else may have asked for what waits
    meal.post("/fn/sessions/end-others", &[]).await;
    assert_eq!(stage.count(cancelled).await, 1);
    assert_eq!(stage.count("app.import_job where content is not null").await, 1, "and may be asked for once more");
    // what runs is told to stop
    stage.run("update app.background_job set state = 'waiting', finished_at = null, cancel_at = null").await;
    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let member = one::<uuid::Uuid>(
        &stage,
        "select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'meal@amani.test'",
    )
    .await
    .to_string();
    let back = "/o/amani-wash/admin/members";
    let ended = admin.post("/fn/members/end-sessions", &[("org", "amani-wash"), ("member", member.as_str()), ("back", back)]).await;
    assert!(ended.location.contains("notice="), "{} {}", ended.status, ended.location);
    assert_eq!(stage.count("app.background_job where state = 'running' and cancel_at is not null").await, 1);
    assert_eq!(worker.work(&job).await.unwrap(), End::Cancelled);
    assert_eq!(stage.count(IMPORTED).await, 0);
}
