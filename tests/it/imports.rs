//! The real data set: 5,406 rows, checked, applied, verified, undone. Skipped where it is absent.

use server::kernel::error::Error;
use server::projects::imports::{self, Mapping};
use server::projects::reviews::{self, Decision, Selection};
use server::projects::tracking;

use crate::stage::Stage;

const MAPPING: &str = r#"{"layout":"wide","dates":{"start":"start_date","end":"end_date"},"location":{"code":"location_id","name":"location_name","parent":"country"},"indicators":"*","missing":["NA",""],"create":["locations","periods"]}"#;

fn mapping() -> Mapping {
    serde_json::from_str(MAPPING).unwrap()
}

const SMALL: &str = "start_date,end_date,location_id,location_name,country,persons_per_tap,refugee_pop\n\
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
    let table = tracking::table(&pm, "camps", Some(2023), None).await.unwrap();
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
async fn a_field_officer_and_a_stranger_cannot_import() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "camps").await;
    let field = stage.cx("field@amani.test").await;
    assert!(matches!(imports::run(&field, project, "f", SMALL.into(), &mapping(), true, false).await, Err(Error::Forbidden)));
    let stranger = stage.cx("meal@baraka.test").await;
    assert!(matches!(imports::run(&stranger, project, "f", SMALL.into(), &mapping(), true, false).await, Err(Error::NotFound)));
}
