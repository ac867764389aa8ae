//! A project's dashboard: where its indicators stand, by colour and by result, trends against targets, complete periods, and a map.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::audit::filters::Page;
use server::kernel::ids::ResultNodeId;
use server::projects::dashboard::{self, Colours, Completeness, Dashboard, Map, MapPlace};
use server::projects::framework::Node;
use server::projects::progress::Rag;
use server::projects::tracking::Line;

use super::tracking::{Choices, is_limited, query_of};
use super::{Tab, head};
use crate::answers::Answer;
use crate::chart::{self, Spot, TrendPoint, in_unit};
use crate::format::{figure, period};
use crate::forms::Sheet;
use crate::pages::kept;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/dashboard", get(show))
}

/// A year, a location's code (empty for all), and the code of the indicator on the map.
#[derive(Deserialize, Clone, Default)]
pub struct Asked {
    #[serde(default)]
    year: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    indicator: String,
}

/// `/o/{org}/projects/{code}/dashboard?year=&location=&indicator=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let mapped = Some(asked.indicator.as_str()).filter(|code| !code.is_empty());
    let (mut board, kept) = dashboard::page(&cx, &code, asked.year.parse().ok(), Some(&asked.location), mapped).await?;
    board.break_down(&cx).await?;
    let say = visit.say;
    let limited = is_limited(&cx, board.project.id);
    let page = Page::of_project(&board.project.code, "dashboard");
    let flash = visit.flash(cx.actor().user()).await?;
    let keep = Sheet::new(&visit, "filters/keep", flash.as_ref());
    let query = query_of(&[("year", &asked.year), ("location", &asked.location), ("indicator", &asked.indicator)]);
    let top = head(say, &cx, &board.project, Tab::Dashboard);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&say.t("tab-dashboard"), move || {
        let base = format!("/o/{org}/projects/{code}");
        let none = board.lines.is_empty();
        view! {
            {top}
            {parts::generated(say, board.project.generated_data)}
            {choose(say, &base, &board, limited)}
            {kept::kept(say, &org, &page, &keep, &kept, &query)}
            {none.then(|| view! { <div class="empty"><h2>{say.t("tracking-none-title")}</h2><p>{say.t("tracking-none")}</p></div> })}
            {(!none).then(|| view! {
                {colours(say, &base, &board)}
                {trends(say, &base, &board)}
                <div class="split">{completeness(say, &board.completeness)}{board.map.as_ref().map(|map| map_section(say, &base, map, board.year))}</div>
            })}
        }
    }))
}

fn place_of(board: &Dashboard) -> &str {
    board.location.as_ref().map_or("", |l| l.code.as_str())
}

fn choose(say: Say, base: &str, board: &Dashboard, limited: bool) -> AnyView {
    let choices = Choices { years: &board.years, year: board.year, locations: &board.locations, place: place_of(board), limited };
    let shown = board.map.as_ref().map(|map| map.indicator.code.as_str());
    let indicators: Vec<_> = board
        .lines
        .iter()
        .map(|line| {
            let code = line.indicator.code.clone();
            let chosen = shown == Some(code.as_str());
            view! { <option value=code selected=chosen>{line.indicator.title.clone()}</option> }
        })
        .collect();
    view! {
        <form class="filters no-print" method="get" action=format!("{base}/dashboard")>
            {choices.fields(say, "dashboard")}
            <div class="field"><label for="dashboard-indicator">{say.t("dashboard-on-map")}</label><select id="dashboard-indicator" name="indicator">{indicators}</select></div>
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

/// The indicators of a result and of all beneath it.
pub(super) fn beneath<'a>(nodes: &'a [Node], lines: &'a [Line], node: ResultNodeId) -> Vec<&'a Line> {
    let mut out: Vec<&Line> = lines.iter().filter(|line| line.indicator.node == Some(node)).collect();
    for child in nodes.iter().filter(|child| child.parent == Some(node)) {
        out.extend(beneath(nodes, lines, child.id));
    }
    out
}

fn colours(say: Say, base: &str, board: &Dashboard) -> AnyView {
    let of = |lines: &[&Line]| lines.iter().map(|line| board.colour(line)).collect::<Colours>();
    let all = of(&board.lines.iter().collect::<Vec<_>>());
    let tracking = format!("{base}/tracking?year={}", board.year);
    let rows: Vec<_> = board
        .nodes
        .iter()
        .filter_map(|node| {
            let lines = beneath(&board.nodes, &board.lines, node.id);
            let title = format!("{} {}", node.number, node.title);
            (!lines.is_empty()).then(|| result_row(say, node.level, title, &of(&lines)))
        })
        .collect();
    let loose: Vec<&Line> = board.lines.iter().filter(|line| line.indicator.node.is_none()).collect();
    let loose = (!loose.is_empty() && !rows.is_empty()).then(|| result_row(say, 0, say.t("framework-loose"), &of(&loose)));
    let none = rows.is_empty();
    view! {
        <section class="flow-s" aria-labelledby="standing-h"><div class="row"><h2 id="standing-h">{say.t("dashboard-standing")}</h2>
                <a class="btn btn-small no-print" href=tracking>{say.t("tab-tracking")}</a></div>
            <p class="small muted">{say.t("dashboard-standing-text")}</p>
            <div class="card">{chart::colour_bar(&all)}{chart::colour_counts(say, &all)}</div>
            {(!none).then(|| view! {
                <h3>{say.t("dashboard-by-result")}</h3>
                <div class="scroll" role="region" aria-label=say.t("dashboard-by-result") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-of-framework")}</th><th scope="col" class="num">{say.t("col-indicators")}</th><th scope="col">{say.t("col-standing")}</th></tr></thead>
                    <tbody>{rows}{loose}</tbody></table></div>
            })}
            {parts::legend(say)}
        </section>
    }
    .into_any()
}

fn result_row(say: Say, level: i16, title: String, colours: &Colours) -> AnyView {
    view! {
        <tr><th scope="row" class=format!("level-{level}")>{title}</th>
            <td class="num">{colours.total().to_string()}</td>
            <td>{chart::colour_bar(colours)}{chart::colour_counts(say, colours)}</td></tr>
    }
    .into_any()
}

fn trends(say: Say, base: &str, board: &Dashboard) -> AnyView {
    let drawn = board.drawn();
    let figures: Vec<_> = drawn.iter().map(|line| trend_of(say, base, line, board.year, board.colour(line))).collect();
    let none = figures.is_empty();
    let unmarked = board.key.is_empty().then(|| view! { <p class="small muted">{say.t("dashboard-key-none")}</p> });
    view! {
        <section class="flow-s" aria-labelledby="trends-h"><h2 id="trends-h">{say.t("dashboard-trends")}</h2>
            {unmarked}
            {none.then(|| view! { <p>{say.t("chart-no-figures")}</p> })}
            <div class="grid grid-charts">{figures}</div></section>
    }
    .into_any()
}

fn trend_of(say: Say, base: &str, line: &Line, year: i32, colour: Rag) -> AnyView {
    let indicator = &line.indicator;
    let points: Vec<_> = line
        .trend
        .iter()
        .map(|p| {
            let provisional = p.provisional.filter(|_| p.provisional != p.actual);
            TrendPoint { period: p.period.clone(), actual: p.actual, provisional, target: p.target }
        })
        .collect();
    let title = view! {
        <a href=format!("{base}/indicators/{}", indicator.code)>{indicator.title.clone()}</a>
        " "{parts::rag(say, colour.as_str(), false)}
    };
    let label = say.with("trend-label", &[("indicator", &indicator.title)]);
    view! {
        <div class="card">{chart::trend(say, title.into_any(), &label, &indicator.unit, indicator.method.decimals, &points)}{groups_of(say, line, year)}</div>
    }
    .into_any()
}

/// The figures of the year by each value of each dimension; nothing where none was reported.
fn groups_of(say: Say, line: &Line, year: i32) -> AnyView {
    let (decimals, year) = (line.indicator.method.decimals, year.to_string());
    let rows: Vec<_> = line
        .groups
        .iter()
        .filter_map(|group| Some((group, group.cells.iter().find(|cell| cell.key == year)?)))
        .filter(|(_, cell)| cell.actual.is_some() || cell.provisional.is_some())
        .map(|(group, cell)| {
            let label = group.label.as_ref().map_or_else(|| say.t("group-not-said"), |label| label.say(say.0).to_owned());
            let provisional = cell.provisional.filter(|_| cell.provisional != cell.actual).map(|value| {
                view! { <span class="prov">{figure(value, decimals)}<span class="visually-hidden">" "{say.t("provisional")}</span></span> }
            });
            view! {
                <tr><th scope="row">{format!("{}: {label}", group.dimension_name.say(say.0))}</th>
                    <td class="num">{parts::figure(say, cell.actual, decimals)}{provisional}</td></tr>
            }
        })
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    let title = say.with("dashboard-groups", &[("indicator", &line.indicator.title), ("year", &year)]);
    view! {
        <details><summary>{say.with("dashboard-groups-short", &[("year", &year)])}</summary>
            <div class="scroll" role="region" aria-label=title tabindex="0"><table class="list">
                <thead><tr><th scope="col">{say.t("dashboard-group")}</th><th scope="col" class="num">{in_unit(say, &line.indicator.unit)}</th></tr></thead>
                <tbody>{rows}</tbody></table></div></details>
    }
    .into_any()
}

fn completeness(say: Say, periods: &[Completeness]) -> AnyView {
    let rows: Vec<_> = periods
        .iter()
        .filter(|p| p.due > 0 && (p.ended || p.reported > 0))
        .map(|p| {
            let n = |n: i64| n.to_string();
            let text = say.with("dashboard-complete", &[("reported", &n(p.reported)), ("due", &n(p.due)), ("verified", &n(p.verified))]);
            view! {
                <tr><th scope="row">{period(say, &p.period)}</th><td>{chart::share_bar(p.verified, p.reported, p.due)}<span class="small">{text}</span></td>
                    <td>{parts::status(say, p.state.as_str())}</td></tr>
            }
        })
        .collect();
    let none = rows.is_empty();
    view! {
        <section class="flow-s" aria-labelledby="complete-h"><h2 id="complete-h">{say.t("dashboard-completeness")}</h2>
            {none.then(|| view! { <p>{say.t("dashboard-completeness-none")}</p> })}
            {(!none).then(|| view! {
                <div class="scroll tall" role="region" aria-label=say.t("dashboard-completeness") tabindex="0"><table class="list">
                    <thead><tr><th scope="col">{say.t("col-period")}</th><th scope="col">{say.t("col-figures")}</th><th scope="col">{say.t("col-status")}</th></tr></thead>
                    <tbody>{rows}</tbody></table></div>
            })}</section>
    }
    .into_any()
}

fn map_section(say: Say, base: &str, map: &Map, year: i32) -> AnyView {
    let decimals = map.indicator.method.decimals;
    let spots: Vec<Spot> = map.places.iter().filter_map(|place| spot(say, map, place)).collect();
    let rows: Vec<_> = map
        .places
        .iter()
        .map(|place| {
            let provisional = place.provisional.filter(|_| place.provisional != place.actual).map(|value| {
                view! { <span class="prov">{figure(value, decimals)}<span class="visually-hidden">" "{say.t("provisional")}</span></span> }
            });
            view! {
                <tr><th scope="row">{place.location.name.clone()}</th><td class="num">{parts::figure(say, place.actual, decimals)}{provisional}</td>
                    <td>{place.rag.map(|rag| parts::rag(say, rag.as_str(), false))}</td></tr>
            }
        })
        .collect();
    let unplaced = map.places.iter().filter(|place| place.location.point.is_none()).count();
    let unplaced = (unplaced > 0).then(|| {
        let text = say.count_of("dashboard-unplaced", unplaced);
        view! { <p class="small muted">{text}" "<a href=format!("{base}/setup")>{say.t("tab-setup")}</a></p> }
    });
    let title = say.with("dashboard-map", &[("indicator", &map.indicator.title), ("year", &year.to_string())]);
    let drawn = (!spots.is_empty()).then(|| chart::map(say, &title, &spots));
    view! {
        <section class="flow-s" aria-labelledby="map-h"><h2 id="map-h">{say.t("dashboard-places")}</h2>
            <figure class="chart"><figcaption>{title.clone()}</figcaption>{drawn}
                <details class="twin"><summary>{say.t("chart-as-table")}</summary>
                    <div class="scroll tall" role="region" aria-label=title tabindex="0"><table class="list">
                        <thead><tr><th scope="col">{say.t("field-location")}</th><th scope="col" class="num">{in_unit(say, &map.indicator.unit)}</th><th scope="col">{say.t("col-status")}</th></tr></thead>
                        <tbody>{rows}</tbody></table></div></details></figure>
            {unplaced}</section>
    }
    .into_any()
}

/// A place on the map; none where nobody knows where it lies.
fn spot(say: Say, map: &Map, place: &MapPlace) -> Option<Spot> {
    let point = place.location.point?;
    let said = place
        .actual
        .map_or_else(|| say.t("no-data"), |value| format!("{} {}", figure(value, map.indicator.method.decimals), map.indicator.unit));
    Some(Spot {
        name: place.location.name.clone(),
        lat: point.lat,
        lon: point.lon,
        size: place.actual.or(place.provisional),
        provisional: place.actual.is_none(),
        says: format!("{}: {}", place.location.name, said.trim_end()),
        colour: place.rag.map(Rag::as_str),
    })
}
