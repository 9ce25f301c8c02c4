//! The price of one unit from the price of one selling unit: the last arithmetic of the walk, the same
//! for every snapshot and every explanation. Not the basis and not the choice of a rate.

use model::{Observation, RateUsed, UnitPrice};
use rust_decimal::Decimal;

/// Significant digits of a unit price: far finer than any price, and the same text on every machine.
pub const UNIT_PRICE_DIGITS: u32 = 12;

/// `amount × factor ÷ quantity`, rounded half to even to [`UNIT_PRICE_DIGITS`] significant digits;
/// `None` on overflow or when it is not above zero, which has no logarithm.
pub fn per_unit(amount: Decimal, factor: Decimal, quantity: Decimal) -> Option<Decimal> {
    let price = amount.checked_mul(factor)?.checked_div(quantity)?.round_sf(UNIT_PRICE_DIGITS)?.normalize();
    (price > Decimal::ZERO).then_some(price)
}

/// The unit prices of an observation on its basis, converted at a rate: one for each unit it is known
/// by, the first quantity of a unit where there are several.
pub fn unit_prices(observation: &Observation, rate: Option<&RateUsed>) -> Vec<UnitPrice> {
    let factor = rate.map_or(Decimal::ONE, |rate| rate.rate);
    let mut prices: Vec<UnitPrice> = Vec::new();
    for quantity in observation.quantities.iter().map(|q| q.reduced()) {
        let price = observation.basis_price;
        if let (Some(low), Some(high)) =
            (per_unit(price.low, factor, quantity.value()), per_unit(price.high, factor, quantity.value()))
            && prices.iter().all(|p| p.unit != quantity.unit())
        {
            prices.push(UnitPrice { unit: quantity.unit(), low, high });
        }
    }
    prices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_price_is_rounded_the_same_way_everywhere() {
        let price = |a: &str, f: &str, q: &str| {
            per_unit(a.parse().unwrap(), f.parse().unwrap(), q.parse().unwrap()).map(|p| p.to_string())
        };
        assert_eq!(price("2.99", "1", "0.5").as_deref(), Some("5.98"));
        assert_eq!(price("10", "1", "3").as_deref(), Some("3.33333333333"));
        assert_eq!(price("0", "1", "3"), None);
    }
}
