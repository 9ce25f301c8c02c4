//! The walk from a listing to an observation: each field read by its module, every step told in
//! words. Nothing is parsed here that a module parses; nothing is dropped without its reason.

mod goods;
mod money;
mod selling_unit;

#[cfg(test)]
mod tests;

use crate::classify::{LEAST_PROBABILITY, Model};
use crate::{HsKeywords, basis, condition, identity, kind, level, origin};
use model::{
    Basis, Capture, CommercialLevel, Condition, Confidence, ContentHash, ExplainStep, Facts, Interval,
    Listing, Observation, PriceBreak, Rejection, RejectionReason, Stated,
};
use rust_decimal::Decimal;
use std::sync::Arc;

pub use selling_unit::amount_priced;

/// Which learned model says subheadings.
#[derive(Debug, Clone, Default)]
pub enum HsModel {
    /// None: the code stays open.
    #[default]
    None,
    /// The one that ships, read when a listing first needs it: most commands read no listing.
    Shipped,
    /// Another.
    Own(Arc<Model>),
}

impl HsModel {
    fn get(&self) -> Option<Arc<Model>> {
        match self {
            HsModel::None => None,
            HsModel::Shipped => Model::builtin().ok(),
            HsModel::Own(model) => Some(model.clone()),
        }
    }
}

/// What the normalizer knows of the world.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Phrases that name subheadings, for lists without codes.
    pub keywords: HsKeywords,
    /// The learned model that says the subheading where neither the seller, the site's category nor a
    /// keyword does; none leaves the code open.
    pub hs_model: HsModel,
    /// Least probability of a subheading said by the model, 0 to 1.
    pub hs_least: f32,
    /// Recipes from offer to CIF, per market and level; none leaves prices as offered.
    pub markets: Vec<basis::Recipe>,
    /// Local key under which names of private sellers are hashed.
    pub seller_key: Option<Vec<u8>>,
    /// Confidence below which a listing is refused; none refuses none.
    pub min_confidence: Option<Confidence>,
}

impl Knowledge {
    /// The keywords and the model that ship with the project, no recipes, no key.
    pub fn builtin() -> Self {
        Knowledge {
            keywords: HsKeywords::builtin(),
            hs_model: HsModel::Shipped,
            hs_least: LEAST_PROBABILITY,
            ..Knowledge::default()
        }
    }
}

/// What is wrong with a listing: the reason and a sentence.
type Refusal = (RejectionReason, String);

/// The steps told so far.
#[derive(Debug, Default)]
struct Explain(Vec<ExplainStep>);

impl Explain {
    fn field(&mut self, what: &str, from: &Stated, result: impl Into<String>) {
        self.0.push(ExplainStep {
            what: what.to_owned(),
            from: from.text.clone(),
            result: result.into(),
            syntax: Some(from.witness.syntax),
            place: Some(from.witness.place.clone()).filter(|place| !place.is_empty()),
        });
    }
    fn step(&mut self, what: &str, from: impl Into<String>, result: impl Into<String>) {
        self.0.push(ExplainStep {
            what: what.to_owned(),
            from: from.into(),
            result: result.into(),
            syntax: None,
            place: None,
        });
    }
}

/// Makes a listing comparable, or says why it cannot be.
///
/// # Errors
/// A [`Rejection`] with its reason and the offending text: no name or price, an amount or currency
/// with two readings and nothing to settle it, an HS code that HS 2022 does not have, less confidence
/// than is asked for.
pub fn normalize(
    listing: &Listing,
    capture: &Capture,
    facts: &Facts,
    knowledge: &Knowledge,
) -> Result<Observation, Rejection> {
    observe(listing, capture, facts, knowledge).map_err(|(reason, detail)| Rejection {
        reason,
        detail,
        source_id: capture.source_id.clone(),
        place: listing
            .url
            .clone()
            .or_else(|| capture.page_url.clone())
            .unwrap_or_else(|| capture.source_id.clone()),
        page_hash: capture.page_hash,
        seen_at: capture.captured_at,
    })
}

fn filled(stated: &Option<Stated>) -> Option<&Stated> {
    stated.as_ref().filter(|stated| !stated.text.trim().is_empty())
}

fn observe(
    listing: &Listing,
    capture: &Capture,
    facts: &Facts,
    knowledge: &Knowledge,
) -> Result<Observation, Refusal> {
    let mut explain = Explain::default();
    let name_field = filled(&listing.name)
        .ok_or_else(|| (RejectionReason::NoName, "the offer has no title".to_owned()))?;
    let name = crate::entity::unescape(name_field.text.trim()).into_owned();

    let offer = money::read(listing, capture, facts, &mut explain)?;
    trusted(listing, knowledge, &mut explain)?;
    let unit = selling_unit::read(listing, &name, &mut explain)?;
    let condition = condition_of(listing, facts, &name, &mut explain);
    let trade = level::in_name(&name);
    let level = level_of(facts, &offer, trade.as_ref(), &mut explain);
    let (kind, why) = kind::of_name(&name);
    if let Some(why) = why {
        explain.step("kind", why, kind.code());
    }
    let goods::Identity { gtin, brand, model } = goods::identity(listing, &name, &mut explain);
    let hs = goods::code(listing, facts, knowledge, &name, kind, capture, &mut explain)?;
    let seller = goods::seller(listing, capture, facts, knowledge, &mut explain);
    let (basis_price, basis, breaks) =
        bring_to_basis(capture, knowledge, level, hs.as_ref().map(|(hs, _)| hs), &offer, &unit, &mut explain);
    let origin = filled(&listing.origin).and_then(|stated| {
        let country = origin::country(&stated.text);
        explain.field("origin", stated, country.map_or("unknown name".to_owned(), |c| c.to_string()));
        country
    });
    let availability = filled(&listing.availability).map(|stated| {
        let term = stated.text.trim().trim_end_matches('/');
        term.rsplit(['/', '#']).next().unwrap_or(term).to_owned()
    });
    let goods_key = identity::goods_key(listing, gtin.as_ref(), &name);
    let id = identity_of(capture, listing, &seller, &goods_key, &offer, &unit, level, condition);
    let (hs, hs_witness) = hs.unzip();
    Ok(Observation {
        id,
        capture: capture.clone(),
        url: listing.url.clone(),
        name,
        seller,
        brand,
        model,
        gtin,
        hs,
        hs_witness,
        condition,
        level,
        kind,
        price: offer.price,
        price_high: offer.high,
        quantities: unit,
        min_order: offer.min_order.or_else(|| trade.and_then(|trade| trade.min_order)),
        breaks,
        basis_price,
        basis,
        origin,
        ships_to: facts.ships_to.clone(),
        availability,
        confidence: listing.confidence,
        explain: explain.0,
    })
}

/// Refuses a listing whose price may not be the one to pay for the goods it names.
fn trusted(listing: &Listing, knowledge: &Knowledge, explain: &mut Explain) -> Result<(), Refusal> {
    let Some(confidence) = listing.confidence else { return Ok(()) };
    explain.step("confidence", "", confidence.to_string());
    let Some(least) = knowledge.min_confidence.filter(|least| confidence < *least) else { return Ok(()) };
    let shown = |stated: &Option<Stated>| stated.as_ref().map_or("", |s| s.text.as_str()).to_owned();
    Err((
        RejectionReason::LowConfidence,
        format!(
            "'{}' was read as the price of '{}' with confidence {confidence}, below {least}",
            shown(&listing.price),
            shown(&listing.name).chars().take(120).collect::<String>(),
        ),
    ))
}

fn condition_of(listing: &Listing, facts: &Facts, name: &str, explain: &mut Explain) -> Option<Condition> {
    if let Some(stated) = filled(&listing.condition) {
        if let Some(condition) = condition::parse(&stated.text) {
            explain.field("condition", stated, condition.code());
            return Some(condition);
        }
        explain.field("condition", stated, "not understood");
    }
    if let Some((condition, words)) = condition::in_name(name) {
        explain.step("condition", words, format!("{} (word of the title)", condition.code()));
        return Some(condition);
    }
    match facts.condition {
        Some(condition) => {
            explain.step("condition", "", format!("{} (the source's file)", condition.code()));
        }
        None => explain.step("condition", "", "not known"),
    }
    facts.condition
}

fn level_of(
    facts: &Facts,
    offer: &money::Offer,
    trade: Option<&level::Trade>,
    explain: &mut Explain,
) -> CommercialLevel {
    if offer.min_order.is_some_and(|least| least > Decimal::ONE) {
        explain.step("commercial level", "minimum order", "wholesale");
        return CommercialLevel::Wholesale;
    }
    if !offer.breaks.is_empty() {
        explain.step("commercial level", "prices by quantity", "wholesale");
        return CommercialLevel::Wholesale;
    }
    if let Some(trade) = trade {
        explain.step("commercial level", trade.words, "wholesale (words of the title)");
        return CommercialLevel::Wholesale;
    }
    match facts.level {
        Some(level) => {
            explain.step("commercial level", "", format!("{} (the source's file)", level.code()));
            level
        }
        None => {
            explain.step("commercial level", "", "retail (assumed: no minimum order, no prices by quantity)");
            CommercialLevel::Retail
        }
    }
}

/// The price and its breaks on the common basis, by the recipe of the market and level; as offered
/// where there is none or it does not fit.
fn bring_to_basis(
    capture: &Capture,
    knowledge: &Knowledge,
    level: CommercialLevel,
    hs: Option<&model::HsCode>,
    offer: &money::Offer,
    unit: &[model::Quantity],
    explain: &mut Explain,
) -> (Interval, Basis, Vec<PriceBreak>) {
    let price = Interval { low: offer.price.amount, high: offer.high.unwrap_or(offer.price.amount) };
    let as_offered = || {
        offer
            .breaks
            .iter()
            .map(|(min_quantity, amount)| PriceBreak {
                min_quantity: *min_quantity,
                basis_price: Interval { low: *amount, high: *amount },
            })
            .collect()
    };
    let on = capture.captured_at.date_naive();
    let recipe = capture.market.and_then(|market| basis::choose(&knowledge.markets, market, level, hs, on));
    let Some(recipe) = recipe else { return (price, basis::offer(), as_offered()) };
    let title = format!("{} {}", recipe.id, recipe.version);
    if recipe.currency.is_some_and(|currency| currency != offer.price.currency) {
        explain.step("basis", title, "not applied: its amounts are in another currency than the offer");
        return (price, basis::offer(), as_offered());
    }
    let chained = basis::apply_to(recipe, price, unit).and_then(|(value, basis)| {
        let mut breaks = Vec::with_capacity(offer.breaks.len());
        for (min_quantity, amount) in &offer.breaks {
            let price = Interval { low: *amount, high: *amount };
            let (basis_price, _) = basis::apply_to(recipe, price, unit)?;
            breaks.push(PriceBreak { min_quantity: *min_quantity, basis_price });
        }
        Ok((value, basis, breaks))
    });
    match chained {
        Ok((value, basis, breaks)) => {
            for step in &basis.steps {
                let range = |i: &Interval| {
                    if i.low == i.high {
                        i.low.round_dp(4).normalize().to_string()
                    } else {
                        format!("{}–{}", i.low.round_dp(4).normalize(), i.high.round_dp(4).normalize())
                    }
                };
                explain.step(
                    "basis",
                    format!(
                        "{} ({}, {}{})",
                        range(&step.input),
                        step.what,
                        range(&step.rate),
                        if step.illustrative { ", illustrative" } else { "" }
                    ),
                    range(&step.output),
                );
            }
            (value, basis, breaks)
        }
        Err(error) => {
            explain.step("basis", title, format!("not applied: {error}"));
            (price, basis::offer(), as_offered())
        }
    }
}

/// The same offer seen on the same day at the same price has the same identity.
#[allow(clippy::too_many_arguments)]
fn identity_of(
    capture: &Capture,
    listing: &Listing,
    seller: &str,
    goods: &str,
    offer: &money::Offer,
    unit: &[model::Quantity],
    level: CommercialLevel,
    condition: Option<Condition>,
) -> ContentHash {
    let place = listing.url.as_deref().or(capture.page_url.as_deref()).unwrap_or(&capture.site);
    let day = capture.captured_at.date_naive().to_string();
    let amount = offer.price.amount.normalize().to_string();
    let high = offer.high.map(|high| high.normalize().to_string()).unwrap_or_default();
    let unit: Vec<String> =
        unit.iter().map(|quantity| format!("{} {}", quantity.value().normalize(), quantity.unit())).collect();
    let breaks: Vec<String> = offer
        .breaks
        .iter()
        .map(|(least, amount)| format!("{}:{}", least.normalize(), amount.normalize()))
        .collect();
    ContentHash::of_fields([
        capture.source_id.as_str(),
        place,
        seller,
        goods,
        day.as_str(),
        amount.as_str(),
        high.as_str(),
        offer.price.currency.as_str(),
        unit.join(";").as_str(),
        breaks.join(";").as_str(),
        level.code(),
        condition.map_or("", Condition::code),
    ])
}
