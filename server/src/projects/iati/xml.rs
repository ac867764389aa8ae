//! Pieces of XML. What goes in as text comes out as that text, less the characters that XML 1.0 forbids.

use std::fmt::{Display, Write};

/// A start tag that is being made.
pub(super) struct Tag {
    name: &'static str,
    text: String,
}

impl Tag {
    /// A tag without attributes.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, text: format!("<{name}") }
    }

    /// With an attribute, unless its value is empty.
    pub(super) fn with(mut self, attribute: &str, value: impl Display) -> Self {
        let value = escaped(&value.to_string(), true);
        if !value.is_empty() {
            // writing to a string cannot fail
            let _ = write!(self.text, " {attribute}=\"{value}\"");
        }
        self
    }

    /// With an attribute, if there is a value for it.
    pub(super) fn maybe(self, attribute: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    /// The element, with XML in it.
    pub(super) fn around(self, content: &str) -> String {
        let Self { name, text } = self;
        if content.is_empty() { format!("{text}/>") } else { format!("{text}>{content}</{name}>") }
    }

    /// The element, with each child on a line of its own. Children without any text are left out.
    pub(super) fn lines(self, children: impl IntoIterator<Item = String>) -> String {
        let mut content = String::new();
        for child in children.into_iter().filter(|child| !child.is_empty()) {
            content.push('\n');
            content.push_str(&child);
        }
        content.push('\n');
        self.around(&content)
    }
}

/// Text as the content of an element; empty where nothing of it can be read.
pub(super) fn text(plain: &str) -> String {
    let escaped = escaped(plain, false);
    if plain.chars().filter(|sign| is_allowed(*sign)).all(char::is_whitespace) { String::new() } else { escaped }
}

/// The signs of XML as references, those that are forbidden left out. Ends of lines, and in attributes tabs too, are made
/// references where a reader would change them.
fn escaped(plain: &str, in_attribute: bool) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for sign in plain.chars().filter(|sign| is_allowed(*sign)) {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if in_attribute => escaped.push_str("&quot;"),
            '\t' if in_attribute => escaped.push_str("&#9;"),
            '\n' if in_attribute => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// Whether a character may be in a document (XML 1.0, production 2).
fn is_allowed(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        // plain, as text, as attribute
        let cases = [
            ("a < b & c > d", "a &lt; b &amp; c &gt; d", "a &lt; b &amp; c &gt; d"),
            ("\"quoted\" 'so'", "\"quoted\" 'so'", "&quot;quoted&quot; 'so'"),
            ("]]>", "]]&gt;", "]]&gt;"),
            ("a\r\n\tb", "a&#13;\n\tb", "a&#13;&#10;&#9;b"),
            ("a\u{0}\u{8}\u{b}\u{1f}\u{fffe}\u{ffff}b", "ab", "ab"),
            (
                "\u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}",
                "\u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}",
                "\u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}",
            ),
            ("&amp;", "&amp;amp;", "&amp;amp;"),
        ];
        for (plain, as_text, as_attribute) in cases {
            assert_eq!(text(plain), as_text);
            assert_eq!(Tag::new("t").with("a", plain).around(""), format!("<t a=\"{as_attribute}\"/>"));
        }
    }

    #[test]
    fn nothing_to_read() {
        for blank in ["", " ", "\n\t", "\u{0}", " \u{1} \u{a0}"] {
            assert_eq!(text(blank), "", "{blank:?}");
        }
        assert_eq!(Tag::new("t").with("a", "\u{0}").maybe("b", None::<u8>).around(""), "<t/>");
    }

    #[test]
    fn lines_of_their_own() {
        let lines = Tag::new("t").lines([Tag::new("a").around(""), String::new(), Tag::new("b").around("x")]);
        assert_eq!(lines, "<t>\n<a/>\n<b>x</b>\n</t>");
    }
}
