//! Text in lines: words are set one after the other until a line is full; a word that no line holds is cut.

use std::rc::Rc;

use krilla::text::KrillaGlyph;
use unicode_bidi::{BidiInfo, Level};

use super::fonts::{Fonts, Shaped, Style};
use super::{Ink, Span};

/// A word, or a part of one, in one look.
#[derive(Clone, Debug)]
struct Piece {
    shaped: Rc<Shaped>,
    style: Style,
    ink: Ink,
    link: Option<Rc<str>>,
}

/// Pieces that stand together.
#[derive(Clone, Debug, Default)]
struct Word {
    pieces: Vec<Piece>,
    /// Whether a space stands before it.
    spaced: bool,
    /// Whether a line begins with it whatever room there is.
    begins: bool,
}

impl Word {
    fn width(&self) -> f32 {
        self.pieces.iter().map(|piece| piece.shaped.width).sum()
    }
}

/// A line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    words: Vec<Word>,
    /// In points.
    pub width: f32,
}

/// Glyphs that are drawn in one go.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    pub style: Style,
    pub ink: Ink,
    pub link: Option<Rc<str>>,
    /// In sizes of the letters.
    pub width: f32,
}

impl Run {
    fn of(piece: &Piece) -> Self {
        let mut run =
            Self { text: String::new(), glyphs: Vec::new(), style: piece.style, ink: piece.ink, link: piece.link.clone(), width: 0.0 };
        run.add(&piece.shaped);
        run
    }

    fn add(&mut self, shaped: &Shaped) {
        let from = self.text.len();
        self.text.push_str(&shaped.text);
        self.glyphs.extend(shaped.glyphs.iter().map(|glyph| {
            let mut glyph = glyph.clone();
            glyph.text_range = glyph.text_range.start + from..glyph.text_range.end + from;
            glyph
        }));
        self.width += shaped.width;
    }

    fn looks_like(&self, piece: &Piece) -> bool {
        self.style == piece.style && self.ink == piece.ink && self.link == piece.link
    }
}

impl Line {
    /// What is drawn, from left to right.
    pub fn runs(&self, fonts: &mut Fonts) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut before: Option<usize> = None;
        for index in visual_order(&self.words) {
            let Some(word) = self.words.get(index) else { continue };
            // of two words that stand beside each other the later one in the text says whether a space parts them
            let later = before.and_then(|before| self.words.get(before.max(index)));
            if let Some(last) = runs.last_mut().filter(|_| later.is_some_and(|word| word.spaced)) {
                let space = fonts.shape(last.style, " ");
                last.add(&space);
            }
            before = Some(index);
            for piece in &word.pieces {
                match runs.last_mut().filter(|run| run.looks_like(piece)) {
                    Some(run) => run.add(&piece.shaped),
                    None => runs.push(Run::of(piece)),
                }
            }
        }
        runs
    }
}

/// The order in which words stand: their own, unless some of them run from right to left.
fn visual_order(words: &[Word]) -> Vec<usize> {
    let in_order = || (0..words.len()).collect::<Vec<_>>();
    let text = |word: &Word| word.pieces.iter().map(|piece| piece.shaped.text.as_str()).collect::<String>();
    // Hebrew is the first of the scripts that do
    if !words.iter().flat_map(|word| &word.pieces).any(|piece| piece.shaped.text.chars().any(|c| c >= '\u{590}')) {
        return in_order();
    }
    let texts: Vec<String> = words.iter().map(text).collect();
    let whole = texts.join(" ");
    let info = BidiInfo::new(&whole, None);
    let mut at = 0;
    let mut levels = Vec::with_capacity(words.len());
    for text in &texts {
        levels.push(info.levels.get(at).copied().unwrap_or_else(Level::ltr));
        at += text.len() + 1;
    }
    BidiInfo::reorder_visual(&levels)
}

/// What of a text is shown: no character that is none, or that turns the others round.
fn clean(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            None
        }
        c if c.is_control() => Some(' '),
        c => Some(c),
    }
}

/// The lines of a text, in letters of a size, at the most so wide.
pub(super) fn broken(fonts: &mut Fonts, spans: &[Span], size: f32, width: f32) -> Vec<Line> {
    let most = (width / size).max(1.0);
    let gap = fonts.shape(Style::Plain, " ").width;
    let mut lines: Vec<Line> = Vec::new();
    let mut filled = 0.0;
    for word in words(fonts, spans, most) {
        let wide = word.width();
        let space = if word.spaced { gap } else { 0.0 };
        match lines.last_mut() {
            Some(line) if !word.begins && filled + space + wide <= most + 0.001 => {
                filled += space + wide;
                line.words.push(word);
            }
            _ => {
                filled = wide;
                lines.push(Line { words: vec![word], width: 0.0 });
            }
        }
        if let Some(line) = lines.last_mut() {
            line.width = filled * size;
        }
    }
    lines
}

/// The words of a text, none of them wider than a line.
fn words(fonts: &mut Fonts, spans: &[Span], most: f32) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut spaced, mut begins) = (true, false);
    for span in spans {
        let link: Option<Rc<str>> = span.link.as_deref().map(Rc::from);
        let text: String = span.text.chars().filter_map(clean).collect();
        for part in text.split_inclusive(char::is_whitespace) {
            let trimmed = part.trim_end();
            if !trimmed.is_empty() {
                let shaped = fonts.shape(span.style, trimmed);
                let glued = !spaced && !begins && !words.is_empty();
                let fits = shaped.width <= most;
                let pieces = if fits { vec![shaped] } else { cut(fonts, span.style, trimmed, most) };
                for (at, shaped) in pieces.into_iter().enumerate() {
                    let piece = Piece { shaped, style: span.style, ink: span.ink, link: link.clone() };
                    let joins = at == 0 && glued;
                    match words.last_mut().filter(|word| joins && word.width() + piece.shaped.width <= most) {
                        Some(word) => word.pieces.push(piece),
                        None => words.push(Word { pieces: vec![piece], spaced: at == 0 && spaced, begins: at == 0 && begins }),
                    }
                }
                (spaced, begins) = (false, false);
            }
            if part.len() != trimmed.len() {
                spaced = true;
                begins |= part.ends_with('\n');
            }
        }
    }
    words
}

/// A word in parts that each fit a line.
fn cut(fonts: &mut Fonts, style: Style, word: &str, most: f32) -> Vec<Rc<Shaped>> {
    let mut parts = Vec::new();
    let (mut from, mut filled) = (0, 0.0);
    for (at, c) in word.char_indices() {
        let wide = fonts.shape(style, c.encode_utf8(&mut [0; 4])).width;
        if at > from && filled + wide > most {
            parts.push(fonts.shape(style, &word[from..at]));
            (from, filled) = (at, 0.0);
        }
        filled += wide;
    }
    parts.push(fonts.shape(style, &word[from..]));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(spans: &[Span], width: f32) -> Vec<String> {
        let mut fonts = Fonts::new().unwrap();
        let lines = broken(&mut fonts, spans, 10.0, width);
        lines.iter().map(|line| line.runs(&mut fonts).iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn words_fill_lines() {
        let plain = |text: &str| vec![Span::plain(text)];
        assert!(texts(&plain(""), 100.0).is_empty() && texts(&plain(" \t "), 100.0).is_empty());
        assert_eq!(texts(&plain("one two"), 400.0), ["one two"]);
        assert_eq!(texts(&plain("one\ntwo"), 400.0), ["one", "two"]);
        assert_eq!(texts(&plain("one two six"), 25.0).len(), 3);
        assert_eq!(texts(&[Span::plain("ha"), Span::bold("lf"), Span::plain(" whole")], 400.0), ["half whole"], "looks part no word");
        assert_eq!(texts(&plain("a\u{202e}b\u{0}c"), 400.0), ["ab c"]);
    }

    #[test]
    fn a_word_that_no_line_holds_is_cut_and_nothing_of_it_is_lost() {
        let word = "x".repeat(500);
        let lines = texts(&[Span::plain(&word)], 50.0);
        assert!(lines.len() > 20 && lines.concat() == word);
    }

    #[test]
    fn what_runs_from_right_to_left_does_so() {
        let lines = texts(&[Span::plain("שלום עולם")], 400.0);
        assert_eq!(lines, ["עולם שלום"], "the first word stands at the right");
        assert_eq!(texts(&[Span::plain("see שלום here")], 400.0), ["see שלום here"]);
    }
}
