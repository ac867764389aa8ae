//! The judgement: may this actor do that, and how far?

use super::actor::{Actor, ActorKind, Standing};
use super::can::Can;
use super::matrix::Permission;
use super::reach::Reach;
use super::token_scope::TokenLimits;
use crate::kernel::error::Error;
use crate::kernel::ids::{LocationId, ProjectId, UserId};

/// How far what was allowed goes. Queries take it as their limit, so that lists, counts and exports agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything of the organisation, or of the project that was named.
    All,
    /// These projects.
    Projects(Vec<ProjectId>),
    /// These locations of the project that was named.
    Locations(Vec<LocationId>),
    /// The names of all of them, in a list.
    Names,
    /// What this person made.
    Own(UserId),
}

impl Scope {
    /// The locations to which a query must keep; none for no limit.
    #[must_use]
    pub fn locations(&self) -> Option<&[LocationId]> {
        match self {
            Self::Locations(ids) => Some(ids),
            _ => None,
        }
    }

    /// Whether a location is within.
    #[must_use]
    pub fn holds_location(&self, location: Option<LocationId>) -> bool {
        match self {
            Self::Locations(ids) => location.is_some_and(|l| ids.contains(&l)),
            _ => true,
        }
    }
}

/// How far a permission reaches for somebody, for telling others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Far {
    /// They do not have it.
    Nowhere,
    /// Through the organisation.
    Everywhere,
    /// Names in lists.
    Names,
    /// What they made themselves.
    Own,
    /// In these projects, perhaps in some of their places only.
    In(Vec<ProjectId>),
}

impl Far {
    /// How far it reaches for what somebody is, by the matrix that [`decide`] takes.
    #[must_use]
    pub fn of(standing: &Standing, permission: Permission) -> Self {
        let widest = |project| standing.roles_in(project).map(|(role, _)| permission.grant(role).reach).max().unwrap_or(Reach::No);
        let mut projects = standing.projects();
        match widest(None) {
            Reach::No | Reach::Snapshot => Self::Nowhere,
            Reach::Everywhere => Self::Everywhere,
            Reach::Names => Self::Names,
            Reach::Own => Self::Own,
            Reach::Projects | Reach::Locations => {
                projects.retain(|project| widest(Some(*project)) >= Reach::Locations);
                if projects.is_empty() { Self::Nowhere } else { Self::In(projects) }
            }
        }
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They may not know that it exists: 404.
    Hidden,
    /// They see it and may not do this: 403.
    Forbidden,
    /// The second factor that their role demands is missing.
    SecondFactor,
    /// They may, once they have proven themselves again.
    StepUp,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::NotFound,
            Refusal::Forbidden => Self::Forbidden,
            Refusal::SecondFactor => Self::SignedOut,
            Refusal::StepUp => Self::StepUp,
        }
    }
}

/// The decision, for whatever way the actor came in.
///
/// # Errors
/// Why it is refused.
pub fn decide(actor: &Actor, can: Can) -> Result<Scope, Refusal> {
    match (&actor.kind, can) {
        (ActorKind::Donor(_, held), Can::ReadSnapshot(asked)) if *held == asked => return Ok(Scope::All),
        (ActorKind::Donor(..), _) | (_, Can::ReadSnapshot(_)) => return Err(Refusal::Hidden),
        (ActorKind::Session | ActorKind::Token | ActorKind::Impersonation(_) | ActorKind::Job(_), _) => {}
    }
    let standing = actor.standing.as_ref().ok_or(Refusal::Hidden)?;
    let demands_factor = standing.needs_factor || standing.roles.iter().any(|role| role.needs_second_factor());
    if demands_factor && matches!(actor.kind, ActorKind::Session | ActorKind::Job(_)) && actor.second_factor_at.is_none() {
        return Err(Refusal::SecondFactor);
    }
    if let Some(limits) = &actor.limits {
        if can.project().is_some_and(|project| !limits.holds(project)) {
            return Err(Refusal::Hidden);
        }
        if !limits.carries(can) {
            return Err(Refusal::Forbidden);
        }
    }
    if let Some(project) = can.project() {
        reach(actor, Permission::ProjectRead, Some(project)).ok_or(Refusal::Hidden)?;
    }
    if matches!(actor.kind, ActorKind::Impersonation(_)) && !may_be_done_for_others(can) {
        return Err(Refusal::Forbidden);
    }
    match reach(actor, can.permission(), can.project()) {
        None => Err(Refusal::Forbidden),
        // who has names alone sees them in lists, and opens nothing
        Some(Scope::Names) if !matches!(can, Can::ListProjects | Can::ListPeople) => Err(Refusal::Forbidden),
        // a program holds its token by itself, and of a job it was asked when it was asked for; a browser may have been left open
        Some(_) if can.needs_step_up() && actor.kind == ActorKind::Session && !actor.fresh => Err(Refusal::StepUp),
        Some(scope) => Ok(within(scope, actor.limits.as_ref(), can)),
    }
}

/// Whether somebody who acts as another person may do this: nothing that gives access away, takes data out or changes who may do what.
fn may_be_done_for_others(can: Can) -> bool {
    can.permission().row().impersonating && !can.needs_step_up()
}

/// The same reach, kept to the projects of a token.
fn within(scope: Scope, limits: Option<&TokenLimits>, can: Can) -> Scope {
    match (limits, scope) {
        (Some(limits), Scope::All) if can.project().is_none() && !limits.projects.is_empty() => Scope::Projects(limits.projects.clone()),
        (Some(limits), Scope::Projects(ids)) => Scope::Projects(ids.into_iter().filter(|id| limits.holds(*id)).collect()),
        (_, scope) => scope,
    }
}

/// The widest reach that any of the actor's roles has; none if no role has any.
fn reach(actor: &Actor, permission: Permission, project: Option<ProjectId>) -> Option<Scope> {
    let mut widest = Reach::No;
    let mut projects = Vec::new();
    let mut locations: Vec<LocationId> = Vec::new();
    for (role, role_locations) in actor.roles_in(project) {
        let mut granted = permission.grant(role).reach;
        if granted == Reach::Locations && role_locations.is_empty() {
            granted = Reach::Projects;
        }
        if granted == Reach::Locations {
            locations.extend_from_slice(role_locations);
        }
        widest = widest.max(granted);
    }
    if project.is_none() && matches!(widest, Reach::Projects | Reach::Locations) {
        let standing = actor.standing.as_ref()?;
        projects.extend(standing.assignments.iter().filter_map(|a| {
            let role = a.role()?;
            (permission.grant(role).reach >= Reach::Locations).then_some(a.project)
        }));
        projects.sort_unstable();
        projects.dedup();
        return Some(Scope::Projects(projects));
    }
    match widest {
        Reach::No | Reach::Snapshot => None,
        Reach::Names => Some(Scope::Names),
        Reach::Own => actor.user.map(Scope::Own),
        Reach::Locations => Some(Scope::Locations(locations)),
        Reach::Projects | Reach::Everywhere => Some(Scope::All),
    }
}
