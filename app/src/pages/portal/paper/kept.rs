//! The last few reports that were set on paper: who asks again on the same day gets the same bytes, and no processor works twice.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use server::donors::portal::Page;
use server::kernel::text::Locale;

/// Documents that are kept at the most.
const MOST: usize = 8;
/// Bytes of them at the most.
const MOST_BYTES: usize = 32 * 1024 * 1024;

static KEPT: Mutex<Shelf> = Mutex::new(Shelf { documents: VecDeque::new() });

/// Everything that a document says beside its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    sha256: Vec<u8>,
    version: i32,
    published_at: DateTime<Utc>,
    newer: Option<(i32, DateTime<Utc>)>,
    recipient: String,
    day: NaiveDate,
    locale: Locale,
    verify: String,
}

impl Name {
    pub fn of(read: &Page, locale: Locale, verify: &str, day: NaiveDate) -> Self {
        Self {
            sha256: read.sha256.clone(),
            version: read.version,
            published_at: read.published_at,
            newer: read.newer,
            recipient: read.recipient.clone(),
            day,
            locale,
            verify: verify.to_owned(),
        }
    }
}

struct Shelf {
    /// The oldest first.
    documents: VecDeque<(Name, Vec<u8>)>,
}

impl Shelf {
    fn find(&self, name: &Name) -> Option<Vec<u8>> {
        self.documents.iter().find(|(kept, _)| kept == name).map(|(_, bytes)| bytes.clone())
    }

    fn put(&mut self, name: Name, bytes: &[u8]) {
        if bytes.len() > MOST_BYTES {
            return;
        }
        self.documents.retain(|(kept, _)| *kept != name);
        self.documents.push_back((name, bytes.to_vec()));
        while self.documents.len() > MOST || self.documents.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > MOST_BYTES {
            self.documents.pop_front();
        }
    }
}

/// The bytes of a document, if they are kept.
pub(super) fn find(name: &Name) -> Option<Vec<u8>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).find(name)
}

/// Keeps the bytes of a document; the oldest make room.
pub(super) fn put(name: Name, bytes: &[u8]) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).put(name, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(recipient: &str) -> Name {
        Name {
            sha256: vec![1; 32],
            version: 1,
            published_at: DateTime::UNIX_EPOCH,
            newer: None,
            recipient: recipient.to_owned(),
            day: NaiveDate::default(),
            locale: Locale::En,
            verify: String::new(),
        }
    }

    #[test]
    fn documents_are_found_by_all_that_they_say_and_the_oldest_make_room() {
        let mut shelf = Shelf { documents: VecDeque::new() };
        shelf.put(name("a"), b"one");
        shelf.put(name("a"), b"two");
        assert_eq!((shelf.find(&name("a")), shelf.documents.len()), (Some(b"two".to_vec()), 1));
        let others = [
            name("b"),
            Name { version: 2, ..name("a") },
            Name { newer: Some((2, DateTime::UNIX_EPOCH)), ..name("a") },
            Name { locale: Locale::Sw, ..name("a") },
            Name { day: NaiveDate::MAX, ..name("a") },
        ];
        assert!(others.iter().all(|other| shelf.find(other).is_none()));
        for n in 0..MOST {
            shelf.put(name(&n.to_string()), b"more");
        }
        assert!(shelf.find(&name("a")).is_none() && shelf.documents.len() == MOST);
        shelf.put(name("large"), &vec![0; MOST_BYTES]);
        assert_eq!(shelf.documents.len(), 1, "the bytes of all of them are bounded");
        shelf.put(name("larger"), &vec![0; MOST_BYTES + 1]);
        assert!(shelf.find(&name("larger")).is_none() && shelf.find(&name("large")).is_some());
    }
}
