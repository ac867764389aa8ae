//! Reporting periods: when figures may be entered, and when they are settled.

mod closure;
mod state;

pub use closure::Closure;
pub(crate) use closure::closure;
pub use state::{Shut, State, admits_entry, admits_review, state_on};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::access::{Can, Cx, Role};
use crate::audit::Event;
use crate::kernel::calendar::{Frequency, periods_between};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{PeriodId, ProjectId};
use crate::kernel::text;

/// A reporting period.
#[derive(Clone, Debug)]
pub struct Period {
    /// Its id.
    pub id: PeriodId,
    /// Which indicators it is for.
    pub kind: Frequency,
    /// Its name.
    pub name: String,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// First day on which figures may be entered; none for any.
    pub window_opens: Option<NaiveDate>,
    /// Last such day.
    pub window_closes: Option<NaiveDate>,
    /// Its state today.
    pub state: State,
}

/// Whether a person answers for a project's figures: its managers and MEAL officers. They may enter after the window has closed, and say
/// which evidence others see.
pub(crate) fn answers_for_figures(cx: &Cx, project: ProjectId) -> bool {
    cx.actor().roles_in(Some(project)).any(|(role, _)| matches!(role, Role::ProjectManager | Role::MealOfficer))
}

struct Row {
    id: PeriodId,
    kind: String,
    name: String,
    start_date: NaiveDate,
    end_date: NaiveDate,
    window_opens: Option<NaiveDate>,
    window_closes: Option<NaiveDate>,
    state: String,
    submitted: bool,
    unlock_until: Option<NaiveDate>,
    today: NaiveDate,
}

impl TryFrom<Row> for Period {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            kind: Frequency::parse(&row.kind).ok_or_else(|| Error::Internal(format!("unknown period kind: {}", row.kind)))?,
            name: row.name,
            start: row.start_date,
            end: row.end_date,
            window_opens: row.window_opens,
            window_closes: row.window_closes,
            state: state_on(&row.state, row.submitted, row.window_opens, row.window_closes, row.unlock_until, row.today),
        })
    }
}

pub(crate) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Period>> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: PeriodId", kind, name, start_date, end_date, window_opens, window_closes, state, submitted, unlock_until,
             (select app.today()) as "today!"
           from app.reporting_period where project_id = $1 order by start_date, kind"#,
        project.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Period::try_from)
    .collect()
}

/// Every period of a project, oldest first, their rows and what its indicators say held for the transaction: see [`hold`].
pub(crate) async fn hold_all(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Period>> {
    super::framework::hold_shared(conn, project).await?;
    sqlx::query!("select id from app.reporting_period where project_id = $1 order by id for share", project.0)
        .fetch_all(&mut *conn)
        .await?;
    of_project(conn, project).await
}

/// One period, its row locked for the transaction, so that a lock and an entry cannot pass each other. Nobody changes the framework
/// meanwhile (the lock of `framework::hold_shared`, in the same statement): a figure is written as its indicator says when it is read after this.
pub(crate) async fn hold(conn: &mut sqlx::PgConnection, project: ProjectId, id: PeriodId) -> Result<Period> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: PeriodId", kind, name, start_date, end_date, window_opens, window_closes, state, submitted, unlock_until,
             (select app.today()) as "today!"
           from app.reporting_period where project_id = $1 and id = $2
             and pg_advisory_xact_lock_shared(hashtextextended('framework:' || $1::uuid::text, 0)) is not null
           for share"#,
        project.0,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// As [`hold`], and alone: who enters figures holds the row too, and is waited for.
pub(crate) async fn hold_alone(conn: &mut sqlx::PgConnection, project: ProjectId, id: PeriodId) -> Result<Period> {
    hold_alone_all(conn, project, Some(&[id.0])).await?.into_iter().find(|p| p.id == id).ok_or(Error::NotFound)
}

/// Some periods of a project alone, or all of them; answers every period, oldest first. Whoever writes figures holds, in this order, the
/// framework, the periods, the values, and the lock of the rollup: nobody waits for who waits for them.
pub(crate) async fn hold_alone_all(conn: &mut sqlx::PgConnection, project: ProjectId, only: Option<&[Uuid]>) -> Result<Vec<Period>> {
    super::framework::hold_shared(conn, project).await?;
    sqlx::query!(
        "select id from app.reporting_period where project_id = $1 and ($2::uuid[] is null or id = any ($2)) order by id for no key update",
        project.0,
        only
    )
    .fetch_all(&mut *conn)
    .await?;
    of_project(conn, project).await
}

/// Every period of a project, oldest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Period>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    of_project(r.conn(), project).await
}

/// The period of an id or a name, for what somebody may do in the project.
///
/// # Errors
/// Refusal; `not_found`, of the field `period`; or the database's.
pub async fn named(cx: &Cx, can: Can, project: ProjectId, text: &str) -> Result<PeriodId> {
    let mut r = cx.read(can).await?;
    let id = text.parse::<PeriodId>().ok();
    let all = of_project(r.conn(), project).await?;
    all.into_iter().find(|p| Some(p.id) == id || p.name == text).map(|p| p.id).ok_or(Error::field("period", "not_found"))
}

/// Makes the calendar periods of a kind between two days, leaving those that exist.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn make(cx: &Cx, project: ProjectId, kind: &str, from: &str, to: &str) -> Result<usize> {
    let mut w = cx.write(Can::ConfigurePeriods(project)).await?;
    let mut bad = Invalid::default();
    let kind = bad.keep("kind", Frequency::parse(kind).filter(|k| k.months().is_some()).ok_or("not_a_choice"));
    let from = bad.keep("from", text::date(from));
    let to = bad.keep("to", text::date(to));
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        bad.note("to", "before_start");
    }
    let (Some(kind), Some(from), Some(to), true) = (kind, from, to, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let wanted = periods_between(kind, from, to);
    if wanted.last().is_some_and(|(_, end)| *end < to) {
        return Err(Error::field("to", "too_many_periods"));
    }
    let have = of_project(w.conn(), project).await?;
    let missing: Vec<_> =
        wanted.into_iter().filter(|(start, end)| !have.iter().any(|p| p.kind == kind && p.start <= *end && p.end >= *start)).collect();
    insert(w.conn(), project, &missing.iter().map(|(start, end)| (PeriodId::new(), kind, *start, *end)).collect::<Vec<_>>()).await?;
    w.commit(Event::PeriodsMade { project, count: missing.len() }).await?;
    Ok(missing.len())
}

pub(crate) async fn insert(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    new: &[(PeriodId, Frequency, NaiveDate, NaiveDate)],
) -> Result<()> {
    let ids: Vec<_> = new.iter().map(|p| p.0.0).collect();
    let kinds: Vec<_> = new.iter().map(|p| p.1.as_str().to_owned()).collect();
    let names: Vec<_> = new.iter().map(|p| p.1.period_name(p.2)).collect();
    let starts: Vec<_> = new.iter().map(|p| p.2).collect();
    let ends: Vec<_> = new.iter().map(|p| p.3).collect();
    sqlx::query!(
        "insert into app.reporting_period (id, project_id, kind, name, start_date, end_date)
         select id, $2, kind, name, start_date, end_date
         from unnest($1::uuid[], $3::text[], $4::text[], $5::date[], $6::date[]) as t(id, kind, name, start_date, end_date)",
        &ids,
        project.0,
        &kinds,
        &names,
        &starts,
        &ends
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a period: its figures are settled.
///
/// # Errors
/// Refusal, or the database's.
pub async fn lock(cx: &Cx, project: ProjectId, period: PeriodId) -> Result<()> {
    let mut w = cx.write(Can::LockPeriod(project)).await?;
    let done = sqlx::query!(
        "update app.reporting_period set state = 'locked', locked_at = now(), locked_by = $3, unlock_until = null, unlock_reason = null
         where project_id = $1 and id = $2",
        project.0,
        period.0,
        cx.user()?.0
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(Event::PeriodStateSet { period, project, state: "locked", reason: None }).await
}

/// Unlocks a period for up to fourteen days, for a reason; then it locks itself again. Answers whether it was submitted as a
/// whole: then it takes figures once it is given back.
///
/// # Errors
/// Refusal, a missing reason, or the database's.
pub async fn unlock(cx: &Cx, project: ProjectId, period: PeriodId, days: i32, reason: &str) -> Result<bool> {
    let mut w = cx.write(Can::UnlockPeriod(project)).await?;
    let mut bad = Invalid::default();
    let reason = bad.keep("reason", text::line(reason, 3, 500));
    if !(1..=14).contains(&days) {
        bad.note("days", "not_a_choice");
    }
    let (Some(reason), true) = (reason, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let submitted = sqlx::query_scalar!(
        "update app.reporting_period set state = 'open', unlock_until = (select app.today()) + $3::int, unlock_reason = $4
         where project_id = $1 and id = $2 returning submitted",
        project.0,
        period.0,
        days,
        reason
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    w.commit(Event::PeriodStateSet { period, project, state: "open", reason: Some(reason) }).await?;
    Ok(submitted)
}

/// Sets the days on which figures of a period may be entered; an empty day leaves that side open.
///
/// # Errors
/// Refusal, refused fields, `period_locked`, or the database's.
pub async fn set_window(cx: &Cx, project: ProjectId, period: PeriodId, opens: &str, closes: &str) -> Result<()> {
    let mut w = cx.write(Can::ConfigurePeriods(project)).await?;
    let mut bad = Invalid::default();
    let opens = bad.keep("window_opens", text::day_or_none(opens)).flatten();
    let closes = bad.keep("window_closes", text::day_or_none(closes)).flatten();
    if opens.is_some() && closes.is_some() && closes < opens {
        bad.note("window_closes", "before_opening");
    }
    bad.check()?;
    admits_review(hold_alone(w.conn(), project, period).await?.state).map_err(Error::Rule)?;
    sqlx::query!(
        "update app.reporting_period set window_opens = $3, window_closes = $4 where project_id = $1 and id = $2",
        project.0,
        period.0,
        opens,
        closes
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::PeriodWindowSet { period, project, opens, closes }).await
}
