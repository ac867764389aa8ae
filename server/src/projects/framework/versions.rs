//! What of a framework was approved: frozen as canonical JSON, and read back exactly as it was.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ResultType, Status, hold, nodes};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{FrameworkVersionId, ProjectId};
use crate::kernel::json::frozen;
use crate::kernel::text;
use crate::projects::{disaggregation, indicators};

/// The most bytes of a version, as the table says too.
const LARGEST: usize = 8 * 1024 * 1024;

/// A version in a list.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number, from 1.
    pub version: i32,
    /// Why it was approved as it is.
    pub reason: String,
    /// Why the one before was revised; none for the first.
    pub revision_reason: Option<String>,
    /// Who approved it.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A framework at one moment. Every figure is a string: what is hashed is what is read.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Content {
    /// The version of this form.
    pub v: String,
    /// The key of the template.
    pub template: String,
    /// The project's own names of its levels; empty for those of the template.
    pub own_levels: Vec<String>,
    /// What results of each own level are under the IATI standard, in words, as far as it is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result_types: Vec<String>,
    /// Whether results of each own level carry indicators, `true` or `false`, as far as it is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level_indicators: Vec<String>,
    /// The results, in the order of their numbers.
    pub nodes: Vec<Node>,
    /// The indicators, in their order.
    pub indicators: Vec<Indicator>,
}

/// A result at that moment.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its parent's id.
    pub parent: Option<String>,
    /// Its number.
    pub number: String,
    /// Its texts by field: `title`, `description`, `assumptions`, `risks`.
    pub fields: BTreeMap<String, String>,
}

/// An indicator at that moment.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Indicator {
    /// Its id.
    pub id: String,
    /// Its code.
    pub code: String,
    /// The id of the result that it measures.
    pub node: Option<String>,
    /// Its fields, by the names of the columns.
    pub fields: BTreeMap<String, String>,
    /// Its targets.
    pub targets: Vec<Target>,
}

/// A target at that moment.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Target {
    /// The period's id.
    pub period: String,
    /// Its name then.
    pub period_name: String,
    /// The location's id; none for all of the project.
    pub location: Option<String>,
    /// Its code then.
    pub location_code: Option<String>,
    /// The figure.
    pub value: String,
}

impl Target {
    /// What it is of, for telling: the period, and the location where it is one of a location.
    #[must_use]
    pub fn place(&self) -> String {
        self.location_code.iter().fold(self.period_name.clone(), |name, code| format!("{name} · {code}"))
    }
}

impl Content {
    /// What tells one moment from another: the hash of its bytes, as hexadecimal.
    ///
    /// # Errors
    /// If it cannot be written, which would be a fault of this program.
    pub fn mark(&self) -> Result<String> {
        Ok(hex(&sha256(&frozen(self)?)))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| Error::Internal(format!("framework: {error}")))
    }
}

pub(super) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Version>> {
    Ok(sqlx::query_as!(
        Version,
        r#"select v.version, v.reason, v.revision_reason, p.name as "by?", v.approved_at as at
           from app.framework_version v left join gate.people() p on p.id = v.approved_by
           where v.project_id = $1 order by v.version desc"#,
        project.0
    )
    .fetch_all(conn)
    .await?)
}

/// What was approved, the newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Version>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    of_project(r.conn(), project).await
}

/// A framework as it was approved.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn version(cx: &Cx, project: ProjectId, version: i32) -> Result<Content> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let bytes = sqlx::query_scalar!("select content from app.framework_version where project_id = $1 and version = $2", project.0, version)
        .fetch_optional(r.conn())
        .await?;
    Content::parse(&bytes.ok_or(Error::NotFound)?)
}

/// A framework as it stands now.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn current(cx: &Cx, project: ProjectId) -> Result<Content> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    content(r.conn(), project).await
}

/// The framework to be taken out as a file, and the fact that it was in the log.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn take_out(cx: &Cx, project: ProjectId) -> Result<Content> {
    let mut w = cx.write(Can::ExportTracking(project)).await?;
    let content = content(w.conn(), project).await?;
    w.commit(Event::FrameworkExported { project, results: content.nodes.len(), indicators: content.indicators.len() }).await?;
    Ok(content)
}

async fn content(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Content> {
    let frame = sqlx::query!(
        "select framework_template, framework_levels, framework_result_types, framework_level_indicators
         from app.project where id = $1 and deleted_at is null",
        project.0
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    let targets = sqlx::query!(
        r#"select t.indicator_id, p.id as period, p.name as period_name, l.id as "location?", l.code as "location_code?", t.value
           from app.target t join app.reporting_period p on p.tenant_id = t.tenant_id and p.id = t.period_id
           left join app.location l on l.tenant_id = t.tenant_id and l.id = t.location_id
           where t.project_id = $1 order by p.start_date, p.id, l.code nulls first"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut by_indicator: BTreeMap<uuid::Uuid, Vec<Target>> = BTreeMap::new();
    for row in targets {
        by_indicator.entry(row.indicator_id).or_default().push(Target {
            period: row.period.to_string(),
            period_name: row.period_name,
            location: row.location.map(|id| id.to_string()),
            location_code: row.location_code,
            value: figure(row.value),
        });
    }
    let nodes = nodes(&mut *conn, project).await?.into_iter().map(Node::from).collect();
    let indicators = indicators::of_project(&mut *conn, project, None).await?;
    let schemes = disaggregation::of_project(&mut *conn, project, None).await?;
    let mut references = indicators::references(conn, project, None).await?;
    let indicators = indicators
        .into_iter()
        .map(|indicator| Indicator {
            targets: by_indicator.remove(&indicator.id.0).unwrap_or_default(),
            id: indicator.id.to_string(),
            code: indicator.code.clone(),
            node: indicator.node.map(|node| node.to_string()),
            fields: [
                indicator.columns(),
                references.remove(&indicator.id).unwrap_or_default().named(),
                vec![("disaggregation", schemes.text(indicator.id))],
            ]
            .concat()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        })
        .collect();
    let result_types = frame.framework_result_types.into_iter().filter_map(ResultType::of_code);
    Ok(Content {
        v: "1".into(),
        template: frame.framework_template,
        own_levels: frame.framework_levels,
        result_types: result_types.map(|kind| kind.as_str().to_owned()).collect(),
        level_indicators: frame.framework_level_indicators.iter().map(ToString::to_string).collect(),
        nodes,
        indicators,
    })
}

fn figure(value: Decimal) -> String {
    value.normalize().to_string()
}

impl From<super::Node> for Node {
    fn from(node: super::Node) -> Self {
        let fields = [("title", node.title), ("description", node.description), ("assumptions", node.assumptions), ("risks", node.risks)];
        Self {
            id: node.id.to_string(),
            parent: node.parent.map(|parent| parent.to_string()),
            number: node.number,
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

/// Approves a framework as it was shown, with the reason of this version. Nothing of it changes from then on, until a revision begins.
///
/// # Errors
/// Refusal, refused fields; stale, where somebody changed it since; `framework_is_approved`, `framework_empty`, `framework_too_large`; or
/// the database's.
pub async fn approve(cx: &Cx, project: ProjectId, shown: &str, reason: &str) -> Result<i32> {
    let mut w = cx.write(Can::ApproveFramework(project)).await?;
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    if hold(w.conn(), project).await? == Status::Approved {
        return Err(Error::Rule("framework_is_approved"));
    }
    let content = content(w.conn(), project).await?;
    if content.nodes.is_empty() || content.indicators.is_empty() {
        return Err(Error::Rule("framework_empty"));
    }
    let (id, bytes) = (FrameworkVersionId::new(), frozen(&content)?);
    if bytes.len() > LARGEST {
        return Err(Error::Rule("framework_too_large"));
    }
    let hash = sha256(&bytes);
    if hex(&hash) != shown {
        return Err(Error::Stale);
    }
    let version = sqlx::query_scalar!(
        "insert into app.framework_version (id, project_id, version, content, sha256, reason, revision_reason)
         select $1, $2, (select coalesce(max(version), 0) + 1 from app.framework_version where project_id = $2), $3, $4, $5, p.revision_reason
         from app.project p where p.id = $2
         returning version",
        id.0,
        project.0,
        bytes,
        &hash[..],
        reason
    )
    .fetch_one(w.conn())
    .await?;
    sqlx::query!(
        "update app.project set framework_status = 'approved', framework_version = $2, revision_reason = null where id = $1",
        project.0,
        version
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::FrameworkApproved { project, version, reason }).await?;
    Ok(version)
}

/// Begins the revision of an approved framework, for a reason.
///
/// # Errors
/// Refusal, refused fields; `framework_is_open`; or the database's.
pub async fn revise(cx: &Cx, project: ProjectId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::ReviseFramework(project)).await?;
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    if hold(w.conn(), project).await?.is_open() {
        return Err(Error::Rule("framework_is_open"));
    }
    sqlx::query!("update app.project set framework_status = 'under_revision', revision_reason = $2 where id = $1", project.0, reason)
        .execute(w.conn())
        .await?;
    w.commit(Event::FrameworkRevised { project, reason }).await
}
