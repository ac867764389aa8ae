//! When a period takes figures, and what becomes of those that are saved.

use server::kernel::error::Error;
use server::projects::entries::{self, Typed};
use server::projects::reviews::{self, Decision, Selection};
use server::projects::{envelopes, periods};

use crate::reviews::last_period;
use crate::stage::{Stage, signed_in};

#[tokio::test]
async fn a_window_shuts_a_period_for_field_officers_and_is_checked() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let (meal, field) = (stage.cx("meal@amani.test").await, stage.cx("field@amani.test").await);
    let refused = periods::set_window(&meal, project, period, "2026-03-02", "2026-03-01").await;
    assert!(matches!(&refused, Err(Error::Invalid(bad)) if bad.0["window_closes"] == "before_opening"), "{refused:?}");
    assert!(matches!(periods::set_window(&field, project, period, "", "").await, Err(Error::Forbidden)));
    reviews::decide(&meal, project, &Selection::All(None), &Decision::Return("please check".into())).await.unwrap();
    periods::set_window(&meal, project, period, "", "2000-01-31").await.unwrap();
    assert_eq!(entries::sheet(&field, project, period, None).await.unwrap().shut.map(|closure| closure.why), Some("period_closed"));
    let sheet = entries::sheet(&meal, project, period, None).await.unwrap();
    assert_eq!(sheet.shut, None, "a MEAL officer may enter late");
    // and says why
    let indicator = sheet.indicators.iter().find(|indicator| !indicator.needs_fraction()).unwrap();
    let version = sheet.values[&indicator.id].row_version.to_string();
    let typed = [Typed { indicator: indicator.id.to_string(), value: "12".into(), row_version: version, ..Typed::default() }];
    for (late, fault) in [("", "required"), ("  ", "required"), ("no", "too_short")] {
        let refused = entries::save(&meal, project, period, sheet.location, &typed, false, late).await;
        assert!(matches!(&refused, Err(Error::Invalid(bad)) if bad.0["late"] == fault), "{late:?} {refused:?}");
    }
    entries::save(&meal, project, period, sheet.location, &typed, false, "The road was cut").await.unwrap();
    let told = "audit.event where action = 'value.saved' and convert_from(canon, 'UTF8')::jsonb ->> 'reason' = 'The road was cut'";
    assert_eq!(stage.count(told).await, 1);
    periods::set_window(&meal, project, period, "2100-01-01", "").await.unwrap();
    assert_eq!(entries::sheet(&field, project, period, None).await.unwrap().shut.map(|closure| closure.why), Some("period_not_open"));
    periods::lock(&meal, project, period).await.unwrap();
    assert!(matches!(periods::set_window(&meal, project, period, "", "").await, Err(Error::Rule("period_locked"))));
}

#[tokio::test]
async fn a_returned_value_that_nobody_touched_stays_returned_until_it_is_submitted() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let cx = stage.cx("meal@amani.test").await;
    reviews::decide(&cx, project, &Selection::All(None), &Decision::Return("please check".into())).await.unwrap();
    let as_shown = |sheet: &entries::Sheet| -> Vec<Typed> {
        let plain = sheet.indicators.iter().filter(|indicator| !indicator.needs_fraction());
        plain
            .filter_map(|indicator| {
                let stands = sheet.values.get(&indicator.id).filter(|stands| stands.cells.is_empty())?;
                let (value, row_version) = (stands.value?.to_string(), stands.row_version.to_string());
                Some(Typed { indicator: indicator.id.to_string(), value, comment: stands.comment.clone(), row_version, ..Typed::default() })
            })
            .collect()
    };
    let sheet = entries::sheet(&cx, project, period, None).await.unwrap();
    let mut typed = as_shown(&sheet);
    assert!(typed.len() > 1);
    typed[0].value = "77".into();
    assert_eq!(entries::save(&cx, project, period, sheet.location, &typed, false, "").await.unwrap(), 1, "the one that was changed");
    let sheet = entries::sheet(&cx, project, period, None).await.unwrap();
    let status = |typed: &Typed| sheet.values[&typed.indicator.parse().unwrap()].status.clone();
    assert_eq!(status(&typed[0]), "draft");
    assert!(typed[1..].iter().all(|typed| status(typed) == "returned"));
    let typed = as_shown(&sheet);
    assert_eq!(entries::save(&cx, project, period, sheet.location, &typed, true, "").await.unwrap(), typed.len());
}

#[tokio::test]
async fn who_enters_late_is_asked_why() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let cx = stage.cx("meal@amani.test").await;
    reviews::decide(&cx, project, &Selection::All(None), &Decision::Return("please check".into())).await.unwrap();
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let address = format!("/o/amani-wash/projects/wells/entry?period={period}");
    assert!(!meal.get(&address).await.body.contains("Why these figures come late"));
    periods::set_window(&cx, project, period, "", "2000-01-31").await.unwrap();
    assert!(meal.get(&address).await.body.contains("Why these figures come late"));
    let sheet = entries::sheet(&cx, project, period, None).await.unwrap();
    let indicator = sheet.indicators.iter().find(|indicator| !indicator.needs_fraction()).unwrap().id;
    let (value, version) = (format!("value-{indicator}"), format!("version-{indicator}"));
    let (shown, place) = (sheet.values[&indicator].row_version.to_string(), sheet.location.unwrap().to_string());
    let (project, period) = (project.to_string(), period.to_string());
    let form = |late, figure| {
        [
            ("org", "amani-wash"),
            ("project", project.as_str()),
            ("period", period.as_str()),
            ("location", place.as_str()),
            ("back", address.as_str()),
            ("then", "draft"),
            ("late", late),
            (value.as_str(), figure),
            (version.as_str(), shown.as_str()),
        ]
    };
    // both faults are told at once, and what was typed is kept
    let refused = meal.post("/fn/entries/save", &form("no", "many")).await;
    assert!(refused.location.contains("flash="), "{}", refused.location);
    let page = meal.get(refused.location.split('#').next().unwrap()).await.body;
    assert!(page.contains("no</textarea>") && page.contains("many"), "{page}");
    assert_eq!(page.matches("class=\"field-error\"").count(), 2, "{page}");
    assert!(meal.post("/fn/entries/save", &form("The road\r\nwas cut", "12")).await.location.contains("notice=saved"));
}

#[tokio::test]
async fn a_locked_period_takes_nothing_until_it_is_unlocked_for_a_reason() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let period = last_period(&stage, project).await;
    let (meal, pm) = (stage.cx("meal@amani.test").await, stage.cx("pm@amani.test").await);
    periods::lock(&meal, project, period).await.unwrap();
    let shut = reviews::decide(&meal, project, &Selection::All(Some(period)), &Decision::Verify).await;
    assert!(matches!(shut, Err(Error::Rule("period_locked"))));
    assert_eq!(entries::sheet(&meal, project, period, None).await.unwrap().shut.map(|closure| closure.why), Some("period_locked"));
    let late = envelopes::Typed { row_version: 1, narrative: "after the lock", submit: true, ..Default::default() };
    let envelope = envelopes::save(&meal, project, period, &late).await;
    assert!(matches!(envelope, Err(Error::Rule("period_locked"))), "{envelope:?}");
    assert!(matches!(periods::unlock(&meal, project, period, 7, "late figures").await, Err(Error::Forbidden)));
    assert!(matches!(periods::unlock(&pm, project, period, 7, "").await, Err(Error::Invalid(_))));
    assert!(matches!(periods::unlock(&pm, project, period, 15, "late figures").await, Err(Error::Invalid(_))));
    periods::unlock(&pm, project, period, 14, "late figures").await.unwrap();
    assert!(reviews::decide(&meal, project, &Selection::All(Some(period)), &Decision::Verify).await.is_ok());
}
