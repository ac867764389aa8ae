//! Joining: by an invitation of an organisation, or as who operates the platform.

use leptos::prelude::*;
use secrecy::SecretString;
use server::identity::authenticate::SignedIn;
use server::identity::set_up;
use server::tenancy::invitations;

use super::LINK_SCRIPT;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::visit::{Problem, Visit};

/// `/invite`: for who is signed in a button, for others the form of a new account. The same page whether there is such an invitation
/// or not.
///
/// # Errors
/// The database's.
pub async fn invite(visit: Visit) -> Answer {
    let who = visit.signed_in("").await?;
    let actor = who.as_ref().and_then(SignedIn::actor).cloned();
    let flash = visit.flash(actor.as_ref().and_then(server::access::Actor::user)).await?;
    let say = visit.say;
    let signed_in = actor.map(|actor| actor.email().to_owned());
    let form = if signed_in.is_some() { "invitations/accept" } else { "invitations/join" };
    let sheet = Sheet::new(&visit, form, flash.as_ref());
    Ok(visit.public_with(&say.t("invite-title"), LINK_SCRIPT, move || {
        if let Some(email) = signed_in {
            let fields = view! { {sheet.link_secret()}{sheet.actions("invite-accept", Some("/".to_owned()))} };
            let text = say.with("invite-as", &[("email", &email)]);
            return view! { <div class="signin"><h1>{say.t("invite-title")}</h1><p>{text}</p>{sheet.form(&[], fields)}</div> }.into_any();
        }
        let fields =
            view! { {sheet.link_secret()}{sheet.line("name", "text", "")}{sheet.new_password()}{sheet.actions("invite-join", None)} };
        view! {
            <div class="signin"><h1>{say.t("invite-title")}</h1><p>{say.t("invite-text")}</p>{sheet.form(&[], fields)}
                <p class="small">{say.t("invite-has-account")}" "<a href="/login?next=/invite">{say.t("sign-in")}</a></p></div>
        }
        .into_any()
    }))
}

/// `/set-up`: for who operates the platform.
///
/// # Errors
/// The database's.
pub async fn set_up(visit: Visit) -> Answer {
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let sheet = Sheet::new(&visit, "accounts/set-up", flash.as_ref());
    Ok(visit.public_with(&say.t("set-up-title"), LINK_SCRIPT, move || {
        let fields = view! { {sheet.link_secret()}{sheet.line("name", "text", "")}{sheet.new_password()}{sheet.actions("save", None)} };
        view! { <div class="signin"><h1>{say.t("set-up-title")}</h1><p>{say.t("password-text")}</p>{sheet.form(&[], fields)}</div> }
    }))
}

/// Joins with a new account.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/join")]
pub async fn join(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/join", form, |visit, form| async move {
        let (secret, new) = (SecretString::from(form.own("secret")), SecretString::from(form.own("new_password")));
        let breaches = &visit.app.settings.breaches;
        invitations::join(&visit.app.db, &visit.facts, &secret, form.get("name"), new, visit.say.0, breaches).await?;
        Ok(to("/login").saying("joined"))
    })
    .await
}

/// Joins with the account that is signed in.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/accept")]
pub async fn accept(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/accept", form, |visit, form| async move {
        let actor = visit.person().await?;
        let slug = invitations::join_as(&visit.app.db, &visit.facts, &actor, &SecretString::from(form.own("secret"))).await?;
        Ok::<_, Problem>(to(format!("/o/{slug}")).saying("joined-as"))
    })
    .await
}

/// Sets up the account of who operates the platform.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "accounts/set-up")]
pub async fn finish_set_up(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("accounts/set-up", form, |visit, form| async move {
        let (secret, new) = (SecretString::from(form.own("secret")), SecretString::from(form.own("new_password")));
        set_up::with_link(&visit.app.db, &visit.facts, &secret, form.get("name"), new, &visit.app.settings.breaches).await?;
        Ok(to("/login").saying("joined"))
    })
    .await
}
