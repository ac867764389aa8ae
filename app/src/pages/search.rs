//! Finding something by a part of its name: a page, which the keyboard opens over every other one.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::projects::search::{self, Found, SHORTEST};

use crate::answers::{Answer, encode};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/search", get(show))
}

/// What is looked for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// `/o/{org}/search`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let found = search::find(&cx, &asked.q).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Search).show(&say.t("search-title"), move || {
        let looked = asked.q.trim().chars().count() >= SHORTEST;
        let said = if found.is_empty() { say.t("search-none") } else { say.count_of("search-found", found.len()) };
        let lines: Vec<_> = found.into_iter().map(|one| line(say, &org, one)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("search-title")}</h1></div></div>
            <form class="filters" method="get" role="search">
                <div class="field"><label for="q">{say.t("search-label")}</label><p class="hint" id="q-h">{say.t("search-hint")}</p>
                    <input id="q" name="q" type="search" value=asked.q.clone() autofocus aria-describedby="q-h"/></div>
                <button class="btn btn-primary">{say.t("find")}</button></form>
            <div id="found"><p role="status" class="small muted">{looked.then_some(said)}</p><ul class="plain-list">{lines}</ul></div>
        }
    }))
}

fn line(say: Say, org: &str, found: Found) -> AnyView {
    let base = format!("/o/{org}");
    let (kind, title, href, beside) = match found {
        Found::Project { title, code } => ("project", title, format!("{base}/projects/{code}"), code),
        Found::Indicator { title, code, project } => {
            ("indicator", title, format!("{base}/projects/{project}/indicators/{code}"), format!("{project} · {code}"))
        }
        Found::Report { title, id, project } => ("report", title, format!("{base}/projects/{project}/reports/{id}"), project),
        Found::Person { name, profile: Some(id) } => ("person", name, format!("{base}/admin/members/{id}"), String::new()),
        Found::Person { name, profile: None } => {
            let href = format!("{base}/admin/members?q={}", encode(&name));
            ("person", name, href, String::new())
        }
    };
    view! { <li><a href=href>{title}</a>" "<small class="muted">{say.word("search-kind", kind)}{(!beside.is_empty()).then(|| format!(" · {beside}"))}</small></li> }.into_any()
}
