//! What became of a published report: why it was withdrawn, that there is a newer version, and what a newer version restates. Said in the
//! language of the report, as all that it says.

use leptos::prelude::*;
use rust_decimal::Decimal;
use server::donors::portal::Page;
use server::projects::publication::{Identity, Restatement};
use server::projects::snapshot::{Content, Item};

use super::snapshot;
use crate::format;
use crate::parts;
use crate::text::Say;

/// Where the report of a donor's link stands, if not all is well.
#[must_use]
pub fn standing(reader: Say, page: &Page) -> AnyView {
    let say = snapshot::speaks(reader, &page.content);
    if let Some((at, why)) = &page.withdrawn {
        return view! {
            <div class="notice error" role="status" lang=say.0.as_str()><strong>{say.t("snapshot-withdrawn")}</strong>
                <p>{say.t("snapshot-withdrawn-text")}" "{parts::moment(say, *at)}</p>
                <p>{say.t("snapshot-withdrawn-because")}" "<bdi>{why.clone()}</bdi></p></div>
        }
        .into_any();
    }
    match &page.newer {
        None => ().into_any(),
        Some((version, at)) => view! {
            <div class="notice warning" role="status" lang=say.0.as_str()><strong>{say.t("snapshot-superseded")}</strong>
                <p>{say.with("snapshot-superseded-text", &[("version", &version.to_string())])}" "{parts::moment(say, *at)}</p></div>
        }
        .into_any(),
    }
}

/// Why this version was published, and which figures read otherwise than in the one before.
#[must_use]
pub fn corrections(reader: Say, content: &Content) -> AnyView {
    let say = snapshot::speaks(reader, content);
    let Some(Identity { reason: Some(reason), restated, version, .. }) = &content.identity else { return ().into_any() };
    let rows: Vec<_> = restated.iter().map(|it| row(say, content, it)).collect();
    let none = rows.is_empty();
    view! {
        <section class="flow-s" lang=say.0.as_str() aria-labelledby="corrections"><h2 id="corrections">{say.with("snapshot-corrections", &[("version", version)])}</h2>
            <p>{reason.clone()}</p>
            {none.then(|| view! { <p class="muted">{say.t("snapshot-corrections-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-labelledby="corrections" tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("snapshot-indicator")}</th><th scope="col">{say.t("field-span")}</th><th scope="col">{say.t("snapshot-group")}</th>
                        <th scope="col" class="num">{say.t("snapshot-was")}</th><th scope="col" class="num">{say.t("snapshot-is")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
        </section>
    }
    .into_any()
}

fn row(say: Say, content: &Content, it: &Restatement) -> AnyView {
    let decimals = content.indicators.iter().find(|item: &&Item| item.code == it.code).and_then(|item| item.decimals.parse().ok());
    let figure = |text: &Option<String>| {
        let value: Option<Decimal> = text.as_deref().and_then(|text| text.parse().ok());
        // an indicator that is not in this version any more has its figure as it was told
        parts::figure(say, value, decimals.unwrap_or_else(|| value.map_or(0, |value| value.scale())))
    };
    let group = it.group.as_ref().map(|(dimension, label)| {
        let label = if label.is_empty() { say.t("group-not-said") } else { label.clone() };
        format!("{dimension}: {label}")
    });
    view! {
        <tr><th scope="row"><code>{it.code.clone()}</code></th><td>{format::column(&it.column)}</td><td>{group.unwrap_or_default()}</td>
            <td class="num">{figure(&it.was)}</td><td class="num">{figure(&it.is)}</td></tr>
    }
    .into_any()
}
