//! Where a report stands, and what brings it from there to where.

use crate::kernel::error::Fault;

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is written.
    Draft,
    /// Somebody else reads it; its text is closed.
    InReview,
    /// It is written again, since something is to be changed.
    ChangesRequested,
    /// It can be published as it is; its text is closed.
    Approved,
    /// It was published; its text is closed.
    Published,
    /// What was published is taken back.
    Withdrawn,
}

/// What is done to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Hand it over to be read.
    Submit,
    /// Give it back, with what is to be changed.
    RequestChanges,
    /// Say that it can be published.
    Approve,
    /// Write again what was closed, with a reason.
    Reopen,
    /// Publish it.
    Publish,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Draft, Self::InReview, Self::ChangesRequested, Self::Approved, Self::Published, Self::Withdrawn];

    /// The text kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a text of the database; one that is not known is closed to everything.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Withdrawn)
    }

    /// Whether its text may be changed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::ChangesRequested)
    }
}

/// Where an act brings a report.
///
/// # Errors
/// The rule that is in the way: `report_open`, `report_closed`, `report_not_in_review`, `report_not_approved`.
pub const fn next(state: State, act: Act) -> Result<State, Fault> {
    match (act, state) {
        (Act::Submit, State::Draft | State::ChangesRequested) => Ok(State::InReview),
        (Act::Submit, _) => Err("report_closed"),
        (Act::RequestChanges, State::InReview) => Ok(State::ChangesRequested),
        (Act::Approve, State::InReview) => Ok(State::Approved),
        (Act::RequestChanges | Act::Approve, _) => Err("report_not_in_review"),
        (Act::Reopen, State::Draft | State::ChangesRequested) => Err("report_open"),
        (Act::Reopen, _) => Ok(State::Draft),
        (Act::Publish, State::Approved) => Ok(State::Published),
        (Act::Publish, _) => Err("report_not_approved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_goes_its_way_and_no_other() {
        use State::{Approved, ChangesRequested, Draft, InReview, Published, Withdrawn};
        const CLOSED: Result<State, Fault> = Err("report_closed");
        const OPEN: Result<State, Fault> = Err("report_open");
        const UNREAD: Result<State, Fault> = Err("report_not_in_review");
        const UNAPPROVED: Result<State, Fault> = Err("report_not_approved");
        // from draft, in review, changes requested, approved, published, withdrawn
        let table = [
            (Act::Submit, [Ok(InReview), CLOSED, Ok(InReview), CLOSED, CLOSED, CLOSED]),
            (Act::RequestChanges, [UNREAD, Ok(ChangesRequested), UNREAD, UNREAD, UNREAD, UNREAD]),
            (Act::Approve, [UNREAD, Ok(Approved), UNREAD, UNREAD, UNREAD, UNREAD]),
            (Act::Reopen, [OPEN, Ok(Draft), OPEN, Ok(Draft), Ok(Draft), Ok(Draft)]),
            (Act::Publish, [UNAPPROVED, UNAPPROVED, UNAPPROVED, Ok(Published), UNAPPROVED, UNAPPROVED]),
        ];
        for (act, expected) in table {
            for (state, expected) in State::ALL.into_iter().zip(expected) {
                assert_eq!(next(state, act), expected, "{act:?} {state:?}");
            }
        }
        assert_eq!(State::ALL.map(State::is_open), [true, false, true, false, false, false]);
        assert_eq!(State::ALL.map(|state| State::of(state.as_str())), State::ALL);
        assert_eq!([Draft, Withdrawn].map(State::as_str), ["draft", "withdrawn"]);
        assert!(!State::of("nonsense").is_open());
    }
}
