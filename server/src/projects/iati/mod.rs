//! A project under the IATI standard, 2.03: what it publishes, checked against the standard's schema and rules before anybody has it.

pub mod check;
mod codes;
pub mod document;
mod gather;
mod mend;
mod publication;
mod write;
mod xml;

pub use gather::{Checked, Export, draft, get, take_out};
pub use mend::Mend;
pub use publication::{ORGANISATION_KINDS, Publication, set};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
