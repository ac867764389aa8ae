//! The worker's side of the queue: a job is taken for a while, under a lease that must be renewed, and given up or ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::access::Writer;
use crate::db::{Db, Why};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{JobId, ProjectId, TenantId};

/// After so many seconds without a word from its worker a job is taken up by another.
const LEASE_SECONDS: i32 = 60;
/// A job is begun so often at the most.
const MOST_ATTEMPTS: i32 = 3;

/// A job that a worker holds.
#[derive(Clone, Debug)]
pub struct Leased {
    /// Its organisation.
    pub tenant: TenantId,
    /// Its id.
    pub id: JobId,
    /// Its project.
    pub project: ProjectId,
    /// What it does.
    pub kind: String,
    /// What it is about.
    pub subject: Uuid,
    /// How it was asked for.
    pub params: serde_json::Value,
    /// How often it was begun, this time included.
    pub attempts: i32,
    /// Whether its organisation is open.
    pub is_open: bool,
    /// What proves that it is this worker's.
    pub(crate) lease: Uuid,
}

impl Leased {
    /// Whether it may be tried once more.
    pub(crate) fn may_go_on(&self) -> bool {
        self.attempts < MOST_ATTEMPTS
    }

    /// After how long it is tried once more.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_secs(30 << self.attempts.clamp(0, 6))
    }

    /// How far it is, to be told from within its work.
    pub(crate) fn pulse(&self) -> Pulse {
        Pulse { job: self.id, lease: self.lease, done: Arc::default(), total: Arc::default() }
    }
}

/// Takes the next job that is due, if there is one.
pub(crate) async fn take(db: &Db) -> Result<Option<Leased>> {
    let lease = Uuid::new_v4();
    let mut tx = db.system(Why::Jobs).await?;
    let row = sqlx::query!(
        r#"select tenant_id as "tenant!: TenantId", id as "id!: JobId", project_id as "project!: ProjectId", kind as "kind!",
             subject_id as "subject!", params as "params!", attempts as "attempts!", is_open as "is_open!"
           from gate.take_job($1, $2, $3)"#,
        lease,
        LEASE_SECONDS,
        MOST_ATTEMPTS
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(row.map(|row| Leased {
        tenant: row.tenant,
        id: row.id,
        project: row.project,
        kind: row.kind,
        subject: row.subject,
        params: row.params,
        attempts: row.attempts,
        is_open: row.is_open,
        lease,
    }))
}

/// What a worker hears when it says how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The job is still theirs.
    Held,
    /// It is to be given up.
    Cancel,
    /// It is another's by now, or over.
    Lost,
}

impl Heard {
    fn parse(said: &str) -> Self {
        match said {
            "held" => Self::Held,
            "cancel" => Self::Cancel,
            _ => Self::Lost,
        }
    }
}

/// Says how far a job is, on a connection of its own, and renews the lease.
pub(crate) async fn beat(db: &Db, job: &Leased, (done, total): (i32, i32)) -> Result<Heard> {
    let mut tx = db.system(Why::Jobs).await?;
    let said = sqlx::query_scalar!(
        r#"select gate.beat_job($1, $2, $3, $4, $5, $6) as "said!""#,
        job.tenant.0,
        job.id.0,
        job.lease,
        done,
        total,
        LEASE_SECONDS
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(Heard::parse(&said))
}

/// How a worker gives a job up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// It failed, for the reason of a code.
    Failed(&'static str),
    /// It was to be cancelled.
    Cancelled,
    /// It is to be tried once more after a while.
    Again(Duration),
    /// The worker stops, and the job was not tried to its end.
    Returned,
}

/// Gives a job up; answers whether it was this worker's.
pub(crate) async fn settle(db: &Db, job: &Leased, how: As) -> Result<bool> {
    let (word, code, pause) = match how {
        As::Failed(code) => ("failed", Some(code), Duration::ZERO),
        As::Cancelled => ("cancelled", None, Duration::ZERO),
        As::Again(pause) => ("again", None, pause),
        As::Returned => ("returned", None, Duration::ZERO),
    };
    let mut tx = db.system(Why::Jobs).await?;
    let theirs = sqlx::query_scalar!(
        r#"select gate.settle_job($1, $2, $3, $4, $5, $6) as "theirs!""#,
        job.tenant.0,
        job.id.0,
        job.lease,
        word,
        code,
        i32::try_from(pause.as_secs()).unwrap_or(i32::MAX)
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(theirs)
}

/// How many jobs wait and run, of all organisations together.
pub(crate) async fn counts(db: &Db) -> Result<(i64, i64)> {
    let mut tx = db.system(Why::Jobs).await?;
    let row = sqlx::query!(r#"select waiting as "waiting!", running as "running!" from gate.count_jobs()"#).fetch_one(tx.conn()).await?;
    tx.commit().await?;
    Ok((row.waiting, row.running))
}

/// How far a job is, told from within its work and written down by who watches it.
#[derive(Clone, Debug)]
pub struct Pulse {
    job: JobId,
    lease: Uuid,
    done: Arc<AtomicI32>,
    total: Arc<AtomicI32>,
}

impl Pulse {
    /// So many of so many are done.
    pub(crate) fn at(&self, done: usize, total: usize) {
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        self.total.store(count(total), Ordering::Relaxed);
        self.done.store(count(done), Ordering::Relaxed);
    }

    /// How many of how many are done.
    pub(crate) fn read(&self) -> (i32, i32) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Ends the job in the transaction of its own work, the last thing before that is kept: either both are, or neither is.
    ///
    /// # Errors
    /// `job_cancelled`, where it was told to stop; `job_lost`, where another worker has it; or the database's. Then nothing may be kept.
    pub(crate) async fn finish(&self, w: &mut Writer, result: usize) -> Result<()> {
        let said = sqlx::query_scalar!(
            r#"select gate.finish_job($1, $2, $3) as "said!""#,
            self.job.0,
            self.lease,
            i32::try_from(result).unwrap_or(i32::MAX)
        )
        .fetch_one(w.conn())
        .await?;
        match Heard::parse(&said) {
            Heard::Held => Ok(()),
            Heard::Cancel => Err(Error::Rule("job_cancelled")),
            Heard::Lost => Err(Error::Rule("job_lost")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_tried_later_each_time_and_not_for_ever() {
        let job = |attempts| Leased {
            tenant: TenantId::new(),
            id: JobId::new(),
            project: ProjectId::new(),
            kind: "import".to_owned(),
            subject: Uuid::nil(),
            params: serde_json::Value::Null,
            attempts,
            is_open: true,
            lease: Uuid::nil(),
        };
        assert!(job(1).may_go_on() && job(1).pause() < job(2).pause());
        assert!(!job(MOST_ATTEMPTS).may_go_on());
        assert!(job(i32::MAX).pause() <= Duration::from_hours(1));
    }

    #[test]
    fn whatever_is_not_known_is_lost() {
        assert_eq!(["held", "cancel", "lost", ""].map(Heard::parse), [Heard::Held, Heard::Cancel, Heard::Lost, Heard::Lost]);
    }
}
