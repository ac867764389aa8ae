//! Passkeys: the list, adding one, and proving oneself by one. They are the one thing here that needs script.

use leptos::prelude::*;
use server::identity::passkeys::{self, Answer, Line};
use server::kernel::error::Error;
use uuid::Uuid;

use super::SECURITY as HERE;
use crate::forms::{self, Fields, Sheet, is_within_site, to};
use crate::parts;
use crate::text::Say;
use crate::visit::Problem;

/// Asks the browser for what the page says, and gives its answer to the form.
pub const SCRIPT: &str = include_str!("passkeys.js");

/// The passkeys of an account, as a section of the security page; `ceremony` while one is being added.
#[must_use]
pub fn section(say: Say, lines: &[Line], sheet: &Sheet, ceremony: Option<(Uuid, String)>) -> AnyView {
    let rows: Vec<_> = lines.iter().map(|line| row(say, line)).collect();
    let add = match ceremony {
        Some((id, options)) => {
            let body = view! {
                {sheet.line("name", "text", &say.t("passkey-name"))}
                {asks(say, id, "passkey-make")}
            };
            ceremony_form(sheet, "/fn/passkeys/add", &options, body.into_any())
        }
        None => {
            view! { <form method="post" action="/fn/passkeys/begin"><input type="hidden" name="back" value=HERE/><button class="btn">{say.t("passkey-add")}</button></form> }.into_any()
        }
    };
    view! {
        <section class="card flow-s" aria-labelledby="passkeys-h"><h2 id="passkeys-h">{say.t("passkeys-title")}</h2>
            <p>{say.t("passkeys-text")}</p>{(!lines.is_empty()).then(|| view! { <ul class="plain-list">{rows}</ul> })}{add}</section>
    }
    .into_any()
}

fn row(say: Say, line: &Line) -> AnyView {
    let label = format!("{}: {}", say.t("passkey-remove"), line.name);
    view! {
        <li class="row"><div><strong>{line.name.clone()}</strong>
            <p class="small muted">{say.t("session-began")}" "{parts::moment(say, line.added)}
                {line.used.map(|at| view! { " · "{say.t("passkey-used")}" "{parts::moment(say, at)} })}</p></div>
            <form method="post" action="/fn/passkeys/remove"><input type="hidden" name="back" value=HERE/><input type="hidden" name="id" value=line.id.to_string()/>
                <button class="btn btn-small" aria-label=label>{say.t("passkey-remove")}</button></form></li>
    }
    .into_any()
}

/// Proving oneself by a passkey: a button that asks for a challenge, and then one that answers it.
#[must_use]
pub fn prove(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], here: &str, ceremony: Option<(Uuid, String)>) -> AnyView {
    match ceremony {
        Some((id, options)) => {
            let hidden: Vec<_> =
                hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect();
            let body = view! { {hidden}{asks(say, id, "passkey-use")} }.into_any();
            ceremony_form(sheet, sheet.action(), &options, body)
        }
        None => view! {
            <form method="post" action="/fn/passkeys/challenge"><input type="hidden" name="back" value=here.to_owned()/>
                <button class="btn btn-primary">{say.t("passkey-use")}</button></form>
        }
        .into_any(),
    }
}

/// The fields that the script fills, and the button, which is of no use without script.
fn asks(say: Say, id: Uuid, label: &'static str) -> AnyView {
    view! {
        <input type="hidden" name="ceremony" value=id.to_string()/><input type="hidden" name="credential" value=""/>
        <noscript><p>{say.t("passkey-needs-script")}</p></noscript>
        <div class="errors" role="alert" hidden=true><p>{say.t("passkey-failed")}</p></div>
        <div class="form-actions"><button class="btn btn-primary" hidden=true>{say.t(label)}</button></div>
    }
    .into_any()
}

fn ceremony_form(sheet: &Sheet, action: impl Into<String>, options: &str, body: AnyView) -> AnyView {
    view! {
        <form class="form" method="post" action=action.into() data-passkey=options.to_owned()>
            {sheet.refusal()}<input type="hidden" name="back" value=sheet.back()/>{body}</form>
    }
    .into_any()
}

/// Begins to add a passkey.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passkeys/begin")]
pub async fn begin(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passkeys/begin", form, |visit, _| async move {
        let who = visit.owner().await?.0.fresh()?;
        let id = passkeys::begin_adding(&visit.app.db, visit.passkeys()?, &visit.session, who).await?;
        Ok(to(format!("{HERE}?ceremony={id}#passkeys-h")))
    })
    .await
}

/// Adds the passkey that the browser has made.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passkeys/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passkeys/add", form, |visit, form| async move {
        let who = visit.owner().await?.0.fresh()?;
        let made = Answer { ceremony: form.id("ceremony")?, credential: form.get("credential") };
        let codes = passkeys::add(&visit.app.db, visit.passkeys()?, &visit.session, &visit.facts, who, &made, form.get("name")).await?;
        let done = to(HERE).saying("factor-added");
        Ok(match codes {
            Some(codes) => done.showing_once(codes.text()),
            None => done,
        })
    })
    .await
}

/// Takes a passkey off.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passkeys/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passkeys/remove", form, |visit, form| async move {
        let who = visit.owner().await?.0.fresh()?;
        passkeys::remove(&visit.app.db, &visit.session, &visit.facts, who, form.id("id")?).await?;
        Ok(to(HERE).saying("factor-removed"))
    })
    .await
}

/// Asks for a challenge that a passkey answers: to sign in, or to prove oneself again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "passkeys/challenge")]
pub async fn challenge(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("passkeys/challenge", form, |visit, form| async move {
        let user = visit.signed_in("").await?.and_then(|who| who.account()).ok_or(Error::SignedOut)?;
        let id = passkeys::begin_proving(&visit.app.db, visit.passkeys()?, &visit.session, user).await?;
        let back = form.get("back");
        let back = if is_within_site(back) { back } else { "/" };
        let joined = if back.contains('?') { '&' } else { '?' };
        Ok::<_, Problem>(to(format!("{back}{joined}ceremony={id}")))
    })
    .await
}
