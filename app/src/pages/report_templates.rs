//! Templates of reports: those of the organisation, which it makes and changes, and those that come with Kipimo.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::donors::register::{self, Donor};
use server::kernel::error::Error;
use server::kernel::ids::ReportTemplateId;
use server::projects::reports::templates::{self, MOST_SECTIONS, NewForm, Part, Row, SHIPPED, Template, TemplateForm, WhomForm};

use super::donor_links::donor_choices;
use super::projects::reports::{beginnings, blocks};
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Empty rows beneath the sections of a template.
const SPARE: usize = 3;

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/report-templates", get(list)).route("/o/{org}/report-templates/{id}", get(show))
}

/// `/o/{org}/report-templates`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let (own, donors) = (templates::list(&cx).await?, register::for_templates(&cx).await?);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let (add, archive) =
        (Sheet::new(&visit, "report-templates/add", flash.as_ref()), Sheet::new(&visit, "report-templates/archive", flash.as_ref()));
    Ok(visit.inside(&cx, Nav::Library).show(&say.t("report-templates-title"), move || {
        let rows: Vec<_> = own.iter().map(|template| row(say, &org, &archive, template)).collect();
        let shipped: Vec<_> = SHIPPED
            .iter()
            .map(|shipped| {
                let titles: Vec<String> = shipped.parts(say.0).into_iter().map(|part| part.title).collect();
                view! {
                    <tr><th scope="row">{shipped.name(say.0)}</th><td></td><td>{titles.join(", ")}</td>
                        <td><span class="tag">{say.t("dimension-shipped")}</span></td></tr>
                }
            })
            .collect();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/library")>{say.t("library-title")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{say.t("report-templates-title")}</h1><p class="lede">{say.t("report-templates-text")}</p></div></div>
            {archive.refusal()}
            <div class="scroll" role="region" aria-label=say.t("report-templates-title") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("template-whom")}</th><th scope="col">{say.t("report-sections")}</th>
                    <th scope="col"><span class="visually-hidden">{say.t("library-withdraw")}</span></th></tr></thead>
                <tbody>{rows}{shipped}</tbody></table></div>
            {add_form(say, &org, &add, &own, &donors)}
        }
    }))
}

fn row(say: Say, org: &str, sheet: &Sheet, template: &Template) -> AnyView {
    let (verb, archived) = if template.archived { ("library-offer", "no") } else { ("library-withdraw", "yes") };
    let sent = [("org", org.to_owned()), ("report_template", template.id.to_string()), ("archived", archived.to_owned())];
    let named = format!("{}: {}", say.t(verb), template.name);
    // why it was refused stands above the table
    let form = sheet.only_if(false).form(&sent, view! { <button class="btn btn-small" aria-label=named>{say.t(verb)}</button> });
    let titles: Vec<&str> = template.parts.0.iter().map(|part| part.title.as_str()).collect();
    view! {
        <tr><th scope="row"><a href=format!("/o/{org}/report-templates/{}", template.id)>{template.name.clone()}</a>
                {template.archived.then(|| view! { " "<span class="tag">{say.t("library-withdrawn")}</span> })}</th>
            <td><bdi>{template.whom().to_owned()}</bdi></td><td>{titles.join(", ")}</td><td>{form}</td></tr>
    }
    .into_any()
}

fn add_form(say: Say, org: &str, sheet: &Sheet, own: &[Template], donors: &[Donor]) -> AnyView {
    let fields = view! {
        {sheet.line("name", "text", "")}
        {sheet.choice("donor", donor_choices(say, donors), "")}
        {sheet.line("for_donor", "text", "")}
        {sheet.language("locale", say.0.as_str())}
        {sheet.choice("template", beginnings(say, own), "shipped:quarterly")}
        {sheet.actions("template-add", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused() || own.is_empty()><summary>{say.t("report-template-new")}</summary>{sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// `/o/{org}/report-templates/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: ReportTemplateId = id.parse().map_err(|_| Error::NotFound)?;
    let template = templates::find(&cx, id).await?;
    let donors = donor_choices(visit.say, &register::for_templates(&cx).await?);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "report-templates/update", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Library).wide().show(&template.name.clone(), move || {
        let hidden =
            [("org", org.clone()), ("report_template", id.to_string()), ("row_version", template.row_version.to_string())];
        let donor = template.donor.map(|id| id.to_string()).unwrap_or_default();
        let stands = [
            ("name", template.name.clone()),
            ("donor", donor.clone()),
            ("for_donor", template.for_donor.clone()),
            ("locale", template.locale.clone()),
        ];
        // of the texts that are compared, only this one is an id
        let named = |id: &str| donors.iter().find(|(other, _)| !other.is_empty() && other == id).map(|(_, name)| name.clone());
        let differences = parts::conflict_of(say, &sheet, &stands, &named);
        let parts_now = &template.parts.0;
        let typed = (0..MOST_SECTIONS + SPARE).rev().find(|at| !sheet.value(&format!("title-{at}"), "").is_empty()).map_or(0, |at| at + 1);
        let shown = typed.max(parts_now.len() + SPARE).min(MOST_SECTIONS + SPARE);
        let rows: Vec<_> = (0..shown).map(|at| part_row(say, &sheet, at, parts_now.get(at))).collect();
        let fields = view! {
            {differences}
            {sheet.is_stale().then(|| now(say, parts_now))}
            {sheet.line("name", "text", &template.name)}
            {sheet.choice("donor", donors, &donor)}
            {sheet.line("for_donor", "text", &template.for_donor)}
            {sheet.language("locale", &template.locale)}
            <div class="scroll" role="region" aria-label=say.t("report-sections") tabindex="0"><table class="list stack" role="table"><caption>{say.t("template-rows")}</caption>
                <thead role="rowgroup"><tr role="row">{heads(say)}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>
            {sheet.actions("save", None)}
        };
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/report-templates")>{say.t("report-templates-title")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{template.name.clone()}</h1><p class="lede">{say.t("template-text")}</p></div></div>
            {sheet.form(&hidden, fields)}
        }
    }))
}

/// The fields of a section, in the order of the columns.
const FIELDS: [&str; 5] = ["place", "title", "block", "guidance", "required"];

fn heads(say: Say) -> Vec<AnyView> {
    FIELDS.iter().map(|field| view! { <th role="columnheader" scope="col">{say.word("field", field)}</th> }.into_any()).collect()
}

/// Somebody else changed the template meanwhile: the sections that it has now, beside those that were typed.
fn now(say: Say, all: &[Part]) -> AnyView {
    let items: Vec<_> = all
        .iter()
        .map(|part| {
            let text = format!("{} · {} · {}", part.title, say.word("block", &part.block), part.guidance);
            view! { <li class="typed">{text}</li> }
        })
        .collect();
    view! { <div class="notice warning"><strong>{say.t("conflict-now")}</strong><ol>{items}</ol></div> }.into_any()
}

/// A row of fields, each with its name for who cannot see the head of its column.
fn part_row(say: Say, sheet: &Sheet, at: usize, part: Option<&Part>) -> AnyView {
    let stands = |text: fn(&Part) -> &str| part.map(|part| text(part).to_owned()).unwrap_or_default();
    let place = part.map(|_| (at + 1).to_string()).unwrap_or_default();
    let (title, guidance) = (stands(|part| part.title.as_str()), stands(|part| part.guidance.as_str()));
    let block = part.map_or_else(|| "none".to_owned(), |part| part.block.clone());
    let required = part.is_some_and(|part| part.required);
    let name = |field: &str| format!("{field}-{at}");
    let label = |field: &str| format!("{}, {}", say.word("field", field), at + 1);
    let control = |field: &'static str, control: AnyView| {
        let fault = sheet.fault_line(&name(field));
        view! { <td role="cell" data-label=say.word("field", field)>{control}{fault}</td> }.into_any()
    };
    let line = |field: &'static str, class: &'static str, stands: &str| {
        let value = sheet.value(&name(field), stands);
        let invalid = sheet.fault(&name(field)).map(|_| "true");
        control(
            field,
            view! { <input class=class type="text" name=name(field) value=value aria-label=label(field) aria-invalid=invalid/> }.into_any(),
        )
    };
    let chosen = sheet.value(&name("block"), &block);
    let options: Vec<_> = blocks(say)
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect();
    let kinds = control("block", view! { <select name=name("block") aria-label=label("block")>{options}</select> }.into_any());
    let ticked = sheet.is_ticked(&name("required"), required);
    let key = stands(|part| part.key.as_str());
    let tick = control(
        "required",
        view! {
            <input type="hidden" name=name("key") value=key/>
            <input type="checkbox" name=name("required") value="yes" checked=ticked aria-label=label("required")/>
        }
        .into_any(),
    );
    view! {
        <tr role="row">{line("place", "short", &place)}{line("title", "", &title)}{kinds}{line("guidance", "", &guidance)}{tick}</tr>
    }
    .into_any()
}

/// The rows that were sent, the empty ones among them.
fn rows(form: &Fields) -> Vec<Row> {
    (0..MOST_SECTIONS + SPARE)
        .map(|at| {
            let get = |field: &str| form.own(&format!("{field}-{at}"));
            Row {
                key: get("key"),
                title: get("title"),
                block: get("block"),
                guidance: get("guidance"),
                required: get("required") == "yes",
                place: get("place"),
            }
        })
        .collect()
}

/// For whom a template is, as typed.
fn whom(form: &Fields) -> WhomForm<'_> {
    WhomForm { donor: form.get("donor"), words: form.get("for_donor") }
}

/// Begins a template.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-templates/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-templates/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let new = NewForm { name: form.get("name"), whom: whom(&form), locale: form.get("locale"), template: form.get("template") };
        let id = templates::add(&cx, new).await?;
        Ok(to(format!("/o/{}/report-templates/{id}", cx.standing()?.slug)).saying("report-template-added"))
    })
    .await
}

/// Changes a template.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-templates/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-templates/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let typed = TemplateForm { name: form.get("name"), whom: whom(&form), locale: form.get("locale"), rows: rows(&form) };
        templates::update(&cx, form.id("report_template")?, &typed, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Offers a template no more, or again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-templates/archive")]
pub async fn archive(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-templates/archive", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        templates::archive(&cx, form.id("report_template")?, form.get("archived") == "yes").await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
