//! The key of one owner's data, and the format of what it seals.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use uuid::Uuid;

use super::{derive, failed, random, sha256, tag16};
use crate::kernel::error::Result;

/// A sealed value: this byte, four of the key's name, the nonce, then ciphertext and tag. The name says at once which key
/// opens it, so that keys can be changed one after another.
const SEALED_V1: u8 = 1;
/// Bytes of a key's name.
const NAME: usize = 4;
/// Bytes in front of the ciphertext.
const HEAD: usize = 1 + NAME + NONCE_LEN;

/// Where a sealed value is kept. It opens there and nowhere else: it cannot be moved to another row, column or owner.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The organisation; nil for what belongs to none.
    pub tenant: Uuid,
    /// The table with its schema.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What names the row.
    pub row: Uuid,
}

impl Place {
    /// The bytes that are bound to the ciphertext. Each text goes behind its length, so that no two places read the same.
    fn bytes(&self) -> Vec<u8> {
        let mut out = self.tenant.as_bytes().to_vec();
        for text in [self.table, self.column] {
            out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(self.row.as_bytes());
        out
    }
}

/// A key of 32 bytes that seals and opens.
#[derive(Clone)]
pub struct DataKey {
    name: [u8; NAME],
    cipher: std::sync::Arc<LessSafeKey>,
    search: std::sync::Arc<hmac::Key>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(..)")
    }
}

impl DataKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// If the cipher refuses them.
    pub(super) fn of_bytes(bytes: &[u8; 32]) -> Result<Self> {
        let mut name = [0; NAME];
        name.copy_from_slice(&sha256(&[b"kipimo key name", &bytes[..]].concat())[..NAME]);
        let search = derive(bytes, "search")?;
        Ok(Self {
            name,
            cipher: std::sync::Arc::new(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).map_err(failed("key"))?)),
            search: std::sync::Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &search)),
        })
    }

    /// The name that stands in front of what this key sealed.
    pub(super) fn name(&self) -> [u8; NAME] {
        self.name
    }

    /// Seals a small value for its place.
    ///
    /// # Errors
    /// If randomness or the cipher fails.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut body = plain.to_vec();
        self.cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.bytes()), &mut body)
            .map_err(failed("seal"))?;
        Ok([&[SEALED_V1][..], &self.name, &nonce, &body].concat())
    }

    /// Opens what [`DataKey::seal`] made for the same place; nothing if it was made elsewhere, by another key, or altered.
    #[must_use]
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        if name_of(sealed)? != self.name {
            return None;
        }
        let (head, body) = sealed.split_at_checked(HEAD)?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1 + NAME..]).ok()?;
        let mut body = body.to_vec();
        let plain = self.cipher.open_in_place(nonce, Aad::from(place.bytes()), &mut body).ok()?;
        Some(plain.to_vec())
    }

    /// A keyed hash for equality search, 16 bytes. Without the key it tells nothing, however few values there are.
    #[must_use]
    pub fn index(&self, value: &[u8]) -> [u8; 16] {
        tag16(&self.search, value)
    }
}

/// The name of the key that sealed a value; none if it is no sealed value.
pub(super) fn name_of(sealed: &[u8]) -> Option<[u8; NAME]> {
    let head = sealed.get(..HEAD)?;
    (head[0] == SEALED_V1).then(|| [head[1], head[2], head[3], head[4]])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { tenant: Uuid::nil(), table: "auth.user_account", column: "totp_secret", row: Uuid::from_u128(1) };

    #[test]
    fn a_sealed_value_opens_only_where_it_was_sealed() {
        let key = DataKey::of_bytes(&[7; 32]).unwrap();
        let sealed = key.seal(&PLACE, b"secret").unwrap();
        assert_eq!(key.open(&PLACE, &sealed).as_deref(), Some(&b"secret"[..]));
        let elsewhere = [
            Place { tenant: Uuid::from_u128(2), ..PLACE },
            Place { table: "auth.session", ..PLACE },
            Place { column: "ip_sealed", ..PLACE },
            Place { table: "auth.user_accountt", column: "otp_secret", ..PLACE },
            Place { row: Uuid::from_u128(2), ..PLACE },
        ];
        for place in elsewhere {
            assert_eq!(key.open(&place, &sealed), None, "{place:?}");
        }
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert_eq!(key.open(&PLACE, &altered), None, "byte {byte}");
            assert_eq!(key.open(&PLACE, &sealed[..byte]), None, "cut at {byte}");
        }
        assert_eq!(DataKey::of_bytes(&[8; 32]).unwrap().open(&PLACE, &sealed), None);
    }

    #[test]
    fn the_format_is_frozen() {
        let key = DataKey::of_bytes(&[7; 32]).unwrap();
        let sealed = key.seal(&PLACE, b"secret").unwrap();
        assert_eq!((sealed.len(), &sealed[..5]), (1 + 4 + 12 + 6 + 16, &[1, 0xde, 0xfd, 0xfc, 0xdc][..]));
    }

    #[test]
    fn an_index_depends_on_the_key_and_the_value() {
        let (one, two) = (DataKey::of_bytes(&[1; 32]).unwrap(), DataKey::of_bytes(&[2; 32]).unwrap());
        assert_eq!(one.index(b"10.0.0.1"), one.index(b"10.0.0.1"));
        assert_ne!(one.index(b"10.0.0.1"), one.index(b"10.0.0.2"));
        assert_ne!(one.index(b"10.0.0.1"), two.index(b"10.0.0.1"));
    }
}
