//! The keys that sign an organisation's reports.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::projects::publication::{self, Key};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/report-keys", get(show))
}

/// `/o/{org}/admin/report-keys`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let keys = publication::of_organisation(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let renew = cx.may(Can::SetSettings).then(|| Sheet::new(&visit, "report-keys/renew", flash.as_ref()));
    Ok(visit.inside(&cx, Nav::Settings).show(&say.t("report-keys-title"), move || {
        let none = keys.is_empty();
        let rows: Vec<_> = keys.into_iter().map(|key| row(say, key)).collect();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/admin/settings")>{say.t("organisation-title")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{say.t("report-keys-title")}</h1><p class="lede">{say.t("report-keys-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><p>{say.t("report-keys-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("report-keys-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("verify-key")}</th><th scope="col">{say.t("col-status")}</th><th scope="col">{say.t("report-keys-since")}</th>
                        <th scope="col">{say.t("report-keys-until")}</th><th scope="col" class="num">{say.t("report-keys-signed")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            <p><a href="/verify/keys.json">{say.t("verify-keys")}</a></p>
            {renew.map(|sheet| renewal(say, &sheet, org))}
        }
    }))
}

fn row(say: Say, key: Key) -> AnyView {
    let status = match (key.exposed_at, key.retired_at) {
        (Some(_), _) => "exposed",
        (None, Some(_)) => "retired",
        (None, None) => "active",
    };
    view! {
        <tr><th scope="row" class="hash">{key.kid}</th><td>{parts::status(say, status)}</td><td>{parts::moment(say, key.created_at)}</td>
            <td>{key.retired_at.map(|at| parts::moment(say, at))}</td><td class="num">{key.reports}</td></tr>
    }
    .into_any()
}

fn renewal(say: Say, sheet: &Sheet, org: String) -> AnyView {
    let fields = view! {
        <p>{say.t("report-keys-renew-text")}</p>
        {sheet.tick("exposed".to_owned(), say.t("report-keys-exposed"), false)}<p class="hint">{say.t("report-keys-exposed-text")}</p>
        {sheet.actions("report-keys-renew", None)}
    };
    sheet.form(&[("org", org)], fields)
}

/// Begins a new key.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-keys/renew")]
pub async fn renew(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-keys/renew", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        publication::renew(&cx, form.get("exposed") == "yes").await?;
        Ok(to(forms::back(&form)).saying("report-key-renewed"))
    })
    .await
}
