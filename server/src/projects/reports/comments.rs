//! What people who write and read a report say to each other about its sections. Never published.

use chrono::{DateTime, Utc};

use super::sections::own;
use crate::access::{Can, Cx, Reader};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ReportCommentId, ReportId, ReportSectionId};
use crate::kernel::text;

/// Comments of a section that are shown at the most, the newest of them.
const MOST: i64 = 100;

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Its id.
    pub id: ReportCommentId,
    /// What is said.
    pub body: String,
    /// Who said it.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// When it was settled; none where it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By whom.
    pub resolved_by: Option<String>,
}

/// The comments of a section, the oldest first.
pub(super) async fn of(r: &mut Reader, section: ReportSectionId) -> Result<Vec<Comment>> {
    Ok(sqlx::query_as!(
        Comment,
        r#"select c.id as "id: ReportCommentId", c.body, who.name as "by?", c.created_at as at, c.resolved_at, settled.name as "resolved_by?"
           from (select * from app.report_comment where section_id = $1 order by created_at desc, id desc limit $2) c
           left join gate.people() who on who.id = c.created_by
           left join gate.people() settled on settled.id = c.resolved_by
           order by c.created_at, c.id"#,
        section.0,
        MOST
    )
    .fetch_all(r.conn())
    .await?)
}

/// Says something about a section.
///
/// # Errors
/// Refusal, a refused text, not found, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, report: ReportId, section: ReportSectionId, body: &str) -> Result<ReportCommentId> {
    let mut w = cx.write(Can::CommentReport(project)).await?;
    let body = text::prose(body, 2000).and_then(|body| if body.is_empty() { Err("required") } else { Ok(body) });
    let body = body.map_err(|fault| Error::field("comment", fault))?;
    let own = own(&w.scope);
    let id = ReportCommentId::new();
    let done = sqlx::query!(
        "insert into app.report_comment (id, project_id, section_id, body)
         select $1, s.project_id, s.id, $5 from app.report_section s
         where s.project_id = $2 and s.report_id = $3 and s.id = $4 and s.deleted_at is null and ($6::uuid is null or s.assigned_to = $6)",
        id.0,
        project.0,
        report.0,
        section.0,
        body,
        own
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(Event::ReportCommented { comment: id, project }).await?;
    Ok(id)
}

/// Says that a comment is settled.
///
/// # Errors
/// Refusal, not found, stale for one that is settled, or the database's.
pub async fn resolve(cx: &Cx, project: ProjectId, id: ReportCommentId) -> Result<()> {
    let mut w = cx.write(Can::CommentReport(project)).await?;
    let own = own(&w.scope);
    let is_open = sqlx::query_scalar!(
        r#"select c.resolved_at is null as "open!" from app.report_comment c
           join app.report_section s on s.tenant_id = c.tenant_id and s.id = c.section_id
           where c.project_id = $1 and c.id = $2 and s.deleted_at is null and ($3::uuid is null or s.assigned_to = $3) for update of c"#,
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if !is_open {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.report_comment set resolved_at = now(), resolved_by = $2 where id = $1", id.0, cx.user()?.0)
        .execute(w.conn())
        .await?;
    w.commit(Event::ReportCommentSettled { comment: id, project }).await
}
