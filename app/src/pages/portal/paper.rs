//! The report on paper: the same words in the same order, as blocks that are set on pages.

use chrono::Utc;
use server::access::Cx;
use server::donors::portal::Page;
use server::donors::read::count_paper;
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::markdown::{MarkdownBlock, MarkdownInline, parse};
use server::kernel::threads::on_a_thread;
use server::projects::publication::Identity;
use server::projects::snapshot::{Content, Item, Section};
use tokio::sync::Semaphore;

use super::{sections, words};
use crate::chart;
use crate::format;
use crate::pages::{corrections, snapshot};
use crate::paper::{Align, Block, Cell, Ink, Paper, Row, Span, Style, Table, Tile};
use crate::text::Say;

mod filled;
mod kept;

/// Documents that are set at a time: each takes a processor.
static SETTING: Semaphore = Semaphore::const_new(2);

/// The bytes of a report on paper, in the language of the report; for who it is stands at the foot of each page.
///
/// # Errors
/// [`Error::Busy`] where no turn comes, limited, an internal one, or the database's.
pub(super) async fn made(cx: &Cx, reader: Say, public_url: &str, read: Page) -> Result<Vec<u8>, Error> {
    let today = Utc::now().date_naive();
    let verify = format!("{public_url}/verify?sha256={}", hex(&read.sha256));
    let say = snapshot::speaks(reader, &read.content);
    let name = kept::Name::of(&read, say.0, &verify, today);
    if let Some(bytes) = kept::find(&name) {
        return Ok(bytes);
    }
    count_paper(cx).await?;
    let bytes = on_a_thread(&SETTING, move || paper(say, &verify, &read, today).pdf()).await??;
    kept::put(name, &bytes);
    Ok(bytes)
}

/// The document.
pub(super) fn paper(say: Say, verify: &str, read: &Page, today: chrono::NaiveDate) -> Paper {
    let content = &read.content;
    let shared = say.with("portal-shared", &[("name", &read.recipient), ("day", &format::day(say, today))]);
    let mut blocks = head(say, read, &shared);
    if content.generated_data {
        blocks.push(Block::Notice(say.t("snapshot-generated"), say.t("snapshot-generated-text")));
    }
    blocks.extend(superseded(say, read));
    blocks.extend(corrected(say, content));
    blocks.extend(summary(say, content));
    blocks.extend(changed(say, content));
    if content.sections.is_empty() {
        blocks.extend(narrative(say, content));
    }
    for section in content.sections.iter().filter(|section| sections::says_something(section)) {
        blocks.extend(written(say, content, section));
    }
    if !content.sections.iter().any(|section| section.block.kind() == "tracking") {
        blocks.push(Block::Heading(2, say.t("snapshot-figures")));
        blocks.extend(filled::tracking(say, content));
    }
    blocks.extend(glossary(say, content));
    Paper {
        title: content.title.clone(),
        language: say.0.as_str().to_owned(),
        author: content.organisation.clone(),
        id: format!("{}:{shared}", hex(&read.sha256)),
        date: today,
        footer: format!("{shared} · {}", content.organisation),
        blocks,
        end: foot(say, verify, read, &shared),
        rest: (say.t("portal-paper-rest"), say.t("portal-paper-rest-text")),
    }
}

fn head(say: Say, read: &Page, shared: &str) -> Vec<Block> {
    let content = &read.content;
    let when = [("when", format::moment(say, read.published_at)), ("version", read.version.to_string())];
    let when = say.with("portal-published", &when.each_ref().map(|(name, value)| (*name, value.as_str())));
    let approval = snapshot::is_self_approved(content).then(|| Block::Small(vec![Span::plain(say.t("snapshot-self-approved"))]));
    let mut blocks = vec![
        Block::Text(vec![Span::bold(content.organisation.as_str())]),
        Block::Heading(1, content.title.clone()),
        Block::Text(vec![Span::muted(format!("{} · {} · {}", content.project, content.project_code, snapshot::span(say, content)))]),
        Block::Small(vec![Span::muted(when)]),
    ];
    blocks.extend(approval);
    blocks.extend([Block::Small(vec![Span::bold(shared)]), Block::Rule]);
    blocks
}

/// That there is a newer version, as far as was known on the day that it was set.
fn superseded(say: Say, read: &Page) -> Option<Block> {
    let text = corrections::superseded_text(say, "snapshot-superseded-text", read.newer?);
    Some(Block::Notice(say.t("snapshot-superseded"), text))
}

/// Why this version was published, and which figures read otherwise than in the one before.
fn corrected(say: Say, content: &Content) -> Vec<Block> {
    let Some(Identity { reason: Some(reason), version, .. }) = &content.identity else { return Vec::new() };
    let heading = Block::Heading(2, say.with("snapshot-corrections", &[("version", version)]));
    let all = corrections::told(say, content);
    let what = if all.is_empty() {
        Block::Text(vec![Span::muted(say.t("snapshot-corrections-none"))])
    } else {
        let start = ["snapshot-indicator", "field-span", "snapshot-group"].map(|key| Cell::head(say.t(key), Align::Start));
        let end = ["snapshot-was", "snapshot-is"].map(|key| Cell::head(say.t(key), Align::End));
        let row = |told: corrections::Corrected| {
            let [was, is] = [told.was, told.is].map(|figure| format::maybe(figure, told.decimals));
            Row::Cells(vec![Cell::text(told.code), Cell::text(told.column), Cell::text(told.group), Cell::number(was), Cell::number(is)])
        };
        Block::Table(Table {
            widths: vec![3.0, 1.5, 3.0, 1.5, 1.5],
            head: start.into_iter().chain(end).collect(),
            rows: all.into_iter().map(row).collect(),
        })
    };
    vec![heading, Block::Text(vec![Span::plain(reason.as_str())]), what]
}

fn summary(say: Say, content: &Content) -> Vec<Block> {
    let Some(last) = content.columns.last() else { return Vec::new() };
    let mut blocks = vec![Block::Heading(2, say.with("snapshot-summary", &[("column", &format::column(last))]))];
    let colours = words::colours(&content.indicators);
    let total = say.count_of("snapshot-of-indicators", content.indicators.len());
    let keys = words::key_items(content).into_iter().filter_map(|item| {
        let (cell, decimals) = (item.cells.last()?, words::decimals(item));
        let figure = words::figure(cell.actual.as_deref(), decimals)?;
        let target = words::figure(cell.target.as_deref(), decimals);
        let note = target.map(|target| say.with("portal-tile-target", &[("target", &target)])).unwrap_or_default();
        Some(Tile { label: format!("{} ({})", item.title, item.unit), figure, note })
    });
    let states = colours.each().filter(|(_, n)| *n > 0).map(|(rag, n)| Tile {
        label: say.word("rag", rag.as_str()),
        figure: n.to_string(),
        note: total.clone(),
    });
    let tiles: Vec<Tile> = keys.chain(states).collect();
    if !tiles.is_empty() {
        blocks.push(Block::Tiles(tiles));
    }
    if !content.indicators.is_empty() {
        blocks.push(Block::Heading(2, say.t("portal-progress")));
    }
    for (heading, items) in words::by_result(&content.indicators) {
        let colours = words::colours(items);
        let in_words = words::colours_in_words(say, &colours);
        blocks.push(Block::Heading(4, words::result_name(say, &heading)));
        blocks.extend(chart::colours_drawn(in_words.clone(), &colours).map(Block::Drawing));
        blocks.push(Block::Small(vec![Span::muted(in_words)]));
    }
    blocks
}

fn changed(say: Say, content: &Content) -> Vec<Block> {
    let restated = words::restated(content);
    if restated.is_empty() {
        return Vec::new();
    }
    let table = Table {
        widths: vec![5.0, 1.5, 1.5, 1.5],
        head: vec![
            Cell::head(say.t("snapshot-indicator"), Align::Start),
            Cell::head(say.t("col-period"), Align::Start),
            Cell::head(say.t("portal-was"), Align::End),
            Cell::head(say.t("portal-is"), Align::End),
        ],
        rows: restated
            .iter()
            .map(|told| {
                let name = Cell { spans: named(told.item), ..Cell::default() };
                Row::Cells(vec![
                    name,
                    Cell::text(format::column(told.column)),
                    Cell::number(told.was.as_str()),
                    Cell::number(told.is.as_str()),
                ])
            })
            .collect(),
    };
    vec![Block::Heading(2, say.t("portal-changed")), Block::Text(vec![Span::plain(say.t("snapshot-restated-text"))]), Block::Table(table)]
}

/// An indicator by its code and its title.
fn named(item: &Item) -> Vec<Span> {
    vec![Span::muted(item.code.as_str()), Span::plain(format!(" {}", item.title))]
}

fn narrative(say: Say, content: &Content) -> Vec<Block> {
    if content.narrative.trim().is_empty() {
        return Vec::new();
    }
    let text = content.narrative.replace('\r', "");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(|text| Block::Text(vec![Span::plain(text)]));
    std::iter::once(Block::Heading(2, say.t("snapshot-narrative"))).chain(paragraphs).collect()
}

fn written(say: Say, content: &Content, section: &Section) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(2, section.title.clone())];
    blocks.extend(markdown(&parse(&section.body)));
    blocks.extend(filled::block(say, content, &section.block));
    blocks
}

/// What was written in the safe subset of Markdown.
fn markdown(all: &[MarkdownBlock]) -> Vec<Block> {
    all.iter().map(one).collect()
}

fn one(block: &MarkdownBlock) -> Block {
    match block {
        MarkdownBlock::Heading(level, text) => Block::Heading(level.saturating_add(2).min(4), plain(text)),
        MarkdownBlock::Paragraph(text) => Block::Text(spans(text)),
        MarkdownBlock::Quote(inner) => Block::Quote(markdown(inner)),
        MarkdownBlock::List(first, items) => {
            let label = |at: u64| first.map_or_else(|| "•".to_owned(), |_| format!("{at}."));
            Block::List((first.unwrap_or_default()..).zip(items).map(|(at, item)| (label(at), markdown(item))).collect())
        }
        MarkdownBlock::Table(head, rows) => Block::Table(Table {
            widths: vec![1.0; head.len()],
            head: head.iter().map(|cell| Cell { spans: spans(cell), align: Align::Start, back: Some(Ink::SUNKEN) }).collect(),
            rows: rows
                .iter()
                .map(|row| Row::Cells(row.iter().map(|cell| Cell { spans: spans(cell), ..Cell::default() }).collect()))
                .collect(),
        }),
        MarkdownBlock::Code(text) => Block::Code(text.clone()),
        MarkdownBlock::Rule => Block::Rule,
    }
}

fn plain(text: &[MarkdownInline]) -> String {
    spans(text).into_iter().map(|span| span.text.replace('\n', " ")).collect()
}

fn spans(text: &[MarkdownInline]) -> Vec<Span> {
    let mut out = Vec::new();
    collect(text, &Span::plain(""), &mut out);
    out
}

/// `like` is how the text looks so far.
fn collect(text: &[MarkdownInline], like: &Span, out: &mut Vec<Span>) {
    for piece in text {
        match piece {
            MarkdownInline::Text(text) | MarkdownInline::Code(text) => out.push(Span { text: text.clone(), ..like.clone() }),
            MarkdownInline::Strong(inner) => collect(inner, &Span { style: Style::Bold, ..like.clone() }, out),
            MarkdownInline::Emphasis(inner) => collect(inner, &Span { style: Style::Slanted, ..like.clone() }, out),
            MarkdownInline::Link(address, inner) => {
                let from = out.len();
                collect(inner, &Span { ink: Ink::LINK, link: Some(address.clone()), ..like.clone() }, out);
                // who holds paper reads where it leads
                let shown: String = out.get(from..).unwrap_or_default().iter().map(|span| span.text.as_str()).collect();
                let bare = address.strip_prefix("mailto:").unwrap_or(address);
                if shown.trim() != bare && shown.trim() != address.as_str() {
                    out.push(Span { text: format!(" ({bare})"), ink: Ink::MUTED, ..like.clone() });
                }
            }
            MarkdownInline::Break => out.push(Span { text: "\n".to_owned(), ..like.clone() }),
        }
    }
}

fn glossary(say: Say, content: &Content) -> Vec<Block> {
    if content.indicators.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Heading(2, say.t("snapshot-glossary"))];
    for item in &content.indicators {
        blocks.push(Block::Heading(4, format!("{} {}", item.code, item.title)));
        if !item.definition.trim().is_empty() {
            blocks.push(Block::Text(vec![Span::plain(item.definition.as_str())]));
        }
        let unit = (!item.unit.is_empty()).then(|| say.with("portal-unit", &[("unit", &item.unit)]));
        let last = item.cells.last();
        let worked = last.and_then(|cell| words::worked(say, item, cell));
        let how = last.map(|cell| words::compared(say, item, cell));
        let said: Vec<_> = unit.into_iter().chain(worked).chain(how).chain(words::method(say, item)).collect();
        blocks.push(Block::List(said.into_iter().map(|text| ("•".to_owned(), vec![Block::Small(vec![Span::plain(text)])])).collect()));
    }
    blocks
}

fn foot(say: Say, verify: &str, read: &Page, shared: &str) -> Vec<Block> {
    vec![
        Block::Rule,
        Block::Small(vec![Span::bold(shared)]),
        Block::Small(vec![Span::plain(say.t("portal-how-verified"))]),
        Block::Small(vec![Span::plain(format!("{} ", say.t("portal-hash"))), Span::muted(hex(&read.sha256))]),
        Block::Small(vec![
            Span::plain(format!("{} ", say.t("portal-verify"))),
            Span { link: Some(verify.to_owned()), ..Span::plain(verify).inked(Ink::LINK) },
        ]),
    ]
}

#[cfg(test)]
mod tests;
