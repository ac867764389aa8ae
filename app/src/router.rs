//! Every address, in one place.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use server::http::guard::{self, Promises};
use server::identity::sessions::Store;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::cookie::{Key, SameSite};
use tower_sessions::{Expiry, SessionManagerLayer};

use crate::cookies::{self, CookieKeys};
use crate::visit::{App, Cookie, Settings};
use crate::{answers, assets, forms, hosts, pages};

/// Bytes of an ordinary form.
const FORM_BYTES: usize = 128 * 1024;
/// Bytes of an indicator's sheet, or of a section of a report: its prose, in a script of which each letter takes nine.
const SHEET_BYTES: usize = 512 * 1024;
/// Bytes of an entry page: as many indicators as a project has, each with as many cells as a figure may have.
const ENTRY_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a form that anybody may send: to sign in, or to open a link.
const PUBLIC_FORM_BYTES: usize = 8 * 1024;
/// Bytes of an import: a little more than the file, for the fields beside it.
const IMPORT_BYTES: usize = server::projects::imports::MAX_FILE + 64 * 1024;
/// Bytes of a sheet with a framework: likewise.
const FRAMEWORK_BYTES: usize = server::projects::framework::import::MAX_FILE + 64 * 1024;
/// Bytes of a sheet with a register: likewise.
const REGISTER_BYTES: usize = server::projects::registers::MAX_FILE + 64 * 1024;
/// Bytes of evidence: likewise.
const EVIDENCE_BYTES: usize = server::projects::evidence::MOST_BYTES + 64 * 1024;

/// The pages, forms and files of the site, behind everything that every request passes.
///
/// `cookie_keys` are those of encrypted cookies: the first encrypts, all decrypt.
pub fn site(app: App, cookie_keys: &[[u8; 64]]) -> Router {
    let settings = Arc::clone(&app.settings);
    let keys = CookieKeys::new(settings.cookie_name(SESSION), cookie_keys);
    let pages = Router::new()
        .route("/", get(pages::sessions::front))
        .route("/login", get(pages::sessions::login))
        .route("/login/code", get(pages::sessions::code))
        .route("/device", get(pages::sessions::device))
        .route("/logout", post(pages::sessions::logout))
        .merge(pages::routes().layer(RequestBodyLimitLayer::new(FORM_BYTES)))
        // a page with a file limits itself
        .merge(pages::projects::washington::routes())
        .merge(pages::verify::routes())
        .route("/fn/imports/check", post(forms::run).layer(RequestBodyLimitLayer::new(IMPORT_BYTES)))
        .route("/fn/framework/check", post(forms::run).layer(RequestBodyLimitLayer::new(FRAMEWORK_BYTES)))
        .route("/fn/registers/check", post(forms::run).layer(RequestBodyLimitLayer::new(REGISTER_BYTES)))
        .route("/fn/evidence/add", post(forms::run).layer(RequestBodyLimitLayer::new(EVIDENCE_BYTES)))
        .route("/fn/budgets/save", post(forms::run).layer(RequestBodyLimitLayer::new(ENTRY_BYTES)))
        .route("/fn/envelopes/submit", post(forms::run).layer(RequestBodyLimitLayer::new(ENTRY_BYTES)))
        .route("/fn/entries/save", post(forms::run).layer(RequestBodyLimitLayer::new(ENTRY_BYTES)))
        .route("/fn/indicators/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(SHEET_BYTES)))
        .route("/fn/report-sections/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(SHEET_BYTES)))
        .route("/fn/report-templates/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(SHEET_BYTES)))
        .route("/fn/sessions/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/visits/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/passkeys/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/providers/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/passwords/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/invitations/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/accounts/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/emails/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/step-up/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/factors/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(PUBLIC_FORM_BYTES)))
        .route("/fn/{noun}/{verb}", post(forms::run).layer(RequestBodyLimitLayer::new(FORM_BYTES)))
        .route("/healthz", get(|| async { StatusCode::OK }))
        // explicit, so that it passes the layers below even where other routers are merged in
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(DefaultBodyLimit::disable());
    let promises = Promises::new(settings.https, settings.hosts.as_ref().map(|hosts| hosts.sources()).as_deref());
    let site = pages.merge(assets::routes()).with_state(app.clone());
    site.layer(session_layer(&app, &settings, &keys.newest))
        .layer(from_fn_with_state(keys, cookies::renew))
        .layer(from_fn(answers::pages_of_refusals))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(150)))
        .layer(CsrfLayer::new())
        .layer(from_fn(guard::same_site_writes))
        .layer(from_fn_with_state(settings.hosts.clone(), hosts::lead))
        .layer(from_fn(guard::no_nul_in_addresses))
        .layer(from_fn(guard::no_compressed_bodies))
        .layer(from_fn_with_state(promises, guard::headers))
        .layer(CompressionLayer::new())
}

/// The session's cookie.
const SESSION: Cookie = Cookie::everywhere("kipimo");

fn session_layer(
    app: &App,
    settings: &Settings,
    cookie_key: &Key,
) -> SessionManagerLayer<Store, impl tower_sessions::service::CookieController> {
    let layer = SessionManagerLayer::new(Store::new(app.db.clone()));
    let layer = match settings.domain_of(SESSION) {
        Some(domain) => layer.with_domain(domain.to_owned()),
        None => layer,
    };
    layer
        .with_name(settings.cookie_name(SESSION))
        .with_secure(settings.https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
        .with_private(cookie_key.clone())
}
