//! What a schema.org offer says: price and list price, unit price, ladder of quantities, tax, delivery,
//! seller, dates. Products and the way through a page's markup are `schema_org`'s; which of several
//! offers stands for a product is decided in `merge`.

use super::price_text;
use super::schema_org::Walk;
use super::schema_values::{
    bare, below, each, field, get, gtin, measure, minimum, payable, text, truth, types,
};
use super::terms::availability_term;
use model::{Listing, QuantityBreak, Stated, Syntax};
use serde_json::{Map, Value};

/// Price specifications and delivery charges read of one offer.
const PARTS: usize = 50;
/// Countries named of one delivery charge.
const COUNTRIES: usize = 30;

/// Kinds of price that are no price to pay: what was asked before, or what the maker recommends.
const LISTED: [&str; 7] = ["list", "srp", "msrp", "strike", "regular", "rrp", "suggested"];
/// Kinds of price that say nothing of this offer.
const NO_OFFER: [&str; 2] = ["minimumadvertised", "invoice"];

impl Walk<'_> {
    /// Reads an offer, or the price that stands on a product itself.
    pub(super) fn offer(&self, map: &Map<String, Value>, syntax: Syntax, place: &str) -> Listing {
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
            valid_until: field(&["priceValidUntil", "validThrough", "availabilityEnds"]),
            tax_included: tax(map, syntax, place),
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
            offer.min_order = Some(Stated::new(amount, syntax, below(place, "eligibleQuantity")));
        }
        for key in ["priceSpecification", "priceSpecifications"] {
            let Some(list) = get(map, key) else { continue };
            for (i, part) in each(list).enumerate().take(PARTS) {
                if let Some(part) = self.object(part) {
                    let place = match list {
                        Value::Array(_) => format!("{}[{i}]", below(place, key)),
                        _ => below(place, key),
                    };
                    self.specification(&mut offer, part, syntax, &place);
                }
            }
        }
        // One step is no ladder.
        if offer.quantity_breaks.len() < 2 {
            offer.quantity_breaks.clear();
        }
        offer.quantity_breaks.sort_by_key(|step| price_text::value(&step.min_quantity.text));
        self.delivery(&mut offer, map, syntax, place);
        offer
    }

    /// A `PriceSpecification`: a price with its kind, a price per unit, a charge for delivery, or one
    /// step of a quantity ladder.
    fn specification(&self, offer: &mut Listing, map: &Map<String, Value>, syntax: Syntax, place: &str) {
        let price = field(map, &["price"], syntax, place);
        let currency = field(map, &["priceCurrency"], syntax, place);
        let kinds = types(map);
        if kinds.iter().any(|t| t.contains("PaymentCharge")) {
            return;
        }
        if kinds.iter().any(|t| t.contains("Delivery")) {
            if offer.shipping.is_none() {
                offer.shipping = price.map(|price| with_currency(price, currency.or(offer.currency.clone())));
                offer.shipping_to = field(map, &["eligibleRegion"], syntax, place);
            }
            return;
        }
        let range = || field(map, &["minPrice"], syntax, place);
        let Some(price) = price.or_else(range).and_then(payable) else { return };
        let kind = field(map, &["priceType"], syntax, place).map(|k| k.text.to_ascii_lowercase());
        let is = |words: &[&str]| kind.as_deref().is_some_and(|k| words.iter().any(|w| k.contains(w)));
        // What only members pay is not the offer's price.
        if is(&NO_OFFER) || get(map, "validForMemberTier").is_some() {
            return;
        }
        offer.currency = offer.currency.take().or(currency);
        if is(&LISTED) {
            offer.list_price = offer.list_price.take().or(Some(price));
            return;
        }
        // A price per reference quantity (100 g) is not the price of the article.
        let per = get(map, "referenceQuantity")
            .and_then(measure)
            .filter(|m| !matches!(m.as_str(), "1" | "1 C62" | "1 H87" | "1 EA"));
        if let Some(per) = per {
            let per = Stated::new(per, syntax, below(place, "referenceQuantity"));
            if offer.price.as_ref().is_none_or(|article| article.text == price.text) {
                offer.price_unit = offer.price_unit.take().or(Some(per));
                offer.price = offer.price.take().or(Some(price));
            } else if offer.unit_price.is_none() {
                offer.unit_price = Some(price);
                offer.unit_price_unit = Some(per);
            }
            return;
        }
        if let Some(minimum) = get(map, "eligibleQuantity").and_then(minimum) {
            offer.quantity_breaks.push(QuantityBreak {
                min_quantity: Stated::new(minimum, syntax, below(place, "eligibleQuantity")),
                price: price.clone(),
            });
        }
        // With and without tax: what is paid is with it.
        let tax = tax(map, syntax, place);
        let gross = |tax: &Option<Stated>| tax.as_ref().map(|t| t.text == "true");
        let taxed = gross(&tax) == Some(true) && gross(&offer.tax_included) == Some(false);
        if offer.price.is_none() || is(&["sale"]) || taxed {
            offer.price = Some(price);
            offer.tax_included = tax.or(offer.tax_included.take());
        } else if offer.tax_included.is_none()
            && offer.price.as_ref().is_some_and(|known| same_amount(known, &price))
        {
            offer.tax_included = tax;
        }
        offer.valid_until = offer.valid_until.take().or_else(|| field(map, &["validThrough"], syntax, place));
    }

    /// The first charge for delivery (`OfferShippingDetails`) and where it holds.
    fn delivery(&self, offer: &mut Listing, map: &Map<String, Value>, syntax: Syntax, place: &str) {
        let Some(list) = get(map, "shippingDetails").filter(|_| offer.shipping.is_none()) else { return };
        let place = below(place, "shippingDetails");
        for details in each(list).take(PARTS).filter_map(|details| self.object(details)) {
            if get(details, "doesNotShip").and_then(truth) == Some(true) {
                continue;
            }
            let Some(rate) = get(details, "shippingRate").and_then(|r| self.object(each(r).next()?)) else {
                continue;
            };
            let amount = field(rate, &["value", "price", "maxValue"], syntax, &below(&place, "shippingRate"));
            let Some(amount) = amount.filter(|a| a.text.bytes().any(|b| b.is_ascii_digit())) else {
                continue;
            };
            let currency = field(rate, &["currency", "priceCurrency"], syntax, &place);
            offer.shipping = Some(with_currency(amount, currency.or(offer.currency.clone())));
            let regions = get(details, "shippingDestination").into_iter().flat_map(each);
            let mut countries: Vec<String> = regions
                .filter_map(|region| {
                    let region = self.object(region)?;
                    let country = get(region, "addressCountry")?;
                    Some(each(country).filter_map(|c| text(c).map(|t| t.0)).collect::<Vec<_>>())
                })
                .flatten()
                .take(COUNTRIES)
                .collect();
            countries.dedup();
            if !countries.is_empty() {
                let place = below(&place, "shippingDestination");
                offer.shipping_to = Some(Stated::new(countries.join(", "), syntax, place));
            }
            return;
        }
    }
}

/// Offers that differ in nothing but the quantity they hold from are one offer with a ladder: the one
/// of the smallest quantity, with the others' prices as its steps.
pub(super) fn as_ladder(offers: &mut Vec<Listing>) {
    let steps = offers.iter().filter(|o| o.min_order.is_some() && o.price.is_some()).count();
    let same = |key: fn(&Listing) -> Option<&str>| offers.iter().all(|o| key(o) == key(&offers[0]));
    if steps < 2
        || steps < offers.len()
        || !same(|o| o.sku.as_ref().map(|s| s.text.as_str()))
        || !same(|o| o.seller.as_ref().map(|s| s.text.as_str()))
        || !same(|o| o.currency.as_ref().map(|s| s.text.as_str()))
        || !same(|o| o.url.as_deref())
    {
        return;
    }
    let smallest = |o: &Listing| o.min_order.as_ref().and_then(|m| price_text::value(&m.text));
    let mut quantities: Vec<_> = offers.iter().map(smallest).collect();
    quantities.sort_unstable();
    quantities.dedup();
    if quantities.len() < offers.len() {
        return;
    }
    offers.sort_by_key(smallest);
    let ladder = offers
        .iter()
        .filter_map(|o| Some(QuantityBreak { min_quantity: o.min_order.clone()?, price: o.price.clone()? }))
        .collect();
    offers.truncate(1);
    offers[0].quantity_breaks = ladder;
}

fn same_amount(a: &Stated, b: &Stated) -> bool {
    price_text::value(&a.text) == price_text::value(&b.text)
}

/// An amount with its currency, in one text.
fn with_currency(mut amount: Stated, currency: Option<Stated>) -> Stated {
    if let Some(currency) = currency
        && amount.text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
    {
        amount.text = format!("{} {}", amount.text, currency.text);
    }
    amount
}

fn tax(map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
    let key = "valueAddedTaxIncluded";
    let included = truth(get(map, key)?)?;
    Some(Stated::new(included.to_string(), syntax, below(place, key)))
}
