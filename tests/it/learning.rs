//! Learning: who writes down what, how an action goes and who confirms it, and what two people do to each other.

pub mod rules;

use http::StatusCode;
use uuid::Uuid;

use crate::programmes::one;
use crate::stage::{Browser, Page, Stage, signed_in};

const LEARNING: &str = "/o/amani-wash/projects/wells/learning";

pub async fn user(stage: &Stage, email: &str) -> String {
    one::<Uuid>(stage, &format!("select id from auth.user_account where email = '{email}'")).await.to_string()
}

/// Sends a form of the project.
pub async fn send(browser: &mut Browser, form: &str, project: &str, fields: &[(&str, &str)]) -> Page {
    let mut all = vec![("org", "amani-wash"), ("project", project), ("back", LEARNING)];
    all.extend_from_slice(fields);
    browser.post(&format!("/fn/{form}"), &all).await
}

fn lesson<'a>(what: &'a str, shared: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("entry_kind", "lesson"), ("on_day", "2026-03-05"), ("what_happened", what), ("implication", "Buy filters")];
    if !shared.is_empty() {
        fields.push(("shared", shared));
    }
    fields
}

/// The only row of a table.
async fn only(stage: &Stage, table: &str) -> String {
    one::<Uuid>(stage, &format!("select id from app.{table}")).await.to_string()
}

/// A MEAL officer who gave the field officer an action, its project and its id.
async fn with_an_action(stage: &Stage) -> (Browser, String, String) {
    let mut meal = signed_in(stage, "meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let owner = user(stage, "field@amani.test").await;
    let given =
        send(&mut meal, "actions/add", &project, &[("title", "Buy sand filters"), ("owner", &owner), ("due_on", "2020-01-31")]).await;
    assert!(given.location.contains("notice=action-added"), "{}", given.location);
    (meal, project, only(stage, "adaptation_action").await)
}

async fn progress(browser: &mut Browser, project: &str, action: &str, version: &str, status: &str, note: &str) -> Page {
    let fields = [("action", action), ("row_version", version), ("status", status), ("outcome_note", note)];
    send(browser, "actions/update", project, &fields).await
}

#[tokio::test]
async fn lessons_are_read_in_the_project_and_beyond_it_where_they_are_shared() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let mut field = signed_in(&stage, "field@amani.test").await;
    let empty = field.get(LEARNING).await.body;
    assert!(empty.contains("Nothing was written down yet") && empty.contains("No action is open"), "{empty}");
    let hostile = "Pumps <script>alert(1)</script> & \"sand\" </textarea>";
    let added = send(&mut field, "learning-entries/add", &project, &lesson(hostile, "")).await;
    assert!(added.location.contains("notice=entry-added"), "{}", added.location);
    let entry = only(&stage, "learning_entry").await;
    for path in [LEARNING.to_owned(), format!("{LEARNING}/entries/{entry}"), format!("{LEARNING}?kind=lesson")] {
        let page = field.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("<script>alert") && page.body.contains("Pumps &lt;script"), "{path}: {}", page.body);
    }
    assert!(field.get(&format!("{LEARNING}?kind=failure")).await.body.contains("Nothing of this kind"));
    assert!(field.get(&format!("{LEARNING}?kind=nonsense")).await.body.contains("Pumps &lt;script"));
    // who reads sees no form; who has other projects sees nothing; who reads what is shared sees this once it is
    let mut viewer = signed_in(&stage, "viewer@amani.test").await;
    let read = viewer.get(&format!("{LEARNING}/entries/{entry}")).await.body;
    assert!(read.contains("Buy filters") && !read.contains("learning-entries/update"), "{read}");
    assert_eq!(send(&mut viewer, "learning-entries/add", &project, &lesson("x", "")).await.status, StatusCode::FORBIDDEN);
    let mut stranger = signed_in(&stage, "meal@baraka.test").await;
    let mut focal = signed_in(&stage, "safeguarding@amani.test").await;
    for path in [LEARNING.to_owned(), format!("{LEARNING}/entries/{entry}")] {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!focal.get(LEARNING).await.body.contains("Pumps"));
    assert_eq!(focal.get(&format!("{LEARNING}/entries/{entry}")).await.status, StatusCode::NOT_FOUND);
    let mut fields = lesson("Pumps fail of sand", "yes");
    fields.extend([("entry", entry.as_str()), ("row_version", "1")]);
    assert!(send(&mut field, "learning-entries/update", &project, &fields).await.location.contains("notice=saved"));
    let seen = focal.get(LEARNING).await.body;
    assert!(seen.contains("Pumps fail of sand") && !seen.contains("Services that people can reach"), "no framework: {seen}");
    // theirs alone to change: what they wrote
    fields.retain(|(name, _)| *name != "row_version");
    fields.push(("row_version", "2"));
    assert_eq!(send(&mut focal, "learning-entries/update", &project, &fields).await.status, StatusCode::NOT_FOUND);
    assert!(send(&mut focal, "learning-entries/add", &project, &lesson("Of their own", "")).await.location.contains("notice=entry-added"));
    assert!(focal.get(LEARNING).await.body.contains("Of their own"));
    assert_eq!(stage.count("audit.event where action in ('learning.entry_added', 'learning.entry_updated')").await, 3);
}

#[tokio::test]
async fn what_is_written_down_is_checked() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let foreign =
        one::<Uuid>(&stage, "select i.id from app.indicator i join app.project p on p.id = i.project_id where p.code = 'camps' limit 1")
            .await
            .to_string();
    for (field, value) in [
        ("entry_kind", "gossip"),
        ("on_day", "5 March"),
        ("what_happened", "  "),
        ("implication", "a\u{202e}b"),
        ("indicator", &foreign),
        ("node", &foreign),
        ("question", "1"),
    ] {
        let mut fields = lesson("Pumps", "");
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = send(&mut meal, "learning-entries/add", &project, &fields).await;
        assert!(page.location.contains("flash="), "{field}: {} {}", page.status, page.location);
        let back = meal.get(&page.location).await.body;
        assert!(back.contains("Buy filters") || field == "implication", "{field}: what was typed comes back");
    }
    assert_eq!(stage.count("app.learning_entry").await, 0);
    // an id of another project's, and of another organisation's, is nothing here
    let other = stage.project("meal@amani.test", "camps").await.to_string();
    assert!(send(&mut meal, "learning-entries/add", &project, &lesson("Pumps", "")).await.location.contains("notice="));
    let entry = only(&stage, "learning_entry").await;
    let mut fields = lesson("Elsewhere", "");
    fields.extend([("entry", entry.as_str()), ("row_version", "1")]);
    assert_eq!(send(&mut meal, "learning-entries/update", &other, &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(meal.get(&format!("/o/amani-wash/projects/camps/learning/entries/{entry}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(meal.get(&format!("{LEARNING}/entries/nothing")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_question_is_answered_from_what_was_learnt() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let asked = send(&mut meal, "learning-questions/add", &project, &[("question", "Why do pumps fail?"), ("method", "Visits")]).await;
    assert!(asked.location.contains("notice=question-added"), "{}", asked.location);
    let question = only(&stage, "learning_question").await;
    let mut fields = lesson("Sand in the cylinder", "");
    fields.push(("question", &question));
    assert!(send(&mut meal, "learning-entries/add", &project, &fields).await.location.contains("notice="));
    let board = meal.get(LEARNING).await.body;
    assert_eq!(board.matches("Sand in the cylinder").count(), 2, "beneath its question too: {board}");
    assert!(meal.get(&format!("{LEARNING}/questions/{question}")).await.body.contains("Sand in the cylinder"));
    let update = |status, answer| {
        [
            ("question_id", question.as_str()),
            ("row_version", "1"),
            ("question", "Why do pumps fail?"),
            ("status", status),
            ("answer", answer),
        ]
    };
    let empty = send(&mut meal, "learning-questions/update", &project, &update("answered", "")).await;
    assert!(empty.location.contains("flash="), "an answer is missing: {}", empty.location);
    assert!(send(&mut meal, "learning-questions/update", &project, &update("answered", "Of sand")).await.location.contains("notice=saved"));
    let late = send(&mut meal, "learning-questions/update", &project, &update("dropped", "")).await;
    assert!(late.location.contains("flash="), "from an old version: {}", late.location);
    let page = meal.get(LEARNING).await.body;
    assert!(page.contains("Of sand") && page.contains("status-answered"), "{page}");
}

#[tokio::test]
async fn two_people_who_change_one_lesson_see_each_other() {
    let stage = Stage::new().await;
    let (mut meal, mut pm) = (signed_in(&stage, "meal@amani.test").await, signed_in(&stage, "pm@amani.test").await);
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    assert!(send(&mut meal, "learning-entries/add", &project, &lesson("Pumps fail", "")).await.location.contains("notice="));
    let entry = only(&stage, "learning_entry").await;
    let back = format!("{LEARNING}/entries/{entry}");
    let update = |what: &'static str| {
        let mut fields = vec![("org", "amani-wash"), ("project", project.as_str()), ("back", back.as_str())];
        fields.extend(lesson(what, ""));
        fields.extend([("entry", entry.as_str()), ("row_version", "1")]);
        fields
    };
    assert!(meal.post("/fn/learning-entries/update", &update("Pumps fail of sand")).await.location.contains("notice=saved"));
    let late = pm.post("/fn/learning-entries/update", &update("Pumps fail of rust")).await;
    let page = pm.get(&late.location).await.body;
    assert!(
        page.contains("<td class=\"typed\">Pumps fail of sand</td>") && page.contains("<td class=\"typed\">Pumps fail of rust</td>"),
        "{}: {page}",
        late.location
    );
    assert_eq!(one::<String>(&stage, "select what_happened from app.learning_entry").await, "Pumps fail of sand");
}

#[tokio::test]
async fn an_action_is_done_by_its_owner_and_confirmed_by_somebody_else() {
    let stage = Stage::new().await;
    let (mut meal, project, action) = with_an_action(&stage).await;
    let (mut field, mut viewer) = (signed_in(&stage, "field@amani.test").await, signed_in(&stage, "viewer@amani.test").await);
    let page = field.get(LEARNING).await.body;
    assert!(page.contains("Buy sand filters") && page.contains("Grace Akinyi") && page.contains("overdue"), "in words: {page}");
    // who may what
    assert_eq!(progress(&mut viewer, &project, &action, "1", "done", "x").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        send(&mut field, "actions/verify", &project, &[("action", &action), ("row_version", "1")]).await.status,
        StatusCode::FORBIDDEN
    );
    let early = send(&mut meal, "actions/verify", &project, &[("action", &action), ("row_version", "1")]).await;
    assert!(early.location.contains("flash="), "it is not done: {}", early.location);
    // what is done says what came of it
    for (status, note, is_taken) in [("done", "", false), ("solved", "x", false), ("done", "Filters are in Kibondo", true)] {
        let said = progress(&mut field, &project, &action, "1", status, note).await;
        assert_eq!(said.location.contains("notice=saved"), is_taken, "{status} {note}: {}", said.location);
    }
    assert!(progress(&mut field, &project, &action, "1", "open", "").await.location.contains("flash="), "from an old version");
    let verified = send(&mut meal, "actions/verify", &project, &[("action", &action), ("row_version", "2")]).await;
    assert!(verified.location.contains("notice=action-verified"), "{}", verified.location);
    let shown = viewer.get(&format!("{LEARNING}/actions/{action}")).await.body;
    assert!(shown.contains("Juma Kato") && shown.contains("Filters are in Kibondo") && !shown.contains("actions/update"), "{shown}");
    // what was confirmed stays, until who gives actions takes it up again
    assert!(progress(&mut field, &project, &action, "3", "open", "").await.location.contains("flash="));
    assert!(!field.get(&format!("{LEARNING}/actions/{action}")).await.body.contains("/fn/actions/update"));
    assert!(progress(&mut meal, &project, &action, "3", "in_progress", "One is missing").await.location.contains("notice=saved"));
    assert_eq!(stage.count("app.adaptation_action where verified_by is null and done_by is null").await, 1);
    assert_eq!(stage.count("audit.event where action like 'learning.action_%'").await, 4);
}

#[tokio::test]
async fn nobody_confirms_their_own_action_unless_it_is_allowed_and_then_it_shows() {
    let stage = Stage::new().await;
    let (mut meal, project, action) = with_an_action(&stage).await;
    // who reports it for the owner confirms it no more than the owner does
    assert!(progress(&mut meal, &project, &action, "1", "done", "I saw them").await.location.contains("notice=saved"));
    let verify = [("action", action.as_str()), ("row_version", "2")];
    let own = send(&mut meal, "actions/verify", &project, &verify).await;
    assert!(own.location.contains("flash="), "{}", own.location);
    assert!(meal.get(&format!("{LEARNING}/actions/{action}")).await.body.contains("somebody else confirms it"));
    assert_eq!(stage.count("app.adaptation_action where verified_by is not null").await, 0);
    stage.run("update app.tenant set self_verify_allowed = true where slug = 'amani-wash'").await;
    assert!(send(&mut meal, "actions/verify", &project, &verify).await.location.contains("notice=action-verified"));
    assert!(meal.get(&format!("{LEARNING}/actions/{action}")).await.body.contains("by the one who did it"));
}

#[tokio::test]
async fn an_action_is_given_to_who_belongs_to_the_project() {
    let stage = Stage::new().await;
    let (mut meal, project, action) = with_an_action(&stage).await;
    for email in ["viewer@amani.test", "admin@amani.test", "field@baraka.test"] {
        let stranger = user(&stage, email).await;
        let fields = [("title", "Buy"), ("owner", stranger.as_str()), ("due_on", "2026-05-01")];
        assert!(send(&mut meal, "actions/add", &project, &fields).await.location.contains("flash="), "{email}");
        let rule = [("periods", "2"), ("owner", stranger.as_str()), ("within_days", "14")];
        assert!(send(&mut meal, "trigger-rules/add", &project, &rule).await.location.contains("flash="), "{email}");
    }
    let pm = user(&stage, "pm@amani.test").await;
    let assign = |version| {
        [("action", action.as_str()), ("row_version", version), ("title", "Buy filters"), ("owner", pm.as_str()), ("due_on", "2026-05-01")]
    };
    let mut field = signed_in(&stage, "field@amani.test").await;
    assert_eq!(send(&mut field, "actions/assign", &project, &assign("1")).await.status, StatusCode::FORBIDDEN);
    assert!(send(&mut meal, "actions/assign", &project, &assign("1")).await.location.contains("notice=saved"));
    assert!(send(&mut meal, "actions/assign", &project, &assign("1")).await.location.contains("flash="), "from an old version");
    // it is theirs no more
    assert_eq!(progress(&mut field, &project, &action, "2", "in_progress", "").await.status, StatusCode::NOT_FOUND);
    let camps = stage.project("meal@amani.test", "camps").await.to_string();
    assert_eq!(progress(&mut meal, &camps, &action, "2", "in_progress", "").await.status, StatusCode::NOT_FOUND, "another project's");
}

#[tokio::test]
async fn home_names_the_actions_that_are_due() {
    let stage = Stage::new().await;
    let (mut meal, project, _) = with_an_action(&stage).await;
    let owner = user(&stage, "field@amani.test").await;
    for (title, due_on) in [("Next year", "2099-01-01"), ("With <care>", "2020-02-01")] {
        let fields = [("title", title), ("owner", owner.as_str()), ("due_on", due_on)];
        assert!(send(&mut meal, "actions/add", &project, &fields).await.location.contains("notice="));
    }
    let mut field = signed_in(&stage, "field@amani.test").await;
    let page = field.get("/o/amani-wash").await.body;
    assert!(page.contains("Buy sand filters: ") && page.contains("With &lt;care") && !page.contains("Next year"), "{page}");
    assert!(!meal.get("/o/amani-wash").await.body.contains("Buy sand filters"), "it is nobody else's");
    stage.run("update app.adaptation_action set status = 'dropped', outcome_note = 'no'").await;
    assert!(!field.get("/o/amani-wash").await.body.contains("Buy sand filters"));
}
