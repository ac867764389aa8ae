//! The bin of a project: what was deleted lies there for thirty days and can be taken back; then the clock deletes it for good.
//!
//! Each noun puts its own things in and takes them back; here is what they have in common. Figures are not among them: one that was cleared
//! or undone was changed, and what it was stands in the log.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{budgets, evidence, framework};
use crate::access::{Can, Cx, Role};
use crate::audit::Event;
use crate::db::{Db, Why};
use crate::kernel::error::{Error, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{BudgetLineId, EvidenceId, ProjectId, ReportSectionId, ResultNodeId, TenantId};
use crate::projects::reports::sections;

/// Days for which something lies in the bin, as `gate.empty_bin` has it.
pub const DAYS: i64 = 30;
/// Things that a page lists at the most.
pub const MOST_LISTED: usize = 500;

/// What can lie in the bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A result of the framework.
    Result,
    /// A line of the budget, with its amounts.
    BudgetLine,
    /// A section of a report, with its comments.
    ReportSection,
    /// A piece of evidence, with its file.
    Evidence,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Result, Self::BudgetLine, Self::ReportSection, Self::Evidence];

    /// Its table, which names it in forms and in the log.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Result => "result_node",
            Self::BudgetLine => "budget_line",
            Self::ReportSection => "report_section",
            Self::Evidence => "evidence",
        }
    }

    /// The kind of a table.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == text)
    }

    /// Who deletes such a thing.
    const fn deleted_by(self, project: ProjectId) -> Can {
        match self {
            Self::Result => Can::EditFramework(project),
            Self::BudgetLine => Can::EditBudget(project),
            Self::ReportSection => Can::WriteReport(project),
            Self::Evidence => Can::AddEvidence(project),
        }
    }
}

/// Something in the bin.
#[derive(Clone, Debug)]
pub struct Binned {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: Uuid,
    /// What it is called: a result's number and title, a line's code and name, a section's heading, a file's name.
    pub name: String,
    /// What it was part of: a section's report; empty where that goes without saying.
    pub within: String,
    /// Who deleted it.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// When it is deleted for good.
    pub until: DateTime<Utc>,
    /// Whether this person may take it back.
    pub mine_to_take_back: bool,
}

/// Whether somebody may take a kind of thing back: who may delete such things does, and so does who rules the organisation, though they delete
/// none.
fn may_take_back(cx: &Cx, project: ProjectId, kind: Kind) -> bool {
    rules_organisation(cx, project) || cx.may(kind.deleted_by(project))
}

fn rules_organisation(cx: &Cx, project: ProjectId) -> bool {
    cx.actor().roles_in(Some(project)).any(|(role, _)| role == Role::TenantAdmin)
}

/// What lies in the bin of a project, the newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Binned>> {
    let mut r = cx.read(Can::KeepBin(project)).await?;
    let rows = sqlx::query!(
        r#"select b.kind as "kind!", b.id as "id!", b.name as "name!", b.within as "within!", who.name as "by?", b.deleted_at as "at!",
             b.deleted_at + interval '30 days' as "until!"
           from (
             select 'result_node' as kind, n.id, n.number || ' ' || n.title as name, '' as within, n.updated_by, n.deleted_at
             from app.result_node n where n.project_id = $1 and n.deleted_at is not null
             union all
             select 'budget_line', l.id, l.code || ' ' || l.name, '', l.updated_by, l.deleted_at
             from app.budget_line l where l.project_id = $1 and l.deleted_at is not null
             union all
             select 'report_section', s.id, s.title, o.title, s.updated_by, s.deleted_at
             from app.report_section s join app.report o on o.tenant_id = s.tenant_id and o.id = s.report_id
             where s.project_id = $1 and s.deleted_at is not null
             union all
             select 'evidence', e.id, e.filename, e.title, e.updated_by, e.deleted_at
             from app.evidence e where e.project_id = $1 and e.deleted_at is not null
           ) b
           left join gate.people() who on who.id = b.updated_by
           order by b.deleted_at desc, b.id limit $2"#,
        project.0,
        i64::try_from(MOST_LISTED).unwrap_or(i64::MAX)
    )
    .fetch_all(r.conn())
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        let kind = Kind::parse(&row.kind)?;
        let mine_to_take_back = may_take_back(cx, project, kind);
        let (id, name, within, by, at, until) = (row.id, row.name, row.within, row.by, row.at, row.until);
        Some(Binned { kind, id, name, within, by, at, until, mine_to_take_back })
    });
    Ok(known.collect())
}

/// Takes something back out of the bin: who may delete such a thing, or rules the organisation.
///
/// # Errors
/// Refusal; not found; `bin_parent_gone`, `bin_code_taken` and whatever else stands in the way of its noun; or the database's.
pub async fn take_back(cx: &Cx, files: &Files, project: ProjectId, kind: &str, id: Uuid) -> Result<()> {
    cx.admit(Can::KeepBin(project)).await?;
    let kind = Kind::parse(kind).ok_or(Error::NotFound)?;
    if !rules_organisation(cx, project) {
        cx.admit(kind.deleted_by(project)).await?;
    }
    let mut w = cx.write(Can::KeepBin(project)).await?;
    match kind {
        Kind::Result => framework::take_back(&mut w, project, ResultNodeId(id)).await?,
        Kind::BudgetLine => budgets::take_back(&mut w, project, BudgetLineId(id)).await?,
        Kind::ReportSection => sections::take_back(&mut w, project, ReportSectionId(id)).await?,
        Kind::Evidence => evidence::take_back(&mut w, files, cx.standing()?.tenant, project, EvidenceId(id)).await?,
    }
    w.commit(Event::BinTakenBack { table: kind.table(), id, project }).await
}

/// By the clock, in nobody's name: deletes for good what has lain in a bin for thirty days. Answers how many things were.
///
/// # Errors
/// The database's, of the question which bins are due. What goes wrong in one project stands in no other's way.
pub async fn empty_by_clock(db: &Db, files: &Files) -> Result<u64> {
    let mut tx = db.system(Why::Jobs).await?;
    let due = sqlx::query!(r#"select tenant_id as "tenant!: TenantId", project_id as "project!: ProjectId" from gate.bins_to_empty()"#)
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    let mut gone = 0;
    for row in due {
        match empty(db, files, row.tenant, row.project).await {
            Ok(count) => gone += count,
            Err(error) => tracing::error!(project = %row.project, %error, "the bin of a project could not be emptied"),
        }
    }
    Ok(gone)
}

async fn empty(db: &Db, files: &Files, tenant: TenantId, project: ProjectId) -> Result<u64> {
    let mut tx = db.unattended(tenant).await?;
    let gone =
        sqlx::query!(r#"select kind as "kind!", record as "record!" from gate.empty_bin($1)"#, project.0).fetch_all(tx.conn()).await?;
    if gone.is_empty() {
        return Ok(0);
    }
    tx.commit(&Event::BinEmptied { project, count: gone.len() }).await?;
    for file in gone.iter().filter(|row| row.kind == Kind::Evidence.table()) {
        evidence::forget(files, tenant, EvidenceId(file.record)).await;
    }
    Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_table() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.table()), Some(kind));
        }
        assert_eq!(Kind::parse("indicator_value"), None);
    }
}
