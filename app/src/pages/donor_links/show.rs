//! One link: how it stands, what it may, who came, and what can be done about it.

use axum::extract::Path;
use leptos::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use server::access::Can;
use server::donors::console::{self, Access, MOST_LISTED, Whole};
use server::donors::links;
use server::kernel::error::Error;
use server::kernel::ids::{DonorLinkId, ProjectId};

use super::new_link;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// `/o/{org}/admin/donor-links/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: DonorLinkId = id.parse().map_err(|_| Error::NotFound)?;
    let (link, log) = console::one(&cx, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let is_active = link.status == "active";
    // at its last day no renewal helps; what was refused is told all the same
    let may_roll = link.ends < link.hard_until;
    let sheet = |form, can| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let (renew, rotate) =
        (sheet("donor-links/renew", Can::CreateDonorLink(link.project)), sheet("donor-links/rotate", Can::CreateDonorLink(link.project)));
    let renew = renew.filter(|sheet| may_roll || sheet.was_refused());
    let revoke = sheet("donor-links/revoke", Can::RevokeDonorLink(Some(link.project)));
    let once = rotate.as_ref().and_then(Sheet::once);
    Ok(visit.inside(&cx, Nav::Links).show(&link.recipient_name.clone(), move || {
        let base = format!("/o/{org}/admin/donor-links");
        let hidden = [("org", org.clone()), ("project", link.project.to_string()), ("link", id.to_string())];
        let refusals = [&renew, &rotate, &revoke].map(|sheet| sheet.as_ref().filter(|_| !is_active).map(Sheet::refusal)).collect_view();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=base.clone()>{say.t("nav-donor-links")}</a></li></ol></nav>
            <div class="page-head"><div><h1><bdi>{link.recipient_name.clone()}</bdi>" "{parts::status(say, &link.status)}</h1>
                <p class="lede">{say.with("link-of-report", &[("report", &link.report), ("version", &link.version.to_string())])}" "<code>{link.project_code.clone()}</code></p></div></div>
            {once.map(|once| new_link(say, &once))}
            {refusals}
            {facts(say, &base, &link)}
            {is_active.then(|| actions(say, &hidden, renew.as_ref(), rotate.as_ref(), revoke.as_ref()))}
            {history(say, log)}
        }
    }))
}

fn facts(say: Say, base: &str, link: &Whole) -> AnyView {
    let to_link = |id: DonorLinkId, text: &str| view! { <a href=format!("{base}/{id}")>{say.t(text)}</a> };
    let optional = |key: &str, text: Option<String>| text.map(|text| view! { <dt>{say.t(key)}</dt><dd>{text}</dd> });
    let views = match link.max_views {
        Some(most) => say.with("link-views-of", &[("visits", &link.visits.to_string()), ("most", &most.to_string())]),
        None => link.visits.to_string(),
    };
    let successor = link.replaced_by.map(|id| to_link(id, "link-replaced-by"));
    let predecessor = link.rotated_from.map(|id| to_link(id, "link-replaces"));
    // the reason that the machine wrote is told by the way to the other link
    let reason = link.revoke_reason.clone().filter(|_| link.replaced_by.is_none());
    view! {
        <dl class="defs">
            {optional("col-email", link.recipient_email.clone())}
            {optional("field-donor", link.donor.clone())}
            <dt>{say.t("col-until")}</dt><dd>{parts::moment(say, link.ends)}" · "{say.count("link-lives", i64::from(link.days))}</dd>
            <dt>{say.t("link-hard-until")}</dt><dd>{parts::moment(say, link.hard_until)}</dd>
            <dt>{say.t("field-lock")}</dt><dd>{say.word("lock", &link.lock)}</dd>
            <dt>{say.t("field-allow-download")}</dt><dd>{say.word("whether", if link.allow_download { "true" } else { "false" })}</dd>
            <dt>{say.t("col-visits")}</dt><dd>{views}</dd>
            <dt>{say.t("link-made")}</dt><dd>{parts::moment(say, link.made)}" "{link.by.clone()}</dd>
            {link.renewed.map(|at| view! { <dt>{say.t("link-renewed")}</dt><dd>{parts::moment(say, at)}</dd> })}
            {optional("link-revoke-reason", reason)}
            {successor.map(|way| view! { <dt>{say.t("status-revoked")}</dt><dd>{way}</dd> })}
            {predecessor.map(|way| view! { <dt>{say.t("link-history")}</dt><dd>{way}</dd> })}
        </dl>
    }
    .into_any()
}

fn actions(say: Say, hidden: &[(&'static str, String)], renew: Option<&Sheet>, rotate: Option<&Sheet>, revoke: Option<&Sheet>) -> AnyView {
    let renew = renew.map(|sheet| sheet.form(hidden, view! { <p>{say.t("link-renew-text")}</p>{sheet.actions("link-renew", None)} }));
    let rotate = rotate.map(|sheet| {
        let fields = view! { <p>{say.t("link-rotate-text")}</p><div class="form-actions"><button class="btn">{say.t("link-rotate")}</button></div> };
        view! { <details class="card" open=sheet.was_refused()><summary>{say.t("link-rotate")}</summary>{sheet.form(hidden, fields)}</details> }
    });
    let revoke = revoke.map(|sheet| {
        let fields = view! {
            <p>{say.t("links-revoke-text")}</p>{sheet.line("reason", "text", "")}
            <div class="form-actions"><button class="btn btn-danger">{say.t("link-revoke")}</button></div>
        };
        view! { <details class="card" open=sheet.was_refused()><summary>{say.t("link-revoke")}</summary>{sheet.form(hidden, fields)}</details> }
    });
    view! { <div class="flow no-print">{renew}{rotate}{revoke}</div> }.into_any()
}

/// What happened, the newest first.
fn history(say: Say, log: Vec<Access>) -> AnyView {
    let cut = log.len() == MOST_LISTED;
    let none = log.is_empty();
    let rows: Vec<_> = log.into_iter().map(|access| line(say, access)).collect();
    let head = ["col-when", "col-outcome", "link-page", "col-browser", "link-visitor"]
        .map(|key| view! { <th role="columnheader" scope="col">{say.t(key)}</th> })
        .collect_view();
    view! {
        <section class="flow-s" aria-labelledby="log-h"><h2 id="log-h">{say.t("link-log")}</h2>
            {none.then(|| view! { <p>{say.t("link-log-none")}</p> })}
            {cut.then(|| view! { <p class="notice">{say.count_of("link-log-cut", MOST_LISTED)}</p> })}
            {(!none).then(|| view! {
                <p class="small muted">{say.t("link-log-text")}</p>
                <div class="scroll" role="region" aria-label=say.t("link-log") tabindex="0"><table class="list stack" role="table">
                    <thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>
            })}
        </section>
    }
    .into_any()
}

fn line(say: Say, access: Access) -> AnyView {
    let what = if access.outcome == "ok" { say.word("access", &access.kind) } else { say.word("outcome", &access.outcome) };
    view! {
        <tr role="row"><th role="rowheader" scope="row">{parts::moment(say, access.at)}</th>
            <td role="cell" data-label=say.t("col-outcome")>{what}</td>
            <td role="cell" data-label=say.t("link-page")><code>{access.page.unwrap_or_default()}</code></td>
            <td role="cell" data-label=say.t("col-browser") class="small">{access.agent.unwrap_or_default()}</td>
            <td role="cell" data-label=say.t("link-visitor")><code>{access.visitor.unwrap_or_default()}</code></td></tr>
    }
    .into_any()
}

fn named(form: &Fields) -> Result<(ProjectId, DonorLinkId), Error> {
    Ok((form.id("project")?, form.id("link")?))
}

/// Lets a link live on.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/renew")]
pub async fn renew(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/renew", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (project, link) = named(&form)?;
        links::renew(&cx, project, link).await?;
        Ok(to(forms::back(&form)).saying("link-renewed"))
    })
    .await
}

/// Puts another link in the place of one.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/rotate")]
pub async fn rotate(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/rotate", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (project, link) = named(&form)?;
        let new = links::rotate(&cx, project, link).await?;
        let url = format!("{}{}", visit.app.settings.public_url, new.path.expose_secret());
        Ok(to(format!("/o/{}/admin/donor-links/{}", form.get("org"), new.id)).showing_once(SecretString::from(url)))
    })
    .await
}

/// Revokes a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/revoke")]
pub async fn revoke(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/revoke", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (project, link) = named(&form)?;
        links::revoke(&cx, project, link, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("link-revoked"))
    })
    .await
}
