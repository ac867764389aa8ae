//! Every page, held against the matrix: it opens for exactly who may. A new page belongs into `pages`.

use http::StatusCode;
use server::access::Can;
use server::kernel::ids::ProjectId;

use super::{PEOPLE, allows};
use crate::stage::{Browser, Stage};

/// A question, a shared lesson of it and an action that follows, all by the id of their project.
async fn learn(stage: &Stage, p: ProjectId) {
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.learning_question (tenant_id, id, project_id, question)
           select tenant_id, id, id, 'Why do pumps fail?' from app.project where id = '{p}' on conflict do nothing;
         insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened, question_id, shared)
           select tenant_id, id, id, 'lesson', '2026-01-01', 'Sand', id, true from app.project where id = '{p}' on conflict do nothing;
         insert into app.adaptation_action (tenant_id, id, project_id, entry_id, title, owner_id, due_on)
           select tenant_id, id, id, id, 'Filters', id, '2026-02-01' from app.project where id = '{p}' on conflict do nothing"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

/// A template of the project's organisation, by the id of the project.
async fn make_template(stage: &Stage, p: ProjectId) {
    let sql = format!(
        r#"set session_replication_role = replica;
         insert into app.framework_template (tenant_id, id, name, levels)
           select tenant_id, id, 'Ours', '[{{"label": {{"en": "Vision"}}, "iati_result_type": 3, "allow_indicators": false}}]'
           from app.project where id = '{p}' on conflict do nothing"#
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

/// A report with one section that the field officer writes, a publication of it with a link that the project manager made, all by the id of
/// their project, and a template of the organisation by that too.
async fn report(stage: &Stage, p: ProjectId) {
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.report (tenant_id, id, project_id, period_from, period_to, frequency, title)
           select tenant_id, id, id, '2025-01-01', '2025-12-31', 'annual', 'R' from app.project where id = '{p}' on conflict do nothing;
         insert into app.report_section (tenant_id, id, project_id, report_id, ord, key, title, body, assigned_to)
           select p.tenant_id, p.id, p.id, p.id, 1, 'one', 'One', '# Rain', u.id from app.project p, auth.user_account u
           where p.id = '{p}' and u.email = 'field@amani.test' on conflict do nothing;
         insert into app.report_template (tenant_id, id, name, locale, sections)
           select tenant_id, id, 'Ours', 'en', '[{{\"key\": \"one\", \"title\": \"One\", \"block\": \"none\", \"guidance\": \"\", \"required\": true}}]'
           from app.project where id = '{p}' on conflict do nothing;
         insert into app.report_snapshot (tenant_id, id, project_id, report_id, version, content, sha256, published_by, signature, key_id)
           select tenant_id, id, id, id, 1, 'x', sha256('x'), id, sha256('s') || sha256('t'), repeat('0', 32)
           from app.project where id = '{p}' on conflict do nothing;
         insert into app.donor_link (tenant_id, id, project_id, snapshot_id, public_id, secret_hash, recipient_name, rolling_until, hard_until, created_by)
           select p.tenant_id, p.id, p.id, p.id, left(md5(p.id::text), 16), sha256('x'), 'D', now() + interval '1 day', now() + interval '1 day', u.id
           from app.project p, auth.user_account u where p.id = '{p}' and u.email = 'pm@amani.test' on conflict do nothing;
         insert into app.donor (tenant_id, id, name) select tenant_id, id, 'The Fund' from app.project where id = '{p}' on conflict do nothing"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
}

/// Every page of an organisation with what it needs. A new page belongs here.
pub async fn pages(stage: &Stage, p: ProjectId) -> Vec<(String, Option<Can>)> {
    let (member, assigned): (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "select m.id, pm.id from app.membership m join app.project_member pm on pm.tenant_id = m.tenant_id and pm.membership_id = m.id
         join auth.user_account u on u.id = m.user_id where u.email = 'field@amani.test' and pm.project_id = $1 limit 1",
    )
    .bind(p.0)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let profile = format!("/o/amani-wash/admin/members/{member}");
    let person = format!("/o/amani-wash/projects/wells/people/{assigned}");
    let period: uuid::Uuid = sqlx::query_scalar("select id from app.reporting_period where project_id = $1 order by start_date limit 1")
        .bind(p.0)
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    let period = format!("/o/amani-wash/projects/wells/periods/{period}");
    learn(stage, p).await;
    make_template(stage, p).await;
    let template = format!("/o/amani-wash/templates/{p}");
    let learnt = ["actions", "entries", "questions"].map(|what| format!("/o/amani-wash/projects/wells/learning/{what}/{p}"));
    report(stage, p).await;
    let link = format!("/o/amani-wash/admin/donor-links/{p}");
    let donor = format!("/o/amani-wash/admin/donors/{p}");
    let built = format!("/o/amani-wash/projects/wells/reports/{p}");
    let (written, ahead) = (format!("{built}/sections/{p}"), format!("{built}/preview"));
    let beginning = format!("/o/amani-wash/report-templates/{p}");
    let fixed = [
        (link.as_str(), Some(Can::ReadDonorLinks(None))),
        (built.as_str(), Some(Can::ReadProject(p))),
        (written.as_str(), Some(Can::CommentReport(p))),
        (ahead.as_str(), Some(Can::CommentReport(p))),
        ("/o/amani-wash/report-templates", Some(Can::KeepLibrary)),
        (beginning.as_str(), Some(Can::KeepLibrary)),
        (period.as_str(), Some(Can::SubmitEnvelope(p))),
        (profile.as_str(), Some(Can::ReadMember)),
        (person.as_str(), Some(Can::AssignMembers(p))),
        ("/o/amani-wash/admin/support", Some(Can::ReadSupportVisits)),
        ("/o/amani-wash", None),
        ("/o/amani-wash/library", Some(Can::KeepLibrary)),
        ("/o/amani-wash/templates", Some(Can::KeepLibrary)),
        ("/o/amani-wash/templates?copy=ec", Some(Can::KeepLibrary)),
        (template.as_str(), Some(Can::KeepLibrary)),
        ("/o/amani-wash/dashboard", Some(Can::ListProjects)),
        ("/o/amani-wash/projects", Some(Can::ListProjects)),
        ("/o/amani-wash/projects/wells", Some(Can::ReadProject(p))),
        ("/o/amani-wash/projects/wells/framework", Some(Can::ReadProject(p))),
        ("/o/amani-wash/projects/wells/framework/changes", Some(Can::ReadProject(p))),
        ("/o/amani-wash/projects/wells/framework/import", Some(Can::EditFramework(p))),
        ("/o/amani-wash/projects/wells/targets/import", Some(Can::EditFramework(p))),
        ("/o/amani-wash/projects/wells/budget/import", Some(Can::EditBudget(p))),
        ("/o/amani-wash/locations/import", Some(Can::ImportLocations)),
        ("/o/amani-wash/projects/wells/indicators/wells_repaired", Some(Can::ReadProject(p))),
        ("/o/amani-wash/projects/wells/indicators?from=sdg_6_1_1", Some(Can::EditFramework(p))),
        ("/o/amani-wash/projects/wells/entry", Some(Can::EnterValues(p))),
        ("/o/amani-wash/projects/wells/review", Some(Can::ReviewValues(p))),
        ("/o/amani-wash/projects/wells/tracking", Some(Can::ViewTracking(p))),
        ("/o/amani-wash/projects/wells/dashboard", Some(Can::ViewTracking(p))),
        ("/o/amani-wash/projects/wells/tracking/explain?indicator=wells_repaired&column=2025", Some(Can::ViewTracking(p))),
        ("/o/amani-wash/projects/wells/iati", Some(Can::DraftIati(p))),
        ("/o/amani-wash/projects/wells/export", Some(Can::ViewTracking(p))),
        ("/o/amani-wash/projects/wells/evidence", Some(Can::ReadEvidence(p))),
        ("/o/amani-wash/projects/wells/bin", Some(Can::KeepBin(p))),
        ("/o/amani-wash/projects/wells/budget", Some(Can::ReadBudget(p))),
        ("/o/amani-wash/projects/wells/learning", Some(Can::ReadLearning(p))),
        (learnt[0].as_str(), Some(Can::ReadLearning(p))),
        (learnt[1].as_str(), Some(Can::ReadLearning(p))),
        (learnt[2].as_str(), Some(Can::ReadLearning(p))),
        ("/o/amani-wash/projects/wells/import", Some(Can::RunImport(p))),
        ("/o/amani-wash/projects/wells/import/disability", Some(Can::RunImport(p))),
        ("/o/amani-wash/projects/wells/reports", Some(Can::ReadProject(p))),
        ("/o/amani-wash/projects/wells/setup", Some(Can::ReadProject(p))),
        ("/o/amani-wash/jobs", Some(Can::ReadJobs)),
        ("/o/amani-wash/audit", Some(Can::ReadAudit(None))),
        ("/o/amani-wash/audit/export", Some(Can::ExportAudit(None))),
        ("/o/amani-wash/search?q=we", Some(Can::ListProjects)),
        ("/o/amani-wash/admin/donor-links", Some(Can::ReadDonorLinks(None))),
        ("/o/amani-wash/admin/donors", Some(Can::KeepDonors)),
        (donor.as_str(), Some(Can::KeepDonors)),
        ("/o/amani-wash/admin/roles", Some(Can::ReadOwnAccount)),
        ("/o/amani-wash/admin/members", Some(Can::ListPeople)),
        ("/o/amani-wash/admin/sign-in", Some(Can::ReadProvider)),
        ("/o/amani-wash/admin/settings", Some(Can::ReadSettings)),
        ("/o/amani-wash/admin/report-keys", Some(Can::ReadSettings)),
        ("/o/amani-wash/admin/programmes", Some(Can::ReadProgrammes)),
        ("/o/amani-wash/admin/tokens", Some(Can::ReadOwnTokens)),
    ];
    fixed.into_iter().map(|(path, can)| (path.to_owned(), can)).collect()
}

#[tokio::test]
async fn every_page_opens_for_exactly_who_may() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    for (email, role) in PEOPLE {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, email).await;
        for (path, can) in pages(&stage, project).await {
            let page = browser.get(&path).await;
            let allowed = can.is_none_or(|can| allows(can, role));
            let expected = if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(page.status, expected, "{email} {path}");
            assert!(!page.body.contains("Unknown localization"), "{email} {path}: {}", missing(&page.body));
        }
    }
    let mut stranger = Browser::new(&stage);
    stranger.sign_in(&stage, "admin@baraka.test").await;
    let mut nobody = Browser::new(&stage);
    for (path, _) in pages(&stage, project).await {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert!(nobody.get(&path).await.location.starts_with("/login"), "{path}");
    }
}

fn missing(body: &str) -> String {
    body.split("Unknown localization key: ").skip(1).map(|rest| rest.chars().take(40).collect::<String>()).collect::<Vec<_>>().join(", ")
}
