//! How each block is set: its letters, the room about it, and what is read out of it.

use std::num::NonZeroU16;

use krilla::tagging::{ListNumbering, Tag};

use super::{BODY, Bookmark, Branch, Flow, INDENT, LEADING, Mark, Part, SIDE, SMALL, WIDE};
use crate::paper::drawing::Drawing;
use crate::paper::fonts::Fonts;
use crate::paper::lines::{Line, broken};
use crate::paper::{Block, Ink, Span, Tile, count};

impl Flow<'_> {
    pub(super) fn block(&mut self, block: &Block, left: f32) -> Vec<Branch> {
        match block {
            Block::Heading(level, text) => self.heading(*level, text, left),
            Block::Text(spans) => self.paragraph(spans, left, BODY),
            Block::Small(spans) => self.paragraph(spans, left, SMALL),
            Block::List(items) => self.list(items, left),
            Block::Quote(inner) => {
                self.gap(2.0);
                vec![Branch::Group(Tag::BlockQuote.into(), self.blocks(inner, left + INDENT))]
            }
            Block::Code(text) => {
                let spans: Vec<Span> = text.lines().map(|line| Span::muted(format!("{line}\n"))).collect();
                let inner = self.paragraph(&spans, left, SMALL);
                vec![Branch::Group(Tag::Div.into(), inner)]
            }
            Block::Table(table) => vec![self.table(table, left)],
            Block::Drawing(drawing) => vec![self.drawing(drawing, left)],
            Block::Tiles(tiles) => tiles.chunks(5).flat_map(|tiles| self.tiles(tiles)).collect(),
            Block::Notice(title, text) => self.notice(title, text),
            Block::Rule => {
                self.gap(6.0);
                let y = self.y;
                self.mark(
                    Part::Ornament,
                    Mark::Line { points: vec![(SIDE + left, y), (SIDE + WIDE, y)], width: 0.75, ink: Ink::LINE, dash: None },
                );
                self.y += 8.0;
                Vec::new()
            }
        }
    }

    fn paragraph(&mut self, spans: &[Span], left: f32, size: f32) -> Vec<Branch> {
        let branches = self.text(spans, left, size);
        if branches.is_empty() {
            return branches;
        }
        self.y += size * 0.5;
        vec![Branch::Group(Tag::P.into(), branches)]
    }

    fn heading(&mut self, level: u8, text: &str, left: f32) -> Vec<Branch> {
        let (size, before) = match level {
            1 => (20.0, 0.0),
            2 => (14.0, 16.0),
            3 => (11.5, 11.0),
            _ => (10.0, 8.0),
        };
        let span = Span::bold(text).inked(if level <= 2 { Ink::PRIMARY } else { Ink::TEXT });
        self.gap(before);
        // with at least two lines of what it is above of
        self.need(size * LEADING + 3.0 * BODY * LEADING);
        let (sheet, y) = (self.sheets.len() - 1, self.y);
        let branches = self.text(&[span], left, size);
        self.y += size * 0.35;
        if branches.is_empty() {
            return branches;
        }
        if level <= 2 {
            self.bookmarks.push(Bookmark { level, text: text.chars().take(200).collect(), sheet, y });
        }
        let level = NonZeroU16::new(u16::from(level.clamp(1, 6))).unwrap_or(NonZeroU16::MIN);
        vec![Branch::Group(Tag::Hn(level, Some(text.to_owned())).into(), branches)]
    }

    fn list(&mut self, items: &[(String, Vec<Block>)], left: f32) -> Vec<Branch> {
        let mut entries = Vec::new();
        for (label, inner) in items {
            self.need(BODY * LEADING);
            if self.is_full {
                break;
            }
            let wide = WIDE - left;
            let lines = broken(self.fonts, &[Span::muted(label.as_str())], BODY, wide);
            let at = (SIDE + left, self.y);
            let label: Vec<Branch> = lines.first().map(|line| self.line(line, at, BODY)).unwrap_or_default();
            let stands_in = lines.first().map_or(0.0, |line| line.width + 5.0).clamp(INDENT, 40.0);
            let body = self.blocks(inner, left + stands_in);
            if body.is_empty() {
                self.y += BODY * LEADING;
            }
            entries
                .push(Branch::Group(Tag::LI.into(), vec![Branch::Group(Tag::Lbl.into(), label), Branch::Group(Tag::LBody.into(), body)]));
        }
        self.y += 2.0;
        vec![Branch::Group(Tag::L(ListNumbering::None).into(), entries)]
    }

    fn tiles(&mut self, tiles: &[Tile]) -> Vec<Branch> {
        const GAP: f32 = 8.0;
        const PAD: f32 = 6.0;
        let wide = (WIDE - GAP * count(tiles.len().saturating_sub(1))) / count(tiles.len().max(1));
        let of = |fonts: &mut Fonts, span: Span, size: f32| broken(fonts, &[span], size, wide - 2.0 * PAD);
        let set: Vec<[(Vec<Line>, f32); 3]> = tiles
            .iter()
            .map(|tile| {
                [
                    (of(self.fonts, Span::muted(tile.label.as_str()), SMALL), SMALL),
                    (of(self.fonts, Span::bold(tile.figure.as_str()), 17.0), 17.0),
                    (of(self.fonts, Span::muted(tile.note.as_str()), SMALL), SMALL),
                ]
            })
            .collect();
        // a label of a thousand letters is no label: so much of it is shown as a page holds
        let height_of = |parts: &[(Vec<Line>, f32); 3]| parts.iter().map(|(lines, size)| count(lines.len()) * size * LEADING).sum::<f32>();
        let height = (set.iter().map(height_of).fold(0.0, f32::max) + 2.0 * PAD).min(Self::whole());
        self.need(height);
        let top = self.y;
        let mut branches = Vec::new();
        for (at, parts) in set.iter().enumerate() {
            let x = SIDE + count(at) * (wide + GAP);
            self.mark(Part::Ornament, Mark::Box { at: (x, top), size: (wide, height), ink: Ink::SUNKEN });
            self.mark(Part::Ornament, Mark::Box { at: (x, top), size: (wide, 2.0), ink: Ink::PRIMARY });
            let mut y = top + PAD;
            let mut read = Vec::new();
            for (lines, size) in parts {
                for line in lines {
                    if y + size * LEADING > top + height {
                        break;
                    }
                    read.extend(self.line(line, (x + PAD, y), *size));
                    y += size * LEADING;
                }
            }
            branches.push(Branch::Group(Tag::P.into(), read));
        }
        self.y = top + height + GAP;
        branches
    }

    pub(super) fn notice(&mut self, title: &str, text: &str) -> Vec<Branch> {
        self.gap(4.0);
        self.need(4.0 * BODY * LEADING);
        let (sheet, top) = (self.sheets.len(), self.y);
        let ink = Ink::of_state("at_risk").0;
        let mut branches = self.paragraph(&[Span::bold(title).inked(ink)], INDENT, BODY);
        branches.extend(self.paragraph(&[Span::plain(text)], INDENT, BODY));
        // the bar beside it, as far as it stands on one page
        if self.sheets.len() == sheet {
            let height = self.y - top;
            self.mark(Part::Ornament, Mark::Box { at: (SIDE, top), size: (3.0, height), ink });
        }
        self.y += 4.0;
        vec![Branch::Group(Tag::Div.into(), branches)]
    }

    fn drawing(&mut self, drawing: &Drawing, left: f32) -> Branch {
        let wide = (WIDE - left).min(drawing.widest);
        let scale = wide / drawing.size.0.max(1.0);
        let height = drawing.size.1 * scale;
        self.gap(2.0);
        self.need(height + 4.0);
        let leaf = self.leaf();
        let origin = (SIDE + left, self.y);
        for mark in drawing.marks(self.fonts, origin, scale) {
            self.mark(Part::Leaf(leaf), mark);
        }
        self.y += height + 6.0;
        Branch::Group(Tag::Figure(Some(drawing.says.clone())).into(), vec![Branch::Leaf(leaf)])
    }
}
