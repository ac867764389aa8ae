//! Whether a report that somebody holds is genuine: for anybody, without signing in and without a cookie. The page that asks is also its
//! answer, so that nothing of a file passes through a table.

use axum::Router;
use axum::extract::{Query, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::identity::flash::Flash;
use server::kernel::error::Error;
use server::projects::publication::{self, Answer as Verdict, Found, MOST_BYTES, State};
use tower_http::limit::RequestBodyLimitLayer;

use crate::answers::Answer;
use crate::format;
use crate::forms::Sheet;
use crate::parts;
use crate::text::Say;
use crate::uploads;
use crate::visit::{App, Visit};

/// Bytes of the form: a little more than the file.
const FORM_BYTES: usize = MOST_BYTES + 64 * 1024;
/// The form, as its fields are named on the page.
const FORM: &str = "verify/check";

/// Routes of this page.
pub fn routes() -> Router<App> {
    let page = get(show).post(check).layer(RequestBodyLimitLayer::new(FORM_BYTES));
    Router::new().route("/verify", page).route("/verify/keys.json", get(keys))
}

/// The query of the page.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    sha256: String,
}

/// `/verify`, and with a hash in its query what is known of that.
///
/// # Errors
/// Limited, or the database's.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    if asked.sha256.trim().is_empty() {
        return Ok(page(&visit, None, None));
    }
    let found = publication::by_hash(&visit.app.db, &visit.facts, &asked.sha256).await;
    // no more of it comes back than a hash is long
    answered(&visit, &asked.sha256.chars().take(200).collect::<String>(), found)
}

/// A file, looked at.
///
/// # Errors
/// Limited, busy, or the database's.
pub async fn check(visit: Visit, request: Request) -> Answer {
    let read = async move {
        let (_, file) = uploads::of_request(request, MOST_BYTES).await;
        file?.map(|(_, bytes)| bytes).ok_or_else(|| Error::field("file", "required"))
    };
    let found = publication::by_file(&visit.app.db, &visit.facts, read).await;
    answered(&visit, "", found)
}

fn answered(visit: &Visit, typed: &str, found: Result<Verdict, Error>) -> Answer {
    let flash = Flash { form: FORM.to_owned(), typed: [("sha256".to_owned(), typed.to_owned())].into(), ..Flash::default() };
    let (status, flash, found) = match found {
        Ok(found) => (StatusCode::OK, flash, Some(found)),
        Err(Error::Invalid(invalid)) => {
            let faults = invalid.0.into_iter().map(|(field, fault)| (field, fault.to_owned())).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, Flash { faults, ..flash }, None)
        }
        Err(error @ Error::TooLarge) => (error.status(), Flash { code: Some(error.code().to_owned()), ..flash }, None),
        Err(error) => return Err(error.into()),
    };
    let mut answer = page(visit, Some(&flash), found);
    *answer.status_mut() = status;
    Ok(answer)
}

fn page(visit: &Visit, flash: Option<&Flash>, found: Option<Verdict>) -> Response {
    let say = visit.say;
    let sheet = Sheet::new(visit, FORM, flash);
    let title = found.as_ref().map_or_else(|| say.t("verify-title"), |found| say.word("verify", word(found)));
    visit.public(&title, move || {
        view! {
            <div class="flow">
                <h1>{say.t("verify-title")}</h1>
                {found.map(|found| answer(say, found))}
                <p class="lede">{say.t("verify-text")}</p>
                {sheet.refusal()}
                {file_form(say, &sheet)}
                {hash_form(say, &sheet)}
                <details><summary>{say.t("verify-offline")}</summary>
                    <p>{say.t("verify-offline-text")}" "<a href="/verify/keys.json">{say.t("verify-keys")}</a></p>
                    <p><code>"kipimo verify report.pdf --keys keys.json"</code></p></details>
            </div>
        }
    })
}

fn file_form(say: Say, sheet: &Sheet) -> AnyView {
    let fault = sheet.fault("file");
    let described = if fault.is_some() { "verify-file-h verify-file-e" } else { "verify-file-h" };
    view! {
        <form class="form" method="post" action="/verify" enctype="multipart/form-data">
            <div class="field"><label for=sheet.id("file")>{say.t("verify-file")}</label>
                <p class="hint" id="verify-file-h">{say.t("verify-file-hint")}</p>
                <input id=sheet.id("file") type="file" name="file" accept=".pdf,application/pdf,.json,application/json" required aria-describedby=described
                    aria-invalid=fault.is_some().then_some("true")/>
                {fault.map(|fault| view! { <p class="field-error" id="verify-file-e">{fault}</p> })}</div>
            {sheet.actions("verify-check-file", None)}
        </form>
    }
    .into_any()
}

fn hash_form(say: Say, sheet: &Sheet) -> AnyView {
    view! {
        <form class="form" method="get" action="/verify" aria-label=say.t("field-sha256")>
            {sheet.line("sha256", "text", "")}
            <div class="form-actions"><button class="btn">{say.t("verify-check-hash")}</button></div>
        </form>
    }
    .into_any()
}

/// The answer in a word.
fn word(found: &Verdict) -> &'static str {
    match found {
        Verdict::CannotTell => "cannot_tell",
        Verdict::NotGenuine => "not_genuine",
        Verdict::Genuine(found) => match found.state {
            State::Current => "current",
            State::Superseded { .. } => "superseded",
            State::Withdrawn(_) => "withdrawn",
        },
    }
}

fn answer(say: Say, found: Verdict) -> AnyView {
    let word = word(&found);
    let class = match word {
        "current" => "notice success",
        "superseded" | "cannot_tell" => "notice warning",
        _ => "notice error",
    };
    let details = match found {
        Verdict::CannotTell => view! { <p>{say.t("verify-cannot-tell-text")}</p> }.into_any(),
        Verdict::NotGenuine => view! { <p>{say.t("verify-not-genuine-text")}</p> }.into_any(),
        Verdict::Genuine(found) => facts(say, found),
    };
    view! { <div class=class role="status"><strong>{say.word("verify", word)}</strong>{details}</div> }.into_any()
}

fn facts(say: Say, found: Found) -> AnyView {
    let stands = match found.state {
        State::Current => view! { <p>{say.t("verify-current-text")}</p> }.into_any(),
        State::Superseded { version, at } => {
            let when = format::moment(say, at);
            view! { <p>{say.with("verify-superseded-text", &[("version", &version.to_string()), ("when", &when)])}</p> }.into_any()
        }
        State::Withdrawn(at) => view! { <p>{say.with("verify-withdrawn-text", &[("when", &format::moment(say, at))])}</p> }.into_any(),
    };
    let key = found
        .key
        .map_or_else(|| view! { <dd>{say.t("verify-unsigned")}</dd> }.into_any(), |key| view! { <dd class="hash">{key}</dd> }.into_any());
    view! {
        {stands}
        <dl class="defs">
            <dt>{say.t("verify-organisation")}</dt><dd><bdi>{found.organisation}</bdi></dd>
            <dt>{say.t("col-project")}</dt><dd><bdi>{found.project}</bdi></dd>
            <dt>{say.t("col-report")}</dt><dd><bdi>{found.title}</bdi></dd>
            <dt>{say.t("col-version")}</dt><dd>{found.version}</dd>
            <dt>{say.t("verify-published")}</dt><dd>{parts::moment(say, found.published_at)}</dd>
            <dt>"SHA-256"</dt><dd class="hash">{found.sha256}</dd>
            <dt>{say.t("verify-key")}</dt>{key}
        </dl>
    }
    .into_any()
}

/// `/verify/keys.json`: the public keys that sign reports, by their fingerprints and without names.
///
/// # Errors
/// The database's.
pub async fn keys(visit: Visit) -> Answer {
    let list = publication::key_list(&visit.app.db).await?;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, list.to_string()).into_response())
}
