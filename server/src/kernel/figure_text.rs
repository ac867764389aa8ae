//! Figures as people type them.

use super::error::Fault;
use rust_decimal::Decimal;

/// A figure: digits, at most one point, an optional minus; up to 18 digits before and 6 after the point.
/// Nothing typed is nothing, never 0. A comma is refused rather than guessed: "1,234" is a thousand to one reader and
/// one and a bit to another.
///
/// # Errors
/// `local_notation`, `not_a_number`, `too_large` or `too_precise`.
pub fn figure(text: &str) -> Result<Option<Decimal>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains([',', '\u{a0}', '\u{202f}', '\'']) || text.contains(' ') {
        return Err("local_notation");
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || (digits.contains('.') && part.is_empty()) {
        return Err("not_a_number");
    }
    if whole.trim_start_matches('0').len() > 18 {
        return Err("too_large");
    }
    if part.trim_end_matches('0').len() > 6 {
        return Err("too_precise");
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let part = part.trim_end_matches('0');
    let canonical = if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") };
    canonical.parse().map(Some).map_err(|_| "not_a_number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_as_typed() {
        let table = [
            ("", Ok(None)),
            ("  ", Ok(None)),
            ("0", Ok(Some("0"))),
            ("-3.50", Ok(Some("-3.5"))),
            ("007", Ok(Some("7"))),
            ("1.000000", Ok(Some("1"))),
            ("1,234", Err("local_notation")),
            ("1 234", Err("local_notation")),
            ("12,5", Err("local_notation")),
            (".5", Err("not_a_number")),
            ("5.", Err("not_a_number")),
            ("1e3", Err("not_a_number")),
            ("NaN", Err("not_a_number")),
            ("٣", Err("not_a_number")),
            ("1.1234567", Err("too_precise")),
            ("1234567890123456789", Err("too_large")),
        ];
        for (typed, expected) in table {
            let expected = expected.map(|o: Option<&str>| o.map(|s| s.parse::<Decimal>().unwrap()));
            assert_eq!(figure(typed), expected, "{typed:?}");
        }
    }
}
