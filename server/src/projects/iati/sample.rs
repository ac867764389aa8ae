//! Activities for tests: one with everything, and one as large as projects get.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::document::*;

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn texts(texts: &[(&str, &str)]) -> Vec<Text> {
    texts.iter().map(|(language, text)| Text { language: (*language).to_owned(), text: (*text).to_owned() }).collect()
}

fn organisation(reference: Option<&str>, kind: &str, name: &str) -> Organisation {
    Organisation { reference: reference.map(str::to_owned), kind: Some(kind.to_owned()), name: name.to_owned() }
}

pub(super) fn figure(value: &str) -> Figure {
    Figure { value: Some(value.parse().unwrap()), ..Figure::default() }
}

fn of_group(value: &str, location: Option<&str>, dimensions: &[(&str, &str)]) -> Figure {
    let dimensions = dimensions.iter().map(|(name, value)| Dimension { name: (*name).to_owned(), value: (*value).to_owned() });
    Figure { location: location.map(str::to_owned), dimensions: dimensions.collect(), ..figure(value) }
}

pub(super) fn indicator(measure: Measure) -> Indicator {
    Indicator {
        measure,
        ascending: true,
        aggregation: None,
        title: texts(&[("en", "An indicator")]),
        description: Vec::new(),
        references: Vec::new(),
        baselines: Vec::new(),
        periods: Vec::new(),
    }
}

pub(super) fn period(targets: Vec<Figure>, actuals: Vec<Figure>) -> Period {
    Period { start: day("2026-01-01"), end: day("2026-03-31"), targets, actuals }
}

pub(super) fn result(indicators: Vec<Indicator>) -> ResultNode {
    ResultNode {
        kind: ResultKind::Output,
        aggregation: None,
        title: texts(&[("en", "A result")]),
        description: Vec::new(),
        references: Vec::new(),
        indicators,
    }
}

/// An activity with everything that can be written; no check finds anything in it.
pub(super) fn activity() -> Activity {
    let reference = |vocabulary: &str, code: &str, uri: Option<&str>| Reference {
        vocabulary: vocabulary.to_owned(),
        code: code.to_owned(),
        uri: uri.map(str::to_owned),
    };
    let said = |text: &str| Figure { comment: texts(&[("en", text), ("sw", "Kwa Kiswahili")]), ..Figure::default() };
    let litres = Indicator {
        aggregation: Some(true),
        title: texts(&[("en", "Litres per person & day"), ("sw", "Lita kwa mtu na siku")]),
        description: texts(&[("en", "What is drawn < what is pumped")]),
        references: vec![reference("1", "3429", None), reference("99", "W-1", Some("https://example.org/indicators?a=1&b=2"))],
        baselines: vec![
            Baseline {
                year: 2025,
                date: Some(day("2025-12-31")),
                figure: Figure { comment: texts(&[("en", "Survey")]), ..figure("12.500000") },
            },
            Baseline { year: 2025, date: None, figure: of_group("11", Some("KE009"), &[("sex", "female")]) },
        ],
        periods: vec![period(
            vec![figure("20")],
            vec![
                Figure { comment: texts(&[("sw", "Pampu mpya")]), ..figure("18.25") },
                of_group("-0.000", Some("KE009"), &[("sex", "female"), ("age", "5-11 \"years\"")]),
            ],
        )],
        ..indicator(Measure::Unit)
    };
    let words = Indicator {
        ascending: false,
        baselines: vec![Baseline { year: 2025, date: None, figure: said("No committee") }],
        periods: vec![period(vec![said("A committee meets")], vec![said("It met twice")])],
        ..indicator(Measure::Qualitative)
    };
    Activity {
        reporting_org: organisation(Some("KE-NCO-12345"), "22", "Maji & Maisha"),
        identifier: "KE-NCO-12345-WASH26".to_owned(),
        title: texts(&[("en", "Water for Kakuma"), ("sw", "Maji kwa Kakuma")]),
        description: texts(&[("en", "Water, sanitation and hygiene.\nSecond line."), ("sw", "Maji safi.")]),
        default_language: "en".to_owned(),
        default_currency: "USD".to_owned(),
        humanitarian: true,
        status: ActivityStatus::Implementation,
        dates: [(DateKind::PlannedStart, "2026-01-01"), (DateKind::ActualStart, "2026-01-15"), (DateKind::PlannedEnd, "2027-12-31")]
            .map(|(kind, date)| ActivityDate { kind, date: day(date) })
            .to_vec(),
        participants: vec![
            Participant { role: Role::Funding, organisation: organisation(Some("XM-DAC-41121"), "40", "UNHCR") },
            Participant { role: Role::Implementing, organisation: organisation(None, "22", "Local partner") },
        ],
        sectors: vec![
            Sector { vocabulary: "1".to_owned(), code: "14031".to_owned(), percentage: Some(Decimal::from(60)), name: Vec::new() },
            Sector { vocabulary: "1".to_owned(), code: "14032".to_owned(), percentage: Some(Decimal::from(40)), name: Vec::new() },
            Sector { vocabulary: "99".to_owned(), code: "W".to_owned(), percentage: None, name: texts(&[("en", "Water")]) },
        ],
        countries: [("KE", "62.5"), ("UG", "37.50")]
            .map(|(code, share)| Country { code: code.to_owned(), percentage: Some(share.parse().unwrap()) })
            .to_vec(),
        locations: vec![
            Location {
                reference: Some("KE009".to_owned()),
                name: texts(&[("en", "Kakuma")]),
                point: Some(("3.7167".parse().unwrap(), "34.8667".parse().unwrap())),
            },
            Location { reference: None, name: texts(&[("sw", "Kalobeyei")]), point: None },
        ],
        budgets: vec![
            Budget {
                start: day("2026-01-01"),
                end: day("2026-12-31"),
                currency: Some("EUR".to_owned()),
                value: "250000.500000".parse().unwrap(),
                value_date: day("2026-01-01"),
                status: BudgetStatus::Committed,
            },
            Budget {
                start: day("2027-01-01"),
                end: day("2027-12-31"),
                currency: None,
                value: Decimal::from(300_000),
                value_date: day("2027-01-01"),
                status: BudgetStatus::Indicative,
            },
        ],
        results: vec![
            ResultNode { kind: ResultKind::Outcome, aggregation: Some(false), ..result(vec![litres, words]) },
            ResultNode {
                description: texts(&[("en", "With its own reference")]),
                references: vec![reference("99", "R-1", Some("https://example.org/results"))],
                ..result(vec![indicator(Measure::Percentage)])
            },
        ],
        last_updated: "2026-06-30T12:34:56Z".parse().unwrap(),
    }
}

/// 200 indicators of 12 months, each month with a target, and an actual in all and for six groups.
pub(super) fn large_activity() -> Activity {
    let groups = [("female", "0-17"), ("female", "18-59"), ("female", "60+"), ("male", "0-17"), ("male", "18-59"), ("male", "60+")];
    let month = |number: u32| {
        let start = day("2026-01-01") + Months::new(number);
        let end = (start + Months::new(1)).pred_opt().unwrap();
        let mut actuals = vec![figure("600")];
        actuals.extend(groups.map(|(sex, age)| of_group("100", Some("KE009"), &[("sex", sex), ("age", age)])));
        assert_eq!(end.year(), 2026);
        Period { start, end, targets: vec![figure("1000")], actuals }
    };
    let measured = Indicator { periods: (0..12).map(month).collect(), ..indicator(Measure::Unit) };
    let results = (0..40).map(|_| result(vec![measured.clone(); 5])).collect();
    Activity { results, ..activity() }
}
