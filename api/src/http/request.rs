//! From a request's JSON or query to a declared line, naming every field that does not fit at once.

use crate::declared::{FieldError, LineErrors, LineInput};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Names of the fields of a declared line, from the type itself.
static FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| match serde_json::to_value(LineInput::default()) {
    Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
    _ => Vec::new(),
});

/// Why a body is no line.
#[derive(Debug, PartialEq)]
pub(super) enum BadLine {
    /// Not JSON, or not an object.
    Syntax(String),
    /// Fields that do not exist or hold what they cannot.
    Fields(LineErrors),
}

/// Reads the JSON of `POST /v1/checks`.
pub(super) fn line_from_json(body: &[u8]) -> Result<LineInput, BadLine> {
    let value: Value = serde_json::from_slice(body).map_err(|e| {
        BadLine::Syntax(format!("the body is not JSON: {e}; send one declared line as a JSON object"))
    })?;
    let Value::Object(fields) = value else {
        return Err(BadLine::Syntax(
            "the body is not a JSON object: send one declared line, like {\"hs\": \"070320\", …}".to_owned(),
        ));
    };
    line_from_fields(fields, Vec::new()).map_err(BadLine::Fields)
}

/// The pairs of a query string; a field given twice is an error, not a guess.
pub(super) fn line_from_query(query: &str) -> (LineInput, Vec<FieldError>) {
    let mut fields = Map::new();
    let mut errors = Vec::new();
    for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
        if text.trim().is_empty() {
            continue;
        }
        if fields.contains_key(name.as_ref()) {
            errors.push(FieldError {
                field: name.into_owned(),
                message: "is given twice: leave one".to_owned(),
            });
        } else {
            fields.insert(name.into_owned(), Value::String(text.into_owned()));
        }
    }
    // A page keeps what was given even where another field is wrong.
    let known: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| FIELDS.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let kept = serde_json::from_value(Value::Object(known)).unwrap_or_default();
    if let Err(LineErrors(found)) = line_from_fields(fields, Vec::new()) {
        errors.extend(found);
    }
    (kept, errors)
}

fn line_from_fields(
    fields: Map<String, Value>,
    mut errors: Vec<FieldError>,
) -> Result<LineInput, LineErrors> {
    for (name, value) in &fields {
        if !FIELDS.contains(name) {
            errors.push(FieldError {
                field: name.chars().take(60).collect(),
                message: format!("is not a field of a declared line; the fields are {}", FIELDS.join(", ")),
            });
            continue;
        }
        // One field at a time, so that each bad one is named.
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<LineInput>(Value::Object(alone)) {
            errors.push(FieldError { field: name.clone(), message: error.to_string() });
        }
    }
    if !errors.is_empty() {
        return Err(LineErrors(errors));
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        LineErrors(vec![FieldError { field: "line".to_owned(), message: error.to_string() }])
    })
}

/// Whether a query carries empty fields, as a browser's form sends them.
pub(super) fn has_empty_fields(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(_, text)| text.trim().is_empty())
}

/// The query without its empty fields.
pub(super) fn without_empty_fields(query: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            url::form_urlencoded::parse(query.as_bytes()).filter(|(_, text)| !text.trim().is_empty()),
        )
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_at_once() {
        let Err(BadLine::Fields(errors)) =
            line_from_json(br#"{"hs": 70320, "brnad": "x", "brand": 5, "color": "red", "gtin": []}"#)
        else {
            panic!("the line is bad");
        };
        let named: Vec<&str> = errors.0.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["brnad", "brand", "color", "gtin"]);
        assert!(
            errors.0[0]
                .message
                .starts_with("is not a field of a declared line; the fields are line, hs, description")
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_told_so() {
        for body in [&b"[]"[..], b"", b"{", b"\xff\xfe", b"null"] {
            assert!(matches!(line_from_json(body), Err(BadLine::Syntax(_))), "{body:?}");
        }
    }

    #[test]
    fn a_query_keeps_what_is_right() {
        let (line, errors) = line_from_query("hs=070320&price=&hs=1&description=a%20%26%20b&x=1");
        assert_eq!(line.hs.as_deref(), Some("070320"));
        assert_eq!(line.description.as_deref(), Some("a & b"));
        let named: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["hs", "x"]);
        assert_eq!(without_empty_fields("a=&b=1&c=%20"), "b=1");
    }
}
