//! Rules that ask for an action where an indicator stays off track: once, and only of what was verified.

use http::StatusCode;
use server::kernel::ids::{PeriodId, ProjectId, ValueId};
use server::projects::reviews::{self, Decision, Selection};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{LEARNING, only, send, user};
use crate::programmes::one;
use crate::stage::{Stage, signed_in};

/// Two months that are over, in each of which the wells repaired were far too few, by two places. Nothing of them is verified yet.
pub async fn two_months(stage: &Stage) -> [PeriodId; 2] {
    let sql = "set session_replication_role = replica;
         update app.indicator set frequency = 'monthly' where code = 'wells_repaired';
         insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
           select p.tenant_id, gen_random_uuid(), p.id, 'monthly', m.name, current_date - m.a, current_date - m.b
           from app.project p, (values ('First month', 70, 41), ('Second month', 40, 10)) m(name, a, b) where p.code = 'wells';
         insert into app.target (tenant_id, id, project_id, indicator_id, period_id, value)
           select p.tenant_id, gen_random_uuid(), p.project_id, i.id, p.id, 12
           from app.reporting_period p join app.indicator i on i.project_id = p.project_id and i.code = 'wells_repaired'
           where p.name like '% month';
         insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, value, status, submitted_by)
           select p.tenant_id, gen_random_uuid(), p.project_id, i.id, p.id, l.id, 1, 'submitted', p.project_id
           from app.reporting_period p join app.indicator i on i.project_id = p.project_id and i.code = 'wells_repaired'
           join app.location l on l.tenant_id = p.tenant_id and l.code in ('KAS', 'KIB') where p.name like '% month'";
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut stage.superuser().await).await.unwrap();
    let mut out = Vec::new();
    for name in ["First month", "Second month"] {
        out.push(PeriodId(one(stage, &format!("select id from app.reporting_period where name = '{name}'")).await));
    }
    out.try_into().unwrap()
}

pub async fn verify(stage: &Stage, project: ProjectId, what: Selection) {
    reviews::decide(&stage.cx("meal@amani.test").await, project, &what, &Decision::Verify).await.unwrap();
}

/// A value of the second month.
async fn value(stage: &Stage, status: &str) -> ValueId {
    let sql = "select v.id from app.indicator_value v join app.reporting_period p on p.id = v.period_id";
    ValueId(one(stage, &format!("{sql} where p.name = 'Second month' and v.status = '{status}' limit 1")).await)
}

/// Takes back the verification of a value of the second month, submits it anew and verifies it.
async fn again(stage: &Stage, project: ProjectId, second: PeriodId) {
    let taken_back = value(stage, "verified").await;
    reviews::unverify(&stage.cx("meal@amani.test").await, project, taken_back, "count again").await.unwrap();
    stage.run("update app.indicator_value set status = 'submitted', return_note = null where return_note = 'count again'").await;
    verify(stage, project, Selection::All(Some(second))).await;
}

#[tokio::test]
async fn a_rule_asks_for_one_action_after_two_periods_off_track_and_not_twice() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let [first, second] = two_months(&stage).await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let id = project.to_string();
    let owner = user(&stage, "field@amani.test").await;
    for (periods, days) in [("0", "14"), ("5", "14"), ("two", "14"), ("2", "0"), ("2", "")] {
        let fields = [("periods", periods), ("owner", owner.as_str()), ("within_days", days)];
        assert!(send(&mut meal, "trigger-rules/add", &id, &fields).await.location.contains("flash="), "{periods} {days}");
    }
    let rule = [("indicator", ""), ("periods", "2"), ("owner", owner.as_str()), ("within_days", "14")];
    assert!(send(&mut meal, "trigger-rules/add", &id, &rule).await.location.contains("notice=rule-added"));
    assert!(send(&mut meal, "trigger-rules/add", &id, &rule).await.location.contains("flash="), "one rule for all is enough");
    let actions = "app.adaptation_action where source = 'rule'";
    verify(&stage, project, Selection::All(Some(first))).await;
    assert_eq!(stage.count(actions).await, 0, "one period alone");
    // while a figure of the period waits for its review, nothing is asked for
    let one_place = value(&stage, "submitted").await;
    verify(&stage, project, Selection::These(vec![one_place])).await;
    assert_eq!(stage.count(actions).await, 0, "half of a period");
    verify(&stage, project, Selection::All(Some(second))).await;
    assert_eq!(stage.count(actions).await, 1);
    let due = "app.adaptation_action a join auth.user_account u on u.id = a.owner_id join app.reporting_period p on p.id = a.period_id
               where a.due_on = (now() at time zone 'Africa/Nairobi')::date + 14 and u.email = 'field@amani.test' and p.name = 'Second month'";
    assert_eq!(stage.count(due).await, 1);
    let page = signed_in(&stage, "viewer@amani.test").await.get(LEARNING).await.body;
    assert!(
        page.contains("Wells repaired and handed over") && page.contains("off track for 2 periods in a row, the last of them Second month"),
        "{page}"
    );
    assert_eq!(stage.count("audit.event where action = 'adaptation_action.insert'").await, 1, "it is in the log");
    again(&stage, project, second).await;
    assert_eq!(stage.count(actions).await, 1, "it was asked for already");
}

#[tokio::test]
async fn a_rule_that_is_switched_off_asks_for_nothing() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let [first, second] = two_months(&stage).await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let id = project.to_string();
    let owner = user(&stage, "field@amani.test").await;
    let rule = [("periods", "1"), ("owner", owner.as_str()), ("within_days", "14")];
    assert!(send(&mut meal, "trigger-rules/add", &id, &rule).await.location.contains("notice=rule-added"));
    let of_all = only(&stage, "trigger_rule").await;
    let indicator = one::<Uuid>(&stage, "select id from app.indicator where code = 'wells_repaired'").await.to_string();
    let slower = [("indicator", indicator.as_str()), ("periods", "3"), ("owner", owner.as_str()), ("within_days", "14")];
    assert!(send(&mut meal, "trigger-rules/add", &id, &slower).await.location.contains("notice=rule-added"));
    verify(&stage, project, Selection::All(Some(first))).await;
    verify(&stage, project, Selection::All(Some(second))).await;
    assert_eq!(stage.count("app.adaptation_action").await, 0, "its own rule waits for longer");
    let own: Uuid = one(&stage, "select id from app.trigger_rule where indicator_id is not null").await;
    let camps = stage.project("meal@amani.test", "camps").await.to_string();
    assert_eq!(send(&mut meal, "trigger-rules/switch-off", &camps, &[("rule", &of_all)]).await.status, StatusCode::NOT_FOUND);
    for rule in [of_all, own.to_string()] {
        assert!(send(&mut meal, "trigger-rules/switch-off", &id, &[("rule", &rule)]).await.location.contains("notice=rule-switched-off"));
        assert!(send(&mut meal, "trigger-rules/switch-off", &id, &[("rule", &rule)]).await.location.contains("flash="), "twice");
    }
    again(&stage, project, second).await;
    assert_eq!(stage.count("app.adaptation_action").await, 0);
    // what was switched off stands in nobody's way
    assert!(send(&mut meal, "trigger-rules/add", &id, &rule).await.location.contains("notice=rule-added"));
    again(&stage, project, second).await;
    assert_eq!(stage.count("app.adaptation_action").await, 1);
}

#[tokio::test]
async fn a_rule_of_who_left_gives_the_action_to_who_verified() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let [first, _] = two_months(&stage).await;
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    let owner = user(&stage, "field@amani.test").await;
    let rule = [("periods", "1"), ("owner", owner.as_str()), ("within_days", "7")];
    assert!(send(&mut pm, "trigger-rules/add", &project.to_string(), &rule).await.location.contains("notice=rule-added"));
    // the second month is not judged before its figures are, so that the first is not the last one
    stage.run("delete from app.indicator_value v using app.reporting_period p where p.id = v.period_id and p.name = 'Second month'").await;
    stage.run("delete from app.target t using app.reporting_period p where p.id = t.period_id and p.name = 'Second month'").await;
    stage.run("delete from app.reporting_period where name = 'Second month'").await;
    stage
        .run(
            "delete from app.project_member pm using app.membership m, auth.user_account u
             where m.id = pm.membership_id and u.id = m.user_id and u.email = 'field@amani.test'",
        )
        .await;
    verify(&stage, project, Selection::All(Some(first))).await;
    let given = "app.adaptation_action a join auth.user_account u on u.id = a.owner_id where u.email = 'meal@amani.test'";
    assert_eq!(stage.count(given).await, 1);
}
