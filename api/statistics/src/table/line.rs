//! A line's price judged from a table's columns: the figures and the verdict that the reference
//! index gives for the same line, without gathering its offers. Not sentences or schedules.

use super::build::{Predictor, day_number, heading, running_sums, weight};
use super::group::Room;
use super::{COUNTS, FIGURES, GroupCounts, GroupFigures, PriceTable, QUANTILES, STRIDE, unpacked};
use crate::Parameters;
use crate::calibration::{Calibrated, PoolNumber, Prediction, Predictive};
use crate::distribution::{Distribution, Figures, LEAST_SPREAD, SAME, Vote, seller_totals};
use crate::evidence::failing;
use crate::judge::{common, held_to_level, rule};
use crate::mixture::two_levels;
use chrono::NaiveDate;
use model::{CalibratedPrice, Gate, Rung, VerdictCode};
use std::collections::HashMap;
use std::ops::Range;

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
        GroupFigures::of_numbers(&all[group])
    }
}

/// Where each group's running sums begin, and which group is which: made once for many lines.
#[derive(Debug, Default)]
pub struct Places {
    /// Pools of the calibration, by subheading.
    pools: Vec<Option<PoolNumber>>,
    before: Vec<u32>,
    of_pair: Vec<u32>,
    origins: usize,
}

const NONE: u32 = u32::MAX;

impl Places {
    /// Of a table.
    pub fn of(table: &PriceTable<'_>) -> Places {
        let origins = table.facts.origins.len();
        let mut of_pair = vec![NONE; table.facts.codes.len() * origins];
        let mut before = Vec::with_capacity(table.len());
        let pools = (0..table.facts.codes.len() as u32)
            .map(|hs| table.calibration.and_then(|c| c.pool_number(heading(table.facts, hs))))
            .collect();
        let mut sum = 0;
        for group in 0..table.len() {
            let counts = table.counts(group);
            before.push(sum);
            sum += counts.n.div_ceil(STRIDE as u32);
            of_pair[counts.hs as usize * origins + counts.origin as usize] = group as u32;
        }
        Places { pools, before, of_pair, origins }
    }

    /// The groups of a subheading.
    pub(super) fn of_code(&self, hs: u32) -> impl Iterator<Item = u32> + '_ {
        let start = hs as usize * self.origins;
        let groups = self.of_pair.get(start..start + self.origins).unwrap_or_default();
        groups.iter().copied().filter(|&group| group != NONE)
    }

    /// The group of a subheading and an origin, by their numbers.
    pub fn group(&self, hs: u32, origin: u32) -> Option<u32> {
        let at = hs as usize * self.origins + origin as usize;
        self.of_pair.get(at).copied().filter(|&group| group != NONE)
    }
}

/// A group as a line is held to it: as kept, or of another day's window.
#[derive(Clone, Copy)]
struct View<'v> {
    counts: GroupCounts,
    figures: GroupFigures,
    prices: &'v [f64],
    repeats: &'v [u32],
    before: &'v [f64],
    without: &'v [[f64; 3]],
}

/// Groups of other days than the table's, as they were last asked for; one for each thread.
#[derive(Debug)]
pub struct OtherDays {
    room: Room,
    predictor: Predictor,
    prices: Vec<f64>,
    rows: Vec<u64>,
    groups: HashMap<(u32, u32), OtherDay>,
    /// Price levels of groups that may have several, by group and day.
    levels: HashMap<(u32, u32), Option<Levels>>,
    size: usize,
}

/// The two price levels of a group, and its own distribution.
#[derive(Debug)]
struct Levels {
    whole: Distribution,
    /// With the number of sites of each.
    levels: [(Distribution, u32); 2],
}

/// Numbers a thread keeps before everything is forgotten: some 32 MB.
const MOST_KEPT: usize = 4_000_000;

#[derive(Debug)]
struct OtherDay {
    counts: GroupCounts,
    figures: GroupFigures,
    prices: Vec<f64>,
    repeats: Vec<u32>,
    before: Vec<f64>,
    without: Vec<[f64; 3]>,
}

impl OtherDays {
    /// For lines of a table.
    pub fn of(table: &PriceTable<'_>) -> OtherDays {
        OtherDays {
            room: Room::new(table.facts.sources.len()),
            predictor: Predictor::new(table.parameters.recency_half_life_days),
            prices: Vec::new(),
            rows: Vec::new(),
            groups: HashMap::new(),
            levels: HashMap::new(),
            size: 0,
        }
    }

    /// A group as it stands on a day.
    fn group(&mut self, table: &PriceTable<'_>, group: u32, day: u32) -> Option<&OtherDay> {
        if !self.groups.contains_key(&(group, day)) {
            let made = self.make(table, group, day)?;
            self.make_room(40 + made.prices.len() * 5 / 4);
            self.groups.insert((group, day), made);
        }
        self.groups.get(&(group, day))
    }

    /// Counts more numbers, and forgets everything where they are too many.
    fn make_room(&mut self, more: usize) {
        if self.size + more > MOST_KEPT {
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
            let votes: Vec<Vote> = (self.room.logs.iter().zip(&self.room.weights).zip(&self.room.places))
                .map(|((&log, &weight), &place)| {
                    let seller = unpacked(self.rows[place as usize]).0;
                    Vote { item: place, seller, low: log, high: log, weight }
                })
                .collect();
            let made = if sources == 0 { None } else { Levels::of(&votes, table.parameters) };
            self.make_room(12 * votes.len());
            self.levels.insert((group, day), made);
        }
        self.levels.get(&(group, day))?.as_ref()
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
        let mut repeats = Vec::new();
        if self.take_rows(table, whole, day) == 0 {
            return None;
        }
        let (counts, mut figures) = if self.rows.len() == whole.n as usize {
            // Every price counts: the group is the table's, but for its prediction.
            let range = whole.start as usize..(whole.start + whole.n) as usize;
            repeats.extend_from_slice(&table.columns.repeats[range]);
            (*whole, table.figures(group as usize))
        } else {
            let described = self.room.describe(&self.prices, &self.rows, &mut repeats, p);
            (GroupCounts { hs: whole.hs, origin: whole.origin, ..described.counts }, described.figures)
        };
        let mut before = Vec::new();
        running_sums(&repeats, &mut before);
        let heading = heading(table.facts, whole.hs);
        let calibrated = table
            .calibration
            .filter(|_| figures.n_eff >= p.min_n_eff - 1e-6)
            .and_then(|c| self.predictor.predict(c, heading, (&self.prices, &self.rows, &repeats), day, p));
        let mut without = Vec::new();
        figures.predicted_by(calibrated.as_ref());
        if let Some((_, prediction)) = &calibrated {
            without.extend(prediction.without().iter().map(|p| [p.mean, p.sd, p.dof]));
        }
        Some(OtherDay { counts, figures, prices: self.prices.clone(), repeats, before, without })
    }
}

impl Levels {
    fn of(votes: &[Vote], parameters: &Parameters) -> Option<Levels> {
        let whole = Distribution::of(votes)?;
        let cut = two_levels(&whole, parameters)?;
        let (below, above): (Vec<Vote>, Vec<Vote>) = votes.iter().partition(|v| v.low <= cut);
        let level = |votes: &[Vote]| {
            let distribution = Distribution::of(votes)?;
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

/// In which of `n` rows to look for a price, and where first: the quantiles, read already, say in which
/// tenth, and how far into it.
#[inline]
fn near(quantiles: &[f64; 9], n: usize, price: f64) -> (Range<usize>, usize) {
    let mut range = 0..n;
    let (mut below, mut above) = (f64::NAN, f64::NAN);
    for (p, &quantile) in QUANTILES.iter().zip(quantiles) {
        let h = p * n.saturating_sub(1) as f64;
        if quantile <= price {
            (range.start, below) = (h as usize, quantile);
        } else {
            (range.end, above) = ((h as usize + 2).min(n), quantile);
            break;
        }
    }
    let share = (price - below) / (above - below);
    // Outside the outermost quantiles the middle is as good as any place.
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 };
    let guess = range.start + (share * range.len() as f64) as usize;
    let guess = guess.min(n.saturating_sub(1));
    (range, guess)
}

/// How many prices are at most this one: looked for in a range, outwards from a guess.
#[inline]
fn at_most(prices: &[f64], (range, guess): (Range<usize>, usize), price: f64) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    let mut step = 4;
    if prices.get(guess).is_some_and(|p| *p <= price) {
        low = low.max(guess);
        while low + step < high && prices[low + step] <= price {
            low += step;
            step *= 4;
        }
        high = high.min(low + step + 1);
    } else {
        high = high.min(guess + 1);
        while low + step < high && prices[high - step] > price {
            high -= step;
            step *= 4;
        }
        low = low.max(high.saturating_sub(step + 1));
    }
    low + prices[low..high].partition_point(|&p| p <= price)
}

impl View<'_> {
    /// Rank of a log price: weight of the votes at or below it, and of those at or above. `price` is
    /// its exponential; values nearer than rounding count as equal.
    fn ranks(&self, log: f64, price: f64) -> (f64, f64) {
        let prices = self.prices;
        // Logs that differ by less than the tolerance: decided by the logs themselves.
        let near = 4.0 * SAME * price;
        let place = self::near(&self.figures.quantiles, prices.len(), price - near);
        let mut up_to = at_most(prices, place, price - near);
        let mut from = up_to;
        while up_to < prices.len() && prices[up_to] <= price + near && prices[up_to].ln() <= log + SAME {
            up_to += 1;
        }
        while from < up_to && prices[from].ln() < log - SAME {
            from += 1;
        }
        let below = self.sum_to(up_to);
        let above = self.figures.total - if from == up_to { below } else { self.sum_to(from) };
        (below, above)
    }

    fn sum_to(&self, at: usize) -> f64 {
        if at == 0 {
            return 0.0;
        }
        let block = (at - 1) / STRIDE;
        let rest: f64 = self.repeats[block * STRIDE..at].iter().map(|&n| weight(n)).sum();
        self.before[block] + rest
    }
}

impl PriceTable<'_> {
    fn view(&self, places: &Places, group: u32, counts: GroupCounts) -> View<'_> {
        let range = counts.start as usize..(counts.start + counts.n) as usize;
        let before = places.before[group as usize] as usize;
        let (without, _) = self.columns.without.as_chunks::<3>();
        View {
            counts,
            figures: self.figures(group as usize),
            prices: &self.columns.prices[range.clone()],
            repeats: &self.columns.repeats[range],
            before: &self.columns.before[before..before + counts.n.div_ceil(STRIDE as u32) as usize],
            without: &without[counts.without as usize..(counts.without + counts.left_out) as usize],
        }
    }

    /// Touches what a group is judged by, so that it is at hand when it is; the number means nothing.
    #[inline]
    pub fn fetch(&self, group: u32) -> f64 {
        let at = group as usize;
        let figures = self.columns.figures.get(at * FIGURES..(at + 1) * FIGURES).unwrap_or_default();
        let counts = self.columns.counts.get(at * COUNTS..(at + 1) * COUNTS).unwrap_or_default();
        let ends = |list: &[f64]| list.first().zip(list.last()).map_or(0.0, |(a, b)| a + b);
        ends(figures)
            + figures.get(FIGURES / 2).copied().unwrap_or(0.0)
            + counts.first().zip(counts.last()).map_or(0.0, |(a, b)| f64::from(a ^ b))
    }

    /// Touches the rows of a group near a price; the number means nothing.
    #[inline]
    pub fn fetch_rows(&self, places: &Places, group: u32, price: f64) -> f64 {
        let (counts, figures) = (self.counts(group as usize), self.figures(group as usize));
        let (_, guess) = near(&figures.quantiles, counts.n as usize, price);
        let at = counts.start as usize + guess;
        let row = self.columns.prices.get(at).copied().unwrap_or(0.0);
        let before = places.before.get(group as usize).map_or(0, |&before| before as usize) + guess / STRIDE;
        row + self.columns.repeats.get(at).map_or(0.0, |n| f64::from(*n))
            + self.columns.before.get(before).copied().unwrap_or(0.0)
    }

    /// Judges a log price of a day against a group; `price` is its exponential.
    ///
    /// # Errors
    /// The day's window holds none of its prices.
    pub fn judge(
        &self,
        places: &Places,
        others: &mut OtherDays,
        group: u32,
        day: NaiveDate,
        (log, price): (f64, f64),
    ) -> Result<Judgement, NothingInside> {
        let counts = self.counts(group as usize);
        let on = day_number(day);
        let inside = |d: u32| on.abs_diff(d) <= self.parameters.window_days;
        let kept = day == self.facts.as_of && inside(counts.first_day) && inside(counts.last_day);
        let view = if kept {
            self.view(places, group, counts)
        } else {
            let other = others.group(self, group, on).ok_or(NothingInside { outside: counts.n })?;
            View {
                counts: other.counts,
                figures: other.figures,
                prices: &other.prices,
                repeats: &other.repeats,
                before: &other.before,
                without: &other.without,
            }
        };
        let (inside, several) = (view.counts.n, view.counts.levels > 0);
        let mut judged = self.held(&view, places, group, log, price);
        judged.outside = counts.n - inside;
        if several && judged.price.is_some() {
            // A table says that there may be several; what its rows say counts.
            if let Some(levels) = others.levels(self, group, on) {
                levels.held(&mut judged, log, self.parameters);
            }
        }
        Ok(judged)
    }

    fn held(&self, view: &View<'_>, places: &Places, group: u32, log: f64, price: f64) -> Judgement {
        let (p, counts, figures) = (self.parameters, view.counts, view.figures);
        let mut out = Judgement {
            verdict: VerdictCode::InsufficientEvidence,
            group,
            counts,
            figures,
            outside: 0,
            price: None,
        };
        if !self.failed_gates(&out).is_empty() {
            return out;
        }
        let (below, above) = view.ranks(log, price);
        let (w0, total) = (1.0, figures.total);
        let ratio = (log - figures.median).exp();
        let mut own = Figures {
            ratio,
            ratio_high: ratio,
            p_lower: (w0 + below) / (w0 + total),
            p_upper: (w0 + above) / (w0 + total),
            z: (log - figures.median) / figures.spread.max(LEAST_SPREAD),
            z_high: 0.0,
        };
        own.z_high = own.z;
        let mut ruling = own;
        let mut priced = None;
        if figures.dof > 0.0
            && let Some(c) = self.calibrated(view, places, log)
        {
            let small = figures.n_eff < p.min_n_eff_own_5pct - 1e-6;
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
        out.verdict = rule(&ruling, figures.n_eff, || figures.detectable, Rung::Hs6Facets, counts.sellers, p);
        out.price = Some(PriceFigures {
            ratio: own.ratio,
            p_lower: own.p_lower,
            p_upper: own.p_upper,
            smallest_p: w0 / (w0 + total),
            z: own.z,
            percentile: 100.0 * (below / total).clamp(0.0, 1.0),
            calibrated: priced,
        });
        out
    }

    /// The gates that fail on a group without a judged price, as the reference of its rows has them.
    pub fn failed_gates(&self, judged: &Judgement) -> Vec<Gate> {
        let (p, c, f) = (self.parameters, &judged.counts, &judged.figures);
        let share = f64::from(c.top) / f64::from(c.n);
        let window = judged.outside >= p.min_outside_named;
        // Sources are sellers and sites in one.
        failing(f.n_eff, f.dof > 0.0, (c.sellers, share), c.sellers, window, p)
    }

    /// The gate that fails where no price lies in the window, by how many lie outside.
    pub fn empty_gate(&self, outside: u32) -> Gate {
        if outside >= self.parameters.min_outside_named { Gate::Window } else { Gate::NoComparables }
    }

    fn calibrated(&self, view: &View<'_>, places: &Places, log: f64) -> Option<Calibrated> {
        let f = &view.figures;
        let whole = Predictive { mean: f.mean, sd: f.sd, dof: f.dof };
        let left_out = view.without.iter().filter(|w| w[2] > 0.0);
        let left_out = left_out.map(|&[mean, sd, dof]| Predictive { mean, sd, dof });
        let score = Prediction::score_of(&whole, left_out, log);
        let pool = places.pools.get(view.counts.hs as usize).copied().flatten()?;
        self.calibration?.placed(pool, &whole, score, log)
    }
}
