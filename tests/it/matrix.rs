//! The permission matrix: printed, and held against every page and form for every role.

use std::fmt::Write;

use http::StatusCode;
use server::access::{Can, Permission, Reach, Role, decide};
use server::db::Why;
use server::kernel::error::Error;
use server::kernel::ids::ProjectId;

use crate::stage::{Browser, Stage};

/// docs/permissions.md is made of the matrix; this test writes it anew where it differs, and fails once.
#[test]
fn the_matrix_is_printed() {
    let mut out = String::from("# Permissions\n\nMade of server/src/access/matrix.rs by a test. No. = not at all.\n\n| permission |");
    for role in Role::ALL {
        let _ = write!(out, " {} |", role.as_str());
    }
    out.push_str(" donor link | while impersonating |\n|---|---|---|---|---|---|---|---|---|\n");
    for permission in Permission::ALL {
        let row = permission.row();
        let _ = write!(out, "| {} |", row.name);
        for grant in row.roles.iter().chain([&row.donor]) {
            let reach = match grant.reach {
                Reach::No => "–",
                Reach::Snapshot => "snapshot",
                Reach::Names => "names",
                Reach::Own => "own",
                Reach::Locations => "locations",
                Reach::Projects => "projects",
                Reach::Everywhere => "everywhere",
            };
            let limit = if grant.limit.is_empty() { String::new() } else { format!(" ({})", grant.limit) };
            let _ = write!(out, " {reach}{limit} |");
        }
        out.push_str(if row.impersonating { " yes |\n" } else { " – |\n" });
    }
    out.push_str("\nWhile impersonating, whatever needs a fresh proof (`Can::needs_step_up`) is refused too.\n");
    out.push_str("\n## What the server does in nobody's name\n\n");
    for (why, may) in Why::ALL {
        let _ = writeln!(out, "- `{why:?}`: {may}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permissions.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept != out {
        std::fs::write(path, &out).unwrap();
        panic!("docs/permissions.md was not up to date; it is now: commit it");
    }
}

pub const PEOPLE: [(&str, Role); 6] = [
    ("admin@amani.test", Role::TenantAdmin),
    ("pm@amani.test", Role::ProjectManager),
    ("meal@amani.test", Role::MealOfficer),
    ("field@amani.test", Role::FieldOfficer),
    ("viewer@amani.test", Role::Viewer),
    ("safeguarding@amani.test", Role::SafeguardingFocal),
];

/// What the matrix says: somebody's own at least; names are for lists.
pub fn allows(can: Can, role: Role) -> bool {
    let reach = can.permission().grant(role).reach;
    reach >= Reach::Own || (reach == Reach::Names && matches!(can, Can::ListProjects | Can::ListPeople))
}

fn all_cans(p: ProjectId) -> Vec<Can> {
    vec![
        Can::ListProjects,
        Can::CreateProject,
        Can::ReadProject(p),
        Can::UpdateProject(p),
        Can::EditFramework(p),
        Can::ApproveFramework(p),
        Can::ReviseFramework(p),
        Can::KeepLibrary,
        Can::ConfigurePeriods(p),
        Can::LockPeriod(p),
        Can::UnlockPeriod(p),
        Can::EnterValues(p),
        Can::ReviewValues(p),
        Can::UnverifyValue(p),
        Can::SubmitEnvelope(p),
        Can::ReadBudget(p),
        Can::EditBudget(p),
        Can::ReadLearning(p),
        Can::WriteLearning(p),
        Can::AssignAction(p),
        Can::UpdateAction(p),
        Can::AddEvidence(p),
        Can::ReadEvidence(p),
        Can::KeepBin(p),
        Can::RunImport(p),
        Can::ImportLocations,
        Can::TakeOutLocations,
        Can::ViewTracking(p),
        Can::ExportTracking(p),
        Can::SetIati(p),
        Can::DraftIati(p),
        Can::PublishIati(p),
        Can::ExportValues(p),
        Can::WriteReport(p),
        Can::WriteSection(p),
        Can::CommentReport(p),
        Can::ApproveReport(p),
        Can::PublishReport(p),
        Can::CreateDonorLink(p),
        Can::ReadDonorLinks(None),
        Can::RevokeDonorLink(None),
        Can::RevokeDonorLink(Some(p)),
        Can::ReadAudit(None),
        Can::ReadAudit(Some(p)),
        Can::ExportAudit(None),
        Can::ExportAudit(Some(p)),
        Can::ListPeople,
        Can::Invite,
        Can::EndSessions,
        Can::SetFactorRoles,
        Can::ReadProvider,
        Can::SetProvider,
        Can::ReadMember,
        Can::SetRoles,
        Can::LetGo,
        Can::ResetFactors,
        Can::AskGrant,
        Can::ApproveAdministrator,
        Can::ReadGrants,
        Can::DecideGrant,
        Can::AssignMembers(p),
        Can::AssignManagers(p),
        Can::ReadProgrammes,
        Can::RuleProgrammes,
        Can::KeepDonors,
        Can::ReadSettings,
        Can::SetSettings,
        Can::ReadSupportVisits,
        Can::ReadJobs,
        Can::RuleJobs,
        Can::ReadOwnTokens,
        Can::ManageTokens,
        Can::CreateOwnToken,
        Can::ReadOwnAccount,
    ]
}

#[tokio::test]
async fn decisions_are_exactly_the_matrix() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    for (email, role) in PEOPLE {
        let cx = stage.cx(email).await;
        for can in all_cans(project) {
            let expected = allows(can, role);
            assert_eq!(decide(cx.actor(), can).is_ok(), expected, "{email} {can:?}");
        }
        let stranger = stage.cx("meal@baraka.test").await;
        assert!(decide(stranger.actor(), Can::ReadProject(project)).is_err());
    }
}

/// The list of what is in use is what doors ask for.
#[test]
fn permissions_in_use_are_those_that_doors_ask_for() {
    let asked: Vec<Permission> = all_cans(ProjectId(uuid::Uuid::nil())).into_iter().map(Can::permission).collect();
    for permission in Permission::ALL {
        assert_eq!(permission.is_in_use(), asked.contains(permission), "{}", permission.name());
    }
}

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
async fn pages(stage: &Stage, p: ProjectId) -> Vec<(String, Option<Can>)> {
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

/// Forms and what they need. Every server function is here, or in the list of those that are open to all.
fn forms(p: ProjectId) -> Vec<(&'static str, Can)> {
    vec![
        ("projects/create", Can::CreateProject),
        ("projects/update", Can::UpdateProject(p)),
        ("framework/add", Can::EditFramework(p)),
        ("framework/change", Can::EditFramework(p)),
        ("framework/shift", Can::EditFramework(p)),
        ("framework/place", Can::EditFramework(p)),
        ("framework/transfer", Can::EditFramework(p)),
        ("framework/remove", Can::EditFramework(p)),
        ("framework/set-levels", Can::EditFramework(p)),
        ("framework/approve", Can::ApproveFramework(p)),
        ("framework/revise", Can::ReviseFramework(p)),
        ("framework/import", Can::EditFramework(p)),
        ("indicators/update", Can::EditFramework(p)),
        ("indicators/retire", Can::EditFramework(p)),
        ("indicators/revive", Can::EditFramework(p)),
        ("indicators/add", Can::EditFramework(p)),
        ("indicators/set_targets", Can::EditFramework(p)),
        ("disaggregation/set", Can::EditFramework(p)),
        ("library/archive", Can::KeepLibrary),
        ("templates/add", Can::KeepLibrary),
        ("templates/update", Can::KeepLibrary),
        ("templates/archive", Can::KeepLibrary),
        ("library/keep", Can::KeepLibrary),
        ("dimensions/add", Can::KeepLibrary),
        ("dimensions/update", Can::KeepLibrary),
        ("dimensions/add_values", Can::KeepLibrary),
        ("dimensions/archive", Can::KeepLibrary),
        ("periods/make", Can::ConfigurePeriods(p)),
        ("periods/set_window", Can::ConfigurePeriods(p)),
        ("periods/lock", Can::LockPeriod(p)),
        ("periods/unlock", Can::UnlockPeriod(p)),
        ("locations/add", Can::EditFramework(p)),
        ("locations/update", Can::EditFramework(p)),
        ("entries/save", Can::EnterValues(p)),
        ("budgets/save", Can::EditBudget(p)),
        ("budgets/add", Can::EditBudget(p)),
        ("budgets/remove", Can::EditBudget(p)),
        ("learning-questions/add", Can::WriteLearning(p)),
        ("learning-questions/update", Can::WriteLearning(p)),
        ("learning-entries/add", Can::WriteLearning(p)),
        ("learning-entries/update", Can::WriteLearning(p)),
        ("actions/add", Can::AssignAction(p)),
        ("actions/assign", Can::AssignAction(p)),
        ("actions/update", Can::UpdateAction(p)),
        ("actions/verify", Can::AssignAction(p)),
        ("trigger-rules/add", Can::AssignAction(p)),
        ("trigger-rules/switch-off", Can::AssignAction(p)),
        ("evidence/update", Can::AddEvidence(p)),
        ("evidence/remove", Can::AddEvidence(p)),
        ("evidence/delete", Can::AddEvidence(p)),
        ("bin/take-back", Can::KeepBin(p)),
        ("envelopes/submit", Can::SubmitEnvelope(p)),
        ("iati/set", Can::SetIati(p)),
        ("envelopes/give_back", Can::ReviewValues(p)),
        ("envelopes/verify", Can::ReviewValues(p)),
        ("reviews/decide", Can::ReviewValues(p)),
        ("reviews/unverify", Can::UnverifyValue(p)),
        ("imports/apply", Can::RunImport(p)),
        ("imports/undo", Can::RunImport(p)),
        ("jobs/cancel", Can::RuleJobs),
        ("jobs/ask-again", Can::RuleJobs),
        ("locations/import", Can::ImportLocations),
        ("budgets/import", Can::EditBudget(p)),
        ("targets/import", Can::EditFramework(p)),
        ("reports/create", Can::WriteReport(p)),
        ("reports/update", Can::WriteReport(p)),
        ("reports/publish", Can::PublishReport(p)),
        ("snapshots/withdraw", Can::PublishReport(p)),
        ("report-keys/renew", Can::SetSettings),
        ("reports/submit", Can::WriteReport(p)),
        ("reports/request-changes", Can::ApproveReport(p)),
        ("reports/approve", Can::ApproveReport(p)),
        ("reports/reopen", Can::WriteReport(p)),
        ("report-sections/add", Can::WriteReport(p)),
        ("report-sections/shift", Can::WriteReport(p)),
        ("report-sections/write", Can::WriteSection(p)),
        ("report-sections/plan", Can::WriteReport(p)),
        ("report-sections/remove", Can::WriteReport(p)),
        ("report-comments/add", Can::CommentReport(p)),
        ("report-comments/resolve", Can::CommentReport(p)),
        ("report-templates/add", Can::KeepLibrary),
        ("report-templates/update", Can::KeepLibrary),
        ("report-templates/archive", Can::KeepLibrary),
        ("donor-links/create", Can::CreateDonorLink(p)),
        ("donor-links/renew", Can::CreateDonorLink(p)),
        ("donor-links/rotate", Can::CreateDonorLink(p)),
        ("donor-links/revoke", Can::RevokeDonorLink(Some(p))),
        ("donor-links/revoke-several", Can::RevokeDonorLink(None)),
        ("donor-links/revoke-of-donor", Can::RevokeDonorLink(None)),
        ("donors/update", Can::KeepDonors),
        ("invitations/send", Can::Invite),
        ("invitations/revoke", Can::Invite),
        ("members/end-sessions", Can::EndSessions),
        ("organisations/set-factor-roles", Can::SetFactorRoles),
        ("members/set-roles", Can::SetRoles),
        ("members/let-go", Can::LetGo),
        ("members/reset-factors", Can::ResetFactors),
        ("grants/ask", Can::AskGrant),
        ("grants/decide", Can::DecideGrant),
        ("grants/withdraw", Can::AskGrant),
        ("invitations/approve", Can::ApproveAdministrator),
        ("filters/keep", Can::ReadAudit(None)),
        ("filters/forget", Can::ReadAudit(None)),
        ("project-members/assign", Can::AssignMembers(p)),
        ("project-members/limit", Can::AssignMembers(p)),
        ("project-members/remove", Can::AssignMembers(p)),
        ("members/keep-to-programmes", Can::SetRoles),
        ("programmes/add", Can::RuleProgrammes),
        ("programmes/update", Can::RuleProgrammes),
        ("programmes/place", Can::RuleProgrammes),
        ("organisations/set", Can::SetSettings),
        ("tokens/create", Can::CreateOwnToken),
        ("tokens/revoke", Can::ReadOwnTokens),
        ("providers/set", Can::SetProvider),
        ("providers/verify-domain", Can::SetProvider),
        ("providers/require", Can::SetProvider),
        ("providers/remove", Can::SetProvider),
        ("providers/add-role", Can::SetProvider),
        ("providers/remove-role", Can::SetProvider),
    ]
}

/// Forms of one's own account: open to who is signed in, closed to nobody else.
const OWN: [&str; 17] = [
    "passkeys/begin",
    "passkeys/add",
    "passkeys/remove",
    "passkeys/challenge",
    "accounts/update",
    "emails/change",
    "emails/confirm",
    "invitations/accept",
    "passwords/change",
    "sessions/end",
    "sessions/end-others",
    "step-up/prove",
    "factors/offer",
    "factors/withdraw",
    "factors/confirm",
    "factors/remove",
    "recovery-codes/renew",
];

/// Forms of who operates the platform: tests/it/platform.rs holds them closed to everybody else.
const CONSOLE: [&str; 5] =
    ["platform/create-organisation", "platform/set-organisation", "platform/invite-administrator", "support/begin", "support/end"];

/// Open to all by their nature, or (the file) posted in another form. This list may only shrink.
const OPEN: [&str; 16] = [
    "providers/find",
    "sessions/trust",
    "sessions/open",
    "sessions/confirm",
    "languages/choose",
    "visits/open",
    "visits/prove",
    "visits/send-code",
    "imports/check",
    "framework/check",
    "registers/check",
    "evidence/add",
    "passwords/forgot",
    "passwords/reset",
    "invitations/join",
    "accounts/set-up",
];

#[tokio::test]
async fn every_form_is_refused_to_who_may_not() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    // touch the site, so that its server functions are linked
    let _ = stage.site();
    let mut known: Vec<String> = forms(project).iter().map(|(f, _)| format!("/fn/{f}")).collect();
    known.extend(OPEN.iter().chain(&OWN).chain(&CONSOLE).map(|f| format!("/fn/{f}")));
    let registered: Vec<String> = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert!(!registered.is_empty());
    for path in &registered {
        assert!(known.contains(path), "{path} is in no list of this test");
    }
    let id = project.to_string();
    let other = uuid::Uuid::nil().to_string();
    for (email, role) in PEOPLE {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, email).await;
        for (form, can) in forms(project) {
            if allows(can, role) {
                continue;
            }
            let fields: Vec<(&str, &str)> = vec![
                ("org", "amani-wash"),
                ("project", &id),
                ("what", "verify-project"),
                ("row_version", "1"),
                ("indicator", &other),
                ("period", &other),
                ("import", &other),
                ("job", &other),
                ("filter", &other),
                ("page", "audit"),
                ("location", &other),
                ("evidence", &other),
                ("record", &other),
                ("line", "00000000-0000-0000-0000-000000000000 1"),
                ("question_id", &other),
                ("entry", &other),
                ("action", &other),
                ("rule", &other),
                ("report", &other),
                ("section", &other),
                ("comment_id", &other),
                ("report_template", &other),
                ("snapshot", &other),
                ("link", &other),
                ("value", &other),
                ("invitation", &other),
                ("member", &other),
                ("brings", &other),
                ("grant", &other),
                ("dimension", &other),
                ("kept", &other),
                ("node", &other),
                ("direction", "up"),
                ("place", "0"),
                ("template", &other),
                ("parent", &other),
                ("programme", &other),
                ("donor", &other),
                ("token", &other),
                ("person", &other),
                ("role", "viewer"),
            ];
            let page = browser.post(&format!("/fn/{form}"), &fields).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{email} {form} {}", page.location);
        }
    }
    let mut nobody = Browser::new(&stage);
    for (form, _) in forms(project) {
        let page = nobody.post(&format!("/fn/{form}"), &[("org", "amani-wash"), ("project", &id), ("row_version", "1")]).await;
        assert!(page.location.starts_with("/login"), "{form} {} {}", page.status, page.location);
    }
    for form in OWN {
        let page = nobody.post(&format!("/fn/{form}"), &[]).await;
        assert!(page.location.starts_with("/login"), "{form} {} {}", page.status, page.location);
    }
}

/// A permission for one project is none for another of the same organisation.
#[tokio::test]
async fn targets_of_another_project_are_not_found() {
    let stage = Stage::new().await;
    let pm = stage.cx("pm@amani.test").await;
    let (wells, camps) = (stage.project("pm@amani.test", "wells").await, stage.project("pm@amani.test", "camps").await);
    let sheet = server::projects::targets::sheet(&pm, "wells", "wells_repaired").await.unwrap();
    let targets = [server::projects::targets::Typed { period: sheet.periods[0].id, was: None, value: "1".to_owned() }];
    let why = server::projects::indicators::WhyForm::default();
    let refused = server::projects::targets::set_targets(&pm, camps, sheet.indicator.id, &targets, &why).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    assert!(server::projects::targets::set_targets(&pm, wells, sheet.indicator.id, &targets, &why).await.is_ok());
}

/// Who keeps to some locations sees no total of places that they may not see: in pages, in the table and in the API's list.
#[tokio::test]
async fn a_field_officer_of_one_location_sees_no_totals() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    sqlx::query(
        "update app.project_member m set location_ids = array[(select id from app.location where code = 'KAS')]
         from app.membership s join auth.user_account u on u.id = s.user_id
         where m.tenant_id = s.tenant_id and m.membership_id = s.id and u.email = 'field@amani.test'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let field = stage.cx("field@amani.test").await;
    let project = stage.project("field@amani.test", "wells").await;
    let overview = server::projects::overview::get(&field, "wells").await.unwrap();
    assert!(overview.lines.iter().all(|line| line.latest.is_none()));
    let table = server::projects::tracking::table(&field, "wells", Some(2025), None, None).await.unwrap();
    assert_eq!(table.location.map(|l| l.code).as_deref(), Some("KAS"));
    assert_eq!(table.locations.len(), 1);
    assert!(server::projects::tracking::table(&field, "wells", Some(2025), Some("KIB"), None).await.is_err());
    assert!(server::projects::explain::figure(&field, "wells", "wells_repaired", "2025", None).await.is_err());
    let items = server::projects::tracked::items(&field, project, None, None, 1000).await.unwrap();
    assert!(!items.is_empty() && items.iter().all(|item| item.location.as_deref() == Some("KAS")));
    let lines = server::projects::list(&field).await.unwrap();
    let wells = lines.iter().find(|line| line.project.id == project).unwrap();
    let here =
        "app.indicator_value v join app.location l on l.id = v.location_id where l.code = 'KAS' and v.deleted_at is null and v.status";
    let counted = (stage.count(&format!("{here} = 'submitted'")).await, stage.count(&format!("{here} = 'returned'")).await);
    assert_eq!((wells.submitted, wells.returned), counted, "what waits elsewhere is not counted");
    let pm = stage.cx("pm@amani.test").await;
    let form =
        server::projects::reports::ReportForm { title: "R".into(), span: "2025".into(), locale: "en".into(), template: String::new() };
    let report = server::projects::reports::create(&pm, project, &form).await.unwrap();
    let snapshot = crate::stage::publish(&stage, project, report).await;
    assert!(matches!(server::projects::reports::read_snapshot(&field, project, snapshot.0).await, Err(Error::Forbidden)));
    let values = server::projects::values::page(&field, project, None, 1000).await.unwrap();
    assert!(!values.is_empty() && values.iter().all(|value| value.location.as_deref() == Some("KAS")));
}

/// Who holds confidential cases holds nothing else: names of projects in a list, and of the log only what is theirs.
#[tokio::test]
async fn a_safeguarding_focal_point_sees_names_and_nothing_behind_them() {
    let stage = Stage::new().await;
    let focal = stage.cx("safeguarding@amani.test").await;
    let lines = server::projects::list(&focal).await.unwrap();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.project.summary.is_empty() && line.indicators == 0 && line.submitted == 0));
    assert!(matches!(server::projects::overview::get(&focal, "wells").await, Err(Error::Forbidden)));
    assert!(matches!(server::projects::targets::sheet(&focal, "wells", "wells_repaired").await, Err(Error::Forbidden)));
    let everything = server::audit::log::Filter::default();
    assert!(server::audit::log::page(&focal, &everything, 200).await.unwrap().is_empty());
    assert!(matches!(server::audit::log::open(&focal, 1).await, Err(Error::NotFound)));
    // a second role adds what it reaches, and no more
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(
        "insert into app.project_member (tenant_id, id, project_id, membership_id, role)
         select m.tenant_id, gen_random_uuid(), p.id, m.id, 'meal_officer'
         from app.membership m join auth.user_account u on u.id = m.user_id join app.project p on p.tenant_id = m.tenant_id
         where u.email = 'safeguarding@amani.test' and p.code = 'wells'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let both = stage.cx("safeguarding@amani.test").await;
    let seen = server::audit::log::page(&both, &everything, 200).await.unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|line| line.project.as_deref() == Some("wells")));
    sqlx::raw_sql(
        "delete from app.project_member m using app.membership s, auth.user_account u
         where s.id = m.membership_id and u.id = s.user_id and u.email = 'safeguarding@amani.test'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "safeguarding@amani.test").await;
    let page = browser.get("/o/amani-wash/projects").await;
    assert!(page.body.contains("Wells that last") && !page.body.contains("/projects/wells"), "{}", page.body);
}
