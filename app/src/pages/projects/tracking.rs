//! The indicator tracking table.

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Cx, decide};
use server::audit::filters::{self, Page};
use server::kernel::ids::ProjectId;
use server::projects::locations::Location;
use server::projects::progress::{Accumulation, AggPeriods, Method};
use server::projects::tracking::{self, By, Cell, Column, Group, Line, Tracking};

use super::{Tab, head};
use crate::answers::{Answer, encode};
use crate::chart;
use crate::format::{column, day, figure};
use crate::forms::Sheet;
use crate::pages::kept;
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/projects/{code}/tracking", get(show))
}

/// A year, and a location's code; empty for all.
#[derive(Deserialize, Clone, Default)]
#[serde(default)]
pub struct Asked {
    pub(super) year: String,
    pub(super) location: String,
    /// A dimension's key, or `*` for each; empty for no breakdown.
    pub(super) by: String,
}

/// `/o/{org}/projects/{code}/tracking?year=&location=`.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn show(visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let table = tracking::table(&cx, &code, asked.year.parse().ok(), Some(&asked.location), By::parse(&asked.by)).await?;
    let say = visit.say;
    let top = head(say, &cx, &table.project, Tab::Tracking);
    let may_export = cx.may(Can::ExportTracking(table.project.id));
    let limited = is_limited(&cx, table.project.id);
    let page = Page::of_project(&table.project.code, "tracking");
    let (kept, flash) = (filters::list(&cx, &page).await?, visit.flash(cx.actor().user()).await?);
    let keep = Sheet::new(&visit, "filters/keep", flash.as_ref());
    let query = query_of(&[("year", &asked.year), ("location", &asked.location), ("by", &asked.by)]);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&say.t("tab-tracking"), move || {
        let base = format!("/o/{org}/projects/{code}");
        let unweighted = table.lines.iter().any(|line| line.indicator.method.is_unweighted());
        view! {
            {top}
            {parts::generated(say, table.project.generated_data)}
            {choose_what(say, &format!("{base}/tracking"), &table, limited)}
            {kept::kept(say, &org, &page, &keep, &kept, &query)}
            {itt(say, &base, &table)}
            {unweighted.then(|| view! { <p class="small muted"><strong>{say.t("unweighted")}</strong>": "{say.t("unweighted-note")}</p> })}
            {may_export.then(|| view! { <p class="no-print"><a class="btn" href=format!("{base}/export?year={}&location={}&by={}", table.year, encode(place_of(&table)), encode(&asked.by))>{say.t("export")}</a></p> })}
        }
    }))
}

/// What was asked for, as it stands in an address.
pub(super) fn query_of(asked: &[(&str, &String)]) -> String {
    let pairs: Vec<_> =
        asked.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

/// Whether a person sees single locations only: then there is no total to choose.
pub(super) fn is_limited(cx: &Cx, project: ProjectId) -> bool {
    decide(cx.actor(), Can::ViewTracking(project)).is_ok_and(|scope| scope.locations().is_some())
}

/// The code of the location shown; empty for all together.
fn place_of(table: &Tracking) -> &str {
    table.location.as_ref().map_or("", |l| l.code.as_str())
}

/// What can be chosen of a project's figures: a year, and a location.
pub(super) struct Choices<'a> {
    /// Years that have periods.
    pub years: &'a [i32],
    /// The year shown.
    pub year: i32,
    /// The locations that the person may see.
    pub locations: &'a [Location],
    /// The code of the location shown; empty for all together.
    pub place: &'a str,
    /// Whether the person sees single locations only: then there is no total to choose.
    pub limited: bool,
}

impl Choices<'_> {
    /// The fields that choose them; `prefix` begins their ids.
    pub(super) fn fields(&self, say: Say, prefix: &str) -> AnyView {
        let (year_id, place_id) = (format!("{prefix}-year"), format!("{prefix}-location"));
        // a year that an address asks for may have no periods: it is what is shown, so it is listed
        let unlisted = (!self.years.contains(&self.year)).then_some(self.year);
        let years: Vec<_> = unlisted
            .into_iter()
            .chain(self.years.iter().copied())
            .map(|year| {
                let chosen = year == self.year;
                view! { <option value=year.to_string() selected=chosen>{year.to_string()}</option> }
            })
            .collect();
        let places: Vec<_> = self
            .locations
            .iter()
            .map(|l| {
                let text = l.parent.as_ref().map_or_else(|| l.name.clone(), |parent| format!("{} ({parent})", l.name));
                let chosen = l.code == self.place;
                view! { <option value=l.code.clone() selected=chosen>{text}</option> }
            })
            .collect();
        let all = (!self.limited).then(|| view! { <option value="">{say.t("all-locations")}</option> });
        view! {
            <div class="field"><label for=year_id.clone()>{say.t("field-year")}</label><select id=year_id name="year">{years}</select></div>
            <div class="field"><label for=place_id.clone()>{say.t("field-location")}</label><select id=place_id name="location">{all}{places}</select></div>
        }
        .into_any()
    }
}

pub(super) fn choices(say: Say, prefix: &str, table: &Tracking, limited: bool) -> AnyView {
    let spans = Choices { years: &table.years, year: table.year, locations: &table.locations, place: place_of(table), limited };
    view! { {spans.fields(say, prefix)}{by_choice(say, prefix, table)} }.into_any()
}

/// By which dimension; nothing where no indicator is broken down.
fn by_choice(say: Say, prefix: &str, table: &Tracking) -> AnyView {
    if table.dimensions.is_empty() {
        return ().into_any();
    }
    let id = format!("{prefix}-by");
    let is = |by: Option<By>| table.by == by;
    let each: Vec<_> = table
        .dimensions
        .iter()
        .map(|d| view! { <option value=d.key.clone() selected=is(Some(By::One(d.key.clone())))>{d.name.say(say.0).to_owned()}</option> })
        .collect();
    view! {
        <div class="field"><label for=id.clone()>{say.t("field-by")}</label><select id=id name="by">
            <option value="" selected=is(None)>{say.t("by-nothing")}</option>{each}
            <option value="*" selected=is(Some(By::All))>{say.t("by-all")}</option></select></div>
    }
    .into_any()
}

fn choose_what(say: Say, action: &str, table: &Tracking, limited: bool) -> AnyView {
    view! {
        <form class="filters no-print" method="get" action=action.to_owned()>
            {choices(say, "tracking", table, limited)}<button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}

fn itt(say: Say, base: &str, table: &Tracking) -> AnyView {
    if table.lines.is_empty() {
        return view! { <div class="empty"><h2>{say.t("tracking-none-title")}</h2><p>{say.t("tracking-none")}</p></div> }.into_any();
    }
    let columns = &table.columns;
    let groups: Vec<_> = columns.iter().map(|c| view! { <th scope="colgroup" colspan="3" class="q">{column(&c.key)}</th> }).collect();
    let heads: Vec<_> = columns
        .iter()
        .map(|_| {
            view! { <th scope="col" class="num q">{say.t("col-target")}</th><th scope="col" class="num">{say.t("col-actual")}</th><th scope="col" class="num">"%"</th> }
        })
        .collect();
    let place = place_of(table);
    let width = (columns.len() * 3 + 4).to_string();
    let loose = table.lines.iter().filter(|line| line.indicator.node.is_none()).peekable();
    let bodies = table.nodes.iter().map(|node| {
        let lines: Vec<_> = table.lines.iter().filter(|line| line.indicator.node == Some(node.id)).collect();
        (Some(format!("{} {}", node.number, node.title)), lines)
    });
    let bodies: Vec<_> = bodies
        .chain(std::iter::once((None, loose.collect())))
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| {
            let rows: Vec<_> = lines.into_iter().map(|line| row(say, base, place, line)).collect();
            let width = width.clone();
            view! {
                <tbody>{title.map(|title| view! { <tr class="result"><th scope="rowgroup" colspan=width><span>{title}</span></th></tr> })}{rows}</tbody>
            }
        })
        .collect();
    let caption = say.with("tracking-caption", &[("year", &table.year.to_string())]);
    view! {
        <p class="row small muted"><span class="prov">"1,234"</span>" "{say.t("provisional-note")}</p>
        {parts::legend(say)}
        <div class="scroll tall" role="region" aria-label=caption.clone() tabindex="0"><table class="itt">
            <caption class="visually-hidden">{caption.clone()}</caption>
            <thead><tr><th scope="col" rowspan="2">{say.t("col-indicator")}</th><th scope="col" rowspan="2" class="num">{say.t("col-baseline")}</th>
                <th scope="col" rowspan="2" class="num">{say.t("col-end-target")}</th>
                {groups}<th scope="col" rowspan="2">{say.t("col-trend")}</th></tr><tr>{heads}</tr></thead>
            {bodies}
        </table></div>
    }
    .into_any()
}

/// Whether a year's target may be drawn beside the figures of its periods: where periods are added up, it is many times them.
fn shares_scale(method: &Method) -> bool {
    method.accumulation != Accumulation::NonCumulative || method.periods != AggPeriods::Sum
}

fn row(say: Say, base: &str, place: &str, line: &Line) -> AnyView {
    let indicator = &line.indicator;
    let decimals = indicator.method.decimals;
    let figures: Vec<_> = line.cells.iter().map(|cell| cells_of(say, base, place, line, cell)).collect();
    let points: Vec<_> = line.trend.iter().map(|point| point.actual).collect();
    let target = line.cells.last().and_then(|cell| cell.target).filter(|_| shares_scale(&indicator.method));
    let label = say.with("trend-label", &[("indicator", &indicator.title)]);
    view! {
        <tr><th scope="row"><code>{indicator.code.clone()}</code>" "<small>{indicator.unit.clone()}</small>
                <a href=format!("{base}/indicators/{}", indicator.code)>{indicator.title.clone()}</a>{parts::unweighted(say, indicator.method.is_unweighted())}</th>
            <td class="num">{parts::figure(say, indicator.method.baseline, decimals)}</td>
            <td class="num">{parts::figure(say, indicator.eop_target, decimals)}</td>
            {figures}
            <td>{chart::sparkline(&points, target, &label)}</td></tr>
        {line.groups.iter().map(|group| group_row(say, decimals, group)).collect_view()}
    }
    .into_any()
}

/// A row beneath the indicator: the figures of one value of a dimension.
fn group_row(say: Say, decimals: u32, group: &Group) -> AnyView {
    let dimension = group.dimension_name.say(say.0).to_owned();
    let label = group.label.as_ref().map_or_else(|| say.t("group-not-said"), |label| label.say(say.0).to_owned());
    let figures: Vec<_> = group
        .cells
        .iter()
        .map(|cell| {
            let provisional = cell.provisional.filter(|_| cell.provisional != cell.actual).map(|value| {
                view! { <span class="prov">{figure(value, decimals)}<span class="visually-hidden">" "{say.t("provisional")}</span></span> }
            });
            let shown = (cell.actual.is_some() || cell.provisional.is_some()).then(|| parts::figure(say, cell.actual, decimals));
            view! { <td class="num q"></td><td class="num">{shown}{provisional}</td><td></td> }
        })
        .collect();
    view! {
        <tr class="dim"><th scope="row"><span class="visually-hidden">{dimension}": "</span>{label}</th><td></td><td></td>{figures}<td></td></tr>
    }
    .into_any()
}

fn cells_of(say: Say, base: &str, place: &str, line: &Line, cell: &Cell) -> AnyView {
    if !cell.has_period {
        let blank = || view! { <span class="nil" aria-hidden="true">"·"</span> };
        return view! { <td class="num q">{blank()}</td><td class="num">{blank()}</td><td class="num">{blank()}</td> }.into_any();
    }
    let decimals = line.indicator.method.decimals;
    let address = format!("{base}/tracking/explain?indicator={}&column={}&location={}", line.indicator.code, cell.key, encode(place));
    let label = say.with("explain-label", &[("indicator", &line.indicator.code), ("column", &column(&cell.key))]);
    let provisional = cell.provisional.filter(|_| cell.provisional != cell.actual).map(|value| {
        view! { <span class="prov">{figure(value, decimals)}<span class="visually-hidden">" "{say.t("provisional")}</span></span> }
    });
    let carried = cell.carried.then(|| view! { <small class="muted">{say.t("carried")}</small> });
    let restated = cell.restated.as_ref().map(|told| {
        let was = told.was.map_or_else(|| "–".to_owned(), |was| figure(was, decimals));
        let title = say.with("restated-in", &[("report", &told.report), ("day", &day(say, told.at.date_naive()))]);
        let spoken = title.clone();
        view! { <small class="muted" title=title>{say.with("restated", &[("was", &was)])}<span class="visually-hidden">" "{spoken}</span></small> }
    });
    let flag = cell.self_verified.then(|| view! { <abbr title=say.t("self-verified")>"*"</abbr> });
    view! {
        <td class="num q">{parts::figure(say, cell.target, decimals)}</td>
        <td class="num"><a href=address>{parts::figure(say, cell.actual, decimals)}<span class="visually-hidden">" "{label}</span></a>{flag}{carried}{provisional}{restated}</td>
        <td class="num">{parts::figure(say, cell.achievement, 1)}" "{parts::rag(say, cell.rag.as_str(), true)}</td>
    }
    .into_any()
}

/// Columns of a year, for other pages.
#[must_use]
pub fn spans(years: &[i32]) -> Vec<(String, String)> {
    years.iter().flat_map(|year| Column::of_year(*year)).map(|c| (c.key.clone(), column(&c.key))).collect()
}
