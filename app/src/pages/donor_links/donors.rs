//! The register of donors: what is known of each, to be corrected.

use axum::extract::Path;
use leptos::prelude::*;
use server::donors::register::{self, DonorForm, Kept};
use server::kernel::error::Error;
use server::kernel::ids::DonorId;

use super::donor_kinds;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// `/o/{org}/admin/donors`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let donors = register::list(&cx).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Links).show(&say.t("donors-title"), move || {
        let none = donors.is_empty();
        let rows: Vec<_> = donors.into_iter().map(|donor| row(say, &org, donor)).collect();
        let head = ["field-name", "field-donor-short-name", "field-donor-ref", "field-donor-type"]
            .map(|key| view! { <th role="columnheader" scope="col">{say.t(key)}</th> })
            .collect_view();
        view! {
            {crumbs(say, &org, false)}
            <div class="page-head"><div><h1>{say.t("donors-title")}</h1><p class="lede">{say.t("donors-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("donors-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("donors-title") tabindex="0"><table class="list stack" role="table">
                    <thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>
            })}
        }
    }))
}

fn crumbs(say: Say, org: &str, of_one: bool) -> AnyView {
    let register = of_one.then(|| view! { <li><a href=format!("/o/{org}/admin/donors")>{say.t("donors-title")}</a></li> });
    view! {
        <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/admin/donor-links")>{say.t("nav-donor-links")}</a></li>{register}</ol></nav>
    }
    .into_any()
}

/// A kind in words; nothing where it was not said.
fn kind(say: Say, code: &str) -> String {
    if code.is_empty() { String::new() } else { say.word("iati-kind", code) }
}

fn row(say: Say, org: &str, donor: Kept) -> AnyView {
    let kind = kind(say, &donor.org_type);
    view! {
        <tr role="row"><th role="rowheader" scope="row"><a href=format!("/o/{org}/admin/donors/{}", donor.id)><bdi>{donor.name}</bdi></a></th>
            <td role="cell" data-label=say.t("field-donor-short-name")><bdi>{donor.short_name}</bdi></td>
            <td role="cell" data-label=say.t("field-donor-ref")><code>{donor.org_ref}</code></td>
            <td role="cell" data-label=say.t("field-donor-type")>{kind}</td></tr>
    }
    .into_any()
}

/// `/o/{org}/admin/donors/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: DonorId = id.parse().map_err(|_| Error::NotFound)?;
    let donor = register::one(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "donors/update", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Links).show(&donor.name.clone(), move || {
        let hidden = [("org", org.clone()), ("donor", id.to_string()), ("row_version", donor.row_version.to_string())];
        let now = [
            ("donor_name", donor.name.clone()),
            ("donor_short_name", donor.short_name.clone()),
            ("donor_ref", donor.org_ref.clone()),
            ("donor_type", donor.org_type.clone()),
        ];
        let fields = view! {
            {parts::conflict(say, &sheet, &now)}
            {sheet.line("donor_name", "text", &donor.name)}{sheet.line("donor_short_name", "text", &donor.short_name)}
            {sheet.line("donor_ref", "text", &donor.org_ref)}{sheet.choice("donor_type", donor_kinds(say), &donor.org_type)}
            {sheet.actions("save", None)}
        };
        view! {
            {crumbs(say, &org, true)}
            <div class="page-head"><div><h1><bdi>{donor.name.clone()}</bdi></h1></div></div>
            <p><a href=format!("/o/{org}/admin/donor-links?donor={id}")>{say.t("donor-its-links")}</a></p>
            {sheet.form(&hidden, fields)}
        }
    }))
}

/// Corrects what is known of a donor.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donors/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donors/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let new = DonorForm {
            donor_name: form.get("donor_name"),
            donor_short_name: form.get("donor_short_name"),
            donor_ref: form.get("donor_ref"),
            donor_type: form.get("donor_type"),
            ..DonorForm::default()
        };
        register::change(&cx, form.id("donor")?, &new, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
