//! Donor links as the organisation sees them: who has one, whether it was opened, and how to end it.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::donors::links::{self, Access, Link};
use server::kernel::error::Error;
use server::kernel::ids::DonorLinkId;

use crate::answers::Answer;
use crate::format;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/donor-links", get(list)).route("/o/{org}/admin/donor-links/{id}", get(show))
}

/// The revoke forms of a page: the one that was refused a moment ago, and a clean one for all other links.
struct Revoking {
    org: String,
    refused: Sheet,
    clean: Sheet,
}

/// `/o/{org}/admin/donor-links`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let links = links::list(&cx, None).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let revoking = Revoking {
        org,
        refused: Sheet::new(&visit, "donor-links/revoke", flash.as_ref()),
        clean: Sheet::new(&visit, "donor-links/revoke", None),
    };
    let table = table(say, &cx, &revoking, links);
    Ok(visit.inside(&cx, Nav::Admin).wide().show(&say.t("nav-donor-links"), move || {
        view! {
            <div class="page-head"><div><h1>{say.t("nav-donor-links")}</h1><p class="lede">{say.t("donor-links-text")}</p></div></div>
            {table}
        }
    }))
}

fn table(say: Say, cx: &Cx, revoking: &Revoking, links: Vec<Link>) -> AnyView {
    if links.is_empty() {
        return view! {
            <div class="empty"><h2>{say.t("donor-links-none")}</h2><p>{say.t("donor-links-none-text")}</p></div>
        }
        .into_any();
    }
    let heads = ["recipient", "report", "project", "status", "expires", "hard-limit", "visits", "refused", "last-visit", "by", "revoke"]
        .into_iter()
        .map(|column| view! { <th role="columnheader" scope="col">{say.word("donor-links", column)}</th> })
        .collect_view();
    let rows = links.into_iter().map(|link| row(say, cx, revoking, link)).collect_view();
    view! {
        <div class="scroll" role="region" aria-label=say.t("nav-donor-links") tabindex="0">
            <table class="list stack" role="table"><caption class="visually-hidden">{say.t("nav-donor-links")}</caption>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(say: Say, cx: &Cx, revoking: &Revoking, link: Link) -> AnyView {
    let org = revoking.org.clone();
    let revocable = link.status == "active" && cx.may(Can::RevokeDonorLink(link.project));
    let revoke = revocable.then(|| revoke_form(say, revoking, &link));
    let label = |column: &str| say.word("donor-links", column);
    let status = format!("status status-{}", link.status);
    let last = link.last_human_use.map_or_else(|| say.t("donor-links-never"), |at| format::moment(say, at));
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><a href=format!("/o/{org}/admin/donor-links/{}", link.id)>{link.recipient_name}</a></th>
            <td role="cell" data-label=label("report")>{link.report}</td>
            <td role="cell" data-label=label("project")><a href=format!("/o/{org}/projects/{}/reports", link.project_code)>{link.project_code.clone()}</a></td>
            <td role="cell" data-label=label("status")><span class=status>{say.word("status", &link.status)}</span></td>
            <td role="cell" data-label=label("expires")>{format::day(say, link.rolling_until.date_naive())}</td>
            <td role="cell" data-label=label("hard-limit")>{format::day(say, link.hard_until.date_naive())}</td>
            <td role="cell" class="num" data-label=label("visits")>{link.visits.to_string()}</td>
            <td role="cell" class="num" data-label=label("refused")>{link.refused.to_string()}</td>
            <td role="cell" data-label=label("last-visit")>{last}</td>
            <td role="cell" data-label=label("by")>{link.by.unwrap_or_else(|| say.t("report-by-unknown"))}</td>
            <td role="cell" data-label=label("revoke")>{revoke}</td>
        </tr>
    }
    .into_any()
}

/// Several such forms stand on the page, so that each names its field by its link; the refused one by the name to
/// which its list of faults leads.
fn revoke_form(say: Say, revoking: &Revoking, link: &Link) -> AnyView {
    let id = link.id.to_string();
    let refused = revoking.refused.was_refused() && revoking.refused.value("link", "") == id;
    let sheet = if refused { &revoking.refused } else { &revoking.clean };
    let input = if refused { sheet.id("reason") } else { format!("reason-{id}") };
    let fault = sheet.fault("reason");
    let fault_id = fault.as_ref().map(|_| format!("{input}-e"));
    let fields = view! {
        <div class="field">
            <label for=input.clone()>{say.t("field-reason")}</label>
            <input id=input.clone() name="reason" type="text" value=sheet.value("reason", "") autocomplete="off" required=true
                aria-invalid=fault.as_ref().map(|_| "true") aria-describedby=fault_id.clone()/>
            {fault.map(|fault| view! { <p class="field-error" id=fault_id>{fault}</p> })}
        </div>
        <div class="form-actions"><button class="btn btn-danger">{say.t("donor-link-revoke")}</button></div>
    };
    let hidden = [("org", revoking.org.clone()), ("project", link.project.to_string()), ("link", id)];
    view! {
        <details open=refused>
            <summary>{say.t("donor-link-revoke")}<span class="visually-hidden">": "{link.recipient_name.clone()}</span></summary>
            {sheet.form(&hidden, fields)}
        </details>
    }
    .into_any()
}

/// `/o/{org}/admin/donor-links/{id}`: the attempts to open a link.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: DonorLinkId = id.parse().map_err(|_| Error::NotFound)?;
    let project = links::project_of(&cx, id).await?;
    let accesses = links::accesses(&cx, project, id).await?;
    let say = visit.say;
    let attempts = attempts(say, accesses);
    Ok(visit.inside(&cx, Nav::Admin).show(&say.t("donor-link-attempts"), move || {
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol>
                <li><a href=format!("/o/{org}/admin/donor-links")>{say.t("nav-donor-links")}</a></li>
            </ol></nav>
            <div class="page-head"><div><h1>{say.t("donor-link-attempts")}</h1><p class="lede">{say.t("donor-link-attempts-text")}</p></div></div>
            {attempts}
        }
    }))
}

fn attempts(say: Say, accesses: Vec<Access>) -> AnyView {
    if accesses.is_empty() {
        return view! {
            <div class="empty"><h2>{say.t("donor-link-attempts-none")}</h2><p>{say.t("donor-link-attempts-none-text")}</p></div>
        }
        .into_any();
    }
    let rows = accesses
        .into_iter()
        .map(|access| {
            let agent = access.agent.unwrap_or_else(|| say.t("donor-link-agent-unknown"));
            view! {
                <tr role="row">
                    <td role="cell" data-label=say.t("donor-link-when")>
                        <time datetime=access.at.to_rfc3339()>{format::moment(say, access.at)}</time></td>
                    <td role="cell" data-label=say.t("donor-link-outcome")>{say.word("outcome", &access.outcome)}</td>
                    <td role="cell" data-label=say.t("donor-link-agent")>{agent}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="scroll" role="region" aria-label=say.t("donor-link-attempts") tabindex="0">
            <table class="list stack" role="table"><caption class="visually-hidden">{say.t("donor-link-attempts")}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">{say.t("donor-link-when")}</th>
                    <th role="columnheader" scope="col">{say.t("donor-link-outcome")}</th>
                    <th role="columnheader" scope="col">{say.t("donor-link-agent")}</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Revokes a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/revoke")]
pub async fn revoke(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/revoke", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let project = super::projects::project_of(&form)?;
        links::revoke(&cx, project, form.id("link")?, form.get("reason")).await?;
        Ok(to(format!("/o/{}/admin/donor-links", form.get("org"))).saying("donor-link-revoked"))
    })
    .await
}
