//! What stands behind a report that is read: the files that it shows, and the finished bytes of what is taken out of it.

use tokio::sync::Semaphore;

use super::portal::Page;
use crate::access::{Can, Cx};
use crate::kernel::crypto::hex;
use crate::kernel::error::{Error, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, ProjectId, SnapshotId};
use crate::kernel::threads::Turn;
use crate::projects::evidence;
use crate::projects::snapshot::{Block, Content, EvidenceItem};

/// Pictures that are made smaller at a time: each unpacks to much.
static LESSENING: Semaphore = Semaphore::const_new(2);

/// A file of a report.
#[derive(Debug)]
pub struct Shown {
    /// Its name.
    pub filename: String,
    /// What it is.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A published report, for the organisation's own people: what a donor reads, with their own name on it.
///
/// # Errors
/// Not found, refusal, also of who keeps to some places, or the database's.
pub async fn for_staff(cx: &Cx, project: ProjectId, snapshot: SnapshotId) -> Result<Page> {
    let mut r = cx.read(Can::ViewTracking(project)).await?;
    // it holds totals of all places: who keeps to some of them sees none
    if r.scope.locations().is_some() {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query!(
        "select content, sha256, version, published_at from app.report_snapshot where project_id = $1 and id = $2",
        project.0,
        snapshot.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Page {
        content: Content::parse(&row.content)?,
        sha256: row.sha256,
        version: row.version,
        published_at: row.published_at,
        recipient: cx.actor().name().to_owned(),
        until: row.published_at,
    })
}

/// What a report says of one of its files.
fn named(content: &Content, id: EvidenceId) -> Option<&EvidenceItem> {
    let id = id.to_string();
    let items = content.sections.iter().filter_map(|section| match &section.block {
        Block::Evidence { items } => Some(items),
        _ => None,
    });
    items.flatten().find(|item| item.id == id)
}

/// A file that a donor's report shows, as it was when the report was published: its bytes have the sum that the report says.
///
/// # Errors
/// Not found, also of every file that the report does not name; the store's; an internal one where the file is another one now; or the
/// database's.
pub async fn file(cx: &Cx, files: &Files, snapshot: SnapshotId, id: EvidenceId) -> Result<Shown> {
    let tenant = cx.actor().tenant.ok_or(Error::NotFound)?;
    let mut r = cx.read(Can::ReadSnapshot(snapshot)).await?;
    let content = sqlx::query_scalar!("select content from app.report_snapshot where id = $1", snapshot.0)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let content = Content::parse(&content)?;
    let item = named(&content, id).ok_or(Error::NotFound)?;
    let key = cx.db().data_key(r.conn(), tenant.into()).await?.ok_or(Error::NotFound)?;
    // the store may be slow: no connection waits for it
    drop(r);
    let bytes = evidence::as_published(&key, files, tenant, id, |sum| hex(sum) == item.sha256).await?;
    Ok(Shown { filename: item.filename.clone(), mime: item.mime.clone(), bytes })
}

/// The same picture, so small that a gallery of them loads on a phone.
///
/// # Errors
/// As [`file`]; not found of what is no picture; [`Error::Busy`] where no turn comes.
pub async fn small(cx: &Cx, files: &Files, snapshot: SnapshotId, id: EvidenceId) -> Result<Shown> {
    let shown = file(cx, files, snapshot, id).await?;
    if !is_picture(&shown.mime) {
        return Err(Error::NotFound);
    }
    let turn = Turn::take(&LESSENING).await?;
    let bytes = shown.bytes;
    let (made, _turn) = turn.work(move || evidence::lessened(&bytes)).await?;
    let bytes = made.ok_or(Error::NotFound)?;
    Ok(Shown { filename: shown.filename, mime: "image/jpeg".to_owned(), bytes })
}

/// Whether a file is a picture that pages show.
#[must_use]
pub fn is_picture(mime: &str) -> bool {
    matches!(mime, "image/jpeg" | "image/png")
}

/// What a document that shows a published report becomes before it is handed out: the one place where it is signed.
///
/// # Errors
/// None yet.
#[allow(clippy::unused_async, reason = "the key that signs lies in the database")]
pub async fn finish(_cx: &Cx, _snapshot: SnapshotId, bytes: Vec<u8>) -> Result<Vec<u8>> {
    Ok(bytes)
}

/// The report as data, to the byte as it was published: whoever has it can work out its sum again.
///
/// # Errors
/// An internal one, where what is written now is not what was published.
pub fn as_data(page: &Page) -> Result<Vec<u8>> {
    let bytes = page.content.bytes()?;
    if crate::kernel::crypto::sha256(&bytes)[..] == page.sha256[..] {
        Ok(bytes)
    } else {
        Err(Error::Internal("a published report is written otherwise than it was".into()))
    }
}
