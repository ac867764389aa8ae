//! What was learnt: lessons, good practice, failures, decisions and reviews after the event.

use chrono::NaiveDate;
use uuid::Uuid;

use super::actions::{self, Action};
use super::{Around, Links, MOST_LISTED, Sees, chosen, one_of, own};
use crate::access::{Can, Cx, Reader};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{IndicatorId, LearningEntryId, LearningQuestionId, ProjectId, ResultNodeId};
use crate::kernel::text;

/// Kinds, in the order in which a form offers them.
pub const KINDS: [&str; 5] = ["lesson", "good_practice", "failure", "decision", "after_action"];

/// Something that was learnt.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: LearningEntryId,
    /// One of [`KINDS`].
    pub kind: String,
    /// The day that it is of.
    pub on_day: NaiveDate,
    /// What happened; in a list its beginning.
    pub what_happened: String,
    /// Why; in a list empty.
    pub why: String,
    /// What follows from it; in a list its beginning.
    pub implication: String,
    /// The result that it is about.
    pub node: Option<ResultNodeId>,
    /// The indicator that it is about.
    pub indicator: Option<IndicatorId>,
    /// The question that it belongs to.
    pub question: Option<LearningQuestionId>,
    /// Whether it is read beyond the project.
    pub shared: bool,
    /// Who wrote it down.
    pub by: Option<String>,
    /// Whether that is who looks.
    pub mine: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// Which entries are looked for; all, where nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Which<'a> {
    /// This one, whole.
    pub one: Option<LearningEntryId>,
    /// Those of a kind.
    pub kind: Option<&'a str>,
    /// Those of a question.
    pub question: Option<LearningQuestionId>,
}

/// The entries of a project, the newest first. In a list a text is cut: it is read whole on a page of its own.
pub(super) async fn of_project(r: &mut Reader, project: ProjectId, sees: Sees, which: Which<'_>) -> Result<Vec<Entry>> {
    Ok(sqlx::query_as!(
        Entry,
        r#"select e.id as "id: LearningEntryId", e.kind, e.on_day,
             case when $4::uuid is null then left(e.what_happened, 301) else e.what_happened end as "what_happened!",
             case when $4::uuid is null then '' else e.why end as "why!",
             case when $4::uuid is null then left(e.implication, 301) else e.implication end as "implication!",
             e.result_node_id as "node: ResultNodeId", e.indicator_id as "indicator: IndicatorId",
             e.question_id as "question: LearningQuestionId", e.shared, who.name as "by?", e.created_by is not distinct from $3 as "mine!",
             e.row_version
           from (
             select * from app.learning_entry x
             where x.project_id = $1 and ($2 or x.shared or x.created_by = $3) and ($4::uuid is null or x.id = $4)
               and ($5::text is null or x.kind = $5) and ($6::uuid is null or x.question_id = $6)
             order by x.on_day desc, x.id desc limit $7
           ) e
           left join gate.people() who on who.id = e.created_by
           order by e.on_day desc, e.id desc"#,
        project.0,
        sees.all,
        sees.me,
        which.one.map(|id| id.0),
        which.kind,
        which.question.map(|id| id.0),
        MOST_LISTED
    )
    .fetch_all(r.conn())
    .await?)
}

/// The beginning of an entry that belongs to a question.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// The entry.
    pub id: LearningEntryId,
    /// The question.
    pub question: LearningQuestionId,
    /// Its kind.
    pub kind: String,
    /// The day that it is of.
    pub on_day: NaiveDate,
    /// How it begins.
    pub what_happened: String,
}

/// The entries that belong to questions, the newest first.
pub(super) async fn of_questions(r: &mut Reader, project: ProjectId, sees: Sees) -> Result<Vec<Excerpt>> {
    Ok(sqlx::query_as!(
        Excerpt,
        r#"select x.id as "id: LearningEntryId", x.question_id as "question!: LearningQuestionId", x.kind, x.on_day,
             left(x.what_happened, 101) as "what_happened!"
           from app.learning_entry x
           where x.project_id = $1 and x.question_id is not null and ($2 or x.shared or x.created_by = $3)
           order by x.on_day desc, x.id desc limit $4"#,
        project.0,
        sees.all,
        sees.me,
        MOST_LISTED
    )
    .fetch_all(r.conn())
    .await?)
}

/// An entry with what follows from it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The entry, whole.
    pub entry: Entry,
    /// What is done about it.
    pub actions: Vec<Action>,
    /// What it can be about.
    pub around: Around,
}

/// One entry.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn open(cx: &Cx, project: ProjectId, id: LearningEntryId) -> Result<Opened> {
    let mut r = cx.read(Can::ReadLearning(project)).await?;
    let sees = Sees::of(cx, project)?;
    let one = Which { one: Some(id), ..Which::default() };
    let entry = of_project(&mut r, project, sees, one).await?.into_iter().next().ok_or(Error::NotFound)?;
    let actions = actions::of_project(&mut r, project, sees, actions::Which { entry: Some(id), ..actions::Which::default() }).await?;
    let around = Around::of(cx, &mut r, project, sees).await?;
    Ok(Opened { entry, actions, around })
}

/// An entry as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryForm<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// The day, `YYYY-MM-DD`.
    pub on_day: &'a str,
    /// What happened.
    pub what_happened: &'a str,
    /// Why.
    pub why: &'a str,
    /// What follows from it.
    pub implication: &'a str,
    /// The result's id; empty for none.
    pub node: &'a str,
    /// The indicator's id; likewise.
    pub indicator: &'a str,
    /// The question's id; likewise.
    pub question: &'a str,
    /// Whether it is read beyond the project.
    pub shared: bool,
}

struct New {
    kind: &'static str,
    on_day: NaiveDate,
    what_happened: String,
    why: String,
    implication: String,
    links: Links,
}

impl EntryForm<'_> {
    fn parse(self) -> Result<New> {
        let mut bad = Invalid::default();
        let kind = bad.keep("entry_kind", one_of(&KINDS, self.kind));
        let on_day = bad.keep("on_day", text::date(self.on_day));
        let what_happened = bad.keep("what_happened", text::prose(self.what_happened, 4000));
        if what_happened.as_ref().is_some_and(String::is_empty) {
            bad.note("what_happened", "required");
        }
        let why = bad.keep("why", text::prose(self.why, 4000));
        let implication = bad.keep("implication", text::prose(self.implication, 4000));
        let node = bad.keep("node", chosen(self.node)).flatten();
        let indicator = bad.keep("indicator", chosen(self.indicator)).flatten();
        let question = bad.keep("question", chosen(self.question)).flatten();
        let links = Links { node, indicator, question, entry: None };
        match (kind, on_day, what_happened, why, implication) {
            (Some(kind), Some(on_day), Some(what_happened), Some(why), Some(implication)) if bad.0.is_empty() => {
                Ok(New { kind, on_day, what_happened, why, implication, links })
            }
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Writes something down.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: EntryForm<'_>) -> Result<LearningEntryId> {
    let mut w = cx.write(Can::WriteLearning(project)).await?;
    let new = form.parse()?;
    new.links.check(&mut w, project).await?;
    let id = LearningEntryId::new();
    sqlx::query!(
        "insert into app.learning_entry (id, project_id, kind, on_day, what_happened, why, implication, result_node_id, indicator_id,
           question_id, shared)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id.0,
        project.0,
        new.kind,
        new.on_day,
        new.what_happened,
        new.why,
        new.implication,
        new.links.node,
        new.links.indicator,
        new.links.question,
        form.shared
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::LearningEntryAdded { entry: id, project }).await?;
    Ok(id)
}

/// Changes an entry; for who writes down their own alone, one of theirs.
///
/// # Errors
/// Refusal, refused fields, not found, stale, or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: LearningEntryId, form: EntryForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteLearning(project)).await?;
    let own = own(&w.scope);
    let new = form.parse()?;
    let there = sqlx::query!(
        "select row_version, result_node_id, indicator_id, question_id from app.learning_entry
         where project_id = $1 and id = $2 and ($3::uuid is null or created_by = $3) for update",
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there.row_version != row_version {
        return Err(Error::Stale);
    }
    // who writes their own alone is shown no results and indicators: what others linked it to stays
    let links = if own.is_some() { Links { node: there.result_node_id, indicator: there.indicator_id, ..new.links } } else { new.links };
    // what stood there already was checked then
    let fresh = |link: Option<Uuid>, stood: Option<Uuid>| link.filter(|link| stood != Some(*link));
    let changed = Links {
        node: fresh(links.node, there.result_node_id),
        indicator: fresh(links.indicator, there.indicator_id),
        question: fresh(links.question, there.question_id),
        ..Links::default()
    };
    changed.check(&mut w, project).await?;
    sqlx::query!(
        "update app.learning_entry set kind = $2, on_day = $3, what_happened = $4, why = $5, implication = $6, result_node_id = $7,
           indicator_id = $8, question_id = $9, shared = $10
         where id = $1",
        id.0,
        new.kind,
        new.on_day,
        new.what_happened,
        new.why,
        new.implication,
        links.node,
        links.indicator,
        links.question,
        form.shared
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::LearningEntryUpdated { entry: id, project }).await
}
