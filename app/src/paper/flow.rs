//! From blocks to pages: where everything stands, and how it hangs together for who has it read out.

use std::num::NonZeroU16;

use krilla::tagging::{ListNumbering, Tag, TagKind};

use super::drawing::Drawing;
use super::fonts::{Fonts, Style};
use super::lines::{Line, Run, broken};
use super::{Block, Ink, Span, Tile, count};

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Room at both sides.
pub(super) const SIDE: f32 = 50.0;
const TOP: f32 = 50.0;
const BOTTOM: f32 = 785.0;
/// Where the foot of a page is written.
const FOOT: f32 = 812.0;
/// How wide the text is.
pub(super) const WIDE: f32 = PAGE.0 - 2.0 * SIDE;
/// Sizes of letters.
const BODY: f32 = 10.0;
const SMALL: f32 = 8.5;
/// From one line to the next, in sizes.
const LEADING: f32 = 1.4;
/// How far what is within something stands in.
const INDENT: f32 = 14.0;
/// How deep things nest, as far as they still stand in.
const DEEPEST: f32 = 10.0 * INDENT;

/// Pages of a document at the most: what does not fit on them is not set.
const MOST_PAGES: usize = 300;
/// Pages that what ends a document may take beyond them.
const LAST_PAGES: usize = 4;

/// A node of what is read out: a group, or what was drawn under a number.
#[derive(Clone, Debug)]
pub(super) enum Branch {
    Group(TagKind, Vec<Branch>),
    Leaf(usize),
}

/// What something on a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What is read out under a number.
    Leaf(usize),
    /// Ornament.
    Ornament,
    /// The foot of the page.
    Foot,
}

/// Something that is drawn.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    Text { at: (f32, f32), run: Run, size: f32 },
    Box { at: (f32, f32), size: (f32, f32), ink: Ink },
    Line { points: Vec<(f32, f32)>, width: f32, ink: Ink, dash: Option<f32> },
    Circle { at: (f32, f32), radius: f32, fill: Ink, edge: Option<Ink> },
}

/// A place that leads elsewhere: where on the page, where it leads, and its number.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub at: (f32, f32),
    pub size: (f32, f32),
    pub to: String,
    pub leaf: usize,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub marks: Vec<(Part, Mark)>,
    pub leads: Vec<Lead>,
}

/// A heading, for the list beside the pages.
#[derive(Clone, Debug)]
pub(super) struct Bookmark {
    pub level: u8,
    pub text: String,
    pub sheet: usize,
    pub y: f32,
}

/// Everything in its place.
pub(super) struct Laid {
    pub sheets: Vec<Sheet>,
    pub bookmarks: Vec<Bookmark>,
    pub leaves: usize,
}

/// Sets blocks on pages, one beneath the other.
pub(super) struct Flow<'f> {
    pub fonts: &'f mut Fonts,
    sheets: Vec<Sheet>,
    bookmarks: Vec<Bookmark>,
    leaves: usize,
    /// Where the next thing begins.
    pub y: f32,
    /// Whether what is written was read out before, and is ornament now.
    pub again: bool,
    /// Pages that there may be.
    most: usize,
    /// Whether they are full: nothing is drawn any more.
    pub is_full: bool,
}

impl<'f> Flow<'f> {
    pub fn new(fonts: &'f mut Fonts) -> Self {
        Self {
            fonts,
            sheets: vec![Sheet::default()],
            bookmarks: Vec::new(),
            leaves: 0,
            y: TOP,
            again: false,
            most: MOST_PAGES,
            is_full: false,
        }
    }

    /// The next number under which something is read out.
    pub fn leaf(&mut self) -> usize {
        self.leaves += 1;
        self.leaves - 1
    }

    /// Draws something on the page.
    pub fn mark(&mut self, part: Part, mark: Mark) {
        if let Some(sheet) = self.sheets.last_mut().filter(|_| !self.is_full) {
            sheet.marks.push((part, mark));
        }
    }

    /// How much room is left on the page.
    pub fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// How much room a page has.
    pub const fn whole() -> f32 {
        BOTTOM - TOP
    }

    pub fn new_page(&mut self) {
        if self.sheets.len() < self.most {
            self.sheets.push(Sheet::default());
        } else {
            self.is_full = true;
        }
        self.y = TOP;
    }

    /// Goes on on the next page, unless so much fits on this one.
    pub fn need(&mut self, height: f32) {
        if self.room() < height && self.y > TOP {
            self.new_page();
        }
    }

    /// Leaves room, except at the top of a page.
    pub fn gap(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Writes a line with its upper edge at a height; what is read out of it.
    pub fn line(&mut self, line: &Line, at: (f32, f32), size: f32) -> Vec<Branch> {
        let mut branches = Vec::new();
        if self.is_full {
            return branches;
        }
        let mut x = at.0;
        let base = at.1 + size;
        let mut open: Option<usize> = None;
        for run in line.runs(self.fonts) {
            let wide = run.width * size;
            if self.again {
                self.mark(Part::Ornament, Mark::Text { at: (x, base), run, size });
                x += wide;
                continue;
            }
            let target = run.link.clone();
            let leaf = match (open, &target) {
                (Some(leaf), None) => leaf,
                _ => self.leaf(),
            };
            self.mark(Part::Leaf(leaf), Mark::Text { at: (x, base), run, size });
            match target {
                Some(to) => {
                    open = None;
                    let area = self.leaf();
                    if let Some(sheet) = self.sheets.last_mut() {
                        sheet.leads.push(Lead { at: (x, at.1), size: (wide, size * LEADING), to: to.to_string(), leaf: area });
                    }
                    branches.push(Branch::Group(Tag::Link.into(), vec![Branch::Leaf(area), Branch::Leaf(leaf)]));
                }
                None if open.is_none() => {
                    open = Some(leaf);
                    branches.push(Branch::Leaf(leaf));
                }
                None => {}
            }
            x += wide;
        }
        branches
    }

    /// Writes a text beneath what stands there, from page to page.
    pub fn text(&mut self, spans: &[Span], left: f32, size: f32) -> Vec<Branch> {
        let mut branches = Vec::new();
        if self.is_full {
            return branches;
        }
        let lines = broken(self.fonts, spans, size, WIDE - left);
        for line in &lines {
            self.need(size * LEADING);
            if self.is_full {
                break;
            }
            let at = (SIDE + left, self.y);
            branches.extend(self.line(line, at, size));
            self.y += size * LEADING;
        }
        branches
    }

    pub fn blocks(&mut self, blocks: &[Block], left: f32) -> Vec<Branch> {
        let left = left.min(DEEPEST);
        let mut branches = Vec::new();
        for block in blocks {
            if self.is_full {
                break;
            }
            branches.extend(self.block(block, left));
        }
        branches
    }

    /// Sets what ends a document; above it stand a title and a sentence, where not everything has found a page.
    pub fn end(&mut self, (title, text): (&str, &str), blocks: &[Block]) -> Vec<Branch> {
        self.most += LAST_PAGES;
        let mut branches = Vec::new();
        if std::mem::take(&mut self.is_full) {
            self.new_page();
            branches = self.notice(title, text);
        }
        branches.extend(self.blocks(blocks, 0.0));
        branches
    }

    fn block(&mut self, block: &Block, left: f32) -> Vec<Branch> {
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

    fn notice(&mut self, title: &str, text: &str) -> Vec<Branch> {
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

    /// Everything in its place, with the foot of each page.
    pub fn finish(mut self, footer: &str) -> Laid {
        let pages = self.sheets.len();
        let foot = broken(self.fonts, &[Span::muted(footer)], 7.5, WIDE - 60.0);
        for at in 0..pages {
            let number = broken(self.fonts, &[Span::muted(format!("{} / {pages}", at + 1))], 7.5, 60.0);
            let mut marks = vec![(
                Part::Foot,
                Mark::Line { points: vec![(SIDE, FOOT - 10.0), (SIDE + WIDE, FOOT - 10.0)], width: 0.5, ink: Ink::LINE, dash: None },
            )];
            for (line, x) in foot.first().map(|line| (line, SIDE)).into_iter().chain(number.first().map(|n| (n, SIDE + WIDE - n.width))) {
                let mut x = x;
                for run in line.runs(self.fonts) {
                    let wide = run.width * 7.5;
                    marks.push((Part::Foot, Mark::Text { at: (x, FOOT), run, size: 7.5 }));
                    x += wide;
                }
            }
            if let Some(sheet) = self.sheets.get_mut(at) {
                sheet.marks.extend(marks);
            }
        }
        Laid { sheets: self.sheets, bookmarks: self.bookmarks, leaves: self.leaves }
    }
}

/// The letters of a caption in a drawing.
pub(super) fn caption(fonts: &mut Fonts, text: &str, ink: Ink, size: f32) -> (Vec<Run>, f32) {
    let lines = broken(fonts, &[Span { text: text.to_owned(), style: Style::Plain, ink, link: None }], size, WIDE);
    match lines.first() {
        Some(line) => (line.runs(fonts), line.width),
        None => (Vec::new(), 0.0),
    }
}
