//! The sessions of a person, as their owner sees them, and ending them.

use chrono::{DateTime, Utc};
use tower_sessions::Session;
use uuid::Uuid;

use super::device;
use super::events::{AccountEvent, Change};
use super::sessions::{Which, address_place, end_others_of, end_those, id_hash};
use crate::access::{Fresh, RequestFacts};
use crate::audit::address::network;
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// A session in its owner's list.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is named by; not what its cookie holds.
    pub id: Uuid,
    /// Browser and system; none where they are not known.
    pub device: Option<String>,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it was last used, to a minute.
    pub last_seen: DateTime<Utc>,
    /// The network that it was begun from, e.g. `196.1.2.0/24`: no place, and shown to its owner alone.
    pub network: Option<String>,
    /// Whether a second factor was given.
    pub second_factor: bool,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The sessions of a person that are alive, the last used first.
///
/// # Errors
/// The database's.
pub async fn of(db: &Db, user: UserId, session: &Session) -> Result<Vec<Line>> {
    let current = session.id().map(|id| id_hash(id).to_vec());
    let mut tx = db.account(user, RequestId::new()).await?;
    let rows = sqlx::query!(
        r#"select s.id, s.id_hash, s.agent, s.created_at, s.last_seen, s.ip_sealed, s.mfa_at is not null as "second_factor!"
           from auth.session s join auth.user_account u on u.id = s.user_id and u.generation = s.generation
           where s.user_id = $1 and s.kind = 'session' and s.revoked_at is null and s.absolute_until > now()
             and s.last_seen + s.idle_seconds * interval '1 second' > now()
           order by s.last_seen desc limit 100"#,
        user.0
    )
    .fetch_all(tx.conn())
    .await?;
    let key = db.data_key(tx.conn(), user.into()).await?;
    let network_of = |sealed: Option<Vec<u8>>| {
        let plain = key.as_ref()?.open(&address_place(user), &sealed?)?;
        Some(network(std::str::from_utf8(&plain).ok()?.parse().ok()?))
    };
    Ok(rows
        .into_iter()
        .map(|row| Line {
            id: row.id,
            device: device::of(row.agent.as_deref()),
            began: row.created_at,
            last_seen: row.last_seen,
            network: network_of(row.ip_sealed),
            second_factor: row.second_factor,
            current: Some(row.id_hash) == current,
        })
        .collect())
}

/// Ends one of a person's sessions.
///
/// # Errors
/// Not found, where it is nobody's, somebody else's or ended already; or the database's.
pub async fn end(db: &Db, facts: &RequestFacts, who: Fresh, id: Uuid) -> Result<()> {
    let user = who.user();
    let mut change = Change::begin(db, facts, user).await?;
    if end_those(change.conn(), user, Which::Only(id)).await? == 0 {
        return Err(Error::NotFound);
    }
    change.commit(&AccountEvent::SessionsEnded).await
}

/// Ends every session of a person but the one that asks.
///
/// # Errors
/// Signed out, or the database's.
pub async fn end_others(db: &Db, facts: &RequestFacts, who: Fresh, session: &Session) -> Result<()> {
    let user = who.user();
    let mut change = Change::begin(db, facts, user).await?;
    end_others_of(change.conn(), user, session).await?;
    change.commit(&AccountEvent::SessionsEnded).await
}
