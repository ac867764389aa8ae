//! The door of a link: its secret is shown there and, where the link is locked, a passcode or a mailed code is asked for.

use axum::extract::Path;
use leptos::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use server::donors::portal::{self, Asks, Opened};
use server::kernel::error::Error;

use crate::answers::Answer;
use crate::forms::{self, Done, Fields, Sheet, to};
use crate::pages::portal::visits;
use crate::visit::{Cookie, Problem, Visit};

/// What stands for a shown secret until the passcode or code is there too: each has the public id of its link behind its name, so that two
/// doors at which somebody stands at a time stay apart.
const KNOCK: Cookie = Cookie::here("knock");
/// The cookie of a chance to answer lives as long as the chance: a quarter of an hour.
const KNOCK_SECONDS: u32 = 15 * 60;
/// Chances that a browser keeps at a time.
const MOST_KNOCKS: usize = 10;

/// The chance to answer at the door of a link.
fn knock_of<'v>(visit: &'v Visit, public_id: &str) -> Option<&'v str> {
    visit.family(KNOCK).into_iter().find(|(link, _)| *link == public_id).map(|(_, knock)| knock)
}

/// Keeps a chance to answer, and leads to where that is done. The oldest makes room.
fn ask(visit: &Visit, public_id: &str, knock: &SecretString) -> Done {
    let others: Vec<&str> = visit.family(KNOCK).into_iter().map(|(link, _)| link).filter(|link| *link != public_id).collect();
    let kept = to(format!("/d/{public_id}/key")).with_cookie(visit.set_in_family(KNOCK, public_id, knock.expose_secret(), KNOCK_SECONDS));
    let too_many = (others.len() + 1).saturating_sub(MOST_KNOCKS);
    others.iter().take(too_many).fold(kept, |done, link| done.with_cookie(visit.set_in_family(KNOCK, link, "", 0)))
}

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

/// What may stand in a link's place in an address, whatever was typed there.
fn clean(public_id: &str) -> String {
    public_id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect()
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
    let token = portal::door_token(&visit.app.db);
    let again = match visit.notice.as_deref() {
        Some("door-again") => Some("donor-door-again"),
        Some("door-answers") => Some("problem-answers-used-up"),
        _ => None,
    };
    let fields = view! { {sheet.link_secret()}{sheet.actions("donor-open", None)} };
    let form = sheet.form(&[("public_id", public_id), ("door", token)], fields);
    Ok(visit.donor(&say.t("donor-door-title"), Some(SCRIPT), move || {
        view! {
            <div class="signin">
                <h1>{say.t("donor-door-title")}</h1>
                {again.map(|text| view! { <div class="notice" role="status"><p>{say.t(text)}</p></div> })}
                <p>{say.t("donor-door-text")}</p>
                {form}
            </div>
        }
    }))
}

/// Opens a visit with the secret of a link, or asks for what else locks it. Unknown, wrong, expired and revoked are one answer. A form that
/// was not taken from the door, or that no person sends, opens nothing and leaves no trace: it leads back to the door.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "visits/open")]
pub async fn open(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("visits/open", form, |visit, form| async move {
        let public_id = clean(form.get("public_id"));
        if !visit.by_person || !portal::is_door_token(&visit.app.db, form.get("door")) {
            return Ok(to(format!("/d/{public_id}")).saying("door-again"));
        }
        // who pastes the whole link pastes the secret with it
        let secret = form.get("secret").rsplit('#').next().unwrap_or_default().trim().to_owned();
        Ok(match portal::open(&visit.app.db, &visit.facts, &public_id, &SecretString::from(secret)).await? {
            Opened::Visit(secret) => visits::arrive(&visit, &public_id, &secret),
            Opened::Asked(secret) => ask(&visit, &public_id, &secret),
        })
    })
    .await
}

/// `/d/{public_id}/key`: the passcode or the code, for whoever has shown the secret; back to the door for everybody else. Nothing of the
/// report stands here.
///
/// # Errors
/// The database's.
pub async fn key(visit: Visit, Path(public_id): Path<String>) -> Answer {
    let public_id = clean(&public_id);
    let asks = match knock_of(&visit, &public_id) {
        Some(knock) => portal::asked(&visit.app.db, knock).await?,
        None => None,
    };
    let Some(asks) = asks else { return Err(Problem::Elsewhere(format!("/d/{public_id}"))) };
    let say = visit.say;
    let user = visit.signed_in("").await?.and_then(|who| who.actor()?.user());
    let flash = visit.flash(user).await?;
    let (prove, again) = (Sheet::new(&visit, "visits/prove", flash.as_ref()), Sheet::new(&visit, "visits/send-code", flash.as_ref()));
    let sent = visit.notice.as_deref() == Some("code-sent");
    let title = say.t("donor-key-title");
    Ok(visit.donor(&title.clone(), None, move || {
        let hidden = [("public_id", public_id)];
        let (text, field) = match asks {
            Asks::Passcode => ("donor-key-passcode", prove.line("passcode", "password", "")),
            Asks::Code => ("donor-key-code", prove.line("code", "text", "")),
        };
        let another =
            (asks == Asks::Code).then(|| again.form(&hidden, view! { <button class="btn">{say.t("donor-key-another")}</button> }));
        view! {
            <div class="signin">
                <h1>{title.clone()}</h1>
                {sent.then(|| view! { <div class="notice success" role="status"><p>{say.t("donor-key-sent")}</p></div> })}
                <p>{say.t(text)}</p>
                {prove.form(&hidden, view! { {field}{prove.actions("donor-open", None)} })}
                {another}
            </div>
        }
    }))
}

/// Opens a visit with the passcode or code. Sent twice, it opens one.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "visits/prove")]
pub async fn prove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("visits/prove", form, |visit, form| async move {
        let public_id = clean(form.get("public_id"));
        let Some(knock) = knock_of(&visit, &public_id) else { return Err(Error::NotFound.into()) };
        let answer = SecretString::from([form.get("passcode"), form.get("code")].concat());
        match portal::prove(&visit.app.db, &visit.facts, knock, &answer).await {
            // of the link that was knocked at, whatever the form names
            Ok(proved) => Ok(visits::arrive(&visit, &proved.public_id, &proved.secret)),
            // sent once more while the first answer was on its way: it has opened the visit
            Err(Error::NotFound) if visits::has(&visit, &public_id) => Ok(to("/donor")),
            // back to where another chance is had; the one that is used up is forgotten
            Err(Error::Rule("answers_used_up")) => {
                Ok(to(format!("/d/{public_id}")).saying("door-answers").with_cookie(visit.set_in_family(KNOCK, &public_id, "", 0)))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Mails another code.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "visits/send-code")]
pub async fn send_code(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("visits/send-code", form, |visit, form| async move {
        let public_id = clean(form.get("public_id"));
        let Some(knock) = knock_of(&visit, &public_id) else { return Err(Error::NotFound.into()) };
        portal::send_code(&visit.app.db, &SecretString::from(knock)).await?;
        Ok(to(format!("/d/{public_id}/key")).saying("code-sent"))
    })
    .await
}
