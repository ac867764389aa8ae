//! What is taken out of a project as a file. An export is an event, so a page asks first.

use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Can;
use server::identity::limits;
use server::projects::tracking::{self, By};
use server::projects::values::export;
use server::projects::{self, framework};

use super::tracking::{Asked, choices, is_limited};
use super::{Tab, head};
use crate::answers::Answer;
use crate::forms::attachment;
use crate::shell::Nav;
use crate::taken_out;
use crate::visit::{App, Visit};
use crate::workbook::{self, XLSX};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/export", get(choose).post(table))
        .route("/o/{org}/projects/{code}/export/framework", post(matrix))
}

/// `/o/{org}/projects/{code}/export`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn choose(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let table = tracking::table(&cx, &code, asked.year.parse().ok(), Some(&asked.location), By::parse(&asked.by)).await?;
    let say = visit.say;
    let top = head(say, &cx, &table.project, Tab::Tracking);
    let (may_export, limited) = (cx.may(Can::ExportTracking(table.project.id)), is_limited(&cx, table.project.id));
    let may_take_all = cx.may(Can::ExportValues(table.project.id));
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("export"), move || {
        let base = format!("/o/{org}/projects/{code}/export");
        let forms = if may_export {
            view! {
                <p>{say.t("export-text")}</p>
                <form class="form card" method="post" action=base.clone()><h3>{say.t("tab-tracking")}</h3>
                    {choices(say, "export", &table, limited)}
                    <div class="field"><label for="export-format">{say.t("field-format")}</label><select id="export-format" name="format">
                        <option value="xlsx">{say.t("format-xlsx")}</option><option value="csv">{say.t("format-csv")}</option></select></div>
                    <div class="form-actions"><button class="btn btn-primary">{say.t("export-download")}</button></div>
                </form>
                <form class="form card" method="post" action=format!("{base}/framework")><h3>{say.t("framework-title")}</h3>
                    <p>{say.t("export-framework-text")}</p>
                    <div class="form-actions"><button class="btn">{say.t("export-framework")}</button></div>
                </form>
            }
            .into_any()
        } else {
            view! { <p>{say.t("export-not-yours")}</p> }.into_any()
        };
        let all = may_take_all.then(|| {
            view! {
                <form class="form card" method="post" action=base><h3>{say.t("export-values")}</h3>
                    <p>{say.t("export-values-text")}</p><input type="hidden" name="format" value="values"/>
                    <div class="form-actions"><button class="btn">{say.t("export-values-download")}</button></div>
                </form>
            }
        });
        view! { {top}<h2>{say.t("export")}</h2>{forms}{all} }
    }))
}

/// What of the tracking table, and as what.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(flatten)]
    asked: Asked,
    #[serde(default)]
    format: String,
}

/// The tracking table as a workbook or as CSV; or every value.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn table(mut visit: Visit, Path((org, code)): Path<(String, String)>, Form(wanted): Form<Wanted>) -> Answer {
    let cx = visit.cx(&org).await?;
    let Wanted { asked, format } = wanted;
    if format == "values" {
        let project = projects::find(&cx, &code).await?;
        limits::hit(&visit.app.db, limits::EXPORTS, &cx.user()?.to_string()).await?;
        let begun = export::begin(&cx, project.id).await?;
        let name = format!("{}-values.csv", project.code);
        return Ok((attachment(&name, "text/csv; charset=utf-8"), taken_out::body(visit, org, begun)).into_response());
    }
    let table = tracking::take_out(&cx, &code, asked.year.parse().ok(), Some(&asked.location), By::parse(&asked.by)).await?;
    let name = format!("{}-tracking-{}", table.project.code, table.year);
    if format == "csv" {
        return Ok((attachment(&format!("{name}.csv"), "text/csv; charset=utf-8"), tracking::csv(&table, visit.say.0)?).into_response());
    }
    Ok((attachment(&format!("{name}.xlsx"), XLSX), workbook::tracking(visit.say, &table)?).into_response())
}

/// The results framework as a workbook.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn matrix(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let project = projects::find(&cx, &code).await?;
    let content = framework::take_out(&cx, project.id).await?;
    let bytes = workbook::framework(visit.say, &project, &content)?;
    Ok((attachment(&format!("{}-framework.xlsx", project.code), XLSX), bytes).into_response())
}
