//! One member: their roles, what they may see, and what an administrator can do for them.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::{Can, Far, Permission, Role};
use server::kernel::error::Error;
use server::kernel::ids::MembershipId;
use server::tenancy::members::{self, ASSIGNABLE, Profile};
use server::tenancy::programmes::{self, Programme};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::pages::programmes::{boxes, ticked};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// `/o/{org}/admin/members/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: MembershipId = id.parse().map_err(|_| Error::NotFound)?;
    let who = members::get(&cx, id).await?;
    let all = programmes::list(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let mine = cx.standing()?.membership == id;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let sheets = Sheets {
        roles: sheet("members/set-roles"),
        keep: sheet("members/keep-to-programmes"),
        grant: sheet("grants/ask"),
        end: sheet("members/end-sessions"),
        reset: sheet("members/reset-factors"),
        let_go: sheet("members/let-go"),
    };
    let may_ask = cx.may(Can::AskGrant);
    let title = who.member.name.clone();
    Ok(visit.inside(&cx, Nav::Members).show(&title, move || {
        let hidden = [("org", org.clone()), ("member", id.to_string())];
        let acts = (!mine).then(|| view! { {may_ask.then(|| grant(say, &who, &sheets.grant, &hidden))}{acts(say, &who, &sheets, &hidden)} });
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/admin/members")>{say.t("members-title")}</a></li></ol></nav>
            {head(say, &who)}
            {if mine { view! { <p>{say.t("member-mine")}</p> }.into_any() } else { roles(say, &who, &sheets.roles, &hidden) }}
            {kept(say, &org, &who, &all, (!mine).then_some(&sheets.keep), &hidden)}
            {places(say, &org, &who)}
            {sees(say, &who)}
            {acts}
        }
    }))
}

struct Sheets {
    roles: Sheet,
    keep: Sheet,
    grant: Sheet,
    end: Sheet,
    reset: Sheet,
    let_go: Sheet,
}

type Hidden = [(&'static str, String); 2];

fn head(say: Say, who: &Profile) -> AnyView {
    let factor = if who.second_factor { "member-has-factor" } else { "member-no-factor" };
    let last = match who.last_sign_in {
        Some(at) => view! { {say.t("member-last")}" "{parts::moment(say, at)} }.into_any(),
        None => say.t("member-never").into_any(),
    };
    view! {
        <div class="page-head"><div><h1>{who.member.name.clone()}</h1>
            <p class="lede">{who.member.email.clone()}{who.member.job_title.clone().map(|title| format!(" · {title}"))}</p>
            <p class="small muted">{super::roles_in_words(say, &who.member.roles)}" · "{say.t(factor)}" · "{last}</p></div></div>
    }
    .into_any()
}

fn roles(say: Say, who: &Profile, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let keeps = who.member.roles.iter().copied().filter(|role| !ASSIGNABLE.contains(role));
    let boxes: Vec<_> =
        ASSIGNABLE.into_iter().chain(keeps).map(|role| super::role_box(say, sheet, role, who.member.roles.contains(&role))).collect();
    let title = who.member.job_title.clone().unwrap_or_default();
    let fields = view! {
        <fieldset><legend>{say.t("members-roles")}</legend><p class="hint">{say.t("member-roles-hint")}</p>{boxes}{sheet.fault_line("roles")}</fieldset>
        {sheet.line("job_title", "text", &title)}{sheet.actions("save", None)}
    };
    let [org, member] = hidden.clone();
    view! {
        <section class="card flow-s" aria-labelledby="roles-h"><h2 id="roles-h">{say.t("member-roles")}</h2>
            {sheet.form(&[org, member, ("row_version", who.row_version.to_string())], fields)}</section>
    }
    .into_any()
}

/// What a member is kept to. Nothing, where the organisation has no programmes; `sheet` for whoever may change it.
fn kept(say: Say, org: &str, who: &Profile, all: &[Programme], sheet: Option<&Sheet>, hidden: &Hidden) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let rules = who.member.roles.iter().any(|role| role.is_organisation_wide());
    let now = match programmes::names(all, &who.standing.programmes) {
        names if names.is_empty() => say.t("far-everywhere"),
        names => names.join(", "),
    };
    let form = sheet.filter(|_| !rules).map(|sheet| {
        let fields = view! { {boxes(say, sheet, all, &who.standing.programmes)}{sheet.actions("save", None)} };
        let [org, member] = hidden.clone();
        let form = sheet.form(&[org, member, ("row_version", who.row_version.to_string())], fields);
        view! { <details open=sheet.was_refused()><summary>{say.t("programme-change")}</summary>{form}</details> }
    });
    view! {
        <section class="card flow-s" aria-labelledby="programmes-h"><h2 id="programmes-h">{say.t("programmes-kept")}</h2>
            <p>{now}" "<a class="small" href=format!("/o/{org}/admin/programmes")>{say.t("programmes-title")}</a></p>
            {rules.then(|| view! { <p class="small muted">{say.t("problem-ruler-unlimited")}</p> })}{form}</section>
    }
    .into_any()
}

fn grant(say: Say, who: &Profile, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let missing: Vec<_> = [Role::TenantAdmin, Role::SafeguardingFocal]
        .into_iter()
        .filter(|role| !who.member.roles.contains(role))
        .map(|role| (role.as_str().to_owned(), say.word("role", role.as_str())))
        .collect();
    if missing.is_empty() {
        return ().into_any();
    }
    let fields = view! { {sheet.choice("role", missing, "")}{sheet.line("reason", "text", "")}{sheet.actions("grant-ask", None)} };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("grant-new")}</summary><p>{say.t("grant-text")}</p>
            {sheet.form(hidden, fields)}</details>
    }
    .into_any()
}

fn places(say: Say, org: &str, who: &Profile) -> AnyView {
    let none = who.places.is_empty();
    let rows: Vec<_> = who
        .places
        .iter()
        .map(|place| {
            let role = place.role.map(|role| say.word("role", role.as_str())).unwrap_or_default();
            let where_ = if place.locations == 0 { say.t("all-locations") } else { say.count("locations-count", place.locations) };
            let rests = place.rests.then(|| view! { <br/><small class="muted">{say.t("member-rests")}</small> });
            view! {
                <tr><th scope="row"><a href=format!("/o/{org}/projects/{}/setup#people-h", place.code)>{place.title.clone()}</a>{rests}</th>
                    <td>{role}</td><td>{where_}</td></tr>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="places-h"><h2 id="places-h">{say.t("member-places")}</h2>
            {none.then(|| view! { <p>{say.t("member-places-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("member-places") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-project")}</th><th scope="col">{say.t("col-role")}</th><th scope="col">{say.t("field-location")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}</section>
    }
    .into_any()
}

/// What can this person see? Each permission with how far it reaches, by the same judgement that opens the doors.
fn sees(say: Say, who: &Profile) -> AnyView {
    let active = who.places.iter().filter(|place| !place.rests);
    let title = |id| active.clone().zip(&who.standing.assignments).find(|(_, a)| a.project == id).map(|(place, _)| place.title.clone());
    let rows: Vec<_> = Permission::ALL
        .iter()
        .filter(|permission| permission.is_in_use())
        .filter_map(|permission| {
            let far = match Far::of(&who.standing, *permission) {
                Far::Nowhere => return None,
                Far::Everywhere => say.t("far-everywhere"),
                Far::Names => say.t("far-names"),
                Far::Own => say.t("far-own"),
                Far::In(projects) => projects.into_iter().filter_map(title).collect::<Vec<_>>().join(", "),
            };
            let row = permission.row();
            Some(view! { <tr><th scope="row">{say.word("permission", row.name)}</th><td>{far}</td></tr> })
        })
        .collect();
    let none = rows.is_empty();
    view! {
        <details class="card"><summary>{say.t("member-sees")}</summary>
            {none.then(|| view! { <p>{say.t("member-sees-none")}</p> })}
            <div class="scroll" role="region" aria-label=say.t("member-sees") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("roles-permission")}</th><th scope="col">{say.t("member-where")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></details>
    }
    .into_any()
}

fn acts(say: Say, who: &Profile, sheets: &Sheets, hidden: &Hidden) -> AnyView {
    let reset = if who.elsewhere {
        view! { <p>{say.t("member-reset-elsewhere")}</p> }.into_any()
    } else {
        view! { <p>{say.t("member-reset-text")}</p>{sheets.reset.form(hidden, sheets.reset.actions("member-reset", None))} }.into_any()
    };
    let let_go = view! { {sheets.let_go.line("reason", "text", "")}{sheets.let_go.actions("member-let-go", None)} };
    view! {
        <details class="card" open=sheets.end.was_refused()><summary>{say.t("members-end-sessions")}</summary><p>{say.t("member-end-text")}</p>
            {sheets.end.form(hidden, sheets.end.actions("members-end-sessions", None))}</details>
        <details class="card" open=sheets.reset.was_refused()><summary>{say.t("member-reset")}</summary>{reset}</details>
        <details class="card" open=sheets.let_go.was_refused()><summary>{say.t("member-let-go")}</summary><p>{say.t("member-let-go-text")}</p>
            {sheets.let_go.form(hidden, let_go)}</details>
    }
    .into_any()
}

/// Sets roles and title of a member.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "members/set-roles")]
pub async fn set_roles(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("members/set-roles", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let roles = super::ticked(&form);
        members::set_roles(&cx, form.id("member")?, &roles, form.get("job_title"), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Keeps a member to programmes.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "members/keep-to-programmes")]
pub async fn keep_to_programmes(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("members/keep-to-programmes", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        programmes::keep_member(&cx, form.id("member")?, &ticked(&form)?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Lets a member go.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "members/let-go")]
pub async fn let_go(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("members/let-go", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        members::let_go(&cx, form.id("member")?, form.get("reason")).await?;
        Ok(to(format!("/o/{}/admin/members", cx.standing()?.slug)).saying("member-let-go"))
    })
    .await
}

/// Takes every second factor off a member's account.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "members/reset-factors")]
pub async fn reset_factors(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("members/reset-factors", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        members::reset_factors(&cx, form.id("member")?).await?;
        Ok(to(forms::back(&form)).saying("member-reset"))
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
