//! A calibration as numbers in a column, and back: for a snapshot that carries it. Not how it is
//! learned.

use super::fit::Prior;
use super::siblings::Priors;
use super::{Calibration, Pool, Rules};
use std::collections::BTreeMap;

const PRIOR: usize = 15;

impl Prior {
    fn put(&self, out: &mut Vec<f64>) {
        let gross = f64::from(u8::from(self.gross));
        out.extend([self.mean, self.between, self.variance, self.dof, gross]);
        out.extend(self.slips);
    }
    fn take(numbers: &mut &[f64]) -> Option<Prior> {
        let (n, rest) = numbers.split_first_chunk::<PRIOR>()?;
        *numbers = rest;
        let mut slips = [0.0; 10];
        slips.copy_from_slice(&n[5..]);
        Some(Prior { mean: n[0], between: n[1], variance: n[2], dof: n[3], gross: n[4] != 0.0, slips })
    }
}

impl Pool {
    fn put(&self, out: &mut Vec<f64>) {
        out.extend([f64::from(self.groups), self.scores.len() as f64]);
        out.extend(&self.scores);
        out.extend(&self.up_to);
    }
    fn take(numbers: &mut &[f64]) -> Option<Pool> {
        let groups = number(numbers)? as u32;
        let n = number(numbers)? as usize;
        let (scores, rest) = numbers.split_at_checked(n)?;
        let (up_to, rest) = rest.split_at_checked(n)?;
        *numbers = rest;
        Some(Pool::sorted(scores.to_vec(), up_to.to_vec(), groups))
    }
}

fn number(numbers: &mut &[f64]) -> Option<f64> {
    let (&first, rest) = numbers.split_first()?;
    *numbers = rest;
    Some(first)
}

impl Calibration {
    /// Everything but the rules, as numbers.
    pub(crate) fn to_numbers(&self) -> Vec<f64> {
        let mut out = vec![self.priors.headings.len() as f64];
        for (&heading, prior) in &self.priors.headings {
            out.push(heading as f64);
            prior.put(&mut out);
        }
        self.priors.other.put(&mut out);
        out.push(self.headings.len() as f64);
        for (heading, pool) in &self.headings {
            out.push(*heading as f64);
            pool.put(&mut out);
        }
        self.all.put(&mut out);
        out
    }

    /// What [`Calibration::to_numbers`] gave; `None` where the numbers are not of that form.
    pub(crate) fn of_numbers(mut numbers: &[f64], rules: Rules) -> Option<Calibration> {
        let numbers = &mut numbers;
        let mut priors = BTreeMap::new();
        for _ in 0..number(numbers)? as usize {
            priors.insert(number(numbers)? as u64, Prior::take(numbers)?);
        }
        let priors = Priors { headings: priors, other: Prior::take(numbers)? };
        let mut headings = Vec::new();
        for _ in 0..number(numbers)? as usize {
            headings.push((number(numbers)? as u64, Pool::take(numbers)?));
        }
        let all = Pool::take(numbers)?;
        numbers.is_empty().then_some(Calibration { priors, headings, all, rules })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Group, Point};
    use super::*;

    #[test]
    fn a_calibration_comes_back_as_it_was() {
        let rules = Rules { min_ranks: 10.0, min_groups: 2, slip_spreads: 4.0 };
        let groups: Vec<Group> = (0..12)
            .map(|g| Group {
                heading: g % 3,
                points: (0..6)
                    .map(|i| Point {
                        log: (f64::from(i) * 0.7 + g as f64).sin(),
                        weight: 1.0,
                        seller: i as u32,
                    })
                    .collect(),
            })
            .collect();
        let learned = Calibration::of(&groups, rules).unwrap();
        let numbers = learned.to_numbers();
        let back = Calibration::of_numbers(&numbers, rules).unwrap();
        assert_eq!(back.to_numbers(), numbers);
        let p = learned.prediction(1, &groups[1].points).unwrap();
        assert_eq!(learned.calibrated(1, &p, 0.3), back.calibrated(1, &p, 0.3));
        for cut in [0, 1, 20, numbers.len() - 1] {
            assert!(Calibration::of_numbers(&numbers[..cut], rules).is_none(), "{cut}");
        }
    }
}
