//! What was written in the safe subset of Markdown, as a page shows it. Every text is escaped where it is put in, and the tree has no
//! markup of its writer's.

use leptos::prelude::*;
use server::kernel::markdown::{MarkdownBlock, MarkdownInline, parse};

/// The view of a text. Its headings stand beneath one of the level `above`.
#[must_use]
pub fn view(source: &str, above: u8) -> AnyView {
    blocks(&parse(source), above)
}

fn blocks(all: &[MarkdownBlock], above: u8) -> AnyView {
    all.iter().map(|block| one(block, above)).collect::<Vec<_>>().into_any()
}

fn one(block: &MarkdownBlock, above: u8) -> AnyView {
    match block {
        MarkdownBlock::Heading(level, text) => heading(above.saturating_add(*level), line(text)),
        MarkdownBlock::Paragraph(text) => view! { <p>{line(text)}</p> }.into_any(),
        MarkdownBlock::Quote(inner) => view! { <blockquote>{blocks(inner, above)}</blockquote> }.into_any(),
        MarkdownBlock::List(first, items) => {
            let items: Vec<_> = items.iter().map(|item| view! { <li>{inside(item, above)}</li> }).collect();
            match first {
                Some(first) => view! { <ol start=first.to_string()>{items}</ol> }.into_any(),
                None => view! { <ul>{items}</ul> }.into_any(),
            }
        }
        MarkdownBlock::Table(head, rows) => table(head, rows),
        MarkdownBlock::Code(text) => view! { <pre><code>{text.clone()}</code></pre> }.into_any(),
        MarkdownBlock::Rule => view! { <hr/> }.into_any(),
    }
}

/// The pieces of an item of a list: one line alone is no paragraph.
fn inside(item: &[MarkdownBlock], above: u8) -> AnyView {
    match item {
        [MarkdownBlock::Paragraph(text), rest @ ..] => view! { {line(text)}{blocks(rest, above)} }.into_any(),
        _ => blocks(item, above),
    }
}

fn heading(level: u8, text: AnyView) -> AnyView {
    match level {
        0..=2 => view! { <h2>{text}</h2> }.into_any(),
        3 => view! { <h3>{text}</h3> }.into_any(),
        4 => view! { <h4>{text}</h4> }.into_any(),
        5 => view! { <h5>{text}</h5> }.into_any(),
        _ => view! { <h6>{text}</h6> }.into_any(),
    }
}

fn table(head: &[Vec<MarkdownInline>], rows: &[Vec<Vec<MarkdownInline>>]) -> AnyView {
    let names: Vec<_> = head.iter().map(|cell| view! { <th scope="col">{line(cell)}</th> }).collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row.iter().map(|cell| view! { <td>{line(cell)}</td> }).collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    // a wide one scrolls by keyboard too, and is called by its head
    let name: String = head.iter().map(|cell| words(cell)).collect::<Vec<_>>().join(", ");
    view! {
        <div class="scroll" role="region" aria-label=name tabindex="0"><table class="list"><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn words(text: &[MarkdownInline]) -> String {
    text.iter()
        .map(|piece| match piece {
            MarkdownInline::Text(text) | MarkdownInline::Code(text) => text.clone(),
            MarkdownInline::Strong(inner) | MarkdownInline::Emphasis(inner) | MarkdownInline::Link(_, inner) => words(inner),
            MarkdownInline::Break => " ".to_owned(),
        })
        .collect()
}

fn line(text: &[MarkdownInline]) -> AnyView {
    text.iter()
        .map(|piece| match piece {
            MarkdownInline::Text(text) => text.clone().into_any(),
            MarkdownInline::Strong(inner) => view! { <strong>{line(inner)}</strong> }.into_any(),
            MarkdownInline::Emphasis(inner) => view! { <em>{line(inner)}</em> }.into_any(),
            MarkdownInline::Link(address, inner) => {
                view! { <a href=address.clone() rel="noopener noreferrer nofollow">{line(inner)}</a> }.into_any()
            }
            MarkdownInline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
            MarkdownInline::Break => view! { <br/> }.into_any(),
        })
        .collect::<Vec<_>>()
        .into_any()
}

#[cfg(test)]
mod tests {
    use leptos::reactive::owner::Owner;

    use super::*;

    /// The page's own marks left out: those that the framework sets between pieces.
    fn shown(source: &str) -> String {
        Owner::new_root(None).with(|| view(source, 2).to_html()).replace("<!>", "").replace("<!---->", "")
    }

    #[test]
    fn nothing_of_the_writer_is_markup() {
        let cases = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a & <b>", "a &amp; &lt;b&gt;"),
            ("```\n</code><script>\n```", "&lt;/code&gt;&lt;script&gt;"),
            ("| <img src=x> |\n|---|", "&lt;img src=x&gt;"),
            ("# A", "<h3>A</h3>"),
            ("###### A", "<h6>A</h6>"),
        ];
        for (source, expected) in cases {
            let html = shown(source);
            assert!(html.contains(expected), "{source:?}: {html}");
            assert!(!html.contains("<script") && !html.contains("<img"), "{source:?}: {html}");
        }
    }

    #[test]
    fn a_link_leads_where_it_may_and_stays_an_attribute() {
        let html = shown("[x](https://a.test/\"onclick=y)");
        assert!(html.contains("rel=\"noopener noreferrer nofollow\"") && !html.contains("\"onclick"), "{html}");
        for source in ["[x](javascript:alert(1))", "[x](java&#115;cript:alert(1))", "<data:text/html,x>"] {
            assert!(!shown(source).contains("<a "), "{source}");
        }
    }
}
