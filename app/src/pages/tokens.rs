//! API tokens: one's own, and everybody's for who manages them.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, TokenScope};
use server::identity::tokens::{self, Token, Wanted};
use server::kernel::ids::ProjectId;
use server::projects::{self, ProjectLine};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/tokens", get(show))
}

/// `/o/{org}/admin/tokens`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let all = tokens::list(&cx).await?;
    let mine = projects::list(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let (sheet, revoke) = (Sheet::new(&visit, "tokens/create", flash.as_ref()), Sheet::new(&visit, "tokens/revoke", flash.as_ref()));
    let everybody = cx.may(Can::ManageTokens);
    Ok(visit.inside(&cx, Nav::Tokens).show(&say.t("tokens-title"), move || {
        let none = all.is_empty();
        let rows: Vec<_> = all.into_iter().map(|token| row(say, &org, &revoke.back(), everybody, token)).collect();
        let owner = everybody.then(|| view! { <th scope="col">{say.t("token-owner")}</th> });
        view! {
            <div class="page-head"><div><h1>{say.t("tokens-title")}</h1><p class="lede">{say.t("tokens-text")}</p></div></div>
            {sheet.once().map(|token| made(say, token))}
            {revoke.refusal()}
            {none.then(|| view! { <div class="empty"><p>{say.t("tokens-none")}</p></div> })}
            {(!none).then(|| view! {
                <div class="scroll" role="region" aria-label=say.t("tokens-title") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("field-name")}</th>{owner}<th scope="col">{say.t("token-for")}</th><th scope="col">{say.t("col-until")}</th>
                        <th scope="col">{say.t("token-used")}</th><th scope="col"><span class="visually-hidden">{say.t("col-actions")}</span></th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}
            {form(say, &org, &sheet, mine)}
        }
    }))
}

fn made(say: Say, token: String) -> AnyView {
    view! {
        <div class="notice success" role="status"><strong>{say.t("token-made")}</strong><p>{say.t("token-once")}</p>
            <p><code class="wrap-anywhere secret">{token}</code></p></div>
    }
    .into_any()
}

fn row(say: Say, org: &str, back: &str, everybody: bool, token: Token) -> AnyView {
    let scopes = token.scopes.iter().map(|scope| say.word("scope", scope.as_str())).collect::<Vec<_>>().join(", ");
    let projects = if token.projects.is_empty() { say.t("token-all-projects") } else { token.projects.join(", ") };
    let used = match token.used {
        Some(at) => parts::moment(say, at),
        None => say.t("token-unused").into_any(),
    };
    view! {
        <tr><th scope="row">{token.name.clone()}<br/><small class="muted"><code>{format!("…{}", token.last_four)}</code></small></th>
            {everybody.then(|| view! { <td>{token.owner}</td> })}
            <td>{scopes}<br/><small class="muted">{projects}</small></td><td>{parts::moment(say, token.expires)}</td><td>{used}</td>
            <td><form method="post" action="/fn/tokens/revoke"><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="token" value=token.id.to_string()/><input type="hidden" name="back" value=back.to_owned()/>
                <button class="btn btn-small btn-danger" aria-label=format!("{}: {}", say.t("token-revoke"), token.name)>{say.t("token-revoke")}</button></form></td></tr>
    }
    .into_any()
}

fn form(say: Say, org: &str, sheet: &Sheet, mine: Vec<ProjectLine>) -> AnyView {
    let scopes: Vec<_> = TokenScope::ALL
        .iter()
        .map(|scope| sheet.tick(format!("scope-{}", scope.as_str()), say.word("scope", scope.as_str()), false))
        .collect();
    let projects: Vec<_> =
        mine.into_iter().map(|line| sheet.tick(format!("project-{}", line.project.id), line.project.title, false)).collect();
    let fields = view! {
        {sheet.line("name", "text", "")}
        <fieldset><legend>{say.t("field-scopes")}</legend>{scopes}{sheet.fault_line("scopes")}</fieldset>
        <fieldset><legend>{say.t("field-projects")}</legend><p class="hint">{say.t("token-projects-hint")}</p>{projects}{sheet.fault_line("projects")}</fieldset>
        {sheet.figure("lifetime", "90")}
        {sheet.actions("token-create", None)}
    };
    view! {
        <details class="card" open=sheet.was_refused()><summary>{say.t("token-new")}</summary><p>{say.t("token-new-text")}</p>
            {sheet.form(&[("org", org.to_owned())], fields)}</details>
    }
    .into_any()
}

/// Makes a token of one's own.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "tokens/create")]
pub async fn create(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("tokens/create", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let scopes: Vec<TokenScope> = form.starting("scope-").filter_map(|(scope, _)| TokenScope::parse(scope)).collect();
        let projects: Vec<ProjectId> = form.starting("project-").filter_map(|(id, _)| id.parse().ok()).collect();
        let wanted = Wanted { name: form.get("name"), scopes: &scopes, projects: &projects, days: form.get("lifetime") };
        let token = tokens::create(&cx, &wanted).await?;
        Ok(to(forms::back(&form)).showing_once(token))
    })
    .await
}

/// Ends a token.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "tokens/revoke")]
pub async fn revoke(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("tokens/revoke", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        tokens::revoke(&cx, form.id("token")?).await?;
        Ok(to(forms::back(&form)).saying("token-revoked"))
    })
    .await
}
