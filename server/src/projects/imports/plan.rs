//! From a file, a mapping and what the project has to a plan of what would be
//! written. Nothing here touches a database: a dry run shows the plan, applying
//! it writes exactly the plan.
//!
//! The row is the unit: an error in any cell makes the row invalid, and nothing
//! of it is planned, neither a figure nor a location or period. Rows are taken
//! in order; of several that give the same indicator, period and location, the
//! first valid one stands.

use std::collections::HashSet;

use rust_decimal::Decimal;
use uuid::Uuid;

pub use super::calendar::{NewPeriod, PeriodEntry};
use super::columns::resolve;
use super::issue::{Issue, IssueLog};
use super::mapping::Mapping;
pub use super::places::{LocationEntry, LocationRef, NewLocation};
use super::planner::{Planner, Slot};
use super::table::Table;
use crate::kernel::calendar::Frequency;
use crate::projects::disaggregation::{Cells, Scheme};
use crate::projects::progress::{Method, Parts, Quantity};

/// What the project already has.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Indicators that can take values; codes are unique.
    pub indicators: Vec<IndicatorEntry>,
    /// Locations; codes are unique.
    pub locations: Vec<LocationEntry>,
    /// Periods; those of one kind do not overlap.
    pub periods: Vec<PeriodEntry>,
    /// Indicator, period and location that have a value.
    pub taken: HashSet<(Uuid, Uuid, Option<Uuid>)>,
}

/// An indicator the project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorEntry {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// The kind of period it is reported for.
    pub frequency: Frequency,
    /// It is reported as numerator and denominator.
    pub needs_fraction: bool,
    /// How its figures are combined: what its cells have to agree with.
    pub method: Method,
    /// By what they are broken down, in order of time.
    pub schemes: Vec<Scheme>,
}

/// A period that exists or is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodRef {
    /// The project has it.
    Existing(Uuid),
    /// Index into the plan's new periods.
    New(usize),
}

/// A figure to write. There may be half a million of them: what it is of is told by indices, which [`Plan`] reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedValue {
    /// The row it stands in.
    pub row: u32,
    /// Indicator, period and location; no location where the mapping has none.
    pub(super) slot: Slot,
    /// The figure; a fraction where the indicator needs one; none where only cells are known.
    pub total: Option<Quantity>,
    /// What was counted of each group; of a long file, from one row a cell.
    pub cells: Option<Box<Cells>>,
}

impl PlannedValue {
    /// The plain figure; none for indicators that need a fraction.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        self.total.and_then(|total| if let Quantity::Number(value) = total { Some(value) } else { None })
    }

    /// Part and whole of a fraction. The whole is positive, or zero under a zero.
    #[must_use]
    pub fn parts(&self) -> Option<Parts> {
        self.total.and_then(|total| if let Quantity::Parts(parts) = total { Some(parts) } else { None })
    }
}

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Rows under the header, blank lines not counted.
    pub rows: u32,
    /// The figures of the valid rows, in the order of the file.
    pub values: Vec<PlannedValue>,
    /// What the project has, by the indices of values: indicators,
    pub(super) indicators: Vec<Uuid>,
    /// periods, behind which come the new ones,
    pub(super) periods: Vec<Uuid>,
    /// and locations, likewise.
    pub(super) locations: Vec<Uuid>,
    /// Locations the valid rows need; a parent stands before its children.
    pub new_locations: Vec<NewLocation>,
    /// Periods the valid rows need.
    pub new_periods: Vec<NewPeriod>,
    /// The first 1,000 issues, by row; errors are kept before warnings.
    pub issues: Vec<Issue>,
    /// All issues, kept or not.
    pub issues_total: u32,
    /// Those that are errors or critical.
    pub errors: u32,
    /// Those that are warnings.
    pub warnings: u32,
    /// Rows without an error, those without figures included.
    pub valid_rows: u32,
    /// Rows with an error.
    pub invalid_rows: u32,
}

impl Plan {
    /// The plan of a file that cannot be read: nothing but the reasons.
    fn refused(faults: Vec<Issue>) -> Self {
        let mut log = IssueLog::default();
        for fault in faults {
            log.push(fault);
        }
        Self::default().with_issues(log)
    }

    /// The indicator of a value.
    #[must_use]
    pub fn indicator_of(&self, value: &PlannedValue) -> Uuid {
        self.indicators[value.slot.indicator()]
    }

    /// The period of a value.
    #[must_use]
    pub fn period_of(&self, value: &PlannedValue) -> PeriodRef {
        let index = value.slot.period();
        self.periods.get(index).map_or_else(|| PeriodRef::New(index - self.periods.len()), |id| PeriodRef::Existing(*id))
    }

    /// The location of a value; none where the mapping has none.
    #[must_use]
    pub fn location_of(&self, value: &PlannedValue) -> Option<LocationRef> {
        let index = value.slot.place()?;
        Some(self.locations.get(index).map_or_else(|| LocationRef::New(index - self.locations.len()), |id| LocationRef::Existing(*id)))
    }

    /// Adds what was found.
    pub(super) fn with_issues(mut self, log: IssueLog) -> Self {
        self.errors = log.errors;
        self.warnings = log.warnings;
        self.issues_total = log.errors.saturating_add(log.warnings);
        self.issues = log.into_kept();
        self
    }
}

/// What an import makes beside values: the first names, and how many there are.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Creates {
    /// Places that the project does not have yet.
    pub locations: Vec<String>,
    /// All of them.
    pub location_count: usize,
    /// Periods that the project does not have yet.
    pub periods: Vec<String>,
    /// All of them.
    pub period_count: usize,
}

/// Names told of each kind.
const NAMED: usize = 12;

impl Creates {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            locations: plan.new_locations.iter().take(NAMED).map(|place| format!("{} ({})", place.name, place.code)).collect(),
            location_count: plan.new_locations.len(),
            periods: plan.new_periods.iter().take(NAMED).map(|period| period.kind.period_name(period.start)).collect(),
            period_count: plan.new_periods.len(),
        }
    }
}

/// Plans an import.
#[must_use]
pub fn plan_import(bytes: &[u8], mapping: &Mapping, catalogue: &Catalogue) -> Plan {
    let planned = Table::open(bytes).and_then(|mut table| {
        let headers = std::mem::take(&mut table.headers);
        let columns = resolve(mapping, &headers, catalogue)?;
        Planner::new(&headers, columns, mapping, catalogue, bytes.len()).run(table).map_err(|fault| vec![*fault])
    });
    planned.unwrap_or_else(Plan::refused)
}
