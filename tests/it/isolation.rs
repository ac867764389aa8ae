//! Isolation is `PostgreSQL`'s own: tried as the login of the server, on every tenant table that the catalogue names.

mod settings;

use std::collections::BTreeSet;

use server::db::check;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use uuid::Uuid;

use crate::stage::Stage;

async fn tenants(stage: &Stage) -> (Uuid, Uuid) {
    let mut conn = stage.superuser().await;
    let id = |slug: &'static str| sqlx::query_scalar("select id from app.tenant where slug = $1").bind(slug);
    (id("amani-wash").fetch_one(&mut conn).await.unwrap(), id("baraka-health").fetch_one(&mut conn).await.unwrap())
}

async fn tables(stage: &Stage) -> Vec<String> {
    let mut conn = stage.superuser().await;
    sqlx::query_scalar(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
         where n.nspname in ('app', 'audit', 'auth') and c.relkind in ('r', 'p') order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap()
}

/// A row for each table of the other organisation, so that there is something to reach for.
pub async fn furnish(stage: &Stage, other: Uuid) {
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "set session_replication_role = replica;
         insert into audit.touched (tenant_id, entity_id, event_id)
           select tenant_id, gen_random_uuid(), id from audit.event where tenant_id = '{other}' and project_id is not null;
         insert into app.report (tenant_id, id, project_id, period_from, period_to, frequency, title)
           select tenant_id, gen_random_uuid(), id, '2025-01-01', '2025-12-31', 'annual', 'R' from app.project where tenant_id = '{other}';
         insert into app.report_key (tenant_id, id, kid, public_key, sealed)
           values ('{other}', gen_random_uuid(), left(encode(sha256(sha256('{other}')), 'hex'), 32), sha256('{other}'), sha256('s') || sha256('t'));
         insert into app.report_snapshot (tenant_id, id, project_id, report_id, version, content, sha256, published_by, signature, key_id)
           select tenant_id, gen_random_uuid(), project_id, id, 1, 'x', sha256('x'), id, sha256('s') || sha256('t'), repeat('0', 32)
           from app.report where tenant_id = '{other}';
         insert into app.report_withdrawal (tenant_id, id, project_id, snapshot_id, reason)
           select tenant_id, gen_random_uuid(), project_id, id, 'it was wrong' from app.report_snapshot where tenant_id = '{other}';
         insert into app.published_group (tenant_id, project_id, snapshot_id, indicator_id, column_key, dimension_key, code, hidden)
           select s.tenant_id, s.project_id, s.id, i.id, '2025', 'sex', 'female', true from app.report_snapshot s
           join app.indicator i on i.tenant_id = s.tenant_id and i.project_id = s.project_id where s.tenant_id = '{other}';
         insert into app.published_place (tenant_id, project_id, snapshot_id, indicator_id, column_key, location_id, hidden)
           select tenant_id, project_id, snapshot_id, indicator_id, column_key, gen_random_uuid(), hidden from app.published_group
           where tenant_id = '{other}';
         insert into app.published_figure (tenant_id, project_id, snapshot_id, indicator_id, column_key)
           select s.tenant_id, s.project_id, s.id, i.id, '2025' from app.report_snapshot s
           join app.indicator i on i.tenant_id = s.tenant_id and i.project_id = s.project_id where s.tenant_id = '{other}';
         insert into app.report_template (tenant_id, id, name, locale, sections) values ('{other}', gen_random_uuid(), 'T', 'en', '[{{}}]');
         insert into app.report_section (tenant_id, id, project_id, report_id, ord, key, title)
           select tenant_id, gen_random_uuid(), project_id, id, 1, 'one', 'S' from app.report where tenant_id = '{other}';
         insert into app.report_comment (tenant_id, id, project_id, section_id, body)
           select tenant_id, gen_random_uuid(), project_id, id, 'C' from app.report_section where tenant_id = '{other}';
         insert into app.donor_link (tenant_id, id, project_id, snapshot_id, public_id, secret_hash, recipient_name, rolling_until, hard_until)
           select tenant_id, gen_random_uuid(), project_id, id, left(md5(id::text), 16), sha256('x'), 'D', now(), now()
           from app.report_snapshot where tenant_id = '{other}';
         insert into app.donor_visit (tenant_id, id, link_id, secret_hash, expires_at)
           select tenant_id, gen_random_uuid(), id, sha256(id::text::bytea), now() from app.donor_link where tenant_id = '{other}';
         insert into app.donor (tenant_id, id, name) values ('{other}', gen_random_uuid(), 'The Fund');
         insert into app.donor_knock (tenant_id, id, link_id, secret_hash, expires_at)
           select tenant_id, gen_random_uuid(), id, sha256(id::text::bytea), now() from app.donor_link where tenant_id = '{other}';
         insert into app.donor_link_access (tenant_id, id, link_id, outcome)
           select tenant_id, gen_random_uuid(), id, 'ok' from app.donor_link where tenant_id = '{other}';
         insert into app.budget_line (tenant_id, id, project_id, code, name)
           select tenant_id, gen_random_uuid(), id, 'L1', 'Line' from app.project where tenant_id = '{other}';
         insert into app.budget_amount (tenant_id, id, project_id, line_id, quarter)
           select tenant_id, gen_random_uuid(), project_id, id, '2026-01-01' from app.budget_line where tenant_id = '{other}';
         insert into app.iati_publication (tenant_id, id, project_id)
           select tenant_id, gen_random_uuid(), id from app.project where tenant_id = '{other}';
         insert into app.period_remark (tenant_id, id, project_id, period_id, indicator_id, kind, body)
           select p.tenant_id, gen_random_uuid(), p.project_id, p.id, i.id, 'no_data', 'b' from app.reporting_period p
           join app.indicator i on i.tenant_id = p.tenant_id and i.project_id = p.project_id where p.tenant_id = '{other}';
         insert into app.learning_question (tenant_id, id, project_id, question)
           select tenant_id, gen_random_uuid(), id, 'Why?' from app.project where tenant_id = '{other}';
         insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened)
           select tenant_id, gen_random_uuid(), id, 'lesson', '2026-01-01', 'x' from app.project where tenant_id = '{other}';
         insert into app.adaptation_action (tenant_id, id, project_id, title, owner_id, due_on)
           select tenant_id, gen_random_uuid(), id, 'A', id, '2026-01-01' from app.project where tenant_id = '{other}';
         insert into app.trigger_rule (tenant_id, id, project_id, periods, owner_id, days)
           select tenant_id, gen_random_uuid(), id, 2, id, 14 from app.project where tenant_id = '{other}';
         insert into app.evidence (tenant_id, id, project_id, report_id, filename, mime, bytes, sha256, consent)
           select tenant_id, gen_random_uuid(), project_id, id, 'f.pdf', 'application/pdf', 1, sha256('f'), 'not_needed'
           from app.report where tenant_id = '{other}';
         insert into app.published_evidence (tenant_id, id, project_id, snapshot_id, evidence_id)
           select e.tenant_id, gen_random_uuid(), e.project_id, s.id, e.id from app.evidence e
           join app.report_snapshot s on s.tenant_id = e.tenant_id and s.report_id = e.report_id where e.tenant_id = '{other}';
         insert into app.import_job (tenant_id, id, project_id, filename, sha256, mapping, status)
           select tenant_id, gen_random_uuid(), id, 'f', sha256('f'), '{{}}', 'parsed' from app.project where tenant_id = '{other}';
         insert into app.import_issue (tenant_id, id, import_id, ord, row_number, severity, code)
           select tenant_id, gen_random_uuid(), id, 0, 2, 'error', 'x' from app.import_job where tenant_id = '{other}';
         insert into app.background_job (tenant_id, id, project_id, kind, subject_id, asked_by, generation)
           select tenant_id, gen_random_uuid(), id, 'import', id, id, 1 from app.project where tenant_id = '{other}';
         insert into app.job_progress (tenant_id, id, project_id, lease_hash, leased_until)
           select tenant_id, id, project_id, sha256('l'), now() from app.background_job where tenant_id = '{other}';
         insert into app.api_token (tenant_id, id, name, membership_id, token_hash, last_four, generation, expires_at, scopes)
           select tenant_id, gen_random_uuid(), 't', id, sha256(id::text::bytea), 'abcd', 1, now(), '{{read}}' from app.membership
           where tenant_id = '{other}' limit 1;
         insert into app.api_idempotency (tenant_id, id, actor_id, key, request_hash, response)
           values ('{other}', gen_random_uuid(), gen_random_uuid(), 'key-of-eight', sha256('z'), '{{}}');
         insert into app.invitation (tenant_id, id, email, roles, secret_hash)
           values ('{other}', gen_random_uuid(), 'z@baraka.test', '{{viewer}}', sha256('i'));
         insert into app.role_grant_request (tenant_id, id, membership_id, role, reason, requested_by)
           select '{other}', gen_random_uuid(), m.id, 'tenant_admin', 'a second one', m.user_id from app.membership m where m.tenant_id = '{other}' limit 1;
         insert into app.provider (tenant_id, id, issuer, client_id, domain, domain_proof)
           values ('{other}', '{other}', 'https://id.baraka.test', 'kipimo', 'baraka.test', repeat('0', 32));
         insert into app.provider_role (tenant_id, id, provider_id, group_name, role)
           values ('{other}', gen_random_uuid(), '{other}', 'staff', 'viewer');
         insert into app.provider_identity (tenant_id, id, issuer, subject, user_id)
           select '{other}', gen_random_uuid(), 'https://id.baraka.test', 'subject', id from auth.user_account limit 1;
         insert into app.support_visit (tenant_id, id, operator_id, operator_name, user_id, reason, ticket, until)
           select '{other}', gen_random_uuid(), m.user_id, 'O', m.user_id, 'to help them', '1', now() from app.membership m where m.tenant_id = '{other}' limit 1;
         insert into app.saved_filter (tenant_id, id, user_id, name, query)
           select '{other}', gen_random_uuid(), m.user_id, 'mine', 'rows=1' from app.membership m where m.tenant_id = '{other}' limit 1;
         insert into app.framework_version (tenant_id, id, project_id, version, content, sha256, reason, approved_by)
           select tenant_id, gen_random_uuid(), id, 1, 'x', sha256('x'), 'first', id from app.project where tenant_id = '{other}';
         insert into app.indicator_change (tenant_id, id, project_id, indicator_id, field, old, new, reason, reason_codes, changed_by)
           select tenant_id, gen_random_uuid(), project_id, id, 'title', 'a', 'b', 'a flood', '{{other}}', id from app.indicator where tenant_id = '{other}';
         insert into app.indicator_library (tenant_id, id, code, title, fields) values ('{other}', gen_random_uuid(), 'c', 'C', '{{}}');
         insert into app.framework_template (tenant_id, id, name, levels) values ('{other}', gen_random_uuid(), 'T', '[{{}}]');
         insert into app.programme (tenant_id, id, kind, name) values ('{other}', gen_random_uuid(), 'client', 'C');
         insert into audit.pending (tenant_id, xid, ids, acts, hashes, actors, projects, families)
           values ('{other}', '1', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}');"
    )))
    .execute(&mut conn)
    .await
    .unwrap();
}

/// Inside the door of an organisation, as the server's login.
pub async fn enter(stage: &Stage, tenant: Uuid) -> PgConnection {
    enter_with(stage, &format!("{tenant}|{}|user|session||{}||9999999999", Uuid::new_v4(), Uuid::new_v4())).await
}

/// Inside a door, by a setting that the server signed.
pub async fn enter_with(stage: &Stage, body: &str) -> PgConnection {
    let mut conn = stage.runtime.connect().await.unwrap();
    let mac = stage.keys.sign_context(body);
    sqlx::raw_sql(AssertSqlSafe(format!("begin; set local role kipimo_tenant; set local app.ctx = '{body}|{mac}'")))
        .execute(&mut conn)
        .await
        .unwrap();
    conn
}

/// Runs a statement in a savepoint, so that the door stays open whatever comes of it: rows it touched, or the code of its
/// refusal.
pub async fn try_it(conn: &mut PgConnection, statement: String) -> Result<u64, String> {
    sqlx::raw_sql("savepoint probe").execute(&mut *conn).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await;
    sqlx::raw_sql("rollback to savepoint probe").execute(&mut *conn).await.unwrap();
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()),
    }
}

#[tokio::test]
async fn nothing_of_another_organisation_is_reached_on_any_table() {
    let stage = Stage::new().await;
    let (mine, other) = tenants(&stage).await;
    furnish(&stage, other).await;
    let all = tables(&stage).await;
    assert!(all.len() > 20, "the catalogue was read: {all:?}");
    let mut root = stage.superuser().await;
    let mut conn = enter(&stage, mine).await;
    for table in &all {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table} where tenant_id = '{other}'")))
            .fetch_one(&mut root)
            .await
            .unwrap();
        assert!(count > 0, "{table} has no row of the other organisation: the test would prove nothing");
        let read = try_it(&mut conn, format!("select * from {table} where tenant_id = '{other}'")).await;
        assert!(!matches!(read, Ok(n) if n > 0), "SELECT {table}: {read:?}");
        let updated = try_it(&mut conn, format!("update {table} set tenant_id = tenant_id where tenant_id = '{other}'")).await;
        assert!(!matches!(updated, Ok(n) if n > 0), "UPDATE {table}: {updated:?}");
        let deleted = try_it(&mut conn, format!("delete from {table} where tenant_id = '{other}'")).await;
        assert!(!matches!(deleted, Ok(n) if n > 0), "DELETE {table}: {deleted:?}");
        let row: serde_json::Value =
            sqlx::query_scalar(AssertSqlSafe(format!("select to_jsonb(t) from {table} t where tenant_id = '{other}' limit 1")))
                .fetch_one(&mut root)
                .await
                .unwrap();
        let literal = row.to_string().replace('\'', "''");
        let inserted =
            try_it(&mut conn, format!("insert into {table} select * from jsonb_populate_record(null::{table}, '{literal}')")).await;
        assert!(inserted.is_err(), "INSERT {table}: {inserted:?}");
        // the door is open all the while: what is theirs they see
        let own: i64 = sqlx::query_scalar("select count(*) from app.project").fetch_one(&mut conn).await.unwrap();
        assert!(own > 0, "after {table}");
    }
}

#[tokio::test]
async fn outside_the_doors_the_login_can_do_nothing() {
    let stage = Stage::new().await;
    let mut conn = stage.runtime.connect().await.unwrap();
    for table in tables(&stage).await.into_iter().chain(["auth.user_account".into(), "auth.session".into(), "gate.context_key".into()]) {
        let read = sqlx::raw_sql(AssertSqlSafe(format!("select * from {table}"))).execute(&mut conn).await;
        assert!(read.is_err(), "{table} is readable outside the doors");
    }
}

#[tokio::test]
async fn a_figure_refers_to_nothing_of_another_organisation() {
    let stage = Stage::new().await;
    let (mine, other) = tenants(&stage).await;
    furnish(&stage, other).await;
    let mut root = stage.superuser().await;
    let mut door = enter(&stage, mine).await;
    // one that is gone already, as there is one of its place and period
    let copied = |with: &str| {
        format!(
            "insert into app.indicator_value select (jsonb_populate_record(v,
               jsonb_build_object('id', gen_random_uuid(), 'deleted_at', now(){with}))).* from app.indicator_value v limit 1"
        )
    };
    assert_eq!(try_it(&mut door, copied("")).await, Ok(1));
    for (column, table) in
        [("indicator_id", "indicator"), ("period_id", "reporting_period"), ("location_id", "location"), ("import_id", "import_job")]
    {
        let sql = format!("select id from app.{table} where tenant_id = '{other}' limit 1");
        let theirs: Uuid = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut root).await.unwrap();
        let inserted = try_it(&mut door, copied(&format!(", '{column}', '{theirs}'"))).await;
        assert_eq!(inserted, Err("23503".to_owned()), "{column}");
        let moved = try_it(&mut door, format!("update app.indicator_value set {column} = '{theirs}'")).await;
        assert_eq!(moved, Err("42501".to_owned()), "{column}");
    }
}

#[tokio::test]
async fn foreign_keys_between_tenant_tables_carry_the_tenant() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let bare: Vec<String> = sqlx::query_scalar(
        "select c.conname::text from pg_constraint c
         join pg_class r on r.oid = c.confrelid join pg_namespace n on n.oid = r.relnamespace
         where c.contype = 'f' and n.nspname = 'app' and r.relname <> 'tenant'
           and not exists (select from unnest(c.conkey) k join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k
                           where a.attname = 'tenant_id')",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn every_tenant_table_has_the_floor_and_it_says_the_same_everywhere() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    for table in tables(&stage).await {
        let floor: Option<(bool, String, Option<String>)> = sqlx::query_as(
            "select not polpermissive and polcmd = '*' and polroles = '{0}', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
             from pg_policy where polname = 't_floor' and polrelid = $1::regclass",
        )
        .bind(&table)
        .fetch_optional(&mut conn)
        .await
        .unwrap();
        let says = "(tenant_id = ( SELECT app.tenant() AS tenant))".to_owned();
        assert_eq!(floor, Some((true, says.clone(), Some(says))), "{table}");
    }
}

#[tokio::test]
async fn the_server_refuses_a_login_that_row_level_security_does_not_hold() {
    let stage = Stage::new().await;
    assert_eq!(check::faults(&stage.runtime).await.unwrap(), Vec::<String>::new());
    let faults = check::faults(&stage.superuser).await.unwrap();
    assert!(faults.iter().any(|fault| fault.contains("superuser")), "{faults:?}");
    assert!(!check::faults(&stage.owner).await.unwrap().is_empty());
    let mut conn = stage.superuser().await;
    sqlx::raw_sql(
        "alter table app.project no force row level security; drop trigger watch_update on app.location; drop policy t_floor on app.target;
         drop policy t_programme on app.target; alter table app.programme add column patron text",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let faults: BTreeSet<_> = check::faults(&stage.runtime).await.unwrap().into_iter().collect();
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[tokio::test]
async fn a_figure_of_another_projects_indicator_or_period_is_refused() {
    let stage = Stage::new().await;
    let mut conn = stage.superuser().await;
    let columns = "tenant_id, project_id, indicator_id, period_id, period_start, period_end";
    for (table, also, with) in [("period_rollup", "inputs_hash", "'x'"), ("period_breakdown", "dimension_key, code", "'sex', 'female'")] {
        for (indicator, period) in [("=", "<>"), ("<>", "=")] {
            let copy = format!(
                "insert into app.{table} ({columns}, {also})
                 select w.tenant_id, w.id, (select id from app.indicator where project_id {indicator} w.id limit 1),
                   (select id from app.reporting_period where project_id {period} w.id limit 1), '2025-01-01', '2025-01-31', {with}
                 from app.project w where w.code = 'wells'"
            );
            let refused = sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut conn).await.unwrap_err();
            assert!(refused.to_string().contains("of no indicator or period of its project"), "{table}: {refused}");
        }
    }
}
