//! The same charts for paper: the same places, drawn without a browser.

use server::projects::dashboard::Colours;
use server::projects::progress::Rag;

use super::bars::{self, parts_of};
use super::map::{self, Sheet, Spot};
use super::trend::{self, TrendPoint};
use super::{place_of, runs};
use crate::format::{figure, period};
use crate::paper::{Anchor, Drawing, Ink, Shape};
use crate::text::Say;

/// Letters of captions, in the units of a drawing.
const LETTERS: f32 = 11.0;
/// How wide a chart is on paper, in points.
const CHART: f32 = 330.0;

/// A place of a drawing: half the digits are more than any printer sees.
#[expect(clippy::cast_possible_truncation, reason = "places lie within a page")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn point((x, y): (f64, f64)) -> (f32, f32) {
    (narrow(x), narrow(y))
}

fn line(points: Vec<(f32, f32)>, width: f32, ink: Ink, dash: Option<f32>) -> Shape {
    Shape::Line { points, width, ink, dash }
}

fn written(at: (f64, f64), text: String, ink: Ink, anchor: Anchor) -> Shape {
    Shape::Caption { at: point(at), text, size: LETTERS, ink, anchor }
}

/// Figures over time; none where there are no figures. `says` tells what is shown.
#[must_use]
pub fn trend_drawn(say: Say, says: String, points: &[TrendPoint]) -> Option<Drawing> {
    let shape = trend::shape(points)?;
    let right = trend::WIDTH - trend::RIGHT;
    let mut shapes = Vec::new();
    for (y, value) in &shape.ticks {
        shapes.push(line(vec![point((trend::LEFT, *y)), point((right, *y))], 0.75, Ink::LINE, None));
        shapes.push(written((trend::LEFT - 6.0, y + 4.0), figure(*value, shape.decimals), Ink::MUTED, Anchor::End));
    }
    let every = points.len().div_ceil(trend::MOST_NAMES).max(1);
    for (at, (named, x)) in points.iter().zip(&shape.xs).enumerate().filter(|(at, _)| at.is_multiple_of(every)) {
        let anchor = match at {
            0 if points.len() > 1 => Anchor::Start,
            at if at + 1 == points.len() && points.len() > 1 => Anchor::End,
            _ => Anchor::Middle,
        };
        shapes.push(written((*x, 194.0), period(say, &named.period), Ink::MUTED, anchor));
    }
    for (ys, ink, dash) in [(&shape.target, Ink::ACCENT, Some(5.0)), (&shape.actual, Ink::LINK, None)] {
        for run in runs(shape.xs.iter().copied().zip(ys.iter().copied())) {
            shapes.push(line(run.into_iter().map(point).collect(), 2.0, ink, dash));
        }
    }
    for (x, y) in shape.xs.iter().zip(&shape.actual).filter_map(|(x, y)| Some((*x, (*y)?))) {
        shapes.push(Shape::Circle { at: point((x, y)), radius: 4.0, fill: Ink::LINK, edge: Some(Ink(255, 255, 255)) });
    }
    Some(Drawing { size: (narrow(trend::WIDTH), 200.0), widest: CHART, says, shapes })
}

/// How many indicators have each colour, as a bar; none where there are no indicators.
#[must_use]
pub fn colours_drawn(says: String, colours: &Colours) -> Option<Drawing> {
    let counts: Vec<usize> = colours.each().map(|(_, n)| n).collect();
    let places = parts_of(&counts, bars::WIDTH);
    if places.is_empty() {
        return None;
    }
    let shapes = colours.each().zip(places).filter(|((_, n), _)| *n > 0).map(|((rag, _), (x, wide))| Shape::Box {
        at: point((x, 0.0)),
        size: point((wide, 10.0)),
        ink: ink_of(rag),
    });
    Some(Drawing { size: (narrow(bars::WIDTH), 10.0), widest: 240.0, says, shapes: shapes.collect() })
}

fn ink_of(rag: Rag) -> Ink {
    match rag {
        Rag::NotDue => Ink::LINE,
        rag => Ink::of_state(rag.as_str()).0,
    }
}

/// Places on a plain map; none where none of them has a point.
#[must_use]
pub fn map_drawn(says: String, spots: &[Spot]) -> Option<Drawing> {
    let points: Vec<_> = spots.iter().filter_map(|spot| Some((place_of(spot.lat)?, place_of(spot.lon)?))).collect();
    let sheet = Sheet::around(&points)?;
    let size = |spot: &Spot| spot.size.and_then(place_of).map(f64::abs);
    let most = spots.iter().filter_map(size).fold(0.0, f64::max);
    let mut shapes = vec![Shape::Box { at: (0.0, 0.0), size: point((map::WIDTH, map::HEIGHT)), ink: Ink::SUNKEN }];
    let mut drawn: Vec<_> = spots
        .iter()
        .zip(points)
        .map(|(spot, at)| (spot, sheet.at(at), size(spot).map_or(map::SMALLEST, |s| map::radius(s, most))))
        .collect();
    // the largest first, so that none is hidden behind it
    drawn.sort_by(|a, b| b.2.partial_cmp(&a.2).unwrap_or(std::cmp::Ordering::Equal));
    for (_, at, r) in &drawn {
        shapes.push(Shape::Circle { at: point(*at), radius: narrow(*r), fill: Ink::PRIMARY, edge: Some(Ink(255, 255, 255)) });
    }
    for (spot, (x, y), r) in drawn.iter().filter(|_| drawn.len() <= map::MOST_NAMES) {
        let beside = r + 5.0;
        // what would run out of the sheet stands on the other side
        let (at, anchor) = if *x > map::WIDTH * 0.72 { (x - beside, Anchor::End) } else { (x + beside, Anchor::Start) };
        shapes.push(written((at, y + 4.0), spot.name.chars().take(40).collect(), Ink::TEXT, anchor));
    }
    Some(Drawing { size: (narrow(map::WIDTH), narrow(map::HEIGHT)), widest: CHART, says, shapes })
}

#[cfg(test)]
mod tests {
    use server::kernel::text::Locale;

    use super::*;

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(trend_drawn(Say::new(Locale::En), String::new(), &[]).is_none());
        assert!(colours_drawn(String::new(), &Colours::default()).is_none());
        assert!(map_drawn(String::new(), &[]).is_none());
    }

    #[test]
    fn each_colour_has_its_box() {
        let colours: Colours = [Rag::OnTrack, Rag::OnTrack, Rag::OffTrack].into_iter().collect();
        let drawing = colours_drawn("2 on track, 1 off track".into(), &colours).unwrap();
        assert_eq!(drawing.shapes.len(), 2);
    }
}
