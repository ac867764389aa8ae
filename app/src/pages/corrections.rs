//! What became of a published report: why it was withdrawn, that there is a newer version, and what a newer version restates.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use rust_decimal::Decimal;
use server::donors::portal::Page;
use server::projects::publication::{Identity, Restatement};
use server::projects::reports::Stands;
use server::projects::snapshot::Content;

use super::snapshot;
use crate::format;
use crate::parts;
use crate::text::Say;

/// Where the report of a donor's link stands, if not all is well: said in the language of who reads, as all around the report.
#[must_use]
pub fn standing(say: Say, page: &Page) -> AnyView {
    match (&page.withdrawn, page.newer) {
        (Some((at, why)), _) => withdrawn(say, say.t("snapshot-withdrawn-text"), *at, why, &page.content.locale),
        (None, Some(newer)) => superseded(say, "snapshot-superseded-text", newer),
        (None, None) => ().into_any(),
    }
}

/// The same for the organisation's own people, who read its figures still.
#[must_use]
pub fn standing_for_staff(say: Say, stands: &Stands, locale: &str) -> AnyView {
    match (&stands.withdrawn, stands.newer) {
        (Some((at, why)), _) => withdrawn(say, say.t("snapshot-withdrawn-own"), *at, why, locale),
        (None, Some(newer)) => superseded(say, "snapshot-superseded-own", newer),
        (None, None) => ().into_any(),
    }
}

fn withdrawn(say: Say, what: String, at: DateTime<Utc>, why: &str, locale: &str) -> AnyView {
    view! {
        <div class="notice error" role="status"><strong>{say.t("snapshot-withdrawn")}</strong>
            <p>{what}" "{say.with("snapshot-withdrawn-when", &[("when", &format::moment(say, at))])}</p>
            <p>{say.t("snapshot-withdrawn-because")}" "<bdi lang=locale.to_owned()>{why.to_owned()}</bdi></p></div>
    }
    .into_any()
}

fn superseded(say: Say, key: &str, newer: (i32, DateTime<Utc>)) -> AnyView {
    view! { <div class="notice warning" role="status"><strong>{say.t("snapshot-superseded")}</strong><p>{superseded_text(say, key, newer)}</p></div> }.into_any()
}

/// Which version is newer, and since when.
pub(super) fn superseded_text(say: Say, key: &str, (version, at): (i32, DateTime<Utc>)) -> String {
    say.with(key, &[("version", &version.to_string()), ("when", &format::moment(say, at))])
}

/// A figure that reads otherwise than in the version before.
pub(super) struct Corrected {
    /// The indicator's code.
    pub code: String,
    /// The column, in words.
    pub column: String,
    /// The group, in words; empty for the whole.
    pub group: String,
    /// What it was; none where there was no figure.
    pub was: Option<Decimal>,
    /// What it is; likewise.
    pub is: Option<Decimal>,
    /// With how many decimals both are shown.
    pub decimals: u32,
}

/// The figures that a correction tells otherwise.
pub(super) fn told(say: Say, content: &Content) -> Vec<Corrected> {
    content.identity.iter().flat_map(|identity| &identity.restated).map(|it| corrected(say, content, it)).collect()
}

fn corrected(say: Say, content: &Content, it: &Restatement) -> Corrected {
    let known = content.indicators.iter().find(|item| item.code == it.code).and_then(|item| item.decimals.parse().ok());
    let figure = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Decimal>().ok());
    let (was, is) = (figure(&it.was), figure(&it.is));
    let group = it.group.as_ref().map(|(dimension, label)| {
        let label = if label.is_empty() { say.t("group-not-said") } else { label.clone() };
        format!("{dimension}: {label}")
    });
    Corrected {
        code: it.code.clone(),
        column: format::column(&it.column),
        group: group.unwrap_or_default(),
        was,
        is,
        // an indicator that is not in this version any more has its figure as it was told
        decimals: known.unwrap_or_else(|| was.or(is).map_or(0, |figure| figure.scale())),
    }
}

/// Why this version was published, and which figures read otherwise than in the one before: in the language of the report.
#[must_use]
pub fn corrections(reader: Say, content: &Content) -> AnyView {
    let say = snapshot::speaks(reader, content);
    let Some(Identity { reason: Some(reason), version, .. }) = &content.identity else { return ().into_any() };
    let rows: Vec<_> = told(say, content).into_iter().map(|it| row(say, it)).collect();
    let none = rows.is_empty();
    view! {
        <section class="flow-s" lang=say.0.as_str() aria-labelledby="corrections"><h2 id="corrections">{say.with("snapshot-corrections", &[("version", version)])}</h2>
            <p>{reason.clone()}</p>
            {none.then(|| view! { <p class="muted">{say.t("snapshot-corrections-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-labelledby="corrections" tabindex="0"><table class="list stack" role="table">
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">{say.t("snapshot-indicator")}</th><th role="columnheader" scope="col">{say.t("field-span")}</th>
                        <th role="columnheader" scope="col">{say.t("snapshot-group")}</th>
                        <th role="columnheader" scope="col" class="num">{say.t("snapshot-was")}</th>
                        <th role="columnheader" scope="col" class="num">{say.t("snapshot-is")}</th></tr></thead>
                    <tbody role="rowgroup">{rows}</tbody></table></div>
            })}
        </section>
    }
    .into_any()
}

fn row(say: Say, it: Corrected) -> AnyView {
    view! {
        <tr role="row"><th role="rowheader" scope="row"><code>{it.code}</code></th>
            <td role="cell" data-label=say.t("field-span")>{it.column}</td><td role="cell" data-label=say.t("snapshot-group")>{it.group}</td>
            <td role="cell" data-label=say.t("snapshot-was") class="num">{parts::figure(say, it.was, it.decimals)}</td>
            <td role="cell" data-label=say.t("snapshot-is") class="num">{parts::figure(say, it.is, it.decimals)}</td></tr>
    }
    .into_any()
}
