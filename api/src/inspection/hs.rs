//! Answers of `inspect hs`: the subheadings goods may belong to, by the words of a listing. The JSON
//! shapes are a contract (docs/CONTRACTS.md).

use normalizer::classify::{Answer, Classifier, Goods, LEAST_PROBABILITY};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Candidates in an answer.
const MOST: usize = 10;

/// The words of a listing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Title or description.
    pub text: String,
    /// Category path, parts divided by `>`.
    #[serde(default)]
    pub category: Option<String>,
    /// Attributes: an object of names and values, or a list of `{"name", "value"}`.
    #[serde(default)]
    pub attributes: Option<Attributes>,
    /// Language; the words of all languages are known to the model, so nothing depends on it.
    #[serde(default)]
    pub lang: Option<String>,
}

/// Attributes as callers have them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Attributes {
    /// Names and values.
    Object(Map<String, Value>),
    /// The same as a list.
    List(Vec<Attribute>),
}

/// An attribute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    name: String,
    value: Value,
}

impl Request {
    /// A title alone.
    pub fn of(text: String) -> Self {
        Request { text, category: None, attributes: None, lang: None }
    }
}

/// Ranks subheadings.
pub fn answer(classifier: &mut Classifier<'_>, request: &Request) -> Value {
    let stated: Vec<(&String, &Value)> = match &request.attributes {
        None => Vec::new(),
        Some(Attributes::List(list)) => list.iter().map(|one| (&one.name, &one.value)).collect(),
        Some(Attributes::Object(object)) => object.iter().collect(),
    };
    let said = stated.into_iter().filter_map(|(name, value)| Some((name.clone(), said(value)?)));
    let attributes: Vec<(String, String)> = said.collect();
    let goods = Goods { text: &request.text, category: request.category.as_deref(), attributes: &attributes };
    let answer = classifier.classify(&goods, MOST, LEAST_PROBABILITY);
    let mut value = shown(&answer);
    value["model"] = json!(classifier.model().hash().to_string());
    value
}

/// What a value says in words; `None` for those that say nothing without their name (null, true, false).
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(_) => None,
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(said).collect::<Vec<_>>().join(", ")),
        Value::Object(values) => Some(values.values().filter_map(said).collect::<Vec<_>>().join(", ")),
    }
}

/// An answer without the model's name.
fn shown(answer: &Answer) -> Value {
    let candidates: Vec<Value> = answer
        .candidates
        .iter()
        .map(|candidate| {
            json!({
                "hs6": candidate.hs.as_str(),
                "probability": rounded(candidate.probability),
                "why": candidate.why,
            })
        })
        .collect();
    let level = match answer.code.map(|code| code.level()) {
        None => "none",
        Some(2) => "chapter",
        Some(4) => "heading",
        Some(_) => "subheading",
    };
    json!({
        "candidates": candidates,
        "answer": answer.code.map(|code| code.as_str().to_owned()),
        "level": level,
        "probability": rounded(answer.probability),
        "rules": answer.rules().iter().map(|rule| rule.rule).collect::<Vec<_>>(),
    })
}

fn rounded(probability: f32) -> f64 {
    (f64::from(probability) * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_kind_are_read_for_their_words_alone() {
        let request: Request = serde_json::from_str(
            r#"{"text": "x", "attributes": [{"name": "a", "value": 5}, {"name": "b", "value": null}]}"#,
        )
        .unwrap();
        assert!(matches!(request.attributes, Some(Attributes::List(list)) if list.len() == 2));
        assert_eq!(said(&json!(["cotton", null, true, 5, {"of": "wool"}])).unwrap(), "cotton, 5, wool");
        assert_eq!((said(&Value::Null), said(&json!(false))), (None, None));
    }
}
