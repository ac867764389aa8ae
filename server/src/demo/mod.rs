//! The two demonstration organisations. Loading them twice changes nothing. Their figures are generated and say so.

mod health;
mod people;
mod wash;

use std::sync::Arc;

use secrecy::SecretString;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::access::{Cx, RequestFacts};
use crate::db::Db;
use crate::identity::{authenticate, tokens};
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, TokenId};

/// The password and second factor that every demonstration person gets.
#[derive(Clone)]
pub struct Credentials {
    /// The password.
    pub password: SecretString,
    /// The secret of the second factor, base32.
    pub totp: SecretString,
}

/// A sign-in to be printed.
pub struct SignIn {
    /// The address.
    pub email: String,
    /// Whether a code is asked for.
    pub second_factor: bool,
}

/// Loads both organisations; answers the sign-ins.
///
/// # Errors
/// The database's; `invalid` where the second factor's secret is not base32 of 16 bytes or more.
pub async fn load(db: &Db, owner: &PgConnectOptions, credentials: &Credentials) -> Result<Vec<SignIn>> {
    let mut conn = owner.connect().await?;
    sqlx::raw_sql("set role kipimo_owner").execute(&mut conn).await?;
    let sign_ins = people::load(db, &mut conn, credentials).await?;
    wash::load(db, &mut conn).await?;
    health::load(db, &mut conn).await?;
    Ok(sign_ins)
}

/// A fresh API token of a demonstration person, with all that the person may do.
///
/// # Errors
/// Not found, or the database's.
pub async fn token(owner: &PgConnectOptions, email: &str) -> Result<SecretString> {
    let mut conn = owner.connect().await?;
    sqlx::raw_sql("set role kipimo_owner").execute(&mut conn).await?;
    let token = tokens::generate()?;
    let made = sqlx::query_scalar!(
        "select gate.issue_demonstration_token($1, $2, $3, $4)",
        email,
        TokenId::new().0,
        &sha256(token.as_bytes())[..],
        &token[token.len() - 4..]
    )
    .fetch_one(&mut conn)
    .await?;
    made.map(|_| SecretString::from(token)).ok_or(Error::NotFound)
}

/// The context in which a demonstration person acts: the same doors as in the browser. For the command line and tests:
/// the owner's connection, which the server does not have, is the proof.
///
/// # Errors
/// Not found, or the database's.
pub async fn acting(db: &Db, owner: &mut sqlx::PgConnection, email: &str) -> Result<Cx> {
    let actor = authenticate::on_command_line(owner, email).await?;
    let facts = RequestFacts { id: RequestId::new(), ip: None, agent: Some("kipimo demo".into()) };
    Ok(Cx::new(db.clone(), actor, Arc::new(facts)))
}
