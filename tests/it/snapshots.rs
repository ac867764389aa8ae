//! Published reports that outsiders believe: signed, verified by anybody, corrected and withdrawn for all to see.

mod genuine;

use http::StatusCode;
use server::access::Can;
use server::donors::links::{self, LinkForm};
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::ids::{ProjectId, ReportId, SnapshotId};
use server::projects::publication::{self, seal_file};
use server::projects::reports::sections::{self, TextForm};
use server::projects::reports::{self, Published, ReportForm};

use crate::donors::{parts, show};
use crate::stage::{Browser, CORRECTION, Page, Stage, approve, publish, signed_in};

fn form(title: &str, span: &str) -> ReportForm {
    ReportForm { title: title.into(), span: span.into(), locale: "en".into(), template: String::new() }
}

struct Desk {
    stage: Stage,
    project: ProjectId,
    report: ReportId,
    first: SnapshotId,
}

impl Desk {
    /// A report that was published once.
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (pm, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
        let report = reports::create(&pm, project, &form("Wells <in> 2025", "2025")).await.unwrap();
        let section = reports::find(&pm, project, report).await.unwrap().outline[0].id;
        sections::write(&pm, project, report, section, TextForm { body: "It rained.", status: "ready" }, 1).await.unwrap();
        let first = publish(&stage, project, report).await;
        Self { stage, project, report, first }
    }

    async fn published(&self) -> Vec<Published> {
        reports::find(&self.stage.cx("pm@amani.test").await, self.project, self.report).await.unwrap().published
    }

    async fn status(&self) -> String {
        reports::find(&self.stage.cx("pm@amani.test").await, self.project, self.report).await.unwrap().report.status
    }

    /// Opens the report again, and takes it as far as it can be published.
    async fn reopen(&self) {
        let (pm, admin) = (self.stage.cx("pm@amani.test").await, self.stage.cx("admin@amani.test").await);
        approve(&pm, &admin, self.project, self.report).await;
    }

    async fn correct(&self) -> SnapshotId {
        publish(&self.stage, self.project, self.report).await
    }

    async fn data(&self, snapshot: SnapshotId) -> Vec<u8> {
        publication::take_out(&self.stage.cx("pm@amani.test").await, self.project, snapshot).await.unwrap()
    }

    /// A file that somebody made of the report, sealed as those of a donor are.
    async fn sealed(&self, snapshot: SnapshotId) -> Vec<u8> {
        let pm = self.stage.cx("pm@amani.test").await;
        let key = publication::signing_key(&pm, Can::ViewTracking(self.project)).await.unwrap().unwrap();
        let sum = self.published().await.into_iter().find(|p| p.id == snapshot).unwrap().sha256;
        seal_file(b"%PDF-1.7\n%%EOF\n".to_vec(), &sum.try_into().unwrap(), &key)
    }

    fn report_page(&self) -> String {
        format!("/o/amani-wash/projects/wells/reports/{}", self.report)
    }
}

async fn verify(stage: &Stage, file: &[u8]) -> Page {
    // the limit on questions is another test's
    stage.run("delete from rl.gcra").await;
    Browser::new(stage).send_file("/verify", &[], ("report", file)).await
}

async fn look_up(stage: &Stage, sha256: &str) -> Page {
    Browser::new(stage).get(&format!("/verify?sha256={sha256}")).await
}

#[tokio::test]
async fn a_published_report_is_signed_and_says_what_it_is() {
    let desk = Desk::new().await;
    let pm = desk.stage.cx("pm@amani.test").await;
    let (content, sum) = reports::read_snapshot(&pm, desk.project, desk.first.0).await.unwrap();
    let identity = content.identity.unwrap();
    assert_eq!((content.v.as_str(), identity.organisation.as_str(), identity.version.as_str()), ("2", "amani-wash", "1"));
    assert_eq!((identity.report, identity.supersedes, identity.reason), (desk.report.to_string(), None, None));
    let published = desk.published().await.remove(0);
    let at: chrono::DateTime<chrono::Utc> = identity.published_at.parse().unwrap();
    assert_eq!(at, published.published_at, "the moment in the content is the row's");
    let key = published.key_id.unwrap();
    let (data, sealed) = (desk.data(desk.first).await, desk.sealed(desk.first).await);
    for page in [look_up(&desk.stage, &hex(&sum)).await, verify(&desk.stage, &data).await, verify(&desk.stage, &sealed).await] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.headers.get("set-cookie").is_none(), "nobody is followed");
        for text in ["Genuine and current", "Amani", "Wells &lt;in&gt; 2025", "Wells that last", &key, &hex(&sum)] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert!(!page.body.contains("It rained."), "what the report says is told by the report alone");
    }
    // a second report is signed with the same key
    let other = reports::create(&pm, desk.project, &form("Q", "2025-Q1")).await.unwrap();
    publish(&desk.stage, desk.project, other).await;
    assert_eq!(desk.stage.count("app.report_key").await, 1);
    assert_eq!(reports::find(&pm, desk.project, other).await.unwrap().published[0].key_id.as_deref(), Some(key.as_str()));
}

#[tokio::test]
async fn a_correction_says_why_and_what_it_replaces() {
    let desk = Desk::new().await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    let (page, report, project) = (desk.report_page(), desk.report.to_string(), desk.project.to_string());
    let fields =
        [("org", "amani-wash"), ("code", "wells"), ("project", project.as_str()), ("report", report.as_str()), ("back", page.as_str())];
    // what was published is closed until it is opened again, and read by somebody else
    let refused = pm.post("/fn/reports/publish", &[&fields[..], &[("reason", "a well was counted twice")]].concat()).await;
    let body = pm.get(refused.location.split('#').next().unwrap()).await.body;
    assert!(body.contains("Hand it over for review first.") && desk.published().await.len() == 1, "{body}");
    desk.reopen().await;
    let refused = pm.post("/fn/reports/publish", &fields).await;
    let body = pm.get(refused.location.split('#').next().unwrap()).await.body;
    assert!(body.contains("Please fill this in.") && desk.published().await.len() == 1, "{body}");
    let taken = pm.post("/fn/reports/publish", &[&fields[..], &[("reason", "a well was counted twice")]].concat()).await;
    assert!(taken.location.contains("notice=published"), "{}", taken.location);
    let published = desk.published().await;
    let (content, _) = reports::read_snapshot(&desk.stage.cx("pm@amani.test").await, desk.project, published[0].id.0).await.unwrap();
    let identity = content.identity.unwrap();
    assert_eq!((identity.version.as_str(), identity.supersedes), ("2", Some(hex(&published[1].sha256))));
    assert_eq!(identity.reason.as_deref(), Some("a well was counted twice"));
    assert!(identity.restated.is_empty(), "nothing changed: {:?}", identity.restated);
    let of_staff = pm.get(&format!("{page}/snapshots/{}", published[1].id)).await.body;
    assert!(of_staff.contains("There is a newer version") && of_staff.contains("Version 2 of"), "{of_staff}");
    let old = look_up(&desk.stage, &hex(&published[1].sha256)).await.body;
    assert!(old.contains("there is a newer version") && old.contains("version 2"), "{old}");
    let new = look_up(&desk.stage, &hex(&published[0].sha256)).await.body;
    assert!(new.contains("Genuine and current"), "{new}");
    let body = pm.get(&page).await.body;
    assert!(body.contains("status-superseded") && body.contains("Withdraw a version"), "{body}");
}

#[tokio::test]
async fn a_figure_that_changed_is_restated_in_the_content() {
    let desk = Desk::new().await;
    let mut conn = desk.stage.superuser().await;
    sqlx::raw_sql(
        "set session_replication_role = replica;
         update app.period_rollup r set actual = r.actual + 1 from app.indicator i
         where i.id = r.indicator_id and i.code = 'wells_repaired' and r.location_id is null and r.actual is not null",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let second = desk.correct().await;
    let (content, _) = reports::read_snapshot(&desk.stage.cx("pm@amani.test").await, desk.project, second.0).await.unwrap();
    let restated = content.identity.unwrap().restated;
    assert!(!restated.is_empty() && restated.iter().all(|it| it.code == "wells_repaired" && it.was != it.is), "{restated:?}");
    let item = content.indicators.iter().find(|item| item.code == "wells_repaired").unwrap();
    let last = restated.iter().find(|it| it.group.is_none() && Some(&it.column) == content.columns.last()).unwrap();
    assert_eq!(last.is, item.cells.last().unwrap().actual);
    let body = signed_in(&desk.stage, "pm@amani.test").await.get(&format!("{}/snapshots/{second}", desk.report_page())).await.body;
    assert!(body.contains("What version 2 corrects") && body.contains(CORRECTION), "{body}");
}

#[tokio::test]
async fn what_came_after_a_report_is_no_part_of_it() {
    let desk = Desk::new().await;
    let pm = desk.stage.cx("pm@amani.test").await;
    let year = reports::read_snapshot(&pm, desk.project, desk.first.0).await.unwrap().0;
    let report = reports::create(&pm, desk.project, &form("Q", "2025-Q1")).await.unwrap();
    let snapshot = publish(&desk.stage, desk.project, report).await;
    let quarter = reports::read_snapshot(&pm, desk.project, snapshot.0).await.unwrap().0;
    // of every period that a figure of the quarter's report is of: whether it ends in time, and whether it lies within the quarter
    let mut conn = desk.stage.superuser().await;
    let ends: Vec<(String, bool, bool)> = sqlx::query_as(
        "select name, end_date <= '2025-03-31', start_date >= '2025-01-01' and end_date <= '2025-03-31' from app.reporting_period
         where project_id = $1",
    )
    .bind(desk.project.0)
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let period = |name: &str| ends.iter().find(|(known, ..)| known == name).unwrap();
    let mut later = 0;
    for item in &quarter.indicators {
        assert!(item.trend.iter().all(|(name, _)| period(name).1), "{}: {:?}", item.code, item.trend);
        assert!(item.inputs.iter().all(|(name, _)| period(name).2), "{}: {:?}", item.code, item.inputs);
        let whole = year.indicators.iter().find(|of_year| of_year.code == item.code).unwrap();
        later += whole.trend.iter().filter(|(name, _)| !period(name).1).count();
    }
    assert!(later > 0 && quarter.indicators.iter().any(|item| !item.inputs.is_empty()), "the year goes on, and its report says so");
}

#[tokio::test]
async fn what_changed_since_the_approval_is_published_by_who_says_so_alone() {
    let desk = Desk::new().await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    desk.reopen().await;
    sqlx::raw_sql(
        "set session_replication_role = replica;
         update app.period_rollup r set actual = r.actual + 1 from app.indicator i
         where i.id = r.indicator_id and i.code = 'wells_repaired' and r.location_id is null and r.actual is not null",
    )
    .execute(&mut desk.stage.superuser().await)
    .await
    .unwrap();
    let (page, report, project) = (desk.report_page(), desk.report.to_string(), desk.project.to_string());
    let fields = [
        ("org", "amani-wash"),
        ("code", "wells"),
        ("project", project.as_str()),
        ("report", report.as_str()),
        ("back", page.as_str()),
        ("reason", CORRECTION),
    ];
    assert!(!pm.get(&page).await.body.contains("name=\"as_it_is\""), "nothing is asked before it is known");
    let refused = pm.post("/fn/reports/publish", &fields).await;
    let body = pm.get(refused.location.split('#').next().unwrap()).await.body;
    assert!(body.contains("reads otherwise than when it was approved") && body.contains("name=\"as_it_is\""), "{body}");
    assert!(body.contains(CORRECTION) && desk.published().await.len() == 1, "what was typed is kept: {body}");
    let taken = pm.post("/fn/reports/publish", &[&fields[..], &[("as_it_is", "yes")]].concat()).await;
    assert!(taken.location.contains("notice=published"), "{}", taken.location);
    assert_eq!(desk.published().await.len(), 2);
}

#[tokio::test]
async fn a_withdrawn_report_shows_no_figure_and_stays_on_record() {
    let desk = Desk::new().await;
    let pm = desk.stage.cx("pm@amani.test").await;
    let form = LinkForm { allow_download: true, ..LinkForm::to("A donor") };
    let link = links::create(&pm, desk.project, desk.first, &form).await.unwrap();
    let (public_id, secret) = parts(&link);
    let mut donor = Browser::new(&desk.stage);
    show(&mut donor, &public_id, &secret).await;
    assert!(donor.get("/donor").await.body.contains("It rained."));
    // what a donor takes away is believed by whoever gets it
    let at = |file: &str| format!("/donor/{public_id}/{file}");
    for file in ["report.pdf", "report.json"] {
        let taken = donor.get(&at(file)).await;
        assert!(verify(&desk.stage, &taken.bytes).await.body.contains("Genuine and current"), "{file}");
        assert!(verify(&desk.stage, &taken.bytes[1..]).await.body.contains("Not genuine"), "{file}");
    }
    let second = desk.correct().await;
    let body = donor.get("/donor").await.body;
    assert!(body.contains("There is a newer version") && body.contains("version 2") && body.contains("It rained."), "{body}");

    for (reason, fault) in [("", "required"), ("short", "too_short")] {
        let refused = publication::withdraw(&pm, desk.project, desk.first, reason).await;
        assert!(matches!(&refused, Err(Error::Invalid(invalid)) if invalid.0["reason"] == fault), "{refused:?}");
    }
    let meal = desk.stage.cx("meal@amani.test").await;
    let refused = publication::withdraw(&meal, desk.project, desk.first, "the wells were dry").await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    publication::withdraw(&pm, desk.project, desk.first, "the wells were dry").await.unwrap();
    let again = publication::withdraw(&pm, desk.project, desk.first, "the wells were dry").await;
    assert!(matches!(again, Err(Error::Rule("already_withdrawn"))), "{again:?}");

    let body = donor.get("/donor").await.body;
    assert!(body.contains("This report was withdrawn") && body.contains("the wells were dry"), "{body}");
    assert!(!body.contains("It rained.") && !body.contains("wells_repaired") && !body.contains("class=\"itt\""), "{body}");
    for file in ["report.pdf", "report.json", "figures.csv", "figures.xlsx"] {
        assert_eq!(donor.get(&at(file)).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    let mut staff = signed_in(&desk.stage, "pm@amani.test").await;
    let paper = |snapshot: SnapshotId| format!("{}/snapshots/{snapshot}/report.pdf", desk.report_page());
    desk.stage.run("update auth.session set stepped_up_at = now()").await;
    assert_eq!(staff.get(&paper(desk.first)).await.status, StatusCode::NOT_FOUND);
    assert!(verify(&desk.stage, &staff.get(&paper(second)).await.bytes).await.body.contains("Genuine and current"));
    // staff read it still, and are told; of one that was replaced too
    let of_staff = |snapshot: SnapshotId| format!("{}/snapshots/{snapshot}", desk.report_page());
    let body = staff.get(&of_staff(desk.first)).await.body;
    assert!(body.contains("This report was withdrawn") && body.contains("the wells were dry") && body.contains("version 1"), "{body}");
    assert!(body.contains(&format!("href=\"{}\"", desk.report_page())), "and there is a way back: {body}");
    let body = staff.get(&of_staff(second)).await.body;
    assert!(!body.contains("This report was withdrawn") && !body.contains("There is a newer version"), "{body}");
    let page = look_up(&desk.stage, &hex(&desk.published().await[1].sha256)).await.body;
    assert!(page.contains("Withdrawn") && !page.contains("the wells were dry"), "why, the organisation tells: {page}");
    assert!(matches!(publication::take_out(&pm, desk.project, desk.first).await, Err(Error::NotFound)));
    let another = LinkForm::to("Another");
    assert!(matches!(links::create(&pm, desk.project, desk.first, &another).await, Err(Error::Rule("already_withdrawn"))));
    assert!(matches!(links::rotate(&pm, desk.project, link.id).await, Err(Error::Rule("already_withdrawn"))));
    assert_eq!(desk.stage.count("app.donor_link where revoked_at is not null").await, 0, "the link that was to be replaced stays as it is");
    assert!(links::create(&pm, desk.project, second, &another).await.is_ok());
    // the report is what its newest version is
    assert_eq!(desk.status().await, "published");
    publication::withdraw(&pm, desk.project, second, "the wells were dry").await.unwrap();
    assert_eq!(desk.status().await, "withdrawn");
    assert_eq!(desk.stage.count("app.report_snapshot").await, 2, "the record stays");
    let third = desk.correct().await;
    assert_eq!(desk.status().await, "published");
    // unless it is written again already
    desk.reopen().await;
    publication::withdraw(&pm, desk.project, third, "the wells were dry").await.unwrap();
    assert_eq!(desk.status().await, "approved");
}

#[tokio::test]
async fn the_database_keeps_signatures_and_withdrawals_as_they_are() {
    let desk = Desk::new().await;
    let pm = desk.stage.cx("pm@amani.test").await;
    publication::withdraw(&pm, desk.project, desk.first, "the wells were dry").await.unwrap();
    let tenant: uuid::Uuid = sqlx::query_scalar("select id from app.tenant where slug = 'amani-wash'")
        .fetch_one(&mut desk.stage.superuser().await)
        .await
        .unwrap();
    let mut conn = crate::isolation::enter(&desk.stage, tenant).await;
    for statement in [
        "update app.report_snapshot set signature = null",
        "insert into app.report_snapshot (id, project_id, report_id, version, content, sha256)
           select gen_random_uuid(), project_id, report_id, 9, content, sha256 from app.report_snapshot",
        "delete from app.report_withdrawal",
        "update app.report_withdrawal set reason = 'no reason at all'",
        "insert into app.report_withdrawal (id, project_id, snapshot_id, reason, withdrawn_at)
           select gen_random_uuid(), project_id, snapshot_id, reason, '2020-01-01' from app.report_withdrawal",
        "update app.report_key set public_key = sha256('x')",
        "delete from app.report_key",
        "update app.published_group set hidden = false",
        "delete from app.published_group",
    ] {
        assert!(crate::isolation::try_it(&mut conn, statement.to_owned()).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn the_file_is_taken_out_by_who_may_and_is_an_event() {
    let desk = Desk::new().await;
    let path = format!("{}/snapshots/{}/file", desk.report_page(), desk.first);
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    desk.stage.run("update auth.session set stepped_up_at = now()").await;
    let file = pm.get(&path).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.headers["content-disposition"].to_str().unwrap().contains(".json"));
    assert!(verify(&desk.stage, &file.bytes).await.body.contains("Genuine and current"));
    desk.stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    assert!(pm.get(&path).await.location.starts_with("/settings/confirm"), "whoever takes data out proves themselves");
    let mut focal = signed_in(&desk.stage, "safeguarding@amani.test").await;
    assert_eq!(focal.get(&path).await.status, StatusCode::FORBIDDEN);
    let mut stranger = signed_in(&desk.stage, "meal@baraka.test").await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(Browser::new(&desk.stage).get(&path).await.location.starts_with("/login"));
    let filter = server::audit::log::Filter { acts_only: true, ..Default::default() };
    let acts = server::audit::log::page(&desk.stage.cx("admin@amani.test").await, &filter, 50).await.unwrap();
    assert!(acts.iter().any(|line| line.action == "report.taken_out"));
}
