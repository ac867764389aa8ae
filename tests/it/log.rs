//! Reading the log: whichever way a page is found, it holds what a walk over everything would; filters that are kept; taking it out.

use std::collections::BTreeSet;

use http::StatusCode;
use server::access::Cx;
use server::audit::export::{self, Format};
use server::audit::log::{self, Filter, Line};
use server::kernel::calendar::day_in;
use server::kernel::crypto::{hex, sha256};

use crate::stage::{Browser, Stage};

const LOG: &str = "/o/amani-wash/audit";

/// Whether a line is to be found.
type Holds = Box<dyn Fn(&Line) -> bool>;

/// All pages of a filter, some lines at a time.
async fn all(cx: &Cx, mut filter: Filter, at_once: i64) -> Vec<Line> {
    let mut out = Vec::new();
    loop {
        let page = log::page(cx, &filter, at_once).await.unwrap();
        filter.before = page.last().map(|line| line.seq);
        let last = page.len() < usize::try_from(at_once).unwrap();
        out.extend(page);
        if last {
            return out;
        }
    }
}

fn places(lines: &[Line]) -> Vec<i64> {
    lines.iter().map(|line| line.seq).collect()
}

#[tokio::test]
async fn whichever_way_it_is_found_a_page_holds_the_same() {
    let stage = Stage::new().await;
    // some of the log is of earlier days
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("set session_replication_role = replica; update audit.event e set at = date_trunc('hour', at) - (select (h.seq - k.seq) * interval '40 minutes' + k.seq * 7 % 6 * interval '10 minutes' from audit.head h join audit.link k on k.tenant_id = h.tenant_id where k.tenant_id = e.tenant_id and k.event_id = e.id)")
        .execute(&mut conn)
        .await
        .unwrap();
    let admin = stage.cx("admin@amani.test").await;
    let everything = all(&admin, Filter::default(), 1000).await;
    assert!(everything.len() > 100);
    let wells = stage.project("meal@amani.test", "wells").await;
    let person = everything.iter().find_map(|line| line.actor_id).unwrap();
    let thing = everything.iter().find_map(|line| line.entity_id).unwrap();
    // days are those of the organisation
    let there = |line: &Line| day_in(line.at, chrono_tz::Tz::Africa__Nairobi);
    let day = there(&everything[everything.len() / 2]);
    let cases: Vec<(Filter, Holds)> = vec![
        (Filter { acts_only: true, ..Filter::default() }, Box::new(|line| line.kind == "act")),
        (Filter { actor: Some(person), ..Filter::default() }, Box::new(move |line| line.actor_id == Some(person))),
        (Filter { entity: Some(thing), ..Filter::default() }, Box::new(move |line| line.entity_id == Some(thing))),
        (Filter { project: Some(wells), ..Filter::default() }, Box::new(|line| line.project.as_deref() == Some("wells"))),
        (
            Filter { action: Some("project.".into()), acts_only: true, ..Filter::default() },
            Box::new(|line| line.kind == "act" && line.action.starts_with("project.")),
        ),
        (Filter { from: Some(day), ..Filter::default() }, Box::new(move |line| there(line) >= day)),
        (Filter { to: Some(day), ..Filter::default() }, Box::new(move |line| there(line) <= day)),
        (
            Filter { actor: Some(person), from: Some(day), to: Some(day), acts_only: true, ..Filter::default() },
            Box::new(move |line| line.actor_id == Some(person) && there(line) == day && line.kind == "act"),
        ),
    ];
    let field = stage.cx("field@amani.test").await.actor().user().unwrap().0;
    let people: Vec<(&str, Holds)> = vec![
        ("pm@amani.test", Box::new(|line| matches!(line.project.as_deref(), Some("wells" | "camps")))),
        ("meal@amani.test", Box::new(|line| matches!(line.project.as_deref(), Some("wells" | "camps")))),
        ("field@amani.test", Box::new(move |line| line.actor_id == Some(field))),
        ("safeguarding@amani.test", Box::new(|_| false)),
    ];
    for (filter, holds) in cases {
        let expected: BTreeSet<i64> = everything.iter().filter(|line| holds(line)).map(|line| line.seq).collect();
        for at_once in [7, 1000] {
            let found = places(&all(&admin, filter.clone(), at_once).await);
            assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected, "{filter:?}");
            assert_eq!(found.len(), expected.len(), "a line stands twice: {filter:?}");
        }
        // who sees less sees all of their part of it
        for (email, sees) in &people {
            let expected: BTreeSet<i64> = everything.iter().filter(|line| holds(line) && sees(line)).map(|line| line.seq).collect();
            if filter.project.is_some() && *email == "safeguarding@amani.test" {
                continue;
            }
            let found = places(&all(&stage.cx(email).await, filter.clone(), 50).await);
            assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected, "{email} {filter:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_is_kept_for_who_made_it_and_nobody_else() {
    let stage = Stage::new().await;
    let mut pm = Browser::new(&stage);
    pm.sign_in(&stage, "pm@amani.test").await;
    let back = format!("{LOG}?action=value.");
    let fields =
        [("org", "amani-wash"), ("page", "audit"), ("back", back.as_str()), ("name", "What was <saved>"), ("query", "action=value.")];
    assert!(pm.post("/fn/filters/keep", &fields).await.location.contains("notice=filter-kept"));
    assert!(pm.post("/fn/filters/keep", &fields).await.location.contains("flash="), "the same name once");
    let page = pm.get(LOG).await.body;
    assert!(page.contains("What was &lt;saved&gt;") && page.contains("/audit?action=value."), "{page}");
    for (name, query) in [("x", ""), ("x", "a b"), ("x", "#top"), ("", "rows=1")] {
        let fields = [("org", "amani-wash"), ("page", "audit"), ("back", LOG), ("name", name), ("query", query)];
        assert!(pm.post("/fn/filters/keep", &fields).await.location.contains("flash="), "{name} {query}");
    }
    let id: uuid::Uuid = sqlx::query_scalar("select id from app.saved_filter").fetch_one(&mut stage.superuser().await).await.unwrap();
    let id = id.to_string();
    let forget = [("org", "amani-wash"), ("page", "audit"), ("back", LOG), ("filter", id.as_str())];
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    assert!(!meal.get(LOG).await.body.contains("What was"));
    assert_eq!(meal.post("/fn/filters/forget", &forget).await.status, StatusCode::NOT_FOUND);
    assert!(pm.post("/fn/filters/forget", &forget).await.location.contains("notice=filter-forgotten"));
    assert!(!pm.get(LOG).await.body.contains("What was"));
    for n in 0..31 {
        let name = format!("filter {n}");
        let fields = [("org", "amani-wash"), ("page", "audit"), ("back", LOG), ("name", name.as_str()), ("query", "rows=1")];
        assert_eq!(pm.post("/fn/filters/keep", &fields).await.location.contains("flash="), n == 30, "{n}");
    }
}

#[tokio::test]
async fn the_log_is_taken_out_whole_with_what_proves_it() {
    let stage = Stage::new().await;
    let out = format!("{LOG}/export");
    for email in ["field@amani.test", "viewer@amani.test"] {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, email).await;
        assert_eq!(browser.post(&out, &[("format", "csv")]).await.status, StatusCode::FORBIDDEN, "{email}");
    }
    let mut admin = Browser::new(&stage);
    admin.sign_in(&stage, "admin@amani.test").await;
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    assert!(admin.get(&out).await.location.starts_with("/settings/confirm"));
    assert!(admin.post(&out, &[("format", "csv")]).await.location.starts_with("/settings/confirm"));
    stage.run("update auth.session set stepped_up_at = now()").await;
    assert_eq!(admin.post(&out, &[("format", "xls")]).await.status, StatusCode::NOT_FOUND);
    // more than is read in one go
    stage.run("do $$ begin for i in 1..1200 loop
         insert into app.location (tenant_id, id, code, name) select t.id, gen_random_uuid(), 'fill-' || i, 'P' from app.tenant t where t.slug = 'amani-wash';
       end loop; end $$").await;
    // and what tells of many rows at once
    stage.run("insert into app.location (tenant_id, id, code, name) select t.id, gen_random_uuid(), 'many-' || n, 'P' from app.tenant t, generate_series(1, 300) n where t.slug = 'amani-wash'").await;
    let of_amani = "tenant_id = (select id from app.tenant where slug = 'amani-wash')";
    let upto = stage.count(&format!("audit.link where {of_amani}")).await;
    assert!(upto > 1200, "{upto}");
    let page = admin.post(&format!("{out}?rows=1"), &[("format", "jsonl")]).await;
    assert_eq!(page.status, StatusCode::OK);
    let lines: Vec<serde_json::Value> = page.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), usize::try_from(upto).unwrap());
    let seqs: BTreeSet<i64> = lines.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=upto).collect());
    // the bytes of each are those that were hashed
    let hashes: std::collections::HashMap<i64, (String, String)> = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>)>(sqlx::AssertSqlSafe(format!(
        "select k.seq, k.hash, v.content_hash from audit.link k join audit.event v on v.tenant_id = k.tenant_id and v.id = k.event_id where k.{of_amani}"
    )))
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap()
    .into_iter()
    .map(|(seq, hash, content)| (seq, (hex(&hash), hex(&content))))
    .collect();
    for line in page.body.lines() {
        let parsed: serde_json::Value = serde_json::from_str(line).unwrap();
        let (hash, content) = &hashes[&parsed["seq"].as_i64().unwrap()];
        assert_eq!(parsed["hash"].as_str().unwrap(), hash);
        let canon = line.split_once("\"event\":").unwrap().1.strip_suffix('}').unwrap();
        assert_eq!(&hex(&sha256(canon.as_bytes())), content);
    }
    // as a table, and only what the filter lets through; that it was taken out is the last event
    let page = admin.post(&format!("{out}?action=location.&rows=1"), &[("format", "csv")]).await;
    assert!(page.body.starts_with("\"seq\",\"at\",\"action\""), "{}", &page.body[..80.min(page.body.len())]);
    let lines: Vec<&str> = page.body.lines().skip(1).collect();
    assert!(lines.len() >= 1200 && lines.iter().all(|line| line.contains("\"location.")), "{}", lines.len());
    assert_eq!(stage.count("audit.event where action = 'audit.exported'").await, 2);
    // who reads a part of it gets that part, and not where from and by which browser others worked
    let mut pm = Browser::new(&stage);
    pm.sign_in(&stage, "pm@amani.test").await;
    let page = pm.post(&out, &[("format", "jsonl")]).await;
    let lines: Vec<serde_json::Value> = page.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty());
    for line in &lines {
        assert!(line["event"]["project"].is_string() && line["content_hash"].is_string(), "{line}");
        assert!(["agent", "ip", "ip_index", "ip_net_index"].iter().all(|key| line["event"].get(key).is_none()), "{line}");
    }
    assert!(admin.get(LOG).await.body.contains("Exported the log"));
}

#[tokio::test]
async fn an_export_ends_with_the_right_to_it_and_a_piece_with_its_size() {
    let stage = Stage::new().await;
    // long texts: each of these events is above 40 kB
    stage.run("insert into app.project (tenant_id, id, code, title, summary, start_date, end_date)
         select t.id, gen_random_uuid(), 'long-' || n, '=1+1', repeat('x', 4000), '2026-01-01', '2026-12-31' from app.tenant t, generate_series(1, 600) n where t.slug = 'amani-wash'").await;
    let admin = stage.cx("admin@amani.test").await;
    let everything = Filter { acts_only: false, ..Filter::default() };
    let mut export = export::begin(&admin, everything.clone(), Format::Csv).await.unwrap();
    let first = export.next(&admin).await.unwrap().unwrap();
    let first = String::from_utf8(first).unwrap();
    let lines = first.lines().count();
    assert!((2..600).contains(&lines), "a piece of {lines} lines");
    // what is written meanwhile is no part of it
    stage.run("insert into app.location (tenant_id, id, code, name) select id, gen_random_uuid(), 'meanwhile', 'P' from app.tenant where slug = 'amani-wash'").await;
    let mut seqs = BTreeSet::new();
    let mut count = 0;
    let mut text = first;
    loop {
        for line in text.lines().filter(|line| !line.starts_with("\"seq\"")) {
            seqs.insert(line.split(',').next().unwrap().parse::<i64>().unwrap());
            count += 1;
        }
        match export.next(&admin).await.unwrap() {
            Some(piece) => text = String::from_utf8(piece).unwrap(),
            None => break,
        }
    }
    assert_eq!(count, seqs.len(), "no line twice");
    let upto = seqs.last().copied().unwrap();
    assert_eq!(seqs, (1..=upto).collect(), "and none left out");
    assert!(stage.count("audit.link k join app.tenant t on t.id = k.tenant_id where t.slug = 'amani-wash'").await > upto);
    drop(export);
    // who is let go between two pieces gets no more
    let mut export = export::begin(&admin, everything.clone(), Format::JsonLines).await.unwrap();
    assert!(export.next(&admin).await.unwrap().is_some());
    let nobody = stage.cx("viewer@amani.test").await;
    assert!(export.next(&nobody).await.is_err());
    // as many run as may
    let busy = async |who: &Cx| matches!(export::begin(who, Filter::default(), Format::Csv).await, Err(server::kernel::error::Error::Busy));
    assert!(busy(&admin).await, "one a person");
    let others = [stage.cx("pm@amani.test").await, stage.cx("meal@amani.test").await, stage.cx("pm@baraka.test").await];
    let mut running = vec![export];
    for who in &others {
        running.push(export::begin(who, everything.clone(), Format::Csv).await.unwrap());
    }
    assert!(busy(&stage.cx("meal@baraka.test").await).await, "four in all");
    running.clear();
    assert!(!busy(&admin).await);
}
