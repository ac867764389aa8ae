//! What a project learns: questions that it asks itself, lessons and decisions, actions with an owner and a day, and rules that ask for an
//! action where an indicator stays off track.

pub mod actions;
pub mod entries;
pub mod questions;
pub mod triggers;

use uuid::Uuid;

use self::actions::Action;
use self::entries::{Entry, Excerpt};
use self::questions::Question;
use self::triggers::Rule;
use super::framework::{Node, hold_shared, nodes};
use super::members::who_may;
use super::{Project, find};
use crate::access::{Can, Cx, Permission, Reach, Reader, Scope, Writer, decide};
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{IndicatorId, ProjectId, UserId};

/// Questions, lessons and actions that a page lists at the most.
pub const MOST_LISTED: i64 = 200;

/// Who looks: at everything of a project, or at what is shared and what is theirs.
#[derive(Clone, Copy, Debug)]
struct Sees {
    all: bool,
    /// Whether they see how indicators stand in the whole project: not who keeps to some places.
    totals: bool,
    me: Uuid,
}

impl Sees {
    /// By the matrix: a limit in words is that of who reads what is shared alone.
    fn of(cx: &Cx, project: ProjectId) -> Result<Self> {
        let all = cx.actor().roles_in(Some(project)).any(|(role, _)| {
            let grant = Permission::LearningRead.grant(role);
            grant.reach >= Reach::Projects && grant.limit.is_empty()
        });
        let totals = matches!(decide(cx.actor(), Can::ViewTracking(project)), Ok(scope) if scope.locations().is_none());
        Ok(Self { all, totals, me: cx.user()?.0 })
    }
}

/// Whether somebody may do this, to anybody's or only to what is theirs: for showing a form, never instead of a door.
#[must_use]
pub fn reaches(cx: &Cx, can: Can, is_theirs: bool) -> bool {
    match decide(cx.actor(), can) {
        Ok(Scope::Own(_)) => is_theirs,
        decided => decided.is_ok(),
    }
}

/// Whose alone a permission reaches; none for anybody's.
fn own(scope: &Scope) -> Option<Uuid> {
    match scope {
        Scope::Own(user) => Some(user.0),
        _ => None,
    }
}

/// An indicator, for naming it.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its id.
    pub id: IndicatorId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whether it is still asked for.
    pub active: bool,
}

/// What lessons and actions can be about, and who can be given an action. For who reads what is shared alone, questions and no more.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The results of the framework.
    pub nodes: Vec<Node>,
    /// The indicators, retired ones too.
    pub indicators: Vec<Named>,
    /// The questions.
    pub questions: Vec<Question>,
    /// Who can be given an action, by name; empty for who gives none.
    pub people: Vec<(UserId, String)>,
}

impl Around {
    async fn of(cx: &Cx, r: &mut Reader, project: ProjectId, sees: Sees) -> Result<Self> {
        let questions = questions::of_project(r, project, sees, None).await?;
        if !sees.all {
            return Ok(Self { questions, ..Self::default() });
        }
        let nodes = nodes(r.conn(), project).await?;
        let indicators = sqlx::query_as!(
            Named,
            r#"select id as "id: IndicatorId", code, title, status = 'active' as "active!" from app.indicator
               where project_id = $1 and deleted_at is null order by sort, code"#,
            project.0
        )
        .fetch_all(r.conn())
        .await?;
        let people = if cx.may(Can::AssignAction(project)) { people(r.conn(), project).await? } else { Vec::new() };
        Ok(Self { nodes, indicators, questions, people })
    }
}

/// Everybody of a project who can say how an action goes, by name: not whose role rests.
async fn people(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<(UserId, String)>> {
    who_may(conn, project, Permission::ActionUpdate).await
}

/// What a project learns, at a glance.
#[derive(Clone, Debug)]
pub struct Board {
    /// The project.
    pub project: Project,
    /// What it can be about.
    pub around: Around,
    /// Actions: open ones by the day on which they are due, then the others, the last changed first.
    pub actions: Vec<Action>,
    /// Lessons of the kind that is asked for, the newest first, each cut to its beginning.
    pub entries: Vec<Entry>,
    /// Lessons that belong to a question, the newest first.
    pub answers: Vec<Excerpt>,
    /// The rules in force.
    pub rules: Vec<Rule>,
}

/// What a project learns; of lessons those of a kind, if one is asked for. A fixed number of statements.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn get(cx: &Cx, code: &str, kind: Option<&str>) -> Result<Board> {
    let project = find(cx, code).await?;
    let id = project.id;
    let mut r = cx.read(Can::ReadLearning(id)).await?;
    let sees = Sees::of(cx, id)?;
    let around = Around::of(cx, &mut r, id, sees).await?;
    let actions = actions::of_project(&mut r, id, sees, actions::Which::default()).await?;
    let entries = entries::of_project(&mut r, id, sees, entries::Which { kind, ..entries::Which::default() }).await?;
    let answers = entries::of_questions(&mut r, id, sees).await?;
    let rules = if sees.all && sees.totals { triggers::of_project(&mut r, id).await? } else { Vec::new() };
    Ok(Board { project, around, actions, entries, answers, rules })
}

/// The word of a list that was chosen.
fn one_of(words: &[&'static str], typed: &str) -> Result<&'static str, Fault> {
    words.iter().copied().find(|word| *word == typed).ok_or("not_a_choice")
}

/// The id that was chosen, or none.
fn chosen(typed: &str) -> Result<Option<Uuid>, Fault> {
    match typed.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| "not_a_choice"),
    }
}

/// What something is about, each none where it is about no such thing.
#[derive(Clone, Copy, Debug, Default)]
struct Links {
    node: Option<Uuid>,
    indicator: Option<Uuid>,
    question: Option<Uuid>,
    entry: Option<Uuid>,
}

impl Links {
    /// That each is of the project. Nobody takes the result out meanwhile.
    ///
    /// # Errors
    /// Refused fields, or the database's.
    async fn check(self, w: &mut Writer, project: ProjectId) -> Result<()> {
        hold_shared(w.conn(), project).await?;
        // who writes their own alone links to what they see
        let own = own(&w.scope);
        let known = sqlx::query!(
            r#"select
                 $2::uuid is null
                   or $6::uuid is null and exists(select from app.result_node where project_id = $1 and id = $2 and deleted_at is null) as "node!",
                 $3::uuid is null
                   or $6::uuid is null and exists(select from app.indicator where project_id = $1 and id = $3 and deleted_at is null) as "indicator!",
                 $4::uuid is null or exists(select from app.learning_question q where q.project_id = $1 and q.id = $4
                   and ($6::uuid is null or q.created_by = $6 or exists (select from app.learning_entry e
                     where e.tenant_id = q.tenant_id and e.question_id = q.id and e.shared))) as "question!",
                 $5::uuid is null or exists(select from app.learning_entry e where e.project_id = $1 and e.id = $5
                   and ($6::uuid is null or e.created_by = $6 or e.shared)) as "entry!""#,
            project.0,
            self.node,
            self.indicator,
            self.question,
            self.entry,
            own
        )
        .fetch_one(w.conn())
        .await?;
        let mut bad = Invalid::default();
        for (field, is_known) in
            [("node", known.node), ("indicator", known.indicator), ("question", known.question), ("entry", known.entry)]
        {
            if !is_known {
                bad.note(field, "not_a_choice");
            }
        }
        bad.check()
    }
}

/// That somebody can be given an action of a project.
///
/// # Errors
/// A refused field, or the database's.
async fn expect_owner(w: &mut Writer, project: ProjectId, owner: UserId) -> Result<()> {
    let is_known = people(w.conn(), project).await?.iter().any(|(id, _)| *id == owner);
    if is_known { Ok(()) } else { Err(Error::field("owner", "not_a_choice")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_of_the_list_or_an_id() {
        assert_eq!(one_of(&questions::STATES, "answered"), Ok("answered"));
        assert_eq!(one_of(&questions::STATES, "Answered"), Err("not_a_choice"));
        assert_eq!(one_of(&entries::KINDS, ""), Err("not_a_choice"));
        assert_eq!(chosen(" "), Ok(None));
        assert_eq!(chosen("00000000-0000-0000-0000-000000000000"), Ok(Some(Uuid::nil())));
        assert_eq!(chosen("1"), Err("not_a_choice"));
    }
}
