//! Passwords that others have used and lost: known by a filter in the program, and by a larger one that operators may build.
//! Nobody outside is asked.
//!
//! A binary fuse filter holds the first eight bytes of the SHA-1 of each password (the form in which such lists are published)
//! in 18 bits, with one false alarm in 65,000. The file: a name, the filter's description, its fingerprints.

use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use xorf::{BinaryFuse16, BinaryFuse16Ref, DmaSerializable, Filter, FilterRef};

use crate::kernel::crypto::sha1_prefix;
use crate::kernel::error::{Error, Result};

/// What a file of ours begins with.
const NAME: &[u8] = b"kipimo breach filter 1\n";
/// Bytes of the filter's description.
const DESCRIPTION: usize = <BinaryFuse16 as DmaSerializable>::DESCRIPTOR_LEN;

/// The 44,150 passwords of twelve characters and more among the million commonest of a published ten (Mark Burnett, 2015,
/// public domain), as a filter.
static BUILT_IN: LazyLock<Breaches> = LazyLock::new(|| {
    let known = Filed::read(include_bytes!("../../data/common-passwords.filter"));
    Breaches { filters: known.into_iter().map(Arc::new).collect() }
});

/// Lost passwords.
#[derive(Clone)]
pub struct Breaches {
    filters: Vec<Arc<Filed>>,
}

impl std::fmt::Debug for Breaches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Breaches({})", self.filters.len())
    }
}

struct Filed {
    description: Vec<u8>,
    /// One byte longer than the fingerprints: they begin at an even address.
    bytes: Vec<u8>,
    offset: usize,
}

impl Filed {
    fn read(file: &[u8]) -> Option<Self> {
        let (description, fingerprints) = file.strip_prefix(NAME)?.split_at_checked(DESCRIPTION)?;
        if fingerprints.is_empty() || fingerprints.len() % 2 != 0 {
            return None;
        }
        let mut bytes = vec![0; fingerprints.len() + 1];
        let offset = bytes.as_ptr().align_offset(2);
        bytes[offset..offset + fingerprints.len()].copy_from_slice(fingerprints);
        Some(Self { description: description.to_vec(), bytes, offset })
    }

    fn holds(&self, key: u64) -> bool {
        let fingerprints = &self.bytes[self.offset..self.bytes.len() - (1 - self.offset)];
        BinaryFuse16Ref::from_dma(&self.description, fingerprints).contains(&key)
    }
}

impl Breaches {
    /// Those that the program knows of itself.
    #[must_use]
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Those, and the ones of a file that [`build`] made, where there is one.
    ///
    /// # Errors
    /// Where the file is no such filter.
    pub fn with_file(path: &Path) -> Result<Self> {
        let mut all = Self::built_in();
        if path.exists() {
            let file = std::fs::read(path).map_err(|error| Error::Internal(format!("{}: {error}", path.display())))?;
            let filed = Filed::read(&file).ok_or_else(|| Error::Internal(format!("{} is no breach filter", path.display())))?;
            all.filters.push(Arc::new(filed));
        }
        Ok(all)
    }

    /// Whether a password is among them.
    #[must_use]
    pub fn holds(&self, password: &str) -> bool {
        let key = sha1_prefix(password.as_bytes());
        self.filters.iter().any(|filter| filter.holds(key))
    }
}

/// Makes the file of a filter from a list: a line each, either a password or its SHA-1 in hexadecimal with anything after a colon.
/// Answers how many it holds.
///
/// # Errors
/// Where the list cannot be read, or is empty.
pub fn build(list: impl BufRead, out: &mut Vec<u8>) -> Result<usize> {
    let failed = |error: String| Error::Internal(format!("breach filter: {error}"));
    let mut keys = Vec::new();
    for line in list.split(b'\n') {
        let line = line.map_err(|error| failed(error.to_string()))?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if !line.is_empty() {
            keys.push(key_of(line));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Err(failed("the list is empty".into()));
    }
    let filter = BinaryFuse16::try_from(&keys).map_err(|error| failed(error.into()))?;
    let mut description = vec![0; DESCRIPTION];
    filter.dma_copy_descriptor_to(&mut description);
    for part in [NAME, &description, filter.dma_fingerprints()] {
        out.extend_from_slice(part);
    }
    Ok(keys.len())
}

fn key_of(line: &[u8]) -> u64 {
    let hash = line.split(|byte| *byte == b':').next().filter(|hash| hash.len() == 40 && hash.iter().all(u8::is_ascii_hexdigit));
    let prefix = hash.and_then(|hash| std::str::from_utf8(&hash[..16]).ok()).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    prefix.unwrap_or_else(|| sha1_prefix(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_becomes_a_filter() {
        // the second line is the SHA-1 of "battery horse staple", as published lists write it
        let list = "correct horse battery\r\n8C1514EEF134C04906F60C202AF540CADCBAFC8F:12\n\n";
        let mut file = Vec::new();
        assert_eq!(build(list.as_bytes(), &mut file).unwrap(), 2);
        let filed = Filed::read(&file).unwrap();
        assert!(filed.holds(sha1_prefix(b"correct horse battery")));
        assert!(filed.holds(0x8C15_14EE_F134_C049));
        assert!(!filed.holds(sha1_prefix(b"something else")));
        assert!(Filed::read(b"else").is_none() && Filed::read(&file[..file.len() - 1]).is_none());
        assert!(build("".as_bytes(), &mut Vec::new()).is_err());
    }

    #[test]
    fn the_built_in_list_is_there() {
        let known = Breaches::built_in();
        assert!(known.holds("1qaz2wsx3edc") && known.holds("finalfantasy"));
        let strangers = (0..1_000).filter(|n| known.holds(&format!("a stranger's password {n}"))).count();
        assert!(strangers <= 1, "{strangers} false alarms");
    }
}
