//! A logarithmic price axis with ticks at round figures.

use crate::pages::format::price;

/// Maps prices above zero to horizontal places, equal ratios to equal distances.
#[derive(Debug, Clone, Copy)]
pub struct LogAxis {
    low: f64,
    high: f64,
    left: f64,
    right: f64,
}

/// Prices below this factor between the ends get their axis widened to it, so that a group of
/// equal prices is not drawn as if it were spread.
const NARROWEST: f64 = 1.6;

impl LogAxis {
    /// An axis that shows all these prices between `left` and `right`. `None` without a single
    /// finite price above zero.
    pub fn over(prices: impl IntoIterator<Item = f64>, left: f64, right: f64) -> Option<Self> {
        let logs = prices.into_iter().filter(|p| p.is_finite() && *p > 0.0).map(f64::ln);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for log in logs {
            low = low.min(log);
            high = high.max(log);
        }
        if low > high {
            return None;
        }
        let lacking = NARROWEST.ln() - (high - low);
        if lacking > 0.0 {
            low -= lacking / 2.0;
            high += lacking / 2.0;
        }
        let pad = (high - low) * 0.05;
        Some(LogAxis { low: low - pad, high: high + pad, left, right })
    }

    /// Where a price lies.
    pub fn x(&self, price: f64) -> f64 {
        let share = (price.ln() - self.low) / (self.high - self.low);
        self.left + share.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// Ticks with their labels, left to right, none so close that labels of `char_width` touch.
    pub fn ticks(&self, char_width: f64) -> Vec<(f64, String)> {
        // From dense to sparse: the first series whose labels all fit is taken.
        let (low, high) = (self.low.exp(), self.high.exp());
        let mut series: Vec<Vec<f64>> = Vec::new();
        if high / low < 12.0 {
            for parts in [9.0, 6.0, 4.0, 3.0] {
                series.push(linear(low, high, parts));
            }
        }
        for digits in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0][..]] {
            series.push(decades(low, high, digits, 1));
        }
        for step in [1, 2, 3, 6, 12, 24, 48, 96] {
            series.push(decades(low, high, &[1.0], step));
        }
        let labelled = |values: Vec<f64>| -> Vec<(f64, String)> {
            values.into_iter().map(|v| (self.x(v), tick_label(v))).collect()
        };
        let mut fallback = Vec::new();
        for values in series {
            let ticks = labelled(values);
            if ticks.len() < 2 {
                if fallback.is_empty() {
                    fallback = ticks;
                }
                continue;
            }
            let fits = ticks.windows(2).all(|pair| {
                let wide = |label: &str| label.chars().count() as f64 * char_width / 2.0;
                pair[1].0 - pair[0].0 > wide(&pair[0].1) + wide(&pair[1].1) + char_width
            });
            if fits {
                return ticks;
            }
        }
        fallback
    }
}

/// Labels of round figures carry no more decimals than they need.
fn tick_label(value: f64) -> String {
    if !(1e-6..1e9).contains(&value) {
        return format!("{value:.0e}");
    }
    let text = price(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Multiples of a round step between the ends, about `parts` of them.
fn linear(low: f64, high: f64, parts: f64) -> Vec<f64> {
    let raw = (high - low) / parts;
    let scale = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * scale).find(|s| *s >= raw).unwrap_or(scale * 10.0);
    let first = (low / step).ceil().max(1.0) as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 40)).map(|n| n as f64 * step).collect()
}

/// The given leading digits in every `step`-th power of ten between the ends.
fn decades(low: f64, high: f64, digits: &[f64], step: i32) -> Vec<f64> {
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    (first..=last)
        .filter(|power| power.rem_euclid(step) == 0)
        .flat_map(|power| digits.iter().map(move |d| d * 10f64.powi(power)))
        .filter(|v| *v >= low && *v <= high)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let axis = LogAxis::over([low, high], 0.0, 600.0).unwrap();
        axis.ticks(8.0).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_figures_at_every_span() {
        insta::assert_snapshot!(labels(0.55, 1.6).join(" "), @"0.6 0.8 1 1.2 1.4 1.6");
        insta::assert_snapshot!(labels(100.0, 100.0).join(" "), @"80 90 100 110 120");
        insta::assert_snapshot!(labels(3.0, 900.0).join(" "), @"5 10 20 50 100 200 500 1,000");
        insta::assert_snapshot!(labels(0.0001, 50_000.0).join(" "), @"0.0001 0.001 0.01 0.1 1 10 100 1,000 10,000 100,000");
    }

    #[test]
    fn equal_ratios_have_equal_distances_and_all_prices_lie_inside() {
        let axis = LogAxis::over([1.0, 4.0, 16.0], 10.0, 110.0).unwrap();
        let (a, b, c) = (axis.x(1.0), axis.x(4.0), axis.x(16.0));
        assert!((b - a - (c - b)).abs() < 1e-9);
        assert!(a > 10.0 && c < 110.0);
    }

    #[test]
    fn no_price_gives_no_axis() {
        assert!(LogAxis::over([], 0.0, 1.0).is_none());
        assert!(LogAxis::over([0.0, -3.0, f64::NAN], 0.0, 1.0).is_none());
    }
}
