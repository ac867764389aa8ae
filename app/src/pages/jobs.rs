//! Background jobs: which there are, how far each is, and stopping it or asking once more.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::routing::get;
use chrono::{TimeDelta, Utc};
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Cx};
use server::jobs::{self, Job};
use server::kernel::error::Error;
use server::kernel::ids::JobId;

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Minutes for which the page of a job that runs is asked for again: a page that was left open must not keep somebody signed in for ever.
const RENEWS: i64 = 10;
/// Seconds after which the page of a job that runs is asked for again.
const REFRESH: &str = "5";

/// Reasons that are told as they concern a job. Any other is told as its form would tell it.
const REASONS: [&str; 11] = [
    "asker_gone",
    "organisation_closed",
    "worker_lost",
    "took_too_long",
    "forbidden",
    "not_found",
    "signed_out",
    "busy",
    "unavailable",
    "control_characters",
    "internal",
];

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/jobs", get(list)).route("/o/{org}/jobs/{id}", get(show))
}

/// What stands in the address of a job's page.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Whether the page is to stand still.
    still: String,
}

/// `/o/{org}/jobs`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let (all, is_cut) = jobs::list(&cx).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Jobs).show(&say.t("jobs-title"), move || {
        let none = all.is_empty();
        let rows: Vec<_> = all.into_iter().map(|job| row(say, &org, job)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("jobs-title")}</h1><p class="lede">{say.t("jobs-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("jobs-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("jobs-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-job")}</th><th scope="col">{say.t("col-project")}</th><th scope="col">{say.t("col-status")}</th>
                        <th scope="col">{say.t("col-by")}</th><th scope="col">{say.t("col-when")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            {is_cut.then(|| view! { <p class="small muted">{say.with("jobs-newest", &[("count", &jobs::MOST_LISTED.to_string())])}</p> })}
        }
    }))
}

fn row(say: Say, org: &str, job: Job) -> AnyView {
    view! {
        <tr><th scope="row"><a href=format!("/o/{org}/jobs/{}", job.id)>{title(say, &job)}</a></th>
            <td>{job.project_title.clone()}" "<code>{job.project_code.clone()}</code></td><td>{state(say, &job)}</td>
            <td>{job.by.clone().unwrap_or_default()}</td><td>{parts::moment(say, job.asked_at)}</td></tr>
    }
    .into_any()
}

/// What a job does, and to what.
fn title(say: Say, job: &Job) -> String {
    match &job.about {
        Some(about) => format!("{}: {about}", say.word("job-kind", &job.kind)),
        None => say.word("job-kind", &job.kind),
    }
}

/// How a job stands, with its mark.
fn state(say: Say, job: &Job) -> AnyView {
    let (mark, word) = match job.state.as_str() {
        "running" if job.is_stopping => ("returned", "stopping"),
        "running" => ("submitted", "running"),
        "done" => ("done", "done"),
        "failed" => ("revoked", "failed"),
        "cancelled" => ("closed", "cancelled"),
        _ => ("open", "waiting"),
    };
    view! { <span class=format!("status status-{mark}")>{say.word("job-state", word)}</span> }.into_any()
}

/// `/o/{org}/jobs/{id}`. While the job runs the page is asked for again every few seconds, by the browser itself, unless that was stopped.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: JobId = id.parse().map_err(|_| Error::NotFound)?;
    let job = jobs::find(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let (cancel, again) = (Sheet::new(&visit, "jobs/cancel", flash.as_ref()), Sheet::new(&visit, "jobs/ask-again", flash.as_ref()));
    let is_old = job.due_at + TimeDelta::minutes(RENEWS) < Utc::now();
    let pace_of = match (asked.still.is_empty(), is_old) {
        (_, true) => Pace::Old,
        (true, false) => Pace::Renewed,
        (false, false) => Pace::Still,
    };
    let is_live = job.is_live();
    let refused = cancel.was_refused() || again.was_refused();
    let buttons = buttons(say, &cx, &org, &job, &cancel, &again);
    let result = (job.state == "done" && cx.may(Can::RunImport(job.project)))
        .then(|| format!("/o/{org}/projects/{}/import/{}", job.project_code, job.subject));
    let title = title(say, &job);
    let mut answer = visit.inside(&cx, Nav::Jobs).show(&title.clone(), move || {
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/jobs")>{say.t("jobs-title")}</a></li></ol></nav>
            <div class="page-head"><div><p class="eyebrow">{job.project_title.clone()}</p><h1>{title}" "{state(say, &job)}</h1></div></div>
            {cancel.refusal()}{again.refusal()}
            {how_far(say, &job)}
            {is_live.then(|| pace(say, &org, id, pace_of))}
            {result.map(|path| view! { <p><a class="btn btn-primary" href=path>{say.t("job-result")}</a></p> })}
            {buttons}
            {facts(say, &job)}
        }
    });
    // what was refused is to be read in peace
    if is_live && pace_of == Pace::Renewed && !refused {
        answer.headers_mut().insert(header::REFRESH, HeaderValue::from_static(REFRESH));
    }
    Ok(answer)
}

/// How far the job is, in words and as a bar; or what came of it.
fn how_far(say: Say, job: &Job) -> AnyView {
    match job.state.as_str() {
        "running" if job.total > 0 => {
            let said = say.with("job-far", &[("done", &job.done.to_string()), ("total", &job.total.to_string())]);
            view! {
                <p id="far">{said}</p>
                <progress aria-labelledby="far" max=job.total.to_string() value=job.done.to_string()></progress>
            }
            .into_any()
        }
        "running" => view! {
            <p id="far">{say.t("job-far-begins")}</p>
            <progress aria-labelledby="far" max="1" value="0"></progress>
        }
        .into_any(),
        "done" => view! { <p>{say.count("job-done", job.result.unwrap_or_default().into())}</p> }.into_any(),
        "failed" => {
            let code = job.error.as_deref().unwrap_or("internal");
            let family = if REASONS.contains(&code) { "job-error" } else { "problem" };
            view! { <div class="notice error"><strong>{say.t("job-failed")}</strong><p>{say.word(family, code)}</p></div> }.into_any()
        }
        "cancelled" => view! { <p>{say.t("job-cancelled-text")}</p> }.into_any(),
        _ => view! { <p>{say.t(if job.attempts > 0 { "job-waits-again" } else { "job-waits-text" })}</p> }.into_any(),
    }
}

/// Whether the page of a job that goes on renews itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// It does.
    Renewed,
    /// That was stopped.
    Still,
    /// It has gone on for too long.
    Old,
}

/// That the page renews itself, and how to stop that.
fn pace(say: Say, org: &str, id: JobId, pace: Pace) -> AnyView {
    let path = format!("/o/{org}/jobs/{id}");
    let (words, path, link) = match pace {
        Pace::Renewed => ("job-renews", format!("{path}?still=yes"), "job-stand-still"),
        Pace::Still => ("job-still", path, "job-renew"),
        Pace::Old => ("job-old", path, "job-look"),
    };
    view! { <p class="small muted">{say.t(words)}" "<a href=path>{say.t(link)}</a></p> }.into_any()
}

fn buttons(say: Say, cx: &Cx, org: &str, job: &Job, cancel: &Sheet, again: &Sheet) -> AnyView {
    let button = |sheet: &Sheet, class: &'static str, key: &'static str| {
        view! {
            <form method="post" action=sheet.action()>
                <input type="hidden" name="org" value=org.to_owned()/><input type="hidden" name="job" value=job.id.to_string()/>
                <input type="hidden" name="back" value=format!("/o/{org}/jobs/{}", job.id)/>
                <button class=class>{say.t(key)}</button></form>
        }
    };
    let may = cx.may(Can::RuleJobs);
    let stops = may && job.is_live() && !job.is_stopping;
    let repeats = may && job.is_mine && job.is_repeatable && matches!(job.state.as_str(), "failed" | "cancelled");
    view! {
        {stops.then(|| button(cancel, "btn btn-danger", "job-cancel"))}
        {repeats.then(|| button(again, "btn btn-primary", "job-ask-again"))}
    }
    .into_any()
}

fn facts(say: Say, job: &Job) -> AnyView {
    let moment = |key: &str, at| view! { <dt>{say.t(key)}</dt><dd>{parts::moment(say, at)}</dd> };
    view! {
        <dl class="defs"><dt>{say.t("job-by")}</dt><dd>{job.by.clone().unwrap_or_default()}</dd>{moment("job-asked", job.asked_at)}
            {job.started_at.map(|at| moment("job-started", at))}{job.finished_at.map(|at| moment("job-finished", at))}</dl>
    }
    .into_any()
}

/// Cancels a job.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "jobs/cancel")]
pub async fn cancel(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("jobs/cancel", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        jobs::cancel(&cx, form.id("job")?).await?;
        Ok(to(forms::back(&form)).saying("job-cancelled"))
    })
    .await
}

/// Asks for a job once more.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "jobs/ask-again")]
pub async fn ask_again(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("jobs/ask-again", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        jobs::ask_again(&cx, form.id("job")?).await?;
        Ok(to(forms::back(&form)).saying("job-asked"))
    })
    .await
}
