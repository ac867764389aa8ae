//! Roles.

/// A role that a person may hold. The first and the last hold in the whole organisation, the others in the projects
/// that the person is assigned to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Rules members, roles, tokens and links.
    TenantAdmin,
    /// Runs projects and publishes their reports.
    ProjectManager,
    /// Monitoring, evaluation, accountability and learning: verifies figures.
    MealOfficer,
    /// Enters figures for their locations.
    FieldOfficer,
    /// Reads.
    Viewer,
    /// Handles confidential cases.
    SafeguardingFocal,
}

impl Role {
    /// Every role, in the order of the matrix.
    pub const ALL: [Self; 6] =
        [Self::TenantAdmin, Self::ProjectManager, Self::MealOfficer, Self::FieldOfficer, Self::Viewer, Self::SafeguardingFocal];

    /// The text kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantAdmin => "tenant_admin",
            Self::ProjectManager => "project_manager",
            Self::MealOfficer => "meal_officer",
            Self::FieldOfficer => "field_officer",
            Self::Viewer => "viewer",
            Self::SafeguardingFocal => "safeguarding_focal",
        }
    }

    /// The role of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The roles of texts; one that this version does not know grants nothing.
    #[must_use]
    pub fn parse_all(texts: &[String]) -> Vec<Self> {
        texts.iter().filter_map(|text| Self::parse(text)).collect()
    }

    /// The texts kept in the database.
    #[must_use]
    pub fn texts(roles: &[Self]) -> Vec<String> {
        roles.iter().map(|role| role.as_str().to_owned()).collect()
    }

    /// Whether it holds in the whole organisation rather than in assigned projects.
    #[must_use]
    pub const fn is_organisation_wide(self) -> bool {
        matches!(self, Self::TenantAdmin | Self::SafeguardingFocal)
    }

    /// Whether who holds it must sign in with a second factor.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::TenantAdmin | Self::SafeguardingFocal)
    }
}
