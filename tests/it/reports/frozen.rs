//! What is published: text, figures and what donors may see are frozen, in the report's own language.

use server::projects::reports::{self, ReportForm};
use server::projects::snapshot::{Block, Content};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Desk, REPORTS};
use crate::programmes::one;
use crate::stage::{Stage, publish, signed_in};

/// The block of a kind.
fn block<'a>(content: &'a Content, kind: &str) -> &'a Block {
    content.sections.iter().map(|section| &section.block).find(|block| block.kind() == kind).unwrap()
}

#[tokio::test]
async fn publishing_freezes_text_figures_and_what_donors_may_see() {
    let desk = Desk::new("shipped:annual").await;
    let (stage, p) = (&desk.stage, desk.project);
    let mut pm = signed_in(stage, "pm@amani.test").await;
    desk.write_all(&mut pm).await;
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened, shared)
           select tenant_id, gen_random_uuid(), id, 'lesson', d::date, w, s from app.project,
             (values ('2025-03-05', 'Shared lesson', true), ('2025-03-06', 'Inner lesson', false), ('2024-03-05', 'Old lesson', true)) v(d, w, s)
           where id = '{p}';
         insert into app.budget_line (tenant_id, id, project_id, code, name)
           select tenant_id, id, id, 'B1', 'Pumps' from app.project where id = '{p}';
         insert into app.budget_amount (tenant_id, id, project_id, line_id, quarter, planned, spent)
           select tenant_id, gen_random_uuid(), id, id, q::date, 100, x from app.project,
             (values ('2025-01-01', 80), ('2025-10-01', null), ('2026-01-01', 7)) v(q, x) where id = '{p}';
         insert into app.evidence (tenant_id, id, project_id, report_id, filename, mime, bytes, sha256, title, consent, donor_visible)
           select p.tenant_id, gen_random_uuid(), p.id, '{}', f, 'application/pdf', 2048, sha256(f::bytea), f, c, d from app.project p,
             (values ('seen.pdf', 'not_needed', true), ('inner.pdf', 'obtained', false)) v(f, c, d) where p.id = '{p}'",
        desk.report
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
    let snapshot = publish(stage, p, desk.report).await;
    let cx = stage.cx("pm@amani.test").await;
    let (content, sum) = reports::read_snapshot(&cx, p, snapshot.0).await.unwrap();
    assert_eq!((content.v.as_str(), content.sections.len(), content.narrative.as_str()), ("2", 11, ""));
    assert_eq!(content.sections[0].body, "It **rained**.");
    let Block::Learning { entries, .. } = block(&content, "learning") else { panic!() };
    assert_eq!(entries.iter().map(|entry| entry.what_happened.as_str()).collect::<Vec<_>>(), ["Shared lesson"]);
    let Block::Budget { lines, planned, spent, .. } = block(&content, "budget") else { panic!() };
    assert_eq!((lines.len(), planned.as_deref(), spent.as_deref()), (1, Some("200"), Some("80")));
    let Block::Evidence { items, .. } = block(&content, "evidence") else { panic!() };
    assert_eq!(items.iter().map(|item| item.filename.as_str()).collect::<Vec<_>>(), ["seen.pdf"]);
    let Block::Achievements { column, colours, .. } = block(&content, "achievements") else { panic!() };
    let counted: usize = colours.iter().map(|count| count.count.parse::<usize>().unwrap()).sum();
    assert_eq!((column.as_str(), counted), ("2025", content.indicators.len()));
    let Block::Map { places, .. } = block(&content, "map") else { panic!() };
    assert!(places.iter().any(|place| place.figures.iter().any(|figure| figure.actual.is_some())), "{places:?}");
    // what is kept is what was hashed, and reads the same again
    assert_eq!(server::kernel::crypto::sha256(&content.bytes().unwrap())[..], sum[..]);
    assert_eq!(Content::parse(&content.bytes().unwrap()).unwrap(), content);
    // what the report is made of changes; the publication does not
    let section = desk.sections().await[0];
    assert!(desk.step(&mut pm, "reports/reopen", &[("reason", "a correction")]).await.location.contains("notice="));
    let version = desk.now().await.outline[0].row_version.to_string();
    let fields = [("row_version", version.as_str()), ("body", "It was dry."), ("status", "ready")];
    assert!(desk.send(&mut pm, "report-sections/write", Some(section), &fields).await.location.contains("notice=saved"));
    let page = pm.get(&format!("{}/snapshots/{snapshot}", desk.page())).await.body;
    assert!(page.contains("<strong>rained") && !page.contains("It was dry.") && page.contains("seen.pdf"), "{page}");
    assert!(!page.contains("Inner lesson") && !page.contains("inner.pdf"), "{page}");
    // the file that it shows stays, whatever it hangs on
    desk.stage.run("update app.evidence e set report_id = null, result_node_id = (select n.id from app.result_node n where n.project_id = e.project_id limit 1)
         where filename = 'seen.pdf'").await;
    let file = one::<Uuid>(stage, "select id from app.evidence where filename = 'seen.pdf'").await.to_string();
    desk.send(&mut pm, "evidence/remove", None, &[("evidence", file.as_str()), ("confirm", "seen.pdf")]).await;
    assert_eq!(stage.count("app.evidence where filename = 'seen.pdf' and deleted_at is null").await, 1);
    // and what donors may not see any more is in no further publication
    stage.run("update app.evidence set donor_visible = false").await;
    let next = publish_draft(&desk).await;
    let Block::Evidence { items, .. } = block(&next, "evidence") else { panic!() };
    assert!(items.is_empty());
}

/// Hands over, approves and publishes a report that is open.
async fn publish_draft(desk: &Desk) -> Content {
    let snapshot = publish(&desk.stage, desk.project, desk.report).await;
    let cx = desk.stage.cx("pm@amani.test").await;
    reports::read_snapshot(&cx, desk.project, snapshot.0).await.unwrap().0
}

/// A report speaks its own language, whoever reads it; and one of before there were sections keeps its bytes.
#[tokio::test]
async fn a_report_speaks_its_own_language_and_old_ones_keep_their_bytes() {
    let stage = Stage::new().await;
    let (pm, project) = (stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let form = ReportForm { title: "Visima".into(), span: "2025".into(), locale: "sw".into(), template: "shipped:short".into() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    stage.run("update app.report_section set status = 'ready'").await;
    let snapshot = publish(&stage, project, report).await;
    let page = signed_in(&stage, "pm@amani.test").await.get(&format!("{REPORTS}/{report}/snapshots/{snapshot}")).await.body;
    assert!(page.contains("<html lang=\"en\"") && page.contains("lang=\"sw\"") && page.contains("Muhtasari"), "{page}");
    assert!(!page.contains(">Target<"), "{page}");
    let old = br#"{"columns":["2025"],"from":"2025-01-01","generated_data":false,"indicators":[],"locale":"en","narrative":"It rained.","organisation":"O","project":"P","project_code":"p","title":"T","to":"2025-12-31","v":"1"}"#;
    let content = Content::parse(old).unwrap();
    assert!(content.sections.is_empty());
    assert_eq!(content.bytes().unwrap(), old);
}
