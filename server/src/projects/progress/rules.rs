//! The rules of figures beside the worked examples: one table for each.

use std::str::FromStr;

use super::samples::{count, cumulative, dec, entry, fraction, from_baseline, maybe, official, percentage, running, text, totals};
use super::{
    Accumulation, AggLocations, AggPeriods, AggWithin, Basis, DimensionKind, Direction, Entry, Figure, FigureFault, Formula, Kind, Method,
    MethodFault, NotAvailable, Overflow, Rag, Thresholds, Working, across_periods, end_of_project, series, shown, target_across_periods,
    target_of_end, working,
};

/// Every choice reads back from what it is stored as; others are refused.
#[test]
fn stored_names_read_back() {
    fn check<T>(all: &[T], as_str: fn(T) -> &'static str)
    where
        T: Copy + PartialEq + std::fmt::Debug + FromStr,
        T::Err: std::fmt::Debug,
    {
        for choice in all {
            assert_eq!(T::from_str(as_str(*choice)).unwrap(), *choice);
        }
        assert!(T::from_str("nonsense").is_err());
    }
    check(Kind::ALL, Kind::as_str);
    check(Direction::ALL, Direction::as_str);
    check(Accumulation::ALL, Accumulation::as_str);
    check(AggWithin::ALL, AggWithin::as_str);
    check(AggLocations::ALL, AggLocations::as_str);
    check(AggPeriods::ALL, AggPeriods::as_str);
    check(Formula::ALL, Formula::as_str);
    check(Rag::ALL, Rag::as_str);
    check(DimensionKind::ALL, DimensionKind::as_str);
    let unknown = Kind::from_str("numbr").unwrap_err();
    assert_eq!(unknown.to_string(), "\"numbr\" is no Kind");
}

#[test]
fn methods_that_mean_nothing_are_refused() {
    let qualitative = Method { kind: Kind::Qualitative, ..count() };
    let limits = |red: i64, amber: i64, over: i64| Thresholds { amber: amber.into(), red: red.into(), over: over.into() };
    let table = [
        (count(), Ok(())),
        (percentage(), Ok(())),
        (running(true), Ok(())),
        (qualitative, Ok(())),
        (Method { periods: AggPeriods::Latest, ..percentage() }, Ok(())),
        (Method { locations: AggLocations::Avg, ..percentage() }, Err(MethodFault::PercentageAcrossLocations)),
        (Method { periods: AggPeriods::Avg, ..percentage() }, Err(MethodFault::PercentageAcrossPeriods)),
        (Method { periods: AggPeriods::Sum, ..running(false) }, Err(MethodFault::RunningTotalAcrossPeriods)),
        (Method { baseline: maybe("1"), ..qualitative }, Err(MethodFault::QualitativeWithNumbers)),
        (Method { decimals: 5, ..count() }, Err(MethodFault::TooManyDecimals)),
        (Method { rag: limits(90, 85, 115), ..count() }, Err(MethodFault::ThresholdsOutOfOrder)),
        (Method { rag: limits(70, 85, 80), ..count() }, Err(MethodFault::ThresholdsOutOfOrder)),
    ];
    for (method, expected) in table {
        assert_eq!(method.check(), expected, "{method:?}");
    }
}

#[test]
fn unweighted_means_are_known() {
    let average = Method { kind: Kind::Average, locations: AggLocations::Avg, periods: AggPeriods::Avg, ..count() };
    let weighted = Method { locations: AggLocations::Ratio, ..average };
    assert!(average.is_unweighted());
    assert!(!weighted.is_unweighted());
    assert!(!percentage().is_unweighted());
    assert!(!count().is_unweighted());
}

#[test]
fn display_rounds_half_up_and_pads() {
    let table = [
        ("84.95", 1, "85.0"),
        ("84.949999", 1, "84.9"),
        ("-50.05", 1, "-50.1"),
        ("-0.04", 1, "0.0"),
        ("0.5", 0, "1"),
        ("2.5", 0, "3"),
        ("50", 2, "50.00"),
        ("999999999999999999.999999", 4, "1000000000000000000.0000"),
        // thirds that add up to exactly one half
        ("0.0499999999999999999999999999", 1, "0.1"),
        ("79228162514264337593543950335", 4, "79228162514264337593543950335"),
    ];
    for (value, decimals, expected) in table {
        assert_eq!(shown(dec(value), decimals).to_string(), expected, "{value}");
    }
}

#[test]
fn rows_become_figures() {
    let read = |kind, value, num, den| {
        let figure = Figure::read(kind, maybe(value), maybe(num), maybe(den));
        figure.map(|figure| text(figure.map(Figure::value), 2))
    };
    let table = [
        (Kind::Number, "7", "-", "-", Ok("7.00")),
        (Kind::Number, "-", "-", "-", Ok("-")),
        (Kind::Percentage, "99", "1", "4", Ok("25.00")),
        (Kind::Percentage, "0", "0", "0", Ok("-")),
        (Kind::Average, "-", "9", "4", Ok("2.25")),
        (Kind::Ratio, "-", "-1", "4", Ok("-0.25")),
        (Kind::Percentage, "-", "1", "-", Err(FigureFault::HalfAFraction)),
        (Kind::Percentage, "-", "1", "0", Err(FigureFault::CountedOutOfNothing)),
        (Kind::Percentage, "-", "0", "-1", Err(FigureFault::NegativeDenominator)),
        (Kind::Percentage, "-", "999999999999999999", "0.000001", Err(FigureFault::Overflow)),
    ];
    for (kind, value, num, den, expected) in table {
        let expected = expected.map(str::to_owned);
        assert_eq!(read(kind, value, num, den), expected, "{value} {num}/{den}");
    }
}

/// Several entries of one location in one period, by each rule.
#[test]
fn entries_within_a_location_and_period() {
    let later = Entry { collected_on: 2, ..entry('a', 0, 1, "2") };
    let entries = [later, entry('a', 0, 5, "9"), entry('a', 0, 3, "4")];
    let table = [(AggWithin::Sum, "15"), (AggWithin::Latest, "2"), (AggWithin::Avg, "5"), (AggWithin::Max, "9"), (AggWithin::Min, "2")];
    for (within, expected) in table {
        let method = Method { within, ..count() };
        assert_eq!(totals(&method, &official(&method, 1, &entries)), [expected]);
        // Stands of a running total are never added, whatever the sheet says.
        let method = Method { within, ..running(true) };
        assert_eq!(totals(&method, &official(&method, 1, &entries)), ["2"]);
    }
    let same_day = [entry('a', 0, 5, "9"), entry('a', 0, 7, "4")];
    let method = running(false);
    assert_eq!(totals(&method, &official(&method, 1, &same_day)), ["4"]);
}

/// Several locations, one of which measured 0 and one of which is silent.
#[test]
fn locations_become_a_total() {
    let entries = [entry('a', 0, 1, "6"), entry('b', 0, 2, "0"), entry('c', 0, 3, "-")];
    let table =
        [(AggLocations::Sum, "6"), (AggLocations::Avg, "3"), (AggLocations::Max, "6"), (AggLocations::Min, "0"), (AggLocations::None, "-")];
    for (locations, expected) in table {
        let method = Method { locations, ..count() };
        let series = official(&method, 1, &entries);
        assert_eq!(totals(&method, &series), [expected], "{locations}");
        assert_eq!(series.periods[0].locations_with_data, 2);
    }
    let method = Method { locations: AggLocations::None, ..count() };
    let whole = Entry { location: None, ..entry('a', 0, 4, "11") };
    let series = official(&method, 1, &[entries[0], whole]);
    assert_eq!(totals(&method, &series), ["11"]);
}

/// Months as a quarter, for figures and for targets.
#[test]
fn periods_become_one() {
    let table = [
        // the method; a figure and a target of the months together; what their targets come to at the end of the project
        (count(), AggPeriods::Sum, "12", "12", "12"),
        (count(), AggPeriods::Avg, "4", "4", "-"),
        (count(), AggPeriods::Max, "9", "9", "-"),
        (count(), AggPeriods::Min, "0", "0", "-"),
        (count(), AggPeriods::Latest, "3", "3", "-"),
        (count(), AggPeriods::None, "-", "-", "-"),
        (cumulative(), AggPeriods::Sum, "3", "3", "3"),
        (running(true), AggPeriods::Latest, "3", "3", "3"),
    ];
    let values = ["9", "0", "3", "-"].map(maybe);
    for (method, periods, actual, target, end) in table {
        let method = Method { periods, ..method };
        let figures = values.map(|value| value.map(Figure::number));
        let found = across_periods(&method, &figures).unwrap();
        assert_eq!(text(found.map(Figure::value), 0), actual, "{periods}");
        let found = target_across_periods(&method, &values).unwrap();
        assert_eq!(text(found, 0), target, "{periods}");
        assert_eq!(text(target_of_end(&method, &values).unwrap(), 0), end, "{periods}");
        assert_eq!(across_periods(&method, &[None, None]), Ok(None));
        assert_eq!(target_across_periods(&method, &[None, None]), Ok(None));
        assert_eq!(across_periods(&method, &figures[..1]), Ok(figures[0]));
    }
}

#[test]
fn percentages_of_periods_are_sums_of_parts() {
    let entries = [fraction('a', 0, "5", "10"), fraction('b', 1, "90", "100"), fraction('a', 2, "0", "0")];
    let table = [
        (percentage(), "86.4", ["50.0", "90.0", "-"]),
        (Method { accumulation: Accumulation::CumulativeSum, ..percentage() }, "86.4", ["50.0", "86.4", "86.4"]),
        (Method { periods: AggPeriods::Latest, ..percentage() }, "90.0", ["50.0", "90.0", "-"]),
    ];
    for (method, end, periods) in table {
        let series = official(&method, 3, &entries);
        assert_eq!(totals(&method, &series), periods);
        let found = end_of_project(&method, &series).unwrap();
        assert_eq!(text(found.map(Figure::value), 1), end);
    }
    let plan = [maybe("50"), maybe("60"), None];
    assert_eq!(target_across_periods(&percentage(), &plan), Ok(maybe("60")));
}

/// Three visits to the same people weigh as one visit.
#[test]
fn a_mean_of_visits_keeps_the_weight_of_its_location() {
    let method = Method { within: AggWithin::Avg, ..percentage() };
    let mut entries = vec![fraction('b', 0, "0", "100")];
    for sequence in 1..=3 {
        let visit = fraction('a', 0, "50", "100");
        entries.push(Entry { sequence, ..visit });
    }
    assert_eq!(totals(&method, &official(&method, 1, &entries)), ["25.0"]);
}

#[test]
fn a_carried_location_is_marked() {
    let method = running(true);
    let entries = [entry('a', 0, 1, "10"), entry('b', 1, 2, "20")];
    let series = official(&method, 3, &entries);
    let carried = &series.periods[1].locations;
    assert!(!carried[&Some('a')].new_data);
    assert!(carried[&Some('b')].new_data);
    let silent = &series.periods[2];
    assert!(!silent.new_data);
    assert_eq!(silent.locations.len(), 2);
    assert_eq!(totals(&method, &series), ["10", "30", "30"]);
}

#[test]
fn numbers_that_do_not_fit_are_errors() {
    let most = "999999999999999999.999999";
    let one = [entry('a', 0, 1, most)];
    assert!(series(&count(), 1, &one, Basis::Official).is_ok());
    let two = [entry('a', 0, 1, most), entry('b', 0, 2, most)];
    assert_eq!(series(&count(), 1, &two, Basis::Official), Err(Overflow));
    let across = [Some(Figure::number(dec(most))); 2];
    assert_eq!(across_periods(&count(), &across), Err(Overflow));
    assert_eq!(target_across_periods(&count(), &[maybe(most), maybe(most)]), Err(Overflow));
    // A mean of many large numbers is no larger than they are.
    let many: Vec<Entry<char>> = (0..100_000).map(|id| entry('a', 0, id, most)).collect();
    let mean = Method { within: AggWithin::Avg, ..count() };
    assert!(series(&mean, 1, &many, Basis::Official).is_ok());
    assert_eq!(series(&count(), 1, &many, Basis::Official), Err(Overflow));
    let max = "79228162514264337593543950335";
    let huge = [Some(Figure::number(dec(max))); 2];
    assert_eq!(across_periods(&mean, &huge), Err(Overflow));
    let too_large = working(&count(), maybe(max), maybe("0.000001"));
    assert_eq!(too_large, Working::NotAvailable(NotAvailable::TooLarge));
    let below = from_baseline(Direction::Increase, "-79228162514264337593543950335");
    let too_large = working(&below, maybe(max), maybe("5"));
    assert_eq!(too_large, Working::NotAvailable(NotAvailable::TooLarge));
}
