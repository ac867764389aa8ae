//! A period as its project submits it: each indicator that is due with its figure or the reason for none, and what there is to tell.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::begin;
use super::remarks::{self, Kind, Said, is_needed};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{IndicatorId, PeriodId, ProjectId};
use crate::kernel::text;
use crate::projects::Project;
use crate::projects::indicators::{self, Indicator};
use crate::projects::periods::{self, Period, State};
use crate::projects::progress::{self, Rag, achievement, rag};

/// An envelope.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// `in_progress`, `submitted`, `returned` or `verified`; empty before the first figure.
    pub status: String,
    /// Whether who looks submitted it.
    pub own: bool,
    /// What was written about the period.
    pub narrative: String,
    /// Why it was returned.
    pub return_note: Option<String>,
    /// The version that an edit must name; 1 where there is none yet.
    pub row_version: i32,
}

/// An indicator that is due in a period.
#[derive(Clone, Debug)]
pub struct Line {
    /// The indicator.
    pub indicator: Indicator,
    /// The figure of all places, with what is not yet verified.
    pub figure: Option<Decimal>,
    /// What was planned.
    pub target: Option<Decimal>,
    /// Per cent of the target.
    pub achievement: Option<Decimal>,
    /// The colour of the figure.
    pub colour: Rag,
    /// Figures that are drafts or were returned.
    pub unready: i64,
    /// Figures that nobody has verified.
    pub unverified: i64,
    /// What there is to say of it.
    pub kind: Kind,
    /// Whether the period waits for that.
    pub is_needed: bool,
    /// What was said.
    pub remark: String,
}

/// A period with all that its submission is made of.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The project.
    pub project: Project,
    /// The period.
    pub period: Period,
    /// The envelope.
    pub envelope: Envelope,
    /// The indicators that are due.
    pub lines: Vec<Line>,
    /// Why it cannot be written to; none where it can.
    pub closure: Option<periods::Closure>,
}

/// A period as it stands before it is submitted, or as it was.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn sheet(cx: &Cx, project: &str, period: PeriodId) -> Result<Sheet> {
    let (mut r, project) = crate::projects::open(cx, project, Can::SubmitEnvelope).await?;
    let period = periods::of_project(r.conn(), project.id).await?.into_iter().find(|p| p.id == period).ok_or(Error::NotFound)?;
    let envelope = sqlx::query_as!(
        Envelope,
        r#"select status, narrative, return_note, row_version, coalesce(submitted_by = $3, false) as "own!"
           from app.period_submission where project_id = $1 and period_id = $2"#,
        project.id.0,
        period.id.0,
        cx.user()?.0
    )
    .fetch_optional(r.conn())
    .await?
    .unwrap_or(Envelope { row_version: 1, ..Envelope::default() });
    let lines = lines(r.conn(), project.id, &period).await?;
    let closure = match period.state {
        State::Submitted => Some(periods::closure(cx, r.conn(), project.id, &period, "period_submitted").await?),
        State::Locked => Some(periods::closure(cx, r.conn(), project.id, &period, "period_locked").await?),
        State::Planned | State::Open | State::Closed => None,
    };
    Ok(Sheet { project, period, envelope, lines, closure })
}

/// The indicators that are due in a period: active, of its frequency, and told in figures.
async fn lines(conn: &mut sqlx::PgConnection, project: ProjectId, period: &Period) -> Result<Vec<Line>> {
    let mut due = indicators::of_project(conn, project, None).await?;
    due.retain(|i| i.frequency == period.kind && i.method.kind != progress::Kind::Qualitative);
    let rows = sqlx::query!(
        r#"select i.id as "id: IndicatorId", c.provisional as "figure?", c.target as "target?", v.entered > 0 as "has_figures!", v.unready as "unready!",
             v.unverified as "unverified!",
             (select k.body from app.period_remark k where k.tenant_id = i.tenant_id and k.indicator_id = i.id and k.period_id = $2
                and k.kind = case when v.entered > 0 then 'deviation' else 'no_data' end) as "remark",
             $3::date < (select app.today()) as "ended!"
           from app.indicator i
           cross join lateral (
             select count(*) as entered, count(*) filter (where x.status in ('draft', 'returned')) as unready,
               count(*) filter (where x.status <> 'verified') as unverified
             from app.indicator_value x
             where x.tenant_id = i.tenant_id and x.indicator_id = i.id and x.period_id = $2 and x.deleted_at is null
           ) v
           left join app.period_rollup c on c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.period_id = $2
             and c.period_end = $3 and c.location_id is null and c.dim_key = ''
           where i.project_id = $1 and i.status = 'active' and i.deleted_at is null"#,
        project.0,
        period.id.0,
        period.end
    )
    .fetch_all(conn)
    .await?;
    let mut stands: HashMap<IndicatorId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let line = |indicator: Indicator| {
        let row = stands.remove(&indicator.id)?;
        let colour = rag(&indicator.method, row.figure, row.target, row.ended);
        // who submits before the last day explains no less
        let at_its_end = rag(&indicator.method, row.figure, row.target, true);
        Some(Line {
            figure: row.figure,
            target: row.target,
            achievement: achievement(&indicator.method, row.figure, row.target),
            colour,
            unready: row.unready,
            unverified: row.unverified,
            kind: Kind::of(row.has_figures),
            is_needed: is_needed(row.has_figures, at_its_end),
            remark: row.remark.unwrap_or_default(),
            indicator,
        })
    };
    Ok(due.into_iter().filter_map(line).collect())
}

/// The name of a remark's field: `remark-{kind}-{indicator}`. Why there is no figure is not why it is off its target.
#[must_use]
pub fn field_of(kind: Kind, indicator: IndicatorId) -> String {
    format!("remark-{}-{indicator}", kind.as_str())
}

/// What was typed about a period.
#[derive(Clone, Debug, Default)]
pub struct Typed<'a> {
    /// The version of the envelope that was shown.
    pub row_version: i32,
    /// What went well and what did not.
    pub narrative: &'a str,
    /// What is said, by [`field_of`] without its `remark-`.
    pub remarks: Vec<(&'a str, &'a str)>,
    /// Whether the period is submitted, rather than kept for later.
    pub submit: bool,
}

/// Keeps what was typed about a period, and submits it where that is asked: then every indicator that is due has a figure that has left its
/// draft or a reason for none, and every one that is off its target an explanation.
///
/// # Errors
/// Refusal; refused fields, named by [`field_of`]; [`Error::Stale`], also where a figure came or went meanwhile; `period_locked`,
/// `period_submitted`, `period_not_open`, `envelope_empty` or `envelope_has_drafts`; or the database's. Then nothing was kept.
pub async fn save(cx: &Cx, project: ProjectId, period: PeriodId, typed: &Typed<'_>) -> Result<()> {
    let mut w = cx.write(Can::SubmitEnvelope(project)).await?;
    // no figure is entered meanwhile
    let held = periods::hold_alone(w.conn(), project, period).await?;
    periods::admits_review(held.state).map_err(Error::Rule)?;
    if held.state == State::Submitted {
        return Err(Error::Rule("period_submitted"));
    }
    if typed.submit && held.state == State::Planned {
        return Err(Error::Rule("period_not_open"));
    }
    let lines = lines(w.conn(), project, &held).await?;
    let (narrative, said) = parse(typed, &lines)?;
    if typed.submit && lines.is_empty() {
        return Err(Error::Rule("envelope_empty"));
    }
    if typed.submit && lines.iter().any(|line| line.unready > 0) {
        return Err(Error::Rule("envelope_has_drafts"));
    }
    begin(w.conn(), project, &[period]).await?;
    write(&mut w, (project, period), typed, &narrative).await?;
    remarks::keep(w.conn(), project, period, &said).await?;
    let event = if typed.submit { Event::EnvelopeSubmitted { project, period } } else { Event::EnvelopeSaved { project, period } };
    w.commit(event).await
}

async fn write(w: &mut Writer, (project, period): (ProjectId, PeriodId), typed: &Typed<'_>, narrative: &str) -> Result<()> {
    let me = w.cx().user()?.0;
    let done = sqlx::query!(
        "update app.period_submission s set narrative = $3,
           status = case when $4 then 'submitted' else s.status end,
           submitted_by = case when $4 then $5 else s.submitted_by end,
           submitted_at = case when $4 then now() else s.submitted_at end,
           reviewed_by = case when $4 then null else s.reviewed_by end,
           reviewed_at = case when $4 then null else s.reviewed_at end,
           return_note = case when $4 then null else s.return_note end
         where s.project_id = $1 and s.period_id = $2 and s.row_version = $6",
        project.0,
        period.0,
        narrative,
        typed.submit,
        me,
        typed.row_version
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 { Err(Error::Stale) } else { Ok(()) }
}

/// The narrative and the remarks, with the kind of each.
fn parse(typed: &Typed<'_>, lines: &[Line]) -> Result<(String, Vec<Said>)> {
    let mut bad = Invalid::default();
    let narrative = bad.keep("narrative", text::prose(typed.narrative, 8000));
    let said: HashMap<&str, &str> = typed.remarks.iter().copied().collect();
    let mut remarks = Vec::with_capacity(lines.len());
    for line in lines {
        let named = |kind: Kind| said.get(format!("{}-{}", kind.as_str(), line.indicator.id).as_str()).copied();
        // what was written of no figure says nothing of one that came since
        if named(line.kind.other()).is_some_and(|text| !text.trim().is_empty()) {
            return Err(Error::Stale);
        }
        let field = field_of(line.kind, line.indicator.id);
        let Some(body) = bad.keep(&field, text::prose(named(line.kind).unwrap_or(&line.remark), 2000)) else { continue };
        if typed.submit && line.is_needed && body.chars().count() < 3 {
            bad.note(&field, if line.kind == Kind::NoData { "reason_for_no_data" } else { "reason_for_deviation" });
        }
        remarks.push(Said { indicator: line.indicator.id, kind: line.kind, body });
    }
    bad.check()?;
    Ok((narrative.unwrap_or_default(), remarks))
}

/// Gives a submitted or verified period back, with a reason: figures can be entered again. What was verified stays so until it is taken
/// back itself.
///
/// # Errors
/// Refusal; a missing reason; `period_locked` or `envelope_not_submitted`; or the database's.
pub async fn give_back(cx: &Cx, project: ProjectId, period: PeriodId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::ReviewValues(project)).await?;
    let reason = text::line(reason, 3, 2000).map_err(|fault| Error::field("reason", fault))?;
    let held = periods::hold_alone(w.conn(), project, period).await?;
    periods::admits_review(held.state).map_err(Error::Rule)?;
    if held.state != State::Submitted {
        return Err(Error::Rule("envelope_not_submitted"));
    }
    super::follow(w.conn(), project, &[period.0], cx.user()?.0, Some(&reason)).await?;
    w.commit(Event::EnvelopeReturned { project, period, reason }).await
}

/// Verifies a submitted period as a whole: what was written, and the reasons for figures that are missing. Every figure is verified before;
/// who submitted it does not verify it, unless the organisation allows that.
///
/// # Errors
/// Refusal; `period_locked`, `envelope_not_submitted`, `envelope_not_reviewed` or `own_envelope`; or the database's.
pub async fn verify(cx: &Cx, project: ProjectId, period: PeriodId) -> Result<()> {
    let mut w = cx.write(Can::ReviewValues(project)).await?;
    let held = periods::hold_alone(w.conn(), project, period).await?;
    periods::admits_review(held.state).map_err(Error::Rule)?;
    let envelope = sqlx::query!(
        r#"select s.status, coalesce(s.submitted_by = $3, false) as "own!",
             exists (select from app.indicator_value v where v.project_id = $1 and v.period_id = $2 and v.deleted_at is null
               and v.status <> 'verified') as "waits!"
           from app.period_submission s where s.project_id = $1 and s.period_id = $2 for update of s"#,
        project.0,
        period.0,
        cx.user()?.0
    )
    .fetch_optional(w.conn())
    .await?
    .filter(|envelope| envelope.status == "submitted")
    .ok_or(Error::Rule("envelope_not_submitted"))?;
    if envelope.waits {
        return Err(Error::Rule("envelope_not_reviewed"));
    }
    if envelope.own && !cx.standing()?.self_verify_allowed {
        return Err(Error::Rule("own_envelope"));
    }
    super::follow(w.conn(), project, &[period.0], cx.user()?.0, None).await?;
    w.commit(Event::EnvelopeVerified { project, period }).await
}
