//! Programmes of an organisation or, of an agency, its client organisations: which project is part of which, and who is kept to some.
//!
//! Whoever is kept to programmes reaches their projects alone, and colleagues who work there or everywhere. The database keeps that by
//! itself: the programmes stand in the signed setting beside the organisation.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::tell;
use crate::access::{Can, Cx, Role, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{MembershipId, ProgrammeId, ProjectId};
use crate::kernel::text;
use crate::mail::Kind;

/// The most that an organisation names.
const MOST: i64 = 500;
/// The most that a person is kept to, as the table says too.
const MOST_OF_ONE: usize = 50;

/// What an organisation calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgrammeKind {
    /// A part of its own work.
    Programme,
    /// An organisation that it works for or with, e.g. an agency's implementing partner.
    Client,
}

impl ProgrammeKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Programme, Self::Client];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Client => "client",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A programme.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// What the organisation calls it.
    pub kind: ProgrammeKind,
    /// Its name.
    pub name: String,
    /// Projects that are part of it.
    pub projects: i64,
    /// People who are kept to it, perhaps beside others.
    pub people: i64,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// The programmes of the organisation, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Programme>> {
    let mut r = cx.read(Can::ReadProgrammes).await?;
    let rows = sqlx::query!(
        r#"select g.id as "id: ProgrammeId", g.kind, g.name, g.row_version,
             (select count(*) from app.project p where p.tenant_id = g.tenant_id and p.programme_id = g.id and p.deleted_at is null) as "projects!",
             (select count(*) from app.membership m where g.id = any (m.programme_ids) and m.revoked_at is null and m.accepted_at is not null) as "people!"
           from app.programme g order by g.name, g.id"#
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Programme {
            id: row.id,
            kind: ProgrammeKind::parse(&row.kind).unwrap_or(ProgrammeKind::Programme),
            name: row.name,
            projects: row.projects,
            people: row.people,
            row_version: row.row_version,
        })
        .collect())
}

/// A project, and what it is part of.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The project.
    pub project: ProjectId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The programme; none if it is part of none.
    pub programme: Option<ProgrammeId>,
}

/// Every project with its programme, by title.
///
/// # Errors
/// Refusal, or the database's.
pub async fn places(cx: &Cx) -> Result<Vec<Placed>> {
    let mut r = cx.read(Can::ReadProgrammes).await?;
    Ok(sqlx::query_as!(
        Placed,
        r#"select id as "project: ProjectId", code, title, programme_id as "programme: ProgrammeId"
           from app.project where deleted_at is null order by title, id"#
    )
    .fetch_all(r.conn())
    .await?)
}

/// Somebody who is kept to a programme.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Who they are in the organisation.
    pub member: MembershipId,
    /// Their name.
    pub name: String,
}

/// Who is kept to a programme, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn kept(cx: &Cx, id: ProgrammeId) -> Result<Vec<Kept>> {
    let mut r = cx.read(Can::ReadProgrammes).await?;
    Ok(sqlx::query_as!(
        Kept,
        r#"select m.id as "member: MembershipId", p.name as "name!" from app.membership m join gate.people() p on p.id = m.user_id
           where $1 = any (m.programme_ids) and m.revoked_at is null and m.accepted_at is not null order by p.name, m.id limit 500"#,
        id.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// The names of the programmes that somebody is kept to themselves; none for the whole organisation.
///
/// # Errors
/// Refusal, or the database's.
pub async fn mine(cx: &Cx) -> Result<Vec<String>> {
    let mut r = cx.read(Can::ReadOwnAccount).await?;
    let ids: Vec<Uuid> = cx.standing()?.programmes.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar!("select name from app.programme where id = any ($1) order by name", &ids).fetch_all(r.conn()).await?)
}

fn parse(kind: &str, name: &str) -> Result<(ProgrammeKind, String)> {
    let mut invalid = Invalid::default();
    let kind = invalid.keep("programme_kind", ProgrammeKind::parse(kind).ok_or("not_a_choice"));
    let name = invalid.keep("name", text::line(name, 1, 120));
    kind.zip(name).ok_or(Error::Invalid(invalid))
}

/// Names a programme.
///
/// # Errors
/// Refusal, refused fields (`taken`, `too_many`), or the database's.
pub async fn add(cx: &Cx, kind: &str, name: &str) -> Result<ProgrammeId> {
    let mut w = cx.write(Can::RuleProgrammes).await?;
    let (kind, name) = parse(kind, name)?;
    // two at once are counted one after the other
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('programmes:' || app.tenant()::text, 0))").execute(w.conn()).await?;
    let there = sqlx::query_scalar!(r#"select count(*) as "n!" from app.programme"#).fetch_one(w.conn()).await?;
    if there >= MOST {
        return Err(Error::field("name", "too_many"));
    }
    let id = ProgrammeId::new();
    sqlx::query!("insert into app.programme (id, kind, name) values ($1, $2, $3)", id.0, kind.as_str(), name)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::ProgrammeAdded(id)).await?;
    Ok(id)
}

/// Changes the name of a programme, and what it is called.
///
/// # Errors
/// Refusal, refused fields (`taken`), not found, stale, or the database's.
pub async fn update(cx: &Cx, id: ProgrammeId, kind: &str, name: &str, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::RuleProgrammes).await?;
    let (kind, name) = parse(kind, name)?;
    let there =
        sqlx::query_scalar!("select row_version from app.programme where id = $1 for update", id.0).fetch_optional(w.conn()).await?;
    if there.ok_or(Error::NotFound)? != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.programme set kind = $2, name = $3 where id = $1", id.0, kind.as_str(), name)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::ProgrammeChanged(id)).await
}

/// A project to be part of another programme, or of none.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The project.
    pub project: ProjectId,
    /// What it was part of, for who decided.
    pub from: Option<ProgrammeId>,
    /// What it is to be part of.
    pub to: Option<ProgrammeId>,
}

/// Says which projects are part of which programme. Those that stay where they are cost nothing. People who are kept to a programme see
/// its projects from then on, and no longer those that left it; whoever has a role there is told.
///
/// # Errors
/// Refusal; stale, where somebody else moved one of them meanwhile; not found, for a programme or project that is none; or the database's.
pub async fn place(cx: &Cx, programme: ProgrammeId, moves: &[Move]) -> Result<usize> {
    let mut w = cx.write(Can::RuleProgrammes).await?;
    let moves: Vec<&Move> = moves.iter().filter(|m| m.from != m.to).collect();
    if moves.is_empty() {
        return Ok(0);
    }
    let ids = |of: fn(&Move) -> Option<Uuid>| moves.iter().map(|m| of(m)).collect::<Vec<_>>();
    let (from, to) = (ids(|m| m.from.map(|p| p.0)), ids(|m| m.to.map(|p| p.0)));
    let projects: Vec<Uuid> = moves.iter().map(|m| m.project.0).collect();
    let done = sqlx::query_scalar!(
        "update app.project p set programme_id = w.target
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as w(project, source, target)
         where p.id = w.project and p.programme_id is not distinct from w.source and p.deleted_at is null
         returning p.code",
        &projects,
        &from as &[Option<Uuid>],
        &to as &[Option<Uuid>]
    )
    .fetch_all(w.conn())
    .await?;
    if done.len() != moves.len() {
        return Err(Error::Stale);
    }
    tell_of_moves(cx, &mut w, &projects, &from, &to).await?;
    w.commit(Event::ProjectsPlaced { programme, projects: done.join(" ") }).await?;
    Ok(done.len())
}

/// Tells those whose roles in a moved project rest from now on, or count again.
async fn tell_of_moves(cx: &Cx, w: &mut Writer, projects: &[Uuid], from: &[Option<Uuid>], to: &[Option<Uuid>]) -> Result<()> {
    let concerned = sqlx::query_scalar!(
        r#"select distinct m.id as "id!: MembershipId"
           from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as w(project, source, target)
           join app.project_member pm on pm.project_id = w.project
           join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id
           where m.revoked_at is null and m.programme_ids <> '{}'
             and coalesce(w.source = any (m.programme_ids), false) <> coalesce(w.target = any (m.programme_ids), false)"#,
        projects,
        from as &[Option<Uuid>],
        to as &[Option<Uuid>]
    )
    .fetch_all(w.conn())
    .await?;
    for member in concerned {
        tell::member(cx, w, member, Kind::RolesChanged).await?;
    }
    Ok(())
}

/// Keeps a member to programmes; with none, they work in the whole organisation again. Roles in projects elsewhere rest meanwhile.
///
/// # Errors
/// Refusal, not found, stale, refused fields; `own_roles`, `ruler_unlimited`; or the database's.
pub async fn keep_member(cx: &Cx, member: MembershipId, programmes: &[ProgrammeId], row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::SetRoles).await?;
    let ids = known(w.conn(), programmes).await?;
    let there = sqlx::query!(
        "select row_version, roles, programme_ids from app.membership
         where id = $1 and revoked_at is null and accepted_at is not null for update",
        member.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there.row_version != row_version {
        return Err(Error::Stale);
    }
    if !ids.is_empty() && Role::parse_all(&there.roles).iter().any(|role| role.is_organisation_wide()) {
        return Err(Error::Rule("ruler_unlimited"));
    }
    if ids == there.programme_ids {
        return Ok(());
    }
    sqlx::query!("update app.membership set programme_ids = $2 where id = $1", member.0, &ids).execute(w.conn()).await?;
    tell::member(cx, &mut w, member, Kind::RolesChanged).await?;
    let programmes = ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" ");
    w.commit(Event::MemberKeptToProgrammes { member, programmes }).await
}

/// The ids of programmes that there are, each once and in order.
///
/// # Errors
/// `not_a_choice`, where one is none: dropped, it would widen what is left; or the database's.
pub(super) async fn known(conn: &mut sqlx::PgConnection, programmes: &[ProgrammeId]) -> Result<Vec<Uuid>> {
    let mut ids: Vec<Uuid> = programmes.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_OF_ONE {
        return Err(Error::field("programmes", "too_many"));
    }
    let there = sqlx::query_scalar!(r#"select count(*) as "n!" from app.programme where id = any ($1)"#, &ids).fetch_one(conn).await?;
    if usize::try_from(there).unwrap_or_default() == ids.len() { Ok(ids) } else { Err(Error::field("programmes", "not_a_choice")) }
}

/// A project is within what a member is kept to: only then can they work in it.
///
/// # Errors
/// `outside_programme`, or the database's.
pub(crate) async fn expect_within(conn: &mut sqlx::PgConnection, member: MembershipId, project: ProjectId) -> Result<()> {
    let within = sqlx::query_scalar!(
        r#"select gate.is_within(m.tenant_id, $2, m.programme_ids) as "yes!" from app.membership m where m.id = $1"#,
        member.0,
        project.0
    )
    .fetch_optional(conn)
    .await?;
    if within == Some(false) { Err(Error::field("member", "outside_programme")) } else { Ok(()) }
}

/// The names of programmes, for telling what somebody is kept to.
#[must_use]
pub fn names(all: &[Programme], ids: &[ProgrammeId]) -> Vec<String> {
    let by_id: BTreeMap<_, _> = all.iter().map(|programme| (programme.id, &programme.name)).collect();
    ids.iter().filter_map(|id| by_id.get(id).map(|name| (*name).clone())).collect()
}
