//! Donors: links to published reports, and the visits that they open.

pub mod links;
pub mod portal;
pub mod read;
