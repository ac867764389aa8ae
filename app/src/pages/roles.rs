//! Who may do what: the matrix that decides, as a table, and the reader's own roles.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::{Can, Cx, Grant, Permission, Reach, Role};
use server::projects::{self, ProjectLine};

use crate::answers::Answer;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/roles", get(show))
}

/// `/o/{org}/admin/roles`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let projects = if cx.may(Can::ListProjects) { projects::list(&cx).await? } else { Vec::new() };
    let say = visit.say;
    let own = own_roles(say, &cx, &projects);
    Ok(visit.inside(&cx, Nav::Admin).wide().show(&say.t("nav-roles"), move || {
        view! {
            <div class="page-head"><div><h1>{say.t("nav-roles")}</h1><p class="lede">{say.t("roles-text")}</p></div></div>
            {own}
            {matrix(say)}
            {rules(say)}
        }
    }))
}

/// What the reader is: in the whole organisation, and in each project.
fn own_roles(say: Say, cx: &Cx, projects: &[ProjectLine]) -> AnyView {
    let Ok(standing) = cx.standing() else { return ().into_any() };
    let wide = standing
        .roles
        .iter()
        .filter(|role| role.is_organisation_wide())
        .map(|role| format!("{} · {}", say.word("role", role.as_str()), say.t("roles-everywhere")));
    let assigned = standing.assignments.iter().filter_map(|assignment| {
        let role = say.word("role", assignment.role()?.as_str());
        let title = projects.iter().find(|line| line.project.id == assignment.project).map(|line| line.project.title.clone())?;
        let places = i64::try_from(assignment.locations.len()).unwrap_or(i64::MAX);
        Some(if places == 0 { format!("{role} · {title}") } else { format!("{role} · {title} · {}", say.count("roles-locations", places)) })
    });
    let lines: Vec<String> = wide.chain(assigned).collect();
    let none = lines.is_empty();
    let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <section class="card flow-s"><h2>{say.t("roles-own")}</h2>
            {none.then(|| view! { <p>{say.t("roles-own-none")}</p> })}
            <ul class="plain-list">{lines}</ul>
        </section>
    }
    .into_any()
}

fn reach_key(reach: Reach) -> &'static str {
    match reach {
        Reach::Everywhere => "reach-everywhere",
        Reach::Projects => "reach-projects",
        Reach::Locations => "reach-locations",
        Reach::Own => "reach-own",
        Reach::Snapshot => "reach-snapshot",
        Reach::No => "reach-no",
    }
}

/// A cell: how far, and what limits it further.
fn cell(say: Say, head: String, grant: Grant) -> AnyView {
    let limit = (!grant.limit.is_empty()).then(|| say.word("limit", &grant.limit.replace(' ', "_")));
    let class = if grant.reach == Reach::No { Some("muted") } else { None };
    view! {
        <td role="cell" class=class data-label=head>
            {say.t(reach_key(grant.reach))}{limit.map(|limit| view! { <br/><small>{limit}</small> })}
        </td>
    }
    .into_any()
}

fn row(say: Say, permission: Permission) -> AnyView {
    let row = permission.row();
    let cells = Role::ALL.into_iter().map(|role| cell(say, say.word("role", role.as_str()), permission.grant(role))).collect_view();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{say.word("permission", row.name)}<br/><small class="muted"><code>{row.name}</code></small></th>
            {cells}
            {cell(say, say.t("role-donor"), row.donor)}
        </tr>
    }
    .into_any()
}

fn matrix(say: Say) -> AnyView {
    let heads = Role::ALL
        .into_iter()
        .map(|role| view! { <th role="columnheader" scope="col">{say.word("role", role.as_str())}</th> })
        .collect_view();
    let rows = Permission::ALL.iter().map(|permission| row(say, *permission)).collect_view();
    view! {
        <section class="flow-s"><h2 id="matrix">{say.t("roles-matrix")}</h2>
            <div class="scroll" role="region" aria-labelledby="matrix" tabindex="0">
                <table class="list stack" role="table"><caption class="visually-hidden">{say.t("roles-matrix")}</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">{say.t("roles-permission")}</th>{heads}
                        <th role="columnheader" scope="col">{say.t("role-donor")}</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// Rules that no matrix can show; the acts that they bind keep them.
fn rules(say: Say) -> AnyView {
    let rules = ["roles-rule-verify", "roles-rule-own-roles", "roles-rule-two-people"]
        .into_iter()
        .map(|key| view! { <li>{say.t(key)}</li> })
        .collect_view();
    view! { <section class="prose"><h2>{say.t("roles-rules")}</h2><ul>{rules}</ul></section> }.into_any()
}
