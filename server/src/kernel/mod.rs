//! What everything else stands on: ids, parsed text, calendar, errors, cryptography. Imports nothing of Kipimo's.

pub mod calendar;
pub mod crypto;
pub mod error;
pub mod figure_text;
pub mod files;
pub mod ids;
pub mod json;
pub mod markdown;
pub mod text;
pub mod threads;
pub mod wording;
