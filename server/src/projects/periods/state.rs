//! Whether a period takes figures on a day, and whether they can be reviewed.

use chrono::NaiveDate;

use crate::kernel::error::Result;

/// The state of a period on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Its window has not opened.
    Planned,
    /// Figures may be entered.
    Open,
    /// Its window has closed: late entry by managers and MEAL officers, with a reason where it is typed into a page.
    Closed,
    /// Submitted as a whole: no figure is entered until it is given back.
    Submitted,
    /// Settled.
    Locked,
}

impl State {
    /// The text kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Submitted => "submitted",
            Self::Locked => "locked",
        }
    }
}

/// Why a period takes no figures: a stable code each, shown with who can change it.
pub type Shut = &'static str;

/// The state of a period on a day, from what was set, whether it was submitted as a whole, and its window. An unlocked period locks itself
/// again after its last day.
#[must_use]
pub fn state_on(
    set: &str,
    submitted: bool,
    opens: Option<NaiveDate>,
    closes: Option<NaiveDate>,
    unlock_until: Option<NaiveDate>,
    today: NaiveDate,
) -> State {
    match set {
        "locked" => State::Locked,
        _ if unlock_until.is_some_and(|last| today > last) => State::Locked,
        _ if submitted => State::Submitted,
        _ if unlock_until.is_some() => State::Open,
        "planned" => State::Planned,
        "closed" => State::Closed,
        _ if opens.is_some_and(|first| today < first) => State::Planned,
        _ if closes.is_some_and(|last| today > last) => State::Closed,
        _ => State::Open,
    }
}

/// Whether a value may be entered; `senior` for managers and MEAL officers, who may enter late.
///
/// # Errors
/// Why not.
pub fn admits_entry(state: State, senior: bool) -> Result<(), Shut> {
    match state {
        State::Open => Ok(()),
        State::Closed if senior => Ok(()),
        State::Closed => Err("period_closed"),
        State::Planned => Err("period_not_open"),
        State::Submitted => Err("period_submitted"),
        State::Locked => Err("period_locked"),
    }
}

/// Whether a value may be verified, returned or unverified.
///
/// # Errors
/// Why not.
pub fn admits_review(state: State) -> Result<(), Shut> {
    if state == State::Locked { Err("period_locked") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the table below holds days and the absence of one")]
    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn states_on_a_day() {
        let today = day("2024-03-15").unwrap();
        let table = [
            ("open", false, None, None, None, State::Open),
            ("open", false, day("2024-03-16"), None, None, State::Planned),
            ("open", false, day("2024-03-15"), day("2024-03-15"), None, State::Open),
            ("open", false, None, day("2024-03-14"), None, State::Closed),
            ("planned", false, None, None, None, State::Planned),
            ("closed", false, None, None, None, State::Closed),
            ("locked", false, None, None, None, State::Locked),
            ("open", false, None, day("2024-01-31"), day("2024-03-15"), State::Open),
            ("open", false, None, None, day("2024-03-14"), State::Locked),
            ("open", true, None, None, None, State::Submitted),
            ("open", true, None, day("2024-03-14"), None, State::Submitted),
            ("open", true, None, None, day("2024-03-15"), State::Submitted),
            ("open", true, None, None, day("2024-03-14"), State::Locked),
            ("locked", true, None, None, None, State::Locked),
        ];
        for (set, submitted, opens, closes, unlock, expected) in table {
            let state = state_on(set, submitted, opens, closes, unlock, today);
            assert_eq!(state, expected, "{set} {submitted} {opens:?} {closes:?} {unlock:?}");
        }
    }

    #[test]
    fn who_may_enter_when() {
        for (state, senior, expected) in [
            (State::Open, false, Ok(())),
            (State::Closed, false, Err("period_closed")),
            (State::Closed, true, Ok(())),
            (State::Planned, true, Err("period_not_open")),
            (State::Submitted, true, Err("period_submitted")),
            (State::Locked, true, Err("period_locked")),
        ] {
            assert_eq!(admits_entry(state, senior), expected);
        }
        assert_eq!(admits_review(State::Locked), Err("period_locked"));
        assert_eq!(admits_review(State::Closed), Ok(()));
    }
}
