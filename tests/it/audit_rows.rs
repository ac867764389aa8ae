//! What the log says of changed rows: every column of every table, whenever it came.

use server::db::check;
use sqlx::{AssertSqlSafe, Row};

use crate::stage::Stage;

/// What a row's event must say, worked out the slow way: the row as JSON, taken apart. Compared are rows that nobody has changed since.
const DIFFER: &str = r#"
  select count(*) as compared, count(*) filter (where said is distinct from expected) as wrong,
    (array_agg(said || ' instead of ' || expected) filter (where said is distinct from expected))[1] as example
  from (
    select substring(convert_from(e.canon, 'UTF8') from '"changes":(\{.*\}),"entity":') as said,
      (select '{' || coalesce(string_agg(to_json(c.key)::text || ':' || case when c.key = any ($2) then '["(changed)","(changed)"]'
          else '[null,' || to_json(c.value)::text || ']' end, ',' order by c.key collate "C"), '') || '}'
       from jsonb_each_text(to_jsonb(n)) c
       where c.value is not null
         and c.key <> all (array['tenant_id', 'id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'row_version'])) as expected
    from %table% n
    join audit.event e on e.tenant_id = n.tenant_id and e.entity_id = n.id and e.kind = 'row' and e.action = $1 || '.insert'
    where not exists (select from audit.event u where u.tenant_id = n.tenant_id and u.entity_id = n.id and u.action = $1 || '.update')
  ) both_ways"#;

#[tokio::test]
async fn the_log_says_of_a_row_what_the_row_says() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let watched = sqlx::query(
        "select c.relname::text as name, array_remove(string_to_array(encode(t.tgargs, 'escape'), '\\000'), '') as redacted
         from pg_trigger t join pg_class c on c.oid = t.tgrelid where t.tgname = 'watch_insert'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let (mut tables, mut rows) = (0, 0);
    for table in watched {
        let (name, redacted): (String, Vec<String>) = (table.get("name"), table.get("redacted"));
        let statement = DIFFER.replace("%table%", &format!("app.{name}"));
        let found = sqlx::query(AssertSqlSafe(statement)).bind(&name).bind(&redacted).fetch_one(&mut conn).await.unwrap();
        let (compared, wrong): (i64, i64) = (found.get("compared"), found.get("wrong"));
        assert_eq!(wrong, 0, "{name}: {:?}", found.get::<Option<String>, _>("example"));
        tables += i32::from(compared > 0);
        rows += compared;
    }
    assert!(tables >= 15 && rows > 100, "{rows} rows of {tables} tables were compared");
}

#[tokio::test]
async fn what_stays_out_of_the_log_stands_in_none_of_its_events() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let id: uuid::Uuid = sqlx::query_scalar(
        "with job as (
           insert into app.import_job (tenant_id, id, project_id, filename, sha256, mapping, status)
           select tenant_id, gen_random_uuid(), id, 'f', sha256('f'), '{}', 'parsed' from app.project limit 1 returning tenant_id, id)
         insert into app.import_issue (tenant_id, id, import_id, ord, row_number, severity, code, value)
         select tenant_id, gen_random_uuid(), id, 0, 2, 'error', 'x', 'Mwanaidi' from job returning id",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    for statement in ["update app.import_issue set value = 'Juma' where id = $1", "delete from app.import_issue where id = $1"] {
        sqlx::query(statement).bind(id).execute(&mut conn).await.unwrap();
    }
    let said: Vec<String> = sqlx::query_scalar("select convert_from(canon, 'UTF8') from audit.event where entity_id = $1 order by at")
        .bind(id)
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(said.len(), 3, "{said:?}");
    for said in said {
        assert!(said.contains(r#""value":["(changed)","(changed)"]"#), "{said}");
        assert!(!said.contains("Mwanaidi") && !said.contains("Juma"), "{said}");
    }
}

#[tokio::test]
async fn a_column_that_comes_later_is_logged_or_the_server_does_not_start() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("alter table app.programme add column patron text, add column seats int[]").execute(&mut conn).await.unwrap();
    let faults = check::faults(&stage.runtime).await.unwrap();
    assert!(faults.iter().any(|fault| fault.contains("does not know the columns of app.programme")), "{faults:?}");

    sqlx::raw_sql("call app.watch_again()").execute(&mut conn).await.unwrap();
    assert_eq!(check::faults(&stage.runtime).await.unwrap(), Vec::<String>::new());
    let id: uuid::Uuid = sqlx::query_scalar(
        "insert into app.programme (tenant_id, id, name, kind, patron, seats)
         select id, gen_random_uuid(), 'Later', 'programme', 'O\"Neill', '{1,2}' from app.tenant where slug = 'amani-wash' returning id",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    sqlx::raw_sql("update app.programme set patron = null where name = 'Later'; delete from app.programme where name = 'Later'")
        .execute(&mut conn)
        .await
        .unwrap();
    let said: Vec<String> = sqlx::query_scalar("select convert_from(canon, 'UTF8') from audit.event where entity_id = $1 order by at")
        .bind(id)
        .fetch_all(&mut conn)
        .await
        .unwrap();
    let expected = [
        r#""patron":[null,"O\"Neill"],"seats":[null,"[1, 2]"]"#,
        r#""changes":{"patron":["O\"Neill",null]}"#,
        r#""seats":["[1, 2]",null]"#,
    ];
    assert_eq!(said.len(), 3);
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn a_row_keeps_its_key_since_the_log_tells_of_it_by_that() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let watched: Vec<String> =
        sqlx::query_scalar("select c.relname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid where t.tgname = 'watch_update'")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    let mut tried = 0;
    for table in watched {
        let change = format!("update app.{table} set id = gen_random_uuid() where id = (select id from app.{table} limit 1)");
        match sqlx::raw_sql(AssertSqlSafe(change)).execute(&mut conn).await {
            Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}"),
            Err(refused) => {
                assert!(refused.to_string().contains("a row keeps its key"), "{table}: {refused}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 15, "{tried} tables had a row");
}
