//! What a visit shows: the frozen report, or how several of them are called.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::SnapshotId;
use crate::kernel::threads::Turn;
use crate::projects::snapshot::Content;

/// What a donor reads.
#[derive(Clone, Debug)]
pub struct Page {
    /// The frozen report.
    pub content: Content,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
    /// Its version.
    pub version: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// The fingerprint of the key that signed it; none of before signing began.
    pub key_id: Option<String>,
    /// Who the link is for.
    pub recipient: String,
    /// When the link ends unless it is opened again.
    pub until: DateTime<Utc>,
    /// When and why the report was withdrawn, if it was: then the content has nothing that was reported.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    /// The newest version of the report and when it was published, if this is not it.
    pub newer: Option<(i32, DateTime<Utc>)>,
}

/// A report of so many bytes is read and shown in its turn: that takes a processor for a while.
const LARGE: usize = 300 * 1024;

/// Large reports that are shown at a time.
static READING: Semaphore = Semaphore::const_new(1);

/// What is kept of a report that a visit opens.
struct Row {
    content: Vec<u8>,
    sha256: Vec<u8>,
    version: i32,
    published_at: DateTime<Utc>,
    key_id: Option<String>,
    recipient_name: String,
    rolling_until: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    newer_version: Option<i32>,
    newer_at: Option<DateTime<Utc>>,
}

async fn row(cx: &Cx, snapshot: SnapshotId) -> Result<Row> {
    let mut r = cx.read(Can::ReadSnapshot(snapshot)).await?;
    sqlx::query_as!(
        Row,
        r#"select s.content, s.sha256, s.version, s.published_at, s.key_id, l.recipient_name, l.rolling_until,
             w.withdrawn_at as "withdrawn_at?", w.reason as "reason?", n.version as "newer_version?", n.published_at as "newer_at?"
           from app.report_snapshot s join app.donor_link l on l.tenant_id = s.tenant_id and l.snapshot_id = s.id
           left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
           left join lateral gate.newer_version() n on true
           where s.id = $1"#,
        snapshot.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

/// The page of a visit.
///
/// # Errors
/// Not found once the link has ended, [`Error::Busy`] where no turn comes for a large report, or the database's.
pub async fn page(cx: &Cx, snapshot: SnapshotId) -> Result<Page> {
    Ok(page_in_turn(cx, snapshot).await?.0)
}

/// The page of a visit and, of a large report, the turn in which it is shown.
///
/// # Errors
/// As [`page`].
pub async fn page_in_turn(cx: &Cx, snapshot: SnapshotId) -> Result<(Page, Option<Turn>)> {
    let row = row(cx, snapshot).await?;
    let bytes = row.content;
    let (content, turn) = if bytes.len() > LARGE {
        let (content, turn) = Turn::take(&READING).await?.work(move || Content::parse(&bytes)).await?;
        (content?, Some(turn))
    } else {
        (Content::parse(&bytes)?, None)
    };
    let withdrawn = row.withdrawn_at.zip(row.reason);
    let page = Page {
        // no page can show by mistake what was taken back
        content: if withdrawn.is_some() { content.name_only() } else { content },
        sha256: row.sha256,
        version: row.version,
        published_at: row.published_at,
        key_id: row.key_id,
        recipient: row.recipient_name,
        until: row.rolling_until,
        withdrawn,
        newer: row.newer_version.zip(row.newer_at),
    };
    Ok((page, turn))
}

/// How a report is called; the rest of it is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Names {
    /// The organisation's name.
    pub organisation: String,
    /// The project's title.
    pub project: String,
    /// The report's title.
    pub title: String,
    /// The language it was written in.
    pub locale: String,
    /// First day reported on.
    pub from: String,
    /// Last day reported on.
    pub to: String,
}

impl Names {
    fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| Error::Internal(format!("snapshot: {error}")))
    }
}

/// A report among several that a browser has opened.
#[derive(Clone, Debug)]
pub struct Card {
    /// How it is called.
    pub names: Names,
    /// Its version.
    pub version: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Who the link is for.
    pub recipient: String,
    /// When the link ends unless it is opened again.
    pub until: DateTime<Utc>,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
    /// Whether there is a newer version.
    pub is_superseded: bool,
}

/// What a choice says of the report of a visit.
///
/// # Errors
/// Not found once the link has ended, or the database's.
pub async fn card(cx: &Cx, snapshot: SnapshotId) -> Result<Card> {
    let row = row(cx, snapshot).await?;
    Ok(Card {
        names: Names::parse(&row.content)?,
        version: row.version,
        published_at: row.published_at,
        recipient: row.recipient_name,
        until: row.rolling_until,
        is_withdrawn: row.withdrawn_at.is_some(),
        is_superseded: row.newer_version.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_whatever_else_a_report_says() {
        let bytes =
            br#"{"columns":[],"from":"2025-01-01","indicators":[{"code":"a"}],"locale":"sw","organisation":"Amani","project":"Wells",
            "sections":[{"x":{"y":[1]}}],"title":"Wells in 2025","to":"2025-12-31","v":"9"}"#;
        let names = Names::parse(bytes).unwrap();
        assert_eq!((names.title.as_str(), names.organisation.as_str(), names.locale.as_str()), ("Wells in 2025", "Amani", "sw"));
        assert!(Names::parse(b"{}").is_err());
    }
}
