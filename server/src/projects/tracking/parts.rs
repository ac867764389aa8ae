//! The rows beneath an indicator: its figures by the values of its dimensions, and what no cell accounts for.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Cell, Column, Line, Rolled, cell};
use crate::access::Reader;
use crate::kernel::error::Result;
use crate::kernel::ids::{IndicatorId, LocationId, ProjectId};
use crate::kernel::wording::Wording;
use crate::projects::dimensions::Dimension;
use crate::projects::progress::{AggLocations, DimensionKind, Method};

/// The figures of one value of a dimension.
#[derive(Clone, Debug)]
pub struct Part {
    /// The dimension's key.
    pub dimension: String,
    /// The dimension's name.
    pub dimension_name: Wording,
    /// How its values relate to the whole.
    pub kind: DimensionKind,
    /// What the value is called; none for what was reported without saying of which value.
    pub label: Option<Wording>,
    /// Its figures, one a column.
    pub cells: Vec<Cell>,
}

/// By which dimensions the table is broken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By each that an indicator has.
    All,
    /// By one, by its key.
    One(String),
}

impl By {
    /// As an address says it; nothing for no breakdown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "all" => Some(Self::All),
            key => Some(Self::One(key.to_owned())),
        }
    }
}

/// Figures by dimension and code.
type ByValue = BTreeMap<(String, String), Vec<Rolled>>;

/// Puts beneath each line its figures by the values of `known` dimensions. One statement, whatever the size.
pub(crate) async fn break_down(
    r: &mut Reader,
    project: ProjectId,
    year: i32,
    location: Option<LocationId>,
    by: &By,
    known: &[Dimension],
    lines: &mut [Line],
) -> Result<()> {
    let columns = Column::of_year(year);
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return Ok(()) };
    let key = match by {
        By::All => None,
        By::One(key) => Some(key.as_str()),
    };
    let rows = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", dimension_key, code, period_start, period_end, actual, num, den, provisional,
             provisional_num, provisional_den
           from app.period_breakdown
           where project_id = $1 and location_id is not distinct from $2 and period_start >= $3 and period_end <= $4
             and ($5::text is null or dimension_key = $5)
           order by period_start"#,
        project.0,
        location.map(|l| l.0),
        first.start,
        last.end,
        key
    )
    .fetch_all(r.conn())
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut found: HashMap<IndicatorId, ByValue> = HashMap::new();
    for row in rows {
        let rolled = Rolled {
            indicator: row.indicator,
            period_name: String::new(),
            period_start: row.period_start,
            period_end: row.period_end,
            actual: row.actual,
            num: row.num,
            den: row.den,
            provisional: row.provisional,
            provisional_num: row.provisional_num,
            provisional_den: row.provisional_den,
            target: None,
            self_verified: false,
            new_data: true,
        };
        found.entry(row.indicator).or_default().entry((row.dimension_key, row.code)).or_default().push(rolled);
    }
    for line in lines {
        if let Some(by_value) = found.remove(&line.indicator.id) {
            line.parts = parts_of(line, &columns, &by_value, known)?;
        }
    }
    Ok(())
}

fn parts_of(line: &Line, columns: &[Column], by_value: &ByValue, known: &[Dimension]) -> Result<Vec<Part>> {
    let mut out = Vec::new();
    for dimension in known {
        let mut parts = Vec::new();
        for value in &dimension.values {
            let Some(rolled) = by_value.get(&(dimension.key.clone(), value.code.clone())) else { continue };
            // colours are of targets, which the whole has: of a part none is judged
            let cells = columns.iter().map(|column| cell(&line.indicator, column, rolled, NaiveDate::MIN)).collect::<Result<_>>()?;
            parts.push(part(dimension, Some(value.label.clone()), cells));
        }
        if parts.is_empty() {
            continue;
        }
        let rest = rest(&line.indicator.method, dimension, &line.cells, &parts);
        out.append(&mut parts);
        out.extend(rest.map(|cells| part(dimension, None, cells)));
    }
    Ok(out)
}

fn part(dimension: &Dimension, label: Option<Wording>, cells: Vec<Cell>) -> Part {
    Part { dimension: dimension.key.clone(), dimension_name: dimension.name.clone(), kind: dimension.kind, label, cells }
}

/// What was reported without saying of which value, where groups make the whole: so that no reader takes the groups for all there is.
fn rest(method: &Method, dimension: &Dimension, whole: &[Cell], parts: &[Part]) -> Option<Vec<Cell>> {
    if dimension.kind == DimensionKind::Overlapping
        || !method.cells_add_up()
        || method.combines_parts()
        || method.locations != AggLocations::Sum
    {
        return None;
    }
    let left = |total: Option<Decimal>, of: &dyn Fn(&Part) -> Option<Decimal>| {
        let known: Decimal = parts.iter().filter_map(of).sum();
        total.map(|total| total - known).filter(|left| *left > Decimal::ZERO)
    };
    let cells: Vec<Cell> = whole
        .iter()
        .enumerate()
        .map(|(at, cell)| Cell {
            actual: left(cell.actual, &|part| part.cells.get(at)?.actual),
            provisional: left(cell.provisional, &|part| part.cells.get(at)?.provisional),
            parts: None,
            target: None,
            achievement: None,
            carried: false,
            ..cell.clone()
        })
        .collect();
    cells.iter().any(|cell| cell.actual.is_some() || cell.provisional.is_some()).then_some(cells)
}
