//! A group's prediction on a day, from the rows of a table. Not how a prediction is reckoned (`calibration`).

use super::group::logs_of;
use super::head::{WEIGHTS, weight};
use super::{Repeats, unpacked};
use crate::Parameters;
use crate::calibration::{Calibration, Point, Prediction, Sample, order_ties, recency};
use crate::fast::wide;
use crate::quantile::has_ties;

/// Days whose recency is reckoned once; that of rows farther off each time.
const DAYS: usize = 1 << 12;

/// Recency by days.
#[derive(Debug)]
struct Recencies {
    half_life: u32,
    known: Box<[f64; DAYS]>,
}

impl Recencies {
    fn new(half_life: u32) -> Recencies {
        let mut known = Box::new([0.0; DAYS]);
        known.iter_mut().zip(0..).for_each(|(known, days)| *known = recency(days, half_life));
        Recencies { half_life, known }
    }

    fn of(&self, days: u32) -> f64 {
        self.known.get(days as usize).copied().unwrap_or_else(|| recency(days, self.half_life))
    }

    /// What rows weigh on a day, by how many their source has in the group.
    fn weigh(&self, rows: &[u64], repeats: Repeats<'_>, on: u32, weights: &mut Vec<f64>) {
        weights.clear();
        if let Repeats::Bytes(repeats) = repeats {
            weights.resize(rows.len(), 0.0);
            let farthest = wide(
                #[inline(always)]
                || {
                    let mut farthest = 0;
                    for ((weight, row), repeats) in weights.iter_mut().zip(rows).zip(repeats) {
                        let days = on.abs_diff(unpacked(*row).1);
                        farthest = days.max(farthest);
                        *weight = WEIGHTS[usize::from(*repeats)] * self.known[days as usize % DAYS];
                    }
                    farthest
                },
            );
            if (farthest as usize) < DAYS {
                return;
            }
            weights.clear();
        }
        let rows = rows.iter().zip(repeats.iter());
        weights.extend(rows.map(|(row, n)| weight(n) * self.of(on.abs_diff(unpacked(*row).1))));
    }
}

/// Predicts one group after another, with room lent.
#[derive(Debug)]
pub(super) struct Predictor {
    recencies: Recencies,
    points: Vec<Point>,
    room: Sample,
}

impl Predictor {
    pub fn new(half_life: u32) -> Predictor {
        Predictor { recencies: Recencies::new(half_life), points: Vec::new(), room: Sample::default() }
    }

    /// What a group detects, and its prediction on a day; of prices that rise, with their rows and
    /// repeats, by so many sellers. `None` with too few pooled ranks.
    pub fn predict(
        &mut self,
        calibration: &Calibration,
        heading: u64,
        (prices, rows, repeats): (&[f64], &[u64], Repeats<'_>),
        sellers: u32,
        on: u32,
        parameters: &Parameters,
    ) -> Option<(f64, Prediction)> {
        let Predictor { recencies, points, room } = self;
        logs_of(prices, &mut room.logs);
        let ties = has_ties(&room.logs);
        let prediction = if calibration.leaves_out(heading, sellers as usize) {
            let votes = room.logs.iter().zip(rows.iter().zip(repeats.iter())).filter(|(_, (_, n))| *n > 0);
            points.clear();
            points.extend(votes.map(|(&log, (&row, n))| {
                let (seller, day, _) = unpacked(row);
                Point { log, weight: weight(n) * recencies.of(on.abs_diff(day)), seller }
            }));
            if ties {
                order_ties(points);
            }
            calibration.prediction_of_sorted(heading, points, room)?
        } else {
            recencies.weigh(rows, repeats, on, &mut room.weights);
            if repeats.has_slips() {
                let mut of_logs = repeats.iter();
                room.logs.retain(|_| of_logs.next().is_some_and(|n| n > 0));
                let mut of_weights = repeats.iter();
                room.weights.retain(|_| of_weights.next().is_some_and(|n| n > 0));
            }
            if ties {
                room.order_ties();
            }
            calibration.prediction_of_sample(heading, room)?
        };
        Some((calibration.detectable(heading, &prediction, parameters.reason_p)?, prediction))
    }
}

#[cfg(test)]
mod tests {
    use super::super::packed;
    use super::*;

    #[test]
    fn rows_weigh_by_their_day_however_far_off() {
        let recencies = Recencies::new(90);
        let (most, on) = (DAYS as u32, 500_000);
        for far in [0, 1, most - 1, most, most + 7, 400_000] {
            let days = [on, on - 3, on + 40, on - far];
            let rows: Vec<u64> = days.iter().zip(0..).map(|(day, row)| packed(7, *day, row)).collect();
            for repeats in [[1u8, 2, 0, 255], [1; 4]] {
                let words = repeats.map(u32::from);
                let expected: Vec<f64> = days
                    .iter()
                    .zip(words)
                    .map(|(day, n)| weight(n) * recency(on.abs_diff(*day), 90))
                    .collect();
                let mut weights = vec![9.0; 2];
                for repeats in [Repeats::Bytes(&repeats), Repeats::Words(&words)] {
                    recencies.weigh(&rows, repeats, on, &mut weights);
                    assert_eq!(weights, expected, "{far}");
                }
            }
        }
    }
}
