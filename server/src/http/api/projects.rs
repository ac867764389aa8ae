//! Projects, their indicators and periods, and the tracking table.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::Sent;
use super::caller::Caller;
use super::document::{ByCode, ById, ByPlace, ProblemDocument};
use super::{Page, Paging, Problem, decimal};
use crate::access::{Can, Cx};
use crate::kernel::error::Error;
use crate::kernel::ids::ProjectId;
use crate::projects::dimensions;
use crate::projects::disaggregation::Scheme;
use crate::projects::{self, indicators as acts, periods as period_acts, tracked as tracked_acts};

/// A project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Project {
    id: Uuid,
    code: String,
    title: String,
    summary: String,
    start_date: NaiveDate,
    end_date: NaiveDate,
    status: String,
}

impl From<projects::Project> for Project {
    fn from(p: projects::Project) -> Self {
        Self {
            id: p.id.0,
            code: p.code,
            title: p.title,
            summary: p.summary,
            start_date: p.start_date,
            end_date: p.end_date,
            status: p.status,
        }
    }
}

/// The projects that the caller may see.
#[utoipa::path(get, path = "/projects", params(ById), responses((status = 200, body = Page<Project>)))]
pub(crate) async fn list(Caller(cx): Caller, Query(paging): Query<Paging>) -> Result<Page<Project>, Problem> {
    let found = projects::page(&cx, paging.cursor()?, paging.limit() + 1).await?;
    let found: Vec<Project> = found.into_iter().map(Project::from).collect();
    Ok(paging.cut(found, |p| p.id.to_string()))
}

/// The version of a project, as `ETag` and `If-Match` write it.
fn tag(row_version: i32) -> String {
    format!("\"{row_version}\"")
}

/// Whether a condition (`If-Match`, `If-None-Match`) names this version among others.
fn names(condition: &str, row_version: i32) -> bool {
    condition.split(',').any(|one| one.trim() == tag(row_version))
}

/// A project with its version in front.
fn tagged(project: projects::Project) -> impl IntoResponse {
    ([(header::ETAG, tag(project.row_version))], Json(Project::from(project)))
}

/// A project. `ETag` is its version: with it in `If-None-Match`, an unchanged project is not sent again.
#[utoipa::path(get, path = "/projects/{id}", params(("id" = Uuid, Path)),
    responses((status = 200, body = Project, headers(("ETag" = String, description = "Its version."))), (status = 304, description = "Unchanged.")))]
pub(crate) async fn find(Caller(cx): Caller, Path(id): Path<Uuid>, headers: HeaderMap) -> Result<Response, Problem> {
    let project = projects::find_by_id(&cx, ProjectId(id)).await?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| names(known, project.row_version)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag(project.row_version))]).into_response());
    }
    Ok(tagged(project).into_response())
}

/// What changes of a project; what is not named stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changed {
    title: Option<String>,
    summary: Option<String>,
    start_date: Option<NaiveDate>,
    end_date: Option<NaiveDate>,
}

/// Changes a project, if it still is the version that `If-Match` names: somebody else's change is never overwritten unseen.
#[utoipa::path(patch, path = "/projects/{id}", params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of what was read.")),
    request_body = Changed,
    responses((status = 200, body = Project, headers(("ETag" = String, description = "Its new version."))),
        (status = 412, description = "It was changed since.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = ProblemDocument, content_type = "application/problem+json")))]
pub(crate) async fn change(Caller(cx): Caller, Path(id): Path<Uuid>, headers: HeaderMap, sent: Sent<Changed>) -> Result<Response, Problem> {
    let changed = sent.body;
    let project = projects::find_to_change(&cx, ProjectId(id)).await?;
    cx.admit(Can::UpdateProject(project.id)).await?;
    let Some(wanted) = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()) else {
        return Err(Problem::Plain(StatusCode::PRECONDITION_REQUIRED, "version_required"));
    };
    if !names(wanted, project.row_version) {
        return Err(stale(&cx, project.id).await);
    }
    let form = projects::ProjectForm {
        code: project.code,
        title: changed.title.unwrap_or(project.title),
        summary: changed.summary.unwrap_or(project.summary),
        start_date: changed.start_date.unwrap_or(project.start_date).to_string(),
        end_date: changed.end_date.unwrap_or(project.end_date).to_string(),
        template: project.template,
    };
    match projects::update(&cx, project.id, &form, project.row_version).await {
        Err(Error::Stale) => Err(stale(&cx, project.id).await),
        done => Ok(tagged(done?).into_response()),
    }
}

/// That it was changed since, which stands in the log too.
async fn stale(cx: &Cx, project: ProjectId) -> Problem {
    match cx.conflicted("PATCH /projects/{id}", Some(project), Some(("project", project.0))).await {
        Ok(()) => Problem::Plain(StatusCode::PRECONDITION_FAILED, "stale"),
        Err(error) => error.into(),
    }
}

/// An indicator.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Indicator {
    id: Uuid,
    code: String,
    title: String,
    unit: String,
    kind: String,
    frequency: String,
    direction: String,
    baseline: Option<String>,
    eop_target: Option<String>,
    unweighted: bool,
    /// By what its figures are broken down, in order of time.
    disaggregation: Vec<Breakdown>,
}

/// By what figures are broken down in periods that begin on a day or later, until the next.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Breakdown {
    /// The day; null for from the beginning.
    from: Option<NaiveDate>,
    /// The dimensions; none: from then on by nothing.
    dimensions: Vec<Dimension>,
    /// Whether nothing is submitted without its cells.
    required: bool,
}

/// A dimension. The key of a cell is `key=code` of each, in the order of the keys, with `|` between.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Dimension {
    key: String,
    /// `exclusive_exhaustive`, `exclusive_partial` or `overlapping`.
    kind: String,
    /// The codes of its values that are asked for.
    values: Vec<String>,
}

impl From<&Scheme> for Breakdown {
    fn from(scheme: &Scheme) -> Self {
        let dimension = |d: &dimensions::Dimension| Dimension {
            key: d.key.clone(),
            kind: d.kind.as_str().to_owned(),
            values: d.asked().map(|value| value.code.clone()).collect(),
        };
        Self { from: scheme.valid_from, dimensions: scheme.dimensions.iter().map(dimension).collect(), required: scheme.required }
    }
}

impl Indicator {
    fn of(i: acts::Indicator, schemes: &[Scheme]) -> Self {
        Self {
            id: i.id.0,
            kind: i.method.kind.as_str().to_owned(),
            frequency: i.frequency.as_str().to_owned(),
            direction: i.method.direction.as_str().to_owned(),
            baseline: decimal(i.method.baseline),
            eop_target: decimal(i.eop_target),
            unweighted: i.method.is_unweighted(),
            disaggregation: schemes.iter().map(Breakdown::from).collect(),
            code: i.code,
            title: i.title,
            unit: i.unit,
        }
    }
}

/// The indicators of a project.
#[utoipa::path(get, path = "/projects/{id}/indicators", params(("id" = Uuid, Path), ByCode), responses((status = 200, body = Page<Indicator>)))]
pub(crate) async fn indicators(Caller(cx): Caller, Path(id): Path<Uuid>, Query(paging): Query<Paging>) -> Result<Page<Indicator>, Problem> {
    let (all, schemes) = acts::list(&cx, ProjectId(id)).await?;
    let mut all: Vec<Indicator> = all.into_iter().map(|i| (i.id, i)).map(|(id, i)| Indicator::of(i, schemes.of(id))).collect();
    if all.is_empty() {
        // none yet, or no such project
        projects::find_by_id(&cx, ProjectId(id)).await?;
    }
    all.sort_by(|a, b| a.code.cmp(&b.code));
    if let Some(after) = &paging.after {
        all.retain(|i| i.code > *after);
    }
    Ok(paging.cut(all, |i| i.code.clone()))
}

/// A reporting period.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Period {
    id: Uuid,
    name: String,
    kind: String,
    start: NaiveDate,
    end: NaiveDate,
    state: String,
}

/// The reporting periods of a project.
#[utoipa::path(get, path = "/projects/{id}/periods", params(("id" = Uuid, Path), ById), responses((status = 200, body = Page<Period>)))]
pub(crate) async fn periods(Caller(cx): Caller, Path(id): Path<Uuid>, Query(paging): Query<Paging>) -> Result<Page<Period>, Problem> {
    projects::find_by_id(&cx, ProjectId(id)).await?;
    let mut all: Vec<Period> = period_acts::list(&cx, ProjectId(id))
        .await?
        .into_iter()
        .map(|p| Period {
            id: p.id.0,
            name: p.name,
            kind: p.kind.as_str().to_owned(),
            start: p.start,
            end: p.end,
            state: p.state.as_str().to_owned(),
        })
        .collect();
    all.sort_by_key(|p| p.id);
    if let Some(after) = paging.cursor::<Uuid>()? {
        all.retain(|p| p.id > after);
    }
    Ok(paging.cut(all, |p| p.id.to_string()))
}

/// A figure of the tracking table.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tracked {
    /// The indicator's code.
    indicator: String,
    /// The period's name.
    period: String,
    period_id: Uuid,
    /// The location's code; null for all together.
    location: Option<String>,
    actual: Option<String>,
    provisional: Option<String>,
    target: Option<String>,
    achievement: Option<String>,
    rag: String,
}

impl From<tracked_acts::Item> for Tracked {
    fn from(item: tracked_acts::Item) -> Self {
        Self {
            indicator: item.indicator,
            period: item.period,
            period_id: item.place.period.0,
            location: item.location,
            actual: decimal(item.actual),
            provisional: decimal(item.provisional),
            target: decimal(item.target),
            achievement: decimal(item.achievement.map(|a| crate::projects::progress::shown(a, 1))),
            rag: item.rag.as_str().to_owned(),
        }
    }
}

/// Which period.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfPeriod {
    /// The period's id or name; every period without it.
    period: Option<String>,
}

/// The tracking table: totals and locations.
#[utoipa::path(get, path = "/projects/{id}/tracking", params(("id" = Uuid, Path), OfPeriod, ByPlace), responses((status = 200, body = Page<Tracked>)))]
pub(crate) async fn tracking(
    Caller(cx): Caller,
    Path(id): Path<Uuid>,
    Query(of): Query<OfPeriod>,
    Query(paging): Query<Paging>,
) -> Result<Page<Tracked>, Problem> {
    let project = ProjectId(id);
    let period = match of.period {
        None => None,
        Some(text) => Some(period_acts::named(&cx, Can::ViewTracking(project), project, &text).await?),
    };
    let items = tracked_acts::items(&cx, project, period, paging.cursor()?, paging.limit() + 1).await?;
    if items.is_empty() {
        projects::find_by_id(&cx, project).await?;
    }
    let page = paging.cut(items, |item| item.place.to_string());
    Ok(page.map(Tracked::from))
}
