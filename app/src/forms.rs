//! Forms that lose nothing: what was typed and why it was refused come back, with and without script.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use server::access::{Actor, Cx};
use server::identity::authenticate::SignedIn;
use server::identity::flash::{self, Flash};
use server::kernel::error::Error;

use crate::answers::{encode, say_when};
pub use crate::sheet::Sheet;
use crate::visit::{App, Problem, Visit};

/// The fields of a form, as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub BTreeMap<String, String>);

impl Fields {
    /// A field's text; empty if it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field's text, owned.
    #[must_use]
    pub fn own(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// An id in a field.
    ///
    /// # Errors
    /// Not found, where it is none.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Error> {
        self.get(name).trim().parse().map_err(|_| Error::NotFound)
    }

    /// The version of a row that an edit was made from.
    ///
    /// # Errors
    /// Stale, where it is none.
    pub fn row_version(&self) -> Result<i32, Error> {
        self.get("row_version").trim().parse().map_err(|_| Error::Stale)
    }

    /// The same fields with another text in one of them.
    #[must_use]
    pub fn with(mut self, name: &str, text: String) -> Self {
        self.0.insert(name.to_owned(), text);
        self
    }

    /// Fields whose names begin alike, with the rest of the name: `value-{id}`.
    pub fn starting<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// Where a form leads when it was taken.
pub struct Done {
    to: String,
    notice: Option<&'static str>,
    once: Option<SecretString>,
    cookies: Vec<String>,
}

/// Leads to a page.
#[must_use]
pub fn to(path: impl Into<String>) -> Done {
    Done { to: path.into(), notice: None, once: None, cookies: Vec::new() }
}

impl Done {
    /// Says so there: the code of a text `notice-{code}`.
    #[must_use]
    pub fn saying(mut self, notice: &'static str) -> Self {
        self.notice = Some(notice);
        self
    }

    /// Shows something there that is seen only once.
    #[must_use]
    pub fn showing_once(mut self, secret: SecretString) -> Self {
        self.once = Some(secret);
        self
    }

    /// Sets a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }
}

/// The answer that a server function decided on.
#[derive(Clone, Default)]
struct Outcome(Arc<Mutex<Option<Response>>>);

/// Fields that are never given back. A project's `code` is no secret; a sign-in's is.
pub(crate) fn is_secret(form: &str, field: &str) -> bool {
    matches!(field, "password" | "new_password" | "passcode" | "client_secret" | "secret" | "token" | "credential")
        || (field == "code" && matches!(form, "sessions/confirm" | "factors/confirm" | "step-up/prove" | "visits/prove"))
}

/// Runs a form: `form` is its `noun/verb`. Refused fields and rules lead back to the form with what was typed;
/// a refusal of the person is a page of its own.
///
/// # Errors
/// None that a person sees: the answer is decided here.
pub async fn submit<A, F>(form: &'static str, fields: Fields, act: A) -> Result<(), ServerFnError>
where
    A: FnOnce(Visit, Fields) -> F,
    F: Future<Output = Result<Done, Problem>> + Send,
{
    let (Some(visit), Some(outcome)) = (use_context::<Visit>(), use_context::<Outcome>()) else {
        return Err(ServerFnError::new("no request"));
    };
    let done = act(visit.clone(), fields.clone()).await;
    let response = match done {
        Ok(done) => arrive(&visit, form, done).await,
        Err(Problem::Refused(error)) if leads_back(&error) => go_back(&visit, form, &fields, &error).await,
        Err(Problem::Partly(left, error)) => go_back(&visit, form, &left, &error).await,
        Err(Problem::Refused(Error::SignedOut)) => Ok(sign_in_again(&fields)),
        Err(problem) => Ok(problem.into_response()),
    };
    let response = response.unwrap_or_else(|error| Problem::from(error).into_response());
    if let Ok(mut slot) = outcome.0.lock() {
        *slot = Some(response);
    }
    Ok(())
}

fn leads_back(error: &Error) -> bool {
    !matches!(error.code(), "not_found" | "forbidden" | "signed_out")
}

/// The session ended while somebody typed: they sign in and come back to the page. What they had typed stands in the
/// history of the browser.
fn sign_in_again(fields: &Fields) -> Response {
    see_other(&format!("/login?notice=signed-out&next={}", encode(&back(fields))), &[])
}

pub(crate) fn see_other(path: &str, cookies: &[String]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// An address with one more parameter in its query.
pub(crate) fn with_param(path: &str, name: &str, value: &str) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, fragment)| (path, Some(fragment)));
    let joined = if path.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{path}{joined}{name}={}{fragment}", encode(value))
}

async fn arrive(visit: &Visit, form: &'static str, done: Done) -> Result<Response, Error> {
    let mut path = done.to;
    if let Some(notice) = done.notice {
        path = with_param(&path, "notice", notice);
    }
    if let Some(once) = done.once {
        let kept = Flash { form: form.to_owned(), once: Some(once.expose_secret().to_owned()), ..Flash::default() };
        let user = visit.signed_in("").await?.and_then(|who| who.actor()?.user());
        path = with_param(&path, "flash", &flash::keep(&visit.app.db, user, &kept).await?.to_string());
    }
    Ok(see_other(&path, &done.cookies))
}

async fn go_back(visit: &Visit, form: &'static str, fields: &Fields, error: &Error) -> Result<Response, Error> {
    if error.status().is_server_error() {
        tracing::error!(%error, form, "form failed");
    }
    // a failing database cannot keep a flash: the person is told on a page of its own, and can go back to what was typed
    if error.status().is_server_error() && matches!(error, Error::Database(_) | Error::Internal(_)) {
        return Ok(Problem::Refused(match error {
            Error::Database(_) => Error::Busy,
            _ => Error::Internal("see above".into()),
        })
        .into_response());
    }
    // as the page will ask that shows the form again
    let who = visit.signed_in(fields.get("org")).await?;
    // who is nobody and sends too much is told so, and nothing of it is kept
    if let (Error::Limited(seconds), None) = (error, &who) {
        return Ok(Problem::Refused(Error::Limited(*seconds)).into_response());
    }
    if let (Error::Stale, Some(SignedIn::Fully(actor))) = (error, &who) {
        note_conflict(visit, form, fields, actor).await;
    }
    let faults = match error {
        Error::Invalid(invalid) => invalid.0.iter().map(|(field, fault)| (field.clone(), (*fault).to_owned())).collect(),
        _ => BTreeMap::new(),
    };
    // of nobody only what a form of nobody asks for: a table that anybody may fill must stay small
    let room = if who.is_none() { 300 } else { usize::MAX };
    let typed = fields.0.iter().filter(|(name, _)| !is_secret(form, name)).map(|(n, v)| (n.clone(), v.replace('\0', "")));
    let typed = typed.filter(|(_, value)| value.len() <= room).collect();
    let code = faults.is_empty().then(|| error.code().to_owned());
    let flash = Flash { form: form.to_owned(), typed, faults, code, once: None };
    // to the reasons, which may stand far down the page
    let user = who.and_then(|who| who.actor()?.user());
    let name = flash::keep(&visit.app.db, user, &flash).await?.to_string();
    let page = back(fields);
    let path = with_param(&format!("{}#refused", page.split('#').next().unwrap_or_default()), "flash", &name);
    if matches!(error, Error::StepUp) {
        // they prove themselves and come back to what they had typed
        return Ok(see_other(&step_up(&path), &[]));
    }
    let mut response = see_other(&path, &[]);
    say_when(error, &mut response);
    Ok(response)
}

/// What a form that names a version may be about: its field, and the table of what that names.
const THINGS: [(&str, &str); 16] = [
    ("node", "result_node"),
    ("section", "report_section"),
    ("report", "report"),
    ("evidence", "evidence"),
    ("indicator", "indicator"),
    ("period", "reporting_period"),
    ("location", "location"),
    ("entry", "learning_entry"),
    ("question_id", "learning_question"),
    ("action", "adaptation_action"),
    ("report_template", "report_template"),
    ("template", "framework_template"),
    ("donor", "donor"),
    ("programme", "programme"),
    ("dimension", "dimension"),
    ("member", "membership"),
];

/// Two people changed the same thing: the second learns it from the page, and the organisation from its log.
async fn note_conflict(visit: &Visit, form: &'static str, fields: &Fields, actor: &Actor) {
    if actor.standing().is_none() {
        return;
    }
    let about = THINGS.iter().find_map(|(field, table)| Some((*table, fields.id(field).ok()?)));
    let cx = Cx::new(visit.app.db.clone(), actor.clone(), Arc::clone(&visit.facts));
    // the page is what helps now: it comes even where this could not be written
    if let Err(error) = cx.conflicted(form, fields.id("project").ok(), about).await {
        tracing::error!(%error, form, "a conflict could not be written to the log");
    }
}

/// The page where somebody proves themselves again, and from which they come back.
#[must_use]
pub fn step_up(back: &str) -> String {
    format!("/settings/confirm?next={}", encode(back))
}

/// Whether an address that came from outside leads to a page of this site and nowhere else.
#[must_use]
pub fn is_within_site(path: &str) -> bool {
    // browsers drop tabs and newlines before they read an address, so that `/<tab>/elsewhere` leaves the site
    path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

/// Where the form stands: a path of this site and nothing else.
#[must_use]
pub fn back(fields: &Fields) -> String {
    let path = fields.get("back");
    if is_within_site(path) { path.to_owned() } else { "/".to_owned() }
}

/// Runs the server function of a path. Its answer is the one decided in [`submit`]; anything else is a bad request.
pub async fn run(State(_): State<App>, visit: Visit, mut request: Request<Body>) -> Response {
    // without these two Leptos puts no error into an address and follows no referrer
    request.headers_mut().remove(header::REFERER);
    request.headers_mut().remove(header::ACCEPT);
    let Some(mut service) = server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone()) else {
        return Problem::from(Error::NotFound).into_response();
    };
    let (owner, outcome) = (Owner::new_root(None), Outcome::default());
    let answer = owner
        .with(|| {
            provide_context(visit);
            provide_context(outcome.clone());
            leptos::reactive::computed::ScopedFuture::new(async move { service.run(request).await })
        })
        .await;
    drop(owner);
    let decided = outcome.0.lock().ok().and_then(|mut slot| slot.take());
    decided.unwrap_or_else(|| {
        tracing::debug!(status = %answer.status(), "a form that could not be read");
        StatusCode::BAD_REQUEST.into_response()
    })
}

/// Headers of a download.
#[must_use]
pub fn attachment(name: &str, mime: &'static str) -> HeaderMap {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encode(name))) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}

/// Whether the form comes from somebody who is signed in: asked before a large body is read.
pub async fn is_signed_in() -> bool {
    match use_context::<Visit>() {
        Some(visit) => matches!(visit.signed_in("").await, Ok(Some(SignedIn::Fully(_)))),
        None => false,
    }
}

/// The context of the organisation that a form names.
///
/// # Errors
/// As [`Visit::admitted`].
pub async fn cx(visit: &Visit, fields: &Fields) -> Result<Cx, Problem> {
    visit.admitted(fields.get("org")).await
}
