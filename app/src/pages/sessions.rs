//! Signing in and out, choosing a language, and the front page.

use axum::extract::Query;
use axum::response::{IntoResponse, Redirect};
use leptos::prelude::*;
use secrecy::SecretString;
use serde::Deserialize;
use server::identity::authenticate::SignedIn;
use server::identity::sign_in::{self, Next, Organisation};
use server::identity::step_up::{self, Demand};
use server::kernel::error::Error;
use server::kernel::text::Locale;

use super::settings::passkeys;
use crate::answers::Answer;
use crate::forms::{self, Done, Fields, Sheet, to};
use crate::visit::{Cookie, Problem, Visit};

/// The query of the sign-in page.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
}

/// `/`: for who is signed in, their organisations; for others, what this is.
///
/// # Errors
/// The database's.
pub async fn front(visit: Visit) -> Answer {
    let say = visit.say;
    match visit.signed_in("").await? {
        Some(SignedIn::CodeOwed(_)) => Ok(Redirect::to("/login/code").into_response()),
        Some(SignedIn::FactorOwed(_)) => Ok(Redirect::to("/settings/security").into_response()),
        Some(SignedIn::Fully(actor) | SignedIn::ProviderOwed(actor, _)) => {
            let user = actor.user().ok_or(Error::SignedOut)?;
            if actor.is_super_admin() {
                return Ok(Redirect::to("/platform").into_response());
            }
            let mine = sign_in::organisations(&visit.app.db, user).await?;
            if let [only] = mine.as_slice() {
                return Ok(Redirect::to(&format!("/o/{}", only.slug)).into_response());
            }
            Ok(visit.public(&say.t("choose-organisation"), move || choice(say, mine)))
        }
        None => Ok(visit.public(&say.t("front-title"), move || {
            view! {
                <div class="flow">
                    <h1>{say.t("front-title")}</h1>
                    <p class="lede">{say.t("front-text")}</p>
                    <p><a class="btn btn-primary" href="/login">{say.t("sign-in")}</a></p>
                </div>
            }
        })),
    }
}

fn choice(say: crate::text::Say, mine: Vec<Organisation>) -> impl IntoView {
    let none = mine.is_empty();
    let list = mine.into_iter().map(|o| view! { <li><a href=format!("/o/{}", o.slug)>{o.name}</a></li> }).collect_view();
    view! {
        <div class="signin"><h1>{say.t("choose-organisation")}</h1>
            {none.then(|| view! { <p>{say.t("no-organisation")}</p> })}
            <ul class="plain-list">{list}</ul>
            <form method="post" action="/logout"><button class="btn">{say.t("nav-sign-out")}</button></form>
        </div>
    }
}

/// `/login`.
///
/// # Errors
/// The database's.
pub async fn login(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    if visit.signed_in("").await?.is_some_and(|who| who.actor().is_some()) {
        return Ok(Redirect::to("/").into_response());
    }
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let sheet = Sheet::new(&visit, "sessions/open", flash.as_ref());
    let notice = visit.notice.clone();
    let organisation = format!("/login/organisation?next={}", crate::answers::encode(&asked.next));
    Ok(visit.public(&say.t("sign-in"), move || {
        let fields = view! { {sheet.line("email", "email", "")}{sheet.line("password", "password", "")}{sheet.actions("sign-in", None)} };
        let notice = notice.map(|code| view! { <div class="notice" role="status"><strong>{say.word("notice", &code)}</strong></div> });
        view! {
            <div class="signin"><h1>{say.t("sign-in")}</h1>{notice}{sheet.form(&[("next", asked.next)], fields)}
                <p class="small"><a href="/forgot">{say.t("forgot-link")}</a></p>
                <p class="small"><a href=organisation>{say.t("provider-link")}</a></p></div>
        }
    }))
}

/// `/login/code`.
///
/// # Errors
/// The database's.
pub async fn code(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let user = match visit.signed_in("").await? {
        Some(SignedIn::CodeOwed(user)) => user,
        Some(_) => return Ok(Redirect::to("/").into_response()),
        None => return Ok(Redirect::to("/login").into_response()),
    };
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let (demand, ceremony) = (step_up::demand(&visit.app.db, user).await?, visit.ceremony(user).await?);
    let sheet = Sheet::new(&visit, "sessions/confirm", flash.as_ref());
    let (passkey, totp) = (matches!(demand, Demand::Factor { passkey: true, .. }), matches!(demand, Demand::Factor { totp: true, .. }));
    let here = visit.path.clone();
    Ok(visit.public_with(&say.t("code-title"), passkeys::SCRIPT, move || {
        let hidden = [("next", asked.next)];
        let passkey = passkey.then(|| passkeys::prove(say, &sheet, &hidden, &here, ceremony));
        // a recovery code is typed here too, for who has lost every passkey
        let fields = view! { {sheet.line("code", "text", "")}{sheet.actions("continue", None)} };
        let (text, below) = if totp { ("code-text", Some("code-recovery")) } else { ("code-recovery", None) };
        view! {
            <div class="signin"><h1>{say.t("code-title")}</h1>{passkey}<p>{say.t(text)}</p>{sheet.form(&hidden, fields)}
                {below.map(|key| view! { <p class="small">{say.t(key)}</p> })}</div>
        }
    }))
}

/// Where somebody goes after signing in: where they wanted to, within this site, or to their organisation.
fn after(wanted: &str, organisations: &[Organisation]) -> String {
    match organisations {
        _ if forms::is_within_site(wanted) && wanted.len() > 1 => wanted.to_owned(),
        [only] => format!("/o/{}", only.slug),
        _ => "/".to_owned(),
    }
}

/// The page after a step of signing in; `wanted` is where somebody wanted to go.
#[must_use]
pub fn onward(next: Next, wanted: &str) -> String {
    match next {
        Next::Code => format!("/login/code?next={}", crate::answers::encode(wanted)),
        Next::Home(mine) => after(wanted, &mine),
    }
}

/// Signs in with e-mail and password.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "sessions/open")]
pub async fn open(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("sessions/open", form, |visit, form| async move {
        let password = SecretString::from(form.own("password"));
        let device = visit.device()?;
        let next =
            sign_in::with_password(&visit.app.db, &visit.session, &visit.facts, &device, form.get("email"), password, visit.say.0).await?;
        let done = matches!(next, Next::Home(_));
        let there = to(onward(next, form.get("next")));
        Ok(if done { there.with_cookie(visit.device_cookie(&device)) } else { there })
    })
    .await
}

/// Signs in with the code of a second factor.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "sessions/confirm")]
pub async fn confirm(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("sessions/confirm", form, |visit, form| async move {
        let Some(SignedIn::CodeOwed(user)) = visit.signed_in("").await? else {
            return Err(Problem::Elsewhere("/login".into()));
        };
        let device = visit.device()?;
        let next = sign_in::with_factor(&visit.app.db, &visit.session, &visit.facts, &device, user, visit.shown(&form)).await?;
        Ok(to(onward(next, form.get("next"))).with_cookie(visit.device_cookie(&device)))
    })
    .await
}

/// `/device`: where a letter leads that lets a new browser sign in.
///
/// # Errors
/// The database's.
pub async fn device(visit: Visit) -> Answer {
    let (say, flash) = (visit.say, visit.flash(None).await?);
    let sheet = Sheet::new(&visit, "sessions/trust", flash.as_ref());
    Ok(visit.public_with(&say.t("device-title"), super::settings::LINK_SCRIPT, move || {
        let fields = view! { {sheet.link_secret()}{sheet.actions("continue", None)} };
        view! { <div class="signin"><h1>{say.t("device-title")}</h1><p>{say.t("device-text")}</p>{sheet.form(&[], fields)}</div> }
    }))
}

/// Lets a new browser sign in.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "sessions/trust")]
pub async fn trust(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("sessions/trust", form, |visit, form| async move {
        let device = visit.device()?;
        sign_in::trust_device(&visit.app.db, &visit.facts, &device, &SecretString::from(form.own("secret"))).await?;
        Ok(to("/login").saying("device-trusted").with_cookie(visit.device_cookie(&device)))
    })
    .await
}

/// `POST /logout`.
///
/// # Errors
/// The database's.
pub async fn logout(visit: Visit) -> Answer {
    sign_in::out(&visit.app.db, &visit.session, &visit.facts).await?;
    Ok(Redirect::to("/login").into_response())
}

/// Chooses the language of the pages.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "languages/choose")]
pub async fn choose_language(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("languages/choose", form, |visit, form| async move {
        let locale = Locale::parse(form.get("locale")).ok_or(Error::NotFound)?;
        // no secret, and read before anybody is known: a plain cookie for a year
        let domain = visit.app.settings.domain_attribute(Cookie::everywhere("lang"));
        let cookie = format!("lang={}; Path=/{domain}; Max-Age=31536000; SameSite=Lax; HttpOnly", locale.as_str());
        Ok::<Done, Problem>(to(forms::back(&form)).with_cookie(cookie))
    })
    .await
}
