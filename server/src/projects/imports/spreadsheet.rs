//! A spreadsheet (XLSX) as the rows of a CSV file, so that everything behind it knows one kind of table. It comes from outside and may be
//! made to harm: it is weighed before it is opened, and what it unpacks to is bounded.
//!
//! The first sheet that is shown is read. Of a formula its last result stands; a day is written `YYYY-MM-DD`; a figure shown in per cent
//! comes with its sign, since 0.45 and 45 are told apart by nothing else; empty cells, however many, are nothing.

mod weigher;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use zip::ZipArchive;

use self::weigher::Weigher;
use super::issue::{Issue, IssueCode};
use super::scan::{MAX_COLUMNS, MAX_ROWS};
use super::sheets::{Room, Row, Sheet, letters};

/// First bytes of a ZIP archive, which a workbook is.
pub(super) const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// Files within a workbook.
const MAX_PARTS: usize = 2_000;
/// Bytes that its sheets unpack to; they are read as a stream.
const MAX_SHEETS: u64 = 96 * 1024 * 1024;
/// Bytes that everything else unpacks to; it is held in memory.
const MAX_REST: u64 = 32 * 1024 * 1024;
/// Bytes of the table: one text may stand in many cells.
const MAX_TABLE: usize = 64 * 1024 * 1024;
/// Cells that are looked at, empty ones among them.
const MAX_CELLS: u32 = 8_000_000;
/// Sheets that are read of a workbook, where more than the first are.
const MOST_READ: usize = 40;
/// The longest text of a cell, in bytes: a spreadsheet takes 32,767 characters.
const LONGEST_TEXT: usize = 4 * 32_767;
/// Days that a spreadsheet counts from its first one: up to the year 9999.
const LAST_DAY: f64 = 2_958_465.0;

type Fault = Box<Issue>;

#[expect(clippy::unnecessary_box_returns, reason = "an error is small wherever it goes")]
fn fault(code: IssueCode, row: u32, shown: &str) -> Fault {
    Fault::new(Issue::new(code, row, None, shown))
}

#[expect(clippy::unnecessary_box_returns, reason = "likewise")]
fn damaged(shown: &str) -> Fault {
    fault(IssueCode::SheetDamaged, 1, shown)
}

/// A workbook that was weighed.
type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Opens a workbook of which so many sheets at the most are read. Several sheets may be one part of the file: together they are
/// hardly more than the parts may be.
fn open(bytes: &[u8], most_read: usize) -> Result<Book<'_>, Fault> {
    let largest = weigh(bytes)?;
    let book = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged(""))?;
    let read = u64::try_from(book.sheets_metadata().len().min(most_read)).unwrap_or(u64::MAX);
    if largest.saturating_mul(read) > 2 * MAX_SHEETS { Err(fault(IssueCode::SheetTooLarge, 1, "")) } else { Ok(book) }
}

/// The names of the sheets that are shown, in their order.
fn shown(book: &Book<'_>) -> Result<Vec<String>, Fault> {
    let is_shown = |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let names: Vec<String> = book.sheets_metadata().iter().filter(is_shown).map(|sheet| sheet.name.clone()).collect();
    if names.is_empty() { Err(fault(IssueCode::SheetNone, 1, "")) } else { Ok(names) }
}

/// Gives each cell of a sheet that holds something, in the order of the file, with its row and column, counted from 0.
/// `seen` counts the cells of all sheets together.
fn walk(book: &mut Book<'_>, name: &str, seen: &mut u32, put: &mut dyn FnMut(u32, u32, String) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| damaged(name))?;
    let percent: Vec<bool> = cells.styles().iter().map(is_percent).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|_| damaged(name))? {
        *seen += 1;
        let (row, column) = cell.get_position();
        if *seen > MAX_CELLS {
            return Err(fault(IssueCode::SheetTooLarge, row + 1, ""));
        }
        if length_of(cell.get_value()) > LONGEST_TEXT {
            return Err(fault(IssueCode::CellTooLong, row + 1, &reference((row, column))));
        }
        let text = text_of(cell.get_value(), percent.get(style).copied().unwrap_or(false));
        if !text.trim().is_empty() {
            put(row, column, text)?;
        }
    }
    Ok(())
}

/// The rows of the first sheet that is shown, as CSV.
pub(super) fn as_csv(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut book = open(bytes, 1)?;
    let name = shown(&book)?.swap_remove(0);
    let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| damaged(&name))?;
    let mut table = TableWriter::default();
    walk(&mut book, &name, &mut 0, &mut |row, column, text| table.put(row, column, text))?;
    // of merged cells only the first holds what is seen in all of them: no guess is made for the others
    let within = |area: &&calamine::Dimensions| area.start.0 <= table.row;
    if let Some(area) = merged.iter().filter(|area| area.start != area.end).find(within) {
        let shown = format!("{}:{}", reference(area.start), reference(area.end));
        return Err(fault(IssueCode::SheetMerged, area.start.0 + 1, &shown));
    }
    table.finish()
}

/// The sheets that are shown, row by row.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Fault> {
    let mut book = open(bytes, MOST_READ)?;
    let (mut room, mut sheets, mut seen) = (Room::default(), Vec::new(), 0);
    let names = shown(&book)?;
    if names.len() > MOST_READ {
        return Err(fault(IssueCode::SheetTooLarge, 1, ""));
    }
    for name in names {
        let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| damaged(&name))?;
        let merged = merged.iter().filter(|area| area.start != area.end).map(|area| (area.start, area.end)).collect();
        let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
        walk(&mut book, &name, &mut seen, &mut |row, column, text| {
            room.take(row + 1, &text)?;
            let of = rows.entry(row).or_insert_with(|| Row { number: row + 1, cells: BTreeMap::new() });
            of.cells.insert(usize::try_from(column).unwrap_or(usize::MAX), text);
            Ok(())
        })?;
        sheets.push(Sheet { name, rows: rows.into_values().collect(), merged });
    }
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) { Err(fault(IssueCode::FileEmpty, 1, "")) } else { Ok(sheets) }
}

/// Unpacks everything once, a part at a time: what an archive states of itself is not believed, and what the reader would multiply is
/// bounded by [`Weigher`], since the reader runs out of memory rather than refuse. Answers the bytes of the largest part:
/// any may be said to be a sheet.
fn weigh(bytes: &[u8]) -> Result<u64, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged(""))?;
    if archive.len() > MAX_PARTS {
        return Err(fault(IssueCode::SheetTooLarge, 1, ""));
    }
    let is_workbook = archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"));
    if !is_workbook {
        return Err(fault(IssueCode::NotCsv, 1, ""));
    }
    let (mut sheets, mut rest, mut largest) = (0_u64, 0_u64, 0_u64);
    let mut weigher = Weigher::default();
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| damaged(""))?;
        let name = part.name().map_err(|_| damaged(""))?.to_ascii_lowercase();
        let before = sheets + rest;
        let (sum, most) = if is_sheet(&name) { (&mut sheets, MAX_SHEETS) } else { (&mut rest, MAX_REST) };
        let mut part = part.take(most + 1 - *sum);
        let mut chunk = [0; 16 * 1024];
        weigher.begin(&name);
        loop {
            let read = part.read(&mut chunk).map_err(|_| damaged(&name))?;
            *sum += u64::try_from(read).unwrap_or(u64::MAX);
            if *sum > most || !weigher.holds(&chunk[..read]) {
                return Err(fault(IssueCode::SheetTooLarge, 1, &name));
            }
            if read == 0 {
                break;
            }
        }
        largest = largest.max(sheets + rest - before);
    }
    Ok(largest)
}

/// Whether a part is a sheet by the name that every program gives it.
fn is_sheet(name: &str) -> bool {
    let number = name.strip_prefix("xl/worksheets/sheet").and_then(|rest| rest.strip_suffix(".xml"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a look shows a fraction as per cent: a sign that is not part of a text.
fn is_percent(style: &calamine::Style) -> bool {
    let Some(format) = &style.number_format else { return false };
    let mut quoted = false;
    format.format_code.chars().any(|c| {
        quoted ^= c == '"';
        c == '%' && !quoted
    })
}

/// How long a text is, before anything is made of it.
fn length_of(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.len(),
        DataRef::SharedString(text) => text.len(),
        _ => 0,
    }
}

fn text_of(value: &DataRef<'_>, percent: bool) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number, percent),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(is) => is.to_string(),
        DataRef::DateTime(moment) if !moment.is_duration() && (0.0..=LAST_DAY + 1.0).contains(&moment.as_f64()) => {
            moment.as_datetime().map_or_else(
                || number_text(moment.as_f64(), false),
                |moment| {
                    let day = moment.format("%Y-%m-%d").to_string();
                    if moment.time() == chrono::NaiveTime::MIN { day } else { format!("{day}T{}", moment.format("%H:%M:%S")) }
                },
            )
        }
        DataRef::DateTime(duration) => number_text(duration.as_f64(), false),
        DataRef::Error(error) => error.to_string(),
    }
}

/// As it was typed: a spreadsheet keeps 15 digits, and its binary fractions show more.
fn number_text(number: f64, percent: bool) -> String {
    let exact = |number: f64| Decimal::from_f64(number).map_or_else(|| number.to_string(), |number| number.normalize().to_string());
    if percent { format!("{}%", exact(number * 100.0)) } else { exact(number) }
}

/// `A1` for the first cell.
fn reference((row, column): (u32, u32)) -> String {
    format!("{}{}", letters(usize::try_from(column).unwrap_or(usize::MAX - 1)), row + 1)
}

/// Writes rows that come cell by cell. Rows and columns are counted from 0.
#[derive(Default)]
struct TableWriter {
    out: Vec<u8>,
    row: u32,
    cells: Vec<String>,
    /// Bytes of the cells of this row.
    pending: usize,
    /// How many columns the header has.
    width: usize,
    /// Whether any cell was put.
    began: bool,
}

impl TableWriter {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), Fault> {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if row > MAX_ROWS {
            return Err(fault(IssueCode::TooManyRows, row + 1, ""));
        }
        if column >= MAX_COLUMNS {
            return Err(fault(IssueCode::TooManyColumns, row + 1, &reference((row, u32::try_from(column).unwrap_or(u32::MAX)))));
        }
        if !self.began && row > 0 {
            return Err(fault(IssueCode::SheetHeaderNotFirst, row + 1, &text));
        }
        self.began = true;
        if row < self.row {
            return Err(damaged(&reference((row, u32::try_from(column).unwrap_or(u32::MAX)))));
        }
        while self.row < row {
            self.end_row()?;
        }
        self.pending += text.len();
        if self.out.len() + self.pending > MAX_TABLE {
            return Err(fault(IssueCode::SheetTooLarge, row + 1, ""));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Fault> {
        let mut cells = std::mem::take(&mut self.cells);
        self.pending = 0;
        if self.row == 0 {
            self.width = cells.len();
        }
        if !cells.is_empty() && cells.len() < self.width {
            cells.resize(self.width, String::new());
        }
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.out.push(b'"');
            for byte in cell.bytes() {
                if byte == b'"' {
                    self.out.push(b'"');
                }
                self.out.push(byte);
            }
            self.out.push(b'"');
        }
        self.out.push(b'\n');
        self.row += 1;
        if self.out.len() > MAX_TABLE { Err(fault(IssueCode::SheetTooLarge, self.row, "")) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Vec<u8>, Fault> {
        if !self.began {
            return Err(fault(IssueCode::FileEmpty, 1, ""));
        }
        self.end_row()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests;
