//! Projects: the list, and what belongs to one.

pub mod bin;
pub mod budget;
pub mod dashboard;
pub mod disaggregation;
pub mod entry;
pub mod envelope;
pub mod evidence;
pub mod explain;
pub mod export;
pub mod framework;
pub mod iati;
pub mod import;
mod imported;
pub mod indicators;
pub mod learning;
pub mod members;
pub mod overview;
pub mod periods;
pub mod registers;
pub mod reports;
pub mod review;
pub mod setup;
pub mod tracking;
pub mod washington;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::kernel::error::Error;
use server::projects::framework::TEMPLATES;
use server::projects::framework::own_templates::{self, OwnTemplate};
use server::projects::{self, Project, ProjectForm, ProjectLine};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects", get(list))
        .merge(overview::routes())
        .merge(bin::routes())
        .merge(budget::routes())
        .merge(dashboard::routes())
        .merge(framework::routes())
        .merge(iati::routes())
        .merge(import::routes())
        .merge(registers::routes())
        .merge(review::routes())
        .merge(entry::routes())
        .merge(envelope::routes())
        .merge(setup::routes())
        .merge(indicators::routes())
        .merge(learning::routes())
        .merge(tracking::routes())
        .merge(evidence::routes())
        .merge(explain::routes())
        .merge(export::routes())
        .merge(reports::routes())
}

/// The pages of a project, as tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Framework and indicators.
    Overview,
    /// Where it stands.
    Dashboard,
    /// Entering figures.
    Entry,
    /// Reviewing them.
    Review,
    /// The tracking table.
    Tracking,
    /// What figures rest on.
    Evidence,
    /// Planned and spent.
    Budget,
    /// What was learnt, and what is done about it.
    Learning,
    /// Imports.
    Import,
    /// Reports.
    Reports,
    /// Periods, places and people.
    Setup,
}

/// Breadcrumb, title and tabs of a project's page.
#[must_use]
pub fn head(say: Say, cx: &Cx, project: &Project, current: Tab) -> AnyView {
    let org = cx.standing().map(|s| s.slug.clone()).unwrap_or_default();
    let base = format!("/o/{org}/projects/{}", project.code);
    let id = project.id;
    let tabs = [
        (Tab::Overview, "", "tab-overview", Can::ReadProject(id)),
        (Tab::Dashboard, "/dashboard", "tab-dashboard", Can::ViewTracking(id)),
        (Tab::Entry, "/entry", "tab-entry", Can::EnterValues(id)),
        (Tab::Review, "/review", "tab-review", Can::ReviewValues(id)),
        (Tab::Tracking, "/tracking", "tab-tracking", Can::ViewTracking(id)),
        (Tab::Evidence, "/evidence", "tab-evidence", Can::ReadEvidence(id)),
        (Tab::Budget, "/budget", "tab-budget", Can::ReadBudget(id)),
        (Tab::Learning, "/learning", "tab-learning", Can::ReadLearning(id)),
        (Tab::Import, "/import", "tab-import", Can::RunImport(id)),
        (Tab::Reports, "/reports", "tab-reports", Can::ReadProject(id)),
        (Tab::Setup, "/setup", "tab-setup", Can::ReadProject(id)),
    ];
    let tabs = tabs
        .into_iter()
        .filter(|(_, _, _, can)| cx.may(*can))
        .map(|(tab, path, key, _)| {
            let current = (tab == current).then_some("page");
            view! { <li><a href=format!("{base}{path}") aria-current=current>{say.t(key)}</a></li> }
        })
        .collect_view();
    view! {
        <nav class="crumbs" aria-label=say.t("crumbs")><ol>
            <li><a href=format!("/o/{org}/projects")>{say.t("nav-projects")}</a></li>
        </ol></nav>
        <div class="page-head"><div><p class="eyebrow">{project.code.clone()}</p><h1>{project.title.clone()}</h1></div></div>
        <nav class="tabs" aria-label=say.t("tabs-project")><ul>{tabs}</ul></nav>
    }
    .into_any()
}

/// `/o/{org}/projects`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let lines = projects::list(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let new = cx.may(Can::CreateProject).then(|| Sheet::new(&visit, "projects/create", flash.as_ref()));
    let templates = if new.is_some() { own_templates::offered(&cx, None).await? } else { Vec::new() };
    let none = lines.is_empty();
    let cards: Vec<_> = lines.into_iter().map(|line| card(say, &cx, &org, line)).collect();
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("nav-projects"), move || {
        view! {
            <div class="page-head"><div><h1>{say.t("nav-projects")}</h1></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("projects-none")}</p></div> })}
            <div class="grid">{cards}</div>
            {new.map(|sheet| new_form(say, &org, &sheet, &templates))}
        }
    }))
}

fn card(say: Say, cx: &Cx, org: &str, line: ProjectLine) -> AnyView {
    let project = line.project;
    if !cx.may(Can::ReadProject(project.id)) {
        return view! { <article class="card"><h2>{project.title}</h2><p class="small muted">{project.code}</p></article> }.into_any();
    }
    view! {
        <article class="card card-link">
            <h2><a href=format!("/o/{org}/projects/{}", project.code)>{project.title}</a></h2>
            <p class="small muted">{project.code}" · "{say.count("indicators-count", line.indicators)}</p>
            <p>{project.summary}</p>
            <p class="row">
                {(line.submitted > 0).then(|| view! { <span class="status status-submitted">{say.count("waiting-count", line.submitted)}</span> })}
                {(line.returned > 0).then(|| view! { <span class="status status-returned">{say.count("returned-count", line.returned)}</span> })}
            </p>
        </article>
    }
    .into_any()
}

fn new_form(say: Say, org: &str, sheet: &Sheet, templates: &[OwnTemplate]) -> AnyView {
    let fields = view! {
        {sheet.line("title", "text", "")}
        {sheet.line("code", "text", "")}
        {sheet.area("summary", 3, "")}
        {sheet.line("start_date", "date", "")}
        {sheet.line("end_date", "date", "")}
        {sheet.choice("framework_template", framework::template_choices(say, templates), TEMPLATES[0].key)}
        {sheet.actions("project-create", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("project-new")}</summary>
            {sheet.form(&[("org", org.to_owned())], fields)}
        </details>
    }
    .into_any()
}

/// A project as typed.
fn typed(form: &Fields) -> ProjectForm {
    ProjectForm {
        code: form.own("code"),
        title: form.own("title"),
        summary: form.own("summary"),
        start_date: form.own("start_date"),
        end_date: form.own("end_date"),
        template: form.own("framework_template"),
    }
}

/// Starts a project.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "projects/create")]
pub async fn create(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("projects/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let typed = typed(&form);
        projects::create(&cx, &typed, false).await?;
        Ok(to(format!("/o/{}/projects/{}", form.get("org"), typed.code.trim())).saying("project-created"))
    })
    .await
}

/// The project of a path, and the context of who asks.
///
/// # Errors
/// As [`Visit::cx`]; not found.
pub async fn project(visit: &mut Visit, org: &str, code: &str) -> Result<(Cx, Project), crate::visit::Problem> {
    let cx = visit.cx(org).await?;
    let project = projects::find(&cx, code).await?;
    Ok((cx, project))
}

/// The project that a form names by its id.
///
/// # Errors
/// Not found.
pub fn project_of(form: &Fields) -> Result<server::kernel::ids::ProjectId, Error> {
    form.id("project")
}
