//! Organisations: who belongs to one, and how people join.

pub mod invitations;
pub mod members;
