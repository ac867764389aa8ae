//! The envelope of a project and period: submitted as a whole, verified as a whole.

use uuid::Uuid;

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{EnvelopeId, PeriodId, ProjectId};
use crate::kernel::text;

/// An envelope.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// `in_progress`, `submitted`, `returned` or `verified`.
    pub status: String,
    /// What was written about the period.
    pub narrative: String,
    /// Why it was returned.
    pub return_note: Option<String>,
}

/// Begins the envelopes of periods that have none, at the first value.
pub(crate) async fn begin(conn: &mut sqlx::PgConnection, project: ProjectId, periods: &[PeriodId]) -> Result<()> {
    let ids: Vec<Uuid> = periods.iter().map(|_| EnvelopeId::new().0).collect();
    let periods: Vec<Uuid> = periods.iter().map(|p| p.0).collect();
    sqlx::query!(
        "insert into app.period_submission (id, project_id, period_id)
         select t.id, $3, t.period_id from unnest($1::uuid[], $2::uuid[]) as t(id, period_id)
         where not exists (select from app.period_submission s where s.project_id = $3 and s.period_id = t.period_id)
         on conflict do nothing",
        &ids,
        &periods,
        project.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Verified values make a submitted envelope verified; one that came back makes it returned.
pub(crate) async fn follow(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    periods: &[Uuid],
    user: Uuid,
    note: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "update app.period_submission s
         set status = case when $4::text is null then 'verified' else 'returned' end, return_note = $4, reviewed_by = $3, reviewed_at = now()
         where s.project_id = $1 and s.period_id = any ($2) and s.status = 'submitted'
           and ($4::text is not null or not exists (
             select from app.indicator_value v where v.tenant_id = s.tenant_id and v.project_id = s.project_id
               and v.period_id = s.period_id and v.deleted_at is null and v.status <> 'verified'))",
        project.0,
        periods,
        user,
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The envelope of a period; none before its first value.
///
/// # Errors
/// Refusal, or the database's.
pub async fn find(cx: &Cx, project: ProjectId, period: PeriodId) -> Result<Option<Envelope>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    Ok(sqlx::query_as!(
        Envelope,
        "select status, narrative, return_note from app.period_submission where project_id = $1 and period_id = $2",
        project.0,
        period.0
    )
    .fetch_optional(r.conn())
    .await?)
}

/// Submits the envelope: every value of the period has left its draft.
///
/// # Errors
/// Refusal; `envelope_empty`, `envelope_has_drafts` or `envelope_verified`; or the database's.
pub async fn submit(cx: &Cx, project: ProjectId, period: PeriodId, narrative: &str) -> Result<()> {
    let mut w = cx.write(Can::SubmitEnvelope(project)).await?;
    let narrative = text::prose(narrative, 8000).map_err(|fault| Error::field("narrative", fault))?;
    let held = super::periods::hold(w.conn(), project, period).await?;
    super::periods::admits_review(held.state).map_err(Error::Rule)?;
    let counts = sqlx::query!(
        r#"select count(*) as "all!", count(*) filter (where status in ('draft', 'returned')) as "unready!"
           from app.indicator_value where project_id = $1 and period_id = $2 and deleted_at is null"#,
        project.0,
        period.0
    )
    .fetch_one(w.conn())
    .await?;
    if counts.all == 0 {
        return Err(Error::Rule("envelope_empty"));
    }
    if counts.unready > 0 {
        return Err(Error::Rule("envelope_has_drafts"));
    }
    begin(w.conn(), project, &[period]).await?;
    let done = sqlx::query!(
        "update app.period_submission set status = 'submitted', narrative = $3, submitted_by = $4, submitted_at = now(), return_note = null
         where project_id = $1 and period_id = $2 and status <> 'verified'",
        project.0,
        period.0,
        narrative,
        cx.user()?.0
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Rule("envelope_verified"));
    }
    w.commit(Event::EnvelopeSubmitted { project, period }).await
}
