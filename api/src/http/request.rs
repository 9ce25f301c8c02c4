//! From a request's JSON or query to a declared line, naming every field that does not fit at once.

use crate::checking::{self, LISTED_COMPARATORS};
use crate::declared::{FieldError, LineErrors, LineInput};
use crate::import::cut;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use statistics::Detail;
use std::fmt;
use std::sync::LazyLock;

/// The parameter that says how many of the offers used are listed.
const COMPARATORS: &str = "comparators";

/// Names of the fields of a declared line, from the type itself.
static FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| match serde_json::to_value(LineInput::default()) {
    Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
    _ => Vec::new(),
});

/// Most errors of one request that are told; what has more is not a line with mistakes in it.
const TOLD: usize = 30;

/// Why a body is no line.
#[derive(Debug, PartialEq)]
pub(super) enum BadLine {
    /// Not JSON, or not an object.
    Syntax(String),
    /// Fields that do not exist or hold what they cannot.
    Fields(LineErrors),
}

/// The pairs of a request in their order, each name once, and the errors of collecting them.
#[derive(Default)]
struct Fields {
    given: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    fn refuse(&mut self, name: &str, message: String) {
        if self.errors.len() < TOLD {
            let field = cut(name, 60).into_owned();
            self.errors.push(FieldError { field, message: cut(&message, 400).into_owned() });
        }
    }
    /// A field given twice is an error, not a guess.
    fn add(&mut self, name: String, value: Value) {
        if self.given.contains_key(&name) {
            self.refuse(&name, "is given twice: leave one".to_owned());
        } else {
            self.given.insert(name, value);
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    fields.add(name, value);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Reads the JSON of `POST /v1/checks`.
pub(super) fn line_from_json(body: &[u8]) -> Result<LineInput, BadLine> {
    let fields: Fields = serde_json::from_slice(body).map_err(|e| {
        BadLine::Syntax(if e.is_data() {
            "the body is not a JSON object: send one declared line, like {\"hs\": \"070320\", …}".to_owned()
        } else {
            format!("the body is not JSON: {e}; send one declared line as a JSON object")
        })
    })?;
    line_from_fields(fields).map_err(BadLine::Fields)
}

/// The pairs of a query string, and what is wrong with them.
pub(super) fn line_from_query(query: &str) -> (LineInput, Vec<FieldError>) {
    // The mark that stands for bytes that are no text may itself be in a text.
    let marked = query.to_ascii_uppercase().contains("%EF%BF%BD");
    let mut fields = Fields::default();
    for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
        if text.trim().is_empty() {
            continue;
        }
        if text.contains('\u{fffd}') && !marked {
            fields.refuse(&name, "is not UTF-8 text: percent-encode the bytes of UTF-8".to_owned());
        }
        fields.add(name.into_owned(), Value::String(text.into_owned()));
    }
    // A page keeps what was given even where another field is wrong.
    let known: Map<String, Value> = fields
        .given
        .iter()
        .filter(|(name, _)| FIELDS.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let kept = serde_json::from_value(Value::Object(known)).unwrap_or_default();
    match line_from_fields(fields) {
        Ok(_) => (kept, Vec::new()),
        Err(LineErrors(errors)) => (kept, errors),
    }
}

/// How many of the offers used the parameter `comparators` of a query asks to list, and the query
/// without it.
pub(super) fn listed_in(query: &str) -> (Result<Detail, FieldError>, String) {
    let mut listed = Ok(Detail::Nearest(LISTED_COMPARATORS));
    let mut times = 0;
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match url::form_urlencoded::parse(pair.as_bytes()).next() {
            Some((name, text)) if name == COMPARATORS => {
                times += 1;
                let message = if times > 1 {
                    Err("is given twice: leave one".to_owned())
                } else {
                    checking::listed(&text)
                };
                listed = listed
                    .and(message.map_err(|message| FieldError { field: COMPARATORS.to_owned(), message }));
            }
            _ => rest.push(pair),
        }
    }
    (listed, rest.join("&"))
}

fn line_from_fields(mut fields: Fields) -> Result<LineInput, LineErrors> {
    let given = std::mem::take(&mut fields.given);
    let mut list_told = false;
    for (name, value) in &given {
        if !FIELDS.contains(name) {
            // The list of fields once, not with each of a hundred.
            let which = match std::mem::replace(&mut list_told, true) {
                true => String::new(),
                false => format!("; the fields are {}", FIELDS.join(", ")),
            };
            fields.refuse(name, format!("is not a field of a declared line{which}"));
            continue;
        }
        // One field at a time, so that each bad one is named.
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<LineInput>(Value::Object(alone)) {
            fields.refuse(name, error.to_string());
        }
    }
    if !fields.errors.is_empty() {
        return Err(LineErrors(fields.errors));
    }
    serde_json::from_value(Value::Object(given)).map_err(|error| {
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
    fn how_many_offers_are_listed_is_no_field_of_the_line() {
        let of = |query: &str| {
            let (listed, rest) = listed_in(query);
            (listed.map_err(|e| e.to_string()), rest)
        };
        assert_eq!(of("hs=1&a=%26"), (Ok(Detail::Nearest(100)), "hs=1&a=%26".to_owned()));
        assert_eq!(of("hs=1&comparators=all&b=2"), (Ok(Detail::Full), "hs=1&b=2".to_owned()));
        assert_eq!(of("comparators=7"), (Ok(Detail::Nearest(7)), String::new()));
        for (query, wrong) in [("comparators=-1", "neither"), ("comparators=1&comparators=2", "twice")] {
            let (listed, _) = of(query);
            assert!(listed.unwrap_err().contains(wrong), "{query}");
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
