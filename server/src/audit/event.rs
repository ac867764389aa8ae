//! What people do, as the log names it. Every act ends in one of these.

use chrono::NaiveDate;

use crate::kernel::ids::{
    AdaptationActionId, BudgetLineId, DimensionId, DonorLinkId, EvidenceId, GrantId, ImportId, IndicatorId, InvitationId, LearningEntryId,
    LearningQuestionId, LibraryIndicatorId, LocationId, MembershipId, PeriodId, ProgrammeId, ProjectId, ProjectMemberId, ProviderId,
    ReportId, ReportKeyId, ResultNodeId, SavedFilterId, SnapshotId, SupportVisitId, TenantId, TokenId, TriggerRuleId, ValueId,
};

/// An export of the log: what of it, and how far.
#[derive(Clone, Debug)]
pub struct LogExport {
    /// Of one project, if of one.
    pub project: Option<ProjectId>,
    /// `csv` or `jsonl`.
    pub format: &'static str,
    /// The last place in the chain that is part of it.
    pub upto: i64,
    /// What was asked for, in words.
    pub filter: String,
}

/// What a person did.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what was done; `describe` says how the log writes it")]
pub enum Event {
    Denied { permission: &'static str, project: Option<ProjectId> },
    ProjectCreated(ProjectId),
    ProjectUpdated(ProjectId),
    MemberAssigned { member: ProjectMemberId, project: ProjectId },
    MemberLimited { member: ProjectMemberId, project: ProjectId, locations: usize },
    MemberRemoved { member: ProjectMemberId, project: ProjectId },
    LocationAdded { location: LocationId, project: ProjectId },
    LocationUpdated { location: LocationId, project: ProjectId },
    NodeAdded { node: ResultNodeId, project: ProjectId },
    NodeChanged { node: ResultNodeId, project: ProjectId },
    NodeMoved { node: ResultNodeId, project: ProjectId },
    NodeRemoved { node: ResultNodeId, project: ProjectId },
    FrameworkLevelsSet(ProjectId),
    FrameworkApproved { project: ProjectId, version: i32, reason: String },
    FrameworkRevised { project: ProjectId, reason: String },
    IndicatorAdded { indicator: IndicatorId, project: ProjectId },
    IndicatorUpdated { indicator: IndicatorId, project: ProjectId },
    IndicatorRetired { indicator: IndicatorId, project: ProjectId },
    IndicatorRevived { indicator: IndicatorId, project: ProjectId },
    LibraryIndicatorKept(LibraryIndicatorId),
    LibraryIndicatorArchived(LibraryIndicatorId),
    LibraryIndicatorOffered(LibraryIndicatorId),
    DimensionAdded(DimensionId),
    DimensionRenamed(DimensionId),
    DimensionExtended(DimensionId),
    DimensionValueArchived(DimensionId),
    DimensionValueAskedAgain(DimensionId),
    DisaggregationSet { indicator: IndicatorId, project: ProjectId },
    TargetsSet { indicator: IndicatorId, project: ProjectId, count: usize },
    PeriodsMade { project: ProjectId, count: usize },
    AuditExported(LogExport),
    FilterKept(SavedFilterId),
    FilterForgotten(SavedFilterId),
    PeriodWindowSet { period: PeriodId, project: ProjectId, opens: Option<NaiveDate>, closes: Option<NaiveDate> },
    PeriodStateSet { period: PeriodId, project: ProjectId, state: &'static str, reason: Option<String> },
    ValuesSaved { period: PeriodId, project: ProjectId, count: usize, submitted: bool },
    ValuesSubmitted { project: ProjectId, period: Option<PeriodId>, count: usize },
    ValuesVerified { project: ProjectId, period: Option<PeriodId>, count: usize, self_verified: usize },
    ValuesReturned { project: ProjectId, period: Option<PeriodId>, count: usize, note: String },
    EnvelopeSaved { project: ProjectId, period: PeriodId },
    EnvelopeSubmitted { project: ProjectId, period: PeriodId },
    EnvelopeVerified { project: ProjectId, period: PeriodId },
    EnvelopeReturned { project: ProjectId, period: PeriodId, reason: String },
    ValueUnverified { value: ValueId, project: ProjectId, reason: String },
    ImportChecked { import: ImportId, project: ProjectId, rows: u32, errors: u32 },
    ImportApplied { import: ImportId, project: ProjectId, values: usize },
    ImportUndone { import: ImportId, project: ProjectId, values: usize },
    TrackingExported { project: ProjectId, rows: usize },
    FrameworkExported { project: ProjectId, results: usize, indicators: usize },
    FrameworkImported { import: ImportId, project: ProjectId, results: usize, indicators: usize, targets: usize },
    IatiSet { project: ProjectId },
    IatiTakenOut { project: ProjectId, is_final: bool, sha256: String },
    BudgetLineAdded { line: BudgetLineId, project: ProjectId },
    BudgetLineRemoved { line: BudgetLineId, project: ProjectId },
    BudgetSaved { project: ProjectId, count: usize },
    LearningQuestionAdded { question: LearningQuestionId, project: ProjectId },
    LearningQuestionUpdated { question: LearningQuestionId, project: ProjectId },
    LearningEntryAdded { entry: LearningEntryId, project: ProjectId },
    LearningEntryUpdated { entry: LearningEntryId, project: ProjectId },
    ActionAdded { action: AdaptationActionId, project: ProjectId },
    ActionAssigned { action: AdaptationActionId, project: ProjectId },
    ActionUpdated { action: AdaptationActionId, project: ProjectId, status: &'static str },
    ActionVerified { action: AdaptationActionId, project: ProjectId },
    TriggerRuleAdded { rule: TriggerRuleId, project: ProjectId },
    TriggerRuleSwitchedOff { rule: TriggerRuleId, project: ProjectId },
    EvidenceAdded { evidence: EvidenceId, project: ProjectId },
    EvidenceUpdated { evidence: EvidenceId, project: ProjectId },
    EvidenceRemoved { evidence: EvidenceId, project: ProjectId },
    ReportSaved { report: ReportId, project: ProjectId },
    ReportPublished { snapshot: SnapshotId, report: ReportId, project: ProjectId, sha256: String },
    ReportWithdrawn { snapshot: SnapshotId, report: ReportId, project: ProjectId, reason: String },
    SnapshotTakenOut { snapshot: SnapshotId, project: ProjectId },
    ReportKeyRenewed(ReportKeyId),
    DonorLinkCreated { link: DonorLinkId, project: ProjectId },
    DonorLinkRevoked { link: DonorLinkId, project: ProjectId, reason: String },
    TokenCreated { token: TokenId, scopes: String },
    TokenRevoked(TokenId),
    InvitationSent(InvitationId),
    InvitationRevoked(InvitationId),
    InvitationApproved(InvitationId),
    SessionsEnded(MembershipId),
    RolesSet { member: MembershipId, roles: String },
    ProgrammeAdded(ProgrammeId),
    ProgrammeChanged(ProgrammeId),
    ProjectsPlaced { programme: ProgrammeId, projects: String },
    MemberKeptToProgrammes { member: MembershipId, programmes: String },
    MemberLetGo { member: MembershipId, reason: String },
    FactorsReset(MembershipId),
    GrantAsked { grant: GrantId, role: &'static str, reason: String },
    GrantDecided { grant: GrantId, member: MembershipId, role: &'static str, decision: &'static str },
    GrantWithdrawn(GrantId),
    FactorRolesSet { tenant: TenantId, roles: String },
    SettingsSet { tenant: TenantId, reason: String },
    ProviderSet(ProviderId),
    ProviderVerified { provider: ProviderId, domain: String },
    ProviderRequired { provider: ProviderId, required: bool },
    ProviderRemoved(ProviderId),
    ProviderRoleAdded { provider: ProviderId, role: &'static str },
    ProviderRoleRemoved(ProviderId),
    OrganisationCreated(TenantId),
    OrganisationSet { tenant: TenantId, plan: &'static str, status: String, reason: String },
    AdministratorInvited { tenant: TenantId, invitation: InvitationId, reason: String },
    SupportBegan { visit: SupportVisitId, ticket: String, reason: String },
    SupportEnded(SupportVisitId),
    SupportLooked { visit: SupportVisitId, path: String },
}

impl Event {
    /// A refusal.
    #[must_use]
    pub fn denied(permission: &'static str, project: Option<ProjectId>) -> Self {
        Self::Denied { permission, project }
    }
}
