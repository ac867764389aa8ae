//! Editing a results framework: its levels, its results in their order, its approval and its revisions.

mod import;
mod node;
mod versions;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::projects::Project;
use server::projects::framework::{self, Framework, Node, Status, TEMPLATES, Template};

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

/// What a level of a project's framework is called.
#[must_use]
pub fn level_name(say: Say, template: &str, own: &[String], level: i16) -> String {
    let at = usize::try_from(level).unwrap_or_default();
    let shipped = || Template::of(template).unwrap_or(TEMPLATES[0]).levels.get(at).copied().unwrap_or("activity");
    own.get(at).cloned().unwrap_or_else(|| say.word("level", shipped()))
}

/// `/o/{org}/projects/{code}/framework`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let id = project.id;
    let all = framework::get(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let edits = cx.may(Can::EditFramework(id)) && all.status.is_open();
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
    let shift = place("framework/shift", edits, &[]);
    let bring_back = place("indicators/revive", edits, &[]);
    // of a result that a colleague took out meanwhile
    place("framework/change", false, &["title", "description", "assumptions", "risks"]);
    let levels = place("framework/set-levels", edits, &["framework_template", "framework_levels"]);
    // an approval is of what was shown
    let mark = if approve.is_some() { framework::current(&cx, id).await?.mark()? } else { String::new() };
    let top = head(say, &cx, &project, Tab::Overview);
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
            {tree(say, &base, &project, &all, shift.as_ref(), &hidden)}
            {approve.map(|sheet| {
                let [org, project] = hidden.clone();
                reasoned(say, "framework-approve", &sheet, &[org, project, ("shown", mark)])
            })}
            {revise.map(|sheet| reasoned(say, "framework-revise", &sheet, &hidden))}
            {retired(say, bring_back.as_ref(), &hidden, &all)}
            {levels.map(|sheet| levels_form(say, &sheet, &hidden, &all))}
            {versions::list(say, &base, &all.versions)}
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

fn tree(say: Say, base: &str, project: &Project, all: &Framework, shift: Option<&Sheet>, hidden: &[(&'static str, String)]) -> AnyView {
    if all.nodes.is_empty() {
        return view! { <div class="empty"><h2>{say.t("framework-none-title")}</h2><p>{say.t("framework-none")}</p></div> }.into_any();
    }
    let branches = branches(say, base, project, &all.nodes, None, shift, hidden);
    view! {
        <section class="flow-s" aria-labelledby="framework-h"><h2 id="framework-h">{say.t("framework-title")}</h2>
            {shift.map(Sheet::refusal)}<ul class="tree">{branches}</ul></section>
    }
    .into_any()
}

fn branches(
    say: Say,
    base: &str,
    project: &Project,
    nodes: &[Node],
    parent: Option<&Node>,
    shift: Option<&Sheet>,
    hidden: &[(&'static str, String)],
) -> Vec<AnyView> {
    let children: Vec<&Node> = nodes.iter().filter(|node| node.parent == parent.map(|node| node.id)).collect();
    let last = children.len().saturating_sub(1);
    children
        .into_iter()
        .enumerate()
        .map(|(at, node)| {
            let below = branches(say, base, project, nodes, Some(node), shift, hidden);
            let empty = below.is_empty();
            let buttons = shift.map(|sheet| shift_buttons(say, sheet, node, at > 0, at < last, hidden));
            view! {
                <li><div class="node" id=format!("node-{}", node.id) tabindex="-1"><span class="level">{level_name(say, &project.template, &project.own_levels, node.level)}</span>
                    <span class="number">{node.number.clone()}</span><a href=format!("{base}/results/{}", node.id)><strong>{node.title.clone()}</strong></a>{buttons}</div>
                    {(!empty).then(|| view! { <ul>{below}</ul> })}</li>
            }
            .into_any()
        })
        .collect()
}

/// Up and down among siblings: buttons, so that it needs neither script nor a mouse.
fn shift_buttons(say: Say, sheet: &Sheet, node: &Node, up: bool, down: bool, hidden: &[(&'static str, String)]) -> AnyView {
    let button = |direction: &'static str, sign: &'static str| {
        let label = format!("{}: {}", say.t(&format!("move-{direction}")), node.title);
        view! { <button class="btn btn-small" name="direction" value=direction aria-label=label>{sign}</button> }
    };
    let hidden = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect_view();
    let back = format!("{}#node-{}", sheet.back(), node.id);
    view! {
        <form class="row no-print" method="post" action=sheet.action()>{hidden}<input type="hidden" name="back" value=back/>
            <input type="hidden" name="node" value=node.id.to_string()/>{up.then(|| button("up", "↑"))}{down.then(|| button("down", "↓"))}</form>
    }
    .into_any()
}

/// An act that needs a reason and nothing else.
fn reasoned(say: Say, act: &'static str, sheet: &Sheet, hidden: &[(&'static str, String)]) -> AnyView {
    let fields = view! { {sheet.line("reason", "text", "")}{sheet.actions(act, None)} };
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t(act)}</summary><p>{say.t(&format!("{act}-text"))}</p>{sheet.form(hidden, fields)}</details>
    }
    .into_any()
}

fn levels_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], all: &Framework) -> AnyView {
    let choices = TEMPLATES.map(|template| {
        let levels: Vec<_> = template.levels.iter().map(|level| say.word("level", level)).collect();
        (template.key.to_owned(), format!("{}: {}", say.word("template", template.key), levels.join(" → ")))
    });
    let mut hidden = hidden.to_vec();
    hidden.push(("row_version", all.row_version.to_string()));
    let own = all.own_levels.join("\n");
    let fields = view! {
        {parts::conflict(say, sheet, &[("framework_template", all.template.clone()), ("framework_levels", own.clone())])}
        {sheet.choice("framework_template", choices.to_vec(), &all.template)}
        {sheet.area("framework_levels", 4, &own)}
        {sheet.actions("save", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("framework-levels")}</summary>{sheet.form(&hidden, fields)}</details> }.into_any()
}

/// Shifts a result among its siblings.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/shift")]
pub async fn shift(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/shift", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let direction = match form.get("direction") {
            "up" => framework::Direction::Up,
            "down" => framework::Direction::Down,
            _ => return Err(Error::NotFound.into()),
        };
        framework::shift(&cx, project_of(&form)?, form.id("node")?, direction).await?;
        Ok(to(forms::back(&form)).saying("node-moved"))
    })
    .await
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

/// Sets the levels.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/set-levels")]
pub async fn set_levels(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/set-levels", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (template, own) = (form.get("framework_template"), form.get("framework_levels"));
        framework::set_levels(&cx, project_of(&form)?, template, own, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
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
