//! The REST API.
use crate::db::Db;
use std::sync::Arc;

/// What the API needs.
#[derive(Clone)]
pub struct ApiState {
    /// The database.
    pub db: Db,
    /// Proxies that are believed.
    pub trusted_proxies: Arc<Vec<ipnet::IpNet>>,
    /// The address in links.
    pub public_url: String,
}
/// Routes.
pub fn router(_state: ApiState) -> axum::Router {
    axum::Router::new()
}
/// Keys.
pub fn well_known(_state: ApiState) -> axum::Router {
    axum::Router::new()
}
/// The document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}
