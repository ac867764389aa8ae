//! The bin of a project: what was deleted, taking it back, and deleting a file for good.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::projects::bin::{self, Binned, DAYS, Kind, MOST_LISTED};
use server::projects::evidence;

use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/bin", get(show))
}

/// The file that is to be deleted for good, by its id; empty for none.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    delete: String,
}

/// `/o/{org}/projects/{code}/bin?delete=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let all = bin::list(&cx, project.id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let deletes = evidence::rights(&cx, project.id).rules;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (back, delete) = (sheet("bin/take-back"), sheet("evidence/delete"));
    let chosen = all.iter().find(|thing| may_delete(deletes, thing) && thing.id.to_string() == asked.delete).cloned();
    let top = head(say, &cx, &project, Tab::Setup);
    let cut = all.len() == MOST_LISTED;
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("bin-title"), move || {
        let here = format!("/o/{org}/projects/{code}/bin");
        let hidden = vec![("org", org), ("project", project.id.to_string())];
        view! {
            {top}
            <div class="section-head"><h2>{say.t("bin-title")}</h2></div><p class="lede">{say.count("bin-text", DAYS)}</p>
            {back.refusal()}
            {match chosen {
                Some(thing) => delete_form(say, &delete, &hidden, &thing, &here),
                None => delete.refusal(),
            }}
            {cut.then(|| view! { <p class="notice">{say.count_of("bin-cut", MOST_LISTED)}</p> })}
            {table(say, &here, &hidden, all, deletes)}
        }
    }))
}

/// Of what lies in the bin only files are deleted before their time.
fn may_delete(deletes: bool, thing: &Binned) -> bool {
    deletes && thing.kind == Kind::Evidence
}

fn delete_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], thing: &Binned, here: &str) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.push(("evidence", thing.id.to_string()));
    let fields = view! {
        <p>{say.t("bin-delete-text")}</p>
        {sheet.typed_to_delete(say.with("delete-type", &[("name", &thing.name)]))}
        {sheet.actions("bin-delete", Some(here.to_owned()))}
    };
    view! { <section class="card no-print" aria-labelledby="bin-delete-h"><h3 id="bin-delete-h"><bdi>{thing.name.clone()}</bdi></h3>{sheet.form(&hidden, fields)}</section> }
        .into_any()
}

fn table(say: Say, here: &str, hidden: &[(&'static str, String)], all: Vec<Binned>, deletes: bool) -> AnyView {
    if all.is_empty() {
        return view! { <div class="empty"><p>{say.t("bin-none")}</p></div> }.into_any();
    }
    let rows: Vec<_> = all.into_iter().map(|thing| row(say, here, hidden, thing, deletes)).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("bin-title") tabindex="0"><table class="list">
            <thead><tr><th scope="col">{say.t("col-what")}</th><th scope="col">{say.t("bin-kind")}</th><th scope="col">{say.t("col-by")}</th>
                <th scope="col">{say.t("bin-until")}</th><th scope="col" class="no-print">{say.t("col-actions")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, here: &str, hidden: &[(&'static str, String)], thing: Binned, deletes: bool) -> AnyView {
    let named = |key: &str| format!("{}: {}", say.t(key), thing.name);
    let back = if thing.mine_to_take_back {
        let hidden: Vec<_> = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect();
        view! {
            <form method="post" action="/fn/bin/take-back">{hidden}<input type="hidden" name="kind" value=thing.kind.table()/>
                <input type="hidden" name="record" value=thing.id.to_string()/><input type="hidden" name="back" value=here.to_owned()/>
                <button class="btn btn-small" aria-label=named("bin-take-back")>{say.t("bin-take-back")}</button></form>
        }
        .into_any()
    } else {
        view! { <span class="small muted">{say.t("bin-not-yours")}</span> }.into_any()
    };
    let delete = may_delete(deletes, &thing).then(
        || view! { <a class="btn btn-small" href=format!("{here}?delete={}", thing.id) aria-label=named("bin-delete")>{say.t("bin-delete")}</a> },
    );
    view! {
        <tr><th scope="row"><bdi>{thing.name.clone()}</bdi>{(!thing.within.is_empty()).then(|| view! { <p class="small muted"><bdi>{thing.within.clone()}</bdi></p> })}</th>
            <td>{say.word("bin-kind", thing.kind.table())}</td>
            <td>{thing.by.clone().unwrap_or_default()}<p class="small muted">{parts::moment(say, thing.at)}</p></td>
            <td>{parts::moment(say, thing.until)}</td>
            <td class="no-print"><div class="row">{back}{delete}</div></td></tr>
    }
    .into_any()
}

/// Takes something back out of the bin.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "bin/take-back")]
pub async fn take_back(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("bin/take-back", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        bin::take_back(&cx, &visit.app.files, project_of(&form)?, form.get("kind"), form.id("record")?).await?;
        Ok(to(forms::back(&form)).saying("taken-back"))
    })
    .await
}

/// Deletes a file that lies in the bin for good.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "evidence/delete")]
pub async fn delete(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("evidence/delete", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        evidence::delete(&cx, &visit.app.files, project_of(&form)?, form.id("evidence")?, form.get("confirm")).await?;
        let back = forms::back(&form);
        Ok(to(back.split('?').next().unwrap_or(&back).to_owned()).saying("evidence-deleted"))
    })
    .await
}
