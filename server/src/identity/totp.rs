//! Time-based one-time codes (RFC 6238): SHA-1, six digits, thirty seconds, one step of skew; each code once.

use totp_rs::{Builder, Secret};

use crate::kernel::crypto::{Keys, same};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;

/// Seconds of a step.
pub const STEP: u64 = 30;

/// Where a person's secret is sealed.
#[must_use]
pub fn place(user: UserId) -> String {
    format!("user_account/{user}/totp_secret")
}

/// Seals a new secret for a person.
///
/// # Errors
/// Those of the cipher.
pub fn seal(keys: &Keys, user: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    keys.seal(&place(user), secret)
}

/// The step that a code belongs to, at a time in seconds since 1970; the newest of those that match, since two steps
/// can share a code.
///
/// # Errors
/// If the secret is too short to be one.
pub fn matching_step(secret: &[u8], code: &str, now: u64) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let totp = Builder::new()
        .with_secret(Secret::from(secret.to_vec()))
        .build()
        .map_err(|error| Error::Internal(format!("totp: {error}")))?;
    let step = now / STEP;
    Ok([step + 1, step, step.saturating_sub(1)]
        .into_iter()
        .find(|step| same(totp.generate(step * STEP).to_string().as_bytes(), code.as_bytes()))
        .and_then(|step| i64::try_from(step).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
