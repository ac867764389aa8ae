//! Proving oneself again, before something that matters.

use axum::extract::Query;
use leptos::prelude::*;
use secrecy::SecretString;
use serde::Deserialize;
use server::identity::step_up::{self, Demand};
use server::kernel::error::Error;

use super::passkeys;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, is_within_site, to};
use crate::visit::Visit;

/// The query of the page.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
}

/// `/settings/confirm`.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (actor, _) = visit.owner().await?;
    let user = actor.user().ok_or(Error::SignedOut)?;
    let (demand, ceremony) = (step_up::demand(&visit.app.db, user).await?, visit.ceremony(user).await?);
    let flash = visit.flash(Some(user)).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "step-up/prove", flash.as_ref());
    let here = visit.path.clone();
    Ok(visit.public_with(&say.t("step-up-title"), passkeys::SCRIPT, move || {
        // back to the page that asked, without what it was about to do
        let cancel = if is_within_site(&asked.next) { asked.next.clone() } else { "/".to_owned() };
        let hidden = [("next", asked.next)];
        let form = |text, field: AnyView| {
            let fields = view! { {field}{sheet.actions("continue", Some(cancel.clone()))} };
            view! { <p>{say.t(text)}</p>{sheet.form(&hidden, fields)} }.into_any()
        };
        let body = match demand {
            Demand::Password => form("step-up-password", sheet.line("password", "password", "")),
            Demand::Provider(provider) => {
                let href = crate::pages::providers::page_of(provider, &hidden[0].1, true);
                view! { <p>{say.t("step-up-provider")}</p><p><a class="btn btn-primary" href=href>{say.t("continue")}</a></p> }.into_any()
            }
            Demand::Factor { totp, passkey } => {
                let passkey = passkey.then(|| passkeys::prove(say, &sheet, &hidden, &here, ceremony));
                let code = totp.then(|| form("step-up-code", sheet.line("code", "text", "")));
                view! { {passkey}{code} }.into_any()
            }
        };
        view! { <div class="signin"><h1>{say.t("step-up-title")}</h1><p>{say.t("step-up-text")}</p>{body}</div> }
    }))
}

/// Proves the person of a session again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "step-up/prove")]
pub async fn prove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("step-up/prove", form, |visit, form| async move {
        let (actor, _) = visit.owner().await?;
        let password = SecretString::from(form.own("password"));
        step_up::prove(&visit.app.db, &visit.session, &visit.facts, &actor, password, visit.shown(&form)).await?;
        let next = form.get("next");
        Ok(to(if is_within_site(next) { next } else { super::SECURITY }))
    })
    .await
}
