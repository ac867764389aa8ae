//! Who acts, what they may do, and the two doors through which they reach data.

pub mod actor;
pub mod can;
pub mod cx;
pub mod matrix;
pub mod policy;
mod reach;
pub mod roles;
mod token_scope;

pub use actor::{Actor, ActorKind, Assignment, Fresh, Impersonator, Standing};
pub use can::Can;
pub use cx::{Cx, Reader, RequestFacts, Writer};
pub use matrix::Permission;
pub use policy::{Far, Refusal, Scope, decide};
pub use reach::{Grant, Reach};
pub use roles::Role;
pub use token_scope::{TokenLimits, TokenScope};
