//! Registers from a sheet: the organisation's places, a project's budget, the targets of its indicators. A file, what it would change,
//! and the decision.

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use leptos::prelude::*;
use serde::Deserialize;
use server::access::Cx;
use server::kernel::error::Error;
use server::kernel::ids::ImportId;
use server::projects::Project;
use server::projects::framework::Status;
use server::projects::registers::{self, Change, Job, Kind, MAX_FILE, Made, Plan, Register};
use server_fn::codec::{MultipartData, MultipartFormData};

use super::imported::{file_field, more, problems_file, problems_table, sheets_table, tiles};
use super::indicators::{reason_fields, why};
use super::{Tab, head, project, project_of};
use crate::answers::Answer;
use crate::forms::{self, Done, Fields, Sheet, attachment, to};
use crate::shell::Nav;
use crate::text::Say;
use crate::uploads;
use crate::visit::{App, Problem, Visit};
use crate::workbook::{self, XLSX};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(pages("/o/{org}/locations/import", Kind::Locations))
        .merge(pages("/o/{org}/projects/{code}/budget/import", Kind::Budget))
        .merge(pages("/o/{org}/projects/{code}/targets/import", Kind::Targets))
}

/// The same pages for each kind.
fn pages(base: &str, kind: Kind) -> Router<App> {
    Router::new()
        .route(base, get(move |visit: Visit, Path(at): Path<At>| list(visit, kind, at)))
        .route(&format!("{base}/current"), post(move |visit: Visit, Path(at): Path<At>| current(visit, kind, at)))
        .route(&format!("{base}/{{id}}"), get(move |visit: Visit, Path(at): Path<At>| show(visit, kind, at)))
        .route(&format!("{base}/{{id}}/problems"), get(move |visit: Visit, Path(at): Path<At>| problems(visit, kind, at)))
}

/// What an address names.
#[derive(Debug, Deserialize)]
pub struct At {
    org: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    id: String,
}

/// A register, as its pages need it.
struct Desk {
    cx: Cx,
    register: Register,
    /// None for what is the organisation's.
    project: Option<Project>,
    org: String,
    base: String,
}

/// The address of the pages of a register.
fn base(kind: Kind, org: &str, code: &str) -> String {
    match kind {
        Kind::Locations => format!("/o/{org}/locations/import"),
        Kind::Budget | Kind::Targets => format!("/o/{org}/projects/{code}/{}/import", kind.as_str()),
    }
}

/// The form that decides.
const fn decides(kind: Kind) -> &'static str {
    match kind {
        Kind::Locations => "locations/import",
        Kind::Budget => "budgets/import",
        Kind::Targets => "targets/import",
    }
}

impl Desk {
    async fn of(visit: &mut Visit, kind: Kind, at: &At) -> Result<Self, Problem> {
        let base = base(kind, &at.org, &at.code);
        let org = at.org.clone();
        if kind == Kind::Locations {
            let cx = visit.cx(&at.org).await?;
            return Ok(Self { cx, register: Register::Locations, project: None, org, base });
        }
        let (cx, project) = project(visit, &at.org, &at.code).await?;
        let register = if kind == Kind::Budget { Register::Budget(project.id) } else { Register::Targets(project.id) };
        Ok(Self { cx, register, project: Some(project), org, base })
    }

    fn kind(&self) -> Kind {
        self.register.kind()
    }

    fn nav(&self) -> Nav {
        if self.project.is_some() { Nav::Projects } else { Nav::Settings }
    }

    /// What stands above: the project, or where the organisation's own things are.
    fn top(&self, say: Say) -> AnyView {
        let Some(project) = &self.project else {
            let settings = format!("/o/{}/admin/settings", self.org);
            return view! { <p class="eyebrow"><a href=settings>{say.t("organisation-title")}</a></p> }.into_any();
        };
        let (tab, path, key) = match self.kind() {
            Kind::Budget => (Tab::Budget, "budget", "tab-budget"),
            _ => (Tab::Overview, "framework", "framework-title"),
        };
        let up = format!("/o/{}/projects/{}/{path}", self.org, project.code);
        view! { {head(say, &self.cx, project, tab)}<p class="eyebrow"><a href=up>{say.t(key)}</a></p> }.into_any()
    }

    /// Whether it takes anything: targets are part of the framework.
    fn is_open(&self) -> bool {
        let framework = self.project.as_ref().filter(|_| self.kind() == Kind::Targets);
        framework.is_none_or(|project| Status::parse(&project.framework_status).is_open())
    }

    /// What a form about it needs hidden.
    fn hidden(&self) -> Vec<(&'static str, String)> {
        let mut hidden = vec![("org", self.org.clone()), ("kind", self.kind().as_str().to_owned())];
        if let Some(project) = &self.project {
            hidden.extend([("code", project.code.clone()), ("project", project.id.to_string())]);
        }
        hidden
    }
}

/// The imports of a register, and the form for another.
async fn list(mut visit: Visit, kind: Kind, at: At) -> Answer {
    let desk = Desk::of(&mut visit, kind, &at).await?;
    let jobs = registers::list(&desk.cx, desk.register).await?;
    let flash = visit.flash(desk.cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "registers/check", flash.as_ref());
    let title = say.word("register-title", kind.as_str());
    Ok(visit.inside(&desk.cx, desk.nav()).show(&title, || {
        let upload = if desk.is_open() {
            upload(say, &desk, &sheet)
        } else {
            view! { {sheet.refusal()}<p class="notice warning">{say.t("problem-framework-approved")}</p> }.into_any()
        };
        let title = say.word("register-title", kind.as_str());
        let heading = match desk.project {
            None => view! { <div class="page-head"><div><h1>{title}</h1></div></div> }.into_any(),
            Some(_) => view! { <h2>{title}</h2> }.into_any(),
        };
        view! { {desk.top(say)}{heading}{upload}{sheets_table(say, &desk.base, jobs, counted)} }
    }))
}

fn upload(say: Say, desk: &Desk, sheet: &Sheet) -> AnyView {
    let kind = desk.kind().as_str();
    let hidden = desk.hidden().into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    view! {
        <p>{say.word("register-text", kind)}</p>
        <form class="no-print" method="post" action=format!("{}/current", desk.base)><p>{say.t("register-take-out-text")}</p><button class="btn">{say.t("register-take-out")}</button></form>
        <form class="form" method="post" action=sheet.action() enctype="multipart/form-data">
            {sheet.refusal()}{hidden}
            <input type="hidden" name="back" value=sheet.back()/>
            {file_field(say, sheet, "register-hint")}
            {sheet.actions("import-check", None)}
        </form>
        <details><summary>{say.t("framework-import-how")}</summary><p>{say.word("register-how", kind)}</p><p>{say.t("register-how")}</p></details>
    }
    .into_any()
}

/// An import: what its file would change now, and the decision.
async fn show(mut visit: Visit, kind: Kind, at: At) -> Answer {
    let desk = Desk::of(&mut visit, kind, &at).await?;
    let id: ImportId = at.id.parse().map_err(|_| Error::NotFound)?;
    let (job, plan) = registers::find(&desk.cx, desk.register, id, &workbook::register_words()).await?;
    let flash = visit.flash(desk.cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, decides(kind), flash.as_ref());
    Ok(visit.inside(&desk.cx, desk.nav()).show(&job.filename, || {
        let body = match &plan {
            Some(plan) => planned(say, &desk, id, plan, &sheet),
            None => decided(say, &job, &sheet),
        };
        let name = job.filename.clone();
        // a page of a project has the project's title for its first heading
        let heading = match desk.project {
            None => view! { <div class="page-head"><div><h1>{name}</h1></div></div> }.into_any(),
            Some(_) => view! { <h2>{name}</h2> }.into_any(),
        };
        let all = say.word("register-title", kind.as_str());
        view! { {desk.top(say)}<p class="eyebrow"><a href=desk.base.clone()>{all}</a></p>{heading}{body} }
    }))
}

/// An import that was applied, or whose file is no longer kept.
fn decided(say: Say, job: &Job, sheet: &Sheet) -> AnyView {
    let words = if job.status == "applied" { "register-applied" } else { "problem-import-not-ready" };
    view! { {sheet.refusal()}{tiles(say, i64::from(job.rows), counted(job.made.0), None)}<p>{say.t(words)}</p> }.into_any()
}

/// What an import makes and changes, each by its head.
fn counted(made: Made) -> [(&'static str, usize); 3] {
    [("col-fresh", made.fresh), ("col-changed", made.changed), ("col-same", made.same)]
}

fn planned(say: Say, desk: &Desk, id: ImportId, plan: &Plan, sheet: &Sheet) -> AnyView {
    let (is_open, ready) = (desk.is_open(), plan.is_ready());
    let words = match (is_open, ready, plan.errors) {
        (false, ..) => "problem-framework-approved",
        (true, true, _) => "framework-import-ready",
        (true, false, 0) => "issue-register-nothing-new",
        (true, false, _) => "problem-register-wrong",
    };
    let decision = (ready && is_open).then(|| {
        let mut hidden = desk.hidden();
        hidden.extend([("import", id.to_string()), ("shown", plan.mark())]);
        let framework = desk.project.as_ref().filter(|_| desk.kind() == Kind::Targets);
        let reason = framework.map(|project| reason_fields(say, sheet, &project.framework_status));
        sheet.form(&hidden, view! { {reason}{sheet.actions("register-apply", None)} })
    });
    let refusal = decision.is_none().then(|| sheet.refusal());
    view! {
        {refusal}
        {tiles(say, i64::from(plan.rows), counted(plan.made), Some((plan.errors, plan.warnings)))}
        <p>{say.t(words)}</p>
        {decision}
        {problems_table(say, &plan.problems, plan.is_read().then(|| format!("{}/{id}/problems", desk.base)))}
        {changes_table(say, &plan.changes)}
        {more(say, plan.more)}
    }
    .into_any()
}

/// What would be made and changed, what stands there now beside what would stand there.
fn changes_table(say: Say, changes: &[Change]) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            let what = if change.column.is_empty() { say.t("register-fresh") } else { change.column.clone() };
            let shown = |text: &str| if matches!(text, "true" | "false") { say.word("whether", text) } else { text.to_owned() };
            view! {
                <tr><th scope="row"><code><bdi>{change.code.clone()}</bdi></code></th><td><bdi>{what}</bdi></td>
                    <td><bdi>{shown(&change.before)}</bdi></td><td><bdi>{shown(&change.after)}</bdi></td>
                    <td class="num">{change.row}</td></tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("register-changes") tabindex="0"><table class="list">
            <caption>{say.t("register-changes")}</caption>
            <thead><tr><th scope="col">{say.t("field-code")}</th><th scope="col">{say.t("register-what")}</th><th scope="col">{say.t("register-before")}</th>
                <th scope="col">{say.t("register-after")}</th><th scope="col" class="num">{say.t("col-row")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// The sheet with what is wrong in it, as a workbook.
async fn problems(mut visit: Visit, kind: Kind, at: At) -> Answer {
    let desk = Desk::of(&mut visit, kind, &at).await?;
    let id: ImportId = at.id.parse().map_err(|_| Error::NotFound)?;
    let (job, plan) = registers::find(&desk.cx, desk.register, id, &workbook::register_words()).await?;
    let sheets: Vec<_> = plan.and_then(|plan| plan.annotated()).into_iter().collect();
    Ok(problems_file(visit.say, &job.filename, &sheets)?)
}

/// The register as it stands, to be changed and sent back.
async fn current(mut visit: Visit, kind: Kind, at: At) -> Answer {
    let desk = Desk::of(&mut visit, kind, &at).await?;
    let taken = registers::take_out(&desk.cx, desk.register).await?;
    let of = desk.project.as_ref().map_or(&desk.org, |project| &project.code);
    let name = format!("{of}-{}.xlsx", kind.as_str());
    Ok((attachment(&name, XLSX), workbook::register(visit.say, kind, &taken)?).into_response())
}

/// The register that a form is about.
fn register(form: &Fields, kind: Kind) -> Result<Register, Error> {
    Ok(match kind {
        Kind::Locations => Register::Locations,
        Kind::Budget => Register::Budget(project_of(form)?),
        Kind::Targets => Register::Targets(project_of(form)?),
    })
}

/// A dry run of a file.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "registers/check", input = MultipartFormData)]
pub async fn check(data: MultipartData) -> Result<(), ServerFnError> {
    let (fields, file) = uploads::read(data, MAX_FILE).await;
    forms::submit("registers/check", fields, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (filename, bytes) = file?.ok_or_else(|| Error::field("file", "required"))?;
        let kind = Kind::parse(form.get("kind")).ok_or(Error::NotFound)?;
        let id = registers::check(&cx, register(&form, kind)?, &filename, bytes, &workbook::register_words()).await?;
        Ok(to(format!("{}/{id}", base(kind, form.get("org"), form.get("code")))))
    })
    .await
}

/// Writes what a checked file changes.
async fn apply(visit: Visit, form: Fields, kind: Kind) -> Result<Done, Problem> {
    let cx = forms::cx(&visit, &form).await?;
    let (import, register) = (form.id("import")?, register(&form, kind)?);
    registers::apply(&cx, register, import, form.get("shown"), &why(&form), &workbook::register_words()).await?;
    let project = format!("/o/{}/projects/{}", form.get("org"), form.get("code"));
    let next = match kind {
        Kind::Locations => base(kind, form.get("org"), ""),
        Kind::Budget => format!("{project}/budget"),
        Kind::Targets => project,
    };
    Ok(to(next).saying("register-imported"))
}

/// Applies a checked list of places.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "locations/import")]
pub async fn apply_locations(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("locations/import", form, |visit, form| apply(visit, form, Kind::Locations)).await
}

/// Applies a checked budget.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "budgets/import")]
pub async fn apply_budget(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("budgets/import", form, |visit, form| apply(visit, form, Kind::Budget)).await
}

/// Applies checked targets.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "targets/import")]
pub async fn apply_targets(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("targets/import", form, |visit, form| apply(visit, form, Kind::Targets)).await
}
