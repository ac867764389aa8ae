//! A published report as a file of data: its content to the byte, with the hash, the signature and the key that made it.

use sqlx::PgConnection;

use super::statement;
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::crypto::{PublicKey, base64url, hex, sha256, unbase64url};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, SnapshotId};
use crate::kernel::json::is_canonical;

/// What stands before the content.
const HEAD: &str = "{\"kipimo\":\"report-snapshot/1\",\"content\":";
/// Bytes of what stands behind it: always as many.
const TAIL: usize = 277;
/// Where in it the signature stands, and where the key.
const SIGNATURE: std::ops::Range<usize> = 90..176;
const KEY: std::ops::Range<usize> = 231..274;
/// Bytes of content: as many as the database takes.
const MOST_CONTENT: usize = 8 * 1024 * 1024;

/// A file whose parts agree with one another. Whose key it carries is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The content.
    pub content: Vec<u8>,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// The signature.
    pub signature: Vec<u8>,
    /// The key that made it.
    pub key: PublicKey,
}

fn tail(sum: &[u8; 32], signature: &[u8], key: &PublicKey) -> String {
    format!(
        ",\"sha256\":\"{}\",\"signature\":\"{}\",\"key\":{{\"kid\":\"{}\",\"x\":\"{}\"}}}}",
        hex(sum),
        base64url(signature),
        key.id(),
        base64url(key.bytes())
    )
}

/// The file of a published report.
#[must_use]
pub fn write_file(content: &[u8], signature: &[u8], key: &PublicKey) -> Vec<u8> {
    [HEAD.as_bytes(), content, tail(&sha256(content), signature, key).as_bytes()].concat()
}

/// A file, if it is one to the byte: there is one way to write what stands about its content, so that nothing can be added, repeated or
/// written otherwise. Its key has made its signature; what the content says is not looked at.
#[must_use]
pub fn read_file(bytes: &[u8]) -> Option<SnapshotFile> {
    let rest = bytes.strip_prefix(HEAD.as_bytes())?;
    let (content, end) = rest.split_at_checked(rest.len().checked_sub(TAIL)?)?;
    let end = std::str::from_utf8(end).ok()?;
    let signature = unbase64url(end.get(SIGNATURE)?)?;
    let key = PublicKey::of_bytes(&unbase64url(end.get(KEY)?)?)?;
    let sum = sha256(content);
    let written = content.len() <= MOST_CONTENT && end == tail(&sum, &signature, &key);
    let genuine = written && key.has_signed(&statement(&sum), &signature);
    genuine.then(|| SnapshotFile { content: content.to_vec(), sha256: sum, signature, key })
}

impl SnapshotFile {
    /// Whether its content is canonical, as all that we sign is. To be asked once the key is known to be ours: a small file of somebody
    /// else's can take a hundred times its size to be read. Where the hash is one that we keep, it is canonical anyhow.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        is_canonical(&self.content)
    }
}

/// The file of a snapshot that this door shows; none of before signing began, and none that was withdrawn.
async fn of_snapshot(conn: &mut PgConnection, snapshot: SnapshotId) -> Result<Vec<u8>> {
    let row = sqlx::query!(
        r#"select s.content, s.signature as "signature!", k.public_key
           from app.report_snapshot s join app.report_key k on k.tenant_id = s.tenant_id and k.kid = s.key_id
           where s.id = $1 and not exists (select from app.report_withdrawal w where w.tenant_id = s.tenant_id and w.snapshot_id = s.id)"#,
        snapshot.0
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)?;
    let key = PublicKey::of_bytes(&row.public_key).ok_or_else(|| Error::Internal("a public key of another length".into()))?;
    Ok(write_file(&row.content, &row.signature, &key))
}

/// The report of a donor's visit as a file of data.
///
/// # Errors
/// Not found once the link has ended or the report was withdrawn, or the database's.
pub async fn file_for_donor(cx: &Cx, snapshot: SnapshotId) -> Result<Vec<u8>> {
    let mut r = cx.read(Can::ReadSnapshot(snapshot)).await?;
    of_snapshot(r.conn(), snapshot).await
}

/// A published report as a file of data, taken out by the organisation's own people: an event of the log.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn take_out(cx: &Cx, project: ProjectId, snapshot: SnapshotId) -> Result<Vec<u8>> {
    let mut w = cx.write(Can::ExportTracking(project)).await?;
    // it holds totals of all places: who keeps to some of them sees none
    if w.scope.locations().is_some() {
        return Err(Error::Forbidden);
    }
    let here = sqlx::query_scalar!("select id from app.report_snapshot where project_id = $1 and id = $2", project.0, snapshot.0)
        .fetch_optional(w.conn())
        .await?;
    if here.is_none() {
        return Err(Error::NotFound);
    }
    let file = of_snapshot(w.conn(), snapshot).await?;
    w.commit(Event::SnapshotTakenOut { snapshot, project }).await?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SigningKey;

    const CONTENT: &[u8] = br#"{"organisation":"Amani","title":"A \"report\"","v":"2"}"#;

    fn made(content: &[u8]) -> Vec<u8> {
        let key = SigningKey::of_seed(&[1; 32]).unwrap();
        write_file(content, &key.sign(&statement(&sha256(content))), key.public())
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_is_json() {
        let bytes = made(CONTENT);
        let file = read_file(&bytes).unwrap();
        assert_eq!((file.content.as_slice(), file.sha256), (CONTENT, sha256(CONTENT)));
        assert_eq!(bytes.len(), HEAD.len() + CONTENT.len() + TAIL);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["key"]["kid"], file.key.id());
        assert_eq!(value["sha256"], hex(&sha256(CONTENT)));
        assert_eq!(value["content"]["organisation"], "Amani");
    }

    #[test]
    fn whatever_is_altered_is_told() {
        let bytes = made(CONTENT);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                assert_eq!(read_file(&altered), None, "bit {bit} of byte {at}");
            }
            assert_eq!(read_file(&bytes[..at]), None, "cut at {at}");
            let mut longer = bytes.clone();
            longer.insert(at, b' ');
            assert_eq!(read_file(&longer), None, "one more byte at {at}");
        }
        assert_eq!(read_file(&[&bytes[..], b"\n"].concat()), None, "more at the end");
        assert_eq!(read_file(&[&b"\n"[..], &bytes].concat()), None, "or at the beginning");
    }

    #[test]
    fn only_canonical_content_is_content_whoever_signed_it() {
        for content in [&br#"{"v":"2","organisation":"Amani"}"#[..], br#"{"v":"1","v":"2"}"#, br#"{"v": "2"}"#, br#"{"v":2}"#, b"[]", b""] {
            assert!(!read_file(&made(content)).unwrap().is_canonical(), "{}", String::from_utf8_lossy(content));
        }
        let longest = [&b"{\"v\":\""[..], &vec![b'x'; MOST_CONTENT - 8], b"\"}"].concat();
        assert!(read_file(&made(&longest)).is_some());
        let longer = [&b"{\"v\":\""[..], &vec![b'x'; MOST_CONTENT - 7], b"\"}"].concat();
        assert_eq!(read_file(&made(&longer)), None);
        for bytes in [&b""[..], b"{}", HEAD.as_bytes(), &vec![b'['; 100_000]] {
            assert_eq!(read_file(bytes), None);
        }
    }
}
