//! A project's framework with every indicator's last figure.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::ids::ResultNodeId;
use server::projects;
use server::projects::framework::{self, LEVELS, Node};
use server::projects::indicators::{self, IndicatorForm};
use server::projects::overview::{self, Line, Overview};

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
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let overview = overview::get(&cx, &code).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let id = overview.project.id;
    let sheet = |form, can| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let node = sheet("framework/add", Can::EditFramework(id));
    let indicator = sheet("indicators/add", Can::EditFramework(id));
    let edit = sheet("projects/update", Can::UpdateProject(id));
    let top = head(say, &cx, &overview.project, Tab::Overview);
    let title = overview.project.title.clone();
    Ok(visit.inside(&cx, Nav::Projects).show(&title, move || {
        let base = format!("/o/{org}/projects/{code}");
        let hidden = [("org", org.clone()), ("project", id.to_string())];
        view! {
            {top}
            {parts::generated(say, overview.project.generated_data)}
            <p class="lede">{overview.project.summary.clone()}</p>
            {tree(say, &base, &overview)}
            {node.map(|sheet| node_form(say, &sheet, &hidden, &overview.nodes))}
            {indicator.map(|sheet| indicator_form(say, &sheet, &hidden, &overview.nodes))}
            {edit.map(|sheet| edit_form(say, &sheet, &hidden, &overview))}
        }
    }))
}

fn tree(say: Say, base: &str, overview: &Overview) -> AnyView {
    if overview.nodes.is_empty() && overview.lines.is_empty() {
        return view! { <div class="empty"><h2>{say.t("framework-none-title")}</h2><p>{say.t("framework-none")}</p></div> }.into_any();
    }
    let loose: Vec<_> = overview.lines.iter().filter(|line| line.indicator.node.is_none()).map(|line| leaf(say, base, line)).collect();
    let loose = (!loose.is_empty()).then(|| {
        view! { <li><div class="node"><strong>{say.t("framework-loose")}</strong></div><ul>{loose}</ul></li> }
    });
    view! {
        <section class="flow-s" aria-labelledby="framework-h"><h2 id="framework-h">{say.t("framework-title")}</h2>
            <ul class="tree">{branches(say, base, overview, None)}{loose}</ul></section>
    }
    .into_any()
}

fn branches(say: Say, base: &str, overview: &Overview, parent: Option<ResultNodeId>) -> Vec<AnyView> {
    let children = overview.nodes.iter().filter(|node| node.parent == parent);
    children
        .map(|node| {
            let level = usize::try_from(node.level).ok().and_then(|level| LEVELS.get(level)).copied().unwrap_or("activity");
            let leaves: Vec<_> =
                overview.lines.iter().filter(|line| line.indicator.node == Some(node.id)).map(|line| leaf(say, base, line)).collect();
            let below = branches(say, base, overview, Some(node.id));
            let empty = leaves.is_empty() && below.is_empty();
            view! {
                <li><div class="node"><span class="level">{say.word("level", level)}</span><span class="number">{node.number.clone()}</span>
                    <strong>{node.title.clone()}</strong></div>
                    {(!empty).then(|| view! { <ul>{leaves}{below}</ul> })}</li>
            }
            .into_any()
        })
        .collect()
}

fn leaf(say: Say, base: &str, line: &Line) -> AnyView {
    let indicator = &line.indicator;
    let decimals = indicator.method.decimals;
    let latest = line.latest.as_ref().map(|latest| {
        // beside the verified figure, never in its place: what is not verified must not pass for it
        let provisional = latest.provisional.filter(|_| latest.provisional != latest.actual).map(|value| {
            view! { <span class="prov">{figure(value, decimals)}" "{say.t("provisional")}</span> }
        });
        view! {
            <span class="row small"><bdi>{period(say, &latest.period)}</bdi>" "
                <strong class="num">{parts::figure(say, latest.actual, decimals)}</strong>" "{indicator.unit.clone()}
                {provisional}
                {latest.target.map(|target| view! { <span class="muted">{say.t("of-target")}" "{parts::figure(say, Some(target), decimals)}</span> })}
                {parts::rag(say, latest.rag.as_str(), false)}
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

/// Nodes as choices, numbered.
fn node_choices(say: Say, nodes: &[Node], only_with_children: bool) -> Vec<(String, String)> {
    let depth = i16::try_from(LEVELS.len()).unwrap_or(i16::MAX) - 1;
    let named = nodes.iter().filter(|n| !only_with_children || n.level < depth);
    std::iter::once((String::new(), say.t("none"))).chain(named.map(|n| (n.id.to_string(), format!("{} {}", n.number, n.title)))).collect()
}

fn node_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], nodes: &[Node]) -> AnyView {
    let fields = view! {
        {sheet.choice("parent", node_choices(say, nodes, true), "")}
        {sheet.line("title", "text", "")}
        {sheet.area("description", 3, "")}
        {sheet.actions("node-add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("node-new")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn words(say: Say, family: &str, all: &[&str]) -> Vec<(String, String)> {
    all.iter().map(|word| ((*word).to_owned(), say.word(family, word))).collect()
}

fn indicator_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], nodes: &[Node]) -> AnyView {
    let frequencies = ["monthly", "quarterly", "tri_annual", "semi_annual", "annual", "once"];
    let decimals = (0..=4).map(|n: u8| (n.to_string(), n.to_string())).collect();
    let fields = view! {
        {sheet.line("code", "text", "")}
        {sheet.line("title", "text", "")}
        {sheet.area("definition", 3, "")}
        {sheet.choice("result_node_id", node_choices(say, nodes, false), "")}
        {sheet.choice("kind", words(say, "kind", &["number", "percentage", "average", "ratio", "currency", "score", "yes_no"]), "number")}
        {sheet.line("unit", "text", "")}
        {sheet.choice("decimals", decimals, "0")}
        {sheet.choice("frequency", words(say, "frequency", &frequencies), "quarterly")}
        {sheet.choice("direction", words(say, "direction", &["increase", "decrease", "maintain", "none"]), "increase")}
        {sheet.choice("accumulation", words(say, "accumulation", &["non_cumulative", "cumulative_sum", "running_total"]), "non_cumulative")}
        {sheet.choice("agg_locations", words(say, "agg-locations", &["sum", "avg", "max", "min", "ratio", "none"]), "sum")}
        {sheet.choice("agg_periods", words(say, "agg-periods", &["sum", "avg", "max", "min", "latest", "ratio_of_sums", "none"]), "sum")}
        {sheet.figure("baseline_value", "")}
        {sheet.figure("eop_target", "")}
        {sheet.line("data_source", "text", "")}
        {sheet.actions("indicator-add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("indicator-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], overview: &Overview) -> AnyView {
    let p = &overview.project;
    let mut hidden = hidden.to_vec();
    hidden.extend([("code", p.code.clone()), ("row_version", p.row_version.to_string())]);
    let fields = view! {
        {sheet.line("title", "text", &p.title)}
        {sheet.area("summary", 3, &p.summary)}
        {sheet.line("start_date", "date", &p.start_date.to_string())}
        {sheet.line("end_date", "date", &p.end_date.to_string())}
        {sheet.actions("save", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("project-edit")}</summary>{sheet.form(&hidden, fields)}</details> }.into_any()
}

/// Adds a result.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/add")]
pub async fn add_node(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let parent = match form.get("parent") {
            "" => None,
            _ => Some(form.id("parent")?),
        };
        framework::add(&cx, project_of(&form)?, parent, form.get("title"), form.get("description")).await?;
        Ok(to(forms::back(&form)).saying("node-added"))
    })
    .await
}

/// Adds an indicator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/add")]
pub async fn add_indicator(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let typed = IndicatorForm {
            code: form.own("code"),
            title: form.own("title"),
            definition: form.own("definition"),
            unit: form.own("unit"),
            kind: form.own("kind"),
            direction: form.own("direction"),
            accumulation: form.own("accumulation"),
            agg_locations: form.own("agg_locations"),
            agg_periods: form.own("agg_periods"),
            frequency: form.own("frequency"),
            decimals: form.own("decimals"),
            baseline_value: form.own("baseline_value"),
            eop_target: form.own("eop_target"),
            result_node_id: form.own("result_node_id"),
            data_source: form.own("data_source"),
        };
        indicators::add(&cx, project_of(&form)?, &typed).await?;
        Ok(to(forms::back(&form)).saying("indicator-added"))
    })
    .await
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
