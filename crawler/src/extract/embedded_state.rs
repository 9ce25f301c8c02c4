//! State that pages embed for their own scripts: `__NEXT_DATA__`, data layers, inline JSON. Only an
//! object that names the page's product, or carries its article number, and has a price is taken:
//! such state lists many other products too.

use super::json_value::{Json, Object};
use super::schema_values::{bare, cut, is_mass, plain};
use super::state_shops::{hundredths, in_hundredths, shopify_currency};
use super::state_values::{BYTES, each_value, mentions_price};
use super::terms::{availability_term, fold, squeeze};
use super::tree::{Tree, attribute};
use memchr::memmem;
use model::{Listing, Stated, Syntax};

/// Scripts and objects looked at.
const SCRIPTS: usize = 120;
const OBJECTS: usize = 60_000;

const NAME: &[&str] =
    &["name", "title", "productname", "producttitle", "displayname", "itemname", "fullname"];
const PRICE: &[&str] = &[
    "saleprice",
    "finalprice",
    "currentprice",
    "sellingprice",
    "specialprice",
    "offerprice",
    "priceamount",
    "productprice",
    "unitprice",
    "price",
    "itemprice",
    "pricevalue",
];
const LIST: &[&str] = &[
    "listprice",
    "regularprice",
    "oldprice",
    "originalprice",
    "wasprice",
    "baseprice",
    "strikeprice",
    "compareatprice",
    "rrp",
    "msrp",
    "uvp",
];
const CURRENCY: &[&str] = &["currency", "currencycode", "pricecurrency", "currencyiso"];
const SKU: &[&str] = &["sku", "articlenumber", "productcode", "itemid"];
const GTIN: &[&str] = &["gtin", "gtin13", "ean", "ean13", "upc", "barcode", "gtin14", "gtin12"];
const MPN: &[&str] = &["mpn", "manufacturerpartnumber", "partnumber"];
const BRAND: &[&str] =
    &["brand", "brandname", "productbrand", "itembrand", "manufacturer", "manufacturername", "vendor"];
const VARIANT: &[&str] = &["variant", "itemvariant", "variantname", "publictitle"];
const CATEGORY: &[&str] = &["categorypath", "itemcategory", "category", "categoryname", "productcategory"];
const SELLER: &[&str] = &["sellername", "seller", "merchantname", "soldby"];
const CONDITION: &[&str] = &["itemcondition", "condition", "productcondition"];
const DATE: &[&str] = &["datemodified", "updatedat", "datepublished", "publishedat", "createdat"];
const STOCK: &[&str] = &["availability", "stockstatus", "instock", "isinstock", "available", "isavailable"];

/// What the page's other witnesses leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Anything,
    /// Only scripts that name a GTIN or a part number.
    Codes,
    Nothing,
}

/// The listing of the product that `names` name, as embedded state tells it.
pub(super) fn read(
    tree: &Tree<'_>,
    names: &[String],
    page_url: Option<&str>,
    wanted: Wanted,
) -> Option<Listing> {
    if wanted == Wanted::Nothing {
        return None;
    }
    let names: Vec<String> = names.iter().map(|n| squeeze(n)).filter(|n| n.len() >= 6).collect();
    let mut best: Option<(u32, Listing)> = None;
    let mut of_shop: Option<Stated> = None;
    let mut left = OBJECTS;
    let scripts = tree.elements().filter(|(_, e)| e.name() == "script");
    for (n, (id, element)) in scripts.enumerate().take(SCRIPTS) {
        if attribute(element, "src").is_some()
            || attribute(element, "type").is_some_and(|t| t.contains("ld+json"))
        {
            continue;
        }
        let text = tree.raw_text(id);
        if of_shop.is_none() && text.len() <= BYTES {
            of_shop = shopify_currency(&text, &format!("script[{n}]"));
        }
        if text.len() > BYTES || !mentions_price(&text) {
            continue;
        }
        if wanted == Wanted::Codes && !mentions_code(text.as_bytes()) {
            continue;
        }
        let place = match attribute(element, "id") {
            Some(id) => format!("script#{id}"),
            None => format!("script[{n}]"),
        };
        each_value(&text, attribute(element, "id"), &mut |value| {
            search(value, &place, &names, page_url, &mut left, &mut best);
        });
    }
    let (_, mut listing) = best?;
    listing.currency = listing.currency.or(of_shop);
    Some(listing)
}

fn mentions_code(bytes: &[u8]) -> bool {
    ["gtin", "\"ean", "ean13", "upc", "barcode", "mpn"]
        .iter()
        .any(|key| memmem::find(bytes, key.as_bytes()).is_some())
}

fn search<'v>(
    value: &'v Json<'v>,
    place: &'v str,
    names: &[String],
    page_url: Option<&str>,
    left: &mut usize,
    best: &mut Option<(u32, Listing)>,
) {
    let mut way = vec![Step { above: 0, name: Name::Key(place), length: place.len() }];
    // A list of items has its currency beside it (`ecommerce`, `view_item`).
    let mut stack = vec![(value, 0, None::<(&str, &str)>)];
    while let Some((value, at, currency)) = stack.pop() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        match value {
            Json::List(list) => {
                for (i, inner) in list.iter().enumerate().take(2_000).rev() {
                    if inner.holds_others() {
                        stack.push((inner, further(&mut way, at, Name::Place(i)), currency));
                    }
                }
            }
            Json::Object(map) => {
                let path = || path(&way, at);
                if let Some((strength, mut listing)) = product(map, &path, names, page_url)
                    && best.as_ref().is_none_or(|(s, _)| strength > *s)
                {
                    if let Some((key, code)) = currency.filter(|_| listing.currency.is_none()) {
                        let place = format!("{} (beside it: {key})", path());
                        listing.currency = Some(Stated::new(code, Syntax::EmbeddedState, place));
                    }
                    *best = Some((strength, listing));
                }
                let own =
                    |key: &'static str| Some((key, map.get(key)?.as_str().filter(|code| code.len() == 3)?));
                let any = map.len() > 400 || map.keys().any(|key| key.starts_with("currency"));
                let own =
                    ["currency", "currencyCode", "currency_code"].into_iter().filter(|_| any).find_map(own);
                let currency = own.or(currency);
                let deep = way[at].length >= 400;
                for (key, inner) in map.iter().rev() {
                    if inner.holds_others() && !deep {
                        stack.push((inner, further(&mut way, at, Name::Key(cut(key, 60))), currency));
                    }
                }
            }
            _ => {}
        }
    }
}

/// What an object or a list is called where it stands.
enum Name<'v> {
    Key(&'v str),
    Place(usize),
}

/// One step on the way from a script to a value within its state. Few values are ever named: their
/// names are put together only then.
struct Step<'v> {
    above: usize,
    name: Name<'v>,
    /// Bytes of the whole name.
    length: usize,
}

fn further<'v>(way: &mut Vec<Step<'v>>, above: usize, name: Name<'v>) -> usize {
    let own = match name {
        Name::Key(key) => key.len(),
        Name::Place(i) => 1 + i.checked_ilog10().unwrap_or(0) as usize,
    };
    let length = way[above].length + 1 + own;
    way.push(Step { above, name, length });
    way.len() - 1
}

fn path(way: &[Step<'_>], mut at: usize) -> String {
    let mut names = Vec::new();
    loop {
        names.push(match way[at].name {
            Name::Key(key) => key.to_owned(),
            Name::Place(i) => i.to_string(),
        });
        if at == 0 {
            break;
        }
        at = way[at].above;
    }
    names.reverse();
    names.join("/")
}

fn product(
    map: &Object<'_>,
    path: &dyn Fn() -> String,
    names: &[String],
    page_url: Option<&str>,
) -> Option<(u32, Listing)> {
    if map.len() < 2 || map.len() > 400 {
        return None;
    }
    let (name_key, name) = text_at(map, NAME)?;
    let shopify = in_hundredths(map);
    let (price_key, mut price) = text_at(map, PRICE).or_else(|| nested_price(map))?;
    if shopify {
        price = hundredths(&price);
    }
    if !price.bytes().any(|b| b.is_ascii_digit() && b != b'0') || price.len() > 24 {
        return None;
    }
    let squeezed = squeeze(&name);
    let exact = names.contains(&squeezed);
    let near =
        squeezed.len() >= 8 && names.iter().any(|n| n.contains(&squeezed) || squeezed.contains(n.as_str()));
    if !exact && !near {
        return None;
    }
    let path = path();
    let state = |key: &str, text: String| Stated::new(text, Syntax::EmbeddedState, format!("{path}/{key}"));
    let take = |keys: &[&str]| text_at(map, keys).map(|(key, text)| state(&key, text));
    let sku = take(SKU).filter(|s| s.text.len() <= 40);
    let addressed = match (&sku, page_url) {
        (Some(sku), Some(url)) => sku.text.len() >= 4 && url.contains(&sku.text),
        _ => false,
    };
    let mut listing = Listing {
        name: Some(state(&name_key, name)),
        currency: take(CURRENCY).filter(|c| c.text.len() <= 5),
        list_price: take(LIST).filter(|l| l.text.bytes().any(|b| matches!(b, b'1'..=b'9'))).map(|mut l| {
            if shopify {
                l.text = hundredths(&l.text);
            }
            l
        }),
        variant: take(VARIANT).filter(|v| v.text.len() <= 120),
        category: category(map).map(|(key, text)| state(&key, text)),
        seller: take(SELLER).filter(|s| s.text.len() <= 120),
        condition: take(CONDITION).map(bare).filter(|c| c.text.len() <= 40),
        date: take(DATE).filter(|d| d.text.len() <= 40 && d.text.bytes().any(|b| b.is_ascii_digit())),
        weight: weight(map).map(|(key, text)| state(&key, text)),
        gtin: take(GTIN).filter(|g| {
            matches!(g.text.len(), 8 | 12 | 13 | 14) && g.text.bytes().all(|b| b.is_ascii_digit())
        }),
        mpn: take(MPN),
        brand: take(BRAND),
        availability: take(STOCK)
            .and_then(|a| availability_term(&a.text).map(|t| Stated { text: t.to_owned(), ..a })),
        ..Listing::default()
    };
    // Prices in minor units are told by nothing but their size; only text that shows decimals, or a
    // number beside a stated currency, is taken.
    listing.price = Some(state(&price_key, price));
    listing.sku = sku;
    let strength =
        u32::from(exact) * 4 + u32::from(addressed) * 4 + u32::from(listing.currency.is_some()) * 2 + 1;
    Some((strength, listing))
}

/// `item_category`, `item_category2` … are the steps of one path.
fn category(map: &Object<'_>) -> Option<(String, String)> {
    let (key, mut path) = text_at(map, CATEGORY)?;
    if key_is(&key, "itemcategory") {
        for step in ["itemcategory2", "itemcategory3", "itemcategory4", "itemcategory5"] {
            let Some((_, text)) = text_at(map, &[step]) else { break };
            path = format!("{path} > {text}");
        }
    }
    path.bytes().any(|b| !b.is_ascii_digit()).then_some((key, path))
}

/// A weight says its unit, or has it beside itself; a bare number may be grams or pounds.
fn weight(map: &Object<'_>) -> Option<(String, String)> {
    let (key, text) = text_at(map, &["weight", "netweight", "grossweight"])?;
    let with_unit = match text_at(map, &["weightunit", "weightunits", "weightuom"]) {
        Some((_, unit)) if text.ends_with(|c: char| c.is_ascii_digit()) => format!("{text} {unit}"),
        _ => text,
    };
    (is_mass(&with_unit) && with_unit.bytes().any(|b| matches!(b, b'1'..=b'9'))).then_some((key, with_unit))
}

fn nested_price(map: &Object<'_>) -> Option<(String, String)> {
    let inner = map.iter().find(|(k, v)| {
        v.as_object().is_some() && ["price", "prices", "pricing", "priceinfo"].iter().any(|w| key_is(k, w))
    })?;
    let object = inner.1.as_object()?;
    let (key, text) =
        text_at(object, PRICE).or_else(|| text_at(object, &["value", "amount", "current", "now"]))?;
    Some((format!("{}/{key}", inner.0), text))
}

fn text_at(map: &Object<'_>, keys: &[&str]) -> Option<(String, String)> {
    keys.iter().find_map(|wanted| {
        map.iter().take(400).find_map(|(key, value)| {
            if key.len() > 40 || !key_is(key, wanted) {
                return None;
            }
            let text = match value {
                Json::Text(s) => fold(s),
                Json::Number(_) => plain(&value.number()?),
                Json::Bool(b) => b.to_string(),
                Json::Object(o) => match o.get("name") {
                    Some(Json::Text(s)) => fold(s),
                    _ => return None,
                },
                _ => return None,
            };
            (!text.is_empty() && text.len() < 400).then(|| (key.clone().into_owned(), text))
        })
    })
}

/// Whether a key is a name, without regard to case and separators.
fn key_is(key: &str, wanted: &str) -> bool {
    // Nearly all keys differ in their first letter or are shorter.
    if key.len() < wanted.len()
        || key
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric() && b | 0x20 != wanted.as_bytes()[0] | 0x20)
    {
        return false;
    }
    let mut letters = key.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    wanted.bytes().all(|w| letters.next() == Some(w)) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::quick_tree;

    fn of(script: &str) -> Option<Listing> {
        let html = format!("<script>{script}</script>");
        let flat = quick_tree::read(&html).unwrap();
        read(&Tree::new(&flat), &["Blue garden hose 20 m".into()], None, Wanted::Anything)
    }

    #[test]
    fn the_named_product_is_found_among_others() {
        let l = of("window.__STATE__ = {related:[{name:'Red hose',price:5}], product:{name:'Blue garden hose 20 m', price: 24.90, currency:'EUR', sku:'GH-20', brand:{name:'Aqua'}}};").unwrap();
        assert_eq!(l.price.unwrap().text, "24.9");
        assert_eq!(l.sku.unwrap().text, "GH-20");
        assert_eq!(l.brand.unwrap().text, "Aqua");
    }

    #[test]
    fn other_products_and_zero_prices_are_not_taken() {
        assert_eq!(of("var x = {name:'Red garden chair', price: 5, currency:'EUR'};"), None);
        assert_eq!(of("var x = {name:'Blue garden hose 20 m', price: 0};"), None);
    }
}
