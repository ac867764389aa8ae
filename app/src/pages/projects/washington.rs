//! Disability counted from a survey with the short set of the Washington Group. The page that asks for the file is also its answer, so that
//! nothing of a file of people passes through a table.

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::prelude::*;
use server::access::Cx;
use server::identity::flash::Flash;
use server::kernel::error::Error;
use server::kernel::ids::ProjectId;
use server::kernel::wording::Wording;
use server::projects::Project;
use server::projects::dimensions::Shipped;
use server::projects::imports::{Issue, JobIssue, MAX_FILE};
use server::projects::washington::{self, Asked, Column, Count, Refused, SexCodes, Status};
use tower_http::limit::RequestBodyLimitLayer;

use super::import::issues_table;
use super::{Tab, head, project};
use crate::answers::Answer;
use crate::format::figure;
use crate::forms::{Fields, Sheet, attachment};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::uploads::{self, File};
use crate::visit::{App, Visit};

/// Bytes of the form: a little more than the file, for the fields beside it.
const FORM_BYTES: usize = MAX_FILE + 64 * 1024;
/// The form, as its fields are named on the page.
const FORM: &str = "washington/count";

/// Routes of this page.
pub fn routes() -> Router<App> {
    let page = get(show).post(count).layer(RequestBodyLimitLayer::new(FORM_BYTES));
    Router::new().route("/o/{org}/projects/{code}/import/disability", page)
}

/// What came of a file.
enum Found {
    /// None was sent, or none that could be taken.
    Nothing,
    Counted(Count),
    Refused(Refused),
}

/// `/o/{org}/projects/{code}/import/disability`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    washington::offer(&cx, project.id).await?;
    Ok(page(&visit, &cx, &project, None, Found::Nothing))
}

/// A survey, counted: the same page with the figures, or those as CSV.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn count(mut visit: Visit, Path((org, code)): Path<(String, String)>, request: Request) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    // twenty megabytes are not read from who may not count them
    washington::offer(&cx, project.id).await?;
    let (fields, file) = uploads::of_request(request, MAX_FILE).await;
    let (status, flash, found) = match counted(&cx, project.id, &fields, file).await {
        Ok(Ok(count)) if fields.get("as") == "csv" => {
            let name = format!("{}-disability.csv", project.code);
            return Ok((attachment(&name, "text/csv; charset=utf-8"), count.csv()?).into_response());
        }
        Ok(Ok(count)) => (StatusCode::OK, typed(&fields), Found::Counted(count)),
        Ok(Err(refused)) => {
            let flash = Flash { faults: faults(&refused), ..typed(&fields) };
            (StatusCode::UNPROCESSABLE_ENTITY, flash, Found::Refused(refused))
        }
        Err(Error::Invalid(invalid)) => {
            let faults = invalid.0.into_iter().map(|(field, fault)| (field, fault.to_owned())).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, Flash { faults, ..typed(&fields) }, Found::Nothing)
        }
        Err(error @ Error::TooLarge) => (error.status(), Flash { code: Some(error.code().to_owned()), ..typed(&fields) }, Found::Nothing),
        Err(error) => return Err(error.into()),
    };
    let mut answer = page(&visit, &cx, &project, Some(&flash), found);
    *answer.status_mut() = status;
    Ok(answer)
}

async fn counted(cx: &Cx, project: ProjectId, fields: &Fields, file: Result<File, Error>) -> Result<Result<Count, Refused>, Error> {
    let (_, bytes) = file?.ok_or_else(|| Error::field("file", "required"))?;
    let named = Column::ALL.into_iter().map(|column| (column, fields.own(column.field())));
    let asked = Asked { named: named.collect(), sex_codes: SexCodes::parse(fields.get("sex_codes")) };
    washington::count(cx, project, bytes, asked).await
}

/// What was typed, as the page shows it again. It goes from here to there, and nowhere else.
fn typed(fields: &Fields) -> Flash {
    Flash { form: FORM.to_owned(), typed: fields.0.clone(), ..Flash::default() }
}

/// The fields that are to be mended.
fn faults(refused: &Refused) -> std::collections::BTreeMap<String, String> {
    let one = |field: &str, fault: &str| [(field.to_owned(), fault.to_owned())].into();
    match refused {
        Refused::File(_) => one("file", "unreadable"),
        Refused::SexCodes(_) => one("sex_codes", "sex_not_said"),
        Refused::Columns(columns) => columns.iter().map(|(column, fault)| (column.field().to_owned(), (*fault).to_owned())).collect(),
    }
}

fn page(visit: &Visit, cx: &Cx, project: &Project, flash: Option<&Flash>, found: Found) -> Response {
    let say = visit.say;
    let sheet = Sheet::new(visit, FORM, flash);
    let top = head(say, cx, project, Tab::Import);
    let (above, below) = match found {
        Found::Nothing | Found::Refused(Refused::Columns(_)) => (None, None),
        Found::Counted(count) => (Some(counts(say, &count)), (!count.issues.is_empty()).then(|| problems(say, count.issues))),
        Found::Refused(Refused::File(issues)) => (None, Some(problems(say, issues))),
        Found::Refused(Refused::SexCodes(numbers)) => {
            let numbers = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            (Some(view! { <p class="notice warning">{say.with("washington-sex-found", &[("numbers", &numbers)])}</p> }.into_any()), None)
        }
    };
    visit.inside(cx, Nav::Projects).show(&say.t("washington-title"), move || {
        view! {
            {top}
            <div class="section-head"><h2>{say.t("washington-title")}</h2></div>
            <p class="lede">{say.t("washington-text")}</p>
            {above}
            {form(say, &sheet)}
            {below}
        }
    })
}

fn form(say: Say, sheet: &Sheet) -> AnyView {
    let fault = sheet.fault("file");
    let is_said = |column: &Column| sheet.fault(column.field()).is_some() || !sheet.value(column.field(), "").is_empty();
    let open = Column::ALL.iter().any(is_said);
    let columns = Column::ALL.map(|column| sheet.line(column.field(), "text", ""));
    view! {
        <section class="flow-s no-print" aria-labelledby="count-h"><h3 id="count-h">{say.t("washington-form")}</h3>
            <form class="form" method="post" action=sheet.back() enctype="multipart/form-data">
                {sheet.refusal()}
                <div class="field"><label for=sheet.id("file")>{say.t("field-file")}</label>
                    <p class="hint" id="washington-file-h">{say.t("washington-file-hint")}</p>
                    <input id=sheet.id("file") type="file" name="file" accept=".csv,text/csv,.xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required aria-describedby="washington-file-h"
                        aria-invalid=fault.is_some().then_some("true")/>
                    {fault.map(|fault| view! { <p class="field-error">{fault}</p> })}
                    {sheet.was_refused().then(|| view! { <p class="small">{say.t("washington-again")}</p> })}
                </div>
                {sex_codes(say, sheet)}
                <details open=open><summary>{say.t("washington-columns")}</summary>
                    <div class="flow-s"><p class="hint">{say.t("washington-columns-hint")}</p>{columns.collect_view()}</div></details>
                <div class="form-actions"><button class="btn btn-primary">{say.t("washington-count")}</button>
                    <button class="btn" name="as" value="csv">{say.t("washington-csv")}</button></div>
            </form></section>
    }
    .into_any()
}

/// Which number is which sex: asked, because surveys differ and nothing in a file tells.
fn sex_codes(say: Say, sheet: &Sheet) -> AnyView {
    let chosen = sheet.value("sex_codes", "");
    let none = ("", say.t("sex-codes-none"));
    let codes = SexCodes::ALL.map(|codes| (codes.as_str(), say.word("sex-codes", codes.as_str())));
    let radios: Vec<_> = std::iter::once(none)
        .chain(codes)
        .map(|(value, text)| {
            let (id, checked) = (format!("washington-sex-{value}"), value == chosen);
            view! { <label for=id.clone()><input type="radio" id=id.clone() name="sex_codes" value=value checked=checked/><span>{text}</span></label> }
        })
        .collect();
    view! {
        <fieldset><legend>{say.t("field-sex-codes")}</legend><p class="hint">{say.t("washington-sex-hint")}</p>
            {sheet.fault_line("sex_codes")}<div class="choices">{radios}</div></fieldset>
    }
    .into_any()
}

/// A number of people as they read it.
fn number(people: u32) -> String {
    figure(people.into(), 0)
}

/// The values of a dimension that comes with Kipimo: the code of each, and what it is called.
fn values(say: Say, dimension: &str) -> Vec<(&'static str, String)> {
    let values = Shipped::of(dimension).into_iter().flat_map(|dimension| dimension.values);
    values.map(|(code, en, sw)| (*code, Wording::shipped(en, sw).say(say.0).to_owned())).collect()
}

/// What such a value is called.
fn label(say: Say, dimension: &str, code: &str) -> Option<String> {
    values(say, dimension).into_iter().find(|(other, _)| *other == code).map(|(_, label)| label)
}

fn status(say: Say, status: Status) -> String {
    label(say, "disability", status.as_str()).unwrap_or_else(|| say.t("washington-below-five"))
}

fn counts(say: Say, count: &Count) -> AnyView {
    let tiles = Status::ALL.map(|of| parts::tile(status(say, of), number(count.people(None, None, Some(of))), None));
    let left_out = (count.left_out > 0)
        .then(|| view! { <p class="notice warning">{say.count("washington-left-out-text", i64::from(count.left_out))}</p> });
    let no_sex = count
        .columns
        .iter()
        .any(|(column, heading)| *column == Column::Sex && heading.is_none())
        .then(|| view! { <p class="notice">{say.t("washington-no-sex")}</p> });
    view! {
        <section class="flow-s" aria-labelledby="counted-h"><h3 id="counted-h">{say.t("washington-counted")}</h3>
            <div class="grid grid-stats">{tiles.collect_view()}{parts::tile(say.t("washington-left-out"), number(count.left_out), None)}</div>
            {left_out}{no_sex}
            {table(say, &dimension(say, "sex"), rows(say, count, "sex"), Some(count))}
            {table(say, &dimension(say, "age"), rows(say, count, "age"), Some(count))}
            <details><summary>{say.t("washington-crossed")}</summary>{table(say, &say.t("washington-crossed"), crossed(say, count), None)}</details>
            <p>{say.t("washington-enter")}</p>
            {read_as(say, count)}
        </section>
    }
    .into_any()
}

fn dimension(say: Say, key: &str) -> String {
    Shipped::of(key).map(|dimension| dimension.wording().say(say.0).to_owned()).unwrap_or_default()
}

/// A row of a table: a group, and how many of it stand where.
type Row = (String, [u32; 4]);

/// The groups of a dimension, those of nobody among them: nobody is 0, not blank.
fn rows(say: Say, count: &Count, dimension: &str) -> Vec<Row> {
    let row = |(code, label): (&'static str, String)| {
        let (sex, age) = if dimension == "sex" { (Some(code), None) } else { (None, Some(code)) };
        (label, Status::ALL.map(|status| count.people(sex, age, Some(status))))
    };
    values(say, dimension).into_iter().map(row).collect()
}

/// The groups of sex and age that have anybody.
fn crossed(say: Say, count: &Count) -> Vec<Row> {
    let (sexes, ages) = (values(say, "sex"), values(say, "age"));
    let pairs = sexes.iter().flat_map(|sex| ages.iter().map(move |age| (sex, age)));
    pairs
        .map(|((sex, sex_label), (age, age_label))| {
            (format!("{sex_label}, {age_label}"), Status::ALL.map(|status| count.people(Some(*sex), Some(*age), Some(status))))
        })
        .filter(|(_, people)| people.iter().any(|people| *people > 0))
        .collect()
}

/// Groups with their figures; `all` for a last line of everybody.
fn table(say: Say, by: &str, rows: Vec<Row>, all: Option<&Count>) -> AnyView {
    let heads = Status::ALL.map(|of| view! { <th scope="col" class="num">{status(say, of)}</th> });
    let line = |(name, people): Row| {
        let cells = people.map(|people| view! { <td class="num">{number(people)}</td> });
        view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
    };
    let foot = all.map(|count| (say.t("washington-everybody"), Status::ALL.map(|status| count.people(None, None, Some(status)))));
    view! {
        <div class="scroll" role="region" aria-label=by.to_owned() tabindex="0"><table class="list">
            <thead><tr><th scope="col">{by.to_owned()}</th>{heads.collect_view()}</tr></thead>
            <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
            {foot.map(|all| view! { <tfoot>{line(all)}</tfoot> })}</table></div>
    }
    .into_any()
}

/// What stood in the file and what it was counted as: nobody has to believe that the right column was read in the right way.
fn read_as(say: Say, count: &Count) -> AnyView {
    let shown = |text: &str| if text.is_empty() { say.t("washington-blank") } else { text.to_owned() };
    let item = |text: String, means: String, times: u32| view! { <li><samp>{text}</samp>" → "{means}": "{number(times)}</li> };
    let sexes = count.sexes.iter().map(|((text, sex), people)| item(shown(text), label(say, "sex", sex).unwrap_or_default(), *people));
    let answers =
        count.answers.iter().map(|((text, answer), cells)| item(shown(text), say.word("washington-answer", answer.as_str()), *cells));
    let columns = count.columns.iter().filter_map(|(column, heading)| {
        let heading = heading.clone()?;
        Some(view! { <dt>{say.word("field", column.field())}</dt><dd><bdi>{heading}</bdi></dd> })
    });
    view! {
        <div class="card flow-s"><h4>{say.t("washington-read")}</h4>
            {(!count.sexes.is_empty()).then(|| view! { <p>{say.t("washington-read-sexes")}</p><ul>{sexes.collect_view()}</ul> })}
            <p>{say.t("washington-read-answers")}</p><ul>{answers.collect_view()}</ul>
            <details><summary>{say.t("washington-read-columns")}</summary><dl class="defs">{columns.collect_view()}</dl></details></div>
    }
    .into_any()
}

fn problems(say: Say, issues: Vec<Issue>) -> AnyView {
    issues_table(say, issues.into_iter().map(JobIssue::from).collect())
}
