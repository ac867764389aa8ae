//! The figures of a published report: one row a figure, and what the indicators mean.

use rust_xlsxwriter::{Workbook, XlsxError};
use server::kernel::error::Error;
use server::projects::snapshot::{Content, FigureRow, figure_rows};

use super::{Col, Looks, bytes_of, print, write_figure};
use crate::format::column;
use crate::text::Say;

/// The longest text of a cell, in characters.
const LONGEST_TEXT: usize = 32_767;
/// The columns of text, then those of numbers.
const HEADS: [&str; 13] = [
    "field-code",
    "col-indicator",
    "field-unit",
    "snapshot-result",
    "snapshot-dimension",
    "snapshot-group",
    "col-period",
    "col-baseline",
    "col-target",
    "col-actual",
    "col-achievement",
    "col-status",
    "portal-was",
];
/// Where numbers begin.
const NUMBERS: Col = 7;

/// The report as a workbook, in a language. Text is written as text, which no program takes for a formula.
///
/// # Errors
/// The library's, as an internal one.
pub fn snapshot(say: Say, content: &Content) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let looks = Looks::new();
        figures(book, say, content, &looks)?;
        meanings(book, say, content, &looks)
    })
}

fn figures(book: &mut Workbook, say: Say, content: &Content, looks: &Looks) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(say.t("sheet-itt"))?;
    sheet.write_string_with_format(0, 0, cut(&content.title), &looks.title)?;
    let note = format!("{} · {}", content.organisation, say.t("snapshot-verified-only"));
    sheet.write_string_with_format(1, 0, cut(&note), &looks.note)?;
    for (col, key) in (0..).zip(HEADS) {
        sheet.write_string_with_format(3, col, say.t(key), &looks.head)?;
    }
    for (row, figure) in (4..).zip(figure_rows(content)) {
        let status = match figure.status.as_str() {
            "" => String::new(),
            "hidden" => say.t("snapshot-hidden"),
            rag => say.word("rag", rag),
        };
        let FigureRow {
            code,
            indicator,
            unit,
            result,
            dimension,
            group,
            column: key,
            baseline,
            target,
            actual,
            achievement,
            restated_from,
            ..
        } = figure;
        for (col, text) in (0..).zip([code, indicator, unit, result, dimension, group, column(&key)]) {
            sheet.write_string_with_format(row, col, cut(&text), &looks.text)?;
        }
        for (col, number) in (NUMBERS..).zip([baseline, target, actual, achievement]) {
            let scale = number.split_once('.').map_or(0, |(_, part)| part.len());
            write_figure(sheet, row, col, number.parse().ok(), &looks.figure(u32::try_from(scale).unwrap_or(0)))?;
        }
        sheet.write_string_with_format(row, NUMBERS + 4, status, &looks.text)?;
        sheet.write_string_with_format(row, NUMBERS + 5, cut(&restated_from), &looks.text)?;
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?.set_column_width(3, 30)?;
    sheet.set_freeze_panes(4, 2)?;
    print(sheet, 3, 3)
}

fn meanings(book: &mut Workbook, say: Say, content: &Content, looks: &Looks) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(say.t("sheet-indicators"))?;
    for (col, key) in (0..).zip(["field-code", "col-indicator", "field-definition", "field-unit"]) {
        sheet.write_string_with_format(0, col, say.t(key), &looks.head)?;
    }
    for (row, item) in (1..).zip(&content.indicators) {
        for (col, text) in (0..).zip([&item.code, &item.title, &item.definition, &item.unit]) {
            sheet.write_string_with_format(row, col, cut(text), &looks.text)?;
        }
    }
    sheet.set_column_width(0, 16)?.set_column_width(1, 46)?.set_column_width(2, 60)?;
    sheet.set_freeze_panes(1, 1)?;
    print(sheet, 0, 0)
}

/// As much of a text as a cell takes.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}
