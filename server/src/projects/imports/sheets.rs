//! A file as its sheets, row by row: for an import that looks for its header itself. Empty cells are nothing.

use std::collections::BTreeMap;

use super::issue::{Issue, IssueCode};
use super::spreadsheet::{self, ZIP_MAGIC};
use super::table;

/// Cells that hold something, in all sheets together.
const MOST_CELLS: usize = 200_000;
/// Bytes of their texts.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// A row of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number, counted from 1 as spreadsheets do.
    pub number: u32,
    /// What its cells hold, by their columns, counted from 0.
    pub cells: BTreeMap<usize, String>,
}

/// Merged cells: row and column of the first and the last, counted from 0.
pub type Area = ((u32, u32), (u32, u32));

/// A sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; empty for a CSV file.
    pub name: String,
    /// Its rows that hold something, in order.
    pub rows: Vec<Row>,
    /// Its merged cells.
    pub merged: Vec<Area>,
}

/// The room that is left for cells.
#[derive(Debug, Default)]
pub(super) struct Room {
    cells: usize,
    bytes: usize,
}

impl Room {
    /// Takes room for a cell.
    ///
    /// # Errors
    /// `sheet_too_large`.
    pub(super) fn take(&mut self, row: u32, text: &str) -> Result<(), Box<Issue>> {
        self.cells += 1;
        self.bytes += text.len();
        let fits = self.cells <= MOST_CELLS && self.bytes <= MOST_TEXT;
        if fits { Ok(()) } else { Err(Box::new(Issue::new(IssueCode::SheetTooLarge, row, None, ""))) }
    }
}

/// The sheets of a workbook that are shown, or the one of a CSV file.
///
/// # Errors
/// The critical issue that keeps the file from being read.
pub fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Box<Issue>> {
    if bytes.starts_with(ZIP_MAGIC) {
        return spreadsheet::sheets(bytes);
    }
    Ok(vec![Sheet { name: String::new(), rows: table::rows(bytes)?, merged: Vec::new() }])
}

/// The letters of a column, counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    fn told(sheet: &Sheet) -> Vec<String> {
        let cell = |(column, text): (&usize, &String)| format!("{}={text}", letters(*column));
        sheet.rows.iter().map(|row| format!("{} {}", row.number, row.cells.iter().map(cell).collect::<Vec<_>>().join(" "))).collect()
    }

    #[test]
    fn rows_keep_their_numbers_wherever_they_begin() {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("codes").unwrap().set_hidden(true).write(0, 0, "secret").unwrap();
        let sheet = book.add_worksheet().set_name("Plan").unwrap().set_active(true);
        sheet.write(1, 1, "Title").unwrap();
        sheet.write(5, 1, "Level*").unwrap();
        sheet.merge_range(6, 1, 6, 3, "Outcome 1: Health", &Format::new()).unwrap();
        sheet.write(7, 2, 1.5).unwrap();
        book.add_worksheet().set_name("More").unwrap().write(0, 27, "x").unwrap();
        let found = read(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(found.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(), ["Plan", "More"]);
        assert_eq!(told(&found[0]), ["2 B=Title", "6 B=Level*", "7 B=Outcome 1: Health", "8 C=1.5"]);
        assert_eq!(found[0].merged, [((6, 1), (6, 3))]);
        assert_eq!(told(&found[1]), ["1 AB=x"]);
    }

    #[test]
    fn a_csv_file_is_one_sheet() {
        let found = read(b"Title,,\n\n\"Level\",No.,\n,1,\"a\nb\"\n").unwrap();
        assert_eq!(told(&found[0]), ["1 A=Title", "3 A=Level B=No.", "4 B=1 C=a\nb"]);
        assert_eq!(read(b" \n").unwrap_err().code.as_str(), "file_empty");
        assert_eq!(read(b"PK\x03\x04").unwrap_err().code.as_str(), "sheet_damaged");
    }

    #[test]
    fn there_is_room_for_so_much_and_no_more() {
        let mut room = Room { cells: MOST_CELLS, bytes: 0 };
        assert_eq!(room.take(7, "x").unwrap_err().row, 7);
        let mut room = Room::default();
        assert!(room.take(1, &"x".repeat(MOST_TEXT)).is_ok() && room.take(1, "x").is_err());
    }
}
