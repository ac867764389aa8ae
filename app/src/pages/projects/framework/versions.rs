//! What of a framework was approved, and what changed from one version to the next.

use std::collections::BTreeMap;

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Cx;
use server::kernel::error::{Error, Result};
use server::projects::Project;
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
                    <td>{version.by.clone()}</td><td>{version.reason.clone()}</td></tr>
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
pub async fn show(visit: Visit, Path((org, code, version)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
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
                {changes}
                {whole(say, &content)}
            </section>
        }
    }))
}

/// `/o/{org}/projects/{code}/framework/changes`: what the revision changed so far.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn changes(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let (version, changes) = since_approval(&cx, &project).await?;
    let say = visit.say;
    let top = head(say, &cx, &project, Tab::Overview);
    let heading = say.with("framework-since", &[("version", &version.to_string())]);
    Ok(visit.inside(&cx, Nav::Projects).show(&heading.clone(), move || {
        view! {
            {top}
            <p class="eyebrow"><a href=format!("/o/{org}/projects/{code}/framework")>{say.t("framework-title")}</a></p>
            {told(say, &heading, &changes)}
        }
    }))
}

async fn since_approval(cx: &Cx, project: &Project) -> Result<(i32, Vec<Change>)> {
    let last = framework::list(cx, project.id).await?.into_iter().next().ok_or(Error::NotFound)?.version;
    let (before, after) = (framework::version(cx, project.id, last).await?, framework::current(cx, project.id).await?);
    Ok((last, difference::between(&before, &after)))
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
                    <thead><tr><th scope="col">{say.t("col-what")}</th><th scope="col">{say.t("col-field")}</th><th scope="col">{say.t("col-old")}</th>
                        <th scope="col">{say.t("col-new")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}</section>
    }
    .into_any()
}

fn row(say: Say, change: &Change) -> Vec<AnyView> {
    let what = match change.what {
        What::Added => "change-added",
        What::Removed => "change-removed",
        What::Changed => "change-changed",
    };
    let name = if change.thing == Thing::Levels { say.t("framework-levels") } else { change.name.clone() };
    let span = change.fields.len().max(1).to_string();
    let head = view! { <th scope="rowgroup" rowspan=span>{name}<br/><small class="muted">{say.t(what)}</small></th> };
    let cells = |field: &difference::Field| {
        let name = match field.name.strip_prefix("target-") {
            Some(period) => format!("{}: {period}", say.t("col-target")),
            None => say.word("field", &field.name),
        };
        view! { <td>{name}</td><td>{parts::in_words(say, &field.name, &field.before)}</td><td>{parts::in_words(say, &field.name, &field.after)}</td> }
    };
    let Some((first, rest)) = change.fields.split_first() else {
        return vec![view! { <tr>{head}<td></td><td></td><td></td></tr> }.into_any()];
    };
    let mut rows = vec![view! { <tr>{head}{cells(first)}</tr> }.into_any()];
    rows.extend(rest.iter().map(|field| view! { <tr>{cells(field)}</tr> }.into_any()));
    rows
}

/// The whole framework as it was approved, for reading and printing.
fn whole(say: Say, content: &Content) -> AnyView {
    let by_node: BTreeMap<Option<&str>, Vec<&FrozenIndicator>> = content.indicators.iter().fold(BTreeMap::new(), |mut all, indicator| {
        all.entry(indicator.node.as_deref()).or_default().push(indicator);
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
                .map(|name| view! { <dt>{say.word("field", name)}</dt><dd class="prose">{text(name)}</dd> })
                .collect();
            view! {
                <li><div class="node"><span class="level">{level_name(say, &content.template, &content.own_levels, level)}</span>
                    <span class="number">{node.number.clone()}</span><strong>{text("title")}</strong></div>
                    {(!more.is_empty()).then(|| view! { <dl class="defs">{more}</dl> })}{indicators(Some(&node.id))}</li>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="whole-h"><h2 id="whole-h">{say.t("framework-as-approved")}</h2>
            <ul class="tree">{nodes}</ul>{indicators(None)}</section>
    }
    .into_any()
}

fn frozen(say: Say, indicator: &FrozenIndicator) -> AnyView {
    let text = |name: &str| indicator.fields.get(name).cloned().unwrap_or_default();
    let targets: Vec<_> = indicator.targets.iter().map(|(period, value)| format!("{period}: {value}")).collect();
    let facts =
        [("field-baseline-value", text("baseline_value")), ("field-eop-target", text("eop_target")), ("col-target", targets.join(" · "))];
    let facts: Vec<_> =
        facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| view! { <dt>{say.t(key)}</dt><dd>{text}</dd> }).collect();
    view! {
        <li class="ind"><code>{indicator.code.clone()}</code>" "{text("title")}" "<small class="muted">{text("unit")}</small>
            {(!facts.is_empty()).then(|| view! { <dl class="defs">{facts}</dl> })}</li>
    }
    .into_any()
}
