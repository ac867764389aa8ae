//! Disability counted from a survey: figures on the page, what cannot be read by row and column, and nothing kept.

use http::{StatusCode, header};
use rust_xlsxwriter::Workbook;
use server::projects::imports::MAX_FILE;
use sqlx::AssertSqlSafe;

use crate::stage::{Browser, Page, Stage, signed_in};

const PAGE: &str = "/o/amani-wash/projects/wells/import/disability";

/// A roster as the form of WFP writes it, 0 for female and 1 for male.
const ROSTER: &str = "r/PDisabName,r/PDisabAge,r/PDisabSex,r/PDisabSee,r/PDisabHear,r/PDisabWalk,r/PDisabRemember,r/PDisabUnderstand,r/PDisabWash\n\
    baby bear,5,0,1,1,1,1,1,1\n\
    momma bear,30,0,3,1,999,1,3,4\n\
    person b,12,0,888,888,888,888,888,888\n\
    small bear,3,1,,,,,,\n";
const WFP: (&str, &str) = ("sex_codes", "0f1m");

/// The page without the marks that the framework puts between texts.
fn text(page: &Page) -> String {
    page.body.replace("<!>", "").replace("<!---->", "")
}

/// The figures of a group: with, without, unknown, below five.
fn figures(page: &Page, group: &str) -> Vec<String> {
    let text = text(page);
    let head = format!("<th scope=\"row\">{group}</th>");
    let row = text.split("<tr>").find_map(|row| row.strip_prefix(head.as_str())).unwrap_or_else(|| panic!("no row of {group}: {text}"));
    let row = row.split("</tr>").next().unwrap_or_default();
    row.split("<td class=\"num\">").skip(1).map(|cell| cell.split('<').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_survey_is_counted_by_sex_and_age() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let form = meal.get("/o/amani-wash/projects/wells/import").await;
    assert!(form.body.contains(&format!("href=\"{PAGE}\"")), "{}", form.body);
    let page = meal.send_file(PAGE, &[WFP], ("roster.csv", ROSTER.as_bytes())).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for (group, expected) in [
        ("Female", ["1", "1", "1", "0"]),
        ("Male", ["0", "0", "0", "1"]),
        ("0–4", ["0", "0", "0", "1"]),
        ("5–11", ["0", "1", "0", "0"]),
        ("12–17", ["0", "0", "1", "0"]),
        ("25–49", ["1", "0", "0", "0"]),
        ("Female, 25–49", ["1", "0", "0", "0"]),
        ("Everybody", ["1", "1", "1", "1"]),
    ] {
        assert_eq!(figures(&page, group), expected, "{group}");
    }
    let shown = text(&page);
    assert!(shown.contains("<samp>0</samp> → Female: 3") && shown.contains("<samp>1</samp> → Male: 1"), "{shown}");
    assert!(!shown.contains("momma bear"), "names are not shown");
    assert!(!shown.contains("Unknown localization"), "{shown}");
    let file = meal.send_file(PAGE, &[WFP, ("as", "csv")], ("roster.csv", ROSTER.as_bytes())).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("wells-disability.csv"));
    assert!(file.body.contains("female,25-49,with,1\n") && file.body.contains("male,0-4,below_five,1\n"), "{}", file.body);
}

#[tokio::test]
async fn a_workbook_is_counted_too() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (col, name) in (0..).zip(["Umri", "Jinsia", "Kuona", "Kusikia", "Kutembea", "Kukumbuka", "Kujihudumia", "Kuwasiliana"]) {
        sheet.write_string(0, col, name).unwrap();
    }
    sheet.write_number(1, 0, 61).unwrap();
    sheet.write_string(1, 1, "mwanamke").unwrap();
    for col in 2..8 {
        sheet.write_string(1, col, if col == 4 { "Hawezi kabisa" } else { "Hapana, hakuna ugumu" }).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.send_file(PAGE, &[], ("utafiti.xlsx", &bytes)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(figures(&page, "60 and over"), ["1", "0", "0", "0"]);
    assert_eq!(figures(&page, "Female"), ["1", "0", "0", "0"]);
}

#[tokio::test]
async fn what_a_number_means_is_asked_and_what_was_chosen_stays() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.send_file(PAGE, &[], ("roster.csv", ROSTER.as_bytes())).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = text(&page);
    assert!(shown.contains("In this file sex stands in numbers.") && shown.contains("sex stands as 0, 1."), "{shown}");
    assert!(!shown.contains("What was counted"), "{shown}");
    // columns that no heading tells are asked for
    let odd = ROSTER.replace("r/PDisabHear", "r/q7").replace("r/PDisabAge", "r/q2");
    let page = meal.send_file(PAGE, &[WFP, ("column_age", "Q2")], ("odd.csv", odd.as_bytes())).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("href=\"#washington-count-column_hear\"") && page.body.contains("value=\"Q2\""), "{}", page.body);
    let said = [WFP, ("column_age", "Q2"), ("column_hear", "r/q7")];
    let page = meal.send_file(PAGE, &said, ("odd.csv", odd.as_bytes())).await;
    assert_eq!(figures(&page, "Everybody"), ["1", "1", "1", "1"]);
}

#[tokio::test]
async fn faulty_cells_are_named_and_their_rows_left_out() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let faulty = ROSTER.replace("baby bear,5,0,1,1,1,", "baby bear,5,0,1,1,5,").replace("person b,12,0", "person b,twelve,2");
    let page = meal.send_file(PAGE, &[WFP], ("roster.csv", faulty.as_bytes())).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let shown = text(&page);
    for (row, column) in [(2, "r/PDisabWalk"), (4, "r/PDisabAge"), (4, "r/PDisabSex")] {
        assert!(shown.contains(&format!("<td class=\"num\">{row}</td><td><code>{column}</code></td>")), "{row} {column}: {shown}");
    }
    assert!(shown.contains("2 rows were left out"), "{shown}");
    assert_eq!(figures(&page, "Everybody"), ["1", "0", "0", "1"]);
    assert!(!shown.contains("Unknown localization"), "{shown}");
}

#[tokio::test]
async fn files_that_are_none_are_refused() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let table: [(&str, &[u8]); 5] = [
        ("picture.png", b"\x89PNG\r\n\x1a\n...."),
        ("archive.zip", b"PK\x03\x04 and nothing behind it"),
        ("old.xls", b"\xd0\xcf\x11\xe0 an old document"),
        ("empty.csv", b"\n\n"),
        ("header.csv", ROSTER.lines().next().unwrap().as_bytes()),
    ];
    for (name, bytes) in table {
        let page = meal.send_file(PAGE, &[WFP], (name, bytes)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.body.contains("This file cannot be read.") && page.body.contains("class=\"list problems\""), "{name}: {}", page.body);
    }
    let none = meal.send_file(PAGE, &[WFP], ("", b"")).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let no_file = meal.post(PAGE, &[WFP]).await;
    assert_eq!(no_file.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = meal.send_file(PAGE, &[WFP], ("large.csv", &vec![b'1'; MAX_FILE + 1])).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.body.contains("Files may have up to 20 MB."), "{}", large.body);
}

#[tokio::test]
async fn only_who_may_import_counts() {
    let stage = Stage::new().await;
    let file = ("roster.csv", ROSTER.as_bytes());
    for email in ["viewer@amani.test", "field@amani.test", "admin@amani.test"] {
        let mut browser = signed_in(&stage, email).await;
        assert_eq!(browser.send_file(PAGE, &[WFP], file).await.status, StatusCode::FORBIDDEN, "{email}");
    }
    let mut stranger = signed_in(&stage, "meal@baraka.test").await;
    assert_eq!(stranger.send_file(PAGE, &[WFP], file).await.status, StatusCode::NOT_FOUND);
    let mut nobody = Browser::new(&stage);
    assert!(nobody.send_file(PAGE, &[WFP], file).await.location.starts_with("/login"));
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert_eq!(meal.post_from_elsewhere(PAGE).await.status, StatusCode::FORBIDDEN);
    assert_eq!(meal.post_from_nowhere(PAGE).await.status, StatusCode::FORBIDDEN);
}

/// Every table with a hash of its rows, but for when a session was last seen.
async fn everything(stage: &Stage) -> Vec<(String, String)> {
    let mut conn = stage.superuser().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
           and (table_schema, table_name) <> ('auth', 'session') order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let hash = format!("select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t");
        found.push((table, sqlx::query_scalar(AssertSqlSafe(hash)).fetch_one(&mut conn).await.unwrap()));
    }
    found
}

#[tokio::test]
async fn nothing_of_a_survey_is_kept() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    meal.get(PAGE).await;
    let before = everything(&stage).await;
    let faulty = ROSTER.replace("30", "thirty");
    let sent: [(&[(&str, &str)], &str); 5] =
        [(&[WFP], ROSTER), (&[], ROSTER), (&[WFP], &faulty), (&[WFP, ("as", "csv")], ROSTER), (&[], "a,b\n1,2\n")];
    for (fields, file) in sent {
        meal.send_file(PAGE, fields, ("roster.csv", file.as_bytes())).await;
    }
    assert_eq!(everything(&stage).await, before);
}
