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

/// The sheets of a framework or a register with what is wrong in them, every row as it came: mended, they are sent again.
///
/// # Errors
/// The library's, as an internal one.
pub fn sheet_problems(say: Say, sheets: &[Annotated]) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let mut names = Vec::new();
        for annotated in sheets {
            let sheet = book.add_worksheet();
            if !annotated.filename.is_empty() {
                sheet.set_name(sheet_name(&annotated.filename, &mut names))?;
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
        sheet.write_string_with_format(0, col, cut(name), &looks.head)?;
    }
    let behind = Col::try_from(annotated.headers.len()).unwrap_or(Col::MAX - 2);
    for (row, faulty) in (1..).zip(&annotated.rows) {
        for (col, (cell, header)) in (0..).zip(faulty.cells.iter().zip(&annotated.headers)) {
            let is_bad = faulty.issues.iter().any(|issue| issue.column_name.as_ref() == Some(header));
            sheet.write_string_with_format(row, col, cut(cell), if is_bad { &bad } else { &looks.text })?;
        }
        sheet.write_number_with_format(row, behind, faulty.number, &looks.text)?;
        sheet.write_string_with_format(row, behind + 1, cut(&told(say, faulty)), &looks.text)?;
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

/// The longest text of a cell, in characters.
const LONGEST_TEXT: usize = 32_767;
/// The longest name of a sheet, likewise.
const LONGEST_NAME: usize = 31;

/// As much of a text as a cell takes.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// The name of a sheet as a workbook takes it, and none twice, whatever its case. What other programs let stand may be forbidden here.
fn sheet_name(name: &str, taken: &mut Vec<String>) -> String {
    let clean: String =
        name.chars().map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control() { '_' } else { c }).collect();
    let clean = clean.trim_matches('\'');
    let clean = if clean.trim().is_empty() || clean.eq_ignore_ascii_case("history") { "_" } else { clean };
    let numbered = |n: usize| {
        let end = if n == 1 { String::new() } else { format!(" ({n})") };
        clean.chars().take(LONGEST_NAME - end.len()).chain(end.chars()).collect::<String>()
    };
    let free = (1..=taken.len() + 1).map(numbered).find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default();
    taken.push(free.to_lowercase());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_are_what_a_workbook_takes() {
        let long = "A results framework with a long name";
        let cases = [
            ("Plan", "Plan"),
            ("plan", "plan (2)"),
            ("a/b:c*d?[e]\\f", "a_b_c_d__e__f"),
            ("'quoted'", "quoted"),
            ("''", "_"),
            ("History", "_ (2)"),
            (long, "A results framework with a long"),
            (long, "A results framework with a  (2)"),
        ];
        let mut taken = Vec::new();
        for (name, expected) in cases {
            let found = sheet_name(name, &mut taken);
            assert_eq!(found.trim_end(), expected, "{name}");
            assert!(Worksheet::new().set_name(&found).is_ok(), "{found}");
        }
        assert_eq!(cut(&"ä".repeat(40_000)).chars().count(), LONGEST_TEXT);
    }
}
