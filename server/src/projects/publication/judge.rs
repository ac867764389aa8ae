//! Whether the cells of a row are hidden in a column, whatever they are, groups of a dimension or places: by what the row shows itself and by
//! what earlier reports told of it.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::Datelike;
use rust_decimal::Decimal;

use crate::projects::progress::{Accumulation, Earlier, Method, Told, hidden};
use crate::projects::tracking::Column;

/// What was told of the cells of a row: by column, and by what names a cell.
pub(super) type Columns<N> = HashMap<String, HashMap<N, Told>>;

/// The cells of a row.
pub(super) struct Cells<'a, N> {
    /// What names each.
    pub names: Vec<N>,
    /// How many people, or things, are behind each in a column; none where nothing was reported.
    pub counts: &'a dyn Fn(&str) -> Vec<Option<Decimal>>,
    /// What earlier reports told of them.
    pub told: &'a Columns<N>,
    /// Whether they make the total.
    pub adds_up: bool,
    /// Whether a later column goes on from an earlier one, so that both tell what came in between.
    pub runs: bool,
}

/// Whether the figures of an indicator go on from column to column.
pub(super) fn runs(method: &Method) -> bool {
    method.accumulation != Accumulation::NonCumulative && !method.combines_parts()
}

/// The columns of which it is asked what was told of them, before anything is told in one: of a running total the last columns of the year
/// before tell increments too.
pub(super) fn keys_beside(column: &Column) -> Vec<String> {
    let year = column.start.year();
    [year - 1, year].into_iter().flat_map(Column::of_year).map(|column| column.key).collect()
}

/// What was told of a cell: once hidden, hidden for good.
pub(super) fn told(was_hidden: bool, actual: Option<Decimal>) -> Told {
    match actual {
        _ if was_hidden => Told::Hidden,
        Some(figure) => Told::Figure(figure),
        None => Told::Nothing,
    }
}

/// The columns that are parts of a column: the quarters of a year.
fn parts(column: &Column) -> Vec<Column> {
    let of_year = Column::of_year(column.start.year());
    of_year.into_iter().filter(|part| part.key != column.key && column.holds(part.start, part.end)).collect()
}

impl<N: Eq + Hash> Cells<'_, N> {
    /// Whether each is hidden in a column.
    pub fn hidden_in(&self, column: &Column, threshold: Decimal) -> Vec<bool> {
        // what a quarter hides its year hides too: it is the other quarters and the rest. It may have been told, or be told one day
        let mut already = vec![false; self.names.len()];
        for part in parts(column) {
            let would = hidden(&(self.counts)(&part.key), &[], &[], threshold, self.adds_up);
            let was = self.told_in(&part.key).unwrap_or_default();
            for (at, already) in already.iter_mut().enumerate() {
                *already |= would.get(at) == Some(&true) || was.get(at) == Some(&Told::Hidden);
            }
        }
        let mut earlier: Vec<Earlier> = self.told_in(&column.key).map(|cells| Earlier { same_column: true, cells }).into_iter().collect();
        if self.runs {
            let others = self.told.keys().filter(|key| **key != column.key);
            earlier.extend(others.filter_map(|key| self.told_in(key)).map(|cells| Earlier { same_column: false, cells }));
        }
        hidden(&(self.counts)(&column.key), &already, &earlier, threshold, self.adds_up)
    }

    /// What was told of each in a column; none where nothing was told of any, as before there were such cells.
    fn told_in(&self, key: &str) -> Option<Vec<Told>> {
        let column = self.told.get(key)?;
        let cells: Vec<Told> = self.names.iter().map(|name| column.get(name).copied().unwrap_or(Told::Nothing)).collect();
        cells.iter().any(|cell| *cell != Told::Nothing).then_some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell of a table: `*` hidden, `-` nothing.
    fn read(text: &str) -> Told {
        match text {
            "*" => Told::Hidden,
            "-" => Told::Nothing,
            figure => Told::Figure(figure.parse().unwrap()),
        }
    }

    /// What is shown of `A B C` in a column, of figures by column, after earlier reports told something.
    fn shown(column: &str, figures: &[(&str, &str)], told: &[(&str, &str)], runs: bool) -> String {
        let columns: HashMap<&str, Vec<Option<Decimal>>> = figures
            .iter()
            .map(|(key, row)| (*key, row.split(' ').map(|text| (text != "-").then(|| text.parse().unwrap())).collect()))
            .collect();
        let counts = |key: &str| columns.get(key).cloned().unwrap_or_else(|| vec![None; 3]);
        let told: Columns<&str> = told
            .iter()
            .map(|(key, row)| ((*key).to_owned(), ["A", "B", "C"].into_iter().zip(row.split(' ').map(read)).collect()))
            .collect();
        let cells = Cells { names: vec!["A", "B", "C"], counts: &counts, told: &told, adds_up: true, runs };
        let hidden = cells.hidden_in(&Column::parse(column).unwrap(), Decimal::from(5));
        let text = |(count, hidden): (Option<Decimal>, bool)| match count {
            _ if hidden => "*".to_owned(),
            Some(count) => count.to_string(),
            None => "-".to_owned(),
        };
        counts(column).into_iter().zip(hidden).map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_hidden_stays_so_from_report_to_report() {
        // the column with its figures, what was told before, and what is shown
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: [(&str, Pairs, Pairs, &str); 9] = [
            ("2025-Q1", &[("2025-Q1", "60 40 -")], &[], "60 40 -"),
            ("2025-Q1", &[("2025-Q1", "60 40 3")], &[], "60 * *"),
            ("2025-Q1", &[("2025-Q1", "60 40 30")], &[("2025-Q1", "60 * *")], "60 * *"),
            ("2025-Q1", &[("2025-Q1", "60 40 -")], &[("2025-Q1", "60 * *")], "60 * *"),
            // of another quarter it tells nothing
            ("2025-Q2", &[("2025-Q2", "60 40 30")], &[("2025-Q1", "60 * *")], "60 40 30"),
            // a year is its quarters: one that hides, or was told hiding
            ("2025", &[("2025-Q1", "30 20 2"), ("2025", "60 80 20")], &[], "60 * *"),
            ("2025", &[("2025-Q1", "30 20 9"), ("2025", "60 80 20")], &[("2025-Q1", "30 * *")], "60 * *"),
            ("2025", &[("2024-Q1", "30 20 2"), ("2025", "60 80 20")], &[("2024-Q1", "30 * *")], "60 80 20"),
            // it is plain who came to a column that was told
            ("2025", &[("2025", "60 40 3")], &[("2025", "60 40 -")], "* * *"),
        ];
        for (column, figures, told, expected) in cases {
            assert_eq!(shown(column, figures, told, false), expected, "{column}: {figures:?} after {told:?}");
        }
    }

    #[test]
    fn a_running_total_is_judged_by_the_columns_of_this_year_and_the_last() {
        let before = |key| [(key, "60 40 90")];
        for (column, key, expected) in
            [("2025-Q2", "2025-Q1", "* * 90"), ("2025-Q1", "2024-Q4", "* * 90"), ("2025-Q2", "2025-Q2", "63 60 90")]
        {
            assert_eq!(shown(column, &[(column, "63 60 90")], &before(key), true), expected, "{column} after {key}");
        }
        assert_eq!(shown("2025-Q2", &[("2025-Q2", "63 60 90")], &before("2025-Q1"), false), "63 60 90", "a count begins anew");
        let keys = keys_beside(&Column::parse("2025-Q2").unwrap());
        assert!(keys.contains(&"2024-Q4".to_owned()) && keys.contains(&"2025".to_owned()) && keys.len() == 10, "{keys:?}");
    }
}
