//! The audit log as people read it: a list with filters, and each event opened.

use std::str::FromStr;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Cx};
use server::audit::log::{self, Change, Filter, Line, Opened};
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::projects::{self, ProjectLine};
use uuid::Uuid;

use crate::answers::{Answer, encode};
use crate::format;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Beginnings of actions that the filter offers, in the order of the work.
const FAMILIES: [&str; 15] = [
    "session", "permission", "project", "location", "framework", "indicator", "period", "value", "envelope", "import", "tracking",
    "report", "donor_link", "api_token", "audit",
];

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/audit", get(list)).route("/o/{org}/audit/{seq}", get(show))
}

/// The query of the log: what is looked for, as it stands in the address. Empty is no limit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    action: String,
    actor: String,
    entity: String,
    project: String,
    from: String,
    to: String,
    before: String,
    /// `all`: the row changes too.
    acts: String,
}

/// A part of the query; what cannot be read finds nothing, rather than everything.
fn part<T: FromStr>(text: &str) -> Result<Option<T>, Error> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::NotFound),
    }
}

impl Asked {
    fn filter(&self) -> Result<Filter, Error> {
        Ok(Filter {
            action: Some(self.action.clone()).filter(|action| !action.is_empty()),
            actor: part(&self.actor)?,
            entity: part(&self.entity)?,
            project: part(&self.project)?,
            from: part(&self.from)?,
            to: part(&self.to)?,
            before: part(&self.before)?,
            acts_only: self.acts != "all",
        })
    }

    /// The same question from another place in the chain; none for its end.
    fn from_place(&self, before: Option<i64>) -> String {
        let before = before.map(|seq| seq.to_string()).unwrap_or_default();
        let parts = [
            ("action", &self.action),
            ("actor", &self.actor),
            ("entity", &self.entity),
            ("project", &self.project),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &before),
            ("acts", &self.acts),
        ];
        let kept: Vec<String> =
            parts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", encode(value))).collect();
        format!("?{}", kept.join("&"))
    }
}

/// An action in words. Changes of rows are written `table.insert`, `table.update` and `table.delete`.
fn action_words(say: Say, action: &str) -> String {
    match action.rsplit_once('.') {
        Some((table, operation @ ("insert" | "update" | "delete"))) => {
            format!("{}: {}", say.word("entity", table), say.word("row", operation))
        }
        _ => say.word("action", action),
    }
}

/// Who did it: a name, or what kind of actor it was.
fn who(say: Say, line: &Line) -> AnyView {
    let name = line.actor.clone().unwrap_or_else(|| say.word("actor-kind", &line.actor_kind));
    view! {
        <bdi>{name}</bdi>
        {(line.actor_kind == "api_token").then(|| view! { " "<span class="tag">{say.t("audit-by-token")}</span> })}
        {line.impersonator_id.map(|_| view! { " "<span class="tag">{say.t("audit-impersonated")}</span> })}
    }
    .into_any()
}

fn result(say: Say, line: &Line) -> AnyView {
    let colour = match line.result.as_str() {
        "ok" => "rag rag-on_track",
        _ => "rag rag-off_track",
    };
    view! { <span class=colour>{say.word("result", &line.result)}</span> }.into_any()
}

/// `/o/{org}/audit`.
///
/// # Errors
/// Refusal, not found for a query that cannot be read, or the database's.
pub async fn list(visit: Visit, Path(org): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let lines = log::page(&cx, &asked.filter()?, log::PAGE).await?;
    let people = log::people(&cx).await?;
    let projects = if cx.may(Can::ListProjects) { projects::list(&cx).await? } else { Vec::new() };
    let say = visit.say;
    let filters = filters(say, &org, &asked, people, projects);
    let pager = pager(say, &asked, &lines);
    let table = table(say, &org, lines);
    Ok(visit.inside(&cx, Nav::Audit).wide().show(&say.t("nav-audit"), move || {
        view! {
            <div class="page-head"><div><h1>{say.t("nav-audit")}</h1><p class="lede">{say.t("audit-text")}</p></div></div>
            {filters}{table}{pager}
        }
    }))
}

/// A select of the filter form: values with their texts, and the one that stands.
fn select(name: &'static str, label: String, options: Vec<(String, String)>, stands: &str) -> AnyView {
    let id = format!("filter-{name}");
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == stands;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! { <div class="field"><label for=id.clone()>{label}</label><select id=id name=name>{options}</select></div> }.into_any()
}

fn day(name: &'static str, label: String, stands: String) -> AnyView {
    let id = format!("filter-{name}");
    view! { <div class="field"><label for=id.clone()>{label}</label><input id=id name=name type="date" value=stands/></div> }.into_any()
}

fn actions(say: Say, stands: &str) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), say.t("all"))];
    options.extend(FAMILIES.iter().map(|family| (format!("{family}."), say.word("family", family))));
    if !options.iter().any(|(value, _)| value == stands) {
        options.push((stands.to_owned(), action_words(say, stands)));
    }
    options
}

fn filters(say: Say, org: &str, asked: &Asked, people: Vec<(Uuid, String)>, projects: Vec<ProjectLine>) -> AnyView {
    let all = || (String::new(), say.t("all"));
    let mut who = vec![all()];
    who.extend(people.into_iter().map(|(id, name)| (id.to_string(), name)));
    let mut within = vec![all()];
    within.extend(projects.into_iter().map(|line| (line.project.id.to_string(), line.project.title)));
    let kinds = vec![(String::new(), say.t("audit-acts-only")), ("all".to_owned(), say.t("audit-acts-all"))];
    let about = (!asked.entity.is_empty()).then(|| {
        view! { <input type="hidden" name="entity" value=asked.entity.clone()/> }
    });
    view! {
        <form class="filters" method="get" action=format!("/o/{org}/audit")>
            {about}
            {select("action", say.t("audit-action"), actions(say, &asked.action), &asked.action)}
            {(who.len() > 1).then(|| select("actor", say.t("audit-actor"), who, &asked.actor))}
            {(within.len() > 1).then(|| select("project", say.t("audit-project"), within, &asked.project))}
            {day("from", say.t("field-from"), asked.from.clone())}
            {day("to", say.t("field-to"), asked.to.clone())}
            {select("acts", say.t("audit-acts"), kinds, &asked.acts)}
            <button class="btn">{say.t("audit-filter")}</button>
            <a class="btn btn-link" href=format!("/o/{org}/audit")>{say.t("audit-filter-none")}</a>
        </form>
    }
    .into_any()
}

fn table(say: Say, org: &str, lines: Vec<Line>) -> AnyView {
    if lines.is_empty() {
        return view! { <div class="empty"><h2>{say.t("audit-none")}</h2><p>{say.t("audit-none-text")}</p></div> }.into_any();
    }
    let heads = ["audit-when", "audit-actor", "audit-action", "audit-entity", "audit-project", "audit-result"]
        .into_iter()
        .map(|key| view! { <th role="columnheader" scope="col">{say.t(key)}</th> })
        .collect_view();
    let rows = lines.into_iter().map(|line| row(say, org, &line)).collect_view();
    view! {
        <div class="scroll" role="region" aria-label=say.t("nav-audit") tabindex="0">
            <table class="list stack" role="table"><caption class="visually-hidden">{say.t("nav-audit")}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col" class="num">{say.t("audit-seq")}</th>{heads}
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(say: Say, org: &str, line: &Line) -> AnyView {
    let href = format!("/o/{org}/audit/{}", line.seq);
    let entity = line.entity_type.as_deref().map(|kind| say.word("entity", kind));
    view! {
        <tr role="row">
            <td role="cell" class="num" data-label=say.t("audit-seq")><a href=href>{line.seq.to_string()}</a></td>
            <td role="cell" data-label=say.t("audit-when")><time datetime=line.at.to_rfc3339()>{format::moment(say, line.at)}</time></td>
            <td role="cell" data-label=say.t("audit-actor")>{who(say, line)}</td>
            <td role="cell" data-label=say.t("audit-action")>{action_words(say, &line.action)}</td>
            <td role="cell" data-label=say.t("audit-entity")>{entity}</td>
            <td role="cell" data-label=say.t("audit-project")>{line.project.clone()}</td>
            <td role="cell" data-label=say.t("audit-result")>{result(say, line)}</td>
        </tr>
    }
    .into_any()
}

/// Back to the newest, and on to the older. A full page may be the last one: then the next says so.
fn pager(say: Say, asked: &Asked, lines: &[Line]) -> AnyView {
    let newest = (!asked.before.is_empty()).then(|| {
        view! { <a class="btn btn-small" href=asked.from_place(None)>{say.t("audit-newest")}</a> }
    });
    let full = i64::try_from(lines.len()).is_ok_and(|count| count >= log::PAGE);
    let older = lines.last().filter(|_| full).map(|last| {
        view! { <a class="btn btn-small" rel="next" href=asked.from_place(Some(last.seq))>{say.t("audit-older")}</a> }
    });
    if newest.is_none() && older.is_none() {
        return ().into_any();
    }
    view! { <nav class="pager" aria-label=say.t("audit-pages")>{newest}{older}</nav> }.into_any()
}

/// `/o/{org}/audit/{seq}`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, seq)): Path<(String, String)>) -> Answer {
    let cx: Cx = visit.cx(&org).await?;
    let seq: i64 = seq.parse().map_err(|_| Error::NotFound)?;
    let opened = log::open(&cx, seq).await?;
    let say = visit.say;
    let title = action_words(say, &opened.line.action);
    Ok(visit.inside(&cx, Nav::Audit).show(&title, move || {
        let heading = action_words(say, &opened.line.action);
        view! {
            <nav class="crumbs" aria-label=say.t("crumbs")><ol><li><a href=format!("/o/{org}/audit")>{say.t("nav-audit")}</a></li></ol></nav>
            <div class="page-head"><div>
                <p class="eyebrow">{say.with("audit-event", &[("seq", &opened.line.seq.to_string())])}</p><h1>{heading}</h1>
            </div></div>
            {facts(say, &opened)}
            {differences(say, &opened.changes)}
            {same_request(say, &org, &opened)}
            {elsewhere(say, &org, &opened.line)}
        }
    }))
}

fn facts(say: Say, opened: &Opened) -> AnyView {
    let line = &opened.line;
    let entity = line.entity_type.as_deref().map(|kind| say.word("entity", kind));
    let id = line.entity_id.map(|id| view! { " "<code>{id.to_string()}</code> });
    let project = line.project.clone().map(|code| view! { <dt>{say.t("audit-project")}</dt><dd>{code}</dd> });
    let reason = opened.reason.clone().map(|reason| view! { <dt>{say.t("field-reason")}</dt><dd>{reason}</dd> });
    view! {
        <dl class="defs">
            <dt>{say.t("audit-when")}</dt><dd><time datetime=line.at.to_rfc3339()>{format::moment(say, line.at)}</time></dd>
            <dt>{say.t("audit-actor")}</dt><dd>{who(say, line)}</dd>
            <dt>{say.t("audit-action")}</dt><dd><code>{line.action.clone()}</code></dd>
            {entity.map(|kind| view! { <dt>{say.t("audit-entity")}</dt><dd>{kind}{id}</dd> })}
            {project}
            <dt>{say.t("audit-result")}</dt><dd>{result(say, line)}</dd>
            {reason}
            <dt>{say.t("audit-hash")}</dt><dd class="hash">{hex(&opened.hash)}</dd>
        </dl>
    }
    .into_any()
}

fn differences(say: Say, changes: &[Change]) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let nil = || view! { <span class="nil" aria-hidden="true">"–"</span><span class="visually-hidden">{say.t("audit-nothing")}</span> }.into_any();
    let rows = changes
        .iter()
        .map(|change| {
            let old = change.old.clone().map_or_else(nil, |text| view! { <del>{text}</del> }.into_any());
            let new = change.new.clone().map_or_else(nil, |text| view! { <ins>{text}</ins> }.into_any());
            view! {
                <tr role="row">
                    <th role="rowheader" scope="row">{say.word("field", &change.field)}</th>
                    <td role="cell" data-label=say.t("audit-before")>{old}</td>
                    <td role="cell" data-label=say.t("audit-after")>{new}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="flow-s"><h2 id="changes">{say.t("audit-changes")}</h2>
            <div class="scroll" role="region" aria-labelledby="changes" tabindex="0">
                <table class="diff stack" role="table"><caption class="visually-hidden">{say.t("audit-changes")}</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">{say.t("audit-field")}</th>
                        <th role="columnheader" scope="col">{say.t("audit-before")}</th>
                        <th role="columnheader" scope="col">{say.t("audit-after")}</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn same_request(say: Say, org: &str, opened: &Opened) -> AnyView {
    if opened.same_request.is_empty() {
        return ().into_any();
    }
    let events = opened
        .same_request
        .iter()
        .map(|(seq, action)| {
            view! { <li><a href=format!("/o/{org}/audit/{seq}")>{seq.to_string()}</a>" "{action_words(say, action)}</li> }
        })
        .collect_view();
    view! { <section class="flow-s"><h2>{say.t("audit-same-request")}</h2><ul class="plain-list">{events}</ul></section> }.into_any()
}

fn elsewhere(say: Say, org: &str, line: &Line) -> AnyView {
    let entity = line.entity_id.map(|id| {
        view! { <a class="btn btn-small" href=format!("/o/{org}/audit?entity={id}&acts=all")>{say.t("audit-all-of-entity")}</a> }
    });
    let actor = line.actor_id.map(|id| {
        view! { <a class="btn btn-small" href=format!("/o/{org}/audit?actor={id}")>{say.t("audit-all-of-actor")}</a> }
    });
    view! { <p class="row no-print">{entity}{actor}</p> }.into_any()
}

#[cfg(test)]
mod tests {
    use server::kernel::text::Locale;

    use super::*;

    #[test]
    fn questions_keep_their_parts_from_page_to_page() {
        let asked = Asked { action: "value.".into(), from: "2024-01-01".into(), before: "90".into(), ..Asked::default() };
        assert_eq!(asked.from_place(Some(65)), "?action=value.&from=2024-01-01&before=65");
        assert_eq!(asked.from_place(None), "?action=value.&from=2024-01-01");
    }

    #[test]
    fn what_cannot_be_read_finds_nothing() {
        for asked in [Asked { actor: "x".into(), ..Asked::default() }, Asked { from: "yesterday".into(), ..Asked::default() }] {
            assert!(asked.filter().is_err(), "{asked:?}");
        }
        assert!(Asked::default().filter().is_ok_and(|filter| filter.acts_only && filter.actor.is_none()));
    }

    #[test]
    fn acts_and_rows_in_words() {
        let say = Say(Locale::En);
        assert_eq!(action_words(say, "value.verified"), "Figures verified");
        assert_eq!(action_words(say, "indicator_value.update"), "Figure: row changed");
        assert_eq!(action_words(say, "some.thing_new"), "some.thing new");
    }
}
