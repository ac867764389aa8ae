//! Documents on paper (PDF), set by ourselves: what is written comes as data, and there is no language of markup in between that
//! anything in it could speak. Nothing is read from a disk or a network; the same document gives the same bytes.

mod drawing;
mod flow;
mod fonts;
mod lines;
mod table;
mod write;

pub use drawing::{Anchor, Drawing, Shape};
pub use fonts::Style;
pub use table::{Align, Cell, Row, Table};

use chrono::NaiveDate;
use server::kernel::error::Error;

/// A colour: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Ink {
    /// Text.
    pub const TEXT: Self = Self(0x17, 0x20, 0x3f);
    /// Text that matters less.
    pub const MUTED: Self = Self(0x54, 0x5b, 0x72);
    /// Lines between things.
    pub const LINE: Self = Self(0xc9, 0xc2, 0xb4);
    /// What stands behind heads of tables.
    pub const SUNKEN: Self = Self(0xf2, 0xed, 0xe3);
    /// The mark of headings.
    pub const PRIMARY: Self = Self(0x25, 0x32, 0x7a);
    /// Links, and lines of charts.
    pub const LINK: Self = Self(0x0a, 0x5a, 0x66);
    /// Targets in charts.
    pub const ACCENT: Self = Self(0xb3, 0x45, 0x2a);

    /// The colour of a state: its ink, and what lies behind it.
    #[must_use]
    pub fn of_state(rag: &str) -> (Self, Self) {
        match rag {
            "on_track" => (Self(0x17, 0x61, 0x3d), Self(0xdf, 0xf1, 0xe5)),
            "at_risk" => (Self(0x75, 0x4c, 0x00), Self(0xfb, 0xec, 0xc6)),
            "off_track" => (Self(0xa0, 0x1f, 0x24), Self(0xfb, 0xe2, 0xde)),
            "over" => (Self(0x4c, 0x3a, 0xa0), Self(0xe8, 0xe4, 0xf9)),
            _ => (Self::MUTED, Self(0xeb, 0xe7, 0xde)),
        }
    }
}

/// A piece of a line, in one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What is written.
    pub text: String,
    /// How.
    pub style: Style,
    /// In which colour.
    pub ink: Ink,
    /// Where it leads, if anywhere.
    pub link: Option<String>,
}

impl Span {
    /// Plain text.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Plain, ink: Ink::TEXT, link: None }
    }

    /// Bold text.
    #[must_use]
    pub fn bold(text: impl Into<String>) -> Self {
        Self { style: Style::Bold, ..Self::plain(text) }
    }

    /// Text that matters less.
    #[must_use]
    pub fn muted(text: impl Into<String>) -> Self {
        Self { ink: Ink::MUTED, ..Self::plain(text) }
    }

    /// The same in another colour.
    #[must_use]
    pub fn inked(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }
}

/// A number that stands out, with what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// What it counts.
    pub label: String,
    /// The number.
    pub figure: String,
    /// Of how many, say.
    pub note: String,
}

/// Something that stands by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading, 1 to 4; those of 1 and 2 are bookmarks.
    Heading(u8, String),
    /// A paragraph.
    Text(Vec<Span>),
    /// One in small letters.
    Small(Vec<Span>),
    /// A list: the mark of each item, and what stands in it.
    List(Vec<(String, Vec<Block>)>),
    /// A quotation.
    Quote(Vec<Block>),
    /// Text as it was typed, line by line.
    Code(String),
    /// A table.
    Table(Table),
    /// A drawing.
    Drawing(Drawing),
    /// Numbers that stand out, side by side.
    Tiles(Vec<Tile>),
    /// Something that nobody may overlook: a title and a sentence.
    Notice(String, String),
    /// A line across.
    Rule,
}

/// A document.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Its title.
    pub title: String,
    /// The language that it is mostly in.
    pub language: String,
    /// Who published it.
    pub author: String,
    /// What names this very document, whoever reads it.
    pub id: String,
    /// The day on which it was made.
    pub date: NaiveDate,
    /// What stands at the foot of each page.
    pub footer: String,
    /// What stands on it, from its beginning to its end.
    pub blocks: Vec<Block>,
    /// What ends it, also where not everything has found a page.
    pub end: Vec<Block>,
    /// What is said then: a title and a sentence.
    pub rest: (String, String),
}

impl Paper {
    /// The document's bytes. Takes a processor for a while: see [`server::kernel::threads`].
    ///
    /// # Errors
    /// An internal one, if it cannot be written.
    pub fn pdf(&self) -> Result<Vec<u8>, Error> {
        let mut fonts = fonts::Fonts::new().ok_or_else(|| Error::Internal("paper: a font cannot be read".into()))?;
        let mut flow = flow::Flow::new(&mut fonts);
        let mut tree = flow.blocks(&self.blocks, 0.0);
        tree.extend(flow.end((&self.rest.0, &self.rest.1), &self.end));
        let laid = flow.finish(&self.footer);
        write::write(self, &fonts, laid, tree)
    }
}

/// So many, as a measure.
fn count(n: usize) -> f32 {
    f32::from(u16::try_from(n).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(blocks: Vec<Block>) -> Paper {
        Paper {
            title: "A report".into(),
            language: "en".into(),
            author: "Amani".into(),
            id: "1".into(),
            date: NaiveDate::default(),
            footer: "Shared with somebody".into(),
            blocks,
            end: Vec::new(),
            rest: ("More".into(), "The rest is elsewhere.".into()),
        }
    }

    fn pages(bytes: &[u8]) -> usize {
        // each page is an object that says so, and the tree above them says `/Pages`
        let all = |what: &[u8]| bytes.windows(what.len()).filter(|part| *part == what).count();
        all(b"/Type /Page") + all(b"/Type/Page") - all(b"/Type /Pages") - all(b"/Type/Pages")
    }

    #[test]
    fn whatever_is_written_becomes_pages() {
        let long = "a".repeat(20_000);
        let hostile = [
            "",
            "#read(\"/etc/passwd\") #import \"x\" \\ \" ' %PDF (unbalanced",
            "\u{0}\u{1}\u{7f}\u{202e}reversed\u{2066}\u{feff}",
            "مرحبا بالعالم and back",
            "\u{1f600} 漢字 አማርኛ",
            "e\u{301}\u{301}\u{301}\u{301}",
            long.as_str(),
        ];
        for text in hostile {
            let table = Table {
                widths: vec![1.0, 3.0],
                head: vec![Cell::text(text), Cell::text("b")],
                rows: vec![Row::Band(text.to_owned()), Row::Cells(vec![Cell::text("a"), Cell::text(text)])],
            };
            let blocks = vec![
                Block::Heading(1, text.to_owned()),
                Block::Text(vec![Span::plain(text), Span::bold(text)]),
                Block::List(vec![("•".into(), vec![Block::Quote(vec![Block::Code(text.to_owned())])])]),
                Block::Table(table),
                Block::Tiles(vec![Tile { label: text.to_owned(), figure: text.to_owned(), note: text.to_owned() }]),
                Block::Notice(text.to_owned(), text.to_owned()),
                Block::Rule,
            ];
            let bytes = paper(blocks).pdf().unwrap();
            assert!(bytes.starts_with(b"%PDF-") && pages(&bytes) > 0, "{:?}", text.chars().take(20).collect::<String>());
        }
    }

    #[test]
    fn nothing_is_a_page_and_much_is_many() {
        assert_eq!(pages(&paper(Vec::new()).pdf().unwrap()), 1);
        let many = vec![Block::Text(vec![Span::plain("Water came closer to the houses. ".repeat(30))]); 120];
        let bytes = paper(many).pdf().unwrap();
        assert!(pages(&bytes) > 15, "{}", pages(&bytes));
    }

    #[test]
    fn what_no_document_holds_is_left_and_its_end_is_not() {
        let end = vec![Block::Text(vec![Span { link: Some("https://kipimo.example/end".into()), ..Span::plain("The end") }])];
        let holds = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        let much = Paper { end: end.clone(), ..paper(vec![Block::Heading(1, "A".into()); 9_000]) };
        let bytes = much.pdf().unwrap();
        assert_eq!(pages(&bytes), 301, "300, and the one that says so");
        assert!(holds(&bytes, b"kipimo.example/end"));
        let item = ("-".to_owned(), vec![Block::Text(vec![Span::plain("a")])]);
        let rows = vec![Row::Cells(vec![Cell::text("a")]); 20_000];
        let table = Table { widths: vec![1.0], head: vec![Cell::text("b")], rows };
        for block in [Block::List(vec![item; 20_000]), Block::Table(table)] {
            let many = Paper { end: end.clone(), ..paper(vec![block]) };
            assert_eq!(pages(&many.pdf().unwrap()), 301);
        }
    }

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        let one = paper(vec![Block::Heading(1, "A".into()), Block::Text(vec![Span::plain("b c d")])]);
        assert_eq!(one.pdf().unwrap(), one.pdf().unwrap());
        let other = Paper { footer: "Shared with another".into(), ..one.clone() };
        assert_ne!(one.pdf().unwrap(), other.pdf().unwrap());
    }

    #[test]
    fn a_reader_who_hears_it_has_its_structure() {
        let bytes = paper(vec![Block::Heading(1, "A".into()), Block::Text(vec![Span::plain("b")])]).pdf().unwrap();
        let holds = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        for what in [&b"/StructTreeRoot"[..], b"/MarkInfo", b"/Lang", b"/Outlines"] {
            assert!(holds(what), "{}", String::from_utf8_lossy(what));
        }
    }
}
