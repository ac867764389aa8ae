//! Choosing a password: a new one for oneself, or by a link from a mail. A link does not get past the second factor.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tower_sessions::Session;
use uuid::Uuid;

use super::breaches::Breaches;
use super::events::{AccountEvent, Change};
use super::secrets::{self, Purpose};
use super::{factors, limits, password_rules, passwords, sessions};
use crate::access::{Fresh, RequestFacts};
use crate::db::{Db, KeyOwner, Why};
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;
use crate::kernel::text::{Email, Locale};
use crate::mail::Kind;

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

/// Sets the password and ends what was begun with the old one: every session, and API tokens.
pub(super) async fn set(conn: &mut PgConnection, user: UserId, hash: &str) -> Result<()> {
    sqlx::query!("update auth.user_account set password_hash = $2, generation = generation + 1 where id = $1", user.0, hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Changes a person's password. The session that asks goes on; all others end.
///
/// # Errors
/// `password_wrong` for the present one; what [`password_rules::judge`] finds; limited, busy, or the database's.
pub async fn change(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    who: Fresh,
    present: SecretString,
    new: SecretString,
    breaches: &Breaches,
) -> Result<()> {
    let user = who.user();
    limits::hit(db, limits::STEP_UP, &user.to_string()).await?;
    let mut change = Change::begin(db, facts, user).await?;
    judge(change.conn(), user, &new, breaches).await?;
    let second_factor = factors::has_any(change.conn(), user).await?;
    // hashing takes a while: no transaction waits for it
    drop(change);
    if !passwords::is_of(db, user, present).await? {
        Change::begin(db, facts, user).await?.commit(&AccountEvent::StepUpRefused).await?;
        return Err(Error::field("password", "password_wrong"));
    }
    let hash = passwords::hash(new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    set(change.conn(), user, &hash).await?;
    change.commit(&AccountEvent::PasswordChanged).await?;
    limits::forgive(db, limits::STEP_UP, &user.to_string()).await?;
    sessions::rise(db, session, user, second_factor).await
}

/// An address for which somebody asked a new password.
#[derive(Serialize, Deserialize)]
struct Wanted {
    email: String,
    locale: Locale,
}

fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.reset_request", column: "sealed", row: id }
}

/// Notes that somebody asks for a new password for an address. Whether there is such an account is found out later, by
/// [`answer_requests`]: the answer is the same, and takes the same time.
///
/// # Errors
/// A refused address, limited, or the database's.
pub async fn ask(db: &Db, facts: &RequestFacts, email: &str, locale: Locale) -> Result<()> {
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault))?;
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    limits::hit(db, limits::LETTERS, email.as_str()).await?;
    let id = Uuid::now_v7();
    let wanted = Wanted { email: email.as_str().to_owned(), locale };
    let text = serde_json::to_vec(&wanted).map_err(|error| Error::Internal(format!("reset: {error}")))?;
    let mut tx = db.system(Why::SignIn).await?;
    let key = db.data_key(tx.conn(), KeyOwner::PLATFORM).await?.ok_or(Error::NotFound)?;
    let sealed = key.seal(&place(id), &text)?;
    sqlx::query!("insert into auth.reset_request (id, sealed, agent) values ($1, $2, $3)", id, sealed, facts.agent)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Writes a letter with a link to each account of an address that somebody asked for; answers how many requests there were.
///
/// # Errors
/// The database's.
pub async fn answer_requests(db: &Db) -> Result<usize> {
    let mut answered = 0;
    loop {
        let mut tx = db.system(Why::SignIn).await?;
        let row = sqlx::query!(
            "delete from auth.reset_request where id = (select id from auth.reset_request order by created_at limit 1 for update skip locked)
             returning id, sealed, agent, created_at > now() - interval '1 hour' as \"recent!\""
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row else { return Ok(answered) };
        let key = db.data_key(tx.conn(), KeyOwner::PLATFORM).await?;
        let wanted = key.and_then(|key| key.open(&place(row.id), &row.sealed)).and_then(|text| serde_json::from_slice::<Wanted>(&text).ok());
        let account = match &wanted {
            Some(wanted) if row.recent => {
                sqlx::query_scalar!("select id from auth.user_account where email = $1 and status = 'active'", wanted.email)
                    .fetch_optional(tx.conn())
                    .await?
            }
            _ => None,
        };
        if let (Some(user), Some(wanted)) = (account.map(UserId), wanted) {
            let facts = RequestFacts { id: crate::kernel::ids::RequestId(row.id), ip: None, agent: row.agent };
            write(db, &facts, user, wanted.locale).await?;
        }
        // only now: what was not written to is asked for again
        tx.commit().await?;
        answered += 1;
    }
}

async fn write(db: &Db, facts: &RequestFacts, user: UserId, locale: Locale) -> Result<()> {
    let secret = secrets::fresh()?;
    let mut change = Change::begin(db, facts, user).await?;
    secrets::keep(change.conn(), user, Purpose::PasswordReset, &secret, None).await?;
    let mut to = change.addressee().await?;
    to.locale = locale;
    change.write_to(to, Kind::PasswordReset, &format!("/reset#{}", secret.expose_secret())).await?;
    change.commit(&AccountEvent::ResetAsked).await
}

/// Sets a new password by the secret of a link. It signs nobody in: the new password does, with the second factor as always.
///
/// # Errors
/// `link_dead` for unknown, used and expired links alike; what [`password_rules::judge`] finds; limited, busy, or the database's.
pub async fn by_link(db: &Db, facts: &RequestFacts, secret: &SecretString, new: SecretString, breaches: &Breaches) -> Result<()> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let user = secrets::owner(db, Purpose::PasswordReset, secret).await?.ok_or(Error::Rule("link_dead"))?;
    let mut change = Change::begin(db, facts, user).await?;
    judge(change.conn(), user, &new, breaches).await?;
    drop(change);
    let hash = passwords::hash(new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    secrets::use_up(change.conn(), user, Purpose::PasswordReset, secret).await?;
    set(change.conn(), user, &hash).await?;
    change.commit(&AccountEvent::PasswordReset).await
}
