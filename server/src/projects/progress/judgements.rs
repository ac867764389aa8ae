//! The rules of judging beside the worked examples: achievement, breakdowns,
//! explanations.

use super::samples::{count, cumulative, dec, entry, from_baseline, maybe, number, official, parts, percentage, results, running, text};
use super::{
    AggLocations, AggPeriods, AggWithin, Basis, BreakdownFault, DimensionKind, Direction, Entry, Exclusion, Figure, Kind, Method,
    NotAvailable, Part, Rag, Scope, Step, Working, check_breakdown, explain, inputs_text, rag, subtotals, working,
};

#[test]
fn achievements_beside_the_worked_examples() {
    let maintain = from_baseline(Direction::Maintain, "50");
    let held = from_baseline(Direction::Increase, "50");
    let held_low = from_baseline(Direction::Decrease, "50");
    let no_start = from_baseline(Direction::Increase, "-");
    let none = Method { direction: Direction::None, ..count() };
    let table = [
        (&maintain, "57.5", "50", "115.0", Rag::OnTrack),
        (&maintain, "42.5", "50", "85.0", Rag::OnTrack),
        (&maintain, "60", "50", "120.0", Rag::OffTrack),
        (&maintain, "40", "50", "80.0", Rag::OffTrack),
        (&maintain, "0", "0", "-", Rag::OnTrack),
        (&maintain, "1", "0", "-", Rag::OffTrack),
        // the target equals the baseline
        (&held, "50", "50", "100.0", Rag::OnTrack),
        (&held, "80", "50", "160.0", Rag::Over),
        (&held_low, "50", "50", "100.0", Rag::OnTrack),
        (&held_low, "75", "50", "50.0", Rag::OffTrack),
        (&no_start, "5", "10", "-", Rag::NoTarget),
        (&none, "9", "10", "90.0", Rag::OnTrack),
        (&none, "-", "10", "-", Rag::NoData),
        (&none, "9", "-", "-", Rag::NoTarget),
        (&none, "-", "-", "-", Rag::NoTarget),
    ];
    for (method, actual, target, expected, colour) in table {
        let (actual, target) = (maybe(actual), maybe(target));
        let found = working(method, actual, target).result();
        let said = format!("{} {actual:?} of {target:?}", method.direction);
        assert_eq!(text(found, 1), expected, "{said}");
        assert_eq!(rag(method, actual, target, true), colour, "{said}");
        assert_eq!(rag(method, actual, target, false), Rag::NotDue);
    }
    let missing = working(&no_start, maybe("5"), maybe("10"));
    assert_eq!(missing, Working::NotAvailable(NotAvailable::NoBaseline));
}

/// Thirds rounded to 28 digits add up to a hair less than the whole: 84.95 %
/// must still be shown as 85.0.
#[test]
fn thirds_do_not_lose_a_tie() {
    let method = Method { within: AggWithin::Avg, ..count() };
    let mut entries = Vec::new();
    for location in ['a', 'b', 'c'] {
        for (sequence, value) in [(1, "0"), (2, "0"), (3, "16.99")] {
            entries.push(entry(location, 0, sequence, value));
        }
    }
    let total = official(&method, 1, &entries).periods[0].total.unwrap();
    let found = rag(&method, Some(total.value()), maybe("20"), true);
    assert_eq!(found, Rag::OnTrack);
}

#[test]
fn breakdowns_beside_the_worked_examples() {
    use DimensionKind::{ExclusiveExhaustive, ExclusivePartial, Overlapping};
    let score = Method { kind: Kind::Score, ..count() };
    let latest = Method { within: AggWithin::Latest, ..count() };
    for method in [score, latest] {
        let cells = [number("3"), number("4")];
        let checked = check_breakdown(&method, ExclusiveExhaustive, number("4"), &cells);
        assert_eq!(checked.unwrap().total, number("4"));
    }
    for kind in [ExclusiveExhaustive, Overlapping] {
        let checked = check_breakdown(&count(), kind, number("4"), &[None, None]).unwrap();
        assert!(checked.incomplete);
    }
    let checked = check_breakdown(&count(), ExclusivePartial, number("4"), &[None]).unwrap();
    assert_eq!(checked.unknown, number("4"));
    for kind in [ExclusivePartial, Overlapping] {
        let checked = check_breakdown(&count(), kind, None, &[number("1")]);
        assert_eq!(checked, Err(vec![BreakdownFault::MissingTotal]));
    }
    // A group that nobody belongs to is a cell like any other.
    let cells = [parts("30", "50"), parts("0", "0")];
    let checked = check_breakdown(&percentage(), ExclusiveExhaustive, None, &cells).unwrap();
    assert_eq!(checked.total, parts("30", "50"));
}

#[test]
fn percentages_count_nobody_twice() {
    use DimensionKind::{ExclusivePartial, Overlapping};
    let method = percentage();
    let over = [parts("6", "5"), number("7")];
    let faults = vec![BreakdownFault::NumeratorExceedsDenominator { cell: Some(0) }, BreakdownFault::MixedUp { cell: Some(1) }];
    let total = parts("50", "100");
    assert_eq!(check_breakdown(&method, Overlapping, total, &over), Err(faults));

    let left = [parts("10", "80")];
    let unknown = vec![BreakdownFault::NumeratorExceedsDenominator { cell: None }];
    assert_eq!(check_breakdown(&method, ExclusivePartial, total, &left), Err(unknown));

    let wide = [parts("10", "101")];
    let wider = vec![BreakdownFault::CellExceedsTotal { cell: 0, of: Part::Denominator, by: dec("1") }];
    assert_eq!(check_breakdown(&method, Overlapping, total, &wide), Err(wider));
}

#[test]
fn margins_of_a_cross_table_are_computed() {
    let cells = [("f", number("1")), ("m", None), ("f", number("2")), ("m", None)];
    let found = subtotals(&count(), &cells).unwrap();
    assert_eq!((found["f"], found["m"]), (number("3"), None));
    let score = Method { kind: Kind::Score, ..count() };
    assert_eq!(subtotals(&score, &cells).unwrap()["f"], None);
}

/// Every entry that does not count has its reason.
#[test]
fn explanations_name_what_does_not_count() {
    let method = Method { within: AggWithin::Latest, ..count() };
    let submitted = Entry { official: false, ..entry('c', 0, 9, "1") };
    let entries = [
        entry('a', 0, 1, "10"),
        entry('a', 0, 2, "12"),
        entry('a', 0, 2, "12"),
        entry('b', 0, 3, "5"),
        entry('b', 0, 4, "-"),
        submitted,
        entry('a', 1, 5, "7"),
        entry('a', 8, 6, "7"),
    ];
    let told = explain(&method, 2, &entries, Basis::Official, Scope::Period(0)).unwrap();
    assert_eq!(told.result.map(Figure::value), maybe("17"));
    assert_eq!(told.included, [entries[1], entries[3]]);
    let mut reasons: Vec<(u128, Exclusion)> = told.excluded.iter().map(|out| (out.entry.sequence, out.reason)).collect();
    reasons.sort_by_key(|(sequence, _)| *sequence);
    let expected = [
        (1, Exclusion::Superseded),
        (2, Exclusion::Duplicate),
        (4, Exclusion::NoFigure),
        (5, Exclusion::OtherPeriod),
        (6, Exclusion::OtherPeriod),
        (9, Exclusion::NotVerified),
    ];
    assert_eq!(reasons, expected);
    let figures = |values: [&str; 2]| values.map(|value| Figure::number(dec(value))).to_vec();
    let within = Step::WithinLocation {
        location: Some('a'),
        period: 0,
        how: AggWithin::Latest,
        inputs: figures(["10", "12"]),
        result: Figure::number(dec("12")),
    };
    let across = Step::AcrossLocations {
        period: 0,
        how: AggLocations::Sum,
        inputs: [Some('a'), Some('b')].into_iter().zip(figures(["12", "5"])).collect(),
        result: told.result,
    };
    assert_eq!(told.steps, [within, across]);
}

#[test]
fn explanations_show_carried_and_added_figures() {
    let entries = [entry('a', 0, 1, "10"), entry('b', 0, 2, "20"), entry('a', 1, 3, "15")];
    let scope = Scope::EndOfProject;
    let told = explain(&running(true), 2, &entries, Basis::Official, scope).unwrap();
    let carried = Step::CarriedForward { location: Some('b'), from_period: 0, figure: Figure::number(dec("20")) };
    assert!(told.steps.contains(&carried));
    assert_eq!(told.excluded[0].reason, Exclusion::Superseded);

    let told = explain(&cumulative(), 2, &entries, Basis::Official, scope).unwrap();
    let added = Step::AddedUp {
        period: 1,
        earlier: Some(Figure::number(dec("30"))),
        added: Some(Figure::number(dec("15"))),
        result: Some(Figure::number(dec("45"))),
    };
    assert_eq!(told.steps.last(), Some(&added));

    let apart = Method { periods: AggPeriods::None, ..count() };
    let told = explain(&apart, 2, &entries, Basis::Official, scope).unwrap();
    assert_eq!(told.result, None);
    assert_eq!(told.excluded[0].reason, Exclusion::NotCombined);

    let by_parts = explain(&percentage(), 2, &entries, Basis::Official, scope).unwrap();
    assert_eq!(by_parts.excluded[0].reason, Exclusion::WithoutParts);
}

#[test]
fn the_text_of_inputs_tells_changes_apart() {
    let entries = results(&["10", "5"]);
    let text = inputs_text(&count(), 2, &entries);
    let padded = results(&["10.000000", "5.0"]);
    assert_eq!(inputs_text(&count(), 2, &padded), text);
    let submitted = Entry { official: false, ..entries[0] };
    let changed = [
        inputs_text(&running(true), 2, &entries),
        inputs_text(&count(), 3, &entries),
        inputs_text(&count(), 2, &entries[..1]),
        inputs_text(&count(), 2, &[submitted, entries[1]]),
        inputs_text(&count(), 2, &results(&["10", "-"])),
        inputs_text(&count(), 2, &results(&["10", "0"])),
    ];
    for (index, other) in changed.iter().enumerate() {
        assert_ne!(*other, text, "change {index}");
    }
}
