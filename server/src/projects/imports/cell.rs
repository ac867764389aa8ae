//! What stands in one cell: a decimal number or a date. Nothing is guessed: a
//! notation that could be read two ways is refused with a code that says why.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::issue::IssueCode;
use crate::kernel::figure_text::figure;

/// Longest span of one row, in days: a year and some slack.
const MAX_SPAN_DAYS: i64 = 400;
/// Years in which a programme can have been running.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// Reads a trimmed cell as a decimal, by the same rule as figures typed into a
/// form; what that rule refuses is told apart further, because a spreadsheet
/// hides how a figure is written.
///
/// # Errors
/// One of the `number_*` codes.
pub fn number(text: &str) -> Result<Decimal, IssueCode> {
    match figure(text) {
        Ok(Some(number)) => Ok(number),
        Err("too_large") => Err(IssueCode::NumberTooLarge),
        Err("too_precise") => Err(IssueCode::NumberTooPrecise),
        Ok(None) | Err(_) => Err(why_not_a_number(text)),
    }
}

/// Tells the notations apart that a person can put right in the spreadsheet.
fn why_not_a_number(text: &str) -> IssueCode {
    if is_grouped(text) {
        return IssueCode::NumberLocalNotation;
    }
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E'])
        && matches!((figure(mantissa), figure(exponent)), (Ok(Some(_)), Ok(Some(_))))
    {
        return IssueCode::NumberExponent;
    }
    let is_unit = |c: char| c.is_alphabetic() || c.is_whitespace() || matches!(c, '%' | '‰' | '$' | '€' | '£' | '¥' | '²' | '³' | '/');
    let bare = text.trim_matches(is_unit);
    if bare.len() < text.len() && (number(bare).is_ok() || is_grouped(bare)) {
        return IssueCode::NumberUnit;
    }
    if text.chars().any(|c| c.is_numeric() && !c.is_ascii_digit()) {
        return IssueCode::NumberDigits;
    }
    IssueCode::NumberInvalid
}

/// Digits with separators between them that mean thousands in one country and
/// decimals in another, or a typographic minus sign before them.
fn is_grouped(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let inside = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '.' | '\'' | '’' | '٫' | '٬');
    ends(unsigned.chars().next()) && ends(unsigned.chars().next_back()) && unsigned.chars().all(inside)
}

/// Reads a trimmed cell as an ISO 8601 calendar date, `YYYY-MM-DD` only: any
/// other order of day and month is a guess.
///
/// # Errors
/// `date_format`, `date_invalid` or `date_out_of_range`.
pub fn date(text: &str) -> Result<NaiveDate, IssueCode> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return Err(IssueCode::DateFormat);
    }
    let date = text.parse::<NaiveDate>().map_err(|_| IssueCode::DateInvalid)?;
    if YEARS.contains(&date.year()) { Ok(date) } else { Err(IssueCode::DateOutOfRange) }
}

/// Checks the order and the span of a row's dates.
///
/// # Errors
/// `dates_reversed` or `dates_too_far_apart` (more than 400 days).
pub fn span(start: NaiveDate, end: NaiveDate) -> Result<(NaiveDate, NaiveDate), IssueCode> {
    match (end - start).num_days() {
        ..0 => Err(IssueCode::DatesReversed),
        0..=MAX_SPAN_DAYS => Ok((start, end)),
        _ => Err(IssueCode::DatesTooFarApart),
    }
}
