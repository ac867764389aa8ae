//! The first sign-in of who operates the platform: an account made on the command line, opened by a one-time link.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::breaches::Breaches;
use super::events::{AccountEvent, Change};
use super::password_change::Hashed;
use super::secrets::{self, Purpose};
use super::{limits, password_change};
use crate::access::RequestFacts;
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::{self, Email};

/// Makes an account of a super-admin that cannot be signed in to yet; the answer is the path of a link that opens it. Asked of the
/// owner's connection, which the server does not have. Asked again before it was set up, it makes another link.
///
/// # Errors
/// A refused address, one that has an account, or the database's.
pub async fn invite_super_admin(owner: &mut sqlx::PgConnection, email: &str) -> Result<SecretString> {
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault))?;
    let secret = secrets::fresh()?;
    sqlx::raw_sql("set role kipimo_owner").execute(&mut *owner).await?;
    sqlx::query!("select gate.invite_super_admin($1, $2, $3)", Uuid::now_v7(), email.as_str(), &secrets::hash(&secret)[..])
        .execute(owner)
        .await
        .map_err(|error| Error::or_duplicate(error, "email"))?;
    Ok(SecretString::from(format!("/set-up#{}", secret.expose_secret())))
}

/// Gives such an account its name and first password.
///
/// # Errors
/// `link_dead` for unknown, used and expired links alike; refused fields; limited, busy, or the database's.
pub async fn with_link(
    db: &Db,
    facts: &RequestFacts,
    secret: &SecretString,
    name: &str,
    new: SecretString,
    breaches: &Breaches,
) -> Result<()> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let user = secrets::owner(db, Purpose::SetUp, secret).await?.ok_or(Error::Rule("link_dead"))?;
    let name = text::line(name, 1, 120).map_err(|fault| Error::field("name", fault))?;
    let mut change = Change::begin(db, facts, user).await?;
    password_change::judge(change.conn(), user, &new, breaches).await?;
    drop(change);
    let hashed = Hashed::of(new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    secrets::use_up(change.conn(), user, Purpose::SetUp, secret).await?;
    password_change::set(change.conn(), user, &hashed).await?;
    let done = sqlx::query!("update auth.user_account set name = $2, status = 'active' where id = $1 and status = 'invited'", user.0, name)
        .execute(change.conn())
        .await?;
    if done.rows_affected() != 1 {
        return Err(Error::Rule("link_dead"));
    }
    change.commit(&AccountEvent::Created).await
}
