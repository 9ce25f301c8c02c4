//! What a source file may say by its kind: the tables `[feed]` and `[api]`, and what a kind does not
//! use. A key that would silently do nothing is a mistake.

use super::{Check, Checked, FIELDS, nearest};
use crate::json_api::STEPS;
use model::{ApiKey, ApiPaging, ApiRules, FeedFormat, Source, SourceKind};
use std::collections::BTreeMap;
use url::Url;

/// Headers that are the crawler's own to send.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "cookie",
    "from",
    "host",
    "if-modified-since",
    "if-none-match",
    "range",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

impl Check<'_> {
    pub(super) fn kind(&self, source: &Source) -> Checked {
        self.start(source)?;
        let kind = source.kind;
        for (table, owner) in [("feed", SourceKind::Feed), ("api", SourceKind::Api)] {
            if kind != owner && self.has(&[table]) {
                return self.fail(
                    &[table],
                    None,
                    format!("is given, but the source is of kind '{kind}'"),
                    &format!("remove the table, or set kind = \"{owner}\""),
                );
            }
        }
        if matches!(kind, SourceKind::Feed | SourceKind::Api) {
            self.rules_unused(kind)?;
        }
        match (kind, &source.api) {
            (SourceKind::Feed, _) => self.feed(source),
            (SourceKind::Api, Some(api)) => self.api(source, api),
            (SourceKind::Api, None) => self.fail(
                &["kind"],
                None,
                "is 'api', but there is no table [api]".to_owned(),
                "say there where the items of an answer stand, and their fields; config/sources/example-api.toml is one",
            ),
            _ => Ok(()),
        }
    }

    fn start(&self, source: &Source) -> Checked {
        match (source.kind, source.start.is_empty()) {
            (SourceKind::Warc, false) => self.fail(
                &["start"],
                None,
                "is given, but a source of kind 'warc' is never fetched".to_owned(),
                "leave it out; its pages come with `touchstone import warc`",
            ),
            (SourceKind::Warc, true) | (_, false) => Ok(()),
            (_, true) => self.fail(
                &["start"],
                None,
                "is empty, so there is nowhere to begin".to_owned(),
                "give at least one page: start = [\"https://shop.example/\"]",
            ),
        }
    }

    /// Selectors and link rules are for pages.
    fn rules_unused(&self, kind: SourceKind) -> Checked {
        for key in ["fields", "item", "quantity_break", "next", "product_paths", "category_paths"] {
            if self.has(&["rules", key]) {
                return self.fail(
                    &["rules", key],
                    None,
                    format!("is not used for a source of kind '{kind}'"),
                    &format!("remove it; fields are named under [{kind}.fields]"),
                );
            }
        }
        Ok(())
    }

    fn feed(&self, source: &Source) -> Checked {
        let rules = &source.feed;
        if let Some(mark) = rules.delimiter {
            let path = ["feed", "delimiter"];
            if rules.format == FeedFormat::Xml {
                return self.fail(
                    &path,
                    None,
                    "is given for a feed in XML".to_owned(),
                    "remove it, or correct feed.format",
                );
            }
            if !mark.is_ascii()
                || mark.is_ascii_alphanumeric()
                || matches!(mark, '"' | '\n' | '\r' | ' ' | '\0')
            {
                return self.fail(
                    &path,
                    None,
                    format!("'{}' cannot separate columns", mark.escape_debug()),
                    "give one sign that stands in no cell without quotes: ';', '|', '\\t'",
                );
            }
        }
        self.field_names("feed", &rules.fields)?;
        for (field, column) in &rules.fields {
            if column.trim().is_empty() {
                return self.fail(
                    &["feed", "fields", field],
                    None,
                    "is empty".to_owned(),
                    "give the name of a column or element as the feed writes it, or leave the key out",
                );
            }
        }
        Ok(())
    }

    fn api(&self, source: &Source, api: &ApiRules) -> Checked {
        self.pointer(&["api", "items"], &api.items, true)?;
        self.field_names("api", &api.fields)?;
        for field in ["name", "price"] {
            if !api.fields.contains_key(field) {
                return self.fail(
                    &["api", "fields"],
                    None,
                    format!("'{field}' is missing, so no item could become an offer"),
                    &format!("give its place in an item: {field} = \"/…\""),
                );
            }
        }
        for (field, pointer) in &api.fields {
            self.pointer(&["api", "fields", field], pointer, false)?;
        }
        // A number of three decimals (3.350) would be read as thousands.
        if source.facts.decimal_separator == Some(',') {
            return self.fail(
                &["facts", "decimal_separator"],
                None,
                "is ',', but the numbers of JSON have a point".to_owned(),
                "leave it out",
            );
        }
        self.paging(&api.paging)?;
        match &api.key {
            Some(key) => self.key(source, key, &api.paging),
            None => Ok(()),
        }
    }

    fn field_names(&self, table: &str, fields: &BTreeMap<String, String>) -> Checked {
        for field in fields.keys() {
            if !FIELDS.contains(&field.as_str()) && field != "url" {
                let mut known = FIELDS.to_vec();
                known.push("url");
                let hint = match nearest(field, &known) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!("known fields: {}", known.join(", ")),
                };
                return self.fail(&[table, "fields", field], None, "is not a field".to_owned(), &hint);
            }
        }
        Ok(())
    }

    /// A JSON pointer (RFC 6901).
    fn pointer(&self, path: &[&str], pointer: &str, may_be_empty: bool) -> Checked {
        if pointer.is_empty() && may_be_empty {
            return Ok(());
        }
        let escaped = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let problem = if !pointer.starts_with('/') {
            "is not a JSON pointer".to_owned()
        } else if !escaped {
            "has a ~ that is neither ~0 nor ~1".to_owned()
        } else if pointer.matches('/').count() > STEPS {
            format!("has more than {STEPS} steps")
        } else {
            return Ok(());
        };
        self.fail(
            path,
            None,
            format!("'{pointer}' {problem}"),
            "write the way with a slash before each step: '/price/amount', '/offers/0/price'; ~0 stands for ~, ~1 for /",
        )
    }

    fn paging(&self, paging: &ApiPaging) -> Checked {
        let path = |key| ["api", "paging", key];
        if paging.next.is_some() && (paging.cursor.is_some() || paging.parameter.is_some()) {
            let other = if paging.cursor.is_some() { "cursor" } else { "parameter" };
            return self.fail(
                &path(other),
                None,
                "is given beside 'next': there is one way to the next answer".to_owned(),
                "keep the one the API documents",
            );
        }
        for (key, pointer) in [("next", &paging.next), ("cursor", &paging.cursor)] {
            if let Some(pointer) = pointer {
                self.pointer(&path(key), pointer, false)?;
            }
        }
        if paging.cursor.is_some() && paging.parameter.is_none() {
            return self.fail(
                &path("cursor"),
                None,
                "is given without the parameter it is sent in".to_owned(),
                "add parameter = \"…\"",
            );
        }
        if let Some(parameter) = &paging.parameter {
            self.parameter(&path("parameter"), parameter)?;
        }
        let by_number = paging.parameter.is_some() && paging.cursor.is_none();
        for (key, value) in [("first", paging.first), ("step", paging.step)] {
            if value.is_some() && !by_number {
                return self.fail(
                    &path(key),
                    None,
                    "is only for a parameter that is a number".to_owned(),
                    "remove it, or give `parameter` alone",
                );
            }
        }
        if paging.step == Some(0) {
            return self.fail(
                &path("step"),
                None,
                "is 0, so the first answer would be asked for again and again".to_owned(),
                "give 1 for page numbers, the items of an answer for offsets",
            );
        }
        Ok(())
    }

    /// Name of a query parameter.
    fn parameter(&self, path: &[&str], name: &str) -> Checked {
        if name.is_empty()
            || name.contains(|c: char| c.is_control() || c.is_whitespace() || "&=#?".contains(c))
        {
            return self.fail(
                path,
                None,
                format!("'{}' is not the name of a query parameter", name.escape_debug()),
                "give the bare name: 'page'",
            );
        }
        Ok(())
    }

    fn key(&self, source: &Source, key: &ApiKey, paging: &ApiPaging) -> Checked {
        let path = |name| ["api", "key", name];
        let first = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
        let named = key.environment.as_bytes().first().is_some_and(first)
            && key.environment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !named {
            return self.fail(
                &path("environment"),
                None,
                // Somebody may have written the key itself here: it is not repeated.
                "is not the name of an environment variable".to_owned(),
                "give the name of the variable that holds the key, never the key: 'SHOP_API_KEY'",
            );
        }
        match (&key.header, &key.parameter) {
            (Some(_), Some(_)) => {
                return self.fail(
                    &path("parameter"),
                    None,
                    "is given beside 'header': the key is sent in one of them".to_owned(),
                    "keep the one the API documents",
                );
            }
            (None, None) => {
                return self.fail(
                    &["api", "key"],
                    None,
                    "does not say how the key is sent".to_owned(),
                    "give header = \"…\" or parameter = \"…\"",
                );
            }
            (Some(header), None) => self.header(header, &key.prefix)?,
            (None, Some(parameter)) => {
                self.parameter(&path("parameter"), parameter)?;
                if !key.prefix.is_empty() {
                    return self.fail(
                        &path("prefix"),
                        None,
                        "is only for a header".to_owned(),
                        "remove it, or send the key in a header",
                    );
                }
                if paging.parameter.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(parameter)) {
                    return self.fail(
                        &path("parameter"),
                        None,
                        format!("'{parameter}' is also the parameter of api.paging"),
                        "one of the two is wrong",
                    );
                }
            }
        }
        self.secret_addresses(source, key)
    }

    fn header(&self, header: &str, prefix: &str) -> Checked {
        let path = ["api", "key", "header"];
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if header.is_empty() || !header.bytes().all(token) {
            return self.fail(
                &path,
                None,
                format!("'{}' is not the name of a header", header.escape_debug()),
                "give the bare name: 'Authorization', 'X-Api-Key'",
            );
        }
        if OWN_HEADERS.contains(&header.to_ascii_lowercase().as_str()) {
            return self.fail(
                &path,
                None,
                format!("the header '{header}' is the crawler's own"),
                "give the header that the API documents for keys: 'Authorization', 'X-Api-Key'",
            );
        }
        if !prefix.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return self.fail(
                &["api", "key", "prefix"],
                None,
                "cannot be sent in a header".to_owned(),
                "use plain letters and signs: 'Bearer '",
            );
        }
        Ok(())
    }

    /// A key is not sent in the clear, nor written into the file.
    fn secret_addresses(&self, source: &Source, key: &ApiKey) -> Checked {
        for (index, start) in source.start.iter().enumerate() {
            let Ok(url) = Url::parse(start) else { continue };
            if url.scheme() != "https" && !source.network.allow_loopback {
                return self.fail(
                    &["start"],
                    Some(index),
                    "is not encrypted, and the key would be sent in the clear".to_owned(),
                    "begin with https://, or leave [api.key] out",
                );
            }
            let given = |name: &str| url.query_pairs().any(|(other, _)| other.eq_ignore_ascii_case(name));
            if let Some(parameter) = key.parameter.as_deref().filter(|name| given(name)) {
                return self.fail(
                    &["start"],
                    Some(index),
                    format!("has the parameter '{parameter}', in which the key is sent"),
                    "take it out of the address; the key belongs into the environment",
                );
            }
        }
        Ok(())
    }
}
