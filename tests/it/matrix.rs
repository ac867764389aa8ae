//! The permission matrix: printed, and held against what is decided; beneath, against every page and form for every role.

mod forms;
pub mod pages;
mod reach;

use std::fmt::Write;

use server::access::{Can, Permission, Reach, Role, decide};
use server::db::Why;
use server::kernel::ids::ProjectId;

use crate::stage::Stage;

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
        Can::FindProject(p),
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
