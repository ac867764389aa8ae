//! Why a period takes no figures, since when, by whom, and who can change that.

use chrono::NaiveDate;

use super::{Period, Shut};
use crate::access::{Cx, Role};
use crate::kernel::calendar::day_in;
use crate::kernel::error::Result;
use crate::kernel::ids::ProjectId;

/// Names of people who can change it, at the most.
const MOST_NAMES: i64 = 5;

/// Why a period takes no figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// `period_not_open`, `period_closed`, `period_submitted` or `period_locked`.
    pub why: Shut,
    /// The day on which it opens, closed, was submitted or locked; none where no day was set.
    pub on: Option<NaiveDate>,
    /// Who submitted or locked it.
    pub by: Option<String>,
    /// People of the project who can open it, by name.
    pub openers: Vec<String>,
}

/// The roles of a project that can open what is shut: its managers unlock; they and MEAL officers set windows, enter late and give back.
fn openers(why: Shut) -> Vec<String> {
    let roles: &[Role] = if why == "period_locked" { &[Role::ProjectManager] } else { &[Role::ProjectManager, Role::MealOfficer] };
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

/// What there is to say of a period that is shut for a reason.
///
/// # Errors
/// The database's.
pub(crate) async fn closure(cx: &Cx, conn: &mut sqlx::PgConnection, project: ProjectId, period: &Period, why: Shut) -> Result<Closure> {
    let row = sqlx::query!(
        r#"select p.window_opens, p.window_closes, p.unlock_until, p.locked_at, s.submitted_at as "submitted_at?",
             (select who.name from gate.people() who where who.id = case when $3 = 'period_locked' then p.locked_by else s.submitted_by end)
               as "by",
             array(select distinct who.name from app.project_member pm
               join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id and m.revoked_at is null
               join gate.people() who on who.id = m.user_id
               where pm.project_id = $1 and pm.role = any ($4) and gate.is_within(pm.tenant_id, pm.project_id, m.programme_ids)
               order by who.name limit $5) as "openers!"
           from app.reporting_period p
           left join app.period_submission s on s.tenant_id = p.tenant_id and s.project_id = p.project_id and s.period_id = p.id
           where p.project_id = $1 and p.id = $2"#,
        project.0,
        period.id.0,
        why,
        &openers(why),
        MOST_NAMES
    )
    .fetch_one(conn)
    .await?;
    let day_of = |at| day_in(at, cx.zone());
    let on = match why {
        "period_not_open" => row.window_opens,
        "period_closed" => row.window_closes,
        "period_submitted" => row.submitted_at.map(day_of),
        // one that was unlocked for some days locked itself after the last
        _ => row.unlock_until.and_then(|last| last.succ_opt()).or(row.locked_at.map(day_of)),
    };
    let by = row.by.filter(|_| why == "period_submitted" || (why == "period_locked" && row.unlock_until.is_none()));
    Ok(Closure { why, on, by, openers: row.openers })
}
