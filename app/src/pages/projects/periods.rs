//! The reporting periods of a project: made, given a window, locked and unlocked. A part of the set-up page.

use leptos::prelude::*;
use server::access::{Can, Cx};
use server::identity::flash::Flash;
use server::kernel::ids::ProjectId;
use server::projects::periods::{self, Period, State};

use super::project_of;
use crate::format::{day, period};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;
use crate::visit::Visit;

/// Periods shown, newest first.
const SHOWN: usize = 60;

/// What every form of this part needs to be sent with.
type Hidden = [(&'static str, String); 2];

/// The forms that a person may use here; none where they may not.
struct Allowed {
    make: Option<Sheet>,
    window: Option<Sheet>,
    lock: Option<Sheet>,
    unlock: Option<Sheet>,
    /// The address of periods as a whole.
    whole: Option<String>,
}

impl Allowed {
    fn of(visit: &Visit, cx: &Cx, id: ProjectId, flash: Option<&Flash>) -> Self {
        let sheet = |form, can| cx.may(can).then(|| Sheet::new(visit, form, flash));
        Self {
            make: sheet("periods/make", Can::ConfigurePeriods(id)),
            window: sheet("periods/set_window", Can::ConfigurePeriods(id)),
            lock: sheet("periods/lock", Can::LockPeriod(id)),
            unlock: sheet("periods/unlock", Can::UnlockPeriod(id)),
            whole: cx.may(Can::SubmitEnvelope(id)).then(|| visit.path.split("/setup").next().unwrap_or_default().to_owned() + "/periods"),
        }
    }
}

/// The list of periods, newest first, with what may be done to each, and the form that makes more.
#[must_use]
pub fn section(visit: &Visit, cx: &Cx, id: ProjectId, hidden: &Hidden, all: &[Period], flash: Option<&Flash>) -> AnyView {
    let say = visit.say;
    let allowed = Allowed::of(visit, cx, id, flash);
    let rows: Vec<_> = all.iter().take(SHOWN).map(|p| row(say, hidden, &allowed, p)).collect();
    let none = all.is_empty();
    let more = (all.len() > SHOWN).then(|| say.with("periods-shown", &[("shown", &SHOWN.to_string()), ("all", &all.len().to_string())]));
    view! {
        <section class="flow-s" aria-labelledby="periods-h"><h2 id="periods-h">{say.t("periods-title")}</h2>
            {none.then(|| view! { <p>{say.t("periods-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("periods-title") tabindex="0"><table class="list stack" role="table">
                    <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("field-period")}</th>
                        <th role="columnheader" scope="col">{say.t("field-frequency")}</th><th role="columnheader" scope="col">{say.t("col-dates")}</th>
                        <th role="columnheader" scope="col">{say.t("col-status")}</th><th role="columnheader" scope="col">{say.t("col-actions")}</th></tr></thead>
                    <tbody role="rowgroup">{rows}</tbody></table></div>
            })}
            {more.map(|more| view! { <p class="small muted">{more}</p> })}
        </section>
        {allowed.make.map(|sheet| make_form(say, &sheet, hidden))}
    }
    .into_any()
}

fn row(say: Say, hidden: &Hidden, allowed: &Allowed, p: &Period) -> AnyView {
    let locked = p.state == State::Locked;
    let name = period(say, &p.name);
    let name = match &allowed.whole {
        Some(base) => view! { <a href=format!("{base}/{}", p.id)>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let window = allowed.window.as_ref().filter(|_| !locked).map(|sheet| window_form(say, hidden, sheet, p));
    let lock = allowed.lock.as_ref().filter(|_| !locked).map(|sheet| lock_form(say, hidden, sheet, p));
    let unlock = allowed.unlock.as_ref().filter(|_| locked).map(|sheet| unlock_form(say, hidden, sheet, p));
    view! {
        <tr role="row"><th role="rowheader" scope="row">{name}</th>
            <td role="cell" data-label=say.t("field-frequency")>{say.word("frequency", p.kind.as_str())}</td>
            <td role="cell" data-label=say.t("col-dates")>{day(say, p.start)}" – "{day(say, p.end)}{window_text(say, p)}</td>
            <td role="cell" data-label=say.t("col-status")>{parts::status(say, p.state.as_str())}</td>
            <td role="cell" data-label=say.t("col-actions")><div class="row">{lock}{unlock}{window}</div></td></tr>
    }
    .into_any()
}

/// When figures may be entered, where that is limited.
fn window_text(say: Say, p: &Period) -> Option<AnyView> {
    let text = match (p.window_opens, p.window_closes) {
        (None, None) => return None,
        (Some(first), None) => say.with("window-from", &[("first", &day(say, first))]),
        (None, Some(last)) => say.with("window-until", &[("last", &day(say, last))]),
        (Some(first), Some(last)) => say.with("window-between", &[("first", &day(say, first)), ("last", &day(say, last))]),
    };
    Some(view! { <br/><small class="muted">{text}</small> }.into_any())
}

fn lock_form(say: Say, hidden: &Hidden, sheet: &Sheet, p: &Period) -> AnyView {
    let label = say.with("period-lock-label", &[("period", &period(say, &p.name))]);
    let button = view! { <button class="btn btn-small" aria-label=label>{say.t("period-lock")}</button> };
    sheet.only_if(sheet.was_refused_for("period", p.id)).form(&of_period(hidden, p), button)
}

fn unlock_form(say: Say, hidden: &Hidden, sheet: &Sheet, p: &Period) -> AnyView {
    folded(say, hidden, sheet, p, "period-unlock", &[Typed::new("days", "text", "7"), Typed::new("reason", "text", "")])
}

fn window_form(say: Say, hidden: &Hidden, sheet: &Sheet, p: &Period) -> AnyView {
    let stands = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let fields =
        [Typed::new("window_opens", "date", &stands(p.window_opens)), Typed::new("window_closes", "date", &stands(p.window_closes))];
    folded(say, hidden, sheet, p, "period-window", &fields)
}

/// A field of a row's form.
struct Typed {
    name: &'static str,
    kind: &'static str,
    stands: String,
}

impl Typed {
    fn new(name: &'static str, kind: &'static str, stands: &str) -> Self {
        Self { name, kind, stands: stands.to_owned() }
    }
}

/// A form of one row, folded until it is wanted or was refused.
fn folded(say: Say, hidden: &Hidden, sheet: &Sheet, p: &Period, key: &'static str, fields: &[Typed]) -> AnyView {
    let mine = sheet.was_refused_for("period", p.id);
    let sheet = sheet.only_if(mine);
    let fields: Vec<_> = fields.iter().map(|typed| field(say, &sheet, p, typed)).collect();
    let label = say.with(&format!("{key}-label"), &[("period", &period(say, &p.name))]);
    let body = view! { {fields}<button class="btn btn-small">{say.t(&format!("{key}-do"))}</button> };
    view! { <details open=mine><summary aria-label=label>{say.t(key)}</summary>{sheet.form(&of_period(hidden, p), body)}</details> }
        .into_any()
}

fn of_period(hidden: &Hidden, p: &Period) -> Vec<(&'static str, String)> {
    let mut all = hidden.to_vec();
    all.push(("period", p.id.to_string()));
    all
}

/// A field of a row's form.
fn field(say: Say, sheet: &Sheet, p: &Period, typed: &Typed) -> AnyView {
    let id = sheet.id_in_row(typed.name, p.id);
    let value = sheet.value(typed.name, &typed.stands);
    let fault = sheet.fault(typed.name);
    let (invalid, described) = (fault.as_ref().map(|_| "true"), fault.as_ref().map(|_| format!("{id}-e")));
    let mode = (typed.name == "days").then_some("numeric");
    view! {
        <div class="field"><label for=id.clone()>{say.word("field", typed.name)}</label>
            <input class="short" id=id.clone() type=typed.kind name=typed.name inputmode=mode value=value aria-invalid=invalid aria-describedby=described/>
            {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}</div>
    }
    .into_any()
}

fn make_form(say: Say, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let kinds = ["monthly", "quarterly", "tri_annual", "semi_annual", "annual"];
    let kinds = kinds.iter().map(|k| ((*k).to_owned(), say.word("frequency", k))).collect();
    let fields = view! {
        {sheet.choice("frequency", kinds, "quarterly")}{sheet.line("from", "date", "")}{sheet.line("to", "date", "")}{sheet.actions("periods-make", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("periods-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// Makes calendar periods.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/make")]
pub async fn make(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/make", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        periods::make(&cx, project_of(&form)?, form.get("frequency"), form.get("from"), form.get("to")).await?;
        Ok(to(forms::back(&form)).saying("periods-made"))
    })
    .await
}

/// Sets when figures of a period may be entered.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/set_window")]
pub async fn set_window(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/set_window", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        periods::set_window(&cx, project_of(&form)?, form.id("period")?, form.get("window_opens"), form.get("window_closes")).await?;
        Ok(to(forms::back(&form)).saying("period-window-set"))
    })
    .await
}

/// Locks a period.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/lock")]
pub async fn lock(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/lock", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        periods::lock(&cx, project_of(&form)?, form.id("period")?).await?;
        Ok(to(forms::back(&form)).saying("period-locked"))
    })
    .await
}

/// Unlocks a period for a while.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "periods/unlock")]
pub async fn unlock(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("periods/unlock", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let days = form.get("days").trim().parse().unwrap_or(0);
        let submitted = periods::unlock(&cx, project_of(&form)?, form.id("period")?, days, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying(if submitted { "period-unlocked-submitted" } else { "period-unlocked" }))
    })
    .await
}
