//! Who works in a project, in which role and where.

use uuid::Uuid;

use crate::access::{Can, Cx, Permission, Reach, Role};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{LocationId, MembershipId, ProjectId, ProjectMemberId, UserId};
use crate::tenancy::programmes;

/// A person of a project.
#[derive(Clone, Debug)]
pub struct Member {
    /// The role that they have there.
    pub id: ProjectMemberId,
    /// Who they are in the organisation.
    pub membership: MembershipId,
    /// Their name.
    pub name: String,
    /// Their role in the project.
    pub role: String,
    /// The locations that they keep to; empty for all.
    pub locations: Vec<LocationId>,
    /// Whether the role rests: the project is part of none of the programmes that they are kept to.
    pub rests: bool,
}

/// The people of a project.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Member>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    Ok(sqlx::query_as!(
        Member,
        r#"select pm.id as "id: ProjectMemberId", pm.membership_id as "membership: MembershipId", p.name as "name!", pm.role,
             pm.location_ids as "locations: Vec<LocationId>",
             not gate.is_within(pm.tenant_id, pm.project_id, m.programme_ids) as "rests!"
           from app.project_member pm
           join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id
           join gate.people() p on p.id = m.user_id
           where pm.project_id = $1 and m.revoked_at is null
           order by pm.role, p.name"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// Everybody of a project whose role there has a permission, by name: not whose role rests.
pub(super) async fn who_may(conn: &mut sqlx::PgConnection, project: ProjectId, permission: Permission) -> Result<Vec<(UserId, String)>> {
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| permission.grant(*role).reach > Reach::No).collect();
    let rows = sqlx::query!(
        r#"select distinct u.id as "id!: UserId", u.name as "name!" from app.project_member pm
           join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id
           join gate.people() u on u.id = m.user_id
           where pm.project_id = $1 and pm.role = any ($2) and m.revoked_at is null
             and gate.is_within(pm.tenant_id, pm.project_id, m.programme_ids)
           order by 2, 1"#,
        project.0,
        &Role::texts(&roles)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Everybody who can be assigned to a project, by name, at most a thousand: not who is kept to programmes that it is no part of.
///
/// # Errors
/// Refusal, or the database's.
pub async fn candidates(cx: &Cx, project: ProjectId) -> Result<Vec<(MembershipId, String)>> {
    let mut r = cx.read(Can::ListPeople).await?;
    let rows = sqlx::query!(
        r#"select m.id as "id: MembershipId", p.name as "name!" from app.membership m join gate.people() p on p.id = m.user_id
           where m.revoked_at is null and m.accepted_at is not null and gate.is_within(m.tenant_id, $1, m.programme_ids)
           order by p.name, m.id limit 1000"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The permission that gives a role in a project and takes it.
fn ruling(role: Role, project: ProjectId) -> Result<Can> {
    match role {
        Role::ProjectManager => Ok(Can::AssignManagers(project)),
        Role::MealOfficer | Role::FieldOfficer | Role::Viewer => Ok(Can::AssignMembers(project)),
        Role::TenantAdmin | Role::SafeguardingFocal => Err(Error::field("role", "not_assignable")),
    }
}

/// Assigns a member a role in a project, limited to locations where any are named.
///
/// # Errors
/// Refusal, `not_assignable` for a role that holds in the whole organisation, or the database's.
pub async fn assign(cx: &Cx, project: ProjectId, member: MembershipId, role: Role, locations: &[LocationId]) -> Result<()> {
    let mut w = cx.write(ruling(role, project)?).await?;
    if role != Role::FieldOfficer && !locations.is_empty() {
        return Err(Error::field("locations", "not_a_choice"));
    }
    if cx.standing()?.membership == member {
        return Err(Error::Forbidden);
    }
    let known = sqlx::query_scalar!(
        r#"select exists(select from app.membership where id = $1 and revoked_at is null and accepted_at is not null) as "yes!""#,
        member.0
    )
    .fetch_one(w.conn())
    .await?;
    if !known {
        return Err(Error::field("member", "not_a_choice"));
    }
    programmes::expect_within(w.conn(), member, project).await?;
    let id = ProjectMemberId::new();
    let locations: Vec<Uuid> = locations.iter().map(|l| l.0).collect();
    let done = sqlx::query!(
        "insert into app.project_member (id, project_id, membership_id, role, location_ids) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, project_id, membership_id, role) do nothing",
        id.0,
        project.0,
        member.0,
        role.as_str(),
        &locations
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::field("member", "already_assigned"));
    }
    w.commit(Event::MemberAssigned { member: id, project }).await
}

/// The role of a person of a project, to be changed by who may; not by that person.
async fn held(cx: &Cx, project: ProjectId, id: ProjectMemberId) -> Result<Role> {
    cx.admit(Can::AssignMembers(project)).await?;
    let mut r = cx.read(Can::ReadProject(project)).await?;
    let row = sqlx::query!(
        r#"select role, membership_id as "membership: MembershipId" from app.project_member where id = $1 and project_id = $2"#,
        id.0,
        project.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if row.membership == cx.standing()?.membership {
        return Err(Error::Rule("own_roles"));
    }
    Role::parse(&row.role).ok_or(Error::NotFound)
}

/// Keeps a field officer of a project to these of its locations; to none in particular, where none is named.
///
/// # Errors
/// Refusal, not found; `own_roles`, `not_limited` for another role; or the database's.
pub async fn limit(cx: &Cx, project: ProjectId, id: ProjectMemberId, locations: &[LocationId]) -> Result<()> {
    let role = held(cx, project, id).await?;
    let mut w = cx.write(ruling(role, project)?).await?;
    if role != Role::FieldOfficer {
        return Err(Error::Rule("not_limited"));
    }
    let ids: Vec<Uuid> = locations.iter().map(|l| l.0).collect();
    let known = sqlx::query_scalar!(
        r#"select count(*) as "known!" from app.project_location where project_id = $1 and location_id = any ($2)"#,
        project.0,
        &ids
    )
    .fetch_one(w.conn())
    .await?;
    // none left would mean all of them
    if usize::try_from(known).unwrap_or_default() != ids.len() {
        return Err(Error::field("location", "not_a_choice"));
    }
    sqlx::query!("update app.project_member set location_ids = $2 where id = $1", id.0, &ids).execute(w.conn()).await?;
    w.commit(Event::MemberLimited { member: id, project, locations: ids.len() }).await
}

/// Takes a role in a project from a person.
///
/// # Errors
/// Refusal, not found; `own_roles`; or the database's.
pub async fn remove(cx: &Cx, project: ProjectId, id: ProjectMemberId) -> Result<()> {
    let role = held(cx, project, id).await?;
    let mut w = cx.write(ruling(role, project)?).await?;
    sqlx::query!("delete from app.project_member where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::MemberRemoved { member: id, project }).await
}
