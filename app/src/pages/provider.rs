//! The organisation's own sign-in: its provider, the proof of its domain, and which groups bring which roles.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use secrecy::SecretString;
use server::kernel::ids::ProviderId;
use server::tenancy::provider::{self, Brings, Provider, ROLES, Wanted};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/sign-in", get(show))
}

/// `/o/{org}/admin/sign-in`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let known = provider::get(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (set, add) = (sheet("providers/set"), sheet("providers/add-role"));
    let (verify, require, remove) = (sheet("providers/verify-domain"), sheet("providers/require"), sheet("providers/remove"));
    let redirect = visit.app.settings.providers.redirect_uri(ProviderId::of(cx.standing()?.tenant));
    Ok(visit.inside(&cx, Nav::Members).show(&say.t("sign-in-title"), move || {
        let hidden = [("org", org.clone())];
        let rest = known.as_ref().map(|known| {
            view! {
                {domain(say, known, &verify, &hidden)}
                {demand(say, known, &require, &hidden)}
                {groups(say, &org, known, &add, &hidden)}
                <details class="card" open=remove.was_refused()><summary>{say.t("provider-remove")}</summary><p>{say.t("provider-remove-text")}</p>
                    {remove.form(&hidden, remove.actions("provider-remove", None))}</details>
            }
        });
        view! {
            <div class="page-head"><div><h1>{say.t("sign-in-title")}</h1><p class="lede">{say.t("sign-in-text")}</p></div></div>
            {settings(say, known.as_ref(), &redirect, &set, &hidden)}
            {rest}
        }
    }))
}

type Hidden = [(&'static str, String); 1];

fn settings(say: Say, known: Option<&Provider>, redirect: &str, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let stands = |read: fn(&Provider) -> &str, else_: &'static str| known.map_or(else_, read).to_owned();
    let secret = known.is_some_and(|known| known.has_secret).then(|| view! { <p class="hint">{say.t("provider-secret-kept")}</p> });
    let version = known.map(|known| known.row_version.to_string()).unwrap_or_default();
    let fields = view! {
        <p>{say.t("provider-redirect")}<br/><code class="wrap-anywhere">{redirect.to_owned()}</code></p>
        {sheet.line("issuer", "url", &stands(|known| &known.issuer, ""))}
        {sheet.line("client_id", "text", &stands(|known| &known.client_id, ""))}
        {sheet.line("client_secret", "password", "")}{secret}
        {sheet.line("domain", "text", &stands(|known| &known.domain, ""))}
        {sheet.line("groups_claim", "text", &stands(|known| &known.groups_claim, "groups"))}
        {sheet.actions("save", None)}
    };
    let [org] = hidden;
    view! {
        <section class="card flow-s" aria-labelledby="provider-h"><h2 id="provider-h">{say.t("provider-settings")}</h2>
            {sheet.form(&[org.clone(), ("row_version", version)], fields)}</section>
    }
    .into_any()
}

fn domain(say: Say, known: &Provider, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let shown = known.verified.map(|at| {
        view! { <p><span class="status status-verified">{say.t("provider-domain-shown")}</span>" "{parts::moment(say, at)}</p> }
    });
    let missing = known.verified.is_none().then(|| {
        view! {
            <p>{say.with("provider-domain-text", &[("domain", &known.domain)])}</p>
            <p><code class="wrap-anywhere">{known.record()}</code></p>
        }
    });
    let label = if known.verified.is_some() { "provider-domain-again" } else { "provider-domain-check" };
    view! {
        <section class="card flow-s" aria-labelledby="domain-h"><h2 id="domain-h">{say.t("field-domain")}": "{known.domain.clone()}</h2>
            {shown}{missing}{sheet.form(hidden, sheet.actions(label, None))}</section>
    }
    .into_any()
}

fn demand(say: Say, known: &Provider, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    if known.verified.is_none() {
        return ().into_any();
    }
    let [org] = hidden;
    let (text, label, wanted) =
        if known.required { ("provider-is-required", "provider-offer", "no") } else { ("provider-is-offered", "provider-require", "yes") };
    view! {
        <section class="card flow-s" aria-labelledby="demand-h"><h2 id="demand-h">{say.t("provider-demand")}</h2>
            <p>{say.with(text, &[("domain", &known.domain)])}</p>
            {sheet.form(&[org.clone(), ("required", wanted.to_owned())], sheet.actions(label, None))}</section>
    }
    .into_any()
}

fn groups(say: Say, org: &str, known: &Provider, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let none = known.roles.is_empty();
    let rows: Vec<_> = known.roles.iter().map(|brings| group(say, org, brings)).collect();
    let roles = ROLES.map(|role| (role.as_str().to_owned(), say.word("role", role.as_str()))).to_vec();
    let fields = view! { {sheet.line("group", "text", "")}{sheet.choice("role", roles, "viewer")}{sheet.actions("add", None)} };
    view! {
        <section class="card flow-s" aria-labelledby="groups-h"><h2 id="groups-h">{say.t("provider-groups")}</h2>
            <p>{say.t("provider-groups-text")}</p>
            {none.then(|| view! { <p>{say.t("provider-groups-none")}</p> })}<ul class="plain-list">{rows}</ul>
            {sheet.form(hidden, fields)}</section>
    }
    .into_any()
}

fn group(say: Say, org: &str, brings: &Brings) -> AnyView {
    let role = brings.role.map(|role| say.word("role", role.as_str())).unwrap_or_default();
    let label = format!("{}: {} → {role}", say.t("remove"), brings.group);
    view! {
        <li class="row"><div><strong>{brings.group.clone()}</strong>" → "{role}</div>
            <form method="post" action="/fn/providers/remove-role"><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="brings" value=brings.id.to_string()/><input type="hidden" name="back" value=format!("/o/{org}/admin/sign-in")/>
                <button class="btn btn-small" aria-label=label>{say.t("remove")}</button></form></li>
    }
    .into_any()
}

/// Sets the provider up, or changes it.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/set")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/set", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let row_version = if form.get("row_version").is_empty() { None } else { Some(form.row_version()?) };
        let wanted = Wanted {
            issuer: form.get("issuer"),
            client_id: form.get("client_id"),
            client_secret: SecretString::from(form.own("client_secret")),
            domain: form.get("domain"),
            groups_claim: form.get("groups_claim"),
            row_version,
        };
        provider::set(&cx, &visit.app.settings.providers, wanted).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Asks the domain whether it is the organisation's.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/verify-domain")]
pub async fn verify_domain(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/verify-domain", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        provider::verify_domain(&cx, &visit.app.settings.providers).await?;
        Ok(to(forms::back(&form)).saying("domain-verified"))
    })
    .await
}

/// Says whether members must sign in by the provider.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/require")]
pub async fn require(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/require", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        provider::require(&cx, form.get("required") == "yes").await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Takes the provider away.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        provider::remove(&cx).await?;
        Ok(to(forms::back(&form)).saying("provider-removed"))
    })
    .await
}

/// Lets a group bring a role.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/add-role")]
pub async fn add_role(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/add-role", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        provider::add_role(&cx, form.get("group"), form.get("role")).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Lets a group bring a role no more.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "providers/remove-role")]
pub async fn remove_role(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("providers/remove-role", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        provider::remove_role(&cx, form.id("brings")?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
