//! A framework from a sheet: the template that organisations hand round, our own workbook, and files that are wrong.

use std::io::Cursor;

use app::text::Say;
use calamine::{Data, Reader, Xlsx};
use http::StatusCode;
use rust_xlsxwriter::{Format, Workbook};
use server::kernel::text::Locale;
use server::projects::{self, ProjectForm, framework, periods};

use crate::stage::{Browser, Page, Stage, signed_in};

const WELLS: &str = "/o/amani-wash/projects/wells";

/// A new project, with the four quarters of each of two years; its administrator edits it.
async fn fresh(stage: &Stage) -> (Browser, String) {
    let admin = stage.cx("admin@amani.test").await;
    let form = ProjectForm {
        code: "fresh".into(),
        title: "A fresh start".into(),
        summary: String::new(),
        start_date: "2025-01-01".into(),
        end_date: "2026-12-31".into(),
        template: String::new(),
    };
    let id = projects::create(&admin, &form, false).await.unwrap();
    periods::make(&admin, id, "quarterly", "2025-01-01", "2026-12-31").await.unwrap();
    (signed_in(stage, "admin@amani.test").await, id.to_string())
}

/// Sends a file to be checked.
async fn check(browser: &mut Browser, project: (&str, &str), name: &str, bytes: &[u8]) -> Page {
    let (code, id) = project;
    let back = format!("/o/amani-wash/projects/{code}/framework/import");
    let fields = [("org", "amani-wash"), ("code", code), ("project", id), ("back", back.as_str())];
    browser.send_file("/fn/framework/check", &fields, (name, bytes)).await
}

/// The page of a file that was taken to be checked.
async fn shown(browser: &mut Browser, checked: &Page) -> String {
    assert!(checked.location.contains("/framework/import/"), "{} {}", checked.status, checked.location);
    browser.get(&checked.location).await.body
}

/// What a page says between two texts.
fn between<'a>(body: &'a str, before: &str, behind: &str) -> &'a str {
    body.split(before).nth(1).and_then(|rest| rest.split(behind).next()).unwrap_or_default()
}

/// Decides on what a page shows.
async fn apply(browser: &mut Browser, project: (&str, &str), at: &str, body: &str) -> Page {
    let (code, id) = project;
    let import = at.rsplit('/').next().unwrap_or_default();
    let shown = between(body, "name=\"shown\" value=\"", "\"");
    let fields = [
        ("org", "amani-wash"),
        ("code", code),
        ("project", id),
        ("import", import),
        ("shown", shown),
        ("back", at.split('?').next().unwrap()),
    ];
    browser.post("/fn/framework/import", &fields).await
}

fn rows(bytes: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// The template with what stands in it, and rows beneath: a row of one text is a heading across all of them.
fn filled(template: &[u8], rows: &[&[&str]]) -> Vec<u8> {
    let mut old: Xlsx<_> = Xlsx::new(Cursor::new(template.to_vec())).unwrap();
    let name = old.sheet_names()[0].clone();
    let range = old.worksheet_range(&name).unwrap();
    let (top, left) = range.start().unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(&name).unwrap();
    for (row, column, cell) in range.used_cells() {
        let (row, column) = (top + u32::try_from(row).unwrap(), u16::try_from(left).unwrap() + u16::try_from(column).unwrap());
        sheet.write(row, column, cell.to_string()).unwrap();
    }
    sheet.merge_range(3, 1, 3, 5, "INSTRUCTIONS", &Format::new()).unwrap();
    for (row, cells) in (6..).zip(rows) {
        if let [heading] = cells {
            sheet.merge_range(row, 1, row, 22, heading, &Format::new()).unwrap();
            continue;
        }
        for (column, cell) in (1..).zip(*cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).map(drop).unwrap(),
                Err(_) if cell.is_empty() => {}
                Err(_) => sheet.write(row, column, *cell).map(drop).unwrap(),
            }
        }
    }
    book.add_worksheet().set_name("Hidden").unwrap().set_hidden(true).write(0, 0, "Sectors").unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn the_template_that_people_use() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/import/BulkIndicatorImportTemplate.xlsx");
    let Ok(template) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let stage = Stage::new().await;
    let (mut admin, id) = fresh(&stage).await;
    let project = ("fresh", id.as_str());
    // as it is handed out: read, and nothing in it
    let checked = check(&mut admin, project, "empty.xlsx", &template).await;
    let page = shown(&mut admin, &checked).await;
    assert!(page.contains("no result and no indicator that the project does not have") && !page.contains("name=\"shown\""), "{page}");
    let sheet = filled(
        &template,
        &[
            &["Goal: Families are healthy"],
            &[
                "Goal",
                "a",
                "Child deaths",
                "Health",
                "WHO",
                "Under five",
                "It is the goal",
                "deaths",
                "Number (#)",
                "Census",
                "41.5",
                "Decrease (-)",
                "Annual",
            ],
            &["Goal", "b", "", "", "", "", "", "", "Number (#)", "", "", "Not applicable", ""],
            &["Outcome 1: Wells are kept working"],
            &[
                "Outcome",
                "1a",
                "Wells that work",
                "",
                "",
                "",
                "",
                "%",
                "Percentage (%)",
                "",
                "60",
                "Increase (+)",
                "Quarterly",
                "Visits",
                "Survey",
            ],
            &["Output 1.1: Committees are trained"],
            &[
                "Output",
                "1.1a",
                "Committees",
                "",
                "",
                "",
                "",
                "committees",
                "Number (#)",
                "",
                "N/A",
                "Not applicable",
                "Life of Program (LoP) only",
            ],
        ],
    );
    let checked = check(&mut admin, project, "plan.xlsx", &sheet).await;
    let page = shown(&mut admin, &checked).await;
    for text in [
        "Families are healthy",
        "1.1.1",
        "Wells that work",
        "Nothing is wrong",
        "reported every year",
        "N13",
        "E6",
        "end of the definition",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(stage.count("app.indicator where code = '1.1a'").await, 0, "nothing is made before somebody says so");
    let done = apply(&mut admin, project, &checked.location, &page).await;
    assert!(done.location.contains("notice=framework-imported"), "{}", done.location);
    let said: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', i.code, n.number, n.title, i.kind, i.direction, i.frequency, i.baseline_value::float8, i.baseline_na)
         from app.indicator i join app.result_node n on n.id = i.result_node_id join app.project p on p.id = i.project_id
         where p.code = 'fresh' order by i.sort",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    assert_eq!(
        said,
        [
            "a 1 Families are healthy number decrease annual 41.5 f",
            "1a 1.1 Wells are kept working percentage increase quarterly 60 f",
            "1.1a 1.1.1 Committees are trained number none annual t"
        ]
    );
    assert_eq!(stage.count("app.indicator where definition = E'Under five\\n\\nSector: Health\\nSource: WHO'").await, 1);
    assert_eq!(stage.count("audit.event where action = 'framework.imported'").await, 1);
    let log = admin.get("/o/amani-wash/audit?action=framework.").await.body;
    assert!(log.contains("Imported a framework from a sheet"), "{log}");
    // once and no more; and the same file brings nothing again
    let again = apply(&mut admin, project, &checked.location, &page).await;
    assert!(again.location.contains("flash="), "{}", again.location);
    let checked = check(&mut admin, project, "plan.xlsx", &sheet).await;
    let page = shown(&mut admin, &checked).await;
    assert!(page.contains("The project has this indicator already") && !page.contains("name=\"shown\""), "{page}");
}

#[tokio::test]
async fn our_own_workbook_comes_back_as_it_was() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    stage.run("update app.indicator set definition = E'One line\\nand another', rationale = 'Because' where code = 'wells_repaired'").await;
    let taken = pm.post(&format!("{WELLS}/export/framework"), &[]).await;
    assert_eq!(taken.status, StatusCode::OK);
    let (mut admin, id) = fresh(&stage).await;
    let project = ("fresh", id.as_str());
    // in whatever language it was taken out
    for bytes in [sheets_of(&stage, "wells", Locale::Sw).await, taken.bytes.clone()] {
        let checked = check(&mut admin, project, "wells.xlsx", &bytes).await;
        let page = shown(&mut admin, &checked).await;
        assert!(page.contains("Nothing is wrong") && page.contains("No problems were found"), "{page}");
    }
    let checked = check(&mut admin, project, "wells.xlsx", &taken.bytes).await;
    let page = shown(&mut admin, &checked).await;
    assert!(apply(&mut admin, project, &checked.location, &page).await.location.contains("notice=framework-imported"));
    let version = framework::current(&stage.cx("admin@amani.test").await, id.parse().unwrap()).await.unwrap();
    assert!(version.nodes.len() == 2 && version.indicators.len() == 4 && version.indicators.iter().all(|i| i.targets.len() == 8));
    let bytes = sheets_of(&stage, "fresh", Locale::En).await;
    for (sheet, first) in [("Framework", 2), ("Targets", 0), ("Indicators", 0)] {
        assert_eq!(rows(&bytes, sheet)[first..], rows(&taken.bytes, sheet)[first..], "{sheet}");
    }
    // back into the project that it came from, it brings nothing and changes nothing
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let before = stage.count("app.indicator").await;
    let checked = check(&mut pm, ("wells", &wells), "wells.xlsx", &taken.bytes).await;
    let page = shown(&mut pm, &checked).await;
    assert!(page.contains("no result and no indicator that the project does not have"), "{page}");
    assert_eq!(stage.count("app.indicator").await, before);
}

/// The workbook of a project, made as the export makes it.
async fn sheets_of(stage: &Stage, code: &str, locale: Locale) -> Vec<u8> {
    let admin = stage.cx("admin@amani.test").await;
    let project = projects::find(&admin, code).await.unwrap();
    let content = framework::current(&admin, project.id).await.unwrap();
    app::workbook::framework(Say::new(locale), &project, &content).unwrap()
}

const WRONG: &str = "Level,No.,Result,Indicator,Baseline,Target frequency,Unit\n\
    Outcome,1.2,Taps run,Taps,a lot,Quarterly,taps\n\
    Output,1.3.1,Pipes,Pipes,12,Quarterly,pipes\n\
    Outcome,1.2,Again,,,,\n";

#[tokio::test]
async fn what_is_wrong_is_told_with_its_cell_and_nothing_is_made() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let project = ("wells", wells.as_str());
    let before = (stage.count("app.result_node").await, stage.count("app.indicator").await);
    let checked = check(&mut pm, project, "wrong.csv", WRONG.as_bytes()).await;
    let page = shown(&mut pm, &checked).await;
    for (cell, text) in
        [("E2", "This is not a figure"), ("C3", "There is no result above"), ("B4", "An earlier row has a result of this number")]
    {
        assert!(page.contains(cell) && page.contains(text), "{cell}: {page}");
    }
    assert!(!page.contains("name=\"shown\"") && page.contains("nothing can be made"), "{page}");
    // whoever sends the decision all the same is told so
    let sent = apply(&mut pm, project, &checked.location, &page).await;
    let told = pm.get(sent.location.split('#').next().unwrap()).await.body;
    assert!(sent.location.contains("flash=") && told.contains("Something is wrong in the file"), "{}: {told}", sent.location);
    assert_eq!((stage.count("app.result_node").await, stage.count("app.indicator").await), before);
    // the sheet comes back with what is wrong, and is read as it was
    let path = checked.location.split('?').next().unwrap().to_owned();
    let back = pm.get(&format!("{path}/problems")).await;
    assert_eq!(back.status, StatusCode::OK);
    let sheet = rows(&back.bytes, "Sheet1");
    assert_eq!((sheet.len(), sheet[0][7].as_str(), sheet[1][7].as_str()), (4, "kipimo_row", "2"));
    assert!(sheet[1][8].starts_with("Baseline: This is not a figure"), "{sheet:?}");
    let again = check(&mut pm, project, "again.xlsx", &back.bytes).await;
    assert!(shown(&mut pm, &again).await.contains("E2"), "{}", again.location);
    // an import of figures knows nothing of it
    let import = path.rsplit('/').next().unwrap();
    assert_eq!(pm.get(&format!("{WELLS}/import/{import}")).await.status, StatusCode::NOT_FOUND);
    let fields = [("org", "amani-wash"), ("project", wells.as_str()), ("import", import), ("valid_rows", "true"), ("back", path.as_str())];
    assert!(pm.post("/fn/imports/apply", &fields).await.location.contains("flash="));
}

#[tokio::test]
async fn what_was_shown_is_made_or_nothing() {
    const GOOD: &str = "Level,No.,Result,Code,Indicator,Baseline,Target frequency,2025 Q1\n\
        Outcome,1.2,Taps run,taps,Taps that run,3,Quarterly,7\n,,,hours,Hours,1,Quarterly,\n";
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let project = ("wells", wells.as_str());
    let checked = check(&mut pm, project, "good.csv", GOOD.as_bytes()).await;
    let page = shown(&mut pm, &checked).await;
    assert!(page.contains("name=\"shown\""), "{page}");
    // a colleague adds a result meanwhile: the number is another now
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let goal: uuid::Uuid = sqlx::query_scalar(
        "select n.id from app.result_node n join app.project p on p.id = n.project_id where p.code = 'wells' and n.number = '1'",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let goal = goal.to_string();
    let add = |title| [("org", "amani-wash"), ("project", wells.as_str()), ("parent", goal.as_str()), ("title", title), ("back", WELLS)];
    assert!(meal.post("/fn/framework/add", &add("Taps run")).await.location.contains("notice="));
    let before = stage.count("app.indicator").await;
    let sent = apply(&mut pm, project, &checked.location, &page).await;
    let told = pm.get(sent.location.split('#').next().unwrap()).await.body;
    assert!(told.contains("The framework has changed since you looked"), "{}: {told}", sent.location);
    assert_eq!(stage.count("app.indicator").await, before, "nothing is half made");
    // looked at again, it is one result less, and is made
    let done = apply(&mut pm, project, &checked.location, &told).await;
    assert!(done.location.contains("notice=framework-imported"), "{}", done.location);
    assert_eq!(stage.count("app.indicator").await, before + 2);
    assert_eq!(stage.count("app.target t join app.indicator i on i.id = t.indicator_id where i.code = 'taps' and t.value = 7").await, 1);
    let after = pm.get(&checked.location).await.body;
    assert!(after.contains("All of it was made"), "{after}");
    assert_eq!(pm.get(&format!("{}/problems", checked.location)).await.status, StatusCode::NOT_FOUND, "the file is not kept any longer");
}

#[tokio::test]
async fn only_who_edits_an_open_framework_imports_one() {
    let stage = Stage::new().await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let project = ("wells", wells.as_str());
    let page = format!("{WELLS}/framework/import");
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let checked = check(&mut pm, project, "f.csv", WRONG.as_bytes()).await.location;
    assert!(pm.get(&format!("{WELLS}/framework")).await.body.contains(&page), "the page of the framework leads to it");
    for email in ["viewer@amani.test", "field@amani.test"] {
        let mut other = signed_in(&stage, email).await;
        for path in [page.as_str(), checked.as_str(), &format!("{checked}/problems")] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{email} {path}");
        }
        assert_eq!(check(&mut other, project, "f.csv", WRONG.as_bytes()).await.status, StatusCode::FORBIDDEN, "{email}");
        assert!(!other.get(&format!("{WELLS}/framework")).await.body.contains("framework/import"), "{email}");
    }
    let mut stranger = signed_in(&stage, "meal@baraka.test").await;
    assert_eq!(stranger.get(&checked).await.status, StatusCode::NOT_FOUND);
    assert_eq!(check(&mut stranger, project, "f.csv", WRONG.as_bytes()).await.status, StatusCode::NOT_FOUND);
    let mut nobody = Browser::new(&stage);
    assert!(check(&mut nobody, project, "f.csv", WRONG.as_bytes()).await.location.starts_with("/login"));
    // of another project, nothing is found
    let camps = stage.project("meal@amani.test", "camps").await.to_string();
    let fields = [("org", "amani-wash"), ("code", "camps"), ("project", camps.as_str()), ("import", checked.rsplit('/').next().unwrap())];
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let sent = meal.post("/fn/framework/import", &fields).await;
    assert!(sent.location.contains("flash=") || sent.status == StatusCode::NOT_FOUND, "{} {}", sent.status, sent.location);
    // what is no sheet at all is told so, and what is no file too
    let checked = check(&mut pm, project, "f.png", b"\x89PNG\r\n\x1a\n....").await;
    assert!(!shown(&mut pm, &checked).await.contains("name=\"shown\""));
    assert!(check(&mut pm, project, "f.csv", b"").await.location.contains("flash="));
    // an approved framework takes nothing, and says why
    let checked =
        check(&mut pm, project, "f.csv", b"Level,No.,Result,Indicator,Target frequency\nOutcome,1.2,Taps,Taps,Annual\n").await.location;
    let before = pm.get(&checked).await.body;
    sqlx::raw_sql("set session_replication_role = replica; update app.project set framework_status = 'approved' where code = 'wells'")
        .execute(&mut stage.superuser().await)
        .await
        .unwrap();
    let why = "The framework is approved";
    assert!(pm.get(&page).await.body.contains(why) && pm.get(&checked).await.body.contains(why));
    for sent in [check(&mut pm, project, "f.csv", WRONG.as_bytes()).await, apply(&mut pm, project, &checked, &before).await] {
        assert!(sent.location.contains("flash="), "{}", sent.location);
        assert!(pm.get(sent.location.split('#').next().unwrap()).await.body.contains(why), "{}", sent.location);
    }
    assert_eq!(stage.count("app.indicator where title = 'Taps'").await, 0);
}
