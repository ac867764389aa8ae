//! Registers from a sheet: places, budgets and targets, checked first and written whole; taken out and sent back, they change nothing.

use http::StatusCode;

use crate::stage::{Browser, Page, Stage, signed_in};

const PLACES: &str = "/o/amani-wash/locations/import";
const BUDGET: &str = "/o/amani-wash/projects/wells/budget/import";
const TARGETS: &str = "/o/amani-wash/projects/wells/targets/import";

/// Sends a file to be checked, from the page of a register; `project` is empty for what is the organisation's.
async fn check(browser: &mut Browser, page: &str, project: &str, file: (&str, &[u8])) -> Page {
    let kind = page.trim_end_matches("/import").rsplit('/').next().unwrap_or_default();
    let fields = [("org", "amani-wash"), ("kind", kind), ("code", "wells"), ("project", project), ("back", page)];
    browser.send_file("/fn/registers/check", &fields, file).await
}

/// The page of a file that was taken to be checked, with its address.
async fn shown(browser: &mut Browser, page: &str, project: &str, name: &str, bytes: &[u8]) -> (String, String) {
    let checked = check(browser, page, project, (name, bytes)).await;
    assert!(checked.location.starts_with(page), "{} {}", checked.status, checked.location);
    let body = browser.get(&checked.location).await.body;
    (checked.location, body)
}

/// What a page says between two texts.
fn between<'a>(body: &'a str, before: &str, behind: &str) -> &'a str {
    body.split(before).nth(1).and_then(|rest| rest.split(behind).next()).unwrap_or_default()
}

/// Decides on what a page shows.
async fn apply(browser: &mut Browser, project: &str, at: &str, body: &str, more: &[(&str, &str)]) -> Page {
    let form = if at.starts_with(PLACES) {
        "locations/import"
    } else if at.starts_with(BUDGET) {
        "budgets/import"
    } else {
        "targets/import"
    };
    let at = at.split('?').next().unwrap();
    let import = at.rsplit('/').next().unwrap_or_default();
    let shown = between(body, "name=\"shown\" value=\"", "\"");
    let mut fields =
        vec![("org", "amani-wash"), ("code", "wells"), ("project", project), ("import", import), ("shown", shown), ("back", at)];
    fields.extend(more);
    browser.post(&format!("/fn/{form}"), &fields).await
}

/// What a refused form says when it comes back.
async fn told(browser: &mut Browser, page: &Page) -> String {
    assert!(page.location.contains("flash="), "{} {}", page.status, page.location);
    browser.get(page.location.split('#').next().unwrap()).await.body
}

const GAZETTEER: &str = "P-Code,Name,Parent code,Admin level,Latitude,Longitude,Population,Active\n\
    TZ16-2,Uvinza,TZ16,,-5.1,30.38,1200,yes\n\
    TZ16,Kigoma,,1,,,,\n\
    KAS,,TZ16,2,,,,\n";

#[tokio::test]
async fn places_are_looked_through_and_written_whole() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let before = stage.count("app.location").await;
    let (at, page) = shown(&mut admin, PLACES, "", "places.csv", GAZETTEER.as_bytes()).await;
    for text in ["Uvinza", "Kigoma", "Parent code", "Nothing is wrong", "name=\"shown\""] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(stage.count("app.location").await, before, "a dry run writes nothing");
    assert_eq!(stage.count("app.import_job where kind = 'locations' and project_id is null and status = 'ready'").await, 1);
    let done = apply(&mut admin, "", &at, &page, &[]).await;
    assert!(done.location.contains("notice=register-imported"), "{}", done.location);
    let said: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', l.code, p.code, l.admin_level, l.lat::float8, l.lon::float8, l.population)
         from app.location l join app.location p on p.id = l.parent_id order by l.code",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    assert!(said.contains(&"TZ16-2 TZ16 2 -5.1 30.38 1200".to_owned()), "{said:?}");
    assert!(said.iter().any(|line| line.starts_with("KAS TZ16 2")), "{said:?}");
    assert_eq!(stage.count("app.location").await, before + 2);
    assert_eq!(stage.count("audit.event where kind = 'act' and action = 'location.imported' and project_id is null").await, 1);
    let log = admin.get("/o/amani-wash/audit?action=location.").await.body;
    assert!(log.contains("Imported places from a sheet"), "{log}");
    // once and no more; and the same file changes nothing
    let again = apply(&mut admin, "", &at, &page, &[]).await;
    assert!(told(&mut admin, &again).await.contains("It was applied already"));
    let (_, page) = shown(&mut admin, PLACES, "", "places.csv", GAZETTEER.as_bytes()).await;
    assert!(page.contains("does not stand there already") && !page.contains("name=\"shown\""), "{page}");
    assert!(admin.get(&at).await.body.contains("All of it was written"));
    assert_eq!(admin.get(&format!("{at}/problems")).await.status, StatusCode::NOT_FOUND, "the file is not kept any longer");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_cell_and_nothing_is_written() {
    const WRONG: &str = "A list\n\
        Code,Name,Parent code,Latitude,Longitude\n\
        A,One,B,\"-4,5\",30\n\
        B,Two,A,,\n\
        KAS,,,95,30\n";
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let before = stage.count("app.location").await;
    let (at, page) = shown(&mut admin, PLACES, "", "wrong.csv", WRONG.as_bytes()).await;
    for (cell, text) in [
        ("D3", "with a point for decimals"),
        ("C3", "lie within itself"),
        ("C4", "lie within itself"),
        ("D5", "There is no such place on earth"),
    ] {
        assert!(page.contains(&format!("<code>{cell}</code>")) && page.contains(text), "{cell}: {page}");
    }
    assert!(!page.contains("name=\"shown\"") && page.contains("nothing can be written"), "{page}");
    let sent = apply(&mut admin, "", &at, &page, &[]).await;
    assert!(told(&mut admin, &sent).await.contains("Something is wrong in the file"));
    assert_eq!(stage.count("app.location").await, before);
    // the sheet comes back with what is wrong, and is read as it was
    let back = admin.get(&format!("{at}/problems")).await;
    assert_eq!(back.status, StatusCode::OK);
    let (_, page) = shown(&mut admin, PLACES, "", "again.xlsx", &back.bytes).await;
    assert!(page.contains("lie within itself") && page.contains("<code>D2</code>"), "{page}");
    // what is no sheet at all is told so, and what is no file too
    let (at, page) = shown(&mut admin, PLACES, "", "f.png", b"\x89PNG\r\n\x1a\n....").await;
    assert!(!page.contains("name=\"shown\""), "{page}");
    assert_eq!(admin.get(&format!("{at}/problems")).await.status, StatusCode::NOT_FOUND);
    assert!(check(&mut admin, PLACES, "", ("f.csv", b"")).await.location.contains("flash="));
}

#[tokio::test]
async fn a_place_that_somebody_changed_meanwhile_is_looked_at_again() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let before = stage.count("app.location").await;
    let (at, page) = shown(&mut admin, PLACES, "", "places.csv", GAZETTEER.as_bytes()).await;
    stage.run("update app.location set name = 'Kasulu Town' where code = 'KAS'").await;
    let late = apply(&mut admin, "", &at, &page, &[]).await;
    let page = told(&mut admin, &late).await;
    assert!(page.contains("Something has changed since you looked"), "{page}");
    assert_eq!(stage.count("app.location").await, before, "nothing is half written");
    assert!(apply(&mut admin, "", &at, &page, &[]).await.location.contains("notice=register-imported"));
    assert_eq!(stage.count("app.location where name = 'Kasulu Town' and parent_id is not null").await, 1);
}

#[tokio::test]
async fn places_leave_the_organisation_after_a_fresh_proof() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    let asked = admin.post(&format!("{PLACES}/current"), &[]).await;
    assert!(asked.location.starts_with("/settings/confirm"), "{} {}", asked.status, asked.location);
    assert_eq!(stage.count("audit.event where action = 'location.exported'").await, 0);
}

#[tokio::test]
async fn files_are_kept_for_a_decision_alone_and_not_too_many() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    // of what cannot be read, or says nothing new, only what was found
    let (at, page) = shown(&mut admin, PLACES, "", "f.png", b"\x89PNG\r\n\x1a\n....").await;
    assert_eq!(stage.count("app.import_job where status = 'failed' and content is null").await, 1);
    assert!(page.contains("list problems") && admin.get(&at).await.body.contains("Something is wrong in the file"), "{page}");
    shown(&mut admin, PLACES, "", "same.csv", b"Code,Name\nKAS,\n").await;
    assert_eq!(stage.count("app.import_job where status = 'parsed' and content is null").await, 1);
    shown(&mut admin, PLACES, "", "places.csv", GAZETTEER.as_bytes()).await;
    let more = "set session_replication_role = replica;
        insert into app.import_job (tenant_id, id, project_id, kind, filename, sha256, mapping, content, status, created_by)
        select tenant_id, gen_random_uuid(), project_id, kind, filename, sha256, mapping, content, status, created_by
        from app.import_job, generate_series(1, 19) where status = 'ready'";
    sqlx::raw_sql(more).execute(&mut stage.superuser().await).await.unwrap();
    let refused = check(&mut admin, PLACES, "", ("places.csv", GAZETTEER.as_bytes())).await;
    assert!(told(&mut admin, &refused).await.contains("Twenty checked files of yours may wait"));
    // what is not kept has room
    shown(&mut admin, PLACES, "", "same.csv", b"Code,Name\nKAS,\n").await;
}

const MONEY: &str = "Line code,Name,Result number,2025-Q1 planned,2025-Q1 spent,2025-Q2 planned\n\
    A.1,Pumps,1,1000,800.5,1000\n\
    A.2,Wages,1.1,500,,\n";

#[tokio::test]
async fn a_budget_is_made_and_changed() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let (at, page) = shown(&mut pm, BUDGET, &wells, "budget.csv", MONEY.as_bytes()).await;
    assert!(page.contains("Pumps") && page.contains("800.5") && page.contains("name=\"shown\""), "{page}");
    assert_eq!(stage.count("app.budget_line").await, 0, "a dry run writes nothing");
    assert!(apply(&mut pm, &wells, &at, &page, &[]).await.location.contains("/budget?notice=register-imported"));
    assert_eq!((stage.count("app.budget_line").await, stage.count("app.budget_amount").await), (2, 3));
    assert_eq!(stage.count("audit.event where kind = 'act' and action = 'budget.imported'").await, 1);
    // a row for each quarter; what is not said stays
    let long = "code,quarter,planned,spent\nA.1,2025 Q1,,900\nA.2,2025-Q2,600,\n";
    let (at, page) = shown(&mut pm, BUDGET, &wells, "more.csv", long.as_bytes()).await;
    assert!(page.contains("800.5") && page.contains("900"), "the difference is shown: {page}");
    // a colleague changes the line meanwhile: what was shown is not what would be written
    stage.run("update app.budget_line set name = 'Pumps and pipes' where code = 'A.1'").await;
    let late = apply(&mut pm, &wells, &at, &page, &[]).await;
    let page = told(&mut pm, &late).await;
    assert!(page.contains("Something has changed since you looked"), "{page}");
    assert_eq!(stage.count("app.budget_amount where spent = 900").await, 0, "nothing is half written");
    assert!(apply(&mut pm, &wells, &at, &page, &[]).await.location.contains("notice=register-imported"));
    assert_eq!(stage.count("app.budget_amount where planned = 1000 and spent = 900").await, 1);
    assert_eq!(stage.count("app.budget_line where name = 'Pumps and pipes'").await, 1);
    let (_, page) = shown(&mut pm, BUDGET, &wells, "bad.csv", b"code,name,2025 Q1 planned\nA.3,,-5\n").await;
    assert!(page.contains("cannot be less than nothing") && page.contains("needs a name"), "{page}");
}

const AIMS: &str = "Indicator code,2025 Q1,2026-Q4\nwells_repaired,7,777\n";

/// The targets of one indicator, as `name value`.
async fn targets(stage: &Stage) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', p.name, t.value::float8, t.note) from app.target t join app.reporting_period p on p.id = t.period_id
         join app.indicator i on i.id = t.indicator_id where i.code = 'wells_repaired' and t.location_id is null order by p.start_date",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn targets_change_as_their_framework_lets_them() {
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let before = targets(&stage).await;
    let (at, page) = shown(&mut pm, TARGETS, &wells, "targets.csv", AIMS.as_bytes()).await;
    assert!(page.contains("777") && page.contains("name=\"shown\"") && !page.contains("name=\"reason\""), "{page}");
    assert_eq!(targets(&stage).await, before, "a dry run writes nothing");
    assert!(apply(&mut pm, &wells, &at, &page, &[]).await.location.contains("notice=register-imported"));
    let after = targets(&stage).await;
    assert!(after.contains(&"2025 Q1 7 ".to_owned()) && after.contains(&"2026 Q4 777 ".to_owned()), "{after:?}");
    assert_eq!(after.len(), before.len());
    let sums = "app.period_rollup r join app.indicator i on i.id = r.indicator_id join app.reporting_period p on p.id = r.period_id";
    let now = format!("{sums} where i.code = 'wells_repaired' and p.name = '2025 Q1' and r.location_id is null and r.target = 7");
    assert_eq!(stage.count(&now).await, 1, "what pages read follows");
    // approved, it takes nothing and says why, also where the file was checked before
    let long = "code,period,location,target,note\nwells_repaired,2026-Q4,,700,by the plan\nwells_repaired,2026-Q4,KAS,300,\n";
    let (at, page) = shown(&mut pm, TARGETS, &wells, "long.csv", long.as_bytes()).await;
    let status = |status: &str| {
        sqlx::AssertSqlSafe(format!(
            "set session_replication_role = replica; update app.project set framework_status = '{status}' where code = 'wells'"
        ))
    };
    sqlx::raw_sql(status("approved")).execute(&mut stage.superuser().await).await.unwrap();
    let why = "The framework is approved";
    assert!(pm.get(TARGETS).await.body.contains(why) && pm.get(&at).await.body.contains(why));
    for sent in [check(&mut pm, TARGETS, &wells, ("f.csv", AIMS.as_bytes())).await, apply(&mut pm, &wells, &at, &page, &[]).await] {
        assert!(told(&mut pm, &sent).await.contains(why), "{}", sent.location);
    }
    assert_eq!(targets(&stage).await, after);
    // under revision, a reason is asked for and stands beside what changed
    sqlx::raw_sql(status("under_revision")).execute(&mut stage.superuser().await).await.unwrap();
    let page = pm.get(&at).await.body;
    assert!(page.contains("name=\"reason\""), "{page}");
    let bare = apply(&mut pm, &wells, &at, &page, &[]).await;
    assert!(bare.location.contains("flash=") && targets(&stage).await == after, "{}", bare.location);
    let reason = [("reason", "A flood"), ("reason_codes-change_in_context", "yes")];
    let done = apply(&mut pm, &wells, &at, &page, &reason).await;
    assert!(done.location.contains("notice=register-imported"), "{}", done.location);
    assert!(targets(&stage).await.contains(&"2026 Q4 700 by the plan".to_owned()));
    assert_eq!(stage.count("app.target t join app.location l on l.id = t.location_id where l.code = 'KAS' and t.value = 300").await, 1);
    let kept = "app.indicator_change where reason = 'A flood' and field =";
    for change in ["'target-2026 Q4' and old = '777' and new = '700'", "'target-2026 Q4 (KAS)' and old = '' and new = '300'"] {
        assert_eq!(stage.count(&format!("{kept} {change}")).await, 1, "{change}");
    }
    // what is settled stays as it is
    stage.run("update app.reporting_period set state = 'locked' where name = '2025 Q1'").await;
    let (_, page) = shown(&mut pm, TARGETS, &wells, "late.csv", b"code,2025 Q1,2025 Q2\nwells_repaired,8,\n").await;
    assert!(page.contains("This period is locked") && !page.contains("name=\"shown\""), "{page}");
}

#[tokio::test]
async fn what_is_taken_out_and_sent_back_changes_nothing() {
    let stage = Stage::new().await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let (mut pm, mut admin) = (signed_in(&stage, "pm@amani.test").await, signed_in(&stage, "admin@amani.test").await);
    for (page, project, bytes) in [(BUDGET, wells.as_str(), MONEY), (TARGETS, wells.as_str(), AIMS)] {
        let (at, body) = shown(&mut pm, page, project, "f.csv", bytes.as_bytes()).await;
        assert!(apply(&mut pm, project, &at, &body, &[]).await.location.contains("notice="), "{page}");
    }
    let (at, body) = shown(&mut admin, PLACES, "", "f.csv", GAZETTEER.as_bytes()).await;
    assert!(apply(&mut admin, "", &at, &body, &[]).await.location.contains("notice="));
    there_and_back(&mut pm, BUDGET, &wells).await;
    there_and_back(&mut pm, TARGETS, &wells).await;
    there_and_back(&mut admin, PLACES, "").await;
    for action in ["budget.exported", "indicator.targets_exported", "location.exported"] {
        assert_eq!(stage.count(&format!("audit.event where kind = 'act' and action = '{action}'")).await, 2, "{action}");
    }
}

/// Takes a register out and sends it back, in whatever language.
async fn there_and_back(browser: &mut Browser, page: &str, project: &str) {
    for locale in ["sw", "en"] {
        browser.post("/fn/languages/choose", &[("locale", locale), ("back", page)]).await;
        let taken = browser.post(&format!("{page}/current"), &[]).await;
        assert_eq!(taken.status, StatusCode::OK, "{page}: {}", taken.location);
        browser.post("/fn/languages/choose", &[("locale", "en"), ("back", page)]).await;
        let (_, body) = shown(browser, page, project, "back.xlsx", &taken.bytes).await;
        assert!(body.contains("does not stand there already") && !body.contains("name=\"shown\""), "{page} {locale}: {body}");
    }
}

#[tokio::test]
async fn only_who_may_change_a_register_imports_it() {
    let stage = Stage::new().await;
    let wells = stage.project("pm@amani.test", "wells").await.to_string();
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    let (places, _) = shown(&mut admin, PLACES, "", "f.csv", GAZETTEER.as_bytes()).await;
    let (budget, money) = shown(&mut pm, BUDGET, &wells, "f.csv", MONEY.as_bytes()).await;
    let (targets, aims) = shown(&mut pm, TARGETS, &wells, "f.csv", AIMS.as_bytes()).await;
    let all = [(PLACES, "", &places, GAZETTEER), (BUDGET, wells.as_str(), &budget, MONEY), (TARGETS, wells.as_str(), &targets, AIMS)];
    for email in ["viewer@amani.test", "field@amani.test"] {
        let mut other = signed_in(&stage, email).await;
        for (page, project, at, file) in all {
            for path in [page, at.as_str(), &format!("{at}/problems")] {
                assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{email} {path}");
            }
            assert_eq!(other.post(&format!("{page}/current"), &[]).await.status, StatusCode::FORBIDDEN, "{email} {page}");
            assert_eq!(check(&mut other, page, project, ("f.csv", file.as_bytes())).await.status, StatusCode::FORBIDDEN, "{email} {page}");
            assert_eq!(apply(&mut other, project, at, "", &[]).await.status, StatusCode::FORBIDDEN, "{email} {page}");
        }
    }
    // a MEAL officer plans targets, and spends no money; who rules the organisation keeps its places, and no budget
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert_eq!(meal.get(&targets).await.status, StatusCode::OK);
    assert_eq!(meal.get(&budget).await.status, StatusCode::FORBIDDEN);
    assert_eq!(meal.get(PLACES).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.get(&budget).await.status, StatusCode::FORBIDDEN);
    let mut stranger = signed_in(&stage, "admin@baraka.test").await;
    let mut nobody = Browser::new(&stage);
    for (page, project, at, file) in all {
        assert_eq!(stranger.get(at).await.status, StatusCode::NOT_FOUND, "{page}");
        assert_eq!(check(&mut stranger, page, project, ("f.csv", file.as_bytes())).await.status, StatusCode::NOT_FOUND, "{page}");
        assert!(check(&mut nobody, page, project, ("f.csv", file.as_bytes())).await.location.starts_with("/login"), "{page}");
    }
    // one register knows nothing of the files of another, nor a project of another's
    let id = budget.rsplit('/').next().unwrap();
    for page in [TARGETS, "/o/amani-wash/projects/camps/budget/import"] {
        assert_eq!(pm.get(&format!("{page}/{id}")).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert_eq!(admin.get(&format!("{PLACES}/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pm.get(&format!("/o/amani-wash/projects/wells/import/{id}")).await.status, StatusCode::NOT_FOUND);
    let sent = apply(&mut pm, &wells, &budget.replace("/budget/", "/targets/"), &money, &[]).await;
    assert!(sent.location.contains("flash="), "a file of one register is none of another: {}", sent.location);
    assert_eq!(stage.count("app.budget_line").await, 0);
    // a colleague who may decides on what another checked, once
    assert!(apply(&mut meal, &wells, &targets, &aims, &[]).await.location.contains("notice=register-imported"));
    let late = apply(&mut pm, &wells, &targets, &aims, &[]).await;
    assert!(told(&mut pm, &late).await.contains("It was applied already"));
}
