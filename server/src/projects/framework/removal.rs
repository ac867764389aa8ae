//! Taking a result out of a framework, into the bin, and back out of it.

use super::edit::{MOST_RESULTS, find, open, renumber};
use super::{hold_open, levels, nodes};
use crate::access::{Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ResultNodeId};
use crate::kernel::text;

/// Puts a result that nothing hangs on into the bin. Its number is typed, so that it is this one.
///
/// # Errors
/// Refusal, not found, another number (`confirm`); `result_in_use`, `framework_approved`; or the database's.
pub async fn remove(cx: &Cx, project: ProjectId, id: ResultNodeId, typed: &str) -> Result<()> {
    let (mut w, mut all) = open(cx, project).await?;
    text::called(typed, &find(&all, id)?.number).map_err(|fault| Error::field("confirm", fault))?;
    let is_used = sqlx::query_scalar!(
        r#"select exists(select from app.indicator where project_id = $1 and result_node_id = $2 and deleted_at is null)
             or exists(select from app.budget_line where project_id = $1 and result_node_id = $2 and deleted_at is null)
             or exists(select from app.evidence where project_id = $1 and result_node_id = $2 and deleted_at is null)
             or exists(select from app.learning_entry where project_id = $1 and result_node_id = $2) as "yes!""#,
        project.0,
        id.0
    )
    .fetch_one(w.conn())
    .await?;
    if is_used || all.iter().any(|node| node.parent == Some(id)) {
        return Err(Error::Rule("result_in_use"));
    }
    sqlx::query!("update app.result_node set deleted_at = now() where id = $1", id.0).execute(w.conn()).await?;
    all.retain(|node| node.id != id);
    renumber(&mut w, &all).await?;
    w.commit(Event::NodeRemoved { node: id, project }).await
}

/// Takes a result back out of the bin: beneath the parent that it had, behind the others there.
///
/// # Errors
/// Not found; `bin_parent_gone` where that parent is gone too, `bin_too_deep` where there are fewer levels by now, `framework_full`,
/// `framework_approved`; or the database's.
pub(crate) async fn take_back(w: &mut Writer, project: ProjectId, id: ResultNodeId) -> Result<()> {
    hold_open(w.conn(), project).await?;
    let row = sqlx::query!(
        r#"select n.parent_id as "parent: ResultNodeId", n.level, p.framework_template, p.framework_levels
           from app.result_node n join app.project p on p.tenant_id = n.tenant_id and p.id = n.project_id
           where n.project_id = $1 and n.id = $2 and n.deleted_at is not null for update of n"#,
        project.0,
        id.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let there = nodes(w.conn(), project).await?;
    if row.parent.is_some_and(|parent| find(&there, parent).is_err()) {
        return Err(Error::Rule("bin_parent_gone"));
    }
    if usize::try_from(row.level).map_or(true, |level| level >= levels(&row.framework_template, &row.framework_levels)) {
        return Err(Error::Rule("bin_too_deep"));
    }
    if there.len() >= MOST_RESULTS {
        return Err(Error::Rule("framework_full"));
    }
    sqlx::query!("update app.result_node set deleted_at = null where id = $1", id.0).execute(w.conn()).await?;
    // its old number may be another's by now
    let (mut all, back): (Vec<_>, Vec<_>) = nodes(w.conn(), project).await?.into_iter().partition(|node| node.id != id);
    all.extend(back);
    renumber(w, &all).await
}
