//! Who belongs to an organisation: the list, inviting people, and what takes two to grant.

mod grants;
mod profile;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Role};
use server::kernel::error::Error;
use server::kernel::ids::MembershipId;
use server::kernel::text::Locale;
use server::tenancy::factor_roles;
use server::tenancy::invitations::{self, Brings, Invitation, ROLES};
use server::tenancy::members::{self, Member, Page};
use server::tenancy::programmes::{self, Programme};

use crate::answers::{Answer, encode};
use crate::forms::{self, Fields, Sheet, to};
use crate::pages::programmes as programme_boxes;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Problem, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/members", get(show)).route("/o/{org}/admin/members/{id}", get(profile::show))
}

/// What part of the list is asked for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    after: Option<MembershipId>,
}

/// `/o/{org}/admin/members`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let page = members::list(&cx, &asked.q, asked.after).await?;
    let invites = cx.may(Can::Invite);
    let waiting = if invites { invitations::open(&cx).await? } else { Vec::new() };
    let kept_to = if invites && cx.may(Can::ReadProgrammes) { programmes::list(&cx).await? } else { Vec::new() };
    let asked_for = if cx.may(Can::ReadGrants) { server::tenancy::grants::open(&cx).await? } else { Vec::new() };
    let added = if cx.may(Can::SetFactorRoles) { Some(factor_roles::added(&cx).await?) } else { None };
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (demand, decide) = (sheet("organisations/set-factor-roles"), sheet("grants/decide"));
    let invite = invites.then(|| sheet("invitations/send"));
    let sign_in = cx.may(Can::ReadProvider).then(|| format!("/o/{org}/admin/sign-in"));
    let profiles = cx.may(Can::ReadMember);
    let approves = cx.may(Can::ApproveAdministrator);
    Ok(visit.inside(&cx, Nav::Members).show(&say.t("members-title"), move || {
        let waiting: Vec<_> = waiting.into_iter().map(|invitation| waits(say, &org, approves, &kept_to, invitation)).collect();
        let none = waiting.is_empty();
        view! {
            <div class="page-head"><div><h1>{say.t("members-title")}</h1></div>
                {sign_in.map(|href| view! { <a class="btn" href=href>{say.t("sign-in-title")}</a> })}</div>
            {grants::section(say, &org, &decide, &asked_for)}
            {list(say, &org, page, &asked.q, profiles)}
            {invite.map(|sheet| view! {
                <section class="flow-s" aria-labelledby="waiting-h"><h2 id="waiting-h">{say.t("invitations-open")}</h2>
                    {none.then(|| view! { <p>{say.t("invitations-none")}</p> })}<ul class="plain-list">{waiting}</ul></section>
                {form(say, &org, &sheet, &kept_to)}
            })}
            {added.map(|added| demands(say, &org, &added, &demand))}
        }
    }))
}

/// Roles as a list of words.
fn roles_in_words(say: Say, roles: &[Role]) -> String {
    roles.iter().map(|role| say.word("role", role.as_str())).collect::<Vec<_>>().join(", ")
}

fn list(say: Say, org: &str, page: Page, holds: &str, profiles: bool) -> AnyView {
    let base = format!("/o/{org}/admin/members");
    let next = page.next.map(|after| format!("{base}?q={}&after={after}", encode(holds)));
    let none = page.members.is_empty();
    let rows: Vec<_> = page.members.into_iter().map(|person| row(say, profiles.then_some(base.as_str()), person)).collect();
    view! {
        <form class="filters" method="get" action=base.clone()>
            <div class="field"><label for="q">{say.t("members-find")}</label><input id="q" name="q" type="search" value=holds.to_owned()/></div>
            <button class="btn">{say.t("find")}</button></form>
        {none.then(|| view! { <div class="empty"><p>{say.t("members-none")}</p></div> })}
        {(!none).then(|| view! {
            <div class="scroll" role="region" aria-label=say.t("members-title") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-email")}</th><th scope="col">{say.t("members-roles")}</th>
                    <th scope="col">{say.t("members-since")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div>
        })}
        <nav class="pager" aria-label=say.t("pages")>{next.map(|href| view! { <a class="btn btn-small" rel="next" href=href>{say.t("more")}</a> })}</nav>
    }
    .into_any()
}

fn row(say: Say, base: Option<&str>, person: Member) -> AnyView {
    let roles = roles_in_words(say, &person.roles);
    let name = match base {
        Some(base) => view! { <a href=format!("{base}/{}", person.id)>{person.name}</a> }.into_any(),
        None => person.name.into_any(),
    };
    view! {
        <tr><th scope="row">{name}{person.job_title.map(|title| view! { <br/><small class="muted">{title}</small> })}</th><td>{person.email}</td><td>{roles}</td>
            <td>{person.since.map(|at| crate::format::day_of(say, at))}</td></tr>
    }
    .into_any()
}

/// `approves`: for who may say yes to one that waits for it.
fn waits(say: Say, org: &str, approves: bool, all: &[Programme], invitation: Invitation) -> AnyView {
    let brings = [vec![roles_in_words(say, &invitation.roles)], programmes::names(all, &invitation.programmes)].concat().join(" · ");
    let until = if invitation.expired { "invitation-expired" } else { "invitation-until" };
    let form = |action: &'static str, class: &'static str| {
        let label = say.t(&format!("invitation-{action}"));
        view! {
            <form method="post" action=format!("/fn/invitations/{action}")><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="invitation" value=invitation.id.to_string()/><input type="hidden" name="back" value=format!("/o/{org}/admin/members")/>
                <button class=format!("btn btn-small {class}") aria-label=format!("{label}: {}", invitation.email)>{label.clone()}</button></form>
        }
    };
    let held =
        invitation.held.map(|at| view! { <p class="small">{say.with("invitation-held", &[("at", &crate::format::moment(say, at))])}</p> });
    let approve = (invitation.held.is_some() && approves).then(|| form("approve", "btn-primary"));
    view! {
        <li class="row"><div><strong>{invitation.email.clone()}</strong>" · "{brings}
            <p class="small muted">{say.t(until)}" "{parts::moment(say, invitation.expires)}</p>{held}</div>
            <div class="row">{approve}{form("revoke", "")}</div></li>
    }
    .into_any()
}

fn form(say: Say, org: &str, sheet: &Sheet, all: &[Programme]) -> AnyView {
    let boxes = ROLES.map(|role| role_box(say, sheet, role, role == Role::Viewer)).collect_view();
    let fields = view! {
        {sheet.area("emails", 4, "")}
        <fieldset><legend>{say.t("members-roles")}</legend>{boxes}{sheet.fault_line("roles")}</fieldset>
        {programme_boxes::boxes(say, sheet, all, &[])}
        {sheet.language("locale", say.0.as_str())}{sheet.actions("invitation-send", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("invitation-new")}</summary><p>{say.t("invitation-text")}</p>
            {sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// A role to tick.
fn role_box(say: Say, sheet: &Sheet, role: Role, stands: bool) -> AnyView {
    sheet.tick(format!("role-{}", role.as_str()), say.word("role", role.as_str()), stands)
}

/// The roles that were ticked.
fn ticked(form: &Fields) -> Vec<Role> {
    form.starting("role-").filter_map(|(role, _)| Role::parse(role)).collect()
}

/// Which roles need a second factor: a box each.
fn demands(say: Say, org: &str, added: &[Role], sheet: &Sheet) -> AnyView {
    let boxes = factor_roles::CHOICES.map(|role| role_box(say, sheet, role, added.contains(&role))).collect_view();
    let fields = view! { <fieldset><legend>{say.t("members-roles")}</legend>{boxes}</fieldset>{sheet.actions("save", None)} };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("factor-roles-title")}</summary><p>{say.t("factor-roles-text")}</p>
            {sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// Says which roles need a second factor.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "organisations/set-factor-roles")]
pub async fn set_factor_roles(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("organisations/set-factor-roles", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        factor_roles::set(&cx, &ticked(&form)).await?;
        Ok(to(forms::back(&form)).saying("factor-roles-set"))
    })
    .await
}

/// Invites people. Who could not be invited stays in the form.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/send")]
pub async fn invite(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/send", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let locale = Locale::parse(form.get("locale")).unwrap_or(Locale::En);
        let (roles, programmes) = (ticked(&form), programme_boxes::ticked(&form)?);
        let brings = Brings { roles: &roles, programmes: &programmes, locale };
        let left = invitations::invite_all(&cx, form.get("emails"), brings).await?;
        match left.first() {
            None => Ok(to(forms::back(&form)).saying("invited")),
            Some((_, fault)) => {
                let lines: Vec<&str> = left.iter().map(|(line, _)| line.as_str()).collect();
                Err(Problem::Partly(form.with("emails", lines.join("\n")), Error::field("emails", fault)))
            }
        }
    })
    .await
}

/// Approves an invitation that waits for it.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/approve")]
pub async fn approve(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/approve", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        invitations::approve(&cx, form.id("invitation")?).await?;
        Ok(to(forms::back(&form)).saying("invitation-approved"))
    })
    .await
}

/// Takes an invitation back.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/revoke")]
pub async fn revoke(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/revoke", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        invitations::revoke(&cx, form.id("invitation")?).await?;
        Ok::<_, Error>(to(forms::back(&form)).saying("invitation-revoked")).map_err(Into::into)
    })
    .await
}
