//! Weights of the comparison of titles, trained by `normalizer/examples/identity_pairs.rs --train`,
//! and the scores from which an answer is given, chosen on the training part only.

use super::compare::FEATURES;

/// In the order of [`super::features`].
pub const WEIGHTS: [f64; FEATURES] = [0.0; FEATURES];

/// The score from which two titles are the same goods.
pub const SAME_FROM: f64 = 0.9;

/// The score below which they are not.
pub const UNSURE_FROM: f64 = 0.3;
