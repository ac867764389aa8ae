//! Charts made on the server: SVG that needs no script, prints, and says in words what it shows.

use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::parts;
use crate::text::Say;

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

/// Figures with a gap on either side: no line reaches them, so they need a dot to be seen. The last figure has its own.
fn lone(lines: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let before_last = lines.split_last().map_or(&[][..], |(_, rest)| rest);
    before_last.iter().filter(|line| line.len() == 1).flatten().copied().collect()
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

/// A larger chart of a series against its target, with a table twin. `points` carry their labels, already written for people;
/// `written` writes a figure with its decimals and perhaps its unit.
pub fn trend(
    say: Say,
    points: &[(String, Option<Decimal>)],
    target: Option<Decimal>,
    title: &str,
    written: impl Fn(Decimal) -> String,
) -> AnyView {
    const W: f64 = 430.0;
    const H: f64 = 170.0;
    let values: Vec<Option<Decimal>> = points.iter().map(|(_, value)| *value).collect();
    let shape = geometry(&values, target, W, H);
    if shape.lines.is_empty() {
        return ().into_any();
    }
    let known = || values.iter().flatten().copied().chain(target);
    let scale = match (known().min(), known().max()) {
        (Some(low), Some(high)) if low == high => vec![(low, H / 2.0)],
        (Some(low), Some(high)) => vec![(low, H - MARGIN), (high, MARGIN)],
        _ => Vec::new(),
    };
    // labels stand left of the plot; 5 units lower, so that their middle is at the height that they name
    let scale: Vec<_> = scale
        .into_iter()
        .map(|(value, y)| view! { <text x="-8" y=round(y + 5.0).to_string() text-anchor="end">{written(value)}</text> })
        .collect();
    let lines: Vec<_> = shape.lines.iter().map(|line| view! { <polyline class="line" points=text(line)/> }).collect();
    let dots: Vec<_> =
        shape.lines.iter().flatten().map(|(x, y)| view! { <circle class="dot" cx=x.to_string() cy=y.to_string() r="3"/> }).collect();
    let first = points.first().map(|(name, _)| name.clone());
    let last = points.last().map(|(name, _)| name.clone()).filter(|_| points.len() > 1);
    let label = [Some(title), first.as_deref(), last.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" – ");
    view! {
        <figure class="chart card"><figcaption>{title.to_owned()}</figcaption>
            <svg viewBox="-40 0 520 224" role="img" aria-label=label>
                <g transform="translate(40 20)">
                    <line class="axis" x1="0" x2="430" y1="170" y2="170"/>
                    {shape.target.map(|y| view! { <line class="target" x1="0" x2="430" y1=y.to_string() y2=y.to_string()/> })}
                    {scale}{lines}{dots}
                </g>
                {first.map(|name| view! { <text x="40" y="212">{name}</text> })}
                {last.map(|name| view! { <text x="470" y="212" text-anchor="end">{name}</text> })}
            </svg>
            {twin(say, points, target, title, written)}
        </figure>
    }
    .into_any()
}

/// The figures of a chart as a table, for who cannot see it or wants them exactly.
fn twin(
    say: Say,
    points: &[(String, Option<Decimal>)],
    target: Option<Decimal>,
    title: &str,
    written: impl Fn(Decimal) -> String,
) -> AnyView {
    let cell = |value: Option<Decimal>| match value {
        Some(value) => written(value).into_any(),
        None => parts::figure(say, None, 0),
    };
    let rows: Vec<_> = points
        .iter()
        .map(|(name, value)| view! { <tr><th scope="row">{name.clone()}</th><td class="num">{cell(*value)}</td></tr> })
        .collect();
    let aim = target
        .map(|target| view! { <tfoot><tr><th scope="row">{say.t("col-target")}</th><td class="num">{written(target)}</td></tr></tfoot> });
    view! {
        <details class="twin"><summary>{say.t("trend-table")}</summary>
            <table class="list"><caption class="visually-hidden">{title.to_owned()}</caption>
                <thead><tr><th scope="col">{say.t("field-period")}</th><th scope="col" class="num">{say.t("col-actual")}</th></tr></thead>
                <tbody>{rows}</tbody>{aim}</table></details>
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
