//! Time-based one-time codes (RFC 6238): SHA-1, six digits, thirty seconds, one step of skew; each code once.

use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};
use uuid::Uuid;

use crate::db::Db;
use crate::kernel::crypto::{Place, same};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// Seconds of a step.
pub const STEP: u64 = 30;

/// Where a person's secret is sealed, with the person's own key.
#[must_use]
pub fn place(user: UserId) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.user_account", column: "totp_secret", row: user.0 }
}

/// The bytes of a secret as authenticators show it.
///
/// # Errors
/// `invalid`, where it is not base32 (RFC 4648) of at least 16 bytes.
pub fn secret_from_base32(text: &SecretString) -> Result<Vec<u8>> {
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0u32, 0u32);
    for c in text.expose_secret().trim_end_matches('=').bytes() {
        let value = match c.to_ascii_uppercase() {
            c @ b'A'..=b'Z' => c - b'A',
            c @ b'2'..=b'7' => c - b'2' + 26,
            _ => return Err(Error::field("totp", "not_base32")),
        };
        buffer = (buffer << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((buffer >> bits) & 0xff).unwrap_or_default());
        }
    }
    if out.len() < 16 { Err(Error::field("totp", "too_short")) } else { Ok(out) }
}

/// The code of a secret at a time in seconds since 1970, as an authenticator shows it.
///
/// # Errors
/// As [`secret_from_base32`].
pub fn code_at(secret: &SecretString, time: u64) -> Result<String> {
    let totp = Builder::new()
        .with_secret(Secret::from(secret_from_base32(secret)?))
        .build()
        .map_err(|error| Error::Internal(format!("totp: {error}")))?;
    Ok(totp.generate(time).to_string())
}

/// A secret as authenticators show it.
#[must_use]
pub fn secret_to_base32(secret: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut out, mut buffer, mut bits) = (String::new(), 0u32, 0u32);
    for byte in secret {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(LETTERS[((buffer >> bits) & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(LETTERS[((buffer << (5 - bits)) & 31) as usize]));
    }
    out
}

/// The step that a code belongs to, at a time in seconds since 1970; the newest of those that match, since two steps
/// can share a code.
///
/// # Errors
/// If the secret is too short to be one.
pub fn matching_step(secret: &[u8], code: &str, now: u64) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let totp =
        Builder::new().with_secret(Secret::from(secret.to_vec())).build().map_err(|error| Error::Internal(format!("totp: {error}")))?;
    let step = now / STEP;
    Ok([step + 1, step, step.saturating_sub(1)]
        .into_iter()
        .find(|step| same(totp.generate(step * STEP).to_string().as_bytes(), code.as_bytes()))
        .and_then(|step| i64::try_from(step).ok()))
}

/// Accepts a person's code: the step of the last one only ever rises, so that none works twice, however fast it is sent again.
pub(super) async fn accept(db: &Db, user: UserId, code: &str) -> Result<bool> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let row = sqlx::query!(
        r#"select totp_secret, extract(epoch from clock_timestamp())::bigint as "now!" from auth.user_account
           where id = $1 and totp_confirmed_at is not null"#,
        user.0
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(false) };
    let key = db.data_key(tx.conn(), user.into()).await?;
    let Some(secret) = row.totp_secret.zip(key).and_then(|(sealed, key)| key.open(&place(user), &sealed)) else { return Ok(false) };
    let Some(step) = matching_step(&secret, code, u64::try_from(row.now).unwrap_or(0))? else { return Ok(false) };
    let done = sqlx::query!("update auth.user_account set totp_last_step = $2 where id = $1 and totp_last_step < $2", user.0, step)
        .execute(tx.conn())
        .await?;
    // a crash must not forget that it was used
    tx.commit_to_disk(db).await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_there_and_back() {
        let secret = b"12345678901234567890";
        let text = secret_to_base32(secret);
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(secret_from_base32(&SecretString::from(text)).unwrap(), secret);
        assert!(secret_from_base32(&SecretString::from("JBSWY3DP")).is_err(), "too short");
        assert!(secret_from_base32(&SecretString::from("0189")).is_err());
    }

    #[test]
    fn rfc_6238_vectors() {
        // RFC 6238, appendix B, cut to six digits
        let secret = b"12345678901234567890";
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(matching_step(secret, code, time).unwrap(), Some(i64::try_from(time / STEP).unwrap()));
        }
        assert_eq!(matching_step(secret, "287082", 59 + 30).unwrap(), Some(1), "one step late");
        assert_eq!(matching_step(secret, "287082", 59 + 90).unwrap(), None, "three steps late");
        assert_eq!(matching_step(secret, "", 59).unwrap(), None);
        assert_eq!(matching_step(secret, "28708", 59).unwrap(), None);
    }
}
