use std::fmt::Write;

use serde_json::json;

use super::super::places::code_of_name;
use super::super::plan::{LocationEntry, LocationRef, Plan, plan_import};
use super::{catalogue, found, id, mapping};

/// Plans rows of `site,name,country,litres` for months from January on; of the codes that exist, those with a `-` before them are switched
/// off.
fn plan_places(rows: &[&str], existing: &[&str]) -> Plan {
    let mapping = mapping(json!({
        "layout": "wide",
        "dates": {"start": "day", "end": "day"},
        "location": {"code": "site", "name": "name", "parent": "country"},
        "indicators": "*",
        "create": ["locations", "periods"],
    }));
    let mut file = String::from("day,site,name,country,litres\n");
    for (row, month) in rows.iter().zip(1..) {
        writeln!(file, "2024-{month:02}-15,{row}").unwrap();
    }
    let mut catalogue = catalogue();
    let entry = |(code, number): (&&str, u128)| {
        let (code, active) = code.strip_prefix('-').map_or((*code, true), |code| (code, false));
        LocationEntry { id: id(number), code: code.to_owned(), active }
    };
    catalogue.locations = existing.iter().zip(60..).map(entry).collect();
    plan_import(file.as_bytes(), &mapping, &catalogue)
}

/// Row, code, name and parent of each: `"2 518 Dagahaley <- 0"`.
fn planned(plan: &Plan) -> Vec<String> {
    plan.new_locations
        .iter()
        .map(|place| {
            let parent = match place.parent {
                None => "none".to_owned(),
                Some(LocationRef::New(index)) => index.to_string(),
                Some(LocationRef::Existing(_)) => "existing".to_owned(),
            };
            format!("{} {} {} <- {parent}", place.row, place.code, place.name)
        })
        .collect()
}

type Texts = &'static [&'static str];

/// Name, rows, codes that exist, locations planned, issues.
type Case = (&'static str, Texts, Texts, Texts, Texts);

#[test]
fn locations_are_planned_once_with_their_parents_before_them() {
    let cases: [Case; 8] = [
        (
            "two camps of a country",
            &["518,Dagahaley,Kenya,1", "520,Ifo,Kenya,1", "518,Dagahaley,Kenya,2"],
            &[],
            &["2 KENYA Kenya <- none", "2 518 Dagahaley <- 0", "3 520 Ifo <- 0"],
            &[],
        ),
        ("the country is there", &["518,Dagahaley,Kenya,1"], &["KENYA"], &["2 518 Dagahaley <- existing"], &[]),
        ("the camp is there: nothing of it is changed or planned", &["518,Other name,Kenya,1"], &["518"], &[], &[]),
        ("neither name nor parent", &["518,NA,,1"], &[], &["2 518 518 <- none"], &[]),
        (
            "the first name stands, each other is told once",
            &["518,A,,1", "518,B,,1", "518,B,,1", "518,C,,1", "518,A,,1"],
            &[],
            &["2 518 A <- none"],
            &["3 name location_name_differs", "5 name location_name_differs"],
        ),
        (
            "the first parent stands",
            &["518,A,Kenya,1", "518,A,Chad,1", "519,B,Chad,1"],
            &[],
            &["2 KENYA Kenya <- none", "2 518 A <- 0", "4 CHAD Chad <- none", "4 519 B <- 2"],
            &["3 country location_parent_differs"],
        ),
        ("a figure of the country itself", &["KENYA,Kenya,Kenya,1", "518,A,Kenya,1"], &[], &["2 KENYA Kenya <- none", "3 518 A <- 0"], &[]),
        (
            "a country's own row after a camp's",
            &["518,A,Kenya,1", "KENYA,Kenya,Africa,1"],
            &[],
            &["2 KENYA Kenya <- none", "2 518 A <- 0"],
            &["3 country location_parent_differs"],
        ),
    ];
    check(&cases);
}

#[test]
fn locations_that_are_switched_off_take_no_figures_and_are_not_made_anew() {
    let cases: [Case; 3] = [
        ("the camp", &["518,Dagahaley,,1", "519,Ifo,,1"], &["-518"], &["3 519 Ifo <- none"], &["2 site location_inactive"]),
        ("its country", &["518,Dagahaley,Kenya,1"], &["-KENYA"], &[], &["2 country location_inactive"]),
        ("the country of a camp that is there", &["518,Dagahaley,Kenya,1"], &["518", "-KENYA"], &[], &[]),
    ];
    check(&cases);
}

#[test]
fn only_valid_rows_plan_locations() {
    let cases: [Case; 3] = [
        (
            "an invalid row plans nothing, and its name does not stand",
            &["518,Wrong,Kenya,x", "518,Right,Chad,1"],
            &[],
            &["3 CHAD Chad <- none", "3 518 Right <- 0"],
            &["2 litres number_invalid"],
        ),
        ("a row without figures plans nothing", &["518,A,Kenya,NA"], &[], &[], &["2 - row_empty"]),
        (
            "texts that cannot be stored",
            &["\"5\t18\",A,Kenya,1", "518,\"A\nB\",\"K\u{7f}\",1"],
            &[],
            &[],
            &["2 site location_code_invalid", "3 name location_name_invalid", "3 country location_name_invalid"],
        ),
    ];
    check(&cases);
}

fn check(cases: &[Case]) {
    for &(name, rows, existing, places, issues) in cases {
        let plan = plan_places(rows, existing);
        assert_eq!(planned(&plan), places, "{name}");
        assert_eq!(found(&plan.issues), issues, "{name}");
    }
}

#[test]
fn a_differing_name_points_to_the_row_that_stands() {
    let plan = plan_places(&["518,A,,1", "519,X,,1", "518,B,,1"], &[]);
    assert_eq!(plan.issues[0].other_row, Some(2));
    assert_eq!((plan.issues[0].value.as_str(), plan.valid_rows), ("B", 3));
}

#[test]
fn limits_of_what_is_stored() {
    let code = |length: usize| format!("{},A,,1", "c".repeat(length));
    let name = |length: usize| format!("518,{},,1", "é".repeat(length));
    let cases = [(code(60), 0), (code(61), 1), (name(200), 0), (name(201), 1)];
    for (row, errors) in cases {
        assert_eq!(plan_places(&[&row], &[]).errors, errors, "{row}");
    }
}

#[test]
fn codes_of_names() {
    let cases = [
        ("Kenya", "KENYA"),
        (" South  Sudan ", "SOUTH-SUDAN"),
        ("Democratic Republic of the Congo", "DEMOCRATIC-REPUBLIC-OF-THE-CONGO"),
        ("Côte d'Ivoire", "COTE-D-IVOIRE"),
        ("São Tomé & Príncipe", "SAO-TOME-PRINCIPE"),
        ("Türkiye", "TURKIYE"),
        ("Guinea-Bissau", "GUINEA-BISSAU"),
        ("Region 4 (North)", "REGION-4-NORTH"),
        ("Łódź", "OD-2E8AD834"),
        ("جيبوتي", "L-254A23D2"),
        ("--", "L-20CD1D0F"),
    ];
    for (name, code) in cases {
        assert_eq!(code_of_name(name), code, "{name}");
    }
    let long = code_of_name(&"Long name ".repeat(12));
    assert!(long.len() <= 60 && long.starts_with("LONG-NAME-LONG"), "{long}");
    assert_ne!(long, code_of_name(&"Long name ".repeat(13)));
}
