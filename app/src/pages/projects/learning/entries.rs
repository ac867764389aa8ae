//! What was learnt: the newest first, and one entry with what follows from it.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::LearningEntryId;
use server::projects::learning::entries::{self, Entry, EntryForm, KINDS, Opened};
use server::projects::learning::{Around, Board, reaches};

use super::super::{Tab, head, indicators::node_choices, project, project_of};
use super::{Hidden, actions, beginning, cut, indicator_choices, named};
use crate::answers::Answer;
use crate::format::day;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// Letters of a text in a list.
const SHOWN: usize = 300;

/// What was learnt, of a kind if one is chosen.
pub(super) fn section(say: Say, base: &str, board: &Board, kind: Option<&'static str>) -> AnyView {
    let none = board.entries.is_empty();
    let filter = (!none || kind.is_some()).then(|| filter(say, base, kind));
    let empty = none.then(|| {
        let text = say.t(if kind.is_some() { "learning-none-of-kind" } else { "learning-none" });
        view! { <div class="empty"><p>{text}</p></div> }
    });
    view! {
        <section class="flow-s" aria-labelledby="entries-h"><h2 id="entries-h">{say.t("learning-entries")}</h2>
            {filter}{empty}{cut(say, board.entries.len())}{cards(say, base, &board.around, &board.entries)}</section>
    }
    .into_any()
}

fn filter(say: Say, base: &str, kind: Option<&'static str>) -> AnyView {
    let options: Vec<_> = KINDS
        .iter()
        .map(|word| view! { <option value=*word selected=kind == Some(*word)>{say.word("entry-kind", word)}</option> })
        .collect();
    view! {
        <form class="filters no-print" method="get" action=base.to_owned()>
            <div class="field"><label for="learning-kind">{say.t("field-entry-kind")}</label>
                <select id="learning-kind" name="kind"><option value="">{say.t("all")}</option>{options}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

/// Entries, each with how it begins.
pub(super) fn cards(say: Say, base: &str, around: &Around, all: &[Entry]) -> AnyView {
    all.iter().map(|entry| card(say, base, around, entry)).collect_view().into_any()
}

/// What an entry is called: its kind and its day.
fn title(say: Say, entry: &Entry) -> String {
    format!("{} · {}", say.word("entry-kind", &entry.kind), day(say, entry.on_day))
}

fn card(say: Say, base: &str, around: &Around, entry: &Entry) -> AnyView {
    let follows = (!entry.implication.is_empty()).then(|| {
        view! { <p class="typed"><strong>{say.t("field-implication")}": "</strong>{beginning(&entry.implication, SHOWN)}</p> }
    });
    let about = about(around, entry).into_iter().map(|(_, text)| view! { <p class="small">{text}</p> }).collect_view();
    view! {
        <article class="card"><h3><a href=format!("{base}/entries/{}", entry.id)>{title(say, entry)}</a></h3>
            <p class="typed">{beginning(&entry.what_happened, SHOWN)}</p>{follows}{about}{origin(say, entry)}</article>
    }
    .into_any()
}

/// Who wrote it down, and whether others read it.
fn origin(say: Say, entry: &Entry) -> AnyView {
    let shared = entry.shared.then(|| view! { <span class="tag">{say.t("entry-shared")}</span> });
    view! { <p class="small muted row"><span>{entry.by.clone().unwrap_or_default()}</span>{shared}</p> }.into_any()
}

/// What it is about, by field: a result, an indicator, a question.
fn about(around: &Around, entry: &Entry) -> Vec<(&'static str, String)> {
    let node = around.nodes.iter().find(|node| Some(node.id) == entry.node).map(|node| format!("{} {}", node.number, node.title));
    let indicator = around.indicators.iter().find(|indicator| Some(indicator.id) == entry.indicator);
    let indicator = indicator.map(|indicator| format!("{} {}", indicator.code, indicator.title));
    let question = around.questions.iter().find(|question| Some(question.id) == entry.question).map(|question| question.question.clone());
    let all = [("field-node", node), ("field-indicator", indicator), ("field-question", question)];
    all.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
}

/// The form of a new entry, perhaps of a question.
pub(super) fn add_form(say: Say, sheet: &Sheet, hidden: &Hidden, around: &Around, question: &str) -> AnyView {
    let stands = [("question", question.to_owned())];
    let fields = view! { {fields(say, sheet, around, None, &stands)}{sheet.actions("add", None)} };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("entry-add")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// The fields of an entry, with what stands in each; empty where nothing is said.
fn fields(say: Say, sheet: &Sheet, around: &Around, entry: Option<&Entry>, stands: &[(&'static str, String)]) -> AnyView {
    let of = |name: &str| stands.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| text.as_str());
    let kinds = KINDS.map(|kind| (kind.to_owned(), say.word("entry-kind", kind))).to_vec();
    let none = || (String::new(), say.t("none"));
    let nodes = (!around.nodes.is_empty()).then(|| sheet.choice("node", node_choices(say, around.nodes.iter()), of("node")));
    let indicators = (!around.indicators.is_empty()).then(|| {
        let all = indicator_choices(say.t("none"), &around.indicators, entry.and_then(|entry| entry.indicator));
        sheet.choice("indicator", all, of("indicator"))
    });
    let has_question = entry.is_some_and(|entry| entry.question.is_some());
    let questions = (!around.questions.is_empty() || has_question).then(|| {
        let all = around.questions.iter().map(|question| (question.id.to_string(), beginning(&question.question, 100)));
        let mut all: Vec<_> = std::iter::once(none()).chain(all).collect();
        // one that is not among them is kept
        let kept = entry.and_then(|entry| entry.question).map(|id| id.to_string());
        if let Some(kept) = kept.filter(|kept| all.iter().all(|(id, _)| id != kept)) {
            all.push((kept, say.t("entry-other-question")));
        }
        sheet.choice("question", all, of("question"))
    });
    view! {
        {sheet.choice("entry_kind", kinds, of("entry_kind"))}
        {sheet.line("on_day", "date", of("on_day"))}
        {sheet.area("what_happened", 4, of("what_happened"))}
        {sheet.area("why", 3, of("why"))}
        {sheet.area("implication", 3, of("implication"))}
        {nodes}{indicators}{questions}
        {sheet.tick("shared".to_owned(), say.t("entry-share"), of("shared") == "true")}
    }
    .into_any()
}

/// What stands in the fields of an entry.
fn stands(entry: &Entry) -> [(&'static str, String); 9] {
    let id = |id: Option<String>| id.unwrap_or_default();
    [
        ("entry_kind", entry.kind.clone()),
        ("on_day", entry.on_day.to_string()),
        ("what_happened", entry.what_happened.clone()),
        ("why", entry.why.clone()),
        ("implication", entry.implication.clone()),
        ("node", id(entry.node.map(|id| id.to_string()))),
        ("indicator", id(entry.indicator.map(|id| id.to_string()))),
        ("question", id(entry.question.map(|id| id.to_string()))),
        ("shared", entry.shared.to_string()),
    ]
}

/// `/o/{org}/projects/{code}/learning/entries/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: LearningEntryId = id.parse().map_err(|_| Error::NotFound)?;
    let Opened { entry, actions: follows, around } = entries::open(&cx, project.id, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let update = sheet("learning-entries/update");
    let writes = reaches(&cx, Can::WriteLearning(project.id), entry.mine);
    let give = cx.may(Can::AssignAction(project.id)).then(|| sheet("actions/add"));
    let top = head(say, &cx, &project, Tab::Learning);
    let name = title(say, &entry);
    Ok(visit.inside(&cx, Nav::Projects).show(&name.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/learning");
        let hidden = [("org", org), ("project", project.id.to_string())];
        let list: Vec<_> = follows.iter().collect();
        let none = list.is_empty();
        view! {
            {top}
            <section class="flow" aria-labelledby="entry-h">
                <p class="eyebrow"><a href=base.clone()>{say.t("tab-learning")}</a></p>
                <h2 id="entry-h">{name}</h2>
                {origin(say, &entry)}
                {if writes { edit_form(say, &update, &hidden, &around, &entry) } else { texts(say, &around, &entry) }}
            </section>
            <section class="flow-s" aria-labelledby="follows-h"><h2 id="follows-h">{say.t("learning-actions")}</h2>
                {none.then(|| view! { <p>{say.t("entry-no-action")}</p> })}
                {(!none).then(|| actions::table(say, &base, &around, &list))}</section>
            {give.map(|sheet| actions::add_form(say, &sheet, &hidden, &around, Some(id)))}
        }
    }))
}

fn texts(say: Say, around: &Around, entry: &Entry) -> AnyView {
    let texts = [("field-what-happened", &entry.what_happened), ("field-why", &entry.why), ("field-implication", &entry.implication)];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key, text.clone()));
    let facts =
        texts.chain(about(around, entry)).map(|(key, text)| view! { <dt>{say.t(key)}</dt><dd class="typed">{text}</dd> }).collect_view();
    view! { <dl class="defs">{facts}</dl> }.into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &Hidden, around: &Around, entry: &Entry) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.extend([("entry", entry.id.to_string()), ("row_version", entry.row_version.to_string())]);
    let stands = stands(entry);
    let body = view! {
        {parts::conflict_of(say, sheet, &stands, &|id| named(around, id))}
        {fields(say, sheet, around, Some(entry), &stands)}
        {sheet.actions("save", None)}
    };
    sheet.form(&hidden, body)
}

/// An entry as typed.
fn typed(form: &Fields) -> EntryForm<'_> {
    EntryForm {
        kind: form.get("entry_kind"),
        on_day: form.get("on_day"),
        what_happened: form.get("what_happened"),
        why: form.get("why"),
        implication: form.get("implication"),
        node: form.get("node"),
        indicator: form.get("indicator"),
        question: form.get("question"),
        shared: !form.get("shared").is_empty(),
    }
}

/// Writes something down.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "learning-entries/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("learning-entries/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        entries::add(&cx, project_of(&form)?, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("entry-added"))
    })
    .await
}

/// Changes an entry.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "learning-entries/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("learning-entries/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        entries::update(&cx, project_of(&form)?, form.id("entry")?, typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
