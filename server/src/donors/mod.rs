//! Donors: links to published reports, how they are kept, and the visits that they open.

pub mod console;
pub mod links;
pub mod portal;
pub mod read;
pub mod register;
pub mod reminders;
pub mod several;

use crate::access::{Cx, Role};
use crate::kernel::ids::ProjectId;

/// Whether only the person's own links are theirs: project managers', not administrators'.
fn own_only(cx: &Cx, project: Option<ProjectId>) -> bool {
    !cx.actor().roles_in(project).any(|(role, _)| role == Role::TenantAdmin)
}
