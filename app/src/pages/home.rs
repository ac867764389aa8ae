//! What needs me today.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::projects::learning::actions::{self, Due};
use server::projects::needs::{Need, What};
use server::projects::reports::needs as of_reports;
use server::projects::{self, ProjectLine};
use server::tenancy::grants;

use crate::answers::Answer;
use crate::format;
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
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let lines = if cx.may(Can::ListProjects) { projects::list(&cx).await? } else { Vec::new() };
    let periods = if cx.may(Can::ListProjects) { projects::needs::list(&cx).await? } else { Vec::new() };
    let due = if cx.may(Can::ListProjects) { actions::due(&cx).await? } else { Vec::new() };
    let ids: Vec<_> = lines.iter().map(|line| line.project.id).collect();
    let reports = if cx.may(Can::ListProjects) { of_reports::list(&cx, &ids).await? } else { Vec::new() };
    let asked =
        if cx.may(Can::DecideGrant) { grants::open(&cx).await?.iter().filter(|grant| grant.hindrance.is_none()).count() } else { 0 };
    let say = visit.say;
    let name = cx.actor().name().to_owned();
    let grants = (asked > 0).then(|| grants_need(say, &org, asked));
    let each =
        lines.iter().flat_map(|line| needs(say, &cx, &org, line, &periods, &due).into_iter().chain(of_report(say, &org, line, &reports)));
    let needs: Vec<_> = grants.into_iter().chain(each).collect();
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

/// Something that waits: what it is, about what, and where it is done.
struct Item {
    status: &'static str,
    text: String,
    about: String,
    href: String,
    /// The key of what the way there is called.
    label: &'static str,
}

impl Item {
    fn show(self, say: Say) -> AnyView {
        let Self { status, text, about, href, label } = self;
        let spoken = format!("{}: {about}", say.t(label));
        view! {
            <li><span class=format!("status status-{status}")>{say.word("status", status)}</span>
                <div><a href=href.clone()>{text}</a><p>{about}</p></div><a class="btn btn-small" href=href aria-label=spoken>{say.t(label)}</a></li>
        }
        .into_any()
    }
}

fn grants_need(say: Say, org: &str, asked: usize) -> AnyView {
    let text = say.count_of("need-grants", asked);
    let href = format!("/o/{org}/admin/members");
    Item { status: "submitted", text, about: say.t("members-title"), href, label: "members-title" }.show(say)
}

/// Sections and reports of a project that are named at the most, the oldest first.
const MOST_REPORTS: usize = 5;

fn of_report(say: Say, org: &str, line: &ProjectLine, all: &[of_reports::Need]) -> Vec<AnyView> {
    let about = &line.project.title;
    all.iter()
        .filter(|need| need.project == line.project.id)
        .take(MOST_REPORTS)
        .map(|need| {
            let base = format!("/o/{org}/projects/{}/reports/{}", line.project.code, need.report);
            let (status, key, href) = match (need.section, need.status.as_str()) {
                (Some(section), _) => ("open", "need-section", format!("{base}/sections/{section}")),
                (None, "in_review") => ("submitted", "need-report-review", base),
                (None, "changes_requested") => ("returned", "need-report-changes", base),
                (None, _) => ("ready", "need-report-publish", base),
            };
            Item { status, text: say.with(key, &[("title", &need.title)]), about: about.clone(), href, label: "tab-reports" }.show(say)
        })
        .collect()
}

/// Actions of a project that are named at the most, those that are due first.
const MOST_ACTIONS: usize = 3;

fn needs(say: Say, cx: &Cx, org: &str, line: &ProjectLine, periods: &[Need], due: &[Due]) -> Vec<AnyView> {
    let id = line.project.id;
    let base = format!("/o/{org}/projects/{}", line.project.code);
    let item = |status, text, path: &str, label| {
        Item { status, text, about: line.project.title.clone(), href: format!("{base}{path}"), label }.show(say)
    };
    let mut out = Vec::new();
    if line.submitted > 0 && cx.may(Can::ReviewValues(id)) {
        out.push(item("submitted", say.count("waiting-count", line.submitted), "/review", "tab-review"));
    }
    if line.returned > 0 && cx.may(Can::EnterValues(id)) {
        out.push(item("returned", say.count("returned-count", line.returned), "/entry", "tab-entry"));
    }
    if line.project.framework_status == "under_revision" && cx.may(Can::ApproveFramework(id)) {
        out.push(item("draft", say.t("need-revision"), "/framework", "framework-open"));
    }
    for need in periods.iter().filter(|need| need.project == id) {
        let name = format::period(say, &need.name);
        let path = match need.what {
            What::Submit | What::Verify => format!("/periods/{}", need.period),
            What::Missing(_) | What::Drafts(_) => format!("/entry?period={}", need.period),
        };
        let (status, text) = match (need.what, need.closes) {
            (What::Missing(count), None) => ("open", say.count_with("need-missing", count, &[("period", &name)])),
            (What::Missing(count), Some(day)) => {
                ("open", say.count_with("need-missing-until", count, &[("period", &name), ("day", &format::day(say, day))]))
            }
            (What::Drafts(count), _) => ("draft", say.count_with("need-drafts", count, &[("period", &name)])),
            (What::Submit, _) => ("in_progress", say.with("need-submit", &[("period", &name)])),
            (What::Verify, _) => ("submitted", say.with("need-verify", &[("period", &name)])),
        };
        out.push(item(status, text, &path, "tab-entry"));
    }
    for action in due.iter().filter(|action| action.project == id).take(MOST_ACTIONS) {
        let day = format::day(say, action.due_on);
        let facts = [("action", action.title.as_str()), ("day", day.as_str())];
        let (status, text) = match i64::from(action.days_late) {
            days @ 1.. => ("overdue", say.count_with("need-action-late", days, &facts)),
            _ => ("open", say.with("need-action", &facts)),
        };
        out.push(item(status, text, &format!("/learning/actions/{}", action.id), "tab-learning"));
    }
    out
}
