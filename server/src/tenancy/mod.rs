//! Organisations: who belongs to one, and how people join.

pub mod factor_roles;
pub mod grants;
pub mod invitations;
pub mod members;
pub mod plan;
pub mod programmes;
pub mod provider;
pub mod settings;
pub mod support_visits;
mod tell;
