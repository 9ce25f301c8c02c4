//! JSON values as a script holds them: texts and numbers lent from the script where they stand so,
//! objects as pairs in the script's order. Nothing is hashed or copied that nobody asks for: of a page's
//! state few values are ever looked at. Not a reader: `strict_json` and `lenient_json` are.

use serde_json::{Number, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    /// A number as written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

impl<'a> Json<'a> {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(holds) => Some(*holds),
            _ => None,
        }
    }

    /// The number that is written.
    pub fn number(&self) -> Option<Number> {
        match self {
            Json::Number(written) => number(written),
            _ => None,
        }
    }

    /// What an object holds under a key.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.as_object()?.get(key)
    }

    /// Whether it is an object or a list.
    pub fn holds_others(&self) -> bool {
        matches!(self, Json::List(_) | Json::Object(_))
    }

    /// The same, of its own.
    pub fn into_owned(self) -> Json<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Json::Null => Json::Null,
            Json::Bool(holds) => Json::Bool(holds),
            Json::Number(written) => Json::Number(own(written)),
            Json::Text(text) => Json::Text(own(text)),
            Json::List(list) => Json::List(list.into_iter().map(Json::into_owned).collect()),
            Json::Object(Object(pairs)) => {
                let pairs = pairs.into_iter().map(|(key, value)| (own(key), value.into_owned()));
                Json::Object(Object(pairs.collect()))
            }
        }
    }
}

/// Reads a written number; `None` where it is none or out of all range.
pub(super) fn number(written: &str) -> Option<Number> {
    serde_json::from_str(written).ok()
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(holds) => Value::Bool(holds),
            Json::Number(written) => number(&written).map_or(Value::Null, Value::Number),
            Json::Text(text) => Value::String(text.into_owned()),
            Json::List(list) => Value::Array(list.into_iter().map(Value::from).collect()),
            Json::Object(Object(pairs)) => Value::Object(
                pairs.into_iter().map(|(key, value)| (key.into_owned(), Value::from(value))).collect(),
            ),
        }
    }
}

/// A key with its value.
pub(super) type Pair<'a> = (Cow<'a, str>, Json<'a>);

/// An object: its pairs in order, each key once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<Pair<'a>>);

/// Pairs up to which equal keys are found by looking at each other.
const FEW: usize = 16;

impl<'a> Object<'a> {
    /// Of equal keys the last value counts, at the place of the first.
    pub fn of(pairs: Vec<Pair<'a>>) -> Self {
        let differ = if pairs.len() <= FEW {
            pairs.iter().enumerate().all(|(n, (key, _))| pairs[..n].iter().all(|(known, _)| known != key))
        } else {
            let mut known =
                HashMap::with_capacity_and_hasher(pairs.len(), foldhash::fast::RandomState::default());
            pairs.iter().all(|(key, _)| known.insert(&**key, ()).is_none())
        };
        if differ { Object(pairs) } else { Object(last_of_equals(pairs)) }
    }

    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Pair<'a>> {
        self.0.iter()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| &**key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Json<'a>> {
        self.0.iter().map(|(_, value)| value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn last_of_equals(pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    let mut places = HashMap::new();
    let mut kept: Vec<Pair<'_>> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        match places.get(&key) {
            Some(&at) => {
                let pair: &mut Pair<'_> = &mut kept[at];
                pair.1 = value;
            }
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}
