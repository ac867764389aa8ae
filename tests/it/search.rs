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

#[tokio::test]
async fn the_best_stands_first_and_what_is_gone_is_not_found() {
    let stage = Stage::new().await;
    stage
        .run(
            "insert into app.indicator (tenant_id, id, project_id, code, title, kind, unit, direction, accumulation, agg_within, agg_locations,
               agg_periods, frequency, sort, deleted_at, status)
             select p.tenant_id, gen_random_uuid(), p.id, 'stripes_' || n, case when n = 1 then 'Zebra crossings' else 'A zebra, number ' || n end,
               'number', 'zebras', 'increase', 'non_cumulative', 'sum', 'sum', 'sum', 'monthly', n, case when n = 11 then now() end, case when n = 12 then 'retired' else 'active' end
             from app.project p join app.tenant t on t.id = p.tenant_id, generate_series(1, 12) n where t.slug = 'amani-wash' and p.code = 'wells'",
        )
        .await;
    stage
        .run(
            "insert into app.report (tenant_id, id, project_id, title, period_from, period_to, frequency, locale, deleted_at)
             select p.tenant_id, gen_random_uuid(), p.id, 'Zebras of ' || n, '2025-01-01', '2025-12-31', 'annual', 'en', case when n = 2 then now() end
             from app.project p join app.tenant t on t.id = p.tenant_id, generate_series(1, 2) n where t.slug = 'amani-wash' and p.code = 'wells'",
        )
        .await;
    let page = found(&stage, "admin@amani.test", "zebra").await;
    let place = |text: &str| page.find(text).unwrap_or(usize::MAX);
    assert!(place("Zebra crossings") < place("A zebra, number 2"), "{page}");
    assert!(page.contains("Zebras of 1") && !page.contains("Zebras of 2"), "{page}");
    assert_eq!(page.matches("/indicators/stripes_").count(), 8, "of each kind the best eight");
    assert!(!page.contains("stripes_11\"") && !page.contains("stripes_12\""), "{page}");
    stage
        .run("update app.membership m set revoked_at = now() from auth.user_account u where u.id = m.user_id and u.email = 'meal@amani.test'")
        .await;
    assert!(!found(&stage, "admin@amani.test", "juma").await.contains("/admin/members/"), "who was let go is not found");
}
