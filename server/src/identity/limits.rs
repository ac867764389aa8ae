//! Limits on attempts, counted in the database and so shared by every server.

use std::net::IpAddr;

use sqlx::postgres::types::PgInterval;

use crate::audit::address::network;
use crate::db::Db;
use crate::kernel::error::{Error, Result};

/// A limit: a burst, then one attempt in so many seconds.
#[derive(Clone, Copy)]
pub struct Limit {
    name: &'static str,
    every_seconds: i64,
    burst: i32,
}

/// Wrong passwords of one account from one network.
pub const ACCOUNT_AND_NETWORK: Limit = Limit { name: "account and network", every_seconds: 30, burst: 5 };
/// Wrong passwords of one account, from anywhere: a hundred in a day. Beyond, browsers that it was not used with before must be let in by
/// a link to its owner; no one else's guessing locks the owner out.
pub const ACCOUNT: Limit = Limit { name: "account", every_seconds: 864, burst: 100 };
/// Sign-ins from one network: an office behind one address is many people.
pub const NETWORK: Limit = Limit { name: "network", every_seconds: 1, burst: 60 };
/// Wrong codes of one account, from anywhere.
pub const CODES: Limit = Limit { name: "codes", every_seconds: 180, burst: 20 };
/// Attempts of a signed-in person to prove themselves again.
pub const STEP_UP: Limit = Limit { name: "step-up", every_seconds: 60, burst: 5 };
/// Letters that anybody may cause to one address, or one person to others.
pub const LETTERS: Limit = Limit { name: "letters", every_seconds: 600, burst: 3 };
/// Letters that let a new browser sign in, to one address: counted apart, so that nobody can use them up by asking for others.
pub const DEVICE_LETTERS: Limit = Limit { name: "device letters", every_seconds: 600, burst: 3 };
/// Invitations by one person.
pub const INVITATIONS: Limit = Limit { name: "invitations", every_seconds: 20, burst: 60 };
/// Questions to providers and domains by one organisation's administrators.
pub const PROVIDERS: Limit = Limit { name: "providers", every_seconds: 10, burst: 20 };
/// Exports of the log by one person.
pub const EXPORTS: Limit = Limit { name: "exports", every_seconds: 60, burst: 10 };
/// Openings of donor links from one network, and answers to what locks them.
pub const LINKS: Limit = Limit { name: "links", every_seconds: 2, burst: 30 };
/// Answers to what locks one donor link, from one network.
pub const PASSCODES: Limit = Limit { name: "passcodes", every_seconds: 60, burst: 10 };
/// Answers to what locks one donor link, from anywhere: so wide that no one network keeps the others out.
pub const LINK_ANSWERS: Limit = Limit { name: "link answers", every_seconds: 10, burst: 100 };
/// Questions from one network whether a report is genuine.
pub const VERIFICATIONS: Limit = Limit { name: "verifications", every_seconds: 6, burst: 30 };
/// Reports that are set on paper for one donor link or one person: each takes a processor for a while.
pub const PAPERS: Limit = Limit { name: "papers", every_seconds: 10, burst: 6 };

/// The network that a limit counts by.
#[must_use]
pub fn network_of(ip: Option<IpAddr>) -> String {
    ip.map_or_else(|| "unknown".to_owned(), network)
}

/// Counts an attempt.
///
/// # Errors
/// [`Error::Limited`] with the seconds to wait.
pub async fn hit(db: &Db, limit: Limit, of: &str) -> Result<()> {
    let key = key(db, limit, of);
    let every = PgInterval { months: 0, days: 0, microseconds: limit.every_seconds * 1_000_000 };
    let wait = sqlx::query_scalar!("select gate.hit($1, $2, $3)", &key[..], every, limit.burst).fetch_one(db.gate()).await?.unwrap_or(1);
    match u32::try_from(wait) {
        Ok(0) => Ok(()),
        Ok(seconds) => Err(Error::Limited(seconds)),
        Err(_) => Err(Error::Limited(1)),
    }
}

/// Whether an attempt would be refused; counts nothing.
///
/// # Errors
/// The database's.
pub async fn is_reached(db: &Db, limit: Limit, of: &str) -> Result<bool> {
    let key = key(db, limit, of);
    let every = PgInterval { months: 0, days: 0, microseconds: limit.every_seconds * 1_000_000 };
    let wait = sqlx::query_scalar!("select gate.would_wait($1, $2, $3)", &key[..], every, limit.burst).fetch_one(db.gate()).await?;
    Ok(wait.unwrap_or(1) > 0)
}

/// Counts what has happened already: it is not to be stopped any more, but the next may be.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db, limit: Limit, of: &str) -> Result<()> {
    match hit(db, limit, of).await {
        Err(Error::Limited(_)) => Ok(()),
        other => other,
    }
}

/// Forgets the attempts of a key, once it has been shown that they were the owner's.
///
/// # Errors
/// The database's.
pub async fn forgive(db: &Db, limit: Limit, of: &str) -> Result<()> {
    let key = key(db, limit, of);
    sqlx::query!("select gate.forgive($1)", &key[..]).execute(db.gate()).await?;
    Ok(())
}

/// Keyed hashes: the table of counters names no account and no address.
fn key(db: &Db, limit: Limit, of: &str) -> [u8; 16] {
    db.keys().fingerprint(&format!("{} {of}", limit.name))
}
