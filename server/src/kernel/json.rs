//! Canonical JSON (RFC 8785) for what is hashed: objects, lists, strings, booleans and null.
//!
//! Numbers never occur: measurements and counts are strings, so that no reader rounds them. Beside it, the reading of an object whose keys are
//! not ours.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::{Error, Result};

/// The canonical bytes of something that is frozen: what is hashed and kept.
///
/// # Errors
/// If it cannot be written, or holds a number that is not a string: a fault of this program.
pub fn frozen(value: &impl Serialize) -> Result<Vec<u8>> {
    let value = serde_json::to_value(value).map_err(|error| Error::Internal(format!("not to be frozen: {error}")))?;
    canonical(&value).map(String::into_bytes).ok_or_else(|| Error::Internal("not to be frozen: a number that is not a string".into()))
}

/// Whether bytes are an object in canonical form: no other bytes say the same, and no key stands twice.
#[must_use]
pub fn is_canonical(bytes: &[u8]) -> bool {
    let object = serde_json::from_slice::<Value>(bytes).ok().filter(Value::is_object);
    object.and_then(|object| canonical(&object)).is_some_and(|text| text.as_bytes() == bytes)
}

/// The canonical text of a value; `None` if it holds a number.
#[must_use]
pub fn canonical(value: &Value) -> Option<String> {
    let mut out = String::new();
    write(value, &mut out).then_some(out)
}

fn write(value: &Value, out: &mut String) -> bool {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(_) => return false,
        // serde_json escapes as RFC 8785 asks: the short forms, \u00xx in lower case for other controls, nothing else
        Value::String(text) => out.push_str(&Value::String(text.clone()).to_string()),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if !write(item, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            // RFC 8785 sorts by UTF-16 code units
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                if !write(&map[key], out) {
                    return false;
                }
            }
            out.push('}');
        }
    }
    true
}

/// An object of texts with so many keys at most, each of them once: of two that are alike nobody knows which was meant.
///
/// # Errors
/// If it is no such object.
pub fn unique_texts<'de, D: Deserializer<'de>>(deserializer: D, most: usize) -> Result<BTreeMap<String, String>, D::Error> {
    struct Keys(usize);
    impl<'de> Visitor<'de> for Keys {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut seen = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                if seen.len() >= self.0 || seen.insert(key, value).is_some() {
                    return Err(serde::de::Error::custom("a key twice, or too many keys"));
                }
            }
            Ok(seen)
        }
    }
    deserializer.deserialize_map(Keys(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_stands_once() {
        let read = |text: &str| unique_texts(&mut serde_json::Deserializer::from_str(text), 2).ok();
        assert_eq!(read(r#"{"a":"1","b":"1"}"#).map(|texts| texts.len()), Some(2));
        for text in [r#"{"a":"1","a":"1"}"#, r#"{"a":"1","\u0061":"2"}"#, r#"{"a":"1","b":"2","c":"3"}"#, r#"{"a":1}"#, "[]", "null"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn keys_are_sorted_and_strings_escaped() {
        let value = json!({"b": ["x", null, true], "a": "\u{1}\"\\/\u{8}\n€\u{7f}"});
        assert_eq!(canonical(&value).unwrap(), "{\"a\":\"\\u0001\\\"\\\\/\\b\\n€\u{7f}\",\"b\":[\"x\",null,true]}");
        assert_eq!(canonical(&json!({"n": 1})), None);
        assert_eq!(canonical(&json!({"\u{e000}": "1", "\u{10000}": "2"})).unwrap(), "{\"\u{10000}\":\"2\",\"\u{e000}\":\"1\"}");
    }

    #[test]
    fn what_could_be_written_otherwise_is_not_canonical() {
        assert!(is_canonical(br#"{"a":["x",null],"b":{}}"#));
        let table: [&[u8]; 12] = [
            br#"{"b":"1","a":"2"}"#,
            br#"{"a":"1","a":"1"}"#,
            br#"{"a":"1","a":"2"}"#,
            br#"{ "a":"1"}"#,
            br#"{"a":"1"} "#,
            br#"{"a":1}"#,
            br#"{"a":"\u0061"}"#,
            br#"{"a":"\/"}"#,
            br#"["a"]"#,
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"1\"",
            b"",
        ];
        for bytes in table {
            assert!(!is_canonical(bytes), "{}", String::from_utf8_lossy(bytes));
        }
        assert!(!is_canonical("[".repeat(100_000).as_bytes()), "nested deeper than anybody reads");
    }
}
