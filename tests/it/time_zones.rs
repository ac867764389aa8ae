//! Days and times of an organisation are those of its time zone. The two zones here are 25 hours apart: it is never the same day in both.

use server::kernel::ids::PeriodId;
use server::projects::entries;

use crate::dashboards::{ended_month, figure_of_the_month};
use crate::organisation::{set, wanted};
use crate::programmes::one;
use crate::stage::{Browser, Stage, signed_in};

const FIRST: &str = "Pacific/Kiritimati";
const LAST: &str = "Pacific/Pago_Pago";

/// Where `field@amani.test` may not enter figures of the month, why.
async fn shut(stage: &Stage) -> Option<&'static str> {
    let period = PeriodId(one(stage, "select id from app.reporting_period where name = 'Month'").await);
    let project = stage.project("field@amani.test", "wells").await;
    let field = stage.cx("field@amani.test").await;
    entries::sheet(&field, project, period, None).await.unwrap().shut.map(|closure| closure.why)
}

async fn moves_to(admin: &mut Browser, zone: &str, version: &str) {
    let mut fields = wanted(version);
    fields.insert("timezone", zone.to_owned());
    assert!(set(admin, &fields).await.ends_with("notice=saved"));
}

#[tokio::test]
async fn a_window_closes_at_the_end_of_its_day_where_the_organisation_is() {
    let stage = Stage::new().await;
    ended_month(&stage, 5).await;
    stage
        .run("update app.reporting_period set window_closes = (now() at time zone 'Pacific/Kiritimati')::date - 1 where name = 'Month'")
        .await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    moves_to(&mut admin, FIRST, "1").await;
    assert_eq!(shut(&stage).await, Some("period_closed"), "yesterday");
    moves_to(&mut admin, LAST, "2").await;
    assert_eq!(shut(&stage).await, None, "today, or tomorrow");
}

#[tokio::test]
async fn a_period_is_over_when_its_last_day_is_where_the_organisation_is() {
    let stage = Stage::new().await;
    ended_month(&stage, 5).await;
    figure_of_the_month(&stage).await;
    stage.run("update app.reporting_period set end_date = (now() at time zone 'Pacific/Kiritimati')::date - 1 where name = 'Month'").await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    for (zone, version, is_over) in [(FIRST, "1", true), (LAST, "2", false)] {
        moves_to(&mut admin, zone, version).await;
        let page = signed_in(&stage, "pm@amani.test").await.get("/o/amani-wash").await.body;
        assert_eq!(page.contains("Month: every indicator has a figure"), is_over, "{zone}: {page}");
    }
}

#[tokio::test]
async fn times_are_told_by_the_clock_of_the_organisation() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    for (zone, version, told) in [(FIRST, "1", " +14</time>"), (LAST, "2", " SST</time>")] {
        moves_to(&mut admin, zone, version).await;
        let log = admin.get("/o/amani-wash/audit").await.body;
        assert!(log.contains(told) && !log.contains(" EAT</time>"), "{zone}: {log}");
    }
    let mut elsewhere = signed_in(&stage, "admin@baraka.test").await;
    assert!(elsewhere.get("/o/baraka-health/audit").await.body.contains(" EAT</time>"), "another organisation has another clock");
}

#[tokio::test]
async fn the_log_is_searched_by_the_days_of_the_organisation() {
    let stage = Stage::new().await;
    let sql = "set session_replication_role = replica;
               update audit.event set at = '2024-03-05 22:07+00' where id = (
                 select k.event_id from audit.link k join app.tenant t on t.id = k.tenant_id
                 where t.slug = 'amani-wash' and k.act order by k.seq limit 1)";
    sqlx::raw_sql(sql).execute(&mut stage.superuser().await).await.unwrap();
    let mut admin = signed_in(&stage, "admin@amani.test").await;
    for (day, is_found) in [("2024-03-05", false), ("2024-03-06", true), ("2024-03-07", false)] {
        let found = admin.get(&format!("/o/amani-wash/audit?from={day}&to={day}")).await.body;
        assert_eq!(found.contains("6 Mar 2024, 01:07 EAT"), is_found, "{day}: {found}");
    }
}
