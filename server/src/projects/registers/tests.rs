//! Plans as tables: sheets as people write them, and what comes of each.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::budget::{Money, Standing};
use super::locations::Place;
use super::plan::{Plan, Stand, Work, plan};
use super::targets::{Aims, Measure};
use super::{Cell, Column, Kind, Taken, Vocabulary, taken};
use crate::kernel::calendar::Frequency;
use crate::kernel::ids::{BudgetLineId, IndicatorId, LocationId, PeriodId, ResultNodeId};
use crate::projects::imports::read_sheets;
use crate::projects::periods::{Period, State};
use crate::projects::progress::Kind as Measures;

fn vocabulary() -> Vocabulary {
    Vocabulary {
        heads: vec![("Msimbo".into(), "code"), ("Jina".into(), "name"), ("Kilichopangwa".into(), "planned")],
        months: vec![("Mar".into(), 3), ("Mac".into(), 3)],
        whether: vec![("ndiyo".into(), true), ("hapana".into(), false)],
    }
}

fn planned(csv: &str, stand: &Stand) -> Plan {
    plan(read_sheets(csv.as_bytes()), stand, &vocabulary())
}

fn problems(plan: &Plan) -> Vec<String> {
    plan.problems.iter().map(|problem| format!("{} {}", problem.cell, problem.issue.code)).collect()
}

fn changes(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(|c| format!("{} {} [{}] {} > {}", c.row, c.code, c.column, c.before, c.after)).collect()
}

fn counts(plan: &Plan) -> (usize, usize, usize) {
    (plan.made.fresh, plan.made.changed, plan.made.same)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn figure(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A register as the sheet that it is taken out as, in CSV.
fn csv(taken: &Taken) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let head = |column: &Column| match column {
        Column::Field(field) => (*field).to_owned(),
        Column::Amount(quarter, field) => format!("{quarter} {field}"),
        Column::Period(name) => name.clone(),
    };
    let cell = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => quoted(text),
        Cell::Figure(value) => value.normalize().to_string(),
        Cell::Whether(is) => if *is { "yes" } else { "no" }.to_owned(),
    };
    let mut lines = vec![taken.columns.iter().map(head).collect::<Vec<_>>().join(",")];
    lines.extend(taken.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",")));
    lines.join("\n")
}

fn place(id: u128, code: &str, parent: Option<u128>, level: i16) -> Place {
    Place {
        id: LocationId(Uuid::from_u128(id)),
        code: code.into(),
        name: format!("Place {code}"),
        parent: parent.map(|id| LocationId(Uuid::from_u128(id))),
        level,
        lat: None,
        lon: None,
        population: None,
        active: true,
        used: false,
        row_version: 1,
    }
}

fn places() -> Stand {
    let (lat, lon) = (Some(figure("-4.876900")), Some(figure("29.6267")));
    let kigoma = Place { lat, lon, population: Some(215_458), ..place(2, "TZ16", Some(1), 1) };
    let kasulu = Place { used: true, ..place(3, "KAS", Some(2), 2) };
    Stand::Locations(vec![place(1, "TZ", None, 0), kigoma, kasulu, place(4, "OLD", Some(3), 2)])
}

#[test]
fn places_are_made_and_changed_where_a_cell_is_filled() {
    let plan = planned(
        "A gazetteer,,,,,,,\n\
         P-Code*,Name,Parent code,Admin level,Latitude,Longitude,Population,Active\n\
         KAS1,Ward 1,KAS,,-4.5,30.1,1200,ndiyo\n\
         TZ16,,,,,,220000,\n\
         NEW,New camp,NEWD,,,,,\n\
         NEWD,New district,TZ,3,,,,\n\
         TZ,Place TZ,,0,,,,yes\n",
        &places(),
    );
    assert_eq!(problems(&plan), [""; 0]);
    assert_eq!(counts(&plan), (3, 1, 1));
    assert_eq!(
        changes(&plan),
        [
            "3 KAS1 []  > Ward 1",
            "3 KAS1 [Parent code]  > KAS",
            "3 KAS1 [Admin level]  > 3",
            "3 KAS1 [Latitude]  > -4.5",
            "3 KAS1 [Longitude]  > 30.1",
            "3 KAS1 [Population]  > 1200",
            "4 TZ16 [Population] 215458 > 220000",
            "5 NEW []  > New camp",
            "5 NEW [Parent code]  > NEWD",
            "5 NEW [Admin level]  > 4",
            "6 NEWD []  > New district",
            "6 NEWD [Parent code]  > TZ",
            "6 NEWD [Admin level]  > 3"
        ]
    );
    let Work::Locations(edits) = &plan.work else { panic!("{:?}", plan.work) };
    let told: Vec<_> = edits.iter().map(|e| format!("{} {:?} {} {}", e.code, e.parent, e.level, e.there.is_some())).collect();
    assert_eq!(told, ["KAS1 Some(\"KAS\") 3 false", "TZ16 Some(\"TZ\") 1 true", "NEW Some(\"NEWD\") 4 false", "NEWD Some(\"TZ\") 3 false"]);
    assert!(plan.is_ready());
}

#[test]
fn what_is_wrong_with_places_is_told_with_its_cell() {
    for (rows, expected) in [
        (",No code,,,,,,", &["3 code_missing"][..]),
        ("A,,,,,,,", &["3 name_missing"]),
        ("A,Name,NOWHERE,,,,,", &["C3 location_parent_unknown"]),
        ("A,Name,A,,,,,", &["C3 location_cycle"]),
        ("A,Name,B,,,,,\nB,Name,A,,,,,", &["C3 location_cycle", "C4 location_cycle"]),
        ("A,Name,B,,,,,\nB,Name,C,,,,,\nC,Name,B,,,,,", &["C4 location_cycle", "C5 location_cycle"]),
        ("TZ,,KAS,,,,,", &["C3 location_cycle"]),
        ("A,Name,KAS,2,,,,", &["D3 location_level_not_deeper"]),
        ("A,Name,KAS,7,,,,", &["D3 location_level_invalid"]),
        ("KAS,,,1,,,,", &["D3 location_level_not_deeper"]),
        ("TZ,,,1,,,,", &["D3 location_level_of_children"]),
        ("A,Name,,,91,30,,", &["E3 fault_not_on_earth"]),
        ("A,Name,,,\"-4,5\",30,,", &["E3 number_local_notation"]),
        ("A,Name,,,-4.5,,,", &["E3 coordinate_alone"]),
        ("A,Name,,,-4.123456789,30,,", &["E3 coordinate_rounded"]),
        ("A,Name,,,,,1.5,", &["G3 population_invalid"]),
        ("A,Name,,,,,,perhaps", &["H3 whether_unknown"]),
        ("A,Name,,,,,,\nA,Again,,,,,,", &["A4 code_twice"]),
        ("KAS,,,,,,,no", &["H3 location_used"]),
    ] {
        let csv = format!("Places,,,,,,,\nCode,Name,Parent code,Admin level,Latitude,Longitude,Population,Active\n{rows}\n");
        let plan = planned(&csv, &places());
        assert_eq!(problems(&plan), expected, "{rows}");
        let only_warned = expected.iter().all(|problem| problem.ends_with("rounded") || problem.ends_with("used"));
        assert_eq!(plan.is_ready(), only_warned, "{rows}");
    }
}

#[test]
fn a_long_chain_of_places_in_any_order_ends() {
    let mut rows: Vec<String> = (1..2_000).map(|n| format!("L{n},Name,L{}", n - 1)).collect();
    rows.push("L0,Name,".into());
    let plan = planned(&format!("code,name,parent\n{}", rows.join("\n")), &Stand::Locations(Vec::new()));
    // a country and six levels within it
    assert_eq!((plan.errors, plan.problems[0].issue.code.as_str()), (1_993, "location_level_deep"));
    rows.pop();
    rows.push("L0,Name,L1999".into());
    let plan = planned(&format!("code,name,parent\n{}", rows.join("\n")), &Stand::Locations(Vec::new()));
    assert_eq!((plan.errors, plan.problems[0].issue.code.as_str()), (2_000, "location_cycle"));
}

#[test]
fn what_the_file_does_not_touch_is_not_judged() {
    // places of one level within each other, as older imports made them
    let plan = planned("code,name,level\nOLD,Place OLD,2\n", &places());
    assert_eq!((problems(&plan), counts(&plan)), (vec!["1 register_nothing_new".to_owned()], (0, 0, 1)));
    assert!(!plan.is_ready());
}

fn money() -> Stand {
    let node = |id: u128| ResultNodeId(Uuid::from_u128(id));
    let amounts = BTreeMap::from([(day("2025-01-01"), (Some(figure("1000.000000")), Some(figure("800.5"))))]);
    let line = |id: u128, code: &str, amounts| Standing {
        id: BudgetLineId(Uuid::from_u128(id)),
        code: code.into(),
        name: "Pumps".into(),
        node: Some(node(1)),
        row_version: 4,
        amounts,
    };
    let nodes = HashMap::from([("1".to_owned(), node(1)), ("1.1".to_owned(), node(2))]);
    Stand::Budget(Money { lines: vec![line(1, "A.1", amounts), line(2, "A.2", BTreeMap::new())], nodes })
}

#[test]
fn a_budget_in_either_layout_says_the_same() {
    let wide = "Line code,Name,Result number,2025-Q1 planned,2025 Q1 spent,Q2 2025: planned\n\
                A.1,,1.1,1000,900,\n\
                B.1,Wages,,50,-5,60\n\
                A.2,Pumps,1,,,\n";
    let long = "Msimbo,Jina,Result,Quarter,Planned,Spent\n\
                A.1,,1.1,2025-Q1,1000,900\n\
                B.1,Wages,,2025-01-01,50,-5\n\
                B.1,Wages,,2025 Q2,60,\n\
                A.2,Pumps,1,,,\n";
    let plans = [wide, long].map(|csv| planned(csv, &money()));
    for plan in &plans {
        assert_eq!(problems(plan), [""; 0]);
        assert_eq!(counts(plan), (1, 1, 1));
        assert!(plan.is_ready());
    }
    assert_eq!(plans[0].mark(), plans[1].mark());
    assert_eq!(
        changes(&plans[0]),
        [
            "2 A.1 [Result number] 1 > 1.1",
            "2 A.1 [2025 Q1 spent] 800.5 > 900",
            "3 B.1 []  > Wages",
            "3 B.1 [2025-Q1 planned]  > 50",
            "3 B.1 [2025 Q1 spent]  > -5",
            "3 B.1 [Q2 2025: planned]  > 60"
        ]
    );
    let Work::Budget(edits) = &plans[0].work else { panic!("{:?}", plans[0].work) };
    assert!(edits[0].renamed && edits[0].amounts.len() == 1 && edits[0].amounts[0].planned == Some(figure("1000")));
}

#[test]
fn what_is_wrong_with_a_budget_is_told_with_its_cell() {
    for (csv, expected) in [
        ("code,name,2025 Q1 planned\nA.1,,-1\n", &["C2 fault_negative"][..]),
        ("code,name,2025 Q1 planned\nA.1,,\"1,000\"\n", &["C2 number_local_notation"]),
        ("code,name,2025 Q1 planned\nNEW,,5\n", &["2 name_missing"]),
        ("code,name,2025 Q1 planned\nA 1,Name,5\n", &["A2 fault_not_a_code"]),
        ("code,name,2025 Q1 planned\nA.1,,5\nA.1,,6\n", &["A3 line_twice"]),
        ("code,result,2025 Q1 planned\nA.1,7,5\n", &["B2 result_unknown"]),
        ("code,quarter,planned\nA.1,2025-02-01,5\n", &["B2 quarter_unknown"]),
        ("code,quarter,planned\nA.1,2025,5\n", &["B2 quarter_unknown"]),
        ("code,quarter,planned\nA.1,,5\n", &["2 quarter_missing"]),
        ("code,quarter,planned\nA.1,2025 Q1,5\nA.1,2025 Q1,6\n", &["C3 quarter_twice"]),
        ("code,name,quarter,planned\nB,One,2025 Q1,5\nB,Two,2025 Q2,6\n", &["B3 line_differs"]),
        ("code,quarter,planned,2025 Q1 spent\nA.1,2025 Q1,5,6\n", &["1 layout_unclear"]),
        ("code,planned\nA.1,5\n", &["1 layout_unclear"]),
        ("name,2025 Q1 planned\nA.1,5\n", &["1 budget_heads_missing"]),
        ("code,name,2025 Q5 planned\nA.1,Other,5\n", &["C1 column_unread"]),
    ] {
        let plan = planned(csv, &money());
        assert_eq!(problems(&plan), expected, "{csv}");
        assert_eq!(plan.is_ready(), expected == ["C1 column_unread"], "{csv}");
    }
    let rows = (0..499).map(|n| format!("\nL{n},Name")).collect::<Vec<_>>().concat();
    assert_eq!(problems(&planned(&format!("code,name{rows}"), &money())), ["1 budget_full"]);
}

fn period(id: u128, kind: Frequency, name: &str, span: (&str, &str), state: State) -> Period {
    let (start, end) = (day(span.0), day(span.1));
    Period { id: PeriodId(Uuid::from_u128(id)), kind, name: name.into(), start, end, window_opens: None, window_closes: None, state }
}

fn aims() -> Stand {
    let measure = |id: u128, code: &str, kind, frequency| Measure {
        id: IndicatorId(Uuid::from_u128(id)),
        code: code.into(),
        title: format!("Indicator {code}"),
        kind,
        frequency,
    };
    let (taps, kas) = (IndicatorId(Uuid::from_u128(1)), LocationId(Uuid::from_u128(9)));
    let (q1, locked) = (PeriodId(Uuid::from_u128(11)), PeriodId(Uuid::from_u128(10)));
    Stand::Targets(Aims {
        measures: vec![
            measure(1, "taps", Measures::Number, Frequency::Quarterly),
            measure(2, "share", Measures::Percentage, Frequency::Annual),
            measure(3, "story", Measures::Qualitative, Frequency::Annual),
        ],
        periods: vec![
            period(10, Frequency::Quarterly, "2024 Q4", ("2024-10-01", "2024-12-31"), State::Locked),
            period(11, Frequency::Quarterly, "2025 Q1", ("2025-01-01", "2025-03-31"), State::Open),
            period(12, Frequency::Annual, "2025", ("2025-01-01", "2025-12-31"), State::Open),
        ],
        places: HashMap::from([("KAS".to_owned(), kas)]),
        there: HashMap::from([
            ((taps, locked, None), (figure("5"), String::new())),
            ((taps, q1, None), (figure("10.000000"), "by the plan".to_owned())),
            ((taps, q1, Some(kas)), (figure("4"), String::new())),
        ]),
    })
}

#[test]
fn targets_in_either_layout() {
    let wide = planned(
        "Indicator code,Indicator,Location code,2024 Q4,2025-Q1,2025\n\
         taps,Taps,,5,12,\n\
         taps,Taps,KAS,,4,\n\
         share,Share,,,,40%\n",
        &aims(),
    );
    assert_eq!(problems(&wide), [""; 0]);
    assert_eq!(counts(&wide), (1, 1, 2));
    assert_eq!(changes(&wide), ["2 taps [2025 Q1] 10 > 12", "4 share [2025]  > 40"]);
    let long = planned(
        "code,period,start_date,end_date,location,target,numerator,denominator,note\n\
         taps,2025 Q1,,,,12,,,\n\
         taps,2025 Q1,,,KAS,4,,,agreed\n\
         share,2025,,,,,2,3,by the survey\n",
        &aims(),
    );
    assert_eq!(problems(&long), [""; 0]);
    assert_eq!(
        changes(&long),
        [
            "2 taps [2025 Q1] 10 > 12",
            "3 taps [2025 Q1 (KAS) note]  > agreed",
            "4 share [2025]  > 66.666667",
            "4 share [2025 note]  > by the survey"
        ]
    );
    let Work::Targets(edits) = &long.work else { panic!("{:?}", long.work) };
    assert_eq!(edits[0].note, "by the plan", "a note stays where none is said");
    let by_days = planned("code,start,end,target\ntaps,2025-01-01,2025-03-31,12\n", &aims());
    assert_eq!((problems(&by_days), changes(&by_days)), (Vec::new(), vec!["2 taps [2025 Q1] 10 > 12".to_owned()]));
}

#[test]
fn what_is_wrong_with_targets_is_told_with_its_cell() {
    for (csv, expected) in [
        ("code,2025 Q1\nwells,5\n", &["A2 indicator_unknown"][..]),
        ("code,2025\nstory,5\n", &["A2 indicator_without_figures"]),
        ("code,location,2025 Q1\ntaps,X,5\n", &["B2 location_unknown"]),
        ("code,2025\ntaps,5\n", &["B2 period_other_frequency"]),
        ("code,2026 Q1\ntaps,5\n", &["B2 period_unknown"]),
        ("code,2024 Q4\ntaps,6\n", &["B2 target_locked"]),
        ("code,2025 Q1\ntaps,many\n", &["B2 number_invalid"]),
        ("code,2025 Q1\ntaps,7\ntaps,8\n", &["B3 target_twice"]),
        ("code,period,target\ntaps,2025 Q1,\n", &["1 register_nothing_new"]),
        ("code,period,target\ntaps,soon,5\n", &["B2 period_unknown"]),
        ("code,start,end,target\ntaps,2025-01-01,,5\n", &["2 period_unsaid"]),
        ("code,start,end,target\ntaps,1/1/25,3/31/25,5\n", &["B2 date_format"]),
        ("code,period,numerator,denominator\nshare,2025,1,\n", &["C2 fraction_incomplete"]),
        ("code,period,numerator,denominator\nshare,2025,1,0\n", &["D2 fraction_invalid"]),
        ("code,period,numerator,denominator\ntaps,2025 Q1,1,2\n", &["C2 fraction_not_of_this"]),
        ("code,period,target,numerator,denominator\nshare,2025,51,1,2\n", &["C2 target_differs"]),
        ("code,period,target,2025\nshare,2025,51,1\n", &["1 layout_unclear"]),
        ("code,target\nshare,51\n", &["1 layout_unclear"]),
    ] {
        let plan = planned(csv, &aims());
        assert_eq!(problems(&plan), expected, "{csv}");
        assert!(!plan.is_ready(), "{csv}");
    }
    let warned = planned("code,2025\nshare,0.4\n", &aims());
    assert_eq!((problems(&warned), warned.is_ready()), (vec!["B2 percent_small".to_owned()], true));
}

#[test]
fn what_is_taken_out_and_sent_back_changes_nothing() {
    let taken = |stand: &Stand| match stand {
        Stand::Locations(places) => taken::of_places(places),
        Stand::Budget(money) => taken::of_budget(money, Some((day("2024-02-01"), day("2025-12-31")))),
        Stand::Targets(aims) => taken::of_targets(aims),
    };
    for (stand, same) in [(places(), 4), (money(), 2), (aims(), 3)] {
        let sheet = csv(&taken(&stand));
        let plan = planned(&sheet, &stand);
        assert_eq!(problems(&plan), ["1 register_nothing_new"], "{sheet}");
        assert_eq!(counts(&plan), (0, 0, same), "{sheet}");
    }
}

#[test]
fn a_file_that_cannot_be_read_plans_nothing() {
    for (csv, code) in [("", "file_empty"), ("a,b\n1,2\n", "locations_heads_missing"), ("code,name,name\nA,B,C\n", "head_twice")] {
        let plan = planned(csv, &places());
        assert_eq!((plan.problems[0].issue.code.as_str(), plan.is_ready()), (code, false), "{csv}");
    }
    let wide = format!("code,name{}\n{}", ",".repeat(450), format!("A,B{}\n", ",".repeat(449) + ",x").repeat(900));
    assert_eq!(problems(&planned(&wide, &places())), ["1 register_too_large"]);
    let back = planned("Msimbo,Jina,kipimo_problem\nA,,old\n", &places());
    let annotated = back.annotated().unwrap();
    assert_eq!(annotated.headers, ["Msimbo", "Jina"]);
    assert_eq!((annotated.rows.len(), annotated.rows[0].issues[0].code.as_str()), (1, "name_missing"));
    assert_eq!(Kind::ALL.map(|kind| Kind::parse(kind.as_str())), Kind::ALL.map(Some));
}
