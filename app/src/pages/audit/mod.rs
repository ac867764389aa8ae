//! The audit log: a page of it, and one event opened.

mod export;
mod filters;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use chrono::{Datelike, NaiveDate};
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Cx};
use server::audit::log::{self, Change, Filter, Line, PAGE, Page, Told};
use server::kernel::crypto::hex;
use server::projects;

use crate::answers::{Answer, encode};
use crate::forms::Sheet;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Problem, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{org}/audit", get(list))
        .route("/o/{org}/audit/export", get(export::choose).post(export::export))
        .route("/o/{org}/audit/{seq}", get(show))
}

/// What somebody looks for, as it stands in the address.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    action: String,
    actor: String,
    entity: String,
    project: String,
    from: String,
    to: String,
    before: String,
    rows: String,
}

/// `/o/{org}/audit`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(mut visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let filter = filter_of(&cx, &asked).await?;
    let page = log::page_with_filters(&cx, &filter, PAGE).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let keep = Sheet::new(&visit, "filters/keep", flash.as_ref());
    let takes_out = cx.may(Can::ExportAudit(filter.project));
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Audit).show(&say.t("nav-audit"), move || {
        let Page { lines, people, filters } = page;
        let older = (lines.len() == usize::try_from(PAGE).unwrap_or(usize::MAX)).then(|| lines.last().map(|l| l.seq)).flatten();
        let none = lines.is_empty();
        let base = format!("/o/{org}/audit");
        let thing = if asked.entity.is_empty() { String::new() } else { format!("?entity={}", encode(&asked.entity)) };
        let rows: Vec<_> = lines.into_iter().map(|line| row(say, &base, &thing, line)).collect();
        let query = kept(&asked);
        let filters_of_the_log = server::audit::filters::Page::audit();
        let next = older.map(|seq| format!("{base}?{query}&before={seq}"));
        let out = takes_out.then(|| format!("{base}/export?{query}"));
        view! {
            <div class="page-head"><div><h1>{say.t("nav-audit")}</h1><p class="lede">{say.t("audit-text")}</p></div>
                {out.map(|href| view! { <a class="btn" href=href>{say.t("audit-export")}</a> })}</div>
            {filters::form(say, &base, &asked, &people)}
            {crate::pages::kept::kept(say, &org, &filters_of_the_log, &keep, &filters, &query)}
            {none.then(|| view! { <p>{say.t("audit-none")}</p> })}
            <div class="scroll" role="region" aria-label=say.t("nav-audit") tabindex="0"><table class="list">
                <thead><tr><th scope="col" class="num">{say.t("col-seq")}</th><th scope="col">{say.t("col-when")}</th><th scope="col">{say.t("col-who")}</th>
                    <th scope="col">{say.t("col-what")}</th><th scope="col">{say.t("col-project")}</th><th scope="col">{say.t("col-result")}</th></tr></thead>
                <tbody>{rows}</tbody></table></div>
            <nav class="pager" aria-label=say.t("pages")>{next.map(|href| view! { <a class="btn btn-small" rel="next" href=href>{say.t("older")}</a> })}</nav>
        }
    }))
}

/// A day of these centuries.
fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|day: &NaiveDate| (1900..2200).contains(&day.year()))
}

/// What is looked for; a project by its code. What cannot be read is not asked for.
async fn filter_of(cx: &Cx, asked: &Asked) -> Result<Filter, Problem> {
    let project = match asked.project.as_str() {
        "" => None,
        code => Some(projects::find(cx, code).await?.id),
    };
    Ok(Filter {
        action: log::action_of(&asked.action),
        actor: asked.actor.parse().ok(),
        entity: asked.entity.parse().ok(),
        project,
        from: day(&asked.from),
        to: day(&asked.to),
        before: asked.before.parse().ok(),
        upto: None,
        acts_only: asked.rows.is_empty(),
    })
}

/// The filter, without the place in the log.
fn kept(asked: &Asked) -> String {
    let pairs = [
        ("action", &asked.action),
        ("actor", &asked.actor),
        ("entity", &asked.entity),
        ("project", &asked.project),
        ("from", &asked.from),
        ("to", &asked.to),
        ("rows", &asked.rows),
    ];
    pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={}", encode(v))).collect::<Vec<_>>().join("&")
}

fn who(say: Say, line: &Line) -> String {
    let name = line.actor.clone().unwrap_or_else(|| say.word("actor", &line.actor_kind));
    match line.actor_kind.as_str() {
        "api_token" => format!("{name} ({})", say.t("actor-api-token")),
        _ if line.operator => format!("{name} ({})", say.t("actor-operator")),
        _ if line.impersonator_id.is_some() => format!("{name} ({})", say.t("actor-impersonated")),
        _ => name,
    }
}

/// What was done, in words. An act has its own entry in the catalogue; a changed row is put together of its table and what
/// happened to it.
fn deed(say: Say, action: &str) -> String {
    changed(say, "row", action).unwrap_or_else(|| say.word("action", action))
}

/// The same of a line of the log, which may tell of many rows at once: then it is about no single thing.
fn deed_of(say: Say, line: &Line) -> String {
    match line.entity_id {
        None => changed(say, "rows", &line.action).unwrap_or_else(|| deed(say, &line.action)),
        Some(_) => deed(say, &line.action),
    }
}

fn changed(say: Say, what: &str, action: &str) -> Option<String> {
    let (table, change) = action.rsplit_once('.').filter(|(_, change)| matches!(*change, "insert" | "update" | "delete"))?;
    Some(say.with(&format!("{what}-{change}"), &[("thing", &say.word("table", table))]))
}

/// A value as the log holds it. Of a column that stays out of the log, the log holds this mark alone.
fn held(say: Say, value: &str) -> String {
    if value == "(changed)" { say.t("audit-redacted") } else { value.to_owned() }
}

/// `thing` stands behind the address of an event where only what is about one thing was looked for.
fn row(say: Say, base: &str, thing: &str, line: Line) -> AnyView {
    let result = if line.result == "ok" { "rag rag-on_track" } else { "rag rag-off_track" };
    view! {
        <tr><td class="num">{line.seq}</td><td>{parts::moment(say, line.at)}</td><td>{who(say, &line)}</td>
            <td><a href=format!("{base}/{}{thing}", line.seq)>{deed_of(say, &line)}</a></td><td>{line.project.unwrap_or_default()}</td>
            <td><span class=result>{say.word("result", &line.result)}</span></td></tr>
    }
    .into_any()
}

/// Which of the rows that an event tells of.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Among {
    entity: String,
}

/// `/o/{org}/audit/{seq}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, seq)): Path<(String, i64)>, Query(among): Query<Among>) -> Answer {
    let cx = visit.cx(&org).await?;
    let only = among.entity.parse().ok();
    let event = log::open(&cx, seq, only).await?;
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Audit).show(&deed_of(say, &event.line), move || {
        let base = format!("/o/{org}/audit");
        let line = &event.line;
        let object = line.entity_id.map(|id| view! { <li><a href=format!("{base}?entity={id}&rows=1")>{say.t("audit-about-object")}</a></li> });
        let person = line.actor_id.map(|id| view! { <li><a href=format!("{base}?actor={id}")>{say.t("audit-by-person")}</a></li> });
        let same: Vec<_> = event
            .same_request
            .iter()
            .map(|(seq, action)| view! { <li><a href=format!("{base}/{seq}")>{seq.to_string()}" "{deed(say, action)}</a></li> })
            .collect();
        let has_same = !same.is_empty();
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=base.clone()>{say.t("nav-audit")}</a></li></ol></nav>
            <div class="page-head"><div><h1>{deed_of(say, line)}</h1></div></div>
            <dl class="defs"><dt>{say.t("col-seq")}</dt><dd>{line.seq}</dd><dt>{say.t("col-when")}</dt><dd>{parts::moment(say, line.at)}</dd>
                <dt>{say.t("col-who")}</dt><dd>{who(say, line)}</dd><dt>{say.t("col-result")}</dt><dd>{say.word("result", &line.result)}</dd>
                {event.reason.clone().map(|reason| view! { <dt>{say.t("field-reason")}</dt><dd>{reason}</dd> })}
                {line.entity_type.clone().map(|kind| view! { <dt>{say.t("audit-object")}</dt><dd>{say.word("table", &kind)}</dd> })}
                <dt>{say.t("audit-hash")}</dt><dd class="hash">{hex(&event.hash)}</dd></dl>
            {diff(say, &event.changes)}
            {told(say, &base, line.seq, only.is_some(), &event.rows)}
            <ul>{object}{person}</ul>
            {has_same.then(|| view! { <h2>{say.t("audit-same-request")}</h2><ul>{same}</ul> })}
        }
    }))
}

/// The rows of an event that tells of many; or the one that was asked for, with the way to the others.
fn told(say: Say, base: &str, seq: i64, one: bool, rows: &[Told]) -> AnyView {
    if rows.is_empty() {
        return ().into_any();
    }
    let others = one.then(|| view! { <p><a href=format!("{base}/{seq}")>{say.t("audit-other-rows")}</a></p> });
    let heading = (!one).then(|| view! { <h2>{say.count_of("audit-many-rows", rows.len())}</h2> });
    let each: Vec<_> = rows
        .iter()
        .map(|row| {
            view! {
                <details class="part" open=one><summary class="hash">{row.id.to_string()}</summary>{diff(say, &row.changes)}
                    <p><a href=format!("{base}?entity={}&rows=1", row.id)>{say.t("audit-about-object")}</a></p></details>
            }
        })
        .collect();
    view! { {heading}{others}{each} }.into_any()
}

fn diff(say: Say, changes: &[Change]) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            let old = change.old.as_deref().map(|old| view! { <del>{held(say, old)}</del> });
            let new = change.new.as_deref().map(|new| view! { <ins>{held(say, new)}</ins> });
            view! { <tr><th scope="row">{say.word("column", &change.field)}</th><td>{old}</td><td>{new}</td></tr> }
        })
        .collect();
    view! {
        <div class="scroll" role="region" aria-label=say.t("audit-changes") tabindex="0"><table class="diff">
            <thead><tr><th scope="col">{say.t("audit-field")}</th><th scope="col">{say.t("audit-before")}</th><th scope="col">{say.t("audit-after")}</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
    }
    .into_any()
}
