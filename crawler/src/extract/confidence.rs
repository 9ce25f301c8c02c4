//! How far the price of a listing can be trusted: a share of like readings that are right, from how
//! the price is stated, which witnesses agree, how clearly the visible page ranks it, and what else
//! the listing holds. Deciding between witnesses is `merge`'s work; refusing listings is the
//! normalizer's, by the settings' `extract.min_confidence`.
//!
//! A logistic regression; its weights stand in `confidence_weights.rs`, learned and calibrated by
//! `crawler/examples/prices.rs` by cross-validation over shops.

use super::confidence_weights::WEIGHTS;
use super::merge::value;
use super::visible::{Candidate, Page};
use model::{Confidence, Listing, Syntax};

/// What speaks for and against a listing, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs(pub [u8; COUNT]);

macro_rules! signs {
    ($($at:ident $name:literal $hand:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum At { $($at),* , END }
        $(const $at: usize = At::$at as usize;)*
        /// How many there are.
        pub const COUNT: usize = At::END as usize;
        /// Their names.
        pub const NAMES: [&str; COUNT] = [$($name),*];
        /// What a person expects of each, towards which learning is pulled: errors are few to learn from.
        pub const BY_HAND: [f64; COUNT] = [$($hand),*];
    };
}

signs! {
    ALWAYS "always" 0.0;
    MARKUP "price from markup" 1.0;
    STATE "price from embedded state" 0.0;
    RULE "price by the source's rule" 2.0;
    CARD "one of a list's cards" 0.5;
    LISTED "one of several in markup" 0.0;
    SHOWN "markup's price is shown as in force" 1.0;
    RANKED_FIRST "markup's price is what the page ranks first" 0.5;
    SHOWN_FORMER "markup's price is shown as former only" -2.0;
    NOT_SHOWN "the page shows prices, not markup's" -1.0;
    SECONDED "another witness agrees" 1.0;
    DISPUTED "another witness disagrees" -1.0;
    CLEAR "visible price ahead of the next" 1.5;
    STANDS_OUT "visible price stands out" 1.5;
    CURRENCY "currency known" 0.5;
    CODES "brand or a code known" 0.5;
    AVAILABILITY "availability known" 0.2;
    BUY "a button that buys" 0.2;
    TITLE "title found" 0.2;
}

impl Signs {
    fn set(&mut self, at: usize, holds: bool) {
        self.0[at] = if holds { 100 } else { 0 };
    }
}

/// The confidence that signs give.
pub(super) fn confidence(signs: &Signs) -> Option<Confidence> {
    Confidence::new(share(signs, &WEIGHTS))
}

/// The share of right readings among those with these signs, under some weights.
pub fn share(signs: &Signs, weights: &[f64; COUNT]) -> f64 {
    let sum: f64 = signs.0.iter().zip(weights).map(|(sign, weight)| f64::from(*sign) / 100.0 * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// What a listing is to its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The page's own product.
    Main,
    /// A card of a list.
    Card,
    /// One of several that markup states: of a list, of sellers, of variants.
    Listed,
}

/// Reads the signs of a listing; `witnesses` are what each way of stating says of the same product.
pub(super) fn signs(listing: &Listing, place: Place, seen: &Page<'_, '_>, witnesses: &[Listing]) -> Signs {
    let mut signs = Signs([0; COUNT]);
    signs.set(ALWAYS, true);
    signs.set(CARD, place == Place::Card);
    signs.set(LISTED, place == Place::Listed);
    signs.set(CURRENCY, listing.currency.is_some());
    let codes = [&listing.brand, &listing.gtin, &listing.mpn, &listing.sku];
    // A number of the address is no code that the page states.
    signs.set(CODES, codes.into_iter().flatten().any(|s| s.witness.place != "address"));
    signs.set(AVAILABILITY, listing.availability.is_some());
    signs.set(BUY, seen.buy.is_some());
    signs.set(TITLE, seen.title.is_some());
    let (Some(price), Some(stated)) = (value(listing.price.as_ref()), &listing.price) else { return signs };
    let by = stated.witness.syntax;
    signs.set(MARKUP, matches!(by, Syntax::JsonLd | Syntax::Microdata | Syntax::Rdfa | Syntax::OpenGraph));
    signs.set(STATE, by == Syntax::EmbeddedState);
    signs.set(RULE, by == Syntax::Rule);
    if place == Place::Main {
        let others = || {
            let priced = witnesses.iter().filter_map(|w| Some((w, w.price.as_ref()?)));
            priced.filter(|(_, p)| p.witness.syntax != by).filter_map(|(w, p)| {
                let low = value(Some(p))?;
                Some((low, value(w.price_high.as_ref()).unwrap_or(low)))
            })
        };
        signs.set(SECONDED, others().any(|(low, high)| (low..=high).contains(&price)));
        signs.set(DISPUTED, others().any(|(low, high)| !(low..=high).contains(&price)));
    }
    let mut inside = seen.candidates.iter().filter(|c| !c.outside);
    if by == Syntax::Visible {
        if place == Place::Main {
            let own = inside.clone().filter(|c| c.value == price).map(|c| c.score).fold(f64::MIN, f64::max);
            let next = inside.filter(|c| c.value != price).map(|c| c.score).fold(0.0, f64::max);
            signs.0[CLEAR] = hundredths(1.0 - (-(own - next).max(0.0) / 2.0).exp());
            signs.0[STANDS_OUT] = hundredths((own - 2.0) / 8.0);
        }
        return signs;
    }
    let is_price = |c: &&Candidate| c.value == price;
    let (mut shown, mut former) = (false, false);
    for c in inside.by_ref().filter(is_price) {
        shown |= !c.old;
        former |= c.old;
    }
    signs.set(SHOWN, shown);
    signs.set(SHOWN_FORMER, former && !shown);
    let best = seen.best();
    signs.set(RANKED_FIRST, best.is_some_and(|b| b.value == price));
    signs.set(NOT_SHOWN, best.is_some() && !shown && !former);
    signs
}

fn hundredths(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;
    use model::{Listing, Rules};

    fn of(html: &str) -> Listing {
        extract(html, Some("https://shop.example/p/1"), &Rules::default()).listings[0].clone()
    }

    #[test]
    fn witnesses_that_agree_are_trusted_more() {
        let ld = |price: &str| {
            format!(
                r#"<script type="application/ld+json">{{"@type":"Product","name":"Kettle","sku":"K1",
                "offers":{{"@type":"Offer","price":"{price}","priceCurrency":"EUR"}}}}</script>"#
            )
        };
        let shown = "<h1>Kettle</h1><div class=price>19,90 €</div><button>Add to cart</button>";
        let (agree, disagree) = (of(&(ld("19.90") + shown)), of(&(ld("24.00") + shown)));
        assert_eq!(agree.price.unwrap().text, "19.90");
        assert!(agree.confidence > disagree.confidence, "{:?} {:?}", agree.confidence, disagree.confidence);
        assert!(agree.confidence.unwrap().share() > 0.8, "{:?}", agree.confidence);
    }

    #[test]
    fn a_visible_price_without_a_rival_is_trusted_more() {
        let page = |rest: &str| format!("<h1>Kettle</h1><div>{rest}</div><button>Add to cart</button>");
        let alone = of(&page("<span class=price>19,90 €</span>"));
        let rivals = of(&page("<span>19,90 €</span> <i>x</i> <span>29,90 €</span> <b>7 €</b>"));
        assert!(alone.confidence > rivals.confidence, "{:?} {:?}", alone.confidence, rivals.confidence);
    }
}
