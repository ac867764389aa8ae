//! Figures that several rows of a long file make: a row a cell, and perhaps one for the total.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::issue::{Issue, IssueCode, IssueLog};
use super::plan::{IndicatorEntry, Plan, PlannedValue};
use super::planner::Slot;
use crate::kernel::error::Fault;
use crate::projects::disaggregation::{Cells, scheme_at};
use crate::projects::entries::{Total, settle};
use crate::projects::progress::Quantity;

/// A figure that is broken down: where it stands in the plan, and the rows that make it.
struct Open {
    at: usize,
    start: NaiveDate,
    rows: Vec<u32>,
}

/// Every such figure of a file.
#[derive(Default)]
pub(super) struct BrokenDown(HashMap<Slot, Open>);

impl BrokenDown {
    /// Adds a row: a cell of its figure, or the total.
    pub(super) fn add(&mut self, plan: &mut Plan, start: NaiveDate, row: PlannedValue, cell: Option<String>) {
        let open = self.0.entry(row.slot).or_insert_with(|| {
            let fresh = PlannedValue { total: None, ..row.clone() };
            plan.values.push(fresh);
            Open { at: plan.values.len() - 1, start, rows: Vec::new() }
        });
        open.rows.push(row.row);
        let Some(value) = plan.values.get_mut(open.at) else { return };
        match cell {
            None => value.total = row.total,
            Some(key) => {
                let cell = row.total.map(Total::from).unwrap_or_default();
                value.cells.get_or_insert_default().extend_with(key, cell.value, cell.num, cell.den);
            }
        }
    }

    /// Holds every figure against its cells, once all rows are read. One that does not agree with them is not planned, and its rows are
    /// invalid: the first of them says why.
    pub(super) fn settle(self, indicators: &[IndicatorEntry], plan: &mut Plan, log: &mut IssueLog) {
        let none = Cells::default();
        let mut gone = vec![false; plan.values.len()];
        for (slot, open) in self.0 {
            let (Some(indicator), Some(value)) = (indicators.get(slot.indicator()), plan.values.get_mut(open.at)) else { continue };
            let Some(scheme) = scheme_at(&indicator.schemes, open.start) else { continue };
            let total = value.total.map(Total::from).unwrap_or_default();
            let cells = value.cells.as_deref().unwrap_or(&none);
            let negative =
                cells.iter().find(|(_, quantity)| matches!(quantity, Quantity::Number(n) if n.is_sign_negative() && !n.is_zero()));
            let settled = match negative {
                Some((key, _)) => Err(vec![(Some(key.to_owned()), "cell_negative")]),
                None => settle(&indicator.method, scheme, total, cells, true),
            };
            match settled {
                Ok(total) => value.total = total.quantity(),
                Err(faults) => {
                    gone[open.at] = true;
                    let rows = u32::try_from(open.rows.len()).unwrap_or(u32::MAX);
                    plan.valid_rows = plan.valid_rows.saturating_sub(rows);
                    plan.invalid_rows = plan.invalid_rows.saturating_add(rows);
                    for (cell, fault) in faults.into_iter().take(3) {
                        log.push(Issue::new(code_of(fault), value.row, None, &cell.unwrap_or_else(|| indicator.code.clone())));
                    }
                    // its other rows are to be mended with it
                    for row in open.rows.iter().filter(|row| **row != value.row) {
                        log.push(Issue { other_row: Some(value.row), ..Issue::new(IssueCode::FigureInvalid, *row, None, &indicator.code) });
                    }
                }
            }
        }
        let mut gone = gone.into_iter();
        plan.values.retain(|_| !gone.next().unwrap_or(false));
    }
}

fn code_of(fault: Fault) -> IssueCode {
    match fault {
        "breakdown_required" => IssueCode::CellsRequired,
        "cell_missing" => IssueCode::CellMissing,
        "total_missing" => IssueCode::TotalMissing,
        "cell_negative" => IssueCode::CellNegative,
        _ => IssueCode::CellsDisagree,
    }
}
