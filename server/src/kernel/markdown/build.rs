//! From the events of the parser to the tree.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use super::{MOST_COLUMNS, MOST_DEPTH, MOST_ROWS, MarkdownBlock, MarkdownInline, is_safe_link};

/// Something that was begun and has not ended.
enum Begun {
    /// The whole text.
    Text,
    Heading(u8),
    Paragraph,
    Quote,
    /// The number of its first item, and the items so far.
    List(Option<u64>, Vec<Vec<MarkdownBlock>>),
    Item,
    /// The rows so far, the head first.
    Table(Vec<Vec<Vec<MarkdownInline>>>),
    /// The cells so far.
    Row(Vec<Vec<MarkdownInline>>),
    Cell,
    Code,
    Strong,
    Emphasis,
    Link(String),
}

impl Begun {
    /// Whether it holds pieces that stand by themselves.
    const fn holds_blocks(&self) -> bool {
        matches!(self, Self::Text | Self::Quote | Self::Item)
    }
}

struct Frame {
    begun: Begun,
    blocks: Vec<MarkdownBlock>,
    line: Vec<MarkdownInline>,
}

impl Frame {
    const fn new(begun: Begun) -> Self {
        Self { begun, blocks: Vec::new(), line: Vec::new() }
    }

    /// A line that stands where paragraphs do becomes one.
    fn settle(&mut self) {
        if self.begun.holds_blocks() && !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.blocks.push(MarkdownBlock::Paragraph(line));
        }
    }
}

struct Builder {
    frames: Vec<Frame>,
    /// Of everything that was begun, whether it has a frame.
    kept: Vec<bool>,
    /// Whether something was left out.
    cut: bool,
}

/// The tree of a text, and whether a table of it was cut.
pub(super) fn build(source: &str) -> (Vec<MarkdownBlock>, bool) {
    let mut builder = Builder { frames: vec![Frame::new(Begun::Text)], kept: Vec::new(), cut: false };
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        match event {
            Event::Start(tag) => builder.begin(tag),
            Event::End(_) => builder.end(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => builder.say(&text),
            Event::Code(text) => builder.put(MarkdownInline::Code(text.into_string())),
            Event::SoftBreak => builder.say(" "),
            Event::HardBreak => builder.put(MarkdownInline::Break),
            Event::Rule => builder.stand(MarkdownBlock::Rule),
            // of what is not switched on there is none
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }
    while builder.frames.len() > 1 {
        builder.close();
    }
    let cut = builder.cut;
    let blocks = builder.frames.pop().map(|mut frame| {
        frame.settle();
        frame.blocks
    });
    (blocks.unwrap_or_default(), cut)
}

/// The address of a link, if it may be one.
fn address(kind: LinkType, written: &str) -> Option<String> {
    let address = if kind == LinkType::Email { format!("mailto:{written}") } else { written.to_owned() };
    is_safe_link(&address).then_some(address)
}

impl Builder {
    fn takes_blocks(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.begun.holds_blocks())
    }

    fn begin(&mut self, tag: Tag<'_>) {
        let room = MOST_DEPTH.saturating_sub(self.frames.len());
        let stands = room > 0 && self.takes_blocks();
        let around = self.kept.last().copied().unwrap_or(true);
        let is_block = !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Image { .. });
        let begun = match tag {
            Tag::Paragraph | Tag::HtmlBlock if stands => Some(Begun::Paragraph),
            Tag::Heading { level, .. } if stands => Some(Begun::Heading(level as u8)),
            Tag::BlockQuote(_) if stands => Some(Begun::Quote),
            Tag::CodeBlock(_) if stands => Some(Begun::Code),
            // what these hold is begun with them, or not at all
            Tag::List(first) if stands && room > 1 => Some(Begun::List(first, Vec::new())),
            Tag::Table(_) if stands && room > 2 => Some(Begun::Table(Vec::new())),
            Tag::Item if around => Some(Begun::Item),
            Tag::TableHead | Tag::TableRow if around => Some(Begun::Row(Vec::new())),
            Tag::TableCell if around => Some(Begun::Cell),
            Tag::Emphasis if room > 0 => Some(Begun::Emphasis),
            Tag::Strong if room > 0 => Some(Begun::Strong),
            Tag::Link { link_type, dest_url, .. } if room > 0 => address(link_type, &dest_url).map(Begun::Link),
            // a picture is its description, and the rest is not switched on
            _ => None,
        };
        if let Some(top) = self.frames.last_mut().filter(|_| is_block) {
            top.settle();
        }
        self.kept.push(begun.is_some());
        self.frames.extend(begun.map(Frame::new));
    }

    fn end(&mut self) {
        if self.kept.pop() == Some(true) {
            self.close();
        }
    }

    /// Adds text to the line.
    fn say(&mut self, text: &str) {
        let Some(top) = self.frames.last_mut() else { return };
        match top.line.last_mut() {
            Some(MarkdownInline::Text(before)) => before.push_str(text),
            _ => top.line.push(MarkdownInline::Text(text.to_owned())),
        }
    }

    /// Adds a piece to the line.
    fn put(&mut self, piece: MarkdownInline) {
        if let Some(top) = self.frames.last_mut() {
            top.line.push(piece);
        }
    }

    /// Adds a piece that stands by itself.
    fn stand(&mut self, block: MarkdownBlock) {
        if let Some(top) = self.frames.last_mut().filter(|top| top.begun.holds_blocks()) {
            top.settle();
            top.blocks.push(block);
        }
    }

    /// Ends what was begun last, and hands it to what it is part of.
    fn close(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        frame.settle();
        let Frame { begun, blocks, line } = frame;
        match begun {
            Begun::Text => {}
            Begun::Heading(level) => self.stand(MarkdownBlock::Heading(level, line)),
            Begun::Paragraph if line.is_empty() => {}
            Begun::Paragraph => self.stand(MarkdownBlock::Paragraph(line)),
            Begun::Quote => self.stand(MarkdownBlock::Quote(blocks)),
            Begun::List(first, items) => self.stand(MarkdownBlock::List(first, items)),
            Begun::Item => {
                if let Some(Frame { begun: Begun::List(_, items), .. }) = self.frames.last_mut() {
                    items.push(blocks);
                }
            }
            Begun::Table(rows) => {
                let mut rows = rows.into_iter();
                let head = rows.next().unwrap_or_default();
                self.stand(MarkdownBlock::Table(head, rows.collect()));
            }
            Begun::Row(cells) => match self.frames.last_mut() {
                Some(Frame { begun: Begun::Table(rows), .. }) if rows.len() <= MOST_ROWS => rows.push(cells),
                _ => self.cut = true,
            },
            Begun::Cell => match self.frames.last_mut() {
                Some(Frame { begun: Begun::Row(cells), .. }) if cells.len() < MOST_COLUMNS => cells.push(line),
                _ => self.cut = true,
            },
            Begun::Code => {
                let text = line.into_iter().filter_map(|piece| if let MarkdownInline::Text(text) = piece { Some(text) } else { None });
                self.stand(MarkdownBlock::Code(text.collect()));
            }
            Begun::Strong => self.put(MarkdownInline::Strong(line)),
            Begun::Emphasis => self.put(MarkdownInline::Emphasis(line)),
            Begun::Link(address) => self.put(MarkdownInline::Link(address, line)),
        }
    }
}
