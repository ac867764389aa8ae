//! Changing a framework: its results, and their order. Numbers follow from the order.

use std::collections::HashMap;

use super::{Node, hold_open, levels, nodes};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProjectId, ResultNodeId};
use crate::kernel::text;

/// The most results that a framework has.
pub(super) const MOST_RESULTS: usize = 1000;

/// A result as typed.
#[derive(Clone, Debug, Default)]
pub struct NodeForm {
    /// Its title.
    pub title: String,
    /// What it means.
    pub description: String,
    /// What must hold for it to lead to the level above.
    pub assumptions: String,
    /// What may prevent it.
    pub risks: String,
}

/// The same as they may be written.
pub(super) struct Texts {
    title: String,
    description: String,
    assumptions: String,
    risks: String,
}

impl NodeForm {
    /// A result that is a title and no more yet.
    #[must_use]
    pub fn titled(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// Reads the fields.
    ///
    /// # Errors
    /// Those that are refused.
    pub(super) fn parse(&self) -> Result<Texts> {
        let mut invalid = Invalid::default();
        let title = invalid.keep("title", text::line(&self.title, 1, 300));
        let description = invalid.keep("description", text::prose(&self.description, 4000));
        let assumptions = invalid.keep("assumptions", text::prose(&self.assumptions, 4000));
        let risks = invalid.keep("risks", text::prose(&self.risks, 4000));
        match (title, description, assumptions, risks) {
            (Some(title), Some(description), Some(assumptions), Some(risks)) => Ok(Texts { title, description, assumptions, risks }),
            _ => Err(Error::Invalid(invalid)),
        }
    }
}

/// Opens a framework for a change: its results as they stand, while nobody else changes them.
///
/// # Errors
/// Refusal, not found; `framework_approved`; or the database's.
pub(super) async fn open(cx: &Cx, project: ProjectId) -> Result<(Writer, Vec<Node>)> {
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let all = nodes(w.conn(), project).await?;
    Ok((w, all))
}

pub(super) fn find(all: &[Node], id: ResultNodeId) -> Result<&Node> {
    all.iter().find(|node| node.id == id).ok_or(Error::NotFound)
}

/// Adds a result under a parent (none: at the top), behind its last sibling.
///
/// # Errors
/// Refusal, refused fields (`too_deep` below the last level); `framework_full`, `framework_approved`; or the database's.
pub async fn add(cx: &Cx, project: ProjectId, parent: Option<ResultNodeId>, form: &NodeForm) -> Result<ResultNodeId> {
    let (mut w, all) = open(cx, project).await?;
    let new = form.parse()?;
    if all.len() >= MOST_RESULTS {
        return Err(Error::Rule("framework_full"));
    }
    let above = match parent {
        Some(id) => Some(find(&all, id).map_err(|_| Error::field("parent", "not_found"))?),
        None => None,
    };
    let level = above.map_or(0, |node| node.level + 1);
    let frame =
        sqlx::query!("select framework_template, framework_levels from app.project where id = $1", project.0).fetch_one(w.conn()).await?;
    if usize::try_from(level).map_or(true, |level| level >= levels(&frame.framework_template, &frame.framework_levels)) {
        return Err(Error::field("parent", "too_deep"));
    }
    let sort = all.iter().filter(|node| node.parent == parent).count();
    let number = above.map_or_else(|| (sort + 1).to_string(), |node| format!("{}.{}", node.number, sort + 1));
    let id = insert(&mut w, project, &Place { parent, level, number, sort }, &new).await?;
    w.commit(Event::NodeAdded { node: id, project }).await?;
    Ok(id)
}

/// Where a result comes to stand.
pub(super) struct Place {
    /// Its parent; none at the top.
    pub(super) parent: Option<ResultNodeId>,
    /// Depth, 0 at the top.
    pub(super) level: i16,
    /// Its number.
    pub(super) number: String,
    /// How many siblings stand before it.
    pub(super) sort: usize,
}

/// Writes a result that may be written.
///
/// # Errors
/// The database's.
pub(super) async fn insert(w: &mut Writer, project: ProjectId, place: &Place, new: &Texts) -> Result<ResultNodeId> {
    let id = ResultNodeId::new();
    sqlx::query!(
        "insert into app.result_node (id, project_id, parent_id, level, number, title, description, assumptions, risks, sort)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        project.0,
        place.parent.map(|p| p.0),
        place.level,
        place.number,
        new.title,
        new.description,
        new.assumptions,
        new.risks,
        i32::try_from(place.sort).unwrap_or(i32::MAX)
    )
    .execute(w.conn())
    .await?;
    Ok(id)
}

/// Why a result is not there: a colleague took it out, or there never was one.
async fn was_there(w: &mut Writer, project: ProjectId, id: ResultNodeId) -> Result<Error> {
    let gone =
        sqlx::query_scalar!(r#"select exists(select from app.result_node where id = $1 and project_id = $2) as "yes!""#, id.0, project.0)
            .fetch_one(w.conn())
            .await?;
    Ok(if gone { Error::Rule("result_gone") } else { Error::NotFound })
}

/// Changes the texts of a result.
///
/// # Errors
/// Refusal, refused fields, not found, stale; `result_gone`, `framework_approved`; or the database's.
pub async fn change(cx: &Cx, project: ProjectId, id: ResultNodeId, form: &NodeForm, row_version: i32) -> Result<()> {
    let (mut w, all) = open(cx, project).await?;
    let new = form.parse()?;
    let there = match all.iter().find(|node| node.id == id) {
        Some(node) => node.row_version,
        None => return Err(was_there(&mut w, project, id).await?),
    };
    if there != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!(
        "update app.result_node set title = $2, description = $3, assumptions = $4, risks = $5 where id = $1",
        id.0,
        new.title,
        new.description,
        new.assumptions,
        new.risks
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::NodeChanged { node: id, project }).await
}

/// Up or down among its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Before the one before it.
    Up,
    /// Behind the one behind it.
    Down,
}

/// Shifts a result by one place among its siblings. Where it is the first or the last already, nothing happens.
///
/// # Errors
/// Refusal, not found; `framework_approved`; or the database's.
pub async fn shift(cx: &Cx, project: ProjectId, id: ResultNodeId, direction: Direction) -> Result<()> {
    let (mut w, mut all) = open(cx, project).await?;
    let parent = find(&all, id)?.parent;
    let siblings: Vec<usize> = (0..all.len()).filter(|at| all[*at].parent == parent).collect();
    let place = siblings.iter().position(|at| all[*at].id == id).ok_or(Error::NotFound)?;
    let other = match direction {
        Direction::Up => place.checked_sub(1),
        Direction::Down => Some(place + 1).filter(|next| *next < siblings.len()),
    };
    let Some(other) = other else { return Ok(()) };
    all.swap(siblings[place], siblings[other]);
    renumber(&mut w, &all).await?;
    w.commit(Event::NodeMoved { node: id, project }).await
}

/// Puts a result, with all beneath it, at a place among its siblings, counted from 0. Where it stands there already, nothing happens.
///
/// # Errors
/// Refusal, not found; `order_changed` where it was changed or moved since, or there are fewer siblings by now; `result_gone`,
/// `framework_approved`; or the database's.
pub async fn place(cx: &Cx, project: ProjectId, id: ResultNodeId, to: usize, row_version: i32) -> Result<()> {
    let (mut w, mut all) = open(cx, project).await?;
    let Some(node) = all.iter().find(|node| node.id == id) else { return Err(was_there(&mut w, project, id).await?) };
    let parent = node.parent;
    let siblings: Vec<usize> = (0..all.len()).filter(|at| all[*at].parent == parent).collect();
    if node.row_version != row_version || to >= siblings.len() {
        return Err(Error::Rule("order_changed"));
    }
    if all[siblings[to]].id == id {
        return Ok(());
    }
    put(&mut all, &siblings, id, to);
    renumber(&mut w, &all).await?;
    w.commit(Event::NodeMoved { node: id, project }).await
}

/// Puts one of those who share a parent, named by where they stand, at a place among them.
fn put(all: &mut [Node], siblings: &[usize], id: ResultNodeId, to: usize) {
    let (mut order, moved): (Vec<Node>, Vec<Node>) = siblings.iter().map(|at| all[*at].clone()).partition(|node| node.id != id);
    for node in moved {
        order.insert(to, node);
    }
    for (at, node) in siblings.iter().zip(order) {
        all[*at] = node;
    }
}

/// Puts a result, with all beneath it, under another parent of the same level as the one that it has, behind the others there. Where it
/// hangs there already, nothing happens.
///
/// # Errors
/// Refusal, not found; `not_a_choice` for a parent of another level; `framework_approved`; or the database's.
pub async fn transfer(cx: &Cx, project: ProjectId, id: ResultNodeId, parent: ResultNodeId) -> Result<()> {
    let (mut w, mut all) = open(cx, project).await?;
    let (level, now) = (find(&all, id)?.level, find(&all, id)?.parent);
    if now == Some(parent) {
        return Ok(());
    }
    // a parent stands one level above: nothing beneath the result can be it, so that no circle comes about
    if !all.iter().any(|node| node.id == parent && node.level + 1 == level) {
        return Err(Error::field("parent", "not_a_choice"));
    }
    let at = all.iter().position(|node| node.id == id).ok_or(Error::NotFound)?;
    let mut moved = all.remove(at);
    moved.parent = Some(parent);
    all.push(moved);
    sqlx::query!("update app.result_node set parent_id = $2 where id = $1 and parent_id <> $2", id.0, parent.0).execute(w.conn()).await?;
    renumber(&mut w, &all).await?;
    w.commit(Event::NodeMoved { node: id, project }).await
}

/// Writes places and numbers anew where they changed, from the order in which siblings stand.
pub(super) async fn renumber(w: &mut Writer, all: &[Node]) -> Result<()> {
    let fresh = numbers(all);
    let (mut ids, mut sorts, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for node in all {
        let Some((sort, number)) = fresh.get(&node.id) else { continue };
        if node.number != *number {
            ids.push(node.id.0);
            sorts.push(*sort);
            texts.push(number.clone());
        }
    }
    sqlx::query!(
        "update app.result_node n set sort = f.sort, number = f.number
         from unnest($1::uuid[], $2::int[], $3::text[]) as f(id, sort, number) where n.id = f.id",
        &ids,
        &sorts,
        &texts
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// The place among its siblings, and the number, of every node that hangs on the top.
fn numbers(all: &[Node]) -> HashMap<ResultNodeId, (i32, String)> {
    let mut out = HashMap::new();
    let mut open = vec![(None, String::new())];
    while let Some((parent, prefix)) = open.pop() {
        for (sort, node) in (0..).zip(all.iter().filter(|node| node.parent == parent)) {
            let number = format!("{prefix}{}", sort + 1);
            open.push((Some(node.id), format!("{number}.")));
            out.insert(node.id, (sort, number));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ResultNodeId {
        ResultNodeId(uuid::Uuid::from_u128(n))
    }

    fn node(own: u128, parent: Option<u128>) -> Node {
        let empty = String::new;
        let (description, assumptions, risks) = (empty(), empty(), empty());
        Node {
            id: id(own),
            parent: parent.map(id),
            level: 0,
            number: empty(),
            title: empty(),
            description,
            assumptions,
            risks,
            takes_indicators: true,
            row_version: 1,
        }
    }

    #[test]
    fn numbers_follow_the_order_of_siblings() {
        let all = [node(1, None), node(2, Some(1)), node(4, Some(3)), node(3, Some(1)), node(5, None), node(6, Some(99))];
        let found = numbers(&all);
        let number = |n| found.get(&id(n)).map(|(sort, number)| (*sort, number.as_str()));
        for (n, expected) in
            [(1, Some((0, "1"))), (2, Some((0, "1.1"))), (3, Some((1, "1.2"))), (4, Some((0, "1.2.1"))), (5, Some((1, "2"))), (6, None)]
        {
            assert_eq!(number(n), expected, "{n}");
        }
    }

    #[test]
    fn one_of_several_goes_to_a_place_among_them() {
        for (moved, to, expected) in [(1, 0, [1, 2, 3]), (1, 1, [2, 1, 3]), (1, 2, [2, 3, 1]), (3, 0, [3, 1, 2]), (2, 0, [2, 1, 3])] {
            // another's child stands between them, and stays where it is
            let mut all = [node(1, None), node(9, Some(1)), node(2, None), node(3, None)];
            put(&mut all, &[0, 2, 3], id(moved), to);
            let found: Vec<_> = all.iter().map(|node| node.id).collect();
            assert_eq!(found, [expected[0], 9, expected[1], expected[2]].map(id), "{moved} to {to}");
        }
    }
}
