//! The checks against the standard's own files.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::ruleset::Ruleset;
use super::*;
use crate::projects::iati::sample::{activity, day};
use crate::projects::iati::tests::{data, fetched_schemas, schemas};

const TODAY: &str = "2026-06-30";

fn files(folder: &Path) -> Vec<(String, String)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "xml")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.into_iter().map(|path| (name(&path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_schema_passes_and_fails_what_it_should() {
    let (Some(data), Some(schemas)) = (data(), schemas()) else { return };
    for (name, xml) in files(&data.join("should-pass")) {
        assert_eq!(against_schema(&xml, &schemas).unwrap(), [], "{name}");
    }
    for (name, xml) in files(&data.join("should-fail")) {
        let findings = against_schema(&xml, &schemas).unwrap();
        assert!(findings.iter().any(|finding| finding.severity == Severity::Error && finding.rule == "xsd"), "{name}: {findings:?}");
        for finding in findings {
            let depth = finding.place.matches('/').count();
            assert!(finding.line.is_some() && depth > 0 && finding.detail.starts_with("Element '"), "{name}: {finding:?}");
        }
    }
    let annotated = std::fs::read_to_string(data.join("example-annotated.xml")).unwrap();
    assert_eq!(against_schema(&annotated, &schemas).unwrap(), []);
}

#[test]
fn the_schema_that_is_fetched_says_the_same() {
    let (Some(data), Some(fetched)) = (data(), fetched_schemas()) else { return };
    for folder in ["should-pass", "should-fail"] {
        for (name, xml) in files(&data.join(folder)) {
            assert_eq!(against_schema(&xml, &fetched), against_schema(&xml, &data.join("xsd")), "{name}");
        }
    }
}

/// libxml counts lines up to 65535.
#[test]
fn what_is_found_far_down() {
    let Some(schemas) = schemas() else { return };
    let (xml, far) = (crate::projects::iati::document::write(&activity()), "\n".repeat(70_000));
    let xml = xml.replacen("<result type=\"1\">", &format!("{far}<result>"), 1);
    let findings = against_schema(&xml, &schemas).unwrap();
    let found: Vec<_> = findings.iter().map(|finding| (finding.place.as_str(), finding.line)).collect();
    assert_eq!(found, [("/iati-activities/iati-activity/result[2]", None)]);
    let xml = xml.replacen("ascending=\"1\">\n<title><narrative>An indicator", "ascending=\"1\">\n<title><narrative>", 1);
    let findings = against_ruleset(&xml, day(TODAY)).unwrap();
    let line = u32::try_from(xml[..xml.find("<title><narrative></narrative>").unwrap()].matches('\n').count() + 1).unwrap();
    let found: Vec<_> = findings.iter().map(|finding| (finding.rule.as_str(), finding.place.as_str(), finding.line)).collect();
    assert_eq!(found, [("4.3.1", "/iati-activities/iati-activity/result[2]/indicator/title", Some(line))]);
}

#[test]
fn what_the_schema_finds_is_placed() {
    let Some(schemas) = schemas() else { return };
    let xml = crate::projects::iati::document::write(&activity());
    let title = "<title><narrative>An indicator</narrative></title>";
    let places = |xml: &str| -> Vec<(String, u32)> {
        let findings = against_schema(xml, &schemas).unwrap();
        findings.into_iter().map(|finding| (finding.place, finding.line.unwrap())).collect()
    };
    let result = "/iati-activities/iati-activity/result";
    let (line_of, changed) = (
        |xml: &str, part: &str| u32::try_from(xml[..xml.find(part).unwrap()].matches('\n').count() + 1).unwrap(),
        |from: &str, to: &str| xml.replacen(from, to, 1),
    );
    let cases = [
        (changed("year=\"2025\" iso-date", "year=\"none\" iso-date"), format!("{result}[1]/indicator[1]/baseline[1]"), "year=\"none\""),
        (
            changed(&format!("{title}\n<baseline"), "\n<baseline"),
            format!("{result}[1]/indicator[2]/baseline"),
            "<baseline year=\"2025\"><comment>",
        ),
        (changed(" type=\"1\">\n<title", ">\n<title"), format!("{result}[2]"), "<result>"),
        (
            changed("<narrative xml:lang=\"sw\">Maji kwa", "<narrative xml:lang=\"not a language\">Maji kwa"),
            "/iati-activities/iati-activity/title".to_owned(),
            "not a language",
        ),
    ];
    for (xml, place, part) in cases {
        let line = line_of(&xml, part);
        assert!(places(&xml).contains(&(place, line)), "{part} at {line}: {:?}", against_schema(&xml, &schemas));
    }
}

/// Rules for the files that are not about a rule of the standard, but about a kind.
const OF_KINDS: &str = r#"{ "//iati-activity": {
  "date_order": { "cases": [{ "less": "activity-date[@type='start-planned']/@iso-date", "more": "activity-date[@type='end-planned']/@iso-date", "ruleInfo": { "id": "date", "severity": "error" } }] },
  "range": { "cases": [{ "paths": ["test/@number"], "min": 0.0, "max": 100.0, "ruleInfo": { "id": "range", "severity": "error" } }] },
  "unique": { "cases": [{ "paths": ["title/@xml:lang"], "ruleInfo": { "id": "unique", "severity": "error" } }] },
  "regex_matches": { "cases": [{ "paths": ["title"], "regex": "^[^\\/\\&\\|\\?]+$", "ruleInfo": { "id": "regex", "severity": "error" } }] },
  "only_one_of": { "cases": [{ "excluded": ["recipient-region", "recipient-country"], "paths": ["transaction/recipient-country", "transaction/recipient-region"], "ruleInfo": { "id": "only_one_of", "severity": "error" } }] },
  "if_then": { "cases": [{ "if": "count(test[@example = 1 or @example=2]) > 0", "then": "count(other) > 0", "ruleInfo": { "id": "if_then", "severity": "error" } }] },
  "strict_sum": { "cases": [
    { "condition": "test", "paths": ["test/@number"], "sum": 9, "ruleInfo": { "id": "sum", "severity": "error" } },
    { "condition": "test1", "paths": ["test1/@number", "test2/@number"], "sum": 9, "ruleInfo": { "id": "sum_two", "severity": "error" } }
  ] }
} }"#;

/// What each file of the standard's own tests is about: a rule of the standard, or of [`OF_KINDS`].
const META_TESTS: [(&str, &[&str]); 42] = [
    ("at_least_one_bad", &["6.8.1"]),
    ("at_least_one_no_element_good", &["6.8.1"]),
    ("between_dates_good", &["11.3.1"]),
    ("date_bad", &["date"]),
    ("date_now_bad", &["11.1.1"]),
    ("date_now_good", &["11.1.1"]),
    ("forloop_good", &["2.1.1", "2.1.2", "2.1.4"]),
    ("identifiers_bad", &["1.1.21"]),
    ("if_then_good", &["if_then", "2.2.1"]),
    ("one_or_all_currency_all_bad", &["7.8.1"]),
    ("one_or_all_currency_bad", &["7.8.1"]),
    ("one_or_all_currency_good", &["7.8.1"]),
    ("one_or_all_lang_good", &["4.1.1"]),
    ("one_or_all_org_currency_bad", &["7.8.2"]),
    ("one_or_all_sector_all_bad", &["6.7.2"]),
    ("one_or_all_sector_all_good", &["6.7.2"]),
    ("one_or_all_sector_good", &["6.7.2", "6.2.2"]),
    ("only_one_of_activity_bad", &["3.6.2", "only_one_of"]),
    ("only_one_of_transaction_bad", &["only_one_of"]),
    ("only_one_of_transaction_good", &["3.6.2", "3.7.1", "3.7.2", "only_one_of"]),
    ("period_time_good", &["7.5.3"]),
    ("range_bad", &["range"]),
    ("recipient_country_bad", &["3.1.2"]),
    ("recipient_country_good", &["3.1.1", "3.1.2", "3.1.4"]),
    ("recipient_region_budget_good", &["7.5.3"]),
    ("regex_bad", &["regex"]),
    ("results_indicator_baseline_value_bad", &["8.8.1"]),
    ("results_indicator_baseline_value_good", &["8.8.1", "8.8.2"]),
    ("results_indicator_period_actual_value_bad", &["8.10.1"]),
    ("results_indicator_period_actual_value_good", &["8.10.1", "8.10.2"]),
    ("results_indicator_period_target_value_bad", &["8.9.1"]),
    ("results_indicator_period_target_value_good", &["8.9.1", "8.9.2"]),
    ("results_refs_bad", &["8.11.1"]),
    ("results_refs_good", &["8.11.1"]),
    ("sector_percentage_sum_good", &["2.1.1", "2.1.2", "2.1.4"]),
    ("sum_bad", &["sum"]),
    ("sum_two_bad", &["sum_two"]),
    ("sum_two_good", &["sum_two"]),
    ("time_limit_good", &["7.5.3"]),
    ("total_expenditure_bad", &["7.5.3"]),
    ("unique_bad", &["unique"]),
    ("unique_good", &["unique"]),
];

#[test]
fn the_ruleset_says_what_its_own_tests_say() {
    let Some(data) = data() else { return };
    let of_kinds = Ruleset::parse(OF_KINDS).unwrap();
    let files = files(&data.join("rulesets/meta_tests"));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.trim_end_matches(".xml")).collect();
    assert_eq!(names, META_TESTS.map(|(name, _)| name));
    for ((_, xml), (name, about)) in files.iter().zip(META_TESTS) {
        let mut findings = against_ruleset(xml, day(TODAY)).unwrap();
        findings.extend(of_kinds.judge(&dom::Tree::parse(xml).unwrap(), day(TODAY)).unwrap());
        let found: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).filter(|rule| about.contains(rule)).collect();
        let expected: BTreeSet<&str> = if name.ends_with("_bad") { about.iter().copied().collect() } else { BTreeSet::new() };
        assert_eq!(found, expected, "{name}: {findings:?}");
    }
}

/// The standard's file without its texts.
fn condensed(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !["message", "link"].contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), condensed(value))).collect()
        }
        Value::Array(values) => values.iter().map(condensed).collect(),
        other => other.clone(),
    }
}

#[test]
fn our_table_is_the_standards() {
    let Some(data) = data() else { return };
    let standard = std::fs::read_to_string(data.join("rulesets/standard.json")).unwrap();
    let mut ours: Value = serde_json::from_str(include_str!("rules.json")).unwrap();
    ours.as_object_mut().unwrap().remove("source").unwrap();
    assert_eq!(ours, condensed(&serde_json::from_str(&standard).unwrap()));
}

#[test]
fn what_only_the_registry_knows_is_not_judged() {
    assert_eq!(unjudged().unwrap(), ["1.10.13", "1.11.13", "1.14.13", "1.14.8", "1.15.13", "1.3.13", "1.8.13"]);
    let xml = "<iati-activities><iati-activity><reporting-org ref='a/b'/></iati-activity></iati-activities>";
    let findings = against_ruleset(xml, day(TODAY)).unwrap();
    assert!(findings.iter().all(|finding| !finding.rule.starts_with("1.14.")), "{findings:?}");
}

#[test]
fn findings_are_told_in_the_order_of_lines() {
    let xml = "<iati-activities>\n<iati-activity xml:lang='en'>\n<title/>\n<result><indicator measure='1'><baseline/><baseline\n value='x'/></indicator></result>\n</iati-activity></iati-activities>";
    let findings = against_ruleset(xml, day(TODAY)).unwrap();
    let lines: Vec<u32> = findings.iter().map(|finding| finding.line.unwrap()).collect();
    assert!(lines.is_sorted(), "{findings:?}");
    let baseline = "/iati-activities/iati-activity/result/indicator/baseline";
    for (rule, severity, place, line, detail) in [
        ("4.3.1", Severity::Error, "/iati-activities/iati-activity/title".to_owned(), 3, "narrative/text()"),
        ("8.8.1", Severity::Error, format!("{baseline}[1]"), 4, "@value"),
        ("8.8.2", Severity::Warning, format!("{baseline}[2]"), 5, "x"),
    ] {
        let expected = Finding { rule: rule.to_owned(), severity, place, line: Some(line), detail: detail.to_owned() };
        assert!(findings.contains(&expected), "{expected:?}\n{findings:?}");
    }
}

#[test]
fn there_are_only_so_many_findings() {
    let baselines = "<baseline/>".repeat(3 * MAX_FINDINGS);
    let xml = format!(
        "<iati-activities><iati-activity><result><indicator measure='1'>{baselines}</indicator></result></iati-activity></iati-activities>"
    );
    assert_eq!(against_ruleset(&xml, day(TODAY)).unwrap().len(), MAX_FINDINGS);
    let sectors: Vec<String> = (0..200).map(|number| format!("<sector vocabulary='v{number}'/>")).collect();
    let xml = format!("<iati-activities><iati-activity>{}</iati-activity></iati-activities>", sectors.concat());
    assert_eq!(against_ruleset(&xml, day(TODAY)), Err(Fault::TooLarge));
    let Some(schemas) = schemas() else { return };
    let activities = "<iati-activity/>".repeat(3 * MAX_FINDINGS);
    assert_eq!(against_schema(&format!("<iati-activities>{activities}</iati-activities>"), &schemas).unwrap().len(), MAX_FINDINGS);
}

/// A folder of its own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("kipimo-iati-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

#[test]
fn schemas_that_cannot_be_read() {
    let main = "iati-activities-schema.xsd";
    let schema = |inside: &str| format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>{inside}</xs:schema>");
    let cases = [
        ("none", vec![]),
        ("malformed", vec![(main, "<xs:schema".to_owned())]),
        ("no-schema", vec![(main, "<a/>".to_owned())]),
        ("wrong", vec![(main, schema("<xs:element name='a' type='none'/>"))]),
        ("missing", vec![(main, schema("<xs:include schemaLocation='other.xsd'/>"))]),
        ("elsewhere", vec![(main, schema("<xs:include schemaLocation='../other.xsd'/>"))]),
        ("remote", vec![(main, schema("<xs:import namespace='a' schemaLocation='http://127.0.0.1:9/a.xsd'/>"))]),
        ("doctype", vec![(main, "<!DOCTYPE a><a/>".to_owned())]),
        ("below", vec![(main, schema("<xs:include schemaLocation='b.xsd'/>")), ("b.xsd", "<xs:schema".to_owned())]),
    ];
    for (name, files) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let folder = folder(name, &files);
        let verdict = against_schema("<a/>", &folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(verdict, Err(Fault::Schemas(_))), "{name}: {verdict:?}");
    }
    assert!(matches!(against_schema("<a/>", Path::new("/nowhere")), Err(Fault::Schemas(_))));
}

#[test]
fn a_folder_may_have_any_name() {
    let Some(schemas) = schemas() else { return };
    let texts: Vec<(String, String)> = ["iati-activities-schema.xsd", "iati-common.xsd", "xml.xsd"]
        .map(|name| (name.to_owned(), std::fs::read_to_string(schemas.join(name)).unwrap()))
        .to_vec();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let xml = crate::projects::iati::document::write(&activity());
    for name in ["with space", "é", "a%20b"] {
        let folder = folder(name, &files);
        let verdict = against_schema(&xml, &folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(verdict, Ok(Vec::new()), "{name}");
    }
}

#[test]
fn nothing_is_fetched() {
    let Some(schemas) = schemas() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let there = format!("http://{}/x", listener.local_addr().unwrap());
    let hints = format!(
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:xi='http://www.w3.org/2001/XInclude' xsi:schemaLocation='urn:x {there}.xsd' xsi:noNamespaceSchemaLocation='{there}.xsd'"
    );
    let xml = format!(
        "<?xml-stylesheet href='{there}.xsl'?><?xml-model href='{there}.rng'?><iati-activities version='2.03' {hints}><iati-activity/><x xmlns='urn:x'/><xi:include href='{there}'/></iati-activities>"
    );
    against_schema(&xml, &schemas).unwrap();
    against_ruleset(&xml, day(TODAY)).unwrap();
    let doctype = format!("<!DOCTYPE a SYSTEM '{there}.dtd' [<!ENTITY e SYSTEM '{there}'>]><a>&e;</a>");
    assert_eq!(against_schema(&doctype, &schemas), Err(Fault::Doctype));
    assert_eq!(against_ruleset(&doctype, day(TODAY)), Err(Fault::Doctype));
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn threads_do_not_disturb_each_other() {
    let (Some(data), Some(schemas)) = (data(), schemas()) else { return };
    let files = files(&data.join("should-fail"));
    let verdicts = || -> Vec<_> {
        let verdict = |xml: &str| (against_schema(xml, &schemas), against_ruleset(xml, day(TODAY)));
        files.iter().take(12).map(|(_, xml)| verdict(xml)).collect()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(verdicts)).collect();
        let found: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(found.iter().all(|verdicts| *verdicts == found[0]));
    });
}

/// Runs itself as a process of its own, and looks at what that prints.
#[test]
fn nothing_is_printed() {
    const INSIDE: &str = "KIPIMO_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        the_schema_passes_and_fails_what_it_should();
        the_ruleset_says_what_its_own_tests_say();
        schemas_that_cannot_be_read();
        nothing_is_fetched();
        for xml in ["", "<a", "<a>&e;</a>", "<a x:b='1'/>", "<a xmlns='::'/>", "<a>\u{1}</a>"] {
            let _ = (against_ruleset(xml, day(TODAY)), against_schema(xml, Path::new("/nowhere")));
        }
        return;
    }
    if data().is_none() {
        return;
    }
    let module = module_path!().split_once("::").unwrap().1;
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::nothing_is_printed"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    assert!(run.status.success() && String::from_utf8_lossy(&run.stdout).contains("1 passed"), "{run:?}");
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
}
