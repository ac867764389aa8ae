//! Proving the log.
