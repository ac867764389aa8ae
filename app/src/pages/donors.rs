//! The door of a link: its secret is shown there.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use secrecy::SecretString;
use server::donors::portal;

use super::portal::visits;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet};
use crate::visit::{App, Visit};

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
    Router::new().route("/d/{public_id}", get(door))
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
        Ok(visits::arrive(&visit, form.get("public_id"), &opened))
    })
    .await
}
