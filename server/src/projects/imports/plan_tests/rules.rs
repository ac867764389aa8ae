use serde_json::json;

use super::super::issue::Severity;
use super::super::plan::{LocationRef, PeriodRef, plan_import};
use super::{catalogue, figures, found, id, mapping, plan_rows};

#[test]
fn a_row_feeds_the_month_and_the_year() {
    let plan = plan_rows("2023-01-01,2023-01-31,C1,20,,97\n", &[], &catalogue());
    assert_eq!(found(&plan.issues), [""; 0]);
    let planned: Vec<_> = plan
        .values
        .iter()
        .map(|v| (plan.indicator_of(v), plan.period_of(v), plan.location_of(v), v.value().unwrap().to_string()))
        .collect();
    let camp = Some(LocationRef::Existing(id(20)));
    assert_eq!(
        planned,
        [(id(1), PeriodRef::Existing(id(30)), camp, "20".to_owned()), (id(3), PeriodRef::Existing(id(31)), camp, "97".to_owned()),]
    );
}

#[test]
fn faults_of_a_row() {
    let cases = [
        ("NA,2023-01-31,C1,1,,", vec!["2 start date_missing"]),
        (",,C1,1,,", vec!["2 start date_missing", "2 end date_missing"]),
        ("2023-02-30,2023-02-31,C1,1,,", vec!["2 start date_invalid", "2 end date_invalid"]),
        ("2023-01-31,2023-01-01,C1,1,,", vec!["2 end dates_reversed"]),
        ("2022-01-01,2023-12-31,C1,1,,", vec!["2 end dates_too_far_apart"]),
        ("2023-01-01,2023-01-31,,1,,", vec!["2 site location_missing"]),
        ("2023-01-01,2023-01-31,NA,1,,", vec!["2 site location_missing"]),
        ("2023-01-01,2023-01-31,c1,1,,", vec!["2 site location_unknown"]),
        ("2023-01-01,2023-01-31,C1,x,1e5,9%", vec!["2 litres number_invalid", "2 taps number_exponent", "2 soap number_unit"]),
        ("2023-02-01,2023-02-28,C9,1,2,3", vec!["2 site location_unknown", "2 litres period_missing", "2 taps period_missing"]),
    ];
    for (row, expected) in cases {
        let plan = plan_rows(row, &[], &catalogue());
        assert_eq!(found(&plan.issues), expected, "{row}");
        assert_eq!((plan.values.len(), plan.invalid_rows), (0, 1), "{row}");
    }
}

#[test]
fn what_stands_for_no_value() {
    let default = json!(["NA", ""]);
    let cases = [
        (&default, "2023-01-01,2023-01-31,C1,NA, NA ,  ", vec!["2 - row_empty"], vec![]),
        // A row of nothing is only that: its missing dates are no error.
        (&default, "NA,NA,NA,NA,NA,NA", vec!["2 - row_empty"], vec![]),
        (&default, "2023-01-01,2023-01-31,C1,0,NA,", vec![], vec!["2 0"]),
        (&default, "2023-01-01,2023-01-31,C1,na,,", vec!["2 litres number_invalid"], vec![]),
        (&json!(["-"]), "2023-01-01,2023-01-31,C1,1,-,-", vec![], vec!["2 1"]),
        (&json!(["-"]), "2023-01-01,2023-01-31,C1,1,-,", vec!["2 soap number_invalid"], vec![]),
        (&json!(["999"]), "2023-01-01,2023-01-31,C1,999,1,2", vec![], vec!["2 1", "2 2"]),
    ];
    for (missing, row, issues, values) in cases {
        let mapping = mapping(json!({"layout": "wide", "dates": {"start": "start", "end": "end"},
            "location": {"code": "site"}, "indicators": "*", "missing": missing}));
        let file = format!("{}{row}", super::HEADER);
        let plan = plan_import(file.as_bytes(), &mapping, &catalogue());
        assert_eq!(found(&plan.issues), issues, "{missing} {row}");
        assert_eq!(figures(&plan), values, "{missing} {row}");
    }
}

#[test]
fn an_empty_row_is_a_warning_and_valid() {
    let plan = plan_rows("NA,NA,NA,NA,NA,NA\n", &[], &catalogue());
    assert_eq!(plan.issues[0].severity, Severity::Warning);
    assert_eq!((plan.rows, plan.valid_rows, plan.warnings, plan.errors), (1, 1, 1, 0));
}

#[test]
fn of_several_rows_the_first_valid_one_stands() {
    let cases = [
        (
            "the second is a duplicate, as a whole",
            "2023-01-01,2023-01-31,C1,1,,\n2023-01-02,2023-01-30,C1,1,2,\n",
            vec!["3 litres duplicate"],
            vec!["2 1"],
        ),
        (
            "an invalid row claims nothing",
            "2023-01-01,2023-01-31,C1,1,x,\n2023-01-01,2023-01-31,C1,2,,\n",
            vec!["2 taps number_invalid"],
            vec!["3 2"],
        ),
        (
            "nor does a duplicate",
            "2023-01-01,2023-01-31,C1,1,,\n2023-01-01,2023-01-31,C1,2,3,\n2023-01-01,2023-01-31,C1,NA,4,\n",
            vec!["3 litres duplicate"],
            vec!["2 1", "4 4"],
        ),
        (
            "rows of one place and time may complete each other",
            "2023-01-01,2023-01-31,C1,1,,\n2023-01-01,2023-01-31,C1,,2,\n",
            vec![],
            vec!["2 1", "3 2"],
        ),
    ];
    for (name, rows, issues, values) in cases {
        let plan = plan_rows(rows, &[], &catalogue());
        assert_eq!(found(&plan.issues), issues, "{name}");
        assert_eq!(figures(&plan), values, "{name}");
        for issue in plan.issues.iter().filter(|i| i.code.as_str() == "duplicate") {
            assert_eq!(issue.other_row, Some(2), "{name}");
        }
    }
}

#[test]
fn duplicates_are_found_in_planned_places_and_periods() {
    let rows = "2024-05-01,2024-05-31,N1,1,,\n2024-05-03,2024-05-29,N1,2,,\n";
    let plan = plan_rows(rows, &["locations", "periods"], &catalogue());
    assert_eq!(found(&plan.issues), ["3 litres duplicate"]);
    assert_eq!(plan.issues[0].value, "2");
    assert_eq!(figures(&plan), ["2 1"]);
}

#[test]
fn what_the_project_has_is_not_overwritten() {
    let mut catalogue = catalogue();
    catalogue.taken.insert((id(1), id(30), Some(id(20))));
    // A value of the whole project is another thing than one of the camp.
    catalogue.taken.insert((id(2), id(30), None));
    let rows = "2023-01-01,2023-01-31,C1,5,,\n2023-01-01,2023-01-31,C1,,6,\n";
    let plan = plan_rows(rows, &[], &catalogue);
    assert_eq!(found(&plan.issues), ["2 litres already_reported"]);
    assert_eq!(plan.issues[0].value, "5");
    assert_eq!(figures(&plan), ["3 6"]);
}

#[test]
fn without_a_location_figures_are_the_projects_own() {
    let mapping = mapping(json!({"layout": "wide", "dates": {"start": "start", "end": "end"},
        "indicators": "*"}));
    let file = "start,end,litres,taps\n2023-01-01,2023-01-31,1,\n2023-01-01,2023-01-31,2,\n\
        2023-01-01,2023-01-31,,3\n";
    let mut catalogue = catalogue();
    catalogue.taken.insert((id(2), id(30), None));
    let plan = plan_import(file.as_bytes(), &mapping, &catalogue);
    assert_eq!(found(&plan.issues), ["3 litres duplicate", "4 taps already_reported"]);
    assert_eq!(plan.values.len(), 1);
    assert_eq!(plan.location_of(&plan.values[0]), None);
}
