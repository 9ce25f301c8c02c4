//! From one answer of an interface to the address of the next: by a link in it, by a cursor, or by a
//! number that grows. Whether that address was asked before, and how many are asked at all, is for
//! whoever keeps the addresses.

use super::{kind, plain_number, resolve, string};
use crate::address;
use model::ApiRules;
use serde_json::value::RawValue;
use url::Url;

/// Longest cursor that is sent on.
const CURSOR: usize = 2_000;

/// The absolute address of the next answer, without the key. `items` is the number of items in this
/// one: a list paged by cursor or number ends with an answer that has none.
///
/// # Errors
/// In a sentence: why the next address cannot be told.
pub(super) fn next(
    rules: &ApiRules,
    answer: &RawValue,
    asked: Option<&Url>,
    items: usize,
) -> Result<Option<String>, String> {
    let paging = &rules.paging;
    let Some(asked) = asked else {
        let pages = paging.next.is_some() || paging.parameter.is_some();
        return if pages {
            Err("its own address is not known, so the next is not".to_owned())
        } else {
            Ok(None)
        };
    };
    let next = if let Some(pointer) = &paging.next {
        let Some(link) = value(answer, pointer, "next")? else { return Ok(None) };
        let link = address::canonical_url(asked.as_str(), &link)
            .and_then(|link| Url::parse(&link).ok())
            .ok_or_else(|| format!("'{pointer}' (api.paging.next) gives no address of a page"))?;
        without_key(link, rules)
    } else if let Some(parameter) = &paging.parameter {
        if items == 0 {
            return Ok(None);
        }
        let value = match &paging.cursor {
            Some(pointer) => {
                let Some(cursor) = value(answer, pointer, "cursor")? else { return Ok(None) };
                if cursor.len() > CURSOR {
                    return Err(format!("'{pointer}' (api.paging.cursor) gives more than {CURSOR} bytes"));
                }
                cursor
            }
            None => {
                let (first, step) = (paging.first.unwrap_or(1), paging.step.unwrap_or(1));
                let at = match asked.query_pairs().find(|(name, _)| name == parameter) {
                    Some((_, value)) => value.parse::<u32>().map_err(|_| {
                        format!("the address asks for {parameter}={value}, which is no number")
                    })?,
                    None => first,
                };
                // Past the greatest number there is no page.
                let Some(next) = at.checked_add(step) else { return Ok(None) };
                next.to_string()
            }
        };
        with_parameter(asked, parameter, &value)
    } else {
        return Ok(None);
    };
    Ok((next != without_key(asked.clone(), rules)).then(|| String::from(next)))
}

/// A text or number that tells the next page; `null`, `false`, an empty text and nothing at all say
/// that there is none.
fn value(answer: &RawValue, pointer: &str, key: &str) -> Result<Option<String>, String> {
    let Some(found) = resolve(answer, pointer) else { return Ok(None) };
    match found.get().as_bytes().first() {
        Some(b'"') => Ok(string(found).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(b'n') => Ok(None),
        _ if found.get() == "false" => Ok(None),
        Some(b'{' | b'[' | b't') => {
            Err(format!("'{pointer}' (api.paging.{key}) leads to {}, not to a text or number", kind(found)))
        }
        _ => plain_number(found.get()).map(Some),
    }
}

/// The address with one query parameter set, the others as they are and in their order.
fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    let mut pairs = changed.query_pairs_mut();
    pairs.clear();
    let mut set = false;
    for (other, old) in &kept {
        match other == name {
            true if set => {}
            true => {
                pairs.append_pair(name, value);
                set = true;
            }
            false => {
                pairs.append_pair(other, old);
            }
        }
    }
    if !set {
        pairs.append_pair(name, value);
    }
    drop(pairs);
    changed
}

/// Some interfaces repeat the key in the links they give: it is not written down.
pub(super) fn without_key(url: Url, rules: &ApiRules) -> Url {
    let Some(parameter) = rules.key.as_ref().and_then(|key| key.parameter.as_deref()) else { return url };
    if !url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case(parameter)) {
        return url;
    }
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.eq_ignore_ascii_case(parameter))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut url = url;
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(&kept);
    }
    url
}
