//! Periods, places and people of a project.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::projects::locations::{self, Location};

use super::{Tab, head, members, periods, project, project_of};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/setup", get(show)).route("/o/{org}/projects/{code}/people/{id}", get(members::show))
}

/// `/o/{org}/projects/{code}/setup`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let id = project.id;
    let mut all = server::projects::periods::list(&cx, id).await?;
    all.reverse();
    // who may not see places is not told that there are none
    let places = if cx.may(Can::ViewTracking(id)) { Some(locations::list(&cx, id).await?) } else { None };
    let flash = visit.flash(cx.actor().user()).await?;
    let people = members::section(&visit, &cx, id, &format!("/o/{org}/projects/{code}"), flash.as_ref()).await?;
    let say = visit.say;
    let add = cx.may(Can::EditFramework(id)).then(|| Sheet::new(&visit, "locations/add", flash.as_ref()));
    let top = head(say, &cx, &project, Tab::Setup);
    let hidden = [("org", org), ("project", id.to_string())];
    let periods = periods::section(&visit, &cx, id, &hidden, &all, flash.as_ref());
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-setup"), move || {
        view! {
            {top}
            {periods}
            {places.map(|places| places_section(say, places))}
            {add.map(|sheet| add_form(say, &sheet, &hidden))}
            {people}
        }
    }))
}

fn places_section(say: Say, places: Vec<Location>) -> AnyView {
    let none = places.is_empty();
    let rows: Vec<_> = places
        .into_iter()
        .map(|l| view! { <tr><th scope="row">{l.name}</th><td><code>{l.code}</code></td><td>{l.parent.unwrap_or_default()}</td></tr> })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="places-h"><h2 id="places-h">{say.t("locations-title")}</h2>
            {none.then(|| view! { <p>{say.t("locations-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll tall" role="region" aria-label=say.t("locations-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-code")}</th><th scope="col">{say.t("col-within")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
        </section>
    }
    .into_any()
}

fn add_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2]) -> AnyView {
    let fields = view! { {sheet.line("name", "text", "")}{sheet.line("code", "text", "")}{sheet.actions("add", None)} };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("location-new")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

/// Adds a place.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "locations/add")]
pub async fn add_location(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("locations/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        locations::add(&cx, project_of(&form)?, form.get("code"), form.get("name")).await?;
        Ok(to(forms::back(&form)).saying("location-added"))
    })
    .await
}
