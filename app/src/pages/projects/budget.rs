//! A project's budget: planned and spent by line and quarter, the burn rate, and beside it what the result achieved.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::BudgetLineId;
use server::projects::budgets::{self, Amount, Budget, Line, LineForm, Sums, Typed, field_of};
use server::projects::dashboard::{self, Colours, Dashboard};

use super::dashboard::beneath;
use super::tracking::is_limited;
use super::{Tab, head, indicators::node_choices, project_of};
use crate::answers::Answer;
use crate::chart;
use crate::format::{figure, percent, plain};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/budget", get(show))
}

/// The year; empty for this one.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    year: String,
}

/// `/o/{org}/projects/{code}/budget?year=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let budget = budgets::get(&cx, &code, asked.year.parse().ok()).await?;
    let id = budget.project.id;
    // what a result achieved is a total: nothing for who sees single places
    let achieved = if cx.may(Can::ViewTracking(id)) && !is_limited(&cx, id) {
        Some(dashboard::project(&cx, &code, Some(budget.year), None, None).await?)
    } else {
        None
    };
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| cx.may(Can::EditBudget(id)).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let (save, add, remove) = (sheet("budgets/save"), sheet("budgets/add"), sheet("budgets/remove"));
    let top = head(say, &cx, &budget.project, Tab::Budget);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&say.t("tab-budget"), move || {
        let hidden = [("org", org.clone()), ("project", id.to_string())];
        let none = budget.lines.is_empty();
        view! {
            {top}
            {years(say, &format!("/o/{org}/projects/{code}/budget"), &budget)}
            {remove.as_ref().filter(|_| none).map(Sheet::refusal)}
            {none.then(|| view! { <div class="empty"><h2>{say.t("budget-none-title")}</h2><p>{say.t("budget-none")}</p></div> })}
            {(!none).then(|| view! { {tiles(say, &budget)}{grid(say, &budget, achieved.as_ref(), save.as_ref(), &hidden)} })}
            {add.is_some().then(|| view! {
                <p class="no-print"><a class="btn btn-small" href=format!("/o/{org}/projects/{code}/budget/import")>{say.t("register-title-budget")}</a></p>
            })}
            {add.map(|sheet| add_form(say, &sheet, &hidden, &budget))}
            {remove.filter(|_| !none).map(|sheet| remove_form(say, &sheet, &hidden, &budget))}
        }
    }))
}

fn years(say: Say, action: &str, budget: &Budget) -> AnyView {
    let options: Vec<_> = budget
        .years
        .iter()
        .map(|year| view! { <option value=year.to_string() selected=*year == budget.year>{year.to_string()}</option> })
        .collect();
    view! {
        <form class="filters no-print" method="get" action=action.to_owned()>
            <div class="field"><label for="budget-year">{say.t("field-year")}</label><select id="budget-year" name="year">{options}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

fn money(value: Decimal) -> String {
    figure(value, 0)
}

/// The whole project at a glance.
fn tiles(say: Say, budget: &Budget) -> AnyView {
    let ever = budget.ever;
    let left = ever.planned - ever.spent;
    view! {
        <div class="grid grid-stats">
            {parts::tile(say.t("budget-planned"), money(ever.planned), Some(budget.currency.clone()))}
            {parts::tile(say.t("budget-spent"), money(ever.spent), Some(budget.currency.clone()))}
            {parts::tile(say.t("budget-left"), money(left), Some(budget.currency.clone()))}
            {parts::tile(say.t("budget-burn"), percent(ever.burn()), Some(say.t("budget-burn-note")))}
        </div>
    }
    .into_any()
}

fn grid(say: Say, budget: &Budget, achieved: Option<&Dashboard>, sheet: Option<&Sheet>, hidden: &[(&'static str, String); 2]) -> AnyView {
    let table = table(say, budget, achieved, sheet);
    match sheet {
        None => table,
        Some(sheet) => {
            let stale = sheet.is_stale().then(|| view! { <p class="notice warning">{say.t("budget-stale")}</p> });
            let body = view! {
                {stale}{table}
                <div class="savebar"><p class="small muted">{say.with("budget-hint", &[("currency", &budget.currency)])}</p><button class="btn btn-primary">{say.t("save")}</button></div>
            };
            sheet.form(hidden, body)
        }
    }
}

fn table(say: Say, budget: &Budget, achieved: Option<&Dashboard>, sheet: Option<&Sheet>) -> AnyView {
    let caption = say.with("budget-caption", &[("year", &budget.year.to_string()), ("currency", &budget.currency)]);
    let quarters: Vec<_> =
        (1..=4).map(|n| view! { <th scope="colgroup" colspan="2" class="q">{format!("Q{n} {}", budget.year)}</th> }).collect();
    let heads: Vec<_> = (1..=5)
        .map(|_| view! { <th scope="col" class="num q">{say.t("budget-planned")}</th><th scope="col" class="num">{say.t("budget-spent")}</th> })
        .collect();
    let rows: Vec<_> = budget.lines.iter().map(|line| row(say, budget, line, achieved, sheet)).collect();
    let achievement = achieved.is_some().then(|| view! { <th scope="col" rowspan="2">{say.t("budget-achieved")}</th> });
    let totals: Vec<_> = (0..4)
        .map(|at| {
            let of = |pick: fn(&Amount) -> Option<Decimal>| -> Decimal {
                budget.lines.iter().filter_map(|line| line.amounts.get(at).and_then(pick)).sum()
            };
            view! { <td class="num q">{money(of(|a| a.planned))}</td><td class="num">{money(of(|a| a.spent))}</td> }
        })
        .collect();
    view! {
        <div class="scroll tall" role="region" aria-label=caption.clone() tabindex="0"><table class="itt budget">
            <caption class="visually-hidden">{caption.clone()}</caption>
            <thead><tr><th scope="col" rowspan="2">{say.t("budget-line")}</th>{quarters}<th scope="colgroup" colspan="2" class="q">{budget.year.to_string()}</th>
                <th scope="col" rowspan="2" class="num">{say.t("budget-burn")}</th>{achievement}</tr><tr>{heads}</tr></thead>
            <tbody>{rows}</tbody>
            <tfoot><tr><th scope="row">{say.t("budget-total")}</th>{totals}{sums(&budget.sums)}{achieved.map(|_| view! { <td></td> })}</tr></tfoot></table></div>
    }
    .into_any()
}

fn sums(sums: &Sums) -> AnyView {
    view! { <td class="num q">{money(sums.planned)}</td><td class="num">{money(sums.spent)}</td><td class="num">{percent(sums.burn())}</td> }.into_any()
}

fn row(say: Say, budget: &Budget, line: &Line, achieved: Option<&Dashboard>, sheet: Option<&Sheet>) -> AnyView {
    let node = line.node.and_then(|id| budget.nodes.iter().find(|node| node.id == id));
    let was: Vec<String> = line.amounts.iter().flat_map(|amount| [plain(amount.planned), plain(amount.spent)]).collect();
    let version = sheet.map(|_| {
        view! {
            <input type="hidden" name=format!("version-{}", line.id) value=line.row_version.to_string()/>
            <input type="hidden" name=format!("was-{}", line.id) value=was.join("|")/>
        }
    });
    let cells: Vec<_> = line
        .amounts
        .iter()
        .enumerate()
        .map(|(at, amount)| {
            let cell = |what: &'static str, stands: Option<Decimal>| match sheet {
                None => parts::figure(say, stands, 0),
                Some(sheet) => input(say, sheet, line, (at, amount, what), stands),
            };
            view! { <td class="num q">{cell("planned", amount.planned)}</td><td class="num">{cell("spent", amount.spent)}</td> }
        })
        .collect();
    let achieved = achieved.map(|board| {
        let colours =
            node.map(|node| beneath(&board.nodes, &board.lines, node.id).into_iter().map(|line| board.colour(line)).collect::<Colours>());
        view! { <td>{colours.map(|colours| view! { {chart::colour_bar(&colours)}{chart::colour_counts(say, &colours)} })}</td> }
    });
    view! {
        <tr><th scope="row"><code>{line.code.clone()}</code>" "{line.name.clone()}{version}
                {node.map(|node| view! { <small>{node.number.clone()}" "{node.title.clone()}</small> })}</th>
            {cells}{sums(&line.sums)}{achieved}</tr>
    }
    .into_any()
}

fn input(say: Say, sheet: &Sheet, line: &Line, (at, amount, what): (usize, &Amount, &'static str), stands: Option<Decimal>) -> AnyView {
    let name = field_of(what, line.id, amount.quarter);
    let label = format!("{}, {}, Q{}", line.name, say.t(if what == "planned" { "budget-planned" } else { "budget-spent" }), at + 1);
    let stands = plain(stands);
    let typed = sheet.value(&name, &stands);
    // what was not touched gives way to what a colleague put there
    let was = sheet.value(&format!("was-{}", line.id), "");
    let shown = was.split('|').nth(2 * at + usize::from(what == "spent"));
    let value = if sheet.is_stale() && shown == Some(typed.trim()) { stands.clone() } else { typed };
    let fault = sheet.fault(&name);
    // somebody changed it since: what stands there now is shown beside what was typed
    let now = (sheet.is_stale() && value != stands).then(
        || view! { <small class="muted">{say.with("budget-now", &[("figure", if stands.is_empty() { "–" } else { &stands })])}</small> },
    );
    let invalid = fault.is_some().then_some("true");
    view! {
        <input class="short" id=sheet.id(&name) name=name value=value inputmode="decimal" aria-label=label aria-invalid=invalid/>
        {now}{fault.map(|fault| view! { <p class="field-error">{fault}</p> })}
    }
    .into_any()
}

fn add_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], budget: &Budget) -> AnyView {
    let fields = view! {
        {sheet.line("code", "text", "")}
        {sheet.line("name", "text", "")}
        {sheet.choice("node", node_choices(say, budget.nodes.iter()), "")}
        {sheet.actions("add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused() || budget.lines.is_empty()><summary>{say.t("budget-add")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn remove_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String); 2], budget: &Budget) -> AnyView {
    // the version that is shown goes with the choice
    let lines =
        budget.lines.iter().map(|line| (format!("{} {}", line.id, line.row_version), format!("{} {}", line.code, line.name))).collect();
    let fields = view! {
        <p>{say.t("budget-remove-text")}</p>
        {sheet.choice("line", lines, "")}
        {sheet.typed_to_delete(say.t("delete-type-code"))}
        {sheet.actions("budget-remove", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("budget-remove")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

/// The amounts of a form, by line.
fn typed(form: &Fields) -> Result<Vec<Typed>, Error> {
    let mut lines: BTreeMap<BudgetLineId, Typed> = BTreeMap::new();
    for (id, version) in form.starting("version-") {
        let (Ok(line), Ok(row_version)) = (id.parse(), version.parse()) else { return Err(Error::NotFound) };
        let was = form.get(&format!("was-{line}")).split('|').map(str::to_owned).collect();
        lines.insert(line, Typed { line, row_version, was, amounts: BTreeMap::new() });
    }
    for (at, prefix) in ["planned-", "spent-"].into_iter().enumerate() {
        for (rest, value) in form.starting(prefix) {
            // an id has 36 characters, and a dash stands before the day
            let parts = rest.split_at_checked(36).and_then(|(id, day)| Some((id.parse().ok()?, day.strip_prefix('-')?.parse().ok()?)));
            let (line, quarter) = parts.ok_or(Error::NotFound)?;
            let there = lines.get_mut(&line).ok_or(Error::NotFound)?;
            value.clone_into(&mut there.amounts.entry(quarter).or_default()[at]);
        }
    }
    Ok(lines.into_values().collect())
}

/// Sets amounts.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "budgets/save")]
pub async fn save(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("budgets/save", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        budgets::save(&cx, project_of(&form)?, &typed(&form)?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}

/// Adds a line.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "budgets/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("budgets/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let line = LineForm { code: form.get("code"), name: form.get("name"), node: form.get("node") };
        budgets::add(&cx, project_of(&form)?, line).await?;
        Ok(to(forms::back(&form)).saying("budget-line-added"))
    })
    .await
}

/// Takes a line out.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "budgets/remove")]
pub async fn remove(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("budgets/remove", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let chosen = form.get("line").split_once(' ').and_then(|(id, version)| Some((id.parse().ok()?, version.parse().ok()?)));
        let (line, row_version) = chosen.ok_or(Error::NotFound)?;
        budgets::remove(&cx, project_of(&form)?, line, row_version, form.get("confirm")).await?;
        Ok(to(forms::back(&form)).saying("budget-line-removed"))
    })
    .await
}
