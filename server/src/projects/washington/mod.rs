//! The short set of questions of the Washington Group on Disability Statistics (WG-SS), counted: a survey with one row a person goes in,
//! figures by disability, sex and age come out. Nothing of the file is kept, for its rows are people.
//!
//! Six questions, each answered by how much difficulty there is: seeing, hearing, walking, remembering, washing oneself, communicating.
//! Who answers *a lot of difficulty* or *cannot do at all* to any of them has a disability: the identifier that the Washington Group
//! recommends for comparisons ("Disability 3" of its *Analytic Guidelines: Creating Disability Identifiers Using the WG-SS*).
//!
//! - The questions are for people of five years and older. Younger ones are counted apart, whatever stands in their cells; somebody
//!   whose age is missing is counted by the answers.
//! - *Refused* and *don't know* are missing answers, as a blank is. Who gave no answer at all is unknown. Of whom some answers are
//!   missing, those that were given decide: without a disability is who gave one and has none of the two above among them. So do
//!   the guidelines, which set the identifier to missing only where all six are.
//! - Others differ: `humind` (IMPACT) takes an undefined answer as no disability in that question, so that who answered nothing is
//!   counted as without one. Here that person is unknown: no answer is not the answer *no difficulty*.
//!
//! Counts by age use the bands that Kipimo ships ([`Shipped`]).

mod cells;
mod columns;
mod count;

pub use cells::{Answer, SexCodes};
pub use columns::{Asked, Column};
pub use count::{Count, Refused, count as count_file};

use super::dimensions::{Shipped, UNKNOWN};
use super::imports::{MAX_FILE, on_a_thread};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::ProjectId;

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// With a disability.
    With,
    /// Without one.
    Without,
    /// No answer was given.
    Unknown,
    /// Younger than five: the questions are not asked.
    BelowFive,
}

impl Status {
    /// Every one, in the order shown.
    pub const ALL: [Self; 4] = [Self::With, Self::Without, Self::Unknown, Self::BelowFive];

    /// Its code: of the first three the one that the dimension `disability` has.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::With => "with",
            Self::Without => "without",
            Self::Unknown => UNKNOWN,
            Self::BelowFive => "below_five",
        }
    }
}

/// The age from which the questions are asked, in years.
const ASKED_FROM: u8 = 5;

/// Where somebody of an age (none where it is missing) stands by the answers to the six questions.
#[must_use]
pub fn status(age: Option<u8>, answers: &[Answer; 6]) -> Status {
    if age.is_some_and(|age| age < ASKED_FROM) {
        Status::BelowFive
    } else if answers.iter().any(|answer| answer.is_disability()) {
        Status::With
    } else if answers.iter().all(|answer| *answer == Answer::Missing) {
        Status::Unknown
    } else {
        Status::Without
    }
}

/// The codes of a dimension that comes with Kipimo.
fn codes(key: &str) -> impl Iterator<Item = &'static str> + use<> {
    Shipped::of(key).into_iter().flat_map(|dimension| dimension.values).map(|(code, _, _)| *code)
}

/// The band of an age: a code of the dimension `age`.
fn band(age: Option<u8>) -> &'static str {
    let holds = |band: &str, age: u8| {
        let (from, to) = band.split_once('-').unwrap_or((band.trim_end_matches('+'), "255"));
        from.parse().is_ok_and(|from: u8| from <= age) && to.parse().is_ok_and(|to: u8| age <= to)
    };
    age.and_then(|age| codes("age").find(|band| holds(band, age))).unwrap_or(UNKNOWN)
}

/// Whether this person may count a survey for the project: asked before a file is read.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offer(cx: &Cx, project: ProjectId) -> Result<()> {
    cx.admit(Can::RunImport(project)).await?;
    Ok(())
}

/// Counts a survey, CSV or a workbook. Who may import figures may do so; it writes nothing.
///
/// # Errors
/// Refusal, too large, or the database's. What is wrong with the file is part of the answer.
pub async fn count(cx: &Cx, project: ProjectId, bytes: Vec<u8>, asked: Asked) -> Result<Result<Count, Refused>> {
    offer(cx, project).await?;
    if bytes.len() > MAX_FILE {
        return Err(Error::TooLarge);
    }
    on_a_thread(move || count_file(&bytes, &asked)).await
}

#[cfg(test)]
mod tests;
