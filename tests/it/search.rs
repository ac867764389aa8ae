//! Finding by a part of a name, as far as a person sees.

use http::StatusCode;

use crate::stage::{Browser, Stage};

async fn found(stage: &Stage, email: &str, what: &str) -> String {
    let mut browser = Browser::new(stage);
    browser.sign_in(stage, email).await;
    let page = browser.get(&format!("/o/amani-wash/search?q={what}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.body.split("id=\"found\"").nth(1).unwrap().split("</main>").next().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_found_is_what_may_be_opened() {
    let stage = Stage::new().await;
    for (email, what, finds, not) in [
        ("admin@amani.test", "wells", &["/projects/wells\"", "/projects/wells/indicators/wells_repaired"][..], &[][..]),
        ("admin@amani.test", "WELLS_R", &["/indicators/wells_repaired"], &["/projects/wells\""]),
        ("admin@amani.test", "juma", &["/admin/members/"], &[]),
        // who sees people in a list and no more is led to the list
        ("pm@amani.test", "juma", &["/admin/members"], &[]),
        ("viewer@amani.test", "juma", &[], &["/admin/members"]),
        ("viewer@amani.test", "wells", &["/projects/wells\""], &[]),
        // who sees names alone opens nothing
        ("safeguarding@amani.test", "wells", &[], &["/projects/"]),
        ("admin@amani.test", "w", &[], &["href"]),
        ("admin@amani.test", "%25", &[], &["href"]),
        ("admin@amani.test", "no-such-thing", &["Nothing found"], &["href"]),
        ("admin@amani.test", "%3Cscript%3E", &["Nothing found"], &["<script>"]),
        ("admin@amani.test", "clinic", &[], &["baraka"]),
    ] {
        let page = found(&stage, email, what).await;
        for text in finds {
            assert!(page.contains(text), "{email} {what}: {text} in {page}");
        }
        for text in not {
            assert!(!page.contains(text), "{email} {what}: {text} in {page}");
        }
    }
}

#[tokio::test]
async fn who_is_in_one_project_finds_nothing_of_another() {
    let stage = Stage::new().await;
    stage
        .run(
            "insert into app.project (tenant_id, id, code, title, start_date, end_date)
             select id, gen_random_uuid(), 'secret-wells', 'Wells elsewhere', '2026-01-01', '2026-12-31' from app.tenant where slug = 'amani-wash'",
        )
        .await;
    assert!(found(&stage, "admin@amani.test", "wells").await.contains("secret-wells"));
    for email in ["pm@amani.test", "meal@amani.test", "field@amani.test", "viewer@amani.test"] {
        assert!(!found(&stage, email, "wells").await.contains("secret-wells"), "{email}");
    }
}
