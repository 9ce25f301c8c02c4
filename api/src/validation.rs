//! How often honest lines are flagged, as an administration measured it on lines it had cleared: the share
//! with its interval, and the sentence that stands beside every verdict. Measuring is `commands/validate.rs`.

use crate::assessed::significant;
use crate::commands::output;
use model::{ContentHash, FlagRate, Validation};
use serde::{Deserialize, Serialize};
use store::ValidationRow;

/// Stands beside every verdict until flag rates were measured on cleared lines.
pub const UNVALIDATED: &str = "Calibration is on offers: how often honest declarations are flagged has not been measured on cleared lines of this administration (touchstone validate).";

/// What of a kept report stands in the sentence; reports of programs before did not count the first.
#[derive(Deserialize)]
struct Found {
    could_be_flagged: u64,
    p_at_most_5_percent: Share,
}

/// Two-sided 95 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Lines it is of.
    pub of: u64,
    /// Lines that count.
    pub n: u64,
    /// n over of; none of nothing.
    pub share: Option<f64>,
    /// Wilson's interval (1927) at 95 %.
    pub interval: Option<(f64, f64)>,
}

impl Share {
    /// So many of so many.
    pub fn new(n: u64, of: u64) -> Share {
        let interval = (of > 0).then(|| wilson(n, of));
        Share { of, n, share: (of > 0).then(|| n as f64 / of as f64), interval }
    }

    /// "4.17 % (2.28 % to 7.5 %)".
    pub fn told(&self) -> String {
        let percent = |x: f64| format!("{} %", significant(x * 100.0, 3));
        match (self.share, self.interval) {
            (Some(share), Some((low, high))) => {
                format!("{} ({} to {})", percent(share), percent(low), percent(high))
            }
            _ => "–".to_owned(),
        }
    }
}

/// Wilson's score interval at 95 %, both ends within 0 and 1.
fn wilson(n: u64, of: u64) -> (f64, f64) {
    let (total, p) = (of as f64, n as f64 / of as f64);
    let middle = p + Z * Z / (2.0 * total);
    let half = Z * (p * (1.0 - p) / total + Z * Z / (4.0 * total * total)).sqrt();
    let scale = 1.0 + Z * Z / total;
    // Rounding must not leave the share outside at 0 and 1.
    (((middle - half) / scale).clamp(0.0, p), ((middle + half) / scale).clamp(p, 1.0))
}

/// What is known of the flag rate of these parameters: the last measurement made with them, one on the
/// same snapshot first. `rows` are all measurements, the last made first.
pub fn of(rows: &[ValidationRow], parameters: ContentHash, snapshot: ContentHash) -> Validation {
    let same = || rows.iter().filter(|row| row.parameters == parameters);
    if let Some(row) = same().find(|row| row.snapshot == snapshot).or_else(|| same().next()) {
        let found: Option<Found> = serde_json::from_str(&row.report).ok();
        let could = found.as_ref().map_or(row.compared, |found| found.could_be_flagged);
        let flagged = match could {
            0 => "none of those compared stood on a rung and on votes that can give a reason to ask, so no flag rate was measured".to_owned(),
            _ => format!("{} of those compared got a reason to ask", Share::new(row.flagged, row.compared).told()),
        };
        let few = match could {
            n if n > 0 && n < row.compared => {
                format!("; {} of them stood on a rung and on votes that can give one", output::count(n))
            }
            _ => String::new(),
        };
        let low = found.as_ref().map_or_else(String::new, |found| {
            format!("; p on the low side was at most 5 % in {}", found.p_at_most_5_percent.told())
        });
        let sentence = format!(
            "Measured on {} cleared lines on {} (snapshot {}{}, parameters {}): {flagged}{few}{low}; 95 % interval in brackets.",
            output::count(row.compared),
            row.validated_at.format("%Y-%m-%d"),
            row.snapshot.short(),
            if row.snapshot == snapshot { "" } else { ", not the one used here" },
            row.parameters.short(),
        );
        if could == 0 {
            return Validation { sentence, measured: None };
        }
        let measured = FlagRate {
            measured_at: row.validated_at,
            snapshot: row.snapshot,
            compared: row.compared,
            flagged: row.flagged,
        };
        return Validation { sentence, measured: Some(measured) };
    }
    let sentence = match rows.first() {
        Some(row) => format!(
            "Calibration is on offers: the last measurement on cleared lines, of {}, was with other parameters (touchstone validate).",
            row.validated_at.format("%Y-%m-%d")
        ),
        None => UNVALIDATED.to_owned(),
    };
    Validation { sentence, measured: None }
}

/// The sentence beside a verdict; one that does not say is of a program that did not know.
pub fn sentence(verdict: &model::Verdict) -> &str {
    let stated = verdict.made.as_ref().and_then(|made| made.validation.as_ref());
    stated.map_or(UNVALIDATED, |validation| validation.sentence.as_str())
}

/// Share of the cleared lines compared that were flagged; none where it was not measured.
pub fn rate(validation: &Validation) -> Option<f64> {
    validation.measured.as_ref().and_then(|m| Share::new(m.flagged, m.compared).share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (n, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (a, b) = wilson(n, of);
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{n} of {of}: {a} {b}");
        }
        assert_eq!(Share::new(0, 0).interval, None);
    }

    #[test]
    fn the_measurement_of_the_same_parameters_counts_and_of_the_same_snapshot_first() {
        let hash = |text: &str| ContentHash::of(text.as_bytes());
        let row = |day: u32, snapshot: &str, parameters: &str| ValidationRow {
            id: hash(&format!("{day}")),
            validated_at: chrono::TimeZone::with_ymd_and_hms(&chrono::Utc, 2026, 9, day, 8, 0, 0).unwrap(),
            program: "1".to_owned(),
            snapshot: hash(snapshot),
            parameters: hash(parameters),
            input_hash: hash("input"),
            lines: 250,
            compared: 200 + u64::from(day),
            flagged: 10,
            report: String::new(),
        };
        let rows = [row(3, "x", "p"), row(2, "s", "p"), row(1, "s", "old")];
        let told = |rows: &[ValidationRow], parameters: &str, snapshot: &str| {
            let v = of(rows, hash(parameters), hash(snapshot));
            (v.measured.as_ref().map(|m| m.compared), v.sentence)
        };
        assert_eq!(told(&rows, "p", "s").0, Some(202), "this snapshot's");
        let (of, sentence) = told(&rows, "p", "other");
        assert_eq!(of, Some(203), "else the last");
        assert!(sentence.contains("not the one used here"), "{sentence}");
        let (of, sentence) = told(&rows, "new", "s");
        assert!(of.is_none() && sentence.contains("with other parameters"), "{sentence}");
        assert_eq!(told(&[], "p", "s"), (None, UNVALIDATED.to_owned()));
        // Lines that no reason can be given on measure no rate of them.
        let reported = |could: u64| {
            let share = serde_json::to_string(&Share::new(9, 202)).unwrap();
            let report =
                format!("{{\"could_be_flagged\":{could},\"p_at_most_5_percent\":{share},\"lines\":250}}");
            told(&[ValidationRow { report, ..row(2, "s", "p") }], "p", "s")
        };
        let (of, sentence) = reported(150);
        assert_eq!(of, Some(202));
        assert!(sentence.contains("of those compared got a reason to ask; 150 of them stood on a rung and on votes that can give one; p on the low side was at most 5 % in 4.46 % ("), "{sentence}");
        let (of, sentence) = reported(0);
        assert!(
            of.is_none() && sentence.contains("so no flag rate was measured; p on the low side"),
            "{sentence}"
        );
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_share(of in 1u64..1_000_000_000, part in 0.0f64..=1.0) {
            let n = ((of as f64) * part) as u64;
            let (low, high) = wilson(n.min(of), of);
            let share = n.min(of) as f64 / of as f64;
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        }
    }
}
