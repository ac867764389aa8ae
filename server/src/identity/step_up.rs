//! Proving oneself again: for what changes how an account is reached, gives access away or takes data out. It holds for ten
//! minutes. A recovery code is no such proof: it is for who has lost everything
//! else, and signs in. Signing in counts as proof too, by whatever means, so that who has lost a phone can replace it then.

use secrecy::SecretString;
use tower_sessions::Session;

use super::events::{AccountEvent, Change};
use super::factors::Shown;
use super::sessions::Proof;
use super::{limits, passwords, providers, sessions};
use crate::access::{Actor, RequestFacts};
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProviderId, RequestId, UserId};

/// What a person must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The password, as long as there is no second factor.
    Password,
    /// A second factor, of the kinds that there are.
    Factor {
        /// A code of the authenticator.
        totp: bool,
        /// A passkey.
        passkey: bool,
    },
    /// Anew, by the provider of their organisation, for who has neither.
    Provider(ProviderId),
}

/// What a person must show to prove themselves again, and what to sign in with after the password.
///
/// # Errors
/// The database's.
pub async fn demand(db: &Db, user: UserId) -> Result<Demand> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let row = sqlx::query!(
        r#"select totp_confirmed_at is not null as "totp!", exists(select from auth.passkey p where p.user_id = $1) as "passkey!",
             password_hash is not null as "password!", email
           from auth.user_account where id = $1"#,
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    if row.totp || row.passkey {
        return Ok(Demand::Factor { totp: row.totp, passkey: row.passkey });
    }
    let provider = if row.password { None } else { providers::of_domain(db, &row.email).await? };
    Ok(provider.map_or(Demand::Password, Demand::Provider))
}

/// Checks what was shown, and stamps the session, which goes on under a new id.
///
/// # Errors
/// `code_wrong` or `password_wrong`, limited, busy, or the database's.
pub async fn prove(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    actor: &Actor,
    password: SecretString,
    shown: Shown<'_>,
) -> Result<()> {
    let user = actor.user().ok_or(Error::SignedOut)?;
    // counted for the session: one that was stolen uses up no attempt of its owner's
    let whose = sessions::name_of(session)?;
    limits::hit(db, limits::STEP_UP, &whose).await?;
    let demand = demand(db, user).await?;
    let right = match demand {
        Demand::Password => passwords::is_of(db, user, password).await?,
        Demand::Factor { .. } => shown.proves(db, session, user).await?,
        // that is a sign-in anew, and leads through the provider's own page
        Demand::Provider(_) => false,
    };
    if !right {
        Change::begin(db, facts, user).await?.commit(&AccountEvent::StepUpRefused).await?;
        return Err(match demand {
            Demand::Password => Error::field("password", "password_wrong"),
            Demand::Factor { totp: true, .. } => Error::field("code", "code_wrong"),
            Demand::Provider(_) => Error::Rule("provider_refused"),
            Demand::Factor { totp: false, .. } => Error::Rule("passkey_refused"),
        });
    }
    // one transaction after the other: who holds a connection and waits for a second one stands in everybody's way
    sessions::rise(db, session, user, Proof::Now { second_factor: matches!(demand, Demand::Factor { .. }) }).await?;
    Change::begin(db, facts, user).await?.commit(&AccountEvent::SteppedUp).await?;
    limits::forgive(db, limits::STEP_UP, &whose).await
}
