//! The organisation's dashboard: each project's indicators by colour, and how complete its last periods are.

use std::collections::HashMap;

use uuid::Uuid;

use super::Colours;
use crate::access::{Can, Cx};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, ProjectId, ResultNodeId};
use crate::projects::indicators::{Indicator, rows_of};
use crate::projects::overview::sees_totals;
use crate::projects::progress::{Kind, rag};
use crate::projects::{self, ProjectLine};

/// A project with where its indicators stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The project with what waits in it.
    pub line: ProjectLine,
    /// Its indicators, each judged by the last period that ended.
    pub colours: Colours,
    /// Indicators that had a period that ended.
    pub due: usize,
    /// Those of them that have a figure of it, verified or not.
    pub reported: usize,
    /// Those of them whose figure of it is verified.
    pub verified: usize,
}

/// Every project whose totals this person may see.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// The projects, by title.
    pub projects: Vec<Standing>,
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
        r#"p.name as "latest_period?", p.end_date as "latest_end?", c.actual as "actual?", c.provisional as "provisional?",
           c.target as "target?", null::numeric as "achievement?", (p.id is not null) as "ended?""#,
        "left join lateral (
           select o.id, o.name, o.end_date from app.reporting_period o
           where o.tenant_id = i.tenant_id and o.project_id = i.project_id and o.kind = i.frequency and o.end_date < current_date
           order by o.end_date desc limit 1
         ) p on true
         left join app.period_rollup c on c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.period_id = p.id
           and c.period_end = p.end_date and c.location_id is null and c.dim_key = ''" where "i.project_id = any ($1)",
        &ids
    )
    .fetch_all(r.conn())
    .await?;
    for row in rows {
        let project = row.project;
        let (actual, provisional, target, ended) = (row.actual, row.provisional, row.target, row.ended.unwrap_or(false));
        let method = Indicator::try_from(row)?.method;
        if method.kind == Kind::Qualitative {
            continue;
        }
        let judged = by_project.entry(project).or_default();
        judged.colours.add(rag(&method, actual, target, ended));
        judged.due += usize::from(ended);
        judged.reported += usize::from(ended && provisional.is_some());
        judged.verified += usize::from(ended && actual.is_some());
    }
    let colours = by_project.values().fold(Colours::default(), |all, judged| all.and(judged.colours));
    let projects = lines.into_iter().map(|line| by_project.remove(&line.project.id).unwrap_or_default().standing(line)).collect();
    Ok(Organisation { projects, colours })
}

/// What is counted of a project.
#[derive(Default)]
struct Judged {
    colours: Colours,
    due: usize,
    reported: usize,
    verified: usize,
}

impl Judged {
    fn standing(self, line: ProjectLine) -> Standing {
        Standing { line, colours: self.colours, due: self.due, reported: self.reported, verified: self.verified }
    }
}
