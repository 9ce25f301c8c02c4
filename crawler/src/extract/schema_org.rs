//! Reads schema.org products and offers out of one tree of values, whichever syntax it was written
//! in: JSON-LD gives it directly, microdata and RDFa are turned into it. Which product is the
//! page's own, and which witness prevails, is decided in `merge`.

use super::labels;
use super::lenient_json::entities;
use super::price_text;
use super::terms::{availability_term, bare_term, fold};
use model::{Listing, QuantityBreak, Stated, Syntax};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Objects looked at on one page.
const OBJECTS: usize = 60_000;
/// Offers or variants kept of one product.
const OFFERS: usize = 300;
/// Products kept of one page.
const PRODUCTS: usize = 1_000;

/// A tree of values with its syntax and where it stands.
pub(super) struct Root {
    pub value: Value,
    pub syntax: Syntax,
    pub place: String,
}

/// How a product stands on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Named as the page's main entity.
    MainEntity,
    /// On the page by itself.
    Free,
    /// A variant of a product.
    Variant,
    /// In a list.
    InList,
    /// Beside the product: related, similar, accessory.
    Related,
}

/// A product as marked up.
pub(super) struct Product {
    pub role: Role,
    pub syntax: Syntax,
    /// A product by its type, not merely a thing with offers (an event, a service).
    pub goods: bool,
    /// What holds for the product; no price unless it stands on the product itself.
    pub listing: Listing,
    /// Its offers, in order.
    pub offers: Vec<Listing>,
    /// `lowPrice` and `highPrice` of an aggregate offer.
    pub aggregate: Option<Listing>,
    /// Index of the product group this is a variant of.
    pub group: Option<usize>,
}

/// What the markup of a page says.
#[derive(Default)]
pub(super) struct Markup {
    pub products: Vec<Product>,
    /// Names of the breadcrumb, first to last.
    pub breadcrumb: Option<Stated>,
    /// Offers that belong to no product.
    pub loose_offers: Vec<Listing>,
}

/// Collects products, breadcrumbs and loose offers.
pub(super) fn read(roots: &[Root]) -> Markup {
    let mut ids: HashMap<&str, &Map<String, Value>> = HashMap::new();
    for root in roots {
        index_ids(&root.value, &mut ids);
    }
    let mut walk = Walk { ids, markup: Markup::default(), seen: 0 };
    for root in roots {
        walk.root(root);
    }
    walk.markup
}

fn index_ids<'a>(value: &'a Value, ids: &mut HashMap<&'a str, &'a Map<String, Value>>) {
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(id)) = map.get("@id") {
                    let known = ids.entry(id).or_insert(map);
                    if map.len() > known.len() {
                        *known = map;
                    }
                }
                stack.extend(map.values());
            }
            Value::Array(list) => stack.extend(list),
            _ => {}
        }
    }
}

struct Walk<'a> {
    ids: HashMap<&'a str, &'a Map<String, Value>>,
    markup: Markup,
    seen: usize,
}

impl<'a> Walk<'a> {
    fn root(&mut self, root: &'a Root) {
        // Last in, first out; children are pushed in reverse, so the order stays the page's.
        let mut stack: Vec<(&'a Value, Role, String, Option<usize>)> =
            vec![(&root.value, Role::Free, root.place.clone(), None)];
        while let Some((value, role, place, group)) = stack.pop() {
            self.seen += 1;
            if self.seen > OBJECTS || self.markup.products.len() > PRODUCTS {
                return;
            }
            match value {
                Value::Array(list) => {
                    for (i, item) in list.iter().enumerate().rev() {
                        if item.is_object() || item.is_array() {
                            stack.push((item, role, format!("{place}[{i}]"), group));
                        }
                    }
                }
                Value::Object(map) => {
                    let types = types(map);
                    let is = |names: &[&str]| types.iter().any(|t| names.contains(t));
                    if is(&["BreadcrumbList"]) {
                        if self.markup.breadcrumb.is_none() {
                            self.markup.breadcrumb = breadcrumb(map, root.syntax, &place);
                        }
                        continue;
                    }
                    let mut group = group;
                    let goods = types.iter().any(|t| is_goods(t));
                    if goods || (get(map, "offers").is_some() && get(map, "name").is_some()) {
                        let index = self.markup.products.len();
                        let product = self.product(map, role, root.syntax, &place, goods, group);
                        self.markup.products.push(product);
                        group = Some(index);
                    } else if is(&["Offer", "AggregateOffer"]) && group.is_none() {
                        let offer = self.offer(map, root.syntax, &place);
                        if offer.price.is_some() && get(map, "itemOffered").is_none() {
                            self.markup.loose_offers.push(offer);
                        } else if let Some(Value::Object(item)) = get(map, "itemOffered")
                            && offer.price.is_some()
                        {
                            let item = self.referenced(item);
                            let place = format!("{place}/itemOffered");
                            let mut product = self.product(item, role, root.syntax, &place, true, None);
                            product.offers.push(offer);
                            self.markup.products.push(product);
                            continue;
                        }
                    }
                    for (key, inner) in map.iter().rev() {
                        if !inner.is_object() && !inner.is_array() {
                            continue;
                        }
                        let (role, group) = match bare_key(key) {
                            "mainEntity" | "mainEntityOfPage" if role == Role::Free => {
                                (Role::MainEntity, None)
                            }
                            "hasVariant" | "model" => (Role::Variant, group),
                            "itemListElement" | "itemListElements" => (role.max(Role::InList), None),
                            "isRelatedTo"
                            | "isSimilarTo"
                            | "isAccessoryOrSparePartFor"
                            | "isConsumableFor"
                            | "isVariantOf"
                            | "review"
                            | "reviews"
                            | "addOn"
                            | "includesObject"
                            | "isPartOf"
                            | "hasPart" => (Role::Related, None),
                            "offers" | "brand" | "manufacturer" | "aggregateRating"
                            | "additionalProperty" | "image" | "seller" => continue,
                            _ => (role, group),
                        };
                        stack.push((inner, role, format!("{place}/{}", bare_key(key)), group));
                    }
                }
                _ => {}
            }
        }
    }

    fn referenced<'v>(&self, map: &'v Map<String, Value>) -> &'v Map<String, Value>
    where
        'a: 'v,
    {
        if map.len() <= 2
            && let Some(Value::String(id)) = map.get("@id")
            && let Some(full) = self.ids.get(id.as_str())
        {
            return full;
        }
        map
    }

    fn product(
        &self,
        map: &Map<String, Value>,
        role: Role,
        syntax: Syntax,
        place: &str,
        goods: bool,
        group: Option<usize>,
    ) -> Product {
        let mut listing = Listing { url: get(map, "url").and_then(text).map(|t| t.0), ..Listing::default() };
        let field = |keys: &[&str]| field(map, keys, syntax, place);
        listing.name = field(&["name"]);
        listing.brand = self.named(map, "brand", syntax, place).map(|mut brand| {
            brand.text = labels::without_label(&brand.text).to_owned();
            brand
        });
        listing.sku = field(&["sku"]).or_else(|| {
            field(&["productID", "productId", "identifier"])
                .filter(|s| !s.text.contains(' ') && !s.text.contains("://"))
                .map(|mut s| {
                    if let Some((_, id)) = s.text.split_once(':') {
                        s.text = id.to_owned();
                    }
                    s
                })
        });
        listing.gtin = gtin(map, syntax, place);
        listing.mpn = field(&["mpn"]);
        listing.model = field(&["model"]);
        listing.condition = field(&["itemCondition"]).map(bare);
        listing.category = field(&["category"]).map(|mut c| {
            c.text = c.text.replace(" / ", " > ");
            c
        });
        listing.description = field(&["description"]).map(shorten);
        listing.origin = self.named(map, "countryOfOrigin", syntax, place);
        listing.quantity_text = get(map, "weight")
            .or_else(|| get(map, "size"))
            .and_then(measure)
            .map(|t| Stated::new(t, syntax, format!("{place}/weight")));
        if let Some(list) = get(map, "additionalProperty") {
            for (i, property) in each(list).enumerate().take(200) {
                if let Value::Object(p) = property
                    && let Some((name, _)) = get(p, "name").and_then(text)
                    && let Some(value) = measure(property)
                {
                    let place = format!("{place}/additionalProperty[{i}]");
                    labels::assign(&mut listing, &name, Stated::new(value, syntax, place));
                }
            }
        }
        let mut offers = Vec::new();
        let mut aggregate = None;
        for key in ["offers", "offer"] {
            let Some(value) = get(map, key) else { continue };
            for (i, offer) in each(value).enumerate().take(OFFERS) {
                let Value::Object(offer) = offer else { continue };
                let offer = self.referenced(offer);
                let place = match value {
                    Value::Array(_) => format!("{place}/{key}[{i}]"),
                    _ => format!("{place}/{key}"),
                };
                let read = self.offer(offer, syntax, &place);
                let is_aggregate =
                    types(offer).contains(&"AggregateOffer") || get(offer, "lowPrice").is_some();
                if let Some(inner) = get(offer, "offers").filter(|_| is_aggregate) {
                    for (j, inner) in each(inner).enumerate().take(OFFERS) {
                        if let Value::Object(inner) = inner {
                            let mut inner =
                                self.offer(self.referenced(inner), syntax, &format!("{place}/offers[{j}]"));
                            inner.currency = inner.currency.or_else(|| read.currency.clone());
                            if inner.price.is_some() {
                                offers.push(inner);
                            }
                        }
                    }
                }
                if is_aggregate {
                    aggregate = aggregate.or(Some(read));
                } else {
                    offers.push(read);
                }
            }
        }
        // Some pages put the price on the product itself.
        if offers.is_empty() && aggregate.is_none() {
            let own = self.offer(map, syntax, place);
            if own.price.is_some() {
                offers.push(Listing {
                    price: own.price,
                    currency: own.currency,
                    availability: own.availability,
                    ..Listing::default()
                });
            }
        }
        Product {
            role,
            syntax,
            goods,
            listing,
            offers,
            aggregate,
            group: if role == Role::Variant { group } else { None },
        }
    }

    fn offer(&self, map: &Map<String, Value>, syntax: Syntax, place: &str) -> Listing {
        let field = |keys: &[&str]| field(map, keys, syntax, place);
        let mut offer = Listing {
            url: get(map, "url").and_then(text).map(|t| t.0),
            price: field(&["price"]).and_then(payable),
            currency: field(&["priceCurrency", "currency", "pricecurrency"]),
            availability: field(&["availability"])
                .and_then(|a| availability_term(&a.text).map(|term| Stated { text: term.to_owned(), ..a })),
            sku: field(&["sku"]),
            gtin: gtin(map, syntax, place),
            mpn: field(&["mpn"]),
            condition: field(&["itemCondition"]).map(bare),
            seller: self
                .named(map, "seller", syntax, place)
                .or_else(|| self.named(map, "offeredBy", syntax, place)),
            name: field(&["name"]),
            ..Listing::default()
        };
        if let Some(low) = field(&["lowPrice"]).and_then(payable) {
            offer.price_high = field(&["highPrice"]).and_then(payable).filter(|high| high.text != low.text);
            offer.price = offer.price.or(Some(low));
        } else if offer.price.is_none() {
            offer.price = field(&["highPrice"]).and_then(payable);
        }
        if let Some(min) = get(map, "eligibleQuantity")
            && let Some(amount) = minimum(min)
        {
            offer.min_order = Some(Stated::new(amount, syntax, format!("{place}/eligibleQuantity")));
        }
        for key in ["priceSpecification", "priceSpecifications"] {
            let Some(list) = get(map, key) else { continue };
            for (i, part) in each(list).enumerate().take(50) {
                if let Value::Object(part) = part {
                    self.specification(&mut offer, part, syntax, &format!("{place}/{key}[{i}]"));
                }
            }
        }
        // One step is no ladder.
        if offer.quantity_breaks.len() < 2 {
            offer.quantity_breaks.clear();
        }
        offer.quantity_breaks.sort_by_key(|step| price_text::value(&step.min_quantity.text));
        offer
    }

    /// A `PriceSpecification`: a price with its kind, or one step of a quantity ladder.
    fn specification(&self, offer: &mut Listing, map: &Map<String, Value>, syntax: Syntax, place: &str) {
        if types(map).iter().any(|t| t.contains("Delivery") || t.contains("PaymentCharge")) {
            return;
        }
        let Some(price) = field(map, &["price"], syntax, place)
            .or_else(|| field(map, &["minPrice"], syntax, place))
            .and_then(payable)
        else {
            return;
        };
        let kind = field(map, &["priceType"], syntax, place).map(|k| k.text.to_ascii_lowercase());
        let listed = kind.as_deref().is_some_and(|k| {
            ["list", "srp", "msrp", "strike", "regular", "rrp", "suggested"].iter().any(|w| k.contains(w))
        });
        offer.currency = offer.currency.take().or_else(|| field(map, &["priceCurrency"], syntax, place));
        if listed {
            offer.list_price = offer.list_price.take().or(Some(price));
            return;
        }
        if let Some(minimum) = get(map, "eligibleQuantity").and_then(minimum) {
            offer.quantity_breaks.push(QuantityBreak {
                min_quantity: Stated::new(minimum, syntax, format!("{place}/eligibleQuantity")),
                price: price.clone(),
            });
        }
        // A price per reference quantity (100 g) is not the price of the article.
        let per_unit = get(map, "referenceQuantity").is_some_and(|q| {
            measure(q).is_some_and(|m| !matches!(m.as_str(), "1" | "1 C62" | "1 H87" | "1 EA"))
        });
        if per_unit && offer.price.is_some() {
            return;
        }
        if offer.price.is_none() {
            offer.price = Some(price);
        }
    }

    /// The name of a thing that is a text or an object with a name, possibly by reference.
    fn named(&self, map: &Map<String, Value>, key: &str, syntax: Syntax, place: &str) -> Option<Stated> {
        let value = each(get(map, key)?).next()?;
        let found = match value {
            Value::Object(inner) => {
                let inner = self.referenced(inner);
                get(inner, "name")
                    .or_else(|| get(inner, "legalName"))
                    .or_else(|| get(inner, "@value"))
                    .and_then(text)
            }
            other => text(other).filter(|t| !t.0.contains("://")),
        }?;
        Some(Stated::new(found.0, syntax, format!("{place}/{key}")))
    }
}

/// Types whose instances are goods.
fn is_goods(name: &str) -> bool {
    matches!(
        name,
        "Product"
            | "ProductGroup"
            | "ProductModel"
            | "IndividualProduct"
            | "SomeProducts"
            | "Vehicle"
            | "Car"
            | "Motorcycle"
            | "Drug"
            | "DietarySupplement"
            | "ProductCollection"
    )
}

/// A key without its vocabulary: `schema:price`, `https://schema.org/price`.
pub(super) fn bare_key(key: &str) -> &str {
    if key.starts_with('@') {
        return key;
    }
    key.rsplit(['/', '#', ':']).next().unwrap_or(key)
}

fn get<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    let found = map
        .get(key)
        .or_else(|| map.iter().find(|(k, _)| k.len() > key.len() && bare_key(k) == key).map(|(_, v)| v))?;
    match found {
        Value::Null => None,
        Value::String(s) if s.trim().is_empty() => None,
        Value::Array(list) if list.is_empty() => None,
        other => Some(other),
    }
}

fn types(map: &Map<String, Value>) -> Vec<&str> {
    let Some(value) = map.get("@type").or_else(|| map.get("type")) else {
        return Vec::new();
    };
    each(value).filter_map(Value::as_str).map(|t| bare_key(t.trim())).collect()
}

/// The items of an array, or the value itself.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(list) => list.as_slice(),
        other => std::slice::from_ref(other),
    }
    .iter()
}

/// A value as text, and whether it was a JSON number.
fn text(value: &Value) -> Option<(String, bool)> {
    match value {
        Value::String(s) => {
            let folded = if s.contains('&') { fold(&entities(s)) } else { fold(s) };
            (!folded.is_empty()).then_some((folded, false))
        }
        Value::Number(n) => Some((plain(n), true)),
        Value::Array(list) => list.iter().take(20).find_map(text),
        Value::Object(map) => ["@value", "name", "value", "@id"]
            .iter()
            .find_map(|k| map.get(*k))
            .filter(|v| v.is_string() || v.is_number())
            .and_then(text),
        _ => None,
    }
}

/// A JSON number without exponent and without an empty fraction.
pub(super) fn plain(number: &serde_json::Number) -> String {
    let written = number.to_string();
    if written.contains(['e', 'E'])
        && let Some(value) = number.as_f64()
    {
        return format!("{value}");
    }
    match written.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => written,
    }
}

fn field(map: &Map<String, Value>, keys: &[&str], syntax: Syntax, place: &str) -> Option<Stated> {
    keys.iter().find_map(|key| {
        let found = get(map, key).and_then(text)?;
        Some(Stated::new(found.0, syntax, format!("{place}/{key}")))
    })
}

/// A price of zero, or without any digit, is no offer.
pub(super) fn payable(mut price: Stated) -> Option<Stated> {
    price.text = price_text::western(price.text);
    price.text.bytes().any(|b| matches!(b, b'1'..=b'9')).then_some(price)
}

fn bare(mut stated: Stated) -> Stated {
    stated.text = bare_term(&stated.text).to_owned();
    stated
}

fn shorten(mut stated: Stated) -> Stated {
    if stated.text.len() > 500 {
        let mut end = 500;
        while !stated.text.is_char_boundary(end) {
            end -= 1;
        }
        stated.text.truncate(end);
    }
    stated
}

fn gtin(map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
    let keys = ["gtin13", "gtin14", "gtin12", "gtin8", "gtin", "ean", "ean13", "upc", "isbn"];
    keys.iter().filter_map(|key| field(map, &[key], syntax, place)).find_map(|mut stated| {
        if let Some((_, code)) = stated.text.rsplit_once(':') {
            stated.text = code.trim().to_owned();
        }
        let digits = stated.text.bytes().filter(u8::is_ascii_digit).count();
        let other = stated.text.bytes().any(|b| !b.is_ascii_digit() && b != b' ' && b != b'-');
        (matches!(digits, 8 | 12 | 13 | 14) && !other).then_some(stated)
    })
}

/// A `QuantitativeValue` or `PropertyValue` in words: value and unit.
fn measure(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => {
            let (amount, _) = get(map, "value").and_then(text)?;
            match get(map, "unitText").or_else(|| get(map, "unitCode")).and_then(text) {
                Some((unit, _)) => Some(format!("{amount} {unit}")),
                None => Some(amount),
            }
        }
        Value::Array(list) => list.first().and_then(measure),
        other => text(other).map(|t| t.0),
    }
}

/// The lower end of a quantity.
fn minimum(value: &Value) -> Option<String> {
    let Value::Object(map) = value else {
        return measure(value);
    };
    match get(map, "minValue").and_then(text) {
        Some((amount, _)) => match get(map, "unitText").and_then(text) {
            Some((unit, _)) => Some(format!("{amount} {unit}")),
            None => Some(amount),
        },
        None => measure(value),
    }
}

fn breadcrumb(map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
    let list = get(map, "itemListElement")?;
    let mut parts: Vec<(i64, String)> = each(list)
        .take(20)
        .enumerate()
        .filter_map(|(i, item)| {
            let Value::Object(item) = item else { return None };
            let name = get(item, "name").and_then(text).or_else(|| {
                let inner = each(get(item, "item")?).next()?;
                get(inner.as_object()?, "name").and_then(text)
            })?;
            let position = get(item, "position").and_then(text).and_then(|p| p.0.parse().ok());
            Some((position.unwrap_or(i as i64 + 1), name.0))
        })
        .collect();
    parts.sort_by_key(|(position, _)| *position);
    let joined: Vec<String> = parts.into_iter().map(|(_, name)| name).collect();
    (!joined.is_empty()).then(|| Stated::new(joined.join(" > "), syntax, format!("{place}/itemListElement")))
}
