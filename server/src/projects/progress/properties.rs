//! What must hold for any entries whatever, tried on many generated ones.

use rust_decimal::Decimal;

use super::samples::{Dice, count, cumulative, percentage, running};
use super::{
    Accumulation, AggLocations, AggPeriods, AggWithin, Basis, Entry, Exclusion, Figure, Kind, Method, Rag, Scope, end_of_project, explain,
    inputs_text, rag, series, shown,
};

const PERIODS: usize = 4;

/// Every way to combine that an indicator may have.
fn methods() -> Vec<Method> {
    let mut methods = vec![
        percentage(),
        Method { periods: AggPeriods::Latest, ..percentage() },
        Method { accumulation: Accumulation::CumulativeSum, ..percentage() },
        Method { accumulation: Accumulation::RunningTotal, carry_forward: true, periods: AggPeriods::Latest, ..percentage() },
    ];
    for base in [count(), cumulative(), running(true), running(false)] {
        for within in AggWithin::ALL {
            for locations in AggLocations::ALL {
                let periods = base.periods;
                methods.push(Method { within: *within, locations: *locations, periods, ..base });
            }
        }
    }
    for periods in AggPeriods::ALL {
        methods.push(Method { periods: *periods, ..count() });
    }
    methods
}

/// Some entries, a few of which are silent, unverified or out of range.
fn entries(dice: &mut Dice, kind: Kind) -> Vec<Entry<char>> {
    let how_many = dice.below(12);
    let make = |sequence: u32, dice: &mut Dice| {
        let den = Decimal::from(dice.below(4));
        let num = if den.is_zero() { den } else { Decimal::new(i64::from(dice.below(900)) - 100, 2) };
        let figure = match dice.below(5) {
            0 => None,
            1 => Some(Figure::number(num)),
            _ => Figure::of_parts(kind, num, den).unwrap(),
        };
        Entry {
            location: dice.pick(&[None, Some('a'), Some('b'), Some('c')]),
            period: dice.below(5) as usize,
            collected_on: i32::try_from(dice.below(3)).unwrap(),
            sequence: sequence.into(),
            official: dice.below(4) > 0,
            figure,
        }
    };
    (0..how_many).map(|sequence| make(sequence, dice)).collect()
}

/// Runs a check on many sets of entries with every method.
fn try_all(check: impl Fn(&mut Dice, &Method, &[Entry<char>], Basis)) {
    let mut dice = Dice(2026);
    for method in methods() {
        for _ in 0..40 {
            let entries = entries(&mut dice, method.kind);
            let basis = dice.pick(&[Basis::Official, Basis::Provisional]);
            check(&mut dice, &method, &entries, basis);
        }
    }
}

/// 21: messages delivered twice and in any order give the same result from the
/// same inputs.
#[test]
fn order_and_duplicates_do_not_matter() {
    try_all(|dice, method, entries, basis| {
        let expected = series(method, PERIODS, entries, basis);
        let text = inputs_text(method, PERIODS, entries);
        let mut shuffled = entries.to_vec();
        for entry in entries {
            if dice.below(2) == 0 {
                shuffled.push(*entry);
            }
        }
        dice.shuffle(&mut shuffled);
        assert_eq!(series(method, PERIODS, &shuffled, basis), expected);
        assert_eq!(inputs_text(method, PERIODS, &shuffled), text);
    });
}

/// An explanation arrives at the very figure it explains, and every entry is
/// either included or left out for a reason.
#[test]
fn explanations_agree_with_the_series() {
    try_all(|_, method, entries, basis| {
        let series = series(method, PERIODS, entries, basis).unwrap();
        let end = end_of_project(method, &series).unwrap();
        let totals = series.periods.iter().map(|period| period.total);
        let scopes = (0..PERIODS).map(Scope::Period).zip(totals);
        for (scope, expected) in scopes.chain([(Scope::EndOfProject, end)]) {
            let told = explain(method, PERIODS, entries, basis, scope).unwrap();
            assert_eq!(told.result, expected, "{method:?} {scope:?}");
            let count = told.included.len() + told.excluded.len();
            assert_eq!(count, entries.len());
            assert_eq!(told.included.is_empty(), told.result.is_none());
        }
    });
}

/// The figure that is explained follows from the included entries alone.
#[test]
fn excluded_entries_have_no_influence() {
    try_all(|_, method, entries, basis| {
        for period in 0..PERIODS {
            let scope = Scope::Period(period);
            let told = explain(method, PERIODS, entries, basis, scope).unwrap();
            let again = explain(method, PERIODS, &told.included, basis, scope).unwrap();
            assert_eq!(again.result, told.result);
            let reasons = again.excluded.iter().map(|out| out.reason);
            assert!(reasons.eq(std::iter::empty::<Exclusion>()));
        }
    });
}

/// Without data there is no figure, and a figure never appears from nowhere.
#[test]
fn no_data_is_never_zero() {
    try_all(|_, method, entries, basis| {
        let silent: Vec<Entry<char>> = entries.iter().map(|entry| Entry { figure: None, ..*entry }).collect();
        let series = series(method, PERIODS, &silent, basis).unwrap();
        for period in &series.periods {
            assert_eq!((period.total, period.new_data), (None, false));
            assert!(period.locations.is_empty());
        }
    });
}

/// A later result never changes the figure of an earlier period.
#[test]
fn the_past_does_not_depend_on_the_future() {
    try_all(|_, method, entries, basis| {
        let all = series(method, PERIODS, entries, basis).unwrap();
        for end in 0..PERIODS {
            let past: Vec<Entry<char>> = entries.iter().copied().filter(|entry| entry.period < end).collect();
            let cut = series(method, PERIODS, &past, basis).unwrap();
            assert_eq!(cut.periods[..end], all.periods[..end]);
        }
    });
}

/// A percentage always lies between the smallest and the largest of its parts.
#[test]
fn a_percentage_lies_between_its_locations() {
    try_all(|_, method, entries, basis| {
        if *method != percentage() {
            return;
        }
        for period in series(method, PERIODS, entries, basis).unwrap().periods {
            let values = period.locations.values().map(|it| it.figure.value());
            let (least, most) = (values.clone().min(), values.max());
            let total = period.total.map(Figure::value);
            assert!(total.map(|it| shown(it, 9)) >= least.map(|it| shown(it, 9)));
            assert!(total.map(|it| shown(it, 9)) <= most.map(|it| shown(it, 9)));
        }
    });
}

/// More of what is wanted never makes the colour worse.
#[test]
fn colours_rise_with_the_achievement() {
    let rank = |colour| match colour {
        Rag::OffTrack => 0,
        Rag::AtRisk => 1,
        Rag::OnTrack => 2,
        _ => 3,
    };
    let mut last = 0;
    for hundredths in -2_000..20_000 {
        let actual = Some(Decimal::new(hundredths, 2));
        let colour = rank(rag(&count(), actual, Some(Decimal::ONE_HUNDRED), true));
        assert!(colour >= last, "{actual:?}");
        last = colour;
    }
    assert_eq!(last, 3);
}
