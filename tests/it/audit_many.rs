//! What a statement did to many rows: told in few events, a hundred rows each, of which nothing is told less.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::Value;
use server::audit::log::{self, Filter};
use server::audit::verify::Verdict;
use sqlx::Row;
use uuid::Uuid;

use crate::audit::{OF_AMANI, tamper, verdict};
use crate::stage::{Browser, Stage};

/// Programmes 1 to `$1` of an organisation, in one statement.
const FOUND: &str = "insert into app.programme (tenant_id, id, kind, name)
  select (select id from app.tenant where slug = 'amani-wash'), ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'programme', 'P' || n
  from generate_series(1, $1) n";

fn programme(n: u32) -> Uuid {
    format!("00000000-0000-7000-8000-{n:012}").parse().unwrap()
}

/// An event of rows: its place in the chain, its id and its bytes.
struct Event {
    seq: i64,
    id: Uuid,
    canon: String,
}

async fn events(stage: &Stage, action: &str) -> Vec<Event> {
    let mut conn = stage.superuser().await;
    sqlx::query(
        "select k.seq, e.id, convert_from(e.canon, 'UTF8') as canon from audit.event e
         join audit.link k on k.tenant_id = e.tenant_id and k.event_id = e.id
         where e.action = $1 and convert_from(e.canon, 'UTF8') like '%00000000-0000-7000-8000-%' order by k.seq",
    )
    .bind(action)
    .fetch_all(&mut conn)
    .await
    .unwrap()
    .into_iter()
    .map(|row| Event { seq: row.get("seq"), id: row.get("id"), canon: row.get("canon") })
    .collect()
}

async fn found(stage: &Stage, count: i32) {
    let mut conn = stage.superuser().await;
    sqlx::query(FOUND).bind(count).execute(&mut conn).await.unwrap();
}

/// What events tell of each row.
fn told(events: &[Event]) -> BTreeMap<String, Value> {
    events.iter().flat_map(|event| serde_json::from_str::<Value>(&event.canon).unwrap()["changes"].as_object().unwrap().clone()).collect()
}

#[tokio::test]
async fn many_rows_are_told_a_hundred_at_a_time_and_few_one_by_one() {
    let stage = Stage::new().await;
    found(&stage, 250).await;
    let inserted = events(&stage, "programme.insert").await;
    let rows = |event: &Event| told(std::slice::from_ref(event)).len();
    assert_eq!(inserted.iter().map(rows).collect::<Vec<_>>(), [100, 100, 50]);
    let all = told(&inserted);
    assert_eq!(all.len(), 250);
    for n in 1..=250 {
        let expected = serde_json::json!({ "kind": [null, "programme"], "name": [null, format!("P{n}")] });
        assert_eq!(all[&programme(n).to_string()], expected);
    }

    let mut conn = stage.superuser().await;
    sqlx::raw_sql("update app.programme set kind = 'client' where name like 'P%' and name <> 'P7'").execute(&mut conn).await.unwrap();
    let updated = told(&events(&stage, "programme.update").await);
    assert_eq!(updated.len(), 249);
    assert_eq!(
        updated[&programme(8).to_string()],
        serde_json::json!({ "kind": ["programme", "client"] }),
        "what did not change is not told"
    );
    sqlx::raw_sql("delete from app.programme where name ~ '^P[0-9]+$' and kind = 'client'").execute(&mut conn).await.unwrap();
    let deleted = told(&events(&stage, "programme.delete").await);
    assert_eq!(deleted.len(), 249);
    assert_eq!(deleted[&programme(8).to_string()], serde_json::json!({ "kind": ["client", null], "name": ["P8", null] }));

    sqlx::raw_sql("delete from app.programme where name = 'P7'").execute(&mut conn).await.unwrap();
    let last = events(&stage, "programme.delete").await.pop().unwrap();
    assert!(
        last.canon.contains(r#""changes":{"kind":["programme",null],"name":["P7",null]},"entity":"00000000-0000-7000-8000-000000000007""#)
    );
    assert!(matches!(verdict(&stage, "amani-wash").await, Verdict::Intact(_)));
}

/// The frozen bytes: a change of these breaks every log that exists.
#[tokio::test]
async fn the_bytes_of_an_event_of_many_rows_are_frozen() {
    let stage = Stage::new().await;
    found(&stage, 51).await;
    let [event] = &events(&stage, "programme.insert").await[..] else { panic!() };
    let tenant: Uuid =
        sqlx::query_scalar("select id from app.tenant where slug = 'amani-wash'").fetch_one(&mut stage.superuser().await).await.unwrap();
    let value: Value = serde_json::from_str(&event.canon).unwrap();
    let changes: Vec<_> = (1..=51).map(|n| format!(r#""{}":{{"kind":[null,"programme"],"name":[null,"P{n}"]}}"#, programme(n))).collect();
    let expected = format!(
        concat!(
            r#"{{"action":"programme.insert","actor":null,"actor_kind":"system","agent":null,"at":"{at}","changes":{{{changes}}},"#,
            r#""entity":null,"entity_type":"programme","id":"{id}","impersonator":null,"ip":null,"ip_index":null,"ip_net_index":null,"#,
            r#""kind":"row","project":null,"reason":null,"request":null,"result":"ok","session_kind":"system","tenant":"{tenant}","v":"2"}}"#
        ),
        at = value["at"].as_str().unwrap(),
        changes = changes.join(","),
        id = event.id,
        tenant = tenant,
    );
    assert_eq!(event.canon, expected);
    // RFC 8785: what is kept is what a canonical writer makes of it
    assert_eq!(server::kernel::json::canonical(&value).unwrap(), expected);
}

#[tokio::test]
async fn everything_about_one_thing_is_found_among_many() {
    let stage = Stage::new().await;
    found(&stage, 120).await;
    let cx = stage.cx("admin@amani.test").await;
    let filter = |n| Filter { entity: Some(programme(n)), ..Filter::default() };
    let [line] = &log::page(&cx, &filter(33), 10).await.unwrap()[..] else { panic!("one event tells of it") };
    assert_eq!(line.action, "programme.insert");
    assert!(log::page(&cx, &filter(121), 10).await.unwrap().is_empty());
    // in another organisation nobody finds it
    let other = stage.cx("admin@baraka.test").await;
    assert!(log::page(&other, &filter(33), 10).await.unwrap().is_empty());

    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "admin@amani.test").await;
    let list = browser.get(&format!("/o/amani-wash/audit?entity={}&rows=1", programme(33))).await;
    let address = format!("/o/amani-wash/audit/{}?entity={}", line.seq, programme(33));
    assert!(list.body.contains(&address), "{}", list.body);
    let one = browser.get(&address).await;
    assert_eq!(one.status, StatusCode::OK);
    assert!(one.body.contains("P33") && !one.body.contains("P34"), "{}", one.body);
    let all = browser.get(&format!("/o/amani-wash/audit/{}", line.seq)).await;
    assert!(all.body.contains("100 rows") && all.body.contains("P33") && all.body.contains("P34"), "{}", all.body);
}

#[tokio::test]
async fn what_an_event_of_many_rows_is_found_by_is_proven_too() {
    let stage = Stage::new().await;
    found(&stage, 60).await;
    let seq = events(&stage, "programme.insert").await[0].seq;
    let thing = programme(12);
    let table = [
        format!("delete from audit.touched where {OF_AMANI} and entity_id = '{thing}'"),
        format!("update audit.touched set entity_id = gen_random_uuid() where {OF_AMANI} and entity_id = '{}'", programme(13)),
        format!("insert into audit.touched select tenant_id, gen_random_uuid(), event_id from audit.touched where {OF_AMANI} limit 1"),
    ];
    for statement in table {
        let stage = Stage::new().await;
        found(&stage, 60).await;
        tamper(&stage, &statement).await;
        assert!(matches!(verdict(&stage, "amani-wash").await, Verdict::Broken(at, _) if at == seq), "{statement}");
    }
    tamper(&stage, "insert into audit.touched select id, gen_random_uuid(), gen_random_uuid() from app.tenant where slug = 'amani-wash'")
        .await;
    assert!(matches!(verdict(&stage, "amani-wash").await, Verdict::Broken(..)));
    let mut conn = stage.superuser().await;
    for statement in ["update audit.touched set entity_id = event_id", "delete from audit.touched", "truncate audit.touched"] {
        assert!(sqlx::raw_sql(statement).execute(&mut conn).await.is_err(), "{statement}");
    }
}
