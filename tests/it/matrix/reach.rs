//! What a reach holds back within a page that opens: another project, other places, what stands behind a name.

use server::kernel::error::Error;

use crate::stage::{Browser, Stage};

/// A permission for one project is none for another of the same organisation.
#[tokio::test]
async fn targets_of_another_project_are_not_found() {
    let stage = Stage::new().await;
    let pm = stage.cx("pm@amani.test").await;
    let (wells, camps) = (stage.project("pm@amani.test", "wells").await, stage.project("pm@amani.test", "camps").await);
    let sheet = server::projects::targets::sheet(&pm, "wells", "wells_repaired").await.unwrap();
    let targets = [server::projects::targets::Typed { period: sheet.periods[0].id, was: None, value: "1".to_owned() }];
    let why = server::projects::indicators::WhyForm::default();
    let refused = server::projects::targets::set_targets(&pm, camps, sheet.indicator.id, &targets, &why).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    assert!(server::projects::targets::set_targets(&pm, wells, sheet.indicator.id, &targets, &why).await.is_ok());
}

/// Who keeps to some locations sees no total of places that they may not see: in pages, in the table and in the API's list.
#[tokio::test]
async fn a_field_officer_of_one_location_sees_no_totals() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    sqlx::query(
        "update app.project_member m set location_ids = array[(select id from app.location where code = 'KAS')]
         from app.membership s join auth.user_account u on u.id = s.user_id
         where m.tenant_id = s.tenant_id and m.membership_id = s.id and u.email = 'field@amani.test'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let field = stage.cx("field@amani.test").await;
    let project = stage.project("field@amani.test", "wells").await;
    let overview = server::projects::overview::get(&field, "wells").await.unwrap();
    assert!(overview.lines.iter().all(|line| line.latest.is_none()));
    let table = server::projects::tracking::table(&field, "wells", Some(2025), None, None).await.unwrap();
    assert_eq!(table.location.map(|l| l.code).as_deref(), Some("KAS"));
    assert_eq!(table.locations.len(), 1);
    assert!(server::projects::tracking::table(&field, "wells", Some(2025), Some("KIB"), None).await.is_err());
    assert!(server::projects::explain::figure(&field, "wells", "wells_repaired", "2025", None).await.is_err());
    let items = server::projects::tracked::items(&field, project, None, None, 1000).await.unwrap();
    assert!(!items.is_empty() && items.iter().all(|item| item.location.as_deref() == Some("KAS")));
    let lines = server::projects::list(&field).await.unwrap();
    let wells = lines.iter().find(|line| line.project.id == project).unwrap();
    let here =
        "app.indicator_value v join app.location l on l.id = v.location_id where l.code = 'KAS' and v.deleted_at is null and v.status";
    let counted = (stage.count(&format!("{here} = 'submitted'")).await, stage.count(&format!("{here} = 'returned'")).await);
    assert_eq!((wells.submitted, wells.returned), counted, "what waits elsewhere is not counted");
    let pm = stage.cx("pm@amani.test").await;
    let form =
        server::projects::reports::ReportForm { title: "R".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
    let report = server::projects::reports::create(&pm, project, &form).await.unwrap();
    let snapshot = crate::stage::publish(&stage, project, report).await;
    assert!(matches!(server::projects::reports::read_snapshot(&field, project, snapshot.0).await, Err(Error::Forbidden)));
    let values = server::projects::values::page(&field, project, None, 1000).await.unwrap();
    assert!(!values.is_empty() && values.iter().all(|value| value.location.as_deref() == Some("KAS")));
}

/// Who holds confidential cases holds nothing else: names of projects in a list, and of the log only what is theirs.
#[tokio::test]
async fn a_safeguarding_focal_point_sees_names_and_nothing_behind_them() {
    let stage = Stage::new().await;
    let focal = stage.cx("safeguarding@amani.test").await;
    let lines = server::projects::list(&focal).await.unwrap();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.project.summary.is_empty() && line.indicators == 0 && line.submitted == 0));
    assert!(matches!(server::projects::overview::get(&focal, "wells").await, Err(Error::Forbidden)));
    assert!(matches!(server::projects::targets::sheet(&focal, "wells", "wells_repaired").await, Err(Error::Forbidden)));
    let everything = server::audit::log::Filter::default();
    assert!(server::audit::log::page(&focal, &everything, 200).await.unwrap().is_empty());
    assert!(matches!(server::audit::log::open(&focal, 1, None).await, Err(Error::NotFound)));
    // a second role adds what it reaches, and no more
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(
        "insert into app.project_member (tenant_id, id, project_id, membership_id, role)
         select m.tenant_id, gen_random_uuid(), p.id, m.id, 'meal_officer'
         from app.membership m join auth.user_account u on u.id = m.user_id join app.project p on p.tenant_id = m.tenant_id
         where u.email = 'safeguarding@amani.test' and p.code = 'wells'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let both = stage.cx("safeguarding@amani.test").await;
    let seen = server::audit::log::page(&both, &everything, 200).await.unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|line| line.project.as_deref() == Some("wells")));
    sqlx::raw_sql(
        "delete from app.project_member m using app.membership s, auth.user_account u
         where s.id = m.membership_id and u.id = s.user_id and u.email = 'safeguarding@amani.test'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "safeguarding@amani.test").await;
    let page = browser.get("/o/amani-wash/projects").await;
    assert!(page.body.contains("Wells that last") && !page.body.contains("/projects/wells"), "{}", page.body);
}
