//! Reports: what they are built of, how they come to be published, and links for donors.

mod comments;
mod on_paper;
mod outline;
mod preview;
mod published;
mod review;
mod section;

pub(crate) use outline::blocks;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use chrono::Datelike;
use leptos::prelude::*;
use server::access::{Can, Cx};
use server::donors::register;
use server::kernel::error::Error;
use server::kernel::ids::{ProjectId, ReportId};
use server::projects::learning::reaches;
use server::projects::reports::templates::{self, SHIPPED, SHIPPED_PREFIX, Template};
use server::projects::reports::{self, Report, ReportForm, Whole};
use server::projects::{Project, periods, tracking};

use super::tracking::spans;
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::day;
use crate::forms::{self, Fields, Sheet, to};
use crate::pages::donor_links::new_link;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/reports", get(list))
        .route("/o/{org}/projects/{code}/reports/{id}", get(show))
        .route("/o/{org}/projects/{code}/reports/{id}/preview", get(preview::show))
        .route("/o/{org}/projects/{code}/reports/{id}/sections/{section}", get(section::show))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}", get(published::read))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/file", get(published::file))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/report.pdf", get(on_paper::on_paper))
}

/// Hidden fields of a form of a report.
type Hidden = Vec<(&'static str, String)>;

/// What somebody may do with the reports of a project.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four rights, each of its own")]
struct Rights {
    /// Plan them, and write all of them.
    writes: bool,
    /// Say whether they can be published.
    approves: bool,
    /// Publish them.
    publishes: bool,
    /// Read what is written, whoever writes it.
    reads: bool,
}

impl Rights {
    fn of(cx: &Cx, project: ProjectId) -> Self {
        Self {
            writes: cx.may(Can::WriteReport(project)),
            approves: cx.may(Can::ApproveReport(project)),
            publishes: cx.may(Can::PublishReport(project)),
            reads: reaches(cx, Can::CommentReport(project), false),
        }
    }
}

/// `/o/{org}/projects/{code}/reports`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(mut visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let all = reports::list(&cx, project.id).await?;
    let years = years(&periods::list(&cx, project.id).await?, &project);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let own = if cx.may(Can::WriteReport(project.id)) { templates::offered(&cx, project.id).await? } else { Vec::new() };
    let new = cx.may(Can::WriteReport(project.id)).then(|| Sheet::new(&visit, "reports/create", flash.as_ref()));
    let iati = cx.may(Can::DraftIati(project.id)).then(|| format!("/o/{org}/projects/{code}/iati"));
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-reports"), move || {
        let base = format!("/o/{org}/projects/{code}/reports");
        let none = all.is_empty();
        let rows: Vec<_> = all.into_iter().map(|report| row(say, &base, report)).collect();
        let hidden = vec![("org", org.clone()), ("code", code.clone()), ("project", project.id.to_string())];
        view! {
            {top}
            {none.then(|| view! { <div class="empty"><h2>{say.t("reports-none-title")}</h2><p>{say.t("reports-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("tab-reports") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-title")}</th><th scope="col">{say.t("field-span")}</th><th scope="col">{say.t("col-status")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            {new.map(|sheet| view! {
                <details class="card" open=sheet.was_refused() || none><summary>{say.t("report-new")}</summary>
                    {sheet.form(&hidden, new_fields(say, &sheet, &years, &own))}</details>
            })}
            {iati.map(|address| view! { <p class="no-print"><a class="btn" href=address>{say.t("iati-title")}</a></p> })}
        }
    }))
}

/// Years that can be reported on, newest first.
fn years(periods: &[periods::Period], project: &Project) -> Vec<i32> {
    let mut years: Vec<i32> = periods.iter().map(|p| p.end.year()).chain([project.start_date.year()]).collect();
    years.sort_unstable_by(|a, b| b.cmp(a));
    years.dedup();
    years
}

fn row(say: Say, base: &str, report: Report) -> AnyView {
    view! {
        <tr><th scope="row"><a href=format!("{base}/{}", report.id)>{report.title}</a></th>
            <td>{day(say, report.period_from)}" – "{day(say, report.period_to)}</td><td>{parts::status(say, &report.status)}</td></tr>
    }
    .into_any()
}

/// What a report can begin from: one section, templates of the organisation, those that come with Kipimo.
#[must_use]
pub(crate) fn beginnings(say: Say, own: &[Template]) -> Vec<(String, String)> {
    let one = std::iter::once((String::new(), say.t("template-none")));
    let own = own.iter().map(|template| {
        let whom = template.whom();
        let name = if whom.is_empty() { template.name.clone() } else { format!("{} ({whom})", template.name) };
        (template.id.to_string(), name)
    });
    let shipped = SHIPPED.iter().map(|shipped| (format!("{SHIPPED_PREFIX}{}", shipped.key), shipped.name(say.0).to_owned()));
    one.chain(own).chain(shipped).collect()
}

fn new_fields(say: Say, sheet: &Sheet, years: &[i32], own: &[Template]) -> AnyView {
    view! {
        {sheet.line("title", "text", "")}
        {sheet.choice("span", spans(years), "")}
        {sheet.choice("template", beginnings(say, own), "")}
        {sheet.language("locale", say.0.as_str())}
        {sheet.actions("report-create", None)}
    }
    .into_any()
}

fn fields(say: Say, sheet: &Sheet, years: &[i32], report: &Report) -> AnyView {
    let now = [("title", report.title.clone()), ("span", span_key(report)), ("locale", report.locale.clone())];
    view! {
        {parts::conflict(say, sheet, &now)}
        {sheet.line("title", "text", &report.title)}
        {sheet.choice("span", spans(years), &span_key(report))}
        {sheet.language("locale", &report.locale)}
        {sheet.actions("save", None)}
    }
    .into_any()
}

/// The column that a report spans.
fn span_key(report: &Report) -> String {
    tracking::Column::of_year(report.period_from.year())
        .into_iter()
        .find(|c| c.start == report.period_from && c.end == report.period_to)
        .map(|c| c.key)
        .unwrap_or_default()
}

/// `/o/{org}/projects/{code}/reports/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let whole = reports::find(&cx, project.id, id).await?;
    let years = years(&periods::list(&cx, project.id).await?, &project);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form| Sheet::new(&visit, form, flash.as_ref());
    let rights = Rights::of(&cx, project.id);
    let steps = review::Forms::of(rights, sheet);
    let plans = rights.writes && whole.report.state().is_open();
    let (edit, add) = (sheet("reports/update"), sheet("report-sections/add"));
    let shift = plans.then(|| sheet("report-sections/shift"));
    let stands = !published::standing(&whole.published).is_empty();
    let withdraw = rights.publishes.then(|| sheet("snapshots/withdraw"));
    let gives = stands && cx.may(Can::CreateDonorLink(project.id));
    let link = if gives { Some((sheet("donor-links/create"), register::options(&cx, project.id).await?)) } else { None };
    let takes_out = cx.may(Can::ExportTracking(project.id));
    let sees = cx.may(Can::ReadEvidence(project.id));
    let previews = rights.reads || whole.outline.iter().any(|section| section.mine);
    let may_own = cx.standing()?.self_verify_allowed;
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).show(&whole.report.title.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/reports/{id}");
        let Whole { report, outline, published, .. } = &whole;
        let hidden: Hidden = vec![
            ("org", org.clone()),
            ("code", code.clone()),
            ("project", project.id.to_string()),
            ("report", id.to_string()),
            ("row_version", report.row_version.to_string()),
        ];
        let once = link.as_ref().and_then(|(sheet, _)| sheet.once());
        view! {
            {top}
            <div class="section-head"><h2>{report.title.clone()}" "{parts::status(say, &report.status)}</h2>
                <p class="small muted">{day(say, report.period_from)}" – "{day(say, report.period_to)}" · "{say.t(&format!("language-{}", report.locale))}</p></div>
            {once.map(|once| new_link(say, &once))}
            {review::section(say, &base, &hidden, &whole, &steps, may_own)}
            <section class="flow-s" aria-labelledby="outline-h"><h2 id="outline-h">{say.t("report-sections")}</h2>
                {outline::section(say, &base, &hidden, outline, rights.reads, shift.as_ref())}
                <p class="row no-print">
                    {previews.then(|| view! { <a class="btn btn-small" href=format!("{base}/preview")>{say.t("report-preview")}</a> })}
                    {sees.then(|| view! { <a class="btn btn-small" href=format!("/o/{org}/projects/{code}/evidence?report={id}")>{say.t("tab-evidence")}</a> })}
                </p></section>
            {if plans { outline::add_form(say, &add, &hidden, outline.len()) } else { parts::lost(say, &add, &["title", "guidance"]) }}
            {published::table(say, &base, published, takes_out)}
            {link.map(|(sheet, options)| published::link_form(say, &sheet, &hidden, published, &options))}
            {withdraw.map(|sheet| if stands { published::withdraw_form(say, &sheet, &hidden, published) } else { parts::lost(say, &sheet, &["reason"]) })}
            {if plans { edit_form(say, &edit, &hidden, &years, report) } else { parts::lost(say, &edit, &["title"]) }}
        }
    }))
}

fn edit_form(say: Say, sheet: &Sheet, hidden: &Hidden, years: &[i32], report: &Report) -> AnyView {
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("report-edit")}</summary>
            {sheet.form(hidden, fields(say, sheet, years, report))}</details>
    }
    .into_any()
}

fn typed(form: &Fields) -> ReportForm {
    ReportForm { title: form.own("title"), span: form.own("span"), locale: form.own("locale"), template: form.own("template") }
}

fn page_of(form: &Fields, id: ReportId) -> String {
    format!("/o/{}/projects/{}/reports/{id}", form.get("org"), form.get("code"))
}

/// Starts a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/create")]
pub async fn create(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let id = reports::create(&cx, project_of(&form)?, &typed(&form)).await?;
        Ok(to(page_of(&form, id)).saying("saved"))
    })
    .await
}

/// Changes a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/update")]
pub async fn update(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/update", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        reports::update(&cx, project_of(&form)?, form.id("report")?, &typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
