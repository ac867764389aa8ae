//! Tests from outside: database roles, acts through the doors, HTTP. One private `PostgreSQL`, one database a test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod api;
mod api_versions;
mod architecture;
mod audit;
mod budgets;
mod dashboards;
mod disaggregation;
mod donors;
mod envelopes;
mod evidence;
mod factors;
mod framework;
mod framework_import;
mod hosts;
mod iati;
mod imports;
mod indicators;
mod isolation;
mod joining;
mod learning;
mod limits;
mod log;
mod matrix;
mod members;
mod organisation;
mod outages;
mod platform;
mod processes;
mod programmes;
mod provider_double;
mod provider_holds;
mod provider_settings;
mod providers;
mod reviews;
mod search;
mod sessions;
mod spending;
mod stage;
mod support_visits;
mod tokens;
mod vectors;
mod washington;
mod workbooks;
