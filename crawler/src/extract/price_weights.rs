//! What `price_rank` weighs features with: per feature its name beside the weight (log odds). Written by
//! `crawler/examples/prices.rs`; not to be changed by hand.

/// Weights, in the order of the features.
pub(super) const WEIGHTS: [f64; super::price_rank::COUNT] = [
    2.018, // sign of money
    1.197, // fills its element
    2.057, // named a price
    0.409, // named the price now
    -1.683, // named another amount
    -5.001, // named a cost beside the price
    -7.000, // struck out
    -4.500, // named former
    -1.500, // perhaps named former
    -4.503, // words before say former
    -4.003, // words before say another amount
    -3.000, // per unit or step of a ladder
    3.160, // near, after the title
    1.500, // near, before the title
    0.967, // in a small block with the title
    0.467, // in a block with the title
    2.366, // near the button that buys
    -3.212, // one of several alike
    1.041, // said again
    -3.000, // hidden
    0.813, // in a heading or bold
    0.026, // within a link
    -0.000, // within a choice
    0.045, // within a sentence
    0.271, // in a cell of a table
    -2.000, // words say a rate
    -1.000, // words say without tax
    -0.181, // words say with tax
    0.471, // words say from
    0.669, // has hundredths
    0.418, // much less than another one near
    0.692, // a higher former price beside it
    2.023, // first that is not former
    -0.623, // said in full beside it
    -0.062, // tiny
];

/// What learning added to the score of the best candidate, on average: scores are given without it, so
/// that the same score stands out as before.
pub(super) const LEVEL: f64 = 2.116;
