//! What an indicator achieved: the arithmetic from recorded entries to figures,
//! achievement and colour. Pure functions on exact decimals; nothing is rounded
//! before it is shown, and nothing here knows of a database or a page.

mod achievement;
mod aggregate;
mod disaggregation;
mod entry;
mod explain;
mod figure;
mod fold;
mod method;
mod suppression;
mod text_enum;

#[cfg(test)]
mod disclosure;
#[cfg(test)]
mod judgements;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod vectors;

pub use achievement::{ACHIEVEMENT_DECIMALS, NotAvailable, Rag, Working, achievement, rag, working};
pub use aggregate::{
    LocationFigure, PeriodFigures, Series, across_periods, end_of_project, groups_make_the_whole, last_period_stands, series,
    target_across_periods, target_of_end,
};
pub use disaggregation::{Breakdown, BreakdownFault, DimensionKind, Part, Quantity, check_breakdown, subtotals};
pub use entry::{Basis, Entry, Excluded, Exclusion, inputs_text};
pub use explain::{Explanation, Scope, Step, explain};
pub use figure::{Figure, FigureFault, Overflow, Parts, shown};
pub use method::{Accumulation, AggLocations, AggPeriods, AggWithin, Direction, Formula, Kind, Method, MethodFault, Thresholds};
pub use suppression::{Earlier, Told, hidden};
pub use text_enum::UnknownChoice;
