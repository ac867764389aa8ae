use super::super::cell::{date, number, span};
use super::super::issue::IssueCode;
use super::day;

#[test]
fn numbers() {
    let cases = [
        ("0", Ok("0")),
        ("-0", Ok("0")),
        ("+5", Ok("5")),
        ("-12.50", Ok("-12.5")),
        (".5", Err("number_invalid")),
        ("007", Ok("7")),
        ("18.2", Ok("18.2")),
        ("1.234", Ok("1.234")),
        ("999999999999999999.999999", Ok("999999999999999999.999999")),
        ("-999999999999999999.999999", Ok("-999999999999999999.999999")),
        ("0000000000000000000000001", Ok("1")),
        ("1.5000000", Ok("1.5")),
        ("1.0000000", Ok("1")),
        ("1000000000000000000", Err("number_too_large")),
        ("1.1234567", Err("number_too_precise")),
        ("0.30000000000000004", Err("number_too_precise")),
        ("", Err("number_invalid")),
        ("-", Err("number_invalid")),
        ("5.", Err("number_invalid")),
        (".", Err("number_invalid")),
        ("--5", Err("number_invalid")),
        ("(5)", Err("number_invalid")),
        ("1/2", Err("number_invalid")),
        ("NaN", Err("number_invalid")),
        ("inf", Err("number_invalid")),
        ("0x1F", Err("number_invalid")),
        ("n/a", Err("number_invalid")),
        ("2023-01-01", Err("number_invalid")),
        ("1e5", Err("number_exponent")),
        ("1.5E+05", Err("number_exponent")),
        ("-2e-3", Err("number_exponent")),
        ("1,234.5", Err("number_local_notation")),
        ("1.234,5", Err("number_local_notation")),
        ("12,5", Err("number_local_notation")),
        ("1 234", Err("number_local_notation")),
        ("1\u{a0}234", Err("number_local_notation")),
        ("1\u{202f}234", Err("number_local_notation")),
        ("1'234", Err("number_local_notation")),
        ("1.234.567", Err("number_local_notation")),
        ("\u{2212}5", Err("number_local_notation")),
        ("45%", Err("number_unit")),
        ("45 %", Err("number_unit")),
        ("12,5 %", Err("number_unit")),
        ("$12", Err("number_unit")),
        ("12 litres", Err("number_unit")),
        ("3 m³", Err("number_unit")),
        ("٤٢", Err("number_digits")),
        ("१२.५", Err("number_digits")),
        ("１２", Err("number_digits")),
        ("½", Err("number_digits")),
    ];
    for (text, expected) in cases {
        let read = number(text);
        let shown = read.as_ref().map(ToString::to_string);
        let shown = shown.as_deref().map_err(|code| code.as_str());
        assert_eq!(shown, expected, "{text:?}");
    }
}

#[test]
fn dates() {
    let cases = [
        ("2023-01-31", Ok(day("2023-01-31"))),
        ("2024-02-29", Ok(day("2024-02-29"))),
        ("1990-01-01", Ok(day("1990-01-01"))),
        ("2100-12-31", Ok(day("2100-12-31"))),
        ("2023-02-30", Err("date_invalid")),
        ("2023-02-29", Err("date_invalid")),
        ("2023-13-01", Err("date_invalid")),
        ("2023-00-10", Err("date_invalid")),
        ("1989-12-31", Err("date_out_of_range")),
        ("2101-01-01", Err("date_out_of_range")),
        ("0001-01-01", Err("date_out_of_range")),
        ("31/01/2023", Err("date_format")),
        ("01-31-2023", Err("date_format")),
        ("2023-1-5", Err("date_format")),
        ("2023/01/05", Err("date_format")),
        ("20230105", Err("date_format")),
        ("2023-01-05T00:00:00", Err("date_format")),
        ("44927", Err("date_format")),
        ("+023-01-05", Err("date_format")),
        ("٢٠٢٣-١", Err("date_format")),
    ];
    for (text, expected) in cases {
        assert_eq!(date(text).map_err(IssueCode::as_str), expected, "{text:?}");
    }
}

#[test]
fn spans() {
    let cases = [
        ("2023-01-01", "2023-01-01", None),
        ("2023-01-02", "2023-01-01", Some("dates_reversed")),
        ("2023-01-01", "2024-02-05", None),
        ("2023-01-01", "2024-02-06", Some("dates_too_far_apart")),
    ];
    for (start, end, expected) in cases {
        let refused = span(day(start), day(end)).err().map(IssueCode::as_str);
        assert_eq!(refused, expected, "{start}..{end}");
    }
}
