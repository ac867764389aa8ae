//! Fits a mapping to a file and a project: column names become positions,
//! indicator codes become indicators. All that does not fit is reported at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::issue::{Issue, IssueCode};
use super::mapping::{IndicatorColumns, Layout, LocationColumns, LongColumns, Mapping};
use super::plan::{Catalogue, IndicatorEntry};

/// Positions of the mapped columns.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) place: Option<PlaceColumns>,
    pub(super) figures: FigureColumns,
}

#[derive(Debug)]
pub(super) struct PlaceColumns {
    pub(super) code: usize,
    pub(super) name: Option<usize>,
    pub(super) parent: Option<usize>,
}

#[derive(Debug)]
pub(super) enum FigureColumns {
    /// Column and index of its indicator in the catalogue.
    Wide(Vec<(usize, usize)>),
    Long {
        indicator: usize,
        value: Option<usize>,
        /// Numerator and denominator.
        fraction: Option<(usize, usize)>,
        /// Columns and the keys of their dimensions.
        dimensions: Vec<(usize, String)>,
    },
}

/// The header row is where a misfit shows.
const HEADER_ROW: u32 = 1;

struct Resolver<'a> {
    positions: HashMap<&'a str, usize>,
    faults: Vec<Issue>,
}

/// Resolves the mapping.
///
/// # Errors
/// Every column and indicator that does not fit, as critical issues.
pub(super) fn resolve(mapping: &Mapping, headers: &[String], catalogue: &Catalogue) -> Result<Columns, Vec<Issue>> {
    let positions = headers.iter().map(String::as_str).zip(0..).collect();
    let mut resolver = Resolver { positions, faults: Vec::new() };
    let columns = Columns {
        start: resolver.column(&mapping.dates.start),
        end: resolver.column(&mapping.dates.end),
        place: mapping.location.as_ref().map(|l| resolver.place(l)),
        figures: match &mapping.layout {
            Layout::Wide(wide) => resolver.wide(wide, headers, &catalogue.indicators),
            Layout::Long(long) => resolver.long(long, &catalogue.indicators),
        },
    };
    if resolver.faults.is_empty() { Ok(columns) } else { Err(resolver.faults) }
}

impl Resolver<'_> {
    fn fault(&mut self, code: IssueCode, column: &str, value: &str) {
        self.faults.push(Issue::new(code, HEADER_ROW, Some(column), value));
    }

    /// The position of a column; a missing one is noted.
    fn position(&mut self, name: &str) -> Option<usize> {
        let found = self.positions.get(name.trim()).copied();
        if found.is_none() {
            self.fault(IssueCode::ColumnMissing, name, name);
        }
        found
    }

    /// The position of a column. A missing one discards the whole result, so
    /// the position answered for it is never used.
    fn column(&mut self, name: &str) -> usize {
        self.position(name).unwrap_or_default()
    }

    fn place(&mut self, location: &LocationColumns) -> PlaceColumns {
        PlaceColumns {
            code: self.column(&location.code),
            name: location.name.as_deref().map(|name| self.column(name)),
            parent: location.parent.as_deref().map(|name| self.column(name)),
        }
    }

    fn wide(&mut self, columns: &IndicatorColumns, headers: &[String], indicators: &[IndicatorEntry]) -> FigureColumns {
        let by_code: HashMap<&str, usize> = indicators.iter().map(|i| i.code.as_str()).zip(0..).collect();
        let before = self.faults.len();
        let pairs: Vec<(usize, usize)> = match columns {
            IndicatorColumns::ByCode => {
                headers.iter().enumerate().filter_map(|(at, header)| Some((at, *by_code.get(header.as_str())?))).collect()
            }
            IndicatorColumns::Named(named) => self.named(named, &by_code),
        };
        if pairs.is_empty() && self.faults.len() == before {
            let none = Issue::new(IssueCode::NoIndicatorColumns, HEADER_ROW, None, "");
            self.faults.push(none);
        }
        self.check_indicators(&pairs, headers, indicators);
        FigureColumns::Wide(pairs)
    }

    fn named(&mut self, named: &BTreeMap<String, String>, by_code: &HashMap<&str, usize>) -> Vec<(usize, usize)> {
        let mut pairs = Vec::with_capacity(named.len());
        for (column, code) in named {
            let position = self.position(column);
            let indicator = by_code.get(code.trim()).copied();
            if indicator.is_none() {
                self.fault(IssueCode::MappedIndicatorUnknown, column, code);
            }
            pairs.extend(position.zip(indicator));
        }
        // The file's order, so that issues of a row read left to right.
        pairs.sort_unstable();
        pairs
    }

    /// One column an indicator, and only indicators that one column can hold.
    fn check_indicators(&mut self, pairs: &[(usize, usize)], headers: &[String], indicators: &[IndicatorEntry]) {
        let mut seen = HashSet::new();
        for &(column, index) in pairs {
            let header = headers.get(column).map_or("", String::as_str);
            let Some(indicator) = indicators.get(index) else {
                continue;
            };
            if !seen.insert(index) {
                self.fault(IssueCode::IndicatorMappedTwice, header, &indicator.code);
            }
            if indicator.needs_fraction {
                self.fault(IssueCode::IndicatorNeedsFraction, header, &indicator.code);
            }
        }
    }

    fn long(&mut self, long: &LongColumns, indicators: &[IndicatorEntry]) -> FigureColumns {
        let known = |key: &str| indicators.iter().flat_map(|i| &i.schemes).flat_map(|scheme| &scheme.dimensions).any(|d| d.key == key);
        let mut dimensions = Vec::with_capacity(long.dimensions.len());
        for (column, key) in &long.dimensions {
            let (position, key) = (self.position(column), key.trim());
            if !known(key) {
                self.fault(IssueCode::DimensionUnknown, column, key);
            }
            dimensions.extend(position.map(|position| (position, key.to_owned())));
        }
        FigureColumns::Long {
            indicator: self.column(&long.indicator),
            value: long.value.as_deref().map(|name| self.column(name)),
            fraction: long.fraction.as_ref().map(|fraction| (self.column(&fraction.numerator), self.column(&fraction.denominator))),
            dimensions,
        }
    }
}
