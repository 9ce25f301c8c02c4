//! Weights of the comparison of titles, trained by `normalizer/examples/identity_pairs.rs --train`,
//! and the scores from which an answer is given, chosen on the training part only.

use super::compare::FEATURES;

/// In the order of [`super::features`].
pub const WEIGHTS: [f64; FEATURES] = [
    -2.2821, 1.7511, 0.9807, 2.9055, -1.5071, -0.6250,
    -3.2927, -0.3578, 0.3302, -1.3560, 0.2368, -0.3266,
    0.3737, -0.3450, 1.0859, 0.7743, 0.1200, 1.2931,
    -1.4660, -1.4266,
];

/// The score from which two titles are the same goods.
pub const SAME_FROM: f64 = 0.85;

/// The score below which they are not.
pub const UNSURE_FROM: f64 = 0.3;
