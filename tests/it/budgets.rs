//! What a page and a saved figure may cost: a fixed number of statements, whatever the number of rows.

use http::StatusCode;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::stage::{Browser, Stage, signed_in, statements};

/// Two hundred indicators with twelve months and ten places each, every cell with a figure and a target.
async fn furnish(stage: &Stage, code: &str) {
    let mut conn = stage.superuser().await;
    let statement = format!(
        "set session_replication_role = replica;
         insert into app.indicator (tenant_id, id, project_id, code, title, kind, direction, accumulation, agg_within, agg_locations,
             agg_periods, frequency, sort)
           select tenant_id, gen_random_uuid(), id, 'many_' || n, 'Indicator ' || n, 'number', 'increase', 'non_cumulative', 'sum', 'sum',
             'sum', 'monthly', n from app.project, generate_series(1, 200) n where code = '{code}';
         insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
           select tenant_id, gen_random_uuid(), id, 'monthly', '2025-' || lpad(n::text, 2, '0'), make_date(2025, n, 1),
             (make_date(2025, n, 1) + interval '1 month - 1 day')::date
           from app.project, generate_series(1, 12) n where code = '{code}' on conflict do nothing;
         insert into app.location (tenant_id, id, code, name)
           select tenant_id, gen_random_uuid(), 'many-' || n, 'Place ' || n from app.project, generate_series(1, 10) n where code = '{code}';
         insert into app.project_location (tenant_id, id, project_id, location_id)
           select l.tenant_id, gen_random_uuid(), p.id, l.id
           from app.location l join app.project p on p.tenant_id = l.tenant_id and p.code = '{code}' where l.code like 'many-%';
         insert into app.period_rollup (tenant_id, project_id, indicator_id, period_id, location_id, period_start, period_end, actual,
             provisional, target, locations, new_data, inputs_hash)
           select i.tenant_id, i.project_id, i.id, p.id, l.id, p.start_date, p.end_date, 5, 6, 10, 1, true, '\\x00'
           from app.indicator i join app.reporting_period p on p.project_id = i.project_id and p.kind = 'monthly' and p.name like '2025-%'
           cross join (select null::uuid as id union all select id from app.location where code like 'many-%') l
           where i.code like 'many_%';
         insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, value, status, submitted_by)
           select r.tenant_id, gen_random_uuid(), r.project_id, r.indicator_id, r.period_id, r.location_id, 6, 'submitted', r.project_id
           from app.period_rollup r join app.indicator i on i.id = r.indicator_id where i.code like 'many_%' and r.location_id is not null;
         insert into app.dimension (tenant_id, id, key, name, kind)
           select p.tenant_id, gen_random_uuid(), 'many_' || n, '{{\"en\": \"D\"}}', 'exclusive_exhaustive'
           from app.project p, generate_series(1, 3) n where p.code = '{code}';
         insert into app.dimension_value (tenant_id, id, dimension_id, code, label)
           select d.tenant_id, gen_random_uuid(), d.id, 'c' || n, d.name from app.dimension d, generate_series(1, 4) n where d.key like 'many_%';
         insert into app.disaggregation (tenant_id, id, project_id, indicator_id, valid_from, first_id, second_id, third_id)
           select i.tenant_id, gen_random_uuid(), i.project_id, i.id, '2025-01-01', a.id, b.id, c.id
           from app.indicator i, app.dimension a, app.dimension b, app.dimension c
           where i.code like 'many_%' and a.key = 'many_1' and b.key = 'many_2' and c.key = 'many_3';
         insert into app.period_breakdown (tenant_id, project_id, indicator_id, period_id, dimension_key, code, period_start, period_end, actual)
           select r.tenant_id, r.project_id, r.indicator_id, r.period_id, d.key, v.code, r.period_start, r.period_end, 1
           from app.period_rollup r join app.indicator i on i.id = r.indicator_id and i.code like 'many_%' and r.location_id is null
           join app.dimension d on d.key like 'many_%' join app.dimension_value v on v.dimension_id = d.id;
         insert into app.budget_line (tenant_id, id, project_id, code, name, deleted_at)
           select tenant_id, gen_random_uuid(), id, 'many.' || n, 'Line ' || n, now() from app.project, generate_series(1, 50) n
           where code = '{code}';
         insert into app.learning_question (tenant_id, id, project_id, question)
           select tenant_id, gen_random_uuid(), id, 'Question ' || n from app.project, generate_series(1, 30) n where code = '{code}';
         insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened, question_id)
           select tenant_id, gen_random_uuid(), project_id, 'lesson', make_date(2025, n, 1), 'Lesson ' || n, id
           from app.learning_question, generate_series(1, 5) n;
         insert into app.adaptation_action (tenant_id, id, project_id, entry_id, title, owner_id, due_on)
           select e.tenant_id, gen_random_uuid(), e.project_id, e.id, 'Action', m.user_id, e.on_day
           from app.learning_entry e join app.membership m on m.tenant_id = e.tenant_id
           join auth.user_account u on u.id = m.user_id and u.email = 'meal@amani.test';
         insert into app.background_job (tenant_id, id, project_id, kind, subject_id, asked_by, generation, state, finished_at, result)
           select i.tenant_id, gen_random_uuid(), i.project_id, 'import', i.id, m.user_id, 1, 'done', now(), 9
           from app.indicator i join app.membership m on m.tenant_id = i.tenant_id
           join auth.user_account u on u.id = m.user_id and u.email = 'meal@amani.test' where i.code like 'many_%';
         insert into app.trigger_rule (tenant_id, id, project_id, indicator_id, periods, owner_id, days)
           select i.tenant_id, gen_random_uuid(), i.project_id, i.id, 2, m.user_id, 14
           from app.indicator i join app.membership m on m.tenant_id = i.tenant_id
           join auth.user_account u on u.id = m.user_id and u.email = 'meal@amani.test' where i.code like 'many_%';
         analyze"
    );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.unwrap();
}

/// Each page of a project with the statements that it takes, the question whose cookie it is among them.
const PAGES: [(&str, usize); 24] = [
    ("/o/amani-wash", 5),
    ("/o/amani-wash/dashboard", 4),
    ("/o/amani-wash/projects", 2),
    ("/o/amani-wash/projects/wells", 4),
    ("/o/amani-wash/projects/wells/indicators/wells_repaired", 11),
    ("/o/amani-wash/projects/wells/framework", 9),
    ("/o/amani-wash/projects/wells/framework/import", 3),
    ("/o/amani-wash/projects/wells/targets/import", 3),
    ("/o/amani-wash/projects/wells/entry", 9),
    ("/o/amani-wash/projects/wells/review", 5),
    ("/o/amani-wash/projects/wells/tracking?year=2025", 11),
    ("/o/amani-wash/projects/wells/tracking?year=2025&by=*", 12),
    ("/o/amani-wash/projects/wells/dashboard?year=2025", 15),
    ("/o/amani-wash/projects/wells/tracking/explain?indicator=wells_repaired&column=2025", 10),
    ("/o/amani-wash/projects/wells/budget?year=2025", 16),
    ("/o/amani-wash/projects/wells/learning", 10),
    ("/o/amani-wash/projects/wells/bin", 3),
    ("/o/amani-wash/projects/wells/import", 4),
    ("/o/amani-wash/projects/wells/import/disability", 2),
    ("/o/amani-wash/projects/wells/reports", 5),
    ("/o/amani-wash/report-templates", 3),
    ("/o/amani-wash/projects/wells/setup", 5),
    ("/o/amani-wash/jobs", 2),
    ("/o/amani-wash/audit", 3),
];

async fn costs(browser: &mut Browser) -> Vec<(&'static str, usize)> {
    let mut found = Vec::new();
    for (path, _) in PAGES {
        // the first time a connection also learns types
        browser.get(path).await;
        let before = statements();
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        found.push((path, statements() - before));
    }
    found
}

#[tokio::test]
async fn a_page_takes_so_many_statements_and_no_more_with_many_rows() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let few = costs(&mut browser).await;
    furnish(&stage, "wells").await;
    let many = costs(&mut browser).await;
    assert_eq!(few, PAGES);
    assert_eq!(many, PAGES);
    let table = browser.get("/o/amani-wash/projects/wells/tracking?year=2025").await;
    assert!(table.body.matches("Indicator 200").count() > 0, "all two hundred are shown");
    let broken_down = browser.get("/o/amani-wash/projects/wells/tracking?year=2025&by=*").await;
    assert!(broken_down.body.matches("class=\"dim\"").count() > 200 * 12, "with their groups");
}

/// A figure of one place: value, project, period, place and indicator.
type Figure = (Uuid, Uuid, Uuid, Uuid, Uuid);

/// Sends a form that must be taken; answers the statements that it took.
async fn sent(browser: &mut Browser, path: &str, (value, project, period, location, _): Figure, more: &[(&str, &str)]) -> usize {
    let all = [("project", project), ("period", period), ("location", location), ("value", value)].map(|(name, id)| (name, id.to_string()));
    let mut fields: Vec<(&str, &str)> = all.iter().map(|(name, id)| (*name, id.as_str())).collect();
    fields.extend([("org", "amani-wash"), ("back", "/o/amani-wash")]);
    fields.extend(more);
    let before = statements();
    let page = browser.post(path, &fields).await;
    assert!(page.location.contains("notice="), "{path}: {} {}", page.location, page.body);
    statements() - before
}

/// One figure kept, submitted, verified and taken back: the statements of each.
async fn saved(field: &mut Browser, pm: &mut Browser, it: Figure, figure: &str) -> [usize; 4] {
    let (value, _, period, location, indicator) = it;
    let (entry, of_value) =
        (format!("/o/amani-wash/projects/wells/entry?period={period}&location={location}"), format!("value-{indicator}"));
    let of_version = format!("version-{indicator}");
    let mut steps = [0; 4];
    for (step, then) in ["draft", "submit"].into_iter().enumerate() {
        let page = field.get(&entry).await.body;
        let version = page.split(&format!("name=\"{of_version}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let typed = [(of_value.as_str(), figure), (of_version.as_str(), version), ("then", then)];
        steps[step] = sent(field, "/fn/entries/save", it, &typed).await;
    }
    let page = pm.get(&format!("/o/amani-wash/projects/wells/review?period={period}")).await.body;
    let (seen, picked) = (format!("seen-{value}"), format!("pick-{value}"));
    let version = page.split(&format!("name=\"{seen}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    steps[2] = sent(pm, "/fn/reviews/decide", it, &[("what", "verify-selected"), (&seen, version), (&picked, "on")]).await;
    steps[3] = sent(pm, "/fn/reviews/unverify", it, &[("reason", "counted twice")]).await;
    steps
}

/// A mark of all rows of the rollup that are, or are not, of a figure's cells: it changes when one of them is written.
async fn mark(stage: &Stage, (_, _, period, _, indicator): Figure, its_own: bool) -> String {
    sqlx::query_scalar(
        "select md5(string_agg(r.ctid::text || r.xmin::text, ',' order by r.ctid)) from app.period_rollup r
         where ((r.indicator_id, r.period_id) = ($1, $2)) = $3",
    )
    .bind(indicator)
    .bind(period)
    .bind(its_own)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_figure_is_saved_and_verified_at_one_price_and_only_its_cells_are_written() {
    let stage = Stage::new().await;
    let it: Figure = sqlx::query_as(
        "select v.id, v.project_id, v.period_id, v.location_id, v.indicator_id from app.indicator_value v
         join app.indicator i on i.id = v.indicator_id where i.code = 'wells_repaired' and v.status = 'submitted' limit 1",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let (mut field, mut pm) = (signed_in(&stage, "field@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    stage.run("update app.indicator_value set status = 'returned', return_note = 'count again' where status = 'submitted'").await;
    // the first times a connection also learns types
    for figure in ["3", "4"] {
        saved(&mut field, &mut pm, it, figure).await;
    }
    let few = saved(&mut field, &mut pm, it, "5").await;
    furnish(&stage, "wells").await;
    let (its_own, others) = (mark(&stage, it, true).await, mark(&stage, it, false).await);
    let many = saved(&mut field, &mut pm, it, "6").await;
    assert_eq!(few, many, "kept, submitted, verified, taken back");
    assert_ne!(mark(&stage, it, true).await, its_own);
    assert_eq!(mark(&stage, it, false).await, others, "none of thousands of other cells was written");
}
