//! Reviewing submitted values: verified by somebody other than the submitter, or returned with a note.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::disaggregation::{Cells, ShownCell, shown};
use super::periods::Period;
use super::progress::Kind;
use super::{dimensions, envelopes, learning, periods, rollup};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, PeriodId, ProjectId, UserId, ValueId};
use crate::kernel::text;

/// A value that waits for a review.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: ValueId,
    /// The indicator's code.
    pub indicator: String,
    /// The indicator's title.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// Decimals shown.
    pub decimals: i16,
    /// The location's name.
    pub location: Option<String>,
    /// The figure.
    pub value: Option<Decimal>,
    /// The numerator.
    pub num: Option<Decimal>,
    /// The denominator.
    pub den: Option<Decimal>,
    /// A remark.
    pub comment: String,
    /// `manual`, `import`, …
    pub source: String,
    /// Who submitted it.
    pub submitter: Option<UserId>,
    /// Their name.
    pub submitter_name: Option<String>,
    /// When.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The location's figure in the period before.
    pub before: Option<Decimal>,
    /// What was counted of each group.
    pub cells: Vec<ShownCell>,
    /// Pieces of evidence.
    pub evidence: i64,
    /// The version that a decision on it must name.
    pub row_version: i32,
}

/// A period with values that wait.
#[derive(Clone, Debug)]
pub struct Backlog {
    /// The period.
    pub period: PeriodId,
    /// Its name.
    pub name: String,
    /// How many wait.
    pub waiting: i64,
}

/// Which values a review is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything that waits in a period, or in the whole project.
    All(Option<PeriodId>),
    /// These.
    These(Vec<ValueId>),
    /// Values of a period as somebody saw them, each by its version; with `and_rest` also those of the period that the page had no room for.
    Seen {
        /// The period.
        period: PeriodId,
        /// Values, and the versions that were seen.
        versions: Vec<(ValueId, i32)>,
        /// Whether those that were not shown are meant too.
        and_rest: bool,
    },
}

impl Selection {
    /// Whether a value is another than the one that was seen.
    fn was_otherwise(&self, value: &Picked) -> bool {
        match self {
            Self::All(_) | Self::These(_) => false,
            Self::Seen { versions, .. } => versions.iter().any(|(id, version)| *id == value.id && *version != value.row_version),
        }
    }
}

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are right.
    Verify,
    /// They are not; the note says why.
    Return(String),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Values decided.
    pub decided: usize,
    /// Values left, because this person submitted them.
    pub own: usize,
    /// Values left, because their period is locked.
    pub locked: usize,
    /// Values left, because they were sent anew since they were seen.
    pub changed: usize,
}

/// Periods in which values wait, newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn backlog(cx: &Cx, project: ProjectId) -> Result<Vec<Backlog>> {
    let mut r = cx.read(Can::ReviewValues(project)).await?;
    Ok(sqlx::query_as!(
        Backlog,
        r#"select p.id as "period: PeriodId", p.name, w.waiting as "waiting!"
           from (select tenant_id, period_id, count(*) as waiting from app.indicator_value
                 where project_id = $1 and status = 'submitted' and deleted_at is null group by tenant_id, period_id) w
           join app.reporting_period p on p.tenant_id = w.tenant_id and p.id = w.period_id
           order by p.start_date desc, p.kind"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// Values of a period that wait, at most 200, in the order of the framework.
///
/// # Errors
/// Refusal, or the database's.
pub async fn waiting(cx: &Cx, project: ProjectId, period: PeriodId) -> Result<Vec<Waiting>> {
    let mut r = cx.read(Can::ReviewValues(project)).await?;
    let rows = sqlx::query!(
        r#"select v.id as "id: ValueId", i.code as "indicator", i.title, i.unit, i.decimals, l.name as "location?", v.value, v.num, v.den, v.comment,
             v.source, v.row_version, v.submitted_by as "submitter: UserId", who.name as "submitter_name?", v.submitted_at,
             (select coalesce(b.value, 100 * b.num / nullif(b.den, 0)) from app.indicator_value b
              join app.reporting_period bp on bp.tenant_id = b.tenant_id and bp.id = b.period_id
              where b.tenant_id = v.tenant_id and b.indicator_id = v.indicator_id and b.location_id is not distinct from v.location_id
                and b.deleted_at is null and bp.end_date < p.start_date order by bp.end_date desc limit 1) as "before", i.kind,
             nullif(v.cells, '{}') as cells,
             (select count(*) from app.evidence e where e.tenant_id = v.tenant_id and e.value_id = v.id and e.deleted_at is null) as "evidence!"
           from app.indicator_value v
           join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
           join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
           left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
           left join gate.people() who on who.id = v.submitted_by
           where v.project_id = $1 and v.period_id = $2 and v.status = 'submitted' and v.deleted_at is null
           order by i.sort, i.code, l.name limit 200"#,
        project.0,
        period.0
    )
    .fetch_all(r.conn())
    .await?;
    let known = if rows.iter().any(|row| row.cells.is_some()) { dimensions::all(r.conn()).await? } else { Vec::new() };
    rows.into_iter()
        .map(|row| {
            let kind: Kind = row.kind.parse().map_err(|_| Error::Internal(format!("unknown kind: {}", row.kind)))?;
            let cells = row.cells.as_ref().map(|stored| Cells::read(kind, stored)).transpose()?.unwrap_or_default();
            Ok(Waiting {
                id: row.id,
                indicator: row.indicator,
                title: row.title,
                unit: row.unit,
                decimals: row.decimals,
                location: row.location,
                value: row.value,
                num: row.num,
                den: row.den,
                comment: row.comment,
                source: row.source,
                submitter: row.submitter,
                submitter_name: row.submitter_name,
                submitted_at: row.submitted_at,
                before: row.before,
                cells: shown(&cells, &known),
                evidence: row.evidence,
                row_version: row.row_version,
            })
        })
        .collect()
}

struct Picked {
    id: ValueId,
    indicator: IndicatorId,
    period: PeriodId,
    submitter: Option<UserId>,
    row_version: i32,
}

/// Verifies or returns values that wait. Own ones are left, unless the organisation allows it; then they are flagged. So are those that were
/// sent anew since they were seen: nobody verifies what they did not see.
///
/// # Errors
/// Refusal; a missing note; `nothing_waits`; `own_values_only` when all that was picked is this person's own;
/// `period_locked`; stale when all of it was sent anew; or the database's.
pub async fn decide(cx: &Cx, project: ProjectId, selection: &Selection, decision: &Decision) -> Result<Outcome> {
    let mut w = cx.write(Can::ReviewValues(project)).await?;
    let note = match decision {
        Decision::Verify => None,
        Decision::Return(note) => {
            let note = text::prose(note, 2000).map_err(|fault| Error::field("note", fault))?;
            if note.chars().count() < 3 {
                return Err(Error::field("note", "required"));
            }
            Some(note)
        }
    };
    let me = cx.user()?;
    w.allow_long_work().await?;
    let periods = hold_periods(&mut w, project, selection).await?;
    let picked = pick(&mut w, project, selection).await?;
    if picked.is_empty() {
        return Err(Error::Rule("nothing_waits"));
    }
    let locked: HashSet<PeriodId> = periods.iter().filter(|p| periods::admits_review(p.state).is_err()).map(|p| p.id).collect();
    let may_own = cx.standing()?.self_verify_allowed;
    let mut outcome = Outcome::default();
    let mut chosen: Vec<&Picked> = Vec::with_capacity(picked.len());
    for value in &picked {
        if locked.contains(&value.period) {
            outcome.locked += 1;
        } else if selection.was_otherwise(value) {
            outcome.changed += 1;
        } else if note.is_none() && value.submitter == Some(me) && !may_own {
            outcome.own += 1;
        } else {
            chosen.push(value);
        }
    }
    if chosen.is_empty() {
        return Err(match outcome {
            Outcome { changed: 1.., .. } => Error::Stale,
            Outcome { locked: 1.., .. } => Error::Rule("period_locked"),
            _ => Error::Rule("own_values_only"),
        });
    }
    outcome.decided = chosen.len();
    let ids: Vec<Uuid> = chosen.iter().map(|v| v.id.0).collect();
    write(&mut w, &ids, me, note.as_deref()).await?;
    let mut touched: Vec<_> = chosen.iter().map(|v| (v.indicator, v.period)).collect();
    touched.sort_unstable();
    touched.dedup();
    let self_verified = if note.is_none() { chosen.iter().filter(|v| v.submitter == Some(me)).count() } else { 0 };
    let mut touched_periods: Vec<Uuid> = touched.iter().map(|(_, period)| period.0).collect();
    touched_periods.sort_unstable();
    touched_periods.dedup();
    rollup::recompute(w.conn(), project, &touched).await?;
    envelopes::follow(w.conn(), project, &touched_periods, me.0, note.as_deref()).await?;
    if note.is_none() {
        learning::triggers::fire(w.conn(), project, &touched, me).await?;
    }
    let period = match selection {
        Selection::All(period) => *period,
        Selection::Seen { period, .. } => Some(*period),
        Selection::These(_) => touched_periods.first().filter(|_| touched_periods.len() == 1).map(|p| PeriodId(*p)),
    };
    let event = match note {
        None => Event::ValuesVerified { project, period, count: outcome.decided, self_verified },
        Some(note) => Event::ValuesReturned { project, period, count: outcome.decided, note },
    };
    w.commit(event).await?;
    Ok(outcome)
}

/// Locks the rows first: an edit and a decision cannot pass each other.
async fn pick(w: &mut Writer, project: ProjectId, selection: &Selection) -> Result<Vec<Picked>> {
    let (period, ids) = match selection {
        Selection::All(period) => (period.map(|p| p.0), None),
        Selection::These(ids) => (None, Some(ids.iter().map(|id| id.0).collect::<Vec<_>>())),
        Selection::Seen { period, and_rest: true, .. } => (Some(period.0), None),
        Selection::Seen { period, versions, .. } => (Some(period.0), Some(versions.iter().map(|(id, _)| id.0).collect())),
    };
    Ok(sqlx::query_as!(
        Picked,
        r#"select id as "id: ValueId", indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId",
             submitted_by as "submitter: UserId", row_version
           from app.indicator_value
           where project_id = $1 and status = 'submitted' and deleted_at is null
             and ($2::uuid is null or period_id = $2) and ($3::uuid[] is null or id = any ($3))
           order by id for update"#,
        project.0,
        period,
        ids.as_deref()
    )
    .fetch_all(w.conn())
    .await?)
}

/// Holds the periods of what was picked, before any value: a submission, a lock and a decision cannot pass each other.
async fn hold_periods(w: &mut Writer, project: ProjectId, selection: &Selection) -> Result<Vec<Period>> {
    let only: Option<Vec<Uuid>> = match selection {
        Selection::All(period) => period.map(|period| vec![period.0]),
        Selection::Seen { period, .. } => Some(vec![period.0]),
        Selection::These(ids) => Some(
            sqlx::query_scalar!(
                "select distinct period_id from app.indicator_value where project_id = $1 and id = any ($2)",
                project.0,
                &ids.iter().map(|id| id.0).collect::<Vec<_>>()
            )
            .fetch_all(w.conn())
            .await?,
        ),
    };
    periods::hold_alone_all(w.conn(), project, only.as_deref()).await
}

async fn write(w: &mut Writer, ids: &[Uuid], me: UserId, note: Option<&str>) -> Result<()> {
    match note {
        None => {
            sqlx::query!(
                "update app.indicator_value set status = 'verified', verified_by = $2, verified_at = now(),
               self_verified = submitted_by is not distinct from $2, return_note = null
             where id = any ($1)",
                ids,
                me.0
            )
            .execute(w.conn())
            .await?
        }
        Some(note) => {
            sqlx::query!("update app.indicator_value set status = 'returned', return_note = $2 where id = any ($1)", ids, note)
                .execute(w.conn())
                .await?
        }
    };
    Ok(())
}

/// Takes back a verification, with a reason: the value is returned.
///
/// # Errors
/// Refusal, a missing reason, not found (also of one that is not verified), `period_locked`, or the database's.
pub async fn unverify(cx: &Cx, project: ProjectId, value: ValueId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::UnverifyValue(project)).await?;
    let reason = text::line(reason, 3, 2000).map_err(|fault| Error::field("reason", fault))?;
    let of = sqlx::query_scalar!(
        r#"select period_id as "period: PeriodId" from app.indicator_value where project_id = $1 and id = $2 and deleted_at is null"#,
        project.0,
        value.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let period = periods::hold_alone(w.conn(), project, of).await?;
    periods::admits_review(period.state).map_err(Error::Rule)?;
    let row = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId" from app.indicator_value
           where project_id = $1 and id = $2 and status = 'verified' and deleted_at is null for update"#,
        project.0,
        value.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    sqlx::query!(
        "update app.indicator_value set status = 'returned', return_note = $2, verified_by = null, verified_at = null,
           self_verified = false where id = $1",
        value.0,
        reason
    )
    .execute(w.conn())
    .await?;
    rollup::recompute(w.conn(), project, &[(row.indicator, row.period)]).await?;
    envelopes::follow(w.conn(), project, &[row.period.0], cx.user()?.0, Some(&reason)).await?;
    w.commit(Event::ValueUnverified { value, project, reason }).await
}
