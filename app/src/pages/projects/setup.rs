//! Periods, places and people of a project.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::kernel::ids::ProjectId;
use server::projects::locations::{self, Location};
use server::projects::members::{self, Member};
use server::projects::periods::{self, Period, State};

use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::{day, period};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Periods shown, newest first.
const SHOWN: usize = 60;

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/setup", get(show))
}

/// What a person may do here.
struct Rights {
    lock: bool,
    unlock: bool,
}

/// `/o/{org}/projects/{code}/setup`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let id = project.id;
    let mut all = periods::list(&cx, id).await?;
    all.reverse();
    // who may not see places is not told that there are none
    let places = if cx.may(Can::ViewTracking(id)) { Some(locations::list(&cx, id).await?) } else { None };
    let people = members::list(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form, can| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let (make, add) = (sheet("periods/make", Can::ConfigurePeriods(id)), sheet("locations/add", Can::EditFramework(id)));
    let unlock = Sheet::new(&visit, "periods/unlock", flash.as_ref());
    let rights = rights(&cx, id);
    let top = head(say, &cx, &project, Tab::Setup);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-setup"), move || {
        let hidden = [("org", org.clone()), ("project", id.to_string())];
        let back = format!("/o/{org}/projects/{code}/setup");
        view! {
            {top}
            {periods_section(say, &hidden, &back, &all, &rights, &unlock)}
            {make.map(|sheet| make_form(say, &sheet, &hidden))}
            {places.map(|places| places_section(say, places))}
            {add.map(|sheet| add_form(say, &sheet, &hidden))}
            {people_section(say, people)}
        }
    }))
}

fn rights(cx: &Cx, id: ProjectId) -> Rights {
    Rights { lock: cx.may(Can::LockPeriod(id)), unlock: cx.may(Can::UnlockPeriod(id)) }
}

fn periods_section(say: Say, hidden: &[(&'static str, String); 2], back: &str, all: &[Period], rights: &Rights, unlock: &Sheet) -> AnyView {
    let rows: Vec<_> = all
        .iter()
        .take(SHOWN)
        .map(|p| {
            let actions = match p.state {
                State::Locked if rights.unlock => unlock_form(say, hidden, unlock, p),
                State::Locked => ().into_any(),
                _ if rights.lock => lock_form(say, hidden, back, p),
                _ => ().into_any(),
            };
            view! {
                <tr><th scope="row">{period(say, &p.name)}</th><td>{say.word("frequency", p.kind.as_str())}</td>
                    <td>{day(say, p.start)}" – "{day(say, p.end)}{window(say, p)}</td><td>{parts::status(say, p.state.as_str())}</td><td>{actions}</td></tr>
            }
        })
        .collect();
    let none = all.is_empty();
    let more = (all.len() > SHOWN).then(|| say.with("periods-shown", &[("shown", &SHOWN.to_string()), ("all", &all.len().to_string())]));
    view! {
        <section class="flow-s" aria-labelledby="periods-h"><h2 id="periods-h">{say.t("periods-title")}</h2>
            {none.then(|| view! { <p>{say.t("periods-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("periods-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-period")}</th><th scope="col">{say.t("field-frequency")}</th><th scope="col">{say.t("col-dates")}</th>
                        <th scope="col">{say.t("col-status")}</th><th scope="col">{say.t("col-actions")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            {more.map(|more| view! { <p class="small muted">{more}</p> })}
        </section>
    }
    .into_any()
}

/// When figures may be entered, where that is limited.
fn window(say: Say, p: &Period) -> Option<AnyView> {
    let text = match (p.window_opens, p.window_closes) {
        (None, None) => return None,
        (Some(first), None) => say.with("window-from", &[("first", &day(say, first))]),
        (None, Some(last)) => say.with("window-until", &[("last", &day(say, last))]),
        (Some(first), Some(last)) => say.with("window-between", &[("first", &day(say, first)), ("last", &day(say, last))]),
    };
    Some(view! { <br/><small class="muted">{text}</small> }.into_any())
}

fn lock_form(say: Say, hidden: &[(&'static str, String); 2], back: &str, p: &Period) -> AnyView {
    let fields: Vec<_> = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect();
    let label = say.with("period-lock-label", &[("period", &period(say, &p.name))]);
    view! {
        <form method="post" action="/fn/periods/lock">{fields}<input type="hidden" name="back" value=back.to_owned()/>
            <input type="hidden" name="period" value=p.id.to_string()/><button class="btn btn-small" aria-label=label>{say.t("period-lock")}</button></form>
    }
    .into_any()
}

fn unlock_form(say: Say, hidden: &[(&'static str, String); 2], sheet: &Sheet, p: &Period) -> AnyView {
    let fields: Vec<_> = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect();
    let refused = sheet.was_refused() && sheet.value("period", "") == p.id.to_string();
    let mine = refused.then_some(sheet);
    let back = sheet.back();
    view! {
        <details open=refused><summary>{say.t("period-unlock")}</summary>
            <form class="form" method="post" action="/fn/periods/unlock">{fields}
                <input type="hidden" name="back" value=back/><input type="hidden" name="period" value=p.id.to_string()/>
                {mine.map(Sheet::refusal)}
                {unlock_field(say, mine, p, "days", "7")}
                {unlock_field(say, mine, p, "reason", "")}
                <button class="btn btn-small">{say.t("period-unlock")}</button>
            </form></details>
    }
    .into_any()
}

/// A field of one of many unlock forms. Only the refused one has what was typed, and the ids that its refusal links to.
fn unlock_field(say: Say, refused: Option<&Sheet>, p: &Period, field: &'static str, stands: &str) -> AnyView {
    let id = refused.map_or_else(|| format!("{field}-{}", p.id), |sheet| sheet.id(field));
    let value = refused.map_or_else(|| stands.to_owned(), |sheet| sheet.value(field, stands));
    let fault = refused.and_then(|sheet| sheet.fault(field));
    let (invalid, described) = (fault.as_ref().map(|_| "true"), fault.as_ref().map(|_| format!("{id}-e")));
    let (class, mode) = if field == "days" { ("short", "numeric") } else { ("", "text") };
    view! {
        <div class="field"><label for=id.clone()>{say.word("field", field)}</label>
            <input class=class id=id.clone() name=field inputmode=mode value=value aria-invalid=invalid aria-describedby=described/>
            {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}</div>
    }
    .into_any()
}

fn make_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2]) -> AnyView {
    let kinds = ["monthly", "quarterly", "tri_annual", "semi_annual", "annual"];
    let kinds = kinds.iter().map(|k| ((*k).to_owned(), say.word("frequency", k))).collect();
    let fields = view! {
        {sheet.choice("frequency", kinds, "quarterly")}{sheet.line("from", "date", "")}{sheet.line("to", "date", "")}{sheet.actions("periods-make", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("periods-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
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

fn people_section(say: Say, people: Vec<Member>) -> AnyView {
    let rows: Vec<_> = people
        .into_iter()
        .map(|member| {
            let places = if member.locations == 0 { say.t("all-locations") } else { say.count("locations-count", member.locations) };
            view! { <tr><th scope="row">{member.name}</th><td>{say.word("role", &member.role)}</td><td>{places}</td></tr> }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="people-h"><h2 id="people-h">{say.t("people-title")}</h2>
            <div class="scroll" role="region" aria-label=say.t("people-title") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("col-role")}</th><th scope="col">{say.t("field-location")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></section>
    }
    .into_any()
}

/// Makes calendar periods.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/make")]
pub async fn make(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/make", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        periods::make(&cx, project_of(&form)?, form.get("frequency"), form.get("from"), form.get("to")).await?;
        Ok(to(forms::back(&form)).saying("periods-made"))
    })
    .await
}

/// Locks a period.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/lock")]
pub async fn lock(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/lock", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        periods::lock(&cx, project_of(&form)?, form.id("period")?).await?;
        Ok(to(forms::back(&form)).saying("period-locked"))
    })
    .await
}

/// Unlocks a period for a while.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/unlock")]
pub async fn unlock(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/unlock", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let days = form.get("days").trim().parse().unwrap_or(0);
        periods::unlock(&cx, project_of(&form)?, form.id("period")?, days, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("period-unlocked"))
    })
    .await
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
