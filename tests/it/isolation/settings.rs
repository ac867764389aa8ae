//! What a signed setting opens, and to whom: whoever has SQL as the server's login goes no further by it.

use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use uuid::Uuid;

use super::{tenants, try_it};
use crate::programmes::enter_as;
use crate::stage::{Browser, Stage};

#[tokio::test]
async fn a_context_that_the_server_did_not_sign_is_none() {
    let stage = Stage::new().await;
    let (mine, other) = tenants(&stage).await;
    let body = format!("{other}|{}|user|session||{}||9999999999", Uuid::new_v4(), Uuid::new_v4());
    let forged = [
        format!("{body}|{}", "0".repeat(64)),
        format!("{body}|{}", stage.keys.sign_context(&body.replace(&other.to_string(), &mine.to_string()))),
        String::new(),
        "nonsense".to_owned(),
    ];
    for context in forged {
        let mut conn = stage.runtime.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_tenant; set local app.ctx = '{context}'")))
            .execute(&mut conn)
            .await
            .unwrap();
        let rows: i64 = sqlx::query("select count(*) from app.project").fetch_one(&mut conn).await.unwrap().get(0);
        assert_eq!(rows, 0, "{context}");
    }
    let expired = body.replace("9999999999", "1");
    let mut conn = stage.runtime.connect().await.unwrap();
    let signed = stage.keys.sign_context(&expired);
    sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_tenant; set local app.ctx = '{expired}|{signed}'")))
        .execute(&mut conn)
        .await
        .unwrap();
    let rows: i64 = sqlx::query("select count(*) from app.project").fetch_one(&mut conn).await.unwrap().get(0);
    assert_eq!(rows, 0, "an expired context");
}

/// A context for an organisation, signed as the server signs it.
fn signed(stage: &Stage, tenant: Uuid, actor: Uuid, kind: &str) -> String {
    let body = format!("{tenant}|{actor}|{kind}|session||{}||9999999999", Uuid::new_v4());
    format!("{body}|{}", stage.keys.sign_context(&body))
}

#[tokio::test]
async fn a_running_context_is_shown_to_no_other_session() {
    let stage = Stage::new().await;
    let (mine, _) = tenants(&stage).await;
    let mut inside = stage.runtime.connect().await.unwrap();
    let context = signed(&stage, mine, Uuid::new_v4(), "user");
    sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_tenant; set local app.ctx = '{context}'")))
        .execute(&mut inside)
        .await
        .unwrap();
    let mut watcher = stage.runtime.connect().await.unwrap();
    let seen: Vec<Option<String>> = sqlx::query_scalar("select query from pg_stat_activity").fetch_all(&mut watcher).await.unwrap();
    assert!(seen.iter().flatten().all(|query| !query.contains("app.ctx")), "{seen:?}");
    assert!(sqlx::raw_sql("set track_activities = on").execute(&mut watcher).await.is_err(), "and the login cannot change that");
}

#[tokio::test]
async fn a_donors_context_is_none_outside_the_portal() {
    let stage = Stage::new().await;
    let (mine, _) = tenants(&stage).await;
    for (role, kind, is_one) in [
        ("kipimo_tenant", "user", true),
        ("kipimo_tenant", "donor_link", false),
        ("kipimo_identity", "donor_link", false),
        ("kipimo_portal", "donor_link", true),
    ] {
        let mut conn = stage.runtime.connect().await.unwrap();
        let context = signed(&stage, mine, Uuid::new_v4(), kind);
        sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role {role}; set local app.ctx = '{context}'")))
            .execute(&mut conn)
            .await
            .unwrap();
        let tenant: Option<Uuid> = sqlx::query_scalar("select app.tenant()").fetch_one(&mut conn).await.unwrap();
        assert_eq!(tenant.is_some(), is_one, "{role} {kind}");
    }
}

#[tokio::test]
async fn who_may_ask_for_the_organisation_or_the_actor_may_ask_for_the_setting() {
    let stage = Stage::new().await;
    let unable: Vec<String> = sqlx::query_scalar(
        "select r.rolname::text from pg_roles r where not has_function_privilege(r.rolname, 'gate.context()', 'execute')
           and (has_function_privilege(r.rolname, 'app.tenant()', 'execute') or has_function_privilege(r.rolname, 'app.actor()', 'execute'))",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    assert_eq!(unable, Vec::<String>::new(), "their policies would fail");
}

#[tokio::test]
async fn a_period_keeps_its_days() {
    let stage = Stage::new().await;
    let mut meal = enter_as(&stage, "meal@amani.test", "").await;
    for (column, value) in [("start_date", "start_date - 1"), ("end_date", "end_date - 1"), ("kind", "'event'"), ("name", "'x'")] {
        let statement = format!("update app.reporting_period set {column} = {value}");
        assert_eq!(try_it(&mut meal, statement).await, Err("42501".to_owned()), "{column}");
    }
    assert!(try_it(&mut meal, "update app.reporting_period set window_opens = null".to_owned()).await.is_ok());
}

#[tokio::test]
async fn within_an_organisation_sql_takes_nobody_elses_token_key_or_name() {
    let stage = Stage::new().await;
    let (mine, other) = tenants(&stage).await;
    let mut root = stage.superuser().await;
    let (viewer, admin): (Uuid, Uuid) = sqlx::query_as(
        "select (select id from auth.user_account where email = 'viewer@amani.test'),
           (select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'admin@amani.test')",
    )
    .fetch_one(&mut root)
    .await
    .unwrap();
    let context = signed(&stage, mine, viewer, "user");
    let mut conn = stage.runtime.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_tenant; set local app.ctx = '{context}'")))
        .execute(&mut conn)
        .await
        .unwrap();
    for statement in [
        format!(
            "insert into app.api_token (id, name, membership_id, token_hash, last_four, generation, expires_at, scopes)
             values (gen_random_uuid(), 'mine now', '{admin}', sha256('x'), 'abcd', 1, now() + interval '1 day', '{{read}}')"
        ),
        format!("select gate.data_key('{other}', sha256('x') || '\\x00'::bytea)"),
        "select gate.record('value.saved', null, null, null, '[[]]', null, 'ok', null, null, null, null)".to_owned(),
        r#"select gate.record('value.saved', null, null, null, '{"a": 1}', null, 'ok', null, null, null, null)"#.to_owned(),
        r#"select gate.record('value.saved', null, null, null, '{"a": ["1", 2]}', null, 'ok', null, null, null, null)"#.to_owned(),
    ] {
        let code = try_it(&mut conn, statement.clone()).await.unwrap_err();
        assert!(matches!(code.as_str(), "42501" | "22023"), "{code}: {statement}");
    }
    for allowed in [
        "select gate.record('value.saved', null, null, null, '{\"a\": [null, \"1\"]}', null, 'ok', null, null, null, null)".to_owned(),
        format!("select gate.data_key('{mine}', sha256('x') || '\\x00'::bytea)"),
    ] {
        assert_eq!(try_it(&mut conn, allowed.clone()).await.err(), None, "{allowed}");
    }
    let record = |chain: Uuid, action: &str| {
        format!(
            "select gate.record_account('{chain}', '{viewer}', '{action}', 'denied', false, '{{}}', 'me', null, null, null, null, null)"
        )
    };
    let mut identity = stage.runtime.connect().await.unwrap();
    sqlx::raw_sql("begin; set local role kipimo_identity").execute(&mut identity).await.unwrap();
    for statement in [
        record(mine, "role.granted"),
        record(mine, "session.refused"),
        record(other, "session.refused"),
        format!("update auth.user_account set password_hash = 'x' where id = '{viewer}'"),
        format!("update auth.user_account set generation = 7 where id = '{viewer}'"),
        format!("update auth.user_account set totp_last_step = 0 where id = '{viewer}'"),
        format!(
            "insert into auth.session (id_hash, user_id, kind, generation, idle_seconds, absolute_until)
             values (sha256('x'), '{viewer}', 'session', 1, 600, now() + interval '1 hour')"
        ),
        "select * from auth.recovery_code".to_owned(),
        "select * from auth.mail".to_owned(),
        "select * from auth.passkey".to_owned(),
        "select * from auth.one_time_secret".to_owned(),
        "delete from auth.session".to_owned(),
    ] {
        assert_eq!(try_it(&mut identity, statement.clone()).await.unwrap_err(), "42501", "{statement}");
    }
}

/// What has ended stays ended, and nobody is given a key that does not open, whoever has SQL as the server's login.
#[tokio::test]
async fn no_session_is_revived_and_no_key_is_planted_by_sql() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut copy = Browser::new(&stage);
    browser.copy_cookies(&mut copy);
    browser.post("/logout", &[]).await;
    let mut identity = stage.runtime.connect().await.unwrap();
    sqlx::raw_sql("set role kipimo_identity").execute(&mut identity).await.unwrap();
    sqlx::raw_sql("update auth.session set revoked_at = null, last_seen = now(), wrong_codes = 0").execute(&mut identity).await.unwrap();
    assert!(copy.get("/o/amani-wash").await.location.starts_with("/login"));
    assert_eq!(stage.count("auth.session where revoked_at is null").await, 0);
    let before = stage.count("auth.data_key").await;
    sqlx::raw_sql("select gate.data_key(gen_random_uuid(), decode(repeat('aa', 60), 'hex'))").execute(&mut identity).await.unwrap();
    assert_eq!(stage.count("auth.data_key").await, before);
}

/// The role in which an account is changed sees that account alone, and nothing without a signature.
#[tokio::test]
async fn an_account_is_changed_in_its_own_signed_name_alone() {
    let stage = Stage::new().await;
    let mut root = stage.superuser().await;
    let (me, admin): (Uuid, Uuid) = sqlx::query_as(
        "select (select id from auth.user_account where email = 'viewer@amani.test'), (select id from auth.user_account where email = 'admin@amani.test')",
    )
    .fetch_one(&mut root)
    .await
    .unwrap();
    // one of the door of an organisation, which names the same person
    let (mine, _) = tenants(&stage).await;
    let of_a_door = signed(&stage, mine, me, "user");
    let forged = format!("|{me}|user|session||{me}||9999999999|{}", "0".repeat(64));
    for (context, seen) in [(signed_account(&stage, me), 1i64), (of_a_door, 0), (forged, 0), (String::new(), 0)] {
        let mut conn = stage.runtime.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_account; set local app.ctx = '{context}'")))
            .execute(&mut conn)
            .await
            .unwrap();
        let count: i64 = sqlx::query_scalar("select count(*) from auth.user_account").fetch_one(&mut conn).await.unwrap();
        assert_eq!(count, seen);
        for other in [
            format!("update auth.user_account set password_hash = 'x' where id = '{admin}'"),
            format!("delete from auth.recovery_code where user_id = '{admin}'"),
        ] {
            let done = sqlx::raw_sql(AssertSqlSafe(other)).execute(&mut conn).await.unwrap();
            assert_eq!(done.rows_affected(), 0);
        }
        for other in [
            format!(
                "insert into auth.session (id_hash, user_id, kind, generation, idle_seconds, absolute_until)
                 values (sha256('x'), '{admin}', 'session', 1, 600, now() + interval '1 hour')"
            ),
            format!("insert into auth.device (user_id, hash) values ('{admin}', sha256('x'))"),
            format!("insert into auth.mail (id, owner_id, sealed) values (gen_random_uuid(), '{admin}', 'x')"),
            "select * from auth.mail".to_owned(),
            "update auth.user_account set is_super_admin = true".to_owned(),
            "select * from app.project".to_owned(),
        ] {
            assert_eq!(try_it(&mut conn, other.clone()).await.unwrap_err(), "42501", "{other}");
        }
    }
}

fn signed_account(stage: &Stage, user: Uuid) -> String {
    let body = format!("|{user}|user|session||{user}||9999999999");
    format!("{body}|{}", stage.keys.sign_context(&body))
}
