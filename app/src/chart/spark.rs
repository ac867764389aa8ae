//! A series in the height of a line of text.

use leptos::prelude::*;
use rust_decimal::Decimal;

use super::{count, place_of, round, runs, text};

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 3.0;

/// Where the points of a series lie in a box, lines broken where there is no figure.
#[derive(Debug, PartialEq)]
struct Geometry {
    lines: Vec<Vec<(f64, f64)>>,
    target: Option<f64>,
}

fn geometry(points: &[Option<Decimal>], target: Option<Decimal>, width: f64, height: f64) -> Geometry {
    let values: Vec<Option<f64>> = points.iter().map(|p| p.and_then(place_of)).collect();
    let target = target.and_then(place_of);
    let all = || values.iter().flatten().copied().chain(target);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Geometry { lines: Vec::new(), target: None };
    }
    let span = if (high - low).abs() < f64::EPSILON { 1.0 } else { high - low };
    let y = |value: f64| {
        let flat = (high - low).abs() < f64::EPSILON;
        let share = if flat { 0.5 } else { (value - low) / span };
        round(height - MARGIN - share * (height - 2.0 * MARGIN))
    };
    let steps = count(values.len().saturating_sub(1).max(1));
    let x = |at: usize| round(MARGIN + count(at) / steps * (width - 2.0 * MARGIN));
    let lines = runs(values.iter().enumerate().map(|(at, value)| (x(at), value.map(y))));
    Geometry { lines, target: target.map(y) }
}

/// Figures with a gap on either side: no line reaches them, so they need a dot to be seen. The last figure has its own.
fn lone(lines: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let before_last = lines.split_last().map_or(&[][..], |(_, rest)| rest);
    before_last.iter().filter(|line| line.len() == 1).flatten().copied().collect()
}

/// A sparkline. Gaps stay gaps; the last figure has a dot; `label` says what is shown.
#[must_use]
pub fn sparkline(points: &[Option<Decimal>], target: Option<Decimal>, label: &str) -> AnyView {
    let shape = geometry(points, target, WIDTH, HEIGHT);
    if shape.lines.is_empty() {
        return ().into_any();
    }
    let last = shape.lines.last().and_then(|line| line.last()).copied();
    let lines: Vec<_> = shape.lines.iter().map(|line| view! { <polyline class="spark-line" points=text(line)/> }).collect();
    let lone: Vec<_> = lone(&shape.lines)
        .into_iter()
        .map(|(x, y)| view! { <circle class="spark-dot" cx=x.to_string() cy=y.to_string() r="2"/> })
        .collect();
    view! {
        <svg class="spark" viewBox="0 0 96 24" role="img" aria-label=label.to_owned()>
            {shape.target.map(|y| view! { <line class="spark-target" x1="3" x2="93" y1=y.to_string() y2=y.to_string()/> })}
            {lines}{lone}
            {last.map(|(x, y)| view! { <circle class="spark-dot" cx=x.to_string() cy=y.to_string() r="3"/> })}
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(points: &[Option<i64>], target: Option<i64>) -> Geometry {
        let points: Vec<_> = points.iter().map(|p| p.map(Decimal::from)).collect();
        geometry(&points, target.map(Decimal::from), 96.0, 24.0)
    }

    #[test]
    fn series_become_lines() {
        type Case = (&'static str, &'static [Option<i64>], Option<i64>, &'static [&'static [(f64, f64)]], Option<f64>);
        let cases: [Case; 9] = [
            ("empty", &[], None, &[], None),
            ("gaps alone", &[None, None], None, &[], None),
            ("a target alone", &[None], Some(5), &[], Some(12.0)),
            ("a single point, halfway up", &[Some(5)], None, &[&[(3.0, 12.0)]], None),
            ("a flat series, halfway up", &[Some(7), Some(7)], None, &[&[(3.0, 12.0), (93.0, 12.0)]], None),
            ("a rise", &[Some(0), Some(10)], None, &[&[(3.0, 21.0), (93.0, 3.0)]], None),
            ("a gap stays a gap", &[Some(1), None, Some(1)], None, &[&[(3.0, 12.0)], &[(93.0, 12.0)]], None),
            ("below 0", &[Some(-10), Some(10)], Some(0), &[&[(3.0, 21.0), (93.0, 3.0)]], Some(12.0)),
            ("a target above all figures", &[Some(0), Some(5)], Some(10), &[&[(3.0, 21.0), (93.0, 12.0)]], Some(3.0)),
        ];
        for (name, points, target, lines, at) in cases {
            let expected = Geometry { lines: lines.iter().map(|line| line.to_vec()).collect(), target: at };
            assert_eq!(shape(points, target), expected, "{name}");
        }
    }

    #[test]
    fn figures_between_gaps_are_seen() {
        #[expect(clippy::type_complexity, reason = "a table, read once")]
        let cases: [(Vec<Option<i64>>, Vec<(f64, f64)>); 5] = [
            (vec![Some(1), None, Some(1)], vec![(3.0, 12.0)]),
            (vec![Some(1), Some(1), None, Some(1)], vec![]),
            (vec![None, Some(1), None, Some(1), None], vec![(25.5, 12.0)]),
            (vec![Some(1)], vec![]),
            (vec![], vec![]),
        ];
        for (points, expected) in cases {
            assert_eq!(lone(&shape(&points, None).lines), expected, "{points:?}");
        }
    }
}
