//! JSON values out of scripts: a whole JSON text, what follows an assignment or stands in a call, texts
//! that hold JSON (`JSON.parse("…")`, chunks that a page pushes), Nuxt's function call and its flat
//! list of values. Nothing is run: what only a program could tell is left out. The work is bounded by
//! a few times the length of the script.

use super::lenient_json;
use memchr::memmem;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Bytes of one script.
pub(super) const BYTES: usize = 2_000_000;
/// Values read out of one script.
const VALUES: usize = 20;
/// Times a script's own length that is read of it.
const TIMES: usize = 4;
/// Parameters of a function whose values are put in.
const PARAMETERS: usize = 5_000;
/// Objects of a flat list that are put together.
const FLAT: usize = 5_000;

/// The JSON values of a script.
pub(super) fn values(text: &str, id: Option<&str>) -> Vec<Value> {
    let trimmed = text.trim();
    let mut found: Vec<Value> = if trimmed.starts_with(['{', '[']) {
        let whole = lenient_json::read(trimmed);
        match whole {
            Some(Value::Array(list)) if id == Some("__NUXT_DATA__") => flat_list(&list),
            whole => whole.into_iter().collect(),
        }
    } else {
        assigned(text)
    };
    let mut left = text.len();
    let inner: Vec<Value> = found.iter().flat_map(|value| texts_of_json(value, &mut left)).collect();
    found.extend(inner);
    found
}

/// Whether a text may speak of prices.
pub(super) fn mentions_price(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"rice").is_some()
}

/// What follows an assignment or stands in a call.
fn assigned(text: &str) -> Vec<Value> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut spent) = (0, 0);
    while found.len() < VALUES && spent <= text.len() * TIMES {
        let Some(step) = memchr::memchr2(b'{', b'[', &bytes[at..]) else { break };
        let start = at + step;
        let before = text[..start].trim_end().bytes().next_back();
        let opens = matches!(before, Some(b'=' | b'(' | b',' | b':')) || returns(&text[..start]);
        at = start + 1;
        if let Some((value, taken)) = parsed_text(text, start) {
            spent += taken;
            at = start + taken.max(1);
            found.push(value);
            continue;
        }
        if !opens {
            continue;
        }
        // Counted before it is known whether it was worth it: a value is looked at twice at most.
        let read = match parameters(text, start) {
            Some(words) => lenient_json::read_with(&text[start..], &words),
            None => lenient_json::read_prefix(&text[start..]),
        };
        let Some((value, taken)) = read else { continue };
        spent += taken;
        let full = match &value {
            Value::Object(map) => !map.is_empty(),
            Value::Array(list) => list.iter().any(|v| v.is_object() || v.is_array() || holds_json(v)),
            _ => false,
        };
        if full {
            found.push(value);
            at = start + taken.max(1);
        }
        at = text.ceil_char_boundary(at);
    }
    found
}

fn returns(before: &str) -> bool {
    before.trim_end().ends_with("return")
}

/// `JSON.parse("{…}")`: the text that starts with the brace at `start`, read as a text and then as JSON.
/// The bytes taken are counted from the brace.
fn parsed_text(text: &str, start: usize) -> Option<(Value, usize)> {
    let quote = text[..start].bytes().next_back().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    if !text[..start - 1].trim_end().ends_with("parse(") {
        return None;
    }
    debug_assert!(quote.is_ascii());
    let (inner, taken) = lenient_json::read_string(&text[start - 1..])?;
    let value = lenient_json::read(&inner)?;
    Some((value, taken.saturating_sub(1)))
}

/// `(function(a,b){return {…}}("x",1))`: the words of the function whose body returns the object at
/// `start`, with the values it is called with.
fn parameters(text: &str, start: usize) -> Option<HashMap<String, Value>> {
    if !returns(&text[..start]) {
        return None;
    }
    let body = text[..start].trim_end().strip_suffix("return")?.trim_end().strip_suffix('{')?.trim_end();
    let head = body.strip_suffix(')')?;
    let names = &head[head.rfind('(')? + 1..];
    // The call stands at the end of the script.
    let end = text.trim_end().trim_end_matches([';', ')']);
    let call = end.rfind("}(").filter(|&at| at > start)? + 2;
    let list = format!("[{}]", &end[call..]);
    let Value::Array(values) = lenient_json::read(&list)? else { return None };
    let names = names.split(',').map(|name| name.trim().to_owned()).take(PARAMETERS);
    Some(names.zip(values).collect())
}

/// Texts inside a value that are JSON themselves: of such, one layer is read.
fn texts_of_json(value: &Value, left: &mut usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(list) => stack.extend(list.iter().rev()),
            Value::Object(map) => stack.extend(map.values().rev()),
            Value::String(text) if found.len() < VALUES && holds_json(value) => {
                // A chunk has its number before it: `5:["$",…` or `1a:{…}`.
                let Some(start) = text.find(['{', '[']).filter(|start| *start <= 12) else { continue };
                if *left < text.len() {
                    return found;
                }
                *left -= text.len();
                found.extend(lenient_json::read(&text[start..]).filter(|v| v.is_object() || v.is_array()));
            }
            _ => {}
        }
    }
    found
}

/// Whether a value is a text that may be JSON with a price.
fn holds_json(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() > 40 && mentions_price(text) && text.contains(['{', '[']))
}

/// A list in which objects name their values by index: objects with a name and a price, put together two
/// steps deep.
fn flat_list(list: &[Value]) -> Vec<Value> {
    let at = |index: &Value| index.as_u64().and_then(|i| list.get(usize::try_from(i).ok()?));
    let scalar = |value: &Value| !value.is_object() && !value.is_array();
    let mut whole = Vec::new();
    for object in list.iter().filter_map(Value::as_object).take(FLAT) {
        if !object.keys().any(|key| mentions_price(key)) {
            continue;
        }
        let mut map = Map::new();
        for (key, index) in object.iter().take(100) {
            let value = match at(index) {
                Some(Value::Object(inner)) => {
                    let inner = inner.iter().take(20).filter_map(|(key, index)| {
                        Some((key.clone(), at(index).filter(|v| scalar(v))?.clone()))
                    });
                    Value::Object(inner.collect())
                }
                Some(value) if scalar(value) && value.as_str().is_none_or(|s| s.len() <= 500) => {
                    value.clone()
                }
                _ => continue,
            };
            map.insert(key.clone(), value);
        }
        whole.push(Value::Object(map));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_scripts_hold() {
        for (script, wanted) in [
            (
                r#"window.__STATE__ = JSON.parse("{\"a\":{\"price\":\"1\"}}");"#,
                vec![json!({"a":{"price":"1"}})],
            ),
            (
                r#"window.__NUXT__=(function(a,b,c){return {data:[{name:a,price:b,old:c,x:d}]}}("Hose",24.9,null));"#,
                vec![json!({"data":[{"name":"Hose","price":24.9,"old":null}]})],
            ),
            (
                "dataLayer.push({a:1}); gtag('event','view_item',{items:[{price:2}]});",
                vec![json!({"a":1}), json!({"items":[{"price":2}]})],
            ),
            (
                "var on = !0, x = {a:!0, b:!1, c:void 0, d:NaN};",
                vec![json!({"a":true,"b":false,"c":null,"d":null})],
            ),
        ] {
            assert_eq!(values(script, None), wanted, "{script}");
        }
        let flat = r#"[{"product":1},{"name":2,"price":3,"brand":4},"Hose",24.9,{"name":5},"Aqua"]"#;
        assert_eq!(
            values(flat, Some("__NUXT_DATA__")),
            [json!({"name":"Hose","price":24.9,"brand":{"name":"Aqua"}})]
        );
        let pushed =
            r#"self.__next_f.push([1,"5:[\"$\",{\"title\":\"Garden hose, green\",\"price\":24.9}]\n"])"#;
        assert!(values(pushed, None).contains(&json!(["$", {"title":"Garden hose, green","price":24.9}])));
    }

    #[test]
    fn work_is_bounded_by_the_script() {
        // Each opens, none is worth taking: read again and again without a bound.
        let script = "price=[".repeat(100_000);
        let start = std::time::Instant::now();
        values(&script, None);
        values(&"(function(a){return {".repeat(50_000), None);
        assert!(start.elapsed() < std::time::Duration::from_secs(5));
    }
}
