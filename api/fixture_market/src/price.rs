//! The price of an offer: a function of seed, date, seller and goods. Not its writing on a page.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use statrs::distribution::{ContinuousCDF, Normal};

/// A number between 0 (included) and 1 (excluded) that depends on the parts alone.
pub(crate) fn unit_interval(seed: u64, parts: &[&str]) -> f64 {
    // 53 bits fill a double's fraction.
    (number(seed, parts) >> 11) as f64 / (1u64 << 53) as f64
}

/// A number that depends on the parts alone.
pub(crate) fn number(seed: u64, parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// Standard normal score of rank `rank` (from 0) among `n`: the quantile at (rank + ½)/n, so that
/// the prices of one product have the spread the catalogue states, whoever sells it.
pub(crate) fn score(rank: usize, n: usize) -> f64 {
    // Mean 0 and deviation 1 are always accepted.
    Normal::new(0.0, 1.0).map_or(0.0, |normal| normal.inverse_cdf((rank as f64 + 0.5) / n as f64))
}

/// How far the price level of a kind of goods has drifted since the start of 2026: a trend of
/// −4 to +5 % a year and a season of 1 to 4 %.
pub(crate) fn drift(seed: u64, goods: &str, date: NaiveDate) -> f64 {
    let years = f64::from(date.year() - 2026) + f64::from(date.ordinal0()) / 365.25;
    let trend = -0.04 + 0.09 * unit_interval(seed, &["trend", goods]);
    let season = 0.01 + 0.03 * unit_interval(seed, &["season", goods]);
    let phase = unit_interval(seed, &["phase", goods]);
    (trend * years + season * (std::f64::consts::TAU * (years + phase)).sin()).exp()
}

/// A seller's own movement around that: ±1.5 %, new every ISO week.
pub(crate) fn weekly(seed: u64, seller: &str, product: &str, date: NaiveDate) -> f64 {
    let week = date.iso_week();
    let label = format!("{}-{}", week.year(), week.week());
    1.0 + 0.03 * (unit_interval(seed, &["week", seller, product, &label]) - 0.5)
}

/// How a shop rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To cents, .99 from 20 on.
    NinetyNine,
    /// To 5 centimes (Swiss cash).
    FiveCents,
    /// To cents.
    Cents,
    /// To whole units from 20 on.
    Whole,
}

/// Rounds an amount the way a shop does; never to zero.
pub(crate) fn rounded(amount: f64, rounding: Rounding) -> Decimal {
    let cents = match rounding {
        Rounding::NinetyNine if amount >= 20.0 => (amount.round() * 100.0) - 1.0,
        Rounding::Whole if amount >= 20.0 => amount.round() * 100.0,
        Rounding::FiveCents => (amount * 20.0).round() * 5.0,
        _ => (amount * 100.0).round(),
    };
    // Amounts of the catalogue are far below 2^53 cents.
    Decimal::new(cents.max(1.0) as i64, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_round_in_their_own_ways() {
        assert_eq!(rounded(23.4, Rounding::NinetyNine).to_string(), "22.99");
        assert_eq!(rounded(4.567, Rounding::NinetyNine).to_string(), "4.57");
        assert_eq!(rounded(4.567, Rounding::FiveCents).to_string(), "4.55");
        assert_eq!(rounded(99.6, Rounding::Whole).to_string(), "100.00");
        assert_eq!(rounded(0.001, Rounding::Cents).to_string(), "0.01");
    }

    #[test]
    fn drift_stays_plausible_over_three_years() {
        for year in 2025..=2027 {
            for month in 1..=12 {
                let date = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
                let drift = drift(7, "garlic", date);
                assert!((0.85..1.2).contains(&drift), "{date}: {drift}");
            }
        }
    }

    #[test]
    fn scores_are_symmetric() {
        assert!((score(0, 9) + score(8, 9)).abs() < 1e-9);
        assert!(score(4, 9).abs() < 1e-9);
    }
}
