//! "Explain this number".

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use server::access::Can;
use server::kernel::ids::ProjectId;
use server::projects::explain::{self, Explained, Input};
use server::projects::progress::{Figure, Step, Working};
use uuid::Uuid;

use super::{Tab, head};
use crate::answers::Answer;
use crate::format::{column, figure, percent, period, plain};
use crate::forms::Sheet;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Rows shown of the values behind a figure, and of the steps to it.
const SHOWN: usize = 200;

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/tracking/explain", get(show))
}

/// The query of this page.
#[derive(Deserialize)]
pub struct Asked {
    indicator: String,
    column: String,
    #[serde(default)]
    location: String,
}

/// `/o/{org}/projects/{code}/tracking/explain?indicator=&column=&location=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let explained = explain::figure(&cx, &code, &asked.indicator, &asked.column, Some(&asked.location)).await?;
    let say = visit.say;
    let top = head(say, &cx, &explained.project, Tab::Tracking);
    let flash = visit.flash(cx.actor().user()).await?;
    let may = cx.may(Can::UnverifyValue(explained.project.id));
    let take_back = may.then(|| TakeBack { sheet: Sheet::new(&visit, "reviews/unverify", flash.as_ref()), org: org.clone() });
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("explain-title"), move || {
        let indicator = &explained.indicator;
        let decimals = indicator.method.decimals;
        let value = explained.explanation.result.map(Figure::value);
        let place = explained.location.clone().unwrap_or_else(|| say.t("all-locations"));
        view! {
            {top}
            <section class="flow" aria-labelledby="explain-h">
                <h2 id="explain-h">{say.t("explain-title")}</h2>
                <p class="lede"><code>{indicator.code.clone()}</code>" "{indicator.title.clone()}" · "{column(&explained.column.key)}" · "<bdi>{place}</bdi></p>
                <div class="grid grid-stats">
                    {parts::tile(say.t("col-actual"), value.map_or_else(|| "–".to_owned(), |v| format!("{} {}", figure(v, decimals), indicator.unit)), None)}
                    {parts::tile(say.t("col-target"), explained.target.map_or_else(|| "–".to_owned(), |v| figure(v, decimals)), None)}
                    {parts::tile(say.t("col-achievement"), percent(explained.working.result()), None)}
                </div>
                <p>{parts::rag(say, explained.rag.as_str(), false)}</p>
                <p class="formula">{compared(say, &explained.working, decimals)}</p>
                <ol class="steps">{steps(say, &explained)}</ol>
                {parts::unweighted(say, indicator.method.is_unweighted())}
                {remarks(say, &explained)}
                {inputs(say, &explained, decimals, take_back.as_ref())}
                <p><a class="btn" href=format!("/o/{org}/projects/{code}/tracking")>{say.t("tab-tracking")}</a></p>
            </section>
        }
    }))
}

/// What the project says of the periods: why there is no figure, or why it is off its target.
fn remarks(say: Say, explained: &Explained) -> AnyView {
    if explained.remarks.is_empty() {
        return ().into_any();
    }
    let said: Vec<_> = explained
        .remarks
        .iter()
        .map(|remark| {
            let what = say.word("remark", remark.kind.as_str());
            view! { <dt>{period(say, &remark.period)}" · "{what}</dt><dd class="typed">{remark.body.clone()}</dd> }
        })
        .collect();
    view! { <section class="flow-s" aria-labelledby="said-h"><h3 id="said-h">{say.t("explain-said")}</h3><dl class="defs">{said}</dl></section> }.into_any()
}

/// How actual and target were compared, with the numbers.
fn compared(say: Say, working: &Working, decimals: u32) -> String {
    // with so many digits that who works it out again comes to the same
    let n = |value: Decimal| figure(value, value.round_dp(4).normalize().scale().max(decimals));
    match working {
        Working::Ratio { actual, target, result } => {
            say.with("explain-ratio", &[("actual", &n(*actual)), ("target", &n(*target)), ("result", &figure(*result, 1))])
        }
        Working::Progress { actual, baseline, target, result } => say.with(
            "explain-progress",
            &[("actual", &n(*actual)), ("baseline", &n(*baseline)), ("target", &n(*target)), ("result", &figure(*result, 1))],
        ),
        Working::Reduction { actual, target, result } => {
            say.with("explain-reduction", &[("actual", &n(*actual)), ("target", &n(*target)), ("result", &figure(*result, 1))])
        }
        Working::NotAvailable(_) => say.t("explain-not-available"),
    }
}

/// The steps in words, with their numbers: those that were really taken, in their order.
fn steps(say: Say, explained: &Explained) -> Vec<AnyView> {
    let steps = &explained.explanation.steps;
    let begin = say.with("explain-step-inputs", &[("count", &explained.explanation.included.len().to_string())]);
    let more = (steps.len() > SHOWN).then(|| say.with("explain-steps-more", &[("count", &(steps.len() - SHOWN).to_string())]));
    std::iter::once(begin)
        .chain(steps.iter().take(SHOWN).map(|step| sentence(say, explained, step)))
        .chain(more)
        .map(|text| view! { <li>{text}</li> }.into_any())
        .collect()
}

/// One step in words.
fn sentence(say: Say, explained: &Explained, step: &Step<Uuid>) -> String {
    let decimals = explained.indicator.method.decimals;
    let place = |id: Option<Uuid>| match id {
        Some(id) => explained.places.get(&id).cloned().unwrap_or_else(|| "–".to_owned()),
        // a place explained by itself has no others beside it
        None => explained.location.clone().unwrap_or_else(|| say.t("explain-whole-project")),
    };
    let name = |at: usize| explained.periods.get(at).map_or_else(|| "–".to_owned(), |name| period(say, name));
    match step {
        Step::WithinLocation { location, period, how, inputs, result } => say.with(
            "explain-step-within",
            &[
                ("place", &place(*location)),
                ("period", &name(*period)),
                ("how", &say.word("agg-within", how.as_str())),
                ("inputs", &list(say, inputs.iter().map(|f| written(*f, decimals)))),
                ("result", &written(*result, decimals)),
            ],
        ),
        Step::CarriedForward { location, from_period, figure } => say.with(
            "explain-step-carried",
            &[("place", &place(*location)), ("period", &name(*from_period)), ("result", &written(*figure, decimals))],
        ),
        Step::AcrossLocations { period, how, inputs, result } => say.with(
            "explain-step-locations",
            &[
                ("period", &name(*period)),
                ("how", &say.word("agg-locations", how.as_str())),
                ("inputs", &list(say, inputs.iter().map(|(id, f)| format!("{} {}", place(*id), written(*f, decimals))))),
                ("result", &or_dash(*result, decimals)),
            ],
        ),
        Step::AddedUp { period, earlier, added, result } => say.with(
            "explain-step-added",
            &[
                ("period", &name(*period)),
                ("earlier", &or_dash(*earlier, decimals)),
                ("added", &or_dash(*added, decimals)),
                ("result", &or_dash(*result, decimals)),
            ],
        ),
        Step::AcrossPeriods { how, inputs, result } => say.with(
            "explain-step-periods",
            &[
                ("how", &say.word("agg-periods", how.as_str())),
                ("inputs", &list(say, inputs.iter().map(|(at, f)| format!("{} {}", name(*at), written(*f, decimals))))),
                ("result", &or_dash(*result, decimals)),
            ],
        ),
    }
}

/// A figure; one that is made of parts with its numerator and denominator, since those are what is added up.
fn written(value: Figure, decimals: u32) -> String {
    let shown = figure(value.value(), decimals);
    match (value.num(), value.den()) {
        (Some(num), Some(den)) => format!("{shown} ({}/{})", plain(Some(num)), plain(Some(den))),
        _ => shown,
    }
}

fn or_dash(value: Option<Figure>, decimals: u32) -> String {
    value.map_or_else(|| "–".to_owned(), |value| written(value, decimals))
}

/// The first of many figures, and how many more there are: a step over a thousand places stays readable.
fn list(say: Say, all: impl ExactSizeIterator<Item = String>) -> String {
    const NAMED: usize = 12;
    let total = all.len();
    let mut text = all.take(NAMED).collect::<Vec<_>>().join("; ");
    if total > NAMED {
        text.push_str("; ");
        text.push_str(&say.with("explain-more", &[("count", &(total - NAMED).to_string())]));
    }
    text
}

/// The form that takes a verification back; none for who may not.
struct TakeBack {
    sheet: Sheet,
    org: String,
}

impl TakeBack {
    fn form(&self, say: Say, project: ProjectId, input: &Input) -> AnyView {
        let mine = self.sheet.was_refused_for("value", input.id);
        let sheet = self.sheet.only_if(mine);
        let id = sheet.id_in_row("reason", input.id);
        let hidden = [("org", self.org.clone()), ("project", project.to_string()), ("value", input.id.to_string())];
        let place = input.location.clone().unwrap_or_default();
        let label = say.with("unverify-label", &[("place", &place), ("period", &period(say, &input.period))]);
        let fault = sheet.fault("reason").map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> });
        let body = view! {
            <div class="field"><label for=id.clone()>{say.word("field", "reason")}</label><input id=id name="reason" value=sheet.value("reason", "")/>{fault}</div>
            <button class="btn btn-small">{say.t("unverify-do")}</button>
        };
        view! { <details open=mine><summary aria-label=label>{say.t("unverify-do")}</summary>{sheet.form(&hidden, body)}</details> }
            .into_any()
    }
}

fn inputs(say: Say, explained: &Explained, decimals: u32, take_back: Option<&TakeBack>) -> AnyView {
    let total = explained.inputs.len();
    let project = explained.project.id;
    let rows: Vec<_> = explained.inputs.iter().take(SHOWN).map(|input| row(say, project, input, decimals, take_back)).collect();
    let actions = take_back.map(|_| view! { <th scope="col">{say.t("col-actions")}</th> });
    view! {
        <div class="scroll" role="region" aria-label=say.t("explain-inputs") tabindex="0"><table class="list">
            <caption>{say.count_of("explain-inputs-count", total)}</caption>
            <thead><tr><th scope="col">{say.t("field-location")}</th><th scope="col">{say.t("field-period")}</th><th scope="col" class="num">{say.t("col-value")}</th>
                <th scope="col">{say.t("col-submitted-by")}</th><th scope="col">{say.t("col-verified-by")}</th><th scope="col">{say.t("col-counts")}</th>{actions}</tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, project: ProjectId, input: &Input, decimals: u32, take_back: Option<&TakeBack>) -> AnyView {
    let action = take_back.map(|form| view! { <td>{input.verified_by.as_ref().map(|_| form.form(say, project, input))}</td> });
    let shown = match (input.num, input.den) {
        (Some(num), Some(den)) => format!("{}/{}", plain(Some(num)), plain(Some(den))),
        _ => crate::format::maybe(input.value, decimals),
    };
    let counts = match input.excluded {
        None => say.t("counts-yes"),
        Some(reason) => say.word("exclusion", exclusion(reason)),
    };
    view! {
        <tr><th scope="row">{input.location.clone().unwrap_or_default()}</th><td>{period(say, &input.period)}</td><td class="num">{shown}</td>
            <td>{input.submitted_by.clone().unwrap_or_default()}</td>
            <td>{input.verified_by.clone().unwrap_or_default()}{input.self_verified.then(|| format!(" ({})", say.t("self-verified")))}
                {input.verified_at.map(|at| view! { " "<small>{parts::moment(say, at)}</small> })}</td>
            <td>{counts}</td>{action}</tr>
    }
    .into_any()
}

fn exclusion(reason: server::projects::progress::Exclusion) -> &'static str {
    use server::projects::progress::Exclusion as E;
    match reason {
        E::NotVerified => "not_verified",
        E::Duplicate => "duplicate",
        E::OtherPeriod => "other_period",
        E::NoFigure => "no_figure",
        E::WithoutParts => "without_parts",
        E::Superseded => "superseded",
        E::NotCombined => "not_combined",
    }
}
