//! Periods, places and people of a project.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Can;
use server::projects::locations::{self, Location, LocationForm};

use super::{Tab, head, members, periods, project, project_of};
use crate::answers::{Answer, encode};
use crate::format::plain;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/setup", get(show)).route("/o/{org}/projects/{code}/people/{id}", get(members::show))
}

/// The place that is to be changed, by its code; empty for none.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    place: String,
}

/// `/o/{org}/projects/{code}/setup?place=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id = project.id;
    let mut all = server::projects::periods::list(&cx, id).await?;
    all.reverse();
    // who may not see places is not told that there are none
    let places = if cx.may(Can::ViewTracking(id)) { Some(locations::list(&cx, id).await?) } else { None };
    let flash = visit.flash(cx.actor().user()).await?;
    let people = members::section(&visit, &cx, id, &format!("/o/{org}/projects/{code}"), flash.as_ref()).await?;
    let say = visit.say;
    let may_edit = cx.may(Can::EditFramework(id));
    let add = may_edit.then(|| Sheet::new(&visit, "locations/add", flash.as_ref()));
    let chosen = places.iter().flatten().find(|place| may_edit && place.code == asked.place).cloned();
    let edit = chosen.map(|place| (Sheet::new(&visit, "locations/update", flash.as_ref()), place));
    let top = head(say, &cx, &project, Tab::Setup);
    let base = format!("/o/{org}/projects/{code}/setup");
    let lost = Sheet::new(&visit, "locations/update", flash.as_ref());
    let whole = cx.may(Can::ImportLocations).then(|| format!("/o/{org}/locations/import"));
    let bin = cx.may(Can::KeepBin(id)).then(|| format!("/o/{org}/projects/{code}/bin"));
    let hidden = [("org", org), ("project", id.to_string())];
    let periods = periods::section(&visit, &cx, id, &hidden, &all, flash.as_ref());
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-setup"), move || {
        view! {
            {top}
            {periods}
            {match edit {
                Some((sheet, place)) => edit_form(say, &sheet, &hidden, &place, &base),
                None => parts::lost(say, &lost, &["name", "lat", "lon"]),
            }}
            {places.map(|places| places_section(say, places, may_edit.then_some(&base)))}
            {add.map(|sheet| add_form(say, &sheet, &hidden))}
            {whole.map(|href| view! { <p class="no-print"><a href=href>{say.t("register-title-locations")}</a></p> })}
            {people}
            {bin.map(|href| view! { <p class="no-print"><a href=href>{say.t("bin-open")}</a></p> })}
        }
    }))
}

fn places_section(say: Say, places: Vec<Location>, base: Option<&String>) -> AnyView {
    let none = places.is_empty();
    let rows: Vec<_> = places
        .into_iter()
        .map(|l| {
            let change = base.map(|base| {
                let label = format!("{}: {}", say.t("change"), l.name);
                view! { <td class="no-print"><a class="btn btn-small" href=format!("{base}?place={}", encode(&l.code)) aria-label=label>{say.t("change")}</a></td> }
            });
            let point = l.point.map(|point| format!("{}, {}", point.lat.normalize(), point.lon.normalize()));
            view! { <tr><th scope="row">{l.name}</th><td><code>{l.code}</code></td><td>{l.parent.unwrap_or_default()}</td><td class="num">{point}</td>{change}</tr> }
        })
        .collect();
    let actions = base.map(|_| view! { <th scope="col" class="no-print">{say.t("col-actions")}</th> });
    view! {
        <section class="flow-s" aria-labelledby="places-h"><h2 id="places-h">{say.t("locations-title")}</h2>
            {none.then(|| view! { <p>{say.t("locations-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll tall" role="region" aria-label=say.t("locations-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-code")}</th><th scope="col">{say.t("col-within")}</th><th scope="col" class="num">{say.t("col-point")}</th>{actions}</tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
        </section>
    }
    .into_any()
}

fn add_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2]) -> AnyView {
    let fields = view! {
        {sheet.line("name", "text", "")}{sheet.line("code", "text", "")}{sheet.line("lat", "text", "")}{sheet.line("lon", "text", "")}
        {sheet.actions("add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("location-new")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], place: &Location, base: &str) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.extend([("location", place.id.to_string()), ("row_version", place.row_version.to_string())]);
    let (lat, lon) = (plain(place.point.map(|point| point.lat)), plain(place.point.map(|point| point.lon)));
    let stands = [("name", place.name.clone()), ("lat", lat.clone()), ("lon", lon.clone())];
    let fields = view! {
        {parts::conflict(say, sheet, &stands)}
        <p class="small muted">{say.t("location-shared")}</p>
        {sheet.line("name", "text", &place.name)}{sheet.line("lat", "text", &lat)}{sheet.line("lon", "text", &lon)}
        {sheet.actions("save", Some(base.to_owned()))}
    };
    view! { <section class="card no-print" aria-labelledby="place-h"><h2 id="place-h">{say.with("location-edit", &[("code", &place.code)])}</h2>{sheet.form(&hidden, fields)}</section> }.into_any()
}

/// A place as typed.
fn typed(form: &Fields) -> LocationForm<'_> {
    LocationForm { code: form.get("code"), name: form.get("name"), lat: form.get("lat"), lon: form.get("lon") }
}

/// Adds a place.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "locations/add")]
pub async fn add_location(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("locations/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        locations::add(&cx, project_of(&form)?, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("location-added"))
    })
    .await
}

/// Changes a place.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "locations/update")]
pub async fn update_location(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("locations/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        locations::update(&cx, project_of(&form)?, form.id("location")?, typed(&form), form.row_version()?).await?;
        let back = forms::back(&form);
        Ok(to(back.split('?').next().unwrap_or(&back).to_owned()).saying("saved"))
    })
    .await
}
