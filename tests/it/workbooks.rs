//! Workbooks: taken out as people and donors read them, and taken in.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use http::StatusCode;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use server::projects::tracking::By;
use server::projects::values::export::ROWS;

use crate::programmes::one;
use crate::stage::{Page, Stage, signed_in};

const WELLS: &str = "/o/amani-wash/projects/wells";

fn book(page: &Page) -> Xlsx<Cursor<Vec<u8>>> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.location);
    Xlsx::new(Cursor::new(page.bytes.clone())).unwrap()
}

/// The rows of a sheet as text, figures as they are kept.
fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

#[tokio::test]
async fn the_tracking_table_is_taken_out_as_a_workbook() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.post(&format!("{WELLS}/export"), &[("year", "2026"), ("location", ""), ("by", ""), ("format", "xlsx")]).await;
    let mut book = book(&page);
    assert_eq!(book.sheet_names(), ["Tracking", "Not yet verified", "Indicators"]);
    let itt = rows(&mut book, "Tracking");
    assert_eq!(itt[0][0], "Wells that last");
    assert_eq!(itt[3][5..9], ["Q1 2026", "", "", ""]);
    assert_eq!(itt[4][5..9], ["Target", "Actual", "%", "Status"]);
    let table = server::projects::tracking::table(&stage.cx("meal@amani.test").await, "wells", Some(2026), None, None).await.unwrap();
    for line in &table.lines {
        let row = itt.iter().find(|row| row[0] == line.indicator.code).unwrap();
        for (at, cell) in line.cells.iter().enumerate() {
            let figure = |value: Option<rust_decimal::Decimal>| value.map(|v| v.normalize().to_string()).unwrap_or_default();
            assert_eq!(row[5 + at * 4], figure(cell.target), "{} {}", line.indicator.code, cell.key);
            let shown: f64 = row[6 + at * 4].parse().unwrap_or(f64::NAN);
            let kept: f64 = figure(cell.actual).parse().unwrap_or(f64::NAN);
            assert!((shown - kept).abs() < 1e-9 || (shown.is_nan() && kept.is_nan()), "{} {}: {shown}", line.indicator.code, cell.key);
        }
    }
    let waiting = rows(&mut book, "Not yet verified");
    assert!(waiting.iter().any(|row| row[0] == "wells_repaired" && row[2] == "Q3 2026" && row[3].is_empty()), "{waiting:?}");
    assert_eq!(stage.count("audit.event where action = 'tracking.exported'").await, 1);
    // a viewer may, a field officer as far as their places go
    let mut viewer = signed_in(&stage, "viewer@amani.test").await;
    assert_eq!(viewer.post(&format!("{WELLS}/export"), &[("format", "csv")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_framework_is_taken_out_as_a_workbook() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let mut book = book(&pm.post(&format!("{WELLS}/export/framework"), &[]).await);
    let matrix = rows(&mut book, "Framework");
    let wells = matrix.iter().find(|row| row[5] == "wells_repaired").unwrap();
    assert_eq!((wells[6].as_str(), wells[8].as_str()), ("Wells repaired and handed over", "quarterly"));
    assert!(matrix.iter().any(|row| row[1] == "1" && row[2] == "Healthier families"), "{matrix:?}");
    let targets = rows(&mut book, "Targets");
    assert_eq!(targets[0][..4], ["Code", "Indicator", "Location", "2025 Q1"]);
    assert!(targets.iter().any(|row| row[0] == "wells_repaired" && row[3] == "12"), "{targets:?}");
    assert_eq!(stage.count("audit.event where action = 'framework.exported'").await, 1);
    let mut safeguarding = signed_in(&stage, "safeguarding@amani.test").await;
    assert_eq!(safeguarding.post(&format!("{WELLS}/export/framework"), &[]).await.status, StatusCode::FORBIDDEN);
}

/// How many rows the log says of an export.
async fn logged(stage: &Stage, action: &str) -> String {
    let sql = format!(
        "select convert_from(canon, 'UTF8')::jsonb #>> '{{changes,rows,1}}' from audit.event where action = '{action}' order by at desc limit 1"
    );
    one(stage, &sql).await
}

/// The layout that donors ask for: one row an indicator, one beneath it for each group, and how many figures there are in all.
#[tokio::test]
async fn groups_stand_beneath_their_indicator_in_the_workbook_too() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.post(&format!("{WELLS}/export"), &[("year", "2025"), ("location", ""), ("by", "*"), ("format", "xlsx")]).await;
    let itt = rows(&mut book(&page), "Tracking");
    let table =
        server::projects::tracking::table(&stage.cx("meal@amani.test").await, "wells", Some(2025), None, Some(By::All)).await.unwrap();
    let line = table.lines.iter().find(|line| line.indicator.code == "people_served").unwrap();
    let first = itt.iter().position(|row| row[0] == "people_served").unwrap();
    assert!(line.groups.len() > 2);
    for (row, group) in itt[first + 1..].iter().zip(&line.groups) {
        assert!(row[0].is_empty() && row[1].starts_with("Sex: "), "{row:?}");
        for (at, cell) in group.cells.iter().enumerate() {
            let told = cell.actual.map(|actual| actual.normalize().to_string()).unwrap_or_default();
            assert_eq!(row[6 + at * 4], told, "{row:?}");
        }
    }
    assert_eq!(itt.iter().filter(|row| row[0] == "people_served").count(), 1);
    let count = logged(&stage, "tracking.exported").await;
    assert!(itt[1][0].ends_with(&format!(" · {count} figures")), "{}", itt[1][0]);
    // and the same as rows of figures, with the same number at its end
    let page = meal.post(&format!("{WELLS}/export"), &[("year", "2025"), ("by", "*"), ("format", "csv")]).await;
    let lines: Vec<&str> = page.body.lines().collect();
    assert_eq!(lines.len() - 2, count.parse::<usize>().unwrap(), "between the head and the last row");
    assert!(lines.last().unwrap().starts_with(&format!("\"#rows\",{count},")), "{:?}", lines.last());
}

#[tokio::test]
async fn every_value_is_taken_out_and_the_last_row_says_how_many() {
    let stage = Stage::new().await;
    let out = format!("{WELLS}/export");
    let wanted = [("format", "values")];
    for email in ["field@amani.test", "viewer@amani.test"] {
        let mut browser = signed_in(&stage, email).await;
        assert_eq!(browser.post(&out, &wanted).await.status, StatusCode::FORBIDDEN, "{email}");
        assert!(!browser.get(&out).await.body.contains("Download every value"), "{email}");
    }
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert!(meal.get(&out).await.body.contains("Download every value"));
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    assert!(meal.post(&out, &wanted).await.location.starts_with("/settings/confirm"), "single records ask for a fresh proof");
    stage.run("update auth.session set stepped_up_at = now()").await;
    // more than others cut such files at, with what a spreadsheet would take for a formula
    let fill = "set session_replication_role = replica;
        insert into app.location (tenant_id, id, code, name)
          select tenant_id, gen_random_uuid(), 'fill-' || n, '=1+1' from app.project, generate_series(1, 31000) n where code = 'wells';
        insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, value, status, submitted_by)
          select i.tenant_id, gen_random_uuid(), i.project_id, i.id, p.id, l.id, 7.5, 'submitted', i.id
          from app.indicator i join app.reporting_period p on p.project_id = i.project_id and p.name in ('2025 Q1', '2025-Q1')
          join app.location l on l.tenant_id = i.tenant_id and l.code like 'fill-%' where i.code = 'wells_repaired';
        update app.indicator_value set deleted_at = now() where location_id = (select id from app.location where code = 'fill-1')";
    sqlx::raw_sql(fill).execute(&mut stage.superuser().await).await.unwrap();
    let of_wells = "app.indicator_value v join app.project p on p.id = v.project_id and p.code = 'wells' where v.deleted_at is null";
    let values = stage.count(of_wells).await;
    let cells: i64 = one(&stage, &format!("select sum((select count(*) from jsonb_object_keys(v.cells)))::bigint from {of_wells}")).await;
    assert!(values >= 31_000 && cells > 10, "{values} {cells}");
    let page = meal.post(&out, &wanted).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-disposition"].to_str().unwrap().contains("wells-values.csv"));
    let lines: Vec<&str> = page.body.lines().collect();
    assert!(lines[0].starts_with("\"indicator\",\"title\",\"period\""), "{}", lines[0]);
    let count = usize::try_from(values + cells).unwrap();
    assert_eq!(lines.len() - 2, count, "between the head and the last row");
    assert!(lines.last().unwrap().starts_with(&format!("\"{ROWS}\",{count},")), "{:?}", lines.last());
    assert_eq!(logged(&stage, "value.exported").await, count.to_string());
    let columns = lines[0].split(',').count();
    assert_eq!(lines.last().unwrap().split(',').count(), columns, "a table to its last row");
    // each once, with who verified it, and cells beneath their figure
    assert_eq!(lines.iter().filter(|line| line.contains("\"fill-")).count(), 30_999);
    assert!(lines.iter().all(|line| !line.contains(",\"=1+1\"")) && page.body.contains("\"'=1+1\""));
    assert!(
        lines.iter().any(|line| line.starts_with("\"people_served\"") && line.contains("\"sex=female\"") && line.contains("Juma Kato"))
    );
    assert!(
        signed_in(&stage, "admin@amani.test").await.get("/o/amani-wash/audit?action=value.").await.body.contains("Exported every value")
    );
}

/// Two months of a camp: the second with a figure that is none.
fn reports() -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["start_date", "end_date", "location_id", "location_name", "liters_per_person_per_day"]) {
        sheet.write(0, column, name).unwrap();
    }
    for (row, month, last, figure) in [(1, 1, 31, "19.5"), (2, 2, 28, "a lot")] {
        sheet.write_with_format(row, 0, ExcelDateTime::from_ymd(2023, month, 1).unwrap(), &day).unwrap();
        sheet.write_with_format(row, 1, ExcelDateTime::from_ymd(2023, month, last).unwrap(), &day).unwrap();
        sheet.write(row, 2, "C1").unwrap();
        sheet.write(row, 3, "Camp 1").unwrap();
        match figure.parse::<f64>() {
            Ok(figure) => sheet.write(row, 4, figure).unwrap(),
            Err(_) => sheet.write(row, 4, figure).unwrap(),
        };
    }
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_workbook_is_imported_and_the_rows_to_be_mended_come_back() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await.to_string();
    let fields = [("org", "amani-wash"), ("code", "camps"), ("project", project.as_str()), ("back", "/o/amani-wash/projects/camps/import")];
    let checked = meal.send_file("/fn/imports/check", &fields, ("reports.xlsx", &reports())).await;
    let page = meal.get(&checked.location).await.body;
    assert!(page.contains("a lot") && page.contains("liters_per_person_per_day"), "{}: {page}", checked.location);
    let path = checked.location.split('?').next().unwrap();
    let mut annotated = book(&meal.get(&format!("{path}/problems")).await);
    let sheet = annotated.sheet_names()[0].clone();
    let told = rows(&mut annotated, &sheet);
    assert_eq!(told.len(), 2, "the row that is right is not among them");
    assert_eq!(told[0][5..], ["kipimo_row", "kipimo_problem"]);
    assert_eq!((told[1][0].as_str(), told[1][4].as_str(), told[1][5].as_str()), ("2023-02-01", "a lot", "3"));
    assert!(told[1][6].starts_with("liters_per_person_per_day: "), "{told:?}");
    let import = path.rsplit('/').next().unwrap();
    let apply = [("org", "amani-wash"), ("project", project.as_str()), ("import", import), ("valid_rows", "true"), ("back", path)];
    assert!(meal.post("/fn/imports/apply", &apply).await.location.contains("notice=import-applied"));
    assert_eq!(meal.get(&format!("{path}/problems")).await.status, StatusCode::OK, "they can be mended afterwards too");
    // mended and sent again as it came back
    let mut mended = Workbook::new();
    let out = mended.add_worksheet();
    for (row, cells) in (0..).zip(&told) {
        for (column, cell) in (0..).zip(cells) {
            out.write(row, column, if cell == "a lot" { "20" } else { cell.as_str() }).unwrap();
        }
    }
    let again = meal.send_file("/fn/imports/check", &fields, ("mended.xlsx", &mended.save_to_buffer().unwrap())).await;
    assert!(meal.get(&again.location).await.body.contains("Write all values"), "{}", again.location);
    let mut viewer = signed_in(&stage, "viewer@amani.test").await;
    assert_eq!(viewer.get(&format!("{path}/problems")).await.status, StatusCode::FORBIDDEN);
}
