//! Reports: drafts, publications, and links for donors.

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::Datelike;
use leptos::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use server::access::Can;
use server::donors::links;
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::ids::{ProjectId, ReportId, SnapshotId};
use server::projects::publication;
use server::projects::reports::{self, Published, Report, ReportForm};
use server::projects::{Project, periods, tracking};

use super::tracking::spans;
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::format::day;
use crate::forms::{self, Fields, Sheet, attachment, to};
use crate::pages::{corrections, snapshot};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/reports", get(list))
        .route("/o/{org}/projects/{code}/reports/{id}", get(show))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}", get(read))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/file", get(file))
}

/// Hidden fields of a form of a report.
type Hidden = Vec<(&'static str, String)>;

/// `/o/{org}/projects/{code}/reports`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn list(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let all = reports::list(&cx, project.id).await?;
    let years = years(&periods::list(&cx, project.id).await?, &project);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
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
                    {sheet.form(&hidden, fields(say, &sheet, &years, None, "report-create"))}</details>
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

fn fields(say: Say, sheet: &Sheet, years: &[i32], report: Option<&Report>, button: &str) -> AnyView {
    let stands = |text: fn(&Report) -> String| report.map(text).unwrap_or_default();
    let span = report.map(span_key).unwrap_or_default();
    let locale = report.map_or_else(|| say.0.as_str().to_owned(), |r| r.locale.clone());
    let now = [("title", stands(|r| r.title.clone())), ("narrative", stands(|r| r.narrative.clone())), ("locale", locale.clone())];
    view! {
        {parts::conflict(say, sheet, &now)}
        {sheet.line("title", "text", &stands(|r| r.title.clone()))}
        {sheet.choice("span", spans(years), &span)}
        {sheet.area("narrative", 10, &stands(|r| r.narrative.clone()))}
        {sheet.language("locale", &locale)}
        {sheet.actions(button, None)}
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
pub async fn show(visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let (report, published) = reports::find(&cx, project.id, id).await?;
    let years = years(&periods::list(&cx, project.id).await?, &project);
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form, can| cx.may(can).then(|| Sheet::new(&visit, form, flash.as_ref()));
    let (edit, publish) = (sheet("reports/update", Can::WriteReport(project.id)), sheet("reports/publish", Can::PublishReport(project.id)));
    let withdraw = sheet("snapshots/withdraw", Can::PublishReport(project.id));
    let link = sheet("donor-links/create", Can::CreateDonorLink(project.id));
    let takes_out = cx.may(Can::ExportTracking(project.id));
    let sees = cx.may(Can::ReadEvidence(project.id));
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).show(&report.title.clone(), move || {
        let base = format!("/o/{org}/projects/{code}/reports/{id}");
        let hidden: Hidden = vec![
            ("org", org.clone()),
            ("code", code.clone()),
            ("project", project.id.to_string()),
            ("report", id.to_string()),
            ("row_version", report.row_version.to_string()),
        ];
        let once = link.as_ref().and_then(Sheet::once);
        view! {
            {top}
            <div class="section-head"><h2>{report.title.clone()}" "{parts::status(say, &report.status)}</h2></div>
            {once.map(|url| new_link(say, url))}
            {publications(say, &base, &published, takes_out)}
            {sees.then(|| view! { <p class="no-print"><a class="btn btn-small" href=format!("/o/{org}/projects/{code}/evidence?report={id}")>{say.t("tab-evidence")}</a></p> })}
            {publish.map(|sheet| publish_form(say, &sheet, &hidden, !published.is_empty()))}
            {link.filter(|_| !standing(&published).is_empty()).map(|sheet| link_form(say, &sheet, &hidden, &published))}
            {withdraw.filter(|_| !standing(&published).is_empty()).map(|sheet| withdraw_form(say, &sheet, &hidden, &published))}
            {edit.map(|sheet| view! {
                <details class="card" open=sheet.was_refused() || published.is_empty()><summary>{say.t("report-edit")}</summary>
                    {sheet.form(&hidden, fields(say, &sheet, &years, Some(&report), "save"))}</details>
            })}
        }
    }))
}

fn new_link(say: Say, url: String) -> AnyView {
    view! {
        <div class="notice success" role="status"><strong>{say.t("link-once-title")}</strong><p>{say.t("link-once")}</p>
            <div class="field"><label for="new-link">{say.t("link-address")}</label><input id="new-link" class="hash" readonly value=url/></div></div>
    }
    .into_any()
}

/// The first publication, or a correction, which says why.
fn publish_form(say: Say, sheet: &Sheet, hidden: &Hidden, again: bool) -> AnyView {
    if !again {
        return sheet.form(hidden, view! { <p>{say.t("report-publish-text")}</p>{sheet.actions("report-publish", None)} });
    }
    let fields = view! { <p>{say.t("report-correct-text")}</p>{sheet.line("reason", "text", "")}{sheet.actions("report-correct", None)} };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("report-correct")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn publications(say: Say, base: &str, published: &[Published], takes_out: bool) -> AnyView {
    if published.is_empty() {
        return view! { <p class="muted">{say.t("report-not-published")}</p> }.into_any();
    }
    let rows: Vec<_> = published.iter().enumerate().map(|(at, p)| publication_row(say, base, p, at == 0, takes_out)).collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("report-publications") tabindex="0"><table class="list"><caption>{say.t("report-publications")}</caption>
            <thead><tr><th scope="col">{say.t("col-version")}</th><th scope="col">{say.t("col-status")}</th><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("col-by")}</th>
                <th scope="col">"SHA-256"</th><th scope="col">{say.t("verify-key")}</th><th scope="col">{say.t("col-actions")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

fn publication_row(say: Say, base: &str, p: &Published, newest: bool, takes_out: bool) -> AnyView {
    let state = match (p.withdrawn_at, newest) {
        (Some(_), _) => "withdrawn",
        (None, true) => "published",
        (None, false) => "superseded",
    };
    let why = p.withdrawn_at.map(|at| {
        let (who, why) = (p.withdrawn_by.clone().unwrap_or_default(), p.withdrawn_because.clone().unwrap_or_default());
        view! { <p class="small">{parts::moment(say, at)}" "{who}": "<bdi>{why}</bdi></p> }
    });
    let name = say.with("report-version", &[("version", &p.version.to_string())]);
    let file = (takes_out && p.withdrawn_at.is_none() && p.key_id.is_some()).then(|| {
        let name = name.clone();
        view! { <a class="btn btn-small" href=format!("{base}/snapshots/{}/file", p.id)>"JSON"<span class="visually-hidden">": "{name}</span></a> }
    });
    let sha256 = hex(&p.sha256);
    view! {
        <tr><th scope="row"><a href=format!("{base}/snapshots/{}", p.id)>{name}</a></th><td>{parts::status(say, state)}{why}</td>
            <td>{parts::moment(say, p.published_at)}</td><td>{p.by.clone().unwrap_or_default()}</td>
            <td class="hash"><a href=format!("/verify?sha256={sha256}")>{sha256.clone()}</a></td>
            <td class="hash">{p.key_id.clone().unwrap_or_else(|| say.t("verify-unsigned"))}</td><td>{file}</td></tr>
    }
    .into_any()
}

/// The versions that were not withdrawn, to choose from.
fn standing(published: &[Published]) -> Vec<&Published> {
    published.iter().filter(|p| p.withdrawn_at.is_none()).collect()
}

fn versions(say: Say, published: &[Published]) -> Vec<(String, String)> {
    let name = |p: &&Published| (p.id.to_string(), say.with("report-version", &[("version", &p.version.to_string())]));
    standing(published).iter().map(name).collect()
}

fn withdraw_form(say: Say, sheet: &Sheet, hidden: &Hidden, published: &[Published]) -> AnyView {
    let fields = view! {
        <p>{say.t("report-withdraw-text")}</p>
        {sheet.choice("snapshot", versions(say, published), "")}{sheet.line("reason", "text", "")}{sheet.actions("report-withdraw", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("report-withdraw")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

fn link_form(say: Say, sheet: &Sheet, hidden: &Hidden, published: &[Published]) -> AnyView {
    let fields = view! {
        {sheet.choice("snapshot", versions(say, published), "")}{sheet.line("recipient_name", "text", "")}{sheet.line("recipient_email", "email", "")}
        {sheet.actions("link-create", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("link-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn read(visit: Visit, Path((org, code, _, id)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let (content, sha256) = reports::read_snapshot(&cx, project.id, id.parse().map_err(|_| Error::NotFound)?).await?;
    let say = visit.say;
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&content.title.clone(), move || {
        view! { {top}<h2>{content.title.clone()}</h2><p class="small">"SHA-256 "<span class="hash">{hex(&sha256)}</span></p>{corrections::corrections(say, &content)}{snapshot::body(say, &content)} }
    }))
}

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/file`: the signed file of data.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn file(visit: Visit, Path((org, code, _, id)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&visit, &org, &code).await?;
    let id: SnapshotId = id.parse().map_err(|_| Error::NotFound)?;
    let bytes = publication::take_out(&cx, project.id, id).await?;
    Ok((attachment(&format!("{}-{id}.json", project.code), "application/json"), bytes).into_response())
}

fn typed(form: &Fields) -> ReportForm {
    ReportForm { title: form.own("title"), span: form.own("span"), narrative: form.own("narrative"), locale: form.own("locale") }
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

/// Publishes a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/publish")]
pub async fn publish(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/publish", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let project: ProjectId = project_of(&form)?;
        reports::publish_version(&cx, project, form.id("report")?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("published"))
    })
    .await
}

/// Withdraws a published version.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "snapshots/withdraw")]
pub async fn withdraw(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("snapshots/withdraw", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        publication::withdraw(&cx, project_of(&form)?, form.id("snapshot")?, form.get("reason")).await?;
        Ok(to(forms::back(&form)).saying("withdrawn"))
    })
    .await
}

/// Gives a donor a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/create")]
pub async fn create_link(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let link =
            links::create(&cx, project_of(&form)?, form.id("snapshot")?, form.get("recipient_name"), form.get("recipient_email")).await?;
        let url = format!("{}{}", visit.app.settings.public_url, link.path.expose_secret());
        Ok(to(forms::back(&form)).showing_once(SecretString::from(url)))
    })
    .await
}
