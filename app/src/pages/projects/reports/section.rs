//! One section of a report: what is written, how it will read, what was said about it, and who writes it.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::{ReportId, ReportSectionId, UserId};
use server::projects::learning::reaches;
use server::projects::reports;
use server::projects::reports::sections::{self, Opened, STATES, Section, TextForm};
use server::projects::snapshot::Content;

use super::super::{Tab, head, project, project_of};
use super::outline::{blocks, typed};
use super::{Hidden, comments};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::pages::portal;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// `/o/{org}/projects/{code}/reports/{id}/sections/{section}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id, section)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let section: ReportSectionId = section.parse().map_err(|_| Error::NotFound)?;
    let opened = sections::open(&cx, project.id, id, section).await?;
    let preview = reports::preview(&cx, project.id, id, Some(section)).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let is_open = opened.report.state().is_open();
    let (write, plan, remove) = (sheet("report-sections/write"), sheet("report-sections/plan"), sheet("report-sections/remove"));
    let (comment, resolve) = (sheet("report-comments/add"), sheet("report-comments/resolve"));
    let writes = is_open && reaches(&cx, Can::WriteSection(project.id), opened.section.mine);
    let plans = is_open && cx.may(Can::WriteReport(project.id));
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&opened.section.title.clone(), move || {
        let report = format!("/o/{org}/projects/{code}/reports/{id}");
        let base: Hidden =
            vec![("org", org), ("code", code), ("project", project.id.to_string()), ("report", id.to_string()), ("section", section.to_string())];
        let mut hidden = base.clone();
        hidden.push(("row_version", opened.section.row_version.to_string()));
        view! {
            {top}
            <p class="eyebrow"><a href=report.clone()>{opened.report.title.clone()}</a></p>
            <div class="section-head"><h2>{opened.section.title.clone()}" "{parts::status(say, &opened.section.status)}</h2></div>
            {facts(say, &opened.section)}
            {(!is_open).then(|| view! { <p class="notice">{say.t("section-closed")}" "<a href=report.clone()>{say.t("report-to-it")}</a></p> })}
            {if writes { text_form(say, &write, &hidden, &opened.section) } else { parts::lost(say, &write, &["body", "status"]) }}
            {shown(say, &preview)}
            {comments::section(say, &base, &opened.comments, &comment, &resolve)}
            {if plans { plan_forms(say, &plan, &remove, &hidden, &opened) } else { parts::lost(say, &plan, &["title", "guidance"]) }}
        }
    }))
}

fn facts(say: Say, section: &Section) -> AnyView {
    let assignee = section.assignee.clone().unwrap_or_else(|| say.t("section-unassigned"));
    let by = section.by.clone().map(|name| view! { <dt>{say.t("section-changed-by")}</dt><dd>{name}</dd> });
    view! {
        <dl class="defs"><dt>{say.t("field-assigned-to")}</dt><dd>{assignee}</dd>
            <dt>{say.t("field-block")}</dt><dd>{say.word("block", &section.block)}</dd>{by}</dl>
        {(!section.guidance.is_empty()).then(|| view! { <div class="notice"><strong>{say.t("section-guidance")}</strong><p class="typed">{section.guidance.clone()}</p></div> })}
    }
    .into_any()
}

fn text_form(say: Say, sheet: &Sheet, hidden: &Hidden, section: &Section) -> AnyView {
    let stands = [("body", section.body.clone()), ("status", section.status.clone())];
    let states = STATES.map(|state| (state.to_owned(), say.word("status", state))).to_vec();
    // who begins to write has begun
    let now = if section.status == "to_do" { "draft" } else { section.status.as_str() };
    let fields = view! {
        {parts::conflict(say, sheet, &stands)}
        {sheet.area("body", 16, &section.body)}
        {help(say)}
        {sheet.choice("status", states, now)}
        {sheet.actions("save", None)}
    };
    view! { <section class="card no-print" aria-labelledby="write-h"><h2 id="write-h">{say.t("section-write")}</h2>{sheet.form(hidden, fields)}</section> }
        .into_any()
}

/// The marks of the language that sections are written in.
fn help(say: Say) -> AnyView {
    let marks = [
        ("# …", "markdown-heading"),
        ("**…**", "markdown-strong"),
        ("*…*", "markdown-emphasis"),
        ("- …", "markdown-list"),
        ("1. …", "markdown-numbers"),
        ("> …", "markdown-quote"),
        ("[…](https://…)", "markdown-link"),
        ("| … | … |", "markdown-table"),
    ];
    let marks = marks.map(|(mark, key)| view! { <dt><code>{mark}</code></dt><dd>{say.t(key)}</dd> });
    view! { <details class="small"><summary>{say.t("markdown-help")}</summary><dl class="defs">{marks.collect_view()}</dl></details> }
        .into_any()
}

fn shown(say: Say, preview: &Content) -> AnyView {
    view! {
        <section class="flow-s" aria-labelledby="preview-h"><h2 id="preview-h">{say.t("section-preview")}</h2><p class="small muted">{say.t("section-preview-text")}</p>
            <div class="card">{portal::sections_alone(say, preview)}</div></section>
    }
    .into_any()
}

fn plan_forms(say: Say, plan: &Sheet, remove: &Sheet, hidden: &Hidden, opened: &Opened) -> AnyView {
    let section = &opened.section;
    let assigned = section.assigned_to.map(|id| id.to_string()).unwrap_or_default();
    let now = section.assigned_to.zip(section.assignee.clone());
    let choices = people(say, &opened.people, now);
    // of the texts that are compared, only these are ids
    let named = |id: &str| choices.iter().find(|(other, _)| !other.is_empty() && other == id).map(|(_, name)| name.clone());
    let stands = [
        ("title", section.title.clone()),
        ("block", section.block.clone()),
        ("assigned_to", assigned.clone()),
        ("guidance", section.guidance.clone()),
        ("required", section.required.to_string()),
    ];
    let differences = parts::conflict_of(say, plan, &stands, &named);
    let fields = view! {
        {differences}
        {plan.line("title", "text", &section.title)}
        {plan.choice("block", blocks(say), &section.block)}
        {plan.choice("assigned_to", choices, &assigned)}
        {plan.area("guidance", 3, &section.guidance)}
        {plan.tick("required".to_owned(), say.t("section-is-required"), section.required)}
        {plan.actions("save", None)}
    };
    let typed = remove.typed_to_delete(say.with("delete-type", &[("name", &section.title)]));
    view! {
        <details class="card no-print" open=plan.was_refused()><summary>{say.t("section-plan")}</summary>{plan.form(hidden, fields)}</details>
        <details class="card no-print" open=remove.was_refused()><summary>{say.t("section-remove")}</summary>
            {remove.form(hidden, view! { <p>{say.t("section-remove-text")}</p>{typed}{remove.actions("section-remove", None)} })}</details>
    }
    .into_any()
}

/// Who can be given a section: nobody in particular, who has it now, and the people of the project.
fn people(say: Say, all: &[(UserId, String)], now: Option<(UserId, String)>) -> Vec<(String, String)> {
    let gone = now.filter(|(id, _)| all.iter().all(|(other, _)| other != id));
    let named = gone.into_iter().chain(all.iter().cloned()).map(|(id, name)| (id.to_string(), name));
    std::iter::once((String::new(), say.t("section-unassigned"))).chain(named).collect()
}

/// Writes a section.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-sections/write")]
pub async fn write(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-sections/write", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let text = TextForm { body: form.get("body"), status: form.get("status") };
        sections::write(&cx, project_of(&form)?, form.id("report")?, form.id("section")?, text, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Changes what a section is called, what it shows and who writes it.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-sections/plan")]
pub async fn plan(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-sections/plan", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        sections::plan(&cx, project_of(&form)?, form.id("report")?, form.id("section")?, typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Takes a section out.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-sections/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-sections/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let report: ReportId = form.id("report")?;
        sections::remove(&cx, project_of(&form)?, report, form.id("section")?, form.row_version()?, form.get("confirm")).await?;
        Ok(to(super::page_of(&form, report)).saying("section-removed"))
    })
    .await
}
