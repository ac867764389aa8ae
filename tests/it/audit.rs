//! The log: its bytes are frozen, and whatever is done to it shows.

use server::audit::verify::{self, Verdict, link_hash};
use server::kernel::crypto::{Place, hex, sha256, unhex};
use server::kernel::ids::UserId;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::stage::{Browser, Stage};

pub(crate) async fn verdict(stage: &Stage, slug: &str) -> Verdict {
    let mut conn = stage.superuser().await;
    let (_, tenant) = verify::chains(&mut conn, Some(slug)).await.unwrap().pop().unwrap();
    verify::chain(&mut conn, tenant).await.unwrap()
}

/// As somebody who owns the whole database would, triggers and all.
pub(crate) async fn tamper(stage: &Stage, statement: &str) {
    let mut conn = stage.superuser().await;
    let done =
        sqlx::raw_sql(AssertSqlSafe(format!("set session_replication_role = replica; {statement}"))).execute(&mut conn).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement} did nothing");
}

pub(crate) const OF_AMANI: &str = "tenant_id = (select id from app.tenant where slug = 'amani-wash')";

#[tokio::test]
async fn an_untouched_chain_is_intact() {
    let stage = Stage::new().await;
    let Verdict::Intact(events) = verdict(&stage, "amani-wash").await else { panic!() };
    assert!(events > 100);
}

#[tokio::test]
async fn every_edit_deletion_and_swap_is_named() {
    let event = |seq: i64| format!("(select event_id from audit.link where {OF_AMANI} and seq = {seq})");
    let table = [
        (format!("update audit.event set action = 'value.verified' where {OF_AMANI} and id = {}", event(7)), 7),
        (format!("update audit.event set at = at + interval '1 microsecond' where {OF_AMANI} and id = {}", event(8)), 8),
        (format!("update audit.event set canon = canon || ' '::bytea where {OF_AMANI} and id = {}", event(9)), 9),
        (
            format!(
                "update audit.event set canon = convert_to('{{}}', 'UTF8'), content_hash = sha256('{{}}') where {OF_AMANI} and id = {}",
                event(10)
            ),
            10,
        ),
        (format!("delete from audit.event where {OF_AMANI} and id = {}", event(11)), 11),
        (format!("delete from audit.link where {OF_AMANI} and seq = 12"), 12),
        (
            format!(
                "update audit.link a set event_id = b.event_id from audit.link b
                 where a.{OF_AMANI} and b.{OF_AMANI} and (a.seq, b.seq) in ((13, 14), (14, 13))"
            ),
            13,
        ),
        (format!("update audit.link set act = not act where {OF_AMANI} and seq = 15"), 15),
        (format!("update audit.link set actor_id = null where {OF_AMANI} and seq = 16"), 16),
        (format!("update audit.link set project_id = gen_random_uuid() where {OF_AMANI} and seq = 17"), 17),
        (format!("update audit.link set family = 'session' where {OF_AMANI} and seq = 18"), 18),
        (format!("delete from audit.head where {OF_AMANI}"), -1),
        (
            format!(
                "delete from audit.head where {OF_AMANI}; delete from audit.link where {OF_AMANI}; delete from audit.event where {OF_AMANI}"
            ),
            1,
        ),
        (format!("update audit.head set hash = sha256('x') where {OF_AMANI}"), -1),
    ];
    for (statement, bad) in table {
        let stage = Stage::new().await;
        if statement.contains("(13, 14)") {
            tamper(&stage, &format!("alter table audit.link drop constraint link_tenant_id_event_id_key; {statement}")).await;
        } else {
            tamper(&stage, &statement).await;
        }
        match verdict(&stage, "amani-wash").await {
            Verdict::Broken(seq, _) => assert!(bad == -1 || seq == bad, "{statement}: {seq}"),
            Verdict::Intact(_) => panic!("not seen: {statement}"),
        }
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_seen() {
    let stage = Stage::new().await;
    tamper(&stage, &format!("delete from audit.link where {OF_AMANI} and seq = (select max(seq) from audit.link where {OF_AMANI})")).await;
    assert!(matches!(verdict(&stage, "amani-wash").await, Verdict::Broken(..)));
}

#[tokio::test]
async fn nobody_changes_the_log_through_the_front_door() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    for statement in ["update audit.event set action = 'x'", "delete from audit.link", "truncate audit.event cascade"] {
        assert!(sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut conn).await.is_err(), "{statement}");
    }
}

/// The frozen bytes: a change of this vector breaks every log that exists.
#[tokio::test]
async fn the_bytes_of_an_event_are_frozen() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let canon: Vec<u8> = sqlx::query(
        r#"select gate.canonical(row('11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222',
             '2026-11-23T10:00:00.123456Z', 'act', 'value.verified', 'reporting_period', '33333333-3333-3333-3333-333333333333',
             '44444444-4444-4444-4444-444444444444', '55555555-5555-5555-5555-555555555555', 'user', null, 'session',
             '66666666-6666-6666-6666-666666666666', 'ok', '\x00112233445566778899aabbccddeeff', null, '', decode(repeat('00', 32), 'hex'))::audit.event,
             '{"values":[null,"3"]}', E'a "reason"\nwith €\u0001', null, 'Browser/1')"#,
    )
    .fetch_one(&mut conn)
    .await
    .unwrap()
    .get(0);
    let expected = concat!(
        r#"{"action":"value.verified","actor":"55555555-5555-5555-5555-555555555555","actor_kind":"user","agent":"Browser/1","#,
        r#""at":"1795428000123456","changes":{"values":[null,"3"]},"entity":"33333333-3333-3333-3333-333333333333","#,
        r#""entity_type":"reporting_period","id":"22222222-2222-2222-2222-222222222222","impersonator":null,"ip":null,"#,
        r#""ip_index":"00112233445566778899aabbccddeeff","ip_net_index":null,"kind":"act","#,
        r#""project":"44444444-4444-4444-4444-444444444444","reason":"a \"reason\"\nwith €\u0001","#,
        r#""request":"66666666-6666-6666-6666-666666666666","result":"ok","session_kind":"session","#,
        r#""tenant":"11111111-1111-1111-1111-111111111111","v":"1"}"#
    );
    assert_eq!(String::from_utf8(canon.clone()).unwrap(), expected);
    // RFC 8785: what is kept is what a canonical writer makes of it
    let value: serde_json::Value = serde_json::from_slice(&canon).unwrap();
    assert_eq!(server::kernel::json::canonical(&value).unwrap(), expected);
    assert_eq!(hex(&link_hash(&[0; 32], 1, &sha256(b"x"))), "10eda383c9086b98b71fb076c029b6d42e6ace9259b67dd1b5177c165980d74f");
}

#[tokio::test]
async fn each_row_change_is_an_event_with_the_actor_of_the_signed_context() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let nameless: i64 =
        sqlx::query_scalar("select count(*) from audit.event where kind = 'row' and entity_type = 'indicator_value' and actor_id is null")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(nameless, 0);
    let unwatched: Vec<Uuid> = sqlx::query_scalar(
        "select v.id from app.indicator_value v where not exists (select from audit.event e where e.tenant_id = v.tenant_id and e.entity_id = v.id)",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(unwatched, Vec::<Uuid>::new());
}

/// The sealed address of the newest sign-in of a person, with the request that it is bound to.
async fn sealed_address(stage: &Stage, email: &str) -> (Option<Vec<u8>>, Uuid, Uuid, Uuid) {
    let mut conn = stage.superuser().await;
    let row = sqlx::query(
        "select e.canon, e.request_id, e.tenant_id, u.id from audit.event e join auth.user_account u on u.id = e.actor_id
         where u.email = $1 and e.action = 'session.started' order by e.at desc limit 1",
    )
    .bind(email)
    .fetch_one(&mut conn)
    .await
    .unwrap();
    let canon: serde_json::Value = serde_json::from_slice(row.get::<&[u8], _>(0)).unwrap();
    (canon["ip"].as_str().map(|hex| unhex(hex).unwrap()), row.get(1), row.get(2), row.get(3))
}

#[tokio::test]
async fn an_erased_person_leaves_a_log_without_their_address_and_a_chain_that_holds() {
    let stage = Stage::new().await;
    let email = "meal@amani.test";
    Browser::new(&stage).sign_in(&stage, email).await;
    let (sealed, request, tenant, user) = sealed_address(&stage, email).await;
    let sealed = sealed.unwrap();
    let place = Place { tenant, table: "audit.event", column: "ip", row: request };
    let mut conn = stage.superuser().await;
    let key = stage.db.data_key(&mut conn, UserId(user).into()).await.unwrap().unwrap();
    assert_eq!(key.open(&place, &sealed).as_deref(), Some(&b"127.0.0.1"[..]));

    sqlx::query("update auth.data_key set wrapped = null, destroyed_at = now() where owner_id = $1")
        .bind(user)
        .execute(&mut conn)
        .await
        .unwrap();
    // a server that does not know the key from before
    let stage = stage.beside();
    assert!(stage.db.data_key(&mut conn, UserId(user).into()).await.unwrap().is_none(), "gone for good");
    Browser::new(&stage).sign_in(&stage, email).await;
    assert_eq!(sealed_address(&stage, email).await.0, None, "nothing more is kept of them");
    assert!(matches!(verdict(&stage, "amani-wash").await, Verdict::Intact(_)));
}

#[tokio::test]
async fn a_key_that_was_undone_is_not_remembered() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let user = UserId(Uuid::new_v4());
    sqlx::raw_sql("set role kipimo_owner").execute(&mut conn).await.unwrap();
    sqlx::raw_sql("begin").execute(&mut conn).await.unwrap();
    for _ in 0..2 {
        assert!(stage.db.data_key(&mut conn, user.into()).await.unwrap().is_some());
    }
    sqlx::raw_sql("rollback").execute(&mut conn).await.unwrap();
    stage.db.data_key(&mut conn, user.into()).await.unwrap();
    assert_eq!(stage.count("auth.data_key where wrapped is not null").await, {
        let known = format!("auth.data_key where wrapped is not null and owner_id <> '{}'", user.0);
        stage.count(&known).await + 1
    });
}
