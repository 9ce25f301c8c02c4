//! What moved between two price tables: lists that came or went, rules and days that differ, and of every
//! group in which something moved its figures before and after, with the reasons; the largest moves
//! first, so many of them as are asked for. Not a judgement of the change, and not snapshots of offers
//! (`crate::diff`).

use super::{Facet, Footing, GroupCounts, GroupFigures, PriceFile, TableFile, unpacked};
use crate::Parameters;
use model::{ContentHash, Country, HsCode};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A fact or a rule that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differs {
    /// Which.
    pub what: String,
    /// Its value in the first table.
    pub before: serde_json::Value,
    /// Its value in the second.
    pub after: serde_json::Value,
}

/// A list that only one of the tables was built of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListMoved {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// Its rows and lines, blank ones and the header of a CSV among them.
    pub rows: u32,
    /// How many of them could not be used.
    pub left_out: u32,
}

/// Why a group moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableWhy {
    /// Prices of a list that only the second table was built of, and which no list of the first has.
    ListCame,
    /// Prices of a list that only the first was built of, and which no list of the second has.
    ListWent,
    /// A list that both were built of was read by another map.
    ReadOtherwise,
    /// The same prices by another method.
    Method,
    /// The same prices by other rules.
    Rules,
    /// The same prices; their weights in the prediction are reckoned from another day.
    AsOf,
    /// The same prices; the groups that calibrate it moved.
    Siblings,
}

/// Prices of a list in one group that stand in one of the tables alone: those that a corrected list has as its
/// forerunner had, of the same source and day, are the same prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListPrices {
    /// Name of the list.
    pub list: String,
    /// How many came.
    pub came: u32,
    /// How many went.
    pub went: u32,
}

/// Figures of a group that a diff compares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TableGroupFigures {
    /// Prices.
    pub listings: u32,
    /// Sources.
    pub sources: u32,
    /// Prices taken out as slips.
    pub slips: u32,
    /// Effective votes.
    pub n_eff: f64,
    /// Median of the votes.
    pub median: f64,
    /// Robust spread of their logs.
    pub log_spread: f64,
    /// Largest ratio detected.
    pub detectable_ratio: f64,
    /// Whether its prediction is calibrated on its siblings.
    pub calibrated: bool,
}

/// What moved in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableGroupDiff {
    /// Subheading.
    pub hs6: HsCode,
    /// Country of origin, where it is a facet.
    pub origin: Option<Country>,
    /// Unit, condition and level; not where these are one in each table, but not the same one.
    #[serde(flatten)]
    pub footing: Option<Footing>,
    /// Its figures in the first table; none where it had no such group.
    pub before: Option<TableGroupFigures>,
    /// Its figures in the second.
    pub after: Option<TableGroupFigures>,
    /// Prices that came and went, by list.
    pub lists: Vec<ListPrices>,
    /// Why it moved.
    pub reasons: Vec<TableWhy>,
}

/// Groups of one kind: all counted, the largest moves listed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Listed {
    /// How many there are.
    pub all: u64,
    /// The first of them.
    pub groups: Vec<TableGroupDiff>,
}

/// How far the medians of the moved groups moved, up or down, as shares: 0.02 is 2 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MedianMoves {
    /// Half of them at most so far.
    pub p50: f64,
    /// Nine in ten.
    pub p90: f64,
    /// Ninety-nine in a hundred.
    pub p99: f64,
    /// The farthest.
    pub largest: f64,
}

/// What moved between two price tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableDiff {
    /// The first.
    pub before: ContentHash,
    /// The second.
    pub after: ContentHash,
    /// What all rows of each have in common, where it differs.
    pub facts: Vec<Differs>,
    /// Rules that differ.
    pub rules: Vec<Differs>,
    /// Lists only of the second.
    pub lists_in: Vec<ListMoved>,
    /// Lists only of the first.
    pub lists_out: Vec<ListMoved>,
    /// Lists of both.
    pub lists_same: u64,
    /// Groups only in the second, those of most prices first.
    pub came: Listed,
    /// Groups only in the first, those of most prices first.
    pub went: Listed,
    /// Groups of both with other figures, those whose median moved farthest first.
    pub moved: Listed,
    /// Groups of both with the same figures.
    pub unchanged: u64,
    /// How far medians moved; none where none did, or where prices do not compare.
    pub median_moves: Option<MedianMoves>,
}

impl TableDiff {
    /// The methods of the two tables, where they differ.
    pub fn methods(&self) -> Option<(u32, u32)> {
        let found = self.facts.iter().find(|d| d.what == METHOD_OF)?;
        let number = |value: &serde_json::Value| u32::try_from(value.as_u64()?).ok();
        Some((number(&found.before)?, number(&found.after)?))
    }
}

/// The rules of two tables that differ.
pub fn rules_that_differ(before: &Parameters, after: &Parameters) -> Vec<Differs> {
    let fields = |p: &Parameters| match serde_json::to_value(p) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let after = fields(after);
    fields(before)
        .into_iter()
        .filter_map(|(what, before)| {
            let after = after.get(&what)?.clone();
            (before != after).then_some(Differs { what, before, after })
        })
        .collect()
}

/// What the number of the method is called among facts.
const METHOD_OF: &str = "method";

fn facts_that_differ(a: &TableFile, b: &TableFile) -> Vec<Differs> {
    let one_each = a.facts().footing().is_some() && b.facts().footing().is_some();
    let facts = |file: &TableFile| {
        let f = file.facts();
        let mut told = vec![("currency", f.currency.to_string())];
        match f.footing().filter(|_| one_each) {
            Some(of) => told.extend([
                ("unit", of.unit.symbol().to_owned()),
                ("condition", of.condition.to_string()),
                ("level", of.level.to_string()),
            ]),
            None => {
                let all: Vec<String> = f.footings().iter().map(Footing::to_string).collect();
                told.push(("prices", all.join("; ")));
            }
        }
        told.push(("as_of", f.as_of.to_string()));
        told.push(("codes", if f.codes_as_stated { "as_stated" } else { "hs2022" }.to_owned()));
        told
    };
    let methods = (a.method() != b.method()).then(|| Differs {
        what: METHOD_OF.to_owned(),
        before: a.method().into(),
        after: b.method().into(),
    });
    (facts(a).into_iter().zip(facts(b)))
        .filter(|(a, b)| a != b)
        .map(|((what, before), (_, after))| Differs {
            what: what.to_owned(),
            before: before.into(),
            after: after.into(),
        })
        .chain(methods)
        .collect()
}

/// One group of a table.
#[derive(Clone, Copy)]
struct At {
    code: HsCode,
    facet: Facet,
    group: usize,
}

fn groups_of(file: &TableFile, hs: Option<HsCode>) -> Vec<At> {
    let (table, facts) = (file.table(), file.facts());
    (0..table.len())
        .filter_map(|group| {
            let counts = table.counts(group);
            let code = *facts.codes.get(counts.hs as usize)?;
            let facet = *facts.facets.get(counts.facet as usize)?;
            hs.is_none_or(|wanted| code.is_within(&wanted)).then_some(At { code, facet, group })
        })
        .collect()
}

/// Whether each table has one footing alone, and whether its groups can be told by it.
fn footings_of(before: &TableFile, after: &TableFile) -> (bool, bool) {
    let of = [before, after].map(|file| file.facts().footing());
    let one_each = of.iter().all(Option::is_some);
    (one_each, !one_each || of[0] == of[1])
}

fn known(file: &TableFile, group: usize) -> (GroupCounts, GroupFigures) {
    (file.table().counts(group), file.table().figures(group))
}

/// Figures as a diff shows them.
fn shown((c, f): (GroupCounts, GroupFigures)) -> TableGroupFigures {
    TableGroupFigures {
        listings: c.n,
        sources: c.sellers,
        slips: c.slips,
        n_eff: f.n_eff,
        median: f.median.exp(),
        log_spread: f.spread,
        detectable_ratio: f.detectable,
        calibrated: f.dof > 0.0,
    }
}

/// How far a group moved: logs of median and spread, the ratio detected, prices.
type Size = [f64; 4];

fn size(a: &(GroupCounts, GroupFigures), b: &(GroupCounts, GroupFigures), compare: bool) -> Size {
    let prices = f64::from(a.0.n.abs_diff(b.0.n));
    if !compare {
        return [0.0, 0.0, 0.0, prices];
    }
    let apart = |x: f64, y: f64| (x - y).abs();
    let detects = apart(a.1.detectable, b.1.detectable);
    [apart(a.1.median, b.1.median), apart(a.1.spread, b.1.spread), detects, prices]
}

/// Larger first.
fn larger(a: &Size, b: &Size) -> Ordering {
    (a.iter().zip(b).map(|(a, b)| b.total_cmp(a))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// Compares two tables; the first is the earlier one in the words of the result. Of each kind the first
/// `most` groups are listed, of those under a code where one is given.
pub fn diff(before: &TableFile, after: &TableFile, hs: Option<HsCode>, most: usize) -> TableDiff {
    let facts = facts_that_differ(before, after);
    let rules = rules_that_differ(before.parameters(), after.parameters());
    let compare = !facts.iter().any(|d| d.what == "currency" || d.what == "unit");
    let (ours, theirs) = (groups_of(before, hs), groups_of(after, hs));
    // Tables of one footing each have the same groups whatever these are: what differs stands among the facts.
    let (one_each, alike) = footings_of(before, after);
    let key = |at: &At| (at.code, (!one_each).then_some(at.facet.footing), at.facet.origin);
    let (mut came, mut went, mut moved, mut unchanged) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let (mut a, mut b) = (ours.iter().peekable(), theirs.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => key(a).cmp(&key(b)),
        };
        match order {
            Ordering::Less => went.extend(a.next()),
            Ordering::Greater => came.extend(b.next()),
            Ordering::Equal => {
                let (Some(a), Some(b)) = (a.next(), b.next()) else { break };
                let (one, other) = (known(before, a.group), known(after, b.group));
                if shown(one) == shown(other) {
                    unchanged += 1;
                } else {
                    moved.push((size(&one, &other, compare), a, b));
                }
            }
        }
    }
    let median_moves = compare.then(|| median_moves(moved.iter().map(|m| m.0[0]).collect())).flatten();
    let files = Files::of(before, after);
    let prices = |file: &TableFile, at: &At| std::cmp::Reverse(file.table().counts(at.group).n);
    came.sort_by_key(|at| prices(after, at));
    went.sort_by_key(|at| prices(before, at));
    moved.sort_by(|x, y| larger(&x.0, &y.0));
    let differs = |what: &str| facts.iter().any(|d| d.what == what);
    let built = Otherwise { method: differs(METHOD_OF), rules: !rules.is_empty(), as_of: differs("as_of") };
    let told = |one: Option<&At>, other: Option<&At>| {
        let found = group_diff((before, one), (after, other), &files, &built)?;
        Some(TableGroupDiff { footing: found.footing.filter(|_| alike), ..found })
    };
    TableDiff {
        came: Listed {
            all: came.len() as u64,
            groups: came.iter().take(most).filter_map(|at| told(None, Some(at))).collect(),
        },
        went: Listed {
            all: went.len() as u64,
            groups: went.iter().take(most).filter_map(|at| told(Some(at), None)).collect(),
        },
        moved: Listed {
            all: moved.len() as u64,
            groups: moved.iter().take(most).filter_map(|(_, a, b)| told(Some(a), Some(b))).collect(),
        },
        before: before.container().id(),
        after: after.container().id(),
        lists_in: files.alone(after),
        lists_out: files.alone(before),
        lists_same: files.both.len() as u64,
        facts,
        rules,
        unchanged,
        median_moves,
    }
}

fn median_moves(mut moves: Vec<f64>) -> Option<MedianMoves> {
    moves.retain(|m| *m > 0.0);
    moves.sort_by(f64::total_cmp);
    let last = moves.len().checked_sub(1)?;
    let at = |p: f64| moves[(p * last as f64).round() as usize].exp_m1();
    Some(MedianMoves { p50: at(0.5), p90: at(0.9), p99: at(0.99), largest: at(1.0) })
}

/// Which lists stand in both tables.
struct Files {
    both: BTreeSet<ContentHash>,
}

impl Files {
    fn of(before: &TableFile, after: &TableFile) -> Files {
        let hashes = |file: &TableFile| -> BTreeSet<ContentHash> {
            file.facts().files.iter().map(|f| f.hash).collect()
        };
        Files { both: hashes(before).intersection(&hashes(after)).copied().collect() }
    }

    /// The lists of one table that the other was not built of.
    fn alone(&self, of: &TableFile) -> Vec<ListMoved> {
        (of.facts().files.iter().filter(|f| !self.both.contains(&f.hash)))
            .map(|f| ListMoved { name: f.name.clone(), hash: f.hash, rows: f.rows, left_out: f.left_out })
            .collect()
    }
}

/// One price of a group: its bits, its source and its day, by which it is the same in whatever list it stands.
type Told<'a> = (u64, &'a str, u32);

/// The prices of a group in their order, each with its list.
fn prices_of<'a>(file: &'a TableFile, at: &At) -> Vec<(Told<'a>, &'a PriceFile)> {
    let (facts, table) = (file.facts(), file.table());
    let counts = table.counts(at.group);
    let range = counts.start as usize..(counts.start + counts.n) as usize;
    let rows = table.columns.prices[range.clone()].iter().zip(&table.columns.rows[range]);
    let mut prices: Vec<_> = rows
        .filter_map(|(price, &row)| {
            let (source, day, number) = unpacked(row);
            let list = facts.files[..facts.files.partition_point(|f| f.first <= number)].last()?;
            Some(((price.to_bits(), facts.sources.get(source as usize)?.as_str(), day), list))
        })
        .collect();
    prices.sort_unstable_by_key(|(told, list)| (*told, list.hash));
    prices
}

/// The prices that stand in one of two groups alone, by their lists: those of the first, those of the second. Of lists
/// that both tables were built of all count: these have the same rows, whatever another method reads out of them.
fn alone<'a>(
    ours: &[(Told<'_>, &'a PriceFile)],
    theirs: &[(Told<'_>, &'a PriceFile)],
    files: &Files,
) -> [BTreeMap<ContentHash, (&'a PriceFile, u32)>; 2] {
    let mut alone = [BTreeMap::new(), BTreeMap::new()];
    let mut count = |side: usize, list: &'a PriceFile| {
        alone[side].entry(list.hash).or_insert((list, 0u32)).1 += 1;
    };
    let of_both = |(_, list): &&(_, &PriceFile)| files.both.contains(&list.hash);
    ours.iter().filter(of_both).for_each(|(_, list)| count(0, list));
    theirs.iter().filter(of_both).for_each(|(_, list)| count(1, list));
    let [mut a, mut b] = [ours, theirs].map(|all| all.iter().filter(|price| !of_both(price)).peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break alone,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let (side, price) = match order {
            Ordering::Less => (0, a.next()),
            Ordering::Greater => (1, b.next()),
            Ordering::Equal => {
                a.next();
                b.next();
                continue;
            }
        };
        if let Some((_, list)) = price {
            count(side, list);
        }
    }
}

/// In what two tables were built otherwise, which moves groups of the same prices.
struct Otherwise {
    method: bool,
    rules: bool,
    as_of: bool,
}

fn group_diff(
    (before, one): (&TableFile, Option<&At>),
    (after, other): (&TableFile, Option<&At>),
    files: &Files,
    built: &Otherwise,
) -> Option<TableGroupDiff> {
    let at = one.or(other)?;
    let (a, b) = (one.map(|at| known(before, at.group)), other.map(|at| known(after, at.group)));
    let ours = one.map(|at| prices_of(before, at)).unwrap_or_default();
    let theirs = other.map(|at| prices_of(after, at)).unwrap_or_default();
    let [ours, theirs] = alone(&ours, &theirs, files);
    let mut all: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut reasons = Vec::new();
    let hashes: BTreeSet<&ContentHash> = ours.keys().chain(theirs.keys()).collect();
    for hash in hashes {
        let (had, has) = (ours.get(hash).map_or(0, |f| f.1), theirs.get(hash).map_or(0, |f| f.1));
        let Some((file, _)) = theirs.get(hash).or(ours.get(hash)) else { continue };
        if files.both.contains(hash) && had == has {
            continue;
        }
        reasons.push(match (files.both.contains(hash), had) {
            (true, _) => TableWhy::ReadOtherwise,
            (false, 0) => TableWhy::ListCame,
            (false, _) => TableWhy::ListWent,
        });
        // Two lists of one name are told as one.
        let sum = all.entry(&file.name).or_default();
        *sum = (sum.0 + has.saturating_sub(had), sum.1 + had.saturating_sub(has));
    }
    if reasons.is_empty() {
        let own = |known: &Option<(GroupCounts, GroupFigures)>| {
            known.map(|(c, f)| (c.sellers, c.slips, super::merge::own(&f)))
        };
        let same = own(&a) == own(&b);
        let Otherwise { method, rules, as_of } = *built;
        reasons.extend(method.then_some(TableWhy::Method));
        match (same, rules, as_of) {
            (false, true, _) => reasons.push(TableWhy::Rules),
            (false, false, _) if method => {}
            (false, false, _) => reasons.push(TableWhy::ReadOtherwise),
            (true, false, false) if method => {}
            (true, false, false) => reasons.push(TableWhy::Siblings),
            (true, rules, day) => {
                reasons.extend(rules.then_some(TableWhy::Rules));
                reasons.extend(day.then_some(TableWhy::AsOf));
            }
        }
    }
    reasons.sort_unstable();
    reasons.dedup();
    let lists = (all.into_iter())
        .map(|(list, (came, went))| ListPrices { list: list.to_owned(), came, went })
        .collect();
    Some(TableGroupDiff {
        hs6: at.code,
        origin: at.facet.origin,
        footing: Some(at.facet.footing),
        before: a.map(shown),
        after: b.map(shown),
        lists,
        reasons,
    })
}
