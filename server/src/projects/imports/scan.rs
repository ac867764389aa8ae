//! A strict look at the bytes before they are parsed. The CSV reader is lenient
//! where a wrong figure could come of it: it swallows the rest of the file into
//! a quote that is never closed, glues text behind a closing quote to the
//! field, ends lines at a lone carriage return, and skips blank lines without
//! counting them. What passes here (RFC 4180, with either line end) reads the
//! same everywhere.

use super::issue::IssueCode;

/// Columns of a file.
pub const MAX_COLUMNS: usize = 500;
/// Rows under the header, blank lines included.
pub const MAX_ROWS: u32 = 200_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote within a quoted field: its end, or half of a doubled one.
    QuoteInQuoted,
}

/// Walks over the bytes and knows in which field of which row it is.
#[derive(Debug)]
pub(super) struct Scanner {
    delimiter: u8,
    state: State,
    /// Row of the byte under the cursor; 1 is the header.
    pub(super) row: u32,
    /// Field of that row, from 0.
    pub(super) field: usize,
    /// Offset of the field's first byte.
    pub(super) field_start: usize,
    record_start: usize,
    /// Rows that are blank lines.
    pub(super) blank_rows: Vec<u32>,
}

impl Scanner {
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, state: State::FieldStart, row: 1, field: 0, field_start: 0, record_start: 0, blank_rows: Vec::new() }
    }

    /// Walks over all of `bytes`; on an error it stands at the field to blame.
    pub(super) fn walk(&mut self, bytes: &[u8]) -> Result<(), IssueCode> {
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == 0 {
                return Err(IssueCode::NulByte);
            }
            match (self.state, byte) {
                (State::Quoted, b'"') => self.state = State::QuoteInQuoted,
                (State::Quoted, _) => {}
                (State::QuoteInQuoted | State::FieldStart, b'"') => self.state = State::Quoted,
                (_, b'\n') => self.end_record(at + 1, bytes)?,
                (_, b'\r') if bytes.get(at + 1) == Some(&b'\n') => {}
                (_, b'\r') => return Err(IssueCode::LineEnds),
                (_, byte) if byte == self.delimiter => self.end_field(at + 1)?,
                (State::QuoteInQuoted, _) => return Err(IssueCode::QuoteStray),
                _ => self.state = State::Plain,
            }
        }
        Ok(())
    }

    /// The end of the file: the last field must not be an open quote.
    pub(super) fn finish(&self) -> Result<(), IssueCode> {
        if self.state == State::Quoted {
            return Err(IssueCode::QuoteUnclosed);
        }
        Ok(())
    }

    fn end_field(&mut self, next: usize) -> Result<(), IssueCode> {
        self.state = State::FieldStart;
        self.field += 1;
        self.field_start = next;
        if self.field >= MAX_COLUMNS {
            return Err(IssueCode::TooManyColumns);
        }
        Ok(())
    }

    fn end_record(&mut self, next: usize, bytes: &[u8]) -> Result<(), IssueCode> {
        let record = bytes.get(self.record_start..next).unwrap_or_default();
        let is_blank = matches!(record, b"\n" | b"\r\n");
        if is_blank && self.row > 1 {
            self.blank_rows.push(self.row);
        }
        // Blank lines above the header are not counted: it is row 1.
        if !(is_blank && self.row == 1) {
            self.row += 1;
        }
        self.state = State::FieldStart;
        self.field = 0;
        self.field_start = next;
        self.record_start = next;
        let more_follows = next < bytes.len();
        if self.row > MAX_ROWS + 1 && more_follows {
            return Err(IssueCode::TooManyRows);
        }
        Ok(())
    }
}

/// The delimiter of the header line: whichever of comma, semicolon and tab
/// stands in it most often outside quotes; comma where none does.
pub(super) fn sniff_delimiter(bytes: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for &byte in bytes.iter().skip_while(|b| matches!(b, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(d, _)| *d == byte) {
                    *count += 1;
                }
            }
        }
    }
    // `max_by_key` takes the last of equals; reversed, the comma wins.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}
