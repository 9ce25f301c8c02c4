//! Weights of the comparison of titles, trained by `normalizer/examples/identity_pairs.rs --train`,
//! and the scores from which an answer is given, chosen on the training part only.

use super::compare::FEATURES;

/// In the order of [`super::features`].
pub const WEIGHTS: [f64; FEATURES] = [
    -3.0502, 1.4452, 1.6393, 2.7602, -1.5213, -0.4542, -3.4556, -0.4588, 0.3517, -1.1822, 0.2638, -0.5154,
    0.6830, -0.2366, 1.3705, 0.8336, 0.2683, 1.1817, -1.1888, -1.1307, -0.3725, 0.8912,
];

/// The score from which two titles are the same goods.
pub const SAME_FROM: f64 = 0.89;

/// The score below which they are not: other goods are likelier then.
pub const UNSURE_FROM: f64 = 0.5;
