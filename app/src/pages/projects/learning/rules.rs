//! Rules that ask for an action where an indicator stays off track.

use leptos::prelude::*;
use server::projects::learning::triggers::{self, MOST_PERIODS, Rule, RuleForm};
use server::projects::learning::{Around, Board};

use super::super::project_of;
use super::{Hidden, indicator_choices, people_choices};
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;

/// The rules in force; who gives actions adds some and switches some off.
pub(super) fn section(say: Say, hidden: &Hidden, board: &Board, add: Option<&Sheet>, off: Option<&Sheet>) -> AnyView {
    if board.rules.is_empty() && add.is_none() {
        return ().into_any();
    }
    let rows: Vec<_> = board.rules.iter().map(|rule| row(say, hidden, &board.around, rule, off)).collect();
    let list = if rows.is_empty() {
        view! { <p>{say.t("learning-rules-none")}</p> }.into_any()
    } else {
        view! { <ul class="plain-list">{rows}</ul> }.into_any()
    };
    let open = [add, off].into_iter().flatten().any(Sheet::was_refused);
    view! {
        <details class="card" open=open><summary>{say.t("learning-rules")}</summary><p>{say.t("learning-rules-text")}</p>
            {off.map(Sheet::refusal)}{list}{add.map(|sheet| add_form(say, sheet, hidden, &board.around))}</details>
    }
    .into_any()
}

fn row(say: Say, hidden: &Hidden, around: &Around, rule: &Rule, off: Option<&Sheet>) -> AnyView {
    let indicator = around.indicators.iter().find(|indicator| Some(indicator.id) == rule.indicator);
    let what = indicator.map_or_else(|| say.t("rule-every"), |indicator| format!("{} {}", indicator.code, indicator.title));
    let days = say.count("rule-days", i64::from(rule.days));
    let facts = [("owner", rule.owner_name.as_deref().unwrap_or("–")), ("days", days.as_str())];
    let text = say.count_with("rule-text", i64::from(rule.periods), &facts);
    let form = off.map(|sheet| {
        let hidden = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect_view();
        let label = format!("{}: {what}", say.t("rule-switch-off"));
        view! {
            <form class="no-print" method="post" action=sheet.action()>{hidden}<input type="hidden" name="rule" value=rule.id.to_string()/>
                <input type="hidden" name="back" value=sheet.back()/><button class="btn btn-small" aria-label=label>{say.t("rule-switch-off")}</button></form>
        }
    });
    view! { <li class="row"><span><strong>{what.clone()}</strong><br/>{text}</span>{form}</li> }.into_any()
}

fn add_form(say: Say, sheet: &Sheet, hidden: &Hidden, around: &Around) -> AnyView {
    let periods = (1..=MOST_PERIODS).map(|n| (n.to_string(), say.count("rule-periods", i64::from(n)))).collect();
    let people = std::iter::once((String::new(), say.t("choose"))).chain(people_choices(&around.people, None)).collect();
    let fields = view! {
        {sheet.choice("indicator", indicator_choices(say.t("rule-every"), &around.indicators, None), "")}
        {sheet.choice("periods", periods, "2")}
        {sheet.choice("owner", people, "")}
        {sheet.figure("within_days", "14")}
        {sheet.actions("rule-add", None)}
    };
    sheet.form(hidden, fields)
}

/// Adds a rule.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "trigger-rules/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("trigger-rules/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let rule = RuleForm {
            indicator: form.get("indicator"),
            periods: form.get("periods"),
            owner: form.get("owner"),
            days: form.get("within_days"),
        };
        triggers::add(&cx, project_of(&form)?, rule).await?;
        Ok(to(forms::back(&form)).saying("rule-added"))
    })
    .await
}

/// Switches a rule off.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "trigger-rules/switch-off")]
pub async fn switch_off(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("trigger-rules/switch-off", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        triggers::switch_off(&cx, project_of(&form)?, form.id("rule")?).await?;
        Ok(to(forms::back(&form)).saying("rule-switched-off"))
    })
    .await
}
