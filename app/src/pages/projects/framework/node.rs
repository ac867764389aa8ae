//! One result of a framework: its texts, where it hangs, and taking it out.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::ResultNodeId;
use server::projects::framework::{self, Node, NodeForm};

use super::super::{Tab, head, project, project_of};
use super::level_name;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{Problem, Visit};

/// `/o/{org}/projects/{code}/framework/results/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ResultNodeId = id.parse().map_err(|_| Error::NotFound)?;
    let all = framework::get(&cx, project.id).await?;
    let node = all.nodes.iter().find(|node| node.id == id).cloned().ok_or(Error::NotFound)?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sees = cx.may(Can::ReadEvidence(project.id));
    let edits = cx.may(Can::EditFramework(project.id)) && all.status.is_open();
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (change, transfer, remove) = (sheet("framework/change"), sheet("framework/transfer"), sheet("framework/remove"));
    let lost = (!edits).then(|| {
        let typed = parts::lost(say, &change, &["title", "description", "assumptions", "risks"]);
        view! { {typed}{transfer.refusal()}{remove.refusal()} }
    });
    let top = head(say, &cx, &project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&node.title.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/framework");
        let hidden = [("org", org.clone()), ("project", project.id.to_string()), ("node", id.to_string())];
        let level = level_name(say, &project.template, &project.own_levels, node.level);
        view! {
            {top}
            <section class="flow" aria-labelledby="node-h">
                <p class="eyebrow"><a href=base>{say.t("framework-title")}</a>" · "{level}</p>
                <h2 id="node-h">{node.number.clone()}" "{node.title.clone()}</h2>
                {if edits { form(say, &change, &hidden, &node) } else { view! { {lost}{texts(say, &node)} }.into_any() }}
            </section>
            {sees.then(|| view! { <p class="no-print"><a class="btn btn-small" href=format!("/o/{org}/projects/{code}/evidence?result={id}")>{say.t("tab-evidence")}</a></p> })}
            {edits.then(|| hang(say, &transfer, &hidden, &node, &all.nodes))}
            {edits.then(|| out(say, &remove, &hidden, &node.number))}
        }
    }))
}

fn fields(node: &Node) -> [(&'static str, String); 4] {
    let texts = [&node.title, &node.description, &node.assumptions, &node.risks];
    let [title, description, assumptions, risks] = texts.map(Clone::clone);
    [("title", title), ("description", description), ("assumptions", assumptions), ("risks", risks)]
}

fn texts(say: Say, node: &Node) -> AnyView {
    let facts: Vec<_> = fields(node)
        .into_iter()
        .skip(1)
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <dt>{say.word("field", name)}</dt><dd class="typed">{text}</dd> })
        .collect();
    view! { <dl class="defs">{facts}</dl> }.into_any()
}

fn form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], node: &Node) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.push(("row_version", node.row_version.to_string()));
    let body = view! {
        {parts::conflict(say, sheet, &fields(node))}
        {sheet.line("title", "text", &node.title)}
        {sheet.area("description", 3, &node.description)}
        {sheet.area("assumptions", 3, &node.assumptions)}
        {sheet.area("risks", 3, &node.risks)}
        {sheet.actions("save", None)}
    };
    sheet.form(&hidden, body)
}

/// Under another parent of the same level.
fn hang(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], node: &Node, all: &[Node]) -> AnyView {
    let parents: Vec<_> = all
        .iter()
        .filter(|other| other.level + 1 == node.level && Some(other.id) != node.parent)
        .map(|other| (other.id.to_string(), format!("{} {}", other.number, other.title)))
        .collect();
    if parents.is_empty() && !sheet.was_refused() {
        return ().into_any();
    }
    let fields = view! { {sheet.choice("parent", parents, "")}{sheet.actions("node-transfer", None)} };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("node-transfer")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn out(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], number: &str) -> AnyView {
    let typed = sheet.typed_to_delete(say.with("delete-type", &[("name", number)]));
    let body = sheet.form(hidden, view! { {typed}{sheet.actions("node-remove", None)} });
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("node-remove")}</summary><p>{say.t("node-remove-text")}</p>{body}</details>
    }
    .into_any()
}

/// A result as typed.
pub(super) fn typed(form: &Fields) -> NodeForm {
    let own = |name: &str| form.own(name);
    NodeForm { title: own("title"), description: own("description"), assumptions: own("assumptions"), risks: own("risks") }
}

/// A result that a colleague took out meanwhile has no page any more: what was typed comes back on the editor's.
fn gone(error: Error, form: Fields) -> Problem {
    match error {
        Error::Rule("result_gone") => {
            let back = forms::back(&form);
            let editor = back.split("/results/").next().unwrap_or_default().to_owned();
            Problem::Partly(form.with("back", editor), error)
        }
        error => error.into(),
    }
}

/// Adds a result.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let parent = match form.get("parent") {
            "" => None,
            _ => Some(form.id("parent")?),
        };
        framework::add(&cx, project_of(&form)?, parent, &typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("node-added"))
    })
    .await
}

/// Changes the texts of a result.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/change")]
pub async fn change(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/change", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let done = framework::change(&cx, project_of(&form)?, form.id("node")?, &typed(&form), form.row_version()?).await;
        done.map(|()| to(forms::back(&form)).saying("saved")).map_err(|error| gone(error, form))
    })
    .await
}

/// Puts a result under another parent.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/transfer")]
pub async fn transfer(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/transfer", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        framework::transfer(&cx, project_of(&form)?, form.id("node")?, form.id("parent")?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Takes a result out, and leads back to the framework.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        framework::remove(&cx, project_of(&form)?, form.id("node")?, form.get("confirm")).await?;
        let back = forms::back(&form);
        let editor = back.split("/results/").next().unwrap_or(&back);
        Ok(to(editor).saying("node-removed"))
    })
    .await
}
