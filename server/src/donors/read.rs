//! What stands behind a report that is read: the files that it shows, and the finished bytes of what is taken out of it.

use tokio::sync::Semaphore;

use super::portal::Page;
use crate::access::{ActorKind, Can, Cx};
use crate::audit::Event;
use crate::identity::limits;
use crate::kernel::crypto::{DataKey, hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, ProjectId, SnapshotId, TenantId};
use crate::kernel::threads::Turn;
use crate::projects::evidence;
use crate::projects::publication::{MOST_BYTES, file_for_donor, seal_file, signing_key};
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

/// A published report, for those of the organisation's own people who may do `can`: what a donor reads, with their own name on it.
///
/// # Errors
/// Not found, also of one that was withdrawn, refusal, also of who keeps to some places, or the database's.
pub async fn for_staff(cx: &Cx, can: Can, project: ProjectId, snapshot: SnapshotId) -> Result<Page> {
    let mut r = cx.read(can).await?;
    // it holds totals of all places: who keeps to some of them sees none
    if r.scope.locations().is_some() {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query!(
        r#"select s.content, s.sha256, s.version, s.published_at, s.key_id, n.version as "newer_version?", n.published_at as "newer_at?"
           from app.report_snapshot s
           left join lateral (
             select v.version, v.published_at from app.report_snapshot v
             where v.tenant_id = s.tenant_id and v.report_id = s.report_id and v.version > s.version order by v.version desc limit 1
           ) n on true
           where s.project_id = $1 and s.id = $2
             and not exists (select from app.report_withdrawal w where w.tenant_id = s.tenant_id and w.snapshot_id = s.id)"#,
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
        key_id: row.key_id,
        recipient: cx.actor().name().to_owned(),
        until: row.published_at,
        withdrawn: None,
        newer: row.newer_version.zip(row.newer_at),
    })
}

/// What a report says of one of its files.
fn named(content: &Content, id: EvidenceId) -> Option<&EvidenceItem> {
    let id = id.to_string();
    let items = content.sections.iter().filter_map(|section| match &section.block {
        Block::Evidence { items, .. } => Some(items),
        _ => None,
    });
    items.flatten().find(|item| item.id == id)
}

/// A file that a report names, and how to open it.
struct Kept {
    tenant: TenantId,
    item: EvidenceItem,
    key: DataKey,
}

/// What a donor's report says of one of its files; no connection is held any more, as the store may be slow.
async fn kept(cx: &Cx, snapshot: SnapshotId, id: EvidenceId) -> Result<Kept> {
    let tenant = cx.actor().tenant.ok_or(Error::NotFound)?;
    let mut r = cx.read(Can::ReadSnapshot(snapshot)).await?;
    let content = sqlx::query_scalar!(
        "select s.content from app.report_snapshot s
         where s.id = $1 and not exists (select from app.report_withdrawal w where w.tenant_id = s.tenant_id and w.snapshot_id = s.id)",
        snapshot.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let content = Content::parse(&content)?;
    let item = named(&content, id).ok_or(Error::NotFound)?.clone();
    let key = cx.db().data_key(r.conn(), tenant.into()).await?.ok_or(Error::NotFound)?;
    Ok(Kept { tenant, item, key })
}

impl Kept {
    async fn open(self, files: &Files, id: EvidenceId) -> Result<Shown> {
        let bytes = evidence::as_published(&self.key, files, self.tenant, id, |sum| hex(sum) == self.item.sha256).await?;
        Ok(Shown { filename: self.item.filename, mime: self.item.mime, bytes })
    }
}

/// A file that a donor's report shows, as it was when the report was published: its bytes have the sum that the report says.
///
/// # Errors
/// Not found, also of every file that the report does not name, and of a report that was withdrawn; the store's; an internal one where the
/// file is another one now; or the database's.
pub async fn file(cx: &Cx, files: &Files, snapshot: SnapshotId, id: EvidenceId) -> Result<Shown> {
    kept(cx, snapshot, id).await?.open(files, id).await
}

/// The same picture, so small that a gallery of them loads on a phone.
///
/// # Errors
/// As [`file`]; not found of what is no picture; [`Error::Busy`] where no turn comes.
pub async fn small(cx: &Cx, files: &Files, snapshot: SnapshotId, id: EvidenceId) -> Result<Shown> {
    let kept = kept(cx, snapshot, id).await?;
    if !is_picture(&kept.item.mime) {
        return Err(Error::NotFound);
    }
    // before the file is fetched: whoever waits holds nothing large
    let turn = Turn::take(&LESSENING).await?;
    let shown = kept.open(files, id).await?;
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

/// Counts a report that is set on paper, for its link or for who is signed in, whoever else reads by that link.
///
/// # Errors
/// Limited, or the database's.
pub async fn count_paper(cx: &Cx) -> Result<()> {
    let of = match &cx.actor().kind {
        ActorKind::Donor(link, _) => format!("link {link}"),
        _ => format!("user {}", cx.user()?),
    };
    limits::hit(cx.db(), limits::PAPERS, &of).await
}

/// What is handed out can be shown to us again, to be verified.
fn verifiable(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.len() > MOST_BYTES { Err(Error::Rule("document_too_large")) } else { Ok(bytes) }
}

/// Seals a document that shows a published report, for who may do `can`: nothing of it can be altered unseen. `snapshot` is the report's
/// SHA-256. It stays as it is where nothing was published since signing began.
///
/// # Errors
/// Refusal, rule `document_too_large` of what could not be verified, an internal one where the key does not open, or the database's.
pub async fn finish(cx: &Cx, can: Can, snapshot: &[u8], bytes: Vec<u8>) -> Result<Vec<u8>> {
    let snapshot: [u8; 32] = snapshot.try_into().map_err(|_| Error::Internal("a sum of another length".into()))?;
    Ok(match signing_key(cx, can).await? {
        Some(key) => verifiable(seal_file(bytes, &snapshot, &key))?,
        None => bytes,
    })
}

/// Writes down that one of the organisation's own people took a published report out, before they have it.
///
/// # Errors
/// Refusal, or the database's.
pub async fn taken_out(cx: &Cx, project: ProjectId, snapshot: SnapshotId) -> Result<()> {
    let w = cx.write(Can::ExportTracking(project)).await?;
    w.commit(Event::SnapshotTakenOut { snapshot, project }).await
}

/// The report as data: signed; of before signing began its content alone, to the byte as it was published, so that whoever has it can work
/// out its sum again.
///
/// # Errors
/// Not found once the link has ended or the report was withdrawn, rule `document_too_large` of what could not be verified, an internal one,
/// where what is written now is not what was published, or the database's.
pub async fn as_data(cx: &Cx, snapshot: SnapshotId, page: &Page) -> Result<Vec<u8>> {
    if page.key_id.is_some() {
        return verifiable(file_for_donor(cx, snapshot).await?);
    }
    let bytes = page.content.bytes()?;
    if sha256(&bytes)[..] == page.sha256[..] {
        Ok(bytes)
    } else {
        Err(Error::Internal("a published report is written otherwise than it was".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_handed_out_that_could_not_be_verified() {
        assert!(verifiable(vec![0; MOST_BYTES]).is_ok());
        assert!(matches!(verifiable(vec![0; MOST_BYTES + 1]), Err(Error::Rule("document_too_large"))));
    }
}
