//! Evidence: who may add and see it, what of a file is kept, and what lies in the store.

use std::io::Cursor;

use http::StatusCode;
use uuid::Uuid;

use crate::stage::{Browser, Page, Stage, signed_in};

const EVIDENCE: &str = "/o/amani-wash/projects/wells/evidence";
pub const PDF: &[u8] = b"%PDF-1.7\nminutes of a water committee\n%%EOF";

/// A submitted figure of a place of `wells`, of the last period that was reported.
pub async fn value_at(stage: &Stage, place: &str) -> String {
    let id: Uuid = sqlx::query_scalar(
        "select v.id from app.indicator_value v join app.location l on l.id = v.location_id
         where l.code = $1 and v.status = 'submitted' order by v.id limit 1",
    )
    .bind(place)
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    id.to_string()
}

pub async fn add(stage: &Stage, browser: &mut Browser, more: &[(&str, &str)], file: (&str, &[u8])) -> Page {
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let back = more.iter().find(|(name, _)| *name == "value").map_or(EVIDENCE.to_owned(), |(_, value)| format!("{EVIDENCE}?value={value}"));
    let mut fields = vec![("org", "amani-wash"), ("project", project.as_str()), ("consent", "not_needed"), ("back", back.as_str())];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    browser.send_file("/fn/evidence/add", &fields, file).await
}

pub async fn only_id(stage: &Stage) -> String {
    let id: Uuid = sqlx::query_scalar("select id from app.evidence").fetch_one(&mut stage.superuser().await).await.unwrap();
    id.to_string()
}

#[tokio::test]
async fn a_file_is_sealed_in_the_store_and_opened_for_who_may_see_it() {
    let stage = Stage::new().await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let value = value_at(&stage, "KIB").await;
    let added = add(&stage, &mut field, &[("value", &value), ("title", "Minutes <1>")], ("minutes.exe", PDF)).await;
    assert!(added.location.contains("notice=evidence-added"), "{}", added.location);
    let id = only_id(&stage).await;
    let path = format!("{EVIDENCE}/{id}");
    let opened = field.get(&path).await;
    assert_eq!((opened.status, opened.bytes.as_slice()), (StatusCode::OK, PDF));
    for (name, part) in [
        ("content-disposition", "attachment; filename=\"minutes.pdf\""),
        ("content-type", "application/pdf"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
        ("cache-control", "no-store"),
    ] {
        let said = opened.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(said.contains(part), "{name}: {said}");
    }
    let mut stored = Vec::new();
    for folder in std::fs::read_dir(stage.files()).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            stored.push(file.unwrap().path());
        }
    }
    let file = stored.iter().find(|path| path.ends_with(&id)).unwrap();
    let sealed = std::fs::read(file).unwrap();
    assert!(!sealed.windows(4).any(|part| part == b"%PDF" || part == b"minu"), "nobody reads it there");
    // who reviews sees that there is something, and opens it
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert!(meal.get("/o/amani-wash/projects/wells/review").await.body.contains("1 piece of evidence"));
    let list = meal.get(&format!("{EVIDENCE}?value={value}")).await.body;
    assert!(list.contains("minutes.pdf") && list.contains("Minutes &lt;1&gt;") && list.contains("Kibondo"), "{list}");
    assert_eq!(meal.get(&path).await.bytes, PDF);
    // nobody else does, and nothing tells them that it is there
    for email in ["viewer@amani.test", "admin@baraka.test"] {
        let mut other = signed_in(&stage, email).await;
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND, "{email}");
    }
    assert!(!signed_in(&stage, "viewer@amani.test").await.get(EVIDENCE).await.body.contains("minutes"));
    // what was changed in the store is not handed out
    let mut broken = sealed.clone();
    *broken.last_mut().unwrap() ^= 1;
    std::fs::write(file, &broken).unwrap();
    assert_eq!(meal.get(&path).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let another = stored.iter().find(|path| !path.ends_with(&id)).cloned();
    assert!(another.is_none(), "one file, one row");
    let log = stage.count("audit.event where action = 'evidence.added'").await;
    assert_eq!(log, 1);
}

#[tokio::test]
async fn viewers_see_what_donors_may_see_and_consent_decides_that() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let file = ("minutes.pdf", PDF);
    let shown = [("value", value.as_str()), ("donor_visible", "true")];
    assert!(add(&stage, &mut field, &shown, file).await.location.contains("flash="), "a field officer does not decide what donors see");
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let unasked = [("value", value.as_str()), ("donor_visible", "true"), ("consent", "missing")];
    assert!(add(&stage, &mut meal, &unasked, file).await.location.contains("flash="), "nobody is shown who was not asked");
    assert_eq!(stage.count("app.evidence").await, 0);
    assert!(add(&stage, &mut meal, &shown, file).await.location.contains("notice="));
    let id = only_id(&stage).await;
    let mut viewer = signed_in(&stage, "viewer@amani.test").await;
    assert_eq!(viewer.get(&format!("{EVIDENCE}/{id}")).await.bytes, PDF);
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let hide = |version| {
        [
            ("org", "amani-wash"),
            ("project", project.as_str()),
            ("evidence", id.as_str()),
            ("row_version", version),
            ("title", "Minutes"),
            ("consent", "missing"),
            ("back", EVIDENCE),
        ]
    };
    assert_eq!(field.post("/fn/evidence/update", &hide("1")).await.status, StatusCode::NOT_FOUND);
    assert!(meal.post("/fn/evidence/update", &hide("1")).await.location.contains("notice=saved"));
    assert!(meal.post("/fn/evidence/update", &hide("1")).await.location.contains("flash="), "somebody changed it since");
    assert_eq!(viewer.get(&format!("{EVIDENCE}/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn evidence_is_of_what_a_person_may_reach() {
    let stage = Stage::new().await;
    let (here, there) = (value_at(&stage, "KIB").await, value_at(&stage, "KAS").await);
    stage
        .run("update app.project_member pm set location_ids = array(select id from app.location l where l.tenant_id = pm.tenant_id and l.code = 'KIB')
              from app.membership m, auth.user_account u
              where m.id = pm.membership_id and u.id = m.user_id and u.email = 'field@amani.test'")
        .await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let (result, foreign): (Uuid, Uuid) = sqlx::query_as(
        "select (select n.id from app.result_node n join app.project p on p.id = n.project_id where p.code = 'wells' limit 1),
           (select v.id from app.indicator_value v join app.project p on p.id = v.project_id where p.code = 'clinics' limit 1)",
    )
    .fetch_one(&mut stage.superuser().await)
    .await
    .unwrap();
    let (result, foreign) = (result.to_string(), foreign.to_string());
    let file = ("minutes.pdf", PDF);
    for (what, about) in
        [("another place", ("value", &there)), ("all places", ("result", &result)), ("another organisation", ("value", &foreign))]
    {
        let page = add(&stage, &mut field, &[(about.0, about.1)], file).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{what}");
    }
    assert!(add(&stage, &mut field, &[("value", &here)], file).await.location.contains("notice="));
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    assert!(add(&stage, &mut meal, &[("result", &result)], file).await.location.contains("notice="));
    assert!(add(&stage, &mut meal, &[("value", &there)], file).await.location.contains("notice="));
    for about in [vec![], vec![("value", here.as_str()), ("result", result.as_str())], vec![("value", "no id")]] {
        assert_eq!(add(&stage, &mut meal, &about, file).await.status, StatusCode::NOT_FOUND, "{about:?}");
    }
    // what a field officer did not add is not theirs to see
    let list = field.get(EVIDENCE).await.body;
    assert_eq!(list.matches("minutes.pdf</bdi>").count(), 1, "{list}");
    for email in ["viewer@amani.test", "safeguarding@amani.test"] {
        let mut other = signed_in(&stage, email).await;
        let page = add(&stage, &mut other, &[("value", &here)], file).await;
        assert!(matches!(page.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{email}: {}", page.status);
    }
    let mut nobody = Browser::new(&stage);
    assert!(add(&stage, &mut nobody, &[("value", &here)], file).await.location.starts_with("/login"));
}

#[tokio::test]
async fn what_a_verified_figure_rests_on_stays() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    for name in ["one.pdf", "two.pdf"] {
        assert!(add(&stage, &mut field, &[("value", &value)], (name, PDF)).await.location.contains("notice="));
    }
    let mut conn = stage.superuser().await;
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from app.evidence order by filename").fetch_all(&mut conn).await.unwrap();
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let (one, two) = (ids[0].to_string(), ids[1].to_string());
    let remove = |id, name| [("org", "amani-wash"), ("project", project.as_str()), ("evidence", id), ("confirm", name), ("back", EVIDENCE)];
    assert!(field.post("/fn/evidence/remove", &remove(one.as_str(), "two.pdf")).await.location.contains("flash="), "its name is typed");
    assert!(field.post("/fn/evidence/remove", &remove(one.as_str(), "one.pdf")).await.location.contains("notice=evidence-removed"));
    assert_eq!(field.get(&format!("{EVIDENCE}/{one}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(field.post("/fn/evidence/remove", &remove(one.as_str(), "one.pdf")).await.status, StatusCode::NOT_FOUND);
    let meal = stage.cx("meal@amani.test").await;
    let wells = stage.project("meal@amani.test", "wells").await;
    let all = server::projects::reviews::Selection::All(None);
    server::projects::reviews::decide(&meal, wells, &all, &server::projects::reviews::Decision::Verify).await.unwrap();
    let kept = field.post("/fn/evidence/remove", &remove(two.as_str(), "two.pdf")).await;
    assert!(field.get(&kept.location).await.body.contains("A verified figure or a published report rests on this"), "{}", kept.location);
    assert_eq!(field.get(&format!("{EVIDENCE}/{two}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn files_are_told_by_their_bytes_and_the_place_of_a_picture_is_left_out() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    for (name, bytes) in [
        ("page.html", b"<html><script>alert(1)</script></html>".as_slice()),
        ("photo.jpg", b"MZ\x90\0program"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("photo.png", b"\x89PNG\r\n\x1a\nbroken"),
    ] {
        let page = add(&stage, &mut field, &[("value", &value)], (name, bytes)).await;
        assert!(page.location.contains("flash="), "{name}: {} {}", page.status, page.location);
        assert!(field.get(&page.location).await.body.contains("field-error"), "{name} says why");
    }
    assert_eq!(stage.count("app.evidence").await, 0);
    let mut picture = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(32, 32).write_to(&mut picture, image::ImageFormat::Jpeg).unwrap();
    let picture = picture.into_inner();
    let noted = [&picture[..2], b"\xff\xe1\x00\x12Exif\0\0S 3.58 E30.", &picture[2..]].concat();
    assert!(add(&stage, &mut field, &[("value", &value)], ("well.jpeg", &noted)).await.location.contains("notice="));
    let kept = field.get(&format!("{EVIDENCE}/{}", only_id(&stage).await)).await.bytes;
    assert!(kept.starts_with(b"\xff\xd8\xff") && !kept.windows(4).any(|part| part == b"Exif"));
}

#[tokio::test]
async fn a_plan_has_so_much_room_and_no_more() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    stage.run("update app.tenant set plan = 'seed' where slug = 'amani-wash'").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    assert!(add(&stage, &mut field, &[("value", &value)], ("one.pdf", PDF)).await.location.contains("notice="));
    stage.run("update app.evidence set bytes = 1073741800").await;
    let full = add(&stage, &mut field, &[("value", &value)], ("two.pdf", PDF)).await;
    assert!(field.get(&full.location).await.body.contains("no more room"), "{}", full.location);
    // what lies in the bin takes room until it is gone
    stage.run("update app.evidence set deleted_at = now()").await;
    let full = add(&stage, &mut field, &[("value", &value)], ("two.pdf", PDF)).await;
    assert!(field.get(&full.location).await.body.contains("no more room"), "{}", full.location);
    stage.run("update app.evidence set deleted_at = now() - interval '31 days'").await;
    assert_eq!(server::projects::bin::empty_by_clock(&stage.db, &crate::jobs::files(&stage)).await.unwrap(), 1);
    assert!(add(&stage, &mut field, &[("value", &value)], ("two.pdf", PDF)).await.location.contains("notice="));
}

#[tokio::test]
async fn evidence_goes_on_with_the_figure_that_is_entered_again() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    stage.run("update app.indicator_value set status = 'returned', return_note = 'look again' where status = 'submitted'").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    assert!(add(&stage, &mut field, &[("value", &value)], ("one.pdf", PDF)).await.location.contains("notice="));
    let row: (Uuid, Uuid, Uuid, i32) =
        sqlx::query_as("select indicator_id, period_id, location_id, row_version from app.indicator_value where id = $1::uuid")
            .bind(&value)
            .fetch_one(&mut stage.superuser().await)
            .await
            .unwrap();
    let project = stage.project("meal@amani.test", "wells").await.to_string();
    let (indicator, period, location, version) = (row.0.to_string(), row.1.to_string(), row.2.to_string(), row.3.to_string());
    let names = [format!("value-{indicator}"), format!("version-{indicator}"), format!("num-{indicator}"), format!("den-{indicator}")];
    let save = |figure: &'static str, version: String| {
        let mut fields = vec![("org", "amani-wash".to_owned()), ("project", project.clone()), ("period", period.clone())];
        fields.extend([("location", location.clone()), ("then", "draft".to_owned())]);
        fields.extend([(names[0].as_str(), figure.to_owned()), (names[1].as_str(), version)]);
        fields
    };
    for (figure, version) in [("", version), ("7", String::new())] {
        let fields = save(figure, version);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = field.post("/fn/entries/save", &fields).await;
        assert!(page.location.contains("notice="), "{figure}: {}", page.location);
    }
    let now: (Uuid, bool) =
        sqlx::query_as("select v.id, v.deleted_at is null from app.evidence e join app.indicator_value v on v.id = e.value_id")
            .fetch_one(&mut stage.superuser().await)
            .await
            .unwrap();
    assert!(now.1 && now.0.to_string() != value, "it hangs on what stands there now");
}

#[tokio::test]
async fn what_is_typed_beside_a_file_is_bounded() {
    let stage = Stage::new().await;
    let value = value_at(&stage, "KIB").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let title = "x".repeat(70_000);
    let page = add(&stage, &mut field, &[("value", &value), ("title", &title)], ("one.pdf", PDF)).await;
    assert!(page.status == StatusCode::PAYLOAD_TOO_LARGE || page.location.contains("flash="), "{}", page.status);
    assert_eq!(stage.count("app.evidence").await, 0);
}
