//! Reports: written here, published as snapshots that never change, and given to donors by link.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use chrono::{Datelike, NaiveDate, Utc};
use leptos::prelude::*;
use secrecy::ExposeSecret;
use server::access::Can;
use server::donors::links;
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::ids::{ReportId, SnapshotId};
use server::kernel::text::Locale;
use server::projects::reports::{self as acts, Published, Report, ReportForm};
use server::projects::tracking::Column;
use server::projects::{self, Project};

use super::{Tab, head, project_of};
use crate::answers::Answer;
use crate::format;
use crate::forms::{self, Fields, Sheet, to};
use crate::pages::snapshot;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/projects/{code}/reports", get(list))
        .route("/o/{org}/projects/{code}/reports/{id}", get(show))
        .route("/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}", get(read))
}

/// The quarters and years that overlap a project, newest first.
fn spans(start: NaiveDate, end: NaiveDate) -> Vec<Column> {
    (start.year()..=end.year())
        .rev()
        .flat_map(|year| Column::of_year(year).into_iter().rev())
        .filter(|column| column.end >= start && column.start <= end)
        .collect()
}

/// The key of a report's span; none if it is neither a quarter nor a year.
fn span_key(from: NaiveDate, to: NaiveDate) -> Option<String> {
    Column::of_year(from.year()).into_iter().find(|column| column.start == from && column.end == to).map(|column| column.key)
}

/// What is offered as a report's span. The one that it has is among them even where the project's days have changed.
fn span_choices(project: &Project, stands: Option<&str>) -> Vec<(String, String)> {
    let mut keys: Vec<String> = spans(project.start_date, project.end_date).into_iter().map(|column| column.key).collect();
    if let Some(stands) = stands.filter(|stands| !keys.iter().any(|key| key == stands)) {
        keys.insert(0, stands.to_owned());
    }
    keys.into_iter().map(|key| (key.clone(), format::column(&key))).collect()
}

/// The newest span that is over: what a report is most often about.
fn newest_span(project: &Project, today: NaiveDate) -> String {
    let over = spans(project.start_date, project.end_date).into_iter().find(|column| column.end < today && column.key.contains('Q'));
    over.map(|column| column.key).unwrap_or_default()
}

/// `/o/{org}/projects/{code}/reports`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let (cx, project) = super::project(&visit, &org, &code).await?;
    let reports = acts::list(&cx, project.id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let head = head(say, &cx, &project, Tab::Reports);
    let base = format!("/o/{org}/projects/{}/reports", project.code);
    let may_write = cx.may(Can::WriteReport(project.id));
    let new = may_write.then(|| new_form(say, &org, &project, &Sheet::new(&visit, "reports/create", flash.as_ref())));
    let table = table(say, &base, reports, may_write);
    Ok(visit.inside(&cx, Nav::Projects).show(&say.t("tab-reports"), move || view! { {head}{table}{new} }))
}

fn table(say: Say, base: &str, reports: Vec<Report>, may_write: bool) -> AnyView {
    if reports.is_empty() {
        let next = say.t(if may_write { "reports-none-write" } else { "reports-none-wait" });
        return view! { <div class="empty"><h2>{say.t("reports-none")}</h2><p>{next}</p></div> }.into_any();
    }
    let rows = reports.into_iter().map(|report| row(say, base, report)).collect_view();
    view! {
        <div class="scroll" role="region" aria-label=say.t("tab-reports") tabindex="0">
            <table class="list stack" role="table"><caption class="visually-hidden">{say.t("tab-reports")}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">{say.t("field-title")}</th>
                    <th role="columnheader" scope="col">{say.t("field-span")}</th>
                    <th role="columnheader" scope="col">{say.t("field-locale")}</th>
                    <th role="columnheader" scope="col">{say.t("report-status")}</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(say: Say, base: &str, report: Report) -> impl IntoView + use<> {
    let href = format!("{base}/{}", report.id);
    let status = format!("status status-{}", report.status);
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><a href=href>{report.title}</a></th>
            <td role="cell" data-label=say.t("field-span")>{span_words(say, report.period_from, report.period_to)}</td>
            <td role="cell" data-label=say.t("field-locale")>{say.word("language", &report.locale)}</td>
            <td role="cell" data-label=say.t("report-status")><span class=status>{say.word("status", &report.status)}</span></td>
        </tr>
    }
}

fn span_words(say: Say, from: NaiveDate, to: NaiveDate) -> String {
    match span_key(from, to) {
        Some(key) => format::column(&key),
        None => say.with("snapshot-span", &[("from", &format::day(say, from)), ("to", &format::day(say, to))]),
    }
}

fn languages(say: Say) -> Vec<(String, String)> {
    Locale::ALL.iter().map(|locale| (locale.as_str().to_owned(), say.word("language", locale.as_str()))).collect()
}

fn new_form(say: Say, org: &str, project: &Project, sheet: &Sheet) -> AnyView {
    let today = Utc::now().date_naive();
    let fields = view! {
        {sheet.line("title", "text", "")}
        {sheet.choice("span", span_choices(project, None), &newest_span(project, today))}
        {sheet.area("narrative", 8, "")}
        {sheet.choice("locale", languages(say), say.0.as_str())}
        {sheet.actions("report-create", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("report-new")}</summary>
            {sheet.form(&[("org", org.to_owned()), ("project", project.id.to_string())], fields)}
        </details>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/reports/{id}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let (cx, project) = super::project(&visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let (report, published) = acts::find(&cx, project.id, id).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = |form: &'static str| Sheet::new(&visit, form, flash.as_ref());
    let head = head(say, &cx, &project, Tab::Reports);
    let hidden = [("org", org.clone()), ("project", project.id.to_string()), ("report", report.id.to_string())];
    let base = format!("/o/{org}/projects/{}/reports/{}", project.code, report.id);
    let link_sheet = sheet("donor-links/create");
    let once = link_sheet.once().map(|url| once_notice(say, url));
    let draft = if cx.may(Can::WriteReport(project.id)) {
        edit_form(say, &project, &report, &hidden, &sheet("reports/update"))
    } else {
        reading(&report)
    };
    let publish = cx.may(Can::PublishReport(project.id)).then(|| publish_form(say, &hidden, &sheet("reports/publish")));
    let share = (cx.may(Can::CreateDonorLink(project.id)) && !published.is_empty())
        .then(|| link_form(say, &hidden, &published, &link_sheet));
    let publications = publications(say, &base, published);
    let heading = heading(say, &report);
    Ok(visit.inside(&cx, Nav::Projects).show(&report.title, move || {
        view! { {head}{once}{heading}<div class="split"><div class="flow">{draft}</div><aside class="flow">{publications}{publish}{share}</aside></div> }
    }))
}

fn heading(say: Say, report: &Report) -> AnyView {
    let status = format!("status status-{}", report.status);
    view! {
        <div class="section-head"><h2>{report.title.clone()}</h2><span class=status>{say.word("status", &report.status)}</span></div>
        <p class="muted">{span_words(say, report.period_from, report.period_to)}</p>
    }
    .into_any()
}

/// The address of a new link, for the only time that it is known.
fn once_notice(say: Say, url: String) -> AnyView {
    view! {
        <div class="notice success" role="status">
            <h2>{say.t("donor-link-once")}</h2>
            <p>{say.t("donor-link-once-text")}</p>
            <div class="field">
                <label for="donor-link-url">{say.t("donor-link-url")}</label>
                <input id="donor-link-url" type="text" readonly=true value=url.clone()/>
            </div>
            <p class="hash">{url}</p>
        </div>
    }
    .into_any()
}

fn reading(report: &Report) -> AnyView {
    let paragraphs = snapshot::paragraphs(&report.narrative).into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    view! { <div class="prose" lang=report.locale.clone()>{paragraphs}</div> }.into_any()
}

fn edit_form(say: Say, project: &Project, report: &Report, hidden: &[(&'static str, String)], sheet: &Sheet) -> AnyView {
    let key = span_key(report.period_from, report.period_to);
    let fields = view! {
        {sheet.line("title", "text", &report.title)}
        {sheet.choice("span", span_choices(project, key.as_deref()), key.as_deref().unwrap_or_default())}
        {sheet.area("narrative", 16, &report.narrative)}
        {sheet.choice("locale", languages(say), &report.locale)}
        {sheet.actions("save", None)}
    };
    let mut hidden = hidden.to_vec();
    hidden.push(("row_version", report.row_version.to_string()));
    view! { <section class="flow-s"><h3>{say.t("report-draft")}</h3>{sheet.form(&hidden, fields)}</section> }.into_any()
}

fn publish_form(say: Say, hidden: &[(&'static str, String)], sheet: &Sheet) -> AnyView {
    let fields = sheet.actions("report-publish", None);
    view! {
        <section class="card flow-s"><h3>{say.t("report-publish-title")}</h3>
            <p>{say.t("report-publish-text")}</p>
            {sheet.form(hidden, fields)}
        </section>
    }
    .into_any()
}

fn publications(say: Say, base: &str, published: Vec<Published>) -> AnyView {
    if published.is_empty() {
        return view! {
            <section class="card flow-s"><h3>{say.t("report-publications")}</h3><p class="muted">{say.t("report-publications-none")}</p></section>
        }
        .into_any();
    }
    let items = published.into_iter().map(|one| publication(say, base, one)).collect_view();
    view! { <section class="card flow-s"><h3>{say.t("report-publications")}</h3><ul class="plain-list">{items}</ul></section> }.into_any()
}

fn publication(say: Say, base: &str, one: Published) -> impl IntoView + use<> {
    let href = format!("{base}/snapshots/{}", one.id);
    let by = one.by.unwrap_or_else(|| say.t("report-by-unknown"));
    let when = format::moment(say, one.published_at);
    view! {
        <li>
            <a href=href>{say.with("report-version", &[("version", &one.version.to_string())])}</a>
            <p class="small muted"><time datetime=one.published_at.to_rfc3339()>{when}</time>" · "<bdi>{by}</bdi></p>
            <p class="small">"SHA-256 "<span class="hash">{hex(&one.sha256)}</span></p>
        </li>
    }
}

fn link_form(say: Say, hidden: &[(&'static str, String)], published: &[Published], sheet: &Sheet) -> AnyView {
    let versions: Vec<(String, String)> = published
        .iter()
        .map(|one| (one.id.to_string(), say.with("report-version", &[("version", &one.version.to_string())])))
        .collect();
    let newest = published.first().map(|one| one.id.to_string()).unwrap_or_default();
    let fields = view! {
        {sheet.choice("snapshot", versions, &newest)}
        {sheet.line("recipient_name", "text", "")}
        {sheet.line("recipient_email", "email", "")}
        {sheet.actions("donor-link-create", None)}
    };
    view! {
        <section class="card flow-s"><h3>{say.t("donor-link-new")}</h3>
            <p>{say.t("donor-link-new-text")}</p>
            {sheet.form(hidden, fields)}
        </section>
    }
    .into_any()
}

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}`: a publication as donors read it.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn read(visit: Visit, Path((org, code, id, snapshot)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = super::project(&visit, &org, &code).await?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let snapshot: SnapshotId = snapshot.parse().map_err(|_| Error::NotFound)?;
    let (report, published) = acts::find(&cx, project.id, id).await?;
    let one = published.into_iter().find(|one| one.id == snapshot).ok_or(Error::NotFound)?;
    let (content, sha256) = acts::read_snapshot(&cx, project.id, snapshot.0).await?;
    let say = visit.say;
    let head = head(say, &cx, &project, Tab::Reports);
    let back = format!("/o/{org}/projects/{}/reports/{}", project.code, report.id);
    let title = content.title.clone();
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&title, move || {
        view! {
            {head}
            <div class="notice no-print"><strong>{say.t("snapshot-preview")}</strong><p><a href=back>{say.t("snapshot-back")}</a></p></div>
            <h2 lang=content.locale.clone()>{content.title.clone()}</h2>
            <p class="lede">{snapshot::span(say, &content)}</p>
            {snapshot::published(say, one.version, one.published_at, &sha256)}
            {snapshot::body(say, &content)}
        }
    }))
}

fn typed(form: &Fields) -> ReportForm {
    ReportForm { title: form.own("title"), span: form.own("span"), narrative: form.own("narrative"), locale: form.own("locale") }
}

/// Starts a report.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "reports/create")]
pub async fn create(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("reports/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let project = projects::find_by_id(&cx, project_of(&form)?).await?;
        let report = acts::create(&cx, project.id, &typed(&form)).await?;
        Ok(to(format!("/o/{}/projects/{}/reports/{report}", form.get("org"), project.code)).saying("report-saved"))
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
        acts::update(&cx, project_of(&form)?, form.id("report")?, &typed(&form), form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("report-saved"))
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
        acts::publish(&cx, project_of(&form)?, form.id("report")?).await?;
        Ok(to(forms::back(&form)).saying("report-published"))
    })
    .await
}

/// Gives a donor a link to a publication.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/create")]
pub async fn share(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (recipient, email) = (form.get("recipient_name"), form.get("recipient_email"));
        let link = links::create(&cx, project_of(&form)?, form.id("snapshot")?, recipient, email).await?;
        let url = format!("{}{}", visit.app.settings.public_url, link.path.expose_secret());
        Ok(to(forms::back(&form)).showing_once(url))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn spans_newest_first() {
        let keys: Vec<String> = spans(day("2023-11-15"), day("2024-04-01")).into_iter().map(|column| column.key).collect();
        assert_eq!(keys, ["2024", "2024-Q2", "2024-Q1", "2023", "2023-Q4"]);
    }

    #[test]
    fn keys_of_spans() {
        assert_eq!(span_key(day("2024-01-01"), day("2024-03-31")), Some("2024-Q1".to_owned()));
        assert_eq!(span_key(day("2024-01-01"), day("2024-12-31")), Some("2024".to_owned()));
        assert_eq!(span_key(day("2024-01-01"), day("2024-02-29")), None);
    }
}
