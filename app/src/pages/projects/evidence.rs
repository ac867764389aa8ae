//! Evidence: what a figure, a result or a report rests on.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::kernel::error::Error;
use server::kernel::ids::EvidenceId;
use server::projects::evidence::{self, About, Consent, Evidence, EvidenceForm, MOST_BYTES, MOST_LISTED, Rights};
use server_fn::codec::{MultipartData, MultipartFormData};

use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::{day, figure};
use crate::forms::{self, Fields, Sheet, attachment, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::uploads;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/evidence", get(list)).route("/o/{org}/projects/{code}/evidence/{id}", get(download))
}

/// What the evidence is of, by its id; all empty for everything of the project. With `change` or `remove`, one piece is to be changed or taken
/// away.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    value: String,
    result: String,
    report: String,
    change: String,
    remove: String,
}

/// What a query or a form says that evidence is of; none where it names nothing.
fn about([value, result, report]: [&str; 3]) -> Result<Option<About>, Error> {
    let not_found = |_| Error::NotFound;
    Ok(match (value, result, report) {
        ("", "", "") => None,
        (id, "", "") => Some(About::Value(id.parse().map_err(not_found)?)),
        ("", id, "") => Some(About::Result(id.parse().map_err(not_found)?)),
        ("", "", id) => Some(About::Report(id.parse().map_err(not_found)?)),
        _ => return Err(Error::NotFound),
    })
}

/// `/o/{org}/projects/{code}/evidence?value=|result=|report=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let of = about([&asked.value, &asked.result, &asked.report])?;
    let all = evidence::list(&cx, project.id, of).await?;
    let subject = match of {
        Some(of) => Some(evidence::subject(&cx, project.id, of).await?),
        None => None,
    };
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let rights = evidence::rights(&cx, project.id);
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let add = of.filter(|_| rights.adds).map(|_| sheet("evidence/add"));
    let (edit, out) = (sheet("evidence/update"), sheet("evidence/remove"));
    let changed = all.iter().find(|piece| rights.rules && piece.id.to_string() == asked.change).cloned();
    let gone = all.iter().find(|piece| may_remove(rights, piece) && piece.id.to_string() == asked.remove).cloned();
    let top = head(say, &cx, &project, Tab::Evidence);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-evidence"), move || {
        let base = format!("/o/{org}/projects/{code}/evidence");
        // of what is shown: where a form leads back to
        let query = super::tracking::query_of(&[("value", &asked.value), ("result", &asked.result), ("report", &asked.report)]);
        let here = if query.is_empty() { base.clone() } else { format!("{base}?{query}") };
        let cut = all.len() == MOST_LISTED;
        let hidden = vec![("org", org.clone()), ("project", project.id.to_string())];
        let mut whole = hidden.clone();
        whole.extend([("value", asked.value.clone()), ("result", asked.result.clone()), ("report", asked.report.clone())]);
        let lede = subject.unwrap_or_else(|| say.t("evidence-all"));
        view! {
            {top}
            <div class="section-head"><h2>{say.t("tab-evidence")}</h2></div><p class="lede"><bdi>{lede}</bdi></p>
            {match changed {
                Some(piece) => edit_form(say, &edit, &hidden, &piece, &here),
                None => parts::lost(say, &edit, &["title", "taken_on", "consent"]),
            }}
            {add.map(|sheet| add_form(say, &sheet, &whole, rights))}
            {match gone {
                Some(piece) => remove_form(say, &out, &hidden, &piece, &here),
                None => out.refusal(),
            }}
            {cut.then(|| view! { <p class="notice">{say.count_of("evidence-cut", MOST_LISTED)}</p> })}
            {table(say, (&base, &here), all, rights)}
        }
    }))
}

fn consents(say: Say) -> Vec<(String, String)> {
    Consent::ALL.iter().map(|consent| (consent.as_str().to_owned(), say.word("consent", consent.as_str()))).collect()
}

fn add_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], rights: Rights) -> AnyView {
    let fault = sheet.fault("file");
    let hidden: Vec<_> = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect();
    let shown = rights.rules.then(|| sheet.tick("donor_visible".to_owned(), say.t("field-donor-visible"), false));
    let limit = figure((MOST_BYTES / 1024 / 1024).into(), 0);
    view! {
        <section class="card no-print" aria-labelledby="evidence-add-h"><h3 id="evidence-add-h">{say.t("evidence-add")}</h3>
            <form class="form" method="post" action="/fn/evidence/add" enctype="multipart/form-data">
                {sheet.refusal()}{hidden}<input type="hidden" name="back" value=sheet.back()/>
                <div class="field"><label for="evidence-add-file">{say.t("field-file")}</label>
                    <p class="hint" id="evidence-add-file-h">{say.with("evidence-file-hint", &[("size", &limit)])}</p>
                    <input id="evidence-add-file" type="file" name="file" required aria-describedby="evidence-add-file-h" aria-invalid=fault.is_some().then_some("true")
                        accept="image/jpeg,image/png,image/webp,application/pdf,.xlsx,.docx,.odt,.csv,.txt"/>
                    {fault.map(|fault| view! { <p class="field-error">{fault}</p> })}</div>
                {sheet.line("title", "text", "")}
                {sheet.line("taken_on", "date", "")}
                {sheet.choice("consent", std::iter::once((String::new(), say.t("choose"))).chain(consents(say)).collect(), "")}
                {shown}{sheet.fault_line("donor_visible")}
                {sheet.actions("evidence-add", None)}
            </form></section>
    }
    .into_any()
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], piece: &Evidence, here: &str) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.extend([("evidence", piece.id.to_string()), ("row_version", piece.row_version.to_string())]);
    let taken = piece.taken_on.map(|day| day.to_string()).unwrap_or_default();
    let stands = [
        ("title", piece.title.clone()),
        ("taken_on", taken.clone()),
        ("consent", piece.consent.clone()),
        ("donor_visible", piece.donor_visible.to_string()),
    ];
    let fields = view! {
        {parts::conflict(say, sheet, &stands)}
        {sheet.line("title", "text", &piece.title)}
        {sheet.line("taken_on", "date", &taken)}
        {sheet.choice("consent", consents(say), &piece.consent)}
        {sheet.tick("donor_visible".to_owned(), say.t("field-donor-visible"), piece.donor_visible)}{sheet.fault_line("donor_visible")}
        {sheet.actions("save", Some(here.to_owned()))}
    };
    view! { <section class="card no-print" aria-labelledby="evidence-edit-h"><h3 id="evidence-edit-h">{piece.filename.clone()}</h3>{sheet.form(&hidden, fields)}</section> }.into_any()
}

/// Whether this person may take a piece away: their own, or any for who answers for the figures.
fn may_remove(rights: Rights, piece: &Evidence) -> bool {
    rights.adds && (rights.rules || piece.mine)
}

fn remove_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], piece: &Evidence, here: &str) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.push(("evidence", piece.id.to_string()));
    let fields = view! {
        <p>{say.t("evidence-remove-text")}</p>
        {sheet.typed_to_delete(say.with("delete-type", &[("name", &piece.filename)]))}
        {sheet.actions("evidence-remove", Some(here.to_owned()))}
    };
    view! { <section class="card no-print" aria-labelledby="evidence-remove-h"><h3 id="evidence-remove-h"><bdi>{piece.filename.clone()}</bdi></h3>{sheet.form(&hidden, fields)}</section> }.into_any()
}

fn table(say: Say, (base, here): (&str, &str), all: Vec<Evidence>, rights: Rights) -> AnyView {
    if all.is_empty() {
        return view! { <div class="empty"><p>{say.t("evidence-none")}</p></div> }.into_any();
    }
    let rows: Vec<_> = all.into_iter().map(|piece| row(say, (base, here), piece, rights)).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("tab-evidence") tabindex="0"><table class="list">
            <thead><tr><th scope="col">{say.t("field-file")}</th><th scope="col">{say.t("evidence-of")}</th><th scope="col">{say.t("field-consent")}</th>
                <th scope="col">{say.t("col-by")}</th><th scope="col" class="no-print">{say.t("col-actions")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, (base, here): (&str, &str), piece: Evidence, rights: Rights) -> AnyView {
    let size = figure((i64::from(piece.bytes) / 1024).max(1).into(), 0);
    let named = |key: &str| format!("{}: {}", say.t(key), piece.filename);
    let mark = if here.contains('?') { '&' } else { '?' };
    let link = |key: &'static str, what: &str| {
        view! { <a class="btn btn-small" href=format!("{here}{mark}{what}={}", piece.id) aria-label=named(key)>{say.t(key)}</a> }
    };
    let change = rights.rules.then(|| link("change", "change"));
    let remove = may_remove(rights, &piece).then(|| link("evidence-remove", "remove"));
    let place = piece.location.clone().map(|place| format!(" · {place}"));
    view! {
        <tr><th scope="row"><a href=format!("{base}/{}", piece.id)><bdi>{piece.filename.clone()}</bdi></a>" "<small class="muted">{say.with("file-size", &[("size", &size)])}</small>
                {(!piece.title.is_empty()).then(|| view! { <p>{piece.title.clone()}</p> })}
                {piece.taken_on.map(|date| view! { <p class="small muted">{say.with("evidence-taken", &[("day", &day(say, date))])}</p> })}</th>
            <td><bdi>{piece.about.clone()}</bdi>{place}</td>
            <td>{say.word("consent", &piece.consent)}{piece.donor_visible.then(|| view! { " "<span class="tag">{say.t("evidence-for-donors")}</span> })}</td>
            <td>{piece.by.clone()}<p class="small muted">{parts::moment(say, piece.at)}</p></td>
            <td class="no-print"><div class="row">{change}{remove}</div></td></tr>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/evidence/{id}`: the file, to be kept and never to be shown within the site.
///
/// # Errors
/// Not found, refusal, the store's, or the database's.
pub async fn download(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: EvidenceId = id.parse().map_err(|_| Error::NotFound)?;
    let opened = evidence::open(&cx, &visit.app.files, project.id, id).await?;
    let mut headers = attachment(&opened.filename, "application/octet-stream");
    if let Ok(mime) = HeaderValue::from_str(&opened.mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok((headers, opened.bytes).into_response())
}

/// What is said of a file, as typed.
fn typed(form: &Fields) -> EvidenceForm<'_> {
    EvidenceForm {
        title: form.get("title"),
        taken_on: form.get("taken_on"),
        consent: form.get("consent"),
        donor_visible: !form.get("donor_visible").is_empty(),
    }
}

/// The page without the question which piece was to be changed or taken away.
fn without(back: &str, question: &str) -> String {
    back.split(question).next().unwrap_or_default().trim_end_matches(['?', '&']).to_owned()
}

/// Adds a file.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "evidence/add", input = MultipartFormData)]
pub async fn add(data: MultipartData) -> Result<(), ServerFnError> {
    let (fields, file) = uploads::read(data, MOST_BYTES).await;
    forms::submit("evidence/add", fields, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let file = file?.ok_or_else(|| Error::field("file", "required"))?;
        let of = about([form.get("value"), form.get("result"), form.get("report")])?.ok_or(Error::NotFound)?;
        evidence::add(&cx, &visit.app.files, project_of(&form)?, of, file, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("evidence-added"))
    })
    .await
}

/// Changes what is said of a file.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "evidence/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("evidence/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        evidence::update(&cx, project_of(&form)?, form.id("evidence")?, typed(&form), form.row_version()?).await?;
        Ok(to(without(&forms::back(&form), "change=")).saying("saved"))
    })
    .await
}

/// Takes a file away, into the bin.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "evidence/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("evidence/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        evidence::remove(&cx, project_of(&form)?, form.id("evidence")?, form.get("confirm")).await?;
        Ok(to(without(&forms::back(&form), "remove=")).saying("evidence-removed"))
    })
    .await
}
