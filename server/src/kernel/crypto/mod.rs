//! The only folder that touches keys.
//!
//! The master secret is not in the database. Every use of it has its own key, derived by HKDF-SHA-256 with the use's name,
//! so that no two uses share a key and none reveals the master. What belongs to a person or an organisation is sealed with
//! a [`DataKey`] of theirs, which the database keeps wrapped: destroying it shreds what it sealed, wherever that was copied.

mod data_key;
mod keys;
mod signing;

pub use data_key::{DataKey, Place};
pub use keys::Keys;
pub use signing::{KEY_NAME, PUBLIC_KEY, PublicKey, SIGNATURE, SigningKey};

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{digest, hmac, rand};

use super::error::{Error, Result};

fn failed<E>(what: &'static str) -> impl FnOnce(E) -> Error {
    move |_| Error::Internal(format!("cryptography: {what}"))
}

struct Bytes32;
impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

/// A key for a purpose.
fn derive(master: &[u8; 32], purpose: &str) -> Result<[u8; 32]> {
    let mut out = [0u8; 32];
    Salt::new(HKDF_SHA256, b"kipimo v1")
        .extract(master)
        .expand(&[purpose.as_bytes()], Bytes32)
        .and_then(|okm| okm.fill(&mut out))
        .map_err(failed("derive"))?;
    Ok(out)
}

/// The first 16 bytes of an HMAC: enough to tell things apart.
fn tag16(key: &hmac::Key, of: &[u8]) -> [u8; 16] {
    let mut out = [0u8; 16];
    out.copy_from_slice(&hmac::sign(key, of).as_ref()[..16]);
    out
}

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// The first eight bytes of a SHA-1, as a number: the form in which lists of lost passwords are published. Protects nothing.
#[must_use]
pub fn sha1_prefix(data: &[u8]) -> u64 {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data);
    hash.as_ref()[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Random bytes from the operating system.
///
/// # Errors
/// If it has none to give.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0u8; N];
    rand::fill(&mut out).map_err(failed("randomness"))?;
    Ok(out)
}

/// Equality that takes the same time whatever differs.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // writing to a String cannot fail
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Bytes from hexadecimal.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

/// URL-safe base64 without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes from URL-safe base64 without padding.
#[must_use]
pub fn unbase64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_there_and_back() {
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex("éé"), None);
    }
}
