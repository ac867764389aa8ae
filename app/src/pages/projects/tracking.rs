//! The indicator tracking table.

mod rows;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use server::access::{Can, Cx, decide};
use server::audit::filters::Page;
use server::kernel::error::Result;
use server::kernel::ids::ProjectId;
use server::projects::locations::Location;
use server::projects::tracking::{self, By, Column, Tracking};

use self::rows::Words;
use super::{Tab, head};
use crate::answers::{Answer, encode};
use crate::format::column;
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
pub async fn show(mut visit: Visit, Path((org, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let cx = visit.cx(&org).await?;
    let (table, kept) = tracking::page(&cx, &code, asked.year.parse().ok(), Some(&asked.location), By::parse(&asked.by)).await?;
    let say = visit.say;
    let base = format!("/o/{org}/projects/{code}");
    let figures = itt(say, &base, &table)?;
    let top = head(say, &cx, &table.project, Tab::Tracking);
    let may_export = cx.may(Can::ExportTracking(table.project.id));
    let limited = is_limited(&cx, table.project.id);
    let page = Page::of_project(&table.project.code, "tracking");
    let flash = visit.flash(cx.actor().user()).await?;
    let keep = Sheet::new(&visit, "filters/keep", flash.as_ref());
    let query = query_of(&[("year", &asked.year), ("location", &asked.location), ("by", &asked.by)]);
    Ok(visit.inside(&cx, Nav::Projects).wide().show(&say.t("tab-tracking"), move || {
        let unweighted = table.lines.iter().any(|line| line.indicator.method.is_unweighted());
        view! {
            {top}
            {parts::generated(say, table.project.generated_data)}
            {choose_what(say, &format!("{base}/tracking"), &table, limited)}
            {kept::kept(say, &org, &page, &keep, &kept, &query)}
            {figures}
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

fn itt(say: Say, base: &str, table: &Tracking) -> Result<AnyView> {
    if table.lines.is_empty() {
        return Ok(view! { <div class="empty"><h2>{say.t("tracking-none-title")}</h2><p>{say.t("tracking-none")}</p></div> }.into_any());
    }
    let columns = &table.columns;
    let words = Words::of(say, base, table);
    let groups: Vec<_> =
        words.columns().iter().map(|name| view! { <th scope="colgroup" colspan="3" class="q">{name.clone()}</th> }).collect();
    let heads: Vec<_> = columns
        .iter()
        .map(|_| {
            view! { <th scope="col" class="num q">{say.t("col-target")}</th><th scope="col" class="num">{say.t("col-actual")}</th><th scope="col" class="num">"%"</th> }
        })
        .collect();
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
            let heading = title.map(|title| {
                view! { <tr class="result"><th scope="rowgroup" colspan=width.clone()><span>{title}</span></th></tr> }.to_html()
            });
            // markup of a template and of a view, both of which escape what they are given
            Ok(view! { <tbody inner_html=heading.unwrap_or_default() + &words.rows(&lines)?></tbody> })
        })
        .collect::<Result<_>>()?;
    let caption = say.with("tracking-caption", &[("year", &table.year.to_string())]);
    Ok(view! {
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
    .into_any())
}

/// Columns of a year, for other pages.
#[must_use]
pub fn spans(years: &[i32]) -> Vec<(String, String)> {
    years.iter().flat_map(|year| Column::of_year(*year)).map(|c| (c.key.clone(), column(&c.key))).collect()
}
