//! Targets of a sheet for indicators that the project has: a column a period, or a row for each target. Empty cells change nothing.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::heads::{Line, Table, What, Words};
use super::plan::Findings;
use crate::kernel::calendar::Frequency;
use crate::kernel::ids::{IndicatorId, LocationId, PeriodId};
use crate::kernel::text;
use crate::projects::framework::import::{figure, warn_of_percentage};
use crate::projects::imports::{At, Log, number};
use crate::projects::periods::{Period, State};
use crate::projects::progress::Kind;

/// The first figure that is too large to be kept.
const LARGEST: i64 = 1_000_000_000_000_000_000;

/// An indicator that may have targets.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) id: IndicatorId,
    pub(super) code: String,
    pub(super) title: String,
    pub(super) kind: Kind,
    pub(super) frequency: Frequency,
}

/// Where a target stands: indicator, period, place (none for the whole project).
pub(super) type Key = (IndicatorId, PeriodId, Option<LocationId>);

/// The indicators of a project with their targets, as they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Aims {
    /// The indicators, in their order.
    pub(super) measures: Vec<Measure>,
    /// The project's periods, oldest first.
    pub(super) periods: Vec<Period>,
    /// Its places by code.
    pub(super) places: HashMap<String, LocationId>,
    /// The targets, each with its note.
    pub(super) there: HashMap<Key, (Decimal, String)>,
}

/// A target as it will stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TargetEdit {
    pub(super) indicator: IndicatorId,
    pub(super) period: PeriodId,
    pub(super) place: Option<LocationId>,
    pub(super) value: Decimal,
    pub(super) note: String,
    /// What stands there now.
    pub(super) was: Option<(Decimal, String)>,
    /// Its period, and its place where it is of one, as they are told.
    pub(super) name: String,
}

/// Plans targets.
pub(super) fn plan(table: &Table, words: &Words, aims: &Aims, findings: &mut Findings) -> Vec<TargetEdit> {
    let is_long = table.has("period") || table.has("start");
    let is_wide = table.columns.values().any(|head| matches!(head.what, What::Period(..)));
    if is_long == is_wide {
        findings.log.critical(At::row(0, table.row), "layout_unclear", "");
        return Vec::new();
    }
    let measures = aims.measures.iter().map(|measure| (measure.code.as_str(), measure)).collect();
    let periods = aims.periods.iter().map(|period| ((period.kind, period.name.as_str()), period)).collect();
    let mut planner = Planner { table, words, aims, measures, periods, rows: HashMap::new(), edits: Vec::new(), findings };
    for line in table.lines() {
        planner.line(line, is_long);
    }
    planner.edits
}

/// A cell with where it stands.
type Cell<'t> = (At, &'t str);

struct Planner<'a, 'f> {
    table: &'a Table,
    words: &'a Words,
    aims: &'a Aims,
    measures: HashMap<&'a str, &'a Measure>,
    /// The periods by kind and name.
    periods: HashMap<(Frequency, &'a str), &'a Period>,
    /// The row of each target that was read.
    rows: HashMap<Key, u32>,
    edits: Vec<TargetEdit>,
    findings: &'f mut Findings,
}

/// What a row is of.
#[derive(Clone, Copy)]
struct Of<'a> {
    measure: &'a Measure,
    place: Option<(LocationId, &'a str)>,
}

impl<'a> Planner<'a, '_> {
    fn log(&mut self) -> &mut Log {
        &mut self.findings.log
    }

    fn line(&mut self, line: Line<'a>, is_long: bool) {
        let Some((at, code)) = line.code(self.log()) else { return };
        let Some(measure) = self.measures.get(code).copied() else {
            return self.log().error(at, "indicator_unknown", code);
        };
        if measure.kind == Kind::Qualitative {
            return self.log().error(at, "indicator_without_figures", code);
        }
        let place = match line.cell("location") {
            None => None,
            Some((at, text)) => match self.aims.places.get(text) {
                Some(id) => Some((*id, text)),
                None => return self.log().error(at, "location_unknown", text),
            },
        };
        let of = Of { measure, place };
        if is_long {
            self.long(line, of);
            return;
        }
        for (at, head, text) in line.others() {
            if let What::Period(frequency, name) = &head.what {
                match self.named(*frequency, name, measure) {
                    Ok(period) => {
                        if let Some(value) = self.figure((at, text), of, period) {
                            self.keep(at, of, period, (value, None), text);
                        }
                    }
                    Err(code) => self.log().error(at, code, text),
                }
            }
        }
    }

    /// A row of one target.
    fn long(&mut self, line: Line<'a>, of: Of<'a>) {
        let figures = ["target", "numerator", "denominator"].map(|field| line.cell(field));
        let note = line.cell("note");
        if figures.iter().all(Option::is_none) && note.is_none() {
            // prepared and not filled in
            return;
        }
        let period = match self.period(line, of.measure) {
            Ok(period) => period,
            Err((at, code, text)) => return self.log().error(at, code, text),
        };
        let key = (of.measure.id, period.id, of.place.map(|(id, _)| id));
        let value = match figures {
            [target, None, None] => match (target, self.aims.there.get(&key)) {
                (Some(target), _) => self.figure(target, of, period),
                (None, Some((value, _))) => Some(*value),
                (None, None) => {
                    self.log().error(line.at, "value_missing", "");
                    None
                }
            },
            [target, Some(num), Some(den)] => self.fraction(target, num, den, of.measure),
            [_, num, den] => {
                let (at, text) = num.or(den).unwrap_or((line.at, ""));
                self.log().error(at, "fraction_incomplete", text);
                None
            }
        };
        let note = match note.map(|(at, note)| (at, note, text::prose(note, 500))) {
            None => None,
            Some((_, _, Ok(note))) => Some(note),
            Some((at, note, Err(fault))) => return self.log().error(at, &format!("fault_{fault}"), note),
        };
        if let Some(value) = value {
            let (at, text) = figures[0].or(figures[1]).unwrap_or((line.at, ""));
            self.keep(at, of, period, (value, note), text);
        }
    }

    /// The period of a row: by its name, or by its first and last day.
    fn period(&self, line: Line<'a>, measure: &Measure) -> Result<&'a Period, (At, &'static str, &'a str)> {
        if let Some((at, text)) = line.cell("period") {
            let by_name = self.periods.get(&(measure.frequency, text)).copied();
            return match (by_name, self.words.period(text)) {
                (Some(period), _) => Ok(period),
                (None, Some((frequency, name))) => self.named(frequency, &name, measure).map_err(|code| (at, code, text)),
                (None, None) => Err((at, "period_unknown", text)),
            };
        }
        let (Some((at, first)), Some((_, last))) = (line.cell("start"), line.cell("end")) else {
            return Err((line.at, "period_unsaid", ""));
        };
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let (Some(start), Some(end)) = (day(first), day(last)) else { return Err((at, "date_format", first)) };
        let found = self.aims.periods.iter().find(|period| period.kind == measure.frequency && (period.start, period.end) == (start, end));
        found.ok_or((at, "period_unknown", first))
    }

    /// The period of a name, which must be of those that the indicator is reported for.
    fn named(&self, frequency: Frequency, name: &str, measure: &Measure) -> Result<&'a Period, &'static str> {
        if frequency != measure.frequency {
            return Err("period_other_frequency");
        }
        self.periods.get(&(frequency, name)).copied().ok_or("period_unknown")
    }

    /// A target as it is written.
    fn figure(&mut self, (at, text): Cell<'_>, of: Of<'_>, period: &Period) -> Option<Decimal> {
        let is_percentage = of.measure.kind == Kind::Percentage;
        let value = match figure(text, is_percentage) {
            Ok(value) => value,
            Err(code) => {
                self.log().error(at, code.as_str(), text);
                return None;
            }
        };
        let key = (of.measure.id, period.id, of.place.map(|(id, _)| id));
        let is_new = self.aims.there.get(&key).is_none_or(|(stands, _)| *stands != value);
        if is_percentage && is_new {
            warn_of_percentage(self.log(), at, value, text);
        }
        Some(value)
    }

    /// A target of a numerator and a denominator.
    fn fraction(&mut self, target: Option<Cell<'_>>, num: Cell<'_>, den: Cell<'_>, measure: &Measure) -> Option<Decimal> {
        let whole = match measure.kind {
            Kind::Percentage => Decimal::ONE_HUNDRED,
            Kind::Ratio | Kind::Average => Decimal::ONE,
            _ => {
                self.log().error(num.0, "fraction_not_of_this", num.1);
                return None;
            }
        };
        let mut parts = [Decimal::ZERO; 2];
        for (part, (at, text)) in parts.iter_mut().zip([num, den]) {
            match number(text) {
                Ok(value) => *part = value,
                Err(code) => {
                    self.log().error(at, code.as_str(), text);
                    return None;
                }
            }
        }
        let [numerator, denominator] = parts;
        let value = Some(denominator).filter(|den| *den > Decimal::ZERO).and_then(|den| numerator.checked_mul(whole)?.checked_div(den));
        let Some(value) = value.map(|value| value.round_dp(6)).filter(|value| value.abs() < Decimal::from(LARGEST)) else {
            self.log().error(den.0, "fraction_invalid", den.1);
            return None;
        };
        if let Some((at, text)) = target
            && figure(text, measure.kind == Kind::Percentage).ok().map(|said| said.round_dp(6)) != Some(value)
        {
            self.log().error(at, "target_differs", text);
            return None;
        }
        Some(value)
    }

    /// Keeps a target, where it differs from what stands there.
    fn keep(&mut self, at: At, of: Of<'_>, period: &Period, (value, note): (Decimal, Option<String>), text: &str) {
        let place = of.place.map(|(id, _)| id);
        let key = (of.measure.id, period.id, place);
        if let Some(earlier) = self.rows.insert(key, at.row) {
            return self.log().error_beside(at, "target_twice", text, earlier);
        }
        let was = self.aims.there.get(&key).cloned();
        let (stands, stood) = was.as_ref().map(|(value, note)| (Some(*value), note.as_str())).unwrap_or_default();
        let note = note.unwrap_or_else(|| stood.to_owned());
        if stands == Some(value) && note == stood {
            self.findings.made.same += 1;
            return;
        }
        if period.state == State::Locked {
            return self.log().error(at, "target_locked", text);
        }
        let name = match of.place {
            Some((_, code)) => format!("{} ({code})", period.name),
            None => period.name.clone(),
        };
        let shown = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
        if stands != Some(value) {
            self.findings.change(at.row, &of.measure.code, &name, shown(stands), shown(Some(value)));
        }
        if note != stood {
            let column = format!("{name} {}", self.table.head_of("note"));
            self.findings.change(at.row, &of.measure.code, &column, stood.to_owned(), note.clone());
        }
        let made = &mut self.findings.made;
        *(if was.is_some() { &mut made.changed } else { &mut made.fresh }) += 1;
        self.edits.push(TargetEdit { indicator: of.measure.id, period: period.id, place, value, note, was, name });
    }
}
