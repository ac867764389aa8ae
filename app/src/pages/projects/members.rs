//! Who works in a project, in which role and where.

use axum::extract::Path;
use leptos::prelude::*;
use server::access::{Can, Cx, Role};
use server::identity::flash::Flash;
use server::kernel::error::{Error, Result};
use server::kernel::ids::{LocationId, MembershipId, ProjectId, ProjectMemberId};
use server::projects::locations;
use server::projects::members::{self, Member};

use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// What a person may change about the people of a project.
struct May {
    /// Everybody who can be assigned; none where this person may assign nobody.
    candidates: Option<Vec<(MembershipId, String)>>,
    managers: bool,
    me: MembershipId,
}

/// The people of a project, as part of its set-up.
pub(super) async fn section(visit: &Visit, cx: &Cx, id: ProjectId, base: &str, flash: Option<&Flash>) -> Result<AnyView> {
    let people = members::list(cx, id).await?;
    let candidates = if cx.may(Can::AssignMembers(id)) { Some(members::candidates(cx, id).await?) } else { None };
    let may = May { candidates, managers: cx.may(Can::AssignManagers(id)), me: cx.standing()?.membership };
    let say = visit.say;
    let hidden = [("org", cx.standing()?.slug.clone()), ("project", id.to_string())];
    let assign = Sheet::new(visit, "project-members/assign", flash);
    let rows: Vec<_> = people.into_iter().map(|member| row(say, base, &may, &assign.back(), &hidden, member)).collect();
    let none = rows.is_empty();
    let form = may.candidates.map(|all| assign_form(say, &assign, &hidden, all, may.managers));
    Ok(view! {
        <section class="flow-s" aria-labelledby="people-h"><h2 id="people-h">{say.t("people-title")}</h2>
            {none.then(|| view! { <p>{say.t("people-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("people-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("col-role")}</th><th scope="col">{say.t("field-location")}</th>
                        <th scope="col"><span class="visually-hidden">{say.t("col-actions")}</span></th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}{form}</section>
    }
    .into_any())
}

fn row(say: Say, base: &str, may: &May, back: &str, hidden: &[(&'static str, String); 2], member: Member) -> AnyView {
    let limited = member.locations.len();
    let places = if limited == 0 { say.t("all-locations") } else { say.count_of("locations-count", limited) };
    let manager = Role::parse(&member.role) == Some(Role::ProjectManager);
    let rules = may.candidates.is_some() && member.membership != may.me && (may.managers || !manager);
    let field = Role::parse(&member.role) == Some(Role::FieldOfficer);
    let role = say.word("role", &member.role);
    let rests = member.rests.then(|| view! { <br/><small class="muted">{say.t("member-rests")}</small> });
    let acts = rules.then(|| {
        let limit = field.then(|| {
            view! { <a class="btn btn-small" href=format!("{base}/people/{}", member.id) aria-label=format!("{}: {}", say.t("people-limit"), member.name)>{say.t("people-limit")}</a> }
        });
        let [org, project] = hidden.clone();
        view! {
            <div class="row">{limit}
                <form method="post" action="/fn/project-members/remove"><input type="hidden" name="org" value=org.1/>
                    <input type="hidden" name="project" value=project.1/><input type="hidden" name="person" value=member.id.to_string()/>
                    <input type="hidden" name="back" value=back.to_owned()/>
                    <button class="btn btn-small" aria-label=format!("{}: {} – {role}", say.t("remove"), member.name)>{say.t("remove")}</button></form></div>
        }
    });
    view! { <tr><th scope="row">{member.name}</th><td>{role}{rests}</td><td>{places}</td><td>{acts}</td></tr> }.into_any()
}

fn assign_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], all: Vec<(MembershipId, String)>, managers: bool) -> AnyView {
    let people = all.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let roles = [Role::FieldOfficer, Role::MealOfficer, Role::Viewer, Role::ProjectManager]
        .into_iter()
        .filter(|role| managers || *role != Role::ProjectManager)
        .map(|role| (role.as_str().to_owned(), say.word("role", role.as_str())))
        .collect();
    let fields = view! { {sheet.choice("member", people, "")}{sheet.choice("role", roles, "")}{sheet.actions("add", None)} };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("people-assign")}</summary><p>{say.t("people-assign-text")}</p>
            {sheet.form(hidden, fields)}</details>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/people/{id}`: the places that a field officer keeps to.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ProjectMemberId = id.parse().map_err(|_| Error::NotFound)?;
    if !cx.may(Can::AssignMembers(project.id)) {
        return Err(Error::Forbidden.into());
    }
    let people = members::list(&cx, project.id).await?;
    let member = people.into_iter().find(|member| member.id == id).ok_or(Error::NotFound)?;
    let places = locations::list(&cx, project.id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "project-members/limit", flash.as_ref());
    let top = head(say, &cx, &project, Tab::Setup);
    let setup = format!("/o/{org}/projects/{code}/setup");
    Ok(visit.inside(&cx, Nav::Projects).show(&member.name.clone(), move || {
        let none = places.is_empty();
        let boxes: Vec<_> = places
            .into_iter()
            .map(|place| {
                let stands = member.locations.contains(&place.id);
                let within = place.parent.map(|parent| view! { <small class="muted">{parent}</small> });
                sheet.tick(format!("location-{}", place.id), view! { {place.name}" "{within} }, stands)
            })
            .collect();
        let hidden = [("org", org), ("project", project.id.to_string()), ("person", id.to_string())];
        let fields = view! {
            <fieldset class="boxes"><legend>{say.t("field-location")}</legend>{boxes}</fieldset>{sheet.actions("save", Some(setup.clone()))}
        };
        view! {
            {top}
            <section class="card flow-s" aria-labelledby="limit-h"><h2 id="limit-h">{member.name.clone()}</h2><p>{say.t("people-limit-text")}</p>
                {none.then(|| view! { <p>{say.t("locations-none")}</p> })}
                {sheet.form(&hidden, fields)}</section>
        }
    }))
}

/// Assigns somebody a role in a project.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "project-members/assign")]
pub async fn assign(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("project-members/assign", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let role = Role::parse(form.get("role")).ok_or_else(|| Error::field("role", "not_a_choice"))?;
        members::assign(&cx, project_of(&form)?, form.id("member")?, role, &[]).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Keeps a field officer to places.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "project-members/limit")]
pub async fn limit(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("project-members/limit", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let places: Vec<LocationId> = form.starting("location-").filter_map(|(id, _)| id.parse().ok()).collect();
        members::limit(&cx, project_of(&form)?, form.id("person")?, &places).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Takes a role in a project from somebody.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "project-members/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("project-members/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        members::remove(&cx, project_of(&form)?, form.id("person")?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
