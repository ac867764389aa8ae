//! Letters: three cuts of one libre family, and the glyphs of words.

use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Face, UnicodeBuffer};

/// How letters look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// Upright.
    #[default]
    Plain,
    /// Bold.
    Bold,
    /// Slanted.
    Slanted,
}

static PLAIN: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");
static SLANTED: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Oblique.ttf");

/// Words up to so many bytes come again, and are kept.
const KEPT: usize = 40;

struct Cut {
    face: Face<'static>,
    font: Font,
}

impl Cut {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { face: Face::from_slice(bytes, 0)?, font: Font::new(bytes.into(), 0)? })
    }

    fn shape(&self, text: &str) -> Shaped {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let made = rustybuzz::shape(&self.face, &[], buffer);
        let em = measure(self.face.units_per_em()).max(1.0);
        let at = |cluster: u32| usize::try_from(cluster).unwrap_or(0).min(text.len());
        let mut starts: Vec<usize> = made.glyph_infos().iter().map(|info| at(info.cluster)).collect();
        starts.sort_unstable();
        starts.dedup();
        // a cluster ends where the next one begins, whichever way the text runs
        let ends: HashMap<usize, usize> = starts.iter().copied().zip(starts.iter().copied().skip(1).chain([text.len()])).collect();
        let glyphs: Vec<KrillaGlyph> = made
            .glyph_infos()
            .iter()
            .zip(made.glyph_positions())
            .map(|(info, position)| {
                let start = at(info.cluster);
                let end = ends.get(&start).copied().unwrap_or(text.len());
                let part = |units: i32| measure(units) / em;
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    part(position.x_advance),
                    part(position.x_offset),
                    part(position.y_offset),
                    part(position.y_advance),
                    start..end,
                    None,
                )
            })
            .collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Shaped { text: text.to_owned(), glyphs, width }
    }
}

/// Units of a font: no letter is wider than 16 bits hold.
fn measure(units: i32) -> f32 {
    f32::from(i16::try_from(units).unwrap_or(i16::MAX))
}

/// A text with its glyphs, in the order in which they stand from left to right.
#[derive(Debug)]
pub(super) struct Shaped {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    /// In sizes of the letters.
    pub width: f32,
}

/// The letters of one document.
pub(super) struct Fonts {
    cuts: [Cut; 3],
    known: HashMap<(Style, String), Rc<Shaped>>,
}

impl Fonts {
    /// The fonts; none if one cannot be read.
    pub fn new() -> Option<Self> {
        Some(Self { cuts: [Cut::new(PLAIN)?, Cut::new(BOLD)?, Cut::new(SLANTED)?], known: HashMap::new() })
    }

    fn cut(&self, style: Style) -> &Cut {
        let [plain, bold, slanted] = &self.cuts;
        match style {
            Style::Plain => plain,
            Style::Bold => bold,
            Style::Slanted => slanted,
        }
    }

    /// The font that a document carries.
    pub fn font(&self, style: Style) -> Font {
        self.cut(style).font.clone()
    }

    /// The glyphs of a text.
    pub fn shape(&mut self, style: Style, text: &str) -> Rc<Shaped> {
        if text.len() > KEPT {
            return Rc::new(self.cut(style).shape(text));
        }
        let key = (style, text.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let shaped = Rc::new(self.cut(style).shape(text));
        self.known.insert(key, Rc::clone(&shaped));
        shaped
    }
}
