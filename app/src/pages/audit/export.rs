//! Taking the log out.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use leptos::prelude::*;
use serde::Deserialize;
use server::audit::export::{self, Format};
use server::identity::limits;
use server::kernel::error::Error;

use super::{Asked, filter_of, kept};
use crate::answers::Answer;
use crate::forms::attachment;
use crate::shell::Nav;
use crate::taken_out;
use crate::visit::Visit;

/// How the log is to be written.
#[derive(Deserialize)]
pub struct Wanted {
    format: String,
}

/// `/o/{org}/audit/export`: an export is an event, so a page asks first.
///
/// # Errors
/// Refusal, a proof that is owed, or the database's.
pub async fn choose(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let filter = filter_of(&cx, &asked).await?;
    export::offer(&cx, &filter).await?;
    let say = visit.say;
    let (base, query) = (format!("/o/{org}/audit"), kept(&asked));
    Ok(visit.inside(&cx, Nav::Audit).show(&say.t("audit-export"), move || {
        let text = if query.is_empty() { "audit-export-all" } else { "audit-export-filtered" };
        let formats = [Format::Csv, Format::JsonLines].map(|format| {
            let id = format!("format-{}", format.as_str());
            view! {
                <label for=id.clone()><input type="radio" id=id.clone() name="format" value=format.as_str() checked=format == Format::Csv/>
                    <span>{say.word("audit-format", format.as_str())}</span></label>
            }
        });
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("{base}?{query}")>{say.t("nav-audit")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{say.t("audit-export")}</h1><p class="lede">{say.t(text)}</p></div></div>
            <form class="form" method="post" action=format!("{base}/export?{query}")>
                <fieldset class="choices"><legend>{say.t("audit-format")}</legend>{formats.into_iter().collect_view()}</fieldset>
                <div class="form-actions"><button class="btn btn-primary">{say.t("audit-export-download")}</button></div>
            </form>
        }
    }))
}

/// The log, as much of it as there is: a piece is read when the one before was sent.
///
/// # Errors
/// Refusal, not found for another format, or the database's.
pub async fn export(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>, Form(wanted): Form<Wanted>) -> Answer {
    let cx = visit.cx(&org).await?;
    let format = Format::parse(&wanted.format).ok_or(Error::NotFound)?;
    let filter = filter_of(&cx, &asked).await?;
    limits::hit(&visit.app.db, limits::EXPORTS, &cx.user()?.to_string()).await?;
    let export = export::begin(&cx, filter, format).await?;
    let name = format!("{org}-log.{}", format.as_str());
    Ok((attachment(&name, format.mime()), taken_out::body(visit, org, export)).into_response())
}
