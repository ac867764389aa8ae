use serde_json::{Value, json};

use super::super::mapping::Mapping;
use super::super::plan::plan_import;
use super::super::suggest::suggest_mapping;
use super::{HEADER, catalogue, figures, found, mapping};

fn with(changes: &Value) -> Value {
    let mut base = json!({
        "layout": "wide",
        "dates": {"start": "start", "end": "end"},
        "location": {"code": "site"},
        "indicators": "*",
    });
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(key);
        } else {
            base[key] = value.clone();
        }
    }
    base
}

#[test]
fn forms_that_are_refused() {
    let long = "x".repeat(401);
    let map_of = |count: usize| {
        let pairs = (0..count).map(|n| (format!("c{n}"), json!("litres")));
        Value::Object(pairs.collect())
    };
    let long_layout = json!({"layout": "long", "indicators": null});
    let in_long = |changes: Value| {
        let mut all = long_layout.clone();
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    let cases = [
        ("an unknown field", json!({"locale": "en"})),
        ("an unknown field within", json!({"dates": {"start": "a", "end": "b", "at": "c"}})),
        ("no layout", json!({"layout": null})),
        ("an unknown layout", json!({"layout": "tall"})),
        ("no dates", json!({"dates": null})),
        ("an empty column", json!({"dates": {"start": " ", "end": "end"}})),
        ("too long a column", json!({"location": {"code": long}})),
        ("no indicators", json!({"indicators": null})),
        ("a text that is no star", json!({"indicators": "all"})),
        ("too many indicators", json!({"indicators": map_of(501)})),
        ("too long a code", json!({"indicators": {"a": "x".repeat(101)}})),
        ("too long a missing text", json!({"missing": ["x".repeat(41)]})),
        ("too many missing texts", json!({"missing": vec!["x"; 21]})),
        ("an unknown thing to create", json!({"create": ["indicators"]})),
        ("a column of the other layout", json!({"value": "v"})),
        ("long with indicators", json!({"layout": "long", "indicator": "i", "value": "v"})),
        ("long without indicator", in_long(json!({"value": "v"}))),
        ("long without figures", in_long(json!({"indicator": "i"}))),
        ("half a fraction", in_long(json!({"indicator": "i", "numerator": "n"}))),
        (
            "four dimensions",
            in_long(json!({"indicator": "i", "value": "v",
                "dimensions": {"a": "a", "b": "b", "c": "c", "d": "d"}})),
        ),
    ];
    for (name, changes) in cases {
        let read = serde_json::from_value::<Mapping>(with(&changes));
        assert!(read.is_err(), "{name}");
    }
}

#[test]
fn defaults() {
    let read = mapping(with(&json!({})));
    assert_eq!(read.missing, ["NA", ""]);
    assert!(!read.create_locations && !read.create_periods);
}

#[test]
fn a_mapping_is_written_as_it_was_read() {
    let cases = [
        json!({"missing": ["NA", ""], "create": ["locations", "periods"]}),
        json!({"missing": ["-"], "create": [], "indicators": {"A": "litres"}}),
        json!({"missing": [], "create": ["periods"], "location": null}),
        json!({"missing": [], "create": [], "layout": "long", "indicators": null,
            "indicator": "i", "value": "v", "numerator": "n", "denominator": "d",
            "dimensions": {"Sex": "sex"}}),
    ];
    for changes in cases {
        let text = with(&changes);
        assert_eq!(serde_json::to_value(mapping(text.clone())).unwrap(), text);
    }
}

#[test]
fn mappings_that_do_not_fit() {
    let long = |changes: Value| {
        let mut all = json!({"layout": "long", "indicators": null, "indicator": "litres",
            "value": "taps"});
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    let cases = [
        (json!({"dates": {"start": "from", "end": "to"}}), vec!["1 from column_missing", "1 to column_missing"]),
        (json!({"location": {"code": "site", "name": "n", "parent": "p"}}), vec!["1 n column_missing", "1 p column_missing"]),
        (json!({"indicators": {}}), vec!["1 - no_indicator_columns"]),
        (json!({"indicators": {"x": "litres"}}), vec!["1 x column_missing"]),
        (json!({"indicators": {"taps": "Litres"}}), vec!["1 taps mapped_indicator_unknown"]),
        (json!({"indicators": {"taps": "litres", "litres": "litres"}}), vec!["1 taps indicator_mapped_twice"]),
        (json!({"indicators": {"taps": "share"}}), vec!["1 taps indicator_needs_fraction"]),
        (long(json!({"value": "x"})), vec!["1 x column_missing"]),
        (long(json!({"dimensions": {"soap": "sex"}})), vec!["1 soap dimension_unknown"]),
    ];
    let mut catalogue = catalogue();
    let mut share = catalogue.indicators[0].clone();
    share.code = "share".to_owned();
    share.needs_fraction = true;
    catalogue.indicators.push(share);
    let file = format!("{HEADER}2023-01-01,2023-01-31,C1,1,2,3\n");
    for (changes, expected) in cases {
        let mapping = mapping(with(&changes));
        let plan = plan_import(file.as_bytes(), &mapping, &catalogue);
        assert_eq!(found(&plan.issues), expected, "{changes}");
        assert_eq!(plan.values, [], "{changes}");
    }
}

#[test]
fn a_star_takes_columns_named_exactly_as_a_code() {
    let star = mapping(with(&json!({})));
    let cases = [
        ("litres", Ok("2 7")),
        ("\" litres \"", Ok("2 7")),
        ("Litres", Err("1 - no_indicator_columns")),
        ("litres ", Ok("2 7")),
        ("litre", Err("1 - no_indicator_columns")),
    ];
    for (header, expected) in cases {
        let file = format!("start,end,site,{header}\n2023-01-01,2023-01-31,C1,7\n");
        let plan = plan_import(file.as_bytes(), &star, &catalogue());
        match expected {
            Ok(figure) => assert_eq!(figures(&plan), [figure], "{header:?}"),
            Err(issue) => assert_eq!(found(&plan.issues), [issue], "{header:?}"),
        }
    }
}

#[test]
fn suggestions() {
    let codes = ["litres".to_owned(), "water_points".to_owned()];
    let missing = json!(["NA", ""]);
    let cases = [
        (
            "id,start_date,end_date,location_id,location_name,country,litres",
            json!({"layout": "wide", "dates": {"start": "start_date", "end": "end_date"},
                "location": {"code": "location_id", "name": "location_name", "parent": "country"},
                "indicators": "*", "missing": missing, "create": []}),
        ),
        (
            "Date,Site,Water points",
            json!({"layout": "wide", "dates": {"start": "Date", "end": "Date"},
                "location": {"code": "Site"}, "indicators": {"Water points": "water_points"},
                "missing": missing, "create": []}),
        ),
        (
            "Indicator,Start,End,Camp code,Camp,Value,Numerator,Denominator",
            json!({"layout": "long", "dates": {"start": "Start", "end": "End"},
                "location": {"code": "Camp code", "name": "Camp"}, "indicator": "Indicator",
                "value": "Value", "numerator": "Numerator", "denominator": "Denominator",
                "missing": missing, "create": []}),
        ),
        (
            "a,b",
            json!({"layout": "wide", "dates": {"start": "", "end": ""}, "indicators": "*",
                "missing": missing, "create": []}),
        ),
    ];
    for (header, expected) in cases {
        let headers: Vec<String> = header.split(',').map(str::to_owned).collect();
        let suggested = serde_json::to_value(suggest_mapping(&headers, &codes)).unwrap();
        assert_eq!(suggested, expected, "{header}");
    }
}

#[test]
fn a_suggestion_without_dates_is_refused_when_it_comes_back() {
    let suggested = suggest_mapping(&["a".to_owned()], &[]);
    let text = serde_json::to_value(suggested).unwrap();
    assert!(serde_json::from_value::<Mapping>(text).is_err());
}
