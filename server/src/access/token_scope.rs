//! What an API token is for. It never carries more than its owner may do; its scopes and projects say what of that it carries.

use super::can::Can;
use crate::kernel::ids::ProjectId;

/// A part of what its owner may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TokenScope {
    /// Read projects, indicators, values and the tracking table.
    Read,
    /// Enter, submit and import values.
    Values,
    /// Verify values, or return them.
    Review,
    /// Change projects.
    Projects,
    /// Make donor links and revoke them.
    Links,
    /// Read the audit log.
    Audit,
}

impl TokenScope {
    /// Every scope, in the order shown.
    pub const ALL: [Self; 6] = [Self::Read, Self::Values, Self::Review, Self::Projects, Self::Links, Self::Audit];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Values => "values",
            Self::Review => "review",
            Self::Projects => "projects",
            Self::Links => "links",
            Self::Audit => "audit",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// The scope that something belongs to; none for what no token does, whoever owns it.
    #[must_use]
    pub const fn of(can: Can) -> Option<Self> {
        match can {
            Can::ListProjects
            | Can::ReadProject(_)
            | Can::ViewTracking(_)
            | Can::ExportTracking(_)
            | Can::ExportValues(_)
            | Can::ReadOwnAccount => Some(Self::Read),
            Can::EnterValues(_) | Can::SubmitEnvelope(_) | Can::RunImport(_) => Some(Self::Values),
            Can::ReviewValues(_) | Can::UnverifyValue(_) => Some(Self::Review),
            Can::UpdateProject(_) => Some(Self::Projects),
            Can::CreateDonorLink(_) | Can::ReadDonorLinks(_) | Can::RevokeDonorLink(_) => Some(Self::Links),
            Can::ReadAudit(_) => Some(Self::Audit),
            _ => None,
        }
    }
}

/// What a token carries of what its owner may do.
#[derive(Clone, Debug, Default)]
pub struct TokenLimits {
    /// Its scopes.
    pub scopes: Vec<TokenScope>,
    /// Its projects; empty for all that its owner sees.
    pub projects: Vec<ProjectId>,
}

impl TokenLimits {
    /// Whether it carries something, as far as scopes go.
    #[must_use]
    pub fn carries(&self, can: Can) -> bool {
        // which project is meant belongs to whatever is done to it, and is asked first
        matches!(can, Can::FindProject(_)) || TokenScope::of(can).is_some_and(|scope| self.scopes.contains(&scope))
    }

    /// Whether a project is within.
    #[must_use]
    pub fn holds(&self, project: ProjectId) -> bool {
        self.projects.is_empty() || self.projects.contains(&project)
    }
}
