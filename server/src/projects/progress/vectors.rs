//! Worked examples that the arithmetic must reproduce to the digit. Each has
//! been got wrong by a tool in use; the comment names the wrong answer.

use rust_decimal::Decimal;

use super::samples::{
    count, cumulative, dec, entry, fraction, from_baseline, maybe, number, official, parts, percentage, results, running, text, totals,
};
use super::{
    Basis, BreakdownFault, DimensionKind, Direction, Entry, Figure, FigureFault, Kind, Method, Part, Parts, Quantity, Rag, achievement,
    check_breakdown, end_of_project, rag, series, target_across_periods,
};

/// Achievement as shown and colour, in a period that is over.
fn judged(method: &Method, actual: &str, target: &str) -> (String, Rag) {
    let (actual, target) = (maybe(actual), maybe(target));
    let shown = text(achievement(method, actual, target), 1);
    (shown, rag(method, actual, target, true))
}

fn end(method: &Method, periods: usize, entries: &[Entry<char>]) -> Option<Decimal> {
    let end = end_of_project(method, &official(method, periods, entries)).unwrap();
    end.map(Figure::value)
}

fn targets(values: &[&str]) -> Vec<Option<Decimal>> {
    values.iter().map(|value| maybe(value)).collect()
}

/// 1: not the mean of percentages (70.0), nor with a denominator that starts
/// at one instead of zero (85.6).
#[test]
fn percentages_of_locations_are_sums_of_parts() {
    let method = percentage();
    let entries = [fraction('a', 0, "5", "10"), fraction('b', 0, "90", "100")];
    let series = official(&method, 1, &entries);
    assert_eq!(totals(&method, &series), ["86.4"]);
    let total = series.periods[0].total.unwrap();
    assert_eq!((total.num(), total.den()), (maybe("95"), maybe("110")));
}

/// 2: zero of ten is 0 %, zero of zero is nothing, nothing is nothing.
#[test]
fn a_percentage_of_nobody_is_no_data() {
    let method = percentage();
    for (num, den, expected) in [("0", "10", "0.0"), ("0", "0", "-")] {
        let entries = [fraction('a', 0, num, den)];
        assert_eq!(totals(&method, &official(&method, 1, &entries)), [expected]);
    }
    let nothing = [entry('a', 0, 1, "-")];
    assert_eq!(totals(&method, &official(&method, 1, &nothing)), ["-"]);
    assert_eq!(totals(&method, &official(&method, 1, &[])), ["-"]);
    let out_of_nothing = Figure::of_parts(Kind::Percentage, dec("3"), dec("0"));
    assert_eq!(out_of_nothing, Err(FigureFault::CountedOutOfNothing));
}

/// 3: a measured 0 is data and off track; no data is not 0.
#[test]
fn non_cumulative_results_add_up_to_the_project() {
    let method = count();
    let entries = results(&["10", "0", "-", "5"]);
    let series = official(&method, 4, &entries);
    assert_eq!(totals(&method, &series), ["10", "0", "-", "5"]);

    let plan = targets(&["10", "10", "10", "10"]);
    let target = target_across_periods(&method, &plan).unwrap();
    let actual = end(&method, 4, &entries);
    assert_eq!((actual, target), (maybe("15"), maybe("40")));
    assert_eq!(text(achievement(&method, actual, target), 1), "37.5");

    let colours = series.periods.iter().zip(&plan).map(|(period, target)| rag(&method, period.total.map(Figure::value), *target, true));
    let expected = [Rag::OnTrack, Rag::OffTrack, Rag::NoData, Rag::OffTrack];
    assert_eq!(colours.collect::<Vec<_>>(), expected);
}

/// 4: the sum so far stands in a silent period, and says that it is not new.
#[test]
fn cumulative_results_carry_their_sum() {
    let method = cumulative();
    let entries = results(&["10", "0", "-", "5"]);
    let series = official(&method, 4, &entries);
    assert_eq!(totals(&method, &series), ["10", "10", "10", "15"]);
    let new_data = series.periods.iter().map(|period| period.new_data);
    assert_eq!(new_data.collect::<Vec<_>>(), [true, true, false, true]);

    let plan = targets(&["10", "20", "30", "40"]);
    let target = target_across_periods(&method, &plan).unwrap();
    let actual = end(&method, 4, &entries);
    assert_eq!((actual, target), (maybe("15"), maybe("40")));
    assert_eq!(text(achievement(&method, actual, target), 1), "37.5");
}

/// 5: a silent location keeps its stand, if the indicator says so.
#[test]
fn running_totals_take_the_latest_of_each_location() {
    let entries = [entry('a', 0, 1, "10"), entry('b', 0, 2, "20"), entry('a', 1, 3, "15")];
    for (carry_forward, expected) in [(true, ["30", "35"]), (false, ["30", "15"])] {
        let method = running(carry_forward);
        let series = official(&method, 2, &entries);
        assert_eq!(totals(&method, &series), expected);
        assert_eq!(end(&method, 2, &entries), maybe(expected[1]));
        assert_eq!(series.periods[1].locations_with_data, 1);
    }
}

/// 6: a late correction of an early period must not overwrite a later one.
#[test]
fn a_correction_of_an_earlier_period_stays_in_it() {
    let method = running(true);
    let corrected = Entry { collected_on: 99, ..entry('a', 0, 9, "12") };
    let entries = [entry('a', 0, 1, "10"), entry('b', 0, 2, "20"), entry('a', 1, 3, "15"), corrected];
    let series = official(&method, 2, &entries);
    assert_eq!(totals(&method, &series), ["32", "35"]);
}

/// 7 to 13: achievement as shown, and the colour of what is shown.
#[test]
fn achievement_and_colour() {
    let ratio = count();
    let increase = from_baseline(Direction::Increase, "40");
    let decrease = from_baseline(Direction::Decrease, "60");
    let unknown_start = from_baseline(Direction::Decrease, "-");
    let to_zero = from_baseline(Direction::Decrease, "10");
    let next_target = from_baseline(Direction::Increase, "2505");
    let table = [
        // 7: the limits, on the displayed figure
        (&ratio, "85", "100", "85.0", Rag::OnTrack),
        (&ratio, "84.95", "100", "85.0", Rag::OnTrack),
        (&ratio, "84.94", "100", "84.9", Rag::AtRisk),
        (&ratio, "70", "100", "70.0", Rag::AtRisk),
        (&ratio, "69.94", "100", "69.9", Rag::OffTrack),
        (&ratio, "115", "100", "115.0", Rag::OnTrack),
        (&ratio, "115.05", "100", "115.1", Rag::Over),
        // 8: a ratio would say 70
        (&increase, "70", "100", "50.0", Rag::OffTrack),
        // 9: worse than before is negative, never clamped to zero
        (&decrease, "45", "30", "50.0", Rag::OffTrack),
        (&decrease, "75", "30", "-50.0", Rag::OffTrack),
        (&decrease, "20", "30", "133.3", Rag::Over),
        // 10: without a baseline
        (&unknown_start, "45", "30", "50.0", Rag::OffTrack),
        (&unknown_start, "30", "30", "100.0", Rag::OnTrack),
        (&unknown_start, "0", "30", "200.0", Rag::Over),
        // 11: a target of zero is reachable when there is a baseline
        (&to_zero, "4", "0", "60.0", Rag::OffTrack),
        // 12: a share of zero is undefined
        (&ratio, "5", "0", "-", Rag::NoTarget),
        // 13: against the next intermediate target
        (&next_target, "12980", "15000", "83.8", Rag::AtRisk),
    ];
    for (method, actual, target, shown, colour) in table {
        let found = judged(method, actual, target);
        assert_eq!(found, (shown.to_owned(), colour), "{actual} of {target}");
    }
}

/// 14: exhaustive cells make the total; a typed one that differs is named.
#[test]
fn exhaustive_cells_make_the_total() {
    let check = |total, cells: [&str; 2]| {
        let kind = DimensionKind::ExclusiveExhaustive;
        check_breakdown(&count(), kind, number(total), &cells.map(number))
    };
    for total in ["-", "100"] {
        let checked = check(total, ["60", "40"]).unwrap();
        assert_eq!(checked.total, number("100"));
        assert!(!checked.incomplete);
    }
    let differs = BreakdownFault::TotalDiffers { of: Part::Value, by: dec("1") };
    assert_eq!(check("101", ["60", "40"]), Err(vec![differs]));
    let missing = BreakdownFault::MissingCell { cell: 1 };
    assert_eq!(check("60", ["60", "-"]), Err(vec![missing]));
    assert_eq!(check("-", ["60", "0"]).unwrap().total, number("60"));
}

/// 15: what a partial breakdown leaves is unknown; more than all is refused.
#[test]
fn partial_cells_leave_a_remainder() {
    let check = |cells: [&str; 2]| {
        let kind = DimensionKind::ExclusivePartial;
        check_breakdown(&count(), kind, number("100"), &cells.map(number))
    };
    let checked = check(["60", "30"]).unwrap();
    assert_eq!(checked.unknown, number("10"));
    assert!(checked.incomplete);
    assert_eq!(checked.total, number("100"));

    let exceeds = BreakdownFault::SumExceedsTotal { of: Part::Value, by: dec("10") };
    assert_eq!(check(["60", "50"]), Err(vec![exceeds]));

    let complete = check(["60", "40"]).unwrap();
    assert_eq!((complete.unknown, complete.incomplete), (None, false));
}

/// 16: overlapping cells are compared with the total one by one.
#[test]
fn overlapping_cells_stay_below_the_total() {
    let check = |cells: [&str; 3]| {
        let kind = DimensionKind::Overlapping;
        check_breakdown(&count(), kind, number("100"), &cells.map(number))
    };
    let third = BreakdownFault::CellExceedsTotal { cell: 2, of: Part::Value, by: dec("1") };
    assert_eq!(check(["15", "40", "101"]), Err(vec![third]));
    let checked = check(["90", "90", "100"]).unwrap();
    assert_eq!(checked.total, number("100"));
}

/// 17: cells of a percentage add up by numerator and denominator.
#[test]
fn cells_of_a_percentage_add_up_by_parts() {
    let kind = DimensionKind::ExclusiveExhaustive;
    let cells = [parts("30", "50"), parts("20", "60")];
    let checked = check_breakdown(&percentage(), kind, None, &cells).unwrap();
    let expected = Parts { num: dec("50"), den: dec("110") };
    assert_eq!(checked.total, Some(Quantity::Parts(expected)));
    let figure = checked.total.unwrap().figure(Kind::Percentage).unwrap();
    assert_eq!(text(figure.map(Figure::value), 2), "45.45");

    let typed = check_breakdown(&percentage(), kind, parts("50", "100"), &cells);
    let differs = BreakdownFault::TotalDiffers { of: Part::Denominator, by: dec("-10") };
    assert_eq!(typed, Err(vec![differs]));
}

/// 18: a target belongs to the period, not to each entry of it.
#[test]
fn two_entries_share_one_target() {
    let method = count();
    let entries = [entry('a', 0, 1, "1"), entry('a', 0, 2, "1")];
    let target = target_across_periods(&method, &targets(&["2"])).unwrap();
    assert_eq!(target, maybe("2"));
    let actual = end(&method, 1, &entries);
    assert_eq!(text(achievement(&method, actual, target), 1), "100.0");
}

/// 19: official is what was verified; provisional adds what was submitted.
/// Drafts never reach the arithmetic.
#[test]
fn submitted_entries_are_provisional() {
    let method = count();
    let submitted = Entry { official: false, ..entry('a', 0, 1, "5") };
    let entries = [submitted, entry('a', 0, 2, "3")];
    for (basis, expected) in [(Basis::Official, "3"), (Basis::Provisional, "8")] {
        let series = series(&method, 1, &entries, basis).unwrap();
        assert_eq!(totals(&method, &series), [expected]);
    }
}
