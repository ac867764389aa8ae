//! Templates of results frameworks: those that come with Kipimo, and the organisation's own, from which its projects copy their levels.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::kernel::error::Error;
use server::kernel::ids::FrameworkTemplateId;
use server::kernel::text::Locale;
use server::projects::framework::own_templates::{self, Level, LevelForm, OwnTemplate, TemplateForm};
use server::projects::framework::{MOST_LEVELS, ResultType, TEMPLATES, Template};

use super::projects::framework::level_line;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/templates", get(list)).route("/o/{org}/templates/{id}", get(show))
}

/// The key of a template that comes with Kipimo and is copied into the form; empty for none.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    copy: String,
}

/// A level as the form shows it.
#[derive(Clone, Default)]
struct Row {
    en: String,
    sw: String,
    result_type: &'static str,
    allows_indicators: bool,
}

impl Row {
    /// One that is not filled in, at a place from 0: from the top down they are mostly of these types.
    fn fresh(at: usize) -> Self {
        let result_type = ResultType::ALL.get(at).map_or(ResultType::Other.as_str(), |kind| kind.as_str());
        Self { result_type, allows_indicators: true, ..Self::default() }
    }

    fn of(level: &Level) -> Self {
        let said = |locale| level.label.only(locale).to_owned();
        let (result_type, allows_indicators) = (level.result_type.as_str(), level.allows_indicators);
        Self { en: said(Locale::En), sw: said(Locale::Sw), result_type, allows_indicators }
    }

    fn copied(key: &str) -> Self {
        let said = |locale| Say::new(locale).word("level", key);
        let result_type = ResultType::of_level(key).as_str();
        Self { en: said(Locale::En), sw: said(Locale::Sw), result_type, allows_indicators: true }
    }
}

/// `/o/{org}/templates?copy=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let own = own_templates::list(&cx).await?;
    let copied = if asked.copy.is_empty() { None } else { Some(Template::of(&asked.copy).ok_or(Error::NotFound)?) };
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (add, archive) = (sheet("templates/add"), sheet("templates/archive"));
    Ok(visit.inside(&cx, Nav::Library).show(&say.t("templates-title"), move || {
        let rows: Vec<_> = own.iter().map(|template| own_row(say, &org, &archive, template)).collect();
        let shipped = TEMPLATES.map(|template| shipped_row(say, &org, template)).collect_view();
        view! {
            {crumbs(say, &org, false)}
            <div class="page-head"><div><h1 id="templates-h">{say.t("templates-title")}</h1><p class="lede">{say.t("templates-text")}</p></div></div>
            {archive.refusal()}
            <div class="scroll" role="region" aria-labelledby="templates-h" tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("framework-levels")}</th>
                    <th scope="col"><span class="visually-hidden">{say.t("templates-acts")}</span></th></tr></thead>
                <tbody>{rows}{shipped}</tbody></table></div>
            {add_form(say, &org, &add, copied)}
        }
    }))
}

fn crumbs(say: Say, org: &str, deeper: bool) -> AnyView {
    let templates = deeper.then(|| view! { <li><a href=format!("/o/{org}/templates")>{say.t("templates-title")}</a></li> });
    view! {
        <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/library")>{say.t("library-title")}</a></li>{templates}</ol></nav>
    }
    .into_any()
}

/// The levels of a template of the organisation.
fn levels(say: Say, template: &OwnTemplate) -> AnyView {
    let line = |level: &Level| {
        let kind = say.word("result-type", level.result_type.as_str());
        level_line(say, level.label.say(say.0).to_owned(), Some(kind), !level.allows_indicators)
    };
    view! { <ol>{template.levels.iter().map(line).collect_view()}</ol> }.into_any()
}

fn own_row(say: Say, org: &str, sheet: &Sheet, template: &OwnTemplate) -> AnyView {
    let (verb, archived) = if template.archived { ("library-offer", "no") } else { ("library-withdraw", "yes") };
    let sent = [("org", org.to_owned()), ("template", template.id.to_string()), ("archived", archived.to_owned())];
    let named = format!("{}: {}", say.t(verb), template.name);
    // why it was refused stands above the table: which of its forms it was does not matter
    let form = sheet.only_if(false).form(&sent, view! { <button class="btn btn-small" aria-label=named>{say.t(verb)}</button> });
    view! {
        <tr><th scope="row"><a href=format!("/o/{org}/templates/{}", template.id)>{template.name.clone()}</a>
                {template.archived.then(|| view! { " "<span class="tag">{say.t("library-withdrawn")}</span> })}</th>
            <td>{levels(say, template)}</td><td>{form}</td></tr>
    }
    .into_any()
}

/// One that comes with Kipimo: it stays as it is, and can be copied.
fn shipped_row(say: Say, org: &str, template: Template) -> AnyView {
    let name = say.word("template", template.key);
    let line = |key: &&'static str| {
        let kind = say.word("result-type", ResultType::of_level(key).as_str());
        level_line(say, say.word("level", key), Some(kind), false)
    };
    let label = format!("{}: {name}", say.t("template-copy"));
    let href = format!("/o/{org}/templates?copy={}#template-new", template.key);
    view! {
        <tr><th scope="row">{name}" "<span class="tag">{say.t("dimension-shipped")}</span></th>
            <td><ol>{template.levels.iter().map(line).collect_view()}</ol></td>
            <td><a class="btn btn-small" href=href aria-label=label>{say.t("template-copy")}</a></td></tr>
    }
    .into_any()
}

fn add_form(say: Say, org: &str, sheet: &Sheet, copied: Option<Template>) -> AnyView {
    let name = copied.map(|template| say.word("template", template.key)).unwrap_or_default();
    let rows = copied.map(|template| template.levels.iter().map(|key| Row::copied(key)).collect()).unwrap_or_default();
    let fields = view! { {fields(say, sheet, &name, rows)}{sheet.actions("add", None)} };
    view! {
        <details class="card" id="template-new" open=sheet.was_refused() || copied.is_some()><summary>{say.t("template-new")}</summary>
            {sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// The name, and as many levels as there can be: what is not filled in is left out.
fn fields(say: Say, sheet: &Sheet, name: &str, rows: Vec<Row>) -> AnyView {
    let mut rows = rows.into_iter();
    let levels: Vec<_> = (0..MOST_LEVELS).map(|at| level(say, sheet, at + 1, &rows.next().unwrap_or_else(|| Row::fresh(at)))).collect();
    view! { {sheet.line("name", "text", name)}<p class="hint">{say.t("template-levels-hint")}</p>{levels} }.into_any()
}

/// The fields of level `n`, counted from 1.
fn level(say: Say, sheet: &Sheet, n: usize, stands: &Row) -> AnyView {
    let kinds = ResultType::ALL.map(|kind| (kind.as_str(), say.word("result-type", kind.as_str())));
    let name = format!("result_type-{n}");
    let chosen = sheet.value(&name, stands.result_type);
    let options = kinds.map(|(word, text)| view! { <option value=word selected=word == chosen>{text}</option> }).collect_view();
    let (id, fault) = (sheet.id(&name), sheet.fault(&name));
    let invalid = fault.is_some().then_some("true");
    let described = fault.is_some().then(|| format!("{id}-e"));
    let fault_id = format!("{id}-e");
    view! {
        <fieldset class="boxed"><legend>{say.with("template-level", &[("number", &n.to_string())])}</legend>
            {label(say, sheet, "level_en", n, &stands.en)}
            {label(say, sheet, "level_sw", n, &stands.sw)}
            <div class="field"><label for=id.clone()>{say.t("field-result-type")}</label><select id=id name=name aria-describedby=described aria-invalid=invalid>{options}</select>
                {fault.map(|fault| view! { <p class="field-error" id=fault_id>{fault}</p> })}</div>
            {sheet.tick(format!("allows_indicators-{n}"), say.t("template-allows-indicators"), stands.allows_indicators)}</fieldset>
    }
    .into_any()
}

/// What a level is called in a language.
fn label(say: Say, sheet: &Sheet, field: &'static str, n: usize, stands: &str) -> AnyView {
    let name = format!("{field}-{n}");
    let (id, value, fault) = (sheet.id(&name), sheet.value(&name, stands), sheet.fault(&name));
    let described = fault.is_some().then(|| format!("{id}-e"));
    let invalid = fault.is_some().then_some("true");
    view! {
        <div class="field"><label for=id.clone()>{say.word("field", field)}</label>
            <input id=id.clone() name=name type="text" value=value aria-describedby=described aria-invalid=invalid/>
            {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}</div>
    }
    .into_any()
}

/// `/o/{org}/templates/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let template = own_templates::find(&cx, id.parse().map_err(|_| Error::NotFound)?).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "templates/update", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Library).show(&template.name.clone(), move || {
        let hidden = [("org", org.clone()), ("template", template.id.to_string()), ("row_version", template.row_version.to_string())];
        let rows = template.levels.iter().map(Row::of).collect();
        let back = format!("/o/{org}/templates");
        let body = view! { {conflict(say, &sheet, &template)}{fields(say, &sheet, &template.name, rows)}{sheet.actions("save", Some(back))} };
        view! {
            {crumbs(say, &org, true)}
            <div class="page-head"><div><p class="eyebrow">{say.t("template")}</p><h1>{template.name.clone()}</h1><p class="lede">{say.t("template-change-text")}</p></div></div>
            {sheet.form(&hidden, body)}
        }
    }))
}

/// Two people changed it: what stands there now, above what was typed.
fn conflict(say: Say, sheet: &Sheet, template: &OwnTemplate) -> AnyView {
    if !sheet.is_stale() {
        return ().into_any();
    }
    view! {
        <div class="notice warning"><strong>{say.t("conflict-title")}</strong><p>{say.t("conflict-text")}</p>
            <p>{say.t("conflict-now")}": "<strong>{template.name.clone()}</strong></p>{levels(say, template)}</div>
    }
    .into_any()
}

/// A template as typed.
fn typed(form: &Fields) -> TemplateForm {
    let own = |name: &str, n: usize| form.own(&format!("{name}-{n}"));
    let level = |n| LevelForm {
        label_en: own("level_en", n),
        label_sw: own("level_sw", n),
        result_type: own("result_type", n),
        allows_indicators: own("allows_indicators", n) == "yes",
    };
    TemplateForm { name: form.own("name"), levels: (1..=MOST_LEVELS).map(level).collect() }
}

/// Makes a template.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "templates/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("templates/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        own_templates::add(&cx, &typed(&form)).await?;
        Ok(to(format!("/o/{}/templates", cx.standing()?.slug)).saying("template-added"))
    })
    .await
}

/// Changes a template.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "templates/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("templates/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let id: FrameworkTemplateId = form.id("template")?;
        own_templates::update(&cx, id, &typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Offers a template no more, or again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "templates/archive")]
pub async fn withdraw(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("templates/archive", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        own_templates::archive(&cx, form.id("template")?, form.get("archived") == "yes").await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
