//! A project under the IATI standard: what it says of itself, what the checks find, and the file.

use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Can;
use server::projects::iati::check::{Finding, Severity};
use server::projects::iati::{self, Checked, Export, Mend, ORGANISATION_KINDS, Publication};

use super::{Tab, head, project_of};
use crate::answers::{Answer, encode};
use crate::forms::{self, Fields, Sheet, attachment, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Findings shown; the rest wait until these are mended.
const SHOWN: usize = 100;
/// The rules that a file of ours can break, by their numbers: each has a sentence. Of others the number is told.
const KNOWN: [&str; 14] =
    ["1.1.3", "1.1.21", "2.1.1", "2.1.2", "2.1.4", "3.1.1", "3.1.2", "3.1.4", "3.7.1", "4.3.1", "4.4.1", "6.2.2", "6.10.1", "8.6.1"];

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/iati", get(show).post(download))
}

/// `/o/{org}/projects/{code}/iati`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let export = iati::get(&cx, &code, visit.app.settings.iati_schemas.clone()).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = cx.may(Can::SetIati(export.project.id)).then(|| Sheet::new(&visit, "iati/set", flash.as_ref()));
    let may_publish = cx.may(Can::PublishIati(export.project.id));
    let top = head(say, &cx, &export.project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("iati-title"), move || {
        let base = format!("/o/{org}/projects/{code}");
        view! {
            {top}
            <h2>{say.t("iati-title")}</h2><p class="lede">{say.t("iati-text")}</p>
            {verdict(say, &base, &export, sheet.is_some())}
            {files(say, &base, &export, may_publish)}
            {sheet.map(|sheet| publication(say, &org, &sheet, &export))}
        }
    }))
}

/// What the checks say, and where each finding is mended.
fn verdict(say: Say, base: &str, export: &Export, may_set: bool) -> AnyView {
    let wrote = say.with("iati-wrote", &[("indicators", &export.indicators.to_string()), ("figures", &export.figures.to_string())]);
    let said = match &export.checked {
        Checked::NoSchema => view! { <p class="notice warning">{say.t("problem-iati-not-checked")}</p> }.into_any(),
        Checked::TooLarge => view! { <p class="notice warning">{say.t("problem-iati-too-large")}</p> }.into_any(),
        Checked::Found(found) if found.is_empty() => view! { <p class="notice success">{say.t("iati-passes")}</p> }.into_any(),
        Checked::Found(found) => {
            let errors = found.iter().filter(|(finding, _)| finding.severity == Severity::Error).count();
            let text = if errors > 0 { say.count_of("iati-errors", errors) } else { say.t("iati-warnings") };
            let class = if errors > 0 { "notice error" } else { "notice success" };
            let rows: Vec<_> = found.iter().take(SHOWN).map(|(finding, mend)| row(say, base, finding, mend, may_set)).collect();
            let more = (found.len() > SHOWN).then(|| say.count_of("iati-more", found.len() - SHOWN));
            view! {
                <p class=class>{text}</p>
                <div class="scroll" role="region" aria-label=say.t("iati-findings") tabindex="0"><table class="list stack" role="table">
                    <caption class="visually-hidden">{say.t("iati-findings")}</caption>
                    <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("iati-finding")}</th>
                        <th role="columnheader" scope="col">{say.t("iati-rule")}</th><th role="columnheader" scope="col">{say.t("iati-place")}</th>
                        <th role="columnheader" scope="col">{say.t("iati-mend")}</th></tr></thead>
                    <tbody role="rowgroup">{rows}</tbody></table></div>
                {more.map(|more| view! { <p class="small muted">{more}</p> })}
            }
            .into_any()
        }
    };
    view! { <section class="flow-s" aria-labelledby="iati-check-h"><h3 id="iati-check-h">{say.t("iati-check")}</h3><p>{wrote}</p>{said}</section> }.into_any()
}

fn row(say: Say, base: &str, finding: &Finding, mend: &Mend, may_set: bool) -> AnyView {
    let element = finding.place.rsplit('/').next().unwrap_or_default();
    let sentence = if let Some(missing) = missing(finding) {
        say.with("iati-rule-xsd-missing", &[("element", missing)])
    } else if finding.rule == "xsd" {
        say.with("iati-rule-xsd", &[("element", element)])
    } else if KNOWN.contains(&finding.rule.as_str()) {
        say.t(&format!("iati-rule-{}", finding.rule.replace('.', "-")))
    } else {
        say.with("iati-rule-other", &[("rule", &finding.rule)])
    };
    let (address, text) = match mend {
        Mend::Publication if !may_set => (String::new(), say.t("iati-mend-others")),
        Mend::Publication => ("#iati-set-h".to_owned(), say.t("iati-mend-here")),
        Mend::Project => (base.to_owned(), say.t("iati-mend-project")),
        Mend::Framework => (format!("{base}/framework"), say.t("framework-title")),
        Mend::Indicator(code) => (format!("{base}/indicators/{}", encode(code)), code.clone()),
        Mend::Budget => (format!("{base}/budget"), say.t("tab-budget")),
    };
    let way = if address.is_empty() { text.into_any() } else { view! { <a href=address>{text}</a> }.into_any() };
    let (severity, colour) =
        if finding.severity == Severity::Error { ("error", "rag rag-off_track") } else { ("warning", "rag rag-at_risk") };
    let rule = if finding.rule == "xsd" { say.t("iati-schema") } else { finding.rule.clone() };
    view! {
        <tr role="row"><th role="rowheader" scope="row"><span class=colour>{say.word("severity", severity)}</span>" "{sentence}</th>
            <td role="cell" data-label=say.t("iati-rule")><code>{rule}</code></td>
            <td role="cell" data-label=say.t("iati-place")><code>{finding.place.clone()}</code><p class="small muted" lang="en">{finding.detail.clone()}</p></td>
            <td role="cell" data-label=say.t("iati-mend")>{way}</td></tr>
    }
    .into_any()
}

/// The element that the schema misses: the one that it expected where it found another. Where it would take one of several, none is missing.
fn missing(finding: &Finding) -> Option<&str> {
    let (_, expected) = finding.detail.split_once("Expected is ( ").filter(|_| finding.rule == "xsd")?;
    expected.split_once(" )").map(|(name, _)| name).filter(|name| !name.contains(','))
}

fn files(say: Say, base: &str, export: &Export, may_publish: bool) -> AnyView {
    let action = format!("{base}/iati");
    let finally = (may_publish && export.checked.passes())
        .then(|| view! { <button class="btn btn-primary" name="as" value="final">{say.t("iati-final")}</button> });
    let mends = matches!(export.checked, Checked::Found(_)) && !export.checked.passes();
    let not_yet = (may_publish && mends).then(|| view! { <p class="small muted">{say.t("iati-not-yet")}</p> });
    view! {
        <form class="form no-print" method="post" action=action>{not_yet}
            <div class="form-actions">{finally}<button class="btn" name="as" value="draft">{say.t("iati-draft")}</button></div></form>
    }
    .into_any()
}

/// What the project says of itself.
fn publication(say: Say, org: &str, sheet: &Sheet, export: &Export) -> AnyView {
    let said = &export.publication;
    let hidden = [("org", org.to_owned()), ("project", export.project.id.to_string()), ("row_version", said.row_version.to_string())];
    let mut kinds = vec![(String::new(), say.t("iati-kind-none"))];
    kinds.extend(ORGANISATION_KINDS.map(|kind| (kind.to_owned(), format!("{kind} · {}", say.t(&format!("iati-kind-{kind}"))))));
    let roles = ["4", "2", "3", "1"].map(|role| (role.to_owned(), say.t(&format!("iati-role-{role}")))).to_vec();
    let now = [
        ("reporting_name", said.reporting_name.clone()),
        ("reporting_ref", said.reporting_ref.clone()),
        ("reporting_kind", said.reporting_kind.clone()),
        ("identifier", said.identifier.clone()),
        ("funder_name", said.funder_name.clone()),
        ("funder_ref", said.funder_ref.clone()),
        ("sectors", said.sectors.clone()),
        ("countries", said.countries.clone()),
    ];
    let fields = view! {
        {parts::conflict(say, sheet, &now)}
        {sheet.line("reporting_name", "text", &said.reporting_name)}
        {sheet.line("reporting_ref", "text", &said.reporting_ref)}
        {sheet.choice("reporting_kind", kinds, &said.reporting_kind)}
        {sheet.choice("reporting_role", roles, &said.reporting_role.to_string())}
        {sheet.line("identifier", "text", &said.identifier)}
        {sheet.line("funder_name", "text", &said.funder_name)}
        {sheet.line("funder_ref", "text", &said.funder_ref)}
        {sheet.area("sectors", 3, &said.sectors)}
        {sheet.area("countries", 2, &said.countries)}
        <fieldset><legend>{say.t("iati-also")}</legend>
            {sheet.tick("humanitarian".to_owned(), say.t("iati-humanitarian"), said.humanitarian)}
            {sheet.tick("with_budget".to_owned(), say.t("iati-with-budget"), said.with_budget)}
            {sheet.tick("with_places".to_owned(), say.t("iati-with-places"), said.with_places)}</fieldset>
        {sheet.actions("save", None)}
    };
    view! {
        <section class="flow-s no-print" aria-labelledby="iati-set-h"><h3 id="iati-set-h">{say.t("iati-publication")}</h3><p>{say.t("iati-publication-text")}</p>
            {sheet.form(&hidden, fields)}</section>
    }
    .into_any()
}

/// As what the file is taken out.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default, rename = "as")]
    kind: String,
}

/// The file: a draft, or the one that is published.
///
/// # Errors
/// Not found, refusal, a rule, or the database's.
pub async fn download(mut visit: Visit, Path((org, code)): Path<(String, String)>, Form(wanted): Form<Wanted>) -> Answer {
    let cx = visit.cx(&org).await?;
    let (xml, name) = if wanted.kind == "final" {
        (iati::take_out(&cx, &code, visit.app.settings.iati_schemas.clone()).await?, format!("{code}-iati.xml"))
    } else {
        (iati::draft(&cx, &code).await?, format!("{code}-iati-draft.xml"))
    };
    Ok((attachment(&name, "application/xml; charset=utf-8"), xml).into_response())
}

/// Keeps what a project says of itself.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "iati/set")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("iati/set", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let said = Publication {
            reporting_ref: form.own("reporting_ref"),
            reporting_kind: form.own("reporting_kind"),
            reporting_name: form.own("reporting_name"),
            identifier: form.own("identifier"),
            funder_ref: form.own("funder_ref"),
            funder_name: form.own("funder_name"),
            sectors: form.own("sectors"),
            countries: form.own("countries"),
            humanitarian: form.get("humanitarian") == "yes",
            with_budget: form.get("with_budget") == "yes",
            with_places: form.get("with_places") == "yes",
            reporting_role: form.get("reporting_role").parse().unwrap_or_default(),
            row_version: form.row_version()?,
        };
        iati::set(&cx, project_of(&form)?, &said).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
