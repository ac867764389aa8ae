//! The donor's portal: the report behind a link, its files, and what may be taken out of it.

mod chooser;
mod evidence;
mod figures;
mod glossary;
mod page;
mod paper;
mod sections;
mod summary;
pub mod visits;
mod words;

pub use page::{for_staff, sections_alone};

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use server::access::{Can, Cx};
use server::donors::portal::{self, Visited};
use server::donors::read;
use server::kernel::error::Error;
use server::kernel::text::Locale;
use server::projects::snapshot::csv;

use self::visits::{What, enter};
use crate::answers::Answer;
use crate::forms::attachment;
use crate::pages::snapshot;
use crate::text::Say;
use crate::visit::{App, Problem, Visit};
use crate::workbook::{self, XLSX};

/// The type of a document on paper.
const PDF: &str = "application/pdf";

/// Routes of the portal.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/donor", get(opened))
        .route("/donor/{link}", get(one))
        .route("/donor/{link}/report.pdf", get(on_paper))
        .route("/donor/{link}/report.json", get(as_data))
        .route("/donor/{link}/figures.xlsx", get(as_workbook))
        .route("/donor/{link}/figures.csv", get(as_table))
        .route("/donor/{link}/evidence/{id}", get(file))
        .route("/donor/{link}/evidence/{id}/small", get(small))
}

/// In which language the frame speaks, where that is asked for; it changes nothing for the next page.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    lang: String,
}

impl Asked {
    fn by(&self, mut visit: Visit) -> (Visit, Option<Locale>) {
        let asked = Locale::parse(&self.lang);
        if let Some(locale) = asked {
            visit.say = Say::new(locale);
        }
        (visit, asked)
    }
}

/// `/donor`: the report that was opened; a choice where there are several.
///
/// # Errors
/// Not found without an open visit, or the database's.
pub async fn opened(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (visit, asked) = asked.by(visit);
    let links = visits::links(&visit);
    if let [link] = links.as_slice() {
        return report(visit, link, asked, false).await;
    }
    let mut alive = Vec::new();
    for link in links {
        match enter(&visit, &link, What::Aside).await {
            Ok(visited) => alive.push((link, visited)),
            // it has ended since
            Err(Problem::Refused(Error::NotFound)) => {}
            Err(problem) => return Err(problem),
        }
    }
    if alive.len() > 1 {
        return chooser::show(&visit, alive, asked).await;
    }
    let (link, _) = alive.into_iter().next().ok_or(Error::NotFound)?;
    report(visit, &link, asked, false).await
}

/// `/donor/{link}`: the report of one link.
///
/// # Errors
/// Not found without an open visit of that link, or the database's.
pub async fn one(visit: Visit, Path(link): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let (visit, asked) = asked.by(visit);
    let several = visits::links(&visit).len() > 1;
    report(visit, &link, asked, several).await
}

async fn report(visit: Visit, link: &str, asked: Option<Locale>, several: bool) -> Answer {
    let visited = enter(&visit, link, What::Read).await?;
    // a large one keeps its turn until it is shown
    let (read, _turn) = portal::page_in_turn(&visited.cx, visited.snapshot).await?;
    let frame = page::Frame { base: format!("/donor/{link}"), asked, several, takes_out: visited.allow_download };
    let title = read.content.title.clone();
    let say = visit.say;
    Ok(visit.donor(&title, None, move || page::whole(say, &frame, &read)))
}

/// The report of a visit, to be handed out: not one that was withdrawn, of which only the page says so.
async fn that_stands(visited: &Visited) -> Result<portal::Page, Problem> {
    let read = portal::page(&visited.cx, visited.snapshot).await?;
    if read.withdrawn.is_some() { Err(Error::NotFound.into()) } else { Ok(read) }
}

/// `/donor/{link}/report.pdf`.
///
/// # Errors
/// Not found without an open visit of that link, also of a report that was withdrawn, busy, or the database's.
pub async fn on_paper(visit: Visit, Path(link): Path<String>) -> Answer {
    let visited = enter(&visit, &link, What::Keep).await?;
    let read = that_stands(&visited).await?;
    Ok(handed_out(&visit, &visited.cx, Can::ReadSnapshot(visited.snapshot), read).await?)
}

/// A report on paper, named and sealed, for who reads it by `can`.
///
/// # Errors
/// Busy, limited, an internal one, or the database's.
pub(super) async fn handed_out(visit: &Visit, cx: &Cx, can: Can, page: portal::Page) -> Result<Response, Error> {
    let (name, sum) = (format!("{}.pdf", named(&page)), page.sha256.clone());
    let bytes = paper::made(cx, visit.say, &visit.app.settings.public_url, page).await?;
    let bytes = read::finish(cx, can, &sum, bytes).await?;
    Ok((attachment(&name, PDF), bytes).into_response())
}

/// `/donor/{link}/report.json`: the report to the byte as it was published, signed.
///
/// # Errors
/// Not found without an open visit of a link that allows it, also of a report that was withdrawn, or the database's.
pub async fn as_data(visit: Visit, Path(link): Path<String>) -> Answer {
    let (visited, read) = taken_out(&visit, &link).await?;
    let bytes = read::as_data(&visited.cx, visited.snapshot, &read).await?;
    Ok((attachment(&format!("{}.json", named(&read)), "application/json"), bytes).into_response())
}

/// `/donor/{link}/figures.xlsx`.
///
/// # Errors
/// As [`as_data`].
pub async fn as_workbook(visit: Visit, Path(link): Path<String>) -> Answer {
    let (_, read) = taken_out(&visit, &link).await?;
    let bytes = workbook::snapshot(snapshot::speaks(visit.say, &read.content), &read.content)?;
    Ok((attachment(&format!("{}.xlsx", named(&read)), XLSX), bytes).into_response())
}

/// `/donor/{link}/figures.csv`.
///
/// # Errors
/// As [`as_data`].
pub async fn as_table(visit: Visit, Path(link): Path<String>) -> Answer {
    let (_, read) = taken_out(&visit, &link).await?;
    Ok((attachment(&format!("{}.csv", named(&read)), "text/csv; charset=utf-8"), csv(&read.content)?).into_response())
}

async fn taken_out(visit: &Visit, link: &str) -> Result<(Visited, portal::Page), Problem> {
    let visited = enter(visit, link, What::TakeOut).await?;
    let read = that_stands(&visited).await?;
    Ok((visited, read))
}

/// `/donor/{link}/evidence/{id}`: a file of the report, to be kept and never to be shown within the site.
///
/// # Errors
/// Not found without an open visit of that link, also of what its report does not name, and of a report that was withdrawn; the store's, or
/// the database's.
pub async fn file(visit: Visit, Path((link, id)): Path<(String, String)>) -> Answer {
    let visited = enter(&visit, &link, What::Keep).await?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let shown = read::file(&visited.cx, &visit.app.files, visited.snapshot, id).await?;
    let mut response = (attachment(&shown.filename, "application/octet-stream"), shown.bytes).into_response();
    if let Ok(mime) = HeaderValue::from_str(&shown.mime) {
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
    }
    Ok(sandboxed(response))
}

/// `/donor/{link}/evidence/{id}/small`: a picture of the report as its page shows it.
///
/// # Errors
/// As [`file`]; not found of what is no picture.
pub async fn small(visit: Visit, Path((link, id)): Path<(String, String)>) -> Answer {
    let visited = enter(&visit, &link, What::Aside).await?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let shown = read::small(&visited.cx, &visit.app.files, visited.snapshot, id).await?;
    Ok(sandboxed(([(header::CONTENT_TYPE, "image/jpeg")], shown.bytes).into_response()))
}

/// What somebody sent runs nothing, wherever it is opened.
fn sandboxed(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

/// What files of a report are called: its project and its last day, in letters that every system takes.
fn named(read: &portal::Page) -> String {
    let content = &read.content;
    let code: String = content.project_code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
    format!("{code}-report-{}-v{}", content.to, read.version)
}
