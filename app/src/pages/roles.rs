//! Who may do what: the matrix, made of the file that decides.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Grant, Permission, Role};
use server::tenancy::members::{self, Holders};
use server::tenancy::programmes;

use crate::answers::Answer;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/roles", get(show))
}

/// `/o/{org}/admin/roles`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let kept = programmes::mine(&cx).await?.join(", ");
    let holders = if cx.may(Can::ReadMember) { members::holders(&cx).await? } else { Vec::new() };
    let say = visit.say;
    let mut mine: Vec<Role> = cx.actor().roles_in(None).map(|(role, _)| role).collect();
    mine.sort_unstable();
    mine.dedup();
    let held = mine.iter().map(|role| say.word("role", role.as_str())).collect::<Vec<_>>().join(", ");
    Ok(visit.inside(&cx, Nav::Roles).wide().show(&say.t("nav-roles"), move || {
        let heads: Vec<_> = Role::ALL.iter().map(|role| view! { <th scope="col">{say.word("role", role.as_str())}</th> }).collect();
        // what nothing of this version does yet would promise it
        let rows: Vec<_> =
            Permission::ALL.iter().filter(|permission| permission.is_in_use()).map(|permission| row(say, *permission)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("nav-roles")}</h1><p class="lede">{say.with("roles-mine", &[("roles", &held)])}</p>
                {(!kept.is_empty()).then(|| view! { <p>{say.with("roles-kept", &[("programmes", &kept)])}</p> })}</div></div>
            {holders_section(say, &holders)}
            <div class="scroll tall" role="region" aria-label=say.t("nav-roles") tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("roles-permission")}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>
        }
    }))
}

/// Who holds what, for who may know.
fn holders_section(say: Say, holders: &[Holders]) -> AnyView {
    if holders.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = holders
        .iter()
        .map(|held| {
            let more = usize::try_from(held.count).unwrap_or_default() > held.names.len();
            let names = if held.names.is_empty() { say.t("roles-holders-none") } else { held.names.join(", ") };
            view! { <dt>{say.word("role", held.role.as_str())}" ("{held.count}")"</dt><dd>{names}{more.then_some(", …")}</dd> }
        })
        .collect();
    view! { <section class="flow-s" aria-labelledby="holders-h"><h2 id="holders-h">{say.t("roles-holders")}</h2><dl class="facts">{lines}</dl></section> }.into_any()
}

/// A permission in words, and who has it; the stable name beneath is what the log, the API and docs/permissions.md call it.
fn row(say: Say, permission: Permission) -> AnyView {
    let row = permission.row();
    let cells: Vec<_> = row.roles.iter().map(|grant| view! { <td>{reach(say, *grant)}</td> }).collect();
    view! {
        <tr><th scope="row">{say.word("permission", row.name)}<br/><small class="muted"><code>{row.name}</code></small></th>{cells}</tr>
    }
    .into_any()
}

/// A grant in words. The matrix writes a limit in plain English; its spaces make no key, so they become underscores.
fn reach(say: Say, grant: Grant) -> String {
    let reach = say.word("reach", grant.reach.as_str());
    if grant.limit.is_empty() { reach } else { format!("{reach} ({})", say.word("limit", &grant.limit.replace(' ', "_"))) }
}
