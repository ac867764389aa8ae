//! Background jobs: done once, in the name of who asked and with the rights they have by then.

use std::fmt::Write;

use http::StatusCode;
use server::kernel::files::Files;
use server::kernel::ids::{ImportId, ProjectId};
use server::projects::imports;
use server::worker::{End, Worker};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::imports::{SMALL, mapping};
use crate::isolation::try_it;
use crate::programmes::enter_as;
use crate::stage::{Browser, Page, Stage, signed_in};

const JOBS: &str = "/o/amani-wash/jobs";
pub const IMPORTED: &str = "app.indicator_value where source = 'import'";

pub fn files(stage: &Stage) -> Files {
    Files::in_folder(&stage.files()).unwrap()
}

pub fn worker(stage: &Stage) -> Worker {
    Worker::new(stage.db.clone(), files(stage))
}

/// A file of 2,600 places with two figures each.
fn large() -> String {
    let mut file = String::from("start_date,end_date,location_id,location_name,country,persons_per_tap,refugee_pop\n");
    for place in 1..=2600 {
        let _ = writeln!(file, "2023-01-01,2023-01-31,L{place},Place {place},Kenya,90,1000");
    }
    file
}

/// A file that the MEAL officer had checked.
pub async fn checked(stage: &Stage, name: &str, file: &str) -> (ProjectId, ImportId) {
    let project = stage.project("meal@amani.test", "camps").await;
    let meal = stage.cx("meal@amani.test").await;
    (project, imports::check(&meal, project, name, file.into(), &mapping()).await.unwrap())
}

/// Decides on an import in a browser.
pub async fn apply(browser: &mut Browser, project: ProjectId, import: ImportId) -> Page {
    let (project, import) = (project.to_string(), import.to_string());
    let back = format!("/o/amani-wash/projects/camps/import/{import}");
    let fields = [
        ("org", "amani-wash"),
        ("project", project.as_str()),
        ("import", import.as_str()),
        ("valid_rows", "true"),
        ("back", back.as_str()),
    ];
    browser.post("/fn/imports/apply", &fields).await
}

/// The address of the job that an answer leads to.
pub fn job_of(page: &Page) -> String {
    assert!(page.location.starts_with(&format!("{JOBS}/")), "{} {}", page.status, page.location);
    page.location.split('?').next().unwrap().to_owned()
}

/// A job that is about to write three values, of the MEAL officer: their browser and its address.
pub async fn asked(stage: &Stage) -> (Browser, String) {
    let (project, import) = checked(stage, "small.csv", SMALL).await;
    // taken for a large one
    stage.run("update app.import_job set values_total = 6000").await;
    let mut meal = signed_in(stage, "meal@amani.test").await;
    let page = apply(&mut meal, project, import).await;
    (meal, job_of(&page))
}

pub async fn press(browser: &mut Browser, form: &str, job: &str) -> Page {
    let id = job.rsplit('/').next().unwrap();
    browser.post(&format!("/fn/jobs/{form}"), &[("org", "amani-wash"), ("job", id), ("back", job)]).await
}

#[tokio::test]
async fn a_large_import_becomes_a_job_and_is_applied_once() {
    let stage = Stage::new().await;
    let (project, import) = checked(&stage, "large.csv", &large()).await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let decided = apply(&mut meal, project, import).await;
    let path = job_of(&decided);
    let page = meal.get(&path).await;
    assert!(page.body.contains("Waiting") && page.body.contains("large.csv"), "{}", page.body);
    assert_eq!(page.headers.get("refresh").map(|value| value.to_str().unwrap()), Some("5"));
    assert!(meal.get(&format!("{path}?still=yes")).await.headers.get("refresh").is_none(), "who reads in peace");
    stage.run("update app.background_job set due_at = now() - interval '11 minutes'").await;
    let old = meal.get(&path).await;
    assert!(old.headers.get("refresh").is_none() && old.body.contains("has gone on for a while"), "nobody is kept signed in by it");
    let shown = meal.get(&format!("/o/amani-wash/projects/camps/import/{import}")).await.body;
    assert!(shown.contains(&path) && !shown.contains("/fn/imports/apply"), "{shown}");
    assert!(apply(&mut meal, project, import).await.location.contains("flash="), "once at a time");

    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    assert!(worker.take().await.unwrap().is_none(), "it is taken");
    assert!(worker.tell(&job, 5000, 5200).await.unwrap());
    let page = meal.get(&path).await.body;
    assert!(page.contains("5000 of 5200") && page.contains("value=\"5000\""), "{page}");
    assert_eq!(worker.work(&job).await.unwrap(), End::Done);
    assert_eq!(stage.count(IMPORTED).await, 5200);
    assert!(worker.take().await.unwrap().is_none() && worker.work(&job).await.unwrap() == End::Lost, "once only");
    assert_eq!(stage.count(IMPORTED).await, 5200);

    let page = meal.get(&path).await;
    assert!(page.body.contains("values were written") && page.headers.get("refresh").is_none(), "{}", page.body);
    assert!(meal.get(JOBS).await.body.contains("large.csv"));
    let by = "audit.event e join auth.user_account u on u.id = e.actor_id
      where e.action = 'import.applied' and e.actor_kind = 'user' and e.session_kind = 'system' and u.email = 'meal@amani.test'";
    assert_eq!(stage.count(by).await, 1, "the person did it, by a job");
    assert_eq!(stage.count("audit.event where action = 'job.asked'").await, 1);
    assert_eq!(stage.count("audit.event where entity_type = 'job_progress'").await, 0, "how far it is, is nobody's act");
    // what a page can wait for is written at once
    let (project, import) = checked(&stage, "small.csv", SMALL).await;
    assert!(apply(&mut meal, project, import).await.location.contains("notice=import-applied"));
}

#[tokio::test]
async fn who_lost_the_right_meanwhile_writes_nothing() {
    const THEIRS: &str = "membership_id in (select m.id from app.membership m join auth.user_account u on u.id = m.user_id
      where u.email = 'meal@amani.test')";
    let table: [(String, &str); 6] = [
        (format!("update app.project_member set role = 'viewer' where {THEIRS}"), "forbidden"),
        (format!("delete from app.project_member where {THEIRS}"), "not_found"),
        ("update auth.user_account set status = 'disabled' where email = 'meal@amani.test'".to_owned(), "asker_gone"),
        ("update auth.user_account set generation = generation + 1 where email = 'meal@amani.test'".to_owned(), "asker_gone"),
        (
            "update app.membership m set revoked_at = now() from auth.user_account u where u.id = m.user_id and u.email = 'meal@amani.test'"
                .to_owned(),
            "asker_gone",
        ),
        ("update app.tenant set status = 'suspended' where slug = 'amani-wash'".to_owned(), "organisation_closed"),
    ];
    for (sql, code) in table {
        let stage = Stage::new().await;
        let (_, path) = asked(&stage).await;
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut stage.superuser().await).await.unwrap();
        let worker = worker(&stage);
        let job = worker.take().await.unwrap().unwrap();
        assert_eq!(worker.work(&job).await.unwrap(), End::Failed(code), "{sql}");
        assert_eq!(stage.count(IMPORTED).await, 0, "{sql}");
        assert_eq!(stage.count("app.import_job where status = 'has_errors' and content is not null").await, 1, "{sql}");
        assert!(worker.take().await.unwrap().is_none(), "it is not tried again: {sql}");
        if code == "forbidden" {
            let page = signed_in(&stage, "admin@amani.test").await.get(&path).await.body;
            assert!(page.contains("may no longer do this in the project") && page.contains("Nothing was written"), "{page}");
        }
    }
}

#[tokio::test]
async fn a_job_is_cancelled_and_asked_for_once_more() {
    let stage = Stage::new().await;
    let (mut meal, path) = asked(&stage).await;
    let worker = worker(&stage);
    // one that waits is cancelled at once
    assert!(press(&mut meal, "cancel", &path).await.location.contains("notice=job-cancelled"));
    assert!(worker.take().await.unwrap().is_none());
    assert!(press(&mut meal, "cancel", &path).await.location.contains("flash="), "there is nothing to cancel");
    assert!(press(&mut meal, "ask-again", &path).await.location.contains("notice=job-asked"));
    assert!(press(&mut meal, "ask-again", &path).await.location.contains("flash="), "it is not over");
    // one that runs is told to stop, and keeps nothing; also who sees all may tell it
    let job = worker.take().await.unwrap().unwrap();
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    assert!(press(&mut admin, "cancel", &path).await.location.contains("notice=job-cancelled"));
    assert!(meal.get(&path).await.body.contains("Being stopped"));
    assert!(press(&mut meal, "cancel", &path).await.location.contains("flash="), "it is being stopped already");
    assert!(!worker.tell(&job, 1, 3).await.unwrap());
    assert_eq!(worker.work(&job).await.unwrap(), End::Cancelled);
    assert_eq!(stage.count(IMPORTED).await, 0);
    // nobody asks in another's name
    assert_eq!(press(&mut admin, "ask-again", &path).await.status, StatusCode::FORBIDDEN);
    assert!(!admin.get(&path).await.body.contains("jobs/ask-again"));
    assert!(press(&mut meal, "ask-again", &path).await.location.contains("notice=job-asked"));
    let job = worker.take().await.unwrap().unwrap();
    assert_eq!(worker.work(&job).await.unwrap(), End::Done);
    assert_eq!(stage.count(IMPORTED).await, 3);
    let acts = "audit.event where action in ('job.cancelled', 'job.asked_again')";
    assert_eq!(stage.count(acts).await, 4);
}

/// How often it is looked for what must come, before the test fails rather than hangs.
const MOST_LOOKS: u32 = 5_000;

/// Goes on once somebody waits for a lock in this database.
pub async fn waits_for_a_lock(stage: &Stage) {
    const WAITING: &str = "pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()";
    for _ in 0..MOST_LOOKS {
        if stage.count(WAITING).await > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody waits for a lock");
}

/// Makes every lease run out.
pub async fn run_out(stage: &Stage) {
    assert_eq!(stage.run("update app.job_progress set leased_until = now() - interval '1 second'").await, 1);
}

#[tokio::test]
async fn who_is_not_heard_of_any_more_keeps_nothing() {
    let stage = Stage::new().await;
    asked(&stage).await;
    let project = stage.project("meal@amani.test", "camps").await;
    let (first, other) = (worker(&stage), stage.beside());
    let second = worker(&other);
    let job = first.take().await.unwrap().unwrap();
    // the first is held up in the middle of its work
    let mut holds = stage.superuser().await;
    let hold = format!("begin; select pg_advisory_xact_lock(hashtextextended('import:{project}', 0))");
    sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut holds).await.unwrap();
    let held_up = tokio::spawn({
        let (first, job) = (first.clone(), job.clone());
        async move { first.work(&job).await.unwrap() }
    });
    waits_for_a_lock(&stage).await;
    assert!(second.take().await.unwrap().is_none(), "it is heard of");
    let mut taken = None;
    for _ in 0..MOST_LOOKS {
        run_out(&stage).await;
        taken = second.take().await.unwrap();
        // unless the first was heard of at this very moment
        if taken.is_some() {
            break;
        }
    }
    let again = taken.unwrap();
    assert_eq!((again.id, again.attempts), (job.id, 2));
    sqlx::raw_sql("commit").execute(&mut holds).await.unwrap();
    assert_eq!(held_up.await.unwrap(), End::Lost);
    assert_eq!(stage.count(IMPORTED).await, 0, "it kept nothing");
    assert!(!first.tell(&job, 3, 3).await.unwrap());
    assert_eq!(second.work(&again).await.unwrap(), End::Done);
    assert_eq!(stage.count(IMPORTED).await, 3);
}

#[tokio::test]
async fn a_job_that_is_given_back_or_lost_is_begun_anew_and_not_for_ever() {
    let stage = Stage::new().await;
    let (mut meal, path) = asked(&stage).await;
    let worker = worker(&stage);
    let job = worker.take().await.unwrap().unwrap();
    worker.give_back(&job).await;
    assert_eq!(worker.work(&job).await.unwrap(), End::Lost, "it is theirs no more");
    for attempt in 1..=3 {
        assert_eq!(worker.take().await.unwrap().unwrap().attempts, attempt);
        run_out(&stage).await;
    }
    assert!(worker.take().await.unwrap().is_none());
    let page = meal.get(&path).await.body;
    assert!(page.contains("begun three times"), "{page}");
    assert!(press(&mut meal, "ask-again", &path).await.location.contains("notice=job-asked"));
    let job = worker.take().await.unwrap().unwrap();
    assert_eq!((job.attempts, worker.work(&job).await.unwrap()), (1, End::Done));
}

#[tokio::test]
async fn a_job_is_seen_by_who_asked_and_by_administrators() {
    let stage = Stage::new().await;
    let (mut meal, path) = asked(&stage).await;
    let list = |body: &str| body.contains("small.csv");
    assert!(list(&signed_in(&stage, "admin@amani.test").await.get(JOBS).await.body));
    // a colleague sees their own, others none, and strangers not even that there are any
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    assert!(!list(&pm.get(JOBS).await.body));
    assert_eq!(pm.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(press(&mut pm, "cancel", &path).await.status, StatusCode::NOT_FOUND);
    let mut field = signed_in(&stage, "field@amani.test").await;
    for page in [JOBS, path.as_str()] {
        assert_eq!(field.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    assert_eq!(press(&mut field, "cancel", &path).await.status, StatusCode::FORBIDDEN);
    let mut stranger = signed_in(&stage, "admin@baraka.test").await;
    for page in [JOBS.to_owned(), path.clone(), path.replace("amani-wash", "baraka-health")] {
        assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert_eq!(stage.count("app.background_job where state = 'waiting'").await, 1);
    // who has left the project sees no more of it, not even by their own job
    assert!(list(&meal.get(JOBS).await.body));
    let leaves = "set session_replication_role = replica; delete from app.project_member where membership_id in (
        select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'meal@amani.test')";
    sqlx::raw_sql(leaves).execute(&mut stage.superuser().await).await.unwrap();
    assert!(!list(&meal.get(JOBS).await.body));
    assert_eq!(meal.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn within_a_door_nobody_asks_in_another_name_or_plays_the_worker() {
    let stage = Stage::new().await;
    asked(&stage).await;
    let mut meal = enter_as(&stage, "meal@amani.test", "").await;
    let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
    for statement in [
        format!(
            "insert into app.background_job (id, project_id, kind, subject_id, asked_by)
             select '{id}', project_id, kind, id, '{other}' from app.background_job"
        ),
        format!("update app.background_job set asked_by = '{other}'"),
        "update app.background_job set state = 'done', finished_at = now(), result = 1".to_owned(),
        "update app.background_job set state = 'running'".to_owned(),
        "update app.background_job set attempts = 0".to_owned(),
        "update app.background_job set due_at = now()".to_owned(),
        "update app.background_job set generation = generation".to_owned(),
        format!("update app.background_job set provider_generation = '{other}'"),
        "update app.background_job set state = 'cancelled', cancel_at = now(), finished_at = now(), attempts = 2".to_owned(),
        "update app.job_progress set done = 1".to_owned(),
        format!("select * from gate.take_job('{id}', 60, 3)"),
        format!("select gate.settle_job('{other}', '{id}', '{id}', 'failed', 'internal', 0)"),
        "select gate.forget_jobs()".to_owned(),
    ] {
        assert_eq!(try_it(&mut meal, statement.clone()).await, Err("42501".to_owned()), "{statement}");
    }
    let said = try_it(&mut meal, format!("select 1 where gate.finish_job((select id from app.background_job), '{id}', 1) = 'held'")).await;
    assert_eq!(said, Ok(0), "without the lease nothing is ended");
    // nor does anybody renew what another asked for, or what their account was then
    stage.run("update app.background_job set state = 'failed', finished_at = now(), error = 'internal'").await;
    let mut admin = enter_as(&stage, "admin@amani.test", "").await;
    for statement in [
        "update app.background_job set state = 'waiting', finished_at = null, error = null",
        "update app.background_job set error = 'busy'",
    ] {
        assert_eq!(try_it(&mut admin, statement.to_owned()).await, Err("42501".to_owned()), "{statement}");
    }
}
