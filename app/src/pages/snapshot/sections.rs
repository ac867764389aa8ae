//! What was filled into the sections of a published report.

use chrono::NaiveDate;
use leptos::prelude::*;
use rust_decimal::Decimal;
use server::projects::snapshot::{Block, BudgetLine, Content, Count, Item, LearningEntry, Place, ResultCounts};

use super::{decimal, left_out_line, number, trend_in_words};
use crate::chart::{self, Spot, TrendPoint};
use crate::format;
use crate::text::Say;

/// Charts of a report at the most.
const MOST_CHARTS: usize = 12;
/// Decimals of money.
const CENTS: u32 = 2;

/// What was filled into a section. `heading` is the id of its heading.
#[must_use]
pub fn block(say: Say, content: &Content, block: &Block, heading: &str) -> AnyView {
    match block {
        // the table of figures and the files stand in the page's own form
        Block::None | Block::Tracking | Block::Evidence { .. } => ().into_any(),
        Block::Charts => charts(say, &content.indicators),
        Block::Achievements { column, colours, results } => achievements(say, column, colours, results, heading),
        Block::Budget { currency, lines, planned, spent, more } => {
            let left = left_out_line(say, "portal-lines-left", more.as_deref(), 0);
            view! { {budget(say, currency, lines, [planned.as_deref(), spent.as_deref()], heading)}{left} }.into_any()
        }
        Block::Learning { entries, more } => {
            view! { {learning(say, entries)}{left_out_line(say, "portal-learning-left", more.as_deref(), 0)} }.into_any()
        }
        Block::Map { column, places, more } => {
            let left = left_out_line(say, "portal-map-left", more.as_deref(), 0);
            view! { {map(say, content, column, places, heading)}{left} }.into_any()
        }
    }
}

/// A line where a block has nothing to show.
fn nothing(say: Say, key: &str) -> AnyView {
    view! { <p class="muted">{say.t(key)}</p> }.into_any()
}

fn day(say: Say, text: &str) -> String {
    text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |date| format::day(say, date))
}

/// Each indicator with two figures or more, against its time.
fn charts(say: Say, items: &[Item]) -> AnyView {
    let labelled = |item| trend_in_words(say, item, decimals(item)).map(|label| (item, label));
    let all: Vec<(&Item, String)> = items.iter().filter_map(labelled).collect();
    if all.is_empty() {
        return nothing(say, "snapshot-no-charts");
    }
    let drawn: Vec<_> = all
        .iter()
        .take(MOST_CHARTS)
        .map(|(item, label)| {
            let points: Vec<TrendPoint> = item
                .trend
                .iter()
                .map(|(period, text)| TrendPoint {
                    period: period.clone(),
                    actual: text.as_deref().and_then(decimal),
                    provisional: None,
                    target: None,
                })
                .collect();
            let title = view! { <code>{item.code.clone()}</code>" "<bdi>{item.title.clone()}</bdi> }.into_any();
            chart::trend(say, title, label, &item.unit, decimals(item), &points)
        })
        .collect();
    let left = left_out_line(say, "portal-charts-left", None, all.len().saturating_sub(MOST_CHARTS));
    view! { <div class="grid">{drawn}</div>{left} }.into_any()
}

fn decimals(item: &Item) -> u32 {
    item.decimals.parse().unwrap_or_default()
}

fn tile(say: Say, count: &Count) -> AnyView {
    view! {
        <div class="stat"><p class="stat-label"><span class=format!("rag rag-{}", count.rag)>{say.word("rag", &count.rag)}</span></p>
            <p class="stat-figure">{count.count.clone()}</p></div>
    }
    .into_any()
}

fn achievements(say: Say, column: &str, colours: &[Count], results: &[ResultCounts], heading: &str) -> AnyView {
    if colours.is_empty() {
        return nothing(say, "snapshot-no-indicators");
    }
    let tiles: Vec<_> = colours.iter().map(|count| tile(say, count)).collect();
    let rows: Vec<_> = results
        .iter()
        .map(|of| {
            let name = of.result.as_ref().map_or_else(|| say.t("snapshot-no-result"), |(number, title)| format!("{number} {title}"));
            let marks: Vec<_> = of
                .colours
                .iter()
                .map(|count| {
                    view! { <li><span class=format!("rag rag-{}", count.rag)>{count.count.clone()}" "{say.word("rag", &count.rag)}</span></li> }
                })
                .collect();
            view! { <tr><th scope="row">{name}</th><td><ul class="legend">{marks}</ul></td></tr> }
        })
        .collect();
    view! {
        <p class="small muted">{say.with("snapshot-summary", &[("column", &format::column(column))])}</p>
        <div class="grid grid-stats">{tiles}</div>
        <div class="scroll" role="region" aria-labelledby=heading.to_owned() tabindex="0"><table class="list">
            <thead><tr><th scope="col">{say.t("snapshot-result")}</th><th scope="col">{say.t("snapshot-indicators")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn budget(say: Say, currency: &str, lines: &[BudgetLine], [planned, spent]: [Option<&str>; 2], heading: &str) -> AnyView {
    if lines.is_empty() {
        return nothing(say, "snapshot-no-budget");
    }
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            let result =
                line.result.as_ref().map(|(number, title)| view! { <br/><small class="muted">{format!("{number} {title}")}</small> });
            let name = view! { <code>{line.code.clone()}</code>" "<bdi>{line.name.clone()}</bdi>{result} }.into_any();
            money(say, name, [line.planned.as_deref(), line.spent.as_deref()])
        })
        .collect();
    let total = money(say, say.t("snapshot-total").into_any(), [planned, spent]);
    view! {
        <div class="scroll" role="region" aria-labelledby=heading.to_owned() tabindex="0"><table class="list"><caption>{say.with("snapshot-money", &[("currency", currency)])}</caption>
            <thead><tr><th scope="col">{say.t("snapshot-budget-line")}</th><th scope="col" class="num">{say.t("snapshot-planned")}</th>
                <th scope="col" class="num">{say.t("snapshot-spent")}</th><th scope="col" class="num">"%"</th></tr></thead>
            <tbody>{rows}{total}</tbody></table></div>
    }
    .into_any()
}

fn money(say: Say, name: AnyView, [planned, spent]: [Option<&str>; 2]) -> AnyView {
    let share = planned
        .and_then(decimal)
        .zip(spent.and_then(decimal))
        .and_then(|(planned, spent)| spent.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(planned));
    view! {
        <tr><th scope="row">{name}</th><td class="num">{number(say, planned, CENTS)}</td><td class="num">{number(say, spent, CENTS)}</td>
            <td class="num">{format::maybe(share, 0)}</td></tr>
    }
    .into_any()
}

fn learning(say: Say, entries: &[LearningEntry]) -> AnyView {
    if entries.is_empty() {
        return nothing(say, "snapshot-no-learning");
    }
    let cards: Vec<_> = entries
        .iter()
        .map(|entry| {
            let texts = [("field-why", &entry.why), ("field-implication", &entry.implication)];
            let texts: Vec<_> = texts
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(key, text)| view! { <p class="typed"><strong>{say.t(key)}": "</strong>{text.clone()}</p> })
                .collect();
            view! {
                <article class="card"><h3>{say.word("entry-kind", &entry.kind)}" · "{day(say, &entry.date)}</h3>
                    <p class="typed">{entry.what_happened.clone()}</p>{texts}</article>
            }
        })
        .collect();
    view! { {cards} }.into_any()
}

fn map(say: Say, content: &Content, column: &str, places: &[Place], heading: &str) -> AnyView {
    if places.is_empty() {
        return nothing(say, "snapshot-no-places");
    }
    let codes: Vec<&str> =
        places.first().map(|place| place.figures.iter().map(|figure| figure.code.as_str()).collect()).unwrap_or_default();
    let item = |code: &str| content.indicators.iter().find(|item| item.code == code);
    let decimals = |code: &str| item(code).and_then(|item| item.decimals.parse::<u32>().ok()).unwrap_or_default();
    // drawn is the first indicator that has a figure somewhere; the table has them all
    let drawn =
        codes.iter().position(|code| places.iter().flat_map(|place| &place.figures).any(|of| of.code == **code && of.actual.is_some()));
    let spots: Vec<Spot> = places.iter().filter_map(|place| spot(place, drawn)).collect();
    let title = drawn.and_then(|at| item(codes[at])).map(|item| item.title.clone());
    let label = title.clone().unwrap_or_else(|| say.t("snapshot-places"));
    let heads: Vec<_> = codes.iter().map(|code| view! { <th scope="col" class="num"><code>{(*code).to_owned()}</code></th> }).collect();
    let rows: Vec<_> = places
        .iter()
        .map(|place| {
            let cells: Vec<_> = place
                .figures
                .iter()
                .map(|figure| {
                    let shown = if figure.hidden {
                        view! { <em>{say.t("snapshot-hidden")}</em> }.into_any()
                    } else {
                        number(say, figure.actual.as_deref(), decimals(&figure.code))
                    };
                    view! { <td class="num">{shown}</td> }
                })
                .collect();
            view! { <tr><th scope="row"><bdi>{place.name.clone()}</bdi></th>{cells}</tr> }
        })
        .collect();
    let hidden = places.iter().flat_map(|place| &place.figures).any(|figure| figure.hidden);
    view! {
        {title.map(|title| view! { <p class="small muted">{title}" · "{format::column(column)}</p> })}
        <div class="chart">{chart::map(say, &label, &spots)}</div>
        <div class="scroll" role="region" aria-labelledby=heading.to_owned() tabindex="0"><table class="list"><caption>{format::column(column)}</caption>
            <thead><tr><th scope="col">{say.t("snapshot-place")}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>
        {hidden.then(|| view! { <p class="small muted">{say.t("snapshot-hidden-text")}</p> })}
    }
    .into_any()
}

/// A place as it is drawn, if it is known where it lies.
fn spot(place: &Place, drawn: Option<usize>) -> Option<Spot> {
    let (lat, lon) = (place.latitude.as_deref().and_then(decimal)?, place.longitude.as_deref().and_then(decimal)?);
    let size = drawn.and_then(|at| place.figures.get(at)).and_then(|figure| figure.actual.as_deref()).and_then(decimal);
    Some(Spot { name: place.name.clone(), lat, lon, size, provisional: false, says: place.name.clone(), colour: None })
}
