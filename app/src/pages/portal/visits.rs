//! The visits of a browser: each link that was opened has a cookie of its own, so that none of them opens the report of another.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use server::donors::portal::{self, Act, Look, Visited};
use server::kernel::error::Error;

use crate::forms::{Done, to};
use crate::visit::{Cookie, Problem, Visit};

/// The cookies of visits: each has the public id of its link behind its name.
const VISITS: Cookie = Cookie::here("donor");
/// A visit's cookie lives as long as the visit: eight hours.
const SECONDS: u32 = 8 * 60 * 60;
/// Visits that a browser keeps at a time.
const MOST: usize = 10;

/// Keeps the secret of a visit beside those of others, and leads to its report. The oldest makes room.
#[must_use]
pub fn arrive(visit: &Visit, public_id: &str, secret: &SecretString) -> Done {
    let others: Vec<&str> = visit.family(VISITS).into_iter().map(|(link, _)| link).filter(|link| *link != public_id).collect();
    let to_where = if others.is_empty() { "/donor".to_owned() } else { format!("/donor/{public_id}") };
    let kept = to(to_where).with_cookie(visit.set_in_family(VISITS, public_id, secret.expose_secret(), SECONDS));
    let too_many = (others.len() + 1).saturating_sub(MOST);
    others.iter().take(too_many).fold(kept, |done, link| done.with_cookie(visit.set_in_family(VISITS, link, "", 0)))
}

/// Whether this browser has opened a link before.
#[must_use]
pub fn has(visit: &Visit, public_id: &str) -> bool {
    visit.family(VISITS).iter().any(|(link, _)| *link == public_id)
}

/// The links that this browser has opened, the oldest first.
pub(super) fn links(visit: &Visit) -> Vec<String> {
    visit.family(VISITS).into_iter().take(MOST).map(|(link, _)| link.to_owned()).collect()
}

/// What somebody does on a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// They read.
    Read,
    /// They take the report itself, or a file that it shows.
    Keep,
    /// They take figures out, which the link must allow.
    TakeOut,
    /// The page looks by itself: nobody is told.
    Aside,
}

impl What {
    /// Whether it is written down. What a browser fetches beforehand, or a program, is not where it is only looked at; what has left the
    /// house is, whoever fetched it.
    const fn is_noted(self, by_person: bool) -> bool {
        match self {
            Self::Read => by_person,
            Self::Keep | Self::TakeOut => true,
            Self::Aside => false,
        }
    }
}

/// The visit of a link, while the link lives.
///
/// # Errors
/// Not found without it, or where the link does not allow what is done; or the database's.
pub(super) async fn enter(visit: &Visit, public_id: &str, what: What) -> Result<Visited, Problem> {
    let secret = visit.family(VISITS).into_iter().find(|(link, _)| *link == public_id).map(|(_, secret)| secret);
    let Some(secret) = secret else { return Err(Error::NotFound.into()) };
    let act = match what {
        What::Read | What::Aside => Act::Page,
        What::Keep => Act::Copy,
        What::TakeOut => Act::Figures,
    };
    let look = Look { page: &visit.path, what: act, is_noted: what.is_noted(visit.by_person) };
    let visited = portal::authenticate(&visit.app.db, secret, Arc::clone(&visit.facts), look).await?;
    Ok(visited.filter(|visited| what != What::TakeOut || visited.allow_download).ok_or(Error::NotFound)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_handed_out_is_written_down() {
        for (what, by_person, expected) in [
            (What::Read, true, true),
            (What::Read, false, false),
            (What::Keep, true, true),
            (What::Keep, false, true),
            (What::TakeOut, true, true),
            (What::TakeOut, false, true),
            (What::Aside, true, false),
            (What::Aside, false, false),
        ] {
            assert_eq!(what.is_noted(by_person), expected, "{what:?} {by_person}");
        }
    }
}
