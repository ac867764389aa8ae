//! What is written, and what the standard's checks say of it.

use std::path::PathBuf;

use super::check::{Finding, MAX_BYTES, Severity, against_ruleset, against_schema};
use super::document::*;
use super::sample::{activity, day, figure, indicator, large_activity, period, result, texts};

/// The standard's files, which are not part of the project.
pub(super) fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/iati"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// Where the schema that the program uses is fetched to.
pub(super) fn fetched_schemas() -> Option<PathBuf> {
    Some(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/iati"))).filter(|folder| folder.is_dir())
}

/// The folder of the schema: the standard's, or the one that is fetched.
pub(super) fn schemas() -> Option<PathBuf> {
    data().map(|data| data.join("xsd")).or_else(fetched_schemas)
}

fn rules(xml: &str) -> Vec<Finding> {
    against_ruleset(xml, day("2026-06-30")).unwrap()
}

/// The part of what is written of an activity with only this result.
fn written_result(its: ResultNode) -> String {
    let xml = write(&Activity { results: vec![its], ..activity() });
    xml.split_once("<result").map_or_else(String::new, |(_, result)| result.split_once("</result>").unwrap().0.to_owned())
}

#[test]
fn a_rich_activity_passes() {
    let xml = write(&activity());
    assert_eq!(rules(&xml), []);
    for part in [
        "<iati-activity xml:lang=\"en\" default-currency=\"USD\" last-updated-datetime=\"2026-06-30T12:34:56Z\" humanitarian=\"1\">\n",
        "<reporting-org ref=\"KE-NCO-12345\" type=\"22\"><narrative>Maji &amp; Maisha</narrative></reporting-org>\n",
        "<title><narrative>Water for Kakuma</narrative><narrative xml:lang=\"sw\">Maji kwa Kakuma</narrative></title>\n",
        "<participating-org role=\"4\" type=\"22\"><narrative>Local partner</narrative></participating-org>\n",
        "<recipient-country code=\"UG\" percentage=\"37.5\"/>\n",
        "<location ref=\"KE009\"><name><narrative>Kakuma</narrative></name><point srsName=\"http://www.opengis.net/def/crs/EPSG/0/4326\"><pos>3.7167 34.8667</pos></point></location>\n",
        "<value currency=\"EUR\" value-date=\"2026-01-01\">250000.5</value></budget>\n",
        "<baseline year=\"2025\" iso-date=\"2025-12-31\" value=\"12.5\"><comment><narrative>Survey</narrative></comment></baseline>\n",
        "<actual value=\"0\"><location ref=\"KE009\"/><dimension name=\"sex\" value=\"female\"/><dimension name=\"age\" value=\"5-11 &quot;years&quot;\"/></actual>\n",
        "<baseline year=\"2025\"><comment><narrative>No committee</narrative><narrative xml:lang=\"sw\">Kwa Kiswahili</narrative></comment></baseline>\n",
        "<reference vocabulary=\"99\" code=\"R-1\" vocabulary-uri=\"https://example.org/results\"/>\n",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let Some(schemas) = schemas() else { return };
    assert_eq!(against_schema(&xml, &schemas).unwrap(), []);
}

#[test]
fn figures_without_a_value() {
    let (none, word) = (Figure::default(), Figure { comment: texts(&[("en", "Why")]), ..Figure::default() });
    let both = Figure { value: Some(5.into()), ..word.clone() };
    let comment = "<comment><narrative>Why</narrative></comment>";
    // measure, figure, how it is written
    let cases = [
        (Measure::Unit, &none, None),
        (Measure::Percentage, &word, None),
        (Measure::Nominal, &none, None),
        (Measure::Ordinal, &word, None),
        (Measure::Unit, &figure("5"), Some(" value=\"5\"/>".to_owned())),
        (Measure::Percentage, &figure("0"), Some(" value=\"0\"/>".to_owned())),
        (Measure::Ordinal, &both, Some(format!(" value=\"5\">{comment}</"))),
        (Measure::Qualitative, &none, None),
        (Measure::Qualitative, &figure("5"), None),
        (Measure::Qualitative, &word, Some(format!(">{comment}</"))),
        (Measure::Qualitative, &both, Some(format!(">{comment}</"))),
    ];
    for (measure, its, written) in cases {
        let baselines = vec![Baseline { year: 2025, date: None, figure: its.clone() }];
        let periods = vec![period(vec![its.clone()], vec![its.clone()])];
        let xml = written_result(result(vec![Indicator { baselines, periods, ..indicator(measure) }]));
        for start in ["<baseline year=\"2025\"", "<target", "<actual"] {
            match &written {
                Some(rest) => assert!(xml.contains(&format!("{start}{rest}")), "{xml}"),
                None => assert!(!xml.contains(start) && !xml.contains("<period"), "{xml}"),
            }
        }
    }
}

#[test]
fn what_is_left_out() {
    assert_eq!(written_result(result(Vec::new())), "");
    let reference = |code: &str| vec![Reference { vocabulary: "99".to_owned(), code: code.to_owned(), uri: None }];
    let referenced = Indicator { references: reference("I"), ..indicator(Measure::Unit) };
    let cases = [(indicator(Measure::Unit), "code=\"R\"", "code=\"I\""), (referenced, "code=\"I\"", "code=\"R\"")];
    for (its, written, left_out) in cases {
        let xml = written_result(ResultNode { references: reference("R"), ..result(vec![its, indicator(Measure::Unit)]) });
        assert!(xml.contains(written) && !xml.contains(left_out), "{xml}");
    }
    let bare = write(&Activity {
        title: texts(&[("en", " \u{1}")]),
        identifier: String::new(),
        locations: vec![Location { reference: None, name: Vec::new(), point: None }],
        default_language: String::new(),
        ..activity()
    });
    for absent in ["<title><narrative> ", "<iati-identifier", "<location/>", "xml:lang=\"\""] {
        assert!(!bare.contains(absent), "{absent}\n{bare}");
    }
    // without a default every narrative says its language
    assert!(bare.contains("<narrative xml:lang=\"en\">Water, sanitation"), "{bare}");
}

#[test]
fn what_the_rules_say_of_what_is_missing() {
    type Change = fn(&mut Activity);
    // what is changed, the errors of it
    let cases: [(Change, &[&str]); 9] = [
        (|its| its.dates.clear(), &["6.11.1"]),
        (|its| its.sectors.clear(), &["6.2.2"]),
        (|its| its.countries.clear(), &["3.7.1"]),
        (|its| drop(its.countries.pop()), &["3.1.4"]),
        (|its| its.countries[0].percentage = None, &["3.1.1", "3.1.2"]),
        (|its| its.budgets[0].end = day("2027-01-02"), &["7.5.3"]),
        (|its| its.identifier = "KE-NCO-12345".to_owned(), &["1.1.3"]),
        (|its| its.last_updated += chrono::TimeDelta::days(2), &["11.1.1"]),
        (|its| its.default_currency.clear(), &["7.8.1"]),
    ];
    for (change, expected) in cases {
        let mut its = activity();
        change(&mut its);
        let errors: Vec<_> = rules(&write(&its)).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        let found: Vec<&str> = errors.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(found, expected, "{errors:?}");
    }
}

/// Texts made of what XML, `XPath` and readers stumble over.
fn hostile_texts() -> impl Iterator<Item = String> {
    const PIECES: [&str; 24] = [
        "<",
        ">",
        "&",
        "\"",
        "'",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?x?>",
        "<!DOCTYPE a>",
        "&amp;",
        "&#0;",
        "\r",
        "\n",
        "\t",
        " ",
        "\u{0}",
        "\u{b}",
        "\u{fffe}",
        "\u{1f41f}",
        "\u{202e}",
        "$1",
        "a",
    ];
    let mut state = 20_260_630_u64;
    (0..150).map(move |length| {
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            PIECES[usize::try_from(state >> 33).unwrap() % PIECES.len()]
        };
        (0..=length % 12).map(next).collect()
    })
}

#[test]
fn hostile_text_comes_back_as_it_was() {
    let schemas = schemas();
    for hostile in hostile_texts() {
        let mut its = activity();
        its.title = texts(&[("en", &hostile)]);
        its.identifier = hostile.clone();
        its.reporting_org.reference = Some(hostile.clone());
        its.sectors[2].vocabulary = hostile.clone();
        let mut said = figure("1");
        said.dimensions = vec![Dimension { name: "d".to_owned(), value: hostile.clone() }];
        its.results = vec![result(vec![Indicator { periods: vec![period(vec![], vec![said])], ..indicator(Measure::Unit) }])];
        let xml = write(&its);

        let kept: String = hostile.chars().filter(|sign| !matches!(sign, '\u{0}' | '\u{b}' | '\u{fffe}')).collect();
        let shown = if kept.trim().is_empty() { "" } else { &kept };
        assert_eq!(read_back(&xml, "/*/*/title/narrative"), shown, "{xml}");
        assert_eq!(read_back(&xml, "/*/*/iati-identifier"), shown, "{xml}");
        assert_eq!(read_back(&xml, "/*/*/reporting-org/@ref"), kept, "{xml}");
        assert_eq!(read_back(&xml, "/*/*/sector[last()]/@vocabulary"), kept, "{xml}");
        assert_eq!(read_back(&xml, "//dimension/@value"), kept, "{xml}");
        against_ruleset(&xml, day("2026-06-30")).unwrap();
        if let Some(schemas) = &schemas
            && !shown.is_empty()
        {
            assert_eq!(against_schema(&xml, schemas).unwrap(), [], "{xml}");
        }
    }
}

/// What a reader finds.
fn read_back(xml: &str, path: &str) -> String {
    let document = libxml::parser::Parser::default().parse_string(xml).unwrap();
    libxml::xpath::Context::new(&document).unwrap().evaluate(&format!("string({path})")).unwrap().to_string()
}

#[test]
fn a_large_activity_is_checked() {
    let xml = write(&large_activity());
    assert!(xml.len() < MAX_BYTES / 5, "{}", xml.len());
    assert_eq!(rules(&xml), []);
    let Some(schemas) = schemas() else { return };
    assert_eq!(against_schema(&xml, &schemas).unwrap(), []);
}
