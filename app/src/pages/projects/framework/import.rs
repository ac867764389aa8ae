//! A framework from a sheet: a file, what it would make, and the decision.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::kernel::error::Error;
use server::kernel::ids::ImportId;
use server::projects::Project;
use server::projects::framework::Status;
use server::projects::framework::import::{self, Job, MAX_FILE, Made, NewIndicator, NewResult, Plan};
use server_fn::codec::{MultipartData, MultipartFormData};

use super::super::imported::{file_field, more, problems_file, problems_table, sheets_table, tiles};
use super::super::{Tab, head, project, project_of};
use super::level_name;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::uploads;
use crate::visit::{App, Visit};
use crate::workbook;

/// Lines of what would be made that a page shows, of each kind.
const SHOWN: usize = 300;

/// Routes of these pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/framework/import", get(list))
        .route("/o/{org}/projects/{code}/framework/import/{id}", get(show))
        .route("/o/{org}/projects/{code}/framework/import/{id}/problems", get(problems))
}

/// `/o/{org}/projects/{code}/framework/import`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let jobs = import::list(&cx, project.id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "framework/check", flash.as_ref());
    let top = head(say, &cx, &project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("framework-import"), move || {
        let base = format!("/o/{org}/projects/{code}/framework");
        view! {
            {top}
            <section class="flow-s" aria-labelledby="framework-import-h">
                <p class="eyebrow"><a href=base.clone()>{say.t("framework-title")}</a></p>
                <h2 id="framework-import-h">{say.t("framework-import")}</h2>
                {if is_open(&project) { upload(say, &org, &project, &sheet) } else { closed(say) }}
            </section>
            {sheets_table(say, &format!("{base}/import"), jobs, counted)}
        }
    }))
}

fn is_open(project: &Project) -> bool {
    Status::parse(&project.framework_status).is_open()
}

/// Why nothing can be imported, and what would help.
fn closed(say: Say) -> AnyView {
    view! { <p class="notice warning">{say.t("problem-framework-approved")}</p> }.into_any()
}

fn upload(say: Say, org: &str, project: &Project, sheet: &Sheet) -> AnyView {
    view! {
        <p>{say.t("framework-import-text")}</p>
        <form class="form" method="post" action=sheet.action() enctype="multipart/form-data">
            {sheet.refusal()}
            <input type="hidden" name="org" value=org.to_owned()/>
            <input type="hidden" name="code" value=project.code.clone()/>
            <input type="hidden" name="project" value=project.id.to_string()/>
            <input type="hidden" name="back" value=sheet.back()/>
            {file_field(say, sheet, "framework-import-hint")}
            {sheet.actions("import-check", None)}
        </form>
        <details><summary>{say.t("framework-import-how")}</summary><p>{say.t("framework-import-levels")}</p><p>{say.t("framework-import-columns")}</p>
            <p>{say.t("framework-import-targets")}</p></details>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/framework/import/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ImportId = id.parse().map_err(|_| Error::NotFound)?;
    let (job, plan) = import::find(&cx, project.id, id, &workbook::vocabulary()).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "framework/import", flash.as_ref());
    let top = head(say, &cx, &project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&job.filename.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/framework");
        let hidden = [("org", org.clone()), ("code", code.clone()), ("project", project.id.to_string()), ("import", id.to_string())];
        let body = match plan {
            Some(plan) => planned(say, &base, &project, id, &plan, &sheet, &hidden),
            None => decided(say, &base, &job, &sheet),
        };
        view! {
            {top}
            <p class="eyebrow"><a href=base.clone()>{say.t("framework-title")}</a>" · "<a href=format!("{base}/import")>{say.t("framework-import")}</a></p>
            <div class="section-head"><h2>{job.filename.clone()}</h2></div>
            {body}
        }
    }))
}

/// An import that was applied, or whose file is no longer kept.
fn decided(say: Say, base: &str, job: &Job, sheet: &Sheet) -> AnyView {
    let words = if job.status == "applied" { "framework-import-applied" } else { "problem-import-not-ready" };
    view! {
        {sheet.refusal()}
        {tiles(say, i64::from(job.rows), counted(job.made.0), None)}
        <p>{say.t(words)}</p>
        <p class="no-print"><a class="btn" href=base.to_owned()>{say.t("framework-title")}</a></p>
    }
    .into_any()
}

/// What an import makes, each by its head.
fn counted(made: Made) -> [(&'static str, usize); 3] {
    [("col-results", made.results), ("col-indicators", made.indicators), ("col-targets", made.targets)]
}

/// What a file would make now, and the decision.
fn planned(
    say: Say,
    base: &str,
    project: &Project,
    id: ImportId,
    plan: &Plan,
    sheet: &Sheet,
    hidden: &[(&'static str, String)],
) -> AnyView {
    let ready = plan.is_ready();
    let words = match (is_open(project), ready, plan.errors) {
        (false, ..) => "problem-framework-approved",
        (true, true, _) => "framework-import-ready",
        (true, false, 0) => "issue-nothing-new",
        (true, false, _) => "problem-framework-import-wrong",
    };
    let decision = (ready && is_open(project)).then(|| {
        let mut hidden = hidden.to_vec();
        hidden.push(("shown", plan.mark()));
        sheet.form(&hidden, sheet.actions("framework-import-apply", None))
    });
    let refusal = decision.is_none().then(|| sheet.refusal());
    let made = Made { results: plan.results.len(), indicators: plan.indicators.len(), targets: plan.targets() };
    view! {
        {refusal}
        {tiles(say, i64::from(plan.rows), counted(made), Some((plan.errors, plan.warnings)))}
        <p>{say.t(words)}</p>
        {decision}
        {problems_table(say, &plan.problems, plan.is_read().then(|| format!("{base}/import/{id}/problems")))}
        {results_table(say, project, &plan.results)}
        {indicators_table(say, &plan.indicators)}
    }
    .into_any()
}

fn results_table(say: Say, project: &Project, results: &[NewResult]) -> AnyView {
    if results.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = results
        .iter()
        .take(SHOWN)
        .map(|result| {
            let level = level_name(say, &project.template, &project.own_levels, result.level);
            view! { <tr><th scope="row">{result.number.clone()}</th><td>{level}</td><td>{result.title.clone()}</td><td class="num">{result.row}</td></tr> }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("framework-import-results") tabindex="0"><table class="list">
            <caption>{say.t("framework-import-results")}</caption>
            <thead><tr><th scope="col">{say.t("col-number")}</th><th scope="col">{say.t("col-level")}</th><th scope="col">{say.t("col-of-framework")}</th>
                <th scope="col" class="num">{say.t("col-row")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
        {more(say, results.len().saturating_sub(SHOWN))}
    }
    .into_any()
}

fn indicators_table(say: Say, indicators: &[NewIndicator]) -> AnyView {
    if indicators.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = indicators
        .iter()
        .take(SHOWN)
        .map(|indicator| {
            let form = &indicator.form;
            let (kind, frequency) = (say.word("kind", &form.kind), say.word("frequency", &form.frequency));
            view! {
                <tr><th scope="row"><code>{form.code.clone()}</code></th><td>{form.title.clone()}</td><td>{indicator.result.clone()}</td><td>{kind}</td>
                    <td>{form.unit.clone()}</td><td>{frequency}</td><td class="num">{form.baseline_value.clone()}</td><td class="num">{form.eop_target.clone()}</td>
                    <td class="num">{indicator.targets.len()}</td><td class="num">{indicator.row}</td></tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("framework-import-indicators") tabindex="0"><table class="list">
            <caption>{say.t("framework-import-indicators")}</caption>
            <thead><tr><th scope="col">{say.t("field-code")}</th><th scope="col">{say.t("col-indicator")}</th><th scope="col">{say.t("col-of-framework")}</th>
                <th scope="col">{say.t("field-kind")}</th><th scope="col">{say.t("field-unit")}</th><th scope="col">{say.t("field-frequency")}</th>
                <th scope="col" class="num">{say.t("col-baseline")}</th><th scope="col" class="num">{say.t("col-end-target")}</th>
                <th scope="col" class="num">{say.t("col-targets")}</th><th scope="col" class="num">{say.t("col-row")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
        {more(say, indicators.len().saturating_sub(SHOWN))}
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/framework/import/{id}/problems`: the sheets with what is wrong in them, as a workbook.
///
/// # Errors
/// Not found, also of a file that is no longer kept; refusal, or the database's.
pub async fn problems(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ImportId = id.parse().map_err(|_| Error::NotFound)?;
    let (job, plan) = import::find(&cx, project.id, id, &workbook::vocabulary()).await?;
    Ok(problems_file(visit.say, &job.filename, &plan.ok_or(Error::NotFound)?.annotated())?)
}

/// A dry run of a file.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/check", input = MultipartFormData)]
pub async fn check(data: MultipartData) -> Result<(), ServerFnError> {
    let (fields, file) = uploads::read(data, MAX_FILE).await;
    forms::submit("framework/check", fields, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (filename, bytes) = file?.ok_or_else(|| Error::field("file", "required"))?;
        let id = import::check(&cx, project_of(&form)?, &filename, bytes, &workbook::vocabulary()).await?;
        Ok(to(format!("/o/{}/projects/{}/framework/import/{id}", form.get("org"), form.get("code"))))
    })
    .await
}

/// Makes what a checked file brings.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/import")]
pub async fn apply(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/import", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        import::apply(&cx, project_of(&form)?, form.id("import")?, form.get("shown"), &workbook::vocabulary()).await?;
        Ok(to(format!("/o/{}/projects/{}/framework", form.get("org"), form.get("code"))).saying("framework-imported"))
    })
    .await
}
