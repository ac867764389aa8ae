//! A host for each organisation, with one session for all.

use http::{StatusCode, header};

use crate::stage::{Browser, PASSWORD, Stage};

#[tokio::test]
async fn each_organisation_has_a_host_and_one_session_serves_all() {
    let mut stage = Stage::new().await;
    (stage.public_url, stage.hosts) = ("https://kipimo.example".to_owned(), true);
    let mut browser = Browser::new(&stage);
    browser.host = Some("kipimo.example");
    let page = browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    assert_eq!(page.location, "/o/amani-wash");
    let cookies: Vec<_> = page.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    for cookie in ["__Secure-kipimo=", "__Secure-device="] {
        let cookie = cookies.iter().find(|set| set.starts_with(cookie)).unwrap();
        for part in ["Domain=kipimo.example", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let policy = page.headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://kipimo.example https://*.kipimo.example;"), "{policy}");
    assert_eq!(browser.get("/o/amani-wash").await.location, "https://amani-wash.kipimo.example/o/amani-wash");
    browser.host = Some("amani-wash.kipimo.example");
    assert_eq!(browser.get("/").await.location, "https://kipimo.example/");
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
    assert_eq!(browser.get("/settings/account").await.status, StatusCode::OK);
    // another organisation's host gets the session too, and opens nothing by it
    assert_eq!(browser.get("/o/baraka-health").await.location, "https://baraka-health.kipimo.example/o/baraka-health");
    browser.host = Some("baraka-health.kipimo.example");
    let (there, nowhere) = (browser.get("/o/baraka-health").await, browser.get("/o/baraka-health/nothing").await);
    assert_eq!((there.status, nowhere.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    // signed out at one host is signed out at all
    browser.host = Some("amani-wash.kipimo.example");
    browser.post("/logout", &[]).await;
    browser.host = Some("kipimo.example");
    assert!(browser.get("/settings/account").await.location.starts_with("/login"));
}

#[tokio::test]
async fn without_such_hosts_cookies_stay_where_they_were_set() {
    let mut stage = Stage::new().await;
    stage.public_url = "https://kipimo.example".to_owned();
    let mut browser = Browser::new(&stage);
    browser.host = Some("amani-wash.kipimo.example");
    let page = browser.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", PASSWORD)]).await;
    for set in page.headers.get_all(header::SET_COOKIE) {
        let cookie = set.to_str().unwrap();
        assert!(cookie.starts_with("__Host-") && !cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
    let policy = page.headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
}

#[tokio::test]
async fn who_belongs_to_several_organisations_goes_from_one_to_the_other_in_the_page() {
    let stage = Stage::new().await;
    stage.enrol("meal@amani.test", "baraka-health").await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.sign_in(&stage, "meal@amani.test").await.location, "/");
    let page = browser.get("/o/amani-wash").await.body;
    assert!(page.contains("menu-org") && page.contains("href=\"/o/baraka-health\""), "{page}");
    assert!(browser.get("/o/baraka-health").await.body.contains("href=\"/o/amani-wash\""));
    let mut other = Browser::new(&stage);
    other.sign_in(&stage, "field@amani.test").await;
    assert!(!other.get("/o/amani-wash").await.body.contains("menu-org"));
}
