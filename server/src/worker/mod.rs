//! The worker: does background jobs one after the other, each in the name of who asked for it, and keeps the clock.
//!
//! While a job runs it says every few seconds how far it is, on another connection than the job's, and hears whether to go on. A worker that
//! is not heard of for a minute has lost the job to the next one, and can keep nothing any more: the end of a job is written in the
//! transaction of its work, and only under the lease. That transaction takes less than the five minutes for which its door stays open.

pub mod sweeps;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::access::{Cx, RequestFacts};
use crate::db::Db;
use crate::identity::authenticate;
use crate::jobs::{self, As, Heard, Kind, Leased, Pulse};
use crate::kernel::error::{Error, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{ImportId, RequestId};
use crate::projects::imports;

/// How often it is looked for something to do.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a job says how far it is.
const BEAT: Duration = Duration::from_secs(2);
/// How long a job may take to its end once the server stops; then it is given back.
const GRACE: Duration = Duration::from_secs(15);
/// How often it is looked whether the clock asks for something: each server looks, and one of them does it.
const CLOCK: Duration = Duration::from_mins(5);

/// What came of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is done, and kept.
    Done,
    /// It failed, for the reason of a code; nothing of it was kept.
    Failed(&'static str),
    /// It was cancelled; nothing of it was kept.
    Cancelled,
    /// It could not be done now and is tried once more; nothing of it was kept.
    Again,
    /// It was another's by then, or over; nothing of this attempt was kept.
    Lost,
}

/// Does jobs, of every organisation.
#[derive(Clone, Debug)]
pub struct Worker {
    db: Db,
    files: Files,
}

impl Worker {
    /// A worker.
    #[must_use]
    pub fn new(db: Db, files: Files) -> Self {
        Self { db, files }
    }

    /// Does what there is to do, again and again, until `stop`; then ends what it has begun, or gives it back.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = std::future::ready(()) => {}
            }
            let taken = self.take().await.unwrap_or_else(|error| {
                tracing::error!(%error, "background jobs could not be looked for");
                None
            });
            let Some(job) = taken else {
                tokio::select! {
                    () = &mut stop => return,
                    () = tokio::time::sleep(PAUSE) => continue,
                }
            };
            let (end, stops) = {
                let mut work = std::pin::pin!(self.work(&job));
                tokio::select! {
                    biased;
                    end = &mut work => (Some(end), false),
                    () = &mut stop => (tokio::time::timeout(GRACE, &mut work).await.ok(), true),
                }
            };
            match end {
                Some(Ok(end)) => tracing::info!(job = %job.id, kind = %job.kind, attempt = job.attempts, ?end, "a background job"),
                // its lease runs out, and it is taken up again
                Some(Err(error)) => tracing::error!(job = %job.id, %error, "what came of a background job could not be written down"),
                None => self.give_back(&job).await,
            }
            if stops {
                return;
            }
        }
    }

    /// Does what the clock asks for, from now on until `stop`.
    pub async fn keep_time(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let begun = Instant::now();
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = sweeps::due(&self.db, &self.files, Utc::now()) => {}
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(CLOCK.saturating_sub(begun.elapsed())) => {}
            }
        }
    }

    /// Takes the next job that is due, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn take(&self) -> Result<Option<Leased>> {
        jobs::take(&self.db).await
    }

    /// Says how far a job is; answers whether it is still this worker's to go on with.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(&self, job: &Leased, done: i32, total: i32) -> Result<bool> {
        Ok(jobs::beat(&self.db, job, (done, total)).await? == Heard::Held)
    }

    /// Does a job that was taken, to its end.
    ///
    /// # Errors
    /// The database's, where it could not even be written down what came of it.
    pub async fn work(&self, job: &Leased) -> Result<End> {
        if !job.is_open {
            return self.settle(job, As::Failed("organisation_closed")).await;
        }
        let Some(actor) = authenticate::by_job(&self.db, job.tenant, job.id, job.lease).await? else {
            return self.settle(job, As::Failed("asker_gone")).await;
        };
        // the log names the person, and says that it was a job
        let facts = RequestFacts { id: RequestId::new(), ip: None, agent: Some(format!("Kipimo background job {}", job.id)) };
        let cx = Cx::new(self.db.clone(), actor, Arc::new(facts));
        let pulse = job.pulse();
        let done = tokio::select! {
            biased;
            heard = self.listen(job, &pulse) => Err(Error::Rule(if heard == Heard::Cancel { "job_cancelled" } else { "job_lost" })),
            done = perform(&cx, job, &pulse) => done,
        };
        match done {
            Ok(_) => Ok(End::Done),
            Err(error) => self.settle_error(job, &error).await,
        }
    }

    /// Says how far a job is, every few seconds, until it is to be given up.
    async fn listen(&self, job: &Leased, pulse: &Pulse) -> Heard {
        loop {
            match jobs::beat(&self.db, job, pulse.read()).await {
                Ok(Heard::Held) => {}
                Ok(given_up) => return given_up,
                // the lease lasts for many of these
                Err(error) => tracing::warn!(job = %job.id, %error, "it could not be said how far a background job is"),
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    async fn settle_error(&self, job: &Leased, error: &Error) -> Result<End> {
        match error.code() {
            "job_cancelled" => self.settle(job, As::Cancelled).await,
            "job_lost" => Ok(End::Lost),
            // it may have been kept; where it was not, its lease ends and somebody takes it again
            "unconfirmed" => Ok(End::Done),
            "unavailable" if error.is_too_long() => self.settle(job, As::Failed("took_too_long")).await,
            "busy" | "unavailable" | "places_changed" if job.may_go_on() => self.settle(job, As::Again(job.pause())).await,
            code => {
                if error.status().is_server_error() {
                    tracing::error!(job = %job.id, %error, "a background job failed");
                }
                self.settle(job, As::Failed(code)).await
            }
        }
    }

    async fn settle(&self, job: &Leased, how: As) -> Result<End> {
        if !jobs::settle(&self.db, job, how).await? {
            return Ok(End::Lost);
        }
        Ok(match how {
            As::Failed(code) => End::Failed(code),
            As::Cancelled => End::Cancelled,
            As::Again(_) | As::Returned => End::Again,
        })
    }

    /// Gives a job back that was begun and not ended, so that the next worker need not wait for the lease to run out.
    pub async fn give_back(&self, job: &Leased) {
        match self.settle(job, As::Returned).await {
            Ok(_) => tracing::info!(job = %job.id, "a background job was given back"),
            Err(error) => tracing::warn!(job = %job.id, %error, "a background job could not be given back: its lease runs out"),
        }
    }
}

/// What a job does.
async fn perform(cx: &Cx, job: &Leased, pulse: &Pulse) -> Result<usize> {
    match Kind::parse(&job.kind) {
        Some(Kind::Import) => {
            let valid_rows = job.params.get("valid_rows").and_then(serde_json::Value::as_bool).unwrap_or(false);
            imports::apply_in_job(cx, job.project, ImportId(job.subject), valid_rows, pulse).await
        }
        None => Err(Error::Internal(format!("a background job of an unknown kind: {}", job.kind))),
    }
}
