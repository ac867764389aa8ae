//! Places of a sheet: new ones are made, known ones changed where a cell is filled. A parent may stand further down.

mod forest;

use std::collections::HashMap;

use rust_decimal::Decimal;

use self::forest::Forest;
use super::heads::{Line, Table, Words};
use super::plan::Findings;
use crate::kernel::ids::LocationId;
use crate::kernel::text;
use crate::projects::imports::{At, IssueCode, Log, number};

/// The deepest level of administration.
const DEEPEST: i16 = 6;

/// A place as the organisation has it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: LocationId,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) parent: Option<LocationId>,
    pub(super) level: i16,
    pub(super) lat: Option<Decimal>,
    pub(super) lon: Option<Decimal>,
    pub(super) population: Option<i32>,
    pub(super) active: bool,
    /// Whether a project works there.
    pub(super) used: bool,
    pub(super) row_version: i32,
}

/// A place as it will stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlaceEdit {
    /// Which it is, and the version that was read; none for a new one.
    pub(super) there: Option<(LocationId, i32)>,
    pub(super) code: String,
    pub(super) name: String,
    /// The code of the place that it lies in.
    pub(super) parent: Option<String>,
    pub(super) level: i16,
    pub(super) lat: Option<Decimal>,
    pub(super) lon: Option<Decimal>,
    pub(super) population: Option<i32>,
    pub(super) active: bool,
}

/// A row as it is read.
struct Draft<'a> {
    at: At,
    /// The cell that says where it lies, or its row.
    parent_at: At,
    /// The cell that says its level, or its row.
    level_at: At,
    before: Option<&'a Place>,
    edit: PlaceEdit,
    /// The level, once it is known.
    level: Option<i16>,
}

impl Draft<'_> {
    /// Whether where it lies, or how deep, is new.
    fn is_moved(&self, codes: &Codes<'_>) -> bool {
        let Some(before) = self.before else { return true };
        self.level != Some(before.level) || self.edit.parent.as_deref() != codes.parent(before)
    }
}

/// Places by their codes and ids.
struct Codes<'a> {
    by_code: HashMap<&'a str, &'a Place>,
    by_id: HashMap<LocationId, &'a Place>,
}

impl<'a> Codes<'a> {
    fn of(places: &'a [Place]) -> Self {
        Self {
            by_code: places.iter().map(|place| (place.code.as_str(), place)).collect(),
            by_id: places.iter().map(|place| (place.id, place)).collect(),
        }
    }

    /// The code of what a place lies in.
    fn parent(&self, place: &Place) -> Option<&'a str> {
        self.by_id.get(&place.parent?).map(|parent| parent.code.as_str())
    }
}

/// Plans places.
pub(super) fn plan(table: &Table, words: &Words, places: &[Place], findings: &mut Findings) -> Vec<PlaceEdit> {
    let codes = Codes::of(places);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut rows: HashMap<String, usize> = HashMap::new();
    for line in table.lines() {
        let Some((at, code)) = line.code(&mut findings.log) else { continue };
        if let Some(earlier) = rows.get(code).and_then(|draft| drafts.get(*draft)) {
            findings.log.error_beside(at, "code_twice", code, earlier.at.row);
            continue;
        }
        let before = codes.by_code.get(code).copied();
        let draft = read(line, at, code, before, &codes, words, &mut findings.log);
        rows.insert(code.to_owned(), drafts.len());
        drafts.push(draft);
    }
    let forest = Forest { codes: &codes, rows: &rows };
    forest.check_parents(&mut drafts, &mut findings.log);
    let cyclic = forest.cycles(&drafts);
    for (draft, _) in drafts.iter().zip(&cyclic).filter(|(_, is)| **is) {
        findings.log.error(draft.parent_at, "location_cycle", draft.edit.parent.as_deref().unwrap_or_default());
    }
    forest.set_levels(&mut drafts, &cyclic);
    forest.check_levels(&mut drafts, &cyclic, places, &mut findings.log);
    drafts.into_iter().filter_map(|draft| told(table, draft, &codes, findings)).collect()
}

/// Reads a row over what stands there.
fn read<'a>(line: Line<'_>, at: At, code: &str, before: Option<&'a Place>, codes: &Codes<'a>, words: &Words, log: &mut Log) -> Draft<'a> {
    if before.is_none() {
        line_of(log, at, code, 60);
    }
    let mut edit = PlaceEdit {
        there: before.map(|place| (place.id, place.row_version)),
        code: code.to_owned(),
        name: before.map(|place| place.name.clone()).unwrap_or_default(),
        parent: before.and_then(|place| codes.parent(place)).map(str::to_owned),
        level: 0,
        lat: before.and_then(|place| place.lat),
        lon: before.and_then(|place| place.lon),
        population: before.and_then(|place| place.population),
        active: before.is_none_or(|place| place.active),
    };
    match line.cell("name") {
        Some((_, name)) if name == edit.name => {}
        Some((at, name)) => edit.name = line_of(log, at, name, 200),
        None if before.is_none() => log.error(line.at, "name_missing", code),
        None => {}
    }
    let parent = line.cell("parent");
    if let Some((_, parent)) = parent {
        edit.parent = Some(parent.to_owned());
    }
    point(line, &mut edit, log);
    if let Some((at, text)) = line.cell("population") {
        edit.population = whole(text).or_else(|| {
            log.error(at, "population_invalid", text);
            edit.population
        });
    }
    if let Some((at, text)) = line.cell("active") {
        match words.whether(text) {
            Some(active) => edit.active = active,
            None => log.error(at, "whether_unknown", text),
        }
        if before.is_some_and(|place| place.used && place.active) && !edit.active {
            log.warning(at, "location_used", code);
        }
    }
    let said = line.cell("level");
    let mut level = before.map(|place| place.level);
    if let Some((at, text)) = said {
        level = text.parse::<i16>().ok().filter(|level| (0..=DEEPEST).contains(level));
        if level.is_none() {
            log.error(at, "location_level_invalid", text);
            level = before.map(|place| place.level);
        }
    }
    let cell_or_row = |cell: Option<(At, &str)>| cell.map_or(at, |(at, _)| at);
    Draft { at, parent_at: cell_or_row(parent), level_at: cell_or_row(said), before, edit, level }
}

/// A line of text, or what is wrong with it.
fn line_of(log: &mut Log, at: At, typed: &str, most: usize) -> String {
    match text::line(typed, 1, most) {
        Ok(line) => line,
        Err(fault) => {
            log.error(at, &format!("fault_{fault}"), typed);
            String::new()
        }
    }
}

/// A count of people.
fn whole(text: &str) -> Option<i32> {
    text.parse::<i32>().ok().filter(|count| *count >= 0)
}

/// Where a place lies: both degrees, or neither.
fn point(line: Line<'_>, edit: &mut PlaceEdit, log: &mut Log) {
    let (lat, lon) = (line.cell("lat"), line.cell("lon"));
    let mut is_read = true;
    for (cell, most, stands) in [(lat, 90, &mut edit.lat), (lon, 180, &mut edit.lon)] {
        let Some((at, text)) = cell else { continue };
        match degrees(log, at, text, most) {
            Some(value) => *stands = Some(value),
            None => is_read = false,
        }
    }
    if let Some((at, text)) = lat.or(lon)
        && is_read
        && edit.lat.is_some() != edit.lon.is_some()
    {
        log.error(at, "coordinate_alone", text);
    }
}

/// Degrees as a person would type them; more than six decimals, a tenth of a metre, are rounded.
fn degrees(log: &mut Log, at: At, text: &str, most: i64) -> Option<Decimal> {
    let value = match number(text) {
        Ok(value) => value,
        Err(code) => {
            let precise = text.trim_start_matches('+').parse::<Decimal>().ok().filter(|_| code == IssueCode::NumberTooPrecise);
            let Some(precise) = precise else {
                log.error(at, code.as_str(), text);
                return None;
            };
            log.warning(at, "coordinate_rounded", text);
            precise.round_dp(6)
        }
    };
    if value.abs() > Decimal::from(most) {
        log.error(at, "fault_not_on_earth", text);
        return None;
    }
    Some(value)
}

/// What a row changes, field by field; none where it changes nothing.
fn told(table: &Table, draft: Draft<'_>, codes: &Codes<'_>, findings: &mut Findings) -> Option<PlaceEdit> {
    let (row, edit) = (draft.at.row, draft.edit);
    let degrees = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
    let count = |value: Option<i32>| value.map(|value| value.to_string()).unwrap_or_default();
    // a level may follow from where a place lies, without a column of its own
    let column = |field: &'static str| Some(table.head_of(field)).filter(|head| !head.is_empty()).unwrap_or_else(|| field.to_owned());
    let Some(before) = draft.before else {
        findings.made.fresh += 1;
        findings.change(row, &edit.code, "", String::new(), edit.name.clone());
        // what else is said of it: nothing is the same as a place of which only the name is known
        let facts = [
            ("parent", edit.parent.clone().unwrap_or_default()),
            ("level", if edit.level == 0 { String::new() } else { edit.level.to_string() }),
            ("lat", degrees(edit.lat)),
            ("lon", degrees(edit.lon)),
            ("population", count(edit.population)),
            ("active", if edit.active { String::new() } else { edit.active.to_string() }),
        ];
        for (field, new) in facts.into_iter().filter(|(_, new)| !new.is_empty()) {
            findings.change(row, &edit.code, &column(field), String::new(), new);
        }
        return Some(edit);
    };
    let fields = [
        ("name", before.name.clone(), edit.name.clone()),
        ("parent", codes.parent(before).unwrap_or_default().to_owned(), edit.parent.clone().unwrap_or_default()),
        ("level", before.level.to_string(), edit.level.to_string()),
        ("lat", degrees(before.lat), degrees(edit.lat)),
        ("lon", degrees(before.lon), degrees(edit.lon)),
        ("population", count(before.population), count(edit.population)),
        ("active", before.active.to_string(), edit.active.to_string()),
    ];
    let mut differs = false;
    for (field, old, new) in fields.into_iter().filter(|(_, old, new)| old != new) {
        differs = true;
        findings.change(row, &edit.code, &column(field), old, new);
    }
    if differs {
        findings.made.changed += 1;
    } else {
        findings.made.same += 1;
    }
    differs.then_some(edit)
}
