//! What the attributes of an item mean, after the product data specification of Google Merchant
//! (support.google.com/merchants/answer/7052112): a listing in the feed's own words.
//!
//! The price is what a buyer pays at the moment the feed was seen: the sale price while it holds,
//! with the regular price beside it. Prices inside shipping, tax, instalments and the like are not
//! the goods'. What an attribute leaves open stays open: no condition stated is none read.

use super::moments;
use super::table::is_column;
use super::{Feed, FeedItem, Rank, RawItem, Value};
use crate::extract::{fold, set_field};
use crate::read_source::ReadProblem;
use model::{Listing, Stated, Syntax};

/// Bytes of one field.
const FIELD: usize = 1_000;
/// Characters kept of a description.
const DESCRIPTION: usize = 500;
/// Attributes without a field of their own, kept of one item.
const ATTRIBUTES: usize = 40;

/// Attributes by field, the first that is there. Columns may also have our own names.
const FIELDS: &[(&str, &[&str])] = &[
    ("name", &["title", "name"]),
    ("url", &["link", "url"]),
    ("currency", &["currency"]),
    ("brand", &["brand"]),
    ("model", &["model"]),
    ("mpn", &["mpn"]),
    ("condition", &["condition"]),
    ("availability", &["availability"]),
    ("seller", &["external_seller_id", "seller"]),
    ("category", &["product_type", "google_product_category", "category"]),
    ("price_unit", &["price_unit"]),
    ("min_order", &["min_order"]),
    ("hs_code", &["hs_code"]),
    ("origin", &["country_of_origin", "origin_country", "origin"]),
    ("weight", &["product_weight", "shipping_weight", "weight"]),
    ("valid_until", &["expiration_date"]),
    ("tax_included", &["tax_included"]),
];
/// Attributes that tell one variant of a group from another.
const VARIANT: &[&str] = &["color", "size", "pattern", "material"];
/// Columns with our own names for what the specification writes otherwise.
const OWN: &[&str] = &["variant", "shipping", "shipping_to", "unit_price", "unit_price_unit", "date"];

/// Attributes that have no field but tell one article from another or what it is sold with.
const KEPT: &[&str] = &[
    "item_group_id",
    "color",
    "size",
    "material",
    "pattern",
    "age_group",
    "gender",
    "multipack",
    "is_bundle",
    "identifier_exists",
    "unit_pricing_base_measure",
    "google_product_category",
    "shipping_weight",
    "ships_from_country",
    "energy_efficiency_class",
];

/// Reads an item.
pub(super) fn read(item: &RawItem, feed: &Feed<'_>) -> FeedItem {
    let mut reading = Reading { item, feed, problems: Vec::new() };
    let listing = reading.listing();
    let mut problems = reading.problems;
    problems.extend(item.problems.iter().cloned());
    FeedItem { listing, problems }
}

struct Reading<'a> {
    item: &'a RawItem,
    feed: &'a Feed<'a>,
    problems: Vec<ReadProblem>,
}

impl<'a> Reading<'a> {
    fn listing(&mut self) -> Option<Listing> {
        if let Some(expired) = self.attribute("expiration_date")
            && moments::over(&expired.text, self.feed.at) == Some(true)
        {
            self.tell(expired, format!("the offer expired on {}; it is left out", fold(&expired.text)));
            return None;
        }
        let mut listing = Listing::default();
        for (field, names) in FIELDS {
            if let Some(stated) = self.field(field, names) {
                set_field(&mut listing, field, stated, self.feed.base.as_ref());
            }
        }
        // The id of an Atom entry is an address, not an article number.
        let ids: &[&str] = if self.item.atom { &["sku"] } else { &["id", "sku"] };
        listing.sku = match self.item.values.iter().find(|v| v.name == "id" && v.rank == Rank::Attribute) {
            Some(id) if !self.feed.rules.fields.contains_key("sku") => self.stated(id, Syntax::Feed),
            _ => self.field("sku", ids),
        };
        self.price(&mut listing);
        self.variant(&mut listing);
        self.delivery(&mut listing);
        self.pictures(&mut listing);
        self.gtin(&mut listing);
        self.quantity(&mut listing);
        listing.description = self.description();
        self.kept(&mut listing);
        if listing.name.is_none() && listing.price.is_none() {
            let what = "it states neither a title nor a price; it is left out";
            self.problems.push(ReadProblem::new(self.item.place.clone(), what));
            return None;
        }
        Some(listing)
    }

    fn tell(&mut self, value: &Value, what: String) {
        self.problems.push(ReadProblem::new(self.item.place_of(value), what));
    }

    /// The value of an attribute: of the Google namespace before RSS's and Atom's own.
    fn attribute(&self, name: &str) -> Option<&'a Value> {
        let named = |value: &&Value| value.name == name && value.rank != Rank::Foreign;
        self.item.values.iter().filter(named).min_by_key(|value| value.rank)
    }

    /// The value that the source's file names for a field: `Some(None)` where the item lacks it.
    fn ruled(&self, field: &str) -> Option<Option<&'a Value>> {
        let named = self.feed.rules.fields.get(field)?;
        let local = |value: &&Value| is_column(named, &value.written, &value.name);
        Some(
            self.item
                .values
                .iter()
                .find(|v| v.written == named.trim())
                .or_else(|| self.item.values.iter().find(local)),
        )
    }

    fn field(&mut self, field: &str, names: &[&str]) -> Option<Stated> {
        // A rule reads a convention of the site's own; the specification's is for machines.
        if let Some(value) = self.ruled(field) {
            return value.and_then(|value| self.stated(value, Syntax::Rule));
        }
        names.iter().find_map(|name| {
            let value = self.attribute(name)?;
            self.stated(value, Syntax::Feed)
        })
    }

    /// A value as a field. One that is too long for any field is left out, and said so.
    fn stated(&mut self, value: &Value, syntax: Syntax) -> Option<Stated> {
        let text = fold(&value.text);
        if value.cut || text.len() > FIELD {
            self.tell(value, format!("it is longer than {FIELD} bytes; it is left out"));
            return None;
        }
        (!text.is_empty()).then(|| Stated::new(text, syntax, self.item.place_of(value)))
    }

    /// The sale price while it holds, with the regular price beside it.
    fn price(&mut self, listing: &mut Listing) {
        listing.list_price = self.field("list_price", &["list_price"]);
        if let Some(value) = self.ruled("price") {
            listing.price = value.and_then(|value| self.stated(value, Syntax::Rule));
            return;
        }
        let regular = self.field("price", &["price"]);
        let sale = self.attribute("sale_price").and_then(|value| self.stated(value, Syntax::Feed));
        let holds = match self.attribute("sale_price_effective_date") {
            None => true,
            Some(span) => match moments::holds(&span.text, self.feed.at) {
                Some(holds) => holds,
                None if sale.is_none() => false,
                None => {
                    let text: String = fold(&span.text).chars().take(60).collect();
                    self.tell(span, format!("'{text}' is not a span of time; the regular price is taken"));
                    false
                }
            },
        };
        match sale.filter(|_| holds) {
            Some(sale) => {
                listing.price = Some(sale);
                listing.list_price = listing.list_price.take().or(regular);
            }
            None => listing.price = regular,
        }
    }

    /// What the source's file names; else, in a group, the attributes that groups vary by.
    fn variant(&mut self, listing: &mut Listing) {
        for field in OWN {
            if let Some(Some(value)) = self.ruled(field)
                && let Some(stated) = self.stated(value, Syntax::Rule)
            {
                set_field(listing, field, stated, self.feed.base.as_ref());
            }
        }
        if listing.variant.is_some() || self.attribute("item_group_id").is_none() {
            return;
        }
        let values: Vec<&Value> = VARIANT.iter().filter_map(|name| self.attribute(name)).collect();
        let stated: Vec<Stated> =
            values.into_iter().filter_map(|value| self.stated(value, Syntax::Feed)).collect();
        if let Some(first) = stated.first() {
            let words: Vec<&str> = stated.iter().map(|s| s.text.as_str()).collect();
            listing.variant = Some(Stated { text: words.join(" / "), witness: first.witness.clone() });
        }
    }

    /// The first charge for delivery and its country: elements, or `DE:::4.90 EUR, AT:::9.90 EUR`.
    fn delivery(&mut self, listing: &mut Listing) {
        if listing.shipping.is_some() {
            return;
        }
        if let Some(price) = self.attribute("shipping/price") {
            listing.shipping = self.stated(price, Syntax::Feed);
            let country = self.attribute("shipping/country");
            listing.shipping_to = country.and_then(|country| self.stated(country, Syntax::Feed));
            return;
        }
        let Some(value) = self.attribute("shipping") else { return };
        let text = fold(&value.text);
        let first = text.split(',').next().unwrap_or_default();
        let mut parts = first.split(':').map(str::trim);
        let (country, price) = (parts.next(), parts.next_back());
        let stated = |text: &str| Stated::new(text, Syntax::Feed, self.item.place_of(value));
        if let Some(price) = price.filter(|p| p.len() <= 40 && p.bytes().any(|b| b.is_ascii_digit())) {
            listing.shipping = Some(stated(price));
            listing.shipping_to = country.filter(|c| c.len() == 2).map(stated);
        }
    }

    fn pictures(&mut self, listing: &mut Listing) {
        if let Some(Some(value)) = self.ruled("image")
            && let Some(stated) = self.stated(value, Syntax::Rule)
        {
            set_field(listing, "image", stated, self.feed.base.as_ref());
        }
        for name in ["image_link", "additional_image_link"] {
            let named = |v: &&Value| v.name == name && v.rank != Rank::Foreign && !v.cut;
            for value in self.item.values.iter().filter(named).take(12) {
                let address = fold(&value.text);
                if address.len() <= FIELD {
                    let stated = Stated::new(address, Syntax::Feed, self.item.place_of(value));
                    set_field(listing, "image", stated, self.feed.base.as_ref());
                }
            }
        }
    }

    /// An item may have several numbers: the first is its own, the others stand beside it.
    fn gtin(&mut self, listing: &mut Listing) {
        let values: Vec<&Value> = match self.ruled("gtin") {
            Some(value) => value.into_iter().collect(),
            None => {
                let first = ["gtin", "ean", "upc"].iter().find(|name| self.attribute(name).is_some());
                let named = |v: &&Value| first.is_some_and(|f| v.name == **f) && v.rank != Rank::Foreign;
                self.item.values.iter().filter(named).collect()
            }
        };
        let syntax = if self.ruled("gtin").is_some() { Syntax::Rule } else { Syntax::Feed };
        for value in values {
            for number in value.text.split([',', ';']).map(fold).filter(|number| !number.is_empty()).take(10)
            {
                if number.len() > 40 {
                    continue;
                }
                let stated = Stated::new(number, syntax, self.item.place_of(value));
                match listing.gtin {
                    None => listing.gtin = Some(stated),
                    Some(_) => listing.attributes.push(("gtin".to_owned(), stated)),
                }
            }
        }
        listing.attributes.truncate(ATTRIBUTES);
    }

    /// The measure is the whole content of what the price buys; a multipack without it is a number of
    /// pieces. The base measure only says per what the shop shows a price.
    fn quantity(&mut self, listing: &mut Listing) {
        listing.quantity_text = self.field("quantity_text", &["unit_pricing_measure", "quantity_text"]);
        if listing.quantity_text.is_none()
            && !self.feed.rules.fields.contains_key("quantity_text")
            && let Some(pack) = self.attribute("multipack")
            && let Ok(pieces) = pack.text.trim().parse::<u32>()
            && pieces > 1
        {
            let place = self.item.place_of(pack);
            listing.quantity_text = Some(Stated::new(format!("{pieces} pcs"), Syntax::Feed, place));
        }
    }

    /// Without markup, shortened.
    fn description(&mut self) -> Option<Stated> {
        let value = match self.ruled("description") {
            Some(value) => value,
            None => ["description", "summary", "content"].iter().find_map(|name| self.attribute(name)),
        }?;
        let text: String = without_tags(&value.text).chars().take(DESCRIPTION).collect();
        let text = text.trim_end();
        (!text.is_empty()).then(|| Stated::new(text, Syntax::Feed, self.item.place_of(value)))
    }

    fn kept(&mut self, listing: &mut Listing) {
        let used = listing.category.as_ref().map(|category| category.witness.place.clone());
        for value in &self.item.values {
            if listing.attributes.len() >= ATTRIBUTES {
                return;
            }
            if value.rank == Rank::Foreign || value.cut {
                continue;
            }
            let place = self.item.place_of(value);
            let text = fold(&value.text);
            let kept = match value.name.as_str() {
                // As elements, as a column of countries, or as `DE:::4.90 EUR, AT:::9.90 EUR`.
                "shipping/country" | "shipping(country)" => Some(("shipping_country", text)),
                "shipping" => text
                    .split_once(':')
                    .map(|(country, _)| ("shipping_country", country.to_owned()))
                    .filter(|(_, country)| country.len() == 2),
                name if KEPT.contains(&name) && used.as_deref() != Some(place.as_str()) => {
                    KEPT.iter().find(|kept| **kept == name).map(|kept| (*kept, text))
                }
                _ => None,
            };
            let Some((name, text)) = kept.filter(|(_, text)| !text.is_empty() && text.len() <= FIELD) else {
                continue;
            };
            let known = |(other, stated): &(String, Stated)| other == name && stated.text == text;
            if !listing.attributes.iter().any(known) {
                listing.attributes.push((name.to_owned(), Stated::new(text, Syntax::Feed, place)));
            }
        }
    }
}

/// Text between tags, white space folded. Only for descriptions, which nothing is parsed from.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(DESCRIPTION * 4));
    let mut rest = text;
    let last = text.rfind('>').unwrap_or(0);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let opens = rest[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let closes = opens && text.len() - rest.len() + at < last;
        match closes.then(|| rest[at..].find('>')).flatten() {
            Some(end) => {
                out.push(' ');
                rest = &rest[at + end + 1..];
            }
            None => {
                out.push('<');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    fold(&out)
}
