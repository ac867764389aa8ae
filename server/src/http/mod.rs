//! The edge to HTTP: who may connect, what every answer carries, where requests come from. No page and no rule here.

pub mod api;
pub mod client;
pub mod guard;
pub mod serve;
