//! The organisation's dashboard: each project's indicators by colour, and how complete its last periods are.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Colours, stands};
use crate::access::{Can, Cx, Reader};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};
use crate::projects::indicators::{Indicator, rows_of};
use crate::projects::overview::sees_totals;
use crate::projects::progress::Kind;
use crate::projects::{self, ProjectLine};

/// A project with where its indicators stand.
#[derive(Clone, Debug)]
pub struct ProjectStanding {
    /// The project with what waits in it.
    pub line: ProjectLine,
    /// Its indicators, each judged by the last period that ended.
    pub colours: Colours,
    /// Indicators that had a period that ended.
    pub due: i64,
    /// Those of them with a figure of it that has left its draft.
    pub reported: i64,
    /// Those of them of which every figure of it is verified.
    pub verified: i64,
}

/// Every project whose totals this person may see.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// The projects, by title.
    pub projects: Vec<ProjectStanding>,
    /// The colours of all of them together.
    pub colours: Colours,
}

/// The dashboard of the organisation: of the projects whose totals this person may see.
///
/// # Errors
/// Refusal, or the database's.
pub async fn organisation(cx: &Cx) -> Result<Organisation> {
    let lines: Vec<ProjectLine> = projects::list(cx).await?.into_iter().filter(|line| sees_totals(cx, line.project.id)).collect();
    if lines.is_empty() {
        return Ok(Organisation::default());
    }
    let ids: Vec<Uuid> = lines.iter().map(|line| line.project.id.0).collect();
    let mut by_project: HashMap<ProjectId, Judged> = HashMap::new();
    let mut r = cx.read(Can::ListProjects).await?;
    let rows = rows_of!(
        r#"p.name as "latest_period?", c.period_end as "latest_end?", c.actual as "actual?", c.provisional as "provisional?",
           c.target as "target?", null::numeric as "achievement?", (p.id is not null) as "ended?""#,
        "left join (
           select distinct on (o.project_id, o.kind) o.project_id, o.kind, o.id, o.name, o.end_date from app.reporting_period o
           where o.project_id = any ($1) and o.end_date < (select app.today()) order by o.project_id, o.kind, o.end_date desc
         ) p on p.project_id = i.project_id and p.kind = i.frequency
         left join app.period_rollup c on c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.period_id = p.id
           and c.period_end = p.end_date and c.location_id is null and c.dim_key = ''" where "i.project_id = any ($1)",
        &ids
    )
    .fetch_all(r.conn())
    .await?;
    for row in rows {
        let project = row.project;
        let (any_is_over, recorded) = (row.ended.unwrap_or(false), row.latest_end.map(|_| (row.actual, row.target)));
        let method = Indicator::try_from(row)?.method;
        if method.kind != Kind::Qualitative {
            by_project.entry(project).or_default().colours.add(stands(&method, any_is_over, recorded));
        }
    }
    for (project, [due, reported, verified]) in completeness(&mut r, &ids).await? {
        let judged = by_project.entry(project).or_default();
        (judged.due, judged.reported, judged.verified) = (due, reported, verified);
    }
    let colours = by_project.values().fold(Colours::default(), |all, judged| all.and(judged.colours));
    let projects = lines.into_iter().map(|line| by_project.remove(&line.project.id).unwrap_or_default().standing(line)).collect();
    Ok(Organisation { projects, colours })
}

/// Of each project: indicators that were due in the last period of their kind that is over, those with a figure that has left its draft,
/// and those of which every figure is verified. By what was entered: a sum that goes on without it is no report.
async fn completeness(r: &mut Reader, projects: &[Uuid]) -> Result<Vec<(ProjectId, [i64; 3])>> {
    let rows = sqlx::query!(
        r#"select p.project_id as "project: ProjectId", count(*) as "due!", count(*) filter (where v.reported) as "reported!",
             count(*) filter (where v.verified) as "verified!"
           from (
             select distinct on (o.project_id, o.kind) o.tenant_id, o.project_id, o.kind, o.id from app.reporting_period o
             where o.project_id = any ($1) and o.end_date < (select app.today()) order by o.project_id, o.kind, o.end_date desc
           ) p
           join app.indicator i on i.tenant_id = p.tenant_id and i.project_id = p.project_id and i.frequency = p.kind
             and i.status = 'active' and i.deleted_at is null and i.kind <> 'qualitative'
           cross join lateral (
             select coalesce(bool_or(x.status in ('submitted', 'verified')), false) as reported,
               coalesce(bool_and(x.status = 'verified'), false) as verified
             from app.indicator_value x
             where x.tenant_id = i.tenant_id and x.indicator_id = i.id and x.period_id = p.id and x.deleted_at is null
           ) v
           group by p.project_id"#,
        projects
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.project, [row.due, row.reported, row.verified])).collect())
}

/// What is counted of a project.
#[derive(Default)]
struct Judged {
    colours: Colours,
    due: i64,
    reported: i64,
    verified: i64,
}

impl Judged {
    fn standing(self, line: ProjectLine) -> ProjectStanding {
        ProjectStanding { line, colours: self.colours, due: self.due, reported: self.reported, verified: self.verified }
    }
}
