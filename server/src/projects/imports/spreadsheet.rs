//! A spreadsheet (XLSX) as the rows of a CSV file, so that everything behind it knows one kind of table. It comes from outside and may be
//! made to harm: it is weighed before it is opened, and what it unpacks to is bounded.
//!
//! The first sheet that is shown is read. Of a formula its last result stands; a day is written `YYYY-MM-DD`; a figure shown in per cent
//! comes with its sign, since 0.45 and 45 are told apart by nothing else; empty cells, however many, are nothing.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use zip::ZipArchive;

use super::issue::{Issue, IssueCode};
use super::scan::{MAX_COLUMNS, MAX_ROWS};

/// First bytes of a ZIP archive, which a workbook is.
pub(super) const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// Files within a workbook.
const MAX_PARTS: usize = 2_000;
/// Bytes that its sheets unpack to; they are read as a stream.
const MAX_SHEETS: u64 = 96 * 1024 * 1024;
/// Bytes that everything else unpacks to; it is held in memory.
const MAX_REST: u64 = 32 * 1024 * 1024;
/// Texts that a workbook may say it holds: the reader makes room for as many before it reads the first.
const MAX_TEXTS: u64 = 2_000_000;
/// Bytes of looks: each of them is kept with a copy of its texts.
const MAX_LOOKS: usize = 32 * 1024 * 1024;
/// Bytes of the table: one text may stand in many cells.
const MAX_TABLE: usize = 64 * 1024 * 1024;
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

/// The rows of the first sheet that is shown, as CSV.
pub(super) fn as_csv(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    weigh(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged(""))?;
    let sheets = book.sheets_metadata().to_vec();
    let shown = |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let name = sheets.iter().find(shown).map(|sheet| sheet.name.clone()).ok_or_else(|| fault(IssueCode::SheetNone, 1, ""))?;
    let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| damaged(&name))?;
    let mut table = TableWriter::default();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| damaged(&name))?;
    let percent: Vec<bool> = cells.styles().iter().map(is_percent).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|_| damaged(&name))? {
        let text = text_of(cell.get_value(), percent.get(style).copied().unwrap_or(false));
        if !text.trim().is_empty() {
            let (row, column) = cell.get_position();
            table.put(row, column, text)?;
        }
    }
    // of merged cells only the first holds what is seen in all of them: no guess is made for the others
    let within = |area: &&calamine::Dimensions| area.start.0 <= table.row;
    if let Some(area) = merged.iter().filter(|area| area.start != area.end).find(within) {
        let shown = format!("{}:{}", reference(area.start), reference(area.end));
        return Err(fault(IssueCode::SheetMerged, area.start.0 + 1, &shown));
    }
    table.finish()
}

/// Unpacks everything once, a part at a time: what an archive states of itself is not believed, and what the reader would multiply is
/// bounded here, since it runs out of memory rather than refuse.
fn weigh(bytes: &[u8]) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged(""))?;
    if archive.len() > MAX_PARTS {
        return Err(fault(IssueCode::SheetTooLarge, 1, ""));
    }
    let is_workbook = archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"));
    if !is_workbook {
        return Err(fault(IssueCode::NotCsv, 1, ""));
    }
    let (mut sheets, mut rest) = (0_u64, 0_u64);
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| damaged(""))?;
        let name = part.name().map_err(|_| damaged(""))?.to_ascii_lowercase();
        let too_large = || fault(IssueCode::SheetTooLarge, 1, &name);
        if name.starts_with("xl/worksheets/sheet") {
            sheets += std::io::copy(&mut part.take(MAX_SHEETS + 1 - sheets), &mut std::io::sink()).map_err(|_| damaged(&name))?;
        } else {
            let mut held = Vec::new();
            part.take(MAX_REST + 1 - rest).read_to_end(&mut held).map_err(|_| damaged(&name))?;
            rest += u64::try_from(held.len()).unwrap_or(u64::MAX);
            if multiplies(&held) {
                return Err(too_large());
            }
        }
        if sheets > MAX_SHEETS || rest > MAX_REST {
            return Err(too_large());
        }
    }
    Ok(())
}

/// Whether the reader would make much more of a part than it is: by a number of texts that it states, or by looks that each keep a copy of
/// one long text. Parts are told by what they hold, since another part may name them anything.
fn multiplies(part: &[u8]) -> bool {
    let stated = after_each(part, b"uniqueCount").filter_map(stated_number).max().unwrap_or(0);
    let looks = after_each(part, b"xf").count();
    let longest = part.split(|byte| matches!(byte, b'"' | b'\'')).map(<[u8]>::len).max().unwrap_or(0);
    // what is not UTF-8 may say all of this in other bytes
    let is_text = !part.starts_with(b"\xff\xfe") && !part.starts_with(b"\xfe\xff");
    stated > MAX_TEXTS || (looks > 0 && looks.saturating_mul(longest.max(200)) > MAX_LOOKS) || !is_text
}

/// What follows each time that a word stands in a part.
fn after_each<'a>(part: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    (0..part.len()).filter(move |at| part[*at..].starts_with(word)).map(move |at| &part[at + word.len()..])
}

/// The number of an attribute whose name ended before: more than fits is the most that there is.
fn stated_number(rest: &[u8]) -> Option<u64> {
    let digits: Vec<u8> = rest
        .iter()
        .copied()
        .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'' | b'+' | b'0'))
        .take_while(u8::is_ascii_digit)
        .take(19)
        .collect();
    if digits.is_empty() { None } else { std::str::from_utf8(&digits).ok()?.parse().ok() }
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
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    letters.iter().rev().chain(format!("{}", row + 1).chars().collect::<Vec<_>>().iter()).collect()
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
mod tests {
    use std::io::Write;

    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

    use super::*;

    fn book(fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(&mut book).unwrap();
        book.save_to_buffer().unwrap()
    }

    fn sheet(fill: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
        book(|book| fill(book.add_worksheet()))
    }

    fn read(bytes: &[u8]) -> Result<String, (&'static str, u32, String)> {
        as_csv(bytes).map(|csv| String::from_utf8(csv).unwrap()).map_err(|issue| (issue.code.as_str(), issue.row, issue.value.clone()))
    }

    #[test]
    fn cells_are_read_as_they_are_seen() {
        let bytes = sheet(|s| {
            let day = Format::new().set_num_format("d mmm yyyy");
            let share = Format::new().set_num_format("0.0%");
            let quoted = Format::new().set_num_format("0 \"%\"");
            for (column, name) in (0..).zip(["start", "figure", "sum", "share", "quoted", "text"]) {
                s.write(0, column, name)?;
            }
            s.write_with_format(1, 0, &ExcelDateTime::from_ymd(2026, 3, 31)?, &day)?;
            s.write(1, 1, 0.1 + 0.2)?;
            s.write(1, 2, Formula::new("=1+1").set_result("2"))?;
            s.write_with_format(1, 3, 0.45, &share)?;
            s.write_with_format(1, 4, 45, &quoted)?;
            s.write(1, 5, "say \"yes\",\nplease")?;
            s.write_blank(2, 0, &day)?;
            s.write(3, 1, 7)?;
            // a million cells with a look and nothing in them are nothing
            for row in 4..2_000 {
                s.write_blank(row, 0, &day)?;
            }
            Ok(())
        });
        let expected = "\"start\",\"figure\",\"sum\",\"share\",\"quoted\",\"text\"\n\
                        \"2026-03-31\",\"0.3\",\"2\",\"45%\",\"45\",\"say \"\"yes\"\",\nplease\"\n\n\"\",\"7\",\"\",\"\",\"\",\"\"\n";
        assert_eq!(read(&bytes).unwrap(), expected);
    }

    #[test]
    fn the_first_sheet_that_is_shown_is_read() {
        let bytes = book(|book| {
            book.add_worksheet().set_name("codes")?.set_hidden(true).write(0, 0, "secret")?;
            book.add_worksheet().set_name("data")?.set_active(true).write(0, 0, "seen")?;
            Ok(())
        });
        assert_eq!(read(&bytes).unwrap(), "\"seen\"\n");
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let merged = sheet(|s| {
            s.write(0, 0, "a")?;
            s.merge_range(1, 0, 2, 1, "both", &Format::new())?;
            Ok(())
        });
        assert_eq!(read(&merged), Err(("sheet_merged", 2, "A2:B3".into())));
        let late = sheet(|s| s.write(3, 0, "title").map(drop));
        assert_eq!(read(&late), Err(("sheet_header_not_first", 4, "title".into())));
        let long = sheet(|s| {
            s.write(0, 0, "a")?;
            s.write(MAX_ROWS + 1, 0, 1).map(drop)
        });
        assert_eq!(read(&long), Err(("too_many_rows", MAX_ROWS + 2, String::new())));
        let wide = sheet(|s| s.write(0, 600, "a").map(drop));
        assert_eq!(read(&wide), Err(("too_many_columns", 1, "WC1".into())));
        let empty = sheet(|_| Ok(()));
        assert_eq!(read(&empty), Err(("file_empty", 1, String::new())));
        assert_eq!(read(b"PK\x03\x04 and nothing more").unwrap_err().0, "sheet_damaged");
        let whole = sheet(|s| s.write(0, 0, "a").map(drop));
        assert_eq!(read(&whole[..whole.len() / 2]).unwrap_err().0, "sheet_damaged");
    }

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn archives_that_are_no_workbooks_or_unpack_without_end_are_refused() {
        assert_eq!(read(&archive(&[("word/document.xml", b"<a/>")])).unwrap_err().0, "not_csv");
        let zeros = vec![0_u8; usize::try_from(MAX_REST).unwrap() + 10];
        let bomb = archive(&[("xl/workbook.xml", b"<a/>"), ("xl/sharedStrings.xml", &zeros)]);
        assert!(bomb.len() < 100_000, "it is small: {}", bomb.len());
        assert_eq!(read(&bomb).unwrap_err().0, "sheet_too_large");
        let many: Vec<(String, Vec<u8>)> = (0..=MAX_PARTS).map(|n| (format!("p{n}"), Vec::new())).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        assert_eq!(read(&archive(&many)).unwrap_err().0, "sheet_too_large");
    }

    /// A workbook of one cell whose parts say what is given.
    fn crafted(texts: &str, looks: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let book = format!("<workbook xmlns=\"{main}\"><sheets><sheet name=\"a\" sheetId=\"1\"/></sheets></workbook>");
        archive(&[
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/sharedStrings.xml", texts.as_bytes()),
            ("xl/styles.xml", looks.as_bytes()),
            ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData/></worksheet>"),
        ])
    }

    #[test]
    fn what_the_reader_would_multiply_is_refused_before_it_reads() {
        let plenty = "<sst count=\"1\" uniqueCount=\"10000000000000\"><si><t>a</t></si></sst>";
        assert_eq!(read(&crafted(plenty, "")).unwrap_err().0, "sheet_too_large");
        assert_eq!(read(&crafted("<sst uniqueCount = '99999999999999999999999'/>", "")).unwrap_err().0, "sheet_too_large");
        let looks = format!("<numFmt formatCode=\"{}\"/>{}", "0".repeat(1_000_000), "<xf numFmtId=\"200\"/>".repeat(1_000));
        assert_eq!(read(&crafted("", &looks)).unwrap_err().0, "sheet_too_large");
        let pictures = archive(&[("xl/workbook.xml", b"<a/>"), ("xl/media/strings.xml", &vec![b'a'; usize::try_from(MAX_REST).unwrap()])]);
        assert_eq!(read(&pictures).unwrap_err().0, "sheet_too_large", "whatever it is called");
        assert!(!multiplies(b"<sst count=\"3\" uniqueCount=\"3\">") && !multiplies(b"<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>"));
    }

    #[test]
    fn days_that_no_calendar_has_are_figures() {
        let bytes = sheet(|s| {
            let day = Format::new().set_num_format("d mmm yyyy");
            s.write(0, 0, "start")?;
            s.write_with_format(1, 0, -1e300, &day)?;
            s.write_with_format(2, 0, 1e12, &day).map(drop)
        });
        let read = read(&bytes).unwrap();
        assert!(read.starts_with("\"start\"\n\"-") && read.contains("1000000000000"), "{read}");
    }

    #[test]
    fn a_text_that_stands_in_many_cells_does_not_fill_the_memory() {
        let text = "x".repeat(32_000);
        let bytes = sheet(|s| {
            for row in 0..3_000 {
                s.write(row, 0, &text)?;
            }
            Ok(())
        });
        assert_eq!(read(&bytes).unwrap_err().0, "sheet_too_large");
        let mut row = TableWriter::default();
        let long = "x".repeat(1_000_000);
        let full = (0..500).find_map(|column| row.put(0, column, long.clone()).err()).map(|issue| issue.code.as_str());
        assert_eq!(full, Some("sheet_too_large"), "nor in one row");
    }

    #[test]
    fn references() {
        for (at, expected) in [((0, 0), "A1"), ((9, 25), "Z10"), ((0, 26), "AA1"), ((1, 701), "ZZ2"), ((0, 702), "AAA1")] {
            assert_eq!(reference(at), expected);
        }
    }
}
