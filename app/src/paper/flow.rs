//! From blocks to pages: where everything stands, and how it hangs together for who has it read out.

mod blocks;

use krilla::tagging::{Tag, TagKind};

use super::fonts::{Fonts, Style};
use super::lines::{Line, Run, broken};
use super::{Block, Ink, Span};

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
