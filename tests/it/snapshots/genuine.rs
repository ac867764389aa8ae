//! What is told of a file: whether it is genuine, by the key that signed it, and to whoever asks within limits.

use http::StatusCode;
use server::access::{Can, Cx};
use server::kernel::crypto::hex;
use server::kernel::error::Error;
use server::kernel::ids::ProjectId;
use server::projects::publication::{self, KeySet, Verdict, seal_file, verdict};
use server::projects::reports;
use sqlx::AssertSqlSafe;

use super::{Desk, form, look_up, verify};
use crate::stage::{Browser, Stage, approve, signed_in};

#[tokio::test]
async fn what_is_not_ours_is_one_answer() {
    let desk = Desk::new().await;
    let (data, sealed) = (desk.data(desk.first).await, desk.sealed(desk.first).await);
    let flipped = |bytes: &[u8], at: usize| {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        altered
    };
    let middle = data.len() / 2;
    let files = [
        flipped(&data, middle),
        flipped(&data, data.len() - 10),
        data[..data.len() - 1].to_vec(),
        [&data[..], b"\n"].concat(),
        flipped(&sealed, 3),
        flipped(&sealed, sealed.len() - 20),
        [&sealed[..], b"%%EOF\n"].concat(),
        b"%PDF-1.7\n%%EOF\n".to_vec(),
        b"{}".to_vec(),
        vec![0; 1024],
    ];
    let mut bodies = std::collections::HashSet::new();
    for file in &files {
        let page = verify(&desk.stage, file).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Not genuine") && !page.body.contains("Wells"), "{}", page.body);
        bodies.insert(page.body);
    }
    assert_eq!(bodies.len(), 1, "one answer to all of them");
    let unknown = look_up(&desk.stage, &"ab".repeat(32)).await;
    assert!(unknown.status == StatusCode::OK && unknown.body.contains("Not genuine"), "{}", unknown.body);
    let typed = look_up(&desk.stage, "nonsense").await;
    assert!(
        typed.status == StatusCode::UNPROCESSABLE_ENTITY && typed.body.contains("64 digits") && typed.body.contains("nonsense"),
        "{}",
        typed.body
    );
    assert_eq!(Browser::new(&desk.stage).post("/verify", &[("file", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_key_of_another_organisation_or_of_anybody_seals_nothing_of_this_one() {
    let desk = Desk::new().await;
    let sum: [u8; 32] = desk.published().await[0].sha256.clone().try_into().unwrap();
    let own = server::kernel::crypto::SigningKey::of_seed(&[7; 32]).unwrap();
    let page = verify(&desk.stage, &seal_file(b"%PDF-1.7\n".to_vec(), &sum, &own)).await;
    assert!(page.body.contains("Not genuine"), "{}", page.body);
    // the other organisation publishes too, and its key is no better
    let (theirs, project) = other_project(&desk.stage).await;
    let report = reports::create(&theirs, project, &form("Clinics", "2025")).await.unwrap();
    approve(&theirs, &desk.stage.cx("admin@baraka.test").await, project, report).await;
    reports::publish(&theirs, project, report, "", false).await.unwrap();
    let key = publication::signing_key(&theirs, Can::ViewTracking(project)).await.unwrap().unwrap();
    let page = verify(&desk.stage, &seal_file(b"%PDF-1.7\n".to_vec(), &sum, &key)).await;
    assert!(page.body.contains("Not genuine"), "{}", page.body);
    // both keys are in the list, and nobody's name
    let list = Browser::new(&desk.stage).get("/verify/keys.json").await;
    let keys: serde_json::Value = serde_json::from_str(&list.body).unwrap();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
    assert!(!list.body.to_lowercase().contains("amani") && !list.body.contains("baraka"), "{}", list.body);
}

/// Somebody of the other organisation who may write and publish, with a project of theirs.
async fn other_project(stage: &Stage) -> (Cx, ProjectId) {
    let mut conn = stage.superuser().await;
    let project: uuid::Uuid = sqlx::query_scalar(
        "select p.id from app.project p join app.tenant t on t.id = p.tenant_id where t.slug = 'baraka-health' order by p.code limit 1",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!(
        "set session_replication_role = replica;
         insert into app.project_member (tenant_id, id, project_id, membership_id, role)
           select m.tenant_id, gen_random_uuid(), '{project}', m.id, 'project_manager' from app.membership m
           join auth.user_account u on u.id = m.user_id where u.email = 'pm@baraka.test' on conflict do nothing"
    )))
    .execute(&mut conn)
    .await
    .unwrap();
    (stage.cx("pm@baraka.test").await, ProjectId(project))
}

#[tokio::test]
async fn a_new_key_signs_what_follows_and_the_old_one_keeps_what_it_signed() {
    let desk = Desk::new().await;
    let (data, sealed) = (desk.data(desk.first).await, desk.sealed(desk.first).await);
    let mut admin = signed_in(&desk.stage, "admin@amani.test").await;
    desk.stage.run("update auth.session set stepped_up_at = now()").await;
    let back = ("back", "/o/amani-wash/admin/report-keys");
    let done = admin.post("/fn/report-keys/renew", &[("org", "amani-wash"), back]).await;
    assert!(done.location.contains("notice=report-key-renewed"), "{}", done.location);
    let second = desk.correct().await;
    let published = desk.published().await;
    assert_ne!(published[0].key_id, published[1].key_id);
    for file in [&data, &sealed] {
        assert!(verify(&desk.stage, file).await.body.contains("there is a newer version"));
    }
    for file in [desk.data(second).await, desk.sealed(second).await] {
        assert!(verify(&desk.stage, &file).await.body.contains("Genuine and current"));
    }
    let body = admin.get("/o/amani-wash/admin/report-keys").await.body;
    for key in published.iter().filter_map(|p| p.key_id.as_deref()) {
        assert!(body.contains(key), "{key}: {body}");
    }
    let revived = sqlx::raw_sql("update app.report_key set retired_at = null where retired_at is not null");
    assert!(revived.execute(&mut desk.stage.superuser().await).await.is_err(), "a key that was retired signs no more");
    // who has no server has the list
    let list = Browser::new(&desk.stage).get("/verify/keys.json").await;
    let keys = KeySet::parse(&list.bytes).unwrap();
    for file in [&data, &sealed] {
        assert!(matches!(verdict(file, &keys), Verdict::Genuine { .. }));
        let mut altered = file.clone();
        altered[9] ^= 1;
        assert_eq!(verdict(&altered, &keys), Verdict::NotGenuine);
    }
}

#[tokio::test]
async fn a_key_that_may_be_in_wrong_hands_seals_nothing_that_is_believed() {
    let desk = Desk::new().await;
    let (data, sealed) = (desk.data(desk.first).await, desk.sealed(desk.first).await);
    let mut admin = signed_in(&desk.stage, "admin@amani.test").await;
    desk.stage.run("update auth.session set stepped_up_at = now()").await;
    let back = ("back", "/o/amani-wash/admin/report-keys");
    let done = admin.post("/fn/report-keys/renew", &[("org", "amani-wash"), ("exposed", "yes"), back]).await;
    assert!(done.location.contains("notice=report-key-renewed"), "{}", done.location);
    let page = verify(&desk.stage, &sealed).await.body;
    assert!(page.contains("Cannot be told") && !page.contains("Genuine and current"), "{page}");
    // what was signed once is kept, and known by that
    assert!(verify(&desk.stage, &data).await.body.contains("Genuine and current"));
    // the same report, asked for again, has the seal of the new key
    assert!(verify(&desk.stage, &desk.sealed(desk.first).await).await.body.contains("Genuine and current"));
    let mut altered = sealed.clone();
    altered[9] ^= 1;
    assert!(verify(&desk.stage, &altered).await.body.contains("Not genuine"));
    let list = Browser::new(&desk.stage).get("/verify/keys.json").await;
    let keys = KeySet::parse(&list.bytes).unwrap();
    for file in [&data, &sealed] {
        assert!(matches!(verdict(file, &keys), Verdict::CannotTell(_)), "without a server nobody knows what was signed by whom");
    }
    assert!(admin.get("/o/amani-wash/admin/report-keys").await.body.contains("status-exposed"));
}

#[tokio::test]
async fn a_report_of_before_signing_is_known_by_its_hash_alone() {
    let desk = Desk::new().await;
    sqlx::raw_sql(
        "set session_replication_role = replica; alter table app.report_snapshot drop constraint signed;
         update app.report_snapshot set signature = null, key_id = null",
    )
    .execute(&mut desk.stage.superuser().await)
    .await
    .unwrap();
    let published = desk.published().await.remove(0);
    assert_eq!(published.key_id, None);
    let page = look_up(&desk.stage, &hex(&published.sha256)).await.body;
    assert!(page.contains("Genuine and current") && page.contains("published before signing began"), "{page}");
    let pm = desk.stage.cx("pm@amani.test").await;
    assert!(matches!(publication::take_out(&pm, desk.project, desk.first).await, Err(Error::NotFound)), "there is no signed file of it");
    let body = signed_in(&desk.stage, "pm@amani.test").await.get(&desk.report_page()).await.body;
    assert!(body.contains("published before signing began") && !body.contains("/file\""), "{body}");
}

#[tokio::test]
async fn questions_are_limited_by_network_before_a_file_is_read() {
    let desk = Desk::new().await;
    let mut statuses = Vec::new();
    for _ in 0..32 {
        statuses.push(Browser::new(&desk.stage).get(&format!("/verify?sha256={}", "ab".repeat(32))).await.status);
    }
    assert!(statuses[..25].iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    let file = Browser::new(&desk.stage).send_file("/verify", &[], ("report", b"x")).await;
    assert!(file.status == StatusCode::TOO_MANY_REQUESTS && file.headers.contains_key("retry-after"));
    assert_eq!(Browser::new(&desk.stage).get("/verify").await.status, StatusCode::OK, "the page itself asks nothing");
    desk.stage.run("delete from rl.gcra").await;
    let large = Browser::new(&desk.stage).send_file("/verify", &[], ("report", &vec![b'x'; publication::MOST_BYTES + 1])).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}
