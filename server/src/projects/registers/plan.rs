//! What a sheet would change of a register. Nothing here touches a database: a dry run shows the plan, applying it writes exactly the plan,
//! all of it or nothing.

use super::budget::{self, LineEdit, Money};
use super::heads::{Table, Vocabulary, Words};
use super::locations::{self, Place, PlaceEdit};
use super::targets::{self, Aims, TargetEdit};
use super::{Job, Kind};
use crate::kernel::crypto::{hex, sha256};
use crate::projects::imports::{Annotated, At, Issue, Log, Problem, Sheet, every_row};

/// Changes that are kept to be shown; the rest are only counted.
const MOST_SHOWN: usize = 300;

/// How many things of a register a sheet makes, changes, or leaves as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Made {
    /// Made.
    #[serde(default)]
    pub fresh: usize,
    /// Changed.
    #[serde(default)]
    pub changed: usize,
    /// As the register has them.
    #[serde(default)]
    pub same: usize,
}

/// A change, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row that brings it.
    pub row: u32,
    /// The code of what is changed.
    pub code: String,
    /// What of it, by the head of the sheet; empty for something new.
    pub column: String,
    /// What stands there now; empty for nothing.
    pub before: String,
    /// What would stand there.
    pub after: String,
}

/// The register as it stands.
#[derive(Clone, Debug)]
pub(super) enum Stand {
    /// Every place of the organisation.
    Locations(Vec<Place>),
    /// The lines of a budget.
    Budget(Money),
    /// The indicators of a project with their targets.
    Targets(Aims),
}

impl Stand {
    /// What it is of.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Locations(_) => Kind::Locations,
            Self::Budget(_) => Kind::Budget,
            Self::Targets(_) => Kind::Targets,
        }
    }
}

/// What is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Work {
    /// Nothing: the file cannot be read.
    #[default]
    Nothing,
    /// Places, each as it will stand.
    Locations(Vec<PlaceEdit>),
    /// Lines with the amounts that differ.
    Budget(Vec<LineEdit>),
    /// Targets that differ.
    Targets(Vec<TargetEdit>),
}

/// Collects what is found in a sheet.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong.
    pub(super) log: Log,
    /// How many things are made, changed, the same.
    pub(super) made: Made,
    changes: Vec<Change>,
    count: usize,
}

impl Findings {
    /// Notes a change, to be shown if there is room.
    pub(super) fn change(&mut self, row: u32, code: &str, column: &str, before: String, after: String) {
        self.count += 1;
        if self.changes.len() < MOST_SHOWN {
            self.changes.push(Change { row, code: code.to_owned(), column: column.to_owned(), before, after });
        }
    }
}

/// What a file would change.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Rows beneath the heads.
    pub rows: u32,
    /// How many things it makes, changes, leaves.
    pub made: Made,
    /// The first 300 changes.
    pub changes: Vec<Change>,
    /// How many more there are.
    pub more: usize,
    /// The first 1,000 problems: critical ones, errors, warnings.
    pub problems: Vec<Problem>,
    /// Those that are critical or errors: with one of them, nothing is written.
    pub errors: u32,
    /// Those that are warnings.
    pub warnings: u32,
    pub(super) work: Work,
    table: Option<Table>,
}

impl Plan {
    /// What was found in a file that is not kept, since it brought nothing.
    pub(super) fn found(job: &Job, problems: Vec<Problem>) -> Self {
        let count = |n: i32| u32::try_from(n).unwrap_or_default();
        let warnings = problems.iter().filter(|problem| problem.issue.severity == "warning").count();
        let warnings = u32::try_from(warnings).unwrap_or(u32::MAX);
        Self { rows: count(job.rows), made: job.made.0, problems, errors: count(job.errors), warnings, ..Self::default() }
    }

    /// Whether it may be applied: nothing is wrong, and there is something to write.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.errors == 0 && self.made.fresh + self.made.changed > 0
    }

    /// Whether the file could be read, so that its sheet can come back with what is wrong in it.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.table.is_some()
    }

    /// What tells one plan from another: a person applies what they were shown.
    #[must_use]
    pub fn mark(&self) -> String {
        hex(&sha256(format!("{:?}", self.work).as_bytes()))
    }

    /// The sheet that was read, every row beneath its heads as it came, with what is wrong in it; none where it could not be read.
    #[must_use]
    pub fn annotated(&self) -> Option<Annotated> {
        let table = self.table.as_ref()?;
        Some(every_row(&table.sheet, 0, table.row, &table.texts(), &self.problems))
    }
}

/// Plans an import into a register as it stands.
pub(super) fn plan(sheets: Result<Vec<Sheet>, Box<Issue>>, stand: &Stand, vocabulary: &Vocabulary) -> Plan {
    let mut findings = Findings::default();
    let words = Words::of(stand.kind(), vocabulary);
    let table = match sheets {
        Ok(sheets) => Table::open(sheets, &words, &mut findings.log),
        Err(issue) => {
            findings.log.critical(At::row(0, issue.row), issue.code.as_str(), &issue.value);
            None
        }
    };
    let work = match (&table, stand) {
        (None, _) => Work::Nothing,
        (Some(table), Stand::Locations(places)) => Work::Locations(locations::plan(table, &words, places, &mut findings)),
        (Some(table), Stand::Budget(money)) => Work::Budget(budget::plan(table, &words, money, &mut findings)),
        (Some(table), Stand::Targets(aims)) => Work::Targets(targets::plan(table, &words, aims, &mut findings)),
    };
    let rows = table.as_ref().map_or(0, |table| table.lines().count());
    if table.is_some() && findings.log.errors == 0 && findings.made.fresh + findings.made.changed == 0 {
        findings.log.warning(At::row(0, 1), "register_nothing_new", "");
    }
    let Findings { mut log, made, changes, count } = findings;
    let (problems, more) = (log.sorted(), count - changes.len());
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    Plan { rows, made, changes, more, problems, errors: log.errors, warnings: log.warnings, work, table }
}
