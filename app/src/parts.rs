//! Small parts that many pages share: badges, figures, dates.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use rust_decimal::Decimal;

use server::kernel::ids::ValueId;
use server::projects::progress::{Rag, Thresholds};

use crate::format;
use crate::sheet::Sheet;
use crate::text::Say;

/// A colour with its words; `mini` shows the symbol alone, with the words for who cannot see it.
#[must_use]
pub fn rag(say: Say, word: &str, mini: bool) -> AnyView {
    rag_said(say.word("rag", word), word, mini)
}

/// The same, where its word in the language is known.
#[must_use]
pub fn rag_said(text: String, word: &str, mini: bool) -> AnyView {
    let class = format!("rag rag-{word}{}", if mini { " rag-mini" } else { "" });
    if mini {
        view! { <span class=class><span class="visually-hidden">{text}</span></span> }.into_any()
    } else {
        view! { <span class=class>{text}</span> }.into_any()
    }
}

/// The colours' words, for what shows many: a catalogue is asked once for each.
#[must_use]
pub fn colours(say: Say) -> HashMap<Rag, String> {
    Rag::ALL.iter().map(|rag| (*rag, say.word("rag", rag.as_str()))).collect()
}

/// What the colours mean, with the limits that hold unless an indicator has its own.
#[must_use]
pub fn legend(say: Say) -> AnyView {
    let limits = Thresholds::default();
    let n = |value: Decimal| format::figure(value, 0);
    let mark = |word: &'static str| view! { <span class="row">{rag(say, word, true)}" "{say.word("rag", word)}</span> };
    view! {
        <details class="small muted"><summary>{say.t("legend-title")}</summary>
            <p class="row">{Rag::ALL.iter().map(|rag| mark(rag.as_str())).collect_view()}</p>
            <p>{say.with("legend-rag", &[("amber", &n(limits.amber)), ("red", &n(limits.red)), ("over", &n(limits.over))])}</p></details>
    }
    .into_any()
}

/// A status with its words.
#[must_use]
pub fn status(say: Say, word: &str) -> AnyView {
    view! { <span class=format!("status status-{word}")>{say.word("status", word)}</span> }.into_any()
}

/// A figure, or a dash that is read as "no data": never 0.
#[must_use]
pub fn figure(say: Say, value: Option<Decimal>, decimals: u32) -> AnyView {
    match value {
        Some(value) => format::figure(value, decimals).into_any(),
        None => view! { <span class="nil" aria-hidden="true">"–"</span><span class="visually-hidden">{say.t("no-data")}</span> }.into_any(),
    }
}

/// The way to the evidence of a figure, with how many pieces there are. `base` is the project's address; `what` names the figure.
#[must_use]
pub fn evidence(say: Say, base: &str, value: ValueId, count: i64, what: &str) -> AnyView {
    let text = say.count("evidence-count", count);
    view! { <p class="small"><a href=format!("{base}/evidence?value={value}")>{text}<span class="visually-hidden">": "{what.to_owned()}</span></a></p> }.into_any()
}

/// A moment, readable by programs too.
#[must_use]
pub fn moment(say: Say, at: DateTime<Utc>) -> AnyView {
    view! { <time datetime=at.to_rfc3339()>{format::moment(say, at)}</time> }.into_any()
}

/// A tile: what is counted, and how many.
#[must_use]
pub fn tile(label: String, figure: String, note: Option<String>) -> AnyView {
    view! {
        <div class="stat"><p class="stat-label">{label}</p><p class="stat-figure">{figure}</p>
            {note.map(|note| view! { <p class="stat-note">{note}</p> })}</div>
    }
    .into_any()
}

/// The mark of a mean that gives every place and period the same weight.
#[must_use]
pub fn unweighted(say: Say, is: bool) -> AnyView {
    if is { view! { <span class="tag">{say.t("unweighted")}</span> }.into_any() } else { ().into_any() }
}

/// What a column holds, in words where it is a word of the database.
#[must_use]
pub fn in_words(say: Say, field: &str, value: &str) -> String {
    let family = match field {
        "kind" | "frequency" | "direction" | "accumulation" | "status" | "block" => field,
        "agg_locations" => "agg-locations",
        "agg_periods" => "agg-periods",
        "entry_kind" => "entry-kind",
        "framework_template" => "template",
        "default_locale" | "locale" => "language",
        "achievement_formula" => "achievement-formula",
        "responsible_role" => "role",
        "iati_measure" => "iati-measure",
        "data_use" => return listed(say, "data-use", value),
        "quality_assurance" => return listed(say, "quality", value),
        "framework_result_types" => return listed(say, "result-type", value),
        "framework_level_indicators" => return listed(say, "whether", value),
        "carry_forward" | "baseline_na" | "is_key" | "is_public" | "iati_export" | "donor_visible" | "shared" | "required"
        | "self_approved" => "whether",
        "consent" => "consent",
        _ => return value.to_owned(),
    };
    if value.is_empty() { String::new() } else { say.word(family, value) }
}

/// The words of a list, each in the reader's language.
fn listed(say: Say, family: &str, value: &str) -> String {
    value.split(", ").filter(|word| !word.is_empty()).map(|word| say.word(family, word)).collect::<Vec<_>>().join(", ")
}

/// What is wrong in a file, in words; what a form would refuse too is said as the form says it.
#[must_use]
pub fn issue_in_words(say: Say, code: &str) -> String {
    match code.strip_prefix("fault_") {
        Some(fault) => say.word("fault", fault),
        None => say.word("issue", code),
    }
}

/// What was typed into a field, boxes among them, as the column would hold it.
fn typed(sheet: &Sheet, field: &str, now: &str) -> String {
    match field {
        "data_use" | "quality_assurance" => {
            let typed = sheet.ticked(&format!("{field}-"));
            // in the order in which the column holds them
            let mut words: Vec<&str> = now.split(", ").filter(|word| typed.iter().any(|other| other == word)).collect();
            words.extend(typed.iter().map(String::as_str).filter(|word| !now.split(", ").any(|other| other == *word)));
            words.join(", ")
        }
        _ if matches!(now, "true" | "false") => sheet.is_ticked(field, now == "true").to_string(),
        _ => sheet.value(field, now),
    }
}

/// Two people changed the same thing: what stands there now, beside what was typed, field by field. Nothing of either is lost: the form
/// beneath holds what was typed, and takes the place of the other only when it is sent once more.
#[must_use]
pub fn conflict(say: Say, sheet: &Sheet, stands: &[(&'static str, String)]) -> AnyView {
    conflict_of(say, sheet, stands, &|_| None)
}

/// The same; `named` says what an id in a field is the id of.
#[must_use]
pub fn conflict_of(say: Say, sheet: &Sheet, stands: &[(&'static str, String)], named: &dyn Fn(&str) -> Option<String>) -> AnyView {
    if !sheet.is_stale() {
        return ().into_any();
    }
    let differ = stands.iter().map(|(field, now)| (*field, now, typed(sheet, field, now)));
    let rows: Vec<_> = differ
        .filter(|(_, now, typed)| now.replace('\r', "").trim() != typed.replace('\r', "").trim())
        .map(|(field, now, typed)| {
            let shown = |text: &str| named(text).unwrap_or_else(|| in_words(say, field, text));
            let (now, typed) = (shown(now), shown(&typed));
            view! { <tr><th scope="row">{say.word("field", field)}</th><td class="typed">{now}</td><td class="typed">{typed}</td></tr> }
        })
        .collect();
    if rows.is_empty() {
        return view! { <p class="notice">{say.t("conflict-same")}</p> }.into_any();
    }
    view! {
        <div class="notice warning"><strong>{say.t("conflict-title")}</strong><p>{say.t("conflict-text")}</p>
            <div class="scroll" role="region" aria-label=say.t("conflict-title") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("col-field")}</th><th scope="col">{say.t("conflict-now")}</th><th scope="col">{say.t("conflict-yours")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></div>
    }
    .into_any()
}

/// A refused form that does not stand on the page any more, because something is closed to it now: why, and what was typed, to be copied.
#[must_use]
pub fn lost(say: Say, sheet: &Sheet, fields: &[&'static str]) -> AnyView {
    if !sheet.was_refused() {
        return ().into_any();
    }
    let typed: Vec<_> = fields
        .iter()
        .map(|field| (say.word("field", field), in_words(say, field, &sheet.value(field, ""))))
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(name, text)| view! { <dt>{name}</dt><dd class="typed">{text}</dd> })
        .collect();
    view! {
        {sheet.refusal()}
        {(!typed.is_empty()).then(|| view! { <section class="card flow-s"><h2>{say.t("conflict-yours")}</h2><dl class="defs">{typed}</dl></section> })}
    }
    .into_any()
}

/// The notice of a project whose figures were generated.
#[must_use]
pub fn generated(say: Say, is: bool) -> AnyView {
    if is {
        view! { <div class="notice"><strong>{say.t("generated-title")}</strong><p>{say.t("generated-text")}</p></div> }.into_any()
    } else {
        ().into_any()
    }
}

/// The pages that belong together, as tabs: address, text, and which of them is shown.
#[must_use]
pub fn tabs<const N: usize>(say: Say, label: &str, all: [(&'static str, &'static str, bool); N]) -> AnyView {
    let tabs = all
        .map(|(path, key, is_shown)| {
            let current = is_shown.then_some("page");
            view! { <li><a href=path aria-current=current>{say.t(key)}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=say.t(label)><ul>{tabs}</ul></nav> }.into_any()
}
