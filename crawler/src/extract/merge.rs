//! One listing out of what the syntaxes of a page say, field by field. Every field keeps the witness it
//! was taken from. The rules, in the order in which they are applied:
//!
//! 1. **Order of witnesses**: rule of the source, JSON-LD, microdata, RDFa, OpenGraph and meta tags,
//!    embedded state, visible page. A field is taken from the first that states it; what only a later
//!    one states is added.
//! 2. **The price is what any buyer pays now.** Prices of other kinds (list, recommended, struck out,
//!    members', lowest advertised) are never it; of prices with and without tax it is the one with.
//! 3. **Several offers or variants**: the one whose price the page shows; else the aggregate's lowest with
//!    its highest; else the first. Offers of different sellers stay apart; offers of one seller that differ
//!    in their quantity alone are one ladder.
//! 4. **The visible price prevails over markup** where the page shows the markup's price struck out and a
//!    lower one plainly; or where the page shows the markup's price nowhere, no other witness states it, and
//!    the visible one stands out and is of the same order (stale markup, the price of another variant, net
//!    beside gross); or where another witness states the visible price and the page shows it much more
//!    plainly; or where markup counts cents, or has more decimals than money. A markup price that the page
//!    shows anywhere unstruck stays.
//! 5. **The currency belongs to the price**: it is the one of the witness that gave the price, else the
//!    first that is stated. A sign or code beside a visible price that was taken prevails where it cannot
//!    mean what markup states.
//! 6. A list price that is not above the price is dropped; a range's upper end belongs to its lower end.
//!
//! How far the witnesses agree is counted in [`Listing::agreement`], for the confidence.

use super::currencies;
use super::links::join;
use super::price_text;
use super::rows::place;
use super::schema_org::{Markup, Product, Role};
use super::terms::squeeze;
use super::visible::Page;
use model::{Listing, Stated, Syntax};
use url::Url;

/// A visible price below this score is no price: a number with a currency somewhere on the page. Above
/// it the listing's confidence says how far it can be believed.
const VISIBLE_ALONE: f64 = 2.4;
/// A visible price contradicts markup only from this score on.
const VISIBLE_AGAINST: f64 = 7.0;

/// How much a product of the markup looks like the page's own: its name is the page's title, or its
/// address the page's.
pub(super) fn main_product(
    markup: &Markup,
    names: &[String],
    url: Option<&Url>,
    canonical: Option<&str>,
) -> Option<usize> {
    let names: Vec<String> = names.iter().map(|n| squeeze(n)).filter(|n| n.len() >= 3).collect();
    let canonical = canonical.and_then(|c| join(url, c));
    let mut best: Option<(i32, usize)> = None;
    // A group is priced by its variants.
    let mut priced: Vec<bool> = markup.products.iter().map(has_price).collect();
    for p in &markup.products {
        if let (Some(group), true) = (p.group, has_price(p)) {
            priced[group] = true;
        }
    }
    let free_goods = |needs_price: bool| {
        let all = markup.products.iter().zip(&priced);
        all.filter(|(p, priced)| p.goods && p.role <= Role::Free && (**priced || !needs_price)).count()
    };
    let any_priced = free_goods(true) > 0;
    let free = free_goods(any_priced);
    for (i, p) in markup.products.iter().enumerate() {
        if matches!(p.role, Role::Related | Role::Variant) {
            continue;
        }
        let mut score = 0;
        if let Some(name) = p.listing.name.as_ref().map(|n| squeeze(&n.text)).filter(|n| n.len() >= 3) {
            if names.contains(&name) {
                score += 6;
            } else if names.iter().any(|n| n.contains(&name) || (n.len() >= 8 && name.contains(n.as_str()))) {
                score += 4;
            }
        }
        if let Some(own) = p.listing.url.as_deref().and_then(|u| join(url, u)) {
            let same = |other: &Url| {
                own.host_str() == other.host_str() && own.path() == other.path() && own.path() != "/"
            };
            if url.is_some_and(same) || canonical.as_ref().is_some_and(same) {
                score += 4;
            }
        }
        score += match p.role {
            Role::MainEntity => 4,
            Role::InList => -4,
            _ => 0,
        };
        // The only product of a page is its product, whatever it is called.
        if free == 1 && p.role <= Role::Free && p.goods && (priced[i] || !any_priced) {
            score += 3;
        }
        score += i32::from(p.goods) * 2 + i32::from(priced[i]) * 2;
        score = score * 10 + rank(p.syntax);
        if best.is_none_or(|(b, _)| score > b) {
            best = Some((score, i));
        }
    }
    best.filter(|(score, _)| *score >= 50).map(|(_, i)| i)
}

fn rank(syntax: Syntax) -> i32 {
    match syntax {
        Syntax::JsonLd => 3,
        Syntax::Microdata => 2,
        Syntax::Rdfa => 1,
        _ => 0,
    }
}

pub(super) fn has_price(p: &Product) -> bool {
    p.offers.iter().chain(&p.aggregate).any(|o| o.price.is_some())
}

/// Fills empty fields of `into` from `from`; attributes and pictures are joined.
pub(super) fn fill(into: &mut Listing, from: &Listing) {
    // A price brings its own currency and its own tax with it.
    if into.price.is_none() && from.price.is_some() {
        let ruled = |s: &Option<Stated>| s.as_ref().is_some_and(|s| s.witness.syntax == Syntax::Rule);
        if from.currency.is_some() && !ruled(&into.currency) {
            into.currency = None;
        }
        into.tax_included = into.tax_included.take().filter(|_| from.tax_included.is_none());
    }
    macro_rules! fill {
        ($($field:ident),*) => { $( if into.$field.is_none() { into.$field.clone_from(&from.$field); } )* };
    }
    fill!(
        url,
        name,
        price,
        list_price,
        currency,
        availability,
        sku,
        gtin,
        mpn,
        brand,
        model,
        condition,
        seller,
        category,
        quantity_text,
        variant,
        weight,
        shipping,
        shipping_to,
        price_unit,
        unit_price,
        unit_price_unit,
        tax_included,
        valid_until,
        min_order,
        hs_code,
        origin,
        description,
        date,
        language
    );
    // A range's upper end belongs to its lower end.
    if into.price_high.is_none() && into.price == from.price {
        into.price_high.clone_from(&from.price_high);
    }
    if into.quantity_breaks.is_empty() {
        into.quantity_breaks.clone_from(&from.quantity_breaks);
    }
    if into.images.is_empty() {
        into.images.clone_from(&from.images);
    }
    for (name, value) in &from.attributes {
        if into.attributes.len() < 200 && !into.attributes.iter().any(|(n, _)| n == name) {
            into.attributes.push((name.clone(), value.clone()));
        }
    }
}

/// One listing per product of the markup: product fields with the offer that stands for it.
pub(super) fn of_product(p: &Product, visible: Option<&Page<'_, '_>>) -> Vec<Listing> {
    let mut listings = Vec::new();
    let sellers = distinct_sellers(p);
    if sellers >= 2 {
        for offer in p.offers.iter().filter(|o| o.price.is_some()) {
            let mut one = offer.clone();
            one.name = None;
            let own_url = one.url.take();
            fill(&mut one, &p.listing);
            one.url = own_url.or(one.url);
            listings.push(one);
        }
        if let Some(best) = visible.and_then(Page::best)
            && let Some(at) = listings.iter().position(|l| value(l.price.as_ref()) == Some(best.value))
        {
            let first = listings.remove(at);
            listings.insert(0, first);
        }
        return listings;
    }
    let mut one = p.listing.clone();
    let offer = chosen_offer(p, visible);
    if let Some(offer) = offer {
        // What the offer says of itself is closer to the price than what the product says.
        let mut merged = offer.clone();
        merged.name = None;
        merged.url = None;
        // Codes of one variant among several are not the product's.
        let several = p.offers.len() > 1;
        if several {
            for (own, product) in [
                (&mut merged.sku, &p.listing.sku),
                (&mut merged.gtin, &p.listing.gtin),
                (&mut merged.mpn, &p.listing.mpn),
            ] {
                if product.is_some() {
                    own.clone_from(product);
                }
            }
        } else if p.listing.sku.is_some() {
            merged.sku = None;
        }
        if several && p.offers.iter().any(|o| o.availability.as_ref().is_some_and(|a| a.text == "InStock")) {
            // One variant in stock: the product can be bought.
            merged.availability =
                p.offers.iter().filter_map(|o| o.availability.clone()).find(|a| a.text == "InStock");
        }
        fill(&mut merged, &one);
        merged.url = one.url.take().or(offer.url.clone().filter(|_| p.offers.len() == 1));
        one = merged;
    }
    if let Some(aggregate) = &p.aggregate {
        fill(&mut one, aggregate);
    }
    listings.push(one);
    listings
}

fn distinct_sellers(p: &Product) -> usize {
    let mut names: Vec<&str> = p
        .offers
        .iter()
        .filter(|o| o.price.is_some())
        .filter_map(|o| o.seller.as_ref().map(|s| s.text.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// The offer that stands for the product: the one whose price the page shows, else the first.
fn chosen_offer<'p>(p: &'p Product, visible: Option<&Page<'_, '_>>) -> Option<&'p Listing> {
    let priced: Vec<&Listing> = p.offers.iter().filter(|o| o.price.is_some()).collect();
    let shown = visible
        .and_then(Page::best)
        .and_then(|best| priced.iter().find(|o| value(o.price.as_ref()) == Some(best.value)).copied());
    let Some(shown) = shown else {
        // An aggregate states its own lowest price.
        if let Some(aggregate) = p.aggregate.as_ref().filter(|a| a.price.is_some()) {
            return Some(aggregate);
        }
        return priced.first().copied().or_else(|| p.offers.first()).or(p.aggregate.as_ref());
    };
    Some(shown)
}

pub(super) fn value(price: Option<&Stated>) -> Option<u64> {
    price_text::value(&price?.text)
}

/// Decides the price of the main listing between markup and the visible page, and adds the
/// struck-out price.
pub(super) fn settle_price(listing: &mut Listing, others: &[&Listing], page: &Page<'_, '_>) {
    if listing.price.as_ref().is_some_and(|p| p.witness.syntax == Syntax::Rule) {
        return;
    }
    let Some(best) = page.best() else { return };
    let stated = |text: &str| Stated::new(text, Syntax::Visible, place(page.tree, best.id));
    let marked = value(listing.price.as_ref());
    // Markup with more decimals than money has: the shop's arithmetic; what is paid is shown.
    let unrounded = listing.price.as_ref().is_some_and(|p| {
        p.text.rsplit_once('.').is_some_and(|(_, f)| f.len() > 3 && f.bytes().all(|b| b.is_ascii_digit()))
    });
    let take = match marked {
        None => best.score >= VISIBLE_ALONE,
        Some(marked) if unrounded && marked.abs_diff(best.value) <= 1 => true,
        Some(marked) if marked == best.value => false,
        // A hundred times what the page shows: the markup counts cents.
        Some(marked) if marked == best.value.saturating_mul(100) && best.currency.is_some() => {
            if listing.list_price.as_ref().map(|p| p.witness.syntax)
                == listing.price.as_ref().map(|p| p.witness.syntax)
            {
                listing.list_price = None;
            }
            true
        }
        Some(marked) => {
            let shown = page.candidates.iter().filter(|c| c.value == marked && !c.outside);
            let struck = shown.clone().count() > 0 && shown.clone().all(|c| c.old);
            let nowhere = shown.clone().count() == 0;
            let seconded = others.iter().any(|o| value(o.price.as_ref()) == Some(best.value));
            let confirmed = others.iter().filter(|o| value(o.price.as_ref()) == Some(marked)).count();
            let shown_score = shown.clone().map(|c| c.score).fold(f64::MIN, f64::max);
            let low = best.score >= VISIBLE_AGAINST && !best.old;
            // The page shows it struck out; or shows it nowhere, and shows another one plainly.
            (struck && best.score >= VISIBLE_ALONE && best.value < marked)
                || (low && seconded && best.score - shown_score >= 2.0)
                || (low && nowhere && confirmed == 0 && comparable(marked, best.value))
        }
    };
    if take {
        let former = listing.price.take();
        listing.price = Some(stated(&best.text));
        listing.tax_included = None;
        if let (Some(shown), Some(known)) = (&best.currency, &listing.currency)
            && known.witness.syntax != Syntax::Rule
            && currencies::contradict(shown, &known.text)
        {
            listing.currency = Some(stated(shown));
        }
        listing.price_high = best.high.as_deref().map(stated);
        listing.price_unit = listing.price_unit.take().or(best.per.as_deref().map(stated));
        if let Some(former) = former
            && value(Some(&former)).is_some_and(|f| f > best.value)
            && page.candidates.iter().any(|c| c.old && Some(c.value) == value(Some(&former)))
        {
            listing.list_price = listing.list_price.take().or(Some(former));
        }
    }
    if listing.currency.is_none()
        && let Some(currency) = &best.currency
        && value(listing.price.as_ref()) == Some(best.value)
    {
        listing.currency = Some(stated(currency));
    }
    if listing.price_unit.is_none() && value(listing.price.as_ref()) == Some(best.value) {
        listing.price_unit = best.per.as_deref().map(stated);
    }
    if listing.list_price.is_none() && value(listing.price.as_ref()) == Some(best.value) {
        listing.list_price = page
            .old_price_of(best)
            .map(|old| Stated::new(&old.text, Syntax::Visible, place(page.tree, old.id)));
    }
    // A list price that is not above the price is none.
    if let (Some(list), Some(now)) = (value(listing.list_price.as_ref()), value(listing.price.as_ref()))
        && list <= now
    {
        listing.list_price = None;
    }
}

/// Prices of one article differ by a discount or a tax, not by orders of magnitude.
fn comparable(a: u64, b: u64) -> bool {
    a < b.saturating_mul(4) && b < a.saturating_mul(4)
}

/// Fills what identifies the goods, not what an offer says of itself.
pub(super) fn fill_identity(into: &mut Listing, from: &Listing) {
    let identity = Listing {
        name: from.name.clone(),
        brand: from.brand.clone(),
        gtin: from.gtin.clone(),
        mpn: from.mpn.clone(),
        model: from.model.clone(),
        category: from.category.clone(),
        quantity_text: from.quantity_text.clone(),
        hs_code: from.hs_code.clone(),
        origin: from.origin.clone(),
        description: from.description.clone(),
        weight: from.weight.clone(),
        attributes: from.attributes.clone(),
        images: from.images.clone(),
        currency: from.currency.clone(),
        ..Listing::default()
    };
    fill(into, &identity);
}

/// Adds the variants of a product group. The variant whose address is the page's takes the place of
/// the group's own unpriced listing.
pub(super) fn add_variants<'p>(
    all: &mut Vec<Listing>,
    variants: impl Iterator<Item = &'p Product>,
    url: Option<&Url>,
) {
    let mut read: Vec<Listing> =
        variants.take(300).filter_map(|p| of_product(p, None).into_iter().next()).collect();
    if read.is_empty() {
        return;
    }
    let same = |l: &Listing| {
        l.url.as_deref().and_then(|u| join(url, u)).is_some_and(|own| {
            url.is_some_and(|page| page.path() == own.path() && page.query() == own.query())
        })
    };
    let own = read.iter().position(same).or_else(|| {
        let shown = value(all[0].price.as_ref())?;
        read.iter().position(|l| value(l.price.as_ref()) == Some(shown))
    });
    let unpriced = all[0].price.as_ref().is_none_or(|p| p.witness.syntax == Syntax::Visible);
    if unpriced {
        let mut first = read.remove(own.unwrap_or(0));
        let group = all.remove(0);
        if first.name.is_none() {
            first.name.clone_from(&group.name);
        }
        fill(&mut first, &group);
        all.insert(0, first);
    } else if let Some(own) = own {
        let first = read.remove(own);
        fill(&mut all[0], &first);
    }
    let group = all[0].clone();
    for mut variant in read {
        let (gtin, mpn) = (variant.gtin.take(), variant.mpn.take());
        fill_identity(&mut variant, &group);
        variant.gtin = gtin;
        variant.mpn = mpn;
        all.push(variant);
    }
}

/// Adds variations that have a price each and no name: as listings of their own where their prices
/// differ, with the first listing as the one a page opens with.
pub(super) fn add_variations(all: &mut Vec<Listing>, variations: Vec<Listing>) {
    let mut prices: Vec<Option<u64>> = variations.iter().map(|v| value(v.price.as_ref())).collect();
    prices.sort_unstable();
    prices.dedup();
    if prices.len() < 2 {
        return;
    }
    let main = all[0].clone();
    for mut variation in variations {
        fill_identity(&mut variation, &Listing { gtin: None, mpn: None, ..main.clone() });
        variation.url.clone_from(&main.url);
        all.push(variation);
    }
}

/// The shop's own number of the article in the page's address: the last part of the path that is a
/// number, or that ends in one ("…-40010.html", "/Prod/144432/"). The weakest witness there is.
pub(super) fn number_in_address(url: &Url) -> Option<Stated> {
    let parts: Vec<&str> = url.path_segments()?.filter(|p| !p.is_empty()).collect();
    parts.iter().rev().take(2).find_map(|part| {
        let stem = part.rsplit_once('.').map_or(*part, |(stem, _)| stem);
        let last = stem.rsplit(['-', '_']).next()?;
        let digits = last.trim_start_matches(['p', 'x', 'P']);
        let plain = (5..=14).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| Stated::new(digits, Syntax::Visible, "address"))
    })
}
