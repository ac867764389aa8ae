//! Visits of support: somebody who operates the platform acts as one of an organisation's people, for half an hour at most. The
//! organisation's administrators are told, see why, and see every page that was looked at.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tower_sessions::Session;

use super::{Desk, PLATFORM};
use crate::access::{Can, Cx, Fresh};
use crate::audit::Event;
use crate::db::{Db, KeyOwner, Why};
use crate::identity::sessions;
use crate::kernel::crypto::{base64url, random, sha256, unbase64url};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::SupportVisitId;
use crate::kernel::text::{self, Email, Locale};
use crate::mail::{self, Kind, Letter, post_for_organisation};

/// How long a visit lasts at most, in seconds.
pub const VISIT_SECONDS: u32 = 30 * 60;

/// What an operator typed.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The organisation's name in addresses.
    pub slug: &'a str,
    /// The address of the person whom they will be.
    pub email: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The request for help, as the help desk numbers it.
    pub ticket: &'a str,
}

/// Somebody who is told of a visit.
struct Told {
    email: String,
    name: String,
    locale: String,
    organisation: String,
    slug: String,
}

impl Told {
    fn letter(self, kind: Kind) -> Letter {
        Letter {
            kind,
            to: self.email,
            name: self.name,
            locale: Locale::parse(&self.locale).unwrap_or(Locale::En),
            path: format!("/o/{}/admin/support", self.slug),
            organisation: self.organisation,
            device: String::new(),
            at: format!("{} UTC", Utc::now().format("%Y-%m-%d %H:%M")),
        }
    }
}

/// Begins a visit; the answer is the value of the cookie that carries it. The operator's own session goes on beside it.
///
/// # Errors
/// [`Error::StepUp`] where the operator proved themselves more than five minutes ago; `support_not_allowed`, `nobody_to_be`; refused
/// fields, or the database's.
pub async fn begin(desk: &Desk, proof: Fresh, session: &Session, wanted: &Wanted<'_>) -> Result<SecretString> {
    let mut invalid = Invalid::default();
    let email = invalid.keep("email", Email::parse(wanted.email));
    let reason = invalid.keep("reason", text::line(wanted.reason, 10, 500));
    let ticket = invalid.keep("ticket", text::line(wanted.ticket, 1, 80));
    let (Some(email), Some(reason), Some(ticket)) = (email, reason, ticket) else { return Err(Error::Invalid(invalid)) };
    let own = sessions::id_hash(session.id().ok_or(Error::SignedOut)?);
    let (visit, id) = (SupportVisitId::new(), random::<16>()?);
    let mut tx = desk.write(proof).await?;
    let rows = sqlx::query!(
        r#"select email as "email!", name as "name!", locale as "locale!", organisation as "organisation!"
           from gate.begin_visit($1, $2, $3, $4, $5, $6, $7, $8)"#,
        visit.0,
        &own[..],
        &sha256(&id)[..],
        wanted.slug,
        email.as_str(),
        reason,
        ticket,
        desk.facts.agent
    )
    .fetch_all(tx.conn())
    .await
    .map_err(|error| match Error::from(error) {
        Error::Rule("proof_too_old") => Error::StepUp,
        other => other,
    })?;
    for row in rows {
        let slug = wanted.slug.to_owned();
        let told = Told { email: row.email, name: row.name, locale: row.locale, organisation: row.organisation, slug };
        post_for_organisation(&desk.db, tx.conn(), PLATFORM, &told.letter(Kind::SupportBegan)).await?;
    }
    desk.commit(tx, &Event::SupportBegan { visit, ticket, reason }).await?;
    Ok(SecretString::from(base64url(&id)))
}

/// The bytes of the id in a visit's cookie.
#[must_use]
pub fn id_of_cookie(value: &str) -> Option<[u8; 16]> {
    unbase64url(value)?.try_into().ok()
}

/// Ends a visit of this operator. One that is over stays over.
///
/// # Errors
/// The database's.
pub async fn end(desk: &Desk, visit: SupportVisitId) -> Result<()> {
    let mut tx = desk.enter(false).await?;
    let rows = sqlx::query_as!(
        Told,
        r#"select email as "email!", name as "name!", locale as "locale!", organisation as "organisation!", slug as "slug!"
           from gate.end_visit($1, $2)"#,
        visit.0,
        desk.facts.agent
    )
    .fetch_all(tx.conn())
    .await?;
    for told in rows {
        post_for_organisation(&desk.db, tx.conn(), PLATFORM, &told.letter(Kind::SupportEnded)).await?;
    }
    desk.commit(tx, &Event::SupportEnded(visit)).await
}

/// Ends the visits whose time is over, and tells whom they were to.
///
/// # Errors
/// The database's.
pub async fn end_old(db: &Db) -> Result<()> {
    let mut tx = db.system(Why::Mail).await?;
    let rows = sqlx::query_as!(
        Told,
        r#"select email as "email!", name as "name!", locale as "locale!", organisation as "organisation!", slug as "slug!"
           from gate.end_old_visits()"#
    )
    .fetch_all(tx.conn())
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    for told in rows {
        mail::post(db, &mut tx, KeyOwner::PLATFORM, &told.letter(Kind::SupportEnded)).await?;
    }
    tx.commit().await
}

/// A visit, as the organisation sees it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Its id; everything that was looked at is about it in the log.
    pub id: SupportVisitId,
    /// Who came.
    pub operator: String,
    /// Whom they were.
    pub acted_as: String,
    /// Why.
    pub reason: String,
    /// The request for help.
    pub ticket: String,
    /// From when
    pub began: DateTime<Utc>,
    /// until when; none while it lasts.
    pub ended: Option<DateTime<Utc>>,
    /// Pages that were looked at, each once, at most fifty of them.
    pub pages: Vec<String>,
    /// Acts in the log that were done in it, looking apart.
    pub acts: i64,
}

/// The visits of support to this organisation, the newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Visit>> {
    let mut r = cx.read(Can::ReadSupportVisits).await?;
    Ok(sqlx::query_as!(
        Visit,
        r#"select v.id as "id: SupportVisitId", v.operator_name as operator, p.name as "acted_as!", v.reason, v.ticket,
             v.started_at as began, coalesce(v.ended_at, case when v.until < now() then v.until end) as ended,
             array(select distinct convert_from(e.canon, 'UTF8')::jsonb ->> 'reason' from audit.event e
               where e.entity_id = v.id and e.action = 'support.looked' order by 1 limit 50) as "pages!",
             (select count(*) from audit.event e where e.impersonator_id = v.operator_id and e.at between v.started_at and v.until
               and e.kind = 'act' and e.action <> 'support.looked') as "acts!"
           from app.support_visit v join gate.people() p on p.id = v.user_id
           order by v.started_at desc limit 100"#
    )
    .fetch_all(r.conn())
    .await?)
}
