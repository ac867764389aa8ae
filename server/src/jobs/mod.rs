//! Background jobs: work that takes longer than a page waits. Somebody asks for it, sees how far it is, and may cancel it or ask again.
//!
//! A job is a row of its organisation, under row-level security like any other; the worker does it in the name of who asked, with the
//! rights that they have by then. The queue is our own, one table and a few functions of the gate (migration 0036). Of the ready-made ones that
//! were looked at, `underway` and `sqlxmq` need another version of sqlx. `graphile_worker` and `apalis-postgres` need ours, and keep the payloads
//! of all organisations in one table that their login reads and writes whole; the former brings its schema up to date whenever a worker starts, which the
//! server's login may not; and both note the end of a job in a transaction of its own, where ours is part of the work's: a worker that was
//! thought dead keeps nothing.

mod ask;
mod lease;
mod look;

pub use ask::{ask_again, cancel};
pub use lease::{Leased, Pulse};
pub use look::{Job, MOST_LISTED, find, list};

pub(crate) use ask::{New, ask};
pub(crate) use lease::{As, Heard, beat, counts, settle, take};

use crate::access::Can;
use crate::kernel::ids::ProjectId;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Applies a checked import of values.
    Import,
}

impl Kind {
    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
        }
    }

    /// The kind of a name; none for one that this version does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Import.as_str()).then_some(Self::Import)
    }

    /// What who asks for it must be allowed.
    #[must_use]
    pub const fn needs(self, project: ProjectId) -> Can {
        match self {
            Self::Import => Can::RunImport(project),
        }
    }
}
