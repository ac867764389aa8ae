//! Letters: three cuts of one libre family, and the glyphs of words.

use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, Script, ShapePlan, UnicodeBuffer, script};

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

/// Words up to so many bytes may come again, and are kept: also the parts of a word that no line holds.
const KEPT: usize = 400;
/// So many bytes of words are kept at the most.
const MOST_KEPT: usize = 250_000;

struct Cut {
    face: Face<'static>,
    font: Font,
}

impl Cut {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { face: Face::from_slice(bytes, 0)?, font: Font::new(bytes.into(), 0)? })
    }

    fn shape(&self, text: &str, buffer: UnicodeBuffer, plan: &ShapePlan) -> Shaped {
        let made = rustybuzz::shape_with_plan(&self.face, plan, buffer);
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
    /// How each cut sets each script: to find that out takes longer than to set a word.
    plans: HashMap<(Style, Direction, Script), ShapePlan>,
    known: HashMap<(Style, String), Rc<Shaped>>,
    /// The bytes of what is known.
    kept: usize,
}

impl Fonts {
    /// The fonts; none if one cannot be read.
    pub fn new() -> Option<Self> {
        let cuts = [Cut::new(PLAIN)?, Cut::new(BOLD)?, Cut::new(SLANTED)?];
        Some(Self { cuts, plans: HashMap::new(), known: HashMap::new(), kept: 0 })
    }

    /// The font that a document carries.
    pub fn font(&self, style: Style) -> Font {
        cut(&self.cuts, style).font.clone()
    }

    /// The glyphs of a text.
    pub fn shape(&mut self, style: Style, text: &str) -> Rc<Shaped> {
        if text.len() > KEPT {
            return Rc::new(self.made(style, text));
        }
        let key = (style, text.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let shaped = Rc::new(self.made(style, text));
        if self.kept + text.len() > MOST_KEPT {
            self.known.clear();
            self.kept = 0;
        }
        self.kept += text.len();
        self.known.insert(key, Rc::clone(&shaped));
        shaped
    }

    fn made(&mut self, style: Style, text: &str) -> Shaped {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let (direction, of) = (buffer.direction(), buffer.script());
        let cut = cut(&self.cuts, style);
        let plan = self.plans.entry((style, direction, of)).or_insert_with(|| {
            // figures and marks alone are of no script
            ShapePlan::new(&cut.face, direction, (of != script::UNKNOWN).then_some(of), None, &[])
        });
        cut.shape(text, buffer, plan)
    }
}

fn cut(cuts: &[Cut; 3], style: Style) -> &Cut {
    let [plain, bold, slanted] = cuts;
    match style {
        Style::Plain => plain,
        Style::Bold => bold,
        Style::Slanted => slanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_set_alike_whatever_was_set_before_it() {
        let mut used = Fonts::new().unwrap();
        let words = ["water", "1,204", "שלום", "e\u{301}", "-", "Maji"];
        for style in [Style::Plain, Style::Bold, Style::Slanted] {
            for word in words {
                let alone = Fonts::new().unwrap().shape(style, word).width;
                assert!((used.shape(style, word).width - alone).abs() < f32::EPSILON, "{word}");
            }
        }
        assert!(used.plans.len() < 3 * words.len(), "a script is looked into once for each cut");
    }

    #[test]
    fn what_is_kept_of_words_is_bounded() {
        let mut fonts = Fonts::new().unwrap();
        for n in 0..3_000 {
            fonts.shape(Style::Plain, &format!("{n:0>200}"));
        }
        fonts.shape(Style::Plain, &"x".repeat(KEPT + 1));
        let kept: usize = fonts.known.keys().map(|(_, text)| text.len()).sum();
        assert!(kept == fonts.kept && kept <= MOST_KEPT, "{kept}");
    }
}
