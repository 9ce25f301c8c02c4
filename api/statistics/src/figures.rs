//! Numbers as people read them in sentences.

use model::{Currency, Unit};

/// A price: two decimals from 1 on, three digits below 1 (a last zero beyond the cents is left out),
/// none from 10,000 on. Halves go up, also where a binary fraction lies a hair below its decimal.
pub(crate) fn price(value: f64) -> String {
    let value = value * (1.0 + 1e-12);
    let decimals = match value {
        v if !v.is_finite() || v <= 0.0 => 2,
        v if v >= 10_000.0 => 0,
        v if v >= 1.0 => 2,
        v => ((2.0 - v.log10().floor()) as usize).min(8),
    };
    let text = format!("{value:.decimals$}");
    match text.strip_suffix('0') {
        Some(shorter) if decimals == 3 => shorter.to_owned(),
        _ => text,
    }
}

/// "0.55 EUR per kg".
pub(crate) fn unit_price(value: f64, currency: Currency, unit: Unit) -> String {
    format!("{} {currency} {}", price(value), unit.per())
}

/// A ratio as a percentage: "47 %", "2.7 %", "1559 %".
pub(crate) fn percent(ratio: f64) -> String {
    let value = 100.0 * ratio;
    if value.abs() < 10.0 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

/// A p with three decimals, as the pages and tables write it: "0.027", "below 0.001".
pub(crate) fn p(value: f64) -> String {
    if value < 0.0005 { "below 0.001".to_owned() } else { format!("{value:.3}") }
}

/// "p = 0.027", "p below 0.001".
pub(crate) fn p_equals(value: f64) -> String {
    let text = p(value);
    if text.starts_with('b') { format!("p {text}") } else { format!("p = {text}") }
}

/// How often, by a p: "in 2.3 % of cases or fewer", "in fewer than 0.1 % of cases".
pub(crate) fn in_cases(value: f64) -> String {
    match value {
        below if below < 0.0005 => "in fewer than 0.1 % of cases".to_owned(),
        value => format!("in {} of cases or fewer", percent(value)),
    }
}

/// A count of votes: whole numbers as such.
pub(crate) fn votes(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// "1 seller", "3 sellers".
pub(crate) fn counted(n: impl Into<u64>, one: &str, many: &str) -> String {
    let n: u64 = n.into();
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.55, 0.672, 1.18, 7.395, 168.0, 12345.6, 0.0583].map(price),
            ["0.55", "0.672", "1.18", "7.40", "168.00", "12346", "0.0583"]
        );
        assert_eq!([0.466, 0.027, 15.592].map(percent), ["47 %", "2.7 %", "1559 %"]);
        assert_eq!([0.027, 1.0, 0.00001].map(p_equals), ["p = 0.027", "p = 1.000", "p below 0.001"]);
        assert_eq!(in_cases(0.023), "in 2.3 % of cases or fewer");
        assert_eq!(in_cases(0.0002), "in fewer than 0.1 % of cases");
        assert_eq!((votes(36.0), votes(5.25)), ("36".into(), "5.2".into()));
    }
}
