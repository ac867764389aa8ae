//! What the log can be filtered by.

use leptos::prelude::*;
use uuid::Uuid;

use super::Asked;
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
        "envelope",
        "tracking",
        "evidence",
        "bin",
        "conflict",
        "budget",
        "learning",
        "location",
        "import",
        "job",
        "report",
        "iati",
        "donor_link",
        "donor",
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
        "api",
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
