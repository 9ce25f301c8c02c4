//! What `confidence` weighs signs with: per sign its name beside the weight (log odds). Written by
//! `crawler/examples/prices.rs`; not to be changed by hand.

/// Weights, in the order of the signs.
pub(super) const WEIGHTS: [f64; super::confidence::COUNT] = [
    -1.352, // always
    1.899,  // price from markup
    -1.027, // price from embedded state
    2.000,  // price by the source's rule
    1.128,  // one of a list's cards
    0.121,  // one of several in markup
    0.643,  // markup's price is shown as in force
    0.773,  // markup's price is what the page ranks first
    -2.000, // markup's price is shown as former only
    -0.797, // the page shows prices, not markup's
    1.116,  // another witness agrees
    -0.820, // another witness disagrees
    1.259,  // visible price ahead of the next
    1.217,  // visible price stands out
    0.823,  // currency known
    0.578,  // brand or a code known
    0.978,  // availability known
    0.387,  // a button that buys
    0.288,  // title found
];
