//! What each kind of rule finds at a node that it is about.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use libxml::readonly::RoNode;
use libxml::tree::Node;
use regex::Regex;
use rust_decimal::Decimal;

use super::dom::{Tree, place};
use super::ruleset::{Every, Kind};
use super::{Fault, MAX_FINDINGS};

/// A year, as the standard's validator counts it: 1 January to 31 December of a leap year, but not to 1 January.
const DAYS_OF_A_YEAR: i64 = 365;

/// The most characters that are shown of what breaks a rule.
const MAX_DETAIL: usize = 200;

/// Where a rule is broken, and by what.
pub(super) struct Breach {
    pub(super) place: String,
    pub(super) detail: String,
}

impl Breach {
    fn at(node: RoNode, detail: &str) -> Self {
        Self { place: place(node), detail: detail.chars().take(MAX_DETAIL).collect() }
    }
}

type Found = Result<Vec<Breach>, Fault>;

/// A document on a day.
pub(super) struct Judge<'a> {
    pub(super) tree: &'a Tree,
    pub(super) today: NaiveDate,
}

impl Judge<'_> {
    /// What breaks a rule of any kind but a loop, which is not one rule.
    pub(super) fn breaches(&self, kind: &Kind, at: &Node) -> Found {
        match kind {
            Kind::AtleastOne { paths } => self.at_least_one(paths, at),
            Kind::NoMoreThanOne { paths } => self.no_more_than_one(paths, at),
            Kind::OnlyOneOf { excluded, paths } => self.only_one_of(excluded, paths, at),
            Kind::OneOrAll { one, all } => self.one_or_all(one, *all, at),
            Kind::Unique { paths } => self.unique(paths, at),
            Kind::NoSpaces { paths } => self.each(paths, at, |text| text.trim() == text),
            Kind::Startswith { prefix, separator, paths } => self.starts_with(prefix, separator, paths, at),
            Kind::RegexMatches { regex, paths } => self.regex_matches(regex, paths, at),
            Kind::Range { paths, min, max } => self.range(paths, *min, *max, at),
            Kind::StrictSum { paths, sum } => self.strict_sum(paths, *sum, at),
            Kind::IfThen { premise, then, paths } => self.if_then(premise, then, paths, at),
            Kind::DateNow { date } => self.not_after_today(date, at),
            Kind::DateOrder { less, more } if more == "NOW" => self.not_after_today(less, at),
            Kind::DateOrder { less, more } => self.date_order(less, more, at),
            Kind::TimeLimit { start, end } => self.time_limit(start, end, at),
            Kind::BetweenDates { date, start, end } => self.between_dates(date, start, end, at),
            Kind::Loop { .. } => Ok(Vec::new()),
        }
    }

    fn at_least_one(&self, paths: &[String], at: &Node) -> Found {
        if self.count(paths, at)? == 0 { self.breach(at, &paths.join(" | ")) } else { Ok(Vec::new()) }
    }

    fn no_more_than_one(&self, paths: &[String], at: &Node) -> Found {
        let count = self.count(paths, at)?;
        if count > 1 { self.breach(at, &count.to_string()) } else { Ok(Vec::new()) }
    }

    fn only_one_of(&self, excluded: &[String], paths: &[String], at: &Node) -> Found {
        let wanted = usize::from(self.count(excluded, at)? == 0);
        let count = self.count(paths, at)?;
        if count == wanted { Ok(Vec::new()) } else { self.breach(at, &count.to_string()) }
    }

    fn one_or_all(&self, one: &str, all: Every, at: &Node) -> Found {
        if self.tree.count(one, at)? > 0 {
            return Ok(Vec::new());
        }
        let (without, missing) = match all {
            Every::Lang => ("descendant::narrative[not(@xml:lang)]", "@xml:lang"),
            Every::Sector => ("transaction[not(sector)]", "sector"),
            Every::Currency => ("descendant::*[self::value or self::forecast or self::loan-status][not(@currency)]", "@currency"),
        };
        let nodes = self.tree.select(without, Some(at))?.get_readonly_nodes_as_vec();
        Ok(nodes.into_iter().take(MAX_FINDINGS).map(|node| Breach::at(node, missing)).collect())
    }

    fn unique(&self, paths: &[String], at: &Node) -> Found {
        let mut seen = HashSet::new();
        self.each(paths, at, |text| seen.insert(text.to_owned()))
    }

    fn starts_with(&self, prefix: &[String], separator: &str, paths: &[String], at: &Node) -> Found {
        let mut beginnings = Vec::new();
        for path in prefix {
            beginnings.extend(self.tree.texts(path, at)?.into_iter().map(|text| text + separator));
        }
        self.each(paths, at, |text| beginnings.iter().any(|beginning| text.starts_with(beginning)))
    }

    fn regex_matches(&self, regex: &str, paths: &[String], at: &Node) -> Found {
        let regex = Regex::new(regex).map_err(|error| Fault::Rules(error.to_string()))?;
        self.each(paths, at, |text| text.is_empty() || regex.is_match(text))
    }

    fn range(&self, paths: &[String], min: Option<Decimal>, max: Option<Decimal>, at: &Node) -> Found {
        self.each(paths, at, |text| {
            number(text).is_some_and(|number| min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max))
        })
    }

    fn strict_sum(&self, paths: &[String], wanted: Decimal, at: &Node) -> Found {
        let mut sum = Some(Decimal::ZERO);
        for path in paths {
            for text in self.tree.texts(path, at)? {
                sum = sum.and_then(|sum| sum.checked_add(number(&text)?));
            }
        }
        // four places, as the standard's validator has it
        let is_kept = sum.is_some_and(|sum| sum.round_dp(4) == wanted);
        let found = sum.map_or_else(|| "?".to_owned(), |sum| sum.normalize().to_string());
        if is_kept { Ok(Vec::new()) } else { self.breach(at, &found) }
    }

    fn if_then(&self, premise: &str, then: &str, paths: &[String], at: &Node) -> Found {
        if !self.tree.holds(premise, at)? || self.tree.holds(then, at)? {
            return Ok(Vec::new());
        }
        let mut shown = Vec::new();
        for path in paths {
            shown.extend(self.tree.texts(path, at)?.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()));
        }
        self.breach(at, &shown.join(", "))
    }

    fn not_after_today(&self, path: &str, at: &Node) -> Found {
        self.each(&[path.to_owned()], at, |text| day(text).is_none_or(|day| day <= self.today))
    }

    fn date_order(&self, less: &str, more: &str, at: &Node) -> Found {
        let later: Vec<NaiveDate> = self.days(more, at)?;
        self.each(&[less.to_owned()], at, |text| day(text).is_none_or(|day| later.iter().all(|later| day <= *later)))
    }

    fn time_limit(&self, start: &str, end: &str, at: &Node) -> Found {
        let (Some(start), Some(end)) = (self.day(start, at)?, self.day(end, at)?) else { return Ok(Vec::new()) };
        let is_too_long = (end - start).num_days() > DAYS_OF_A_YEAR;
        if is_too_long { self.breach(at, &format!("{start} – {end}")) } else { Ok(Vec::new()) }
    }

    fn between_dates(&self, date: &str, start: &str, end: &str, at: &Node) -> Found {
        let (Some(start), Some(end)) = (self.day(start, at)?, self.day(end, at)?) else { return Ok(Vec::new()) };
        self.each(&[date.to_owned()], at, |text| day(text).is_none_or(|day| start <= day && day <= end))
    }

    /// The node itself breaks the rule.
    fn breach(&self, at: &Node, detail: &str) -> Found {
        let itself = self.tree.select(".", Some(at))?.get_readonly_nodes_as_vec();
        Ok(itself.into_iter().map(|node| Breach::at(node, detail)).collect())
    }

    /// The elements and attributes whose text is not as it should be, each with its text.
    fn each(&self, paths: &[String], at: &Node, mut is_kept: impl FnMut(&str) -> bool) -> Found {
        let mut breaches = Vec::new();
        for path in paths {
            let found = self.tree.select(path, Some(at))?;
            let texts = found.get_nodes_as_str();
            let broken: Vec<bool> = texts.iter().map(|text| !is_kept(text)).collect();
            if broken.contains(&true) {
                let nodes = found.get_readonly_nodes_as_vec().into_iter().zip(texts).zip(broken);
                let broken = nodes.filter(|(_, is_broken)| *is_broken).take(MAX_FINDINGS);
                breaches.extend(broken.map(|((node, text), _)| Breach::at(node, &text)));
            }
        }
        Ok(breaches)
    }

    fn count(&self, paths: &[String], at: &Node) -> Result<usize, Fault> {
        paths.iter().try_fold(0, |count, path| Ok(count + self.tree.count(path, at)?))
    }

    fn days(&self, path: &str, at: &Node) -> Result<Vec<NaiveDate>, Fault> {
        Ok(self.tree.texts(path, at)?.iter().filter_map(|text| day(text)).collect())
    }

    fn day(&self, path: &str, at: &Node) -> Result<Option<NaiveDate>, Fault> {
        Ok(self.days(path, at)?.first().copied())
    }
}

/// A number of the schema's type `decimal`.
fn number(text: &str) -> Option<Decimal> {
    text.trim().parse().ok()
}

/// The day of a date or of a time (in UTC, if the time says where it is). One that cannot be read is for the schema to find.
fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let with_zone = DateTime::parse_from_rfc3339(text).ok().map(|time| time.naive_utc().date());
    let without = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|time| time.date());
    let date = || text.get(..10)?.parse().ok();
    with_zone.or_else(without).or_else(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        let cases = [
            ("2026-01-31", Some("2026-01-31")),
            (" 2026-01-31Z ", Some("2026-01-31")),
            ("2026-01-31+05:00", Some("2026-01-31")),
            ("2026-01-31T23:30:00Z", Some("2026-01-31")),
            ("2026-01-31T23:30:00-05:00", Some("2026-02-01")),
            ("2026-01-31T23:30:00.25", Some("2026-01-31")),
            ("2026-02-30", None),
            ("31.1.2026", None),
            ("ééééé2026", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(day(text).map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers() {
        for (text, expected) in
            [("50", Some(500)), (" +.5 ", Some(5)), ("-1.50", Some(-15)), ("5.", Some(50)), ("1e2", Some(1000)), ("", None), ("x", None)]
        {
            assert_eq!(number(text), expected.map(|tenths| Decimal::new(tenths, 1)), "{text}");
        }
    }
}
