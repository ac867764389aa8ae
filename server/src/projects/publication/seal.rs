//! The seal of a file: one line at its end, which says which report the file shows and that nothing in it was altered since. To a reader of
//! PDF it is a remark.

use crate::kernel::crypto::{KEY_NAME, PublicKey, SIGNATURE, SigningKey, base64url, hex, sha256, unbase64url};

/// What the line begins with.
const MARK: &[u8] = b"%kipimo-seal: ";
/// Bytes that it says: the key's name, the report's SHA-256, the signature.
const SAYS: usize = KEY_NAME + 32 + SIGNATURE;
/// The same in base64.
const TEXT: usize = (SAYS * 4).div_ceil(3);
/// The whole line, with its end.
const LINE: usize = MARK.len() + TEXT + 1;

/// A seal as it stands on a file, with what it was made over. Whether the key made it is another question: [`Seal::is_by`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The name of the key, in hexadecimal.
    pub key: String,
    /// The SHA-256 of the published report that the file shows.
    pub snapshot: [u8; 32],
    signature: Vec<u8>,
    statement: Vec<u8>,
}

impl Seal {
    /// Whether that key made it, over this file.
    #[must_use]
    pub fn is_by(&self, key: &PublicKey) -> bool {
        self.key == key.id() && key.has_signed(&self.statement, &self.signature)
    }
}

/// What the key signs of a file: which report it shows, and every byte before the line.
fn statement(snapshot: &[u8; 32], before: &[u8]) -> Vec<u8> {
    [b"kipimo file seal 1\0", &snapshot[..], &sha256(before)[..]].concat()
}

/// Puts a seal at the end of a file that shows a published report. `snapshot` is the report's SHA-256.
#[must_use]
pub fn seal_file(mut bytes: Vec<u8>, snapshot: &[u8; 32], key: &SigningKey) -> Vec<u8> {
    if bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    let signature = key.sign(&statement(snapshot, &bytes));
    let says = [&key.public().name()[..], &snapshot[..], &signature[..]].concat();
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(base64url(&says).as_bytes());
    bytes.push(b'\n');
    bytes
}

/// The seal of a file; none where the last line is no seal to the byte, or another line is one too.
#[must_use]
pub fn read_seal(bytes: &[u8]) -> Option<Seal> {
    let (before, line) = bytes.split_at_checked(bytes.len().checked_sub(LINE)?)?;
    let text = line.strip_prefix(MARK)?.strip_suffix(b"\n")?;
    if before.last() != Some(&b'\n') || before.starts_with(MARK) || has_mark(before) {
        return None;
    }
    let says = unbase64url(std::str::from_utf8(text).ok()?).filter(|says| says.len() == SAYS)?;
    let (key, rest) = says.split_at(KEY_NAME);
    let (snapshot, signature) = rest.split_at(32);
    let snapshot: [u8; 32] = snapshot.try_into().ok()?;
    Some(Seal { key: hex(key), snapshot, signature: signature.to_vec(), statement: statement(&snapshot, before) })
}

/// Whether a line of a file begins as a seal does.
fn has_mark(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len() + 1).any(|piece| piece[0] == b'\n' && &piece[1..] == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";
    const REPORT: [u8; 32] = [3; 32];

    fn key() -> SigningKey {
        SigningKey::of_seed(&[1; 32]).unwrap()
    }

    fn is_genuine(bytes: &[u8]) -> bool {
        read_seal(bytes).is_some_and(|seal| seal.snapshot == REPORT && seal.is_by(key().public()))
    }

    #[test]
    fn a_seal_is_one_line_at_the_end_and_the_file_before_it_stays() {
        let sealed = seal_file(PDF.to_vec(), &REPORT, &key());
        assert!(sealed.starts_with(PDF) && sealed.len() == PDF.len() + 1 + LINE);
        assert!(is_genuine(&sealed));
        assert_eq!(read_seal(&sealed).unwrap().key, key().public().id());
        assert!(is_genuine(&seal_file(b"ends with a line\n".to_vec(), &REPORT, &key())));
        assert!(is_genuine(&seal_file(Vec::new(), &REPORT, &key())), "an empty file has an empty line before it");
        assert!(!read_seal(&sealed).unwrap().is_by(SigningKey::of_seed(&[2; 32]).unwrap().public()));
    }

    #[test]
    fn whatever_is_altered_is_told() {
        let sealed = seal_file(PDF.to_vec(), &REPORT, &key());
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut altered = sealed.clone();
                altered[at] ^= 1 << bit;
                assert!(!is_genuine(&altered), "bit {bit} of byte {at}");
            }
            assert!(!is_genuine(&sealed[..at]), "cut at {at}");
            assert!(!is_genuine(&sealed[at + 1..]), "begun at {at}");
            let mut longer = sealed.clone();
            longer.insert(at, b' ');
            assert!(!is_genuine(&longer), "one more byte at {at}");
        }
        for more in [&b"\n"[..], b" ", b"\0", b"%%EOF\n"] {
            assert!(!is_genuine(&[&sealed[..], more].concat()), "{more:?} at the end");
        }
    }

    #[test]
    fn a_seal_is_moved_nowhere_and_stands_once() {
        let sealed = seal_file(PDF.to_vec(), &REPORT, &key());
        let line = &sealed[sealed.len() - LINE..];
        assert!(!is_genuine(&[b"%PDF-1.7\nanother file\n", line].concat()));
        assert!(!is_genuine(&[&sealed[..], line].concat()), "twice the same");
        assert!(read_seal(&seal_file(sealed.clone(), &REPORT, &key())).is_none(), "a sealed file is not sealed again");
        assert!(read_seal(&[line, &sealed[..]].concat()).is_none(), "not at the beginning either");
        let other = seal_file(PDF.to_vec(), &[4; 32], &key());
        assert!(!is_genuine(&other), "it shows another report");
        let (before, own) = sealed.split_at(sealed.len() - LINE);
        let theirs = &other[other.len() - LINE..];
        assert_ne!(own, theirs);
        assert!(is_genuine(&[before, own].concat()) && !is_genuine(&[before, theirs].concat()));
    }

    #[test]
    fn what_is_no_sealed_file_is_none() {
        for bytes in [&b""[..], b"\n", PDF, b"%kipimo-seal: \n", &[b'%'; 4096], &[0; LINE]] {
            assert_eq!(read_seal(bytes), None);
        }
        let huge = seal_file(vec![b'x'; 8 * 1024 * 1024], &REPORT, &key());
        assert!(is_genuine(&huge) && !is_genuine(&huge[1..]));
    }
}
