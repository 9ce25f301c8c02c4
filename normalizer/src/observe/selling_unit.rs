//! What one selling unit holds: the amount the price is for, else the size and pack stated.

use super::{Explain, Refusal, filled};
use crate::quantity::{self, QuantityReading, QuantityStatus};
use crate::{text, unit};
use model::{Listing, Quantity, RejectionReason, Unit};
use rust_decimal::Decimal;

/// Every quantity known of one selling unit, never empty: mass or volume first, pieces after.
pub(super) fn read(listing: &Listing, name: &str, explain: &mut Explain) -> Result<Vec<Quantity>, Refusal> {
    if let Some(stated) = filled(&listing.price_unit) {
        if let Some(quantity) = amount_priced(&stated.text) {
            explain.field("price per", stated, quantity.to_string());
            return Ok(vec![quantity]);
        }
        explain.field("price per", stated, "not understood");
    }
    if let Some(price) = filled(&listing.price)
        && let Some(quantity) = amount_within_price(&price.text)
    {
        explain.field("price per", price, quantity.to_string());
        return Ok(vec![quantity]);
    }
    if let Some(stated) = filled(&listing.quantity_text) {
        let reading = quantity::parse(&stated.text);
        match reading.status {
            QuantityStatus::Ok => {
                let quantities = with_piece(reading, true);
                explain.field("quantity", stated, told(&quantities));
                return Ok(quantities);
            }
            QuantityStatus::Ambiguous => {
                let why = reading.reason.unwrap_or_default();
                let text = text::quoted(&stated.text, 80);
                return Err((
                    RejectionReason::AmbiguousQuantity,
                    format!("'{text}' has two readings: {why}"),
                ));
            }
            QuantityStatus::None => {
                if let Some(quantity) = amount_priced(&stated.text) {
                    explain.field("quantity", stated, quantity.to_string());
                    return Ok(vec![quantity]);
                }
                explain.field("quantity", stated, "not understood");
            }
        }
    }
    let reading = quantity::parse(name);
    if reading.status == QuantityStatus::Ok {
        let from = reading.matched.clone().unwrap_or_default();
        let assumed = !reading.quantities.iter().any(is_counted);
        let quantities = with_piece(reading, true);
        let piece = if assumed { " (one piece assumed)" } else { "" };
        explain.step("quantity", from, format!("{}{piece}", told(&quantities)));
        return Ok(quantities);
    }
    // Where the doubt is how many pieces the price is for, one piece would be a guess.
    let mut counted = reading.quantities.iter().chain(&reading.otherwise);
    if reading.status == QuantityStatus::Ambiguous
        && counted.any(|quantity| is_counted(quantity) && quantity.value() > Decimal::ONE)
    {
        let why = reading.reason.unwrap_or_default();
        let text = text::quoted(name, 80);
        return Err((
            RejectionReason::AmbiguousQuantity,
            format!("the title '{text}' has two readings: {why}"),
        ));
    }
    // The weight in markup is that of a parcel as often as of the goods, and what a shop left as it
    // found it: it counts only where neither field nor title says a size.
    if reading.status == QuantityStatus::None
        && let Some(stated) = filled(&listing.weight)
        && let Some(mass) = mass_of(&stated.text)
    {
        explain.field(
            "quantity",
            stated,
            format!("{mass}, 1 u (the weight stated, net or gross is not told; one piece assumed)"),
        );
        return Ok(vec![mass, Quantity::one_piece()]);
    }
    match reading.reason {
        Some(why) => explain.step(
            "quantity",
            name,
            format!("1 u (one piece assumed; the title's size is not used: {why})"),
        ),
        None => explain.step("quantity", "", "1 u (one piece assumed: no size or pack is stated)"),
    }
    Ok(vec![Quantity::one_piece()])
}

/// The mass a field for it states, where it reads in one way.
fn mass_of(stated: &str) -> Option<Quantity> {
    let reading = quantity::parse(stated);
    let first = *reading.quantities.first()?;
    (reading.status == QuantityStatus::Ok && first.unit() == Unit::Kilogram).then_some(first)
}

fn is_counted(quantity: &Quantity) -> bool {
    matches!(quantity.unit(), Unit::Piece | Unit::Pair | Unit::Dozen | Unit::Thousand | Unit::Pack)
}

/// A pack of a size is one piece of trade too, unless pieces or pairs are counted.
fn with_piece(reading: QuantityReading, add: bool) -> Vec<Quantity> {
    let mut quantities = reading.quantities;
    if add && !quantities.iter().any(is_counted) {
        quantities.push(Quantity::one_piece());
    }
    quantities
}

fn told(quantities: &[Quantity]) -> String {
    quantities.iter().map(Quantity::to_string).collect::<Vec<_>>().join(", ")
}

/// The amount that the words of a unit price say it is for: "per kg", "€/100 g", "KGM", "je Stück", "1000 pcs".
pub fn amount_priced(stated: &str) -> Option<Quantity> {
    let stated = stated.rsplit_once('/').map_or(stated, |(_, behind)| behind).trim();
    if let Ok(unit) = stated.parse::<Unit>() {
        return Quantity::new(Decimal::ONE, unit).ok();
    }
    let folded = text::fold(stated);
    let words: Vec<&str> = text::words(&folded).filter(|word| !is_per(word)).collect();
    let rest = words.join(" ");
    let whole = quantity::parse(if folded.contains(['.', ',']) { &folded } else { &rest });
    if whole.status == QuantityStatus::Ok {
        return whole.quantities.first().copied();
    }
    let word = *words.first()?;
    if words.len() > 2 {
        return None;
    }
    let one = |unit: Unit, factor: Decimal| Quantity::new(factor, unit).ok();
    if let Some(size) = unit::size_unit(word) {
        return one(size.unit, size.factor);
    }
    if unit::is_pair_word(word) {
        return one(Unit::Pair, Decimal::ONE);
    }
    if unit::is_dozen_word(word) {
        return one(Unit::Piece, Decimal::from(12));
    }
    (unit::is_piece_word(word) || word == "each").then(Quantity::one_piece)
}

fn is_per(word: &str) -> bool {
    matches!(
        word,
        "per"
            | "pro"
            | "je"
            | "par"
            | "por"
            | "al"
            | "za"
            | "le"
            | "la"
            | "el"
            | "price"
            | "preis"
            | "prix"
            | "grundpreis"
            | "na"
            | "cena"
            | "prezzo"
            | "precio"
            | "preco"
            | "prijs"
            | "fiyat"
            | "fiyati"
            | "цена"
            | "за"
    )
}

/// The unit behind the price itself: "12,50 €/kg", "3.20 per litre". A month or a day is no goods.
fn amount_within_price(price: &str) -> Option<Quantity> {
    if let Some((before, behind)) = price.rsplit_once('/') {
        let priced = before.chars().any(|c| c.is_numeric());
        return amount_priced(behind).filter(|_| priced);
    }
    let folded = text::fold(price);
    let at = [" per ", " pro ", " je ", " por ", " le ", " el ", " al "]
        .iter()
        .find_map(|per| folded.find(per).map(|at| at + per.len()))?;
    let behind = folded.get(at..)?;
    amount_priced(behind).filter(|_| folded[..at].contains(|c: char| c.is_ascii_digit()))
}
