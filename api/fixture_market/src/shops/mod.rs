//! The six shops: one file each, with the shop's own habits of writing a page.

mod harbour_lane;
mod lumiere_bazar;
mod marktgarten;
mod secondround;
mod skladowy;
mod tradewharf;

use crate::site::Site;
use crate::world::World;

/// Every shop at one date.
pub(crate) fn build(world: &World) -> Vec<Site> {
    vec![
        harbour_lane::build(world),
        marktgarten::build(world),
        lumiere_bazar::build(world),
        skladowy::build(world),
        tradewharf::build(world),
        secondround::build(world),
    ]
}
