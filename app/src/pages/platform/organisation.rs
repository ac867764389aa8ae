//! One organisation, for who operates the platform: what it uses, its plan, a new administrator, and a visit to help.

use axum::extract::Path;
use leptos::prelude::*;
use server::kernel::ids::TenantId;
use server::kernel::text::Locale;
use server::platform::organisations::{self, Changed, Organisation};

use super::organisations::plans;
use super::{Tab, page};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;
use crate::visit::Visit;

/// `/platform/organisations/{id}`.
pub(super) async fn show(visit: Visit, Path(id): Path<TenantId>) -> Answer {
    let (desk, actor) = visit.desk().await?;
    let of = organisations::get(&desk, id).await?;
    let flash = visit.flash(actor.user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (change, invite, begin) = (sheet("platform/set-organisation"), sheet("platform/invite-administrator"), sheet("support/begin"));
    Ok(page(&visit, Tab::Organisations, &of.name.clone(), move || {
        let active = of.status == "active";
        view! {
            {facts(say, &of)}
            {(of.status != "closing").then(|| settings(say, &of, &change))}
            {active.then(|| administrator(say, &of, &invite))}
            {active.then(|| help(say, &of, &begin))}
        }
    }))
}

fn facts(say: Say, of: &Organisation) -> AnyView {
    let yes = |is| say.t(if is { "yes" } else { "no" });
    view! {
        <dl class="defs"><dt>{say.t("field-slug")}</dt><dd>{of.slug.clone()}</dd><dt>{say.t("field-status")}</dt><dd>{say.word("organisation-status", &of.status)}</dd>
            <dt>{say.t("platform-members")}</dt><dd>{of.members}</dd><dt>{say.t("platform-administrators")}</dt><dd>{of.administrators}</dd>
            <dt>{say.t("nav-projects")}</dt><dd>{of.projects}</dd><dt>{say.t("platform-events")}</dt><dd>{of.events}</dd>
            <dt>{say.t("platform-last-event")}</dt><dd>{of.last_event.map(|at| parts::moment(say, at))}</dd>
            <dt>{say.t("platform-created")}</dt><dd>{parts::moment(say, of.created)}</dd>
            <dt>{say.t("field-support-access")}</dt><dd>{yes(of.support_access)}</dd></dl>
    }
    .into_any()
}

fn settings(say: Say, of: &Organisation, sheet: &Sheet) -> AnyView {
    let states = ["active", "suspended"].map(|state| (state.to_owned(), say.word("organisation-status", state))).to_vec();
    let fields = view! {
        {sheet.choice("plan", plans(say), &of.plan)}
        {sheet.line("region", "text", &of.region)}
        {sheet.choice("status", states, &of.status)}
        {sheet.line("reason", "text", "")}
        {sheet.actions("save", None)}
    };
    view! {
        <section class="card flow-s" aria-labelledby="plan-h"><h2 id="plan-h">{say.t("platform-plan")}</h2><p>{say.t("platform-plan-text")}</p>
            {sheet.form(&[("organisation", of.id.to_string()), ("row_version", of.row_version.to_string())], fields)}</section>
    }
    .into_any()
}

fn administrator(say: Say, of: &Organisation, sheet: &Sheet) -> AnyView {
    let fields = view! {
        {sheet.line("email", "email", "")}
        {sheet.line("reason", "text", "")}
        {sheet.actions("platform-invite", None)}
    };
    view! {
        <section class="card flow-s" aria-labelledby="administrator-h"><h2 id="administrator-h">{say.t("platform-administrator")}</h2>
            <p>{say.t("platform-administrator-text")}</p>{sheet.form(&[("organisation", of.id.to_string())], fields)}</section>
    }
    .into_any()
}

fn help(say: Say, of: &Organisation, sheet: &Sheet) -> AnyView {
    let form = if of.support_access {
        let fields = view! {
            {sheet.line("email", "email", "")}
            {sheet.line("ticket", "text", "")}
            {sheet.line("reason", "text", "")}
            {sheet.actions("support-begin", None)}
        };
        sheet.form(&[("slug", of.slug.clone())], fields)
    } else {
        view! { <p class="notice">{say.t("support-off")}</p> }.into_any()
    };
    view! {
        <section class="card flow-s" aria-labelledby="help-h"><h2 id="help-h">{say.t("support-visit")}</h2><p>{say.t("support-visit-text")}</p>{form}</section>
    }
    .into_any()
}

/// Sets plan, region and status.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "platform/set-organisation")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("platform/set-organisation", form, |visit, form| async move {
        let (desk, actor) = visit.desk().await?;
        let id: TenantId = form.id("organisation")?;
        let changed = Changed {
            plan: form.get("plan"),
            region: form.get("region"),
            status: form.get("status"),
            reason: form.get("reason"),
            row_version: form.row_version()?,
        };
        organisations::set(&desk, actor.fresh()?, id, &changed).await?;
        Ok(to(format!("/platform/organisations/{id}")).saying("saved"))
    })
    .await
}

/// Invites an administrator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "platform/invite-administrator")]
pub async fn invite(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("platform/invite-administrator", form, |visit, form| async move {
        let (desk, actor) = visit.desk().await?;
        let id: TenantId = form.id("organisation")?;
        let locale: Locale = visit.say.0;
        organisations::invite_administrator(&desk, actor.fresh()?, id, form.get("email"), form.get("reason"), locale).await?;
        Ok(to(format!("/platform/organisations/{id}")).saying("invited"))
    })
    .await
}
