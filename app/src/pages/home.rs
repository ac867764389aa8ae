//! What needs the reader today.

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

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}", get(home))
}

/// Something that waits for the reader.
struct Need {
    status: &'static str,
    count_key: &'static str,
    action_key: &'static str,
    count: i64,
    project: String,
    href: String,
}

/// What waits in a project for somebody with the reader's rights.
fn needs(cx: &Cx, org: &str, line: &ProjectLine) -> Vec<Need> {
    let (project, base) = (&line.project, format!("/o/{org}/projects/{}", line.project.code));
    let review = Need {
        status: "submitted",
        count_key: "home-waiting",
        action_key: "home-review",
        count: line.submitted,
        project: project.title.clone(),
        href: format!("{base}/review"),
    };
    let entry = Need {
        status: "returned",
        count_key: "home-returned",
        action_key: "home-correct",
        count: line.returned,
        project: project.title.clone(),
        href: format!("{base}/entry"),
    };
    [(Can::ReviewValues(project.id), review), (Can::EnterValues(project.id), entry)]
        .into_iter()
        .filter(|(can, need)| need.count > 0 && cx.may(*can))
        .map(|(_, need)| need)
        .collect()
}

/// `/o/{org}`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn home(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    // asked first: who belongs to no project yet is welcomed, and has been refused nothing
    let lines = if cx.may(Can::ListProjects) { projects::list(&cx).await? } else { Vec::new() };
    let say = visit.say;
    let greeting = say.with("home-greeting", &[("name", cx.actor().name())]);
    let needs: Vec<Need> = lines.iter().flat_map(|line| needs(&cx, &org, line)).collect();
    let needs = needs_list(say, needs, lines.is_empty());
    let projects = (!lines.is_empty()).then(|| project_list(say, &cx, &org, &lines));
    let elsewhere = elsewhere(say, &cx, &org);
    Ok(visit.inside(&cx, Nav::Home).show(&say.t("nav-home"), move || {
        view! {
            <div class="page-head"><div><h1>{greeting}</h1></div></div>
            <div class="split">
                <section class="flow-s"><h2>{say.t("home-needs")}</h2>{needs}</section>
                <aside class="flow" aria-label=say.t("home-aside")>{projects}{elsewhere}</aside>
            </div>
        }
    }))
}

fn needs_list(say: Say, needs: Vec<Need>, no_projects: bool) -> AnyView {
    if needs.is_empty() {
        let (title, text) = if no_projects { ("home-no-projects", "home-no-projects-text") } else { ("home-nothing", "home-nothing-text") };
        return view! { <div class="empty"><h3>{say.t(title)}</h3><p>{say.t(text)}</p></div> }.into_any();
    }
    let items = needs
        .into_iter()
        .map(|need| {
            let status = format!("status status-{}", need.status);
            view! {
                <li>
                    <span class=status>{say.word("status", need.status)}</span>
                    <div><a href=need.href.clone()>{say.count(need.count_key, need.count)}</a><p><bdi>{need.project.clone()}</bdi></p></div>
                    <a class="btn btn-small" href=need.href>{say.t(need.action_key)}<span class="visually-hidden">": "{need.project}</span></a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="needs">{items}</ul> }.into_any()
}

fn project_list(say: Say, cx: &Cx, org: &str, lines: &[ProjectLine]) -> AnyView {
    let cards = lines
        .iter()
        .map(|line| {
            let (id, base) = (line.project.id, format!("/o/{org}/projects/{}", line.project.code));
            let ways = [
                ("tab-entry", "/entry", Can::EnterValues(id)),
                ("tab-review", "/review", Can::ReviewValues(id)),
                ("tab-tracking", "/tracking", Can::ViewTracking(id)),
            ];
            let ways = ways
                .into_iter()
                .filter(|(_, _, can)| cx.may(*can))
                .map(|(key, path, _)| view! { <a href=format!("{base}{path}")>{say.t(key)}</a>" " })
                .collect_view();
            view! {
                <article class="card flow-s">
                    <h3><a href=base.clone()>{line.project.title.clone()}</a></h3>
                    <p class="small muted">{line.project.code.clone()}</p>
                    <p class="row small">{ways}</p>
                </article>
            }
        })
        .collect_view();
    view! { <h2>{say.t("nav-projects")}</h2>{cards} }.into_any()
}

/// What else somebody may see who has no work in projects.
fn elsewhere(say: Say, cx: &Cx, org: &str) -> AnyView {
    let links = [
        ("nav-donor-links", "/admin/donor-links", cx.may(Can::ReadDonorLinks(None))),
        ("nav-audit", "/audit", cx.may(Can::ReadAudit(None))),
        ("nav-roles", "/admin/roles", true),
    ];
    let links = links
        .into_iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(key, path, _)| view! { <li><a href=format!("/o/{org}{path}")>{say.t(key)}</a></li> })
        .collect_view();
    view! { <section class="card flow-s"><h2>{say.t("home-elsewhere")}</h2><ul class="plain-list">{links}</ul></section> }.into_any()
}
