//! Donor links of the organisation, and who opened them.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::donors::links::{self, Link};
use server::kernel::error::Error;
use server::kernel::ids::DonorLinkId;

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/donor-links", get(list)).route("/o/{org}/admin/donor-links/{id}", get(show))
}

/// `/o/{org}/admin/donor-links`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let all = links::list(&cx, None).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "donor-links/revoke", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Links).show(&say.t("nav-donor-links"), move || {
        let none = all.is_empty();
        let rows: Vec<_> = all.into_iter().map(|link| row(say, &org, &sheet, link)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("nav-donor-links")}</h1><p class="lede">{say.t("links-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("links-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("nav-donor-links") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-recipient")}</th><th scope="col">{say.t("col-report")}</th><th scope="col">{say.t("col-status")}</th>
                        <th scope="col">{say.t("col-until")}</th><th scope="col" class="num">{say.t("col-visits")}</th><th scope="col" class="num">{say.t("col-refused")}</th>
                        <th scope="col">{say.t("col-by")}</th><th scope="col">{say.t("col-actions")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
        }
    }))
}

fn row(say: Say, org: &str, sheet: &Sheet, link: Link) -> AnyView {
    let active = link.status == "active";
    let refused = sheet.was_refused() && sheet.value("link", "") == link.id.to_string();
    let field = format!("reason-{}", link.id);
    let fault = refused.then(|| sheet.fault("reason")).flatten();
    let action = active.then(|| {
        view! {
            <details open=refused><summary>{say.t("link-revoke")}</summary>
                <form class="form" method="post" action="/fn/donor-links/revoke">
                    <input type="hidden" name="org" value=org.to_owned()/><input type="hidden" name="project" value=link.project.to_string()/>
                    <input type="hidden" name="link" value=link.id.to_string()/><input type="hidden" name="back" value=sheet.back()/>
                    <div class="field"><label for=field.clone()>{say.t("field-reason")}</label><input id=field.clone() name="reason"/>
                        {fault.map(|fault| view! { <p class="field-error">{fault}</p> })}</div>
                    <button class="btn btn-danger btn-small">{say.t("link-revoke")}</button></form></details>
        }
    });
    view! {
        <tr><th scope="row"><a href=format!("/o/{org}/admin/donor-links/{}", link.id)>{link.recipient_name}</a></th>
            <td>{link.report}" "<code>{link.project_code}</code></td><td>{parts::status(say, &link.status)}</td>
            <td>{parts::moment(say, link.rolling_until)}</td><td class="num">{link.visits}</td><td class="num">{link.refused}</td>
            <td>{link.by.unwrap_or_default()}</td><td>{action}</td></tr>
    }
    .into_any()
}

/// `/o/{org}/admin/donor-links/{id}`: who opened it, and who tried.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: DonorLinkId = id.parse().map_err(|_| Error::NotFound)?;
    let project = links::project_of(&cx, id).await?;
    let accesses = links::accesses(&cx, project, id).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Links).show(&say.t("link-log"), move || {
        let none = accesses.is_empty();
        let rows: Vec<_> = accesses
            .into_iter()
            .map(|a| {
                view! { <tr><th scope="row">{parts::moment(say, a.at)}</th><td>{say.word("outcome", &a.outcome)}</td><td class="small">{a.agent.unwrap_or_default()}</td></tr> }
            })
            .collect();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/admin/donor-links")>{say.t("nav-donor-links")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{say.t("link-log")}</h1></div></div>
            {none.then(|| view! { <p>{say.t("link-log-none")}</p> })}
            <div class="scroll" role="region" aria-label=say.t("link-log") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("col-outcome")}</th><th scope="col">{say.t("col-browser")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div>
        }
    }))
}

/// Revokes a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/revoke")]
pub async fn revoke(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/revoke", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        links::revoke(&cx, form.id("project")?, form.id("link")?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("link-revoked"))
    })
    .await
}
