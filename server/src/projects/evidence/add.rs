//! Adding a file.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::kinds::{self, Taken};
use super::{About, EvidenceForm, Said, rights, seal_of};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, ProjectId};
use crate::kernel::threads::Turn;
use crate::projects::framework;
use crate::tenancy::plan;

/// How long the store may take to keep a file, while a connection waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files that are taken in at a time: each may unpack to much, and holds a connection while it is kept.
static TAKING: Semaphore = Semaphore::const_new(2);

/// Adds a file. It is weighed, told by its bytes, and pictures are made anew, before anything of it is kept.
///
/// # Errors
/// Refusal; not found, also of a value at a place that is not theirs; refused fields; `quota_full`; the store's, or the database's.
pub async fn add(
    cx: &Cx,
    files: &Files,
    project: ProjectId,
    about: About,
    (filename, bytes): (String, Vec<u8>),
    form: EvidenceForm<'_>,
) -> Result<EvidenceId> {
    cx.admit(Can::AddEvidence(project)).await?;
    let rights = rights(cx, project);
    if !rights.adds {
        return Err(Error::NotFound);
    }
    let mut bad = Invalid::default();
    let said = form.parse(rights.rules, &mut bad);
    // where the store is slow, who comes now is told rather than kept
    let (taken, turn) = Turn::take(&TAKING).await?.work(move || kinds::take(&filename, bytes)).await?;
    let taken = bad.keep("file", taken);
    let (Some(taken), Some(said), true) = (taken, said, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let (tenant, id) = (cx.standing()?.tenant, EvidenceId::new());
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    expect_theirs(&mut w, project, about).await?;
    plan::expect_bytes(w.conn(), taken.bytes.len()).await?;
    let key = cx.db().data_key(w.conn(), tenant.into()).await?.ok_or_else(|| Error::Internal("an organisation without a key".into()))?;
    insert(&mut w, project, id, about, &taken, &said).await?;
    // the row is kept once the file is: what a page names can be opened. Where the row is not, nothing names the file and nobody opens it
    let sealed = key.seal(&seal_of(tenant, id), &taken.bytes)?;
    tokio::time::timeout(PATIENCE, files.put(tenant.0, id.0, sealed)).await.map_err(|_| Error::Busy)??;
    w.commit(Event::EvidenceAdded { evidence: id, project }).await?;
    drop(turn);
    Ok(id)
}

/// That what the evidence is of belongs to the project, and to a place of theirs for who keeps to some; nobody takes it away meanwhile.
async fn expect_theirs(w: &mut Writer, project: ProjectId, about: About) -> Result<()> {
    let within = w.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let found = match about {
        About::Value(id) => {
            sqlx::query_scalar!(
                "select id from app.indicator_value
                 where id = $2 and project_id = $1 and deleted_at is null and ($3::uuid[] is null or location_id = any ($3)) for share",
                project.0,
                id.0,
                within.as_deref()
            )
            .fetch_optional(w.conn())
            .await?
        }
        // what is of all places is not theirs
        About::Result(_) | About::Report(_) if within.is_some() => None,
        About::Result(id) => {
            // who takes a result away asks first whether it has evidence, and holds the framework from there on
            framework::hold_shared(w.conn(), project).await?;
            sqlx::query_scalar!(
                "select id from app.result_node where id = $2 and project_id = $1 and deleted_at is null for share",
                project.0,
                id.0
            )
            .fetch_optional(w.conn())
            .await?
        }
        About::Report(id) => {
            sqlx::query_scalar!("select id from app.report where id = $2 and project_id = $1 for share", project.0, id.0)
                .fetch_optional(w.conn())
                .await?
        }
    };
    found.map(drop).ok_or(Error::NotFound)
}

async fn insert(w: &mut Writer, project: ProjectId, id: EvidenceId, about: About, taken: &Taken, said: &Said) -> Result<()> {
    let (value, result, report) = about.ids();
    sqlx::query!(
        "insert into app.evidence (id, project_id, value_id, result_node_id, report_id, filename, mime, bytes, sha256, title, taken_on,
           consent, donor_visible)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        project.0,
        value,
        result,
        report,
        taken.filename,
        taken.kind.mime,
        i32::try_from(taken.bytes.len()).unwrap_or(i32::MAX),
        &sha256(&taken.bytes)[..],
        said.title,
        said.taken_on,
        said.consent.as_str(),
        said.donor_visible
    )
    .execute(w.conn())
    .await?;
    Ok(())
}
