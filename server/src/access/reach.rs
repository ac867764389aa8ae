//! What a cell of the matrix can say: how far a permission goes, and what limits it further. Who is granted what stands in `matrix`.

/// How far a permission goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// Not at all.
    No,
    /// What a published snapshot holds.
    Snapshot,
    /// Names in a list, and nothing behind them.
    Names,
    /// What they made themselves.
    Own,
    /// Their locations in their projects.
    Locations,
    /// Their projects.
    Projects,
    /// The whole organisation.
    Everywhere,
}

impl Reach {
    /// The stable word: programs read it, and pages translate it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Snapshot => "snapshot",
            Self::Names => "names",
            Self::Own => "own",
            Self::Locations => "locations",
            Self::Projects => "projects",
            Self::Everywhere => "everywhere",
        }
    }
}

/// One cell of the matrix: a reach, and a limit in words that the act itself keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// How far.
    pub reach: Reach,
    /// What limits it further; empty if nothing does.
    pub limit: &'static str,
}

impl Grant {
    /// As far, with a limit in words.
    pub(super) const fn only(self, limit: &'static str) -> Self {
        Self { reach: self.reach, limit }
    }
}
