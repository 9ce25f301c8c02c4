//! A calibration as numbers in a column, and back: for a snapshot that carries it. Not how it is
//! learned.

use super::fit::Prior;
use super::siblings::Priors;
use super::two_levels::TwoLevels;
use super::{Calibration, Pool, Rules};
use std::collections::BTreeMap;

const PRIOR: usize = 15;
/// Numbers behind all others; those of a calibration from before have none.
const SHAPE: usize = 6;

impl Prior {
    fn put(&self, out: &mut Vec<f64>) {
        let gross = f64::from(u8::from(self.all_gross() > 0.0));
        out.extend([self.mean, self.between, self.variance, self.dof, gross]);
        out.extend(self.slips);
    }
    fn take(numbers: &mut &[f64], rules: &Rules) -> Option<Prior> {
        let (n, rest) = numbers.split_first_chunk::<PRIOR>()?;
        *numbers = rest;
        let mut slips = [0.0; 10];
        slips.copy_from_slice(&n[5..]);
        let gross = if n[4] != 0.0 { [rules.gross_share.first; 2] } else { [0.0; 2] };
        Some(Prior {
            mean: n[0],
            between: n[1],
            variance: n[2],
            dof: n[3],
            gross,
            levels: None,
            slips,
            gross_spread: rules.gross_spread,
            least_spread: rules.least_spread,
        })
    }

    /// What all priors of siblings have in common: shares of gross errors, and two levels, zeros where
    /// there are none.
    fn put_shape(&self, out: &mut Vec<f64>) {
        out.extend(self.gross);
        let none = TwoLevels { lower: 0.0, apart: 0.0, varies: 0.0, worth: 0.0 };
        let TwoLevels { lower, apart, varies, worth } = self.levels.unwrap_or(none);
        out.extend([lower, apart, varies, worth]);
    }

    fn take_shape(&mut self, shape: &[f64; SHAPE]) {
        let [below, above, lower, apart, varies, worth] = *shape;
        self.gross = [below, above];
        self.levels = (apart > 0.0).then_some(TwoLevels { lower, apart, varies, worth });
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
        if !scores.is_sorted() || !up_to.is_sorted() {
            return None;
        }
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
        self.priors.other.put_shape(&mut out);
        out
    }

    /// What [`Calibration::to_numbers`] gave; `None` where the numbers are not of that form.
    pub(crate) fn of_numbers(mut numbers: &[f64], rules: Rules) -> Option<Calibration> {
        if numbers.iter().any(|n| !n.is_finite()) {
            return None;
        }
        let numbers = &mut numbers;
        let mut priors = BTreeMap::new();
        for _ in 0..number(numbers)? as usize {
            priors.insert(number(numbers)? as u64, Prior::take(numbers, &rules)?);
        }
        let mut priors = Priors { headings: priors, other: Prior::take(numbers, &rules)? };
        let mut headings = Vec::new();
        for _ in 0..number(numbers)? as usize {
            let (heading, pool) = (number(numbers)? as u64, Pool::take(numbers)?);
            // A heading without ranks has no pool.
            if pool.is_empty() {
                return None;
            }
            headings.push((heading, pool));
        }
        let all = Pool::take(numbers)?;
        if let Some((shape, rest)) = numbers.split_first_chunk::<SHAPE>() {
            priors.headings.values_mut().chain([&mut priors.other]).for_each(|p| p.take_shape(shape));
            *numbers = rest;
        }
        numbers.is_empty().then_some(Calibration { priors, headings, all, rules })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Group, Point};
    use super::*;
    use crate::Parameters;

    #[test]
    fn a_calibration_comes_back_as_it_was() {
        let rules = Rules { min_ranks: 10.0, min_groups: 2, ..Rules::of(&Parameters::default()) };
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
        // Without its last numbers it is one from before these were kept.
        let before = Calibration::of_numbers(&numbers[..numbers.len() - SHAPE], rules).unwrap();
        let gross = if learned.priors.other.all_gross() > 0.0 { rules.gross_share.first } else { 0.0 };
        assert_eq!((before.priors.other.gross, before.priors.other.levels), ([gross; 2], None));
        for cut in [0, 1, 20, numbers.len() - SHAPE - 1, numbers.len() - 1] {
            assert!(Calibration::of_numbers(&numbers[..cut], rules).is_none(), "{cut}");
        }
    }

    #[test]
    fn two_levels_come_back_as_they_were() {
        let rules = Rules { min_ranks: 10.0, min_groups: 2, ..Rules::of(&Parameters::default()) };
        let groups = super::super::two_levels::tests::groups(60, 8);
        let learned = Calibration::of(&groups, rules).unwrap();
        assert!(learned.priors.other.levels.is_some());
        let back = Calibration::of_numbers(&learned.to_numbers(), rules).unwrap();
        assert_eq!(back.priors.other, learned.priors.other);
        let p = learned.prediction(1, &groups[1].points).unwrap();
        assert_eq!(Some(&p), back.prediction(1, &groups[1].points).as_ref());
    }
}
