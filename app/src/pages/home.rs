//! What needs me today.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::projects::{self, ProjectLine};

use crate::answers::Answer;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}", get(show))
}

/// `/o/{org}`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let lines = if cx.may(Can::ListProjects) { projects::list(&cx).await? } else { Vec::new() };
    let say = visit.say;
    let name = cx.actor().name().to_owned();
    let needs: Vec<_> = lines.iter().flat_map(|line| needs(say, &cx, &org, line)).collect();
    let mine: Vec<_> = lines
        .into_iter()
        .map(|line| {
            if !cx.may(Can::ReadProject(line.project.id)) {
                return view! { <article class="card"><h3>{line.project.title}</h3><p class="small muted">{line.project.code}</p></article> }.into_any();
            }
            view! {
                <article class="card card-link"><h3><a href=format!("/o/{org}/projects/{}", line.project.code)>{line.project.title}</a></h3>
                    <p class="small muted">{line.project.code}" · "{say.count("indicators-count", line.indicators)}</p></article>
            }
            .into_any()
        })
        .collect();
    Ok(visit.inside(&cx, Nav::Home).show(&say.t("nav-home"), move || {
        let (nothing, none) = (needs.is_empty(), mine.is_empty());
        view! {
            <div class="page-head"><div><h1>{say.with("home-hello", &[("name", &name)])}</h1></div></div>
            <section class="flow-s" aria-labelledby="needs-h"><h2 id="needs-h">{say.t("home-needs")}</h2>
                {nothing.then(|| view! { <p>{say.t("home-nothing")}</p> })}<ul class="needs">{needs}</ul></section>
            <section class="flow-s" aria-labelledby="mine-h"><h2 id="mine-h">{say.t("nav-projects")}</h2>
                {none.then(|| view! { <p>{say.t("projects-none")}</p> })}<div class="grid">{mine}</div></section>
        }
    }))
}

fn needs(say: Say, cx: &Cx, org: &str, line: &ProjectLine) -> Vec<AnyView> {
    let id = line.project.id;
    let base = format!("/o/{org}/projects/{}", line.project.code);
    let mut out = Vec::new();
    let mut need = |status: &'static str, text: String, path: &str, label: &str| {
        let (href, project) = (format!("{base}{path}"), line.project.title.clone());
        let about = format!("{}: {project}", say.t(label));
        out.push(
            view! {
                <li><span class=format!("status status-{status}")>{say.word("status", status)}</span>
                    <div><a href=href.clone()>{text}</a><p>{project}</p></div><a class="btn btn-small" href=href aria-label=about>{say.t(label)}</a></li>
            }
            .into_any(),
        );
    };
    if line.submitted > 0 && cx.may(Can::ReviewValues(id)) {
        need("submitted", say.count("waiting-count", line.submitted), "/review", "tab-review");
    }
    if line.returned > 0 && cx.may(Can::EnterValues(id)) {
        need("returned", say.count("returned-count", line.returned), "/entry", "tab-entry");
    }
    out
}
