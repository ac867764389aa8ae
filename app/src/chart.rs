//! Charts made on the server: SVG that needs no script, prints, and says in words what it shows.

use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

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
    let values: Vec<Option<f64>> = points.iter().map(|p| p.and_then(|p| p.to_f64())).collect();
    let target = target.and_then(|t| t.to_f64());
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
    let steps = f64::from(u32::try_from(values.len().saturating_sub(1).max(1)).unwrap_or(u32::MAX));
    let x = |at: usize| round(MARGIN + f64::from(u32::try_from(at).unwrap_or(u32::MAX)) / steps * (width - 2.0 * MARGIN));
    let mut lines: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (at, value) in values.iter().enumerate() {
        match (value, lines.last_mut()) {
            (Some(value), Some(line)) => line.push((x(at), y(*value))),
            _ => lines.push(Vec::new()),
        }
    }
    lines.retain(|line| !line.is_empty());
    Geometry { lines, target: target.map(y) }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn text(line: &[(f64, f64)]) -> String {
    line.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
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
    view! {
        <svg class="spark" viewBox="0 0 96 24" role="img" aria-label=label.to_owned()>
            {shape.target.map(|y| view! { <line class="spark-target" x1="3" x2="93" y1=y.to_string() y2=y.to_string()/> })}
            {lines}
            {last.map(|(x, y)| view! { <circle class="spark-dot" cx=x.to_string() cy=y.to_string() r="3"/> })}
        </svg>
    }
    .into_any()
}

/// A larger chart of a series against its target: labels of its points, and how its figures are written.
pub fn trend(points: &[(String, Option<Decimal>)], target: Option<Decimal>, title: &str, written: impl Fn(Decimal) -> String) -> AnyView {
    const W: f64 = 430.0;
    const H: f64 = 170.0;
    let values: Vec<_> = points.iter().map(|(_, value)| *value).collect();
    let shape = geometry(&values, target, W, H);
    if shape.lines.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = shape.lines.iter().map(|line| view! { <polyline class="line" points=text(line)/> }).collect();
    let dots: Vec<_> =
        shape.lines.iter().flatten().map(|(x, y)| view! { <circle class="dot" cx=x.to_string() cy=y.to_string() r="3"/> }).collect();
    let rows: Vec<_> = points
        .iter()
        .map(|(name, value)| {
            let value = value.map_or_else(|| "–".to_owned(), &written);
            view! { <tr><th scope="row">{name.clone()}</th><td class="num">{value}</td></tr> }
        })
        .collect();
    let (first, last) = (points.first().map(|p| p.0.clone()).unwrap_or_default(), points.last().map(|p| p.0.clone()).unwrap_or_default());
    view! {
        <figure class="chart card"><figcaption>{title.to_owned()}</figcaption>
            <svg viewBox="0 0 480 224" role="img" aria-label=format!("{title}: {first} – {last}")>
                <g transform="translate(40 20)">
                    <line class="axis" x1="0" x2="430" y1="170" y2="170"/>
                    {shape.target.map(|y| view! { <line class="target" x1="0" x2="430" y1=y.to_string() y2=y.to_string()/> })}
                    {lines}{dots}
                </g>
                <text x="40" y="212">{first.clone()}</text><text x="470" y="212" text-anchor="end">{last.clone()}</text>
            </svg>
            <details class="twin"><summary>{title.to_owned()}</summary><table class="list"><tbody>{rows}</tbody></table></details>
        </figure>
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
        assert_eq!(shape(&[], None), Geometry { lines: vec![], target: None });
        assert_eq!(shape(&[None, None], None), Geometry { lines: vec![], target: None });
        assert_eq!(shape(&[Some(0), Some(10)], None).lines, vec![vec![(3.0, 21.0), (93.0, 3.0)]]);
        assert_eq!(shape(&[Some(5)], None).lines, vec![vec![(3.0, 12.0)]], "one point lies in the middle");
        assert_eq!(shape(&[Some(1), None, Some(1)], None).lines.len(), 2, "a gap stays a gap");
        assert_eq!(shape(&[Some(-10), Some(10)], Some(0)).target, Some(12.0));
        assert_eq!(shape(&[Some(7), Some(7)], None).lines, vec![vec![(3.0, 12.0), (93.0, 12.0)]], "a flat series");
    }
}
