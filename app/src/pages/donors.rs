//! The door of a link. What stands behind it is [`super::portal`].

pub mod door;

use axum::Router;
use axum::routing::get;

use crate::visit::App;

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/d/{public_id}", get(door::door)).route("/d/{public_id}/key", get(door::key))
}
