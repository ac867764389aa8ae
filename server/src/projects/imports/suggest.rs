//! A first guess at the mapping, from the header alone; a person confirms it.

use std::collections::{BTreeMap, HashSet};

use super::mapping::{DateColumns, FractionColumns, IndicatorColumns, Layout, LocationColumns, LongColumns, Mapping, default_missing};

/// Usual names of each column, most telling first, in [`plain`] spelling.
const START: &[&str] = &["startdate", "datestart", "start", "periodstart", "from", "datefrom", "date", "month"];
const END: &[&str] = &["enddate", "dateend", "end", "periodend", "to", "dateto", "date", "month"];
const LOCATION_CODE: &[&str] =
    &["locationid", "locationcode", "siteid", "sitecode", "campid", "campcode", "pcode", "location", "site", "camp"];
const LOCATION_NAME: &[&str] = &["locationname", "sitename", "campname", "location", "site", "camp"];
const PARENT: &[&str] = &["country", "countryname", "region", "province", "state", "district"];
const INDICATOR: &[&str] = &["indicator", "indicatorcode", "indicatorid"];
const VALUE: &[&str] = &["value", "actual", "result", "figure"];
const NUMERATOR: &[&str] = &["numerator", "num"];
const DENOMINATOR: &[&str] = &["denominator", "den", "denom"];

/// Guesses the mapping of a file. A column that was not found is left as the
/// empty text ("nothing chosen yet"): such a mapping shows in a form, and is
/// refused when it comes back unchanged. Nothing is proposed for creation.
#[must_use]
pub fn suggest_mapping(headers: &[String], indicator_codes: &[String]) -> Mapping {
    let codes: HashSet<&str> = indicator_codes.iter().map(String::as_str).collect();
    let free: Vec<&str> = headers.iter().map(|header| header.trim()).filter(|header| !codes.contains(header)).collect();
    let pick =
        |names: &[&str]| names.iter().find_map(|name| free.iter().find(|header| plain(header) == *name)).map(|header| (*header).to_owned());
    let code = pick(LOCATION_CODE);
    let name = pick(LOCATION_NAME);
    Mapping {
        dates: DateColumns { start: pick(START).unwrap_or_default(), end: pick(END).unwrap_or_default() },
        location: code.map(|code| LocationColumns { name: name.filter(|name| *name != code), code, parent: pick(PARENT) }),
        layout: suggest_layout(headers, indicator_codes, pick),
        missing: default_missing(),
        create_locations: false,
        create_periods: false,
    }
}

fn suggest_layout(headers: &[String], indicator_codes: &[String], pick: impl Fn(&[&str]) -> Option<String>) -> Layout {
    let has_code = |header: &String| indicator_codes.iter().any(|code| code == header.trim());
    if headers.iter().any(has_code) {
        return Layout::Wide(IndicatorColumns::ByCode);
    }
    let value = pick(VALUE);
    let fraction = pick(NUMERATOR).zip(pick(DENOMINATOR)).map(|(numerator, denominator)| FractionColumns { numerator, denominator });
    if let Some(indicator) = pick(INDICATOR)
        && (value.is_some() || fraction.is_some())
    {
        return Layout::Long(LongColumns { indicator, value, fraction, dimensions: BTreeMap::new() });
    }
    let alike = alike_columns(headers, indicator_codes);
    Layout::Wide(if alike.is_empty() { IndicatorColumns::ByCode } else { IndicatorColumns::Named(alike) })
}

/// Columns that differ from a code only in case, spaces and punctuation, each
/// code once.
fn alike_columns(headers: &[String], indicator_codes: &[String]) -> BTreeMap<String, String> {
    let mut codes: BTreeMap<String, &String> = indicator_codes.iter().map(|code| (plain(code), code)).collect();
    headers
        .iter()
        .filter_map(|header| {
            let code = codes.remove(&plain(header))?;
            Some((header.trim().to_owned(), code.clone()))
        })
        .collect()
}

/// A header without case, spaces and punctuation.
fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
