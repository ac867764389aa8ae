//! The rows of an import that have problems, to be mended and sent again: the columns of the file, and behind them what is wrong.

use rust_xlsxwriter::{Worksheet, XlsxError};
use server::kernel::error::Error;
use server::projects::imports::{ADDED, Annotated, FaultyRow};
use server::projects::progress::Rag;

use super::{Col, Looks, bytes_of};
use crate::parts::issue_in_words;
use crate::text::Say;

/// The rows with problems as a workbook.
///
/// # Errors
/// The library's, as an internal one.
pub fn problems(say: Say, annotated: &Annotated) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let sheet = book.add_worksheet().set_name(say.t("import-issues"))?;
        write(sheet, say, annotated)
    })
}

/// The sheets of a framework with what is wrong in them, every row as it came: mended, they are sent again.
///
/// # Errors
/// The library's, as an internal one.
pub fn framework_problems(say: Say, sheets: &[Annotated]) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        for annotated in sheets {
            let sheet = book.add_worksheet();
            if !annotated.filename.is_empty() {
                sheet.set_name(&annotated.filename)?;
            }
            write(sheet, say, annotated)?;
        }
        Ok(())
    })
}

fn write(sheet: &mut Worksheet, say: Say, annotated: &Annotated) -> Result<(), XlsxError> {
    let looks = Looks::new();
    let bad = looks.colour(Rag::OffTrack);
    let names = annotated.headers.iter().map(String::as_str).chain(ADDED);
    for (col, name) in (0..).zip(names) {
        sheet.write_string_with_format(0, col, name, &looks.head)?;
    }
    let behind = Col::try_from(annotated.headers.len()).unwrap_or(Col::MAX - 2);
    for (row, faulty) in (1..).zip(&annotated.rows) {
        for (col, (cell, header)) in (0..).zip(faulty.cells.iter().zip(&annotated.headers)) {
            let is_bad = faulty.issues.iter().any(|issue| issue.column_name.as_ref() == Some(header));
            sheet.write_string_with_format(row, col, cell, if is_bad { &bad } else { &looks.text })?;
        }
        sheet.write_number_with_format(row, behind, faulty.number, &looks.text)?;
        sheet.write_string_with_format(row, behind + 1, told(say, faulty), &looks.text)?;
    }
    sheet.set_column_width(behind + 1, 60)?.set_freeze_panes(1, 0)?;
    Ok(())
}

/// What is wrong in a row, a sentence each.
fn told(say: Say, row: &FaultyRow) -> String {
    let each = row.issues.iter().map(|issue| {
        let column = issue.column_name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let found = if issue.value.is_empty() { String::new() } else { format!(" ({})", issue.value) };
        let other = issue.other_row.map(|row| format!(" → {row}")).unwrap_or_default();
        format!("{column}{}{found}{other}", issue_in_words(say, &issue.code))
    });
    each.collect::<Vec<_>>().join("\n")
}
