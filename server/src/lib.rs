//! What happens in Kipimo: one folder a noun, two doors to the database, and the edges to HTTP. Knows nothing of pages.

pub mod access;
pub mod audit;
pub mod db;
pub mod demo;
pub mod donors;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod kernel;
pub mod mail;
pub mod platform;
pub mod projects;
pub mod tenancy;
pub mod worker;
