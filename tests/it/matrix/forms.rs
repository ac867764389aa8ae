//! Every form, held against the matrix: who may not is refused. Each server function is in one of these lists.

use http::StatusCode;
use server::access::Can;
use server::kernel::ids::ProjectId;

use super::{PEOPLE, allows};
use crate::stage::{Browser, Stage};

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
