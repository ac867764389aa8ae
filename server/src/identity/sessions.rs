//! Sessions: rows in the database, known by the hash of a random id that travels in an encrypted cookie.
//!
//! Never an upsert: a request that was under way while its session ended cannot bring it back.

mod store;

pub use store::Store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tower_sessions::Session;
use tower_sessions::session::Id;
use uuid::Uuid;

use crate::db::{Db, Why};
use crate::kernel::crypto::{Place, hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// Why a session does not go on under a new id.
const ENDED: &str = "the session has ended";

/// The one entry of a session's data.
const FACTS: &str = "facts";

/// What a session is made of. The cookie holds none of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Whose it is.
    pub user: Uuid,
    /// `pending` until the second factor, then `session`.
    pub kind: String,
    /// The account's generation: a later one ends the session.
    pub generation: i32,
    /// Whether a second factor was given.
    pub second_factor: bool,
    /// Whether the person has just proven themselves.
    pub stepped_up: bool,
    /// When the person proved themselves before.
    pub stepped_up_before: Option<DateTime<Utc>>,
    /// When a second factor was given before.
    pub second_factor_before: Option<DateTime<Utc>>,
    /// When it began under another id; none for now.
    pub began: Option<DateTime<Utc>>,
    /// The row of that other id.
    pub follows: Option<Vec<u8>>,
    /// Seconds without a request after which it ends.
    pub idle_seconds: i32,
    /// Seconds after which it ends in any case.
    pub absolute_seconds: i64,
    /// The address, sealed.
    pub ip_sealed: Option<Vec<u8>>,
    /// The browser.
    pub agent: Option<String>,
    /// The provider of an organisation that stood for the password.
    pub provider: Option<ByProvider>,
}

/// The provider that stands for the password of a session, as it was set up then: once it is another one, the session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByProvider {
    /// Which.
    pub id: Uuid,
    /// As it was set up when.
    pub generation: Uuid,
}

impl ByProvider {
    fn read(id: Option<Uuid>, generation: Option<Uuid>) -> Option<Self> {
        id.zip(generation).map(|(id, generation)| Self { id, generation })
    }
}

/// Where the address of a person's session is sealed.
pub(super) fn address_place(user: UserId) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.session", column: "ip_sealed", row: user.0 }
}

/// The key of a session's row: the id itself is never stored.
#[must_use]
pub fn id_hash(id: Id) -> [u8; 32] {
    sha256(&id.0.to_be_bytes())
}

/// The bytes of the id in a request's cookie.
#[must_use]
pub fn id_bytes(session: &Session) -> Option<[u8; 16]> {
    session.id().map(|id| id.0.to_be_bytes())
}

/// What counts the attempts of a session.
pub(super) fn name_of(session: &Session) -> Result<String> {
    Ok(hex(&id_hash(session.id().ok_or(Error::SignedOut)?)))
}

/// Starts a session under a new id and ends the one under the old: at each rise in privilege.
///
/// # Errors
/// Signed out, where it follows one that has ended meanwhile; or the store's.
pub async fn start(session: &Session, facts: &Facts) -> Result<()> {
    let failed = |error: tower_sessions::session::Error| {
        let text = error.to_string();
        if text.contains(ENDED) { Error::SignedOut } else { Error::Internal(format!("session: {text}")) }
    };
    session.clear().await;
    session.insert(FACTS, facts).await.map_err(failed)?;
    session.cycle_id().await.map_err(failed)?;
    session.save().await.map_err(failed)
}

/// What a session goes on with under its new id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The person has just proven themselves, with a second factor or without.
    Now { second_factor: bool },
    /// What was proven before; with a second factor or without.
    Before { second_factor: bool },
}

/// Goes on under a new id: its end in any case stays where it was. A session that ends meanwhile stays ended.
///
/// # Errors
/// Signed out, or the store's.
pub(super) async fn rise(db: &Db, session: &Session, user: UserId, proof: Proof) -> Result<()> {
    let id = session.id().ok_or(Error::SignedOut)?;
    let mut tx = db.account(user, RequestId::new()).await?;
    // the account's generation, which may have been raised just now by this very person
    let row = sqlx::query!(
        r#"update auth.session s set revoked_at = now(), superseded = true from auth.user_account u
           where s.id_hash = $1 and s.revoked_at is null and s.kind = 'session' and u.id = s.user_id
           returning u.generation, s.idle_seconds, s.ip_sealed, s.agent, s.provider_id, s.provider_generation, s.created_at, s.stepped_up_at, s.mfa_at,
             extract(epoch from s.absolute_until - s.created_at)::bigint as "absolute!""#,
        &id_hash(id)[..]
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::SignedOut)?;
    tx.commit().await?;
    let (stepped_up, second_factor) = match proof {
        Proof::Now { second_factor } => (true, second_factor),
        Proof::Before { second_factor } => (false, second_factor),
    };
    let facts = Facts {
        user: user.0,
        kind: "session".to_owned(),
        generation: row.generation,
        second_factor,
        stepped_up,
        stepped_up_before: row.stepped_up_at,
        second_factor_before: row.mfa_at.filter(|_| !stepped_up),
        began: Some(row.created_at),
        follows: Some(id_hash(id).to_vec()),
        idle_seconds: row.idle_seconds,
        absolute_seconds: row.absolute,
        ip_sealed: row.ip_sealed,
        agent: row.agent,
        provider: ByProvider::read(row.provider_id, row.provider_generation),
    };
    start(session, &facts).await
}

/// Waits for who ends or continues sessions of this person just now, so that what they did is seen by the next statement.
pub(super) async fn take_turns(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("select id from auth.user_account where id = $1 for update", user.0).fetch_optional(conn).await?;
    Ok(())
}

/// Which sessions of a person are to end, by what names them in their owner's list.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// This one.
    Only(Uuid),
    /// All but this one; all, where there is none.
    AllBut(Option<Uuid>),
}

/// Ends sessions of a person, under whatever ids they go on; answers how many rows that were.
pub(super) async fn end_those(conn: &mut PgConnection, user: UserId, which: Which) -> Result<u64> {
    let (only, but) = match which {
        Which::Only(id) => (Some(id), None),
        Which::AllBut(id) => (None, id),
    };
    take_turns(&mut *conn, user).await?;
    let done = sqlx::query!(
        "update auth.session set revoked_at = coalesce(revoked_at, now()), superseded = false
         where user_id = $1 and (revoked_at is null or superseded) and ($2::uuid is null or id = $2) and id is distinct from $3",
        user.0,
        only,
        but
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// What names a session in its owner's list.
async fn listed(conn: &mut PgConnection, id: Id) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("select id from auth.session where id_hash = $1", &id_hash(id)[..]).fetch_optional(conn).await?)
}

/// The provider by which a session of a person was begun.
pub(super) async fn begun_by(db: &Db, session: &Session, user: UserId) -> Result<Option<ByProvider>> {
    let Some(id) = session.id() else { return Ok(None) };
    let mut tx = db.account(user, RequestId::new()).await?;
    let found = sqlx::query!("select provider_id, provider_generation from auth.session where id_hash = $1", &id_hash(id)[..])
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.and_then(|row| ByProvider::read(row.provider_id, row.provider_generation)))
}

/// Ends every session of a person but this one, and the background jobs that were asked for in their name.
pub(super) async fn end_others_of(conn: &mut PgConnection, user: UserId, session: &Session) -> Result<()> {
    let this = listed(&mut *conn, session.id().ok_or(Error::SignedOut)?).await?;
    end_those(&mut *conn, user, Which::AllBut(this)).await?;
    sqlx::query!("select gate.cancel_own_jobs()").execute(conn).await?;
    Ok(())
}

/// Whose session a cookie names, whether or not it has gone on under another id meanwhile.
pub(super) async fn owner(db: &Db, session: &Session) -> Result<Option<UserId>> {
    let Some(id) = session.id() else { return Ok(None) };
    let mut tx = db.system(Why::SignIn).await?;
    Ok(sqlx::query_scalar!(r#"select user_id as "user: UserId" from auth.session where id_hash = $1"#, &id_hash(id)[..])
        .fetch_optional(tx.conn())
        .await?)
}

/// Ends the session, under whatever id it goes on, and its cookie.
///
/// # Errors
/// The database's.
pub async fn end(db: &Db, session: &Session, user: Option<UserId>) -> Result<()> {
    if let (Some(id), Some(user)) = (session.id(), user) {
        let mut tx = db.account(user, RequestId::new()).await?;
        if let Some(this) = listed(tx.conn(), id).await? {
            end_those(tx.conn(), user, Which::Only(this)).await?;
        }
        tx.commit().await?;
    }
    session.flush().await.map_err(|error| Error::Internal(format!("session: {error}")))
}

/// Counts a wrong code; the session that owes one ends after the fifth.
///
/// # Errors
/// The database's.
pub async fn count_wrong_code(db: &Db, session: &Session) -> Result<()> {
    let Some(id) = session.id() else { return Ok(()) };
    let mut tx = db.system(Why::SignIn).await?;
    sqlx::query!(
        "update auth.session set wrong_codes = wrong_codes + 1,
           revoked_at = case when wrong_codes >= 4 then now() else revoked_at end
         where id_hash = $1 and kind = 'pending' and revoked_at is null",
        &id_hash(id)[..]
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// What the person of a session rules. The more, the sooner they are signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sway {
    /// Nothing: 8 hours of rest, 7 days in any case.
    None,
    /// An organisation, or its confidential cases: 30 minutes of rest, 12 hours.
    Organisation,
    /// The platform: 15 minutes of rest, 8 hours.
    Platform,
}

/// The facts of a person's new session.
#[must_use]
pub fn facts(user: UserId, generation: i32, kind: &str, second_factor: bool, sway: Sway) -> Facts {
    let (idle_seconds, absolute_seconds) = match (kind, sway) {
        ("pending", _) => (600, 600),
        (_, Sway::Platform) => (900, 28_800),
        (_, Sway::Organisation) => (1_800, 43_200),
        (_, Sway::None) => (28_800, 604_800),
    };
    Facts {
        user: user.0,
        kind: kind.to_owned(),
        generation,
        second_factor,
        // who has just signed in has just proven themselves
        stepped_up: kind == "session",
        stepped_up_before: None,
        second_factor_before: None,
        began: None,
        follows: None,
        idle_seconds,
        absolute_seconds,
        ip_sealed: None,
        agent: None,
        provider: None,
    }
}
