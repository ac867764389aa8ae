//! Figures against targets over time, with a table of the same.

use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::ticks::Axis;
use super::{count, place_of, round, runs, text};
use crate::format::{figure, period};
use crate::parts;
use crate::text::Say;

pub(super) const WIDTH: f64 = 480.0;
pub(super) const LEFT: f64 = 56.0;
pub(super) const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 172.0;
/// Names of periods beneath the axis at the most.
pub(super) const MOST_NAMES: usize = 5;

/// A period of a trend.
#[derive(Clone, Debug)]
pub struct TrendPoint {
    /// The period's name.
    pub period: String,
    /// The verified figure.
    pub actual: Option<Decimal>,
    /// The figure with what is not yet verified, where it is another one.
    pub provisional: Option<Decimal>,
    /// The target.
    pub target: Option<Decimal>,
}

/// Where everything lies.
pub(super) struct Shape {
    /// Each tick: how high, and what is written.
    pub ticks: Vec<(f64, Decimal)>,
    pub decimals: u32,
    pub xs: Vec<f64>,
    pub actual: Vec<Option<f64>>,
    provisional: Vec<Option<f64>>,
    pub target: Vec<Option<f64>>,
}

pub(super) fn shape(points: &[TrendPoint]) -> Option<Shape> {
    let all = points.iter().flat_map(|point| [point.actual, point.provisional, point.target]).flatten().filter_map(place_of);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return None;
    }
    // bars and lines are compared by their height, so that the axis begins at nothing
    let axis = Axis::around(low.min(0.0), high.max(0.0), 3);
    let y = |value: f64| round(BOTTOM - axis.share(value) * (BOTTOM - TOP));
    let steps = count(points.len().saturating_sub(1).max(1));
    let x = |at: usize| {
        let share = if points.len() == 1 { 0.5 } else { count(at) / steps };
        round(LEFT + share * (WIDTH - LEFT - RIGHT))
    };
    Some(Shape {
        ticks: axis.ticks.iter().filter_map(|tick| Some((y(*tick), Decimal::from_f64(*tick)?))).collect(),
        decimals: axis.decimals,
        xs: (0..points.len()).map(x).collect(),
        actual: points.iter().map(|point| point.actual.and_then(place_of).map(y)).collect(),
        provisional: points.iter().map(|point| point.provisional.and_then(place_of).map(y)).collect(),
        target: points.iter().map(|point| point.target.and_then(place_of).map(y)).collect(),
    })
}

/// The pieces of a line: a gap stays a gap.
fn pieces(xs: &[f64], ys: &[Option<f64>]) -> Vec<String> {
    runs(xs.iter().copied().zip(ys.iter().copied())).iter().filter(|run| run.len() > 1).map(|run| text(run)).collect()
}

/// Figures against targets. `title` names what is shown; the table beneath holds the same figures.
#[must_use]
pub fn trend(say: Say, title: AnyView, label: &str, unit: &str, decimals: u32, points: &[TrendPoint]) -> AnyView {
    let Some(shape) = shape(points) else {
        return view! { <figure class="chart"><figcaption>{title}</figcaption><p class="muted">{say.t("chart-no-figures")}</p></figure> }
            .into_any();
    };
    let grid: Vec<_> = shape
        .ticks
        .iter()
        .map(|(y, value)| {
            let text = figure(*value, shape.decimals);
            view! { <line class="grid-line" x1=LEFT.to_string() x2=(WIDTH - RIGHT).to_string() y1=y.to_string() y2=y.to_string()/>
            <text x=(LEFT - 6.0).to_string() y=(y + 4.0).to_string() text-anchor="end">{text}</text> }
        })
        .collect();
    let every = points.len().div_ceil(MOST_NAMES).max(1);
    let names: Vec<_> = points
        .iter()
        .zip(&shape.xs)
        .enumerate()
        .filter(|(at, _)| at.is_multiple_of(every))
        .map(|(at, (point, x))| {
            let anchor = match at {
                0 if points.len() > 1 => "start",
                at if at + 1 == points.len() && points.len() > 1 => "end",
                _ => "middle",
            };
            view! { <text x=x.to_string() y="194" text-anchor=anchor>{period(say, &point.period)}</text> }
        })
        .collect();
    let targets: Vec<_> =
        pieces(&shape.xs, &shape.target).into_iter().map(|points| view! { <polyline class="target" points=points/> }).collect();
    let lines: Vec<_> =
        pieces(&shape.xs, &shape.actual).into_iter().map(|points| view! { <polyline class="line" points=points/> }).collect();
    let marks: Vec<_> = shape
        .xs
        .iter()
        .zip(shape.target.iter())
        .filter_map(|(x, y)| Some((x, (*y)?)))
        .map(|(x, y)| view! { <line class="target" x1=(x - 8.0).to_string() x2=(x + 8.0).to_string() y1=y.to_string() y2=y.to_string()/> })
        .collect();
    let dots = |ys: &[Option<f64>], class: &'static str| {
        let there = shape.xs.iter().zip(ys).filter_map(|(x, y)| Some((x, (*y)?)));
        there.map(|(x, y)| view! { <circle class=class cx=x.to_string() cy=y.to_string() r="4.5"/> }).collect::<Vec<_>>()
    };
    let (dots, hollow) = (dots(&shape.actual, "dot"), dots(&shape.provisional, "dot-prov"));
    let has_provisional = !hollow.is_empty();
    let has_targets = points.iter().any(|point| point.target.is_some());
    view! {
        <figure class="chart"><figcaption>{title}</figcaption>
            <svg viewBox="0 0 480 200" role="img" aria-label=label.to_owned()>{grid}{names}{targets}{marks}{lines}{hollow}{dots}</svg>
            <ul class="legend"><li><svg viewBox="0 0 28 12" aria-hidden="true"><polyline class="line" points="0,6 28,6"/><circle class="dot" cx="14" cy="6" r="4"/></svg>{say.t("col-actual")}</li>
                {has_provisional.then(|| view! { <li><svg viewBox="0 0 28 12" aria-hidden="true"><circle class="dot-prov" cx="14" cy="6" r="4"/></svg>{say.t("provisional")}</li> })}
                {has_targets.then(|| view! { <li><svg viewBox="0 0 28 12" aria-hidden="true"><polyline class="target" points="0,6 28,6"/></svg>{say.t("col-target")}</li> })}</ul>
            {twin(say, unit, decimals, points, has_targets)}</figure>
    }
    .into_any()
}

/// The head of a column of figures.
#[must_use]
pub fn in_unit(say: Say, unit: &str) -> String {
    if unit.is_empty() { say.t("col-actual") } else { format!("{} ({unit})", say.t("col-actual")) }
}

/// The same as a table.
fn twin(say: Say, unit: &str, decimals: u32, points: &[TrendPoint], has_targets: bool) -> AnyView {
    let rows: Vec<_> = points
        .iter()
        .map(|point| {
            let provisional = point.provisional.map(|value| {
                view! { <span class="prov">{figure(value, decimals)}<span class="visually-hidden">" "{say.t("provisional")}</span></span> }
            });
            view! { <tr><th scope="row">{period(say, &point.period)}</th><td class="num">{parts::figure(say, point.actual, decimals)}{provisional}</td>
                {has_targets.then(|| view! { <td class="num">{parts::figure(say, point.target, decimals)}</td> })}</tr> }
        })
        .collect();
    let actual = in_unit(say, unit);
    view! {
        <details class="twin"><summary>{say.t("chart-as-table")}</summary><div class="scroll" role="region" aria-label=say.t("chart-as-table") tabindex="0"><table class="list">
            <thead><tr><th scope="col">{say.t("col-period")}</th><th scope="col" class="num">{actual}</th>
                {has_targets.then(|| view! { <th scope="col" class="num">{say.t("col-target")}</th> })}</tr></thead>
            <tbody>{rows}</tbody></table></div></details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(figures: &[(Option<i64>, Option<i64>)]) -> Vec<TrendPoint> {
        let d = |n: Option<i64>| n.map(Decimal::from);
        figures
            .iter()
            .map(|(actual, target)| TrendPoint { period: "2026-Q1".into(), actual: d(*actual), provisional: None, target: d(*target) })
            .collect()
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(shape(&points(&[])).is_none() && shape(&points(&[(None, None)])).is_none());
        let lone = shape(&points(&[(Some(5), None)])).unwrap();
        assert_eq!(lone.xs, [LEFT + 0.5 * (WIDTH - LEFT - RIGHT)]);
    }

    #[test]
    fn the_axis_begins_at_nothing() {
        let shape = shape(&points(&[(Some(90), Some(100)), (Some(95), Some(100))])).unwrap();
        assert_eq!(shape.ticks.first().map(|(_, value)| *value), Some(Decimal::ZERO));
        assert_eq!(shape.target, [Some(TOP), Some(TOP)]);
    }

    #[test]
    fn gaps_stay_gaps() {
        let xs = [0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!(pieces(&xs, &[Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)]), ["0,1 1,2", "3,3 4,4"]);
        assert!(pieces(&xs, &[Some(1.0), None, Some(2.0), None, None]).is_empty(), "dots show what no line reaches");
    }
}
