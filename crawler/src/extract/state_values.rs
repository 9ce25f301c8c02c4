//! JSON values out of scripts: a whole JSON text, what follows an assignment or stands in a call, texts
//! that hold JSON (`JSON.parse("…")`, chunks that a page pushes), Nuxt's function call and its flat
//! list of values. Nothing is run: what only a program could tell is left out. The work is bounded by
//! a few times the length of the script.

use super::json_value::{Json, Object};
use super::lenient_json;
use memchr::memmem;
use std::borrow::Cow;
use std::cell::OnceCell;
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

/// Hands the JSON values of a script on, one after another.
pub(super) fn each_value(text: &str, id: Option<&str>, take: &mut dyn FnMut(&Json<'_>)) {
    let trimmed = text.trim();
    let texts = Texts::default();
    let found: Vec<Json<'_>> = if trimmed.starts_with(['{', '[']) {
        match lenient_json::read(trimmed) {
            Some(Json::List(list)) if id == Some("__NUXT_DATA__") => flat_list(&list),
            whole => whole.into_iter().collect(),
        }
    } else {
        assigned(text, &texts)
    };
    found.iter().for_each(&mut *take);
    let mut left = text.len();
    for value in &found {
        texts_of_json(value, &mut left).iter().for_each(&mut *take);
    }
}

/// Texts that stood in strings with escapes, kept while the values in them are looked at.
#[derive(Default)]
struct Texts([OnceCell<String>; VALUES]);

impl Texts {
    /// `None` where no more are kept.
    fn keep<'t>(&'t self, text: Cow<'t, str>) -> Option<&'t str> {
        match text {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(text) => {
                let free = self.0.iter().find(|slot| slot.get().is_none())?;
                Some(free.get_or_init(|| text))
            }
        }
    }
}

/// Whether a text may speak of prices.
pub(super) fn mentions_price(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"rice").is_some()
}

/// What follows an assignment or stands in a call.
fn assigned<'t>(text: &'t str, texts: &'t Texts) -> Vec<Json<'t>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut spent) = (0, 0);
    // Behind the last word of prices stands no offer.
    let last = [b"ric", b"RIC"].iter().filter_map(|word| memmem::find_iter(bytes, *word).last()).max();
    let bytes = &bytes[..last.unwrap_or(0)];
    while found.len() < VALUES && spent <= text.len() * TIMES {
        let Some(step) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'{', b'[', rest)) else { break };
        let start = at + step;
        let before = text[..start].trim_end().bytes().next_back();
        let opens = matches!(before, Some(b'=' | b'(' | b',' | b':')) || returns(&text[..start]);
        at = start + 1;
        if let Some((value, taken)) = parsed_text(text, start, texts) {
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
            Json::Object(object) => !object.is_empty(),
            Json::List(list) => list.iter().any(|v| v.holds_others() || holds_json(v)),
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
fn parsed_text<'t>(text: &'t str, start: usize, texts: &'t Texts) -> Option<(Json<'t>, usize)> {
    let quote = text[..start].bytes().next_back().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    if !text[..start - 1].trim_end().ends_with("parse(") {
        return None;
    }
    debug_assert!(quote.is_ascii());
    let (inner, taken) = lenient_json::read_string(&text[start - 1..])?;
    let value = lenient_json::read(texts.keep(inner)?)?;
    Some((value, taken.saturating_sub(1)))
}

/// `(function(a,b){return {…}}("x",1))`: the words of the function whose body returns the object at
/// `start`, with the values it is called with.
fn parameters(text: &str, start: usize) -> Option<HashMap<String, Json<'static>>> {
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
    let Json::List(values) = lenient_json::read(&list)? else { return None };
    let names = names.split(',').map(|name| name.trim().to_owned()).take(PARAMETERS);
    Some(names.zip(values.into_iter().map(Json::into_owned)).collect())
}

/// Texts inside a value that are JSON themselves: of such, one layer is read.
fn texts_of_json<'v>(value: &'v Json<'_>, left: &mut usize) -> Vec<Json<'v>> {
    let mut found = Vec::new();
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Json::List(list) => stack.extend(list.iter().rev()),
            Json::Object(object) => stack.extend(object.values().rev()),
            Json::Text(text) if found.len() < VALUES && holds_json(value) => {
                // A chunk has its number before it: `5:["$",…` or `1a:{…}`.
                let Some(start) = text.find(['{', '[']).filter(|start| *start <= 12) else { continue };
                if *left < text.len() {
                    return found;
                }
                *left -= text.len();
                found.extend(lenient_json::read(&text[start..]).filter(Json::holds_others));
            }
            _ => {}
        }
    }
    found
}

/// Whether a value is a text that may be JSON with a price.
fn holds_json(value: &Json<'_>) -> bool {
    value.as_str().is_some_and(|text| text.len() > 40 && mentions_price(text) && text.contains(['{', '[']))
}

/// A list in which objects name their values by index: objects with a name and a price, put together two
/// steps deep.
fn flat_list<'t>(list: &[Json<'t>]) -> Vec<Json<'t>> {
    let at = |index: &Json<'_>| {
        let index = index.number().and_then(|n| n.as_u64());
        index.and_then(|i| list.get(usize::try_from(i).ok()?))
    };
    let mut whole = Vec::new();
    for object in list.iter().filter_map(Json::as_object).take(FLAT) {
        if !object.keys().any(mentions_price) {
            continue;
        }
        let mut pairs = Vec::new();
        for (key, index) in object.iter().take(100) {
            let value = match at(index) {
                Some(Json::Object(inner)) => {
                    let inner = inner.iter().take(20).filter_map(|(key, index)| {
                        Some((key.clone(), at(index).filter(|v| !v.holds_others())?.clone()))
                    });
                    Json::Object(Object::of(inner.collect()))
                }
                Some(value) if !value.holds_others() && value.as_str().is_none_or(|s| s.len() <= 500) => {
                    value.clone()
                }
                _ => continue,
            };
            pairs.push((key.clone(), value));
        }
        whole.push(Json::Object(Object::of(pairs)));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn values(script: &str, id: Option<&str>) -> Vec<Value> {
        let mut found = Vec::new();
        each_value(script, id, &mut |value| found.push(Value::from(value.clone())));
        found
    }

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
                "var on = !0, x = {a:!0, b:!1, c:void 0, d:NaN, price:1}, y = {a:1};",
                vec![json!({"a":true,"b":false,"c":null,"d":null,"price":1})],
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
        values(&("(function(a){return {".repeat(50_000) + "price"), None);
        assert!(start.elapsed() < std::time::Duration::from_secs(5));
    }
}
