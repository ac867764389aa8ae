//! What the tests of the arithmetic share.

use rust_decimal::Decimal;

use super::{
    Accumulation, AggLocations, AggPeriods, AggWithin, Basis, Direction, Entry, Figure, Formula, Kind, Method, Quantity, Series,
    Thresholds, series, shown,
};

/// A number as people write it.
pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A number, or nothing for "-".
pub fn maybe(text: &str) -> Option<Decimal> {
    (text != "-").then(|| dec(text))
}

/// A count of results, each period by itself, judged by ratio.
pub fn count() -> Method {
    Method {
        kind: Kind::Number,
        direction: Direction::Increase,
        accumulation: Accumulation::NonCumulative,
        within: AggWithin::Sum,
        locations: AggLocations::Sum,
        periods: AggPeriods::Sum,
        carry_forward: false,
        formula: Formula::Ratio,
        decimals: 0,
        baseline: None,
        rag: Thresholds::default(),
    }
}

pub fn percentage() -> Method {
    Method { kind: Kind::Percentage, locations: AggLocations::Ratio, periods: AggPeriods::RatioOfSums, decimals: 1, ..count() }
}

pub fn cumulative() -> Method {
    Method { accumulation: Accumulation::CumulativeSum, ..count() }
}

pub fn running(carry_forward: bool) -> Method {
    Method { accumulation: Accumulation::RunningTotal, within: AggWithin::Latest, periods: AggPeriods::Latest, carry_forward, ..count() }
}

/// The share of the way from a baseline.
pub fn from_baseline(direction: Direction, baseline: &str) -> Method {
    Method { direction, formula: Formula::ProgressFromBaseline, baseline: maybe(baseline), ..count() }
}

/// A verified entry of one location, collected on the first day.
pub fn entry(location: char, period: usize, sequence: u128, value: &str) -> Entry<char> {
    Entry { location: Some(location), period, collected_on: 0, sequence, official: true, figure: maybe(value).map(Figure::number) }
}

/// A verified entry with numerator and denominator.
pub fn fraction(location: char, period: usize, num: &str, den: &str) -> Entry<char> {
    Entry { figure: Figure::of_parts(Kind::Percentage, dec(num), dec(den)).unwrap(), ..entry(location, period, 1, "-") }
}

/// One location's results, one text a period.
pub fn results(values: &[&str]) -> Vec<Entry<char>> {
    let numbered = values.iter().enumerate();
    numbered.map(|(period, value)| entry('a', period, 1, value)).collect()
}

pub fn official(method: &Method, periods: usize, entries: &[Entry<char>]) -> Series<char> {
    series(method, periods, entries, Basis::Official).unwrap()
}

/// Totals as they are shown, "-" for no data.
pub fn totals(method: &Method, series: &Series<char>) -> Vec<String> {
    let periods = series.periods.iter();
    periods.map(|period| text(period.total.map(Figure::value), method.decimals)).collect()
}

/// A number as it is shown, "-" for none.
pub fn text(value: Option<Decimal>, decimals: u32) -> String {
    value.map_or_else(|| "-".to_owned(), |value| shown(value, decimals).to_string())
}

/// A number of a breakdown, or nothing for "-".
pub fn number(value: &str) -> Option<Quantity> {
    maybe(value).map(Quantity::Number)
}

/// A fraction of a breakdown.
pub fn parts(num: &str, den: &str) -> Option<Quantity> {
    Quantity::read(Kind::Percentage, None, maybe(num), maybe(den)).unwrap()
}

/// Repeatable "random" numbers: a linear congruential generator.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.0 >> 33).unwrap();
        high % limit
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = self.below(u32::try_from(choices.len()).unwrap());
        choices[index as usize]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.below(u32::try_from(end + 1).unwrap());
            items.swap(end, other as usize);
        }
    }
}
