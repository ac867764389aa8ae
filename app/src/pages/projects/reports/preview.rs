//! A report as it would be published now.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::ReportId;
use server::projects::reports;

use super::super::{Tab, head, project};
use crate::answers::Answer;
use crate::pages::{portal, snapshot};
use crate::shell::Nav;
use crate::visit::Visit;

/// `/o/{org}/projects/{code}/reports/{id}/preview`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let content = reports::preview(&cx, project.id, id, None).await?;
    let say = visit.say;
    // whoever writes their own sections alone sees those
    let part = !cx.may(Can::WriteReport(project.id)) && !cx.may(Can::ApproveReport(project.id));
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&content.title.clone(), move || {
        let text = say.t(if part { "report-preview-part" } else { "report-preview-text" });
        let body = if part { portal::sections_alone(say, &content) } else { portal::for_staff(say, &content) };
        view! {
            {top}
            <p class="eyebrow no-print"><a href=format!("/o/{org}/projects/{code}/reports/{id}")>{say.t("report-to-it")}</a></p>
            <p class="notice no-print">{text}</p>
            <h2 lang=content.locale.clone()>{content.title.clone()}</h2>
            <p class="lede">{snapshot::span(snapshot::speaks(say, &content), &content)}</p>
            {body}
        }
    }))
}
