//! Where a report stands, and what brings it on: handed over, given back, approved, opened again, published.

use leptos::prelude::*;
use server::projects::reports::state::State;
use server::projects::reports::{self, Reviewed, Whole, review};

use super::super::project_of;
use super::{Hidden, Rights};
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;

/// The forms of a report's way, each none for who may not.
pub(super) struct Forms {
    pub submit: Option<Sheet>,
    pub changes: Option<Sheet>,
    pub approve: Option<Sheet>,
    pub reopen: Option<Sheet>,
    pub publish: Option<Sheet>,
}

impl Forms {
    /// The forms that this person may send.
    pub(super) fn of(rights: Rights, sheet: impl Fn(&'static str) -> Sheet) -> Self {
        let writer = |form| rights.writes.then(|| sheet(form));
        let approver = |form| rights.approves.then(|| sheet(form));
        Self {
            submit: writer("reports/submit"),
            changes: approver("reports/request-changes"),
            approve: approver("reports/approve"),
            reopen: writer("reports/reopen"),
            publish: rights.publishes.then(|| sheet("reports/publish")),
        }
    }

    /// Those that are no step from where the report stands.
    fn elsewhere(&self, state: State) -> impl Iterator<Item = &Sheet> {
        let (open, read, approved) = (state.is_open(), state == State::InReview, state == State::Approved);
        let all = [(&self.submit, open), (&self.changes, read), (&self.approve, read), (&self.publish, approved), (&self.reopen, !open)];
        all.into_iter().filter(|(_, is_step)| !is_step).filter_map(|(sheet, _)| sheet.as_ref())
    }
}

/// Where it stands in words, and the steps from there.
pub(super) fn section(say: Say, base: &str, hidden: &Hidden, whole: &Whole, forms: &Forms, may_own: bool) -> AnyView {
    let state = whole.report.state();
    let missing: Vec<_> = whole
        .outline
        .iter()
        .filter(|section| section.is_missing())
        .map(|section| view! { <li><a href=format!("{base}/sections/{}", section.id)>{section.title.clone()}</a></li> })
        .collect();
    let step = match state {
        // who hands nothing over need not know what is missing, nor may they open every section
        State::Draft | State::ChangesRequested if missing.is_empty() || forms.submit.is_none() => {
            step(forms.submit.as_ref(), hidden, "report-submit", say.t("report-submit-text"))
        }
        State::Draft | State::ChangesRequested => view! {
            {forms.submit.as_ref().map(Sheet::refusal)}
            <div class="notice"><strong>{say.t("report-missing")}</strong><ul>{missing}</ul></div>
        }
        .into_any(),
        State::InReview => decide(say, hidden, &whole.reviewed, forms, may_own),
        State::Approved => publish_form(say, forms.publish.as_ref(), hidden, !whole.published.is_empty()),
        State::Published | State::Withdrawn => ().into_any(),
    };
    // refused since somebody brought the report on meanwhile: why, and what was typed
    let late: Vec<_> = forms.elsewhere(state).map(|sheet| parts::lost(say, sheet, &["changes", "reason"])).collect();
    let again = forms.reopen.as_ref().filter(|_| !state.is_open()).map(|sheet| reopen(say, sheet, hidden));
    view! {
        <section class="card flow-s no-print" aria-labelledby="state-h"><h2 id="state-h">{say.t("report-state")}" "{parts::status(say, state.as_str())}</h2>
            {late}{history(say, &whole.reviewed)}{step}{again}</section>
    }
    .into_any()
}

/// Who did what, as far as it has come.
fn history(say: Say, reviewed: &Reviewed) -> AnyView {
    let by = |name: &Option<String>| name.clone().unwrap_or_else(|| "–".to_owned());
    let sent = reviewed
        .submitted_at
        .map(|at| view! { <dt>{say.t("report-submitted-by")}</dt><dd>{by(&reviewed.submitted_by)}" · "{parts::moment(say, at)}</dd> });
    let read = reviewed.approved_at.map(|at| {
        let own = reviewed.self_approved.then(|| view! { " "<span class="tag">{say.t("report-self-approved")}</span> });
        view! { <dt>{say.t("report-approved-by")}</dt><dd>{by(&reviewed.approved_by)}" · "{parts::moment(say, at)}{own}</dd> }
    });
    let note = (!reviewed.note.is_empty()).then(|| view! { <dt>{say.t("report-note")}</dt><dd class="typed">{reviewed.note.clone()}</dd> });
    if sent.is_none() && read.is_none() && note.is_none() {
        return ().into_any();
    }
    view! { <dl class="defs">{sent}{read}{note}</dl> }.into_any()
}

/// One button with what it does.
fn step(sheet: Option<&Sheet>, hidden: &Hidden, label: &str, text: String) -> AnyView {
    sheet.map(|sheet| sheet.form(hidden, view! { <p>{text}</p>{sheet.actions(label, None)} })).into_any()
}

/// The first publication, or a correction, which says why.
fn publish_form(say: Say, sheet: Option<&Sheet>, hidden: &Hidden, again: bool) -> AnyView {
    let (text, label) = if again { ("report-correct-text", "report-correct") } else { ("report-publish-text", "report-publish") };
    let form = |sheet: &Sheet| {
        let reason = again.then(|| sheet.line("reason", "text", ""));
        let fields = view! { <p>{say.t(text)}</p>{changed(say, sheet)}{reason}{sheet.actions(label, None)} };
        sheet.form(hidden, fields)
    };
    sheet.map(form).into_any()
}

/// That the report reads otherwise than when it was approved, once that was found, with the box that says that it is meant so.
fn changed(say: Say, sheet: &Sheet) -> AnyView {
    let is_ticked = sheet.is_ticked("as_it_is", false);
    if sheet.fault("as_it_is").is_none() && !is_ticked {
        return ().into_any();
    }
    view! {
        <div class="notice warning">{sheet.fault_line("as_it_is")}<p>{say.t("report-changed-text")}</p>
            {sheet.tick("as_it_is".to_owned(), say.t("field-as-it-is"), false)}</div>
    }
    .into_any()
}

/// Approve it, or say what is to be changed.
fn decide(say: Say, hidden: &Hidden, reviewed: &Reviewed, forms: &Forms, may_own: bool) -> AnyView {
    let approve = forms.approve.as_ref().map(|sheet| {
        if reviewed.is_own && !may_own {
            return view! { {sheet.refusal()}<p class="notice">{say.t("problem-own-report")}</p> }.into_any();
        }
        step(Some(sheet), hidden, "report-approve", say.t("report-approve-text"))
    });
    let changes = forms.changes.as_ref().map(|sheet| {
        let fields = view! { {sheet.area("changes", 4, "")}{sheet.actions("report-request-changes", None)} };
        view! { <details open=sheet.was_refused()><summary>{say.t("report-request-changes")}</summary>{sheet.form(hidden, fields)}</details> }
    });
    view! { {approve}{changes} }.into_any()
}

fn reopen(say: Say, sheet: &Sheet, hidden: &Hidden) -> AnyView {
    let fields = view! { <p>{say.t("report-reopen-text")}</p>{sheet.line("reason", "text", "")}{sheet.actions("report-reopen", None)} };
    view! { <details open=sheet.was_refused()><summary>{say.t("report-reopen")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

/// Hands a report over to be read.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/submit")]
pub async fn submit(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/submit", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        review::submit(&cx, project_of(&form)?, form.id("report")?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("report-submitted"))
    })
    .await
}

/// Gives a report back.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/request-changes")]
pub async fn request_changes(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/request-changes", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        review::request_changes(&cx, project_of(&form)?, form.id("report")?, form.get("changes"), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("report-given-back"))
    })
    .await
}

/// Approves a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/approve")]
pub async fn approve(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/approve", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        review::approve(&cx, project_of(&form)?, form.id("report")?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("report-approved"))
    })
    .await
}

/// Opens a report again.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/reopen")]
pub async fn reopen_it(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/reopen", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        review::reopen(&cx, project_of(&form)?, form.id("report")?, form.get("reason"), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("report-reopened"))
    })
    .await
}

/// Publishes a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/publish")]
pub async fn publish(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/publish", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let as_it_is = form.get("as_it_is") == "yes";
        reports::publish(&cx, project_of(&form)?, form.id("report")?, form.get("reason"), as_it_is).await?;
        Ok(to(forms::back(&form)).saying("published"))
    })
    .await
}
