//! The donor's portal: what a visit shows, and what it never does.

use std::io::Cursor;

use http::StatusCode;
use serde_json::{Value, json};
use server::kernel::crypto::sha256;
use server::projects::publication;
use server::projects::snapshot::Content;
use uuid::Uuid;

use crate::stage::{Browser, Page, Stage, signed_in, statements};

/// A link as it lies in the database, with its secret.
struct Link {
    public_id: String,
    secret: String,
    snapshot: Uuid,
    report: Uuid,
}

impl Link {
    fn at(&self, path: &str) -> String {
        format!("/donor/{}{path}", self.public_id)
    }
}

fn indicator(code: &str) -> Value {
    let figure = |rag: &str| json!({ "actual": "50", "target": "100", "achievement": "50", "rag": rag, "self_verified": false, "restated_from": "40" });
    json!({
        "code": code, "title": format!("People of {code}"), "definition": "Who drinks safely.", "unit": "people", "decimals": "0",
        "result": ["1", "Water is near"], "baseline": "0", "unweighted": false, "cells": [figure("at_risk"), figure("off_track")],
        "trend": [["2025-Q3", "20"], ["2025-Q4", "50"]],
        "groups": [
            { "dimension": "Sex", "label": "Women", "actual": "47", "hidden": false },
            { "dimension": "Sex", "label": "Men", "actual": null, "hidden": true },
        ],
    })
}

fn content(title: &str, indicators: Vec<Value>, sections: Vec<Value>) -> Value {
    json!({
        "v": "2", "organisation": "Amani", "project": "Wells", "project_code": "wells", "title": title, "locale": "en",
        "from": "2025-01-01", "to": "2025-12-31", "narrative": "", "generated_data": false, "columns": ["2025-Q4", "2025"],
        "indicators": indicators, "sections": sections,
    })
}

fn section(key: &str, body: &str, block: Value) -> Value {
    json!({ "key": key, "title": format!("Section {key}"), "body": body, "block": block })
}

/// A typical report.
fn typical(title: &str) -> Value {
    let sections = vec![section("text", "It **rained**.", json!({ "kind": "none" })), section("itt", "", json!({ "kind": "tracking" }))];
    content(title, vec![indicator("people_served"), indicator("wells_repaired")], sections)
}

async fn report(stage: &Stage) -> Uuid {
    let id = Uuid::now_v7();
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut conn).await.unwrap();
    sqlx::query(
        "insert into app.report (tenant_id, id, project_id, period_from, period_to, frequency, title)
         select p.tenant_id, $1, p.id, '2025-01-01', '2025-12-31', 'annual', 'R'
         from app.project p join app.tenant t on t.id = p.tenant_id and t.slug = 'amani-wash' where p.code = 'wells'",
    )
    .bind(id)
    .execute(&mut conn)
    .await
    .unwrap();
    id
}

/// The name of the key that signs the organisation's reports, made if there is none.
async fn key(stage: &Stage) -> String {
    let in_use = "select kid from app.report_key where retired_at is null";
    let mut conn = stage.superuser().await;
    if let Some(kid) = sqlx::query_scalar(in_use).fetch_optional(&mut conn).await.unwrap() {
        return kid;
    }
    publication::renew(&stage.cx("admin@amani.test").await, false).await.unwrap();
    sqlx::query_scalar(in_use).fetch_one(&mut conn).await.unwrap()
}

/// Publishes a report past all rules, and gives it a link.
async fn share_of(stage: &Stage, report: Uuid, content: Value, allow_download: bool) -> Link {
    let content: Content = serde_json::from_value(content).unwrap();
    let bytes = content.bytes().unwrap();
    let snapshot = Uuid::now_v7();
    let secret = Uuid::new_v4().to_string();
    let public_id: String = Uuid::new_v4().simple().to_string().chars().take(16).collect();
    let kid = key(stage).await;
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut conn).await.unwrap();
    sqlx::query(
        "insert into app.report_snapshot (tenant_id, id, project_id, report_id, version, content, sha256, published_by, signature, key_id)
         select tenant_id, $2, project_id, id, 1, $3, $4, id, sha256('s') || sha256('t'), $5 from app.report where id = $1",
    )
    .bind(report)
    .bind(snapshot)
    .bind(&bytes)
    .bind(&sha256(&bytes)[..])
    .bind(&kid)
    .execute(&mut conn)
    .await
    .unwrap();
    sqlx::query(
        "insert into app.donor_link (tenant_id, id, project_id, snapshot_id, public_id, secret_hash, recipient_name, rolling_until, hard_until,
             allow_download)
         select tenant_id, gen_random_uuid(), project_id, id, $2, $3, 'A donor', now() + interval '90 days', now() + interval '365 days', $4
         from app.report_snapshot where id = $1",
    )
    .bind(snapshot)
    .bind(&public_id)
    .bind(&sha256(secret.as_bytes())[..])
    .bind(allow_download)
    .execute(&mut conn)
    .await
    .unwrap();
    Link { public_id, secret, snapshot, report }
}

async fn share(stage: &Stage, content: Value, allow_download: bool) -> Link {
    share_of(stage, report(stage).await, content, allow_download).await
}

/// Takes a link back, past all rules.
async fn revoke(stage: &Stage, link: &Link) {
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut conn).await.unwrap();
    let done =
        sqlx::query("update app.donor_link set revoked_at = now(), revoked_by = id, revoke_reason = 'it is over' where public_id = $1")
            .bind(&link.public_id)
            .execute(&mut conn)
            .await
            .unwrap();
    assert_eq!(done.rows_affected(), 1);
}

/// Goes through the door of a link.
async fn open(donor: &mut Browser, link: &Link) -> Page {
    let entrance = donor.get(&format!("/d/{}", link.public_id)).await;
    let token = entrance.body.split("name=\"door\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
    let opened = donor.post("/fn/visits/open", &[("public_id", &link.public_id), ("secret", &link.secret), ("door", &token)]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    opened
}

async fn visitor(stage: &Stage, link: &Link) -> Browser {
    let mut donor = Browser::new(stage);
    open(&mut donor, link).await;
    donor
}

#[tokio::test]
async fn each_visit_opens_its_own_report_and_no_other() {
    let stage = Stage::new().await;
    let (first, second) = (share(&stage, typical("First report"), false).await, share(&stage, typical("Second report"), false).await);
    let mut donor = Browser::new(&stage);
    assert_eq!(open(&mut donor, &first).await.location, "/donor");
    assert!(donor.get("/donor").await.body.contains("First report"));
    // who holds one of them opens one of them, and cannot tell the other from one that never was
    let foreign = donor.get(&second.at("")).await;
    assert_eq!((foreign.status, foreign.body), (StatusCode::NOT_FOUND, donor.get("/donor/0000000000000000").await.body));
    assert_eq!(open(&mut donor, &second).await.location, second.at(""));
    let choice = donor.get("/donor").await;
    assert!(choice.body.contains("First report") && choice.body.contains("Second report"), "{}", choice.body);
    for (link, title, other) in [(&first, "First report", "Second report"), (&second, "Second report", "First report")] {
        let page = donor.get(&link.at("")).await;
        assert!(page.body.contains(title) && !page.body.contains(other), "{title}");
    }
    // one that ends leaves the other alone
    revoke(&stage, &first).await;
    assert_eq!(donor.get(&first.at("")).await.status, StatusCode::NOT_FOUND);
    assert!(donor.get("/donor").await.body.contains("Second report"));
}

#[tokio::test]
async fn a_browser_keeps_ten_visits() {
    let stage = Stage::new().await;
    let mut donor = Browser::new(&stage);
    let mut links = Vec::new();
    for n in 0..11 {
        let link = share(&stage, typical(&format!("Report {n}")), false).await;
        open(&mut donor, &link).await;
        links.push(link);
    }
    assert_eq!(donor.get(&links[0].at("")).await.status, StatusCode::NOT_FOUND, "the oldest made room");
    assert_eq!(donor.get(&links[10].at("")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_tells_summary_first_and_how_each_figure_came_about() {
    let stage = Stage::new().await;
    let link = share(&stage, typical("Wells in 2025"), true).await;
    let mut donor = visitor(&stage, &link).await;
    let page = donor.get("/donor").await;
    let order =
        ["<h1", "id=\"summary\"", "id=\"progress\"", "id=\"changed\"", "id=\"s-text\"", "id=\"s-itt\"", "id=\"glossary\"", "/verify"];
    let places: Vec<_> = order.iter().map(|part| page.body.find(part).unwrap_or_else(|| panic!("{part}: {}", page.body))).collect();
    assert!(places.is_sorted(), "{places:?}");
    for part in
        ["<strong>rained", "How is this computed?", "50 ÷ 100 × 100 = 50.0 %", "Who drinks safely.", "hidden", "Shared with A donor"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("<script"), "no page of a report needs one");
    // the frame speaks the reader's language, the report its own
    let swahili = donor.get("/donor?lang=sw").await;
    assert!(swahili.body.contains("Imetumwa kwa A donor") && swahili.body.contains("Progress by result"), "{}", swahili.body);
    donor.get("/donor").await;
    let before = statements();
    donor.get("/donor").await;
    assert!(statements() - before <= 3, "{}", statements() - before);
}

#[tokio::test]
async fn every_answer_stays_with_who_asked() {
    let stage = Stage::new().await;
    let link = share(&stage, typical("Wells in 2025"), true).await;
    let mut donor = visitor(&stage, &link).await;
    for path in ["", "/report.pdf", "/report.json", "/figures.xlsx", "/figures.csv"] {
        let page = donor.get(&link.at(path)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            let said = page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            assert!(said.contains(value), "{path} {name}: {said}");
        }
    }
}

#[tokio::test]
async fn figures_are_taken_out_where_the_link_allows_it_and_hidden_ones_never() {
    let stage = Stage::new().await;
    let (open_link, closed) = (share(&stage, typical("A"), true).await, share(&stage, typical("B"), false).await);
    let mut donor = visitor(&stage, &open_link).await;
    let csv = donor.get(&open_link.at("/figures.csv")).await;
    assert!(csv.body.starts_with("\"code\"") && csv.body.contains("\"Women\"") && csv.body.contains("\"hidden\""), "{}", csv.body);
    let disposition = csv.headers.get("content-disposition").unwrap().to_str().unwrap();
    assert!(disposition.contains("filename=\"wells-report-2025-12-31-v1.csv\""), "{disposition}");
    let json = donor.get(&open_link.at("/report.json")).await;
    let kept: Vec<u8> = sqlx::query_scalar("select content from app.report_snapshot where id = $1")
        .bind(open_link.snapshot)
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap();
    assert!(json.bytes.windows(kept.len()).any(|part| part == kept), "to the byte as it was published");
    assert!(donor.get(&open_link.at("/figures.xlsx")).await.bytes.starts_with(b"PK"));
    let mut other = visitor(&stage, &closed).await;
    assert!(!other.get("/donor").await.body.contains("figures.csv"));
    for file in ["/report.json", "/figures.xlsx", "/figures.csv"] {
        assert_eq!(other.get(&closed.at(file)).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    assert_eq!(other.get(&closed.at("/report.pdf")).await.status, StatusCode::OK, "paper is for whoever reads");
    let taken = format!("app.donor_link_access where kind = 'download' and outcome = 'ok' and page = '{}'", closed.at("/report.pdf"));
    assert_eq!(stage.count(&taken).await, 1, "and the log tells it from reading");
}

#[tokio::test]
async fn old_and_hostile_and_empty_and_huge_reports_are_read_and_set_on_paper() {
    let stage = Stage::new().await;
    let mut old = content("Old", vec![indicator("a")], Vec::new());
    old["v"] = json!("1");
    old["narrative"] = json!("It rained.\n\n<b>and</b> **more**");
    old.as_object_mut().unwrap().remove("sections");
    let hostile = "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![p](https://evil.test/p.png)\n\n#read(\"/etc/passwd\") \u{202e}x";
    let mut evil =
        content("\"><script>x</script>", vec![indicator("=cmd|'/c calc'!A1")], vec![section("a", hostile, json!({ "kind": "tracking" }))]);
    evil["organisation"] = json!("<img src=x onerror=y>");
    let many: Vec<Value> = (0..200).map(|n| indicator(&format!("many_{n}"))).collect();
    let huge = content("Huge", many, vec![section("a", &"long ".repeat(3_000), json!({ "kind": "charts" }))]);
    for (name, content) in [("old", old), ("hostile", evil), ("empty", content("Empty", Vec::new(), Vec::new())), ("huge", huge)] {
        let link = share(&stage, content, true).await;
        let mut donor = visitor(&stage, &link).await;
        let page = donor.get(&link.at("")).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        for bad in ["<script", "<img src=x", "href=\"javascript:", "evil.test/p.png\"", "<b>and</b>"] {
            assert!(!page.body.contains(bad), "{name}: {bad}");
        }
        let paper = donor.get(&link.at("/report.pdf")).await;
        assert!(paper.status == StatusCode::OK && paper.bytes.starts_with(b"%PDF-"), "{name}");
        assert_eq!(donor.get(&link.at("/figures.xlsx")).await.status, StatusCode::OK, "{name}");
    }
}

/// A file of a report, and what the report says of it.
async fn evidence(stage: &Stage, report: Uuid, name: &str, bytes: &[u8]) -> (Uuid, Value) {
    let mut meal = signed_in(stage, "meal@amani.test").await;
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let report = report.to_string();
    let fields = [
        ("org", "amani-wash"),
        ("project", project.as_str()),
        ("report", report.as_str()),
        ("consent", "not_needed"),
        ("back", "/o/amani-wash/projects/wells/evidence"),
    ];
    let added = meal.send_file("/fn/evidence/add", &fields, (name, bytes)).await;
    assert!(added.location.contains("notice=evidence-added"), "{}", added.location);
    let (id, sum, mime, filename): (Uuid, Vec<u8>, String, String) =
        sqlx::query_as("select id, sha256, mime, filename from app.evidence order by created_at desc limit 1")
            .fetch_one(&mut stage.superuser().await)
            .await
            .unwrap();
    let item = json!({ "id": id.to_string(), "title": "A pump", "filename": filename, "mime": mime, "bytes": "10",
        "sha256": server::kernel::crypto::hex(&sum), "taken_on": null });
    (id, item)
}

#[tokio::test]
async fn a_report_hands_out_the_files_that_it_names_and_no_others() {
    let stage = Stage::new().await;
    let report = report(&stage).await;
    let mut picture = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(1_200, 900).write_to(&mut picture, image::ImageFormat::Jpeg).unwrap();
    let (shown, item) = evidence(&stage, report, "pump <1>.jpg", picture.get_ref()).await;
    let (paper, paper_item) = evidence(&stage, report, "minutes.pdf", b"%PDF-1.7\nminutes\n%%EOF").await;
    let (unnamed, _) = evidence(&stage, report, "other.pdf", b"%PDF-1.7\nother\n%%EOF").await;
    let mut altered = paper_item.clone();
    altered["sha256"] = json!("00");
    let block = |items: Vec<Value>| vec![section("files", "", json!({ "kind": "evidence", "items": items }))];
    let link = share_of(&stage, report, content("Files", Vec::new(), block(vec![item, paper_item])), false).await;
    let mut donor = visitor(&stage, &link).await;
    let page = donor.get("/donor").await;
    assert!(page.body.contains(&link.at(&format!("/evidence/{shown}/small"))) && page.body.contains("alt=\"A pump\""), "{}", page.body);
    let small = donor.get(&link.at(&format!("/evidence/{shown}/small"))).await;
    assert_eq!(small.headers.get("content-type").unwrap(), "image/jpeg");
    let size = image::load_from_memory(&small.bytes).unwrap();
    assert_eq!((size.width(), size.height()), (640, 480));
    let file = donor.get(&link.at(&format!("/evidence/{paper}"))).await;
    assert_eq!(file.bytes, b"%PDF-1.7\nminutes\n%%EOF");
    for (name, part) in [("content-disposition", "attachment"), ("content-security-policy", "sandbox"), ("cache-control", "no-store")] {
        assert!(file.headers.get(name).unwrap().to_str().unwrap().contains(part), "{name}");
    }
    for path in
        [format!("/evidence/{unnamed}"), format!("/evidence/{paper}/small"), "/evidence/x".to_owned(), format!("/evidence/{}", link.report)]
    {
        assert_eq!(donor.get(&link.at(&path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // what is not what the report says is not handed out
    let second = share(&stage, content("Altered", Vec::new(), block(vec![altered])), false).await;
    let mut other = visitor(&stage, &second).await;
    assert_eq!(other.get(&second.at(&format!("/evidence/{paper}"))).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        other.get(&link.at(&format!("/evidence/{paper}"))).await.status,
        StatusCode::NOT_FOUND,
        "of a link that was not opened here"
    );
    revoke(&stage, &link).await;
    for path in [String::new(), "/report.pdf".to_owned(), format!("/evidence/{paper}"), format!("/evidence/{shown}/small")] {
        assert_eq!(donor.get(&link.at(&path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_organisations_people_have_it_on_paper_too_and_strangers_do_not() {
    let stage = Stage::new().await;
    let link = share(&stage, typical("Wells in 2025"), false).await;
    let path = format!("/o/amani-wash/projects/wells/reports/{}/snapshots/{}/report.pdf", link.report, link.snapshot);
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    // on the page what donors read, word for word
    let theirs = visitor(&stage, &link).await.get("/donor").await.body;
    let ours = pm.get(path.trim_end_matches("/report.pdf")).await.body;
    let report =
        |page: &str| page.split("class=\"flow report\">").nth(1).and_then(|rest| rest.split("id=\"glossary\"").next()).unwrap().to_owned();
    assert!(report(&theirs).contains("How is this computed?") && report(&theirs) == report(&ours), "{ours}");
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    assert!(pm.get(&path).await.location.starts_with("/settings/confirm"), "whoever takes data out proves themselves");
    stage.run("update auth.session set stepped_up_at = now()").await;
    let (first, again) = (pm.get(&path).await, pm.get(&path).await);
    assert!(first.bytes.starts_with(b"%PDF-") && first.bytes == again.bytes, "the same day, the same bytes");
    assert_eq!(stage.count("audit.event where action = 'report.taken_out' and kind = 'act'").await, 2, "each time an event");
    assert_eq!(signed_in(&stage, "admin@baraka.test").await.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pm.get(&path.replace(&link.snapshot.to_string(), &link.report.to_string())).await.status, StatusCode::NOT_FOUND);
}
