//! Second factors of an account: what there is, adding one and taking one away.

use secrecy::SecretString;
use tower_sessions::Session;

use super::events::{AccountEvent, Change};
use super::passkeys::{self, Answer, Site};
use super::recovery_codes::{self, Codes};
use super::{factor_change, limits, sessions, totp};
use crate::access::{Fresh, RequestFacts};
use crate::db::Db;
use crate::kernel::crypto::random;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// The second factors of a person.
#[derive(Debug)]
pub struct Factors {
    /// Whether codes of an authenticator are set up.
    pub totp: bool,
    /// Passkeys.
    pub passkeys: Vec<passkeys::Line>,
    /// Recovery codes that were not used yet.
    pub recovery_left: i64,
    /// Whether a role of theirs demands a second factor.
    pub demanded: bool,
    /// A secret that was offered and not confirmed yet.
    pub offered: Option<Offered>,
}

/// A secret for an authenticator, shown until it is confirmed or a quarter of an hour has passed.
#[derive(Debug)]
pub struct Offered {
    /// The secret, base32.
    pub secret: SecretString,
    /// The same as an address that authenticators read (`otpauth://…`).
    pub address: SecretString,
}

/// What second factors a person has.
///
/// # Errors
/// The database's.
pub async fn of(db: &Db, user: UserId) -> Result<Factors> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let row = sqlx::query!(
        r#"select email, totp_confirmed_at is not null as "totp!", is_super_admin or gate.owes_factor(id) as "demanded!",
             case when totp_offered_at > now() - interval '15 minutes' then totp_offered end as offered
           from auth.user_account where id = $1"#,
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    let recovery_left = recovery_codes::left(tx.conn(), user).await?;
    let offered = match row.offered {
        Some(sealed) => db.data_key(tx.conn(), user.into()).await?.and_then(|key| key.open(&totp::place(user), &sealed)),
        None => None,
    };
    let offered = offered.map(|secret| {
        let secret = totp::secret_to_base32(&secret);
        let label: String = row.email.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_')).collect();
        let address = format!("otpauth://totp/Kipimo:{label}?secret={secret}&issuer=Kipimo");
        Offered { secret: SecretString::from(secret), address: SecretString::from(address) }
    });
    let passkeys = passkeys::of(tx.conn(), user).await?;
    Ok(Factors { totp: row.totp, passkeys, recovery_left, demanded: row.demanded, offered })
}

/// Offers a new secret for an authenticator. It proves nothing until a code confirms it; one that is in use stays in use.
///
/// # Errors
/// The database's.
pub async fn offer_totp(db: &Db, who: Fresh) -> Result<()> {
    let user = who.user();
    let mut tx = db.account(user, RequestId::new()).await?;
    let key = db.data_key(tx.conn(), user.into()).await?.ok_or(Error::NotFound)?;
    // sealed for the column that it moves to once it is confirmed
    let sealed = key.seal(&totp::place(user), &random::<20>()?)?;
    sqlx::query!("update auth.user_account set totp_offered = $2, totp_offered_at = now() where id = $1", user.0, sealed)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Forgets an offered secret.
///
/// # Errors
/// The database's.
pub async fn withdraw_totp(db: &Db, who: Fresh) -> Result<()> {
    let user = who.user();
    let mut tx = db.account(user, RequestId::new()).await?;
    sqlx::query!("update auth.user_account set totp_offered = null, totp_offered_at = null where id = $1", user.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Confirms the offered secret by a code, which is used up by it. Every other session of the person ends, since it was begun with
/// less. Answers recovery codes, if there were none before.
///
/// # Errors
/// `code_wrong`, `not_offered`, limited, or the database's.
pub async fn confirm_totp(db: &Db, session: &Session, facts: &RequestFacts, who: Fresh, code: &str) -> Result<Option<Codes>> {
    let user = who.user();
    // counted for the session that asks: neither strangers' guesses nor its own count for the other
    let whose = sessions::name_of(session)?;
    limits::hit(db, limits::CODES, &whose).await?;
    let mut change = Change::begin(db, facts, user).await?;
    let row = sqlx::query!(
        r#"select totp_offered as "offered!", extract(epoch from clock_timestamp())::bigint as "now!" from auth.user_account
           where id = $1 and totp_offered_at > now() - interval '15 minutes' and totp_offered is not null for update"#,
        user.0
    )
    .fetch_optional(change.conn())
    .await?
    .ok_or(Error::Rule("not_offered"))?;
    let key = db.data_key(change.conn(), user.into()).await?.ok_or(Error::NotFound)?;
    let secret = key.open(&totp::place(user), &row.offered).ok_or(Error::Rule("not_offered"))?;
    let Some(step) = totp::matching_step(&secret, code, u64::try_from(row.now).unwrap_or(0))? else {
        change.commit(&AccountEvent::FactorRefused).await?;
        return Err(Error::field("code", "code_wrong"));
    };
    sqlx::query!(
        "update auth.user_account set totp_secret = totp_offered, totp_confirmed_at = now(), totp_last_step = $2,
           totp_offered = null, totp_offered_at = null
         where id = $1",
        user.0,
        step
    )
    .execute(change.conn())
    .await?;
    let codes = factor_change::added(db, session, change, user, "authenticator").await?;
    limits::forgive(db, limits::CODES, &whose).await?;
    Ok(codes)
}

/// What somebody shows as their second factor.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A code.
    Code(&'a str),
    /// The answer of a passkey, and the site that it is for.
    Passkey(&'a Site, Answer<'a>),
}

impl Shown<'_> {
    /// Whether it proves a person. Each code and each challenge does so once.
    pub(super) async fn proves(&self, db: &Db, session: &Session, user: UserId) -> Result<bool> {
        match self {
            Self::Code(code) => totp::accept(db, user, code).await,
            Self::Passkey(site, answer) => passkeys::accept(db, site, session, user, answer).await,
        }
    }
}

/// Takes the authenticator off.
///
/// # Errors
/// Not found, where there is none; `factor_demanded` where a role demands a factor and there is no other; or the database's.
pub async fn remove_totp(db: &Db, session: &Session, facts: &RequestFacts, who: Fresh) -> Result<()> {
    let user = who.user();
    let mut change = Change::begin(db, facts, user).await?;
    sessions::take_turns(change.conn(), user).await?;
    let done = sqlx::query!(
        "update auth.user_account set totp_secret = null, totp_confirmed_at = null where id = $1 and totp_confirmed_at is not null",
        user.0
    )
    .execute(change.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    factor_change::removed(db, session, change, user, "authenticator").await
}
