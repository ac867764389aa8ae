//! Visits of support, as the organisation sees them, and the line on every page that says that one lasts.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use chrono::Utc;
use leptos::prelude::*;
use server::access::Cx;
use server::platform::support::{self, Visit as SupportVisit};

use crate::answers::Answer;
use crate::forms::{self, Fields, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, SUPPORT, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/support", get(show))
}

/// Counts down; without it the minutes stand as they were when the page was made.
const COUNTDOWN: &str = include_str!("support.js");

/// `/o/{org}/admin/support`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let visits = support::list(&cx).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Settings).show(&say.t("support-title"), move || {
        let none = visits.is_empty();
        let cards: Vec<_> = visits.into_iter().map(|visit| card(say, &org, visit)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("support-title")}</h1><p class="lede">{say.t("support-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><h2>{say.t("support-none-title")}</h2><p>{say.t("support-none")}</p></div> })}
            <div class="flow-s">{cards}</div>
        }
    }))
}

fn card(say: Say, org: &str, visit: SupportVisit) -> AnyView {
    let lasts = visit.ended.is_none();
    let ended = visit.ended.map(|at| parts::moment(say, at));
    let pages: Vec<_> = visit.pages.into_iter().map(|path| view! { <li><code>{path}</code></li> }).collect();
    let looked = i64::try_from(pages.len()).unwrap_or(i64::MAX);
    let log = format!("/o/{org}/audit?entity={}&rows=1", visit.id);
    view! {
        <article class="card"><h2>{say.with("support-who", &[("operator", &visit.operator), ("person", &visit.acted_as)])}</h2>
            <dl class="defs"><dt>{say.t("field-reason")}</dt><dd>{visit.reason}</dd><dt>{say.t("field-ticket")}</dt><dd>{visit.ticket}</dd>
                <dt>{say.t("support-began")}</dt><dd>{parts::moment(say, visit.began)}</dd>
                <dt>{say.t("support-ended")}</dt><dd>{ended}{lasts.then(|| say.t("support-lasts"))}</dd>
                <dt>{say.t("support-acts")}</dt><dd>{visit.acts}</dd></dl>
            <details><summary>{say.count("support-pages", looked)}</summary><ul>{pages}</ul></details>
            <p class="small"><a href=log>{say.t("support-log")}</a></p></article>
    }
    .into_any()
}

/// Says on every page that somebody acts as somebody else, until when, and how to stop.
pub(crate) fn banner(visit: &Visit, cx: &Cx, class: &'static str) -> Option<AnyView> {
    let who = cx.actor().impersonator()?;
    let say = visit.say;
    let minutes = (who.until - Utc::now()).num_minutes().max(0);
    let until = who.until.to_rfc3339();
    let text = say.with("support-banner", &[("operator", &who.name), ("person", cx.actor().name())]);
    let id = who.visit.to_string();
    let nonce = visit.nonce.clone();
    Some(
        view! {
            <div class="impersonation" role="region" aria-label=say.t("support-label")><div class=class>
                <span><strong>{text}</strong>" "<span id="support-left" data-until=until data-over=say.t("support-over")>{say.count("support-left", minutes)}</span></span>
                <form method="post" action="/fn/support/end"><input type="hidden" name="visit" value=id/>
                    <button class="btn btn-small">{say.t("support-stop")}</button></form>
            </div></div>
            <script nonce=nonce>{COUNTDOWN}</script>
        }
        .into_any(),
    )
}

/// Ends a visit: asked by who operates the platform, whose own session goes on.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "support/end")]
pub async fn end(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("support/end", form, |visit, form| async move {
        let (desk, _) = visit.desk().await?;
        support::end(&desk, form.id("visit")?).await?;
        Ok(to("/platform").saying("support-ended").with_cookie(visit.set_cookie(SUPPORT, "", Some(0))))
    })
    .await
}
