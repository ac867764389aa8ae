use std::fmt::Write;

use super::super::issue::{IssueCode, MAX_KEPT_ISSUES, Severity, visible};
use super::super::plan::{Plan, plan_import};
use super::super::scan::{MAX_ROWS, Scanner};
use super::super::table::{Table, preview};
use super::{HEADER, catalogue, figures, found, plan_rows, wide};

const ROW: &str = "2023-01-01,2023-01-31,C1,20,,\n";

fn plan_bytes(bytes: &[u8]) -> Plan {
    plan_import(bytes, &wide(&[]), &catalogue())
}

#[test]
fn files_that_are_no_table() {
    let long_name = "x".repeat(401);
    let many = vec!["c"; 501].join(",");
    let cases = vec![
        ("nothing", b"".to_vec(), "1 - file_empty"),
        ("white space", b" \r\n\n".to_vec(), "1 - file_empty"),
        ("a byte order mark alone", b"\xef\xbb\xbf".to_vec(), "1 - file_empty"),
        ("a sep line alone", b"sep=;\r\n".to_vec(), "1 - file_empty"),
        ("a header alone", HEADER.into(), "1 - no_rows"),
        ("xlsx", b"PK\x03\x04....".to_vec(), "1 - sheet_damaged"),
        ("UTF-16 LE", b"\xff\xfes\0t\0".to_vec(), "1 - encoding_utf16"),
        ("UTF-16 BE", b"\xfe\xff\0s\0t".to_vec(), "1 - encoding_utf16"),
        ("a column without a name", b"start,,end\n".to_vec(), "1 - header_empty"),
        ("two columns of one name", b"a,b, a\n".to_vec(), "1 a header_duplicate"),
        ("too long a name", long_name.clone().into(), "header_too_long"),
        ("too many columns", many.into(), "1 - too_many_columns"),
        ("too many fields in a row", format!("{HEADER}{}", ",".repeat(500)).into(), "2 - too_many_columns"),
    ];
    check_unreadable(cases);
}

#[test]
fn texts_that_are_broken() {
    let cases = vec![
        (
            "Latin-1 in a row",
            [HEADER.as_bytes(), ROW.as_bytes(), b"2023-01-01,2023-01-31,Camp\xe9,1,,\n"].concat(),
            "3 site encoding_not_utf8",
        ),
        ("Latin-1 within quotes", [HEADER.as_bytes(), b"\"a\nb\",2023-01-31,\"C\xe9\",1,,\n"].concat(), "2 site encoding_not_utf8"),
        ("Latin-1 in the header", b"start,fin\xe9\n".to_vec(), "1 - encoding_not_utf8"),
        ("cut within a character", [HEADER.as_bytes(), b"2023-01-01,2023-01-31,\xc3"].concat(), "2 site encoding_not_utf8"),
        ("NUL", [HEADER.as_bytes(), b"2023-01-01,2023-01-31,C1,2\x000,,\n"].concat(), "2 litres nul_byte"),
        ("CR only", HEADER.replace('\n', "\r").into(), "1 - line_ends"),
        ("one CR among LF", format!("{HEADER}2023-01-01,2023-01-31,C1,1,,\r2023-01-01,2023-01-31,C1,1,,\n").into(), "2 soap line_ends"),
        ("a quote never closed", format!("{HEADER}{ROW}2023-01-01,2023-01-31,\"C1,1,,\n{ROW}{ROW}").into(), "3 site quote_unclosed"),
        ("text behind a closing quote", format!("{HEADER}2023-01-01,2023-01-31,\"Camp \"North\"\",1,,\n").into(), "2 site quote_stray"),
    ];
    check_unreadable(cases);
}

fn check_unreadable(cases: Vec<(&str, Vec<u8>, &str)>) {
    for (name, bytes, expected) in cases {
        let plan = plan_bytes(&bytes);
        let all = found(&plan.issues).join("; ");
        assert!(all.ends_with(expected) && plan.issues.len() == 1, "{name}: {all}");
        assert_eq!(plan.issues[0].severity, Severity::Critical, "{name}");
        assert_eq!((plan.rows, plan.values.len(), plan.errors), (0, 0, 1), "{name}");
    }
}

#[test]
fn files_that_read_the_same() {
    let simple = format!("{HEADER}{ROW}");
    let quoted = format!(
        "{HEADER}\"2023-01-01\",2023-01-31,\"C1\",\"20\",\"\",
"
    );
    let semicolons = simple.replace(',', ";");
    let cases = [
        ("plain", simple.clone()),
        ("no line end at the end", simple.trim_end().to_owned()),
        ("CRLF", simple.replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{simple}")),
        ("semicolons", semicolons.clone()),
        ("tabs", simple.replace(',', "\t")),
        ("sep line", format!("sep=;\r\n{semicolons}")),
        ("byte order mark and sep line", format!("\u{feff}SEP=;\n{semicolons}")),
        ("blank lines around", format!("\n{simple}\n\n")),
        ("white space around cells", simple.replace(',', " , ")),
        ("a comma in a semicolon header", semicolons.replace("taps", "taps, all")),
        ("quotes", quoted),
    ];
    for (name, file) in cases {
        let plan = plan_bytes(file.as_bytes());
        assert_eq!(found(&plan.issues), [""; 0], "{name}");
        assert_eq!(figures(&plan), ["2 20"], "{name}");
    }
}

#[test]
fn rows_are_counted_as_records_and_blank_lines_count() {
    let rows = "2023-01-01,2023-01-31,\"C\n1\",1,,\n\r\n\n2023-01-01,2023-01-31,C1,x,,\n";
    let plan = plan_rows(rows, &[], &catalogue());
    assert_eq!(found(&plan.issues), ["2 site location_unknown", "5 litres number_invalid"]);
    assert_eq!((plan.rows, plan.valid_rows, plan.invalid_rows), (2, 0, 2));
    assert_eq!(plan.issues[0].value, "C␊1");
}

#[test]
fn faults_of_one_row_leave_the_others() {
    let long = "x".repeat(4_001);
    let cases = [
        ("too few fields", "2023-01-01,2023-01-31,C1,1".to_owned(), "3 - row_length"),
        ("too many fields", "2023-01-01,2023-01-31,C1,1,,,".to_owned(), "3 - row_length"),
        ("cut off at the end", "2023-01-01,202".to_owned(), "3 - row_length"),
        ("a long cell", format!("2023-01-01,2023-01-31,{long},1,,"), "3 site cell_too_long"),
    ];
    for (name, row, expected) in cases {
        let plan = plan_rows(&format!("{ROW}{row}"), &["locations"], &catalogue());
        assert_eq!(found(&plan.issues), [expected], "{name}");
        assert_eq!(figures(&plan), ["2 20"], "{name}");
        assert!(plan.issues[0].value.chars().count() <= 80, "{name}");
    }
}

#[test]
fn the_longest_cell_is_accepted() {
    let row = format!("2023-01-01,2023-01-31,C1,1,{},\n", " ".repeat(4_000));
    assert_eq!(figures(&plan_rows(&row, &[], &catalogue())), ["2 1"]);
}

#[test]
fn as_many_rows_as_are_accepted_and_one_more() {
    let most = usize::try_from(MAX_ROWS).unwrap();
    let mut file = format!("{HEADER}{}", ",,,,,\n".repeat(most));
    let plan = plan_bytes(file.as_bytes());
    assert_eq!((plan.rows, plan.warnings, plan.errors), (MAX_ROWS, MAX_ROWS, 0));
    file.push_str(ROW);
    let plan = plan_bytes(file.as_bytes());
    assert_eq!(found(&plan.issues), ["200002 - too_many_rows"]);
}

#[test]
fn issues_are_bounded_and_errors_come_before_warnings() {
    let mut rows = ",,,,,\n".repeat(MAX_KEPT_ISSUES + 200);
    for figure in 0..10 {
        writeln!(rows, "2023-01-01,2023-01-31,C1,x{figure},,").unwrap();
    }
    let plan = plan_rows(&rows, &[], &catalogue());
    assert_eq!(plan.issues.len(), MAX_KEPT_ISSUES);
    assert_eq!((plan.issues_total, plan.errors, plan.warnings), (1_210, 10, 1_200));
    let kept_errors = plan.issues.iter().filter(|i| i.severity == Severity::Error);
    assert_eq!(kept_errors.count(), 10);
    assert!(plan.issues.is_sorted_by_key(|issue| issue.row));
}

#[test]
fn issues_answer_in_the_shape_of_the_interface() {
    let rows = format!("{ROW}2023-01-01,2023-01-31,C1,\"a\tb\",,\n{ROW}2023-01,,\n");
    let plan = plan_rows(&rows, &[], &catalogue());
    assert_eq!(
        serde_json::to_value(&plan.issues).unwrap(),
        serde_json::json!([
            {"row": 3, "column": "litres", "severity": "error", "code": "number_invalid", "value": "a␉b"},
            {"row": 4, "column": "litres", "severity": "error", "code": "duplicate", "value": "20",
             "other_row": 2},
            {"row": 5, "column": null, "severity": "error", "code": "row_length", "value": "3"},
        ])
    );
}

#[test]
fn texts_are_made_fit_to_show() {
    assert_eq!(visible("a\0b\u{7f}\u{202e}c"), "a␀b␡\u{fffd}c");
    assert_eq!(visible(&"é".repeat(80)), "é".repeat(80));
    assert_eq!(visible(&"é".repeat(81)), format!("{}…", "é".repeat(79)));
}

#[test]
fn codes_are_unique() {
    let names: std::collections::HashSet<_> = IssueCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(names.len(), IssueCode::ALL.len());
}

#[test]
fn a_preview_shows_the_header_and_five_rows() {
    let shown = preview(format!("{HEADER}{}", ROW.repeat(7)).as_bytes()).unwrap();
    assert_eq!(shown.headers, ["start", "end", "site", "litres", "taps", "soap"]);
    assert_eq!(shown.rows.len(), 5);
    assert_eq!(shown.rows[0], ["2023-01-01", "2023-01-31", "C1", "20", "", ""]);
    assert_eq!(preview(HEADER.as_bytes()).unwrap().rows.len(), 0);
    assert_eq!(found(&preview(b"a,a\n1,2\n").unwrap_err()), ["1 a header_duplicate"]);
}

/// What the strict look accepts, the lenient reader divides into the same rows:
/// every text over the characters that matter, up to five long.
#[test]
fn the_reader_finds_the_rows_that_were_scanned() {
    const ALPHABET: [char; 5] = ['a', ',', '"', '\n', '\r'];
    let mut accepted = 0;
    for length in 1..=5_u32 {
        for number in 0..ALPHABET.len().pow(length) {
            let mut rest = number;
            let mut text = String::from("h,i\n");
            for _ in 0..length {
                text.push(ALPHABET[rest % ALPHABET.len()]);
                rest /= ALPHABET.len();
            }
            let Ok(mut table) = Table::open(text.as_bytes()) else {
                continue;
            };
            let mut scanner = Scanner::new(b',');
            scanner.walk(text.as_bytes()).unwrap();
            // A line end at the end opens no further row.
            let ended = text.ends_with('\n');
            let expected = (2..=scanner.row - u32::from(ended)).filter(|row| !scanner.blank_rows.contains(row));
            let mut record = csv::StringRecord::new();
            let mut read = Vec::new();
            while let Some(row) = table.read_row(&mut record).unwrap() {
                read.push(row);
            }
            assert_eq!(read, expected.collect::<Vec<_>>(), "{text:?}");
            accepted += 1;
        }
    }
    assert!(accepted > 500, "{accepted}");
}
