//! Evidence: files on a value, a result or a report. What lies in the file store is sealed with the organisation's key and bound to its
//! row, so that neither who runs the store nor who mixes up its files shows anybody anything.

mod kinds;
mod picture;

pub use kinds::MOST_BYTES;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use self::kinds::Taken;
use crate::access::{Can, Cx, Permission, Reach, Scope, Writer, decide};
use crate::audit::Event;
use crate::kernel::crypto::{Place, sha256};
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::files::Files;
use crate::kernel::ids::{EvidenceId, PeriodId, ProjectId, ReportId, ResultNodeId, TenantId, ValueId};
use crate::kernel::text;
use crate::projects::periods::answers_for_figures;
use crate::tenancy::plan;

/// Pieces of evidence that a page lists at the most.
pub const MOST_LISTED: usize = 500;
/// How long the store may take to keep a file, while a connection waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files that are taken in at a time: each may unpack to much, and holds a connection while it is kept.
static TAKING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

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

/// Adds a file. It is weighed, told by its bytes, and pictures are made anew, before anything of it is kept.
///
/// # Errors
/// Refusal; not found, also of a value at a place that is not theirs; refused fields; `quota_full`; the store's, or the database's.
pub async fn add(
    cx: &Cx,
    files: &Files,
    project: ProjectId,
    about: About,
    (filename, bytes): (String, Vec<u8>),
    form: EvidenceForm<'_>,
) -> Result<EvidenceId> {
    cx.admit(Can::AddEvidence(project)).await?;
    let rights = rights(cx, project);
    if !rights.adds {
        return Err(Error::NotFound);
    }
    let mut bad = Invalid::default();
    let said = form.parse(rights.rules, &mut bad);
    let (taken, place_held) = take(filename, bytes).await?;
    let taken = bad.keep("file", taken);
    let (Some(taken), Some(said), true) = (taken, said, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let (tenant, id) = (cx.standing()?.tenant, EvidenceId::new());
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    expect_theirs(&mut w, project, about).await?;
    plan::expect_bytes(w.conn(), taken.bytes.len()).await?;
    let key = cx.db().data_key(w.conn(), tenant.into()).await?.ok_or_else(|| Error::Internal("an organisation without a key".into()))?;
    insert(&mut w, project, id, about, &taken, &said).await?;
    // the row is kept once the file is: what a page names can be opened. Where the row is not, nothing names the file and nobody opens it
    let sealed = key.seal(&seal_of(tenant, id), &taken.bytes)?;
    tokio::time::timeout(PATIENCE, files.put(tenant.0, id.0, sealed)).await.map_err(|_| Error::Busy)??;
    w.commit(Event::EvidenceAdded { evidence: id, project }).await?;
    drop(place_held);
    Ok(id)
}

/// What of a file is kept, or why it is not taken: on a thread of its own, two at a time. The place is held until it is let go of, by the
/// thread at the least, also where nobody waits for it any more.
async fn take(filename: String, bytes: Vec<u8>) -> Result<(Result<Taken, Fault>, OwnedSemaphorePermit)> {
    let failed = |error: &dyn std::fmt::Display| Error::Internal(format!("evidence: {error}"));
    let place = Arc::clone(&TAKING).acquire_owned().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(move || (kinds::take(&filename, bytes), place)).await.map_err(|error| failed(&error))
}

/// That what the evidence is of belongs to the project, and to a place of theirs for who keeps to some; nobody takes it away meanwhile.
async fn expect_theirs(w: &mut Writer, project: ProjectId, about: About) -> Result<()> {
    let within = w.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let found = match about {
        About::Value(id) => {
            sqlx::query_scalar!(
                "select id from app.indicator_value
                 where id = $2 and project_id = $1 and deleted_at is null and ($3::uuid[] is null or location_id = any ($3)) for share",
                project.0,
                id.0,
                within.as_deref()
            )
            .fetch_optional(w.conn())
            .await?
        }
        // what is of all places is not theirs
        About::Result(_) | About::Report(_) if within.is_some() => None,
        About::Result(id) => {
            sqlx::query_scalar!(
                "select id from app.result_node where id = $2 and project_id = $1 and deleted_at is null for share",
                project.0,
                id.0
            )
            .fetch_optional(w.conn())
            .await?
        }
        About::Report(id) => {
            sqlx::query_scalar!("select id from app.report where id = $2 and project_id = $1 for share", project.0, id.0)
                .fetch_optional(w.conn())
                .await?
        }
    };
    found.map(drop).ok_or(Error::NotFound)
}

async fn insert(w: &mut Writer, project: ProjectId, id: EvidenceId, about: About, taken: &Taken, said: &Said) -> Result<()> {
    let (value, result, report) = about.ids();
    sqlx::query!(
        "insert into app.evidence (id, project_id, value_id, result_node_id, report_id, filename, mime, bytes, sha256, title, taken_on,
           consent, donor_visible)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        project.0,
        value,
        result,
        report,
        taken.filename,
        taken.kind.mime,
        i32::try_from(taken.bytes.len()).unwrap_or(i32::MAX),
        &sha256(&taken.bytes)[..],
        said.title,
        said.taken_on,
        said.consent.as_str(),
        said.donor_visible
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// Evidence of a figure that was cleared goes on with the figure that is entered in its place.
pub(crate) async fn follow(conn: &mut sqlx::PgConnection, project: ProjectId, periods: &[PeriodId]) -> Result<()> {
    let periods: Vec<Uuid> = periods.iter().map(|period| period.0).collect();
    sqlx::query!(
        "update app.evidence e set value_id = v.id
         from app.indicator_value old, app.indicator_value v
         where e.project_id = $1 and e.deleted_at is null and old.tenant_id = e.tenant_id and old.id = e.value_id
           and old.deleted_at is not null and old.period_id = any ($2) and v.tenant_id = old.tenant_id
           and v.indicator_id = old.indicator_id and v.period_id = old.period_id and v.location_id is not distinct from old.location_id
           and v.deleted_at is null",
        project.0,
        &periods
    )
    .execute(conn)
    .await?;
    Ok(())
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

/// Changes what is said of a file: who answers for the project's figures.
///
/// # Errors
/// Refusal, refused fields, stale (also of what is there no more), or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: EvidenceId, form: EvidenceForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    if !rights(cx, project).rules {
        return Err(Error::NotFound);
    }
    let mut bad = Invalid::default();
    let said = form.parse(true, &mut bad);
    let (Some(said), true) = (said, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let done = sqlx::query!(
        "update app.evidence set title = $4, taken_on = $5, consent = $6, donor_visible = $7
         where project_id = $1 and id = $2 and row_version = $3 and deleted_at is null",
        project.0,
        id.0,
        row_version,
        said.title,
        said.taken_on,
        said.consent.as_str(),
        said.donor_visible
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::EvidenceUpdated { evidence: id, project }).await
}

/// Takes a file away, for good: what somebody added themselves, or anything for who answers for the figures. What a verified figure or a
/// published report rests on stays.
///
/// # Errors
/// Refusal, not found, `evidence_in_use`, or the database's.
pub async fn remove(cx: &Cx, files: &Files, project: ProjectId, id: EvidenceId) -> Result<()> {
    let mut w = cx.write(Can::AddEvidence(project)).await?;
    let rights = rights(cx, project);
    if !rights.adds {
        return Err(Error::NotFound);
    }
    let own = (!rights.rules).then_some(cx.user()?.0);
    let row = sqlx::query!(
        "select value_id, report_id from app.evidence
         where project_id = $1 and id = $2 and deleted_at is null and ($3::uuid is null or created_by = $3) for update",
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if is_in_use(&mut w, row.value_id, row.report_id).await? {
        return Err(Error::Rule("evidence_in_use"));
    }
    sqlx::query!("update app.evidence set deleted_at = now() where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::EvidenceRemoved { evidence: id, project }).await?;
    // that it was there stays in the log; what it showed does not stay anywhere
    let tenant = cx.standing()?.tenant;
    if let Err(error) = files.forget(tenant.0, id.0).await {
        tracing::error!(%error, %id, "a file that was taken away could not be forgotten");
    }
    Ok(())
}

/// Whether a verified figure or a published report rests on it; nobody verifies or publishes that meanwhile.
async fn is_in_use(w: &mut Writer, value: Option<Uuid>, report: Option<Uuid>) -> Result<bool> {
    let verified =
        sqlx::query_scalar!(r#"select status = 'verified' as "verified!" from app.indicator_value where id = $1 for share"#, value)
            .fetch_optional(w.conn())
            .await?;
    sqlx::query!("select id from app.report where id = $1 for share", report).fetch_optional(w.conn()).await?;
    let published = sqlx::query_scalar!(r#"select exists(select from app.report_snapshot where report_id = $1) as "published!""#, report)
        .fetch_one(w.conn())
        .await?;
    Ok(verified.unwrap_or(false) || published)
}
