//! What pages of a published report share, and its paper. Its fixed words are in the language of the report, whoever reads it.

mod sections;

pub use sections::block;

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;
use rust_decimal::Decimal;
use server::kernel::crypto::hex;
use server::kernel::text::Locale;
use server::projects::snapshot::{Content, Group, Item};

use crate::format;
use crate::text::Say;

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

/// How much a list leaves out, where it does: `more` as the report says, and `besides` that there is no room for here.
#[must_use]
pub fn left_out(say: Say, key: &str, more: Option<&str>, besides: usize) -> Option<String> {
    let more = more.and_then(|count| count.parse::<usize>().ok()).unwrap_or_default();
    match more.saturating_add(besides) {
        0 => None,
        all => Some(say.count_of(key, all)),
    }
}

/// The same as a line beneath the list.
#[must_use]
pub fn left_out_line(say: Say, key: &str, more: Option<&str>, besides: usize) -> AnyView {
    match left_out(say, key, more, besides) {
        Some(text) => view! { <p class="small muted">{text}</p> }.into_any(),
        None => ().into_any(),
    }
}

/// That nobody else approved the report, where that is so.
#[must_use]
pub fn approval(say: Say, content: &Content) -> AnyView {
    if !is_self_approved(content) {
        return ().into_any();
    }
    view! { <p class="small">{say.t("snapshot-self-approved")}</p> }.into_any()
}

/// Whether one person handed a report over and approved it.
#[must_use]
pub fn is_self_approved(content: &Content) -> bool {
    content.identity.as_ref().is_some_and(|identity| identity.self_approved)
}

/// Speaks the language of a report; the reader's, where that is none of ours.
#[must_use]
pub fn speaks(reader: Say, content: &Content) -> Say {
    Locale::parse(&content.locale).map_or(reader, Say::new)
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
