//! A donor's visit: a secret is exchanged for a cookie of its own, which opens one snapshot.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::access::{Actor, ActorKind, Can, Cx, RequestFacts};
use crate::db::Db;
use crate::identity::limits;
use crate::kernel::crypto::{base64url, random, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{DonorLinkId, SnapshotId, TenantId, VisitId};
use crate::projects::snapshot::Content;

/// Exchanges the secret of a link for the secret of a visit. Unknown, wrong, expired and revoked are one answer.
///
/// # Errors
/// Not found, limited, or the database's.
pub async fn open(db: &Db, facts: &RequestFacts, public_id: &str, secret: &SecretString) -> Result<SecretString> {
    limits::hit(db, limits::LINKS, &limits::network_of(facts.ip)).await?;
    let visit = base64url(&random::<32>()?);
    let public_id: String = public_id.chars().take(40).collect();
    // tells visitors of one link apart, and nobody across links
    let visitor = facts.ip.map(|ip| db.keys().fingerprint(&format!("visitor of {public_id}: {}", ip.to_canonical())).to_vec());
    sqlx::query!(
        "select tenant_id from gate.open_link($1, $2, $3, $4, $5, $6, $7)",
        public_id,
        &sha256(secret.expose_secret().trim().as_bytes())[..],
        VisitId::new().0,
        &sha256(visit.as_bytes())[..],
        VisitId::new().0,
        visitor,
        facts.agent
    )
    .fetch_optional(db.gate())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(SecretString::from(visit))
}

/// The context of a visit, while its link lives.
///
/// # Errors
/// The database's.
pub async fn authenticate(db: &Db, visit: &str, facts: Arc<RequestFacts>) -> Result<Option<(Cx, SnapshotId)>> {
    let row = sqlx::query!(
        r#"select tenant_id as "tenant!", link_id as "link!", snapshot_id as "snapshot!" from gate.authenticate_visit($1)"#,
        &sha256(visit.as_bytes())[..]
    )
    .fetch_optional(db.gate())
    .await?;
    Ok(row.map(|row| {
        let snapshot = SnapshotId(row.snapshot);
        let actor = Actor {
            kind: ActorKind::Donor(DonorLinkId(row.link), snapshot),
            user: None,
            name: String::new(),
            email: String::new(),
            super_admin: false,
            second_factor_at: None,
            provider_generation: None,
            fresh: false,
            limits: None,
            tenant: Some(TenantId(row.tenant)),
            standing: None,
        };
        (Cx::new(db.clone(), actor, facts), snapshot)
    }))
}

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
    /// Who the link is for.
    pub recipient: String,
    /// When the link ends unless it is opened again.
    pub until: DateTime<Utc>,
    /// When and why the report was withdrawn, if it was: then the content has nothing that was reported.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    /// The newest version of the report and when it was published, if this is not it.
    pub newer: Option<(i32, DateTime<Utc>)>,
}

/// The page of a visit.
///
/// # Errors
/// Not found once the link has ended, or the database's.
pub async fn page(cx: &Cx, snapshot: SnapshotId) -> Result<Page> {
    let mut r = cx.read(Can::ReadSnapshot(snapshot)).await?;
    let row = sqlx::query!(
        r#"select s.content, s.sha256, s.version, s.published_at, l.recipient_name, l.rolling_until,
             w.withdrawn_at as "withdrawn_at?", w.reason as "reason?", n.version as "newer_version?", n.published_at as "newer_at?"
           from app.report_snapshot s join app.donor_link l on l.tenant_id = s.tenant_id and l.snapshot_id = s.id
           left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
           left join lateral gate.newer_version() n on true
           where s.id = $1"#,
        snapshot.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let content = Content::parse(&row.content)?;
    let withdrawn = row.withdrawn_at.zip(row.reason);
    Ok(Page {
        // no page can show by mistake what was taken back
        content: if withdrawn.is_some() { content.name_only() } else { content },
        sha256: row.sha256,
        version: row.version,
        published_at: row.published_at,
        recipient: row.recipient_name,
        until: row.rolling_until,
        withdrawn,
        newer: row.newer_version.zip(row.newer_at),
    })
}
