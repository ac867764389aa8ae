//! Recovery codes: ten codes of 120 random bits for who has lost every other factor. Each works once, and signs in.

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::events::{AccountEvent, Change};
use super::totp::secret_to_base32;
use crate::access::{Fresh, RequestFacts};
use crate::db::Db;
use crate::kernel::crypto::{random, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;

/// How many are made.
const HOW_MANY: usize = 10;

/// The codes as they are shown once: six groups of four letters and digits.
pub struct Codes(Vec<SecretString>);

impl Codes {
    /// A line each.
    #[must_use]
    pub fn text(&self) -> SecretString {
        SecretString::from(self.0.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>().join("\n"))
    }
}

/// At 120 random bits a plain hash is enough (ASVS V6.5.2); the person's id keeps equal codes of two people apart.
fn hash(user: UserId, code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    sha256(format!("{user} {plain}").as_bytes())
}

/// Makes ten codes in place of all earlier ones.
pub(super) async fn make(conn: &mut PgConnection, user: UserId) -> Result<Codes> {
    let mut codes = Vec::with_capacity(HOW_MANY);
    for _ in 0..HOW_MANY {
        let letters = secret_to_base32(&random::<15>()?);
        let groups: Vec<&str> = (0..letters.len()).step_by(4).map(|at| &letters[at..at + 4]).collect();
        codes.push(SecretString::from(groups.join("-")));
    }
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(user, code.expose_secret()).to_vec()).collect();
    sqlx::query!("delete from auth.recovery_code where user_id = $1", user.0).execute(&mut *conn).await?;
    sqlx::query!("insert into auth.recovery_code (user_id, hash) select $1, unnest($2::bytea[])", user.0, &hashes).execute(conn).await?;
    Ok(Codes(codes))
}

/// Uses a code up; answers whether it was one.
pub(super) async fn use_up(conn: &mut PgConnection, user: UserId, code: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update auth.recovery_code set used_at = now() where user_id = $1 and hash = $2 and used_at is null",
        user.0,
        &hash(user, code)[..]
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many codes a person has left.
pub(super) async fn left(conn: &mut PgConnection, user: UserId) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select count(*) as "left!" from auth.recovery_code where user_id = $1 and used_at is null"#, user.0)
        .fetch_one(conn)
        .await?)
}

/// Whether a person has any second factor.
pub(super) async fn has_factor(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    Ok(sqlx::query_scalar!(r#"select gate.has_factor($1) as "has!""#, user.0).fetch_one(conn).await?)
}

/// Makes new codes in place of the earlier ones.
///
/// # Errors
/// `no_factor` for who has no second factor to recover, or the database's.
pub async fn renew(db: &Db, facts: &RequestFacts, who: Fresh) -> Result<Codes> {
    let mut change = Change::begin(db, facts, who.user()).await?;
    if !has_factor(change.conn(), who.user()).await? {
        return Err(Error::Rule("no_factor"));
    }
    let codes = make(change.conn(), who.user()).await?;
    change.commit(&AccountEvent::RecoveryCodesMade).await?;
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let user = UserId::new();
        assert_eq!(hash(user, "abcd-EFGH 2345"), hash(user, "ABCDEFGH2345"));
        assert_ne!(hash(user, "ABCD"), hash(user, "ABCE"));
        assert_ne!(hash(user, "ABCD"), hash(UserId::new(), "ABCD"));
    }
}
