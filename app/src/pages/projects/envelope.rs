//! A period as a whole: what is due, what there is to tell, submitted and given back.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::kernel::error::Error;
use server::kernel::ids::PeriodId;
use server::projects::envelopes::{self, Line, RemarkKind, Sheet as Envelope, Typed};
use server::projects::periods::{Closure, Period, State};

use super::{Tab, head, project_of};
use crate::answers::Answer;
use crate::format::{day, percent, period};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::sheet::in_textarea;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/periods/{period}", get(show))
}

/// `/o/{org}/projects/{code}/periods/{period}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let cx = visit.cx(&org).await?;
    let id: PeriodId = id.parse().map_err(|_| Error::NotFound)?;
    let envelope = envelopes::sheet(&cx, &code, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let save = envelope.closure.is_none().then(|| Sheet::new(&visit, "envelopes/submit", flash.as_ref()));
    let may_give_back = envelope.period.state == State::Submitted && cx.may(Can::ReviewValues(envelope.project.id));
    let give_back = may_give_back.then(|| Sheet::new(&visit, "envelopes/give_back", flash.as_ref()));
    let is_own = envelope.envelope.own && !cx.standing()?.self_verify_allowed;
    let reviewed = envelope.envelope.status == "submitted" && envelope.lines.iter().all(|line| line.unverified == 0);
    let verify = (may_give_back && reviewed && !is_own).then(|| Sheet::new(&visit, "envelopes/verify", flash.as_ref()));
    let top = head(say, &cx, &envelope.project, Tab::Entry);
    let title = title(say, &envelope.period);
    Ok(visit.inside(&cx, Nav::Projects).show(&title.clone(), move || {
        let hidden = [
            ("org", org.clone()),
            ("project", envelope.project.id.to_string()),
            ("period", envelope.period.id.to_string()),
            ("row_version", envelope.envelope.row_version.to_string()),
        ];
        let status = (!envelope.envelope.status.is_empty()).then(|| parts::status(say, &envelope.envelope.status));
        let note = envelope.envelope.return_note.clone();
        view! {
            {top}
            <section class="flow-s" aria-labelledby="envelope-h"><h2 id="envelope-h">{title}" "{status}</h2>
                <p><a href=format!("/o/{org}/projects/{code}/entry?period={}", envelope.period.id)>{say.t("envelope-to-entry")}</a></p>
                {note.map(|note| view! { <div class="notice warning"><strong>{say.t("envelope-returned")}</strong><p>{note}</p></div> })}
                {envelope.closure.as_ref().map(|closure| closed(say, closure))}
                {match save {
                    Some(sheet) => form(say, &sheet, &hidden, &envelope),
                    None => view! { {lines(say, &envelope, None)}{narrative(say, &envelope)} }.into_any(),
                }}
                {(may_give_back && reviewed && is_own).then(|| view! { <p class="muted">{say.t("envelope-own")}</p> })}
                {verify.map(|sheet| verify_form(say, &sheet, &hidden))}
                {give_back.map(|sheet| give_back_form(say, &sheet, &hidden))}
            </section>
        }
    }))
}

/// What the page is for: submitting the period, or seeing what was submitted.
#[must_use]
pub(super) fn title(say: Say, of: &Period) -> String {
    let key = if matches!(of.state, State::Submitted | State::Locked) { "envelope-whole" } else { "envelope-title" };
    say.with(key, &[("period", &period(say, &of.name))])
}

/// Why a period takes no figures, since when, by whom, and who can change that.
#[must_use]
pub(super) fn closed(say: Say, closure: &Closure) -> AnyView {
    let on = closure.on.map(|on| day(say, on));
    let since = match (&closure.by, &on) {
        (Some(by), Some(on)) => Some(say.with(&format!("{}-by", closure.why.replace('_', "-")), &[("by", by), ("day", on)])),
        (None, Some(on)) => Some(say.with(&format!("{}-on", closure.why.replace('_', "-")), &[("day", on)])),
        _ => None,
    };
    let who = (!closure.openers.is_empty()).then(|| say.with("period-openers", &[("names", &closure.openers.join(", "))]));
    view! {
        <div class="notice warning"><strong>{say.word("problem-title", closure.why)}</strong>
            {since.map(|since| view! { <p>{since}</p> })}<p>{say.word("problem", closure.why)}" "{who}</p></div>
    }
    .into_any()
}

fn narrative(say: Say, envelope: &Envelope) -> AnyView {
    let text = envelope.envelope.narrative.clone();
    if text.is_empty() {
        return ().into_any();
    }
    view! { <h3>{say.t("field-narrative")}</h3><div class="prose"><p class="typed">{text}</p></div> }.into_any()
}

fn form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], envelope: &Envelope) -> AnyView {
    if envelope.lines.is_empty() {
        return view! { <div class="empty"><p>{say.t("entry-no-indicators")}</p></div> }.into_any();
    }
    // what a colleague wrote meanwhile is shown beside what was typed
    let typed = sheet.value("narrative", &envelope.envelope.narrative);
    let theirs = (sheet.is_stale() && typed.trim() != envelope.envelope.narrative)
        .then(|| view! { <div class="notice"><strong>{say.t("envelope-stands")}</strong><p class="typed">{envelope.envelope.narrative.clone()}</p></div> });
    let body = view! {
        <p>{say.t("envelope-text")}</p>
        {lines(say, envelope, Some(sheet))}
        {sheet.area("narrative", 5, &envelope.envelope.narrative)}
        {theirs}
        <div class="savebar"><p class="small muted">{say.t("envelope-hint")}</p>
            <button class="btn" name="then" value="keep">{say.t("envelope-keep")}</button>
            <button class="btn btn-primary" name="then" value="submit">{say.t("envelope-submit")}</button>
        </div>
    };
    sheet.form(hidden, body)
}

/// Every indicator that is due, how it stands, and what is said of it.
fn lines(say: Say, envelope: &Envelope, sheet: Option<&Sheet>) -> AnyView {
    let rows: Vec<_> = envelope.lines.iter().map(|line| row(say, line, sheet)).collect();
    let name = period(say, &envelope.period.name);
    view! {
        <div class="scroll" role="region" aria-label=name.clone() tabindex="0"><table class="list stack" role="table">
            <caption class="visually-hidden">{name.clone()}</caption>
            <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("col-indicator")}</th>
                <th role="columnheader" scope="col" class="num">{say.t("col-value")}</th><th role="columnheader" scope="col" class="num">{say.t("col-target")}</th>
                <th role="columnheader" scope="col">{say.t("col-achievement")}</th><th role="columnheader" scope="col">{say.t("envelope-said")}</th></tr></thead>
            <tbody role="rowgroup">{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, line: &Line, sheet: Option<&Sheet>) -> AnyView {
    let decimals = line.indicator.method.decimals;
    let unready = (line.unready > 0).then(|| view! { <p class="small">{say.count("envelope-unready", line.unready)}</p> });
    let said = match sheet {
        Some(sheet) => remark(say, line, sheet),
        None => view! { <span class="typed">{line.remark.clone()}</span> }.into_any(),
    };
    let figure = match line.kind {
        RemarkKind::NoData => view! { <span class="muted">{say.word("remark", "no_data")}</span> }.into_any(),
        RemarkKind::Deviation => parts::figure(say, line.figure, decimals),
    };
    view! {
        <tr role="row"><th role="rowheader" scope="row"><code>{line.indicator.code.clone()}</code>" "{line.indicator.title.clone()}</th>
            <td role="cell" class="num" data-label=say.t("col-value")>{figure}" "<small>{line.indicator.unit.clone()}</small>{unready}</td>
            <td role="cell" class="num" data-label=say.t("col-target")>{parts::figure(say, line.target, decimals)}</td>
            <td role="cell" data-label=say.t("col-achievement")>{percent(line.achievement.filter(|_| line.kind == RemarkKind::Deviation))}" "{parts::rag(say, line.colour.as_str(), false)}</td>
            <td role="cell" data-label=say.t("envelope-said")>{said}</td></tr>
    }
    .into_any()
}

/// What is said of an indicator: asked for where the period waits for it, folded away where it may be said.
fn remark(say: Say, line: &Line, sheet: &Sheet) -> AnyView {
    let name = envelopes::field_of(line.kind, line.indicator.id);
    let (id, fault) = (sheet.id(&name), sheet.fault(&name));
    let typed = sheet.value(&name, &line.remark);
    let theirs = (sheet.is_stale() && typed.trim() != line.remark)
        .then(|| view! { <p class="small" id=format!("{id}-s")>{say.with("entry-stands", &[("figure", &line.remark)])}</p> });
    // a figure came or went since it was typed: what was said of the one is no word about the other
    let passed = Some(sheet.value(&envelopes::field_of(line.kind.other(), line.indicator.id), "")).filter(|text| !text.trim().is_empty());
    let passed = passed.map(|text| view! { <p class="small">{say.with("entry-typed", &[("figure", &text)])}</p> });
    let described = [theirs.as_ref().map(|_| format!("{id}-s")), fault.as_ref().map(|_| format!("{id}-e"))];
    let described: Vec<String> = described.into_iter().flatten().collect();
    let described = Some(described.join(" ")).filter(|d| !d.is_empty());
    let invalid = fault.as_ref().map(|_| "true");
    let label = say.word("envelope-why", line.kind.as_str());
    let folded = !line.is_needed && typed.is_empty() && fault.is_none() && passed.is_none();
    let field = view! {
        <div class="field"><label for=id.clone()>{label}<span class="visually-hidden">{format!(": {}", line.indicator.code)}</span></label>
            <textarea id=id.clone() rows="2" name=name aria-invalid=invalid aria-describedby=described>{in_textarea(&typed)}</textarea>
            {theirs}{passed}{fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}</div>
    };
    if !folded {
        return field.into_any();
    }
    let summary = say.t("envelope-say");
    view! { <details><summary>{summary}<span class="visually-hidden">{format!(": {}", line.indicator.code)}</span></summary>{field}</details> }.into_any()
}

fn verify_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)]) -> AnyView {
    let fields = view! { <p>{say.t("envelope-verify-text")}</p>{sheet.actions("envelope-verify", None)} };
    view! { <div class="card">{sheet.form(hidden, fields)}</div> }.into_any()
}

fn give_back_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)]) -> AnyView {
    let fields =
        view! { <p>{say.t("envelope-give-back-text")}</p>{sheet.line("reason", "text", "")}{sheet.actions("envelope-give-back", None)} };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("envelope-give-back")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

/// Keeps what was written about a period, or submits it.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "envelopes/submit")]
pub async fn submit(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("envelopes/submit", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let submit = form.get("then") != "keep";
        let typed = Typed {
            row_version: form.row_version()?,
            narrative: form.get("narrative"),
            remarks: form.starting("remark-").collect(),
            submit,
        };
        envelopes::save(&cx, project_of(&form)?, form.id("period")?, &typed).await?;
        Ok(to(forms::back(&form)).saying(if submit { "envelope-submitted" } else { "saved" }))
    })
    .await
}

/// Gives a period back.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "envelopes/give_back")]
pub async fn give_back(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("envelopes/give_back", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        envelopes::give_back(&cx, project_of(&form)?, form.id("period")?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("envelope-given-back"))
    })
    .await
}

/// Verifies a period as a whole.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "envelopes/verify")]
pub async fn verify(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("envelopes/verify", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        envelopes::verify(&cx, project_of(&form)?, form.id("period")?).await?;
        Ok(to(forms::back(&form)).saying("envelope-verified"))
    })
    .await
}
