//! What somebody asks of the log, and how far they may have an answer.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::access::{Cx, Permission, Reach, Role};
use crate::kernel::ids::ProjectId;

/// Lines on a page.
pub const PAGE: i64 = 25;

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The beginning of an action, e.g. `value.`.
    pub action: Option<String>,
    /// Who did it.
    pub actor: Option<Uuid>,
    /// What it was done to.
    pub entity: Option<Uuid>,
    /// In which project.
    pub project: Option<ProjectId>,
    /// From this day, where the organisation is.
    pub from: Option<NaiveDate>,
    /// To this day, inclusive, where the organisation is.
    pub to: Option<NaiveDate>,
    /// Only what stands after the line of this place in the list.
    pub before: Option<i64>,
    /// Only up to this place in the chain.
    pub upto: Option<i64>,
    /// Acts only, without the row changes that they made.
    pub acts_only: bool,
}

/// The beginning of an action as somebody asked for it; none where it is no such thing.
#[must_use]
pub fn action_of(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= 80 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
    fits.then(|| text.to_owned())
}

/// What the log keeps of a filter that was used: its words, without what is not asked for.
impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { action, actor, entity, project: _, from, to, before: _, upto: _, acts_only } = self;
        let said = [
            action.as_ref().map(|action| format!("action={action}")),
            actor.map(|id| format!("actor={id}")),
            entity.map(|id| format!("entity={id}")),
            from.map(|day| format!("from={day}")),
            to.map(|day| format!("to={day}")),
            (!acts_only).then(|| "rows=1".to_owned()),
        ];
        f.write_str(&said.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// An event in a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place in the chain.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `act` or `row`.
    pub kind: String,
    /// `noun.verb`.
    pub action: String,
    /// The kind of thing.
    pub entity_type: Option<String>,
    /// The thing.
    pub entity_id: Option<Uuid>,
    /// `user`, `api_token`, `donor_link`, `system` or `public`.
    pub actor_kind: String,
    /// Who.
    pub actor_id: Option<Uuid>,
    /// Their name, if they are of this organisation or operate the platform.
    pub actor: Option<String>,
    /// Whether they operate the platform.
    pub operator: bool,
    /// The super-admin behind it.
    pub impersonator_id: Option<Uuid>,
    /// `ok`, `denied` or `error`.
    pub result: String,
    /// The project's code.
    pub project: Option<String>,
}

/// What the events of safeguarding begin with.
pub(super) const SAFEGUARDING: &str = "safeguarding.";

/// The log has two streams: safeguarding's, for focal points, and everything else, as far as a person's other roles reach.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    /// Whether they read safeguarding's.
    pub safeguarding: bool,
    /// Whether they read anything of the rest;
    pub rest: bool,
    /// of these projects only, or of all,
    pub projects: Option<Vec<Uuid>>,
    /// and only what they did themselves, or what everybody did.
    pub own: Option<Uuid>,
    /// No limit: where the days that they ask for begin and end.
    pub zone: Tz,
}

pub(super) fn limits(cx: &Cx, project: Option<ProjectId>) -> Limits {
    let reach = |role: Role| Permission::AuditRead.grant(role).reach;
    let roles = || cx.actor().roles_in(project).map(|(role, _)| role);
    let widest = roles().filter(|role| *role != Role::SafeguardingFocal).map(reach).max().unwrap_or(Reach::No);
    let safeguarding = roles().any(|role| role == Role::SafeguardingFocal);
    let mut within = Limits { safeguarding, rest: widest > Reach::No, projects: project.map(|p| vec![p.0]), own: None, zone: cx.zone() };
    match widest {
        Reach::Own => within.own = cx.actor().user().map(|user| user.0),
        // where the role that opens the log is the one that they have there: another project's role opens nothing
        Reach::Projects if project.is_none() => {
            let opens = |p: &ProjectId| cx.actor().roles_in(Some(*p)).any(|(role, _)| reach(role) >= Reach::Projects);
            within.projects = Some(cx.actor().projects().into_iter().filter(opens).map(|p| p.0).collect());
        }
        _ => {}
    }
    // a token that keeps to projects keeps to their events
    if let Some(limits) = cx.actor().limits.as_ref().filter(|limits| !limits.projects.is_empty()) {
        let all = within.projects.unwrap_or_else(|| limits.projects.iter().map(|p| p.0).collect());
        within.projects = Some(all.into_iter().filter(|id| limits.holds(ProjectId(*id))).collect());
    }
    within
}
