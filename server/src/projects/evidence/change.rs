//! What is said of a file, and evidence that goes on with its figure.

use uuid::Uuid;

use super::{EvidenceForm, rights};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{EvidenceId, PeriodId, ProjectId};

/// Changes what is said of a file: who answers for the project's figures.
///
/// # Errors
/// Refusal, refused fields, stale (also of what is there no more), or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: EvidenceId, form: EvidenceForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    if !rights(cx, project).rules {
        return Err(Error::NotFound);
    }
    let mut bad = Invalid::default();
    let said = form.parse(true, &mut bad);
    let (Some(said), true) = (said, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let done = sqlx::query!(
        "update app.evidence set title = $4, taken_on = $5, consent = $6, donor_visible = $7
         where project_id = $1 and id = $2 and row_version = $3 and deleted_at is null",
        project.0,
        id.0,
        row_version,
        said.title,
        said.taken_on,
        said.consent.as_str(),
        said.donor_visible
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::EvidenceUpdated { evidence: id, project }).await
}

/// Evidence of a figure that was cleared goes on with the figure that is entered in its place.
pub(crate) async fn follow(conn: &mut sqlx::PgConnection, project: ProjectId, periods: &[PeriodId]) -> Result<()> {
    let periods: Vec<Uuid> = periods.iter().map(|period| period.0).collect();
    sqlx::query!(
        // from the few files to their figures, step by step: joined freely, the figures that were just written are gone through first,
        // of which the planner knows nothing yet
        "update app.evidence e set value_id = moved.value_id
         from (
           select kept.tenant_id, kept.id, v.id as value_id
           from app.evidence kept
           cross join lateral (
             select old.tenant_id, old.indicator_id, old.period_id, old.location_id from app.indicator_value old
             where old.tenant_id = kept.tenant_id and old.id = kept.value_id and old.deleted_at is not null and old.period_id = any ($2)
             limit 1
           ) old
           cross join lateral (
             select v.id from app.indicator_value v
             where v.tenant_id = old.tenant_id and v.indicator_id = old.indicator_id and v.period_id = old.period_id
               and v.location_id is not distinct from old.location_id and v.deleted_at is null
             limit 1
           ) v
           where kept.project_id = $1 and kept.deleted_at is null
         ) moved
         where e.tenant_id = moved.tenant_id and e.id = moved.id",
        project.0,
        &periods
    )
    .execute(conn)
    .await?;
    Ok(())
}
