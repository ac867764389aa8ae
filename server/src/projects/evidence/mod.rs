//! Evidence: files on a value, a result or a report. What lies in the file store is sealed with the organisation's key and bound to its
//! row, so that neither who runs the store nor who mixes up its files shows anybody anything.

mod add;
mod change;
mod kinds;
mod picture;
mod removal;

pub use add::add;
pub use change::update;
pub use kinds::MOST_BYTES;
pub use removal::{delete, remove};

pub(crate) use change::follow;
pub(crate) use picture::lessened;
pub(crate) use removal::{forget, take_back};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::access::{Can, Cx, Permission, Reach, Scope, decide};
use crate::kernel::crypto::{DataKey, Place, sha256};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, ProjectId, ReportId, ResultNodeId, TenantId, ValueId};
use crate::kernel::text;
use crate::projects::periods::answers_for_figures;

/// Pieces of evidence that a page lists at the most.
pub const MOST_LISTED: usize = 500;

/// What evidence is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A figure.
    Value(ValueId),
    /// A result of the framework.
    Result(ResultNodeId),
    /// A report.
    Report(ReportId),
}

impl About {
    fn ids(self) -> (Option<Uuid>, Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Value(id) => (Some(id.0), None, None),
            Self::Result(id) => (None, Some(id.0), None),
            Self::Report(id) => (None, None, Some(id.0)),
        }
    }
}

/// Whether the people who are seen agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nobody can be recognised.
    NotNeeded,
    /// They agreed.
    Obtained,
    /// Nobody asked them.
    Missing,
}

impl Consent {
    /// Every answer, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::NotNeeded, Self::Obtained, Self::Missing];

    /// The text kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Obtained => "obtained",
            Self::Missing => "missing",
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        Self::ALL.into_iter().find(|consent| consent.as_str() == text).ok_or("not_a_choice")
    }
}

/// A piece of evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// The file's name.
    pub filename: String,
    /// Its size, in bytes.
    pub bytes: i32,
    /// What it shows.
    pub title: String,
    /// When it was taken.
    pub taken_on: Option<NaiveDate>,
    /// `not_needed`, `obtained` or `missing`.
    pub consent: String,
    /// Whether donors may see it.
    pub donor_visible: bool,
    /// Who added it.
    pub by: Option<String>,
    /// Whether that is who asks.
    pub mine: bool,
    /// When it was added.
    pub at: DateTime<Utc>,
    /// What it is of, for telling: an indicator's code with its period, a result's number, a report's title.
    pub about: String,
    /// The name of the place that it is of.
    pub location: Option<String>,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// What is said of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvidenceForm<'a> {
    /// What it shows.
    pub title: &'a str,
    /// When it was taken, `YYYY-MM-DD`; empty if that is not known.
    pub taken_on: &'a str,
    /// Whether people agreed.
    pub consent: &'a str,
    /// Whether donors may see it.
    pub donor_visible: bool,
}

struct Said {
    title: String,
    taken_on: Option<NaiveDate>,
    consent: Consent,
    donor_visible: bool,
}

impl EvidenceForm<'_> {
    fn parse(self, may_show_donors: bool, bad: &mut Invalid) -> Option<Said> {
        let title = bad.keep("title", text::line(self.title, 0, 200));
        let taken_on = bad.keep("taken_on", text::day_or_none(self.taken_on));
        let consent = bad.keep("consent", Consent::parse(self.consent));
        let (title, taken_on, consent) = (title?, taken_on?, consent?);
        if self.donor_visible && !may_show_donors {
            bad.note("donor_visible", "not_yours_to_show");
        }
        if self.donor_visible && consent == Consent::Missing {
            bad.note("donor_visible", "consent_missing");
        }
        Some(Said { title, taken_on, consent, donor_visible: self.donor_visible })
    }
}

/// What binds a sealed file to its row.
fn seal_of(tenant: TenantId, id: EvidenceId) -> Place {
    Place { tenant: tenant.0, table: "app.evidence", column: "content", row: id.0 }
}

/// What a person may do with the evidence of a project, by the matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four rights, each of its own")]
pub struct Rights {
    /// Add files, and take away their own. A focal point's "own" are cases, of which there are none among these.
    pub adds: bool,
    /// Say what others may see, and take away any: who answers for the project's figures.
    pub rules: bool,
    /// See everything.
    all: bool,
    /// See what others may see.
    flagged: bool,
}

/// What this person may do with the evidence of a project.
#[must_use]
pub fn rights(cx: &Cx, project: ProjectId) -> Rights {
    let of = |permission: Permission| cx.actor().roles_in(Some(project)).map(move |(role, _)| permission.grant(role)).collect::<Vec<_>>();
    let reads = of(Permission::EvidenceRead);
    let wide = |is_flagged: bool| reads.iter().any(|g| g.reach >= Reach::Projects && g.limit.is_empty() != is_flagged);
    let adds = cx.may(Can::AddEvidence(project)) && of(Permission::EvidenceAdd).iter().any(|g| g.reach > Reach::No && g.limit.is_empty());
    Rights { adds, rules: adds && answers_for_figures(cx, project), all: wide(false), flagged: wide(true) }
}

/// Whose evidence alone this person sees; none for who sees that of others.
pub(crate) fn own_only(cx: &Cx, project: ProjectId) -> Option<Uuid> {
    let rights = rights(cx, project);
    if rights.all { None } else { cx.actor().user.map(|user| user.0) }
}

/// The evidence of something, or of all of a project, the newest first, as far as this person may see it.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId, about: Option<About>) -> Result<Vec<Evidence>> {
    let mut r = cx.read(Can::ReadEvidence(project)).await?;
    let sees = rights(cx, project);
    let (value, result, report) = about.map(About::ids).unwrap_or_default();
    Ok(sqlx::query_as!(
        Evidence,
        r#"select e.id as "id: EvidenceId", e.filename, e.bytes, e.title, e.taken_on, e.consent, e.donor_visible, who.name as "by?",
             e.created_by is not distinct from $6 as "mine!", e.created_at as at, l.name as "location?", e.row_version,
             coalesce(i.code || ' · ' || p.name, n.number || ' ' || n.title, r.title, '') as "about!"
           from (
             select * from app.evidence x
             where x.project_id = $1 and x.deleted_at is null and ($2::uuid is null or x.value_id = $2)
               and ($3::uuid is null or x.result_node_id = $3) and ($4::uuid is null or x.report_id = $4)
               and ($5 or ($7 and x.donor_visible) or x.created_by = $6)
             order by x.created_at desc limit $8
           ) e
           left join app.indicator_value v on v.tenant_id = e.tenant_id and v.id = e.value_id
           left join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
           left join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
           left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
           left join app.result_node n on n.tenant_id = e.tenant_id and n.id = e.result_node_id
           left join app.report r on r.tenant_id = e.tenant_id and r.id = e.report_id
           left join gate.people() who on who.id = e.created_by
           order by e.created_at desc"#,
        project.0,
        value,
        result,
        report,
        sees.all,
        cx.user()?.0,
        sees.flagged,
        i64::try_from(MOST_LISTED).unwrap_or(i64::MAX)
    )
    .fetch_all(r.conn())
    .await?)
}

/// What evidence is of, for telling: an indicator's code with its period, a result's number and title, a report's title.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn subject(cx: &Cx, project: ProjectId, about: About) -> Result<String> {
    let within = match decide(cx.actor(), Can::ViewTracking(project)) {
        Ok(Scope::Locations(places)) => Some(places.iter().map(|place| place.0).collect::<Vec<_>>()),
        _ => None,
    };
    let mut r = cx.read(Can::ReadEvidence(project)).await?;
    let (value, result, report) = about.ids();
    sqlx::query_scalar!(
        r#"select coalesce(
             (select i.code || ' · ' || p.name || coalesce(' · ' || l.name, '') from app.indicator_value v
              join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
              join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
              left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
              where v.id = $2 and v.project_id = $1 and v.deleted_at is null and ($5::uuid[] is null or v.location_id = any ($5))),
             (select n.number || ' ' || n.title from app.result_node n where n.id = $3 and n.project_id = $1 and n.deleted_at is null),
             (select r.title from app.report r where r.id = $4 and r.project_id = $1)) as "subject?""#,
        project.0,
        value,
        result,
        report,
        within.as_deref()
    )
    .fetch_one(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

/// A file that somebody opens.
#[derive(Debug)]
pub struct Opened {
    /// Its name.
    pub filename: String,
    /// What it is.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The file of a piece of evidence, as it was kept.
///
/// # Errors
/// Refusal; not found, also of what this person may not see; the store's; or an internal one, where it is not what was kept.
pub async fn open(cx: &Cx, files: &Files, project: ProjectId, id: EvidenceId) -> Result<Opened> {
    let mut r = cx.read(Can::ReadEvidence(project)).await?;
    let sees = rights(cx, project);
    let row = sqlx::query!(
        "select filename, mime, sha256 from app.evidence
         where project_id = $1 and id = $2 and deleted_at is null and ($3 or ($4 and donor_visible) or created_by = $5)",
        project.0,
        id.0,
        sees.all,
        sees.flagged,
        cx.user()?.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let tenant = cx.standing()?.tenant;
    let key = cx.db().data_key(r.conn(), tenant.into()).await?.ok_or(Error::NotFound)?;
    // the store may be slow: no connection waits for it
    drop(r);
    let bytes = files.get(tenant.0, id.0).await?;
    let bytes = key.open(&seal_of(tenant, id), &bytes).filter(|bytes| sha256(bytes)[..] == row.sha256[..]);
    let bytes = bytes.ok_or_else(|| Error::Internal(format!("evidence {id} is not what was kept")))?;
    Ok(Opened { filename: row.filename, mime: row.mime, bytes })
}

/// The bytes of a file that a published report shows, if their sum is the one that it says.
///
/// # Errors
/// The store's, or an internal one where the file is another one now.
pub(crate) async fn as_published(
    key: &DataKey,
    files: &Files,
    tenant: TenantId,
    id: EvidenceId,
    is_sum: impl FnOnce(&[u8]) -> bool,
) -> Result<Vec<u8>> {
    let sealed = files.get(tenant.0, id.0).await?;
    let bytes = key.open(&seal_of(tenant, id), &sealed).filter(|bytes| is_sum(&sha256(bytes)));
    bytes.ok_or_else(|| Error::Internal(format!("evidence {id} is not what was published")))
}
