//! The sections of a report at a glance: who writes which, how far it has come, and what was said about it.

use leptos::prelude::*;
use server::projects::reports::sections::{self, Outlined, PlanForm};
use server::projects::reports::templates::MOST_SECTIONS;
use server::projects::snapshot::Block;

use super::super::project_of;
use super::Hidden;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;

/// The kinds of blocks with what they are called.
pub(crate) fn blocks(say: Say) -> Vec<(String, String)> {
    Block::KINDS.map(|kind| (kind.to_owned(), say.word("block", kind))).to_vec()
}

/// The sections in order; who plans the report moves them.
pub(super) fn section(say: Say, base: &str, hidden: &Hidden, all: &[Outlined], reads: bool, shift: Option<&Sheet>) -> AnyView {
    if all.is_empty() {
        return view! { <div class="empty"><p>{say.t("sections-none")}</p></div> }.into_any();
    }
    let count = all.len();
    let rows: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(at, of)| {
            let moves = shift.map(|sheet| {
                let up = (at > 0).then(|| arrow(say, sheet, hidden, of, "up"));
                let down = (at + 1 < count).then(|| arrow(say, sheet, hidden, of, "down"));
                view! { <td role="cell"><div class="row">{up}{down}</div></td> }
            });
            row(say, base, of, reads || of.mine, moves.into_any())
        })
        .collect();
    let moves =
        shift.map(|_| view! { <th role="columnheader" scope="col"><span class="visually-hidden">{say.t("section-move")}</span></th> });
    view! {
        {shift.map(Sheet::refusal)}
        <div class="scroll" role="region" aria-label=say.t("report-sections") tabindex="0"><table class="list stack" role="table">
            <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{say.t("report-section")}</th><th role="columnheader" scope="col">{say.t("field-block")}</th>
                <th role="columnheader" scope="col">{say.t("field-assigned-to")}</th><th role="columnheader" scope="col">{say.t("col-status")}</th>{moves}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, base: &str, of: &Outlined, opens: bool, moves: AnyView) -> AnyView {
    let title = if opens {
        view! { <a href=format!("{base}/sections/{}", of.id)>{of.title.clone()}</a> }.into_any()
    } else {
        of.title.clone().into_any()
    };
    let needed = of.required.then(|| view! { " "<span class="tag">{say.t("section-required")}</span> });
    let open = (of.comments > 0).then(|| view! { <p class="small">{say.count("comments-open", of.comments)}</p> });
    view! {
        <tr role="row"><th role="rowheader" scope="row">{title}{needed}{open}</th>
            <td role="cell" data-label=say.t("field-block")>{say.word("block", &of.block)}</td>
            <td role="cell" data-label=say.t("field-assigned-to")>{of.assignee.clone().unwrap_or_else(|| say.t("section-unassigned"))}</td>
            <td role="cell" data-label=say.t("col-status")>{parts::status(say, &of.status)}</td>{moves}</tr>
    }
    .into_any()
}

fn arrow(say: Say, sheet: &Sheet, hidden: &Hidden, of: &Outlined, direction: &'static str) -> AnyView {
    let label = format!("{}: {}", say.word("section", direction), of.title);
    let mut hidden = hidden.clone();
    hidden.extend([("section", of.id.to_string()), ("direction", direction.to_owned())]);
    let mark = if direction == "up" { "↑" } else { "↓" };
    // why it was refused stands above the table
    sheet.only_if(false).form(&hidden, view! { <button class="btn btn-small" aria-label=label>{mark}</button> })
}

/// The form of a new section.
pub(super) fn add_form(say: Say, sheet: &Sheet, hidden: &Hidden, count: usize) -> AnyView {
    if count >= MOST_SECTIONS {
        return view! { {sheet.refusal()}<p class="muted">{say.t("problem-report-full")}</p> }.into_any();
    }
    let fields = view! {
        {sheet.line("title", "text", "")}
        {sheet.choice("block", blocks(say), "none")}
        {sheet.area("guidance", 2, "")}
        {sheet.tick("required".to_owned(), say.t("section-is-required"), false)}
        {sheet.actions("add", None)}
    };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("section-add")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// A section as whoever plans the report typed it.
pub(super) fn typed(form: &Fields) -> PlanForm<'_> {
    PlanForm {
        title: form.get("title"),
        block: form.get("block"),
        assigned_to: form.get("assigned_to"),
        guidance: form.get("guidance"),
        required: form.get("required") == "yes",
    }
}

/// Adds a section.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-sections/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-sections/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        sections::add(&cx, project_of(&form)?, form.id("report")?, typed(&form)).await?;
        Ok(to(forms::back(&form)).saying("section-added"))
    })
    .await
}

/// Moves a section up or down.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-sections/shift")]
pub async fn shift(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-sections/shift", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        sections::shift(&cx, project_of(&form)?, form.id("report")?, form.id("section")?, form.get("direction") == "up").await?;
        Ok(to(forms::back(&form)))
    })
    .await
}
