//! Whether a report that somebody holds is genuine, for anybody who asks. It tells no more than a genuine copy says itself, and whether it
//! still stands; of everything else it says the same.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use super::file::read_file;
use super::seal::{Seal, read_seal};
use super::statement;
use crate::access::RequestFacts;
use crate::db::Db;
use crate::identity::limits;
use crate::kernel::crypto::{PublicKey, hex, unhex};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::threads::{Turn, on_a_thread};

/// Bytes of a file that is looked at.
pub const MOST_BYTES: usize = 20 * 1024 * 1024;
/// Files that are taken in at a time: each may be large, and anybody may send one.
static TAKING_IN: Semaphore = Semaphore::const_new(6);
/// How long the sending of a file may take.
const SENDING: Duration = Duration::from_mins(1);
/// Files that are looked at a time.
static LOOKING: Semaphore = Semaphore::const_new(2);

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is a published report of ours.
    Genuine(Found),
    /// A key that may be in wrong hands sealed the file: we may have, or whoever has the key.
    CannotTell,
    /// It was altered, or is not ours.
    NotGenuine,
}

/// A published report, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The organisation, as the report names it.
    pub organisation: String,
    /// The project, as the report names it.
    pub project: String,
    /// The report's title.
    pub title: String,
    /// Its version.
    pub version: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// The SHA-256 of its content.
    pub sha256: String,
    /// The fingerprint of the key that signed it; none of before signing began.
    pub key: Option<String>,
    /// Where it stands.
    pub state: State,
}

/// Where a published report stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is the newest version.
    Current,
    /// There is a newer version.
    Superseded {
        /// Which.
        version: i32,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It was taken back.
    Withdrawn(DateTime<Utc>),
}

struct Row {
    organisation: String,
    project: String,
    title: String,
    version: i32,
    published_at: DateTime<Utc>,
    key_id: Option<String>,
    signature: Option<Vec<u8>>,
    public_key: Option<Vec<u8>>,
    /// Whether that key may be in wrong hands.
    exposed: bool,
    newer_version: Option<i32>,
    newer_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Row {
    fn key(&self) -> Option<PublicKey> {
        PublicKey::of_bytes(self.public_key.as_deref()?)
    }

    fn found(self, sha256: &[u8; 32]) -> Found {
        let state = match (self.withdrawn_at, self.newer_version, self.newer_at) {
            (Some(at), ..) => State::Withdrawn(at),
            (None, Some(version), Some(at)) => State::Superseded { version, at },
            _ => State::Current,
        };
        Found {
            organisation: self.organisation,
            project: self.project,
            title: self.title,
            version: self.version,
            published_at: self.published_at,
            sha256: hex(sha256),
            key: self.key_id,
            state,
        }
    }
}

async fn look_up(db: &Db, sha256: &[u8; 32], kid: Option<&str>) -> Result<Option<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"select organisation as "organisation!", project as "project!", title as "title!", version as "version!",
             published_at as "published_at!", key_id, signature, public_key, exposed as "exposed!", newer_version, newer_at, withdrawn_at
           from gate.verify_snapshot($1, $2)"#,
        &sha256[..],
        kid
    )
    .fetch_optional(db.gate())
    .await?)
}

/// Counts a question: before the file is read that comes with it.
async fn count(db: &Db, facts: &RequestFacts) -> Result<()> {
    limits::hit(db, limits::VERIFICATIONS, &limits::network_of(facts.ip)).await
}

/// The hash that somebody typed: 64 digits, whatever stands between them.
///
/// # Errors
/// `required`, or `not_a_hash`.
pub fn parse_hash(text: &str) -> Result<[u8; 32], Fault> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').take(65).collect();
    if digits.is_empty() {
        return Err("required");
    }
    unhex(&digits).and_then(|bytes| bytes.try_into().ok()).ok_or("not_a_hash")
}

/// What is known of a hash that somebody typed.
///
/// # Errors
/// A text that is no hash, limited, or the database's.
pub async fn by_hash(db: &Db, facts: &RequestFacts, typed: &str) -> Result<Answer> {
    let sha256 = parse_hash(typed).map_err(|fault| Error::field("sha256", fault))?;
    count(db, facts).await?;
    let row = look_up(db, &sha256, None).await?;
    Ok(row.map_or(Answer::NotGenuine, |row| Answer::Genuine(row.found(&sha256))))
}

/// What a file is, as far as it tells by itself.
enum Kind {
    Data { sha256: [u8; 32], signature: Vec<u8>, key: PublicKey },
    Sealed(Seal),
    Nothing,
}

fn kind(bytes: &[u8]) -> Kind {
    if let Some(file) = read_file(bytes) {
        return Kind::Data { sha256: file.sha256, signature: file.signature, key: file.key };
    }
    read_seal(bytes).map_or(Kind::Nothing, Kind::Sealed)
}

/// What is known of a file. `read` gives its bytes, and is asked only where the question may be put.
///
/// # Errors
/// What `read` finds, limited, busy, or the database's.
pub async fn by_file<F>(db: &Db, facts: &RequestFacts, read: F) -> Result<Answer>
where
    F: Future<Output = Result<Vec<u8>>> + Send,
{
    count(db, facts).await?;
    let place = Turn::take(&TAKING_IN).await?;
    let bytes = tokio::time::timeout(SENDING, read).await.map_err(|_| Error::Busy)??;
    if bytes.len() > MOST_BYTES {
        return Err(Error::TooLarge);
    }
    let kind = on_a_thread(&LOOKING, move || kind(&bytes)).await?;
    drop(place);
    let found = match kind {
        Kind::Nothing => None,
        Kind::Data { sha256, signature, key } => {
            let row = look_up(db, &sha256, None).await?;
            // as we signed it, with the key that we keep: another signature of the same content is not ours
            let is_ours = |row: &Row| {
                let by_ours = row.key().is_some_and(|ours| ours == key && ours.has_signed(&statement(&sha256), &signature));
                by_ours && row.signature.as_deref() == Some(&signature[..])
            };
            row.filter(is_ours).map(|row| row.found(&sha256))
        }
        Kind::Sealed(seal) => {
            let row = look_up(db, &seal.snapshot, Some(&seal.key)).await?.filter(|row| row.key().is_some_and(|key| seal.is_by(&key)));
            // of a file of data the signature is kept, of a seal nothing: it is as good as the key
            if row.as_ref().is_some_and(|row| row.exposed) {
                return Ok(Answer::CannotTell);
            }
            row.map(|row| row.found(&seal.snapshot))
        }
    };
    Ok(found.map_or(Answer::NotGenuine, Answer::Genuine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_people_write_it() {
        let sum = [0xab; 32];
        for text in ["ab".repeat(32), "AB ".repeat(32), format!("\n{}\n", "ab:".repeat(32)), format!("  {} ", "aB".repeat(32))] {
            assert_eq!(parse_hash(&text), Ok(sum), "{text}");
        }
        for text in ["ab".repeat(31), "ab".repeat(33), "zz".repeat(32), format!("0x{}", "ab".repeat(31)), "é".repeat(64)] {
            assert_eq!(parse_hash(&text), Err("not_a_hash"), "{text}");
        }
        assert_eq!(parse_hash(" \n"), Err("required"));
    }
}
