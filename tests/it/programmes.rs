//! Programmes: whoever is kept to some reaches nothing else, by the database itself, and what administrators do with them.

use http::StatusCode;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::accounts::{NEW, letters, secret_in};
use crate::isolation::{enter_with, furnish, try_it};
use crate::stage::{Browser, Stage};

const ORG: (&str, &str) = ("org", "amani-wash");
const LIST: &str = "/o/amani-wash/admin/programmes";

/// The programmes of two projects, `North` with wells and `South` with camps, and who is kept to the first.
async fn divided(stage: &Stage, kept: &[&str]) -> (Uuid, Uuid) {
    let mut conn = stage.superuser().await;
    let (north, south) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::raw_sql(AssertSqlSafe(format!(
        "insert into app.programme (tenant_id, id, kind, name) select t.id, p.id, 'programme', p.name
           from app.tenant t, (values ('{north}'::uuid, 'North'), ('{south}', 'South')) p(id, name) where t.slug = 'amani-wash';
         update app.project p set programme_id = case p.code when 'wells' then '{north}'::uuid else '{south}' end
           from app.tenant t where t.id = p.tenant_id and t.slug = 'amani-wash';"
    )))
    .execute(&mut conn)
    .await
    .unwrap();
    for email in kept {
        sqlx::query(
            "update app.membership m set programme_ids = array[$1] from auth.user_account u where u.id = m.user_id and u.email = $2",
        )
        .bind(north)
        .bind(email)
        .execute(&mut conn)
        .await
        .unwrap();
    }
    (north, south)
}

pub async fn one<T>(stage: &Stage, sql: &str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut stage.superuser().await).await.unwrap()
}

async fn member(stage: &Stage, email: &str) -> Uuid {
    one(stage, &format!("select m.id from app.membership m join auth.user_account u on u.id = m.user_id where u.email = '{email}' limit 1"))
        .await
}

/// Inside the door of the organisation as one of its people, kept to programmes.
pub async fn enter_as(stage: &Stage, email: &str, programmes: &str) -> PgConnection {
    let tenant: Uuid = one(stage, "select id from app.tenant where slug = 'amani-wash'").await;
    let user: Uuid = one(stage, &format!("select id from auth.user_account where email = '{email}'")).await;
    enter_with(stage, &format!("{tenant}|{user}|user|session||{}|{programmes}|9999999999", Uuid::now_v7())).await
}

/// How the rows of each table belong to a project. Everything else of an organisation belongs to all of it; this list may only shrink.
const OF_THE_ORGANISATION: [&str; 22] = [
    "app.api_idempotency",
    "app.api_token",
    "app.dimension",
    "app.dimension_value",
    "app.donor",
    "app.framework_template",
    "app.indicator_library",
    "app.invitation",
    "app.location",
    "app.provider",
    "app.provider_identity",
    "app.provider_role",
    "app.report_key",
    "app.report_template",
    "app.role_grant_request",
    "app.saved_filter",
    "app.support_visit",
    "app.tenant",
    "audit.head",
    "audit.pending",
    "auth.notice",
    "auth.data_key",
];

/// Tables whose rows belong to a project or a programme, with how to tell it of a row `x`.
async fn bound(stage: &Stage) -> Vec<(String, String)> {
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "select n.nspname || '.' || c.relname,
           exists (select from pg_attribute p where p.attrelid = c.oid and p.attname = 'project_id' and not p.attisdropped)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
         where n.nspname in ('app', 'audit', 'auth') and c.relkind in ('r', 'p') order by 1",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    tables
        .into_iter()
        .filter(|(table, _)| !OF_THE_ORGANISATION.contains(&table.as_str()))
        .map(|(table, by_project)| {
            let project = match table.as_str() {
                "app.project" => "x.id",
                "app.import_issue" => "(select j.project_id from app.import_job j where j.id = x.import_id)",
                "app.donor_visit" | "app.donor_link_access" | "app.donor_knock" => {
                    "(select l.project_id from app.donor_link l where l.id = x.link_id)"
                }
                "audit.touched" => "(select e.project_id from audit.event e where e.id = x.event_id)",
                _ if by_project => "x.project_id",
                "app.programme" => return (table, "x.name".to_owned()),
                "app.membership" => {
                    return (table, "(select max(g.name) from app.programme g where g.id = any (x.programme_ids))".to_owned());
                }
                other => panic!("{other}: whose is a row of it?"),
            };
            (table, format!("(select g.name from app.project p join app.programme g on g.id = p.programme_id where p.id = {project})"))
        })
        .collect()
}

#[tokio::test]
async fn whoever_is_kept_to_a_programme_reaches_nothing_else_on_any_table() {
    let stage = Stage::new().await;
    let (north, south) = divided(&stage, &[]).await;
    let tenant: Uuid = one(&stage, "select id from app.tenant where slug = 'amani-wash'").await;
    furnish(&stage, tenant).await;
    sqlx::query("update app.membership m set programme_ids = array[$1] from auth.user_account u where u.id = m.user_id and u.email = 'viewer@amani.test'")
        .bind(north)
        .execute(&mut stage.superuser().await)
        .await
        .unwrap();
    let mut root = stage.superuser().await;
    let mut kept = enter_as(&stage, "meal@amani.test", &south.to_string()).await;
    let mut whole = enter_as(&stage, "meal@amani.test", "").await;
    for (table, programme) in bound(&stage).await {
        let of = |name: &str| format!("from {table} x where x.tenant_id = '{tenant}' and {programme} = '{name}'");
        let ids = format!("select x.ctid::text, to_jsonb(x) {}", of("North"));
        let there: Option<(String, serde_json::Value)> = sqlx::query_as(AssertSqlSafe(ids)).fetch_optional(&mut root).await.unwrap();
        let (place, row) = there.unwrap_or_else(|| panic!("{table} has no row of the other programme: the test would prove nothing"));
        // by where it lies: what tells its programme is not to be seen either
        let key = format!("ctid = '{place}'");
        let sees = |conn| try_it(conn, format!("select 1 from {table} where {key}"));
        assert_eq!(sees(&mut whole).await, Ok(1), "{table}: who works everywhere sees it");
        assert!(!matches!(sees(&mut kept).await, Ok(n) if n > 0), "SELECT {table}");
        let updated = try_it(&mut kept, format!("update {table} set tenant_id = tenant_id where {key}")).await;
        assert!(!matches!(updated, Ok(n) if n > 0), "UPDATE {table}: {updated:?}");
        let deleted = try_it(&mut kept, format!("delete from {table} where {key}")).await;
        assert!(!matches!(deleted, Ok(n) if n > 0), "DELETE {table}: {deleted:?}");
        let mut copy = row.clone();
        copy["id"] = Uuid::now_v7().to_string().into();
        let literal = copy.to_string().replace('\'', "''");
        let inserted =
            try_it(&mut kept, format!("insert into {table} select * from jsonb_populate_record(null::{table}, '{literal}')")).await;
        assert!(inserted.is_err(), "INSERT {table}: {inserted:?}");
        let mine: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) {}", of("South")))).fetch_one(&mut root).await.unwrap();
        if mine > 0 {
            let own = try_it(&mut kept, format!("select 1 from {table} limit 1")).await;
            assert!(matches!(own, Ok(1) | Err(_)), "{table}: nothing of their own is seen: {own:?}");
        }
    }
    // of what belongs to no project they see what they did themselves
    let others =
        try_it(&mut kept, "select 1 from audit.event where project_id is null and actor_id is distinct from app.actor()".to_owned()).await;
    assert_eq!(others, Ok(0), "events about the organisation");
    // and no function that looks for things knows more than they do
    for (found, asked) in [
        ("titles", "select 1 from gate.search('wells', null, false, 50) f where f.project_code = 'wells'"),
        ("addresses", "select 1 from gate.people() where email = 'viewer@amani.test'"),
    ] {
        assert_eq!(try_it(&mut kept, asked.to_owned()).await, Ok(0), "{found}");
        assert!(matches!(try_it(&mut whole, asked.to_owned()).await, Ok(n) if n > 0), "{found}, for who works everywhere");
    }
    // what is theirs they move nowhere else
    let moved = try_it(&mut kept, format!("update app.project set programme_id = '{north}' where code = 'camps'")).await;
    assert_eq!(moved, Err("42501".to_owned()));
    let widened =
        try_it(&mut kept, format!("update app.membership set programme_ids = array['{north}'::uuid] where user_id = app.actor()")).await;
    assert_eq!(widened, Err("KP001".to_owned()));
}

#[tokio::test]
async fn whoever_is_kept_to_a_programme_deletes_nothing_in_the_bin_of_another() {
    let stage = Stage::new().await;
    let (north, south) = divided(&stage, &[]).await;
    furnish(&stage, one(&stage, "select id from app.tenant where slug = 'amani-wash'").await).await;
    sqlx::raw_sql(
        "set session_replication_role = replica; delete from app.published_evidence;
         update app.evidence set deleted_at = now() - interval '31 days'",
    )
    .execute(&mut stage.superuser().await)
    .await
    .unwrap();
    let wells = stage.project("admin@amani.test", "wells").await;
    let file: Uuid = one(&stage, &format!("select id from app.evidence where project_id = '{wells}' limit 1")).await;
    for (programmes, expected) in [(String::new(), 1), (north.to_string(), 1), (south.to_string(), 0)] {
        let mut door = enter_as(&stage, "meal@amani.test", &programmes).await;
        for asked in [
            format!("select 1 from gate.empty_bin('{wells}') where kind = 'evidence' limit 1"),
            format!("select 1 where gate.delete_evidence('{file}')"),
        ] {
            assert_eq!(try_it(&mut door, asked.clone()).await, Ok(expected), "{asked} of {programmes}");
        }
    }
}

#[tokio::test]
async fn a_setting_without_a_place_for_programmes_is_none() {
    let stage = Stage::new().await;
    let tenant: Uuid = one(&stage, "select id from app.tenant where slug = 'amani-wash'").await;
    for tail in ["9999999999", "||9999999999", "|x|9999999999"] {
        let mut conn = enter_with(&stage, &format!("{tenant}|{}|user|session||{}|{tail}", Uuid::now_v7(), Uuid::now_v7())).await;
        let seen = try_it(&mut conn, "select 1 from app.project".to_owned()).await;
        assert!(!matches!(seen, Ok(n) if n > 0), "{tail}: {seen:?}");
    }
}

#[tokio::test]
async fn pages_lists_and_calls_keep_to_the_programmes() {
    let stage = Stage::new().await;
    divided(&stage, &["pm@amani.test", "meal@amani.test"]).await;
    let camps = stage.project("admin@amani.test", "camps").await;
    let mut pm = Browser::new(&stage);
    pm.sign_in(&stage, "pm@amani.test").await;
    let list = pm.get("/o/amani-wash/projects").await.body;
    assert!(list.contains("/projects/wells") && !list.contains("camps"), "{list}");
    assert_eq!(pm.get("/o/amani-wash/projects/wells/tracking").await.status, StatusCode::OK);
    for page in ["", "/tracking", "/setup", "/entry", "/reports"] {
        assert_eq!(pm.get(&format!("/o/amani-wash/projects/camps{page}")).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert_eq!(pm.get(&format!("/o/amani-wash/audit?entity={camps}&rows=1")).await.body.matches("seq=").count(), 0);
    assert!(!pm.get("/o/amani-wash/search?q=a").await.body.contains("/projects/camps"));
    let api = stage.program("meal@amani.test").await;
    let (status, found) = api.get("/projects").await;
    assert_eq!((status, found["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(1)), "{found}");
    for call in [format!("/projects/{camps}"), format!("/projects/{camps}/values"), format!("/projects/{camps}/tracking")] {
        assert_eq!(api.get(&call).await.0, StatusCode::NOT_FOUND, "{call}");
    }
    // colleagues of other programmes are no colleagues; those who work everywhere are
    stage
        .run(
            "update app.membership m set programme_ids = array(select g.id from app.programme g where g.name = 'South')
               from auth.user_account u where u.id = m.user_id and u.email = 'viewer@amani.test'",
        )
        .await;
    let people = pm.get("/o/amani-wash/admin/members").await.body;
    assert!(people.contains("meal@amani.test") && people.contains("field@amani.test") && !people.contains("viewer@amani.test"));
    let viewer: String = one(&stage, "select name from auth.user_account where email = 'viewer@amani.test'").await;
    let found = pm.get(&format!("/o/amani-wash/search?q={}", viewer.split(' ').next().unwrap_or_default())).await.body;
    assert!(!found.contains(&viewer), "{found}");
}

#[tokio::test]
async fn an_administrator_names_programmes_places_projects_and_keeps_people() {
    let stage = Stage::new().await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let back = ("back", LIST);
    assert!(admin.get(LIST).await.body.contains("There are none yet"));
    let add = |name: &'static str, kind: &'static str| [ORG, back, ("name", name), ("programme_kind", kind)];
    let added = admin.post("/fn/programmes/add", &add("North", "programme")).await;
    assert!(added.location.contains("notice=programme-added"), "{}", added.location);
    for (name, kind, why) in [("North", "programme", "taken"), ("", "programme", "empty"), ("South", "branch", "no kind")] {
        assert!(admin.post("/fn/programmes/add", &add(name, kind)).await.location.contains("flash="), "{why}");
    }
    let north: Uuid = one(&stage, "select id from app.programme").await;
    let (north, page) = (north.to_string(), format!("{LIST}/{north}"));
    let wells = stage.project("admin@amani.test", "wells").await.to_string();
    let ticked = format!("project-{wells}");
    let place = [ORG, ("back", page.as_str()), ("programme", &north), (&ticked, "yes")];
    assert!(admin.post("/fn/programmes/place", &place).await.location.contains("notice=saved"));
    assert!(admin.post("/fn/programmes/place", &place).await.location.contains("flash="), "it has been placed meanwhile");
    let body = admin.get(&page).await.body;
    assert!(body.contains("Wells that last") && body.contains(&format!("name=\"was-{wells}\"")), "{body}");

    // somebody with a role in both projects is kept to one of them
    let meal = member(&stage, "meal@amani.test").await.to_string();
    let box_ = format!("programme-{north}");
    let profile = format!("/o/amani-wash/admin/members/{meal}");
    let keep = |version: &'static str| {
        [
            ORG,
            ("back", profile.as_str()),
            ("member", meal.as_str()),
            ("row_version", version),
            ("kept_to", "programmes"),
            (box_.as_str(), "yes"),
        ]
    };
    assert!(admin.post("/fn/members/keep-to-programmes", &keep("1")).await.location.contains("notice=saved"));
    assert!(admin.post("/fn/members/keep-to-programmes", &keep("1")).await.location.contains("flash="), "of an older version");
    let body = admin.get(&profile).await.body;
    assert!(body.contains("rests: it is outside") && body.contains("North"), "{body}");
    let mut kept = Browser::new(&stage);
    kept.sign_in(&stage, "meal@amani.test").await;
    assert_eq!(kept.get("/o/amani-wash/projects/camps").await.status, StatusCode::NOT_FOUND);
    assert_eq!(kept.get("/o/amani-wash/projects/wells").await.status, StatusCode::OK);
    let told = async || {
        letters(&stage).await.iter().filter(|letter| letter.contains("meal@amani.test") && letter.contains("what you may do there")).count()
    };
    assert_eq!(told().await, 1);
    // their own token is kept to it too, at once
    let api = stage.program("meal@amani.test").await;
    assert_eq!(api.get("/projects").await.1["items"].as_array().map(Vec::len), Some(1));

    // nobody who rules is kept, nobody keeps themselves, and what is no programme is none
    let (ruler, nil) = (member(&stage, "safeguarding@amani.test").await.to_string(), format!("programme-{}", Uuid::nil()));
    let mine = member(&stage, "admin@amani.test").await.to_string();
    let viewer = member(&stage, "viewer@amani.test").await.to_string();
    for (who, what) in [(&ruler, &box_), (&mine, &box_), (&viewer, &nil)] {
        let fields = [ORG, back, ("member", who.as_str()), ("row_version", "1"), ("kept_to", "programmes"), (what.as_str(), "yes")];
        let answer = admin.post("/fn/members/keep-to-programmes", &fields).await;
        assert!(answer.location.contains("flash="), "{who} {what}: {} {}", answer.status, answer.location);
    }
    let limited: i64 = one(&stage, "select count(*) from app.membership where programme_ids <> '{}'").await;
    assert_eq!(limited, 1);

    // nobody is assigned where they could not work
    let camps = stage.project("admin@amani.test", "camps").await.to_string();
    let assign = [ORG, ("back", "/o/amani-wash/projects/camps/setup"), ("project", &camps), ("member", &meal), ("role", "viewer")];
    let refused = admin.post("/fn/project-members/assign", &assign).await.location;
    assert!(refused.contains("flash="), "{refused}");
    assert!(admin.get(&refused).await.body.contains("of which this project is no part"));

    // the project comes to them, and they are told; and to nobody whom it does not concern
    let (ticked, placed) = (format!("project-{camps}"), format!("was-{wells}"));
    let come =
        [ORG, ("back", page.as_str()), ("programme", &north), (&ticked, "yes"), (&placed, &north), (&format!("project-{wells}"), "yes")];
    assert!(admin.post("/fn/programmes/place", &come).await.location.contains("notice=saved"));
    assert_eq!(kept.get("/o/amani-wash/projects/camps").await.status, StatusCode::OK);
    assert_eq!(told().await, 1, "one more");

    let acts: Vec<String> = sqlx::query_scalar(
        "select action from audit.event where kind = 'act' and (action like 'programme.%' or action = 'membership.kept_to_programmes') order by at",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    assert_eq!(acts, ["programme.added", "programme.projects_placed", "membership.kept_to_programmes", "programme.projects_placed"]);
}

#[tokio::test]
async fn who_is_invited_into_a_programme_never_sees_beyond_it() {
    let stage = Stage::new().await;
    let (north, _) = divided(&stage, &[]).await;
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    let box_ = format!("programme-{north}");
    let letter = [
        ORG,
        ("back", "/o/amani-wash/admin/members"),
        ("emails", "neema@north.test"),
        ("locale", "en"),
        ("role-meal_officer", "yes"),
        ("kept_to", "programmes"),
        (&box_, "yes"),
    ];
    let sent = admin.post("/fn/invitations/send", &letter).await.location;
    assert!(sent.contains("notice=invited"), "{sent}");
    assert!(admin.get("/o/amani-wash/admin/members").await.body.contains("· North"));
    let mut neema = Browser::new(&stage);
    let secret =
        letters(&stage).await.iter().find(|letter| letter.contains("neema@north.test")).map(|letter| secret_in(letter, "invite")).unwrap();
    let join = [("secret", secret.as_str()), ("name", "Neema"), ("new_password", NEW), ("back", "/invite")];
    let joined = neema.post("/fn/invitations/join", &join).await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    let kept: Vec<Uuid> = one(
        &stage,
        "select programme_ids from app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'neema@north.test'",
    )
    .await;
    assert_eq!(kept, [north]);
}
