//! The locations of the project and those an import plans.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

/// Longest code of a location to create, in characters.
const MAX_CODE_CHARS: usize = 60;
/// Longest name of a location to create, in characters.
const MAX_NAME_CHARS: usize = 200;

/// A location the project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationEntry {
    /// Its id.
    pub id: Uuid,
    /// Its code, unique in the organisation.
    pub code: String,
    /// Whether it is in use: one that is switched off keeps its code, and takes no figures.
    pub active: bool,
}

/// A location that exists or is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationRef {
    /// The project has it.
    Existing(Uuid),
    /// Index into the plan's new locations.
    New(usize),
}

/// A location to create. A parent stands before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLocation {
    /// The first valid row that needs it.
    pub row: u32,
    /// Its code.
    pub code: String,
    /// Its name, the code where the file gives none.
    pub name: String,
    /// The location above it.
    pub parent: Option<LocationRef>,
}

/// A location the file names that is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FreshPlace {
    pub(super) code: String,
    pub(super) name: String,
    /// Name of the location above.
    pub(super) parent: Option<String>,
}

/// Where a row's figures go.
#[derive(Debug, Clone)]
pub(super) enum PlaceSpot {
    /// To the project itself: the mapping has no location.
    Project,
    /// To a location known by its index: those of the project first, then those
    /// planned.
    Known(usize),
    /// To one still to be planned.
    Fresh(FreshPlace),
}

/// What a row says differently from the row that planned a location.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Differences {
    /// The row that planned the location, if this one names it differently.
    pub(super) name: Option<u32>,
    /// The same for the location above it.
    pub(super) parent: Option<u32>,
}

/// All locations known so far.
#[derive(Debug)]
pub(super) struct Places<'c> {
    existing: &'c [LocationEntry],
    planned: Vec<NewLocation>,
    index: HashMap<String, usize>,
    /// Differences already told, so that each is told once.
    told: HashSet<(usize, String)>,
}

impl<'c> Places<'c> {
    pub(super) fn new(existing: &'c [LocationEntry]) -> Self {
        Self { existing, planned: Vec::new(), index: existing.iter().map(|l| l.code.clone()).zip(0..).collect(), told: HashSet::new() }
    }

    pub(super) fn find(&self, code: &str) -> Option<usize> {
        self.index.get(code).copied()
    }

    /// Whether a location stands and is switched off.
    pub(super) fn is_off(&self, index: usize) -> bool {
        self.existing.get(index).is_some_and(|location| !location.active)
    }

    /// Compares what a row says of a planned location with what planned it.
    /// The project's own locations are not compared: an import never changes them.
    pub(super) fn differences(&mut self, index: usize, name: Option<&str>, parent: Option<&str>) -> Differences {
        let mut found = Differences::default();
        let Some(planned) = index.checked_sub(self.existing.len()).and_then(|at| self.planned.get(at)) else {
            return found;
        };
        let row = planned.row;
        if let Some(name) = name
            && name != planned.name
            && self.told.insert((index, format!("name {name}")))
        {
            found.name = Some(row);
        }
        if let Some(parent) = parent
            && self.has_other_parent(planned, parent)
            && self.told.insert((index, format!("parent {parent}")))
        {
            found.parent = Some(row);
        }
        found
    }

    /// A row of the country itself names it as its own parent: no difference.
    fn has_other_parent(&self, planned: &NewLocation, parent: &str) -> bool {
        let code = code_of_name(parent);
        let stated = self.find(&code).map(|index| self.refer(index));
        code != planned.code && (stated.is_none() || stated != planned.parent)
    }

    /// Plans a location that is fresh, its parent before it, and answers the
    /// index of any but the project itself.
    pub(super) fn settle(&mut self, spot: PlaceSpot, row: u32) -> Option<usize> {
        let fresh = match spot {
            PlaceSpot::Project => return None,
            PlaceSpot::Known(index) => return Some(index),
            PlaceSpot::Fresh(fresh) => fresh,
        };
        let parent = fresh.parent.and_then(|name| {
            let code = code_of_name(&name);
            (code != fresh.code).then(|| {
                let index = self.find(&code);
                let index = index.unwrap_or_else(|| self.plan(row, code, name, None));
                self.refer(index)
            })
        });
        Some(self.plan(row, fresh.code, fresh.name, parent))
    }

    fn plan(&mut self, row: u32, code: String, name: String, parent: Option<LocationRef>) -> usize {
        let index = self.existing.len() + self.planned.len();
        self.index.insert(code.clone(), index);
        self.planned.push(NewLocation { row, code, name, parent });
        index
    }

    pub(super) fn refer(&self, index: usize) -> LocationRef {
        match self.existing.get(index) {
            Some(location) => LocationRef::Existing(location.id),
            None => LocationRef::New(index - self.existing.len()),
        }
    }

    pub(super) fn into_planned(self) -> Vec<NewLocation> {
        self.planned
    }
}

/// A code fit to store: short and without control characters.
pub(super) fn is_code(text: &str) -> bool {
    is_text(text, MAX_CODE_CHARS)
}

/// A name fit to store.
pub(super) fn is_name(text: &str) -> bool {
    is_text(text, MAX_NAME_CHARS)
}

fn is_text(text: &str, max: usize) -> bool {
    text.chars().count() <= max && !text.chars().any(char::is_control)
}

/// The code of a location that only has a name: upper-case ASCII letters and
/// digits, dashes between words. The same name always gives the same code.
/// Where letters are lost (another script, a name too long), a checksum of the
/// name follows, so that two such names do not fall together.
#[must_use]
pub fn code_of_name(name: &str) -> String {
    let mut code = String::with_capacity(name.len());
    let mut lossy = false;
    for c in name.trim().chars() {
        match fold(c) {
            Some(letters) => code.push_str(letters),
            None if c.is_ascii_alphanumeric() => code.push(c.to_ascii_uppercase()),
            None => {
                lossy |= c.is_alphanumeric();
                if !code.is_empty() && !code.ends_with('-') {
                    code.push('-');
                }
            }
        }
    }
    let checksum_len = 9;
    lossy |= code.len() > MAX_CODE_CHARS || code.is_empty();
    if lossy {
        code.truncate(MAX_CODE_CHARS - checksum_len);
    }
    let code = code.trim_end_matches('-');
    match (lossy, code.is_empty()) {
        (false, _) => code.to_owned(),
        (true, true) => format!("L-{:08X}", checksum(name.trim())),
        (true, false) => format!("{code}-{:08X}", checksum(name.trim())),
    }
}

/// Latin letters with marks, as the names of countries and districts in French,
/// Portuguese, Spanish and Turkish have them.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "A",
        'ç' | 'Ç' => "C",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "E",
        'ğ' | 'Ğ' => "G",
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'İ' | 'Ì' | 'Í' | 'Î' | 'Ï' => "I",
        'ñ' | 'Ñ' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "O",
        'ş' | 'Ş' => "S",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => "U",
        'ý' | 'ÿ' | 'Ý' => "Y",
        'œ' | 'Œ' => "OE",
        'æ' | 'Æ' => "AE",
        'ß' => "SS",
        _ => return None,
    })
}

/// FNV-1a, 32 bits: stable over versions and machines, which the standard
/// library's hashers do not promise.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
