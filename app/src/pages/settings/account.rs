//! Organisations, own data and news of an account.

use leptos::prelude::*;
use secrecy::SecretString;
use server::identity::{email_change, profile, sign_in};
use server::kernel::error::Error;

use super::{LINK_SCRIPT, Tab, page};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::visit::Visit;

const HERE: &str = "/settings/account";

/// `/settings/account`.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn show(visit: Visit) -> Answer {
    let actor = visit.person().await?;
    let user = actor.user().ok_or(Error::SignedOut)?;
    let mine = sign_in::organisations(&visit.app.db, user).await?;
    let locale = profile::locale(&visit.app.db, user).await?;
    let flash = visit.flash(Some(user)).await?;
    let say = visit.say;
    let own = Sheet::new(&visit, "accounts/update", flash.as_ref());
    let email = Sheet::new(&visit, "emails/change", flash.as_ref());
    Ok(page(&visit, Tab::Account, &say.t("nav-settings"), move || {
        let none = mine.is_empty();
        let list: Vec<_> = mine.into_iter().map(|o| view! { <li><a href=format!("/o/{}", o.slug)>{o.name}</a></li> }).collect();
        let own_fields =
            view! { {own.line("name", "text", actor.name())}{own.language("locale", locale.as_str())}{own.actions("save", None)} };
        let email_fields = view! { {email.line("email", "email", actor.email())}{email.actions("email-change", None)} };
        view! {
            <section class="card flow-s" aria-labelledby="orgs-h"><h2 id="orgs-h">{say.t("account-organisations")}</h2>
                {none.then(|| view! { <p>{say.t("no-organisation")}</p> })}<ul>{list}</ul></section>
            <section class="card flow-s" aria-labelledby="own-h"><h2 id="own-h">{say.t("account-own")}</h2>{own.form(&[], own_fields)}</section>
            <section class="card flow-s" aria-labelledby="email-h"><h2 id="email-h">{say.t("field-email")}</h2>
                <p>{say.t("email-text")}</p>{email.form(&[], email_fields)}</section>
        }
    }))
}

/// `/settings/inbox`.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn inbox(visit: Visit) -> Answer {
    let actor = visit.person().await?;
    let news = profile::notices(&visit.app.db, actor.user().ok_or(Error::SignedOut)?).await?;
    let say = visit.say;
    Ok(page(&visit, Tab::Inbox, &say.t("inbox-title"), move || {
        let none = news.is_empty();
        let lines: Vec<_> = news
            .into_iter()
            .map(|line| {
                view! {
                    <li><strong>{say.word("news", &line.kind)}</strong>{line.new.then(|| view! { " "<span class="status status-open">{say.t("inbox-new")}</span> })}
                        <p class="small muted">{parts::moment(say, line.at)}{line.device.map(|device| format!(" · {device}"))}</p></li>
                }
            })
            .collect();
        view! {
            <p>{say.t("inbox-text")}</p>
            {none.then(|| view! { <div class="empty"><p>{say.t("inbox-none")}</p></div> })}
            <ul class="plain-list news">{lines}</ul>
        }
    }))
}

/// `/settings/email`: where the link to a new address leads.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn email(visit: Visit) -> Answer {
    let actor = visit.person().await?;
    let flash = visit.flash(actor.user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "emails/confirm", flash.as_ref());
    Ok(visit.public_with(&say.t("email-confirm-title"), LINK_SCRIPT, move || {
        let fields = view! { {sheet.link_secret()}{sheet.actions("email-confirm", Some(HERE.to_owned()))} };
        view! { <div class="signin"><h1>{say.t("email-confirm-title")}</h1><p>{say.t("email-confirm-text")}</p>{sheet.form(&[], fields)}</div> }
    }))
}

/// Changes name and language of letters.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "accounts/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("accounts/update", form, |visit, form| async move {
        let user = visit.person().await?.user().ok_or(Error::SignedOut)?;
        profile::update(&visit.app.db, &visit.facts, user, form.get("name"), form.get("locale")).await?;
        Ok(to(HERE).saying("saved"))
    })
    .await
}

/// Asks for another address.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "emails/change")]
pub async fn change_email(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("emails/change", form, |visit, form| async move {
        let who = visit.person().await?.fresh()?;
        email_change::ask(&visit.app.db, &visit.facts, who, form.get("email")).await?;
        Ok(to(HERE).saying("email-asked"))
    })
    .await
}

/// Confirms another address by the secret of a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "emails/confirm")]
pub async fn confirm_email(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("emails/confirm", form, |visit, form| async move {
        let actor = visit.person().await?;
        email_change::confirm(&visit.app.db, &visit.session, &visit.facts, &actor, &SecretString::from(form.own("secret"))).await?;
        Ok(to(HERE).saying("email-changed"))
    })
    .await
}
