//! The organisation's dashboard: where each project stands.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::projects::dashboard::{self, ProjectStanding};

use crate::answers::Answer;
use crate::chart;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/dashboard", get(show))
}

/// `/o/{org}/dashboard`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let board = dashboard::organisation(&cx).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Dashboard).wide().show(&say.t("nav-dashboard"), move || {
        let none = board.projects.is_empty();
        let (due, reported, verified) = board.projects.iter().fold((0_i64, 0_i64, 0_i64), |(due, reported, verified), p| {
            (due + p.due, reported + p.reported, verified + p.verified)
        });
        let waiting: i64 = board.projects.iter().map(|p| p.line.submitted).sum();
        let rows: Vec<_> = board.projects.iter().map(|project| row(say, &org, project)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("nav-dashboard")}</h1></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("dashboard-no-projects")}</p></div> })}
            {(!none).then(|| view! {
                <div class="grid grid-stats">
                    {parts::tile(say.t("nav-projects"), board.projects.len().to_string(), None)}
                    {parts::tile(say.t("col-indicators"), board.colours.total().to_string(), None)}
                    {parts::tile(say.t("dashboard-reported"), share(reported, due), Some(say.t("dashboard-reported-note")))}
                    {parts::tile(say.t("status-verified"), share(verified, due), Some(say.count("waiting-count", waiting)))}
                </div>
                <section class="flow-s" aria-labelledby="standing-h"><h2 id="standing-h">{say.t("dashboard-standing")}</h2>
                    <p class="small muted">{say.t("dashboard-standing-text")}</p>
                    <div class="card">{chart::colour_bar(&board.colours)}{chart::colour_counts(say, &board.colours)}</div>
                    <div class="scroll" role="region" aria-label=say.t("dashboard-standing") tabindex="0"><table class="list">
                        <thead><tr><th scope="col">{say.t("col-project")}</th><th scope="col">{say.t("col-standing")}</th><th scope="col">{say.t("dashboard-last-period")}</th><th scope="col">{say.t("col-waits")}</th></tr></thead>
                        <tbody>{rows}</tbody></table></div>
                    {parts::legend(say)}</section>
            })}
        }
    }))
}

/// `12 / 18`.
fn share(part: i64, whole: i64) -> String {
    format!("{part} / {whole}")
}

fn row(say: Say, org: &str, standing: &ProjectStanding) -> AnyView {
    let project = &standing.line.project;
    let (due, reported, verified) = (standing.due, standing.reported, standing.verified);
    let text = say
        .with("dashboard-complete", &[("reported", &reported.to_string()), ("due", &due.to_string()), ("verified", &verified.to_string())]);
    let waits = (standing.line.submitted > 0).then(|| say.count("waiting-count", standing.line.submitted));
    view! {
        <tr><th scope="row"><a href=format!("/o/{org}/projects/{}/dashboard", project.code)>{project.title.clone()}</a></th>
            <td>{chart::colour_bar(&standing.colours)}{chart::colour_counts(say, &standing.colours)}</td>
            <td>{chart::share_bar(verified, reported, due)}<span class="small">{text}</span></td>
            <td>{waits}</td></tr>
    }
    .into_any()
}
