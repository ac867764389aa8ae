//! Donor links of the organisation: all of them, with how they stand and who came.

mod donors;
mod filters;
mod show;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use secrecy::SecretString;
use server::access::Can;
use server::donors::console::{self, Board, Link};
use server::donors::register::{Donor, KINDS};
use server::donors::several::{self, Revoked, Several};
use server::kernel::ids::DonorLinkId;

pub use filters::Asked;

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/admin/donor-links", get(list))
        .route("/o/{org}/admin/donor-links/{id}", get(show::show))
        .route("/o/{org}/admin/donors", get(donors::list))
        .route("/o/{org}/admin/donors/{id}", get(donors::show))
}

/// A link and perhaps its passcode, the one time that they are shown: each on a line of its own.
pub(super) fn new_link(say: Say, once: &str) -> AnyView {
    let (url, passcode) = once.split_once('\n').map_or((once, None), |(url, passcode)| (url, Some(passcode.to_owned())));
    let passcode = passcode.map(|passcode| {
        view! {
            <p>{say.t("link-once-passcode")}</p>
            <div class="field"><label for="new-passcode">{say.t("field-passcode")}</label><input id="new-passcode" class="hash" readonly value=passcode/></div>
        }
    });
    view! {
        <div class="notice success" role="status"><strong>{say.t("link-once-title")}</strong><p>{say.t("link-once")}</p>
            <div class="field"><label for="new-link">{say.t("link-address")}</label><input id="new-link" class="hash" readonly value=url.to_owned()/></div>
            {passcode}</div>
    }
    .into_any()
}

/// `/o/{org}/admin/donor-links?state=&project=&donor=&by=&days=&after=`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let board = console::board(&cx, &asked.filter()).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let keeps = cx.may(Can::KeepDonors);
    let sheet = |form| cx.may(Can::RevokeDonorLink(None)).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let (chosen, of_donor) = (sheet("donor-links/revoke-several"), sheet("donor-links/revoke-of-donor"));
    let done = [&chosen, &of_donor].into_iter().flatten().find_map(Sheet::once);
    Ok(visit.inside(&cx, Nav::Links).wide().show(&say.t("nav-donor-links"), move || {
        let Board { links, next, donors, projects, makers } = board;
        let base = format!("/o/{org}/admin/donor-links");
        let donors_page = format!("/o/{org}/admin/donors");
        let hidden = [("org", org)];
        let none = links.is_empty();
        let empty = if asked.is_narrow() { "links-none-such" } else { "links-none" };
        let older = next.map(|next| format!("{base}?{}", asked.query_after(next)));
        let revoke = of_donor.filter(|_| !donors.is_empty()).map(|sheet| donor_form(say, &sheet, &hidden, &donors));
        view! {
            <div class="page-head"><div><h1>{say.t("nav-donor-links")}</h1><p class="lede">{say.t("links-text")}</p>
                {keeps.then(|| view! { <p><a href=donors_page>{say.t("donors-title")}</a></p> })}</div></div>
            {done.map(|once| revoked(say, &once))}
            {filters::form(say, &base, &asked, &donors, &projects, &makers)}
            {none.then(|| view! { {chosen.as_ref().map(Sheet::refusal)}<div class="empty"><p>{say.t(empty)}</p></div> })}
            {(!none).then(|| table(say, &base, &hidden, chosen.as_ref(), links))}
            <nav class="pager" aria-label=say.t("pages")>{older.map(|href| view! { <a class="btn btn-small" rel="next" href=href>{say.t("older")}</a> })}</nav>
            {revoke}
        }
    }))
}

/// The links; where some may be revoked, with a box before each and a reason for all that are chosen.
fn table(say: Say, base: &str, hidden: &[(&'static str, String)], sheet: Option<&Sheet>, links: Vec<Link>) -> AnyView {
    let sheet = sheet.filter(|sheet| sheet.was_refused() || links.iter().any(|link| link.status == "active"));
    let chooses = sheet.is_some();
    let rows: Vec<_> = links.into_iter().map(|link| row(say, base, sheet, link)).collect();
    let head = ["col-recipient", "field-donor", "col-status", "col-until", "col-last-visit", "col-visits", "col-refused", "col-by"]
        .map(|key| view! { <th role="columnheader" scope="col">{say.t(key)}</th> })
        .collect_view();
    let table = view! {
        <div class="scroll" role="region" aria-label=say.t("nav-donor-links") tabindex="0"><table class="list stack" role="table">
            <thead role="rowgroup"><tr role="row">{chooses.then(|| view! { <th role="columnheader" scope="col">{say.t("link-choose")}</th> })}{head}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody></table></div>
    };
    match sheet {
        None => table.into_any(),
        Some(sheet) => {
            let fields = view! {
                {table}
                <div class="card flow-s no-print"><h2>{say.t("links-revoke-several")}</h2><p>{say.t("links-revoke-text")}</p>
                    {sheet.line("reason", "text", "")}
                    <div class="form-actions"><button class="btn btn-danger">{say.t("links-revoke-chosen")}</button></div></div>
            };
            sheet.form(hidden, fields)
        }
    }
}

fn row(say: Say, base: &str, sheet: Option<&Sheet>, link: Link) -> AnyView {
    let is_active = link.status == "active";
    let choose = sheet.map(|sheet| {
        let name = view! { <span class="visually-hidden">{say.with("link-choose-one", &[("name", &link.recipient_name)])}</span> };
        let tick = is_active.then(|| sheet.tick(format!("link-{}", link.id), name, false));
        view! { <td role="cell" data-label=say.t("link-choose")>{tick}</td> }
    });
    let last = link.last_visit.map(|at| parts::moment(say, at));
    view! {
        <tr role="row">{choose}
            <th role="rowheader" scope="row"><a href=format!("{base}/{}", link.id)>{link.recipient_name}</a>
                <p class="small muted">{link.report}" "<code>{link.project_code}</code></p></th>
            <td role="cell" data-label=say.t("field-donor")>{link.donor.unwrap_or_default()}</td>
            <td role="cell" data-label=say.t("col-status")>{parts::status(say, &link.status)}</td>
            <td role="cell" data-label=say.t("col-until")>{parts::moment(say, link.ends)}</td>
            <td role="cell" data-label=say.t("col-last-visit")>{last}</td>
            <td role="cell" data-label=say.t("col-visits") class="num">{link.visits}</td>
            <td role="cell" data-label=say.t("col-refused") class="num">{link.refused}</td>
            <td role="cell" data-label=say.t("col-by")>{link.by.unwrap_or_default()}</td></tr>
    }
    .into_any()
}

/// How many were revoked and skipped, as [`revoked`] tells it where the form leads.
fn counted(Revoked { revoked, skipped }: Revoked) -> SecretString {
    SecretString::from(format!("{revoked} {skipped}"))
}

/// Says how many links were revoked, and how many were not.
fn revoked(say: Say, once: &str) -> AnyView {
    let (revoked, skipped) = once.split_once(' ').unwrap_or((once, ""));
    let (revoked, skipped) = (revoked.parse::<i64>().unwrap_or_default(), skipped.parse::<i64>().unwrap_or_default());
    view! {
        <div class="notice success" role="status"><strong>{say.count("links-revoked-count", revoked)}</strong>
            {(skipped > 0).then(|| view! { <p>{say.count("links-skipped-count", skipped)}</p> })}</div>
    }
    .into_any()
}

/// Donors with an empty choice before them.
pub(super) fn donor_choices(say: Say, donors: &[Donor]) -> Vec<(String, String)> {
    let known = donors.iter().map(|donor| {
        let name = if donor.short_name.is_empty() { donor.name.clone() } else { format!("{} ({})", donor.name, donor.short_name) };
        (donor.id.to_string(), name)
    });
    std::iter::once((String::new(), say.t("none"))).chain(known).collect()
}

/// Kinds of organisations that a donor can be, with an empty choice before them.
pub(super) fn donor_kinds(say: Say) -> Vec<(String, String)> {
    let kinds = KINDS.map(|kind| (kind.to_owned(), format!("{kind} · {}", say.word("iati-kind", kind))));
    std::iter::once((String::new(), say.t("iati-kind-none"))).chain(kinds).collect()
}

/// Every link of one donor is revoked at once, those of other pages too.
fn donor_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], donors: &[Donor]) -> AnyView {
    let fields = view! {
        <p>{say.t("links-revoke-text")}</p>
        {sheet.choice("donor", donor_choices(say, donors), "")}
        {sheet.line("reason", "text", "")}
        <div class="form-actions"><button class="btn btn-danger">{say.t("links-revoke-all")}</button></div>
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("links-revoke-of-donor")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// Revokes the links that were chosen.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/revoke-several")]
pub async fn revoke_several(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/revoke-several", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let chosen: Vec<DonorLinkId> =
            form.starting("link-").filter(|(_, ticked)| *ticked == "yes").filter_map(|(id, _)| id.parse().ok()).collect();
        let done = several::revoke(&cx, Several::Chosen(&chosen), form.get("reason")).await?;
        Ok(to(forms::back(&form)).showing_once(counted(done)))
    })
    .await
}

/// Revokes every link of a donor.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/revoke-of-donor")]
pub async fn revoke_of_donor(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/revoke-of-donor", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let donor = form.get("donor").trim().parse().ok();
        let done = several::revoke(&cx, Several::OfDonor(donor), form.get("reason")).await?;
        Ok(to(forms::back(&form)).showing_once(counted(done)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use server::donors::console::Filter;

    use super::*;

    #[test]
    fn a_page_begins_where_the_last_one_ended_and_keeps_its_filter() {
        let (id, after) = ("01900000-0000-7000-8000-000000000000", DonorLinkId::new());
        let asked = Asked { state: "active".into(), project: id.into(), days: "14".into(), after: "x".into(), ..Asked::default() };
        assert_eq!(asked.query_after(after), format!("state=active&project={id}&days=14&after={after}"));
        let Filter { state, project, days, after, by, donor } = asked.filter();
        assert_eq!((state.as_str(), project.map(|p| p.to_string()).as_deref(), days), ("active", Some(id), Some(14)));
        assert!(after.is_none() && by.is_none() && donor.is_none() && asked.is_narrow() && !Asked::default().is_narrow());
    }
}
