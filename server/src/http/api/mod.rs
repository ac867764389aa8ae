//! The REST API: the same acts as the pages, for programs. Cookies are never looked at.

mod body;
mod caller;
mod document;
mod donor_links;
mod imports;
mod people;
mod problem;
mod projects;
mod token;
mod values;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::guard::{self, Promises};
use crate::db::Db;
use crate::kernel::error::Error;
pub use problem::Problem;

/// What the API needs.
#[derive(Clone)]
pub struct ApiState {
    /// The database.
    pub db: Db,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<Vec<ipnet::IpNet>>,
    /// The address in links, and the issuer of tokens.
    pub public_url: String,
}

/// Bytes of a JSON body.
const BODY_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a body that anybody may send: an API token, and room to spare.
const TOKEN_BYTES: usize = 4 * 1024;
/// Bytes of an import: the file, the mapping beside it, and a little for what parts them.
const IMPORT_BYTES: usize = crate::projects::imports::MAX_FILE + imports::MAPPING_BYTES + 64 * 1024;
/// Seconds for a call: longer than the longest statement.
const CALL_SECONDS: u64 = 150;

#[derive(OpenApi)]
#[openapi(
    info(title = "Kipimo", description = "What projects achieve, recorded, verified and shown. Measurements are JSON strings of a decimal."),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token, or what /token gives for one.")).build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn described() -> OpenApiRouter<ApiState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(people::me))
        .routes(routes!(people::audit))
        .routes(routes!(projects::list))
        .routes(routes!(projects::find, projects::change))
        .routes(routes!(projects::indicators))
        .routes(routes!(projects::periods))
        .routes(routes!(projects::tracking))
        .routes(routes!(values::page, values::submit))
        .routes(routes!(values::review))
        .routes(routes!(donor_links::create, donor_links::revoke_of_donor))
        .routes(routes!(donor_links::revoke))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .routes(routes!(token::exchange).layer(DefaultBodyLimit::max(TOKEN_BYTES)))
        .routes(routes!(imports::run).layer(DefaultBodyLimit::max(IMPORT_BYTES)));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", routes)
}

/// The document of the API.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::with_refusals(described().into_openapi())
}

/// The API under `/api/v1`.
pub fn router(state: ApiState) -> Router {
    let (router, document) = described().split_for_parts();
    let promises = Promises::new(state.public_url.starts_with("https://"), None);
    let document = Arc::new(document::with_refusals(document).to_json().unwrap_or_default());
    router
        .route("/api/v1/openapi.json", get(move || async move { ([("content-type", "application/json")], document.as_str().to_owned()) }))
        .route("/api/v1/{*rest}", any(not_found))
        .route("/api/v1", any(not_found))
        .route("/api/v1/", any(not_found))
        .layer(from_fn(guard::no_nul_in_addresses))
        .layer(from_fn(guard::no_compressed_bodies))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(CALL_SECONDS)))
        .layer(map_response(problem::dress))
        .layer(from_fn_with_state(promises, guard::headers))
        .with_state(state)
}

async fn not_found() -> Problem {
    Problem::from(Error::NotFound)
}

/// The keys that signed tokens are checked with.
pub fn well_known(state: ApiState) -> Router {
    let promises = Promises::new(state.public_url.starts_with("https://"), None);
    Router::new().route("/.well-known/jwks.json", get(token::jwks)).layer(from_fn_with_state(promises, guard::headers)).with_state(state)
}

/// A page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    items: Vec<T>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

impl<T> Page<T> {
    fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

/// Which page of a list.
#[derive(Deserialize)]
pub(crate) struct Paging {
    limit: Option<i64>,
    after: Option<String>,
}

impl Paging {
    fn limit(&self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }

    /// Where the page begins; none for the first.
    fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|_| Error::field("after", "not_a_cursor"));
        self.after.as_deref().map(read).transpose()
    }

    /// The page of a list that was fetched with one item more than wanted.
    fn cut<T>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Page<T> {
        let wanted = usize::try_from(self.limit()).unwrap_or(200);
        let more = items.len() > wanted;
        items.truncate(wanted);
        let next = if more { items.last().map(cursor) } else { None };
        Page { items, next }
    }
}

/// A measurement, as programs read it: a decimal in a string, so that nothing is rounded.
fn decimal(value: Option<Decimal>) -> Option<String> {
    value.map(|value| value.normalize().to_string())
}
