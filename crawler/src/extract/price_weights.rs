//! What `price_rank` weighs features with: per feature its name beside the weight (log odds). Written by
//! `crawler/examples/prices.rs`; not to be changed by hand.

/// Weights, in the order of the features.
pub(super) const WEIGHTS: [f64; super::price_rank::COUNT] = [
    2.019,  // sign of money
    1.142,  // fills its element
    2.034,  // named a price
    0.386,  // named the price now
    -1.552, // named another amount
    -5.001, // named a cost beside the price
    -7.000, // struck out
    -4.500, // named former
    -1.500, // perhaps named former
    -4.503, // words before say former
    -4.003, // words before say another amount
    -3.000, // per unit or step of a ladder
    3.143,  // near, after the title
    1.496,  // near, before the title
    0.939,  // in a small block with the title
    0.374,  // in a block with the title
    2.372,  // near the button that buys
    -3.316, // one of several alike
    1.071,  // said again
    -2.996, // hidden
    0.988,  // in a heading or bold
    0.080,  // within a link
    -0.000, // within a choice
    0.098,  // within a sentence
    0.260,  // in a cell of a table
    -2.000, // words say a rate
    -1.000, // words say without tax
    -0.188, // words say with tax
    0.476,  // words say from
    0.630,  // has hundredths
    0.447,  // much less than another one near
    0.699,  // a higher former price beside it
    2.079,  // first that is not former
    -0.970, // first, but named another amount
    -0.601, // said in full beside it
    -0.059, // tiny
];

/// What learning added to the score of the best candidate, on average: scores are given without it, so
/// that the same score stands out as before.
pub(super) const LEVEL: f64 = 2.063;
