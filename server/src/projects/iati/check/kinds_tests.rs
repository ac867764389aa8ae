//! Each kind of rule, as a table.

use super::dom::Tree;
use super::ruleset::Ruleset;
use super::{Fault, Finding, Severity};
use crate::projects::iati::sample::day;

/// The findings of one case about `/a`, on a day, as `place: detail`.
fn found(kind: &str, case: &str, xml: &str) -> Vec<String> {
    let (open, rest) = case.split_at(1);
    let head = r#""ruleInfo": { "id": "1", "severity": "warning" }"#;
    let json = format!(r#"{{ "/a": {{ "{kind}": {{ "cases": [{open}{head}, {rest}] }} }} }}"#);
    let findings = Ruleset::parse(&json).unwrap().judge(&Tree::parse(xml).unwrap(), day("2026-06-30")).unwrap();
    let told = |Finding { rule, severity, place, line, detail }: Finding| {
        assert_eq!((rule.as_str(), severity, line), ("1", Severity::Warning, None));
        format!("{place}: {detail}")
    };
    findings.into_iter().map(told).collect()
}

/// Kind, case, then documents each with what is found in it.
type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a [&'a str])]);

fn check(rows: &[Row]) {
    for (kind, case, documents) in rows {
        for (xml, expected) in *documents {
            assert_eq!(found(kind, case, xml), *expected, "{kind} {case}\n{xml}");
        }
    }
}

#[test]
fn how_many() {
    check(&[
        (
            "atleast_one",
            r#"{ "paths": ["b", "c/@d"] }"#,
            &[("<a/>", &["/a: b | c/@d"]), ("<a><c/></a>", &["/a: b | c/@d"]), ("<a><c d=''/></a>", &[]), ("<a><b/><b/></a>", &[])],
        ),
        (
            "atleast_one",
            r#"{ "paths": ["b"], "condition": "@c = '1'" }"#,
            &[("<a c='1'/>", &["/a: b"]), ("<a c='2'/>", &[]), ("<a c='1'><b/></a>", &[])],
        ),
        ("atleast_one", r#"{ "paths": ["b/text()"] }"#, &[("<a><b/></a>", &["/a: b/text()"]), ("<a><b>x</b></a>", &[])]),
        (
            "no_more_than_one",
            r#"{ "paths": ["b", "c"] }"#,
            &[("<a/>", &[]), ("<a><b/></a>", &[]), ("<a><b/><c/></a>", &["/a: 2"]), ("<a><b/><b/><b/></a>", &["/a: 3"])],
        ),
        (
            "only_one_of",
            r#"{ "excluded": ["x", "y"], "paths": ["b", "c"] }"#,
            &[
                ("<a/>", &["/a: 0"]),
                ("<a><b/></a>", &[]),
                ("<a><b/><c/></a>", &["/a: 2"]),
                ("<a><x/></a>", &[]),
                ("<a><x/><y/></a>", &[]),
                ("<a><y/><b/></a>", &["/a: 1"]),
            ],
        ),
        (
            "one_or_all",
            r#"{ "one": "@xml:lang", "all": "lang" }"#,
            &[
                ("<a/>", &[]),
                ("<a xml:lang='en'><b><narrative/></b></a>", &[]),
                ("<a><narrative xml:lang='en'/><b><narrative/></b></a>", &["/a/b/narrative: @xml:lang"]),
            ],
        ),
        (
            "one_or_all",
            r#"{ "one": "sector", "all": "sector" }"#,
            &[
                ("<a><sector/><transaction/></a>", &[]),
                ("<a><transaction><sector/></transaction><transaction/></a>", &["/a/transaction[2]: sector"]),
            ],
        ),
        (
            "one_or_all",
            r#"{ "one": "@c", "all": "currency" }"#,
            &[
                ("<a c='USD'><value/></a>", &[]),
                ("<a><b><value currency='USD'/></b><value/><forecast/></a>", &["/a/value: @currency", "/a/forecast: @currency"]),
                ("<a><loan-status/><values/></a>", &["/a/loan-status: @currency"]),
            ],
        ),
    ]);
}

#[test]
fn texts() {
    check(&[
        (
            "unique",
            r#"{ "paths": ["@b", "c"] }"#,
            &[
                ("<a b='1'><c>2</c></a>", &[]),
                ("<a b='1'><c>1</c></a>", &["/a/c: 1"]),
                ("<a><c>1</c><c>2</c><c>1</c></a>", &["/a/c[3]: 1"]),
            ],
        ),
        (
            "no_spaces",
            r#"{ "paths": ["@b", "c"] }"#,
            &[("<a b='x y'><c/></a>", &[]), ("<a b=' x'><c>y&#10;</c></a>", &["/a/@b:  x", "/a/c: y\n"])],
        ),
        (
            "startswith",
            r#"{ "prefix": ["@b", "c"], "separator": "-", "paths": ["d"] }"#,
            &[
                ("<a b='X'/>", &[]),
                ("<a b='X'><d>X-1</d></a>", &[]),
                ("<a b='X'><c>Y</c><d>Y-1</d></a>", &[]),
                ("<a b='X'><d>X1</d></a>", &["/a/d: X1"]),
                ("<a><d>X-1</d></a>", &["/a/d: X-1"]),
            ],
        ),
        (
            "regex_matches",
            r#"{ "regex": "^[^\\/\\&\\|\\?]+$", "paths": ["b"] }"#,
            &[("<a><b>x</b><b/></a>", &[]), ("<a><b>x/y</b><b>x</b><b>?</b></a>", &["/a/b[1]: x/y", "/a/b[3]: ?"])],
        ),
        ("regex_matches", r#"{ "regex": "^x$", "paths": ["b"], "idCondition": "NOT_EXISTING_ORG_ID" }"#, &[("<a><b>y</b></a>", &[])]),
    ]);
}

#[test]
fn numbers() {
    check(&[
        (
            "range",
            r#"{ "paths": ["b/@c"], "min": 0.0, "max": 100.0 }"#,
            &[
                ("<a><b c='0'/><b c='100.00'/><b/></a>", &[]),
                ("<a><b c='-0.01'/><b c='100.01'/></a>", &["/a/b[1]/@c: -0.01", "/a/b[2]/@c: 100.01"]),
                ("<a><b c='x'/></a>", &["/a/b/@c: x"]),
            ],
        ),
        ("range", r#"{ "paths": ["b"], "min": 1 }"#, &[("<a><b>9999</b></a>", &[]), ("<a><b>0.9</b></a>", &["/a/b: 0.9"])]),
        (
            "strict_sum",
            r#"{ "condition": "count(b) > 1", "paths": ["b/@c"], "sum": 100 }"#,
            &[
                ("<a><b c='1'/></a>", &[]),
                ("<a><b c='60.5'/><b c='39.50'/></a>", &[]),
                ("<a><b c='33.33333'/><b c='33.33333'/><b c='33.33333'/></a>", &[]),
                ("<a><b c='33.33'/><b c='33.33'/><b c='33.33'/></a>", &["/a: 99.99"]),
                ("<a><b/><b/></a>", &["/a: 0"]),
                ("<a><b c='50'/><b c='half'/></a>", &["/a: ?"]),
            ],
        ),
    ]);
}

#[test]
fn days() {
    check(&[
        (
            "date_now",
            r#"{ "date": "@b" }"#,
            &[
                ("<a/>", &[]),
                ("<a b='2026-06-30T23:59:59Z'/>", &[]),
                ("<a b='2026-07-01T00:00:00Z'/>", &["/a/@b: 2026-07-01T00:00:00Z"]),
                ("<a b='2026-06-30T23:00:00-02:00'/>", &["/a/@b: 2026-06-30T23:00:00-02:00"]),
                ("<a b='soon'/>", &[]),
            ],
        ),
        (
            "date_order",
            r#"{ "less": "b/@c", "more": "NOW" }"#,
            &[("<a><b c='2026-06-30'/></a>", &[]), ("<a><b c='2026-01-01'/><b c='2026-07-01'/></a>", &["/a/b[2]/@c: 2026-07-01"])],
        ),
        (
            "date_order",
            r#"{ "less": "@b", "more": "@c" }"#,
            &[
                ("<a b='2026-01-01' c='2026-01-01'/>", &[]),
                ("<a b='2026-01-02' c='2026-01-01'/>", &["/a/@b: 2026-01-02"]),
                ("<a b='2026-01-02'/>", &[]),
                ("<a b='2026-01-02' c='never'/>", &[]),
            ],
        ),
        (
            "time_limit",
            r#"{ "start": "@b", "end": "@c" }"#,
            &[
                ("<a b='2025-01-01' c='2025-12-31'/>", &[]),
                ("<a b='2024-01-01' c='2024-12-31'/>", &[]),
                ("<a b='2025-01-01' c='2026-01-01'/>", &[]),
                ("<a b='2025-01-01' c='2026-01-02'/>", &["/a: 2025-01-01 – 2026-01-02"]),
                ("<a b='2025-01-01'/>", &[]),
            ],
        ),
        (
            "between_dates",
            r#"{ "date": "b", "start": "@c", "end": "@d" }"#,
            &[
                ("<a c='2026-01-01' d='2026-12-31'><b>2026-01-01</b><b>2026-12-31</b></a>", &[]),
                (
                    "<a c='2026-01-01' d='2026-12-31'><b>2025-12-31</b><b>2027-01-01</b></a>",
                    &["/a/b[1]: 2025-12-31", "/a/b[2]: 2027-01-01"],
                ),
                ("<a c='2026-01-01'><b>2025-12-31</b></a>", &[]),
            ],
        ),
    ]);
}

#[test]
fn conditions_and_loops() {
    let sum = r#"{ "foreach": "b[@v != '1']/@v", "do": { "strict_sum": { "cases": [{ "ruleInfo": { "id": "1", "severity": "warning" },
        "condition": "count(b[@v = '$1']) > 1", "paths": ["b[@v = '$1']/@c"], "sum": 100 }] } }, "subs": ["paths"] }"#;
    check(&[
        (
            "if_then",
            r#"{ "if": "@b", "then": "number(@b) = @b", "paths": ["@b"] }"#,
            &[("<a/>", &[]), ("<a b='1.50'/>", &[]), ("<a b='many'/>", &["/a: many"]), ("<a b=''/>", &["/a: "])],
        ),
        ("if_then", r#"{ "if": "count(b) > 0", "then": "c" }"#, &[("<a/>", &[]), ("<a><b/><c/></a>", &[]), ("<a><b/></a>", &["/a: "])]),
        (
            "loop",
            sum,
            &[
                ("<a><b v='1' c='5'/><b v='1' c='5'/><b v='2' c='5'/></a>", &[]),
                ("<a><b v='2' c='50'/><b v='2' c='50'/><b v='3' c='60'/><b v='3' c='50'/></a>", &["/a: 110"]),
                ("<a><b v=\"it's\" c='50'/><b v=\"it's\" c='50'/></a>", &[]),
                ("<a><b v=\"it's &quot;so&quot;\" c='50'/><b v=\"it's &quot;so&quot;\" c='40'/></a>", &["/a: 90"]),
                ("<a><b v=\"'] | //*[&quot;\" c='50'/><b v=\"'] | //*[&quot;\" c='40'/></a>", &["/a: 90"]),
            ],
        ),
    ]);
}

#[test]
fn tables_that_are_refused() {
    for json in [
        "",
        "[]",
        r#"{ "/a": { "unheard_of": { "cases": [{ "ruleInfo": { "id": "1", "severity": "error" } }] } } }"#,
        r#"{ "/a": { "unique": { "cases": [{ "ruleInfo": { "id": "1", "severity": "error" } }] } } }"#,
        r#"{ "/a": { "unique": { "cases": [{ "paths": ["b"], "ruleInfo": { "id": "1", "severity": "loud" } }] } } }"#,
        r#"{ "/a": { "unique": { "cases": [{ "paths": ["b"] }] } } }"#,
    ] {
        assert!(matches!(Ruleset::parse(json), Err(Fault::Rules(_))), "{json}");
    }
}
