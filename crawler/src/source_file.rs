//! A source's TOML file to a [`Source`]: every mistake is one message with file, line, column,
//! what is wrong and what to do. Only the file: whether the site can be reached or its sample
//! page still reads is `source check`'s.

mod amounts;
mod kinds;

use crate::{SourceError, address, paths};
use model::Source;
use std::net::SocketAddr;
use std::ops::Range;
use toml::de::{DeTable, DeValue};
use url::Url;

/// Names a rule can give a field (`[rules.fields]`).
pub const FIELDS: &[&str] = &[
    "name",
    "price",
    "currency",
    "list_price",
    "brand",
    "model",
    "gtin",
    "mpn",
    "sku",
    "condition",
    "seller",
    "category",
    "quantity_text",
    "price_unit",
    "min_order",
    "hs_code",
    "origin",
    "availability",
    "variant",
    "weight",
    "shipping",
    "shipping_to",
    "unit_price",
    "unit_price_unit",
    "tax_included",
    "valid_until",
    "date",
    "image",
];
/// Fields a sample can expect (`[sample.expect]`).
const EXPECTED: &[&str] = &["name", "price", "currency", "brand", "gtin", "sku", "condition", "seller"];

/// Reads a source file. `origin` is the file's name, for messages.
///
/// # Errors
/// The first mistake found: TOML that cannot be read, an unknown or missing key, a value that
/// cannot be meant.
pub fn parse(text: &str, origin: &str) -> Result<Source, SourceError> {
    let file = SourceText { text, origin };
    let tree = DeTable::parse(text).map_err(|error| {
        file.error(
            error.span(),
            error.message().lines().next().unwrap_or_default(),
            Some("see config/sources/example-market.toml for the form"),
        )
    })?;
    let source: Source = toml::from_str(text).map_err(|error| file.wrong_shape(&error))?;
    let check = Check { file, tree: tree.get_ref() };
    check.source(&source)?;
    Ok(source)
}

#[derive(Clone, Copy)]
struct SourceText<'a> {
    text: &'a str,
    origin: &'a str,
}

impl SourceText<'_> {
    fn error(
        &self,
        span: Option<Range<usize>>,
        problem: impl Into<String>,
        hint: Option<&str>,
    ) -> SourceError {
        let place = span.and_then(|span| self.text.get(..span.start.min(self.text.len())));
        SourceError {
            origin: self.origin.to_owned(),
            line: place.map(|before| before.matches('\n').count() + 1),
            column: place.map(|before| {
                let line = before.rsplit('\n').next().unwrap_or_default();
                line.chars().count() + 1
            }),
            problem: problem.into(),
            hint: hint.map(str::to_owned),
        }
    }

    /// A key that is unknown or missing, a value of another type.
    fn wrong_shape(&self, error: &toml::de::Error) -> SourceError {
        let message = error.message().lines().next().unwrap_or_default();
        let mut quoted = message.split('`').skip(1).step_by(2);
        if message.starts_with("unknown field")
            && let Some(key) = quoted.next()
        {
            let known: Vec<&str> = quoted.collect();
            let hint = match nearest(key, &known) {
                Some(meant) => format!("did you mean '{meant}'?"),
                None => format!("known here: {}", known.join(", ")),
            };
            return self.error(error.span(), format!("unknown key '{key}'"), Some(&hint));
        }
        if message.starts_with("missing field")
            && let Some(key) = quoted.next()
        {
            // The span of a missing key is its table; the table's head tells which one.
            return self.error(
                error.span(),
                format!("the key '{key}' is missing"),
                Some("add it; config/sources/example-market.toml explains every key"),
            );
        }
        // The types of the machine are not the words of the file.
        let message = [("f64", "a number"), ("u32", "a whole number"), ("u64", "a whole number")]
            .iter()
            .fold(message.to_owned(), |text, (from, to)| text.replace(from, to));
        self.error(error.span(), message, None)
    }
}

/// A known word that is only a slip of the hand away.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|&candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(word.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The rules that the types cannot say.
struct Check<'a> {
    file: SourceText<'a>,
    tree: &'a DeTable<'a>,
}

type Checked = Result<(), SourceError>;

impl Check<'_> {
    /// Where a key's value stands; of a key that is not there, the table around it.
    fn span(&self, path: &[&str], index: Option<usize>) -> Option<Range<usize>> {
        let mut table = self.tree;
        let mut span = None;
        for key in path {
            let (_, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
            span = Some(value.span());
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(items) => {
                    if let Some(item) = index.and_then(|index| items.get(index)) {
                        return Some(item.span());
                    }
                }
                _ => {}
            }
        }
        span
    }

    /// Whether a key is given.
    fn has(&self, path: &[&str]) -> bool {
        let Some((last, tables)) = path.split_last() else { return false };
        let mut table = self.tree;
        for key in tables {
            match table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.get_ref()) {
                Some(DeValue::Table(inner)) => table = inner,
                _ => return false,
            }
        }
        table.iter().any(|(name, _)| name.get_ref() == last)
    }

    fn mistake(&self, path: &[&str], index: Option<usize>, problem: String, hint: &str) -> SourceError {
        let key = path.join(".");
        let span = self.span(path, index);
        self.file.error(span, format!("{key}: {problem}"), Some(hint))
    }

    fn fail(&self, path: &[&str], index: Option<usize>, problem: String, hint: &str) -> Checked {
        Err(self.mistake(path, index, problem, hint))
    }

    fn source(&self, source: &Source) -> Checked {
        let parts = source.id.split('-');
        let well_formed = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if source.id.len() > 60 || !parts.clone().all(well_formed) {
            return self.fail(
                &["id"],
                None,
                format!("'{}' is not an id", source.id),
                "use lower-case letters, digits and single hyphens, at most 60: 'example-market'",
            );
        }
        self.not_empty(&["name"], &source.name)?;
        if source.permission.basis.trim().is_empty() {
            return self.fail(
                &["permission", "basis"],
                None,
                "is empty: nobody has said why collecting is allowed".to_owned(),
                "write down the permission or legal basis you really have: who gave it, when, the file reference",
            );
        }
        self.contact(&source.permission.contact)?;
        self.language(source.language.as_deref())?;
        self.amounts(source)?;
        self.network(source)?;
        self.kind(source)?;
        self.addresses(source)?;
        self.rules(source)?;
        self.sample(source)
    }

    fn not_empty(&self, path: &[&str], text: &str) -> Checked {
        if text.trim().is_empty() {
            return self.fail(path, None, "is empty".to_owned(), "say it in a few words");
        }
        Ok(())
    }

    fn contact(&self, contact: &str) -> Checked {
        let sendable = contact.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
            && !contact.contains(['(', ')'])
            && (contact.contains('@') || contact.starts_with("https://") || contact.starts_with("http://"));
        if !sendable {
            return self.fail(
                &["permission", "contact"],
                None,
                format!("'{contact}' cannot be sent to a site as contact"),
                "give a mail address or a page (https://…) where the site's operator reaches you",
            );
        }
        Ok(())
    }

    fn language(&self, language: Option<&str>) -> Checked {
        let Some(language) = language else {
            return Ok(());
        };
        let subtag =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let mut parts = language.split('-');
        let primary = parts.next().unwrap_or_default();
        let primary_ok = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        if !primary_ok || !parts.all(subtag) {
            return self.fail(
                &["language"],
                None,
                format!("'{language}' is not a language tag"),
                "use BCP 47: 'de', 'pt-BR'",
            );
        }
        Ok(())
    }

    fn network(&self, source: &Source) -> Checked {
        let Some(text) = &source.network.connect_to else {
            return Ok(());
        };
        let path = ["network", "connect_to"];
        if !source.network.allow_loopback {
            return self.fail(
                &path,
                None,
                "is given without allow_loopback".to_owned(),
                "remove it; it is for tests only, together with allow_loopback = true",
            );
        }
        match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() && address.port() != 0 => Ok(()),
            Ok(_) => self.fail(
                &path,
                None,
                format!("'{text}' is not a port of this machine"),
                "only loopback addresses can be given: '127.0.0.1:4000'",
            ),
            Err(_) => self.fail(
                &path,
                None,
                format!("'{text}' is not an address with a port"),
                "write it as '127.0.0.1:4000'",
            ),
        }
    }

    fn addresses(&self, source: &Source) -> Checked {
        let scope = &source.scope;
        for (index, host) in scope.hosts.iter().enumerate() {
            let read = Url::parse(&format!("http://{host}/"));
            let plain = read.is_ok_and(|url| {
                url.path() == "/"
                    && url.query().is_none()
                    && url.port().is_none()
                    && url.username().is_empty()
                    && url.host_str() == Some(host.to_ascii_lowercase().as_str())
            });
            if !plain {
                return self.fail(
                    &["scope", "hosts"],
                    Some(index),
                    format!("'{host}' is not a host name"),
                    "give the bare name without scheme, port or path: 'www.shop.example'",
                );
            }
        }
        for (index, start) in source.start.iter().enumerate() {
            let host = self.page(&["start"], Some(index), start)?;
            let in_scope =
                scope.hosts.is_empty() || scope.hosts.iter().any(|h| h.eq_ignore_ascii_case(&host));
            if !in_scope {
                return self.fail(
                    &["start"],
                    Some(index),
                    format!("'{host}' is not among scope.hosts"),
                    "add it there, or leave scope.hosts out: the hosts of the start pages are taken then",
                );
            }
        }
        for (table, key, patterns) in [
            ("scope", "paths", &scope.paths),
            ("scope", "exclude", &scope.exclude),
            ("rules", "product_paths", &source.rules.product_paths),
            ("rules", "category_paths", &source.rules.category_paths),
        ] {
            for (index, path) in patterns.iter().enumerate() {
                if let Some(mistake) = paths::pattern_mistake(path) {
                    return self.fail(
                        &[table, key],
                        Some(index),
                        format!("'{path}' {mistake}"),
                        "begin with a slash; * stands for any characters, a last $ for the end: '/products/', '/*/dp/'",
                    );
                }
            }
        }
        Ok(())
    }

    /// A page address; its host.
    fn page(&self, path: &[&str], index: Option<usize>, text: &str) -> Result<String, SourceError> {
        let host = match Url::parse(text) {
            Ok(url) if !url.username().is_empty() || url.password().is_some() => None,
            Ok(_) => address::host_of(text),
            Err(_) => None,
        };
        host.ok_or_else(|| {
            self.mistake(
                path,
                index,
                format!("'{text}' is not the address of a page"),
                "write it in full, without user name: 'https://shop.example/'",
            )
        })
    }

    fn rules(&self, source: &Source) -> Checked {
        let rules = &source.rules;
        for (field, selector) in &rules.fields {
            let path = ["rules", "fields", field.as_str()];
            if !FIELDS.contains(&field.as_str()) {
                let hint = match nearest(field, FIELDS) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!("known fields: {}", FIELDS.join(", ")),
                };
                return self.fail(&path, None, "is not a field".to_owned(), &hint);
            }
            self.selector(&path, selector)?;
        }
        for (key, selector) in
            [("item", &rules.item), ("quantity_break", &rules.quantity_break), ("next", &rules.next)]
        {
            if let Some(selector) = selector {
                self.selector(&["rules", key], selector)?;
            }
        }
        if let Some(mark) = source.facts.decimal_separator
            && !matches!(mark, ',' | '.')
        {
            return self.fail(
                &["facts", "decimal_separator"],
                None,
                format!("'{mark}' is not a decimal mark"),
                "give ',' or '.'",
            );
        }
        for (index, category) in source.facts.categories.iter().enumerate() {
            if category.contains.trim().is_empty() {
                return self.fail(
                    &["facts", "categories"],
                    Some(index),
                    "'contains' is empty and would match every category".to_owned(),
                    "give a part of the category's name",
                );
            }
        }
        Ok(())
    }

    /// A CSS selector, with or without `@attribute`.
    fn selector(&self, path: &[&str], text: &str) -> Checked {
        let css = match text.rsplit_once('@') {
            // An at sign inside brackets or quotes belongs to the selector.
            Some((css, attribute)) if !attribute.contains([']', '"', '\'', ')']) => css,
            _ => text,
        };
        let css = css.trim();
        // `@attribute` alone reads an attribute of the item itself.
        if css.is_empty() && text.trim().len() > 1 {
            return Ok(());
        }
        match scraper::Selector::parse(css) {
            Ok(_) => Ok(()),
            Err(_) => self.fail(
                path,
                None,
                format!("'{text}' is not a CSS selector"),
                "write it as in a style sheet, an attribute after '@': 'span.price', 'meta.price@content'",
            ),
        }
    }

    fn sample(&self, source: &Source) -> Checked {
        let Some(sample) = &source.sample else {
            return Ok(());
        };
        self.page(&["sample", "url"], None, &sample.url)?;
        if sample.expect.is_empty() {
            return self.fail(
                &["sample", "expect"],
                None,
                "is empty, so nothing would be checked".to_owned(),
                "give at least name, price and currency",
            );
        }
        for field in sample.expect.keys() {
            if !EXPECTED.contains(&field.as_str()) {
                let hint = match nearest(field, EXPECTED) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!("fields that can be expected: {}", EXPECTED.join(", ")),
                };
                return self.fail(&["sample", "expect", field], None, "is not a field".to_owned(), &hint);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "source_file_tests.rs"]
mod tests;
