//! A value's way: entered, submitted, verified by a second person, counted; or returned.

use rust_decimal::Decimal;
use server::kernel::error::Error;
use server::kernel::ids::{PeriodId, ProjectId, ValueId};
use server::projects::entries::{self, Typed};
use server::projects::progress::Accumulation;
use server::projects::reviews::{self, Decision, Selection};
use server::projects::{explain, reports, submissions, tracking, values};

use crate::stage::{Browser, Page, Stage, publish, signed_in};

pub async fn last_period(stage: &Stage, project: ProjectId) -> PeriodId {
    let cx = stage.cx("meal@amani.test").await;
    let backlog = reviews::backlog(&cx, project).await.unwrap();
    backlog.first().unwrap().period
}

#[tokio::test]
async fn a_second_person_verifies_and_the_figure_counts() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let field = stage.cx("field@amani.test").await;
    assert!(matches!(reviews::decide(&field, project, &Selection::All(None), &Decision::Verify).await, Err(Error::Forbidden)));
    let meal = stage.cx("meal@amani.test").await;
    let before = tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap();
    let outcome = reviews::decide(&meal, project, &Selection::All(Some(period)), &Decision::Verify).await.unwrap();
    assert!(outcome.decided > 0 && outcome.own == 0);
    let after = tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap();
    let total = |t: &tracking::Tracking| t.lines[0].cells.iter().map(|c| c.actual.unwrap_or_default()).sum::<Decimal>();
    assert!(total(&after) > total(&before), "what was provisional counts now");
}

#[tokio::test]
async fn nobody_verifies_what_they_submitted_unless_it_is_allowed_and_then_it_shows() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let meal = stage.cx("meal@amani.test").await;
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Return("please check".into())).await.unwrap();
    let sheet = entries::sheet(&meal, project, period, None).await.unwrap();
    let typed: Vec<Typed> = sheet
        .indicators
        .iter()
        .map(|i| {
            let stands = &sheet.values[&i.id];
            let mut typed = Typed { indicator: i.id.to_string(), row_version: stands.row_version.to_string(), ..Typed::default() };
            if i.needs_fraction() {
                (typed.num, typed.den) = ("1".into(), "2".into());
            } else {
                typed.value = "7".into();
            }
            typed
        })
        .collect();
    entries::save(&meal, project, period, sheet.location, &typed, true, "").await.unwrap();
    let own = reviews::decide(&meal, project, &Selection::All(None), &Decision::Verify).await;
    assert!(matches!(own, Err(Error::Rule("own_values_only"))), "{own:?}");
    let mut conn = stage.superuser().await;
    sqlx::query("update app.tenant set self_verify_allowed = true where slug = 'amani-wash'").execute(&mut conn).await.unwrap();
    let meal = stage.cx("meal@amani.test").await;
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Verify).await.unwrap();
    let table = tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap();
    assert!(table.lines.iter().any(|l| l.cells.iter().any(|c| c.self_verified)), "flagged in the table");
    // and for whoever reads the figure: in the table, and in the report that goes to donors
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let page = pm.get("/o/amani-wash/projects/wells/tracking?year=2026").await.body;
    assert!(page.contains("verified by the person who submitted it"), "{page}");
    let form =
        reports::ReportForm { title: "The third quarter".into(), span: "2026-Q3".into(), locale: "en".into(), template: String::new() };
    let report = reports::create(&stage.cx("pm@amani.test").await, project, &form).await.unwrap();
    let snapshot = publish(&stage, project, report).await;
    let page = pm.get(&format!("/o/amani-wash/projects/wells/reports/{report}/snapshots/{snapshot}")).await.body;
    assert!(page.contains(">self-verified<"), "{page}");
}

#[tokio::test]
async fn a_stale_edit_is_refused_and_nothing_is_lost() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let meal = stage.cx("meal@amani.test").await;
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Return("please check".into())).await.unwrap();
    let field = stage.cx("field@amani.test").await;
    let sheet = entries::sheet(&field, project, period, None).await.unwrap();
    let indicator = sheet.indicators.iter().find(|i| !i.needs_fraction()).unwrap();
    let version = sheet.values[&indicator.id].row_version.to_string();
    let typed =
        |value: &str| Typed { indicator: indicator.id.to_string(), value: value.into(), row_version: version.clone(), ..Typed::default() };
    entries::save(&meal, project, period, sheet.location, &[typed("11")], false, "").await.unwrap();
    let second = entries::save(&field, project, period, sheet.location, &[typed("12")], false, "").await;
    assert!(matches!(second, Err(Error::Stale)));
    let now = entries::sheet(&field, project, period, sheet.location).await.unwrap();
    assert_eq!(now.values[&indicator.id].value, Some(Decimal::from(11)));
}

/// What a program sends for a value that stands already.
fn sent(value: &values::ListedValue, figure: &str) -> submissions::NewValue {
    let (value_text, num, den) = if value.den.is_some() {
        (String::new(), figure.to_owned(), "1000".to_owned())
    } else {
        (figure.to_owned(), String::new(), String::new())
    };
    submissions::NewValue {
        indicator: value.indicator.clone(),
        period: value.period_id.to_string(),
        location: value.location.clone(),
        value: value_text,
        num,
        den,
        cells: Vec::new(),
    }
}

#[tokio::test]
async fn a_program_submits_again_what_was_returned_and_nothing_else() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let (meal, field) = (stage.cx("meal@amani.test").await, stage.cx("field@amani.test").await);
    let standing = values::page(&meal, project, None, 10_000).await.unwrap();
    let waiting = standing.iter().find(|v| v.status == "submitted").unwrap();
    let verified = standing.iter().find(|v| v.status == "verified").unwrap();
    let send = |batch: Vec<submissions::NewValue>| {
        let field = field.clone();
        async move { submissions::submit(&field, project, &batch, None).await }
    };
    for value in [waiting, verified] {
        let refused = send(vec![sent(value, "3")]).await;
        assert!(matches!(&refused, Err(Error::Invalid(bad)) if bad.0["0.value"] == "already_submitted"), "{refused:?}");
    }
    let only = Selection::These(vec![waiting.id]);
    reviews::decide(&meal, project, &only, &Decision::Return("please count again".into())).await.unwrap();
    let twice = send(vec![sent(waiting, "3"), sent(waiting, "4")]).await;
    assert!(matches!(&twice, Err(Error::Invalid(bad)) if bad.0["1.value"] == "twice_in_the_batch"), "{twice:?}");
    assert_eq!(send(vec![sent(waiting, "3")]).await.unwrap(), vec![waiting.id], "the same value, submitted anew");
    let now = values::page(&meal, project, None, 10_000).await.unwrap();
    let again = now.iter().find(|v| v.id == waiting.id).unwrap();
    assert_eq!((again.status.as_str(), again.value.or(again.num)), ("submitted", Some(Decimal::from(3))));
}

/// The figures that a page of reviews shows: each value, and the version of it that was shown.
fn shown(page: &Page) -> Vec<(String, String)> {
    let upto = |text: &str| text.split('"').next().unwrap().to_owned();
    page.body.split("name=\"seen-").skip(1).map(|rest| (upto(rest), upto(rest.split("value=\"").nth(1).unwrap()))).collect()
}

/// Presses a button of that page.
async fn press(
    browser: &mut Browser,
    (project, period): (ProjectId, PeriodId),
    what: &str,
    shown: &[(String, String)],
    pick: Option<ValueId>,
) -> Page {
    let mut fields = vec![
        ("org".to_owned(), "amani-wash".to_owned()),
        ("project".to_owned(), project.to_string()),
        ("period".to_owned(), period.to_string()),
        ("what".to_owned(), what.to_owned()),
        ("note".to_owned(), "please count again".to_owned()),
        ("back".to_owned(), format!("/o/amani-wash/projects/wells/review?period={period}")),
    ];
    fields.extend(shown.iter().map(|(id, version)| (format!("seen-{id}"), version.clone())));
    fields.extend(pick.map(|id| (format!("pick-{id}"), "on".to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/fn/reviews/decide", &fields).await
}

#[tokio::test]
async fn what_was_sent_anew_since_it_was_shown_is_not_verified_unseen() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let (meal, field) = (stage.cx("meal@amani.test").await, stage.cx("field@amani.test").await);
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let address = format!("/o/amani-wash/projects/wells/review?period={period}");
    let first = shown(&pm.get(&address).await);
    assert!(first.len() > 1, "{first:?}");
    // while somebody reads, one figure is returned by another person and sent anew
    let standing = values::page(&meal, project, None, 10_000).await.unwrap();
    let anew = standing.iter().find(|v| v.status == "submitted" && v.period_id == period).unwrap();
    let only = Selection::These(vec![anew.id]);
    reviews::decide(&meal, project, &only, &Decision::Return("please count again".into())).await.unwrap();
    submissions::submit(&field, project, &[sent(anew, "3")], None).await.unwrap();
    let status = async |id: &str| {
        let now = values::page(&meal, project, None, 10_000).await.unwrap();
        now.into_iter().find(|v| v.id.to_string() == id).unwrap().status
    };
    // picked alone it is refused, whether it is verified or returned, and also when no version is told
    for (what, shown) in [("verify-selected", first.as_slice()), ("return-selected", first.as_slice()), ("verify-selected", &first[..0])] {
        let refused = press(&mut pm, (project, period), what, shown, Some(anew.id)).await;
        assert!(refused.location.contains("flash="), "{}", refused.location);
        assert!(pm.get(&refused.location).await.body.contains("compare it with what stands there now"));
        assert_eq!(status(&anew.id.to_string()).await, "submitted");
    }
    // with the others it is left, and the page says that something was
    let some = press(&mut pm, (project, period), "verify-period", &first, None).await;
    assert!(some.location.contains("notice=reviewed-some-left"), "{}", some.location);
    for (id, _) in &first {
        assert_eq!(status(id).await, if *id == anew.id.to_string() { "submitted" } else { "verified" }, "{id}");
    }
    // seen as it stands now, it is verified
    let second = shown(&pm.get(&address).await);
    assert_eq!(second.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), [anew.id.to_string()]);
    assert!(press(&mut pm, (project, period), "verify-period", &second, None).await.location.contains("notice=reviewed"));
    assert_eq!(status(&anew.id.to_string()).await, "verified");
}

/// Golden vector 4: a sum up to a period to which nothing was added repeats the earlier one, and says so.
#[tokio::test]
async fn a_figure_that_only_repeats_an_earlier_one_says_so() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let meal = stage.cx("meal@amani.test").await;
    let sums = |table: &tracking::Tracking| {
        let line = table.lines.iter().find(|line| line.indicator.method.accumulation == Accumulation::CumulativeSum).unwrap();
        line.cells.iter().map(|cell| (cell.actual.is_some(), cell.carried)).collect::<Vec<_>>()
    };
    let before = sums(&tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap());
    assert_eq!(before[1], (true, false));
    assert_eq!(before[2], (true, true), "submitted, and not yet verified");
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Verify).await.unwrap();
    let after = sums(&tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap());
    assert_eq!(after[2], (true, false));
}

#[tokio::test]
async fn every_figure_of_the_table_is_explained_by_the_same_figure() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let meal = stage.cx("meal@amani.test").await;
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Verify).await.unwrap();
    let viewer = stage.cx("viewer@amani.test").await;
    let (mut explained, mut reaching_back) = (0, 0);
    for location in [None, Some("KAS")] {
        for year in [2025, 2026] {
            let table = tracking::table(&viewer, "wells", Some(year), location, None).await.unwrap();
            for line in &table.lines {
                for cell in line.cells.iter().filter(|c| c.actual.is_some()) {
                    let e = explain::figure(&viewer, "wells", &line.indicator.code, &cell.key, location).await.unwrap();
                    assert_eq!(
                        (e.explanation.result.map(|f| f.value().round_dp(6)), e.target),
                        (cell.actual.map(|a| a.round_dp(6)), cell.target),
                        "{} {} {location:?}",
                        line.indicator.code,
                        cell.key
                    );
                    explained += 1;
                    reaching_back += usize::from(line.indicator.method.accumulation != Accumulation::NonCumulative);
                }
            }
        }
    }
    assert!(explained > 20 && reaching_back > 4, "{explained} {reaching_back}");
}

/// A figure that a report told and that was corrected since says so, in the table and in the next report.
#[tokio::test]
async fn a_figure_that_was_told_otherwise_is_a_restatement() {
    let stage = Stage::new().await;
    let (pm, meal, project) =
        (stage.cx("pm@amani.test").await, stage.cx("meal@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let form = reports::ReportForm { title: "The first half".into(), span: "2026-Q2".into(), locale: "en".into(), template: String::new() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    publish(&stage, project, report).await;
    let restated = async || {
        let table = tracking::table(&meal, "wells", Some(2026), None, None).await.unwrap();
        let line = table.lines.into_iter().find(|line| line.indicator.code == "wells_repaired").unwrap();
        let cell = line.cells.into_iter().find(|cell| cell.key == "2026-Q2").unwrap();
        (cell.actual, cell.restated.map(|told| (told.was, told.report)))
    };
    let (before, none) = restated().await;
    assert!(before.is_some() && none.is_none(), "as it was told");
    let value: uuid::Uuid = sqlx::query_scalar(
        "select v.id from app.indicator_value v join app.indicator i on i.id = v.indicator_id join app.reporting_period p on p.id = v.period_id
         where i.code = 'wells_repaired' and p.name in ('2026 Q2', '2026-Q2') and v.status = 'verified' limit 1",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    reviews::unverify(&meal, project, ValueId(value), "counted twice").await.unwrap();
    let (now, told) = restated().await;
    assert!(now < before);
    assert_eq!(told, Some((before, "The first half".to_owned())));
    let snapshot = publish(&stage, project, report).await;
    let (content, _) = reports::read_snapshot(&pm, project, snapshot.0).await.unwrap();
    let item = content.indicators.iter().find(|item| item.code == "wells_repaired").unwrap();
    assert_eq!(item.cells[0].restated_from, before.map(|n| n.normalize().to_string()));
    assert_eq!(restated().await.1, None, "told anew");
}
