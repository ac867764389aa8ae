use chrono::NaiveDate;
use serde_json::{Value, json};
use server::kernel::text::Locale;

use super::*;

fn read(locale: &str, indicators: Vec<Value>, sections: Vec<Value>) -> Page {
    let content = json!({
        "v": "2", "organisation": "Amani", "project": "Wells", "project_code": "wells", "title": "Wells in 2025", "locale": locale,
        "from": "2025-01-01", "to": "2025-12-31", "narrative": "", "generated_data": true, "columns": ["2025-Q4", "2025"],
        "indicators": indicators, "sections": sections,
    });
    Page {
        content: serde_json::from_value(content).unwrap(),
        sha256: vec![1; 32],
        version: 1,
        published_at: chrono::DateTime::UNIX_EPOCH,
        key_id: None,
        recipient: "A donor".into(),
        until: chrono::DateTime::UNIX_EPOCH,
        withdrawn: None,
        newer: None,
    }
}

fn indicator(code: &str, actual: Option<&str>) -> Value {
    let figure = json!({ "actual": actual, "target": "100", "achievement": actual, "rag": "on_track", "self_verified": false });
    json!({
        "code": code, "title": "People served", "definition": "Who drinks safely.", "unit": "people", "decimals": "0",
        "result": ["1", "Water"], "baseline": null, "unweighted": false, "cells": [figure, figure],
        "trend": [["2025-Q3", "20"], ["2025-Q4", "50"]],
        "groups": [{ "dimension": "Sex", "label": "Women", "actual": null, "hidden": true }],
    })
}

fn section(body: &str, block: Value) -> Value {
    json!({ "key": "a", "title": "What we did", "body": body, "block": block })
}

/// Everything that is written on the paper.
fn text(paper: &Paper) -> String {
    format!("{:?}{:?}", paper.blocks, paper.end)
}

fn set(page: &Page, locale: Locale) -> Paper {
    paper(Say::new(locale), "https://kipimo.test/verify", page, NaiveDate::from_ymd_opt(2026, 3, 5).unwrap())
}

#[test]
fn paper_says_what_the_page_says() {
    let page = read("en", vec![indicator("a", Some("50"))], vec![section("It *rained*.", json!({ "kind": "tracking" }))]);
    let made = set(&page, Locale::En);
    let all = text(&made);
    for part in ["Wells in 2025", "Generated figures", "rained", "50 ÷ 100", "Who drinks safely.", "hidden", "0101", "kipimo.test/verify"]
    {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert_eq!(made.footer, "Shared with A donor, 5 Mar 2026 · Amani");
    assert_eq!((made.title.as_str(), made.language.as_str()), ("Wells in 2025", "en"));
    assert!(set(&page, Locale::Sw).footer.starts_with("Imetumwa kwa A donor"));
}

#[test]
fn a_correction_says_why_on_paper_too_and_that_there_is_a_newer_version() {
    let mut page = read("en", vec![indicator("a", Some("50"))], Vec::new());
    let restated = json!([{ "code": "a", "column": "2025", "group": ["Sex", ""], "was": null, "is": "50" }]);
    page.content.identity = serde_json::from_value(json!({
        "organisation": "amani", "report": "r", "version": "2", "published_at": "", "supersedes": "00", "reason": "A well was counted twice.",
        "restated": restated,
    }))
    .unwrap();
    page.newer = Some((3, chrono::DateTime::UNIX_EPOCH));
    let made = set(&page, Locale::En);
    let all = text(&made);
    for part in ["What version 2 corrects", "A well was counted twice.", "Sex: ", "There is a newer version", "version 3"] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(made.pdf().is_ok());
}

#[test]
fn every_block_becomes_paper() {
    // each block with a text that it alone puts on the paper
    let blocks = [
        (json!({ "kind": "charts" }), "from 20 in"),
        (
            json!({ "kind": "achievements", "column": "2025", "colours": [{ "rag": "on_track", "count": "1" }],
            "results": [{ "result": null, "colours": [{ "rag": "on_track", "count": "1" }] }] }),
            "Other indicators",
        ),
        (
            json!({ "kind": "budget", "currency": "USD", "lines": [{ "code": "L1", "name": "Pumps", "result": null, "planned": "10", "spent": null }],
            "planned": "10", "spent": null }),
            "Pumps",
        ),
        (json!({ "kind": "budget", "currency": "USD", "lines": [], "planned": null, "spent": null }), "There is nothing to show here."),
        (
            json!({ "kind": "evidence", "items": [{ "id": "x", "title": "", "filename": "=a.pdf", "mime": "application/pdf", "bytes": "x",
            "sha256": "00", "taken_on": "never" }] }),
            "=a.pdf",
        ),
        (
            json!({ "kind": "learning", "entries": [{ "type": "lesson", "date": "2025-03-05", "what_happened": "Sand", "why": "", "implication": "x" }] }),
            "Sand",
        ),
        (
            json!({ "kind": "map", "column": "2025", "places": [{ "name": "Kibondo", "latitude": "-3.6", "longitude": "30.7",
            "figures": [{ "code": "a", "actual": "5", "hidden": false }] }, { "name": "Nowhere", "latitude": null, "longitude": null,
            "figures": [{ "code": "a", "actual": null, "hidden": true }] }] }),
            "Kibondo",
        ),
    ];
    let made = |block: Value| {
        let page = read("en", vec![indicator("a", Some("50")), indicator("b", None)], vec![section("It rained.", block)]);
        set(&page, Locale::En)
    };
    let bare = text(&made(json!({ "kind": "none" })));
    for (block, expected) in blocks {
        let paper = made(block.clone());
        assert!(text(&paper).contains(expected) && !bare.contains(expected), "{expected}: {}", text(&paper));
        assert!(paper.pdf().unwrap().starts_with(b"%PDF-"), "{block}");
    }
    // the table of figures stands where no section has it, and once where one does
    let whole = text(&made(json!({ "kind": "tracking" })));
    assert_eq!([&bare, &whole].map(|all| all.matches("Actual / target").count()), [1, 1]);
}

#[test]
fn a_list_says_how_much_it_leaves_out() {
    let figure = |n: usize| json!({ "code": format!("many_{n}"), "actual": "5", "hidden": false });
    let place = |figures: Vec<Value>| json!({ "name": "Kibondo", "latitude": null, "longitude": null, "figures": figures });
    let map = |figures: usize, more: Value| json!({ "kind": "map", "column": "2025", "places": [place((0..figures).map(figure).collect())], "more": more });
    let lesson = json!({ "type": "lesson", "date": "2025-03-05", "what_happened": "Sand", "why": "", "implication": "" });
    let file =
        json!({ "id": "x", "title": "", "filename": "a.pdf", "mime": "application/pdf", "bytes": "1", "sha256": "00", "taken_on": null });
    let line = json!({ "code": "L1", "name": "Pumps", "result": null, "planned": "10", "spent": null });
    let cases = [
        (json!({ "kind": "evidence", "items": [file], "more": "3" }), "and 3 more files, which are not listed here."),
        (json!({ "kind": "learning", "entries": [lesson], "more": "1" }), "and 1 more entry, which is not told here."),
        (
            json!({ "kind": "budget", "currency": "USD", "lines": [line], "planned": "10", "spent": null, "more": "2" }),
            "and 2 more lines, which the sums hold too.",
        ),
        // paper holds seven of the eight
        (map(8, Value::Null), "and 1 more indicator that is counted by place"),
        (map(8, json!("4")), "and 5 more indicators that are counted by place"),
    ];
    for (block, expected) in cases {
        let all = text(&set(&read("en", Vec::new(), vec![section("", block)]), Locale::En));
        assert!(all.contains(expected), "{expected}: {all}");
    }
    let whole = text(&set(&read("en", Vec::new(), vec![section("", map(7, Value::Null))]), Locale::En));
    assert!(!whole.contains("more indicator"), "{whole}");
}

#[test]
fn paper_says_that_nobody_else_approved_it() {
    let mut page = read("en", Vec::new(), Vec::new());
    let mut identity = json!({ "organisation": "amani", "report": "r", "version": "1", "published_at": "" });
    page.content.identity = serde_json::from_value(identity.clone()).unwrap();
    assert!(!text(&set(&page, Locale::En)).contains("no second person"), "of before, and where there was one");
    identity["self_approved"] = json!(true);
    page.content.identity = serde_json::from_value(identity).unwrap();
    assert!(text(&set(&page, Locale::En)).contains("no second person has confirmed it"));
}

#[test]
fn charts_that_are_left_out_are_told() {
    let many: Vec<Value> = (0..30).map(|n| indicator(&format!("many_{n}"), Some("50"))).collect();
    let made = set(&read("en", many, vec![section("", json!({ "kind": "charts" }))]), Locale::En);
    assert!(text(&made).contains("and 6 more indicators, which have no chart here."), "{}", text(&made));
}

#[test]
fn what_was_written_is_text_and_links_are_read_on_paper() {
    let body = "# Head\n\n<script>x</script>\n\n[here](https://a.test/x) [bad](javascript:x) **b*c***\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\n`#read(\"/etc/passwd\")`";
    let made = set(&read("en", Vec::new(), vec![section(body, json!({ "kind": "none" }))]), Locale::En);
    let all = text(&made);
    for part in ["<script>x</script>", " (https://a.test/x)", "quoted", "/etc/passwd", "\"2.\""] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!all.contains("Some(\"javascript"), "{all}");
    assert!(made.pdf().is_ok());
}

#[test]
fn nothing_and_very_much_are_reports_too() {
    assert!(set(&read("xx", Vec::new(), Vec::new()), Locale::En).pdf().is_ok());
    let many: Vec<Value> = (0..80).map(|n| indicator(&format!("many_{n}"), Some("50"))).collect();
    let page = read("en", many, vec![section("", json!({ "kind": "charts" }))]);
    let made = set(&page, Locale::En);
    assert_eq!(made.pdf().unwrap(), set(&page, Locale::En).pdf().unwrap(), "the same report gives the same bytes");
}
