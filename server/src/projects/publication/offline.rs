//! What a file tells without a server: whether it is to the byte what a key signed. What became of the report since, only a server knows.

use serde::Deserialize;

use super::file::read_file;
use super::identity::Identity;
use super::seal::read_seal;
use crate::kernel::crypto::{PublicKey, hex, unbase64url};

/// The public keys that are believed.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<Believed>);

/// A key of the list, and whether it may be in wrong hands.
#[derive(Clone, Debug)]
struct Believed {
    key: PublicKey,
    exposed: bool,
}

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
    #[serde(default)]
    exposed: bool,
}

impl KeySet {
    /// The keys of a list as `/verify/keys.json` gives it out; none where it is no such list. Keys of other kinds are left out, and one that
    /// stands under a name that is not its own too.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let listed: Listed = serde_json::from_slice(text).ok()?;
        let of_ours = |key: &ListedKey| {
            let public = PublicKey::of_bytes(&unbase64url(&key.x)?)?;
            (key.kty == "OKP" && key.crv == "Ed25519" && public.id() == key.kid).then_some(Believed { key: public, exposed: key.exposed })
        };
        Some(Self(listed.keys.iter().filter_map(of_ours).collect()))
    }

    fn named(&self, kid: &str) -> Option<&Believed> {
        self.0.iter().find(|believed| believed.key.id() == kid)
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
    /// It fits the key whose fingerprint this is, which may be in wrong hands: whoever has it signs what they like.
    CannotTell(String),
    /// It was altered, or is no such file.
    NotGenuine,
}

/// What a file tells, held against keys that are believed.
#[must_use]
pub fn verdict(bytes: &[u8], keys: &KeySet) -> Verdict {
    if let Some(file) = read_file(bytes) {
        let key = file.key.id();
        return match keys.named(&key).filter(|believed| believed.key == file.key) {
            None => Verdict::UnknownKey(key),
            Some(believed) if believed.exposed => Verdict::CannotTell(key),
            Some(_) if !file.is_canonical() => Verdict::NotGenuine,
            Some(_) => Verdict::Genuine { key, sha256: hex(&file.sha256), said: serde_json::from_slice(&file.content).ok() },
        };
    }
    let Some(seal) = read_seal(bytes) else { return Verdict::NotGenuine };
    match keys.named(&seal.key) {
        None => Verdict::UnknownKey(seal.key),
        Some(believed) if seal.is_by(&believed.key) && believed.exposed => Verdict::CannotTell(seal.key),
        Some(believed) if seal.is_by(&believed.key) => Verdict::Genuine { key: seal.key, sha256: hex(&seal.snapshot), said: None },
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
    fn a_key_in_wrong_hands_makes_nothing_genuine() {
        let key = SigningKey::of_seed(&[1; 32]).unwrap();
        let (kid, x) = (key.public().id(), base64url(key.public().bytes()));
        let list = serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x, "exposed": true}]});
        let keys = KeySet::parse(list.to_string().as_bytes()).unwrap();
        let content = br#"{"organisation":"Amani","project":"Wells","title":"R"}"#;
        let sealed = seal_file(b"%PDF-1.7\n".to_vec(), &sha256(content), &key);
        for bytes in [write_file(content, &key.sign(&statement(&sha256(content))), key.public()), sealed] {
            assert_eq!(verdict(&bytes, &keys), Verdict::CannotTell(key.public().id()));
            assert_eq!(verdict(&bytes[..bytes.len() - 3], &keys), Verdict::NotGenuine);
        }
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
