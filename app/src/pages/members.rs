//! Who belongs to an organisation, and inviting people.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::access::Role;
use server::kernel::error::Error;
use server::kernel::text::Locale;
use server::tenancy::factor_roles;
use server::tenancy::invitations::{self, Invitation, ROLES};
use server::tenancy::members::{self, Member};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/members", get(show))
}

/// `/o/{org}/admin/members`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let people = members::list(&cx).await?;
    let invites = cx.may(Can::Invite);
    let waiting = if invites { invitations::open(&cx).await? } else { Vec::new() };
    let added = if cx.may(Can::SetFactorRoles) { Some(factor_roles::added(&cx).await?) } else { None };
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let demand = Sheet::new(&visit, "organisations/set-factor-roles", flash.as_ref());
    let sheet = invites.then(|| Sheet::new(&visit, "invitations/send", flash.as_ref()));
    let sign_in = cx.may(Can::ReadProvider).then(|| format!("/o/{org}/admin/sign-in"));
    let (me, may_end) = (cx.standing()?.membership, cx.may(Can::EndSessions));
    Ok(visit.inside(&cx, Nav::Members).show(&say.t("members-title"), move || {
        let rows: Vec<_> = people.into_iter().map(|person| { let mine = person.id == me; row(say, &org, person, may_end && !mine) }).collect();
        let waiting: Vec<_> = waiting.into_iter().map(|invitation| waits(say, &org, invitation)).collect();
        let none = waiting.is_empty();
        view! {
            <div class="page-head"><div><h1>{say.t("members-title")}</h1></div>
                {sign_in.map(|href| view! { <a class="btn" href=href>{say.t("sign-in-title")}</a> })}</div>
            <div class="scroll" role="region" aria-label=say.t("members-title") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-email")}</th><th scope="col">{say.t("members-roles")}</th>
                    <th scope="col">{say.t("members-since")}</th><th scope="col"><span class="visually-hidden">{say.t("members-acts")}</span></th></tr></thead>
                <tbody>{rows}</tbody></table></div>
            {sheet.map(|sheet| view! {
                <section class="flow-s" aria-labelledby="waiting-h"><h2 id="waiting-h">{say.t("invitations-open")}</h2>
                    {none.then(|| view! { <p>{say.t("invitations-none")}</p> })}<ul class="plain-list">{waiting}</ul></section>
                {form(say, &org, &sheet)}
            })}
            {added.map(|added| demands(say, &org, &added, &demand))}
        }
    }))
}

fn row(say: Say, org: &str, person: Member, may_end: bool) -> AnyView {
    let roles = person.roles.iter().map(|role| say.word("role", role.as_str())).collect::<Vec<_>>().join(", ");
    let label = format!("{}: {}", say.t("members-end-sessions"), person.name);
    let end = may_end.then(|| {
        view! {
            <form method="post" action="/fn/members/end-sessions"><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="member" value=person.id.to_string()/><input type="hidden" name="back" value=format!("/o/{org}/admin/members")/>
                <button class="btn btn-small" aria-label=label>{say.t("members-end-sessions")}</button></form>
        }
    });
    view! {
        <tr><th scope="row">{person.name}{person.job_title.map(|title| view! { <br/><small class="muted">{title}</small> })}</th><td>{person.email}</td><td>{roles}</td>
            <td>{person.since.map(|at| crate::format::day(say, at.date_naive()))}</td><td>{end}</td></tr>
    }
    .into_any()
}

fn waits(say: Say, org: &str, invitation: Invitation) -> AnyView {
    let roles = invitation.roles.iter().map(|role| say.word("role", role.as_str())).collect::<Vec<_>>().join(", ");
    let until = if invitation.expired { "invitation-expired" } else { "invitation-until" };
    view! {
        <li class="row"><div><strong>{invitation.email.clone()}</strong>" · "{roles}
            <p class="small muted">{say.t(until)}" "{parts::moment(say, invitation.expires)}</p></div>
            <form method="post" action="/fn/invitations/revoke"><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="invitation" value=invitation.id.to_string()/><input type="hidden" name="back" value=format!("/o/{org}/admin/members")/>
                <button class="btn btn-small" aria-label=format!("{}: {}", say.t("invitation-revoke"), invitation.email)>{say.t("invitation-revoke")}</button></form></li>
    }
    .into_any()
}

fn form(say: Say, org: &str, sheet: &Sheet) -> AnyView {
    let roles = ROLES.map(|role| (role.as_str().to_owned(), say.word("role", role.as_str()))).to_vec();
    let fields = view! {
        {sheet.line("email", "email", "")}{sheet.choice("role", roles, "viewer")}{sheet.language(say.0.as_str())}
        {sheet.actions("invitation-send", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("invitation-new")}</summary><p>{say.t("invitation-text")}</p>
            {sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// Which roles need a second factor: a box each.
fn demands(say: Say, org: &str, added: &[Role], sheet: &Sheet) -> AnyView {
    let boxes = factor_roles::CHOICES
        .map(|role| {
            let name = format!("role-{}", role.as_str());
            // what was ticked, if the form came back
            let checked = if sheet.was_refused() { sheet.value(&name, "") == "yes" } else { added.contains(&role) };
            view! { <label class="row"><input type="checkbox" name=name value="yes" checked=checked/>{say.word("role", role.as_str())}</label> }
        })
        .collect_view();
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
        let roles: Vec<Role> = form.starting("role-").filter_map(|(role, _)| Role::parse(role)).collect();
        factor_roles::set(&cx, &roles).await?;
        Ok(to(forms::back(&form)).saying("factor-roles-set"))
    })
    .await
}

/// Invites somebody.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "invitations/send")]
pub async fn invite(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("invitations/send", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let locale = Locale::parse(form.get("locale")).unwrap_or(Locale::En);
        invitations::invite(&cx, form.get("email"), form.get("role"), locale).await?;
        Ok(to(forms::back(&form)).saying("invited"))
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

/// Ends the sessions of a member.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "members/end-sessions")]
pub async fn end_sessions(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("members/end-sessions", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        members::end_sessions(&cx, form.id("member")?).await?;
        Ok(to(forms::back(&form)).saying("member-signed-out"))
    })
    .await
}
