//! The bin: what is deleted is called by its name, comes back within thirty days, and is gone for good after them.

use chrono::Utc;
use http::StatusCode;
use server::projects::reports::{self, ReportForm};
use server::worker::sweeps;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::evidence::{self, PDF};
use crate::framework::{EDITOR, approve, node, refused, send, taken, tree};
use crate::jobs::{files, waits_for_a_lock};
use crate::programmes::one;
use crate::stage::{Browser, Page, Stage, signed_in};

const BIN: &str = "/o/amani-wash/projects/wells/bin";
const EVIDENCE: &str = "/o/amani-wash/projects/wells/evidence";
const BUDGET: &str = "/o/amani-wash/projects/wells/budget";

/// Asks for something of `wells` to be taken back.
async fn take_back(stage: &Stage, browser: &mut Browser, kind: &str, id: &str) -> Page {
    send(stage, browser, "bin/take-back", &[("back", BIN), ("kind", kind), ("record", id)]).await
}

async fn comes_back(stage: &Stage, browser: &mut Browser, kind: &str, id: &str) {
    let page = take_back(stage, browser, kind, id).await;
    assert!(page.location.contains("notice=taken-back"), "{kind}: {} {}", page.status, page.location);
}

async fn stays(stage: &Stage, browser: &mut Browser, kind: &str, id: &str, why: &str) {
    refused(stage, browser, "bin/take-back", &[("back", BIN), ("kind", kind), ("record", id)], why).await;
}

/// Adds a result beneath the goal, or another.
async fn added(stage: &Stage, browser: &mut Browser, parent: &str, title: &str) -> String {
    taken(stage, browser, "framework/add", &[("parent", parent), ("title", title)]).await;
    node(stage, title).await
}

/// Adds a line to the budget and answers its id.
async fn line(stage: &Stage, browser: &mut Browser, code: &str) -> String {
    taken(stage, browser, "budgets/add", &[("back", BUDGET), ("code", code), ("name", "Pumps"), ("node", "")]).await;
    one::<Uuid>(stage, &format!("select id from app.budget_line where code = '{code}' and deleted_at is null")).await.to_string()
}

/// Plans 100 for a line.
async fn plan(stage: &Stage, browser: &mut Browser, line: &str) {
    let (version, planned) = (format!("version-{line}"), format!("planned-{line}-2025-01-01"));
    taken(stage, browser, "budgets/save", &[("back", BUDGET), (&version, "1"), (&planned, "100")]).await;
}

async fn line_goes(stage: &Stage, browser: &mut Browser, id: &str, code: &str) {
    let version: i32 = one(stage, &format!("select row_version from app.budget_line where id = '{id}'")).await;
    let chosen = format!("{id} {version}");
    taken(stage, browser, "budgets/remove", &[("back", BUDGET), ("line", &chosen), ("confirm", code)]).await;
}

/// Evidence of a figure that its field officer added and took away; its id.
async fn file_goes(stage: &Stage, field: &mut Browser, value: &str) -> String {
    assert!(evidence::add(stage, field, &[("value", value)], ("one.pdf", PDF)).await.location.contains("notice="));
    let file = evidence::only_id(stage).await;
    taken(stage, field, "evidence/remove", &[("back", EVIDENCE), ("evidence", &file), ("confirm", "one.pdf")]).await;
    file
}

/// Makes what lies in the bin older, past all rules.
async fn age(stage: &Stage, days: u32) {
    let old = ["result_node", "budget_line", "report_section", "evidence"]
        .map(|table| format!("update app.{table} set deleted_at = now() - interval '{days} days' where deleted_at is not null;"));
    let sql = format!("set session_replication_role = replica; {}", old.concat());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

#[tokio::test]
async fn a_result_goes_by_its_number_and_comes_back_behind_the_others() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let goal = node(&stage, "Healthier families").await;
    let second = added(&stage, &mut pm, &goal, "Second").await;
    added(&stage, &mut pm, &goal, "Third").await;
    let page = format!("{EDITOR}/results/{second}");
    assert!(pm.get(&page).await.body.contains("Type: 1.2"), "the page says what to type");
    for (typed, why) in [("", "Please fill this in."), ("1.3", "It is called otherwise."), ("Second", "It is called otherwise.")] {
        let fields = [("back", page.as_str()), ("node", second.as_str()), ("confirm", typed)];
        refused(&stage, &mut pm, "framework/remove", &fields, why).await;
    }
    taken(&stage, &mut pm, "framework/remove", &[("node", &second), ("confirm", " 1.2 ")]).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Third"]);
    let bin = pm.get(BIN).await.body;
    assert!(bin.contains("1.2 Second") && bin.contains("Neema Mushi") && bin.contains("for 30 days"), "{bin}");
    comes_back(&stage, &mut pm, "result_node", &second).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Third", "1.3 Second"]);
    assert!(pm.get(BIN).await.body.contains("Nothing lies in the bin."));
    assert_eq!(take_back(&stage, &mut pm, "result_node", &second).await.status, StatusCode::NOT_FOUND, "once");
    let log = format!("audit.event where action = 'bin.taken_back' and entity_id = '{second}'");
    assert_eq!(stage.count(&log).await, 1);
    assert!(pm.get("/o/amani-wash/audit?action=bin.").await.body.contains("Took something back out of the bin"));
}

#[tokio::test]
async fn who_may_delete_takes_back_and_so_does_who_rules_the_organisation() {
    let stage = Stage::new().await;
    let (mut pm, mut meal) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let (mut admin, mut field) = (signed_in(&stage, "admin@amani.test").await, signed_in(&stage, "field@amani.test").await);
    let first = line(&stage, &mut pm, "A.1").await;
    plan(&stage, &mut pm, &first).await;
    line_goes(&stage, &mut pm, &first, "a.1").await;
    // a MEAL officer sees the line in the bin, and leaves budgets alone
    let bin = meal.get(BIN).await.body;
    assert!(bin.contains("A.1 Pumps") && bin.contains("Who may delete it may take it back."), "{bin}");
    assert_eq!(take_back(&stage, &mut meal, "budget_line", &first).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stage.count("audit.event where action = 'permission.denied'").await, 1, "and the attempt stands in the log");
    comes_back(&stage, &mut admin, "budget_line", &first).await;
    assert!(pm.get(&format!("{BUDGET}?year=2025")).await.body.contains("value=\"100\""), "with its amounts");
    // a field officer takes away what they added, and asks for it to be taken back
    let value = evidence::value_at(&stage, "KIB").await;
    let file = file_goes(&stage, &mut field, &value).await;
    for browser in [&mut field, &mut meal] {
        assert_eq!(browser.get(&format!("{EVIDENCE}/{file}")).await.status, StatusCode::NOT_FOUND, "nobody opens it there");
    }
    assert_eq!(take_back(&stage, &mut field, "evidence", &file).await.status, StatusCode::FORBIDDEN);
    comes_back(&stage, &mut meal, "evidence", &file).await;
    assert_eq!(field.get(&format!("{EVIDENCE}/{file}")).await.bytes, PDF);
    // of another project, another kind or another organisation there is nothing to be found
    line_goes(&stage, &mut pm, &first, "A.1").await;
    assert_eq!(take_back(&stage, &mut pm, "result_node", &first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(take_back(&stage, &mut pm, "indicator", &first).await.status, StatusCode::NOT_FOUND);
    let camps = stage.project("pm@amani.test", "camps").await.to_string();
    let fields = [("org", "amani-wash"), ("project", camps.as_str()), ("kind", "budget_line"), ("record", first.as_str()), ("back", BIN)];
    assert_eq!(pm.post("/fn/bin/take-back", &fields).await.status, StatusCode::NOT_FOUND);
    let mut stranger = signed_in(&stage, "pm@baraka.test").await;
    assert_eq!(stranger.post("/fn/bin/take-back", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_stands_in_the_way_is_said() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let goal = node(&stage, "Healthier families").await;
    let second = added(&stage, &mut pm, &goal, "Second").await;
    let beneath = added(&stage, &mut pm, &second, "Beneath").await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &beneath), ("confirm", "1.2.1")]).await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &second), ("confirm", "1.2")]).await;
    stays(&stage, &mut pm, "result_node", &beneath, "is in the bin too").await;
    comes_back(&stage, &mut pm, "result_node", &second).await;
    comes_back(&stage, &mut pm, "result_node", &beneath).await;
    assert_eq!(tree(&stage).await[2..], ["1.2 Second", "1.2.1 Beneath"]);
    // the code of a line was given to another
    let first = line(&stage, &mut pm, "A.1").await;
    line_goes(&stage, &mut pm, &first, "A.1").await;
    let other = line(&stage, &mut pm, "A.1").await;
    stays(&stage, &mut pm, "budget_line", &first, "Something else has its code by now").await;
    line_goes(&stage, &mut pm, &other, "A.1").await;
    comes_back(&stage, &mut pm, "budget_line", &first).await;
    // a report was closed
    let (cx, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let form = ReportForm { title: "R".into(), span: "2025".into(), locale: "en".into(), template: "shipped:short".into() };
    let report = reports::create(&cx, project, &form).await.unwrap();
    let section = reports::find(&cx, project, report).await.unwrap().outline.remove(0);
    let (id, version, back) =
        (section.id.to_string(), section.row_version.to_string(), format!("/o/amani-wash/projects/wells/reports/{report}"));
    let of_report = report.to_string();
    let goes = [
        ("back", back.as_str()),
        ("code", "wells"),
        ("report", of_report.as_str()),
        ("section", id.as_str()),
        ("row_version", version.as_str()),
        ("confirm", section.title.as_str()),
    ];
    taken(&stage, &mut pm, "report-sections/remove", &goes).await;
    stage.run("update app.report set status = 'in_review', submitted_by = gen_random_uuid()").await;
    stays(&stage, &mut pm, "report_section", &id, "so its text stays as it is").await;
    stage.run("update app.report set status = 'draft'").await;
    comes_back(&stage, &mut pm, "report_section", &id).await;
    let outline = reports::find(&cx, project, report).await.unwrap().outline;
    assert_eq!(outline.last().map(|last| last.id), Some(section.id), "behind the others");
    // what was approved changes by a revision only
    taken(&stage, &mut pm, "framework/remove", &[("node", &beneath), ("confirm", "1.2.1")]).await;
    approve(&stage, &mut pm, "as agreed with the donor").await;
    stays(&stage, &mut pm, "result_node", &beneath, "The framework is approved").await;
}

#[tokio::test]
async fn the_clock_deletes_for_good_after_thirty_days() {
    let stage = Stage::new().await;
    let (mut pm, mut field) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "field@amani.test").await);
    let goal = node(&stage, "Healthier families").await;
    let second = added(&stage, &mut pm, &goal, "Second").await;
    let beneath = added(&stage, &mut pm, &second, "Beneath").await;
    let first = line(&stage, &mut pm, "A.1").await;
    plan(&stage, &mut pm, &first).await;
    line_goes(&stage, &mut pm, &first, "A.1").await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &beneath), ("confirm", "1.2.1")]).await;
    taken(&stage, &mut pm, "framework/remove", &[("node", &second), ("confirm", "1.2")]).await;
    let value = evidence::value_at(&stage, "KIB").await;
    let file = file_goes(&stage, &mut field, &value).await;
    let tenant: Uuid = one(&stage, "select id from app.tenant where slug = 'amani-wash'").await;
    let store = files(&stage);
    // what was approved meanwhile does not keep it
    approve(&stage, &mut pm, "as agreed with the donor").await;
    age(&stage, 29).await;
    sweeps::due(&stage.db, &store, Utc::now()).await;
    assert_eq!(stage.count("app.result_node where deleted_at is not null").await, 2, "not before its time");
    assert!(store.has(tenant, file.parse().unwrap()).await.unwrap());
    age(&stage, 31).await;
    // once an hour, and it is no hour yet
    sweeps::due(&stage.db, &store, Utc::now()).await;
    assert_eq!(stage.count("app.result_node where deleted_at is not null").await, 2);
    for _ in 0..2 {
        // a result beneath another goes before it
        stage.run("update gate.clock set begun_at = now() - interval '61 minutes'").await;
        sweeps::due(&stage.db, &store, Utc::now()).await;
    }
    for what in ["result_node where deleted_at is not null", "budget_line", "budget_amount", "evidence"] {
        assert_eq!(stage.count(&format!("app.{what}")).await, 0, "{what}");
    }
    assert!(!store.has(tenant, file.parse().unwrap()).await.unwrap(), "what it showed is nowhere");
    assert!(pm.get(BIN).await.body.contains("Nothing lies in the bin."));
    assert_eq!(take_back(&stage, &mut pm, "budget_line", &first).await.status, StatusCode::NOT_FOUND);
    // that it was there stays in the log, and that nobody deleted it by hand
    let act = "audit.event where kind = 'act' and action = 'bin.emptied' and actor_kind = 'system' and actor_id is null";
    assert_eq!(stage.count(act).await, 2);
    assert_eq!(stage.count(&format!("audit.event where action = 'evidence.delete' and entity_id = '{file}'")).await, 1);
}

#[tokio::test]
async fn what_is_taken_back_while_the_clock_empties_the_bin_comes_back_whole() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let first = line(&stage, &mut pm, "A.1").await;
    plan(&stage, &mut pm, &first).await;
    line_goes(&stage, &mut pm, &first, "A.1").await;
    age(&stage, 31).await;
    // it is taken back, and that is not yet kept when the clock comes
    let mut conn = stage.superuser().await;
    let sql =
        format!("begin; set local session_replication_role = replica; update app.budget_line set deleted_at = null where id = '{first}'");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
    let store = files(&stage);
    let kept = async {
        waits_for_a_lock(&stage).await;
        sqlx::raw_sql("commit").execute(&mut conn).await.unwrap();
    };
    tokio::join!(sweeps::due(&stage.db, &store, Utc::now()), kept);
    assert_eq!(stage.count("app.budget_line where deleted_at is null").await, 1);
    assert_eq!(stage.count("app.budget_amount").await, 1, "with its amounts");
}

#[tokio::test]
async fn a_file_that_people_did_not_agree_to_is_deleted_at_once() {
    let stage = Stage::new().await;
    let (mut meal, mut field) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "field@amani.test").await);
    let value = evidence::value_at(&stage, "KIB").await;
    let file = file_goes(&stage, &mut field, &value).await;
    let tenant: Uuid = one(&stage, "select id from app.tenant where slug = 'amani-wash'").await;
    let page = format!("{BIN}?delete={file}");
    let body = meal.get(&page).await.body;
    assert!(body.contains("Nobody can bring it back.") && body.contains("Type: one.pdf"), "{body}");
    let fields = |typed| [("back", page.as_str()), ("evidence", file.as_str()), ("confirm", typed)];
    assert_eq!(send(&stage, &mut field, "evidence/delete", &fields("one.pdf")).await.status, StatusCode::NOT_FOUND);
    refused(&stage, &mut meal, "evidence/delete", &fields("two.pdf"), "It is called otherwise.").await;
    let done = send(&stage, &mut meal, "evidence/delete", &fields("one.pdf")).await;
    assert_eq!(done.location, format!("{BIN}?notice=evidence-deleted"));
    assert!(!files(&stage).has(tenant, file.parse().unwrap()).await.unwrap());
    assert_eq!(stage.count("app.evidence").await, 0);
    assert_eq!(stage.count("audit.event where kind = 'act' and action = 'evidence.deleted'").await, 1);
    // what does not lie in the bin is not deleted like that
    assert!(evidence::add(&stage, &mut field, &[("value", &value)], ("two.pdf", PDF)).await.location.contains("notice="));
    let other = evidence::only_id(&stage).await;
    let around = [("back", BIN), ("evidence", other.as_str()), ("confirm", "two.pdf")];
    assert_eq!(send(&stage, &mut meal, "evidence/delete", &around).await.status, StatusCode::NOT_FOUND);
    assert_eq!(field.get(&format!("{EVIDENCE}/{other}")).await.status, StatusCode::OK);
}
