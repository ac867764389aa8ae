//! Plans as tables: sheets as people write them, and what comes of each.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::Node;
use super::plan::{Plan, Stand, plan};
use super::words::{Numbered, Vocabulary, Words, letter, plain};
use crate::kernel::calendar::Frequency;
use crate::kernel::ids::{LocationId, PeriodId, ResultNodeId};
use crate::projects::imports::{Sheet, read_sheets};
use crate::projects::periods::{Period, State};

fn vocabulary() -> Vocabulary {
    Vocabulary {
        heads: vec![
            ("Ngazi".into(), "level"),
            ("Location".into(), "location"),
            ("What is measured".into(), "kind"),
            ("Decimals shown".into(), "decimals"),
            ("Shown to donors".into(), "is_public"),
            ("Used for".into(), "data_use"),
        ],
        levels: vec![
            ("Goal".into(), "goal"),
            ("Lengo kuu".into(), "goal"),
            ("Lengo kuu".into(), "overall_objective"),
            ("Outcome".into(), "outcome"),
            ("Matokeo".into(), "outcome"),
            ("Output".into(), "output"),
            ("Activity".into(), "activity"),
        ],
        choices: vec![
            ("every three months".into(), "frequency", "quarterly"),
            ("Average".into(), "kind", "average"),
            ("no".into(), "whether", "false"),
            ("reports to donors".into(), "data_use", "donor_reporting"),
        ],
        months: vec![("Mar".into(), 3), ("Mac".into(), 3)],
        loose: vec!["Under no result".into()],
    }
}

fn node(id: u128, number: &str, title: &str) -> Node {
    let level = i16::try_from(number.matches('.').count()).unwrap();
    let (description, assumptions, risks) = (String::new(), String::new(), String::new());
    Node {
        id: ResultNodeId(Uuid::from_u128(id)),
        parent: None,
        level,
        number: number.into(),
        title: title.into(),
        description,
        assumptions,
        risks,
        takes_indicators: true,
        row_version: 1,
    }
}

fn period(id: u128, kind: Frequency, name: &str, state: State) -> Period {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (start, end) = (day("2026-01-01"), day("2026-03-31"));
    Period { id: PeriodId(Uuid::from_u128(id)), kind, name: name.into(), start, end, window_opens: None, window_closes: None, state }
}

/// A framework with nothing in it, and two quarters.
fn fresh() -> Stand {
    Stand {
        template: "goal_outcome_output_activity".into(),
        periods: vec![
            period(1, Frequency::Quarterly, "2026 Q1", State::Open),
            period(2, Frequency::Quarterly, "2026 Q2", State::Locked),
            period(3, Frequency::Monthly, "2026-03", State::Open),
        ],
        places: HashMap::from([("KAS".to_owned(), LocationId(Uuid::from_u128(9)))]),
        ..Stand::default()
    }
}

fn sheets(csv: &str) -> Vec<Sheet> {
    read_sheets(csv.as_bytes()).unwrap()
}

fn planned(csv: &str, stand: &Stand) -> Plan {
    plan(sheets(csv), stand, &vocabulary())
}

/// Several sheets of one workbook.
fn workbook(parts: &[(&str, &str)], stand: &Stand) -> Plan {
    let named = |(name, csv): &(&str, &str)| Sheet { name: (*name).to_owned(), ..sheets(csv).remove(0) };
    plan(parts.iter().map(named).collect(), stand, &vocabulary())
}

fn problems(plan: &Plan) -> Vec<String> {
    plan.problems.iter().map(|problem| format!("{} {}", problem.cell, problem.issue.code)).collect()
}

fn results(plan: &Plan) -> Vec<String> {
    plan.results.iter().map(|result| format!("{} {}", result.number, result.title)).collect()
}

fn indicators(plan: &Plan) -> Vec<String> {
    plan.indicators.iter().map(|indicator| format!("{} {} {}", indicator.form.code, indicator.result, indicator.form.title)).collect()
}

/// A sheet as it is handed round, with titles above the heads and a column left free.
const TEMPLATE: &str = "\
,Import indicators,,,,,,\n\
,A programme,,,,,,\n\
,,,,,,,\n\
,\"INSTRUCTIONS\n1. Rows\",,,,,,\n\
,Level*,No.*,Indicator*,Unit of measure*,Number (#) or percentage (%)*,Baseline*,Target frequency*\n";

fn template(rows: &str) -> String {
    format!("{TEMPLATE}{rows}")
}

#[test]
fn headings_number_what_is_beneath_the_top() {
    let plan = planned(
        &template(
            ",Goal: Healthier families,,,,,,\n\
             ,Goal,a,Child deaths,deaths,Number (#),12.5,Annual\n\
             ,Outcome 1: Clinics are open,,,,,,\n\
             ,Outcome,1a,Open days,days,Number (#),N/A,Quarterly\n\
             ,Outcome,1b,,,Number (#),,\n\
             ,Output 1.1: Staff are trained,,,,,,\n\
             ,Output,,Trained,%,Percentage (%),40%,Semi-annual\n",
        ),
        &fresh(),
    );
    assert_eq!(problems(&plan), [""; 0]);
    assert_eq!(results(&plan), ["1 Healthier families", "1.1 Clinics are open", "1.1.1 Staff are trained"]);
    assert_eq!(indicators(&plan), ["a 1 Child deaths", "1a 1.1 Open days", "1.1.1a 1.1.1 Trained"]);
    let forms: Vec<_> = plan.indicators.iter().map(|indicator| &indicator.form).collect();
    let told = forms.iter().map(|form| format!("{} {} {} {}", form.kind, form.baseline_value, form.decimals, form.frequency));
    assert_eq!(told.collect::<Vec<_>>(), ["number 12.5 1 annual", "number  0 quarterly", "percentage 40 0 semi_annual"]);
    assert!(forms[1].reference.as_ref().unwrap().baseline_na);
    assert_eq!((forms[2].agg_locations.as_str(), forms[2].agg_periods.as_str()), ("ratio", "ratio_of_sums"));
    assert!(plan.is_ready() && plan.rows == 7);
}

#[test]
fn rows_may_say_themselves_which_result_they_measure() {
    let rows = ",Goal,1,Deaths,deaths,#,3,Annual\n,Outcome,1.1,Days,days,#,3,Annual\n,Outcomes,1.1,Visits,,#,3,every three months\n";
    let plan = planned(&template(rows), &fresh());
    assert_eq!(problems(&plan), ["B6 result_untitled", "B7 result_untitled"]);
    assert_eq!(results(&plan), ["1 Goal 1", "1.1 Outcome 1.1"]);
    assert_eq!(indicators(&plan), ["1a 1 Deaths", "1.1a 1.1 Days", "1.1b 1.1 Visits"]);
    // where the framework has the results, nothing is made of them
    let stand = Stand { nodes: vec![node(1, "1", "Health"), node(2, "1.1", "Clinics")], ..fresh() };
    let plan = planned(&template(rows), &stand);
    assert_eq!((problems(&plan).len(), plan.results.len(), plan.indicators.len()), (0, 0, 3));
}

#[test]
fn what_is_wrong_is_told_with_its_cell() {
    let cases = [
        ("a level that is none", ",Vision: A,,,,,,\n,Aim 1: B,,,,,,\n", vec!["B7 level_unknown"]),
        ("what stands beneath such a level", ",Aim: B,,,,,,\n,Goal,a,X,,#,1,Annual\n", vec!["B6 level_unknown"]),
        ("a level that nobody knows", ",Goal: A,,,,,,\n,Goal,a,X,,#,1,Annual\n,Aim,1a,X,,#,1,Annual\n", vec!["B8 level_differs"]),
        ("a level alone", ",Goal: A,,,,,,\n,Goal,,,,,,\n", vec![]),
        (
            "two parts where one is",
            ",Goal,1,X,,#,1,Annual\n,Outcome,,Y,,#,1,Annual\n",
            vec!["7 result_number_missing", "B6 result_untitled"],
        ),
        ("an unknown level in a row", ",Goal,1,X,,#,1,Annual\n,Aim,1.1,Y,,#,1,Annual\n", vec!["B7 level_unknown", "B6 result_untitled"]),
        (
            "a child before its parent",
            ",Output 1.1: A,,,,,,\n,Outcome 1: B,,,,,,\n,Goal: C,,,,,,\n",
            vec!["B6 parent_later", "B7 parent_later"],
        ),
        ("a missing level", ",Goal: A,,,,,,\n,Output 1.1: B,,,,,,\n", vec!["B7 parent_missing"]),
        ("a number that is none", ",Goal: A,,,,,,\n,Outcome 1..2: B,,,,,,\n", vec!["B7 result_number_invalid"]),
        ("a number of another depth", ",Goal: A,,,,,,\n,Outcome 1.2.3: B,,,,,,\n", vec!["B7 result_number_depth"]),
        ("no number", ",Goal: A,,,,,,\n,Outcome: B,,,,,,\n", vec!["B7 result_number_missing"]),
        ("a result twice", ",Goal: A,,,,,,\n,Goal: B,,,,,,\n", vec!["B7 result_twice"]),
        ("a gap", ",Goal: A,,,,,,\n,Outcome 2: B,,,,,,\n", vec!["B7 number_shifted"]),
        ("no level", ",Goal: A,,,,,,\n,,1a,X,,#,1,Annual\n", vec![]),
        ("another level than the heading's", ",Goal: A,,,,,,\n,Outcome,1a,X,,#,1,Annual\n", vec!["B7 level_differs"]),
        ("a text that is nothing", ",Goal: A,,,,,,\n,To be filled in,,,,,,\n", vec!["B7 row_unclear"]),
        ("no title", ",Goal: A,,,,,,\n,Goal,a,,deaths,#,1,Annual\n", vec!["D7 fault_required"]),
        ("too long a title", &format!(",Goal: A,,,,,,\n,Goal,a,{},,#,1,Annual\n", "x".repeat(301)), vec!["D7 fault_too_long"]),
        ("too long a unit", &format!(",Goal: A,,,,,,\n,Goal,a,X,{},#,1,Annual\n", "x".repeat(41)), vec!["E7 fault_too_long"]),
        ("a baseline in words", ",Goal: A,,,,,,\n,Goal,a,X,,#,a lot,Annual\n", vec!["G7 number_invalid"]),
        ("local notation", ",Goal: A,,,,,,\n,Goal,a,X,,#,\"1,5\",Annual\n", vec!["G7 number_local_notation"]),
        ("more than all", ",Goal: A,,,,,,\n,Goal,a,X,,%,140,Annual\n", vec!["G7 percent_over"]),
        ("perhaps a share", ",Goal: A,,,,,,\n,Goal,a,X,,%,0.4,Annual\n", vec!["G7 percent_small"]),
        ("still to be measured", ",Goal: A,,,,,,\n,Goal,a,X,,#,TBD,Annual\n", vec!["G7 baseline_later"]),
        ("a kind that is none", ",Goal: A,,,,,,\n,Goal,a,X,,much,1,Annual\n", vec!["F7 word_unknown"]),
        ("how often is not said", ",Goal: A,,,,,,\n,Goal,a,X,,#,1,\n", vec!["D7 frequency_missing"]),
        ("once", ",Goal: A,,,,,,\n,Goal,a,X,,#,1,Life of Program (LoP) only\n", vec!["H7 frequency_annual"]),
        ("a code twice", ",Goal: A,,,,,,\n,Goal,a,X,,#,1,Annual\n,Goal,a,Y,,#,1,Annual\n", vec!["D8 indicator_twice"]),
    ];
    for (what, rows, expected) in cases {
        let plan = planned(&template(rows), &fresh());
        assert_eq!(problems(&plan), expected, "{what}");
        assert_eq!(plan.is_ready(), plan.errors == 0, "{what}");
    }
}

#[test]
fn a_level_without_indicators_gets_none() {
    let stand = Stand { level_indicators: vec![false, true], ..fresh() };
    let rows = ",Goal: A,,,,,,\n,Goal,a,X,,#,1,Annual\n,Outcome 1.1: B,,,,,,\n,Outcome,1.1a,Y,,#,1,Annual\n,Output 1.1.1: C,,,,,,\n,Output,1.1.1a,Z,,#,1,Annual\n";
    let plan = planned(&template(rows), &stand);
    assert_eq!(problems(&plan), ["B7 level_without_indicators"]);
    assert!(!plan.is_ready() && planned(&template(rows), &fresh()).is_ready());
}

#[test]
fn a_file_without_heads_is_no_framework() {
    for (csv, code) in [("a,b\n1,2\n", "framework_heads_missing"), ("Level,Level,Indicator\n", "head_twice")] {
        let plan = planned(csv, &fresh());
        assert!(plan.problems.iter().any(|problem| problem.issue.code == code && problem.issue.severity == "critical"), "{csv}");
        assert!(!plan.is_ready());
    }
    // the heads stand in one of the first twenty rows, and nowhere else
    let late = |row: usize| format!("{}Level,Indicator\nGoal,x\n", "title,\n".repeat(row - 1));
    assert!(problems(&planned(&late(20), &fresh())).iter().all(|problem| !problem.contains("heads_missing")));
    assert_eq!(problems(&planned(&late(21), &fresh())), ["1 framework_heads_missing"]);
}

#[test]
fn few_cells_far_apart_are_refused() {
    let wide = format!("Level,Indicator\nGoal,x\n{}y\n", ",".repeat(200));
    let long = format!("Level,Indicator\n{}", "Goal,x\n".repeat(5_000));
    for (csv, expected) in [(wide, "3 framework_sheet_too_large"), (long, "1 framework_sheet_too_large")] {
        let plan = planned(&csv, &fresh());
        assert!(problems(&plan) == [expected] && plan.annotated().is_empty(), "{:?}", problems(&plan));
    }
}

#[test]
fn what_there_is_no_field_for_is_kept_beside_the_definition() {
    let csv =
        "Level,No.,Indicator,Sector,Definition,Comments,Mood,Target frequency\nGoal,1,Deaths,Health,All of them,Ask Asha,good,Annual\n";
    let stand = Stand { nodes: vec![node(1, "1", "Health")], ..fresh() };
    let plan = planned(csv, &stand);
    assert_eq!(problems(&plan), ["D1 column_kept_aside", "F1 column_kept_aside", "G1 column_unread"]);
    assert_eq!(plan.indicators[0].form.definition, "All of them\n\nSector: Health\nComments: Ask Asha");
}

/// The sheets of our own workbook.
const MATRIX: &str = "\
Wells that last\n\
Draft\n\
Level,Number,Result,Assumptions,Risks,Code,Indicator,Unit,Frequency,Baseline,End target,Source of the figures\n\
Goal,1,Water,It rains,Drought,safe,Safe water,%,quarterly,20.5,80,Survey\n\
,,,,,taps,Taps,,quarterly,,,\n\
Outcome,1.1,Wells,,,,,,,,,\n\
Under no result\n\
,,,,,mood,Mood,,annual,,,\n";

#[test]
fn our_own_workbook_comes_back_whole() {
    let parts = [
        ("Framework", MATRIX),
        ("Targets", "Code,Indicator,Location,2026 Q1\nsafe,Safe water,,40\ntaps,Taps,,7\ntaps,Taps,KAS,3\n"),
        (
            "Indicators",
            "Code,Indicator,Definition,What is measured,Decimals shown,Shown to donors,Used for\ntaps,Taps,Public,Average,2,no,reports to donors\n",
        ),
    ];
    let plan = workbook(&parts, &fresh());
    assert_eq!(problems(&plan), ["Framework!L3 column_unread"]);
    assert_eq!(results(&plan), ["1 Water", "1.1 Wells"]);
    assert_eq!(indicators(&plan), ["safe 1 Safe water", "taps 1 Taps", "mood  Mood"]);
    let [safe, taps, mood] = &plan.indicators[..] else { panic!("three") };
    assert_eq!((safe.form.kind.as_str(), safe.form.decimals.as_str(), safe.form.eop_target.as_str()), ("percentage", "1", "80"));
    assert_eq!((taps.form.kind.as_str(), taps.form.decimals.as_str(), taps.form.definition.as_str()), ("average", "2", "Public"));
    let reference = taps.form.reference.as_ref().unwrap();
    assert_eq!((reference.is_public, reference.data_use.join(",")), (false, "donor_reporting".to_owned()));
    assert_eq!((safe.targets.len(), taps.targets.len(), mood.targets.len(), plan.targets()), (1, 2, 0, 3));
    assert!(taps.targets[1].place.is_some() && plan.is_ready());
    // into the framework that it came from, it brings nothing
    let stand = Stand {
        nodes: vec![node(1, "1", "water"), node(2, "1.1", "Wells")],
        codes: [("safe", "Safe water"), ("taps", "Taps"), ("mood", "Mood")]
            .map(|(code, title)| (code.to_owned(), Some(title.to_owned())))
            .into(),
        ..fresh()
    };
    let plan = workbook(&parts, &stand);
    assert_eq!((plan.results.len(), plan.indicators.len(), plan.errors), (0, 0, 0));
    assert!(problems(&plan).contains(&"Framework!G4 indicator_there".to_owned()) && !plan.is_ready());
    let other = Stand { nodes: vec![node(1, "1", "Fire")], codes: HashMap::from([("safe".to_owned(), None)]), ..fresh() };
    let found = problems(&workbook(&parts, &other));
    assert!(found.contains(&"Framework!C4 result_differs".to_owned()) && found.contains(&"Framework!F4 indicator_code_taken".to_owned()));
}

#[test]
fn targets_name_their_period_and_place() {
    for (targets, expected) in [
        ("Code,Location,2026 Q3\ntaps,,1\n", vec!["Targets!C2 period_unknown"]),
        ("Code,Location,2026 Q2\ntaps,,1\n", vec!["Targets!C2 period_locked"]),
        ("Code,Location,Mar 2026\ntaps,,1\n", vec!["Targets!C2 period_other_frequency"]),
        ("Code,Location,Q1 2026\ntaps,XYZ,1\n", vec!["Targets!B2 location_unknown"]),
        ("Code,Location,2026 Q1\ntips,,1\n", vec!["Targets!A2 indicator_unknown"]),
        ("Code,Location,2026 Q1\ntaps,,many\n", vec!["Targets!C2 number_invalid"]),
        ("Code,Location,2026 Q1\ntaps,,1\ntaps,,2\n", vec!["Targets!C3 target_twice"]),
        ("Code,Location,2026 Q1\nsafe,,101\n", vec!["Targets!C2 percent_over"]),
        ("Code,Location,2026 Q1\ntaps,KAS,1\ntaps,,2\n", vec![]),
    ] {
        let found = problems(&workbook(&[("Framework", MATRIX), ("Targets", targets)], &fresh()));
        let of_targets: Vec<_> = found.into_iter().filter(|problem| problem.starts_with("Targets")).collect();
        assert_eq!(of_targets, expected, "{targets}");
    }
}

#[test]
fn the_sheets_come_back_with_what_is_wrong_and_are_read_again() {
    let csv = template(",Goal: A,,,,,,\n,Goal,a,X,,#,a lot,Annual\n");
    let plan = planned(&csv, &fresh());
    let [sheet] = &plan.annotated()[..] else { panic!("one sheet") };
    assert_eq!(sheet.headers[..3], ["Level*", "No.*", "Indicator*"]);
    let told: Vec<_> = sheet.rows.iter().map(|row| (row.number, row.cells[0].as_str(), row.issues.len())).collect();
    assert_eq!(told, [(6, "Goal: A", 0), (7, "Goal", 1)]);
    assert_eq!(sheet.rows[1].issues[0].column_name.as_deref(), Some("Baseline*"));
    // with the columns that say so, it reads as it did
    let again = "Level*,No.*,Indicator*,Number (#) or percentage (%)*,Baseline*,Target frequency*,kipimo_row,kipimo_problem\n\
                 Goal: A,,,,,,6,\nGoal,a,X,#,12,Annual,7,Baseline*: This is not a figure.\n";
    let plan = planned(again, &fresh());
    assert_eq!((problems(&plan).len(), results(&plan), indicators(&plan)), (0, vec!["1 A".to_owned()], vec!["a 1 X".to_owned()]));
}

#[test]
fn one_plan_is_told_from_another() {
    let mark = |rows: &str| planned(&template(rows), &fresh()).mark();
    let first = mark(",Goal: A,,,,,,\n");
    assert_eq!(first, mark(",Goal: A,,,,,,\n"));
    assert_ne!(first, mark(",Goal: B,,,,,,\n"));
    assert_ne!(first, mark(",Goal: A,,,,,,\n,Goal,a,X,,#,1,Annual\n"));
}

#[test]
fn levels_by_name_or_by_the_place_that_they_have_everywhere() {
    let words = Words::of(&vocabulary());
    let own = ["Impact".to_owned(), "Pillars | Nguzo".to_owned(), "Activity".to_owned()];
    for (text, template, own_levels, expected) in [
        ("Goal", "goal_outcome_output_activity", &[][..], Some(0)),
        ("Impact*", "goal_outcome_output_activity", &[], Some(0)),
        ("OUTPUTS", "goal_outcome_output_activity", &[], Some(2)),
        ("activities", "goal_outcome_output_activity", &[], Some(3)),
        ("Matokeo", "goal_outcome_output_activity", &[], Some(1)),
        ("Lengo  kuu", "ec", &[], Some(0)),
        ("Lengo kuu", "fcdo", &[], Some(0)),
        ("Outcome", "ec", &[], None),
        ("Pillar", "goal_outcome_output_activity", &own, Some(1)),
        ("Goal", "goal_outcome_output_activity", &own, Some(0)),
        ("Output", "goal_outcome_output_activity", &own, None),
        ("Nguzo", "goal_outcome_output_activity", &own, Some(1)),
        ("", "goal_outcome_output_activity", &[], None),
    ] {
        assert_eq!(words.depth(text, template, own_levels), expected, "{text} in {template} {own_levels:?}");
    }
}

#[test]
fn numbers_letters_and_periods() {
    for (text, parts, letter) in
        [("1.2", vec![1, 2], ""), ("1.2a", vec![1, 2], "a"), ("3.", vec![3], ""), ("b", vec![], "b"), ("1.B", vec![1], "b")]
    {
        assert_eq!(Numbered::of(text), Some(Numbered { parts, letter: letter.to_owned() }), "{text}");
    }
    for text in ["1..2", "0", "1.0", "x1", "1,2", "12345", "n/a", "abc"] {
        assert_eq!(Numbered::of(text), None, "{text}");
    }
    assert_eq!([0, 25, 26].map(letter), ["a", "z", "aa"]);
    assert_eq!(plain(" Target\nfrequency*: "), "target frequency");
    let words = Words::of(&vocabulary());
    for (head, expected) in [
        ("2026", Some((Frequency::Annual, "2026"))),
        ("Target 2026 Q4", Some((Frequency::Quarterly, "2026 Q4"))),
        ("H2 2026", Some((Frequency::SemiAnnual, "2026 H2"))),
        ("2026 T3", Some((Frequency::TriAnnual, "2026 T3"))),
        ("Mac 2026", Some((Frequency::Monthly, "2026-03"))),
        ("2026-11", Some((Frequency::Monthly, "2026-11"))),
        ("2026-Q3", Some((Frequency::Quarterly, "2026 Q3"))),
        ("2026 Q5", None),
        ("2026-13", None),
        ("Target", None),
        ("Q1", None),
    ] {
        assert_eq!(words.period(head), expected.map(|(frequency, name)| (frequency, name.to_owned())), "{head}");
    }
}
