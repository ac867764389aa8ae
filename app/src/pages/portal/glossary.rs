//! What each indicator means, in which unit it is counted, and how its figures come about.

use leptos::prelude::*;
use server::projects::snapshot::{Content, Item};

use super::words;
use crate::text::Say;

/// The indicators, each with what it means.
pub(super) fn section(say: Say, content: &Content) -> AnyView {
    if content.indicators.is_empty() {
        return ().into_any();
    }
    let all: Vec<_> = content.indicators.iter().enumerate().map(|(at, item)| one(say, at, item)).collect();
    view! { <section class="flow-s portal-glossary" aria-labelledby="glossary"><h2 id="glossary">{say.t("snapshot-glossary")}</h2><dl>{all}</dl></section> }.into_any()
}

fn one(say: Say, at: usize, item: &Item) -> AnyView {
    let unit = (!item.unit.is_empty()).then(|| view! { <p class="small">{say.with("portal-unit", &[("unit", &item.unit)])}</p> });
    let method: Vec<_> = words::method(say, item).into_iter().map(|text| view! { <li>{text}</li> }).collect();
    let method = (!method.is_empty()).then(|| view! { <ul class="small">{method}</ul> });
    view! {
        <dt id=format!("g-{at}")><code>{item.code.clone()}</code>" "<bdi>{item.title.clone()}</bdi></dt>
        <dd>{(!item.definition.trim().is_empty()).then(|| view! { <p class="typed">{item.definition.clone()}</p> })}{unit}{method}</dd>
    }
    .into_any()
}
