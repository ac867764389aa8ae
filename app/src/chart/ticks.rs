//! Round numbers along an axis.

use super::count;

/// An axis from its first to its last round number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// The round numbers, evenly apart, the smallest first.
    pub ticks: Vec<f64>,
    /// Decimals that tell them from each other.
    pub decimals: u32,
}

impl Axis {
    /// The axis on which `low` and `high` lie, with about `wanted` steps of 1, 2 or 5 times a power of ten.
    pub fn around(low: f64, high: f64, wanted: usize) -> Self {
        let span = if high - low > f64::EPSILON { high - low } else { low.abs().max(1.0) };
        let rough = span / count(wanted.max(1));
        let power = rough.log10().floor();
        let base = 10_f64.powf(power);
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * base).into_iter().find(|step| *step >= rough * 0.999).unwrap_or(base * 10.0);
        let first = (low / step).floor();
        let last = (high / step).ceil().max(first + 1.0);
        // a step is at least a `wanted`th of the span, so that there are a handful
        let ticks = std::iter::successors(Some(first), |at| Some(at + 1.0)).take_while(|at| *at <= last + 0.5).take(20);
        Self { ticks: ticks.map(|at| at * step).collect(), decimals: decimals_of(step) }
    }

    /// Where a number lies between the first tick and the last, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        match (self.ticks.first(), self.ticks.last()) {
            (Some(first), Some(last)) if last > first => (value - first) / (last - first),
            _ => 0.5,
        }
    }
}

/// Decimals of a step: 0.25 would need two, 0.2 one, 20 none.
fn decimals_of(step: f64) -> u32 {
    (0..6).find(|decimals| (step * 10_f64.powi(*decimals)).fract().abs() < 1e-6).and_then(|n| u32::try_from(n).ok()).unwrap_or(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers() {
        let cases: [(f64, f64, &[f64], u32); 7] = [
            (0.0, 100.0, &[0.0, 50.0, 100.0], 0),
            (3.0, 97.0, &[0.0, 50.0, 100.0], 0),
            (0.0, 0.31, &[0.0, 0.2, 0.4], 1),
            (-15.0, 40.0, &[-50.0, 0.0, 50.0], 0),
            (5.0, 5.0, &[5.0, 10.0], 0),
            (0.0, 0.0, &[0.0, 0.5], 1),
            (1_200_000.0, 1_900_000.0, &[1_000_000.0, 1_500_000.0, 2_000_000.0], 0),
        ];
        for (low, high, ticks, decimals) in cases {
            let axis = Axis::around(low, high, 2);
            let close = axis.ticks.len() == ticks.len() && axis.ticks.iter().zip(ticks).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(close && axis.decimals == decimals, "{low} to {high}: {axis:?}");
        }
    }

    #[test]
    fn shares_lie_between() {
        let axis = Axis::around(0.0, 100.0, 2);
        assert!((axis.share(25.0) - 0.25).abs() < 1e-9 && (axis.share(100.0) - 1.0).abs() < 1e-9);
    }
}
