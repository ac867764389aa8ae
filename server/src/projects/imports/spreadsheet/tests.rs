//! Workbooks as programs write them, and as somebody who means harm does.

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

/// A workbook whose parts say what is given, its own in the place that `base` names.
fn crafted(base: &str, texts: &str, looks: &str, book: &str) -> Vec<u8> {
    let rels = format!("<Relationships><Relationship Id=\"r\" Target=\"{base}workbook.xml\"/></Relationships>");
    let part = |name: &str| format!("{base}{name}");
    archive(&[
        ("xl/workbook.xml", b"<workbook/>"),
        ("_rels/.rels", rels.as_bytes()),
        (&part("book.xml"), book.as_bytes()),
        (&part("sharedStrings.xml"), texts.as_bytes()),
        (&part("styles.xml"), looks.as_bytes()),
    ])
}

#[test]
fn what_the_reader_would_multiply_is_refused_before_it_reads() {
    let plenty = "<sst count=\"1\" uniqueCount=\"10000000000000\"><si><t>a</t></si></sst>";
    let long = format!("<numFmt formatCode=\"{}\"/>{}", "0'".repeat(500_000), "<xf numFmtId=\"200\"/>".repeat(1_000));
    let looks = "<x:xf numFmtId=\"200\"/>".repeat(70_000);
    let sheets = "<sheet name=\"a\" r:id=\"r\"/>".repeat(2_000);
    for base in ["xl/", "xl/media/", "xl/worksheets/sheetx/", "elsewhere/"] {
        for (what, bytes) in [
            ("a number of texts", crafted(base, plenty, "", "")),
            ("in another way", crafted(base, "<sst uniqueCount = '99999999999999999999999'/>", "", "")),
            ("a long text of looks", crafted(base, "", &long, "")),
            ("many looks", crafted(base, "", &looks, "")),
            ("many sheets", crafted(base, "", "", &sheets)),
        ] {
            assert_eq!(read(&bytes).unwrap_err().0, "sheet_too_large", "{base}: {what}");
        }
    }
    let merged = crafted("xl/", "<mergeCell ref=\"A1:A2\"/>".repeat(10_001).as_str(), "", "");
    assert_eq!(read(&merged).unwrap_err().0, "sheet_too_large", "many merged areas");
    let media = archive(&[("xl/workbook.xml", b"<a/>"), ("xl/media/image1.jpg", &vec![b'a'; usize::try_from(MAX_REST).unwrap()])]);
    assert_eq!(read(&media).unwrap_err().0, "sheet_too_large", "whatever it is called");
}

/// A workbook of one sheet that its list names so many times.
fn named_again(sheet: &str, times: usize) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let names: Vec<String> = (0..times).map(|n| format!("<sheet name=\"s{n}\" sheetId=\"{}\" r:id=\"rId1\"/>", n + 1)).collect();
    let book = format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{}</sheets></workbook>", names.concat());
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let rels = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let of_all = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheet = format!("<worksheet xmlns=\"{main}\"><sheetData><row r=\"1\">{sheet}</row></sheetData></worksheet>");
    archive(&[
        ("_rels/.rels", of_all.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn one_sheet_under_many_names_is_not_read_again_and_again() {
    let text = "<c r=\"A1\" t=\"inlineStr\"><is><t>x</t></is></c>";
    assert_eq!(sheets(&named_again(text, 3)).unwrap().len(), 3, "a small one harms nobody");
    let code = |bytes: &[u8]| sheets(bytes).unwrap_err().code.as_str();
    assert_eq!(code(&named_again(text, MOST_READ + 1)), "sheet_too_large");
    let wide = "<c/>".repeat(2_000_000);
    assert_eq!(code(&named_again(&wide, 30)), "sheet_too_large", "by the bytes that would be read");
}

#[test]
fn ordinary_workbooks_are_read() {
    let bytes = book(|book| {
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "media_file")?;
        for row in 1..2_000 {
            let look = Format::new().set_num_format(format!("0.0 \"xf {row}\""));
            sheet.write_with_format(row, 0, format!("oxfam_tz/attachments/xf-{row} <xf> it's \"quoted\""), &look)?;
        }
        Ok(())
    });
    assert!(read(&bytes).unwrap().contains("xf-1999"));
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
