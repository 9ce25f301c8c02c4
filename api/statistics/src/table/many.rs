//! Many lines of the table's own day judged together: what each is held to is fetched for all of a few
//! before any of these is judged, as memory answers several questions as fast as one. Not another way
//! to judge.

use super::{Places, PriceFigures, PriceTable};
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

impl PriceTable<'_> {
    /// Judges prices on the table's day, as [`PriceTable::judge`] judges each; the results stand in the
    /// order asked, behind what is there.
    pub fn judge_many(&self, places: &Places, asked: &[Asked], out: &mut Vec<(VerdictCode, PriceFigures)>) {
        for few in asked.chunks(TOGETHER) {
            let mut scores = [(0.0, None); TOGETHER];
            for line in few {
                black_box(places.head(line.group).touch());
            }
            for (line, score) in few.iter().zip(&mut scores) {
                let view = self.view(places.head(line.group));
                black_box(view.touch(line.price));
                let log = line.price.ln();
                *score = (log, self.score(&view, log));
            }
            if let Some(calibration) = self.calibration {
                for (line, (_, score)) in few.iter().zip(&scores) {
                    black_box(calibration.touch(places.head(line.group).pool, score.unwrap_or_default()));
                }
            }
            for (line, &(log, score)) in few.iter().zip(&scores) {
                let view = self.view(places.head(line.group));
                out.push(self.priced(&view, (log, line.price), score));
            }
        }
    }
}
