//! Editing a results framework: its levels, its results in their order, its approval and its revisions.

mod import;
mod levels;
mod node;
mod tree;
mod versions;

pub(in crate::pages) use levels::level_line;
pub use levels::{level_name, template_choices};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::projects::framework::{self, Framework, Status, own_templates};
use server::projects::targets::AtOdds;

use super::indicators::targets_differ;
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/framework", get(show))
        .route("/o/{org}/projects/{code}/framework/versions/{version}", get(versions::show))
        .route("/o/{org}/projects/{code}/framework/changes", get(versions::changes))
        .route("/o/{org}/projects/{code}/framework/results/{id}", get(node::show))
        .merge(import::routes())
}

/// `/o/{org}/projects/{code}/framework`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id = project.id;
    let all = framework::get(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let edits = cx.may(Can::EditFramework(id)) && all.status.is_open();
    let offered = if edits { own_templates::offered(&cx, Some(id)).await? } else { Vec::new() };
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let mut lost = Vec::new();
    let mut place = |form, may: bool, typed: &[&'static str]| {
        let sheet = sheet(form);
        if !may {
            lost.push(parts::lost(say, &sheet, typed));
        }
        may.then_some(sheet)
    };
    let approve = place("framework/approve", cx.may(Can::ApproveFramework(id)) && all.status.is_open(), &["reason"]);
    let revise = place("framework/revise", cx.may(Can::ReviseFramework(id)) && !all.status.is_open(), &["reason"]);
    let order = place("framework/shift", edits, &[]).zip(place("framework/place", edits, &[]));
    let bring_back = place("indicators/revive", edits, &[]);
    // of a result that a colleague took out meanwhile
    place("framework/change", false, &["title", "description", "assumptions", "risks"]);
    let levels = place("framework/set-levels", edits, &["framework_template", "framework_levels"]);
    // an approval is of what was shown
    let mark = if approve.is_some() { framework::current(&cx, id).await?.mark()? } else { String::new() };
    let top = head(say, &cx, &project, Tab::Overview);
    let nonce = visit.nonce.clone();
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("framework-title"), move || {
        let base = format!("/o/{org}/projects/{code}/framework");
        let hidden = [("org", org.clone()), ("project", id.to_string())];
        view! {
            {top}
            {lost}
            {standing(say, &base, &all)}
            {edits.then(|| view! {
                <p class="row no-print"><a class="btn btn-small" href=format!("{base}/import")>{say.t("framework-import")}</a>
                    <a class="btn btn-small" href=format!("/o/{org}/projects/{code}/targets/import")>{say.t("register-title-targets")}</a></p>
            })}
            {tree::tree(say, &base, &project, &all, order.as_ref(), &hidden)}
            {at_odds(say, &format!("/o/{org}/projects/{code}/indicators"), &all.at_odds)}
            {approve.map(|sheet| {
                let [org, project] = hidden.clone();
                reasoned(say, "framework-approve", &sheet, &[org, project, ("shown", mark)])
            })}
            {revise.map(|sheet| reasoned(say, "framework-revise", &sheet, &hidden))}
            {retired(say, bring_back.as_ref(), &hidden, &all)}
            {levels.map(|sheet| levels::form(say, &sheet, &hidden, &all, &offered))}
            {versions::list(say, &base, &all.versions)}
            {order.map(|_| view! { <script nonce=nonce>{tree::REORDER}</script> })}
        }
    }))
}

/// Where the framework stands, and what that means for who wants to change it.
fn standing(say: Say, base: &str, all: &Framework) -> AnyView {
    let status = all.status.as_str();
    let reason = all.revision_reason.clone().map(|reason| view! { <p><q>{reason}</q></p> });
    let words = match all.status {
        Status::Draft => Some("framework-read"),
        Status::Approved => None,
        Status::UnderRevision => Some("framework-changes"),
    };
    let changes = words.map(|words| view! { <p><a href=format!("{base}/changes")>{say.t(words)}</a></p> });
    view! {
        <div class="notice"><strong>{say.word("framework-status", status)}</strong><p>{say.word("framework-status-text", status)}</p>{reason}{changes}</div>
    }
    .into_any()
}

/// Targets by period that do not come to the target at the end: a mistake in one of the two, or periods that have no target yet.
fn at_odds(say: Say, indicators: &str, all: &[AtOdds]) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = all
        .iter()
        .map(|at| {
            let said = targets_differ(say, at.planned, at.end, at.decimals);
            view! { <li><a href=format!("{indicators}/{}", at.code)><code>{at.code.clone()}</code>" "{at.title.clone()}</a>" "{said}</li> }
        })
        .collect();
    view! { <div class="notice warning"><strong>{say.t("targets-at-odds")}</strong><ul>{lines}</ul></div> }.into_any()
}

/// An act that needs a reason and nothing else.
fn reasoned(say: Say, act: &'static str, sheet: &Sheet, hidden: &[(&'static str, String)]) -> AnyView {
    let fields = view! { {sheet.line("reason", "text", "")}{sheet.actions(act, None)} };
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t(act)}</summary><p>{say.t(&format!("{act}-text"))}</p>{sheet.form(hidden, fields)}</details>
    }
    .into_any()
}

/// Indicators that were retired, each with the way back.
fn retired(say: Say, revive: Option<&Sheet>, hidden: &[(&'static str, String); 2], all: &Framework) -> AnyView {
    if all.retired.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = all
        .retired
        .iter()
        .map(|indicator| {
            let [org, project] = hidden.clone();
            let back = revive.map(|sheet| {
                let label = format!("{}: {}", say.t("indicator-revive"), indicator.title);
                view! {
                    <form method="post" action=sheet.action()><input type="hidden" name="org" value=org.1/><input type="hidden" name="project" value=project.1/>
                        <input type="hidden" name="indicator" value=indicator.id.to_string()/><input type="hidden" name="row_version" value=indicator.row_version.to_string()/>
                        <input type="hidden" name="back" value=sheet.back()/><button class="btn btn-small" aria-label=label>{say.t("indicator-revive")}</button></form>
                }
            });
            view! { <li class="row"><span><code>{indicator.code.clone()}</code>" "{indicator.title.clone()}</span>{back}</li> }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="retired-h"><h2 id="retired-h">{say.t("indicators-retired")}</h2>
            {revive.map(Sheet::refusal)}<ul class="plain-list">{lines}</ul></section>
    }
    .into_any()
}

/// Approves the framework.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/approve")]
pub async fn approve(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/approve", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        framework::approve(&cx, project_of(&form)?, form.get("shown"), form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("framework-approved"))
    })
    .await
}

/// Begins a revision.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/revise")]
pub async fn revise(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/revise", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        framework::revise(&cx, project_of(&form)?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("framework-revised"))
    })
    .await
}
