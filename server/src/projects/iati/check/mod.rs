//! The checks that a document of the standard has to pass before it is published: the schema, and the standard ruleset.
//!
//! Both hold libxml's trees, which stay on the thread that made them, and take time: call them where blocking is allowed.

mod dom;
mod kinds;
mod outline;
mod ruleset;
mod schema;

use std::fmt;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The largest document that is checked, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// The most findings that are told: of a document with more, the first ones.
pub const MAX_FINDINGS: usize = 1000;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document must not be published with it.
    Error,
    /// It can be, and should not.
    Warning,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The number of the rule in the standard ruleset, e.g. `8.8.1`; or `xsd`, the schema.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// The element or attribute that it is about, from the root, with positions among elements of one name where there are
    /// several: `/iati-activities/iati-activity/result[2]/indicator[1]/baseline`. The innermost element known to hold it,
    /// where the schema's check does not tell which one is meant.
    pub place: String,
    /// The line where the start tag of the element ends, from 1.
    pub line: Option<u32>,
    /// Of the schema: libxml's English message. Of a rule: the data that break it (a value, a sum, two dates), or the paths
    /// of what is missing; no sentence, for the words are found by the number of the rule.
    pub detail: String,
}

/// Why nothing can be said about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The document is larger than [`MAX_BYTES`], or has more vocabularies than a check goes through.
    TooLarge,
    /// The document has a DOCTYPE: entities are not read.
    Doctype,
    /// The document is not XML: why, with the line.
    Malformed(String),
    /// The schema is not there, or cannot be read: why.
    Schemas(String),
    /// Our own table of rules cannot be read or applied: why.
    Rules(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the document is too large to be checked"),
            Self::Doctype => f.write_str("the document has a DOCTYPE"),
            Self::Malformed(why) => write!(f, "the document is not XML: {why}"),
            Self::Schemas(why) => write!(f, "the schema cannot be read: {why}"),
            Self::Rules(why) => write!(f, "the table of rules is wrong: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// What the activity schema of 2.03 says of a document, in the order of its lines. The schema is read from
/// `iati-activities-schema.xsd` and the files beside it that it names; nothing is fetched.
///
/// # Errors
/// Any [`Fault`] but [`Fault::Rules`].
pub fn against_schema(xml: &str, schemas: &Path) -> Result<Vec<Finding>, Fault> {
    let document = dom::parse(xml)?;
    let errors = schema::errors(&document, schemas)?;
    if errors.is_empty() { Ok(Vec::new()) } else { Ok(outline::Outline::of(xml)?.locate_errors(errors)) }
}

/// What the standard ruleset says of a document on a day, in the order of its lines.
///
/// Rules that need the registry of publishers are not judged: see [`unjudged`]. Where the standard's words and its validator
/// differ, the words count: a condition of a loop is about the loop's value (2.1.2), an `if` or `then` that selects nothing
/// is false (3.7.1), and of several dates none may be in the future (11.2.1).
///
/// # Errors
/// Any [`Fault`] but [`Fault::Schemas`].
pub fn against_ruleset(xml: &str, today: NaiveDate) -> Result<Vec<Finding>, Fault> {
    let tree = dom::Tree::parse(xml)?;
    let findings = ruleset::Ruleset::standard()?.judge(&tree, today)?;
    if findings.is_empty() { Ok(findings) } else { Ok(outline::Outline::of(xml)?.in_order(findings)) }
}

/// The numbers of the rules about activities that [`against_ruleset`] does not judge, in order: they depend on which
/// organisations IATI's registry and the list of agencies (org-id.guide) know, which only the standard's validator can tell.
///
/// # Errors
/// [`Fault::Rules`]
pub fn unjudged() -> Result<Vec<String>, Fault> {
    Ok(ruleset::Ruleset::standard()?.unjudged())
}

#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod tests;
