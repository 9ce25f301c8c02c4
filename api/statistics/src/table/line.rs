//! A line's price judged from a table's columns: the figures and the verdict that the reference
//! index gives for the same line, without gathering its offers. Not sentences or schedules.

use super::build::{day_number, heading, running_sums};
use super::group::Room;
use super::head::{Head, Place, View};
use super::predictor::Predictor;
use super::{
    COUNTS, FIGURES, GroupCounts, GroupFigures, PREDICTED, Places, PriceTable, Repeats, smallest_p, unpacked,
};
use crate::Parameters;
use crate::calibration::{Calibrated, Prediction, Predictive};
use crate::distribution::{Distribution, Figures, Vote, seller_totals};
use crate::evidence::failing;
use crate::fast::ln;
use crate::judge::{common, held_to_level, rule};
use crate::mixture::two_levels;
use chrono::NaiveDate;
use model::{CalibratedPrice, Gate, Rung, VerdictCode};
use std::collections::HashMap;

/// What a price is by a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: VerdictCode,
    /// Number of the group.
    pub group: u32,
    /// Its counts.
    pub counts: GroupCounts,
    /// Its figures.
    pub figures: GroupFigures,
    /// Prices of the group that lie outside the window around the line's date.
    pub outside: u32,
    /// The price held to it; `None` with too little evidence.
    pub price: Option<PriceFigures>,
}

/// Figures of a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceFigures {
    /// Price over median.
    pub ratio: f64,
    /// Rank p on the low side.
    pub p_lower: f64,
    /// Rank p on the high side.
    pub p_upper: f64,
    /// Smallest attainable rank p.
    pub smallest_p: f64,
    /// z by the predictive distribution, else by median and robust spread.
    pub z: f64,
    /// Percentile among the votes, 0 to 100.
    pub percentile: f64,
    /// What the siblings say.
    pub calibrated: Option<CalibratedPrice>,
}

/// A log price, its place among a group's, and its score there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub log: f64,
    pub place: Place,
    /// By the group's predictions, where it has any.
    pub score: Option<f64>,
}

/// A group without a price in the window around the line's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NothingInside {
    /// How many prices it has outside.
    pub outside: u32,
}

impl PriceTable<'_> {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.columns.counts.len() / COUNTS
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The counts of a group.
    pub fn counts(&self, group: usize) -> GroupCounts {
        let (all, _) = self.columns.counts.as_chunks::<COUNTS>();
        GroupCounts::of_numbers(&all[group])
    }

    /// The figures of a group.
    pub fn figures(&self, group: usize) -> GroupFigures {
        let (all, _) = self.columns.figures.as_chunks::<FIGURES>();
        let (predicted, _) = self.columns.predicted.as_chunks::<PREDICTED>();
        GroupFigures::of_numbers(&all[group], &predicted[group])
    }
}

/// Groups of other days than the table's, as they were last asked for; one for each thread.
#[derive(Debug)]
pub struct OtherDays {
    room: Room,
    predictor: Predictor,
    prices: Vec<f64>,
    rows: Vec<u64>,
    groups: HashMap<(u32, u32), Box<OtherDay>>,
    /// Price levels of groups that may have several, by group and day.
    levels: HashMap<(u32, u32), Option<Box<Levels>>>,
    /// Bytes of both, and most of them.
    size: usize,
    most: usize,
}

/// The two price levels of a group, and its own distribution.
#[derive(Debug)]
struct Levels {
    whole: Distribution,
    /// With the number of sites of each.
    levels: [(Distribution, u32); 2],
}

/// Bytes a thread keeps before everything is forgotten. Lines of one day after another find their groups in
/// less; lines of all days of a year among a hundred thousand groups hardly meet one twice, whatever is kept.
const MOST_KEPT: usize = 8 << 20;

/// Bytes of an entry beside its lists: its key and place, with as much again for places not taken, and what
/// the allocator adds to it and its lists.
const OF_ENTRY: usize = 128;

#[derive(Debug)]
struct OtherDay {
    counts: GroupCounts,
    figures: GroupFigures,
    head: Head,
    /// Its rows; `None`: every row of the group counts, and they stand in the table.
    own: Option<OwnRows>,
    without: Vec<[f64; 3]>,
}

/// The rows of a group that lie in a day's window.
#[derive(Debug)]
struct OwnRows {
    prices: Vec<f64>,
    repeats: Vec<u32>,
    before: Vec<f64>,
}

impl OtherDay {
    fn bytes(&self) -> usize {
        let of_rows = |own: &OwnRows| {
            size_of_val(&*own.prices) + size_of_val(&*own.repeats) + size_of_val(&*own.before)
        };
        OF_ENTRY + size_of::<OtherDay>() + size_of_val(&*self.without) + self.own.as_ref().map_or(0, of_rows)
    }
}

impl OtherDays {
    /// For lines of a table.
    pub fn of(table: &PriceTable<'_>) -> OtherDays {
        OtherDays::keeping(table, MOST_KEPT)
    }

    /// The same, keeping at most so many bytes, or one group that is larger.
    pub fn keeping(table: &PriceTable<'_>, most: usize) -> OtherDays {
        OtherDays {
            room: Room::new(table.facts.sources.len()),
            predictor: Predictor::new(table.parameters.recency_half_life_days),
            prices: Vec::new(),
            rows: Vec::new(),
            groups: HashMap::new(),
            levels: HashMap::new(),
            size: 0,
            most,
        }
    }

    /// Bytes that are kept.
    pub fn kept(&self) -> usize {
        self.size
    }

    /// A group as it stands on a day.
    fn group(&mut self, table: &PriceTable<'_>, group: u32, day: u32) -> Option<&OtherDay> {
        if !self.groups.contains_key(&(group, day)) {
            let made = Box::new(self.make(table, group, day)?);
            self.make_room(made.bytes());
            self.groups.insert((group, day), made);
        }
        self.groups.get(&(group, day)).map(|kept| &**kept)
    }

    /// Counts more bytes, and forgets everything where they are too many.
    fn make_room(&mut self, more: usize) {
        if self.size + more > self.most {
            self.groups.clear();
            self.levels.clear();
            self.size = 0;
        }
        self.size += more;
    }

    /// The price levels of a group on a day, as the reference of its rows parts them.
    fn levels(&mut self, table: &PriceTable<'_>, group: u32, day: u32) -> Option<&Levels> {
        if !self.levels.contains_key(&(group, day)) {
            let whole = table.counts(group as usize);
            let sources = self.take_rows(table, &whole, day);
            let mut repeats = Vec::new();
            self.room.votes(&self.prices, &self.rows, &mut repeats, table.parameters);
            let votes: Vec<Vote> = (self.room.logs.iter().zip(&self.room.places))
                .map(|(&log, &place)| {
                    let seller = unpacked(self.rows[place as usize]).0;
                    let mut vote = Vote::of(place, seller, log, log);
                    vote.share(repeats[place as usize]);
                    vote
                })
                .collect();
            let made = if sources == 0 { None } else { Levels::of(&votes, table.parameters) };
            let made = made.map(Box::new);
            // Low and high ends with their weights, of all votes and of those of each level.
            let of_levels = size_of::<Levels>() + 64 * votes.len();
            self.make_room(OF_ENTRY + made.as_ref().map_or(0, |_| of_levels));
            self.levels.insert((group, day), made);
        }
        self.levels.get(&(group, day))?.as_deref()
    }

    /// The rows of a group in the window around a day; how many.
    fn take_rows(&mut self, table: &PriceTable<'_>, whole: &GroupCounts, day: u32) -> usize {
        let range = whole.start as usize..(whole.start + whole.n) as usize;
        self.prices.clear();
        self.rows.clear();
        for (&price, &row) in table.columns.prices[range.clone()].iter().zip(&table.columns.rows[range]) {
            let (source, on, _) = unpacked(row);
            // A damaged row is none.
            if on.abs_diff(day) <= table.parameters.window_days
                && (source as usize) < table.facts.sources.len()
            {
                self.prices.push(price);
                self.rows.push(row);
            }
        }
        self.rows.len()
    }

    fn make(&mut self, table: &PriceTable<'_>, group: u32, day: u32) -> Option<OtherDay> {
        let (p, whole) = (table.parameters, &table.counts(group as usize));
        let (columns, range) = (&table.columns, whole.start as usize..(whole.start + whole.n) as usize);
        let sources = table.facts.sources.len();
        // As in `take_rows`.
        let counts_whole = columns.rows[range.clone()].iter().all(|&row| {
            let (source, on, _) = unpacked(row);
            on.abs_diff(day) <= p.window_days && (source as usize) < sources
        });
        let mut repeats = Vec::new();
        let (counts, mut figures) = if counts_whole && whole.n > 0 {
            // Every price counts: the group is the table's, but for its prediction.
            (*whole, table.figures(group as usize))
        } else {
            if self.take_rows(table, whole, day) == 0 {
                return None;
            }
            let described = self.room.describe(&self.prices, &self.rows, &mut repeats, p);
            (GroupCounts { hs: whole.hs, facet: whole.facet, ..described.counts }, described.figures)
        };
        let rows = match counts_whole {
            true => {
                (&columns.prices[range.clone()], &columns.rows[range.clone()], columns.repeats.slice(range))
            }
            false => (&self.prices[..], &self.rows[..], Repeats::Words(&repeats)),
        };
        let heading = heading(table.facts, whole.hs);
        let calibration = table.calibrations.of_facet(whole.facet);
        let calibrated = calibration
            .filter(|_| figures.n_eff >= p.min_n_eff - 1e-6)
            .and_then(|c| self.predictor.predict(c, heading, rows, counts.sellers, day, p));
        let mut without = Vec::new();
        figures.predicted_by(calibrated.as_ref(), p);
        if let Some((_, prediction)) = &calibrated {
            without.extend(prediction.without().iter().map(|p| [p.mean, p.sd, p.dof]));
        }
        let pool = calibration.and_then(|c| c.pool_number(heading));
        let head = Head::of(&counts, &figures, (table.calibrations.footing_of(whole.facet), pool));
        let own = (!counts_whole).then(|| {
            let mut before = Vec::new();
            running_sums(&repeats, &mut before);
            OwnRows { prices: self.prices.clone(), repeats, before }
        });
        Some(OtherDay { counts, figures, head, own, without })
    }
}

impl Levels {
    fn of(votes: &[Vote], parameters: &Parameters) -> Option<Levels> {
        let whole = Distribution::of(votes, parameters)?;
        let cut = two_levels(&whole, parameters)?;
        let (below, above): (Vec<Vote>, Vec<Vote>) = votes.iter().partition(|v| v.low <= cut);
        let level = |votes: &[Vote]| {
            let distribution = Distribution::of(votes, parameters)?;
            // Sources are sellers and sites in one.
            let sites = seller_totals(votes).len() as u32;
            Some((distribution, sites))
        };
        Some(Levels { levels: [level(&below)?, level(&above)?], whole })
    }

    /// The verdict that both levels give, with the figures of all votes together.
    fn held(&self, out: &mut Judgement, log: f64, parameters: &Parameters) {
        let codes: Vec<VerdictCode> = (self.levels.iter())
            .map(|(level, sites)| held_to_level(level, *sites, log, Rung::Hs6Facets, parameters).1)
            .collect();
        let figures = self.whole.figures(log);
        out.verdict = common(&codes);
        out.figures.detectable = self.whole.detectable_ratio();
        out.price = Some(PriceFigures {
            ratio: figures.ratio,
            p_lower: figures.p_lower,
            p_upper: figures.p_upper,
            smallest_p: self.whole.smallest_p(),
            z: figures.z,
            percentile: self.whole.percentile_alone(log),
            calibrated: None,
        });
    }
}

impl PriceTable<'_> {
    /// Judges a price of a day against a group.
    ///
    /// # Errors
    /// The day's window holds none of its prices.
    pub fn judge(
        &self,
        places: &Places,
        others: &mut OtherDays,
        group: u32,
        day: NaiveDate,
        price: f64,
    ) -> Result<Judgement, NothingInside> {
        let (counts, log) = (self.counts(group as usize), ln(price));
        let on = day_number(day);
        let inside = |d: u32| on.abs_diff(d) <= self.parameters.window_days;
        let kept = day == self.facts.as_of && inside(counts.first_day) && inside(counts.last_day);
        let (view, held, figures) = if kept {
            (self.view(places.head(group)), counts, self.figures(group as usize))
        } else {
            let other = others.group(self, group, on).ok_or(NothingInside { outside: counts.n })?;
            let OtherDay { counts, figures, head, own, without } = other;
            let view = match own {
                Some(OwnRows { prices, repeats, before }) => {
                    View { head, prices, repeats: Repeats::Words(repeats), before, without }
                }
                None => View { head, without, ..self.view(places.head(group)) },
            };
            (view, *counts, *figures)
        };
        let mut judged = Judgement {
            verdict: VerdictCode::InsufficientEvidence,
            group,
            counts: held,
            figures,
            outside: counts.n - held.n,
            price: None,
        };
        if self.gates(&held, &figures, 0).is_empty() {
            let seen = Seen {
                log,
                place: view.place(log, price, view.head.first_looked_at(price)),
                score: self.score(&view, log),
            };
            let (verdict, price) = self.priced(&view, &seen);
            (judged.verdict, judged.price) = (verdict, Some(price));
            // A table says that there may be several levels; what its rows say counts.
            if held.levels > 0
                && let Some(levels) = others.levels(self, group, on)
            {
                levels.held(&mut judged, log, self.parameters);
            }
        }
        Ok(judged)
    }

    /// The score of a log price by a group's predictions, where it has any.
    #[inline]
    pub(super) fn score(&self, view: &View<'_>, log: f64) -> Option<f64> {
        let h = view.head;
        let whole = Predictive { mean: h.mean, sd: h.sd, dof: h.dof };
        let left_out = view.without.iter().filter(|w| w[2] > 0.0);
        let left_out = left_out.map(|&[mean, sd, dof]| Predictive { mean, sd, dof });
        (h.dof > 0.0).then(|| Prediction::score_of(&whole, left_out, log))
    }

    /// A price held to a group whose gates all hold.
    #[inline]
    pub(super) fn priced(
        &self,
        view: &View<'_>,
        &Seen { log, place, score }: &Seen,
    ) -> (VerdictCode, PriceFigures) {
        let (p, head) = (self.parameters, view.head);
        let (below, above) = view.ranks(place);
        let (w0, total) = (1.0, head.total);
        let ratio = (log - head.median).exp();
        let mut own = Figures {
            ratio,
            ratio_high: ratio,
            p_lower: (w0 + below) / (w0 + total),
            p_upper: (w0 + above) / (w0 + total),
            z: (log - head.median) / head.spread.max(p.least_spread),
            z_high: 0.0,
        };
        own.z_high = own.z;
        let mut ruling = own;
        let mut priced = None;
        if let Some(c) = score.and_then(|score| self.calibrated(head, score, log)) {
            let small = head.n_eff < p.min_n_eff_own_5pct - 1e-6;
            (own.z, own.z_high) = (c.z, c.z);
            ruling = Figures { p_lower: c.p_lower, p_upper: c.p_upper, ..own };
            priced = Some(CalibratedPrice {
                p_lower: c.p_lower,
                p_upper: c.p_upper,
                smallest_p: 1.0 / (1.0 + c.ranks),
                ranks: c.ranks,
                groups: c.groups,
                of_heading: c.of_heading,
                borrowed: small,
            });
        }
        let verdict = rule(&ruling, head.n_eff, || head.detectable, Rung::Hs6Facets, head.sellers, p);
        let price = PriceFigures {
            ratio: own.ratio,
            p_lower: own.p_lower,
            p_upper: own.p_upper,
            smallest_p: smallest_p(total),
            z: own.z,
            percentile: 100.0 * (below / total).clamp(0.0, 1.0),
            calibrated: priced,
        };
        (verdict, price)
    }

    /// The gates that fail on a group without a judged price, as the reference of its rows has them.
    pub fn failed_gates(&self, judged: &Judgement) -> Vec<Gate> {
        self.gates(&judged.counts, &judged.figures, judged.outside)
    }

    /// The gates that fail on a group with so many prices outside the window.
    pub(super) fn gates(&self, c: &GroupCounts, f: &GroupFigures, outside: u32) -> Vec<Gate> {
        let p = self.parameters;
        let share = f64::from(c.top) / f64::from(c.n);
        // Sources are sellers and sites in one.
        failing(f.n_eff, f.dof > 0.0, (c.sellers, share), c.sellers, outside >= p.min_outside_named, p)
    }

    /// The gate that fails where no price lies in the window, by how many lie outside and whether there are
    /// prices in another unit ([`Places::in_other_unit`]).
    pub fn empty_gate(&self, outside: u32, in_other_unit: bool) -> Gate {
        match (outside >= self.parameters.min_outside_named, in_other_unit) {
            (true, _) => Gate::Window,
            (false, true) => Gate::Unit,
            (false, false) => Gate::NoComparables,
        }
    }

    fn calibrated(&self, head: &Head, score: f64, log: f64) -> Option<Calibrated> {
        let whole = Predictive { mean: head.mean, sd: head.sd, dof: head.dof };
        self.calibrations.on(head.footing)?.placed(head.pool, &whole, score, log)
    }
}
