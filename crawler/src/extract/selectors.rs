//! The rules of a source: CSS selectors for fields, for the rows of a page with several offers,
//! and for the rows of a quantity-break table.

use super::links::join;
use super::price_text;
use super::terms::{availability_term, bare_term, fold};
use super::tree::unread;
use model::{Listing, QuantityBreak, Rules, Stated, Syntax};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// Rows read of one page.
const ROWS: usize = 1_000;
/// Bytes of one field.
const TEXT: usize = 1_000;

/// What the rules find.
#[derive(Default)]
pub(super) struct ByRule {
    /// Fields of the page's one product; empty where the rules are for rows.
    pub fields: Listing,
    /// One listing per row.
    pub rows: Vec<Listing>,
}

/// The rules of a source that are no valid CSS selectors, with the reason: for `source check`.
pub fn invalid_selectors(rules: &Rules) -> Vec<(String, String)> {
    let single = [("item", &rules.item), ("quantity_break", &rules.quantity_break)];
    single
        .into_iter()
        .filter_map(|(key, rule)| rule.as_deref().map(|rule| (key, rule)))
        .chain(rules.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())))
        .filter_map(|(key, rule)| {
            let error = Selector::parse(split(rule).0).err()?;
            Some((key.to_owned(), error.to_string()))
        })
        .collect()
}

/// Whether a source has selectors at all.
pub(super) fn asked(rules: &Rules) -> bool {
    !rules.fields.is_empty() || rules.item.is_some() || rules.quantity_break.is_some()
}

/// Applies the rules; a selector that is not valid finds nothing.
pub(super) fn read(html: &Html, rules: &Rules, url: Option<&Url>) -> ByRule {
    let mut found = ByRule::default();
    if !asked(rules) {
        return found;
    }
    let fields: Vec<(&str, &str, Selector, Option<&str>)> = rules
        .fields
        .iter()
        .filter_map(|(key, rule)| {
            let (selector, attribute) = split(rule);
            Some((key.as_str(), rule.as_str(), Selector::parse(selector).ok()?, attribute))
        })
        .collect();
    let breaks =
        rules.quantity_break.as_deref().and_then(|rule| Some((rule, Selector::parse(split(rule).0).ok()?)));
    let read_fields = |scope: ElementRef<'_>| {
        let mut listing = Listing::default();
        for (key, rule, selector, attribute) in &fields {
            let text = scope.select(selector).take(20).find_map(|element| content(element, *attribute));
            if let Some(text) = text {
                set(&mut listing, key, Stated::new(text, Syntax::Rule, *rule), url);
            }
        }
        if let Some((rule, selector)) = &breaks {
            listing.quantity_breaks =
                scope.select(selector).take(50).filter_map(|row| ladder_step(row, rule)).collect();
        }
        listing
    };
    let rows = rules.item.as_deref().and_then(|rule| Selector::parse(rule).ok());
    match rows {
        Some(rows) => {
            let link = Selector::parse("a[href]").ok();
            for row in html.select(&rows).take(ROWS) {
                let mut listing = read_fields(row);
                if listing.url.is_none() {
                    let own = row.value().attr("href").filter(|_| row.value().name() == "a");
                    let inner =
                        || link.as_ref().and_then(|l| row.select(l).find_map(|a| a.value().attr("href")));
                    listing.url = own.or_else(inner).and_then(|href| join(url, href)).map(String::from);
                }
                if listing.price.is_some() || listing.name.is_some() {
                    found.rows.push(listing);
                }
            }
            // Rules with rows may name things that stand once, above the rows.
            if found.rows.is_empty() {
                found.fields = read_fields(html.root_element());
            }
        }
        None => found.fields = read_fields(html.root_element()),
    }
    found
}

/// `selector@attribute`; an `@` within brackets or quotes belongs to the selector.
fn split(rule: &str) -> (&str, Option<&str>) {
    match rule.rsplit_once('@') {
        Some((selector, attribute))
            if !attribute.is_empty()
                && attribute
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':')) =>
        {
            (selector.trim(), Some(attribute))
        }
        _ => (rule.trim(), None),
    }
}

fn content(element: ElementRef<'_>, attribute: Option<&str>) -> Option<String> {
    let text = match attribute {
        Some(name) => fold(element.value().attr(name)?),
        None => {
            let own = text_of(element);
            match element.value().name() {
                "meta" => fold(element.value().attr("content")?),
                "input" if own.is_empty() => fold(element.value().attr("value")?),
                _ => own,
            }
        }
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    for node in element.descendants() {
        if let Some(text) = node.value().as_text() {
            let hidden = node.parent().and_then(|p| p.value().as_element()).is_some_and(|e| unread(e.name()));
            if !hidden {
                out.push_str(text);
            }
        } else if let Some(e) = node.value().as_element()
            && super::tree::is_block(e.name())
        {
            out.push(' ');
        }
        if out.len() > TEXT * 4 {
            break;
        }
    }
    fold(&out)
}

/// Pictures kept of one listing.
const IMAGES: usize = 12;

/// Adds the address of a picture, absolute, once.
pub(super) fn add_image(images: &mut Vec<Stated>, mut value: Stated, url: Option<&Url>) {
    if images.len() >= IMAGES || value.text.len() > TEXT {
        return;
    }
    let Some(address) = join(url, &value.text) else { return };
    value.text = address.into();
    if !images.iter().any(|known| known.text == value.text) {
        images.push(value);
    }
}

/// Adds a picture's address as written, once; the caller makes it absolute.
pub(super) fn add_picture(
    images: &mut Vec<Stated>,
    address: &str,
    syntax: Syntax,
    place: impl FnOnce() -> String,
) {
    let address = address.trim();
    let bounded = !address.is_empty() && address.len() <= TEXT && !address.starts_with("data:");
    if bounded && images.len() < IMAGES && !images.iter().any(|known| known.text == address) {
        images.push(Stated::new(address, syntax, place()));
    }
}

/// Sets a field by its name, as rules, feeds and JSON interfaces name them. `url` is what a relative
/// address is resolved against; an availability that says nothing is left out.
pub(crate) fn set(listing: &mut Listing, key: &str, mut value: Stated, url: Option<&Url>) {
    match key {
        "url" => listing.url = join(url, &value.text).map(String::from),
        "availability" => {
            if let Some(term) = availability_term(&value.text) {
                value.text = term.to_owned();
                listing.availability = Some(value);
            }
        }
        "condition" => {
            value.text = bare_term(&value.text).to_owned();
            listing.condition = Some(value);
        }
        "name" => listing.name = Some(value),
        "price" => listing.price = Some(value),
        "price_high" => listing.price_high = Some(value),
        "list_price" => listing.list_price = Some(value),
        "currency" => listing.currency = Some(value),
        "brand" => listing.brand = Some(value),
        "model" => listing.model = Some(value),
        "gtin" => listing.gtin = Some(value),
        "mpn" => listing.mpn = Some(value),
        "sku" => listing.sku = Some(value),
        "seller" => listing.seller = Some(value),
        "category" => listing.category = Some(value),
        "quantity_text" => listing.quantity_text = Some(value),
        "price_unit" => listing.price_unit = Some(value),
        "min_order" => listing.min_order = Some(value),
        "hs_code" => listing.hs_code = Some(value),
        "origin" => listing.origin = Some(value),
        "description" => listing.description = Some(value),
        "variant" => listing.variant = Some(value),
        "weight" => listing.weight = Some(value),
        "shipping" => listing.shipping = Some(value),
        "shipping_to" => listing.shipping_to = Some(value),
        "unit_price" => listing.unit_price = Some(value),
        "unit_price_unit" => listing.unit_price_unit = Some(value),
        "tax_included" => listing.tax_included = Some(value),
        "valid_until" => listing.valid_until = Some(value),
        "date" => listing.date = Some(value),
        "image" => add_image(&mut listing.images, value, url),
        other => listing.attributes.push((other.to_owned(), value)),
    }
}

/// The first number of a row is the quantity, the second the price.
fn ladder_step(row: ElementRef<'_>, rule: &str) -> Option<QuantityBreak> {
    let text = text_of(row);
    let (quantity, price) = step(&text)?;
    Some(QuantityBreak {
        min_quantity: Stated::new(quantity, Syntax::Rule, rule),
        price: Stated::new(price, Syntax::Rule, rule),
    })
}

/// Splits "from 100 pcs 1.20 €" or "100–499: 1.20 €" into quantity and price as written.
pub(super) fn step(text: &str) -> Option<(String, String)> {
    let numbers = price_text::find(text, 4);
    let quantity = numbers.first()?;
    // The price is the number with a currency, else the last but not the upper end of a range.
    let price = numbers[1..].iter().find(|n| n.currency.is_some()).or_else(|| numbers.get(1..)?.last())?;
    if quantity.currency.is_some() {
        return None;
    }
    let quantity_text = text[..price.start].trim().trim_end_matches([':', '-', '–', '|']).trim();
    Some((quantity_text.to_owned(), text[price.start..price.end].to_owned()))
}
