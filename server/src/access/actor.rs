//! Who acts. An [`Actor`] is made by authentication alone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::roles::Role;
use super::token_scope::TokenLimits;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{
    DonorLinkId, JobId, LocationId, MembershipId, ProgrammeId, ProjectId, SnapshotId, SupportVisitId, TenantId, UserId,
};

/// The way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A person with a signed-in browser.
    Session,
    /// A program with a person's API token.
    Token,
    /// A super-admin acting as a person.
    Impersonation(Impersonator),
    /// A person whose background job a worker does.
    Job(JobId),
    /// A donor with an opened link.
    Donor(DonorLinkId, SnapshotId),
}

/// Who acts as somebody else, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonator {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// When it ends, whatever happens.
    pub until: DateTime<Utc>,
    /// The visit in which they do.
    pub visit: SupportVisitId,
}

impl ActorKind {
    /// The kind of actor, as the audit log names it.
    #[must_use]
    pub fn actor_word(&self) -> &'static str {
        match self {
            Self::Session | Self::Impersonation(_) | Self::Job(_) => "user",
            Self::Token => "api_token",
            Self::Donor(..) => "donor_link",
        }
    }

    /// The kind of session, as the audit log names it.
    #[must_use]
    pub fn session_word(&self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Impersonation(_) => "impersonation",
            Self::Token => "token",
            // the server itself did it, in the person's name
            Self::Job(_) => "system",
            Self::Donor(..) => "donor",
        }
    }
}

/// A role in a project, perhaps in some of its locations only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The project.
    pub project: ProjectId,
    /// The role's text.
    role_text: String,
    /// The locations; empty means all of the project.
    pub locations: Vec<LocationId>,
}

impl Assignment {
    /// What a row of the database says.
    pub(crate) fn new(project: uuid::Uuid, role: &str, locations: &[uuid::Uuid]) -> Self {
        Self { project: ProjectId(project), role_text: role.to_owned(), locations: locations.iter().copied().map(LocationId).collect() }
    }

    /// What the gate says of one: `project|role|location,location`. None if it is nothing of the kind, which grants nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '|');
        let (project, role, places) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let locations: Vec<uuid::Uuid> = match places {
            "" => Vec::new(),
            some => some.split(',').map(str::parse).collect::<Result<_, _>>().ok()?,
        };
        Some(Self::new(project, role, &locations))
    }

    /// The role; none if the database holds one that this version does not know, which then grants nothing.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        Role::parse(&self.role_text)
    }
}

/// What a person is in one organisation.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The organisation.
    pub tenant: TenantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub tenant_name: String,
    /// Whether people may verify what they submitted.
    pub self_verify_allowed: bool,
    /// Where its days begin and end.
    pub zone: Tz,
    /// Whether its figures are a demonstration.
    pub demo: bool,
    /// Whether what the person is here demands a second factor.
    pub needs_factor: bool,
    /// The person's membership.
    pub membership: MembershipId,
    /// The other organisations that the person belongs to, twenty at most: names in addresses, and names.
    pub others: Vec<(String, String)>,
    /// Roles that the membership names.
    pub roles: Vec<Role>,
    /// Roles in projects: of the programmes that the person is kept to, where they are kept to any.
    pub assignments: Vec<Assignment>,
    /// The programmes that the person is kept to; empty for the whole organisation.
    pub programmes: Vec<ProgrammeId>,
}

impl Standing {
    /// Roles that count for a project: those that reach through the organisation, and those assigned in it. Where none is named, every
    /// role that the person has: who was let into the organisation and is in no project yet finds lists empty, not closed.
    pub fn roles_in(&self, project: Option<ProjectId>) -> impl Iterator<Item = (Role, &[LocationId])> {
        let wide = self.roles.iter().filter(move |r| project.is_none() || r.is_organisation_wide()).map(|r| (*r, &[][..]));
        let assigned = self
            .assignments
            .iter()
            .filter(move |a| project.is_none_or(|p| p == a.project))
            .filter_map(|a| a.role().map(|role| (role, a.locations.as_slice())));
        wide.chain(assigned)
    }

    /// Every project that the person is assigned to, once each.
    #[must_use]
    pub fn projects(&self) -> Vec<ProjectId> {
        let mut all: Vec<_> = self.assignments.iter().map(|assignment| assignment.project).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Who acts: a person, a person's token, or a donor's link. Its fields are private to this crate and its constructor
/// is called in `identity` and `donors` only, where a secret has been checked.
#[derive(Clone, Debug)]
pub struct Actor {
    pub(crate) kind: ActorKind,
    pub(crate) user: Option<UserId>,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) super_admin: bool,
    pub(crate) second_factor_at: Option<DateTime<Utc>>,
    pub(crate) fresh: bool,
    /// The provider that began the session, as it is set up now.
    pub(crate) provider_generation: Option<Uuid>,
    /// What a token carries of what its owner may do; none for who came by themselves.
    pub(crate) limits: Option<TokenLimits>,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) standing: Option<Standing>,
}

/// Somebody who proved themselves in the last ten minutes, in the browser that asks. What changes how an account is reached
/// takes one of these, so that it cannot be forgotten to ask.
#[derive(Clone, Copy, Debug)]
pub struct Fresh(UserId);

impl Fresh {
    /// Who.
    #[must_use]
    pub fn user(self) -> UserId {
        self.0
    }
}

impl Actor {
    /// The way in.
    #[must_use]
    pub fn kind(&self) -> &ActorKind {
        &self.kind
    }

    /// The person; none for a donor.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The person's address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Whether the person operates the platform.
    #[must_use]
    pub fn is_super_admin(&self) -> bool {
        self.super_admin
    }

    /// Whether a second factor was given.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.second_factor_at.is_some()
    }

    /// Who acts as this person, if somebody does.
    #[must_use]
    pub fn impersonator(&self) -> Option<&Impersonator> {
        match &self.kind {
            ActorKind::Impersonation(who) => Some(who),
            _ => None,
        }
    }

    /// The proof that the person proved themselves in the last ten minutes.
    ///
    /// # Errors
    /// [`Error::StepUp`] where that was longer ago.
    pub fn fresh(&self) -> Result<Fresh> {
        match (&self.kind, self.user) {
            (ActorKind::Session, Some(user)) if self.fresh => Ok(Fresh(user)),
            (ActorKind::Session, Some(_)) => Err(Error::StepUp),
            _ => Err(Error::Forbidden),
        }
    }

    /// What the person is in the organisation of this request.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// Roles that count for a project; see [`Standing::roles_in`].
    pub fn roles_in(&self, project: Option<ProjectId>) -> impl Iterator<Item = (Role, &[LocationId])> {
        self.standing.iter().flat_map(move |standing| standing.roles_in(project))
    }

    /// Every project that the person is assigned to, once each.
    #[must_use]
    pub fn projects(&self) -> Vec<ProjectId> {
        self.standing.as_ref().map(Standing::projects).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_read_whole_or_not_at_all() {
        let (project, place) = ("01a212eb-9ddc-70c1-86a4-570c8f9307cc", "01a212eb-9e09-7738-8092-c67b789754b7");
        let places = |text: &str| Assignment::parse(text).map(|a| a.locations.len());
        assert_eq!(places(&format!("{project}|viewer|")), Some(0));
        assert_eq!(places(&format!("{project}|field_officer|{place}")), Some(1));
        assert_eq!(places(&format!("{project}|field_officer|{place},{place}")), Some(2));
        // a place that is none must not open all of them
        for odd in
            ["", "viewer", &format!("{project}|viewer"), &format!("{project}|viewer|x"), &format!("{project}|viewer|{place},"), "x|viewer|"]
        {
            assert_eq!(places(odd), None, "{odd}");
        }
        assert_eq!(Assignment::parse(&format!("{project}|owner|")).and_then(|a| a.role()), None, "an unknown role grants nothing");
    }
}
