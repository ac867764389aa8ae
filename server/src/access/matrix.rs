//! The permission matrix: who may do what. The only place where that is decided.
//!
//! Pages, the API, docs/permissions.md and the generated test are all made of this file. What a person may see of a
//! permission that they hold is its reach; three rules that no matrix can show stand with the acts they bind: nobody
//! verifies what they submitted, nobody changes their own roles, two people grant the two confidential roles.

use super::reach::{Grant, Reach};
use super::roles::Role;

const A: Grant = Grant { reach: Reach::Everywhere, limit: "" };
const P: Grant = Grant { reach: Reach::Projects, limit: "" };
const L: Grant = Grant { reach: Reach::Locations, limit: "" };
const O: Grant = Grant { reach: Reach::Own, limit: "" };
const W: Grant = Grant { reach: Reach::Names, limit: "" };
const S: Grant = Grant { reach: Reach::Snapshot, limit: "" };
const N: Grant = Grant { reach: Reach::No, limit: "" };

/// A row: a grant for each role, in the order of [`Role::ALL`], then for a donor link, then whether the right survives
/// while a super-admin acts as somebody.
pub struct Row {
    /// The stable name, e.g. `value.verify`.
    pub name: &'static str,
    /// One a role, in the order of [`Role::ALL`].
    pub roles: [Grant; 6],
    /// Through a donor link.
    pub donor: Grant,
    /// While impersonating.
    pub impersonating: bool,
}

const fn row(name: &'static str, roles: [Grant; 6], donor: Grant, impersonating: bool) -> Row {
    Row { name, roles, donor, impersonating }
}

/// Everything that can be allowed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "each is named and described by its row")]
pub enum Permission {
    TenantSettings,
    ProviderConfigure,
    UserList,
    UserInvite,
    UserRoles,
    UserDisable,
    UserResetFactor,
    RoleGrantAdmin,
    RoleGrantFocal,
    ProjectMemberAssign,
    ProjectManagerAssign,
    ApiTokenOwn,
    ApiTokenManage,
    AuditRead,
    AuditExport,
    DsrHandle,
    TenantExport,
    ImpersonationHistory,
    ProgrammeManage,
    ProjectCreate,
    ProjectRead,
    ProjectUpdate,
    FrameworkEdit,
    FrameworkApprove,
    FrameworkRevise,
    LibraryManage,
    PeriodConfigure,
    PeriodLock,
    PeriodUnlock,
    FormDesign,
    FormFill,
    SubmissionRead,
    PiiRead,
    SubmissionEdit,
    ValueEnter,
    ValueVerify,
    ValueUnverify,
    EnvelopeSubmit,
    RecordDelete,
    RecordRestore,
    RecordPurge,
    EvidenceAdd,
    EvidenceRead,
    ImportRun,
    ImportDirectory,
    JobRead,
    JobManage,
    ExportRaw,
    ExportAggregate,
    TrackingView,
    DashboardDesign,
    BudgetRead,
    BudgetEdit,
    ReportWrite,
    ReportSectionWrite,
    ReportComment,
    ReportPublish,
    DonorLinkCreate,
    DonorLinkRevoke,
    DonorLinkLog,
    IatiDraft,
    IatiFinal,
    FeedbackCreate,
    FeedbackRead,
    FeedbackHandle,
    FeedbackMarkSensitive,
    FeedbackContact,
    SafeguardingReport,
    SafeguardingCase,
    SafeguardingAssign,
    SafeguardingClose,
    SafeguardingExport,
    SafeguardingStats,
    SafeguardingAccessLog,
    LearningRead,
    LearningWrite,
    ActionAssign,
    ActionUpdate,
    OwnAccount,
}

impl Permission {
    /// Every permission, in the order of the matrix.
    pub const ALL: &'static [Self] = &[
        Self::TenantSettings,
        Self::ProviderConfigure,
        Self::UserList,
        Self::UserInvite,
        Self::UserRoles,
        Self::UserDisable,
        Self::UserResetFactor,
        Self::RoleGrantAdmin,
        Self::RoleGrantFocal,
        Self::ProjectMemberAssign,
        Self::ProjectManagerAssign,
        Self::ApiTokenOwn,
        Self::ApiTokenManage,
        Self::AuditRead,
        Self::AuditExport,
        Self::DsrHandle,
        Self::TenantExport,
        Self::ImpersonationHistory,
        Self::ProgrammeManage,
        Self::ProjectCreate,
        Self::ProjectRead,
        Self::ProjectUpdate,
        Self::FrameworkEdit,
        Self::FrameworkApprove,
        Self::FrameworkRevise,
        Self::LibraryManage,
        Self::PeriodConfigure,
        Self::PeriodLock,
        Self::PeriodUnlock,
        Self::FormDesign,
        Self::FormFill,
        Self::SubmissionRead,
        Self::PiiRead,
        Self::SubmissionEdit,
        Self::ValueEnter,
        Self::ValueVerify,
        Self::ValueUnverify,
        Self::EnvelopeSubmit,
        Self::RecordDelete,
        Self::RecordRestore,
        Self::RecordPurge,
        Self::EvidenceAdd,
        Self::EvidenceRead,
        Self::ImportRun,
        Self::ImportDirectory,
        Self::JobRead,
        Self::JobManage,
        Self::ExportRaw,
        Self::ExportAggregate,
        Self::TrackingView,
        Self::DashboardDesign,
        Self::BudgetRead,
        Self::BudgetEdit,
        Self::ReportWrite,
        Self::ReportSectionWrite,
        Self::ReportComment,
        Self::ReportPublish,
        Self::DonorLinkCreate,
        Self::DonorLinkRevoke,
        Self::DonorLinkLog,
        Self::IatiDraft,
        Self::IatiFinal,
        Self::FeedbackCreate,
        Self::FeedbackRead,
        Self::FeedbackHandle,
        Self::FeedbackMarkSensitive,
        Self::FeedbackContact,
        Self::SafeguardingReport,
        Self::SafeguardingCase,
        Self::SafeguardingAssign,
        Self::SafeguardingClose,
        Self::SafeguardingExport,
        Self::SafeguardingStats,
        Self::SafeguardingAccessLog,
        Self::LearningRead,
        Self::LearningWrite,
        Self::ActionAssign,
        Self::ActionUpdate,
        Self::OwnAccount,
    ];

    /// The row of this permission.
    #[must_use]
    #[rustfmt::skip]
    pub const fn row(self) -> Row {
        match self {
            //                                                             TA  PM  MO  FO  VW  SF   DL  impersonating
            Self::TenantSettings => row("tenant.settings", [A, N, N, N, N, N], N, true),
            // who operates the platform must not be able to let themselves in
            Self::ProviderConfigure => row("provider.configure", [A, N, N, N, N, N], N, false),
            Self::UserList => row("user.list", [A, P, P, N, N, W], N, true),
            Self::UserInvite => row("user.invite", [A, N, N, N, N, N], N, false),
            Self::UserRoles => row("user.roles", [A, N, N, N, N, N], N, false),
            Self::UserDisable => row("user.disable", [A, N, N, N, N, N], N, false),
            Self::UserResetFactor => row("user.reset_mfa", [A, N, N, N, N, N], N, false),
            Self::RoleGrantAdmin => row("role.grant.tenant_admin", [A.only("second admin"), N, N, N, N, N], N, false),
            Self::RoleGrantFocal => row("role.grant.safeguarding_focal", [A.only("request only"), N, N, N, N, A.only("confirm")], N, false),
            Self::ProjectMemberAssign => row("project.member.assign", [A, P, N, N, N, N], N, false),
            Self::ProjectManagerAssign => row("project.manager.assign", [A, N, N, N, N, N], N, false),
            Self::ApiTokenOwn => row("api_token.own", [A, P, P, P.only("submit only"), N, N], N, false),
            Self::ApiTokenManage => row("api_token.manage", [A, N, N, N, N, N], N, false),
            Self::AuditRead => row("audit.read", [A.only("no safeguarding"), P, P, O, N, A.only("safeguarding")], N, false),
            Self::AuditExport => row("audit.export", [A.only("no safeguarding"), P, P, N, N, A.only("safeguarding")], N, false),
            Self::DsrHandle => row("dsr.handle", [A, N, N, N, N, N], N, false),
            Self::TenantExport => row("tenant.export_all", [A, N, N, N, N, N], N, false),
            Self::ImpersonationHistory => row("impersonation.history", [A, N, N, N, N, A], N, false),
            // says who sees what, as roles do
            Self::ProgrammeManage => row("programme.manage", [A, N, N, N, N, N], N, false),
            Self::ProjectCreate => row("project.create", [A, N, N, N, N, N], N, true),
            Self::ProjectRead => row("project.read", [A, P, P, P, P, W], N, true),
            Self::ProjectUpdate => row("project.update", [A, P, N, N, N, N], N, true),
            Self::FrameworkEdit => row("framework.edit", [A, P, P, N, N, N], N, false),
            Self::FrameworkApprove => row("framework.approve", [N, P.only("reason"), N, N, N, N], N, false),
            Self::FrameworkRevise => row("framework.revise", [N, P.only("reason"), P.only("reason"), N, N, N], N, false),
            Self::LibraryManage => row("library.manage", [A, N, A, N, N, N], N, true),
            Self::PeriodConfigure => row("period.configure", [A, P, P, N, N, N], N, true),
            Self::PeriodLock => row("period.lock", [N, P, P, N, N, N], N, false),
            Self::PeriodUnlock => row("period.unlock", [A, P, N, N, N, N], N, false),
            Self::FormDesign => row("form.design", [N, P, P, N, N, N], N, false),
            Self::FormFill => row("form.fill", [N, P, P, L, N, N], N, false),
            Self::SubmissionRead => row("submission.read", [A.only("masked"), P, P, O, N, N], N, true),
            Self::PiiRead => row("pii.read", [A.only("requests only"), P, P, O, N, N], N, false),
            Self::SubmissionEdit => row("submission.edit", [N, P, P, O.only("draft or returned"), N, N], N, false),
            Self::ValueEnter => row("value.enter", [N, P, P, L, N, N], N, false),
            Self::ValueVerify => row("value.verify", [N, P, P, N, N, N], N, false),
            Self::ValueUnverify => row("value.unverify", [N, P, P, N, N, N], N, false),
            Self::EnvelopeSubmit => row("envelope.submit", [N, P, P, N, N, N], N, false),
            Self::RecordDelete => row("record.delete", [N, P, P, O.only("draft"), N, N], N, false),
            Self::RecordRestore => row("record.restore", [A, P, P, N, N, N], N, false),
            Self::RecordPurge => row("record.purge", [A.only("after retention"), N, N, N, N, N], N, false),
            Self::EvidenceAdd => row("evidence.add", [N, P, P, L, N, A.only("own")], N, false),
            Self::EvidenceRead => row("evidence.read", [A, P, P, O, P.only("flagged"), N], S, true),
            Self::ImportRun => row("import.run", [N, P, P, N, N, N], N, false),
            Self::ImportDirectory => row("import.directory", [A, N, N, N, N, N], N, false),
            Self::JobRead => row("job.read", [A, O, O, N, N, N], N, true),
            Self::JobManage => row("job.manage", [A.only("cancel only"), O, O, N, N, N], N, false),
            Self::ExportRaw => row("export.raw", [A, P, P, N, N, N], N, false),
            Self::ExportAggregate => row("export.aggregate", [A, P, P, L, P, N], S.only("if allowed"), true),
            Self::TrackingView => row("tracking.view", [A, P, P, L, P, N], S, true),
            Self::DashboardDesign => row("dashboard.design", [A, P, P, N, N, N], N, true),
            Self::BudgetRead => row("budget.read", [A, P, P, N, P, N], S, true),
            Self::BudgetEdit => row("budget.edit", [N, P, N, N, N, N], N, false),
            Self::ReportWrite => row("report.write", [N, P, P, N, N, N], N, false),
            Self::ReportSectionWrite => row("report.section_write", [N, P, P, O.only("assigned"), N, N], N, false),
            Self::ReportComment => row("report.comment", [A, P, P, O.only("assigned"), N, N], N, false),
            Self::ReportPublish => row("report.publish", [A, P, N, N, N, N], N, false),
            Self::DonorLinkCreate => row("donor_link.create", [A, P.only("published only"), N, N, N, N], N, false),
            Self::DonorLinkRevoke => row("donor_link.revoke", [A, P.only("own"), N, N, N, N], N, false),
            Self::DonorLinkLog => row("donor_link.access_log", [A, P.only("own"), N, N, N, N], N, true),
            Self::IatiDraft => row("iati.draft", [A, P, P, N, N, N], N, true),
            Self::IatiFinal => row("iati.final", [A, P, N, N, N, N], N, true),
            Self::FeedbackCreate => row("feedback.create", [A, P, P, L, P, A], N, false),
            Self::FeedbackRead => row("feedback.read", [A.only("counts"), P, P, O.only("and assigned"), P.only("counts"), A], S.only("counts"), true),
            Self::FeedbackHandle => row("feedback.handle", [N, P, P, O.only("assigned"), N, A], N, false),
            Self::FeedbackMarkSensitive => row("feedback.mark_sensitive", [A, A, A, A, A, A], N, false),
            Self::FeedbackContact => row("feedback.contact.read", [N, P.only("assigned"), P, O.only("assigned"), N, A], N, false),
            Self::SafeguardingReport => row("sg.report", [A, A, A, A, A, A], N, false),
            Self::SafeguardingCase => row("sg.case", [N, N, N, N, N, A], N, false),
            Self::SafeguardingAssign => row("sg.case.assign", [N, N, N, N, N, A], N, false),
            Self::SafeguardingClose => row("sg.case.close", [N, N, N, N, N, A.only("second focal")], N, false),
            Self::SafeguardingExport => row("sg.case.export", [N, N, N, N, N, A], N, false),
            Self::SafeguardingStats => row("sg.stats", [A, N, N, N, N, A], N, false),
            Self::SafeguardingAccessLog => row("sg.access_log", [N, N, N, N, N, A], N, false),
            Self::LearningRead => row("learning.read", [A, P, P, P, P, A.only("visible to all")], S, true),
            Self::LearningWrite => row("learning.write", [N, P, P, P, N, O], N, false),
            Self::ActionAssign => row("action.assign", [N, P, P, N, N, N], N, false),
            Self::ActionUpdate => row("action.update", [N, P, P, O, N, O], N, false),
            Self::OwnAccount => row("account.own", [A, A, A, A, A, A], N, false),
        }
    }

    /// Whether anything of this version asks for it; the others are decided for what comes.
    #[must_use]
    pub const fn is_in_use(self) -> bool {
        matches!(
            self,
            Self::TenantSettings
                | Self::ProviderConfigure
                | Self::UserList
                | Self::UserInvite
                | Self::UserRoles
                | Self::UserDisable
                | Self::UserResetFactor
                | Self::RoleGrantAdmin
                | Self::RoleGrantFocal
                | Self::ProjectMemberAssign
                | Self::ProjectManagerAssign
                | Self::ApiTokenOwn
                | Self::ApiTokenManage
                | Self::ProgrammeManage
                | Self::AuditRead
                | Self::AuditExport
                | Self::ImpersonationHistory
                | Self::ProjectCreate
                | Self::ProjectRead
                | Self::ProjectUpdate
                | Self::FrameworkEdit
                | Self::FrameworkApprove
                | Self::FrameworkRevise
                | Self::LibraryManage
                | Self::PeriodConfigure
                | Self::PeriodLock
                | Self::PeriodUnlock
                | Self::ValueEnter
                | Self::ValueVerify
                | Self::ValueUnverify
                | Self::EnvelopeSubmit
                | Self::BudgetRead
                | Self::BudgetEdit
                | Self::RecordRestore
                | Self::EvidenceAdd
                | Self::EvidenceRead
                | Self::ImportRun
                | Self::JobRead
                | Self::JobManage
                | Self::ImportDirectory
                | Self::ExportRaw
                | Self::ExportAggregate
                | Self::TrackingView
                | Self::ReportWrite
                | Self::ReportSectionWrite
                | Self::ReportComment
                | Self::ReportPublish
                | Self::IatiDraft
                | Self::IatiFinal
                | Self::DonorLinkCreate
                | Self::DonorLinkRevoke
                | Self::DonorLinkLog
                | Self::LearningRead
                | Self::LearningWrite
                | Self::ActionAssign
                | Self::ActionUpdate
                | Self::OwnAccount
        )
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What a role is granted.
    #[must_use]
    pub fn grant(self, role: Role) -> Grant {
        self.row().roles[role as usize]
    }
}
