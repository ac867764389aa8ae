//! Pages, one folder a noun: the page bodies and the forms on them.

pub mod projects;
pub mod sessions;

use axum::Router;

use crate::visit::App;

/// Every page of an organisation.
pub fn routes() -> Router<App> {
    projects::routes()
}
