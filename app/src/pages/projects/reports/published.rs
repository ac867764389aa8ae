//! What was published of a report: its versions, each to be read, taken out, given to a donor or withdrawn.

use axum::extract::Path;
use axum::response::IntoResponse;
use leptos::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use server::donors::links::{self, LinkForm};
use server::donors::register::{DonorForm, Options};
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::ids::SnapshotId;
use server::projects::publication;
use server::projects::reports::{self, Published};

use super::super::{Tab, head, project, project_of};
use super::Hidden;
use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, attachment, to};
use crate::pages::donor_links::{donor_choices, donor_kinds};
use crate::pages::{corrections, portal, snapshot};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::Visit;

/// Every version, the newest first.
pub(super) fn table(say: Say, base: &str, published: &[Published], takes_out: bool) -> AnyView {
    if published.is_empty() {
        return view! { <p class="muted">{say.t("report-not-published")}</p> }.into_any();
    }
    let rows: Vec<_> = published.iter().enumerate().map(|(at, p)| row(say, base, p, at == 0, takes_out)).collect();
    let head = ["col-version", "col-status", "col-when", "col-by", "verify-sha256", "verify-key", "col-actions"]
        .map(|key| view! { <th role="columnheader" scope="col">{say.t(key)}</th> })
        .collect_view();
    view! {
        <div class="scroll" role="region" aria-label=say.t("report-publications") tabindex="0"><table class="list stack" role="table"><caption>{say.t("report-publications")}</caption>
            <thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>
    }
    .into_any()
}

fn row(say: Say, base: &str, p: &Published, newest: bool, takes_out: bool) -> AnyView {
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
    let paper = (takes_out && p.withdrawn_at.is_none()).then(|| {
        let name = name.clone();
        view! { <a class="btn btn-small" href=format!("{base}/snapshots/{}/report.pdf", p.id)>"PDF"<span class="visually-hidden">": "{name}</span></a> }
    });
    let file = (takes_out && p.withdrawn_at.is_none() && p.key_id.is_some()).then(|| {
        let name = name.clone();
        view! { <a class="btn btn-small" href=format!("{base}/snapshots/{}/file", p.id)>"JSON"<span class="visually-hidden">": "{name}</span></a> }
    });
    let sha256 = hex(&p.sha256);
    view! {
        <tr role="row"><th role="rowheader" scope="row"><a href=format!("{base}/snapshots/{}", p.id)>{name}</a></th>
            <td role="cell" data-label=say.t("col-status")>{parts::status(say, state)}{why}</td>
            <td role="cell" data-label=say.t("col-when")>{parts::moment(say, p.published_at)}</td>
            <td role="cell" data-label=say.t("col-by")>{p.by.clone().unwrap_or_default()}</td>
            <td role="cell" data-label=say.t("verify-sha256") class="hash"><a href=format!("/verify?sha256={sha256}")>{sha256.clone()}</a></td>
            <td role="cell" data-label=say.t("verify-key") class="hash">{p.key_id.clone().unwrap_or_else(|| say.t("verify-unsigned"))}</td>
            <td role="cell" data-label=say.t("col-actions")>{paper}" "{file}</td></tr>
    }
    .into_any()
}

/// The versions that were not withdrawn, to choose from.
pub(super) fn standing(published: &[Published]) -> Vec<&Published> {
    published.iter().filter(|p| p.withdrawn_at.is_none()).collect()
}

fn versions(say: Say, published: &[Published]) -> Vec<(String, String)> {
    let name = |p: &&Published| (p.id.to_string(), say.with("report-version", &[("version", &p.version.to_string())]));
    standing(published).iter().map(name).collect()
}

/// Takes a version back.
pub(super) fn withdraw_form(say: Say, sheet: &Sheet, hidden: &Hidden, published: &[Published]) -> AnyView {
    let fields = view! {
        <p>{say.t("report-withdraw-text")}</p>
        {sheet.choice("snapshot", versions(say, published), "")}{sheet.line("reason", "text", "")}{sheet.actions("report-withdraw", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("report-withdraw")}</summary>{sheet.form(hidden, fields)}</details> }.into_any()
}

/// Gives a donor a link to a version that stands.
pub(super) fn link_form(say: Say, sheet: &Sheet, hidden: &Hidden, published: &[Published], options: &Options) -> AnyView {
    let locks = vec![
        (String::new(), say.t("lock-open")),
        ("passcode".to_owned(), say.t("lock-passcode")),
        ("mail_code".to_owned(), say.t("lock-mail-code")),
    ];
    let is_new = !sheet.value("donor_name", "").is_empty();
    let fields = view! {
        {sheet.choice("snapshot", versions(say, published), "")}{sheet.line("recipient_name", "text", "")}{sheet.line("recipient_email", "email", "")}
        {sheet.choice("donor", donor_choices(say, &options.donors), "")}
        <details open=is_new><summary>{say.t("link-new-donor")}</summary>
            {sheet.line("donor_name", "text", "")}{sheet.line("donor_short_name", "text", "")}
            {sheet.line("donor_ref", "text", "")}{sheet.choice("donor_type", donor_kinds(say), "")}</details>
        {sheet.choice("lock", locks, "")}{sheet.made_up_passcode()}
        {sheet.tick("allow_download".to_owned(), say.t("field-allow-download"), false)}
        {sheet.figure("max_views", "")}{sheet.figure("link_days", &options.days.to_string())}
        {sheet.actions("link-create", None)}
    };
    view! { <details class="card" open=sheet.was_refused()><summary>{say.t("link-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn read(mut visit: Visit, Path((org, code, report, id)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let (content, sha256) = reports::read_snapshot(&cx, project.id, id).await?;
    let stands = reports::stands(&cx, project.id, id).await?;
    let say = visit.say;
    let top = head(say, &cx, &project, Tab::Reports);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&content.title.clone(), move || {
        view! {
            {top}
            <p class="eyebrow no-print"><a href=format!("/o/{org}/projects/{code}/reports/{report}")>{say.t("report-to-it")}</a></p>
            <h2>{content.title.clone()}</h2>
            {snapshot::published(say, stands.version, stands.published_at, &sha256)}
            {snapshot::approval(say, &content)}
            {corrections::standing_for_staff(say, &stands, &content.locale)}
            {portal::for_staff(say, &content)}
        }
    }))
}

/// `/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/file`: the signed file of data.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn file(mut visit: Visit, Path((org, code, _, id)): Path<(String, String, String, String)>) -> Answer {
    let (cx, project) = project(&mut visit, &org, &code).await?;
    let id: SnapshotId = id.parse().map_err(|_| Error::NotFound)?;
    let bytes = publication::take_out(&cx, project.id, id).await?;
    Ok((attachment(&format!("{}-{id}.json", project.code), "application/json"), bytes).into_response())
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

/// A link as typed.
fn wanted(form: &Fields) -> LinkForm<'_> {
    LinkForm {
        recipient_name: form.get("recipient_name"),
        recipient_email: form.get("recipient_email"),
        donor: DonorForm {
            donor: form.get("donor"),
            donor_name: form.get("donor_name"),
            donor_short_name: form.get("donor_short_name"),
            donor_ref: form.get("donor_ref"),
            donor_type: form.get("donor_type"),
        },
        lock: form.get("lock"),
        passcode: form.get("passcode"),
        allow_download: form.get("allow_download") == "yes",
        max_views: form.get("max_views"),
        days: form.get("link_days"),
    }
}

/// Gives a donor a link.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "donor-links/create")]
pub async fn create_link(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("donor-links/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let link = links::create(&cx, project_of(&form)?, form.id("snapshot")?, &wanted(&form)).await?;
        let url = format!("{}{}", visit.app.settings.public_url, link.path.expose_secret());
        // the passcode, where it was made here, on a line of its own
        let lines: Vec<&str> = [url.as_str()].into_iter().chain(link.passcode.as_ref().map(ExposeSecret::expose_secret)).collect();
        Ok(to(forms::back(&form)).showing_once(SecretString::from(lines.join("\n"))))
    })
    .await
}
