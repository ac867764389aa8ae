//! What the log can be filtered by, and the filters that somebody keeps.

use leptos::prelude::*;
use server::audit::filters::{self, SavedFilter};
use uuid::Uuid;

use super::Asked;
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;

/// The fields of a filter.
pub(super) fn form(say: Say, base: &str, asked: &Asked, people: &[(Uuid, String)]) -> AnyView {
    let families = [
        "project",
        "framework",
        "indicator",
        "dimension",
        "library",
        "period",
        "value",
        "import",
        "report",
        "donor_link",
        "organisation",
        "membership",
        "programme",
        "role_grant",
        "invitation",
        "provider",
        "api_token",
        "session",
        "password",
        "second_factor",
        "step_up",
        "permission",
        "support",
        "audit",
    ];
    let actions: Vec<_> = families
        .iter()
        .map(|family| {
            let value = format!("{family}.");
            let selected = value == asked.action;
            view! { <option value=value selected=selected>{say.word("audit-family", family)}</option> }
        })
        .collect();
    let people: Vec<_> = people
        .iter()
        .map(|(id, name)| view! { <option value=id.to_string() selected=id.to_string() == asked.actor>{name.clone()}</option> })
        .collect();
    // what has no field of its own stays while it is asked for
    let thing = (!asked.entity.is_empty()).then(|| view! { <input type="hidden" name="entity" value=asked.entity.clone()/> });
    let project = (!asked.project.is_empty()).then(|| view! { <input type="hidden" name="project" value=asked.project.clone()/> });
    let narrow = match (asked.entity.is_empty(), asked.project.is_empty()) {
        (false, _) => Some(say.t("audit-one-thing")),
        (true, false) => Some(say.with("audit-one-project", &[("project", &asked.project)])),
        (true, true) => None,
    };
    view! {
        {narrow.map(|text| view! { <p class="notice">{text}" "<a href=base.to_owned()>{say.t("audit-everything")}</a></p> })}
        <form class="filters" method="get" action=base.to_owned()>{thing}{project}
            <div class="field"><label for="audit-action">{say.t("col-what")}</label><select id="audit-action" name="action"><option value="">{say.t("all")}</option>{actions}</select></div>
            <div class="field"><label for="audit-actor">{say.t("col-who")}</label><select id="audit-actor" name="actor"><option value="">{say.t("all")}</option>{people}</select></div>
            <div class="field"><label for="audit-from">{say.t("field-from")}</label><input id="audit-from" type="date" name="from" value=asked.from.clone()/></div>
            <div class="field"><label for="audit-to">{say.t("field-to")}</label><input id="audit-to" type="date" name="to" value=asked.to.clone()/></div>
            <div class="field"><label for="audit-rows">{say.t("audit-detail")}</label><select id="audit-rows" name="rows">
                <option value="">{say.t("audit-acts")}</option><option value="1" selected=!asked.rows.is_empty()>{say.t("audit-rows")}</option></select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

/// The filters that are kept, and the form by which this one is.
pub(super) fn kept(say: Say, org: &str, sheet: &Sheet, filters: &[SavedFilter], query: &str) -> AnyView {
    let base = format!("/o/{org}/audit");
    let lines: Vec<_> = filters
        .iter()
        .map(|filter| {
            let forget = say.t("filter-forget");
            view! {
                <li class="row"><a href=format!("{base}?{}", filter.query) aria-current=(filter.query == query).then_some("true")>{filter.name.clone()}</a>
                    <form method="post" action="/fn/filters/forget"><input type="hidden" name="org" value=org.to_owned()/>
                        <input type="hidden" name="filter" value=filter.id.to_string()/><input type="hidden" name="back" value=base.clone()/>
                        <button class="btn btn-small" aria-label=format!("{forget}: {}", filter.name)>{forget.clone()}</button></form></li>
            }
        })
        .collect();
    let is_new = !query.is_empty() && filters.iter().all(|filter| filter.query != query);
    if lines.is_empty() && !is_new && !sheet.was_refused() {
        return ().into_any();
    }
    let hidden = [("org", org.to_owned()), ("query", query.to_owned())];
    let form = (is_new || sheet.was_refused()).then(|| {
        let fields = view! { {sheet.line("name", "text", "")}{sheet.actions("filter-keep", None)} };
        sheet.form(&hidden, fields)
    });
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.count("filters-kept", i64::try_from(filters.len()).unwrap_or(i64::MAX))}</summary>
            <ul class="plain-list">{lines}</ul>{form}</details>
    }
    .into_any()
}

/// Keeps a filter.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "filters/keep")]
pub async fn keep(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("filters/keep", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        filters::keep(&cx, form.get("name"), form.get("query")).await?;
        Ok(to(forms::back(&form)).saying("filter-kept"))
    })
    .await
}

/// Forgets one.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "filters/forget")]
pub async fn forget(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("filters/forget", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        filters::forget(&cx, form.id("filter")?).await?;
        Ok(to(forms::back(&form)).saying("filter-forgotten"))
    })
    .await
}
