//! A period as a whole: submitted with its figures or the reasons for none, shut by that, and given back.

use http::StatusCode;
use server::kernel::error::Error;
use server::kernel::ids::{PeriodId, ProjectId};
use server::projects::entries::{self, Typed};
use server::projects::{envelopes, periods, reviews};

use crate::stage::{Browser, Page, Stage, signed_in};

const WELLS: &str = "/o/amani-wash/projects/wells";

/// The newest period with figures that wait, all of them submitted.
async fn last_period(stage: &Stage) -> (ProjectId, PeriodId) {
    let cx = stage.cx("meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await;
    (project, reviews::backlog(&cx, project).await.unwrap().first().unwrap().period)
}

/// Sends the form of a period, with a remark for every indicator whose id stands on the page.
async fn send(browser: &mut Browser, (project, period): (ProjectId, PeriodId), then: &str, remark: &str, narrative: &str) -> Page {
    let address = format!("{WELLS}/periods/{period}");
    let page = browser.get(&address).await;
    let version = page.body.split("name=\"row_version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("1").to_owned();
    let names: Vec<String> = page.body.split("name=\"remark-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    let mut fields = vec![
        ("org".to_owned(), "amani-wash".to_owned()),
        ("project".to_owned(), project.to_string()),
        ("period".to_owned(), period.to_string()),
        ("row_version".to_owned(), version),
        ("narrative".to_owned(), narrative.to_owned()),
        ("then".to_owned(), then.to_owned()),
        ("back".to_owned(), address),
    ];
    fields.extend(names.into_iter().map(|rest| (format!("remark-{rest}"), remark.to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/fn/envelopes/submit", &fields).await
}

#[tokio::test]
async fn a_period_is_submitted_with_a_reason_for_every_figure_that_is_missing() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    // one of its indicators has no figure, and nothing is a 0
    stage
        .run(
            "update app.indicator_value v set deleted_at = now() from app.indicator i
             where i.id = v.indicator_id and i.code = 'wells_repaired' and v.status = 'submitted'",
        )
        .await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let refused = send(&mut meal, (project, period), "submit", "", "As planned.").await;
    assert!(refused.location.contains("flash="), "{}", refused.location);
    let page = meal.get(&refused.location).await.body;
    assert!(page.contains("Say why there is no figure") && page.contains("As planned."), "{page}");
    // kept for later it may be without
    assert!(send(&mut meal, (project, period), "keep", "", "Half of it.").await.location.contains("notice=saved"));
    assert!(meal.get(&format!("{WELLS}/periods/{period}")).await.body.contains("Half of it."));
    let done = send(&mut meal, (project, period), "submit", "The <road> was cut off", "As planned.").await;
    assert!(done.location.contains("notice=envelope-submitted"), "{}", done.location);
    let page = meal.get(&format!("{WELLS}/periods/{period}")).await.body;
    assert!(page.contains("The &lt;road") && page.contains("This period was submitted"), "{page}");
    // a reason is no figure
    let stands: i64 = stage.count("app.indicator_value v join app.indicator i on i.id = v.indicator_id where i.code = 'wells_repaired' and v.status = 'submitted' and v.deleted_at is null").await;
    assert_eq!(stands, 0);
    // who may not submit sees nothing of the page
    for email in ["field@amani.test", "viewer@amani.test"] {
        assert_eq!(signed_in(&stage, email).await.get(&format!("{WELLS}/periods/{period}")).await.status, StatusCode::FORBIDDEN, "{email}");
    }
}

#[tokio::test]
async fn a_submitted_period_takes_no_figures_says_why_and_is_given_back_for_a_reason() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert!(send(&mut meal, (project, period), "submit", "more rain than usual", "").await.location.contains("notice="));
    let field = stage.cx("field@amani.test").await;
    let sheet = entries::sheet(&field, project, period, None).await.unwrap();
    let closure = sheet.shut.unwrap();
    assert_eq!((closure.why, closure.by.as_deref()), ("period_submitted", Some("Juma Kato")));
    assert!(closure.on.is_some() && !closure.openers.is_empty());
    let indicator = sheet.indicators.iter().find(|i| !i.needs_fraction()).unwrap();
    let typed = Typed { indicator: indicator.id.to_string(), value: "3".into(), ..Typed::default() };
    let refused = entries::save(&field, project, period, sheet.location, &[typed], false, "").await;
    assert!(matches!(refused, Err(Error::Rule("period_submitted"))), "{refused:?}");
    let page = signed_in(&stage, "field@amani.test").await.get(&format!("{WELLS}/entry?period={period}")).await.body;
    assert!(page.contains("Juma Kato submitted it on") && page.contains("Who can open it in this project: "), "{page}");
    // given back with a reason, it takes figures again
    let (project_text, period_text) = (project.to_string(), period.to_string());
    let back = format!("{WELLS}/periods/{period}");
    let give = |reason| [("org", "amani-wash"), ("project", &project_text), ("period", &period_text), ("reason", reason), ("back", &back)];
    assert!(meal.post("/fn/envelopes/give_back", &give("")).await.location.contains("flash="), "a reason is needed");
    assert!(meal.post("/fn/envelopes/give_back", &give("a place is missing")).await.location.contains("notice=envelope-given-back"));
    assert!(meal.post("/fn/envelopes/give_back", &give("once more")).await.location.contains("flash="), "it was given back already");
    assert!(entries::sheet(&field, project, period, None).await.unwrap().shut.is_none());
    assert!(meal.get(&back).await.body.contains("a place is missing"));
}

#[tokio::test]
async fn two_people_who_write_about_a_period_lose_nothing() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let (meal, pm) = (stage.cx("meal@amani.test").await, stage.cx("pm@amani.test").await);
    let shown = envelopes::sheet(&meal, "wells", period).await.unwrap();
    let of = |narrative| envelopes::Typed { row_version: shown.envelope.row_version, narrative, ..envelopes::Typed::default() };
    envelopes::save(&pm, project, period, &of("what the manager wrote")).await.unwrap();
    let second = envelopes::save(&meal, project, period, &of("what the officer wrote")).await;
    assert!(matches!(second, Err(Error::Stale)), "{second:?}");
    assert_eq!(envelopes::sheet(&meal, "wells", period).await.unwrap().envelope.narrative, "what the manager wrote");
    // the page shows both
    let mut browser = signed_in(&stage, "meal@amani.test").await;
    let (project, period_text) = (project.to_string(), period.to_string());
    let back = format!("{WELLS}/periods/{period}");
    let fields = [
        ("org", "amani-wash"),
        ("project", project.as_str()),
        ("period", period_text.as_str()),
        ("row_version", "1"),
        ("narrative", "what the officer wrote"),
        ("then", "keep"),
        ("back", back.as_str()),
    ];
    let refused = browser.post("/fn/envelopes/submit", &fields).await;
    let page = browser.get(&refused.location).await.body;
    assert!(page.contains("what the officer wrote") && page.contains("what the manager wrote"), "{page}");
}

/// All figures of a period and its submission, both by the MEAL officer; then verified by the project manager.
async fn reviewed(stage: &Stage) -> (ProjectId, PeriodId) {
    let (project, period) = last_period(stage).await;
    let mut meal = signed_in(stage, "meal@amani.test").await;
    assert!(send(&mut meal, (project, period), "submit", "more rain than usual", "").await.location.contains("notice="));
    let pm = stage.cx("pm@amani.test").await;
    reviews::decide(&pm, project, &reviews::Selection::All(Some(period)), &reviews::Decision::Verify).await.unwrap();
    (project, period)
}

async fn status(stage: &Stage, period: PeriodId) -> String {
    envelopes::sheet(&stage.cx("pm@amani.test").await, "wells", period).await.unwrap().envelope.status
}

#[tokio::test]
async fn a_verification_that_is_taken_back_gives_its_period_back() {
    let stage = Stage::new().await;
    let (project, period) = reviewed(&stage).await;
    assert_eq!(status(&stage, period).await, "verified", "by somebody who did not submit it");
    let cx = stage.cx("pm@amani.test").await;
    let all = server::projects::values::page(&cx, project, None, 10_000).await.unwrap();
    let of_period: Vec<_> = all.into_iter().filter(|v| v.period_id == period && v.status == "verified").collect();
    // two at once: neither waits for the other for ever
    let (first, second) = tokio::join!(
        reviews::unverify(&cx, project, of_period[0].id, "counted twice"),
        reviews::unverify(&cx, project, of_period[1].id, "counted twice")
    );
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(status(&stage, period).await, "returned");
    assert!(periods::list(&cx, project).await.unwrap().iter().any(|p| p.id == period && p.state != periods::State::Submitted));
    let field = stage.cx("field@amani.test").await;
    assert!(entries::sheet(&field, project, period, None).await.unwrap().shut.is_none());
}

#[tokio::test]
async fn who_submitted_a_period_does_not_verify_it() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let (meal, pm) = (stage.cx("meal@amani.test").await, stage.cx("pm@amani.test").await);
    let mut browser = signed_in(&stage, "meal@amani.test").await;
    assert!(send(&mut browser, (project, period), "submit", "more rain than usual", "").await.location.contains("notice="));
    let early = envelopes::verify(&pm, project, period).await;
    assert!(matches!(early, Err(Error::Rule("envelope_not_reviewed"))), "{early:?}");
    // the officer verifies the figures of others: what they wrote themselves waits for somebody else
    reviews::decide(&meal, project, &reviews::Selection::All(Some(period)), &reviews::Decision::Verify).await.unwrap();
    assert_eq!(status(&stage, period).await, "submitted");
    let own = envelopes::verify(&meal, project, period).await;
    assert!(matches!(own, Err(Error::Rule("own_envelope"))), "{own:?}");
    let address = format!("{WELLS}/periods/{period}");
    assert!(!browser.get(&address).await.body.contains("/fn/envelopes/verify"));
    let mut other = signed_in(&stage, "pm@amani.test").await;
    assert!(other.get(&address).await.body.contains("/fn/envelopes/verify"));
    let (project_text, period_text) = (project.to_string(), period.to_string());
    let fields = [("org", "amani-wash"), ("project", project_text.as_str()), ("period", period_text.as_str()), ("back", address.as_str())];
    assert!(other.post("/fn/envelopes/verify", &fields).await.location.contains("notice=envelope-verified"));
    assert_eq!(status(&stage, period).await, "verified");
}

#[tokio::test]
async fn a_period_of_reasons_alone_is_submitted_and_verified() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    stage.run("update app.indicator_value set deleted_at = now() where status = 'submitted'").await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert!(send(&mut meal, (project, period), "submit", "The road was cut off", "").await.location.contains("notice="));
    assert_eq!(status(&stage, period).await, "submitted");
    envelopes::verify(&stage.cx("pm@amani.test").await, project, period).await.unwrap();
    assert_eq!(status(&stage, period).await, "verified");
    // what was given as a reason is an answer on the dashboard too
    let board = meal.get(&format!("{WELLS}/dashboard?year=2026")).await.body;
    assert!(board.contains("4 of 4 reported, 0 verified"), "{board}");
}

#[tokio::test]
async fn a_reason_for_no_figure_is_no_word_about_one_that_came_since() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let meal = stage.cx("meal@amani.test").await;
    let sheet = envelopes::sheet(&meal, "wells", period).await.unwrap();
    let line = sheet.lines.iter().find(|line| line.indicator.code == "wells_repaired").unwrap();
    // the page was opened while there was none
    let field = envelopes::field_of(envelopes::RemarkKind::NoData, line.indicator.id);
    let typed = envelopes::Typed {
        row_version: sheet.envelope.row_version,
        remarks: vec![(field.trim_start_matches("remark-"), "the road was cut off")],
        ..envelopes::Typed::default()
    };
    let refused = envelopes::save(&meal, project, period, &typed).await;
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    assert_eq!(stage.count("app.period_remark").await, 0);
}

#[tokio::test]
async fn a_submission_and_a_decision_do_not_pass_each_other() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let (meal, pm) = (stage.cx("meal@amani.test").await, stage.cx("pm@amani.test").await);
    let sheet = envelopes::sheet(&meal, "wells", period).await.unwrap();
    let names: Vec<String> = sheet.lines.iter().map(|line| envelopes::field_of(line.kind, line.indicator.id)).collect();
    let typed = envelopes::Typed {
        row_version: sheet.envelope.row_version,
        narrative: "As planned.",
        remarks: names.iter().map(|name| (name.trim_start_matches("remark-"), "more rain than usual")).collect(),
        submit: true,
    };
    let (all, back) = (reviews::Selection::All(Some(period)), reviews::Decision::Return("count again".into()));
    let (submitted, returned) = tokio::join!(envelopes::save(&meal, project, period, &typed), reviews::decide(&pm, project, &all, &back));
    returned.unwrap();
    // whichever came first: no returned figure lies in a period that is shut
    let shut = status(&stage, period).await == "submitted";
    let unready = envelopes::sheet(&meal, "wells", period).await.unwrap().lines.iter().any(|line| line.unready > 0);
    assert!(!(shut && unready), "{submitted:?}");
}

#[tokio::test]
async fn a_figure_that_is_off_its_target_is_explained_where_the_figure_is() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let meal = stage.cx("meal@amani.test").await;
    let sheet = envelopes::sheet(&meal, "wells", period).await.unwrap();
    let line = sheet.lines.iter().find(|line| line.indicator.code == "wells_repaired").unwrap();
    let field = envelopes::field_of(line.kind, line.indicator.id);
    let name = field.trim_start_matches("remark-");
    let typed = envelopes::Typed {
        row_version: sheet.envelope.row_version,
        remarks: vec![(name, "spare parts came late")],
        ..envelopes::Typed::default()
    };
    envelopes::save(&meal, project, period, &typed).await.unwrap();
    let year = sheet.period.end.format("%Y");
    let address = format!("{WELLS}/tracking/explain?indicator=wells_repaired&column={year}");
    let page = signed_in(&stage, "viewer@amani.test").await.get(&address).await.body;
    assert!(page.contains("spare parts came late"), "{page}");
    let of_a_place = format!("{address}&location=KIB");
    let page = signed_in(&stage, "meal@amani.test").await.get(&of_a_place).await.body;
    assert!(!page.contains("spare parts came late"), "of one place nothing is said");
}

#[tokio::test]
async fn who_meets_a_shut_period_is_told_why_since_when_and_who_can_open_it() {
    let stage = Stage::new().await;
    let (project, period) = last_period(&stage).await;
    let (cx, mut meal) = (stage.cx("meal@amani.test").await, signed_in(&stage, "meal@amani.test").await);
    let mut field = signed_in(&stage, "field@amani.test").await;
    let sheet = entries::sheet(&stage.cx("field@amani.test").await, project, period, None).await.unwrap();
    let (location, indicator) = (sheet.location.unwrap().to_string(), sheet.indicators[0].id);
    let (entry, of_value) = (format!("{WELLS}/entry?period={period}"), format!("value-{indicator}"));
    let (project_text, period_text) = (project.to_string(), period.to_string());
    let typed = [
        ("org", "amani-wash"),
        ("project", project_text.as_str()),
        ("period", period_text.as_str()),
        ("location", location.as_str()),
        (of_value.as_str(), "4711"),
        ("then", "draft"),
        ("back", entry.as_str()),
    ];
    let whoever = "Who can open it in this project: Juma Kato, Neema Mushi.";
    let told: [[&str; 3]; 4] = [
        ["This period is not open yet", "Its window opens on 1 Jan 2100.", whoever],
        ["The window of this period has closed", "Its window closed on 31 Jan 2000.", whoever],
        ["This period was submitted", "Juma Kato submitted it on ", whoever],
        ["This period is locked", "Juma Kato locked it on ", "Who can open it in this project: Neema Mushi."],
    ];
    assert!(!field.get(&entry).await.body.contains("Who can open it"), "as long as it is open there is nothing to tell");
    for (step, told) in told.into_iter().enumerate() {
        match step {
            0 => periods::set_window(&cx, project, period, "2100-01-01", "").await.unwrap(),
            1 => periods::set_window(&cx, project, period, "", "2000-01-31").await.unwrap(),
            2 => {
                periods::set_window(&cx, project, period, "", "").await.unwrap();
                let sent = send(&mut meal, (project, period), "submit", "more rain than usual", "").await;
                assert!(sent.location.contains("notice="), "{}", sent.location);
            }
            _ => periods::lock(&cx, project, period).await.unwrap(),
        }
        let page = field.get(&entry).await.body;
        // who had the page open before is told the same, and what they typed is there to be copied
        let refused = field.post("/fn/entries/save", &typed).await;
        assert!(refused.location.contains("flash="), "{step}: {}", refused.location);
        let after = field.get(&refused.location).await.body;
        for text in told {
            assert!(page.contains(text) && after.contains(text), "{step}: {text}: {page} {after}");
        }
        assert!(after.contains("4711"), "{step}: {after}");
    }
}
