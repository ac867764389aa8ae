//! The master secret and what is derived from it.

use std::sync::Arc;

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use uuid::Uuid;

use super::data_key::{DataKey, Place, name_of};
use super::{base64url, derive, hex, random, tag16, unbase64url, unhex};
use crate::kernel::error::{Error, Result};

/// Master secrets that a file may name: the one in use and those before it.
const MAX_GENERATIONS: usize = 8;

/// The keys of this server.
#[derive(Clone)]
pub struct Keys {
    /// The newest first: it makes everything new. Older ones only open what they made.
    generations: Arc<[Generation]>,
}

struct Generation {
    master: SecretBox<[u8; 32]>,
    /// Wraps the keys of data.
    wrapping: DataKey,
    /// Seals what a browser keeps for us.
    cookies: DataKey,
    context: hmac::Key,
    fingerprints: hmac::Key,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Generation {
    fn of(text: &str) -> Result<Self> {
        let mut master = [0u8; 32];
        let bytes = unhex(text).filter(|bytes| bytes.len() == 32);
        master.copy_from_slice(&bytes.ok_or_else(|| Error::Internal("a secret key is not 32 bytes in hexadecimal".into()))?);
        Ok(Self {
            wrapping: DataKey::of_bytes(&derive(&master, "wrapping of data keys")?)?,
            cookies: DataKey::of_bytes(&derive(&master, "cookies, sealed values")?)?,
            context: hmac::Key::new(hmac::HMAC_SHA256, &derive(&master, "database context")?),
            fingerprints: hmac::Key::new(hmac::HMAC_SHA256, &derive(&master, "fingerprints")?),
            master: SecretBox::new(Box::new(master)),
        })
    }
}

impl Keys {
    /// Keys from the text of a secret file: 32 bytes in hexadecimal a line, the newest first.
    ///
    /// # Errors
    /// If a line is anything else, or there is none.
    pub fn from_hex(text: &SecretString) -> Result<Self> {
        let lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty());
        let generations = lines.map(Generation::of).collect::<Result<Arc<[_]>>>()?;
        if generations.is_empty() || generations.len() > MAX_GENERATIONS {
            return Err(Error::Internal(format!("the secret key file has {} keys, not 1 to {MAX_GENERATIONS}", generations.len())));
        }
        Ok(Self { generations })
    }

    fn newest(&self) -> &Generation {
        &self.generations[0]
    }

    fn key(&self, purpose: &str) -> Result<[u8; 32]> {
        derive(self.newest().master.expose_secret(), purpose)
    }

    /// Signs the setting that tells PostgreSQL who acts for which organisation.
    #[must_use]
    pub fn sign_context(&self, body: &str) -> String {
        hex(hmac::sign(&self.newest().context, body.as_bytes()).as_ref())
    }

    /// Signs for PostgreSQL that a domain has said the proof of an organisation.
    #[must_use]
    pub fn sign_domain(&self, tenant: Uuid, domain: &str, proof: &str) -> String {
        // no setting begins so: the one signature is never taken for the other
        self.sign_context(&format!("domain|{tenant}|{domain}|{proof}"))
    }

    /// By which an address that somebody had is known again, and not read.
    #[must_use]
    pub fn mark_of_address(&self, address: &str) -> [u8; 32] {
        super::sha256(self.sign_context(&format!("address|{address}")).as_bytes())
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

    /// The keys of encrypted cookies, 32 bytes to encrypt and 32 to sign: the first encrypts, all decrypt.
    ///
    /// # Errors
    /// If a key cannot be derived.
    pub fn cookie_keys(&self) -> Result<Vec<[u8; 64]>> {
        let of = |generation: &Generation| {
            let mut out = [0u8; 64];
            out[..32].copy_from_slice(&derive(generation.master.expose_secret(), "cookies, encryption")?);
            out[32..].copy_from_slice(&derive(generation.master.expose_secret(), "cookies, signature")?);
            Ok(out)
        };
        self.generations.iter().map(of).collect()
    }

    /// Seals what a browser keeps for us in a cookie of that name, and can neither read nor change.
    ///
    /// # Errors
    /// If randomness or the cipher fails.
    pub fn seal_cookie(&self, name: &'static str, plain: &[u8]) -> Result<SecretString> {
        Ok(SecretString::from(base64url(&self.newest().cookies.seal(&cookie(name), plain)?)))
    }

    /// What a browser kept for us; nothing if no key of this server sealed it for that cookie.
    #[must_use]
    pub fn open_cookie(&self, name: &'static str, text: &str) -> Option<Vec<u8>> {
        let sealed = unbase64url(text)?;
        let key = name_of(&sealed)?;
        let generation = self.generations.iter().find(|generation| generation.cookies.name() == key)?;
        generation.cookies.open(&cookie(name), &sealed)
    }

    /// A keyed hash of 16 bytes: tells things apart, e.g. those that a limit counts, and names none of them.
    #[must_use]
    pub fn fingerprint(&self, of: &str) -> [u8; 16] {
        tag16(&self.newest().fingerprints, of.as_bytes())
    }

    /// A fresh key for an owner's data, wrapped for the database.
    ///
    /// # Errors
    /// If randomness or the cipher fails.
    pub fn wrapped_data_key(&self, owner: Uuid) -> Result<Vec<u8>> {
        self.newest().wrapping.seal(&place(owner), &random::<32>()?)
    }

    /// The key of an owner's data, as the database keeps it; nothing if no key of this server wrapped it for that owner.
    #[must_use]
    pub fn data_key(&self, owner: Uuid, wrapped: &[u8]) -> Option<DataKey> {
        let name = name_of(wrapped)?;
        let generation = self.generations.iter().find(|generation| generation.wrapping.name() == name)?;
        let bytes: [u8; 32] = generation.wrapping.open(&place(owner), wrapped)?.try_into().ok()?;
        DataKey::of_bytes(&bytes).ok()
    }
}

fn place(owner: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.data_key", column: "wrapped", row: owner }
}

fn cookie(name: &'static str) -> Place {
    Place { tenant: Uuid::nil(), table: "cookie", column: name, row: Uuid::nil() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(lines: &[&str]) -> Keys {
        let text: Vec<String> = lines.iter().map(|line| line.repeat(32)).collect();
        Keys::from_hex(&SecretString::from(text.join("\n"))).unwrap()
    }

    #[test]
    fn a_file_of_keys() {
        for bad in ["", "\n", "11", &"zz".repeat(32), &format!("{}\n11", "11".repeat(32))] {
            assert!(Keys::from_hex(&SecretString::from(bad.to_owned())).is_err(), "{bad}");
        }
        assert_eq!(keys(&["11", "22"]).cookie_keys().unwrap().len(), 2);
    }

    #[test]
    fn a_data_key_is_unwrapped_for_its_owner_alone_and_outlives_a_change_of_the_master() {
        let (owner, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let old = keys(&["11"]);
        let wrapped = old.wrapped_data_key(owner).unwrap();
        let spot = Place { tenant: Uuid::nil(), table: "t", column: "c", row: owner };
        let sealed = old.data_key(owner, &wrapped).unwrap().seal(&spot, b"x").unwrap();
        assert!(old.data_key(other, &wrapped).is_none());
        assert!(keys(&["22"]).data_key(owner, &wrapped).is_none());
        let changed = keys(&["22", "11"]);
        assert_eq!(changed.data_key(owner, &wrapped).unwrap().open(&spot, &sealed).as_deref(), Some(&b"x"[..]));
        assert!(old.data_key(owner, &changed.wrapped_data_key(owner).unwrap()).is_none(), "the newest wraps");
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let k = keys(&["11"]);
        assert_ne!(k.signing_seed("a").unwrap(), k.signing_seed("b").unwrap());
        assert_ne!(k.fingerprint("a"), k.fingerprint("b"));
        assert_eq!(k.fingerprint("a"), k.fingerprint("a"));
    }

    #[test]
    fn what_a_browser_keeps_opens_for_its_cookie_alone_and_outlives_a_change_of_the_master() {
        let sealed = keys(&["11"]).seal_cookie("a", b"x").unwrap();
        let text = sealed.expose_secret();
        assert_eq!(keys(&["22", "11"]).open_cookie("a", text), Some(b"x".to_vec()));
        assert_eq!(keys(&["11"]).open_cookie("b", text), None);
        assert_eq!(keys(&["22"]).open_cookie("a", text), None);
        for bad in ["", "nonsense", "é", &text[1..]] {
            assert_eq!(keys(&["11"]).open_cookie("a", bad), None, "{bad}");
        }
    }
}
