//! Which reporting period a row belongs to.
//!
//! Field reports rarely keep to calendar months: months of four or five weeks
//! begin and end in the neighbouring ones. A row therefore belongs to the
//! period that holds its midpoint, for each indicator by that indicator's
//! frequency: one row can feed a month and a year.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::issue::IssueCode;
use crate::kernel::calendar::Frequency;

/// A period the project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodEntry {
    /// Its id.
    pub id: Uuid,
    /// Its kind; periods of one kind do not overlap.
    pub kind: Frequency,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// It takes values now.
    pub open: bool,
}

/// A calendar period to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPeriod {
    /// Its kind.
    pub kind: Frequency,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
}

impl NewPeriod {
    /// The calendar period of a kind that holds a day; none for kinds that are
    /// not of the calendar, whose dates only a person can set.
    fn holding(kind: Frequency, day: NaiveDate) -> Option<Self> {
        let (start, end) = kind.calendar_period(day)?;
        Some(Self { kind, start, end })
    }
}

/// The day in the middle, the earlier of two.
#[must_use]
pub fn midpoint(start: NaiveDate, end: NaiveDate) -> NaiveDate {
    let days = (end - start).num_days().div_euclid(2);
    start + TimeDelta::days(days)
}

/// Where a row's figure goes: to a period already known by its index (those of
/// the project first, then those planned), or to one still to be planned.
#[derive(Debug, Clone, Copy)]
pub(super) enum PeriodSpot {
    Known(usize),
    Fresh(NewPeriod),
}

/// The periods of the project and those planned so far.
#[derive(Debug)]
pub(super) struct Calendar<'c> {
    existing: &'c [PeriodEntry],
    /// Indices of the existing ones of a kind, by start.
    by_kind: HashMap<Frequency, Vec<usize>>,
    planned: Vec<NewPeriod>,
    /// Index of a planned one by kind and start.
    planned_at: HashMap<(Frequency, NaiveDate), usize>,
    may_create: bool,
}

impl<'c> Calendar<'c> {
    pub(super) fn new(existing: &'c [PeriodEntry], may_create: bool) -> Self {
        let mut by_kind: HashMap<Frequency, Vec<usize>> = HashMap::new();
        let mut sorted: Vec<(usize, &PeriodEntry)> = existing.iter().enumerate().collect();
        sorted.sort_by_key(|(_, period)| period.start);
        for (index, period) in sorted {
            by_kind.entry(period.kind).or_default().push(index);
        }
        Self { existing, by_kind, planned: Vec::new(), planned_at: HashMap::new(), may_create }
    }

    /// The period of a kind that holds a day.
    ///
    /// # Errors
    /// `period_locked`, `period_missing` or `period_overlaps`.
    pub(super) fn find(&self, kind: Frequency, day: NaiveDate) -> Result<PeriodSpot, IssueCode> {
        if let Some((index, period)) = self.last_until(kind, day)
            && period.end >= day
        {
            return if period.open { Ok(PeriodSpot::Known(index)) } else { Err(IssueCode::PeriodLocked) };
        }
        let fresh = NewPeriod::holding(kind, day).filter(|_| self.may_create).ok_or(IssueCode::PeriodMissing)?;
        if let Some(&index) = self.planned_at.get(&(kind, fresh.start)) {
            return Ok(PeriodSpot::Known(index));
        }
        match self.last_until(kind, fresh.end) {
            Some((_, period)) if period.end >= fresh.start => Err(IssueCode::PeriodOverlaps),
            _ => Ok(PeriodSpot::Fresh(fresh)),
        }
    }

    /// The existing period of a kind that starts last among those that have
    /// started by a day. As they do not overlap, no other can hold the day.
    fn last_until(&self, kind: Frequency, day: NaiveDate) -> Option<(usize, &'c PeriodEntry)> {
        let indices = self.by_kind.get(&kind)?;
        let started = |index: &usize| self.existing.get(*index).is_some_and(|p| p.start <= day);
        let after = indices.partition_point(started);
        let index = *indices.get(after.checked_sub(1)?)?;
        Some((index, self.existing.get(index)?))
    }

    /// Plans a fresh period and answers the index of either sort.
    pub(super) fn settle(&mut self, spot: PeriodSpot) -> usize {
        let fresh = match spot {
            PeriodSpot::Known(index) => return index,
            PeriodSpot::Fresh(fresh) => fresh,
        };
        let next = self.existing.len() + self.planned.len();
        let index = *self.planned_at.entry((fresh.kind, fresh.start)).or_insert(next);
        if index == next {
            self.planned.push(fresh);
        }
        index
    }

    /// The first day of a period, of the project or to be made.
    pub(super) fn start(&self, spot: &PeriodSpot) -> Option<NaiveDate> {
        match spot {
            PeriodSpot::Fresh(fresh) => Some(fresh.start),
            PeriodSpot::Known(index) => match self.existing.get(*index) {
                Some(period) => Some(period.start),
                None => self.planned.get(index - self.existing.len()).map(|period| period.start),
            },
        }
    }

    pub(super) fn existing_id(&self, index: usize) -> Option<Uuid> {
        self.existing.get(index).map(|period| period.id)
    }

    pub(super) fn into_planned(self) -> Vec<NewPeriod> {
        self.planned
    }
}
