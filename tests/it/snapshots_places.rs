//! Places in the maps of published reports: a small one is told by no report, nor by several of them together.

use server::kernel::ids::{ProjectId, ReportId};
use server::projects::publication;
use server::projects::reports::{self, ReportForm};
use server::projects::snapshot::{Block, Content};
use sqlx::AssertSqlSafe;

use crate::stage::{Stage, publish};

/// A count that begins anew with each quarter, and one that goes on.
const COUNTED: &str = "wells_repaired";
const RUNNING: &str = "people_served";

/// The wells, with three places: Kakonko, Kasulu and Kibondo, in this order.
struct Desk {
    stage: Stage,
    project: ProjectId,
}

impl Desk {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let project = stage.project("pm@amani.test", "wells").await;
        Self { stage, project }
    }

    /// What was verified of an indicator in a quarter at each of the places; `-` for nothing.
    async fn verified(&self, indicator: &str, quarter: u32, figures: &str) {
        let figure = |text: &str| if text == "-" { "null".to_owned() } else { text.to_owned() };
        let [kakonko, kasulu, kibondo]: [String; 3] = figures.split(' ').map(figure).collect::<Vec<_>>().try_into().unwrap();
        let month = quarter * 3 - 2;
        let sql = format!(
            "set session_replication_role = replica;
             update app.period_rollup r set actual = v.actual
             from (values ('KAK', {kakonko}::numeric), ('KAS', {kasulu}::numeric), ('KIB', {kibondo}::numeric)) v(code, actual)
               join app.location l on l.code = v.code
             where r.location_id = l.id and r.period_start = '2025-{month:02}-01'
               and r.indicator_id = (select i.id from app.indicator i where i.code = '{indicator}');
             update app.period_rollup r
             set actual = (select sum(p.actual) from app.period_rollup p
               where p.indicator_id = r.indicator_id and p.period_id = r.period_id and p.location_id is not null)
             where r.location_id is null and r.period_start = '2025-{month:02}-01'
               and r.indicator_id = (select i.id from app.indicator i where i.code = '{indicator}')"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.stage.superuser().await).await.unwrap();
    }

    /// A report whose one section shows a map, or what else is asked for.
    async fn report(&self, span: &str, block: &str) -> ReportId {
        let pm = self.stage.cx("pm@amani.test").await;
        let form = ReportForm { title: format!("Wells in {span}"), span: span.into(), locale: "en".into(), template: String::new() };
        let report = reports::create(&pm, self.project, &form).await.unwrap();
        let sql = format!("update app.report_section set block = '{block}', status = 'ready' where report_id = '{report}'");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.stage.superuser().await).await.unwrap();
        report
    }

    /// Publishes a report, again if it was, and answers what it says.
    async fn publish(&self, report: ReportId) -> Content {
        let snapshot = publish(&self.stage, self.project, report).await;
        let pm = self.stage.cx("pm@amani.test").await;
        reports::read_snapshot(&pm, self.project, snapshot.0).await.unwrap().0
    }
}

/// What a report shows of an indicator at each place: `*` hidden, `-` nothing.
fn seen(content: &Content, indicator: &str) -> String {
    let Some(Block::Map { places, .. }) = content.sections.iter().map(|section| &section.block).find(|block| block.kind() == "map") else {
        panic!("no map: {:?}", content.sections)
    };
    let figures = places.iter().flat_map(|place| &place.figures).filter(|figure| figure.code == indicator);
    let text = |hidden: bool, actual: Option<&str>| if hidden { "*".to_owned() } else { actual.unwrap_or("-").to_owned() };
    figures.map(|figure| text(figure.hidden, figure.actual.as_deref())).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_place_that_one_report_hid_no_other_one_tells() {
    let desk = Desk::new().await;
    for quarter in 1..=4 {
        desk.verified(COUNTED, quarter, "30 40 60").await;
    }
    desk.verified(COUNTED, 1, "3 40 60").await;
    let first = desk.report("2025-Q1", "map").await;
    assert_eq!(seen(&desk.publish(first).await, COUNTED), "* * 60");
    // many more are found there, and another report says so of the same quarter: what they were would be told
    desk.verified(COUNTED, 1, "30 40 60").await;
    let second = desk.report("2025-Q1", "map").await;
    assert_eq!(seen(&desk.publish(second).await, COUNTED), "* * 60");
    // nor is it told that nobody is left of them
    desk.verified(COUNTED, 1, "- 40 60").await;
    assert_eq!(seen(&desk.publish(second).await, COUNTED), "* * 60");
    // that it was taken back does not help: it was read
    let pm = desk.stage.cx("pm@amani.test").await;
    let snapshot = reports::find(&pm, desk.project, first).await.unwrap().published[0].id;
    publication::withdraw(&pm, desk.project, snapshot, "the wells were dry").await.unwrap();
    desk.verified(COUNTED, 1, "30 40 60").await;
    assert_eq!(seen(&desk.publish(second).await, COUNTED), "* * 60");
    // the year is its quarters; another quarter stands by itself
    let year = desk.report("2025", "map").await;
    assert_eq!(seen(&desk.publish(year).await, COUNTED), "* * 240");
    let other = desk.report("2025-Q2", "map").await;
    assert_eq!(seen(&desk.publish(other).await, COUNTED), "30 40 60");
    assert_eq!(desk.stage.count("app.published_place where hidden and actual is not null").await, 0, "of a hidden place nothing is kept");
}

#[tokio::test]
async fn a_correction_tells_no_place_by_what_it_changed() {
    let desk = Desk::new().await;
    let cases = [
        // which of two lost some is not told
        (1, "10 40 60", "10 40 60", "3 40 60", "* * 60"),
        // where there was nobody before it is plain who came
        (2, "- 40 60", "- 40 60", "3 40 60", "* * *"),
        // what is told as a correction is shown as one
        (3, "10 40 60", "10 40 60", "12 40 60", "12 40 60"),
    ];
    for (quarter, before, told, now, shown) in cases {
        let report = desk.report(&format!("2025-Q{quarter}"), "map").await;
        desk.verified(COUNTED, quarter, before).await;
        assert_eq!(seen(&desk.publish(report).await, COUNTED), told, "{before}");
        desk.verified(COUNTED, quarter, now).await;
        assert_eq!(seen(&desk.publish(report).await, COUNTED), shown, "{before}, then {now}");
    }
}

#[tokio::test]
async fn a_running_total_tells_no_small_increment_of_a_place() {
    let desk = Desk::new().await;
    desk.verified(RUNNING, 1, "100 200 300").await;
    desk.verified(RUNNING, 2, "103 250 390").await;
    desk.verified(COUNTED, 1, "100 200 300").await;
    desk.verified(COUNTED, 2, "103 250 390").await;
    let first = desk.report("2025-Q1", "map").await;
    assert_eq!(seen(&desk.publish(first).await, RUNNING), "100 200 300");
    let second = desk.report("2025-Q2", "map").await;
    let content = desk.publish(second).await;
    assert_eq!(seen(&content, RUNNING), "* * 390", "three more came to Kakonko");
    assert_eq!(seen(&content, COUNTED), "103 250 390", "a count begins anew");
}

#[tokio::test]
async fn a_place_that_is_shown_no_more_still_counts() {
    let desk = Desk::new().await;
    desk.verified(COUNTED, 1, "3 40 60").await;
    let report = desk.report("2025-Q1", "map").await;
    assert_eq!(seen(&desk.publish(report).await, COUNTED), "* * 60");
    desk.stage.run("update app.location set active = false where code = 'KAK'").await;
    assert_eq!(seen(&desk.publish(report).await, COUNTED), "* 60", "Kasulu is not what is left of the total");
    desk.verified(COUNTED, 1, "- 40 60").await;
    assert_eq!(seen(&desk.publish(report).await, COUNTED), "* *", "and with nothing beside it, it would be");
}

#[tokio::test]
async fn what_is_kept_of_places_is_what_a_map_told_and_stays() {
    let desk = Desk::new().await;
    desk.verified(COUNTED, 1, "3 40 60").await;
    let table = desk.report("2025-Q1", "tracking").await;
    desk.publish(table).await;
    assert_eq!(desk.stage.count("app.published_place").await, 0, "a report without a map tells nothing by place");
    let map = desk.report("2025-Q1", "map").await;
    desk.publish(map).await;
    let of_wells =
        "app.published_place p join app.indicator i on i.id = p.indicator_id where i.code = 'wells_repaired' and p.column_key = '2025-Q1'";
    for (which, times) in [("p.hidden", 2), ("p.actual = 60", 1), ("true", 3)] {
        assert_eq!(desk.stage.count(&format!("{of_wells} and {which}")).await, times, "{which}");
    }
    let tenant: uuid::Uuid = sqlx::query_scalar("select id from app.tenant where slug = 'amani-wash'")
        .fetch_one(&mut desk.stage.superuser().await)
        .await
        .unwrap();
    let mut conn = crate::isolation::enter(&desk.stage, tenant).await;
    for statement in ["update app.published_place set hidden = false", "delete from app.published_place"] {
        assert!(crate::isolation::try_it(&mut conn, statement.to_owned()).await.is_err(), "{statement}");
    }
}
