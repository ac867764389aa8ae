//! Donor links: the secret travels in the address's fragment, and only its hash is kept.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::access::{Can, Cx, Scope};
use crate::audit::Event;
use crate::kernel::crypto::{base64url, random, sha256};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{DonorLinkId, ProjectId, SnapshotId};
use crate::kernel::text::{self, Email};

/// A link, as the organisation sees it.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its id.
    pub id: DonorLinkId,
    /// The project.
    pub project: ProjectId,
    /// The project's code.
    pub project_code: String,
    /// The report's title.
    pub report: String,
    /// Who it is for.
    pub recipient_name: String,
    /// `active`, `expired` or `revoked`.
    pub status: String,
    /// When it ends unless somebody opens it.
    pub rolling_until: DateTime<Utc>,
    /// When it ends in any case.
    pub hard_until: DateTime<Utc>,
    /// The last visit by a person.
    pub last_human_use: Option<DateTime<Utc>>,
    /// Completed visits.
    pub visits: i64,
    /// Refused attempts.
    pub refused: i64,
    /// Who made it.
    pub by: Option<String>,
}

/// An attempt to open a link.
#[derive(Clone, Debug)]
pub struct Access {
    /// When.
    pub at: DateTime<Utc>,
    /// `ok`, `wrong_secret`, `expired` or `revoked`.
    pub outcome: String,
    /// The browser.
    pub agent: Option<String>,
}

/// A new link: the only time that its secret is seen.
pub struct NewLink {
    /// Its id.
    pub id: DonorLinkId,
    /// `/d/{public id}#{secret}`, to be put behind the public address.
    pub path: SecretString,
}

/// Gives a donor a link to a published snapshot: 90 days from the last visit, 365 days in all.
///
/// # Errors
/// Refusal, refused fields, not found, or the database's.
pub async fn create(cx: &Cx, project: ProjectId, snapshot: SnapshotId, recipient: &str, email: &str) -> Result<NewLink> {
    let mut w = cx.write(Can::CreateDonorLink(project)).await?;
    let mut bad = Invalid::default();
    let recipient = bad.keep("recipient_name", text::line(recipient, 1, 120));
    let email = match email.trim() {
        "" => None,
        typed => bad.keep("recipient_email", Email::parse(typed)),
    };
    let (Some(recipient), true) = (recipient, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let withdrawn = sqlx::query_scalar!(
        r#"select exists(select from app.report_withdrawal w where w.tenant_id = s.tenant_id and w.snapshot_id = s.id) as "withdrawn!"
           from app.report_snapshot s where s.project_id = $1 and s.id = $2"#,
        project.0,
        snapshot.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if withdrawn {
        return Err(Error::Rule("already_withdrawn"));
    }
    let (id, public_id, secret) = (DonorLinkId::new(), base64url(&random::<12>()?), base64url(&random::<32>()?));
    sqlx::query!(
        "insert into app.donor_link (id, project_id, snapshot_id, public_id, secret_hash, recipient_name, recipient_email, rolling_until, hard_until)
         values ($1, $2, $3, $4, $5, $6, $7, now() + interval '90 days', now() + interval '365 days')",
        id.0,
        project.0,
        snapshot.0,
        public_id,
        &sha256(secret.as_bytes())[..],
        recipient,
        email.as_ref().map(Email::as_str)
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::DonorLinkCreated { link: id, project }).await?;
    Ok(NewLink { id, path: SecretString::from(format!("/d/{public_id}#{secret}")) })
}

/// Links of one project, or of all that this person may see, newest first, at most 200. Managers see their own.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: Option<ProjectId>) -> Result<Vec<Link>> {
    let mut r = cx.read(Can::ReadDonorLinks(project)).await?;
    let within = match project {
        Some(project) => Some(vec![project.0]),
        None => r.scope.projects(),
    };
    let own = own_only(cx, project).then_some(cx.user()?.0);
    Ok(sqlx::query_as!(
        Link,
        r#"select l.id as "id: DonorLinkId", l.project_id as "project: ProjectId", p.code as project_code, rp.title as report, l.recipient_name,
             case when l.revoked_at is not null then 'revoked' when least(l.rolling_until, l.hard_until) <= now() then 'expired'
               else 'active' end as "status!",
             l.rolling_until, l.hard_until, l.last_human_use,
             (select count(*) from app.donor_link_access a where a.tenant_id = l.tenant_id and a.link_id = l.id and a.outcome = 'ok') as "visits!",
             (select count(*) from app.donor_link_access a where a.tenant_id = l.tenant_id and a.link_id = l.id and a.outcome <> 'ok') as "refused!",
             (select who.name from gate.people() who where who.id = l.created_by) as "by?"
           from (select * from app.donor_link
                 where ($1::uuid[] is null or project_id = any ($1)) and ($2::uuid is null or created_by = $2)
                 order by created_at desc limit 200) l
           join app.project p on p.tenant_id = l.tenant_id and p.id = l.project_id
           join app.report_snapshot s on s.tenant_id = l.tenant_id and s.id = l.snapshot_id
           join app.report rp on rp.tenant_id = s.tenant_id and rp.id = s.report_id
           order by l.created_at desc"#,
        within.as_deref(),
        own
    )
    .fetch_all(r.conn())
    .await?)
}

/// Whether only the person's own links are theirs: project managers', not administrators'.
fn own_only(cx: &Cx, project: Option<ProjectId>) -> bool {
    !cx.actor().roles_in(project).any(|(role, _)| role == crate::access::Role::TenantAdmin)
}

/// Attempts to open a link, newest first, at most 100.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn accesses(cx: &Cx, project: ProjectId, link: DonorLinkId) -> Result<Vec<Access>> {
    let mut r = cx.read(Can::ReadDonorLinks(Some(project))).await?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    Ok(sqlx::query_as!(
        Access,
        r#"select a.at, a.outcome, a.agent from app.donor_link_access a
           join app.donor_link l on l.tenant_id = a.tenant_id and l.id = a.link_id
           where l.project_id = $1 and l.id = $2 and ($3::uuid is null or l.created_by = $3) order by a.at desc limit 100"#,
        project.0,
        link.0,
        own
    )
    .fetch_all(r.conn())
    .await?)
}

/// The project of a link, for whoever may see it.
///
/// # Errors
/// Not found, or the database's.
pub async fn project_of(cx: &Cx, link: DonorLinkId) -> Result<ProjectId> {
    let mut r = cx.read(Can::ReadDonorLinks(None)).await?;
    let within = r.scope.projects();
    sqlx::query_scalar!(
        r#"select project_id as "project: ProjectId" from app.donor_link where id = $1 and ($2::uuid[] is null or project_id = any ($2))"#,
        link.0,
        within.as_deref()
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

/// Revokes a link: visits that are open end with it.
///
/// # Errors
/// Refusal, a missing reason, not found, or the database's.
pub async fn revoke(cx: &Cx, project: ProjectId, link: DonorLinkId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::RevokeDonorLink(project)).await?;
    debug_assert!(!matches!(w.scope, Scope::Locations(_)), "links are not of a location");
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    let done = sqlx::query!(
        "update app.donor_link set revoked_at = now(), revoked_by = $3, revoke_reason = $4
         where project_id = $1 and id = $2 and revoked_at is null and ($5::uuid is null or created_by = $5)",
        project.0,
        link.0,
        cx.user()?.0,
        reason,
        own
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(Event::DonorLinkRevoked { link, project, reason }).await
}
