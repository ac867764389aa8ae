//! A project's framework with every indicator's last figure.

use std::collections::HashMap;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::ids::ResultNodeId;
use server::projects;
use server::projects::framework::{Node, Status, levels};
use server::projects::overview::{self, Line, Overview};
use server::projects::progress::Rag;

use super::framework::level_name;
use super::indicators::{FIELDS, new_form, node_choices};
use super::{Tab, head, project_of, typed};
use crate::answers::Answer;
use crate::format::{figure, percent, period};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}", get(show))
}

/// `/o/{org}/projects/{code}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let overview = overview::get(&cx, &code).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let id = overview.project.id;
    let sheet = |form, can| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let open = Status::parse(&overview.project.framework_status).is_open();
    let lost = (!open).then(|| {
        let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
        let node = parts::lost(say, &sheet("framework/add"), &["title", "description", "assumptions", "risks"]);
        view! { {node}{parts::lost(say, &sheet("indicators/add"), &FIELDS)} }
    });
    let node = sheet("framework/add", Can::EditFramework(id)).filter(|_| open);
    let indicator = sheet("indicators/add", Can::EditFramework(id)).filter(|_| open);
    let edit = sheet("projects/update", Can::UpdateProject(id));
    let top = head(say, &cx, &overview.project, Tab::Overview);
    let title = overview.project.title.clone();
    Ok(visit.inside(&cx, Nav::Projects).show(&title, move || {
        let base = format!("/o/{org}/projects/{code}");
        let hidden = [("org", org.clone()), ("project", id.to_string())];
        view! {
            {top}
            {lost}
            {parts::generated(say, overview.project.generated_data)}
            <p class="lede">{overview.project.summary.clone()}</p>
            {tree(say, &base, &overview)}
            {node.map(|sheet| node_form(say, &sheet, &hidden, &overview))}
            {indicator.map(|sheet| view! {
                {new_form(say, &sheet, &hidden, &overview.nodes)}<p class="no-print"><a href=format!("{base}/indicators")>{say.t("library-begin")}</a></p>
            })}
            {edit.map(|sheet| edit_form(say, &sheet, &hidden, &overview))}
        }
    }))
}

/// What every line says, worked out once.
struct Words<'a> {
    say: Say,
    /// The project's address.
    base: &'a str,
    provisional: String,
    of_target: String,
    colours: HashMap<Rag, String>,
    /// The periods that the figures are of, as people read them.
    periods: HashMap<&'a str, String>,
}

impl<'a> Words<'a> {
    fn of(say: Say, base: &'a str, overview: &'a Overview) -> Self {
        let of = |line: &'a Line| line.latest.as_ref().map(|latest| latest.period.as_str());
        let mut periods = HashMap::new();
        for name in overview.lines.iter().filter_map(of) {
            periods.entry(name).or_insert_with(|| period(say, name));
        }
        Self { say, base, provisional: say.t("provisional"), of_target: say.t("of-target"), colours: parts::colours(say), periods }
    }
}

fn tree(say: Say, base: &str, overview: &Overview) -> AnyView {
    if overview.nodes.is_empty() && overview.lines.is_empty() {
        return view! {
            <div class="empty"><h2>{say.t("framework-none-title")}</h2><p>{say.t("framework-none")}</p>{editor(say, base, &overview.project.framework_status)}</div>
        }
        .into_any();
    }
    let words = Words::of(say, base, overview);
    let loose: Vec<_> = overview.lines.iter().filter(|line| line.indicator.node.is_none()).map(|line| leaf(&words, line)).collect();
    let loose = (!loose.is_empty()).then(|| {
        view! { <li><div class="node"><strong>{say.t("framework-loose")}</strong></div><ul>{loose}</ul></li> }
    });
    view! {
        <section class="flow-s" aria-labelledby="framework-h">
            <div class="row"><h2 id="framework-h">{say.t("framework-title")}</h2>{editor(say, base, &overview.project.framework_status)}</div>
            <ul class="tree">{branches(&words, overview, None)}{loose}</ul></section>
    }
    .into_any()
}

/// Where the framework stands, and the way to its page.
fn editor(say: Say, base: &str, status: &str) -> AnyView {
    let words = say.word("framework-status", status);
    view! { <span class=format!("status status-{status}")>{words}</span><a class="btn btn-small no-print" href=format!("{base}/framework")>{say.t("framework-open")}</a> }.into_any()
}

fn branches(words: &Words<'_>, overview: &Overview, parent: Option<ResultNodeId>) -> Vec<AnyView> {
    let children = overview.nodes.iter().filter(|node| node.parent == parent);
    children
        .map(|node| {
            let level = level_name(words.say, &overview.project.template, &overview.project.own_levels, node.level);
            let leaves: Vec<_> =
                overview.lines.iter().filter(|line| line.indicator.node == Some(node.id)).map(|line| leaf(words, line)).collect();
            let below = branches(words, overview, Some(node.id));
            let empty = leaves.is_empty() && below.is_empty();
            view! {
                <li><div class="node"><span class="level">{level}</span><span class="number">{node.number.clone()}</span>
                    <strong>{node.title.clone()}</strong></div>
                    {(!empty).then(|| view! { <ul>{leaves}{below}</ul> })}</li>
            }
            .into_any()
        })
        .collect()
}

fn leaf(words: &Words<'_>, line: &Line) -> AnyView {
    let (say, base) = (words.say, words.base);
    let indicator = &line.indicator;
    let decimals = indicator.method.decimals;
    let latest = line.latest.as_ref().map(|latest| {
        // beside the verified figure, never in its place: what is not verified must not pass for it
        let provisional = latest.provisional.filter(|_| latest.provisional != latest.actual).map(|value| {
            view! { <span class="prov">{figure(value, decimals)}" "{words.provisional.clone()}</span> }
        });
        view! {
            <span class="row small"><bdi>{words.periods.get(latest.period.as_str()).cloned()}</bdi>" "
                <strong class="num">{parts::figure(say, latest.actual, decimals)}</strong>" "{indicator.unit.clone()}
                {provisional}
                {latest.target.map(|target| view! { <span class="muted">{words.of_target.clone()}" "{parts::figure(say, Some(target), decimals)}</span> })}
                {parts::rag_said(words.colours.get(&latest.rag).cloned().unwrap_or_default(), latest.rag.as_str(), false)}
                {latest.achievement.map(|a| view! { <span class="muted">{percent(Some(a))}</span> })}
            </span>
        }
    });
    view! {
        <li class="ind"><code>{indicator.code.clone()}</code>
            <a href=format!("{base}/indicators/{}", indicator.code)>{indicator.title.clone()}</a>
            {parts::unweighted(say, indicator.method.is_unweighted())}{latest}</li>
    }
    .into_any()
}

fn node_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], overview: &Overview) -> AnyView {
    let depth = levels(&overview.project.template, &overview.project.own_levels);
    let has_room = |node: &&Node| usize::try_from(node.level + 1).is_ok_and(|level| level < depth);
    let fields = view! {
        {sheet.choice("parent", node_choices(say, overview.nodes.iter().filter(has_room)), "")}
        {sheet.line("title", "text", "")}
        {sheet.area("description", 3, "")}
        {sheet.area("assumptions", 2, "")}
        {sheet.area("risks", 2, "")}
        {sheet.actions("node-add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("node-new")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], overview: &Overview) -> AnyView {
    let p = &overview.project;
    let mut hidden = hidden.to_vec();
    hidden.extend([("code", p.code.clone()), ("row_version", p.row_version.to_string())]);
    let stands = [
        ("title", p.title.clone()),
        ("summary", p.summary.clone()),
        ("start_date", p.start_date.to_string()),
        ("end_date", p.end_date.to_string()),
    ];
    let fields = view! {
        {parts::conflict(say, sheet, &stands)}
        {sheet.line("title", "text", &p.title)}
        {sheet.area("summary", 3, &p.summary)}
        {sheet.line("start_date", "date", &p.start_date.to_string())}
        {sheet.line("end_date", "date", &p.end_date.to_string())}
        {sheet.actions("save", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("project-edit")}</summary>{sheet.form(&hidden, fields)}</details> }.into_any()
}

/// Changes a project.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "projects/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("projects/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        projects::update(&cx, project_of(&form)?, &typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
