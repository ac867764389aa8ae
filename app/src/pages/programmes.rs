//! Programmes, or an agency's client organisations: what there is, which projects are part of one, and who is kept to it.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::kernel::error::Error;
use server::kernel::ids::{ProgrammeId, ProjectId};
use server::tenancy::programmes::{self, Kept, Move, Placed, Programme, ProgrammeKind};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/programmes", get(list)).route("/o/{org}/admin/programmes/{id}", get(show))
}

/// `/o/{org}/admin/programmes`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let all = programmes::list(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let add = Sheet::new(&visit, "programmes/add", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Settings).show(&say.t("programmes-title"), move || {
        let none = all.is_empty();
        let rows: Vec<_> = all.iter().map(|programme| row(say, &org, programme)).collect();
        let fields = view! { {add.line("name", "text", "")}{kinds(say, &add, ProgrammeKind::Programme)}{add.actions("add", None)} };
        view! {
            <div class="page-head"><div><h1>{say.t("programmes-title")}</h1><p class="lede">{say.t("programmes-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("programmes-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("programmes-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-programme-kind")}</th>
                        <th scope="col" class="num">{say.t("nav-projects")}</th><th scope="col" class="num">{say.t("programme-people")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            <details class="card" open=add.was_refused() || none><summary>{say.t("programme-new")}</summary>
                {add.form(&[("org", org.clone())], fields)}</details>
        }
    }))
}

fn row(say: Say, org: &str, programme: &Programme) -> AnyView {
    let href = format!("/o/{org}/admin/programmes/{}", programme.id);
    view! {
        <tr><th scope="row"><a href=href>{programme.name.clone()}</a></th><td>{say.word("programme-kind", programme.kind.as_str())}</td>
            <td class="num">{programme.projects}</td><td class="num">{programme.people}</td></tr>
    }
    .into_any()
}

fn kinds(say: Say, sheet: &Sheet, stands: ProgrammeKind) -> AnyView {
    let choices = ProgrammeKind::ALL.map(|kind| (kind.as_str().to_owned(), say.word("programme-kind", kind.as_str())));
    sheet.choice("programme_kind", choices.to_vec(), stands.as_str())
}

/// `/o/{org}/admin/programmes/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let all = programmes::list(&cx).await?;
    let wanted: ProgrammeId = id.parse().map_err(|_| Error::NotFound)?;
    let programme = all.iter().find(|programme| programme.id == wanted).cloned().ok_or(Error::NotFound)?;
    let places = programmes::places(&cx).await?;
    let kept = programmes::kept(&cx, wanted).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (place, update) = (sheet("programmes/place"), sheet("programmes/update"));
    Ok(visit.inside(&cx, Nav::Settings).show(&programme.name.clone(), move || {
        let hidden = [("org", org.clone()), ("programme", programme.id.to_string())];
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/admin/programmes")>{say.t("programmes-title")}</a></li></ol></nav>
            <div class="page-head"><div><p class="eyebrow">{say.word("programme-kind", programme.kind.as_str())}</p><h1>{programme.name.clone()}</h1></div></div>
            {projects(say, &place, &hidden, &all, wanted, places)}
            {people(say, &org, kept)}
            {change(say, &update, &hidden, &programme)}
        }
    }))
}

/// Which projects are part of it: a box each, with what the others are part of now.
fn projects(
    say: Say,
    refused: &Sheet,
    hidden: &[(&'static str, String); 2],
    all: &[Programme],
    id: ProgrammeId,
    places: Vec<Placed>,
) -> AnyView {
    // who was overtaken begins anew from what stands there
    let sheet = &refused.only_if(!refused.is_stale());
    let none = places.is_empty();
    let boxes: Vec<_> = places
        .into_iter()
        .map(|place| {
            let elsewhere = place.programme.filter(|at| *at != id);
            let name = elsewhere.and_then(|at| programmes::names(all, &[at]).pop());
            // on the way back from a proof what was shown before it: what a colleague did meanwhile must not be undone
            let name_was = format!("was-{}", place.project);
            let now = place.programme.map(|at| at.to_string()).unwrap_or_default();
            let was = if sheet.was_refused() { sheet.value(&name_was, "") } else { now };
            let was = (!was.is_empty()).then(|| view! { <input type="hidden" name=name_was value=was/> });
            let label = view! {
                <span>{place.title}" "<small class="muted">{place.code}{name.map(|name| format!(" · {}", say.with("programme-now", &[("name", &name)])))}</small></span>
            };
            view! { {was}{sheet.tick(format!("project-{}", place.project), label, place.programme == Some(id))} }
        })
        .collect();
    let fields =
        view! { <fieldset><legend class="visually-hidden">{say.t("nav-projects")}</legend>{boxes}</fieldset>{sheet.actions("save", None)} };
    view! {
        <section class="card flow-s" aria-labelledby="projects-h"><h2 id="projects-h">{say.t("nav-projects")}</h2><p>{say.t("programme-projects-text")}</p>
            {refused.is_stale().then(|| refused.refusal())}
            {if none { view! { <p>{say.t("projects-none")}</p> }.into_any() } else { sheet.form(hidden, fields) }}</section>
    }
    .into_any()
}

fn people(say: Say, org: &str, kept: Vec<Kept>) -> AnyView {
    let none = kept.is_empty();
    let lines: Vec<_> = kept
        .into_iter()
        .map(|person| view! { <li><a href=format!("/o/{org}/admin/members/{}", person.member)>{person.name}</a></li> })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="people-h"><h2 id="people-h">{say.t("programme-people")}</h2><p>{say.t("programme-people-text")}</p>
            {if none { view! { <p>{say.t("programme-people-none")}</p> }.into_any() } else { view! { <ul>{lines}</ul> }.into_any() }}</section>
    }
    .into_any()
}

fn change(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], programme: &Programme) -> AnyView {
    let [org, id] = hidden.clone();
    let now = [("name", programme.name.clone())];
    let fields = view! { {parts::conflict(say, sheet, &now)}{sheet.line("name", "text", &programme.name)}{kinds(say, sheet, programme.kind)}{sheet.actions("save", None)} };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("programme-change")}</summary>
            {sheet.form(&[org, id, ("row_version", programme.row_version.to_string())], fields)}</details>
    }
    .into_any()
}

/// The programmes that somebody is kept to: a box each. Nothing, where the organisation has none.
pub(super) fn boxes(say: Say, sheet: &Sheet, all: &[Programme], kept: &[ProgrammeId]) -> Option<AnyView> {
    let boxes: Vec<_> = all
        .iter()
        .map(|programme| sheet.tick(format!("programme-{}", programme.id), programme.name.clone(), kept.contains(&programme.id)))
        .collect();
    (!boxes.is_empty()).then(|| {
        // said and not left to be read out of empty boxes: taking somebody's last programme away must not open everything
        let choices = vec![("everywhere".to_owned(), say.t("far-everywhere")), ("programmes".to_owned(), say.t("programmes-these"))];
        let reach = sheet.choice("kept_to", choices, if kept.is_empty() { "everywhere" } else { "programmes" });
        view! {
            {reach}
            <fieldset><legend>{say.t("field-programmes")}</legend>{boxes}{sheet.fault_line("programmes")}</fieldset>
        }
        .into_any()
    })
}

/// The programmes that somebody is to be kept to; none for the whole organisation.
///
/// # Errors
/// Not found, where one is none; `required`, where none is ticked of those that they are to be kept to; `everywhere_or_these`, where
/// some are ticked beside the whole organisation.
pub(super) fn ticked(form: &Fields) -> Result<Vec<ProgrammeId>, Error> {
    let ids: Vec<ProgrammeId> = form
        .starting("programme-")
        .filter(|(_, ticked)| *ticked == "yes")
        .map(|(id, _)| id.parse().map_err(|_| Error::NotFound))
        .collect::<Result<_, _>>()?;
    match (form.get("kept_to"), ids.is_empty()) {
        ("programmes", true) => Err(Error::field("programmes", "required")),
        ("everywhere" | "", false) => Err(Error::field("programmes", "everywhere_or_these")),
        ("programmes", false) | ("everywhere" | "", true) => Ok(ids),
        _ => Err(Error::field("kept_to", "not_a_choice")),
    }
}

/// Names a programme.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "programmes/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("programmes/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let id = programmes::add(&cx, form.get("programme_kind"), form.get("name")).await?;
        Ok(to(format!("/o/{}/admin/programmes/{id}", cx.standing()?.slug)).saying("programme-added"))
    })
    .await
}

/// Changes the name of a programme, and what it is called.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "programmes/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("programmes/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        programmes::update(&cx, form.id("programme")?, form.get("programme_kind"), form.get("name"), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Says which projects are part of a programme: those that are ticked. The form names what each was part of when it was shown.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "programmes/place")]
pub async fn place(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("programmes/place", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        programmes::place(&cx, form.id("programme")?, &moves(&form)?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

fn moves(form: &Fields) -> Result<Vec<Move>, Error> {
    let this: ProgrammeId = form.id("programme")?;
    let mut was = std::collections::BTreeMap::new();
    for (project, programme) in form.starting("was-") {
        was.insert(project, programme.parse::<ProgrammeId>().map_err(|_| Error::NotFound)?);
    }
    let ticked = form.starting("project-").map(|(project, _)| (project, Some(this)));
    let left = was.iter().filter(|(project, at)| **at == this && form.get(&format!("project-{project}")).is_empty());
    let left = left.map(|(project, _)| (*project, None));
    ticked
        .chain(left)
        .map(|(project, to)| {
            let id: ProjectId = project.parse().map_err(|_| Error::NotFound)?;
            Ok(Move { project: id, from: was.get(project).copied(), to })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_comes_and_what_is_not_leaves() {
        let [a, b, c] = [ProjectId::new(), ProjectId::new(), ProjectId::new()];
        let (this, other) = (ProgrammeId::new(), ProgrammeId::new());
        let mut form = Fields::default();
        for (name, value) in [
            ("programme".to_owned(), this.to_string()),
            (format!("was-{a}"), this.to_string()),
            (format!("was-{b}"), other.to_string()),
            (format!("was-{c}"), other.to_string()),
            (format!("project-{b}"), "yes".to_owned()),
        ] {
            form.0.insert(name, value);
        }
        let all: Vec<_> = moves(&form).unwrap_or_default().into_iter().map(|m| (m.project, m.from, m.to)).collect();
        assert_eq!(all, [(b, Some(other), Some(this)), (a, Some(this), None)]);
        form.0.insert(format!("was-{c}"), "x".to_owned());
        assert!(moves(&form).is_err(), "what cannot be read is not taken for none");
    }
}
