//! From pages to the bytes of a file.

use chrono::{Datelike, NaiveDate};
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TagGroup, TagTree};
use krilla::{Document, SerializeSettings};
use server::kernel::error::Error;

use super::flow::{Bookmark, Branch, Laid, Lead, Mark, PAGE, Part, Sheet};
use super::fonts::Fonts;
use super::{Ink, Paper};

/// How far the control points of a quarter of a circle lie from its ends, in radii.
const ROUND: f32 = 0.552_28;

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("paper: {error}"))
}

/// The bytes of a document whose parts have their places.
pub(super) fn write(paper: &Paper, fonts: &Fonts, laid: Laid, tree: Vec<Branch>) -> Result<Vec<u8>, Error> {
    let mut document = Document::new_with(SerializeSettings { enable_tagging: true, xmp_metadata: true, ..SerializeSettings::default() });
    let mut read: Vec<Option<Identifier>> = vec![None; laid.leaves];
    for sheet in &laid.sheets {
        write_page(&mut document, fonts, sheet, &mut read)?;
    }
    let mut tags = TagTree::new().with_lang(Some(paper.language.clone()));
    for node in tree.into_iter().filter_map(|branch| node(branch, &read)) {
        tags.push(node);
    }
    document.set_tag_tree(tags);
    document.set_outline(outline(&laid.bookmarks));
    document.set_metadata(
        Metadata::new()
            .title(paper.title.clone())
            .authors(vec![paper.author.clone()])
            .language(paper.language.clone())
            .creator("Kipimo".to_owned())
            .document_id(paper.id.clone())
            .creation_date(date(paper.date)),
    );
    document.finish().map_err(|error| failed(&error))
}

fn date(day: NaiveDate) -> DateTime {
    let small = |n: u32| u8::try_from(n).unwrap_or(1);
    DateTime::new(u16::try_from(day.year()).unwrap_or(0))
        .month(small(day.month()))
        .day(small(day.day()))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
}

fn write_page(document: &mut Document, fonts: &Fonts, sheet: &Sheet, read: &mut [Option<Identifier>]) -> Result<(), Error> {
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed(&"no page"))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let mut open: Option<Part> = None;
    for (part, mark) in &sheet.marks {
        if open != Some(*part) {
            if open.is_some() {
                surface.end_tagged();
            }
            begin(&mut surface, *part, read);
            open = Some(*part);
        }
        draw(&mut surface, fonts, mark);
    }
    if open.is_some() {
        surface.end_tagged();
    }
    surface.finish();
    for lead in &sheet.leads {
        if let Some(annotation) = annotation(lead) {
            let identifier = page.add_tagged_annotation(annotation);
            if let Some(slot) = read.get_mut(lead.leaf) {
                *slot = Some(identifier);
            }
        }
    }
    page.finish();
    Ok(())
}

fn begin(surface: &mut Surface<'_>, part: Part, read: &mut [Option<Identifier>]) {
    match part {
        Part::Leaf(leaf) => {
            let identifier = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            if let Some(slot) = read.get_mut(leaf) {
                *slot = Some(identifier);
            }
        }
        Part::Ornament => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        }
        Part::Foot => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        }
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: rgb::Color::new(ink.0, ink.1, ink.2).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

fn stroke(ink: Ink, width: f32, dash: Option<f32>) -> Stroke {
    Stroke {
        paint: rgb::Color::new(ink.0, ink.1, ink.2).into(),
        width,
        dash: dash.map(|dash| StrokeDash { array: vec![dash, dash], offset: 0.0 }),
        ..Stroke::default()
    }
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    match mark {
        Mark::Text { at, run, size } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(run.ink)));
            surface.draw_glyphs(Point::from_xy(at.0, at.1), &run.glyphs, fonts.font(run.style), &run.text, *size, false);
        }
        Mark::Box { at, size, ink } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) {
                path.push_rect(rect);
            }
            shape(surface, path, Some(fill(*ink)), None);
        }
        Mark::Line { points, width, ink, dash } => {
            let mut path = PathBuilder::new();
            for (at, (x, y)) in points.iter().enumerate() {
                if at == 0 {
                    path.move_to(*x, *y);
                } else {
                    path.line_to(*x, *y);
                }
            }
            shape(surface, path, None, Some(stroke(*ink, *width, *dash)));
        }
        Mark::Circle { at: (x, y), radius: r, fill: inside, edge } => {
            let k = r * ROUND;
            let mut path = PathBuilder::new();
            path.move_to(x + r, *y);
            path.cubic_to(x + r, y + k, x + k, y + r, *x, y + r);
            path.cubic_to(x - k, y + r, x - r, y + k, x - r, *y);
            path.cubic_to(x - r, y - k, x - k, y - r, *x, y - r);
            path.cubic_to(x + k, y - r, x + r, y - k, x + r, *y);
            path.close();
            shape(surface, path, Some(fill(*inside)), edge.map(|ink| stroke(ink, 1.0, None)));
        }
    }
}

fn shape(surface: &mut Surface<'_>, path: PathBuilder, inside: Option<Fill>, edge: Option<Stroke>) {
    if let Some(path) = path.finish() {
        surface.set_fill(inside);
        surface.set_stroke(edge);
        surface.draw_path(&path);
    }
}

/// A link, if it has a place and an address that is one.
fn annotation(lead: &Lead) -> Option<Annotation> {
    let rect = Rect::from_xywh(lead.at.0, lead.at.1, lead.size.0, lead.size.1)?;
    let address: String = lead.to.chars().filter(char::is_ascii_graphic).collect();
    let target = Target::Action(Action::from(LinkAction::new(address)));
    Some(Annotation::new_link(LinkAnnotation::new(rect, target), Some(lead.to.clone())))
}

/// A node with what was really drawn of it.
fn node(branch: Branch, read: &[Option<Identifier>]) -> Option<Node> {
    match branch {
        Branch::Leaf(leaf) => read.get(leaf).copied().flatten().map(Node::Leaf),
        Branch::Group(tag, branches) => {
            let children: Vec<Node> = branches.into_iter().filter_map(|branch| node(branch, read)).collect();
            Some(Node::Group(TagGroup::with_children(tag, children)))
        }
    }
}

/// The list beside the pages: headings of the second level beneath those of the first.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    let mut open: Option<OutlineNode> = None;
    for mark in bookmarks {
        let made = OutlineNode::new(mark.text.clone(), XyzDestination::new(mark.sheet, Point::from_xy(0.0, mark.y))).with_open(true);
        match open.as_mut().filter(|_| mark.level > 1) {
            Some(above) => above.push_child(made),
            None => {
                if let Some(before) = open.replace(made) {
                    outline.push_child(before);
                }
            }
        }
    }
    if let Some(last) = open {
        outline.push_child(last);
    }
    outline
}
