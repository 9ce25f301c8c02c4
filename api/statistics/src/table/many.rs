//! Many lines of the table's own day judged together: what each is held to is fetched for all of a few
//! before any of these is judged, as memory answers several questions as fast as one. Not another way
//! to judge.

use super::head::Head;
use super::line::Seen;
use super::{Places, PriceFigures, PriceTable};
use crate::calibration::Calibration;
use crate::fast::{ln, wide};
use model::VerdictCode;
use std::hint::black_box;

/// A line's price, and the group it is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Number of the group, one that [`Places::is_plain`].
    pub group: u32,
    /// The price of one unit.
    pub price: f64,
}

/// Lines whose numbers are fetched together: these fit the nearest cache.
const TOGETHER: usize = 32;

/// Touches the pooled ranks that each line's score will be placed among.
#[inline(always)]
fn near_ranks<'c>(
    places: &Places,
    few: &[Asked],
    seen: &[Seen],
    at: &mut [u32],
    calibration: impl Fn(&Head) -> Option<&'c Calibration>,
) {
    for ((line, seen), at) in few.iter().zip(seen).zip(at.iter_mut()) {
        let head = places.head(line.group);
        *at = calibration(head).map_or(0, |c| c.near(head.pool, seen.score.unwrap_or_default()));
    }
    black_box(few.iter().zip(at).fold(0, |sum, (line, at)| {
        let head = places.head(line.group);
        sum ^ calibration(head).map_or(0, |c| c.touch(head.pool, *at))
    }));
}

impl PriceTable<'_> {
    /// Judges prices on the table's day, as [`PriceTable::judge`] judges each; the results stand in the
    /// order asked, behind what is there.
    ///
    /// Memory is touched in loops of their own, that do nothing else: then many of these reads are on
    /// their way at once, and what is reckoned afterwards waits for none.
    pub fn judge_many(&self, places: &Places, asked: &[Asked], out: &mut Vec<(VerdictCode, PriceFigures)>) {
        let mut seen = [Seen::default(); TOGETHER];
        let mut at = [0; TOGETHER];
        for few in asked.chunks(TOGETHER) {
            black_box(few.iter().fold(0, |sum, line| sum ^ places.head(line.group).touch()));
            wide(
                #[inline(always)]
                || {
                    for ((line, at), seen) in few.iter().zip(&mut at).zip(&mut seen) {
                        seen.log = ln(line.price);
                        *at = places.head(line.group).first_looked_at(line.price);
                    }
                },
            );
            black_box(
                few.iter()
                    .zip(&at)
                    .fold(0, |sum, (line, &at)| sum ^ self.touch_prices(places.head(line.group), at)),
            );
            wide(
                #[inline(always)]
                || {
                    for ((line, seen), &at) in few.iter().zip(&mut seen).zip(&at) {
                        seen.place = self.view(places.head(line.group)).place(seen.log, line.price, at);
                    }
                },
            );
            black_box(
                few.iter().zip(&seen).fold(0, |sum, (line, seen)| {
                    sum ^ self.touch_weights(places.head(line.group), seen.place)
                }),
            );
            for (line, seen) in few.iter().zip(&mut seen) {
                seen.score = self.score(&self.view(places.head(line.group)), seen.log);
            }
            match self.calibrations.all() {
                [] | [None] => {}
                [Some(only)] => near_ranks(places, few, &seen, &mut at, |_| Some(only)),
                _ => near_ranks(places, few, &seen, &mut at, |head| self.calibrations.on(head.footing)),
            }
            for (line, seen) in few.iter().zip(&seen) {
                out.push(self.priced(&self.view(places.head(line.group)), seen));
            }
        }
    }
}
