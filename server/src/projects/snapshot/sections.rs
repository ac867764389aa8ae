//! The sections of a published report: what somebody wrote, and a block that was filled when it was published.

use serde::{Deserialize, Serialize};

/// A section.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Section {
    /// Its key, unique in the report: lower-case letters, digits and hyphens.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What was written, in the safe subset of Markdown; empty if nothing was.
    pub body: String,
    /// What was filled in below that.
    pub block: Block,
}

/// What a section shows beside its words, as it stood when the report was published. Numbers are strings like all others.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Nothing.
    None,
    /// The table of the report's figures: its `indicators`.
    Tracking,
    /// The charts of the same figures.
    Charts,
    /// How many indicators have which colour in the last column.
    Achievements {
        /// The column.
        column: String,
        /// Of all indicators, in the order of the colours; those of none are left out.
        colours: Vec<Count>,
        /// Of the indicators of each result, in the order in which they first appear.
        results: Vec<ResultCounts>,
    },
    /// What was planned and spent within the report's span.
    Budget {
        /// The currency.
        currency: String,
        /// The lines, by code.
        lines: Vec<BudgetLine>,
        /// The sum of what was planned; none where nothing was said.
        planned: Option<String>,
        /// The sum of what was spent; likewise.
        spent: Option<String>,
        /// How many more lines there are, which the sums hold too; none where all are here, and of before, when it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// Files that donors may see.
    Evidence {
        /// The files, the newest first.
        items: Vec<EvidenceItem>,
        /// How many more there are; none where all are here, and of before, when it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// What was learnt within the report's span.
    Learning {
        /// The entries, the newest first.
        entries: Vec<LearningEntry>,
        /// How many more there are; none where all are here, and of before, when it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// Where the project works, with figures by place in the last column.
    Map {
        /// The column.
        column: String,
        /// The places, by name.
        places: Vec<Place>,
        /// How many more indicators are counted by place; none where all are here, and of before, when it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
}

/// How many indicators have a colour.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Count {
    /// The colour, as in a figure.
    pub rag: String,
    /// How many.
    pub count: String,
}

/// The colours of a result's indicators.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ResultCounts {
    /// The result's number and title; none for indicators of no result.
    pub result: Option<(String, String)>,
    /// Its indicators, by colour.
    pub colours: Vec<Count>,
}

/// A line of a budget.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct BudgetLine {
    /// Its code.
    pub code: String,
    /// What it is for.
    pub name: String,
    /// The number and title of the result that it pays for.
    pub result: Option<(String, String)>,
    /// What was planned; none where nothing was said.
    pub planned: Option<String>,
    /// What was spent; likewise.
    pub spent: Option<String>,
}

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct EvidenceItem {
    /// The evidence's id.
    pub id: String,
    /// What it shows; empty if that is not said.
    pub title: String,
    /// The file's name.
    pub filename: String,
    /// What it is, by its bytes.
    pub mime: String,
    /// Its size, in bytes.
    pub bytes: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The day on which it was taken, `YYYY-MM-DD`.
    pub taken_on: Option<String>,
}

/// Something that was learnt.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct LearningEntry {
    /// `lesson`, `good_practice`, `failure`, `decision` or `after_action`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// What happened.
    pub what_happened: String,
    /// Why; empty if that is not said.
    pub why: String,
    /// What follows from it; likewise.
    pub implication: String,
}

/// A place.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Degrees north; none where nobody said where it lies.
    pub latitude: Option<String>,
    /// Degrees east; likewise.
    pub longitude: Option<String>,
    /// Its verified figures, in the order of the indicators.
    pub figures: Vec<PlaceFigure>,
}

/// A verified figure of a place.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct PlaceFigure {
    /// The indicator's code.
    pub code: String,
    /// The figure; none where nothing was reported, or where it is hidden.
    pub actual: Option<String>,
    /// Whether it is hidden because it, or another one with it, is of few people.
    pub hidden: bool,
}

impl Block {
    /// The words by which a block is chosen and kept, in the order in which a form offers them.
    pub const KINDS: [&'static str; 8] = ["none", "tracking", "charts", "achievements", "budget", "evidence", "learning", "map"];

    /// Its word, one of [`Self::KINDS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tracking => "tracking",
            Self::Charts => "charts",
            Self::Achievements { .. } => "achievements",
            Self::Budget { .. } => "budget",
            Self::Evidence { .. } => "evidence",
            Self::Learning { .. } => "learning",
            Self::Map { .. } => "map",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_before_still_read_and_keep_their_bytes() {
        for old in [
            r#"{"items":[],"kind":"evidence"}"#,
            r#"{"entries":[],"kind":"learning"}"#,
            r#"{"column":"2025","kind":"map","places":[]}"#,
            r#"{"currency":"USD","kind":"budget","lines":[],"planned":null,"spent":"7"}"#,
        ] {
            let block: Block = serde_json::from_str(old).unwrap();
            assert_eq!(crate::kernel::json::frozen(&block).unwrap(), old.as_bytes(), "{block:?}");
        }
        let told = Block::Learning { entries: Vec::new(), more: Some("3".to_owned()) };
        assert_eq!(crate::kernel::json::frozen(&told).unwrap(), br#"{"entries":[],"kind":"learning","more":"3"}"#);
    }
}
