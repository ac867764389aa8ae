//! What somebody is about to do, with the ids that decide it. No connection is had without one.

use super::matrix::Permission;
use crate::kernel::ids::{ProjectId, SnapshotId};

/// An intention, named before data are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Can {
    /// See which projects there are.
    ListProjects,
    /// Start a project.
    CreateProject,
    /// Learn that a project is there, before it is asked what may be done to it.
    FindProject(ProjectId),
    /// See a project and its framework.
    ReadProject(ProjectId),
    /// Change or close a project.
    UpdateProject(ProjectId),
    /// Change result nodes, indicators and targets.
    EditFramework(ProjectId),
    /// Approve a framework.
    ApproveFramework(ProjectId),
    /// Begin the revision of an approved framework.
    ReviseFramework(ProjectId),
    /// Keep the organisation's library: what indicators are broken down by.
    KeepLibrary,
    /// Make periods, open and close them.
    ConfigurePeriods(ProjectId),
    /// Lock a period.
    LockPeriod(ProjectId),
    /// Unlock a period for a while.
    UnlockPeriod(ProjectId),
    /// Enter and submit values.
    EnterValues(ProjectId),
    /// Verify or return values.
    ReviewValues(ProjectId),
    /// Take back a verification.
    UnverifyValue(ProjectId),
    /// Submit the envelope of a period.
    SubmitEnvelope(ProjectId),
    /// See what is planned and spent.
    ReadBudget(ProjectId),
    /// Say what is planned and was spent.
    EditBudget(ProjectId),
    /// See what a project learnt, and what is done about it.
    ReadLearning(ProjectId),
    /// Write down questions and lessons.
    WriteLearning(ProjectId),
    /// Give somebody an action, confirm that one is done, and keep the rules that ask for them.
    AssignAction(ProjectId),
    /// Say how an action goes.
    UpdateAction(ProjectId),
    /// Add evidence, and take away or change what is said of it.
    AddEvidence(ProjectId),
    /// See evidence.
    ReadEvidence(ProjectId),
    /// See what lies in the bin of a project, and take it back out.
    KeepBin(ProjectId),
    /// Import values, or undo that.
    RunImport(ProjectId),
    /// Import the organisation's places.
    ImportLocations,
    /// Take the organisation's places out.
    TakeOutLocations,
    /// See the tracking table and explanations of its figures.
    ViewTracking(ProjectId),
    /// Take the tracking table out.
    ExportTracking(ProjectId),
    /// Take every value out.
    ExportValues(ProjectId),
    /// Change what a project says of itself under the IATI standard.
    SetIati(ProjectId),
    /// See what the checks find in a project's IATI file, and take a draft out.
    DraftIati(ProjectId),
    /// Take the IATI file out that is published.
    PublishIati(ProjectId),
    /// Plan a report, and write all of it.
    WriteReport(ProjectId),
    /// Write sections of a report.
    WriteSection(ProjectId),
    /// Read what is written for a report, and comment on it.
    CommentReport(ProjectId),
    /// Say that a report can be published, or what is to be changed first.
    ApproveReport(ProjectId),
    /// Publish a report, or withdraw it.
    PublishReport(ProjectId),
    /// Give a donor a link, renew it, or give another in its place.
    CreateDonorLink(ProjectId),
    /// See links and who opened them; in every project, if none is named.
    ReadDonorLinks(Option<ProjectId>),
    /// Revoke a link; in every project, if none is named.
    RevokeDonorLink(Option<ProjectId>),
    /// See the register of donors, and correct what stands in it.
    KeepDonors,
    /// Read the log; of every project, if none is named.
    ReadAudit(Option<ProjectId>),
    /// Take the log out; of every project, if none is named.
    ExportAudit(Option<ProjectId>),
    /// See who belongs to the organisation.
    ListPeople,
    /// Invite people, and take invitations back.
    Invite,
    /// Say which roles need a second factor, beyond those that always do.
    SetFactorRoles,
    /// End the sessions of a member.
    EndSessions,
    /// See everything about a member.
    ReadMember,
    /// Give and take roles that do not take two people, and take those that do.
    SetRoles,
    /// Let a member go.
    LetGo,
    /// Take the second factors off a member's account.
    ResetFactors,
    /// Ask for a role that takes two people.
    AskGrant,
    /// See such requests.
    ReadGrants,
    /// Decide them.
    DecideGrant,
    /// Approve that somebody whom the platform's operators invited rules the organisation too.
    ApproveAdministrator,
    /// See which provider stands for passwords.
    ReadProvider,
    /// Say which provider stands for passwords, and for whom.
    SetProvider,
    /// Assign people to a project.
    AssignMembers(ProjectId),
    /// Assign project managers to a project.
    AssignManagers(ProjectId),
    /// See the programmes of the organisation, and what is part of each.
    ReadProgrammes,
    /// Name programmes, and say which project is part of which.
    RuleProgrammes,
    /// See the settings of the organisation.
    ReadSettings,
    /// Change them.
    SetSettings,
    /// See the visits of support: who looked in, when, why and at what.
    ReadSupportVisits,
    /// See background jobs: one's own, or everybody's.
    ReadJobs,
    /// Cancel a background job, or ask for one's own again.
    RuleJobs,
    /// See one's own API tokens, and end them.
    ReadOwnTokens,
    /// See everybody's API tokens, and end them.
    ManageTokens,
    /// Make an API token of one's own.
    CreateOwnToken,
    /// See the roles page and one's own standing.
    ReadOwnAccount,
    /// Read the snapshot of an opened link.
    ReadSnapshot(SnapshotId),
}

impl Can {
    /// The row of the matrix that decides.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::ListProjects | Self::FindProject(_) | Self::ReadProject(_) => Permission::ProjectRead,
            Self::CreateProject => Permission::ProjectCreate,
            Self::UpdateProject(_) | Self::SetIati(_) => Permission::ProjectUpdate,
            Self::EditFramework(_) => Permission::FrameworkEdit,
            Self::ApproveFramework(_) => Permission::FrameworkApprove,
            Self::ReviseFramework(_) => Permission::FrameworkRevise,
            Self::KeepLibrary => Permission::LibraryManage,
            Self::ConfigurePeriods(_) => Permission::PeriodConfigure,
            Self::LockPeriod(_) => Permission::PeriodLock,
            Self::UnlockPeriod(_) => Permission::PeriodUnlock,
            Self::EnterValues(_) => Permission::ValueEnter,
            Self::ReviewValues(_) => Permission::ValueVerify,
            Self::UnverifyValue(_) => Permission::ValueUnverify,
            Self::SubmitEnvelope(_) => Permission::EnvelopeSubmit,
            Self::ReadBudget(_) => Permission::BudgetRead,
            Self::EditBudget(_) => Permission::BudgetEdit,
            Self::ReadLearning(_) => Permission::LearningRead,
            Self::WriteLearning(_) => Permission::LearningWrite,
            Self::AssignAction(_) => Permission::ActionAssign,
            Self::UpdateAction(_) => Permission::ActionUpdate,
            Self::AddEvidence(_) => Permission::EvidenceAdd,
            Self::ReadEvidence(_) => Permission::EvidenceRead,
            Self::KeepBin(_) => Permission::RecordRestore,
            Self::RunImport(_) => Permission::ImportRun,
            Self::ImportLocations | Self::TakeOutLocations => Permission::ImportDirectory,
            Self::ViewTracking(_) | Self::ReadSnapshot(_) => Permission::TrackingView,
            Self::ExportTracking(_) => Permission::ExportAggregate,
            Self::DraftIati(_) => Permission::IatiDraft,
            Self::PublishIati(_) => Permission::IatiFinal,
            Self::ExportValues(_) => Permission::ExportRaw,
            Self::WriteReport(_) => Permission::ReportWrite,
            Self::WriteSection(_) => Permission::ReportSectionWrite,
            Self::CommentReport(_) => Permission::ReportComment,
            Self::ApproveReport(_) | Self::PublishReport(_) => Permission::ReportPublish,
            Self::CreateDonorLink(_) => Permission::DonorLinkCreate,
            Self::ReadDonorLinks(_) => Permission::DonorLinkLog,
            Self::RevokeDonorLink(_) => Permission::DonorLinkRevoke,
            Self::ReadAudit(_) => Permission::AuditRead,
            Self::ExportAudit(_) => Permission::AuditExport,
            Self::ListPeople => Permission::UserList,
            Self::Invite => Permission::UserInvite,
            Self::EndSessions | Self::LetGo => Permission::UserDisable,
            Self::ReadMember | Self::SetRoles => Permission::UserRoles,
            Self::ResetFactors => Permission::UserResetFactor,
            Self::AskGrant | Self::ApproveAdministrator => Permission::RoleGrantAdmin,
            // administrators and focal points; who may decide which request is a rule of its own
            Self::ReadGrants | Self::DecideGrant => Permission::RoleGrantFocal,
            Self::SetFactorRoles | Self::ReadSettings | Self::SetSettings | Self::KeepDonors => Permission::TenantSettings,
            Self::ReadProvider | Self::SetProvider => Permission::ProviderConfigure,
            Self::ReadProgrammes | Self::RuleProgrammes => Permission::ProgrammeManage,
            Self::ReadSupportVisits => Permission::ImpersonationHistory,
            Self::ReadJobs => Permission::JobRead,
            Self::RuleJobs => Permission::JobManage,
            Self::AssignMembers(_) => Permission::ProjectMemberAssign,
            Self::AssignManagers(_) => Permission::ProjectManagerAssign,
            Self::CreateOwnToken | Self::ReadOwnTokens => Permission::ApiTokenOwn,
            Self::ManageTokens => Permission::ApiTokenManage,
            Self::ReadOwnAccount => Permission::OwnAccount,
        }
    }

    /// Whether a browser must have proven its person within the last ten minutes: for what gives access away, takes data out,
    /// or changes who may do what.
    #[must_use]
    pub const fn needs_step_up(self) -> bool {
        matches!(
            self,
            Self::CreateDonorLink(_)
                | Self::CreateOwnToken
                | Self::TakeOutLocations
                | Self::ExportTracking(_)
                | Self::PublishIati(_)
                | Self::ExportValues(_)
                | Self::ExportAudit(_)
                | Self::AssignMembers(_)
                | Self::AssignManagers(_)
                | Self::Invite
                | Self::EndSessions
                | Self::SetFactorRoles
                | Self::SetSettings
                | Self::RuleProgrammes
                | Self::SetProvider
                | Self::SetRoles
                | Self::LetGo
                | Self::ResetFactors
                | Self::AskGrant
                | Self::ApproveAdministrator
                | Self::DecideGrant
        )
    }

    /// The project it is about.
    #[must_use]
    pub const fn project(self) -> Option<ProjectId> {
        match self {
            Self::FindProject(p)
            | Self::ReadProject(p)
            | Self::UpdateProject(p)
            | Self::EditFramework(p)
            | Self::ApproveFramework(p)
            | Self::ReviseFramework(p)
            | Self::ConfigurePeriods(p)
            | Self::LockPeriod(p)
            | Self::UnlockPeriod(p)
            | Self::EnterValues(p)
            | Self::ReviewValues(p)
            | Self::UnverifyValue(p)
            | Self::SubmitEnvelope(p)
            | Self::ReadBudget(p)
            | Self::EditBudget(p)
            | Self::ReadLearning(p)
            | Self::WriteLearning(p)
            | Self::AssignAction(p)
            | Self::UpdateAction(p)
            | Self::AddEvidence(p)
            | Self::ReadEvidence(p)
            | Self::KeepBin(p)
            | Self::RunImport(p)
            | Self::ViewTracking(p)
            | Self::ExportTracking(p)
            | Self::SetIati(p)
            | Self::DraftIati(p)
            | Self::PublishIati(p)
            | Self::ExportValues(p)
            | Self::WriteReport(p)
            | Self::WriteSection(p)
            | Self::CommentReport(p)
            | Self::ApproveReport(p)
            | Self::PublishReport(p)
            | Self::CreateDonorLink(p)
            | Self::AssignMembers(p)
            | Self::AssignManagers(p) => Some(p),
            Self::ReadDonorLinks(p) | Self::RevokeDonorLink(p) | Self::ReadAudit(p) | Self::ExportAudit(p) => p,
            Self::ListProjects
            | Self::CreateProject
            | Self::KeepLibrary
            | Self::KeepDonors
            | Self::ImportLocations
            | Self::TakeOutLocations
            | Self::ListPeople
            | Self::Invite
            | Self::EndSessions
            | Self::SetFactorRoles
            | Self::ReadProvider
            | Self::ReadSupportVisits
            | Self::SetProvider
            | Self::ReadMember
            | Self::SetRoles
            | Self::LetGo
            | Self::ResetFactors
            | Self::AskGrant
            | Self::ApproveAdministrator
            | Self::ReadGrants
            | Self::DecideGrant
            | Self::ReadProgrammes
            | Self::RuleProgrammes
            | Self::ReadSettings
            | Self::SetSettings
            | Self::ReadJobs
            | Self::RuleJobs
            | Self::ReadOwnTokens
            | Self::ManageTokens
            | Self::CreateOwnToken
            | Self::ReadOwnAccount
            | Self::ReadSnapshot(_) => None,
        }
    }
}
