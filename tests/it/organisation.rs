//! The settings of an organisation.

use std::collections::BTreeMap;

use http::StatusCode;

use crate::stage::{Browser, Stage};

const HERE: &str = "/o/amani-wash/admin/settings";

pub fn wanted(version: &str) -> BTreeMap<&'static str, String> {
    [
        ("org", "amani-wash"),
        ("back", HERE),
        ("name", "Amani Water"),
        ("slug", "amani-wash"),
        ("default_locale", "sw"),
        ("timezone", "Africa/Dar_es_Salaam"),
        ("base_currency", "tzs"),
        ("fiscal_year_start_month", "7"),
        ("small_cell_threshold", "10"),
        ("retention_months", "36"),
        ("donor_link_default_days", "60"),
        ("self_verify_allowed", "yes"),
        ("reason", "the board decided on 3 March"),
        ("row_version", version),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

pub async fn set(browser: &mut Browser, fields: &BTreeMap<&'static str, String>) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/fn/organisations/set", &fields).await.location
}

#[tokio::test]
async fn an_organisation_decides_about_itself_and_says_why() {
    let stage = Stage::new().await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    assert_eq!(set(&mut admin, &wanted("1")).await, "/o/amani-wash/admin/settings?notice=saved");
    assert_eq!(
        stage.count("app.tenant where name = 'Amani Water' and base_currency = 'TZS' and retention_months = 36 and self_verify_allowed and not support_access").await,
        1,
        "of this organisation alone"
    );
    let page = admin.get(HERE).await.body;
    assert!(page.contains("Amani Water") && page.contains("Africa/Dar_es_Salaam"));
    assert!(!set(&mut admin, &wanted("1")).await.contains("notice=saved"), "an edit of an older version");
    for (field, value) in [
        ("timezone", "Mars/Olympus"),
        ("slug", "baraka-health"),
        ("slug", "www"),
        ("retention_months", "24"),
        ("donor_link_default_days", "91"),
        ("reason", ""),
    ] {
        let mut fields = wanted("2");
        fields.insert(field, value.to_owned());
        assert!(set(&mut admin, &fields).await.contains("flash="), "{field} {value}");
    }
    let log: String = sqlx::query_scalar("select convert_from(canon, 'UTF8') from audit.event where action = 'organisation.settings_set'")
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    assert!(log.contains("the board decided on 3 March"), "{log}");
    assert_eq!(stage.count("audit.event where action = 'tenant.update' and kind = 'row'").await, 1, "with what it was before");
    let mut fields = wanted("2");
    fields.insert("slug", "amani-water".to_owned());
    assert_eq!(set(&mut admin, &fields).await, "/o/amani-water/admin/settings?notice=saved");
    assert_eq!(admin.get("/o/amani-water/admin/settings").await.status, StatusCode::OK);
    assert_eq!(admin.get(HERE).await.status, StatusCode::NOT_FOUND);
}
