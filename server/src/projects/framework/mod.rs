//! The results framework: what a project wants to achieve, level by level; how it is edited, approved and revised.

pub mod difference;
mod edit;
mod frame;
pub mod import;
mod level;
pub mod own_templates;
mod removal;
mod templates;
mod versions;

pub use edit::{Direction, NodeForm, add, change, place, shift, transfer};
pub use frame::set_levels;
pub use level::{MOST_LEVELS, spoken};
pub use removal::remove;
pub use templates::{ResultType, TEMPLATES, Template, levels};
pub use versions::{
    Content, Indicator as FrozenIndicator, Node as FrozenNode, Target as FrozenTarget, Version, approve, current, list, revise, take_out,
    version,
};

pub(crate) use removal::take_back;

use super::indicators::{Retired, retired};
use super::targets::{AtOdds, at_odds};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ResultNodeId};

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id.
    pub id: ResultNodeId,
    /// Its parent; none at the top.
    pub parent: Option<ResultNodeId>,
    /// Depth, 0 at the top.
    pub level: i16,
    /// Its number, e.g. `1.2.1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What it means.
    pub description: String,
    /// What must hold for it to lead to the level above.
    pub assumptions: String,
    /// What may prevent it.
    pub risks: String,
    /// Whether its level carries indicators.
    pub takes_indicators: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// Where a framework stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Never approved.
    Draft,
    /// As it was approved; nothing changes.
    Approved,
    /// Approved before, and changed for a reason.
    UnderRevision,
}

impl Status {
    /// The text kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::UnderRevision => "under_revision",
        }
    }

    /// Of what the database holds: what this version does not know changes nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "draft" => Self::Draft,
            "under_revision" => Self::UnderRevision,
            _ => Self::Approved,
        }
    }

    /// Whether its results, indicators and targets may be changed.
    #[must_use]
    pub fn is_open(self) -> bool {
        self != Self::Approved
    }
}

/// A project's framework as its editor shows it.
#[derive(Clone, Debug)]
pub struct Framework {
    /// Where it stands.
    pub status: Status,
    /// Why it is revised.
    pub revision_reason: Option<String>,
    /// The key of the template.
    pub template: String,
    /// The project's own names of its levels; empty for those of the template.
    pub own_levels: Vec<String>,
    /// What results of each own level are under the IATI standard, as far as it is said.
    pub result_types: Vec<ResultType>,
    /// Whether results of each own level carry indicators, as far as it is said.
    pub level_indicators: Vec<bool>,
    /// The results, in the order of their numbers.
    pub nodes: Vec<Node>,
    /// What was approved, the newest first.
    pub versions: Vec<Version>,
    /// Indicators that are asked for no more.
    pub retired: Vec<Retired>,
    /// Indicators whose targets by period do not come to their target at the end.
    pub at_odds: Vec<AtOdds>,
    /// The version of the project that an edit of its levels must name.
    pub row_version: i32,
}

/// The framework of a project.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn get(cx: &Cx, project: ProjectId) -> Result<Framework> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let row = sqlx::query!(
        "select framework_status, revision_reason, framework_template, framework_levels, framework_result_types,
           framework_level_indicators, row_version
         from app.project where id = $1 and deleted_at is null",
        project.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Framework {
        status: Status::parse(&row.framework_status),
        revision_reason: row.revision_reason,
        template: row.framework_template,
        own_levels: row.framework_levels,
        result_types: row.framework_result_types.into_iter().filter_map(ResultType::of_code).collect(),
        level_indicators: row.framework_level_indicators,
        nodes: nodes(r.conn(), project).await?,
        versions: versions::of_project(r.conn(), project).await?,
        retired: retired(r.conn(), project).await?,
        at_odds: at_odds(r.conn(), project).await?,
        row_version: row.row_version,
    })
}

pub(crate) async fn nodes(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Node>> {
    Ok(sqlx::query_as!(
        Node,
        r#"select n.id as "id: ResultNodeId", n.parent_id as "parent: ResultNodeId", n.level, n.number, n.title, n.description,
             n.assumptions, n.risks, coalesce(p.framework_level_indicators[n.level + 1], true) as "takes_indicators!", n.row_version
           from app.result_node n join app.project p on p.tenant_id = n.tenant_id and p.id = n.project_id
           where n.project_id = $1 and n.deleted_at is null
           order by string_to_array(n.number, '.')::int[]"#,
        project.0
    )
    .fetch_all(conn)
    .await?)
}

/// One framework is changed by one person at a time: whoever approves reads what the others wrote, and nobody writes afterwards.
///
/// # Errors
/// The database's; not found.
async fn hold(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Status> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('framework:' || $1::text, 0))", project.to_string())
        .execute(&mut *conn)
        .await?;
    let status = sqlx::query_scalar!("select framework_status from app.project where id = $1 and deleted_at is null", project.0)
        .fetch_optional(conn)
        .await?;
    Ok(Status::parse(&status.ok_or(Error::NotFound)?))
}

/// For who writes figures as indicators say: nobody changes the framework until the end of the transaction. Any number of them at once.
///
/// # Errors
/// The database's.
pub(crate) async fn hold_shared(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock_shared(hashtextextended('framework:' || $1::text, 0))", project.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The same as [`hold`], for who changes results, indicators or targets: whether it was approved before.
///
/// # Errors
/// `framework_approved`; not found; the database's.
pub(crate) async fn hold_open(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Status> {
    let status = hold(conn, project).await?;
    if status.is_open() { Ok(status) } else { Err(Error::Rule("framework_approved")) }
}
