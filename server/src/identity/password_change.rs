//! Choosing a password: a new one for oneself, or by a link from a mail. A link does not get past the second factor.

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use tower_sessions::Session;

use super::breaches::Breaches;
use super::device::Device;
use super::events::{AccountEvent, Change};
use super::letter_requests::{self, Wish};
use super::secrets::{self, Purpose};
use super::sessions::Proof;
use super::{limits, password_rules, passwords, recovery_codes, sessions};
use crate::access::{Fresh, RequestFacts};
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;
use crate::kernel::text::{Email, Locale};

/// The name of the field that holds a new password.
const FIELD: &str = "new_password";

/// Judges a new password for a person.
pub(super) async fn judge(conn: &mut PgConnection, user: UserId, password: &SecretString, breaches: &Breaches) -> Result<()> {
    let row = sqlx::query!(
        r#"select name, email, gate.has_factor(id) as "has_factor!", array(select o.name from gate.organisations(id) o) as "organisations!"
           from auth.user_account where id = $1"#,
        user.0
    )
    .fetch_one(conn)
    .await?;
    let mut words = vec!["Kipimo".to_owned(), row.name, row.email];
    words.extend(row.organisations);
    password_rules::judge(password.expose_secret(), &words, row.has_factor, breaches).map_err(|fault| Error::field(FIELD, fault))
}

/// A new password as it is kept.
pub(super) struct Hashed {
    hash: String,
    /// Whether it is long enough to stand without a second factor, when that is taken off one day.
    stands_alone: bool,
}

impl Hashed {
    pub(super) async fn of(password: SecretString) -> Result<Self> {
        let stands_alone = password_rules::stands_alone(password.expose_secret());
        Ok(Self { hash: passwords::hash(password).await?, stands_alone })
    }
}

/// Sets the password and ends what was begun with the old one: every session, API tokens, links that were asked for, and what
/// browsers were known by.
pub(super) async fn set(conn: &mut PgConnection, user: UserId, hashed: &Hashed) -> Result<()> {
    sqlx::query!(
        "update auth.user_account set password_hash = $2, password_stands_alone = $3, generation = generation + 1 where id = $1",
        user.0,
        hashed.hash,
        hashed.stands_alone
    )
    .execute(&mut *conn)
    .await?;
    secrets::end_all(&mut *conn, user).await?;
    // whoever knew the old one is a stranger from now on
    sqlx::query!("delete from auth.device where user_id = $1", user.0).execute(conn).await?;
    Ok(())
}

/// What somebody types to change their password.
pub struct Typed {
    /// The present one.
    pub present: SecretString,
    /// The new one.
    pub new: SecretString,
}

/// Changes a person's password. The session that asks goes on; all others end.
///
/// # Errors
/// `password_wrong` for the present one; what [`password_rules::judge`] finds; limited, busy, or the database's.
pub async fn change(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    who: Fresh,
    typed: Typed,
    breaches: &Breaches,
) -> Result<()> {
    let (user, Typed { present, new }) = (who.user(), typed);
    let whose = sessions::name_of(session)?;
    limits::hit(db, limits::STEP_UP, &whose).await?;
    let mut change = Change::begin(db, facts, user).await?;
    judge(change.conn(), user, &new, breaches).await?;
    let second_factor = recovery_codes::has_factor(change.conn(), user).await?;
    // hashing takes a while: no transaction waits for it
    drop(change);
    if !passwords::is_of(db, user, present).await? {
        Change::begin(db, facts, user).await?.commit(&AccountEvent::StepUpRefused).await?;
        return Err(Error::field("password", "password_wrong"));
    }
    let hashed = Hashed::of(new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    set(change.conn(), user, &hashed).await?;
    device.remember(change.conn(), user).await?;
    change.commit(&AccountEvent::PasswordChanged).await?;
    limits::forgive(db, limits::STEP_UP, &whose).await?;
    sessions::rise(db, session, user, Proof::Before { second_factor }).await
}

/// Asks for a link to choose a new password. Whether there is an account of the address is not found out here.
///
/// # Errors
/// A refused address, limited, or the database's.
pub async fn ask(db: &Db, facts: &RequestFacts, email: &str, locale: Locale) -> Result<()> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault))?;
    limits::hit(db, limits::LETTERS, email.as_str()).await?;
    letter_requests::note(db, facts, Wish::PasswordReset, email.as_str(), locale).await
}

/// Sets a new password by the secret of a link. It signs nobody in: the new password does, with the second factor as always.
///
/// # Errors
/// `link_dead` for unknown, used and expired links alike; what [`password_rules::judge`] finds; limited, busy, or the database's.
pub async fn by_link(
    db: &Db,
    facts: &RequestFacts,
    device: &Device,
    secret: &SecretString,
    new: SecretString,
    breaches: &Breaches,
) -> Result<()> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let user = secrets::owner(db, Purpose::PasswordReset, secret).await?.ok_or(Error::Rule("link_dead"))?;
    let mut change = Change::begin(db, facts, user).await?;
    judge(change.conn(), user, &new, breaches).await?;
    drop(change);
    let hashed = Hashed::of(new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    secrets::use_up(change.conn(), user, Purpose::PasswordReset, secret).await?;
    set(change.conn(), user, &hashed).await?;
    // it had the owner's mail: it may sign in, however much somebody guesses at the account
    device.remember(change.conn(), user).await?;
    change.commit(&AccountEvent::PasswordReset).await
}
