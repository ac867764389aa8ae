//! A published report as it is read: by donors through their link, and by the organisation's own people. Its fixed words are in the language
//! of the report, whoever reads it.

mod sections;

pub use sections::block;

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;
use rust_decimal::Decimal;
use server::kernel::crypto::hex;
use server::kernel::text::Locale;
use server::projects::snapshot::{Content, Figure, Group, Item};

use crate::chart;
use crate::format;
use crate::text::Say;

/// The colours in the order in which they are counted: what goes well first, what cannot be judged last.
const COLOURS: [&str; 7] = ["on_track", "at_risk", "off_track", "over", "no_data", "no_target", "not_due"];

/// A result of the framework: its number and its title.
pub(super) type Heading = Option<(String, String)>;

/// When a snapshot was published, by a line that anybody can check against another copy.
#[must_use]
pub fn published(say: Say, version: i32, at: DateTime<Utc>, sha256: &[u8]) -> AnyView {
    let line = say.with("snapshot-published", &[("when", &format::moment(say, at)), ("version", &version.to_string())]);
    view! {
        <p class="published"><time datetime=at.to_rfc3339()>{line}</time>" "<span class="hash">{hex(sha256)}</span></p>
    }
    .into_any()
}

/// First and last day of a report, in words.
#[must_use]
pub fn span(say: Say, content: &Content) -> String {
    from_to(say, &content.from, &content.to)
}

/// From one day to another, as a report says them.
#[must_use]
pub fn from_to(say: Say, from: &str, to: &str) -> String {
    let day = |text: &str| text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |date| format::day(say, date));
    say.with("snapshot-span", &[("from", &day(from)), ("to", &day(to))])
}

/// Speaks the language of a report; the reader's, where that is none of ours.
#[must_use]
pub fn speaks(reader: Say, content: &Content) -> Say {
    Locale::parse(&content.locale).map_or(reader, Say)
}

/// What the report says: its sections, or what stood there before there were any, and what its indicators mean. The heading above it is the
/// page's own.
#[must_use]
pub fn body(reader: Say, content: &Content) -> AnyView {
    let say = speaks(reader, content);
    let main = if content.sections.is_empty() { without_sections(say, content) } else { sections::all(say, content) };
    view! {
        <div class="flow" lang=say.0.as_str()>
            {content.generated_data.then(|| view! {
                <div class="notice warning"><strong>{say.t("snapshot-generated")}</strong><p>{say.t("snapshot-generated-text")}</p></div>
            })}
            {main}
            {glossary(say, &content.indicators)}
        </div>
    }
    .into_any()
}

/// One section of a report that is not published yet, as it will read.
#[must_use]
pub fn section(reader: Say, content: &Content) -> AnyView {
    let say = speaks(reader, content);
    view! { <div class="flow" lang=say.0.as_str()>{sections::all(say, content)}</div> }.into_any()
}

/// Tiles, narrative and figures.
fn without_sections(say: Say, content: &Content) -> AnyView {
    view! {
        {tiles(say, content)}
        {narrative(say, content)}
        <section class="flow-s"><h2 id="figures">{say.t("snapshot-figures")}</h2>{figures(say, content, "figures")}</section>
    }
    .into_any()
}

/// How many indicators have which colour in the last column.
fn tiles(say: Say, content: &Content) -> AnyView {
    let Some(last) = content.columns.last() else { return ().into_any() };
    let total = i64::try_from(content.indicators.len()).unwrap_or(i64::MAX);
    let tiles = COLOURS
        .into_iter()
        .filter_map(|colour| {
            let has = |item: &&Item| item.cells.last().is_some_and(|figure| figure.rag == colour);
            let count = content.indicators.iter().filter(has).count();
            (count > 0).then_some((colour, count))
        })
        .map(|(colour, count)| {
            view! {
                <div class="stat">
                    <p class="stat-label"><span class=format!("rag rag-{colour}")>{say.word("rag", colour)}</span></p>
                    <p class="stat-figure">{count.to_string()}</p>
                    <p class="stat-note">{say.count("snapshot-of-indicators", total)}</p>
                </div>
            }
        })
        .collect_view();
    let title = say.with("snapshot-summary", &[("column", &format::column(last))]);
    view! { <section class="flow-s"><h2>{title}</h2><div class="grid grid-stats">{tiles}</div></section> }.into_any()
}

/// The narrative as text: blank lines part paragraphs, and nothing in it is markup.
fn narrative(say: Say, content: &Content) -> AnyView {
    let paragraphs = paragraphs(&content.narrative);
    if paragraphs.is_empty() {
        return ().into_any();
    }
    let paragraphs = paragraphs.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    view! {
        <section class="prose"><h2>{say.t("snapshot-narrative")}</h2><div lang=content.locale.clone()>{paragraphs}</div></section>
    }
    .into_any()
}

fn paragraphs(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        match (line.trim().is_empty(), all.last_mut()) {
            (false, Some(last)) => {
                if !last.is_empty() {
                    last.push('\n');
                }
                last.push_str(line.trim_end());
            }
            _ => all.push(String::new()),
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}

/// Indicators under their results, each result once, in the order in which they first appear.
pub(super) fn by_result(items: &[Item]) -> Vec<(Heading, Vec<&Item>)> {
    let mut groups: Vec<(Heading, Vec<&Item>)> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|(heading, _)| *heading == item.result) {
            Some((_, group)) => group.push(item),
            None => groups.push((item.result.clone(), vec![item])),
        }
    }
    groups
}

/// The indicator tracking table of the snapshot, beneath a heading of this id.
fn figures(say: Say, content: &Content, heading: &str) -> AnyView {
    if content.indicators.is_empty() {
        return view! { <p class="muted">{say.t("snapshot-no-indicators")}</p> }.into_any();
    }
    let width = (3 * (content.columns.len() + 1)).to_string();
    let results = by_result(&content.indicators)
        .into_iter()
        .map(|(heading, items)| {
            let rows = items.into_iter().map(|item| row(say, item)).collect_view();
            view! { <tbody>{result_row(say, heading, width.clone())}{rows}</tbody> }
        })
        .collect_view();
    view! {
        <p class="only-narrow small muted">{say.t("snapshot-drag")}</p>
        <div class="scroll" role="region" aria-labelledby=heading.to_owned() tabindex="0">
            <table class="itt"><caption class="visually-hidden">{content.title.clone()}</caption>
                {columns(say, &content.columns)}{results}</table>
        </div>
        {footnotes(say, &content.indicators)}
        {groups(say, content, &format!("{heading}-groups"))}
    }
    .into_any()
}

/// The figures of the last column by group, an indicator after the other.
pub(super) fn groups(say: Say, content: &Content, id: &str) -> AnyView {
    let broken_down: Vec<&Item> = content.indicators.iter().filter(|item| !item.groups.is_empty()).collect();
    let Some(last) = content.columns.last().filter(|_| !broken_down.is_empty()) else { return ().into_any() };
    let hidden = broken_down.iter().any(|item| item.groups.iter().any(|group| group.hidden));
    let bodies: Vec<_> = broken_down
        .iter()
        .map(|item| {
            let decimals: u32 = item.decimals.parse().unwrap_or_default();
            let rows: Vec<_> = item.groups.iter().map(|group| group_row(say, group, decimals)).collect();
            view! {
                <tbody><tr class="result"><th scope="rowgroup" colspan="3"><span><code>{item.code.clone()}</code>" "<bdi>{item.title.clone()}</bdi></span></th></tr>{rows}</tbody>
            }
        })
        .collect();
    view! {
        <h3 id=id.to_owned()>{say.t("snapshot-groups")}</h3>
        <div class="scroll" role="region" aria-labelledby=id.to_owned() tabindex="0"><table class="list">
            <thead><tr><th scope="col">{say.t("snapshot-dimension")}</th><th scope="col">{say.t("snapshot-group")}</th><th scope="col" class="num">{format::column(last)}</th></tr></thead>
            {bodies}</table></div>
        {hidden.then(|| view! { <p class="small muted">{say.t("snapshot-hidden-text")}</p> })}
    }
    .into_any()
}

fn group_row(say: Say, group: &Group, decimals: u32) -> AnyView {
    let figure = if group.hidden {
        view! { <em>{say.t("snapshot-hidden")}</em> }.into_any()
    } else {
        number(say, group.actual.as_deref(), decimals)
    };
    let label = group.label.clone().unwrap_or_else(|| say.t("group-not-said"));
    view! { <tr><td>{group.dimension.clone()}</td><th scope="row">{label}</th><td class="num">{figure}</td></tr> }.into_any()
}

fn columns(say: Say, keys: &[String]) -> AnyView {
    let names = keys.iter().map(|key| view! { <th scope="colgroup" colspan="3" class="q">{format::column(key)}</th> }).collect_view();
    let parts = keys
        .iter()
        .map(|_| {
            view! {
                <th scope="col" class="num q">{say.t("snapshot-target")}</th>
                <th scope="col" class="num">{say.t("snapshot-actual")}</th>
                <th scope="col" class="num">"%"</th>
            }
        })
        .collect_view();
    view! {
        <thead>
            <tr>
                <th scope="col" rowspan="2">{say.t("snapshot-indicator")}</th>
                <th scope="col" rowspan="2" class="num">{say.t("snapshot-baseline")}</th>
                {names}
                <th scope="col" rowspan="2">{say.t("snapshot-trend")}</th>
            </tr>
            <tr>{parts}</tr>
        </thead>
    }
    .into_any()
}

fn result_row(say: Say, heading: Heading, width: String) -> AnyView {
    let text = match heading {
        Some((number, title)) => format!("{number} {title}"),
        None => say.t("snapshot-no-result"),
    };
    view! { <tr class="result"><th scope="rowgroup" colspan=width><span>{text}</span></th></tr> }.into_any()
}

fn row(say: Say, item: &Item) -> AnyView {
    let decimals: u32 = item.decimals.parse().unwrap_or_default();
    let cells = item.cells.iter().map(|figure| cells(say, figure, decimals)).collect_view();
    view! {
        <tr>
            <th scope="row">
                <code>{item.code.clone()}</code>" "<small>{item.unit.clone()}</small>" "<bdi>{item.title.clone()}</bdi>
                {item.unweighted.then(|| view! { " "<span class="tag">{say.t("snapshot-unweighted")}</span> })}
            </th>
            <td class="num">{number(say, item.baseline.as_deref(), decimals)}</td>
            {cells}
            <td>{trend(say, item, decimals)}</td>
        </tr>
    }
    .into_any()
}

/// Target, actual and per cent of one column.
fn cells(say: Say, figure: &Figure, decimals: u32) -> AnyView {
    let colour = format!("rag rag-{} rag-mini", figure.rag);
    let judged = !matches!(figure.rag.as_str(), "not_due" | "no_target");
    let colour_word = say.word("rag", &figure.rag);
    let was = figure.restated_from.as_ref().map(|was| decimal(was).map_or_else(|| was.clone(), |value| format::figure(value, decimals)));
    let restated = was.map(|was| view! { <small>{say.with("restated", &[("was", &was)])}</small> });
    view! {
        <td class="num q">{number(say, figure.target.as_deref(), decimals)}</td>
        <td class="num">
            {number(say, figure.actual.as_deref(), decimals)}
            {figure.self_verified.then(|| view! { " "<span class="tag">{say.t("snapshot-self-verified")}</span> })}
            {restated}
        </td>
        <td class="num">
            {number(say, figure.achievement.as_deref(), 1)}
            {judged.then(|| view! { " "<span class=colour><span class="visually-hidden">{colour_word}</span></span> })}
        </td>
    }
    .into_any()
}

/// A figure of the snapshot. Nothing is a dash with its meaning said, never 0.
fn number(say: Say, text: Option<&str>, decimals: u32) -> AnyView {
    match text.and_then(decimal) {
        Some(value) => format::figure(value, decimals).into_any(),
        None => view! {
            <span class="nil" aria-hidden="true">"–"</span><span class="visually-hidden">{say.t("no-data")}</span>
        }
        .into_any(),
    }
}

pub(super) fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

/// The verified figures in order of time. One alone is no trend.
fn trend(say: Say, item: &Item, decimals: u32) -> AnyView {
    let points: Vec<Option<Decimal>> = item.trend.iter().map(|(_, text)| text.as_deref().and_then(decimal)).collect();
    let Some(label) = trend_in_words(say, item, decimals) else { return ().into_any() };
    let target = item.cells.last().and_then(|figure| figure.target.as_deref()).and_then(decimal);
    chart::sparkline(&points, target, &label)
}

/// From where to where an indicator went; nothing for one figure alone.
pub(super) fn trend_in_words(say: Say, item: &Item, decimals: u32) -> Option<String> {
    let known: Vec<(&str, Decimal)> =
        item.trend.iter().filter_map(|(name, text)| Some((name.as_str(), text.as_deref().and_then(decimal)?))).collect();
    let [first, .., last] = known.as_slice() else { return None };
    Some(say.with(
        "snapshot-trend-label",
        &[
            ("code", &item.code),
            ("first", &format::figure(first.1, decimals)),
            ("since", &format::period(say, first.0)),
            ("last", &format::figure(last.1, decimals)),
            ("until", &format::period(say, last.0)),
        ],
    ))
}

/// What the marks in the table mean, where it has any.
pub(super) fn footnotes(say: Say, items: &[Item]) -> AnyView {
    let unweighted = items.iter().any(|item| item.unweighted);
    let restated = items.iter().flat_map(|item| &item.cells).any(|figure| figure.restated_from.is_some());
    let own = items.iter().flat_map(|item| &item.cells).any(|figure| figure.self_verified);
    view! {
        <p class="small muted">{say.t("snapshot-verified-only")}</p>
        {unweighted.then(|| view! {
            <p class="small"><span class="tag">{say.t("snapshot-unweighted")}</span>" "{say.t("snapshot-unweighted-text")}</p>
        })}
        {restated.then(|| view! { <p class="small">{say.t("snapshot-restated-text")}</p> })}
        {own.then(|| view! {
            <p class="small"><span class="tag">{say.t("snapshot-self-verified")}</span>" "{say.t("snapshot-self-verified-text")}</p>
        })}
    }
    .into_any()
}

fn glossary(say: Say, items: &[Item]) -> AnyView {
    let defined = items
        .iter()
        .filter(|item| !item.definition.trim().is_empty())
        .map(|item| {
            view! {
                <dt><code>{item.code.clone()}</code>" "{item.title.clone()}</dt>
                <dd>{item.definition.clone()}</dd>
            }
        })
        .collect_view();
    if defined.is_empty() {
        return ().into_any();
    }
    view! { <section class="flow-s"><h2>{say.t("snapshot-glossary")}</h2><dl class="defs">{defined}</dl></section> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_paragraphs() {
        let table: [(&str, &[&str]); 5] = [
            ("", &[]),
            ("  \n\n", &[]),
            ("one", &["one"]),
            ("one\nstill one\n\n\ntwo", &["one\nstill one", "two"]),
            ("one\r\n\r\ntwo", &["one", "two"]),
        ];
        for (text, expected) in table {
            assert_eq!(paragraphs(text), expected, "{text:?}");
        }
    }
}
