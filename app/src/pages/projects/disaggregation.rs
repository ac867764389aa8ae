//! By what an indicator is broken down: a part of its sheet.

use leptos::prelude::*;
use server::projects::dimensions::{Dimension, SHIPPED};
use server::projects::disaggregation::{self, Scheme, SchemeForm};
use server::projects::targets::Sheet as Pirs;

use super::indicators::{reason_fields, why};
use super::project_of;
use crate::format;
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;

/// The fields that name dimensions, in their order.
const FIELDS: [&str; disaggregation::MOST_DIMENSIONS] = ["first_id", "second_id", "third_id"];

/// What the schemes are, and the form of another one where the framework is open.
pub(super) fn section(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs, may_edit: bool) -> AnyView {
    if pirs.schemes.is_empty() && !may_edit {
        return sheet.refusal();
    }
    let lines: Vec<_> = pirs.schemes.iter().map(|scheme| line(say, scheme)).collect();
    let none = lines.is_empty();
    view! {
        <section class="flow-s" aria-labelledby="disaggregation-h"><h3 id="disaggregation-h">{say.t("disaggregation-title")}</h3>
            {if none { view! { <p>{say.t("disaggregation-none")}</p> }.into_any() } else { view! { <ul>{lines}</ul> }.into_any() }}
            {if may_edit { set_form(say, org, sheet, pirs) } else { sheet.refusal() }}
        </section>
    }
    .into_any()
}

fn line(say: Say, scheme: &Scheme) -> AnyView {
    let names: Vec<&str> = scheme.dimensions.iter().map(|dimension| dimension.name.say(say.0)).collect();
    let by = if names.is_empty() { say.t("disaggregation-by-nothing") } else { names.join(" × ") };
    let from = scheme.valid_from.map(|day| say.with("disaggregation-from", &[("day", &format::day(say, day))]));
    let required = scheme.required.then(|| view! { " "<span class="tag">{say.t("disaggregation-required")}</span> });
    view! { <li>{by}{from.map(|from| format!(", {from}"))}{required}</li> }.into_any()
}

/// The organisation's dimensions by name, then those that come with Kipimo and were not used yet.
fn choices(say: Say, own: &[Dimension]) -> Vec<(String, String)> {
    let none = std::iter::once((String::new(), say.t("none")));
    let known = own.iter().map(|dimension| (dimension.id.to_string(), dimension.name.say(say.0).to_owned()));
    let fresh = SHIPPED.iter().filter(|shipped| own.iter().all(|dimension| dimension.key != shipped.key));
    none.chain(known).chain(fresh.map(|shipped| (shipped.key.to_owned(), shipped.wording().say(say.0).to_owned()))).collect()
}

fn set_form(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let stands = pirs.schemes.last();
    let of = |at: usize| stands.and_then(|scheme| scheme.dimensions.get(at)).map(|dimension| dimension.id.to_string()).unwrap_or_default();
    let dimensions: Vec<_> =
        FIELDS.into_iter().enumerate().map(|(at, field)| sheet.choice(field, choices(say, &pirs.dimensions), &of(at))).collect();
    let beginning = std::iter::once((String::new(), say.t("disaggregation-always")));
    let starts = pirs.periods.iter().map(|period| (period.start.to_string(), format::period(say, &period.name)));
    let hidden = [
        ("org", org.to_owned()),
        ("project", pirs.project.id.to_string()),
        ("indicator", pirs.indicator.id.to_string()),
        // who was overtaken sees what stands there now above, and chooses anew
        ("was", disaggregation::text_of(&pirs.schemes)),
    ];
    let from = stands.and_then(|scheme| scheme.valid_from).map(|day| day.to_string()).unwrap_or_default();
    let fields = view! {
        {dimensions}
        {sheet.choice("valid_from", beginning.chain(starts).collect(), &from)}
        {sheet.tick("required".to_owned(), say.t("disaggregation-require"), stands.is_some_and(|scheme| scheme.required))}
        {reason_fields(say, sheet, &pirs.project.framework_status)}
        {sheet.actions("save", None)}
    };
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("disaggregation-change")}</summary>
            <p>{say.t("disaggregation-text")}</p>{sheet.form(&hidden, fields)}</details>
    }
    .into_any()
}

/// Says by what an indicator is broken down.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "disaggregation/set")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("disaggregation/set", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let chosen = SchemeForm {
            dimensions: FIELDS.map(|field| form.own(field)),
            valid_from: form.own("valid_from"),
            required: form.get("required") == "yes",
            was: form.own("was"),
        };
        disaggregation::set(&cx, project_of(&form)?, form.id("indicator")?, &chosen, &why(&form)).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
