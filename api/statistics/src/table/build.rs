//! From rows to a described table: parts worked on by several threads, then the groups' calibration,
//! then each group's prediction. The same columns whatever the number of threads and the order of
//! the rows.

use super::group::Room;
use super::head::weight;
use super::parting::Parted;
use super::predictor::Predictor;
use super::sort::{BLOCK, Piece, Sorted, put_sorted};
use super::{
    COUNTS, Calibrations, FIGURES, FIRST_DAY, GroupCounts, GroupFigures, PREDICTED, Repeats, RepeatsColumn,
    RowColumns, STRIDE, TableColumns, TableFacts, unpacked,
};
use crate::Parameters;
use crate::calibration::{Calibration, Group, Point, Prediction, Rules, recency};
use crate::distribution::own_detectable;
use crate::spread::spread;
use chrono::NaiveDate;
use std::mem::take;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The groups of one part, by column.
#[derive(Debug, Default)]
pub(super) struct PartOut {
    /// Numbers of [`GroupCounts`].
    pub counts: Vec<[u32; COUNTS]>,
    /// Numbers of [`GroupFigures`], but for predictions.
    pub figures: Vec<[f64; FIGURES]>,
    /// Those of predictions; zeros as long as there is none.
    pub predicted: Vec<[f64; PREDICTED]>,
    pub prices: Vec<f64>,
    pub rows: Vec<u64>,
    pub repeats: RepeatsColumn,
    pub before: Vec<f64>,
}

/// Rows described at a time. Their columns take up to 18 bytes a row, and the two words of those that give up their
/// memory 16.
const AT_A_TIME: usize = BLOCK * 7 / 8;

/// Days since [`FIRST_DAY`]; dates before it count as that day.
pub(super) fn day_number(date: NaiveDate) -> u32 {
    u32::try_from((date - FIRST_DAY).num_days()).unwrap_or(0)
}

/// Describes a table of parted rows: its columns, and its calibration where there are siblings enough. At least
/// one thread works. `beside` gets the columns of rows, and what is known of groups by themselves, as
/// soon as they stand, and may write them (`write_rows`) while the groups are calibrated.
pub fn build(
    rows: Parted,
    facts: &TableFacts,
    parameters: &Parameters,
    threads: usize,
    beside: impl FnOnce(&RowColumns<'_>) + Send,
) -> (TableColumns, Calibrations) {
    let facets = facts.facets.len();
    let outs = spread(
        rows.len(),
        threads,
        || Work::new(facts),
        |part, work| work.describe(rows.take(part), rows.codes(part), facets, parameters),
    );
    let outs = outs.into_iter().flatten().collect();
    calibrated(outs, facts, parameters, threads, |_, _, _| None, beside)
}

/// From groups described by themselves to the whole table: their calibration and predictions. `stands`
/// says by part and group where the prediction in its figures stands under a calibration, with those of
/// one source left out. `beside` runs at the same time.
pub(super) fn calibrated<'s>(
    mut outs: Vec<PartOut>,
    facts: &TableFacts,
    parameters: &Parameters,
    threads: usize,
    stands: impl Fn(&Calibrations, usize, usize) -> Option<&'s [f64]> + Sync,
    beside: impl FnOnce(&RowColumns<'_>) + Send,
) -> (TableColumns, Calibrations) {
    let (mut start, mut without) = (0, 0);
    for out in &mut outs {
        for numbers in &mut out.counts {
            let counts = GroupCounts { start, without, ..GroupCounts::of_numbers(numbers) };
            *numbers = counts.to_numbers();
            start += counts.n;
            without += counts.left_out;
        }
    }
    // Each is predicted where it stands, beside the rows, which are lent.
    let predicted: Vec<Mutex<_>> = outs.iter_mut().map(|out| Mutex::new(take(&mut out.predicted))).collect();
    let (calibrations, without) = std::thread::scope(|scope| {
        scope.spawn(|| beside(&RowColumns::of(&outs)));
        let rules = Rules::of(parameters);
        let learned = siblings(&outs, facts, parameters, threads)
            .into_iter()
            .map(|siblings| Calibration::of_on(&siblings, rules, threads))
            .collect();
        let calibrations = Calibrations::of(facts, learned);
        let half_life = parameters.recency_half_life_days;
        let without = spread(
            outs.len(),
            threads,
            || Predictor::new(half_life),
            |part, predictor| {
                let stands = |group| stands(&calibrations, part, group);
                let mut predicted = predicted[part].lock().unwrap_or_else(PoisonError::into_inner);
                predict((&outs[part], &mut predicted), facts, &calibrations, parameters, predictor, stands)
            },
        );
        (calibrations, without)
    });
    let mut all = TableColumns::default();
    for ((out, predicted), without) in outs.into_iter().zip(predicted).zip(without) {
        all.counts.push(out.counts);
        all.figures.push(out.figures);
        all.predicted.push(predicted.into_inner().unwrap_or_else(PoisonError::into_inner));
        all.without.push(without);
        all.prices.push(out.prices);
        all.rows.push(out.rows);
        all.repeats.push(out.repeats);
        all.before.push(out.before);
    }
    (all, calibrations)
}

/// Gives memory of many parts back on a thread of its own: whoever ends need not wait for it.
pub fn given_up(parts: impl Send + 'static) {
    // Where there is no thread to be had they are given back at once.
    let _ = std::thread::Builder::new().spawn(move || drop(parts));
}

struct Work {
    room: Room,
    sorted: Sorted,
    repeats: Vec<u32>,
}

impl Work {
    fn new(facts: &TableFacts) -> Work {
        Work { room: Room::new(facts.sources.len()), sorted: Sorted::default(), repeats: Vec::new() }
    }

    /// Describes the groups of a part, some thousand rows of them at a time: what is described then fits into
    /// the memory that the rows gave up.
    fn describe(
        &mut self,
        pieces: Vec<Piece>,
        codes: Range<u32>,
        facets: usize,
        parameters: &Parameters,
    ) -> Vec<PartOut> {
        let first_code = codes.start;
        self.sorted.take(&pieces, codes, facets);
        drop(pieces);
        let Sorted { keys, ends, order, .. } = &mut self.sorted;
        let (mut outs, mut group, mut begin) = (Vec::new(), 0, 0);
        while group < ends.len() {
            let fits = |end: &u32| *end as usize <= begin + AT_A_TIME;
            let last = group + ends[group..].partition_point(fits).max(1);
            let end = ends[last - 1] as usize;
            let mut out = PartOut::default();
            out.prices.reserve_exact(end - begin);
            out.rows.reserve_exact(end - begin);
            out.repeats = RepeatsColumn::with_capacity(end - begin);
            let groups = groups_in(begin, &ends[group..last]);
            out.before.reserve_exact((end - begin) / STRIDE + groups);
            out.counts.reserve_exact(groups);
            out.figures.reserve_exact(groups);
            out.predicted.reserve_exact(groups);
            let mut start = 0;
            for (group, &end) in (group..).zip(&ends[group..last]) {
                let range = start..end as usize - begin;
                start = range.end;
                if range.is_empty() {
                    continue;
                }
                let keys = &mut keys[begin + range.start..begin + range.end];
                put_sorted(keys, order, &mut out.prices, &mut out.rows);
                let of = (first_code + (group / facets) as u32, (group % facets) as u32);
                out.describe(range, of, &mut self.room, &mut self.repeats, parameters);
            }
            if !out.counts.is_empty() {
                outs.push(out);
            }
            (group, begin) = (last, end);
        }
        outs
    }
}

/// How many of the groups that end at these rows have any; the first of them begins at this one.
fn groups_in(begin: usize, ends: &[u32]) -> usize {
    let mut last = begin as u32;
    ends.iter().filter(|end| std::mem::replace(&mut last, **end) < **end).count()
}

impl<'a> RowColumns<'a> {
    fn of(outs: &'a [PartOut]) -> RowColumns<'a> {
        RowColumns {
            prices: outs.iter().map(|out| &out.prices[..]).collect(),
            rows: outs.iter().map(|out| &out.rows[..]).collect(),
            repeats: outs.iter().map(|out| out.repeats.lent()).collect(),
            before: outs.iter().map(|out| &out.before[..]).collect(),
            counts: outs.iter().map(|out| &out.counts[..]).collect(),
            figures: outs.iter().map(|out| &out.figures[..]).collect(),
        }
    }
}

impl PartOut {
    fn counts_of(&self, group: usize) -> GroupCounts {
        GroupCounts::of_numbers(&self.counts[group])
    }

    /// Describes a group, of a subheading and a facet, whose prices and rows stand here in the columns
    /// already.
    pub fn describe(
        &mut self,
        range: Range<usize>,
        (hs, facet): (u32, u32),
        room: &mut Room,
        repeats: &mut Vec<u32>,
        parameters: &Parameters,
    ) {
        let (prices, rows) = (&self.prices[range.clone()], &self.rows[range]);
        let mut described = room.describe(prices, rows, repeats, parameters);
        (described.counts.hs, described.counts.facet) = (hs, facet);
        let sellers = described.counts.sellers;
        described.counts.left_out =
            if (2..=parameters.left_out_sellers).contains(&sellers) { sellers } else { 0 };
        match room.sums() {
            Some(sums) => self.before.extend(sums.iter().step_by(STRIDE)),
            None => running_sums(repeats, &mut self.before),
        }
        self.repeats.extend(Repeats::Words(repeats));
        self.counts.push(described.counts.to_numbers());
        self.figures.push(described.figures.to_numbers());
        self.predicted.push([0.0; PREDICTED]);
    }
}

/// Σw before every 16th row of a group, put behind those of the groups before it.
pub(super) fn running_sums(repeats: &[u32], before: &mut Vec<f64>) {
    let mut sum = 0.0;
    for (i, &n) in repeats.iter().enumerate() {
        if i % STRIDE == 0 {
            before.push(sum);
        }
        sum += weight(n);
    }
}

impl GroupFigures {
    /// Takes a calibrated prediction with what it detects; without one the group detects by its own
    /// spread.
    pub(super) fn predicted_by(&mut self, calibrated: Option<&(f64, Prediction)>, parameters: &Parameters) {
        match calibrated {
            Some((detectable, prediction)) => {
                self.detectable = *detectable;
                (self.mean, self.sd, self.dof) =
                    (prediction.whole.mean, prediction.whole.sd, prediction.whole.dof);
            }
            None => {
                self.detectable = own_detectable(self.n_eff, self.spread.max(parameters.least_spread));
                (self.mean, self.sd, self.dof) = (0.0, 0.0, 0.0);
            }
        }
    }
}

/// A group's rows in its part.
fn rows_of(out: &PartOut, group: usize) -> (&[f64], &[u64], Repeats<'_>) {
    let [first, counts] = [0, group].map(|group| out.counts_of(group));
    let start = (counts.start - first.start) as usize;
    let range = start..start + counts.n as usize;
    (&out.prices[range.clone()], &out.rows[range.clone()], out.repeats.lent().slice(range))
}

/// The groups that the calibration of each footing is learned from, each at its newest days within the
/// window; of more than enough, as many as the parameters ask for, evenly apart.
fn siblings(
    outs: &[PartOut],
    facts: &TableFacts,
    parameters: &Parameters,
    threads: usize,
) -> Vec<Vec<Group>> {
    let newest = |part: usize, group: usize| newest(&outs[part], group, facts, parameters);
    let enough = |part: usize, group: usize| {
        let c = outs[part].counts_of(group);
        // The newest days of a group of many may still be too few.
        f64::from(c.sellers) >= parameters.min_n_eff - 1e-6
            && (c.last_day - c.first_day <= parameters.window_days || newest(part, group).is_some())
    };
    let of_part = |part: usize, _: &mut ()| -> Vec<usize> {
        (0..outs[part].counts.len()).filter(|&group| enough(part, group)).collect()
    };
    let footings = facts.footing_numbers();
    let mut on_footings = vec![Vec::new(); footings.last().map_or(0, |&last| usize::from(last) + 1)];
    for (part, groups) in spread(outs.len(), threads, || (), of_part).into_iter().enumerate() {
        for group in groups {
            let facet = outs[part].counts_of(group).facet;
            on_footings[usize::from(footings[facet as usize])].push((part, group));
        }
    }
    let of_footing = |mut places: Vec<(usize, usize)>| {
        let (all, most) = (places.len(), parameters.calibration_max_groups as usize);
        let mut at = 0;
        if all > most {
            places.retain(|_| {
                at += 1;
                at * most / all > (at - 1) * most / all
            });
        }
        let found = spread(places.len(), threads, || (), |i, ()| newest(places[i].0, places[i].1));
        found.into_iter().flatten().collect()
    };
    on_footings.into_iter().map(of_footing).collect()
}

/// A group's votes of the window before its newest day, as a sibling; `None` below the fewest.
fn newest(out: &PartOut, group: usize, facts: &TableFacts, parameters: &Parameters) -> Option<Group> {
    let counts = out.counts_of(group);
    let (prices, rows, _) = rows_of(out, group);
    let (prices, recent): (Vec<f64>, Vec<u64>) = prices
        .iter()
        .zip(rows)
        .filter(|(_, row)| counts.last_day - unpacked(**row).1 <= parameters.window_days)
        .unzip();
    // Numbers of sources from 0, so that the room is small.
    let mut sources: Vec<u32> = recent.iter().map(|row| unpacked(*row).0).collect();
    sources.sort_unstable();
    sources.dedup();
    let renumbered: Vec<u64> = recent
        .iter()
        .map(|&row| {
            let (source, day, number) = unpacked(row);
            super::packed(sources.partition_point(|&s| s < source) as u32, day, number)
        })
        .collect();
    let (mut room, mut repeats) = (Room::new(sources.len()), Vec::new());
    let (sellers, _, _) = room.votes(&prices, &renumbered, &mut repeats, parameters);
    if f64::from(sellers) < parameters.min_n_eff - 1e-6 {
        return None;
    }
    let points = room
        .places
        .iter()
        .zip(room.logs.iter().zip(&room.weights))
        .map(|(&place, (&log, &weight))| {
            let (source, day, _) = unpacked(renumbered[place as usize]);
            let weight = weight * recency(counts.last_day - day, parameters.recency_half_life_days);
            Point { log, weight, seller: source }
        })
        .collect();
    Some(Group { heading: heading(facts, counts.hs), points })
}

/// Number of the heading of a subheading.
pub(super) fn heading(facts: &TableFacts, hs: u32) -> u64 {
    let code = facts.codes[hs as usize].heading();
    code.and_then(|code| code.as_str().parse().ok()).unwrap_or(0)
}

/// Predicts a part's groups on the table's day; gives the predictions with one source left out.
fn predict<'s>(
    (out, predicted): (&PartOut, &mut [[f64; PREDICTED]]),
    facts: &TableFacts,
    calibrations: &Calibrations,
    parameters: &Parameters,
    predictor: &mut Predictor,
    stands: impl Fn(usize) -> Option<&'s [f64]>,
) -> Vec<f64> {
    let mut all_without = Vec::new();
    let as_of = day_number(facts.as_of);
    for (group, (numbers, predicted)) in out.figures.iter().zip(predicted).enumerate() {
        if let Some(without) = stands(group) {
            all_without.extend(without);
            continue;
        }
        let (counts, mut f) = (out.counts_of(group), GroupFigures::of_numbers(numbers, predicted));
        let calibration = calibrations.of_facet(counts.facet);
        let calibrated = calibration.filter(|_| f.n_eff >= parameters.min_n_eff - 1e-6).and_then(|c| {
            predictor.predict(
                c,
                heading(facts, counts.hs),
                rows_of(out, group),
                counts.sellers,
                as_of,
                parameters,
            )
        });
        let missing = counts.left_out as usize;
        f.predicted_by(calibrated.as_ref(), parameters);
        *predicted = f.predicted();
        let without = calibrated.as_ref().map_or(&[][..], |(_, prediction)| prediction.without());
        all_without.extend(without.iter().flat_map(|p| [p.mean, p.sd, p.dof]));
        all_without.extend(std::iter::repeat_n(0.0, 3 * missing.saturating_sub(without.len())));
    }
    all_without
}

#[cfg(test)]
mod tests {
    use super::super::packed;
    use super::*;

    /// With every row a vote, with ties of unequal weight across a stride, and with a slip: taken over or summed, they
    /// are the same.
    #[test]
    fn sums_before_rows_are_those_of_their_weights() {
        let parameters = Parameters::default();
        let price = |i: usize| 2.0 + 0.01 * i as f64;
        let plain: Vec<f64> = (0..70).map(price).collect();
        let ties: Vec<f64> = (0..70).map(|i| price(if (10..24).contains(&i) { 10 } else { i })).collect();
        let slip: Vec<f64> = (0..70).map(|i| if i == 69 { 25.0 } else { price(i) }).collect();
        let mut ways = [0, 0];
        for prices in [plain, ties, slip] {
            // The first source has a third of the rows, beginning late, each other one row.
            let source = |i: usize| if i % 3 == 2 { 0 } else { i as u32 };
            let rows: Vec<u64> = (0..70).map(|i| packed(source(i), 45_000, i as u32)).collect();
            let mut out = PartOut { prices, rows, ..PartOut::default() };
            let (mut room, mut repeats) = (Room::new(100), Vec::new());
            for _ in 0..2 {
                out.before.clear();
                out.describe(0..70, (0, 0), &mut room, &mut repeats, &parameters);
                ways[usize::from(room.sums().is_some())] += 1;
                let mut expected = Vec::new();
                running_sums(&repeats, &mut expected);
                assert_eq!(out.before, expected);
                assert_eq!(expected.len(), 70usize.div_ceil(STRIDE));
            }
        }
        assert_eq!(ways, [4, 2]);
    }
}
