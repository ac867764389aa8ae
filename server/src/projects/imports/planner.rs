//! Takes the rows of a file in order and plans the valid ones.

use std::collections::HashMap;

use chrono::NaiveDate;
use csv::StringRecord;

use super::broken_down::BrokenDown;
use super::calendar::{Calendar, PeriodSpot, midpoint};
use super::cell;
use super::columns::{Columns, PlaceColumns};
use super::figures::{Amount, Figure, FigureReader};
use super::issue::{Issue, IssueCode, IssueLog, RowIssues};
use super::mapping::Mapping;
use super::places::{FreshPlace, LocationRef, PlaceSpot, Places, code_of_name, is_code, is_name};
use super::plan::{Catalogue, Plan, PlannedValue};
use super::table::{MAX_CELL_BYTES, Table};
use crate::kernel::calendar::Frequency;
use crate::projects::disaggregation::{Scheme, key_of, scheme_at};
use crate::projects::progress::{Parts, Quantity};

/// Figures one import may write; keeps the plan's memory bounded.
pub const MAX_VALUES: usize = 500_000;

/// A figure takes a digit of the file and what divides it from the next.
const LEAST_BYTES: usize = 2;

/// Indicator, period and location, each by its index: of half a million figures, so they are narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    indicator: u32,
    period: u32,
    /// [`NOWHERE`] where the figure is of no location.
    place: u32,
}

/// No list is that long.
const NOWHERE: u32 = u32::MAX;

impl Slot {
    fn of(indicator: usize, period: usize, place: Option<usize>) -> Self {
        let narrow = |index: usize| u32::try_from(index).unwrap_or(NOWHERE);
        Self { indicator: narrow(indicator), period: narrow(period), place: place.map_or(NOWHERE, narrow) }
    }

    /// The index of the indicator.
    pub(super) fn indicator(self) -> usize {
        self.indicator as usize
    }

    /// The index of the period.
    pub(super) fn period(self) -> usize {
        self.period as usize
    }

    /// The index of the location, if there is one.
    pub(super) fn place(self) -> Option<usize> {
        (self.place != NOWHERE).then_some(self.place as usize)
    }
}

/// A cell that is not missing, with its column.
type Cell<'r> = (usize, &'r str);

/// A figure whose place in time is known.
struct Candidate {
    figure: Figure,
    period: PeriodSpot,
    /// The first day of that.
    start: Option<NaiveDate>,
    /// The key of its cell; none for a total.
    cell: Option<String>,
}

/// The state of planning one file.
pub(super) struct Planner<'a> {
    headers: &'a [String],
    start: usize,
    end: usize,
    place: Option<PlaceColumns>,
    reader: FigureReader<'a>,
    catalogue: &'a Catalogue,
    may_create_locations: bool,
    calendar: Calendar<'a>,
    places: Places<'a>,
    /// The row that claimed a slot;
    claimed: HashMap<Slot, u32>,
    /// or a cell of it.
    claimed_cells: HashMap<(Slot, String), u32>,
    /// Figures that are broken down.
    broken_down: BrokenDown,
    log: IssueLog,
    plan: Plan,
}

impl<'a> Planner<'a> {
    pub(super) fn new(headers: &'a [String], columns: Columns, mapping: &'a Mapping, catalogue: &'a Catalogue, bytes: usize) -> Self {
        // room for as many as the file can hold: lists that grow are copied, and stand twice in memory meanwhile
        let most = MAX_VALUES.min(bytes / LEAST_BYTES);
        let plan = Plan {
            values: Vec::with_capacity(most),
            indicators: catalogue.indicators.iter().map(|indicator| indicator.id).collect(),
            periods: catalogue.periods.iter().map(|period| period.id).collect(),
            locations: catalogue.locations.iter().map(|location| location.id).collect(),
            ..Plan::default()
        };
        Self {
            headers,
            start: columns.start,
            end: columns.end,
            place: columns.place,
            reader: FigureReader::new(columns.figures, &mapping.missing, &catalogue.indicators),
            catalogue,
            may_create_locations: mapping.create_locations,
            calendar: Calendar::new(&catalogue.periods, mapping.create_periods),
            places: Places::new(&catalogue.locations),
            claimed: HashMap::with_capacity(most),
            claimed_cells: HashMap::new(),
            broken_down: BrokenDown::default(),
            log: IssueLog::default(),
            plan,
        }
    }

    /// Plans row by row.
    ///
    /// # Errors
    /// A critical issue: nothing is planned.
    pub(super) fn run(mut self, mut table: Table<'_>) -> Result<Plan, Box<Issue>> {
        let mut record = StringRecord::new();
        let mut figures = Vec::new();
        while let Some(row) = table.read_row(&mut record)? {
            self.plan.rows += 1;
            let mut issues = RowIssues::new(row, self.headers);
            self.row(&record, &mut figures, &mut issues);
            if issues.is_invalid() {
                self.plan.invalid_rows += 1;
            } else {
                self.plan.valid_rows += 1;
            }
            self.log.take(issues);
            if self.plan.values.len() > MAX_VALUES {
                return Err(Box::new(Issue::new(IssueCode::TooManyValues, row, None, "")));
            }
        }
        if self.plan.rows == 0 {
            return Err(Box::new(Issue::new(IssueCode::NoRows, 1, None, "")));
        }
        self.broken_down.settle(&self.catalogue.indicators, &mut self.plan, &mut self.log);
        self.plan.new_locations = self.places.into_planned();
        self.plan.new_periods = self.calendar.into_planned();
        Ok(self.plan.with_issues(self.log))
    }

    /// Reads a row, and plans it if nothing is wrong with it.
    fn row(&mut self, record: &StringRecord, figures: &mut Vec<Figure>, issues: &mut RowIssues<'_>) {
        if record.len() != self.headers.len() {
            issues.whole(IssueCode::RowLength, &record.len().to_string());
            return;
        }
        for (column, text) in record.iter().enumerate() {
            if text.len() > MAX_CELL_BYTES {
                issues.cell(IssueCode::CellTooLong, column, text);
            }
        }
        if issues.is_invalid() {
            return;
        }
        if !self.reader.read(record, figures, issues) {
            issues.whole(IssueCode::RowEmpty, "");
            return;
        }
        let place = self.place(record, issues);
        let Some(dates) = self.dates(record, issues) else {
            return;
        };
        let candidates = self.in_time(record, figures, dates, issues);
        let Some(place) = place else {
            return;
        };
        self.check_slots(&candidates, &place, record, issues);
        if !issues.is_invalid() {
            self.commit(candidates, place, issues.row());
        }
    }

    fn dates(&self, record: &StringRecord, issues: &mut RowIssues<'_>) -> Option<(NaiveDate, NaiveDate)> {
        let mut read = |column| {
            let Some(text) = self.reader.text(record, column) else {
                issues.cell(IssueCode::DateMissing, column, "");
                return None;
            };
            cell::date(text).map_err(|code| issues.cell(code, column, text)).ok()
        };
        let start = read(self.start);
        // One column for both is read, and blamed, once.
        let end = if self.end == self.start { start } else { read(self.end) };
        let (start, end) = start.zip(end)?;
        cell::span(start, end).map_err(|code| issues.cell(code, self.end, &format!("{start}/{end}"))).ok()
    }

    /// The row's location; none where there is an error.
    fn place(&mut self, record: &StringRecord, issues: &mut RowIssues<'_>) -> Option<PlaceSpot> {
        let Some(columns) = &self.place else {
            return Some(PlaceSpot::Project);
        };
        let text = |column: usize| Some((column, self.reader.text(record, column)?));
        let Some((_, code)) = text(columns.code) else {
            issues.cell(IssueCode::LocationMissing, columns.code, "");
            return None;
        };
        let name = columns.name.and_then(text);
        let parent = columns.parent.and_then(text);
        let Some(index) = self.places.find(code) else {
            return self.fresh_place((columns.code, code), name, parent, issues);
        };
        if self.places.is_off(index) {
            issues.cell(IssueCode::LocationInactive, columns.code, code);
            return None;
        }
        let differ = self.places.differences(index, name.map(|n| n.1), parent.map(|p| p.1));
        let told = [(IssueCode::LocationNameDiffers, name, differ.name), (IssueCode::LocationParentDiffers, parent, differ.parent)];
        for (issue, cell, other) in told {
            if let (Some((column, text)), Some(other)) = (cell, other) {
                issues.cell_after(issue, column, text, other);
            }
        }
        Some(PlaceSpot::Known(index))
    }

    /// A location nobody knows yet, from its cells and their columns.
    fn fresh_place(
        &self,
        (code_column, code): Cell<'_>,
        name: Option<Cell<'_>>,
        parent: Option<Cell<'_>>,
        issues: &mut RowIssues<'_>,
    ) -> Option<PlaceSpot> {
        if !self.may_create_locations {
            issues.cell(IssueCode::LocationUnknown, code_column, code);
            return None;
        }
        if !is_code(code) {
            issues.cell(IssueCode::LocationCodeInvalid, code_column, code);
            return None;
        }
        for (column, text) in name.into_iter().chain(parent) {
            if !is_name(text) {
                issues.cell(IssueCode::LocationNameInvalid, column, text);
            }
        }
        if let Some((column, text)) = parent
            && self.places.find(&code_of_name(text)).is_some_and(|index| self.places.is_off(index))
        {
            issues.cell(IssueCode::LocationInactive, column, text);
        }
        Some(PlaceSpot::Fresh(FreshPlace {
            code: code.to_owned(),
            name: name.map_or(code, |n| n.1).to_owned(),
            parent: parent.map(|p| p.1.to_owned()),
        }))
    }

    /// Finds each figure's period, by the frequency of its indicator.
    fn in_time(
        &self,
        record: &StringRecord,
        figures: &[Figure],
        (start, end): (NaiveDate, NaiveDate),
        issues: &mut RowIssues<'_>,
    ) -> Vec<Candidate> {
        let middle = midpoint(start, end);
        // A row has many figures and few frequencies.
        let mut found: Vec<(Frequency, Result<PeriodSpot, IssueCode>)> = Vec::new();
        let mut candidates = Vec::with_capacity(figures.len());
        for &figure in figures {
            let Some(indicator) = self.catalogue.indicators.get(figure.indicator) else {
                continue;
            };
            let kind = indicator.frequency;
            let known = found.iter().find(|(of, _)| *of == kind).map(|(_, p)| *p);
            let period = known.unwrap_or_else(|| {
                let period = self.calendar.find(kind, middle);
                found.push((kind, period));
                period
            });
            match period {
                Ok(period) => {
                    let start = self.calendar.start(&period);
                    let scheme = start.and_then(|start| scheme_at(&indicator.schemes, start));
                    if let Some(cell) = self.cell(record, scheme, figure, issues) {
                        candidates.push(Candidate { figure, period, start, cell });
                    }
                }
                Err(code) => issues.cell(code, figure.column, &format!("{start}/{end}")),
            }
        }
        candidates
    }

    /// Reports figures whose place is taken, by the project or an earlier row.
    fn check_slots(&self, candidates: &[Candidate], place: &PlaceSpot, record: &StringRecord, issues: &mut RowIssues<'_>) {
        let place = match place {
            PlaceSpot::Project => None,
            PlaceSpot::Known(index) => Some(*index),
            // Nothing can have been reported for a location nobody knew.
            PlaceSpot::Fresh(_) => return,
        };
        for Candidate { figure, period, cell, .. } in candidates {
            let PeriodSpot::Known(period) = *period else {
                continue;
            };
            let text = record.get(figure.column).unwrap_or_default().trim();
            if self.is_taken(figure.indicator, period, place) {
                issues.cell(IssueCode::AlreadyReported, figure.column, text);
            } else if let Some(other) = self.claimed_by(Slot::of(figure.indicator, period, place), cell.as_ref()) {
                issues.cell_after(IssueCode::Duplicate, figure.column, text, other);
            }
        }
    }

    /// The cell that a row is of, by the columns of dimensions; a total where they are empty. None of both where something is wrong.
    #[expect(clippy::option_option, reason = "a total is no cell, and a fault is neither")]
    fn cell(&self, record: &StringRecord, scheme: Option<&Scheme>, figure: Figure, issues: &mut RowIssues<'_>) -> Option<Option<String>> {
        let told: Vec<(usize, &str, &str)> = self
            .reader
            .dimensions()
            .iter()
            .filter_map(|(column, key)| Some((*column, key.as_str(), self.reader.text(record, *column)?)))
            .collect();
        if told.is_empty() {
            if self.reader.dimensions().is_empty() && scheme.is_some_and(|scheme| scheme.required) {
                issues.cell(IssueCode::CellsRequired, figure.column, "");
                return None;
            }
            return Some(None);
        }
        let dimensions = scheme.map_or(&[][..], |scheme| &scheme.dimensions);
        if let Some((column, _, text)) = told.iter().find(|(_, key, _)| dimensions.iter().all(|dimension| dimension.key != *key)) {
            issues.cell(IssueCode::NotBrokenDown, *column, text);
            return None;
        }
        let mut parts = Vec::with_capacity(dimensions.len());
        for dimension in dimensions {
            let Some((column, _, text)) = told.iter().find(|(_, key, _)| dimension.key == *key) else {
                issues.cell(IssueCode::CellIncomplete, figure.column, &dimension.key);
                return None;
            };
            let Some(value) = dimension.asked().find(|value| value.code == *text || value.label.is_said(text)) else {
                issues.cell(IssueCode::GroupUnknown, *column, text);
                return None;
            };
            parts.push((dimension.key.as_str(), value.code.as_str()));
        }
        Some(Some(key_of(&parts)))
    }

    /// The row that claimed a slot, or a cell of it, before.
    fn claimed_by(&self, slot: Slot, cell: Option<&String>) -> Option<u32> {
        match cell {
            None => self.claimed.get(&slot),
            Some(cell) => self.claimed_cells.get(&(slot, cell.clone())),
        }
        .copied()
    }

    fn is_taken(&self, indicator: usize, period: usize, place: Option<usize>) -> bool {
        let place = match place.map(|index| self.places.refer(index)) {
            None => None,
            Some(LocationRef::Existing(id)) => Some(id),
            Some(LocationRef::New(_)) => return false,
        };
        let indicator = self.catalogue.indicators.get(indicator);
        indicator
            .zip(self.calendar.existing_id(period))
            .is_some_and(|(indicator, period)| self.catalogue.taken.contains(&(indicator.id, period, place)))
    }

    /// Plans the figures of a valid row and what they need.
    fn commit(&mut self, candidates: Vec<Candidate>, place: PlaceSpot, row: u32) {
        let place = self.places.settle(place, row);
        for Candidate { figure, period, start, cell } in candidates {
            let Some(indicator) = self.catalogue.indicators.get(figure.indicator) else {
                continue;
            };
            let period = self.calendar.settle(period);
            let slot = Slot::of(figure.indicator, period, place);
            match &cell {
                None => self.claimed.insert(slot, row),
                Some(cell) => self.claimed_cells.insert((slot, cell.clone()), row),
            };
            let total = match figure.amount {
                Amount::Value(value) => Quantity::Number(value),
                Amount::Fraction { numerator: num, denominator: den } => Quantity::Parts(Parts { num, den }),
            };
            let figure = PlannedValue { row, slot, total: Some(total), cells: None };
            match start.filter(|start| scheme_at(&indicator.schemes, *start).is_some()) {
                Some(start) => self.broken_down.add(&mut self.plan, start, figure, cell),
                None => self.plan.values.push(figure),
            }
        }
    }
}
