//! Learning: what is to be done and by whom, what was learnt, the questions that are asked, and the rules that ask for an action.

mod actions;
mod entries;
mod questions;
mod rules;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Can;
use server::kernel::ids::{IndicatorId, UserId};
use server::projects::learning::entries::KINDS;
use server::projects::learning::{self, Around, MOST_LISTED, Named};

use super::{Tab, head};
use crate::answers::Answer;
use crate::forms::Sheet;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// What every form of these pages says without being asked: the organisation and the project.
type Hidden = [(&'static str, String); 2];

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/learning", get(show))
        .route("/o/{org}/projects/{code}/learning/actions/{id}", get(actions::show))
        .route("/o/{org}/projects/{code}/learning/entries/{id}", get(entries::show))
        .route("/o/{org}/projects/{code}/learning/questions/{id}", get(questions::show))
}

/// The kind of lessons; empty for all.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    kind: String,
}

/// `/o/{org}/projects/{code}/learning?kind=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let kind = KINDS.into_iter().find(|kind| *kind == asked.kind);
    let board = learning::get(&cx, &code, kind).await?;
    let id = board.project.id;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |can, form| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let give = sheet(Can::AssignAction(id), "actions/add");
    let (write, ask) = (sheet(Can::WriteLearning(id), "learning-entries/add"), sheet(Can::WriteLearning(id), "learning-questions/add"));
    let (rule, off) = (sheet(Can::AssignAction(id), "trigger-rules/add"), sheet(Can::AssignAction(id), "trigger-rules/switch-off"));
    let top = head(say, &cx, &board.project, Tab::Learning);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-learning"), move || {
        let base = format!("/o/{org}/projects/{code}/learning");
        let hidden = [("org", org), ("project", id.to_string())];
        view! {
            {top}
            {actions::section(say, &base, &board)}
            {give.map(|sheet| actions::add_form(say, &sheet, &hidden, &board.around, None))}
            {entries::section(say, &base, &board, kind)}
            {write.map(|sheet| entries::add_form(say, &sheet, &hidden, &board.around, ""))}
            {questions::section(say, &base, &board)}
            {ask.map(|sheet| questions::add_form(say, &sheet, &hidden))}
            {rules::section(say, &hidden, &board, rule.as_ref(), off.as_ref())}
        }
    }))
}

/// Indicators as choices, with a first one that stands for none of them; of retired ones, the one that is chosen.
fn indicator_choices(first: String, all: &[Named], chosen: Option<IndicatorId>) -> Vec<(String, String)> {
    let offered = all.iter().filter(|indicator| indicator.active || Some(indicator.id) == chosen);
    let named = offered.map(|indicator| (indicator.id.to_string(), format!("{} {}", indicator.code, indicator.title)));
    std::iter::once((String::new(), first)).chain(named).collect()
}

/// People as choices; who has it now is among them, though they left the project.
fn people_choices(people: &[(UserId, String)], now: Option<(UserId, &str)>) -> Vec<(String, String)> {
    let gone = now.filter(|(id, _)| people.iter().all(|(other, _)| other != id)).map(|(id, name)| (id.to_string(), name.to_owned()));
    gone.into_iter().chain(people.iter().map(|(id, name)| (id.to_string(), name.clone()))).collect()
}

/// What the id in a field is the id of, for telling two texts apart.
fn named(around: &Around, id: &str) -> Option<String> {
    let node = || around.nodes.iter().find(|node| node.id.to_string() == id).map(|node| format!("{} {}", node.number, node.title));
    let indicator = || around.indicators.iter().find(|indicator| indicator.id.to_string() == id).map(|indicator| indicator.title.clone());
    let question = || around.questions.iter().find(|question| question.id.to_string() == id).map(|question| question.question.clone());
    let person = || around.people.iter().find(|(other, _)| other.to_string() == id).map(|(_, name)| name.clone());
    node().or_else(indicator).or_else(question).or_else(person)
}

/// The beginning of a text, with a mark where more follows.
fn beginning(text: &str, most: usize) -> String {
    let cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() { format!("{}…", cut.trim_end()) } else { cut }
}

/// That a list is cut, where it is.
fn cut(say: Say, listed: usize) -> AnyView {
    let is_cut = i64::try_from(listed).is_ok_and(|listed| listed >= MOST_LISTED);
    is_cut.then(|| view! { <p class="notice">{say.count("learning-cut", MOST_LISTED)}</p> }).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters() {
        for (text, expected) in [("", ""), ("Pumps", "Pumps"), ("Pumps fail", "Pumps…"), ("čšžčšž", "čšžčš…")] {
            assert_eq!(beginning(text, if text.is_ascii() { 6 } else { 5 }), expected, "{text}");
        }
    }

    #[test]
    fn who_left_can_keep_what_they_have() {
        let (grace, tom) = (UserId::new(), UserId::new());
        let people = [(grace, "Grace".to_owned())];
        let names = |now| people_choices(&people, now).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(None), ["Grace"]);
        assert_eq!(names(Some((grace, "Grace"))), ["Grace"]);
        assert_eq!(names(Some((tom, "Tom"))), ["Tom", "Grace"]);
    }
}
