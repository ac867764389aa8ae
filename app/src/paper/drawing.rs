//! Drawings of lines, boxes, circles and captions, in units of their own.

use super::Ink;
use super::flow::{Mark, caption};
use super::fonts::Fonts;

/// Where a caption stands beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A part of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through points, broken into dashes where that is said.
    Line {
        /// The points.
        points: Vec<(f32, f32)>,
        /// How thick.
        width: f32,
        /// In which colour.
        ink: Ink,
        /// How long a dash is, if it is one of dashes.
        dash: Option<f32>,
    },
    /// A box that is filled.
    Box {
        /// Its upper left corner.
        at: (f32, f32),
        /// How wide and how high.
        size: (f32, f32),
        /// In which colour.
        ink: Ink,
    },
    /// A circle that is filled.
    Circle {
        /// Its middle.
        at: (f32, f32),
        /// Its radius.
        radius: f32,
        /// In which colour.
        fill: Ink,
        /// With an edge of another colour, if any.
        edge: Option<Ink>,
    },
    /// Words.
    Caption {
        /// Where its line stands.
        at: (f32, f32),
        /// What is said.
        text: String,
        /// How large the letters are.
        size: f32,
        /// In which colour.
        ink: Ink,
        /// Where that point is.
        anchor: Anchor,
    },
}

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// How wide and how high, in its own units.
    pub size: (f32, f32),
    /// How wide it is on paper at the most, in points.
    pub widest: f32,
    /// What it shows, for who cannot see it.
    pub says: String,
    /// Its parts, the hindmost first.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// What is drawn on a page, from a corner on.
    pub(super) fn marks(&self, fonts: &mut Fonts, origin: (f32, f32), scale: f32) -> Vec<Mark> {
        let place = |(x, y): (f32, f32)| (origin.0 + x * scale, origin.1 + y * scale);
        let mut marks = Vec::new();
        for shape in &self.shapes {
            match shape {
                Shape::Line { points, width, ink, dash } => marks.push(Mark::Line {
                    points: points.iter().copied().map(place).collect(),
                    width: width * scale,
                    ink: *ink,
                    dash: dash.map(|dash| dash * scale),
                }),
                Shape::Box { at, size, ink } => {
                    marks.push(Mark::Box { at: place(*at), size: (size.0 * scale, size.1 * scale), ink: *ink });
                }
                Shape::Circle { at, radius, fill, edge } => {
                    marks.push(Mark::Circle { at: place(*at), radius: radius * scale, fill: *fill, edge: *edge });
                }
                Shape::Caption { at, text, size, ink, anchor } => {
                    let size = size * scale;
                    let (runs, width) = caption(fonts, text, *ink, size);
                    let (mut x, y) = place(*at);
                    x -= match anchor {
                        Anchor::Start => 0.0,
                        Anchor::Middle => width / 2.0,
                        Anchor::End => width,
                    };
                    for run in runs {
                        let wide = run.width * size;
                        marks.push(Mark::Text { at: (x, y), run, size });
                        x += wide;
                    }
                }
            }
        }
        marks
    }
}
