//! Which periods of a year have their figures.

use chrono::NaiveDate;

use crate::access::Reader;
use crate::kernel::calendar::Frequency;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{LocationId, ProjectId};
use crate::projects::periods::{State, state_on};

/// A period with how many of its indicators have figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// Its name.
    pub period: String,
    /// Which indicators it is for.
    pub kind: Frequency,
    /// Its state today.
    pub state: State,
    /// Whether its last day has passed.
    pub ended: bool,
    /// Indicators that are reported in it.
    pub due: i64,
    /// Those with a figure that has left its draft, or a reason for none that was submitted.
    pub reported: i64,
    /// Those of which every figure is verified.
    pub verified: i64,
}

struct Row {
    name: String,
    kind: String,
    end_date: NaiveDate,
    window_opens: Option<NaiveDate>,
    window_closes: Option<NaiveDate>,
    state: String,
    submitted: bool,
    unlock_until: Option<NaiveDate>,
    today: NaiveDate,
    due: i64,
    reported: i64,
    verified: i64,
}

impl TryFrom<Row> for Completeness {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            kind: Frequency::parse(&row.kind).ok_or_else(|| Error::Internal(format!("unknown period kind: {}", row.kind)))?,
            period: row.name,
            state: state_on(&row.state, row.submitted, row.window_opens, row.window_closes, row.unlock_until, row.today),
            ended: row.end_date < row.today,
            due: row.due,
            reported: row.reported,
            verified: row.verified,
        })
    }
}

/// The periods that end in a year, of one location or all.
pub(super) async fn of_year(r: &mut Reader, project: ProjectId, year: i32, location: Option<LocationId>) -> Result<Vec<Completeness>> {
    sqlx::query_as!(
        Row,
        r#"select p.name, p.kind, p.end_date, p.window_opens, p.window_closes, p.state, p.submitted, p.unlock_until, (select app.today()) as "today!",
             (select count(*) from app.indicator i where i.tenant_id = p.tenant_id and i.project_id = p.project_id and i.frequency = p.kind
                and i.status = 'active' and i.deleted_at is null and i.kind <> 'qualitative') as "due!",
             v.reported + (
               -- a reason for no figure is an answer too, once it was submitted; of one place nobody says why
               select count(*) from app.period_remark k
               join app.period_submission u on u.tenant_id = k.tenant_id and u.project_id = k.project_id and u.period_id = k.period_id
                 and u.status in ('submitted', 'verified')
               join app.indicator i on i.tenant_id = k.tenant_id and i.id = k.indicator_id and i.status = 'active' and i.deleted_at is null
                 and i.frequency = p.kind and i.kind <> 'qualitative'
               where $3::uuid is null and k.tenant_id = p.tenant_id and k.period_id = p.id and k.kind = 'no_data' and k.body <> ''
                 and not exists (select from app.indicator_value o where o.tenant_id = k.tenant_id and o.indicator_id = k.indicator_id
                   and o.period_id = k.period_id and o.deleted_at is null)
             ) as "reported!", v.verified as "verified!"
           from app.reporting_period p
           cross join lateral (
             select count(*) filter (where y.reported) as reported, count(*) filter (where y.verified) as verified
             from (
               select bool_or(x.status in ('submitted', 'verified')) as reported, bool_and(x.status = 'verified') as verified
               from app.indicator_value x
               join app.indicator i on i.tenant_id = x.tenant_id and i.id = x.indicator_id and i.status = 'active' and i.deleted_at is null
                 and i.frequency = p.kind and i.kind <> 'qualitative'
               where x.tenant_id = p.tenant_id and x.project_id = p.project_id and x.period_id = p.id and x.deleted_at is null
                 and ($3::uuid is null or x.location_id = $3)
               group by x.indicator_id
             ) y
           ) v
           where p.project_id = $1 and extract(year from p.end_date)::int = $2
           order by p.start_date, p.end_date"#,
        project.0,
        year,
        location.map(|l| l.0)
    )
    .fetch_all(r.conn())
    .await?
    .into_iter()
    .map(Completeness::try_from)
    .collect()
}
