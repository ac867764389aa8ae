//! A new indicator that begins from the library.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use leptos::prelude::*;
use serde::Deserialize;
use server::kernel::error::Error;
use server::projects::framework::{self, Status};
use server::projects::indicators::library::{self, Kept, SHIPPED};

use super::super::{Tab, head, project};
use super::form;
use crate::answers::Answer;
use crate::forms::Sheet;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// The code of an indicator of the library; empty for none yet.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    from: String,
}

/// `/o/{org}/projects/{code}/indicators?from=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let kept = library::offered(&cx, project.id).await?;
    let nodes = framework::get(&cx, project.id).await?.nodes;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let chosen = if asked.from.is_empty() { None } else { Some(sheet_of(say, &kept, &asked.from).ok_or(Error::NotFound)?) };
    let sheet = Sheet::new(&visit, "indicators/add", flash.as_ref());
    let top = head(say, &cx, &project, Tab::Overview);
    // approved while somebody filled the sheet in: what was typed stands there to be copied
    let lost = (!Status::parse(&project.framework_status).is_open()).then(|| {
        view! { <p class="notice warning">{say.t("problem-framework-approved")}</p>{parts::lost(say, &sheet, &form::FIELDS)} }
    });
    if let Some(lost) = lost {
        return Ok(visit.inside(&cx, Nav::Projects).show(&say.t("library-begin"), move || view! { {top}{lost} }));
    }
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("library-begin"), move || {
        let hidden = [("org", org.clone()), ("project", project.id.to_string())];
        view! {
            {top}
            <section class="flow" aria-labelledby="begin-h"><h2 id="begin-h">{say.t("library-begin")}</h2><p>{say.t("library-begin-text")}</p>
                {choice(say, &format!("/o/{org}/projects/{code}/indicators"), &kept, &asked.from)}
                {chosen.map(|stands| form::whole(say, &sheet, &hidden, &nodes, &asked.from, &stands))}
            </section>
        }
    }))
}

/// What stands on a sheet of the library.
fn sheet_of(say: Say, kept: &[Kept], code: &str) -> Option<BTreeMap<String, String>> {
    let own = kept.iter().find(|kept| kept.code == code).map(|kept| kept.fields.clone());
    own.or_else(|| SHIPPED.iter().find(|shipped| shipped.code == code).map(|shipped| shipped.sheet(say.0)))
}

fn choice(say: Say, action: &str, kept: &[Kept], from: &str) -> AnyView {
    let option = |code: &str, title: &str| {
        let text = format!("{code} · {title}");
        view! { <option value=code.to_owned() selected=code == from>{text}</option> }
    };
    let own: Vec<_> = kept.iter().map(|kept| option(&kept.code, &kept.title)).collect();
    let fresh = SHIPPED.iter().filter(|shipped| kept.iter().all(|kept| kept.code != shipped.code));
    let shipped: Vec<_> = fresh.map(|shipped| option(shipped.code, shipped.wording().say(say.0))).collect();
    view! {
        <form class="filters" method="get" action=action.to_owned()>
            <div class="field"><label for="library-from">{say.t("library-from")}</label><select id="library-from" name="from">{own}{shipped}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}
