//! Pooled scores of references left out, and where a score stands among them. Not how they are made.

use super::Rules;
use crate::fast::count_at_most;

/// Scores of references left out, sorted, with the weight up to each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pool {
    pub scores: Vec<f64>,
    pub up_to: Vec<f64>,
    pub groups: u32,
    /// How many scores lie in the cells before each: looking a score up begins there.
    cells: Vec<u32>,
}

/// Scores looked at together.
const FEW: usize = 16;

/// Scores the ends of the cells lie at: beyond five deviations few are left.
const SPAN: f64 = 5.0;

/// The cell of a score, of so many. It never falls as the score rises, so that what lies in the cells
/// before is smaller, and what lies in those behind is larger, whatever is rounded.
fn cell_of(score: f64, cells: usize) -> usize {
    (((score + SPAN) * (cells as f64 / (2.0 * SPAN))) as usize).min(cells.saturating_sub(1))
}

impl Pool {
    pub fn of(mut scored: Vec<(f64, f64)>, groups: u32) -> Pool {
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let up_to = scored
            .iter()
            .map(|s| {
                sum += s.1;
                sum
            })
            .collect();
        Pool::sorted(scored.into_iter().map(|s| s.0).collect(), up_to, groups)
    }
    pub fn sorted(scores: Vec<f64>, up_to: Vec<f64>, groups: u32) -> Pool {
        // Where scores are densest a cell holds a dozen of them: two cache lines.
        let cells = (scores.len() / 4).next_power_of_two();
        let mut begins = vec![0u32; cells + 1];
        for &score in &scores {
            begins[cell_of(score, cells) + 1] += 1;
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        Pool { scores, up_to, groups, cells: begins }
    }
    /// The scores among which this one has its place.
    #[cold]
    fn range(&self, score: f64) -> std::ops::Range<usize> {
        let cell = cell_of(score, self.cells.len() - 1);
        self.cells[cell] as usize..self.cells[cell + 1] as usize
    }
    /// How many scores are at most this one, and how many below it.
    pub fn places(&self, score: f64) -> (usize, usize) {
        let begin = self.near(score) as usize;
        // Behind a cell everything is larger: the first few are all that can count, mostly.
        let few = self.scores[begin..].first_chunk::<FEW>().map(|few| count_at_most(few, score));
        let up_to = match few {
            Some(n) if n < FEW => begin + n,
            _ => begin + self.scores[self.range(score)].partition_point(|&s| s <= score),
        };
        let equal = up_to > begin && self.scores[up_to - 1] == score;
        let below =
            if equal { begin + self.scores[begin..up_to].partition_point(|&s| s < score) } else { up_to };
        (up_to, below)
    }
    /// Where a score is looked for from.
    #[inline]
    pub fn near(&self, score: f64) -> u32 {
        self.cells[cell_of(score, self.cells.len() - 1)]
    }
    /// Touches scores and weights from there on; the number means nothing.
    #[inline]
    pub fn touch(&self, at: u32) -> u64 {
        let bits = |list: &[f64], n: usize| list.get(at as usize + n).map_or(0, |x| x.to_bits());
        bits(&self.scores, 0)
            ^ bits(&self.scores, FEW - 1)
            ^ bits(&self.up_to, 0)
            ^ bits(&self.up_to, FEW / 2)
    }
    pub fn total(&self) -> f64 {
        self.up_to.last().copied().unwrap_or(0.0)
    }
    pub fn weight_before(&self, at: usize) -> f64 {
        if at == 0 { 0.0 } else { self.up_to[at - 1] }
    }
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }
    pub fn enough(&self, rules: &Rules) -> bool {
        self.total() >= rules.min_ranks - 1e-6 && self.groups >= rules.min_groups
    }
    /// The score below which a share `p` lies.
    pub fn quantile(&self, p: f64) -> f64 {
        let wanted = p * (1.0 + self.total()) - 1.0;
        let at = self.up_to.partition_point(|&w| w <= wanted);
        self.scores[at.min(self.scores.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_score_is_placed_as_in_the_whole_list(
            scored in proptest::collection::vec((-80i32..80, 1u32..4), 0..300), asked in proptest::collection::vec(-90i32..90, 1..40)
        ) {
            // Tenths, so that scores meet one another and the edges of the cells.
            let of = |tenths: i32| f64::from(tenths) / 10.0;
            let pool = Pool::of(scored.iter().map(|&(s, w)| (of(s), f64::from(w))).collect(), 1);
            for score in asked.into_iter().map(of).chain([f64::INFINITY, f64::NEG_INFINITY]) {
                let up_to = pool.scores.iter().filter(|s| **s <= score).count();
                let below = pool.scores.iter().filter(|s| **s < score).count();
                prop_assert_eq!(pool.places(score), (up_to, below));
                prop_assert!(pool.near(score) as usize <= below);
            }
        }
    }
}
