//! Weights of the comparison of titles, trained by `normalizer/examples/identity_pairs.rs --train`,
//! and the scores from which an answer is given, chosen on the training part only.

use super::compare::FEATURES;

/// In the order of [`super::features`].
pub const WEIGHTS: [f64; FEATURES] = [
    -2.8061, 1.4184, 1.1944, 2.9833, -1.5345, -0.5720, -3.2552, -0.4405, 0.3553, -1.2315, 0.3625, -0.4811,
    0.6791, -0.2525, 1.2813, 0.7974, 0.1452, 1.1264, -1.4064, -1.1573, -0.3412, 0.7133,
];

/// The score from which two titles are the same goods: the lowest at which precision was .97 on both
/// training parts (links of shops, written titles).
pub const SAME_FROM: f64 = 0.883;

/// The score below which they are not: other goods are likelier then.
pub const UNSURE_FROM: f64 = 0.5;
