//! The results framework as a matrix: results with their assumptions, and beside each its indicators with targets and sources.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use server::kernel::error::Error;
use server::projects::Project;
use server::projects::framework::import::DETAILS;
use server::projects::framework::{Content, FrozenIndicator, FrozenNode};

use super::{Col, Looks, bytes_of, print, write_across, write_figure};
use crate::pages::projects::framework::level_name;
use crate::parts::in_words;
use crate::text::Say;

/// The columns: of the result, then of the indicator, each with what the import of a framework reads beneath it.
pub(super) const HEADS: [(&str, &str); 13] = [
    ("col-level", "level"),
    ("col-number", "number"),
    ("col-of-framework", "result"),
    ("field-assumptions", "assumptions"),
    ("field-risks", "risks"),
    ("field-code", "code"),
    ("col-indicator", "title"),
    ("field-unit", "unit"),
    ("field-frequency", "frequency"),
    ("col-baseline", "baseline_value"),
    ("col-end-target", "eop_target"),
    ("field-data-source", "data_source"),
    ("field-description", "description"),
];
/// Where the indicator's columns begin.
const INDICATOR: Col = 5;
/// Where they end.
const SOURCE: Col = 11;
/// What a result means stands behind them: there is much of it, and donors do not ask for it.
const LAST: Col = 12;
/// The row of the heads.
const HEAD: u32 = 2;

/// The framework as a workbook: the matrix, the targets by period, and the rest of what indicators say.
///
/// # Errors
/// The library's, as an internal one.
pub fn framework(say: Say, project: &Project, content: &Content) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let looks = Looks::new();
        matrix(book, say, project, content, &looks)?;
        targets(book, say, content, &looks)?;
        details(book, say, content, &looks)
    })
}

fn matrix(book: &mut Workbook, say: Say, project: &Project, content: &Content, looks: &Looks) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(say.t("sheet-framework"))?;
    sheet.write_string_with_format(0, 0, &project.title, &looks.title)?;
    let (results, indicators) =
        (say.count_of("results-count", content.nodes.len()), say.count_of("indicators-count", content.indicators.len()));
    let status = say.word("framework-status", &project.framework_status);
    sheet.write_string_with_format(1, 0, format!("{status} · {results} · {indicators}"), &looks.note)?;
    for (col, (key, _)) in (0..).zip(HEADS) {
        sheet.write_string_with_format(HEAD, col, say.t(key), &looks.head)?;
    }
    let mut row = HEAD + 1;
    for node in &content.nodes {
        let indicators: Vec<_> = content.indicators.iter().filter(|i| i.node.as_deref() == Some(node.id.as_str())).collect();
        row = write_result(sheet, say, content, row, node, &indicators, looks)?;
    }
    let loose: Vec<_> = content.indicators.iter().filter(|i| i.node.is_none()).collect();
    if !loose.is_empty() {
        write_across(sheet, row, 0, LAST, &say.t("framework-loose"), &looks.band)?;
        row += 1;
        for indicator in loose {
            write_indicator(sheet, say, row, indicator, looks)?;
            row += 1;
        }
    }
    for (col, width) in
        [(0, 16), (1, 10), (2, 40), (3, 32), (4, 32), (5, 16), (6, 40), (7, 12), (8, 14), (9, 12), (10, 12), (11, 32), (12, 40)]
    {
        sheet.set_column_width(col, width)?;
    }
    sheet.set_freeze_panes(HEAD + 1, 0)?;
    print(sheet, HEAD, HEAD)
}

/// A result with its indicators, a row each; the row after them.
fn write_result(
    sheet: &mut Worksheet,
    say: Say,
    content: &Content,
    row: u32,
    node: &FrozenNode,
    indicators: &[&FrozenIndicator],
    looks: &Looks,
) -> Result<u32, XlsxError> {
    let level = i16::try_from(node.number.matches('.').count()).unwrap_or(0);
    let texts = [level_name(say, &content.template, &content.own_levels, level), node.number.clone()];
    let fields = ["title", "assumptions", "risks"].map(|field| node.fields.get(field).cloned().unwrap_or_default());
    for (col, text) in (0..).zip(texts.into_iter().chain(fields)) {
        sheet.write_string_with_format(row, col, text, &looks.text)?;
    }
    sheet.write_string_with_format(row, LAST, node.fields.get("description").map_or("", String::as_str), &looks.text)?;
    let Some((first, others)) = indicators.split_first() else {
        for col in INDICATOR..=SOURCE {
            sheet.write_blank(row, col, &looks.text)?;
        }
        return Ok(row + 1);
    };
    write_indicator(sheet, say, row, first, looks)?;
    let mut row = row + 1;
    for indicator in others {
        for col in (0..INDICATOR).chain([LAST]) {
            sheet.write_blank(row, col, &looks.text)?;
        }
        write_indicator(sheet, say, row, indicator, looks)?;
        row += 1;
    }
    Ok(row)
}

fn write_indicator(sheet: &mut Worksheet, say: Say, row: u32, indicator: &FrozenIndicator, looks: &Looks) -> Result<(), XlsxError> {
    let field = |name: &str| indicator.fields.get(name).cloned().unwrap_or_default();
    sheet.write_string_with_format(row, INDICATOR, &indicator.code, &looks.code)?;
    let texts = [field("title"), field("unit"), in_words(say, "frequency", &field("frequency"))];
    for (col, text) in (INDICATOR + 1..).zip(texts) {
        sheet.write_string_with_format(row, col, text, &looks.text)?;
    }
    for (col, name) in (INDICATOR + 4..).zip(["baseline_value", "eop_target"]) {
        write_figure(sheet, row, col, field(name).parse().ok(), &looks.figure(decimals(&field("decimals"))))?;
    }
    sheet.write_string_with_format(row, SOURCE, field("data_source"), &looks.text)?;
    Ok(())
}

fn decimals(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// Targets by period, one row an indicator; those of single places in rows beneath. No sheet where there are none.
fn targets(book: &mut Workbook, say: Say, content: &Content, looks: &Looks) -> Result<(), XlsxError> {
    // by name: periods of one kind stand in the order of time, and kinds beside each other
    let mut periods: Vec<(&str, &str)> = Vec::new();
    for target in content.indicators.iter().flat_map(|i| &i.targets) {
        if !periods.iter().any(|(id, _)| *id == target.period) {
            periods.push((&target.period, &target.period_name));
        }
    }
    periods.sort_by_key(|(_, name)| *name);
    if periods.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet().set_name(say.t("sheet-targets"))?;
    let before = ["field-code", "col-indicator", "field-location"];
    for (col, text) in
        (0..).zip(before.iter().map(|key| say.t(key)).chain(periods.iter().map(|(_, name)| crate::format::period(say, name))))
    {
        sheet.write_string_with_format(0, col, text, &looks.head)?;
    }
    let mut row = 1;
    for indicator in content.indicators.iter().filter(|i| !i.targets.is_empty()) {
        let mut by_place: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for target in &indicator.targets {
            by_place.entry(target.location_code.as_deref().unwrap_or_default()).or_default().push(target);
        }
        let number = looks.figure(decimals(indicator.fields.get("decimals").map_or("", String::as_str)));
        for (place, targets) in by_place {
            sheet.write_string_with_format(row, 0, &indicator.code, &looks.code)?;
            sheet.write_string_with_format(row, 1, indicator.fields.get("title").map_or("", String::as_str), &looks.text)?;
            sheet.write_string_with_format(row, 2, place, &looks.code)?;
            for target in targets {
                let at = periods.iter().position(|(id, _)| *id == target.period).and_then(|at| Col::try_from(at + before.len()).ok());
                if let Some(col) = at {
                    write_figure(sheet, row, col, target.value.parse().ok(), &number)?;
                }
            }
            row += 1;
        }
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?;
    sheet.set_freeze_panes(1, 3)?;
    print(sheet, 0, 0)
}

/// What else indicators say, in words, one row each: enough to make them anew. No sheet where there are none.
fn details(book: &mut Workbook, say: Say, content: &Content, looks: &Looks) -> Result<(), XlsxError> {
    if content.indicators.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet().set_name(say.t("sheet-indicators"))?;
    let heads = [say.t("field-code"), say.t("col-indicator")].into_iter().chain(DETAILS.iter().map(|field| say.word("field", field)));
    for (col, text) in (0..).zip(heads) {
        sheet.write_string_with_format(0, col, text, &looks.head)?;
    }
    for (row, indicator) in (1..).zip(&content.indicators) {
        let field = |name: &str| indicator.fields.get(name).map_or("", String::as_str);
        sheet.write_string_with_format(row, 0, &indicator.code, &looks.code)?;
        let texts = std::iter::once(field("title").to_owned()).chain(DETAILS.iter().map(|name| in_words(say, name, field(name))));
        for (col, text) in (1..).zip(texts) {
            sheet.write_string_with_format(row, col, text, &looks.text)?;
        }
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?;
    sheet.set_freeze_panes(1, 2)?;
    print(sheet, 0, 0)
}
