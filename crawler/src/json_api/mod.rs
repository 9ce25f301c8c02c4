//! Answers of JSON interfaces: the items that a pointer finds, their fields by pointers, and the
//! address of the next answer (`paging`). Numbers keep their text: 1299.00 stays 1299.00. Nothing of
//! an answer is built in memory but where its parts begin and end (serde_json's raw values). Not
//! here: fetching, and the key an interface asks for: addresses here are without it.

mod paging;

#[cfg(test)]
mod tests;

use crate::extract::{fold, join, set_field};
use crate::read_source::{Problems, ReadProblem};
use model::{ApiRules, Listing, Stated, Syntax};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashMap};
use url::Url;

/// Items read of one answer.
pub const ITEMS: usize = 50_000;
/// Bytes of one field.
const FIELD: usize = 1_000;
/// Characters kept of a description.
const DESCRIPTION: usize = 500;
/// Digits that a number with an exponent may be written out to.
const DIGITS: i32 = 40;
/// Steps of one pointer.
pub(crate) const STEPS: usize = 32;

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiRead {
    /// The offers, in the answer's order.
    pub listings: Vec<Listing>,
    /// Items in the answer, readable or not.
    pub items: usize,
    /// Absolute address of the next answer, without the key; `None` where this was the last.
    pub next: Option<String>,
    /// What could not be read, the first of them.
    pub problems: Vec<ReadProblem>,
    /// Problems beyond those.
    pub more_problems: u64,
}

/// Reads an answer. `address` is the one it was asked under, without the key: relative links and the
/// next address are resolved against it.
pub fn read(body: &[u8], rules: &ApiRules, address: &str) -> ApiRead {
    let mut problems = Problems::default();
    let mut found = ApiRead::default();
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(answer) => {
            let mut reading = Reading { rules, base: Url::parse(address).ok(), problems: &mut problems };
            reading.answer(answer, &mut found);
        }
        Err(error) => {
            let begins: String =
                String::from_utf8_lossy(&body[..body.len().min(200)]).chars().take(40).collect();
            let what = format!("it is not JSON: {error}; it begins '{}'", fold(&begins));
            problems.add(ReadProblem::new("answer", what));
        }
    }
    ApiRead { problems: problems.kept, more_problems: problems.more, ..found }
}

struct Reading<'a> {
    rules: &'a ApiRules,
    base: Option<Url>,
    problems: &'a mut Problems,
}

impl Reading<'_> {
    fn answer(&mut self, answer: &RawValue, found: &mut ApiRead) {
        let Some(items) = self.items(answer) else { return };
        found.items = items.len();
        let place = self.rules.items.as_str();
        if items.len() > ITEMS {
            let what = format!("it has {} items; only the first {ITEMS} are read", items.len());
            self.problems.add(ReadProblem::new("answer", what));
        }
        // A pointer that finds nothing in any item, and one that finds no text: each told once.
        let mut never: BTreeSet<&str> = self.rules.fields.keys().map(String::as_str).collect();
        let mut told = BTreeSet::new();
        for (index, item) in items.iter().take(ITEMS).enumerate() {
            let place = if item.alone { place.to_owned() } else { format!("{place}/{index}") };
            found.listings.extend(self.listing(item.json, &place, &mut never, &mut told));
        }
        if found.items > 0 {
            for field in never {
                let pointer = &self.rules.fields[field];
                let what = format!("the pointer '{pointer}' of api.fields.{field} finds nothing in any item");
                self.problems.add(ReadProblem::new("answer", what));
            }
        }
        match paging::next(self.rules, answer, self.base.as_ref(), found.items) {
            Ok(next) => found.next = next,
            Err(what) => self.problems.add(ReadProblem::new("answer", what)),
        }
    }

    /// The items. An object where a list is expected is one item: the answer to a question for one
    /// article. `null` is an empty list.
    fn items<'j>(&mut self, answer: &'j RawValue) -> Option<Vec<Item<'j>>> {
        let pointer = &self.rules.items;
        let whole = |alone| move |json| Item { json, alone };
        let problem = match resolve(answer, pointer) {
            Some(json) => match json.get().as_bytes().first() {
                Some(b'[') => return Some(list(json).into_iter().map(whole(false)).collect()),
                Some(b'{') => return Some(vec![Item { json, alone: true }]),
                Some(b'n') => return Some(Vec::new()),
                _ => format!("'{pointer}' (api.items) leads to {}, not to a list", kind(json)),
            },
            None => {
                let there: Vec<String> = keys(answer).into_iter().take(12).collect();
                let there = match there.is_empty() {
                    true => format!("it is {}", kind(answer)),
                    false => format!("it has: {}", there.join(", ")),
                };
                format!("'{pointer}' (api.items) leads nowhere; {there}")
            }
        };
        self.problems.add(ReadProblem::new("answer", problem));
        None
    }

    fn listing<'r>(
        &mut self,
        item: &RawValue,
        place: &str,
        never: &mut BTreeSet<&'r str>,
        told: &mut BTreeSet<String>,
    ) -> Option<Listing>
    where
        Self: 'r,
    {
        if item.get().as_bytes().first() != Some(&b'{') && item.get().as_bytes().first() != Some(&b'[') {
            self.problems.add(ReadProblem::new(place, format!("it is {}, not an object", kind(item))));
            return None;
        }
        let object = object(item);
        let mut listing = Listing::default();
        for (field, pointer) in &self.rules.fields {
            let value = match (&object, steps(pointer).split_first()) {
                (Some(object), Some((first, rest))) => {
                    object.get(first.as_str()).and_then(|value| follow(value, rest))
                }
                _ => resolve(item, pointer),
            };
            let Some(value) = value else { continue };
            never.remove(field.as_str());
            match text(value, field) {
                Ok(Some(text)) => self.set(&mut listing, field, text, value, format!("{place}{pointer}")),
                Ok(None) => {}
                Err(what) => {
                    if told.insert(field.clone()) {
                        let what = format!("{what} (api.fields.{field}); told once");
                        self.problems.add(ReadProblem::new(format!("{place}{pointer}"), what));
                    }
                }
            }
        }
        if listing.name.is_none() && listing.price.is_none() {
            let what = "neither a name nor a price is found in it; it is left out";
            self.problems.add(ReadProblem::new(place, what));
            return None;
        }
        Some(listing)
    }

    fn set(&mut self, listing: &mut Listing, field: &str, text: String, value: &RawValue, place: String) {
        let mut text = fold(&text);
        match field {
            "url" => {
                let known = join(self.base.as_ref(), &text);
                listing.url = known.map(|url| String::from(paging::without_key(url, self.rules)));
                return;
            }
            "availability" => text = availability(value, text),
            "description" => text = text.chars().take(DESCRIPTION).collect(),
            _ => {}
        }
        if text.len() > FIELD {
            let what = format!("it is longer than {FIELD} bytes; it is left out");
            self.problems.add(ReadProblem::new(place, what));
        } else if !text.is_empty() {
            set_field(listing, field, Stated::new(text, Syntax::Api, place), self.base.as_ref());
        }
    }
}

struct Item<'j> {
    json: &'j RawValue,
    /// Whether it stands where a list could have stood.
    alone: bool,
}

/// `true`, `false` and a number of pieces in stock say it without words.
fn availability(value: &RawValue, text: String) -> String {
    let stock = match value.get() {
        "true" => Some(true),
        "false" => Some(false),
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Some(!number.starts_with('-') && number.contains(|c: char| ('1'..='9').contains(&c)))
        }
        _ => None,
    };
    match stock {
        Some(true) => "InStock".to_owned(),
        Some(false) => "OutOfStock".to_owned(),
        None => text,
    }
}

/// A value as a field's text: a string, a number as written, a truth value; of a list its first, or
/// for a category all of it. `None` for null; an error says what stands there instead.
fn text(value: &RawValue, field: &str) -> Result<Option<String>, String> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'"') => Ok(string(value)),
        Some(b't' | b'f') => Ok(Some(raw.to_owned())),
        Some(b'n') | None => Ok(None),
        Some(b'[') => {
            let parts = list(value);
            let scalar =
                |part: &&RawValue| !matches!(part.get().as_bytes().first(), Some(b'{' | b'[' | b'n'));
            let mut texts =
                parts.iter().copied().filter(scalar).filter_map(|part| text(part, "").ok().flatten());
            match field {
                "category" => {
                    let path: Vec<String> = texts.take(20).collect();
                    Ok((!path.is_empty()).then(|| path.join(" > ")))
                }
                _ => match texts.next() {
                    None if !parts.is_empty() => Err("a list without texts stands there".to_owned()),
                    first => Ok(first),
                },
            }
        }
        Some(b'{') => Err("an object stands there, not a text or number: point into it".to_owned()),
        Some(_) => plain_number(raw).map(Some),
    }
}

/// A JSON number without exponent, digit for digit.
fn plain_number(raw: &str) -> Result<String, String> {
    let Some((mantissa, exponent)) = raw.split_once(['e', 'E']) else { return Ok(raw.to_owned()) };
    let too_far = || "a number with too great an exponent stands there".to_owned();
    let exponent: i32 =
        exponent.parse().ok().filter(|e| (-DIGITS..=DIGITS).contains(e)).ok_or_else(too_far)?;
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    // Where the point stands, counted from the first digit.
    let point = i32::try_from(whole.len()).map_err(|_| too_far())? + exponent;
    let written = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => format!("{digits}{}", "0".repeat(point - digits.len())),
        Ok(point) if point > 0 => format!("{}.{}", &digits[..point], &digits[point..]),
        _ => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
    };
    let trimmed = written.trim_start_matches('0');
    let lead = if trimmed.is_empty() || trimmed.starts_with('.') { "0" } else { "" };
    Ok(format!("{sign}{lead}{trimmed}"))
}

fn string(value: &RawValue) -> Option<String> {
    // A lone surrogate is valid in JSON, but is no text.
    serde_json::from_str(value.get()).ok()
}

fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a truth value",
        Some(b'n') => "null",
        _ => "a number",
    }
}

fn object(value: &RawValue) -> Option<HashMap<String, &RawValue>> {
    HashMap::deserialize(&mut serde_json::Deserializer::from_str(value.get())).ok()
}

fn list(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

fn keys(value: &RawValue) -> Vec<String> {
    let mut keys: Vec<String> = object(value).into_iter().flat_map(HashMap::into_keys).collect();
    keys.sort();
    keys
}

/// The steps of a JSON pointer (RFC 6901): `/a~1b/0` is `a/b`, `0`.
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).take(STEPS).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// What a pointer finds. Where a list stands and the step is no index, its first element is taken.
fn resolve<'j>(value: &'j RawValue, pointer: &str) -> Option<&'j RawValue> {
    follow(value, &steps(pointer))
}

fn follow<'j>(mut value: &'j RawValue, steps: &[String]) -> Option<&'j RawValue> {
    'steps: for step in steps {
        // Lists in lists: one after the other, into the first of each.
        for _ in 0..STEPS {
            if value.get().as_bytes().first() != Some(&b'[') {
                break;
            }
            let parts = list(value);
            if let Ok(index) = step.parse::<usize>() {
                value = parts.get(index)?;
                continue 'steps;
            }
            value = parts.first()?;
        }
        value = object(value)?.get(step.as_str())?;
    }
    Some(value)
}
