//! A breakdown that changes: another scheme from a period on, a value that is asked for no more. What was reported stays.

use server::kernel::ids::{DimensionId, DimensionValueId};
use server::projects::{dimensions, submissions};
use uuid::Uuid;

use super::{Desk, scheme};
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

/// What was reported stays, whatever becomes of the breakdown (row 22 of what users of such systems complain about).
#[tokio::test]
async fn a_breakdown_changes_from_a_period_on_and_takes_nothing_away() {
    let stage = Stage::new().await;
    let (pm, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let cells = "app.indicator_value v join app.indicator i on i.id = v.indicator_id where i.code = 'people_served' and v.cells <> '{}'";
    let before = stage.count(cells).await;
    assert!(before > 0);
    let fault = |done: server::kernel::error::Result<()>| match done {
        Err(server::kernel::error::Error::Invalid(bad)) => bad.0.get("valid_from").copied(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(scheme(&pm, project, "people_served", &["age"], "", false).await), Some("has_breakdowns"));
    assert_eq!(fault(scheme(&pm, project, "people_served", &[], "2026-07-01", false).await), Some("has_breakdowns"));
    assert_eq!(
        fault(scheme(&pm, project, "people_served", &["age"], "2026-05-01", false).await),
        Some("not_a_choice"),
        "no period begins then"
    );
    scheme(&pm, project, "people_served", &["age", "sex"], "2026-10-01", true).await.unwrap();
    assert_eq!(stage.count(cells).await, before);
    let desk = Desk::of(&stage, "people_served").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let body = field.get(&desk.page).await.body;
    assert!(body.contains("people_served by Age × Sex"), "{body}");
    desk.refused(&stage, &mut field, &[("value", "5")], &[], "submitted with its cells only").await;
    desk.save(&stage, &mut field, &[("value", "5")], &[], "draft").await;
    // programs keep the same rules
    let place = desk.sheet.locations.iter().find(|l| Some(l.id) == desk.sheet.location).unwrap().code.clone();
    let sent = |value: &str, cells: Vec<(String, String)>| submissions::NewValue {
        indicator: "people_served".into(),
        period: desk.sheet.period.id.to_string(),
        location: Some(place.clone()),
        value: value.into(),
        cells,
        ..submissions::NewValue::default()
    };
    let meal = stage.cx("meal@amani.test").await;
    let whole: Vec<(String, String)> = desk
        .sheet
        .schemes
        .at(desk.indicator, desk.sheet.period.start)
        .unwrap()
        .cells()
        .into_iter()
        .map(|cell| (cell.key, "1".to_owned()))
        .collect();
    assert_eq!(whole.len(), 32);
    for (value, cells) in
        [("5", Vec::new()), ("", whole[1..].to_vec()), ("33", whole.clone()), ("", vec![("sex=female".into(), "1".into())])]
    {
        let refused = submissions::submit(&meal, project, &[sent(value, cells)], None).await;
        assert!(matches!(refused, Err(server::kernel::error::Error::Invalid(_))), "{refused:?}");
    }
    submissions::submit(&meal, project, &[sent("", whole)], None).await.unwrap();
    assert_eq!(desk.kept(&stage).await.0.as_deref(), Some("32"));
}

/// A value that is asked for no more is not asked, and what was reported for it stays.
#[tokio::test]
async fn what_was_reported_of_a_value_outlives_it() {
    let stage = Stage::new().await;
    let desk = Desk::of(&stage, "people_served").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let all = [("sex=female", "60"), ("sex=male", "40"), ("sex=other", "7"), ("sex=unknown", "0")];
    desk.save(&stage, &mut field, &[], &all, "draft").await;
    let meal = stage.cx("meal@amani.test").await;
    let sex: Uuid = one(&stage, "select id from app.dimension d where key = 'sex' and exists (select from app.tenant t where t.id = d.tenant_id and t.slug = 'amani-wash')").await;
    let other: Uuid = one(&stage, &format!("select id from app.dimension_value where dimension_id = '{sex}' and code = 'other'")).await;
    dimensions::archive(&meal, DimensionId(sex), DimensionValueId(other), true).await.unwrap();
    let body = field.get(&desk.page).await.body;
    assert!(body.contains("sex=other\"") && body.contains("value=\"7\""), "the reported value stands on the page: {body}");
    let version = desk.version(&stage).await;
    desk.save(&stage, &mut field, &[("version", &version), ("value", "107"), ("stood", "107")], &all, "submit").await;
    assert_eq!(desk.kept(&stage).await.0.as_deref(), Some("107"));
    // at the next place it is not asked, and nobody reports it anew
    let place = desk.sheet.locations[1].id;
    let page = desk.page.replace(&desk.sheet.location.unwrap().to_string(), &place.to_string());
    let body = field.get(&page).await.body;
    assert!(body.contains("sex=female\"") && !body.contains("sex=other\""), "{body}");
    let place = desk.sheet.locations[1].code.clone();
    let sent = |cells: &[(&str, &str)]| submissions::NewValue {
        indicator: "people_served".into(),
        period: desk.sheet.period.id.to_string(),
        location: Some(place.clone()),
        cells: cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..submissions::NewValue::default()
    };
    let project = stage.project("meal@amani.test", "wells").await;
    for cells in [&all[..], &[("sex=female", "-1"), ("sex=male", "2"), ("sex=unknown", "0")][..]] {
        let refused = submissions::submit(&meal, project, &[sent(cells)], None).await;
        assert!(matches!(refused, Err(server::kernel::error::Error::Invalid(_))), "{refused:?}");
    }
    submissions::submit(&meal, project, &[sent(&[all[0], all[1], all[3]])], None).await.unwrap();
}
