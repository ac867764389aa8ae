//! An indicator's sheet: what is measured, by which method, and its targets.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::{Error, Invalid};
use server::kernel::ids::PeriodId;
use server::projects::indicators::Indicator;
use server::projects::targets::{self, Sheet as Pirs, SheetPeriod};

use super::{Tab, head, project_of};
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
    let may_edit = cx.may(Can::EditFramework(pirs.project.id));
    let sheet = Sheet::new(&visit, "indicators/set_targets", flash.as_ref());
    let top = head(say, &cx, &pirs.project, Tab::Overview);
    Ok(visit.inside(&cx, Nav::Projects).show(&pirs.indicator.title.clone(), move || {
        view! {
            {top}
            <section class="flow" aria-labelledby="indicator-h">
                <h2 id="indicator-h"><code>{pirs.indicator.code.clone()}</code>" "{pirs.indicator.title.clone()}</h2>
                {definition(say, &pirs.indicator)}
                {figures(say, &org, &sheet, &pirs, may_edit)}
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

fn target_input(say: Say, sheet: &Sheet, p: &SheetPeriod) -> AnyView {
    let name = target_field(&p.id.to_string());
    let id = sheet.id(&name);
    let value = sheet.value(&name, &plain(p.target));
    let label = format!("{}: {}", say.t("col-target"), period(say, &p.name));
    let fault = sheet.fault(&name);
    let (invalid, described) = (fault.as_ref().map(|_| "true"), fault.as_ref().map(|_| format!("{id}-e")));
    view! {
        <input class="short" id=id.clone() name=name type="text" inputmode="decimal" autocomplete="off" value=value
            aria-label=label aria-invalid=invalid aria-describedby=described/>
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

/// Sets targets.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "indicators/set_targets")]
pub async fn set_targets(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("indicators/set_targets", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let targets: Vec<(PeriodId, String)> =
            form.starting("target-").filter_map(|(id, text)| Some((id.parse().ok()?, text.to_owned()))).collect();
        targets::set_targets(&cx, project_of(&form)?, form.id("indicator")?, &targets).await.map_err(by_input)?;
        Ok(to(forms::back(&form)).saying("targets-saved"))
    })
    .await
}
