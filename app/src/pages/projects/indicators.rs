//! An indicator's sheet: what is measured, by which method, and its targets.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::calendar::Frequency;
use server::kernel::error::{Error, Invalid};
use server::projects::framework::{Node, Status};
use server::projects::indicators::{self, FREQUENCIES, Indicator, IndicatorForm, KINDS};
use server::projects::progress::Kind;
use server::projects::targets::{self, Sheet as Pirs, SheetPeriod, Typed};

use super::{Tab, disaggregation, head, project_of};
use crate::answers::Answer;
use crate::format::{period, plain};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/indicators/{indicator}", get(show))
}

/// `/o/{org}/projects/{code}/indicators/{indicator}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code, indicator)): Path<(String, String, String)>) -> Answer {
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
    let change = may_edit.then(|| Sheet::new(&visit, "indicators/update", flash.as_ref()));
    let top = head(say, &cx, &pirs.project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&pirs.indicator.title.clone(), move || {
        view! {
            {top}
            <section class="flow" aria-labelledby="indicator-h">
                <h2 id="indicator-h"><code>{pirs.indicator.code.clone()}</code>" "{pirs.indicator.title.clone()}</h2>
                {lost}{shut}
                {definition(say, &pirs.indicator)}
                {disaggregation::section(say, &org, &broken_down, &pirs, may_edit)}
                {figures(say, &org, &sheet, &pirs, may_edit)}
                {change.map(|sheet| change_form(say, &org, &sheet, &pirs))}
                {if may_edit { retire_form(say, &org, &retire, &pirs) } else { retire.refusal() }}
            </section>
        }
    }))
}

fn definition(say: Say, indicator: &Indicator) -> AnyView {
    let method = &indicator.method;
    let facts = [
        ("field-definition", indicator.definition.clone()),
        ("field-kind", say.word("kind", method.kind.as_str())),
        ("field-unit", indicator.unit.clone()),
        ("field-frequency", say.word("frequency", indicator.frequency.as_str())),
        ("field-direction", say.word("direction", method.direction.as_str())),
        ("field-accumulation", say.word("accumulation", method.accumulation.as_str())),
        ("field-agg-locations", say.word("agg-locations", method.locations.as_str())),
        ("field-agg-periods", say.word("agg-periods", method.periods.as_str())),
        ("field-data-source", indicator.data_source.clone()),
    ];
    let facts: Vec<_> =
        facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| view! { <dt>{say.t(key)}</dt><dd>{text}</dd> }).collect();
    let figures: Vec<_> = [("field-baseline-value", method.baseline), ("field-eop-target", indicator.eop_target)]
        .into_iter()
        .map(|(key, value)| view! { <dt>{say.t(key)}</dt><dd>{parts::figure(say, value, method.decimals)}</dd> })
        .collect();
    view! { <dl class="defs">{facts}{figures}</dl>{parts::unweighted(say, method.is_unweighted())} }.into_any()
}

fn words(say: Say, family: &str, all: &[&str]) -> Vec<(String, String)> {
    all.iter().map(|word| ((*word).to_owned(), say.word(family, word))).collect()
}

/// What a person types of an indicator, by column.
pub(super) const FIELDS: [&str; 14] = [
    "code",
    "title",
    "definition",
    "kind",
    "unit",
    "decimals",
    "frequency",
    "direction",
    "accumulation",
    "agg_locations",
    "agg_periods",
    "baseline_value",
    "eop_target",
    "data_source",
];

/// Results as choices, numbered, with none before them.
pub(super) fn node_choices<'a>(say: Say, nodes: impl Iterator<Item = &'a Node>) -> Vec<(String, String)> {
    let named = nodes.map(|n| (n.id.to_string(), format!("{} {}", n.number, n.title)));
    std::iter::once((String::new(), say.t("none"))).chain(named).collect()
}

/// The fields of an indicator; `stands` is what a column holds.
fn fields(say: Say, sheet: &Sheet, nodes: &[Node], stands: &dyn Fn(&str) -> String) -> AnyView {
    let (frequencies, kinds) = (FREQUENCIES.map(Frequency::as_str), KINDS.map(Kind::as_str));
    let decimals = (0..=4).map(|n: u8| (n.to_string(), n.to_string())).collect();
    view! {
        {sheet.line("title", "text", &stands("title"))}
        {sheet.area("definition", 3, &stands("definition"))}
        {sheet.choice("result_node_id", node_choices(say, nodes.iter()), &stands("result_node_id"))}
        {sheet.choice("kind", words(say, "kind", &kinds), &stands("kind"))}
        {sheet.line("unit", "text", &stands("unit"))}
        {sheet.choice("decimals", decimals, &stands("decimals"))}
        {sheet.choice("frequency", words(say, "frequency", &frequencies), &stands("frequency"))}
        {sheet.choice("direction", words(say, "direction", &["increase", "decrease", "maintain", "none"]), &stands("direction"))}
        {sheet.choice("accumulation", words(say, "accumulation", &["non_cumulative", "cumulative_sum", "running_total"]), &stands("accumulation"))}
        {sheet.choice("agg_locations", words(say, "agg-locations", &["sum", "avg", "max", "min", "ratio", "none"]), &stands("agg_locations"))}
        {sheet.choice("agg_periods", words(say, "agg-periods", &["sum", "avg", "max", "min", "latest", "ratio_of_sums", "none"]), &stands("agg_periods"))}
        {sheet.figure("baseline_value", &stands("baseline_value"))}
        {sheet.figure("eop_target", &stands("eop_target"))}
        {sheet.line("data_source", "text", &stands("data_source"))}
    }
    .into_any()
}

/// What a new indicator begins with.
fn usual(column: &str) -> String {
    let word = match column {
        "kind" => "number",
        "frequency" => "quarterly",
        "direction" => "increase",
        "accumulation" => "non_cumulative",
        "agg_locations" | "agg_periods" => "sum",
        "decimals" => "0",
        _ => "",
    };
    word.to_owned()
}

/// The form of a new indicator.
pub(super) fn new_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], nodes: &[Node]) -> AnyView {
    let fields = view! { {sheet.line("code", "text", "")}{fields(say, sheet, nodes, &usual)}{sheet.actions("indicator-add", None)} };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("indicator-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

fn change_form(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs) -> AnyView {
    let indicator = &pirs.indicator;
    let mut stands = indicator.columns();
    stands.push(("result_node_id", indicator.node.map(|node| node.to_string()).unwrap_or_default()));
    let of = |column: &str| stands.iter().find(|(name, _)| *name == column).map(|(_, value)| value.clone()).unwrap_or_default();
    let offered: Vec<_> = stands.iter().filter(|(name, _)| !name.ends_with("_label")).cloned().collect();
    let named = |id: &str| pirs.nodes.iter().find(|node| node.id.to_string() == id).map(|node| format!("{} {}", node.number, node.title));
    let hidden = [
        ("org", org.to_owned()),
        ("project", pirs.project.id.to_string()),
        ("indicator", indicator.id.to_string()),
        ("code", indicator.code.clone()),
        ("row_version", pirs.row_version.to_string()),
    ];
    let fields =
        view! { {parts::conflict_of(say, sheet, &offered, &named)}{fields(say, sheet, &pirs.nodes, &of)}{sheet.actions("save", None)} };
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

fn figures(say: Say, org: &str, sheet: &Sheet, pirs: &Pirs, may_edit: bool) -> AnyView {
    if pirs.periods.is_empty() {
        return view! { <div class="empty"><p>{say.t("indicator-no-periods")}</p></div> }.into_any();
    }
    let decimals = pirs.indicator.method.decimals;
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
    sheet.form(&hidden, view! { {table}{sheet.actions("targets-save", None)} })
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
            Error::Invalid(Invalid(faults.into_iter().map(|(period, fault)| (target_field(&period), fault)).collect()))
        }
        other => other,
    }
}

/// An indicator as typed.
fn typed(form: &Fields) -> IndicatorForm {
    IndicatorForm {
        code: form.own("code"),
        title: form.own("title"),
        definition: form.own("definition"),
        unit: form.own("unit"),
        kind: form.own("kind"),
        direction: form.own("direction"),
        accumulation: form.own("accumulation"),
        agg_locations: form.own("agg_locations"),
        agg_periods: form.own("agg_periods"),
        frequency: form.own("frequency"),
        decimals: form.own("decimals"),
        baseline_value: form.own("baseline_value"),
        eop_target: form.own("eop_target"),
        result_node_id: form.own("result_node_id"),
        data_source: form.own("data_source"),
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
        indicators::add(&cx, project_of(&form)?, &typed(&form)).await?;
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
        indicators::update(&cx, project_of(&form)?, form.id("indicator")?, &typed(&form), form.row_version()?).await?;
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
        targets::set_targets(&cx, project_of(&form)?, form.id("indicator")?, &targets).await.map_err(by_input)?;
        Ok(to(forms::back(&form)).saying("targets-saved"))
    })
    .await
}
