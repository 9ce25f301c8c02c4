//! What `confidence` weighs signs with: per sign its name beside the weight (log odds). Written by
//! `crawler/examples/prices.rs`; not to be changed by hand.

/// Weights, in the order of the signs.
pub(super) const WEIGHTS: [f64; super::confidence::COUNT] = [
    -0.860, // always
    1.875, // price from markup
    -1.073, // price from embedded state
    2.000, // price by the source's rule
    0.600, // one of a list's cards
    0.125, // one of several in markup
    0.583, // markup's price is shown as in force
    0.725, // markup's price is what the page ranks first
    -2.000, // markup's price is shown as former only
    -0.806, // the page shows prices, not markup's
    1.111, // another witness agrees
    -0.829, // another witness disagrees
    1.158, // visible price ahead of the next
    1.241, // visible price stands out
    0.818, // currency known
    0.337, // brand or a code known
    0.752, // availability known
    0.462, // a button that buys
    0.309, // title found
];
