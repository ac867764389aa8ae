//! The same report on paper for the organisation's own people. It is sealed and carries every figure: they take it out as they take out the
//! file of data.

use axum::extract::Path;
use axum::response::IntoResponse;
use server::access::Can;
use server::donors::read;
use server::kernel::error::Error;

use super::{PDF, named, paper};
use crate::answers::Answer;
use crate::forms::attachment;
use crate::pages::projects::project;
use crate::visit::Visit;

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/report.pdf`.
///
/// # Errors
/// Not found, also of a report that was withdrawn, refusal, busy, or the database's.
pub async fn on_paper(visit: Visit, Path((org, code, _, snapshot)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let (snapshot, can) = (snapshot.parse().map_err(|_| Error::NotFound)?, Can::ExportTracking(project.id));
    let read = read::for_staff(&cx, can, project.id, snapshot).await?;
    let (name, sum) = (format!("{}.pdf", named(&read)), read.sha256.clone());
    let bytes = paper::made(&cx, visit.say, &visit.app.settings.public_url, read).await?;
    let bytes = read::finish(&cx, can, &sum, bytes).await?;
    read::taken_out(&cx, project.id, snapshot).await?;
    Ok((attachment(&name, PDF), bytes).into_response())
}
