//! What a file tells without a server: whether it is to the byte what a key signed. What became of the report since, only a server knows.

use serde::Deserialize;

use super::file::read_file;
use super::identity::Identity;
use super::seal::read_seal;
use crate::kernel::crypto::{PublicKey, hex, unbase64url};

/// The public keys that are believed.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Deserialize)]
struct Listed {
    keys: Vec<ListedKey>,
}

#[derive(Deserialize)]
struct ListedKey {
    kty: String,
    crv: String,
    kid: String,
    x: String,
}

impl KeySet {
    /// The keys of a list as `/verify/keys.json` gives it out; none where it is no such list. Keys of other kinds are left out, and one that
    /// stands under a name that is not its own too.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let listed: Listed = serde_json::from_slice(text).ok()?;
        let of_ours = |key: &ListedKey| {
            let public = PublicKey::of_bytes(&unbase64url(&key.x)?)?;
            (key.kty == "OKP" && key.crv == "Ed25519" && public.id() == key.kid).then_some(public)
        };
        Some(Self(listed.keys.iter().filter_map(of_ours).collect()))
    }

    fn named(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id() == kid)
    }
}

/// What a file of data says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// The organisation.
    pub organisation: String,
    /// The project.
    pub project: String,
    /// The report.
    pub title: String,
    /// Which version it is.
    #[serde(default)]
    pub identity: Option<Identity>,
}

/// What is found of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A key of the list signed it. A sealed file, e.g. a PDF, does not say in words what it is.
    Genuine {
        /// The key's fingerprint.
        key: String,
        /// The SHA-256 of the published report.
        sha256: String,
        /// What it says of itself.
        said: Option<Box<Said>>,
    },
    /// It fits the key whose fingerprint this is, and the list does not have that one: anybody can make a key.
    UnknownKey(String),
    /// It was altered, or is no such file.
    NotGenuine,
}

/// What a file tells, held against keys that are believed.
#[must_use]
pub fn verdict(bytes: &[u8], keys: &KeySet) -> Verdict {
    if let Some(file) = read_file(bytes) {
        let key = file.key.id();
        if keys.named(&key) != Some(&file.key) {
            return Verdict::UnknownKey(key);
        }
        if !file.is_canonical() {
            return Verdict::NotGenuine;
        }
        return Verdict::Genuine { key, sha256: hex(&file.sha256), said: serde_json::from_slice(&file.content).ok() };
    }
    let Some(seal) = read_seal(bytes) else { return Verdict::NotGenuine };
    match keys.named(&seal.key) {
        None => Verdict::UnknownKey(seal.key),
        Some(key) if seal.is_by(key) => Verdict::Genuine { key: seal.key, sha256: hex(&seal.snapshot), said: None },
        Some(_) => Verdict::NotGenuine,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{seal_file, statement, write_file};
    use super::*;
    use crate::kernel::crypto::{SigningKey, base64url, sha256};

    fn list(keys: &[&SigningKey]) -> KeySet {
        let keys = keys.iter().map(|key| {
            let public = key.public();
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "kid": public.id(), "x": base64url(public.bytes())})
        });
        KeySet::parse(serde_json::json!({"keys": keys.collect::<Vec<_>>()}).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn only_keys_of_the_list_make_a_file_genuine() {
        let (ours, theirs) = (SigningKey::of_seed(&[1; 32]).unwrap(), SigningKey::of_seed(&[2; 32]).unwrap());
        let content = br#"{"organisation":"Amani","project":"Wells","title":"R"}"#;
        let file = |key: &SigningKey| write_file(content, &key.sign(&statement(&sha256(content))), key.public());
        let sealed = |key: &SigningKey| seal_file(b"%PDF-1.7\n".to_vec(), &sha256(content), key);
        let keys = list(&[&ours]);
        for bytes in [file(&ours), sealed(&ours)] {
            let Verdict::Genuine { key, sha256: sum, .. } = verdict(&bytes, &keys) else { panic!("genuine") };
            assert_eq!((key, sum), (ours.public().id(), hex(&sha256(content))));
            let mut altered = bytes.clone();
            altered[5] ^= 1;
            assert_eq!(verdict(&altered, &keys), Verdict::NotGenuine);
            assert_eq!(verdict(&bytes, &KeySet::default()), Verdict::UnknownKey(ours.public().id()));
        }
        for bytes in [file(&theirs), sealed(&theirs)] {
            assert_eq!(verdict(&bytes, &keys), Verdict::UnknownKey(theirs.public().id()), "whoever makes a key can sign with it");
        }
        assert!(matches!(verdict(&file(&ours), &keys), Verdict::Genuine { said: Some(said), .. } if said.organisation == "Amani"));
        assert_eq!(verdict(b"", &keys), Verdict::NotGenuine);
    }

    #[test]
    fn a_key_under_another_name_is_no_key() {
        let key = SigningKey::of_seed(&[1; 32]).unwrap();
        let x = base64url(key.public().bytes());
        for text in [
            format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{}","x":"{x}"}}]}}"#, "0".repeat(32)),
            format!(r#"{{"keys":[{{"kty":"EC","crv":"Ed25519","kid":"{}","x":"{x}"}}]}}"#, key.public().id()),
            r#"{"keys":[]}"#.to_owned(),
        ] {
            assert!(KeySet::parse(text.as_bytes()).unwrap().0.is_empty(), "{text}");
        }
        for text in ["", "[]", "{}", r#"{"keys":[{}]}"#] {
            assert!(KeySet::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
