//! The results framework: what a project wants to achieve, level by level.

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProjectId, ResultNodeId};
use crate::kernel::text;

/// The levels of the framework that projects start with, top down; pages name them in the reader's language.
pub const LEVELS: [&str; 4] = ["goal", "outcome", "output", "activity"];

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id.
    pub id: ResultNodeId,
    /// Its parent; none for a goal.
    pub parent: Option<ResultNodeId>,
    /// Depth, 0 for a goal.
    pub level: i16,
    /// Its number, e.g. `1.2.1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What it means.
    pub description: String,
}

pub(crate) async fn nodes(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Node>> {
    Ok(sqlx::query_as!(
        Node,
        r#"select id as "id: ResultNodeId", parent_id as "parent: ResultNodeId", level, number, title, description
           from app.result_node where project_id = $1 and deleted_at is null
           order by string_to_array(number, '.')::int[]"#,
        project.0
    )
    .fetch_all(conn)
    .await?)
}

/// Adds a node under a parent (none: at the top), numbered after its last sibling.
///
/// # Errors
/// Refusal, refused fields (`too_deep` below the last level), or the database's.
pub async fn add(cx: &Cx, project: ProjectId, parent: Option<ResultNodeId>, title: &str, description: &str) -> Result<ResultNodeId> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    let mut invalid = Invalid::default();
    let title = invalid.keep("title", text::line(title, 1, 300));
    let description = invalid.keep("description", text::prose(description, 4000));
    let (Some(title), Some(description)) = (title, description) else { return Err(Error::Invalid(invalid)) };
    // one tree is numbered by one person at a time
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('framework:' || $1::text, 0))", project.to_string())
        .execute(w.conn())
        .await?;
    let all = nodes(w.conn(), project).await?;
    let above = match parent {
        Some(id) => Some(all.iter().find(|node| node.id == id).ok_or_else(|| Error::field("parent", "not_found"))?),
        None => None,
    };
    let level = above.map_or(0, |node| node.level + 1);
    if usize::try_from(level).map_or(true, |level| level >= LEVELS.len()) {
        return Err(Error::field("parent", "too_deep"));
    }
    let sibling = all
        .iter()
        .filter(|node| node.parent == parent)
        .filter_map(|node| node.number.rsplit('.').next()?.parse::<u32>().ok())
        .max()
        .unwrap_or(0)
        + 1;
    let number = above.map_or_else(|| sibling.to_string(), |node| format!("{}.{sibling}", node.number));
    let id = ResultNodeId::new();
    sqlx::query!(
        "insert into app.result_node (id, project_id, parent_id, level, number, title, description) values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        project.0,
        parent.map(|p| p.0),
        level,
        number,
        title,
        description
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::NodeAdded { node: id, project }).await?;
    Ok(id)
}
