//! Where a report is not all there is, or was not read by a second person, it says so; and a section holds so much and no more.

use http::StatusCode;
use server::donors::links::{self, LinkForm};
use server::kernel::ids::{ProjectId, ReportId, SnapshotId};
use server::projects::indicators::{self, IndicatorForm};
use server::projects::reports::{self, ReportForm};
use server::projects::snapshot::{Block, Content};
use sqlx::AssertSqlSafe;

use crate::donors::{parts, show};
use crate::programmes::one;
use crate::stage::{Browser, Stage, approve, publish, signed_in};

/// What a section takes, in letters.
const MOST_LETTERS: usize = 20_000;

struct Desk {
    stage: Stage,
    project: ProjectId,
    report: ReportId,
}

impl Desk {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (pm, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
        let form = ReportForm { title: "Wells in 2025".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
        let report = reports::create(&pm, project, &form).await.unwrap();
        Self { stage, project, report }
    }

    fn page(&self) -> String {
        format!("/o/amani-wash/projects/wells/reports/{}", self.report)
    }

    async fn read(&self, snapshot: SnapshotId) -> Content {
        let pm = self.stage.cx("pm@amani.test").await;
        reports::read_snapshot(&pm, self.project, snapshot.0).await.unwrap().0
    }

    /// A browser in which a donor has opened a publication.
    async fn donor(&self, snapshot: SnapshotId) -> Browser {
        let pm = self.stage.cx("pm@amani.test").await;
        let link = links::create(&pm, self.project, snapshot, &LinkForm::to("A donor")).await.unwrap();
        let (public_id, secret) = parts(&link);
        let mut donor = Browser::new(&self.stage);
        assert_eq!(show(&mut donor, &public_id, &secret).await.status, StatusCode::SEE_OTHER);
        donor
    }
}

/// One indicator that is counted by place, one lesson and three files more than a report shows; each with a section of its own.
async fn fill(desk: &Desk) {
    let pm = desk.stage.cx("pm@amani.test").await;
    for n in 1..=6 {
        let form = IndicatorForm {
            code: format!("more_{n}"),
            title: format!("More {n}"),
            kind: "number".into(),
            direction: "increase".into(),
            accumulation: "non_cumulative".into(),
            agg_locations: "sum".into(),
            agg_periods: "sum".into(),
            frequency: "quarterly".into(),
            decimals: "0".into(),
            ..IndicatorForm::default()
        };
        indicators::add(&pm, desk.project, &form).await.unwrap();
    }
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened, shared)
           select tenant_id, gen_random_uuid(), id, 'lesson', '2025-03-05', 'Lesson ' || n, true
           from app.project, generate_series(1, 101) n where id = '{project}';
         insert into app.evidence (tenant_id, id, project_id, report_id, filename, mime, bytes, sha256, title, consent, donor_visible)
           select tenant_id, gen_random_uuid(), id, '{report}', n || '.pdf', 'application/pdf', 2048, sha256(n::text::bytea), 'File ' || n,
             'not_needed', true
           from app.project, generate_series(1, 103) n where id = '{project}';
         update app.report_section set block = 'learning', status = 'ready' where report_id = '{report}';
         insert into app.report_section (tenant_id, id, project_id, report_id, ord, key, title, block, status)
           select tenant_id, gen_random_uuid(), project_id, id, v.ord, v.block, v.block, v.block, 'ready'
           from app.report, (values (2, 'evidence'), (3, 'map')) v(ord, block) where id = '{report}'",
        project = desk.project,
        report = desk.report
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut desk.stage.superuser().await).await.unwrap();
}

#[tokio::test]
async fn what_a_section_leaves_out_is_told() {
    let desk = Desk::new().await;
    fill(&desk).await;
    let snapshot = publish(&desk.stage, desk.project, desk.report).await;
    let content = desk.read(snapshot).await;
    for section in &content.sections {
        let (shown, more) = match &section.block {
            Block::Learning { entries, more } => (entries.len(), more),
            Block::Evidence { items, more } => (items.len(), more),
            Block::Map { places, more, .. } => (places[0].figures.len(), more),
            other => panic!("{other:?}"),
        };
        let expected = match section.block.kind() {
            "learning" => (100, "1"),
            "evidence" => (100, "3"),
            _ => (8, "1"),
        };
        assert_eq!((shown, more.as_deref()), (expected.0, Some(expected.1)), "{}", section.key);
    }
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    let ours = pm.get(&format!("{}/snapshots/{snapshot}", desk.page())).await.body;
    let theirs = desk.donor(snapshot).await.get("/donor").await.body;
    for page in [ours, theirs] {
        for text in [
            "and 1 more entry, which is not told here.",
            "and 3 more files, which are not listed here.",
            "and 1 more indicator that is counted by place",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
    }
    // what is all there says nothing of more
    desk.stage.run("update app.evidence set donor_visible = false where title in ('File 1', 'File 2', 'File 3')").await;
    let all = desk.read(publish(&desk.stage, desk.project, desk.report).await).await;
    let files = all.sections.iter().map(|section| &section.block).find(|block| block.kind() == "evidence");
    assert!(matches!(files, Some(Block::Evidence { items, more: None }) if items.len() == 100), "{files:?}");
    assert_eq!(Content::parse(&content.bytes().unwrap()).unwrap(), content, "and reads the same again");
}

#[tokio::test]
async fn a_report_that_one_person_handed_over_and_approved_says_so_to_everybody() {
    const SAID: &str = "no second person has confirmed it";
    let desk = Desk::new().await;
    desk.stage.run("update app.tenant set self_verify_allowed = true where slug = 'amani-wash'").await;
    let pm = desk.stage.cx("pm@amani.test").await;
    approve(&pm, &pm, desk.project, desk.report).await;
    let own = reports::publish(&pm, desk.project, desk.report, "", false).await.unwrap();
    let content = desk.read(own).await;
    assert!(content.identity.as_ref().unwrap().self_approved);
    let mut browser = signed_in(&desk.stage, "pm@amani.test").await;
    let address = |snapshot: SnapshotId| format!("{}/snapshots/{snapshot}", desk.page());
    assert!(browser.get(&address(own)).await.body.contains(SAID));
    let mut donor = desk.donor(own).await;
    assert!(donor.get("/donor").await.body.contains(SAID));
    let swahili = donor.get("/donor?lang=sw").await.body;
    assert!(swahili.contains("hakuna mtu wa pili") && !swahili.contains(SAID), "{swahili}");
    // the next version was approved by somebody else, and has no word of it
    let other = publish(&desk.stage, desk.project, desk.report).await;
    let bytes = desk.read(other).await.bytes().unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("self_approved"));
    assert!(!browser.get(&address(other)).await.body.contains(SAID));
    assert!(donor.get("/donor").await.body.contains(SAID), "what was published stays as it was");
}

#[tokio::test]
async fn a_section_takes_so_many_letters_and_what_is_too_long_comes_back_whole() {
    let desk = Desk::new().await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    let section = one::<uuid::Uuid>(&desk.stage, "select id from app.report_section").await.to_string();
    let (project, report, back) = (desk.project.to_string(), desk.report.to_string(), format!("{}/sections/{section}", desk.page()));
    let fields = |version: &'static str, body| {
        [
            ("org", "amani-wash"),
            ("code", "wells"),
            ("project", project.as_str()),
            ("report", report.as_str()),
            ("section", section.as_str()),
            ("back", back.as_str()),
            ("row_version", version),
            ("status", "draft"),
            ("body", body),
        ]
    };
    // letters are counted, whatever they take to be sent; and the end of a line is one
    let fits = format!("{}\r\n{}", "ก".repeat(MOST_LETTERS - 10), "x".repeat(9));
    let saved = pm.post("/fn/report-sections/write", &fields("1", &fits)).await;
    assert!(saved.location.contains("notice=saved"), "{} {}", saved.status, saved.location);
    let long = format!("{}\r\n{}", "ก".repeat(MOST_LETTERS - 10), "x".repeat(10));
    let refused = pm.post("/fn/report-sections/write", &fields("2", &long)).await;
    let page = pm.get(refused.location.split('#').next().unwrap()).await.body;
    let area = page.split("<textarea").find(|area| area.contains("name=\"body\"")).unwrap();
    let (start, rest) = area.split_once('>').unwrap();
    let (typed, after) = rest.split_once("</textarea>").unwrap();
    // the field says that it is refused and by what; that stands right behind it
    let (said, beside) = ("report-sections-write-body-e", after.split("</div>").next().unwrap());
    assert!(start.contains("aria-invalid=\"true\"") && start.contains(said), "{start}");
    assert!(beside.contains(&format!("id=\"{said}\"")) && beside.contains("This is too long."), "{beside}");
    assert!(page.contains("href=\"#report-sections-write-body\""), "and the list above leads there");
    assert_eq!(typed.trim_start_matches('\n').replace("\r\n", "\n"), long.replace("\r\n", "\n"), "nothing that was typed is lost");
    assert_eq!(one::<i32>(&desk.stage, "select length(body) from app.report_section").await, 20_000, "what stands is what was saved");
    let around = sqlx::query("update app.report_section set body = repeat('x', 20001)").execute(&mut desk.stage.superuser().await).await;
    assert!(around.is_err(), "the database takes no more either");
}
