//! The one error of this crate. Each variant has a stable code; what users read is made of the code, in their language.

use std::collections::BTreeMap;

/// Why a field of a form or call was refused: a stable code, e.g. `required`, `too_long`, `not_a_number`.
pub type Fault = &'static str;

/// Fields that were refused, each with the first reason found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Invalid(pub BTreeMap<String, Fault>);

impl Invalid {
    /// One field, one reason.
    #[must_use]
    pub fn one(field: &str, fault: Fault) -> Self {
        Self(BTreeMap::from([(field.to_owned(), fault)]))
    }

    /// Notes a reason, unless the field already has one.
    pub fn note(&mut self, field: &str, fault: Fault) {
        self.0.entry(field.to_owned()).or_insert(fault);
    }

    /// Keeps the value of a parsed field, or notes why it was refused.
    pub fn keep<T>(&mut self, field: &str, parsed: Result<T, Fault>) -> Option<T> {
        parsed.map_err(|fault| self.note(field, fault)).ok()
    }

    /// # Errors
    /// The fields themselves, if any was refused.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

/// Everything that can go wrong in an act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or not for this person: the two look alike.
    #[error("not found")]
    NotFound,
    /// It is there for them to see, and this may not be done by them.
    #[error("not allowed")]
    Forbidden,
    /// Nobody is signed in.
    #[error("signed out")]
    SignedOut,
    /// E-mail, password or code is wrong; which, is not said.
    #[error("sign-in refused")]
    SignInRefused,
    /// The person must prove themselves again first.
    #[error("to be proven again")]
    StepUp,
    /// Fields were refused.
    #[error("invalid input")]
    Invalid(Invalid),
    /// A rule of the work is in the way, e.g. `period_locked`: a stable code.
    #[error("rule: {0}")]
    Rule(Fault),
    /// Somebody else changed it since it was read.
    #[error("changed by somebody else")]
    Stale,
    /// Too many attempts; try again after so many seconds.
    #[error("too many attempts")]
    Limited(u32),
    /// The server is busy; try again.
    #[error("busy")]
    Busy,
    /// It was written, but the database did not confirm that it is kept.
    #[error("not confirmed")]
    Unconfirmed,
    /// The request is larger than this call takes.
    #[error("too large")]
    TooLarge,
    /// The database failed.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// Something that cannot be, was.
    #[error("internal: {0}")]
    Internal(String),
}

/// What acts return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One refused field.
    #[must_use]
    pub fn field(field: &str, fault: Fault) -> Self {
        Self::Invalid(Invalid::one(field, fault))
    }

    /// The stable code, also the last part of a problem document's `type`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::SignedOut => "signed_out",
            Self::SignInRefused => "sign_in_refused",
            Self::StepUp => "step_up",
            Self::Invalid(_) => "invalid",
            Self::Rule(code) => code,
            Self::Stale => "stale",
            Self::Limited(_) => "too_many_attempts",
            Self::Busy => "busy",
            Self::Unconfirmed => "unconfirmed",
            Self::TooLarge => "too_large",
            Self::Database(error) if is_outage(error) => "unavailable",
            Self::Database(error) if is_bad_text(error) => "control_characters",
            Self::Database(error) if is_foreign(error) => "not_found",
            Self::Database(_) | Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode as S;
        match self {
            Self::NotFound => S::NOT_FOUND,
            Self::Forbidden | Self::StepUp => S::FORBIDDEN,
            Self::SignedOut | Self::SignInRefused => S::UNAUTHORIZED,
            Self::Invalid(_) | Self::Rule(_) => S::UNPROCESSABLE_ENTITY,
            Self::Stale => S::CONFLICT,
            Self::Limited(_) => S::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unconfirmed => S::SERVICE_UNAVAILABLE,
            Self::TooLarge => S::PAYLOAD_TOO_LARGE,
            Self::Database(error) if is_outage(error) => S::SERVICE_UNAVAILABLE,
            Self::Database(error) if is_bad_text(error) => S::UNPROCESSABLE_ENTITY,
            Self::Database(error) if is_foreign(error) => S::NOT_FOUND,
            Self::Database(_) | Self::Internal(_) => S::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether a statement took longer than it may, so that it would again.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        match self {
            Self::Database(error) => error.as_database_error().is_some_and(|said| said.code().is_some_and(|code| code == "57014")),
            _ => false,
        }
    }

    /// Seconds after which it may be tried again, where that is all that is wrong.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Limited(seconds) => Some(*seconds),
            // hashes wait for two seconds before they are turned away
            Self::Busy => Some(2),
            _ => None,
        }
    }

    /// A duplicate of a unique key becomes a refused field; anything else stays what it is.
    #[must_use]
    pub fn or_duplicate(error: sqlx::Error, field: &str) -> Self {
        Self::on_duplicate(error, Self::field(field, "taken"))
    }

    /// A duplicate of a unique key becomes this; anything else stays what it is.
    #[must_use]
    pub fn on_duplicate(error: sqlx::Error, duplicate: Self) -> Self {
        match error.as_database_error() {
            Some(db) if db.is_unique_violation() => duplicate,
            _ => Self::from(error),
        }
    }
}

/// What the database refuses by a rule of the work: its code, and the rules that it knows, by the text that it says.
const RULE: &str = "KP001";
const RULES: [Fault; 9] = [
    "framework_approved",
    "own_roles",
    "ruler_unlimited",
    "takes_two",
    "last_administrator",
    "proof_too_old",
    "support_not_allowed",
    "nobody_to_be",
    "not_approved_yet",
];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let said = error.as_database_error().filter(|said| said.code().is_some_and(|code| code == RULE));
        match said.and_then(|said| RULES.into_iter().find(|rule| *rule == said.message())) {
            Some(rule) => Self::Rule(rule),
            None => Self::Database(error),
        }
    }
}

/// A text that PostgreSQL cannot hold: a NUL, or broken UTF-8.
fn is_bad_text(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "22021" || code == "22P05")
}

/// An id that names nothing of this organisation or project: keys carry both, so another's row is no row.
fn is_foreign(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

/// The database is away or too busy, rather than asked something wrong: the same request may succeed later.
fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
        // class 57: shutdown, crash, cancelled; 53: out of connections, memory or disk; 40: two in each other's way; 55P03: lock not available
        sqlx::Error::Database(db) => {
            db.code().is_some_and(|code| code.starts_with("57") || code.starts_with("53") || code.starts_with("40") || code == "55P03")
        }
        _ => false,
    }
}
