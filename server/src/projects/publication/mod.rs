//! What makes a published report believed outside: whose it is and which version, the key that signs it, its files, what became of it, and
//! that no small group, and no place with few, can be worked out of it or of several.

mod file;
mod hiding;
mod identity;
mod judge;
mod keys;
mod offline;
mod places;
mod seal;
mod verify;
mod withdrawal;

pub use file::{SnapshotFile, file_for_donor, read_file, take_out, write_file};
pub use identity::{Identity, Restatement};
pub use keys::{Key, key_list, of_organisation, renew, signing_key};
pub use offline::{KeySet, Said, Verdict, verdict};
pub use seal::{Seal, read_seal, seal_file};
pub use verify::{Answer, Found, MOST_BYTES, State, by_file, by_hash, parse_hash};
pub use withdrawal::withdraw;

pub(crate) use hiding::{hide, is_told_by_group, remember as remember_groups};
pub(crate) use identity::restated;
pub(crate) use keys::key_for_signing;
pub(crate) use places::{ByPlace, by_place, remember as remember_places};

/// What the key signs of a published report.
pub(crate) fn statement(sha256: &[u8; 32]) -> Vec<u8> {
    [b"kipimo report snapshot 1\0", &sha256[..]].concat()
}
