//! Jobs as people see them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ask::own;
use crate::access::{Can, Cx, Reader};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{JobId, ProjectId};

/// Jobs that a page lists at the most.
pub const MOST_LISTED: u16 = 100;

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does: `import`.
    pub kind: String,
    /// The project.
    pub project: ProjectId,
    /// The project's name in addresses.
    pub project_code: String,
    /// The project's title.
    pub project_title: String,
    /// What it is about.
    pub subject: Uuid,
    /// What it is about, by name; none where that is not there any more.
    pub about: Option<String>,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// How many are done.
    pub done: i32,
    /// Of how many; 0 while that is not known.
    pub total: i32,
    /// How often it was begun.
    pub attempts: i32,
    /// How many were written, once it is done.
    pub result: Option<i32>,
    /// The code of why it failed.
    pub error: Option<String>,
    /// Whether it was told to stop.
    pub is_stopping: bool,
    /// Whether who looks asked for it.
    pub is_mine: bool,
    /// Who asked for it.
    pub by: Option<String>,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Since when it may be begun.
    pub due_at: DateTime<Utc>,
    /// Whether it would still find what it is about, were it asked for once more.
    pub is_repeatable: bool,
    /// When it was begun last.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Job {
    /// Whether something is still to come of it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.state.as_str(), "waiting" | "running")
    }
}

async fn jobs(r: &mut Reader, id: Option<JobId>) -> Result<Vec<Job>> {
    let own = own(&r.scope);
    Ok(sqlx::query_as!(
        Job,
        r#"select j.id as "id!: JobId", j.kind as "kind!", j.project_id as "project!: ProjectId", p.code as "project_code!",
             p.title as "project_title!", j.subject_id as "subject!", i.filename as "about?", j.state as "state!",
             coalesce(g.done, 0) as "done!", coalesce(g.total, 0) as "total!", j.attempts as "attempts!", j.result as "result?",
             j.error as "error?", j.cancel_at is not null as "is_stopping!", j.asked_by = (select app.actor()) as "is_mine!",
             coalesce(i.content is not null and i.status in ('ready', 'has_errors'), false) as "is_repeatable!",
             who.name as "by?", j.asked_at as "asked_at!", j.due_at as "due_at!", j.started_at as "started_at?", j.finished_at as "finished_at?"
           from (
             select * from app.background_job where ($1::uuid is null or asked_by = $1) and ($2::uuid is null or id = $2)
             order by asked_at desc limit $3
           ) j
           join app.project p on p.tenant_id = j.tenant_id and p.id = j.project_id
           left join app.job_progress g on g.tenant_id = j.tenant_id and g.id = j.id
           left join app.import_job i on i.tenant_id = j.tenant_id and i.id = j.subject_id
           left join gate.people() who on who.id = j.asked_by
           order by j.asked_at desc"#,
        own,
        id.map(|id| id.0),
        i64::from(MOST_LISTED)
    )
    .fetch_all(r.conn())
    .await?)
}

/// Jobs, the newest first: one's own, or everybody's for who sees all; of projects alone that they see now. Answers too whether there may be
/// older ones.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<(Vec<Job>, bool)> {
    let mut r = cx.read(Can::ReadJobs).await?;
    let mut all = jobs(&mut r, None).await?;
    let is_cut = all.len() >= usize::from(MOST_LISTED);
    all.retain(|job| cx.may(Can::ReadProject(job.project)));
    Ok((all, is_cut))
}

/// A job.
///
/// # Errors
/// Not found, also of somebody else's job for who sees their own, and of a project that they see no more; refusal; or the database's.
pub async fn find(cx: &Cx, id: JobId) -> Result<Job> {
    let mut r = cx.read(Can::ReadJobs).await?;
    jobs(&mut r, Some(id)).await?.pop().filter(|job| cx.may(Can::ReadProject(job.project))).ok_or(Error::NotFound)
}
