//! Imports: a dry run first, then all or the valid rows, and undo. How a file is read as a table is used by [`super::washington`] too.

mod annotated;
mod calendar;
mod cell;
mod columns;
mod figures;
mod issue;
mod mapping;
mod places;
mod plan;
mod planner;
mod problem;
mod scan;
mod sheets;
mod spreadsheet;
mod suggest;
mod table;
mod words;

mod apply;
mod broken_down;
mod decide;
mod jobs;
mod kept;
mod sheet_jobs;

#[cfg(test)]
mod plan_tests;

pub use annotated::{ADDED, Annotated, FaultyRow, annotated};
pub use decide::{Decided, MOST_AT_ONCE, apply, decide};
pub use issue::{Issue, IssueCode, Severity};
pub use jobs::{Job, JobIssue, Outcome, check, find, guess, list, run, saved_mapping, undo};
pub use mapping::{DateColumns, IndicatorColumns, Layout, LocationColumns, Mapping, MappingError};
pub use plan::Creates;
pub use problem::Problem;
pub use sheet_jobs::SheetJob;

pub(crate) use decide::apply_in_job;

// a survey is a table too, and a framework or a register a sheet
pub(super) use annotated::every_row;
pub(super) use cell::number;
pub(super) use issue::{IssueLog, RowIssues};
pub(super) use jobs::{hold, on_a_thread, turn};
pub(super) use kept::{Checked, keep};
pub(super) use problem::{At, Log};
pub(super) use sheet_jobs::{
    Kept, applied as sheet_applied, claim as claim_sheet, content as sheet_content, find as find_sheet, list as list_sheets,
};
pub(super) use sheets::{Row, Sheet, letters, read as read_sheets};
pub(super) use table::Table;
pub(super) use words::{period_named, plain};

/// The largest file taken, in bytes.
pub const MAX_FILE: usize = 20 * 1024 * 1024;
