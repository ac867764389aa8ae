//! An indicator's sheet: what is measured, by which method, its targets, and what changed of it.

mod begin;
mod form;

pub(super) use form::{FIELDS, new_form, node_choices, reason_fields, why};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use rust_decimal::Decimal;
use server::access::Can;
use server::kernel::error::{Error, Invalid};
use server::projects::framework::Status;
use server::projects::indicators::{self, Change};
use server::projects::targets::{self, Sheet as Pirs, SheetPeriod, Typed};

use super::{Tab, disaggregation, head, project_of};
use crate::answers::Answer;
use crate::format::{figure, period, plain};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/indicators", get(begin::show))
        .route("/o/{org}/projects/{code}/indicators/{indicator}", get(show))
}

/// `/o/{org}/projects/{code}/indicators/{indicator}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, indicator)): Path<(String, String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let pirs = targets::sheet(&cx, &code, &indicator).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let may_edit = cx.may(Can::EditFramework(pirs.project.id)) && Status::parse(&pirs.project.framework_status).is_open();
    let sheet = Sheet::new(&visit, "indicators/set_targets", flash.as_ref());
    let lost = (!may_edit).then(|| parts::lost(say, &Sheet::new(&visit, "indicators/update", flash.as_ref()), &FIELDS));
    let shut = (!may_edit).then(|| targets_lost(say, &sheet, &pirs));
    let broken_down = Sheet::new(&visit, "disaggregation/set", flash.as_ref());
    let retire = Sheet::new(&visit, "indicators/retire", flash.as_ref());
    let keep = cx.may(Can::KeepLibrary).then(|| Sheet::new(&visit, "library/keep", flash.as_ref()));
    let change = may_edit.then(|| Sheet::new(&visit, "indicators/update", flash.as_ref()));
    let top = head(say, &cx, &pirs.project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&pirs.indicator.title.clone(), move || {
        view! {
            {top}
            <section class="flow" aria-labelledby="indicator-h">
                <h2 id="indicator-h"><code>{pirs.indicator.code.clone()}</code>" "{pirs.indicator.title.clone()}</h2>
                {lost}{shut}
                {definition(say, &pirs)}
                {disaggregation::section(say, &org, &broken_down, &pirs, may_edit)}
                {figures(say, &org, &sheet, &pirs, may_edit)}
                {change.map(|sheet| change_form(say, &org, &sheet, &pirs))}
                {if may_edit { retire_form(say, &org, &retire, &pirs) } else { retire.refusal() }}
                {keep.map(|sheet| keep_form(say, &org, &sheet, &pirs))}
                {history(say, &pirs)}
            </section>
        }
    }))
}

/// What it says, in words; what is empty is left out.
fn definition(say: Say, pirs: &Pirs) -> AnyView {
    let (method, reference) = (&pirs.indicator.method, &pirs.reference);
    let of_figures = [("baseline_value", method.baseline), ("eop_target", pirs.indicator.eop_target)];
    let figures: Vec<_> = of_figures
        .into_iter()
        .map(|(field, value)| view! { <dt>{say.word("field", field)}</dt><dd>{parts::figure(say, value, method.decimals)}</dd> })
        .collect();
    let marks = [(reference.is_key, "indicator-key"), (!reference.is_public, "indicator-hidden")];
    let marks: Vec<_> = marks.into_iter().filter(|(is, _)| *is).map(|(_, key)| view! { <span class="tag">{say.t(key)}</span> }).collect();
    // what stands elsewhere on the page, and what is as usual, says nothing new
    let told = |field: &str, value: &str| {
        !value.is_empty()
            && !["title", "decimals", "baseline_value", "eop_target", "is_key", "is_public", "agg_within", "iati_export"].contains(&field)
            && value != "false"
            && !form::is_usual(field, value)
    };
    let facts = |columns: Vec<(&'static str, String)>| -> Vec<_> {
        let named = columns.into_iter().filter(|(field, value)| told(field, value));
        named
            .map(|(field, value)| view! { <dt>{say.word("field", field)}</dt><dd class="typed">{said(say, pirs, field, &value)}</dd> })
            .collect()
    };
    let (main, rest) = (facts(pirs.indicator.columns()), facts(reference.columns()));
    let rest =
        (!rest.is_empty()).then(|| view! { <details><summary>{say.t("indicator-sheet")}</summary><dl class="defs">{rest}</dl></details> });
    view! { <p class="row">{marks}{parts::unweighted(say, method.is_unweighted())}</p><dl class="defs">{main}{figures}</dl>{rest} }
        .into_any()
}

/// What a column holds, in words: who answers for it by name.
fn said(say: Say, pirs: &Pirs, field: &str, value: &str) -> String {
    let person = pirs.people.iter().find(|(id, _)| field == "responsible_membership_id" && id.to_string() == value);
    person.map_or_else(|| parts::in_words(say, field, value), |(_, name)| name.clone())
}

/// What changed after the framework was approved: what, why, by whom, and which version approved it.
fn history(say: Say, pirs: &Pirs) -> AnyView {
    if pirs.changes.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = pirs.changes.iter().map(|change| change_row(say, pirs, change)).collect();
    view! {
        <section class="flow-s" aria-labelledby="history-h"><h3 id="history-h">{say.t("indicator-history")}</h3>
            <div class="scroll" role="region" aria-labelledby="history-h" tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("col-field")}</th><th scope="col">{say.t("col-before-after")}</th>
                    <th scope="col">{say.t("field-reason")}</th><th scope="col">{say.t("col-by")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></section>
    }
    .into_any()
}

fn change_row(say: Say, pirs: &Pirs, change: &Change) -> AnyView {
    let field = match change.field.strip_prefix("target-") {
        Some(name) => format!("{}: {}", say.t("col-target"), period(say, name)),
        None => say.word("field", &change.field),
    };
    let codes: Vec<String> = change.reason_codes.iter().map(|code| say.word("reason-code", code)).collect();
    let approved = match change.version {
        Some(version) => say.with("indicator-change-approved", &[("version", &version.to_string())]),
        None => say.t("indicator-change-open"),
    };
    let shown = |text: &str| if text.is_empty() { say.t("none") } else { said(say, pirs, &change.field, text) };
    view! {
        <tr><td>{parts::moment(say, change.at)}<p class="small muted">{approved}</p></td><th scope="row">{field}</th>
            <td class="diff"><del>{shown(&change.old)}</del><ins>{shown(&change.new)}</ins></td>
            <td>{change.reason.clone()}<p class="small muted">{codes.join(", ")}</p></td><td>{change.by.clone().unwrap_or_default()}</td></tr>
    }
    .into_any()
}

fn change_form(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let indicator = &pirs.indicator;
    let mut stands = [indicator.columns(), pirs.reference.columns()].concat();
    // a figure that its parts make is left empty, so that who mends a part needs not mend it too
    let derived = [("baseline_value", pirs.reference.baseline_num), ("eop_target", pirs.reference.eop_target_num)];
    for (column, _) in derived.iter().filter(|(_, num)| num.is_some()) {
        stands.iter_mut().filter(|(name, _)| name == column).for_each(|(_, value)| value.clear());
    }
    stands.push(("result_node_id", indicator.node.map(|node| node.to_string()).unwrap_or_default()));
    let of = |column: &str| stands.iter().find(|(name, _)| *name == column).map(|(_, value)| value.clone()).unwrap_or_default();
    let offered: Vec<_> = stands.iter().filter(|(name, _)| *name != "agg_within").cloned().collect();
    let named = |id: &str| {
        let node = pirs.nodes.iter().find(|node| node.id.to_string() == id).map(|node| format!("{} {}", node.number, node.title));
        node.or_else(|| pirs.people.iter().find(|(person, _)| person.to_string() == id).map(|(_, name)| name.clone()))
    };
    let hidden = [
        ("org", org.to_owned()),
        ("project", pirs.project.id.to_string()),
        ("indicator", indicator.id.to_string()),
        ("code", indicator.code.clone()),
        ("row_version", pirs.row_version.to_string()),
    ];
    let fields = view! {
        {parts::conflict_of(say, sheet, &offered, &named)}{form::fields(say, sheet, &pirs.nodes, Some(&pirs.people), &of)}
        {reason_fields(say, sheet, &pirs.project.framework_status)}{sheet.actions("save", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("indicator-change")}</summary>{sheet.form(&hidden, fields)}</details> }
        .into_any()
}

fn retire_form(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let hidden = [
        ("org", org.to_owned()),
        ("project", pirs.project.id.to_string()),
        ("indicator", pirs.indicator.id.to_string()),
        ("row_version", pirs.row_version.to_string()),
    ];
    let body = sheet.form(&hidden, sheet.actions("indicator-retire", None));
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("indicator-retire")}</summary><p>{say.t("indicator-retire-text")}</p>{body}</details>
    }
    .into_any()
}

fn keep_form(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let hidden = [("org", org.to_owned()), ("project", pirs.project.id.to_string()), ("indicator", pirs.indicator.id.to_string())];
    // asked for only where there is one of the same code
    let replace = sheet
        .fault("replace")
        .map(|_| view! { {sheet.tick("replace".to_owned(), say.t("library-replace"), false)}{sheet.fault_line("replace")} });
    let body = sheet.form(&hidden, view! { {replace}{sheet.actions("library-keep", None)} });
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("library-keep")}</summary><p>{say.t("library-keep-text")}</p>{body}</details>
    }
    .into_any()
}

fn figures(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs, may_edit: bool) -> AnyView {
    if pirs.periods.is_empty() {
        return view! { <div class="empty"><p>{say.t("indicator-no-periods")}</p></div> }.into_any();
    }
    let decimals = pirs.indicator.method.decimals;
    let differs = pirs.planned_otherwise.zip(pirs.indicator.eop_target);
    let differs = differs.map(|(planned, end)| view! { <p class="notice warning">{targets_differ(say, planned, end, decimals)}</p> });
    let rows: Vec<_> = pirs
        .periods
        .iter()
        .map(|p| {
            let target = if may_edit { target_input(say, sheet, p) } else { parts::figure(say, p.target, decimals) };
            view! {
                <tr><th scope="row">{period(say, &p.name)}</th><td class="num">{target}</td><td class="num">{parts::figure(say, p.actual, decimals)}</td>
                    <td class="num">{parts::figure(say, p.provisional, decimals)}</td><td>{parts::rag(say, p.rag.as_str(), false)}</td></tr>
            }
        })
        .collect();
    let table = view! {
        {differs}
        <div class="scroll" role="region" aria-label=say.t("indicator-figures") tabindex="0"><table class="list">
            <caption>{say.t("indicator-figures")}</caption>
            <thead><tr><th scope="col">{say.t("field-period")}</th><th scope="col" class="num">{say.t("col-target")}</th><th scope="col" class="num">{say.t("col-actual")}</th>
                <th scope="col" class="num">{say.t("provisional")}</th><th scope="col">{say.t("col-status")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    };
    if !may_edit {
        return table.into_any();
    }
    let hidden = [("org", org.to_owned()), ("project", pirs.project.id.to_string()), ("indicator", pirs.indicator.id.to_string())];
    sheet.form(&hidden, view! { {table}{reason_fields(say, sheet, &pirs.project.framework_status)}{sheet.actions("targets-save", None)} })
}

/// That the targets of an indicator's periods do not come to its target at the end.
pub(super) fn targets_differ(say: Say, planned: Decimal, end: Decimal, decimals: u32) -> String {
    // what differs is not rounded away
    let exact = |value: Decimal| figure(value, decimals.max(value.normalize().scale()));
    say.with("targets-differ", &[("planned", &exact(planned)), ("end", &exact(end))])
}

/// What was typed of targets when the framework was approved meanwhile, to be copied.
fn targets_lost(say: Say, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let typed = |p: &SheetPeriod| {
        Some((period(say, &p.name), sheet.value(&target_field(&p.id.to_string()), ""))).filter(|(_, text)| !text.is_empty())
    };
    let lines: Vec<_> = pirs.periods.iter().filter_map(typed).map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> }).collect();
    let lines = (sheet.was_refused() && !lines.is_empty())
        .then(|| view! { <section class="card flow-s"><h2>{say.t("conflict-yours")}</h2><dl class="defs">{lines}</dl></section> });
    view! { {sheet.refusal()}{lines} }.into_any()
}

fn target_input(say: Say, sheet: &Sheet, p: &SheetPeriod) -> AnyView {
    let name = target_field(&p.id.to_string());
    let id = sheet.id(&name);
    let value = sheet.value(&name, &plain(p.target));
    let label = format!("{}: {}", say.t("col-target"), period(say, &p.name));
    let (fault, stands) = (sheet.fault(&name), plain(p.target));
    // after a refusal the field holds what was typed; what stands there, perhaps somebody else's, is said beside it
    let theirs = (sheet.was_refused() && value.trim() != stands).then(|| {
        let stands = if stands.is_empty() { say.t("none") } else { stands.clone() };
        say.with("entry-stands", &[("figure", &stands)])
    });
    let described: Vec<String> =
        [theirs.as_ref().map(|_| format!("{id}-s")), fault.as_ref().map(|_| format!("{id}-e"))].into_iter().flatten().collect();
    let (invalid, described) = (fault.as_ref().map(|_| "true"), Some(described.join(" ")).filter(|d| !d.is_empty()));
    view! {
        <input type="hidden" name=format!("was-{}", p.id) value=stands/>
        <input class="short" id=id.clone() name=name type="text" inputmode="decimal" autocomplete="off" value=value
            aria-label=label aria-invalid=invalid aria-describedby=described/>
        {theirs.map(|theirs| view! { <p class="hint" id=format!("{id}-s")>{theirs}</p> })}
        {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}
    }
    .into_any()
}

/// The name of a period's input.
fn target_field(period: &str) -> String {
    format!("target-{period}")
}

/// Faults come back named by the period alone; the form's list of faults links to its inputs by their names.
fn by_input(error: Error) -> Error {
    match error {
        Error::Invalid(Invalid(faults)) => {
            // the reason has a field of its own
            let named = |name: String| if name.starts_with("reason") { name } else { target_field(&name) };
            Error::Invalid(Invalid(faults.into_iter().map(|(name, fault)| (named(name), fault)).collect()))
        }
        other => other,
    }
}

/// Adds an indicator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        indicators::add(&cx, project_of(&form)?, &form::typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("indicator-added"))
    })
    .await
}

/// Changes an indicator.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (typed, why) = (form::typed(&form), why(&form));
        indicators::update(&cx, project_of(&form)?, form.id("indicator")?, &typed, &why, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Retires an indicator, and leads to the framework, where it can be taken up again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/retire")]
pub async fn retire(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/retire", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        indicators::retire(&cx, project_of(&form)?, form.id("indicator")?, form.row_version()?).await?;
        let back = forms::back(&form);
        let base = back.split("/indicators/").next().unwrap_or_default();
        Ok(to(format!("{base}/framework")).saying("indicator-retired"))
    })
    .await
}

/// Takes a retired indicator up again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/revive")]
pub async fn revive(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/revive", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        indicators::revive(&cx, project_of(&form)?, form.id("indicator")?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("indicator-revived"))
    })
    .await
}

/// Sets targets.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/set_targets")]
pub async fn set_targets(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/set_targets", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let typed = |(id, text): (&str, &str)| {
            Some(Typed { period: id.parse().ok()?, was: form.0.get(&format!("was-{id}")).cloned(), value: text.to_owned() })
        };
        let targets: Vec<Typed> = form.starting("target-").filter_map(typed).collect();
        targets::set_targets(&cx, project_of(&form)?, form.id("indicator")?, &targets, &why(&form)).await.map_err(by_input)?;
        Ok(to(forms::back(&form)).saying("targets-saved"))
    })
    .await
}
