//! Who works in a project, in which role and where.

use uuid::Uuid;

use crate::access::{Can, Cx, Role};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{LocationId, MembershipId, ProjectId, ProjectMemberId};

/// A person of a project.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their name.
    pub name: String,
    /// Their role in the project.
    pub role: String,
    /// How many locations they keep to; none for all.
    pub locations: i64,
}

/// The people of a project.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Member>> {
    let mut r = cx.read(Can::ReadProject(project)).await?;
    Ok(sqlx::query_as!(
        Member,
        r#"select p.name as "name!", pm.role, cardinality(pm.location_ids)::bigint as "locations!"
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

/// Assigns a member a role in a project, limited to locations where any are named.
///
/// # Errors
/// Refusal, `not_assignable` for a role that holds in the whole organisation, or the database's.
pub async fn assign(cx: &Cx, project: ProjectId, member: MembershipId, role: Role, locations: &[LocationId]) -> Result<()> {
    let can = match role {
        Role::ProjectManager => Can::AssignManagers(project),
        Role::MealOfficer | Role::FieldOfficer | Role::Viewer => Can::AssignMembers(project),
        Role::TenantAdmin | Role::SafeguardingFocal => return Err(Error::field("role", "not_assignable")),
    };
    let mut w = cx.write(can).await?;
    if role != Role::FieldOfficer && !locations.is_empty() {
        return Err(Error::field("locations", "not_a_choice"));
    }
    if cx.standing()?.membership == member {
        return Err(Error::Forbidden);
    }
    let id = ProjectMemberId::new();
    let locations: Vec<Uuid> = locations.iter().map(|l| l.0).collect();
    sqlx::query!(
        "insert into app.project_member (id, project_id, membership_id, role, location_ids) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, project_id, membership_id, role) do update set location_ids = excluded.location_ids",
        id.0,
        project.0,
        member.0,
        role.as_str(),
        &locations
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::MemberAssigned { member: id, project }).await
}
