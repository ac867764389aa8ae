//! What is left when the work is cut off half-way: all of it, or nothing.

use server::audit::verify::Verdict;
use server::kernel::ids::ProjectId;
use server::projects::imports::{self, Mapping};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::audit::verdict;
use crate::imports::{SMALL, mapping};
use crate::stage::{Browser, Stage};

/// Where an import is stopped: with its values written and not yet summed,
const AT_THE_SUMS: &str =
    "select pg_advisory_xact_lock(hashtextextended('rollup:' || (select id from app.project where code = 'camps')::text, 0))";
/// and while it is being sealed at its commit.
const AT_THE_SEAL: &str = "select * from audit.head h join app.tenant t on t.id = h.tenant_id where t.slug = 'amani-wash' for update of h";

/// Holds what an import must wait for, so that the moment of the cut is known.
async fn hold(stage: &Stage, cut: &str) -> PgConnection {
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(format!("begin; {cut}"))).execute(&mut conn).await.unwrap();
    conn
}

/// The server's process that waits for the lock, once it does.
async fn blocked(conn: &mut PgConnection) -> i32 {
    loop {
        let found = sqlx::query(
            "select pid from pg_stat_activity where datname = current_database() and usename = 'kipimo_app' and wait_event_type = 'Lock'",
        )
        .fetch_optional(&mut *conn)
        .await
        .unwrap();
        if let Some(row) = found {
            return row.get(0);
        }
        tokio::task::yield_now().await;
    }
}

async fn import(stage: &Stage, project: ProjectId, mapping: Mapping) -> Result<imports::Outcome, server::kernel::error::Error> {
    let meal = stage.cx("meal@amani.test").await;
    imports::run(&meal, project, "small.csv", SMALL.into(), &mapping, false, true).await
}

/// Everything that an import writes.
async fn written(stage: &Stage) -> Vec<i64> {
    let camps = "project_id = (select id from app.project where code = 'camps')";
    let mut counts = Vec::new();
    for what in [
        format!("app.indicator_value where {camps}"),
        format!("app.reporting_period where {camps}"),
        format!("app.period_rollup where {camps}"),
        format!("app.project_location where {camps}"),
        "app.location".to_owned(),
        "app.import_job".to_owned(),
        "audit.event".to_owned(),
        "audit.link".to_owned(),
        "audit.pending".to_owned(),
    ] {
        counts.push(stage.count(&what).await);
    }
    counts
}

async fn chain_is_intact(stage: &Stage) -> bool {
    matches!(verdict(stage, "amani-wash").await, Verdict::Intact(_))
}

#[tokio::test]
async fn a_database_process_that_dies_in_an_import_leaves_nothing() {
    for cut in [AT_THE_SUMS, AT_THE_SEAL] {
        let stage = Stage::new().await;
        let project = stage.project("meal@amani.test", "camps").await;
        let before = written(&stage).await;
        let mut holder = hold(&stage, cut).await;
        let (outcome, ()) = tokio::join!(import(&stage, project, mapping()), async {
            let mut killer = stage.superuser().await;
            let pid = blocked(&mut killer).await;
            sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&mut killer).await.unwrap();
        });
        assert!(outcome.is_err(), "{outcome:?}");
        sqlx::raw_sql("rollback").execute(&mut holder).await.unwrap();
        assert_eq!(written(&stage).await, before, "{cut}");
        assert!(chain_is_intact(&stage).await);
        assert!(import(&stage, project, mapping()).await.unwrap().applied, "and the next try does it all");
        assert!(chain_is_intact(&stage).await);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_in_an_import_leaves_nothing_or_after_its_commit_was_sent_all() {
    for (cut, kept) in [(AT_THE_SUMS, false), (AT_THE_SEAL, true)] {
        let stage = std::sync::Arc::new(Stage::new().await);
        let project = stage.project("meal@amani.test", "camps").await;
        let before = written(&stage).await;
        let mut holder = hold(&stage, cut).await;
        let other = std::sync::Arc::clone(&stage);
        let request = tokio::spawn(async move { import(&other, project, mapping()).await.is_ok() });
        let mut watcher = stage.superuser().await;
        let pid = blocked(&mut watcher).await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        sqlx::raw_sql("rollback").execute(&mut holder).await.unwrap();
        // what the handler left behind is undone before its connection serves anybody else
        while busy(&mut watcher, pid).await {
            tokio::task::yield_now().await;
        }
        let after = written(&stage).await;
        assert!(if kept { after[0] == 3 && after[8] == 0 } else { after == before }, "{cut}: {before:?} {after:?}");
        assert!(chain_is_intact(&stage).await);
    }
}

/// Whether a server process is still within a transaction.
async fn busy(conn: &mut PgConnection, pid: i32) -> bool {
    sqlx::query("select from pg_locks where pid = $1 and locktype = 'virtualxid'").bind(pid).fetch_optional(conn).await.unwrap().is_some()
}

#[tokio::test]
async fn requests_that_are_given_up_cost_no_connections() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    for given_up_after in 0..40 {
        let page = browser.get("/o/amani-wash/projects/wells/tracking");
        tokio::select! {
            biased;
            _ = page => {}
            // so many steps of the runtime later the browser has gone
            () = async { for _ in 0..given_up_after { tokio::task::yield_now().await } } => {}
        }
    }
    for _ in 0..8 {
        assert_eq!(browser.get("/o/amani-wash/projects/wells/tracking").await.status, http::StatusCode::OK);
    }
}
