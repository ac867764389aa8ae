//! Visits of support: somebody who operates the platform acts as one of an organisation's people, for half an hour at most. The
//! organisation's administrators are told, see why, and see every page that was looked at.

use secrecy::SecretString;
use tower_sessions::Session;

use super::Desk;
use super::told::{self, told_by};
use crate::access::Fresh;
use crate::audit::Event;
use crate::db::{Db, Why};
use crate::identity::sessions;
use crate::kernel::crypto::{base64url, random, sha256, unbase64url};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::SupportVisitId;
use crate::kernel::text::{self, Email};

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
    let mut w = desk.write(proof).await?;
    let told = told_by!(
        "gate.begin_visit($1, $2, $3, $4, $5, $6, $7, $8)",
        visit.0,
        &own[..],
        &sha256(&id)[..],
        wanted.slug,
        email.as_str(),
        reason,
        ticket,
        desk.facts.agent
    )
    .fetch_all(w.conn())
    .await
    // two at once, of which one has begun
    .map_err(|error| match Error::on_duplicate(error, Error::Stale) {
        Error::Rule("proof_too_old") => Error::StepUp,
        other => other,
    })?;
    told::post(desk, &mut w, told).await?;
    w.commit(&Event::SupportBegan { visit, ticket, reason }).await?;
    Ok(SecretString::from(base64url(&id)))
}

/// The bytes of the id in a visit's cookie.
#[must_use]
pub fn id_of_cookie(value: &str) -> Option<[u8; 16]> {
    unbase64url(value)?.try_into().ok()
}

/// Ends a visit of this operator: no proof is asked for. One that is over stays over.
///
/// # Errors
/// The database's.
pub async fn end(desk: &Desk, visit: SupportVisitId) -> Result<()> {
    let mut w = desk.stop().await?;
    let told = told_by!("gate.end_visit($1, $2)", visit.0, desk.facts.agent).fetch_all(w.conn()).await?;
    if told.is_empty() {
        return Ok(());
    }
    told::post(desk, &mut w, told).await?;
    w.commit(&Event::SupportEnded(visit)).await
}

/// Ends the visits that may not go on, and tells whom they were to.
///
/// # Errors
/// The database's.
pub async fn end_old(db: &Db) -> Result<()> {
    let mut tx = db.system(Why::Mail).await?;
    let told = told_by!("gate.end_old_visits()").fetch_all(tx.conn()).await?;
    if told.is_empty() {
        return Ok(());
    }
    told::send(db, &mut tx, told).await?;
    tx.commit().await
}
