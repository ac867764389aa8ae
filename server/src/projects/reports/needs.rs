//! What reports ask of a person: sections that are theirs to write, and reports that wait to be read or published.

use uuid::Uuid;

use crate::access::{Can, Cx};
use crate::kernel::error::Result;
use crate::kernel::ids::{ProjectId, ReportId, ReportSectionId};

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// In which project.
    pub project: ProjectId,
    /// Of which report.
    pub report: ReportId,
    /// The section that is to be written; none where the report is to be read or published.
    pub section: Option<ReportSectionId>,
    /// The title of the section, or of the report.
    pub title: String,
    /// `open`, `in_review`, `changes_requested` or `approved`.
    pub status: String,
}

/// What waits for this person in these projects, the oldest first; one statement, or none for who neither writes nor approves.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, all: &[ProjectId]) -> Result<Vec<Need>> {
    let that = |can: fn(ProjectId) -> Can| all.iter().copied().filter(|id| cx.may(can(*id))).map(|id| id.0).collect::<Vec<Uuid>>();
    let (writes, plans, approves) = (that(Can::WriteSection), that(Can::WriteReport), that(Can::ApproveReport));
    if writes.is_empty() && approves.is_empty() {
        return Ok(Vec::new());
    }
    let mut r = cx.read(Can::ListProjects).await?;
    Ok(sqlx::query_as!(
        Need,
        r#"select n.project_id as "project!: ProjectId", n.report_id as "report!: ReportId", n.section_id as "section?: ReportSectionId",
             n.title as "title!", n.status as "status!"
           from (
             select s.project_id, s.report_id, s.id as section_id, s.title, 'open' as status, s.updated_at
             from app.report_section s join app.report r on r.tenant_id = s.tenant_id and r.id = s.report_id
             where s.assigned_to = $1 and s.project_id = any ($2) and s.deleted_at is null and s.status <> 'ready'
               and r.status in ('draft', 'changes_requested') and r.deleted_at is null
             union all
             select r.project_id, r.id, null, r.title, r.status, r.updated_at from app.report r
             where r.deleted_at is null and (
               (r.status = 'in_review' and r.project_id = any ($4) and ($5 or r.submitted_by is distinct from $1))
               or (r.status = 'approved' and r.project_id = any ($4))
               or (r.status = 'changes_requested' and r.project_id = any ($3) and r.submitted_by = $1))
           ) n order by n.updated_at, n.title limit 100"#,
        cx.user()?.0,
        &writes,
        &plans,
        &approves,
        cx.standing()?.self_verify_allowed
    )
    .fetch_all(r.conn())
    .await?)
}
