//! What of a framework was approved, and what changed from one version to the next.

use std::collections::BTreeMap;

use axum::extract::Path;
use leptos::prelude::*;
use server::kernel::error::Error;
use server::projects::framework::difference::{self, Change, Thing, What};
use server::projects::framework::{self, Content, FrozenIndicator, Version};

use super::super::{Tab, head, project};
use super::level_name;
use crate::answers::Answer;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// The versions, on the page of the editor.
pub(super) fn list(say: Say, base: &str, versions: &[Version]) -> AnyView {
    if versions.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = versions
        .iter()
        .map(|version| {
            let name = say.with("framework-version", &[("version", &version.version.to_string())]);
            view! {
                <tr><th scope="row"><a href=format!("{base}/versions/{}", version.version)>{name}</a></th><td>{parts::moment(say, version.at)}</td>
                    <td>{version.by.clone()}</td>
                    <td>{version.reason.clone()}{version.revision_reason.clone().map(|why| view! { <br/><small class="muted">{say.t("framework-revised-for")}": "{why}</small> })}</td></tr>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="versions-h"><h2 id="versions-h">{say.t("framework-versions")}</h2>
            <div class="scroll" role="region" aria-label=say.t("framework-versions") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("col-version")}</th><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("framework-approved-by")}</th>
                    <th scope="col">{say.t("field-reason")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></section>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/framework/versions/{version}`: what was approved, and what that changed.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, version)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let version: i32 = version.parse().map_err(|_| Error::NotFound)?;
    let content = framework::version(&cx, project.id, version).await?;
    let before = if version > 1 { Some(framework::version(&cx, project.id, version - 1).await?) } else { None };
    let approved = framework::list(&cx, project.id).await?.into_iter().find(|v| v.version == version).ok_or(Error::NotFound)?;
    let say = visit.say;
    let title = say.with("framework-version", &[("version", &version.to_string())]);
    let top = head(say, &cx, &project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&title.clone(), move || {
        let changes = before.map(|before| {
            let heading = say.with("framework-since", &[("version", &(version - 1).to_string())]);
            told(say, &heading, &difference::between(&before, &content))
        });
        view! {
            {top}
            <section class="flow" aria-labelledby="version-h">
                <p class="eyebrow"><a href=format!("/o/{org}/projects/{code}/framework")>{say.t("framework-title")}</a></p>
                <h2 id="version-h">{title}</h2>
                <p>{parts::moment(say, approved.at)}{approved.by.map(|by| format!(" · {by}"))}": "<q>{approved.reason}</q></p>
                {approved.revision_reason.map(|why| view! { <p>{say.t("framework-revised-for")}": "<q>{why}</q></p> })}
                {changes}
                {whole(say, "framework-as-approved", &content)}
            </section>
        }
    }))
}

/// `/o/{org}/projects/{code}/framework/changes`: the framework as it would be approved now, and what that changes.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn changes(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let now = framework::current(&cx, project.id).await?;
    let last = framework::list(&cx, project.id).await?.first().map(|version| version.version);
    let before = match last {
        Some(version) => Some((version, framework::version(&cx, project.id, version).await?)),
        None => None,
    };
    let say = visit.say;
    let top = head(say, &cx, &project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("framework-title"), move || {
        let changes = before.map(|(version, before)| {
            let heading = say.with("framework-since", &[("version", &version.to_string())]);
            told(say, &heading, &difference::between(&before, &now))
        });
        view! {
            {top}
            <p class="eyebrow"><a href=format!("/o/{org}/projects/{code}/framework")>{say.t("framework-title")}</a></p>
            {changes}
            {whole(say, "framework-as-it-stands", &now)}
        }
    }))
}

/// Changes as a table: what, and each field before and after.
fn told(say: Say, heading: &str, changes: &[Change]) -> AnyView {
    let none = changes.is_empty();
    let rows: Vec<_> = changes.iter().map(|change| row(say, change)).collect();
    view! {
        <section class="flow-s" aria-labelledby="changes-h"><h2 id="changes-h">{heading.to_owned()}</h2>
            {none.then(|| view! { <p>{say.t("framework-no-changes")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=heading.to_owned() tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-field")}</th><th scope="col">{say.t("col-old")}</th><th scope="col">{say.t("col-new")}</th></tr></thead>
                    {rows}</table></div>
            })}</section>
    }
    .into_any()
}

/// A change: a body of the table of its own, so that its name is the heading of its fields and of no others.
fn row(say: Say, change: &Change) -> AnyView {
    let what = match change.what {
        What::Added => "change-added",
        What::Removed => "change-removed",
        What::Changed => "change-changed",
    };
    let (thing, name) = match change.thing {
        Thing::Levels => (None, say.t("framework-levels")),
        Thing::Result => (Some("change-result"), change.name.clone()),
        Thing::Indicator => (Some("change-indicator"), change.name.clone()),
    };
    let thing = thing.map(|thing| format!("{} · ", say.t(thing)));
    let fields: Vec<_> = change
        .fields
        .iter()
        .map(|field| {
            let name = match field.name.strip_prefix("target-") {
                Some(period) => format!("{}: {period}", say.t("col-target")),
                None => say.word("field", &field.name),
            };
            let (before, after) = (parts::in_words(say, &field.name, &field.before), parts::in_words(say, &field.name, &field.after));
            view! { <tr><th scope="row">{name}</th><td class="typed">{before}</td><td class="typed">{after}</td></tr> }
        })
        .collect();
    view! {
        <tbody><tr><th scope="rowgroup" colspan="3"><strong>{name}</strong>" "<small class="muted">{thing}{say.t(what)}</small></th></tr>{fields}</tbody>
    }
    .into_any()
}

/// The whole framework at one moment, for reading and printing.
fn whole(say: Say, heading: &str, content: &Content) -> AnyView {
    let known = |id: &str| content.nodes.iter().any(|node| node.id == id);
    let by_node: BTreeMap<Option<&str>, Vec<&FrozenIndicator>> = content.indicators.iter().fold(BTreeMap::new(), |mut all, indicator| {
        all.entry(indicator.node.as_deref().filter(|id| known(id))).or_default().push(indicator);
        all
    });
    let indicators = |node: Option<&str>| {
        let lines: Vec<_> = by_node.get(&node).into_iter().flatten().map(|indicator| frozen(say, indicator)).collect();
        (!lines.is_empty()).then(|| view! { <ul>{lines}</ul> })
    };
    let nodes: Vec<_> = content
        .nodes
        .iter()
        .map(|node| {
            let level = i16::try_from(node.number.matches('.').count()).unwrap_or_default();
            let text = |name: &str| node.fields.get(name).cloned().unwrap_or_default();
            let more: Vec<_> = ["description", "assumptions", "risks"]
                .into_iter()
                .filter(|name| !text(name).is_empty())
                .map(|name| view! { <dt>{say.word("field", name)}</dt><dd class="typed">{text(name)}</dd> })
                .collect();
            view! {
                <li><div class="node"><span class="level">{level_name(say, &content.template, &content.own_levels, level)}</span>
                    <span class="number">{node.number.clone()}</span><strong>{text("title")}</strong></div>
                    {(!more.is_empty()).then(|| view! { <dl class="defs">{more}</dl> })}{indicators(Some(&node.id))}</li>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="whole-h"><h2 id="whole-h">{say.t(heading)}</h2>
            <ul class="tree">{nodes}</ul>{indicators(None)}</section>
    }
    .into_any()
}

/// An indicator with all that was agreed of it.
fn frozen(say: Say, indicator: &FrozenIndicator) -> AnyView {
    let text = |name: &str| indicator.fields.get(name).cloned().unwrap_or_default();
    let targets: Vec<_> = indicator.targets.iter().map(|target| format!("{}: {}", target.place(), target.value)).collect();
    let told = indicator.fields.iter().filter(|(name, value)| *name != "title" && !value.is_empty());
    let mut facts: Vec<(String, String)> = told.map(|(name, value)| (say.word("field", name), parts::in_words(say, name, value))).collect();
    if !targets.is_empty() {
        facts.push((say.t("col-target"), targets.join(" · ")));
    }
    let facts: Vec<_> = facts.into_iter().map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> }).collect();
    view! {
        <li class="ind"><code>{indicator.code.clone()}</code><strong>{text("title")}</strong>
            <details open=true><summary>{say.t("framework-agreed")}</summary><dl class="defs">{facts}</dl></details></li>
    }
    .into_any()
}
