//! The cells of a figure: what was counted of each group, kept with the figure and read as it was typed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::super::progress::{Kind, Method, Overflow, Parts, Quantity, subtotals};
use crate::kernel::error::{Error, Result};

/// One value of one dimension, by their key and code: a margin of a cross-table, e.g. all women of every age.
pub type Margin<'a> = (&'a str, &'a str);

/// What was counted, by the key of a cell: `age=18-24|sex=female`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(BTreeMap<String, Quantity>);

impl Cells {
    /// As the database holds them.
    ///
    /// # Errors
    /// If they are not of the form that the database checks.
    pub fn read(kind: Kind, stored: &Value) -> Result<Self> {
        let odd = || Error::Internal(format!("cells that cannot be read: {stored}"));
        let Value::Object(map) = stored else { return Err(odd()) };
        let mut cells = BTreeMap::new();
        for (key, text) in map {
            let text = text.as_str().ok_or_else(odd)?;
            let number = |text: &str| text.parse::<Decimal>().map_err(|_| odd());
            let (value, num, den) = match text.split_once('/') {
                Some((num, den)) => (None, Some(number(num)?), Some(number(den)?)),
                None => (Some(number(text)?), None, None),
            };
            if let Some(quantity) = Quantity::read(kind, value, num, den).map_err(|_| odd())? {
                cells.insert(key.clone(), quantity);
            }
        }
        Ok(Self(cells))
    }

    /// As the database keeps them.
    #[must_use]
    pub fn stored(&self) -> Value {
        let figure = |number: Decimal| number.normalize().to_string();
        let text = |quantity: &Quantity| match quantity {
            Quantity::Number(value) => figure(*value),
            Quantity::Parts(Parts { num, den }) => format!("{}/{}", figure(*num), figure(*den)),
        };
        Value::Object(self.0.iter().map(|(key, quantity)| (key.clone(), Value::String(text(quantity)))).collect::<Map<_, _>>())
    }

    /// What was counted in a cell; none where nothing was said of it, which is not 0.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Quantity> {
        self.0.get(key).copied()
    }

    /// Says what was counted in a cell.
    pub fn set(&mut self, key: String, quantity: Quantity) {
        self.0.insert(key, quantity);
    }

    /// Says what was counted in a cell, as a row of a file has it.
    pub fn extend_with(&mut self, key: String, value: Option<Decimal>, num: Option<Decimal>, den: Option<Decimal>) {
        let parts = num.zip(den).map(|(num, den)| Quantity::Parts(Parts { num, den }));
        if let Some(quantity) = parts.or(value.map(Quantity::Number)) {
            self.set(key, quantity);
        }
    }

    /// Whether nothing was said of any cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every cell with its key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Quantity)> {
        self.0.iter().map(|(key, quantity)| (key.as_str(), *quantity))
    }

    /// What was counted of each value of each dimension. Where cells do not add up (means, marks), a cross-table has no margins; cells of
    /// one dimension are their own. Of a dimension that is crossed with one in which the same person may be twice there are none either:
    /// they would count people twice. `overlaps` says of a dimension's key whether it is such a one.
    ///
    /// # Errors
    /// [`Overflow`] where a sum is too large to be kept.
    pub fn margins(&self, method: &Method, overlaps: &dyn Fn(&str) -> bool) -> Result<BTreeMap<Margin<'_>, Quantity>, Overflow> {
        let mut parts: Vec<(Margin<'_>, Option<Quantity>)> = Vec::new();
        for (key, quantity) in self.iter() {
            let twice: Vec<&str> = parts_of(key).map(|(dimension, _)| dimension).filter(|dimension| overlaps(dimension)).collect();
            let counted_once = |(dimension, _): &Margin<'_>| twice.iter().all(|other| other == dimension);
            parts.extend(parts_of(key).filter(counted_once).map(|part| (part, Some(quantity))));
        }
        let crossed = self.0.keys().any(|key| key.contains('|'));
        if !crossed {
            return Ok(parts.into_iter().filter_map(|(part, quantity)| Some((part, quantity?))).collect());
        }
        Ok(subtotals(method, &parts)?.into_iter().filter_map(|(part, quantity)| Some((part, quantity?))).collect())
    }
}

/// The dimensions and codes that the key of a cell is made of.
pub fn parts_of(key: &str) -> impl Iterator<Item = Margin<'_>> {
    key.split('|').filter_map(|part| part.split_once('='))
}

/// The key of the cell of these values: dimensions in the order of their keys, whatever order they are shown in.
#[must_use]
pub fn key_of(parts: &[Margin<'_>]) -> String {
    let mut parts: Vec<String> = parts.iter().map(|(dimension, code)| format!("{dimension}={code}")).collect();
    parts.sort_unstable();
    parts.join("|")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::progress::samples::count;
    use super::super::super::progress::{AggLocations, AggPeriods, AggWithin};
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let stored = json!({"age=0-4|sex=female": "12.5", "age=0-4|sex=male": "0"});
        let cells = Cells::read(Kind::Number, &stored).unwrap();
        assert_eq!(cells.stored(), stored);
        assert_eq!(cells.get("age=0-4|sex=male"), Some(Quantity::Number(Decimal::ZERO)), "a counted 0 is no gap");
        assert_eq!(cells.get("age=5-11|sex=male"), None);
        let fractions = json!({"sex=female": "30/50", "sex=male": "0/0"});
        assert_eq!(Cells::read(Kind::Percentage, &fractions).unwrap().stored(), fractions);
        assert!(Cells::read(Kind::Number, &json!({"sex=female": "a"})).is_err());
        assert!(Cells::read(Kind::Number, &json!([])).is_err());
    }

    #[test]
    fn margins_of_a_cross_table() {
        let stored = json!({"age=0-4|sex=f": "1", "age=0-4|sex=m": "2", "age=5+|sex=f": "4"});
        let cells = Cells::read(Kind::Number, &stored).unwrap();
        let sums = cells.margins(&count(), &|_| false).unwrap();
        let expected = [(("age", "0-4"), 3), (("age", "5+"), 4), (("sex", "f"), 5), (("sex", "m"), 2)];
        assert_eq!(sums, expected.map(|(part, n)| (part, Quantity::Number(n.into()))).into_iter().collect());
        // age is crossed with something in which the same person may be twice: of that alone there are sums
        let once = cells.margins(&count(), &|dimension| dimension == "sex").unwrap();
        assert_eq!(once.into_keys().collect::<Vec<_>>(), [("sex", "f"), ("sex", "m")]);
        let mean =
            Method { kind: Kind::Average, within: AggWithin::Avg, locations: AggLocations::Avg, periods: AggPeriods::Avg, ..count() };
        assert!(
            Cells::read(Kind::Average, &stored).unwrap().margins(&mean, &|_| false).unwrap().is_empty(),
            "means of groups do not add up"
        );
        let single = Cells::read(Kind::Average, &json!({"sex=f": "1.5"})).unwrap();
        assert_eq!(single.margins(&mean, &|_| false).unwrap().len(), 1, "and are their own where nothing is crossed");
    }

    #[test]
    fn keys_are_in_one_order() {
        assert_eq!(key_of(&[("sex", "f"), ("age", "0-4")]), "age=0-4|sex=f");
        assert_eq!(parts_of("age=0-4|sex=f").collect::<Vec<_>>(), [("age", "0-4"), ("sex", "f")]);
    }
}
