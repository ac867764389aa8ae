//! Pages, one folder a noun: the page bodies and the forms on them.

pub mod audit;
pub mod corrections;
pub mod dashboard;
pub mod donor_links;
pub mod donors;
pub mod home;
pub mod jobs;
pub mod kept;
pub mod library;
pub mod members;
pub mod organisation;
pub mod platform;
pub mod portal;
pub mod programmes;
pub mod projects;
pub mod provider;
pub mod providers;
pub mod report_keys;
pub mod report_templates;
pub mod roles;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod snapshot;
pub mod support_visits;
pub mod templates;
pub mod tokens;
pub mod verify;

use axum::Router;

use crate::visit::App;

/// Every page of an organisation, and a donor's.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(dashboard::routes())
        .merge(jobs::routes())
        .merge(library::routes())
        .merge(templates::routes())
        .merge(projects::routes())
        .merge(report_templates::routes())
        .merge(audit::routes())
        .merge(donor_links::routes())
        .merge(donors::routes())
        .merge(portal::routes())
        .merge(roles::routes())
        .merge(search::routes())
        .merge(members::routes())
        .merge(organisation::routes())
        .merge(report_keys::routes())
        .merge(provider::routes())
        .merge(programmes::routes())
        .merge(tokens::routes())
        .merge(support_visits::routes())
        .merge(platform::routes())
        .merge(providers::routes())
        .merge(settings::routes())
}
