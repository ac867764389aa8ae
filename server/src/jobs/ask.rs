//! Asking for a job, cancelling it, and asking once more.

use uuid::Uuid;

use super::Kind;
use crate::access::{Can, Cx, Scope, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{JobId, ProjectId};

/// Jobs of a person that wait at the most.
const MOST_OF_PERSON: i32 = 5;
/// Jobs of an organisation that wait at the most.
const MOST_OF_ORGANISATION: i32 = 20;

/// A job to be asked for.
pub(crate) struct New {
    /// The project.
    pub project: ProjectId,
    /// What it does.
    pub kind: Kind,
    /// What it is about.
    pub subject: Uuid,
    /// How it is asked for: an object of a few words.
    pub params: serde_json::Value,
}

/// Asks for a job, within the door of who may do what it does. It is there once the door is closed by [`Event::JobAsked`].
///
/// # Errors
/// `jobs_too_many`; `job_waits`, where the same is being done already; or the database's.
pub(crate) async fn ask(w: &mut Writer, new: &New) -> Result<JobId> {
    expect_room(w).await?;
    let id = JobId::new();
    let provider = w.cx().actor().provider_generation;
    sqlx::query!(
        "insert into app.background_job (id, project_id, kind, subject_id, params, provider_generation) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        new.project.0,
        new.kind.as_str(),
        new.subject,
        new.params,
        provider
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, Error::Rule("job_waits")))?;
    Ok(id)
}

/// That one more job may wait.
async fn expect_room(w: &mut Writer) -> Result<()> {
    let is_room = sqlx::query_scalar!(r#"select gate.room_for_job($1, $2) as "is_room!""#, MOST_OF_PERSON, MOST_OF_ORGANISATION)
        .fetch_one(w.conn())
        .await?;
    if is_room { Ok(()) } else { Err(Error::Rule("jobs_too_many")) }
}

/// Cancels a job: one's own, or anybody's for who sees all. One that runs is told to stop, and what it wrote is undone.
///
/// # Errors
/// Refusal; not found; `job_over`, also where it is being stopped already; or the database's.
pub async fn cancel(cx: &Cx, id: JobId) -> Result<()> {
    let mut w = cx.write(Can::RuleJobs).await?;
    let own = own(&w.scope);
    let job = sqlx::query!(
        r#"select project_id as "project: ProjectId", state, cancel_at is not null as "is_stopping!" from app.background_job
           where id = $1 and ($2::uuid is null or asked_by = $2) for update"#,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    match (job.state.as_str(), job.is_stopping) {
        ("waiting", _) => {
            sqlx::query!("update app.background_job set state = 'cancelled', cancel_at = now(), finished_at = now() where id = $1", id.0)
                .execute(w.conn())
                .await?;
        }
        ("running", false) => {
            sqlx::query!("update app.background_job set cancel_at = now() where id = $1", id.0).execute(w.conn()).await?;
        }
        _ => return Err(Error::Rule("job_over")),
    }
    w.commit(Event::JobCancelled { job: id, project: job.project }).await
}

/// Asks once more for a job of one's own that failed or was cancelled. Nobody asks in somebody else's name.
///
/// # Errors
/// Refusal, also of what the job does; not found; `job_not_over`; `job_waits`; `jobs_too_many`; or the database's.
pub async fn ask_again(cx: &Cx, id: JobId) -> Result<()> {
    let (project, kind) = theirs(cx, id).await?;
    let mut w = cx.write(kind.needs(project)).await?;
    expect_room(&mut w).await?;
    let provider = cx.actor().provider_generation;
    let done = sqlx::query!(
        "update app.background_job
         -- what their account is now, the trigger writes
         set state = 'waiting', due_at = now(), attempts = 0, cancel_at = null, started_at = null, finished_at = null, error = null,
           provider_generation = $2
         where id = $1 and asked_by = (select app.actor()) and state in ('failed', 'cancelled')",
        id.0,
        provider
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, Error::Rule("job_waits")))?;
    if done.rows_affected() == 0 {
        return Err(Error::Rule("job_not_over"));
    }
    w.commit(Event::JobAskedAgain { job: id, project }).await
}

/// The project and kind of a job that somebody asked for themselves.
async fn theirs(cx: &Cx, id: JobId) -> Result<(ProjectId, Kind)> {
    let mut r = cx.read(Can::RuleJobs).await?;
    let own = own(&r.scope);
    let job = sqlx::query!(
        r#"select project_id as "project: ProjectId", kind, asked_by = (select app.actor()) as "is_mine!" from app.background_job
           where id = $1 and ($2::uuid is null or asked_by = $2)"#,
        id.0,
        own
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if !job.is_mine {
        return Err(Error::Forbidden);
    }
    Ok((job.project, Kind::parse(&job.kind).ok_or(Error::NotFound)?))
}

/// Whose jobs alone a person sees; none for everybody's.
pub(super) fn own(scope: &Scope) -> Option<Uuid> {
    match scope {
        Scope::Own(user) => Some(user.0),
        _ => None,
    }
}
