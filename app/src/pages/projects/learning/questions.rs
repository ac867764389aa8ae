//! Questions that a project asks itself, each with what was learnt about it.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::LearningQuestionId;
use server::projects::learning::questions::{self, Opened, Question, QuestionForm, STATES};
use server::projects::learning::{Board, reaches};

use super::super::{Tab, head, project, project_of};
use super::{Hidden, beginning, cut, entries};
use crate::answers::Answer;
use crate::format::day;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// Letters of a lesson beneath its question.
const SHOWN: usize = 100;

/// The questions, open ones first, each with its lessons.
pub(super) fn section(say: Say, base: &str, board: &Board) -> AnyView {
    let all = &board.around.questions;
    let cards = all.iter().map(|question| card(say, base, board, question)).collect_view();
    let empty = all.is_empty().then(|| view! { <div class="empty"><p>{say.t("learning-questions-none")}</p></div> });
    view! {
        <section class="flow-s" aria-labelledby="questions-h"><h2 id="questions-h">{say.t("learning-questions")}</h2>
            {empty}{cut(say, all.len())}{cards}</section>
    }
    .into_any()
}

fn card(say: Say, base: &str, board: &Board, question: &Question) -> AnyView {
    let lessons: Vec<_> = board
        .answers
        .iter()
        .filter(|entry| entry.question == question.id)
        .map(|entry| {
            let name = format!("{} · {}", say.word("entry-kind", &entry.kind), day(say, entry.on_day));
            view! { <li><a href=format!("{base}/entries/{}", entry.id)>{name}</a>" "{beginning(&entry.what_happened, SHOWN)}</li> }
        })
        .collect();
    let lessons = if lessons.is_empty() {
        view! { <p class="small muted">{say.t("question-no-entry")}</p> }.into_any()
    } else {
        view! { <ul>{lessons}</ul> }.into_any()
    };
    let answer = (!question.answer.is_empty()).then(|| view! { <p class="typed">{beginning(&question.answer, 300)}</p> });
    view! {
        <article class="card"><h3><a href=format!("{base}/questions/{}", question.id)>{question.question.clone()}</a></h3>
            <p>{parts::status(say, &question.status)}</p>{answer}{lessons}</article>
    }
    .into_any()
}

/// The form of a new question.
pub(super) fn add_form(say: Say, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let fields = view! {
        {sheet.line("question", "text", "")}
        {sheet.area("why", 2, "")}
        {sheet.area("method", 2, "")}
        {sheet.actions("add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("question-add")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// `/o/{org}/projects/{code}/learning/questions/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: LearningQuestionId = id.parse().map_err(|_| Error::NotFound)?;
    let Opened { question, entries: lessons, around } = questions::open(&cx, project.id, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let update = sheet("learning-questions/update");
    let edits = reaches(&cx, Can::WriteLearning(project.id), question.mine);
    let write = cx.may(Can::WriteLearning(project.id)).then(|| sheet("learning-entries/add"));
    let top = head(say, &cx, &project, Tab::Learning);
    Ok(visit.inside(&cx, Nav::Projects).show(&question.question.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/learning");
        let hidden = [("org", org), ("project", project.id.to_string())];
        let none = lessons.is_empty();
        view! {
            {top}
            <section class="flow" aria-labelledby="question-h">
                <p class="eyebrow"><a href=base.clone()>{say.t("tab-learning")}</a></p>
                <h2 id="question-h">{question.question.clone()}</h2>
                <p>{parts::status(say, &question.status)}</p>
                {if edits { edit_form(say, &update, &hidden, &question) } else { texts(say, &question) }}
            </section>
            <section class="flow-s" aria-labelledby="lessons-h"><h2 id="lessons-h">{say.t("learning-entries")}</h2>
                {none.then(|| view! { <p>{say.t("question-no-entry")}</p> })}
                {entries::cards(say, &base, &around, &lessons)}</section>
            {write.map(|sheet| entries::add_form(say, &sheet, &hidden, &around, &id.to_string()))}
        }
    }))
}

fn texts(say: Say, question: &Question) -> AnyView {
    let texts = [("field-why", &question.why), ("field-method", &question.method), ("field-answer", &question.answer)];
    let facts = texts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| view! { <dt>{say.t(key)}</dt><dd class="typed">{text.clone()}</dd> })
        .collect_view();
    view! { <dl class="defs">{facts}</dl> }.into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &Hidden, question: &Question) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.extend([("question_id", question.id.to_string()), ("row_version", question.row_version.to_string())]);
    let stands = [
        ("question", question.question.clone()),
        ("why", question.why.clone()),
        ("method", question.method.clone()),
        ("status", question.status.clone()),
        ("answer", question.answer.clone()),
    ];
    let states = STATES.map(|state| (state.to_owned(), say.word("status", state))).to_vec();
    let body = view! {
        {parts::conflict(say, sheet, &stands)}
        {sheet.line("question", "text", &question.question)}
        {sheet.area("why", 3, &question.why)}
        {sheet.area("method", 3, &question.method)}
        {sheet.choice("status", states, &question.status)}
        {sheet.area("answer", 4, &question.answer)}
        {sheet.actions("save", None)}
    };
    sheet.form(&hidden, body)
}

/// A question as typed.
fn typed(form: &Fields) -> QuestionForm<'_> {
    QuestionForm {
        question: form.get("question"),
        why: form.get("why"),
        method: form.get("method"),
        status: form.get("status"),
        answer: form.get("answer"),
    }
}

/// Asks a question.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "learning-questions/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("learning-questions/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        questions::add(&cx, project_of(&form)?, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("question-added"))
    })
    .await
}

/// Changes a question, or answers it.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "learning-questions/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("learning-questions/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        questions::update(&cx, project_of(&form)?, form.id("question_id")?, typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
