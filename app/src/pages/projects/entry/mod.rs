//! Entering a period's figures for a location, all on one page.

mod cells;

pub(super) use cells::text_of;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Can;
use server::kernel::ids::{IndicatorId, LocationId, ProjectId};
use server::projects::disaggregation::Scheme;
use server::projects::entries::{self, Sheet as Entries, Standing, Typed};
use server::projects::indicators::Indicator;
use server::projects::periods::{Period, State};

use super::envelope::{self, closed};
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::{period, plain};
use crate::forms::{self, Fields, Sheet, to};
use crate::islands::EntryKeeper;
use crate::parts;
use crate::sheet::in_textarea;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/entry", get(show))
}

/// A period and a location, by id; empty for the newest and the first.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    period: String,
    #[serde(default)]
    location: String,
}

/// `/o/{org}/projects/{code}/entry?period=&location=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let periods = entries::open_periods(&cx, project.id).await?;
    let say = visit.say;
    let top = head(say, &cx, &project, Tab::Entry);
    let today = cx.today();
    // what is due: the newest period that has begun and still takes figures
    let begun = |p: &Period| p.start <= today;
    let newest = || {
        let due = periods.iter().find(|p| begun(p) && p.state == State::Open);
        due.or_else(|| periods.iter().find(|p| begun(p))).or_else(|| periods.first()).map(|p| p.id)
    };
    let Some(chosen) = asked.period.parse().ok().or_else(newest) else {
        return Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-entry"), move || {
            view! { {top}<div class="empty"><h2>{say.t("entry-none-title")}</h2><p>{say.t("entry-none")}</p></div> }
        }));
    };
    let location: Option<LocationId> = asked.location.parse().ok();
    let entries = entries::sheet(&cx, project.id, chosen, location).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let sheet = Sheet::new(&visit, "entries/save", flash.as_ref());
    let may_submit = cx.may(Can::SubmitEnvelope(project.id));
    let page = visit.inside(&cx, Nav::Projects).with_islands();
    Ok(page.show(&say.t("tab-entry"), move || {
        let base = format!("/o/{org}/projects/{code}/entry");
        let id = project.id;
        view! {
            {top}
            {choice(say, &base, &periods, &entries)}
            {grid(say, (&org, &format!("/o/{org}/projects/{code}")), id, &sheet, &entries)}
            {may_submit.then(|| whole(say, &format!("/o/{org}/projects/{code}"), &entries.period))}
        }
    }))
}

fn choice(say: Say, base: &str, periods: &[Period], entries: &Entries) -> AnyView {
    let options: Vec<_> = periods
        .iter()
        .take(120)
        .map(|p| {
            let text = format!("{} · {}", period(say, &p.name), say.word("status", p.state.as_str()));
            view! { <option value=p.id.to_string() selected=p.id == entries.period.id>{text}</option> }
        })
        .collect();
    let places: Vec<_> = entries
        .locations
        .iter()
        .map(|l| view! { <option value=l.id.to_string() selected=Some(l.id) == entries.location>{l.name.clone()}</option> })
        .collect();
    view! {
        <form class="filters" method="get" action=base.to_owned()>
            <div class="field"><label for="entry-period">{say.t("field-period")}</label><select id="entry-period" name="period">{options}</select></div>
            <div class="field"><label for="entry-location">{say.t("field-location")}</label><select id="entry-location" name="location">{places}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

/// The way to the period as a whole.
fn whole(say: Say, base: &str, of: &Period) -> AnyView {
    let text = envelope::title(say, of);
    view! { <p class="no-print"><a class="btn" href=format!("{base}/periods/{}", of.id)>{text}</a></p> }.into_any()
}

fn grid(say: Say, (org, base): (&str, &str), project: ProjectId, sheet: &Sheet, entries: &Entries) -> AnyView {
    if let Some(closure) = &entries.shut {
        // shut since the page was opened: what was typed stays there to be copied, though nothing can be saved
        let refused = sheet.was_refused();
        return view! {
            {closed(say, closure)}
            {parts::lost(say, sheet, &["late"])}
            {table(say, base, sheet, entries, refused)}
        }
        .into_any();
    }
    if entries.indicators.is_empty() {
        return view! { <div class="empty"><p>{say.t("entry-no-indicators")}</p></div> }.into_any();
    }
    let location = entries.location.map(|l| l.to_string()).unwrap_or_default();
    let hidden =
        [("org", org.to_owned()), ("project", project.to_string()), ("period", entries.period.id.to_string()), ("location", location)];
    let editable = entries.indicators.iter().any(|i| entries.values.get(&i.id).is_none_or(Standing::is_editable));
    if !editable {
        // everything was submitted or verified: there is nothing to save
        return view! { <p>{say.t("entry-all-submitted")}</p>{table(say, base, sheet, entries, true)} }.into_any();
    }
    let late = entries.period.state == State::Closed;
    let body = view! {
        {late.then(|| sheet.needed_area("late", 2))}
        {table(say, base, sheet, entries, true)}
        <div class="savebar"><div class="small muted"><p>{say.t("entry-hint")}</p>
                <EntryKeeper form="entries-save".to_string() unsaved=say.t("entry-unsaved") offline=say.t("entry-offline")/></div>
            <button class="btn" name="then" value="draft">{say.t("entry-draft")}</button>
            <button class="btn btn-primary" name="then" value="submit">{say.t("entry-submit")}</button></div>
    };
    view! { <div id="entries-save">{sheet.form(&hidden, body)}</div> }.into_any()
}

fn table(say: Say, base: &str, sheet: &Sheet, entries: &Entries, open: bool) -> AnyView {
    let typing = Typing { say, base, sheet };
    let rows: Vec<_> = entries.indicators.iter().map(|indicator| row(&typing, entries, indicator, open)).collect();
    let name = period(say, &entries.period.name);
    view! {
        <div class="scroll" role="region" aria-label=name.clone() tabindex="0"><table class="entry stack" role="table">
            <caption class="visually-hidden">{name.clone()}</caption>
            <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("col-indicator")}</th><th role="columnheader" scope="col">{say.t("col-unit")}</th>
                <th role="columnheader" scope="col" class="num">{say.t("col-before")}</th><th role="columnheader" scope="col">{name.clone()}</th>
                <th role="columnheader" scope="col">{say.t("field-comment")}</th><th role="columnheader" scope="col">{say.t("col-status")}</th></tr></thead>
            <tbody role="rowgroup">{rows}</tbody></table></div>
    }
    .into_any()
}

/// What every input of the page needs.
struct Typing<'a> {
    say: Say,
    /// The address of the project.
    base: &'a str,
    sheet: &'a Sheet,
}

fn row(typing: &Typing<'_>, entries: &Entries, indicator: &Indicator, open: bool) -> AnyView {
    let (say, sheet) = (typing.say, typing.sheet);
    let stands = entries.values.get(&indicator.id);
    // values that are asked for no more stand there still where they were reported
    let scheme = entries.schemes.at(indicator.id, entries.period.start);
    let scheme = scheme.map(|scheme| stands.map_or_else(|| scheme.clone(), |s| scheme.with_those_of(&s.cells)));
    let scheme = scheme.as_ref();
    let editable = open && stands.is_none_or(Standing::is_editable);
    let decimals = indicator.method.decimals;
    let figure = if editable { inputs(typing, indicator, scheme, stands) } else { shown(say, indicator, stands) };
    let lost = passed_over(typing, indicator, scheme.filter(|_| editable), editable);
    // what was sent again is no longer returned
    let note = stands.filter(|s| s.is_editable()).and_then(|s| s.return_note.clone());
    let remark = if editable { comment(say, sheet, indicator, stands) } else { stands.map(|s| s.comment.clone()).into_any() };
    let faulty = ["value", "num", "den", "comment"].iter().any(|part| sheet.fault(&format!("{part}-{}", indicator.id)).is_some());
    let class = if faulty { "has-error" } else { "" };
    let before = entries.before.get(&indicator.id).copied();
    let evidence = stands.map(|s| parts::evidence(say, typing.base, s.id, s.evidence, &indicator.code));
    let has_cells = stands.is_some_and(|s| !s.cells.is_empty());
    let cells = scheme.filter(|_| editable || has_cells).map(|scheme| cells::row(typing, indicator, scheme, stands, editable));
    view! {
        <tr role="row" class=class><th role="rowheader" scope="row"><code>{indicator.code.clone()}</code>" "{indicator.title.clone()}</th>
            <td role="cell" data-label=say.t("col-unit")>{indicator.unit.clone()}</td>
            <td role="cell" class="num" data-label=say.t("col-before")>{parts::figure(say, before, decimals)}</td>
            <td role="cell" data-label=period(say, &entries.period.name)>{figure}{lost}</td>
            <td role="cell" data-label=say.t("field-comment")>{remark}</td>
            <td role="cell" data-label=say.t("col-status")>{stands.map(|s| parts::status(say, &s.status))}
                {note.map(|note| view! { <p class="small">{note}</p> })}{evidence}</td></tr>
        {cells}
    }
    .into_any()
}

fn comment(say: Say, sheet: &Sheet, indicator: &Indicator, stands: Option<&Standing>) -> AnyView {
    let name = format!("comment-{}", indicator.id);
    let (id, fault) = (sheet.id(&name), sheet.fault(&name));
    let described = fault.as_ref().map(|_| format!("{id}-e"));
    let invalid = fault.as_ref().map(|_| "true");
    let typed = sheet.value(&name, stands.map_or("", |s| s.comment.as_str()));
    let label = format!("{}: {}", indicator.code, say.t("field-comment"));
    view! {
        <textarea id=id.clone() rows="1" name=name aria-label=label aria-invalid=invalid aria-describedby=described>{in_textarea(&typed)}</textarea>
        {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}
    }
    .into_any()
}

/// What was typed and has no input any more, because somebody submitted or verified the value meanwhile, or changed by what it is broken
/// down: to be copied.
fn passed_over(typing: &Typing<'_>, indicator: &Indicator, scheme: Option<&Scheme>, editable: bool) -> AnyView {
    let (say, sheet) = (typing.say, typing.sheet);
    let totals = ["value", "num", "den"].iter().filter(|_| !editable).map(|part| sheet.value(&format!("{part}-{}", indicator.id), ""));
    let mut typed: Vec<String> = totals.filter(|typed| !typed.trim().is_empty()).collect();
    let cells = sheet.typed_cells(&indicator.id.to_string()).into_iter().filter(|(key, _)| scheme.is_none_or(|scheme| !scheme.asks(key)));
    typed.extend(cells.map(|(key, value)| format!("{key}: {value}")));
    if typed.is_empty() {
        return ().into_any();
    }
    view! { <p class="small">{say.with("entry-typed", &[("figure", &typed.join(" / "))])}</p> }.into_any()
}

fn shown(say: Say, indicator: &Indicator, stands: Option<&Standing>) -> AnyView {
    match stands.and_then(|s| Some((s.num?, s.den?))) {
        Some((num, den)) => view! { <bdi>{plain(Some(num))}" / "{plain(Some(den))}</bdi> }.into_any(),
        None => parts::figure(say, stands.and_then(|s| s.value), indicator.method.decimals),
    }
}

fn inputs(typing: &Typing<'_>, indicator: &Indicator, scheme: Option<&Scheme>, stands: Option<&Standing>) -> AnyView {
    let (say, id) = (typing.say, indicator.id);
    let version = stands.map(|s| s.row_version.to_string());
    let version = version.map(|v| view! { <input type="hidden" name=format!("version-{id}") value=v/> });
    let worked_out = scheme.filter(|scheme| scheme.makes_the_total(&indicator.method));
    // a total that was worked out is sent as it stood: only what is typed in its place is a total of its own
    let stood = stands.filter(|s| worked_out.is_some() && !s.cells.is_empty()).map(Standing::total);
    let stood = stood.map(|stood| view! { <input type="hidden" name=format!("stood-{id}") value=stood/> });
    let hint_id = typing.sheet.id(&format!("hint-{id}"));
    let hint = worked_out.map(|_| view! { <p class="hint" id=hint_id.clone()>{say.t("entry-worked-out")}</p> });
    let hinted = worked_out.map(|_| hint_id.as_str());
    if indicator.needs_fraction() {
        let named = |label: &str, word: &str| if label.is_empty() { say.t(word) } else { label.to_owned() };
        let (of, out_of) = (named(&indicator.numerator_label, "field-num"), named(&indicator.denominator_label, "field-den"));
        let num = typing.input(indicator, &format!("num-{id}"), &of, &plain(stands.and_then(|s| s.num)), hinted);
        let den = typing.input(indicator, &format!("den-{id}"), &out_of, &plain(stands.and_then(|s| s.den)), hinted);
        // the names are in the inputs' labels too: here they are for the eye
        return view! {
            {version}{stood}<div class="fraction"><div><small aria-hidden="true">{of}</small>{num}</div><div><small aria-hidden="true">{out_of}</small>{den}</div></div>{hint}
        }
        .into_any();
    }
    let value = typing.input(indicator, &format!("value-{id}"), &indicator.unit, &plain(stands.and_then(|s| s.value)), hinted);
    view! { {version}{stood}{value}{hint} }.into_any()
}

impl Typing<'_> {
    /// An input of a figure, by its name; `what` it is of is its label, behind the indicator's code. `hint` is the id of what describes it.
    fn input(&self, indicator: &Indicator, name: &str, what: &str, stands: &str, hint: Option<&str>) -> AnyView {
        let (say, sheet, name) = (self.say, self.sheet, name.to_owned());
        let (id, fault) = (sheet.id(&name), sheet.fault(&name));
        let invalid = fault.as_ref().map(|_| "true");
        let label = format!("{}: {what}", indicator.code);
        let value = sheet.value(&name, stands);
        // after a refusal the field holds what was typed; what stands there, perhaps somebody else's, is said beside it
        let differs = sheet.was_refused() && !stands.is_empty() && value.trim() != stands;
        let theirs = differs.then(|| say.with("entry-stands", &[("figure", stands)]));
        let described = [hint.map(str::to_owned), theirs.as_ref().map(|_| format!("{id}-s")), fault.as_ref().map(|_| format!("{id}-e"))];
        let described: Vec<String> = described.into_iter().flatten().collect();
        let described = Some(described.join(" ")).filter(|d| !d.is_empty());
        view! {
            <input id=id.clone() name=name type="text" inputmode="decimal" value=value aria-label=label aria-invalid=invalid
                aria-describedby=described/>
            {theirs.map(|theirs| view! { <p class="hint" id=format!("{id}-s")>{theirs}</p> })}
            {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}
        }
        .into_any()
    }
}

/// What was typed, a line an indicator.
fn typed(form: &Fields) -> Vec<Typed> {
    let mut ids: Vec<&str> = ["value-", "num-", "version-"].iter().flat_map(|prefix| form.starting(prefix).map(|(id, _)| id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter(|id| id.parse::<IndicatorId>().is_ok())
        .map(|id| Typed {
            indicator: id.to_owned(),
            value: form.own(&format!("value-{id}")),
            num: form.own(&format!("num-{id}")),
            den: form.own(&format!("den-{id}")),
            cells: cells::typed(form, id),
            comment: form.own(&format!("comment-{id}")),
            stood: form.own(&format!("stood-{id}")),
            row_version: form.own(&format!("version-{id}")),
        })
        .collect()
}

/// Saves what was typed.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "entries/save")]
pub async fn save(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("entries/save", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let location = match form.get("location") {
            "" => None,
            _ => Some(form.id("location")?),
        };
        let submit = form.get("then") == "submit";
        entries::save(&cx, project_of(&form)?, form.id("period")?, location, &typed(&form), submit, form.get("late")).await?;
        Ok(to(forms::back(&form)).saying(if submit { "submitted" } else { "saved" }))
    })
    .await
}
