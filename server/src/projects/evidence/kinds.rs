//! What a file is: told by its bytes, never by its name.

use super::picture;
use crate::kernel::error::Fault;

/// The largest file taken, in bytes.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;

/// A kind of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// As it is served.
    pub mime: &'static str,
    /// The end of its name.
    pub extension: &'static str,
}

const JPEG: Kind = Kind { mime: "image/jpeg", extension: "jpg" };
const PNG: Kind = Kind { mime: "image/png", extension: "png" };
const TEXT: Kind = Kind { mime: "text/plain", extension: "txt" };
const CSV: Kind = Kind { mime: "text/csv", extension: "csv" };

/// Documents, as they are told by their bytes.
const DOCUMENTS: [Kind; 4] = [
    Kind { mime: "application/pdf", extension: "pdf" },
    Kind { mime: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", extension: "xlsx" },
    Kind { mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", extension: "docx" },
    Kind { mime: "application/vnd.oasis.opendocument.text", extension: "odt" },
];

/// A file that may be kept.
#[derive(Debug)]
pub(super) struct Taken {
    pub kind: Kind,
    /// Its name, with the end of its kind.
    pub filename: String,
    /// Its bytes: those of pictures are made anew.
    pub bytes: Vec<u8>,
}

/// What of a file is kept. Takes a processor for a moment.
///
/// # Errors
/// `file_empty`, `file_too_large`, `file_kind` for what is not taken, `picture_damaged` or `picture_too_large`.
pub(super) fn take(filename: &str, bytes: Vec<u8>) -> Result<Taken, Fault> {
    if bytes.is_empty() {
        return Err("file_empty");
    }
    if bytes.len() > MOST_BYTES {
        return Err("file_too_large");
    }
    let found = infer::get(&bytes).map(|kind| kind.mime_type());
    let (kind, bytes) = match found {
        Some("image/jpeg") => (JPEG, picture::anew(&bytes, image::ImageFormat::Jpeg)?.bytes),
        Some("image/png") => (PNG, picture::anew(&bytes, image::ImageFormat::Png)?.bytes),
        Some("image/webp") => {
            let made = picture::anew(&bytes, image::ImageFormat::WebP)?;
            (if made.is_jpeg { JPEG } else { PNG }, made.bytes)
        }
        Some(mime) => (DOCUMENTS.into_iter().find(|kind| kind.mime == mime).ok_or("file_kind")?, bytes),
        None => (text_kind(filename, &bytes).ok_or("file_kind")?, bytes),
    };
    Ok(Taken { filename: named(filename, kind), kind, bytes })
}

/// Text is what reads as text and says so by its name: anything might read as text.
fn text_kind(filename: &str, bytes: &[u8]) -> Option<Kind> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    let extension = filename.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
    match extension.as_str() {
        _ if !is_plain => None,
        "csv" => Some(CSV),
        "txt" => Some(TEXT),
        _ => None,
    }
}

/// The name without what could mislead a file system or a reader, and with the end of its kind.
fn named(filename: &str, kind: Kind) -> String {
    let base = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    // marks of direction make `gpj.exe` look like `exe.jpg`
    let shown = |c: &char| !c.is_control() && !matches!(*c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let stem: String = stem.chars().filter(shown).take(150).collect();
    let stem = stem.trim_matches([' ', '.']);
    format!("{}.{}", if stem.is_empty() { "file" } else { stem }, kind.extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(filename: &str, bytes: &[u8]) -> Result<(&'static str, String), Fault> {
        take(filename, bytes.to_vec()).map(|taken| (taken.kind.mime, taken.filename))
    }

    /// A name, bytes, and what they are told to be.
    type Case = (&'static str, &'static [u8], Result<(&'static str, &'static str), Fault>);

    #[test]
    fn kinds_are_told_by_bytes() {
        let pdf: &[u8] = b"%PDF-1.7\n1 0 obj";
        let cases: [Case; 12] = [
            ("minutes.pdf", pdf, Ok(("application/pdf", "minutes.pdf"))),
            ("minutes.exe", pdf, Ok(("application/pdf", "minutes.pdf"))),
            ("minutes", pdf, Ok(("application/pdf", "minutes.pdf"))),
            ("..\\..\\evil/../minutes.pdf", pdf, Ok(("application/pdf", "minutes.pdf"))),
            ("\u{202e}fdp.exe", pdf, Ok(("application/pdf", "fdp.pdf"))),
            (".pdf", pdf, Ok(("application/pdf", "file.pdf"))),
            ("list.csv", b"a,b\n1,2\n", Ok(("text/csv", "list.csv"))),
            ("list.txt", "Kisima cha Kibondo\n".as_bytes(), Ok(("text/plain", "list.txt"))),
            ("page.html", b"<html><script>alert(1)</script>", Err("file_kind")),
            ("list.txt", b"a\0b", Err("file_kind")),
            ("photo.jpg", b"MZ\x90\x00\x03", Err("file_kind")),
            ("photo.jpg", b"\xff\xd8\xff\xe0 and nothing more", Err("picture_damaged")),
        ];
        for (filename, bytes, expected) in cases {
            let expected = expected.map(|(mime, name)| (mime, name.to_owned()));
            assert_eq!(told(filename, bytes), expected, "{filename}");
        }
        assert_eq!(told("a.txt", b""), Err("file_empty"));
        assert_eq!(told("a.txt", &vec![b'a'; MOST_BYTES + 1]), Err("file_too_large"));
        assert_eq!(told("a.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"), Err("file_kind"));
        assert_eq!(told("a.zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00"), Err("file_kind"));
    }
}
