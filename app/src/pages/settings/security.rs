//! Second factor, recovery codes and sessions.

use leptos::prelude::*;
use qrcode::QrCode;
use qrcode::render::svg;
use secrecy::ExposeSecret;
use server::identity::factors::{self, Factors, Offered};
use server::identity::{recovery_codes, session_list};
use server::kernel::error::Error;

use super::{SECURITY as HERE, Tab, page, passkeys, passwords, session_list as list};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;
use crate::visit::Visit;

/// `/settings/security`.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn show(visit: Visit) -> Answer {
    let (actor, owed) = visit.owner().await?;
    let user = actor.user().ok_or(Error::SignedOut)?;
    let mut factors = factors::of(&visit.app.db, user).await?;
    // a session that was left open must not learn a secret that its owner sets up elsewhere
    factors.offered = factors.offered.filter(|_| actor.fresh().is_ok());
    let sessions = session_list::of(&visit.app.db, user, &visit.session).await?;
    let flash = visit.flash(Some(user)).await?;
    let say = visit.say;
    let once = |form| Sheet::new(&visit, form, flash.as_ref()).once();
    let codes = once("factors/confirm").or_else(|| once("passkeys/add")).or_else(|| once("recovery-codes/renew"));
    let sheets = Sheets {
        offer: Sheet::new(&visit, "factors/offer", flash.as_ref()),
        confirm: Sheet::new(&visit, "factors/confirm", flash.as_ref()),
        remove: Sheet::new(&visit, "factors/remove", flash.as_ref()),
        renew: Sheet::new(&visit, "recovery-codes/renew", flash.as_ref()),
        password: Sheet::new(&visit, "passwords/change", flash.as_ref()),
        passkey: Sheet::new(&visit, "passkeys/add", flash.as_ref()),
    };
    // forms that are a button alone have no room for why they were refused
    let refusals = ["factors/withdraw", "passkeys/begin", "passkeys/remove", "sessions/end", "sessions/end-others"]
        .map(|form| Sheet::new(&visit, form, flash.as_ref()).refusal());
    let (passkeys_shown, ceremony) = (visit.app.settings.passkeys.is_some(), visit.ceremony(user).await?);
    Ok(page(&visit, Tab::Security, &say.t("security-title"), move || {
        view! {
            {refusals.into_iter().collect_view()}
            {owed.then(|| view! { <div class="notice" role="status"><strong>{say.t("factor-owed")}</strong></div> })}
            {codes.map(|codes| codes_once(say, &codes))}
            {authenticator(say, &factors, &sheets)}
            {passkeys_shown.then(|| passkeys::section(say, &factors.passkeys, &sheets.passkey, ceremony))}
            {recovery(say, &factors, &sheets)}
            {(!owed).then(|| view! { {passwords::section(say, &sheets.password)}{list::section(say, sessions)} })}
        }
    }))
}

/// The forms of this page.
struct Sheets {
    offer: Sheet,
    confirm: Sheet,
    remove: Sheet,
    renew: Sheet,
    password: Sheet,
    passkey: Sheet,
}

fn authenticator(say: Say, factors: &Factors, sheets: &Sheets) -> AnyView {
    let state = if factors.totp { "factor-on" } else { "factor-off" };
    let body = if let Some(offered) = &factors.offered {
        offer(say, offered, &sheets.confirm)
    } else {
        let label = if factors.totp { "factor-replace" } else { "factor-set-up" };
        let remove =
            factors.totp.then(|| sheets.remove.form(&[], view! { <button class="btn btn-small">{say.t("factor-remove")}</button> }));
        view! { <div class="row">{sheets.offer.form(&[], view! { <button class="btn btn-primary">{say.t(label)}</button> })}{remove}</div> }
            .into_any()
    };
    view! {
        <section class="card flow-s" aria-labelledby="totp-h"><h2 id="totp-h">{say.t("factor-title")}</h2>
            <p>{say.t("factor-text")}</p><p><strong>{say.t(state)}</strong></p>{body}</section>
    }
    .into_any()
}

/// The secret as a picture for a camera, and in letters for who has none.
fn offer(say: Say, offered: &Offered, confirm: &Sheet) -> AnyView {
    let secret = offered.secret.expose_secret();
    let groups: Vec<&str> = (0..secret.len()).step_by(4).map(|at| &secret[at..(at + 4).min(secret.len())]).collect();
    let picture = picture(offered.address.expose_secret());
    let fields = view! { {confirm.line("code", "text", "")}{confirm.actions("factor-confirm", None)} };
    view! {
        <ol class="steps flow-s">
            <li><p>{say.t("factor-step-scan")}</p>
                {picture.map(|source| view! { <img class="qr" src=source alt=say.t("factor-qr") width="220" height="220"/> })}
                <p>{say.t("factor-step-type")}</p><p><code class="secret">{groups.join(" ")}</code></p></li>
            <li><p>{say.t("factor-step-code")}</p>{confirm.form(&[], fields)}</li>
        </ol>
        <form method="post" action="/fn/factors/withdraw"><input type="hidden" name="back" value=HERE/><button class="btn btn-small">{say.t("cancel")}</button></form>
    }
    .into_any()
}

/// A picture of an address, as an image that needs no request.
fn picture(address: &str) -> Option<String> {
    let code = QrCode::new(address.as_bytes()).ok()?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    Some(format!("data:image/svg+xml,{}", crate::answers::encode(&svg)))
}

fn codes_once(say: Say, codes: &str) -> AnyView {
    let list: Vec<_> = codes.lines().map(|code| view! { <li><code>{code.to_owned()}</code></li> }).collect();
    view! {
        <section class="card flow-s" aria-labelledby="codes-h"><h2 id="codes-h">{say.t("recovery-once-title")}</h2>
            <p>{say.t("recovery-once-text")}</p><ol class="codes">{list}</ol></section>
    }
    .into_any()
}

fn recovery(say: Say, factors: &Factors, sheets: &Sheets) -> AnyView {
    if !factors.totp && factors.passkeys.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="card flow-s" aria-labelledby="recovery-h"><h2 id="recovery-h">{say.t("recovery-title")}</h2>
            <p>{say.t("recovery-text")}</p><p><strong>{say.count("recovery-left", factors.recovery_left)}</strong></p>
            {sheets.renew.form(&[], view! { <button class="btn">{say.t("recovery-renew")}</button> })}</section>
    }
    .into_any()
}

/// Offers a secret for an authenticator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "factors/offer")]
pub async fn offer_totp(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("factors/offer", form, |visit, _| async move {
        factors::offer_totp(&visit.app.db, visit.owner().await?.0.fresh()?).await?;
        Ok(to(HERE))
    })
    .await
}

/// Forgets an offered secret.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "factors/withdraw")]
pub async fn withdraw_totp(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("factors/withdraw", form, |visit, _| async move {
        factors::withdraw_totp(&visit.app.db, visit.owner().await?.0.fresh()?).await?;
        Ok(to(HERE))
    })
    .await
}

/// Confirms an offered secret by a code.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "factors/confirm")]
pub async fn confirm_totp(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("factors/confirm", form, |visit, form| async move {
        let who = visit.owner().await?.0.fresh()?;
        let codes = factors::confirm_totp(&visit.app.db, &visit.session, &visit.facts, who, form.get("code")).await?;
        let done = to(HERE).saying("factor-added");
        Ok(match codes {
            Some(codes) => done.showing_once(codes.text()),
            None => done,
        })
    })
    .await
}

/// Takes the authenticator off.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "factors/remove")]
pub async fn remove_totp(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("factors/remove", form, |visit, _| async move {
        let who = visit.owner().await?.0.fresh()?;
        factors::remove_totp(&visit.app.db, &visit.session, &visit.facts, who).await?;
        Ok(to(HERE).saying("factor-removed"))
    })
    .await
}

/// Makes new recovery codes.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "recovery-codes/renew")]
pub async fn renew_codes(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("recovery-codes/renew", form, |visit, _| async move {
        let who = visit.person().await?.fresh()?;
        let codes = recovery_codes::renew(&visit.app.db, &visit.facts, who).await?;
        Ok(to(HERE).saying("recovery-codes-made").showing_once(codes.text()))
    })
    .await
}
