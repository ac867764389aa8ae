//! Tables: their heads stand on every page that they reach, and a row that no page holds goes on on the next.

use std::num::NonZeroU32;

use krilla::tagging::{TableHeaderScope, Tag, TagKind};

use super::flow::{Branch, Flow, Mark, Part, SIDE, WIDE};
use super::lines::{Line, broken};
use super::{Ink, Span, count};

/// Size of letters in tables.
const SIZE: f32 = 8.0;
const LEADING: f32 = SIZE * 1.35;
const PAD: f32 = 3.5;

/// At which side of its cell a text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Where reading begins.
    #[default]
    Start,
    /// Where it ends: numbers.
    End,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What is written.
    pub spans: Vec<Span>,
    /// At which side.
    pub align: Align,
    /// What lies behind it, if anything.
    pub back: Option<Ink>,
}

impl Cell {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { spans: vec![Span::plain(text)], ..Self::default() }
    }

    /// A number.
    #[must_use]
    pub fn number(text: impl Into<String>) -> Self {
        Self { spans: vec![Span::plain(text)], align: Align::End, back: None }
    }

    /// The head of a column, or of one with numbers.
    #[must_use]
    pub fn head(text: impl Into<String>, align: Align) -> Self {
        Self { spans: vec![Span::bold(text)], align, back: Some(Ink::SUNKEN) }
    }

    /// A state in its colour.
    #[must_use]
    pub fn state(word: impl Into<String>, rag: &str) -> Self {
        let (ink, back) = Ink::of_state(rag);
        Self { spans: vec![Span::bold(word).inked(ink)], align: Align::Start, back: Some(back) }
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A heading of the rows beneath it.
    Band(String),
    /// Cells; the first one is the row's head.
    Cells(Vec<Cell>),
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// How wide the columns are to each other.
    pub widths: Vec<f32>,
    /// The heads of the columns.
    pub head: Vec<Cell>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A cell in lines.
struct Set {
    lines: Vec<Line>,
    left: f32,
    wide: f32,
    align: Align,
    back: Option<Ink>,
}

impl Flow<'_> {
    /// Sets a table beneath what stands there.
    pub fn table(&mut self, table: &Table, left: f32) -> Branch {
        let columns = columns(&table.widths, left);
        let mut head = self.set(&table.head, &columns);
        self.gap(3.0);
        let mut parts = Vec::new();
        if height(&head) > Self::whole() / 2.0 {
            // no head for every page: it is a row like any other
            head.clear();
            let row = self.body_row(&Row::Cells(table.head.clone()), &columns, &head);
            parts.push(Branch::Group(Tag::THead.into(), vec![row]));
        } else if !head.is_empty() {
            // with room for a row beneath it
            self.need(height(&head) + 2.0 * LEADING + 2.0 * PAD);
            let read = self.row(&head, 0, usize::MAX, false);
            let cells = read.into_iter().map(|read| Branch::Group(Tag::TH(TableHeaderScope::Column).into(), read)).collect();
            parts.push(Branch::Group(Tag::THead.into(), vec![Branch::Group(Tag::TR.into(), cells)]));
        }
        let mut rows = Vec::new();
        for row in &table.rows {
            if self.is_full {
                break;
            }
            rows.push(self.body_row(row, &columns, &head));
        }
        parts.push(Branch::Group(Tag::TBody.into(), rows));
        self.y += 6.0;
        Branch::Group(Tag::Table.into(), parts)
    }

    fn body_row(&mut self, row: &Row, columns: &[(f32, f32)], head: &[Set]) -> Branch {
        let (cells, is_band) = match row {
            Row::Band(text) => {
                let whole = columns.iter().map(|(_, wide)| wide).sum();
                let left = columns.first().map_or(SIDE, |(left, _)| *left);
                let cell = Cell { spans: vec![Span::bold(text.as_str()).inked(Ink::PRIMARY)], ..Cell::default() };
                (self.set(&[cell], &[(left, whole)]), true)
            }
            Row::Cells(cells) => (self.set(cells, columns), false),
        };
        let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0).max(1);
        let whole = count(lines) * LEADING + 2.0 * PAD;
        // a heading of rows does not stand alone at the end of a page
        let wanted = if is_band { whole + 3.0 * LEADING } else { whole };
        if self.room() < wanted.min(Self::whole() - height(head)) {
            self.continue_table(head);
        }
        let mut read: Vec<Vec<Branch>> = cells.iter().map(|_| Vec::new()).collect();
        let mut from = 0;
        while from < lines {
            let fit = (from + 1..=lines).take_while(|to| count(to - from) * LEADING + 2.0 * PAD <= self.room()).last();
            let to = match fit {
                Some(to) => to,
                // not even one line: the next page holds at least one
                None if self.room() + 0.5 >= Self::whole() - height(head) => from + 1,
                None => {
                    self.continue_table(head);
                    continue;
                }
            };
            for (all, more) in read.iter_mut().zip(self.row(&cells, from, to, true)) {
                all.extend(more);
            }
            from = to;
            if from < lines {
                self.continue_table(head);
            }
        }
        let groups = read.into_iter().enumerate().map(|(at, read)| Branch::Group(cell_tag(at, is_band, columns.len()), read)).collect();
        Branch::Group(Tag::TR.into(), groups)
    }

    /// A new page with the head once more, for who sees it.
    fn continue_table(&mut self, head: &[Set]) {
        self.new_page();
        if !head.is_empty() {
            self.again = true;
            self.row(head, 0, usize::MAX, false);
            self.again = false;
        }
    }

    fn set(&mut self, cells: &[Cell], columns: &[(f32, f32)]) -> Vec<Set> {
        cells
            .iter()
            .zip(columns)
            .map(|(cell, (left, wide))| Set {
                lines: broken(self.fonts, &cell.spans, SIZE, (wide - 2.0 * PAD).max(SIZE)),
                left: *left,
                wide: *wide,
                align: cell.align,
                back: cell.back,
            })
            .collect()
    }

    /// Writes some lines of a row; what is read out of each cell.
    fn row(&mut self, cells: &[Set], from: usize, to: usize, ruled: bool) -> Vec<Vec<Branch>> {
        let shown = cells.iter().map(|cell| cell.lines.len().min(to).saturating_sub(from)).max().unwrap_or(0).max(1);
        let (top, high) = (self.y, count(shown) * LEADING + 2.0 * PAD);
        let mut read = Vec::with_capacity(cells.len());
        for cell in cells {
            if let Some(back) = cell.back {
                self.mark(Part::Ornament, Mark::Box { at: (cell.left, top), size: (cell.wide, high), ink: back });
            }
            let mut y = top + PAD;
            let mut branches = Vec::new();
            for line in cell.lines.iter().take(to).skip(from) {
                let x = match cell.align {
                    Align::Start => cell.left + PAD,
                    Align::End => (cell.left + cell.wide - PAD - line.width).max(cell.left),
                };
                branches.extend(self.line(line, (x, y), SIZE));
                y += LEADING;
            }
            read.push(branches);
        }
        if let (true, Some(first), Some(last)) = (ruled, cells.first(), cells.last()) {
            let y = top + high;
            let points = vec![(first.left, y), (last.left + last.wide, y)];
            self.mark(Part::Ornament, Mark::Line { points, width: 0.5, ink: Ink::LINE, dash: None });
        }
        self.y = top + high;
        read
    }
}

fn cell_tag(at: usize, is_band: bool, columns: usize) -> TagKind {
    if is_band {
        let across = u32::try_from(columns).ok().and_then(NonZeroU32::new);
        return Tag::TH(TableHeaderScope::Both).with_col_span(across).into();
    }
    if at == 0 { Tag::TH(TableHeaderScope::Row).into() } else { Tag::TD.into() }
}

/// Where columns begin and how wide they are.
fn columns(widths: &[f32], left: f32) -> Vec<(f32, f32)> {
    let all: f32 = widths.iter().sum::<f32>().max(0.001);
    let wide = WIDE - left;
    let mut at = SIDE + left;
    widths
        .iter()
        .map(|share| {
            let column = (at, wide * share / all);
            at += column.1;
            column
        })
        .collect()
}

fn height(cells: &[Set]) -> f32 {
    let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
    if cells.is_empty() { 0.0 } else { count(lines.max(1)) * LEADING + 2.0 * PAD }
}
