//! Reviewing what was submitted: one by one, a period, or everything that waits.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::kernel::error::Error;
use server::kernel::ids::{PeriodId, ProjectId, UserId, ValueId};
use server::projects::reviews::{self, Backlog, Decision, Selection, Waiting};

use super::{Tab, entry, head, project, project_of};
use crate::answers::Answer;
use crate::format::period;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/review", get(show))
}

/// The query of this page.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    period: String,
}

/// `/o/{org}/projects/{code}/review?period=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let backlog = reviews::backlog(&cx, project.id).await?;
    // a period that was just reviewed to its end gives way to the next one
    let asked: Option<PeriodId> = asked.period.parse().ok().filter(|asked| backlog.iter().any(|b| b.period == *asked));
    let chosen = asked.or_else(|| backlog.first().map(|b| b.period));
    let waiting = match chosen {
        Some(period) => reviews::waiting(&cx, project.id, period).await?,
        None => Vec::new(),
    };
    let flash = visit.flash(cx.actor().user()).await?;
    let (say, me) = (visit.say, cx.user()?);
    let sheet = Sheet::new(&visit, "reviews/decide", flash.as_ref());
    // two forms of one address stand on this page: the one that was refused says so
    let whole = sheet.value("what", "") == "verify-project";
    let (of_all, of_period) = (sheet.only_if(whole), sheet.only_if(!whole));
    let top = head(say, &cx, &project, Tab::Review);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-review"), move || {
        let hidden = [("org", org.clone()), ("project", project.id.to_string())];
        view! {
            {top}
            {periods(say, &format!("/o/{org}/projects/{code}/review"), &backlog, chosen)}
            {everything(say, &of_all, &hidden, &backlog)}
            {table(say, &format!("/o/{org}/projects/{code}"), &of_period, &hidden, chosen.and_then(|c| backlog.iter().find(|b| b.period == c)), waiting, me)}
        }
    }))
}

fn periods(say: Say, base: &str, backlog: &[Backlog], chosen: Option<PeriodId>) -> AnyView {
    if backlog.is_empty() {
        return view! { <div class="empty"><h2>{say.t("review-none-title")}</h2><p>{say.t("review-none")}</p></div> }.into_any();
    }
    let options: Vec<_> = backlog
        .iter()
        .map(|b| {
            let text = format!("{} ({})", period(say, &b.name), b.waiting);
            view! { <option value=b.period.to_string() selected=Some(b.period) == chosen>{text}</option> }
        })
        .collect();
    view! {
        <form class="filters" method="get" action=base.to_owned()>
            <div class="field"><label for="review-period">{say.t("field-period")}</label><select id="review-period" name="period">{options}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

/// Verifying all that waits in the project: after an import of many periods nobody pages through them.
fn everything(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], backlog: &[Backlog]) -> AnyView {
    let all: i64 = backlog.iter().map(|b| b.waiting).sum();
    if backlog.len() < 2 {
        return ().into_any();
    }
    let fields = view! {
        <p>{say.count("review-all-text", all)}</p>
        <div class="form-actions"><button class="btn" name="what" value="verify-project">{say.count("review-verify-project", all)}</button></div>
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("review-all-title")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn table(
    say: Say,
    base: &str,
    sheet: &Sheet,
    hidden: &[(&'static str, String); 2],
    chosen: Option<&Backlog>,
    waiting: Vec<Waiting>,
    me: UserId,
) -> AnyView {
    let (Some(chosen), false) = (chosen, waiting.is_empty()) else { return ().into_any() };
    let (period, all, shown) = (chosen.period, chosen.waiting, i64::try_from(waiting.len()).unwrap_or(i64::MAX));
    // a button that takes more than the page shows says how many
    let caption = if shown < all {
        say.with("review-shown-of", &[("shown", &shown.to_string()), ("all", &all.to_string())])
    } else {
        say.count("review-shown", shown)
    };
    let rows: Vec<_> = waiting.into_iter().map(|value| row(say, base, sheet, value, me)).collect();
    let mut hidden = hidden.to_vec();
    hidden.push(("period", period.to_string()));
    if shown < all {
        hidden.push(("rest", "yes".to_owned()));
    }
    let fields = view! {
        <div class="scroll" role="region" aria-label=say.t("review-title") tabindex="0"><table class="list">
            <caption>{caption}</caption>
            <thead><tr><th scope="col"><span class="visually-hidden">{say.t("review-pick")}</span></th><th scope="col">{say.t("col-indicator")}</th>
                <th scope="col">{say.t("field-location")}</th><th scope="col" class="num">{say.t("col-value")}</th>
                <th scope="col" class="num">{say.t("col-before")}</th><th scope="col">{say.t("col-by")}</th><th scope="col">{say.t("col-when")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
        {sheet.area("note", 2, "")}
        <div class="savebar">
            <button class="btn" name="what" value="return-selected">{say.t("review-return-selected")}</button>
            <button class="btn" name="what" value="verify-selected">{say.t("review-verify-selected")}</button>
            <button class="btn" name="what" value="return-period">{say.count("review-return-period", all)}</button>
            <button class="btn btn-primary" name="what" value="verify-period">{say.count("review-verify-period", all)}</button>
        </div>
    };
    sheet.form(&hidden, fields)
}

fn row(say: Say, base: &str, sheet: &Sheet, value: Waiting, me: UserId) -> AnyView {
    let decimals = u32::try_from(value.decimals).unwrap_or(0);
    let own = value.submitter == Some(me);
    // a decision is on the figure that was shown
    let (name, seen) = (format!("pick-{}", value.id), format!("seen-{}", value.id));
    let picked = !sheet.value(&name, "").is_empty();
    let label = format!("{}, {}", value.indicator, value.location.clone().unwrap_or_default());
    let shown = match (value.num, value.den) {
        (Some(num), Some(den)) => view! { <bdi>{crate::format::plain(Some(num))}"/"{crate::format::plain(Some(den))}</bdi> }.into_any(),
        _ => parts::figure(say, value.value, decimals),
    };
    let groups = groups(say, &value);
    let evidence = (value.evidence > 0).then(|| parts::evidence(say, base, value.id, value.evidence, &value.indicator));
    view! {
        <tr><td><input type="checkbox" name=name aria-label=label checked=picked/><input type="hidden" name=seen value=value.row_version.to_string()/></td>
            <th scope="row"><code>{value.indicator}</code>" "{value.title}</th><td>{value.location.unwrap_or_default()}</td>
            <td class="num">{shown}" "<small>{value.unit}</small>{groups}{evidence}</td><td class="num">{parts::figure(say, value.before, decimals)}</td>
            <td>{value.submitter_name.unwrap_or_default()}{own.then(|| view! { " "<span class="tag">{say.t("review-own")}</span> })}
                {(!value.comment.is_empty()).then(|| view! { <p class="small muted">{value.comment}</p> })}</td>
            <td>{value.submitted_at.map(|at| parts::moment(say, at))}</td></tr>
    }
    .into_any()
}

/// What was counted of each group, where the figure is broken down.
fn groups(say: Say, value: &Waiting) -> AnyView {
    if value.cells.is_empty() {
        return ().into_any();
    }
    let cells: Vec<_> = value
        .cells
        .iter()
        .map(|cell| {
            let label: Vec<&str> = cell.labels.iter().map(|label| label.say(say.0)).collect();
            view! { <dt>{label.join(" · ")}</dt><dd>{entry::text_of(cell.quantity)}</dd> }
        })
        .collect();
    view! { <details class="small"><summary>{say.count_of("review-groups", cells.len())}</summary><dl class="defs">{cells}</dl></details> }
        .into_any()
}

/// What a button asks for.
fn selection(form: &Fields) -> Result<(Selection, bool), Error> {
    let of_period = |versions: Vec<(ValueId, i32)>, and_rest: bool| {
        form.id::<PeriodId>("period").map(|period| Selection::Seen { period, versions, and_rest })
    };
    let period = || {
        let seen = form.starting("seen-").filter_map(|(id, version)| Some((id.parse().ok()?, version.parse().ok()?)));
        of_period(seen.collect(), form.get("rest") == "yes")
    };
    let these = || {
        // what names no version is another than was seen
        let version = |id: &str| form.get(&format!("seen-{id}")).parse().unwrap_or(0);
        let picked: Vec<_> = form.starting("pick-").filter_map(|(id, _)| Some((id.parse().ok()?, version(id)))).collect();
        if picked.is_empty() { Err(Error::Rule("nothing_picked")) } else { of_period(picked, false) }
    };
    match form.get("what") {
        "verify-selected" => Ok((these()?, true)),
        "verify-period" => Ok((period()?, true)),
        "verify-project" => Ok((Selection::All(None), true)),
        "return-selected" => Ok((these()?, false)),
        "return-period" => Ok((period()?, false)),
        _ => Err(Error::NotFound),
    }
}

/// Verifies or returns values.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reviews/decide")]
pub async fn decide(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reviews/decide", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let project: ProjectId = project_of(&form)?;
        let (selection, verify) = selection(&form)?;
        let decision = if verify { Decision::Verify } else { Decision::Return(form.own("note")) };
        let outcome = reviews::decide(&cx, project, &selection, &decision).await?;
        let some_left = outcome.own > 0 || outcome.locked > 0 || outcome.changed > 0;
        Ok(to(forms::back(&form)).saying(if some_left { "reviewed-some-left" } else { "reviewed" }))
    })
    .await
}

/// Takes a verification back, with a reason: the value is returned.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reviews/unverify")]
pub async fn unverify(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reviews/unverify", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        reviews::unverify(&cx, project_of(&form)?, form.id("value")?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("unverified"))
    })
    .await
}
