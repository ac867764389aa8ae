//! Signatures by which somebody outside can tell what is ours: Ed25519.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::{failed, hex, sha256};
use crate::kernel::error::Result;

/// Bytes of a key's name.
pub const KEY_NAME: usize = 16;
/// Bytes of a public key.
pub const PUBLIC_KEY: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE: usize = 64;

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// The key of a seed of 32 bytes.
    ///
    /// # Errors
    /// If it is none.
    pub fn of_seed(seed: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(failed("signing key"))?;
        let mut public = [0u8; PUBLIC_KEY];
        public.copy_from_slice(pair.public_key().as_ref());
        Ok(Self { pair, public: PublicKey(public) })
    }

    /// What others check its signatures with.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs. What is signed says at its beginning what it is, so that no signature passes for another.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        let mut out = [0u8; SIGNATURE];
        out.copy_from_slice(self.pair.sign(message).as_ref());
        out
    }
}

/// What signatures are checked with: for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; PUBLIC_KEY]);

impl PublicKey {
    /// The key of these bytes, if they are as many as one has.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; PUBLIC_KEY] {
        &self.0
    }

    /// Its name: the first half of its SHA-256.
    #[must_use]
    pub fn name(&self) -> [u8; KEY_NAME] {
        let mut out = [0u8; KEY_NAME];
        out.copy_from_slice(&sha256(&self.0)[..KEY_NAME]);
        out
    }

    /// Its name in hexadecimal: the fingerprint that people compare.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.name())
    }

    /// Whether the key signed that.
    #[must_use]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0[..]).verify(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_message_and_key_alone() {
        let (key, other) = (SigningKey::of_seed(&[1; 32]).unwrap(), SigningKey::of_seed(&[2; 32]).unwrap());
        let signature = key.sign(b"message");
        assert!(key.public().has_signed(b"message", &signature));
        assert!(!key.public().has_signed(b"messagf", &signature));
        assert!(!other.public().has_signed(b"message", &signature));
        for byte in 0..signature.len() {
            let mut altered = signature;
            altered[byte] ^= 1;
            assert!(!key.public().has_signed(b"message", &altered), "byte {byte}");
            assert!(!key.public().has_signed(b"message", &signature[..byte]), "cut at {byte}");
        }
        assert!(SigningKey::of_seed(&[1; 31]).is_err() && PublicKey::of_bytes(&[1; 31]).is_none());
        assert_eq!(key.public().id().len(), 2 * KEY_NAME);
        assert_ne!(key.public().id(), other.public().id());
    }

    /// The first of the tests in RFC 8032, 7.1: another implementation reads our signatures.
    #[test]
    fn the_algorithm_is_the_standards() {
        let seed = crate::kernel::crypto::unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::of_seed(&seed).unwrap();
        assert_eq!(hex(key.public().bytes()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert!(hex(&key.sign(b"")).starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"));
    }
}
