//! Reports that are built: who writes which section, what two people do to each other, and who approves.

mod frozen;
mod templates;

use http::StatusCode;
use server::kernel::ids::{ProjectId, ReportId, ReportSectionId};
use server::projects::reports::{self, ReportForm, Whole};
use uuid::Uuid;

use crate::programmes::one;
use crate::stage::{Browser, Page, Stage, publish, signed_in, statements};

const REPORTS: &str = "/o/amani-wash/projects/wells/reports";

async fn user(stage: &Stage, email: &str) -> String {
    one::<Uuid>(stage, &format!("select id from auth.user_account where email = '{email}'")).await.to_string()
}

/// A report of `wells` for 2025, begun from a template.
struct Desk {
    stage: Stage,
    project: ProjectId,
    report: ReportId,
}

impl Desk {
    async fn new(template: &str) -> Self {
        let stage = Stage::new().await;
        let pm = stage.cx("pm@amani.test").await;
        let project = stage.project("pm@amani.test", "wells").await;
        let form = ReportForm { title: "Wells in 2025".into(), span: "2025".into(), locale: "en".into(), template: template.into() };
        let report = reports::create(&pm, project, &form).await.unwrap();
        Self { stage, project, report }
    }

    async fn now(&self) -> Whole {
        reports::find(&self.stage.cx("pm@amani.test").await, self.project, self.report).await.unwrap()
    }

    async fn sections(&self) -> Vec<ReportSectionId> {
        self.now().await.outline.iter().map(|section| section.id).collect()
    }

    fn page(&self) -> String {
        format!("{REPORTS}/{}", self.report)
    }

    /// Sends a form of the report, from its page; of a section, from that one's.
    async fn send(&self, browser: &mut Browser, form: &str, section: Option<ReportSectionId>, fields: &[(&str, &str)]) -> Page {
        let (project, report) = (self.project.to_string(), self.report.to_string());
        let section = section.map(|id| id.to_string()).unwrap_or_default();
        let back = if section.is_empty() { self.page() } else { format!("{}/sections/{section}", self.page()) };
        let mut all = vec![
            ("org", "amani-wash"),
            ("code", "wells"),
            ("project", project.as_str()),
            ("report", report.as_str()),
            ("section", section.as_str()),
            ("back", back.as_str()),
        ];
        all.extend_from_slice(fields);
        browser.post(&format!("/fn/{form}"), &all).await
    }

    /// A step of the report, from the version that stands.
    async fn step(&self, browser: &mut Browser, form: &str, more: &[(&str, &str)]) -> Page {
        let version = self.now().await.report.row_version.to_string();
        let mut fields = vec![("row_version", version.as_str())];
        fields.extend_from_slice(more);
        self.send(browser, form, None, &fields).await
    }

    async fn state(&self) -> String {
        self.now().await.report.status
    }

    /// Writes every section.
    async fn write_all(&self, browser: &mut Browser) {
        for section in self.now().await.outline {
            let fields = [("row_version", "1"), ("body", "It **rained**."), ("status", "ready")];
            let page = self.send(browser, "report-sections/write", Some(section.id), &fields).await;
            assert!(page.location.contains("notice=saved"), "{} {}", page.status, page.location);
        }
    }
}

#[tokio::test]
async fn a_field_officer_writes_the_section_that_is_theirs_and_no_other() {
    let desk = Desk::new("shipped:short").await;
    let (mut pm, mut field) = (signed_in(&desk.stage, "pm@amani.test").await, signed_in(&desk.stage, "field@amani.test").await);
    let sections = desk.sections().await;
    let grace = user(&desk.stage, "field@amani.test").await;
    let theirs =
        [("row_version", "1"), ("title", "Summary"), ("block", "achievements"), ("assigned_to", grace.as_str()), ("required", "yes")];
    assert!(desk.send(&mut pm, "report-sections/plan", Some(sections[0]), &theirs).await.location.contains("notice=saved"));
    // they are told on their first page
    let home = field.get("/o/amani-wash").await.body;
    assert!(home.contains("Write the section: Summary") && home.contains(&sections[0].to_string()), "{home}");
    let own = format!("{}/sections/{}", desk.page(), sections[0]);
    let page = field.get(&own).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("report-sections/write") && !page.body.contains("report-sections/plan"), "{}", page.body);
    // what is filled in tells of all places
    assert!(!page.body.contains("stat-figure"), "{}", page.body);
    let written = [("row_version", "2"), ("body", "# Rain\n\nIt rained <b>hard</b>."), ("status", "draft")];
    assert!(desk.send(&mut field, "report-sections/write", Some(sections[0]), &written).await.location.contains("notice=saved"));
    let page = field.get(&own).await.body;
    assert!(page.contains("<h3>Rain") && page.contains("It rained &lt;b&gt;hard&lt;/b&gt;."), "{page}");
    // nothing else is theirs: not another section, not the plan, not the whole
    let other = format!("{}/sections/{}", desk.page(), sections[1]);
    assert_eq!(field.get(&other).await.status, StatusCode::NOT_FOUND);
    let fields = [("row_version", "1"), ("body", "x"), ("status", "draft")];
    assert_eq!(desk.send(&mut field, "report-sections/write", Some(sections[1]), &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.send(&mut field, "report-comments/add", Some(sections[1]), &[("comment", "x")]).await.status, StatusCode::NOT_FOUND);
    for form in [
        "report-sections/plan",
        "report-sections/remove",
        "report-sections/shift",
        "report-sections/add",
        "reports/submit",
        "reports/update",
    ] {
        assert_eq!(desk.send(&mut field, form, Some(sections[0]), &theirs).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    let outline = field.get(&desk.page()).await.body;
    assert!(outline.contains(&sections[0].to_string()) && !outline.contains(&sections[1].to_string()), "{outline}");
    let ahead = field.get(&format!("{}/preview", desk.page())).await.body;
    assert!(ahead.contains("Rain") && !ahead.contains("Progress by result"), "{ahead}");
    // who may read the project and writes nothing sees the outline alone; strangers nothing
    let mut viewer = signed_in(&desk.stage, "viewer@amani.test").await;
    assert_eq!(viewer.get(&desk.page()).await.status, StatusCode::OK);
    for path in [&own, &format!("{}/preview", desk.page())] {
        assert_eq!(viewer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut stranger = signed_in(&desk.stage, "meal@baraka.test").await;
    for path in [&desk.page(), &own] {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // and of another project there is nothing behind these ids
    let elsewhere = own.replace("/wells/", "/camps/");
    assert_eq!(pm.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_people_who_write_one_section_lose_nothing() {
    let desk = Desk::new("").await;
    let (mut pm, mut meal) = (signed_in(&desk.stage, "pm@amani.test").await, signed_in(&desk.stage, "meal@amani.test").await);
    let section = desk.sections().await[0];
    let write = |text: &'static str| [("row_version", "1"), ("body", text), ("status", "draft")];
    assert!(desk.send(&mut pm, "report-sections/write", Some(section), &write("It rained.")).await.location.contains("notice=saved"));
    let late = desk.send(&mut meal, "report-sections/write", Some(section), &write("It was dry.")).await;
    let page = meal.get(&late.location).await.body;
    assert!(
        page.contains("<td class=\"typed\">It rained.</td>") && page.contains("<td class=\"typed\">It was dry.</td>"),
        "{}: {page}",
        late.location
    );
    assert_eq!(one::<String>(&desk.stage, "select body from app.report_section").await, "It rained.");
    // what was typed into a report that closed meanwhile is shown, to be copied
    assert!(desk.step(&mut pm, "reports/submit", &[]).await.location.contains("notice=report-submitted"));
    let closed = desk
        .send(&mut meal, "report-sections/write", Some(section), &[("row_version", "2"), ("body", "Too late."), ("status", "draft")])
        .await;
    let page = meal.get(&closed.location).await.body;
    assert!(page.contains("The report is closed") && page.contains("Too late."), "{page}");
}

#[tokio::test]
async fn what_is_written_is_checked_and_comes_back() {
    let desk = Desk::new("").await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    let section = desk.sections().await[0];
    let wide = format!("{}\n{}", "|a".repeat(40), "|-".repeat(40));
    let long = "x".repeat(20_001);
    for (body, status, said) in [
        (wide.as_str(), "draft", "A table has at most"),
        (long.as_str(), "draft", "This is too long"),
        ("a\u{202e}b", "draft", "characters that cannot be shown"),
        ("text", "done", "choose one of the options"),
    ] {
        let fields = [("row_version", "1"), ("body", body), ("status", status)];
        let page = desk.send(&mut pm, "report-sections/write", Some(section), &fields).await;
        let back = pm.get(page.location.split('#').next().unwrap()).await.body;
        assert!(back.contains(said), "{status}: {back}");
    }
    // a section that shows nothing and says nothing is not ready
    let bare = [("title", "Bare"), ("block", "none")];
    assert!(desk.send(&mut pm, "report-sections/add", None, &bare).await.location.contains("notice=section-added"));
    let added = desk.sections().await[1];
    let page = desk.send(&mut pm, "report-sections/write", Some(added), &[("row_version", "1"), ("body", " "), ("status", "ready")]).await;
    assert!(pm.get(page.location.split('#').next().unwrap()).await.body.contains("Please fill this in."));
    // a section is given to people of the project alone
    let stranger = user(&desk.stage, "meal@baraka.test").await;
    for (name, value) in [("assigned_to", stranger.as_str()), ("block", "video"), ("title", "")] {
        let mut fields = vec![("row_version", "1"), ("title", "Bare"), ("block", "none"), ("assigned_to", "")];
        fields.retain(|(field, _)| *field != name);
        fields.push((name, value));
        let page = desk.send(&mut pm, "report-sections/plan", Some(added), &fields).await;
        assert!(page.location.contains("flash="), "{name}: {}", page.location);
    }
    // up and away
    assert_eq!(desk.send(&mut pm, "report-sections/shift", Some(added), &[("direction", "up")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.sections().await, [added, section]);
    let version = desk.now().await.outline[0].row_version.to_string();
    let gone = [("row_version", version.as_str()), ("confirm", "Bare")];
    let gone = desk.send(&mut pm, "report-sections/remove", Some(added), &gone).await;
    assert!(gone.location.contains("notice=section-removed"), "{}", gone.location);
    assert_eq!(desk.sections().await, [section]);
    assert_eq!(pm.get(&format!("{}/sections/{added}", desk.page())).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_report_goes_through_review_before_it_is_published() {
    let desk = Desk::new("shipped:short").await;
    let stage = &desk.stage;
    let (mut pm, mut meal) = (signed_in(stage, "pm@amani.test").await, signed_in(stage, "meal@amani.test").await);
    let mut admin = signed_in(stage, "admin@amani.test").await;
    // not before every section that it needs is ready: the page says which, with the way there
    let early = desk.step(&mut meal, "reports/submit", &[]).await;
    let page = meal.get(early.location.split('#').next().unwrap()).await.body;
    let missing = desk.sections().await;
    assert!(page.contains("Some sections are not ready") || page.contains("A section that is needed is not ready"), "{page}");
    assert!(missing.iter().all(|id| page.contains(&format!("/sections/{id}"))), "{page}");
    // nor is a draft published
    assert!(desk.step(&mut pm, "reports/publish", &[]).await.location.contains("flash="));
    desk.write_all(&mut meal).await;
    assert!(desk.step(&mut meal, "reports/submit", &[]).await.location.contains("notice=report-submitted"));
    assert_eq!(desk.state().await, "in_review");
    assert!(pm.get("/o/amani-wash").await.body.contains("Read and approve the report: Wells in 2025"));
    assert!(admin.get("/o/amani-wash").await.body.contains("Read and approve the report: Wells in 2025"));
    assert!(!meal.get("/o/amani-wash").await.body.contains("Read and approve"));
    // who writes does not approve; who approves says what is to be changed, and must say it
    assert_eq!(desk.step(&mut meal, "reports/approve", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(desk.step(&mut pm, "reports/request-changes", &[("changes", " ")]).await.location.contains("flash="));
    assert!(desk.step(&mut pm, "reports/request-changes", &[("changes", "Say why")]).await.location.contains("notice=report-given-back"));
    let page = meal.get(&desk.page()).await.body;
    assert!(page.contains("Say why") && page.contains("Changes requested"), "{page}");
    assert!(meal.get("/o/amani-wash").await.body.contains("Changes are asked for in the report: Wells in 2025"));
    // handed over by the project manager, it is approved by somebody else
    assert!(desk.step(&mut pm, "reports/submit", &[]).await.location.contains("notice=report-submitted"));
    let own = desk.step(&mut pm, "reports/approve", &[]).await;
    assert!(pm.get(own.location.split('#').next().unwrap()).await.body.contains("so somebody else approves it"));
    assert_eq!(desk.state().await, "in_review");
    assert!(desk.step(&mut admin, "reports/approve", &[]).await.location.contains("notice=report-approved"));
    assert!(desk.step(&mut admin, "reports/approve", &[]).await.location.contains("flash="), "once");
    // from an old page nothing is done
    let old = desk.send(&mut pm, "reports/reopen", None, &[("row_version", "1"), ("reason", "a typing error")]).await;
    assert!(old.location.contains("flash="));
    // what is approved is closed; opening it takes a reason and another review
    let update = [("title", "Else"), ("span", "2025"), ("locale", "en")];
    assert!(desk.step(&mut pm, "reports/update", &update).await.location.contains("flash="));
    assert!(desk.step(&mut pm, "reports/reopen", &[("reason", "")]).await.location.contains("flash="));
    assert!(desk.step(&mut pm, "reports/reopen", &[("reason", "a typing error")]).await.location.contains("notice=report-reopened"));
    assert!(desk.step(&mut pm, "reports/publish", &[]).await.location.contains("flash="));
    assert!(desk.step(&mut meal, "reports/submit", &[]).await.location.contains("notice="));
    assert!(desk.step(&mut pm, "reports/approve", &[]).await.location.contains("notice="));
    assert!(desk.step(&mut pm, "reports/publish", &[]).await.location.contains("notice=published"));
    assert_eq!(desk.state().await, "published");
    let acts = ["report.submitted", "report.changes_requested", "report.approved", "report.reopened", "report.published"];
    for (act, times) in acts.into_iter().zip([3, 1, 2, 1, 1]) {
        assert_eq!(stage.count(&format!("audit.event where action = '{act}'")).await, times, "{act}");
    }
    // a correction is a new version, by the same way
    publish(stage, desk.project, desk.report).await;
    assert_eq!(desk.now().await.published.iter().map(|p| p.version).collect::<Vec<_>>(), [2, 1]);
}

/// Where an organisation allows it, one person does both, and it is said.
#[tokio::test]
async fn who_approves_their_own_is_told_apart() {
    let desk = Desk::new("").await;
    desk.stage.run("update app.tenant set self_verify_allowed = true where slug = 'amani-wash'").await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    assert!(desk.step(&mut pm, "reports/submit", &[]).await.location.contains("notice="));
    assert!(desk.step(&mut pm, "reports/approve", &[]).await.location.contains("notice=report-approved"));
    assert!(pm.get(&desk.page()).await.body.contains("by the one who handed it over"));
    // the database says the same of who would go round the act
    let around = "update app.report set self_approved = false where status = 'approved'";
    let refused = sqlx::query(around).execute(&mut desk.stage.superuser().await).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn comments_are_settled_and_never_published() {
    let desk = Desk::new("").await;
    let (mut pm, mut admin) = (signed_in(&desk.stage, "pm@amani.test").await, signed_in(&desk.stage, "admin@amani.test").await);
    let section = desk.sections().await[0];
    let hostile = "Which wells? <script>alert(1)</script>";
    assert!(
        desk.send(&mut admin, "report-comments/add", Some(section), &[("comment", hostile)])
            .await
            .location
            .contains("notice=comment-added")
    );
    assert!(desk.send(&mut admin, "report-comments/add", Some(section), &[("comment", " ")]).await.location.contains("flash="));
    assert!(pm.get(&desk.page()).await.body.contains("1 open comment"));
    let page = pm.get(&format!("{}/sections/{section}", desk.page())).await.body;
    assert!(page.contains("Which wells? &lt;script") && !page.contains("<script>alert"), "{page}");
    let comment = one::<Uuid>(&desk.stage, "select id from app.report_comment").await.to_string();
    let settle = [("comment_id", comment.as_str())];
    assert!(desk.send(&mut pm, "report-comments/resolve", Some(section), &settle).await.location.contains("notice=comment-settled"));
    assert!(desk.send(&mut pm, "report-comments/resolve", Some(section), &settle).await.location.contains("flash="), "once");
    assert!(!pm.get(&desk.page()).await.body.contains("open comment"));
    let snapshot = publish(&desk.stage, desk.project, desk.report).await;
    let pm = desk.stage.cx("pm@amani.test").await;
    let (content, _) = reports::read_snapshot(&pm, desk.project, snapshot.0).await.unwrap();
    assert!(!String::from_utf8(content.bytes().unwrap()).unwrap().contains("Which wells"));
}

/// A page takes as many statements with many sections and comments as with few.
#[tokio::test]
async fn the_pages_of_a_report_take_so_many_statements_and_no_more() {
    let desk = Desk::new("shipped:short").await;
    let mut pm = signed_in(&desk.stage, "pm@amani.test").await;
    let next = desk.sections().await[2];
    let paths = [desk.page(), format!("{}/sections/{next}", desk.page()), format!("{}/preview", desk.page())];
    let mut costs = async || {
        let mut found = Vec::new();
        for path in &paths {
            pm.get(path).await;
            let before = statements();
            assert_eq!(pm.get(path).await.status, StatusCode::OK, "{path}");
            found.push(statements() - before);
        }
        found
    };
    let few = costs().await;
    desk.stage
        .run(
            "insert into app.report_section (tenant_id, id, project_id, report_id, ord, key, title, body)
             select tenant_id, gen_random_uuid(), project_id, report_id, n, 'more-' || n, 'More', repeat('- x\n', 1000)
             from app.report_section, generate_series(10, 36) n where key = 'next'",
        )
        .await;
    desk.stage
        .run(
            "insert into app.report_comment (tenant_id, id, project_id, section_id, body)
             select tenant_id, gen_random_uuid(), project_id, id, 'Comment ' || n from app.report_section, generate_series(1, 50) n",
        )
        .await;
    let many = costs().await;
    assert_eq!((few.clone(), &few[..2]), (many, &[7, 10][..]));
}
