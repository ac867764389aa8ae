//! The safe subset of Markdown that reports are written in, as a small tree from which pages and other outputs are made: headings,
//! paragraphs, emphasis, lists, links, quotations, code and tables. Markup of HTML is text, pictures are their descriptions, and a link
//! leads to `https:` or `mailto:` or is no link. How deep things nest is bounded, so that whoever walks the tree may recurse.

mod build;

use super::error::Fault;

/// Things within things at the most; what lies deeper stands where the bound was reached.
pub const MOST_DEPTH: usize = 12;
/// Columns of a table at the most.
pub const MOST_COLUMNS: usize = 20;
/// Rows of a table at the most, beneath its head.
pub const MOST_ROWS: usize = 300;

/// A piece of a text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkdownBlock {
    /// A heading; its level as it was written, 1 to 6.
    Heading(u8, Vec<MarkdownInline>),
    /// A paragraph.
    Paragraph(Vec<MarkdownInline>),
    /// A quotation.
    Quote(Vec<MarkdownBlock>),
    /// A list: the number of the first of its items, where they have numbers, and the items.
    List(Option<u64>, Vec<Vec<MarkdownBlock>>),
    /// A table: the cells of its head, and of each row; every row has as many as the head.
    Table(Vec<Vec<MarkdownInline>>, Vec<Vec<Vec<MarkdownInline>>>),
    /// Text as it was typed.
    Code(String),
    /// A line across.
    Rule,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkdownInline {
    /// Text; never markup.
    Text(String),
    /// Strongly emphasised.
    Strong(Vec<MarkdownInline>),
    /// Emphasised.
    Emphasis(Vec<MarkdownInline>),
    /// A link: its address, which begins with `https:` or `mailto:`, and its text.
    Link(String, Vec<MarkdownInline>),
    /// Text as it was typed.
    Code(String),
    /// A new line.
    Break,
}

/// The tree of a text.
#[must_use]
pub fn parse(source: &str) -> Vec<MarkdownBlock> {
    build::build(source).0
}

/// Whether a text can be shown whole: a table that is too large is the only one that cannot.
///
/// # Errors
/// `table_too_large`.
pub fn check(source: &str) -> Result<(), Fault> {
    if build::build(source).1 { Err("table_too_large") } else { Ok(()) }
}

/// Whether an address may be that of a link: of the web by a safe way, or of a person, and nothing in it that hides where it leads.
#[must_use]
pub fn is_safe_link(address: &str) -> bool {
    let begins = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let rest = if begins("https://") { address.get(8..) } else { address.get(7..).filter(|_| begins("mailto:")) };
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        && !address.contains('\\')
        && address.chars().all(|c| !c.is_control() && !c.is_whitespace() && !super::text::turns(c))
}

#[cfg(test)]
mod tests;
