//! One-time secrets that arrive by mail: 256 random bits in the fragment of a link, of which a hash alone is kept.

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use crate::db::Db;
use crate::kernel::crypto::{base64url, random, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new password.
    PasswordReset,
    /// A new address.
    EmailChange,
    /// The first password of an account.
    SetUp,
    /// Letting a new browser sign in.
    Device,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailChange => "email_change",
            Self::SetUp => "set_up",
            Self::Device => "device",
        }
    }

    const fn minutes(self) -> i32 {
        match self {
            Self::PasswordReset | Self::Device => 20,
            Self::EmailChange => 60,
            Self::SetUp => 7 * 24 * 60,
        }
    }
}

/// A new secret.
///
/// # Errors
/// If there is no randomness.
pub fn fresh() -> Result<SecretString> {
    Ok(SecretString::from(base64url(&random::<32>()?)))
}

/// The hash that is kept of a secret. Who pastes the whole link pastes the secret with it.
#[must_use]
pub fn hash(secret: &SecretString) -> [u8; 32] {
    let text = secret.expose_secret().trim();
    sha256(text.rsplit('#').next().unwrap_or_default().as_bytes())
}

/// Keeps a new secret of a person. Earlier ones for the same purpose live on until one of them is used, or until their time is over:
/// whoever asks for another letter must not make the owner's first one worthless.
pub(super) async fn keep(
    conn: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
    secret: &SecretString,
    email: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "insert into auth.one_time_secret (hash, kind, user_id, email, expires_at) values ($1, $2, $3, $4, now() + make_interval(mins => $5))",
        &hash(secret)[..],
        purpose.as_str(),
        user.0,
        email,
        purpose.minutes()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every secret of a person: what was asked for before a password or an address was changed opens nothing after.
pub(super) async fn end_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("update auth.one_time_secret set used_at = now() where user_id = $1 and used_at is null", user.0).execute(conn).await?;
    Ok(())
}

/// Whose account a secret opens; nobody's for unknown, used and expired alike.
pub(super) async fn owner(db: &Db, purpose: Purpose, secret: &SecretString) -> Result<Option<UserId>> {
    let user = sqlx::query_scalar!("select gate.owner_of_secret($1, $2)", purpose.as_str(), &hash(secret)[..]).fetch_one(db.gate()).await?;
    Ok(user.map(UserId))
}

/// Uses a secret up, by one conditional update, and with it all others for the same purpose; answers the address that goes with it.
///
/// # Errors
/// `link_dead` where somebody was faster, or it has expired meanwhile.
pub(super) async fn use_up(conn: &mut PgConnection, user: UserId, purpose: Purpose, secret: &SecretString) -> Result<Option<String>> {
    let row = sqlx::query!(
        "update auth.one_time_secret set used_at = now()
         where hash = $1 and kind = $2 and user_id = $3 and used_at is null and expires_at > now() returning email",
        &hash(secret)[..],
        purpose.as_str(),
        user.0
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::Rule("link_dead"))?;
    sqlx::query!(
        "update auth.one_time_secret set used_at = now() where user_id = $1 and kind = $2 and used_at is null",
        user.0,
        purpose.as_str()
    )
    .execute(conn)
    .await?;
    Ok(row.email)
}
