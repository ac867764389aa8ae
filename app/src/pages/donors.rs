//! What a donor sees: the door of a link, and the report behind it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use server::donors::portal::{self, Page};
use server::kernel::error::Error;

use super::{corrections, snapshot};
use crate::answers::Answer;
use crate::format;
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;
use crate::visit::{App, Cookie, Visit};

/// What opens the report of a visit.
const DONOR: Cookie = Cookie::here("donor");
/// A visit's cookie lives as long as the visit: eight hours.
const VISIT_SECONDS: u32 = 8 * 60 * 60;

/// The secret stands behind the `#` of a link, which browsers never send: the script moves it into the form, takes it
/// out of the address and its history, and submits. Without script it is pasted. No character here needs escaping.
const SCRIPT: &str = "const field = document.getElementById('visits-open-secret');
const secret = location.hash.slice(1);
if (field) {
  if (secret) {
    history.replaceState(null, '', location.pathname + location.search);
    field.value = secret;
    field.form.submit();
  }
}";

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/d/{public_id}", get(door)).route("/donor", get(read))
}

/// `/d/{public_id}`: the same page for every link, whether there is such a link or not.
///
/// # Errors
/// The database's.
pub async fn door(visit: Visit, Path(public_id): Path<String>) -> Answer {
    let say = visit.say;
    let user = visit.signed_in("").await?.and_then(|who| who.actor()?.user());
    let flash = visit.flash(user).await?;
    let sheet = Sheet::new(&visit, "visits/open", flash.as_ref());
    let fields = view! { {sheet.link_secret()}{sheet.actions("donor-open", None)} };
    let form = sheet.form(&[("public_id", public_id)], fields);
    Ok(visit.donor(&say.t("donor-door-title"), Some(SCRIPT), move || {
        view! {
            <div class="signin">
                <h1>{say.t("donor-door-title")}</h1>
                <p>{say.t("donor-door-text")}</p>
                {form}
            </div>
        }
    }))
}

/// Opens a visit with the secret of a link. Unknown, wrong, expired and revoked are one answer.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "visits/open")]
pub async fn open(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("visits/open", form, |visit, form| async move {
        // who pastes the whole link pastes the secret with it
        let secret = form.get("secret").rsplit('#').next().unwrap_or_default().trim().to_owned();
        let opened = portal::open(&visit.app.db, &visit.facts, form.get("public_id"), &SecretString::from(secret)).await?;
        let cookie = visit.set_cookie(DONOR, opened.expose_secret(), Some(VISIT_SECONDS));
        Ok(to("/donor").with_cookie(cookie))
    })
    .await
}

/// `/donor`: the report of the link that was opened.
///
/// # Errors
/// Not found without an open visit, or the database's.
pub async fn read(visit: Visit) -> Answer {
    let Some(secret) = visit.cookie(DONOR) else { return Err(Error::NotFound.into()) };
    let Some((cx, snapshot)) = portal::authenticate(&visit.app.db, secret, Arc::clone(&visit.facts)).await? else {
        return Err(Error::NotFound.into());
    };
    let page = portal::page(&cx, snapshot).await?;
    let say = visit.say;
    let title = page.content.title.clone();
    Ok(visit.donor(&title, None, move || {
        let body =
            page.withdrawn.is_none().then(|| view! { {corrections::corrections(say, &page.content)}{snapshot::body(say, &page.content)} });
        view! { {head(say, &page)}{corrections::standing(say, &page)}{body} }
    }))
}

fn head(say: Say, page: &Page) -> AnyView {
    let content = &page.content;
    let until = format::day(say, page.until.date_naive());
    view! {
        <header class="donor-head">
            <p class="donor-org">{content.organisation.clone()}</p>
            <h1 lang=content.locale.clone()>{content.title.clone()}</h1>
            <p class="lede"><bdi>{content.project.clone()}</bdi>" · "<code>{content.project_code.clone()}</code>" · "{snapshot::span(say, content)}</p>
            {snapshot::published(say, page.version, page.published_at, &page.sha256)}
            <p class="small muted">{say.with("donor-shared-with", &[("name", &page.recipient), ("until", &until)])}</p>
        </header>
    }
    .into_any()
}
