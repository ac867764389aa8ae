//! Links as the organisation sees them: all of them with how they stand, and one with everything that happened to it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::own_only;
use super::register::{self, Donor};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{DonorId, DonorLinkId, ProjectId};

/// Links on a page.
pub const PAGE: usize = 50;
/// Lines of what happened to a link.
pub const MOST_LISTED: usize = 200;
/// How a link can stand.
pub const STATES: [&str; 3] = ["active", "expired", "revoked"];

/// A link, in the list.
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
    /// The donor, if one was named.
    pub donor: Option<String>,
    /// One of [`STATES`].
    pub status: String,
    /// When it ends unless somebody opens it or it is renewed.
    pub ends: DateTime<Utc>,
    /// When it ends in any case.
    pub hard_until: DateTime<Utc>,
    /// The last visit.
    pub last_visit: Option<DateTime<Utc>>,
    /// Completed visits.
    pub visits: i64,
    /// Refused attempts.
    pub refused: i64,
    /// Who made it.
    pub by: Option<String>,
}

/// Which links are looked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of [`STATES`]; empty for all.
    pub state: String,
    /// Of one project.
    pub project: Option<ProjectId>,
    /// Of one donor.
    pub donor: Option<DonorId>,
    /// Made by one person.
    pub by: Option<Uuid>,
    /// Living, and ending within so many days.
    pub days: Option<i32>,
    /// Those that were made before this one.
    pub after: Option<DonorLinkId>,
}

/// A page of links, and what they can be filtered by.
#[derive(Clone, Debug)]
pub struct Board {
    /// Links, the newest first.
    pub links: Vec<Link>,
    /// Where the next page begins, if there is one.
    pub next: Option<DonorLinkId>,
    /// The donors that are known.
    pub donors: Vec<Donor>,
    /// Projects that have links.
    pub projects: Vec<(Uuid, String)>,
    /// People who made some.
    pub makers: Vec<(Uuid, String)>,
}

/// Links of all projects that this person may see; managers see their own.
///
/// # Errors
/// Refusal, or the database's.
pub async fn board(cx: &Cx, filter: &Filter) -> Result<Board> {
    let mut r = cx.read(Can::ReadDonorLinks(None)).await?;
    let within = r.scope.projects();
    let own = own_only(cx, None).then_some(cx.user()?.0);
    let mut links = sqlx::query_as!(
        Link,
        r#"select l.id as "id: DonorLinkId", l.project_id as "project: ProjectId", p.code as project_code, rp.title as report, l.recipient_name,
             (select d.name from app.donor d where d.tenant_id = l.tenant_id and d.id = l.donor_id) as "donor?",
             case when l.revoked_at is not null then 'revoked' when l.rolling_until <= now() then 'expired' else 'active' end as "status!",
             l.rolling_until as ends, l.hard_until,
             (select max(v.opened_at) from app.donor_visit v where v.tenant_id = l.tenant_id and v.link_id = l.id) as last_visit,
             (select count(*) from app.donor_visit v where v.tenant_id = l.tenant_id and v.link_id = l.id) as "visits!",
             (select count(*) from app.donor_link_access a where a.tenant_id = l.tenant_id and a.link_id = l.id and a.outcome <> 'ok') as "refused!",
             (select who.name from gate.people() who where who.id = l.created_by) as "by?"
           from (select * from app.donor_link k
                 where ($1::uuid[] is null or k.project_id = any ($1)) and ($2::uuid is null or k.created_by = $2)
                   and case $3::text when 'active' then k.revoked_at is null and k.rolling_until > now()
                     when 'expired' then k.revoked_at is null and k.rolling_until <= now()
                     when 'revoked' then k.revoked_at is not null else true end
                   and ($4::uuid is null or k.project_id = $4) and ($5::uuid is null or k.donor_id = $5) and ($6::uuid is null or k.created_by = $6)
                   and ($7::int is null or k.revoked_at is null and k.rolling_until > now() and k.rolling_until <= now() + make_interval(days => $7))
                   and ($8::uuid is null or k.id < $8)
                 order by k.id desc limit $9) l
           join app.project p on p.tenant_id = l.tenant_id and p.id = l.project_id
           join app.report_snapshot s on s.tenant_id = l.tenant_id and s.id = l.snapshot_id
           join app.report rp on rp.tenant_id = s.tenant_id and rp.id = s.report_id
           order by l.id desc"#,
        within.as_deref(),
        own,
        filter.state,
        filter.project.map(|id| id.0),
        filter.donor.map(|id| id.0),
        filter.by,
        filter.days,
        filter.after.map(|id| id.0),
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(r.conn())
    .await?;
    let more = links.len() > PAGE;
    links.truncate(PAGE);
    let next = links.last().filter(|_| more).map(|last| last.id);
    let donors = register::all(r.conn()).await?;
    let projects = sqlx::query!(
        "select p.id, p.code from app.project p
         where exists (select from app.donor_link l where l.tenant_id = p.tenant_id and l.project_id = p.id
           and ($1::uuid[] is null or l.project_id = any ($1)) and ($2::uuid is null or l.created_by = $2))
         order by p.code",
        within.as_deref(),
        own
    )
    .fetch_all(r.conn())
    .await?;
    let makers = sqlx::query!(
        r#"select w.id as "id!", w.name as "name!" from gate.people() w
           where w.id in (select l.created_by from app.donor_link l
             where ($1::uuid[] is null or l.project_id = any ($1)) and ($2::uuid is null or l.created_by = $2))
           order by w.name"#,
        within.as_deref(),
        own
    )
    .fetch_all(r.conn())
    .await?;
    Ok(Board {
        links,
        next,
        donors,
        projects: projects.into_iter().map(|row| (row.id, row.code)).collect(),
        makers: makers.into_iter().map(|row| (row.id, row.name)).collect(),
    })
}

/// A link with its limits.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Its id.
    pub id: DonorLinkId,
    /// The project.
    pub project: ProjectId,
    /// The project's code.
    pub project_code: String,
    /// The report's title.
    pub report: String,
    /// Which published version of it.
    pub version: i32,
    /// Who it is for.
    pub recipient_name: String,
    /// Their address.
    pub recipient_email: Option<String>,
    /// The donor, if one was named.
    pub donor: Option<String>,
    /// One of [`STATES`].
    pub status: String,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// When it was renewed by hand.
    pub renewed: Option<DateTime<Utc>>,
    /// When it ends unless somebody opens it or it is renewed.
    pub ends: DateTime<Utc>,
    /// When it ends in any case.
    pub hard_until: DateTime<Utc>,
    /// Days for which it lives after it was opened or renewed.
    pub days: i32,
    /// What locks it: `open`, `passcode` or `mail_code`.
    pub lock: String,
    /// Whether the report may be taken out.
    pub allow_download: bool,
    /// How often it may be opened.
    pub max_views: Option<i32>,
    /// How often it was.
    pub visits: i64,
    /// Why it was revoked; `replaced`, where another one stands in its place.
    pub revoke_reason: Option<String>,
    /// The link in whose place it stands.
    pub rotated_from: Option<DonorLinkId>,
    /// The link in its place.
    pub replaced_by: Option<DonorLinkId>,
    /// Who made it.
    pub by: Option<String>,
}

/// What happened to a link: a visit that was opened or refused, or what was looked at or taken within one.
#[derive(Clone, Debug)]
pub struct Access {
    /// When.
    pub at: DateTime<Utc>,
    /// `visit`, `page` or `download`.
    pub kind: String,
    /// `ok`, or why it was refused.
    pub outcome: String,
    /// What was looked at or taken.
    pub page: Option<String>,
    /// The browser, in a few words.
    pub agent: Option<String>,
    /// A mark of where it came from, the same for the same address at this link, and of no use elsewhere.
    pub visitor: Option<String>,
}

/// A link, and what happened to it, the newest first.
///
/// # Errors
/// Not found, also for who sees their own alone and did not make it; refusal, or the database's.
pub async fn one(cx: &Cx, link: DonorLinkId) -> Result<(Whole, Vec<Access>)> {
    let mut r = cx.read(Can::ReadDonorLinks(None)).await?;
    let within = r.scope.projects();
    let own = own_only(cx, None).then_some(cx.user()?.0);
    let whole = sqlx::query_as!(
        Whole,
        r#"select l.id as "id: DonorLinkId", l.project_id as "project: ProjectId", p.code as project_code, rp.title as report, s.version,
             l.recipient_name, l.recipient_email,
             (select d.name from app.donor d where d.tenant_id = l.tenant_id and d.id = l.donor_id) as "donor?",
             case when l.revoked_at is not null then 'revoked' when l.rolling_until <= now() then 'expired' else 'active' end as "status!",
             l.created_at as made, l.renewed_at as renewed, l.rolling_until as ends, l.hard_until, l.days,
             case when l.mail_code then 'mail_code' when l.passcode_hash is not null then 'passcode' else 'open' end as "lock!",
             l.allow_download, l.max_views,
             (select count(*) from app.donor_visit v where v.tenant_id = l.tenant_id and v.link_id = l.id) as "visits!",
             l.revoke_reason, l.rotated_from as "rotated_from?: DonorLinkId",
             (select n.id from app.donor_link n where n.tenant_id = l.tenant_id and n.rotated_from = l.id) as "replaced_by?: DonorLinkId",
             (select who.name from gate.people() who where who.id = l.created_by) as "by?"
           from app.donor_link l
           join app.project p on p.tenant_id = l.tenant_id and p.id = l.project_id
           join app.report_snapshot s on s.tenant_id = l.tenant_id and s.id = l.snapshot_id
           join app.report rp on rp.tenant_id = s.tenant_id and rp.id = s.report_id
           where l.id = $1 and ($2::uuid[] is null or l.project_id = any ($2)) and ($3::uuid is null or l.created_by = $3)"#,
        link.0,
        within.as_deref(),
        own
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let log = sqlx::query_as!(
        Access,
        r#"select a.at, a.kind, a.outcome, a.page, a.agent, left(encode(a.ip_index, 'hex'), 8) as visitor
           from app.donor_link_access a where a.link_id = $1 order by a.at desc, a.id desc limit $2"#,
        link.0,
        i64::try_from(MOST_LISTED).unwrap_or(i64::MAX)
    )
    .fetch_all(r.conn())
    .await?;
    Ok((whole, log))
}
