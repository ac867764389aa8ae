//! "Explain this number".

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use server::projects::explain::{self, Explained, Input};
use server::projects::progress::{Step, Working};

use super::{Tab, head};
use crate::answers::Answer;
use crate::format::{column, figure, percent, period, plain};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Rows shown of the values behind a figure.
const SHOWN: usize = 300;

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
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let explained = explain::figure(&cx, &code, &asked.indicator, &asked.column, Some(&asked.location)).await?;
    let say = visit.say;
    let top = head(say, &cx, &explained.project, Tab::Tracking);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("explain-title"), move || {
        let indicator = &explained.indicator;
        let decimals = indicator.method.decimals;
        let value = explained.explanation.result.map(server::projects::progress::Figure::value);
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
                {inputs(say, &explained, decimals)}
                <p><a class="btn" href=format!("/o/{org}/projects/{code}/tracking")>{say.t("tab-tracking")}</a></p>
            </section>
        }
    }))
}

/// How actual and target were compared, with the numbers.
fn compared(say: Say, working: &Working, decimals: u32) -> String {
    let n = |value: Decimal| figure(value, decimals);
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

/// One step in words: how many figures were combined, by which method.
fn steps(say: Say, explained: &Explained) -> Vec<AnyView> {
    let method = &explained.indicator.method;
    let said = |key: &str, how: String, n: usize| {
        let text = say.with(key, &[("how", &how), ("count", &n.to_string())]);
        view! { <li>{text}</li> }.into_any()
    };
    let all = &explained.explanation.steps;
    let within = all.iter().filter(|s| matches!(s, Step::WithinLocation { .. })).count();
    let across = all.iter().filter(|s| matches!(s, Step::AcrossLocations { .. })).count();
    let carried = all.iter().filter(|s| matches!(s, Step::CarriedForward { .. })).count();
    let mut out = vec![said("explain-step-inputs", String::new(), explained.explanation.included.len())];
    if within > 0 {
        out.push(said("explain-step-within", say.word("agg-within", method.effective_within().as_str()), within));
    }
    if carried > 0 {
        out.push(said("explain-step-carried", String::new(), carried));
    }
    if across > 0 {
        out.push(said("explain-step-locations", say.word("agg-locations", method.locations.as_str()), across));
    }
    if explained.periods.len() > 1 {
        out.push(said("explain-step-periods", say.word("agg-periods", method.periods.as_str()), explained.periods.len()));
    }
    out
}

fn inputs(say: Say, explained: &Explained, decimals: u32) -> AnyView {
    let total = explained.inputs.len();
    let rows: Vec<_> = explained.inputs.iter().take(SHOWN).map(|input| row(say, input, decimals)).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("explain-inputs") tabindex="0"><table class="list">
            <caption>{say.count("explain-inputs-count", i64::try_from(total).unwrap_or(i64::MAX))}</caption>
            <thead><tr><th scope="col">{say.t("field-location")}</th><th scope="col">{say.t("field-period")}</th><th scope="col" class="num">{say.t("col-value")}</th>
                <th scope="col">{say.t("col-submitted-by")}</th><th scope="col">{say.t("col-verified-by")}</th><th scope="col">{say.t("col-counts")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, input: &Input, decimals: u32) -> AnyView {
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
            <td>{counts}</td></tr>
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
