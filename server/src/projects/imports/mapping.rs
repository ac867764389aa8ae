//! The mapping: which column of a file means what. It arrives as JSON, from
//! the page or from a program, and is checked for form and size here; whether
//! it fits a file and a project is decided when the columns are resolved.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::kernel::json::unique_texts;

/// Longest column name, in bytes.
pub const MAX_COLUMN_NAME: usize = 400;
/// Longest indicator code or dimension key, in bytes.
const MAX_CODE: usize = 100;
/// Longest text that stands for "no value", in bytes.
const MAX_MISSING_TEXT: usize = 40;
/// Most texts that stand for "no value".
const MAX_MISSING: usize = 20;
/// Most indicator columns a mapping names: no file may have more columns.
const MAX_INDICATORS: usize = 500;
/// Most dimensions one indicator is broken down by.
const MAX_DIMENSIONS: usize = 3;

/// A checked mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MappingText", into = "MappingText")]
pub struct Mapping {
    /// Where the first and the last day of a row stand.
    pub dates: DateColumns,
    /// Where the location stands; without it figures are the project's own.
    pub location: Option<LocationColumns>,
    /// Where the figures stand.
    pub layout: Layout,
    /// Cells that mean "no value", compared after trimming.
    pub missing: Vec<String>,
    /// Locations the project does not have may be created.
    pub create_locations: bool,
    /// Calendar periods the project does not have may be created.
    pub create_periods: bool,
}

/// The two date columns; they may be one and the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateColumns {
    /// First day the row tells about.
    pub start: String,
    /// Last day the row tells about.
    pub end: String,
}

/// The columns that name a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationColumns {
    /// The location's code.
    pub code: String,
    /// Its name, for locations to create; the code serves where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the location above it, for example the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// Where the figures stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One row a place and time, one column an indicator.
    Wide(IndicatorColumns),
    /// One row a figure.
    Long(LongColumns),
}

/// Which columns of a wide file are indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndicatorColumns {
    /// Every column named exactly as an indicator's code.
    ByCode,
    /// Column name to indicator code.
    Named(BTreeMap<String, String>),
}

/// The columns of a long file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongColumns {
    /// The indicator's code.
    pub indicator: String,
    /// The plain figure.
    pub value: Option<String>,
    /// Numerator and denominator of a fraction.
    pub fraction: Option<FractionColumns>,
    /// Column name to dimension key.
    pub dimensions: BTreeMap<String, String>,
}

/// The two columns of a fraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FractionColumns {
    /// The part.
    pub numerator: String,
    /// The whole.
    pub denominator: String,
}

/// What is wrong with the form of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingError {
    /// A field the layout needs is absent.
    Needs(&'static str),
    /// A field of the other layout is present.
    Foreign(&'static str),
    /// `indicators` is a text other than `*`.
    NotAStar,
    /// A text is empty or too long; names the field and the limit in bytes.
    Length(&'static str, usize),
    /// A list is too long; names the field and the limit.
    TooMany(&'static str, usize),
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(field) => write!(f, "this layout needs \"{field}\""),
            Self::Foreign(field) => write!(f, "\"{field}\" does not belong to this layout"),
            Self::NotAStar => f.write_str("\"indicators\" is \"*\" or an object"),
            Self::Length(field, max) => {
                write!(f, "a text of \"{field}\" is empty or longer than {max} bytes")
            }
            Self::TooMany(field, max) => write!(f, "\"{field}\" has more than {max} entries"),
        }
    }
}

impl std::error::Error for MappingError {}

/// What may be created along with the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Create {
    Locations,
    Periods,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LayoutName {
    Wide,
    Long,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum IndicatorsText {
    Star(String),
    Named(#[serde(deserialize_with = "once")] BTreeMap<String, String>),
}

/// Columns by name, each of them once.
fn once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    unique_texts(deserializer, usize::MAX)
}

/// The same, or nothing.
fn once_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    #[derive(Deserialize)]
    struct Once(#[serde(deserialize_with = "once")] BTreeMap<String, String>);
    Ok(Option::<Once>::deserialize(deserializer)?.map(|columns| columns.0))
}

/// The mapping as JSON spells it, before it is checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingText {
    layout: LayoutName,
    dates: DateColumns,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<LocationColumns>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    indicators: Option<IndicatorsText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    indicator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    numerator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    denominator: Option<String>,
    #[serde(default, deserialize_with = "once_or_none", skip_serializing_if = "Option::is_none")]
    dimensions: Option<BTreeMap<String, String>>,
    #[serde(default = "default_missing")]
    missing: Vec<String>,
    #[serde(default)]
    create: Vec<Create>,
}

/// What stands for "no value" unless the mapping says otherwise.
pub(super) fn default_missing() -> Vec<String> {
    vec!["NA".to_owned(), String::new()]
}

impl TryFrom<MappingText> for Mapping {
    type Error = MappingError;

    fn try_from(text: MappingText) -> Result<Self, MappingError> {
        for (field, column) in [("start", &text.dates.start), ("end", &text.dates.end)] {
            check_length(field, column, MAX_COLUMN_NAME)?;
        }
        if let Some(location) = &text.location {
            check_length("code", &location.code, MAX_COLUMN_NAME)?;
            for column in location.name.iter().chain(&location.parent) {
                check_length("location", column, MAX_COLUMN_NAME)?;
            }
        }
        check_count("missing", text.missing.len(), MAX_MISSING)?;
        if text.missing.iter().any(|m| m.len() > MAX_MISSING_TEXT) {
            return Err(MappingError::Length("missing", MAX_MISSING_TEXT));
        }
        let layout = match text.layout {
            LayoutName::Wide => Layout::Wide(wide(&text)?),
            LayoutName::Long => Layout::Long(long(&text)?),
        };
        Ok(Self {
            create_locations: text.create.contains(&Create::Locations),
            create_periods: text.create.contains(&Create::Periods),
            dates: text.dates,
            location: text.location,
            layout,
            missing: text.missing,
        })
    }
}

fn wide(text: &MappingText) -> Result<IndicatorColumns, MappingError> {
    let foreign = [
        ("indicator", text.indicator.is_some()),
        ("value", text.value.is_some()),
        ("numerator", text.numerator.is_some()),
        ("denominator", text.denominator.is_some()),
        ("dimensions", text.dimensions.is_some()),
    ];
    if let Some((field, _)) = foreign.into_iter().find(|(_, present)| *present) {
        return Err(MappingError::Foreign(field));
    }
    match &text.indicators {
        None => Err(MappingError::Needs("indicators")),
        Some(IndicatorsText::Star(star)) if star == "*" => Ok(IndicatorColumns::ByCode),
        Some(IndicatorsText::Star(_)) => Err(MappingError::NotAStar),
        Some(IndicatorsText::Named(columns)) => {
            check_count("indicators", columns.len(), MAX_INDICATORS)?;
            check_pairs("indicators", columns)?;
            Ok(IndicatorColumns::Named(columns.clone()))
        }
    }
}

fn long(text: &MappingText) -> Result<LongColumns, MappingError> {
    if text.indicators.is_some() {
        return Err(MappingError::Foreign("indicators"));
    }
    let indicator = text.indicator.clone().ok_or(MappingError::Needs("indicator"))?;
    let fraction = match (&text.numerator, &text.denominator) {
        (Some(numerator), Some(denominator)) => Some(FractionColumns { numerator: numerator.clone(), denominator: denominator.clone() }),
        (None, None) => None,
        (Some(_), None) => return Err(MappingError::Needs("denominator")),
        (None, Some(_)) => return Err(MappingError::Needs("numerator")),
    };
    if text.value.is_none() && fraction.is_none() {
        return Err(MappingError::Needs("value"));
    }
    let columns = [&text.value, &text.numerator, &text.denominator];
    for column in columns.into_iter().flatten().chain([&indicator]) {
        check_length("column", column, MAX_COLUMN_NAME)?;
    }
    let dimensions = text.dimensions.clone().unwrap_or_default();
    check_count("dimensions", dimensions.len(), MAX_DIMENSIONS)?;
    check_pairs("dimensions", &dimensions)?;
    Ok(LongColumns { indicator, value: text.value.clone(), fraction, dimensions })
}

fn check_pairs(field: &'static str, pairs: &BTreeMap<String, String>) -> Result<(), MappingError> {
    for (column, code) in pairs {
        check_length(field, column, MAX_COLUMN_NAME)?;
        check_length(field, code, MAX_CODE)?;
    }
    Ok(())
}

fn check_length(field: &'static str, text: &str, max: usize) -> Result<(), MappingError> {
    if text.trim().is_empty() || text.len() > max {
        return Err(MappingError::Length(field, max));
    }
    Ok(())
}

fn check_count(field: &'static str, count: usize, max: usize) -> Result<(), MappingError> {
    if count > max {
        return Err(MappingError::TooMany(field, max));
    }
    Ok(())
}

impl From<Mapping> for MappingText {
    fn from(mapping: Mapping) -> Self {
        let create = [(mapping.create_locations, Create::Locations), (mapping.create_periods, Create::Periods)];
        let mut text = Self {
            layout: LayoutName::Wide,
            dates: mapping.dates,
            location: mapping.location,
            indicators: None,
            indicator: None,
            value: None,
            numerator: None,
            denominator: None,
            dimensions: None,
            missing: mapping.missing,
            create: create.into_iter().filter_map(|(wanted, what)| wanted.then_some(what)).collect(),
        };
        match mapping.layout {
            Layout::Wide(IndicatorColumns::ByCode) => {
                text.indicators = Some(IndicatorsText::Star("*".to_owned()));
            }
            Layout::Wide(IndicatorColumns::Named(columns)) => {
                text.indicators = Some(IndicatorsText::Named(columns));
            }
            Layout::Long(columns) => {
                text.layout = LayoutName::Long;
                text.indicator = Some(columns.indicator);
                text.value = columns.value;
                if let Some(fraction) = columns.fraction {
                    text.numerator = Some(fraction.numerator);
                    text.denominator = Some(fraction.denominator);
                }
                text.dimensions = Some(columns.dimensions).filter(|d| !d.is_empty());
            }
        }
        text
    }
}
