//! Actions: what is done about a lesson or an indicator, by whom and until when, and who confirmed that it was.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Around, Links, MOST_LISTED, Sees, chosen, expect_owner, one_of, own};
use crate::access::{Can, Cx, Reader, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{AdaptationActionId, IndicatorId, LearningEntryId, ProjectId, UserId};
use crate::kernel::text;

/// Where an action can stand.
pub const STATES: [&str; 4] = ["open", "in_progress", "done", "dropped"];
/// Days before its day from which on an action needs its owner.
const SOON: i32 = 14;

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its id.
    pub id: AdaptationActionId,
    /// What is to be done.
    pub title: String,
    /// Who does it.
    pub owner: UserId,
    /// Their name.
    pub owner_name: Option<String>,
    /// The day by which it is done.
    pub due_on: NaiveDate,
    /// Days since then, of one that is still to be done; else 0.
    pub days_late: i32,
    /// One of [`STATES`].
    pub status: String,
    /// What came of it.
    pub outcome_note: String,
    /// The lesson that it follows from.
    pub entry: Option<LearningEntryId>,
    /// The indicator that it is about.
    pub indicator: Option<IndicatorId>,
    /// Periods in a row off track after which a rule asked for it; none where somebody did.
    pub periods: Option<i32>,
    /// The name of the last of them.
    pub period: Option<String>,
    /// When it was confirmed that it is done.
    pub verified_at: Option<DateTime<Utc>>,
    /// By whom.
    pub verifier: Option<String>,
    /// Whether that is who did it, or said that it is done.
    pub self_verified: bool,
    /// Whether it is for who looks to do.
    pub mine: bool,
    /// Whether who looks does it, or said that it is done: then somebody else confirms it.
    pub own_work: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

impl Action {
    /// Whether it is still to be done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "open" | "in_progress")
    }
}

/// Which actions are looked for; all, where nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Which {
    /// This one.
    pub one: Option<AdaptationActionId>,
    /// Those that follow from an entry.
    pub entry: Option<LearningEntryId>,
}

/// The actions of a project: open ones by the day on which they are due, then the others, the last changed first. Who reads what is shared
/// alone sees what follows from that, and what is theirs.
pub(super) async fn of_project(r: &mut Reader, project: ProjectId, sees: Sees, which: Which) -> Result<Vec<Action>> {
    Ok(sqlx::query_as!(
        Action,
        r#"select a.id as "id: AdaptationActionId", a.title, a.owner_id as "owner: UserId", who.name as "owner_name?", a.due_on,
             case when a.status in ('open', 'in_progress') then greatest((select app.today()) - a.due_on, 0) else 0 end as "days_late!",
             a.status, a.outcome_note, a.entry_id as "entry: LearningEntryId", a.indicator_id as "indicator: IndicatorId",
             case when $7 then t.periods end as "periods", case when $7 then p.name end as "period", a.verified_at, v.name as "verifier?", a.self_verified,
             a.owner_id = $3 as "mine!", (a.owner_id = $3 or a.done_by is not distinct from $3) as "own_work!", a.row_version
           from (
             select * from app.adaptation_action x
             where x.project_id = $1 and ($4::uuid is null or x.id = $4) and ($5::uuid is null or x.entry_id = $5)
               and ($2 or x.owner_id = $3 or x.created_by = $3 or exists (
                 select from app.learning_entry e where e.tenant_id = x.tenant_id and e.id = x.entry_id and e.shared))
             order by (x.status in ('open', 'in_progress')) desc, case when x.status in ('open', 'in_progress') then x.due_on end,
               x.updated_at desc, x.id limit $6
           ) a
           left join app.trigger_rule t on t.tenant_id = a.tenant_id and t.id = a.rule_id
           left join app.reporting_period p on p.tenant_id = a.tenant_id and p.id = a.period_id
           left join gate.people() who on who.id = a.owner_id
           left join gate.people() v on v.id = a.verified_by
           order by (a.status in ('open', 'in_progress')) desc, case when a.status in ('open', 'in_progress') then a.due_on end,
             a.updated_at desc, a.id"#,
        project.0,
        sees.all,
        sees.me,
        which.one.map(|id| id.0),
        which.entry.map(|id| id.0),
        MOST_LISTED,
        sees.totals
    )
    .fetch_all(r.conn())
    .await?)
}

/// An action, with what it can be about and who can do it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The action.
    pub action: Action,
    /// What it can be about.
    pub around: Around,
}

/// One action.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn open(cx: &Cx, project: ProjectId, id: AdaptationActionId) -> Result<Opened> {
    let mut r = cx.read(Can::ReadLearning(project)).await?;
    let sees = Sees::of(cx, project)?;
    let one = Which { one: Some(id), ..Which::default() };
    let action = of_project(&mut r, project, sees, one).await?.into_iter().next().ok_or(Error::NotFound)?;
    let around = Around::of(cx, &mut r, project, sees).await?;
    Ok(Opened { action, around })
}

/// An action that needs its owner.
#[derive(Clone, Debug)]
pub struct Due {
    /// The action.
    pub id: AdaptationActionId,
    /// Its project.
    pub project: ProjectId,
    /// What is to be done.
    pub title: String,
    /// The day by which it is done.
    pub due_on: NaiveDate,
    /// Days since then; 0 or less before.
    pub days_late: i32,
}

/// The actions of this person that are due within two weeks, or were before, the first ones first; one statement, or none for who has none.
///
/// # Errors
/// Refusal, or the database's.
pub async fn due(cx: &Cx) -> Result<Vec<Due>> {
    let projects: Vec<Uuid> =
        cx.actor().projects().into_iter().filter(|project| cx.may(Can::UpdateAction(*project))).map(|project| project.0).collect();
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let mut r = cx.read(Can::ListProjects).await?;
    Ok(sqlx::query_as!(
        Due,
        r#"select id as "id: AdaptationActionId", project_id as "project: ProjectId", title, due_on, (select app.today()) - due_on as "days_late!"
           from app.adaptation_action
           where owner_id = $1 and project_id = any ($2) and status in ('open', 'in_progress') and due_on <= (select app.today()) + $3::int
           order by due_on, id limit 100"#,
        cx.user()?.0,
        &projects,
        SOON
    )
    .fetch_all(r.conn())
    .await?)
}

/// An action as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActionForm<'a> {
    /// What is to be done.
    pub title: &'a str,
    /// The account of who does it.
    pub owner: &'a str,
    /// The day by which it is done, `YYYY-MM-DD`.
    pub due_on: &'a str,
    /// The lesson's id; empty for none.
    pub entry: &'a str,
    /// The indicator's id; likewise.
    pub indicator: &'a str,
}

struct New {
    title: String,
    owner: UserId,
    due_on: NaiveDate,
    links: Links,
}

impl ActionForm<'_> {
    fn parse(self) -> Result<New> {
        let mut bad = Invalid::default();
        let title = bad.keep("title", text::line(self.title, 1, 200));
        let owner = bad.keep("owner", self.owner.trim().parse::<UserId>().map_err(|_| "not_a_choice"));
        let due_on = bad.keep("due_on", text::date(self.due_on));
        let entry = bad.keep("entry", chosen(self.entry)).flatten();
        let indicator = bad.keep("indicator", chosen(self.indicator)).flatten();
        let links = Links { indicator, entry, ..Links::default() };
        match (title, owner, due_on) {
            (Some(title), Some(owner), Some(due_on)) if bad.0.is_empty() => Ok(New { title, owner, due_on, links }),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Gives somebody of the project an action.
///
/// # Errors
/// Refusal, refused fields, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: ActionForm<'_>) -> Result<AdaptationActionId> {
    let mut w = cx.write(Can::AssignAction(project)).await?;
    let new = form.parse()?;
    new.links.check(&mut w, project).await?;
    expect_owner(&mut w, project, new.owner).await?;
    let id = AdaptationActionId::new();
    sqlx::query!(
        "insert into app.adaptation_action (id, project_id, entry_id, indicator_id, title, owner_id, due_on)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        project.0,
        new.links.entry,
        new.links.indicator,
        new.title,
        new.owner.0,
        new.due_on
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ActionAdded { action: id, project }).await?;
    Ok(id)
}

/// How an action stands, its row held for the transaction.
struct Held {
    owner: UserId,
    status: String,
    done_by: Option<UserId>,
    verified: bool,
}

/// Holds an action; for who may change their own alone, one of theirs.
async fn hold(w: &mut Writer, project: ProjectId, id: AdaptationActionId, row_version: i32) -> Result<Held> {
    let own = own(&w.scope);
    let row = sqlx::query!(
        r#"select owner_id as "owner: UserId", status, done_by as "done_by: UserId", verified_by is not null as "verified!", row_version
           from app.adaptation_action where project_id = $1 and id = $2 and ($3::uuid is null or owner_id = $3) for update"#,
        project.0,
        id.0,
        own
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if row.row_version != row_version {
        return Err(Error::Stale);
    }
    Ok(Held { owner: row.owner, status: row.status, done_by: row.done_by, verified: row.verified })
}

/// Says anew what is to be done, by whom and until when. Whoever has it keeps it, though they left the project.
///
/// # Errors
/// Refusal, refused fields, not found, stale, `action_verified`, `action_over`, or the database's.
pub async fn assign(cx: &Cx, project: ProjectId, id: AdaptationActionId, form: ActionForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::AssignAction(project)).await?;
    let new = form.parse()?;
    let held = hold(&mut w, project, id, row_version).await?;
    if held.verified {
        return Err(Error::Rule("action_verified"));
    }
    if held.owner != new.owner {
        // what is over was theirs: nobody gives it away to confirm it then
        if matches!(held.status.as_str(), "done" | "dropped") {
            return Err(Error::Rule("action_over"));
        }
        expect_owner(&mut w, project, new.owner).await?;
    }
    sqlx::query!(
        "update app.adaptation_action set title = $2, owner_id = $3, due_on = $4 where id = $1",
        id.0,
        new.title,
        new.owner.0,
        new.due_on
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ActionAssigned { action: id, project }).await
}

/// How an action goes, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgressForm<'a> {
    /// Where it stands.
    pub status: &'a str,
    /// What came of it.
    pub outcome_note: &'a str,
}

impl ProgressForm<'_> {
    /// What is done or dropped says what came of it, or why.
    fn parse(self) -> Result<(&'static str, String)> {
        let mut bad = Invalid::default();
        let status = bad.keep("status", one_of(&STATES, self.status));
        let note = bad.keep("outcome_note", text::prose(self.outcome_note, 4000));
        if matches!(status, Some("done" | "dropped")) && note.as_ref().is_some_and(String::is_empty) {
            bad.note("outcome_note", "required");
        }
        match (status, note) {
            (Some(status), Some(note)) if bad.0.is_empty() => Ok((status, note)),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Says how an action goes: its owner, or who gives actions. What was confirmed is taken up again by the latter alone, and then waits to be
/// confirmed anew.
///
/// # Errors
/// Refusal, refused fields (`required` for one that is done or dropped and says nothing), not found, stale, `action_verified`, or the
/// database's.
pub async fn update(cx: &Cx, project: ProjectId, id: AdaptationActionId, form: ProgressForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::UpdateAction(project)).await?;
    let (status, note) = form.parse()?;
    let held = hold(&mut w, project, id, row_version).await?;
    if held.verified && own(&w.scope).is_some() {
        return Err(Error::Rule("action_verified"));
    }
    // who mends a word of what was reported did not report it
    let done_by = if status == "done" { held.done_by.or(Some(cx.user()?)).map(|by| by.0) } else { None };
    sqlx::query!(
        "update app.adaptation_action
         set status = $2, outcome_note = $3, done_by = $4, verified_by = null, verified_at = null, self_verified = false where id = $1",
        id.0,
        status,
        note,
        done_by
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ActionUpdated { action: id, project, status }).await
}

/// Confirms that an action is done: not who did it, nor who said so, unless the organisation allows that; then it is flagged.
///
/// # Errors
/// Refusal, not found, stale, `action_not_done` (also of one that is confirmed), `own_action`, or the database's.
pub async fn verify(cx: &Cx, project: ProjectId, id: AdaptationActionId, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::AssignAction(project)).await?;
    let held = hold(&mut w, project, id, row_version).await?;
    if held.status != "done" || held.verified {
        return Err(Error::Rule("action_not_done"));
    }
    let me = cx.user()?;
    let is_own = held.owner == me || held.done_by == Some(me);
    if is_own && !cx.standing()?.self_verify_allowed {
        return Err(Error::Rule("own_action"));
    }
    sqlx::query!(
        "update app.adaptation_action set verified_by = $2, verified_at = now(), self_verified = $3 where id = $1",
        id.0,
        me.0,
        is_own
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::ActionVerified { action: id, project }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_says_what_came_of_it() {
        // status, note, whether it is taken
        let cases = [
            ("open", "", true),
            ("in_progress", "", true),
            ("done", "Spare parts are in Kibondo", true),
            ("done", " ", false),
            ("dropped", "", false),
            ("dropped", "The well was closed", true),
            ("verified", "x", false),
        ];
        for (status, outcome_note, is_taken) in cases {
            assert_eq!(ProgressForm { status, outcome_note }.parse().is_ok(), is_taken, "{status} {outcome_note}");
        }
    }
}
