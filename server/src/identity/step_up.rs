//! Proving oneself again: for what changes how an account is reached, gives access away or takes data out. It holds for ten
//! minutes. A recovery code is no such proof: it is for who has lost everything else.

use secrecy::SecretString;
use tower_sessions::Session;

use super::events::{AccountEvent, Change};
use super::{factors, limits, passwords, sessions, totp};
use crate::access::{Actor, RequestFacts};
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// What a person must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The password, as long as there is no second factor.
    Password,
    /// A code of the authenticator.
    Code,
}

/// What a person must show to prove themselves again.
///
/// # Errors
/// The database's.
pub async fn demand(db: &Db, user: UserId) -> Result<Demand> {
    let mut tx = db.account(user, RequestId::new()).await?;
    Ok(if factors::has_any(tx.conn(), user).await? { Demand::Code } else { Demand::Password })
}

/// Checks what was shown, and stamps the session, which goes on under a new id.
///
/// # Errors
/// `code_wrong` or `password_wrong`, limited, busy, or the database's.
pub async fn prove(db: &Db, session: &Session, facts: &RequestFacts, actor: &Actor, password: SecretString, code: &str) -> Result<()> {
    let user = actor.user().ok_or(Error::SignedOut)?;
    limits::hit(db, limits::STEP_UP, &user.to_string()).await?;
    let demand = demand(db, user).await?;
    let right = match demand {
        Demand::Password => passwords::is_of(db, user, password).await?,
        Demand::Code => totp::accept(db, user, code).await?,
    };
    let change = Change::begin(db, facts, user).await?;
    if !right {
        change.commit(&AccountEvent::StepUpRefused).await?;
        return Err(match demand {
            Demand::Password => Error::field("password", "password_wrong"),
            Demand::Code => Error::field("code", "code_wrong"),
        });
    }
    sessions::rise(db, session, user, demand == Demand::Code).await?;
    change.commit(&AccountEvent::SteppedUp).await?;
    limits::forgive(db, limits::STEP_UP, &user.to_string()).await
}
