//! Soon
