//! A project under the IATI standard: checked before anybody has the file, and mended where the page says.

use http::StatusCode;

use crate::stage::{Browser, Page, Stage, schemas, signed_in};

const IATI: &str = "/o/amani-wash/projects/wells/iati";

/// Says what is needed, but for the fields named.
async fn set(stage: &Stage, browser: &mut Browser, version: &str, other: &[(&str, &str)]) -> Page {
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    let mut fields = vec![
        ("org", "amani-wash"),
        ("project", project.as_str()),
        ("row_version", version),
        ("reporting_name", "Amani WASH"),
        ("reporting_ref", "XM-EXAMPLE-1"),
        ("reporting_kind", "22"),
        ("reporting_role", "2"),
        ("identifier", "XM-EXAMPLE-1-WELLS"),
        ("sectors", "14030 60\n14020 40"),
        ("countries", "tz"),
        ("back", IATI),
    ];
    for (name, value) in other {
        match fields.iter_mut().find(|(field, _)| field == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    browser.post("/fn/iati/set", &fields).await
}

#[tokio::test]
async fn what_the_checks_find_is_mended_where_the_page_says_and_then_the_file_is_given_out() {
    if schemas().is_none() {
        eprintln!("skipped: the schema of the standard was not fetched");
        return;
    }
    let stage = Stage::new().await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    // nothing was said yet: what is missing is named with the place where it is mended, and there is nothing to publish
    let page = pm.get(IATI).await.body;
    for part in ["keep the file from being published", "Name a sector.", "href=\"#iati-set-h\"", "value=\"Amani WASH\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("value=\"final\""));
    let refused = pm.post(IATI, &[("as", "final")]).await;
    assert!(refused.status.is_client_error() && refused.body.contains("does not pass its checks"), "{} {}", refused.status, refused.body);
    let draft = pm.post(IATI, &[("as", "draft")]).await;
    assert!(draft.status == StatusCode::OK && draft.body.starts_with("<?xml"), "{}", draft.body);
    // faulty fields are named, and nothing is lost
    let faulty = set(&stage, &mut pm, "0", &[("sectors", "1403"), ("reporting_ref", "XM EXAMPLE")]).await;
    let page = pm.get(&faulty.location).await.body;
    assert!(page.contains("This is not a code of that form.") && page.contains("An identifier has no spaces"), "{page}");
    // shares that do not come to 100
    assert!(set(&stage, &mut pm, "0", &[("sectors", "14030 60\n14020 30")]).await.location.contains("notice=saved"));
    assert!(pm.get(IATI).await.body.contains("The shares of the sectors must come to 100."));
    assert!(set(&stage, &mut pm, "1", &[]).await.location.contains("notice=saved"));
    let page = pm.get(IATI).await.body;
    assert!(page.contains("value=\"final\""), "{page}");
    let file = pm.post(IATI, &[("as", "final")]).await;
    assert_eq!(file.status, StatusCode::OK);
    for part in [
        "<iati-identifier>XM-EXAMPLE-1-WELLS</iati-identifier>",
        "<recipient-country code=\"TZ\"",
        "<result type=\"",
        "<actual value=\"",
        "<target value=\"",
    ] {
        assert!(file.body.contains(part), "{part}: {}", file.body);
    }
    assert!(file.body.contains("<participating-org role=\"2\"") && !file.body.contains("<location "), "no place is published unasked");
    assert!(set(&stage, &mut pm, "2", &[("with_places", "yes")]).await.location.contains("notice=saved"));
    let with_places = pm.post(IATI, &[("as", "draft")]).await.body;
    let point = with_places.split("<pos>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    assert!(point.split(' ').all(|degrees| degrees.split('.').nth(1).is_none_or(|decimals| decimals.len() <= 2)), "{point}");
    // both are in the log, with what was taken out
    assert_eq!(stage.count("audit.event where action = 'iati.draft'").await, 2);
    assert_eq!(stage.count("audit.event where action = 'iati.final'").await, 1);
}

#[tokio::test]
async fn figures_that_are_not_verified_or_not_for_donors_are_not_in_the_file() {
    let stage = Stage::new().await;
    stage.run("update app.indicator set is_public = false where code = 'wells_repaired'").await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let file = pm.post(IATI, &[("as", "draft")]).await.body;
    let title: String = sqlx::query_scalar("select title from app.indicator where code = 'wells_repaired'")
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    assert!(!file.contains(&title), "{file}");
    let verified: i64 = stage
        .count("app.period_rollup c join app.indicator i on i.id = c.indicator_id and i.is_public join app.project p on p.id = c.project_id where p.code = 'wells' and c.location_id is null and c.dim_key = '' and c.actual is not null")
        .await;
    assert_eq!(i64::try_from(file.matches("<actual ").count()).unwrap(), verified);
}

#[tokio::test]
async fn who_may_draft_does_not_publish_and_two_who_edit_lose_nothing() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    assert!(set(&stage, &mut admin, "0", &[("funder_name", "The <Fund>")]).await.location.contains("notice=saved"));
    let page = meal.get(IATI).await;
    assert!(
        page.status == StatusCode::OK && !page.body.contains("value=\"final\"") && !page.body.contains("/fn/iati/set"),
        "{}",
        page.body
    );
    assert_eq!(meal.post(IATI, &[("as", "final")]).await.status, StatusCode::FORBIDDEN);
    for email in ["viewer@amani.test", "field@amani.test"] {
        assert_eq!(signed_in(&stage, email).await.get(IATI).await.status, StatusCode::FORBIDDEN, "{email}");
    }
    assert_eq!(signed_in(&stage, "pm@baraka.test").await.get(IATI).await.status, StatusCode::NOT_FOUND);
    // the page was opened before the officer saved
    let refused = set(&stage, &mut pm, "0", &[("funder_name", "Another fund")]).await;
    let page = pm.get(&refused.location).await.body;
    assert!(page.contains("Another fund") && page.contains("The &lt;Fund"), "{page}");
}
