//! "Explain this number": what a figure of the tracking table is made of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::envelopes::{self, Remark};
use super::indicators::{self, Indicator};
use super::periods::{self, Period};
use super::progress::{
    self, Accumulation, Basis, Entry, Exclusion, Explanation, Method, Overflow, Rag, Scope, Working, rag, target_across_periods, working,
};
use super::tracking::Column;
use super::values::counted;
use super::{Project, locations};
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{LocationId, ValueId};

/// A value behind the figure.
#[derive(Clone, Debug)]
pub struct Input {
    /// The value.
    pub id: ValueId,
    /// The location's name.
    pub location: Option<String>,
    /// The period's name.
    pub period: String,
    /// The figure.
    pub value: Option<Decimal>,
    /// The numerator.
    pub num: Option<Decimal>,
    /// The denominator.
    pub den: Option<Decimal>,
    /// Who submitted it.
    pub submitted_by: Option<String>,
    /// Who verified it.
    pub verified_by: Option<String>,
    /// When it was verified.
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether the same person submitted and verified it.
    pub self_verified: bool,
    /// Why it does not count; none if it does.
    pub excluded: Option<Exclusion>,
}

/// What a figure is made of.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The project.
    pub project: Project,
    /// The indicator.
    pub indicator: Indicator,
    /// The column.
    pub column: Column,
    /// The location; none for all together.
    pub location: Option<String>,
    /// The periods within the column, in order of time.
    pub periods: Vec<String>,
    /// Steps and result.
    pub explanation: Explanation<Uuid>,
    /// Names of the places that the steps speak of.
    pub places: HashMap<Uuid, String>,
    /// The target.
    pub target: Option<Decimal>,
    /// How actual and target were compared.
    pub working: Working,
    /// The colour.
    pub rag: Rag,
    /// Every value, at most 2,000.
    pub inputs: Vec<Input>,
    /// What the project says of the periods of the column, of all places together.
    pub remarks: Vec<Remark>,
}

/// Explains a figure: an indicator's code, a column's key, a location's code (none: all together).
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn figure(cx: &Cx, project: &str, indicator: &str, column: &str, location: Option<&str>) -> Result<Explained> {
    let column = Column::parse(column).ok_or(Error::NotFound)?;
    let (mut r, project) = super::open(cx, project, Can::ViewTracking).await?;
    let within = r.scope.locations().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let known = locations::of_project(r.conn(), project.id, within.as_deref()).await?;
    let location = match location.filter(|code| !code.is_empty()) {
        Some(code) => Some(known.iter().find(|l| l.code == code).ok_or(Error::NotFound)?.clone()),
        None if within.is_some() => return Err(Error::NotFound),
        None => None,
    };
    let id = sqlx::query_scalar!("select id from app.indicator where project_id = $1 and code = $2", project.id.0, indicator)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let indicator = indicators::of_project(r.conn(), project.id, Some(&[id])).await?.pop().ok_or(Error::NotFound)?;
    let (span, first) = span(periods::of_project(r.conn(), project.id).await?, &indicator, &column);
    let period_ids: Vec<Uuid> = span.iter().map(|p| p.id.0).collect();
    let only = location.as_ref().map(|l| l.id);
    let mut entries = Vec::new();
    for value in counted(r.conn(), project.id, &[id], &period_ids).await?.iter().filter(|v| only.is_none() || v.location == only) {
        if let Some(at) = span.iter().position(|p| p.id == value.period) {
            let entry = value.entry(&indicator, at, span[at].end)?;
            // a place explained by itself is all there is: nothing is combined across places
            entries.push(if only.is_some() { Entry { location: None, ..entry } } else { entry });
        }
    }
    let explanation = explain(&indicator.method, span.len(), first, &entries).map_err(|_| Error::Rule("figure_too_large"))?;
    let (inputs, targets) =
        (inputs(r.conn(), id, &period_ids, only, &explanation).await?, targets(r.conn(), id, &span[first..], only).await?);
    let of_column: Vec<_> = span[first..].iter().map(|p| p.id).collect();
    let remarks = if only.is_none() { envelopes::remarks_of(r.conn(), indicator.id, &of_column).await? } else { Vec::new() };
    let target = target_across_periods(&indicator.method, &targets).map_err(|_| Error::Rule("figure_too_large"))?;
    let actual = explanation.result.map(progress::Figure::value);
    let ended = column.end < cx.today();
    Ok(Explained {
        working: working(&indicator.method, actual, target),
        rag: rag(&indicator.method, actual, target, ended),
        places: known.into_iter().map(|l| (l.id.0, l.name)).collect(),
        location: location.map(|l| l.name),
        periods: span.into_iter().map(|p| p.name).collect(),
        project,
        indicator,
        column,
        explanation,
        target,
        inputs,
        remarks,
    })
}

/// The periods that a figure of a column is made of, and where among them the column begins: sums up to a period and
/// running totals hold what came before it.
fn span(all: Vec<Period>, indicator: &Indicator, column: &Column) -> (Vec<Period>, usize) {
    let reaches_back = indicator.method.accumulation != Accumulation::NonCumulative;
    let span: Vec<Period> = all
        .into_iter()
        .filter(|p| p.kind == indicator.frequency && p.end <= column.end && (reaches_back || p.start >= column.start))
        .collect();
    let first = span.iter().position(|p| p.start >= column.start).unwrap_or(span.len());
    (span, first)
}

/// The way to the figure of the periods from `first` on, as the table combines them: where figures hold what came before,
/// the last one of the column stands.
fn explain(method: &Method, periods: usize, first: usize, entries: &[Entry<Uuid>]) -> Result<Explanation<Uuid>, Overflow> {
    let scope = if method.accumulation == Accumulation::NonCumulative {
        Scope::EndOfProject
    } else {
        let totals = progress::series(method, periods, entries, Basis::Official)?.periods;
        let last = totals.iter().skip(first).rposition(|period| period.total.is_some());
        Scope::Period(last.map_or(periods, |at| first + at))
    };
    progress::explain(method, periods, entries, Basis::Official, scope)
}

async fn targets(
    conn: &mut sqlx::PgConnection,
    indicator: Uuid,
    span: &[Period],
    location: Option<LocationId>,
) -> Result<Vec<Option<Decimal>>> {
    let rows = sqlx::query!(
        "select period_id, target from app.period_rollup where indicator_id = $1 and location_id is not distinct from $2",
        indicator,
        location.map(|l| l.0)
    )
    .fetch_all(conn)
    .await?;
    Ok(span.iter().filter_map(|p| rows.iter().find(|row| row.period_id == p.id.0).map(|row| row.target)).collect())
}

async fn inputs(
    conn: &mut sqlx::PgConnection,
    indicator: Uuid,
    periods: &[Uuid],
    location: Option<LocationId>,
    explanation: &Explanation<Uuid>,
) -> Result<Vec<Input>> {
    let why: HashMap<u128, Exclusion> = explanation.excluded.iter().map(|e| (e.entry.sequence, e.reason)).collect();
    let rows = sqlx::query!(
        r#"select v.id as "id: ValueId", l.name as "location?", p.name as "period", v.value, v.num, v.den, s.name as "submitted_by?", w.name as "verified_by?",
             v.verified_at, v.self_verified
           from (select * from app.indicator_value
                 where indicator_id = $1 and period_id = any ($2) and ($3::uuid is null or location_id = $3)
                   and status in ('submitted', 'verified') and deleted_at is null
                 order by id limit 2000) v
           join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
           left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
           left join gate.people() s on s.id = v.submitted_by
           left join gate.people() w on w.id = v.verified_by
           order by p.start_date, l.name"#,
        indicator,
        periods,
        location.map(|l| l.0)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Input {
            excluded: why.get(&row.id.0.as_u128()).copied(),
            id: row.id,
            location: row.location,
            period: row.period,
            value: row.value,
            num: row.num,
            den: row.den,
            submitted_by: row.submitted_by,
            verified_by: row.verified_by,
            verified_at: row.verified_at,
            self_verified: row.self_verified,
        })
        .collect())
}
