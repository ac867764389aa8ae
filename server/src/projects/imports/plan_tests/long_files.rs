use std::fmt::Write;

use serde_json::json;

use super::super::plan::{Plan, plan_import};
use super::{catalogue, figures, found, id, mapping};

/// Plans rows of `what,value,part,whole` for January 2023 in camp C1.
fn plan_long(rows: &[&str]) -> Plan {
    let mapping = mapping(json!({
        "layout": "long",
        "dates": {"start": "day", "end": "day"},
        "location": {"code": "site"},
        "indicator": "what",
        "value": "value",
        "numerator": "part",
        "denominator": "whole",
    }));
    let mut file = String::from("day,site,what,value,part,whole\n");
    for row in rows {
        writeln!(file, "2023-01-15,C1,{row}").unwrap();
    }
    let mut catalogue = catalogue();
    let mut share = super::indicator(4, "share", super::Frequency::Monthly);
    share.needs_fraction = true;
    catalogue.indicators.push(share);
    plan_import(file.as_bytes(), &mapping, &catalogue)
}

#[test]
fn one_figure_a_row() {
    let cases = [
        ("litres,20.5,,", vec!["2 20.5"], vec![]),
        (" soap ,97,NA,NA", vec!["2 97"], vec![]),
        ("share,,1,4", vec!["2 1/4"], vec![]),
        ("share,,0,0", vec!["2 0/0"], vec![]),
        ("share,,-1,4", vec!["2 -1/4"], vec![]),
        ("share,25,1,4", vec!["2 1/4"], vec!["2 value value_ignored"]),
        ("litres,20,1,4", vec!["2 20"], vec!["2 part fraction_ignored"]),
        ("litres,NA,,", vec![], vec!["2 - row_empty"]),
        (",,,", vec![], vec!["2 - row_empty"]),
        (",1,,", vec![], vec!["2 what indicator_missing"]),
        ("Litres,1,,", vec![], vec!["2 what indicator_unknown"]),
        ("litres,,1,4", vec![], vec!["2 part value_missing"]),
        ("litres,x,,", vec![], vec!["2 value number_invalid"]),
        ("share,25,,", vec![], vec!["2 value fraction_missing"]),
        ("share,,1,", vec![], vec!["2 part fraction_incomplete"]),
        ("share,,NA,4", vec![], vec!["2 whole fraction_incomplete"]),
        ("share,,1,0", vec![], vec!["2 whole fraction_invalid"]),
        ("share,,1,-4", vec![], vec!["2 whole fraction_invalid"]),
        ("share,,x,4%", vec![], vec!["2 part number_invalid", "2 whole number_unit"]),
    ];
    for (row, values, issues) in cases {
        let plan = plan_long(&[row]);
        assert_eq!(figures(&plan), values, "{row}");
        assert_eq!(found(&plan.issues), issues, "{row}");
    }
}

#[test]
fn duplicates_and_periods_are_as_in_wide_files() {
    let plan = plan_long(&["litres,1,,", "soap,2,,", "litres,3,,", "share,,1,2", "share,,3,4"]);
    assert_eq!(figures(&plan), ["2 1", "3 2", "5 1/2"]);
    assert_eq!(found(&plan.issues), ["4 value duplicate", "6 part duplicate"]);
    let others: Vec<_> = plan.issues.iter().map(|issue| issue.other_row).collect();
    assert_eq!(others, [Some(2), Some(5)]);
    let indicators: Vec<_> = plan.values.iter().map(|value| plan.indicator_of(value)).collect();
    assert_eq!(indicators, [id(1), id(3), id(4)]);
}
