//! A project's dashboard: where each indicator stands, the trend of those that matter most, which periods are complete, and one
//! indicator on the map. What it shows of a figure is what the tracking table shows.

mod completeness;
mod map;
mod organisation;

pub use completeness::Completeness;
pub use map::{Map, MapPlace};
pub use organisation::{Organisation, ProjectStanding, organisation};

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::Project;
use super::dimensions::Dimension;
use super::disaggregation;
use super::framework::Node;
use super::indicators::Indicator;
use super::locations::Location;
use super::progress::{Method, Rag, rag};
use super::tracking::{self, By, Frame, Line};
use crate::access::{Can, Cx, Reader};
use crate::audit::filters::{self, Page, SavedFilter};
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};

/// Indicators whose trend is drawn at the most.
pub const MOST_TRENDS: usize = 12;
/// Where no indicator is marked as key: so many, in their order.
const FIRST: usize = 6;

/// How many indicators have each colour, in the order of [`Rag::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours([usize; Rag::ALL.len()]);

impl Colours {
    /// One more of a colour.
    pub fn add(&mut self, rag: Rag) {
        if let Some(at) = Rag::ALL.iter().position(|other| *other == rag) {
            self.0[at] += 1;
        }
    }

    /// Each colour with how many there are of it.
    pub fn each(&self) -> impl Iterator<Item = (Rag, usize)> + '_ {
        Rag::ALL.iter().copied().zip(self.0)
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.iter_mut().zip(others.0).for_each(|(count, more)| *count += more);
        self
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

impl FromIterator<Rag> for Colours {
    fn from_iter<I: IntoIterator<Item = Rag>>(colours: I) -> Self {
        let mut out = Self::default();
        colours.into_iter().for_each(|rag| out.add(rag));
        out
    }
}

/// What is shown.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The project.
    pub project: Project,
    /// The framework.
    pub nodes: Vec<Node>,
    /// Years that have periods, newest first.
    pub years: Vec<i32>,
    /// The year shown.
    pub year: i32,
    /// The locations that this person may see.
    pub locations: Vec<Location>,
    /// The location shown; none for all together.
    pub location: Option<Location>,
    /// Every indicator with its figures of the year.
    pub lines: Vec<Line>,
    /// The indicators that are marked as key.
    pub key: Vec<IndicatorId>,
    /// Of each indicator whether any of its periods is over, and what was recorded or planned for the last of them.
    last: HashMap<IndicatorId, (bool, Option<Stood>)>,
    /// The periods of the year.
    pub completeness: Vec<Completeness>,
    /// One indicator by place; none where there is no indicator.
    pub map: Option<Map>,
}

impl Dashboard {
    /// The colour of an indicator: how it stood in the last of its periods that is over, up to the end of the year shown.
    #[must_use]
    pub fn colour(&self, line: &Line) -> Rag {
        let (any_is_over, recorded) = self.last.get(&line.indicator.id).copied().unwrap_or_default();
        stands(&line.indicator.method, any_is_over, recorded)
    }

    /// The indicators whose trend is drawn: those that are key; where none is, the first that have figures.
    #[must_use]
    pub fn drawn(&self) -> Vec<&Line> {
        let has_figures = |line: &&Line| line.trend.iter().any(|point| point.provisional.is_some());
        let key: Vec<_> = self.lines.iter().filter(|line| self.key.contains(&line.indicator.id)).take(MOST_TRENDS).collect();
        if key.is_empty() { self.lines.iter().filter(has_figures).take(FIRST).collect() } else { key }
    }

    /// Breaks those down whose trend is drawn, by each of their dimensions, as the tracking table does. Two statements.
    ///
    /// # Errors
    /// Refusal, or the database's.
    pub async fn break_down(&mut self, cx: &Cx) -> Result<()> {
        let mut r = cx.read(Can::ViewTracking(self.project.id)).await?;
        let schemes = disaggregation::of_project(r.conn(), self.project.id, None).await?;
        let dimensions: Vec<Dimension> = schemes.dimensions().into_iter().cloned().collect();
        let mut drawn: Vec<Line> = self.drawn().into_iter().cloned().collect();
        let place = self.location.as_ref().map(|location| location.id);
        tracking::break_down(&mut r, self.project.id, self.year, place, &By::All, &dimensions, &mut drawn).await?;
        for line in drawn {
            if let Some(shown) = self.lines.iter_mut().find(|shown| shown.indicator.id == line.indicator.id) {
                shown.groups = line.groups;
            }
        }
        Ok(())
    }
}

/// Figure and target of a period.
pub(super) type Stood = (Option<Decimal>, Option<Decimal>);

/// How an indicator stands, by the last of its periods that is over, if any is: by what was recorded or planned for it. The one rule of both
/// dashboards, and of what asks for an action.
pub(super) fn stands(method: &Method, any_is_over: bool, recorded: Option<Stood>) -> Rag {
    match recorded {
        _ if !any_is_over => Rag::NotDue,
        None => Rag::NoData,
        Some((actual, target)) => rag(method, actual, target, true),
    }
}

/// The dashboard of a project, of a year, of one location or all, with one indicator on the map. A fixed number of statements.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn project(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, mapped: Option<&str>) -> Result<Dashboard> {
    Ok(read(cx, code, year, location, mapped).await?.1)
}

/// The same with what this person keeps of it under a name, for its page.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn page(
    cx: &Cx,
    code: &str,
    year: Option<i32>,
    location: Option<&str>,
    mapped: Option<&str>,
) -> Result<(Dashboard, Vec<SavedFilter>)> {
    let (mut r, dashboard) = read(cx, code, year, location, mapped).await?;
    let kept = filters::of(&mut r, &Page::of_project(&dashboard.project.code, "dashboard")).await?;
    Ok((dashboard, kept))
}

async fn read(cx: &Cx, code: &str, year: Option<i32>, location: Option<&str>, mapped: Option<&str>) -> Result<(Reader, Dashboard)> {
    let (mut r, project) = super::open(cx, code, Can::ViewTracking).await?;
    let year = year.filter(|year| (1990..=2100).contains(year));
    let Frame { nodes, years, year, locations, location } = tracking::frame(&mut r, &project, year, location).await?;
    let place = location.as_ref().map(|l| l.id);
    let lines = tracking::lines(&mut r, project.id, year, place).await?;
    let key = sqlx::query_scalar!(
        r#"select id as "id: IndicatorId" from app.indicator where project_id = $1 and is_key and status = 'active' and deleted_at is null"#,
        project.id.0
    )
    .fetch_all(r.conn())
    .await?;
    let last = last_of(&mut r, project.id, year, place).await?;
    let completeness = completeness::of_year(&mut r, project.id, year, place).await?;
    let map = match shown_on_map(&lines, &key, mapped) {
        Some(indicator) => Some(map::of_indicator(&mut r, project.id, year, indicator, &locations).await?),
        None => None,
    };
    Ok((r, Dashboard { project, nodes, years, year, locations, location, lines, key, last, completeness, map }))
}

/// What was recorded or planned for the last period of each indicator that was over by the end of a year. The same question as of all
/// projects together in `organisation`, of one place or all.
async fn last_of(
    r: &mut Reader,
    project: ProjectId,
    year: i32,
    location: Option<LocationId>,
) -> Result<HashMap<IndicatorId, (bool, Option<Stood>)>> {
    let rows = sqlx::query!(
        r#"select i.id as "id: IndicatorId", p.id is not null as "any_is_over!", c.period_end is not null as "is_recorded!",
             c.actual as "actual?", c.target as "target?"
           from app.indicator i
           left join (
             select distinct on (o.kind) o.kind, o.id, o.end_date from app.reporting_period o
             where o.project_id = $1 and o.end_date < (select app.today()) and o.end_date <= make_date($2, 12, 31) order by o.kind, o.end_date desc
           ) p on p.kind = i.frequency
           left join app.period_rollup c on c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.period_id = p.id
             and c.period_end = p.end_date and c.location_id is not distinct from $3 and c.dim_key = ''
           where i.project_id = $1 and i.status = 'active' and i.deleted_at is null"#,
        project.0,
        year,
        location.map(|l| l.0)
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.any_is_over, row.is_recorded.then_some((row.actual, row.target))))).collect())
}

/// The indicator that is asked for; else the first that is key, or has a figure.
fn shown_on_map<'a>(lines: &'a [Line], key: &[IndicatorId], asked: Option<&str>) -> Option<&'a Indicator> {
    let named = |code: &str| lines.iter().find(|line| line.indicator.code == code);
    let has_figures = |line: &&Line| line.cells.iter().any(|cell| cell.provisional.is_some());
    let is_key = |line: &&Line| key.contains(&line.indicator.id);
    let found = asked
        .and_then(named)
        .or_else(|| lines.iter().find(|line| is_key(line) && has_figures(line)))
        .or_else(|| lines.iter().find(has_figures))
        .or_else(|| lines.first());
    found.map(|line| &line.indicator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::progress::samples::count;

    #[test]
    fn colours_are_counted() {
        let counted: Colours = [Rag::OnTrack, Rag::OffTrack, Rag::OnTrack].into_iter().collect();
        let of = |colours: Colours, rag| colours.each().find(|(other, _)| *other == rag).map(|(_, n)| n);
        assert_eq!(
            (of(counted, Rag::OnTrack), of(counted, Rag::OffTrack), of(counted, Rag::Over), counted.total()),
            (Some(2), Some(1), Some(0), 3)
        );
        assert_eq!(of(counted.and(counted), Rag::OnTrack), Some(4));
    }

    #[test]
    fn an_indicator_stands_as_it_did_when_its_last_period_was_over() {
        let n = |n: i64| Some(Decimal::from(n));
        let cases = [
            ("no period is over", false, None, Rag::NotDue),
            ("nothing was recorded or planned", true, None, Rag::NoData),
            ("planned alone", true, Some((None, n(10))), Rag::NoData),
            ("recorded alone", true, Some((n(5), None)), Rag::NoTarget),
            ("both", true, Some((n(9), n(10))), Rag::OnTrack),
            ("a measured 0 is a figure", true, Some((n(0), n(10))), Rag::OffTrack),
        ];
        for (name, any_is_over, recorded, expected) in cases {
            assert_eq!(stands(&count(), any_is_over, recorded), expected, "{name}");
        }
    }
}
