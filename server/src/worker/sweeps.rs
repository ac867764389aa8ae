//! What the clock asks for: what has had its time is forgotten, and rules are judged for periods that are over. Each is done once an hour,
//! by whichever server comes first, and each does nothing where there is nothing to do.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::{Db, Why};
use crate::jobs;
use crate::kernel::error::Result;
use crate::kernel::files::Files;
use crate::projects::bin;
use crate::projects::learning::triggers;

/// Minutes between two beginnings of the same.
const MINUTES: i32 = 60;
/// Names of files that are asked about at a time.
const AT_A_TIME: usize = 1_000;

/// Does what it is time for, where it is this server's turn.
pub async fn due(db: &Db, files: &Files, now: DateTime<Utc>) {
    if turn(db, "import_files").await {
        tell("files of imports that nobody decided on", forget_import_files(db).await);
    }
    if turn(db, "files").await {
        tell("files that no evidence names", forget_files(db, files, now - TimeDelta::days(1)).await);
    }
    if turn(db, "answers").await {
        tell("answers to programs of more than a month ago", forget_answers(db).await);
    }
    if turn(db, "bins").await {
        tell("what lay in a bin for thirty days", bin::empty_by_clock(db, files).await);
    }
    if turn(db, "rules").await {
        tell("actions that rules asked for", triggers::judge_by_clock(db).await);
    }
    if turn(db, "jobs").await {
        tell("background jobs that were over a month ago", forget_jobs(db).await);
        match jobs::counts(db).await {
            Ok((waiting, running)) => tracing::info!(waiting, running, "background jobs"),
            Err(error) => tracing::error!(%error, "background jobs could not be counted"),
        }
    }
}

/// Whether it is time for something, and this server's turn to do it.
async fn turn(db: &Db, name: &'static str) -> bool {
    begin(db, name).await.unwrap_or_else(|error| {
        tracing::error!(%error, name, "it is not known whether it is time");
        false
    })
}

/// Claims the turn to do something; no other server gets one before the hour is over.
///
/// # Errors
/// The database's.
pub async fn begin(db: &Db, name: &str) -> Result<bool> {
    let mut tx = db.system(Why::Jobs).await?;
    let ours = sqlx::query_scalar!(r#"select gate.begin_sweep($1, $2) as "ours!""#, name, MINUTES).fetch_one(tx.conn()).await?;
    tx.commit().await?;
    Ok(ours)
}

fn tell(what: &'static str, done: Result<u64>) {
    match done {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, what, "the clock"),
        Err(error) => tracing::error!(%error, what, "what the clock asks for was not done"),
    }
}

/// Has some forgotten in a transaction, and more in the next, until a statement says that it found none. Answers how many there were.
macro_rules! until_nothing_is_left {
    ($db:expr, $statement:literal) => {{
        let mut forgotten = 0;
        loop {
            let mut tx = $db.system(Why::Jobs).await?;
            let some = sqlx::query_scalar!($statement).fetch_one(tx.conn()).await?;
            tx.commit().await?;
            match u64::try_from(some) {
                Ok(some) if some > 0 => forgotten += some,
                _ => return Ok(forgotten),
            }
        }
    }};
}

/// Forgets the files of imports on which nobody decided within a day.
///
/// # Errors
/// The database's.
pub async fn forget_import_files(db: &Db) -> Result<u64> {
    until_nothing_is_left!(db, r#"select gate.forget_import_files() as "count!""#)
}

/// Forgets the answers that were given to batches of programs more than thirty days ago, a thousand in a transaction.
///
/// # Errors
/// The database's.
pub async fn forget_answers(db: &Db) -> Result<u64> {
    until_nothing_is_left!(db, r#"select gate.forget_answers() as "count!""#)
}

/// Forgets jobs that were over a month ago.
///
/// # Errors
/// The database's.
pub async fn forget_jobs(db: &Db) -> Result<u64> {
    let mut tx = db.system(Why::Jobs).await?;
    let count = sqlx::query_scalar!(r#"select gate.forget_jobs() as "count!""#).fetch_one(tx.conn()).await?;
    tx.commit().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Forgets files in the store that were kept before a moment and that no evidence has named for a week: their row was never written. It is
/// looked every hour; where that was broken off for a day, the week begins anew, for the database may be an older backup. Files of
/// organisations that this database does not know are left alone: they are another's.
///
/// # Errors
/// The store's, or the database's.
pub async fn forget_files(db: &Db, files: &Files, before: DateTime<Utc>) -> Result<u64> {
    let mut tx = db.system(Why::Jobs).await?;
    sqlx::query!("select gate.begin_file_round()").execute(tx.conn()).await?;
    tx.commit().await?;
    let mut forgotten = 0;
    for tenant in files.organisations().await? {
        let old: Vec<_> = files.list(tenant).await?.into_iter().filter(|(_, kept)| *kept < before).map(|(id, _)| id).collect();
        for some in old.chunks(AT_A_TIME) {
            let mut tx = db.system(Why::Jobs).await?;
            let left_over =
                sqlx::query_scalar!(r#"select gate.files_to_forget($1, $2) as "left_over?""#, tenant, some).fetch_one(tx.conn()).await?;
            tx.commit().await?;
            let Some(left_over) = left_over else { break };
            for id in left_over {
                files.forget(tenant, id).await?;
                forgotten += 1;
            }
        }
    }
    Ok(forgotten)
}
