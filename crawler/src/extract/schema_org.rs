//! Reads schema.org products and offers out of one tree of values, whichever syntax it was written
//! in: JSON-LD gives it directly, microdata and RDFa are turned into it. What an offer says is
//! `schema_offer`'s, the forms of values are `schema_values`'s. Which product is the page's own, and which
//! witness prevails, is decided in `merge`.

use super::labels;
use super::schema_offer::as_ladder;
use super::schema_values::{
    bare, bare_key, below, breadcrumb, each, field, get, gtin, identifier, is_goods, is_mass, measure,
    shorten, text, types,
};
use super::selectors::add_picture;
use model::{Listing, Stated, Syntax};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Objects looked at on one page.
const OBJECTS: usize = 60_000;
/// Offers or variants kept of one product.
const OFFERS: usize = 300;
/// Products kept of one page.
const PRODUCTS: usize = 1_000;
/// Offers read of one page: many products may refer to one list of offers.
const ALL_OFFERS: usize = 4_000;
/// Named properties read of one product.
const PROPERTIES: usize = 200;

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
    /// Day the page was published or last changed, where its markup says so of the page.
    pub date: Option<Stated>,
}

/// Collects products, breadcrumbs and loose offers.
pub(super) fn read(roots: &[Root]) -> Markup {
    let mut walk = Walk {
        ids: HashMap::new(),
        variants: HashSet::new(),
        expanded: HashSet::new(),
        main: None,
        markup: Markup::default(),
        seen: 0,
        offers_left: Cell::new(ALL_OFFERS),
    };
    for root in roots {
        walk.index(&root.value);
    }
    for root in roots {
        walk.root(root);
    }
    walk.markup
}

/// The way through a page's markup.
pub(super) struct Walk<'a> {
    /// Objects by their `@id`; of several the fullest.
    ids: HashMap<&'a str, &'a Map<String, Value>>,
    /// Ids that a group names as its variants.
    variants: HashSet<&'a str>,
    /// Those of them that were read.
    expanded: HashSet<&'a str>,
    /// The id of what a page names as its main entity.
    main: Option<&'a str>,
    markup: Markup,
    seen: usize,
    offers_left: Cell<usize>,
}

impl<'a> Walk<'a> {
    /// Notes what refers to what by `@id`.
    fn index(&mut self, value: &'a Value) {
        let mut stack = vec![value];
        while let Some(value) = stack.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(id)) = map.get("@id") {
                        let known = self.ids.entry(id).or_insert(map);
                        if map.len() > known.len() {
                            *known = map;
                        }
                    }
                    if let Some(list) = map.get("hasVariant") {
                        self.variants.extend(each(list).filter_map(reference));
                    }
                    if self.main.is_none() {
                        self.main = map.get("mainEntity").and_then(reference);
                    }
                    stack.extend(map.values());
                }
                Value::Array(list) => stack.extend(list),
                _ => {}
            }
        }
    }

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
                    let id = map.get("@id").and_then(Value::as_str);
                    // A variant of a group is read where the group names it.
                    let named = role == Role::Variant;
                    let is_group = types.contains(&"ProductGroup");
                    if !named && !is_group && map.len() > 2 && id.is_some_and(|id| self.variants.contains(id))
                    {
                        continue;
                    }
                    if named && reference(value).is_some_and(|id| !self.expanded.insert(id)) {
                        continue;
                    }
                    let map = if named { self.referenced(map) } else { map };
                    let types = if named { self::types(map) } else { types };
                    let role = match id {
                        Some(id) if role == Role::Free && self.main == Some(id) => Role::MainEntity,
                        _ => role,
                    };
                    let is = |names: &[&str]| types.iter().any(|t| names.contains(t));
                    if is(&["BreadcrumbList"]) {
                        if self.markup.breadcrumb.is_none() {
                            self.markup.breadcrumb = breadcrumb(map, root.syntax, &place);
                        }
                        continue;
                    }
                    if self.markup.date.is_none() && is(&PAGES) {
                        self.markup.date =
                            field(map, &["dateModified", "datePublished"], root.syntax, &place);
                    }
                    let mut group = group;
                    let goods = types.iter().any(|t| is_goods(t));
                    let sells = types.iter().any(|t| is_seller(t));
                    if goods || (get(map, "offers").is_some() && get(map, "name").is_some() && !sells) {
                        let index = self.markup.products.len();
                        let product = self.product(map, role, root.syntax, &place, goods, group);
                        self.markup.products.push(product);
                        group = Some(index);
                    } else if is(&["Offer", "AggregateOffer"]) && group.is_none() {
                        let offer = self.offer(map, root.syntax, &place);
                        let item = get(map, "itemOffered").and_then(|item| each(item).next());
                        if offer.price.is_some() && item.is_none() {
                            self.markup.loose_offers.push(offer);
                        } else if let Some(item) = item.and_then(|item| self.object(item))
                            && offer.price.is_some()
                        {
                            let place = below(&place, "itemOffered");
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
                            "offers" if !sells => continue,
                            "brand" | "manufacturer" | "aggregateRating" | "additionalProperty" | "image"
                            | "seller" => continue,
                            _ => (role, group),
                        };
                        stack.push((inner, role, below(&place, key), group));
                    }
                }
                _ => {}
            }
        }
    }

    /// The object that another one stands for by its `@id`.
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

    /// An object, written out or by its id.
    pub(super) fn object<'v>(&self, value: &'v Value) -> Option<&'v Map<String, Value>>
    where
        'a: 'v,
    {
        match value {
            Value::Object(map) => Some(self.referenced(map)),
            Value::String(id) => self.ids.get(id.trim()).copied(),
            _ => None,
        }
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
        let mut listing = self.described(map, syntax, place);
        // What the group says holds for its variant.
        let of_group = get(map, "isVariantOf").and_then(|group| self.object(each(group).next()?));
        if let Some(group) = of_group {
            let place = below(place, "isVariantOf");
            let known = &mut listing;
            known.brand = known.brand.take().or_else(|| self.brand(group, syntax, &place));
            known.category = known.category.take().or_else(|| field(group, &["category"], syntax, &place));
            known.name = known.name.take().or_else(|| field(group, &["name"], syntax, &place));
        }
        if role == Role::Variant || of_group.is_some() || get(map, "inProductGroupWithID").is_some() {
            listing.variant = self.variant(map, syntax, place);
        }
        let (offers, aggregate) = self.offers(map, syntax, place);
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

    /// What a product says of itself, its offers aside.
    fn described(&self, map: &Map<String, Value>, syntax: Syntax, place: &str) -> Listing {
        let field = |keys: &[&str]| field(map, keys, syntax, place);
        let mut listing = Listing {
            url: get(map, "url").and_then(text).map(|t| t.0),
            name: field(&["name"]),
            brand: self.brand(map, syntax, place),
            gtin: gtin(map, syntax, place),
            mpn: field(&["mpn"]).or_else(|| identifier(map, syntax, place, |kind| kind == "mpn")),
            model: field(&["model"]),
            condition: field(&["itemCondition"]).map(bare),
            description: field(&["description"]).map(shorten),
            origin: self.named(map, "countryOfOrigin", syntax, place),
            date: field(&["dateModified", "datePublished", "releaseDate"]),
            ..Listing::default()
        };
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
        listing.category = field(&["category"]).map(|mut c| {
            c.text = c.text.replace(" / ", " > ");
            c
        });
        let measured = |key: &str| {
            get(map, key).and_then(measure).map(|text| Stated::new(text, syntax, below(place, key)))
        };
        listing.weight = measured("weight");
        for (i, one) in get(map, "hasMeasurement").into_iter().flat_map(each).enumerate().take(20) {
            if listing.weight.is_none()
                && let Some(text) = measure(one).filter(|text| is_mass(text))
            {
                listing.weight = Some(Stated::new(text, syntax, format!("{place}/hasMeasurement[{i}]")));
            }
        }
        // The weight is that of a parcel as often as of the goods: it stays in its own field.
        listing.quantity_text = measured("size");
        for key in ["color", "size", "material", "pattern", "width", "height", "depth", "productGroupID"] {
            if let Some(value) = measured(key) {
                listing.attributes.push((key.to_owned(), value));
            }
        }
        if let Some(group) = field(&["inProductGroupWithID"]) {
            listing.attributes.push(("productGroupID".to_owned(), group));
        }
        for (i, picture) in get(map, "image").into_iter().flat_map(each).enumerate().take(20) {
            let address = match self.object(picture) {
                Some(object) => {
                    ["contentUrl", "url", "@id"].iter().find_map(|k| object.get(*k)).and_then(Value::as_str)
                }
                None => picture.as_str(),
            };
            if let Some(address) = address {
                add_picture(&mut listing.images, address, syntax, || format!("{place}/image[{i}]"));
            }
        }
        let properties = get(map, "additionalProperty").into_iter().flat_map(each);
        for (i, property) in properties.enumerate().take(PROPERTIES) {
            if let Some(p) = self.object(property)
                && let Some((name, _)) = get(p, "name").and_then(text)
                && let Some(value) = measure(property)
            {
                let place = format!("{place}/additionalProperty[{i}]");
                labels::assign(&mut listing, &name, Stated::new(value, syntax, place));
            }
        }
        listing
    }

    fn brand(&self, map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
        let named = |key| self.named(map, key, syntax, place);
        named("brand").or_else(|| named("manufacturer")).map(|mut brand| {
            brand.text = labels::without_label(&brand.text).to_owned();
            brand
        })
    }

    /// What tells a variant from its siblings: the properties the group varies by that it states.
    fn variant(&self, map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
        let values: Vec<String> = ["color", "size", "pattern", "material"]
            .iter()
            .filter_map(|key| get(map, key).and_then(measure))
            .filter(|value| value.len() <= 80)
            .collect();
        (!values.is_empty()).then(|| Stated::new(values.join(" / "), syntax, below(place, "color")))
    }

    /// The offers of a product, and its aggregate offer.
    fn offers(
        &self,
        map: &Map<String, Value>,
        syntax: Syntax,
        place: &str,
    ) -> (Vec<Listing>, Option<Listing>) {
        let mut offers = Vec::new();
        let mut aggregate = None;
        let left = || {
            let left = self.offers_left.get();
            self.offers_left.set(left.saturating_sub(1));
            left > 0
        };
        for key in ["offers", "offer", "offerDetails"] {
            let Some(value) = get(map, key) else { continue };
            for (i, offer) in each(value).enumerate().take(OFFERS) {
                let Some(offer) = self.object(offer).filter(|_| left()) else { continue };
                let place = match value {
                    Value::Array(_) => format!("{}[{i}]", below(place, key)),
                    _ => below(place, key),
                };
                let read = self.offer(offer, syntax, &place);
                let is_aggregate =
                    types(offer).contains(&"AggregateOffer") || get(offer, "lowPrice").is_some();
                if let Some(inner) = get(offer, "offers").filter(|_| is_aggregate) {
                    for (j, inner) in each(inner).enumerate().take(OFFERS) {
                        if let Some(inner) = self.object(inner).filter(|_| left()) {
                            let mut inner = self.offer(inner, syntax, &format!("{place}/offers[{j}]"));
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
        as_ladder(&mut offers);
        (offers, aggregate)
    }

    /// The name of a thing that is a text or an object with a name, possibly by reference.
    pub(super) fn named(
        &self,
        map: &Map<String, Value>,
        key: &str,
        syntax: Syntax,
        place: &str,
    ) -> Option<Stated> {
        let value = each(get(map, key)?).next()?;
        let found = match self.object(value) {
            Some(inner) => get(inner, "name")
                .or_else(|| get(inner, "legalName"))
                .or_else(|| get(inner, "@value"))
                .and_then(text),
            None => text(value).filter(|t| !t.0.contains("://")),
        }?;
        Some(Stated::new(found.0, syntax, below(place, key)))
    }
}

/// Types of pages, whose dates are the page's.
const PAGES: [&str; 3] = ["WebPage", "ItemPage", "ProductPage"];

/// Types of those who sell: what they offer is not offered of them.
fn is_seller(name: &str) -> bool {
    name.ends_with("Organization")
        || name.ends_with("Business")
        || name.ends_with("Store")
        || matches!(name, "Person" | "Corporation" | "BusinessEntity")
}

/// The id that a value refers to and says nothing else of.
fn reference(value: &Value) -> Option<&str> {
    match value {
        Value::Object(map) if map.len() <= 2 => map.get("@id")?.as_str(),
        _ => None,
    }
}
