//! A file as a header and a stream of rows. One row is in memory at a time; a spreadsheet is made a CSV file first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::issue::{Issue, IssueCode, visible};
use super::mapping::MAX_COLUMN_NAME;
use super::scan::{Scanner, sniff_delimiter};
use super::sheets::{Room, Row};
use super::spreadsheet::{ZIP_MAGIC, as_csv};

/// Longest cell, in bytes.
pub const MAX_CELL_BYTES: usize = 4_000;
/// Rows a preview shows.
const PREVIEW_ROWS: usize = 5;

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";
const UTF16_BOMS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// First bytes of an old Office document, or of a new one with a password.
const OLD_OFFICE_MAGIC: &[u8] = b"\xd0\xcf\x11\xe0";

/// An opened file: checked as a whole, its header read.
pub struct Table<'a> {
    /// Trimmed names of the columns, all different, none empty.
    pub headers: Vec<String>,
    reader: Reader<Cursor<Cow<'a, [u8]>>>,
    blank_rows: std::iter::Peekable<std::vec::IntoIter<u32>>,
    row: u32,
}

impl<'a> Table<'a> {
    /// Checks the bytes and reads the header.
    ///
    /// # Errors
    /// Critical issues: the file cannot be read, or its header is not usable.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Vec<Issue>> {
        let body = if bytes.starts_with(ZIP_MAGIC) {
            Cow::Owned(as_csv(bytes).map_err(|issue| vec![*issue])?)
        } else {
            Cow::Borrowed(body(bytes).map_err(|code| vec![Issue::new(code, 1, None, "")])?)
        };
        let delimiter = sniff_delimiter(&body);
        let mut scanner = Scanner::new(delimiter);
        scan(&mut scanner, &body).map_err(|issue| vec![*issue])?;
        let mut reader = reader(body, delimiter);
        let mut record = StringRecord::new();
        read(&mut reader, &mut record, 1).map_err(|issue| vec![*issue])?;
        let headers: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let faults = header_faults(&headers);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { headers, reader, blank_rows: scanner.blank_rows.into_iter().peekable(), row: 1 })
    }

    /// Reads the next row into `record` and answers its number, counted from 2;
    /// blank lines are passed over but counted.
    ///
    /// # Errors
    /// A critical issue where the row cannot be read after all.
    pub fn read_row(&mut self, record: &mut StringRecord) -> Result<Option<u32>, Box<Issue>> {
        self.row += 1;
        while self.blank_rows.next_if_eq(&self.row).is_some() {
            self.row += 1;
        }
        let found = read(&mut self.reader, record, self.row)?;
        Ok(found.then_some(self.row))
    }
}

/// The rows of a CSV file, the first among them, for who looks for the header further down.
///
/// # Errors
/// The critical issue that keeps the file from being read.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, Box<Issue>> {
    let body = body(bytes).map_err(|code| Box::new(Issue::new(code, 1, None, "")))?;
    let delimiter = sniff_delimiter(body);
    let mut scanner = Scanner::new(delimiter);
    scan(&mut scanner, body)?;
    let mut reader = reader(Cow::Borrowed(body), delimiter);
    let mut blank_rows = scanner.blank_rows.into_iter().peekable();
    let (mut record, mut room, mut rows, mut number) = (StringRecord::new(), Room::default(), Vec::new(), 0);
    loop {
        number += 1;
        while blank_rows.next_if_eq(&number).is_some() {
            number += 1;
        }
        if !read(&mut reader, &mut record, number)? {
            return Ok(rows);
        }
        let mut cells = BTreeMap::new();
        for (column, text) in record.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            room.take(number, text)?;
            cells.insert(column, text.to_owned());
        }
        if !cells.is_empty() {
            rows.push(Row { number, cells });
        }
    }
}

/// The bytes behind a byte order mark and Excel's `sep=` line.
fn body(bytes: &[u8]) -> Result<&[u8], IssueCode> {
    let starts_with = |mark: &&[u8]| bytes.starts_with(mark);
    if UTF16_BOMS.iter().any(starts_with) {
        return Err(IssueCode::EncodingUtf16);
    }
    if bytes.starts_with(OLD_OFFICE_MAGIC) {
        return Err(IssueCode::NotCsv);
    }
    let text = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    let body = match text.get(..4) {
        Some(start) if start.eq_ignore_ascii_case(b"sep=") => {
            text.iter().position(|byte| *byte == b'\n').and_then(|end| text.get(end + 1..)).unwrap_or_default()
        }
        _ => text,
    };
    if body.trim_ascii().is_empty() {
        return Err(IssueCode::FileEmpty);
    }
    Ok(body)
}

/// Checks encoding and structure of the whole file.
fn scan(scanner: &mut Scanner, body: &[u8]) -> Result<(), Box<Issue>> {
    let (readable, encoding) = match std::str::from_utf8(body) {
        Ok(_) => (body, Ok(())),
        Err(error) => (body.get(..error.valid_up_to()).unwrap_or_default(), Err(IssueCode::EncodingNotUtf8)),
    };
    let outcome = scanner.walk(readable);
    // The end of the readable part is not the end of the file: there an open
    // quote is no fault.
    outcome.and(encoding).and_then(|()| scanner.finish()).map_err(|code| Box::new(fault(scanner, body, code)))
}

/// Names row and column where the scanner stopped, and shows that field.
fn fault(scanner: &Scanner, body: &[u8], code: IssueCode) -> Issue {
    if code == IssueCode::TooManyRows {
        return Issue::new(code, scanner.row, None, "");
    }
    let rest = body.get(scanner.field_start..).unwrap_or_default();
    let field: Vec<u8> = rest.iter().copied().take(MAX_CELL_BYTES).take_while(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let shown = String::from_utf8_lossy(&field);
    let column = if scanner.row > 1 { column_name(body, scanner) } else { None };
    Issue::new(code, scanner.row, column.as_deref(), &shown)
}

/// The header above the scanner, if the header can be read.
fn column_name(body: &[u8], scanner: &Scanner) -> Option<String> {
    let delimiter = sniff_delimiter(body);
    let mut record = StringRecord::new();
    read(&mut reader(Cow::Borrowed(body), delimiter), &mut record, 1).ok()?;
    record.get(scanner.field).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn reader(body: Cow<'_, [u8]>, delimiter: u8) -> Reader<Cursor<Cow<'_, [u8]>>> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(Cursor::new(body))
}

fn read(reader: &mut Reader<Cursor<Cow<'_, [u8]>>>, record: &mut StringRecord, row: u32) -> Result<bool, Box<Issue>> {
    reader.read_record(record).map_err(|_| Box::new(Issue::new(IssueCode::EncodingNotUtf8, row, None, "")))
}

fn header_faults(headers: &[String]) -> Vec<Issue> {
    let mut seen = std::collections::HashSet::new();
    headers
        .iter()
        .enumerate()
        .filter_map(|(index, name)| {
            let (code, shown) = if name.is_empty() {
                // Nothing to show but where it stands, counted from 1.
                (IssueCode::HeaderEmpty, (index + 1).to_string())
            } else if name.len() > MAX_COLUMN_NAME {
                (IssueCode::HeaderTooLong, name.clone())
            } else if !seen.insert(name) {
                (IssueCode::HeaderDuplicate, name.clone())
            } else {
                return None;
            };
            let column = Some(name.as_str()).filter(|name| !name.is_empty());
            Some(Issue::new(code, 1, column, &shown))
        })
        .collect()
}

/// What a page shows of a file before it is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Names of the columns.
    pub headers: Vec<String>,
    /// The first five rows, cells clipped and made fit to show.
    pub rows: Vec<Vec<String>>,
}

/// Header and first rows.
///
/// # Errors
/// The critical issues that keep the file from being read.
pub fn preview(bytes: &[u8]) -> Result<Preview, Vec<Issue>> {
    let mut table = Table::open(bytes)?;
    let mut record = StringRecord::new();
    let mut rows = Vec::new();
    while rows.len() < PREVIEW_ROWS && table.read_row(&mut record).map_err(|i| vec![*i])?.is_some() {
        rows.push(record.iter().map(visible).collect());
    }
    Ok(Preview { headers: table.headers, rows })
}
