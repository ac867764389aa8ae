use super::super::calendar::midpoint;
use super::super::plan::{Catalogue, NewPeriod, PeriodRef, Plan};
use super::{catalogue, day, figures, found, indicator, period, plan_rows};
use crate::kernel::calendar::Frequency;

#[test]
fn midpoints() {
    let cases = [
        ("2023-01-01", "2023-01-01", "2023-01-01"),
        ("2023-01-01", "2023-01-02", "2023-01-01"),
        ("2023-01-01", "2023-01-03", "2023-01-02"),
        // A five-week month that begins in the month before.
        ("2023-01-29", "2023-03-04", "2023-02-15"),
        ("2024-01-01", "2024-12-31", "2024-07-01"),
        ("2023-01-01", "2023-12-31", "2023-07-02"),
    ];
    for (start, end, middle) in cases {
        assert_eq!(midpoint(day(start), day(end)), day(middle), "{start}..{end}");
    }
}

/// One indicator of a frequency, and the periods given.
fn one(frequency: Frequency, periods: &[(Frequency, &str, &str)]) -> Catalogue {
    let mut catalogue = catalogue();
    catalogue.indicators = vec![indicator(1, "litres", frequency)];
    catalogue.periods = periods.iter().zip(50..).map(|(&(kind, start, end), number)| period(number, kind, start, end)).collect();
    catalogue
}

fn new_periods(plan: &Plan) -> Vec<String> {
    let name = |period: &NewPeriod| period.kind.period_name(period.start);
    plan.new_periods.iter().map(name).collect()
}

#[test]
fn which_period_takes_a_row() {
    use Frequency::{Annual, Event, Monthly, Once, Quarterly, SemiAnnual, TriAnnual};
    let none: &[(Frequency, &str, &str)] = &[];
    let january: &[_] = &[(Monthly, "2023-01-01", "2023-01-31")];
    let year: &[_] = &[(Annual, "2023-01-01", "2023-12-31")];
    // A reporting year of a donor that is not the calendar's.
    let donor_year: &[_] = &[(Annual, "2022-07-01", "2023-06-30")];
    let baseline: &[_] = &[(Once, "2023-01-10", "2023-01-20")];
    let cases = [
        (Monthly, january, "2022-12-25,2023-01-28", Ok("existing")),
        (Monthly, january, "2022-12-04,2023-01-07", Ok("2022-12")),
        (Monthly, none, "2023-03-27,2023-04-30", Ok("2023-04")),
        (Quarterly, none, "2023-03-27,2023-04-30", Ok("2023 Q2")),
        (TriAnnual, none, "2023-05-01,2023-05-31", Ok("2023 T2")),
        (SemiAnnual, none, "2023-07-01,2023-07-31", Ok("2023 H2")),
        (Annual, none, "2023-01-01,2023-12-31", Ok("2023")),
        (Annual, january, "2023-01-01,2023-01-31", Ok("2023")),
        (Annual, donor_year, "2023-01-01,2023-01-31", Ok("existing")),
        (Annual, donor_year, "2023-07-01,2023-07-31", Err("period_overlaps")),
        (Annual, donor_year, "2022-01-01,2022-01-31", Err("period_overlaps")),
        (Annual, donor_year, "2024-01-01,2024-01-31", Ok("2024")),
        (Annual, year, "2023-01-01,2023-12-31", Ok("existing")),
        (Once, baseline, "2023-01-01,2023-01-31", Ok("existing")),
        (Once, baseline, "2023-02-01,2023-02-28", Err("period_missing")),
        (Event, none, "2023-02-01,2023-02-28", Err("period_missing")),
    ];
    for (frequency, periods, dates, expected) in cases {
        let row = format!("{dates},C1,1,,\n");
        let plan = plan_rows(&row, &["periods"], &one(frequency, periods));
        match expected {
            Ok("existing") => {
                assert_eq!(plan.period_of(&plan.values[0]), PeriodRef::Existing(super::id(50)), "{dates}");
                assert_eq!(new_periods(&plan), [""; 0], "{dates}");
            }
            Ok(name) => {
                assert_eq!(plan.period_of(&plan.values[0]), PeriodRef::New(0), "{dates}");
                assert_eq!(new_periods(&plan), [name], "{dates}");
            }
            Err(code) => {
                assert_eq!(found(&plan.issues), [format!("2 litres {code}")], "{dates}");
                assert_eq!(plan.issues[0].value, dates.replace(',', "/"), "{dates}");
            }
        }
    }
}

#[test]
fn a_closed_period_takes_nothing() {
    let mut catalogue = catalogue();
    catalogue.periods[0].open = false;
    let plan = plan_rows("2023-01-01,2023-01-31,C1,1,,2\n", &["periods"], &catalogue);
    assert_eq!(found(&plan.issues), ["2 litres period_locked"]);
    assert_eq!(plan.values, []);
}

#[test]
fn a_period_is_planned_once_and_only_for_valid_rows() {
    let rows = "2024-05-01,2024-05-31,C1,x,,1\n2024-06-01,2024-06-30,C1,1,2,\n\
        2024-06-01,2024-06-30,C1,,,3\n2024-07-01,2024-07-31,C9,4,,\n";
    let plan = plan_rows(rows, &["periods"], &catalogue());
    assert_eq!(found(&plan.issues), ["2 litres number_invalid", "5 site location_unknown"]);
    assert_eq!(new_periods(&plan), ["2024-06", "2024"]);
    assert_eq!(figures(&plan), ["3 1", "3 2", "4 3"]);
    let refs: Vec<PeriodRef> = plan.values.iter().map(|v| plan.period_of(v)).collect();
    assert_eq!(refs, [PeriodRef::New(0), PeriodRef::New(0), PeriodRef::New(1)]);
}
