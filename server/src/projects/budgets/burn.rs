//! The arithmetic of a budget: what was planned beside what was spent.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Amount;

/// Sums of a line, or of all lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Planned for all quarters.
    pub planned: Decimal,
    /// Planned for the quarters that are over.
    pub planned_to_date: Decimal,
    /// Spent in all quarters.
    pub spent: Decimal,
    /// Spent in the quarters that are over.
    pub spent_to_date: Decimal,
}

impl Sums {
    /// The sums of amounts on a day. A quarter without an amount adds nothing.
    pub(super) fn of<'a>(amounts: impl IntoIterator<Item = &'a Amount>, today: NaiveDate) -> Self {
        amounts.into_iter().fold(Self::default(), |sums, amount| {
            let (planned, spent) = (amount.planned.unwrap_or_default(), amount.spent.unwrap_or_default());
            let is_over = last_day(amount.quarter).is_some_and(|last| last < today);
            Self {
                planned: sums.planned + planned,
                planned_to_date: sums.planned_to_date + if is_over { planned } else { Decimal::ZERO },
                spent: sums.spent + spent,
                spent_to_date: sums.spent_to_date + if is_over { spent } else { Decimal::ZERO },
            }
        })
    }

    /// Of the quarters that are over, what was spent in per cent of what was planned; none where nothing was.
    #[must_use]
    pub fn burn(&self) -> Option<Decimal> {
        let share = self.spent_to_date.checked_mul(Decimal::ONE_HUNDRED)?;
        if self.planned_to_date.is_zero() { None } else { share.checked_div(self.planned_to_date) }
    }
}

/// The first days of a year's quarters.
#[must_use]
pub fn quarters(year: i32) -> Vec<NaiveDate> {
    [1, 4, 7, 10].into_iter().filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1)).collect()
}

/// The last day of the quarter that begins on a day.
fn last_day(first: NaiveDate) -> Option<NaiveDate> {
    first.checked_add_months(chrono::Months::new(3))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_burn() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let amount = |quarter: &str, planned: Option<i64>, spent: Option<i64>| Amount {
            quarter: day(quarter),
            planned: planned.map(Decimal::from),
            spent: spent.map(Decimal::from),
        };
        let year = [
            amount("2026-01-01", Some(100), Some(80)),
            amount("2026-04-01", Some(100), None),
            amount("2026-07-01", None, Some(20)),
            amount("2026-10-01", Some(300), Some(50)),
        ];
        // today, planned to date, burn
        let cases = [
            ("2026-03-31", 0, None),
            ("2026-04-01", 100, Some("80")),
            ("2026-08-15", 200, Some("40")),
            ("2026-12-31", 200, Some("50")),
            ("2027-01-01", 500, Some("30")),
        ];
        for (today, to_date, burn) in cases {
            let sums = Sums::of(&year, day(today));
            assert_eq!((sums.planned, sums.spent, sums.planned_to_date), (500.into(), 150.into(), to_date.into()), "{today}");
            assert_eq!(sums.burn().map(|burn| burn.normalize().to_string()), burn.map(str::to_owned), "{today}");
        }
        assert_eq!(quarters(2026).len(), 4);
    }
}
