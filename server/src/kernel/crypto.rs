//! The only file that touches keys.
//!
//! One master secret of 32 bytes; every use has its own key, derived from it by HKDF-SHA-256 with the use's name, so
//! that no two uses share a key and none reveals the master.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{digest, hmac, rand};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::error::{Error, Result};

/// Format of a sealed value: this byte, then the nonce, then ciphertext and tag.
const SEALED_V1: u8 = 1;

/// The keys of this server.
#[derive(Clone)]
pub struct Keys {
    master: std::sync::Arc<SecretBox<[u8; 32]>>,
    context: std::sync::Arc<hmac::Key>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

struct Bytes32;
impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn failed<E>(what: &'static str) -> impl FnOnce(E) -> Error {
    move |_| Error::Internal(format!("cryptography: {what}"))
}

impl Keys {
    /// Keys from the hexadecimal text of a secret file.
    ///
    /// # Errors
    /// If it is not 32 bytes in hexadecimal.
    pub fn from_hex(text: &SecretString) -> Result<Self> {
        let mut master = [0u8; 32];
        let bytes = unhex(text.expose_secret().trim())
            .filter(|bytes| bytes.len() == 32)
            .ok_or_else(|| Error::Internal("the secret key is not 32 bytes in hexadecimal".into()))?;
        master.copy_from_slice(&bytes);
        let context = derive(&master, "database context")?;
        Ok(Self {
            master: std::sync::Arc::new(SecretBox::new(Box::new(master))),
            context: std::sync::Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &context)),
        })
    }

    fn key(&self, purpose: &str) -> Result<[u8; 32]> {
        derive(self.master.expose_secret(), purpose)
    }

    /// Signs the setting that tells PostgreSQL who acts for which organisation.
    #[must_use]
    pub fn sign_context(&self, body: &str) -> String {
        hex(hmac::sign(&self.context, body.as_bytes()).as_ref())
    }

    /// The two pads of the context key, as the database keeps them.
    ///
    /// # Errors
    /// If the key cannot be derived.
    pub fn context_pads(&self) -> Result<([u8; 64], [u8; 64])> {
        let key = self.key("database context")?;
        let (mut inner, mut outer) = ([0x36u8; 64], [0x5cu8; 64]);
        for (i, byte) in key.iter().enumerate() {
            inner[i] ^= byte;
            outer[i] ^= byte;
        }
        Ok((inner, outer))
    }

    /// The password of a database login of the private cluster.
    ///
    /// # Errors
    /// If the key cannot be derived.
    pub fn login_password(&self, login: &str) -> Result<SecretString> {
        Ok(SecretString::from(hex(&self.key(&format!("database login {login}"))?)))
    }

    /// The seed of a signing key (Ed25519).
    ///
    /// # Errors
    /// If the key cannot be derived.
    pub fn signing_seed(&self, purpose: &str) -> Result<[u8; 32]> {
        self.key(&format!("signing {purpose}"))
    }

    /// The key of encrypted cookies: 32 bytes to encrypt and 32 to sign.
    ///
    /// # Errors
    /// If the key cannot be derived.
    pub fn cookie_key(&self) -> Result<[u8; 64]> {
        let mut out = [0u8; 64];
        out[..32].copy_from_slice(&self.key("cookies, encryption")?);
        out[32..].copy_from_slice(&self.key("cookies, signature")?);
        Ok(out)
    }

    /// Encrypts a small value, bound to where it is kept: it cannot be moved to another row or column.
    ///
    /// # Errors
    /// If randomness or the cipher fails.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0u8; NONCE_LEN];
        rand::fill(&mut nonce).map_err(failed("randomness"))?;
        let mut out = plain.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut out)
            .map_err(failed("seal"))?;
        let mut sealed = vec![SEALED_V1];
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut out);
        Ok(sealed)
    }

    /// Decrypts what [`Keys::seal`] made for the same place; nothing if it was made elsewhere or altered.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        if *version != SEALED_V1 || rest.len() < NONCE_LEN {
            return None;
        }
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let mut body = body.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.cipher().ok()?.open_in_place(nonce, Aad::from(place.as_bytes()), &mut body).ok()?;
        Some(plain.to_vec())
    }

    fn cipher(&self) -> Result<LessSafeKey> {
        let key = self.key("sealed fields")?;
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(failed("key"))?))
    }

    /// A keyed hash for equality search, 16 bytes, its own key for each purpose (and so for each organisation).
    ///
    /// # Errors
    /// If the key cannot be derived.
    pub fn index(&self, purpose: &str, value: &[u8]) -> Result<[u8; 16]> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key(purpose)?);
        let tag = hmac::sign(&key, value);
        let mut out = [0u8; 16];
        out.copy_from_slice(&tag.as_ref()[..16]);
        Ok(out)
    }
}

fn derive(master: &[u8; 32], purpose: &str) -> Result<[u8; 32]> {
    let mut out = [0u8; 32];
    Salt::new(HKDF_SHA256, b"kipimo v1")
        .extract(master)
        .expand(&[purpose.as_bytes()], Bytes32)
        .and_then(|okm| okm.fill(&mut out))
        .map_err(failed("derive"))?;
    Ok(out)
}

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from_hex(&SecretString::from("11".repeat(32))).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_was_sealed() {
        let sealed = keys().seal("user/1/totp", b"secret").unwrap();
        assert_eq!(keys().open("user/1/totp", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(keys().open("user/2/totp", &sealed), None);
        let mut altered = sealed.clone();
        altered[20] ^= 1;
        assert_eq!(keys().open("user/1/totp", &altered), None);
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let k = keys();
        assert_ne!(k.index("a", b"x").unwrap(), k.index("b", b"x").unwrap());
        assert_eq!(k.index("a", b"x").unwrap(), k.index("a", b"x").unwrap());
    }

    #[test]
    fn hexadecimal_goes_there_and_back() {
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex("éé"), None);
    }
}
