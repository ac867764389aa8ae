//! The organisations of the platform: the list, sign-ins of late, and a new one.

use axum::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;
use server::platform::organisations::{self, Day, Organisation, Page, Wanted};
use server::tenancy::plan::Plan;

use super::{Tab, page};
use crate::answers::{Answer, encode};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;
use crate::visit::Visit;

/// Which part of the list is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

/// `/platform`.
pub(super) async fn list(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (desk, _) = visit.desk().await?;
    let found = organisations::list(&desk, &asked.q, &asked.after).await?;
    let days = organisations::sign_ins(&desk).await?;
    let say = visit.say;
    Ok(super::page(&visit, Tab::Organisations, &say.t("platform-organisations"), move || {
        view! {
            <div class="grid grid-stats">{tiles(say, &days)}</div>
            <form class="filters" method="get" action="/platform">
                <div class="field"><label for="q">{say.t("platform-find")}</label><input id="q" name="q" type="search" value=asked.q.clone()/></div>
                <button class="btn">{say.t("find")}</button><a class="btn btn-primary" href="/platform/organisations/new">{say.t("platform-new")}</a></form>
            {table(say, found, &asked.q)}
            {sign_ins(say, days)}
        }
    }))
}

fn tiles(say: Say, days: &[Day]) -> Vec<AnyView> {
    let sum = |of: fn(&Day) -> i64| days.iter().map(of).sum::<i64>().to_string();
    vec![
        parts::tile(say.t("platform-sign-ins"), sum(|day| day.started), Some(say.t("platform-fourteen-days"))),
        parts::tile(say.t("platform-refused"), sum(|day| day.refused), Some(say.t("platform-fourteen-days"))),
    ]
}

fn table(say: Say, found: Page, holds: &str) -> AnyView {
    let next = found.next.map(|after| format!("/platform?q={}&after={}", encode(holds), encode(&after)));
    let none = found.organisations.is_empty();
    let rows: Vec<_> = found.organisations.into_iter().map(|organisation| row(say, organisation)).collect();
    view! {
        {none.then(|| view! { <div class="empty"><p>{say.t("platform-none")}</p></div> })}
        {(!none).then(|| view! {
            <div class="scroll" role="region" aria-label=say.t("platform-organisations") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-plan")}</th><th scope="col">{say.t("field-status")}</th>
                    <th scope="col" class="num">{say.t("platform-members")}</th><th scope="col" class="num">{say.t("nav-projects")}</th>
                    <th scope="col" class="num">{say.t("platform-events")}</th><th scope="col">{say.t("platform-last-event")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div>
        })}
        <nav class="pager" aria-label=say.t("pages")>{next.map(|href| view! { <a class="btn btn-small" rel="next" href=href>{say.t("more")}</a> })}</nav>
    }
    .into_any()
}

fn row(say: Say, of: Organisation) -> AnyView {
    let alone = (of.administrators == 0).then(|| view! { <br/><small class="muted">{say.t("platform-no-administrator")}</small> });
    view! {
        <tr><th scope="row"><a href=format!("/platform/organisations/{}", of.id)>{of.name}</a><br/><small class="muted">{of.slug}</small></th>
            <td>{say.word("plan", &of.plan)}</td><td>{say.word("organisation-status", &of.status)}</td>
            <td class="num">{of.members}{alone}</td><td class="num">{of.projects}</td><td class="num">{of.events}</td>
            <td>{of.last_event.map(|at| parts::moment(say, at))}</td></tr>
    }
    .into_any()
}

fn sign_ins(say: Say, days: Vec<Day>) -> AnyView {
    let rows: Vec<_> = days
        .into_iter()
        .rev()
        .map(|day| {
            view! { <tr><th scope="row">{crate::format::day(say, day.day)}</th><td class="num">{day.started}</td><td class="num">{day.refused}</td></tr> }
        })
        .collect();
    view! {
        <details class="twin"><summary>{say.t("platform-by-day")}</summary>
            <div class="scroll" role="region" aria-label=say.t("platform-by-day") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("platform-day")}</th><th scope="col" class="num">{say.t("platform-sign-ins")}</th>
                    <th scope="col" class="num">{say.t("platform-refused")}</th></tr></thead><tbody>{rows}</tbody></table></div></details>
    }
    .into_any()
}

/// The plans, by name and limits.
pub(super) fn plans(say: Say) -> Vec<(String, String)> {
    let limit = |most: Option<i64>| most.map_or_else(|| say.t("plan-no-limit"), |most| most.to_string());
    Plan::ALL
        .into_iter()
        .map(|plan| {
            let facts = [("members", limit(plan.members())), ("projects", limit(plan.projects()))];
            let facts: Vec<_> = facts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            (plan.as_str().to_owned(), format!("{} ({})", say.word("plan", plan.as_str()), say.with("plan-limits", &facts)))
        })
        .collect()
}

/// `/platform/organisations/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    let (_, actor) = visit.desk().await?;
    let flash = visit.flash(actor.user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "platform/create-organisation", flash.as_ref());
    Ok(page(&visit, Tab::Organisations, &say.t("platform-new"), move || {
        let fields = view! {
            {sheet.line("name", "text", "")}
            {sheet.line("slug", "text", "")}
            {sheet.choice("plan", plans(say), "seed")}
            {sheet.line("region", "text", "default")}
            {sheet.language("default_locale", "en")}
            {sheet.line("email", "email", "")}
            {sheet.actions("platform-create", Some("/platform".to_owned()))}
        };
        view! { <p class="lede">{say.t("platform-new-text")}</p>{sheet.form(&[], fields)} }
    }))
}

/// Makes an organisation and invites its first administrator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "platform/create-organisation")]
pub async fn create(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("platform/create-organisation", form, |visit, form| async move {
        let (desk, actor) = visit.desk().await?;
        let wanted = Wanted {
            name: form.get("name"),
            slug: form.get("slug"),
            plan: form.get("plan"),
            region: form.get("region"),
            locale: form.get("default_locale"),
            email: form.get("email"),
        };
        let id = organisations::create(&desk, actor.fresh()?, &wanted).await?;
        Ok(to(format!("/platform/organisations/{id}")).saying("organisation-created"))
    })
    .await
}
