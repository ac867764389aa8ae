//! Questions that a project asks itself, how it goes about them, and what the answer was.

use super::entries::{self, Entry};
use super::{Around, MOST_LISTED, Sees, one_of, own};
use crate::access::{Can, Cx, Reader};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{LearningQuestionId, ProjectId};
use crate::kernel::text;

/// Where a question can stand.
pub const STATES: [&str; 3] = ["open", "answered", "dropped"];

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its id.
    pub id: LearningQuestionId,
    /// What is asked.
    pub question: String,
    /// Why it matters.
    pub why: String,
    /// How an answer is sought.
    pub method: String,
    /// One of [`STATES`].
    pub status: String,
    /// The answer; empty before there is one.
    pub answer: String,
    /// Whether who looks asked it.
    pub mine: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// The questions of a project, open ones first, the newest first; only one, if it is named.
pub(super) async fn of_project(r: &mut Reader, project: ProjectId, sees: Sees, only: Option<LearningQuestionId>) -> Result<Vec<Question>> {
    Ok(sqlx::query_as!(
        Question,
        r#"select q.id as "id: LearningQuestionId", q.question,
             -- of a question that is shown for the sake of a shared lesson, what is asked and no more
             case when $2 or q.created_by = $3 then q.why else '' end as "why!",
             case when $2 or q.created_by = $3 then q.method else '' end as "method!", q.status,
             case when $2 or q.created_by = $3 then q.answer else '' end as "answer!",
             q.created_by is not distinct from $3 as "mine!", q.row_version
           from app.learning_question q
           where q.project_id = $1 and ($4::uuid is null or q.id = $4)
             and ($2 or q.created_by = $3 or exists (
               select from app.learning_entry e where e.tenant_id = q.tenant_id and e.question_id = q.id and e.shared))
           order by (q.status = 'open') desc, q.created_at desc limit $5"#,
        project.0,
        sees.all,
        sees.me,
        only.map(|id| id.0),
        MOST_LISTED
    )
    .fetch_all(r.conn())
    .await?)
}

/// A question with the lessons that belong to it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The question.
    pub question: Question,
    /// Its lessons, the newest first, each cut to its beginning.
    pub entries: Vec<Entry>,
    /// What lessons can be about.
    pub around: Around,
}

/// One question.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn open(cx: &Cx, project: ProjectId, id: LearningQuestionId) -> Result<Opened> {
    let mut r = cx.read(Can::ReadLearning(project)).await?;
    let sees = Sees::of(cx, project)?;
    let question = of_project(&mut r, project, sees, Some(id)).await?.into_iter().next().ok_or(Error::NotFound)?;
    let entries = entries::of_project(&mut r, project, sees, entries::Which { question: Some(id), ..entries::Which::default() }).await?;
    let around = Around::of(cx, &mut r, project, sees).await?;
    Ok(Opened { question, entries, around })
}

/// A question as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuestionForm<'a> {
    /// What is asked.
    pub question: &'a str,
    /// Why it matters.
    pub why: &'a str,
    /// How an answer is sought.
    pub method: &'a str,
    /// Where it stands.
    pub status: &'a str,
    /// The answer.
    pub answer: &'a str,
}

struct New {
    question: String,
    why: String,
    method: String,
    status: &'static str,
    answer: String,
}

impl QuestionForm<'_> {
    fn parse(self) -> Result<New> {
        let mut bad = Invalid::default();
        let question = bad.keep("question", text::line(self.question, 3, 500));
        let why = bad.keep("why", text::prose(self.why, 4000));
        let method = bad.keep("method", text::prose(self.method, 4000));
        let status = bad.keep("status", one_of(&STATES, self.status));
        let answer = bad.keep("answer", text::prose(self.answer, 4000));
        if status == Some("answered") && answer.as_ref().is_some_and(String::is_empty) {
            bad.note("answer", "required");
        }
        match (question, why, method, status, answer) {
            (Some(question), Some(why), Some(method), Some(status), Some(answer)) if bad.0.is_empty() => {
                Ok(New { question, why, method, status, answer })
            }
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Asks a question.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: QuestionForm<'_>) -> Result<LearningQuestionId> {
    let mut w = cx.write(Can::WriteLearning(project)).await?;
    let new = QuestionForm { status: STATES[0], answer: "", ..form }.parse()?;
    let id = LearningQuestionId::new();
    sqlx::query!(
        "insert into app.learning_question (id, project_id, question, why, method) values ($1, $2, $3, $4, $5)",
        id.0,
        project.0,
        new.question,
        new.why,
        new.method
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::LearningQuestionAdded { question: id, project }).await?;
    Ok(id)
}

/// Changes a question, or answers it; for who writes down their own alone, one of theirs.
///
/// # Errors
/// Refusal, refused fields (`required` for an answered one without an answer), not found, stale, or the database's.
pub async fn update(cx: &Cx, project: ProjectId, id: LearningQuestionId, form: QuestionForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::WriteLearning(project)).await?;
    let own = own(&w.scope);
    let new = form.parse()?;
    let there = sqlx::query_scalar!(
        "select row_version from app.learning_question
         where project_id = $1 and id = $2 and ($3::uuid is null or created_by = $3) for update",
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!(
        "update app.learning_question set question = $2, why = $3, method = $4, status = $5, answer = $6 where id = $1",
        id.0,
        new.question,
        new.why,
        new.method,
        new.status,
        new.answer
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::LearningQuestionUpdated { question: id, project }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_question_has_an_answer() {
        // question, status, answer, the fields that are refused
        type Refused = &'static [(&'static str, &'static str)];
        let cases: [(&str, &str, &str, Refused); 5] = [
            ("Why do pumps fail?", "open", "", &[]),
            ("Why do pumps fail?", "answered", "Sand", &[]),
            ("Why do pumps fail?", "answered", " ", &[("answer", "required")]),
            ("Why do pumps fail?", "dropped", "", &[]),
            ("", "solved", "", &[("question", "required"), ("status", "not_a_choice")]),
        ];
        for (question, status, answer, refused) in cases {
            let found = QuestionForm { question, status, answer, ..QuestionForm::default() }.parse();
            let bad = match found {
                Err(Error::Invalid(bad)) => bad.0,
                _ => std::collections::BTreeMap::new(),
            };
            let found: Vec<(&str, &str)> = bad.iter().map(|(field, fault)| (field.as_str(), *fault)).collect();
            assert_eq!(found, refused, "{question} {status} {answer}");
        }
    }
}
