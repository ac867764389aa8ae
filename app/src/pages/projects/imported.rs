//! What the pages of imports share: the field for a file, the files that came, and what is wrong in one.

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use server::kernel::error::Error;
use server::projects::imports::{Annotated, Problem, SheetJob};

use crate::forms::{Sheet, attachment};
use crate::parts;
use crate::text::Say;
use crate::workbook::{self, XLSX};

/// The field for a workbook or a CSV file, with what may be in it.
pub(super) fn file_field(say: Say, sheet: &Sheet, hint: &str) -> AnyView {
    let (id, fault) = (sheet.id("file"), sheet.fault("file"));
    let hint_id = format!("{id}-h");
    let described = if fault.is_some() { format!("{hint_id} {id}-e") } else { hint_id.clone() };
    let fault_id = format!("{id}-e");
    view! {
        <div class="field"><label for=id.clone()>{say.t("field-file")}</label>
            <p class="hint" id=hint_id>{say.t(hint)}</p>
            <input id=id type="file" name="file" accept=".csv,text/csv,.xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required aria-describedby=described
                aria-invalid=fault.is_some().then_some("true")/>
            {fault.map(|fault| view! { <p class="field-error" id=fault_id>{fault}</p> })}
        </div>
    }
    .into_any()
}

/// A file that came.
pub(super) struct Came {
    /// The page about it.
    pub(super) href: String,
    /// Its name.
    pub(super) filename: String,
    /// How it stands.
    pub(super) status: String,
    /// What was counted.
    pub(super) counts: Vec<String>,
    /// Who sent it.
    pub(super) by: Option<String>,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// The files that came; `heads` are those of what was counted.
pub(super) fn files_table(say: Say, heads: &[&str], files: Vec<Came>) -> AnyView {
    if files.is_empty() {
        return view! { <div class="empty"><p>{say.t("imports-none")}</p></div> }.into_any();
    }
    let rows: Vec<_> = files
        .into_iter()
        .map(|file| {
            let counts: Vec<_> = file.counts.into_iter().map(|count| view! { <td class="num">{count}</td> }).collect();
            view! {
                <tr><th scope="row"><a href=file.href>{file.filename}</a></th><td>{parts::status(say, &file.status)}</td>{counts}
                    <td>{file.by.unwrap_or_default()}</td><td>{parts::moment(say, file.at)}</td></tr>
            }
        })
        .collect();
    let heads: Vec<_> = heads.iter().map(|key| view! { <th scope="col" class="num">{say.t(key)}</th> }).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("imports-title") tabindex="0"><table class="list">
            <caption>{say.t("imports-title")}</caption>
            <thead><tr><th scope="col">{say.t("field-file")}</th><th scope="col">{say.t("col-status")}</th>{heads}
                <th scope="col">{say.t("col-by")}</th><th scope="col">{say.t("col-when")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// The sheets that came; `counted` has what each of them made, by its head.
pub(super) fn sheets_table<Made: Default>(
    say: Say,
    base: &str,
    jobs: Vec<SheetJob<Made>>,
    counted: fn(Made) -> [(&'static str, usize); 3],
) -> AnyView {
    let [first, second, third] = counted(Made::default()).map(|(head, _)| head);
    let came = |job: SheetJob<Made>| {
        let made = counted(job.made.0).map(|(_, count)| count.to_string());
        Came {
            href: format!("{base}/{}", job.id),
            filename: job.filename,
            status: job.status,
            counts: std::iter::once(job.rows.to_string()).chain(made).chain([job.errors.to_string()]).collect(),
            by: job.by,
            at: job.created_at,
        }
    };
    files_table(say, &["col-rows", first, second, third, "col-errors"], jobs.into_iter().map(came).collect())
}

/// What was counted in a file, as tiles: its rows, what came of them, and how many problems are in it, where that is known.
pub(super) fn tiles(say: Say, rows: i64, made: [(&str, usize); 3], problems: Option<(u32, u32)>) -> AnyView {
    let tile = |key: &str, count: String| parts::tile(say.t(key), count, None);
    let problems = problems.map(|(errors, warnings)| {
        view! { {tile("col-errors", errors.to_string())}{tile("col-warnings", warnings.to_string())} }
    });
    let made: Vec<_> = made.into_iter().map(|(key, count)| tile(key, count.to_string())).collect();
    view! { <div class="grid grid-stats">{tile("col-rows", rows.to_string())}{made}{problems}</div> }.into_any()
}

/// What is wrong in a sheet, a row a problem, each with its cell; and the way to where the sheet comes back with it, if it does.
pub(super) fn problems_table(say: Say, problems: &[Problem], comes_back: Option<String>) -> AnyView {
    if problems.is_empty() {
        return view! { <p class="muted">{say.t("import-no-issues")}</p> }.into_any();
    }
    let rows: Vec<_> = problems
        .iter()
        .map(|problem| {
            let issue = &problem.issue;
            let colour = if issue.severity == "warning" { "rag rag-at_risk" } else { "rag rag-off_track" };
            let words = parts::issue_in_words(say, &issue.code);
            let other = issue.other_row.map(|row| say.with("issue-other-row", &[("row", &row.to_string())]));
            view! {
                <tr><th scope="row"><code>{problem.cell.clone()}</code></th><td>{issue.column_name.clone().unwrap_or_default()}</td>
                    <td><span class=colour>{say.word("severity", &issue.severity)}</span></td><td>{words}{other.map(|other| format!(" {other}"))}</td>
                    <td><samp>{issue.value.clone()}</samp></td></tr>
            }
        })
        .collect();
    view! {
        {comes_back.map(|file| view! { <p class="no-print"><a class="btn" href=file>{say.t("framework-import-problems")}</a></p> })}
        <div class="scroll" role="region" aria-label=say.t("import-issues") tabindex="0"><table class="list problems">
            <caption>{say.t("import-issues")}</caption>
            <thead><tr><th scope="col">{say.t("col-cell")}</th><th scope="col">{say.t("col-column")}</th><th scope="col">{say.t("col-severity")}</th>
                <th scope="col">{say.t("col-problem")}</th><th scope="col">{say.t("col-found")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// The sheets of a file with what is wrong in them, as a workbook.
///
/// # Errors
/// Not found, where none could be read; the workbook's.
pub(super) fn problems_file(say: Say, filename: &str, sheets: &[Annotated]) -> Result<Response, Error> {
    if sheets.is_empty() {
        // of what cannot be read, nothing comes back
        return Err(Error::NotFound);
    }
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    Ok((attachment(&format!("{stem}-problems.xlsx"), XLSX), workbook::sheet_problems(say, sheets)?).into_response())
}

/// How many more there are than a page shows.
pub(super) fn more(say: Say, rest: usize) -> Option<AnyView> {
    (rest > 0).then(|| view! { <p class="muted">{say.with("explain-more", &[("count", &rest.to_string())])}</p> }.into_any())
}
