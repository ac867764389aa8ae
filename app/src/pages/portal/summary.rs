//! What a reader wants to know first: a few numbers, how each result stands, and what an earlier report told otherwise.

use leptos::prelude::*;
use server::projects::progress::Rag;
use server::projects::snapshot::Content;

use super::words;
use crate::chart;
use crate::format;
use crate::parts;
use crate::text::Say;

/// The numbers that stand out.
pub(super) fn tiles(say: Say, content: &Content) -> AnyView {
    let Some(last) = content.columns.last() else { return ().into_any() };
    let colours = words::colours(&content.indicators);
    let states =
        colours.each().filter(|(rag, n)| *n > 0 || matches!(rag, Rag::OnTrack | Rag::AtRisk | Rag::OffTrack)).take(4).map(|(rag, n)| {
            view! {
                <div class="stat"><p class="stat-label">{parts::rag(say, rag.as_str(), false)}</p><p class="stat-figure">{n.to_string()}</p>
                    <p class="stat-note">{say.count_of("snapshot-of-indicators", content.indicators.len())}</p></div>
            }
            .into_any()
        });
    let keys = words::key_items(content).into_iter().filter_map(|item| {
        let cell = item.cells.last()?;
        let decimals = words::decimals(item);
        let figure = words::figure(cell.actual.as_deref(), decimals)?;
        let note = words::figure(cell.target.as_deref(), decimals).map(|target| say.with("portal-tile-target", &[("target", &target)]));
        Some(parts::tile(item.title.clone(), [figure, item.unit.clone()].join(" "), note))
    });
    let tiles: Vec<_> = keys.chain(states).collect();
    let title = say.with("snapshot-summary", &[("column", &format::column(last))]);
    view! { <section class="flow-s" aria-labelledby="summary"><h2 id="summary">{title}</h2><div class="grid grid-stats">{tiles}</div></section> }.into_any()
}

/// How many indicators of each result have which colour.
pub(super) fn progress(say: Say, content: &Content) -> AnyView {
    if content.indicators.is_empty() {
        return ().into_any();
    }
    let results: Vec<_> = words::by_result(&content.indicators)
        .into_iter()
        .map(|(heading, items)| {
            let colours = words::colours(items);
            view! { <li><h3>{words::result_name(say, &heading)}</h3>{chart::colour_bar(&colours)}{chart::colour_counts(say, &colours)}</li> }
        })
        .collect();
    view! { <section class="flow-s" aria-labelledby="progress"><h2 id="progress">{say.t("portal-progress")}</h2><ul class="portal-results">{results}</ul></section> }
        .into_any()
}

/// What an earlier report told otherwise.
pub(super) fn changed(say: Say, content: &Content) -> AnyView {
    let restated = words::restated(content);
    if restated.is_empty() {
        return ().into_any();
    }
    let heads = ["snapshot-indicator", "col-period", "portal-was", "portal-is"];
    let heads: Vec<_> = heads
        .into_iter()
        .enumerate()
        .map(|(at, key)| view! { <th role="columnheader" scope="col" class=(at > 1).then_some("num")>{say.t(key)}</th> })
        .collect();
    let rows: Vec<_> = restated
        .iter()
        .map(|told| {
            view! {
                <tr role="row"><th role="rowheader" scope="row"><code>{told.item.code.clone()}</code>" "<bdi>{told.item.title.clone()}</bdi></th>
                    <td role="cell" data-label=say.t("col-period")>{format::column(told.column)}</td>
                    <td role="cell" class="num" data-label=say.t("portal-was")>{told.was.clone()}</td>
                    <td role="cell" class="num" data-label=say.t("portal-is")>{told.is.clone()}</td></tr>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="changed"><h2 id="changed">{say.t("portal-changed")}</h2><p>{say.t("snapshot-restated-text")}</p>
            <div class="scroll" role="region" aria-labelledby="changed" tabindex="0"><table class="list stack" role="table">
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div></section>
    }
    .into_any()
}
