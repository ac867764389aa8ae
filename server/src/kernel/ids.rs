//! Identifiers, one type a table: an id of one noun does not fit where another's is wanted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new, time-ordered id (UUID version 7), so that new rows land side by side in an index.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

impl ProviderId {
    /// The provider of an organisation, which has one at most: where it sends people back to is known before it is set up.
    #[must_use]
    pub fn of(tenant: TenantId) -> Self {
        Self(tenant.0)
    }
}

id! {
    /// An organisation.
    TenantId
    /// A person's account, in no organisation in particular.
    UserId
    /// An invitation into an organisation.
    InvitationId
    /// A filter of the log that somebody keeps.
    SavedFilterId
    /// A request for a role that takes two people.
    GrantId
    /// An organisation's own sign-in: its OpenID Connect provider.
    ProviderId
    /// A role that a group of a provider brings.
    ProviderRoleId
    /// A person's place in one organisation.
    MembershipId
    /// A programme of an organisation, or a client organisation of an agency.
    ProgrammeId
    /// A project.
    ProjectId
    /// A role of a member in a project.
    ProjectMemberId
    /// A place.
    LocationId
    /// A node of a results framework.
    ResultNodeId
    /// An approved version of a results framework.
    FrameworkVersionId
    /// An indicator.
    IndicatorId
    /// A reporting period.
    PeriodId
    /// A target.
    TargetId
    /// A reported value.
    ValueId
    /// The envelope of a project and period.
    EnvelopeId
    /// What is said of an indicator in a period.
    PeriodRemarkId
    /// A line of a budget.
    BudgetLineId
    /// What was planned and spent of a line in a quarter.
    BudgetAmountId
    /// A question that a project asks itself.
    LearningQuestionId
    /// A lesson, a decision, or what else was learnt.
    LearningEntryId
    /// An action that follows from what was learnt.
    AdaptationActionId
    /// A rule that asks for an action.
    TriggerRuleId
    /// A piece of evidence.
    EvidenceId
    /// What a project says of itself under the IATI standard.
    IatiPublicationId
    /// An import.
    ImportId
    /// A background job.
    JobId
    /// A report.
    ReportId
    /// A template of reports.
    ReportTemplateId
    /// A section of a report.
    ReportSectionId
    /// A comment on a section of a report.
    ReportCommentId
    /// A file that a published report shows.
    PublishedEvidenceId
    /// A published snapshot.
    SnapshotId
    /// A key that signs reports.
    ReportKeyId
    /// That a published snapshot was withdrawn.
    ReportWithdrawalId
    /// An indicator of the organisation's library.
    LibraryIndicatorId
    /// A template of results frameworks, of the organisation's own.
    FrameworkTemplateId
    /// A dimension that figures are broken down by.
    DimensionId
    /// A value of a dimension.
    DimensionValueId
    /// By what an indicator is broken down, from a day on.
    DisaggregationId
    /// A donor.
    DonorId
    /// A donor link.
    DonorLinkId
    /// A visit through a donor link.
    VisitId
    /// A visit of support to an organisation.
    SupportVisitId
    /// An API token.
    TokenId
    /// An event of the audit log.
    EventId
    /// A request, for logs and audit.
    RequestId
    /// What was typed into a refused form.
    FlashId
}
