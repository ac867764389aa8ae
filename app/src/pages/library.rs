//! The organisation's library: the indicators that projects begin from, and the dimensions that figures are broken down by.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::kernel::error::Error;
use server::kernel::ids::DimensionId;
use server::kernel::text::Locale;
use server::projects::dimensions::{self, Dimension, DimensionForm, DimensionValue, SHIPPED, Shipped};
use server::projects::indicators::library::{self, Kept};
use server::projects::progress::DimensionKind;

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// The kinds of dimensions, the usual first.
const KINDS: [DimensionKind; 3] = [DimensionKind::ExclusiveExhaustive, DimensionKind::ExclusivePartial, DimensionKind::Overlapping];

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/library", get(list)).route("/o/{org}/library/dimensions/{id}", get(show))
}

/// `/o/{org}/library`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let own = dimensions::list(&cx).await?;
    let kept = library::list(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let add = Sheet::new(&visit, "dimensions/add", flash.as_ref());
    let archive = Sheet::new(&visit, "library/archive", flash.as_ref());
    Ok(visit.inside(&cx, Nav::Library).show(&say.t("library-title"), move || {
        let fresh: Vec<Shipped> = SHIPPED.into_iter().filter(|shipped| own.iter().all(|dimension| dimension.key != shipped.key)).collect();
        let rows: Vec<_> = own.iter().map(|dimension| row(say, &org, dimension)).collect();
        let fresh: Vec<_> = fresh.iter().map(|shipped| shipped_row(say, shipped)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("library-title")}</h1><p class="lede">{say.t("library-text")}</p></div></div>
            <p><a class="btn" href=format!("/o/{org}/report-templates")>{say.t("report-templates-title")}</a></p>
            <section class="flow-s" aria-labelledby="dimensions-h"><h2 id="dimensions-h">{say.t("dimensions-title")}</h2>
                <p>{say.t("dimensions-text")}</p>
                <div class="scroll" role="region" aria-labelledby="dimensions-h" tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("field-dimension-kind")}</th>
                        <th scope="col">{say.t("field-values")}</th></tr></thead>
                    <tbody>{rows}{fresh}</tbody></table></div>
                {add_form(say, &org, &add)}
            </section>
            {indicators(say, &org, &archive, &kept)}
            <section class="flow-s" aria-labelledby="templates-h"><h2 id="templates-h">{say.t("templates-title")}</h2><p>{say.t("templates-text")}</p>
                <p><a class="btn" href=format!("/o/{org}/templates")>{say.t("templates-open")}</a></p></section>
        }
    }))
}

/// The indicators of the organisation, then those that come with Kipimo.
fn indicators(say: Say, org: &str, sheet: &Sheet, kept: &[Kept]) -> AnyView {
    let own: Vec<_> = kept.iter().map(|kept| kept_row(say, org, sheet, kept)).collect();
    let shipped: Vec<_> = library::SHIPPED
        .iter()
        .map(|shipped| {
            view! {
                <tr><th scope="row"><code>{shipped.code}</code>" "{shipped.wording().say(say.0).to_owned()}</th><td>{shipped.source}</td>
                    <td><span class="tag">{say.t("dimension-shipped")}</span></td></tr>
            }
        })
        .collect();
    view! {
        <section class="flow-s" aria-labelledby="indicators-h"><h2 id="indicators-h">{say.t("library-indicators")}</h2><p>{say.t("library-indicators-text")}</p>
            {sheet.refusal()}
            <div class="scroll" role="region" aria-labelledby="indicators-h" tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("col-indicator")}</th><th scope="col">{say.t("library-source")}</th>
                    <th scope="col"><span class="visually-hidden">{say.t("dimension-archive")}</span></th></tr></thead>
                <tbody>{own}{shipped}</tbody></table></div></section>
    }
    .into_any()
}

fn kept_row(say: Say, org: &str, sheet: &Sheet, kept: &Kept) -> AnyView {
    let (verb, archived) = if kept.archived { ("library-offer", "no") } else { ("library-withdraw", "yes") };
    let sent = [("org", org.to_owned()), ("kept", kept.id.to_string()), ("archived", archived.to_owned())];
    let named = format!("{}: {}", say.t(verb), kept.code);
    // why it was refused stands above the table: which of its forms it was does not matter
    let form = sheet.only_if(false).form(&sent, view! { <button class="btn btn-small" aria-label=named>{say.t(verb)}</button> });
    let source = kept.fields.get("data_source").cloned().unwrap_or_default();
    view! {
        <tr><th scope="row"><code>{kept.code.clone()}</code>" "{kept.title.clone()}{kept.archived.then(|| view! { " "<span class="tag">{say.t("library-withdrawn")}</span> })}</th>
            <td>{source}</td><td>{form}</td></tr>
    }
    .into_any()
}

fn row(say: Say, org: &str, dimension: &Dimension) -> AnyView {
    let href = format!("/o/{org}/library/dimensions/{}", dimension.id);
    let values: Vec<&str> = dimension.asked().map(|value| value.label.say(say.0)).collect();
    view! {
        <tr><th scope="row"><a href=href>{dimension.name.say(say.0).to_owned()}</a></th>
            <td>{say.word("dimension-kind", dimension.kind.as_str())}</td><td>{values.join(", ")}</td></tr>
    }
    .into_any()
}

/// One that comes with Kipimo and that no indicator was broken down by yet.
fn shipped_row(say: Say, shipped: &Shipped) -> AnyView {
    let values: Vec<&str> = shipped.values.iter().map(|(_, en, sw)| if say.0 == Locale::Sw { *sw } else { *en }).collect();
    view! {
        <tr><th scope="row">{shipped.wording().say(say.0).to_owned()}" "<span class="tag">{say.t("dimension-shipped")}</span></th>
            <td>{say.word("dimension-kind", shipped.kind().as_str())}</td><td>{values.join(", ")}</td></tr>
    }
    .into_any()
}

fn kinds(say: Say) -> Vec<(String, String)> {
    KINDS.map(|kind| (kind.as_str().to_owned(), say.word("dimension-kind", kind.as_str()))).to_vec()
}

fn add_form(say: Say, org: &str, sheet: &Sheet) -> AnyView {
    let fields = view! {
        {sheet.line("name_en", "text", "")}
        {sheet.line("name_sw", "text", "")}
        {sheet.choice("dimension_kind", kinds(say), KINDS[0].as_str())}
        {sheet.area("values", 5, "")}
        {sheet.tick("with_unknown".to_owned(), say.t("dimension-with-unknown"), true)}
        {sheet.actions("add", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("dimension-new")}</summary>{sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// `/o/{org}/library/dimensions/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let dimension = dimensions::find(&cx, id.parse().map_err(|_| Error::NotFound)?).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let (update, add, archive) = (sheet("dimensions/update"), sheet("dimensions/add_values"), sheet("dimensions/archive"));
    let name = dimension.name.say(say.0).to_owned();
    Ok(visit.inside(&cx, Nav::Library).show(&name.clone(), move || {
        let hidden = [("org", org.clone()), ("dimension", dimension.id.to_string())];
        let rows: Vec<_> = dimension.values.iter().map(|value| value_row(say, &archive, &hidden, value)).collect();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/library")>{say.t("library-title")}</a></li></ol></nav>
            <div class="page-head"><div><p class="eyebrow">{say.t("dimension")}</p><h1>{name}</h1>
                <p class="lede">{say.word("dimension-kind-text", dimension.kind.as_str())}</p></div></div>
            {archive.refusal()}
            <div class="scroll" role="region" aria-label=say.t("field-values") tabindex="0"><table class="list"><caption>{say.t("dimension-values-text")}</caption>
                <thead><tr><th scope="col">{say.t("field-name")}</th><th scope="col">{say.t("col-code")}</th><th scope="col"><span class="visually-hidden">{say.t("dimension-archive")}</span></th></tr></thead>
                <tbody>{rows}</tbody></table></div>
            {forms_of(say, &update, &add, &hidden, &dimension)}
        }
    }))
}

fn value_row(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], value: &DimensionValue) -> AnyView {
    let label = value.label.say(say.0).to_owned();
    let [org, dimension] = hidden.clone();
    let (verb, archived) = if value.archived { ("dimension-ask-again", "no") } else { ("dimension-archive", "yes") };
    let named = format!("{}: {label}", say.t(verb));
    let body = view! { <button class="btn btn-small" aria-label=named>{say.t(verb)}</button> };
    let sent = [org, dimension, ("value", value.id.to_string()), ("archived", archived.to_owned())];
    // why it was refused stands above the table: which of its forms it was does not matter
    let form = sheet.only_if(false).form(&sent, body);
    view! {
        <tr><th scope="row">{label}{value.archived.then(|| view! { " "<span class="tag">{say.t("dimension-archived")}</span> })}</th>
            <td><code>{value.code.clone()}</code></td><td>{form}</td></tr>
    }
    .into_any()
}

fn forms_of(say: Say, update: &Sheet, add: &Sheet, hidden: &[(&'static str, String); 2], dimension: &Dimension) -> AnyView {
    let [org, id] = hidden.clone();
    let (en, sw) = (dimension.name.only(Locale::En).to_owned(), dimension.name.only(Locale::Sw).to_owned());
    let stands = [("name_en", en.clone()), ("name_sw", sw.clone())];
    let names = view! {
        {parts::conflict(say, update, &stands)}{update.line("name_en", "text", &en)}{update.line("name_sw", "text", &sw)}{update.actions("save", None)}
    };
    let values = view! { {add.area("values", 4, "")}{add.actions("add", None)} };
    view! {
        <details class="card" open=add.was_refused()><summary>{say.t("dimension-add-values")}</summary>{add.form(hidden, values)}</details>
        <details class="card" open=update.was_refused()><summary>{say.t("dimension-rename")}</summary>
            {update.form(&[org, id, ("row_version", dimension.row_version.to_string())], names)}</details>
    }
    .into_any()
}

/// Adds a dimension of the organisation's own.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "dimensions/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("dimensions/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let typed = DimensionForm {
            name_en: form.own("name_en"),
            name_sw: form.own("name_sw"),
            kind: form.own("dimension_kind"),
            values: form.own("values"),
            with_unknown: form.get("with_unknown") == "yes",
        };
        let id = dimensions::add(&cx, &typed).await?;
        Ok(to(format!("/o/{}/library/dimensions/{id}", cx.standing()?.slug)).saying("dimension-added"))
    })
    .await
}

/// Changes what a dimension is called.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "dimensions/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("dimensions/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let id: DimensionId = form.id("dimension")?;
        dimensions::update(&cx, id, form.get("name_en"), form.get("name_sw"), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Adds values to a dimension.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "dimensions/add_values")]
pub async fn add_values(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("dimensions/add_values", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        dimensions::add_values(&cx, form.id("dimension")?, form.get("values")).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Asks for a value no more, or again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "dimensions/archive")]
pub async fn archive(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("dimensions/archive", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        dimensions::archive(&cx, form.id("dimension")?, form.id("value")?, form.get("archived") == "yes").await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Offers an indicator of the library no more, or again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "library/archive")]
pub async fn withdraw(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("library/archive", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        library::archive(&cx, form.id("kept")?, form.get("archived") == "yes").await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Keeps the sheet of a project's indicator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "library/keep")]
pub async fn keep(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("library/keep", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        library::keep(&cx, form.id("project")?, form.id("indicator")?, form.get("replace") == "yes").await?;
        Ok(to(forms::back(&form)).saying("library-kept"))
    })
    .await
}
