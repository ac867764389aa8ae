//! The real data set: 5,406 rows, checked, applied, verified, undone. Skipped where it is absent.

use http::StatusCode;
use server::kernel::error::Error;
use server::kernel::ids::ProjectId;
use server::projects::imports::{self, Mapping};
use server::projects::reviews::{self, Decision, Selection};
use server::projects::tracking;

use crate::stage::{Browser, Program, Stage, multipart};

const MAPPING: &str = r#"{"layout":"wide","dates":{"start":"start_date","end":"end_date"},"location":{"code":"location_id","name":"location_name","parent":"country"},"indicators":"*","missing":["NA",""],"create":["locations","periods"]}"#;

pub fn mapping() -> Mapping {
    serde_json::from_str(MAPPING).unwrap()
}

pub const SMALL: &str = "start_date,end_date,location_id,location_name,country,persons_per_tap,refugee_pop\n\
    2023-01-01,2023-01-31,1,Kalobeyei,Kenya,90,1000\n\
    2023-01-01,2023-01-31,2,Nakivale,Uganda,110,NA\n\
    2023-01-01,2023-01-31,1,Kalobeyei,Kenya,95,NA\n\
    2023-02-01,2023-02-28,1,Kalobeyei,Kenya,NA,NA\n";

#[tokio::test]
async fn the_real_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/unhcr-wash/unhcrwash.csv");
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let stage = Stage::new().await;
    let (meal, pm) = (stage.cx("meal@amani.test").await, stage.cx("pm@amani.test").await);
    let project = stage.project("meal@amani.test", "camps").await;
    let dry = imports::run(&meal, project, "u.csv", bytes.clone(), &mapping(), true, false).await.unwrap();
    assert_eq!((dry.rows, dry.values, dry.applied), (5406, 40_002, false));
    assert_eq!(dry.issues.iter().filter(|i| i.severity.as_str() == "error").count(), 14);
    let refused = imports::run(&meal, project, "u.csv", bytes.clone(), &mapping(), false, false).await.unwrap();
    assert!(!refused.applied, "rows with errors are not passed over unasked");
    let done = imports::run(&meal, project, "u.csv", bytes, &mapping(), false, true).await.unwrap();
    assert_eq!((done.values, done.applied), (40_002, true));
    let outcome = reviews::decide(&pm, project, &Selection::All(None), &Decision::Verify).await.unwrap();
    assert_eq!(outcome.decided, 40_002);
    let table = tracking::table(&pm, "camps", Some(2023), None, None).await.unwrap();
    assert!(table.lines.iter().any(|l| l.indicator.method.is_unweighted()));
    assert!(table.lines.iter().filter(|l| l.cells[4].actual.is_some()).count() >= 16);
}

#[tokio::test]
async fn problems_name_their_rows_and_only_valid_rows_are_written_if_asked() {
    let stage = Stage::new().await;
    let meal = stage.cx("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await;
    let id = imports::check(&meal, project, "small.csv", SMALL.into(), &mapping()).await.unwrap();
    let (job, issues) = imports::find(&meal, project, id).await.unwrap();
    assert_eq!((job.status.as_str(), job.rows_total, job.errors, job.warnings), ("has_errors", 4, 1, 1));
    assert_eq!((issues[0].code.as_str(), issues[0].row_number, issues[0].other_row), ("duplicate", 4, Some(2)));
    assert!(matches!(imports::apply(&meal, project, id, false).await, Err(Error::Rule("import_has_errors"))));
    assert_eq!(imports::apply(&meal, project, id, true).await.unwrap(), 3);
    assert!(matches!(imports::apply(&meal, project, id, true).await, Err(Error::Rule("import_not_ready"))), "once only");
    assert_eq!(imports::undo(&meal, project, id).await.unwrap(), 3);
    let again = imports::check(&meal, project, "small.csv", SMALL.into(), &mapping()).await.unwrap();
    assert_eq!(imports::apply(&meal, project, again, true).await.unwrap(), 3, "undone values don't stand in the way");
    let pm = stage.cx("pm@amani.test").await;
    reviews::decide(&pm, project, &Selection::All(None), &Decision::Verify).await.unwrap();
    assert!(matches!(imports::undo(&meal, project, again).await, Err(Error::Rule("import_verified"))));
}

#[tokio::test]
async fn a_place_that_is_switched_off_is_told_and_not_made_anew() {
    let stage = Stage::new().await;
    let meal = stage.cx("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await;
    let made = imports::check(&meal, project, "small.csv", SMALL.into(), &mapping()).await.unwrap();
    imports::apply(&meal, project, made, true).await.unwrap();
    imports::undo(&meal, project, made).await.unwrap();
    stage.run("update app.location set active = false where code = '1'").await;
    let again = imports::check(&meal, project, "small.csv", SMALL.into(), &mapping()).await.unwrap();
    let (_, issues) = imports::find(&meal, project, again).await.unwrap();
    let first = issues.iter().find(|issue| issue.code == "location_inactive").unwrap();
    assert_eq!((first.row_number, first.column_name.as_deref(), first.value.as_str()), (2, Some("location_id"), "1"));
    assert_eq!(imports::apply(&meal, project, again, true).await.unwrap(), 1, "the other place takes its figure");
    // nor does a project take it up by its form
    let (mut browser, id) = (Browser::new(&stage), project.to_string());
    browser.sign_in(&stage, "meal@amani.test").await;
    let back = "/o/amani-wash/projects/camps/setup";
    let named = [("org", "amani-wash"), ("project", id.as_str()), ("back", back)];
    let fields: Vec<_> = named.into_iter().chain([("code", "1"), ("name", "Kalobeyei"), ("lat", ""), ("lon", "")]).collect();
    let sent = browser.post("/fn/locations/add", &fields).await;
    assert!(sent.location.contains("flash="), "{} {}", sent.status, sent.location);
    assert!(browser.get(sent.location.split('#').next().unwrap()).await.body.contains("has switched this place off"), "{}", sent.location);
}

#[tokio::test]
async fn a_place_made_at_the_same_moment_is_told_and_nothing_is_half_written() {
    let stage = Stage::new().await;
    let meal = stage.cx("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await;
    let import = imports::check(&meal, project, "small.csv", SMALL.into(), &mapping()).await.unwrap();
    let mut other = stage.superuser().await;
    let makes = "set session_replication_role = replica; begin;
        insert into app.location (tenant_id, id, code, name) select id, gen_random_uuid(), '1', 'Kalobeyei' from app.tenant where slug = 'amani-wash'";
    sqlx::raw_sql(makes).execute(&mut other).await.unwrap();
    let (applied, ()) = tokio::join!(imports::apply(&meal, project, import, true), async {
        crate::jobs::waits_for_a_lock(&stage).await;
        sqlx::raw_sql("commit").execute(&mut other).await.unwrap();
    });
    assert!(matches!(applied, Err(Error::Rule("places_changed"))), "{applied:?}");
    assert_eq!(stage.count("app.indicator_value where source = 'import'").await, 0);
    assert_eq!(imports::apply(&meal, project, import, true).await.unwrap(), 3, "it is planned anew");
}

#[tokio::test]
async fn a_field_officer_and_a_stranger_cannot_import() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await;
    let field = stage.cx("field@amani.test").await;
    assert!(matches!(imports::run(&field, project, "f", SMALL.into(), &mapping(), true, false).await, Err(Error::Forbidden)));
    let stranger = stage.cx("meal@baraka.test").await;
    assert!(matches!(imports::run(&stranger, project, "f", SMALL.into(), &mapping(), true, false).await, Err(Error::NotFound)));
}

/// What the API answers to a file: the status, and each problem as `row column code`.
async fn sent(program: &Program, project: ProjectId, file: &[u8]) -> (StatusCode, Vec<String>) {
    let (kind, body) = multipart(&[("mapping", MAPPING)], ("f.csv", file));
    let (status, answer) = program.call("POST", &format!("/projects/{project}/imports"), &kind, body).await;
    let issue =
        |i: &serde_json::Value| format!("{} {} {}", i["row"], i["column"].as_str().unwrap_or("-"), i["code"].as_str().unwrap_or("-"));
    (status, answer["issues"].as_array().map(|all| all.iter().map(issue).collect()).unwrap_or_default())
}

#[tokio::test]
async fn bad_files_are_answered_with_row_and_column_and_write_nothing() {
    const HEADER: &str = "start_date,end_date,location_id,location_name,country,persons_per_tap,refugee_pop\n";
    let line = |row: &str| [HEADER.as_bytes(), row.as_bytes(), b"\n"].concat();
    let wide = |n: usize| format!("{}\n{}\n", vec!["c"; n].join(","), vec!["1"; n].join(","));
    let table: [(&str, Vec<u8>, &str); 9] = [
        ("UTF-16", b"\xff\xfes\0t\0".to_vec(), "1 - encoding_utf16"),
        ("Latin-1", [HEADER.as_bytes(), b"2023-01-01,2023-01-31,1,Bet\xe9,Chad,1,1\n"].concat(), "2 location_name encoding_not_utf8"),
        ("cut off", line("2023-01-01,2023-01-31,1,A,Chad,1,1\n2023-01-01,2023-01-31,2"), "3 - row_length"),
        ("an open quote", line("2023-01-01,2023-01-31,\"1,A,Chad,1,1"), "2 location_id quote_unclosed"),
        ("no such day", line("2023-02-30,2023-03-01,1,A,Chad,1,1"), "2 start_date date_invalid"),
        ("local notation", line("2023-01-01,2023-01-31,1,A,Chad,\"1,5\",1"), "2 persons_per_tap number_local_notation"),
        ("NUL", line("2023-01-01,2023-01-31,1,A,Chad,1\0,1"), "2 persons_per_tap nul_byte"),
        ("ten thousand columns", wide(10_000).into(), "1 - too_many_columns"),
        ("a picture", b"\x89PNG\r\n\x1a\n....".to_vec(), "1 - "),
    ];
    let stage = Stage::new().await;
    let program = stage.program("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "camps").await;
    let before = (stage.count("app.indicator_value").await, stage.count("app.location").await, stage.count("app.import_job").await);
    for (name, file, expected) in table {
        let (status, issues) = sent(&program, project, &file).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        assert!(issues.first().is_some_and(|first| first.starts_with(expected)), "{name}: {issues:?}");
    }
    let after = (stage.count("app.indicator_value").await, stage.count("app.location").await, stage.count("app.import_job").await);
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_file_of_a_hundred_megabytes_is_refused_while_it_comes() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await;
    // made as it is read: neither the test nor the server holds it
    let chunk = axum::body::Bytes::from(vec![b'1'; 1024 * 1024]);
    let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let huge = |taken: std::sync::Arc<std::sync::atomic::AtomicUsize>| {
        let head = format!(
            "--e\r\ncontent-disposition: form-data; name=\"mapping\"\r\n\r\n{MAPPING}\r\n--e\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n"
        );
        let chunk = chunk.clone();
        let rest = (0..100).map(move |_| {
            taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            chunk.clone()
        });
        let parts = std::iter::once(axum::body::Bytes::from(head)).chain(rest).map(Ok::<_, std::convert::Infallible>);
        axum::body::Body::from_stream(futures_util::stream::iter(parts))
    };
    let program = stage.program("meal@amani.test").await;
    let path = format!("/projects/{project}/imports");
    let (status, _) = program.call("POST", &path, "multipart/form-data; boundary=e", huge(std::sync::Arc::clone(&taken))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let read = taken.swap(0, std::sync::atomic::Ordering::Relaxed);
    assert!(read <= 25, "{read} MB were read");
    // and nothing is read from who may not import, or is nobody
    let field = stage.program("field@amani.test").await;
    let (status, _) = field.call("POST", &path, "multipart/form-data; boundary=e", huge(std::sync::Arc::clone(&taken))).await;
    assert_eq!((status, taken.load(std::sync::atomic::Ordering::Relaxed)), (StatusCode::FORBIDDEN, 0));
}

#[tokio::test]
async fn the_page_keeps_what_was_chosen_when_a_file_is_refused() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await.to_string();
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let back = "/o/amani-wash/projects/camps/import";
    let fields = [("org", "amani-wash"), ("project", project.as_str()), ("code", "camps"), ("back", back), ("mapping", "{\"layout\":")];
    let page = browser.send_file("/fn/imports/check", &fields, ("small.csv", SMALL.as_bytes())).await;
    assert!(page.location.starts_with(back), "{}", page.location);
    let shown = browser.get(&page.location).await;
    assert!(shown.body.contains("{\"layout\":</textarea>") && shown.body.contains("aria-invalid"), "{}", shown.body);
    // without a mapping the columns are told by their names, where these tell
    let unsaid = fields.map(|(name, value)| (name, if name == "mapping" { "" } else { value }));
    let page = browser.send_file("/fn/imports/check", &unsaid, ("small.csv", SMALL.as_bytes())).await;
    let job = page.location.strip_prefix("/o/amani-wash/projects/camps/import/").unwrap_or_else(|| panic!("{}", page.location));
    assert!(job.parse::<uuid::Uuid>().is_ok() && stage.count("app.import_job where values_total = 3 and errors = 1").await == 1, "{job}");
    let shown = browser.get(&page.location).await.body;
    assert!(shown.contains("New locations (4)") && shown.contains("Kalobeyei (1)") && shown.contains("New periods (1)"), "{shown}");
    let page = browser.send_file("/fn/imports/check", &unsaid, ("odd.csv", b"a,b\n1,2\n")).await;
    assert!(page.location.starts_with(&format!("{back}?flash=")), "{}", page.location);
    let mut nobody = Browser::new(&stage);
    let page = nobody.send_file("/fn/imports/check", &fields, ("small.csv", SMALL.as_bytes())).await;
    assert!(page.location.starts_with("/login"), "{}", page.location);
}
