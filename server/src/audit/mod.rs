//! The audit log: what people did, kept so that it can be proven.

pub mod address;
pub mod describe;
pub mod event;
pub mod export;
pub mod filters;
mod lines;
pub mod log;
mod question;
pub mod verify;

pub use event::Event;
