//! What the reader of workbooks would multiply: it makes room for as many texts as a part says that it has, keeps a copy of a format's text
//! with each look, and one of a path with each sheet. So each part is walked as XML, byte by byte, and these are counted.

/// The longest value of an attribute, in bytes: twice the longest address that a program links to.
const LONGEST_VALUE: usize = 4_200;
/// Looks of cells that a program writes.
const MAX_LOOKS: u32 = 65_536;
/// Sheets of a workbook.
const MAX_SHEETS: u32 = 1_000;
/// Merged areas of all sheets together.
const MAX_MERGED: u32 = 10_000;
/// Texts that a workbook may say it holds.
const MAX_TEXTS: u64 = 2_000_000;
/// The most that looks may make of the longest value.
const MAX_COPIED: u64 = 64 * 1024 * 1024;
/// Folders of pictures and of what printers say: no XML.
const BINARY: [&str; 3] = ["xl/media/", "xl/embeddings/", "xl/printersettings/"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Right behind `<`.
    Opened,
    /// In the name of an element.
    Name,
    /// Among its attributes.
    Inside,
    /// In a value that this quote ends.
    Value(u8),
    /// In a comment or the like, until its end.
    Aside(&'static [u8]),
}

/// Walks over the parts of a workbook.
#[derive(Debug, Default)]
pub(super) struct Weigher {
    state: State,
    /// The part is walked over.
    walks: bool,
    /// The part says where the workbook's own parts lie.
    is_root: bool,
    /// The last bytes of what is read: of a name, a value, or towards the end of a comment.
    last: Vec<u8>,
    /// The name of the attribute whose value is read.
    attribute: Vec<u8>,
    looks: u32,
    sheets: u32,
    merged: u32,
    longest: u64,
}

impl Weigher {
    /// Another part begins.
    pub(super) fn begin(&mut self, name: &str) {
        self.state = State::Text;
        self.last.clear();
        self.walks = !BINARY.iter().any(|folder| name.starts_with(folder)) || name.rsplit('.').next() == Some("xml");
        self.is_root = name == "_rels/.rels";
    }

    /// Walks on; whether all parts together are still no more than a workbook is.
    pub(super) fn holds(&mut self, bytes: &[u8]) -> bool {
        !self.walks || (bytes.iter().all(|byte| self.step(*byte)) && u64::from(self.looks) * self.longest <= MAX_COPIED)
    }

    fn step(&mut self, byte: u8) -> bool {
        match self.state {
            State::Text if byte == b'<' => self.enter(State::Opened),
            State::Text => {}
            State::Opened => match byte {
                b'!' | b'?' => self.enter(State::Aside(if byte == b'?' { b"?>" } else { b"" })),
                b'>' => self.enter(State::Text),
                _ => {
                    self.enter(State::Name);
                    return self.step(byte);
                }
            },
            State::Aside(end) => return self.aside(end, byte),
            State::Name if byte == b'>' || byte == b'/' || byte.is_ascii_whitespace() => {
                let fits = self.count_element();
                self.enter(if byte == b'>' { State::Text } else { State::Inside });
                return fits;
            }
            State::Name => self.push(byte),
            State::Inside => match byte {
                b'>' => self.enter(State::Text),
                b'"' | b'\'' => {
                    self.attribute = std::mem::take(&mut self.last);
                    self.enter(State::Value(byte));
                }
                b'=' => {}
                _ if byte.is_ascii_whitespace() => {
                    // a space may stand before the sign: the name before it stays
                    if !self.last.is_empty() && self.last.last() != Some(&b' ') {
                        self.push(b' ');
                    }
                }
                _ => {
                    if self.last.last() == Some(&b' ') {
                        self.last.clear();
                    }
                    self.push(byte);
                }
            },
            State::Value(quote) if byte == quote => {
                let fits = self.count_value();
                self.enter(State::Inside);
                return fits;
            }
            State::Value(_) => {
                self.last.push(byte);
                return self.last.len() <= LONGEST_VALUE;
            }
        }
        true
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.last.clear();
    }

    /// Names are short: of longer ones the end is enough.
    fn push(&mut self, byte: u8) {
        if self.last.len() >= 64 {
            self.last.remove(0);
        }
        self.last.push(byte);
    }

    /// A comment, a section of bare text or a declaration: which of them is told by how it begins.
    fn aside(&mut self, end: &'static [u8], byte: u8) -> bool {
        self.push(byte);
        if end.is_empty() {
            match self.last.as_slice() {
                b"--" => self.enter(State::Aside(b"-->")),
                b"[CDATA[" => self.enter(State::Aside(b"]]>")),
                // no workbook declares anything, and what it declares could be multiplied
                begun => return b"--".starts_with(begun) || b"[CDATA[".starts_with(begun),
            }
        } else if self.last.ends_with(end) {
            self.enter(State::Text);
        }
        true
    }

    /// The name without the prefix of its namespace.
    fn local(name: &[u8]) -> &[u8] {
        let name = name.strip_suffix(b" ").unwrap_or(name);
        name.iter().rposition(|byte| *byte == b':').map_or(name, |at| &name[at + 1..])
    }

    fn count_element(&mut self) -> bool {
        match Self::local(&self.last) {
            b"xf" => self.looks += 1,
            b"sheet" => self.sheets += 1,
            b"mergeCell" => self.merged += 1,
            _ => {}
        }
        self.looks <= MAX_LOOKS && self.sheets <= MAX_SHEETS && self.merged <= MAX_MERGED
    }

    fn count_value(&mut self) -> bool {
        let attribute = Self::local(&self.attribute);
        if attribute == b"formatCode" || attribute == b"val" {
            self.longest = self.longest.max(u64::try_from(self.last.len()).unwrap_or(u64::MAX));
        }
        if attribute == b"uniqueCount" {
            // what is no number makes no room
            let number = std::str::from_utf8(&self.last).unwrap_or_default().trim().trim_start_matches(['+', '0']);
            return number.len() < 20 && number.parse::<u64>().unwrap_or(0) <= MAX_TEXTS;
        }
        let value = self.last.to_ascii_lowercase();
        !(self.is_root && BINARY.iter().any(|folder| value.windows(folder.len()).any(|part| part == folder.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_walked_as_xml() {
        let long = format!("<a b=\"{}\"/>", "'".repeat(LONGEST_VALUE + 1));
        for (what, text, fits) in [
            ("an ordinary part", "<?xml version=\"1.0\"?><!-- it's --><a b='\"' c=\"it's\">x</a>", true),
            ("a long value, whatever quotes stand in it", long.as_str(), false),
            ("a long text is none", &"x\"".repeat(5_000), true),
            ("a number of texts", "<sst uniqueCount=\"3\">", true),
            ("too large a number", "<x:sst a='1' uniqueCount = \"99999999\">", false),
            ("a larger one", "<sst uniqueCount='99999999999999999999999'>", false),
            ("in a comment it says nothing", "<!-- <sst uniqueCount=\"99999999\"> -->", true),
            ("nor in bare text", "<![CDATA[<sst uniqueCount=\"99999999\">]]>", true),
            ("behind either it does", "<!----><![CDATA[]]><sst uniqueCount=\"99999999\">", false),
            ("a declaration", "<!DOCTYPE a [<!ENTITY b \"c\">]>", false),
        ] {
            let mut weigher = Weigher::default();
            weigher.begin("xl/a.xml");
            assert_eq!(weigher.holds(text.as_bytes()), fits, "{what}");
            // in pieces as well
            let mut weigher = Weigher::default();
            weigher.begin("xl/a.xml");
            assert_eq!(text.as_bytes().chunks(3).all(|piece| weigher.holds(piece)), fits, "{what}, in pieces");
        }
    }

    #[test]
    fn pictures_are_not_walked_and_hide_nothing() {
        let mut weigher = Weigher::default();
        weigher.begin("xl/media/image1.emf");
        assert!(weigher.holds(&[b"<\"".as_slice(), &[b'x'; 9_000]].concat()));
        weigher.begin("xl/media/sharedstrings.xml");
        assert!(!weigher.holds(b"<sst uniqueCount=\"99999999\">"));
        weigher.begin("_rels/.rels");
        assert!(!weigher.holds(b"<Relationship Target=\"/xl/Media/workbook.bin\"/>"));
    }
}
