//! Which roles of an organisation need a second factor, beyond those that always do.

use crate::access::{Can, Cx, Role};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};

/// The roles of which an organisation decides.
pub const CHOICES: [Role; 4] = [Role::ProjectManager, Role::MealOfficer, Role::FieldOfficer, Role::Viewer];

/// The roles that the organisation has added.
///
/// # Errors
/// Refusal, or the database's.
pub async fn added(cx: &Cx) -> Result<Vec<Role>> {
    let mut r = cx.read(Can::ListPeople).await?;
    let roles = sqlx::query_scalar!("select second_factor_roles from app.tenant").fetch_one(r.conn()).await?;
    Ok(Role::parse_all(&roles))
}

/// Adds these roles and no others. Who holds one and has no second factor sets one up before anything else is open to them.
///
/// # Errors
/// Refusal, `not_a_choice` for a role that always needs one, or the database's.
pub async fn set(cx: &Cx, roles: &[Role]) -> Result<()> {
    let mut w = cx.write(Can::SetFactorRoles).await?;
    if roles.iter().any(|role| !CHOICES.contains(role)) {
        return Err(Error::field("role", "not_a_choice"));
    }
    let names = Role::texts(roles);
    sqlx::query!("update app.tenant set second_factor_roles = $1", &names).execute(w.conn()).await?;
    let tenant = cx.standing()?.tenant;
    w.commit(Event::FactorRolesSet { tenant, roles: names.join(" ") }).await
}
