//! Actions: what is due first, and one action with how it goes, who has it, and who confirmed it.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::{AdaptationActionId, LearningEntryId};
use server::projects::learning::actions::{self, Action, ActionForm, Opened, ProgressForm, STATES};
use server::projects::learning::{Around, Board, reaches};

use super::super::{Tab, head, project, project_of};
use super::{Hidden, cut, indicator_choices, named, people_choices};
use crate::answers::Answer;
use crate::format::{day, period};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// Open actions by the day on which they are due; those that are over, folded.
pub(super) fn section(say: Say, base: &str, board: &Board) -> AnyView {
    let (open, over): (Vec<&Action>, Vec<&Action>) = board.actions.iter().partition(|action| action.is_open());
    let late = open.iter().filter(|action| action.days_late > 0).count();
    let settled = (!over.is_empty()).then(|| {
        let words = say.count_of("learning-settled", over.len());
        view! { <details><summary>{words}</summary>{table(say, base, &board.around, &over)}</details> }
    });
    let list = if open.is_empty() {
        view! { <div class="empty"><p>{say.t("learning-actions-none")}</p></div> }.into_any()
    } else {
        table(say, base, &board.around, &open)
    };
    view! {
        <section class="flow-s" aria-labelledby="actions-h"><h2 id="actions-h">{say.t("learning-actions")}</h2>
            {(late > 0).then(|| view! { <p><strong>{say.count_of("learning-late", late)}</strong></p> })}
            {list}{settled}{cut(say, board.actions.len())}</section>
    }
    .into_any()
}

/// Actions with owner, day and state.
pub(super) fn table(say: Say, base: &str, around: &Around, all: &[&Action]) -> AnyView {
    let rows: Vec<_> = all.iter().map(|action| row(say, base, around, action)).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("learning-actions") tabindex="0"><table class="list stack" role="table">
            <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("action-what")}</th>
                <th role="columnheader" scope="col">{say.t("field-owner")}</th><th role="columnheader" scope="col">{say.t("field-due-on")}</th>
                <th role="columnheader" scope="col">{say.t("col-status")}</th></tr></thead>
            <tbody role="rowgroup">{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, base: &str, around: &Around, action: &Action) -> AnyView {
    let from = origin(say, action).or_else(|| about(around, action));
    view! {
        <tr role="row"><th role="rowheader" scope="row"><a href=format!("{base}/actions/{}", action.id)>{action.title.clone()}</a>
                {from.map(|text| view! { <p class="small muted">{text}</p> })}</th>
            <td role="cell" data-label=say.t("field-owner")>{action.owner_name.clone().unwrap_or_default()}</td>
            <td role="cell" data-label=say.t("field-due-on")>{due(say, action)}</td>
            <td role="cell" data-label=say.t("col-status")>{state(say, action)}</td></tr>
    }
    .into_any()
}

/// The day, and by how much it has passed, in words.
fn due(say: Say, action: &Action) -> AnyView {
    let late = (action.days_late > 0).then(|| view! { <br/><strong>{say.count("action-late", i64::from(action.days_late))}</strong> });
    view! { {day(say, action.due_on)}{late} }.into_any()
}

/// Where it stands; confirmed, once somebody confirmed it.
fn state(say: Say, action: &Action) -> AnyView {
    let word = if action.verified_at.is_some() { "verified" } else { action.status.as_str() };
    parts::status(say, word)
}

/// The rule that asked for it, in words.
fn origin(say: Say, action: &Action) -> Option<String> {
    let name = period(say, action.period.as_deref().unwrap_or_default());
    action.periods.map(|periods| say.count_with("action-by-rule", i64::from(periods), &[("period", &name)]))
}

/// The indicator that it is about.
fn about(around: &Around, action: &Action) -> Option<String> {
    let indicator = around.indicators.iter().find(|indicator| Some(indicator.id) == action.indicator)?;
    Some(format!("{} {}", indicator.code, indicator.title))
}

/// The form of a new action, perhaps one that follows from a lesson.
pub(super) fn add_form(say: Say, sheet: &Sheet, hidden: &Hidden, around: &Around, entry: Option<LearningEntryId>) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.extend(entry.map(|entry| ("entry", entry.to_string())));
    let people = std::iter::once((String::new(), say.t("choose"))).chain(people_choices(&around.people, None)).collect();
    let fields = view! {
        {sheet.line("title", "text", "")}
        {sheet.choice("owner", people, "")}
        {sheet.line("due_on", "date", "")}
        {sheet.choice("indicator", indicator_choices(say.t("none"), &around.indicators, None), "")}
        {sheet.fault_line("entry")}
        {sheet.actions("add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("action-add")}</summary>{sheet.form(&hidden, fields)}</details> }
        .into_any()
}

/// `/o/{org}/projects/{code}/learning/actions/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: AdaptationActionId = id.parse().map_err(|_| Error::NotFound)?;
    let Opened { action, around } = actions::open(&cx, project.id, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (progress, assign, verify) = (sheet("actions/update"), sheet("actions/assign"), sheet("actions/verify"));
    let gives = cx.may(Can::AssignAction(project.id));
    let is_verified = action.verified_at.is_some();
    // what was confirmed is taken up again by who gives actions alone
    let updates = reaches(&cx, Can::UpdateAction(project.id), action.mine) && (gives || !is_verified);
    let waits = gives && action.status == "done" && !is_verified;
    let may_own = cx.standing()?.self_verify_allowed;
    let top = head(say, &cx, &project, Tab::Learning);
    Ok(visit.inside(&cx, Nav::Projects).show(&action.title.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/learning");
        let hidden = [
            ("org", org),
            ("project", project.id.to_string()),
            ("action", id.to_string()),
            ("row_version", action.row_version.to_string()),
        ];
        view! {
            {top}
            <section class="flow" aria-labelledby="action-h">
                <p class="eyebrow"><a href=base.clone()>{say.t("tab-learning")}</a></p>
                <h2 id="action-h">{action.title.clone()}</h2>
                {facts(say, &base, &around, &action)}
                {waits.then(|| verify_form(say, &verify, &hidden, action.own_work && !may_own))}
                {(!waits).then(|| verify.refusal())}
            </section>
            {if updates { progress_form(say, &progress, &hidden, &action) } else { parts::lost(say, &progress, &["status", "outcome_note"]) }}
            {if gives && !is_verified { assign_form(say, &assign, &hidden, &around, &action) } else { parts::lost(say, &assign, &["title", "due_on"]) }}
        }
    }))
}

fn facts(say: Say, base: &str, around: &Around, action: &Action) -> AnyView {
    let owner = action.owner_name.clone().unwrap_or_default();
    let lesson = action.entry.map(|entry| {
        view! { <dt>{say.t("action-follows")}</dt><dd><a href=format!("{base}/entries/{entry}")>{say.t("action-lesson")}</a></dd> }
    });
    let confirmed = action.verified_at.map(|at| {
        let by = say.with("action-verified-by", &[("name", action.verifier.as_deref().unwrap_or("–"))]);
        let itself = action.self_verified.then(|| view! { " "<span class="tag">{say.t("action-self-verified")}</span> });
        view! { <dt>{say.t("status-verified")}</dt><dd>{by}" · "{parts::moment(say, at)}{itself}</dd> }
    });
    view! {
        <dl class="defs"><dt>{say.t("col-status")}</dt><dd>{state(say, action)}</dd>
            <dt>{say.t("field-owner")}</dt><dd>{owner}</dd>
            <dt>{say.t("field-due-on")}</dt><dd>{due(say, action)}</dd>
            {about(around, action).map(|text| view! { <dt>{say.t("field-indicator")}</dt><dd>{text}</dd> })}
            {origin(say, action).map(|text| view! { <dt>{say.t("action-why")}</dt><dd>{text}</dd> })}
            {lesson}
            {(!action.outcome_note.is_empty()).then(|| view! { <dt>{say.t("field-outcome-note")}</dt><dd class="typed">{action.outcome_note.clone()}</dd> })}
            {confirmed}</dl>
    }
    .into_any()
}

fn verify_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], is_own: bool) -> AnyView {
    if is_own {
        return view! { {sheet.refusal()}<p class="notice">{say.t("problem-own-action")}</p> }.into_any();
    }
    sheet.form(hidden, view! { <p>{say.t("action-verify-text")}</p>{sheet.actions("action-verify", None)} })
}

fn progress_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], action: &Action) -> AnyView {
    let stands = [("status", action.status.clone()), ("outcome_note", action.outcome_note.clone())];
    let states = STATES.map(|state| (state.to_owned(), say.word("status", state))).to_vec();
    let fields = view! {
        {parts::conflict(say, sheet, &stands)}
        {action.verified_at.is_some().then(|| view! { <p class="small muted">{say.t("action-take-up")}</p> })}
        {sheet.choice("status", states, &action.status)}
        {sheet.area("outcome_note", 4, &action.outcome_note)}
        {sheet.actions("save", None)}
    };
    view! { <section class="card no-print" aria-labelledby="progress-h"><h2 id="progress-h">{say.t("action-progress")}</h2>{sheet.form(hidden, fields)}</section> }
        .into_any()
}

fn assign_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], around: &Around, action: &Action) -> AnyView {
    let (owner, due_on) = (action.owner.to_string(), action.due_on.to_string());
    let now = action.owner_name.as_deref().map(|name| (action.owner, name));
    let stands = [("title", action.title.clone()), ("owner", owner.clone()), ("due_on", due_on.clone())];
    let of_now = |id: &str| now.filter(|(owner, _)| owner.to_string() == id).map(|(_, name)| name.to_owned());
    let fields = view! {
        {parts::conflict_of(say, sheet, &stands, &|id| of_now(id).or_else(|| named(around, id)))}
        {sheet.line("title", "text", &action.title)}
        {sheet.choice("owner", people_choices(&around.people, now), &owner)}
        {sheet.line("due_on", "date", &due_on)}
        {sheet.actions("save", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("action-assign")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// An action as typed.
fn typed(form: &Fields) -> ActionForm<'_> {
    ActionForm {
        title: form.get("title"),
        owner: form.get("owner"),
        due_on: form.get("due_on"),
        entry: form.get("entry"),
        indicator: form.get("indicator"),
    }
}

/// Gives somebody an action.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "actions/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("actions/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        actions::add(&cx, project_of(&form)?, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("action-added"))
    })
    .await
}

/// Says anew what is to be done, by whom and until when.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "actions/assign")]
pub async fn assign(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("actions/assign", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        actions::assign(&cx, project_of(&form)?, form.id("action")?, typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Says how an action goes.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "actions/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("actions/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let progress = ProgressForm { status: form.get("status"), outcome_note: form.get("outcome_note") };
        actions::update(&cx, project_of(&form)?, form.id("action")?, progress, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Confirms that an action is done.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "actions/verify")]
pub async fn verify(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("actions/verify", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        actions::verify(&cx, project_of(&form)?, form.id("action")?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("action-verified"))
    })
    .await
}
