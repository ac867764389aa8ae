//! Signing in through the provider of an organisation.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;
use secrecy::ExposeSecret;
use serde::Deserialize;
use server::identity::providers::{self, ATTEMPT_SECONDS, Arrival, COOKIE, Wish};
use server::kernel::error::Error;
use server::kernel::ids::ProviderId;

use super::sessions;
use crate::answers::{Answer, encode};
use crate::forms::{self, Fields, Sheet, to};
use crate::visit::{App, Cookie, Problem, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/login/organisation", get(choose))
        .route("/login/organisation/{provider}", get(depart))
        .route("/login/organisation/{provider}/back", get(back))
}

/// What binds an attempt to the browser that began it.
const ATTEMPT: Cookie = Cookie::everywhere(COOKIE);

/// The query of the page.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
    /// The provider, once it is known.
    provider: Option<ProviderId>,
    /// Why the last attempt failed.
    problem: Option<String>,
    /// Whether somebody proves themselves again.
    #[serde(default)]
    again: bool,
}

/// The page from which somebody goes to a provider.
#[must_use]
pub fn page_of(provider: ProviderId, next: &str, again: bool) -> String {
    format!("/login/organisation?provider={provider}&{}", wish(next, again))
}

/// What somebody wants of a provider, as a query.
fn wish(next: &str, again: bool) -> String {
    let again = if again { "again=true&" } else { "" };
    format!("{again}next={}", encode(next))
}

/// `/login/organisation`: asks for the address; once the provider is known, leads there. By a link and no form: a browser lets no
/// form of ours leave this site.
///
/// # Errors
/// The database's.
pub async fn choose(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let name = match asked.provider {
        Some(provider) => providers::name(&visit.app.db, provider).await?,
        None => None,
    };
    let sheet = Sheet::new(&visit, "providers/find", flash.as_ref());
    let problem = asked.problem.filter(|code| code.starts_with("provider-") && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    Ok(visit.public(&say.t("provider-title"), move || {
        let problem = problem.map(|code| view! { <div class="errors" role="alert"><h2>{say.word("problem", &code)}</h2></div> });
        let way = if let (Some(provider), Some(name)) = (asked.provider, name) {
            let href = format!("/login/organisation/{provider}?{}", wish(&asked.next, asked.again));
            view! {
                <p>{say.with("provider-go-text", &[("name", &name)])}</p>
                <p><a class="btn btn-primary" href=href>{say.with("provider-go", &[("name", &name)])}</a></p>
            }
            .into_any()
        } else {
            let fields = view! { {sheet.line("email", "email", "")}{sheet.actions("continue", None)} };
            view! { <p>{say.t("provider-text")}</p>{sheet.form(&[("next", asked.next)], fields)} }.into_any()
        };
        // who is on the way to a provider may have been sent there because a password is not enough
        let password = asked.provider.is_none().then(|| view! { <p class="small"><a href="/login">{say.t("provider-password")}</a></p> });
        view! { <div class="signin"><h1>{say.t("provider-title")}</h1>{problem}{way}{password}</div> }
    }))
}

/// Finds the provider of an address.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/find")]
pub async fn find(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/find", form, |visit, form| async move {
        let found = providers::of_address(&visit.app.db, &visit.facts, form.get("email")).await?;
        let provider = found.ok_or(Error::Rule("provider_none"))?;
        Ok(to(page_of(provider, form.get("next"), false)))
    })
    .await
}

/// `/login/organisation/{provider}`: off to the provider.
///
/// # Errors
/// Not found; limited, or the database's.
pub async fn depart(visit: Visit, Path(provider): Path<ProviderId>, Query(asked): Query<Asked>, headers: HeaderMap) -> Answer {
    // from another site or program: a page of ours says first where it leads
    if headers.get("sec-fetch-site").is_some_and(|from| from != "same-origin") {
        return Ok(forms::see_other(&page_of(provider, &asked.next, asked.again), &[]));
    }
    let wanted = Wish { provider, next: &asked.next, again: asked.again };
    match providers::begin(&visit.app.db, &visit.facts, &visit.app.settings.providers, wanted).await {
        Ok((address, cookie)) => {
            let cookie = visit.set_cookie(ATTEMPT, cookie.expose_secret(), Some(ATTEMPT_SECONDS));
            Ok(forms::see_other(&address, &[cookie]))
        }
        Err(Error::Rule(code)) => Ok(failed(&visit, code, Some(page_of(provider, &asked.next, asked.again)))),
        Err(error) => Err(error.into()),
    }
}

/// `/login/organisation/{provider}/back`: where the provider sends people.
///
/// # Errors
/// Limited, or the database's.
pub async fn back(visit: Visit, Path(provider): Path<ProviderId>, Query(arrival): Query<Arrival>) -> Answer {
    let (app, device) = (&visit.app, visit.device()?);
    let cookie = visit.cookie(ATTEMPT);
    let came =
        providers::finish(&app.db, &visit.session, &visit.facts, &device, &app.settings.providers, cookie, (provider, &arrival)).await;
    let again = || providers::wished(&app.db, cookie).map(|(provider, next, again)| page_of(provider, &next, again));
    match came {
        Ok((next, wanted)) => {
            let path = sessions::onward(next, &wanted);
            Ok(forms::see_other(&path, &[visit.set_cookie(ATTEMPT, "", Some(0)), visit.device_cookie(&device)]))
        }
        Err(Error::Rule(code)) => Ok(failed(&visit, code, again())),
        Err(Error::SignInRefused) => Ok(failed(&visit, "provider_closed", again())),
        Err(error) => Err(Problem::from(error)),
    }
}

/// Back to where they came from, with a sentence about what went wrong; what they wanted is not lost.
fn failed(visit: &Visit, code: &str, from: Option<String>) -> Response {
    let path = forms::with_param(from.as_deref().unwrap_or("/login/organisation"), "problem", &code.replace('_', "-"));
    forms::see_other(&path, &[visit.set_cookie(ATTEMPT, "", Some(0))])
}
