//! Imports: a file, what it would change, and the decision.

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use leptos::prelude::*;
use server::kernel::error::Error;
use server::kernel::ids::{ImportId, ProjectId};
use server::projects::imports::{self, Decided, Job, JobIssue, MAX_FILE, MOST_AT_ONCE, Mapping};
use server_fn::codec::{MultipartData, MultipartFormData};

use super::imported::{Came, file_field, files_table};
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::figure;
use crate::forms::{self, Fields, Sheet, attachment, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::uploads;
use crate::visit::{App, Visit};
use crate::workbook::{self, XLSX};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/import", get(list))
        .route("/o/{org}/projects/{code}/import/{id}", get(show))
        .route("/o/{org}/projects/{code}/import/{id}/problems", get(problems))
}

/// `/o/{org}/projects/{code}/import`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let jobs = imports::list(&cx, project.id).await?;
    let mapping = imports::saved_mapping(&cx, project.id).await?.unwrap_or_default();
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "imports/check", flash.as_ref());
    let top = head(say, &cx, &project, Tab::Import);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-import"), move || {
        let base = format!("/o/{org}/projects/{code}/import");
        view! {
            {top}
            {upload(say, &org, &code, project.id, &sheet, &mapping)}
            <p class="no-print"><a href=format!("{base}/disability")>{say.t("washington-link")}</a></p>
            {jobs_table(say, &base, jobs)}
        }
    }))
}

fn upload(say: Say, org: &str, code: &str, project: ProjectId, sheet: &Sheet, mapping: &str) -> AnyView {
    view! {
        <section class="flow-s" aria-labelledby="import-h"><h2 id="import-h">{say.t("import-title")}</h2><p>{say.t("import-text")}</p>
            <form class="form" method="post" action="/fn/imports/check" enctype="multipart/form-data">
                {sheet.refusal()}
                <input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="code" value=code.to_owned()/>
                <input type="hidden" name="project" value=project.to_string()/>
                <input type="hidden" name="back" value=format!("/o/{org}/projects/{code}/import")/>
                {file_field(say, sheet, "import-file-hint")}
                <details open=sheet.fault("mapping").is_some()><summary>{say.t("import-mapping")}</summary>{sheet.area("mapping", 8, mapping)}</details>
                {sheet.actions("import-check", None)}
            </form></section>
    }
    .into_any()
}

fn jobs_table(say: Say, base: &str, jobs: Vec<Job>) -> AnyView {
    let came = |job: Job| Came {
        href: format!("{base}/{}", job.id),
        filename: job.filename,
        status: job.status,
        counts: [job.rows_total, job.values_total, job.errors].map(|count| count.to_string()).to_vec(),
        by: job.by,
        at: job.created_at,
    };
    files_table(say, &["col-rows", "col-values", "col-errors"], jobs.into_iter().map(came).collect())
}

/// `/o/{org}/projects/{code}/import/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ImportId = id.parse().map_err(|_| Error::NotFound)?;
    let (job, issues) = imports::find(&cx, project.id, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let (apply, undo) = (Sheet::new(&visit, "imports/apply", flash.as_ref()), Sheet::new(&visit, "imports/undo", flash.as_ref()));
    let top = head(say, &cx, &project, Tab::Import);
    Ok(visit.inside(&cx, Nav::Projects).show(&job.filename.clone(), move || {
        let hidden = |valid: &str| {
            [("org", org.clone()), ("project", project.id.to_string()), ("import", id.to_string()), ("valid_rows", valid.to_owned())]
        };
        let decision = match job.status.as_str() {
            _ if job.job.is_some() => None,
            "ready" => Some(apply.form(&hidden("false"), view! { {apply.actions("import-apply-all", None)} })),
            "has_errors" if job.rows_valid > 0 => Some(apply.form(&hidden("true"), view! { {apply.actions("import-apply-valid", None)} })),
            "applied" => Some(undo.form(&hidden("false"), view! { {undo.actions("import-undo", None)} })),
            _ => None,
        };
        view! {
            {top}
            <div class="section-head"><h2>{job.filename.clone()}" "{parts::status(say, &job.status)}</h2></div>
            <div class="grid grid-stats">
                {parts::tile(say.t("col-rows"), figure(job.rows_total.into(), 0), None)}
                {parts::tile(say.t("col-valid-rows"), figure(job.rows_valid.into(), 0), None)}
                {parts::tile(say.t("col-values"), figure(job.values_total.into(), 0), None)}
                {parts::tile(say.t("col-errors"), figure(job.errors.into(), 0), None)}
                {parts::tile(say.t("col-warnings"), figure(job.warnings.into(), 0), None)}
            </div>
            {made(say, "import-new-locations", &job.creates.locations, job.creates.location_count)}
            {made(say, "import-new-periods", &job.creates.periods, job.creates.period_count)}
            {match job.job {
                Some(running) => view! {
                    <div class="notice"><strong>{say.t("import-runs")}</strong>
                        <p><a href=format!("/o/{org}/jobs/{running}")>{say.t("import-runs-link")}</a></p></div>
                }.into_any(),
                None => view! { <p>{say.word("import-next", &job.status)}</p> }.into_any(),
            }}
            {(decision.is_some() && job.status != "applied" && job.values_total > MOST_AT_ONCE).then(|| view! { <p>{say.t("import-large")}</p> })}
            {decision}
            {(job.kept && !issues.is_empty()).then(|| view! {
                <p class="no-print"><a class="btn" href=format!("/o/{org}/projects/{code}/import/{id}/problems")>{say.t("import-problems")}</a></p>
            })}
            {issues_table(say, issues)}
        }
    }))
}

/// `/o/{org}/projects/{code}/import/{id}/problems`: the rows to be mended, as a workbook.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn problems(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ImportId = id.parse().map_err(|_| Error::NotFound)?;
    let annotated = imports::annotated(&cx, project.id, id).await?;
    let stem = annotated.filename.rsplit_once('.').map_or(annotated.filename.as_str(), |(stem, _)| stem);
    let name = format!("{stem}-problems.xlsx");
    Ok((attachment(&name, XLSX), workbook::problems(visit.say, &annotated)?).into_response())
}

/// What is made beside values, by name: a mistyped code shows as a place that nobody knows.
fn made(say: Say, key: &str, names: &[String], count: usize) -> Option<AnyView> {
    if count == 0 {
        return None;
    }
    let mut list = names.join(", ");
    if count > names.len() {
        list.push_str(", ");
        list.push_str(&say.with("explain-more", &[("count", &(count - names.len()).to_string())]));
    }
    Some(view! { <p><strong>{say.with(key, &[("count", &count.to_string())])}</strong>": "<bdi>{list}</bdi></p> }.into_any())
}

/// What is wrong in a file, a row a problem.
pub(super) fn issues_table(say: Say, issues: Vec<JobIssue>) -> AnyView {
    if issues.is_empty() {
        return view! { <p class="muted">{say.t("import-no-issues")}</p> }.into_any();
    }
    let rows: Vec<_> = issues
        .into_iter()
        .map(|issue| {
            let colour = if issue.severity == "warning" { "rag rag-at_risk" } else { "rag rag-off_track" };
            let row = match issue.other_row {
                Some(other) => say.with("issue-rows", &[("row", &issue.row_number.to_string()), ("other", &other.to_string())]),
                None => issue.row_number.to_string(),
            };
            view! {
                <tr><td class="num">{row}</td><td><code>{issue.column_name.clone().unwrap_or_default()}</code></td>
                    <td><span class=colour>{say.word("severity", &issue.severity)}</span></td><td>{say.word("issue", &issue.code)}</td>
                    <td><samp>{issue.value.clone()}</samp></td></tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("import-issues") tabindex="0"><table class="list problems">
            <caption>{say.t("import-issues")}</caption>
            <thead><tr><th scope="col" class="num">{say.t("col-row")}</th><th scope="col">{say.t("col-column")}</th><th scope="col">{say.t("col-severity")}</th>
                <th scope="col">{say.t("col-problem")}</th><th scope="col">{say.t("col-found")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// A dry run of a file.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "imports/check", input = MultipartFormData)]
pub async fn check(data: MultipartData) -> Result<(), ServerFnError> {
    let (fields, file) = uploads::read(data, MAX_FILE).await;
    forms::submit("imports/check", fields, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (filename, bytes) = file?.ok_or_else(|| Error::field("file", "required"))?;
        let project = project_of(&form)?;
        let mapping: Mapping = match form.get("mapping").trim() {
            "" => imports::guess(&cx, project, bytes.clone()).await?.ok_or_else(|| Error::field("mapping", "not_guessed"))?,
            typed => serde_json::from_str(typed).map_err(|_| Error::field("mapping", "not_a_mapping"))?,
        };
        let id = imports::check(&cx, project, &filename, bytes, &mapping).await?;
        Ok(to(format!("/o/{}/projects/{}/import/{id}", form.get("org"), form.get("code"))))
    })
    .await
}

/// Applies a checked import: at once or, a large one, in the background.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "imports/apply")]
pub async fn apply(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("imports/apply", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        match imports::decide(&cx, project_of(&form)?, form.id("import")?, form.get("valid_rows") == "true").await? {
            Decided::Applied(_) => Ok(to(forms::back(&form)).saying("import-applied")),
            Decided::Queued(job) => Ok(to(format!("/o/{}/jobs/{job}", form.get("org"))).saying("job-asked")),
        }
    })
    .await
}

/// Takes an import back.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "imports/undo")]
pub async fn undo(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("imports/undo", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        imports::undo(&cx, project_of(&form)?, form.id("import")?).await?;
        Ok(to(forms::back(&form)).saying("import-undone"))
    })
    .await
}
