//! Each indicator of a report: its figures, and how each came about.

use leptos::prelude::*;
use server::projects::snapshot::{Content, Figure, Item};

use super::words;
use crate::chart;
use crate::format;
use crate::pages::snapshot;
use crate::parts;
use crate::text::Say;

/// The table, where no section of the report has it.
pub(super) fn section(say: Say, content: &Content) -> AnyView {
    view! { <section class="flow-s" aria-labelledby="figures"><h2 id="figures">{say.t("snapshot-figures")}</h2>{table(say, content, "figures")}</section> }.into_any()
}

/// The indicators beneath their results, with the figures of the last column; those of the others stand behind each.
pub(super) fn table(say: Say, content: &Content, heading: &str) -> AnyView {
    let Some(last) = content.columns.last().filter(|_| !content.indicators.is_empty()) else {
        return view! { <p class="muted">{say.t("snapshot-no-indicators")}</p> }.into_any();
    };
    let heads = [
        ("snapshot-indicator", false),
        ("snapshot-baseline", true),
        ("snapshot-target", true),
        ("snapshot-actual", true),
        ("col-achievement", true),
        ("col-status", false),
        ("snapshot-trend", false),
    ];
    let heads: Vec<_> = heads
        .into_iter()
        .map(|(key, num)| view! { <th role="columnheader" scope="col" class=num.then_some("num")>{say.t(key)}</th> })
        .collect();
    let bodies: Vec<_> = words::by_result(&content.indicators)
        .into_iter()
        .map(|(heading, items)| {
            let rows: Vec<_> = items.into_iter().map(|item| row(say, content, item)).collect();
            view! {
                <tbody role="rowgroup"><tr role="row" class="result"><th role="rowheader" scope="rowgroup" colspan="7">{words::result_name(say, &heading)}</th></tr>{rows}</tbody>
            }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-labelledby=heading.to_owned() tabindex="0"><table class="list stack portal-figures" role="table">
            <caption>{format::column(last)}</caption>
            <thead role="rowgroup"><tr role="row">{heads}</tr></thead>{bodies}</table></div>
        {snapshot::footnotes(say, &content.indicators)}
        {snapshot::groups(say, content, &format!("{heading}-groups"))}
    }
    .into_any()
}

fn row(say: Say, content: &Content, item: &Item) -> AnyView {
    let Some(cell) = item.cells.last() else { return ().into_any() };
    let decimals = words::decimals(item);
    let is_key = item.how.as_ref().is_some_and(|how| how.key);
    let was = cell.restated_from.as_ref().map(|was| words::figure(Some(was.as_str()), decimals).unwrap_or_else(|| was.clone()));
    let achievement = match words::figure(cell.achievement.as_deref(), 1) {
        Some(share) => format!("{share} %").into_any(),
        None => nothing(say),
    };
    view! {
        <tr role="row"><th role="rowheader" scope="row"><code>{item.code.clone()}</code>" "<small>{item.unit.clone()}</small>" "<bdi class="portal-name">{item.title.clone()}</bdi>
                {is_key.then(|| view! { " "<span class="tag">{say.t("portal-key")}</span> })}
                {item.unweighted.then(|| view! { " "<span class="tag">{say.t("snapshot-unweighted")}</span> })}{how(say, content, item, cell)}</th>
            <td role="cell" class="num" data-label=say.t("snapshot-baseline")>{number(say, item.baseline.as_deref(), decimals)}</td>
            <td role="cell" class="num" data-label=say.t("snapshot-target")>{number(say, cell.target.as_deref(), decimals)}</td>
            <td role="cell" class="num" data-label=say.t("snapshot-actual")><strong>{number(say, cell.actual.as_deref(), decimals)}</strong>
                {cell.self_verified.then(|| view! { " "<span class="tag">{say.t("snapshot-self-verified")}</span> })}
                {was.map(|was| view! { <small class="portal-was">{say.with("restated", &[("was", &was)])}</small> })}</td>
            <td role="cell" class="num" data-label=say.t("col-achievement")>{achievement}</td>
            <td role="cell" data-label=say.t("col-status")>{parts::rag(say, &cell.rag, false)}</td>
            <td role="cell" data-label=say.t("snapshot-trend")>{trend(say, item)}</td></tr>
    }
    .into_any()
}

fn nothing(say: Say) -> AnyView {
    view! { <span class="nil" aria-hidden="true">"–"</span><span class="visually-hidden">{say.t("no-data")}</span> }.into_any()
}

/// A figure of the report. Nothing is a dash with its meaning said, never 0.
fn number(say: Say, text: Option<&str>, decimals: u32) -> AnyView {
    match words::figure(text, decimals) {
        Some(figure) => figure.into_any(),
        None => nothing(say),
    }
}

fn trend(say: Say, item: &Item) -> AnyView {
    let Some(label) = words::trend_in_words(say, item) else { return nothing(say) };
    let points: Vec<_> = words::trend(item).into_iter().map(|point| point.actual).collect();
    let target = item.cells.last().and_then(|cell| cell.target.as_deref()).and_then(words::decimal);
    chart::sparkline(&points, target, &label)
}

/// How the figure came about: the comparison with its numbers, what counts in it, and the figures that it is made of.
fn how(say: Say, content: &Content, item: &Item, cell: &Figure) -> AnyView {
    let decimals = words::decimals(item);
    let notes: Vec<_> = words::exclusions(say, item, cell).into_iter().map(|text| view! { <li>{text}</li> }).collect();
    let inputs: Vec<_> = item
        .inputs
        .iter()
        .map(|(name, text)| view! { <li>{format::period(say, name)}": "<strong>{number(say, text.as_deref(), decimals)}</strong></li> })
        .collect();
    let inputs = (!inputs.is_empty()).then(|| view! { <p>{say.t("portal-inputs")}</p><ul class="portal-inputs">{inputs}</ul> });
    let others: Vec<_> = content.columns.iter().zip(&item.cells).map(|(column, cell)| column_line(say, column, cell, decimals)).collect();
    let others = (others.len() > 1).then(|| view! { <p>{say.t("portal-all-columns")}</p><ul class="portal-inputs">{others}</ul> });
    let glossary = content.indicators.iter().position(|other| other.code == item.code).map(|at| format!("#g-{at}"));
    view! {
        <details class="portal-how"><summary>{say.t("portal-how")}<span class="visually-hidden">": "{item.code.clone()}</span></summary>
            {words::worked(say, item, cell).map(|text| view! { <p class="formula">{text}</p> })}
            <p class="formula">{words::compared(say, item, cell)}</p><ul>{notes}</ul>{others}{inputs}
            <p><a href=glossary>{say.t("portal-how-more")}<span class="visually-hidden">": "{item.code.clone()}</span></a></p></details>
    }
    .into_any()
}

/// One column of an indicator in a line.
fn column_line(say: Say, column: &str, cell: &Figure, decimals: u32) -> AnyView {
    let target = words::figure(cell.target.as_deref(), decimals)
        .map(|target| format!(" ({})", say.with("portal-tile-target", &[("target", &target)])));
    view! { <li>{parts::rag(say, &cell.rag, true)}" "{format::column(column)}": "<strong>{number(say, cell.actual.as_deref(), decimals)}</strong>{target}</li> }.into_any()
}
