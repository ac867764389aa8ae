//! The activity that a project is: gathered, written, and checked.

use std::collections::HashMap;
use std::path::PathBuf;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use tokio::sync::Semaphore;

use super::check::{self, Finding, Severity};
use super::codes::{dates, measure, result_kind, status};
use super::document::{
    Activity, Baseline, Budget, BudgetStatus, Figure, Indicator as Measured, Location, Organisation, Participant, Period, ResultNode, Role,
    Text, write,
};
use super::mend::Mend;
use super::publication::{self, Publication};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, ProjectId};
use crate::kernel::threads::on_a_thread;
use crate::projects::indicators::{self, Indicator};
use crate::projects::progress::{Direction, shown};
use crate::projects::{Project, framework, locations};

/// Files that are checked at a time: the largest take a second.
static CHECKING: Semaphore = Semaphore::const_new(2);
/// Decimals of a degree with which places are published: about a kilometre. A place may be a shelter.
const PLACE_DECIMALS: u32 = 2;

/// What the checks said.
#[derive(Clone, Debug)]
pub enum Checked {
    /// The standard's schema is not installed here: nothing can be said, and nothing final is given out.
    NoSchema,
    /// The file is larger than can be checked: likewise.
    TooLarge,
    /// Every finding, with the page that mends it; the gravest first.
    Found(Vec<(Finding, Mend)>),
}

impl Checked {
    /// Whether the file may be published: it was checked, and nothing but warnings was found.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Found(found) if found.iter().all(|(finding, _)| finding.severity == Severity::Warning))
    }
}

/// A project's file, with what the checks said of it a moment ago.
#[derive(Clone, Debug)]
pub struct Export {
    /// The project.
    pub project: Project,
    /// What it says of itself.
    pub publication: Publication,
    /// The file.
    pub xml: String,
    /// What the checks said.
    pub checked: Checked,
    /// Indicators that are written.
    pub indicators: usize,
    /// Figures that are written, targets among them.
    pub figures: usize,
}

/// A project's file before it was checked.
struct Gathered {
    project: Project,
    publication: Publication,
    xml: String,
    /// The codes of the indicators that are written, result by result.
    codes: Vec<Vec<String>>,
    figures: usize,
    today: NaiveDate,
}

impl Gathered {
    async fn of(cx: &Cx, code: &str) -> Result<Self> {
        let (mut r, project) = crate::projects::open(cx, code, Can::DraftIati).await?;
        let publication = publication::of_project(r.conn(), project.id).await?;
        let facts = Facts::read(r.conn(), project.id).await?;
        drop(r);
        let (activity, codes) = facts.activity(&project, &publication);
        let periods = activity.results.iter().flat_map(|result| &result.indicators).flat_map(|indicator| &indicator.periods);
        let figures = periods.map(|period| period.targets.len() + period.actuals.len()).sum();
        Ok(Self { project, publication, xml: write(&activity), codes, figures, today: facts.today })
    }

    async fn check(self, schemas: Option<PathBuf>) -> Result<Export> {
        let Self { project, publication, xml, codes, figures, today } = self;
        let indicators = codes.iter().map(Vec::len).sum();
        let (checked, xml) = on_a_thread(&CHECKING, move || (checked(&xml, schemas, today, &codes), xml)).await?;
        Ok(Export { project, publication, xml, checked: checked?, indicators, figures })
    }
}

/// A project's file, checked with the schema that lies in a folder.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn get(cx: &Cx, code: &str, schemas: Option<PathBuf>) -> Result<Export> {
    Gathered::of(cx, code).await?.check(schemas).await
}

fn checked(xml: &str, schemas: Option<PathBuf>, today: NaiveDate, codes: &[Vec<String>]) -> Result<Checked> {
    let failed = |fault: check::Fault| Error::Internal(format!("iati: {fault}"));
    let Some(schemas) = schemas else { return Ok(Checked::NoSchema) };
    let mut found = match check::against_schema(xml, &schemas) {
        Ok(found) => found,
        // a file that cannot be checked is not a failure of who asks for it
        Err(check::Fault::Schemas(why)) => {
            tracing::warn!(%why, "the IATI schema cannot be read");
            return Ok(Checked::NoSchema);
        }
        Err(check::Fault::TooLarge) => return Ok(Checked::TooLarge),
        Err(fault) => return Err(failed(fault)),
    };
    found.extend(check::against_ruleset(xml, today).map_err(failed)?);
    found.sort_by_key(|finding| (finding.severity, finding.line));
    let mended = |finding: Finding| {
        let mend = Mend::of(&finding.place, codes);
        (finding, mend)
    };
    Ok(Checked::Found(found.into_iter().map(mended).collect()))
}

/// The file as it is, whatever the checks say: a draft, to be looked at.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn draft(cx: &Cx, code: &str) -> Result<String> {
    let Gathered { project, xml, .. } = Gathered::of(cx, code).await?;
    let w = cx.write(Can::DraftIati(project.id)).await?;
    log(w, project.id, &xml, false).await?;
    Ok(xml)
}

/// The file that is published.
///
/// # Errors
/// Not found, refusal, `iati_not_checked`, `iati_too_large`, `iati_not_valid`, or the database's.
pub async fn take_out(cx: &Cx, code: &str, schemas: Option<PathBuf>) -> Result<String> {
    let export = get(cx, code, schemas).await?;
    let w = cx.write(Can::PublishIati(export.project.id)).await?;
    match &export.checked {
        Checked::NoSchema => return Err(Error::Rule("iati_not_checked")),
        Checked::TooLarge => return Err(Error::Rule("iati_too_large")),
        checked if !checked.passes() => return Err(Error::Rule("iati_not_valid")),
        Checked::Found(_) => {}
    }
    log(w, export.project.id, &export.xml, true).await?;
    Ok(export.xml)
}

async fn log(w: Writer, project: ProjectId, xml: &str, is_final: bool) -> Result<()> {
    let sha256 = hex(&sha256(xml.as_bytes()));
    w.commit(Event::IatiTakenOut { project, is_final, sha256 }).await
}

/// What the database knows of a project.
struct Facts {
    today: NaiveDate,
    now: DateTime<Utc>,
    language: String,
    currency: String,
    /// What is said of the project's own levels: codes of the standard's list of types of results.
    result_types: Vec<i16>,
    nodes: Vec<framework::Node>,
    places: Vec<locations::Location>,
    indicators: Vec<Indicator>,
    published: HashMap<IndicatorId, Published>,
    periods: HashMap<IndicatorId, Vec<PeriodFigures>>,
    planned: Vec<(NaiveDate, Decimal)>,
}

/// What the sheet of an indicator says of its publication.
struct Published {
    measure: Option<i16>,
    baseline_date: Option<NaiveDate>,
}

/// The figures of an indicator in a period, of all places together: verified ones, and what was planned.
struct PeriodFigures {
    start: NaiveDate,
    end: NaiveDate,
    actual: Option<Decimal>,
    target: Option<Decimal>,
}

impl Facts {
    async fn read(conn: &mut PgConnection, project: ProjectId) -> Result<Self> {
        let head = sqlx::query!(
            r#"select default_locale, currency, framework_result_types, (select app.today()) as "today!", now() as "now!"
               from app.project where id = $1"#,
            project.0
        )
        .fetch_one(&mut *conn)
        .await?;
        let published = sqlx::query!(
            r#"select id as "id: IndicatorId", iati_measure, baseline_date from app.indicator
               where project_id = $1 and status = 'active' and deleted_at is null and iati_export and is_public"#,
            project.0
        )
        .fetch_all(&mut *conn)
        .await?;
        let rows = sqlx::query!(
            r#"select c.indicator_id as "indicator: IndicatorId", c.period_start, c.period_end, c.actual, c.target from app.period_rollup c
               where c.project_id = $1 and c.location_id is null and c.dim_key = '' and (c.actual is not null or c.target is not null)
               order by c.period_end, c.period_start"#,
            project.0
        )
        .fetch_all(&mut *conn)
        .await?;
        let planned = sqlx::query!(
            r#"select a.quarter, sum(a.planned) as "planned!" from app.budget_amount a
               join app.budget_line l on l.tenant_id = a.tenant_id and l.id = a.line_id and l.deleted_at is null
               where a.project_id = $1 and a.planned is not null group by a.quarter order by a.quarter"#,
            project.0
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut periods: HashMap<IndicatorId, Vec<PeriodFigures>> = HashMap::new();
        for row in rows {
            let figures = PeriodFigures { start: row.period_start, end: row.period_end, actual: row.actual, target: row.target };
            periods.entry(row.indicator).or_default().push(figures);
        }
        Ok(Self {
            today: head.today,
            now: head.now,
            language: head.default_locale,
            currency: head.currency,
            result_types: head.framework_result_types,
            nodes: framework::nodes(conn, project).await?,
            places: locations::of_project(conn, project, None).await?,
            indicators: indicators::of_project(conn, project, None).await?,
            published: published
                .into_iter()
                .map(|row| (row.id, Published { measure: row.iati_measure, baseline_date: row.baseline_date }))
                .collect(),
            periods,
            planned: planned.into_iter().map(|row| (row.quarter, row.planned)).collect(),
        })
    }

    /// The activity, and the codes of the indicators that it holds, result by result.
    fn activity(&self, project: &Project, said: &Publication) -> (Activity, Vec<Vec<String>>) {
        let (results, codes) = self.results(project).into_iter().unzip();
        let reporting =
            Organisation { reference: some(&said.reporting_ref), kind: some(&said.reporting_kind), name: said.reporting_name.clone() };
        let mut participants = Vec::new();
        if !said.funder_ref.is_empty() || !said.funder_name.is_empty() {
            let organisation = Organisation { reference: some(&said.funder_ref), kind: None, name: said.funder_name.clone() };
            participants.push(Participant { role: Role::Funding, organisation });
        }
        participants.push(Participant { role: said.role(), organisation: reporting.clone() });
        let activity = Activity {
            reporting_org: reporting,
            identifier: said.identifier.clone(),
            title: self.text(&project.title),
            description: self.text(&project.summary),
            default_language: self.language.clone(),
            default_currency: self.currency.clone(),
            humanitarian: said.humanitarian,
            status: status(&project.status, project.end_date, self.today),
            dates: dates(project),
            participants,
            sectors: said.sector_list(),
            countries: said.country_list(),
            locations: if said.with_places { self.places.iter().map(|place| self.location(place)).collect() } else { Vec::new() },
            budgets: if said.with_budget { self.budgets() } else { Vec::new() },
            results,
            last_updated: self.now,
        };
        (activity, codes)
    }

    fn text(&self, text: &str) -> Vec<Text> {
        vec![Text { language: self.language.clone(), text: text.to_owned() }]
    }

    fn location(&self, place: &locations::Location) -> Location {
        Location {
            reference: Some(place.code.clone()),
            name: self.text(&place.name),
            point: place.point.map(|point| (shown(point.lat, PLACE_DECIMALS), shown(point.lon, PLACE_DECIMALS))),
        }
    }

    fn budgets(&self) -> Vec<Budget> {
        let quarter = |(start, value): &(NaiveDate, Decimal)| {
            let end = start.checked_add_months(chrono::Months::new(3))?.pred_opt()?;
            Some(Budget { start: *start, end, currency: None, value: *value, value_date: *start, status: BudgetStatus::Indicative })
        };
        self.planned.iter().filter_map(quarter).collect()
    }

    /// The results that have indicators to publish, in the order of the framework; indicators of no result are not part of one.
    fn results(&self, project: &Project) -> Vec<(ResultNode, Vec<String>)> {
        let of_node = |node: &framework::Node| {
            let measured: Vec<&Indicator> = self
                .indicators
                .iter()
                .filter(|indicator| indicator.node == Some(node.id) && self.published.contains_key(&indicator.id))
                .collect();
            let result = ResultNode {
                kind: result_kind(&project.template, &project.own_levels, &self.result_types, node.level),
                aggregation: None,
                title: self.text(&node.title),
                description: self.text(&node.description),
                references: Vec::new(),
                indicators: measured.iter().map(|indicator| self.indicator(indicator)).collect(),
            };
            (result, measured.iter().map(|indicator| indicator.code.clone()).collect())
        };
        self.nodes.iter().map(of_node).filter(|(result, _): &(ResultNode, Vec<String>)| !result.indicators.is_empty()).collect()
    }

    fn indicator(&self, indicator: &Indicator) -> Measured {
        let method = &indicator.method;
        let published = self.published.get(&indicator.id);
        // digits beyond those shown would tell what a figure was worked out of
        let figure = |value: Decimal| Figure { value: Some(shown(value, method.decimals)), ..Figure::default() };
        // the standard wants a year: without a day nobody knows it, and the baseline is left out
        let day = published.and_then(|published| published.baseline_date);
        let baseline = method
            .baseline
            .zip(day)
            .and_then(|(value, day)| Some(Baseline { year: u16::try_from(day.year()).ok()?, date: Some(day), figure: figure(value) }));
        let periods = self.periods.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
        Measured {
            measure: measure(method.kind, published.and_then(|published| published.measure)),
            ascending: method.direction != Direction::Decrease,
            aggregation: None,
            title: self.text(&indicator.title),
            description: self.text(&indicator.definition),
            references: Vec::new(),
            baselines: baseline.into_iter().collect(),
            periods: periods
                .iter()
                .map(|period| Period {
                    start: period.start,
                    end: period.end,
                    targets: period.target.map(figure).into_iter().collect(),
                    actuals: period.actual.map(figure).into_iter().collect(),
                })
                .collect(),
        }
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
