//! What waits for a person in the periods of their projects: figures that are missing, and envelopes that could go.

use chrono::NaiveDate;
use uuid::Uuid;

use super::limits;
use super::periods::{State, admits_entry, answers_for_figures, state_on};
use crate::access::{Can, Cx};
use crate::kernel::error::Result;
use crate::kernel::ids::{PeriodId, ProjectId};

/// How long after its end a period is still asked for: what was left open for longer is nobody's work of today.
const DAYS: i32 = 200;
/// Periods of a project that are named at the most, the newest first.
const MOST: usize = 3;

/// What is to be done about a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// So many of its indicators have no figure yet.
    Missing(i64),
    /// So many figures were saved, or returned, and have yet to be submitted.
    Drafts(i64),
    /// Every indicator has a figure that has left its draft, or a reason for none: the envelope can be submitted.
    Submit,
    /// It was submitted and every figure is verified: somebody else verifies it as a whole.
    Verify,
}

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// In which project.
    pub project: ProjectId,
    /// In which period.
    pub period: PeriodId,
    /// The period's name.
    pub name: String,
    /// The last day on which figures may be entered, where there is one.
    pub closes: Option<NaiveDate>,
    /// What is to be done.
    pub what: What,
}

/// How a period stands, for one person.
#[derive(Clone, Copy, Debug)]
struct PeriodState {
    state: State,
    /// Whether its last day has passed.
    ended: bool,
    /// Whether somebody set a first day of entry, so that figures are asked for before the period ends.
    has_window: bool,
    due: i64,
    entered: i64,
    unready: i64,
    envelope: Envelope,
}

/// How the envelope of a period stands, for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Envelope {
    /// It has yet to go.
    Open,
    /// It was submitted, by somebody else or where one verifies one's own, and none of its figures waits.
    ToVerify,
    /// It was submitted or verified.
    Gone,
}

/// What a period asks of a person with these rights.
fn asked(standing: PeriodState, may_enter: bool, senior: bool, may_submit: bool) -> Option<What> {
    // who may submit a period may verify one
    if may_submit && standing.envelope == Envelope::ToVerify && standing.state == State::Submitted {
        return Some(What::Verify);
    }
    let missing = standing.due - standing.entered;
    let is_time = standing.ended || standing.has_window;
    if may_enter && missing > 0 && is_time && admits_entry(standing.state, senior).is_ok() {
        return Some(What::Missing(missing));
    }
    if may_enter && standing.unready > 0 && is_time && admits_entry(standing.state, senior).is_ok() {
        return Some(What::Drafts(standing.unready));
    }
    let complete = standing.entered > 0 && standing.unready == 0 && missing <= 0;
    let unsettled = standing.state != State::Locked;
    (may_submit && complete && standing.ended && standing.envelope == Envelope::Open && unsettled).then_some(What::Submit)
}

/// What waits for this person, newest period first, at most three of each project. Who keeps to some places is asked for figures there.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Need>> {
    // who neither enters nor submits is asked for nothing, and nothing is looked for
    let asked_in: Vec<Uuid> = cx
        .actor()
        .projects()
        .into_iter()
        .filter(|project| cx.may(Can::EnterValues(*project)) || cx.may(Can::SubmitEnvelope(*project)))
        .map(|project| project.0)
        .collect();
    if asked_in.is_empty() {
        return Ok(Vec::new());
    }
    let mut r = cx.read(Can::ListProjects).await?;
    let (projects, places) = limits(cx);
    let rows = sqlx::query!(
        r#"select p.project_id as "project: ProjectId", p.id as "id: PeriodId", p.name, p.end_date < (select app.today()) as "ended!", p.window_opens,
             p.window_closes, p.state, p.submitted, p.unlock_until, (select app.today()) as "today!", d.due as "due!", v.entered as "entered!",
             v.unready as "unready!", s.status as "envelope?",
             coalesce(s.status = 'submitted' and v.unverified = 0 and ($5 or s.submitted_by is distinct from $6), false) as "to_verify!"
           from app.reporting_period p
           join app.project j on j.tenant_id = p.tenant_id and j.id = p.project_id and j.deleted_at is null
           cross join lateral (
             select count(*) as due from app.indicator i
             where i.tenant_id = p.tenant_id and i.project_id = p.project_id and i.frequency = p.kind and i.status = 'active'
               and i.deleted_at is null and i.kind <> 'qualitative'
           ) d
           cross join lateral (
             select count(distinct x.indicator_id) + (
                 -- a reason for no figure stands for one
                 select count(*) from app.period_remark k
                 join app.indicator i on i.tenant_id = k.tenant_id and i.id = k.indicator_id and i.status = 'active' and i.deleted_at is null
                   and i.frequency = p.kind and i.kind <> 'qualitative'
                 where k.tenant_id = p.tenant_id and k.period_id = p.id and k.kind = 'no_data' and k.body <> '' and not exists (
                   select from app.indicator_value o where o.tenant_id = k.tenant_id and o.indicator_id = k.indicator_id
                     and o.period_id = k.period_id and o.deleted_at is null)
               ) as entered, count(*) filter (where x.status in ('draft', 'returned')) as unready,
               count(*) filter (where x.status <> 'verified') as unverified
             from app.indicator_value x
             join app.indicator i on i.tenant_id = x.tenant_id and i.id = x.indicator_id and i.status = 'active' and i.deleted_at is null
               and i.frequency = p.kind and i.kind <> 'qualitative'
             where x.tenant_id = p.tenant_id and x.project_id = p.project_id and x.period_id = p.id and x.deleted_at is null
               and (p.project_id <> all ($3) or (p.project_id, x.location_id) in (select * from unnest($3::uuid[], $4::uuid[])))
           ) v
           left join app.period_submission s on s.tenant_id = p.tenant_id and s.project_id = p.project_id and s.period_id = p.id
           where p.project_id = any ($1) and p.start_date <= (select app.today()) and p.end_date >= (select app.today()) - $2::int
             and p.state <> 'locked' and d.due > 0
           order by p.project_id, p.end_date desc, p.kind"#,
        &asked_in,
        DAYS,
        &projects as &[Uuid],
        &places as &[Uuid],
        cx.standing()?.self_verify_allowed,
        cx.user()?.0
    )
    .fetch_all(r.conn())
    .await?;
    let mut out: Vec<Need> = Vec::new();
    for row in rows {
        let standing = PeriodState {
            state: state_on(&row.state, row.submitted, row.window_opens, row.window_closes, row.unlock_until, row.today),
            ended: row.ended,
            has_window: row.window_opens.is_some(),
            due: row.due,
            entered: row.entered,
            unready: row.unready,
            envelope: match row.envelope.as_deref() {
                None | Some("in_progress" | "returned") => Envelope::Open,
                Some(_) if row.to_verify => Envelope::ToVerify,
                Some(_) => Envelope::Gone,
            },
        };
        let (may_enter, may_submit) = (cx.may(Can::EnterValues(row.project)), cx.may(Can::SubmitEnvelope(row.project)));
        let named = out.iter().filter(|need| need.project == row.project).count();
        if let Some(what) = asked(standing, may_enter, answers_for_figures(cx, row.project), may_submit)
            && named < MOST
        {
            // to who may enter late, a day that has passed says nothing
            let closes = row.unlock_until.or(row.window_closes).filter(|day| *day >= row.today);
            out.push(Need { project: row.project, period: row.id, name: row.name, closes, what });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_period_asks() {
        let period =
            PeriodState { state: State::Open, ended: true, has_window: false, due: 3, entered: 1, unready: 1, envelope: Envelope::Open };
        let submitted = PeriodState { state: State::Submitted, envelope: Envelope::ToVerify, ..period };
        let complete = PeriodState { entered: 3, unready: 0, ..period };
        let running = PeriodState { ended: false, ..period };
        // standing, may enter, senior, may submit, what is asked
        let cases = [
            ("figures are missing", period, (true, false, false), Some(What::Missing(2))),
            ("not of who may not enter", period, (false, false, true), None),
            ("a period that runs is asked for with a window alone", running, (true, true, true), None),
            ("with a window", PeriodState { has_window: true, ..running }, (true, false, false), Some(What::Missing(2))),
            ("closed to field officers", PeriodState { state: State::Closed, ..period }, (true, false, false), None),
            ("not to who may enter late", PeriodState { state: State::Closed, ..period }, (true, true, false), Some(What::Missing(2))),
            ("locked to everybody", PeriodState { state: State::Locked, ..complete }, (true, true, true), None),
            ("complete", complete, (true, true, true), Some(What::Submit)),
            ("complete, of who may not submit", complete, (true, true, false), None),
            ("with a draft", PeriodState { unready: 1, ..complete }, (true, true, true), Some(What::Drafts(1))),
            ("with a draft, of who may not enter", PeriodState { unready: 1, ..complete }, (false, true, true), None),
            ("submitted", PeriodState { envelope: Envelope::Gone, ..complete }, (true, true, true), None),
            ("submitted, its figures verified", submitted, (true, true, true), Some(What::Verify)),
            ("of who may not", submitted, (true, false, false), None),
            (
                "while a figure waits, or by who submitted it",
                PeriodState { envelope: Envelope::Gone, ..submitted },
                (true, true, true),
                None,
            ),
            ("complete before its end", PeriodState { ended: false, ..complete }, (true, true, true), None),
        ];
        for (name, standing, (may_enter, senior, may_submit), expected) in cases {
            assert_eq!(asked(standing, may_enter, senior, may_submit), expected, "{name}");
        }
    }
}
