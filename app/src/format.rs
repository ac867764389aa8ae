//! Figures and dates as people read them.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use rust_decimal::Decimal;
use server::projects::progress::shown;

use crate::text::Say;

/// A figure, rounded half up to its decimals, thousands grouped. Both languages group by comma and point by point (CLDR).
#[must_use]
pub fn figure(value: Decimal, decimals: u32) -> String {
    let text = shown(value, decimals).to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("\u{2212}", rest));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3 + 4);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match part {
        Some(part) => format!("{sign}{grouped}.{part}"),
        None => format!("{sign}{grouped}"),
    }
}

/// A figure that may be missing: an en dash for none, never 0.
#[must_use]
pub fn maybe(value: Option<Decimal>, decimals: u32) -> String {
    value.map_or_else(|| "–".to_owned(), |value| figure(value, decimals))
}

/// A figure as it is put back into an input: all its digits, none grouped.
#[must_use]
pub fn plain(value: Option<Decimal>) -> String {
    value.map(|value| value.normalize().to_string()).unwrap_or_default()
}

/// Per cent of a target, one decimal.
#[must_use]
pub fn percent(value: Option<Decimal>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{} %", figure(value, 1)))
}

/// A day: `5 Mar 2024`.
#[must_use]
pub fn day(say: Say, date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), say.t(&format!("month-{}", date.month())), date.year())
}

/// A moment by the clock of who speaks: `5 Mar 2024, 17:07 EAT`.
#[must_use]
pub fn moment(say: Say, at: DateTime<Utc>) -> String {
    let there = say.there(at);
    format!("{}, {:02}:{:02} {}", day(say, there.date_naive()), there.hour(), there.minute(), there.format("%Z"))
}

/// The day of a moment by that clock.
#[must_use]
pub fn day_of(say: Say, at: DateTime<Utc>) -> String {
    day(say, say.there(at).date_naive())
}

/// A period's name: months by their name, others as they are.
#[must_use]
pub fn period(say: Say, name: &str) -> String {
    let month = name.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    match month.and_then(|(year, month)| Some((year, month.parse::<u32>().ok().filter(|m| (1..=12).contains(m))?))) {
        Some((year, month)) => format!("{} {year}", say.t(&format!("month-{month}"))),
        None => name.to_owned(),
    }
}

/// A column's key: `2024-Q1` becomes `Q1 2024`.
#[must_use]
pub fn column(key: &str) -> String {
    key.split_once('-').map_or_else(|| key.to_owned(), |(year, quarter)| format!("{quarter} {year}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;
    use server::kernel::text::Locale;

    #[test]
    fn figures() {
        for (value, decimals, expected) in
            [("1234567.5", 0, "1,234,568"), ("-1234.5", 1, "\u{2212}1,234.5"), ("0", 2, "0.00"), ("999", 0, "999"), ("0.05", 1, "0.1")]
        {
            assert_eq!(figure(value.parse().unwrap(), decimals), expected);
        }
        assert_eq!(maybe(None, 2), "–");
    }

    #[test]
    fn moments_by_the_clock_of_a_place() {
        let at = DateTime::from_timestamp(1_709_676_420, 0).unwrap();
        let cases = [
            (Tz::UTC, "5 Mar 2024, 22:07 UTC", "5 Mar 2024"),
            (Tz::Africa__Nairobi, "6 Mar 2024, 01:07 EAT", "6 Mar 2024"),
            (Tz::America__Bogota, "5 Mar 2024, 17:07 -05", "5 Mar 2024"),
            (Tz::Asia__Kathmandu, "6 Mar 2024, 03:52 +0545", "6 Mar 2024"),
        ];
        for (zone, told, on) in cases {
            let say = Say::new(Locale::En).at(zone);
            assert_eq!((moment(say, at).as_str(), day_of(say, at).as_str()), (told, on), "{zone}");
        }
    }

    #[test]
    fn periods_by_name() {
        let say = Say::new(Locale::En);
        assert_eq!(period(say, "2024-03"), "Mar 2024");
        assert_eq!(period(say, "2024 Q1"), "2024 Q1");
        assert_eq!(period(say, "2024"), "2024");
        assert_eq!(column("2024-Q1"), "Q1 2024");
        assert_eq!(column("2024"), "2024");
    }
}
