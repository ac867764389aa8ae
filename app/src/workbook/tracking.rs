//! The tracking table as donors ask for it: one row an indicator beneath its result, its groups beneath it, targets and figures by period.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use server::kernel::error::Error;
use server::projects::tracking::{Cell, Group, Line, Tracking, figures};

use super::{Col, Looks, bytes_of, print, write_across, write_figure};
use crate::format::column;
use crate::text::Say;

/// Columns before those of the periods: code, indicator, unit, baseline, end target.
const BEFORE: Col = 5;
/// Columns of each period: target, actual, per cent, status.
const EACH: Col = 4;
/// The rows of the two heads.
const HEADS: (u32, u32) = (3, 4);

/// The table as a workbook: the table, what is not verified yet, and what the indicators mean.
///
/// # Errors
/// The library's, as an internal one.
pub fn tracking(say: Say, table: &Tracking) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let looks = Looks::new();
        itt(book, say, table, &looks)?;
        provisional(book, say, table, &looks)?;
        meanings(book, say, table, &looks)
    })
}

fn itt(book: &mut Workbook, say: Say, table: &Tracking, looks: &Looks) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(say.t("sheet-itt"))?;
    let spans = Col::try_from(table.columns.len()).unwrap_or(0);
    let last = BEFORE + spans * EACH - 1;
    sheet.write_string_with_format(0, 0, &table.project.title, &looks.title)?;
    let place = table.location.as_ref().map_or_else(|| say.t("all-locations"), |location| location.name.clone());
    let count = say.count_of("workbook-figures", figures(table));
    let caption = say.with("tracking-caption", &[("year", &table.year.to_string())]);
    sheet.write_string_with_format(1, 0, format!("{caption} · {place} · {} · {count}", say.t("workbook-verified")), &looks.note)?;
    heads(sheet, say, table, looks)?;
    let mut row = HEADS.1 + 1;
    for node in &table.nodes {
        let mut lines = table.lines.iter().filter(|line| line.indicator.node == Some(node.id)).peekable();
        if lines.peek().is_some() {
            write_across(sheet, row, 0, last, &format!("{} {}", node.number, node.title), &looks.band)?;
            row += 1;
        }
        for line in lines {
            row = write_line(sheet, say, row, line, looks)?;
        }
    }
    for line in table.lines.iter().filter(|line| line.indicator.node.is_none()) {
        row = write_line(sheet, say, row, line, looks)?;
    }
    sheet.set_freeze_panes(HEADS.1 + 1, 2)?;
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?.set_column_width(2, 12)?;
    print(sheet, HEADS.0, HEADS.1)
}

fn heads(sheet: &mut Worksheet, say: Say, table: &Tracking, looks: &Looks) -> Result<(), XlsxError> {
    let before = ["field-code", "col-indicator", "field-unit", "col-baseline", "col-end-target"];
    for (col, key) in (0..).zip(before) {
        sheet.merge_range(HEADS.0, col, HEADS.1, col, &say.t(key), &looks.head)?;
    }
    for (at, span) in (0..).zip(&table.columns) {
        let first = BEFORE + at * EACH;
        write_across(sheet, HEADS.0, first, first + EACH - 1, &column(&span.key), &looks.head)?;
        for (col, text) in (first..).zip([say.t("col-target"), say.t("col-actual"), "%".to_owned(), say.t("col-status")]) {
            sheet.write_string_with_format(HEADS.1, col, text, &looks.head)?;
        }
    }
    Ok(())
}

/// An indicator with its groups; the row after them.
fn write_line(sheet: &mut Worksheet, say: Say, row: u32, line: &Line, looks: &Looks) -> Result<u32, XlsxError> {
    let indicator = &line.indicator;
    let number = looks.figure(indicator.method.decimals);
    sheet.write_string_with_format(row, 0, &indicator.code, &looks.code)?;
    sheet.write_string_with_format(row, 1, &indicator.title, &looks.text)?;
    sheet.write_string_with_format(row, 2, &indicator.unit, &looks.text)?;
    write_figure(sheet, row, 3, indicator.method.baseline, &number)?;
    write_figure(sheet, row, 4, indicator.eop_target, &number)?;
    for (at, cell) in (0..).zip(&line.cells) {
        write_cell(sheet, say, (row, BEFORE + at * EACH), cell, &number, looks)?;
    }
    let mut row = row + 1;
    for group in &line.groups {
        write_group(sheet, say, row, group, &number, looks)?;
        row += 1;
    }
    Ok(row)
}

fn write_cell(
    sheet: &mut Worksheet,
    say: Say,
    (row, col): (u32, Col),
    cell: &Cell,
    number: &Format,
    looks: &Looks,
) -> Result<(), XlsxError> {
    write_figure(sheet, row, col, cell.target, number)?;
    write_figure(sheet, row, col + 1, cell.actual, number)?;
    write_figure(sheet, row, col + 2, cell.achievement, &looks.figure(1))?;
    if !cell.has_period {
        sheet.write_blank(row, col + 3, &looks.text)?;
        return Ok(());
    }
    let mut status = say.word("rag", cell.rag.as_str());
    let marks = [(cell.self_verified, "self-verified"), (cell.carried, "carried")];
    for (_, key) in marks.into_iter().filter(|(is, _)| *is) {
        status.push_str("; ");
        status.push_str(&say.t(key));
    }
    if let Some(told) = &cell.restated {
        let was = told.was.map_or_else(|| "–".to_owned(), |was| was.normalize().to_string());
        status.push_str("; ");
        status.push_str(&say.with("restated", &[("was", &was)]));
    }
    sheet.write_string_with_format(row, col + 3, status, &looks.colour(cell.rag))?;
    Ok(())
}

fn write_group(sheet: &mut Worksheet, say: Say, row: u32, group: &Group, number: &Format, looks: &Looks) -> Result<(), XlsxError> {
    let label = group.label.as_ref().map_or_else(|| say.t("group-not-said"), |label| label.say(say.0).to_owned());
    sheet.write_blank(row, 0, &looks.text)?;
    sheet.write_string_with_format(row, 1, format!("{}: {label}", group.dimension_name.say(say.0)), &looks.group)?;
    for col in 2..BEFORE {
        sheet.write_blank(row, col, &looks.text)?;
    }
    for (at, cell) in (0..).zip(&group.cells) {
        let col = BEFORE + at * EACH;
        sheet.write_blank(row, col, &looks.text)?;
        write_figure(sheet, row, col + 1, cell.actual, number)?;
        sheet.write_blank(row, col + 2, &looks.text)?;
        sheet.write_blank(row, col + 3, &looks.text)?;
    }
    Ok(())
}

/// Figures that would change once what waits is verified; no sheet where there are none.
fn provisional(book: &mut Workbook, say: Say, table: &Tracking, looks: &Looks) -> Result<(), XlsxError> {
    let waiting: Vec<_> = table
        .lines
        .iter()
        .flat_map(|line| line.cells.iter().filter(|cell| cell.provisional != cell.actual).map(move |cell| (line, cell)))
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet().set_name(say.t("sheet-provisional"))?;
    sheet.write_string_with_format(0, 0, say.t("provisional-note"), &looks.note)?;
    for (col, key) in (0..).zip(["field-code", "col-indicator", "col-period", "col-actual", "provisional"]) {
        sheet.write_string_with_format(2, col, say.t(key), &looks.head)?;
    }
    for (row, (line, cell)) in (3..).zip(waiting) {
        let number = looks.figure(line.indicator.method.decimals);
        sheet.write_string_with_format(row, 0, &line.indicator.code, &looks.code)?;
        sheet.write_string_with_format(row, 1, &line.indicator.title, &looks.text)?;
        sheet.write_string_with_format(row, 2, column(&cell.key), &looks.text)?;
        write_figure(sheet, row, 3, cell.actual, &number)?;
        write_figure(sheet, row, 4, cell.provisional, &number)?;
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?;
    print(sheet, 2, 2)
}

fn meanings(book: &mut Workbook, say: Say, table: &Tracking, looks: &Looks) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(say.t("sheet-indicators"))?;
    let heads = [
        "field-code",
        "col-indicator",
        "field-definition",
        "field-unit",
        "field-frequency",
        "field-direction",
        "field-accumulation",
        "field-data-source",
    ];
    for (col, key) in (0..).zip(heads) {
        sheet.write_string_with_format(0, col, say.t(key), &looks.head)?;
    }
    for (row, line) in (1..).zip(&table.lines) {
        let i = &line.indicator;
        sheet.write_string_with_format(row, 0, &i.code, &looks.code)?;
        let texts = [
            i.title.clone(),
            i.definition.clone(),
            i.unit.clone(),
            say.word("frequency", i.frequency.as_str()),
            say.word("direction", i.method.direction.as_str()),
            say.word("accumulation", i.method.accumulation.as_str()),
            i.data_source.clone(),
        ];
        for (col, text) in (1..).zip(texts) {
            sheet.write_string_with_format(row, col, text, &looks.text)?;
        }
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 40)?.set_column_width(2, 60)?;
    sheet.set_freeze_panes(1, 1)?;
    print(sheet, 0, 0)
}
