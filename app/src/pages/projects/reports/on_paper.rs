//! A published report on paper for the organisation's own people, as donors get it. It is sealed and carries every figure: they take it out
//! as they take out the file of data.

use axum::extract::Path;
use server::access::Can;
use server::donors::read;
use server::kernel::error::Error;

use super::super::project;
use crate::answers::Answer;
use crate::pages::portal;
use crate::visit::Visit;

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/report.pdf`.
///
/// # Errors
/// Not found, also of a report that was withdrawn, refusal, busy, or the database's.
pub async fn on_paper(mut visit: Visit, Path((org, code, _, snapshot)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let (snapshot, can) = (snapshot.parse().map_err(|_| Error::NotFound)?, Can::ExportTracking(project.id));
    let page = read::for_staff(&cx, can, project.id, snapshot).await?;
    let paper = portal::handed_out(&visit, &cx, can, page).await?;
    read::taken_out(&cx, project.id, snapshot).await?;
    Ok(paper)
}
