//! Projects and what hangs on them: framework, indicators, dimensions, periods, values, reviews, tracking, imports, registers, surveys,
//! reports, and the bin.

pub mod bin;
mod breakdowns;
pub mod budgets;
pub mod dashboard;
pub mod dimensions;
pub mod disaggregation;
pub mod entries;
pub mod envelopes;
pub mod evidence;
pub mod explain;
pub mod framework;
pub mod iati;
pub mod imports;
pub mod indicators;
pub mod learning;
pub mod locations;
pub mod members;
pub mod needs;
pub mod overview;
pub mod periods;
pub mod progress;
pub mod publication;
pub mod registers;
pub mod reports;
pub mod reviews;
pub mod rollup;
pub mod search;
pub mod snapshot;
pub mod submissions;
pub mod targets;
pub mod tracked;
pub mod tracking;
pub mod values;
pub mod washington;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::access::{Can, Cx, Reader, Scope, decide};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::ProjectId;
use crate::kernel::text;
use crate::tenancy::plan;

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its code, as it stands in addresses.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// First day.
    pub start_date: NaiveDate,
    /// Last day.
    pub end_date: NaiveDate,
    /// `pipeline`, `active`, `suspended`, `completed` or `cancelled`.
    pub status: String,
    /// Whether its figures were generated for a demonstration.
    pub generated_data: bool,
    /// The template of its framework.
    pub template: String,
    /// Its own names of its framework's levels; empty for those of the template.
    pub own_levels: Vec<String>,
    /// Where its framework stands: see [`framework::Status`].
    pub framework_status: String,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// A project in a list, with what waits in it.
#[derive(Clone, Debug)]
pub struct ProjectLine {
    /// The project.
    pub project: Project,
    /// Active indicators.
    pub indicators: i64,
    /// Values that wait for a review.
    pub submitted: i64,
    /// Values that were returned.
    pub returned: i64,
}

impl Scope {
    /// The projects to which a query must keep; none for no limit.
    #[must_use]
    pub fn projects(&self) -> Option<Vec<Uuid>> {
        match self {
            Self::Projects(ids) => Some(ids.iter().map(|id| id.0).collect()),
            _ => None,
        }
    }
}

/// The places that a person keeps to, with their projects, one beside the other: what waits elsewhere is not counted.
fn limits(cx: &Cx) -> (Vec<Uuid>, Vec<Uuid>) {
    let limited = |project: ProjectId| match decide(cx.actor(), Can::ViewTracking(project)) {
        Ok(Scope::Locations(places)) => places,
        _ => Vec::new(),
    };
    cx.actor().projects().into_iter().flat_map(|project| limited(project).into_iter().map(move |place| (project.0, place.0))).unzip()
}

/// The projects that this person may see; of those that they may not open, the names.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<ProjectLine>> {
    let mut r = cx.read(Can::ListProjects).await?;
    let within = r.scope.projects();
    let names_only = r.scope == Scope::Names;
    let (projects, places) = limits(cx);
    let rows = sqlx::query!(
        r#"select p.id as "id: ProjectId", p.code, p.title, p.summary, p.start_date, p.end_date, p.status, p.generated_data, p.row_version,
             p.framework_template, p.framework_levels, p.framework_status,
             (select count(*) from app.indicator i where i.tenant_id = p.tenant_id and i.project_id = p.id
                and i.deleted_at is null and i.status = 'active') as "indicators!",
             v.submitted as "submitted!", v.returned as "returned!"
           from app.project p
           cross join lateral (
             select count(*) filter (where x.status = 'submitted') as submitted, count(*) filter (where x.status = 'returned') as returned
             from app.indicator_value x
             where x.tenant_id = p.tenant_id and x.project_id = p.id and x.status in ('submitted', 'returned') and x.deleted_at is null
               and (p.id <> all ($2) or (p.id, x.location_id) in (select * from unnest($2::uuid[], $3::uuid[])))
           ) v
           where p.deleted_at is null and ($1::uuid[] is null or p.id = any ($1))
           order by p.title, p.id limit 1000"#,
        within.as_deref(),
        &projects,
        &places
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProjectLine {
            project: Project {
                id: row.id,
                code: row.code,
                title: row.title,
                summary: if names_only { String::new() } else { row.summary },
                start_date: row.start_date,
                end_date: row.end_date,
                status: row.status,
                generated_data: row.generated_data,
                template: row.framework_template,
                own_levels: row.framework_levels,
                framework_status: row.framework_status,
                row_version: row.row_version,
            },
            indicators: if names_only { 0 } else { row.indicators },
            submitted: if names_only { 0 } else { row.submitted },
            returned: if names_only { 0 } else { row.returned },
        })
        .collect())
}

/// The projects that this person may see, in the order of their ids, from behind one on; of those that they may not open, the names.
///
/// # Errors
/// Refusal, or the database's.
pub async fn page(cx: &Cx, after: Option<Uuid>, limit: i64) -> Result<Vec<Project>> {
    let mut r = cx.read(Can::ListProjects).await?;
    let within = r.scope.projects();
    let names_only = r.scope == Scope::Names;
    let mut found = sqlx::query_as!(
        Project,
        r#"select id as "id: ProjectId", code, title, summary, start_date, end_date, status, generated_data, row_version,
             framework_template as template, framework_levels as own_levels, framework_status
           from app.project where deleted_at is null and ($1::uuid[] is null or id = any ($1)) and ($2::uuid is null or id > $2)
           order by id limit $3"#,
        within.as_deref(),
        after,
        limit
    )
    .fetch_all(r.conn())
    .await?;
    if names_only {
        for project in &mut found {
            project.summary.clear();
        }
    }
    Ok(found)
}

/// The project of a code, if this person may see it.
///
/// # Errors
/// Not found, or the database's.
pub async fn find(cx: &Cx, code: &str) -> Result<Project> {
    let mut r = cx.read(Can::ListProjects).await?;
    let within = r.scope.projects();
    by_code(r.conn(), within.as_deref(), code).await
}

/// The project of an id, if this person may see it.
///
/// # Errors
/// Not found, or the database's.
pub async fn find_by_id(cx: &Cx, id: ProjectId) -> Result<Project> {
    by_id(cx.read(Can::ReadProject(id)).await?, id).await
}

/// The project that something is about to be done to, if this person may see it. What a token may do to it is asked by the act itself, so that
/// one which only writes need not be able to read.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn find_to_change(cx: &Cx, id: ProjectId) -> Result<Project> {
    by_id(cx.read(Can::FindProject(id)).await?, id).await
}

async fn by_id(mut r: Reader, id: ProjectId) -> Result<Project> {
    sqlx::query_as!(
        Project,
        r#"select id as "id: ProjectId", code, title, summary, start_date, end_date, status, generated_data, row_version,
             framework_template as template, framework_levels as own_levels, framework_status
           from app.project where id = $1 and deleted_at is null"#,
        id.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

async fn by_code(conn: &mut sqlx::PgConnection, within: Option<&[Uuid]>, code: &str) -> Result<Project> {
    sqlx::query_as!(
        Project,
        r#"select id as "id: ProjectId", code, title, summary, start_date, end_date, status, generated_data, row_version,
             framework_template as template, framework_levels as own_levels, framework_status
           from app.project where code = $1 and deleted_at is null and ($2::uuid[] is null or id = any ($2))"#,
        code,
        within
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)
}

/// The project of a code with the door to what is asked of it, for who may do that and not read its name alone.
async fn open(cx: &Cx, code: &str, can: fn(ProjectId) -> Can) -> Result<(Reader, Project)> {
    let mut r = cx.read(Can::ListProjects).await?;
    let within = r.scope.projects();
    let project = by_code(r.conn(), within.as_deref(), code).await?;
    Ok((r.go_on(cx, can(project.id)).await?, project))
}

/// A project as typed.
#[derive(Clone, Debug, Default)]
pub struct ProjectForm {
    /// Code.
    pub code: String,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// First day, `YYYY-MM-DD`.
    pub start_date: String,
    /// Last day, `YYYY-MM-DD`.
    pub end_date: String,
    /// What the levels of its framework begin from: the key of a template, or the id of one of the organisation's; empty for the usual one.
    /// They are changed by [`framework::set_levels`].
    pub template: String,
}

struct NewProject {
    code: String,
    title: String,
    summary: String,
    start_date: NaiveDate,
    end_date: NaiveDate,
}

impl ProjectForm {
    fn parse(&self) -> Result<NewProject> {
        let mut invalid = Invalid::default();
        let code = invalid.keep("code", text::slug(&self.code));
        let title = invalid.keep("title", text::line(&self.title, 1, 200));
        let summary = invalid.keep("summary", text::prose(&self.summary, 4000));
        let start = invalid.keep("start_date", text::date(&self.start_date));
        let end = invalid.keep("end_date", text::date(&self.end_date));
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            invalid.note("end_date", "before_start");
        }
        match (code, title, summary, start, end) {
            (Some(code), Some(title), Some(summary), Some(start_date), Some(end_date)) if invalid.0.is_empty() => {
                Ok(NewProject { code, title, summary, start_date, end_date })
            }
            _ => Err(Error::Invalid(invalid)),
        }
    }
}

/// Starts a project.
///
/// # Errors
/// Refusal, refused fields (`taken` for a code in use, `not_a_choice` for a template that is none), or the database's.
pub async fn create(cx: &Cx, form: &ProjectForm, generated_data: bool) -> Result<ProjectId> {
    let mut w = cx.write(Can::CreateProject).await?;
    let new = form.parse()?;
    plan::expect_room(w.conn(), plan::Of::Projects).await?;
    let chosen = framework::own_templates::chosen(w.conn(), &form.template).await?;
    let levels = chosen.ok_or_else(|| Error::field("framework_template", "not_a_choice"))?;
    let id = ProjectId::new();
    sqlx::query!(
        "insert into app.project (id, code, title, summary, start_date, end_date, generated_data, framework_template, framework_levels,
           framework_result_types, framework_level_indicators, currency)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (select base_currency from app.tenant))",
        id.0,
        new.code,
        new.title,
        new.summary,
        new.start_date,
        new.end_date,
        generated_data,
        levels.template,
        &levels.own,
        &levels.result_types,
        &levels.indicators
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "code"))?;
    w.commit(Event::ProjectCreated(id)).await?;
    Ok(id)
}

/// Changes title, summary and dates; the code, which stands in addresses, stays. Answers the project as it is then.
///
/// # Errors
/// Refusal, refused fields, [`Error::Stale`] where somebody changed it since `row_version`, or the database's.
pub async fn update(cx: &Cx, id: ProjectId, form: &ProjectForm, row_version: i32) -> Result<Project> {
    let mut w = cx.write(Can::UpdateProject(id)).await?;
    let new = form.parse()?;
    let project = sqlx::query_as!(
        Project,
        r#"update app.project set title = $2, summary = $3, start_date = $4, end_date = $5
           where id = $1 and deleted_at is null and row_version = $6
           returning id as "id: ProjectId", code, title, summary, start_date, end_date, status, generated_data, row_version,
             framework_template as template, framework_levels as own_levels, framework_status"#,
        id.0,
        new.title,
        new.summary,
        new.start_date,
        new.end_date,
        row_version
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::Stale)?;
    w.commit(Event::ProjectUpdated(id)).await?;
    Ok(project)
}
