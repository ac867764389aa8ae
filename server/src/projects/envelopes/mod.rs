//! The envelope of a project and period: submitted as a whole, given back or verified as a whole.

mod remarks;
mod submit;

pub use remarks::{Kind as RemarkKind, Remark};
pub use submit::{Envelope, Line, Sheet, Typed, field_of, give_back, save, sheet, verify};

pub(crate) use remarks::of_indicator as remarks_of;

use uuid::Uuid;

use crate::kernel::error::Result;
use crate::kernel::ids::{EnvelopeId, PeriodId, ProjectId};

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

/// Verified values make a submitted envelope verified, where who verified the last of them did not submit it themselves or the organisation
/// allows that; one that came back makes it returned, also where it was verified.
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
         where s.project_id = $1 and s.period_id = any ($2) and (s.status = 'submitted' or (s.status = 'verified' and $4::text is not null))
           and ($4::text is not null or s.submitted_by is distinct from $3
             or (select t.self_verify_allowed from app.tenant t where t.id = s.tenant_id))
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
