//! What was typed on the entry page, read and checked before anything is written.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::super::disaggregation::{Cells, Scheme, Schemes};
use super::super::indicators::Indicator;
use super::super::periods::Period;
use super::super::progress::{Figure, FigureFault, Kind, Method, Parts, Quantity};
use crate::kernel::error::{Fault, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::IndicatorId;
use crate::kernel::text;

/// A figure as typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The indicator.
    pub indicator: String,
    /// The figure; empty for none.
    pub value: String,
    /// The numerator.
    pub num: String,
    /// The denominator.
    pub den: String,
    /// What was counted of each group: of a cell's key, the figure, or numerator and denominator.
    pub cells: Vec<TypedCell>,
    /// A remark.
    pub comment: String,
    /// The version that was shown; empty for a new value.
    pub row_version: String,
    /// The total that was shown, where it had been worked out of its cells: typed again, it is worked out anew.
    pub stood: String,
}

/// A cell as typed.
#[derive(Clone, Debug, Default)]
pub struct TypedCell {
    /// Its key.
    pub key: String,
    /// The figure; empty for none.
    pub value: String,
    /// The numerator.
    pub num: String,
    /// The denominator.
    pub den: String,
}

/// A figure that may be written.
pub(super) struct Parsed {
    pub(super) indicator: IndicatorId,
    pub(super) value: Option<Decimal>,
    pub(super) num: Option<Decimal>,
    pub(super) den: Option<Decimal>,
    pub(super) cells: Cells,
    pub(super) comment: String,
    pub(super) row_version: Option<i32>,
}

impl Parsed {
    /// Whether anything is said: a figure, or cells of one.
    pub(super) fn has_figure(&self) -> bool {
        self.value.is_some() || self.num.is_some() || !self.cells.is_empty()
    }
}

/// By what figures of a period are broken down, and the cells that they have already.
pub(super) struct Asked<'a> {
    pub(super) schemes: &'a Schemes,
    pub(super) reported: &'a HashMap<IndicatorId, Cells>,
    pub(super) period: &'a Period,
}

impl Asked<'_> {
    /// The scheme of an indicator, with values that are asked for no more where they were reported.
    fn scheme(&self, indicator: IndicatorId) -> Option<Scheme> {
        let scheme = self.schemes.at(indicator, self.period.start)?;
        Some(self.reported.get(&indicator).map_or_else(|| scheme.clone(), |cells| scheme.with_those_of(cells)))
    }
}

/// Every line of the page. A draft may lack cells, and the total that is worked out of them; nothing of it may be wrong.
pub(super) fn parse(typed: &[Typed], indicators: &[Indicator], asked: &Asked<'_>, submit: bool) -> Result<Vec<Parsed>> {
    let mut bad = Invalid::default();
    let mut out = Vec::new();
    for line in typed {
        let indicator = line.indicator.parse::<IndicatorId>().ok();
        let Some(indicator) = indicators.iter().find(|i| Some(i.id) == indicator && i.frequency == asked.period.kind) else {
            bad.note("indicator", "not_found");
            continue;
        };
        out.extend(parse_line(&mut bad, line, indicator, asked, submit));
    }
    bad.check()?;
    Ok(out)
}

fn parse_line(bad: &mut Invalid, line: &Typed, indicator: &Indicator, asked: &Asked<'_>, submit: bool) -> Option<Parsed> {
    let key = |part: &str| format!("{part}-{}", indicator.id);
    let value = bad.keep(&key("value"), figure(&line.value)).flatten();
    let num = bad.keep(&key("num"), figure(&line.num)).flatten();
    let den = bad.keep(&key("den"), figure(&line.den)).flatten();
    let comment = bad.keep(&key("comment"), text::prose(&line.comment, 2000)).unwrap_or_default();
    if num.is_some() != den.is_some() {
        bad.note(&key(if num.is_some() { "den" } else { "num" }), "fraction_incomplete");
        return None;
    }
    if indicator.needs_fraction() && value.is_some() {
        bad.note(&key("value"), "fraction_needed");
    }
    let total_field = key(if indicator.needs_fraction() { "num" } else { "value" });
    let mut cells = Cells::default();
    let mut total = Total { value, num, den };
    let is_typed = |cell: &TypedCell| [&cell.value, &cell.num, &cell.den].iter().any(|text| !text.trim().is_empty());
    if let Some(scheme) = &asked.scheme(indicator.id) {
        cells = cells_as_typed(bad, indicator, scheme, &line.cells, &|part, cell| format!("{part}-{}-{cell}", indicator.id))?;
        if scheme.makes_the_total(&indicator.method) && !cells.is_empty() && total.text() == line.stood.trim() {
            total = Total::default();
        }
        match settle(&indicator.method, scheme, total, &cells, submit) {
            Ok(settled) => total = settled,
            Err(faults) => {
                let first = if indicator.needs_fraction() { "cellnum" } else { "cell" };
                for (cell, fault) in faults {
                    bad.note(&cell.map_or_else(|| total_field.clone(), |cell| format!("{first}-{}-{cell}", indicator.id)), fault);
                }
            }
        }
    }
    if asked.schemes.at(indicator.id, asked.period.start).is_none() && line.cells.iter().any(is_typed) {
        // somebody changed by what it is broken down, since the page was opened
        bad.note(&total_field, "not_broken_down");
    }
    let Total { value, num, den } = total;
    if let Err(fault) = Figure::read(indicator.method.kind, value, num, den) {
        bad.note(&key(if num.is_some() { "den" } else { "value" }), fault_code(fault));
    }
    Some(Parsed { indicator: indicator.id, value, num, den, cells, comment, row_version: line.row_version.trim().parse().ok() })
}

/// The total of a figure, as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    /// The figure.
    pub value: Option<Decimal>,
    /// The numerator.
    pub num: Option<Decimal>,
    /// The denominator.
    pub den: Option<Decimal>,
}

impl From<Quantity> for Total {
    fn from(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Number(value) => Self { value: Some(value), ..Self::default() },
            Quantity::Parts(Parts { num, den }) => Self { value: None, num: Some(num), den: Some(den) },
        }
    }
}

impl Total {
    /// The same as what a total or a cell holds; none where nothing is said.
    pub(crate) fn quantity(self) -> Option<Quantity> {
        match (self.num, self.den) {
            (Some(num), Some(den)) => Some(Quantity::Parts(Parts { num, den })),
            _ => self.value.map(Quantity::Number),
        }
    }

    /// As the page says that it stood.
    pub fn text(self) -> String {
        let text = |number: Decimal| number.normalize().to_string();
        match (self.value, self.num, self.den) {
            (_, Some(num), Some(den)) => format!("{}/{}", text(num), text(den)),
            (value, _, _) => value.map(text).unwrap_or_default(),
        }
    }
}

/// The total that agrees with these cells, worked out of them where they make it. A draft may lack cells, and a total.
///
/// # Errors
/// Every fault found: of which cell, or of the total where it is of none.
pub(crate) fn settle(
    method: &Method,
    scheme: &Scheme,
    total: Total,
    cells: &Cells,
    submit: bool,
) -> Result<Total, Vec<(Option<String>, Fault)>> {
    let typed = Quantity::read(method.kind, total.value, total.num, total.den).map_err(|fault| vec![(None, fault_code(fault))])?;
    let mut faults = Vec::new();
    let settled = match scheme.check(method, typed, cells) {
        Ok(breakdown) => breakdown.total.map_or(total, Total::from),
        Err(found) => {
            faults = found;
            total
        }
    };
    let has_total = settled != Total::default();
    if has_total && scheme.required && cells.is_empty() {
        faults.push((None, "breakdown_required"));
    } else if scheme.required && !cells.is_empty() {
        let lacks = scheme.cells().into_iter().filter(|cell| cells.get(&cell.key).is_none()).map(|cell| (Some(cell.key), "cell_missing"));
        let unsaid: Vec<_> = lacks.filter(|fault| !faults.contains(fault)).collect();
        faults.extend(unsaid);
    }
    if !has_total && !cells.is_empty() && faults.is_empty() {
        faults.push((None, "total_missing"));
    }
    // a draft may be unfinished
    let unfinished = |fault: Fault| matches!(fault, "cell_missing" | "total_missing" | "breakdown_required");
    faults.retain(|(_, fault)| submit || !unfinished(fault));
    if faults.is_empty() { Ok(settled) } else { Err(faults) }
}

/// The cells of a figure; `name` names an input by its part (`cell`, `cellnum`, `cellden`) and the key of its cell.
pub(crate) fn cells_as_typed(
    bad: &mut Invalid,
    indicator: &Indicator,
    scheme: &Scheme,
    typed: &[TypedCell],
    name: &dyn Fn(&str, &str) -> String,
) -> Option<Cells> {
    let (mut cells, mut sound) = (Cells::default(), true);
    for cell in typed {
        let [value, num, den] = [("cell", &cell.value), ("cellnum", &cell.num), ("cellden", &cell.den)]
            .map(|(part, text)| (name(part, &cell.key), figure(text)))
            .map(|(name, parsed)| bad.keep(&name, parsed));
        let (Some(value), Some(num), Some(den)) = (value, num, den) else {
            sound = false;
            continue;
        };
        if value.is_none() && num.is_none() && den.is_none() {
            continue;
        }
        let first = name(if indicator.needs_fraction() { "cellnum" } else { "cell" }, &cell.key);
        let negative = indicator.method.kind == Kind::Number && value.is_some_and(|value| value < Decimal::ZERO);
        let fault = if !scheme.asks(&cell.key) {
            Some("not_found")
        } else if num.is_some() != den.is_some() {
            Some("fraction_incomplete")
        } else if indicator.needs_fraction() && value.is_some() {
            Some("fraction_needed")
        } else if negative {
            Some("cell_negative")
        } else {
            None
        };
        match (fault, Quantity::read(indicator.method.kind, value, num, den)) {
            (None, Ok(Some(quantity))) => cells.set(cell.key.clone(), quantity),
            (fault, _) => {
                bad.note(&first, fault.unwrap_or("figure_not_valid"));
                sound = false;
            }
        }
    }
    sound.then_some(cells)
}

fn fault_code(fault: FigureFault) -> Fault {
    tracing::debug!(?fault, "figure refused");
    "figure_not_valid"
}
