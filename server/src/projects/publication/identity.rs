//! What a published report says of itself, so that a copy of it that lies anywhere tells what it is and what it replaced.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::projects::snapshot::{Content, Group, Item};

/// What names a published report. Content of before, `v` 1, has none.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Identity {
    /// The organisation's name in addresses.
    pub organisation: String,
    /// The report's id.
    pub report: String,
    /// Which version of it this is: 1 for the first.
    pub version: String,
    /// When it was published: the moment at which the transaction began that published it.
    pub published_at: String,
    /// The SHA-256 of the version before, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// Why there is another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Figures that read otherwise in the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restated: Vec<Restatement>,
    /// Whether who approved it had handed it over too, so that nobody else read it before it was published. Of before nothing was said, which
    /// reads as that somebody else did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_approved: bool,
}

/// A figure that reads otherwise than in the version before.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Restatement {
    /// The indicator's code.
    pub code: String,
    /// The column.
    pub column: String,
    /// The dimension and the group, where it is a group's figure; empty for those of whom it was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<(String, String)>,
    /// What it was; none where there was no figure, or no such indicator.
    pub was: Option<String>,
    /// What it is.
    pub is: Option<String>,
}

/// The figures that read otherwise than in the version before. Of groups only those that both show: a figure that is hidden now, or was,
/// is not told here either.
pub(crate) fn restated(before: &Content, now: &Content) -> Vec<Restatement> {
    let mut out = Vec::new();
    let old: HashMap<&str, &Item> = before.indicators.iter().map(|item| (item.code.as_str(), item)).collect();
    for item in &now.indicators {
        let old = old.get(item.code.as_str()).copied();
        for (at, column) in now.columns.iter().enumerate() {
            // a column that the version before did not have was told by it in no way
            let Some(then) = before.columns.iter().position(|other| other == column) else { continue };
            let was = old.and_then(|old| old.cells.get(then)).and_then(|figure| figure.actual.clone());
            let is = item.cells.get(at).and_then(|figure| figure.actual.clone());
            if was != is {
                out.push(Restatement { code: item.code.clone(), column: column.clone(), group: None, was, is });
            }
        }
        if let Some(old) = old.filter(|_| before.columns.last() == now.columns.last()) {
            groups(old, item, now, &mut out);
        }
    }
    let gone = before.indicators.iter().filter(|item| !now.indicators.iter().any(|other| other.code == item.code));
    for (item, (column, figure)) in gone.flat_map(|item| before.columns.iter().zip(&item.cells).map(move |told| (item, told))) {
        if figure.actual.is_some() && now.columns.contains(column) {
            out.push(Restatement { code: item.code.clone(), column: column.clone(), group: None, was: figure.actual.clone(), is: None });
        }
    }
    out
}

fn groups(old: &Item, item: &Item, now: &Content, out: &mut Vec<Restatement>) {
    let Some(column) = now.columns.last() else { return };
    for group in item.groups.iter().filter(|group| !group.hidden) {
        let same = |other: &&Group| other.dimension == group.dimension && other.label == group.label;
        let Some(was) = old.groups.iter().find(same).filter(|was| !was.hidden && was.actual != group.actual) else { continue };
        out.push(Restatement {
            code: item.code.clone(),
            column: column.clone(),
            group: Some((group.dimension.clone(), group.label.clone().unwrap_or_default())),
            was: was.actual.clone(),
            is: group.actual.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::snapshot::samples::{content, item};

    #[test]
    fn what_reads_otherwise_is_told_and_nothing_that_is_hidden() {
        let before = content(
            &["2025-Q1", "2025"],
            vec![
                item("a", &[Some("10"), Some("20")], &[("F", Some("12"), false), ("M", None, true), ("O", Some("5"), false)]),
                item("gone", &[Some("1"), None], &[]),
            ],
        );
        let now = content(
            &["2025-Q1", "2025"],
            vec![
                item("a", &[Some("10"), Some("21")], &[("F", Some("13"), false), ("M", Some("8"), false), ("O", None, true)]),
                item("new", &[None, Some("3")], &[]),
            ],
        );
        let told: Vec<_> = restated(&before, &now)
            .into_iter()
            .map(|it| format!("{} {} {} {:?} {:?}", it.code, it.column, it.group.map(|g| g.1).unwrap_or_default(), it.was, it.is))
            .collect();
        assert_eq!(
            told,
            [
                r#"a 2025  Some("20") Some("21")"#,
                r#"a 2025 F Some("12") Some("13")"#,
                r#"new 2025  None Some("3")"#,
                r#"gone 2025-Q1  Some("1") None"#,
            ]
        );
        assert!(restated(&now, &now).is_empty());
    }

    #[test]
    fn what_was_said_before_still_reads_and_keeps_its_bytes() {
        let old = br#"{"organisation":"amani","published_at":"2026-01-01T00:00:00.000000Z","report":"r","version":"1"}"#;
        let mut identity: Identity = serde_json::from_slice(old).unwrap();
        assert!(!identity.self_approved);
        assert_eq!(crate::kernel::json::frozen(&identity).unwrap(), old);
        identity.self_approved = true;
        let told = String::from_utf8(crate::kernel::json::frozen(&identity).unwrap()).unwrap();
        assert!(told.contains(r#""self_approved":true"#), "{told}");
    }
}
