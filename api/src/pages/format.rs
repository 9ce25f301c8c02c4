//! Figures as people read them: points for decimals, commas for thousands, no false precision.

use rust_decimal::{Decimal, RoundingStrategy};

/// A price: no decimals from 10,000 upwards, two from 1 upwards, up to three significant digits
/// below. The sentences of a verdict write prices by the same rule.
pub fn price(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    // Halves go up, also where a binary fraction lies a hair below its decimal.
    let value = value * (1.0 + 1e-12);
    let size = value.abs();
    if size >= 10_000.0 {
        return grouped(&format!("{value:.0}"));
    }
    if size >= 1.0 || size == 0.0 {
        // 99.995 and the like are rounded once, before thousands are grouped.
        grouped(&format!("{value:.2}"))
    } else {
        let places = (2 - size.log10().floor() as i32).clamp(2, 12) as usize;
        let text = format!("{value:.places$}");
        // Cents stay, a third digit only where it says something.
        let spare = text.len() - text.trim_end_matches('0').len();
        let keep = text.len() - spare.min(places - 2);
        text[..keep].to_owned()
    }
}

/// An exact amount, written as [`price`] is; halves are rounded away from zero.
pub fn amount(value: Decimal) -> String {
    let away = RoundingStrategy::MidpointAwayFromZero;
    let rounded = if value.abs() >= Decimal::ONE || value.is_zero() {
        value.round_dp_with_strategy(2, away)
    } else {
        value.round_sf_with_strategy(3, away).unwrap_or(value)
    };
    let plain = rounded.normalize();
    if plain.scale() <= 2 { grouped(&format!("{plain:.2}")) } else { grouped(&plain.to_string()) }
}

/// A unit price that is known exactly, written as [`price`] is: no decimals from 10,000 upwards.
pub fn unit_amount(value: Decimal) -> String {
    if value.abs() >= Decimal::from(10_000) {
        let whole = value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        return grouped(&whole.normalize().to_string());
    }
    amount(value)
}

/// An exchange rate, to six significant digits; the exact one stands in the JSON.
pub fn rate(value: Decimal) -> String {
    value.round_sf(6).unwrap_or(value).normalize().to_string()
}

/// A released figure: three significant digits, zeros at the end among them ("74.0" beside "59.2").
pub fn three(value: f64) -> String {
    let rounded = crate::assessed::significant(value, 3);
    match rounded.parse::<f64>() {
        Ok(number) if number != 0.0 => {
            let places = (2 - number.abs().log10().floor() as i32).clamp(0, 12) as usize;
            grouped(&format!("{number:.places$}"))
        }
        _ => rounded,
    }
}

/// A count or quantity without decimals it does not have.
pub fn quantity(value: Decimal) -> String {
    grouped(&value.normalize().to_string())
}

/// A number of things: thousands apart.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A share in percent: "47 %".
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value.abs() < 9.95 {
        format!("{value:.1}\u{a0}%")
    } else {
        format!("{}\u{a0}%", grouped(&format!("{value:.0}")))
    }
}

/// A ratio to the reference: in percent up to double, as a multiple beyond.
pub fn ratio(value: f64) -> String {
    if value < 2.0 {
        percent(value)
    } else {
        format!("{}\u{a0}times", grouped(&crate::assessed::significant(value, 3)))
    }
}

/// A p-value: three decimals, never a bare zero.
pub fn p(value: f64) -> String {
    if value < 0.0005 { "below 0.001".to_owned() } else { format!("{value:.3}") }
}

/// A statistic with two decimals and a real minus sign.
pub fn two(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if value < 0.0 && text != "0.00" { format!("−{text}") } else { text }
}

/// An effective number: one decimal unless it is whole.
pub fn votes(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// A percentile or another share of a hundred: whole from 10 upwards.
pub fn hundredth(value: f64) -> String {
    if value < 0.05 {
        // Also what a rounding error puts below zero.
        "0".to_owned()
    } else if value >= 9.95 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

fn grouped(number: &str) -> String {
    let (sign, rest) = match number.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", number),
    };
    let (whole, decimals) = match rest.split_once('.') {
        Some((whole, decimals)) => (whole, format!(".{decimals}")),
        None => (rest, String::new()),
    };
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let prices = [0.0005512, 0.555, 1.0, 999.995, 1234567.891, -2.5].map(price);
        insta::assert_snapshot!(prices.join(" | "), @"0.000551 | 0.555 | 1.00 | 1,000.00 | 1,234,568 | −2.50");
        insta::assert_snapshot!([7.395, 0.6195, 9999.99].map(price).join(" | "), @"7.40 | 0.62 | 9,999.99");
        let exact = ["7.395", "12345.6", "9.5"].map(|t| unit_amount(t.parse().unwrap()));
        insta::assert_snapshot!(exact.join(" | "), @"7.40 | 12,346 | 9.50");
        insta::assert_snapshot!([74.0, 0.58, 116.4, 1234.5, 9.999].map(three).join(" | "), @"74.0 | 0.580 | 116 | 1,230 | 10.0");
        let amounts = ["1250", "0.5832", "19.9", "162.765", "0.5"].map(|t| amount(t.parse().unwrap()));
        insta::assert_snapshot!(amounts.join(" | "), @"1,250.00 | 0.583 | 19.90 | 162.77 | 0.50");
        insta::assert_snapshot!([0.466, 0.027, 1.5].map(percent).join(" | ").replace('\u{a0}', " "), @"47 % | 2.7 % | 150 %");
        insta::assert_snapshot!([0.466, 1.99, 8.126, 1666.6].map(ratio).join(" | ").replace('\u{a0}', " "), @"47 % | 199 % | 8.13 times | 1,670 times");
        insta::assert_snapshot!([0.0001, 0.027, 1.0].map(p).join(" | "), @"below 0.001 | 0.027 | 1.000");
        insta::assert_snapshot!([7, 1_234, 12_345_678].map(count).join(" | "), @"7 | 1,234 | 12,345,678");
        insta::assert_snapshot!([-1e-17, 2.78, 50.4].map(hundredth).join(" | "), @"0 | 2.8 | 50");
    }
}
