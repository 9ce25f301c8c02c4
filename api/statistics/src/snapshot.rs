//! Building a snapshot: order, duplicates, groups, identity.
use crate::Parameters;
use model::{Comparable, Currency, Exclusion, Snapshot};

/// Builds the snapshot of these offers: sorted, duplicates by observation id once, groups
/// computed, identity set. The same bytes whatever the order of the input.
pub fn build_snapshot(
    _comparables: Vec<Comparable>,
    _exclusions: Vec<Exclusion>,
    _currency: Currency,
    _parameters: &Parameters,
) -> Snapshot {
    unimplemented!()
}
