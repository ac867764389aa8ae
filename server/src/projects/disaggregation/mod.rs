//! By what an indicator's figures are broken down, from which period on, and whether the cells of a figure agree with its total.

mod cells;
mod edit;

pub use cells::{Cells, Margin, key_of, parts_of};
pub use edit::{SchemeForm, set};

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::dimensions::{self, Dimension, DimensionValue};
use super::progress::{Breakdown, BreakdownFault, DimensionKind, Method, Quantity, check_breakdown};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::ids::{DimensionId, IndicatorId, ProjectId};
use crate::kernel::wording::Wording;

/// The most dimensions of an indicator.
pub const MOST_DIMENSIONS: usize = 3;
/// The most cells of a figure: what a person can fill in, and a form can hold.
pub const MOST_CELLS: usize = 120;

/// By what figures are broken down in periods that begin on a day or later, until the next scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The first day; none for from the beginning.
    pub valid_from: Option<NaiveDate>,
    /// The dimensions, in the order shown; none: from then on by nothing.
    pub dimensions: Vec<Dimension>,
    /// Whether nothing is submitted without its cells.
    pub required: bool,
}

/// A cell that is asked for.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    /// Its key.
    pub key: String,
    /// Its values, one a dimension, in the order of the scheme.
    pub values: Vec<&'a DimensionValue>,
}

impl Scheme {
    /// The cells that are asked for, in the order shown: the last dimension runs first.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell<'_>> {
        let mut rows: Vec<Vec<&DimensionValue>> = if self.dimensions.is_empty() { Vec::new() } else { vec![Vec::new()] };
        for dimension in &self.dimensions {
            rows = rows.iter().flat_map(|row| dimension.asked().map(|value| [row.as_slice(), &[value]].concat())).collect();
        }
        let key = |values: &[&DimensionValue]| {
            let parts: Vec<Margin<'_>> =
                self.dimensions.iter().zip(values).map(|(dimension, value)| (dimension.key.as_str(), value.code.as_str())).collect();
            key_of(&parts)
        };
        rows.into_iter().map(|values| Cell { key: key(&values), values }).collect()
    }

    /// Whether the cell of a key is asked for: a value of each dimension.
    #[must_use]
    pub fn asks(&self, key: &str) -> bool {
        let parts: Vec<Margin<'_>> = parts_of(key).collect();
        let asked = |(of, code): &Margin<'_>| self.dimensions.iter().any(|d| d.key == *of && d.asked().any(|v| v.code == *code));
        parts.len() == self.dimensions.len() && key_of(&parts) == key && parts.iter().all(asked)
    }

    /// The same scheme, asking also for values that are asked for no more where these cells have them: what was reported stays.
    #[must_use]
    pub fn with_those_of(&self, cells: &Cells) -> Self {
        let mut scheme = self.clone();
        let reported: Vec<Margin<'_>> = cells.iter().flat_map(|(key, _)| parts_of(key)).collect();
        for dimension in &mut scheme.dimensions {
            for value in &mut dimension.values {
                value.archived &= !reported.contains(&(dimension.key.as_str(), value.code.as_str()));
            }
        }
        scheme
    }

    /// How many cells are asked for.
    #[must_use]
    pub fn size(&self) -> usize {
        if self.dimensions.is_empty() { 0 } else { self.dimensions.iter().map(|dimension| dimension.asked().count()).product() }
    }

    /// How the cells relate to the total. What is crossed with a dimension in which the same person may be twice is counted twice too, and
    /// what is crossed with one that leaves people out leaves them out.
    #[must_use]
    pub fn kind(&self) -> DimensionKind {
        let any = |kind| self.dimensions.iter().any(|dimension| dimension.kind == kind);
        if any(DimensionKind::Overlapping) {
            DimensionKind::Overlapping
        } else if any(DimensionKind::ExclusivePartial) {
            DimensionKind::ExclusivePartial
        } else {
            DimensionKind::ExclusiveExhaustive
        }
    }

    /// Whether the cells make the total, so that it is worked out of them where they are there, and may be left empty.
    #[must_use]
    pub fn makes_the_total(&self, method: &Method) -> bool {
        method.cells_add_up() && self.kind() == DimensionKind::ExclusiveExhaustive
    }

    /// Whether the cells agree with the total, which is worked out of them where they make it.
    ///
    /// # Errors
    /// Every fault found: of which cell, or of the total where it is of none.
    pub fn check(&self, method: &Method, total: Option<Quantity>, cells: &Cells) -> Result<Breakdown, Vec<(Option<String>, Fault)>> {
        if cells.is_empty() {
            return Ok(Breakdown { total, unknown: None, incomplete: true });
        }
        let mut keys: Vec<String> = self.cells().into_iter().map(|cell| cell.key).collect();
        let extra: Vec<String> = cells.iter().map(|(key, _)| key).filter(|key| !self.asks(key)).map(str::to_owned).collect();
        keys.extend(extra);
        let counted: Vec<Option<Quantity>> = keys.iter().map(|key| cells.get(key)).collect();
        check_breakdown(method, self.kind(), total, &counted).map_err(|faults| faults.iter().map(|fault| named(fault, &keys)).collect())
    }

    /// What it says, for telling one moment of a framework from another: keys of dimensions, and the day.
    #[must_use]
    pub fn text(&self) -> String {
        let keys: Vec<&str> = self.dimensions.iter().map(|dimension| dimension.key.as_str()).collect();
        let keys = if keys.is_empty() { "–".to_owned() } else { keys.join(" × ") };
        let from = self.valid_from.map(|day| format!("{day}: ")).unwrap_or_default();
        format!("{from}{keys}{}", if self.required { " !" } else { "" })
    }
}

/// The scheme of a period that begins on a day, of an indicator's in order of time; none where nothing is broken down.
#[must_use]
pub fn scheme_at(schemes: &[Scheme], start: NaiveDate) -> Option<&Scheme> {
    schemes.iter().rfind(|scheme| scheme.valid_from.is_none_or(|day| day <= start)).filter(|scheme| !scheme.dimensions.is_empty())
}

/// What schemes say, in order of time, as one text; empty where there are none.
#[must_use]
pub fn text_of(schemes: &[Scheme]) -> String {
    schemes.iter().map(Scheme::text).collect::<Vec<_>>().join("; ")
}

/// The cell that a fault is of, and its stable code.
fn named(fault: &BreakdownFault, keys: &[String]) -> (Option<String>, Fault) {
    let of = |cell: usize| keys.get(cell).cloned();
    match *fault {
        BreakdownFault::MissingCell { cell } => (of(cell), "cell_missing"),
        BreakdownFault::MissingTotal => (None, "total_missing"),
        BreakdownFault::MixedUp { cell } => (cell.and_then(of), "figure_not_valid"),
        BreakdownFault::TotalDiffers { .. } => (None, "total_differs"),
        BreakdownFault::SumExceedsTotal { .. } => (None, "cells_exceed_total"),
        BreakdownFault::CellExceedsTotal { cell, .. } => (of(cell), "cell_exceeds_total"),
        BreakdownFault::NumeratorExceedsDenominator { cell } => (cell.and_then(of), "numerator_exceeds"),
        BreakdownFault::Overflow => (None, "too_large"),
    }
}

/// The schemes of indicators.
#[derive(Clone, Debug, Default)]
pub struct Schemes(HashMap<IndicatorId, Vec<Scheme>>);

impl Schemes {
    /// The schemes of an indicator, in order of time.
    #[must_use]
    pub fn of(&self, indicator: IndicatorId) -> &[Scheme] {
        self.0.get(&indicator).map_or(&[], Vec::as_slice)
    }

    /// The scheme of a period that begins on a day; none where nothing is broken down.
    #[must_use]
    pub fn at(&self, indicator: IndicatorId, start: NaiveDate) -> Option<&Scheme> {
        scheme_at(self.of(indicator), start)
    }

    /// Every dimension that any of these indicators is or was broken down by, by key.
    #[must_use]
    pub fn dimensions(&self) -> Vec<&Dimension> {
        let mut all: Vec<&Dimension> = self.0.values().flatten().flat_map(|scheme| &scheme.dimensions).collect();
        all.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        all.dedup_by(|a, b| a.id == b.id);
        all
    }

    /// What the schemes of an indicator say, as one text; empty where it has none.
    #[must_use]
    pub fn text(&self, indicator: IndicatorId) -> String {
        text_of(self.of(indicator))
    }
}

/// A cell as it is told to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCell {
    /// What its values are called, one a dimension.
    pub labels: Vec<Wording>,
    /// What was counted.
    pub quantity: Quantity,
}

/// Cells in words, in the order of the values of their dimensions.
#[must_use]
pub fn shown(cells: &Cells, known: &[Dimension]) -> Vec<ShownCell> {
    let mut out: Vec<(Vec<usize>, ShownCell)> = Vec::new();
    for (key, quantity) in cells.iter() {
        let found: Vec<_> = parts_of(key).map(|(of, code)| (known.iter().find(|dimension| dimension.key == of), code)).collect();
        let place = |(dimension, code): &(Option<&Dimension>, &str)| {
            dimension.and_then(|d| d.values.iter().position(|value| value.code == *code)).unwrap_or(usize::MAX)
        };
        let label = |(dimension, code): &(Option<&Dimension>, &str)| {
            dimension.map_or_else(|| Wording::shipped(code, code), |dimension| dimension.label(code))
        };
        out.push((found.iter().map(place).collect(), ShownCell { labels: found.iter().map(label).collect(), quantity }));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out.into_iter().map(|(_, cell)| cell).collect()
}

/// The day that stands for "from the beginning" in the database, where a day is never null so that it can be compared.
const BEGINNING: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("a day");

/// The schemes of a project's indicators, or of those named.
pub(crate) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId, only: Option<&[Uuid]>) -> Result<Schemes> {
    let rows = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", valid_from, first_id as "first: DimensionId", second_id as "second: DimensionId",
             third_id as "third: DimensionId", required
           from app.disaggregation where project_id = $1 and ($2::uuid[] is null or indicator_id = any ($2)) order by valid_from"#,
        project.0,
        only
    )
    .fetch_all(&mut *conn)
    .await?;
    if rows.is_empty() {
        return Ok(Schemes::default());
    }
    let known = dimensions::all(conn).await?;
    let mut out: HashMap<IndicatorId, Vec<Scheme>> = HashMap::new();
    for row in rows {
        let find = |id: DimensionId| {
            known.iter().find(|dimension| dimension.id == id).cloned().ok_or_else(|| Error::Internal(format!("no dimension {id}")))
        };
        let dimensions = [row.first, row.second, row.third].into_iter().flatten().map(find).collect::<Result<_>>()?;
        let valid_from = Some(row.valid_from).filter(|day| *day != BEGINNING);
        out.entry(row.indicator).or_default().push(Scheme { valid_from, dimensions, required: row.required });
    }
    Ok(Schemes(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::DimensionValueId;
    use crate::projects::progress::Kind;
    use crate::projects::progress::samples::{count, percentage};
    use serde_json::{Value, json};

    fn dimension(key: &str, kind: DimensionKind, codes: &[&str]) -> Dimension {
        let value = |code: &&str| DimensionValue {
            id: DimensionValueId::new(),
            code: code.trim_start_matches('-').to_owned(),
            label: Wording::shipped(code, code),
            is_unknown: false,
            archived: code.starts_with('-'),
        };
        Dimension {
            id: DimensionId::new(),
            key: key.into(),
            name: Wording::shipped(key, key),
            kind,
            values: codes.iter().map(value).collect(),
            row_version: 1,
        }
    }

    fn scheme(dimensions: Vec<Dimension>) -> Scheme {
        Scheme { valid_from: None, dimensions, required: false }
    }

    use DimensionKind::{ExclusiveExhaustive as Whole, ExclusivePartial as Partial, Overlapping};

    #[test]
    fn cells_of_a_cross_table_in_the_order_shown() {
        let both = scheme(vec![dimension("sex", Whole, &["f", "m"]), dimension("age", Whole, &["0-4", "-old", "5+"])]);
        let keys: Vec<_> = both.cells().into_iter().map(|cell| cell.key).collect();
        assert_eq!(keys, ["age=0-4|sex=f", "age=5+|sex=f", "age=0-4|sex=m", "age=5+|sex=m"]);
        let table = [
            ("age=0-4|sex=f", true),
            ("age=old|sex=f", false), // asked for no more
            ("sex=f|age=0-4", false),
            ("sex=f", false),
            ("age=0-4|sex=x", false),
            ("age=0-4|sex=f|sex=m", false),
            ("", false),
        ];
        for (key, expected) in table {
            assert_eq!(both.asks(key), expected, "{key}");
        }
        let mut kept = Cells::default();
        kept.set("age=old|sex=f".into(), Quantity::Number(1.into()));
        assert!(both.with_those_of(&kept).asks("age=old|sex=m"), "what was reported of it stays");
        assert_eq!((both.size(), both.with_those_of(&kept).size(), scheme(Vec::new()).size()), (4, 6, 0));
        assert!(scheme(Vec::new()).cells().is_empty());
    }

    #[test]
    fn a_cross_table_is_what_its_weakest_dimension_is() {
        let of = |kinds: &[DimensionKind]| scheme(kinds.iter().map(|kind| dimension("d", *kind, &["a"])).collect()).kind();
        let table = [(vec![Whole, Whole], Whole), (vec![Whole, Partial], Partial), (vec![Partial, Overlapping, Whole], Overlapping)];
        for (kinds, expected) in table {
            assert_eq!(of(&kinds), expected, "{kinds:?}");
        }
    }

    /// Vectors 14 to 17 of the arithmetic, as a person's cells.
    #[test]
    fn cells_agree_with_the_total_or_are_refused_by_name() {
        let checked = |kind, total: Option<i64>, cells: Value| {
            let cells = Cells::read(Kind::Number, &cells).unwrap();
            let total = total.map(|n| Quantity::Number(n.into()));
            scheme(vec![dimension("sex", kind, &["f", "m"])]).check(&count(), total, &cells)
        };
        let total = |n: i64| Some(Quantity::Number(n.into()));
        assert_eq!(checked(Whole, None, json!({"sex=f": "60", "sex=m": "40"})).unwrap().total, total(100));
        assert_eq!(checked(Whole, Some(101), json!({"sex=f": "60", "sex=m": "40"})), Err(vec![(None, "total_differs")]));
        assert_eq!(checked(Whole, None, json!({"sex=f": "60"})), Err(vec![(Some("sex=m".into()), "cell_missing")]));
        let partial = checked(Partial, Some(100), json!({"sex=f": "60", "sex=m": "30"})).unwrap();
        assert_eq!((partial.unknown, partial.incomplete), (total(10), true));
        assert_eq!(checked(Partial, Some(100), json!({"sex=f": "60", "sex=m": "50"})), Err(vec![(None, "cells_exceed_total")]));
        assert_eq!(
            checked(Overlapping, Some(100), json!({"sex=f": "15", "sex=m": "101"})),
            Err(vec![(Some("sex=m".into()), "cell_exceeds_total")])
        );
        assert_eq!(checked(Overlapping, None, json!({"sex=f": "15"})), Err(vec![(None, "total_missing")]));
        let parts = Cells::read(Kind::Percentage, &json!({"sex=f": "30/50", "sex=m": "20/60"})).unwrap();
        let both = scheme(vec![dimension("sex", Whole, &["f", "m"])]).check(&percentage(), None, &parts).unwrap();
        assert_eq!(
            both.total.and_then(|t| t.figure(Kind::Percentage).ok().flatten()).map(|f| f.value().round_dp(2).to_string()),
            Some("45.45".into())
        );
    }

    #[test]
    fn a_scheme_is_of_the_periods_that_begin_after_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let sex = dimension("sex", Whole, &["f"]);
        let id = IndicatorId::new();
        let later = |from: &str, dimensions| Scheme { valid_from: Some(day(from)), dimensions, required: true };
        let all =
            vec![scheme(vec![sex.clone()]), later("2026-01-01", vec![dimension("age", Whole, &["a"]), sex]), later("2027-01-01", vec![])];
        let schemes = Schemes(HashMap::from([(id, all)]));
        let at = |text: &str| schemes.at(id, day(text)).map(Scheme::text);
        assert_eq!(at("2025-12-31"), Some("sex".into()));
        assert_eq!(at("2026-01-01"), Some("2026-01-01: age × sex !".into()));
        assert_eq!(at("2027-04-01"), None);
        assert_eq!(schemes.at(IndicatorId::new(), day("2026-01-01")), None);
        assert_eq!(schemes.text(id), "sex; 2026-01-01: age × sex !; 2027-01-01: – !");
        assert_eq!(schemes.dimensions().len(), 2);
    }
}
