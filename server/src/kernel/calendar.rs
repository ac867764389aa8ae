//! Days and where they begin; reporting frequencies and the calendar periods that go with them.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// The time zone of a name; universal time for a name that this server does not know, which is logged.
#[must_use]
pub fn zone_of(name: &str) -> Tz {
    name.parse().unwrap_or_else(|_| {
        tracing::warn!(name, "an unknown time zone is read as universal time");
        Tz::UTC
    })
}

/// The day of a moment in a zone.
#[must_use]
pub fn day_in(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The moment at which a day begins in a zone: where clocks are put forward at midnight, the first that there is.
#[must_use]
pub fn begin_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let mut hours = (0..=24).map(|hours| midnight + TimeDelta::hours(hours));
    hours.find_map(|at| at.and_local_timezone(zone).earliest()).map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

/// The day that it is in a zone.
#[must_use]
pub fn today_in(zone: Tz) -> NaiveDate {
    day_in(Utc::now(), zone)
}

/// How often an indicator is reported; also the kind of a reporting period.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Frequency {
    /// Each calendar month.
    Monthly,
    /// Each calendar quarter.
    Quarterly,
    /// Every four months.
    TriAnnual,
    /// Every six months.
    SemiAnnual,
    /// Each calendar year.
    Annual,
    /// At midline and endline.
    MidlineEndline,
    /// Once.
    Once,
    /// When something happens.
    Event,
}

impl Frequency {
    /// Every frequency.
    pub const ALL: [Self; 8] =
        [Self::Monthly, Self::Quarterly, Self::TriAnnual, Self::SemiAnnual, Self::Annual, Self::MidlineEndline, Self::Once, Self::Event];

    /// The text kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::TriAnnual => "tri_annual",
            Self::SemiAnnual => "semi_annual",
            Self::Annual => "annual",
            Self::MidlineEndline => "midline_endline",
            Self::Once => "once",
            Self::Event => "event",
        }
    }

    /// The frequency of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }

    /// Months in a calendar period of this frequency; none where periods are not of the calendar.
    #[must_use]
    pub fn months(self) -> Option<u32> {
        match self {
            Self::Monthly => Some(1),
            Self::Quarterly => Some(3),
            Self::TriAnnual => Some(4),
            Self::SemiAnnual => Some(6),
            Self::Annual => Some(12),
            Self::MidlineEndline | Self::Once | Self::Event => None,
        }
    }

    /// The calendar period that holds a day: first and last day, both inclusive.
    #[must_use]
    pub fn calendar_period(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let months = self.months()?;
        let first_month = day.month0() / months * months + 1;
        let start = NaiveDate::from_ymd_opt(day.year(), first_month, 1)?;
        let end = start.checked_add_months(Months::new(months))?.pred_opt()?;
        Some((start, end))
    }

    /// The name of a calendar period by its first day, the same in every language: `2024-03`, `2024 Q1`, `2024 H1`, `2024`.
    #[must_use]
    pub fn period_name(self, start: NaiveDate) -> String {
        let (year, month0) = (start.year(), start.month0());
        match self {
            Self::Quarterly => format!("{year} Q{}", month0 / 3 + 1),
            Self::TriAnnual => format!("{year} T{}", month0 / 4 + 1),
            Self::SemiAnnual => format!("{year} H{}", month0 / 6 + 1),
            Self::Annual => year.to_string(),
            _ => format!("{year}-{:02}", month0 + 1),
        }
    }
}

/// Consecutive calendar periods from the one that holds `from` to the one that holds `to`, at most 240.
#[must_use]
pub fn periods_between(frequency: Frequency, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut out = Vec::new();
    let mut day = from;
    while day <= to && out.len() < 240 {
        let Some((start, end)) = frequency.calendar_period(day) else { break };
        out.push((start, end));
        let Some(next) = end.succ_opt() else { break };
        day = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_begin_where_they_are() {
        let table = [
            ("UTC", "2026-03-06", "2026-03-06T00:00:00Z"),
            ("Africa/Nairobi", "2026-03-06", "2026-03-05T21:00:00Z"),
            ("Mars/Olympus", "2026-03-06", "2026-03-06T00:00:00Z"),
            // clocks were put forward at midnight: the day began at one
            ("America/Asuncion", "2024-10-06", "2024-10-06T04:00:00Z"),
            // and back at one: it was midnight once, the first of two
            ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),
            // there was no such day
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ];
        for (zone, on, expected) in table {
            assert_eq!(begin_of(day(on), zone_of(zone)), expected.parse::<DateTime<Utc>>().unwrap(), "{zone} {on}");
        }
    }

    #[test]
    fn calendar_periods() {
        let table = [
            (Frequency::Monthly, "2024-02-15", Some(("2024-02-01", "2024-02-29")), "2024-02"),
            (Frequency::Quarterly, "2023-12-31", Some(("2023-10-01", "2023-12-31")), "2023 Q4"),
            (Frequency::TriAnnual, "2023-05-01", Some(("2023-05-01", "2023-08-31")), "2023 T2"),
            (Frequency::SemiAnnual, "2023-07-01", Some(("2023-07-01", "2023-12-31")), "2023 H2"),
            (Frequency::Annual, "2023-07-01", Some(("2023-01-01", "2023-12-31")), "2023"),
            (Frequency::Once, "2023-07-01", None, ""),
        ];
        for (frequency, on, expected, name) in table {
            let expected = expected.map(|(a, b)| (day(a), day(b)));
            assert_eq!(frequency.calendar_period(day(on)), expected, "{frequency:?}");
            if let Some((start, _)) = expected {
                assert_eq!(frequency.period_name(start), name);
            }
        }
        assert_eq!(periods_between(Frequency::Monthly, day("2023-11-20"), day("2024-02-01")).len(), 4);
    }
}
