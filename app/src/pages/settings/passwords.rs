//! Choosing a password: for oneself, or by a link from a mail.

use leptos::prelude::*;
use secrecy::SecretString;
use server::identity::password_change::{self, Typed};

use super::LINK_SCRIPT;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;
use crate::visit::Visit;

/// The form for a new password, as a section of the security page.
#[must_use]
pub fn section(say: Say, sheet: &Sheet) -> AnyView {
    let fields = view! { {sheet.line("password", "password", "")}{sheet.new_password()}{sheet.actions("password-change", None)} };
    view! {
        <section class="card flow-s" aria-labelledby="password-h"><h2 id="password-h">{say.t("field-password")}</h2>
            <p>{say.t("password-text")}</p>{sheet.form(&[], fields)}</section>
    }
    .into_any()
}

/// `/forgot`.
///
/// # Errors
/// The database's.
pub async fn forgot(visit: Visit) -> Answer {
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let sheet = Sheet::new(&visit, "passwords/forgot", flash.as_ref());
    let sent = visit.notice.as_deref() == Some("letter-sent");
    Ok(visit.public(&say.t("forgot-title"), move || {
        if sent {
            return view! {
                <div class="signin"><h1>{say.t("forgot-title")}</h1><div class="notice success" role="status"><strong>{say.t("notice-letter-sent")}</strong></div>
                    <p><a href="/login">{say.t("sign-in")}</a></p></div>
            }
            .into_any();
        }
        let fields = view! { {sheet.line("email", "email", "")}{sheet.actions("forgot-send", Some("/login".to_owned()))} };
        view! { <div class="signin"><h1>{say.t("forgot-title")}</h1><p>{say.t("forgot-text")}</p>{sheet.form(&[], fields)}</div> }.into_any()
    }))
}

/// `/reset`: the same page whether there is such a link or not.
///
/// # Errors
/// The database's.
pub async fn reset(visit: Visit) -> Answer {
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let sheet = Sheet::new(&visit, "passwords/reset", flash.as_ref());
    Ok(visit.public_with(&say.t("reset-title"), LINK_SCRIPT, move || {
        let fields = view! { {sheet.link_secret()}{sheet.new_password()}{sheet.actions("save", None)} };
        view! { <div class="signin"><h1>{say.t("reset-title")}</h1><p>{say.t("password-text")}</p>{sheet.form(&[], fields)}</div> }
    }))
}

/// Changes one's own password.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passwords/change")]
pub async fn change(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passwords/change", form, |visit, form| async move {
        let who = visit.person().await?.fresh()?;
        let typed = Typed { present: SecretString::from(form.own("password")), new: SecretString::from(form.own("new_password")) };
        let breaches = &visit.app.settings.breaches;
        let device = visit.device()?;
        password_change::change(&visit.app.db, &visit.session, &visit.facts, &device, who, typed, breaches).await?;
        Ok(to("/settings/security").saying("password-changed").with_cookie(visit.device_cookie(&device)))
    })
    .await
}

/// Asks for a link by mail.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passwords/forgot")]
pub async fn ask(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passwords/forgot", form, |visit, form| async move {
        password_change::ask(&visit.app.db, &visit.facts, form.get("email"), visit.say.0).await?;
        Ok(to("/forgot").saying("letter-sent"))
    })
    .await
}

/// Sets a new password by the secret of a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passwords/reset")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passwords/reset", form, |visit, form| async move {
        let (secret, new) = (SecretString::from(form.own("secret")), SecretString::from(form.own("new_password")));
        let device = visit.device()?;
        password_change::by_link(&visit.app.db, &visit.facts, &device, &secret, new, &visit.app.settings.breaches).await?;
        Ok(to("/login").saying("password-reset").with_cookie(visit.device_cookie(&device)))
    })
    .await
}
