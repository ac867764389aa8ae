//! Dashboards, the views that people keep, places on the map, and what waits for whom.

use http::StatusCode;
use server::kernel::text::Locale;
use sqlx::AssertSqlSafe;

use crate::stage::{Stage, signed_in};

const WELLS: &str = "/o/amani-wash/projects/wells";

#[tokio::test]
async fn a_dashboard_shows_what_the_tracking_table_shows() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.get(&format!("{WELLS}/dashboard?year=2026")).await;
    assert_eq!(page.status, StatusCode::OK);
    for (what, part) in [
        ("a trend with its table", "<details class=\"twin\">"),
        ("a place on the map, with its name", ">Kibondo</text>"),
        ("what its circle says", "<title>Kibondo: "),
        ("a period with all its figures", "4 of 4 reported, 4 verified"),
        ("one that waits for its review", "4 of 4 reported, 0 verified"),
        ("results", "level-0"),
    ] {
        assert!(page.body.contains(part), "{what}: {}", page.body);
    }
    // a trend tells verified figures: the third quarter waits for a review
    let table = server::projects::tracking::table(&stage.cx("meal@amani.test").await, "wells", Some(2026), None, None).await.unwrap();
    let line = table.lines.iter().find(|line| line.indicator.code == "wells_repaired").unwrap();
    let figures: Vec<_> = line.trend.iter().filter_map(|point| point.actual).collect();
    assert!(!figures.is_empty());
    for figure in figures {
        assert!(page.body.contains(&format!("<td class=\"num\">{}<", app::format::figure(figure, 0))), "{figure}");
    }
    // what is drawn is broken down there too, not only in a file
    let by = Some(server::projects::tracking::By::All);
    let table = server::projects::tracking::table(&stage.cx("meal@amani.test").await, "wells", Some(2026), None, by).await.unwrap();
    let line = table.lines.iter().find(|line| line.indicator.code == "people_served").unwrap();
    let women =
        line.groups.iter().find_map(|group| (group.label.as_ref()?.say(Locale::En) == "Female").then_some(&group.cells[4])).unwrap();
    let told = format!("Sex: Female</th><td class=\"num\">{}<", app::format::figure(women.actual.unwrap(), 0));
    assert!(page.body.contains("Broken down, 2026") && page.body.contains(&told), "{told}: {}", page.body);
    // both dashboards judge by one rule
    let cx = stage.cx("meal@amani.test").await;
    let all = server::projects::dashboard::organisation(&cx).await.unwrap();
    let wells = all.projects.iter().find(|standing| standing.line.project.code == "wells").unwrap();
    let one = server::projects::dashboard::project(&cx, "wells", None, None, None).await.unwrap();
    let colours: server::projects::dashboard::Colours = one.lines.iter().map(|line| one.colour(line)).collect();
    assert_eq!(wells.colours, colours);
    let last = one.completeness.iter().rfind(|period| period.ended).unwrap();
    assert_eq!((wells.due, wells.reported, wells.verified), (last.due, last.reported, last.verified));
    let asked = meal.get(&format!("{WELLS}/dashboard?year=2026&location=KIB&indicator=wells_repaired")).await;
    assert!(asked.body.contains("<option value=\"KIB\" selected>"), "{}", asked.body);
    assert_eq!(meal.get(&format!("{WELLS}/dashboard?location=nowhere")).await.status, StatusCode::NOT_FOUND);
    let swahili = meal.post("/fn/languages/choose", &[("locale", "sw"), ("back", "/o/amani-wash")]).await;
    assert!(swahili.status.is_redirection());
    assert!(meal.get(&format!("{WELLS}/dashboard")).await.body.contains("Hali ya viashiria"));
}

#[tokio::test]
async fn who_keeps_to_one_place_sees_that_place_and_no_total() {
    let stage = Stage::new().await;
    stage
        .run("update app.project_member pm set location_ids = array(select id from app.location l where l.tenant_id = pm.tenant_id and l.code = 'KIB')
              from app.membership m, auth.user_account u
              where m.id = pm.membership_id and u.id = m.user_id and u.email = 'field@amani.test'")
        .await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let page = field.get(&format!("{WELLS}/dashboard?year=2026")).await.body;
    assert!(page.contains(">Kibondo</text>") && !page.contains("Kasulu") && !page.contains("All locations"), "{page}");
    assert_eq!(field.get(&format!("{WELLS}/dashboard?location=KAS")).await.status, StatusCode::NOT_FOUND);
    let all = field.get("/o/amani-wash/dashboard").await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(!all.body.contains("Wells that last"), "no totals for who sees none");
}

#[tokio::test]
async fn the_organisation_sees_every_project_that_a_person_may_see() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.get("/o/amani-wash/dashboard").await.body;
    assert!(page.contains("Wells that last") && page.contains("/projects/wells/dashboard") && !page.contains("Clinics"), "{page}");
    let mut safeguarding = signed_in(&stage, "safeguarding@amani.test").await;
    assert!(!safeguarding.get("/o/amani-wash/dashboard").await.body.contains("/projects/wells"), "names are no figures");
}

#[tokio::test]
async fn a_view_is_kept_of_a_page_and_for_one_person() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let tracking = format!("{WELLS}/tracking");
    let fields =
        |page, query| [("org", "amani-wash"), ("page", page), ("back", "/o/amani-wash"), ("name", "Kibondo, this year"), ("query", query)];
    let kept = meal.post("/fn/filters/keep", &fields("projects/wells/tracking", "year=2026&location=KIB&by=*")).await;
    assert!(kept.location.contains("notice=filter-kept"), "{}", kept.location);
    let page = meal.get(&tracking).await.body;
    assert!(page.contains("Kibondo, this year") && page.contains("/tracking?year=2026&amp;location=KIB&amp;by=*"), "{page}");
    assert!(!meal.get(&format!("{WELLS}/dashboard")).await.body.contains("Kibondo, this year"), "it is the other page's");
    assert!(!meal.get("/o/amani-wash/audit").await.body.contains("Kibondo, this year"));
    assert!(!pm.get(&tracking).await.body.contains("Kibondo, this year"), "it is nobody else's");
    for page in ["", "admin/members", "projects/wells", "projects/../audit", "https://elsewhere.example"] {
        assert_eq!(meal.post("/fn/filters/keep", &fields(page, "year=2026")).await.status, StatusCode::NOT_FOUND, "{page}");
    }
}

#[tokio::test]
async fn a_place_is_put_on_the_map_and_two_people_do_not_overwrite_each_other() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let add = |lat, lon| {
        [
            ("org", "amani-wash"),
            ("project", project.as_str()),
            ("code", "NEW"),
            ("name", "Uvinza"),
            ("lat", lat),
            ("lon", lon),
            ("back", WELLS),
        ]
    };
    for (lat, lon) in [("-5.1", ""), ("95", "30"), ("north", "30")] {
        assert!(meal.post("/fn/locations/add", &add(lat, lon)).await.location.contains("flash="), "{lat} {lon}");
    }
    assert!(meal.post("/fn/locations/add", &add("-5.1", "30.4")).await.location.contains("notice=location-added"));
    let form = meal.get(&format!("{WELLS}/setup?place=NEW")).await.body;
    assert!(form.contains("value=\"-5.1\"") && form.contains("value=\"30.4\""), "{form}");
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from app.location where code = 'NEW'").fetch_one(&mut stage.superuser().await).await.unwrap();
    let id = id.to_string();
    let update = |name, lat| {
        [
            ("org", "amani-wash"),
            ("project", project.as_str()),
            ("location", id.as_str()),
            ("row_version", "1"),
            ("name", name),
            ("lat", lat),
            ("lon", "30.38"),
            ("back", "/o/amani-wash/projects/wells/setup?place=NEW"),
        ]
    };
    assert!(meal.post("/fn/locations/update", &update("Uvinza town", "-5.1036")).await.location.contains("notice=saved"));
    let late = pm.post("/fn/locations/update", &update("Uvinza", "-5")).await;
    assert!(late.location.contains("flash="), "{}", late.location);
    let conflict = pm.get(&late.location).await.body;
    assert!(
        conflict.contains("Uvinza town") && conflict.contains("-5.1036") && conflict.contains("<td class=\"typed\">-5</td>"),
        "{conflict}"
    );
    // of another project's place nothing is said
    let elsewhere: uuid::Uuid =
        sqlx::query_scalar("select id from app.location where code = 'LIR'").fetch_one(&mut stage.superuser().await).await.unwrap();
    let elsewhere = elsewhere.to_string();
    let mut foreign = update("x", "1");
    foreign[2].1 = &elsewhere;
    assert_eq!(meal.post("/fn/locations/update", &foreign).await.status, StatusCode::NOT_FOUND);
}

/// A month that ended ten days ago and takes figures until so many days from now, and one indicator that is reported in it.
pub async fn ended_month(stage: &Stage, closes_in: i32) {
    let sql = format!(
        "set session_replication_role = replica;
         update app.indicator set frequency = 'monthly' where code = 'wells_repaired';
         insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date, window_opens, window_closes)
           select tenant_id, gen_random_uuid(), id, 'monthly', 'Month', current_date - 40, current_date - 10, current_date - 40,
             current_date + {closes_in}
           from app.project where code = 'wells'"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

#[tokio::test]
async fn home_says_which_figures_are_missing_to_whom_they_are_open() {
    let stage = Stage::new().await;
    ended_month(&stage, 5).await;
    for (email, is_asked) in [("field@amani.test", true), ("meal@amani.test", true), ("pm@amani.test", true), ("viewer@amani.test", false)]
    {
        let page = signed_in(&stage, email).await.get("/o/amani-wash").await.body;
        assert_eq!(page.contains("Month: 1 indicator has no figure yet"), is_asked, "{email}: {page}");
    }
    stage.run("update app.reporting_period set window_closes = current_date - 1 where name = 'Month'").await;
    for (email, is_asked) in [("field@amani.test", false), ("meal@amani.test", true)] {
        let page = signed_in(&stage, email).await.get("/o/amani-wash").await.body;
        assert_eq!(page.contains("Month: "), is_asked, "{email}: closed to field officers alone");
    }
}

/// The month's one figure, submitted.
pub async fn figure_of_the_month(stage: &Stage) {
    stage
        .run(
            "insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, value, status, submitted_by)
              select p.tenant_id, gen_random_uuid(), p.project_id, i.id, p.id, 4, 'submitted', p.project_id
              from app.reporting_period p join app.indicator i on i.project_id = p.project_id and i.code = 'wells_repaired'
              where p.name = 'Month'",
        )
        .await;
}

#[tokio::test]
async fn home_says_when_a_period_can_be_submitted() {
    let stage = Stage::new().await;
    ended_month(&stage, 5).await;
    figure_of_the_month(&stage).await;
    let waits = "Month: every indicator has a figure";
    for (email, is_asked) in [("pm@amani.test", true), ("field@amani.test", false)] {
        let page = signed_in(&stage, email).await.get("/o/amani-wash").await.body;
        assert_eq!(page.contains(waits), is_asked, "{email}: {page}");
    }
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let project = stage.project("pm@amani.test", "wells").await.to_string();
    let period: uuid::Uuid = sqlx::query_scalar("select id from app.reporting_period where name = 'Month'")
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    let period = period.to_string();
    let fields = [("org", "amani-wash"), ("project", &project), ("period", &period), ("row_version", "1"), ("narrative", "All went well.")];
    let sent = pm.post("/fn/envelopes/submit", &fields).await;
    assert!(sent.location.contains("notice="), "{}", sent.location);
    assert!(!pm.get("/o/amani-wash").await.body.contains(waits));
}
