//! What an offer costs: price, range, currency, minimum order and prices by quantity.

use super::{Explain, Refusal, filled};
use crate::price::{self, PriceHints, PriceReading, PriceStatus};
use crate::text::quoted;
use model::{Capture, Currency, Facts, Listing, Money, RejectionReason, Stated, Syntax};
use rust_decimal::Decimal;

/// What an offer costs.
#[derive(Debug)]
pub(super) struct Offer {
    /// For one selling unit.
    pub price: Money,
    /// Upper end of a range, above the price.
    pub high: Option<Decimal>,
    /// Smallest order, in selling units.
    pub min_order: Option<Decimal>,
    /// From this quantity on, this price; smallest quantity first.
    pub breaks: Vec<(Decimal, Decimal)>,
}

pub(super) fn read(
    listing: &Listing,
    capture: &Capture,
    facts: &Facts,
    explain: &mut Explain,
) -> Result<Offer, Refusal> {
    let language = listing.language.as_deref().or(capture.language.as_deref());
    // "1.299 €" beside a list price of "1.499,00 €": the offer's other prices tell the mark.
    let own = [&listing.price, &listing.price_high, &listing.list_price];
    let breaks_told = listing.quantity_breaks.iter().map(|step| &step.price);
    let told = own
        .into_iter()
        .flatten()
        .chain(breaks_told)
        .filter(|stated| stated.witness.syntax == Syntax::Visible);
    let mark = facts
        .decimal_separator
        .or_else(|| price::decimal_mark_among(told.map(|stated| stated.text.as_str())));
    let hints = |syntax: Syntax| PriceHints {
        decimal_separator: if syntax == Syntax::Visible { mark } else { facts.decimal_separator },
        language,
        market: capture.market,
        default_currency: capture.default_currency,
        ..PriceHints::of_field(listing, syntax)
    };
    let breaks = breaks(listing, &hints, explain);
    let stated = match filled(&listing.price) {
        Some(stated) => stated,
        None => listing
            .quantity_breaks
            .iter()
            .map(|step| &step.price)
            .find(|price| !price.text.trim().is_empty())
            .ok_or_else(|| (RejectionReason::NoPrice, "the offer states no price".to_owned()))?,
    };
    let reading = price::parse(&stated.text, &hints(stated.witness.syntax));
    let amount = positive(&reading, &stated.text)?;
    let currency = currency(listing, &reading, stated, &hints(stated.witness.syntax), explain)?;
    let mut high = reading.high;
    if let Some(upper) = filled(&listing.price_high) {
        let upper_reading = price::parse(&upper.text, &hints(upper.witness.syntax));
        high = Some(positive(&upper_reading, &upper.text)?);
    }
    let high = high.filter(|high| *high > amount);
    let result = match high {
        Some(high) => format!("{amount} to {high} {currency}"),
        None => format!("{amount} {currency}"),
    };
    let result = match &reading.reason {
        Some(reason) => format!("{result} ({reason})"),
        None => result,
    };
    // What it could have been read as too, settled by the reason before.
    let others: Vec<String> =
        reading.readings.iter().filter(|r| **r != amount).map(Decimal::to_string).collect();
    let result = match others.is_empty() {
        true => result,
        false => format!("{result}; other readings: {}", others.join(", ")),
    };
    explain.field("price", stated, result);
    let min_order = filled(&listing.min_order).and_then(|stated| {
        let least = count(&stated.text);
        explain.field("minimum order", stated, least.map_or("not understood".to_owned(), |n| n.to_string()));
        least
    });
    Ok(Offer { price: Money { amount, currency }, high, min_order, breaks })
}

/// The amount, where it is one: above zero, with one reading, and a price rather than a bound.
fn positive(reading: &PriceReading, text: &str) -> Result<Decimal, Refusal> {
    let text = quoted(text, 80);
    let Some(amount) = reading.amount.filter(|_| reading.status != PriceStatus::None) else {
        return Err((RejectionReason::BadPrice, format!("'{text}' is not a price")));
    };
    if amount <= Decimal::ZERO {
        return Err((RejectionReason::NotPositive, format!("'{text}' reads as {amount}: not above zero")));
    }
    if reading.from {
        return Err((RejectionReason::FromPrice, format!("'{text}' is a lower bound, not a price")));
    }
    if reading.status == PriceStatus::Ambiguous {
        let readings: Vec<String> = reading.readings.iter().map(Decimal::to_string).collect();
        let why = reading.reason.as_deref().unwrap_or("two readings");
        return Err((
            RejectionReason::AmbiguousPrice,
            format!("'{text}' reads as {}: {why}", readings.join(" or ")),
        ));
    }
    Ok(amount)
}

/// The currency: of the field that states it, else of the price's own symbol, else of the source's
/// file. A field and a symbol that exclude each other settle nothing.
fn currency(
    listing: &Listing,
    reading: &PriceReading,
    stated: &Stated,
    hints: &PriceHints<'_>,
    explain: &mut Explain,
) -> Result<Currency, Refusal> {
    let field = filled(&listing.currency);
    let own = field.and_then(|field| {
        let alone = price::parse("", &PriceHints { currency_raw: Some(&field.text), ..*hints });
        alone.currency_raw.is_some().then_some(alone.currency).flatten()
    });
    match (own, reading.currency, field) {
        (Some(own), Some(of_price), Some(field)) if own != of_price => Err((
            RejectionReason::AmbiguousCurrency,
            format!(
                "the price '{}' is in {of_price}, the currency field says '{}'",
                quoted(&stated.text, 80),
                quoted(&field.text, 20)
            ),
        )),
        (Some(own), _, Some(field)) => {
            explain.field("currency", field, own.as_str());
            Ok(own)
        }
        (_, Some(currency), _) => {
            match &reading.currency_raw {
                None => explain.step("currency", "", format!("{currency} (the source's file)")),
                Some(raw) => explain.step("currency", raw.clone(), settled(raw, currency, hints)),
            }
            Ok(currency)
        }
        _ => Err(match &reading.currency_raw {
            Some(raw) if reading.currency_ambiguous => (
                RejectionReason::AmbiguousCurrency,
                format!(
                    "'{raw}' may mean {}; state the currency or market in the source's file",
                    one_of(reading.currency_readings)
                ),
            ),
            Some(raw) => (RejectionReason::NoCurrency, format!("'{raw}' has no code in ISO 4217")),
            None => (
                RejectionReason::NoCurrency,
                format!(
                    "'{}' has no currency; state it in the list or the source's file",
                    quoted(&stated.text, 80)
                ),
            ),
        }),
    }
}

/// "USD, CAD or AUD"; of more than four the first three and how many more.
fn one_of(codes: &[&str]) -> String {
    match codes {
        [a, b, c, rest @ ..] if rest.len() > 1 => format!("{a}, {b}, {c} or {} more currencies", rest.len()),
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        _ => codes.concat(),
    }
}

/// The currency, and what settled it where the sign alone does not.
fn settled(raw: &str, currency: Currency, hints: &PriceHints<'_>) -> String {
    let by = |hints: PriceHints<'_>| {
        price::parse("", &PriceHints { currency_raw: Some(raw), ..hints }).currency == Some(currency)
    };
    let plain = PriceHints::default();
    if by(plain) {
        return currency.to_string();
    }
    if by(PriceHints { default_currency: hints.default_currency, ..plain }) {
        return format!("{currency} (settled by the source's file)");
    }
    match (hints.market, hints.language) {
        (Some(market), _) if by(PriceHints { market: hints.market, ..plain }) => {
            format!("{currency} (settled by the market {market})")
        }
        (_, Some(language)) if by(PriceHints { language: hints.language, ..plain }) => {
            format!("{currency} (settled by the language {language})")
        }
        _ => format!("{currency} (settled by what the site says)"),
    }
}

/// The first number of a text like "≥ 500 pcs" or "100-499".
fn count(text: &str) -> Option<Decimal> {
    // Without the thing counted: "100 pcs" is no sum of money.
    let digit = text.find(|c: char| c.is_numeric())?;
    let end = text[digit..].find(char::is_alphabetic).map_or(text.len(), |len| digit + len);
    let reading = price::parse(&text[..end], &PriceHints::default());
    reading.readings.first().copied().filter(|count| *count > Decimal::ZERO)
}

fn breaks<'a>(
    listing: &'a Listing,
    hints: &impl Fn(Syntax) -> PriceHints<'a>,
    explain: &mut Explain,
) -> Vec<(Decimal, Decimal)> {
    let mut breaks = Vec::with_capacity(listing.quantity_breaks.len());
    for step in &listing.quantity_breaks {
        let least = count(&step.min_quantity.text);
        let reading = price::parse(&step.price.text, &hints(step.price.witness.syntax));
        match (least, positive(&reading, &step.price.text)) {
            (Some(least), Ok(amount)) => {
                explain.field("quantity break", &step.price, format!("{amount} from {least} on"));
                breaks.push((least, amount));
            }
            (None, _) => explain.field("quantity break", &step.min_quantity, "not used: no quantity"),
            (_, Err((_, why))) => explain.field("quantity break", &step.price, format!("not used: {why}")),
        }
    }
    breaks.sort_by_key(|(least, _)| *least);
    breaks
}
