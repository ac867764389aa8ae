//! The console of who operates the platform.

mod organisation;
mod organisations;

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::platform::log::{self, Line};

use super::settings::notice;
use crate::answers::Answer;
use crate::parts;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/platform", get(organisations::list))
        .route("/platform/organisations/new", get(organisations::new))
        .route("/platform/organisations/{id}", get(organisation::show))
        .route("/platform/log", get(show_log))
}

/// The pages of the console, as tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Organisations,
    Log,
}

fn page<V: IntoView + 'static>(visit: &Visit, current: Tab, title: &str, body: impl FnOnce() -> V) -> Response {
    let say = visit.say;
    let heading = title.to_owned();
    let notice = notice(visit);
    let tabs = parts::tabs(
        say,
        "platform-title",
        [
            ("/platform", "platform-organisations", current == Tab::Organisations),
            ("/platform/log", "platform-log", current == Tab::Log),
            ("/settings/account", "nav-settings", false),
        ],
    );
    visit.public(title, move || {
        view! {
            <div class="page-head"><div><h1>{heading}</h1></div>
                <form method="post" action="/logout"><button class="btn btn-small">{say.t("nav-sign-out")}</button></form></div>
            {tabs}
            {notice}
            {body()}
        }
    })
}

/// Which part of the log is asked for.
#[derive(Deserialize)]
struct Asked {
    before: Option<i64>,
}

/// `/platform/log`.
async fn show_log(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (desk, _) = visit.desk().await?;
    let lines = log::page(&desk, asked.before).await?;
    let say = visit.say;
    Ok(page(&visit, Tab::Log, &say.t("platform-log"), move || {
        let none = lines.is_empty();
        let full = lines.len() == usize::try_from(log::PAGE).unwrap_or(usize::MAX);
        let older = lines.last().filter(|_| full).map(|line| format!("/platform/log?before={}", line.seq));
        let rows: Vec<_> = lines.into_iter().map(|line| row(say, line)).collect();
        view! {
            {none.then(|| view! { <div class="empty"><p>{say.t("audit-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("platform-log") tabindex="0"><table class="list">
                    <thead><tr><th scope="col" class="num">{say.t("col-seq")}</th><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("col-who")}</th>
                        <th scope="col">{say.t("col-what")}</th><th scope="col">{say.t("col-result")}</th></tr></thead><tbody>{rows}</tbody></table></div>
            })}
            <nav class="pager" aria-label=say.t("pages")>{older.map(|href| view! { <a class="btn btn-small" rel="next" href=href>{say.t("older")}</a> })}</nav>
        }
    }))
}

fn row(say: Say, line: Line) -> AnyView {
    let about = line.entity.filter(|_| line.entity_type.as_deref() == Some("tenant")).map(|id| format!("/platform/organisations/{id}"));
    let action = say.word("action", &line.action);
    let what = match about {
        Some(href) => view! { <a href=href>{action}</a> }.into_any(),
        None => action.into_any(),
    };
    view! {
        <tr><td class="num">{line.seq}</td><td>{parts::moment(say, line.at)}</td><td>{line.actor.unwrap_or_else(|| say.t("actor-public"))}</td>
            <td>{what}</td><td>{say.word("result", &line.result)}</td></tr>
    }
    .into_any()
}
