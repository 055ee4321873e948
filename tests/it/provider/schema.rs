//! As much of JSON Schema as `bodies.json` is written in. A keyword that is not known here is a fault, so that nothing
//! in a schema is passed over.

use regex_automata::meta::Regex;
use serde_json::Value;

/// Everything that is wrong with a value, each with its place.
pub(super) fn faults(schema: &Value, value: &Value, whole: &Value) -> Vec<String> {
    let mut found = Vec::new();
    judge(schema, value, whole, "", &mut found);
    found
}

fn judge(schema: &Value, value: &Value, whole: &Value, place: &str, found: &mut Vec<String>) {
    let Value::Object(schema) = schema else { panic!("no schema: {schema}") };
    for (keyword, wanted) in schema {
        let size = |value: &Value| value.as_array().map(Vec::len);
        let length = |value: &Value| value.as_str().map(|text| text.chars().count());
        let within = |count: Option<usize>, most: bool| {
            let limit = usize::try_from(wanted.as_u64().unwrap()).unwrap();
            count.is_none_or(|count| if most { count <= limit } else { count >= limit })
        };
        let right = match keyword.as_str() {
            "description" => true,
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                let target = whole.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not there"));
                judge(target, value, whole, place, found);
                true
            }
            "type" => is_type(wanted, value),
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().unwrap()),
            "minLength" => within(length(value), false),
            "maxLength" => within(length(value), true),
            "minItems" => within(size(value), false),
            "maxItems" => within(size(value), true),
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "required" => value.as_object().is_none_or(|object| {
                wanted.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
            }),
            "minProperties" => within(value.as_object().map(serde_json::Map::len), false),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    judge(wanted, item, whole, &format!("{place}/{index}"), found);
                }
                true
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(property) = value.get(name) {
                        judge(schema, property, whole, &format!("{place}/{name}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(wanted, &Value::Bool(false), "only closed objects are known here");
                let known = schema["properties"].as_object().unwrap();
                value.as_object().is_none_or(|object| object.keys().all(|name| known.contains_key(name)))
            }
            unknown => panic!("{unknown} is no keyword that is known here"),
        };
        if !right {
            found.push(format!("{place}: {keyword} {wanted}, not {value}"));
        }
    }
}

fn is_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        unknown => panic!("{unknown} is no type that is known here"),
    };
    wanted.as_array().map_or_else(|| is(wanted), |names| names.iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_keyword_tells_right_from_wrong() {
        let whole = json!({ "defs": { "word": { "type": "string", "maxLength": 3 } } });
        for (schema, right, wrong) in [
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "$ref": "#/defs/word" }), json!("äöü"), json!("abcd")),
            (json!({ "enum": [1, 2] }), json!(2), json!(3)),
            (json!({ "minimum": 1, "maximum": 3 }), json!(3), json!(0)),
            (json!({ "minLength": 2 }), json!("ab"), json!("a")),
            (json!({ "pattern": "^[a-z]+$" }), json!("ab"), json!("a1")),
            (json!({ "items": { "type": "integer" }, "maxItems": 2 }), json!([1, 2]), json!([1, "2"])),
            (json!({ "minItems": 1 }), json!([1]), json!([])),
            (json!({ "required": ["a"] }), json!({ "a": 1 }), json!({ "b": 1 })),
            (json!({ "minProperties": 1 }), json!({ "a": 1 }), json!({})),
            (json!({ "properties": { "a": { "type": "string" } } }), json!({ "a": "x", "b": 1 }), json!({ "a": 1 })),
            (json!({ "properties": { "a": {} }, "additionalProperties": false }), json!({ "a": 1 }), json!({ "b": 1 })),
        ] {
            assert_eq!(faults(&schema, &right, &whole), [""; 0], "{schema}");
            assert_eq!(faults(&schema, &wrong, &whole).len(), 1, "{schema}");
        }
    }

    #[test]
    #[should_panic(expected = "no keyword that is known here")]
    fn a_keyword_that_is_not_known_is_not_passed_over() {
        faults(&json!({ "oneOf": [] }), &json!(1), &json!({}));
    }
}
